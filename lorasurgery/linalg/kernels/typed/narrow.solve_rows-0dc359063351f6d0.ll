; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.sides.0, ptr %arg.sides.1, i64 %arg.sides.2, i64 %arg.sides.3, ptr %arg.sides.4, i64 %arg.sides.5.0, i64 %arg.sides.5.1, i64 %arg.sides.6.0, i64 %arg.sides.6.1, ptr %arg.basis.0, ptr %arg.basis.1, i64 %arg.basis.2, i64 %arg.basis.3, ptr %arg.basis.4, i64 %arg.basis.5.0, i64 %arg.basis.5.1, i64 %arg.basis.6.0, i64 %arg.basis.6.1, ptr %arg.ends.0, ptr %arg.ends.1, i64 %arg.ends.2, i64 %arg.ends.3, ptr %arg.ends.4, i64 %arg.ends.5.0, i64 %arg.ends.6.0, ptr %arg.elements.0, ptr %arg.elements.1, i64 %arg.elements.2, i64 %arg.elements.3, ptr %arg.elements.4, i64 %arg.elements.5.0, i64 %arg.elements.5.1, i64 %arg.elements.6.0, i64 %arg.elements.6.1, float %arg.least, float %arg.model, ptr %arg.roots.0, ptr %arg.roots.1, i64 %arg.roots.2, i64 %arg.roots.3, ptr %arg.roots.4, i64 %arg.roots.5.0, i64 %arg.roots.6.0, ptr %arg.U.0, ptr %arg.U.1, i64 %arg.U.2, i64 %arg.U.3, ptr %arg.U.4, i64 %arg.U.5.0, i64 %arg.U.5.1, i64 %arg.U.6.0, i64 %arg.U.6.1, ptr %arg.G.0, ptr %arg.G.1, i64 %arg.G.2, i64 %arg.G.3, ptr %arg.G.4, i64 %arg.G.5.0, i64 %arg.G.5.1, i64 %arg.G.6.0, i64 %arg.G.6.1) {
entry:
  %.162 = alloca i64, align 8
  store i64 0, ptr %.162, align 8
  %.165 = alloca i64, align 8
  store i64 0, ptr %.165, align 8
  %.381 = alloca ptr, align 8
  store ptr null, ptr %.381, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.445 = alloca i64, align 8
  store i64 0, ptr %.445, align 8
  %.448 = alloca i64, align 8
  store i64 0, ptr %.448, align 8
  %.698 = alloca i64, align 8
  store i64 0, ptr %.698, align 8
  %.701 = alloca i64, align 8
  store i64 0, ptr %.701, align 8
  %.1131 = alloca i64, align 8
  store i64 0, ptr %.1131, align 8
  %.1134 = alloca i64, align 8
  store i64 0, ptr %.1134, align 8
  %.1321 = alloca i64, align 8
  store i64 0, ptr %.1321, align 8
  %.1324 = alloca i64, align 8
  store i64 0, ptr %.1324, align 8
  %.1725 = alloca ptr, align 8
  store ptr null, ptr %.1725, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  store i64 0, ptr %.162, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B90:                                              ; preds = %B0.endif.endif, %B798
  %start.2.0 = phi i64 [ 0, %B0.endif.endif ], [ %.356, %B798 ]
  %.220 = load i64, ptr %.165, align 8
  %.221 = icmp sgt i64 %.220, 0
  br i1 %.221, label %B92.if, label %B92.endif

B94:                                              ; preds = %B92.endif
  %.277 = icmp slt i64 %.211.sroa.0.0, 0
  %.278 = select i1 %.277, i64 %arg.sides.5.0, i64 0
  %.279 = add i64 %.211.sroa.0.0, %.278
  %.296 = mul i64 %.279, %arg.sides.5.1
  %.298 = getelementptr float, ptr %arg.sides.4, i64 %.296
  %.340 = icmp slt i64 %.211.sroa.0.0, 0
  %.341 = select i1 %.340, i64 %arg.ends.5.0, i64 0
  %0 = getelementptr i64, ptr %arg.ends.4, i64 %.211.sroa.0.0
  %.355 = getelementptr i64, ptr %0, i64 %.341
  %.356 = load i64, ptr %.355, align 8
  %.365 = sub nsw i64 %.356, %start.2.0
  %.370 = icmp sgt i64 %.365, 0
  br i1 %.370, label %B152, label %B798

B152:                                             ; preds = %B94
  store ptr null, ptr %.381, align 8
  %.399 = call i32 @part1(ptr nonnull %.381, ptr nonnull %excinfo.1, ptr %arg.basis.0, ptr %arg.basis.1, i64 %arg.basis.2, i64 %arg.basis.3, ptr %arg.basis.4, i64 %arg.basis.5.0, i64 %arg.basis.5.1, i64 %arg.basis.6.0, i64 %arg.basis.6.1, i64 %start.2.0, i64 %.365, ptr %arg.elements.0, ptr %arg.elements.1, i64 %arg.elements.2, i64 %arg.elements.3, ptr %arg.elements.4, i64 %arg.elements.5.0, i64 %arg.elements.5.1, i64 %arg.elements.6.0, i64 %arg.elements.6.1, float %arg.least, float %arg.model, ptr %arg.roots.0, ptr %arg.roots.1, i64 %arg.roots.2, i64 %arg.roots.3, ptr %arg.roots.4, i64 %arg.roots.5.0, i64 %arg.roots.6.0, ptr %arg.U.0, ptr %arg.U.1, i64 %arg.U.2, i64 %arg.U.3, ptr %arg.U.4, i64 %arg.U.5.0, i64 %arg.U.5.1, i64 %arg.U.6.0, i64 %arg.U.6.1)
  %.401 = icmp ne i32 %.399, 0
  %.402 = icmp ne i32 %.399, -2
  %.405.not = and i1 %.401, %.402
  br i1 %.405.not, label %B152.if, label %B152.endif, !prof !0

B240:                                             ; preds = %gram.end.2, %B152.endif.endif.endif
  %.500 = load i64, ptr %.448, align 8
  %.501 = icmp sgt i64 %.500, 0
  br i1 %.501, label %B240.if, label %B240.endif

B242:                                             ; preds = %B240.endif
  br label %gram

B368:                                             ; preds = %gram.end.1, %gram.end.endif.endif
  %.753 = load i64, ptr %.701, align 8
  %.754 = icmp sgt i64 %.753, 0
  br i1 %.754, label %B368.if, label %B368.endif

B370:                                             ; preds = %B368.endif
  %.805 = add i64 %.744.sroa.0.0, 1
  %.806 = add i64 %.744.sroa.0.0, 2
  %.807 = add i64 %.744.sroa.0.0, 3
  br label %gram.1

B412:                                             ; preds = %B368.endif
  %.913 = add nsw i64 %.491.sroa.0.0, 8
  %.926 = add i64 %.491.sroa.0.0, 9
  %.927 = add i64 %.491.sroa.0.0, 10
  %.928 = add i64 %.491.sroa.0.0, 11
  %.929 = add i64 %.491.sroa.0.0, 12
  %.930 = add i64 %.491.sroa.0.0, 13
  %.931 = add i64 %.491.sroa.0.0, 14
  %.932 = add i64 %.491.sroa.0.0, 15
  br label %gram.2

B488:                                             ; preds = %B240.endif
  store i64 0, ptr %.1131, align 8
  br i1 false, label %B488.if, label %B488.endif, !prof !0

B532:                                             ; preds = %B488.endif.endif, %B534
  %trace.2.2 = phi float [ 0.000000e+00, %B488.endif.endif ], [ %.1276, %B534 ]
  %.1186 = load i64, ptr %.1134, align 8
  %.1187 = icmp sgt i64 %.1186, 0
  br i1 %.1187, label %B532.if, label %B532.endif

B534:                                             ; preds = %B532.endif
  %.1247 = icmp slt i64 %.1177.sroa.0.0, 0
  %.1248 = select i1 %.1247, i64 %arg.G.5.0, i64 0
  %.1249 = add i64 %.1177.sroa.0.0, %.1248
  %.1250 = icmp slt i64 %.1177.sroa.0.0, 0
  %.1251 = select i1 %.1250, i64 %arg.G.5.1, i64 0
  %.1269 = mul i64 %.1249, %arg.G.5.1
  %1 = getelementptr float, ptr %arg.G.4, i64 %.1269
  %2 = getelementptr float, ptr %1, i64 %.1177.sroa.0.0
  %.1273 = getelementptr float, ptr %2, i64 %.1251
  %.1274 = load float, ptr %.1273, align 4
  %.1276 = fadd reassoc contract float %trace.2.2, %.1274
  br label %B532

B564:                                             ; preds = %B532.endif
  %.1285 = fmul reassoc contract float %trace.2.2, 0x3F50624DE0000000
  %.1289 = sitofp i64 %arg.basis.5.1 to float
  %.1293 = fdiv reassoc contract float %.1285, %.1289
  store i64 0, ptr %.1321, align 8
  br i1 false, label %B564.endif.if, label %B564.endif.endif, !prof !0

B656:                                             ; preds = %B564.endif.endif.endif, %B658
  %.1376 = load i64, ptr %.1324, align 8
  %.1377 = icmp sgt i64 %.1376, 0
  br i1 %.1377, label %B656.if, label %B656.endif

B658:                                             ; preds = %B656.endif
  %.1437 = icmp slt i64 %.1367.sroa.0.0, 0
  %.1438 = select i1 %.1437, i64 %arg.G.5.0, i64 0
  %.1439 = add i64 %.1367.sroa.0.0, %.1438
  %.1440 = icmp slt i64 %.1367.sroa.0.0, 0
  %.1441 = select i1 %.1440, i64 %arg.G.5.1, i64 0
  %.1459 = mul i64 %.1439, %arg.G.5.1
  %3 = getelementptr float, ptr %arg.G.4, i64 %.1459
  %4 = getelementptr float, ptr %3, i64 %.1367.sroa.0.0
  %.1463 = getelementptr float, ptr %4, i64 %.1441
  %.1464 = load float, ptr %.1463, align 4
  %.1466 = fadd reassoc contract float %.1464, %.1293
  %.1487 = icmp slt i64 %.1367.sroa.0.0, 0
  %.1488 = select i1 %.1487, i64 %arg.G.5.0, i64 0
  %.1489 = add i64 %.1367.sroa.0.0, %.1488
  %.1490 = icmp slt i64 %.1367.sroa.0.0, 0
  %.1491 = select i1 %.1490, i64 %arg.G.5.1, i64 0
  %.1509 = mul i64 %.1489, %arg.G.5.1
  %5 = getelementptr float, ptr %arg.G.4, i64 %.1509
  %6 = getelementptr float, ptr %5, i64 %.1367.sroa.0.0
  %.1513 = getelementptr float, ptr %6, i64 %.1491
  store float %.1466, ptr %.1513, align 4
  %.1538 = icmp slt i64 %arg.basis.5.1, 0
  %.1539 = select i1 %.1538, i64 %arg.G.5.0, i64 0
  %.1540 = add i64 %arg.basis.5.1, %.1539
  %.1541 = icmp slt i64 %.1367.sroa.0.0, 0
  %.1542 = select i1 %.1541, i64 %arg.G.5.1, i64 0
  %.1560 = mul i64 %.1540, %arg.G.5.1
  %7 = getelementptr float, ptr %arg.G.4, i64 %.1560
  %8 = getelementptr float, ptr %7, i64 %.1367.sroa.0.0
  %.1564 = getelementptr float, ptr %8, i64 %.1542
  %.1565 = load float, ptr %.1564, align 4
  %.1579 = icmp slt i64 %.1367.sroa.0.0, 0
  %.1580 = select i1 %.1579, i64 %arg.sides.5.1, i64 0
  %9 = getelementptr float, ptr %.298, i64 %.1367.sroa.0.0
  %.1594 = getelementptr float, ptr %9, i64 %.1580
  %.1595 = load float, ptr %.1594, align 4
  %.1597 = fmul reassoc contract float %.1293, %.1595
  %.1598 = fadd reassoc contract float %.1565, %.1597
  %.1619 = icmp slt i64 %arg.basis.5.1, 0
  %.1620 = select i1 %.1619, i64 %arg.G.5.0, i64 0
  %.1621 = add i64 %arg.basis.5.1, %.1620
  %.1622 = icmp slt i64 %.1367.sroa.0.0, 0
  %.1623 = select i1 %.1622, i64 %arg.G.5.1, i64 0
  %.1641 = mul i64 %.1621, %arg.G.5.1
  %10 = getelementptr float, ptr %arg.G.4, i64 %.1641
  %11 = getelementptr float, ptr %10, i64 %.1367.sroa.0.0
  %.1645 = getelementptr float, ptr %11, i64 %.1623
  store float %.1598, ptr %.1645, align 4
  br label %B656

B752:                                             ; preds = %B656.endif
  store ptr null, ptr %.1725, align 8
  %.1737 = call i32 @part6(ptr nonnull %.1725, ptr nonnull %excinfo.2, ptr %arg.G.0, ptr %arg.G.1, i64 %arg.G.2, i64 %arg.G.3, ptr %arg.G.4, i64 %arg.G.5.0, i64 %arg.G.5.1, i64 %arg.G.6.0, i64 %arg.G.6.1, ptr %arg.U.0, ptr %arg.U.1, i64 %arg.U.5.1, i64 %arg.U.3, ptr %arg.U.4, i64 %arg.U.5.1, i64 %arg.U.6.1, ptr %arg.sides.0, ptr %arg.sides.1, i64 %arg.sides.5.1, i64 %arg.sides.3, ptr %.298, i64 %arg.sides.5.1, i64 %arg.sides.6.1)
  %.1739 = icmp ne i32 %.1737, 0
  %.1740 = icmp ne i32 %.1737, -2
  %.1743.not = and i1 %.1739, %.1740
  br i1 %.1743.not, label %B752.if, label %B752.endif, !prof !0

B798:                                             ; preds = %B752.endif, %B94
  br label %B90

common.ret:                                       ; preds = %B752.if, %B152.if, %B564.endif.if, %B488.if, %gram.end.if, %B152.endif.if, %B0.if, %B806
  %common.ret.op = phi i32 [ 0, %B806 ], [ poison, %B0.if ], [ %.399, %B152.if ], [ poison, %B152.endif.if ], [ poison, %gram.end.if ], [ poison, %B488.if ], [ poison, %B564.endif.if ], [ %.1737, %B752.if ]
  ret i32 %common.ret.op

B806:                                             ; preds = %B92.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.176 = icmp slt i64 %arg.sides.5.0, 1
  br i1 %.176, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.sides.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.165, align 8
  br label %B90

B92.if:                                           ; preds = %B90
  %.227 = load i64, ptr %.162, align 8
  %.230 = add nsw i64 %.220, -1
  store i64 %.230, ptr %.165, align 8
  %.234 = add i64 %.227, 1
  store i64 %.234, ptr %.162, align 8
  br label %B92.endif

B92.endif:                                        ; preds = %B92.if, %B90
  %.211.sroa.0.0 = phi i64 [ %.227, %B92.if ], [ 0, %B90 ]
  br i1 %.221, label %B94, label %B806

B152.if:                                          ; preds = %B152
  %.407 = icmp sgt i32 %.399, 0
  %.400 = load ptr, ptr %excinfo.1, align 8
  %.408 = select i1 %.407, ptr %.400, ptr undef
  store ptr %.408, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B152.endif

B152.endif:                                       ; preds = %B152.if, %B152
  store i64 0, ptr %.445, align 8
  br i1 false, label %B152.endif.if, label %B152.endif.endif, !prof !0

B152.endif.if:                                    ; preds = %B152.endif
  br label %common.ret

B152.endif.endif:                                 ; preds = %B152.endif
  %.459 = icmp slt i64 %arg.basis.5.1, 1
  br i1 %.459, label %B152.endif.endif.if, label %B152.endif.endif.else

B152.endif.endif.if:                              ; preds = %B152.endif.endif
  br label %B152.endif.endif.endif

B152.endif.endif.else:                            ; preds = %B152.endif.endif
  %12 = add nuw i64 %arg.basis.5.1, 15
  %.480 = lshr i64 %12, 4
  br label %B152.endif.endif.endif

B152.endif.endif.endif:                           ; preds = %B152.endif.endif.else, %B152.endif.endif.if
  %storemerge606 = phi i64 [ %.480, %B152.endif.endif.else ], [ 0, %B152.endif.endif.if ]
  store i64 %storemerge606, ptr %.448, align 8
  br label %B240

B240.if:                                          ; preds = %B240
  %.507 = load i64, ptr %.445, align 8
  %.510 = add nsw i64 %.500, -1
  store i64 %.510, ptr %.448, align 8
  %.514 = add i64 %.507, 16
  store i64 %.514, ptr %.445, align 8
  br label %B240.endif

B240.endif:                                       ; preds = %B240.if, %B240
  %.491.sroa.0.0 = phi i64 [ %.507, %B240.if ], [ 0, %B240 ]
  br i1 %.501, label %B242, label %B488

gram:                                             ; preds = %gram, %B242
  %.576 = phi i64 [ 0, %B242 ], [ %.634, %gram ]
  %.577 = phi <16 x float> [ zeroinitializer, %B242 ], [ %.597, %gram ]
  %.578 = phi <16 x float> [ zeroinitializer, %B242 ], [ %.606, %gram ]
  %.579 = phi <16 x float> [ zeroinitializer, %B242 ], [ %.615, %gram ]
  %.580 = phi <16 x float> [ zeroinitializer, %B242 ], [ %.624, %gram ]
  %.581 = phi <16 x float> [ zeroinitializer, %B242 ], [ %.633, %gram ]
  %.582 = mul i64 %.576, %arg.U.5.1
  %13 = getelementptr float, ptr %arg.U.4, i64 %.582
  %.586 = getelementptr float, ptr %13, i64 %.491.sroa.0.0
  %.588 = load <16 x float>, ptr %.586, align 4
  %.592 = getelementptr float, ptr %arg.U.4, i64 %.582
  %.593 = load float, ptr %.592, align 4
  %.594 = insertelement <16 x float> poison, float %.593, i64 0
  %.595 = shufflevector <16 x float> %.594, <16 x float> poison, <16 x i32> zeroinitializer
  %.596 = fmul contract <16 x float> %.595, %.588
  %.597 = fadd contract <16 x float> %.577, %.596
  %14 = getelementptr float, ptr %arg.U.4, i64 %.582
  %.601 = getelementptr i8, ptr %14, i64 4
  %.602 = load float, ptr %.601, align 4
  %.603 = insertelement <16 x float> poison, float %.602, i64 0
  %.604 = shufflevector <16 x float> %.603, <16 x float> poison, <16 x i32> zeroinitializer
  %.605 = fmul contract <16 x float> %.604, %.588
  %.606 = fadd contract <16 x float> %.578, %.605
  %15 = getelementptr float, ptr %arg.U.4, i64 %.582
  %.610 = getelementptr i8, ptr %15, i64 8
  %.611 = load float, ptr %.610, align 4
  %.612 = insertelement <16 x float> poison, float %.611, i64 0
  %.613 = shufflevector <16 x float> %.612, <16 x float> poison, <16 x i32> zeroinitializer
  %.614 = fmul contract <16 x float> %.613, %.588
  %.615 = fadd contract <16 x float> %.579, %.614
  %16 = getelementptr float, ptr %arg.U.4, i64 %.582
  %.619 = getelementptr i8, ptr %16, i64 12
  %.620 = load float, ptr %.619, align 4
  %.621 = insertelement <16 x float> poison, float %.620, i64 0
  %.622 = shufflevector <16 x float> %.621, <16 x float> poison, <16 x i32> zeroinitializer
  %.623 = fmul contract <16 x float> %.622, %.588
  %.624 = fadd contract <16 x float> %.580, %.623
  %17 = getelementptr float, ptr %arg.U.4, i64 %.582
  %.628 = getelementptr float, ptr %17, i64 %arg.basis.5.1
  %.629 = load float, ptr %.628, align 4
  %.630 = insertelement <16 x float> poison, float %.629, i64 0
  %.631 = shufflevector <16 x float> %.630, <16 x float> poison, <16 x i32> zeroinitializer
  %.632 = fmul contract <16 x float> %.631, %.588
  %.633 = fadd contract <16 x float> %.581, %.632
  %.634 = add i64 %.576, 1
  %.635 = icmp slt i64 %.634, %.365
  br i1 %.635, label %gram, label %gram.end

gram.end:                                         ; preds = %gram
  %.641 = getelementptr float, ptr %arg.G.4, i64 %.491.sroa.0.0
  store <16 x float> %.597, ptr %.641, align 4
  %18 = getelementptr float, ptr %arg.G.4, i64 %arg.G.5.1
  %.648 = getelementptr float, ptr %18, i64 %.491.sroa.0.0
  store <16 x float> %.606, ptr %.648, align 4
  %.idx = shl i64 %arg.G.5.1, 3
  %19 = getelementptr i8, ptr %arg.G.4, i64 %.idx
  %.655 = getelementptr float, ptr %19, i64 %.491.sroa.0.0
  store <16 x float> %.615, ptr %.655, align 4
  %.idx609 = mul i64 %arg.G.5.1, 12
  %20 = getelementptr i8, ptr %arg.G.4, i64 %.idx609
  %.662 = getelementptr float, ptr %20, i64 %.491.sroa.0.0
  store <16 x float> %.624, ptr %.662, align 4
  %.667 = mul i64 %arg.basis.5.1, %arg.G.5.1
  %21 = getelementptr float, ptr %arg.G.4, i64 %.667
  %.669 = getelementptr float, ptr %21, i64 %.491.sroa.0.0
  store <16 x float> %.633, ptr %.669, align 4
  store i64 4, ptr %.698, align 8
  %.711 = add i64 %.491.sroa.0.0, 4
  br i1 false, label %gram.end.if, label %gram.end.endif, !prof !0

gram.end.if:                                      ; preds = %gram.end
  br label %common.ret

gram.end.endif:                                   ; preds = %gram.end
  %.712 = icmp slt i64 %.711, 1
  br i1 %.712, label %gram.end.endif.if, label %gram.end.endif.else

gram.end.endif.if:                                ; preds = %gram.end.endif
  br label %gram.end.endif.endif

gram.end.endif.else:                              ; preds = %gram.end.endif
  %.727 = and i64 %.491.sroa.0.0, 3
  %.730.not = icmp ne i64 %.727, 0
  %.731610 = lshr i64 %.711, 2
  %.732 = zext i1 %.730.not to i64
  %.733 = add nuw nsw i64 %.731610, %.732
  br label %gram.end.endif.endif

gram.end.endif.endif:                             ; preds = %gram.end.endif.else, %gram.end.endif.if
  %storemerge611 = phi i64 [ %.733, %gram.end.endif.else ], [ 0, %gram.end.endif.if ]
  store i64 %storemerge611, ptr %.701, align 8
  br label %B368

B368.if:                                          ; preds = %B368
  %.760 = load i64, ptr %.698, align 8
  %.763 = add nsw i64 %.753, -1
  store i64 %.763, ptr %.701, align 8
  %.767 = add i64 %.760, 4
  store i64 %.767, ptr %.698, align 8
  br label %B368.endif

B368.endif:                                       ; preds = %B368.if, %B368
  %.744.sroa.0.0 = phi i64 [ %.760, %B368.if ], [ 0, %B368 ]
  br i1 %.754, label %B370, label %B412

gram.1:                                           ; preds = %gram.1, %B370
  %.825 = phi i64 [ 0, %B370 ], [ %.873, %gram.1 ]
  %.826 = phi <16 x float> [ zeroinitializer, %B370 ], [ %.845, %gram.1 ]
  %.827 = phi <16 x float> [ zeroinitializer, %B370 ], [ %.854, %gram.1 ]
  %.828 = phi <16 x float> [ zeroinitializer, %B370 ], [ %.863, %gram.1 ]
  %.829 = phi <16 x float> [ zeroinitializer, %B370 ], [ %.872, %gram.1 ]
  %.830 = mul i64 %.825, %arg.U.5.1
  %22 = getelementptr float, ptr %arg.U.4, i64 %.830
  %.834 = getelementptr float, ptr %22, i64 %.491.sroa.0.0
  %.836 = load <16 x float>, ptr %.834, align 4
  %23 = getelementptr float, ptr %arg.U.4, i64 %.830
  %.840 = getelementptr float, ptr %23, i64 %.744.sroa.0.0
  %.841 = load float, ptr %.840, align 4
  %.842 = insertelement <16 x float> poison, float %.841, i64 0
  %.843 = shufflevector <16 x float> %.842, <16 x float> poison, <16 x i32> zeroinitializer
  %.844 = fmul contract <16 x float> %.843, %.836
  %.845 = fadd contract <16 x float> %.826, %.844
  %24 = getelementptr float, ptr %arg.U.4, i64 %.830
  %.849 = getelementptr float, ptr %24, i64 %.805
  %.850 = load float, ptr %.849, align 4
  %.851 = insertelement <16 x float> poison, float %.850, i64 0
  %.852 = shufflevector <16 x float> %.851, <16 x float> poison, <16 x i32> zeroinitializer
  %.853 = fmul contract <16 x float> %.852, %.836
  %.854 = fadd contract <16 x float> %.827, %.853
  %25 = getelementptr float, ptr %arg.U.4, i64 %.830
  %.858 = getelementptr float, ptr %25, i64 %.806
  %.859 = load float, ptr %.858, align 4
  %.860 = insertelement <16 x float> poison, float %.859, i64 0
  %.861 = shufflevector <16 x float> %.860, <16 x float> poison, <16 x i32> zeroinitializer
  %.862 = fmul contract <16 x float> %.861, %.836
  %.863 = fadd contract <16 x float> %.828, %.862
  %26 = getelementptr float, ptr %arg.U.4, i64 %.830
  %.867 = getelementptr float, ptr %26, i64 %.807
  %.868 = load float, ptr %.867, align 4
  %.869 = insertelement <16 x float> poison, float %.868, i64 0
  %.870 = shufflevector <16 x float> %.869, <16 x float> poison, <16 x i32> zeroinitializer
  %.871 = fmul contract <16 x float> %.870, %.836
  %.872 = fadd contract <16 x float> %.829, %.871
  %.873 = add i64 %.825, 1
  %.874 = icmp slt i64 %.873, %.365
  br i1 %.874, label %gram.1, label %gram.end.1

gram.end.1:                                       ; preds = %gram.1
  %.878 = mul i64 %.744.sroa.0.0, %arg.G.5.1
  %27 = getelementptr float, ptr %arg.G.4, i64 %.878
  %.880 = getelementptr float, ptr %27, i64 %.491.sroa.0.0
  store <16 x float> %.845, ptr %.880, align 4
  %.885 = mul i64 %.805, %arg.G.5.1
  %28 = getelementptr float, ptr %arg.G.4, i64 %.885
  %.887 = getelementptr float, ptr %28, i64 %.491.sroa.0.0
  store <16 x float> %.854, ptr %.887, align 4
  %.892 = mul i64 %.806, %arg.G.5.1
  %29 = getelementptr float, ptr %arg.G.4, i64 %.892
  %.894 = getelementptr float, ptr %29, i64 %.491.sroa.0.0
  store <16 x float> %.863, ptr %.894, align 4
  %.899 = mul i64 %.807, %arg.G.5.1
  %30 = getelementptr float, ptr %arg.G.4, i64 %.899
  %.901 = getelementptr float, ptr %30, i64 %.491.sroa.0.0
  store <16 x float> %.872, ptr %.901, align 4
  br label %B368

gram.2:                                           ; preds = %gram.2, %B412
  %.950 = phi i64 [ 0, %B412 ], [ %.1038, %gram.2 ]
  %.951 = phi <8 x float> [ zeroinitializer, %B412 ], [ %.974, %gram.2 ]
  %.952 = phi <8 x float> [ zeroinitializer, %B412 ], [ %.983, %gram.2 ]
  %.953 = phi <8 x float> [ zeroinitializer, %B412 ], [ %.992, %gram.2 ]
  %.954 = phi <8 x float> [ zeroinitializer, %B412 ], [ %.1001, %gram.2 ]
  %.955 = phi <8 x float> [ zeroinitializer, %B412 ], [ %.1010, %gram.2 ]
  %.956 = phi <8 x float> [ zeroinitializer, %B412 ], [ %.1019, %gram.2 ]
  %.957 = phi <8 x float> [ zeroinitializer, %B412 ], [ %.1028, %gram.2 ]
  %.958 = phi <8 x float> [ zeroinitializer, %B412 ], [ %.1037, %gram.2 ]
  %.959 = mul i64 %.950, %arg.U.5.1
  %31 = getelementptr float, ptr %arg.U.4, i64 %.959
  %.963 = getelementptr float, ptr %31, i64 %.913
  %.965 = load <8 x float>, ptr %.963, align 4
  %32 = getelementptr float, ptr %arg.U.4, i64 %.959
  %.969 = getelementptr float, ptr %32, i64 %.913
  %.970 = load float, ptr %.969, align 4
  %.971 = insertelement <8 x float> poison, float %.970, i64 0
  %.972 = shufflevector <8 x float> %.971, <8 x float> poison, <8 x i32> zeroinitializer
  %.973 = fmul contract <8 x float> %.972, %.965
  %.974 = fadd contract <8 x float> %.951, %.973
  %33 = getelementptr float, ptr %arg.U.4, i64 %.959
  %.978 = getelementptr float, ptr %33, i64 %.926
  %.979 = load float, ptr %.978, align 4
  %.980 = insertelement <8 x float> poison, float %.979, i64 0
  %.981 = shufflevector <8 x float> %.980, <8 x float> poison, <8 x i32> zeroinitializer
  %.982 = fmul contract <8 x float> %.981, %.965
  %.983 = fadd contract <8 x float> %.952, %.982
  %34 = getelementptr float, ptr %arg.U.4, i64 %.959
  %.987 = getelementptr float, ptr %34, i64 %.927
  %.988 = load float, ptr %.987, align 4
  %.989 = insertelement <8 x float> poison, float %.988, i64 0
  %.990 = shufflevector <8 x float> %.989, <8 x float> poison, <8 x i32> zeroinitializer
  %.991 = fmul contract <8 x float> %.990, %.965
  %.992 = fadd contract <8 x float> %.953, %.991
  %35 = getelementptr float, ptr %arg.U.4, i64 %.959
  %.996 = getelementptr float, ptr %35, i64 %.928
  %.997 = load float, ptr %.996, align 4
  %.998 = insertelement <8 x float> poison, float %.997, i64 0
  %.999 = shufflevector <8 x float> %.998, <8 x float> poison, <8 x i32> zeroinitializer
  %.1000 = fmul contract <8 x float> %.999, %.965
  %.1001 = fadd contract <8 x float> %.954, %.1000
  %36 = getelementptr float, ptr %arg.U.4, i64 %.959
  %.1005 = getelementptr float, ptr %36, i64 %.929
  %.1006 = load float, ptr %.1005, align 4
  %.1007 = insertelement <8 x float> poison, float %.1006, i64 0
  %.1008 = shufflevector <8 x float> %.1007, <8 x float> poison, <8 x i32> zeroinitializer
  %.1009 = fmul contract <8 x float> %.1008, %.965
  %.1010 = fadd contract <8 x float> %.955, %.1009
  %37 = getelementptr float, ptr %arg.U.4, i64 %.959
  %.1014 = getelementptr float, ptr %37, i64 %.930
  %.1015 = load float, ptr %.1014, align 4
  %.1016 = insertelement <8 x float> poison, float %.1015, i64 0
  %.1017 = shufflevector <8 x float> %.1016, <8 x float> poison, <8 x i32> zeroinitializer
  %.1018 = fmul contract <8 x float> %.1017, %.965
  %.1019 = fadd contract <8 x float> %.956, %.1018
  %38 = getelementptr float, ptr %arg.U.4, i64 %.959
  %.1023 = getelementptr float, ptr %38, i64 %.931
  %.1024 = load float, ptr %.1023, align 4
  %.1025 = insertelement <8 x float> poison, float %.1024, i64 0
  %.1026 = shufflevector <8 x float> %.1025, <8 x float> poison, <8 x i32> zeroinitializer
  %.1027 = fmul contract <8 x float> %.1026, %.965
  %.1028 = fadd contract <8 x float> %.957, %.1027
  %39 = getelementptr float, ptr %arg.U.4, i64 %.959
  %.1032 = getelementptr float, ptr %39, i64 %.932
  %.1033 = load float, ptr %.1032, align 4
  %.1034 = insertelement <8 x float> poison, float %.1033, i64 0
  %.1035 = shufflevector <8 x float> %.1034, <8 x float> poison, <8 x i32> zeroinitializer
  %.1036 = fmul contract <8 x float> %.1035, %.965
  %.1037 = fadd contract <8 x float> %.958, %.1036
  %.1038 = add i64 %.950, 1
  %.1039 = icmp slt i64 %.1038, %.365
  br i1 %.1039, label %gram.2, label %gram.end.2

gram.end.2:                                       ; preds = %gram.2
  %.913612 = add i64 %arg.G.5.1, 1
  %.1044 = mul i64 %.913, %.913612
  %.1045 = getelementptr float, ptr %arg.G.4, i64 %.1044
  store <8 x float> %.974, ptr %.1045, align 4
  %.1050 = mul i64 %.926, %arg.G.5.1
  %40 = getelementptr float, ptr %arg.G.4, i64 %.1050
  %.1052 = getelementptr float, ptr %40, i64 %.913
  store <8 x float> %.983, ptr %.1052, align 4
  %.1057 = mul i64 %.927, %arg.G.5.1
  %41 = getelementptr float, ptr %arg.G.4, i64 %.1057
  %.1059 = getelementptr float, ptr %41, i64 %.913
  store <8 x float> %.992, ptr %.1059, align 4
  %.1064 = mul i64 %.928, %arg.G.5.1
  %42 = getelementptr float, ptr %arg.G.4, i64 %.1064
  %.1066 = getelementptr float, ptr %42, i64 %.913
  store <8 x float> %.1001, ptr %.1066, align 4
  %.1071 = mul i64 %.929, %arg.G.5.1
  %43 = getelementptr float, ptr %arg.G.4, i64 %.1071
  %.1073 = getelementptr float, ptr %43, i64 %.913
  store <8 x float> %.1010, ptr %.1073, align 4
  %.1078 = mul i64 %.930, %arg.G.5.1
  %44 = getelementptr float, ptr %arg.G.4, i64 %.1078
  %.1080 = getelementptr float, ptr %44, i64 %.913
  store <8 x float> %.1019, ptr %.1080, align 4
  %.1085 = mul i64 %.931, %arg.G.5.1
  %45 = getelementptr float, ptr %arg.G.4, i64 %.1085
  %.1087 = getelementptr float, ptr %45, i64 %.913
  store <8 x float> %.1028, ptr %.1087, align 4
  %.1092 = mul i64 %.932, %arg.G.5.1
  %46 = getelementptr float, ptr %arg.G.4, i64 %.1092
  %.1094 = getelementptr float, ptr %46, i64 %.913
  store <8 x float> %.1037, ptr %.1094, align 4
  br label %B240

B488.if:                                          ; preds = %B488
  br label %common.ret

B488.endif:                                       ; preds = %B488
  %.1145 = icmp slt i64 %arg.basis.5.1, 1
  br i1 %.1145, label %B488.endif.if, label %B488.endif.else

B488.endif.if:                                    ; preds = %B488.endif
  br label %B488.endif.endif

B488.endif.else:                                  ; preds = %B488.endif
  br label %B488.endif.endif

B488.endif.endif:                                 ; preds = %B488.endif.else, %B488.endif.if
  %storemerge607 = phi i64 [ %arg.basis.5.1, %B488.endif.else ], [ 0, %B488.endif.if ]
  store i64 %storemerge607, ptr %.1134, align 8
  br label %B532

B532.if:                                          ; preds = %B532
  %.1193 = load i64, ptr %.1131, align 8
  %.1196 = add nsw i64 %.1186, -1
  store i64 %.1196, ptr %.1134, align 8
  %.1200 = add i64 %.1193, 1
  store i64 %.1200, ptr %.1131, align 8
  br label %B532.endif

B532.endif:                                       ; preds = %B532.if, %B532
  %.1177.sroa.0.0 = phi i64 [ %.1193, %B532.if ], [ 0, %B532 ]
  br i1 %.1187, label %B534, label %B564

B564.endif.if:                                    ; preds = %B564
  br label %common.ret

B564.endif.endif:                                 ; preds = %B564
  %.1335 = icmp slt i64 %arg.basis.5.1, 1
  br i1 %.1335, label %B564.endif.endif.if, label %B564.endif.endif.else

B564.endif.endif.if:                              ; preds = %B564.endif.endif
  br label %B564.endif.endif.endif

B564.endif.endif.else:                            ; preds = %B564.endif.endif
  br label %B564.endif.endif.endif

B564.endif.endif.endif:                           ; preds = %B564.endif.endif.else, %B564.endif.endif.if
  %storemerge608 = phi i64 [ %arg.basis.5.1, %B564.endif.endif.else ], [ 0, %B564.endif.endif.if ]
  store i64 %storemerge608, ptr %.1324, align 8
  br label %B656

B656.if:                                          ; preds = %B656
  %.1383 = load i64, ptr %.1321, align 8
  %.1386 = add nsw i64 %.1376, -1
  store i64 %.1386, ptr %.1324, align 8
  %.1390 = add i64 %.1383, 1
  store i64 %.1390, ptr %.1321, align 8
  br label %B656.endif

B656.endif:                                       ; preds = %B656.if, %B656
  %.1367.sroa.0.0 = phi i64 [ %.1383, %B656.if ], [ 0, %B656 ]
  br i1 %.1377, label %B658, label %B752

B752.if:                                          ; preds = %B752
  %.1745 = icmp sgt i32 %.1737, 0
  %.1738 = load ptr, ptr %excinfo.2, align 8
  %.1746 = select i1 %.1745, ptr %.1738, ptr undef
  store ptr %.1746, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B752.endif

B752.endif:                                       ; preds = %B752.if, %B752
  br label %B798
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.basis.0, ptr %arg.basis.1, i64 %arg.basis.2, i64 %arg.basis.3, ptr %arg.basis.4, i64 %arg.basis.5.0, i64 %arg.basis.5.1, i64 %arg.basis.6.0, i64 %arg.basis.6.1, i64 %arg.start, i64 %arg.count, ptr %arg.elements.0, ptr %arg.elements.1, i64 %arg.elements.2, i64 %arg.elements.3, ptr %arg.elements.4, i64 %arg.elements.5.0, i64 %arg.elements.5.1, i64 %arg.elements.6.0, i64 %arg.elements.6.1, float %arg.least, float %arg.model, ptr %arg.roots.0, ptr %arg.roots.1, i64 %arg.roots.2, i64 %arg.roots.3, ptr %arg.roots.4, i64 %arg.roots.5.0, i64 %arg.roots.6.0, ptr %arg.U.0, ptr %arg.U.1, i64 %arg.U.2, i64 %arg.U.3, ptr %arg.U.4, i64 %arg.U.5.0, i64 %arg.U.5.1, i64 %arg.U.6.0, i64 %arg.U.6.1) {
entry:
  %.112 = alloca i64, align 8
  store i64 0, ptr %.112, align 8
  %.115 = alloca i64, align 8
  store i64 0, ptr %.115, align 8
  %.268 = alloca float, align 4
  store float 0.000000e+00, ptr %.268, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.364 = alloca i64, align 8
  store i64 0, ptr %.364, align 8
  %.367 = alloca i64, align 8
  store i64 0, ptr %.367, align 8
  %.548 = alloca i64, align 8
  store i64 0, ptr %.548, align 8
  %.551 = alloca i64, align 8
  store i64 0, ptr %.551, align 8
  %.813 = alloca float, align 4
  store float 0.000000e+00, ptr %.813, align 4
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  store i64 0, ptr %.112, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B60:                                              ; preds = %B62.endif, %B0.endif.endif
  %.169 = load i64, ptr %.115, align 8
  %.170 = icmp sgt i64 %.169, 0
  br i1 %.170, label %B60.if, label %B60.endif

B62:                                              ; preds = %B60.endif
  %.210 = fadd reassoc contract float %arg.least, %arg.model
  %.213 = add nsw i64 %arg.start, %.160.sroa.0.0
  %.240 = icmp slt i64 %.213, 0
  %.241 = select i1 %.240, i64 %arg.elements.5.0, i64 0
  %.242 = add i64 %.213, %.241
  %.262 = mul i64 %.242, %arg.elements.5.1
  %0 = getelementptr i32, ptr %arg.elements.4, i64 %.262
  %.266 = getelementptr i8, ptr %0, i64 4
  %.267 = load i32, ptr %.266, align 4
  store float 0.000000e+00, ptr %.268, align 4
  %.272 = call i32 @part2(ptr nonnull %.268, ptr nonnull %excinfo.1, i32 %.267)
  %.274 = icmp ne i32 %.272, 0
  %.275 = icmp ne i32 %.272, -2
  %.278.not = and i1 %.274, %.275
  %.282 = load float, ptr %.268, align 4
  br i1 %.278.not, label %B62.if, label %B62.endif, !prof !0

B168:                                             ; preds = %B60.endif
  store i64 0, ptr %.364, align 8
  br i1 false, label %B168.if, label %B168.endif, !prof !0

B198:                                             ; preds = %B382.endif, %B168.endif.endif
  %.419 = load i64, ptr %.367, align 8
  %.420 = icmp sgt i64 %.419, 0
  br i1 %.420, label %B198.if, label %B198.endif

B200:                                             ; preds = %B198.endif
  %.463 = add nsw i64 %arg.start, %.410.sroa.0.0
  %.490 = icmp slt i64 %.463, 0
  %.491 = select i1 %.490, i64 %arg.elements.5.0, i64 0
  %.492 = add i64 %.463, %.491
  %.512 = mul i64 %.492, %arg.elements.5.1
  %1 = getelementptr i32, ptr %arg.elements.4, i64 %.512
  %.516 = getelementptr i8, ptr %1, i64 4
  %.517 = load i32, ptr %.516, align 4
  %2 = and i32 %.517, 16777215
  %.520 = zext nneg i32 %2 to i64
  store i64 0, ptr %.548, align 8
  br i1 false, label %B200.if, label %B200.endif, !prof !0

B324:                                             ; preds = %B200.endif.endif, %B326
  %.603 = load i64, ptr %.551, align 8
  %.604 = icmp sgt i64 %.603, 0
  br i1 %.604, label %B324.if, label %B324.endif

B326:                                             ; preds = %B324.endif
  %.656 = icmp slt i64 %.410.sroa.0.0, 0
  %.657 = select i1 %.656, i64 %arg.roots.5.0, i64 0
  %3 = getelementptr float, ptr %arg.roots.4, i64 %.410.sroa.0.0
  %.671 = getelementptr float, ptr %3, i64 %.657
  %.672 = load float, ptr %.671, align 4
  %.693 = mul i64 %arg.basis.5.1, %.520
  %.703 = mul i64 %.410.sroa.0.0, %arg.U.5.1
  %4 = getelementptr float, ptr %arg.basis.4, i64 %.693
  %.707 = getelementptr float, ptr %4, i64 %.594.sroa.0.0
  %.709 = load <16 x float>, ptr %.707, align 4
  %.710 = insertelement <16 x float> poison, float %.672, i64 0
  %.711 = shufflevector <16 x float> %.710, <16 x float> poison, <16 x i32> zeroinitializer
  %.712 = fmul reassoc contract <16 x float> %.709, %.711
  %5 = getelementptr float, ptr %arg.U.4, i64 %.703
  %.715 = getelementptr float, ptr %5, i64 %.594.sroa.0.0
  store <16 x float> %.712, ptr %.715, align 4
  br label %B324

B382:                                             ; preds = %B324.endif
  %.739 = icmp slt i64 %.410.sroa.0.0, 0
  %.740 = select i1 %.739, i64 %arg.roots.5.0, i64 0
  %6 = getelementptr float, ptr %arg.roots.4, i64 %.410.sroa.0.0
  %.754 = getelementptr float, ptr %6, i64 %.740
  %.755 = load float, ptr %.754, align 4
  %.758 = add nsw i64 %arg.start, %.410.sroa.0.0
  %.785 = icmp slt i64 %.758, 0
  %.786 = select i1 %.785, i64 %arg.elements.5.0, i64 0
  %.787 = add i64 %.758, %.786
  %.807 = mul i64 %.787, %arg.elements.5.1
  %.811 = getelementptr i32, ptr %arg.elements.4, i64 %.807
  %.812 = load i32, ptr %.811, align 4
  store float 0.000000e+00, ptr %.813, align 4
  %.817 = call i32 @part3(ptr nonnull %.813, ptr nonnull %excinfo.2, i32 %.812, i32 0)
  %.819 = icmp ne i32 %.817, 0
  %.820 = icmp ne i32 %.817, -2
  %.823.not = and i1 %.819, %.820
  %.827 = load float, ptr %.813, align 4
  br i1 %.823.not, label %B382.if, label %B382.endif, !prof !0

common.ret:                                       ; preds = %B382.if, %B62.if, %B200.if, %B168.if, %B0.if, %B476
  %common.ret.op = phi i32 [ 0, %B476 ], [ poison, %B0.if ], [ %.272, %B62.if ], [ poison, %B168.if ], [ poison, %B200.if ], [ %.817, %B382.if ]
  ret i32 %common.ret.op

B476:                                             ; preds = %B198.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.126 = icmp slt i64 %arg.count, 1
  br i1 %.126, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.count, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.115, align 8
  br label %B60

B60.if:                                           ; preds = %B60
  %.176 = load i64, ptr %.112, align 8
  %.179 = add nsw i64 %.169, -1
  store i64 %.179, ptr %.115, align 8
  %.183 = add i64 %.176, 1
  store i64 %.183, ptr %.112, align 8
  br label %B60.endif

B60.endif:                                        ; preds = %B60.if, %B60
  %.160.sroa.0.0 = phi i64 [ %.176, %B60.if ], [ 0, %B60 ]
  br i1 %.170, label %B62, label %B168

B62.if:                                           ; preds = %B62
  %.280 = icmp sgt i32 %.272, 0
  %.273 = load ptr, ptr %excinfo.1, align 8
  %.281 = select i1 %.280, ptr %.273, ptr undef
  store ptr %.281, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B62.endif

B62.endif:                                        ; preds = %B62.if, %B62
  %.293 = fadd reassoc contract float %.282, %arg.model
  %.297 = fdiv reassoc contract float %.210, %.293
  %.298 = call reassoc contract float @llvm.sqrt.f32(float %.297)
  %.312 = icmp slt i64 %.160.sroa.0.0, 0
  %.313 = select i1 %.312, i64 %arg.roots.5.0, i64 0
  %7 = getelementptr float, ptr %arg.roots.4, i64 %.160.sroa.0.0
  %.327 = getelementptr float, ptr %7, i64 %.313
  store float %.298, ptr %.327, align 4
  br label %B60

B168.if:                                          ; preds = %B168
  br label %common.ret

B168.endif:                                       ; preds = %B168
  %.378 = icmp slt i64 %arg.count, 1
  br i1 %.378, label %B168.endif.if, label %B168.endif.else

B168.endif.if:                                    ; preds = %B168.endif
  br label %B168.endif.endif

B168.endif.else:                                  ; preds = %B168.endif
  br label %B168.endif.endif

B168.endif.endif:                                 ; preds = %B168.endif.else, %B168.endif.if
  %storemerge315 = phi i64 [ %arg.count, %B168.endif.else ], [ 0, %B168.endif.if ]
  store i64 %storemerge315, ptr %.367, align 8
  br label %B198

B198.if:                                          ; preds = %B198
  %.426 = load i64, ptr %.364, align 8
  %.429 = add nsw i64 %.419, -1
  store i64 %.429, ptr %.367, align 8
  %.433 = add i64 %.426, 1
  store i64 %.433, ptr %.364, align 8
  br label %B198.endif

B198.endif:                                       ; preds = %B198.if, %B198
  %.410.sroa.0.0 = phi i64 [ %.426, %B198.if ], [ 0, %B198 ]
  br i1 %.420, label %B200, label %B476

B200.if:                                          ; preds = %B200
  br label %common.ret

B200.endif:                                       ; preds = %B200
  %.562 = icmp slt i64 %arg.basis.5.1, 1
  br i1 %.562, label %B200.endif.if, label %B200.endif.else

B200.endif.if:                                    ; preds = %B200.endif
  br label %B200.endif.endif

B200.endif.else:                                  ; preds = %B200.endif
  %8 = add nuw i64 %arg.basis.5.1, 15
  %.583 = lshr i64 %8, 4
  br label %B200.endif.endif

B200.endif.endif:                                 ; preds = %B200.endif.else, %B200.endif.if
  %storemerge317 = phi i64 [ %.583, %B200.endif.else ], [ 0, %B200.endif.if ]
  store i64 %storemerge317, ptr %.551, align 8
  br label %B324

B324.if:                                          ; preds = %B324
  %.610 = load i64, ptr %.548, align 8
  %.613 = add nsw i64 %.603, -1
  store i64 %.613, ptr %.551, align 8
  %.617 = add i64 %.610, 16
  store i64 %.617, ptr %.548, align 8
  br label %B324.endif

B324.endif:                                       ; preds = %B324.if, %B324
  %.594.sroa.0.0 = phi i64 [ %.610, %B324.if ], [ 0, %B324 ]
  br i1 %.604, label %B326, label %B382

B382.if:                                          ; preds = %B382
  %.825 = icmp sgt i32 %.817, 0
  %.818 = load ptr, ptr %excinfo.2, align 8
  %.826 = select i1 %.825, ptr %.818, ptr undef
  store ptr %.826, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B382.endif

B382.endif:                                       ; preds = %B382.if, %B382
  %.837 = fmul reassoc contract float %.755, %.827
  %.864 = icmp slt i64 %.410.sroa.0.0, 0
  %.865 = select i1 %.864, i64 %arg.U.5.0, i64 0
  %.866 = add i64 %.410.sroa.0.0, %.865
  %.867 = icmp slt i64 %arg.basis.5.1, 0
  %.868 = select i1 %.867, i64 %arg.U.5.1, i64 0
  %.886 = mul i64 %.866, %arg.U.5.1
  %9 = getelementptr float, ptr %arg.U.4, i64 %.886
  %10 = getelementptr float, ptr %9, i64 %arg.basis.5.1
  %.890 = getelementptr float, ptr %10, i64 %.868
  store float %.837, ptr %.890, align 4
  br label %B198
}

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.element) {
entry:
  %.13 = alloca float, align 4
  store float 0.000000e+00, ptr %.13, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %0 = lshr i32 %arg.element, 1
  %1 = and i32 %0, 2139095040
  %2 = or disjoint i32 %1, 2796203
  %.12 = zext nneg i32 %2 to i64
  store float 0.000000e+00, ptr %.13, align 4
  %.17 = call i32 @part5(ptr nonnull %.13, ptr nonnull %excinfo.1, i64 %.12, i32 0)
  %.19 = icmp ne i32 %.17, 0
  %.20 = icmp ne i32 %.17, -2
  %.23.not = and i1 %.19, %.20
  %.27 = load float, ptr %.13, align 4
  br i1 %.23.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.25 = icmp sgt i32 %.17, 0
  %.18 = load ptr, ptr %excinfo.1, align 8
  %.26 = select i1 %.25, ptr %.18, ptr undef
  store ptr %.26, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.17, %B0.if ]
  ret i32 %common.ret.op

B0.endif:                                         ; preds = %B0.if, %entry
  store float %.27, ptr %retptr, align 4
  br label %common.ret
}

define internal i32 @part3(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.bits, i32 %arg.kind) {
entry:
  %.6 = alloca float, align 4
  store float 0.000000e+00, ptr %.6, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store float 0.000000e+00, ptr %.6, align 4
  %.10 = call i32 @part4(ptr nonnull %.6, ptr nonnull %excinfo.1, i32 %arg.bits, ptr null)
  %.12 = icmp ne i32 %.10, 0
  %.13 = icmp ne i32 %.10, -2
  %.16.not = and i1 %.12, %.13
  %.20 = load float, ptr %.6, align 4
  br i1 %.16.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.18 = icmp sgt i32 %.10, 0
  %.11 = load ptr, ptr %excinfo.1, align 8
  %.19 = select i1 %.18, ptr %.11, ptr undef
  store ptr %.19, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.10, %B0.if ]
  ret i32 %common.ret.op

B0.endif:                                         ; preds = %B0.if, %entry
  store float %.20, ptr %retptr, align 4
  br label %common.ret
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare float @llvm.sqrt.f32(float) #0

define internal i32 @part4(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.scalar, ptr %arg.viewty) {
entry:
  store i32 %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part5(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.bits, i32 %arg.kind) {
entry:
  %.7 = alloca float, align 4
  store float 0.000000e+00, ptr %.7, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.6 = trunc i64 %arg.bits to i32
  store float 0.000000e+00, ptr %.7, align 4
  %.11 = call i32 @part4(ptr nonnull %.7, ptr nonnull %excinfo.1, i32 %.6, ptr null)
  %.13 = icmp ne i32 %.11, 0
  %.14 = icmp ne i32 %.11, -2
  %.17.not = and i1 %.13, %.14
  %.21 = load float, ptr %.7, align 4
  br i1 %.17.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.19 = icmp sgt i32 %.11, 0
  %.12 = load ptr, ptr %excinfo.1, align 8
  %.20 = select i1 %.19, ptr %.12, ptr undef
  store ptr %.20, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.11, %B0.if ]
  ret i32 %common.ret.op

B0.endif:                                         ; preds = %B0.if, %entry
  store float %.21, ptr %retptr, align 4
  br label %common.ret
}

define internal i32 @part6(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.G.0, ptr %arg.G.1, i64 %arg.G.2, i64 %arg.G.3, ptr %arg.G.4, i64 %arg.G.5.0, i64 %arg.G.5.1, i64 %arg.G.6.0, i64 %arg.G.6.1, ptr %arg.y.0, ptr %arg.y.1, i64 %arg.y.2, i64 %arg.y.3, ptr %arg.y.4, i64 %arg.y.5.0, i64 %arg.y.6.0, ptr %arg.side.0, ptr %arg.side.1, i64 %arg.side.2, i64 %arg.side.3, ptr %arg.side.4, i64 %arg.side.5.0, i64 %arg.side.6.0) {
entry:
  %.78 = alloca i64, align 8
  store i64 0, ptr %.78, align 8
  %.81 = alloca i64, align 8
  store i64 0, ptr %.81, align 8
  %.458 = alloca i64, align 8
  store i64 0, ptr %.458, align 8
  %.461 = alloca i64, align 8
  store i64 0, ptr %.461, align 8
  %.621 = alloca i64, align 8
  store i64 0, ptr %.621, align 8
  %.624 = alloca i64, align 8
  store i64 0, ptr %.624, align 8
  %.846 = alloca i64, align 8
  store i64 0, ptr %.846, align 8
  %.849 = alloca i64, align 8
  store i64 0, ptr %.849, align 8
  %.1050 = alloca i64, align 8
  store i64 0, ptr %.1050, align 8
  %.1053 = alloca i64, align 8
  store i64 0, ptr %.1053, align 8
  %.1279 = alloca i64, align 8
  store i64 0, ptr %.1279, align 8
  %.1282 = alloca i64, align 8
  store i64 0, ptr %.1282, align 8
  store i64 0, ptr %.78, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B64:                                              ; preds = %B0.endif.endif, %B502
  %.135 = load i64, ptr %.81, align 8
  %.136 = icmp sgt i64 %.135, 0
  br i1 %.136, label %B64.if, label %B64.endif

B66:                                              ; preds = %B64.endif
  %.201 = icmp slt i64 %.126.sroa.0.0, 0
  %.202 = select i1 %.201, i64 %arg.G.5.0, i64 0
  %.203 = add i64 %.126.sroa.0.0, %.202
  %.204 = icmp slt i64 %.126.sroa.0.0, 0
  %.205 = select i1 %.204, i64 %arg.G.5.1, i64 0
  %.223 = mul i64 %.203, %arg.G.5.1
  %0 = getelementptr float, ptr %arg.G.4, i64 %.223
  %1 = getelementptr float, ptr %0, i64 %.126.sroa.0.0
  %.227 = getelementptr float, ptr %1, i64 %.205
  %.228 = load float, ptr %.227, align 4
  %.229 = fcmp reassoc contract ogt float %.228, 0.000000e+00
  br i1 %.229, label %B112, label %B106

common.ret:                                       ; preds = %B546.if, %B504.if, %B396.if, %B250.endif.if, %B112.endif.endif.if, %B0.if, %B694, %B106
  ret i32 0

B106:                                             ; preds = %B66
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B112:                                             ; preds = %B66
  %.269 = icmp slt i64 %.126.sroa.0.0, 0
  %.270 = select i1 %.269, i64 %arg.G.5.0, i64 0
  %.271 = add i64 %.126.sroa.0.0, %.270
  %.272 = icmp slt i64 %.126.sroa.0.0, 0
  %.273 = select i1 %.272, i64 %arg.G.5.1, i64 0
  %.291 = mul i64 %.271, %arg.G.5.1
  %2 = getelementptr float, ptr %arg.G.4, i64 %.291
  %3 = getelementptr float, ptr %2, i64 %.126.sroa.0.0
  %.295 = getelementptr float, ptr %3, i64 %.273
  %.296 = load float, ptr %.295, align 4
  %.300 = fdiv reassoc contract float 1.000000e+00, %.296
  br i1 false, label %B112.endif.endif, label %B112.endif.else, !prof !0

B248:                                             ; preds = %B112.endif.endif.endif.endif, %B394
  %.513 = load i64, ptr %.461, align 8
  %.514 = icmp sgt i64 %.513, 0
  br i1 %.514, label %B248.if, label %B248.endif

B250:                                             ; preds = %B248.endif
  br i1 false, label %B250.endif, label %B250.else, !prof !0

B328:                                             ; preds = %B250.endif.endif.endif, %B330
  %.676 = load i64, ptr %.624, align 8
  %.677 = icmp sgt i64 %.676, 0
  br i1 %.677, label %B328.if, label %B328.endif

B330:                                             ; preds = %B328.endif
  %.739 = icmp slt i64 %.126.sroa.0.0, 0
  %.740 = select i1 %.739, i64 %arg.G.5.0, i64 0
  %.741 = add i64 %.126.sroa.0.0, %.740
  %.742 = icmp slt i64 %.504.sroa.0.0, 0
  %.743 = select i1 %.742, i64 %arg.G.5.1, i64 0
  %.761 = mul i64 %.741, %arg.G.5.1
  %4 = getelementptr float, ptr %arg.G.4, i64 %.761
  %5 = getelementptr float, ptr %4, i64 %.504.sroa.0.0
  %.765 = getelementptr float, ptr %5, i64 %.743
  %.766 = load float, ptr %.765, align 4
  %.768 = fmul reassoc contract float %.766, %.300
  %.784 = mul i64 %.126.sroa.0.0, %arg.G.5.1
  %.786 = mul i64 %.504.sroa.0.0, %arg.G.5.1
  %.787 = add i64 %.786, %.667.sroa.0.0
  %6 = getelementptr float, ptr %arg.G.4, i64 %.784
  %.790 = getelementptr float, ptr %6, i64 %.667.sroa.0.0
  %.792 = load <8 x float>, ptr %.790, align 4
  %.795 = getelementptr float, ptr %arg.G.4, i64 %.787
  %.797 = load <8 x float>, ptr %.795, align 4
  %.798 = insertelement <8 x float> poison, float %.768, i64 0
  %.799 = shufflevector <8 x float> %.798, <8 x float> poison, <8 x i32> zeroinitializer
  %.800 = fmul contract <8 x float> %.799, %.792
  %.803 = fsub contract <8 x float> %.797, %.800
  %.804 = getelementptr float, ptr %arg.G.4, i64 %.787
  store <8 x float> %.803, ptr %.804, align 4
  br label %B328

B394:                                             ; preds = %B328.endif
  br label %B248

B396:                                             ; preds = %B248.endif
  store i64 %quot.0, ptr %.846, align 8
  %.859 = sub i64 %arg.side.5.0, %quot.0
  br i1 false, label %B396.if, label %B396.endif, !prof !0

B440:                                             ; preds = %B396.endif.endif, %B442
  %.901 = load i64, ptr %.849, align 8
  %.902 = icmp sgt i64 %.901, 0
  br i1 %.902, label %B440.if, label %B440.endif

B442:                                             ; preds = %B440.endif
  %.954 = icmp slt i64 %.126.sroa.0.0, 0
  %.955 = select i1 %.954, i64 %arg.y.5.0, i64 0
  %7 = getelementptr float, ptr %arg.y.4, i64 %.126.sroa.0.0
  %.969 = getelementptr float, ptr %7, i64 %.955
  %.970 = load float, ptr %.969, align 4
  %.972 = fmul reassoc contract float %.970, %.300
  %.988 = mul i64 %.126.sroa.0.0, %arg.G.5.1
  %.990 = mul i64 %arg.side.5.0, %arg.G.5.1
  %.991 = add i64 %.990, %.892.sroa.0.0
  %8 = getelementptr float, ptr %arg.G.4, i64 %.988
  %.994 = getelementptr float, ptr %8, i64 %.892.sroa.0.0
  %.996 = load <8 x float>, ptr %.994, align 4
  %.999 = getelementptr float, ptr %arg.G.4, i64 %.991
  %.1001 = load <8 x float>, ptr %.999, align 4
  %.1002 = insertelement <8 x float> poison, float %.972, i64 0
  %.1003 = shufflevector <8 x float> %.1002, <8 x float> poison, <8 x i32> zeroinitializer
  %.1004 = fmul contract <8 x float> %.1003, %.996
  %.1007 = fsub contract <8 x float> %.1001, %.1004
  %.1008 = getelementptr float, ptr %arg.G.4, i64 %.991
  store <8 x float> %.1007, ptr %.1008, align 4
  br label %B440

B502:                                             ; preds = %B440.endif
  br label %B64

B504:                                             ; preds = %B64.endif
  %.1026 = add nsw i64 %arg.side.5.0, -1
  store i64 %.1026, ptr %.1050, align 8
  br i1 false, label %B504.if, label %B504.endif, !prof !0

B544:                                             ; preds = %B664, %B504.endif.endif
  %.1105 = load i64, ptr %.1053, align 8
  %.1106 = icmp sgt i64 %.1105, 0
  br i1 %.1106, label %B544.if, label %B544.endif

B546:                                             ; preds = %B544.endif
  %.1166 = icmp slt i64 %.1096.sroa.0.0, 0
  %.1167 = select i1 %.1166, i64 %arg.G.5.0, i64 0
  %.1168 = add i64 %.1096.sroa.0.0, %.1167
  %.1185 = mul i64 %.1168, %arg.G.5.1
  %.1187 = getelementptr float, ptr %arg.G.4, i64 %.1185
  %.1230 = icmp slt i64 %.1096.sroa.0.0, 0
  %.1231 = select i1 %.1230, i64 %arg.y.5.0, i64 0
  %9 = getelementptr float, ptr %arg.y.4, i64 %.1096.sroa.0.0
  %.1245 = getelementptr float, ptr %9, i64 %.1231
  %.1246 = load float, ptr %.1245, align 4
  %.1254 = add nsw i64 %.1096.sroa.0.0, 1
  store i64 %.1254, ptr %.1279, align 8
  %.1292 = sub i64 %arg.side.5.0, %.1254
  br i1 false, label %B546.if, label %B546.endif, !prof !0

B618:                                             ; preds = %B546.endif.endif, %B620
  %rest.2.1 = phi float [ %.1246, %B546.endif.endif ], [ %.1435, %B620 ]
  %.1334 = load i64, ptr %.1282, align 8
  %.1335 = icmp sgt i64 %.1334, 0
  br i1 %.1335, label %B618.if, label %B618.endif

B620:                                             ; preds = %B618.endif
  %.1386 = icmp slt i64 %.1325.sroa.0.0, 0
  %.1387 = select i1 %.1386, i64 %arg.G.5.1, i64 0
  %10 = getelementptr float, ptr %.1187, i64 %.1325.sroa.0.0
  %.1401 = getelementptr float, ptr %10, i64 %.1387
  %.1402 = load float, ptr %.1401, align 4
  %.1416 = icmp slt i64 %.1325.sroa.0.0, 0
  %.1417 = select i1 %.1416, i64 %arg.side.5.0, i64 0
  %11 = getelementptr float, ptr %arg.side.4, i64 %.1325.sroa.0.0
  %.1431 = getelementptr float, ptr %11, i64 %.1417
  %.1432 = load float, ptr %.1431, align 4
  %.1433 = fmul reassoc contract float %.1402, %.1432
  %.1435 = fsub reassoc contract float %rest.2.1, %.1433
  br label %B618

B664:                                             ; preds = %B618.endif
  %.1457 = icmp slt i64 %.1096.sroa.0.0, 0
  %.1458 = select i1 %.1457, i64 %arg.G.5.1, i64 0
  %12 = getelementptr float, ptr %.1187, i64 %.1096.sroa.0.0
  %.1472 = getelementptr float, ptr %12, i64 %.1458
  %.1473 = load float, ptr %.1472, align 4
  %.1480 = fdiv reassoc contract float %rest.2.1, %.1473
  %.1497 = icmp slt i64 %.1096.sroa.0.0, 0
  %.1498 = select i1 %.1497, i64 %arg.side.5.0, i64 0
  %13 = getelementptr float, ptr %arg.side.4, i64 %.1096.sroa.0.0
  %.1512 = getelementptr float, ptr %13, i64 %.1498
  store float %.1480, ptr %.1512, align 4
  br label %B544

B694:                                             ; preds = %B544.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.92 = icmp slt i64 %arg.side.5.0, 1
  br i1 %.92, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.side.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.81, align 8
  br label %B64

B64.if:                                           ; preds = %B64
  %.142 = load i64, ptr %.78, align 8
  %.145 = add nsw i64 %.135, -1
  store i64 %.145, ptr %.81, align 8
  %.149 = add i64 %.142, 1
  store i64 %.149, ptr %.78, align 8
  br label %B64.endif

B64.endif:                                        ; preds = %B64.if, %B64
  %.126.sroa.0.0 = phi i64 [ %.142, %B64.if ], [ 0, %B64 ]
  br i1 %.136, label %B66, label %B504

B112.endif.else:                                  ; preds = %B112
  br i1 true, label %B112.endif.else.if, label %B112.endif.endif, !prof !1

B112.endif.endif:                                 ; preds = %B112.endif.else, %B112.endif.else.if, %B112
  %quot.0 = phi i64 [ poison, %B112 ], [ %17, %B112.endif.else.if ], [ poison, %B112.endif.else ]
  %.373 = icmp slt i64 %arg.side.5.0, 0
  %.374 = select i1 %.373, i64 %arg.G.5.0, i64 0
  %.375 = add i64 %arg.side.5.0, %.374
  %.376 = icmp slt i64 %.126.sroa.0.0, 0
  %.377 = select i1 %.376, i64 %arg.G.5.1, i64 0
  %.395 = mul i64 %.375, %arg.G.5.1
  %14 = getelementptr float, ptr %arg.G.4, i64 %.395
  %15 = getelementptr float, ptr %14, i64 %.126.sroa.0.0
  %.399 = getelementptr float, ptr %15, i64 %.377
  %.400 = load float, ptr %.399, align 4
  %.415 = icmp slt i64 %.126.sroa.0.0, 0
  %.416 = select i1 %.415, i64 %arg.y.5.0, i64 0
  %16 = getelementptr float, ptr %arg.y.4, i64 %.126.sroa.0.0
  %.430 = getelementptr float, ptr %16, i64 %.416
  store float %.400, ptr %.430, align 4
  %.433 = add nsw i64 %.126.sroa.0.0, 1
  store i64 %.433, ptr %.458, align 8
  %.471 = sub i64 %arg.side.5.0, %.433
  br i1 false, label %B112.endif.endif.if, label %B112.endif.endif.endif, !prof !0

B112.endif.else.if:                               ; preds = %B112.endif.else
  %17 = and i64 %.126.sroa.0.0, -8
  br label %B112.endif.endif

B112.endif.endif.if:                              ; preds = %B112.endif.endif
  br label %common.ret

B112.endif.endif.endif:                           ; preds = %B112.endif.endif
  %.472 = icmp slt i64 %.471, 1
  br i1 %.472, label %B112.endif.endif.endif.if, label %B112.endif.endif.endif.else

B112.endif.endif.endif.if:                        ; preds = %B112.endif.endif.endif
  br label %B112.endif.endif.endif.endif

B112.endif.endif.endif.else:                      ; preds = %B112.endif.endif.endif
  br label %B112.endif.endif.endif.endif

B112.endif.endif.endif.endif:                     ; preds = %B112.endif.endif.endif.else, %B112.endif.endif.endif.if
  %storemerge553 = phi i64 [ %.471, %B112.endif.endif.endif.else ], [ 0, %B112.endif.endif.endif.if ]
  store i64 %storemerge553, ptr %.461, align 8
  br label %B248

B248.if:                                          ; preds = %B248
  %.520 = load i64, ptr %.458, align 8
  %.523 = add nsw i64 %.513, -1
  store i64 %.523, ptr %.461, align 8
  %.527 = add i64 %.520, 1
  store i64 %.527, ptr %.458, align 8
  br label %B248.endif

B248.endif:                                       ; preds = %B248.if, %B248
  %.504.sroa.0.0 = phi i64 [ %.520, %B248.if ], [ 0, %B248 ]
  br i1 %.514, label %B250, label %B396

B250.else:                                        ; preds = %B250
  br i1 true, label %B250.else.if, label %B250.endif, !prof !1

B250.endif:                                       ; preds = %B250.else, %B250.else.if, %B250
  %quot.1.0 = phi i64 [ poison, %B250 ], [ %18, %B250.else.if ], [ poison, %B250.else ]
  store i64 %quot.1.0, ptr %.621, align 8
  %.634 = sub i64 %arg.side.5.0, %quot.1.0
  br i1 false, label %B250.endif.if, label %B250.endif.endif, !prof !0

B250.else.if:                                     ; preds = %B250.else
  %18 = and i64 %.504.sroa.0.0, -8
  br label %B250.endif

B250.endif.if:                                    ; preds = %B250.endif
  br label %common.ret

B250.endif.endif:                                 ; preds = %B250.endif
  %.635 = icmp slt i64 %.634, 1
  br i1 %.635, label %B250.endif.endif.if, label %B250.endif.endif.else

B250.endif.endif.if:                              ; preds = %B250.endif.endif
  br label %B250.endif.endif.endif

B250.endif.endif.else:                            ; preds = %B250.endif.endif
  %19 = add nuw i64 %.634, 7
  %.656 = lshr i64 %19, 3
  br label %B250.endif.endif.endif

B250.endif.endif.endif:                           ; preds = %B250.endif.endif.else, %B250.endif.endif.if
  %storemerge557 = phi i64 [ %.656, %B250.endif.endif.else ], [ 0, %B250.endif.endif.if ]
  store i64 %storemerge557, ptr %.624, align 8
  br label %B328

B328.if:                                          ; preds = %B328
  %.683 = load i64, ptr %.621, align 8
  %.686 = add nsw i64 %.676, -1
  store i64 %.686, ptr %.624, align 8
  %.690 = add i64 %.683, 8
  store i64 %.690, ptr %.621, align 8
  br label %B328.endif

B328.endif:                                       ; preds = %B328.if, %B328
  %.667.sroa.0.0 = phi i64 [ %.683, %B328.if ], [ 0, %B328 ]
  br i1 %.677, label %B330, label %B394

B396.if:                                          ; preds = %B396
  br label %common.ret

B396.endif:                                       ; preds = %B396
  %.860 = icmp slt i64 %.859, 1
  br i1 %.860, label %B396.endif.if, label %B396.endif.else

B396.endif.if:                                    ; preds = %B396.endif
  br label %B396.endif.endif

B396.endif.else:                                  ; preds = %B396.endif
  %20 = add nuw i64 %.859, 7
  %.881 = lshr i64 %20, 3
  br label %B396.endif.endif

B396.endif.endif:                                 ; preds = %B396.endif.else, %B396.endif.if
  %storemerge555 = phi i64 [ %.881, %B396.endif.else ], [ 0, %B396.endif.if ]
  store i64 %storemerge555, ptr %.849, align 8
  br label %B440

B440.if:                                          ; preds = %B440
  %.908 = load i64, ptr %.846, align 8
  %.911 = add nsw i64 %.901, -1
  store i64 %.911, ptr %.849, align 8
  %.915 = add i64 %.908, 8
  store i64 %.915, ptr %.846, align 8
  br label %B440.endif

B440.endif:                                       ; preds = %B440.if, %B440
  %.892.sroa.0.0 = phi i64 [ %.908, %B440.if ], [ 0, %B440 ]
  br i1 %.902, label %B442, label %B502

B504.if:                                          ; preds = %B504
  br label %common.ret

B504.endif:                                       ; preds = %B504
  %.1064 = icmp ugt i64 %arg.side.5.0, -9223372036854775808
  br i1 %.1064, label %B504.endif.if, label %B504.endif.else

B504.endif.if:                                    ; preds = %B504.endif
  br label %B504.endif.endif

B504.endif.else:                                  ; preds = %B504.endif
  br label %B504.endif.endif

B504.endif.endif:                                 ; preds = %B504.endif.else, %B504.endif.if
  %storemerge551 = phi i64 [ %arg.side.5.0, %B504.endif.else ], [ 0, %B504.endif.if ]
  store i64 %storemerge551, ptr %.1053, align 8
  br label %B544

B544.if:                                          ; preds = %B544
  %.1112 = load i64, ptr %.1050, align 8
  %.1115 = add nsw i64 %.1105, -1
  store i64 %.1115, ptr %.1053, align 8
  %.1119 = add i64 %.1112, -1
  store i64 %.1119, ptr %.1050, align 8
  br label %B544.endif

B544.endif:                                       ; preds = %B544.if, %B544
  %.1096.sroa.0.0 = phi i64 [ %.1112, %B544.if ], [ 0, %B544 ]
  br i1 %.1106, label %B546, label %B694

B546.if:                                          ; preds = %B546
  br label %common.ret

B546.endif:                                       ; preds = %B546
  %.1293 = icmp slt i64 %.1292, 1
  br i1 %.1293, label %B546.endif.if, label %B546.endif.else

B546.endif.if:                                    ; preds = %B546.endif
  br label %B546.endif.endif

B546.endif.else:                                  ; preds = %B546.endif
  br label %B546.endif.endif

B546.endif.endif:                                 ; preds = %B546.endif.else, %B546.endif.if
  %storemerge552 = phi i64 [ %.1292, %B546.endif.else ], [ 0, %B546.endif.if ]
  store i64 %storemerge552, ptr %.1282, align 8
  br label %B618

B618.if:                                          ; preds = %B618
  %.1341 = load i64, ptr %.1279, align 8
  %.1344 = add nsw i64 %.1334, -1
  store i64 %.1344, ptr %.1282, align 8
  %.1348 = add i64 %.1341, 1
  store i64 %.1348, ptr %.1279, align 8
  br label %B618.endif

B618.endif:                                       ; preds = %B618.if, %B618
  %.1325.sroa.0.0 = phi i64 [ %.1341, %B618.if ], [ 0, %B618 ]
  br i1 %.1335, label %B620, label %B664
}

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
!1 = !{!"branch_weights", i32 99, i32 1}
