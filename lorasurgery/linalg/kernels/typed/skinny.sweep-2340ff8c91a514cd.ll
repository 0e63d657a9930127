; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@.const.pickledata.ca8efb3a72d614fe872032cce3ac326007a30727 = internal constant [76 x i8] c"\80\04\95A\00\00\00\00\00\00\00\8C\08builtins\94\8C\0AValueError\94\93\94\8C\1Erange() arg 3 must not be zero\94\85\94N\87\94."
@.const.pickledata.ca8efb3a72d614fe872032cce3ac326007a30727.sha1 = internal constant [20 x i8] c"\CA\8E\FB:r\D6\14\FE\87 2\CC\E3\AC2`\07\A3\07'"
@.const.picklebuf.ca8efb3a72d614fe872032cce3ac326007a30727 = internal constant { ptr, i32, ptr, ptr, i32 } { ptr @.const.pickledata.ca8efb3a72d614fe872032cce3ac326007a30727, i32 76, ptr @.const.pickledata.ca8efb3a72d614fe872032cce3ac326007a30727.sha1, ptr null, i32 0 }

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.X.0, ptr %arg.X.1, i64 %arg.X.2, i64 %arg.X.3, ptr %arg.X.4, i64 %arg.X.5.0, i64 %arg.X.6.0, ptr %arg.groups.0, ptr %arg.groups.1, i64 %arg.groups.2, i64 %arg.groups.3, ptr %arg.groups.4, i64 %arg.groups.5.0, i64 %arg.groups.6.0, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, ptr %arg.Y.0, ptr %arg.Y.1, i64 %arg.Y.2, i64 %arg.Y.3, ptr %arg.Y.4, i64 %arg.Y.5.0, i64 %arg.Y.5.1, i64 %arg.Y.5.2, i64 %arg.Y.6.0, i64 %arg.Y.6.1, i64 %arg.Y.6.2) {
entry:
  %.172 = alloca i64, align 8
  store i64 0, ptr %.172, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.240 = alloca i64, align 8
  store i64 0, ptr %.240, align 8
  %.243 = alloca i64, align 8
  store i64 0, ptr %.243, align 8
  %.351 = alloca i64, align 8
  store i64 0, ptr %.351, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.382 = alloca ptr, align 8
  store ptr null, ptr %.382, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.422 = alloca ptr, align 8
  store ptr null, ptr %.422, align 8
  %excinfo.4 = alloca ptr, align 8
  store ptr null, ptr %excinfo.4, align 8
  %.88 = shl nsw i64 %arg.D.5.1, 2
  %.91 = icmp eq i64 %arg.D.5.1, 0
  br i1 %.91, label %B0.endif, label %B0.else, !prof !0

B148:                                             ; preds = %B150.endif.endif.endif, %B0.endif.endif.endif.endif.endif
  %.295 = load i64, ptr %.243, align 8
  %.296 = icmp sgt i64 %.295, 0
  br i1 %.296, label %B148.if, label %B148.endif

B150:                                             ; preds = %B148.endif
  %.348 = add nsw i64 %.286.sroa.0.0, %.188
  store i64 0, ptr %.351, align 8
  %.357 = call i32 @part2(ptr nonnull %.351, ptr nonnull %excinfo.2, i64 %arg.D.5.0, i64 %.348)
  %.359 = icmp ne i32 %.357, 0
  %.360 = icmp ne i32 %.357, -2
  %.363.not = and i1 %.359, %.360
  %.367 = load i64, ptr %.351, align 8
  br i1 %.363.not, label %B150.if, label %B150.endif, !prof !0

common.ret:                                       ; preds = %B150.endif.endif.if, %B150.endif.if, %B150.if, %B0.endif.endif.if, %B0.endif.endif.endif.if, %B292
  %common.ret.op = phi i32 [ 0, %B292 ], [ %.398, %B150.endif.if ], [ 1, %B0.endif.endif.endif.if ], [ %.178, %B0.endif.endif.if ], [ %.357, %B150.if ], [ %.440, %B150.endif.endif.if ]
  ret i32 %common.ret.op

B292:                                             ; preds = %B148.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.else:                                          ; preds = %entry
  br i1 true, label %B0.else.if, label %B0.endif, !prof !1

B0.endif:                                         ; preds = %B0.else, %B0.else.if, %entry
  %quot.0 = phi i64 [ %.88, %entry ], [ %.96.1, %B0.else.if ], [ poison, %B0.else ]
  br i1 false, label %B0.endif.endif, label %B0.endif.else, !prof !0

B0.else.if:                                       ; preds = %B0.else
  %.107 = sdiv i64 262144, %.88
  %.108 = srem i64 262144, %.88
  %.110 = icmp slt i64 %arg.D.5.1, 0
  %.111 = icmp ne i64 %.108, 0
  %.112 = and i1 %.111, %.110
  %.117 = sext i1 %.112 to i64
  %.96.1 = add nsw i64 %.107, %.117
  br label %B0.endif

B0.endif.else:                                    ; preds = %B0.endif
  br i1 true, label %B0.endif.else.if, label %B0.endif.endif, !prof !1

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.else.if, %B0.endif
  %quot.1.0 = phi i64 [ poison, %B0.endif ], [ %0, %B0.endif.else.if ], [ poison, %B0.endif.else ]
  store i64 0, ptr %.172, align 8
  %.178 = call i32 @part1(ptr nonnull %.172, ptr nonnull %excinfo.1, i64 12, i64 %quot.1.0)
  %.180 = icmp ne i32 %.178, 0
  %.181 = icmp ne i32 %.178, -2
  %.184.not = and i1 %.180, %.181
  %.188 = load i64, ptr %.172, align 8
  br i1 %.184.not, label %B0.endif.endif.if, label %B0.endif.endif.endif, !prof !0

B0.endif.else.if:                                 ; preds = %B0.endif.else
  %.147 = sdiv i64 %quot.0, 12
  %.148 = srem i64 %quot.0, 12
  %.148.lobit = ashr i64 %.148, 63
  %.136.1 = add nsw i64 %.147, %.148.lobit
  %0 = mul nsw i64 %.136.1, 12
  br label %B0.endif.endif

B0.endif.endif.if:                                ; preds = %B0.endif.endif
  %.186 = icmp sgt i32 %.178, 0
  %.179 = load ptr, ptr %excinfo.1, align 8
  %.187 = select i1 %.186, ptr %.179, ptr undef
  store ptr %.187, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif.endif

B0.endif.endif.endif:                             ; preds = %B0.endif.endif.if, %B0.endif.endif
  store i64 0, ptr %.240, align 8
  %.254 = icmp sgt i64 %arg.D.5.0, 0
  %.257 = icmp eq i64 %.188, 0
  br i1 %.257, label %B0.endif.endif.endif.if, label %B0.endif.endif.endif.endif, !prof !0

B0.endif.endif.endif.if:                          ; preds = %B0.endif.endif.endif
  store ptr @.const.picklebuf.ca8efb3a72d614fe872032cce3ac326007a30727, ptr %excinfo, align 8, !numba_exception_output !2
  br label %common.ret

B0.endif.endif.endif.endif:                       ; preds = %B0.endif.endif.endif
  %.255 = icmp sgt i64 %.188, 0
  %.256 = xor i1 %.254, %.255
  br i1 %.256, label %B0.endif.endif.endif.endif.if, label %B0.endif.endif.endif.endif.else

B0.endif.endif.endif.endif.if:                    ; preds = %B0.endif.endif.endif.endif
  br label %B0.endif.endif.endif.endif.endif

B0.endif.endif.endif.endif.else:                  ; preds = %B0.endif.endif.endif.endif
  %.269 = srem i64 %arg.D.5.0, %.188
  %.270 = sub i64 0, %.269
  %.271 = select i1 %.254, i64 %.269, i64 %.270
  %.272 = icmp sgt i64 %.271, 0
  %.273 = sdiv i64 %arg.D.5.0, %.188
  %.274 = zext i1 %.272 to i64
  %.275 = add i64 %.273, %.274
  br label %B0.endif.endif.endif.endif.endif

B0.endif.endif.endif.endif.endif:                 ; preds = %B0.endif.endif.endif.endif.else, %B0.endif.endif.endif.endif.if
  %storemerge = phi i64 [ %.275, %B0.endif.endif.endif.endif.else ], [ 0, %B0.endif.endif.endif.endif.if ]
  store i64 %storemerge, ptr %.243, align 8
  br label %B148

B148.if:                                          ; preds = %B148
  %.302 = load i64, ptr %.240, align 8
  %.305 = add nsw i64 %.295, -1
  store i64 %.305, ptr %.243, align 8
  %.309 = add i64 %.302, %.188
  store i64 %.309, ptr %.240, align 8
  br label %B148.endif

B148.endif:                                       ; preds = %B148.if, %B148
  %.286.sroa.0.0 = phi i64 [ %.302, %B148.if ], [ 0, %B148 ]
  br i1 %.296, label %B150, label %B292

B150.if:                                          ; preds = %B150
  %.365 = icmp sgt i32 %.357, 0
  %.358 = load ptr, ptr %excinfo.2, align 8
  %.366 = select i1 %.365, ptr %.358, ptr undef
  store ptr %.366, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B150.endif

B150.endif:                                       ; preds = %B150.if, %B150
  store ptr null, ptr %.382, align 8
  %.398 = call i32 @part3(ptr nonnull %.382, ptr nonnull %excinfo.3, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.X.0, ptr %arg.X.1, i64 %arg.X.2, i64 %arg.X.3, ptr %arg.X.4, i64 %arg.X.5.0, i64 %arg.X.6.0, ptr %arg.groups.0, ptr %arg.groups.1, i64 %arg.groups.2, i64 %arg.groups.3, ptr %arg.groups.4, i64 %arg.groups.5.0, i64 %arg.groups.6.0, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, i64 %.286.sroa.0.0, i64 %.367)
  %.400 = icmp ne i32 %.398, 0
  %.401 = icmp ne i32 %.398, -2
  %.404.not = and i1 %.400, %.401
  br i1 %.404.not, label %B150.endif.if, label %B150.endif.endif, !prof !0

B150.endif.if:                                    ; preds = %B150.endif
  %.406 = icmp sgt i32 %.398, 0
  %.399 = load ptr, ptr %excinfo.3, align 8
  %.407 = select i1 %.406, ptr %.399, ptr undef
  store ptr %.407, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B150.endif.endif

B150.endif.endif:                                 ; preds = %B150.endif.if, %B150.endif
  store ptr null, ptr %.422, align 8
  %.440 = call i32 @part5(ptr nonnull %.422, ptr nonnull %excinfo.4, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, ptr %arg.Y.0, ptr %arg.Y.1, i64 %arg.Y.2, i64 %arg.Y.3, ptr %arg.Y.4, i64 %arg.Y.5.0, i64 %arg.Y.5.1, i64 %arg.Y.5.2, i64 %arg.Y.6.0, i64 %arg.Y.6.1, i64 %arg.Y.6.2, i64 %.286.sroa.0.0, i64 %.367)
  %.442 = icmp ne i32 %.440, 0
  %.443 = icmp ne i32 %.440, -2
  %.446.not = and i1 %.442, %.443
  br i1 %.446.not, label %B150.endif.endif.if, label %B150.endif.endif.endif, !prof !0

B150.endif.endif.if:                              ; preds = %B150.endif.endif
  %.448 = icmp sgt i32 %.440, 0
  %.441 = load ptr, ptr %excinfo.4, align 8
  %.449 = select i1 %.448, ptr %.441, ptr undef
  store ptr %.449, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B150.endif.endif.endif

B150.endif.endif.endif:                           ; preds = %B150.endif.endif.if, %B150.endif.endif
  br label %B148
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smax.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
}

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smin.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
}

define internal i32 @part3(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.X.0, ptr %arg.X.1, i64 %arg.X.2, i64 %arg.X.3, ptr %arg.X.4, i64 %arg.X.5.0, i64 %arg.X.6.0, ptr %arg.groups.0, ptr %arg.groups.1, i64 %arg.groups.2, i64 %arg.groups.3, ptr %arg.groups.4, i64 %arg.groups.5.0, i64 %arg.groups.6.0, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, i64 %arg.first, i64 %arg.last) {
entry:
  %.87 = alloca i64, align 8
  store i64 0, ptr %.87, align 8
  %.90 = alloca i64, align 8
  store i64 0, ptr %.90, align 8
  %.222 = alloca i64, align 8
  store i64 0, ptr %.222, align 8
  %.225 = alloca i64, align 8
  store i64 0, ptr %.225, align 8
  %.416 = alloca i64, align 8
  store i64 0, ptr %.416, align 8
  %.419 = alloca i64, align 8
  store i64 0, ptr %.419, align 8
  %.531 = alloca i64, align 8
  store i64 0, ptr %.531, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.594 = alloca i64, align 8
  store i64 0, ptr %.594, align 8
  %.597 = alloca i64, align 8
  store i64 0, ptr %.597, align 8
  store i64 %arg.first, ptr %.87, align 8
  %.100 = sub i64 %arg.last, %arg.first
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B36:                                              ; preds = %B0.endif.endif, %B148
  %.144 = load i64, ptr %.90, align 8
  %.145 = icmp sgt i64 %.144, 0
  br i1 %.145, label %B36.if, label %B36.endif

B38:                                              ; preds = %B36.endif
  store i64 0, ptr %.222, align 8
  br i1 false, label %B38.if, label %B38.endif, !prof !0

B92:                                              ; preds = %B38.endif.endif, %B94
  %.277 = load i64, ptr %.225, align 8
  %.278 = icmp sgt i64 %.277, 0
  br i1 %.278, label %B92.if, label %B92.endif

B94:                                              ; preds = %B92.endif
  %.340 = icmp slt i64 %.135.sroa.0.0, 0
  %.341 = select i1 %.340, i64 %arg.W.5.0, i64 0
  %.342 = add i64 %.135.sroa.0.0, %.341
  %.343 = icmp slt i64 %.268.sroa.0.0, 0
  %.344 = select i1 %.343, i64 %arg.W.5.1, i64 0
  %.362 = mul i64 %.342, %arg.W.5.1
  %0 = getelementptr float, ptr %arg.W.4, i64 %.362
  %1 = getelementptr float, ptr %0, i64 %.268.sroa.0.0
  %.366 = getelementptr float, ptr %1, i64 %.344
  store float 0.000000e+00, ptr %.366, align 4
  br label %B92

B148:                                             ; preds = %B92.endif
  br label %B36

B150:                                             ; preds = %B36.endif
  store i64 0, ptr %.416, align 8
  br i1 false, label %B150.if, label %B150.endif, !prof !0

B216:                                             ; preds = %B150.endif.endif, %B802
  %.472 = load i64, ptr %.419, align 8
  %.473 = icmp sgt i64 %.472, 0
  br i1 %.473, label %B218.if, label %B218.endif

B220:                                             ; preds = %B218.endif
  %.528 = add nsw i64 %.463.sroa.0.0, 512
  store i64 0, ptr %.531, align 8
  %.537 = call i32 @part4(ptr nonnull %.531, ptr nonnull %excinfo.1, i64 %arg.D.5.1, i64 %.528)
  %.539 = icmp ne i32 %.537, 0
  %.540 = icmp ne i32 %.537, -2
  %.543.not = and i1 %.539, %.540
  %.547 = load i64, ptr %.531, align 8
  br i1 %.543.not, label %B220.if, label %B220.endif, !prof !0

B354:                                             ; preds = %B220.endif.endif.endif, %B807
  %.649 = load i64, ptr %.597, align 8
  %.650 = icmp sgt i64 %.649, 0
  br i1 %.650, label %B354.if, label %B354.endif

B356:                                             ; preds = %B354.endif
  %.701 = icmp slt i64 %.640.sroa.0.0, 0
  %.702 = select i1 %.701, i64 %arg.groups.5.0, i64 0
  %2 = getelementptr i64, ptr %arg.groups.4, i64 %.640.sroa.0.0
  %.716 = getelementptr i64, ptr %2, i64 %.702
  %.717 = load i64, ptr %.716, align 8
  %.739 = mul nsw i64 %arg.D.5.1, %.717
  %.757 = icmp slt i64 %.640.sroa.0.0, -1
  %.758 = select i1 %.757, i64 %arg.groups.5.0, i64 0
  %3 = getelementptr i64, ptr %arg.groups.4, i64 %.640.sroa.0.0
  %4 = getelementptr i8, ptr %3, i64 8
  %.772 = getelementptr i64, ptr %4, i64 %.758
  %.773 = load i64, ptr %.772, align 8
  %.775 = sub nsw i64 %.773, %.717
  %.776 = icmp eq i64 %.775, 24
  br i1 %.776, label %B446, label %B624

B446:                                             ; preds = %B356
  %.787 = add nsw i64 %arg.first, 4
  %.791.not = icmp sgt i64 %.787, %arg.last
  br i1 %.791.not, label %B540, label %B464

B464:                                             ; preds = %tile.end, %B446
  %i.7.2 = phi i64 [ %arg.first, %B446 ], [ %.1043, %tile.end ]
  %.822 = mul i64 %i.7.2, %arg.D.5.1
  %.825 = getelementptr float, ptr %arg.D.4, i64 %.822
  %.826 = add i64 %i.7.2, 1
  %.827 = mul i64 %.826, %arg.D.5.1
  %.830 = getelementptr float, ptr %arg.D.4, i64 %.827
  %.831 = add i64 %i.7.2, 2
  %.832 = mul i64 %.831, %arg.D.5.1
  %.835 = getelementptr float, ptr %arg.D.4, i64 %.832
  %.836 = add i64 %i.7.2, 3
  %.837 = mul i64 %.836, %arg.D.5.1
  %.840 = getelementptr float, ptr %arg.D.4, i64 %.837
  %.850 = mul i64 %i.7.2, %arg.W.5.1
  %5 = getelementptr float, ptr %arg.W.4, i64 %.850
  %.854 = getelementptr float, ptr %5, i64 %.717
  %.855 = add i64 %i.7.2, 1
  %.856 = mul i64 %.855, %arg.W.5.1
  %6 = getelementptr float, ptr %arg.W.4, i64 %.856
  %.860 = getelementptr float, ptr %6, i64 %.717
  %.861 = add i64 %i.7.2, 2
  %.862 = mul i64 %.861, %arg.W.5.1
  %7 = getelementptr float, ptr %arg.W.4, i64 %.862
  %.866 = getelementptr float, ptr %7, i64 %.717
  %.867 = add i64 %i.7.2, 3
  %.868 = mul i64 %.867, %arg.W.5.1
  %8 = getelementptr float, ptr %arg.W.4, i64 %.868
  %.872 = getelementptr float, ptr %8, i64 %.717
  %.875 = getelementptr float, ptr %arg.X.4, i64 %.739
  %.879 = load <8 x float>, ptr %.854, align 4
  %.881 = getelementptr i8, ptr %.854, i64 32
  %.883 = load <8 x float>, ptr %.881, align 4
  %.885 = getelementptr i8, ptr %.854, i64 64
  %.887 = load <8 x float>, ptr %.885, align 4
  %.891 = load <8 x float>, ptr %.860, align 4
  %.893 = getelementptr i8, ptr %.860, i64 32
  %.895 = load <8 x float>, ptr %.893, align 4
  %.897 = getelementptr i8, ptr %.860, i64 64
  %.899 = load <8 x float>, ptr %.897, align 4
  %.903 = load <8 x float>, ptr %.866, align 4
  %.905 = getelementptr i8, ptr %.866, i64 32
  %.907 = load <8 x float>, ptr %.905, align 4
  %.909 = getelementptr i8, ptr %.866, i64 64
  %.911 = load <8 x float>, ptr %.909, align 4
  %.915 = load <8 x float>, ptr %.872, align 4
  %.917 = getelementptr i8, ptr %.872, i64 32
  %.919 = load <8 x float>, ptr %.917, align 4
  %.921 = getelementptr i8, ptr %.872, i64 64
  %.923 = load <8 x float>, ptr %.921, align 4
  br label %tile

B540:                                             ; preds = %tile.end, %B446
  %i.7.3 = phi i64 [ %.1043, %tile.end ], [ %arg.first, %B446 ]
  %.1060 = icmp slt i64 %i.7.3, %arg.last
  br i1 %.1060, label %B552, label %B807

B552:                                             ; preds = %tile.end.1, %B540
  %i.8.2 = phi i64 [ %i.7.3, %B540 ], [ %.1170, %tile.end.1 ]
  %.1093 = mul i64 %i.8.2, %arg.D.5.1
  %.1096 = getelementptr float, ptr %arg.D.4, i64 %.1093
  %.1106 = mul i64 %i.8.2, %arg.W.5.1
  %9 = getelementptr float, ptr %arg.W.4, i64 %.1106
  %.1110 = getelementptr float, ptr %9, i64 %.717
  %.1113 = getelementptr float, ptr %arg.X.4, i64 %.739
  %.1117 = load <8 x float>, ptr %.1110, align 4
  %.1119 = getelementptr i8, ptr %.1110, i64 32
  %.1121 = load <8 x float>, ptr %.1119, align 4
  %.1123 = getelementptr i8, ptr %.1110, i64 64
  %.1125 = load <8 x float>, ptr %.1123, align 4
  br label %tile.1

B624:                                             ; preds = %B356
  %.1192 = add nsw i64 %arg.first, 6
  %.1196.not = icmp sgt i64 %.1192, %arg.last
  br i1 %.1196.not, label %B718, label %B642

B642:                                             ; preds = %tile.end.2, %B624
  %i.10.3 = phi i64 [ %arg.first, %B624 ], [ %.1474, %tile.end.2 ]
  %.1227 = mul i64 %i.10.3, %arg.D.5.1
  %.1230 = getelementptr float, ptr %arg.D.4, i64 %.1227
  %.1231 = add i64 %i.10.3, 1
  %.1232 = mul i64 %.1231, %arg.D.5.1
  %.1235 = getelementptr float, ptr %arg.D.4, i64 %.1232
  %.1236 = add i64 %i.10.3, 2
  %.1237 = mul i64 %.1236, %arg.D.5.1
  %.1240 = getelementptr float, ptr %arg.D.4, i64 %.1237
  %.1241 = add i64 %i.10.3, 3
  %.1242 = mul i64 %.1241, %arg.D.5.1
  %.1245 = getelementptr float, ptr %arg.D.4, i64 %.1242
  %.1246 = add i64 %i.10.3, 4
  %.1247 = mul i64 %.1246, %arg.D.5.1
  %.1250 = getelementptr float, ptr %arg.D.4, i64 %.1247
  %.1251 = add i64 %i.10.3, 5
  %.1252 = mul i64 %.1251, %arg.D.5.1
  %.1255 = getelementptr float, ptr %arg.D.4, i64 %.1252
  %.1265 = mul i64 %i.10.3, %arg.W.5.1
  %10 = getelementptr float, ptr %arg.W.4, i64 %.1265
  %.1269 = getelementptr float, ptr %10, i64 %.717
  %.1270 = add i64 %i.10.3, 1
  %.1271 = mul i64 %.1270, %arg.W.5.1
  %11 = getelementptr float, ptr %arg.W.4, i64 %.1271
  %.1275 = getelementptr float, ptr %11, i64 %.717
  %.1276 = add i64 %i.10.3, 2
  %.1277 = mul i64 %.1276, %arg.W.5.1
  %12 = getelementptr float, ptr %arg.W.4, i64 %.1277
  %.1281 = getelementptr float, ptr %12, i64 %.717
  %.1282 = add i64 %i.10.3, 3
  %.1283 = mul i64 %.1282, %arg.W.5.1
  %13 = getelementptr float, ptr %arg.W.4, i64 %.1283
  %.1287 = getelementptr float, ptr %13, i64 %.717
  %.1288 = add i64 %i.10.3, 4
  %.1289 = mul i64 %.1288, %arg.W.5.1
  %14 = getelementptr float, ptr %arg.W.4, i64 %.1289
  %.1293 = getelementptr float, ptr %14, i64 %.717
  %.1294 = add i64 %i.10.3, 5
  %.1295 = mul i64 %.1294, %arg.W.5.1
  %15 = getelementptr float, ptr %arg.W.4, i64 %.1295
  %.1299 = getelementptr float, ptr %15, i64 %.717
  %.1302 = getelementptr float, ptr %arg.X.4, i64 %.739
  %.1306 = load <8 x float>, ptr %.1269, align 4
  %.1308 = getelementptr i8, ptr %.1269, i64 32
  %.1310 = load <8 x float>, ptr %.1308, align 4
  %.1314 = load <8 x float>, ptr %.1275, align 4
  %.1316 = getelementptr i8, ptr %.1275, i64 32
  %.1318 = load <8 x float>, ptr %.1316, align 4
  %.1322 = load <8 x float>, ptr %.1281, align 4
  %.1324 = getelementptr i8, ptr %.1281, i64 32
  %.1326 = load <8 x float>, ptr %.1324, align 4
  %.1330 = load <8 x float>, ptr %.1287, align 4
  %.1332 = getelementptr i8, ptr %.1287, i64 32
  %.1334 = load <8 x float>, ptr %.1332, align 4
  %.1338 = load <8 x float>, ptr %.1293, align 4
  %.1340 = getelementptr i8, ptr %.1293, i64 32
  %.1342 = load <8 x float>, ptr %.1340, align 4
  %.1346 = load <8 x float>, ptr %.1299, align 4
  %.1348 = getelementptr i8, ptr %.1299, i64 32
  %.1350 = load <8 x float>, ptr %.1348, align 4
  br label %tile.2

B718:                                             ; preds = %tile.end.2, %B624
  %i.10.4 = phi i64 [ %.1474, %tile.end.2 ], [ %arg.first, %B624 ]
  %.1491 = icmp slt i64 %i.10.4, %arg.last
  br i1 %.1491, label %B730, label %B807

B730:                                             ; preds = %tile.end.3, %B718
  %i.11.3 = phi i64 [ %i.10.4, %B718 ], [ %.1586, %tile.end.3 ]
  %.1524 = mul i64 %i.11.3, %arg.D.5.1
  %.1527 = getelementptr float, ptr %arg.D.4, i64 %.1524
  %.1537 = mul i64 %i.11.3, %arg.W.5.1
  %16 = getelementptr float, ptr %arg.W.4, i64 %.1537
  %.1541 = getelementptr float, ptr %16, i64 %.717
  %.1544 = getelementptr float, ptr %arg.X.4, i64 %.739
  %.1548 = load <8 x float>, ptr %.1541, align 4
  %.1550 = getelementptr i8, ptr %.1541, i64 32
  %.1552 = load <8 x float>, ptr %.1550, align 4
  br label %tile.3

B802:                                             ; preds = %B354.endif
  br label %B216

common.ret:                                       ; preds = %B220.if, %B220.endif.if, %B150.if, %B38.if, %B0.if, %B806
  %common.ret.op = phi i32 [ 0, %B806 ], [ poison, %B0.if ], [ poison, %B38.if ], [ poison, %B150.if ], [ poison, %B220.endif.if ], [ %.537, %B220.if ]
  ret i32 %common.ret.op

B806:                                             ; preds = %B218.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B807:                                             ; preds = %B718, %tile.end.3, %B540, %tile.end.1
  br label %B354

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.101 = icmp slt i64 %.100, 1
  br i1 %.101, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %.100, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.90, align 8
  br label %B36

B36.if:                                           ; preds = %B36
  %.151 = load i64, ptr %.87, align 8
  %.154 = add nsw i64 %.144, -1
  store i64 %.154, ptr %.90, align 8
  %.158 = add i64 %.151, 1
  store i64 %.158, ptr %.87, align 8
  br label %B36.endif

B36.endif:                                        ; preds = %B36.if, %B36
  %.135.sroa.0.0 = phi i64 [ %.151, %B36.if ], [ 0, %B36 ]
  br i1 %.145, label %B38, label %B150

B38.if:                                           ; preds = %B38
  br label %common.ret

B38.endif:                                        ; preds = %B38
  %.236 = icmp slt i64 %arg.W.5.1, 1
  br i1 %.236, label %B38.endif.if, label %B38.endif.else

B38.endif.if:                                     ; preds = %B38.endif
  br label %B38.endif.endif

B38.endif.else:                                   ; preds = %B38.endif
  br label %B38.endif.endif

B38.endif.endif:                                  ; preds = %B38.endif.else, %B38.endif.if
  %storemerge522 = phi i64 [ %arg.W.5.1, %B38.endif.else ], [ 0, %B38.endif.if ]
  store i64 %storemerge522, ptr %.225, align 8
  br label %B92

B92.if:                                           ; preds = %B92
  %.284 = load i64, ptr %.222, align 8
  %.287 = add nsw i64 %.277, -1
  store i64 %.287, ptr %.225, align 8
  %.291 = add i64 %.284, 1
  store i64 %.291, ptr %.222, align 8
  br label %B92.endif

B92.endif:                                        ; preds = %B92.if, %B92
  %.268.sroa.0.0 = phi i64 [ %.284, %B92.if ], [ 0, %B92 ]
  br i1 %.278, label %B94, label %B148

B150.if:                                          ; preds = %B150
  br label %common.ret

B150.endif:                                       ; preds = %B150
  %.430 = icmp slt i64 %arg.D.5.1, 1
  br i1 %.430, label %B150.endif.if, label %B150.endif.else

B150.endif.if:                                    ; preds = %B150.endif
  br label %B150.endif.endif

B150.endif.else:                                  ; preds = %B150.endif
  %17 = add nuw i64 %arg.D.5.1, 511
  %.451 = lshr i64 %17, 9
  br label %B150.endif.endif

B150.endif.endif:                                 ; preds = %B150.endif.else, %B150.endif.if
  %storemerge520 = phi i64 [ %.451, %B150.endif.else ], [ 0, %B150.endif.if ]
  store i64 %storemerge520, ptr %.419, align 8
  br label %B216

B218.if:                                          ; preds = %B216
  %.479 = load i64, ptr %.416, align 8
  %.482 = add nsw i64 %.472, -1
  store i64 %.482, ptr %.419, align 8
  %.486 = add i64 %.479, 512
  store i64 %.486, ptr %.416, align 8
  br label %B218.endif

B218.endif:                                       ; preds = %B218.if, %B216
  %.463.sroa.0.0 = phi i64 [ %.479, %B218.if ], [ 0, %B216 ]
  br i1 %.473, label %B220, label %B806

B220.if:                                          ; preds = %B220
  %.545 = icmp sgt i32 %.537, 0
  %.538 = load ptr, ptr %excinfo.1, align 8
  %.546 = select i1 %.545, ptr %.538, ptr undef
  store ptr %.546, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B220.endif

B220.endif:                                       ; preds = %B220.if, %B220
  %.570 = add nsw i64 %arg.groups.5.0, -1
  store i64 0, ptr %.594, align 8
  br i1 false, label %B220.endif.if, label %B220.endif.endif, !prof !0

B220.endif.if:                                    ; preds = %B220.endif
  br label %common.ret

B220.endif.endif:                                 ; preds = %B220.endif
  %.608 = icmp slt i64 %arg.groups.5.0, 2
  br i1 %.608, label %B220.endif.endif.if, label %B220.endif.endif.else

B220.endif.endif.if:                              ; preds = %B220.endif.endif
  br label %B220.endif.endif.endif

B220.endif.endif.else:                            ; preds = %B220.endif.endif
  br label %B220.endif.endif.endif

B220.endif.endif.endif:                           ; preds = %B220.endif.endif.else, %B220.endif.endif.if
  %storemerge521 = phi i64 [ %.570, %B220.endif.endif.else ], [ 0, %B220.endif.endif.if ]
  store i64 %storemerge521, ptr %.597, align 8
  br label %B354

B354.if:                                          ; preds = %B354
  %.656 = load i64, ptr %.594, align 8
  %.659 = add nsw i64 %.649, -1
  store i64 %.659, ptr %.597, align 8
  %.663 = add i64 %.656, 1
  store i64 %.663, ptr %.594, align 8
  br label %B354.endif

B354.endif:                                       ; preds = %B354.if, %B354
  %.640.sroa.0.0 = phi i64 [ %.656, %B354.if ], [ 0, %B354 ]
  br i1 %.650, label %B356, label %B802

tile:                                             ; preds = %tile, %B464
  %.925 = phi i64 [ %.463.sroa.0.0, %B464 ], [ %.991, %tile ]
  %.926 = phi <8 x float> [ %.879, %B464 ], [ %.968, %tile ]
  %.927 = phi <8 x float> [ %.883, %B464 ], [ %.970, %tile ]
  %.928 = phi <8 x float> [ %.887, %B464 ], [ %.972, %tile ]
  %.929 = phi <8 x float> [ %.891, %B464 ], [ %.974, %tile ]
  %.930 = phi <8 x float> [ %.895, %B464 ], [ %.976, %tile ]
  %.931 = phi <8 x float> [ %.899, %B464 ], [ %.978, %tile ]
  %.932 = phi <8 x float> [ %.903, %B464 ], [ %.980, %tile ]
  %.933 = phi <8 x float> [ %.907, %B464 ], [ %.982, %tile ]
  %.934 = phi <8 x float> [ %.911, %B464 ], [ %.984, %tile ]
  %.935 = phi <8 x float> [ %.915, %B464 ], [ %.986, %tile ]
  %.936 = phi <8 x float> [ %.919, %B464 ], [ %.988, %tile ]
  %.937 = phi <8 x float> [ %.923, %B464 ], [ %.990, %tile ]
  %.938 = mul i64 %.925, 24
  %.940 = getelementptr float, ptr %.875, i64 %.938
  %.942 = load <8 x float>, ptr %.940, align 4
  %18 = getelementptr float, ptr %.875, i64 %.938
  %.944 = getelementptr i8, ptr %18, i64 32
  %.946 = load <8 x float>, ptr %.944, align 4
  %19 = getelementptr float, ptr %.875, i64 %.938
  %.948 = getelementptr i8, ptr %19, i64 64
  %.950 = load <8 x float>, ptr %.948, align 4
  %.951 = getelementptr float, ptr %.825, i64 %.925
  %.952 = load float, ptr %.951, align 4
  %.953 = insertelement <8 x float> poison, float %.952, i64 0
  %.954 = shufflevector <8 x float> %.953, <8 x float> poison, <8 x i32> zeroinitializer
  %.955 = getelementptr float, ptr %.830, i64 %.925
  %.956 = load float, ptr %.955, align 4
  %.957 = insertelement <8 x float> poison, float %.956, i64 0
  %.958 = shufflevector <8 x float> %.957, <8 x float> poison, <8 x i32> zeroinitializer
  %.959 = getelementptr float, ptr %.835, i64 %.925
  %.960 = load float, ptr %.959, align 4
  %.961 = insertelement <8 x float> poison, float %.960, i64 0
  %.962 = shufflevector <8 x float> %.961, <8 x float> poison, <8 x i32> zeroinitializer
  %.963 = getelementptr float, ptr %.840, i64 %.925
  %.964 = load float, ptr %.963, align 4
  %.965 = insertelement <8 x float> poison, float %.964, i64 0
  %.966 = shufflevector <8 x float> %.965, <8 x float> poison, <8 x i32> zeroinitializer
  %.967 = fmul contract <8 x float> %.954, %.942
  %.968 = fadd contract <8 x float> %.967, %.926
  %.969 = fmul contract <8 x float> %.954, %.946
  %.970 = fadd contract <8 x float> %.969, %.927
  %.971 = fmul contract <8 x float> %.954, %.950
  %.972 = fadd contract <8 x float> %.971, %.928
  %.973 = fmul contract <8 x float> %.958, %.942
  %.974 = fadd contract <8 x float> %.973, %.929
  %.975 = fmul contract <8 x float> %.958, %.946
  %.976 = fadd contract <8 x float> %.975, %.930
  %.977 = fmul contract <8 x float> %.958, %.950
  %.978 = fadd contract <8 x float> %.977, %.931
  %.979 = fmul contract <8 x float> %.962, %.942
  %.980 = fadd contract <8 x float> %.979, %.932
  %.981 = fmul contract <8 x float> %.962, %.946
  %.982 = fadd contract <8 x float> %.981, %.933
  %.983 = fmul contract <8 x float> %.962, %.950
  %.984 = fadd contract <8 x float> %.983, %.934
  %.985 = fmul contract <8 x float> %.966, %.942
  %.986 = fadd contract <8 x float> %.985, %.935
  %.987 = fmul contract <8 x float> %.966, %.946
  %.988 = fadd contract <8 x float> %.987, %.936
  %.989 = fmul contract <8 x float> %.966, %.950
  %.990 = fadd contract <8 x float> %.989, %.937
  %.991 = add i64 %.925, 1
  %.992 = icmp slt i64 %.991, %.547
  br i1 %.992, label %tile, label %tile.end

tile.end:                                         ; preds = %tile
  store <8 x float> %.968, ptr %.854, align 4
  %.999 = getelementptr i8, ptr %.854, i64 32
  store <8 x float> %.970, ptr %.999, align 4
  %.1003 = getelementptr i8, ptr %.854, i64 64
  store <8 x float> %.972, ptr %.1003, align 4
  store <8 x float> %.974, ptr %.860, align 4
  %.1011 = getelementptr i8, ptr %.860, i64 32
  store <8 x float> %.976, ptr %.1011, align 4
  %.1015 = getelementptr i8, ptr %.860, i64 64
  store <8 x float> %.978, ptr %.1015, align 4
  store <8 x float> %.980, ptr %.866, align 4
  %.1023 = getelementptr i8, ptr %.866, i64 32
  store <8 x float> %.982, ptr %.1023, align 4
  %.1027 = getelementptr i8, ptr %.866, i64 64
  store <8 x float> %.984, ptr %.1027, align 4
  store <8 x float> %.986, ptr %.872, align 4
  %.1035 = getelementptr i8, ptr %.872, i64 32
  store <8 x float> %.988, ptr %.1035, align 4
  %.1039 = getelementptr i8, ptr %.872, i64 64
  store <8 x float> %.990, ptr %.1039, align 4
  %.1043 = add nsw i64 %i.7.2, 4
  %.1048 = add nsw i64 %i.7.2, 8
  %.1050.not = icmp sgt i64 %.1048, %arg.last
  br i1 %.1050.not, label %B540, label %B464

tile.1:                                           ; preds = %tile.1, %B552
  %.1127 = phi i64 [ %.463.sroa.0.0, %B552 ], [ %.1154, %tile.1 ]
  %.1128 = phi <8 x float> [ %.1117, %B552 ], [ %.1149, %tile.1 ]
  %.1129 = phi <8 x float> [ %.1121, %B552 ], [ %.1151, %tile.1 ]
  %.1130 = phi <8 x float> [ %.1125, %B552 ], [ %.1153, %tile.1 ]
  %.1131 = mul i64 %.1127, 24
  %.1133 = getelementptr float, ptr %.1113, i64 %.1131
  %.1135 = load <8 x float>, ptr %.1133, align 4
  %20 = getelementptr float, ptr %.1113, i64 %.1131
  %.1137 = getelementptr i8, ptr %20, i64 32
  %.1139 = load <8 x float>, ptr %.1137, align 4
  %21 = getelementptr float, ptr %.1113, i64 %.1131
  %.1141 = getelementptr i8, ptr %21, i64 64
  %.1143 = load <8 x float>, ptr %.1141, align 4
  %.1144 = getelementptr float, ptr %.1096, i64 %.1127
  %.1145 = load float, ptr %.1144, align 4
  %.1146 = insertelement <8 x float> poison, float %.1145, i64 0
  %.1147 = shufflevector <8 x float> %.1146, <8 x float> poison, <8 x i32> zeroinitializer
  %.1148 = fmul contract <8 x float> %.1147, %.1135
  %.1149 = fadd contract <8 x float> %.1148, %.1128
  %.1150 = fmul contract <8 x float> %.1147, %.1139
  %.1151 = fadd contract <8 x float> %.1150, %.1129
  %.1152 = fmul contract <8 x float> %.1147, %.1143
  %.1153 = fadd contract <8 x float> %.1152, %.1130
  %.1154 = add i64 %.1127, 1
  %.1155 = icmp slt i64 %.1154, %.547
  br i1 %.1155, label %tile.1, label %tile.end.1

tile.end.1:                                       ; preds = %tile.1
  store <8 x float> %.1149, ptr %.1110, align 4
  %.1162 = getelementptr i8, ptr %.1110, i64 32
  store <8 x float> %.1151, ptr %.1162, align 4
  %.1166 = getelementptr i8, ptr %.1110, i64 64
  store <8 x float> %.1153, ptr %.1166, align 4
  %.1170 = add nsw i64 %i.8.2, 1
  %.1174 = icmp slt i64 %.1170, %arg.last
  br i1 %.1174, label %B552, label %B807

tile.2:                                           ; preds = %tile.2, %B642
  %.1352 = phi i64 [ %.463.sroa.0.0, %B642 ], [ %.1422, %tile.2 ]
  %.1353 = phi <8 x float> [ %.1306, %B642 ], [ %.1399, %tile.2 ]
  %.1354 = phi <8 x float> [ %.1310, %B642 ], [ %.1401, %tile.2 ]
  %.1355 = phi <8 x float> [ %.1314, %B642 ], [ %.1403, %tile.2 ]
  %.1356 = phi <8 x float> [ %.1318, %B642 ], [ %.1405, %tile.2 ]
  %.1357 = phi <8 x float> [ %.1322, %B642 ], [ %.1407, %tile.2 ]
  %.1358 = phi <8 x float> [ %.1326, %B642 ], [ %.1409, %tile.2 ]
  %.1359 = phi <8 x float> [ %.1330, %B642 ], [ %.1411, %tile.2 ]
  %.1360 = phi <8 x float> [ %.1334, %B642 ], [ %.1413, %tile.2 ]
  %.1361 = phi <8 x float> [ %.1338, %B642 ], [ %.1415, %tile.2 ]
  %.1362 = phi <8 x float> [ %.1342, %B642 ], [ %.1417, %tile.2 ]
  %.1363 = phi <8 x float> [ %.1346, %B642 ], [ %.1419, %tile.2 ]
  %.1364 = phi <8 x float> [ %.1350, %B642 ], [ %.1421, %tile.2 ]
  %.1365 = shl i64 %.1352, 4
  %.1367 = getelementptr float, ptr %.1302, i64 %.1365
  %.1369 = load <8 x float>, ptr %.1367, align 4
  %22 = getelementptr float, ptr %.1302, i64 %.1365
  %.1371 = getelementptr i8, ptr %22, i64 32
  %.1373 = load <8 x float>, ptr %.1371, align 4
  %.1374 = getelementptr float, ptr %.1230, i64 %.1352
  %.1375 = load float, ptr %.1374, align 4
  %.1376 = insertelement <8 x float> poison, float %.1375, i64 0
  %.1377 = shufflevector <8 x float> %.1376, <8 x float> poison, <8 x i32> zeroinitializer
  %.1378 = getelementptr float, ptr %.1235, i64 %.1352
  %.1379 = load float, ptr %.1378, align 4
  %.1380 = insertelement <8 x float> poison, float %.1379, i64 0
  %.1381 = shufflevector <8 x float> %.1380, <8 x float> poison, <8 x i32> zeroinitializer
  %.1382 = getelementptr float, ptr %.1240, i64 %.1352
  %.1383 = load float, ptr %.1382, align 4
  %.1384 = insertelement <8 x float> poison, float %.1383, i64 0
  %.1385 = shufflevector <8 x float> %.1384, <8 x float> poison, <8 x i32> zeroinitializer
  %.1386 = getelementptr float, ptr %.1245, i64 %.1352
  %.1387 = load float, ptr %.1386, align 4
  %.1388 = insertelement <8 x float> poison, float %.1387, i64 0
  %.1389 = shufflevector <8 x float> %.1388, <8 x float> poison, <8 x i32> zeroinitializer
  %.1390 = getelementptr float, ptr %.1250, i64 %.1352
  %.1391 = load float, ptr %.1390, align 4
  %.1392 = insertelement <8 x float> poison, float %.1391, i64 0
  %.1393 = shufflevector <8 x float> %.1392, <8 x float> poison, <8 x i32> zeroinitializer
  %.1394 = getelementptr float, ptr %.1255, i64 %.1352
  %.1395 = load float, ptr %.1394, align 4
  %.1396 = insertelement <8 x float> poison, float %.1395, i64 0
  %.1397 = shufflevector <8 x float> %.1396, <8 x float> poison, <8 x i32> zeroinitializer
  %.1398 = fmul contract <8 x float> %.1377, %.1369
  %.1399 = fadd contract <8 x float> %.1398, %.1353
  %.1400 = fmul contract <8 x float> %.1377, %.1373
  %.1401 = fadd contract <8 x float> %.1400, %.1354
  %.1402 = fmul contract <8 x float> %.1381, %.1369
  %.1403 = fadd contract <8 x float> %.1402, %.1355
  %.1404 = fmul contract <8 x float> %.1381, %.1373
  %.1405 = fadd contract <8 x float> %.1404, %.1356
  %.1406 = fmul contract <8 x float> %.1385, %.1369
  %.1407 = fadd contract <8 x float> %.1406, %.1357
  %.1408 = fmul contract <8 x float> %.1385, %.1373
  %.1409 = fadd contract <8 x float> %.1408, %.1358
  %.1410 = fmul contract <8 x float> %.1389, %.1369
  %.1411 = fadd contract <8 x float> %.1410, %.1359
  %.1412 = fmul contract <8 x float> %.1389, %.1373
  %.1413 = fadd contract <8 x float> %.1412, %.1360
  %.1414 = fmul contract <8 x float> %.1393, %.1369
  %.1415 = fadd contract <8 x float> %.1414, %.1361
  %.1416 = fmul contract <8 x float> %.1393, %.1373
  %.1417 = fadd contract <8 x float> %.1416, %.1362
  %.1418 = fmul contract <8 x float> %.1397, %.1369
  %.1419 = fadd contract <8 x float> %.1418, %.1363
  %.1420 = fmul contract <8 x float> %.1397, %.1373
  %.1421 = fadd contract <8 x float> %.1420, %.1364
  %.1422 = add i64 %.1352, 1
  %.1423 = icmp slt i64 %.1422, %.547
  br i1 %.1423, label %tile.2, label %tile.end.2

tile.end.2:                                       ; preds = %tile.2
  store <8 x float> %.1399, ptr %.1269, align 4
  %.1430 = getelementptr i8, ptr %.1269, i64 32
  store <8 x float> %.1401, ptr %.1430, align 4
  store <8 x float> %.1403, ptr %.1275, align 4
  %.1438 = getelementptr i8, ptr %.1275, i64 32
  store <8 x float> %.1405, ptr %.1438, align 4
  store <8 x float> %.1407, ptr %.1281, align 4
  %.1446 = getelementptr i8, ptr %.1281, i64 32
  store <8 x float> %.1409, ptr %.1446, align 4
  store <8 x float> %.1411, ptr %.1287, align 4
  %.1454 = getelementptr i8, ptr %.1287, i64 32
  store <8 x float> %.1413, ptr %.1454, align 4
  store <8 x float> %.1415, ptr %.1293, align 4
  %.1462 = getelementptr i8, ptr %.1293, i64 32
  store <8 x float> %.1417, ptr %.1462, align 4
  store <8 x float> %.1419, ptr %.1299, align 4
  %.1470 = getelementptr i8, ptr %.1299, i64 32
  store <8 x float> %.1421, ptr %.1470, align 4
  %.1474 = add nsw i64 %i.10.3, 6
  %.1479 = add nsw i64 %i.10.3, 12
  %.1481.not = icmp sgt i64 %.1479, %arg.last
  br i1 %.1481.not, label %B718, label %B642

tile.3:                                           ; preds = %tile.3, %B730
  %.1554 = phi i64 [ %.463.sroa.0.0, %B730 ], [ %.1574, %tile.3 ]
  %.1555 = phi <8 x float> [ %.1548, %B730 ], [ %.1571, %tile.3 ]
  %.1556 = phi <8 x float> [ %.1552, %B730 ], [ %.1573, %tile.3 ]
  %.1557 = shl i64 %.1554, 4
  %.1559 = getelementptr float, ptr %.1544, i64 %.1557
  %.1561 = load <8 x float>, ptr %.1559, align 4
  %23 = getelementptr float, ptr %.1544, i64 %.1557
  %.1563 = getelementptr i8, ptr %23, i64 32
  %.1565 = load <8 x float>, ptr %.1563, align 4
  %.1566 = getelementptr float, ptr %.1527, i64 %.1554
  %.1567 = load float, ptr %.1566, align 4
  %.1568 = insertelement <8 x float> poison, float %.1567, i64 0
  %.1569 = shufflevector <8 x float> %.1568, <8 x float> poison, <8 x i32> zeroinitializer
  %.1570 = fmul contract <8 x float> %.1569, %.1561
  %.1571 = fadd contract <8 x float> %.1570, %.1555
  %.1572 = fmul contract <8 x float> %.1569, %.1565
  %.1573 = fadd contract <8 x float> %.1572, %.1556
  %.1574 = add i64 %.1554, 1
  %.1575 = icmp slt i64 %.1574, %.547
  br i1 %.1575, label %tile.3, label %tile.end.3

tile.end.3:                                       ; preds = %tile.3
  store <8 x float> %.1571, ptr %.1541, align 4
  %.1582 = getelementptr i8, ptr %.1541, i64 32
  store <8 x float> %.1573, ptr %.1582, align 4
  %.1586 = add nsw i64 %i.11.3, 1
  %.1590 = icmp slt i64 %.1586, %arg.last
  br i1 %.1590, label %B730, label %B807
}

define internal i32 @part4(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smin.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
}

define internal i32 @part5(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, ptr %arg.Y.0, ptr %arg.Y.1, i64 %arg.Y.2, i64 %arg.Y.3, ptr %arg.Y.4, i64 %arg.Y.5.0, i64 %arg.Y.5.1, i64 %arg.Y.5.2, i64 %arg.Y.6.0, i64 %arg.Y.6.1, i64 %arg.Y.6.2, i64 %arg.first, i64 %arg.last) {
entry:
  %.95 = alloca i64, align 8
  store i64 0, ptr %.95, align 8
  %.98 = alloca i64, align 8
  store i64 0, ptr %.98, align 8
  %.211 = alloca i64, align 8
  store i64 0, ptr %.211, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.281 = alloca i64, align 8
  store i64 0, ptr %.281, align 8
  %.284 = alloca i64, align 8
  store i64 0, ptr %.284, align 8
  %.676 = alloca i64, align 8
  store i64 0, ptr %.676, align 8
  %.679 = alloca i64, align 8
  store i64 0, ptr %.679, align 8
  store i64 0, ptr %.95, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B70:                                              ; preds = %B0.endif.endif, %B452
  %.152 = load i64, ptr %.98, align 8
  %.153 = icmp sgt i64 %.152, 0
  br i1 %.153, label %B70.if, label %B70.endif

B72:                                              ; preds = %B70.endif
  %.208 = add nsw i64 %.143.sroa.0.0, 512
  store i64 0, ptr %.211, align 8
  %.217 = call i32 @part4(ptr nonnull %.211, ptr nonnull %excinfo.1, i64 %arg.D.5.1, i64 %.208)
  %.219 = icmp ne i32 %.217, 0
  %.220 = icmp ne i32 %.217, -2
  %.223.not = and i1 %.219, %.220
  %.227 = load i64, ptr %.211, align 8
  br i1 %.223.not, label %B72.if, label %B72.endif, !prof !0

B166:                                             ; preds = %B72.endif, %B278
  %i.4.1 = phi i64 [ %arg.first, %B72.endif ], [ %.622, %B278 ]
  store i64 %.143.sroa.0.0, ptr %.281, align 8
  %.294 = sub i64 %.227, %.143.sroa.0.0
  br i1 false, label %B166.if, label %B166.endif, !prof !0

B200:                                             ; preds = %tile, %B166.endif.endif
  %.336 = load i64, ptr %.284, align 8
  %.337 = icmp sgt i64 %.336, 0
  br i1 %.337, label %B200.if, label %B200.endif

B202:                                             ; preds = %B200.endif
  %.388 = mul nsw i64 %.327.sroa.0.0, %arg.W.5.1
  %.422 = mul i64 %i.4.1, %arg.D.5.1
  %0 = getelementptr float, ptr %arg.D.4, i64 %.422
  %.426 = getelementptr float, ptr %0, i64 %.327.sroa.0.0
  %.427 = add i64 %i.4.1, 1
  %.428 = mul i64 %.427, %arg.D.5.1
  %1 = getelementptr float, ptr %arg.D.4, i64 %.428
  %.432 = getelementptr float, ptr %1, i64 %.327.sroa.0.0
  %.433 = add i64 %i.4.1, 2
  %.434 = mul i64 %.433, %arg.D.5.1
  %2 = getelementptr float, ptr %arg.D.4, i64 %.434
  %.438 = getelementptr float, ptr %2, i64 %.327.sroa.0.0
  %.439 = add i64 %i.4.1, 3
  %.440 = mul i64 %.439, %arg.D.5.1
  %3 = getelementptr float, ptr %arg.D.4, i64 %.440
  %.444 = getelementptr float, ptr %3, i64 %.327.sroa.0.0
  %.445 = add i64 %i.4.1, 4
  %.446 = mul i64 %.445, %arg.D.5.1
  %4 = getelementptr float, ptr %arg.D.4, i64 %.446
  %.450 = getelementptr float, ptr %4, i64 %.327.sroa.0.0
  %.451 = add i64 %i.4.1, 5
  %.452 = mul i64 %.451, %arg.D.5.1
  %5 = getelementptr float, ptr %arg.D.4, i64 %.452
  %.456 = getelementptr float, ptr %5, i64 %.327.sroa.0.0
  %.460 = load <8 x float>, ptr %.426, align 4
  %.462 = getelementptr i8, ptr %.426, i64 32
  %.464 = load <8 x float>, ptr %.462, align 4
  %.468 = load <8 x float>, ptr %.432, align 4
  %.470 = getelementptr i8, ptr %.432, i64 32
  %.472 = load <8 x float>, ptr %.470, align 4
  %.476 = load <8 x float>, ptr %.438, align 4
  %.478 = getelementptr i8, ptr %.438, i64 32
  %.480 = load <8 x float>, ptr %.478, align 4
  %.484 = load <8 x float>, ptr %.444, align 4
  %.486 = getelementptr i8, ptr %.444, i64 32
  %.488 = load <8 x float>, ptr %.486, align 4
  %.492 = load <8 x float>, ptr %.450, align 4
  %.494 = getelementptr i8, ptr %.450, i64 32
  %.496 = load <8 x float>, ptr %.494, align 4
  %.500 = load <8 x float>, ptr %.456, align 4
  %.502 = getelementptr i8, ptr %.456, i64 32
  %.504 = load <8 x float>, ptr %.502, align 4
  %.514 = mul i64 %i.4.1, %arg.W.5.1
  %.517 = getelementptr float, ptr %arg.W.4, i64 %.514
  %.518 = add i64 %i.4.1, 1
  %.519 = mul i64 %.518, %arg.W.5.1
  %.522 = getelementptr float, ptr %arg.W.4, i64 %.519
  %.523 = add i64 %i.4.1, 2
  %.524 = mul i64 %.523, %arg.W.5.1
  %.527 = getelementptr float, ptr %arg.W.4, i64 %.524
  %.528 = add i64 %i.4.1, 3
  %.529 = mul i64 %.528, %arg.W.5.1
  %.532 = getelementptr float, ptr %arg.W.4, i64 %.529
  %.533 = add i64 %i.4.1, 4
  %.534 = mul i64 %.533, %arg.W.5.1
  %.537 = getelementptr float, ptr %arg.W.4, i64 %.534
  %.538 = add i64 %i.4.1, 5
  %.539 = mul i64 %.538, %arg.W.5.1
  %.542 = getelementptr float, ptr %arg.W.4, i64 %.539
  %.545 = getelementptr float, ptr %arg.Y.4, i64 %.388
  br label %tile

B278:                                             ; preds = %B200.endif
  %.622 = add nsw i64 %i.4.1, 6
  %.627 = add nsw i64 %i.4.1, 12
  %.629.not = icmp sgt i64 %.627, %arg.last
  br i1 %.629.not, label %B306, label %B166

B306:                                             ; preds = %B72.endif, %B278
  %i.4.2 = phi i64 [ %.622, %B278 ], [ %arg.first, %B72.endif ]
  %.644 = icmp slt i64 %i.4.2, %arg.last
  br i1 %.644, label %B318, label %B452

B318:                                             ; preds = %B430, %B306
  %i.5.1 = phi i64 [ %i.4.2, %B306 ], [ %.882, %B430 ]
  store i64 %.143.sroa.0.0, ptr %.676, align 8
  %.689 = sub i64 %.227, %.143.sroa.0.0
  br i1 false, label %B318.if, label %B318.endif, !prof !0

B352:                                             ; preds = %tile.1, %B318.endif.endif
  %.731 = load i64, ptr %.679, align 8
  %.732 = icmp sgt i64 %.731, 0
  br i1 %.732, label %B352.if, label %B352.endif

B354:                                             ; preds = %B352.endif
  %.783 = mul nsw i64 %.722.sroa.0.0, %arg.W.5.1
  %.817 = mul i64 %i.5.1, %arg.D.5.1
  %6 = getelementptr float, ptr %arg.D.4, i64 %.817
  %.821 = getelementptr float, ptr %6, i64 %.722.sroa.0.0
  %.825 = load <8 x float>, ptr %.821, align 4
  %.827 = getelementptr i8, ptr %.821, i64 32
  %.829 = load <8 x float>, ptr %.827, align 4
  %.839 = mul i64 %i.5.1, %arg.W.5.1
  %.842 = getelementptr float, ptr %arg.W.4, i64 %.839
  %.845 = getelementptr float, ptr %arg.Y.4, i64 %.783
  br label %tile.1

B430:                                             ; preds = %B352.endif
  %.882 = add nsw i64 %i.5.1, 1
  %.886 = icmp slt i64 %.882, %arg.last
  br i1 %.886, label %B318, label %B452

B452:                                             ; preds = %B430, %B306
  br label %B70

common.ret:                                       ; preds = %B72.if, %B318.if, %B166.if, %B0.if, %B454
  %common.ret.op = phi i32 [ 0, %B454 ], [ poison, %B0.if ], [ poison, %B318.if ], [ poison, %B166.if ], [ %.217, %B72.if ]
  ret i32 %common.ret.op

B454:                                             ; preds = %B70.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.109 = icmp slt i64 %arg.D.5.1, 1
  br i1 %.109, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  %7 = add nuw i64 %arg.D.5.1, 511
  %.132 = lshr i64 %7, 9
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %.132, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.98, align 8
  br label %B70

B70.if:                                           ; preds = %B70
  %.159 = load i64, ptr %.95, align 8
  %.162 = add nsw i64 %.152, -1
  store i64 %.162, ptr %.98, align 8
  %.166 = add i64 %.159, 512
  store i64 %.166, ptr %.95, align 8
  br label %B70.endif

B70.endif:                                        ; preds = %B70.if, %B70
  %.143.sroa.0.0 = phi i64 [ %.159, %B70.if ], [ 0, %B70 ]
  br i1 %.153, label %B72, label %B454

B72.if:                                           ; preds = %B72
  %.225 = icmp sgt i32 %.217, 0
  %.218 = load ptr, ptr %excinfo.1, align 8
  %.226 = select i1 %.225, ptr %.218, ptr undef
  store ptr %.226, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B72.endif

B72.endif:                                        ; preds = %B72.if, %B72
  %.247 = add nsw i64 %arg.first, 6
  %.249.not = icmp sgt i64 %.247, %arg.last
  br i1 %.249.not, label %B306, label %B166

B166.if:                                          ; preds = %B166
  br label %common.ret

B166.endif:                                       ; preds = %B166
  %.295 = icmp slt i64 %.294, 1
  br i1 %.295, label %B166.endif.if, label %B166.endif.else

B166.endif.if:                                    ; preds = %B166.endif
  br label %B166.endif.endif

B166.endif.else:                                  ; preds = %B166.endif
  %8 = add nuw i64 %.294, 15
  %.316 = lshr i64 %8, 4
  br label %B166.endif.endif

B166.endif.endif:                                 ; preds = %B166.endif.else, %B166.endif.if
  %storemerge321 = phi i64 [ %.316, %B166.endif.else ], [ 0, %B166.endif.if ]
  store i64 %storemerge321, ptr %.284, align 8
  br label %B200

B200.if:                                          ; preds = %B200
  %.343 = load i64, ptr %.281, align 8
  %.346 = add nsw i64 %.336, -1
  store i64 %.346, ptr %.284, align 8
  %.350 = add i64 %.343, 16
  store i64 %.350, ptr %.281, align 8
  br label %B200.endif

B200.endif:                                       ; preds = %B200.if, %B200
  %.327.sroa.0.0 = phi i64 [ %.343, %B200.if ], [ 0, %B200 ]
  br i1 %.337, label %B202, label %B278

tile:                                             ; preds = %tile, %B202
  %.547 = phi i64 [ 0, %B202 ], [ %.613, %tile ]
  %.548 = shl i64 %.547, 4
  %.550 = getelementptr float, ptr %.545, i64 %.548
  %.552 = load <8 x float>, ptr %.550, align 4
  %9 = getelementptr float, ptr %.545, i64 %.548
  %.554 = getelementptr i8, ptr %9, i64 32
  %.556 = load <8 x float>, ptr %.554, align 4
  %.557 = getelementptr float, ptr %.517, i64 %.547
  %.558 = load float, ptr %.557, align 4
  %.559 = insertelement <8 x float> poison, float %.558, i64 0
  %.560 = shufflevector <8 x float> %.559, <8 x float> poison, <8 x i32> zeroinitializer
  %.561 = fmul contract <8 x float> %.560, %.460
  %.562 = fadd contract <8 x float> %.561, %.552
  %.563 = fmul contract <8 x float> %.560, %.464
  %.564 = fadd contract <8 x float> %.563, %.556
  %.565 = getelementptr float, ptr %.522, i64 %.547
  %.566 = load float, ptr %.565, align 4
  %.567 = insertelement <8 x float> poison, float %.566, i64 0
  %.568 = shufflevector <8 x float> %.567, <8 x float> poison, <8 x i32> zeroinitializer
  %.569 = fmul contract <8 x float> %.568, %.468
  %.570 = fadd contract <8 x float> %.569, %.562
  %.571 = fmul contract <8 x float> %.568, %.472
  %.572 = fadd contract <8 x float> %.571, %.564
  %.573 = getelementptr float, ptr %.527, i64 %.547
  %.574 = load float, ptr %.573, align 4
  %.575 = insertelement <8 x float> poison, float %.574, i64 0
  %.576 = shufflevector <8 x float> %.575, <8 x float> poison, <8 x i32> zeroinitializer
  %.577 = fmul contract <8 x float> %.576, %.476
  %.578 = fadd contract <8 x float> %.577, %.570
  %.579 = fmul contract <8 x float> %.576, %.480
  %.580 = fadd contract <8 x float> %.579, %.572
  %.581 = getelementptr float, ptr %.532, i64 %.547
  %.582 = load float, ptr %.581, align 4
  %.583 = insertelement <8 x float> poison, float %.582, i64 0
  %.584 = shufflevector <8 x float> %.583, <8 x float> poison, <8 x i32> zeroinitializer
  %.585 = fmul contract <8 x float> %.584, %.484
  %.586 = fadd contract <8 x float> %.585, %.578
  %.587 = fmul contract <8 x float> %.584, %.488
  %.588 = fadd contract <8 x float> %.587, %.580
  %.589 = getelementptr float, ptr %.537, i64 %.547
  %.590 = load float, ptr %.589, align 4
  %.591 = insertelement <8 x float> poison, float %.590, i64 0
  %.592 = shufflevector <8 x float> %.591, <8 x float> poison, <8 x i32> zeroinitializer
  %.593 = fmul contract <8 x float> %.592, %.492
  %.594 = fadd contract <8 x float> %.593, %.586
  %.595 = fmul contract <8 x float> %.592, %.496
  %.596 = fadd contract <8 x float> %.595, %.588
  %.597 = getelementptr float, ptr %.542, i64 %.547
  %.598 = load float, ptr %.597, align 4
  %.599 = insertelement <8 x float> poison, float %.598, i64 0
  %.600 = shufflevector <8 x float> %.599, <8 x float> poison, <8 x i32> zeroinitializer
  %.601 = fmul contract <8 x float> %.600, %.500
  %.602 = fadd contract <8 x float> %.601, %.594
  %.603 = fmul contract <8 x float> %.600, %.504
  %.604 = fadd contract <8 x float> %.603, %.596
  %.606 = getelementptr float, ptr %.545, i64 %.548
  store <8 x float> %.602, ptr %.606, align 4
  %10 = getelementptr float, ptr %.545, i64 %.548
  %.610 = getelementptr i8, ptr %10, i64 32
  store <8 x float> %.604, ptr %.610, align 4
  %.613 = add i64 %.547, 1
  %.614 = icmp slt i64 %.613, %arg.W.5.1
  br i1 %.614, label %tile, label %B200

B318.if:                                          ; preds = %B318
  br label %common.ret

B318.endif:                                       ; preds = %B318
  %.690 = icmp slt i64 %.689, 1
  br i1 %.690, label %B318.endif.if, label %B318.endif.else

B318.endif.if:                                    ; preds = %B318.endif
  br label %B318.endif.endif

B318.endif.else:                                  ; preds = %B318.endif
  %11 = add nuw i64 %.689, 15
  %.711 = lshr i64 %11, 4
  br label %B318.endif.endif

B318.endif.endif:                                 ; preds = %B318.endif.else, %B318.endif.if
  %storemerge323 = phi i64 [ %.711, %B318.endif.else ], [ 0, %B318.endif.if ]
  store i64 %storemerge323, ptr %.679, align 8
  br label %B352

B352.if:                                          ; preds = %B352
  %.738 = load i64, ptr %.676, align 8
  %.741 = add nsw i64 %.731, -1
  store i64 %.741, ptr %.679, align 8
  %.745 = add i64 %.738, 16
  store i64 %.745, ptr %.676, align 8
  br label %B352.endif

B352.endif:                                       ; preds = %B352.if, %B352
  %.722.sroa.0.0 = phi i64 [ %.738, %B352.if ], [ 0, %B352 ]
  br i1 %.732, label %B354, label %B430

tile.1:                                           ; preds = %tile.1, %B354
  %.847 = phi i64 [ 0, %B354 ], [ %.873, %tile.1 ]
  %.848 = shl i64 %.847, 4
  %.850 = getelementptr float, ptr %.845, i64 %.848
  %.852 = load <8 x float>, ptr %.850, align 4
  %12 = getelementptr float, ptr %.845, i64 %.848
  %.854 = getelementptr i8, ptr %12, i64 32
  %.856 = load <8 x float>, ptr %.854, align 4
  %.857 = getelementptr float, ptr %.842, i64 %.847
  %.858 = load float, ptr %.857, align 4
  %.859 = insertelement <8 x float> poison, float %.858, i64 0
  %.860 = shufflevector <8 x float> %.859, <8 x float> poison, <8 x i32> zeroinitializer
  %.861 = fmul contract <8 x float> %.860, %.825
  %.862 = fadd contract <8 x float> %.861, %.852
  %.863 = fmul contract <8 x float> %.860, %.829
  %.864 = fadd contract <8 x float> %.863, %.856
  %.866 = getelementptr float, ptr %.845, i64 %.848
  store <8 x float> %.862, ptr %.866, align 4
  %13 = getelementptr float, ptr %.845, i64 %.848
  %.870 = getelementptr i8, ptr %13, i64 32
  store <8 x float> %.864, ptr %.870, align 4
  %.873 = add i64 %.847, 1
  %.874 = icmp slt i64 %.873, %arg.W.5.1
  br i1 %.874, label %tile.1, label %B352
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smax.i64(i64, i64) #0

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #0

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
!1 = !{!"branch_weights", i32 99, i32 1}
!2 = !{i1 true}
