; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.sides.0, ptr %arg.sides.1, i64 %arg.sides.2, i64 %arg.sides.3, ptr %arg.sides.4, i64 %arg.sides.5.0, i64 %arg.sides.5.1, i64 %arg.sides.6.0, i64 %arg.sides.6.1, ptr %arg.basis.0, ptr %arg.basis.1, i64 %arg.basis.2, i64 %arg.basis.3, ptr %arg.basis.4, i64 %arg.basis.5.0, i64 %arg.basis.5.1, i64 %arg.basis.6.0, i64 %arg.basis.6.1, ptr %arg.ends.0, ptr %arg.ends.1, i64 %arg.ends.2, i64 %arg.ends.3, ptr %arg.ends.4, i64 %arg.ends.5.0, i64 %arg.ends.6.0, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.6.0, ptr %arg.centres.0, ptr %arg.centres.1, i64 %arg.centres.2, i64 %arg.centres.3, ptr %arg.centres.4, i64 %arg.centres.5.0, i64 %arg.centres.6.0, ptr %arg.variances.0, ptr %arg.variances.1, i64 %arg.variances.2, i64 %arg.variances.3, ptr %arg.variances.4, i64 %arg.variances.5.0, i64 %arg.variances.6.0, float %arg.model, ptr %arg.weights.0, ptr %arg.weights.1, i64 %arg.weights.2, i64 %arg.weights.3, ptr %arg.weights.4, i64 %arg.weights.5.0, i64 %arg.weights.6.0, ptr %arg.U.0, ptr %arg.U.1, i64 %arg.U.2, i64 %arg.U.3, ptr %arg.U.4, i64 %arg.U.5.0, i64 %arg.U.5.1, i64 %arg.U.6.0, i64 %arg.U.6.1, ptr %arg.weighted.0, ptr %arg.weighted.1, i64 %arg.weighted.2, i64 %arg.weighted.3, ptr %arg.weighted.4, i64 %arg.weighted.5.0, i64 %arg.weighted.5.1, i64 %arg.weighted.6.0, i64 %arg.weighted.6.1, ptr %arg.G.0, ptr %arg.G.1, i64 %arg.G.2, i64 %arg.G.3, ptr %arg.G.4, i64 %arg.G.5.0, i64 %arg.G.5.1, i64 %arg.G.6.0, i64 %arg.G.6.1, ptr %arg.b.0, ptr %arg.b.1, i64 %arg.b.2, i64 %arg.b.3, ptr %arg.b.4, i64 %arg.b.5.0, i64 %arg.b.6.0) {
entry:
  %.203 = alloca i64, align 8
  store i64 0, ptr %.203, align 8
  %.206 = alloca i64, align 8
  store i64 0, ptr %.206, align 8
  %.472 = alloca i64, align 8
  store i64 0, ptr %.472, align 8
  %.475 = alloca i64, align 8
  store i64 0, ptr %.475, align 8
  %.599 = alloca float, align 4
  store float 0.000000e+00, ptr %.599, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.656 = alloca i64, align 8
  store i64 0, ptr %.656, align 8
  %.659 = alloca i64, align 8
  store i64 0, ptr %.659, align 8
  %.852 = alloca i64, align 8
  store i64 0, ptr %.852, align 8
  %.855 = alloca i64, align 8
  store i64 0, ptr %.855, align 8
  %.1261 = alloca i64, align 8
  store i64 0, ptr %.1261, align 8
  %.1264 = alloca i64, align 8
  store i64 0, ptr %.1264, align 8
  %.1587 = alloca i64, align 8
  store i64 0, ptr %.1587, align 8
  %.1590 = alloca i64, align 8
  store i64 0, ptr %.1590, align 8
  %.1709 = alloca i64, align 8
  store i64 0, ptr %.1709, align 8
  %.1712 = alloca i64, align 8
  store i64 0, ptr %.1712, align 8
  %.1962 = alloca i64, align 8
  store i64 0, ptr %.1962, align 8
  %.1965 = alloca i64, align 8
  store i64 0, ptr %.1965, align 8
  %.2152 = alloca i64, align 8
  store i64 0, ptr %.2152, align 8
  %.2155 = alloca i64, align 8
  store i64 0, ptr %.2155, align 8
  %.2653 = alloca i8, align 1
  store i8 0, ptr %.2653, align 1
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.2717 = alloca i64, align 8
  store i64 0, ptr %.2717, align 8
  %.2720 = alloca i64, align 8
  store i64 0, ptr %.2720, align 8
  store i64 0, ptr %.203, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B90:                                              ; preds = %B0.endif.endif, %B1096
  %start.2.0 = phi i64 [ 0, %B0.endif.endif ], [ %.397, %B1096 ]
  %.261 = load i64, ptr %.206, align 8
  %.262 = icmp sgt i64 %.261, 0
  br i1 %.262, label %B92.if, label %B92.endif

B94:                                              ; preds = %B92.endif
  %.318 = icmp slt i64 %.252.sroa.0.0, 0
  %.319 = select i1 %.318, i64 %arg.sides.5.0, i64 0
  %.320 = add i64 %.252.sroa.0.0, %.319
  %.337 = mul i64 %.320, %arg.sides.5.1
  %.339 = getelementptr float, ptr %arg.sides.4, i64 %.337
  %.381 = icmp slt i64 %.252.sroa.0.0, 0
  %.382 = select i1 %.381, i64 %arg.ends.5.0, i64 0
  %0 = getelementptr i64, ptr %arg.ends.4, i64 %.252.sroa.0.0
  %.396 = getelementptr i64, ptr %0, i64 %.382
  %.397 = load i64, ptr %.396, align 8
  %.406 = sub nsw i64 %.397, %start.2.0
  %.411 = icmp sgt i64 %.406, 0
  br i1 %.411, label %B152, label %B1096

B152:                                             ; preds = %B94
  %.427 = icmp slt i64 %start.2.0, 0
  %.428 = select i1 %.427, i64 %arg.variances.5.0, i64 0
  %1 = getelementptr float, ptr %arg.variances.4, i64 %start.2.0
  %.442 = getelementptr float, ptr %1, i64 %.428
  %.443 = load float, ptr %.442, align 4
  store i64 %start.2.0, ptr %.472, align 8
  %.485 = sub i64 %.397, %start.2.0
  br i1 false, label %B152.if, label %B152.endif, !prof !0

B200:                                             ; preds = %B202.endif, %B152.endif.endif
  %least.2.2 = phi float [ %.443, %B152.endif.endif ], [ %.615, %B202.endif ]
  %.527 = load i64, ptr %.475, align 8
  %.528 = icmp sgt i64 %.527, 0
  br i1 %.528, label %B200.if, label %B200.endif

B202:                                             ; preds = %B200.endif
  %.579 = icmp slt i64 %.518.sroa.0.0, 0
  %.580 = select i1 %.579, i64 %arg.variances.5.0, i64 0
  %2 = getelementptr float, ptr %arg.variances.4, i64 %.518.sroa.0.0
  %.594 = getelementptr float, ptr %2, i64 %.580
  %.595 = load float, ptr %.594, align 4
  store float 0.000000e+00, ptr %.599, align 4
  %.605 = call i32 @part1(ptr nonnull %.599, ptr nonnull %excinfo.1, float %least.2.2, float %.595)
  %.607 = icmp ne i32 %.605, 0
  %.608 = icmp ne i32 %.605, -2
  %.611.not = and i1 %.607, %.608
  %.615 = load float, ptr %.599, align 4
  br i1 %.611.not, label %B202.if, label %B202.endif, !prof !0

B250:                                             ; preds = %B200.endif
  store i64 0, ptr %.656, align 8
  br i1 false, label %B250.if, label %B250.endif, !prof !0

B280:                                             ; preds = %B282, %B250.endif.endif
  %.711 = load i64, ptr %.659, align 8
  %.712 = icmp sgt i64 %.711, 0
  br i1 %.712, label %B280.if, label %B280.endif

B282:                                             ; preds = %B280.endif
  %.752 = fadd reassoc contract float %least.2.2, %arg.model
  %.754 = add nsw i64 %start.2.0, %.702.sroa.0.0
  %.768 = icmp slt i64 %.754, 0
  %.769 = select i1 %.768, i64 %arg.variances.5.0, i64 0
  %3 = getelementptr float, ptr %arg.variances.4, i64 %.754
  %.783 = getelementptr float, ptr %3, i64 %.769
  %.784 = load float, ptr %.783, align 4
  %.786 = fadd reassoc contract float %.784, %arg.model
  %.790 = fdiv reassoc contract float %.752, %.786
  %.804 = icmp slt i64 %.702.sroa.0.0, 0
  %.805 = select i1 %.804, i64 %arg.weights.5.0, i64 0
  %4 = getelementptr float, ptr %arg.weights.4, i64 %.702.sroa.0.0
  %.819 = getelementptr float, ptr %4, i64 %.805
  store float %.790, ptr %.819, align 4
  br label %B280

B332:                                             ; preds = %B280.endif
  store i64 0, ptr %.852, align 8
  br i1 false, label %B332.if, label %B332.endif, !prof !0

B362:                                             ; preds = %B332.endif.endif, %B544
  %.907 = load i64, ptr %.855, align 8
  %.908 = icmp sgt i64 %.907, 0
  br i1 %.908, label %B362.if, label %B362.endif

B364:                                             ; preds = %B362.endif
  %.947 = add nsw i64 %start.2.0, %.898.sroa.0.0
  %.969 = icmp slt i64 %.898.sroa.0.0, 0
  %.970 = select i1 %.969, i64 %arg.U.5.0, i64 0
  %.971 = add i64 %.898.sroa.0.0, %.970
  %.988 = mul i64 %.971, %arg.U.5.1
  %.990 = getelementptr float, ptr %arg.U.4, i64 %.988
  %.1033 = icmp slt i64 %.947, 0
  %.1034 = select i1 %.1033, i64 %arg.places.5.0, i64 0
  %5 = getelementptr i32, ptr %arg.places.4, i64 %.947
  %.1048 = getelementptr i32, ptr %5, i64 %.1034
  %.1049 = load i32, ptr %.1048, align 4
  %.1051 = sext i32 %.1049 to i64
  %.1069 = icmp slt i32 %.1049, 0
  %.1070 = select i1 %.1069, i64 %arg.basis.5.0, i64 0
  %.1071 = add i64 %.1070, %.1051
  %.1088 = mul i64 %.1071, %arg.basis.5.1
  %.1090 = getelementptr float, ptr %arg.basis.4, i64 %.1088
  %.1137 = icmp slt i64 %.898.sroa.0.0, 0
  %.1138 = select i1 %.1137, i64 %arg.weighted.5.0, i64 0
  %.1139 = add i64 %.898.sroa.0.0, %.1138
  %.1156 = mul i64 %.1139, %arg.weighted.5.1
  %.1158 = getelementptr float, ptr %arg.weighted.4, i64 %.1156
  %.1200 = icmp slt i64 %.898.sroa.0.0, 0
  %.1201 = select i1 %.1200, i64 %arg.weights.5.0, i64 0
  %6 = getelementptr float, ptr %arg.weights.4, i64 %.898.sroa.0.0
  %.1215 = getelementptr float, ptr %6, i64 %.1201
  %.1216 = load float, ptr %.1215, align 4
  store i64 0, ptr %.1261, align 8
  br i1 false, label %B364.if, label %B364.endif, !prof !0

B488:                                             ; preds = %B364.endif.endif, %B490
  %.1316 = load i64, ptr %.1264, align 8
  %.1317 = icmp sgt i64 %.1316, 0
  br i1 %.1317, label %B488.if, label %B488.endif

B490:                                             ; preds = %B488.endif
  %.1368 = icmp slt i64 %.1307.sroa.0.0, 0
  %.1369 = select i1 %.1368, i64 %arg.basis.5.1, i64 0
  %7 = getelementptr float, ptr %.1090, i64 %.1307.sroa.0.0
  %.1383 = getelementptr float, ptr %7, i64 %.1369
  %.1384 = load float, ptr %.1383, align 4
  %.1398 = icmp slt i64 %.1307.sroa.0.0, 0
  %.1399 = select i1 %.1398, i64 %arg.U.5.1, i64 0
  %8 = getelementptr float, ptr %.990, i64 %.1307.sroa.0.0
  %.1413 = getelementptr float, ptr %8, i64 %.1399
  store float %.1384, ptr %.1413, align 4
  %.1428 = icmp slt i64 %.1307.sroa.0.0, 0
  %.1429 = select i1 %.1428, i64 %arg.basis.5.1, i64 0
  %9 = getelementptr float, ptr %.1090, i64 %.1307.sroa.0.0
  %.1443 = getelementptr float, ptr %9, i64 %.1429
  %.1444 = load float, ptr %.1443, align 4
  %.1446 = fmul reassoc contract float %.1216, %.1444
  %.1460 = icmp slt i64 %.1307.sroa.0.0, 0
  %.1461 = select i1 %.1460, i64 %arg.weighted.5.1, i64 0
  %10 = getelementptr float, ptr %.1158, i64 %.1307.sroa.0.0
  %.1475 = getelementptr float, ptr %10, i64 %.1461
  store float %.1446, ptr %.1475, align 4
  br label %B488

B544:                                             ; preds = %B488.endif
  %.1500 = icmp slt i64 %.947, 0
  %.1501 = select i1 %.1500, i64 %arg.centres.5.0, i64 0
  %11 = getelementptr float, ptr %arg.centres.4, i64 %.947
  %.1515 = getelementptr float, ptr %11, i64 %.1501
  %.1516 = load float, ptr %.1515, align 4
  %.1520 = fmul reassoc contract float %.1216, %.1516
  %.1537 = icmp slt i64 %arg.basis.5.1, 0
  %.1538 = select i1 %.1537, i64 %arg.weighted.5.1, i64 0
  %12 = getelementptr float, ptr %.1158, i64 %arg.basis.5.1
  %.1552 = getelementptr float, ptr %12, i64 %.1538
  store float %.1520, ptr %.1552, align 4
  br label %B362

B574:                                             ; preds = %B362.endif
  store i64 0, ptr %.1587, align 8
  br i1 false, label %B574.if, label %B574.endif, !prof !0

B618:                                             ; preds = %B574.endif.endif, %B728
  %.1642 = load i64, ptr %.1590, align 8
  %.1643 = icmp sgt i64 %.1642, 0
  br i1 %.1643, label %B618.if, label %B618.endif

B620:                                             ; preds = %B618.endif
  %.1685 = add nsw i64 %arg.basis.5.1, 4
  store i64 0, ptr %.1709, align 8
  br i1 false, label %B620.if, label %B620.endif, !prof !0

B682:                                             ; preds = %gram.end, %B620.endif.endif
  %.1764 = load i64, ptr %.1712, align 8
  %.1765 = icmp sgt i64 %.1764, 0
  br i1 %.1765, label %B682.if, label %B682.endif

B684:                                             ; preds = %B682.endif
  br label %gram

B728:                                             ; preds = %B682.endif
  br label %B618

B730:                                             ; preds = %B618.endif
  store i64 0, ptr %.1962, align 8
  br i1 false, label %B730.if, label %B730.endif, !prof !0

B774:                                             ; preds = %B730.endif.endif, %B776
  %trace.2.2 = phi float [ 0.000000e+00, %B730.endif.endif ], [ %.2107, %B776 ]
  %.2017 = load i64, ptr %.1965, align 8
  %.2018 = icmp sgt i64 %.2017, 0
  br i1 %.2018, label %B774.if, label %B774.endif

B776:                                             ; preds = %B774.endif
  %.2078 = icmp slt i64 %.2008.sroa.0.0, 0
  %.2079 = select i1 %.2078, i64 %arg.G.5.0, i64 0
  %.2080 = add i64 %.2008.sroa.0.0, %.2079
  %.2081 = icmp slt i64 %.2008.sroa.0.0, 0
  %.2082 = select i1 %.2081, i64 %arg.G.5.1, i64 0
  %.2100 = mul i64 %.2080, %arg.G.5.1
  %13 = getelementptr float, ptr %arg.G.4, i64 %.2100
  %14 = getelementptr float, ptr %13, i64 %.2008.sroa.0.0
  %.2104 = getelementptr float, ptr %14, i64 %.2082
  %.2105 = load float, ptr %.2104, align 4
  %.2107 = fadd reassoc contract float %trace.2.2, %.2105
  br label %B774

B806:                                             ; preds = %B774.endif
  %.2116 = fmul reassoc contract float %trace.2.2, 0x3F50624DE0000000
  %.2120 = sitofp i64 %arg.basis.5.1 to float
  %.2124 = fdiv reassoc contract float %.2116, %.2120
  store i64 0, ptr %.2152, align 8
  br i1 false, label %B806.endif.if, label %B806.endif.endif, !prof !0

B898:                                             ; preds = %B806.endif.endif.endif, %B900
  %.2207 = load i64, ptr %.2155, align 8
  %.2208 = icmp sgt i64 %.2207, 0
  br i1 %.2208, label %B898.if, label %B898.endif

B900:                                             ; preds = %B898.endif
  %.2268 = icmp slt i64 %.2198.sroa.0.0, 0
  %.2269 = select i1 %.2268, i64 %arg.G.5.0, i64 0
  %.2270 = add i64 %.2198.sroa.0.0, %.2269
  %.2271 = icmp slt i64 %.2198.sroa.0.0, 0
  %.2272 = select i1 %.2271, i64 %arg.G.5.1, i64 0
  %.2290 = mul i64 %.2270, %arg.G.5.1
  %15 = getelementptr float, ptr %arg.G.4, i64 %.2290
  %16 = getelementptr float, ptr %15, i64 %.2198.sroa.0.0
  %.2294 = getelementptr float, ptr %16, i64 %.2272
  %.2295 = load float, ptr %.2294, align 4
  %.2297 = fadd reassoc contract float %.2295, %.2124
  %.2318 = icmp slt i64 %.2198.sroa.0.0, 0
  %.2319 = select i1 %.2318, i64 %arg.G.5.0, i64 0
  %.2320 = add i64 %.2198.sroa.0.0, %.2319
  %.2321 = icmp slt i64 %.2198.sroa.0.0, 0
  %.2322 = select i1 %.2321, i64 %arg.G.5.1, i64 0
  %.2340 = mul i64 %.2320, %arg.G.5.1
  %17 = getelementptr float, ptr %arg.G.4, i64 %.2340
  %18 = getelementptr float, ptr %17, i64 %.2198.sroa.0.0
  %.2344 = getelementptr float, ptr %18, i64 %.2322
  store float %.2297, ptr %.2344, align 4
  %.2369 = icmp slt i64 %arg.basis.5.1, 0
  %.2370 = select i1 %.2369, i64 %arg.G.5.0, i64 0
  %.2371 = add i64 %arg.basis.5.1, %.2370
  %.2372 = icmp slt i64 %.2198.sroa.0.0, 0
  %.2373 = select i1 %.2372, i64 %arg.G.5.1, i64 0
  %.2391 = mul i64 %.2371, %arg.G.5.1
  %19 = getelementptr float, ptr %arg.G.4, i64 %.2391
  %20 = getelementptr float, ptr %19, i64 %.2198.sroa.0.0
  %.2395 = getelementptr float, ptr %20, i64 %.2373
  %.2396 = load float, ptr %.2395, align 4
  %.2410 = icmp slt i64 %.2198.sroa.0.0, 0
  %.2411 = select i1 %.2410, i64 %arg.sides.5.1, i64 0
  %21 = getelementptr float, ptr %.339, i64 %.2198.sroa.0.0
  %.2425 = getelementptr float, ptr %21, i64 %.2411
  %.2426 = load float, ptr %.2425, align 4
  %.2428 = fmul reassoc contract float %.2124, %.2426
  %.2429 = fadd reassoc contract float %.2396, %.2428
  %.2443 = icmp slt i64 %.2198.sroa.0.0, 0
  %.2444 = select i1 %.2443, i64 %arg.b.5.0, i64 0
  %22 = getelementptr float, ptr %arg.b.4, i64 %.2198.sroa.0.0
  %.2458 = getelementptr float, ptr %22, i64 %.2444
  store float %.2429, ptr %.2458, align 4
  br label %B898

B990:                                             ; preds = %B898.endif
  br i1 false, label %B990.if, label %B990.else

B1038:                                            ; preds = %B990.endif.endif.endif
  store i64 0, ptr %.2717, align 8
  br i1 false, label %B1038.if, label %B1038.endif, !prof !0

B1068:                                            ; preds = %B1038.endif.endif, %B1070
  %.2772 = load i64, ptr %.2720, align 8
  %.2773 = icmp sgt i64 %.2772, 0
  br i1 %.2773, label %B1068.if, label %B1068.endif

B1070:                                            ; preds = %B1068.endif
  %.2824 = icmp slt i64 %.2763.sroa.0.0, 0
  %.2825 = select i1 %.2824, i64 %arg.b.5.0, i64 0
  %23 = getelementptr float, ptr %arg.b.4, i64 %.2763.sroa.0.0
  %.2839 = getelementptr float, ptr %23, i64 %.2825
  %.2840 = load float, ptr %.2839, align 4
  %.2854 = icmp slt i64 %.2763.sroa.0.0, 0
  %.2855 = select i1 %.2854, i64 %arg.sides.5.1, i64 0
  %24 = getelementptr float, ptr %.339, i64 %.2763.sroa.0.0
  %.2869 = getelementptr float, ptr %24, i64 %.2855
  store float %.2840, ptr %.2869, align 4
  br label %B1068

B1096:                                            ; preds = %B1068.endif, %B990.endif.endif.endif, %B94
  br label %B90

common.ret:                                       ; preds = %B990.endif.endif.if, %B202.if, %B1038.if, %B806.endif.if, %B730.if, %B620.if, %B574.if, %B364.if, %B332.if, %B250.if, %B152.if, %B0.if, %B1104
  %common.ret.op = phi i32 [ 0, %B1104 ], [ poison, %B0.if ], [ poison, %B152.if ], [ poison, %B1038.if ], [ poison, %B250.if ], [ poison, %B332.if ], [ poison, %B364.if ], [ poison, %B574.if ], [ poison, %B620.if ], [ poison, %B730.if ], [ poison, %B806.endif.if ], [ %.605, %B202.if ], [ %.2663, %B990.endif.endif.if ]
  ret i32 %common.ret.op

B1104:                                            ; preds = %B92.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.217 = icmp slt i64 %arg.sides.5.0, 1
  br i1 %.217, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.sides.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.206, align 8
  br label %B90

B92.if:                                           ; preds = %B90
  %.268 = load i64, ptr %.203, align 8
  %.271 = add nsw i64 %.261, -1
  store i64 %.271, ptr %.206, align 8
  %.275 = add i64 %.268, 1
  store i64 %.275, ptr %.203, align 8
  br label %B92.endif

B92.endif:                                        ; preds = %B92.if, %B90
  %.252.sroa.0.0 = phi i64 [ %.268, %B92.if ], [ 0, %B90 ]
  br i1 %.262, label %B94, label %B1104

B152.if:                                          ; preds = %B152
  br label %common.ret

B152.endif:                                       ; preds = %B152
  %.486 = icmp slt i64 %.485, 1
  br i1 %.486, label %B152.endif.if, label %B152.endif.else

B152.endif.if:                                    ; preds = %B152.endif
  br label %B152.endif.endif

B152.endif.else:                                  ; preds = %B152.endif
  br label %B152.endif.endif

B152.endif.endif:                                 ; preds = %B152.endif.else, %B152.endif.if
  %storemerge1028 = phi i64 [ %.485, %B152.endif.else ], [ 0, %B152.endif.if ]
  store i64 %storemerge1028, ptr %.475, align 8
  br label %B200

B200.if:                                          ; preds = %B200
  %.534 = load i64, ptr %.472, align 8
  %.537 = add nsw i64 %.527, -1
  store i64 %.537, ptr %.475, align 8
  %.541 = add i64 %.534, 1
  store i64 %.541, ptr %.472, align 8
  br label %B200.endif

B200.endif:                                       ; preds = %B200.if, %B200
  %.518.sroa.0.0 = phi i64 [ %.534, %B200.if ], [ 0, %B200 ]
  br i1 %.528, label %B202, label %B250

B202.if:                                          ; preds = %B202
  %.613 = icmp sgt i32 %.605, 0
  %.606 = load ptr, ptr %excinfo.1, align 8
  %.614 = select i1 %.613, ptr %.606, ptr undef
  store ptr %.614, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B202.endif

B202.endif:                                       ; preds = %B202.if, %B202
  br label %B200

B250.if:                                          ; preds = %B250
  br label %common.ret

B250.endif:                                       ; preds = %B250
  br i1 false, label %B250.endif.if, label %B250.endif.else

B250.endif.if:                                    ; preds = %B250.endif
  br label %B250.endif.endif

B250.endif.else:                                  ; preds = %B250.endif
  store i64 %.406, ptr %.659, align 8
  br label %B250.endif.endif

B250.endif.endif:                                 ; preds = %B250.endif.else, %B250.endif.if
  br label %B280

B280.if:                                          ; preds = %B280
  %.718 = load i64, ptr %.656, align 8
  %.721 = add nsw i64 %.711, -1
  store i64 %.721, ptr %.659, align 8
  %.725 = add i64 %.718, 1
  store i64 %.725, ptr %.656, align 8
  br label %B280.endif

B280.endif:                                       ; preds = %B280.if, %B280
  %.702.sroa.0.0 = phi i64 [ %.718, %B280.if ], [ 0, %B280 ]
  br i1 %.712, label %B282, label %B332

B332.if:                                          ; preds = %B332
  br label %common.ret

B332.endif:                                       ; preds = %B332
  br i1 false, label %B332.endif.if, label %B332.endif.else

B332.endif.if:                                    ; preds = %B332.endif
  br label %B332.endif.endif

B332.endif.else:                                  ; preds = %B332.endif
  store i64 %.406, ptr %.855, align 8
  br label %B332.endif.endif

B332.endif.endif:                                 ; preds = %B332.endif.else, %B332.endif.if
  br label %B362

B362.if:                                          ; preds = %B362
  %.914 = load i64, ptr %.852, align 8
  %.917 = add nsw i64 %.907, -1
  store i64 %.917, ptr %.855, align 8
  %.921 = add i64 %.914, 1
  store i64 %.921, ptr %.852, align 8
  br label %B362.endif

B362.endif:                                       ; preds = %B362.if, %B362
  %.898.sroa.0.0 = phi i64 [ %.914, %B362.if ], [ 0, %B362 ]
  br i1 %.908, label %B364, label %B574

B364.if:                                          ; preds = %B364
  br label %common.ret

B364.endif:                                       ; preds = %B364
  %.1275 = icmp slt i64 %arg.basis.5.1, 1
  br i1 %.1275, label %B364.endif.if, label %B364.endif.else

B364.endif.if:                                    ; preds = %B364.endif
  br label %B364.endif.endif

B364.endif.else:                                  ; preds = %B364.endif
  br label %B364.endif.endif

B364.endif.endif:                                 ; preds = %B364.endif.else, %B364.endif.if
  %storemerge1035 = phi i64 [ %arg.basis.5.1, %B364.endif.else ], [ 0, %B364.endif.if ]
  store i64 %storemerge1035, ptr %.1264, align 8
  br label %B488

B488.if:                                          ; preds = %B488
  %.1323 = load i64, ptr %.1261, align 8
  %.1326 = add nsw i64 %.1316, -1
  store i64 %.1326, ptr %.1264, align 8
  %.1330 = add i64 %.1323, 1
  store i64 %.1330, ptr %.1261, align 8
  br label %B488.endif

B488.endif:                                       ; preds = %B488.if, %B488
  %.1307.sroa.0.0 = phi i64 [ %.1323, %B488.if ], [ 0, %B488 ]
  br i1 %.1317, label %B490, label %B544

B574.if:                                          ; preds = %B574
  br label %common.ret

B574.endif:                                       ; preds = %B574
  %.1601 = icmp slt i64 %arg.basis.5.1, 1
  br i1 %.1601, label %B574.endif.if, label %B574.endif.else

B574.endif.if:                                    ; preds = %B574.endif
  br label %B574.endif.endif

B574.endif.else:                                  ; preds = %B574.endif
  %25 = add nuw i64 %arg.basis.5.1, 15
  %.1622 = lshr i64 %25, 4
  br label %B574.endif.endif

B574.endif.endif:                                 ; preds = %B574.endif.else, %B574.endif.if
  %storemerge1030 = phi i64 [ %.1622, %B574.endif.else ], [ 0, %B574.endif.if ]
  store i64 %storemerge1030, ptr %.1590, align 8
  br label %B618

B618.if:                                          ; preds = %B618
  %.1649 = load i64, ptr %.1587, align 8
  %.1652 = add nsw i64 %.1642, -1
  store i64 %.1652, ptr %.1590, align 8
  %.1656 = add i64 %.1649, 16
  store i64 %.1656, ptr %.1587, align 8
  br label %B618.endif

B618.endif:                                       ; preds = %B618.if, %B618
  %.1633.sroa.0.0 = phi i64 [ %.1649, %B618.if ], [ 0, %B618 ]
  br i1 %.1643, label %B620, label %B730

B620.if:                                          ; preds = %B620
  br label %common.ret

B620.endif:                                       ; preds = %B620
  %.1723 = icmp slt i64 %arg.basis.5.1, -3
  br i1 %.1723, label %B620.endif.if, label %B620.endif.else

B620.endif.if:                                    ; preds = %B620.endif
  br label %B620.endif.endif

B620.endif.else:                                  ; preds = %B620.endif
  %26 = and i64 %.1685, -9223372036854775805
  %.1741 = icmp sgt i64 %26, 0
  %.1742 = sdiv i64 %.1685, 4
  %.1743 = zext i1 %.1741 to i64
  %.1744 = add nsw i64 %.1742, %.1743
  br label %B620.endif.endif

B620.endif.endif:                                 ; preds = %B620.endif.else, %B620.endif.if
  %storemerge1034 = phi i64 [ %.1744, %B620.endif.else ], [ 0, %B620.endif.if ]
  store i64 %storemerge1034, ptr %.1712, align 8
  br label %B682

B682.if:                                          ; preds = %B682
  %.1771 = load i64, ptr %.1709, align 8
  %.1774 = add nsw i64 %.1764, -1
  store i64 %.1774, ptr %.1712, align 8
  %.1778 = add i64 %.1771, 4
  store i64 %.1778, ptr %.1709, align 8
  br label %B682.endif

B682.endif:                                       ; preds = %B682.if, %B682
  %.1755.sroa.0.0 = phi i64 [ %.1771, %B682.if ], [ 0, %B682 ]
  br i1 %.1765, label %B684, label %B728

gram:                                             ; preds = %gram, %B684
  %.1837 = phi i64 [ 0, %B684 ], [ %.1878, %gram ]
  %.1838 = phi <16 x float> [ zeroinitializer, %B684 ], [ %.1859, %gram ]
  %.1839 = phi <16 x float> [ zeroinitializer, %B684 ], [ %.1865, %gram ]
  %.1840 = phi <16 x float> [ zeroinitializer, %B684 ], [ %.1871, %gram ]
  %.1841 = phi <16 x float> [ zeroinitializer, %B684 ], [ %.1877, %gram ]
  %.1842 = mul i64 %.1837, %arg.weighted.5.1
  %.1843 = mul i64 %.1837, %arg.U.5.1
  %27 = getelementptr float, ptr %arg.U.4, i64 %.1843
  %.1847 = getelementptr float, ptr %27, i64 %.1633.sroa.0.0
  %.1849 = load <16 x float>, ptr %.1847, align 4
  %28 = getelementptr float, ptr %arg.weighted.4, i64 %.1842
  %.1853 = getelementptr float, ptr %28, i64 %.1755.sroa.0.0
  %.1855 = load float, ptr %.1853, align 4
  %.1856 = insertelement <16 x float> poison, float %.1855, i64 0
  %.1857 = shufflevector <16 x float> %.1856, <16 x float> poison, <16 x i32> zeroinitializer
  %.1858 = fmul contract <16 x float> %.1857, %.1849
  %.1859 = fadd contract <16 x float> %.1838, %.1858
  %.1860 = getelementptr i8, ptr %.1853, i64 4
  %.1861 = load float, ptr %.1860, align 4
  %.1862 = insertelement <16 x float> poison, float %.1861, i64 0
  %.1863 = shufflevector <16 x float> %.1862, <16 x float> poison, <16 x i32> zeroinitializer
  %.1864 = fmul contract <16 x float> %.1863, %.1849
  %.1865 = fadd contract <16 x float> %.1839, %.1864
  %.1866 = getelementptr i8, ptr %.1853, i64 8
  %.1867 = load float, ptr %.1866, align 4
  %.1868 = insertelement <16 x float> poison, float %.1867, i64 0
  %.1869 = shufflevector <16 x float> %.1868, <16 x float> poison, <16 x i32> zeroinitializer
  %.1870 = fmul contract <16 x float> %.1869, %.1849
  %.1871 = fadd contract <16 x float> %.1840, %.1870
  %.1872 = getelementptr i8, ptr %.1853, i64 12
  %.1873 = load float, ptr %.1872, align 4
  %.1874 = insertelement <16 x float> poison, float %.1873, i64 0
  %.1875 = shufflevector <16 x float> %.1874, <16 x float> poison, <16 x i32> zeroinitializer
  %.1876 = fmul contract <16 x float> %.1875, %.1849
  %.1877 = fadd contract <16 x float> %.1841, %.1876
  %.1878 = add i64 %.1837, 1
  %.1879 = icmp slt i64 %.1878, %.406
  br i1 %.1879, label %gram, label %gram.end

gram.end:                                         ; preds = %gram
  %.1890 = mul i64 %.1755.sroa.0.0, %arg.G.5.1
  %29 = getelementptr float, ptr %arg.G.4, i64 %.1890
  %.1894 = getelementptr float, ptr %29, i64 %.1633.sroa.0.0
  store <16 x float> %.1859, ptr %.1894, align 4
  %.1897 = add i64 %.1755.sroa.0.0, 1
  %.1898 = mul i64 %.1897, %arg.G.5.1
  %30 = getelementptr float, ptr %arg.G.4, i64 %.1898
  %.1902 = getelementptr float, ptr %30, i64 %.1633.sroa.0.0
  store <16 x float> %.1865, ptr %.1902, align 4
  %.1905 = add i64 %.1755.sroa.0.0, 2
  %.1906 = mul i64 %.1905, %arg.G.5.1
  %31 = getelementptr float, ptr %arg.G.4, i64 %.1906
  %.1910 = getelementptr float, ptr %31, i64 %.1633.sroa.0.0
  store <16 x float> %.1871, ptr %.1910, align 4
  %.1913 = add i64 %.1755.sroa.0.0, 3
  %.1914 = mul i64 %.1913, %arg.G.5.1
  %32 = getelementptr float, ptr %arg.G.4, i64 %.1914
  %.1918 = getelementptr float, ptr %32, i64 %.1633.sroa.0.0
  store <16 x float> %.1877, ptr %.1918, align 4
  br label %B682

B730.if:                                          ; preds = %B730
  br label %common.ret

B730.endif:                                       ; preds = %B730
  %.1976 = icmp slt i64 %arg.basis.5.1, 1
  br i1 %.1976, label %B730.endif.if, label %B730.endif.else

B730.endif.if:                                    ; preds = %B730.endif
  br label %B730.endif.endif

B730.endif.else:                                  ; preds = %B730.endif
  br label %B730.endif.endif

B730.endif.endif:                                 ; preds = %B730.endif.else, %B730.endif.if
  %storemerge1031 = phi i64 [ %arg.basis.5.1, %B730.endif.else ], [ 0, %B730.endif.if ]
  store i64 %storemerge1031, ptr %.1965, align 8
  br label %B774

B774.if:                                          ; preds = %B774
  %.2024 = load i64, ptr %.1962, align 8
  %.2027 = add nsw i64 %.2017, -1
  store i64 %.2027, ptr %.1965, align 8
  %.2031 = add i64 %.2024, 1
  store i64 %.2031, ptr %.1962, align 8
  br label %B774.endif

B774.endif:                                       ; preds = %B774.if, %B774
  %.2008.sroa.0.0 = phi i64 [ %.2024, %B774.if ], [ 0, %B774 ]
  br i1 %.2018, label %B776, label %B806

B806.endif.if:                                    ; preds = %B806
  br label %common.ret

B806.endif.endif:                                 ; preds = %B806
  %.2166 = icmp slt i64 %arg.basis.5.1, 1
  br i1 %.2166, label %B806.endif.endif.if, label %B806.endif.endif.else

B806.endif.endif.if:                              ; preds = %B806.endif.endif
  br label %B806.endif.endif.endif

B806.endif.endif.else:                            ; preds = %B806.endif.endif
  br label %B806.endif.endif.endif

B806.endif.endif.endif:                           ; preds = %B806.endif.endif.else, %B806.endif.endif.if
  %storemerge1032 = phi i64 [ %arg.basis.5.1, %B806.endif.endif.else ], [ 0, %B806.endif.endif.if ]
  store i64 %storemerge1032, ptr %.2155, align 8
  br label %B898

B898.if:                                          ; preds = %B898
  %.2214 = load i64, ptr %.2152, align 8
  %.2217 = add nsw i64 %.2207, -1
  store i64 %.2217, ptr %.2155, align 8
  %.2221 = add i64 %.2214, 1
  store i64 %.2221, ptr %.2152, align 8
  br label %B898.endif

B898.endif:                                       ; preds = %B898.if, %B898
  %.2198.sroa.0.0 = phi i64 [ %.2214, %B898.if ], [ 0, %B898 ]
  br i1 %.2208, label %B900, label %B990

B990.if:                                          ; preds = %B990
  br i1 poison, label %B990.if.if, label %B990.if.endif, !prof !0

B990.else:                                        ; preds = %B990
  br i1 false, label %B990.else.if, label %B990.else.endif, !prof !0

B990.endif:                                       ; preds = %B990.if.endif.endif.endif, %B990.if.endif.endif.endif.if, %B990.else.endif.endif.endif, %B990.else.endif.endif.endif.if
  %.2500.sroa.13.0 = phi i64 [ %.2500.sroa.13.1, %B990.else.endif.endif.endif ], [ %arg.G.5.0, %B990.else.endif.endif.endif.if ], [ poison, %B990.if.endif.endif.endif.if ], [ poison, %B990.if.endif.endif.endif ]
  %.2500.sroa.0.2 = phi i64 [ %.2500.sroa.0.3, %B990.else.endif.endif.endif ], [ %.2500.sroa.0.3, %B990.else.endif.endif.endif.if ], [ poison, %B990.if.endif.endif.endif.if ], [ poison, %B990.if.endif.endif.endif ]
  %.2588 = sub i64 %.2500.sroa.13.0, %.2500.sroa.0.2
  %.2597 = call i64 @llvm.smax.i64(i64 %.2588, i64 0)
  %.2617 = mul i64 %.2500.sroa.0.2, %arg.G.5.1
  %.2619 = getelementptr float, ptr %arg.G.4, i64 %.2617
  %.2636 = mul nsw i64 %.2597, %arg.G.5.1
  store i8 0, ptr %.2653, align 1
  %.2663 = call i32 @part2(ptr nonnull %.2653, ptr nonnull %excinfo.2, ptr %arg.G.0, ptr %arg.G.1, i64 %.2636, i64 %arg.G.3, ptr %.2619, i64 %.2597, i64 %arg.G.5.1, i64 %arg.G.6.0, i64 %arg.G.6.1, ptr %arg.b.0, ptr %arg.b.1, i64 %arg.b.2, i64 %arg.b.3, ptr %arg.b.4, i64 %arg.b.5.0, i64 %arg.b.6.0)
  %.2665 = icmp ne i32 %.2663, 0
  %.2666 = icmp ne i32 %.2663, -2
  %.2669.not = and i1 %.2665, %.2666
  %.2673 = load i8, ptr %.2653, align 1
  %.2676.not = icmp eq i8 %.2673, 0
  br i1 %.2669.not, label %B990.endif.endif.if, label %B990.endif.endif.endif, !prof !0

B990.else.if:                                     ; preds = %B990.else
  br label %B990.else.endif

B990.else.endif:                                  ; preds = %B990.else.if, %B990.else
  %.2520 = icmp slt i64 %arg.G.5.0, 1
  br i1 %.2520, label %B990.else.endif.if, label %B990.else.endif.endif, !prof !0

B990.else.endif.if:                               ; preds = %B990.else.endif
  br label %B990.else.endif.endif

B990.else.endif.endif:                            ; preds = %B990.else.endif.if, %B990.else.endif
  %.2500.sroa.0.3 = phi i64 [ %arg.G.5.0, %B990.else.endif.if ], [ 0, %B990.else.endif ]
  %.2527 = icmp slt i64 %arg.basis.5.1, 0
  %.2528 = select i1 %.2527, i64 %arg.G.5.0, i64 0
  %.2529 = add i64 %arg.basis.5.1, %.2528
  %.2532 = icmp slt i64 %.2529, 0
  br i1 %.2532, label %B990.else.endif.endif.if, label %B990.else.endif.endif.endif, !prof !0

B990.else.endif.endif.if:                         ; preds = %B990.else.endif.endif
  br label %B990.else.endif.endif.endif

B990.else.endif.endif.endif:                      ; preds = %B990.else.endif.endif.if, %B990.else.endif.endif
  %.2500.sroa.13.1 = phi i64 [ 0, %B990.else.endif.endif.if ], [ %.2529, %B990.else.endif.endif ]
  %.2537.not = icmp slt i64 %.2529, %arg.G.5.0
  br i1 %.2537.not, label %B990.endif, label %B990.else.endif.endif.endif.if, !prof !1

B990.else.endif.endif.endif.if:                   ; preds = %B990.else.endif.endif.endif
  br label %B990.endif

B990.if.if:                                       ; preds = %B990.if
  br label %B990.if.endif

B990.if.endif:                                    ; preds = %B990.if.if, %B990.if
  br i1 poison, label %B990.if.endif.if, label %B990.if.endif.endif, !prof !0

B990.if.endif.if:                                 ; preds = %B990.if.endif
  br label %B990.if.endif.endif

B990.if.endif.endif:                              ; preds = %B990.if.endif.if, %B990.if.endif
  br i1 poison, label %B990.if.endif.endif.if, label %B990.if.endif.endif.endif, !prof !0

B990.if.endif.endif.if:                           ; preds = %B990.if.endif.endif
  br label %B990.if.endif.endif.endif

B990.if.endif.endif.endif:                        ; preds = %B990.if.endif.endif.if, %B990.if.endif.endif
  br i1 poison, label %B990.if.endif.endif.endif.if, label %B990.endif, !prof !0

B990.if.endif.endif.endif.if:                     ; preds = %B990.if.endif.endif.endif
  br label %B990.endif

B990.endif.endif.if:                              ; preds = %B990.endif
  %.2671 = icmp sgt i32 %.2663, 0
  %.2664 = load ptr, ptr %excinfo.2, align 8
  %.2672 = select i1 %.2671, ptr %.2664, ptr undef
  store ptr %.2672, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B990.endif.endif.endif

B990.endif.endif.endif:                           ; preds = %B990.endif.endif.if, %B990.endif
  br i1 %.2676.not, label %B1096, label %B1038

B1038.if:                                         ; preds = %B1038
  br label %common.ret

B1038.endif:                                      ; preds = %B1038
  %.2731 = icmp slt i64 %arg.basis.5.1, 1
  br i1 %.2731, label %B1038.endif.if, label %B1038.endif.else

B1038.endif.if:                                   ; preds = %B1038.endif
  br label %B1038.endif.endif

B1038.endif.else:                                 ; preds = %B1038.endif
  br label %B1038.endif.endif

B1038.endif.endif:                                ; preds = %B1038.endif.else, %B1038.endif.if
  %storemerge1033 = phi i64 [ %arg.basis.5.1, %B1038.endif.else ], [ 0, %B1038.endif.if ]
  store i64 %storemerge1033, ptr %.2720, align 8
  br label %B1068

B1068.if:                                         ; preds = %B1068
  %.2779 = load i64, ptr %.2717, align 8
  %.2782 = add nsw i64 %.2772, -1
  store i64 %.2782, ptr %.2720, align 8
  %.2786 = add i64 %.2779, 1
  store i64 %.2786, ptr %.2717, align 8
  br label %B1068.endif

B1068.endif:                                      ; preds = %B1068.if, %B1068
  %.2763.sroa.0.0 = phi i64 [ %.2779, %B1068.if ], [ 0, %B1068 ]
  br i1 %.2773, label %B1070, label %B1096
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.x.0, float %arg.x.1) {
entry:
  %.10 = fcmp reassoc contract olt float %arg.x.1, %arg.x.0
  %.11 = select i1 %.10, float %arg.x.1, float %arg.x.0
  store float %.11, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.G.0, ptr %arg.G.1, i64 %arg.G.2, i64 %arg.G.3, ptr %arg.G.4, i64 %arg.G.5.0, i64 %arg.G.5.1, i64 %arg.G.6.0, i64 %arg.G.6.1, ptr %arg.b.0, ptr %arg.b.1, i64 %arg.b.2, i64 %arg.b.3, ptr %arg.b.4, i64 %arg.b.5.0, i64 %arg.b.6.0) {
entry:
  %.67 = alloca i64, align 8
  store i64 0, ptr %.67, align 8
  %.70 = alloca i64, align 8
  store i64 0, ptr %.70, align 8
  %.392 = alloca i64, align 8
  store i64 0, ptr %.392, align 8
  %.395 = alloca i64, align 8
  store i64 0, ptr %.395, align 8
  %.583 = alloca i64, align 8
  store i64 0, ptr %.583, align 8
  %.586 = alloca i64, align 8
  store i64 0, ptr %.586, align 8
  %.805 = alloca i64, align 8
  store i64 0, ptr %.805, align 8
  %.808 = alloca i64, align 8
  store i64 0, ptr %.808, align 8
  %.1037 = alloca i64, align 8
  store i64 0, ptr %.1037, align 8
  %.1040 = alloca i64, align 8
  store i64 0, ptr %.1040, align 8
  %.1329 = alloca i64, align 8
  store i64 0, ptr %.1329, align 8
  %.1332 = alloca i64, align 8
  store i64 0, ptr %.1332, align 8
  %.1585 = alloca i64, align 8
  store i64 0, ptr %.1585, align 8
  %.1588 = alloca i64, align 8
  store i64 0, ptr %.1588, align 8
  %.1814 = alloca i64, align 8
  store i64 0, ptr %.1814, align 8
  %.1817 = alloca i64, align 8
  store i64 0, ptr %.1817, align 8
  store i64 0, ptr %.67, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B64:                                              ; preds = %B0.endif.endif, %B496
  %.124 = load i64, ptr %.70, align 8
  %.125 = icmp sgt i64 %.124, 0
  br i1 %.125, label %B64.if, label %B64.endif

B66:                                              ; preds = %B64.endif
  %.190 = icmp slt i64 %.115.sroa.0.0, 0
  %.191 = select i1 %.190, i64 %arg.G.5.0, i64 0
  %.192 = add i64 %.115.sroa.0.0, %.191
  %.193 = icmp slt i64 %.115.sroa.0.0, 0
  %.194 = select i1 %.193, i64 %arg.G.5.1, i64 0
  %.212 = mul i64 %.192, %arg.G.5.1
  %0 = getelementptr float, ptr %arg.G.4, i64 %.212
  %1 = getelementptr float, ptr %0, i64 %.115.sroa.0.0
  %.216 = getelementptr float, ptr %1, i64 %.194
  %.217 = load float, ptr %.216, align 4
  %.218 = fcmp reassoc contract ogt float %.217, 0.000000e+00
  br i1 %.218, label %B112, label %B106

common.ret:                                       ; preds = %B742.if, %B700.if, %B530.endif.if, %B498.if, %B372.if, %B332.if, %B112.endif.if, %B0.if, %B890, %B106
  ret i32 0

B106:                                             ; preds = %B66
  store i8 0, ptr %retptr, align 1
  br label %common.ret

B112:                                             ; preds = %B66
  %.257 = icmp slt i64 %.115.sroa.0.0, 0
  %.258 = select i1 %.257, i64 %arg.G.5.0, i64 0
  %.259 = add i64 %.115.sroa.0.0, %.258
  %.260 = icmp slt i64 %.115.sroa.0.0, 0
  %.261 = select i1 %.260, i64 %arg.G.5.1, i64 0
  %.279 = mul i64 %.259, %arg.G.5.1
  %2 = getelementptr float, ptr %arg.G.4, i64 %.279
  %3 = getelementptr float, ptr %2, i64 %.115.sroa.0.0
  %.283 = getelementptr float, ptr %3, i64 %.261
  %.284 = load float, ptr %.283, align 4
  %4 = call reassoc contract float @llvm.sqrt.f32(float %.284)
  %.314 = icmp slt i64 %.115.sroa.0.0, 0
  %.315 = select i1 %.314, i64 %arg.G.5.0, i64 0
  %.316 = add i64 %.115.sroa.0.0, %.315
  %.333 = mul i64 %.316, %arg.G.5.1
  %.335 = getelementptr float, ptr %arg.G.4, i64 %.333
  store i64 %.115.sroa.0.0, ptr %.392, align 8
  %.405 = sub i64 %arg.b.5.0, %.115.sroa.0.0
  br i1 false, label %B112.endif.if, label %B112.endif.endif, !prof !0

B294:                                             ; preds = %B112.endif.endif.endif, %B296
  %.447 = load i64, ptr %.395, align 8
  %.448 = icmp sgt i64 %.447, 0
  br i1 %.448, label %B294.if, label %B294.endif

B296:                                             ; preds = %B294.endif
  %.499 = icmp slt i64 %.438.sroa.0.0, 0
  %.500 = select i1 %.499, i64 %arg.G.5.1, i64 0
  %5 = getelementptr float, ptr %.335, i64 %.438.sroa.0.0
  %.514 = getelementptr float, ptr %5, i64 %.500
  %.515 = load float, ptr %.514, align 4
  %.517 = fdiv reassoc contract float %.515, %4
  %.531 = icmp slt i64 %.438.sroa.0.0, 0
  %.532 = select i1 %.531, i64 %arg.G.5.1, i64 0
  %6 = getelementptr float, ptr %.335, i64 %.438.sroa.0.0
  %.546 = getelementptr float, ptr %6, i64 %.532
  store float %.517, ptr %.546, align 4
  br label %B294

B332:                                             ; preds = %B294.endif
  %.556 = add nsw i64 %.115.sroa.0.0, 1
  store i64 %.556, ptr %.583, align 8
  %.596 = sub i64 %arg.b.5.0, %.556
  br i1 false, label %B332.if, label %B332.endif, !prof !0

B370:                                             ; preds = %B332.endif.endif, %B494
  %.638 = load i64, ptr %.586, align 8
  %.639 = icmp sgt i64 %.638, 0
  br i1 %.639, label %B370.if, label %B370.endif

B372:                                             ; preds = %B370.endif
  %.690 = icmp slt i64 %.629.sroa.0.0, 0
  %.691 = select i1 %.690, i64 %arg.G.5.1, i64 0
  %7 = getelementptr float, ptr %.335, i64 %.629.sroa.0.0
  %.705 = getelementptr float, ptr %7, i64 %.691
  %.706 = load float, ptr %.705, align 4
  %.725 = icmp slt i64 %.629.sroa.0.0, 0
  %.726 = select i1 %.725, i64 %arg.G.5.0, i64 0
  %.727 = add i64 %.629.sroa.0.0, %.726
  %.744 = mul i64 %.727, %arg.G.5.1
  %.746 = getelementptr float, ptr %arg.G.4, i64 %.744
  store i64 %.629.sroa.0.0, ptr %.805, align 8
  %.818 = sub i64 %arg.b.5.0, %.629.sroa.0.0
  br i1 false, label %B372.if, label %B372.endif, !prof !0

B438:                                             ; preds = %B372.endif.endif, %B440
  %.860 = load i64, ptr %.808, align 8
  %.861 = icmp sgt i64 %.860, 0
  br i1 %.861, label %B438.if, label %B438.endif

B440:                                             ; preds = %B438.endif
  %.912 = icmp slt i64 %.851.sroa.0.0, 0
  %.913 = select i1 %.912, i64 %arg.G.5.1, i64 0
  %8 = getelementptr float, ptr %.746, i64 %.851.sroa.0.0
  %.927 = getelementptr float, ptr %8, i64 %.913
  %.928 = load float, ptr %.927, align 4
  %.942 = icmp slt i64 %.851.sroa.0.0, 0
  %.943 = select i1 %.942, i64 %arg.G.5.1, i64 0
  %9 = getelementptr float, ptr %.335, i64 %.851.sroa.0.0
  %.957 = getelementptr float, ptr %9, i64 %.943
  %.958 = load float, ptr %.957, align 4
  %.960 = fmul reassoc contract float %.706, %.958
  %.961 = fsub reassoc contract float %.928, %.960
  %.975 = icmp slt i64 %.851.sroa.0.0, 0
  %.976 = select i1 %.975, i64 %arg.G.5.1, i64 0
  %10 = getelementptr float, ptr %.746, i64 %.851.sroa.0.0
  %.990 = getelementptr float, ptr %10, i64 %.976
  store float %.961, ptr %.990, align 4
  br label %B438

B494:                                             ; preds = %B438.endif
  br label %B370

B496:                                             ; preds = %B370.endif
  br label %B64

B498:                                             ; preds = %B64.endif
  store i64 0, ptr %.1037, align 8
  br i1 false, label %B498.if, label %B498.endif, !prof !0

B528:                                             ; preds = %B498.endif.endif, %B698
  %.1092 = load i64, ptr %.1040, align 8
  %.1093 = icmp sgt i64 %.1092, 0
  br i1 %.1093, label %B528.if, label %B528.endif

B530:                                             ; preds = %B528.endif
  %.1153 = icmp slt i64 %.1083.sroa.0.0, 0
  %.1154 = select i1 %.1153, i64 %arg.G.5.0, i64 0
  %.1155 = add i64 %.1083.sroa.0.0, %.1154
  %.1172 = mul i64 %.1155, %arg.G.5.1
  %.1174 = getelementptr float, ptr %arg.G.4, i64 %.1172
  %.1220 = icmp slt i64 %.1083.sroa.0.0, 0
  %.1221 = select i1 %.1220, i64 %arg.b.5.0, i64 0
  %11 = getelementptr float, ptr %arg.b.4, i64 %.1083.sroa.0.0
  %.1235 = getelementptr float, ptr %11, i64 %.1221
  %.1236 = load float, ptr %.1235, align 4
  %.1251 = icmp slt i64 %.1083.sroa.0.0, 0
  %.1252 = select i1 %.1251, i64 %arg.G.5.1, i64 0
  %12 = getelementptr float, ptr %.1174, i64 %.1083.sroa.0.0
  %.1266 = getelementptr float, ptr %12, i64 %.1252
  %.1267 = load float, ptr %.1266, align 4
  %.1271 = fdiv reassoc contract float %.1236, %.1267
  %.1286 = icmp slt i64 %.1083.sroa.0.0, 0
  %.1287 = select i1 %.1286, i64 %arg.b.5.0, i64 0
  %13 = getelementptr float, ptr %arg.b.4, i64 %.1083.sroa.0.0
  %.1301 = getelementptr float, ptr %13, i64 %.1287
  store float %.1271, ptr %.1301, align 4
  %.1304 = add nsw i64 %.1083.sroa.0.0, 1
  store i64 %.1304, ptr %.1329, align 8
  %.1342 = sub i64 %arg.b.5.0, %.1304
  br i1 false, label %B530.endif.if, label %B530.endif.endif, !prof !0

B630:                                             ; preds = %B530.endif.endif.endif, %B632
  %.1384 = load i64, ptr %.1332, align 8
  %.1385 = icmp sgt i64 %.1384, 0
  br i1 %.1385, label %B630.if, label %B630.endif

B632:                                             ; preds = %B630.endif
  %.1436 = icmp slt i64 %.1375.sroa.0.0, 0
  %.1437 = select i1 %.1436, i64 %arg.b.5.0, i64 0
  %14 = getelementptr float, ptr %arg.b.4, i64 %.1375.sroa.0.0
  %.1451 = getelementptr float, ptr %14, i64 %.1437
  %.1452 = load float, ptr %.1451, align 4
  %.1466 = icmp slt i64 %.1375.sroa.0.0, 0
  %.1467 = select i1 %.1466, i64 %arg.G.5.1, i64 0
  %15 = getelementptr float, ptr %.1174, i64 %.1375.sroa.0.0
  %.1481 = getelementptr float, ptr %15, i64 %.1467
  %.1482 = load float, ptr %.1481, align 4
  %.1497 = icmp slt i64 %.1083.sroa.0.0, 0
  %.1498 = select i1 %.1497, i64 %arg.b.5.0, i64 0
  %16 = getelementptr float, ptr %arg.b.4, i64 %.1083.sroa.0.0
  %.1512 = getelementptr float, ptr %16, i64 %.1498
  %.1513 = load float, ptr %.1512, align 4
  %.1514 = fmul reassoc contract float %.1482, %.1513
  %.1515 = fsub reassoc contract float %.1452, %.1514
  %.1529 = icmp slt i64 %.1375.sroa.0.0, 0
  %.1530 = select i1 %.1529, i64 %arg.b.5.0, i64 0
  %17 = getelementptr float, ptr %arg.b.4, i64 %.1375.sroa.0.0
  %.1544 = getelementptr float, ptr %17, i64 %.1530
  store float %.1515, ptr %.1544, align 4
  br label %B630

B698:                                             ; preds = %B630.endif
  br label %B528

B700:                                             ; preds = %B528.endif
  %.1561 = add nsw i64 %arg.b.5.0, -1
  store i64 %.1561, ptr %.1585, align 8
  br i1 false, label %B700.if, label %B700.endif, !prof !0

B740:                                             ; preds = %B860, %B700.endif.endif
  %.1640 = load i64, ptr %.1588, align 8
  %.1641 = icmp sgt i64 %.1640, 0
  br i1 %.1641, label %B740.if, label %B740.endif

B742:                                             ; preds = %B740.endif
  %.1701 = icmp slt i64 %.1631.sroa.0.0, 0
  %.1702 = select i1 %.1701, i64 %arg.G.5.0, i64 0
  %.1703 = add i64 %.1631.sroa.0.0, %.1702
  %.1720 = mul i64 %.1703, %arg.G.5.1
  %.1722 = getelementptr float, ptr %arg.G.4, i64 %.1720
  %.1765 = icmp slt i64 %.1631.sroa.0.0, 0
  %.1766 = select i1 %.1765, i64 %arg.b.5.0, i64 0
  %18 = getelementptr float, ptr %arg.b.4, i64 %.1631.sroa.0.0
  %.1780 = getelementptr float, ptr %18, i64 %.1766
  %.1781 = load float, ptr %.1780, align 4
  %.1789 = add nsw i64 %.1631.sroa.0.0, 1
  store i64 %.1789, ptr %.1814, align 8
  %.1827 = sub i64 %arg.b.5.0, %.1789
  br i1 false, label %B742.if, label %B742.endif, !prof !0

B814:                                             ; preds = %B742.endif.endif, %B816
  %rest.2.1 = phi float [ %.1781, %B742.endif.endif ], [ %.1970, %B816 ]
  %.1869 = load i64, ptr %.1817, align 8
  %.1870 = icmp sgt i64 %.1869, 0
  br i1 %.1870, label %B814.if, label %B814.endif

B816:                                             ; preds = %B814.endif
  %.1921 = icmp slt i64 %.1860.sroa.0.0, 0
  %.1922 = select i1 %.1921, i64 %arg.G.5.1, i64 0
  %19 = getelementptr float, ptr %.1722, i64 %.1860.sroa.0.0
  %.1936 = getelementptr float, ptr %19, i64 %.1922
  %.1937 = load float, ptr %.1936, align 4
  %.1951 = icmp slt i64 %.1860.sroa.0.0, 0
  %.1952 = select i1 %.1951, i64 %arg.b.5.0, i64 0
  %20 = getelementptr float, ptr %arg.b.4, i64 %.1860.sroa.0.0
  %.1966 = getelementptr float, ptr %20, i64 %.1952
  %.1967 = load float, ptr %.1966, align 4
  %.1968 = fmul reassoc contract float %.1937, %.1967
  %.1970 = fsub reassoc contract float %rest.2.1, %.1968
  br label %B814

B860:                                             ; preds = %B814.endif
  %.1992 = icmp slt i64 %.1631.sroa.0.0, 0
  %.1993 = select i1 %.1992, i64 %arg.G.5.1, i64 0
  %21 = getelementptr float, ptr %.1722, i64 %.1631.sroa.0.0
  %.2007 = getelementptr float, ptr %21, i64 %.1993
  %.2008 = load float, ptr %.2007, align 4
  %.2015 = fdiv reassoc contract float %rest.2.1, %.2008
  %.2032 = icmp slt i64 %.1631.sroa.0.0, 0
  %.2033 = select i1 %.2032, i64 %arg.b.5.0, i64 0
  %22 = getelementptr float, ptr %arg.b.4, i64 %.1631.sroa.0.0
  %.2047 = getelementptr float, ptr %22, i64 %.2033
  store float %.2015, ptr %.2047, align 4
  br label %B740

B890:                                             ; preds = %B740.endif
  store i8 1, ptr %retptr, align 1
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.81 = icmp slt i64 %arg.b.5.0, 1
  br i1 %.81, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.b.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.70, align 8
  br label %B64

B64.if:                                           ; preds = %B64
  %.131 = load i64, ptr %.67, align 8
  %.134 = add nsw i64 %.124, -1
  store i64 %.134, ptr %.70, align 8
  %.138 = add i64 %.131, 1
  store i64 %.138, ptr %.67, align 8
  br label %B64.endif

B64.endif:                                        ; preds = %B64.if, %B64
  %.115.sroa.0.0 = phi i64 [ %.131, %B64.if ], [ 0, %B64 ]
  br i1 %.125, label %B66, label %B498

B112.endif.if:                                    ; preds = %B112
  br label %common.ret

B112.endif.endif:                                 ; preds = %B112
  %.406 = icmp slt i64 %.405, 1
  br i1 %.406, label %B112.endif.endif.if, label %B112.endif.endif.else

B112.endif.endif.if:                              ; preds = %B112.endif.endif
  br label %B112.endif.endif.endif

B112.endif.endif.else:                            ; preds = %B112.endif.endif
  br label %B112.endif.endif.endif

B112.endif.endif.endif:                           ; preds = %B112.endif.endif.else, %B112.endif.endif.if
  %storemerge787 = phi i64 [ %.405, %B112.endif.endif.else ], [ 0, %B112.endif.endif.if ]
  store i64 %storemerge787, ptr %.395, align 8
  br label %B294

B294.if:                                          ; preds = %B294
  %.454 = load i64, ptr %.392, align 8
  %.457 = add nsw i64 %.447, -1
  store i64 %.457, ptr %.395, align 8
  %.461 = add i64 %.454, 1
  store i64 %.461, ptr %.392, align 8
  br label %B294.endif

B294.endif:                                       ; preds = %B294.if, %B294
  %.438.sroa.0.0 = phi i64 [ %.454, %B294.if ], [ 0, %B294 ]
  br i1 %.448, label %B296, label %B332

B332.if:                                          ; preds = %B332
  br label %common.ret

B332.endif:                                       ; preds = %B332
  %.597 = icmp slt i64 %.596, 1
  br i1 %.597, label %B332.endif.if, label %B332.endif.else

B332.endif.if:                                    ; preds = %B332.endif
  br label %B332.endif.endif

B332.endif.else:                                  ; preds = %B332.endif
  br label %B332.endif.endif

B332.endif.endif:                                 ; preds = %B332.endif.else, %B332.endif.if
  %storemerge788 = phi i64 [ %.596, %B332.endif.else ], [ 0, %B332.endif.if ]
  store i64 %storemerge788, ptr %.586, align 8
  br label %B370

B370.if:                                          ; preds = %B370
  %.645 = load i64, ptr %.583, align 8
  %.648 = add nsw i64 %.638, -1
  store i64 %.648, ptr %.586, align 8
  %.652 = add i64 %.645, 1
  store i64 %.652, ptr %.583, align 8
  br label %B370.endif

B370.endif:                                       ; preds = %B370.if, %B370
  %.629.sroa.0.0 = phi i64 [ %.645, %B370.if ], [ 0, %B370 ]
  br i1 %.639, label %B372, label %B496

B372.if:                                          ; preds = %B372
  br label %common.ret

B372.endif:                                       ; preds = %B372
  %.819 = icmp slt i64 %.818, 1
  br i1 %.819, label %B372.endif.if, label %B372.endif.else

B372.endif.if:                                    ; preds = %B372.endif
  br label %B372.endif.endif

B372.endif.else:                                  ; preds = %B372.endif
  br label %B372.endif.endif

B372.endif.endif:                                 ; preds = %B372.endif.else, %B372.endif.if
  %storemerge789 = phi i64 [ %.818, %B372.endif.else ], [ 0, %B372.endif.if ]
  store i64 %storemerge789, ptr %.808, align 8
  br label %B438

B438.if:                                          ; preds = %B438
  %.867 = load i64, ptr %.805, align 8
  %.870 = add nsw i64 %.860, -1
  store i64 %.870, ptr %.808, align 8
  %.874 = add i64 %.867, 1
  store i64 %.874, ptr %.805, align 8
  br label %B438.endif

B438.endif:                                       ; preds = %B438.if, %B438
  %.851.sroa.0.0 = phi i64 [ %.867, %B438.if ], [ 0, %B438 ]
  br i1 %.861, label %B440, label %B494

B498.if:                                          ; preds = %B498
  br label %common.ret

B498.endif:                                       ; preds = %B498
  %.1051 = icmp slt i64 %arg.b.5.0, 1
  br i1 %.1051, label %B498.endif.if, label %B498.endif.else

B498.endif.if:                                    ; preds = %B498.endif
  br label %B498.endif.endif

B498.endif.else:                                  ; preds = %B498.endif
  br label %B498.endif.endif

B498.endif.endif:                                 ; preds = %B498.endif.else, %B498.endif.if
  %storemerge783 = phi i64 [ %arg.b.5.0, %B498.endif.else ], [ 0, %B498.endif.if ]
  store i64 %storemerge783, ptr %.1040, align 8
  br label %B528

B528.if:                                          ; preds = %B528
  %.1099 = load i64, ptr %.1037, align 8
  %.1102 = add nsw i64 %.1092, -1
  store i64 %.1102, ptr %.1040, align 8
  %.1106 = add i64 %.1099, 1
  store i64 %.1106, ptr %.1037, align 8
  br label %B528.endif

B528.endif:                                       ; preds = %B528.if, %B528
  %.1083.sroa.0.0 = phi i64 [ %.1099, %B528.if ], [ 0, %B528 ]
  br i1 %.1093, label %B530, label %B700

B530.endif.if:                                    ; preds = %B530
  br label %common.ret

B530.endif.endif:                                 ; preds = %B530
  %.1343 = icmp slt i64 %.1342, 1
  br i1 %.1343, label %B530.endif.endif.if, label %B530.endif.endif.else

B530.endif.endif.if:                              ; preds = %B530.endif.endif
  br label %B530.endif.endif.endif

B530.endif.endif.else:                            ; preds = %B530.endif.endif
  br label %B530.endif.endif.endif

B530.endif.endif.endif:                           ; preds = %B530.endif.endif.else, %B530.endif.endif.if
  %storemerge786 = phi i64 [ %.1342, %B530.endif.endif.else ], [ 0, %B530.endif.endif.if ]
  store i64 %storemerge786, ptr %.1332, align 8
  br label %B630

B630.if:                                          ; preds = %B630
  %.1391 = load i64, ptr %.1329, align 8
  %.1394 = add nsw i64 %.1384, -1
  store i64 %.1394, ptr %.1332, align 8
  %.1398 = add i64 %.1391, 1
  store i64 %.1398, ptr %.1329, align 8
  br label %B630.endif

B630.endif:                                       ; preds = %B630.if, %B630
  %.1375.sroa.0.0 = phi i64 [ %.1391, %B630.if ], [ 0, %B630 ]
  br i1 %.1385, label %B632, label %B698

B700.if:                                          ; preds = %B700
  br label %common.ret

B700.endif:                                       ; preds = %B700
  %.1599 = icmp ugt i64 %arg.b.5.0, -9223372036854775808
  br i1 %.1599, label %B700.endif.if, label %B700.endif.else

B700.endif.if:                                    ; preds = %B700.endif
  br label %B700.endif.endif

B700.endif.else:                                  ; preds = %B700.endif
  br label %B700.endif.endif

B700.endif.endif:                                 ; preds = %B700.endif.else, %B700.endif.if
  %storemerge784 = phi i64 [ %arg.b.5.0, %B700.endif.else ], [ 0, %B700.endif.if ]
  store i64 %storemerge784, ptr %.1588, align 8
  br label %B740

B740.if:                                          ; preds = %B740
  %.1647 = load i64, ptr %.1585, align 8
  %.1650 = add nsw i64 %.1640, -1
  store i64 %.1650, ptr %.1588, align 8
  %.1654 = add i64 %.1647, -1
  store i64 %.1654, ptr %.1585, align 8
  br label %B740.endif

B740.endif:                                       ; preds = %B740.if, %B740
  %.1631.sroa.0.0 = phi i64 [ %.1647, %B740.if ], [ 0, %B740 ]
  br i1 %.1641, label %B742, label %B890

B742.if:                                          ; preds = %B742
  br label %common.ret

B742.endif:                                       ; preds = %B742
  %.1828 = icmp slt i64 %.1827, 1
  br i1 %.1828, label %B742.endif.if, label %B742.endif.else

B742.endif.if:                                    ; preds = %B742.endif
  br label %B742.endif.endif

B742.endif.else:                                  ; preds = %B742.endif
  br label %B742.endif.endif

B742.endif.endif:                                 ; preds = %B742.endif.else, %B742.endif.if
  %storemerge785 = phi i64 [ %.1827, %B742.endif.else ], [ 0, %B742.endif.if ]
  store i64 %storemerge785, ptr %.1817, align 8
  br label %B814

B814.if:                                          ; preds = %B814
  %.1876 = load i64, ptr %.1814, align 8
  %.1879 = add nsw i64 %.1869, -1
  store i64 %.1879, ptr %.1817, align 8
  %.1883 = add i64 %.1876, 1
  store i64 %.1883, ptr %.1814, align 8
  br label %B814.endif

B814.endif:                                       ; preds = %B814.if, %B814
  %.1860.sroa.0.0 = phi i64 [ %.1876, %B814.if ], [ 0, %B814 ]
  br i1 %.1870, label %B816, label %B860
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smax.i64(i64, i64) #0

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare float @llvm.sqrt.f32(float) #0

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
!1 = !{!"branch_weights", i32 99, i32 1}
