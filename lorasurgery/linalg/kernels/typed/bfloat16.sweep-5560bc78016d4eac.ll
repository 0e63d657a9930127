; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

@.const.pickledata.ca8efb3a72d614fe872032cce3ac326007a30727 = internal constant [76 x i8] c"\80\04\95A\00\00\00\00\00\00\00\8C\08builtins\94\8C\0AValueError\94\93\94\8C\1Erange() arg 3 must not be zero\94\85\94N\87\94."
@.const.pickledata.ca8efb3a72d614fe872032cce3ac326007a30727.sha1 = internal constant [20 x i8] c"\CA\8E\FB:r\D6\14\FE\87 2\CC\E3\AC2`\07\A3\07'"
@.const.picklebuf.ca8efb3a72d614fe872032cce3ac326007a30727 = internal constant { ptr, i32, ptr, ptr, i32 } { ptr @.const.pickledata.ca8efb3a72d614fe872032cce3ac326007a30727, i32 76, ptr @.const.pickledata.ca8efb3a72d614fe872032cce3ac326007a30727.sha1, ptr null, i32 0 }

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.X.0, ptr %arg.X.1, i64 %arg.X.2, i64 %arg.X.3, ptr %arg.X.4, i64 %arg.X.5.0, i64 %arg.X.6.0, ptr %arg.groups.0, ptr %arg.groups.1, i64 %arg.groups.2, i64 %arg.groups.3, ptr %arg.groups.4, i64 %arg.groups.5.0, i64 %arg.groups.6.0, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, ptr %arg.pairs.0, ptr %arg.pairs.1, i64 %arg.pairs.2, i64 %arg.pairs.3, ptr %arg.pairs.4, i64 %arg.pairs.5.0, i64 %arg.pairs.5.1, i64 %arg.pairs.6.0, i64 %arg.pairs.6.1, ptr %arg.Y.0, ptr %arg.Y.1, i64 %arg.Y.2, i64 %arg.Y.3, ptr %arg.Y.4, i64 %arg.Y.5.0, i64 %arg.Y.5.1, i64 %arg.Y.5.2, i64 %arg.Y.6.0, i64 %arg.Y.6.1, i64 %arg.Y.6.2) {
entry:
  %.187 = alloca i64, align 8
  store i64 0, ptr %.187, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.255 = alloca i64, align 8
  store i64 0, ptr %.255, align 8
  %.258 = alloca i64, align 8
  store i64 0, ptr %.258, align 8
  %.366 = alloca i64, align 8
  store i64 0, ptr %.366, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.397 = alloca ptr, align 8
  store ptr null, ptr %.397, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.438 = alloca ptr, align 8
  store ptr null, ptr %.438, align 8
  %excinfo.4 = alloca ptr, align 8
  store ptr null, ptr %excinfo.4, align 8
  %.103 = shl nsw i64 %arg.D.5.1, 1
  %.106 = icmp eq i64 %arg.D.5.1, 0
  br i1 %.106, label %B0.endif, label %B0.else, !prof !0

B148:                                             ; preds = %B150.endif.endif.endif, %B0.endif.endif.endif.endif.endif
  %.310 = load i64, ptr %.258, align 8
  %.311 = icmp sgt i64 %.310, 0
  br i1 %.311, label %B148.if, label %B148.endif

B150:                                             ; preds = %B148.endif
  %.363 = add nsw i64 %.301.sroa.0.0, %.203
  store i64 0, ptr %.366, align 8
  %.372 = call i32 @part2(ptr nonnull %.366, ptr nonnull %excinfo.2, i64 %arg.D.5.0, i64 %.363)
  %.374 = icmp ne i32 %.372, 0
  %.375 = icmp ne i32 %.372, -2
  %.378.not = and i1 %.374, %.375
  %.382 = load i64, ptr %.366, align 8
  br i1 %.378.not, label %B150.if, label %B150.endif, !prof !0

common.ret:                                       ; preds = %B150.endif.endif.if, %B150.endif.if, %B150.if, %B0.endif.endif.if, %B0.endif.endif.endif.if, %B294
  %common.ret.op = phi i32 [ 0, %B294 ], [ %.413, %B150.endif.if ], [ 1, %B0.endif.endif.endif.if ], [ %.193, %B0.endif.endif.if ], [ %.372, %B150.if ], [ %.460, %B150.endif.endif.if ]
  ret i32 %common.ret.op

B294:                                             ; preds = %B148.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.else:                                          ; preds = %entry
  br i1 true, label %B0.else.if, label %B0.endif, !prof !1

B0.endif:                                         ; preds = %B0.else, %B0.else.if, %entry
  %quot.0 = phi i64 [ %.103, %entry ], [ %.111.1, %B0.else.if ], [ poison, %B0.else ]
  br i1 false, label %B0.endif.endif, label %B0.endif.else, !prof !0

B0.else.if:                                       ; preds = %B0.else
  %.122 = sdiv i64 262144, %.103
  %.123 = srem i64 262144, %.103
  %.125 = icmp slt i64 %arg.D.5.1, 0
  %.126 = icmp ne i64 %.123, 0
  %.127 = and i1 %.126, %.125
  %.132 = sext i1 %.127 to i64
  %.111.1 = add nsw i64 %.122, %.132
  br label %B0.endif

B0.endif.else:                                    ; preds = %B0.endif
  br i1 true, label %B0.endif.else.if, label %B0.endif.endif, !prof !1

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.else.if, %B0.endif
  %quot.1.0 = phi i64 [ poison, %B0.endif ], [ %0, %B0.endif.else.if ], [ poison, %B0.endif.else ]
  store i64 0, ptr %.187, align 8
  %.193 = call i32 @part1(ptr nonnull %.187, ptr nonnull %excinfo.1, i64 24, i64 %quot.1.0)
  %.195 = icmp ne i32 %.193, 0
  %.196 = icmp ne i32 %.193, -2
  %.199.not = and i1 %.195, %.196
  %.203 = load i64, ptr %.187, align 8
  br i1 %.199.not, label %B0.endif.endif.if, label %B0.endif.endif.endif, !prof !0

B0.endif.else.if:                                 ; preds = %B0.endif.else
  %.162 = sdiv i64 %quot.0, 24
  %.163 = srem i64 %quot.0, 24
  %.163.lobit = ashr i64 %.163, 63
  %.151.1 = add nsw i64 %.162, %.163.lobit
  %0 = mul nsw i64 %.151.1, 24
  br label %B0.endif.endif

B0.endif.endif.if:                                ; preds = %B0.endif.endif
  %.201 = icmp sgt i32 %.193, 0
  %.194 = load ptr, ptr %excinfo.1, align 8
  %.202 = select i1 %.201, ptr %.194, ptr undef
  store ptr %.202, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif.endif

B0.endif.endif.endif:                             ; preds = %B0.endif.endif.if, %B0.endif.endif
  store i64 0, ptr %.255, align 8
  %.269 = icmp sgt i64 %arg.D.5.0, 0
  %.272 = icmp eq i64 %.203, 0
  br i1 %.272, label %B0.endif.endif.endif.if, label %B0.endif.endif.endif.endif, !prof !0

B0.endif.endif.endif.if:                          ; preds = %B0.endif.endif.endif
  store ptr @.const.picklebuf.ca8efb3a72d614fe872032cce3ac326007a30727, ptr %excinfo, align 8, !numba_exception_output !2
  br label %common.ret

B0.endif.endif.endif.endif:                       ; preds = %B0.endif.endif.endif
  %.270 = icmp sgt i64 %.203, 0
  %.271 = xor i1 %.269, %.270
  br i1 %.271, label %B0.endif.endif.endif.endif.if, label %B0.endif.endif.endif.endif.else

B0.endif.endif.endif.endif.if:                    ; preds = %B0.endif.endif.endif.endif
  br label %B0.endif.endif.endif.endif.endif

B0.endif.endif.endif.endif.else:                  ; preds = %B0.endif.endif.endif.endif
  %.284 = srem i64 %arg.D.5.0, %.203
  %.285 = sub i64 0, %.284
  %.286 = select i1 %.269, i64 %.284, i64 %.285
  %.287 = icmp sgt i64 %.286, 0
  %.288 = sdiv i64 %arg.D.5.0, %.203
  %.289 = zext i1 %.287 to i64
  %.290 = add i64 %.288, %.289
  br label %B0.endif.endif.endif.endif.endif

B0.endif.endif.endif.endif.endif:                 ; preds = %B0.endif.endif.endif.endif.else, %B0.endif.endif.endif.endif.if
  %storemerge = phi i64 [ %.290, %B0.endif.endif.endif.endif.else ], [ 0, %B0.endif.endif.endif.endif.if ]
  store i64 %storemerge, ptr %.258, align 8
  br label %B148

B148.if:                                          ; preds = %B148
  %.317 = load i64, ptr %.255, align 8
  %.320 = add nsw i64 %.310, -1
  store i64 %.320, ptr %.258, align 8
  %.324 = add i64 %.317, %.203
  store i64 %.324, ptr %.255, align 8
  br label %B148.endif

B148.endif:                                       ; preds = %B148.if, %B148
  %.301.sroa.0.0 = phi i64 [ %.317, %B148.if ], [ 0, %B148 ]
  br i1 %.311, label %B150, label %B294

B150.if:                                          ; preds = %B150
  %.380 = icmp sgt i32 %.372, 0
  %.373 = load ptr, ptr %excinfo.2, align 8
  %.381 = select i1 %.380, ptr %.373, ptr undef
  store ptr %.381, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B150.endif

B150.endif:                                       ; preds = %B150.if, %B150
  store ptr null, ptr %.397, align 8
  %.413 = call i32 @part3(ptr nonnull %.397, ptr nonnull %excinfo.3, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.X.0, ptr %arg.X.1, i64 %arg.X.2, i64 %arg.X.3, ptr %arg.X.4, i64 %arg.X.5.0, i64 %arg.X.6.0, ptr %arg.groups.0, ptr %arg.groups.1, i64 %arg.groups.2, i64 %arg.groups.3, ptr %arg.groups.4, i64 %arg.groups.5.0, i64 %arg.groups.6.0, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, i64 %.301.sroa.0.0, i64 %.382)
  %.415 = icmp ne i32 %.413, 0
  %.416 = icmp ne i32 %.413, -2
  %.419.not = and i1 %.415, %.416
  br i1 %.419.not, label %B150.endif.if, label %B150.endif.endif, !prof !0

B150.endif.if:                                    ; preds = %B150.endif
  %.421 = icmp sgt i32 %.413, 0
  %.414 = load ptr, ptr %excinfo.3, align 8
  %.422 = select i1 %.421, ptr %.414, ptr undef
  store ptr %.422, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B150.endif.endif

B150.endif.endif:                                 ; preds = %B150.endif.if, %B150.endif
  store ptr null, ptr %.438, align 8
  %.460 = call i32 @part5(ptr nonnull %.438, ptr nonnull %excinfo.4, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, ptr %arg.pairs.0, ptr %arg.pairs.1, i64 %arg.pairs.2, i64 %arg.pairs.3, ptr %arg.pairs.4, i64 %arg.pairs.5.0, i64 %arg.pairs.5.1, i64 %arg.pairs.6.0, i64 %arg.pairs.6.1, ptr %arg.Y.0, ptr %arg.Y.1, i64 %arg.Y.2, i64 %arg.Y.3, ptr %arg.Y.4, i64 %arg.Y.5.0, i64 %arg.Y.5.1, i64 %arg.Y.5.2, i64 %arg.Y.6.0, i64 %arg.Y.6.1, i64 %arg.Y.6.2, i64 %.301.sroa.0.0, i64 %.382)
  %.462 = icmp ne i32 %.460, 0
  %.463 = icmp ne i32 %.460, -2
  %.466.not = and i1 %.462, %.463
  br i1 %.466.not, label %B150.endif.endif.if, label %B150.endif.endif.endif, !prof !0

B150.endif.endif.if:                              ; preds = %B150.endif.endif
  %.468 = icmp sgt i32 %.460, 0
  %.461 = load ptr, ptr %excinfo.4, align 8
  %.469 = select i1 %.468, ptr %.461, ptr undef
  store ptr %.469, ptr %excinfo, align 8
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
  %.143 = alloca i64, align 8
  store i64 0, ptr %.143, align 8
  %.146 = alloca i64, align 8
  store i64 0, ptr %.146, align 8
  %.278 = alloca i64, align 8
  store i64 0, ptr %.278, align 8
  %.281 = alloca i64, align 8
  store i64 0, ptr %.281, align 8
  %.460 = alloca i64, align 8
  store i64 0, ptr %.460, align 8
  %.463 = alloca i64, align 8
  store i64 0, ptr %.463, align 8
  %.563 = alloca i64, align 8
  store i64 0, ptr %.563, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.626 = alloca i64, align 8
  store i64 0, ptr %.626, align 8
  %.629 = alloca i64, align 8
  store i64 0, ptr %.629, align 8
  br i1 false, label %B0.endif, label %B0.else, !prof !0

B68:                                              ; preds = %B0.endif.endif.endif, %B180
  %.200 = load i64, ptr %.146, align 8
  %.201 = icmp sgt i64 %.200, 0
  br i1 %.201, label %B68.if, label %B68.endif

B70:                                              ; preds = %B68.endif
  store i64 0, ptr %.278, align 8
  br i1 false, label %B70.if, label %B70.endif, !prof !0

B124:                                             ; preds = %B70.endif.endif, %B126
  %.333 = load i64, ptr %.281, align 8
  %.334 = icmp sgt i64 %.333, 0
  br i1 %.334, label %B124.if, label %B124.endif

B126:                                             ; preds = %B124.endif
  %.396 = icmp slt i64 %.191.sroa.0.0, 0
  %.397 = select i1 %.396, i64 %arg.W.5.0, i64 0
  %.398 = add i64 %.191.sroa.0.0, %.397
  %.399 = icmp slt i64 %.324.sroa.0.0, 0
  %.400 = select i1 %.399, i64 %arg.W.5.1, i64 0
  %.418 = mul i64 %.398, %arg.W.5.1
  %0 = getelementptr float, ptr %arg.W.4, i64 %.418
  %1 = getelementptr float, ptr %0, i64 %.324.sroa.0.0
  %.422 = getelementptr float, ptr %1, i64 %.400
  store float 0.000000e+00, ptr %.422, align 4
  br label %B124

B180:                                             ; preds = %B124.endif
  br label %B68

B182:                                             ; preds = %B68.endif
  store i64 0, ptr %.460, align 8
  br i1 false, label %B182.if, label %B182.endif, !prof !0

B226:                                             ; preds = %B182.endif.endif, %B768
  %.516 = load i64, ptr %.463, align 8
  %.517 = icmp sgt i64 %.516, 0
  br i1 %.517, label %B228.if, label %B228.endif

B230:                                             ; preds = %B228.endif
  %.559 = add nsw i64 %.507.sroa.0.0, 256
  store i64 0, ptr %.563, align 8
  %.569 = call i32 @part4(ptr nonnull %.563, ptr nonnull %excinfo.1, i64 %quot.0, i64 %.559)
  %.571 = icmp ne i32 %.569, 0
  %.572 = icmp ne i32 %.569, -2
  %.575.not = and i1 %.571, %.572
  %.579 = load i64, ptr %.563, align 8
  br i1 %.575.not, label %B230.if, label %B230.endif, !prof !0

B342:                                             ; preds = %B230.endif.endif.endif, %B773
  %.681 = load i64, ptr %.629, align 8
  %.682 = icmp sgt i64 %.681, 0
  br i1 %.682, label %B342.if, label %B342.endif

B344:                                             ; preds = %B342.endif
  %.733 = icmp slt i64 %.672.sroa.0.0, 0
  %.734 = select i1 %.733, i64 %arg.groups.5.0, i64 0
  %2 = getelementptr i64, ptr %arg.groups.4, i64 %.672.sroa.0.0
  %.748 = getelementptr i64, ptr %2, i64 %.734
  %.749 = load i64, ptr %.748, align 8
  %.759 = mul nsw i64 %quot.0, %.749
  %.777 = icmp slt i64 %.672.sroa.0.0, -1
  %.778 = select i1 %.777, i64 %arg.groups.5.0, i64 0
  %3 = getelementptr i64, ptr %arg.groups.4, i64 %.672.sroa.0.0
  %4 = getelementptr i8, ptr %3, i64 8
  %.792 = getelementptr i64, ptr %4, i64 %.778
  %.793 = load i64, ptr %.792, align 8
  %.795 = sub nsw i64 %.793, %.749
  %.796 = icmp eq i64 %.795, 32
  br i1 %.796, label %B412, label %B590

B412:                                             ; preds = %B344
  %.807 = add nsw i64 %arg.first, 8
  %.811.not = icmp sgt i64 %.807, %arg.last
  br i1 %.811.not, label %B506, label %B430

B430:                                             ; preds = %tile.end, %B412
  %i.7.2 = phi i64 [ %arg.first, %B412 ], [ %.1188, %tile.end ]
  %.842 = mul i64 %i.7.2, %arg.D.5.1
  %.845 = getelementptr i16, ptr %arg.D.4, i64 %.842
  %.846 = add i64 %i.7.2, 1
  %.847 = mul i64 %.846, %arg.D.5.1
  %.850 = getelementptr i16, ptr %arg.D.4, i64 %.847
  %.851 = add i64 %i.7.2, 2
  %.852 = mul i64 %.851, %arg.D.5.1
  %.855 = getelementptr i16, ptr %arg.D.4, i64 %.852
  %.856 = add i64 %i.7.2, 3
  %.857 = mul i64 %.856, %arg.D.5.1
  %.860 = getelementptr i16, ptr %arg.D.4, i64 %.857
  %.861 = add i64 %i.7.2, 4
  %.862 = mul i64 %.861, %arg.D.5.1
  %.865 = getelementptr i16, ptr %arg.D.4, i64 %.862
  %.866 = add i64 %i.7.2, 5
  %.867 = mul i64 %.866, %arg.D.5.1
  %.870 = getelementptr i16, ptr %arg.D.4, i64 %.867
  %.871 = add i64 %i.7.2, 6
  %.872 = mul i64 %.871, %arg.D.5.1
  %.875 = getelementptr i16, ptr %arg.D.4, i64 %.872
  %.876 = add i64 %i.7.2, 7
  %.877 = mul i64 %.876, %arg.D.5.1
  %.880 = getelementptr i16, ptr %arg.D.4, i64 %.877
  %.890 = mul i64 %i.7.2, %arg.W.5.1
  %5 = getelementptr float, ptr %arg.W.4, i64 %.890
  %.894 = getelementptr float, ptr %5, i64 %.749
  %.895 = add i64 %i.7.2, 1
  %.896 = mul i64 %.895, %arg.W.5.1
  %6 = getelementptr float, ptr %arg.W.4, i64 %.896
  %.900 = getelementptr float, ptr %6, i64 %.749
  %.901 = add i64 %i.7.2, 2
  %.902 = mul i64 %.901, %arg.W.5.1
  %7 = getelementptr float, ptr %arg.W.4, i64 %.902
  %.906 = getelementptr float, ptr %7, i64 %.749
  %.907 = add i64 %i.7.2, 3
  %.908 = mul i64 %.907, %arg.W.5.1
  %8 = getelementptr float, ptr %arg.W.4, i64 %.908
  %.912 = getelementptr float, ptr %8, i64 %.749
  %.913 = add i64 %i.7.2, 4
  %.914 = mul i64 %.913, %arg.W.5.1
  %9 = getelementptr float, ptr %arg.W.4, i64 %.914
  %.918 = getelementptr float, ptr %9, i64 %.749
  %.919 = add i64 %i.7.2, 5
  %.920 = mul i64 %.919, %arg.W.5.1
  %10 = getelementptr float, ptr %arg.W.4, i64 %.920
  %.924 = getelementptr float, ptr %10, i64 %.749
  %.925 = add i64 %i.7.2, 6
  %.926 = mul i64 %.925, %arg.W.5.1
  %11 = getelementptr float, ptr %arg.W.4, i64 %.926
  %.930 = getelementptr float, ptr %11, i64 %.749
  %.931 = add i64 %i.7.2, 7
  %.932 = mul i64 %.931, %arg.W.5.1
  %12 = getelementptr float, ptr %arg.W.4, i64 %.932
  %.936 = getelementptr float, ptr %12, i64 %.749
  %.939 = getelementptr i32, ptr %arg.X.4, i64 %.759
  %.943 = load <16 x float>, ptr %.894, align 4
  %.945 = getelementptr i8, ptr %.894, i64 64
  %.947 = load <16 x float>, ptr %.945, align 4
  %.951 = load <16 x float>, ptr %.900, align 4
  %.953 = getelementptr i8, ptr %.900, i64 64
  %.955 = load <16 x float>, ptr %.953, align 4
  %.959 = load <16 x float>, ptr %.906, align 4
  %.961 = getelementptr i8, ptr %.906, i64 64
  %.963 = load <16 x float>, ptr %.961, align 4
  %.967 = load <16 x float>, ptr %.912, align 4
  %.969 = getelementptr i8, ptr %.912, i64 64
  %.971 = load <16 x float>, ptr %.969, align 4
  %.975 = load <16 x float>, ptr %.918, align 4
  %.977 = getelementptr i8, ptr %.918, i64 64
  %.979 = load <16 x float>, ptr %.977, align 4
  %.983 = load <16 x float>, ptr %.924, align 4
  %.985 = getelementptr i8, ptr %.924, i64 64
  %.987 = load <16 x float>, ptr %.985, align 4
  %.991 = load <16 x float>, ptr %.930, align 4
  %.993 = getelementptr i8, ptr %.930, i64 64
  %.995 = load <16 x float>, ptr %.993, align 4
  %.999 = load <16 x float>, ptr %.936, align 4
  %.1001 = getelementptr i8, ptr %.936, i64 64
  %.1003 = load <16 x float>, ptr %.1001, align 4
  br label %tile

B506:                                             ; preds = %tile.end, %B412
  %i.7.3 = phi i64 [ %.1188, %tile.end ], [ %arg.first, %B412 ]
  %.1205 = icmp slt i64 %i.7.3, %arg.last
  br i1 %.1205, label %B518, label %B773

B518:                                             ; preds = %tile.end.1, %B506
  %i.8.2 = phi i64 [ %i.7.3, %B506 ], [ %.1304, %tile.end.1 ]
  %.1238 = mul i64 %i.8.2, %arg.D.5.1
  %.1241 = getelementptr i16, ptr %arg.D.4, i64 %.1238
  %.1251 = mul i64 %i.8.2, %arg.W.5.1
  %13 = getelementptr float, ptr %arg.W.4, i64 %.1251
  %.1255 = getelementptr float, ptr %13, i64 %.749
  %.1258 = getelementptr i32, ptr %arg.X.4, i64 %.759
  %.1262 = load <16 x float>, ptr %.1255, align 4
  %.1264 = getelementptr i8, ptr %.1255, i64 64
  %.1266 = load <16 x float>, ptr %.1264, align 4
  br label %tile.1

B590:                                             ; preds = %B344
  %.1326 = add nsw i64 %arg.first, 8
  %.1330.not = icmp sgt i64 %.1326, %arg.last
  br i1 %.1330.not, label %B684, label %B608

B608:                                             ; preds = %tile.end.2, %B590
  %i.10.3 = phi i64 [ %arg.first, %B590 ], [ %.1607, %tile.end.2 ]
  %.1361 = mul i64 %i.10.3, %arg.D.5.1
  %.1364 = getelementptr i16, ptr %arg.D.4, i64 %.1361
  %.1365 = add i64 %i.10.3, 1
  %.1366 = mul i64 %.1365, %arg.D.5.1
  %.1369 = getelementptr i16, ptr %arg.D.4, i64 %.1366
  %.1370 = add i64 %i.10.3, 2
  %.1371 = mul i64 %.1370, %arg.D.5.1
  %.1374 = getelementptr i16, ptr %arg.D.4, i64 %.1371
  %.1375 = add i64 %i.10.3, 3
  %.1376 = mul i64 %.1375, %arg.D.5.1
  %.1379 = getelementptr i16, ptr %arg.D.4, i64 %.1376
  %.1380 = add i64 %i.10.3, 4
  %.1381 = mul i64 %.1380, %arg.D.5.1
  %.1384 = getelementptr i16, ptr %arg.D.4, i64 %.1381
  %.1385 = add i64 %i.10.3, 5
  %.1386 = mul i64 %.1385, %arg.D.5.1
  %.1389 = getelementptr i16, ptr %arg.D.4, i64 %.1386
  %.1390 = add i64 %i.10.3, 6
  %.1391 = mul i64 %.1390, %arg.D.5.1
  %.1394 = getelementptr i16, ptr %arg.D.4, i64 %.1391
  %.1395 = add i64 %i.10.3, 7
  %.1396 = mul i64 %.1395, %arg.D.5.1
  %.1399 = getelementptr i16, ptr %arg.D.4, i64 %.1396
  %.1409 = mul i64 %i.10.3, %arg.W.5.1
  %14 = getelementptr float, ptr %arg.W.4, i64 %.1409
  %.1413 = getelementptr float, ptr %14, i64 %.749
  %.1414 = add i64 %i.10.3, 1
  %.1415 = mul i64 %.1414, %arg.W.5.1
  %15 = getelementptr float, ptr %arg.W.4, i64 %.1415
  %.1419 = getelementptr float, ptr %15, i64 %.749
  %.1420 = add i64 %i.10.3, 2
  %.1421 = mul i64 %.1420, %arg.W.5.1
  %16 = getelementptr float, ptr %arg.W.4, i64 %.1421
  %.1425 = getelementptr float, ptr %16, i64 %.749
  %.1426 = add i64 %i.10.3, 3
  %.1427 = mul i64 %.1426, %arg.W.5.1
  %17 = getelementptr float, ptr %arg.W.4, i64 %.1427
  %.1431 = getelementptr float, ptr %17, i64 %.749
  %.1432 = add i64 %i.10.3, 4
  %.1433 = mul i64 %.1432, %arg.W.5.1
  %18 = getelementptr float, ptr %arg.W.4, i64 %.1433
  %.1437 = getelementptr float, ptr %18, i64 %.749
  %.1438 = add i64 %i.10.3, 5
  %.1439 = mul i64 %.1438, %arg.W.5.1
  %19 = getelementptr float, ptr %arg.W.4, i64 %.1439
  %.1443 = getelementptr float, ptr %19, i64 %.749
  %.1444 = add i64 %i.10.3, 6
  %.1445 = mul i64 %.1444, %arg.W.5.1
  %20 = getelementptr float, ptr %arg.W.4, i64 %.1445
  %.1449 = getelementptr float, ptr %20, i64 %.749
  %.1450 = add i64 %i.10.3, 7
  %.1451 = mul i64 %.1450, %arg.W.5.1
  %21 = getelementptr float, ptr %arg.W.4, i64 %.1451
  %.1455 = getelementptr float, ptr %21, i64 %.749
  %.1458 = getelementptr i32, ptr %arg.X.4, i64 %.759
  %.1462 = load <16 x float>, ptr %.1413, align 4
  %.1466 = load <16 x float>, ptr %.1419, align 4
  %.1470 = load <16 x float>, ptr %.1425, align 4
  %.1474 = load <16 x float>, ptr %.1431, align 4
  %.1478 = load <16 x float>, ptr %.1437, align 4
  %.1482 = load <16 x float>, ptr %.1443, align 4
  %.1486 = load <16 x float>, ptr %.1449, align 4
  %.1490 = load <16 x float>, ptr %.1455, align 4
  br label %tile.2

B684:                                             ; preds = %tile.end.2, %B590
  %i.10.4 = phi i64 [ %.1607, %tile.end.2 ], [ %arg.first, %B590 ]
  %.1624 = icmp slt i64 %i.10.4, %arg.last
  br i1 %.1624, label %B696, label %B773

B696:                                             ; preds = %tile.end.3, %B684
  %i.11.3 = phi i64 [ %i.10.4, %B684 ], [ %.1707, %tile.end.3 ]
  %.1657 = mul i64 %i.11.3, %arg.D.5.1
  %.1660 = getelementptr i16, ptr %arg.D.4, i64 %.1657
  %.1670 = mul i64 %i.11.3, %arg.W.5.1
  %22 = getelementptr float, ptr %arg.W.4, i64 %.1670
  %.1674 = getelementptr float, ptr %22, i64 %.749
  %.1677 = getelementptr i32, ptr %arg.X.4, i64 %.759
  %.1681 = load <16 x float>, ptr %.1674, align 4
  br label %tile.3

B768:                                             ; preds = %B342.endif
  br label %B226

common.ret:                                       ; preds = %B230.if, %B230.endif.if, %B182.if, %B70.if, %B0.endif.if, %B772
  %common.ret.op = phi i32 [ 0, %B772 ], [ poison, %B0.endif.if ], [ poison, %B70.if ], [ poison, %B182.if ], [ poison, %B230.endif.if ], [ %.569, %B230.if ]
  ret i32 %common.ret.op

B772:                                             ; preds = %B228.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B773:                                             ; preds = %B684, %tile.end.3, %B506, %tile.end.1
  br label %B342

B0.else:                                          ; preds = %entry
  br i1 true, label %B0.else.if, label %B0.endif, !prof !1

B0.endif:                                         ; preds = %B0.else, %B0.else.if, %entry
  %quot.0 = phi i64 [ poison, %entry ], [ %.82.1, %B0.else.if ], [ poison, %B0.else ]
  store i64 %arg.first, ptr %.143, align 8
  %.156 = sub i64 %arg.last, %arg.first
  br i1 false, label %B0.endif.if, label %B0.endif.endif, !prof !0

B0.else.if:                                       ; preds = %B0.else
  %.82.1 = ashr i64 %arg.D.5.1, 1
  br label %B0.endif

B0.endif.if:                                      ; preds = %B0.endif
  br label %common.ret

B0.endif.endif:                                   ; preds = %B0.endif
  %.157 = icmp slt i64 %.156, 1
  br i1 %.157, label %B0.endif.endif.if, label %B0.endif.endif.else

B0.endif.endif.if:                                ; preds = %B0.endif.endif
  br label %B0.endif.endif.endif

B0.endif.endif.else:                              ; preds = %B0.endif.endif
  br label %B0.endif.endif.endif

B0.endif.endif.endif:                             ; preds = %B0.endif.endif.else, %B0.endif.endif.if
  %storemerge = phi i64 [ %.156, %B0.endif.endif.else ], [ 0, %B0.endif.endif.if ]
  store i64 %storemerge, ptr %.146, align 8
  br label %B68

B68.if:                                           ; preds = %B68
  %.207 = load i64, ptr %.143, align 8
  %.210 = add nsw i64 %.200, -1
  store i64 %.210, ptr %.146, align 8
  %.214 = add i64 %.207, 1
  store i64 %.214, ptr %.143, align 8
  br label %B68.endif

B68.endif:                                        ; preds = %B68.if, %B68
  %.191.sroa.0.0 = phi i64 [ %.207, %B68.if ], [ 0, %B68 ]
  br i1 %.201, label %B70, label %B182

B70.if:                                           ; preds = %B70
  br label %common.ret

B70.endif:                                        ; preds = %B70
  %.292 = icmp slt i64 %arg.W.5.1, 1
  br i1 %.292, label %B70.endif.if, label %B70.endif.else

B70.endif.if:                                     ; preds = %B70.endif
  br label %B70.endif.endif

B70.endif.else:                                   ; preds = %B70.endif
  br label %B70.endif.endif

B70.endif.endif:                                  ; preds = %B70.endif.else, %B70.endif.if
  %storemerge499 = phi i64 [ %arg.W.5.1, %B70.endif.else ], [ 0, %B70.endif.if ]
  store i64 %storemerge499, ptr %.281, align 8
  br label %B124

B124.if:                                          ; preds = %B124
  %.340 = load i64, ptr %.278, align 8
  %.343 = add nsw i64 %.333, -1
  store i64 %.343, ptr %.281, align 8
  %.347 = add i64 %.340, 1
  store i64 %.347, ptr %.278, align 8
  br label %B124.endif

B124.endif:                                       ; preds = %B124.if, %B124
  %.324.sroa.0.0 = phi i64 [ %.340, %B124.if ], [ 0, %B124 ]
  br i1 %.334, label %B126, label %B180

B182.if:                                          ; preds = %B182
  br label %common.ret

B182.endif:                                       ; preds = %B182
  %.474 = icmp slt i64 %quot.0, 1
  br i1 %.474, label %B182.endif.if, label %B182.endif.else

B182.endif.if:                                    ; preds = %B182.endif
  br label %B182.endif.endif

B182.endif.else:                                  ; preds = %B182.endif
  %23 = add nuw i64 %quot.0, 255
  %.495 = lshr i64 %23, 8
  br label %B182.endif.endif

B182.endif.endif:                                 ; preds = %B182.endif.else, %B182.endif.if
  %storemerge494 = phi i64 [ %.495, %B182.endif.else ], [ 0, %B182.endif.if ]
  store i64 %storemerge494, ptr %.463, align 8
  br label %B226

B228.if:                                          ; preds = %B226
  %.523 = load i64, ptr %.460, align 8
  %.526 = add nsw i64 %.516, -1
  store i64 %.526, ptr %.463, align 8
  %.530 = add i64 %.523, 256
  store i64 %.530, ptr %.460, align 8
  br label %B228.endif

B228.endif:                                       ; preds = %B228.if, %B226
  %.507.sroa.0.0 = phi i64 [ %.523, %B228.if ], [ 0, %B226 ]
  br i1 %.517, label %B230, label %B772

B230.if:                                          ; preds = %B230
  %.577 = icmp sgt i32 %.569, 0
  %.570 = load ptr, ptr %excinfo.1, align 8
  %.578 = select i1 %.577, ptr %.570, ptr undef
  store ptr %.578, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B230.endif

B230.endif:                                       ; preds = %B230.if, %B230
  %.602 = add nsw i64 %arg.groups.5.0, -1
  store i64 0, ptr %.626, align 8
  br i1 false, label %B230.endif.if, label %B230.endif.endif, !prof !0

B230.endif.if:                                    ; preds = %B230.endif
  br label %common.ret

B230.endif.endif:                                 ; preds = %B230.endif
  %.640 = icmp slt i64 %arg.groups.5.0, 2
  br i1 %.640, label %B230.endif.endif.if, label %B230.endif.endif.else

B230.endif.endif.if:                              ; preds = %B230.endif.endif
  br label %B230.endif.endif.endif

B230.endif.endif.else:                            ; preds = %B230.endif.endif
  br label %B230.endif.endif.endif

B230.endif.endif.endif:                           ; preds = %B230.endif.endif.else, %B230.endif.endif.if
  %storemerge495 = phi i64 [ %.602, %B230.endif.endif.else ], [ 0, %B230.endif.endif.if ]
  store i64 %storemerge495, ptr %.629, align 8
  br label %B342

B342.if:                                          ; preds = %B342
  %.688 = load i64, ptr %.626, align 8
  %.691 = add nsw i64 %.681, -1
  store i64 %.691, ptr %.629, align 8
  %.695 = add i64 %.688, 1
  store i64 %.695, ptr %.626, align 8
  br label %B342.endif

B342.endif:                                       ; preds = %B342.if, %B342
  %.672.sroa.0.0 = phi i64 [ %.688, %B342.if ], [ 0, %B342 ]
  br i1 %.682, label %B344, label %B768

tile:                                             ; preds = %tile, %B430
  %.1005 = phi i64 [ %.507.sroa.0.0, %B430 ], [ %.1120, %tile ]
  %.1006 = phi <16 x float> [ %.943, %B430 ], [ %.1074, %tile ]
  %.1007 = phi <16 x float> [ %.947, %B430 ], [ %.1077, %tile ]
  %.1008 = phi <16 x float> [ %.951, %B430 ], [ %.1080, %tile ]
  %.1009 = phi <16 x float> [ %.955, %B430 ], [ %.1083, %tile ]
  %.1010 = phi <16 x float> [ %.959, %B430 ], [ %.1086, %tile ]
  %.1011 = phi <16 x float> [ %.963, %B430 ], [ %.1089, %tile ]
  %.1012 = phi <16 x float> [ %.967, %B430 ], [ %.1092, %tile ]
  %.1013 = phi <16 x float> [ %.971, %B430 ], [ %.1095, %tile ]
  %.1014 = phi <16 x float> [ %.975, %B430 ], [ %.1098, %tile ]
  %.1015 = phi <16 x float> [ %.979, %B430 ], [ %.1101, %tile ]
  %.1016 = phi <16 x float> [ %.983, %B430 ], [ %.1104, %tile ]
  %.1017 = phi <16 x float> [ %.987, %B430 ], [ %.1107, %tile ]
  %.1018 = phi <16 x float> [ %.991, %B430 ], [ %.1110, %tile ]
  %.1019 = phi <16 x float> [ %.995, %B430 ], [ %.1113, %tile ]
  %.1020 = phi <16 x float> [ %.999, %B430 ], [ %.1116, %tile ]
  %.1021 = phi <16 x float> [ %.1003, %B430 ], [ %.1119, %tile ]
  %.1022 = shl i64 %.1005, 5
  %.1024 = getelementptr i32, ptr %.939, i64 %.1022
  %.1026 = load <16 x i32>, ptr %.1024, align 4
  %24 = getelementptr i32, ptr %.939, i64 %.1022
  %.1028 = getelementptr i8, ptr %24, i64 64
  %.1030 = load <16 x i32>, ptr %.1028, align 4
  %.1031 = shl i64 %.1005, 1
  %.1032 = getelementptr i16, ptr %.845, i64 %.1031
  %.1034 = getelementptr i16, ptr %.850, i64 %.1031
  %.1036 = getelementptr i16, ptr %.855, i64 %.1031
  %.1038 = getelementptr i16, ptr %.860, i64 %.1031
  %.1040 = getelementptr i16, ptr %.865, i64 %.1031
  %.1042 = getelementptr i16, ptr %.870, i64 %.1031
  %.1044 = getelementptr i16, ptr %.875, i64 %.1031
  %.1046 = getelementptr i16, ptr %.880, i64 %.1031
  %.1048 = load i32, ptr %.1032, align 2
  %.1049 = insertelement <16 x i32> poison, i32 %.1048, i64 0
  %.1050 = shufflevector <16 x i32> %.1049, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1051 = load i32, ptr %.1034, align 2
  %.1052 = insertelement <16 x i32> poison, i32 %.1051, i64 0
  %.1053 = shufflevector <16 x i32> %.1052, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1054 = load i32, ptr %.1036, align 2
  %.1055 = insertelement <16 x i32> poison, i32 %.1054, i64 0
  %.1056 = shufflevector <16 x i32> %.1055, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1057 = load i32, ptr %.1038, align 2
  %.1058 = insertelement <16 x i32> poison, i32 %.1057, i64 0
  %.1059 = shufflevector <16 x i32> %.1058, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1060 = load i32, ptr %.1040, align 2
  %.1061 = insertelement <16 x i32> poison, i32 %.1060, i64 0
  %.1062 = shufflevector <16 x i32> %.1061, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1063 = load i32, ptr %.1042, align 2
  %.1064 = insertelement <16 x i32> poison, i32 %.1063, i64 0
  %.1065 = shufflevector <16 x i32> %.1064, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1066 = load i32, ptr %.1044, align 2
  %.1067 = insertelement <16 x i32> poison, i32 %.1066, i64 0
  %.1068 = shufflevector <16 x i32> %.1067, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1069 = load i32, ptr %.1046, align 2
  %.1070 = insertelement <16 x i32> poison, i32 %.1069, i64 0
  %.1071 = shufflevector <16 x i32> %.1070, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1072 = bitcast <16 x i32> %.1050 to <32 x bfloat>
  %.1073 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1074 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1006, <32 x bfloat> %.1072, <32 x bfloat> %.1073)
  %.1075 = bitcast <16 x i32> %.1050 to <32 x bfloat>
  %.1076 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1077 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1007, <32 x bfloat> %.1075, <32 x bfloat> %.1076)
  %.1078 = bitcast <16 x i32> %.1053 to <32 x bfloat>
  %.1079 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1080 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1008, <32 x bfloat> %.1078, <32 x bfloat> %.1079)
  %.1081 = bitcast <16 x i32> %.1053 to <32 x bfloat>
  %.1082 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1083 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1009, <32 x bfloat> %.1081, <32 x bfloat> %.1082)
  %.1084 = bitcast <16 x i32> %.1056 to <32 x bfloat>
  %.1085 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1086 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1010, <32 x bfloat> %.1084, <32 x bfloat> %.1085)
  %.1087 = bitcast <16 x i32> %.1056 to <32 x bfloat>
  %.1088 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1089 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1011, <32 x bfloat> %.1087, <32 x bfloat> %.1088)
  %.1090 = bitcast <16 x i32> %.1059 to <32 x bfloat>
  %.1091 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1092 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1012, <32 x bfloat> %.1090, <32 x bfloat> %.1091)
  %.1093 = bitcast <16 x i32> %.1059 to <32 x bfloat>
  %.1094 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1095 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1013, <32 x bfloat> %.1093, <32 x bfloat> %.1094)
  %.1096 = bitcast <16 x i32> %.1062 to <32 x bfloat>
  %.1097 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1098 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1014, <32 x bfloat> %.1096, <32 x bfloat> %.1097)
  %.1099 = bitcast <16 x i32> %.1062 to <32 x bfloat>
  %.1100 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1101 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1015, <32 x bfloat> %.1099, <32 x bfloat> %.1100)
  %.1102 = bitcast <16 x i32> %.1065 to <32 x bfloat>
  %.1103 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1104 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1016, <32 x bfloat> %.1102, <32 x bfloat> %.1103)
  %.1105 = bitcast <16 x i32> %.1065 to <32 x bfloat>
  %.1106 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1107 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1017, <32 x bfloat> %.1105, <32 x bfloat> %.1106)
  %.1108 = bitcast <16 x i32> %.1068 to <32 x bfloat>
  %.1109 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1110 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1018, <32 x bfloat> %.1108, <32 x bfloat> %.1109)
  %.1111 = bitcast <16 x i32> %.1068 to <32 x bfloat>
  %.1112 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1113 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1019, <32 x bfloat> %.1111, <32 x bfloat> %.1112)
  %.1114 = bitcast <16 x i32> %.1071 to <32 x bfloat>
  %.1115 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1116 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1020, <32 x bfloat> %.1114, <32 x bfloat> %.1115)
  %.1117 = bitcast <16 x i32> %.1071 to <32 x bfloat>
  %.1118 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1119 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1021, <32 x bfloat> %.1117, <32 x bfloat> %.1118)
  %.1120 = add i64 %.1005, 1
  %.1121 = icmp slt i64 %.1120, %.579
  br i1 %.1121, label %tile, label %tile.end

tile.end:                                         ; preds = %tile
  store <16 x float> %.1074, ptr %.894, align 4
  %.1128 = getelementptr i8, ptr %.894, i64 64
  store <16 x float> %.1077, ptr %.1128, align 4
  store <16 x float> %.1080, ptr %.900, align 4
  %.1136 = getelementptr i8, ptr %.900, i64 64
  store <16 x float> %.1083, ptr %.1136, align 4
  store <16 x float> %.1086, ptr %.906, align 4
  %.1144 = getelementptr i8, ptr %.906, i64 64
  store <16 x float> %.1089, ptr %.1144, align 4
  store <16 x float> %.1092, ptr %.912, align 4
  %.1152 = getelementptr i8, ptr %.912, i64 64
  store <16 x float> %.1095, ptr %.1152, align 4
  store <16 x float> %.1098, ptr %.918, align 4
  %.1160 = getelementptr i8, ptr %.918, i64 64
  store <16 x float> %.1101, ptr %.1160, align 4
  store <16 x float> %.1104, ptr %.924, align 4
  %.1168 = getelementptr i8, ptr %.924, i64 64
  store <16 x float> %.1107, ptr %.1168, align 4
  store <16 x float> %.1110, ptr %.930, align 4
  %.1176 = getelementptr i8, ptr %.930, i64 64
  store <16 x float> %.1113, ptr %.1176, align 4
  store <16 x float> %.1116, ptr %.936, align 4
  %.1184 = getelementptr i8, ptr %.936, i64 64
  store <16 x float> %.1119, ptr %.1184, align 4
  %.1188 = add nsw i64 %i.7.2, 8
  %.1193 = add nsw i64 %i.7.2, 16
  %.1195.not = icmp sgt i64 %.1193, %arg.last
  br i1 %.1195.not, label %B506, label %B430

tile.1:                                           ; preds = %tile.1, %B518
  %.1268 = phi i64 [ %.507.sroa.0.0, %B518 ], [ %.1292, %tile.1 ]
  %.1269 = phi <16 x float> [ %.1262, %B518 ], [ %.1288, %tile.1 ]
  %.1270 = phi <16 x float> [ %.1266, %B518 ], [ %.1291, %tile.1 ]
  %.1271 = shl i64 %.1268, 5
  %.1273 = getelementptr i32, ptr %.1258, i64 %.1271
  %.1275497 = load <32 x bfloat>, ptr %.1273, align 4
  %25 = getelementptr i32, ptr %.1258, i64 %.1271
  %.1277 = getelementptr i8, ptr %25, i64 64
  %.1279498 = load <32 x bfloat>, ptr %.1277, align 4
  %.1281.idx = shl i64 %.1268, 2
  %.1281 = getelementptr i8, ptr %.1241, i64 %.1281.idx
  %.1283 = load i32, ptr %.1281, align 2
  %.1284 = insertelement <16 x i32> poison, i32 %.1283, i64 0
  %.1285 = shufflevector <16 x i32> %.1284, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1286 = bitcast <16 x i32> %.1285 to <32 x bfloat>
  %.1288 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1269, <32 x bfloat> %.1286, <32 x bfloat> %.1275497)
  %.1289 = bitcast <16 x i32> %.1285 to <32 x bfloat>
  %.1291 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1270, <32 x bfloat> %.1289, <32 x bfloat> %.1279498)
  %.1292 = add i64 %.1268, 1
  %.1293 = icmp slt i64 %.1292, %.579
  br i1 %.1293, label %tile.1, label %tile.end.1

tile.end.1:                                       ; preds = %tile.1
  store <16 x float> %.1288, ptr %.1255, align 4
  %.1300 = getelementptr i8, ptr %.1255, i64 64
  store <16 x float> %.1291, ptr %.1300, align 4
  %.1304 = add nsw i64 %i.8.2, 1
  %.1308 = icmp slt i64 %.1304, %arg.last
  br i1 %.1308, label %B518, label %B773

tile.2:                                           ; preds = %tile.2, %B608
  %.1492 = phi i64 [ %.507.sroa.0.0, %B608 ], [ %.1571, %tile.2 ]
  %.1493 = phi <16 x float> [ %.1462, %B608 ], [ %.1549, %tile.2 ]
  %.1494 = phi <16 x float> [ %.1466, %B608 ], [ %.1552, %tile.2 ]
  %.1495 = phi <16 x float> [ %.1470, %B608 ], [ %.1555, %tile.2 ]
  %.1496 = phi <16 x float> [ %.1474, %B608 ], [ %.1558, %tile.2 ]
  %.1497 = phi <16 x float> [ %.1478, %B608 ], [ %.1561, %tile.2 ]
  %.1498 = phi <16 x float> [ %.1482, %B608 ], [ %.1564, %tile.2 ]
  %.1499 = phi <16 x float> [ %.1486, %B608 ], [ %.1567, %tile.2 ]
  %.1500 = phi <16 x float> [ %.1490, %B608 ], [ %.1570, %tile.2 ]
  %.1503.idx = shl i64 %.1492, 6
  %.1503 = getelementptr i8, ptr %.1458, i64 %.1503.idx
  %.1505 = load <16 x i32>, ptr %.1503, align 4
  %.1506 = shl i64 %.1492, 1
  %.1507 = getelementptr i16, ptr %.1364, i64 %.1506
  %.1509 = getelementptr i16, ptr %.1369, i64 %.1506
  %.1511 = getelementptr i16, ptr %.1374, i64 %.1506
  %.1513 = getelementptr i16, ptr %.1379, i64 %.1506
  %.1515 = getelementptr i16, ptr %.1384, i64 %.1506
  %.1517 = getelementptr i16, ptr %.1389, i64 %.1506
  %.1519 = getelementptr i16, ptr %.1394, i64 %.1506
  %.1521 = getelementptr i16, ptr %.1399, i64 %.1506
  %.1523 = load i32, ptr %.1507, align 2
  %.1524 = insertelement <16 x i32> poison, i32 %.1523, i64 0
  %.1525 = shufflevector <16 x i32> %.1524, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1526 = load i32, ptr %.1509, align 2
  %.1527 = insertelement <16 x i32> poison, i32 %.1526, i64 0
  %.1528 = shufflevector <16 x i32> %.1527, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1529 = load i32, ptr %.1511, align 2
  %.1530 = insertelement <16 x i32> poison, i32 %.1529, i64 0
  %.1531 = shufflevector <16 x i32> %.1530, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1532 = load i32, ptr %.1513, align 2
  %.1533 = insertelement <16 x i32> poison, i32 %.1532, i64 0
  %.1534 = shufflevector <16 x i32> %.1533, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1535 = load i32, ptr %.1515, align 2
  %.1536 = insertelement <16 x i32> poison, i32 %.1535, i64 0
  %.1537 = shufflevector <16 x i32> %.1536, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1538 = load i32, ptr %.1517, align 2
  %.1539 = insertelement <16 x i32> poison, i32 %.1538, i64 0
  %.1540 = shufflevector <16 x i32> %.1539, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1541 = load i32, ptr %.1519, align 2
  %.1542 = insertelement <16 x i32> poison, i32 %.1541, i64 0
  %.1543 = shufflevector <16 x i32> %.1542, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1544 = load i32, ptr %.1521, align 2
  %.1545 = insertelement <16 x i32> poison, i32 %.1544, i64 0
  %.1546 = shufflevector <16 x i32> %.1545, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1547 = bitcast <16 x i32> %.1525 to <32 x bfloat>
  %.1548 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1549 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1493, <32 x bfloat> %.1547, <32 x bfloat> %.1548)
  %.1550 = bitcast <16 x i32> %.1528 to <32 x bfloat>
  %.1551 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1552 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1494, <32 x bfloat> %.1550, <32 x bfloat> %.1551)
  %.1553 = bitcast <16 x i32> %.1531 to <32 x bfloat>
  %.1554 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1555 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1495, <32 x bfloat> %.1553, <32 x bfloat> %.1554)
  %.1556 = bitcast <16 x i32> %.1534 to <32 x bfloat>
  %.1557 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1558 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1496, <32 x bfloat> %.1556, <32 x bfloat> %.1557)
  %.1559 = bitcast <16 x i32> %.1537 to <32 x bfloat>
  %.1560 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1561 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1497, <32 x bfloat> %.1559, <32 x bfloat> %.1560)
  %.1562 = bitcast <16 x i32> %.1540 to <32 x bfloat>
  %.1563 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1564 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1498, <32 x bfloat> %.1562, <32 x bfloat> %.1563)
  %.1565 = bitcast <16 x i32> %.1543 to <32 x bfloat>
  %.1566 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1567 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1499, <32 x bfloat> %.1565, <32 x bfloat> %.1566)
  %.1568 = bitcast <16 x i32> %.1546 to <32 x bfloat>
  %.1569 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1570 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1500, <32 x bfloat> %.1568, <32 x bfloat> %.1569)
  %.1571 = add i64 %.1492, 1
  %.1572 = icmp slt i64 %.1571, %.579
  br i1 %.1572, label %tile.2, label %tile.end.2

tile.end.2:                                       ; preds = %tile.2
  store <16 x float> %.1549, ptr %.1413, align 4
  store <16 x float> %.1552, ptr %.1419, align 4
  store <16 x float> %.1555, ptr %.1425, align 4
  store <16 x float> %.1558, ptr %.1431, align 4
  store <16 x float> %.1561, ptr %.1437, align 4
  store <16 x float> %.1564, ptr %.1443, align 4
  store <16 x float> %.1567, ptr %.1449, align 4
  store <16 x float> %.1570, ptr %.1455, align 4
  %.1607 = add nsw i64 %i.10.3, 8
  %.1612 = add nsw i64 %i.10.3, 16
  %.1614.not = icmp sgt i64 %.1612, %arg.last
  br i1 %.1614.not, label %B684, label %B608

tile.3:                                           ; preds = %tile.3, %B696
  %.1683 = phi i64 [ %.507.sroa.0.0, %B696 ], [ %.1699, %tile.3 ]
  %.1684 = phi <16 x float> [ %.1681, %B696 ], [ %.1698, %tile.3 ]
  %.1687.idx = shl i64 %.1683, 6
  %.1687 = getelementptr i8, ptr %.1677, i64 %.1687.idx
  %.1689496 = load <32 x bfloat>, ptr %.1687, align 4
  %.1691.idx = shl i64 %.1683, 2
  %.1691 = getelementptr i8, ptr %.1660, i64 %.1691.idx
  %.1693 = load i32, ptr %.1691, align 2
  %.1694 = insertelement <16 x i32> poison, i32 %.1693, i64 0
  %.1695 = shufflevector <16 x i32> %.1694, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1696 = bitcast <16 x i32> %.1695 to <32 x bfloat>
  %.1698 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1684, <32 x bfloat> %.1696, <32 x bfloat> %.1689496)
  %.1699 = add i64 %.1683, 1
  %.1700 = icmp slt i64 %.1699, %.579
  br i1 %.1700, label %tile.3, label %tile.end.3

tile.end.3:                                       ; preds = %tile.3
  store <16 x float> %.1698, ptr %.1674, align 4
  %.1707 = add nsw i64 %i.11.3, 1
  %.1711 = icmp slt i64 %.1707, %arg.last
  br i1 %.1711, label %B696, label %B773
}

define internal i32 @part4(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smin.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
}

; Function Attrs: nocallback nofree nosync nounwind willreturn memory(none)
declare <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float>, <32 x bfloat>, <32 x bfloat>) #0

define internal i32 @part5(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, ptr %arg.pairs.0, ptr %arg.pairs.1, i64 %arg.pairs.2, i64 %arg.pairs.3, ptr %arg.pairs.4, i64 %arg.pairs.5.0, i64 %arg.pairs.5.1, i64 %arg.pairs.6.0, i64 %arg.pairs.6.1, ptr %arg.Y.0, ptr %arg.Y.1, i64 %arg.Y.2, i64 %arg.Y.3, ptr %arg.Y.4, i64 %arg.Y.5.0, i64 %arg.Y.5.1, i64 %arg.Y.5.2, i64 %arg.Y.6.0, i64 %arg.Y.6.1, i64 %arg.Y.6.2, i64 %arg.first, i64 %arg.last) {
entry:
  %.99 = alloca i64, align 8
  store i64 0, ptr %.99, align 8
  %.102 = alloca i64, align 8
  store i64 0, ptr %.102, align 8
  %.234 = alloca i64, align 8
  store i64 0, ptr %.234, align 8
  %.237 = alloca i64, align 8
  store i64 0, ptr %.237, align 8
  %.390 = alloca i64, align 8
  store i64 0, ptr %.390, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.479 = alloca i64, align 8
  store i64 0, ptr %.479, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.653 = alloca i64, align 8
  store i64 0, ptr %.653, align 8
  %.656 = alloca i64, align 8
  store i64 0, ptr %.656, align 8
  %.768 = alloca i64, align 8
  store i64 0, ptr %.768, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.838 = alloca i64, align 8
  store i64 0, ptr %.838, align 8
  %.841 = alloca i64, align 8
  store i64 0, ptr %.841, align 8
  %.1396 = alloca i64, align 8
  store i64 0, ptr %.1396, align 8
  %.1399 = alloca i64, align 8
  store i64 0, ptr %.1399, align 8
  store i64 %arg.first, ptr %.99, align 8
  %.112 = sub i64 %arg.last, %arg.first
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B38:                                              ; preds = %B0.endif.endif, %B356
  %.156 = load i64, ptr %.102, align 8
  %.157 = icmp sgt i64 %.156, 0
  br i1 %.157, label %B38.if, label %B38.endif

B40:                                              ; preds = %B38.endif
  store i64 0, ptr %.234, align 8
  br i1 false, label %B40.if, label %B40.endif, !prof !0

B94:                                              ; preds = %B206.endif.endif, %B40.endif.endif
  %.289 = load i64, ptr %.237, align 8
  %.290 = icmp sgt i64 %.289, 0
  br i1 %.290, label %B94.if, label %B94.endif

B96:                                              ; preds = %B94.endif
  %.332 = add nsw i64 %.147.sroa.0.0, 1
  %.334 = icmp slt i64 %.332, %arg.last
  br i1 %.334, label %B116, label %B168

B116:                                             ; preds = %B96
  %.338 = add nsw i64 %.147.sroa.0.0, 1
  %.362 = icmp slt i64 %.147.sroa.0.0, -1
  %.363 = select i1 %.362, i64 %arg.W.5.0, i64 0
  %.364 = add i64 %.338, %.363
  %.365 = icmp slt i64 %.280.sroa.0.0, 0
  %.366 = select i1 %.365, i64 %arg.W.5.1, i64 0
  %.384 = mul i64 %.364, %arg.W.5.1
  %0 = getelementptr float, ptr %arg.W.4, i64 %.384
  %1 = getelementptr float, ptr %0, i64 %.280.sroa.0.0
  %.388 = getelementptr float, ptr %1, i64 %.366
  %.389 = load float, ptr %.388, align 4
  store i64 0, ptr %.390, align 8
  %.394 = call i32 @part6(ptr nonnull %.390, ptr nonnull %excinfo.1, float %.389)
  %.396 = icmp ne i32 %.394, 0
  %.397 = icmp ne i32 %.394, -2
  %.400.not = and i1 %.396, %.397
  %.404 = load i64, ptr %.390, align 8
  br i1 %.400.not, label %B116.if, label %B206, !prof !0

B168:                                             ; preds = %B96
  br label %B206

B206:                                             ; preds = %B116.if, %B116, %B168
  %"$phi206.2.2.2" = phi i64 [ 0, %B168 ], [ %.404, %B116 ], [ poison, %B116.if ]
  %.451 = icmp slt i64 %.147.sroa.0.0, 0
  %.452 = select i1 %.451, i64 %arg.W.5.0, i64 0
  %.453 = add i64 %.147.sroa.0.0, %.452
  %.454 = icmp slt i64 %.280.sroa.0.0, 0
  %.455 = select i1 %.454, i64 %arg.W.5.1, i64 0
  %.473 = mul i64 %.453, %arg.W.5.1
  %2 = getelementptr float, ptr %arg.W.4, i64 %.473
  %3 = getelementptr float, ptr %2, i64 %.280.sroa.0.0
  %.477 = getelementptr float, ptr %3, i64 %.455
  %.478 = load float, ptr %.477, align 4
  store i64 0, ptr %.479, align 8
  %.483 = call i32 @part6(ptr nonnull %.479, ptr nonnull %excinfo.2, float %.478)
  %.485 = icmp ne i32 %.483, 0
  %.486 = icmp ne i32 %.483, -2
  %.489.not = and i1 %.485, %.486
  %.493 = load i64, ptr %.479, align 8
  br i1 %.489.not, label %B206.if, label %B206.endif, !prof !0

B356:                                             ; preds = %B94.endif
  br label %B38

B358:                                             ; preds = %B38.endif
  store i64 0, ptr %.653, align 8
  br i1 false, label %B358.if, label %B358.endif, !prof !0

B430:                                             ; preds = %B358.endif.endif, %B830
  %.708 = load i64, ptr %.656, align 8
  %.709 = icmp sgt i64 %.708, 0
  br i1 %.709, label %B430.if, label %B430.endif

B432:                                             ; preds = %B430.endif
  %.765 = add nsw i64 %.699.sroa.0.0, 512
  store i64 0, ptr %.768, align 8
  %.774 = call i32 @part4(ptr nonnull %.768, ptr nonnull %excinfo.3, i64 %arg.D.5.1, i64 %.765)
  %.776 = icmp ne i32 %.774, 0
  %.777 = icmp ne i32 %.774, -2
  %.780.not = and i1 %.776, %.777
  %.784 = load i64, ptr %.768, align 8
  br i1 %.780.not, label %B432.if, label %B432.endif, !prof !0

B532:                                             ; preds = %B432.endif, %B650
  %i.5.1 = phi i64 [ %arg.first, %B432.endif ], [ %.1342, %B650 ]
  store i64 %.699.sroa.0.0, ptr %.838, align 8
  %.851 = sub i64 %.784, %.699.sroa.0.0
  br i1 false, label %B532.if, label %B532.endif, !prof !0

B566:                                             ; preds = %tile, %B532.endif.endif
  %.893 = load i64, ptr %.841, align 8
  %.894 = icmp sgt i64 %.893, 0
  br i1 %.894, label %B566.if, label %B566.endif

B568:                                             ; preds = %B566.endif
  %.933 = add nsw i64 %arg.last, -1
  %.947 = mul nsw i64 %.884.sroa.0.0, %arg.W.5.1
  %.973 = add i64 %i.5.1, 1
  %.975 = call i64 @llvm.smin.i64(i64 %.973, i64 %.933)
  %.985 = mul i64 %i.5.1, %arg.D.5.1
  %4 = getelementptr i16, ptr %arg.D.4, i64 %.985
  %.989 = getelementptr i16, ptr %4, i64 %.884.sroa.0.0
  %.991 = load <32 x i16>, ptr %.989, align 2
  %.1001 = mul i64 %.975, %arg.D.5.1
  %5 = getelementptr i16, ptr %arg.D.4, i64 %.1001
  %.1005 = getelementptr i16, ptr %5, i64 %.884.sroa.0.0
  %.1007 = load <32 x i16>, ptr %.1005, align 2
  %.1008 = shufflevector <32 x i16> %.991, <32 x i16> %.1007, <32 x i32> <i32 0, i32 32, i32 1, i32 33, i32 2, i32 34, i32 3, i32 35, i32 4, i32 36, i32 5, i32 37, i32 6, i32 38, i32 7, i32 39, i32 8, i32 40, i32 9, i32 41, i32 10, i32 42, i32 11, i32 43, i32 12, i32 44, i32 13, i32 45, i32 14, i32 46, i32 15, i32 47>
  %.1010 = shufflevector <32 x i16> %.991, <32 x i16> %.1007, <32 x i32> <i32 16, i32 48, i32 17, i32 49, i32 18, i32 50, i32 19, i32 51, i32 20, i32 52, i32 21, i32 53, i32 22, i32 54, i32 23, i32 55, i32 24, i32 56, i32 25, i32 57, i32 26, i32 58, i32 27, i32 59, i32 28, i32 60, i32 29, i32 61, i32 30, i32 62, i32 31, i32 63>
  %.1012 = add i64 %i.5.1, 2
  %.1013 = add i64 %i.5.1, 3
  %.1015 = call i64 @llvm.smin.i64(i64 %.1013, i64 %.933)
  %.1025 = mul i64 %.1012, %arg.D.5.1
  %6 = getelementptr i16, ptr %arg.D.4, i64 %.1025
  %.1029 = getelementptr i16, ptr %6, i64 %.884.sroa.0.0
  %.1031 = load <32 x i16>, ptr %.1029, align 2
  %.1041 = mul i64 %.1015, %arg.D.5.1
  %7 = getelementptr i16, ptr %arg.D.4, i64 %.1041
  %.1045 = getelementptr i16, ptr %7, i64 %.884.sroa.0.0
  %.1047 = load <32 x i16>, ptr %.1045, align 2
  %.1048 = shufflevector <32 x i16> %.1031, <32 x i16> %.1047, <32 x i32> <i32 0, i32 32, i32 1, i32 33, i32 2, i32 34, i32 3, i32 35, i32 4, i32 36, i32 5, i32 37, i32 6, i32 38, i32 7, i32 39, i32 8, i32 40, i32 9, i32 41, i32 10, i32 42, i32 11, i32 43, i32 12, i32 44, i32 13, i32 45, i32 14, i32 46, i32 15, i32 47>
  %.1050 = shufflevector <32 x i16> %.1031, <32 x i16> %.1047, <32 x i32> <i32 16, i32 48, i32 17, i32 49, i32 18, i32 50, i32 19, i32 51, i32 20, i32 52, i32 21, i32 53, i32 22, i32 54, i32 23, i32 55, i32 24, i32 56, i32 25, i32 57, i32 26, i32 58, i32 27, i32 59, i32 28, i32 60, i32 29, i32 61, i32 30, i32 62, i32 31, i32 63>
  %.1052 = add i64 %i.5.1, 4
  %.1053 = add i64 %i.5.1, 5
  %.1055 = call i64 @llvm.smin.i64(i64 %.1053, i64 %.933)
  %.1065 = mul i64 %.1052, %arg.D.5.1
  %8 = getelementptr i16, ptr %arg.D.4, i64 %.1065
  %.1069 = getelementptr i16, ptr %8, i64 %.884.sroa.0.0
  %.1071 = load <32 x i16>, ptr %.1069, align 2
  %.1081 = mul i64 %.1055, %arg.D.5.1
  %9 = getelementptr i16, ptr %arg.D.4, i64 %.1081
  %.1085 = getelementptr i16, ptr %9, i64 %.884.sroa.0.0
  %.1087 = load <32 x i16>, ptr %.1085, align 2
  %.1088 = shufflevector <32 x i16> %.1071, <32 x i16> %.1087, <32 x i32> <i32 0, i32 32, i32 1, i32 33, i32 2, i32 34, i32 3, i32 35, i32 4, i32 36, i32 5, i32 37, i32 6, i32 38, i32 7, i32 39, i32 8, i32 40, i32 9, i32 41, i32 10, i32 42, i32 11, i32 43, i32 12, i32 44, i32 13, i32 45, i32 14, i32 46, i32 15, i32 47>
  %.1090 = shufflevector <32 x i16> %.1071, <32 x i16> %.1087, <32 x i32> <i32 16, i32 48, i32 17, i32 49, i32 18, i32 50, i32 19, i32 51, i32 20, i32 52, i32 21, i32 53, i32 22, i32 54, i32 23, i32 55, i32 24, i32 56, i32 25, i32 57, i32 26, i32 58, i32 27, i32 59, i32 28, i32 60, i32 29, i32 61, i32 30, i32 62, i32 31, i32 63>
  %.1092 = add i64 %i.5.1, 6
  %.1093 = add i64 %i.5.1, 7
  %.1095 = call i64 @llvm.smin.i64(i64 %.1093, i64 %.933)
  %.1105 = mul i64 %.1092, %arg.D.5.1
  %10 = getelementptr i16, ptr %arg.D.4, i64 %.1105
  %.1109 = getelementptr i16, ptr %10, i64 %.884.sroa.0.0
  %.1111 = load <32 x i16>, ptr %.1109, align 2
  %.1121 = mul i64 %.1095, %arg.D.5.1
  %11 = getelementptr i16, ptr %arg.D.4, i64 %.1121
  %.1125 = getelementptr i16, ptr %11, i64 %.884.sroa.0.0
  %.1127 = load <32 x i16>, ptr %.1125, align 2
  %.1128 = shufflevector <32 x i16> %.1111, <32 x i16> %.1127, <32 x i32> <i32 0, i32 32, i32 1, i32 33, i32 2, i32 34, i32 3, i32 35, i32 4, i32 36, i32 5, i32 37, i32 6, i32 38, i32 7, i32 39, i32 8, i32 40, i32 9, i32 41, i32 10, i32 42, i32 11, i32 43, i32 12, i32 44, i32 13, i32 45, i32 14, i32 46, i32 15, i32 47>
  %.1130 = shufflevector <32 x i16> %.1111, <32 x i16> %.1127, <32 x i32> <i32 16, i32 48, i32 17, i32 49, i32 18, i32 50, i32 19, i32 51, i32 20, i32 52, i32 21, i32 53, i32 22, i32 54, i32 23, i32 55, i32 24, i32 56, i32 25, i32 57, i32 26, i32 58, i32 27, i32 59, i32 28, i32 60, i32 29, i32 61, i32 30, i32 62, i32 31, i32 63>
  %.1132 = add i64 %i.5.1, 8
  %.1133 = add i64 %i.5.1, 9
  %.1135 = call i64 @llvm.smin.i64(i64 %.1133, i64 %.933)
  %.1145 = mul i64 %.1132, %arg.D.5.1
  %12 = getelementptr i16, ptr %arg.D.4, i64 %.1145
  %.1149 = getelementptr i16, ptr %12, i64 %.884.sroa.0.0
  %.1151 = load <32 x i16>, ptr %.1149, align 2
  %.1161 = mul i64 %.1135, %arg.D.5.1
  %13 = getelementptr i16, ptr %arg.D.4, i64 %.1161
  %.1165 = getelementptr i16, ptr %13, i64 %.884.sroa.0.0
  %.1167 = load <32 x i16>, ptr %.1165, align 2
  %.1168 = shufflevector <32 x i16> %.1151, <32 x i16> %.1167, <32 x i32> <i32 0, i32 32, i32 1, i32 33, i32 2, i32 34, i32 3, i32 35, i32 4, i32 36, i32 5, i32 37, i32 6, i32 38, i32 7, i32 39, i32 8, i32 40, i32 9, i32 41, i32 10, i32 42, i32 11, i32 43, i32 12, i32 44, i32 13, i32 45, i32 14, i32 46, i32 15, i32 47>
  %.1170 = shufflevector <32 x i16> %.1151, <32 x i16> %.1167, <32 x i32> <i32 16, i32 48, i32 17, i32 49, i32 18, i32 50, i32 19, i32 51, i32 20, i32 52, i32 21, i32 53, i32 22, i32 54, i32 23, i32 55, i32 24, i32 56, i32 25, i32 57, i32 26, i32 58, i32 27, i32 59, i32 28, i32 60, i32 29, i32 61, i32 30, i32 62, i32 31, i32 63>
  %.1172 = add i64 %i.5.1, 10
  %.1173 = add i64 %i.5.1, 11
  %.1175 = call i64 @llvm.smin.i64(i64 %.1173, i64 %.933)
  %.1185 = mul i64 %.1172, %arg.D.5.1
  %14 = getelementptr i16, ptr %arg.D.4, i64 %.1185
  %.1189 = getelementptr i16, ptr %14, i64 %.884.sroa.0.0
  %.1191 = load <32 x i16>, ptr %.1189, align 2
  %.1201 = mul i64 %.1175, %arg.D.5.1
  %15 = getelementptr i16, ptr %arg.D.4, i64 %.1201
  %.1205 = getelementptr i16, ptr %15, i64 %.884.sroa.0.0
  %.1207 = load <32 x i16>, ptr %.1205, align 2
  %.1208 = shufflevector <32 x i16> %.1191, <32 x i16> %.1207, <32 x i32> <i32 0, i32 32, i32 1, i32 33, i32 2, i32 34, i32 3, i32 35, i32 4, i32 36, i32 5, i32 37, i32 6, i32 38, i32 7, i32 39, i32 8, i32 40, i32 9, i32 41, i32 10, i32 42, i32 11, i32 43, i32 12, i32 44, i32 13, i32 45, i32 14, i32 46, i32 15, i32 47>
  %.1210 = shufflevector <32 x i16> %.1191, <32 x i16> %.1207, <32 x i32> <i32 16, i32 48, i32 17, i32 49, i32 18, i32 50, i32 19, i32 51, i32 20, i32 52, i32 21, i32 53, i32 22, i32 54, i32 23, i32 55, i32 24, i32 56, i32 25, i32 57, i32 26, i32 58, i32 27, i32 59, i32 28, i32 60, i32 29, i32 61, i32 30, i32 62, i32 31, i32 63>
  %.1212 = sdiv i64 %i.5.1, 2
  %.1222 = mul i64 %.1212, %arg.pairs.5.1
  %.1225 = getelementptr i32, ptr %arg.pairs.4, i64 %.1222
  %.1226 = add nsw i64 %.1212, 1
  %.1227 = mul i64 %.1226, %arg.pairs.5.1
  %.1230 = getelementptr i32, ptr %arg.pairs.4, i64 %.1227
  %.1231 = add nsw i64 %.1212, 2
  %.1232 = mul i64 %.1231, %arg.pairs.5.1
  %.1235 = getelementptr i32, ptr %arg.pairs.4, i64 %.1232
  %.1236 = add nsw i64 %.1212, 3
  %.1237 = mul i64 %.1236, %arg.pairs.5.1
  %.1240 = getelementptr i32, ptr %arg.pairs.4, i64 %.1237
  %.1241 = add nsw i64 %.1212, 4
  %.1242 = mul i64 %.1241, %arg.pairs.5.1
  %.1245 = getelementptr i32, ptr %arg.pairs.4, i64 %.1242
  %.1246 = add nsw i64 %.1212, 5
  %.1247 = mul i64 %.1246, %arg.pairs.5.1
  %.1250 = getelementptr i32, ptr %arg.pairs.4, i64 %.1247
  %.1253 = getelementptr float, ptr %arg.Y.4, i64 %.947
  br label %tile

B650:                                             ; preds = %B566.endif
  %.1342 = add nsw i64 %i.5.1, 12
  %.1347 = add nsw i64 %i.5.1, 24
  %.1349.not = icmp sgt i64 %.1347, %arg.last
  br i1 %.1349.not, label %B678, label %B532

B678:                                             ; preds = %B432.endif, %B650
  %i.5.2 = phi i64 [ %.1342, %B650 ], [ %arg.first, %B432.endif ]
  %.1364 = icmp slt i64 %i.5.2, %arg.last
  br i1 %.1364, label %B690, label %B830

B690:                                             ; preds = %B808, %B678
  %i.6.1 = phi i64 [ %i.5.2, %B678 ], [ %.1625, %B808 ]
  store i64 %.699.sroa.0.0, ptr %.1396, align 8
  %.1409 = sub i64 %.784, %.699.sroa.0.0
  br i1 false, label %B690.if, label %B690.endif, !prof !0

B724:                                             ; preds = %tile.1, %B690.endif.endif
  %.1451 = load i64, ptr %.1399, align 8
  %.1452 = icmp sgt i64 %.1451, 0
  br i1 %.1452, label %B724.if, label %B724.endif

B726:                                             ; preds = %B724.endif
  %.1491 = add nsw i64 %arg.last, -1
  %.1505 = mul nsw i64 %.1442.sroa.0.0, %arg.W.5.1
  %.1531 = add i64 %i.6.1, 1
  %.1533 = call i64 @llvm.smin.i64(i64 %.1531, i64 %.1491)
  %.1543 = mul i64 %i.6.1, %arg.D.5.1
  %16 = getelementptr i16, ptr %arg.D.4, i64 %.1543
  %.1547 = getelementptr i16, ptr %16, i64 %.1442.sroa.0.0
  %.1549 = load <32 x i16>, ptr %.1547, align 2
  %.1559 = mul i64 %.1533, %arg.D.5.1
  %17 = getelementptr i16, ptr %arg.D.4, i64 %.1559
  %.1563 = getelementptr i16, ptr %17, i64 %.1442.sroa.0.0
  %.1565 = load <32 x i16>, ptr %.1563, align 2
  %.1566 = shufflevector <32 x i16> %.1549, <32 x i16> %.1565, <32 x i32> <i32 0, i32 32, i32 1, i32 33, i32 2, i32 34, i32 3, i32 35, i32 4, i32 36, i32 5, i32 37, i32 6, i32 38, i32 7, i32 39, i32 8, i32 40, i32 9, i32 41, i32 10, i32 42, i32 11, i32 43, i32 12, i32 44, i32 13, i32 45, i32 14, i32 46, i32 15, i32 47>
  %.1568 = shufflevector <32 x i16> %.1549, <32 x i16> %.1565, <32 x i32> <i32 16, i32 48, i32 17, i32 49, i32 18, i32 50, i32 19, i32 51, i32 20, i32 52, i32 21, i32 53, i32 22, i32 54, i32 23, i32 55, i32 24, i32 56, i32 25, i32 57, i32 26, i32 58, i32 27, i32 59, i32 28, i32 60, i32 29, i32 61, i32 30, i32 62, i32 31, i32 63>
  %.1570 = sdiv i64 %i.6.1, 2
  %.1580 = mul i64 %.1570, %arg.pairs.5.1
  %.1583 = getelementptr i32, ptr %arg.pairs.4, i64 %.1580
  %.1586 = getelementptr float, ptr %arg.Y.4, i64 %.1505
  br label %tile.1

B808:                                             ; preds = %B724.endif
  %.1625 = add nsw i64 %i.6.1, 2
  %.1629 = icmp slt i64 %.1625, %arg.last
  br i1 %.1629, label %B690, label %B830

B830:                                             ; preds = %B808, %B678
  br label %B430

common.ret:                                       ; preds = %B432.if, %B206.if, %B116.if, %B690.if, %B532.if, %B358.if, %B40.if, %B0.if, %B832
  %common.ret.op = phi i32 [ 0, %B832 ], [ poison, %B0.if ], [ poison, %B40.if ], [ poison, %B690.if ], [ %.394, %B116.if ], [ poison, %B358.if ], [ %.483, %B206.if ], [ poison, %B532.if ], [ %.774, %B432.if ]
  ret i32 %common.ret.op

B832:                                             ; preds = %B430.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.113 = icmp slt i64 %.112, 1
  br i1 %.113, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  %.130 = and i64 %.112, 1
  %.134511 = lshr i64 %.112, 1
  %.136 = add nuw nsw i64 %.134511, %.130
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %.136, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.102, align 8
  br label %B38

B38.if:                                           ; preds = %B38
  %.163 = load i64, ptr %.99, align 8
  %.166 = add nsw i64 %.156, -1
  store i64 %.166, ptr %.102, align 8
  %.170 = add i64 %.163, 2
  store i64 %.170, ptr %.99, align 8
  br label %B38.endif

B38.endif:                                        ; preds = %B38.if, %B38
  %.147.sroa.0.0 = phi i64 [ %.163, %B38.if ], [ 0, %B38 ]
  br i1 %.157, label %B40, label %B358

B40.if:                                           ; preds = %B40
  br label %common.ret

B40.endif:                                        ; preds = %B40
  %.248 = icmp slt i64 %arg.W.5.1, 1
  br i1 %.248, label %B40.endif.if, label %B40.endif.else

B40.endif.if:                                     ; preds = %B40.endif
  br label %B40.endif.endif

B40.endif.else:                                   ; preds = %B40.endif
  br label %B40.endif.endif

B40.endif.endif:                                  ; preds = %B40.endif.else, %B40.endif.if
  %storemerge518 = phi i64 [ %arg.W.5.1, %B40.endif.else ], [ 0, %B40.endif.if ]
  store i64 %storemerge518, ptr %.237, align 8
  br label %B94

B94.if:                                           ; preds = %B94
  %.296 = load i64, ptr %.234, align 8
  %.299 = add nsw i64 %.289, -1
  store i64 %.299, ptr %.237, align 8
  %.303 = add i64 %.296, 1
  store i64 %.303, ptr %.234, align 8
  br label %B94.endif

B94.endif:                                        ; preds = %B94.if, %B94
  %.280.sroa.0.0 = phi i64 [ %.296, %B94.if ], [ 0, %B94 ]
  br i1 %.290, label %B96, label %B356

B116.if:                                          ; preds = %B116
  %.402 = icmp sgt i32 %.394, 0
  %.395 = load ptr, ptr %excinfo.1, align 8
  %.403 = select i1 %.402, ptr %.395, ptr undef
  store ptr %.403, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B206

B206.if:                                          ; preds = %B206
  %.491 = icmp sgt i32 %.483, 0
  %.484 = load ptr, ptr %excinfo.2, align 8
  %.492 = select i1 %.491, ptr %.484, ptr undef
  store ptr %.492, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B206.endif

B206.endif:                                       ; preds = %B206.if, %B206
  %.506 = shl i64 %"$phi206.2.2.2", 16
  %.508 = or i64 %.493, %.506
  br i1 false, label %B206.endif.endif, label %B206.endif.else, !prof !0

B206.endif.else:                                  ; preds = %B206.endif
  br i1 true, label %B206.endif.else.if, label %B206.endif.endif, !prof !1

B206.endif.endif:                                 ; preds = %B206.endif.else, %B206.endif.else.if, %B206.endif
  %quot.0 = phi i64 [ poison, %B206.endif ], [ %.517.1, %B206.endif.else.if ], [ poison, %B206.endif.else ]
  %.575 = icmp slt i64 %quot.0, 0
  %.576 = select i1 %.575, i64 %arg.pairs.5.0, i64 0
  %.577 = add i64 %quot.0, %.576
  %.578 = icmp slt i64 %.280.sroa.0.0, 0
  %.579 = select i1 %.578, i64 %arg.pairs.5.1, i64 0
  %.597 = mul i64 %.577, %arg.pairs.5.1
  %18 = getelementptr i32, ptr %arg.pairs.4, i64 %.597
  %19 = getelementptr i32, ptr %18, i64 %.280.sroa.0.0
  %.601 = getelementptr i32, ptr %19, i64 %.579
  %.602 = trunc i64 %.508 to i32
  store i32 %.602, ptr %.601, align 4
  br label %B94

B206.endif.else.if:                               ; preds = %B206.endif.else
  %.517.1 = ashr i64 %.147.sroa.0.0, 1
  br label %B206.endif.endif

B358.if:                                          ; preds = %B358
  br label %common.ret

B358.endif:                                       ; preds = %B358
  %.667 = icmp slt i64 %arg.D.5.1, 1
  br i1 %.667, label %B358.endif.if, label %B358.endif.else

B358.endif.if:                                    ; preds = %B358.endif
  br label %B358.endif.endif

B358.endif.else:                                  ; preds = %B358.endif
  %20 = add nuw i64 %arg.D.5.1, 511
  %.688 = lshr i64 %20, 9
  br label %B358.endif.endif

B358.endif.endif:                                 ; preds = %B358.endif.else, %B358.endif.if
  %storemerge513 = phi i64 [ %.688, %B358.endif.else ], [ 0, %B358.endif.if ]
  store i64 %storemerge513, ptr %.656, align 8
  br label %B430

B430.if:                                          ; preds = %B430
  %.715 = load i64, ptr %.653, align 8
  %.718 = add nsw i64 %.708, -1
  store i64 %.718, ptr %.656, align 8
  %.722 = add i64 %.715, 512
  store i64 %.722, ptr %.653, align 8
  br label %B430.endif

B430.endif:                                       ; preds = %B430.if, %B430
  %.699.sroa.0.0 = phi i64 [ %.715, %B430.if ], [ 0, %B430 ]
  br i1 %.709, label %B432, label %B832

B432.if:                                          ; preds = %B432
  %.782 = icmp sgt i32 %.774, 0
  %.775 = load ptr, ptr %excinfo.3, align 8
  %.783 = select i1 %.782, ptr %.775, ptr undef
  store ptr %.783, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B432.endif

B432.endif:                                       ; preds = %B432.if, %B432
  %.804 = add nsw i64 %arg.first, 12
  %.806.not = icmp sgt i64 %.804, %arg.last
  br i1 %.806.not, label %B678, label %B532

B532.if:                                          ; preds = %B532
  br label %common.ret

B532.endif:                                       ; preds = %B532
  %.852 = icmp slt i64 %.851, 1
  br i1 %.852, label %B532.endif.if, label %B532.endif.else

B532.endif.if:                                    ; preds = %B532.endif
  br label %B532.endif.endif

B532.endif.else:                                  ; preds = %B532.endif
  %21 = add nuw i64 %.851, 31
  %.873 = lshr i64 %21, 5
  br label %B532.endif.endif

B532.endif.endif:                                 ; preds = %B532.endif.else, %B532.endif.if
  %storemerge515 = phi i64 [ %.873, %B532.endif.else ], [ 0, %B532.endif.if ]
  store i64 %storemerge515, ptr %.841, align 8
  br label %B566

B566.if:                                          ; preds = %B566
  %.900 = load i64, ptr %.838, align 8
  %.903 = add nsw i64 %.893, -1
  store i64 %.903, ptr %.841, align 8
  %.907 = add i64 %.900, 32
  store i64 %.907, ptr %.838, align 8
  br label %B566.endif

B566.endif:                                       ; preds = %B566.if, %B566
  %.884.sroa.0.0 = phi i64 [ %.900, %B566.if ], [ 0, %B566 ]
  br i1 %.894, label %B568, label %B650

tile:                                             ; preds = %tile, %B568
  %.1255 = phi i64 [ 0, %B568 ], [ %.1333, %tile ]
  %.1256 = shl i64 %.1255, 5
  %.1258 = getelementptr float, ptr %.1253, i64 %.1256
  %.1260 = load <16 x float>, ptr %.1258, align 4
  %22 = getelementptr float, ptr %.1253, i64 %.1256
  %.1262 = getelementptr i8, ptr %22, i64 64
  %.1264 = load <16 x float>, ptr %.1262, align 4
  %.1265 = getelementptr i32, ptr %.1225, i64 %.1255
  %.1266 = load i32, ptr %.1265, align 4
  %.1267 = insertelement <16 x i32> poison, i32 %.1266, i64 0
  %.1268 = shufflevector <16 x i32> %.1267, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1269 = bitcast <16 x i32> %.1268 to <32 x bfloat>
  %.1270 = bitcast <32 x i16> %.1008 to <32 x bfloat>
  %.1271 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1260, <32 x bfloat> %.1269, <32 x bfloat> %.1270)
  %.1272 = bitcast <16 x i32> %.1268 to <32 x bfloat>
  %.1273 = bitcast <32 x i16> %.1010 to <32 x bfloat>
  %.1274 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1264, <32 x bfloat> %.1272, <32 x bfloat> %.1273)
  %.1275 = getelementptr i32, ptr %.1230, i64 %.1255
  %.1276 = load i32, ptr %.1275, align 4
  %.1277 = insertelement <16 x i32> poison, i32 %.1276, i64 0
  %.1278 = shufflevector <16 x i32> %.1277, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1279 = bitcast <16 x i32> %.1278 to <32 x bfloat>
  %.1280 = bitcast <32 x i16> %.1048 to <32 x bfloat>
  %.1281 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1271, <32 x bfloat> %.1279, <32 x bfloat> %.1280)
  %.1282 = bitcast <16 x i32> %.1278 to <32 x bfloat>
  %.1283 = bitcast <32 x i16> %.1050 to <32 x bfloat>
  %.1284 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1274, <32 x bfloat> %.1282, <32 x bfloat> %.1283)
  %.1285 = getelementptr i32, ptr %.1235, i64 %.1255
  %.1286 = load i32, ptr %.1285, align 4
  %.1287 = insertelement <16 x i32> poison, i32 %.1286, i64 0
  %.1288 = shufflevector <16 x i32> %.1287, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1289 = bitcast <16 x i32> %.1288 to <32 x bfloat>
  %.1290 = bitcast <32 x i16> %.1088 to <32 x bfloat>
  %.1291 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1281, <32 x bfloat> %.1289, <32 x bfloat> %.1290)
  %.1292 = bitcast <16 x i32> %.1288 to <32 x bfloat>
  %.1293 = bitcast <32 x i16> %.1090 to <32 x bfloat>
  %.1294 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1284, <32 x bfloat> %.1292, <32 x bfloat> %.1293)
  %.1295 = getelementptr i32, ptr %.1240, i64 %.1255
  %.1296 = load i32, ptr %.1295, align 4
  %.1297 = insertelement <16 x i32> poison, i32 %.1296, i64 0
  %.1298 = shufflevector <16 x i32> %.1297, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1299 = bitcast <16 x i32> %.1298 to <32 x bfloat>
  %.1300 = bitcast <32 x i16> %.1128 to <32 x bfloat>
  %.1301 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1291, <32 x bfloat> %.1299, <32 x bfloat> %.1300)
  %.1302 = bitcast <16 x i32> %.1298 to <32 x bfloat>
  %.1303 = bitcast <32 x i16> %.1130 to <32 x bfloat>
  %.1304 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1294, <32 x bfloat> %.1302, <32 x bfloat> %.1303)
  %.1305 = getelementptr i32, ptr %.1245, i64 %.1255
  %.1306 = load i32, ptr %.1305, align 4
  %.1307 = insertelement <16 x i32> poison, i32 %.1306, i64 0
  %.1308 = shufflevector <16 x i32> %.1307, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1309 = bitcast <16 x i32> %.1308 to <32 x bfloat>
  %.1310 = bitcast <32 x i16> %.1168 to <32 x bfloat>
  %.1311 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1301, <32 x bfloat> %.1309, <32 x bfloat> %.1310)
  %.1312 = bitcast <16 x i32> %.1308 to <32 x bfloat>
  %.1313 = bitcast <32 x i16> %.1170 to <32 x bfloat>
  %.1314 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1304, <32 x bfloat> %.1312, <32 x bfloat> %.1313)
  %.1315 = getelementptr i32, ptr %.1250, i64 %.1255
  %.1316 = load i32, ptr %.1315, align 4
  %.1317 = insertelement <16 x i32> poison, i32 %.1316, i64 0
  %.1318 = shufflevector <16 x i32> %.1317, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1319 = bitcast <16 x i32> %.1318 to <32 x bfloat>
  %.1320 = bitcast <32 x i16> %.1208 to <32 x bfloat>
  %.1321 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1311, <32 x bfloat> %.1319, <32 x bfloat> %.1320)
  %.1322 = bitcast <16 x i32> %.1318 to <32 x bfloat>
  %.1323 = bitcast <32 x i16> %.1210 to <32 x bfloat>
  %.1324 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1314, <32 x bfloat> %.1322, <32 x bfloat> %.1323)
  %.1326 = getelementptr float, ptr %.1253, i64 %.1256
  store <16 x float> %.1321, ptr %.1326, align 4
  %23 = getelementptr float, ptr %.1253, i64 %.1256
  %.1330 = getelementptr i8, ptr %23, i64 64
  store <16 x float> %.1324, ptr %.1330, align 4
  %.1333 = add i64 %.1255, 1
  %.1334 = icmp slt i64 %.1333, %arg.pairs.5.1
  br i1 %.1334, label %tile, label %B566

B690.if:                                          ; preds = %B690
  br label %common.ret

B690.endif:                                       ; preds = %B690
  %.1410 = icmp slt i64 %.1409, 1
  br i1 %.1410, label %B690.endif.if, label %B690.endif.else

B690.endif.if:                                    ; preds = %B690.endif
  br label %B690.endif.endif

B690.endif.else:                                  ; preds = %B690.endif
  %24 = add nuw i64 %.1409, 31
  %.1431 = lshr i64 %24, 5
  br label %B690.endif.endif

B690.endif.endif:                                 ; preds = %B690.endif.else, %B690.endif.if
  %storemerge517 = phi i64 [ %.1431, %B690.endif.else ], [ 0, %B690.endif.if ]
  store i64 %storemerge517, ptr %.1399, align 8
  br label %B724

B724.if:                                          ; preds = %B724
  %.1458 = load i64, ptr %.1396, align 8
  %.1461 = add nsw i64 %.1451, -1
  store i64 %.1461, ptr %.1399, align 8
  %.1465 = add i64 %.1458, 32
  store i64 %.1465, ptr %.1396, align 8
  br label %B724.endif

B724.endif:                                       ; preds = %B724.if, %B724
  %.1442.sroa.0.0 = phi i64 [ %.1458, %B724.if ], [ 0, %B724 ]
  br i1 %.1452, label %B726, label %B808

tile.1:                                           ; preds = %tile.1, %B726
  %.1588 = phi i64 [ 0, %B726 ], [ %.1616, %tile.1 ]
  %.1589 = shl i64 %.1588, 5
  %.1591 = getelementptr float, ptr %.1586, i64 %.1589
  %.1593 = load <16 x float>, ptr %.1591, align 4
  %25 = getelementptr float, ptr %.1586, i64 %.1589
  %.1595 = getelementptr i8, ptr %25, i64 64
  %.1597 = load <16 x float>, ptr %.1595, align 4
  %.1598 = getelementptr i32, ptr %.1583, i64 %.1588
  %.1599 = load i32, ptr %.1598, align 4
  %.1600 = insertelement <16 x i32> poison, i32 %.1599, i64 0
  %.1601 = shufflevector <16 x i32> %.1600, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1602 = bitcast <16 x i32> %.1601 to <32 x bfloat>
  %.1603 = bitcast <32 x i16> %.1566 to <32 x bfloat>
  %.1604 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1593, <32 x bfloat> %.1602, <32 x bfloat> %.1603)
  %.1605 = bitcast <16 x i32> %.1601 to <32 x bfloat>
  %.1606 = bitcast <32 x i16> %.1568 to <32 x bfloat>
  %.1607 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1597, <32 x bfloat> %.1605, <32 x bfloat> %.1606)
  %.1609 = getelementptr float, ptr %.1586, i64 %.1589
  store <16 x float> %.1604, ptr %.1609, align 4
  %26 = getelementptr float, ptr %.1586, i64 %.1589
  %.1613 = getelementptr i8, ptr %26, i64 64
  store <16 x float> %.1607, ptr %.1613, align 4
  %.1616 = add i64 %.1588, 1
  %.1617 = icmp slt i64 %.1616, %arg.pairs.5.1
  br i1 %.1617, label %tile.1, label %B724
}

define internal i32 @part6(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.number) {
entry:
  %.5 = alloca i32, align 4
  store i32 0, ptr %.5, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store i32 0, ptr %.5, align 4
  %.9 = call i32 @part7(ptr nonnull %.5, ptr nonnull %excinfo.1, float %arg.number, ptr null)
  %.11 = icmp ne i32 %.9, 0
  %.12 = icmp ne i32 %.9, -2
  %.15.not = and i1 %.11, %.12
  %.19 = load i32, ptr %.5, align 4
  br i1 %.15.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.17 = icmp sgt i32 %.9, 0
  %.10 = load ptr, ptr %excinfo.1, align 8
  %.18 = select i1 %.17, ptr %.10, ptr undef
  store ptr %.18, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.9, %B0.if ]
  ret i32 %common.ret.op

B0.endif:                                         ; preds = %B0.if, %entry
  %.32 = zext i32 %.19 to i64
  %.34 = add nuw nsw i64 %.32, 32767
  %0 = lshr i32 %.19, 16
  %1 = and i32 %0, 1
  %.41 = zext nneg i32 %1 to i64
  %.42 = add nuw nsw i64 %.34, %.41
  %.45 = lshr i64 %.42, 16
  store i64 %.45, ptr %retptr, align 8
  br label %common.ret
}

define internal i32 @part7(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.scalar, ptr %arg.viewty) {
entry:
  store float %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smax.i64(i64, i64) #1

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #1

attributes #0 = { nocallback nofree nosync nounwind willreturn memory(none) }
attributes #1 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
!1 = !{!"branch_weights", i32 99, i32 1}
!2 = !{i1 true}
