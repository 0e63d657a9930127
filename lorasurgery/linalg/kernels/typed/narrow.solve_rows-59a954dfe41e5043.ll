; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.sides.0, ptr %arg.sides.1, i64 %arg.sides.2, i64 %arg.sides.3, ptr %arg.sides.4, i64 %arg.sides.5.0, i64 %arg.sides.5.1, i64 %arg.sides.6.0, i64 %arg.sides.6.1, ptr %arg.basis.0, ptr %arg.basis.1, i64 %arg.basis.2, i64 %arg.basis.3, ptr %arg.basis.4, i64 %arg.basis.5.0, i64 %arg.basis.5.1, i64 %arg.basis.6.0, i64 %arg.basis.6.1, ptr %arg.ends.0, ptr %arg.ends.1, i64 %arg.ends.2, i64 %arg.ends.3, ptr %arg.ends.4, i64 %arg.ends.5.0, i64 %arg.ends.6.0, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.6.0, ptr %arg.centres.0, ptr %arg.centres.1, i64 %arg.centres.2, i64 %arg.centres.3, ptr %arg.centres.4, i64 %arg.centres.5.0, i64 %arg.centres.6.0, ptr %arg.variances.0, ptr %arg.variances.1, i64 %arg.variances.2, i64 %arg.variances.3, ptr %arg.variances.4, i64 %arg.variances.5.0, i64 %arg.variances.6.0, float %arg.least, float %arg.model, i64 %arg.each, ptr %arg.roots.0, ptr %arg.roots.1, i64 %arg.roots.2, i64 %arg.roots.3, ptr %arg.roots.4, i64 %arg.roots.5.0, i64 %arg.roots.6.0, ptr %arg.U.0, ptr %arg.U.1, i64 %arg.U.2, i64 %arg.U.3, ptr %arg.U.4, i64 %arg.U.5.0, i64 %arg.U.5.1, i64 %arg.U.6.0, i64 %arg.U.6.1, ptr %arg.G.0, ptr %arg.G.1, i64 %arg.G.2, i64 %arg.G.3, ptr %arg.G.4, i64 %arg.G.5.0, i64 %arg.G.5.1, i64 %arg.G.6.0, i64 %arg.G.6.1) {
entry:
  %.183 = alloca i64, align 8
  store i64 0, ptr %.183, align 8
  %.186 = alloca i64, align 8
  store i64 0, ptr %.186, align 8
  %.449 = alloca ptr, align 8
  store ptr null, ptr %.449, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.515 = alloca i64, align 8
  store i64 0, ptr %.515, align 8
  %.518 = alloca i64, align 8
  store i64 0, ptr %.518, align 8
  %.768 = alloca i64, align 8
  store i64 0, ptr %.768, align 8
  %.771 = alloca i64, align 8
  store i64 0, ptr %.771, align 8
  %.1201 = alloca i64, align 8
  store i64 0, ptr %.1201, align 8
  %.1204 = alloca i64, align 8
  store i64 0, ptr %.1204, align 8
  %.1391 = alloca i64, align 8
  store i64 0, ptr %.1391, align 8
  %.1394 = alloca i64, align 8
  store i64 0, ptr %.1394, align 8
  %.1795 = alloca ptr, align 8
  store ptr null, ptr %.1795, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  store i64 0, ptr %.183, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B90:                                              ; preds = %B0.endif.endif, %B822
  %start.2.0 = phi i64 [ 0, %B0.endif.endif ], [ %.377, %B822 ]
  %.241 = load i64, ptr %.186, align 8
  %.242 = icmp sgt i64 %.241, 0
  br i1 %.242, label %B92.if, label %B92.endif

B94:                                              ; preds = %B92.endif
  %.298 = icmp slt i64 %.232.sroa.0.0, 0
  %.299 = select i1 %.298, i64 %arg.sides.5.0, i64 0
  %.300 = add i64 %.232.sroa.0.0, %.299
  %.317 = mul i64 %.300, %arg.sides.5.1
  %.319 = getelementptr float, ptr %arg.sides.4, i64 %.317
  %.361 = icmp slt i64 %.232.sroa.0.0, 0
  %.362 = select i1 %.361, i64 %arg.ends.5.0, i64 0
  %0 = getelementptr i64, ptr %arg.ends.4, i64 %.232.sroa.0.0
  %.376 = getelementptr i64, ptr %0, i64 %.362
  %.377 = load i64, ptr %.376, align 8
  %.386 = sub nsw i64 %.377, %start.2.0
  %.388 = add nsw i64 %.386, %arg.each
  %.389 = add nsw i64 %.388, -1
  %.393 = icmp eq i64 %arg.each, 0
  br i1 %.393, label %B94.endif, label %B94.else, !prof !0

B170:                                             ; preds = %B94.endif
  store ptr null, ptr %.449, align 8
  %.469 = call i32 @part1(ptr nonnull %.449, ptr nonnull %excinfo.1, ptr %arg.basis.0, ptr %arg.basis.1, i64 %arg.basis.2, i64 %arg.basis.3, ptr %arg.basis.4, i64 %arg.basis.5.0, i64 %arg.basis.5.1, i64 %arg.basis.6.0, i64 %arg.basis.6.1, i64 %start.2.0, i64 %quot.0, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.6.0, ptr %arg.centres.0, ptr %arg.centres.1, i64 %arg.centres.2, i64 %arg.centres.3, ptr %arg.centres.4, i64 %arg.centres.5.0, i64 %arg.centres.6.0, ptr %arg.variances.0, ptr %arg.variances.1, i64 %arg.variances.2, i64 %arg.variances.3, ptr %arg.variances.4, i64 %arg.variances.5.0, i64 %arg.variances.6.0, float %arg.least, float %arg.model, i64 %arg.each, ptr %arg.roots.0, ptr %arg.roots.1, i64 %arg.roots.2, i64 %arg.roots.3, ptr %arg.roots.4, i64 %arg.roots.5.0, i64 %arg.roots.6.0, ptr %arg.U.0, ptr %arg.U.1, i64 %arg.U.2, i64 %arg.U.3, ptr %arg.U.4, i64 %arg.U.5.0, i64 %arg.U.5.1, i64 %arg.U.6.0, i64 %arg.U.6.1)
  %.471 = icmp ne i32 %.469, 0
  %.472 = icmp ne i32 %.469, -2
  %.475.not = and i1 %.471, %.472
  br i1 %.475.not, label %B170.if, label %B170.endif, !prof !0

B264:                                             ; preds = %gram.end.2, %B170.endif.endif.endif
  %.570 = load i64, ptr %.518, align 8
  %.571 = icmp sgt i64 %.570, 0
  br i1 %.571, label %B264.if, label %B264.endif

B266:                                             ; preds = %B264.endif
  br label %gram

B392:                                             ; preds = %gram.end.1, %gram.end.endif.endif
  %.823 = load i64, ptr %.771, align 8
  %.824 = icmp sgt i64 %.823, 0
  br i1 %.824, label %B392.if, label %B392.endif

B394:                                             ; preds = %B392.endif
  %.875 = add i64 %.814.sroa.0.0, 1
  %.876 = add i64 %.814.sroa.0.0, 2
  %.877 = add i64 %.814.sroa.0.0, 3
  br label %gram.1

B436:                                             ; preds = %B392.endif
  %.983 = add nsw i64 %.561.sroa.0.0, 8
  %.996 = add i64 %.561.sroa.0.0, 9
  %.997 = add i64 %.561.sroa.0.0, 10
  %.998 = add i64 %.561.sroa.0.0, 11
  %.999 = add i64 %.561.sroa.0.0, 12
  %.1000 = add i64 %.561.sroa.0.0, 13
  %.1001 = add i64 %.561.sroa.0.0, 14
  %.1002 = add i64 %.561.sroa.0.0, 15
  br label %gram.2

B512:                                             ; preds = %B264.endif
  store i64 0, ptr %.1201, align 8
  br i1 false, label %B512.if, label %B512.endif, !prof !0

B556:                                             ; preds = %B512.endif.endif, %B558
  %trace.2.1 = phi float [ 0.000000e+00, %B512.endif.endif ], [ %.1346, %B558 ]
  %.1256 = load i64, ptr %.1204, align 8
  %.1257 = icmp sgt i64 %.1256, 0
  br i1 %.1257, label %B556.if, label %B556.endif

B558:                                             ; preds = %B556.endif
  %.1317 = icmp slt i64 %.1247.sroa.0.0, 0
  %.1318 = select i1 %.1317, i64 %arg.G.5.0, i64 0
  %.1319 = add i64 %.1247.sroa.0.0, %.1318
  %.1320 = icmp slt i64 %.1247.sroa.0.0, 0
  %.1321 = select i1 %.1320, i64 %arg.G.5.1, i64 0
  %.1339 = mul i64 %.1319, %arg.G.5.1
  %1 = getelementptr float, ptr %arg.G.4, i64 %.1339
  %2 = getelementptr float, ptr %1, i64 %.1247.sroa.0.0
  %.1343 = getelementptr float, ptr %2, i64 %.1321
  %.1344 = load float, ptr %.1343, align 4
  %.1346 = fadd reassoc contract float %trace.2.1, %.1344
  br label %B556

B588:                                             ; preds = %B556.endif
  %.1355 = fmul reassoc contract float %trace.2.1, 0x3F50624DE0000000
  %.1359 = sitofp i64 %arg.basis.5.1 to float
  %.1363 = fdiv reassoc contract float %.1355, %.1359
  store i64 0, ptr %.1391, align 8
  br i1 false, label %B588.endif.if, label %B588.endif.endif, !prof !0

B680:                                             ; preds = %B588.endif.endif.endif, %B682
  %.1446 = load i64, ptr %.1394, align 8
  %.1447 = icmp sgt i64 %.1446, 0
  br i1 %.1447, label %B680.if, label %B680.endif

B682:                                             ; preds = %B680.endif
  %.1507 = icmp slt i64 %.1437.sroa.0.0, 0
  %.1508 = select i1 %.1507, i64 %arg.G.5.0, i64 0
  %.1509 = add i64 %.1437.sroa.0.0, %.1508
  %.1510 = icmp slt i64 %.1437.sroa.0.0, 0
  %.1511 = select i1 %.1510, i64 %arg.G.5.1, i64 0
  %.1529 = mul i64 %.1509, %arg.G.5.1
  %3 = getelementptr float, ptr %arg.G.4, i64 %.1529
  %4 = getelementptr float, ptr %3, i64 %.1437.sroa.0.0
  %.1533 = getelementptr float, ptr %4, i64 %.1511
  %.1534 = load float, ptr %.1533, align 4
  %.1536 = fadd reassoc contract float %.1534, %.1363
  %.1557 = icmp slt i64 %.1437.sroa.0.0, 0
  %.1558 = select i1 %.1557, i64 %arg.G.5.0, i64 0
  %.1559 = add i64 %.1437.sroa.0.0, %.1558
  %.1560 = icmp slt i64 %.1437.sroa.0.0, 0
  %.1561 = select i1 %.1560, i64 %arg.G.5.1, i64 0
  %.1579 = mul i64 %.1559, %arg.G.5.1
  %5 = getelementptr float, ptr %arg.G.4, i64 %.1579
  %6 = getelementptr float, ptr %5, i64 %.1437.sroa.0.0
  %.1583 = getelementptr float, ptr %6, i64 %.1561
  store float %.1536, ptr %.1583, align 4
  %.1608 = icmp slt i64 %arg.basis.5.1, 0
  %.1609 = select i1 %.1608, i64 %arg.G.5.0, i64 0
  %.1610 = add i64 %arg.basis.5.1, %.1609
  %.1611 = icmp slt i64 %.1437.sroa.0.0, 0
  %.1612 = select i1 %.1611, i64 %arg.G.5.1, i64 0
  %.1630 = mul i64 %.1610, %arg.G.5.1
  %7 = getelementptr float, ptr %arg.G.4, i64 %.1630
  %8 = getelementptr float, ptr %7, i64 %.1437.sroa.0.0
  %.1634 = getelementptr float, ptr %8, i64 %.1612
  %.1635 = load float, ptr %.1634, align 4
  %.1649 = icmp slt i64 %.1437.sroa.0.0, 0
  %.1650 = select i1 %.1649, i64 %arg.sides.5.1, i64 0
  %9 = getelementptr float, ptr %.319, i64 %.1437.sroa.0.0
  %.1664 = getelementptr float, ptr %9, i64 %.1650
  %.1665 = load float, ptr %.1664, align 4
  %.1667 = fmul reassoc contract float %.1363, %.1665
  %.1668 = fadd reassoc contract float %.1635, %.1667
  %.1689 = icmp slt i64 %arg.basis.5.1, 0
  %.1690 = select i1 %.1689, i64 %arg.G.5.0, i64 0
  %.1691 = add i64 %arg.basis.5.1, %.1690
  %.1692 = icmp slt i64 %.1437.sroa.0.0, 0
  %.1693 = select i1 %.1692, i64 %arg.G.5.1, i64 0
  %.1711 = mul i64 %.1691, %arg.G.5.1
  %10 = getelementptr float, ptr %arg.G.4, i64 %.1711
  %11 = getelementptr float, ptr %10, i64 %.1437.sroa.0.0
  %.1715 = getelementptr float, ptr %11, i64 %.1693
  store float %.1668, ptr %.1715, align 4
  br label %B680

B776:                                             ; preds = %B680.endif
  store ptr null, ptr %.1795, align 8
  %.1807 = call i32 @part2(ptr nonnull %.1795, ptr nonnull %excinfo.2, ptr %arg.G.0, ptr %arg.G.1, i64 %arg.G.2, i64 %arg.G.3, ptr %arg.G.4, i64 %arg.G.5.0, i64 %arg.G.5.1, i64 %arg.G.6.0, i64 %arg.G.6.1, ptr %arg.U.0, ptr %arg.U.1, i64 %arg.U.5.1, i64 %arg.U.3, ptr %arg.U.4, i64 %arg.U.5.1, i64 %arg.U.6.1, ptr %arg.sides.0, ptr %arg.sides.1, i64 %arg.sides.5.1, i64 %arg.sides.3, ptr %.319, i64 %arg.sides.5.1, i64 %arg.sides.6.1)
  %.1809 = icmp ne i32 %.1807, 0
  %.1810 = icmp ne i32 %.1807, -2
  %.1813.not = and i1 %.1809, %.1810
  br i1 %.1813.not, label %B776.if, label %B776.endif, !prof !0

B822:                                             ; preds = %B776.endif, %B94.endif
  br label %B90

common.ret:                                       ; preds = %B776.if, %B170.if, %B588.endif.if, %B512.if, %gram.end.if, %B170.endif.if, %B0.if, %B830
  %common.ret.op = phi i32 [ 0, %B830 ], [ poison, %B0.if ], [ %.469, %B170.if ], [ poison, %B170.endif.if ], [ poison, %gram.end.if ], [ poison, %B512.if ], [ poison, %B588.endif.if ], [ %.1807, %B776.if ]
  ret i32 %common.ret.op

B830:                                             ; preds = %B92.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.197 = icmp slt i64 %arg.sides.5.0, 1
  br i1 %.197, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.sides.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.186, align 8
  br label %B90

B92.if:                                           ; preds = %B90
  %.248 = load i64, ptr %.183, align 8
  %.251 = add nsw i64 %.241, -1
  store i64 %.251, ptr %.186, align 8
  %.255 = add i64 %.248, 1
  store i64 %.255, ptr %.183, align 8
  br label %B92.endif

B92.endif:                                        ; preds = %B92.if, %B90
  %.232.sroa.0.0 = phi i64 [ %.248, %B92.if ], [ 0, %B90 ]
  br i1 %.242, label %B94, label %B830

B94.else:                                         ; preds = %B94
  %.404 = icmp ne i64 %.389, -9223372036854775808
  %.405 = icmp ne i64 %arg.each, -1
  %.406.not = or i1 %.404, %.405
  br i1 %.406.not, label %B94.else.if, label %B94.endif, !prof !1

B94.endif:                                        ; preds = %B94.else, %B94.else.if, %B94
  %quot.0 = phi i64 [ %arg.each, %B94 ], [ %.398.1, %B94.else.if ], [ 0, %B94.else ]
  %.435 = icmp sgt i64 %quot.0, 0
  br i1 %.435, label %B170, label %B822

B94.else.if:                                      ; preds = %B94.else
  %.409 = sdiv i64 %.389, %arg.each
  %.410 = srem i64 %.389, %arg.each
  %.411 = xor i64 %arg.each, %.410
  %.412 = icmp slt i64 %.411, 0
  %.413 = icmp ne i64 %.410, 0
  %.414 = and i1 %.413, %.412
  %.419 = sext i1 %.414 to i64
  %.398.1 = add i64 %.409, %.419
  br label %B94.endif

B170.if:                                          ; preds = %B170
  %.477 = icmp sgt i32 %.469, 0
  %.470 = load ptr, ptr %excinfo.1, align 8
  %.478 = select i1 %.477, ptr %.470, ptr undef
  store ptr %.478, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B170.endif

B170.endif:                                       ; preds = %B170.if, %B170
  store i64 0, ptr %.515, align 8
  br i1 false, label %B170.endif.if, label %B170.endif.endif, !prof !0

B170.endif.if:                                    ; preds = %B170.endif
  br label %common.ret

B170.endif.endif:                                 ; preds = %B170.endif
  %.529 = icmp slt i64 %arg.basis.5.1, 1
  br i1 %.529, label %B170.endif.endif.if, label %B170.endif.endif.else

B170.endif.endif.if:                              ; preds = %B170.endif.endif
  br label %B170.endif.endif.endif

B170.endif.endif.else:                            ; preds = %B170.endif.endif
  %12 = add nuw i64 %arg.basis.5.1, 15
  %.550 = lshr i64 %12, 4
  br label %B170.endif.endif.endif

B170.endif.endif.endif:                           ; preds = %B170.endif.endif.else, %B170.endif.endif.if
  %storemerge627 = phi i64 [ %.550, %B170.endif.endif.else ], [ 0, %B170.endif.endif.if ]
  store i64 %storemerge627, ptr %.518, align 8
  br label %B264

B264.if:                                          ; preds = %B264
  %.577 = load i64, ptr %.515, align 8
  %.580 = add nsw i64 %.570, -1
  store i64 %.580, ptr %.518, align 8
  %.584 = add i64 %.577, 16
  store i64 %.584, ptr %.515, align 8
  br label %B264.endif

B264.endif:                                       ; preds = %B264.if, %B264
  %.561.sroa.0.0 = phi i64 [ %.577, %B264.if ], [ 0, %B264 ]
  br i1 %.571, label %B266, label %B512

gram:                                             ; preds = %gram, %B266
  %.646 = phi i64 [ 0, %B266 ], [ %.704, %gram ]
  %.647 = phi <16 x float> [ zeroinitializer, %B266 ], [ %.667, %gram ]
  %.648 = phi <16 x float> [ zeroinitializer, %B266 ], [ %.676, %gram ]
  %.649 = phi <16 x float> [ zeroinitializer, %B266 ], [ %.685, %gram ]
  %.650 = phi <16 x float> [ zeroinitializer, %B266 ], [ %.694, %gram ]
  %.651 = phi <16 x float> [ zeroinitializer, %B266 ], [ %.703, %gram ]
  %.652 = mul i64 %.646, %arg.U.5.1
  %13 = getelementptr float, ptr %arg.U.4, i64 %.652
  %.656 = getelementptr float, ptr %13, i64 %.561.sroa.0.0
  %.658 = load <16 x float>, ptr %.656, align 4
  %.662 = getelementptr float, ptr %arg.U.4, i64 %.652
  %.663 = load float, ptr %.662, align 4
  %.664 = insertelement <16 x float> poison, float %.663, i64 0
  %.665 = shufflevector <16 x float> %.664, <16 x float> poison, <16 x i32> zeroinitializer
  %.666 = fmul contract <16 x float> %.665, %.658
  %.667 = fadd contract <16 x float> %.647, %.666
  %14 = getelementptr float, ptr %arg.U.4, i64 %.652
  %.671 = getelementptr i8, ptr %14, i64 4
  %.672 = load float, ptr %.671, align 4
  %.673 = insertelement <16 x float> poison, float %.672, i64 0
  %.674 = shufflevector <16 x float> %.673, <16 x float> poison, <16 x i32> zeroinitializer
  %.675 = fmul contract <16 x float> %.674, %.658
  %.676 = fadd contract <16 x float> %.648, %.675
  %15 = getelementptr float, ptr %arg.U.4, i64 %.652
  %.680 = getelementptr i8, ptr %15, i64 8
  %.681 = load float, ptr %.680, align 4
  %.682 = insertelement <16 x float> poison, float %.681, i64 0
  %.683 = shufflevector <16 x float> %.682, <16 x float> poison, <16 x i32> zeroinitializer
  %.684 = fmul contract <16 x float> %.683, %.658
  %.685 = fadd contract <16 x float> %.649, %.684
  %16 = getelementptr float, ptr %arg.U.4, i64 %.652
  %.689 = getelementptr i8, ptr %16, i64 12
  %.690 = load float, ptr %.689, align 4
  %.691 = insertelement <16 x float> poison, float %.690, i64 0
  %.692 = shufflevector <16 x float> %.691, <16 x float> poison, <16 x i32> zeroinitializer
  %.693 = fmul contract <16 x float> %.692, %.658
  %.694 = fadd contract <16 x float> %.650, %.693
  %17 = getelementptr float, ptr %arg.U.4, i64 %.652
  %.698 = getelementptr float, ptr %17, i64 %arg.basis.5.1
  %.699 = load float, ptr %.698, align 4
  %.700 = insertelement <16 x float> poison, float %.699, i64 0
  %.701 = shufflevector <16 x float> %.700, <16 x float> poison, <16 x i32> zeroinitializer
  %.702 = fmul contract <16 x float> %.701, %.658
  %.703 = fadd contract <16 x float> %.651, %.702
  %.704 = add i64 %.646, 1
  %.705 = icmp slt i64 %.704, %quot.0
  br i1 %.705, label %gram, label %gram.end

gram.end:                                         ; preds = %gram
  %.711 = getelementptr float, ptr %arg.G.4, i64 %.561.sroa.0.0
  store <16 x float> %.667, ptr %.711, align 4
  %18 = getelementptr float, ptr %arg.G.4, i64 %arg.G.5.1
  %.718 = getelementptr float, ptr %18, i64 %.561.sroa.0.0
  store <16 x float> %.676, ptr %.718, align 4
  %.idx = shl i64 %arg.G.5.1, 3
  %19 = getelementptr i8, ptr %arg.G.4, i64 %.idx
  %.725 = getelementptr float, ptr %19, i64 %.561.sroa.0.0
  store <16 x float> %.685, ptr %.725, align 4
  %.idx630 = mul i64 %arg.G.5.1, 12
  %20 = getelementptr i8, ptr %arg.G.4, i64 %.idx630
  %.732 = getelementptr float, ptr %20, i64 %.561.sroa.0.0
  store <16 x float> %.694, ptr %.732, align 4
  %.737 = mul i64 %arg.basis.5.1, %arg.G.5.1
  %21 = getelementptr float, ptr %arg.G.4, i64 %.737
  %.739 = getelementptr float, ptr %21, i64 %.561.sroa.0.0
  store <16 x float> %.703, ptr %.739, align 4
  store i64 4, ptr %.768, align 8
  %.781 = add i64 %.561.sroa.0.0, 4
  br i1 false, label %gram.end.if, label %gram.end.endif, !prof !0

gram.end.if:                                      ; preds = %gram.end
  br label %common.ret

gram.end.endif:                                   ; preds = %gram.end
  %.782 = icmp slt i64 %.781, 1
  br i1 %.782, label %gram.end.endif.if, label %gram.end.endif.else

gram.end.endif.if:                                ; preds = %gram.end.endif
  br label %gram.end.endif.endif

gram.end.endif.else:                              ; preds = %gram.end.endif
  %.797 = and i64 %.561.sroa.0.0, 3
  %.800.not = icmp ne i64 %.797, 0
  %.801631 = lshr i64 %.781, 2
  %.802 = zext i1 %.800.not to i64
  %.803 = add nuw nsw i64 %.801631, %.802
  br label %gram.end.endif.endif

gram.end.endif.endif:                             ; preds = %gram.end.endif.else, %gram.end.endif.if
  %storemerge632 = phi i64 [ %.803, %gram.end.endif.else ], [ 0, %gram.end.endif.if ]
  store i64 %storemerge632, ptr %.771, align 8
  br label %B392

B392.if:                                          ; preds = %B392
  %.830 = load i64, ptr %.768, align 8
  %.833 = add nsw i64 %.823, -1
  store i64 %.833, ptr %.771, align 8
  %.837 = add i64 %.830, 4
  store i64 %.837, ptr %.768, align 8
  br label %B392.endif

B392.endif:                                       ; preds = %B392.if, %B392
  %.814.sroa.0.0 = phi i64 [ %.830, %B392.if ], [ 0, %B392 ]
  br i1 %.824, label %B394, label %B436

gram.1:                                           ; preds = %gram.1, %B394
  %.895 = phi i64 [ 0, %B394 ], [ %.943, %gram.1 ]
  %.896 = phi <16 x float> [ zeroinitializer, %B394 ], [ %.915, %gram.1 ]
  %.897 = phi <16 x float> [ zeroinitializer, %B394 ], [ %.924, %gram.1 ]
  %.898 = phi <16 x float> [ zeroinitializer, %B394 ], [ %.933, %gram.1 ]
  %.899 = phi <16 x float> [ zeroinitializer, %B394 ], [ %.942, %gram.1 ]
  %.900 = mul i64 %.895, %arg.U.5.1
  %22 = getelementptr float, ptr %arg.U.4, i64 %.900
  %.904 = getelementptr float, ptr %22, i64 %.561.sroa.0.0
  %.906 = load <16 x float>, ptr %.904, align 4
  %23 = getelementptr float, ptr %arg.U.4, i64 %.900
  %.910 = getelementptr float, ptr %23, i64 %.814.sroa.0.0
  %.911 = load float, ptr %.910, align 4
  %.912 = insertelement <16 x float> poison, float %.911, i64 0
  %.913 = shufflevector <16 x float> %.912, <16 x float> poison, <16 x i32> zeroinitializer
  %.914 = fmul contract <16 x float> %.913, %.906
  %.915 = fadd contract <16 x float> %.896, %.914
  %24 = getelementptr float, ptr %arg.U.4, i64 %.900
  %.919 = getelementptr float, ptr %24, i64 %.875
  %.920 = load float, ptr %.919, align 4
  %.921 = insertelement <16 x float> poison, float %.920, i64 0
  %.922 = shufflevector <16 x float> %.921, <16 x float> poison, <16 x i32> zeroinitializer
  %.923 = fmul contract <16 x float> %.922, %.906
  %.924 = fadd contract <16 x float> %.897, %.923
  %25 = getelementptr float, ptr %arg.U.4, i64 %.900
  %.928 = getelementptr float, ptr %25, i64 %.876
  %.929 = load float, ptr %.928, align 4
  %.930 = insertelement <16 x float> poison, float %.929, i64 0
  %.931 = shufflevector <16 x float> %.930, <16 x float> poison, <16 x i32> zeroinitializer
  %.932 = fmul contract <16 x float> %.931, %.906
  %.933 = fadd contract <16 x float> %.898, %.932
  %26 = getelementptr float, ptr %arg.U.4, i64 %.900
  %.937 = getelementptr float, ptr %26, i64 %.877
  %.938 = load float, ptr %.937, align 4
  %.939 = insertelement <16 x float> poison, float %.938, i64 0
  %.940 = shufflevector <16 x float> %.939, <16 x float> poison, <16 x i32> zeroinitializer
  %.941 = fmul contract <16 x float> %.940, %.906
  %.942 = fadd contract <16 x float> %.899, %.941
  %.943 = add i64 %.895, 1
  %.944 = icmp slt i64 %.943, %quot.0
  br i1 %.944, label %gram.1, label %gram.end.1

gram.end.1:                                       ; preds = %gram.1
  %.948 = mul i64 %.814.sroa.0.0, %arg.G.5.1
  %27 = getelementptr float, ptr %arg.G.4, i64 %.948
  %.950 = getelementptr float, ptr %27, i64 %.561.sroa.0.0
  store <16 x float> %.915, ptr %.950, align 4
  %.955 = mul i64 %.875, %arg.G.5.1
  %28 = getelementptr float, ptr %arg.G.4, i64 %.955
  %.957 = getelementptr float, ptr %28, i64 %.561.sroa.0.0
  store <16 x float> %.924, ptr %.957, align 4
  %.962 = mul i64 %.876, %arg.G.5.1
  %29 = getelementptr float, ptr %arg.G.4, i64 %.962
  %.964 = getelementptr float, ptr %29, i64 %.561.sroa.0.0
  store <16 x float> %.933, ptr %.964, align 4
  %.969 = mul i64 %.877, %arg.G.5.1
  %30 = getelementptr float, ptr %arg.G.4, i64 %.969
  %.971 = getelementptr float, ptr %30, i64 %.561.sroa.0.0
  store <16 x float> %.942, ptr %.971, align 4
  br label %B392

gram.2:                                           ; preds = %gram.2, %B436
  %.1020 = phi i64 [ 0, %B436 ], [ %.1108, %gram.2 ]
  %.1021 = phi <8 x float> [ zeroinitializer, %B436 ], [ %.1044, %gram.2 ]
  %.1022 = phi <8 x float> [ zeroinitializer, %B436 ], [ %.1053, %gram.2 ]
  %.1023 = phi <8 x float> [ zeroinitializer, %B436 ], [ %.1062, %gram.2 ]
  %.1024 = phi <8 x float> [ zeroinitializer, %B436 ], [ %.1071, %gram.2 ]
  %.1025 = phi <8 x float> [ zeroinitializer, %B436 ], [ %.1080, %gram.2 ]
  %.1026 = phi <8 x float> [ zeroinitializer, %B436 ], [ %.1089, %gram.2 ]
  %.1027 = phi <8 x float> [ zeroinitializer, %B436 ], [ %.1098, %gram.2 ]
  %.1028 = phi <8 x float> [ zeroinitializer, %B436 ], [ %.1107, %gram.2 ]
  %.1029 = mul i64 %.1020, %arg.U.5.1
  %31 = getelementptr float, ptr %arg.U.4, i64 %.1029
  %.1033 = getelementptr float, ptr %31, i64 %.983
  %.1035 = load <8 x float>, ptr %.1033, align 4
  %32 = getelementptr float, ptr %arg.U.4, i64 %.1029
  %.1039 = getelementptr float, ptr %32, i64 %.983
  %.1040 = load float, ptr %.1039, align 4
  %.1041 = insertelement <8 x float> poison, float %.1040, i64 0
  %.1042 = shufflevector <8 x float> %.1041, <8 x float> poison, <8 x i32> zeroinitializer
  %.1043 = fmul contract <8 x float> %.1042, %.1035
  %.1044 = fadd contract <8 x float> %.1021, %.1043
  %33 = getelementptr float, ptr %arg.U.4, i64 %.1029
  %.1048 = getelementptr float, ptr %33, i64 %.996
  %.1049 = load float, ptr %.1048, align 4
  %.1050 = insertelement <8 x float> poison, float %.1049, i64 0
  %.1051 = shufflevector <8 x float> %.1050, <8 x float> poison, <8 x i32> zeroinitializer
  %.1052 = fmul contract <8 x float> %.1051, %.1035
  %.1053 = fadd contract <8 x float> %.1022, %.1052
  %34 = getelementptr float, ptr %arg.U.4, i64 %.1029
  %.1057 = getelementptr float, ptr %34, i64 %.997
  %.1058 = load float, ptr %.1057, align 4
  %.1059 = insertelement <8 x float> poison, float %.1058, i64 0
  %.1060 = shufflevector <8 x float> %.1059, <8 x float> poison, <8 x i32> zeroinitializer
  %.1061 = fmul contract <8 x float> %.1060, %.1035
  %.1062 = fadd contract <8 x float> %.1023, %.1061
  %35 = getelementptr float, ptr %arg.U.4, i64 %.1029
  %.1066 = getelementptr float, ptr %35, i64 %.998
  %.1067 = load float, ptr %.1066, align 4
  %.1068 = insertelement <8 x float> poison, float %.1067, i64 0
  %.1069 = shufflevector <8 x float> %.1068, <8 x float> poison, <8 x i32> zeroinitializer
  %.1070 = fmul contract <8 x float> %.1069, %.1035
  %.1071 = fadd contract <8 x float> %.1024, %.1070
  %36 = getelementptr float, ptr %arg.U.4, i64 %.1029
  %.1075 = getelementptr float, ptr %36, i64 %.999
  %.1076 = load float, ptr %.1075, align 4
  %.1077 = insertelement <8 x float> poison, float %.1076, i64 0
  %.1078 = shufflevector <8 x float> %.1077, <8 x float> poison, <8 x i32> zeroinitializer
  %.1079 = fmul contract <8 x float> %.1078, %.1035
  %.1080 = fadd contract <8 x float> %.1025, %.1079
  %37 = getelementptr float, ptr %arg.U.4, i64 %.1029
  %.1084 = getelementptr float, ptr %37, i64 %.1000
  %.1085 = load float, ptr %.1084, align 4
  %.1086 = insertelement <8 x float> poison, float %.1085, i64 0
  %.1087 = shufflevector <8 x float> %.1086, <8 x float> poison, <8 x i32> zeroinitializer
  %.1088 = fmul contract <8 x float> %.1087, %.1035
  %.1089 = fadd contract <8 x float> %.1026, %.1088
  %38 = getelementptr float, ptr %arg.U.4, i64 %.1029
  %.1093 = getelementptr float, ptr %38, i64 %.1001
  %.1094 = load float, ptr %.1093, align 4
  %.1095 = insertelement <8 x float> poison, float %.1094, i64 0
  %.1096 = shufflevector <8 x float> %.1095, <8 x float> poison, <8 x i32> zeroinitializer
  %.1097 = fmul contract <8 x float> %.1096, %.1035
  %.1098 = fadd contract <8 x float> %.1027, %.1097
  %39 = getelementptr float, ptr %arg.U.4, i64 %.1029
  %.1102 = getelementptr float, ptr %39, i64 %.1002
  %.1103 = load float, ptr %.1102, align 4
  %.1104 = insertelement <8 x float> poison, float %.1103, i64 0
  %.1105 = shufflevector <8 x float> %.1104, <8 x float> poison, <8 x i32> zeroinitializer
  %.1106 = fmul contract <8 x float> %.1105, %.1035
  %.1107 = fadd contract <8 x float> %.1028, %.1106
  %.1108 = add i64 %.1020, 1
  %.1109 = icmp slt i64 %.1108, %quot.0
  br i1 %.1109, label %gram.2, label %gram.end.2

gram.end.2:                                       ; preds = %gram.2
  %.983633 = add i64 %arg.G.5.1, 1
  %.1114 = mul i64 %.983, %.983633
  %.1115 = getelementptr float, ptr %arg.G.4, i64 %.1114
  store <8 x float> %.1044, ptr %.1115, align 4
  %.1120 = mul i64 %.996, %arg.G.5.1
  %40 = getelementptr float, ptr %arg.G.4, i64 %.1120
  %.1122 = getelementptr float, ptr %40, i64 %.983
  store <8 x float> %.1053, ptr %.1122, align 4
  %.1127 = mul i64 %.997, %arg.G.5.1
  %41 = getelementptr float, ptr %arg.G.4, i64 %.1127
  %.1129 = getelementptr float, ptr %41, i64 %.983
  store <8 x float> %.1062, ptr %.1129, align 4
  %.1134 = mul i64 %.998, %arg.G.5.1
  %42 = getelementptr float, ptr %arg.G.4, i64 %.1134
  %.1136 = getelementptr float, ptr %42, i64 %.983
  store <8 x float> %.1071, ptr %.1136, align 4
  %.1141 = mul i64 %.999, %arg.G.5.1
  %43 = getelementptr float, ptr %arg.G.4, i64 %.1141
  %.1143 = getelementptr float, ptr %43, i64 %.983
  store <8 x float> %.1080, ptr %.1143, align 4
  %.1148 = mul i64 %.1000, %arg.G.5.1
  %44 = getelementptr float, ptr %arg.G.4, i64 %.1148
  %.1150 = getelementptr float, ptr %44, i64 %.983
  store <8 x float> %.1089, ptr %.1150, align 4
  %.1155 = mul i64 %.1001, %arg.G.5.1
  %45 = getelementptr float, ptr %arg.G.4, i64 %.1155
  %.1157 = getelementptr float, ptr %45, i64 %.983
  store <8 x float> %.1098, ptr %.1157, align 4
  %.1162 = mul i64 %.1002, %arg.G.5.1
  %46 = getelementptr float, ptr %arg.G.4, i64 %.1162
  %.1164 = getelementptr float, ptr %46, i64 %.983
  store <8 x float> %.1107, ptr %.1164, align 4
  br label %B264

B512.if:                                          ; preds = %B512
  br label %common.ret

B512.endif:                                       ; preds = %B512
  %.1215 = icmp slt i64 %arg.basis.5.1, 1
  br i1 %.1215, label %B512.endif.if, label %B512.endif.else

B512.endif.if:                                    ; preds = %B512.endif
  br label %B512.endif.endif

B512.endif.else:                                  ; preds = %B512.endif
  br label %B512.endif.endif

B512.endif.endif:                                 ; preds = %B512.endif.else, %B512.endif.if
  %storemerge628 = phi i64 [ %arg.basis.5.1, %B512.endif.else ], [ 0, %B512.endif.if ]
  store i64 %storemerge628, ptr %.1204, align 8
  br label %B556

B556.if:                                          ; preds = %B556
  %.1263 = load i64, ptr %.1201, align 8
  %.1266 = add nsw i64 %.1256, -1
  store i64 %.1266, ptr %.1204, align 8
  %.1270 = add i64 %.1263, 1
  store i64 %.1270, ptr %.1201, align 8
  br label %B556.endif

B556.endif:                                       ; preds = %B556.if, %B556
  %.1247.sroa.0.0 = phi i64 [ %.1263, %B556.if ], [ 0, %B556 ]
  br i1 %.1257, label %B558, label %B588

B588.endif.if:                                    ; preds = %B588
  br label %common.ret

B588.endif.endif:                                 ; preds = %B588
  %.1405 = icmp slt i64 %arg.basis.5.1, 1
  br i1 %.1405, label %B588.endif.endif.if, label %B588.endif.endif.else

B588.endif.endif.if:                              ; preds = %B588.endif.endif
  br label %B588.endif.endif.endif

B588.endif.endif.else:                            ; preds = %B588.endif.endif
  br label %B588.endif.endif.endif

B588.endif.endif.endif:                           ; preds = %B588.endif.endif.else, %B588.endif.endif.if
  %storemerge629 = phi i64 [ %arg.basis.5.1, %B588.endif.endif.else ], [ 0, %B588.endif.endif.if ]
  store i64 %storemerge629, ptr %.1394, align 8
  br label %B680

B680.if:                                          ; preds = %B680
  %.1453 = load i64, ptr %.1391, align 8
  %.1456 = add nsw i64 %.1446, -1
  store i64 %.1456, ptr %.1394, align 8
  %.1460 = add i64 %.1453, 1
  store i64 %.1460, ptr %.1391, align 8
  br label %B680.endif

B680.endif:                                       ; preds = %B680.if, %B680
  %.1437.sroa.0.0 = phi i64 [ %.1453, %B680.if ], [ 0, %B680 ]
  br i1 %.1447, label %B682, label %B776

B776.if:                                          ; preds = %B776
  %.1815 = icmp sgt i32 %.1807, 0
  %.1808 = load ptr, ptr %excinfo.2, align 8
  %.1816 = select i1 %.1815, ptr %.1808, ptr undef
  store ptr %.1816, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B776.endif

B776.endif:                                       ; preds = %B776.if, %B776
  br label %B822
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.basis.0, ptr %arg.basis.1, i64 %arg.basis.2, i64 %arg.basis.3, ptr %arg.basis.4, i64 %arg.basis.5.0, i64 %arg.basis.5.1, i64 %arg.basis.6.0, i64 %arg.basis.6.1, i64 %arg.start, i64 %arg.count, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.6.0, ptr %arg.centres.0, ptr %arg.centres.1, i64 %arg.centres.2, i64 %arg.centres.3, ptr %arg.centres.4, i64 %arg.centres.5.0, i64 %arg.centres.6.0, ptr %arg.variances.0, ptr %arg.variances.1, i64 %arg.variances.2, i64 %arg.variances.3, ptr %arg.variances.4, i64 %arg.variances.5.0, i64 %arg.variances.6.0, float %arg.least, float %arg.model, i64 %arg.each, ptr %arg.roots.0, ptr %arg.roots.1, i64 %arg.roots.2, i64 %arg.roots.3, ptr %arg.roots.4, i64 %arg.roots.5.0, i64 %arg.roots.6.0, ptr %arg.U.0, ptr %arg.U.1, i64 %arg.U.2, i64 %arg.U.3, ptr %arg.U.4, i64 %arg.U.5.0, i64 %arg.U.5.1, i64 %arg.U.6.0, i64 %arg.U.6.1) {
entry:
  %.136 = alloca i64, align 8
  store i64 0, ptr %.136, align 8
  %.139 = alloca i64, align 8
  store i64 0, ptr %.139, align 8
  %.340 = alloca i64, align 8
  store i64 0, ptr %.340, align 8
  %.343 = alloca i64, align 8
  store i64 0, ptr %.343, align 8
  %.545 = alloca i64, align 8
  store i64 0, ptr %.545, align 8
  %.548 = alloca i64, align 8
  store i64 0, ptr %.548, align 8
  %.674 = alloca i64, align 8
  store i64 0, ptr %.674, align 8
  %.677 = alloca i64, align 8
  store i64 0, ptr %.677, align 8
  %.110 = icmp eq i64 %arg.each, 1
  br i1 %.110, label %B42, label %B152

B42:                                              ; preds = %entry
  store i64 0, ptr %.136, align 8
  br i1 false, label %B42.if, label %B42.endif, !prof !0

B72:                                              ; preds = %B74, %B42.endif.endif
  %.193 = load i64, ptr %.139, align 8
  %.194 = icmp sgt i64 %.193, 0
  br i1 %.194, label %B72.if, label %B72.endif

B74:                                              ; preds = %B72.endif
  %.234 = fadd reassoc contract float %arg.least, %arg.model
  %.236 = add nsw i64 %arg.start, %.184.sroa.0.0
  %.250 = icmp slt i64 %.236, 0
  %.251 = select i1 %.250, i64 %arg.variances.5.0, i64 0
  %0 = getelementptr float, ptr %arg.variances.4, i64 %.236
  %.265 = getelementptr float, ptr %0, i64 %.251
  %.266 = load float, ptr %.265, align 4
  %.268 = fadd reassoc contract float %.266, %arg.model
  %.272 = fdiv reassoc contract float %.234, %.268
  %.273 = call reassoc contract float @llvm.sqrt.f32(float %.272)
  %.287 = icmp slt i64 %.184.sroa.0.0, 0
  %.288 = select i1 %.287, i64 %arg.roots.5.0, i64 0
  %1 = getelementptr float, ptr %arg.roots.4, i64 %.184.sroa.0.0
  %.302 = getelementptr float, ptr %1, i64 %.288
  store float %.273, ptr %.302, align 4
  br label %B72

B150:                                             ; preds = %B72.endif
  br label %B266

B152:                                             ; preds = %entry
  store i64 0, ptr %.340, align 8
  br i1 false, label %B152.if, label %B152.endif, !prof !0

B182:                                             ; preds = %B184, %B152.endif.endif
  %.395 = load i64, ptr %.343, align 8
  %.396 = icmp sgt i64 %.395, 0
  br i1 %.396, label %B182.if, label %B182.endif

B184:                                             ; preds = %B182.endif
  %.436 = fadd reassoc contract float %arg.least, %arg.model
  %.438 = mul nsw i64 %.386.sroa.0.0, %arg.each
  %.440 = add nsw i64 %arg.start, %.438
  %.454 = icmp slt i64 %.440, 0
  %.455 = select i1 %.454, i64 %arg.variances.5.0, i64 0
  %2 = getelementptr float, ptr %arg.variances.4, i64 %.440
  %.469 = getelementptr float, ptr %2, i64 %.455
  %.470 = load float, ptr %.469, align 4
  %.472 = fadd reassoc contract float %.470, %arg.model
  %.476 = fdiv reassoc contract float %.436, %.472
  %.477 = call reassoc contract float @llvm.sqrt.f32(float %.476)
  %.491 = icmp slt i64 %.386.sroa.0.0, 0
  %.492 = select i1 %.491, i64 %arg.roots.5.0, i64 0
  %3 = getelementptr float, ptr %arg.roots.4, i64 %.386.sroa.0.0
  %.506 = getelementptr float, ptr %3, i64 %.492
  store float %.477, ptr %.506, align 4
  br label %B182

B266:                                             ; preds = %B182.endif, %B150
  store i64 0, ptr %.545, align 8
  br i1 false, label %B266.if, label %B266.endif, !prof !0

B296:                                             ; preds = %B266.endif.endif, %B430
  %.600 = load i64, ptr %.548, align 8
  %.601 = icmp sgt i64 %.600, 0
  br i1 %.601, label %B296.if, label %B296.endif

B298:                                             ; preds = %B296.endif
  %.644 = mul nsw i64 %.591.sroa.0.0, %arg.each
  %.646 = add nsw i64 %arg.start, %.644
  store i64 0, ptr %.674, align 8
  br i1 false, label %B298.if, label %B298.endif, !prof !0

B360:                                             ; preds = %B298.endif.endif, %B362
  %.729 = load i64, ptr %.677, align 8
  %.730 = icmp sgt i64 %.729, 0
  br i1 %.730, label %B360.if, label %B360.endif

B362:                                             ; preds = %B360.endif
  %.782 = icmp slt i64 %.646, 0
  %.783 = select i1 %.782, i64 %arg.places.5.0, i64 0
  %4 = getelementptr i32, ptr %arg.places.4, i64 %.646
  %.797 = getelementptr i32, ptr %4, i64 %.783
  %.798 = load i32, ptr %.797, align 4
  %.813 = icmp slt i64 %.591.sroa.0.0, 0
  %.814 = select i1 %.813, i64 %arg.roots.5.0, i64 0
  %5 = getelementptr float, ptr %arg.roots.4, i64 %.591.sroa.0.0
  %.828 = getelementptr float, ptr %5, i64 %.814
  %.829 = load float, ptr %.828, align 4
  %.831 = sext i32 %.798 to i64
  %.850 = mul i64 %arg.basis.5.1, %.831
  %.860 = mul i64 %.591.sroa.0.0, %arg.U.5.1
  %6 = getelementptr float, ptr %arg.basis.4, i64 %.850
  %.864 = getelementptr float, ptr %6, i64 %.720.sroa.0.0
  %.866 = load <16 x float>, ptr %.864, align 4
  %.867 = insertelement <16 x float> poison, float %.829, i64 0
  %.868 = shufflevector <16 x float> %.867, <16 x float> poison, <16 x i32> zeroinitializer
  %.869 = fmul reassoc contract <16 x float> %.866, %.868
  %7 = getelementptr float, ptr %arg.U.4, i64 %.860
  %.872 = getelementptr float, ptr %7, i64 %.720.sroa.0.0
  store <16 x float> %.869, ptr %.872, align 4
  br label %B360

B430:                                             ; preds = %B360.endif
  %.894 = icmp slt i64 %.591.sroa.0.0, 0
  %.895 = select i1 %.894, i64 %arg.roots.5.0, i64 0
  %8 = getelementptr float, ptr %arg.roots.4, i64 %.591.sroa.0.0
  %.909 = getelementptr float, ptr %8, i64 %.895
  %.910 = load float, ptr %.909, align 4
  %.925 = icmp slt i64 %.646, 0
  %.926 = select i1 %.925, i64 %arg.centres.5.0, i64 0
  %9 = getelementptr float, ptr %arg.centres.4, i64 %.646
  %.940 = getelementptr float, ptr %9, i64 %.926
  %.941 = load float, ptr %.940, align 4
  %.944 = fmul reassoc contract float %.910, %.941
  %.971 = icmp slt i64 %.591.sroa.0.0, 0
  %.972 = select i1 %.971, i64 %arg.U.5.0, i64 0
  %.973 = add i64 %.591.sroa.0.0, %.972
  %.974 = icmp slt i64 %arg.basis.5.1, 0
  %.975 = select i1 %.974, i64 %arg.U.5.1, i64 0
  %.993 = mul i64 %.973, %arg.U.5.1
  %10 = getelementptr float, ptr %arg.U.4, i64 %.993
  %11 = getelementptr float, ptr %10, i64 %arg.basis.5.1
  %.997 = getelementptr float, ptr %11, i64 %.975
  store float %.944, ptr %.997, align 4
  br label %B296

common.ret:                                       ; preds = %B298.if, %B266.if, %B152.if, %B42.if, %B476
  ret i32 0

B476:                                             ; preds = %B296.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B42.if:                                           ; preds = %B42
  br label %common.ret

B42.endif:                                        ; preds = %B42
  %.150 = icmp slt i64 %arg.count, 1
  br i1 %.150, label %B42.endif.if, label %B42.endif.else

B42.endif.if:                                     ; preds = %B42.endif
  br label %B42.endif.endif

B42.endif.else:                                   ; preds = %B42.endif
  br label %B42.endif.endif

B42.endif.endif:                                  ; preds = %B42.endif.else, %B42.endif.if
  %storemerge382 = phi i64 [ %arg.count, %B42.endif.else ], [ 0, %B42.endif.if ]
  store i64 %storemerge382, ptr %.139, align 8
  br label %B72

B72.if:                                           ; preds = %B72
  %.200 = load i64, ptr %.136, align 8
  %.203 = add nsw i64 %.193, -1
  store i64 %.203, ptr %.139, align 8
  %.207 = add i64 %.200, 1
  store i64 %.207, ptr %.136, align 8
  br label %B72.endif

B72.endif:                                        ; preds = %B72.if, %B72
  %.184.sroa.0.0 = phi i64 [ %.200, %B72.if ], [ 0, %B72 ]
  br i1 %.194, label %B74, label %B150

B152.if:                                          ; preds = %B152
  br label %common.ret

B152.endif:                                       ; preds = %B152
  %.354 = icmp slt i64 %arg.count, 1
  br i1 %.354, label %B152.endif.if, label %B152.endif.else

B152.endif.if:                                    ; preds = %B152.endif
  br label %B152.endif.endif

B152.endif.else:                                  ; preds = %B152.endif
  br label %B152.endif.endif

B152.endif.endif:                                 ; preds = %B152.endif.else, %B152.endif.if
  %storemerge = phi i64 [ %arg.count, %B152.endif.else ], [ 0, %B152.endif.if ]
  store i64 %storemerge, ptr %.343, align 8
  br label %B182

B182.if:                                          ; preds = %B182
  %.402 = load i64, ptr %.340, align 8
  %.405 = add nsw i64 %.395, -1
  store i64 %.405, ptr %.343, align 8
  %.409 = add i64 %.402, 1
  store i64 %.409, ptr %.340, align 8
  br label %B182.endif

B182.endif:                                       ; preds = %B182.if, %B182
  %.386.sroa.0.0 = phi i64 [ %.402, %B182.if ], [ 0, %B182 ]
  br i1 %.396, label %B184, label %B266

B266.if:                                          ; preds = %B266
  br label %common.ret

B266.endif:                                       ; preds = %B266
  %.559 = icmp slt i64 %arg.count, 1
  br i1 %.559, label %B266.endif.if, label %B266.endif.else

B266.endif.if:                                    ; preds = %B266.endif
  br label %B266.endif.endif

B266.endif.else:                                  ; preds = %B266.endif
  br label %B266.endif.endif

B266.endif.endif:                                 ; preds = %B266.endif.else, %B266.endif.if
  %storemerge383 = phi i64 [ %arg.count, %B266.endif.else ], [ 0, %B266.endif.if ]
  store i64 %storemerge383, ptr %.548, align 8
  br label %B296

B296.if:                                          ; preds = %B296
  %.607 = load i64, ptr %.545, align 8
  %.610 = add nsw i64 %.600, -1
  store i64 %.610, ptr %.548, align 8
  %.614 = add i64 %.607, 1
  store i64 %.614, ptr %.545, align 8
  br label %B296.endif

B296.endif:                                       ; preds = %B296.if, %B296
  %.591.sroa.0.0 = phi i64 [ %.607, %B296.if ], [ 0, %B296 ]
  br i1 %.601, label %B298, label %B476

B298.if:                                          ; preds = %B298
  br label %common.ret

B298.endif:                                       ; preds = %B298
  %.688 = icmp slt i64 %arg.basis.5.1, 1
  br i1 %.688, label %B298.endif.if, label %B298.endif.else

B298.endif.if:                                    ; preds = %B298.endif
  br label %B298.endif.endif

B298.endif.else:                                  ; preds = %B298.endif
  %12 = add nuw i64 %arg.basis.5.1, 15
  %.709 = lshr i64 %12, 4
  br label %B298.endif.endif

B298.endif.endif:                                 ; preds = %B298.endif.else, %B298.endif.if
  %storemerge385 = phi i64 [ %.709, %B298.endif.else ], [ 0, %B298.endif.if ]
  store i64 %storemerge385, ptr %.677, align 8
  br label %B360

B360.if:                                          ; preds = %B360
  %.736 = load i64, ptr %.674, align 8
  %.739 = add nsw i64 %.729, -1
  store i64 %.739, ptr %.677, align 8
  %.743 = add i64 %.736, 16
  store i64 %.743, ptr %.674, align 8
  br label %B360.endif

B360.endif:                                       ; preds = %B360.if, %B360
  %.720.sroa.0.0 = phi i64 [ %.736, %B360.if ], [ 0, %B360 ]
  br i1 %.730, label %B362, label %B430
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare float @llvm.sqrt.f32(float) #0

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.G.0, ptr %arg.G.1, i64 %arg.G.2, i64 %arg.G.3, ptr %arg.G.4, i64 %arg.G.5.0, i64 %arg.G.5.1, i64 %arg.G.6.0, i64 %arg.G.6.1, ptr %arg.y.0, ptr %arg.y.1, i64 %arg.y.2, i64 %arg.y.3, ptr %arg.y.4, i64 %arg.y.5.0, i64 %arg.y.6.0, ptr %arg.side.0, ptr %arg.side.1, i64 %arg.side.2, i64 %arg.side.3, ptr %arg.side.4, i64 %arg.side.5.0, i64 %arg.side.6.0) {
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
