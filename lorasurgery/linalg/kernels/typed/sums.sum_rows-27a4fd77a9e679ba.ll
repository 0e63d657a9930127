; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, i64 %arg.start, ptr %arg.table.0, ptr %arg.table.1, i64 %arg.table.2, i64 %arg.table.3, ptr %arg.table.4, i64 %arg.table.5.0, i64 %arg.table.5.1, i64 %arg.table.6.0, i64 %arg.table.6.1, ptr %arg.scales.0, ptr %arg.scales.1, i64 %arg.scales.2, i64 %arg.scales.3, ptr %arg.scales.4, i64 %arg.scales.5.0, i64 %arg.scales.6.0, ptr %arg.left.0, ptr %arg.left.1, i64 %arg.left.2, i64 %arg.left.3, ptr %arg.left.4, i64 %arg.left.5.0, i64 %arg.left.5.1, i64 %arg.left.6.0, i64 %arg.left.6.1, ptr %arg.right.0, ptr %arg.right.1, i64 %arg.right.2, i64 %arg.right.3, ptr %arg.right.4, i64 %arg.right.5.0, i64 %arg.right.5.1, i64 %arg.right.5.2, i64 %arg.right.6.0, i64 %arg.right.6.1, i64 %arg.right.6.2, ptr %arg.whole_left.0, ptr %arg.whole_left.1, i64 %arg.whole_left.2, i64 %arg.whole_left.3, ptr %arg.whole_left.4, i64 %arg.whole_left.5.0, i64 %arg.whole_left.6.0, ptr %arg.whole_right.0, ptr %arg.whole_right.1, i64 %arg.whole_right.2, i64 %arg.whole_right.3, ptr %arg.whole_right.4, i64 %arg.whole_right.5.0, i64 %arg.whole_right.6.0, ptr %arg.absolute.0, ptr %arg.absolute.1, i64 %arg.absolute.2, i64 %arg.absolute.3, ptr %arg.absolute.4, i64 %arg.absolute.5.0, i64 %arg.absolute.6.0, double %arg.relative, i32 %arg.infinite, ptr %arg.sums.0, ptr %arg.sums.1, i64 %arg.sums.2, i64 %arg.sums.3, ptr %arg.sums.4, i64 %arg.sums.5.0, i64 %arg.sums.5.1, i64 %arg.sums.6.0, i64 %arg.sums.6.1, ptr %arg.stored.0, ptr %arg.stored.1, i64 %arg.stored.2, i64 %arg.stored.3, ptr %arg.stored.4, i64 %arg.stored.5.0, i64 %arg.stored.6.0, ptr %arg.room.0, ptr %arg.room.1, i64 %arg.room.2, i64 %arg.room.3, ptr %arg.room.4, i64 %arg.room.5.0, i64 %arg.room.5.1, i64 %arg.room.6.0, i64 %arg.room.6.1, ptr %arg.out.0, ptr %arg.out.1, i64 %arg.out.2, i64 %arg.out.3, ptr %arg.out.4, i64 %arg.out.5.0, i64 %arg.out.5.1, i64 %arg.out.6.0, i64 %arg.out.6.1, i64 %arg.is_noted, i64 %arg.lowest, i64 %arg.first, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.6.0, ptr %arg.steps.0, ptr %arg.steps.1, i64 %arg.steps.2, i64 %arg.steps.3, ptr %arg.steps.4, i64 %arg.steps.5.0, i64 %arg.steps.6.0, ptr %arg.count.0, ptr %arg.count.1, i64 %arg.count.2, i64 %arg.count.3, ptr %arg.count.4, i64 %arg.count.5.0, i64 %arg.count.6.0) {
entry:
  %.372 = alloca i64, align 8
  store i64 0, ptr %.372, align 8
  %.375 = alloca i64, align 8
  store i64 0, ptr %.375, align 8
  %.524 = alloca i64, align 8
  store i64 0, ptr %.524, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.554 = alloca ptr, align 8
  store ptr null, ptr %.554, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.669 = alloca i64, align 8
  store i64 0, ptr %.669, align 8
  %.672 = alloca i64, align 8
  store i64 0, ptr %.672, align 8
  %.772 = alloca i64, align 8
  store i64 0, ptr %.772, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.1220 = alloca i64, align 8
  store i64 0, ptr %.1220, align 8
  %.1223 = alloca i64, align 8
  store i64 0, ptr %.1223, align 8
  %.1773 = alloca ptr, align 8
  store ptr null, ptr %.1773, align 8
  %excinfo.4 = alloca ptr, align 8
  store ptr null, ptr %excinfo.4, align 8
  %.1833 = alloca i64, align 8
  store i64 0, ptr %.1833, align 8
  %.1836 = alloca i64, align 8
  store i64 0, ptr %.1836, align 8
  %.2030 = alloca i64, align 8
  store i64 0, ptr %.2030, align 8
  %.2033 = alloca i64, align 8
  store i64 0, ptr %.2033, align 8
  %.2195 = alloca i64, align 8
  store i64 0, ptr %.2195, align 8
  %excinfo.5 = alloca ptr, align 8
  store ptr null, ptr %excinfo.5, align 8
  %.2334 = alloca i32, align 4
  store i32 0, ptr %.2334, align 4
  %excinfo.6 = alloca ptr, align 8
  store ptr null, ptr %excinfo.6, align 8
  %.2531 = alloca i32, align 4
  store i32 0, ptr %.2531, align 4
  %excinfo.7 = alloca ptr, align 8
  store ptr null, ptr %excinfo.7, align 8
  %.2677 = alloca i64, align 8
  store i64 0, ptr %.2677, align 8
  %excinfo.8 = alloca ptr, align 8
  store ptr null, ptr %excinfo.8, align 8
  %.2704 = alloca i64, align 8
  store i64 0, ptr %.2704, align 8
  %excinfo.9 = alloca ptr, align 8
  store ptr null, ptr %excinfo.9, align 8
  %.272 = getelementptr i32, ptr %arg.room.4, i64 %arg.room.5.1
  %.341 = load i64, ptr %arg.count.4, align 8
  store i64 0, ptr %.372, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B102:                                             ; preds = %B0.endif.endif, %B1286
  %held.7.0 = phi i64 [ %.341, %B0.endif.endif ], [ %held.6.1, %B1286 ]
  %beyond.7.0 = phi i64 [ 0, %B0.endif.endif ], [ %beyond.6.1, %B1286 ]
  %.430 = load i64, ptr %.375, align 8
  %.431 = icmp sgt i64 %.430, 0
  br i1 %.431, label %B104.if, label %B104.endif

B106:                                             ; preds = %B104.endif
  br i1 false, label %B106.endif, label %B106.else, !prof !0

B136:                                             ; preds = %B106.endif
  %.518 = add nsw i64 %arg.start, %.421.sroa.0.0
  %.521 = sub nsw i64 %arg.W.5.0, %.421.sroa.0.0
  store i64 0, ptr %.524, align 8
  %.530 = call i32 @part1(ptr nonnull %.524, ptr nonnull %excinfo.1, i64 16, i64 %.521)
  %.532 = icmp ne i32 %.530, 0
  %.533 = icmp ne i32 %.530, -2
  %.536.not = and i1 %.532, %.533
  %.540 = load i64, ptr %.524, align 8
  br i1 %.536.not, label %B136.if, label %B136.endif, !prof !0

B226:                                             ; preds = %B136.endif.if, %B136.endif, %B106.endif
  %.611 = add nsw i64 %arg.start, %.421.sroa.0.0
  %.625 = icmp slt i64 %.611, 0
  %.626 = select i1 %.625, i64 %arg.absolute.5.0, i64 0
  %0 = getelementptr double, ptr %arg.absolute.4, i64 %.611
  %.640 = getelementptr double, ptr %0, i64 %.626
  %.641 = load double, ptr %.640, align 8
  store i64 0, ptr %.669, align 8
  br i1 false, label %B226.if, label %B226.endif, !prof !0

B292:                                             ; preds = %B226.endif.endif, %B1282
  %held.6.1 = phi i64 [ %held.7.0, %B226.endif.endif ], [ %held.5.2, %B1282 ]
  %beyond.6.1 = phi i64 [ %beyond.7.0, %B226.endif.endif ], [ %beyond.5.2, %B1282 ]
  %.725 = load i64, ptr %.672, align 8
  %.726 = icmp sgt i64 %.725, 0
  br i1 %.726, label %B294.if, label %B294.endif

B296:                                             ; preds = %B294.endif
  %.769 = sub nsw i64 %arg.W.5.1, %.716.sroa.0.0
  store i64 0, ptr %.772, align 8
  %.778 = call i32 @part1(ptr nonnull %.772, ptr nonnull %excinfo.3, i64 512, i64 %.769)
  %.780 = icmp ne i32 %.778, 0
  %.781 = icmp ne i32 %.778, -2
  %.784.not = and i1 %.780, %.781
  %.788 = load i64, ptr %.772, align 8
  br i1 %.784.not, label %B296.if, label %B296.endif, !prof !0

B428:                                             ; preds = %B296.endif.endif.endif
  store i64 0, ptr %.1220, align 8
  br i1 false, label %B428.if, label %B428.endif, !prof !0

B458:                                             ; preds = %B428.endif.endif, %B460
  %.1275 = load i64, ptr %.1223, align 8
  %.1276 = icmp sgt i64 %.1275, 0
  br i1 %.1276, label %B458.if, label %B458.endif

B460:                                             ; preds = %B458.endif
  %.1327 = icmp slt i64 %.1266.sroa.0.0, 0
  %.1328 = select i1 %.1327, i64 %.941, i64 0
  %1 = getelementptr i32, ptr %.965, i64 %.1266.sroa.0.0
  %.1342 = getelementptr i32, ptr %1, i64 %.1328
  %.1343 = load i32, ptr %.1342, align 4
  %.1357 = icmp slt i64 %.1266.sroa.0.0, 0
  %.1358 = select i1 %.1357, i64 %arg.stored.5.0, i64 0
  %2 = getelementptr i32, ptr %arg.stored.4, i64 %.1266.sroa.0.0
  %.1372 = getelementptr i32, ptr %2, i64 %.1358
  store i32 %.1343, ptr %.1372, align 4
  br label %B458

B486:                                             ; preds = %B458.endif, %B296.endif.endif.endif
  br i1 false, label %B486.endif, label %B486.else, !prof !0

B568:                                             ; preds = %B486.endif.endif
  br label %B594

B576:                                             ; preds = %B486.endif.endif
  br label %B594

B594:                                             ; preds = %B576, %B568
  %"$phi594.2.2.sroa.104.2" = phi i64 [ %arg.out.6.1, %B568 ], [ %arg.room.6.1, %B576 ]
  %"$phi594.2.2.sroa.88.2" = phi ptr [ %.1158, %B568 ], [ %arg.room.4, %B576 ]
  %"$phi594.2.2.sroa.80.2" = phi i64 [ %arg.out.3, %B568 ], [ %arg.room.3, %B576 ]
  %"$phi594.2.2.sroa.72.2" = phi i64 [ %.1134, %B568 ], [ %arg.room.5.1, %B576 ]
  %"$phi594.2.2.sroa.64.2" = phi ptr [ %arg.out.1, %B568 ], [ %arg.room.1, %B576 ]
  %"$phi594.2.2.sroa.56.2" = phi ptr [ %arg.out.0, %B568 ], [ %arg.room.0, %B576 ]
  %"$phi594.2.2.sroa.48.2" = phi i64 [ %arg.W.6.1, %B568 ], [ %arg.stored.6.0, %B576 ]
  %"$phi594.2.2.sroa.40.2" = phi i64 [ %.941, %B568 ], [ %arg.stored.5.0, %B576 ]
  %"$phi594.2.2.sroa.32.2" = phi ptr [ %.965, %B568 ], [ %arg.stored.4, %B576 ]
  %"$phi594.2.2.sroa.24.2" = phi i64 [ %arg.W.3, %B568 ], [ %arg.stored.3, %B576 ]
  %"$phi594.2.2.sroa.16.2" = phi i64 [ %.941, %B568 ], [ %arg.stored.2, %B576 ]
  %"$phi594.2.2.sroa.8.2" = phi ptr [ %arg.W.1, %B568 ], [ %arg.stored.1, %B576 ]
  %"$phi594.2.2.sroa.0.2" = phi ptr [ %arg.W.0, %B568 ], [ %arg.stored.0, %B576 ]
  %.1765 = load i32, ptr %arg.W.4, align 4
  store ptr null, ptr %.1773, align 8
  %.1785 = call i32 @part5(ptr nonnull %.1773, ptr nonnull %excinfo.4, ptr %"$phi594.2.2.sroa.0.2", ptr %"$phi594.2.2.sroa.8.2", i64 %"$phi594.2.2.sroa.16.2", i64 %"$phi594.2.2.sroa.24.2", ptr %"$phi594.2.2.sroa.32.2", i64 %"$phi594.2.2.sroa.40.2", i64 %"$phi594.2.2.sroa.48.2", ptr %arg.sums.0, ptr %arg.sums.1, i64 %.1558, i64 %arg.sums.3, ptr %.1582, i64 %.1558, i64 %arg.sums.6.1, double %.641, double %arg.relative, i32 %.1765, i32 %arg.infinite, i64 %arg.is_noted, ptr %"$phi594.2.2.sroa.56.2", ptr %"$phi594.2.2.sroa.64.2", i64 %"$phi594.2.2.sroa.72.2", i64 %"$phi594.2.2.sroa.80.2", ptr %"$phi594.2.2.sroa.88.2", i64 %"$phi594.2.2.sroa.72.2", i64 %"$phi594.2.2.sroa.104.2", ptr %arg.room.0, ptr %arg.room.1, i64 %arg.room.5.1, i64 %arg.room.3, ptr %.272, i64 %arg.room.5.1, i64 %arg.room.6.1)
  %.1787 = icmp ne i32 %.1785, 0
  %.1788 = icmp ne i32 %.1785, -2
  %.1791.not = and i1 %.1787, %.1788
  br i1 %.1791.not, label %B594.if, label %B594.endif, !prof !0

B664:                                             ; preds = %B594.endif
  store i64 0, ptr %.1833, align 8
  br i1 false, label %B664.if, label %B664.endif, !prof !0

B694:                                             ; preds = %B664.endif.endif, %B696
  %.1888 = load i64, ptr %.1836, align 8
  %.1889 = icmp sgt i64 %.1888, 0
  br i1 %.1889, label %B694.if, label %B694.endif

B696:                                             ; preds = %B694.endif
  %.1940 = icmp slt i64 %.1879.sroa.0.0, 0
  %.1941 = select i1 %.1940, i64 %"$phi594.2.2.sroa.72.2", i64 0
  %3 = getelementptr i32, ptr %"$phi594.2.2.sroa.88.2", i64 %.1879.sroa.0.0
  %.1955 = getelementptr i32, ptr %3, i64 %.1941
  %.1956 = load i32, ptr %.1955, align 4
  %.1970 = icmp slt i64 %.1879.sroa.0.0, 0
  %.1971 = select i1 %.1970, i64 %.1134, i64 0
  %4 = getelementptr i32, ptr %.1158, i64 %.1879.sroa.0.0
  %.1985 = getelementptr i32, ptr %4, i64 %.1971
  store i32 %.1956, ptr %.1985, align 4
  br label %B694

B722:                                             ; preds = %B694.endif, %B594.endif
  store i64 0, ptr %.2030, align 8
  br i1 false, label %B722.if, label %B722.endif, !prof !0

B766:                                             ; preds = %B722.endif.endif, %B1278
  %held.5.2 = phi i64 [ %held.6.1, %B722.endif.endif ], [ %held.8.5, %B1278 ]
  %beyond.5.2 = phi i64 [ %beyond.6.1, %B722.endif.endif ], [ %beyond.8.5, %B1278 ]
  %.2086 = load i64, ptr %.2033, align 8
  %.2087 = icmp sgt i64 %.2086, 0
  br i1 %.2087, label %B768.if, label %B768.endif

B770:                                             ; preds = %B768.endif
  %.2148 = getelementptr i32, ptr %.272, i64 %.2077.sroa.0.0
  %.2150 = load <64 x i32>, ptr %.2148, align 4
  %.2151 = icmp ne <64 x i32> %.2150, zeroinitializer
  %.2152 = bitcast <64 x i1> %.2151 to i64
  br label %B804

B804:                                             ; preds = %B808.endif, %B770
  %held.4.3 = phi i64 [ %held.5.2, %B770 ], [ %held.8.4, %B808.endif ]
  %beyond.4.3 = phi i64 [ %beyond.5.2, %B770 ], [ %beyond.8.4, %B808.endif ]
  %marked.2.3 = phi i64 [ %.2152, %B770 ], [ %.2227, %B808.endif ]
  %.2182.not = icmp eq i64 %marked.2.3, 0
  br i1 %.2182.not, label %B1278, label %B808

B808:                                             ; preds = %B1274, %B804
  %held.8.4 = phi i64 [ %held.4.3, %B804 ], [ %held.3.6, %B1274 ]
  %beyond.8.4 = phi i64 [ %beyond.4.3, %B804 ], [ %beyond.3.6, %B1274 ]
  %marked.3.4 = phi i64 [ %marked.2.3, %B804 ], [ %.2227, %B1274 ]
  store i64 0, ptr %.2195, align 8
  %.2199 = call i32 @part16(ptr nonnull %.2195, ptr nonnull %excinfo.5, i64 %marked.3.4)
  %.2201 = icmp ne i32 %.2199, 0
  %.2202 = icmp ne i32 %.2199, -2
  %.2205.not = and i1 %.2201, %.2202
  %.2209 = load i64, ptr %.2195, align 8
  br i1 %.2205.not, label %B808.if, label %B808.endif, !prof !0

B910:                                             ; preds = %B808.endif
  %.2273 = icmp slt i64 %.2220, 0
  %.2274 = select i1 %.2273, i64 %arg.room.5.1, i64 0
  %5 = getelementptr i32, ptr %.272, i64 %.2220
  %.2288 = getelementptr i32, ptr %5, i64 %.2274
  %.2289 = load i32, ptr %.2288, align 4
  %6 = and i32 %.2289, 1
  %.2292.not = icmp eq i32 %6, 0
  br i1 %.2292.not, label %B1038, label %B932

B932:                                             ; preds = %B910
  %.2309 = icmp slt i64 %.2220, 0
  %.2310 = select i1 %.2309, i64 %.941, i64 0
  %7 = getelementptr i32, ptr %.965, i64 %.2220
  %.2324 = getelementptr i32, ptr %7, i64 %.2310
  %.2325 = load i32, ptr %.2324, align 4
  %.2328 = add nsw i64 %arg.start, %.421.sroa.0.0
  %.2331 = add nsw i64 %.716.sroa.0.0, %.2220
  store i32 0, ptr %.2334, align 4
  %.2348 = call i32 @part17(ptr nonnull %.2334, ptr nonnull %excinfo.6, i32 %.2325, i64 %.2328, i64 %.2331, double 1.000000e+00, ptr %arg.table.0, ptr %arg.table.1, i64 %arg.table.2, i64 %arg.table.3, ptr %arg.table.4, i64 %arg.table.5.0, i64 %arg.table.5.1, i64 %arg.table.6.0, i64 %arg.table.6.1, ptr %arg.scales.0, ptr %arg.scales.1, i64 %arg.scales.2, i64 %arg.scales.3, ptr %arg.scales.4, i64 %arg.scales.5.0, i64 %arg.scales.6.0, ptr %arg.whole_left.0, ptr %arg.whole_left.1, i64 %arg.whole_left.2, i64 %arg.whole_left.3, ptr %arg.whole_left.4, i64 %arg.whole_left.5.0, i64 %arg.whole_left.6.0, ptr %arg.whole_right.0, ptr %arg.whole_right.1, i64 %arg.whole_right.2, i64 %arg.whole_right.3, ptr %arg.whole_right.4, i64 %arg.whole_right.5.0, i64 %arg.whole_right.6.0, i32 %arg.infinite)
  %.2350 = icmp ne i32 %.2348, 0
  %.2351 = icmp ne i32 %.2348, -2
  %.2354.not = and i1 %.2350, %.2351
  %.2358 = load i32, ptr %.2334, align 4
  br i1 %.2354.not, label %B932.if, label %B932.endif, !prof !0

B1038:                                            ; preds = %B932.endif, %B910
  %beyond.3.6 = phi i64 [ %.2440, %B932.endif ], [ %beyond.8.4, %B910 ]
  %.2453.not = icmp eq i64 %arg.is_noted, 0
  br i1 %.2453.not, label %B1274, label %B1042

B1042:                                            ; preds = %B1038
  %.2473 = icmp slt i64 %.2220, 0
  %.2474 = select i1 %.2473, i64 %.1134, i64 0
  %8 = getelementptr i32, ptr %.1158, i64 %.2220
  %.2488 = getelementptr i32, ptr %8, i64 %.2474
  %.2489 = load i32, ptr %.2488, align 4
  %.2504 = icmp slt i64 %.2220, 0
  %.2505 = select i1 %.2504, i64 %.1558, i64 0
  %9 = getelementptr double, ptr %.1582, i64 %.2220
  %.2519 = getelementptr double, ptr %9, i64 %.2505
  %.2520 = load double, ptr %.2519, align 8
  %.2523 = add nsw i64 %arg.start, %.421.sroa.0.0
  %.2526 = add nsw i64 %.716.sroa.0.0, %.2220
  store i32 0, ptr %.2531, align 4
  %.2545 = call i32 @part20(ptr nonnull %.2531, ptr nonnull %excinfo.7, i32 %.2489, double %.2520, double %.641, double %arg.relative, i64 %.2523, i64 %.2526, ptr %arg.table.0, ptr %arg.table.1, i64 %arg.table.2, i64 %arg.table.3, ptr %arg.table.4, i64 %arg.table.5.0, i64 %arg.table.5.1, i64 %arg.table.6.0, i64 %arg.table.6.1, ptr %arg.scales.0, ptr %arg.scales.1, i64 %arg.scales.2, i64 %arg.scales.3, ptr %arg.scales.4, i64 %arg.scales.5.0, i64 %arg.scales.6.0, ptr %arg.whole_left.0, ptr %arg.whole_left.1, i64 %arg.whole_left.2, i64 %arg.whole_left.3, ptr %arg.whole_left.4, i64 %arg.whole_left.5.0, i64 %arg.whole_left.6.0, ptr %arg.whole_right.0, ptr %arg.whole_right.1, i64 %arg.whole_right.2, i64 %arg.whole_right.3, ptr %arg.whole_right.4, i64 %arg.whole_right.5.0, i64 %arg.whole_right.6.0, i32 %arg.infinite)
  %.2547 = icmp ne i32 %.2545, 0
  %.2548 = icmp ne i32 %.2545, -2
  %.2551.not = and i1 %.2547, %.2548
  %.2555 = load i32, ptr %.2531, align 4
  br i1 %.2551.not, label %B1042.if, label %B1042.endif, !prof !0

B1146:                                            ; preds = %B1042.endif
  %.2604 = mul nsw i64 %.421.sroa.0.0, %arg.W.5.1
  %.2606 = add nsw i64 %arg.first, %.2604
  %.2608 = add nsw i64 %.2606, %.716.sroa.0.0
  %.2610 = add nsw i64 %.2608, %.2220
  %.2625 = icmp slt i64 %held.8.4, 0
  %.2626 = select i1 %.2625, i64 %arg.places.5.0, i64 0
  %10 = getelementptr i64, ptr %arg.places.4, i64 %held.8.4
  %.2640 = getelementptr i64, ptr %10, i64 %.2626
  store i64 %.2610, ptr %.2640, align 8
  %.2657 = icmp slt i64 %.2220, 0
  %.2658 = select i1 %.2657, i64 %.941, i64 0
  %11 = getelementptr i32, ptr %.965, i64 %.2220
  %.2672 = getelementptr i32, ptr %11, i64 %.2658
  %.2673 = load i32, ptr %.2672, align 4
  store i64 0, ptr %.2677, align 8
  %.2681 = call i32 @part21(ptr nonnull %.2677, ptr nonnull %excinfo.8, i32 %.2673, i64 %arg.lowest)
  %.2683 = icmp ne i32 %.2681, 0
  %.2684 = icmp ne i32 %.2681, -2
  %.2687.not = and i1 %.2683, %.2684
  %.2691 = load i64, ptr %.2677, align 8
  br i1 %.2687.not, label %B1146.if, label %B1146.endif, !prof !0

B1274:                                            ; preds = %B1146.endif.endif, %B1042.endif, %B1038
  %held.3.6 = phi i64 [ %.2763, %B1146.endif.endif ], [ %held.8.4, %B1042.endif ], [ %held.8.4, %B1038 ]
  %.2793.not = icmp eq i64 %.2227, 0
  br i1 %.2793.not, label %B1278, label %B808

B1278:                                            ; preds = %B1274, %B804
  %held.8.5 = phi i64 [ %held.3.6, %B1274 ], [ %held.4.3, %B804 ]
  %beyond.8.5 = phi i64 [ %beyond.3.6, %B1274 ], [ %beyond.4.3, %B804 ]
  br label %B766

B1282:                                            ; preds = %B768.endif
  br label %B292

B1286:                                            ; preds = %B294.endif
  br label %B102

common.ret:                                       ; preds = %B1146.endif.if, %B1146.if, %B1042.if, %B932.if, %B808.if, %B594.if, %B296.if, %B136.endif.if, %B136.if, %B722.if, %B664.if, %B428.if, %B226.if, %B0.if, %B1290
  %common.ret.op = phi i32 [ 0, %B1290 ], [ poison, %B0.if ], [ %.2681, %B1146.if ], [ %.530, %B136.if ], [ poison, %B226.if ], [ %.576, %B136.endif.if ], [ poison, %B428.if ], [ %.778, %B296.if ], [ poison, %B664.if ], [ poison, %B722.if ], [ %.1785, %B594.if ], [ %.2199, %B808.if ], [ %.2348, %B932.if ], [ %.2545, %B1042.if ], [ %.2708, %B1146.endif.if ]
  ret i32 %common.ret.op

B1290:                                            ; preds = %B104.endif
  store i64 %held.7.0, ptr %arg.count.4, align 8
  store i64 %beyond.7.0, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.386 = icmp slt i64 %arg.W.5.0, 1
  br i1 %.386, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.W.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.375, align 8
  br label %B102

B104.if:                                          ; preds = %B102
  %.437 = load i64, ptr %.372, align 8
  %.440 = add nsw i64 %.430, -1
  store i64 %.440, ptr %.375, align 8
  %.444 = add i64 %.437, 1
  store i64 %.444, ptr %.372, align 8
  br label %B104.endif

B104.endif:                                       ; preds = %B104.if, %B102
  %.421.sroa.0.0 = phi i64 [ %.437, %B104.if ], [ 0, %B102 ]
  br i1 %.431, label %B106, label %B1290

B106.else:                                        ; preds = %B106
  br i1 true, label %B106.else.if, label %B106.endif, !prof !1

B106.endif:                                       ; preds = %B106.else, %B106.else.if, %B106
  %rem.0 = phi i1 [ poison, %B106 ], [ %12, %B106.else.if ], [ poison, %B106.else ]
  br i1 %rem.0, label %B136, label %B226

B106.else.if:                                     ; preds = %B106.else
  %.483.1 = and i64 %.421.sroa.0.0, 15
  %12 = icmp eq i64 %.483.1, 0
  br label %B106.endif

B136.if:                                          ; preds = %B136
  %.538 = icmp sgt i32 %.530, 0
  %.531 = load ptr, ptr %excinfo.1, align 8
  %.539 = select i1 %.538, ptr %.531, ptr undef
  store ptr %.539, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B136.endif

B136.endif:                                       ; preds = %B136.if, %B136
  store ptr null, ptr %.554, align 8
  %.576 = call i32 @part2(ptr nonnull %.554, ptr nonnull %excinfo.2, i64 %.518, i64 %.540, ptr %arg.table.0, ptr %arg.table.1, i64 %arg.table.2, i64 %arg.table.3, ptr %arg.table.4, i64 %arg.table.5.0, i64 %arg.table.5.1, i64 %arg.table.6.0, i64 %arg.table.6.1, ptr %arg.left.0, ptr %arg.left.1, i64 %arg.left.2, i64 %arg.left.3, ptr %arg.left.4, i64 %arg.left.5.0, i64 %arg.left.5.1, i64 %arg.left.6.0, i64 %arg.left.6.1, ptr %arg.right.0, ptr %arg.right.1, i64 %arg.right.2, i64 %arg.right.3, ptr %arg.right.4, i64 %arg.right.5.0, i64 %arg.right.5.1, i64 %arg.right.5.2, i64 %arg.right.6.0, i64 %arg.right.6.1, i64 %arg.right.6.2, ptr %arg.sums.0, ptr %arg.sums.1, i64 %arg.sums.2, i64 %arg.sums.3, ptr %arg.sums.4, i64 %arg.sums.5.0, i64 %arg.sums.5.1, i64 %arg.sums.6.0, i64 %arg.sums.6.1)
  %.578 = icmp ne i32 %.576, 0
  %.579 = icmp ne i32 %.576, -2
  %.582.not = and i1 %.578, %.579
  br i1 %.582.not, label %B136.endif.if, label %B226, !prof !0

B136.endif.if:                                    ; preds = %B136.endif
  %.584 = icmp sgt i32 %.576, 0
  %.577 = load ptr, ptr %excinfo.2, align 8
  %.585 = select i1 %.584, ptr %.577, ptr undef
  store ptr %.585, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B226

B226.if:                                          ; preds = %B226
  br label %common.ret

B226.endif:                                       ; preds = %B226
  %.683 = icmp slt i64 %arg.W.5.1, 1
  br i1 %.683, label %B226.endif.if, label %B226.endif.else

B226.endif.if:                                    ; preds = %B226.endif
  br label %B226.endif.endif

B226.endif.else:                                  ; preds = %B226.endif
  %13 = add nuw i64 %arg.W.5.1, 511
  %.704 = lshr i64 %13, 9
  br label %B226.endif.endif

B226.endif.endif:                                 ; preds = %B226.endif.else, %B226.endif.if
  %storemerge1110 = phi i64 [ %.704, %B226.endif.else ], [ 0, %B226.endif.if ]
  store i64 %storemerge1110, ptr %.672, align 8
  br label %B292

B294.if:                                          ; preds = %B292
  %.732 = load i64, ptr %.669, align 8
  %.735 = add nsw i64 %.725, -1
  store i64 %.735, ptr %.672, align 8
  %.739 = add i64 %.732, 512
  store i64 %.739, ptr %.669, align 8
  br label %B294.endif

B294.endif:                                       ; preds = %B294.if, %B292
  %.716.sroa.0.0 = phi i64 [ %.732, %B294.if ], [ 0, %B292 ]
  br i1 %.726, label %B296, label %B1286

B296.if:                                          ; preds = %B296
  %.786 = icmp sgt i32 %.778, 0
  %.779 = load ptr, ptr %excinfo.3, align 8
  %.787 = select i1 %.786, ptr %.779, ptr undef
  store ptr %.787, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B296.endif

B296.endif:                                       ; preds = %B296.if, %B296
  %.803 = add nsw i64 %.716.sroa.0.0, %.788
  %.841 = icmp slt i64 %.421.sroa.0.0, 0
  %.842 = select i1 %.841, i64 %arg.W.5.0, i64 0
  %.843 = add i64 %.421.sroa.0.0, %.842
  br i1 false, label %B296.endif.if, label %B296.endif.else

B296.endif.if:                                    ; preds = %B296.endif
  br i1 poison, label %B296.endif.if.if, label %B296.endif.if.endif, !prof !0

B296.endif.else:                                  ; preds = %B296.endif
  %.854 = icmp slt i64 %.716.sroa.0.0, 0
  %.855 = select i1 %.854, i64 %arg.W.5.1, i64 0
  %.856 = add i64 %.716.sroa.0.0, %.855
  %.859 = icmp slt i64 %.856, 0
  br i1 %.859, label %B296.endif.else.if, label %B296.endif.else.endif, !prof !0

B296.endif.endif:                                 ; preds = %B296.endif.if.endif.endif.endif, %B296.endif.if.endif.endif.endif.if, %B296.endif.else.endif.endif.endif, %B296.endif.else.endif.endif.endif.if
  %.844.sroa.13.0 = phi i64 [ %.844.sroa.13.1, %B296.endif.else.endif.endif.endif ], [ %arg.W.5.1, %B296.endif.else.endif.endif.endif.if ], [ poison, %B296.endif.if.endif.endif.endif.if ], [ poison, %B296.endif.if.endif.endif.endif ]
  %.844.sroa.0.2 = phi i64 [ %.844.sroa.0.3, %B296.endif.else.endif.endif.endif ], [ %.844.sroa.0.3, %B296.endif.else.endif.endif.endif.if ], [ poison, %B296.endif.if.endif.endif.endif.if ], [ poison, %B296.endif.if.endif.endif.endif ]
  %.932 = sub i64 %.844.sroa.13.0, %.844.sroa.0.2
  %.941 = call i64 @llvm.smax.i64(i64 %.932, i64 0)
  %.961 = mul i64 %.843, %arg.W.5.1
  %14 = getelementptr i32, ptr %arg.W.4, i64 %.961
  %.965 = getelementptr i32, ptr %14, i64 %.844.sroa.0.2
  %.996 = add nsw i64 %.716.sroa.0.0, %.788
  %.1034 = icmp slt i64 %.421.sroa.0.0, 0
  %.1035 = select i1 %.1034, i64 %arg.out.5.0, i64 0
  %.1036 = add i64 %.421.sroa.0.0, %.1035
  br i1 false, label %B296.endif.endif.if, label %B296.endif.endif.else

B296.endif.else.if:                               ; preds = %B296.endif.else
  br label %B296.endif.else.endif

B296.endif.else.endif:                            ; preds = %B296.endif.else.if, %B296.endif.else
  %.844.sroa.0.1 = phi i64 [ 0, %B296.endif.else.if ], [ %.856, %B296.endif.else ]
  %.864.not = icmp slt i64 %.856, %arg.W.5.1
  br i1 %.864.not, label %B296.endif.else.endif.endif, label %B296.endif.else.endif.if, !prof !1

B296.endif.else.endif.if:                         ; preds = %B296.endif.else.endif
  br label %B296.endif.else.endif.endif

B296.endif.else.endif.endif:                      ; preds = %B296.endif.else.endif.if, %B296.endif.else.endif
  %.844.sroa.0.3 = phi i64 [ %arg.W.5.1, %B296.endif.else.endif.if ], [ %.844.sroa.0.1, %B296.endif.else.endif ]
  %.871 = icmp slt i64 %.803, 0
  %.872 = select i1 %.871, i64 %arg.W.5.1, i64 0
  %.873 = add i64 %.803, %.872
  %.876 = icmp slt i64 %.873, 0
  br i1 %.876, label %B296.endif.else.endif.endif.if, label %B296.endif.else.endif.endif.endif, !prof !0

B296.endif.else.endif.endif.if:                   ; preds = %B296.endif.else.endif.endif
  br label %B296.endif.else.endif.endif.endif

B296.endif.else.endif.endif.endif:                ; preds = %B296.endif.else.endif.endif.if, %B296.endif.else.endif.endif
  %.844.sroa.13.1 = phi i64 [ 0, %B296.endif.else.endif.endif.if ], [ %.873, %B296.endif.else.endif.endif ]
  %.881.not = icmp slt i64 %.873, %arg.W.5.1
  br i1 %.881.not, label %B296.endif.endif, label %B296.endif.else.endif.endif.endif.if, !prof !1

B296.endif.else.endif.endif.endif.if:             ; preds = %B296.endif.else.endif.endif.endif
  br label %B296.endif.endif

B296.endif.if.if:                                 ; preds = %B296.endif.if
  br label %B296.endif.if.endif

B296.endif.if.endif:                              ; preds = %B296.endif.if.if, %B296.endif.if
  br i1 poison, label %B296.endif.if.endif.if, label %B296.endif.if.endif.endif, !prof !0

B296.endif.if.endif.if:                           ; preds = %B296.endif.if.endif
  br label %B296.endif.if.endif.endif

B296.endif.if.endif.endif:                        ; preds = %B296.endif.if.endif.if, %B296.endif.if.endif
  br i1 poison, label %B296.endif.if.endif.endif.if, label %B296.endif.if.endif.endif.endif, !prof !0

B296.endif.if.endif.endif.if:                     ; preds = %B296.endif.if.endif.endif
  br label %B296.endif.if.endif.endif.endif

B296.endif.if.endif.endif.endif:                  ; preds = %B296.endif.if.endif.endif.if, %B296.endif.if.endif.endif
  br i1 poison, label %B296.endif.if.endif.endif.endif.if, label %B296.endif.endif, !prof !0

B296.endif.if.endif.endif.endif.if:               ; preds = %B296.endif.if.endif.endif.endif
  br label %B296.endif.endif

B296.endif.endif.if:                              ; preds = %B296.endif.endif
  br i1 poison, label %B296.endif.endif.if.if, label %B296.endif.endif.if.endif, !prof !0

B296.endif.endif.else:                            ; preds = %B296.endif.endif
  %.1047 = icmp slt i64 %.716.sroa.0.0, 0
  %.1048 = select i1 %.1047, i64 %arg.out.5.1, i64 0
  %.1049 = add i64 %.716.sroa.0.0, %.1048
  %.1052 = icmp slt i64 %.1049, 0
  br i1 %.1052, label %B296.endif.endif.else.if, label %B296.endif.endif.else.endif, !prof !0

B296.endif.endif.endif:                           ; preds = %B296.endif.endif.if.endif.endif.endif, %B296.endif.endif.if.endif.endif.endif.if, %B296.endif.endif.else.endif.endif.endif, %B296.endif.endif.else.endif.endif.endif.if
  %.1037.sroa.13.0 = phi i64 [ %.1037.sroa.13.1, %B296.endif.endif.else.endif.endif.endif ], [ %arg.out.5.1, %B296.endif.endif.else.endif.endif.endif.if ], [ poison, %B296.endif.endif.if.endif.endif.endif.if ], [ poison, %B296.endif.endif.if.endif.endif.endif ]
  %.1037.sroa.0.2 = phi i64 [ %.1037.sroa.0.3, %B296.endif.endif.else.endif.endif.endif ], [ %.1037.sroa.0.3, %B296.endif.endif.else.endif.endif.endif.if ], [ poison, %B296.endif.endif.if.endif.endif.endif.if ], [ poison, %B296.endif.endif.if.endif.endif.endif ]
  %.1125 = sub i64 %.1037.sroa.13.0, %.1037.sroa.0.2
  %.1134 = call i64 @llvm.smax.i64(i64 %.1125, i64 0)
  %.1154 = mul i64 %.1036, %arg.out.5.1
  %15 = getelementptr i32, ptr %arg.out.4, i64 %.1154
  %.1158 = getelementptr i32, ptr %15, i64 %.1037.sroa.0.2
  %.1194 = icmp slt i64 %.788, 512
  br i1 %.1194, label %B428, label %B486

B296.endif.endif.else.if:                         ; preds = %B296.endif.endif.else
  br label %B296.endif.endif.else.endif

B296.endif.endif.else.endif:                      ; preds = %B296.endif.endif.else.if, %B296.endif.endif.else
  %.1037.sroa.0.1 = phi i64 [ 0, %B296.endif.endif.else.if ], [ %.1049, %B296.endif.endif.else ]
  %.1057.not = icmp slt i64 %.1049, %arg.out.5.1
  br i1 %.1057.not, label %B296.endif.endif.else.endif.endif, label %B296.endif.endif.else.endif.if, !prof !1

B296.endif.endif.else.endif.if:                   ; preds = %B296.endif.endif.else.endif
  br label %B296.endif.endif.else.endif.endif

B296.endif.endif.else.endif.endif:                ; preds = %B296.endif.endif.else.endif.if, %B296.endif.endif.else.endif
  %.1037.sroa.0.3 = phi i64 [ %arg.out.5.1, %B296.endif.endif.else.endif.if ], [ %.1037.sroa.0.1, %B296.endif.endif.else.endif ]
  %.1064 = icmp slt i64 %.996, 0
  %.1065 = select i1 %.1064, i64 %arg.out.5.1, i64 0
  %.1066 = add i64 %.996, %.1065
  %.1069 = icmp slt i64 %.1066, 0
  br i1 %.1069, label %B296.endif.endif.else.endif.endif.if, label %B296.endif.endif.else.endif.endif.endif, !prof !0

B296.endif.endif.else.endif.endif.if:             ; preds = %B296.endif.endif.else.endif.endif
  br label %B296.endif.endif.else.endif.endif.endif

B296.endif.endif.else.endif.endif.endif:          ; preds = %B296.endif.endif.else.endif.endif.if, %B296.endif.endif.else.endif.endif
  %.1037.sroa.13.1 = phi i64 [ 0, %B296.endif.endif.else.endif.endif.if ], [ %.1066, %B296.endif.endif.else.endif.endif ]
  %.1074.not = icmp slt i64 %.1066, %arg.out.5.1
  br i1 %.1074.not, label %B296.endif.endif.endif, label %B296.endif.endif.else.endif.endif.endif.if, !prof !1

B296.endif.endif.else.endif.endif.endif.if:       ; preds = %B296.endif.endif.else.endif.endif.endif
  br label %B296.endif.endif.endif

B296.endif.endif.if.if:                           ; preds = %B296.endif.endif.if
  br label %B296.endif.endif.if.endif

B296.endif.endif.if.endif:                        ; preds = %B296.endif.endif.if.if, %B296.endif.endif.if
  br i1 poison, label %B296.endif.endif.if.endif.if, label %B296.endif.endif.if.endif.endif, !prof !0

B296.endif.endif.if.endif.if:                     ; preds = %B296.endif.endif.if.endif
  br label %B296.endif.endif.if.endif.endif

B296.endif.endif.if.endif.endif:                  ; preds = %B296.endif.endif.if.endif.if, %B296.endif.endif.if.endif
  br i1 poison, label %B296.endif.endif.if.endif.endif.if, label %B296.endif.endif.if.endif.endif.endif, !prof !0

B296.endif.endif.if.endif.endif.if:               ; preds = %B296.endif.endif.if.endif.endif
  br label %B296.endif.endif.if.endif.endif.endif

B296.endif.endif.if.endif.endif.endif:            ; preds = %B296.endif.endif.if.endif.endif.if, %B296.endif.endif.if.endif.endif
  br i1 poison, label %B296.endif.endif.if.endif.endif.endif.if, label %B296.endif.endif.endif, !prof !0

B296.endif.endif.if.endif.endif.endif.if:         ; preds = %B296.endif.endif.if.endif.endif.endif
  br label %B296.endif.endif.endif

B428.if:                                          ; preds = %B428
  br label %common.ret

B428.endif:                                       ; preds = %B428
  %.1234 = icmp slt i64 %.788, 1
  br i1 %.1234, label %B428.endif.if, label %B428.endif.else

B428.endif.if:                                    ; preds = %B428.endif
  br label %B428.endif.endif

B428.endif.else:                                  ; preds = %B428.endif
  br label %B428.endif.endif

B428.endif.endif:                                 ; preds = %B428.endif.else, %B428.endif.if
  %storemerge1111 = phi i64 [ %.788, %B428.endif.else ], [ 0, %B428.endif.if ]
  store i64 %storemerge1111, ptr %.1223, align 8
  br label %B458

B458.if:                                          ; preds = %B458
  %.1282 = load i64, ptr %.1220, align 8
  %.1285 = add nsw i64 %.1275, -1
  store i64 %.1285, ptr %.1223, align 8
  %.1289 = add i64 %.1282, 1
  store i64 %.1289, ptr %.1220, align 8
  br label %B458.endif

B458.endif:                                       ; preds = %B458.if, %B458
  %.1266.sroa.0.0 = phi i64 [ %.1282, %B458.if ], [ 0, %B458 ]
  br i1 %.1276, label %B460, label %B486

B486.else:                                        ; preds = %B486
  br i1 true, label %B486.else.if, label %B486.endif, !prof !1

B486.endif:                                       ; preds = %B486.else, %B486.else.if, %B486
  %rem.1.0 = phi i64 [ poison, %B486 ], [ %.1390.1, %B486.else.if ], [ poison, %B486.else ]
  %.1421 = add nsw i64 %.716.sroa.0.0, 512
  %.1458 = icmp slt i64 %rem.1.0, 0
  %.1459 = select i1 %.1458, i64 %arg.sums.5.0, i64 0
  %.1460 = add i64 %rem.1.0, %.1459
  br i1 false, label %B486.endif.if, label %B486.endif.else

B486.else.if:                                     ; preds = %B486.else
  %.1390.1 = and i64 %.421.sroa.0.0, 15
  br label %B486.endif

B486.endif.if:                                    ; preds = %B486.endif
  br i1 poison, label %B486.endif.if.if, label %B486.endif.if.endif, !prof !0

B486.endif.else:                                  ; preds = %B486.endif
  %.1471 = icmp slt i64 %.716.sroa.0.0, 0
  %.1472 = select i1 %.1471, i64 %arg.sums.5.1, i64 0
  %.1473 = add i64 %.716.sroa.0.0, %.1472
  %.1476 = icmp slt i64 %.1473, 0
  br i1 %.1476, label %B486.endif.else.if, label %B486.endif.else.endif, !prof !0

B486.endif.endif:                                 ; preds = %B486.endif.if.endif.endif.endif, %B486.endif.if.endif.endif.endif.if, %B486.endif.else.endif.endif.endif, %B486.endif.else.endif.endif.endif.if
  %.1461.sroa.13.0 = phi i64 [ %.1461.sroa.13.1, %B486.endif.else.endif.endif.endif ], [ %arg.sums.5.1, %B486.endif.else.endif.endif.endif.if ], [ poison, %B486.endif.if.endif.endif.endif.if ], [ poison, %B486.endif.if.endif.endif.endif ]
  %.1461.sroa.0.2 = phi i64 [ %.1461.sroa.0.3, %B486.endif.else.endif.endif.endif ], [ %.1461.sroa.0.3, %B486.endif.else.endif.endif.endif.if ], [ poison, %B486.endif.if.endif.endif.endif.if ], [ poison, %B486.endif.if.endif.endif.endif ]
  %.1549 = sub i64 %.1461.sroa.13.0, %.1461.sroa.0.2
  %.1558 = call i64 @llvm.smax.i64(i64 %.1549, i64 0)
  %.1578 = mul i64 %.1460, %arg.sums.5.1
  %16 = getelementptr double, ptr %arg.sums.4, i64 %.1578
  %.1582 = getelementptr double, ptr %16, i64 %.1461.sroa.0.2
  %.1615 = icmp eq i64 %.788, 512
  br i1 %.1615, label %B568, label %B576

B486.endif.else.if:                               ; preds = %B486.endif.else
  br label %B486.endif.else.endif

B486.endif.else.endif:                            ; preds = %B486.endif.else.if, %B486.endif.else
  %.1461.sroa.0.1 = phi i64 [ 0, %B486.endif.else.if ], [ %.1473, %B486.endif.else ]
  %.1481.not = icmp slt i64 %.1473, %arg.sums.5.1
  br i1 %.1481.not, label %B486.endif.else.endif.endif, label %B486.endif.else.endif.if, !prof !1

B486.endif.else.endif.if:                         ; preds = %B486.endif.else.endif
  br label %B486.endif.else.endif.endif

B486.endif.else.endif.endif:                      ; preds = %B486.endif.else.endif.if, %B486.endif.else.endif
  %.1461.sroa.0.3 = phi i64 [ %arg.sums.5.1, %B486.endif.else.endif.if ], [ %.1461.sroa.0.1, %B486.endif.else.endif ]
  %.1488 = icmp slt i64 %.716.sroa.0.0, -512
  %.1489 = select i1 %.1488, i64 %arg.sums.5.1, i64 0
  %.1490 = add i64 %.1421, %.1489
  %.1493 = icmp slt i64 %.1490, 0
  br i1 %.1493, label %B486.endif.else.endif.endif.if, label %B486.endif.else.endif.endif.endif, !prof !0

B486.endif.else.endif.endif.if:                   ; preds = %B486.endif.else.endif.endif
  br label %B486.endif.else.endif.endif.endif

B486.endif.else.endif.endif.endif:                ; preds = %B486.endif.else.endif.endif.if, %B486.endif.else.endif.endif
  %.1461.sroa.13.1 = phi i64 [ 0, %B486.endif.else.endif.endif.if ], [ %.1490, %B486.endif.else.endif.endif ]
  %.1498.not = icmp slt i64 %.1490, %arg.sums.5.1
  br i1 %.1498.not, label %B486.endif.endif, label %B486.endif.else.endif.endif.endif.if, !prof !1

B486.endif.else.endif.endif.endif.if:             ; preds = %B486.endif.else.endif.endif.endif
  br label %B486.endif.endif

B486.endif.if.if:                                 ; preds = %B486.endif.if
  br label %B486.endif.if.endif

B486.endif.if.endif:                              ; preds = %B486.endif.if.if, %B486.endif.if
  br i1 poison, label %B486.endif.if.endif.if, label %B486.endif.if.endif.endif, !prof !0

B486.endif.if.endif.if:                           ; preds = %B486.endif.if.endif
  br label %B486.endif.if.endif.endif

B486.endif.if.endif.endif:                        ; preds = %B486.endif.if.endif.if, %B486.endif.if.endif
  br i1 poison, label %B486.endif.if.endif.endif.if, label %B486.endif.if.endif.endif.endif, !prof !0

B486.endif.if.endif.endif.if:                     ; preds = %B486.endif.if.endif.endif
  br label %B486.endif.if.endif.endif.endif

B486.endif.if.endif.endif.endif:                  ; preds = %B486.endif.if.endif.endif.if, %B486.endif.if.endif.endif
  br i1 poison, label %B486.endif.if.endif.endif.endif.if, label %B486.endif.endif, !prof !0

B486.endif.if.endif.endif.endif.if:               ; preds = %B486.endif.if.endif.endif.endif
  br label %B486.endif.endif

B594.if:                                          ; preds = %B594
  %.1793 = icmp sgt i32 %.1785, 0
  %.1786 = load ptr, ptr %excinfo.4, align 8
  %.1794 = select i1 %.1793, ptr %.1786, ptr undef
  store ptr %.1794, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B594.endif

B594.endif:                                       ; preds = %B594.if, %B594
  br i1 %.1615, label %B722, label %B664

B664.if:                                          ; preds = %B664
  br label %common.ret

B664.endif:                                       ; preds = %B664
  %.1847 = icmp slt i64 %.788, 1
  br i1 %.1847, label %B664.endif.if, label %B664.endif.else

B664.endif.if:                                    ; preds = %B664.endif
  br label %B664.endif.endif

B664.endif.else:                                  ; preds = %B664.endif
  br label %B664.endif.endif

B664.endif.endif:                                 ; preds = %B664.endif.else, %B664.endif.if
  %storemerge1112 = phi i64 [ %.788, %B664.endif.else ], [ 0, %B664.endif.if ]
  store i64 %storemerge1112, ptr %.1836, align 8
  br label %B694

B694.if:                                          ; preds = %B694
  %.1895 = load i64, ptr %.1833, align 8
  %.1898 = add nsw i64 %.1888, -1
  store i64 %.1898, ptr %.1836, align 8
  %.1902 = add i64 %.1895, 1
  store i64 %.1902, ptr %.1833, align 8
  br label %B694.endif

B694.endif:                                       ; preds = %B694.if, %B694
  %.1879.sroa.0.0 = phi i64 [ %.1895, %B694.if ], [ 0, %B694 ]
  br i1 %.1889, label %B696, label %B722

B722.if:                                          ; preds = %B722
  br label %common.ret

B722.endif:                                       ; preds = %B722
  %.2044 = icmp slt i64 %.788, 1
  br i1 %.2044, label %B722.endif.if, label %B722.endif.else

B722.endif.if:                                    ; preds = %B722.endif
  br label %B722.endif.endif

B722.endif.else:                                  ; preds = %B722.endif
  %17 = add nuw i64 %.788, 63
  %.2065 = lshr i64 %17, 6
  br label %B722.endif.endif

B722.endif.endif:                                 ; preds = %B722.endif.else, %B722.endif.if
  %storemerge1114 = phi i64 [ %.2065, %B722.endif.else ], [ 0, %B722.endif.if ]
  store i64 %storemerge1114, ptr %.2033, align 8
  br label %B766

B768.if:                                          ; preds = %B766
  %.2093 = load i64, ptr %.2030, align 8
  %.2096 = add nsw i64 %.2086, -1
  store i64 %.2096, ptr %.2033, align 8
  %.2100 = add i64 %.2093, 64
  store i64 %.2100, ptr %.2030, align 8
  br label %B768.endif

B768.endif:                                       ; preds = %B768.if, %B766
  %.2077.sroa.0.0 = phi i64 [ %.2093, %B768.if ], [ 0, %B766 ]
  br i1 %.2087, label %B770, label %B1282

B808.if:                                          ; preds = %B808
  %.2207 = icmp sgt i32 %.2199, 0
  %.2200 = load ptr, ptr %excinfo.5, align 8
  %.2208 = select i1 %.2207, ptr %.2200, ptr undef
  store ptr %.2208, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B808.endif

B808.endif:                                       ; preds = %B808.if, %B808
  %.2220 = add nsw i64 %.2077.sroa.0.0, %.2209
  %.2225 = add i64 %marked.3.4, -1
  %.2227 = and i64 %marked.3.4, %.2225
  %.2235.not = icmp slt i64 %.2220, %.788
  br i1 %.2235.not, label %B910, label %B804

B932.if:                                          ; preds = %B932
  %.2356 = icmp sgt i32 %.2348, 0
  %.2349 = load ptr, ptr %excinfo.6, align 8
  %.2357 = select i1 %.2356, ptr %.2349, ptr undef
  store ptr %.2357, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B932.endif

B932.endif:                                       ; preds = %B932.if, %B932
  %.2382 = icmp slt i64 %.2220, 0
  %.2383 = select i1 %.2382, i64 %.1134, i64 0
  %18 = getelementptr i32, ptr %.1158, i64 %.2220
  %.2397 = getelementptr i32, ptr %18, i64 %.2383
  store i32 %.2358, ptr %.2397, align 4
  %.2413 = icmp slt i64 %.2220, 0
  %.2414 = select i1 %.2413, i64 %.1134, i64 0
  %19 = getelementptr i32, ptr %.1158, i64 %.2220
  %.2428 = getelementptr i32, ptr %19, i64 %.2414
  %.2429 = load i32, ptr %.2428, align 4
  %.24331115 = and i32 %.2429, %arg.infinite
  %.2436 = icmp eq i32 %.24331115, %arg.infinite
  %.2439 = zext i1 %.2436 to i64
  %.2440 = add nsw i64 %beyond.8.4, %.2439
  br label %B1038

B1042.if:                                         ; preds = %B1042
  %.2553 = icmp sgt i32 %.2545, 0
  %.2546 = load ptr, ptr %excinfo.7, align 8
  %.2554 = select i1 %.2553, ptr %.2546, ptr undef
  store ptr %.2554, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1042.endif

B1042.endif:                                      ; preds = %B1042.if, %B1042
  %.2582 = icmp slt i64 %.2220, 0
  %.2583 = select i1 %.2582, i64 %.941, i64 0
  %20 = getelementptr i32, ptr %.965, i64 %.2220
  %.2597 = getelementptr i32, ptr %20, i64 %.2583
  %.2598 = load i32, ptr %.2597, align 4
  %.2600.not = icmp eq i32 %.2555, %.2598
  br i1 %.2600.not, label %B1274, label %B1146

B1146.if:                                         ; preds = %B1146
  %.2689 = icmp sgt i32 %.2681, 0
  %.2682 = load ptr, ptr %excinfo.8, align 8
  %.2690 = select i1 %.2689, ptr %.2682, ptr undef
  store ptr %.2690, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1146.endif

B1146.endif:                                      ; preds = %B1146.if, %B1146
  store i64 0, ptr %.2704, align 8
  %.2708 = call i32 @part21(ptr nonnull %.2704, ptr nonnull %excinfo.9, i32 %.2555, i64 %arg.lowest)
  %.2710 = icmp ne i32 %.2708, 0
  %.2711 = icmp ne i32 %.2708, -2
  %.2714.not = and i1 %.2710, %.2711
  %.2718 = load i64, ptr %.2704, align 8
  br i1 %.2714.not, label %B1146.endif.if, label %B1146.endif.endif, !prof !0

B1146.endif.if:                                   ; preds = %B1146.endif
  %.2716 = icmp sgt i32 %.2708, 0
  %.2709 = load ptr, ptr %excinfo.9, align 8
  %.2717 = select i1 %.2716, ptr %.2709, ptr undef
  store ptr %.2717, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1146.endif.endif

B1146.endif.endif:                                ; preds = %B1146.endif.if, %B1146.endif
  %.2730 = sub nsw i64 %.2691, %.2718
  %.2745 = icmp slt i64 %held.8.4, 0
  %.2746 = select i1 %.2745, i64 %arg.steps.5.0, i64 0
  %21 = getelementptr i64, ptr %arg.steps.4, i64 %held.8.4
  %.2760 = getelementptr i64, ptr %21, i64 %.2746
  store i64 %.2730, ptr %.2760, align 8
  %.2763 = add nsw i64 %held.8.4, 1
  br label %B1274
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smin.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
}

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.first, i64 %arg.count, ptr %arg.table.0, ptr %arg.table.1, i64 %arg.table.2, i64 %arg.table.3, ptr %arg.table.4, i64 %arg.table.5.0, i64 %arg.table.5.1, i64 %arg.table.6.0, i64 %arg.table.6.1, ptr %arg.left.0, ptr %arg.left.1, i64 %arg.left.2, i64 %arg.left.3, ptr %arg.left.4, i64 %arg.left.5.0, i64 %arg.left.5.1, i64 %arg.left.6.0, i64 %arg.left.6.1, ptr %arg.right.0, ptr %arg.right.1, i64 %arg.right.2, i64 %arg.right.3, ptr %arg.right.4, i64 %arg.right.5.0, i64 %arg.right.5.1, i64 %arg.right.5.2, i64 %arg.right.6.0, i64 %arg.right.6.1, i64 %arg.right.6.2, ptr %arg.sums.0, ptr %arg.sums.1, i64 %arg.sums.2, i64 %arg.sums.3, ptr %arg.sums.4, i64 %arg.sums.5.0, i64 %arg.sums.5.1, i64 %arg.sums.6.0, i64 %arg.sums.6.1) {
entry:
  %.98 = alloca i64, align 8
  store i64 0, ptr %.98, align 8
  %.101 = alloca i64, align 8
  store i64 0, ptr %.101, align 8
  %.233 = alloca i64, align 8
  store i64 0, ptr %.233, align 8
  %.236 = alloca i64, align 8
  store i64 0, ptr %.236, align 8
  %.426 = alloca i64, align 8
  store i64 0, ptr %.426, align 8
  %.429 = alloca i64, align 8
  store i64 0, ptr %.429, align 8
  %.823 = alloca i64, align 8
  store i64 0, ptr %.823, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.856 = alloca i64, align 8
  store i64 0, ptr %.856, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.911 = alloca i64, align 8
  store i64 0, ptr %.911, align 8
  %.914 = alloca i64, align 8
  store i64 0, ptr %.914, align 8
  %.1039 = alloca i64, align 8
  store i64 0, ptr %.1039, align 8
  %.1042 = alloca i64, align 8
  store i64 0, ptr %.1042, align 8
  store i64 0, ptr %.98, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B34:                                              ; preds = %B0.endif.endif, %B110
  %.155 = load i64, ptr %.101, align 8
  %.156 = icmp sgt i64 %.155, 0
  br i1 %.156, label %B34.if, label %B34.endif

B36:                                              ; preds = %B34.endif
  store i64 0, ptr %.233, align 8
  br i1 false, label %B36.if, label %B36.endif, !prof !0

B90:                                              ; preds = %B36.endif.endif, %B92
  %.288 = load i64, ptr %.236, align 8
  %.289 = icmp sgt i64 %.288, 0
  br i1 %.289, label %B90.if, label %B90.endif

B92:                                              ; preds = %B90.endif
  %.350 = icmp slt i64 %.146.sroa.0.0, 0
  %.351 = select i1 %.350, i64 %arg.sums.5.0, i64 0
  %.352 = add i64 %.146.sroa.0.0, %.351
  %.353 = icmp slt i64 %.279.sroa.0.0, 0
  %.354 = select i1 %.353, i64 %arg.sums.5.1, i64 0
  %.372 = mul i64 %.352, %arg.sums.5.1
  %0 = getelementptr double, ptr %arg.sums.4, i64 %.372
  %1 = getelementptr double, ptr %0, i64 %.279.sroa.0.0
  %.376 = getelementptr double, ptr %1, i64 %.354
  store double 0.000000e+00, ptr %.376, align 8
  br label %B90

B110:                                             ; preds = %B90.endif
  br label %B34

B112:                                             ; preds = %B34.endif
  store i64 0, ptr %.426, align 8
  br i1 false, label %B112.if, label %B112.endif, !prof !0

B168:                                             ; preds = %B112.endif.endif, %B814
  %.482 = load i64, ptr %.429, align 8
  %.483 = icmp sgt i64 %.482, 0
  br i1 %.483, label %B170.if, label %B170.endif

B172:                                             ; preds = %B170.endif
  %.551 = icmp slt i64 %.473.sroa.0.0, 0
  %.552 = select i1 %.551, i64 %arg.table.5.0, i64 0
  %.553 = add i64 %.473.sroa.0.0, %.552
  %.573 = mul i64 %.553, %arg.table.5.1
  %.577 = getelementptr i64, ptr %arg.table.4, i64 %.573
  %.578 = load i64, ptr %.577, align 8
  %.606 = icmp slt i64 %.473.sroa.0.0, 0
  %.607 = select i1 %.606, i64 %arg.table.5.0, i64 0
  %.608 = add i64 %.473.sroa.0.0, %.607
  %.628 = mul i64 %.608, %arg.table.5.1
  %2 = getelementptr i64, ptr %arg.table.4, i64 %.628
  %.632 = getelementptr i8, ptr %2, i64 8
  %.633 = load i64, ptr %.632, align 8
  %.661 = icmp slt i64 %.473.sroa.0.0, 0
  %.662 = select i1 %.661, i64 %arg.table.5.0, i64 0
  %.663 = add i64 %.473.sroa.0.0, %.662
  %.683 = mul i64 %.663, %arg.table.5.1
  %3 = getelementptr i64, ptr %arg.table.4, i64 %.683
  %.687 = getelementptr i8, ptr %3, i64 16
  %.688 = load i64, ptr %.687, align 8
  %.716 = icmp slt i64 %.473.sroa.0.0, 0
  %.717 = select i1 %.716, i64 %arg.table.5.0, i64 0
  %.718 = add i64 %.473.sroa.0.0, %.717
  %.738 = mul i64 %.718, %arg.table.5.1
  %4 = getelementptr i64, ptr %arg.table.4, i64 %.738
  %.742 = getelementptr i8, ptr %4, i64 24
  %.743 = load i64, ptr %.742, align 8
  %.771 = icmp slt i64 %.473.sroa.0.0, 0
  %.772 = select i1 %.771, i64 %arg.table.5.0, i64 0
  %.773 = add i64 %.473.sroa.0.0, %.772
  %.793 = mul i64 %.773, %arg.table.5.1
  %5 = getelementptr i64, ptr %arg.table.4, i64 %.793
  %.797 = getelementptr i8, ptr %5, i64 32
  %.798 = load i64, ptr %.797, align 8
  %.820 = sub nsw i64 %.578, %arg.first
  store i64 0, ptr %.823, align 8
  %.829 = call i32 @part3(ptr nonnull %.823, ptr nonnull %excinfo.1, i64 0, i64 %.820)
  %.831 = icmp ne i32 %.829, 0
  %.832 = icmp ne i32 %.829, -2
  %.835.not = and i1 %.831, %.832
  %.839 = load i64, ptr %.823, align 8
  br i1 %.835.not, label %B172.if, label %B172.endif, !prof !0

B392:                                             ; preds = %B172.endif.endif.endif.endif, %B812
  %.966 = load i64, ptr %.914, align 8
  %.967 = icmp sgt i64 %.966, 0
  br i1 %.967, label %B392.if, label %B392.endif

B394:                                             ; preds = %B392.endif
  %.1010 = add nsw i64 %.688, %.957.sroa.0.0
  %.1011 = shl nsw i64 %.1010, 9
  store i64 0, ptr %.1039, align 8
  br i1 false, label %B394.if, label %B394.endif, !prof !0

B452:                                             ; preds = %B394.endif.endif, %B810
  %.1094 = load i64, ptr %.1042, align 8
  %.1095 = icmp sgt i64 %.1094, 0
  br i1 %.1095, label %B452.if, label %B452.endif

B454:                                             ; preds = %B452.endif
  %.1163 = icmp slt i64 %.473.sroa.0.0, 0
  %.1164 = select i1 %.1163, i64 %arg.table.5.0, i64 0
  %.1165 = add i64 %.473.sroa.0.0, %.1164
  %.1185 = mul i64 %.1165, %arg.table.5.1
  %6 = getelementptr i64, ptr %arg.table.4, i64 %.1185
  %.1189 = getelementptr i8, ptr %6, i64 48
  %.1190 = load i64, ptr %.1189, align 8
  %.1193 = mul nsw i64 %.957.sroa.0.0, %.798
  %.1194 = add nsw i64 %.1190, %.1193
  %.1196 = add nsw i64 %.1194, %.1085.sroa.0.0
  %.1207 = add nsw i64 %.839, 4
  %.1209.not = icmp sgt i64 %.1207, %.872
  br i1 %.1209.not, label %B680, label %B526

B526:                                             ; preds = %products.end, %B454
  %i.5.3 = phi i64 [ %.839, %B454 ], [ %.1601, %products.end ]
  %.1238 = icmp slt i64 %.473.sroa.0.0, 0
  %.1239 = select i1 %.1238, i64 %arg.table.5.0, i64 0
  %.1240 = add i64 %.473.sroa.0.0, %.1239
  %.1260 = mul i64 %.1240, %arg.table.5.1
  %7 = getelementptr i64, ptr %arg.table.4, i64 %.1260
  %.1264 = getelementptr i8, ptr %7, i64 40
  %.1265 = load i64, ptr %.1264, align 8
  %.1268 = add nsw i64 %arg.first, %i.5.3
  %.1270 = sub nsw i64 %.1268, %.578
  %.1272 = mul nsw i64 %.1270, %.798
  %.1273 = add nsw i64 %.1265, %.1272
  %.1275 = add nsw i64 %.1273, %.1085.sroa.0.0
  %.1308.idx = shl i64 %.1275, 6
  %.1308 = getelementptr i8, ptr %arg.left.4, i64 %.1308.idx
  %.1312 = mul i64 %i.5.3, %arg.sums.5.1
  %8 = getelementptr double, ptr %arg.sums.4, i64 %.1312
  %.1314 = getelementptr double, ptr %8, i64 %.1011
  %.1318 = add i64 %.1275, %.798
  %.1320.idx = shl i64 %.1318, 6
  %.1320 = getelementptr i8, ptr %arg.left.4, i64 %.1320.idx
  %.1321 = add i64 %i.5.3, 1
  %.1324 = mul i64 %.1321, %arg.sums.5.1
  %9 = getelementptr double, ptr %arg.sums.4, i64 %.1324
  %.1326 = getelementptr double, ptr %9, i64 %.1011
  %.idx = shl i64 %.798, 7
  %10 = getelementptr i8, ptr %arg.left.4, i64 %.idx
  %.1332.idx = shl i64 %.1275, 6
  %.1332 = getelementptr i8, ptr %10, i64 %.1332.idx
  %.1333 = add i64 %i.5.3, 2
  %.1336 = mul i64 %.1333, %arg.sums.5.1
  %11 = getelementptr double, ptr %arg.sums.4, i64 %.1336
  %.1338 = getelementptr double, ptr %11, i64 %.1011
  %.1341 = mul i64 %.798, 3
  %.1342 = add i64 %.1275, %.1341
  %.1344.idx = shl i64 %.1342, 6
  %.1344 = getelementptr i8, ptr %arg.left.4, i64 %.1344.idx
  %.1345 = add i64 %i.5.3, 3
  %.1348 = mul i64 %.1345, %arg.sums.5.1
  %12 = getelementptr double, ptr %arg.sums.4, i64 %.1348
  %.1350 = getelementptr double, ptr %12, i64 %.1011
  %.1354.idx = shl i64 %.1196, 15
  %.1354 = getelementptr i8, ptr %arg.right.4, i64 %.1354.idx
  br label %products

B680:                                             ; preds = %products.end, %B454
  %i.5.4 = phi i64 [ %.1601, %products.end ], [ %.839, %B454 ]
  %.1618 = icmp slt i64 %i.5.4, %.872
  br i1 %.1618, label %B692, label %B810

B692:                                             ; preds = %products.end.1, %B680
  %i.6.3 = phi i64 [ %i.5.4, %B680 ], [ %.1820, %products.end.1 ]
  %.1649 = icmp slt i64 %.473.sroa.0.0, 0
  %.1650 = select i1 %.1649, i64 %arg.table.5.0, i64 0
  %.1651 = add i64 %.473.sroa.0.0, %.1650
  %.1671 = mul i64 %.1651, %arg.table.5.1
  %13 = getelementptr i64, ptr %arg.table.4, i64 %.1671
  %.1675 = getelementptr i8, ptr %13, i64 40
  %.1676 = load i64, ptr %.1675, align 8
  %.1679 = add nsw i64 %arg.first, %i.6.3
  %.1681 = sub nsw i64 %.1679, %.578
  %.1683 = mul nsw i64 %.1681, %.798
  %.1684 = add nsw i64 %.1676, %.1683
  %.1686 = add nsw i64 %.1684, %.1085.sroa.0.0
  %.1719.idx = shl i64 %.1686, 6
  %.1719 = getelementptr i8, ptr %arg.left.4, i64 %.1719.idx
  %.1723 = mul i64 %i.6.3, %arg.sums.5.1
  %14 = getelementptr double, ptr %arg.sums.4, i64 %.1723
  %.1725 = getelementptr double, ptr %14, i64 %.1011
  %.1729.idx = shl i64 %.1196, 15
  %.1729 = getelementptr i8, ptr %arg.right.4, i64 %.1729.idx
  br label %products.1

B810:                                             ; preds = %products.end.1, %B680
  br label %B452

B812:                                             ; preds = %B452.endif
  br label %B392

B814:                                             ; preds = %B392.endif
  br label %B168

common.ret:                                       ; preds = %B172.endif.if, %B172.if, %B394.if, %B172.endif.endif.if, %B112.if, %B36.if, %B0.if, %B818
  %common.ret.op = phi i32 [ 0, %B818 ], [ poison, %B0.if ], [ poison, %B36.if ], [ poison, %B112.if ], [ poison, %B394.if ], [ %.829, %B172.if ], [ poison, %B172.endif.endif.if ], [ %.862, %B172.endif.if ]
  ret i32 %common.ret.op

B818:                                             ; preds = %B170.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.112 = icmp slt i64 %arg.count, 1
  br i1 %.112, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.count, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.101, align 8
  br label %B34

B34.if:                                           ; preds = %B34
  %.162 = load i64, ptr %.98, align 8
  %.165 = add nsw i64 %.155, -1
  store i64 %.165, ptr %.101, align 8
  %.169 = add i64 %.162, 1
  store i64 %.169, ptr %.98, align 8
  br label %B34.endif

B34.endif:                                        ; preds = %B34.if, %B34
  %.146.sroa.0.0 = phi i64 [ %.162, %B34.if ], [ 0, %B34 ]
  br i1 %.156, label %B36, label %B112

B36.if:                                           ; preds = %B36
  br label %common.ret

B36.endif:                                        ; preds = %B36
  %.247 = icmp slt i64 %arg.sums.5.1, 1
  br i1 %.247, label %B36.endif.if, label %B36.endif.else

B36.endif.if:                                     ; preds = %B36.endif
  br label %B36.endif.endif

B36.endif.else:                                   ; preds = %B36.endif
  br label %B36.endif.endif

B36.endif.endif:                                  ; preds = %B36.endif.else, %B36.endif.if
  %storemerge577 = phi i64 [ %arg.sums.5.1, %B36.endif.else ], [ 0, %B36.endif.if ]
  store i64 %storemerge577, ptr %.236, align 8
  br label %B90

B90.if:                                           ; preds = %B90
  %.295 = load i64, ptr %.233, align 8
  %.298 = add nsw i64 %.288, -1
  store i64 %.298, ptr %.236, align 8
  %.302 = add i64 %.295, 1
  store i64 %.302, ptr %.233, align 8
  br label %B90.endif

B90.endif:                                        ; preds = %B90.if, %B90
  %.279.sroa.0.0 = phi i64 [ %.295, %B90.if ], [ 0, %B90 ]
  br i1 %.289, label %B92, label %B110

B112.if:                                          ; preds = %B112
  br label %common.ret

B112.endif:                                       ; preds = %B112
  %.440 = icmp slt i64 %arg.table.5.0, 1
  br i1 %.440, label %B112.endif.if, label %B112.endif.else

B112.endif.if:                                    ; preds = %B112.endif
  br label %B112.endif.endif

B112.endif.else:                                  ; preds = %B112.endif
  br label %B112.endif.endif

B112.endif.endif:                                 ; preds = %B112.endif.else, %B112.endif.if
  %storemerge574 = phi i64 [ %arg.table.5.0, %B112.endif.else ], [ 0, %B112.endif.if ]
  store i64 %storemerge574, ptr %.429, align 8
  br label %B168

B170.if:                                          ; preds = %B168
  %.489 = load i64, ptr %.426, align 8
  %.492 = add nsw i64 %.482, -1
  store i64 %.492, ptr %.429, align 8
  %.496 = add i64 %.489, 1
  store i64 %.496, ptr %.426, align 8
  br label %B170.endif

B170.endif:                                       ; preds = %B170.if, %B168
  %.473.sroa.0.0 = phi i64 [ %.489, %B170.if ], [ 0, %B168 ]
  br i1 %.483, label %B172, label %B818

B172.if:                                          ; preds = %B172
  %.837 = icmp sgt i32 %.829, 0
  %.830 = load ptr, ptr %excinfo.1, align 8
  %.838 = select i1 %.837, ptr %.830, ptr undef
  store ptr %.838, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B172.endif

B172.endif:                                       ; preds = %B172.if, %B172
  %.850 = add nsw i64 %.578, %.633
  %.852 = sub nsw i64 %.850, %arg.first
  store i64 0, ptr %.856, align 8
  %.862 = call i32 @part4(ptr nonnull %.856, ptr nonnull %excinfo.2, i64 %arg.count, i64 %.852)
  %.864 = icmp ne i32 %.862, 0
  %.865 = icmp ne i32 %.862, -2
  %.868.not = and i1 %.864, %.865
  %.872 = load i64, ptr %.856, align 8
  br i1 %.868.not, label %B172.endif.if, label %B172.endif.endif, !prof !0

B172.endif.if:                                    ; preds = %B172.endif
  %.870 = icmp sgt i32 %.862, 0
  %.863 = load ptr, ptr %excinfo.2, align 8
  %.871 = select i1 %.870, ptr %.863, ptr undef
  store ptr %.871, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B172.endif.endif

B172.endif.endif:                                 ; preds = %B172.endif.if, %B172.endif
  store i64 0, ptr %.911, align 8
  br i1 false, label %B172.endif.endif.if, label %B172.endif.endif.endif, !prof !0

B172.endif.endif.if:                              ; preds = %B172.endif.endif
  br label %common.ret

B172.endif.endif.endif:                           ; preds = %B172.endif.endif
  %.925 = icmp slt i64 %.743, 1
  br i1 %.925, label %B172.endif.endif.endif.if, label %B172.endif.endif.endif.else

B172.endif.endif.endif.if:                        ; preds = %B172.endif.endif.endif
  br label %B172.endif.endif.endif.endif

B172.endif.endif.endif.else:                      ; preds = %B172.endif.endif.endif
  br label %B172.endif.endif.endif.endif

B172.endif.endif.endif.endif:                     ; preds = %B172.endif.endif.endif.else, %B172.endif.endif.endif.if
  %storemerge575 = phi i64 [ %.743, %B172.endif.endif.endif.else ], [ 0, %B172.endif.endif.endif.if ]
  store i64 %storemerge575, ptr %.914, align 8
  br label %B392

B392.if:                                          ; preds = %B392
  %.973 = load i64, ptr %.911, align 8
  %.976 = add nsw i64 %.966, -1
  store i64 %.976, ptr %.914, align 8
  %.980 = add i64 %.973, 1
  store i64 %.980, ptr %.911, align 8
  br label %B392.endif

B392.endif:                                       ; preds = %B392.if, %B392
  %.957.sroa.0.0 = phi i64 [ %.973, %B392.if ], [ 0, %B392 ]
  br i1 %.967, label %B394, label %B814

B394.if:                                          ; preds = %B394
  br label %common.ret

B394.endif:                                       ; preds = %B394
  %.1053 = icmp slt i64 %.798, 1
  br i1 %.1053, label %B394.endif.if, label %B394.endif.else

B394.endif.if:                                    ; preds = %B394.endif
  br label %B394.endif.endif

B394.endif.else:                                  ; preds = %B394.endif
  br label %B394.endif.endif

B394.endif.endif:                                 ; preds = %B394.endif.else, %B394.endif.if
  %storemerge576 = phi i64 [ %.798, %B394.endif.else ], [ 0, %B394.endif.if ]
  store i64 %storemerge576, ptr %.1042, align 8
  br label %B452

B452.if:                                          ; preds = %B452
  %.1101 = load i64, ptr %.1039, align 8
  %.1104 = add nsw i64 %.1094, -1
  store i64 %.1104, ptr %.1042, align 8
  %.1108 = add i64 %.1101, 1
  store i64 %.1108, ptr %.1039, align 8
  br label %B452.endif

B452.endif:                                       ; preds = %B452.if, %B452
  %.1085.sroa.0.0 = phi i64 [ %.1101, %B452.if ], [ 0, %B452 ]
  br i1 %.1095, label %B454, label %B812

products:                                         ; preds = %products, %B526
  %.1356 = phi i64 [ 0, %B526 ], [ %.1597, %products ]
  %.1358 = getelementptr double, ptr %.1354, i64 %.1356
  %.1360 = load <8 x double>, ptr %.1358, align 8
  %.1362 = load double, ptr %.1308, align 8
  %.1363 = insertelement <8 x double> poison, double %.1362, i64 0
  %.1364 = shufflevector <8 x double> %.1363, <8 x double> poison, <8 x i32> zeroinitializer
  %.1365 = fmul contract <8 x double> %.1364, %.1360
  %.1367 = load double, ptr %.1320, align 8
  %.1368 = insertelement <8 x double> poison, double %.1367, i64 0
  %.1369 = shufflevector <8 x double> %.1368, <8 x double> poison, <8 x i32> zeroinitializer
  %.1370 = fmul contract <8 x double> %.1369, %.1360
  %.1372 = load double, ptr %.1332, align 8
  %.1373 = insertelement <8 x double> poison, double %.1372, i64 0
  %.1374 = shufflevector <8 x double> %.1373, <8 x double> poison, <8 x i32> zeroinitializer
  %.1375 = fmul contract <8 x double> %.1374, %.1360
  %.1377 = load double, ptr %.1344, align 8
  %.1378 = insertelement <8 x double> poison, double %.1377, i64 0
  %.1379 = shufflevector <8 x double> %.1378, <8 x double> poison, <8 x i32> zeroinitializer
  %.1380 = fmul contract <8 x double> %.1379, %.1360
  %15 = getelementptr double, ptr %.1354, i64 %.1356
  %.1382 = getelementptr i8, ptr %15, i64 4096
  %.1384 = load <8 x double>, ptr %.1382, align 8
  %.1385 = getelementptr i8, ptr %.1308, i64 8
  %.1386 = load double, ptr %.1385, align 8
  %.1387 = insertelement <8 x double> poison, double %.1386, i64 0
  %.1388 = shufflevector <8 x double> %.1387, <8 x double> poison, <8 x i32> zeroinitializer
  %.1389 = fmul contract <8 x double> %.1388, %.1384
  %.1390 = fadd contract <8 x double> %.1365, %.1389
  %.1391 = getelementptr i8, ptr %.1320, i64 8
  %.1392 = load double, ptr %.1391, align 8
  %.1393 = insertelement <8 x double> poison, double %.1392, i64 0
  %.1394 = shufflevector <8 x double> %.1393, <8 x double> poison, <8 x i32> zeroinitializer
  %.1395 = fmul contract <8 x double> %.1394, %.1384
  %.1396 = fadd contract <8 x double> %.1370, %.1395
  %.1397 = getelementptr i8, ptr %.1332, i64 8
  %.1398 = load double, ptr %.1397, align 8
  %.1399 = insertelement <8 x double> poison, double %.1398, i64 0
  %.1400 = shufflevector <8 x double> %.1399, <8 x double> poison, <8 x i32> zeroinitializer
  %.1401 = fmul contract <8 x double> %.1400, %.1384
  %.1402 = fadd contract <8 x double> %.1375, %.1401
  %.1403 = getelementptr i8, ptr %.1344, i64 8
  %.1404 = load double, ptr %.1403, align 8
  %.1405 = insertelement <8 x double> poison, double %.1404, i64 0
  %.1406 = shufflevector <8 x double> %.1405, <8 x double> poison, <8 x i32> zeroinitializer
  %.1407 = fmul contract <8 x double> %.1406, %.1384
  %.1408 = fadd contract <8 x double> %.1380, %.1407
  %16 = getelementptr double, ptr %.1354, i64 %.1356
  %.1410 = getelementptr i8, ptr %16, i64 8192
  %.1412 = load <8 x double>, ptr %.1410, align 8
  %.1413 = getelementptr i8, ptr %.1308, i64 16
  %.1414 = load double, ptr %.1413, align 8
  %.1415 = insertelement <8 x double> poison, double %.1414, i64 0
  %.1416 = shufflevector <8 x double> %.1415, <8 x double> poison, <8 x i32> zeroinitializer
  %.1417 = fmul contract <8 x double> %.1416, %.1412
  %.1418 = fadd contract <8 x double> %.1390, %.1417
  %.1419 = getelementptr i8, ptr %.1320, i64 16
  %.1420 = load double, ptr %.1419, align 8
  %.1421 = insertelement <8 x double> poison, double %.1420, i64 0
  %.1422 = shufflevector <8 x double> %.1421, <8 x double> poison, <8 x i32> zeroinitializer
  %.1423 = fmul contract <8 x double> %.1422, %.1412
  %.1424 = fadd contract <8 x double> %.1396, %.1423
  %.1425 = getelementptr i8, ptr %.1332, i64 16
  %.1426 = load double, ptr %.1425, align 8
  %.1427 = insertelement <8 x double> poison, double %.1426, i64 0
  %.1428 = shufflevector <8 x double> %.1427, <8 x double> poison, <8 x i32> zeroinitializer
  %.1429 = fmul contract <8 x double> %.1428, %.1412
  %.1430 = fadd contract <8 x double> %.1402, %.1429
  %.1431 = getelementptr i8, ptr %.1344, i64 16
  %.1432 = load double, ptr %.1431, align 8
  %.1433 = insertelement <8 x double> poison, double %.1432, i64 0
  %.1434 = shufflevector <8 x double> %.1433, <8 x double> poison, <8 x i32> zeroinitializer
  %.1435 = fmul contract <8 x double> %.1434, %.1412
  %.1436 = fadd contract <8 x double> %.1408, %.1435
  %17 = getelementptr double, ptr %.1354, i64 %.1356
  %.1438 = getelementptr i8, ptr %17, i64 12288
  %.1440 = load <8 x double>, ptr %.1438, align 8
  %.1441 = getelementptr i8, ptr %.1308, i64 24
  %.1442 = load double, ptr %.1441, align 8
  %.1443 = insertelement <8 x double> poison, double %.1442, i64 0
  %.1444 = shufflevector <8 x double> %.1443, <8 x double> poison, <8 x i32> zeroinitializer
  %.1445 = fmul contract <8 x double> %.1444, %.1440
  %.1446 = fadd contract <8 x double> %.1418, %.1445
  %.1447 = getelementptr i8, ptr %.1320, i64 24
  %.1448 = load double, ptr %.1447, align 8
  %.1449 = insertelement <8 x double> poison, double %.1448, i64 0
  %.1450 = shufflevector <8 x double> %.1449, <8 x double> poison, <8 x i32> zeroinitializer
  %.1451 = fmul contract <8 x double> %.1450, %.1440
  %.1452 = fadd contract <8 x double> %.1424, %.1451
  %.1453 = getelementptr i8, ptr %.1332, i64 24
  %.1454 = load double, ptr %.1453, align 8
  %.1455 = insertelement <8 x double> poison, double %.1454, i64 0
  %.1456 = shufflevector <8 x double> %.1455, <8 x double> poison, <8 x i32> zeroinitializer
  %.1457 = fmul contract <8 x double> %.1456, %.1440
  %.1458 = fadd contract <8 x double> %.1430, %.1457
  %.1459 = getelementptr i8, ptr %.1344, i64 24
  %.1460 = load double, ptr %.1459, align 8
  %.1461 = insertelement <8 x double> poison, double %.1460, i64 0
  %.1462 = shufflevector <8 x double> %.1461, <8 x double> poison, <8 x i32> zeroinitializer
  %.1463 = fmul contract <8 x double> %.1462, %.1440
  %.1464 = fadd contract <8 x double> %.1436, %.1463
  %18 = getelementptr double, ptr %.1354, i64 %.1356
  %.1466 = getelementptr i8, ptr %18, i64 16384
  %.1468 = load <8 x double>, ptr %.1466, align 8
  %.1469 = getelementptr i8, ptr %.1308, i64 32
  %.1470 = load double, ptr %.1469, align 8
  %.1471 = insertelement <8 x double> poison, double %.1470, i64 0
  %.1472 = shufflevector <8 x double> %.1471, <8 x double> poison, <8 x i32> zeroinitializer
  %.1473 = fmul contract <8 x double> %.1472, %.1468
  %.1474 = fadd contract <8 x double> %.1446, %.1473
  %.1475 = getelementptr i8, ptr %.1320, i64 32
  %.1476 = load double, ptr %.1475, align 8
  %.1477 = insertelement <8 x double> poison, double %.1476, i64 0
  %.1478 = shufflevector <8 x double> %.1477, <8 x double> poison, <8 x i32> zeroinitializer
  %.1479 = fmul contract <8 x double> %.1478, %.1468
  %.1480 = fadd contract <8 x double> %.1452, %.1479
  %.1481 = getelementptr i8, ptr %.1332, i64 32
  %.1482 = load double, ptr %.1481, align 8
  %.1483 = insertelement <8 x double> poison, double %.1482, i64 0
  %.1484 = shufflevector <8 x double> %.1483, <8 x double> poison, <8 x i32> zeroinitializer
  %.1485 = fmul contract <8 x double> %.1484, %.1468
  %.1486 = fadd contract <8 x double> %.1458, %.1485
  %.1487 = getelementptr i8, ptr %.1344, i64 32
  %.1488 = load double, ptr %.1487, align 8
  %.1489 = insertelement <8 x double> poison, double %.1488, i64 0
  %.1490 = shufflevector <8 x double> %.1489, <8 x double> poison, <8 x i32> zeroinitializer
  %.1491 = fmul contract <8 x double> %.1490, %.1468
  %.1492 = fadd contract <8 x double> %.1464, %.1491
  %19 = getelementptr double, ptr %.1354, i64 %.1356
  %.1494 = getelementptr i8, ptr %19, i64 20480
  %.1496 = load <8 x double>, ptr %.1494, align 8
  %.1497 = getelementptr i8, ptr %.1308, i64 40
  %.1498 = load double, ptr %.1497, align 8
  %.1499 = insertelement <8 x double> poison, double %.1498, i64 0
  %.1500 = shufflevector <8 x double> %.1499, <8 x double> poison, <8 x i32> zeroinitializer
  %.1501 = fmul contract <8 x double> %.1500, %.1496
  %.1502 = fadd contract <8 x double> %.1474, %.1501
  %.1503 = getelementptr i8, ptr %.1320, i64 40
  %.1504 = load double, ptr %.1503, align 8
  %.1505 = insertelement <8 x double> poison, double %.1504, i64 0
  %.1506 = shufflevector <8 x double> %.1505, <8 x double> poison, <8 x i32> zeroinitializer
  %.1507 = fmul contract <8 x double> %.1506, %.1496
  %.1508 = fadd contract <8 x double> %.1480, %.1507
  %.1509 = getelementptr i8, ptr %.1332, i64 40
  %.1510 = load double, ptr %.1509, align 8
  %.1511 = insertelement <8 x double> poison, double %.1510, i64 0
  %.1512 = shufflevector <8 x double> %.1511, <8 x double> poison, <8 x i32> zeroinitializer
  %.1513 = fmul contract <8 x double> %.1512, %.1496
  %.1514 = fadd contract <8 x double> %.1486, %.1513
  %.1515 = getelementptr i8, ptr %.1344, i64 40
  %.1516 = load double, ptr %.1515, align 8
  %.1517 = insertelement <8 x double> poison, double %.1516, i64 0
  %.1518 = shufflevector <8 x double> %.1517, <8 x double> poison, <8 x i32> zeroinitializer
  %.1519 = fmul contract <8 x double> %.1518, %.1496
  %.1520 = fadd contract <8 x double> %.1492, %.1519
  %20 = getelementptr double, ptr %.1354, i64 %.1356
  %.1522 = getelementptr i8, ptr %20, i64 24576
  %.1524 = load <8 x double>, ptr %.1522, align 8
  %.1525 = getelementptr i8, ptr %.1308, i64 48
  %.1526 = load double, ptr %.1525, align 8
  %.1527 = insertelement <8 x double> poison, double %.1526, i64 0
  %.1528 = shufflevector <8 x double> %.1527, <8 x double> poison, <8 x i32> zeroinitializer
  %.1529 = fmul contract <8 x double> %.1528, %.1524
  %.1530 = fadd contract <8 x double> %.1502, %.1529
  %.1531 = getelementptr i8, ptr %.1320, i64 48
  %.1532 = load double, ptr %.1531, align 8
  %.1533 = insertelement <8 x double> poison, double %.1532, i64 0
  %.1534 = shufflevector <8 x double> %.1533, <8 x double> poison, <8 x i32> zeroinitializer
  %.1535 = fmul contract <8 x double> %.1534, %.1524
  %.1536 = fadd contract <8 x double> %.1508, %.1535
  %.1537 = getelementptr i8, ptr %.1332, i64 48
  %.1538 = load double, ptr %.1537, align 8
  %.1539 = insertelement <8 x double> poison, double %.1538, i64 0
  %.1540 = shufflevector <8 x double> %.1539, <8 x double> poison, <8 x i32> zeroinitializer
  %.1541 = fmul contract <8 x double> %.1540, %.1524
  %.1542 = fadd contract <8 x double> %.1514, %.1541
  %.1543 = getelementptr i8, ptr %.1344, i64 48
  %.1544 = load double, ptr %.1543, align 8
  %.1545 = insertelement <8 x double> poison, double %.1544, i64 0
  %.1546 = shufflevector <8 x double> %.1545, <8 x double> poison, <8 x i32> zeroinitializer
  %.1547 = fmul contract <8 x double> %.1546, %.1524
  %.1548 = fadd contract <8 x double> %.1520, %.1547
  %21 = getelementptr double, ptr %.1354, i64 %.1356
  %.1550 = getelementptr i8, ptr %21, i64 28672
  %.1552 = load <8 x double>, ptr %.1550, align 8
  %.1553 = getelementptr i8, ptr %.1308, i64 56
  %.1554 = load double, ptr %.1553, align 8
  %.1555 = insertelement <8 x double> poison, double %.1554, i64 0
  %.1556 = shufflevector <8 x double> %.1555, <8 x double> poison, <8 x i32> zeroinitializer
  %.1557 = fmul contract <8 x double> %.1556, %.1552
  %.1558 = fadd contract <8 x double> %.1530, %.1557
  %.1559 = getelementptr i8, ptr %.1320, i64 56
  %.1560 = load double, ptr %.1559, align 8
  %.1561 = insertelement <8 x double> poison, double %.1560, i64 0
  %.1562 = shufflevector <8 x double> %.1561, <8 x double> poison, <8 x i32> zeroinitializer
  %.1563 = fmul contract <8 x double> %.1562, %.1552
  %.1564 = fadd contract <8 x double> %.1536, %.1563
  %.1565 = getelementptr i8, ptr %.1332, i64 56
  %.1566 = load double, ptr %.1565, align 8
  %.1567 = insertelement <8 x double> poison, double %.1566, i64 0
  %.1568 = shufflevector <8 x double> %.1567, <8 x double> poison, <8 x i32> zeroinitializer
  %.1569 = fmul contract <8 x double> %.1568, %.1552
  %.1570 = fadd contract <8 x double> %.1542, %.1569
  %.1571 = getelementptr i8, ptr %.1344, i64 56
  %.1572 = load double, ptr %.1571, align 8
  %.1573 = insertelement <8 x double> poison, double %.1572, i64 0
  %.1574 = shufflevector <8 x double> %.1573, <8 x double> poison, <8 x i32> zeroinitializer
  %.1575 = fmul contract <8 x double> %.1574, %.1552
  %.1576 = fadd contract <8 x double> %.1548, %.1575
  %.1577 = getelementptr double, ptr %.1314, i64 %.1356
  %.1579 = load <8 x double>, ptr %.1577, align 8
  %.1580 = fadd <8 x double> %.1579, %.1558
  store <8 x double> %.1580, ptr %.1577, align 8
  %.1582 = getelementptr double, ptr %.1326, i64 %.1356
  %.1584 = load <8 x double>, ptr %.1582, align 8
  %.1585 = fadd <8 x double> %.1584, %.1564
  store <8 x double> %.1585, ptr %.1582, align 8
  %.1587 = getelementptr double, ptr %.1338, i64 %.1356
  %.1589 = load <8 x double>, ptr %.1587, align 8
  %.1590 = fadd <8 x double> %.1589, %.1570
  store <8 x double> %.1590, ptr %.1587, align 8
  %.1592 = getelementptr double, ptr %.1350, i64 %.1356
  %.1594 = load <8 x double>, ptr %.1592, align 8
  %.1595 = fadd <8 x double> %.1594, %.1576
  store <8 x double> %.1595, ptr %.1592, align 8
  %.1597 = add i64 %.1356, 8
  %.1598 = icmp slt i64 %.1597, 512
  br i1 %.1598, label %products, label %products.end

products.end:                                     ; preds = %products
  %.1601 = add nsw i64 %i.5.3, 4
  %.1606 = add nsw i64 %i.5.3, 8
  %.1608.not = icmp sgt i64 %.1606, %.872
  br i1 %.1608.not, label %B680, label %B526

products.1:                                       ; preds = %products.1, %B692
  %.1731 = phi i64 [ 0, %B692 ], [ %.1816, %products.1 ]
  %.1733 = getelementptr double, ptr %.1729, i64 %.1731
  %.1735 = load <8 x double>, ptr %.1733, align 8
  %.1737 = load double, ptr %.1719, align 8
  %.1738 = insertelement <8 x double> poison, double %.1737, i64 0
  %.1739 = shufflevector <8 x double> %.1738, <8 x double> poison, <8 x i32> zeroinitializer
  %.1740 = fmul contract <8 x double> %.1739, %.1735
  %22 = getelementptr double, ptr %.1729, i64 %.1731
  %.1742 = getelementptr i8, ptr %22, i64 4096
  %.1744 = load <8 x double>, ptr %.1742, align 8
  %.1745 = getelementptr i8, ptr %.1719, i64 8
  %.1746 = load double, ptr %.1745, align 8
  %.1747 = insertelement <8 x double> poison, double %.1746, i64 0
  %.1748 = shufflevector <8 x double> %.1747, <8 x double> poison, <8 x i32> zeroinitializer
  %.1749 = fmul contract <8 x double> %.1748, %.1744
  %.1750 = fadd contract <8 x double> %.1740, %.1749
  %23 = getelementptr double, ptr %.1729, i64 %.1731
  %.1752 = getelementptr i8, ptr %23, i64 8192
  %.1754 = load <8 x double>, ptr %.1752, align 8
  %.1755 = getelementptr i8, ptr %.1719, i64 16
  %.1756 = load double, ptr %.1755, align 8
  %.1757 = insertelement <8 x double> poison, double %.1756, i64 0
  %.1758 = shufflevector <8 x double> %.1757, <8 x double> poison, <8 x i32> zeroinitializer
  %.1759 = fmul contract <8 x double> %.1758, %.1754
  %.1760 = fadd contract <8 x double> %.1750, %.1759
  %24 = getelementptr double, ptr %.1729, i64 %.1731
  %.1762 = getelementptr i8, ptr %24, i64 12288
  %.1764 = load <8 x double>, ptr %.1762, align 8
  %.1765 = getelementptr i8, ptr %.1719, i64 24
  %.1766 = load double, ptr %.1765, align 8
  %.1767 = insertelement <8 x double> poison, double %.1766, i64 0
  %.1768 = shufflevector <8 x double> %.1767, <8 x double> poison, <8 x i32> zeroinitializer
  %.1769 = fmul contract <8 x double> %.1768, %.1764
  %.1770 = fadd contract <8 x double> %.1760, %.1769
  %25 = getelementptr double, ptr %.1729, i64 %.1731
  %.1772 = getelementptr i8, ptr %25, i64 16384
  %.1774 = load <8 x double>, ptr %.1772, align 8
  %.1775 = getelementptr i8, ptr %.1719, i64 32
  %.1776 = load double, ptr %.1775, align 8
  %.1777 = insertelement <8 x double> poison, double %.1776, i64 0
  %.1778 = shufflevector <8 x double> %.1777, <8 x double> poison, <8 x i32> zeroinitializer
  %.1779 = fmul contract <8 x double> %.1778, %.1774
  %.1780 = fadd contract <8 x double> %.1770, %.1779
  %26 = getelementptr double, ptr %.1729, i64 %.1731
  %.1782 = getelementptr i8, ptr %26, i64 20480
  %.1784 = load <8 x double>, ptr %.1782, align 8
  %.1785 = getelementptr i8, ptr %.1719, i64 40
  %.1786 = load double, ptr %.1785, align 8
  %.1787 = insertelement <8 x double> poison, double %.1786, i64 0
  %.1788 = shufflevector <8 x double> %.1787, <8 x double> poison, <8 x i32> zeroinitializer
  %.1789 = fmul contract <8 x double> %.1788, %.1784
  %.1790 = fadd contract <8 x double> %.1780, %.1789
  %27 = getelementptr double, ptr %.1729, i64 %.1731
  %.1792 = getelementptr i8, ptr %27, i64 24576
  %.1794 = load <8 x double>, ptr %.1792, align 8
  %.1795 = getelementptr i8, ptr %.1719, i64 48
  %.1796 = load double, ptr %.1795, align 8
  %.1797 = insertelement <8 x double> poison, double %.1796, i64 0
  %.1798 = shufflevector <8 x double> %.1797, <8 x double> poison, <8 x i32> zeroinitializer
  %.1799 = fmul contract <8 x double> %.1798, %.1794
  %.1800 = fadd contract <8 x double> %.1790, %.1799
  %28 = getelementptr double, ptr %.1729, i64 %.1731
  %.1802 = getelementptr i8, ptr %28, i64 28672
  %.1804 = load <8 x double>, ptr %.1802, align 8
  %.1805 = getelementptr i8, ptr %.1719, i64 56
  %.1806 = load double, ptr %.1805, align 8
  %.1807 = insertelement <8 x double> poison, double %.1806, i64 0
  %.1808 = shufflevector <8 x double> %.1807, <8 x double> poison, <8 x i32> zeroinitializer
  %.1809 = fmul contract <8 x double> %.1808, %.1804
  %.1810 = fadd contract <8 x double> %.1800, %.1809
  %.1811 = getelementptr double, ptr %.1725, i64 %.1731
  %.1813 = load <8 x double>, ptr %.1811, align 8
  %.1814 = fadd <8 x double> %.1813, %.1810
  store <8 x double> %.1814, ptr %.1811, align 8
  %.1816 = add i64 %.1731, 8
  %.1817 = icmp slt i64 %.1816, 512
  br i1 %.1817, label %products.1, label %products.end.1

products.end.1:                                   ; preds = %products.1
  %.1820 = add nsw i64 %i.6.3, 1
  %.1824 = icmp slt i64 %.1820, %.872
  br i1 %.1824, label %B692, label %B810
}

define internal i32 @part3(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smax.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
}

define internal i32 @part4(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smin.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
}

define internal i32 @part5(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.stored.0, ptr %arg.stored.1, i64 %arg.stored.2, i64 %arg.stored.3, ptr %arg.stored.4, i64 %arg.stored.5.0, i64 %arg.stored.6.0, ptr %arg.numbers.0, ptr %arg.numbers.1, i64 %arg.numbers.2, i64 %arg.numbers.3, ptr %arg.numbers.4, i64 %arg.numbers.5.0, i64 %arg.numbers.6.0, double %arg.absolute, double %arg.relative, i32 %arg.kind, i32 %arg.infinite, i64 %arg.is_noted, ptr %arg.rounded.0, ptr %arg.rounded.1, i64 %arg.rounded.2, i64 %arg.rounded.3, ptr %arg.rounded.4, i64 %arg.rounded.5.0, i64 %arg.rounded.6.0, ptr %arg.flags.0, ptr %arg.flags.1, i64 %arg.flags.2, i64 %arg.flags.3, ptr %arg.flags.4, i64 %arg.flags.5.0, i64 %arg.flags.6.0) {
entry:
  %.62 = alloca [2 x double], align 8
  store double 0.000000e+00, ptr %.62, align 8
  %.fca.1.gep251 = getelementptr inbounds nuw i8, ptr %.62, i64 8
  store double 0.000000e+00, ptr %.fca.1.gep251, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.121 = alloca i64, align 8
  store i64 0, ptr %.121, align 8
  %.124 = alloca i64, align 8
  store i64 0, ptr %.124, align 8
  %.250 = alloca float, align 4
  store float 0.000000e+00, ptr %.250, align 4
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.312 = alloca { i32, double, double }, align 8
  store i32 0, ptr %.312, align 8
  %.fca.1.gep151 = getelementptr inbounds nuw i8, ptr %.312, i64 8
  store double 0.000000e+00, ptr %.fca.1.gep151, align 8
  %.fca.2.gep152 = getelementptr inbounds nuw i8, ptr %.312, i64 16
  store double 0.000000e+00, ptr %.fca.2.gep152, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.406 = alloca double, align 8
  store double 0.000000e+00, ptr %.406, align 8
  %excinfo.4 = alloca ptr, align 8
  store ptr null, ptr %excinfo.4, align 8
  %.478 = alloca double, align 8
  store double 0.000000e+00, ptr %.478, align 8
  %excinfo.5 = alloca ptr, align 8
  store ptr null, ptr %excinfo.5, align 8
  %.506 = alloca double, align 8
  store double 0.000000e+00, ptr %.506, align 8
  %excinfo.6 = alloca ptr, align 8
  store ptr null, ptr %excinfo.6, align 8
  %.642 = alloca i64, align 8
  store i64 0, ptr %.642, align 8
  %.645 = alloca i64, align 8
  store i64 0, ptr %.645, align 8
  %.771 = alloca float, align 4
  store float 0.000000e+00, ptr %.771, align 4
  %excinfo.7 = alloca ptr, align 8
  store ptr null, ptr %excinfo.7, align 8
  %.829 = alloca { i32, double, double }, align 8
  store i32 0, ptr %.829, align 8
  %.fca.1.gep = getelementptr inbounds nuw i8, ptr %.829, i64 8
  store double 0.000000e+00, ptr %.fca.1.gep, align 8
  %.fca.2.gep = getelementptr inbounds nuw i8, ptr %.829, i64 16
  store double 0.000000e+00, ptr %.fca.2.gep, align 8
  %excinfo.8 = alloca ptr, align 8
  store ptr null, ptr %excinfo.8, align 8
  %.919 = alloca double, align 8
  store double 0.000000e+00, ptr %.919, align 8
  %excinfo.9 = alloca ptr, align 8
  store ptr null, ptr %excinfo.9, align 8
  store double 0.000000e+00, ptr %.62, align 8
  %.fca.1.gep253 = getelementptr inbounds nuw i8, ptr %.62, i64 8
  store double 0.000000e+00, ptr %.fca.1.gep253, align 8
  %.66 = call i32 @part6(ptr nonnull %.62, ptr nonnull %excinfo.1, double %arg.absolute, double %arg.relative, i32 %arg.infinite)
  %.68 = icmp ne i32 %.66, 0
  %.69 = icmp ne i32 %.66, -2
  %.72.not = and i1 %.68, %.69
  %.76.fca.0.load = load double, ptr %.62, align 8
  %.76.fca.1.gep = getelementptr inbounds nuw i8, ptr %.62, i64 8
  %.76.fca.1.load = load double, ptr %.76.fca.1.gep, align 8
  br i1 %.72.not, label %B0.if, label %B0.endif, !prof !0

B48:                                              ; preds = %B0.endif
  store i64 0, ptr %.121, align 8
  br i1 false, label %B48.if, label %B48.endif, !prof !0

B88:                                              ; preds = %B48.endif.endif, %B262.endif.endif.endif
  %.176 = load i64, ptr %.124, align 8
  %.177 = icmp sgt i64 %.176, 0
  br i1 %.177, label %B88.if, label %B88.endif

B90:                                              ; preds = %B88.endif
  %.232 = icmp slt i64 %.167.sroa.0.0, 0
  %.233 = select i1 %.232, i64 %arg.stored.5.0, i64 0
  %0 = getelementptr i32, ptr %arg.stored.4, i64 %.167.sroa.0.0
  %.247 = getelementptr i32, ptr %0, i64 %.233
  %.248 = load i32, ptr %.247, align 4
  store float 0.000000e+00, ptr %.250, align 4
  %.254 = call i32 @part7(ptr nonnull %.250, ptr nonnull %excinfo.2, i32 %.248, i32 %arg.kind)
  %.256 = icmp ne i32 %.254, 0
  %.257 = icmp ne i32 %.254, -2
  %.260.not = and i1 %.256, %.257
  %.264 = load float, ptr %.250, align 4
  br i1 %.260.not, label %B90.if, label %B90.endif, !prof !0

common.ret:                                       ; preds = %B674.if, %B506.endif.if, %B506.if, %B262.endif.endif.if, %B262.endif.if, %B262.if, %B90.endif.if, %B90.if, %B0.if, %B464.if, %B48.if, %B734, %B460
  %common.ret.op = phi i32 [ 0, %B460 ], [ 0, %B734 ], [ %.833, %B506.endif.if ], [ poison, %B48.if ], [ %.66, %B0.if ], [ %.254, %B90.if ], [ %.316, %B90.endif.if ], [ %.410, %B262.if ], [ %.482, %B262.endif.if ], [ poison, %B464.if ], [ %.510, %B262.endif.endif.if ], [ %.775, %B506.if ], [ %.923, %B674.if ]
  ret i32 %common.ret.op

B460:                                             ; preds = %B88.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B464:                                             ; preds = %B0.endif
  store i64 0, ptr %.642, align 8
  br i1 false, label %B464.if, label %B464.endif, !prof !0

B504:                                             ; preds = %B464.endif.endif, %B674.endif
  %.697 = load i64, ptr %.645, align 8
  %.698 = icmp sgt i64 %.697, 0
  br i1 %.698, label %B504.if, label %B504.endif

B506:                                             ; preds = %B504.endif
  %.753 = icmp slt i64 %.688.sroa.0.0, 0
  %.754 = select i1 %.753, i64 %arg.stored.5.0, i64 0
  %1 = getelementptr i32, ptr %arg.stored.4, i64 %.688.sroa.0.0
  %.768 = getelementptr i32, ptr %1, i64 %.754
  %.769 = load i32, ptr %.768, align 4
  store float 0.000000e+00, ptr %.771, align 4
  %.775 = call i32 @part7(ptr nonnull %.771, ptr nonnull %excinfo.7, i32 %.769, i32 %arg.kind)
  %.777 = icmp ne i32 %.775, 0
  %.778 = icmp ne i32 %.775, -2
  %.781.not = and i1 %.777, %.778
  %.785 = load float, ptr %.771, align 4
  br i1 %.781.not, label %B506.if, label %B506.endif, !prof !0

B734:                                             ; preds = %B504.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  %.74 = icmp sgt i32 %.66, 0
  %.67 = load ptr, ptr %excinfo.1, align 8
  %.75 = select i1 %.74, ptr %.67, ptr undef
  store ptr %.75, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %.96.not = icmp eq i64 %arg.is_noted, 0
  br i1 %.96.not, label %B464, label %B48

B48.if:                                           ; preds = %B48
  br label %common.ret

B48.endif:                                        ; preds = %B48
  br i1 false, label %B48.endif.if, label %B48.endif.else

B48.endif.if:                                     ; preds = %B48.endif
  br label %B48.endif.endif

B48.endif.else:                                   ; preds = %B48.endif
  store i64 512, ptr %.124, align 8
  br label %B48.endif.endif

B48.endif.endif:                                  ; preds = %B48.endif.else, %B48.endif.if
  br label %B88

B88.if:                                           ; preds = %B88
  %.183 = load i64, ptr %.121, align 8
  %.186 = add nsw i64 %.176, -1
  store i64 %.186, ptr %.124, align 8
  %.190 = add i64 %.183, 1
  store i64 %.190, ptr %.121, align 8
  br label %B88.endif

B88.endif:                                        ; preds = %B88.if, %B88
  %.167.sroa.0.0 = phi i64 [ %.183, %B88.if ], [ 0, %B88 ]
  br i1 %.177, label %B90, label %B460

B90.if:                                           ; preds = %B90
  %.262 = icmp sgt i32 %.254, 0
  %.255 = load ptr, ptr %excinfo.2, align 8
  %.263 = select i1 %.262, ptr %.255, ptr undef
  store ptr %.263, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B90.endif

B90.endif:                                        ; preds = %B90.if, %B90
  %.291 = icmp slt i64 %.167.sroa.0.0, 0
  %.292 = select i1 %.291, i64 %arg.numbers.5.0, i64 0
  %2 = getelementptr double, ptr %arg.numbers.4, i64 %.167.sroa.0.0
  %.306 = getelementptr double, ptr %2, i64 %.292
  %.307 = load double, ptr %.306, align 8
  %.309 = fpext float %.264 to double
  %.310 = fadd double %.307, %.309
  store i32 0, ptr %.312, align 8
  %.fca.1.gep154 = getelementptr inbounds nuw i8, ptr %.312, i64 8
  store double 0.000000e+00, ptr %.fca.1.gep154, align 8
  %.fca.2.gep155 = getelementptr inbounds nuw i8, ptr %.312, i64 16
  store double 0.000000e+00, ptr %.fca.2.gep155, align 8
  %.316 = call i32 @part9(ptr nonnull %.312, ptr nonnull %excinfo.3, double %.310, i32 %arg.infinite)
  %.318 = icmp ne i32 %.316, 0
  %.319 = icmp ne i32 %.316, -2
  %.322.not = and i1 %.318, %.319
  %.326.fca.0.load = load i32, ptr %.312, align 8
  %.326.fca.1.gep = getelementptr inbounds nuw i8, ptr %.312, i64 8
  %.326.fca.1.load = load double, ptr %.326.fca.1.gep, align 8
  %.326.fca.2.gep = getelementptr inbounds nuw i8, ptr %.312, i64 16
  %.326.fca.2.load = load double, ptr %.326.fca.2.gep, align 8
  br i1 %.322.not, label %B90.endif.if, label %B90.endif.endif, !prof !0

B90.endif.if:                                     ; preds = %B90.endif
  %.324 = icmp sgt i32 %.316, 0
  %.317 = load ptr, ptr %excinfo.3, align 8
  %.325 = select i1 %.324, ptr %.317, ptr undef
  store ptr %.325, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B90.endif.endif

B90.endif.endif:                                  ; preds = %B90.endif.if, %B90.endif
  %.362 = icmp slt i64 %.167.sroa.0.0, 0
  %.363 = select i1 %.362, i64 %arg.rounded.5.0, i64 0
  %3 = getelementptr i32, ptr %arg.rounded.4, i64 %.167.sroa.0.0
  %.377 = getelementptr i32, ptr %3, i64 %.363
  store i32 %.326.fca.0.load, ptr %.377, align 4
  %.380 = fsub double %.310, %.326.fca.1.load
  %.381 = call double @llvm.fabs.f64(double %.380)
  %.387 = fcmp olt double %.381, %.76.fca.1.load
  %"$phi262.1.2.1" = select i1 %.387, double %.76.fca.1.load, double %.381
  store double 0.000000e+00, ptr %.406, align 8
  %.410 = call i32 @part8(ptr nonnull %.406, ptr nonnull %excinfo.4, double %.326.fca.2.load, double %.76.fca.0.load, double %arg.absolute)
  %.412 = icmp ne i32 %.410, 0
  %.413 = icmp ne i32 %.410, -2
  %.416.not = and i1 %.412, %.413
  %.420 = load double, ptr %.406, align 8
  br i1 %.416.not, label %B262.if, label %B262.endif, !prof !0

B262.if:                                          ; preds = %B90.endif.endif
  %.418 = icmp sgt i32 %.410, 0
  %.411 = load ptr, ptr %excinfo.4, align 8
  %.419 = select i1 %.418, ptr %.411, ptr undef
  store ptr %.419, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B262.endif

B262.endif:                                       ; preds = %B262.if, %B90.endif.endif
  %.433 = fcmp uge double %"$phi262.1.2.1", %.420
  %.450 = icmp slt i64 %.167.sroa.0.0, 0
  %.451 = select i1 %.450, i64 %arg.numbers.5.0, i64 0
  %4 = getelementptr double, ptr %arg.numbers.4, i64 %.167.sroa.0.0
  %.465 = getelementptr double, ptr %4, i64 %.451
  %.466 = load double, ptr %.465, align 8
  %.468 = fsub double %.326.fca.1.load, %.466
  %.472 = fpext float %.264 to double
  %.473 = fsub double %.468, %.472
  %.474 = call double @llvm.fabs.f64(double %.473)
  store double 0.000000e+00, ptr %.478, align 8
  %.482 = call i32 @part10(ptr nonnull %.478, ptr nonnull %excinfo.5, float %.264, i32 %arg.infinite)
  %.484 = icmp ne i32 %.482, 0
  %.485 = icmp ne i32 %.482, -2
  %.488.not = and i1 %.484, %.485
  %.492 = load double, ptr %.478, align 8
  br i1 %.488.not, label %B262.endif.if, label %B262.endif.endif, !prof !0

B262.endif.if:                                    ; preds = %B262.endif
  %.490 = icmp sgt i32 %.482, 0
  %.483 = load ptr, ptr %excinfo.5, align 8
  %.491 = select i1 %.490, ptr %.483, ptr undef
  store ptr %.491, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B262.endif.endif

B262.endif.endif:                                 ; preds = %B262.endif.if, %B262.endif
  store double 0.000000e+00, ptr %.506, align 8
  %.510 = call i32 @part8(ptr nonnull %.506, ptr nonnull %excinfo.6, double %.492, double %.76.fca.0.load, double %arg.absolute)
  %.512 = icmp ne i32 %.510, 0
  %.513 = icmp ne i32 %.510, -2
  %.516.not = and i1 %.512, %.513
  %.520 = load double, ptr %.506, align 8
  br i1 %.516.not, label %B262.endif.endif.if, label %B262.endif.endif.endif, !prof !0

B262.endif.endif.if:                              ; preds = %B262.endif.endif
  %.518 = icmp sgt i32 %.510, 0
  %.511 = load ptr, ptr %excinfo.6, align 8
  %.519 = select i1 %.518, ptr %.511, ptr undef
  store ptr %.519, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B262.endif.endif.endif

B262.endif.endif.endif:                           ; preds = %B262.endif.endif.if, %B262.endif.endif
  %.530 = fcmp olt double %.474, %.520
  %"$phi446.1.2.1" = zext i1 %.433 to i32
  %"$phi446.2.2.1" = select i1 %.530, i32 0, i32 2
  %.555 = or disjoint i32 %"$phi446.2.2.1", %"$phi446.1.2.1"
  %.574 = icmp slt i64 %.167.sroa.0.0, 0
  %.575 = select i1 %.574, i64 %arg.flags.5.0, i64 0
  %5 = getelementptr i32, ptr %arg.flags.4, i64 %.167.sroa.0.0
  %.589 = getelementptr i32, ptr %5, i64 %.575
  store i32 %.555, ptr %.589, align 4
  br label %B88

B464.if:                                          ; preds = %B464
  br label %common.ret

B464.endif:                                       ; preds = %B464
  br i1 false, label %B464.endif.if, label %B464.endif.else

B464.endif.if:                                    ; preds = %B464.endif
  br label %B464.endif.endif

B464.endif.else:                                  ; preds = %B464.endif
  store i64 512, ptr %.645, align 8
  br label %B464.endif.endif

B464.endif.endif:                                 ; preds = %B464.endif.else, %B464.endif.if
  br label %B504

B504.if:                                          ; preds = %B504
  %.704 = load i64, ptr %.642, align 8
  %.707 = add nsw i64 %.697, -1
  store i64 %.707, ptr %.645, align 8
  %.711 = add i64 %.704, 1
  store i64 %.711, ptr %.642, align 8
  br label %B504.endif

B504.endif:                                       ; preds = %B504.if, %B504
  %.688.sroa.0.0 = phi i64 [ %.704, %B504.if ], [ 0, %B504 ]
  br i1 %.698, label %B506, label %B734

B506.if:                                          ; preds = %B506
  %.783 = icmp sgt i32 %.775, 0
  %.776 = load ptr, ptr %excinfo.7, align 8
  %.784 = select i1 %.783, ptr %.776, ptr undef
  store ptr %.784, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B506.endif

B506.endif:                                       ; preds = %B506.if, %B506
  %.809 = icmp slt i64 %.688.sroa.0.0, 0
  %.810 = select i1 %.809, i64 %arg.numbers.5.0, i64 0
  %6 = getelementptr double, ptr %arg.numbers.4, i64 %.688.sroa.0.0
  %.824 = getelementptr double, ptr %6, i64 %.810
  %.825 = load double, ptr %.824, align 8
  %.826 = fpext float %.785 to double
  %.827 = fadd double %.825, %.826
  store i32 0, ptr %.829, align 8
  %.fca.1.gep23 = getelementptr inbounds nuw i8, ptr %.829, i64 8
  store double 0.000000e+00, ptr %.fca.1.gep23, align 8
  %.fca.2.gep24 = getelementptr inbounds nuw i8, ptr %.829, i64 16
  store double 0.000000e+00, ptr %.fca.2.gep24, align 8
  %.833 = call i32 @part9(ptr nonnull %.829, ptr nonnull %excinfo.8, double %.827, i32 %arg.infinite)
  %.835 = icmp ne i32 %.833, 0
  %.836 = icmp ne i32 %.833, -2
  %.839.not = and i1 %.835, %.836
  %.843.fca.0.load = load i32, ptr %.829, align 8
  %.843.fca.1.gep = getelementptr inbounds nuw i8, ptr %.829, i64 8
  %.843.fca.1.load = load double, ptr %.843.fca.1.gep, align 8
  %.843.fca.2.gep = getelementptr inbounds nuw i8, ptr %.829, i64 16
  %.843.fca.2.load = load double, ptr %.843.fca.2.gep, align 8
  br i1 %.839.not, label %B506.endif.if, label %B506.endif.endif, !prof !0

B506.endif.if:                                    ; preds = %B506.endif
  %.841 = icmp sgt i32 %.833, 0
  %.834 = load ptr, ptr %excinfo.8, align 8
  %.842 = select i1 %.841, ptr %.834, ptr undef
  store ptr %.842, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B506.endif.endif

B506.endif.endif:                                 ; preds = %B506.endif.if, %B506.endif
  %.876 = icmp slt i64 %.688.sroa.0.0, 0
  %.877 = select i1 %.876, i64 %arg.rounded.5.0, i64 0
  %7 = getelementptr i32, ptr %arg.rounded.4, i64 %.688.sroa.0.0
  %.891 = getelementptr i32, ptr %7, i64 %.877
  store i32 %.843.fca.0.load, ptr %.891, align 4
  %.893 = fsub double %.827, %.843.fca.1.load
  %.894 = call double @llvm.fabs.f64(double %.893)
  %.900 = fcmp olt double %.894, %.76.fca.1.load
  %"$phi674.1.2.1" = select i1 %.900, double %.76.fca.1.load, double %.894
  store double 0.000000e+00, ptr %.919, align 8
  %.923 = call i32 @part8(ptr nonnull %.919, ptr nonnull %excinfo.9, double %.843.fca.2.load, double %.76.fca.0.load, double %arg.absolute)
  %.925 = icmp ne i32 %.923, 0
  %.926 = icmp ne i32 %.923, -2
  %.929.not = and i1 %.925, %.926
  %.933 = load double, ptr %.919, align 8
  br i1 %.929.not, label %B674.if, label %B674.endif, !prof !0

B674.if:                                          ; preds = %B506.endif.endif
  %.931 = icmp sgt i32 %.923, 0
  %.924 = load ptr, ptr %excinfo.9, align 8
  %.932 = select i1 %.931, ptr %.924, ptr undef
  store ptr %.932, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B674.endif

B674.endif:                                       ; preds = %B674.if, %B506.endif.endif
  %.946 = fcmp uge double %"$phi674.1.2.1", %.933
  %.972 = icmp slt i64 %.688.sroa.0.0, 0
  %.973 = select i1 %.972, i64 %arg.flags.5.0, i64 0
  %8 = getelementptr i32, ptr %arg.flags.4, i64 %.688.sroa.0.0
  %.987 = getelementptr i32, ptr %8, i64 %.973
  %.988 = zext i1 %.946 to i32
  store i32 %.988, ptr %.987, align 4
  br label %B504
}

define internal i32 @part6(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, double %arg.absolute, double %arg.relative, i32 %arg.infinite) {
entry:
  %.9 = alloca [2 x double], align 8
  store double 0.000000e+00, ptr %.9, align 8
  %.fca.1.gep = getelementptr inbounds nuw i8, ptr %.9, i64 8
  store double 0.000000e+00, ptr %.fca.1.gep, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store double 0.000000e+00, ptr %.9, align 8
  %.fca.1.gep2 = getelementptr inbounds nuw i8, ptr %.9, i64 8
  store double 0.000000e+00, ptr %.fca.1.gep2, align 8
  %.13 = call i32 @part15(ptr nonnull %.9, ptr nonnull %excinfo.1, i32 %arg.infinite)
  %.15 = icmp ne i32 %.13, 0
  %.16 = icmp ne i32 %.13, -2
  %.19.not = and i1 %.15, %.16
  %.23.fca.0.load = load double, ptr %.9, align 8
  %.23.fca.1.gep = getelementptr inbounds nuw i8, ptr %.9, i64 8
  %.23.fca.1.load = load double, ptr %.23.fca.1.gep, align 8
  br i1 %.19.not, label %B0.if, label %B0.endif, !prof !0

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.13, %B0.if ]
  ret i32 %common.ret.op

B0.if:                                            ; preds = %entry
  %.21 = icmp sgt i32 %.13, 0
  %.14 = load ptr, ptr %excinfo.1, align 8
  %.22 = select i1 %.21, ptr %.14, ptr undef
  store ptr %.22, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %.35 = fadd double %arg.relative, %arg.relative
  %.45 = fsub double %.23.fca.1.load, %.35
  %.50 = fdiv double %arg.absolute, %.45
  %.55 = fcmp olt double %.35, %.23.fca.1.load
  %"$phi98.0.2.0.v" = select i1 %.55, double %.35, double %.23.fca.0.load
  %"$phi98.0.2.0" = fsub double %.23.fca.0.load, %"$phi98.0.2.0.v"
  %.82 = fmul double %.50, %"$phi98.0.2.0"
  %.86 = fsub double %.82, %arg.absolute
  store double %"$phi98.0.2.0", ptr %retptr, align 8
  %retptr.repack3 = getelementptr inbounds nuw i8, ptr %retptr, i64 8
  store double %.86, ptr %retptr.repack3, align 8
  br label %common.ret
}

define internal i32 @part7(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.bits, i32 %arg.kind) {
entry:
  %.6 = alloca float, align 4
  store float 0.000000e+00, ptr %.6, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store float 0.000000e+00, ptr %.6, align 4
  %.10 = call i32 @part14(ptr nonnull %.6, ptr nonnull %excinfo.1, i32 %arg.bits, ptr null)
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

define internal i32 @part8(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, double %arg.power, double %arg.share, double %arg.absolute) {
entry:
  %.7 = fmul contract double %arg.power, %arg.share
  %.8 = fsub contract double %.7, %arg.absolute
  store double %.8, ptr %retptr, align 8
  ret i32 0
}

define internal i32 @part9(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, double %arg.number, i32 %arg.kind) {
entry:
  %.10 = alloca i64, align 8
  store i64 0, ptr %.10, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.37 = alloca double, align 8
  store double 0.000000e+00, ptr %.37, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.95 = alloca i32, align 4
  store i32 0, ptr %.95, align 4
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.6 = fptrunc double %arg.number to float
  store i64 0, ptr %.10, align 8
  %.14 = call i32 @part11(ptr nonnull %.10, ptr nonnull %excinfo.1, double %arg.number, ptr null)
  %.16 = icmp ne i32 %.14, 0
  %.17 = icmp ne i32 %.14, -2
  %.20.not = and i1 %.16, %.17
  %.24 = load i64, ptr %.10, align 8
  br i1 %.20.not, label %B0.if, label %B0.endif, !prof !0

common.ret:                                       ; preds = %B336.if, %B0.endif.if, %B0.if, %B336.endif
  %common.ret.op = phi i32 [ 0, %B336.endif ], [ %.41, %B0.endif.if ], [ %.14, %B0.if ], [ %.99, %B336.if ]
  ret i32 %common.ret.op

B0.if:                                            ; preds = %entry
  %.22 = icmp sgt i32 %.14, 0
  %.15 = load ptr, ptr %excinfo.1, align 8
  %.23 = select i1 %.22, ptr %.15, ptr undef
  store ptr %.23, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %.36 = and i64 %.24, 9218868437227405312
  store double 0.000000e+00, ptr %.37, align 8
  %.41 = call i32 @part12(ptr nonnull %.37, ptr nonnull %excinfo.2, i64 %.36, ptr null)
  %.43 = icmp ne i32 %.41, 0
  %.44 = icmp ne i32 %.41, -2
  %.47.not = and i1 %.43, %.44
  %.51 = load double, ptr %.37, align 8
  br i1 %.47.not, label %B0.endif.if, label %B0.endif.endif, !prof !0

B0.endif.if:                                      ; preds = %B0.endif
  %.49 = icmp sgt i32 %.41, 0
  %.42 = load ptr, ptr %excinfo.2, align 8
  %.50 = select i1 %.49, ptr %.42, ptr undef
  store ptr %.50, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.if, %B0.endif
  %.69 = fcmp ogt double %.51, 0x3810000000000000
  %"$phi336.0.2.0" = select i1 %.69, double %.51, double 0x3810000000000000
  store i32 0, ptr %.95, align 4
  %.99 = call i32 @part13(ptr nonnull %.95, ptr nonnull %excinfo.3, float %.6, ptr null)
  %.101 = icmp ne i32 %.99, 0
  %.102 = icmp ne i32 %.99, -2
  %.105.not = and i1 %.101, %.102
  %.109 = load i32, ptr %.95, align 4
  br i1 %.105.not, label %B336.if, label %B336.endif, !prof !0

B336.if:                                          ; preds = %B0.endif.endif
  %.107 = icmp sgt i32 %.99, 0
  %.100 = load ptr, ptr %excinfo.3, align 8
  %.108 = select i1 %.107, ptr %.100, ptr undef
  store ptr %.108, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B336.endif

B336.endif:                                       ; preds = %B336.if, %B0.endif.endif
  %.120 = fpext float %.6 to double
  %.123 = fcmp une float %.6, 0.000000e+00
  %"$phi490.2.2.0" = select i1 %.123, double %"$phi336.0.2.0", double 0.000000e+00
  %.157 = insertvalue { i32, double, double } undef, i32 %.109, 0
  %.158 = insertvalue { i32, double, double } %.157, double %.120, 1
  %.159 = insertvalue { i32, double, double } %.158, double %"$phi490.2.2.0", 2
  store { i32, double, double } %.159, ptr %retptr, align 8
  br label %common.ret
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare double @llvm.fabs.f64(double) #0

define internal i32 @part10(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.number, i32 %arg.kind) {
entry:
  %.8 = alloca i64, align 8
  store i64 0, ptr %.8, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.35 = alloca double, align 8
  store double 0.000000e+00, ptr %.35, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.6 = fpext float %arg.number to double
  %.7 = fmul double %.6, 0x3FEFFFFFF8000000
  store i64 0, ptr %.8, align 8
  %.12 = call i32 @part11(ptr nonnull %.8, ptr nonnull %excinfo.1, double %.7, ptr null)
  %.14 = icmp ne i32 %.12, 0
  %.15 = icmp ne i32 %.12, -2
  %.18.not = and i1 %.14, %.15
  %.22 = load i64, ptr %.8, align 8
  br i1 %.18.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.20 = icmp sgt i32 %.12, 0
  %.13 = load ptr, ptr %excinfo.1, align 8
  %.21 = select i1 %.20, ptr %.13, ptr undef
  store ptr %.21, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %.34 = and i64 %.22, 9218868437227405312
  store double 0.000000e+00, ptr %.35, align 8
  %.39 = call i32 @part12(ptr nonnull %.35, ptr nonnull %excinfo.2, i64 %.34, ptr null)
  %.41 = icmp ne i32 %.39, 0
  %.42 = icmp ne i32 %.39, -2
  %.45.not = and i1 %.41, %.42
  %.49 = load double, ptr %.35, align 8
  br i1 %.45.not, label %B0.endif.if, label %B0.endif.endif, !prof !0

common.ret:                                       ; preds = %B0.endif.if, %B0.if, %B0.endif.endif
  %common.ret.op = phi i32 [ %.12, %B0.if ], [ 0, %B0.endif.endif ], [ %.39, %B0.endif.if ]
  ret i32 %common.ret.op

B0.endif.if:                                      ; preds = %B0.endif
  %.47 = icmp sgt i32 %.39, 0
  %.40 = load ptr, ptr %excinfo.2, align 8
  %.48 = select i1 %.47, ptr %.40, ptr undef
  store ptr %.48, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.if, %B0.endif
  store double %.49, ptr %retptr, align 8
  br label %common.ret
}

define internal i32 @part11(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, double %arg.scalar, ptr %arg.viewty) {
entry:
  store double %arg.scalar, ptr %retptr, align 8
  ret i32 0
}

define internal i32 @part12(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.scalar, ptr %arg.viewty) {
entry:
  store i64 %arg.scalar, ptr %retptr, align 8
  ret i32 0
}

define internal i32 @part13(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.scalar, ptr %arg.viewty) {
entry:
  store float %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part14(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.scalar, ptr %arg.viewty) {
entry:
  store i32 %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part15(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.kind) {
entry:
  store double 0x3E70000000000000, ptr %retptr, align 8
  %retptr.repack1 = getelementptr inbounds nuw i8, ptr %retptr, i64 8
  store double 0x3E60000000000000, ptr %retptr.repack1, align 8
  ret i32 0
}

define internal i32 @part16(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.mask) {
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

define internal i32 @part17(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.bits, i64 %arg.row, i64 %arg.column, double %arg.sign, ptr %arg.terms.0.0, ptr %arg.terms.0.1, i64 %arg.terms.0.2, i64 %arg.terms.0.3, ptr %arg.terms.0.4, i64 %arg.terms.0.5.0, i64 %arg.terms.0.5.1, i64 %arg.terms.0.6.0, i64 %arg.terms.0.6.1, ptr %arg.terms.1.0, ptr %arg.terms.1.1, i64 %arg.terms.1.2, i64 %arg.terms.1.3, ptr %arg.terms.1.4, i64 %arg.terms.1.5.0, i64 %arg.terms.1.6.0, ptr %arg.terms.2.0, ptr %arg.terms.2.1, i64 %arg.terms.2.2, i64 %arg.terms.2.3, ptr %arg.terms.2.4, i64 %arg.terms.2.5.0, i64 %arg.terms.2.6.0, ptr %arg.terms.3.0, ptr %arg.terms.3.1, i64 %arg.terms.3.2, i64 %arg.terms.3.3, ptr %arg.terms.3.4, i64 %arg.terms.3.5.0, i64 %arg.terms.3.6.0, i32 %arg.infinite) {
entry:
  %.73 = alloca float, align 4
  store float 0.000000e+00, ptr %.73, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.139 = alloca i64, align 8
  store i64 0, ptr %.139, align 8
  %.142 = alloca i64, align 8
  store i64 0, ptr %.142, align 8
  %.751 = alloca i64, align 8
  store i64 0, ptr %.751, align 8
  %.754 = alloca i64, align 8
  store i64 0, ptr %.754, align 8
  %.1007 = alloca i32, align 4
  store i32 0, ptr %.1007, align 4
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  store float 0.000000e+00, ptr %.73, align 4
  %.77 = call i32 @part7(ptr nonnull %.73, ptr nonnull %excinfo.1, i32 %arg.bits, i32 %arg.bits)
  %.79 = icmp ne i32 %.77, 0
  %.80 = icmp ne i32 %.77, -2
  %.83.not = and i1 %.79, %.80
  %.87 = load float, ptr %.73, align 4
  br i1 %.83.not, label %B0.if, label %B0.endif, !prof !0

B142:                                             ; preds = %B0.endif.endif.endif, %B579
  %total.2.0 = phi double [ %.99, %B0.endif.endif.endif ], [ %total.3.1, %B579 ]
  %.194 = load i64, ptr %.142, align 8
  %.195 = icmp sgt i64 %.194, 0
  br i1 %.195, label %B142.if, label %B142.endif

B144:                                             ; preds = %B142.endif
  %.263 = icmp slt i64 %.185.sroa.0.0, 0
  %.264 = select i1 %.263, i64 %arg.terms.0.5.0, i64 0
  %.265 = add i64 %.185.sroa.0.0, %.264
  %.285 = mul i64 %.265, %arg.terms.0.5.1
  %.289 = getelementptr i64, ptr %arg.terms.0.4, i64 %.285
  %.290 = load i64, ptr %.289, align 8
  %.292 = sub nsw i64 %arg.row, %.290
  %.320 = icmp slt i64 %.185.sroa.0.0, 0
  %.321 = select i1 %.320, i64 %arg.terms.0.5.0, i64 0
  %.322 = add i64 %.185.sroa.0.0, %.321
  %.342 = mul i64 %.322, %arg.terms.0.5.1
  %0 = getelementptr i64, ptr %arg.terms.0.4, i64 %.342
  %.346 = getelementptr i8, ptr %0, i64 56
  %.347 = load i64, ptr %.346, align 8
  %.349 = sub nsw i64 %arg.column, %.347
  %.377 = icmp slt i64 %.185.sroa.0.0, 0
  %.378 = select i1 %.377, i64 %arg.terms.0.5.0, i64 0
  %.379 = add i64 %.185.sroa.0.0, %.378
  %.399 = mul i64 %.379, %arg.terms.0.5.1
  %1 = getelementptr i64, ptr %arg.terms.0.4, i64 %.399
  %.403 = getelementptr i8, ptr %1, i64 72
  %.404 = load i64, ptr %.403, align 8
  %.415 = icmp sgt i64 %.292, -1
  br i1 %.415, label %B234, label %B579

B234:                                             ; preds = %B144
  %.452 = icmp slt i64 %.185.sroa.0.0, 0
  %.453 = select i1 %.452, i64 %arg.terms.0.5.0, i64 0
  %.454 = add i64 %.185.sroa.0.0, %.453
  %.474 = mul i64 %.454, %arg.terms.0.5.1
  %2 = getelementptr i64, ptr %arg.terms.0.4, i64 %.474
  %.478 = getelementptr i8, ptr %2, i64 8
  %.479 = load i64, ptr %.478, align 8
  %.481 = icmp slt i64 %.292, %.479
  br i1 %.481, label %B266, label %B579

B266:                                             ; preds = %B234
  %.506 = icmp sgt i64 %.349, -1
  br i1 %.506, label %B282, label %B579

B282:                                             ; preds = %B266
  %.542 = icmp slt i64 %.185.sroa.0.0, 0
  %.543 = select i1 %.542, i64 %arg.terms.0.5.0, i64 0
  %.544 = add i64 %.185.sroa.0.0, %.543
  %.564 = mul i64 %.544, %arg.terms.0.5.1
  %3 = getelementptr i64, ptr %arg.terms.0.4, i64 %.564
  %.568 = getelementptr i8, ptr %3, i64 64
  %.569 = load i64, ptr %.568, align 8
  %.571 = icmp slt i64 %.349, %.569
  br i1 %.571, label %B314, label %B579

B314:                                             ; preds = %B282
  %.621 = icmp slt i64 %.185.sroa.0.0, 0
  %.622 = select i1 %.621, i64 %arg.terms.0.5.0, i64 0
  %.623 = add i64 %.185.sroa.0.0, %.622
  %.643 = mul i64 %.623, %arg.terms.0.5.1
  %4 = getelementptr i64, ptr %arg.terms.0.4, i64 %.643
  %.647 = getelementptr i8, ptr %4, i64 80
  %.648 = load i64, ptr %.647, align 8
  %.651 = mul nsw i64 %.292, %.404
  %.654 = add nsw i64 %.648, %.651
  %.682 = icmp slt i64 %.185.sroa.0.0, 0
  %.683 = select i1 %.682, i64 %arg.terms.0.5.0, i64 0
  %.684 = add i64 %.185.sroa.0.0, %.683
  %.704 = mul i64 %.684, %arg.terms.0.5.1
  %5 = getelementptr i64, ptr %arg.terms.0.4, i64 %.704
  %.708 = getelementptr i8, ptr %5, i64 88
  %.709 = load i64, ptr %.708, align 8
  %.712 = mul nsw i64 %.349, %.404
  %.715 = add nsw i64 %.709, %.712
  store i64 0, ptr %.751, align 8
  br i1 false, label %B314.if, label %B314.endif, !prof !0

B412:                                             ; preds = %B314.endif.endif, %B414
  %added.2.3 = phi double [ 0.000000e+00, %B314.endif.endif ], [ %.913, %B414 ]
  %.806 = load i64, ptr %.754, align 8
  %.807 = icmp sgt i64 %.806, 0
  br i1 %.807, label %B412.if, label %B412.endif

B414:                                             ; preds = %B412.endif
  %.846 = add nsw i64 %.654, %.797.sroa.0.0
  %.860 = icmp slt i64 %.846, 0
  %.861 = select i1 %.860, i64 %arg.terms.2.5.0, i64 0
  %6 = getelementptr float, ptr %arg.terms.2.4, i64 %.846
  %.875 = getelementptr float, ptr %6, i64 %.861
  %.876 = load float, ptr %.875, align 4
  %.877 = fpext float %.876 to double
  %.879 = add nsw i64 %.715, %.797.sroa.0.0
  %.893 = icmp slt i64 %.879, 0
  %.894 = select i1 %.893, i64 %arg.terms.3.5.0, i64 0
  %7 = getelementptr float, ptr %arg.terms.3.4, i64 %.879
  %.908 = getelementptr float, ptr %7, i64 %.894
  %.909 = load float, ptr %.908, align 4
  %.910 = fpext float %.909 to double
  %.911 = fmul double %.877, %.910
  %.913 = fadd double %added.2.3, %.911
  br label %B412

B542:                                             ; preds = %B412.endif
  %.939 = icmp slt i64 %.185.sroa.0.0, 0
  %.940 = select i1 %.939, i64 %arg.terms.1.5.0, i64 0
  %8 = getelementptr double, ptr %arg.terms.1.4, i64 %.185.sroa.0.0
  %.954 = getelementptr double, ptr %8, i64 %.940
  %.955 = load double, ptr %.954, align 8
  %.959 = fmul double %arg.sign, %.955
  %.961 = fmul double %added.2.3, %.959
  %.965 = fadd double %total.2.0, %.961
  br label %B579

B578:                                             ; preds = %B142.endif
  store i32 0, ptr %.1007, align 4
  %.1011 = call i32 @part18(ptr nonnull %.1007, ptr nonnull %excinfo.2, double %total.2.0, i32 %arg.infinite)
  %.1013 = icmp ne i32 %.1011, 0
  %.1014 = icmp ne i32 %.1011, -2
  %.1017.not = and i1 %.1013, %.1014
  %.1021 = load i32, ptr %.1007, align 4
  br i1 %.1017.not, label %B578.if, label %B578.endif, !prof !0

B579:                                             ; preds = %B234, %B282, %B542, %B266, %B144
  %total.3.1 = phi double [ %total.2.0, %B266 ], [ %total.2.0, %B144 ], [ %.965, %B542 ], [ %total.2.0, %B282 ], [ %total.2.0, %B234 ]
  br label %B142

B0.if:                                            ; preds = %entry
  %.85 = icmp sgt i32 %.77, 0
  %.78 = load ptr, ptr %excinfo.1, align 8
  %.86 = select i1 %.85, ptr %.78, ptr undef
  store ptr %.86, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %.99 = fpext float %.87 to double
  store i64 0, ptr %.139, align 8
  br i1 false, label %B0.endif.if, label %B0.endif.endif, !prof !0

common.ret:                                       ; preds = %B578.if, %B0.if, %B578.endif, %B314.if, %B0.endif.if
  %common.ret.op = phi i32 [ %.77, %B0.if ], [ poison, %B0.endif.if ], [ poison, %B314.if ], [ 0, %B578.endif ], [ %.1011, %B578.if ]
  ret i32 %common.ret.op

B0.endif.if:                                      ; preds = %B0.endif
  br label %common.ret

B0.endif.endif:                                   ; preds = %B0.endif
  %.153 = icmp slt i64 %arg.terms.0.5.0, 1
  br i1 %.153, label %B0.endif.endif.if, label %B0.endif.endif.else

B0.endif.endif.if:                                ; preds = %B0.endif.endif
  br label %B0.endif.endif.endif

B0.endif.endif.else:                              ; preds = %B0.endif.endif
  br label %B0.endif.endif.endif

B0.endif.endif.endif:                             ; preds = %B0.endif.endif.else, %B0.endif.endif.if
  %storemerge = phi i64 [ %arg.terms.0.5.0, %B0.endif.endif.else ], [ 0, %B0.endif.endif.if ]
  store i64 %storemerge, ptr %.142, align 8
  br label %B142

B142.if:                                          ; preds = %B142
  %.201 = load i64, ptr %.139, align 8
  %.204 = add nsw i64 %.194, -1
  store i64 %.204, ptr %.142, align 8
  %.208 = add i64 %.201, 1
  store i64 %.208, ptr %.139, align 8
  br label %B142.endif

B142.endif:                                       ; preds = %B142.if, %B142
  %.185.sroa.0.0 = phi i64 [ %.201, %B142.if ], [ 0, %B142 ]
  br i1 %.195, label %B144, label %B578

B314.if:                                          ; preds = %B314
  br label %common.ret

B314.endif:                                       ; preds = %B314
  %.765 = icmp slt i64 %.404, 1
  br i1 %.765, label %B314.endif.if, label %B314.endif.else

B314.endif.if:                                    ; preds = %B314.endif
  br label %B314.endif.endif

B314.endif.else:                                  ; preds = %B314.endif
  br label %B314.endif.endif

B314.endif.endif:                                 ; preds = %B314.endif.else, %B314.endif.if
  %storemerge351 = phi i64 [ %.404, %B314.endif.else ], [ 0, %B314.endif.if ]
  store i64 %storemerge351, ptr %.754, align 8
  br label %B412

B412.if:                                          ; preds = %B412
  %.813 = load i64, ptr %.751, align 8
  %.816 = add nsw i64 %.806, -1
  store i64 %.816, ptr %.754, align 8
  %.820 = add i64 %.813, 1
  store i64 %.820, ptr %.751, align 8
  br label %B412.endif

B412.endif:                                       ; preds = %B412.if, %B412
  %.797.sroa.0.0 = phi i64 [ %.813, %B412.if ], [ 0, %B412 ]
  br i1 %.807, label %B414, label %B542

B578.if:                                          ; preds = %B578
  %.1019 = icmp sgt i32 %.1011, 0
  %.1012 = load ptr, ptr %excinfo.2, align 8
  %.1020 = select i1 %.1019, ptr %.1012, ptr undef
  store ptr %.1020, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B578.endif

B578.endif:                                       ; preds = %B578.if, %B578
  store i32 %.1021, ptr %retptr, align 4
  br label %common.ret
}

define internal i32 @part18(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, double %arg.exact, i32 %arg.kind) {
entry:
  %.6 = alloca i32, align 4
  store i32 0, ptr %.6, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store i32 0, ptr %.6, align 4
  %.10 = call i32 @part19(ptr nonnull %.6, ptr nonnull %excinfo.1, double %arg.exact, i32 %arg.kind)
  %.12 = icmp ne i32 %.10, 0
  %.13 = icmp ne i32 %.10, -2
  %.16.not = and i1 %.12, %.13
  %.20 = load i32, ptr %.6, align 4
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
  store i32 %.20, ptr %retptr, align 4
  br label %common.ret
}

define internal i32 @part19(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, double %arg.number, i32 %arg.kind) {
entry:
  %.16 = alloca i32, align 4
  store i32 0, ptr %.16, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.10 = fcmp ord double %arg.number, 0.000000e+00
  br i1 %.10, label %B16, label %B126

B16:                                              ; preds = %entry
  %.13 = fptrunc double %arg.number to float
  store i32 0, ptr %.16, align 4
  %.20 = call i32 @part13(ptr nonnull %.16, ptr nonnull %excinfo.1, float %.13, ptr null)
  %.22 = icmp ne i32 %.20, 0
  %.23 = icmp ne i32 %.20, -2
  %.26.not = and i1 %.22, %.23
  %.30 = load i32, ptr %.16, align 4
  br i1 %.26.not, label %B16.if, label %B126, !prof !0

common.ret:                                       ; preds = %B16.if, %B126
  %common.ret.op = phi i32 [ 0, %B126 ], [ %.20, %B16.if ]
  ret i32 %common.ret.op

B126:                                             ; preds = %B16.if, %B16, %entry
  %"$phi126.0.2.0" = phi i32 [ 2143289344, %entry ], [ %.30, %B16 ], [ poison, %B16.if ]
  store i32 %"$phi126.0.2.0", ptr %retptr, align 4
  br label %common.ret

B16.if:                                           ; preds = %B16
  %.28 = icmp sgt i32 %.20, 0
  %.21 = load ptr, ptr %excinfo.1, align 8
  %.29 = select i1 %.28, ptr %.21, ptr undef
  store ptr %.29, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B126
}

define internal i32 @part20(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.bits, double %arg.number, double %arg.absolute, double %arg.relative, i64 %arg.row, i64 %arg.column, ptr %arg.terms.0.0, ptr %arg.terms.0.1, i64 %arg.terms.0.2, i64 %arg.terms.0.3, ptr %arg.terms.0.4, i64 %arg.terms.0.5.0, i64 %arg.terms.0.5.1, i64 %arg.terms.0.6.0, i64 %arg.terms.0.6.1, ptr %arg.terms.1.0, ptr %arg.terms.1.1, i64 %arg.terms.1.2, i64 %arg.terms.1.3, ptr %arg.terms.1.4, i64 %arg.terms.1.5.0, i64 %arg.terms.1.6.0, ptr %arg.terms.2.0, ptr %arg.terms.2.1, i64 %arg.terms.2.2, i64 %arg.terms.2.3, ptr %arg.terms.2.4, i64 %arg.terms.2.5.0, i64 %arg.terms.2.6.0, ptr %arg.terms.3.0, ptr %arg.terms.3.1, i64 %arg.terms.3.2, i64 %arg.terms.3.3, ptr %arg.terms.3.4, i64 %arg.terms.3.5.0, i64 %arg.terms.3.6.0, i32 %arg.infinite) {
entry:
  %.65 = alloca float, align 4
  store float 0.000000e+00, ptr %.65, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.94 = alloca { i32, double, double }, align 8
  store i32 0, ptr %.94, align 8
  %.fca.1.gep7 = getelementptr inbounds nuw i8, ptr %.94, i64 8
  store double 0.000000e+00, ptr %.fca.1.gep7, align 8
  %.fca.2.gep = getelementptr inbounds nuw i8, ptr %.94, i64 16
  store double 0.000000e+00, ptr %.fca.2.gep, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.133 = alloca [2 x double], align 8
  store double 0.000000e+00, ptr %.133, align 8
  %.fca.1.gep = getelementptr inbounds nuw i8, ptr %.133, i64 8
  store double 0.000000e+00, ptr %.fca.1.gep, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.195 = alloca double, align 8
  store double 0.000000e+00, ptr %.195, align 8
  %excinfo.4 = alloca ptr, align 8
  store ptr null, ptr %excinfo.4, align 8
  %.253 = alloca i32, align 4
  store i32 0, ptr %.253, align 4
  %excinfo.5 = alloca ptr, align 8
  store ptr null, ptr %excinfo.5, align 8
  store float 0.000000e+00, ptr %.65, align 4
  %.69 = call i32 @part7(ptr nonnull %.65, ptr nonnull %excinfo.1, i32 %arg.bits, i32 %arg.infinite)
  %.71 = icmp ne i32 %.69, 0
  %.72 = icmp ne i32 %.69, -2
  %.75.not = and i1 %.71, %.72
  %.79 = load float, ptr %.65, align 4
  br i1 %.75.not, label %B0.if, label %B0.endif, !prof !0

common.ret:                                       ; preds = %B220.if, %B176.if, %B0.endif.endif.if, %B0.endif.if, %B0.if, %B220.endif, %B216
  %common.ret.op = phi i32 [ 0, %B216 ], [ %.199, %B176.if ], [ %.69, %B0.if ], [ %.98, %B0.endif.if ], [ %.137, %B0.endif.endif.if ], [ 0, %B220.endif ], [ %.267, %B220.if ]
  ret i32 %common.ret.op

B216:                                             ; preds = %B176.endif
  store i32 %.108.fca.0.load, ptr %retptr, align 4
  br label %common.ret

B220:                                             ; preds = %B176.endif
  store i32 0, ptr %.253, align 4
  %.267 = call i32 @part17(ptr nonnull %.253, ptr nonnull %excinfo.5, i32 %arg.bits, i64 %arg.row, i64 %arg.column, double -1.000000e+00, ptr %arg.terms.0.0, ptr %arg.terms.0.1, i64 %arg.terms.0.2, i64 %arg.terms.0.3, ptr %arg.terms.0.4, i64 %arg.terms.0.5.0, i64 %arg.terms.0.5.1, i64 %arg.terms.0.6.0, i64 %arg.terms.0.6.1, ptr %arg.terms.1.0, ptr %arg.terms.1.1, i64 %arg.terms.1.2, i64 %arg.terms.1.3, ptr %arg.terms.1.4, i64 %arg.terms.1.5.0, i64 %arg.terms.1.6.0, ptr %arg.terms.2.0, ptr %arg.terms.2.1, i64 %arg.terms.2.2, i64 %arg.terms.2.3, ptr %arg.terms.2.4, i64 %arg.terms.2.5.0, i64 %arg.terms.2.6.0, ptr %arg.terms.3.0, ptr %arg.terms.3.1, i64 %arg.terms.3.2, i64 %arg.terms.3.3, ptr %arg.terms.3.4, i64 %arg.terms.3.5.0, i64 %arg.terms.3.6.0, i32 %arg.infinite)
  %.269 = icmp ne i32 %.267, 0
  %.270 = icmp ne i32 %.267, -2
  %.273.not = and i1 %.269, %.270
  %.277 = load i32, ptr %.253, align 4
  br i1 %.273.not, label %B220.if, label %B220.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.77 = icmp sgt i32 %.69, 0
  %.70 = load ptr, ptr %excinfo.1, align 8
  %.78 = select i1 %.77, ptr %.70, ptr undef
  store ptr %.78, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %.91 = fpext float %.79 to double
  %.92 = fsub double %.91, %arg.number
  store i32 0, ptr %.94, align 8
  %.fca.1.gep9 = getelementptr inbounds nuw i8, ptr %.94, i64 8
  store double 0.000000e+00, ptr %.fca.1.gep9, align 8
  %.fca.2.gep10 = getelementptr inbounds nuw i8, ptr %.94, i64 16
  store double 0.000000e+00, ptr %.fca.2.gep10, align 8
  %.98 = call i32 @part9(ptr nonnull %.94, ptr nonnull %excinfo.2, double %.92, i32 %arg.infinite)
  %.100 = icmp ne i32 %.98, 0
  %.101 = icmp ne i32 %.98, -2
  %.104.not = and i1 %.100, %.101
  %.108.fca.0.load = load i32, ptr %.94, align 8
  %.108.fca.1.gep = getelementptr inbounds nuw i8, ptr %.94, i64 8
  %.108.fca.1.load = load double, ptr %.108.fca.1.gep, align 8
  %.108.fca.2.gep = getelementptr inbounds nuw i8, ptr %.94, i64 16
  %.108.fca.2.load = load double, ptr %.108.fca.2.gep, align 8
  br i1 %.104.not, label %B0.endif.if, label %B0.endif.endif, !prof !0

B0.endif.if:                                      ; preds = %B0.endif
  %.106 = icmp sgt i32 %.98, 0
  %.99 = load ptr, ptr %excinfo.2, align 8
  %.107 = select i1 %.106, ptr %.99, ptr undef
  store ptr %.107, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.if, %B0.endif
  store double 0.000000e+00, ptr %.133, align 8
  %.fca.1.gep2 = getelementptr inbounds nuw i8, ptr %.133, i64 8
  store double 0.000000e+00, ptr %.fca.1.gep2, align 8
  %.137 = call i32 @part6(ptr nonnull %.133, ptr nonnull %excinfo.3, double %arg.absolute, double %arg.relative, i32 %arg.infinite)
  %.139 = icmp ne i32 %.137, 0
  %.140 = icmp ne i32 %.137, -2
  %.143.not = and i1 %.139, %.140
  %.147.fca.0.load = load double, ptr %.133, align 8
  %.147.fca.1.gep = getelementptr inbounds nuw i8, ptr %.133, i64 8
  %.147.fca.1.load = load double, ptr %.147.fca.1.gep, align 8
  br i1 %.143.not, label %B0.endif.endif.if, label %B0.endif.endif.endif, !prof !0

B0.endif.endif.if:                                ; preds = %B0.endif.endif
  %.145 = icmp sgt i32 %.137, 0
  %.138 = load ptr, ptr %excinfo.3, align 8
  %.146 = select i1 %.145, ptr %.138, ptr undef
  store ptr %.146, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif.endif

B0.endif.endif.endif:                             ; preds = %B0.endif.endif.if, %B0.endif.endif
  %.165 = fsub double %.92, %.108.fca.1.load
  %.166 = call double @llvm.fabs.f64(double %.165)
  %.172 = fcmp olt double %.166, %.147.fca.1.load
  %"$phi176.0.2.0" = select i1 %.172, double %.147.fca.1.load, double %.166
  store double 0.000000e+00, ptr %.195, align 8
  %.199 = call i32 @part8(ptr nonnull %.195, ptr nonnull %excinfo.4, double %.108.fca.2.load, double %.147.fca.0.load, double %arg.absolute)
  %.201 = icmp ne i32 %.199, 0
  %.202 = icmp ne i32 %.199, -2
  %.205.not = and i1 %.201, %.202
  %.209 = load double, ptr %.195, align 8
  br i1 %.205.not, label %B176.if, label %B176.endif, !prof !0

B176.if:                                          ; preds = %B0.endif.endif.endif
  %.207 = icmp sgt i32 %.199, 0
  %.200 = load ptr, ptr %excinfo.4, align 8
  %.208 = select i1 %.207, ptr %.200, ptr undef
  store ptr %.208, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B176.endif

B176.endif:                                       ; preds = %B176.if, %B0.endif.endif.endif
  %.226 = fcmp olt double %"$phi176.0.2.0", %.209
  br i1 %.226, label %B216, label %B220

B220.if:                                          ; preds = %B220
  %.275 = icmp sgt i32 %.267, 0
  %.268 = load ptr, ptr %excinfo.5, align 8
  %.276 = select i1 %.275, ptr %.268, ptr undef
  store ptr %.276, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B220.endif

B220.endif:                                       ; preds = %B220.if, %B220
  store i32 %.277, ptr %retptr, align 4
  br label %common.ret
}

define internal i32 @part21(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.bits, i64 %arg.lowest) {
entry:
  %.39 = alloca i64, align 8
  store i64 0, ptr %.39, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.8 = zext i32 %arg.bits to i64
  %.14 = sub i64 0, %arg.lowest
  %.16.not = icmp slt i64 %.8, %.14
  %.22 = shl nsw i64 %arg.lowest, 1
  %.24 = select i1 %.16.not, i64 0, i64 %.22
  %"$phi88.2.2.0" = add nsw i64 %.24, %.8
  store i64 0, ptr %.39, align 8
  %.43 = call i32 @part22(ptr nonnull %.39, ptr nonnull %excinfo.1, i64 %"$phi88.2.2.0", i64 %arg.lowest)
  %.45 = icmp ne i32 %.43, 0
  %.46 = icmp ne i32 %.43, -2
  %.49.not = and i1 %.45, %.46
  %.53 = load i64, ptr %.39, align 8
  br i1 %.49.not, label %B88.if, label %B88.endif, !prof !0

B88.if:                                           ; preds = %entry
  %.51 = icmp sgt i32 %.43, 0
  %.44 = load ptr, ptr %excinfo.1, align 8
  %.52 = select i1 %.51, ptr %.44, ptr undef
  store ptr %.52, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B88.endif

common.ret:                                       ; preds = %B88.if, %B88.endif
  %common.ret.op = phi i32 [ 0, %B88.endif ], [ %.43, %B88.if ]
  ret i32 %common.ret.op

B88.endif:                                        ; preds = %B88.if, %entry
  store i64 %.53, ptr %retptr, align 8
  br label %common.ret
}

define internal i32 @part22(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.number, i64 %arg.lowest) {
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

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smax.i64(i64, i64) #0

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #0

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
!1 = !{!"branch_weights", i32 99, i32 1}
