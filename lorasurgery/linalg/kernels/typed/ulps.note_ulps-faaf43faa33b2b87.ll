; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.one.0, ptr %arg.one.1, i64 %arg.one.2, i64 %arg.one.3, ptr %arg.one.4, i64 %arg.one.5.0, i64 %arg.one.6.0, ptr %arg.other.0, ptr %arg.other.1, i64 %arg.other.2, i64 %arg.other.3, ptr %arg.other.4, i64 %arg.other.5.0, i64 %arg.other.6.0, i64 %arg.lowest, i64 %arg.first, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.6.0, ptr %arg.ulps.0, ptr %arg.ulps.1, i64 %arg.ulps.2, i64 %arg.ulps.3, ptr %arg.ulps.4, i64 %arg.ulps.5.0, i64 %arg.ulps.6.0, ptr %arg.count.0, ptr %arg.count.1, i64 %arg.count.2, i64 %arg.count.3, ptr %arg.count.4, i64 %arg.count.5.0, i64 %arg.count.6.0) {
entry:
  %.131 = alloca i64, align 8
  store i64 0, ptr %.131, align 8
  %.134 = alloca i64, align 8
  store i64 0, ptr %.134, align 8
  %.318 = alloca i64, align 8
  store i64 0, ptr %.318, align 8
  %.321 = alloca i64, align 8
  store i64 0, ptr %.321, align 8
  %.517 = alloca i64, align 8
  store i64 0, ptr %.517, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.615 = alloca i64, align 8
  store i64 0, ptr %.615, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.672 = alloca i64, align 8
  store i64 0, ptr %.672, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.94 = load i64, ptr %arg.count.4, align 8
  store i64 0, ptr %.131, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B90:                                              ; preds = %B0.endif.endif, %B716
  %held.3.0 = phi i64 [ %.94, %B0.endif.endif ], [ %held.4.2, %B716 ]
  %.189 = load i64, ptr %.134, align 8
  %.190 = icmp sgt i64 %.189, 0
  br i1 %.190, label %B92.if, label %B92.endif

B94:                                              ; preds = %B92.endif
  %.235 = add nsw i64 %.180.sroa.0.0, 64
  %.246.not = icmp sgt i64 %.235, %arg.one.5.0
  br i1 %.246.not, label %B226, label %B190

B190:                                             ; preds = %B94
  %.259 = getelementptr i32, ptr %arg.one.4, i64 %.180.sroa.0.0
  %.261 = load <64 x i32>, ptr %.259, align 4
  %.268 = getelementptr i32, ptr %arg.other.4, i64 %.180.sroa.0.0
  %.270 = load <64 x i32>, ptr %.268, align 4
  %.271 = icmp ne <64 x i32> %.261, %.270
  %.272 = bitcast <64 x i1> %.271 to i64
  br label %B426

B226:                                             ; preds = %B94
  %.294 = sub nsw i64 %arg.one.5.0, %.180.sroa.0.0
  store i64 0, ptr %.318, align 8
  br i1 false, label %B226.if, label %B226.endif, !prof !0

B288:                                             ; preds = %B226.endif.endif, %B290
  %differ.4.2 = phi i64 [ 0, %B226.endif.endif ], [ %.486, %B290 ]
  %.376 = load i64, ptr %.321, align 8
  %.377 = icmp sgt i64 %.376, 0
  br i1 %.377, label %B288.if, label %B288.endif

B290:                                             ; preds = %B288.endif
  %.418 = add nsw i64 %.180.sroa.0.0, %.367.sroa.0.0
  %.432 = icmp slt i64 %.418, 0
  %.433 = select i1 %.432, i64 %arg.one.5.0, i64 0
  %0 = getelementptr i32, ptr %arg.one.4, i64 %.418
  %.447 = getelementptr i32, ptr %0, i64 %.433
  %.448 = load i32, ptr %.447, align 4
  %.450 = add nsw i64 %.180.sroa.0.0, %.367.sroa.0.0
  %.464 = icmp slt i64 %.450, 0
  %.465 = select i1 %.464, i64 %arg.other.5.0, i64 0
  %1 = getelementptr i32, ptr %arg.other.4, i64 %.450
  %.479 = getelementptr i32, ptr %1, i64 %.465
  %.480 = load i32, ptr %.479, align 4
  %.481 = icmp ne i32 %.448, %.480
  %.483 = zext i1 %.481 to i64
  %.484 = shl nuw i64 %.483, %.367.sroa.0.0
  %.486 = or i64 %differ.4.2, %.484
  br label %B288

B426:                                             ; preds = %B288.endif, %B190
  %differ.5.1 = phi i64 [ %.272, %B190 ], [ %differ.4.2, %B288.endif ]
  %.511.not = icmp eq i64 %differ.5.1, 0
  br i1 %.511.not, label %B716, label %B430

B430:                                             ; preds = %B430.endif.endif.endif, %B426
  %held.4.1 = phi i64 [ %held.3.0, %B426 ], [ %.729, %B430.endif.endif.endif ]
  %differ.6.1 = phi i64 [ %differ.5.1, %B426 ], [ %.546, %B430.endif.endif.endif ]
  store i64 0, ptr %.517, align 8
  %.521 = call i32 @part1(ptr nonnull %.517, ptr nonnull %excinfo.1, i64 %differ.6.1)
  %.523 = icmp ne i32 %.521, 0
  %.524 = icmp ne i32 %.521, -2
  %.527.not = and i1 %.523, %.524
  %.531 = load i64, ptr %.517, align 8
  br i1 %.527.not, label %B430.if, label %B430.endif, !prof !0

B716:                                             ; preds = %B430.endif.endif.endif, %B426
  %held.4.2 = phi i64 [ %.729, %B430.endif.endif.endif ], [ %held.3.0, %B426 ]
  br label %B90

common.ret:                                       ; preds = %B430.endif.endif.if, %B430.endif.if, %B430.if, %B226.if, %B0.if, %B720
  %common.ret.op = phi i32 [ 0, %B720 ], [ poison, %B0.if ], [ poison, %B226.if ], [ %.619, %B430.endif.if ], [ %.521, %B430.if ], [ %.676, %B430.endif.endif.if ]
  ret i32 %common.ret.op

B720:                                             ; preds = %B92.endif
  store i64 %held.3.0, ptr %arg.count.4, align 8
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.145 = icmp slt i64 %arg.one.5.0, 1
  br i1 %.145, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  %2 = add nuw i64 %arg.one.5.0, 63
  %.168 = lshr i64 %2, 6
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %.168, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.134, align 8
  br label %B90

B92.if:                                           ; preds = %B90
  %.196 = load i64, ptr %.131, align 8
  %.199 = add nsw i64 %.189, -1
  store i64 %.199, ptr %.134, align 8
  %.203 = add i64 %.196, 64
  store i64 %.203, ptr %.131, align 8
  br label %B92.endif

B92.endif:                                        ; preds = %B92.if, %B90
  %.180.sroa.0.0 = phi i64 [ %.196, %B92.if ], [ 0, %B90 ]
  br i1 %.190, label %B94, label %B720

B226.if:                                          ; preds = %B226
  br label %common.ret

B226.endif:                                       ; preds = %B226
  %.332 = icmp slt i64 %.294, 1
  br i1 %.332, label %B226.endif.if, label %B226.endif.else

B226.endif.if:                                    ; preds = %B226.endif
  br label %B226.endif.endif

B226.endif.else:                                  ; preds = %B226.endif
  br label %B226.endif.endif

B226.endif.endif:                                 ; preds = %B226.endif.else, %B226.endif.if
  %storemerge307 = phi i64 [ %.294, %B226.endif.else ], [ 0, %B226.endif.if ]
  store i64 %storemerge307, ptr %.321, align 8
  br label %B288

B288.if:                                          ; preds = %B288
  %.383 = load i64, ptr %.318, align 8
  %.386 = add nsw i64 %.376, -1
  store i64 %.386, ptr %.321, align 8
  %.390 = add i64 %.383, 1
  store i64 %.390, ptr %.318, align 8
  br label %B288.endif

B288.endif:                                       ; preds = %B288.if, %B288
  %.367.sroa.0.0 = phi i64 [ %.383, %B288.if ], [ 0, %B288 ]
  br i1 %.377, label %B290, label %B426

B430.if:                                          ; preds = %B430
  %.529 = icmp sgt i32 %.521, 0
  %.522 = load ptr, ptr %excinfo.1, align 8
  %.530 = select i1 %.529, ptr %.522, ptr undef
  store ptr %.530, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B430.endif

B430.endif:                                       ; preds = %B430.if, %B430
  %.542 = add nsw i64 %.180.sroa.0.0, %.531
  %.544 = add i64 %differ.6.1, -1
  %.546 = and i64 %differ.6.1, %.544
  %.550 = add nsw i64 %arg.first, %.542
  %.565 = icmp slt i64 %held.4.1, 0
  %.566 = select i1 %.565, i64 %arg.places.5.0, i64 0
  %3 = getelementptr i64, ptr %arg.places.4, i64 %held.4.1
  %.580 = getelementptr i64, ptr %3, i64 %.566
  store i64 %.550, ptr %.580, align 8
  %.596 = icmp slt i64 %.542, 0
  %.597 = select i1 %.596, i64 %arg.one.5.0, i64 0
  %4 = getelementptr i32, ptr %arg.one.4, i64 %.542
  %.611 = getelementptr i32, ptr %4, i64 %.597
  %.612 = load i32, ptr %.611, align 4
  %.613 = sext i32 %.612 to i64
  store i64 0, ptr %.615, align 8
  %.619 = call i32 @part2(ptr nonnull %.615, ptr nonnull %excinfo.2, i64 %.613, i64 %arg.lowest)
  %.621 = icmp ne i32 %.619, 0
  %.622 = icmp ne i32 %.619, -2
  %.625.not = and i1 %.621, %.622
  %.629 = load i64, ptr %.615, align 8
  br i1 %.625.not, label %B430.endif.if, label %B430.endif.endif, !prof !0

B430.endif.if:                                    ; preds = %B430.endif
  %.627 = icmp sgt i32 %.619, 0
  %.620 = load ptr, ptr %excinfo.2, align 8
  %.628 = select i1 %.627, ptr %.620, ptr undef
  store ptr %.628, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B430.endif.endif

B430.endif.endif:                                 ; preds = %B430.endif.if, %B430.endif
  %.653 = icmp slt i64 %.542, 0
  %.654 = select i1 %.653, i64 %arg.other.5.0, i64 0
  %5 = getelementptr i32, ptr %arg.other.4, i64 %.542
  %.668 = getelementptr i32, ptr %5, i64 %.654
  %.669 = load i32, ptr %.668, align 4
  %.670 = sext i32 %.669 to i64
  store i64 0, ptr %.672, align 8
  %.676 = call i32 @part2(ptr nonnull %.672, ptr nonnull %excinfo.3, i64 %.670, i64 %arg.lowest)
  %.678 = icmp ne i32 %.676, 0
  %.679 = icmp ne i32 %.676, -2
  %.682.not = and i1 %.678, %.679
  %.686 = load i64, ptr %.672, align 8
  br i1 %.682.not, label %B430.endif.endif.if, label %B430.endif.endif.endif, !prof !0

B430.endif.endif.if:                              ; preds = %B430.endif.endif
  %.684 = icmp sgt i32 %.676, 0
  %.677 = load ptr, ptr %excinfo.3, align 8
  %.685 = select i1 %.684, ptr %.677, ptr undef
  store ptr %.685, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B430.endif.endif.endif

B430.endif.endif.endif:                           ; preds = %B430.endif.endif.if, %B430.endif.endif
  %.696 = sub nsw i64 %.629, %.686
  %.711 = icmp slt i64 %held.4.1, 0
  %.712 = select i1 %.711, i64 %arg.ulps.5.0, i64 0
  %6 = getelementptr i64, ptr %arg.ulps.4, i64 %held.4.1
  %.726 = getelementptr i64, ptr %6, i64 %.712
  store i64 %.696, ptr %.726, align 8
  %.729 = add nsw i64 %held.4.1, 1
  %.734.not = icmp eq i64 %.546, 0
  br i1 %.734.not, label %B716, label %B430
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.mask) {
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

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.number, i64 %arg.lowest) {
entry:
  %.11 = icmp slt i64 %arg.number, 0
  %.14 = icmp slt i64 %arg.lowest, 0
  %or.cond = select i1 %.11, i1 %.14, i1 false
  %0 = xor i64 %arg.number, -1
  %.23 = add i64 %arg.lowest, %0
  %"$phi46.0.2.0" = select i1 %or.cond, i64 %.23, i64 %arg.number
  store i64 %"$phi46.0.2.0", ptr %retptr, align 8
  ret i32 0
}

!0 = !{!"branch_weights", i32 1, i32 99}
