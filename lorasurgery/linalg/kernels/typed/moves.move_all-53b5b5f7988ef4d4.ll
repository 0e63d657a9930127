; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.bits.0, ptr %arg.bits.1, i64 %arg.bits.2, i64 %arg.bits.3, ptr %arg.bits.4, i64 %arg.bits.5.0, i64 %arg.bits.6.0, ptr %arg.planes.0, ptr %arg.planes.1, i64 %arg.planes.2, i64 %arg.planes.3, ptr %arg.planes.4, i64 %arg.planes.5.0, i64 %arg.planes.5.1, i64 %arg.planes.6.0, i64 %arg.planes.6.1, i64 %arg.flipped, i64 %arg.backward) {
entry:
  %.279 = alloca i64, align 8
  store i64 0, ptr %.279, align 8
  %.282 = alloca i64, align 8
  store i64 0, ptr %.282, align 8
  %.529 = alloca i16, align 2
  store i16 0, ptr %.529, align 2
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.558 = alloca i16, align 2
  store i16 0, ptr %.558, align 2
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.684 = alloca i64, align 8
  store i64 0, ptr %.684, align 8
  %.687 = alloca i64, align 8
  store i64 0, ptr %.687, align 8
  %.1039 = alloca i64, align 8
  store i64 0, ptr %.1039, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.1160 = alloca i64, align 8
  store i64 0, ptr %.1160, align 8
  %.1163 = alloca i64, align 8
  store i64 0, ptr %.1163, align 8
  %.1344 = alloca i64, align 8
  store i64 0, ptr %.1344, align 8
  %excinfo.4 = alloca ptr, align 8
  store ptr null, ptr %excinfo.4, align 8
  %.1448 = alloca i64, align 8
  store i64 0, ptr %.1448, align 8
  %.1451 = alloca i64, align 8
  store i64 0, ptr %.1451, align 8
  %.1576 = alloca i64, align 8
  store i64 0, ptr %.1576, align 8
  %excinfo.5 = alloca ptr, align 8
  store ptr null, ptr %excinfo.5, align 8
  %.1608 = alloca i64, align 8
  store i64 0, ptr %.1608, align 8
  %excinfo.6 = alloca ptr, align 8
  store ptr null, ptr %excinfo.6, align 8
  %.49 = shl nsw i64 %arg.planes.5.0, 3
  %.50 = add nsw i64 %.49, -1
  %.71 = icmp eq i64 %arg.planes.5.0, 2
  br i1 %.71, label %B154, label %B880

B154:                                             ; preds = %entry
  %.78 = trunc i64 %arg.flipped to i16
  %.188 = getelementptr i8, ptr %arg.planes.4, i64 %arg.planes.5.1
  %.229.not.not = icmp eq i64 %arg.backward, 0
  store i64 0, ptr %.279, align 8
  br i1 false, label %B264.if, label %B264.endif, !prof !0

B322:                                             ; preds = %B644.endif.endif, %B264.endif.endif
  %.337 = load i64, ptr %.282, align 8
  %.338 = icmp sgt i64 %.337, 0
  br i1 %.338, label %B324.if, label %B324.endif

B326:                                             ; preds = %B324.endif
  %.393 = icmp slt i64 %.328.sroa.0.0, 0
  %.394 = select i1 %.393, i64 %arg.planes.5.1, i64 0
  %0 = getelementptr i8, ptr %arg.planes.4, i64 %.328.sroa.0.0
  %.408 = getelementptr i8, ptr %0, i64 %.394
  %.409 = load i8, ptr %.408, align 1
  %.425 = icmp slt i64 %.328.sroa.0.0, 0
  %.426 = select i1 %.425, i64 %arg.planes.5.1, i64 0
  %1 = getelementptr i8, ptr %.188, i64 %.328.sroa.0.0
  %.440 = getelementptr i8, ptr %1, i64 %.426
  %.441 = load i8, ptr %.440, align 1
  %.444 = zext i8 %.441 to i16
  %.445 = shl nuw i16 %.444, 8
  %.447 = zext i8 %.409 to i16
  %.449 = or disjoint i16 %.445, %.447
  %.475 = lshr i16 %.449, 1
  %2 = and i8 %.409, 1
  %sext = sub nsw i8 0, %2
  %.686 = sext i8 %sext to i16
  %.477 = xor i16 %.475, %.686
  %3 = sub i16 0, %.477
  %.493 = select i1 %.229.not.not, i16 %.477, i16 %3
  %.511 = icmp slt i64 %.328.sroa.0.0, 0
  %.512 = select i1 %.511, i64 %arg.bits.5.0, i64 0
  %4 = getelementptr i16, ptr %arg.bits.4, i64 %.328.sroa.0.0
  %.526 = getelementptr i16, ptr %4, i64 %.512
  %.527 = load i16, ptr %.526, align 2
  store i16 0, ptr %.529, align 2
  %.533 = call i32 @part1(ptr nonnull %.529, ptr nonnull %excinfo.1, i16 %.527, i16 %.78)
  %.535 = icmp ne i32 %.533, 0
  %.536 = icmp ne i32 %.533, -2
  %.539.not = and i1 %.535, %.536
  %.543 = load i16, ptr %.529, align 2
  br i1 %.539.not, label %B644.if, label %B644.endif, !prof !0

common.ret:                                       ; preds = %B1828.endif.if, %B1828.if, %B1574.if, %B974.if, %B644.endif.if, %B644.if, %B1770.if, %B1516.if, %B916.if, %B264.if, %B1960, %B1766, %B1478, %B876
  %common.ret.op = phi i32 [ 0, %B876 ], [ 0, %B1478 ], [ 0, %B1766 ], [ 0, %B1960 ], [ poison, %B264.if ], [ %.1584, %B1828.if ], [ %.533, %B644.if ], [ poison, %B916.if ], [ %.562, %B644.endif.if ], [ poison, %B1516.if ], [ %.1044, %B974.if ], [ poison, %B1770.if ], [ %.1349, %B1574.if ], [ %.1613, %B1828.endif.if ]
  ret i32 %common.ret.op

B876:                                             ; preds = %B324.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B880:                                             ; preds = %entry
  %.647 = icmp eq i64 %arg.planes.5.0, 4
  br i1 %.647, label %B916, label %B1482

B916:                                             ; preds = %B880
  store i64 0, ptr %.684, align 8
  br i1 false, label %B916.if, label %B916.endif, !prof !0

B972:                                             ; preds = %B974.endif, %B916.endif.endif
  %.739 = load i64, ptr %.687, align 8
  %.740 = icmp sgt i64 %.739, 0
  br i1 %.740, label %B972.if, label %B972.endif

B974:                                             ; preds = %B972.endif
  %.807 = icmp slt i64 %.730.sroa.0.0, 0
  %.808 = select i1 %.807, i64 %arg.planes.5.1, i64 0
  %5 = getelementptr i8, ptr %arg.planes.4, i64 %.730.sroa.0.0
  %.830 = getelementptr i8, ptr %5, i64 %.808
  %.831 = load i8, ptr %.830, align 1
  %.832 = zext i8 %.831 to i64
  %.862 = icmp slt i64 %.730.sroa.0.0, 0
  %.863 = select i1 %.862, i64 %arg.planes.5.1, i64 0
  %6 = getelementptr i8, ptr %arg.planes.4, i64 %arg.planes.5.1
  %7 = getelementptr i8, ptr %6, i64 %.730.sroa.0.0
  %.885 = getelementptr i8, ptr %7, i64 %.863
  %.886 = load i8, ptr %.885, align 1
  %.887 = zext i8 %.886 to i64
  %.888 = shl nuw nsw i64 %.887, 8
  %.889 = or disjoint i64 %.888, %.832
  %.919 = icmp slt i64 %.730.sroa.0.0, 0
  %.920 = select i1 %.919, i64 %arg.planes.5.1, i64 0
  %.938 = shl i64 %arg.planes.5.1, 1
  %8 = getelementptr i8, ptr %arg.planes.4, i64 %.938
  %9 = getelementptr i8, ptr %8, i64 %.730.sroa.0.0
  %.942 = getelementptr i8, ptr %9, i64 %.920
  %.943 = load i8, ptr %.942, align 1
  %.944 = zext i8 %.943 to i64
  %.974 = icmp slt i64 %.730.sroa.0.0, 0
  %.975 = select i1 %.974, i64 %arg.planes.5.1, i64 0
  %.993 = mul i64 %arg.planes.5.1, 3
  %10 = getelementptr i8, ptr %arg.planes.4, i64 %.993
  %11 = getelementptr i8, ptr %10, i64 %.730.sroa.0.0
  %.997 = getelementptr i8, ptr %11, i64 %.975
  %.998 = load i8, ptr %.997, align 1
  %.999 = zext i8 %.998 to i64
  %12 = shl nuw nsw i64 %.999, 24
  %13 = shl nuw nsw i64 %.944, 16
  %.1002 = or disjoint i64 %12, %13
  %.1003 = or disjoint i64 %.889, %.1002
  %.1018 = icmp slt i64 %.730.sroa.0.0, 0
  %.1019 = select i1 %.1018, i64 %arg.bits.5.0, i64 0
  %14 = getelementptr i16, ptr %arg.bits.4, i64 %.730.sroa.0.0
  %.1033 = getelementptr i16, ptr %14, i64 %.1019
  %.1034 = load i16, ptr %.1033, align 2
  %.1035 = zext i16 %.1034 to i64
  %.1037 = icmp ne i64 %arg.backward, 0
  store i64 0, ptr %.1039, align 8
  %.1043 = zext i1 %.1037 to i8
  %.1044 = call i32 @part2(ptr nonnull %.1039, ptr nonnull %excinfo.3, i64 %.1035, i64 %.1003, i64 %arg.flipped, i64 31, i8 %.1043)
  %.1046 = icmp ne i32 %.1044, 0
  %.1047 = icmp ne i32 %.1044, -2
  %.1050.not = and i1 %.1046, %.1047
  %.1054 = load i64, ptr %.1039, align 8
  br i1 %.1050.not, label %B974.if, label %B974.endif, !prof !0

B1478:                                            ; preds = %B972.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B1482:                                            ; preds = %B880
  %.1123 = icmp eq i64 %arg.planes.5.0, 1
  br i1 %.1123, label %B1516, label %B1770

B1516:                                            ; preds = %B1482
  store i64 0, ptr %.1160, align 8
  br i1 false, label %B1516.if, label %B1516.endif, !prof !0

B1572:                                            ; preds = %B1574.endif, %B1516.endif.endif
  %.1215 = load i64, ptr %.1163, align 8
  %.1216 = icmp sgt i64 %.1215, 0
  br i1 %.1216, label %B1572.if, label %B1572.endif

B1574:                                            ; preds = %B1572.endif
  %.1268 = icmp slt i64 %.1206.sroa.0.0, 0
  %.1269 = select i1 %.1268, i64 %arg.bits.5.0, i64 0
  %15 = getelementptr i16, ptr %arg.bits.4, i64 %.1206.sroa.0.0
  %.1283 = getelementptr i16, ptr %15, i64 %.1269
  %.1284 = load i16, ptr %.1283, align 2
  %.1285 = zext i16 %.1284 to i64
  %.1315 = icmp slt i64 %.1206.sroa.0.0, 0
  %.1316 = select i1 %.1315, i64 %arg.planes.5.1, i64 0
  %16 = getelementptr i8, ptr %arg.planes.4, i64 %.1206.sroa.0.0
  %.1338 = getelementptr i8, ptr %16, i64 %.1316
  %.1339 = load i8, ptr %.1338, align 1
  %.1340 = zext i8 %.1339 to i64
  %.1342 = icmp ne i64 %arg.backward, 0
  store i64 0, ptr %.1344, align 8
  %.1348 = zext i1 %.1342 to i8
  %.1349 = call i32 @part2(ptr nonnull %.1344, ptr nonnull %excinfo.4, i64 %.1285, i64 %.1340, i64 %arg.flipped, i64 7, i8 %.1348)
  %.1351 = icmp ne i32 %.1349, 0
  %.1352 = icmp ne i32 %.1349, -2
  %.1355.not = and i1 %.1351, %.1352
  %.1359 = load i64, ptr %.1344, align 8
  br i1 %.1355.not, label %B1574.if, label %B1574.endif, !prof !0

B1766:                                            ; preds = %B1572.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B1770:                                            ; preds = %B1482
  store i64 0, ptr %.1448, align 8
  br i1 false, label %B1770.if, label %B1770.endif, !prof !0

B1826:                                            ; preds = %B1828.endif.endif, %B1770.endif.endif
  %.1503 = load i64, ptr %.1451, align 8
  %.1504 = icmp sgt i64 %.1503, 0
  br i1 %.1504, label %B1826.if, label %B1826.endif

B1828:                                            ; preds = %B1826.endif
  %.1556 = icmp slt i64 %.1494.sroa.0.0, 0
  %.1557 = select i1 %.1556, i64 %arg.bits.5.0, i64 0
  %17 = getelementptr i16, ptr %arg.bits.4, i64 %.1494.sroa.0.0
  %.1571 = getelementptr i16, ptr %17, i64 %.1557
  %.1572 = load i16, ptr %.1571, align 2
  %.1573 = zext i16 %.1572 to i64
  store i64 0, ptr %.1576, align 8
  %.1584 = call i32 @part3(ptr nonnull %.1576, ptr nonnull %excinfo.5, ptr %arg.planes.0, ptr %arg.planes.1, i64 %arg.planes.2, i64 %arg.planes.3, ptr %arg.planes.4, i64 %arg.planes.5.0, i64 %arg.planes.5.1, i64 %arg.planes.6.0, i64 %arg.planes.6.1, i64 %.1494.sroa.0.0)
  %.1586 = icmp ne i32 %.1584, 0
  %.1587 = icmp ne i32 %.1584, -2
  %.1590.not = and i1 %.1586, %.1587
  %.1594 = load i64, ptr %.1576, align 8
  br i1 %.1590.not, label %B1828.if, label %B1828.endif, !prof !0

B1960:                                            ; preds = %B1826.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B264.if:                                          ; preds = %B154
  br label %common.ret

B264.endif:                                       ; preds = %B154
  %.293 = icmp slt i64 %arg.bits.5.0, 1
  br i1 %.293, label %B264.endif.if, label %B264.endif.else

B264.endif.if:                                    ; preds = %B264.endif
  br label %B264.endif.endif

B264.endif.else:                                  ; preds = %B264.endif
  br label %B264.endif.endif

B264.endif.endif:                                 ; preds = %B264.endif.else, %B264.endif.if
  %storemerge689 = phi i64 [ %arg.bits.5.0, %B264.endif.else ], [ 0, %B264.endif.if ]
  store i64 %storemerge689, ptr %.282, align 8
  br label %B322

B324.if:                                          ; preds = %B322
  %.344 = load i64, ptr %.279, align 8
  %.347 = add nsw i64 %.337, -1
  store i64 %.347, ptr %.282, align 8
  %.351 = add i64 %.344, 1
  store i64 %.351, ptr %.279, align 8
  br label %B324.endif

B324.endif:                                       ; preds = %B324.if, %B322
  %.328.sroa.0.0 = phi i64 [ %.344, %B324.if ], [ 0, %B322 ]
  br i1 %.338, label %B326, label %B876

B644.if:                                          ; preds = %B326
  %.541 = icmp sgt i32 %.533, 0
  %.534 = load ptr, ptr %excinfo.1, align 8
  %.542 = select i1 %.541, ptr %.534, ptr undef
  store ptr %.542, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B644.endif

B644.endif:                                       ; preds = %B644.if, %B326
  %.555 = add i16 %.543, %.493
  store i16 0, ptr %.558, align 2
  %.562 = call i32 @part1(ptr nonnull %.558, ptr nonnull %excinfo.2, i16 %.555, i16 %.78)
  %.564 = icmp ne i32 %.562, 0
  %.565 = icmp ne i32 %.562, -2
  %.568.not = and i1 %.564, %.565
  %.572 = load i16, ptr %.558, align 2
  br i1 %.568.not, label %B644.endif.if, label %B644.endif.endif, !prof !0

B644.endif.if:                                    ; preds = %B644.endif
  %.570 = icmp sgt i32 %.562, 0
  %.563 = load ptr, ptr %excinfo.2, align 8
  %.571 = select i1 %.570, ptr %.563, ptr undef
  store ptr %.571, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B644.endif.endif

B644.endif.endif:                                 ; preds = %B644.endif.if, %B644.endif
  %.596 = icmp slt i64 %.328.sroa.0.0, 0
  %.597 = select i1 %.596, i64 %arg.bits.5.0, i64 0
  %18 = getelementptr i16, ptr %arg.bits.4, i64 %.328.sroa.0.0
  %.611 = getelementptr i16, ptr %18, i64 %.597
  store i16 %.572, ptr %.611, align 2
  br label %B322

B916.if:                                          ; preds = %B916
  br label %common.ret

B916.endif:                                       ; preds = %B916
  %.698 = icmp slt i64 %arg.bits.5.0, 1
  br i1 %.698, label %B916.endif.if, label %B916.endif.else

B916.endif.if:                                    ; preds = %B916.endif
  br label %B916.endif.endif

B916.endif.else:                                  ; preds = %B916.endif
  br label %B916.endif.endif

B916.endif.endif:                                 ; preds = %B916.endif.else, %B916.endif.if
  %storemerge688 = phi i64 [ %arg.bits.5.0, %B916.endif.else ], [ 0, %B916.endif.if ]
  store i64 %storemerge688, ptr %.687, align 8
  br label %B972

B972.if:                                          ; preds = %B972
  %.746 = load i64, ptr %.684, align 8
  %.749 = add nsw i64 %.739, -1
  store i64 %.749, ptr %.687, align 8
  %.753 = add i64 %.746, 1
  store i64 %.753, ptr %.684, align 8
  br label %B972.endif

B972.endif:                                       ; preds = %B972.if, %B972
  %.730.sroa.0.0 = phi i64 [ %.746, %B972.if ], [ 0, %B972 ]
  br i1 %.740, label %B974, label %B1478

B974.if:                                          ; preds = %B974
  %.1052 = icmp sgt i32 %.1044, 0
  %.1045 = load ptr, ptr %excinfo.3, align 8
  %.1053 = select i1 %.1052, ptr %.1045, ptr undef
  store ptr %.1053, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B974.endif

B974.endif:                                       ; preds = %B974.if, %B974
  %.1077 = icmp slt i64 %.730.sroa.0.0, 0
  %.1078 = select i1 %.1077, i64 %arg.bits.5.0, i64 0
  %19 = getelementptr i16, ptr %arg.bits.4, i64 %.730.sroa.0.0
  %.1092 = getelementptr i16, ptr %19, i64 %.1078
  %.1093 = trunc i64 %.1054 to i16
  store i16 %.1093, ptr %.1092, align 2
  br label %B972

B1516.if:                                         ; preds = %B1516
  br label %common.ret

B1516.endif:                                      ; preds = %B1516
  %.1174 = icmp slt i64 %arg.bits.5.0, 1
  br i1 %.1174, label %B1516.endif.if, label %B1516.endif.else

B1516.endif.if:                                   ; preds = %B1516.endif
  br label %B1516.endif.endif

B1516.endif.else:                                 ; preds = %B1516.endif
  br label %B1516.endif.endif

B1516.endif.endif:                                ; preds = %B1516.endif.else, %B1516.endif.if
  %storemerge687 = phi i64 [ %arg.bits.5.0, %B1516.endif.else ], [ 0, %B1516.endif.if ]
  store i64 %storemerge687, ptr %.1163, align 8
  br label %B1572

B1572.if:                                         ; preds = %B1572
  %.1222 = load i64, ptr %.1160, align 8
  %.1225 = add nsw i64 %.1215, -1
  store i64 %.1225, ptr %.1163, align 8
  %.1229 = add i64 %.1222, 1
  store i64 %.1229, ptr %.1160, align 8
  br label %B1572.endif

B1572.endif:                                      ; preds = %B1572.if, %B1572
  %.1206.sroa.0.0 = phi i64 [ %.1222, %B1572.if ], [ 0, %B1572 ]
  br i1 %.1216, label %B1574, label %B1766

B1574.if:                                         ; preds = %B1574
  %.1357 = icmp sgt i32 %.1349, 0
  %.1350 = load ptr, ptr %excinfo.4, align 8
  %.1358 = select i1 %.1357, ptr %.1350, ptr undef
  store ptr %.1358, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1574.endif

B1574.endif:                                      ; preds = %B1574.if, %B1574
  %.1382 = icmp slt i64 %.1206.sroa.0.0, 0
  %.1383 = select i1 %.1382, i64 %arg.bits.5.0, i64 0
  %20 = getelementptr i16, ptr %arg.bits.4, i64 %.1206.sroa.0.0
  %.1397 = getelementptr i16, ptr %20, i64 %.1383
  %.1398 = trunc i64 %.1359 to i16
  store i16 %.1398, ptr %.1397, align 2
  br label %B1572

B1770.if:                                         ; preds = %B1770
  br label %common.ret

B1770.endif:                                      ; preds = %B1770
  %.1462 = icmp slt i64 %arg.bits.5.0, 1
  br i1 %.1462, label %B1770.endif.if, label %B1770.endif.else

B1770.endif.if:                                   ; preds = %B1770.endif
  br label %B1770.endif.endif

B1770.endif.else:                                 ; preds = %B1770.endif
  br label %B1770.endif.endif

B1770.endif.endif:                                ; preds = %B1770.endif.else, %B1770.endif.if
  %storemerge = phi i64 [ %arg.bits.5.0, %B1770.endif.else ], [ 0, %B1770.endif.if ]
  store i64 %storemerge, ptr %.1451, align 8
  br label %B1826

B1826.if:                                         ; preds = %B1826
  %.1510 = load i64, ptr %.1448, align 8
  %.1513 = add nsw i64 %.1503, -1
  store i64 %.1513, ptr %.1451, align 8
  %.1517 = add i64 %.1510, 1
  store i64 %.1517, ptr %.1448, align 8
  br label %B1826.endif

B1826.endif:                                      ; preds = %B1826.if, %B1826
  %.1494.sroa.0.0 = phi i64 [ %.1510, %B1826.if ], [ 0, %B1826 ]
  br i1 %.1504, label %B1828, label %B1960

B1828.if:                                         ; preds = %B1828
  %.1592 = icmp sgt i32 %.1584, 0
  %.1585 = load ptr, ptr %excinfo.5, align 8
  %.1593 = select i1 %.1592, ptr %.1585, ptr undef
  store ptr %.1593, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1828.endif

B1828.endif:                                      ; preds = %B1828.if, %B1828
  %.1605 = icmp ne i64 %arg.backward, 0
  store i64 0, ptr %.1608, align 8
  %.1612 = zext i1 %.1605 to i8
  %.1613 = call i32 @part2(ptr nonnull %.1608, ptr nonnull %excinfo.6, i64 %.1573, i64 %.1594, i64 %arg.flipped, i64 %.50, i8 %.1612)
  %.1615 = icmp ne i32 %.1613, 0
  %.1616 = icmp ne i32 %.1613, -2
  %.1619.not = and i1 %.1615, %.1616
  %.1623 = load i64, ptr %.1608, align 8
  br i1 %.1619.not, label %B1828.endif.if, label %B1828.endif.endif, !prof !0

B1828.endif.if:                                   ; preds = %B1828.endif
  %.1621 = icmp sgt i32 %.1613, 0
  %.1614 = load ptr, ptr %excinfo.6, align 8
  %.1622 = select i1 %.1621, ptr %.1614, ptr undef
  store ptr %.1622, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1828.endif.endif

B1828.endif.endif:                                ; preds = %B1828.endif.if, %B1828.endif
  %.1646 = icmp slt i64 %.1494.sroa.0.0, 0
  %.1647 = select i1 %.1646, i64 %arg.bits.5.0, i64 0
  %21 = getelementptr i16, ptr %arg.bits.4, i64 %.1494.sroa.0.0
  %.1661 = getelementptr i16, ptr %21, i64 %.1647
  %.1662 = trunc i64 %.1623 to i16
  store i16 %.1662, ptr %.1661, align 2
  br label %B1826
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i16 %arg.bits, i16 %arg.flip) {
entry:
  %.8 = icmp slt i16 %arg.bits, 0
  %"$phi66.3.2.0" = select i1 %.8, i16 %arg.flip, i16 0
  %.328 = xor i16 %arg.bits, %"$phi66.3.2.0"
  store i16 %.328, ptr %retptr, align 2
  ret i32 0
}

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.bits, i64 %arg.zigzag, i64 %arg.flipped, i64 %arg.top, i8 %arg.is_negative) {
entry:
  %.11.not = icmp eq i8 %arg.is_negative, 0
  %.22 = lshr i64 %arg.zigzag, 1
  %.23 = and i64 %arg.zigzag, 1
  %.24 = sub nsw i64 0, %.23
  %.25 = xor i64 %.22, %.24
  %0 = shl nuw i64 1, %arg.top
  %1 = and i64 %arg.bits, %0
  %2 = icmp eq i64 %1, 0
  %.34 = select i1 %2, i64 0, i64 %arg.flipped
  %.35 = xor i64 %arg.bits, %.34
  %3 = sub i64 0, %.25
  %"$phi268.0.2.0.p" = select i1 %.11.not, i64 %.25, i64 %3
  %"$phi268.0.2.0" = add i64 %.35, %"$phi268.0.2.0.p"
  %4 = shl nuw i64 1, %arg.top
  %5 = and i64 %"$phi268.0.2.0", %4
  %6 = icmp eq i64 %5, 0
  %.71 = select i1 %6, i64 0, i64 %arg.flipped
  %.74 = xor i64 %"$phi268.0.2.0", %.71
  store i64 %.74, ptr %retptr, align 8
  ret i32 0
}

define internal i32 @part3(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.planes.0, ptr %arg.planes.1, i64 %arg.planes.2, i64 %arg.planes.3, ptr %arg.planes.4, i64 %arg.planes.5.0, i64 %arg.planes.5.1, i64 %arg.planes.6.0, i64 %arg.planes.6.1, i64 %arg.index) {
entry:
  %.61 = alloca i64, align 8
  store i64 0, ptr %.61, align 8
  %.64 = alloca i64, align 8
  store i64 0, ptr %.64, align 8
  store i64 0, ptr %.61, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B96:                                              ; preds = %B0.endif.endif, %B98
  %number.2.0 = phi i64 [ 0, %B0.endif.endif ], [ %.212, %B98 ]
  %.118 = load i64, ptr %.64, align 8
  %.119 = icmp sgt i64 %.118, 0
  br i1 %.119, label %B96.if, label %B96.endif

B98:                                              ; preds = %B96.endif
  %.180 = icmp slt i64 %.109.sroa.0.0, 0
  %.181 = select i1 %.180, i64 %arg.planes.5.0, i64 0
  %.182 = add i64 %.109.sroa.0.0, %.181
  %.183 = icmp slt i64 %arg.index, 0
  %.184 = select i1 %.183, i64 %arg.planes.5.1, i64 0
  %.202 = mul i64 %.182, %arg.planes.5.1
  %0 = getelementptr i8, ptr %arg.planes.4, i64 %.202
  %1 = getelementptr i8, ptr %0, i64 %arg.index
  %.206 = getelementptr i8, ptr %1, i64 %.184
  %.207 = load i8, ptr %.206, align 1
  %.208 = zext i8 %.207 to i64
  %.209 = shl nsw i64 %.109.sroa.0.0, 3
  %.210 = shl i64 %.208, %.209
  %.212 = or i64 %number.2.0, %.210
  br label %B96

common.ret:                                       ; preds = %B0.if, %B212
  ret i32 0

B212:                                             ; preds = %B96.endif
  store i64 %number.2.0, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.75 = icmp slt i64 %arg.planes.5.0, 1
  br i1 %.75, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.planes.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.64, align 8
  br label %B96

B96.if:                                           ; preds = %B96
  %.125 = load i64, ptr %.61, align 8
  %.128 = add nsw i64 %.118, -1
  store i64 %.128, ptr %.64, align 8
  %.132 = add i64 %.125, 1
  store i64 %.132, ptr %.61, align 8
  br label %B96.endif

B96.endif:                                        ; preds = %B96.if, %B96
  %.109.sroa.0.0 = phi i64 [ %.125, %B96.if ], [ 0, %B96 ]
  br i1 %.119, label %B98, label %B212
}

!0 = !{!"branch_weights", i32 1, i32 99}
