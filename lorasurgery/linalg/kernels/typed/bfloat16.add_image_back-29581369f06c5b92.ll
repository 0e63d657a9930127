; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, ptr %arg.pairs.0, ptr %arg.pairs.1, i64 %arg.pairs.2, i64 %arg.pairs.3, ptr %arg.pairs.4, i64 %arg.pairs.5.0, i64 %arg.pairs.5.1, i64 %arg.pairs.6.0, i64 %arg.pairs.6.1, ptr %arg.Y.0, ptr %arg.Y.1, i64 %arg.Y.2, i64 %arg.Y.3, ptr %arg.Y.4, i64 %arg.Y.5.0, i64 %arg.Y.5.1, i64 %arg.Y.5.2, i64 %arg.Y.6.0, i64 %arg.Y.6.1, i64 %arg.Y.6.2) {
entry:
  %.73 = alloca ptr, align 8
  store ptr null, ptr %.73, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store ptr null, ptr %.73, align 8
  %.95 = call i32 @part1(ptr nonnull %.73, ptr nonnull %excinfo.1, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, ptr %arg.pairs.0, ptr %arg.pairs.1, i64 %arg.pairs.2, i64 %arg.pairs.3, ptr %arg.pairs.4, i64 %arg.pairs.5.0, i64 %arg.pairs.5.1, i64 %arg.pairs.6.0, i64 %arg.pairs.6.1, ptr %arg.Y.0, ptr %arg.Y.1, i64 %arg.Y.2, i64 %arg.Y.3, ptr %arg.Y.4, i64 %arg.Y.5.0, i64 %arg.Y.5.1, i64 %arg.Y.5.2, i64 %arg.Y.6.0, i64 %arg.Y.6.1, i64 %arg.Y.6.2, i64 0, i64 %arg.D.5.0)
  %.97 = icmp ne i32 %.95, 0
  %.98 = icmp ne i32 %.95, -2
  %.101.not = and i1 %.97, %.98
  br i1 %.101.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.103 = icmp sgt i32 %.95, 0
  %.96 = load ptr, ptr %excinfo.1, align 8
  %.104 = select i1 %.103, ptr %.96, ptr undef
  store ptr %.104, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.95, %B0.if ]
  ret i32 %common.ret.op

B0.endif:                                         ; preds = %B0.if, %entry
  store ptr null, ptr %retptr, align 8
  br label %common.ret
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, ptr %arg.pairs.0, ptr %arg.pairs.1, i64 %arg.pairs.2, i64 %arg.pairs.3, ptr %arg.pairs.4, i64 %arg.pairs.5.0, i64 %arg.pairs.5.1, i64 %arg.pairs.6.0, i64 %arg.pairs.6.1, ptr %arg.Y.0, ptr %arg.Y.1, i64 %arg.Y.2, i64 %arg.Y.3, ptr %arg.Y.4, i64 %arg.Y.5.0, i64 %arg.Y.5.1, i64 %arg.Y.5.2, i64 %arg.Y.6.0, i64 %arg.Y.6.1, i64 %arg.Y.6.2, i64 %arg.first, i64 %arg.last) {
entry:
  %.99 = alloca i64, align 8
  store i64 0, ptr %.99, align 8
  %.102 = alloca i64, align 8
  store i64 0, ptr %.102, align 8
  %.234 = alloca i64, align 8
  store i64 0, ptr %.234, align 8
  %.237 = alloca i64, align 8
  store i64 0, ptr %.237, align 8
  %.390 = alloca i64, align 8
  store i64 0, ptr %.390, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.479 = alloca i64, align 8
  store i64 0, ptr %.479, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.653 = alloca i64, align 8
  store i64 0, ptr %.653, align 8
  %.656 = alloca i64, align 8
  store i64 0, ptr %.656, align 8
  %.768 = alloca i64, align 8
  store i64 0, ptr %.768, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.838 = alloca i64, align 8
  store i64 0, ptr %.838, align 8
  %.841 = alloca i64, align 8
  store i64 0, ptr %.841, align 8
  %.1396 = alloca i64, align 8
  store i64 0, ptr %.1396, align 8
  %.1399 = alloca i64, align 8
  store i64 0, ptr %.1399, align 8
  store i64 0, ptr %.99, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B38:                                              ; preds = %B0.endif.endif, %B356
  %.156 = load i64, ptr %.102, align 8
  %.157 = icmp sgt i64 %.156, 0
  br i1 %.157, label %B38.if, label %B38.endif

B40:                                              ; preds = %B38.endif
  store i64 0, ptr %.234, align 8
  br i1 false, label %B40.if, label %B40.endif, !prof !0

B94:                                              ; preds = %B206.endif.endif, %B40.endif.endif
  %.289 = load i64, ptr %.237, align 8
  %.290 = icmp sgt i64 %.289, 0
  br i1 %.290, label %B94.if, label %B94.endif

B96:                                              ; preds = %B94.endif
  %.332 = add nsw i64 %.147.sroa.0.0, 1
  %.334 = icmp slt i64 %.332, %arg.last
  br i1 %.334, label %B116, label %B168

B116:                                             ; preds = %B96
  %.338 = add nsw i64 %.147.sroa.0.0, 1
  %.362 = icmp slt i64 %.147.sroa.0.0, -1
  %.363 = select i1 %.362, i64 %arg.W.5.0, i64 0
  %.364 = add i64 %.338, %.363
  %.365 = icmp slt i64 %.280.sroa.0.0, 0
  %.366 = select i1 %.365, i64 %arg.W.5.1, i64 0
  %.384 = mul i64 %.364, %arg.W.5.1
  %0 = getelementptr float, ptr %arg.W.4, i64 %.384
  %1 = getelementptr float, ptr %0, i64 %.280.sroa.0.0
  %.388 = getelementptr float, ptr %1, i64 %.366
  %.389 = load float, ptr %.388, align 4
  store i64 0, ptr %.390, align 8
  %.394 = call i32 @part2(ptr nonnull %.390, ptr nonnull %excinfo.1, float %.389)
  %.396 = icmp ne i32 %.394, 0
  %.397 = icmp ne i32 %.394, -2
  %.400.not = and i1 %.396, %.397
  %.404 = load i64, ptr %.390, align 8
  br i1 %.400.not, label %B116.if, label %B206, !prof !0

B168:                                             ; preds = %B96
  br label %B206

B206:                                             ; preds = %B116.if, %B116, %B168
  %"$phi206.2.2.2" = phi i64 [ 0, %B168 ], [ %.404, %B116 ], [ poison, %B116.if ]
  %.451 = icmp slt i64 %.147.sroa.0.0, 0
  %.452 = select i1 %.451, i64 %arg.W.5.0, i64 0
  %.453 = add i64 %.147.sroa.0.0, %.452
  %.454 = icmp slt i64 %.280.sroa.0.0, 0
  %.455 = select i1 %.454, i64 %arg.W.5.1, i64 0
  %.473 = mul i64 %.453, %arg.W.5.1
  %2 = getelementptr float, ptr %arg.W.4, i64 %.473
  %3 = getelementptr float, ptr %2, i64 %.280.sroa.0.0
  %.477 = getelementptr float, ptr %3, i64 %.455
  %.478 = load float, ptr %.477, align 4
  store i64 0, ptr %.479, align 8
  %.483 = call i32 @part2(ptr nonnull %.479, ptr nonnull %excinfo.2, float %.478)
  %.485 = icmp ne i32 %.483, 0
  %.486 = icmp ne i32 %.483, -2
  %.489.not = and i1 %.485, %.486
  %.493 = load i64, ptr %.479, align 8
  br i1 %.489.not, label %B206.if, label %B206.endif, !prof !0

B356:                                             ; preds = %B94.endif
  br label %B38

B358:                                             ; preds = %B38.endif
  store i64 0, ptr %.653, align 8
  br i1 false, label %B358.if, label %B358.endif, !prof !0

B430:                                             ; preds = %B358.endif.endif, %B830
  %.708 = load i64, ptr %.656, align 8
  %.709 = icmp sgt i64 %.708, 0
  br i1 %.709, label %B430.if, label %B430.endif

B432:                                             ; preds = %B430.endif
  %.765 = add nsw i64 %.699.sroa.0.0, 512
  store i64 0, ptr %.768, align 8
  %.774 = call i32 @part3(ptr nonnull %.768, ptr nonnull %excinfo.3, i64 %arg.D.5.1, i64 %.765)
  %.776 = icmp ne i32 %.774, 0
  %.777 = icmp ne i32 %.774, -2
  %.780.not = and i1 %.776, %.777
  %.784 = load i64, ptr %.768, align 8
  br i1 %.780.not, label %B432.if, label %B432.endif, !prof !0

B532:                                             ; preds = %B432.endif, %B650
  %i.5.1 = phi i64 [ 0, %B432.endif ], [ %.1342, %B650 ]
  store i64 %.699.sroa.0.0, ptr %.838, align 8
  %.851 = sub i64 %.784, %.699.sroa.0.0
  br i1 false, label %B532.if, label %B532.endif, !prof !0

B566:                                             ; preds = %tile, %B532.endif.endif
  %.893 = load i64, ptr %.841, align 8
  %.894 = icmp sgt i64 %.893, 0
  br i1 %.894, label %B566.if, label %B566.endif

B568:                                             ; preds = %B566.endif
  %.933 = add nsw i64 %arg.last, -1
  %.947 = mul nsw i64 %.884.sroa.0.0, %arg.W.5.1
  %.973 = or disjoint i64 %i.5.1, 1
  %.975 = call i64 @llvm.smin.i64(i64 %.973, i64 %.933)
  %.985 = mul i64 %i.5.1, %arg.D.5.1
  %4 = getelementptr i16, ptr %arg.D.4, i64 %.985
  %.989 = getelementptr i16, ptr %4, i64 %.884.sroa.0.0
  %.991 = load <32 x i16>, ptr %.989, align 2
  %.1001 = mul i64 %.975, %arg.D.5.1
  %5 = getelementptr i16, ptr %arg.D.4, i64 %.1001
  %.1005 = getelementptr i16, ptr %5, i64 %.884.sroa.0.0
  %.1007 = load <32 x i16>, ptr %.1005, align 2
  %.1008 = shufflevector <32 x i16> %.991, <32 x i16> %.1007, <32 x i32> <i32 0, i32 32, i32 1, i32 33, i32 2, i32 34, i32 3, i32 35, i32 4, i32 36, i32 5, i32 37, i32 6, i32 38, i32 7, i32 39, i32 8, i32 40, i32 9, i32 41, i32 10, i32 42, i32 11, i32 43, i32 12, i32 44, i32 13, i32 45, i32 14, i32 46, i32 15, i32 47>
  %.1010 = shufflevector <32 x i16> %.991, <32 x i16> %.1007, <32 x i32> <i32 16, i32 48, i32 17, i32 49, i32 18, i32 50, i32 19, i32 51, i32 20, i32 52, i32 21, i32 53, i32 22, i32 54, i32 23, i32 55, i32 24, i32 56, i32 25, i32 57, i32 26, i32 58, i32 27, i32 59, i32 28, i32 60, i32 29, i32 61, i32 30, i32 62, i32 31, i32 63>
  %.1012 = or disjoint i64 %i.5.1, 2
  %.1013 = or disjoint i64 %i.5.1, 3
  %.1015 = call i64 @llvm.smin.i64(i64 %.1013, i64 %.933)
  %.1025 = mul i64 %.1012, %arg.D.5.1
  %6 = getelementptr i16, ptr %arg.D.4, i64 %.1025
  %.1029 = getelementptr i16, ptr %6, i64 %.884.sroa.0.0
  %.1031 = load <32 x i16>, ptr %.1029, align 2
  %.1041 = mul i64 %.1015, %arg.D.5.1
  %7 = getelementptr i16, ptr %arg.D.4, i64 %.1041
  %.1045 = getelementptr i16, ptr %7, i64 %.884.sroa.0.0
  %.1047 = load <32 x i16>, ptr %.1045, align 2
  %.1048 = shufflevector <32 x i16> %.1031, <32 x i16> %.1047, <32 x i32> <i32 0, i32 32, i32 1, i32 33, i32 2, i32 34, i32 3, i32 35, i32 4, i32 36, i32 5, i32 37, i32 6, i32 38, i32 7, i32 39, i32 8, i32 40, i32 9, i32 41, i32 10, i32 42, i32 11, i32 43, i32 12, i32 44, i32 13, i32 45, i32 14, i32 46, i32 15, i32 47>
  %.1050 = shufflevector <32 x i16> %.1031, <32 x i16> %.1047, <32 x i32> <i32 16, i32 48, i32 17, i32 49, i32 18, i32 50, i32 19, i32 51, i32 20, i32 52, i32 21, i32 53, i32 22, i32 54, i32 23, i32 55, i32 24, i32 56, i32 25, i32 57, i32 26, i32 58, i32 27, i32 59, i32 28, i32 60, i32 29, i32 61, i32 30, i32 62, i32 31, i32 63>
  %.1052 = add nuw i64 %i.5.1, 4
  %.1053 = add nuw i64 %i.5.1, 5
  %.1055 = call i64 @llvm.smin.i64(i64 %.1053, i64 %.933)
  %.1065 = mul i64 %.1052, %arg.D.5.1
  %8 = getelementptr i16, ptr %arg.D.4, i64 %.1065
  %.1069 = getelementptr i16, ptr %8, i64 %.884.sroa.0.0
  %.1071 = load <32 x i16>, ptr %.1069, align 2
  %.1081 = mul i64 %.1055, %arg.D.5.1
  %9 = getelementptr i16, ptr %arg.D.4, i64 %.1081
  %.1085 = getelementptr i16, ptr %9, i64 %.884.sroa.0.0
  %.1087 = load <32 x i16>, ptr %.1085, align 2
  %.1088 = shufflevector <32 x i16> %.1071, <32 x i16> %.1087, <32 x i32> <i32 0, i32 32, i32 1, i32 33, i32 2, i32 34, i32 3, i32 35, i32 4, i32 36, i32 5, i32 37, i32 6, i32 38, i32 7, i32 39, i32 8, i32 40, i32 9, i32 41, i32 10, i32 42, i32 11, i32 43, i32 12, i32 44, i32 13, i32 45, i32 14, i32 46, i32 15, i32 47>
  %.1090 = shufflevector <32 x i16> %.1071, <32 x i16> %.1087, <32 x i32> <i32 16, i32 48, i32 17, i32 49, i32 18, i32 50, i32 19, i32 51, i32 20, i32 52, i32 21, i32 53, i32 22, i32 54, i32 23, i32 55, i32 24, i32 56, i32 25, i32 57, i32 26, i32 58, i32 27, i32 59, i32 28, i32 60, i32 29, i32 61, i32 30, i32 62, i32 31, i32 63>
  %.1092 = add nuw i64 %i.5.1, 6
  %.1093 = add nuw i64 %i.5.1, 7
  %.1095 = call i64 @llvm.smin.i64(i64 %.1093, i64 %.933)
  %.1105 = mul i64 %.1092, %arg.D.5.1
  %10 = getelementptr i16, ptr %arg.D.4, i64 %.1105
  %.1109 = getelementptr i16, ptr %10, i64 %.884.sroa.0.0
  %.1111 = load <32 x i16>, ptr %.1109, align 2
  %.1121 = mul i64 %.1095, %arg.D.5.1
  %11 = getelementptr i16, ptr %arg.D.4, i64 %.1121
  %.1125 = getelementptr i16, ptr %11, i64 %.884.sroa.0.0
  %.1127 = load <32 x i16>, ptr %.1125, align 2
  %.1128 = shufflevector <32 x i16> %.1111, <32 x i16> %.1127, <32 x i32> <i32 0, i32 32, i32 1, i32 33, i32 2, i32 34, i32 3, i32 35, i32 4, i32 36, i32 5, i32 37, i32 6, i32 38, i32 7, i32 39, i32 8, i32 40, i32 9, i32 41, i32 10, i32 42, i32 11, i32 43, i32 12, i32 44, i32 13, i32 45, i32 14, i32 46, i32 15, i32 47>
  %.1130 = shufflevector <32 x i16> %.1111, <32 x i16> %.1127, <32 x i32> <i32 16, i32 48, i32 17, i32 49, i32 18, i32 50, i32 19, i32 51, i32 20, i32 52, i32 21, i32 53, i32 22, i32 54, i32 23, i32 55, i32 24, i32 56, i32 25, i32 57, i32 26, i32 58, i32 27, i32 59, i32 28, i32 60, i32 29, i32 61, i32 30, i32 62, i32 31, i32 63>
  %.1132 = add nuw i64 %i.5.1, 8
  %.1133 = add nuw i64 %i.5.1, 9
  %.1135 = call i64 @llvm.smin.i64(i64 %.1133, i64 %.933)
  %.1145 = mul i64 %.1132, %arg.D.5.1
  %12 = getelementptr i16, ptr %arg.D.4, i64 %.1145
  %.1149 = getelementptr i16, ptr %12, i64 %.884.sroa.0.0
  %.1151 = load <32 x i16>, ptr %.1149, align 2
  %.1161 = mul i64 %.1135, %arg.D.5.1
  %13 = getelementptr i16, ptr %arg.D.4, i64 %.1161
  %.1165 = getelementptr i16, ptr %13, i64 %.884.sroa.0.0
  %.1167 = load <32 x i16>, ptr %.1165, align 2
  %.1168 = shufflevector <32 x i16> %.1151, <32 x i16> %.1167, <32 x i32> <i32 0, i32 32, i32 1, i32 33, i32 2, i32 34, i32 3, i32 35, i32 4, i32 36, i32 5, i32 37, i32 6, i32 38, i32 7, i32 39, i32 8, i32 40, i32 9, i32 41, i32 10, i32 42, i32 11, i32 43, i32 12, i32 44, i32 13, i32 45, i32 14, i32 46, i32 15, i32 47>
  %.1170 = shufflevector <32 x i16> %.1151, <32 x i16> %.1167, <32 x i32> <i32 16, i32 48, i32 17, i32 49, i32 18, i32 50, i32 19, i32 51, i32 20, i32 52, i32 21, i32 53, i32 22, i32 54, i32 23, i32 55, i32 24, i32 56, i32 25, i32 57, i32 26, i32 58, i32 27, i32 59, i32 28, i32 60, i32 29, i32 61, i32 30, i32 62, i32 31, i32 63>
  %.1172 = add nuw i64 %i.5.1, 10
  %.1173 = add nuw i64 %i.5.1, 11
  %.1175 = call i64 @llvm.smin.i64(i64 %.1173, i64 %.933)
  %.1185 = mul i64 %.1172, %arg.D.5.1
  %14 = getelementptr i16, ptr %arg.D.4, i64 %.1185
  %.1189 = getelementptr i16, ptr %14, i64 %.884.sroa.0.0
  %.1191 = load <32 x i16>, ptr %.1189, align 2
  %.1201 = mul i64 %.1175, %arg.D.5.1
  %15 = getelementptr i16, ptr %arg.D.4, i64 %.1201
  %.1205 = getelementptr i16, ptr %15, i64 %.884.sroa.0.0
  %.1207 = load <32 x i16>, ptr %.1205, align 2
  %.1208 = shufflevector <32 x i16> %.1191, <32 x i16> %.1207, <32 x i32> <i32 0, i32 32, i32 1, i32 33, i32 2, i32 34, i32 3, i32 35, i32 4, i32 36, i32 5, i32 37, i32 6, i32 38, i32 7, i32 39, i32 8, i32 40, i32 9, i32 41, i32 10, i32 42, i32 11, i32 43, i32 12, i32 44, i32 13, i32 45, i32 14, i32 46, i32 15, i32 47>
  %.1210 = shufflevector <32 x i16> %.1191, <32 x i16> %.1207, <32 x i32> <i32 16, i32 48, i32 17, i32 49, i32 18, i32 50, i32 19, i32 51, i32 20, i32 52, i32 21, i32 53, i32 22, i32 54, i32 23, i32 55, i32 24, i32 56, i32 25, i32 57, i32 26, i32 58, i32 27, i32 59, i32 28, i32 60, i32 29, i32 61, i32 30, i32 62, i32 31, i32 63>
  %.1212 = lshr exact i64 %i.5.1, 1
  %.1222 = mul i64 %.1212, %arg.pairs.5.1
  %.1225 = getelementptr i32, ptr %arg.pairs.4, i64 %.1222
  %.1226 = or disjoint i64 %.1212, 1
  %.1227 = mul i64 %.1226, %arg.pairs.5.1
  %.1230 = getelementptr i32, ptr %arg.pairs.4, i64 %.1227
  %.1231 = add nuw nsw i64 %.1212, 2
  %.1232 = mul i64 %.1231, %arg.pairs.5.1
  %.1235 = getelementptr i32, ptr %arg.pairs.4, i64 %.1232
  %.1236 = add nuw nsw i64 %.1212, 3
  %.1237 = mul i64 %.1236, %arg.pairs.5.1
  %.1240 = getelementptr i32, ptr %arg.pairs.4, i64 %.1237
  %.1241 = add nuw nsw i64 %.1212, 4
  %.1242 = mul i64 %.1241, %arg.pairs.5.1
  %.1245 = getelementptr i32, ptr %arg.pairs.4, i64 %.1242
  %.1246 = add nuw nsw i64 %.1212, 5
  %.1247 = mul i64 %.1246, %arg.pairs.5.1
  %.1250 = getelementptr i32, ptr %arg.pairs.4, i64 %.1247
  %.1253 = getelementptr float, ptr %arg.Y.4, i64 %.947
  br label %tile

B650:                                             ; preds = %B566.endif
  %.1342 = add nuw nsw i64 %i.5.1, 12
  %.1347 = add nuw nsw i64 %i.5.1, 24
  %.1349.not = icmp sgt i64 %.1347, %arg.last
  br i1 %.1349.not, label %B678, label %B532

B678:                                             ; preds = %B432.endif, %B650
  %i.5.2 = phi i64 [ %.1342, %B650 ], [ 0, %B432.endif ]
  %.1364 = icmp slt i64 %i.5.2, %arg.last
  br i1 %.1364, label %B690, label %B830

B690:                                             ; preds = %B808, %B678
  %i.6.1 = phi i64 [ %i.5.2, %B678 ], [ %.1625, %B808 ]
  store i64 %.699.sroa.0.0, ptr %.1396, align 8
  %.1409 = sub i64 %.784, %.699.sroa.0.0
  br i1 false, label %B690.if, label %B690.endif, !prof !0

B724:                                             ; preds = %tile.1, %B690.endif.endif
  %.1451 = load i64, ptr %.1399, align 8
  %.1452 = icmp sgt i64 %.1451, 0
  br i1 %.1452, label %B724.if, label %B724.endif

B726:                                             ; preds = %B724.endif
  %.1491 = add nsw i64 %arg.last, -1
  %.1505 = mul nsw i64 %.1442.sroa.0.0, %arg.W.5.1
  %.1531 = add i64 %i.6.1, 1
  %.1533 = call i64 @llvm.smin.i64(i64 %.1531, i64 %.1491)
  %.1543 = mul i64 %i.6.1, %arg.D.5.1
  %16 = getelementptr i16, ptr %arg.D.4, i64 %.1543
  %.1547 = getelementptr i16, ptr %16, i64 %.1442.sroa.0.0
  %.1549 = load <32 x i16>, ptr %.1547, align 2
  %.1559 = mul i64 %.1533, %arg.D.5.1
  %17 = getelementptr i16, ptr %arg.D.4, i64 %.1559
  %.1563 = getelementptr i16, ptr %17, i64 %.1442.sroa.0.0
  %.1565 = load <32 x i16>, ptr %.1563, align 2
  %.1566 = shufflevector <32 x i16> %.1549, <32 x i16> %.1565, <32 x i32> <i32 0, i32 32, i32 1, i32 33, i32 2, i32 34, i32 3, i32 35, i32 4, i32 36, i32 5, i32 37, i32 6, i32 38, i32 7, i32 39, i32 8, i32 40, i32 9, i32 41, i32 10, i32 42, i32 11, i32 43, i32 12, i32 44, i32 13, i32 45, i32 14, i32 46, i32 15, i32 47>
  %.1568 = shufflevector <32 x i16> %.1549, <32 x i16> %.1565, <32 x i32> <i32 16, i32 48, i32 17, i32 49, i32 18, i32 50, i32 19, i32 51, i32 20, i32 52, i32 21, i32 53, i32 22, i32 54, i32 23, i32 55, i32 24, i32 56, i32 25, i32 57, i32 26, i32 58, i32 27, i32 59, i32 28, i32 60, i32 29, i32 61, i32 30, i32 62, i32 31, i32 63>
  %.1570 = sdiv i64 %i.6.1, 2
  %.1580 = mul i64 %.1570, %arg.pairs.5.1
  %.1583 = getelementptr i32, ptr %arg.pairs.4, i64 %.1580
  %.1586 = getelementptr float, ptr %arg.Y.4, i64 %.1505
  br label %tile.1

B808:                                             ; preds = %B724.endif
  %.1625 = add nsw i64 %i.6.1, 2
  %.1629 = icmp slt i64 %.1625, %arg.last
  br i1 %.1629, label %B690, label %B830

B830:                                             ; preds = %B808, %B678
  br label %B430

common.ret:                                       ; preds = %B432.if, %B206.if, %B116.if, %B690.if, %B532.if, %B358.if, %B40.if, %B0.if, %B832
  %common.ret.op = phi i32 [ 0, %B832 ], [ poison, %B0.if ], [ poison, %B40.if ], [ poison, %B690.if ], [ %.394, %B116.if ], [ poison, %B358.if ], [ %.483, %B206.if ], [ poison, %B532.if ], [ %.774, %B432.if ]
  ret i32 %common.ret.op

B832:                                             ; preds = %B430.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.113 = icmp slt i64 %arg.last, 1
  br i1 %.113, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  %.130 = and i64 %arg.last, 1
  %.134511 = lshr i64 %arg.last, 1
  %.136 = add nuw nsw i64 %.134511, %.130
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %.136, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.102, align 8
  br label %B38

B38.if:                                           ; preds = %B38
  %.163 = load i64, ptr %.99, align 8
  %.166 = add nsw i64 %.156, -1
  store i64 %.166, ptr %.102, align 8
  %.170 = add i64 %.163, 2
  store i64 %.170, ptr %.99, align 8
  br label %B38.endif

B38.endif:                                        ; preds = %B38.if, %B38
  %.147.sroa.0.0 = phi i64 [ %.163, %B38.if ], [ 0, %B38 ]
  br i1 %.157, label %B40, label %B358

B40.if:                                           ; preds = %B40
  br label %common.ret

B40.endif:                                        ; preds = %B40
  %.248 = icmp slt i64 %arg.W.5.1, 1
  br i1 %.248, label %B40.endif.if, label %B40.endif.else

B40.endif.if:                                     ; preds = %B40.endif
  br label %B40.endif.endif

B40.endif.else:                                   ; preds = %B40.endif
  br label %B40.endif.endif

B40.endif.endif:                                  ; preds = %B40.endif.else, %B40.endif.if
  %storemerge518 = phi i64 [ %arg.W.5.1, %B40.endif.else ], [ 0, %B40.endif.if ]
  store i64 %storemerge518, ptr %.237, align 8
  br label %B94

B94.if:                                           ; preds = %B94
  %.296 = load i64, ptr %.234, align 8
  %.299 = add nsw i64 %.289, -1
  store i64 %.299, ptr %.237, align 8
  %.303 = add i64 %.296, 1
  store i64 %.303, ptr %.234, align 8
  br label %B94.endif

B94.endif:                                        ; preds = %B94.if, %B94
  %.280.sroa.0.0 = phi i64 [ %.296, %B94.if ], [ 0, %B94 ]
  br i1 %.290, label %B96, label %B356

B116.if:                                          ; preds = %B116
  %.402 = icmp sgt i32 %.394, 0
  %.395 = load ptr, ptr %excinfo.1, align 8
  %.403 = select i1 %.402, ptr %.395, ptr undef
  store ptr %.403, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B206

B206.if:                                          ; preds = %B206
  %.491 = icmp sgt i32 %.483, 0
  %.484 = load ptr, ptr %excinfo.2, align 8
  %.492 = select i1 %.491, ptr %.484, ptr undef
  store ptr %.492, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B206.endif

B206.endif:                                       ; preds = %B206.if, %B206
  %.506 = shl i64 %"$phi206.2.2.2", 16
  %.508 = or i64 %.493, %.506
  br i1 false, label %B206.endif.endif, label %B206.endif.else, !prof !0

B206.endif.else:                                  ; preds = %B206.endif
  br i1 true, label %B206.endif.else.if, label %B206.endif.endif, !prof !1

B206.endif.endif:                                 ; preds = %B206.endif.else, %B206.endif.else.if, %B206.endif
  %quot.0 = phi i64 [ poison, %B206.endif ], [ %.517.1, %B206.endif.else.if ], [ poison, %B206.endif.else ]
  %.575 = icmp slt i64 %quot.0, 0
  %.576 = select i1 %.575, i64 %arg.pairs.5.0, i64 0
  %.577 = add i64 %quot.0, %.576
  %.578 = icmp slt i64 %.280.sroa.0.0, 0
  %.579 = select i1 %.578, i64 %arg.pairs.5.1, i64 0
  %.597 = mul i64 %.577, %arg.pairs.5.1
  %18 = getelementptr i32, ptr %arg.pairs.4, i64 %.597
  %19 = getelementptr i32, ptr %18, i64 %.280.sroa.0.0
  %.601 = getelementptr i32, ptr %19, i64 %.579
  %.602 = trunc i64 %.508 to i32
  store i32 %.602, ptr %.601, align 4
  br label %B94

B206.endif.else.if:                               ; preds = %B206.endif.else
  %.517.1 = ashr i64 %.147.sroa.0.0, 1
  br label %B206.endif.endif

B358.if:                                          ; preds = %B358
  br label %common.ret

B358.endif:                                       ; preds = %B358
  %.667 = icmp slt i64 %arg.D.5.1, 1
  br i1 %.667, label %B358.endif.if, label %B358.endif.else

B358.endif.if:                                    ; preds = %B358.endif
  br label %B358.endif.endif

B358.endif.else:                                  ; preds = %B358.endif
  %20 = add nuw i64 %arg.D.5.1, 511
  %.688 = lshr i64 %20, 9
  br label %B358.endif.endif

B358.endif.endif:                                 ; preds = %B358.endif.else, %B358.endif.if
  %storemerge513 = phi i64 [ %.688, %B358.endif.else ], [ 0, %B358.endif.if ]
  store i64 %storemerge513, ptr %.656, align 8
  br label %B430

B430.if:                                          ; preds = %B430
  %.715 = load i64, ptr %.653, align 8
  %.718 = add nsw i64 %.708, -1
  store i64 %.718, ptr %.656, align 8
  %.722 = add i64 %.715, 512
  store i64 %.722, ptr %.653, align 8
  br label %B430.endif

B430.endif:                                       ; preds = %B430.if, %B430
  %.699.sroa.0.0 = phi i64 [ %.715, %B430.if ], [ 0, %B430 ]
  br i1 %.709, label %B432, label %B832

B432.if:                                          ; preds = %B432
  %.782 = icmp sgt i32 %.774, 0
  %.775 = load ptr, ptr %excinfo.3, align 8
  %.783 = select i1 %.782, ptr %.775, ptr undef
  store ptr %.783, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B432.endif

B432.endif:                                       ; preds = %B432.if, %B432
  %.806 = icmp sgt i64 %arg.last, 11
  br i1 %.806, label %B532, label %B678

B532.if:                                          ; preds = %B532
  br label %common.ret

B532.endif:                                       ; preds = %B532
  %.852 = icmp slt i64 %.851, 1
  br i1 %.852, label %B532.endif.if, label %B532.endif.else

B532.endif.if:                                    ; preds = %B532.endif
  br label %B532.endif.endif

B532.endif.else:                                  ; preds = %B532.endif
  %21 = add nuw i64 %.851, 31
  %.873 = lshr i64 %21, 5
  br label %B532.endif.endif

B532.endif.endif:                                 ; preds = %B532.endif.else, %B532.endif.if
  %storemerge515 = phi i64 [ %.873, %B532.endif.else ], [ 0, %B532.endif.if ]
  store i64 %storemerge515, ptr %.841, align 8
  br label %B566

B566.if:                                          ; preds = %B566
  %.900 = load i64, ptr %.838, align 8
  %.903 = add nsw i64 %.893, -1
  store i64 %.903, ptr %.841, align 8
  %.907 = add i64 %.900, 32
  store i64 %.907, ptr %.838, align 8
  br label %B566.endif

B566.endif:                                       ; preds = %B566.if, %B566
  %.884.sroa.0.0 = phi i64 [ %.900, %B566.if ], [ 0, %B566 ]
  br i1 %.894, label %B568, label %B650

tile:                                             ; preds = %tile, %B568
  %.1255 = phi i64 [ 0, %B568 ], [ %.1333, %tile ]
  %.1256 = shl i64 %.1255, 5
  %.1258 = getelementptr float, ptr %.1253, i64 %.1256
  %.1260 = load <16 x float>, ptr %.1258, align 4
  %22 = getelementptr float, ptr %.1253, i64 %.1256
  %.1262 = getelementptr i8, ptr %22, i64 64
  %.1264 = load <16 x float>, ptr %.1262, align 4
  %.1265 = getelementptr i32, ptr %.1225, i64 %.1255
  %.1266 = load i32, ptr %.1265, align 4
  %.1267 = insertelement <16 x i32> poison, i32 %.1266, i64 0
  %.1268 = shufflevector <16 x i32> %.1267, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1269 = bitcast <16 x i32> %.1268 to <32 x bfloat>
  %.1270 = bitcast <32 x i16> %.1008 to <32 x bfloat>
  %.1271 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1260, <32 x bfloat> %.1269, <32 x bfloat> %.1270)
  %.1272 = bitcast <16 x i32> %.1268 to <32 x bfloat>
  %.1273 = bitcast <32 x i16> %.1010 to <32 x bfloat>
  %.1274 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1264, <32 x bfloat> %.1272, <32 x bfloat> %.1273)
  %.1275 = getelementptr i32, ptr %.1230, i64 %.1255
  %.1276 = load i32, ptr %.1275, align 4
  %.1277 = insertelement <16 x i32> poison, i32 %.1276, i64 0
  %.1278 = shufflevector <16 x i32> %.1277, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1279 = bitcast <16 x i32> %.1278 to <32 x bfloat>
  %.1280 = bitcast <32 x i16> %.1048 to <32 x bfloat>
  %.1281 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1271, <32 x bfloat> %.1279, <32 x bfloat> %.1280)
  %.1282 = bitcast <16 x i32> %.1278 to <32 x bfloat>
  %.1283 = bitcast <32 x i16> %.1050 to <32 x bfloat>
  %.1284 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1274, <32 x bfloat> %.1282, <32 x bfloat> %.1283)
  %.1285 = getelementptr i32, ptr %.1235, i64 %.1255
  %.1286 = load i32, ptr %.1285, align 4
  %.1287 = insertelement <16 x i32> poison, i32 %.1286, i64 0
  %.1288 = shufflevector <16 x i32> %.1287, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1289 = bitcast <16 x i32> %.1288 to <32 x bfloat>
  %.1290 = bitcast <32 x i16> %.1088 to <32 x bfloat>
  %.1291 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1281, <32 x bfloat> %.1289, <32 x bfloat> %.1290)
  %.1292 = bitcast <16 x i32> %.1288 to <32 x bfloat>
  %.1293 = bitcast <32 x i16> %.1090 to <32 x bfloat>
  %.1294 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1284, <32 x bfloat> %.1292, <32 x bfloat> %.1293)
  %.1295 = getelementptr i32, ptr %.1240, i64 %.1255
  %.1296 = load i32, ptr %.1295, align 4
  %.1297 = insertelement <16 x i32> poison, i32 %.1296, i64 0
  %.1298 = shufflevector <16 x i32> %.1297, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1299 = bitcast <16 x i32> %.1298 to <32 x bfloat>
  %.1300 = bitcast <32 x i16> %.1128 to <32 x bfloat>
  %.1301 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1291, <32 x bfloat> %.1299, <32 x bfloat> %.1300)
  %.1302 = bitcast <16 x i32> %.1298 to <32 x bfloat>
  %.1303 = bitcast <32 x i16> %.1130 to <32 x bfloat>
  %.1304 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1294, <32 x bfloat> %.1302, <32 x bfloat> %.1303)
  %.1305 = getelementptr i32, ptr %.1245, i64 %.1255
  %.1306 = load i32, ptr %.1305, align 4
  %.1307 = insertelement <16 x i32> poison, i32 %.1306, i64 0
  %.1308 = shufflevector <16 x i32> %.1307, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1309 = bitcast <16 x i32> %.1308 to <32 x bfloat>
  %.1310 = bitcast <32 x i16> %.1168 to <32 x bfloat>
  %.1311 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1301, <32 x bfloat> %.1309, <32 x bfloat> %.1310)
  %.1312 = bitcast <16 x i32> %.1308 to <32 x bfloat>
  %.1313 = bitcast <32 x i16> %.1170 to <32 x bfloat>
  %.1314 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1304, <32 x bfloat> %.1312, <32 x bfloat> %.1313)
  %.1315 = getelementptr i32, ptr %.1250, i64 %.1255
  %.1316 = load i32, ptr %.1315, align 4
  %.1317 = insertelement <16 x i32> poison, i32 %.1316, i64 0
  %.1318 = shufflevector <16 x i32> %.1317, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1319 = bitcast <16 x i32> %.1318 to <32 x bfloat>
  %.1320 = bitcast <32 x i16> %.1208 to <32 x bfloat>
  %.1321 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1311, <32 x bfloat> %.1319, <32 x bfloat> %.1320)
  %.1322 = bitcast <16 x i32> %.1318 to <32 x bfloat>
  %.1323 = bitcast <32 x i16> %.1210 to <32 x bfloat>
  %.1324 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1314, <32 x bfloat> %.1322, <32 x bfloat> %.1323)
  %.1326 = getelementptr float, ptr %.1253, i64 %.1256
  store <16 x float> %.1321, ptr %.1326, align 4
  %23 = getelementptr float, ptr %.1253, i64 %.1256
  %.1330 = getelementptr i8, ptr %23, i64 64
  store <16 x float> %.1324, ptr %.1330, align 4
  %.1333 = add i64 %.1255, 1
  %.1334 = icmp slt i64 %.1333, %arg.pairs.5.1
  br i1 %.1334, label %tile, label %B566

B690.if:                                          ; preds = %B690
  br label %common.ret

B690.endif:                                       ; preds = %B690
  %.1410 = icmp slt i64 %.1409, 1
  br i1 %.1410, label %B690.endif.if, label %B690.endif.else

B690.endif.if:                                    ; preds = %B690.endif
  br label %B690.endif.endif

B690.endif.else:                                  ; preds = %B690.endif
  %24 = add nuw i64 %.1409, 31
  %.1431 = lshr i64 %24, 5
  br label %B690.endif.endif

B690.endif.endif:                                 ; preds = %B690.endif.else, %B690.endif.if
  %storemerge517 = phi i64 [ %.1431, %B690.endif.else ], [ 0, %B690.endif.if ]
  store i64 %storemerge517, ptr %.1399, align 8
  br label %B724

B724.if:                                          ; preds = %B724
  %.1458 = load i64, ptr %.1396, align 8
  %.1461 = add nsw i64 %.1451, -1
  store i64 %.1461, ptr %.1399, align 8
  %.1465 = add i64 %.1458, 32
  store i64 %.1465, ptr %.1396, align 8
  br label %B724.endif

B724.endif:                                       ; preds = %B724.if, %B724
  %.1442.sroa.0.0 = phi i64 [ %.1458, %B724.if ], [ 0, %B724 ]
  br i1 %.1452, label %B726, label %B808

tile.1:                                           ; preds = %tile.1, %B726
  %.1588 = phi i64 [ 0, %B726 ], [ %.1616, %tile.1 ]
  %.1589 = shl i64 %.1588, 5
  %.1591 = getelementptr float, ptr %.1586, i64 %.1589
  %.1593 = load <16 x float>, ptr %.1591, align 4
  %25 = getelementptr float, ptr %.1586, i64 %.1589
  %.1595 = getelementptr i8, ptr %25, i64 64
  %.1597 = load <16 x float>, ptr %.1595, align 4
  %.1598 = getelementptr i32, ptr %.1583, i64 %.1588
  %.1599 = load i32, ptr %.1598, align 4
  %.1600 = insertelement <16 x i32> poison, i32 %.1599, i64 0
  %.1601 = shufflevector <16 x i32> %.1600, <16 x i32> poison, <16 x i32> zeroinitializer
  %.1602 = bitcast <16 x i32> %.1601 to <32 x bfloat>
  %.1603 = bitcast <32 x i16> %.1566 to <32 x bfloat>
  %.1604 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1593, <32 x bfloat> %.1602, <32 x bfloat> %.1603)
  %.1605 = bitcast <16 x i32> %.1601 to <32 x bfloat>
  %.1606 = bitcast <32 x i16> %.1568 to <32 x bfloat>
  %.1607 = call <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float> %.1597, <32 x bfloat> %.1605, <32 x bfloat> %.1606)
  %.1609 = getelementptr float, ptr %.1586, i64 %.1589
  store <16 x float> %.1604, ptr %.1609, align 4
  %26 = getelementptr float, ptr %.1586, i64 %.1589
  %.1613 = getelementptr i8, ptr %26, i64 64
  store <16 x float> %.1607, ptr %.1613, align 4
  %.1616 = add i64 %.1588, 1
  %.1617 = icmp slt i64 %.1616, %arg.pairs.5.1
  br i1 %.1617, label %tile.1, label %B724
}

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.number) {
entry:
  %.5 = alloca i32, align 4
  store i32 0, ptr %.5, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store i32 0, ptr %.5, align 4
  %.9 = call i32 @part4(ptr nonnull %.5, ptr nonnull %excinfo.1, float %arg.number, ptr null)
  %.11 = icmp ne i32 %.9, 0
  %.12 = icmp ne i32 %.9, -2
  %.15.not = and i1 %.11, %.12
  %.19 = load i32, ptr %.5, align 4
  br i1 %.15.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.17 = icmp sgt i32 %.9, 0
  %.10 = load ptr, ptr %excinfo.1, align 8
  %.18 = select i1 %.17, ptr %.10, ptr undef
  store ptr %.18, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.9, %B0.if ]
  ret i32 %common.ret.op

B0.endif:                                         ; preds = %B0.if, %entry
  %.32 = zext i32 %.19 to i64
  %.34 = add nuw nsw i64 %.32, 32767
  %0 = lshr i32 %.19, 16
  %1 = and i32 %0, 1
  %.41 = zext nneg i32 %1 to i64
  %.42 = add nuw nsw i64 %.34, %.41
  %.45 = lshr i64 %.42, 16
  store i64 %.45, ptr %retptr, align 8
  br label %common.ret
}

define internal i32 @part3(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smin.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
}

; Function Attrs: nocallback nofree nosync nounwind willreturn memory(none)
declare <16 x float> @llvm.x86.avx512bf16.dpbf16ps.512(<16 x float>, <32 x bfloat>, <32 x bfloat>) #0

define internal i32 @part4(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.scalar, ptr %arg.viewty) {
entry:
  store float %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #1

attributes #0 = { nocallback nofree nosync nounwind willreturn memory(none) }
attributes #1 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
!1 = !{!"branch_weights", i32 99, i32 1}
