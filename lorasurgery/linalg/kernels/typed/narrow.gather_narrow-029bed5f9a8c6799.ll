; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.base.0, ptr %arg.base.1, i64 %arg.base.2, i64 %arg.base.3, ptr %arg.base.4, i64 %arg.base.5.0, i64 %arg.base.5.1, i64 %arg.base.6.0, i64 %arg.base.6.1, ptr %arg.merged.0, ptr %arg.merged.1, i64 %arg.merged.2, i64 %arg.merged.3, ptr %arg.merged.4, i64 %arg.merged.5.0, i64 %arg.merged.5.1, i64 %arg.merged.6.0, i64 %arg.merged.6.1, i16 %arg.kind, i64 %arg.largest, i64 %arg.wanted, ptr %arg.counts.0, ptr %arg.counts.1, i64 %arg.counts.2, i64 %arg.counts.3, ptr %arg.counts.4, i64 %arg.counts.5.0, i64 %arg.counts.6.0, i64 %arg.held, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.6.0, ptr %arg.centres.0, ptr %arg.centres.1, i64 %arg.centres.2, i64 %arg.centres.3, ptr %arg.centres.4, i64 %arg.centres.5.0, i64 %arg.centres.6.0, ptr %arg.variances.0, ptr %arg.variances.1, i64 %arg.variances.2, i64 %arg.variances.3, ptr %arg.variances.4, i64 %arg.variances.5.0, i64 %arg.variances.6.0, ptr %arg.ends.0, ptr %arg.ends.1, i64 %arg.ends.2, i64 %arg.ends.3, ptr %arg.ends.4, i64 %arg.ends.5.0, i64 %arg.ends.6.0) {
entry:
  %.142 = alloca i64, align 8
  store i64 0, ptr %.142, align 8
  %.145 = alloca i64, align 8
  store i64 0, ptr %.145, align 8
  %.426 = alloca i64, align 8
  store i64 0, ptr %.426, align 8
  %.429 = alloca i64, align 8
  store i64 0, ptr %.429, align 8
  %.594 = alloca i64, align 8
  store i64 0, ptr %.594, align 8
  %.597 = alloca i64, align 8
  store i64 0, ptr %.597, align 8
  %.789 = alloca i64, align 8
  store i64 0, ptr %.789, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.1012 = alloca i64, align 8
  store i64 0, ptr %.1012, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.1066 = alloca i64, align 8
  store i64 0, ptr %.1066, align 8
  %.1069 = alloca i64, align 8
  store i64 0, ptr %.1069, align 8
  %.1229 = alloca i64, align 8
  store i64 0, ptr %.1229, align 8
  %.1232 = alloca i64, align 8
  store i64 0, ptr %.1232, align 8
  %.1411 = alloca i64, align 8
  store i64 0, ptr %.1411, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.1478 = alloca [2 x float], align 4
  store float 0.000000e+00, ptr %.1478, align 4
  %.fca.1.gep = getelementptr inbounds nuw i8, ptr %.1478, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep, align 4
  %excinfo.4 = alloca ptr, align 8
  store ptr null, ptr %excinfo.4, align 8
  %.1569 = alloca float, align 4
  store float 0.000000e+00, ptr %.1569, align 4
  %excinfo.5 = alloca ptr, align 8
  store ptr null, ptr %excinfo.5, align 8
  store i64 0, ptr %.142, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B54:                                              ; preds = %B0.endif.endif, %B1346
  %held.2.0 = phi i64 [ %arg.held, %B0.endif.endif ], [ %held.3.1, %B1346 ]
  %.200 = load i64, ptr %.145, align 8
  %.201 = icmp sgt i64 %.200, 0
  br i1 %.201, label %B56.if, label %B56.endif

B58:                                              ; preds = %B56.endif
  %.261 = icmp slt i64 %.191.sroa.0.0, 0
  %.262 = select i1 %.261, i64 %arg.merged.5.0, i64 0
  %.263 = add i64 %.191.sroa.0.0, %.262
  %.280 = mul i64 %.263, %arg.merged.5.1
  %.282 = getelementptr i16, ptr %arg.merged.4, i64 %.280
  %.330 = icmp slt i64 %.191.sroa.0.0, 0
  %.331 = select i1 %.330, i64 %arg.base.5.0, i64 0
  %.332 = add i64 %.191.sroa.0.0, %.331
  %.349 = mul i64 %.332, %arg.base.5.1
  %.351 = getelementptr i16, ptr %arg.base.4, i64 %.349
  %.381 = shl nsw i64 %arg.wanted, 1
  %.383 = add nsw i64 %held.2.0, %.381
  store i64 0, ptr %.426, align 8
  br i1 false, label %B58.if, label %B58.endif, !prof !0

B164:                                             ; preds = %B58.endif.endif, %B166
  %.481 = load i64, ptr %.429, align 8
  %.482 = icmp sgt i64 %.481, 0
  br i1 %.482, label %B164.if, label %B164.endif

B166:                                             ; preds = %B164.endif
  %.533 = icmp slt i64 %.472.sroa.0.0, 0
  %.534 = select i1 %.533, i64 %arg.counts.5.0, i64 0
  %0 = getelementptr i32, ptr %arg.counts.4, i64 %.472.sroa.0.0
  %.548 = getelementptr i32, ptr %0, i64 %.534
  store i32 0, ptr %.548, align 4
  br label %B164

B180:                                             ; preds = %B164.endif
  %.566 = add nsw i64 %arg.counts.5.0, -1
  store i64 0, ptr %.594, align 8
  br i1 false, label %B180.if, label %B180.endif, !prof !0

B260:                                             ; preds = %B262.endif, %B180.endif.endif
  %last.3.1 = phi i64 [ %.566, %B180.endif.endif ], [ %.805, %B262.endif ]
  %.649 = load i64, ptr %.597, align 8
  %.650 = icmp sgt i64 %.649, 0
  br i1 %.650, label %B260.if, label %B260.endif

B262:                                             ; preds = %B260.endif
  %.701 = icmp slt i64 %.640.sroa.0.0, 0
  %.702 = select i1 %.701, i64 %arg.merged.5.1, i64 0
  %1 = getelementptr i16, ptr %.282, i64 %.640.sroa.0.0
  %.716 = getelementptr i16, ptr %1, i64 %.702
  %.717 = load i16, ptr %.716, align 2
  %2 = lshr i16 %.717, 4
  %3 = and i16 %2, 2047
  %.722 = zext nneg i16 %3 to i64
  %.751 = getelementptr i32, ptr %arg.counts.4, i64 %.722
  %.752 = load i32, ptr %.751, align 4
  %.754 = add i32 %.752, 1
  %.783 = getelementptr i32, ptr %arg.counts.4, i64 %.722
  store i32 %.754, ptr %.783, align 4
  store i64 0, ptr %.789, align 8
  %.795 = call i32 @part1(ptr nonnull %.789, ptr nonnull %excinfo.1, i64 %last.3.1, i64 %.722)
  %.797 = icmp ne i32 %.795, 0
  %.798 = icmp ne i32 %.795, -2
  %.801.not = and i1 %.797, %.798
  %.805 = load i64, ptr %.789, align 8
  br i1 %.801.not, label %B262.if, label %B262.endif, !prof !0

B414:                                             ; preds = %B260.endif
  %.840 = icmp slt i64 %last.3.1, 0
  %.841 = select i1 %.840, i64 %arg.counts.5.0, i64 0
  %4 = getelementptr i32, ptr %arg.counts.4, i64 %last.3.1
  %.855 = getelementptr i32, ptr %4, i64 %.841
  %.856 = load i32, ptr %.855, align 4
  %.861 = sext i32 %.856 to i64
  %.862 = shl nsw i64 %.861, 3
  %.864 = icmp slt i64 %.862, %arg.wanted
  br i1 %.864, label %B458, label %B606

B458:                                             ; preds = %B414
  %.874 = sext i32 %.856 to i64
  %.890 = add nsw i64 %arg.counts.5.0, -1
  %.892 = icmp slt i64 %last.3.1, %.890
  br i1 %.892, label %B502, label %B606

B502:                                             ; preds = %B562, %B458
  %last.5.2 = phi i64 [ %last.3.1, %B458 ], [ %.900, %B562 ]
  %below.2.2 = phi i64 [ %.874, %B458 ], [ %.942, %B562 ]
  %.900 = add nsw i64 %last.5.2, 1
  %.923 = icmp slt i64 %last.5.2, -1
  %.924 = select i1 %.923, i64 %arg.counts.5.0, i64 0
  %5 = getelementptr i32, ptr %arg.counts.4, i64 %.900
  %.938 = getelementptr i32, ptr %5, i64 %.924
  %.939 = load i32, ptr %.938, align 4
  %.941 = sext i32 %.939 to i64
  %.942 = add nsw i64 %below.2.2, %.941
  %.949 = shl nsw i64 %.942, 3
  %.951 = icmp slt i64 %.949, %arg.wanted
  br i1 %.951, label %B562, label %B606

B562:                                             ; preds = %B502
  %.974 = add nsw i64 %arg.counts.5.0, -1
  %.976 = icmp slt i64 %.900, %.974
  br i1 %.976, label %B502, label %B606

B606:                                             ; preds = %B562, %B502, %B458, %B414
  %last.5.1 = phi i64 [ %.900, %B562 ], [ %.900, %B502 ], [ %last.3.1, %B458 ], [ %last.3.1, %B414 ]
  %.1004 = shl i64 %last.5.1, 4
  %.1008 = or disjoint i64 %.1004, 15
  store i64 0, ptr %.1012, align 8
  %.1018 = call i32 @part1(ptr nonnull %.1012, ptr nonnull %excinfo.2, i64 %.1008, i64 %arg.largest)
  %.1020 = icmp ne i32 %.1018, 0
  %.1021 = icmp ne i32 %.1018, -2
  %.1024.not = and i1 %.1020, %.1021
  %.1028 = load i64, ptr %.1012, align 8
  br i1 %.1024.not, label %B606.if, label %B606.endif, !prof !0

B736:                                             ; preds = %B606.endif.endif.endif, %B1342
  %held.3.1 = phi i64 [ %held.2.0, %B606.endif.endif.endif ], [ %held.4.2, %B1342 ]
  %.1122 = load i64, ptr %.1069, align 8
  %.1123 = icmp sgt i64 %.1122, 0
  br i1 %.1123, label %B738.if, label %B738.endif

B740:                                             ; preds = %B738.endif
  %.1168 = add nsw i64 %.1113.sroa.0.0, 64
  %.1170.not = icmp sgt i64 %.1168, %arg.merged.5.1
  br i1 %.1170.not, label %B858, label %B810

B810:                                             ; preds = %B740
  %.1183 = getelementptr i16, ptr %.282, i64 %.1113.sroa.0.0
  %.1185 = load <64 x i16>, ptr %.1183, align 2
  %.1188 = insertelement <64 x i16> poison, i16 %.1038, i64 0
  %.1189 = shufflevector <64 x i16> %.1188, <64 x i16> poison, <64 x i32> zeroinitializer
  %.1190 = and <64 x i16> %.1185, splat (i16 32767)
  %.1191 = icmp ule <64 x i16> %.1190, %.1189
  %.1192 = bitcast <64 x i1> %.1191 to i64
  br label %B1030

B858:                                             ; preds = %B740
  %.1205 = sub nsw i64 %arg.merged.5.1, %.1113.sroa.0.0
  store i64 0, ptr %.1229, align 8
  br i1 false, label %B858.if, label %B858.endif, !prof !0

B894:                                             ; preds = %B858.endif.endif, %B896
  %is_small.4.3 = phi i64 [ 0, %B858.endif.endif ], [ %.1370, %B896 ]
  %.1287 = load i64, ptr %.1232, align 8
  %.1288 = icmp sgt i64 %.1287, 0
  br i1 %.1288, label %B894.if, label %B894.endif

B896:                                             ; preds = %B894.endif
  %.1329 = add nsw i64 %.1113.sroa.0.0, %.1278.sroa.0.0
  %.1343 = icmp slt i64 %.1329, 0
  %.1344 = select i1 %.1343, i64 %arg.merged.5.1, i64 0
  %6 = getelementptr i16, ptr %.282, i64 %.1329
  %.1358 = getelementptr i16, ptr %6, i64 %.1344
  %.1359 = load i16, ptr %.1358, align 2
  %7 = and i16 %.1359, 32767
  %.1362 = zext nneg i16 %7 to i64
  %.1364 = and i64 %.1028, 65535
  %.1365 = icmp samesign uge i64 %.1364, %.1362
  %.1367 = zext i1 %.1365 to i64
  %.1368 = shl nuw i64 %.1367, %.1278.sroa.0.0
  %.1370 = or i64 %is_small.4.3, %.1368
  br label %B894

B1030:                                            ; preds = %B894.endif, %B810
  %is_small.5.2 = phi i64 [ %.1192, %B810 ], [ %is_small.4.3, %B894.endif ]
  %.1385.not = icmp eq i64 %is_small.5.2, 0
  br i1 %.1385.not, label %B1342, label %B1034

B1034:                                            ; preds = %B1030
  %.1402 = icmp slt i64 %held.3.1, %.383
  br i1 %.1402, label %B1046, label %B1342

B1046:                                            ; preds = %B1330, %B1034
  %held.4.3 = phi i64 [ %held.3.1, %B1034 ], [ %.1661, %B1330 ]
  %is_small.6.3 = phi i64 [ %is_small.5.2, %B1034 ], [ %.1440, %B1330 ]
  store i64 0, ptr %.1411, align 8
  %.1415 = call i32 @part2(ptr nonnull %.1411, ptr nonnull %excinfo.3, i64 %is_small.6.3)
  %.1417 = icmp ne i32 %.1415, 0
  %.1418 = icmp ne i32 %.1415, -2
  %.1421.not = and i1 %.1417, %.1418
  %.1425 = load i64, ptr %.1411, align 8
  br i1 %.1421.not, label %B1046.if, label %B1046.endif, !prof !0

B1330:                                            ; preds = %B1046.endif.endif.endif
  %.1686 = icmp slt i64 %.1661, %.383
  br i1 %.1686, label %B1046, label %B1342

B1342:                                            ; preds = %B1046.endif.endif.endif, %B1330, %B1034, %B1030
  %held.4.2 = phi i64 [ %.1661, %B1330 ], [ %.1661, %B1046.endif.endif.endif ], [ %held.3.1, %B1034 ], [ %held.3.1, %B1030 ]
  br label %B736

B1346:                                            ; preds = %B738.endif
  %.1743 = icmp slt i64 %.191.sroa.0.0, 0
  %.1744 = select i1 %.1743, i64 %arg.ends.5.0, i64 0
  %8 = getelementptr i64, ptr %arg.ends.4, i64 %.191.sroa.0.0
  %.1758 = getelementptr i64, ptr %8, i64 %.1744
  store i64 %held.3.1, ptr %.1758, align 8
  br label %B54

common.ret:                                       ; preds = %B1046.endif.endif.if, %B1046.endif.if, %B1046.if, %B606.if, %B262.if, %B858.if, %B606.endif.if, %B180.if, %B58.if, %B0.if, %B1360
  %common.ret.op = phi i32 [ 0, %B1360 ], [ poison, %B0.if ], [ poison, %B58.if ], [ poison, %B180.if ], [ %.1482, %B1046.endif.if ], [ %.795, %B262.if ], [ poison, %B606.endif.if ], [ poison, %B858.if ], [ %.1018, %B606.if ], [ %.1415, %B1046.if ], [ %.1573, %B1046.endif.endif.if ]
  ret i32 %common.ret.op

B1360:                                            ; preds = %B56.endif
  store i64 %held.2.0, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.156 = icmp slt i64 %arg.merged.5.0, 1
  br i1 %.156, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.merged.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.145, align 8
  br label %B54

B56.if:                                           ; preds = %B54
  %.207 = load i64, ptr %.142, align 8
  %.210 = add nsw i64 %.200, -1
  store i64 %.210, ptr %.145, align 8
  %.214 = add i64 %.207, 1
  store i64 %.214, ptr %.142, align 8
  br label %B56.endif

B56.endif:                                        ; preds = %B56.if, %B54
  %.191.sroa.0.0 = phi i64 [ %.207, %B56.if ], [ 0, %B54 ]
  br i1 %.201, label %B58, label %B1360

B58.if:                                           ; preds = %B58
  br label %common.ret

B58.endif:                                        ; preds = %B58
  %.440 = icmp slt i64 %arg.counts.5.0, 1
  br i1 %.440, label %B58.endif.if, label %B58.endif.else

B58.endif.if:                                     ; preds = %B58.endif
  br label %B58.endif.endif

B58.endif.else:                                   ; preds = %B58.endif
  br label %B58.endif.endif

B58.endif.endif:                                  ; preds = %B58.endif.else, %B58.endif.if
  %storemerge798 = phi i64 [ %arg.counts.5.0, %B58.endif.else ], [ 0, %B58.endif.if ]
  store i64 %storemerge798, ptr %.429, align 8
  br label %B164

B164.if:                                          ; preds = %B164
  %.488 = load i64, ptr %.426, align 8
  %.491 = add nsw i64 %.481, -1
  store i64 %.491, ptr %.429, align 8
  %.495 = add i64 %.488, 1
  store i64 %.495, ptr %.426, align 8
  br label %B164.endif

B164.endif:                                       ; preds = %B164.if, %B164
  %.472.sroa.0.0 = phi i64 [ %.488, %B164.if ], [ 0, %B164 ]
  br i1 %.482, label %B166, label %B180

B180.if:                                          ; preds = %B180
  br label %common.ret

B180.endif:                                       ; preds = %B180
  %.608 = icmp slt i64 %arg.merged.5.1, 1
  br i1 %.608, label %B180.endif.if, label %B180.endif.else

B180.endif.if:                                    ; preds = %B180.endif
  br label %B180.endif.endif

B180.endif.else:                                  ; preds = %B180.endif
  %9 = add nuw i64 %arg.merged.5.1, 7
  %.629 = lshr i64 %9, 3
  br label %B180.endif.endif

B180.endif.endif:                                 ; preds = %B180.endif.else, %B180.endif.if
  %storemerge800 = phi i64 [ %.629, %B180.endif.else ], [ 0, %B180.endif.if ]
  store i64 %storemerge800, ptr %.597, align 8
  br label %B260

B260.if:                                          ; preds = %B260
  %.656 = load i64, ptr %.594, align 8
  %.659 = add nsw i64 %.649, -1
  store i64 %.659, ptr %.597, align 8
  %.663 = add i64 %.656, 8
  store i64 %.663, ptr %.594, align 8
  br label %B260.endif

B260.endif:                                       ; preds = %B260.if, %B260
  %.640.sroa.0.0 = phi i64 [ %.656, %B260.if ], [ 0, %B260 ]
  br i1 %.650, label %B262, label %B414

B262.if:                                          ; preds = %B262
  %.803 = icmp sgt i32 %.795, 0
  %.796 = load ptr, ptr %excinfo.1, align 8
  %.804 = select i1 %.803, ptr %.796, ptr undef
  store ptr %.804, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B262.endif

B262.endif:                                       ; preds = %B262.if, %B262
  br label %B260

B606.if:                                          ; preds = %B606
  %.1026 = icmp sgt i32 %.1018, 0
  %.1019 = load ptr, ptr %excinfo.2, align 8
  %.1027 = select i1 %.1026, ptr %.1019, ptr undef
  store ptr %.1027, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B606.endif

B606.endif:                                       ; preds = %B606.if, %B606
  %.1038 = trunc i64 %.1028 to i16
  store i64 0, ptr %.1066, align 8
  br i1 false, label %B606.endif.if, label %B606.endif.endif, !prof !0

B606.endif.if:                                    ; preds = %B606.endif
  br label %common.ret

B606.endif.endif:                                 ; preds = %B606.endif
  %.1080 = icmp slt i64 %arg.merged.5.1, 1
  br i1 %.1080, label %B606.endif.endif.if, label %B606.endif.endif.else

B606.endif.endif.if:                              ; preds = %B606.endif.endif
  br label %B606.endif.endif.endif

B606.endif.endif.else:                            ; preds = %B606.endif.endif
  %10 = add nuw i64 %arg.merged.5.1, 63
  %.1101 = lshr i64 %10, 6
  br label %B606.endif.endif.endif

B606.endif.endif.endif:                           ; preds = %B606.endif.endif.else, %B606.endif.endif.if
  %storemerge802 = phi i64 [ %.1101, %B606.endif.endif.else ], [ 0, %B606.endif.endif.if ]
  store i64 %storemerge802, ptr %.1069, align 8
  br label %B736

B738.if:                                          ; preds = %B736
  %.1129 = load i64, ptr %.1066, align 8
  %.1132 = add nsw i64 %.1122, -1
  store i64 %.1132, ptr %.1069, align 8
  %.1136 = add i64 %.1129, 64
  store i64 %.1136, ptr %.1066, align 8
  br label %B738.endif

B738.endif:                                       ; preds = %B738.if, %B736
  %.1113.sroa.0.0 = phi i64 [ %.1129, %B738.if ], [ 0, %B736 ]
  br i1 %.1123, label %B740, label %B1346

B858.if:                                          ; preds = %B858
  br label %common.ret

B858.endif:                                       ; preds = %B858
  %.1243 = icmp slt i64 %.1205, 1
  br i1 %.1243, label %B858.endif.if, label %B858.endif.else

B858.endif.if:                                    ; preds = %B858.endif
  br label %B858.endif.endif

B858.endif.else:                                  ; preds = %B858.endif
  br label %B858.endif.endif

B858.endif.endif:                                 ; preds = %B858.endif.else, %B858.endif.if
  %storemerge803 = phi i64 [ %.1205, %B858.endif.else ], [ 0, %B858.endif.if ]
  store i64 %storemerge803, ptr %.1232, align 8
  br label %B894

B894.if:                                          ; preds = %B894
  %.1294 = load i64, ptr %.1229, align 8
  %.1297 = add nsw i64 %.1287, -1
  store i64 %.1297, ptr %.1232, align 8
  %.1301 = add i64 %.1294, 1
  store i64 %.1301, ptr %.1229, align 8
  br label %B894.endif

B894.endif:                                       ; preds = %B894.if, %B894
  %.1278.sroa.0.0 = phi i64 [ %.1294, %B894.if ], [ 0, %B894 ]
  br i1 %.1288, label %B896, label %B1030

B1046.if:                                         ; preds = %B1046
  %.1423 = icmp sgt i32 %.1415, 0
  %.1416 = load ptr, ptr %excinfo.3, align 8
  %.1424 = select i1 %.1423, ptr %.1416, ptr undef
  store ptr %.1424, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1046.endif

B1046.endif:                                      ; preds = %B1046.if, %B1046
  %.1436 = add nsw i64 %.1113.sroa.0.0, %.1425
  %.1438 = add i64 %is_small.6.3, -1
  %.1440 = and i64 %is_small.6.3, %.1438
  %.1460 = icmp slt i64 %.1436, 0
  %.1461 = select i1 %.1460, i64 %arg.merged.5.1, i64 0
  %11 = getelementptr i16, ptr %.282, i64 %.1436
  %.1475 = getelementptr i16, ptr %11, i64 %.1461
  %.1476 = load i16, ptr %.1475, align 2
  store float 0.000000e+00, ptr %.1478, align 4
  %.fca.1.gep53 = getelementptr inbounds nuw i8, ptr %.1478, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep53, align 4
  %.1482 = call i32 @part3(ptr nonnull %.1478, ptr nonnull %excinfo.4, i16 %.1476, i16 %arg.kind)
  %.1484 = icmp ne i32 %.1482, 0
  %.1485 = icmp ne i32 %.1482, -2
  %.1488.not = and i1 %.1484, %.1485
  %.1492.fca.0.load = load float, ptr %.1478, align 4
  %.1492.fca.1.gep = getelementptr inbounds nuw i8, ptr %.1478, i64 4
  %.1492.fca.1.load = load float, ptr %.1492.fca.1.gep, align 4
  br i1 %.1488.not, label %B1046.endif.if, label %B1046.endif.endif, !prof !0

B1046.endif.if:                                   ; preds = %B1046.endif
  %.1490 = icmp sgt i32 %.1482, 0
  %.1483 = load ptr, ptr %excinfo.4, align 8
  %.1491 = select i1 %.1490, ptr %.1483, ptr undef
  store ptr %.1491, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1046.endif.endif

B1046.endif.endif:                                ; preds = %B1046.endif.if, %B1046.endif
  %.1518 = icmp slt i64 %held.4.3, 0
  %.1519 = select i1 %.1518, i64 %arg.places.5.0, i64 0
  %12 = getelementptr i32, ptr %arg.places.4, i64 %held.4.3
  %.1533 = getelementptr i32, ptr %12, i64 %.1519
  %.1534 = trunc i64 %.1436 to i32
  store i32 %.1534, ptr %.1533, align 4
  %.1536 = fadd float %.1492.fca.0.load, %.1492.fca.1.load
  %.1537 = fmul float %.1536, 5.000000e-01
  %.1551 = icmp slt i64 %.1436, 0
  %.1552 = select i1 %.1551, i64 %arg.base.5.1, i64 0
  %13 = getelementptr i16, ptr %.351, i64 %.1436
  %.1566 = getelementptr i16, ptr %13, i64 %.1552
  %.1567 = load i16, ptr %.1566, align 2
  store float 0.000000e+00, ptr %.1569, align 4
  %.1573 = call i32 @part8(ptr nonnull %.1569, ptr nonnull %excinfo.5, i16 %.1567, i16 %arg.kind)
  %.1575 = icmp ne i32 %.1573, 0
  %.1576 = icmp ne i32 %.1573, -2
  %.1579.not = and i1 %.1575, %.1576
  %.1583 = load float, ptr %.1569, align 4
  br i1 %.1579.not, label %B1046.endif.endif.if, label %B1046.endif.endif.endif, !prof !0

B1046.endif.endif.if:                             ; preds = %B1046.endif.endif
  %.1581 = icmp sgt i32 %.1573, 0
  %.1574 = load ptr, ptr %excinfo.5, align 8
  %.1582 = select i1 %.1581, ptr %.1574, ptr undef
  store ptr %.1582, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1046.endif.endif.endif

B1046.endif.endif.endif:                          ; preds = %B1046.endif.endif.if, %B1046.endif.endif
  %.1593 = fsub float %.1537, %.1583
  %.1608 = icmp slt i64 %held.4.3, 0
  %.1609 = select i1 %.1608, i64 %arg.centres.5.0, i64 0
  %14 = getelementptr float, ptr %arg.centres.4, i64 %held.4.3
  %.1623 = getelementptr float, ptr %14, i64 %.1609
  store float %.1593, ptr %.1623, align 4
  %.1625 = fsub float %.1492.fca.1.load, %.1492.fca.0.load
  %.1626 = fsub float %.1492.fca.1.load, %.1492.fca.0.load
  %.1627 = fmul float %.1625, %.1626
  %.1628 = fmul float %.1627, 0x3FB5555560000000
  %.1643 = icmp slt i64 %held.4.3, 0
  %.1644 = select i1 %.1643, i64 %arg.variances.5.0, i64 0
  %15 = getelementptr float, ptr %arg.variances.4, i64 %held.4.3
  %.1658 = getelementptr float, ptr %15, i64 %.1644
  store float %.1628, ptr %.1658, align 4
  %.1661 = add nsw i64 %held.4.3, 1
  %.1671.not = icmp eq i64 %.1440, 0
  br i1 %.1671.not, label %B1342, label %B1330
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smin.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
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

define internal i32 @part3(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i16 %arg.stored, i16 %arg.kind) {
entry:
  %.52 = alloca float, align 4
  store float 0.000000e+00, ptr %.52, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.89 = alloca float, align 4
  store float 0.000000e+00, ptr %.89, align 4
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.119 = alloca float, align 4
  store float 0.000000e+00, ptr %.119, align 4
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.8 = zext i16 %arg.stored to i32
  %0 = and i16 %arg.stored, -32768
  %.15 = zext i16 %0 to i64
  %1 = and i16 %arg.stored, 32767
  %.19 = zext nneg i16 %1 to i64
  %.28.not = icmp eq i16 %1, 0
  %.32 = add nsw i64 %.19, -1
  %.34 = or i64 %.32, %.15
  %.43 = xor i64 %.15, 32769
  %"$phi166.0.2.0" = select i1 %.28.not, i64 %.43, i64 %.34
  store float 0.000000e+00, ptr %.52, align 4
  %.56 = call i32 @part4(ptr nonnull %.52, ptr nonnull %excinfo.1, i32 %.8, i16 %arg.kind)
  %.58 = icmp ne i32 %.56, 0
  %.59 = icmp ne i32 %.56, -2
  %.62.not = and i1 %.58, %.59
  %.66 = load float, ptr %.52, align 4
  br i1 %.62.not, label %B166.if, label %B166.endif, !prof !0

B368:                                             ; preds = %B166.endif.endif.endif
  br label %B382

B376:                                             ; preds = %B166.endif.endif.endif
  br label %B382

common.ret:                                       ; preds = %B166.endif.endif.if, %B166.endif.if, %B166.if, %B382
  %common.ret.op = phi i32 [ 0, %B382 ], [ %.93, %B166.endif.if ], [ %.56, %B166.if ], [ %.123, %B166.endif.endif.if ]
  ret i32 %common.ret.op

B382:                                             ; preds = %B376, %B368
  %"$phi382.0.2.sroa.8.0" = phi float [ %.146, %B368 ], [ %.114, %B376 ]
  %"$phi382.0.2.sroa.0.0" = phi float [ %.114, %B368 ], [ %.146, %B376 ]
  store float %"$phi382.0.2.sroa.0.0", ptr %retptr, align 4
  %retptr.repack24 = getelementptr inbounds nuw i8, ptr %retptr, i64 4
  store float %"$phi382.0.2.sroa.8.0", ptr %retptr.repack24, align 4
  br label %common.ret

B166.if:                                          ; preds = %entry
  %.64 = icmp sgt i32 %.56, 0
  %.57 = load ptr, ptr %excinfo.1, align 8
  %.65 = select i1 %.64, ptr %.57, ptr undef
  store ptr %.65, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B166.endif

B166.endif:                                       ; preds = %B166.if, %entry
  %.80 = fmul float %.66, 5.000000e-01
  %.83 = add nuw nsw i64 %.19, 1
  %.87 = or i64 %.83, %.15
  store float 0.000000e+00, ptr %.89, align 4
  %.93 = call i32 @part5(ptr nonnull %.89, ptr nonnull %excinfo.2, i64 %.87, i16 %arg.kind)
  %.95 = icmp ne i32 %.93, 0
  %.96 = icmp ne i32 %.93, -2
  %.99.not = and i1 %.95, %.96
  %.103 = load float, ptr %.89, align 4
  br i1 %.99.not, label %B166.endif.if, label %B166.endif.endif, !prof !0

B166.endif.if:                                    ; preds = %B166.endif
  %.101 = icmp sgt i32 %.93, 0
  %.94 = load ptr, ptr %excinfo.2, align 8
  %.102 = select i1 %.101, ptr %.94, ptr undef
  store ptr %.102, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B166.endif.endif

B166.endif.endif:                                 ; preds = %B166.endif.if, %B166.endif
  %.113 = fmul float %.103, 5.000000e-01
  %.114 = fadd float %.80, %.113
  store float 0.000000e+00, ptr %.119, align 4
  %.123 = call i32 @part5(ptr nonnull %.119, ptr nonnull %excinfo.3, i64 %"$phi166.0.2.0", i16 %arg.kind)
  %.125 = icmp ne i32 %.123, 0
  %.126 = icmp ne i32 %.123, -2
  %.129.not = and i1 %.125, %.126
  %.133 = load float, ptr %.119, align 4
  br i1 %.129.not, label %B166.endif.endif.if, label %B166.endif.endif.endif, !prof !0

B166.endif.endif.if:                              ; preds = %B166.endif.endif
  %.131 = icmp sgt i32 %.123, 0
  %.124 = load ptr, ptr %excinfo.3, align 8
  %.132 = select i1 %.131, ptr %.124, ptr undef
  store ptr %.132, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B166.endif.endif.endif

B166.endif.endif.endif:                           ; preds = %B166.endif.endif.if, %B166.endif.endif
  %.145 = fmul float %.133, 5.000000e-01
  %.146 = fadd float %.80, %.145
  %.152.not = icmp eq i16 %0, 0
  br i1 %.152.not, label %B376, label %B368
}

define internal i32 @part4(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.bits, i16 %arg.kind) {
entry:
  %.17 = alloca float, align 4
  store float 0.000000e+00, ptr %.17, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.45 = alloca i32, align 4
  store i32 0, ptr %.45, align 4
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.107 = alloca float, align 4
  store float 0.000000e+00, ptr %.107, align 4
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %0 = shl i32 %arg.bits, 13
  %1 = and i32 %0, 268427264
  store float 0.000000e+00, ptr %.17, align 4
  %.21 = call i32 @part6(ptr nonnull %.17, ptr nonnull %excinfo.1, i32 %1, ptr null)
  %.23 = icmp ne i32 %.21, 0
  %.24 = icmp ne i32 %.21, -2
  %.27.not = and i1 %.23, %.24
  %.31 = load float, ptr %.17, align 4
  br i1 %.27.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.29 = icmp sgt i32 %.21, 0
  %.22 = load ptr, ptr %excinfo.1, align 8
  %.30 = select i1 %.29, ptr %.22, ptr undef
  store ptr %.30, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %.44 = fmul float %.31, 0x46F0000000000000
  store i32 0, ptr %.45, align 4
  %.49 = call i32 @part7(ptr nonnull %.45, ptr nonnull %excinfo.2, float %.44, ptr null)
  %.51 = icmp ne i32 %.49, 0
  %.52 = icmp ne i32 %.49, -2
  %.55.not = and i1 %.51, %.52
  %.59 = load i32, ptr %.45, align 4
  br i1 %.55.not, label %B0.endif.if, label %B0.endif.endif, !prof !0

common.ret:                                       ; preds = %B488.if, %B0.endif.if, %B0.if, %B488.endif
  %common.ret.op = phi i32 [ %.49, %B0.endif.if ], [ %.21, %B0.if ], [ 0, %B488.endif ], [ %.111, %B488.if ]
  ret i32 %common.ret.op

B0.endif.if:                                      ; preds = %B0.endif
  %.57 = icmp sgt i32 %.49, 0
  %.50 = load ptr, ptr %excinfo.2, align 8
  %.58 = select i1 %.57, ptr %.50, ptr undef
  store ptr %.58, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.if, %B0.endif
  %.73 = icmp samesign ugt i32 %1, 260046847
  %"$phi488.0.2.0" = select i1 %.73, i32 2139095040, i32 0
  %2 = shl i32 %arg.bits, 16
  %3 = and i32 %2, -2147483648
  %.10110 = or i32 %3, %.59
  %.105 = or i32 %"$phi488.0.2.0", %.10110
  store float 0.000000e+00, ptr %.107, align 4
  %.111 = call i32 @part6(ptr nonnull %.107, ptr nonnull %excinfo.3, i32 %.105, ptr null)
  %.113 = icmp ne i32 %.111, 0
  %.114 = icmp ne i32 %.111, -2
  %.117.not = and i1 %.113, %.114
  %.121 = load float, ptr %.107, align 4
  br i1 %.117.not, label %B488.if, label %B488.endif, !prof !0

B488.if:                                          ; preds = %B0.endif.endif
  %.119 = icmp sgt i32 %.111, 0
  %.112 = load ptr, ptr %excinfo.3, align 8
  %.120 = select i1 %.119, ptr %.112, ptr undef
  store ptr %.120, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B488.endif

B488.endif:                                       ; preds = %B488.if, %B0.endif.endif
  store float %.121, ptr %retptr, align 4
  br label %common.ret
}

define internal i32 @part5(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.bits, i16 %arg.kind) {
entry:
  %.18 = alloca float, align 4
  store float 0.000000e+00, ptr %.18, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.46 = alloca i32, align 4
  store i32 0, ptr %.46, align 4
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.109 = alloca float, align 4
  store float 0.000000e+00, ptr %.109, align 4
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %arg.bits.tr = trunc i64 %arg.bits to i32
  %0 = shl i32 %arg.bits.tr, 13
  %.17 = and i32 %0, 268427264
  store float 0.000000e+00, ptr %.18, align 4
  %.22 = call i32 @part6(ptr nonnull %.18, ptr nonnull %excinfo.1, i32 %.17, ptr null)
  %.24 = icmp ne i32 %.22, 0
  %.25 = icmp ne i32 %.22, -2
  %.28.not = and i1 %.24, %.25
  %.32 = load float, ptr %.18, align 4
  br i1 %.28.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.30 = icmp sgt i32 %.22, 0
  %.23 = load ptr, ptr %excinfo.1, align 8
  %.31 = select i1 %.30, ptr %.23, ptr undef
  store ptr %.31, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %.45 = fmul float %.32, 0x46F0000000000000
  store i32 0, ptr %.46, align 4
  %.50 = call i32 @part7(ptr nonnull %.46, ptr nonnull %excinfo.2, float %.45, ptr null)
  %.52 = icmp ne i32 %.50, 0
  %.53 = icmp ne i32 %.50, -2
  %.56.not = and i1 %.52, %.53
  %.60 = load i32, ptr %.46, align 4
  br i1 %.56.not, label %B0.endif.if, label %B0.endif.endif, !prof !0

common.ret:                                       ; preds = %B488.if, %B0.endif.if, %B0.if, %B488.endif
  %common.ret.op = phi i32 [ %.50, %B0.endif.if ], [ %.22, %B0.if ], [ 0, %B488.endif ], [ %.113, %B488.if ]
  ret i32 %common.ret.op

B0.endif.if:                                      ; preds = %B0.endif
  %.58 = icmp sgt i32 %.50, 0
  %.51 = load ptr, ptr %excinfo.2, align 8
  %.59 = select i1 %.58, ptr %.51, ptr undef
  store ptr %.59, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.if, %B0.endif
  %.74 = icmp samesign ugt i32 %.17, 260046847
  %"$phi488.0.2.0" = select i1 %.74, i64 2139095040, i64 0
  %1 = shl i64 %arg.bits, 16
  %.99 = and i64 %1, 2147483648
  %.102 = zext i32 %.60 to i64
  %.103 = or i64 %.99, %.102
  %.107 = or i64 %.103, %"$phi488.0.2.0"
  %.108 = trunc nuw i64 %.107 to i32
  store float 0.000000e+00, ptr %.109, align 4
  %.113 = call i32 @part6(ptr nonnull %.109, ptr nonnull %excinfo.3, i32 %.108, ptr null)
  %.115 = icmp ne i32 %.113, 0
  %.116 = icmp ne i32 %.113, -2
  %.119.not = and i1 %.115, %.116
  %.123 = load float, ptr %.109, align 4
  br i1 %.119.not, label %B488.if, label %B488.endif, !prof !0

B488.if:                                          ; preds = %B0.endif.endif
  %.121 = icmp sgt i32 %.113, 0
  %.114 = load ptr, ptr %excinfo.3, align 8
  %.122 = select i1 %.121, ptr %.114, ptr undef
  store ptr %.122, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B488.endif

B488.endif:                                       ; preds = %B488.if, %B0.endif.endif
  store float %.123, ptr %retptr, align 4
  br label %common.ret
}

define internal i32 @part6(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.scalar, ptr %arg.viewty) {
entry:
  store i32 %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part7(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.scalar, ptr %arg.viewty) {
entry:
  store float %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part8(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i16 %arg.bits, i16 %arg.kind) {
entry:
  %.18 = alloca float, align 4
  store float 0.000000e+00, ptr %.18, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.46 = alloca i32, align 4
  store i32 0, ptr %.46, align 4
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.109 = alloca float, align 4
  store float 0.000000e+00, ptr %.109, align 4
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %0 = and i16 %arg.bits, 32767
  %.13 = zext nneg i16 %0 to i32
  %.16 = shl nuw nsw i32 %.13, 13
  store float 0.000000e+00, ptr %.18, align 4
  %.22 = call i32 @part6(ptr nonnull %.18, ptr nonnull %excinfo.1, i32 %.16, ptr null)
  %.24 = icmp ne i32 %.22, 0
  %.25 = icmp ne i32 %.22, -2
  %.28.not = and i1 %.24, %.25
  %.32 = load float, ptr %.18, align 4
  br i1 %.28.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.30 = icmp sgt i32 %.22, 0
  %.23 = load ptr, ptr %excinfo.1, align 8
  %.31 = select i1 %.30, ptr %.23, ptr undef
  store ptr %.31, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %.45 = fmul float %.32, 0x46F0000000000000
  store i32 0, ptr %.46, align 4
  %.50 = call i32 @part7(ptr nonnull %.46, ptr nonnull %excinfo.2, float %.45, ptr null)
  %.52 = icmp ne i32 %.50, 0
  %.53 = icmp ne i32 %.50, -2
  %.56.not = and i1 %.52, %.53
  %.60 = load i32, ptr %.46, align 4
  br i1 %.56.not, label %B0.endif.if, label %B0.endif.endif, !prof !0

common.ret:                                       ; preds = %B488.if, %B0.endif.if, %B0.if, %B488.endif
  %common.ret.op = phi i32 [ %.50, %B0.endif.if ], [ %.22, %B0.if ], [ 0, %B488.endif ], [ %.113, %B488.if ]
  ret i32 %common.ret.op

B0.endif.if:                                      ; preds = %B0.endif
  %.58 = icmp sgt i32 %.50, 0
  %.51 = load ptr, ptr %excinfo.2, align 8
  %.59 = select i1 %.58, ptr %.51, ptr undef
  store ptr %.59, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.if, %B0.endif
  %.74 = icmp samesign ugt i16 %0, 31743
  %1 = and i16 %arg.bits, -32768
  %.95 = zext i16 %1 to i32
  %.98 = shl nuw i32 %.95, 16
  %.103 = or i32 %.98, %.60
  %.106 = select i1 %.74, i32 2139095040, i32 0
  %.107 = or i32 %.103, %.106
  store float 0.000000e+00, ptr %.109, align 4
  %.113 = call i32 @part6(ptr nonnull %.109, ptr nonnull %excinfo.3, i32 %.107, ptr null)
  %.115 = icmp ne i32 %.113, 0
  %.116 = icmp ne i32 %.113, -2
  %.119.not = and i1 %.115, %.116
  %.123 = load float, ptr %.109, align 4
  br i1 %.119.not, label %B488.if, label %B488.endif, !prof !0

B488.if:                                          ; preds = %B0.endif.endif
  %.121 = icmp sgt i32 %.113, 0
  %.114 = load ptr, ptr %excinfo.3, align 8
  %.122 = select i1 %.121, ptr %.114, ptr undef
  store ptr %.122, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B488.endif

B488.endif:                                       ; preds = %B488.if, %B0.endif.endif
  store float %.123, ptr %retptr, align 4
  br label %common.ret
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #0

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
