; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.predicted.0, ptr %arg.predicted.1, i64 %arg.predicted.2, i64 %arg.predicted.3, ptr %arg.predicted.4, i64 %arg.predicted.5.0, i64 %arg.predicted.6.0, ptr %arg.merged.0, ptr %arg.merged.1, i64 %arg.merged.2, i64 %arg.merged.3, ptr %arg.merged.4, i64 %arg.merged.5.0, i64 %arg.merged.6.0, i16 %arg.exponents, i64 %arg.step, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.5.1, i64 %arg.places.6.0, i64 %arg.places.6.1, ptr %arg.counts.0, ptr %arg.counts.1, i64 %arg.counts.2, i64 %arg.counts.3, ptr %arg.counts.4, i64 %arg.counts.5.0, i64 %arg.counts.6.0) {
entry:
  %.81 = alloca i64, align 8
  store i64 0, ptr %.81, align 8
  %.84 = alloca i64, align 8
  store i64 0, ptr %.84, align 8
  %.245 = alloca i64, align 8
  store i64 0, ptr %.245, align 8
  %.248 = alloca i64, align 8
  store i64 0, ptr %.248, align 8
  %.347 = alloca i64, align 8
  store i64 0, ptr %.347, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.382 = alloca i64, align 8
  store i64 0, ptr %.382, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.526 = alloca i64, align 8
  store i64 0, ptr %.526, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  store i64 0, ptr %.81, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B34:                                              ; preds = %B0.endif.endif, %B36
  %.138 = load i64, ptr %.84, align 8
  %.139 = icmp sgt i64 %.138, 0
  br i1 %.139, label %B34.if, label %B34.endif

B36:                                              ; preds = %B34.endif
  %.190 = icmp slt i64 %.129.sroa.0.0, 0
  %.191 = select i1 %.190, i64 %arg.counts.5.0, i64 0
  %0 = getelementptr i64, ptr %arg.counts.4, i64 %.129.sroa.0.0
  %.205 = getelementptr i64, ptr %0, i64 %.191
  store i64 0, ptr %.205, align 8
  br label %B34

B50:                                              ; preds = %B34.endif
  store i64 0, ptr %.245, align 8
  br i1 false, label %B50.if, label %B50.endif, !prof !0

B120:                                             ; preds = %B50.endif.endif, %B512
  %.300 = load i64, ptr %.248, align 8
  %.301 = icmp sgt i64 %.300, 0
  br i1 %.301, label %B120.if, label %B120.endif

B122:                                             ; preds = %B120.endif
  store i64 0, ptr %.347, align 8
  %.355 = call i32 @part1(ptr nonnull %.347, ptr nonnull %excinfo.1, ptr %arg.predicted.0, ptr %arg.predicted.1, i64 %arg.predicted.2, i64 %arg.predicted.3, ptr %arg.predicted.4, i64 %arg.predicted.5.0, i64 %arg.predicted.6.0, ptr %arg.merged.0, ptr %arg.merged.1, i64 %arg.merged.2, i64 %arg.merged.3, ptr %arg.merged.4, i64 %arg.merged.5.0, i64 %arg.merged.6.0, i64 %.291.sroa.0.0, i16 %arg.exponents)
  %.357 = icmp ne i32 %.355, 0
  %.358 = icmp ne i32 %.355, -2
  %.361.not = and i1 %.357, %.358
  %.365 = load i64, ptr %.347, align 8
  br i1 %.361.not, label %B122.if, label %B122.endif, !prof !0

B164:                                             ; preds = %B164.endif.endif.endif, %B122.endif
  %grown.2.1 = phi i64 [ %.365, %B122.endif ], [ %.411, %B164.endif.endif.endif ]
  store i64 0, ptr %.382, align 8
  %.386 = call i32 @part2(ptr nonnull %.382, ptr nonnull %excinfo.2, i64 %grown.2.1)
  %.388 = icmp ne i32 %.386, 0
  %.389 = icmp ne i32 %.386, -2
  %.392.not = and i1 %.388, %.389
  %.396 = load i64, ptr %.382, align 8
  br i1 %.392.not, label %B164.if, label %B164.endif, !prof !0

B512:                                             ; preds = %B164.endif.endif.endif, %B122.endif
  br label %B120

common.ret:                                       ; preds = %B164.endif.endif.if, %B164.if, %B122.if, %B50.if, %B0.if, %B514
  %common.ret.op = phi i32 [ 0, %B514 ], [ poison, %B0.if ], [ poison, %B50.if ], [ %.386, %B164.if ], [ %.355, %B122.if ], [ %.532, %B164.endif.endif.if ]
  ret i32 %common.ret.op

B514:                                             ; preds = %B120.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  br i1 false, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  store i64 3, ptr %.84, align 8
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  br label %B34

B34.if:                                           ; preds = %B34
  %.145 = load i64, ptr %.81, align 8
  %.148 = add nsw i64 %.138, -1
  store i64 %.148, ptr %.84, align 8
  %.152 = add i64 %.145, 1
  store i64 %.152, ptr %.81, align 8
  br label %B34.endif

B34.endif:                                        ; preds = %B34.if, %B34
  %.129.sroa.0.0 = phi i64 [ %.145, %B34.if ], [ 0, %B34 ]
  br i1 %.139, label %B36, label %B50

B50.if:                                           ; preds = %B50
  br label %common.ret

B50.endif:                                        ; preds = %B50
  %.259 = icmp slt i64 %arg.merged.5.0, 1
  br i1 %.259, label %B50.endif.if, label %B50.endif.else

B50.endif.if:                                     ; preds = %B50.endif
  br label %B50.endif.endif

B50.endif.else:                                   ; preds = %B50.endif
  %1 = add nuw i64 %arg.merged.5.0, 63
  %.280 = lshr i64 %1, 6
  br label %B50.endif.endif

B50.endif.endif:                                  ; preds = %B50.endif.else, %B50.endif.if
  %storemerge = phi i64 [ %.280, %B50.endif.else ], [ 0, %B50.endif.if ]
  store i64 %storemerge, ptr %.248, align 8
  br label %B120

B120.if:                                          ; preds = %B120
  %.307 = load i64, ptr %.245, align 8
  %.310 = add nsw i64 %.300, -1
  store i64 %.310, ptr %.248, align 8
  %.314 = add i64 %.307, 64
  store i64 %.314, ptr %.245, align 8
  br label %B120.endif

B120.endif:                                       ; preds = %B120.if, %B120
  %.291.sroa.0.0 = phi i64 [ %.307, %B120.if ], [ 0, %B120 ]
  br i1 %.301, label %B122, label %B514

B122.if:                                          ; preds = %B122
  %.363 = icmp sgt i32 %.355, 0
  %.356 = load ptr, ptr %excinfo.1, align 8
  %.364 = select i1 %.363, ptr %.356, ptr undef
  store ptr %.364, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B122.endif

B122.endif:                                       ; preds = %B122.if, %B122
  %.378.not = icmp eq i64 %.365, 0
  br i1 %.378.not, label %B512, label %B164

B164.if:                                          ; preds = %B164
  %.394 = icmp sgt i32 %.386, 0
  %.387 = load ptr, ptr %excinfo.2, align 8
  %.395 = select i1 %.394, ptr %.387, ptr undef
  store ptr %.395, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B164.endif

B164.endif:                                       ; preds = %B164.if, %B164
  %.407 = add nsw i64 %.291.sroa.0.0, %.396
  %.409 = add i64 %grown.2.1, -1
  %.411 = and i64 %grown.2.1, %.409
  %.427 = icmp slt i64 %.407, 0
  %.428 = select i1 %.427, i64 %arg.merged.5.0, i64 0
  %2 = getelementptr i16, ptr %arg.merged.4, i64 %.407
  %.442 = getelementptr i16, ptr %2, i64 %.428
  %.443 = load i16, ptr %.442, align 2
  %.447230 = and i16 %.443, %arg.exponents
  %.447 = zext i16 %.447230 to i64
  %.461 = icmp slt i64 %.407, 0
  %.462 = select i1 %.461, i64 %arg.predicted.5.0, i64 0
  %3 = getelementptr i16, ptr %arg.predicted.4, i64 %.407
  %.476 = getelementptr i16, ptr %3, i64 %.462
  %.477 = load i16, ptr %.476, align 2
  %.481231 = and i16 %.477, %arg.exponents
  %.481 = zext i16 %.481231 to i64
  %.482 = sub nsw i64 %.447, %.481
  %.486 = icmp eq i64 %arg.step, 0
  br i1 %.486, label %B164.endif.endif, label %B164.endif.else, !prof !0

B164.endif.else:                                  ; preds = %B164.endif
  %.497 = icmp ne i64 %.482, -9223372036854775808
  %.498 = icmp ne i64 %arg.step, -1
  %.499.not = or i1 %.497, %.498
  br i1 %.499.not, label %B164.endif.else.if, label %B164.endif.endif, !prof !1

B164.endif.endif:                                 ; preds = %B164.endif.else, %B164.endif.else.if, %B164.endif
  %quot.0 = phi i64 [ %arg.step, %B164.endif ], [ %.491.1, %B164.endif.else.if ], [ 0, %B164.endif.else ]
  store i64 0, ptr %.526, align 8
  %.532 = call i32 @part3(ptr nonnull %.526, ptr nonnull %excinfo.3, i64 %quot.0, i64 3)
  %.534 = icmp ne i32 %.532, 0
  %.535 = icmp ne i32 %.532, -2
  %.538.not = and i1 %.534, %.535
  %.542 = load i64, ptr %.526, align 8
  br i1 %.538.not, label %B164.endif.endif.if, label %B164.endif.endif.endif, !prof !0

B164.endif.else.if:                               ; preds = %B164.endif.else
  %.502 = sdiv i64 %.482, %arg.step
  %.503 = srem i64 %.482, %arg.step
  %.504 = xor i64 %arg.step, %.503
  %.505 = icmp slt i64 %.504, 0
  %.506 = icmp ne i64 %.503, 0
  %.507 = and i1 %.506, %.505
  %.512 = sext i1 %.507 to i64
  %.491.1 = add i64 %.502, %.512
  br label %B164.endif.endif

B164.endif.endif.if:                              ; preds = %B164.endif.endif
  %.540 = icmp sgt i32 %.532, 0
  %.533 = load ptr, ptr %excinfo.3, align 8
  %.541 = select i1 %.540, ptr %.533, ptr undef
  store ptr %.541, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B164.endif.endif.endif

B164.endif.endif.endif:                           ; preds = %B164.endif.endif.if, %B164.endif.endif
  %.552 = add nsw i64 %.542, -1
  %.566.inv = icmp sgt i64 %.542, 0
  %.567 = select i1 %.566.inv, i64 0, i64 %arg.counts.5.0
  %4 = getelementptr i64, ptr %arg.counts.4, i64 %.552
  %.581 = getelementptr i64, ptr %4, i64 %.567
  %.582 = load i64, ptr %.581, align 8
  %.605.inv = icmp sgt i64 %.542, 0
  %.606 = select i1 %.605.inv, i64 0, i64 %arg.places.5.0
  %.607 = add i64 %.552, %.606
  %.608 = icmp slt i64 %.582, 0
  %.609 = select i1 %.608, i64 %arg.places.5.1, i64 0
  %.627 = mul i64 %.607, %arg.places.5.1
  %5 = getelementptr i64, ptr %arg.places.4, i64 %.627
  %6 = getelementptr i64, ptr %5, i64 %.582
  %.631 = getelementptr i64, ptr %6, i64 %.609
  store i64 %.407, ptr %.631, align 8
  %.646.inv = icmp sgt i64 %.542, 0
  %.647 = select i1 %.646.inv, i64 0, i64 %arg.counts.5.0
  %7 = getelementptr i64, ptr %arg.counts.4, i64 %.552
  %.661 = getelementptr i64, ptr %7, i64 %.647
  %.662 = load i64, ptr %.661, align 8
  %.663 = add nsw i64 %.662, 1
  %.677.inv = icmp sgt i64 %.542, 0
  %.678 = select i1 %.677.inv, i64 0, i64 %arg.counts.5.0
  %8 = getelementptr i64, ptr %arg.counts.4, i64 %.552
  %.692 = getelementptr i64, ptr %8, i64 %.678
  store i64 %.663, ptr %.692, align 8
  %.694.not = icmp eq i64 %.411, 0
  br i1 %.694.not, label %B512, label %B164
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.predicted.0, ptr %arg.predicted.1, i64 %arg.predicted.2, i64 %arg.predicted.3, ptr %arg.predicted.4, i64 %arg.predicted.5.0, i64 %arg.predicted.6.0, ptr %arg.merged.0, ptr %arg.merged.1, i64 %arg.merged.2, i64 %arg.merged.3, ptr %arg.merged.4, i64 %arg.merged.5.0, i64 %arg.merged.6.0, i64 %arg.at, i16 %arg.exponents) {
entry:
  %.130 = alloca i64, align 8
  store i64 0, ptr %.130, align 8
  %.133 = alloca i64, align 8
  store i64 0, ptr %.133, align 8
  %.36 = add nsw i64 %arg.at, 64
  %.47.not = icmp sgt i64 %.36, %arg.merged.5.0
  br i1 %.47.not, label %B134, label %B98

common.ret:                                       ; preds = %B134.if, %B350, %B98
  ret i32 0

B98:                                              ; preds = %entry
  %.61 = getelementptr i16, ptr %arg.predicted.4, i64 %arg.at
  %.63 = load <64 x i16>, ptr %.61, align 2
  %.70 = getelementptr i16, ptr %arg.merged.4, i64 %arg.at
  %.72 = load <64 x i16>, ptr %.70, align 2
  %.73 = insertelement <64 x i16> poison, i16 %arg.exponents, i64 0
  %.74 = shufflevector <64 x i16> %.73, <64 x i16> poison, <64 x i32> zeroinitializer
  %.75 = and <64 x i16> %.63, %.74
  %.76 = and <64 x i16> %.72, %.74
  %.77 = icmp ult <64 x i16> %.75, %.76
  store <64 x i1> %.77, ptr %retptr, align 8
  br label %common.ret

B134:                                             ; preds = %entry
  %.106 = sub nsw i64 %arg.merged.5.0, %arg.at
  store i64 0, ptr %.130, align 8
  br i1 false, label %B134.if, label %B134.endif, !prof !0

B196:                                             ; preds = %B134.endif.endif, %B198
  %grown.2.0 = phi i64 [ 0, %B134.endif.endif ], [ %.303, %B198 ]
  %.187 = load i64, ptr %.133, align 8
  %.188 = icmp sgt i64 %.187, 0
  br i1 %.188, label %B196.if, label %B196.endif

B198:                                             ; preds = %B196.endif
  %.227 = add nsw i64 %arg.at, %.178.sroa.0.0
  %.241 = icmp slt i64 %.227, 0
  %.242 = select i1 %.241, i64 %arg.predicted.5.0, i64 0
  %0 = getelementptr i16, ptr %arg.predicted.4, i64 %.227
  %.256 = getelementptr i16, ptr %0, i64 %.242
  %.257 = load i16, ptr %.256, align 2
  %.261157 = and i16 %.257, %arg.exponents
  %.263 = add nsw i64 %arg.at, %.178.sroa.0.0
  %.277 = icmp slt i64 %.263, 0
  %.278 = select i1 %.277, i64 %arg.merged.5.0, i64 0
  %1 = getelementptr i16, ptr %arg.merged.4, i64 %.263
  %.292 = getelementptr i16, ptr %1, i64 %.278
  %.293 = load i16, ptr %.292, align 2
  %.297158 = and i16 %.293, %arg.exponents
  %.298 = icmp ult i16 %.261157, %.297158
  %.300 = zext i1 %.298 to i64
  %.301 = shl nuw i64 %.300, %.178.sroa.0.0
  %.303 = or i64 %grown.2.0, %.301
  br label %B196

B350:                                             ; preds = %B196.endif
  store i64 %grown.2.0, ptr %retptr, align 8
  br label %common.ret

B134.if:                                          ; preds = %B134
  br label %common.ret

B134.endif:                                       ; preds = %B134
  %.144 = icmp slt i64 %.106, 1
  br i1 %.144, label %B134.endif.if, label %B134.endif.else

B134.endif.if:                                    ; preds = %B134.endif
  br label %B134.endif.endif

B134.endif.else:                                  ; preds = %B134.endif
  br label %B134.endif.endif

B134.endif.endif:                                 ; preds = %B134.endif.else, %B134.endif.if
  %storemerge = phi i64 [ %.106, %B134.endif.else ], [ 0, %B134.endif.if ]
  store i64 %storemerge, ptr %.133, align 8
  br label %B196

B196.if:                                          ; preds = %B196
  %.194 = load i64, ptr %.130, align 8
  %.197 = add nsw i64 %.187, -1
  store i64 %.197, ptr %.133, align 8
  %.201 = add i64 %.194, 1
  store i64 %.201, ptr %.130, align 8
  br label %B196.endif

B196.endif:                                       ; preds = %B196.if, %B196
  %.178.sroa.0.0 = phi i64 [ %.194, %B196.if ], [ 0, %B196 ]
  br i1 %.188, label %B198, label %B350
}

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.mask) {
entry:
  %0 = add i64 %arg.mask, -1
  %1 = xor i64 %arg.mask, -1
  %.8 = and i64 %0, %1
  %.9 = lshr i64 %.8, 1
  %.10 = and i64 %.9, 6148914691236517205
  %.11 = sub i64 %.8, %.10
  %.12 = and i64 %.11, 3689348814741910323
  %.13 = lshr i64 %.11, 2
  %.14 = and i64 %.13, 3689348814741910323
  %.15 = add nuw nsw i64 %.12, %.14
  %.16 = lshr i64 %.15, 4
  %.17 = add nuw nsw i64 %.15, %.16
  %.18 = and i64 %.17, 1085102592571150095
  %.19 = mul i64 %.18, 72340172838076673
  %.20 = lshr i64 %.19, 56
  store i64 %.20, ptr %retptr, align 8
  ret i32 0
}

define internal i32 @part3(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smin.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #0

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
!1 = !{!"branch_weights", i32 99, i32 1}
