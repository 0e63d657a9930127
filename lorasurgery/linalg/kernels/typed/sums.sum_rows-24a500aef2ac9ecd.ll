; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, i64 %arg.start, ptr %arg.table.0, ptr %arg.table.1, i64 %arg.table.2, i64 %arg.table.3, ptr %arg.table.4, i64 %arg.table.5.0, i64 %arg.table.5.1, i64 %arg.table.6.0, i64 %arg.table.6.1, ptr %arg.scales.0, ptr %arg.scales.1, i64 %arg.scales.2, i64 %arg.scales.3, ptr %arg.scales.4, i64 %arg.scales.5.0, i64 %arg.scales.6.0, ptr %arg.left.0, ptr %arg.left.1, i64 %arg.left.2, i64 %arg.left.3, ptr %arg.left.4, i64 %arg.left.5.0, i64 %arg.left.5.1, i64 %arg.left.6.0, i64 %arg.left.6.1, ptr %arg.right.0, ptr %arg.right.1, i64 %arg.right.2, i64 %arg.right.3, ptr %arg.right.4, i64 %arg.right.5.0, i64 %arg.right.5.1, i64 %arg.right.5.2, i64 %arg.right.6.0, i64 %arg.right.6.1, i64 %arg.right.6.2, ptr %arg.whole_left.0, ptr %arg.whole_left.1, i64 %arg.whole_left.2, i64 %arg.whole_left.3, ptr %arg.whole_left.4, i64 %arg.whole_left.5.0, i64 %arg.whole_left.6.0, ptr %arg.whole_right.0, ptr %arg.whole_right.1, i64 %arg.whole_right.2, i64 %arg.whole_right.3, ptr %arg.whole_right.4, i64 %arg.whole_right.5.0, i64 %arg.whole_right.6.0, ptr %arg.absolute.0, ptr %arg.absolute.1, i64 %arg.absolute.2, i64 %arg.absolute.3, ptr %arg.absolute.4, i64 %arg.absolute.5.0, i64 %arg.absolute.6.0, float %arg.relative, i16 %arg.infinite, ptr %arg.sums.0, ptr %arg.sums.1, i64 %arg.sums.2, i64 %arg.sums.3, ptr %arg.sums.4, i64 %arg.sums.5.0, i64 %arg.sums.5.1, i64 %arg.sums.6.0, i64 %arg.sums.6.1, ptr %arg.stored.0, ptr %arg.stored.1, i64 %arg.stored.2, i64 %arg.stored.3, ptr %arg.stored.4, i64 %arg.stored.5.0, i64 %arg.stored.6.0, ptr %arg.room.0, ptr %arg.room.1, i64 %arg.room.2, i64 %arg.room.3, ptr %arg.room.4, i64 %arg.room.5.0, i64 %arg.room.5.1, i64 %arg.room.6.0, i64 %arg.room.6.1, ptr %arg.out.0, ptr %arg.out.1, i64 %arg.out.2, i64 %arg.out.3, ptr %arg.out.4, i64 %arg.out.5.0, i64 %arg.out.5.1, i64 %arg.out.6.0, i64 %arg.out.6.1, i64 %arg.is_noted, i64 %arg.lowest, i64 %arg.first, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.6.0, ptr %arg.steps.0, ptr %arg.steps.1, i64 %arg.steps.2, i64 %arg.steps.3, ptr %arg.steps.4, i64 %arg.steps.5.0, i64 %arg.steps.6.0, ptr %arg.count.0, ptr %arg.count.1, i64 %arg.count.2, i64 %arg.count.3, ptr %arg.count.4, i64 %arg.count.5.0, i64 %arg.count.6.0) {
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
  %.2334 = alloca i16, align 2
  store i16 0, ptr %.2334, align 2
  %excinfo.6 = alloca ptr, align 8
  store ptr null, ptr %excinfo.6, align 8
  %.2531 = alloca i16, align 2
  store i16 0, ptr %.2531, align 2
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
  %.272 = getelementptr i16, ptr %arg.room.4, i64 %arg.room.5.1
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
  %0 = getelementptr float, ptr %arg.absolute.4, i64 %.611
  %.640 = getelementptr float, ptr %0, i64 %.626
  %.641 = load float, ptr %.640, align 4
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
  %1 = getelementptr i16, ptr %.965, i64 %.1266.sroa.0.0
  %.1342 = getelementptr i16, ptr %1, i64 %.1328
  %.1343 = load i16, ptr %.1342, align 2
  %.1357 = icmp slt i64 %.1266.sroa.0.0, 0
  %.1358 = select i1 %.1357, i64 %arg.stored.5.0, i64 0
  %2 = getelementptr i16, ptr %arg.stored.4, i64 %.1266.sroa.0.0
  %.1372 = getelementptr i16, ptr %2, i64 %.1358
  store i16 %.1343, ptr %.1372, align 2
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
  %.1765 = load i16, ptr %arg.W.4, align 2
  store ptr null, ptr %.1773, align 8
  %.1785 = call i32 @part5(ptr nonnull %.1773, ptr nonnull %excinfo.4, ptr %"$phi594.2.2.sroa.0.2", ptr %"$phi594.2.2.sroa.8.2", i64 %"$phi594.2.2.sroa.16.2", i64 %"$phi594.2.2.sroa.24.2", ptr %"$phi594.2.2.sroa.32.2", i64 %"$phi594.2.2.sroa.40.2", i64 %"$phi594.2.2.sroa.48.2", ptr %arg.sums.0, ptr %arg.sums.1, i64 %.1558, i64 %arg.sums.3, ptr %.1582, i64 %.1558, i64 %arg.sums.6.1, float %.641, float %arg.relative, i16 %.1765, i16 %arg.infinite, i64 %arg.is_noted, ptr %"$phi594.2.2.sroa.56.2", ptr %"$phi594.2.2.sroa.64.2", i64 %"$phi594.2.2.sroa.72.2", i64 %"$phi594.2.2.sroa.80.2", ptr %"$phi594.2.2.sroa.88.2", i64 %"$phi594.2.2.sroa.72.2", i64 %"$phi594.2.2.sroa.104.2", ptr %arg.room.0, ptr %arg.room.1, i64 %arg.room.5.1, i64 %arg.room.3, ptr %.272, i64 %arg.room.5.1, i64 %arg.room.6.1)
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
  %3 = getelementptr i16, ptr %"$phi594.2.2.sroa.88.2", i64 %.1879.sroa.0.0
  %.1955 = getelementptr i16, ptr %3, i64 %.1941
  %.1956 = load i16, ptr %.1955, align 2
  %.1970 = icmp slt i64 %.1879.sroa.0.0, 0
  %.1971 = select i1 %.1970, i64 %.1134, i64 0
  %4 = getelementptr i16, ptr %.1158, i64 %.1879.sroa.0.0
  %.1985 = getelementptr i16, ptr %4, i64 %.1971
  store i16 %.1956, ptr %.1985, align 2
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
  %.2148 = getelementptr i16, ptr %.272, i64 %.2077.sroa.0.0
  %.2150 = load <64 x i16>, ptr %.2148, align 2
  %.2151 = icmp ne <64 x i16> %.2150, zeroinitializer
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
  %.2199 = call i32 @part14(ptr nonnull %.2195, ptr nonnull %excinfo.5, i64 %marked.3.4)
  %.2201 = icmp ne i32 %.2199, 0
  %.2202 = icmp ne i32 %.2199, -2
  %.2205.not = and i1 %.2201, %.2202
  %.2209 = load i64, ptr %.2195, align 8
  br i1 %.2205.not, label %B808.if, label %B808.endif, !prof !0

B910:                                             ; preds = %B808.endif
  %.2273 = icmp slt i64 %.2220, 0
  %.2274 = select i1 %.2273, i64 %arg.room.5.1, i64 0
  %5 = getelementptr i16, ptr %.272, i64 %.2220
  %.2288 = getelementptr i16, ptr %5, i64 %.2274
  %.2289 = load i16, ptr %.2288, align 2
  %6 = and i16 %.2289, 1
  %.2292.not = icmp eq i16 %6, 0
  br i1 %.2292.not, label %B1038, label %B932

B932:                                             ; preds = %B910
  %.2309 = icmp slt i64 %.2220, 0
  %.2310 = select i1 %.2309, i64 %.941, i64 0
  %7 = getelementptr i16, ptr %.965, i64 %.2220
  %.2324 = getelementptr i16, ptr %7, i64 %.2310
  %.2325 = load i16, ptr %.2324, align 2
  %.2328 = add nsw i64 %arg.start, %.421.sroa.0.0
  %.2331 = add nsw i64 %.716.sroa.0.0, %.2220
  store i16 0, ptr %.2334, align 2
  %.2348 = call i32 @part15(ptr nonnull %.2334, ptr nonnull %excinfo.6, i16 %.2325, i64 %.2328, i64 %.2331, double 1.000000e+00, ptr %arg.table.0, ptr %arg.table.1, i64 %arg.table.2, i64 %arg.table.3, ptr %arg.table.4, i64 %arg.table.5.0, i64 %arg.table.5.1, i64 %arg.table.6.0, i64 %arg.table.6.1, ptr %arg.scales.0, ptr %arg.scales.1, i64 %arg.scales.2, i64 %arg.scales.3, ptr %arg.scales.4, i64 %arg.scales.5.0, i64 %arg.scales.6.0, ptr %arg.whole_left.0, ptr %arg.whole_left.1, i64 %arg.whole_left.2, i64 %arg.whole_left.3, ptr %arg.whole_left.4, i64 %arg.whole_left.5.0, i64 %arg.whole_left.6.0, ptr %arg.whole_right.0, ptr %arg.whole_right.1, i64 %arg.whole_right.2, i64 %arg.whole_right.3, ptr %arg.whole_right.4, i64 %arg.whole_right.5.0, i64 %arg.whole_right.6.0, i16 %arg.infinite)
  %.2350 = icmp ne i32 %.2348, 0
  %.2351 = icmp ne i32 %.2348, -2
  %.2354.not = and i1 %.2350, %.2351
  %.2358 = load i16, ptr %.2334, align 2
  br i1 %.2354.not, label %B932.if, label %B932.endif, !prof !0

B1038:                                            ; preds = %B932.endif, %B910
  %beyond.3.6 = phi i64 [ %.2440, %B932.endif ], [ %beyond.8.4, %B910 ]
  %.2453.not = icmp eq i64 %arg.is_noted, 0
  br i1 %.2453.not, label %B1274, label %B1042

B1042:                                            ; preds = %B1038
  %.2473 = icmp slt i64 %.2220, 0
  %.2474 = select i1 %.2473, i64 %.1134, i64 0
  %8 = getelementptr i16, ptr %.1158, i64 %.2220
  %.2488 = getelementptr i16, ptr %8, i64 %.2474
  %.2489 = load i16, ptr %.2488, align 2
  %.2504 = icmp slt i64 %.2220, 0
  %.2505 = select i1 %.2504, i64 %.1558, i64 0
  %9 = getelementptr float, ptr %.1582, i64 %.2220
  %.2519 = getelementptr float, ptr %9, i64 %.2505
  %.2520 = load float, ptr %.2519, align 4
  %.2523 = add nsw i64 %arg.start, %.421.sroa.0.0
  %.2526 = add nsw i64 %.716.sroa.0.0, %.2220
  store i16 0, ptr %.2531, align 2
  %.2545 = call i32 @part20(ptr nonnull %.2531, ptr nonnull %excinfo.7, i16 %.2489, float %.2520, float %.641, float %arg.relative, i64 %.2523, i64 %.2526, ptr %arg.table.0, ptr %arg.table.1, i64 %arg.table.2, i64 %arg.table.3, ptr %arg.table.4, i64 %arg.table.5.0, i64 %arg.table.5.1, i64 %arg.table.6.0, i64 %arg.table.6.1, ptr %arg.scales.0, ptr %arg.scales.1, i64 %arg.scales.2, i64 %arg.scales.3, ptr %arg.scales.4, i64 %arg.scales.5.0, i64 %arg.scales.6.0, ptr %arg.whole_left.0, ptr %arg.whole_left.1, i64 %arg.whole_left.2, i64 %arg.whole_left.3, ptr %arg.whole_left.4, i64 %arg.whole_left.5.0, i64 %arg.whole_left.6.0, ptr %arg.whole_right.0, ptr %arg.whole_right.1, i64 %arg.whole_right.2, i64 %arg.whole_right.3, ptr %arg.whole_right.4, i64 %arg.whole_right.5.0, i64 %arg.whole_right.6.0, i16 %arg.infinite)
  %.2547 = icmp ne i32 %.2545, 0
  %.2548 = icmp ne i32 %.2545, -2
  %.2551.not = and i1 %.2547, %.2548
  %.2555 = load i16, ptr %.2531, align 2
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
  %11 = getelementptr i16, ptr %.965, i64 %.2220
  %.2672 = getelementptr i16, ptr %11, i64 %.2658
  %.2673 = load i16, ptr %.2672, align 2
  store i64 0, ptr %.2677, align 8
  %.2681 = call i32 @part21(ptr nonnull %.2677, ptr nonnull %excinfo.8, i16 %.2673, i64 %arg.lowest)
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
  %14 = getelementptr i16, ptr %arg.W.4, i64 %.961
  %.965 = getelementptr i16, ptr %14, i64 %.844.sroa.0.2
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
  %15 = getelementptr i16, ptr %arg.out.4, i64 %.1154
  %.1158 = getelementptr i16, ptr %15, i64 %.1037.sroa.0.2
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
  %16 = getelementptr float, ptr %arg.sums.4, i64 %.1578
  %.1582 = getelementptr float, ptr %16, i64 %.1461.sroa.0.2
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
  %18 = getelementptr i16, ptr %.1158, i64 %.2220
  %.2397 = getelementptr i16, ptr %18, i64 %.2383
  store i16 %.2358, ptr %.2397, align 2
  %.2413 = icmp slt i64 %.2220, 0
  %.2414 = select i1 %.2413, i64 %.1134, i64 0
  %19 = getelementptr i16, ptr %.1158, i64 %.2220
  %.2428 = getelementptr i16, ptr %19, i64 %.2414
  %.2429 = load i16, ptr %.2428, align 2
  %.24331115 = and i16 %.2429, %arg.infinite
  %.2436 = icmp eq i16 %.24331115, %arg.infinite
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
  %20 = getelementptr i16, ptr %.965, i64 %.2220
  %.2597 = getelementptr i16, ptr %20, i64 %.2583
  %.2598 = load i16, ptr %.2597, align 2
  %.2600.not = icmp eq i16 %.2555, %.2598
  br i1 %.2600.not, label %B1274, label %B1146

B1146.if:                                         ; preds = %B1146
  %.2689 = icmp sgt i32 %.2681, 0
  %.2682 = load ptr, ptr %excinfo.8, align 8
  %.2690 = select i1 %.2689, ptr %.2682, ptr undef
  store ptr %.2690, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1146.endif

B1146.endif:                                      ; preds = %B1146.if, %B1146
  store i64 0, ptr %.2704, align 8
  %.2708 = call i32 @part21(ptr nonnull %.2704, ptr nonnull %excinfo.9, i16 %.2555, i64 %arg.lowest)
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
  %.427 = alloca i64, align 8
  store i64 0, ptr %.427, align 8
  %.430 = alloca i64, align 8
  store i64 0, ptr %.430, align 8
  %.824 = alloca i64, align 8
  store i64 0, ptr %.824, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.857 = alloca i64, align 8
  store i64 0, ptr %.857, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.912 = alloca i64, align 8
  store i64 0, ptr %.912, align 8
  %.915 = alloca i64, align 8
  store i64 0, ptr %.915, align 8
  %.1040 = alloca i64, align 8
  store i64 0, ptr %.1040, align 8
  %.1043 = alloca i64, align 8
  store i64 0, ptr %.1043, align 8
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
  %0 = getelementptr float, ptr %arg.sums.4, i64 %.372
  %1 = getelementptr float, ptr %0, i64 %.279.sroa.0.0
  %.376 = getelementptr float, ptr %1, i64 %.354
  store float 0.000000e+00, ptr %.376, align 4
  br label %B90

B110:                                             ; preds = %B90.endif
  br label %B34

B112:                                             ; preds = %B34.endif
  store i64 0, ptr %.427, align 8
  br i1 false, label %B112.if, label %B112.endif, !prof !0

B168:                                             ; preds = %B112.endif.endif, %B814
  %.483 = load i64, ptr %.430, align 8
  %.484 = icmp sgt i64 %.483, 0
  br i1 %.484, label %B170.if, label %B170.endif

B172:                                             ; preds = %B170.endif
  %.552 = icmp slt i64 %.474.sroa.0.0, 0
  %.553 = select i1 %.552, i64 %arg.table.5.0, i64 0
  %.554 = add i64 %.474.sroa.0.0, %.553
  %.574 = mul i64 %.554, %arg.table.5.1
  %.578 = getelementptr i64, ptr %arg.table.4, i64 %.574
  %.579 = load i64, ptr %.578, align 8
  %.607 = icmp slt i64 %.474.sroa.0.0, 0
  %.608 = select i1 %.607, i64 %arg.table.5.0, i64 0
  %.609 = add i64 %.474.sroa.0.0, %.608
  %.629 = mul i64 %.609, %arg.table.5.1
  %2 = getelementptr i64, ptr %arg.table.4, i64 %.629
  %.633 = getelementptr i8, ptr %2, i64 8
  %.634 = load i64, ptr %.633, align 8
  %.662 = icmp slt i64 %.474.sroa.0.0, 0
  %.663 = select i1 %.662, i64 %arg.table.5.0, i64 0
  %.664 = add i64 %.474.sroa.0.0, %.663
  %.684 = mul i64 %.664, %arg.table.5.1
  %3 = getelementptr i64, ptr %arg.table.4, i64 %.684
  %.688 = getelementptr i8, ptr %3, i64 16
  %.689 = load i64, ptr %.688, align 8
  %.717 = icmp slt i64 %.474.sroa.0.0, 0
  %.718 = select i1 %.717, i64 %arg.table.5.0, i64 0
  %.719 = add i64 %.474.sroa.0.0, %.718
  %.739 = mul i64 %.719, %arg.table.5.1
  %4 = getelementptr i64, ptr %arg.table.4, i64 %.739
  %.743 = getelementptr i8, ptr %4, i64 24
  %.744 = load i64, ptr %.743, align 8
  %.772 = icmp slt i64 %.474.sroa.0.0, 0
  %.773 = select i1 %.772, i64 %arg.table.5.0, i64 0
  %.774 = add i64 %.474.sroa.0.0, %.773
  %.794 = mul i64 %.774, %arg.table.5.1
  %5 = getelementptr i64, ptr %arg.table.4, i64 %.794
  %.798 = getelementptr i8, ptr %5, i64 32
  %.799 = load i64, ptr %.798, align 8
  %.821 = sub nsw i64 %.579, %arg.first
  store i64 0, ptr %.824, align 8
  %.830 = call i32 @part3(ptr nonnull %.824, ptr nonnull %excinfo.1, i64 0, i64 %.821)
  %.832 = icmp ne i32 %.830, 0
  %.833 = icmp ne i32 %.830, -2
  %.836.not = and i1 %.832, %.833
  %.840 = load i64, ptr %.824, align 8
  br i1 %.836.not, label %B172.if, label %B172.endif, !prof !0

B392:                                             ; preds = %B172.endif.endif.endif.endif, %B812
  %.967 = load i64, ptr %.915, align 8
  %.968 = icmp sgt i64 %.967, 0
  br i1 %.968, label %B392.if, label %B392.endif

B394:                                             ; preds = %B392.endif
  %.1011 = add nsw i64 %.689, %.958.sroa.0.0
  %.1012 = shl nsw i64 %.1011, 9
  store i64 0, ptr %.1040, align 8
  br i1 false, label %B394.if, label %B394.endif, !prof !0

B452:                                             ; preds = %B394.endif.endif, %B810
  %.1095 = load i64, ptr %.1043, align 8
  %.1096 = icmp sgt i64 %.1095, 0
  br i1 %.1096, label %B452.if, label %B452.endif

B454:                                             ; preds = %B452.endif
  %.1164 = icmp slt i64 %.474.sroa.0.0, 0
  %.1165 = select i1 %.1164, i64 %arg.table.5.0, i64 0
  %.1166 = add i64 %.474.sroa.0.0, %.1165
  %.1186 = mul i64 %.1166, %arg.table.5.1
  %6 = getelementptr i64, ptr %arg.table.4, i64 %.1186
  %.1190 = getelementptr i8, ptr %6, i64 48
  %.1191 = load i64, ptr %.1190, align 8
  %.1194 = mul nsw i64 %.958.sroa.0.0, %.799
  %.1195 = add nsw i64 %.1191, %.1194
  %.1197 = add nsw i64 %.1195, %.1086.sroa.0.0
  %.1208 = add nsw i64 %.840, 4
  %.1210.not = icmp sgt i64 %.1208, %.873
  br i1 %.1210.not, label %B680, label %B526

B526:                                             ; preds = %products.end, %B454
  %i.5.3 = phi i64 [ %.840, %B454 ], [ %.1602, %products.end ]
  %.1239 = icmp slt i64 %.474.sroa.0.0, 0
  %.1240 = select i1 %.1239, i64 %arg.table.5.0, i64 0
  %.1241 = add i64 %.474.sroa.0.0, %.1240
  %.1261 = mul i64 %.1241, %arg.table.5.1
  %7 = getelementptr i64, ptr %arg.table.4, i64 %.1261
  %.1265 = getelementptr i8, ptr %7, i64 40
  %.1266 = load i64, ptr %.1265, align 8
  %.1269 = add nsw i64 %arg.first, %i.5.3
  %.1271 = sub nsw i64 %.1269, %.579
  %.1273 = mul nsw i64 %.1271, %.799
  %.1274 = add nsw i64 %.1266, %.1273
  %.1276 = add nsw i64 %.1274, %.1086.sroa.0.0
  %.1309.idx = shl i64 %.1276, 5
  %.1309 = getelementptr i8, ptr %arg.left.4, i64 %.1309.idx
  %.1313 = mul i64 %i.5.3, %arg.sums.5.1
  %8 = getelementptr float, ptr %arg.sums.4, i64 %.1313
  %.1315 = getelementptr float, ptr %8, i64 %.1012
  %.1319 = add i64 %.1276, %.799
  %.1321.idx = shl i64 %.1319, 5
  %.1321 = getelementptr i8, ptr %arg.left.4, i64 %.1321.idx
  %.1322 = add i64 %i.5.3, 1
  %.1325 = mul i64 %.1322, %arg.sums.5.1
  %9 = getelementptr float, ptr %arg.sums.4, i64 %.1325
  %.1327 = getelementptr float, ptr %9, i64 %.1012
  %.idx = shl i64 %.799, 6
  %10 = getelementptr i8, ptr %arg.left.4, i64 %.idx
  %.1333.idx = shl i64 %.1276, 5
  %.1333 = getelementptr i8, ptr %10, i64 %.1333.idx
  %.1334 = add i64 %i.5.3, 2
  %.1337 = mul i64 %.1334, %arg.sums.5.1
  %11 = getelementptr float, ptr %arg.sums.4, i64 %.1337
  %.1339 = getelementptr float, ptr %11, i64 %.1012
  %.1342 = mul i64 %.799, 3
  %.1343 = add i64 %.1276, %.1342
  %.1345.idx = shl i64 %.1343, 5
  %.1345 = getelementptr i8, ptr %arg.left.4, i64 %.1345.idx
  %.1346 = add i64 %i.5.3, 3
  %.1349 = mul i64 %.1346, %arg.sums.5.1
  %12 = getelementptr float, ptr %arg.sums.4, i64 %.1349
  %.1351 = getelementptr float, ptr %12, i64 %.1012
  %.1355.idx = shl i64 %.1197, 14
  %.1355 = getelementptr i8, ptr %arg.right.4, i64 %.1355.idx
  br label %products

B680:                                             ; preds = %products.end, %B454
  %i.5.4 = phi i64 [ %.1602, %products.end ], [ %.840, %B454 ]
  %.1619 = icmp slt i64 %i.5.4, %.873
  br i1 %.1619, label %B692, label %B810

B692:                                             ; preds = %products.end.1, %B680
  %i.6.3 = phi i64 [ %i.5.4, %B680 ], [ %.1821, %products.end.1 ]
  %.1650 = icmp slt i64 %.474.sroa.0.0, 0
  %.1651 = select i1 %.1650, i64 %arg.table.5.0, i64 0
  %.1652 = add i64 %.474.sroa.0.0, %.1651
  %.1672 = mul i64 %.1652, %arg.table.5.1
  %13 = getelementptr i64, ptr %arg.table.4, i64 %.1672
  %.1676 = getelementptr i8, ptr %13, i64 40
  %.1677 = load i64, ptr %.1676, align 8
  %.1680 = add nsw i64 %arg.first, %i.6.3
  %.1682 = sub nsw i64 %.1680, %.579
  %.1684 = mul nsw i64 %.1682, %.799
  %.1685 = add nsw i64 %.1677, %.1684
  %.1687 = add nsw i64 %.1685, %.1086.sroa.0.0
  %.1720.idx = shl i64 %.1687, 5
  %.1720 = getelementptr i8, ptr %arg.left.4, i64 %.1720.idx
  %.1724 = mul i64 %i.6.3, %arg.sums.5.1
  %14 = getelementptr float, ptr %arg.sums.4, i64 %.1724
  %.1726 = getelementptr float, ptr %14, i64 %.1012
  %.1730.idx = shl i64 %.1197, 14
  %.1730 = getelementptr i8, ptr %arg.right.4, i64 %.1730.idx
  br label %products.1

B810:                                             ; preds = %products.end.1, %B680
  br label %B452

B812:                                             ; preds = %B452.endif
  br label %B392

B814:                                             ; preds = %B392.endif
  br label %B168

common.ret:                                       ; preds = %B172.endif.if, %B172.if, %B394.if, %B172.endif.endif.if, %B112.if, %B36.if, %B0.if, %B818
  %common.ret.op = phi i32 [ 0, %B818 ], [ poison, %B0.if ], [ poison, %B36.if ], [ poison, %B112.if ], [ poison, %B394.if ], [ %.830, %B172.if ], [ poison, %B172.endif.endif.if ], [ %.863, %B172.endif.if ]
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
  %.441 = icmp slt i64 %arg.table.5.0, 1
  br i1 %.441, label %B112.endif.if, label %B112.endif.else

B112.endif.if:                                    ; preds = %B112.endif
  br label %B112.endif.endif

B112.endif.else:                                  ; preds = %B112.endif
  br label %B112.endif.endif

B112.endif.endif:                                 ; preds = %B112.endif.else, %B112.endif.if
  %storemerge574 = phi i64 [ %arg.table.5.0, %B112.endif.else ], [ 0, %B112.endif.if ]
  store i64 %storemerge574, ptr %.430, align 8
  br label %B168

B170.if:                                          ; preds = %B168
  %.490 = load i64, ptr %.427, align 8
  %.493 = add nsw i64 %.483, -1
  store i64 %.493, ptr %.430, align 8
  %.497 = add i64 %.490, 1
  store i64 %.497, ptr %.427, align 8
  br label %B170.endif

B170.endif:                                       ; preds = %B170.if, %B168
  %.474.sroa.0.0 = phi i64 [ %.490, %B170.if ], [ 0, %B168 ]
  br i1 %.484, label %B172, label %B818

B172.if:                                          ; preds = %B172
  %.838 = icmp sgt i32 %.830, 0
  %.831 = load ptr, ptr %excinfo.1, align 8
  %.839 = select i1 %.838, ptr %.831, ptr undef
  store ptr %.839, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B172.endif

B172.endif:                                       ; preds = %B172.if, %B172
  %.851 = add nsw i64 %.579, %.634
  %.853 = sub nsw i64 %.851, %arg.first
  store i64 0, ptr %.857, align 8
  %.863 = call i32 @part4(ptr nonnull %.857, ptr nonnull %excinfo.2, i64 %arg.count, i64 %.853)
  %.865 = icmp ne i32 %.863, 0
  %.866 = icmp ne i32 %.863, -2
  %.869.not = and i1 %.865, %.866
  %.873 = load i64, ptr %.857, align 8
  br i1 %.869.not, label %B172.endif.if, label %B172.endif.endif, !prof !0

B172.endif.if:                                    ; preds = %B172.endif
  %.871 = icmp sgt i32 %.863, 0
  %.864 = load ptr, ptr %excinfo.2, align 8
  %.872 = select i1 %.871, ptr %.864, ptr undef
  store ptr %.872, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B172.endif.endif

B172.endif.endif:                                 ; preds = %B172.endif.if, %B172.endif
  store i64 0, ptr %.912, align 8
  br i1 false, label %B172.endif.endif.if, label %B172.endif.endif.endif, !prof !0

B172.endif.endif.if:                              ; preds = %B172.endif.endif
  br label %common.ret

B172.endif.endif.endif:                           ; preds = %B172.endif.endif
  %.926 = icmp slt i64 %.744, 1
  br i1 %.926, label %B172.endif.endif.endif.if, label %B172.endif.endif.endif.else

B172.endif.endif.endif.if:                        ; preds = %B172.endif.endif.endif
  br label %B172.endif.endif.endif.endif

B172.endif.endif.endif.else:                      ; preds = %B172.endif.endif.endif
  br label %B172.endif.endif.endif.endif

B172.endif.endif.endif.endif:                     ; preds = %B172.endif.endif.endif.else, %B172.endif.endif.endif.if
  %storemerge575 = phi i64 [ %.744, %B172.endif.endif.endif.else ], [ 0, %B172.endif.endif.endif.if ]
  store i64 %storemerge575, ptr %.915, align 8
  br label %B392

B392.if:                                          ; preds = %B392
  %.974 = load i64, ptr %.912, align 8
  %.977 = add nsw i64 %.967, -1
  store i64 %.977, ptr %.915, align 8
  %.981 = add i64 %.974, 1
  store i64 %.981, ptr %.912, align 8
  br label %B392.endif

B392.endif:                                       ; preds = %B392.if, %B392
  %.958.sroa.0.0 = phi i64 [ %.974, %B392.if ], [ 0, %B392 ]
  br i1 %.968, label %B394, label %B814

B394.if:                                          ; preds = %B394
  br label %common.ret

B394.endif:                                       ; preds = %B394
  %.1054 = icmp slt i64 %.799, 1
  br i1 %.1054, label %B394.endif.if, label %B394.endif.else

B394.endif.if:                                    ; preds = %B394.endif
  br label %B394.endif.endif

B394.endif.else:                                  ; preds = %B394.endif
  br label %B394.endif.endif

B394.endif.endif:                                 ; preds = %B394.endif.else, %B394.endif.if
  %storemerge576 = phi i64 [ %.799, %B394.endif.else ], [ 0, %B394.endif.if ]
  store i64 %storemerge576, ptr %.1043, align 8
  br label %B452

B452.if:                                          ; preds = %B452
  %.1102 = load i64, ptr %.1040, align 8
  %.1105 = add nsw i64 %.1095, -1
  store i64 %.1105, ptr %.1043, align 8
  %.1109 = add i64 %.1102, 1
  store i64 %.1109, ptr %.1040, align 8
  br label %B452.endif

B452.endif:                                       ; preds = %B452.if, %B452
  %.1086.sroa.0.0 = phi i64 [ %.1102, %B452.if ], [ 0, %B452 ]
  br i1 %.1096, label %B454, label %B812

products:                                         ; preds = %products, %B526
  %.1357 = phi i64 [ 0, %B526 ], [ %.1598, %products ]
  %.1359 = getelementptr float, ptr %.1355, i64 %.1357
  %.1361 = load <16 x float>, ptr %.1359, align 4
  %.1363 = load float, ptr %.1309, align 4
  %.1364 = insertelement <16 x float> poison, float %.1363, i64 0
  %.1365 = shufflevector <16 x float> %.1364, <16 x float> poison, <16 x i32> zeroinitializer
  %.1366 = fmul contract <16 x float> %.1365, %.1361
  %.1368 = load float, ptr %.1321, align 4
  %.1369 = insertelement <16 x float> poison, float %.1368, i64 0
  %.1370 = shufflevector <16 x float> %.1369, <16 x float> poison, <16 x i32> zeroinitializer
  %.1371 = fmul contract <16 x float> %.1370, %.1361
  %.1373 = load float, ptr %.1333, align 4
  %.1374 = insertelement <16 x float> poison, float %.1373, i64 0
  %.1375 = shufflevector <16 x float> %.1374, <16 x float> poison, <16 x i32> zeroinitializer
  %.1376 = fmul contract <16 x float> %.1375, %.1361
  %.1378 = load float, ptr %.1345, align 4
  %.1379 = insertelement <16 x float> poison, float %.1378, i64 0
  %.1380 = shufflevector <16 x float> %.1379, <16 x float> poison, <16 x i32> zeroinitializer
  %.1381 = fmul contract <16 x float> %.1380, %.1361
  %15 = getelementptr float, ptr %.1355, i64 %.1357
  %.1383 = getelementptr i8, ptr %15, i64 2048
  %.1385 = load <16 x float>, ptr %.1383, align 4
  %.1386 = getelementptr i8, ptr %.1309, i64 4
  %.1387 = load float, ptr %.1386, align 4
  %.1388 = insertelement <16 x float> poison, float %.1387, i64 0
  %.1389 = shufflevector <16 x float> %.1388, <16 x float> poison, <16 x i32> zeroinitializer
  %.1390 = fmul contract <16 x float> %.1389, %.1385
  %.1391 = fadd contract <16 x float> %.1366, %.1390
  %.1392 = getelementptr i8, ptr %.1321, i64 4
  %.1393 = load float, ptr %.1392, align 4
  %.1394 = insertelement <16 x float> poison, float %.1393, i64 0
  %.1395 = shufflevector <16 x float> %.1394, <16 x float> poison, <16 x i32> zeroinitializer
  %.1396 = fmul contract <16 x float> %.1395, %.1385
  %.1397 = fadd contract <16 x float> %.1371, %.1396
  %.1398 = getelementptr i8, ptr %.1333, i64 4
  %.1399 = load float, ptr %.1398, align 4
  %.1400 = insertelement <16 x float> poison, float %.1399, i64 0
  %.1401 = shufflevector <16 x float> %.1400, <16 x float> poison, <16 x i32> zeroinitializer
  %.1402 = fmul contract <16 x float> %.1401, %.1385
  %.1403 = fadd contract <16 x float> %.1376, %.1402
  %.1404 = getelementptr i8, ptr %.1345, i64 4
  %.1405 = load float, ptr %.1404, align 4
  %.1406 = insertelement <16 x float> poison, float %.1405, i64 0
  %.1407 = shufflevector <16 x float> %.1406, <16 x float> poison, <16 x i32> zeroinitializer
  %.1408 = fmul contract <16 x float> %.1407, %.1385
  %.1409 = fadd contract <16 x float> %.1381, %.1408
  %16 = getelementptr float, ptr %.1355, i64 %.1357
  %.1411 = getelementptr i8, ptr %16, i64 4096
  %.1413 = load <16 x float>, ptr %.1411, align 4
  %.1414 = getelementptr i8, ptr %.1309, i64 8
  %.1415 = load float, ptr %.1414, align 4
  %.1416 = insertelement <16 x float> poison, float %.1415, i64 0
  %.1417 = shufflevector <16 x float> %.1416, <16 x float> poison, <16 x i32> zeroinitializer
  %.1418 = fmul contract <16 x float> %.1417, %.1413
  %.1419 = fadd contract <16 x float> %.1391, %.1418
  %.1420 = getelementptr i8, ptr %.1321, i64 8
  %.1421 = load float, ptr %.1420, align 4
  %.1422 = insertelement <16 x float> poison, float %.1421, i64 0
  %.1423 = shufflevector <16 x float> %.1422, <16 x float> poison, <16 x i32> zeroinitializer
  %.1424 = fmul contract <16 x float> %.1423, %.1413
  %.1425 = fadd contract <16 x float> %.1397, %.1424
  %.1426 = getelementptr i8, ptr %.1333, i64 8
  %.1427 = load float, ptr %.1426, align 4
  %.1428 = insertelement <16 x float> poison, float %.1427, i64 0
  %.1429 = shufflevector <16 x float> %.1428, <16 x float> poison, <16 x i32> zeroinitializer
  %.1430 = fmul contract <16 x float> %.1429, %.1413
  %.1431 = fadd contract <16 x float> %.1403, %.1430
  %.1432 = getelementptr i8, ptr %.1345, i64 8
  %.1433 = load float, ptr %.1432, align 4
  %.1434 = insertelement <16 x float> poison, float %.1433, i64 0
  %.1435 = shufflevector <16 x float> %.1434, <16 x float> poison, <16 x i32> zeroinitializer
  %.1436 = fmul contract <16 x float> %.1435, %.1413
  %.1437 = fadd contract <16 x float> %.1409, %.1436
  %17 = getelementptr float, ptr %.1355, i64 %.1357
  %.1439 = getelementptr i8, ptr %17, i64 6144
  %.1441 = load <16 x float>, ptr %.1439, align 4
  %.1442 = getelementptr i8, ptr %.1309, i64 12
  %.1443 = load float, ptr %.1442, align 4
  %.1444 = insertelement <16 x float> poison, float %.1443, i64 0
  %.1445 = shufflevector <16 x float> %.1444, <16 x float> poison, <16 x i32> zeroinitializer
  %.1446 = fmul contract <16 x float> %.1445, %.1441
  %.1447 = fadd contract <16 x float> %.1419, %.1446
  %.1448 = getelementptr i8, ptr %.1321, i64 12
  %.1449 = load float, ptr %.1448, align 4
  %.1450 = insertelement <16 x float> poison, float %.1449, i64 0
  %.1451 = shufflevector <16 x float> %.1450, <16 x float> poison, <16 x i32> zeroinitializer
  %.1452 = fmul contract <16 x float> %.1451, %.1441
  %.1453 = fadd contract <16 x float> %.1425, %.1452
  %.1454 = getelementptr i8, ptr %.1333, i64 12
  %.1455 = load float, ptr %.1454, align 4
  %.1456 = insertelement <16 x float> poison, float %.1455, i64 0
  %.1457 = shufflevector <16 x float> %.1456, <16 x float> poison, <16 x i32> zeroinitializer
  %.1458 = fmul contract <16 x float> %.1457, %.1441
  %.1459 = fadd contract <16 x float> %.1431, %.1458
  %.1460 = getelementptr i8, ptr %.1345, i64 12
  %.1461 = load float, ptr %.1460, align 4
  %.1462 = insertelement <16 x float> poison, float %.1461, i64 0
  %.1463 = shufflevector <16 x float> %.1462, <16 x float> poison, <16 x i32> zeroinitializer
  %.1464 = fmul contract <16 x float> %.1463, %.1441
  %.1465 = fadd contract <16 x float> %.1437, %.1464
  %18 = getelementptr float, ptr %.1355, i64 %.1357
  %.1467 = getelementptr i8, ptr %18, i64 8192
  %.1469 = load <16 x float>, ptr %.1467, align 4
  %.1470 = getelementptr i8, ptr %.1309, i64 16
  %.1471 = load float, ptr %.1470, align 4
  %.1472 = insertelement <16 x float> poison, float %.1471, i64 0
  %.1473 = shufflevector <16 x float> %.1472, <16 x float> poison, <16 x i32> zeroinitializer
  %.1474 = fmul contract <16 x float> %.1473, %.1469
  %.1475 = fadd contract <16 x float> %.1447, %.1474
  %.1476 = getelementptr i8, ptr %.1321, i64 16
  %.1477 = load float, ptr %.1476, align 4
  %.1478 = insertelement <16 x float> poison, float %.1477, i64 0
  %.1479 = shufflevector <16 x float> %.1478, <16 x float> poison, <16 x i32> zeroinitializer
  %.1480 = fmul contract <16 x float> %.1479, %.1469
  %.1481 = fadd contract <16 x float> %.1453, %.1480
  %.1482 = getelementptr i8, ptr %.1333, i64 16
  %.1483 = load float, ptr %.1482, align 4
  %.1484 = insertelement <16 x float> poison, float %.1483, i64 0
  %.1485 = shufflevector <16 x float> %.1484, <16 x float> poison, <16 x i32> zeroinitializer
  %.1486 = fmul contract <16 x float> %.1485, %.1469
  %.1487 = fadd contract <16 x float> %.1459, %.1486
  %.1488 = getelementptr i8, ptr %.1345, i64 16
  %.1489 = load float, ptr %.1488, align 4
  %.1490 = insertelement <16 x float> poison, float %.1489, i64 0
  %.1491 = shufflevector <16 x float> %.1490, <16 x float> poison, <16 x i32> zeroinitializer
  %.1492 = fmul contract <16 x float> %.1491, %.1469
  %.1493 = fadd contract <16 x float> %.1465, %.1492
  %19 = getelementptr float, ptr %.1355, i64 %.1357
  %.1495 = getelementptr i8, ptr %19, i64 10240
  %.1497 = load <16 x float>, ptr %.1495, align 4
  %.1498 = getelementptr i8, ptr %.1309, i64 20
  %.1499 = load float, ptr %.1498, align 4
  %.1500 = insertelement <16 x float> poison, float %.1499, i64 0
  %.1501 = shufflevector <16 x float> %.1500, <16 x float> poison, <16 x i32> zeroinitializer
  %.1502 = fmul contract <16 x float> %.1501, %.1497
  %.1503 = fadd contract <16 x float> %.1475, %.1502
  %.1504 = getelementptr i8, ptr %.1321, i64 20
  %.1505 = load float, ptr %.1504, align 4
  %.1506 = insertelement <16 x float> poison, float %.1505, i64 0
  %.1507 = shufflevector <16 x float> %.1506, <16 x float> poison, <16 x i32> zeroinitializer
  %.1508 = fmul contract <16 x float> %.1507, %.1497
  %.1509 = fadd contract <16 x float> %.1481, %.1508
  %.1510 = getelementptr i8, ptr %.1333, i64 20
  %.1511 = load float, ptr %.1510, align 4
  %.1512 = insertelement <16 x float> poison, float %.1511, i64 0
  %.1513 = shufflevector <16 x float> %.1512, <16 x float> poison, <16 x i32> zeroinitializer
  %.1514 = fmul contract <16 x float> %.1513, %.1497
  %.1515 = fadd contract <16 x float> %.1487, %.1514
  %.1516 = getelementptr i8, ptr %.1345, i64 20
  %.1517 = load float, ptr %.1516, align 4
  %.1518 = insertelement <16 x float> poison, float %.1517, i64 0
  %.1519 = shufflevector <16 x float> %.1518, <16 x float> poison, <16 x i32> zeroinitializer
  %.1520 = fmul contract <16 x float> %.1519, %.1497
  %.1521 = fadd contract <16 x float> %.1493, %.1520
  %20 = getelementptr float, ptr %.1355, i64 %.1357
  %.1523 = getelementptr i8, ptr %20, i64 12288
  %.1525 = load <16 x float>, ptr %.1523, align 4
  %.1526 = getelementptr i8, ptr %.1309, i64 24
  %.1527 = load float, ptr %.1526, align 4
  %.1528 = insertelement <16 x float> poison, float %.1527, i64 0
  %.1529 = shufflevector <16 x float> %.1528, <16 x float> poison, <16 x i32> zeroinitializer
  %.1530 = fmul contract <16 x float> %.1529, %.1525
  %.1531 = fadd contract <16 x float> %.1503, %.1530
  %.1532 = getelementptr i8, ptr %.1321, i64 24
  %.1533 = load float, ptr %.1532, align 4
  %.1534 = insertelement <16 x float> poison, float %.1533, i64 0
  %.1535 = shufflevector <16 x float> %.1534, <16 x float> poison, <16 x i32> zeroinitializer
  %.1536 = fmul contract <16 x float> %.1535, %.1525
  %.1537 = fadd contract <16 x float> %.1509, %.1536
  %.1538 = getelementptr i8, ptr %.1333, i64 24
  %.1539 = load float, ptr %.1538, align 4
  %.1540 = insertelement <16 x float> poison, float %.1539, i64 0
  %.1541 = shufflevector <16 x float> %.1540, <16 x float> poison, <16 x i32> zeroinitializer
  %.1542 = fmul contract <16 x float> %.1541, %.1525
  %.1543 = fadd contract <16 x float> %.1515, %.1542
  %.1544 = getelementptr i8, ptr %.1345, i64 24
  %.1545 = load float, ptr %.1544, align 4
  %.1546 = insertelement <16 x float> poison, float %.1545, i64 0
  %.1547 = shufflevector <16 x float> %.1546, <16 x float> poison, <16 x i32> zeroinitializer
  %.1548 = fmul contract <16 x float> %.1547, %.1525
  %.1549 = fadd contract <16 x float> %.1521, %.1548
  %21 = getelementptr float, ptr %.1355, i64 %.1357
  %.1551 = getelementptr i8, ptr %21, i64 14336
  %.1553 = load <16 x float>, ptr %.1551, align 4
  %.1554 = getelementptr i8, ptr %.1309, i64 28
  %.1555 = load float, ptr %.1554, align 4
  %.1556 = insertelement <16 x float> poison, float %.1555, i64 0
  %.1557 = shufflevector <16 x float> %.1556, <16 x float> poison, <16 x i32> zeroinitializer
  %.1558 = fmul contract <16 x float> %.1557, %.1553
  %.1559 = fadd contract <16 x float> %.1531, %.1558
  %.1560 = getelementptr i8, ptr %.1321, i64 28
  %.1561 = load float, ptr %.1560, align 4
  %.1562 = insertelement <16 x float> poison, float %.1561, i64 0
  %.1563 = shufflevector <16 x float> %.1562, <16 x float> poison, <16 x i32> zeroinitializer
  %.1564 = fmul contract <16 x float> %.1563, %.1553
  %.1565 = fadd contract <16 x float> %.1537, %.1564
  %.1566 = getelementptr i8, ptr %.1333, i64 28
  %.1567 = load float, ptr %.1566, align 4
  %.1568 = insertelement <16 x float> poison, float %.1567, i64 0
  %.1569 = shufflevector <16 x float> %.1568, <16 x float> poison, <16 x i32> zeroinitializer
  %.1570 = fmul contract <16 x float> %.1569, %.1553
  %.1571 = fadd contract <16 x float> %.1543, %.1570
  %.1572 = getelementptr i8, ptr %.1345, i64 28
  %.1573 = load float, ptr %.1572, align 4
  %.1574 = insertelement <16 x float> poison, float %.1573, i64 0
  %.1575 = shufflevector <16 x float> %.1574, <16 x float> poison, <16 x i32> zeroinitializer
  %.1576 = fmul contract <16 x float> %.1575, %.1553
  %.1577 = fadd contract <16 x float> %.1549, %.1576
  %.1578 = getelementptr float, ptr %.1315, i64 %.1357
  %.1580 = load <16 x float>, ptr %.1578, align 4
  %.1581 = fadd <16 x float> %.1580, %.1559
  store <16 x float> %.1581, ptr %.1578, align 4
  %.1583 = getelementptr float, ptr %.1327, i64 %.1357
  %.1585 = load <16 x float>, ptr %.1583, align 4
  %.1586 = fadd <16 x float> %.1585, %.1565
  store <16 x float> %.1586, ptr %.1583, align 4
  %.1588 = getelementptr float, ptr %.1339, i64 %.1357
  %.1590 = load <16 x float>, ptr %.1588, align 4
  %.1591 = fadd <16 x float> %.1590, %.1571
  store <16 x float> %.1591, ptr %.1588, align 4
  %.1593 = getelementptr float, ptr %.1351, i64 %.1357
  %.1595 = load <16 x float>, ptr %.1593, align 4
  %.1596 = fadd <16 x float> %.1595, %.1577
  store <16 x float> %.1596, ptr %.1593, align 4
  %.1598 = add i64 %.1357, 16
  %.1599 = icmp slt i64 %.1598, 512
  br i1 %.1599, label %products, label %products.end

products.end:                                     ; preds = %products
  %.1602 = add nsw i64 %i.5.3, 4
  %.1607 = add nsw i64 %i.5.3, 8
  %.1609.not = icmp sgt i64 %.1607, %.873
  br i1 %.1609.not, label %B680, label %B526

products.1:                                       ; preds = %products.1, %B692
  %.1732 = phi i64 [ 0, %B692 ], [ %.1817, %products.1 ]
  %.1734 = getelementptr float, ptr %.1730, i64 %.1732
  %.1736 = load <16 x float>, ptr %.1734, align 4
  %.1738 = load float, ptr %.1720, align 4
  %.1739 = insertelement <16 x float> poison, float %.1738, i64 0
  %.1740 = shufflevector <16 x float> %.1739, <16 x float> poison, <16 x i32> zeroinitializer
  %.1741 = fmul contract <16 x float> %.1740, %.1736
  %22 = getelementptr float, ptr %.1730, i64 %.1732
  %.1743 = getelementptr i8, ptr %22, i64 2048
  %.1745 = load <16 x float>, ptr %.1743, align 4
  %.1746 = getelementptr i8, ptr %.1720, i64 4
  %.1747 = load float, ptr %.1746, align 4
  %.1748 = insertelement <16 x float> poison, float %.1747, i64 0
  %.1749 = shufflevector <16 x float> %.1748, <16 x float> poison, <16 x i32> zeroinitializer
  %.1750 = fmul contract <16 x float> %.1749, %.1745
  %.1751 = fadd contract <16 x float> %.1741, %.1750
  %23 = getelementptr float, ptr %.1730, i64 %.1732
  %.1753 = getelementptr i8, ptr %23, i64 4096
  %.1755 = load <16 x float>, ptr %.1753, align 4
  %.1756 = getelementptr i8, ptr %.1720, i64 8
  %.1757 = load float, ptr %.1756, align 4
  %.1758 = insertelement <16 x float> poison, float %.1757, i64 0
  %.1759 = shufflevector <16 x float> %.1758, <16 x float> poison, <16 x i32> zeroinitializer
  %.1760 = fmul contract <16 x float> %.1759, %.1755
  %.1761 = fadd contract <16 x float> %.1751, %.1760
  %24 = getelementptr float, ptr %.1730, i64 %.1732
  %.1763 = getelementptr i8, ptr %24, i64 6144
  %.1765 = load <16 x float>, ptr %.1763, align 4
  %.1766 = getelementptr i8, ptr %.1720, i64 12
  %.1767 = load float, ptr %.1766, align 4
  %.1768 = insertelement <16 x float> poison, float %.1767, i64 0
  %.1769 = shufflevector <16 x float> %.1768, <16 x float> poison, <16 x i32> zeroinitializer
  %.1770 = fmul contract <16 x float> %.1769, %.1765
  %.1771 = fadd contract <16 x float> %.1761, %.1770
  %25 = getelementptr float, ptr %.1730, i64 %.1732
  %.1773 = getelementptr i8, ptr %25, i64 8192
  %.1775 = load <16 x float>, ptr %.1773, align 4
  %.1776 = getelementptr i8, ptr %.1720, i64 16
  %.1777 = load float, ptr %.1776, align 4
  %.1778 = insertelement <16 x float> poison, float %.1777, i64 0
  %.1779 = shufflevector <16 x float> %.1778, <16 x float> poison, <16 x i32> zeroinitializer
  %.1780 = fmul contract <16 x float> %.1779, %.1775
  %.1781 = fadd contract <16 x float> %.1771, %.1780
  %26 = getelementptr float, ptr %.1730, i64 %.1732
  %.1783 = getelementptr i8, ptr %26, i64 10240
  %.1785 = load <16 x float>, ptr %.1783, align 4
  %.1786 = getelementptr i8, ptr %.1720, i64 20
  %.1787 = load float, ptr %.1786, align 4
  %.1788 = insertelement <16 x float> poison, float %.1787, i64 0
  %.1789 = shufflevector <16 x float> %.1788, <16 x float> poison, <16 x i32> zeroinitializer
  %.1790 = fmul contract <16 x float> %.1789, %.1785
  %.1791 = fadd contract <16 x float> %.1781, %.1790
  %27 = getelementptr float, ptr %.1730, i64 %.1732
  %.1793 = getelementptr i8, ptr %27, i64 12288
  %.1795 = load <16 x float>, ptr %.1793, align 4
  %.1796 = getelementptr i8, ptr %.1720, i64 24
  %.1797 = load float, ptr %.1796, align 4
  %.1798 = insertelement <16 x float> poison, float %.1797, i64 0
  %.1799 = shufflevector <16 x float> %.1798, <16 x float> poison, <16 x i32> zeroinitializer
  %.1800 = fmul contract <16 x float> %.1799, %.1795
  %.1801 = fadd contract <16 x float> %.1791, %.1800
  %28 = getelementptr float, ptr %.1730, i64 %.1732
  %.1803 = getelementptr i8, ptr %28, i64 14336
  %.1805 = load <16 x float>, ptr %.1803, align 4
  %.1806 = getelementptr i8, ptr %.1720, i64 28
  %.1807 = load float, ptr %.1806, align 4
  %.1808 = insertelement <16 x float> poison, float %.1807, i64 0
  %.1809 = shufflevector <16 x float> %.1808, <16 x float> poison, <16 x i32> zeroinitializer
  %.1810 = fmul contract <16 x float> %.1809, %.1805
  %.1811 = fadd contract <16 x float> %.1801, %.1810
  %.1812 = getelementptr float, ptr %.1726, i64 %.1732
  %.1814 = load <16 x float>, ptr %.1812, align 4
  %.1815 = fadd <16 x float> %.1814, %.1811
  store <16 x float> %.1815, ptr %.1812, align 4
  %.1817 = add i64 %.1732, 16
  %.1818 = icmp slt i64 %.1817, 512
  br i1 %.1818, label %products.1, label %products.end.1

products.end.1:                                   ; preds = %products.1
  %.1821 = add nsw i64 %i.6.3, 1
  %.1825 = icmp slt i64 %.1821, %.873
  br i1 %.1825, label %B692, label %B810
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

define internal i32 @part5(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.stored.0, ptr %arg.stored.1, i64 %arg.stored.2, i64 %arg.stored.3, ptr %arg.stored.4, i64 %arg.stored.5.0, i64 %arg.stored.6.0, ptr %arg.numbers.0, ptr %arg.numbers.1, i64 %arg.numbers.2, i64 %arg.numbers.3, ptr %arg.numbers.4, i64 %arg.numbers.5.0, i64 %arg.numbers.6.0, float %arg.absolute, float %arg.relative, i16 %arg.kind, i16 %arg.infinite, i64 %arg.is_noted, ptr %arg.rounded.0, ptr %arg.rounded.1, i64 %arg.rounded.2, i64 %arg.rounded.3, ptr %arg.rounded.4, i64 %arg.rounded.5.0, i64 %arg.rounded.6.0, ptr %arg.flags.0, ptr %arg.flags.1, i64 %arg.flags.2, i64 %arg.flags.3, ptr %arg.flags.4, i64 %arg.flags.5.0, i64 %arg.flags.6.0) {
entry:
  %.62 = alloca [2 x float], align 4
  store float 0.000000e+00, ptr %.62, align 4
  %.fca.1.gep251 = getelementptr inbounds nuw i8, ptr %.62, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep251, align 4
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
  %.311 = alloca { i16, float, float }, align 8
  store i16 0, ptr %.311, align 4
  %.fca.1.gep151 = getelementptr inbounds nuw i8, ptr %.311, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep151, align 4
  %.fca.2.gep152 = getelementptr inbounds nuw i8, ptr %.311, i64 8
  store float 0.000000e+00, ptr %.fca.2.gep152, align 4
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.405 = alloca float, align 4
  store float 0.000000e+00, ptr %.405, align 4
  %excinfo.4 = alloca ptr, align 8
  store ptr null, ptr %excinfo.4, align 8
  %.476 = alloca float, align 4
  store float 0.000000e+00, ptr %.476, align 4
  %excinfo.5 = alloca ptr, align 8
  store ptr null, ptr %excinfo.5, align 8
  %.504 = alloca float, align 4
  store float 0.000000e+00, ptr %.504, align 4
  %excinfo.6 = alloca ptr, align 8
  store ptr null, ptr %excinfo.6, align 8
  %.640 = alloca i64, align 8
  store i64 0, ptr %.640, align 8
  %.643 = alloca i64, align 8
  store i64 0, ptr %.643, align 8
  %.769 = alloca float, align 4
  store float 0.000000e+00, ptr %.769, align 4
  %excinfo.7 = alloca ptr, align 8
  store ptr null, ptr %excinfo.7, align 8
  %.826 = alloca { i16, float, float }, align 8
  store i16 0, ptr %.826, align 4
  %.fca.1.gep = getelementptr inbounds nuw i8, ptr %.826, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep, align 4
  %.fca.2.gep = getelementptr inbounds nuw i8, ptr %.826, i64 8
  store float 0.000000e+00, ptr %.fca.2.gep, align 4
  %excinfo.8 = alloca ptr, align 8
  store ptr null, ptr %excinfo.8, align 8
  %.916 = alloca float, align 4
  store float 0.000000e+00, ptr %.916, align 4
  %excinfo.9 = alloca ptr, align 8
  store ptr null, ptr %excinfo.9, align 8
  store float 0.000000e+00, ptr %.62, align 4
  %.fca.1.gep253 = getelementptr inbounds nuw i8, ptr %.62, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep253, align 4
  %.66 = call i32 @part6(ptr nonnull %.62, ptr nonnull %excinfo.1, float %arg.absolute, float %arg.relative, i16 %arg.infinite)
  %.68 = icmp ne i32 %.66, 0
  %.69 = icmp ne i32 %.66, -2
  %.72.not = and i1 %.68, %.69
  %.76.fca.0.load = load float, ptr %.62, align 4
  %.76.fca.1.gep = getelementptr inbounds nuw i8, ptr %.62, i64 4
  %.76.fca.1.load = load float, ptr %.76.fca.1.gep, align 4
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
  %0 = getelementptr i16, ptr %arg.stored.4, i64 %.167.sroa.0.0
  %.247 = getelementptr i16, ptr %0, i64 %.233
  %.248 = load i16, ptr %.247, align 2
  store float 0.000000e+00, ptr %.250, align 4
  %.254 = call i32 @part7(ptr nonnull %.250, ptr nonnull %excinfo.2, i16 %.248, i16 %arg.kind)
  %.256 = icmp ne i32 %.254, 0
  %.257 = icmp ne i32 %.254, -2
  %.260.not = and i1 %.256, %.257
  %.264 = load float, ptr %.250, align 4
  br i1 %.260.not, label %B90.if, label %B90.endif, !prof !0

common.ret:                                       ; preds = %B674.if, %B506.endif.if, %B506.if, %B262.endif.endif.if, %B262.endif.if, %B262.if, %B90.endif.if, %B90.if, %B0.if, %B464.if, %B48.if, %B734, %B460
  %common.ret.op = phi i32 [ 0, %B460 ], [ 0, %B734 ], [ %.830, %B506.endif.if ], [ poison, %B48.if ], [ %.66, %B0.if ], [ %.254, %B90.if ], [ %.315, %B90.endif.if ], [ %.409, %B262.if ], [ %.480, %B262.endif.if ], [ poison, %B464.if ], [ %.508, %B262.endif.endif.if ], [ %.773, %B506.if ], [ %.920, %B674.if ]
  ret i32 %common.ret.op

B460:                                             ; preds = %B88.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B464:                                             ; preds = %B0.endif
  store i64 0, ptr %.640, align 8
  br i1 false, label %B464.if, label %B464.endif, !prof !0

B504:                                             ; preds = %B464.endif.endif, %B674.endif
  %.695 = load i64, ptr %.643, align 8
  %.696 = icmp sgt i64 %.695, 0
  br i1 %.696, label %B504.if, label %B504.endif

B506:                                             ; preds = %B504.endif
  %.751 = icmp slt i64 %.686.sroa.0.0, 0
  %.752 = select i1 %.751, i64 %arg.stored.5.0, i64 0
  %1 = getelementptr i16, ptr %arg.stored.4, i64 %.686.sroa.0.0
  %.766 = getelementptr i16, ptr %1, i64 %.752
  %.767 = load i16, ptr %.766, align 2
  store float 0.000000e+00, ptr %.769, align 4
  %.773 = call i32 @part7(ptr nonnull %.769, ptr nonnull %excinfo.7, i16 %.767, i16 %arg.kind)
  %.775 = icmp ne i32 %.773, 0
  %.776 = icmp ne i32 %.773, -2
  %.779.not = and i1 %.775, %.776
  %.783 = load float, ptr %.769, align 4
  br i1 %.779.not, label %B506.if, label %B506.endif, !prof !0

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
  %2 = getelementptr float, ptr %arg.numbers.4, i64 %.167.sroa.0.0
  %.306 = getelementptr float, ptr %2, i64 %.292
  %.307 = load float, ptr %.306, align 4
  %.309 = fadd float %.264, %.307
  store i16 0, ptr %.311, align 4
  %.fca.1.gep154 = getelementptr inbounds nuw i8, ptr %.311, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep154, align 4
  %.fca.2.gep155 = getelementptr inbounds nuw i8, ptr %.311, i64 8
  store float 0.000000e+00, ptr %.fca.2.gep155, align 4
  %.315 = call i32 @part9(ptr nonnull %.311, ptr nonnull %excinfo.3, float %.309, i16 %arg.infinite)
  %.317 = icmp ne i32 %.315, 0
  %.318 = icmp ne i32 %.315, -2
  %.321.not = and i1 %.317, %.318
  %.325.fca.0.load = load i16, ptr %.311, align 4
  %.325.fca.1.gep = getelementptr inbounds nuw i8, ptr %.311, i64 4
  %.325.fca.1.load = load float, ptr %.325.fca.1.gep, align 4
  %.325.fca.2.gep = getelementptr inbounds nuw i8, ptr %.311, i64 8
  %.325.fca.2.load = load float, ptr %.325.fca.2.gep, align 4
  br i1 %.321.not, label %B90.endif.if, label %B90.endif.endif, !prof !0

B90.endif.if:                                     ; preds = %B90.endif
  %.323 = icmp sgt i32 %.315, 0
  %.316 = load ptr, ptr %excinfo.3, align 8
  %.324 = select i1 %.323, ptr %.316, ptr undef
  store ptr %.324, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B90.endif.endif

B90.endif.endif:                                  ; preds = %B90.endif.if, %B90.endif
  %.361 = icmp slt i64 %.167.sroa.0.0, 0
  %.362 = select i1 %.361, i64 %arg.rounded.5.0, i64 0
  %3 = getelementptr i16, ptr %arg.rounded.4, i64 %.167.sroa.0.0
  %.376 = getelementptr i16, ptr %3, i64 %.362
  store i16 %.325.fca.0.load, ptr %.376, align 2
  %.379 = fsub float %.309, %.325.fca.1.load
  %.380 = call float @llvm.fabs.f32(float %.379)
  %.386 = fcmp olt float %.380, %.76.fca.1.load
  %"$phi262.1.2.1" = select i1 %.386, float %.76.fca.1.load, float %.380
  store float 0.000000e+00, ptr %.405, align 4
  %.409 = call i32 @part8(ptr nonnull %.405, ptr nonnull %excinfo.4, float %.325.fca.2.load, float %.76.fca.0.load, float %arg.absolute)
  %.411 = icmp ne i32 %.409, 0
  %.412 = icmp ne i32 %.409, -2
  %.415.not = and i1 %.411, %.412
  %.419 = load float, ptr %.405, align 4
  br i1 %.415.not, label %B262.if, label %B262.endif, !prof !0

B262.if:                                          ; preds = %B90.endif.endif
  %.417 = icmp sgt i32 %.409, 0
  %.410 = load ptr, ptr %excinfo.4, align 8
  %.418 = select i1 %.417, ptr %.410, ptr undef
  store ptr %.418, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B262.endif

B262.endif:                                       ; preds = %B262.if, %B90.endif.endif
  %.432 = fcmp uge float %"$phi262.1.2.1", %.419
  %.449 = icmp slt i64 %.167.sroa.0.0, 0
  %.450 = select i1 %.449, i64 %arg.numbers.5.0, i64 0
  %4 = getelementptr float, ptr %arg.numbers.4, i64 %.167.sroa.0.0
  %.464 = getelementptr float, ptr %4, i64 %.450
  %.465 = load float, ptr %.464, align 4
  %.467 = fsub float %.325.fca.1.load, %.465
  %.471 = fsub float %.467, %.264
  %.472 = call float @llvm.fabs.f32(float %.471)
  store float 0.000000e+00, ptr %.476, align 4
  %.480 = call i32 @part10(ptr nonnull %.476, ptr nonnull %excinfo.5, float %.264, i16 %arg.infinite)
  %.482 = icmp ne i32 %.480, 0
  %.483 = icmp ne i32 %.480, -2
  %.486.not = and i1 %.482, %.483
  %.490 = load float, ptr %.476, align 4
  br i1 %.486.not, label %B262.endif.if, label %B262.endif.endif, !prof !0

B262.endif.if:                                    ; preds = %B262.endif
  %.488 = icmp sgt i32 %.480, 0
  %.481 = load ptr, ptr %excinfo.5, align 8
  %.489 = select i1 %.488, ptr %.481, ptr undef
  store ptr %.489, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B262.endif.endif

B262.endif.endif:                                 ; preds = %B262.endif.if, %B262.endif
  store float 0.000000e+00, ptr %.504, align 4
  %.508 = call i32 @part8(ptr nonnull %.504, ptr nonnull %excinfo.6, float %.490, float %.76.fca.0.load, float %arg.absolute)
  %.510 = icmp ne i32 %.508, 0
  %.511 = icmp ne i32 %.508, -2
  %.514.not = and i1 %.510, %.511
  %.518 = load float, ptr %.504, align 4
  br i1 %.514.not, label %B262.endif.endif.if, label %B262.endif.endif.endif, !prof !0

B262.endif.endif.if:                              ; preds = %B262.endif.endif
  %.516 = icmp sgt i32 %.508, 0
  %.509 = load ptr, ptr %excinfo.6, align 8
  %.517 = select i1 %.516, ptr %.509, ptr undef
  store ptr %.517, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B262.endif.endif.endif

B262.endif.endif.endif:                           ; preds = %B262.endif.endif.if, %B262.endif.endif
  %.528 = fcmp olt float %.472, %.518
  %"$phi446.1.2.1" = zext i1 %.432 to i16
  %"$phi446.2.2.1" = select i1 %.528, i16 0, i16 2
  %.553 = or disjoint i16 %"$phi446.2.2.1", %"$phi446.1.2.1"
  %.572 = icmp slt i64 %.167.sroa.0.0, 0
  %.573 = select i1 %.572, i64 %arg.flags.5.0, i64 0
  %5 = getelementptr i16, ptr %arg.flags.4, i64 %.167.sroa.0.0
  %.587 = getelementptr i16, ptr %5, i64 %.573
  store i16 %.553, ptr %.587, align 2
  br label %B88

B464.if:                                          ; preds = %B464
  br label %common.ret

B464.endif:                                       ; preds = %B464
  br i1 false, label %B464.endif.if, label %B464.endif.else

B464.endif.if:                                    ; preds = %B464.endif
  br label %B464.endif.endif

B464.endif.else:                                  ; preds = %B464.endif
  store i64 512, ptr %.643, align 8
  br label %B464.endif.endif

B464.endif.endif:                                 ; preds = %B464.endif.else, %B464.endif.if
  br label %B504

B504.if:                                          ; preds = %B504
  %.702 = load i64, ptr %.640, align 8
  %.705 = add nsw i64 %.695, -1
  store i64 %.705, ptr %.643, align 8
  %.709 = add i64 %.702, 1
  store i64 %.709, ptr %.640, align 8
  br label %B504.endif

B504.endif:                                       ; preds = %B504.if, %B504
  %.686.sroa.0.0 = phi i64 [ %.702, %B504.if ], [ 0, %B504 ]
  br i1 %.696, label %B506, label %B734

B506.if:                                          ; preds = %B506
  %.781 = icmp sgt i32 %.773, 0
  %.774 = load ptr, ptr %excinfo.7, align 8
  %.782 = select i1 %.781, ptr %.774, ptr undef
  store ptr %.782, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B506.endif

B506.endif:                                       ; preds = %B506.if, %B506
  %.807 = icmp slt i64 %.686.sroa.0.0, 0
  %.808 = select i1 %.807, i64 %arg.numbers.5.0, i64 0
  %6 = getelementptr float, ptr %arg.numbers.4, i64 %.686.sroa.0.0
  %.822 = getelementptr float, ptr %6, i64 %.808
  %.823 = load float, ptr %.822, align 4
  %.824 = fadd float %.783, %.823
  store i16 0, ptr %.826, align 4
  %.fca.1.gep23 = getelementptr inbounds nuw i8, ptr %.826, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep23, align 4
  %.fca.2.gep24 = getelementptr inbounds nuw i8, ptr %.826, i64 8
  store float 0.000000e+00, ptr %.fca.2.gep24, align 4
  %.830 = call i32 @part9(ptr nonnull %.826, ptr nonnull %excinfo.8, float %.824, i16 %arg.infinite)
  %.832 = icmp ne i32 %.830, 0
  %.833 = icmp ne i32 %.830, -2
  %.836.not = and i1 %.832, %.833
  %.840.fca.0.load = load i16, ptr %.826, align 4
  %.840.fca.1.gep = getelementptr inbounds nuw i8, ptr %.826, i64 4
  %.840.fca.1.load = load float, ptr %.840.fca.1.gep, align 4
  %.840.fca.2.gep = getelementptr inbounds nuw i8, ptr %.826, i64 8
  %.840.fca.2.load = load float, ptr %.840.fca.2.gep, align 4
  br i1 %.836.not, label %B506.endif.if, label %B506.endif.endif, !prof !0

B506.endif.if:                                    ; preds = %B506.endif
  %.838 = icmp sgt i32 %.830, 0
  %.831 = load ptr, ptr %excinfo.8, align 8
  %.839 = select i1 %.838, ptr %.831, ptr undef
  store ptr %.839, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B506.endif.endif

B506.endif.endif:                                 ; preds = %B506.endif.if, %B506.endif
  %.873 = icmp slt i64 %.686.sroa.0.0, 0
  %.874 = select i1 %.873, i64 %arg.rounded.5.0, i64 0
  %7 = getelementptr i16, ptr %arg.rounded.4, i64 %.686.sroa.0.0
  %.888 = getelementptr i16, ptr %7, i64 %.874
  store i16 %.840.fca.0.load, ptr %.888, align 2
  %.890 = fsub float %.824, %.840.fca.1.load
  %.891 = call float @llvm.fabs.f32(float %.890)
  %.897 = fcmp olt float %.891, %.76.fca.1.load
  %"$phi674.1.2.1" = select i1 %.897, float %.76.fca.1.load, float %.891
  store float 0.000000e+00, ptr %.916, align 4
  %.920 = call i32 @part8(ptr nonnull %.916, ptr nonnull %excinfo.9, float %.840.fca.2.load, float %.76.fca.0.load, float %arg.absolute)
  %.922 = icmp ne i32 %.920, 0
  %.923 = icmp ne i32 %.920, -2
  %.926.not = and i1 %.922, %.923
  %.930 = load float, ptr %.916, align 4
  br i1 %.926.not, label %B674.if, label %B674.endif, !prof !0

B674.if:                                          ; preds = %B506.endif.endif
  %.928 = icmp sgt i32 %.920, 0
  %.921 = load ptr, ptr %excinfo.9, align 8
  %.929 = select i1 %.928, ptr %.921, ptr undef
  store ptr %.929, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B674.endif

B674.endif:                                       ; preds = %B674.if, %B506.endif.endif
  %.943 = fcmp uge float %"$phi674.1.2.1", %.930
  %.969 = icmp slt i64 %.686.sroa.0.0, 0
  %.970 = select i1 %.969, i64 %arg.flags.5.0, i64 0
  %8 = getelementptr i16, ptr %arg.flags.4, i64 %.686.sroa.0.0
  %.984 = getelementptr i16, ptr %8, i64 %.970
  %.985 = zext i1 %.943 to i16
  store i16 %.985, ptr %.984, align 2
  br label %B504
}

define internal i32 @part6(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.absolute, float %arg.relative, i16 %arg.infinite) {
entry:
  %.9 = alloca [2 x float], align 4
  store float 0.000000e+00, ptr %.9, align 4
  %.fca.1.gep = getelementptr inbounds nuw i8, ptr %.9, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store float 0.000000e+00, ptr %.9, align 4
  %.fca.1.gep2 = getelementptr inbounds nuw i8, ptr %.9, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep2, align 4
  %.13 = call i32 @part13(ptr nonnull %.9, ptr nonnull %excinfo.1, i16 %arg.infinite)
  %.15 = icmp ne i32 %.13, 0
  %.16 = icmp ne i32 %.13, -2
  %.19.not = and i1 %.15, %.16
  %.23.fca.0.load = load float, ptr %.9, align 4
  %.23.fca.1.gep = getelementptr inbounds nuw i8, ptr %.9, i64 4
  %.23.fca.1.load = load float, ptr %.23.fca.1.gep, align 4
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
  %.35 = fadd float %arg.relative, %arg.relative
  %.45 = fsub float %.23.fca.1.load, %.35
  %.50 = fdiv float %arg.absolute, %.45
  %.55 = fcmp olt float %.35, %.23.fca.1.load
  %"$phi98.0.2.0.v" = select i1 %.55, float %.35, float %.23.fca.0.load
  %"$phi98.0.2.0" = fsub float %.23.fca.0.load, %"$phi98.0.2.0.v"
  %.82 = fmul float %.50, %"$phi98.0.2.0"
  %.86 = fsub float %.82, %arg.absolute
  store float %"$phi98.0.2.0", ptr %retptr, align 4
  %retptr.repack3 = getelementptr inbounds nuw i8, ptr %retptr, i64 4
  store float %.86, ptr %retptr.repack3, align 4
  br label %common.ret
}

define internal i32 @part7(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i16 %arg.bits, i16 %arg.kind) {
entry:
  %.12 = alloca float, align 4
  store float 0.000000e+00, ptr %.12, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.9 = zext i16 %arg.bits to i32
  %.10 = shl nuw i32 %.9, 16
  store float 0.000000e+00, ptr %.12, align 4
  %.16 = call i32 @part12(ptr nonnull %.12, ptr nonnull %excinfo.1, i32 %.10, ptr null)
  %.18 = icmp ne i32 %.16, 0
  %.19 = icmp ne i32 %.16, -2
  %.22.not = and i1 %.18, %.19
  %.26 = load float, ptr %.12, align 4
  br i1 %.22.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.24 = icmp sgt i32 %.16, 0
  %.17 = load ptr, ptr %excinfo.1, align 8
  %.25 = select i1 %.24, ptr %.17, ptr undef
  store ptr %.25, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.16, %B0.if ]
  ret i32 %common.ret.op

B0.endif:                                         ; preds = %B0.if, %entry
  store float %.26, ptr %retptr, align 4
  br label %common.ret
}

define internal i32 @part8(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.power, float %arg.share, float %arg.absolute) {
entry:
  %.7 = fmul contract float %arg.power, %arg.share
  %.8 = fsub contract float %.7, %arg.absolute
  store float %.8, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part9(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.number, i16 %arg.kind) {
entry:
  %.6 = alloca i32, align 4
  store i32 0, ptr %.6, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.45 = alloca float, align 4
  store float 0.000000e+00, ptr %.45, align 4
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.74 = alloca float, align 4
  store float 0.000000e+00, ptr %.74, align 4
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  store i32 0, ptr %.6, align 4
  %.10 = call i32 @part11(ptr nonnull %.6, ptr nonnull %excinfo.1, float %arg.number, ptr null)
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

B0.endif:                                         ; preds = %B0.if, %entry
  %0 = add i32 %.20, 32768
  %1 = and i32 %0, -65536
  %2 = and i32 %.20, 2139095040
  store float 0.000000e+00, ptr %.45, align 4
  %.49 = call i32 @part12(ptr nonnull %.45, ptr nonnull %excinfo.2, i32 %2, ptr null)
  %.51 = icmp ne i32 %.49, 0
  %.52 = icmp ne i32 %.49, -2
  %.55.not = and i1 %.51, %.52
  %.59 = load float, ptr %.45, align 4
  br i1 %.55.not, label %B0.endif.if, label %B0.endif.endif, !prof !0

common.ret:                                       ; preds = %B0.endif.endif.if, %B0.endif.if, %B0.if, %B0.endif.endif.endif
  %common.ret.op = phi i32 [ %.49, %B0.endif.if ], [ %.10, %B0.if ], [ 0, %B0.endif.endif.endif ], [ %.78, %B0.endif.endif.if ]
  ret i32 %common.ret.op

B0.endif.if:                                      ; preds = %B0.endif
  %.57 = icmp sgt i32 %.49, 0
  %.50 = load ptr, ptr %excinfo.2, align 8
  %.58 = select i1 %.57, ptr %.50, ptr undef
  store ptr %.58, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.if, %B0.endif
  %3 = lshr i32 %0, 16
  %.73 = trunc nuw i32 %3 to i16
  store float 0.000000e+00, ptr %.74, align 4
  %.78 = call i32 @part12(ptr nonnull %.74, ptr nonnull %excinfo.3, i32 %1, ptr null)
  %.80 = icmp ne i32 %.78, 0
  %.81 = icmp ne i32 %.78, -2
  %.84.not = and i1 %.80, %.81
  %.88 = load float, ptr %.74, align 4
  br i1 %.84.not, label %B0.endif.endif.if, label %B0.endif.endif.endif, !prof !0

B0.endif.endif.if:                                ; preds = %B0.endif.endif
  %.86 = icmp sgt i32 %.78, 0
  %.79 = load ptr, ptr %excinfo.3, align 8
  %.87 = select i1 %.86, ptr %.79, ptr undef
  store ptr %.87, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif.endif

B0.endif.endif.endif:                             ; preds = %B0.endif.endif.if, %B0.endif.endif
  %.101 = insertvalue { i16, float, float } undef, i16 %.73, 0
  %.102 = insertvalue { i16, float, float } %.101, float %.88, 1
  %.103 = insertvalue { i16, float, float } %.102, float %.59, 2
  store { i16, float, float } %.103, ptr %retptr, align 4
  br label %common.ret
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare float @llvm.fabs.f32(float) #0

define internal i32 @part10(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.number, i16 %arg.kind) {
entry:
  %.8 = alloca i32, align 4
  store i32 0, ptr %.8, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.39 = alloca float, align 4
  store float 0.000000e+00, ptr %.39, align 4
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.7 = fmul float %arg.number, 0x3FEFFE0000000000
  store i32 0, ptr %.8, align 4
  %.12 = call i32 @part11(ptr nonnull %.8, ptr nonnull %excinfo.1, float %.7, ptr null)
  %.14 = icmp ne i32 %.12, 0
  %.15 = icmp ne i32 %.12, -2
  %.18.not = and i1 %.14, %.15
  %.22 = load i32, ptr %.8, align 4
  br i1 %.18.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.20 = icmp sgt i32 %.12, 0
  %.13 = load ptr, ptr %excinfo.1, align 8
  %.21 = select i1 %.20, ptr %.13, ptr undef
  store ptr %.21, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %0 = and i32 %.22, 2139095040
  store float 0.000000e+00, ptr %.39, align 4
  %.43 = call i32 @part12(ptr nonnull %.39, ptr nonnull %excinfo.2, i32 %0, ptr null)
  %.45 = icmp ne i32 %.43, 0
  %.46 = icmp ne i32 %.43, -2
  %.49.not = and i1 %.45, %.46
  %.53 = load float, ptr %.39, align 4
  br i1 %.49.not, label %B0.endif.if, label %B0.endif.endif, !prof !0

common.ret:                                       ; preds = %B0.endif.if, %B0.if, %B0.endif.endif
  %common.ret.op = phi i32 [ %.12, %B0.if ], [ 0, %B0.endif.endif ], [ %.43, %B0.endif.if ]
  ret i32 %common.ret.op

B0.endif.if:                                      ; preds = %B0.endif
  %.51 = icmp sgt i32 %.43, 0
  %.44 = load ptr, ptr %excinfo.2, align 8
  %.52 = select i1 %.51, ptr %.44, ptr undef
  store ptr %.52, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.if, %B0.endif
  store float %.53, ptr %retptr, align 4
  br label %common.ret
}

define internal i32 @part11(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.scalar, ptr %arg.viewty) {
entry:
  store float %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part12(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.scalar, ptr %arg.viewty) {
entry:
  store i32 %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part13(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i16 %arg.kind) {
entry:
  store float 3.906250e-03, ptr %retptr, align 4
  %retptr.repack1 = getelementptr inbounds nuw i8, ptr %retptr, i64 4
  store float 0x3F60000000000000, ptr %retptr.repack1, align 4
  ret i32 0
}

define internal i32 @part14(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.mask) {
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

define internal i32 @part15(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i16 %arg.bits, i64 %arg.row, i64 %arg.column, double %arg.sign, ptr %arg.terms.0.0, ptr %arg.terms.0.1, i64 %arg.terms.0.2, i64 %arg.terms.0.3, ptr %arg.terms.0.4, i64 %arg.terms.0.5.0, i64 %arg.terms.0.5.1, i64 %arg.terms.0.6.0, i64 %arg.terms.0.6.1, ptr %arg.terms.1.0, ptr %arg.terms.1.1, i64 %arg.terms.1.2, i64 %arg.terms.1.3, ptr %arg.terms.1.4, i64 %arg.terms.1.5.0, i64 %arg.terms.1.6.0, ptr %arg.terms.2.0, ptr %arg.terms.2.1, i64 %arg.terms.2.2, i64 %arg.terms.2.3, ptr %arg.terms.2.4, i64 %arg.terms.2.5.0, i64 %arg.terms.2.6.0, ptr %arg.terms.3.0, ptr %arg.terms.3.1, i64 %arg.terms.3.2, i64 %arg.terms.3.3, ptr %arg.terms.3.4, i64 %arg.terms.3.5.0, i64 %arg.terms.3.6.0, i16 %arg.infinite) {
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
  %.1007 = alloca i16, align 2
  store i16 0, ptr %.1007, align 2
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  store float 0.000000e+00, ptr %.73, align 4
  %.77 = call i32 @part7(ptr nonnull %.73, ptr nonnull %excinfo.1, i16 %arg.bits, i16 %arg.bits)
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
  store i16 0, ptr %.1007, align 2
  %.1011 = call i32 @part16(ptr nonnull %.1007, ptr nonnull %excinfo.2, double %total.2.0, i16 %arg.infinite)
  %.1013 = icmp ne i32 %.1011, 0
  %.1014 = icmp ne i32 %.1011, -2
  %.1017.not = and i1 %.1013, %.1014
  %.1021 = load i16, ptr %.1007, align 2
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
  store i16 %.1021, ptr %retptr, align 2
  br label %common.ret
}

define internal i32 @part16(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, double %arg.exact, i16 %arg.kind) {
entry:
  %.19 = alloca i32, align 4
  store i32 0, ptr %.19, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.52 = alloca float, align 4
  store float 0.000000e+00, ptr %.52, align 4
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.105 = alloca i16, align 2
  store i16 0, ptr %.105, align 2
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.8 = fptrunc double %arg.exact to float
  %0 = call float @llvm.fabs.f32(float %.8)
  %.14 = fpext float %0 to double
  %.15 = call double @llvm.fabs.f64(double %arg.exact)
  %.16 = fcmp olt double %.15, %.14
  store i32 0, ptr %.19, align 4
  %.23 = call i32 @part17(ptr nonnull %.19, ptr nonnull %excinfo.1, float %.8, ptr null)
  %.25 = icmp ne i32 %.23, 0
  %.26 = icmp ne i32 %.23, -2
  %.29.not = and i1 %.25, %.26
  %.33 = load i32, ptr %.19, align 4
  br i1 %.29.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.31 = icmp sgt i32 %.23, 0
  %.24 = load ptr, ptr %excinfo.1, align 8
  %.32 = select i1 %.31, ptr %.24, ptr undef
  store ptr %.32, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %.46.neg = sext i1 %.16 to i32
  %.47 = add i32 %.33, %.46.neg
  %.50 = or i32 %.47, 1
  store float 0.000000e+00, ptr %.52, align 4
  %.56 = call i32 @part19(ptr nonnull %.52, ptr nonnull %excinfo.2, i32 %.50, ptr null)
  %.58 = icmp ne i32 %.56, 0
  %.59 = icmp ne i32 %.56, -2
  %.62.not = and i1 %.58, %.59
  %.66 = load float, ptr %.52, align 4
  br i1 %.62.not, label %B0.endif.if, label %B0.endif.endif, !prof !0

common.ret:                                       ; preds = %B450.if, %B0.endif.if, %B0.if, %B450.endif
  %common.ret.op = phi i32 [ %.56, %B0.endif.if ], [ %.23, %B0.if ], [ 0, %B450.endif ], [ %.109, %B450.if ]
  ret i32 %common.ret.op

B0.endif.if:                                      ; preds = %B0.endif
  %.64 = icmp sgt i32 %.56, 0
  %.57 = load ptr, ptr %excinfo.2, align 8
  %.65 = select i1 %.64, ptr %.57, ptr undef
  store ptr %.65, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.if, %B0.endif
  %.80 = fpext float %.8 to double
  %.81 = fcmp oeq double %arg.exact, %.80
  %"$phi450.2.2.0" = select i1 %.81, float %.8, float %.66
  store i16 0, ptr %.105, align 2
  %.109 = call i32 @part18(ptr nonnull %.105, ptr nonnull %excinfo.3, float %"$phi450.2.2.0", i16 %arg.kind)
  %.111 = icmp ne i32 %.109, 0
  %.112 = icmp ne i32 %.109, -2
  %.115.not = and i1 %.111, %.112
  %.119 = load i16, ptr %.105, align 2
  br i1 %.115.not, label %B450.if, label %B450.endif, !prof !0

B450.if:                                          ; preds = %B0.endif.endif
  %.117 = icmp sgt i32 %.109, 0
  %.110 = load ptr, ptr %excinfo.3, align 8
  %.118 = select i1 %.117, ptr %.110, ptr undef
  store ptr %.118, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B450.endif

B450.endif:                                       ; preds = %B450.if, %B0.endif.endif
  store i16 %.119, ptr %retptr, align 2
  br label %common.ret
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare double @llvm.fabs.f64(double) #0

define internal i32 @part17(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.scalar, ptr %arg.viewty) {
entry:
  store float %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part18(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.number, i16 %arg.kind) {
entry:
  %.6 = alloca i32, align 4
  store i32 0, ptr %.6, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store i32 0, ptr %.6, align 4
  %.10 = call i32 @part11(ptr nonnull %.6, ptr nonnull %excinfo.1, float %arg.number, ptr null)
  %.12 = icmp ne i32 %.10, 0
  %.13 = icmp ne i32 %.10, -2
  %.16.not = and i1 %.12, %.13
  %.20 = load i32, ptr %.6, align 4
  br i1 %.16.not, label %B0.if, label %B0.endif, !prof !0

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.10, %B0.if ]
  ret i32 %common.ret.op

B0.if:                                            ; preds = %entry
  %.18 = icmp sgt i32 %.10, 0
  %.11 = load ptr, ptr %excinfo.1, align 8
  %.19 = select i1 %.18, ptr %.11, ptr undef
  store ptr %.19, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %0 = lshr i32 %.20, 16
  %1 = and i32 %0, 1
  %.42 = add i32 %.20, 32767
  %.43 = add i32 %.42, %1
  %.46 = lshr i32 %.43, 16
  %.47 = trunc nuw i32 %.46 to i16
  %.51 = fcmp ord float %arg.number, 0.000000e+00
  %"$phi348.0.2.0" = select i1 %.51, i16 %.47, i16 32704
  store i16 %"$phi348.0.2.0", ptr %retptr, align 2
  br label %common.ret
}

define internal i32 @part19(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.scalar, ptr %arg.viewty) {
entry:
  store i32 %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part20(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i16 %arg.bits, float %arg.number, float %arg.absolute, float %arg.relative, i64 %arg.row, i64 %arg.column, ptr %arg.terms.0.0, ptr %arg.terms.0.1, i64 %arg.terms.0.2, i64 %arg.terms.0.3, ptr %arg.terms.0.4, i64 %arg.terms.0.5.0, i64 %arg.terms.0.5.1, i64 %arg.terms.0.6.0, i64 %arg.terms.0.6.1, ptr %arg.terms.1.0, ptr %arg.terms.1.1, i64 %arg.terms.1.2, i64 %arg.terms.1.3, ptr %arg.terms.1.4, i64 %arg.terms.1.5.0, i64 %arg.terms.1.6.0, ptr %arg.terms.2.0, ptr %arg.terms.2.1, i64 %arg.terms.2.2, i64 %arg.terms.2.3, ptr %arg.terms.2.4, i64 %arg.terms.2.5.0, i64 %arg.terms.2.6.0, ptr %arg.terms.3.0, ptr %arg.terms.3.1, i64 %arg.terms.3.2, i64 %arg.terms.3.3, ptr %arg.terms.3.4, i64 %arg.terms.3.5.0, i64 %arg.terms.3.6.0, i16 %arg.infinite) {
entry:
  %.65 = alloca float, align 4
  store float 0.000000e+00, ptr %.65, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.93 = alloca { i16, float, float }, align 8
  store i16 0, ptr %.93, align 4
  %.fca.1.gep7 = getelementptr inbounds nuw i8, ptr %.93, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep7, align 4
  %.fca.2.gep = getelementptr inbounds nuw i8, ptr %.93, i64 8
  store float 0.000000e+00, ptr %.fca.2.gep, align 4
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.132 = alloca [2 x float], align 4
  store float 0.000000e+00, ptr %.132, align 4
  %.fca.1.gep = getelementptr inbounds nuw i8, ptr %.132, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep, align 4
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.194 = alloca float, align 4
  store float 0.000000e+00, ptr %.194, align 4
  %excinfo.4 = alloca ptr, align 8
  store ptr null, ptr %excinfo.4, align 8
  %.252 = alloca i16, align 2
  store i16 0, ptr %.252, align 2
  %excinfo.5 = alloca ptr, align 8
  store ptr null, ptr %excinfo.5, align 8
  store float 0.000000e+00, ptr %.65, align 4
  %.69 = call i32 @part7(ptr nonnull %.65, ptr nonnull %excinfo.1, i16 %arg.bits, i16 %arg.infinite)
  %.71 = icmp ne i32 %.69, 0
  %.72 = icmp ne i32 %.69, -2
  %.75.not = and i1 %.71, %.72
  %.79 = load float, ptr %.65, align 4
  br i1 %.75.not, label %B0.if, label %B0.endif, !prof !0

common.ret:                                       ; preds = %B220.if, %B176.if, %B0.endif.endif.if, %B0.endif.if, %B0.if, %B220.endif, %B216
  %common.ret.op = phi i32 [ 0, %B216 ], [ %.198, %B176.if ], [ %.69, %B0.if ], [ %.97, %B0.endif.if ], [ %.136, %B0.endif.endif.if ], [ 0, %B220.endif ], [ %.266, %B220.if ]
  ret i32 %common.ret.op

B216:                                             ; preds = %B176.endif
  store i16 %.107.fca.0.load, ptr %retptr, align 2
  br label %common.ret

B220:                                             ; preds = %B176.endif
  store i16 0, ptr %.252, align 2
  %.266 = call i32 @part15(ptr nonnull %.252, ptr nonnull %excinfo.5, i16 %arg.bits, i64 %arg.row, i64 %arg.column, double -1.000000e+00, ptr %arg.terms.0.0, ptr %arg.terms.0.1, i64 %arg.terms.0.2, i64 %arg.terms.0.3, ptr %arg.terms.0.4, i64 %arg.terms.0.5.0, i64 %arg.terms.0.5.1, i64 %arg.terms.0.6.0, i64 %arg.terms.0.6.1, ptr %arg.terms.1.0, ptr %arg.terms.1.1, i64 %arg.terms.1.2, i64 %arg.terms.1.3, ptr %arg.terms.1.4, i64 %arg.terms.1.5.0, i64 %arg.terms.1.6.0, ptr %arg.terms.2.0, ptr %arg.terms.2.1, i64 %arg.terms.2.2, i64 %arg.terms.2.3, ptr %arg.terms.2.4, i64 %arg.terms.2.5.0, i64 %arg.terms.2.6.0, ptr %arg.terms.3.0, ptr %arg.terms.3.1, i64 %arg.terms.3.2, i64 %arg.terms.3.3, ptr %arg.terms.3.4, i64 %arg.terms.3.5.0, i64 %arg.terms.3.6.0, i16 %arg.infinite)
  %.268 = icmp ne i32 %.266, 0
  %.269 = icmp ne i32 %.266, -2
  %.272.not = and i1 %.268, %.269
  %.276 = load i16, ptr %.252, align 2
  br i1 %.272.not, label %B220.if, label %B220.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.77 = icmp sgt i32 %.69, 0
  %.70 = load ptr, ptr %excinfo.1, align 8
  %.78 = select i1 %.77, ptr %.70, ptr undef
  store ptr %.78, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %.91 = fsub float %.79, %arg.number
  store i16 0, ptr %.93, align 4
  %.fca.1.gep9 = getelementptr inbounds nuw i8, ptr %.93, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep9, align 4
  %.fca.2.gep10 = getelementptr inbounds nuw i8, ptr %.93, i64 8
  store float 0.000000e+00, ptr %.fca.2.gep10, align 4
  %.97 = call i32 @part9(ptr nonnull %.93, ptr nonnull %excinfo.2, float %.91, i16 %arg.infinite)
  %.99 = icmp ne i32 %.97, 0
  %.100 = icmp ne i32 %.97, -2
  %.103.not = and i1 %.99, %.100
  %.107.fca.0.load = load i16, ptr %.93, align 4
  %.107.fca.1.gep = getelementptr inbounds nuw i8, ptr %.93, i64 4
  %.107.fca.1.load = load float, ptr %.107.fca.1.gep, align 4
  %.107.fca.2.gep = getelementptr inbounds nuw i8, ptr %.93, i64 8
  %.107.fca.2.load = load float, ptr %.107.fca.2.gep, align 4
  br i1 %.103.not, label %B0.endif.if, label %B0.endif.endif, !prof !0

B0.endif.if:                                      ; preds = %B0.endif
  %.105 = icmp sgt i32 %.97, 0
  %.98 = load ptr, ptr %excinfo.2, align 8
  %.106 = select i1 %.105, ptr %.98, ptr undef
  store ptr %.106, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.if, %B0.endif
  store float 0.000000e+00, ptr %.132, align 4
  %.fca.1.gep2 = getelementptr inbounds nuw i8, ptr %.132, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep2, align 4
  %.136 = call i32 @part6(ptr nonnull %.132, ptr nonnull %excinfo.3, float %arg.absolute, float %arg.relative, i16 %arg.infinite)
  %.138 = icmp ne i32 %.136, 0
  %.139 = icmp ne i32 %.136, -2
  %.142.not = and i1 %.138, %.139
  %.146.fca.0.load = load float, ptr %.132, align 4
  %.146.fca.1.gep = getelementptr inbounds nuw i8, ptr %.132, i64 4
  %.146.fca.1.load = load float, ptr %.146.fca.1.gep, align 4
  br i1 %.142.not, label %B0.endif.endif.if, label %B0.endif.endif.endif, !prof !0

B0.endif.endif.if:                                ; preds = %B0.endif.endif
  %.144 = icmp sgt i32 %.136, 0
  %.137 = load ptr, ptr %excinfo.3, align 8
  %.145 = select i1 %.144, ptr %.137, ptr undef
  store ptr %.145, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif.endif

B0.endif.endif.endif:                             ; preds = %B0.endif.endif.if, %B0.endif.endif
  %.164 = fsub float %.91, %.107.fca.1.load
  %.165 = call float @llvm.fabs.f32(float %.164)
  %.171 = fcmp olt float %.165, %.146.fca.1.load
  %"$phi176.0.2.0" = select i1 %.171, float %.146.fca.1.load, float %.165
  store float 0.000000e+00, ptr %.194, align 4
  %.198 = call i32 @part8(ptr nonnull %.194, ptr nonnull %excinfo.4, float %.107.fca.2.load, float %.146.fca.0.load, float %arg.absolute)
  %.200 = icmp ne i32 %.198, 0
  %.201 = icmp ne i32 %.198, -2
  %.204.not = and i1 %.200, %.201
  %.208 = load float, ptr %.194, align 4
  br i1 %.204.not, label %B176.if, label %B176.endif, !prof !0

B176.if:                                          ; preds = %B0.endif.endif.endif
  %.206 = icmp sgt i32 %.198, 0
  %.199 = load ptr, ptr %excinfo.4, align 8
  %.207 = select i1 %.206, ptr %.199, ptr undef
  store ptr %.207, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B176.endif

B176.endif:                                       ; preds = %B176.if, %B0.endif.endif.endif
  %.225 = fcmp olt float %"$phi176.0.2.0", %.208
  br i1 %.225, label %B216, label %B220

B220.if:                                          ; preds = %B220
  %.274 = icmp sgt i32 %.266, 0
  %.267 = load ptr, ptr %excinfo.5, align 8
  %.275 = select i1 %.274, ptr %.267, ptr undef
  store ptr %.275, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B220.endif

B220.endif:                                       ; preds = %B220.if, %B220
  store i16 %.276, ptr %retptr, align 2
  br label %common.ret
}

define internal i32 @part21(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i16 %arg.bits, i64 %arg.lowest) {
entry:
  %.39 = alloca i64, align 8
  store i64 0, ptr %.39, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.8 = zext i16 %arg.bits to i64
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
