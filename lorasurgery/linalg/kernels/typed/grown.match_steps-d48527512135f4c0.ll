; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.listed.0, ptr %arg.listed.1, i64 %arg.listed.2, i64 %arg.listed.3, ptr %arg.listed.4, i64 %arg.listed.5.0, i64 %arg.listed.6.0, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.6.0, ptr %arg.steps.0, ptr %arg.steps.1, i64 %arg.steps.2, i64 %arg.steps.3, ptr %arg.steps.4, i64 %arg.steps.5.0, i64 %arg.steps.6.0, i64 %arg.first, ptr %arg.zigzags.0, ptr %arg.zigzags.1, i64 %arg.zigzags.2, i64 %arg.zigzags.3, ptr %arg.zigzags.4, i64 %arg.zigzags.5.0, i64 %arg.zigzags.6.0, ptr %arg.is_left.0, ptr %arg.is_left.1, i64 %arg.is_left.2, i64 %arg.is_left.3, ptr %arg.is_left.4, i64 %arg.is_left.5.0, i64 %arg.is_left.6.0) {
entry:
  %.105 = alloca i64, align 8
  store i64 0, ptr %.105, align 8
  %.108 = alloca i64, align 8
  store i64 0, ptr %.108, align 8
  store i64 0, ptr %.105, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B70:                                              ; preds = %B0.endif.endif, %B529
  %at.2.0 = phi i64 [ 0, %B0.endif.endif ], [ %at.3.1, %B529 ]
  %written.2.0 = phi i64 [ 0, %B0.endif.endif ], [ %written.3.1, %B529 ]
  %.162 = load i64, ptr %.108, align 8
  %.163 = icmp sgt i64 %.162, 0
  br i1 %.163, label %B70.if, label %B70.endif

B72:                                              ; preds = %B70.endif
  %.223 = icmp slt i64 %.153.sroa.0.0, 0
  %.224 = select i1 %.223, i64 %arg.zigzags.5.0, i64 0
  %0 = getelementptr i8, ptr %arg.zigzags.4, i64 %.153.sroa.0.0
  %.238 = getelementptr i8, ptr %0, i64 %.224
  store i8 0, ptr %.238, align 1
  %.254 = icmp slt i64 %.153.sroa.0.0, 0
  %.255 = select i1 %.254, i64 %arg.listed.5.0, i64 0
  %1 = getelementptr i64, ptr %arg.listed.4, i64 %.153.sroa.0.0
  %.269 = getelementptr i64, ptr %1, i64 %.255
  %.270 = load i64, ptr %.269, align 8
  %.272 = add nsw i64 %arg.first, %.270
  %.287 = icmp slt i64 %at.2.0, %arg.places.5.0
  br i1 %.287, label %B180, label %B276

B180:                                             ; preds = %B72
  %.310 = icmp slt i64 %at.2.0, 0
  %.311 = select i1 %.310, i64 %arg.places.5.0, i64 0
  %2 = getelementptr i64, ptr %arg.places.4, i64 %at.2.0
  %.325 = getelementptr i64, ptr %2, i64 %.311
  %.326 = load i64, ptr %.325, align 8
  %.330 = icmp slt i64 %.326, %.272
  br i1 %.330, label %B204, label %B276

B204:                                             ; preds = %B252, %B180
  %at.3.2 = phi i64 [ %at.2.0, %B180 ], [ %.336, %B252 ]
  %.336 = add nsw i64 %at.3.2, 1
  %.356 = icmp slt i64 %.336, %arg.places.5.0
  br i1 %.356, label %B252, label %B276

B252:                                             ; preds = %B204
  %.378 = icmp slt i64 %at.3.2, -1
  %.379 = select i1 %.378, i64 %arg.places.5.0, i64 0
  %3 = getelementptr i64, ptr %arg.places.4, i64 %.336
  %.393 = getelementptr i64, ptr %3, i64 %.379
  %.394 = load i64, ptr %.393, align 8
  %.398 = icmp slt i64 %.394, %.272
  br i1 %.398, label %B204, label %B276

B276:                                             ; preds = %B252, %B204, %B180, %B72
  %at.3.1 = phi i64 [ %.336, %B252 ], [ %.336, %B204 ], [ %at.2.0, %B180 ], [ %at.2.0, %B72 ]
  %.426 = icmp slt i64 %at.3.1, %arg.places.5.0
  br i1 %.426, label %B314, label %B529

B314:                                             ; preds = %B276
  %.445 = icmp slt i64 %at.3.1, 0
  %.446 = select i1 %.445, i64 %arg.places.5.0, i64 0
  %4 = getelementptr i64, ptr %arg.places.4, i64 %at.3.1
  %.460 = getelementptr i64, ptr %4, i64 %.446
  %.461 = load i64, ptr %.460, align 8
  %.463 = icmp eq i64 %.461, %.272
  br i1 %.463, label %B338, label %B529

B338:                                             ; preds = %B314
  %.483 = icmp slt i64 %at.3.1, 0
  %.484 = select i1 %.483, i64 %arg.steps.5.0, i64 0
  %5 = getelementptr i64, ptr %arg.steps.4, i64 %at.3.1
  %.498 = getelementptr i64, ptr %5, i64 %.484
  %.499 = load i64, ptr %.498, align 8
  %6 = add i64 %.499, 128
  %or.cond = icmp ult i64 %6, 256
  br i1 %or.cond, label %B382, label %B529

B382:                                             ; preds = %B338
  %.541 = icmp slt i64 %at.3.1, 0
  %.542 = select i1 %.541, i64 %arg.steps.5.0, i64 0
  %7 = getelementptr i64, ptr %arg.steps.4, i64 %at.3.1
  %.556 = getelementptr i64, ptr %7, i64 %.542
  %.557 = load i64, ptr %.556, align 8
  %.558 = shl i64 %.557, 1
  %.573 = icmp slt i64 %at.3.1, 0
  %.574 = select i1 %.573, i64 %arg.steps.5.0, i64 0
  %8 = getelementptr i64, ptr %arg.steps.4, i64 %at.3.1
  %.588 = getelementptr i64, ptr %8, i64 %.574
  %.589 = load i64, ptr %.588, align 8
  %.590 = ashr i64 %.589, 63
  %.591 = xor i64 %.558, %.590
  %.592 = trunc i64 %.591 to i8
  %.607 = icmp slt i64 %.153.sroa.0.0, 0
  %.608 = select i1 %.607, i64 %arg.zigzags.5.0, i64 0
  %9 = getelementptr i8, ptr %arg.zigzags.4, i64 %.153.sroa.0.0
  %.622 = getelementptr i8, ptr %9, i64 %.608
  store i8 %.592, ptr %.622, align 1
  %.641 = icmp slt i64 %at.3.1, 0
  %.642 = select i1 %.641, i64 %arg.is_left.5.0, i64 0
  %10 = getelementptr i8, ptr %arg.is_left.4, i64 %at.3.1
  %.656 = getelementptr i8, ptr %10, i64 %.642
  store i8 0, ptr %.656, align 1
  %.659 = add nsw i64 %written.2.0, 1
  br label %B529

common.ret:                                       ; preds = %B0.if, %B528
  ret i32 0

B528:                                             ; preds = %B70.endif
  store i64 %written.2.0, ptr %retptr, align 8
  br label %common.ret

B529:                                             ; preds = %B276, %B314, %B382, %B338
  %written.3.1 = phi i64 [ %written.2.0, %B338 ], [ %.659, %B382 ], [ %written.2.0, %B276 ], [ %written.2.0, %B314 ]
  br label %B70

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.119 = icmp slt i64 %arg.listed.5.0, 1
  br i1 %.119, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.listed.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.108, align 8
  br label %B70

B70.if:                                           ; preds = %B70
  %.169 = load i64, ptr %.105, align 8
  %.172 = add nsw i64 %.162, -1
  store i64 %.172, ptr %.108, align 8
  %.176 = add i64 %.169, 1
  store i64 %.176, ptr %.105, align 8
  br label %B70.endif

B70.endif:                                        ; preds = %B70.if, %B70
  %.153.sroa.0.0 = phi i64 [ %.169, %B70.if ], [ 0, %B70 ]
  br i1 %.163, label %B72, label %B528
}

!0 = !{!"branch_weights", i32 1, i32 99}
