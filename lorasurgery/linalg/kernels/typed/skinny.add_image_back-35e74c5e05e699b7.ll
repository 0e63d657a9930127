; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, ptr %arg.Y.0, ptr %arg.Y.1, i64 %arg.Y.2, i64 %arg.Y.3, ptr %arg.Y.4, i64 %arg.Y.5.0, i64 %arg.Y.5.1, i64 %arg.Y.5.2, i64 %arg.Y.6.0, i64 %arg.Y.6.1, i64 %arg.Y.6.2) {
entry:
  %.60 = alloca ptr, align 8
  store ptr null, ptr %.60, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store ptr null, ptr %.60, align 8
  %.78 = call i32 @part1(ptr nonnull %.60, ptr nonnull %excinfo.1, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, ptr %arg.Y.0, ptr %arg.Y.1, i64 %arg.Y.2, i64 %arg.Y.3, ptr %arg.Y.4, i64 %arg.Y.5.0, i64 %arg.Y.5.1, i64 %arg.Y.5.2, i64 %arg.Y.6.0, i64 %arg.Y.6.1, i64 %arg.Y.6.2, i64 0, i64 %arg.D.5.0)
  %.80 = icmp ne i32 %.78, 0
  %.81 = icmp ne i32 %.78, -2
  %.84.not = and i1 %.80, %.81
  br i1 %.84.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.86 = icmp sgt i32 %.78, 0
  %.79 = load ptr, ptr %excinfo.1, align 8
  %.87 = select i1 %.86, ptr %.79, ptr undef
  store ptr %.87, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.78, %B0.if ]
  ret i32 %common.ret.op

B0.endif:                                         ; preds = %B0.if, %entry
  store ptr null, ptr %retptr, align 8
  br label %common.ret
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, ptr %arg.Y.0, ptr %arg.Y.1, i64 %arg.Y.2, i64 %arg.Y.3, ptr %arg.Y.4, i64 %arg.Y.5.0, i64 %arg.Y.5.1, i64 %arg.Y.5.2, i64 %arg.Y.6.0, i64 %arg.Y.6.1, i64 %arg.Y.6.2, i64 %arg.first, i64 %arg.last) {
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
  %.217 = call i32 @part2(ptr nonnull %.211, ptr nonnull %excinfo.1, i64 %arg.D.5.1, i64 %.208)
  %.219 = icmp ne i32 %.217, 0
  %.220 = icmp ne i32 %.217, -2
  %.223.not = and i1 %.219, %.220
  %.227 = load i64, ptr %.211, align 8
  br i1 %.223.not, label %B72.if, label %B72.endif, !prof !0

B166:                                             ; preds = %B72.endif, %B278
  %i.4.1 = phi i64 [ 0, %B72.endif ], [ %.622, %B278 ]
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
  %.427 = or disjoint i64 %i.4.1, 1
  %.428 = mul i64 %.427, %arg.D.5.1
  %1 = getelementptr float, ptr %arg.D.4, i64 %.428
  %.432 = getelementptr float, ptr %1, i64 %.327.sroa.0.0
  %.433 = add nuw i64 %i.4.1, 2
  %.434 = mul i64 %.433, %arg.D.5.1
  %2 = getelementptr float, ptr %arg.D.4, i64 %.434
  %.438 = getelementptr float, ptr %2, i64 %.327.sroa.0.0
  %.439 = add nuw i64 %i.4.1, 3
  %.440 = mul i64 %.439, %arg.D.5.1
  %3 = getelementptr float, ptr %arg.D.4, i64 %.440
  %.444 = getelementptr float, ptr %3, i64 %.327.sroa.0.0
  %.445 = add nuw i64 %i.4.1, 4
  %.446 = mul i64 %.445, %arg.D.5.1
  %4 = getelementptr float, ptr %arg.D.4, i64 %.446
  %.450 = getelementptr float, ptr %4, i64 %.327.sroa.0.0
  %.451 = add nuw i64 %i.4.1, 5
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
  %.518 = or disjoint i64 %i.4.1, 1
  %.519 = mul i64 %.518, %arg.W.5.1
  %.522 = getelementptr float, ptr %arg.W.4, i64 %.519
  %.523 = add nuw i64 %i.4.1, 2
  %.524 = mul i64 %.523, %arg.W.5.1
  %.527 = getelementptr float, ptr %arg.W.4, i64 %.524
  %.528 = add nuw i64 %i.4.1, 3
  %.529 = mul i64 %.528, %arg.W.5.1
  %.532 = getelementptr float, ptr %arg.W.4, i64 %.529
  %.533 = add nuw i64 %i.4.1, 4
  %.534 = mul i64 %.533, %arg.W.5.1
  %.537 = getelementptr float, ptr %arg.W.4, i64 %.534
  %.538 = add nuw i64 %i.4.1, 5
  %.539 = mul i64 %.538, %arg.W.5.1
  %.542 = getelementptr float, ptr %arg.W.4, i64 %.539
  %.545 = getelementptr float, ptr %arg.Y.4, i64 %.388
  br label %tile

B278:                                             ; preds = %B200.endif
  %.622 = add nuw nsw i64 %i.4.1, 6
  %.627 = add nuw nsw i64 %i.4.1, 12
  %.629.not = icmp sgt i64 %.627, %arg.last
  br i1 %.629.not, label %B306, label %B166

B306:                                             ; preds = %B72.endif, %B278
  %i.4.2 = phi i64 [ %.622, %B278 ], [ 0, %B72.endif ]
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
  %.249 = icmp sgt i64 %arg.last, 5
  br i1 %.249, label %B166, label %B306

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

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smin.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #0

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
