; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.X.0, ptr %arg.X.1, i64 %arg.X.2, i64 %arg.X.3, ptr %arg.X.4, i64 %arg.X.5.0, i64 %arg.X.6.0, ptr %arg.groups.0, ptr %arg.groups.1, i64 %arg.groups.2, i64 %arg.groups.3, ptr %arg.groups.4, i64 %arg.groups.5.0, i64 %arg.groups.6.0, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1) {
entry:
  %.61 = alloca ptr, align 8
  store ptr null, ptr %.61, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store ptr null, ptr %.61, align 8
  %.77 = call i32 @part1(ptr nonnull %.61, ptr nonnull %excinfo.1, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.X.0, ptr %arg.X.1, i64 %arg.X.2, i64 %arg.X.3, ptr %arg.X.4, i64 %arg.X.5.0, i64 %arg.X.6.0, ptr %arg.groups.0, ptr %arg.groups.1, i64 %arg.groups.2, i64 %arg.groups.3, ptr %arg.groups.4, i64 %arg.groups.5.0, i64 %arg.groups.6.0, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, i64 0, i64 %arg.D.5.0)
  %.79 = icmp ne i32 %.77, 0
  %.80 = icmp ne i32 %.77, -2
  %.83.not = and i1 %.79, %.80
  br i1 %.83.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.85 = icmp sgt i32 %.77, 0
  %.78 = load ptr, ptr %excinfo.1, align 8
  %.86 = select i1 %.85, ptr %.78, ptr undef
  store ptr %.86, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.77, %B0.if ]
  ret i32 %common.ret.op

B0.endif:                                         ; preds = %B0.if, %entry
  store ptr null, ptr %retptr, align 8
  br label %common.ret
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.X.0, ptr %arg.X.1, i64 %arg.X.2, i64 %arg.X.3, ptr %arg.X.4, i64 %arg.X.5.0, i64 %arg.X.6.0, ptr %arg.groups.0, ptr %arg.groups.1, i64 %arg.groups.2, i64 %arg.groups.3, ptr %arg.groups.4, i64 %arg.groups.5.0, i64 %arg.groups.6.0, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, i64 %arg.first, i64 %arg.last) {
entry:
  %.143 = alloca i64, align 8
  store i64 0, ptr %.143, align 8
  %.146 = alloca i64, align 8
  store i64 0, ptr %.146, align 8
  %.278 = alloca i64, align 8
  store i64 0, ptr %.278, align 8
  %.281 = alloca i64, align 8
  store i64 0, ptr %.281, align 8
  %.460 = alloca i64, align 8
  store i64 0, ptr %.460, align 8
  %.463 = alloca i64, align 8
  store i64 0, ptr %.463, align 8
  %.563 = alloca i64, align 8
  store i64 0, ptr %.563, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.626 = alloca i64, align 8
  store i64 0, ptr %.626, align 8
  %.629 = alloca i64, align 8
  store i64 0, ptr %.629, align 8
  br i1 false, label %B0.endif, label %B0.else, !prof !0

B68:                                              ; preds = %B0.endif.endif.endif, %B180
  %.200 = load i64, ptr %.146, align 8
  %.201 = icmp sgt i64 %.200, 0
  br i1 %.201, label %B68.if, label %B68.endif

B70:                                              ; preds = %B68.endif
  store i64 0, ptr %.278, align 8
  br i1 false, label %B70.if, label %B70.endif, !prof !0

B124:                                             ; preds = %B70.endif.endif, %B126
  %.333 = load i64, ptr %.281, align 8
  %.334 = icmp sgt i64 %.333, 0
  br i1 %.334, label %B124.if, label %B124.endif

B126:                                             ; preds = %B124.endif
  %.396 = icmp slt i64 %.191.sroa.0.0, 0
  %.397 = select i1 %.396, i64 %arg.W.5.0, i64 0
  %.398 = add i64 %.191.sroa.0.0, %.397
  %.399 = icmp slt i64 %.324.sroa.0.0, 0
  %.400 = select i1 %.399, i64 %arg.W.5.1, i64 0
  %.418 = mul i64 %.398, %arg.W.5.1
  %0 = getelementptr float, ptr %arg.W.4, i64 %.418
  %1 = getelementptr float, ptr %0, i64 %.324.sroa.0.0
  %.422 = getelementptr float, ptr %1, i64 %.400
  store float 0.000000e+00, ptr %.422, align 4
  br label %B124

B180:                                             ; preds = %B124.endif
  br label %B68

B182:                                             ; preds = %B68.endif
  store i64 0, ptr %.460, align 8
  br i1 false, label %B182.if, label %B182.endif, !prof !0

B226:                                             ; preds = %B182.endif.endif, %B768
  %.516 = load i64, ptr %.463, align 8
  %.517 = icmp sgt i64 %.516, 0
  br i1 %.517, label %B228.if, label %B228.endif

B230:                                             ; preds = %B228.endif
  %.559 = add nsw i64 %.507.sroa.0.0, 256
  store i64 0, ptr %.563, align 8
  %.569 = call i32 @part2(ptr nonnull %.563, ptr nonnull %excinfo.1, i64 %quot.0, i64 %.559)
  %.571 = icmp ne i32 %.569, 0
  %.572 = icmp ne i32 %.569, -2
  %.575.not = and i1 %.571, %.572
  %.579 = load i64, ptr %.563, align 8
  br i1 %.575.not, label %B230.if, label %B230.endif, !prof !0

B342:                                             ; preds = %B230.endif.endif.endif, %B773
  %.681 = load i64, ptr %.629, align 8
  %.682 = icmp sgt i64 %.681, 0
  br i1 %.682, label %B342.if, label %B342.endif

B344:                                             ; preds = %B342.endif
  %.733 = icmp slt i64 %.672.sroa.0.0, 0
  %.734 = select i1 %.733, i64 %arg.groups.5.0, i64 0
  %2 = getelementptr i64, ptr %arg.groups.4, i64 %.672.sroa.0.0
  %.748 = getelementptr i64, ptr %2, i64 %.734
  %.749 = load i64, ptr %.748, align 8
  %.759 = mul nsw i64 %quot.0, %.749
  %.777 = icmp slt i64 %.672.sroa.0.0, -1
  %.778 = select i1 %.777, i64 %arg.groups.5.0, i64 0
  %3 = getelementptr i64, ptr %arg.groups.4, i64 %.672.sroa.0.0
  %4 = getelementptr i8, ptr %3, i64 8
  %.792 = getelementptr i64, ptr %4, i64 %.778
  %.793 = load i64, ptr %.792, align 8
  %.795 = sub nsw i64 %.793, %.749
  %.796 = icmp eq i64 %.795, 32
  br i1 %.796, label %B412, label %B590

B412:                                             ; preds = %B344
  %.811 = icmp sgt i64 %arg.last, 7
  br i1 %.811, label %B430, label %B506

B430:                                             ; preds = %tile.end, %B412
  %i.7.2 = phi i64 [ 0, %B412 ], [ %.1188, %tile.end ]
  %.842 = mul i64 %i.7.2, %arg.D.5.1
  %.845 = getelementptr i16, ptr %arg.D.4, i64 %.842
  %.846 = or disjoint i64 %i.7.2, 1
  %.847 = mul i64 %.846, %arg.D.5.1
  %.850 = getelementptr i16, ptr %arg.D.4, i64 %.847
  %.851 = or disjoint i64 %i.7.2, 2
  %.852 = mul i64 %.851, %arg.D.5.1
  %.855 = getelementptr i16, ptr %arg.D.4, i64 %.852
  %.856 = or disjoint i64 %i.7.2, 3
  %.857 = mul i64 %.856, %arg.D.5.1
  %.860 = getelementptr i16, ptr %arg.D.4, i64 %.857
  %.861 = or disjoint i64 %i.7.2, 4
  %.862 = mul i64 %.861, %arg.D.5.1
  %.865 = getelementptr i16, ptr %arg.D.4, i64 %.862
  %.866 = or disjoint i64 %i.7.2, 5
  %.867 = mul i64 %.866, %arg.D.5.1
  %.870 = getelementptr i16, ptr %arg.D.4, i64 %.867
  %.871 = or disjoint i64 %i.7.2, 6
  %.872 = mul i64 %.871, %arg.D.5.1
  %.875 = getelementptr i16, ptr %arg.D.4, i64 %.872
  %.876 = or disjoint i64 %i.7.2, 7
  %.877 = mul i64 %.876, %arg.D.5.1
  %.880 = getelementptr i16, ptr %arg.D.4, i64 %.877
  %.890 = mul i64 %i.7.2, %arg.W.5.1
  %5 = getelementptr float, ptr %arg.W.4, i64 %.890
  %.894 = getelementptr float, ptr %5, i64 %.749
  %.895 = or disjoint i64 %i.7.2, 1
  %.896 = mul i64 %.895, %arg.W.5.1
  %6 = getelementptr float, ptr %arg.W.4, i64 %.896
  %.900 = getelementptr float, ptr %6, i64 %.749
  %.901 = or disjoint i64 %i.7.2, 2
  %.902 = mul i64 %.901, %arg.W.5.1
  %7 = getelementptr float, ptr %arg.W.4, i64 %.902
  %.906 = getelementptr float, ptr %7, i64 %.749
  %.907 = or disjoint i64 %i.7.2, 3
  %.908 = mul i64 %.907, %arg.W.5.1
  %8 = getelementptr float, ptr %arg.W.4, i64 %.908
  %.912 = getelementptr float, ptr %8, i64 %.749
  %.913 = or disjoint i64 %i.7.2, 4
  %.914 = mul i64 %.913, %arg.W.5.1
  %9 = getelementptr float, ptr %arg.W.4, i64 %.914
  %.918 = getelementptr float, ptr %9, i64 %.749
  %.919 = or disjoint i64 %i.7.2, 5
  %.920 = mul i64 %.919, %arg.W.5.1
  %10 = getelementptr float, ptr %arg.W.4, i64 %.920
  %.924 = getelementptr float, ptr %10, i64 %.749
  %.925 = or disjoint i64 %i.7.2, 6
  %.926 = mul i64 %.925, %arg.W.5.1
  %11 = getelementptr float, ptr %arg.W.4, i64 %.926
  %.930 = getelementptr float, ptr %11, i64 %.749
  %.931 = or disjoint i64 %i.7.2, 7
  %.932 = mul i64 %.931, %arg.W.5.1
  %12 = getelementptr float, ptr %arg.W.4, i64 %.932
  %.936 = getelementptr float, ptr %12, i64 %.749
  %.939 = getelementptr i32, ptr %arg.X.4, i64 %.759
  %.943 = load <16 x float>, ptr %.894, align 4
  %.945 = getelementptr i8, ptr %.894, i64 64
  %.947 = load <16 x float>, ptr %.945, align 4
  %.951 = load <16 x float>, ptr %.900, align 4
  %.953 = getelementptr i8, ptr %.900, i64 64
  %.955 = load <16 x float>, ptr %.953, align 4
  %.959 = load <16 x float>, ptr %.906, align 4
  %.961 = getelementptr i8, ptr %.906, i64 64
  %.963 = load <16 x float>, ptr %.961, align 4
  %.967 = load <16 x float>, ptr %.912, align 4
  %.969 = getelementptr i8, ptr %.912, i64 64
  %.971 = load <16 x float>, ptr %.969, align 4
  %.975 = load <16 x float>, ptr %.918, align 4
  %.977 = getelementptr i8, ptr %.918, i64 64
  %.979 = load <16 x float>, ptr %.977, align 4
  %.983 = load <16 x float>, ptr %.924, align 4
  %.985 = getelementptr i8, ptr %.924, i64 64
  %.987 = load <16 x float>, ptr %.985, align 4
  %.991 = load <16 x float>, ptr %.930, align 4
  %.993 = getelementptr i8, ptr %.930, i64 64
  %.995 = load <16 x float>, ptr %.993, align 4
  %.999 = load <16 x float>, ptr %.936, align 4
  %.1001 = getelementptr i8, ptr %.936, i64 64
  %.1003 = load <16 x float>, ptr %.1001, align 4
  br label %tile

B506:                                             ; preds = %tile.end, %B412
  %i.7.3 = phi i64 [ %.1188, %tile.end ], [ 0, %B412 ]
  %.1205 = icmp slt i64 %i.7.3, %arg.last
  br i1 %.1205, label %B518, label %B773

B518:                                             ; preds = %tile.end.1, %B506
  %i.8.2 = phi i64 [ %i.7.3, %B506 ], [ %.1304, %tile.end.1 ]
  %.1238 = mul i64 %i.8.2, %arg.D.5.1
  %.1241 = getelementptr i16, ptr %arg.D.4, i64 %.1238
  %.1251 = mul i64 %i.8.2, %arg.W.5.1
  %13 = getelementptr float, ptr %arg.W.4, i64 %.1251
  %.1255 = getelementptr float, ptr %13, i64 %.749
  %.1258 = getelementptr i32, ptr %arg.X.4, i64 %.759
  %.1262 = load <16 x float>, ptr %.1255, align 4
  %.1264 = getelementptr i8, ptr %.1255, i64 64
  %.1266 = load <16 x float>, ptr %.1264, align 4
  br label %tile.1

B590:                                             ; preds = %B344
  %.1330 = icmp sgt i64 %arg.last, 7
  br i1 %.1330, label %B608, label %B684

B608:                                             ; preds = %tile.end.2, %B590
  %i.10.3 = phi i64 [ 0, %B590 ], [ %.1607, %tile.end.2 ]
  %.1361 = mul i64 %i.10.3, %arg.D.5.1
  %.1364 = getelementptr i16, ptr %arg.D.4, i64 %.1361
  %.1365 = or disjoint i64 %i.10.3, 1
  %.1366 = mul i64 %.1365, %arg.D.5.1
  %.1369 = getelementptr i16, ptr %arg.D.4, i64 %.1366
  %.1370 = or disjoint i64 %i.10.3, 2
  %.1371 = mul i64 %.1370, %arg.D.5.1
  %.1374 = getelementptr i16, ptr %arg.D.4, i64 %.1371
  %.1375 = or disjoint i64 %i.10.3, 3
  %.1376 = mul i64 %.1375, %arg.D.5.1
  %.1379 = getelementptr i16, ptr %arg.D.4, i64 %.1376
  %.1380 = or disjoint i64 %i.10.3, 4
  %.1381 = mul i64 %.1380, %arg.D.5.1
  %.1384 = getelementptr i16, ptr %arg.D.4, i64 %.1381
  %.1385 = or disjoint i64 %i.10.3, 5
  %.1386 = mul i64 %.1385, %arg.D.5.1
  %.1389 = getelementptr i16, ptr %arg.D.4, i64 %.1386
  %.1390 = or disjoint i64 %i.10.3, 6
  %.1391 = mul i64 %.1390, %arg.D.5.1
  %.1394 = getelementptr i16, ptr %arg.D.4, i64 %.1391
  %.1395 = or disjoint i64 %i.10.3, 7
  %.1396 = mul i64 %.1395, %arg.D.5.1
  %.1399 = getelementptr i16, ptr %arg.D.4, i64 %.1396
  %.1409 = mul i64 %i.10.3, %arg.W.5.1
  %14 = getelementptr float, ptr %arg.W.4, i64 %.1409
  %.1413 = getelementptr float, ptr %14, i64 %.749
  %.1414 = or disjoint i64 %i.10.3, 1
  %.1415 = mul i64 %.1414, %arg.W.5.1
  %15 = getelementptr float, ptr %arg.W.4, i64 %.1415
  %.1419 = getelementptr float, ptr %15, i64 %.749
  %.1420 = or disjoint i64 %i.10.3, 2
  %.1421 = mul i64 %.1420, %arg.W.5.1
  %16 = getelementptr float, ptr %arg.W.4, i64 %.1421
  %.1425 = getelementptr float, ptr %16, i64 %.749
  %.1426 = or disjoint i64 %i.10.3, 3
  %.1427 = mul i64 %.1426, %arg.W.5.1
  %17 = getelementptr float, ptr %arg.W.4, i64 %.1427
  %.1431 = getelementptr float, ptr %17, i64 %.749
  %.1432 = or disjoint i64 %i.10.3, 4
  %.1433 = mul i64 %.1432, %arg.W.5.1
  %18 = getelementptr float, ptr %arg.W.4, i64 %.1433
  %.1437 = getelementptr float, ptr %18, i64 %.749
  %.1438 = or disjoint i64 %i.10.3, 5
  %.1439 = mul i64 %.1438, %arg.W.5.1
  %19 = getelementptr float, ptr %arg.W.4, i64 %.1439
  %.1443 = getelementptr float, ptr %19, i64 %.749
  %.1444 = or disjoint i64 %i.10.3, 6
  %.1445 = mul i64 %.1444, %arg.W.5.1
  %20 = getelementptr float, ptr %arg.W.4, i64 %.1445
  %.1449 = getelementptr float, ptr %20, i64 %.749
  %.1450 = or disjoint i64 %i.10.3, 7
  %.1451 = mul i64 %.1450, %arg.W.5.1
  %21 = getelementptr float, ptr %arg.W.4, i64 %.1451
  %.1455 = getelementptr float, ptr %21, i64 %.749
  %.1458 = getelementptr i32, ptr %arg.X.4, i64 %.759
  %.1462 = load <16 x float>, ptr %.1413, align 4
  %.1466 = load <16 x float>, ptr %.1419, align 4
  %.1470 = load <16 x float>, ptr %.1425, align 4
  %.1474 = load <16 x float>, ptr %.1431, align 4
  %.1478 = load <16 x float>, ptr %.1437, align 4
  %.1482 = load <16 x float>, ptr %.1443, align 4
  %.1486 = load <16 x float>, ptr %.1449, align 4
  %.1490 = load <16 x float>, ptr %.1455, align 4
  br label %tile.2

B684:                                             ; preds = %tile.end.2, %B590
  %i.10.4 = phi i64 [ %.1607, %tile.end.2 ], [ 0, %B590 ]
  %.1624 = icmp slt i64 %i.10.4, %arg.last
  br i1 %.1624, label %B696, label %B773

B696:                                             ; preds = %tile.end.3, %B684
  %i.11.3 = phi i64 [ %i.10.4, %B684 ], [ %.1707, %tile.end.3 ]
  %.1657 = mul i64 %i.11.3, %arg.D.5.1
  %.1660 = getelementptr i16, ptr %arg.D.4, i64 %.1657
  %.1670 = mul i64 %i.11.3, %arg.W.5.1
  %22 = getelementptr float, ptr %arg.W.4, i64 %.1670
  %.1674 = getelementptr float, ptr %22, i64 %.749
  %.1677 = getelementptr i32, ptr %arg.X.4, i64 %.759
  %.1681 = load <16 x float>, ptr %.1674, align 4
  br label %tile.3

B768:                                             ; preds = %B342.endif
  br label %B226

common.ret:                                       ; preds = %B230.if, %B230.endif.if, %B182.if, %B70.if, %B0.endif.if, %B772
  %common.ret.op = phi i32 [ 0, %B772 ], [ poison, %B0.endif.if ], [ poison, %B70.if ], [ poison, %B182.if ], [ poison, %B230.endif.if ], [ %.569, %B230.if ]
  ret i32 %common.ret.op

B772:                                             ; preds = %B228.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B773:                                             ; preds = %B684, %tile.end.3, %B506, %tile.end.1
  br label %B342

B0.else:                                          ; preds = %entry
  br i1 true, label %B0.else.if, label %B0.endif, !prof !1

B0.endif:                                         ; preds = %B0.else, %B0.else.if, %entry
  %quot.0 = phi i64 [ poison, %entry ], [ %.82.1, %B0.else.if ], [ poison, %B0.else ]
  store i64 0, ptr %.143, align 8
  br i1 false, label %B0.endif.if, label %B0.endif.endif, !prof !0

B0.else.if:                                       ; preds = %B0.else
  %.82.1 = ashr i64 %arg.D.5.1, 1
  br label %B0.endif

B0.endif.if:                                      ; preds = %B0.endif
  br label %common.ret

B0.endif.endif:                                   ; preds = %B0.endif
  %.157 = icmp slt i64 %arg.last, 1
  br i1 %.157, label %B0.endif.endif.if, label %B0.endif.endif.else

B0.endif.endif.if:                                ; preds = %B0.endif.endif
  br label %B0.endif.endif.endif

B0.endif.endif.else:                              ; preds = %B0.endif.endif
  br label %B0.endif.endif.endif

B0.endif.endif.endif:                             ; preds = %B0.endif.endif.else, %B0.endif.endif.if
  %storemerge = phi i64 [ %arg.last, %B0.endif.endif.else ], [ 0, %B0.endif.endif.if ]
  store i64 %storemerge, ptr %.146, align 8
  br label %B68

B68.if:                                           ; preds = %B68
  %.207 = load i64, ptr %.143, align 8
  %.210 = add nsw i64 %.200, -1
  store i64 %.210, ptr %.146, align 8
  %.214 = add i64 %.207, 1
  store i64 %.214, ptr %.143, align 8
  br label %B68.endif

B68.endif:                                        ; preds = %B68.if, %B68
  %.191.sroa.0.0 = phi i64 [ %.207, %B68.if ], [ 0, %B68 ]
  br i1 %.201, label %B70, label %B182

B70.if:                                           ; preds = %B70
  br label %common.ret

B70.endif:                                        ; preds = %B70
  %.292 = icmp slt i64 %arg.W.5.1, 1
  br i1 %.292, label %B70.endif.if, label %B70.endif.else

B70.endif.if:                                     ; preds = %B70.endif
  br label %B70.endif.endif

B70.endif.else:                                   ; preds = %B70.endif
  br label %B70.endif.endif

B70.endif.endif:                                  ; preds = %B70.endif.else, %B70.endif.if
  %storemerge499 = phi i64 [ %arg.W.5.1, %B70.endif.else ], [ 0, %B70.endif.if ]
  store i64 %storemerge499, ptr %.281, align 8
  br label %B124

B124.if:                                          ; preds = %B124
  %.340 = load i64, ptr %.278, align 8
  %.343 = add nsw i64 %.333, -1
  store i64 %.343, ptr %.281, align 8
  %.347 = add i64 %.340, 1
  store i64 %.347, ptr %.278, align 8
  br label %B124.endif

B124.endif:                                       ; preds = %B124.if, %B124
  %.324.sroa.0.0 = phi i64 [ %.340, %B124.if ], [ 0, %B124 ]
  br i1 %.334, label %B126, label %B180

B182.if:                                          ; preds = %B182
  br label %common.ret

B182.endif:                                       ; preds = %B182
  %.474 = icmp slt i64 %quot.0, 1
  br i1 %.474, label %B182.endif.if, label %B182.endif.else

B182.endif.if:                                    ; preds = %B182.endif
  br label %B182.endif.endif

B182.endif.else:                                  ; preds = %B182.endif
  %23 = add nuw i64 %quot.0, 255
  %.495 = lshr i64 %23, 8
  br label %B182.endif.endif

B182.endif.endif:                                 ; preds = %B182.endif.else, %B182.endif.if
  %storemerge494 = phi i64 [ %.495, %B182.endif.else ], [ 0, %B182.endif.if ]
  store i64 %storemerge494, ptr %.463, align 8
  br label %B226

B228.if:                                          ; preds = %B226
  %.523 = load i64, ptr %.460, align 8
  %.526 = add nsw i64 %.516, -1
  store i64 %.526, ptr %.463, align 8
  %.530 = add i64 %.523, 256
  store i64 %.530, ptr %.460, align 8
  br label %B228.endif

B228.endif:                                       ; preds = %B228.if, %B226
  %.507.sroa.0.0 = phi i64 [ %.523, %B228.if ], [ 0, %B226 ]
  br i1 %.517, label %B230, label %B772

B230.if:                                          ; preds = %B230
  %.577 = icmp sgt i32 %.569, 0
  %.570 = load ptr, ptr %excinfo.1, align 8
  %.578 = select i1 %.577, ptr %.570, ptr undef
  store ptr %.578, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B230.endif

B230.endif:                                       ; preds = %B230.if, %B230
  %.602 = add nsw i64 %arg.groups.5.0, -1
  store i64 0, ptr %.626, align 8
  br i1 false, label %B230.endif.if, label %B230.endif.endif, !prof !0

B230.endif.if:                                    ; preds = %B230.endif
  br label %common.ret

B230.endif.endif:                                 ; preds = %B230.endif
  %.640 = icmp slt i64 %arg.groups.5.0, 2
  br i1 %.640, label %B230.endif.endif.if, label %B230.endif.endif.else

B230.endif.endif.if:                              ; preds = %B230.endif.endif
  br label %B230.endif.endif.endif

B230.endif.endif.else:                            ; preds = %B230.endif.endif
  br label %B230.endif.endif.endif

B230.endif.endif.endif:                           ; preds = %B230.endif.endif.else, %B230.endif.endif.if
  %storemerge495 = phi i64 [ %.602, %B230.endif.endif.else ], [ 0, %B230.endif.endif.if ]
  store i64 %storemerge495, ptr %.629, align 8
  br label %B342

B342.if:                                          ; preds = %B342
  %.688 = load i64, ptr %.626, align 8
  %.691 = add nsw i64 %.681, -1
  store i64 %.691, ptr %.629, align 8
  %.695 = add i64 %.688, 1
  store i64 %.695, ptr %.626, align 8
  br label %B342.endif

B342.endif:                                       ; preds = %B342.if, %B342
  %.672.sroa.0.0 = phi i64 [ %.688, %B342.if ], [ 0, %B342 ]
  br i1 %.682, label %B344, label %B768

tile:                                             ; preds = %tile, %B430
  %.1005 = phi i64 [ %.507.sroa.0.0, %B430 ], [ %.1120, %tile ]
  %.1006 = phi <16 x float> [ %.943, %B430 ], [ %.1074, %tile ]
  %.1007 = phi <16 x float> [ %.947, %B430 ], [ %.1077, %tile ]
  %.1008 = phi <16 x float> [ %.951, %B430 ], [ %.1080, %tile ]
  %.1009 = phi <16 x float> [ %.955, %B430 ], [ %.1083, %tile ]
  %.1010 = phi <16 x float> [ %.959, %B430 ], [ %.1086, %tile ]
  %.1011 = phi <16 x float> [ %.963, %B430 ], [ %.1089, %tile ]
  %.1012 = phi <16 x float> [ %.967, %B430 ], [ %.1092, %tile ]
  %.1013 = phi <16 x float> [ %.971, %B430 ], [ %.1095, %tile ]
  %.1014 = phi <16 x float> [ %.975, %B430 ], [ %.1098, %tile ]
  %.1015 = phi <16 x float> [ %.979, %B430 ], [ %.1101, %tile ]
  %.1016 = phi <16 x float> [ %.983, %B430 ], [ %.1104, %tile ]
  %.1017 = phi <16 x float> [ %.987, %B430 ], [ %.1107, %tile ]
  %.1018 = phi <16 x float> [ %.991, %B430 ], [ %.1110, %tile ]
  %.1019 = phi <16 x float> [ %.995, %B430 ], [ %.1113, %tile ]
  %.1020 = phi <16 x float> [ %.999, %B430 ], [ %.1116, %tile ]
  %.1021 = phi <16 x float> [ %.1003, %B430 ], [ %.1119, %tile ]
  %.1022 = shl i64 %.1005, 5
  %.1024 = getelementptr i32, ptr %.939, i64 %.1022
  %.1026 = load <16 x i32>, ptr %.1024, align 4
  %24 = getelementptr i32, ptr %.939, i64 %.1022
  %.1028 = getelementptr i8, ptr %24, i64 64
  %.1030 = load <16 x i32>, ptr %.1028, align 4
  %.1031 = shl i64 %.1005, 1
  %.1032 = getelementptr i16, ptr %.845, i64 %.1031
  %.1034 = getelementptr i16, ptr %.850, i64 %.1031
  %.1036 = getelementptr i16, ptr %.855, i64 %.1031
  %.1038 = getelementptr i16, ptr %.860, i64 %.1031
  %.1040 = getelementptr i16, ptr %.865, i64 %.1031
  %.1042 = getelementptr i16, ptr %.870, i64 %.1031
  %.1044 = getelementptr i16, ptr %.875, i64 %.1031
  %.1046 = getelementptr i16, ptr %.880, i64 %.1031
  %.1048 = load i32, ptr %.1032, align 2
  %.1049 = insertelement <16 x i32> poison, i32 %.1048, i64 0
  %.1050 = shufflevector <16 x i32> %.1049, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1051 = load i32, ptr %.1034, align 2
  %.1052 = insertelement <16 x i32> poison, i32 %.1051, i64 0
  %.1053 = shufflevector <16 x i32> %.1052, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1054 = load i32, ptr %.1036, align 2
  %.1055 = insertelement <16 x i32> poison, i32 %.1054, i64 0
  %.1056 = shufflevector <16 x i32> %.1055, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1057 = load i32, ptr %.1038, align 2
  %.1058 = insertelement <16 x i32> poison, i32 %.1057, i64 0
  %.1059 = shufflevector <16 x i32> %.1058, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1060 = load i32, ptr %.1040, align 2
  %.1061 = insertelement <16 x i32> poison, i32 %.1060, i64 0
  %.1062 = shufflevector <16 x i32> %.1061, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1063 = load i32, ptr %.1042, align 2
  %.1064 = insertelement <16 x i32> poison, i32 %.1063, i64 0
  %.1065 = shufflevector <16 x i32> %.1064, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1066 = load i32, ptr %.1044, align 2
  %.1067 = insertelement <16 x i32> poison, i32 %.1066, i64 0
  %.1068 = shufflevector <16 x i32> %.1067, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1069 = load i32, ptr %.1046, align 2
  %.1070 = insertelement <16 x i32> poison, i32 %.1069, i64 0
  %.1071 = shufflevector <16 x i32> %.1070, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1072 = bitcast <16 x i32> %.1050 to <32 x bfloat>
  %.1073 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1074 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1006, <32 x bfloat> %.1072, <32 x bfloat> %.1073)
  %.1075 = bitcast <16 x i32> %.1050 to <32 x bfloat>
  %.1076 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1077 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1007, <32 x bfloat> %.1075, <32 x bfloat> %.1076)
  %.1078 = bitcast <16 x i32> %.1053 to <32 x bfloat>
  %.1079 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1080 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1008, <32 x bfloat> %.1078, <32 x bfloat> %.1079)
  %.1081 = bitcast <16 x i32> %.1053 to <32 x bfloat>
  %.1082 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1083 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1009, <32 x bfloat> %.1081, <32 x bfloat> %.1082)
  %.1084 = bitcast <16 x i32> %.1056 to <32 x bfloat>
  %.1085 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1086 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1010, <32 x bfloat> %.1084, <32 x bfloat> %.1085)
  %.1087 = bitcast <16 x i32> %.1056 to <32 x bfloat>
  %.1088 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1089 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1011, <32 x bfloat> %.1087, <32 x bfloat> %.1088)
  %.1090 = bitcast <16 x i32> %.1059 to <32 x bfloat>
  %.1091 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1092 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1012, <32 x bfloat> %.1090, <32 x bfloat> %.1091)
  %.1093 = bitcast <16 x i32> %.1059 to <32 x bfloat>
  %.1094 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1095 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1013, <32 x bfloat> %.1093, <32 x bfloat> %.1094)
  %.1096 = bitcast <16 x i32> %.1062 to <32 x bfloat>
  %.1097 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1098 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1014, <32 x bfloat> %.1096, <32 x bfloat> %.1097)
  %.1099 = bitcast <16 x i32> %.1062 to <32 x bfloat>
  %.1100 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1101 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1015, <32 x bfloat> %.1099, <32 x bfloat> %.1100)
  %.1102 = bitcast <16 x i32> %.1065 to <32 x bfloat>
  %.1103 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1104 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1016, <32 x bfloat> %.1102, <32 x bfloat> %.1103)
  %.1105 = bitcast <16 x i32> %.1065 to <32 x bfloat>
  %.1106 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1107 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1017, <32 x bfloat> %.1105, <32 x bfloat> %.1106)
  %.1108 = bitcast <16 x i32> %.1068 to <32 x bfloat>
  %.1109 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1110 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1018, <32 x bfloat> %.1108, <32 x bfloat> %.1109)
  %.1111 = bitcast <16 x i32> %.1068 to <32 x bfloat>
  %.1112 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1113 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1019, <32 x bfloat> %.1111, <32 x bfloat> %.1112)
  %.1114 = bitcast <16 x i32> %.1071 to <32 x bfloat>
  %.1115 = bitcast <16 x i32> %.1026 to <32 x bfloat>
  %.1116 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1020, <32 x bfloat> %.1114, <32 x bfloat> %.1115)
  %.1117 = bitcast <16 x i32> %.1071 to <32 x bfloat>
  %.1118 = bitcast <16 x i32> %.1030 to <32 x bfloat>
  %.1119 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1021, <32 x bfloat> %.1117, <32 x bfloat> %.1118)
  %.1120 = add i64 %.1005, 1
  %.1121 = icmp slt i64 %.1120, %.579
  br i1 %.1121, label %tile, label %tile.end

tile.end:                                         ; preds = %tile
  store <16 x float> %.1074, ptr %.894, align 4
  %.1128 = getelementptr i8, ptr %.894, i64 64
  store <16 x float> %.1077, ptr %.1128, align 4
  store <16 x float> %.1080, ptr %.900, align 4
  %.1136 = getelementptr i8, ptr %.900, i64 64
  store <16 x float> %.1083, ptr %.1136, align 4
  store <16 x float> %.1086, ptr %.906, align 4
  %.1144 = getelementptr i8, ptr %.906, i64 64
  store <16 x float> %.1089, ptr %.1144, align 4
  store <16 x float> %.1092, ptr %.912, align 4
  %.1152 = getelementptr i8, ptr %.912, i64 64
  store <16 x float> %.1095, ptr %.1152, align 4
  store <16 x float> %.1098, ptr %.918, align 4
  %.1160 = getelementptr i8, ptr %.918, i64 64
  store <16 x float> %.1101, ptr %.1160, align 4
  store <16 x float> %.1104, ptr %.924, align 4
  %.1168 = getelementptr i8, ptr %.924, i64 64
  store <16 x float> %.1107, ptr %.1168, align 4
  store <16 x float> %.1110, ptr %.930, align 4
  %.1176 = getelementptr i8, ptr %.930, i64 64
  store <16 x float> %.1113, ptr %.1176, align 4
  store <16 x float> %.1116, ptr %.936, align 4
  %.1184 = getelementptr i8, ptr %.936, i64 64
  store <16 x float> %.1119, ptr %.1184, align 4
  %.1188 = add nuw nsw i64 %i.7.2, 8
  %.1193 = add nuw nsw i64 %i.7.2, 16
  %.1195.not = icmp sgt i64 %.1193, %arg.last
  br i1 %.1195.not, label %B506, label %B430

tile.1:                                           ; preds = %tile.1, %B518
  %.1268 = phi i64 [ %.507.sroa.0.0, %B518 ], [ %.1292, %tile.1 ]
  %.1269 = phi <16 x float> [ %.1262, %B518 ], [ %.1288, %tile.1 ]
  %.1270 = phi <16 x float> [ %.1266, %B518 ], [ %.1291, %tile.1 ]
  %.1271 = shl i64 %.1268, 5
  %.1273 = getelementptr i32, ptr %.1258, i64 %.1271
  %.1275497 = load <32 x bfloat>, ptr %.1273, align 4
  %25 = getelementptr i32, ptr %.1258, i64 %.1271
  %.1277 = getelementptr i8, ptr %25, i64 64
  %.1279498 = load <32 x bfloat>, ptr %.1277, align 4
  %.1281.idx = shl i64 %.1268, 2
  %.1281 = getelementptr i8, ptr %.1241, i64 %.1281.idx
  %.1283 = load i32, ptr %.1281, align 2
  %.1284 = insertelement <16 x i32> poison, i32 %.1283, i64 0
  %.1285 = shufflevector <16 x i32> %.1284, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1286 = bitcast <16 x i32> %.1285 to <32 x bfloat>
  %.1288 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1269, <32 x bfloat> %.1286, <32 x bfloat> %.1275497)
  %.1289 = bitcast <16 x i32> %.1285 to <32 x bfloat>
  %.1291 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1270, <32 x bfloat> %.1289, <32 x bfloat> %.1279498)
  %.1292 = add i64 %.1268, 1
  %.1293 = icmp slt i64 %.1292, %.579
  br i1 %.1293, label %tile.1, label %tile.end.1

tile.end.1:                                       ; preds = %tile.1
  store <16 x float> %.1288, ptr %.1255, align 4
  %.1300 = getelementptr i8, ptr %.1255, i64 64
  store <16 x float> %.1291, ptr %.1300, align 4
  %.1304 = add nsw i64 %i.8.2, 1
  %.1308 = icmp slt i64 %.1304, %arg.last
  br i1 %.1308, label %B518, label %B773

tile.2:                                           ; preds = %tile.2, %B608
  %.1492 = phi i64 [ %.507.sroa.0.0, %B608 ], [ %.1571, %tile.2 ]
  %.1493 = phi <16 x float> [ %.1462, %B608 ], [ %.1549, %tile.2 ]
  %.1494 = phi <16 x float> [ %.1466, %B608 ], [ %.1552, %tile.2 ]
  %.1495 = phi <16 x float> [ %.1470, %B608 ], [ %.1555, %tile.2 ]
  %.1496 = phi <16 x float> [ %.1474, %B608 ], [ %.1558, %tile.2 ]
  %.1497 = phi <16 x float> [ %.1478, %B608 ], [ %.1561, %tile.2 ]
  %.1498 = phi <16 x float> [ %.1482, %B608 ], [ %.1564, %tile.2 ]
  %.1499 = phi <16 x float> [ %.1486, %B608 ], [ %.1567, %tile.2 ]
  %.1500 = phi <16 x float> [ %.1490, %B608 ], [ %.1570, %tile.2 ]
  %.1503.idx = shl i64 %.1492, 6
  %.1503 = getelementptr i8, ptr %.1458, i64 %.1503.idx
  %.1505 = load <16 x i32>, ptr %.1503, align 4
  %.1506 = shl i64 %.1492, 1
  %.1507 = getelementptr i16, ptr %.1364, i64 %.1506
  %.1509 = getelementptr i16, ptr %.1369, i64 %.1506
  %.1511 = getelementptr i16, ptr %.1374, i64 %.1506
  %.1513 = getelementptr i16, ptr %.1379, i64 %.1506
  %.1515 = getelementptr i16, ptr %.1384, i64 %.1506
  %.1517 = getelementptr i16, ptr %.1389, i64 %.1506
  %.1519 = getelementptr i16, ptr %.1394, i64 %.1506
  %.1521 = getelementptr i16, ptr %.1399, i64 %.1506
  %.1523 = load i32, ptr %.1507, align 2
  %.1524 = insertelement <16 x i32> poison, i32 %.1523, i64 0
  %.1525 = shufflevector <16 x i32> %.1524, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1526 = load i32, ptr %.1509, align 2
  %.1527 = insertelement <16 x i32> poison, i32 %.1526, i64 0
  %.1528 = shufflevector <16 x i32> %.1527, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1529 = load i32, ptr %.1511, align 2
  %.1530 = insertelement <16 x i32> poison, i32 %.1529, i64 0
  %.1531 = shufflevector <16 x i32> %.1530, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1532 = load i32, ptr %.1513, align 2
  %.1533 = insertelement <16 x i32> poison, i32 %.1532, i64 0
  %.1534 = shufflevector <16 x i32> %.1533, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1535 = load i32, ptr %.1515, align 2
  %.1536 = insertelement <16 x i32> poison, i32 %.1535, i64 0
  %.1537 = shufflevector <16 x i32> %.1536, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1538 = load i32, ptr %.1517, align 2
  %.1539 = insertelement <16 x i32> poison, i32 %.1538, i64 0
  %.1540 = shufflevector <16 x i32> %.1539, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1541 = load i32, ptr %.1519, align 2
  %.1542 = insertelement <16 x i32> poison, i32 %.1541, i64 0
  %.1543 = shufflevector <16 x i32> %.1542, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1544 = load i32, ptr %.1521, align 2
  %.1545 = insertelement <16 x i32> poison, i32 %.1544, i64 0
  %.1546 = shufflevector <16 x i32> %.1545, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1547 = bitcast <16 x i32> %.1525 to <32 x bfloat>
  %.1548 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1549 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1493, <32 x bfloat> %.1547, <32 x bfloat> %.1548)
  %.1550 = bitcast <16 x i32> %.1528 to <32 x bfloat>
  %.1551 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1552 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1494, <32 x bfloat> %.1550, <32 x bfloat> %.1551)
  %.1553 = bitcast <16 x i32> %.1531 to <32 x bfloat>
  %.1554 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1555 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1495, <32 x bfloat> %.1553, <32 x bfloat> %.1554)
  %.1556 = bitcast <16 x i32> %.1534 to <32 x bfloat>
  %.1557 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1558 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1496, <32 x bfloat> %.1556, <32 x bfloat> %.1557)
  %.1559 = bitcast <16 x i32> %.1537 to <32 x bfloat>
  %.1560 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1561 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1497, <32 x bfloat> %.1559, <32 x bfloat> %.1560)
  %.1562 = bitcast <16 x i32> %.1540 to <32 x bfloat>
  %.1563 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1564 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1498, <32 x bfloat> %.1562, <32 x bfloat> %.1563)
  %.1565 = bitcast <16 x i32> %.1543 to <32 x bfloat>
  %.1566 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1567 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1499, <32 x bfloat> %.1565, <32 x bfloat> %.1566)
  %.1568 = bitcast <16 x i32> %.1546 to <32 x bfloat>
  %.1569 = bitcast <16 x i32> %.1505 to <32 x bfloat>
  %.1570 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1500, <32 x bfloat> %.1568, <32 x bfloat> %.1569)
  %.1571 = add i64 %.1492, 1
  %.1572 = icmp slt i64 %.1571, %.579
  br i1 %.1572, label %tile.2, label %tile.end.2

tile.end.2:                                       ; preds = %tile.2
  store <16 x float> %.1549, ptr %.1413, align 4
  store <16 x float> %.1552, ptr %.1419, align 4
  store <16 x float> %.1555, ptr %.1425, align 4
  store <16 x float> %.1558, ptr %.1431, align 4
  store <16 x float> %.1561, ptr %.1437, align 4
  store <16 x float> %.1564, ptr %.1443, align 4
  store <16 x float> %.1567, ptr %.1449, align 4
  store <16 x float> %.1570, ptr %.1455, align 4
  %.1607 = add nuw nsw i64 %i.10.3, 8
  %.1612 = add nuw nsw i64 %i.10.3, 16
  %.1614.not = icmp sgt i64 %.1612, %arg.last
  br i1 %.1614.not, label %B684, label %B608

tile.3:                                           ; preds = %tile.3, %B696
  %.1683 = phi i64 [ %.507.sroa.0.0, %B696 ], [ %.1699, %tile.3 ]
  %.1684 = phi <16 x float> [ %.1681, %B696 ], [ %.1698, %tile.3 ]
  %.1687.idx = shl i64 %.1683, 6
  %.1687 = getelementptr i8, ptr %.1677, i64 %.1687.idx
  %.1689496 = load <32 x bfloat>, ptr %.1687, align 4
  %.1691.idx = shl i64 %.1683, 2
  %.1691 = getelementptr i8, ptr %.1660, i64 %.1691.idx
  %.1693 = load i32, ptr %.1691, align 2
  %.1694 = insertelement <16 x i32> poison, i32 %.1693, i64 0
  %.1695 = shufflevector <16 x i32> %.1694, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1696 = bitcast <16 x i32> %.1695 to <32 x bfloat>
  %.1698 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1684, <32 x bfloat> %.1696, <32 x bfloat> %.1689496)
  %.1699 = add i64 %.1683, 1
  %.1700 = icmp slt i64 %.1699, %.579
  br i1 %.1700, label %tile.3, label %tile.end.3

tile.end.3:                                       ; preds = %tile.3
  store <16 x float> %.1698, ptr %.1674, align 4
  %.1707 = add nsw i64 %i.11.3, 1
  %.1711 = icmp slt i64 %.1707, %arg.last
  br i1 %.1711, label %B696, label %B773
}

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smin.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
}

; Function Attrs: nocallback nofree nosync nounwind willreturn memory(none)
declare <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float>, <32 x bfloat>, <32 x bfloat>) #0

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #1

attributes #0 = { nocallback nofree nosync nounwind willreturn memory(none) }
attributes #1 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
!1 = !{!"branch_weights", i32 99, i32 1}
