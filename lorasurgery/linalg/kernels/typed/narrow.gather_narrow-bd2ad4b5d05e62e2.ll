; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.base.0, ptr %arg.base.1, i64 %arg.base.2, i64 %arg.base.3, ptr %arg.base.4, i64 %arg.base.5.0, i64 %arg.base.5.1, i64 %arg.base.6.0, i64 %arg.base.6.1, ptr %arg.merged.0, ptr %arg.merged.1, i64 %arg.merged.2, i64 %arg.merged.3, ptr %arg.merged.4, i64 %arg.merged.5.0, i64 %arg.merged.5.1, i64 %arg.merged.6.0, i64 %arg.merged.6.1, i16 %arg.kind, i64 %arg.largest, i64 %arg.wanted, ptr %arg.counts.0, ptr %arg.counts.1, i64 %arg.counts.2, i64 %arg.counts.3, ptr %arg.counts.4, i64 %arg.counts.5.0, i64 %arg.counts.6.0, i64 %arg.held, ptr %arg.elements.0, ptr %arg.elements.1, i64 %arg.elements.2, i64 %arg.elements.3, ptr %arg.elements.4, i64 %arg.elements.5.0, i64 %arg.elements.5.1, i64 %arg.elements.6.0, i64 %arg.elements.6.1, ptr %arg.ends.0, ptr %arg.ends.1, i64 %arg.ends.2, i64 %arg.ends.3, ptr %arg.ends.4, i64 %arg.ends.5.0, i64 %arg.ends.6.0) {
entry:
  %.124 = alloca i64, align 8
  store i64 0, ptr %.124, align 8
  %.127 = alloca i64, align 8
  store i64 0, ptr %.127, align 8
  %.408 = alloca i64, align 8
  store i64 0, ptr %.408, align 8
  %.411 = alloca i64, align 8
  store i64 0, ptr %.411, align 8
  %.576 = alloca i64, align 8
  store i64 0, ptr %.576, align 8
  %.579 = alloca i64, align 8
  store i64 0, ptr %.579, align 8
  %.771 = alloca i64, align 8
  store i64 0, ptr %.771, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.994 = alloca i64, align 8
  store i64 0, ptr %.994, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.1048 = alloca i64, align 8
  store i64 0, ptr %.1048, align 8
  %.1051 = alloca i64, align 8
  store i64 0, ptr %.1051, align 8
  %.1211 = alloca i64, align 8
  store i64 0, ptr %.1211, align 8
  %.1214 = alloca i64, align 8
  store i64 0, ptr %.1214, align 8
  %.1393 = alloca i64, align 8
  store i64 0, ptr %.1393, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.1460 = alloca [2 x float], align 4
  store float 0.000000e+00, ptr %.1460, align 4
  %.fca.1.gep = getelementptr inbounds nuw i8, ptr %.1460, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep, align 4
  %excinfo.4 = alloca ptr, align 8
  store ptr null, ptr %excinfo.4, align 8
  %.1519 = alloca float, align 4
  store float 0.000000e+00, ptr %.1519, align 4
  %excinfo.5 = alloca ptr, align 8
  store ptr null, ptr %excinfo.5, align 8
  %.1548 = alloca i32, align 4
  store i32 0, ptr %.1548, align 4
  %excinfo.6 = alloca ptr, align 8
  store ptr null, ptr %excinfo.6, align 8
  %.1629 = alloca i64, align 8
  store i64 0, ptr %.1629, align 8
  %excinfo.7 = alloca ptr, align 8
  store ptr null, ptr %excinfo.7, align 8
  store i64 0, ptr %.124, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B54:                                              ; preds = %B0.endif.endif, %B1514
  %held.2.0 = phi i64 [ %arg.held, %B0.endif.endif ], [ %held.3.1, %B1514 ]
  %.182 = load i64, ptr %.127, align 8
  %.183 = icmp sgt i64 %.182, 0
  br i1 %.183, label %B56.if, label %B56.endif

B58:                                              ; preds = %B56.endif
  %.243 = icmp slt i64 %.173.sroa.0.0, 0
  %.244 = select i1 %.243, i64 %arg.merged.5.0, i64 0
  %.245 = add i64 %.173.sroa.0.0, %.244
  %.262 = mul i64 %.245, %arg.merged.5.1
  %.264 = getelementptr i16, ptr %arg.merged.4, i64 %.262
  %.312 = icmp slt i64 %.173.sroa.0.0, 0
  %.313 = select i1 %.312, i64 %arg.base.5.0, i64 0
  %.314 = add i64 %.173.sroa.0.0, %.313
  %.331 = mul i64 %.314, %arg.base.5.1
  %.333 = getelementptr i16, ptr %arg.base.4, i64 %.331
  %.363 = shl nsw i64 %arg.wanted, 1
  %.365 = add nsw i64 %held.2.0, %.363
  store i64 0, ptr %.408, align 8
  br i1 false, label %B58.if, label %B58.endif, !prof !0

B164:                                             ; preds = %B58.endif.endif, %B166
  %.463 = load i64, ptr %.411, align 8
  %.464 = icmp sgt i64 %.463, 0
  br i1 %.464, label %B164.if, label %B164.endif

B166:                                             ; preds = %B164.endif
  %.515 = icmp slt i64 %.454.sroa.0.0, 0
  %.516 = select i1 %.515, i64 %arg.counts.5.0, i64 0
  %0 = getelementptr i32, ptr %arg.counts.4, i64 %.454.sroa.0.0
  %.530 = getelementptr i32, ptr %0, i64 %.516
  store i32 0, ptr %.530, align 4
  br label %B164

B180:                                             ; preds = %B164.endif
  %.548 = add nsw i64 %arg.counts.5.0, -1
  store i64 0, ptr %.576, align 8
  br i1 false, label %B180.if, label %B180.endif, !prof !0

B260:                                             ; preds = %B262.endif, %B180.endif.endif
  %last.3.1 = phi i64 [ %.548, %B180.endif.endif ], [ %.787, %B262.endif ]
  %.631 = load i64, ptr %.579, align 8
  %.632 = icmp sgt i64 %.631, 0
  br i1 %.632, label %B260.if, label %B260.endif

B262:                                             ; preds = %B260.endif
  %.683 = icmp slt i64 %.622.sroa.0.0, 0
  %.684 = select i1 %.683, i64 %arg.merged.5.1, i64 0
  %1 = getelementptr i16, ptr %.264, i64 %.622.sroa.0.0
  %.698 = getelementptr i16, ptr %1, i64 %.684
  %.699 = load i16, ptr %.698, align 2
  %2 = lshr i16 %.699, 4
  %3 = and i16 %2, 2047
  %.704 = zext nneg i16 %3 to i64
  %.733 = getelementptr i32, ptr %arg.counts.4, i64 %.704
  %.734 = load i32, ptr %.733, align 4
  %.736 = add i32 %.734, 1
  %.765 = getelementptr i32, ptr %arg.counts.4, i64 %.704
  store i32 %.736, ptr %.765, align 4
  store i64 0, ptr %.771, align 8
  %.777 = call i32 @part1(ptr nonnull %.771, ptr nonnull %excinfo.1, i64 %last.3.1, i64 %.704)
  %.779 = icmp ne i32 %.777, 0
  %.780 = icmp ne i32 %.777, -2
  %.783.not = and i1 %.779, %.780
  %.787 = load i64, ptr %.771, align 8
  br i1 %.783.not, label %B262.if, label %B262.endif, !prof !0

B414:                                             ; preds = %B260.endif
  %.822 = icmp slt i64 %last.3.1, 0
  %.823 = select i1 %.822, i64 %arg.counts.5.0, i64 0
  %4 = getelementptr i32, ptr %arg.counts.4, i64 %last.3.1
  %.837 = getelementptr i32, ptr %4, i64 %.823
  %.838 = load i32, ptr %.837, align 4
  %.843 = sext i32 %.838 to i64
  %.844 = shl nsw i64 %.843, 3
  %.846 = icmp slt i64 %.844, %arg.wanted
  br i1 %.846, label %B458, label %B606

B458:                                             ; preds = %B414
  %.856 = sext i32 %.838 to i64
  %.872 = add nsw i64 %arg.counts.5.0, -1
  %.874 = icmp slt i64 %last.3.1, %.872
  br i1 %.874, label %B502, label %B606

B502:                                             ; preds = %B562, %B458
  %last.5.2 = phi i64 [ %last.3.1, %B458 ], [ %.882, %B562 ]
  %below.2.2 = phi i64 [ %.856, %B458 ], [ %.924, %B562 ]
  %.882 = add nsw i64 %last.5.2, 1
  %.905 = icmp slt i64 %last.5.2, -1
  %.906 = select i1 %.905, i64 %arg.counts.5.0, i64 0
  %5 = getelementptr i32, ptr %arg.counts.4, i64 %.882
  %.920 = getelementptr i32, ptr %5, i64 %.906
  %.921 = load i32, ptr %.920, align 4
  %.923 = sext i32 %.921 to i64
  %.924 = add nsw i64 %below.2.2, %.923
  %.931 = shl nsw i64 %.924, 3
  %.933 = icmp slt i64 %.931, %arg.wanted
  br i1 %.933, label %B562, label %B606

B562:                                             ; preds = %B502
  %.956 = add nsw i64 %arg.counts.5.0, -1
  %.958 = icmp slt i64 %.882, %.956
  br i1 %.958, label %B502, label %B606

B606:                                             ; preds = %B562, %B502, %B458, %B414
  %last.5.1 = phi i64 [ %.882, %B562 ], [ %.882, %B502 ], [ %last.3.1, %B458 ], [ %last.3.1, %B414 ]
  %.986 = shl i64 %last.5.1, 4
  %.990 = or disjoint i64 %.986, 15
  store i64 0, ptr %.994, align 8
  %.1000 = call i32 @part1(ptr nonnull %.994, ptr nonnull %excinfo.2, i64 %.990, i64 %arg.largest)
  %.1002 = icmp ne i32 %.1000, 0
  %.1003 = icmp ne i32 %.1000, -2
  %.1006.not = and i1 %.1002, %.1003
  %.1010 = load i64, ptr %.994, align 8
  br i1 %.1006.not, label %B606.if, label %B606.endif, !prof !0

B736:                                             ; preds = %B606.endif.endif.endif, %B1510
  %held.3.1 = phi i64 [ %held.2.0, %B606.endif.endif.endif ], [ %held.4.2, %B1510 ]
  %.1104 = load i64, ptr %.1051, align 8
  %.1105 = icmp sgt i64 %.1104, 0
  br i1 %.1105, label %B738.if, label %B738.endif

B740:                                             ; preds = %B738.endif
  %.1150 = add nsw i64 %.1095.sroa.0.0, 64
  %.1152.not = icmp sgt i64 %.1150, %arg.merged.5.1
  br i1 %.1152.not, label %B858, label %B810

B810:                                             ; preds = %B740
  %.1165 = getelementptr i16, ptr %.264, i64 %.1095.sroa.0.0
  %.1167 = load <64 x i16>, ptr %.1165, align 2
  %.1170 = insertelement <64 x i16> poison, i16 %.1020, i64 0
  %.1171 = shufflevector <64 x i16> %.1170, <64 x i16> poison, <64 x i32> zeroinitializer
  %.1172 = and <64 x i16> %.1167, splat (i16 32767)
  %.1173 = icmp ule <64 x i16> %.1172, %.1171
  %.1174 = bitcast <64 x i1> %.1173 to i64
  br label %B1030

B858:                                             ; preds = %B740
  %.1187 = sub nsw i64 %arg.merged.5.1, %.1095.sroa.0.0
  store i64 0, ptr %.1211, align 8
  br i1 false, label %B858.if, label %B858.endif, !prof !0

B894:                                             ; preds = %B858.endif.endif, %B896
  %is_small.4.3 = phi i64 [ 0, %B858.endif.endif ], [ %.1352, %B896 ]
  %.1269 = load i64, ptr %.1214, align 8
  %.1270 = icmp sgt i64 %.1269, 0
  br i1 %.1270, label %B894.if, label %B894.endif

B896:                                             ; preds = %B894.endif
  %.1311 = add nsw i64 %.1095.sroa.0.0, %.1260.sroa.0.0
  %.1325 = icmp slt i64 %.1311, 0
  %.1326 = select i1 %.1325, i64 %arg.merged.5.1, i64 0
  %6 = getelementptr i16, ptr %.264, i64 %.1311
  %.1340 = getelementptr i16, ptr %6, i64 %.1326
  %.1341 = load i16, ptr %.1340, align 2
  %7 = and i16 %.1341, 32767
  %.1344 = zext nneg i16 %7 to i64
  %.1346 = and i64 %.1010, 65535
  %.1347 = icmp samesign uge i64 %.1346, %.1344
  %.1349 = zext i1 %.1347 to i64
  %.1350 = shl nuw i64 %.1349, %.1260.sroa.0.0
  %.1352 = or i64 %is_small.4.3, %.1350
  br label %B894

B1030:                                            ; preds = %B894.endif, %B810
  %is_small.5.2 = phi i64 [ %.1174, %B810 ], [ %is_small.4.3, %B894.endif ]
  %.1367.not = icmp eq i64 %is_small.5.2, 0
  br i1 %.1367.not, label %B1510, label %B1034

B1034:                                            ; preds = %B1030
  %.1384 = icmp slt i64 %held.3.1, %.365
  br i1 %.1384, label %B1046, label %B1510

B1046:                                            ; preds = %B1498, %B1034
  %held.4.3 = phi i64 [ %held.3.1, %B1034 ], [ %.1712, %B1498 ]
  %is_small.6.3 = phi i64 [ %is_small.5.2, %B1034 ], [ %.1422, %B1498 ]
  store i64 0, ptr %.1393, align 8
  %.1397 = call i32 @part2(ptr nonnull %.1393, ptr nonnull %excinfo.3, i64 %is_small.6.3)
  %.1399 = icmp ne i32 %.1397, 0
  %.1400 = icmp ne i32 %.1397, -2
  %.1403.not = and i1 %.1399, %.1400
  %.1407 = load i64, ptr %.1393, align 8
  br i1 %.1403.not, label %B1046.if, label %B1046.endif, !prof !0

B1498:                                            ; preds = %B1046.endif.endif.endif.endif.endif
  %.1737 = icmp slt i64 %.1712, %.365
  br i1 %.1737, label %B1046, label %B1510

B1510:                                            ; preds = %B1046.endif.endif.endif.endif.endif, %B1498, %B1034, %B1030
  %held.4.2 = phi i64 [ %.1712, %B1498 ], [ %.1712, %B1046.endif.endif.endif.endif.endif ], [ %held.3.1, %B1034 ], [ %held.3.1, %B1030 ]
  br label %B736

B1514:                                            ; preds = %B738.endif
  %.1794 = icmp slt i64 %.173.sroa.0.0, 0
  %.1795 = select i1 %.1794, i64 %arg.ends.5.0, i64 0
  %8 = getelementptr i64, ptr %arg.ends.4, i64 %.173.sroa.0.0
  %.1809 = getelementptr i64, ptr %8, i64 %.1795
  store i64 %held.3.1, ptr %.1809, align 8
  br label %B54

common.ret:                                       ; preds = %B1046.endif.endif.endif.endif.if, %B1046.endif.endif.endif.if, %B1046.endif.endif.if, %B1046.endif.if, %B1046.if, %B606.if, %B262.if, %B858.if, %B606.endif.if, %B180.if, %B58.if, %B0.if, %B1528
  %common.ret.op = phi i32 [ 0, %B1528 ], [ poison, %B0.if ], [ poison, %B58.if ], [ poison, %B180.if ], [ %.1552, %B1046.endif.endif.endif.if ], [ %.777, %B262.if ], [ poison, %B606.endif.if ], [ poison, %B858.if ], [ %.1000, %B606.if ], [ %.1397, %B1046.if ], [ %.1464, %B1046.endif.if ], [ %.1523, %B1046.endif.endif.if ], [ %.1633, %B1046.endif.endif.endif.endif.if ]
  ret i32 %common.ret.op

B1528:                                            ; preds = %B56.endif
  store i64 %held.2.0, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.138 = icmp slt i64 %arg.merged.5.0, 1
  br i1 %.138, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.merged.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.127, align 8
  br label %B54

B56.if:                                           ; preds = %B54
  %.189 = load i64, ptr %.124, align 8
  %.192 = add nsw i64 %.182, -1
  store i64 %.192, ptr %.127, align 8
  %.196 = add i64 %.189, 1
  store i64 %.196, ptr %.124, align 8
  br label %B56.endif

B56.endif:                                        ; preds = %B56.if, %B54
  %.173.sroa.0.0 = phi i64 [ %.189, %B56.if ], [ 0, %B54 ]
  br i1 %.183, label %B58, label %B1528

B58.if:                                           ; preds = %B58
  br label %common.ret

B58.endif:                                        ; preds = %B58
  %.422 = icmp slt i64 %arg.counts.5.0, 1
  br i1 %.422, label %B58.endif.if, label %B58.endif.else

B58.endif.if:                                     ; preds = %B58.endif
  br label %B58.endif.endif

B58.endif.else:                                   ; preds = %B58.endif
  br label %B58.endif.endif

B58.endif.endif:                                  ; preds = %B58.endif.else, %B58.endif.if
  %storemerge782 = phi i64 [ %arg.counts.5.0, %B58.endif.else ], [ 0, %B58.endif.if ]
  store i64 %storemerge782, ptr %.411, align 8
  br label %B164

B164.if:                                          ; preds = %B164
  %.470 = load i64, ptr %.408, align 8
  %.473 = add nsw i64 %.463, -1
  store i64 %.473, ptr %.411, align 8
  %.477 = add i64 %.470, 1
  store i64 %.477, ptr %.408, align 8
  br label %B164.endif

B164.endif:                                       ; preds = %B164.if, %B164
  %.454.sroa.0.0 = phi i64 [ %.470, %B164.if ], [ 0, %B164 ]
  br i1 %.464, label %B166, label %B180

B180.if:                                          ; preds = %B180
  br label %common.ret

B180.endif:                                       ; preds = %B180
  %.590 = icmp slt i64 %arg.merged.5.1, 1
  br i1 %.590, label %B180.endif.if, label %B180.endif.else

B180.endif.if:                                    ; preds = %B180.endif
  br label %B180.endif.endif

B180.endif.else:                                  ; preds = %B180.endif
  %9 = add nuw i64 %arg.merged.5.1, 7
  %.611 = lshr i64 %9, 3
  br label %B180.endif.endif

B180.endif.endif:                                 ; preds = %B180.endif.else, %B180.endif.if
  %storemerge784 = phi i64 [ %.611, %B180.endif.else ], [ 0, %B180.endif.if ]
  store i64 %storemerge784, ptr %.579, align 8
  br label %B260

B260.if:                                          ; preds = %B260
  %.638 = load i64, ptr %.576, align 8
  %.641 = add nsw i64 %.631, -1
  store i64 %.641, ptr %.579, align 8
  %.645 = add i64 %.638, 8
  store i64 %.645, ptr %.576, align 8
  br label %B260.endif

B260.endif:                                       ; preds = %B260.if, %B260
  %.622.sroa.0.0 = phi i64 [ %.638, %B260.if ], [ 0, %B260 ]
  br i1 %.632, label %B262, label %B414

B262.if:                                          ; preds = %B262
  %.785 = icmp sgt i32 %.777, 0
  %.778 = load ptr, ptr %excinfo.1, align 8
  %.786 = select i1 %.785, ptr %.778, ptr undef
  store ptr %.786, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B262.endif

B262.endif:                                       ; preds = %B262.if, %B262
  br label %B260

B606.if:                                          ; preds = %B606
  %.1008 = icmp sgt i32 %.1000, 0
  %.1001 = load ptr, ptr %excinfo.2, align 8
  %.1009 = select i1 %.1008, ptr %.1001, ptr undef
  store ptr %.1009, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B606.endif

B606.endif:                                       ; preds = %B606.if, %B606
  %.1020 = trunc i64 %.1010 to i16
  store i64 0, ptr %.1048, align 8
  br i1 false, label %B606.endif.if, label %B606.endif.endif, !prof !0

B606.endif.if:                                    ; preds = %B606.endif
  br label %common.ret

B606.endif.endif:                                 ; preds = %B606.endif
  %.1062 = icmp slt i64 %arg.merged.5.1, 1
  br i1 %.1062, label %B606.endif.endif.if, label %B606.endif.endif.else

B606.endif.endif.if:                              ; preds = %B606.endif.endif
  br label %B606.endif.endif.endif

B606.endif.endif.else:                            ; preds = %B606.endif.endif
  %10 = add nuw i64 %arg.merged.5.1, 63
  %.1083 = lshr i64 %10, 6
  br label %B606.endif.endif.endif

B606.endif.endif.endif:                           ; preds = %B606.endif.endif.else, %B606.endif.endif.if
  %storemerge786 = phi i64 [ %.1083, %B606.endif.endif.else ], [ 0, %B606.endif.endif.if ]
  store i64 %storemerge786, ptr %.1051, align 8
  br label %B736

B738.if:                                          ; preds = %B736
  %.1111 = load i64, ptr %.1048, align 8
  %.1114 = add nsw i64 %.1104, -1
  store i64 %.1114, ptr %.1051, align 8
  %.1118 = add i64 %.1111, 64
  store i64 %.1118, ptr %.1048, align 8
  br label %B738.endif

B738.endif:                                       ; preds = %B738.if, %B736
  %.1095.sroa.0.0 = phi i64 [ %.1111, %B738.if ], [ 0, %B736 ]
  br i1 %.1105, label %B740, label %B1514

B858.if:                                          ; preds = %B858
  br label %common.ret

B858.endif:                                       ; preds = %B858
  %.1225 = icmp slt i64 %.1187, 1
  br i1 %.1225, label %B858.endif.if, label %B858.endif.else

B858.endif.if:                                    ; preds = %B858.endif
  br label %B858.endif.endif

B858.endif.else:                                  ; preds = %B858.endif
  br label %B858.endif.endif

B858.endif.endif:                                 ; preds = %B858.endif.else, %B858.endif.if
  %storemerge787 = phi i64 [ %.1187, %B858.endif.else ], [ 0, %B858.endif.if ]
  store i64 %storemerge787, ptr %.1214, align 8
  br label %B894

B894.if:                                          ; preds = %B894
  %.1276 = load i64, ptr %.1211, align 8
  %.1279 = add nsw i64 %.1269, -1
  store i64 %.1279, ptr %.1214, align 8
  %.1283 = add i64 %.1276, 1
  store i64 %.1283, ptr %.1211, align 8
  br label %B894.endif

B894.endif:                                       ; preds = %B894.if, %B894
  %.1260.sroa.0.0 = phi i64 [ %.1276, %B894.if ], [ 0, %B894 ]
  br i1 %.1270, label %B896, label %B1030

B1046.if:                                         ; preds = %B1046
  %.1405 = icmp sgt i32 %.1397, 0
  %.1398 = load ptr, ptr %excinfo.3, align 8
  %.1406 = select i1 %.1405, ptr %.1398, ptr undef
  store ptr %.1406, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1046.endif

B1046.endif:                                      ; preds = %B1046.if, %B1046
  %.1418 = add nsw i64 %.1095.sroa.0.0, %.1407
  %.1420 = add i64 %is_small.6.3, -1
  %.1422 = and i64 %is_small.6.3, %.1420
  %.1442 = icmp slt i64 %.1418, 0
  %.1443 = select i1 %.1442, i64 %arg.merged.5.1, i64 0
  %11 = getelementptr i16, ptr %.264, i64 %.1418
  %.1457 = getelementptr i16, ptr %11, i64 %.1443
  %.1458 = load i16, ptr %.1457, align 2
  store float 0.000000e+00, ptr %.1460, align 4
  %.fca.1.gep52 = getelementptr inbounds nuw i8, ptr %.1460, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep52, align 4
  %.1464 = call i32 @part3(ptr nonnull %.1460, ptr nonnull %excinfo.4, i16 %.1458, i16 %arg.kind)
  %.1466 = icmp ne i32 %.1464, 0
  %.1467 = icmp ne i32 %.1464, -2
  %.1470.not = and i1 %.1466, %.1467
  %.1474.fca.0.load = load float, ptr %.1460, align 4
  %.1474.fca.1.gep = getelementptr inbounds nuw i8, ptr %.1460, i64 4
  %.1474.fca.1.load = load float, ptr %.1474.fca.1.gep, align 4
  br i1 %.1470.not, label %B1046.endif.if, label %B1046.endif.endif, !prof !0

B1046.endif.if:                                   ; preds = %B1046.endif
  %.1472 = icmp sgt i32 %.1464, 0
  %.1465 = load ptr, ptr %excinfo.4, align 8
  %.1473 = select i1 %.1472, ptr %.1465, ptr undef
  store ptr %.1473, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1046.endif.endif

B1046.endif.endif:                                ; preds = %B1046.endif.if, %B1046.endif
  %.1486 = fadd float %.1474.fca.0.load, %.1474.fca.1.load
  %.1487 = fmul float %.1486, 5.000000e-01
  %.1501 = icmp slt i64 %.1418, 0
  %.1502 = select i1 %.1501, i64 %arg.base.5.1, i64 0
  %12 = getelementptr i16, ptr %.333, i64 %.1418
  %.1516 = getelementptr i16, ptr %12, i64 %.1502
  %.1517 = load i16, ptr %.1516, align 2
  store float 0.000000e+00, ptr %.1519, align 4
  %.1523 = call i32 @part7(ptr nonnull %.1519, ptr nonnull %excinfo.5, i16 %.1517, i16 %arg.kind)
  %.1525 = icmp ne i32 %.1523, 0
  %.1526 = icmp ne i32 %.1523, -2
  %.1529.not = and i1 %.1525, %.1526
  %.1533 = load float, ptr %.1519, align 4
  br i1 %.1529.not, label %B1046.endif.endif.if, label %B1046.endif.endif.endif, !prof !0

B1046.endif.endif.if:                             ; preds = %B1046.endif.endif
  %.1531 = icmp sgt i32 %.1523, 0
  %.1524 = load ptr, ptr %excinfo.5, align 8
  %.1532 = select i1 %.1531, ptr %.1524, ptr undef
  store ptr %.1532, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1046.endif.endif.endif

B1046.endif.endif.endif:                          ; preds = %B1046.endif.endif.if, %B1046.endif.endif
  %.1543 = fsub float %.1487, %.1533
  %.1544 = fsub float %.1474.fca.1.load, %.1474.fca.0.load
  %.1545 = fsub float %.1474.fca.1.load, %.1474.fca.0.load
  %.1546 = fmul float %.1544, %.1545
  %.1547 = fmul float %.1546, 0x3FB5555560000000
  store i32 0, ptr %.1548, align 4
  %.1552 = call i32 @part8(ptr nonnull %.1548, ptr nonnull %excinfo.6, float %.1543, ptr null)
  %.1554 = icmp ne i32 %.1552, 0
  %.1555 = icmp ne i32 %.1552, -2
  %.1558.not = and i1 %.1554, %.1555
  %.1562 = load i32, ptr %.1548, align 4
  br i1 %.1558.not, label %B1046.endif.endif.endif.if, label %B1046.endif.endif.endif.endif, !prof !0

B1046.endif.endif.endif.if:                       ; preds = %B1046.endif.endif.endif
  %.1560 = icmp sgt i32 %.1552, 0
  %.1553 = load ptr, ptr %excinfo.6, align 8
  %.1561 = select i1 %.1560, ptr %.1553, ptr undef
  store ptr %.1561, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1046.endif.endif.endif.endif

B1046.endif.endif.endif.endif:                    ; preds = %B1046.endif.endif.endif.if, %B1046.endif.endif.endif
  %.1599 = icmp slt i64 %held.4.3, 0
  %.1600 = select i1 %.1599, i64 %arg.elements.5.0, i64 0
  %.1601 = add i64 %held.4.3, %.1600
  %.1621 = mul i64 %.1601, %arg.elements.5.1
  %.1625 = getelementptr i32, ptr %arg.elements.4, i64 %.1621
  store i32 %.1562, ptr %.1625, align 4
  store i64 0, ptr %.1629, align 8
  %.1633 = call i32 @part9(ptr nonnull %.1629, ptr nonnull %excinfo.7, float %.1547)
  %.1635 = icmp ne i32 %.1633, 0
  %.1636 = icmp ne i32 %.1633, -2
  %.1639.not = and i1 %.1635, %.1636
  %.1643 = load i64, ptr %.1629, align 8
  br i1 %.1639.not, label %B1046.endif.endif.endif.endif.if, label %B1046.endif.endif.endif.endif.endif, !prof !0

B1046.endif.endif.endif.endif.if:                 ; preds = %B1046.endif.endif.endif.endif
  %.1641 = icmp sgt i32 %.1633, 0
  %.1634 = load ptr, ptr %excinfo.7, align 8
  %.1642 = select i1 %.1641, ptr %.1634, ptr undef
  store ptr %.1642, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B1046.endif.endif.endif.endif.endif

B1046.endif.endif.endif.endif.endif:              ; preds = %B1046.endif.endif.endif.endif.if, %B1046.endif.endif.endif.endif
  %.1654 = or i64 %.1418, %.1643
  %.1682 = icmp slt i64 %held.4.3, 0
  %.1683 = select i1 %.1682, i64 %arg.elements.5.0, i64 0
  %.1684 = add i64 %held.4.3, %.1683
  %.1704 = mul i64 %.1684, %arg.elements.5.1
  %13 = getelementptr i32, ptr %arg.elements.4, i64 %.1704
  %.1708 = getelementptr i8, ptr %13, i64 4
  %.1709 = trunc i64 %.1654 to i32
  store i32 %.1709, ptr %.1708, align 4
  %.1712 = add nsw i64 %held.4.3, 1
  %.1722.not = icmp eq i64 %.1422, 0
  br i1 %.1722.not, label %B1510, label %B1498
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
  %.11 = alloca float, align 4
  store float 0.000000e+00, ptr %.11, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.9 = shl i32 %arg.bits, 16
  store float 0.000000e+00, ptr %.11, align 4
  %.15 = call i32 @part6(ptr nonnull %.11, ptr nonnull %excinfo.1, i32 %.9, ptr null)
  %.17 = icmp ne i32 %.15, 0
  %.18 = icmp ne i32 %.15, -2
  %.21.not = and i1 %.17, %.18
  %.25 = load float, ptr %.11, align 4
  br i1 %.21.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.23 = icmp sgt i32 %.15, 0
  %.16 = load ptr, ptr %excinfo.1, align 8
  %.24 = select i1 %.23, ptr %.16, ptr undef
  store ptr %.24, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.15, %B0.if ]
  ret i32 %common.ret.op

B0.endif:                                         ; preds = %B0.if, %entry
  store float %.25, ptr %retptr, align 4
  br label %common.ret
}

define internal i32 @part5(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.bits, i16 %arg.kind) {
entry:
  %.12 = alloca float, align 4
  store float 0.000000e+00, ptr %.12, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %arg.bits.tr = trunc i64 %arg.bits to i32
  %.11 = shl i32 %arg.bits.tr, 16
  store float 0.000000e+00, ptr %.12, align 4
  %.16 = call i32 @part6(ptr nonnull %.12, ptr nonnull %excinfo.1, i32 %.11, ptr null)
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

define internal i32 @part6(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.scalar, ptr %arg.viewty) {
entry:
  store i32 %arg.scalar, ptr %retptr, align 4
  ret i32 0
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
  %.16 = call i32 @part6(ptr nonnull %.12, ptr nonnull %excinfo.1, i32 %.10, ptr null)
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

define internal i32 @part8(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.scalar, ptr %arg.viewty) {
entry:
  store float %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part9(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.variance) {
entry:
  %.5 = alloca i32, align 4
  store i32 0, ptr %.5, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store i32 0, ptr %.5, align 4
  %.9 = call i32 @part10(ptr nonnull %.5, ptr nonnull %excinfo.1, float %arg.variance, ptr null)
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
  %0 = shl i32 %.19, 1
  %1 = and i32 %0, -16777216
  %.36 = zext i32 %1 to i64
  store i64 %.36, ptr %retptr, align 8
  br label %common.ret
}

define internal i32 @part10(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.scalar, ptr %arg.viewty) {
entry:
  store float %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #0

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
