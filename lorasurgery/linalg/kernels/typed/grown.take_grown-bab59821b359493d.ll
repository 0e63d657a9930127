; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.predicted.0, ptr %arg.predicted.1, i64 %arg.predicted.2, i64 %arg.predicted.3, ptr %arg.predicted.4, i64 %arg.predicted.5.0, i64 %arg.predicted.6.0, ptr %arg.merged.0, ptr %arg.merged.1, i64 %arg.merged.2, i64 %arg.merged.3, ptr %arg.merged.4, i64 %arg.merged.5.0, i64 %arg.merged.6.0, i32 %arg.exponents, i64 %arg.step, i64 %arg.first, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.6.0, ptr %arg.steps.0, ptr %arg.steps.1, i64 %arg.steps.2, i64 %arg.steps.3, ptr %arg.steps.4, i64 %arg.steps.5.0, i64 %arg.steps.6.0, ptr %arg.zigzags.0, ptr %arg.zigzags.1, i64 %arg.zigzags.2, i64 %arg.zigzags.3, ptr %arg.zigzags.4, i64 %arg.zigzags.5.0, i64 %arg.zigzags.5.1, i64 %arg.zigzags.6.0, i64 %arg.zigzags.6.1, ptr %arg.counts.0, ptr %arg.counts.1, i64 %arg.counts.2, i64 %arg.counts.3, ptr %arg.counts.4, i64 %arg.counts.5.0, i64 %arg.counts.6.0) {
entry:
  %.106 = alloca i64, align 8
  store i64 0, ptr %.106, align 8
  %.109 = alloca i64, align 8
  store i64 0, ptr %.109, align 8
  %.280 = alloca i64, align 8
  store i64 0, ptr %.280, align 8
  %.283 = alloca i64, align 8
  store i64 0, ptr %.283, align 8
  %.403 = alloca i64, align 8
  store i64 0, ptr %.403, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.453 = alloca i64, align 8
  store i64 0, ptr %.453, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.605 = alloca i64, align 8
  store i64 0, ptr %.605, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.1372 = alloca i64, align 8
  store i64 0, ptr %.1372, align 8
  %.1375 = alloca i64, align 8
  store i64 0, ptr %.1375, align 8
  store i64 0, ptr %.106, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B34:                                              ; preds = %B0.endif.endif, %B36
  %.163 = load i64, ptr %.109, align 8
  %.164 = icmp sgt i64 %.163, 0
  br i1 %.164, label %B34.if, label %B34.endif

B36:                                              ; preds = %B34.endif
  %.215 = icmp slt i64 %.154.sroa.0.0, 0
  %.216 = select i1 %.215, i64 %arg.counts.5.0, i64 0
  %0 = getelementptr i64, ptr %arg.counts.4, i64 %.154.sroa.0.0
  %.230 = getelementptr i64, ptr %0, i64 %.216
  store i64 0, ptr %.230, align 8
  br label %B34

B50:                                              ; preds = %B34.endif
  store i64 0, ptr %.280, align 8
  br i1 false, label %B50.if, label %B50.endif, !prof !0

B130:                                             ; preds = %B50.endif.endif, %B934
  %index.4.0 = phi i64 [ 0, %B50.endif.endif ], [ %index.5.2, %B934 ]
  %left.7.0 = phi i64 [ 0, %B50.endif.endif ], [ %left.8.2, %B934 ]
  %.336 = load i64, ptr %.283, align 8
  %.337 = icmp sgt i64 %.336, 0
  br i1 %.337, label %B132.if, label %B132.endif

B134:                                             ; preds = %B132.endif
  store i64 0, ptr %.403, align 8
  %.411 = call i32 @part1(ptr nonnull %.403, ptr nonnull %excinfo.1, ptr %arg.predicted.0, ptr %arg.predicted.1, i64 %arg.predicted.2, i64 %arg.predicted.3, ptr %arg.predicted.4, i64 %arg.predicted.5.0, i64 %arg.predicted.6.0, ptr %arg.merged.0, ptr %arg.merged.1, i64 %arg.merged.2, i64 %arg.merged.3, ptr %arg.merged.4, i64 %arg.merged.5.0, i64 %arg.merged.6.0, i64 %.327.sroa.0.0, i32 %arg.exponents)
  %.413 = icmp ne i32 %.411, 0
  %.414 = icmp ne i32 %.411, -2
  %.417.not = and i1 %.413, %.414
  %.421 = load i64, ptr %.403, align 8
  br i1 %.417.not, label %B134.if, label %B134.endif, !prof !0

B178:                                             ; preds = %B134.endif, %B834
  %index.5.1 = phi i64 [ %index.4.0, %B134.endif ], [ %index.3.3, %B834 ]
  %left.8.1 = phi i64 [ %left.7.0, %B134.endif ], [ %left.6.3, %B834 ]
  %grown.2.1 = phi i64 [ %.421, %B134.endif ], [ %.485, %B834 ]
  store i64 0, ptr %.453, align 8
  %.457 = call i32 @part2(ptr nonnull %.453, ptr nonnull %excinfo.2, i64 %grown.2.1)
  %.459 = icmp ne i32 %.457, 0
  %.460 = icmp ne i32 %.457, -2
  %.463.not = and i1 %.459, %.460
  %.467 = load i64, ptr %.453, align 8
  br i1 %.463.not, label %B178.if, label %B178.endif, !prof !0

B542:                                             ; preds = %B178.endif.endif.endif
  %.694 = icmp slt i64 %index.5.1, 0
  %.695 = select i1 %.694, i64 %arg.places.5.0, i64 0
  %1 = getelementptr i64, ptr %arg.places.4, i64 %index.5.1
  %.709 = getelementptr i64, ptr %1, i64 %.695
  %.710 = load i64, ptr %.709, align 8
  %.715 = add nsw i64 %arg.first, %.478
  %.716.not = icmp sgt i64 %.710, %.715
  br i1 %.716.not, label %B834, label %B572

B572:                                             ; preds = %B804, %B542
  %index.3.2 = phi i64 [ %index.5.1, %B542 ], [ %.1010, %B804 ]
  %left.6.2 = phi i64 [ %left.8.1, %B542 ], [ %left.4.4, %B804 ]
  %zigzag.2.2 = phi i64 [ 0, %B542 ], [ %zigzag.3.4, %B804 ]
  %.741 = icmp slt i64 %index.3.2, 0
  %.742 = select i1 %.741, i64 %arg.steps.5.0, i64 0
  %2 = getelementptr i64, ptr %arg.steps.4, i64 %index.3.2
  %.756 = getelementptr i64, ptr %2, i64 %.742
  %.757 = load i64, ptr %.756, align 8
  %.775 = icmp slt i64 %index.3.2, 0
  %.776 = select i1 %.775, i64 %arg.places.5.0, i64 0
  %3 = getelementptr i64, ptr %arg.places.4, i64 %index.3.2
  %.790 = getelementptr i64, ptr %3, i64 %.776
  %.791 = load i64, ptr %.790, align 8
  %.794 = add nsw i64 %arg.first, %.478
  %.795 = icmp eq i64 %.791, %.794
  br i1 %.795, label %B618, label %B712

B618:                                             ; preds = %B572
  %4 = add i64 %.757, 128
  %or.cond = icmp ult i64 %4, 256
  br i1 %or.cond, label %B650, label %B712

B650:                                             ; preds = %B618
  %.822 = shl i64 %.757, 1
  %.824 = ashr i64 %.757, 63
  %.827 = xor i64 %.822, %.824
  %.832 = add nsw i64 %.621, 2
  %.846 = icmp slt i64 %.621, -2
  %.847 = select i1 %.846, i64 %arg.counts.5.0, i64 0
  %5 = getelementptr i64, ptr %arg.counts.4, i64 %.832
  %.861 = getelementptr i64, ptr %5, i64 %.847
  %.862 = load i64, ptr %.861, align 8
  %.863 = add nsw i64 %.862, 1
  %.877 = icmp slt i64 %.621, -2
  %.878 = select i1 %.877, i64 %arg.counts.5.0, i64 0
  %6 = getelementptr i64, ptr %arg.counts.4, i64 %.832
  %.892 = getelementptr i64, ptr %6, i64 %.878
  store i64 %.863, ptr %.892, align 8
  br label %B756

B712:                                             ; preds = %B618, %B572
  %.914 = icmp slt i64 %index.3.2, 0
  %.915 = select i1 %.914, i64 %arg.places.5.0, i64 0
  %7 = getelementptr i64, ptr %arg.places.4, i64 %index.3.2
  %.929 = getelementptr i64, ptr %7, i64 %.915
  %.930 = load i64, ptr %.929, align 8
  %.945 = icmp slt i64 %left.6.2, 0
  %.946 = select i1 %.945, i64 %arg.places.5.0, i64 0
  %8 = getelementptr i64, ptr %arg.places.4, i64 %left.6.2
  %.960 = getelementptr i64, ptr %8, i64 %.946
  store i64 %.930, ptr %.960, align 8
  %.977 = icmp slt i64 %left.6.2, 0
  %.978 = select i1 %.977, i64 %arg.steps.5.0, i64 0
  %9 = getelementptr i64, ptr %arg.steps.4, i64 %left.6.2
  %.992 = getelementptr i64, ptr %9, i64 %.978
  store i64 %.757, ptr %.992, align 8
  %.997 = add nsw i64 %left.6.2, 1
  br label %B756

B756:                                             ; preds = %B712, %B650
  %left.4.4 = phi i64 [ %left.6.2, %B650 ], [ %.997, %B712 ]
  %zigzag.3.4 = phi i64 [ %.827, %B650 ], [ %zigzag.2.2, %B712 ]
  %.1010 = add nsw i64 %index.3.2, 1
  %.1030 = icmp slt i64 %.1010, %arg.places.5.0
  br i1 %.1030, label %B804, label %B834

B804:                                             ; preds = %B756
  %.1068 = icmp slt i64 %index.3.2, -1
  %.1069 = select i1 %.1068, i64 %arg.places.5.0, i64 0
  %10 = getelementptr i64, ptr %arg.places.4, i64 %.1010
  %.1083 = getelementptr i64, ptr %10, i64 %.1069
  %.1084 = load i64, ptr %.1083, align 8
  %.1089 = add nsw i64 %arg.first, %.478
  %.1090.not = icmp sgt i64 %.1084, %.1089
  br i1 %.1090.not, label %B834, label %B572

B834:                                             ; preds = %B178.endif.endif.endif, %B804, %B756, %B542
  %index.3.3 = phi i64 [ %.1010, %B804 ], [ %.1010, %B756 ], [ %index.5.1, %B542 ], [ %index.5.1, %B178.endif.endif.endif ]
  %left.6.3 = phi i64 [ %left.4.4, %B804 ], [ %left.4.4, %B756 ], [ %left.8.1, %B542 ], [ %left.8.1, %B178.endif.endif.endif ]
  %zigzag.2.3 = phi i64 [ %zigzag.3.4, %B804 ], [ %zigzag.3.4, %B756 ], [ 0, %B542 ], [ 0, %B178.endif.endif.endif ]
  %.1133 = trunc i64 %zigzag.2.3 to i8
  %.1150.inv = icmp sgt i64 %.621, 0
  %.1151 = select i1 %.1150.inv, i64 0, i64 %arg.counts.5.0
  %11 = getelementptr i64, ptr %arg.counts.4, i64 %.631
  %.1165 = getelementptr i64, ptr %11, i64 %.1151
  %.1166 = load i64, ptr %.1165, align 8
  %.1190.inv = icmp sgt i64 %.621, 0
  %.1191 = select i1 %.1190.inv, i64 0, i64 %arg.zigzags.5.0
  %.1192 = add i64 %.631, %.1191
  %.1193 = icmp slt i64 %.1166, 0
  %.1194 = select i1 %.1193, i64 %arg.zigzags.5.1, i64 0
  %.1212 = mul i64 %.1192, %arg.zigzags.5.1
  %12 = getelementptr i8, ptr %arg.zigzags.4, i64 %.1212
  %13 = getelementptr i8, ptr %12, i64 %.1166
  %.1216 = getelementptr i8, ptr %13, i64 %.1194
  store i8 %.1133, ptr %.1216, align 1
  %.1232.inv = icmp sgt i64 %.621, 0
  %.1233 = select i1 %.1232.inv, i64 0, i64 %arg.counts.5.0
  %14 = getelementptr i64, ptr %arg.counts.4, i64 %.631
  %.1247 = getelementptr i64, ptr %14, i64 %.1233
  %.1248 = load i64, ptr %.1247, align 8
  %.1249 = add nsw i64 %.1248, 1
  %.1264.inv = icmp sgt i64 %.621, 0
  %.1265 = select i1 %.1264.inv, i64 0, i64 %arg.counts.5.0
  %15 = getelementptr i64, ptr %arg.counts.4, i64 %.631
  %.1279 = getelementptr i64, ptr %15, i64 %.1265
  store i64 %.1249, ptr %.1279, align 8
  %.1284.not = icmp eq i64 %.485, 0
  br i1 %.1284.not, label %B934, label %B178

B934:                                             ; preds = %B134.endif, %B834
  %index.5.2 = phi i64 [ %index.3.3, %B834 ], [ %index.4.0, %B134.endif ]
  %left.8.2 = phi i64 [ %left.6.3, %B834 ], [ %left.7.0, %B134.endif ]
  br label %B130

B938:                                             ; preds = %B132.endif
  store i64 %index.4.0, ptr %.1372, align 8
  %.1385 = sub i64 %arg.places.5.0, %index.4.0
  br i1 false, label %B938.if, label %B938.endif, !prof !0

B996:                                             ; preds = %B938.endif.endif, %B998
  %left.9.0 = phi i64 [ %left.7.0, %B938.endif.endif ], [ %.1589, %B998 ]
  %.1427 = load i64, ptr %.1375, align 8
  %.1428 = icmp sgt i64 %.1427, 0
  br i1 %.1428, label %B996.if, label %B996.endif

B998:                                             ; preds = %B996.endif
  %.1479 = icmp slt i64 %.1418.sroa.0.0, 0
  %.1480 = select i1 %.1479, i64 %arg.places.5.0, i64 0
  %16 = getelementptr i64, ptr %arg.places.4, i64 %.1418.sroa.0.0
  %.1494 = getelementptr i64, ptr %16, i64 %.1480
  %.1495 = load i64, ptr %.1494, align 8
  %.1509 = icmp slt i64 %.1418.sroa.0.0, 0
  %.1510 = select i1 %.1509, i64 %arg.steps.5.0, i64 0
  %17 = getelementptr i64, ptr %arg.steps.4, i64 %.1418.sroa.0.0
  %.1524 = getelementptr i64, ptr %17, i64 %.1510
  %.1525 = load i64, ptr %.1524, align 8
  %.1540 = icmp slt i64 %left.9.0, 0
  %.1541 = select i1 %.1540, i64 %arg.places.5.0, i64 0
  %18 = getelementptr i64, ptr %arg.places.4, i64 %left.9.0
  %.1555 = getelementptr i64, ptr %18, i64 %.1541
  store i64 %.1495, ptr %.1555, align 8
  %.1571 = icmp slt i64 %left.9.0, 0
  %.1572 = select i1 %.1571, i64 %arg.steps.5.0, i64 0
  %19 = getelementptr i64, ptr %arg.steps.4, i64 %left.9.0
  %.1586 = getelementptr i64, ptr %19, i64 %.1572
  store i64 %.1525, ptr %.1586, align 8
  %.1589 = add nsw i64 %left.9.0, 1
  br label %B996

common.ret:                                       ; preds = %B178.endif.endif.if, %B178.if, %B134.if, %B938.if, %B50.if, %B0.if, %B1058
  %common.ret.op = phi i32 [ 0, %B1058 ], [ poison, %B0.if ], [ poison, %B50.if ], [ poison, %B938.if ], [ %.411, %B134.if ], [ %.457, %B178.if ], [ %.611, %B178.endif.endif.if ]
  ret i32 %common.ret.op

B1058:                                            ; preds = %B996.endif
  store i64 %left.9.0, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  br i1 false, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  store i64 6, ptr %.109, align 8
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  br label %B34

B34.if:                                           ; preds = %B34
  %.170 = load i64, ptr %.106, align 8
  %.173 = add nsw i64 %.163, -1
  store i64 %.173, ptr %.109, align 8
  %.177 = add i64 %.170, 1
  store i64 %.177, ptr %.106, align 8
  br label %B34.endif

B34.endif:                                        ; preds = %B34.if, %B34
  %.154.sroa.0.0 = phi i64 [ %.170, %B34.if ], [ 0, %B34 ]
  br i1 %.164, label %B36, label %B50

B50.if:                                           ; preds = %B50
  br label %common.ret

B50.endif:                                        ; preds = %B50
  %.294 = icmp slt i64 %arg.merged.5.0, 1
  br i1 %.294, label %B50.endif.if, label %B50.endif.else

B50.endif.if:                                     ; preds = %B50.endif
  br label %B50.endif.endif

B50.endif.else:                                   ; preds = %B50.endif
  %20 = add nuw i64 %arg.merged.5.0, 63
  %.315 = lshr i64 %20, 6
  br label %B50.endif.endif

B50.endif.endif:                                  ; preds = %B50.endif.else, %B50.endif.if
  %storemerge = phi i64 [ %.315, %B50.endif.else ], [ 0, %B50.endif.if ]
  store i64 %storemerge, ptr %.283, align 8
  br label %B130

B132.if:                                          ; preds = %B130
  %.343 = load i64, ptr %.280, align 8
  %.346 = add nsw i64 %.336, -1
  store i64 %.346, ptr %.283, align 8
  %.350 = add i64 %.343, 64
  store i64 %.350, ptr %.280, align 8
  br label %B132.endif

B132.endif:                                       ; preds = %B132.if, %B130
  %.327.sroa.0.0 = phi i64 [ %.343, %B132.if ], [ 0, %B130 ]
  br i1 %.337, label %B134, label %B938

B134.if:                                          ; preds = %B134
  %.419 = icmp sgt i32 %.411, 0
  %.412 = load ptr, ptr %excinfo.1, align 8
  %.420 = select i1 %.419, ptr %.412, ptr undef
  store ptr %.420, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B134.endif

B134.endif:                                       ; preds = %B134.if, %B134
  %.434.not = icmp eq i64 %.421, 0
  br i1 %.434.not, label %B934, label %B178

B178.if:                                          ; preds = %B178
  %.465 = icmp sgt i32 %.457, 0
  %.458 = load ptr, ptr %excinfo.2, align 8
  %.466 = select i1 %.465, ptr %.458, ptr undef
  store ptr %.466, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B178.endif

B178.endif:                                       ; preds = %B178.if, %B178
  %.478 = add nsw i64 %.327.sroa.0.0, %.467
  %.483 = add i64 %grown.2.1, -1
  %.485 = and i64 %grown.2.1, %.483
  %.505 = icmp slt i64 %.478, 0
  %.506 = select i1 %.505, i64 %arg.merged.5.0, i64 0
  %21 = getelementptr i32, ptr %arg.merged.4, i64 %.478
  %.520 = getelementptr i32, ptr %21, i64 %.506
  %.521 = load i32, ptr %.520, align 4
  %.525616 = and i32 %.521, %arg.exponents
  %.525 = zext i32 %.525616 to i64
  %.540 = icmp slt i64 %.478, 0
  %.541 = select i1 %.540, i64 %arg.predicted.5.0, i64 0
  %22 = getelementptr i32, ptr %arg.predicted.4, i64 %.478
  %.555 = getelementptr i32, ptr %22, i64 %.541
  %.556 = load i32, ptr %.555, align 4
  %.560617 = and i32 %.556, %arg.exponents
  %.560 = zext i32 %.560617 to i64
  %.561 = sub nsw i64 %.525, %.560
  %.565 = icmp eq i64 %arg.step, 0
  br i1 %.565, label %B178.endif.endif, label %B178.endif.else, !prof !0

B178.endif.else:                                  ; preds = %B178.endif
  %.576 = icmp ne i64 %.561, -9223372036854775808
  %.577 = icmp ne i64 %arg.step, -1
  %.578.not = or i1 %.576, %.577
  br i1 %.578.not, label %B178.endif.else.if, label %B178.endif.endif, !prof !1

B178.endif.endif:                                 ; preds = %B178.endif.else, %B178.endif.else.if, %B178.endif
  %quot.0 = phi i64 [ %arg.step, %B178.endif ], [ %.570.1, %B178.endif.else.if ], [ 0, %B178.endif.else ]
  store i64 0, ptr %.605, align 8
  %.611 = call i32 @part3(ptr nonnull %.605, ptr nonnull %excinfo.3, i64 %quot.0, i64 3)
  %.613 = icmp ne i32 %.611, 0
  %.614 = icmp ne i32 %.611, -2
  %.617.not = and i1 %.613, %.614
  %.621 = load i64, ptr %.605, align 8
  br i1 %.617.not, label %B178.endif.endif.if, label %B178.endif.endif.endif, !prof !0

B178.endif.else.if:                               ; preds = %B178.endif.else
  %.581 = sdiv i64 %.561, %arg.step
  %.582 = srem i64 %.561, %arg.step
  %.583 = xor i64 %arg.step, %.582
  %.584 = icmp slt i64 %.583, 0
  %.585 = icmp ne i64 %.582, 0
  %.586 = and i1 %.585, %.584
  %.591 = sext i1 %.586 to i64
  %.570.1 = add i64 %.581, %.591
  br label %B178.endif.endif

B178.endif.endif.if:                              ; preds = %B178.endif.endif
  %.619 = icmp sgt i32 %.611, 0
  %.612 = load ptr, ptr %excinfo.3, align 8
  %.620 = select i1 %.619, ptr %.612, ptr undef
  store ptr %.620, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B178.endif.endif.endif

B178.endif.endif.endif:                           ; preds = %B178.endif.endif.if, %B178.endif.endif
  %.631 = add nsw i64 %.621, -1
  %.653 = icmp slt i64 %index.5.1, %arg.places.5.0
  br i1 %.653, label %B542, label %B834

B938.if:                                          ; preds = %B938
  br label %common.ret

B938.endif:                                       ; preds = %B938
  %.1386 = icmp slt i64 %.1385, 1
  br i1 %.1386, label %B938.endif.if, label %B938.endif.else

B938.endif.if:                                    ; preds = %B938.endif
  br label %B938.endif.endif

B938.endif.else:                                  ; preds = %B938.endif
  br label %B938.endif.endif

B938.endif.endif:                                 ; preds = %B938.endif.else, %B938.endif.if
  %storemerge615 = phi i64 [ %.1385, %B938.endif.else ], [ 0, %B938.endif.if ]
  store i64 %storemerge615, ptr %.1375, align 8
  br label %B996

B996.if:                                          ; preds = %B996
  %.1434 = load i64, ptr %.1372, align 8
  %.1437 = add nsw i64 %.1427, -1
  store i64 %.1437, ptr %.1375, align 8
  %.1441 = add i64 %.1434, 1
  store i64 %.1441, ptr %.1372, align 8
  br label %B996.endif

B996.endif:                                       ; preds = %B996.if, %B996
  %.1418.sroa.0.0 = phi i64 [ %.1434, %B996.if ], [ 0, %B996 ]
  br i1 %.1428, label %B998, label %B1058
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.predicted.0, ptr %arg.predicted.1, i64 %arg.predicted.2, i64 %arg.predicted.3, ptr %arg.predicted.4, i64 %arg.predicted.5.0, i64 %arg.predicted.6.0, ptr %arg.merged.0, ptr %arg.merged.1, i64 %arg.merged.2, i64 %arg.merged.3, ptr %arg.merged.4, i64 %arg.merged.5.0, i64 %arg.merged.6.0, i64 %arg.at, i32 %arg.exponents) {
entry:
  %.130 = alloca i64, align 8
  store i64 0, ptr %.130, align 8
  %.133 = alloca i64, align 8
  store i64 0, ptr %.133, align 8
  %.36 = add nsw i64 %arg.at, 64
  %.47.not = icmp sgt i64 %.36, %arg.merged.5.0
  br i1 %.47.not, label %B134, label %B98

common.ret:                                       ; preds = %B134.if, %B350, %B98
  ret i32 0

B98:                                              ; preds = %entry
  %.61 = getelementptr i32, ptr %arg.predicted.4, i64 %arg.at
  %.63 = load <64 x i32>, ptr %.61, align 4
  %.70 = getelementptr i32, ptr %arg.merged.4, i64 %arg.at
  %.72 = load <64 x i32>, ptr %.70, align 4
  %.73 = insertelement <64 x i32> poison, i32 %arg.exponents, i64 0
  %.74 = shufflevector <64 x i32> %.73, <64 x i32> poison, <64 x i32> zeroinitializer
  %.75 = and <64 x i32> %.63, %.74
  %.76 = and <64 x i32> %.72, %.74
  %.77 = icmp ult <64 x i32> %.75, %.76
  store <64 x i1> %.77, ptr %retptr, align 8
  br label %common.ret

B134:                                             ; preds = %entry
  %.106 = sub nsw i64 %arg.merged.5.0, %arg.at
  store i64 0, ptr %.130, align 8
  br i1 false, label %B134.if, label %B134.endif, !prof !0

B196:                                             ; preds = %B134.endif.endif, %B198
  %grown.2.0 = phi i64 [ 0, %B134.endif.endif ], [ %.303, %B198 ]
  %.187 = load i64, ptr %.133, align 8
  %.188 = icmp sgt i64 %.187, 0
  br i1 %.188, label %B196.if, label %B196.endif

B198:                                             ; preds = %B196.endif
  %.227 = add nsw i64 %arg.at, %.178.sroa.0.0
  %.241 = icmp slt i64 %.227, 0
  %.242 = select i1 %.241, i64 %arg.predicted.5.0, i64 0
  %0 = getelementptr i32, ptr %arg.predicted.4, i64 %.227
  %.256 = getelementptr i32, ptr %0, i64 %.242
  %.257 = load i32, ptr %.256, align 4
  %.261157 = and i32 %.257, %arg.exponents
  %.263 = add nsw i64 %arg.at, %.178.sroa.0.0
  %.277 = icmp slt i64 %.263, 0
  %.278 = select i1 %.277, i64 %arg.merged.5.0, i64 0
  %1 = getelementptr i32, ptr %arg.merged.4, i64 %.263
  %.292 = getelementptr i32, ptr %1, i64 %.278
  %.293 = load i32, ptr %.292, align 4
  %.297158 = and i32 %.293, %arg.exponents
  %.298 = icmp ult i32 %.261157, %.297158
  %.300 = zext i1 %.298 to i64
  %.301 = shl nuw i64 %.300, %.178.sroa.0.0
  %.303 = or i64 %grown.2.0, %.301
  br label %B196

B350:                                             ; preds = %B196.endif
  store i64 %grown.2.0, ptr %retptr, align 8
  br label %common.ret

B134.if:                                          ; preds = %B134
  br label %common.ret

B134.endif:                                       ; preds = %B134
  %.144 = icmp slt i64 %.106, 1
  br i1 %.144, label %B134.endif.if, label %B134.endif.else

B134.endif.if:                                    ; preds = %B134.endif
  br label %B134.endif.endif

B134.endif.else:                                  ; preds = %B134.endif
  br label %B134.endif.endif

B134.endif.endif:                                 ; preds = %B134.endif.else, %B134.endif.if
  %storemerge = phi i64 [ %.106, %B134.endif.else ], [ 0, %B134.endif.if ]
  store i64 %storemerge, ptr %.133, align 8
  br label %B196

B196.if:                                          ; preds = %B196
  %.194 = load i64, ptr %.130, align 8
  %.197 = add nsw i64 %.187, -1
  store i64 %.197, ptr %.133, align 8
  %.201 = add i64 %.194, 1
  store i64 %.201, ptr %.130, align 8
  br label %B196.endif

B196.endif:                                       ; preds = %B196.if, %B196
  %.178.sroa.0.0 = phi i64 [ %.194, %B196.if ], [ 0, %B196 ]
  br i1 %.188, label %B198, label %B350
}

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.mask) {
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

define internal i32 @part3(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smin.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #0

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
!1 = !{!"branch_weights", i32 99, i32 1}
