; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.target.0, ptr %arg.target.1, i64 %arg.target.2, i64 %arg.target.3, ptr %arg.target.4, i64 %arg.target.5.0, i64 %arg.target.6.0, ptr %arg.base.0, ptr %arg.base.1, i64 %arg.base.2, i64 %arg.base.3, ptr %arg.base.4, i64 %arg.base.5.0, i64 %arg.base.6.0, ptr %arg.planes.0, ptr %arg.planes.1, i64 %arg.planes.2, i64 %arg.planes.3, ptr %arg.planes.4, i64 %arg.planes.5.0, i64 %arg.planes.5.1, i64 %arg.planes.6.0, i64 %arg.planes.6.1, i64 %arg.flipped) {
entry:
  %.269 = alloca i64, align 8
  store i64 0, ptr %.269, align 8
  %.272 = alloca i64, align 8
  store i64 0, ptr %.272, align 8
  %.401 = alloca i16, align 2
  store i16 0, ptr %.401, align 2
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.458 = alloca i16, align 2
  store i16 0, ptr %.458, align 2
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.655 = alloca i64, align 8
  store i64 0, ptr %.655, align 8
  %.658 = alloca i64, align 8
  store i64 0, ptr %.658, align 8
  %.813 = alloca i64, align 8
  store i64 0, ptr %.813, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.1108 = alloca i64, align 8
  store i64 0, ptr %.1108, align 8
  %.1111 = alloca i64, align 8
  store i64 0, ptr %.1111, align 8
  %.1272 = alloca i64, align 8
  store i64 0, ptr %.1272, align 8
  %excinfo.4 = alloca ptr, align 8
  store ptr null, ptr %excinfo.4, align 8
  %.1335 = alloca i64, align 8
  store i64 0, ptr %.1335, align 8
  %.1338 = alloca i64, align 8
  store i64 0, ptr %.1338, align 8
  %.57 = shl nsw i64 %arg.planes.5.0, 3
  %.58 = add nsw i64 %.57, -1
  %.79 = icmp eq i64 %arg.planes.5.0, 2
  br i1 %.79, label %B154, label %B670

B154:                                             ; preds = %entry
  %.86 = trunc i64 %arg.flipped to i16
  %.196 = getelementptr i8, ptr %arg.planes.4, i64 %arg.planes.5.1
  store i64 0, ptr %.269, align 8
  br i1 false, label %B154.if, label %B154.endif, !prof !0

B282:                                             ; preds = %B154.endif.endif, %B284.endif.endif
  %.326 = load i64, ptr %.272, align 8
  %.327 = icmp sgt i64 %.326, 0
  br i1 %.327, label %B282.if, label %B282.endif

B284:                                             ; preds = %B282.endif
  %.383 = icmp slt i64 %.317.sroa.0.0, 0
  %.384 = select i1 %.383, i64 %arg.target.5.0, i64 0
  %0 = getelementptr i32, ptr %arg.target.4, i64 %.317.sroa.0.0
  %.398 = getelementptr i32, ptr %0, i64 %.384
  %.399 = load i32, ptr %.398, align 4
  store i16 0, ptr %.401, align 2
  %.405 = call i32 @part1(ptr nonnull %.401, ptr nonnull %excinfo.1, i32 %.399, i16 %.86)
  %.407 = icmp ne i32 %.405, 0
  %.408 = icmp ne i32 %.405, -2
  %.411.not = and i1 %.407, %.408
  %.415 = load i16, ptr %.401, align 2
  br i1 %.411.not, label %B284.if, label %B284.endif, !prof !0

common.ret:                                       ; preds = %B1324.if, %B764.if, %B284.endif.if, %B284.if, %B1324.endif.if, %B1266.if, %B706.if, %B154.if, %B1616, %B1262, %B666
  %common.ret.op = phi i32 [ 0, %B666 ], [ 0, %B1262 ], [ 0, %B1616 ], [ poison, %B154.if ], [ poison, %B1324.endif.if ], [ %.405, %B284.if ], [ poison, %B706.if ], [ %.462, %B284.endif.if ], [ poison, %B1266.if ], [ %.817, %B764.if ], [ %.1276, %B1324.if ]
  ret i32 %common.ret.op

B666:                                             ; preds = %B282.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B670:                                             ; preds = %entry
  %.618 = icmp eq i64 %arg.planes.5.0, 4
  br i1 %.618, label %B706, label %B1266

B706:                                             ; preds = %B670
  store i64 0, ptr %.655, align 8
  br i1 false, label %B706.if, label %B706.endif, !prof !0

B762:                                             ; preds = %B764.endif, %B706.endif.endif
  %.710 = load i64, ptr %.658, align 8
  %.711 = icmp sgt i64 %.710, 0
  br i1 %.711, label %B762.if, label %B762.endif

B764:                                             ; preds = %B762.endif
  %.763 = icmp slt i64 %.701.sroa.0.0, 0
  %.764 = select i1 %.763, i64 %arg.target.5.0, i64 0
  %1 = getelementptr i32, ptr %arg.target.4, i64 %.701.sroa.0.0
  %.778 = getelementptr i32, ptr %1, i64 %.764
  %.779 = load i32, ptr %.778, align 4
  %.780 = zext i32 %.779 to i64
  %.794 = icmp slt i64 %.701.sroa.0.0, 0
  %.795 = select i1 %.794, i64 %arg.base.5.0, i64 0
  %2 = getelementptr i32, ptr %arg.base.4, i64 %.701.sroa.0.0
  %.809 = getelementptr i32, ptr %2, i64 %.795
  %.810 = load i32, ptr %.809, align 4
  %.811 = zext i32 %.810 to i64
  store i64 0, ptr %.813, align 8
  %.817 = call i32 @part2(ptr nonnull %.813, ptr nonnull %excinfo.3, i64 %.780, i64 %.811, i64 %arg.flipped, i64 31)
  %.819 = icmp ne i32 %.817, 0
  %.820 = icmp ne i32 %.817, -2
  %.823.not = and i1 %.819, %.820
  %.827 = load i64, ptr %.813, align 8
  br i1 %.823.not, label %B764.if, label %B764.endif, !prof !0

B1262:                                            ; preds = %B762.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B1266:                                            ; preds = %B670
  store i64 0, ptr %.1108, align 8
  br i1 false, label %B1266.if, label %B1266.endif, !prof !0

B1322:                                            ; preds = %B1266.endif.endif, %B1614
  %.1163 = load i64, ptr %.1111, align 8
  %.1164 = icmp sgt i64 %.1163, 0
  br i1 %.1164, label %B1322.if, label %B1322.endif

B1324:                                            ; preds = %B1322.endif
  %.1220 = icmp slt i64 %.1154.sroa.0.0, 0
  %.1221 = select i1 %.1220, i64 %arg.target.5.0, i64 0
  %3 = getelementptr i32, ptr %arg.target.4, i64 %.1154.sroa.0.0
  %.1235 = getelementptr i32, ptr %3, i64 %.1221
  %.1236 = load i32, ptr %.1235, align 4
  %.1237 = zext i32 %.1236 to i64
  %.1252 = icmp slt i64 %.1154.sroa.0.0, 0
  %.1253 = select i1 %.1252, i64 %arg.base.5.0, i64 0
  %4 = getelementptr i32, ptr %arg.base.4, i64 %.1154.sroa.0.0
  %.1267 = getelementptr i32, ptr %4, i64 %.1253
  %.1268 = load i32, ptr %.1267, align 4
  %.1269 = zext i32 %.1268 to i64
  store i64 0, ptr %.1272, align 8
  %.1276 = call i32 @part2(ptr nonnull %.1272, ptr nonnull %excinfo.4, i64 %.1237, i64 %.1269, i64 %arg.flipped, i64 %.58)
  %.1278 = icmp ne i32 %.1276, 0
  %.1279 = icmp ne i32 %.1276, -2
  %.1282.not = and i1 %.1278, %.1279
  %.1286 = load i64, ptr %.1272, align 8
  br i1 %.1282.not, label %B1324.if, label %B1324.endif, !prof !0

B1510:                                            ; preds = %B1324.endif.endif.endif, %B1512
  %.1390 = load i64, ptr %.1338, align 8
  %.1391 = icmp sgt i64 %.1390, 0
  br i1 %.1391, label %B1510.if, label %B1510.endif

B1512:                                            ; preds = %B1510.endif
  %.1429 = shl nsw i64 %.1381.sroa.0.0, 3
  %.1431 = lshr i64 %.1286, %.1429
  %.1432 = trunc i64 %.1431 to i8
  %.1456 = icmp slt i64 %.1381.sroa.0.0, 0
  %.1457 = select i1 %.1456, i64 %arg.planes.5.0, i64 0
  %.1458 = add i64 %.1381.sroa.0.0, %.1457
  %.1459 = icmp slt i64 %.1154.sroa.0.0, 0
  %.1460 = select i1 %.1459, i64 %arg.planes.5.1, i64 0
  %.1478 = mul i64 %.1458, %arg.planes.5.1
  %5 = getelementptr i8, ptr %arg.planes.4, i64 %.1478
  %6 = getelementptr i8, ptr %5, i64 %.1154.sroa.0.0
  %.1482 = getelementptr i8, ptr %6, i64 %.1460
  store i8 %.1432, ptr %.1482, align 1
  br label %B1510

B1614:                                            ; preds = %B1510.endif
  br label %B1322

B1616:                                            ; preds = %B1322.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B154.if:                                          ; preds = %B154
  br label %common.ret

B154.endif:                                       ; preds = %B154
  %.283 = icmp slt i64 %arg.target.5.0, 1
  br i1 %.283, label %B154.endif.if, label %B154.endif.else

B154.endif.if:                                    ; preds = %B154.endif
  br label %B154.endif.endif

B154.endif.else:                                  ; preds = %B154.endif
  br label %B154.endif.endif

B154.endif.endif:                                 ; preds = %B154.endif.else, %B154.endif.if
  %storemerge636 = phi i64 [ %arg.target.5.0, %B154.endif.else ], [ 0, %B154.endif.if ]
  store i64 %storemerge636, ptr %.272, align 8
  br label %B282

B282.if:                                          ; preds = %B282
  %.333 = load i64, ptr %.269, align 8
  %.336 = add nsw i64 %.326, -1
  store i64 %.336, ptr %.272, align 8
  %.340 = add i64 %.333, 1
  store i64 %.340, ptr %.269, align 8
  br label %B282.endif

B282.endif:                                       ; preds = %B282.if, %B282
  %.317.sroa.0.0 = phi i64 [ %.333, %B282.if ], [ 0, %B282 ]
  br i1 %.327, label %B284, label %B666

B284.if:                                          ; preds = %B284
  %.413 = icmp sgt i32 %.405, 0
  %.406 = load ptr, ptr %excinfo.1, align 8
  %.414 = select i1 %.413, ptr %.406, ptr undef
  store ptr %.414, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B284.endif

B284.endif:                                       ; preds = %B284.if, %B284
  %.440 = icmp slt i64 %.317.sroa.0.0, 0
  %.441 = select i1 %.440, i64 %arg.base.5.0, i64 0
  %7 = getelementptr i32, ptr %arg.base.4, i64 %.317.sroa.0.0
  %.455 = getelementptr i32, ptr %7, i64 %.441
  %.456 = load i32, ptr %.455, align 4
  store i16 0, ptr %.458, align 2
  %.462 = call i32 @part1(ptr nonnull %.458, ptr nonnull %excinfo.2, i32 %.456, i16 %.86)
  %.464 = icmp ne i32 %.462, 0
  %.465 = icmp ne i32 %.462, -2
  %.468.not = and i1 %.464, %.465
  %.472 = load i16, ptr %.458, align 2
  br i1 %.468.not, label %B284.endif.if, label %B284.endif.endif, !prof !0

B284.endif.if:                                    ; preds = %B284.endif
  %.470 = icmp sgt i32 %.462, 0
  %.463 = load ptr, ptr %excinfo.2, align 8
  %.471 = select i1 %.470, ptr %.463, ptr undef
  store ptr %.471, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B284.endif.endif

B284.endif.endif:                                 ; preds = %B284.endif.if, %B284.endif
  %.484 = sub i16 %.415, %.472
  %.488 = shl i16 %.484, 1
  %.484.lobit = ashr i16 %.484, 15
  %.509637 = xor i16 %.488, %.484.lobit
  %.517 = trunc i16 %.509637 to i8
  %.532 = icmp slt i64 %.317.sroa.0.0, 0
  %.533 = select i1 %.532, i64 %arg.planes.5.1, i64 0
  %8 = getelementptr i8, ptr %arg.planes.4, i64 %.317.sroa.0.0
  %.547 = getelementptr i8, ptr %8, i64 %.533
  store i8 %.517, ptr %.547, align 1
  %9 = lshr i16 %.509637, 8
  %.552 = trunc nuw i16 %9 to i8
  %.567 = icmp slt i64 %.317.sroa.0.0, 0
  %.568 = select i1 %.567, i64 %arg.planes.5.1, i64 0
  %10 = getelementptr i8, ptr %.196, i64 %.317.sroa.0.0
  %.582 = getelementptr i8, ptr %10, i64 %.568
  store i8 %.552, ptr %.582, align 1
  br label %B282

B706.if:                                          ; preds = %B706
  br label %common.ret

B706.endif:                                       ; preds = %B706
  %.669 = icmp slt i64 %arg.target.5.0, 1
  br i1 %.669, label %B706.endif.if, label %B706.endif.else

B706.endif.if:                                    ; preds = %B706.endif
  br label %B706.endif.endif

B706.endif.else:                                  ; preds = %B706.endif
  br label %B706.endif.endif

B706.endif.endif:                                 ; preds = %B706.endif.else, %B706.endif.if
  %storemerge635 = phi i64 [ %arg.target.5.0, %B706.endif.else ], [ 0, %B706.endif.if ]
  store i64 %storemerge635, ptr %.658, align 8
  br label %B762

B762.if:                                          ; preds = %B762
  %.717 = load i64, ptr %.655, align 8
  %.720 = add nsw i64 %.710, -1
  store i64 %.720, ptr %.658, align 8
  %.724 = add i64 %.717, 1
  store i64 %.724, ptr %.655, align 8
  br label %B762.endif

B762.endif:                                       ; preds = %B762.if, %B762
  %.701.sroa.0.0 = phi i64 [ %.717, %B762.if ], [ 0, %B762 ]
  br i1 %.711, label %B764, label %B1262

B764.if:                                          ; preds = %B764
  %.825 = icmp sgt i32 %.817, 0
  %.818 = load ptr, ptr %excinfo.3, align 8
  %.826 = select i1 %.825, ptr %.818, ptr undef
  store ptr %.826, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B764.endif

B764.endif:                                       ; preds = %B764.if, %B764
  %.837 = trunc i64 %.827 to i8
  %.867 = icmp slt i64 %.701.sroa.0.0, 0
  %.868 = select i1 %.867, i64 %arg.planes.5.1, i64 0
  %11 = getelementptr i8, ptr %arg.planes.4, i64 %.701.sroa.0.0
  %.890 = getelementptr i8, ptr %11, i64 %.868
  store i8 %.837, ptr %.890, align 1
  %.892 = lshr i64 %.827, 8
  %.893 = trunc i64 %.892 to i8
  %.923 = icmp slt i64 %.701.sroa.0.0, 0
  %.924 = select i1 %.923, i64 %arg.planes.5.1, i64 0
  %12 = getelementptr i8, ptr %arg.planes.4, i64 %arg.planes.5.1
  %13 = getelementptr i8, ptr %12, i64 %.701.sroa.0.0
  %.946 = getelementptr i8, ptr %13, i64 %.924
  store i8 %.893, ptr %.946, align 1
  %.948 = lshr i64 %.827, 16
  %.949 = trunc i64 %.948 to i8
  %.979 = icmp slt i64 %.701.sroa.0.0, 0
  %.980 = select i1 %.979, i64 %arg.planes.5.1, i64 0
  %.998 = shl i64 %arg.planes.5.1, 1
  %14 = getelementptr i8, ptr %arg.planes.4, i64 %.998
  %15 = getelementptr i8, ptr %14, i64 %.701.sroa.0.0
  %.1002 = getelementptr i8, ptr %15, i64 %.980
  store i8 %.949, ptr %.1002, align 1
  %.1004 = lshr i64 %.827, 24
  %.1005 = trunc i64 %.1004 to i8
  %.1035 = icmp slt i64 %.701.sroa.0.0, 0
  %.1036 = select i1 %.1035, i64 %arg.planes.5.1, i64 0
  %.1054 = mul i64 %arg.planes.5.1, 3
  %16 = getelementptr i8, ptr %arg.planes.4, i64 %.1054
  %17 = getelementptr i8, ptr %16, i64 %.701.sroa.0.0
  %.1058 = getelementptr i8, ptr %17, i64 %.1036
  store i8 %.1005, ptr %.1058, align 1
  br label %B762

B1266.if:                                         ; preds = %B1266
  br label %common.ret

B1266.endif:                                      ; preds = %B1266
  %.1122 = icmp slt i64 %arg.target.5.0, 1
  br i1 %.1122, label %B1266.endif.if, label %B1266.endif.else

B1266.endif.if:                                   ; preds = %B1266.endif
  br label %B1266.endif.endif

B1266.endif.else:                                 ; preds = %B1266.endif
  br label %B1266.endif.endif

B1266.endif.endif:                                ; preds = %B1266.endif.else, %B1266.endif.if
  %storemerge = phi i64 [ %arg.target.5.0, %B1266.endif.else ], [ 0, %B1266.endif.if ]
  store i64 %storemerge, ptr %.1111, align 8
  br label %B1322

B1322.if:                                         ; preds = %B1322
  %.1170 = load i64, ptr %.1108, align 8
  %.1173 = add nsw i64 %.1163, -1
  store i64 %.1173, ptr %.1111, align 8
  %.1177 = add i64 %.1170, 1
  store i64 %.1177, ptr %.1108, align 8
  br label %B1322.endif

B1322.endif:                                      ; preds = %B1322.if, %B1322
  %.1154.sroa.0.0 = phi i64 [ %.1170, %B1322.if ], [ 0, %B1322 ]
  br i1 %.1164, label %B1324, label %B1616

B1324.if:                                         ; preds = %B1324
  %.1284 = icmp sgt i32 %.1276, 0
  %.1277 = load ptr, ptr %excinfo.4, align 8
  %.1285 = select i1 %.1284, ptr %.1277, ptr undef
  store ptr %.1285, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1324.endif

B1324.endif:                                      ; preds = %B1324.if, %B1324
  store i64 0, ptr %.1335, align 8
  br i1 false, label %B1324.endif.if, label %B1324.endif.endif, !prof !0

B1324.endif.if:                                   ; preds = %B1324.endif
  br label %common.ret

B1324.endif.endif:                                ; preds = %B1324.endif
  %.1349 = icmp slt i64 %arg.planes.5.0, 1
  br i1 %.1349, label %B1324.endif.endif.if, label %B1324.endif.endif.else

B1324.endif.endif.if:                             ; preds = %B1324.endif.endif
  br label %B1324.endif.endif.endif

B1324.endif.endif.else:                           ; preds = %B1324.endif.endif
  br label %B1324.endif.endif.endif

B1324.endif.endif.endif:                          ; preds = %B1324.endif.endif.else, %B1324.endif.endif.if
  %storemerge634 = phi i64 [ %arg.planes.5.0, %B1324.endif.endif.else ], [ 0, %B1324.endif.endif.if ]
  store i64 %storemerge634, ptr %.1338, align 8
  br label %B1510

B1510.if:                                         ; preds = %B1510
  %.1397 = load i64, ptr %.1335, align 8
  %.1400 = add nsw i64 %.1390, -1
  store i64 %.1400, ptr %.1338, align 8
  %.1404 = add i64 %.1397, 1
  store i64 %.1404, ptr %.1335, align 8
  br label %B1510.endif

B1510.endif:                                      ; preds = %B1510.if, %B1510
  %.1381.sroa.0.0 = phi i64 [ %.1397, %B1510.if ], [ 0, %B1510 ]
  br i1 %.1391, label %B1512, label %B1614
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.bits, i16 %arg.flip) {
entry:
  %.9 = icmp ugt i32 %arg.bits, 32767
  %.31 = trunc i32 %arg.bits to i16
  %.32 = select i1 %.9, i16 %arg.flip, i16 0
  %.33 = xor i16 %.32, %.31
  store i16 %.33, ptr %retptr, align 2
  ret i32 0
}

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.target, i64 %arg.base, i64 %arg.flipped, i64 %arg.top) {
entry:
  %0 = shl nuw i64 1, %arg.top
  %1 = and i64 %arg.target, %0
  %2 = icmp eq i64 %1, 0
  %.11 = select i1 %2, i64 0, i64 %arg.flipped
  %.12 = xor i64 %arg.target, %.11
  %3 = shl nuw i64 1, %arg.top
  %4 = and i64 %arg.base, %3
  %5 = icmp eq i64 %4, 0
  %.16 = select i1 %5, i64 0, i64 %arg.flipped
  %.17 = xor i64 %arg.base, %.16
  %.18 = sub i64 %.12, %.17
  %.19 = shl i64 %.18, 1
  %.20 = lshr i64 %.18, %arg.top
  %.21 = and i64 %.20, 1
  %.22 = sub nsw i64 0, %.21
  %.23 = xor i64 %.19, %.22
  store i64 %.23, ptr %retptr, align 8
  ret i32 0
}

!0 = !{!"branch_weights", i32 1, i32 99}
