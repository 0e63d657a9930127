; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.base.0, ptr %arg.base.1, i64 %arg.base.2, i64 %arg.base.3, ptr %arg.base.4, i64 %arg.base.5.0, i64 %arg.base.5.1, i64 %arg.base.6.0, i64 %arg.base.6.1, ptr %arg.merged.0, ptr %arg.merged.1, i64 %arg.merged.2, i64 %arg.merged.3, ptr %arg.merged.4, i64 %arg.merged.5.0, i64 %arg.merged.5.1, i64 %arg.merged.6.0, i64 %arg.merged.6.1, i16 %arg.kind, i64 %arg.largest, i64 %arg.wanted, ptr %arg.counts.0, ptr %arg.counts.1, i64 %arg.counts.2, i64 %arg.counts.3, ptr %arg.counts.4, i64 %arg.counts.5.0, i64 %arg.counts.6.0, ptr %arg.flags.0, ptr %arg.flags.1, i64 %arg.flags.2, i64 %arg.flags.3, ptr %arg.flags.4, i64 %arg.flags.5.0, i64 %arg.flags.6.0, i64 %arg.held, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.6.0, ptr %arg.centres.0, ptr %arg.centres.1, i64 %arg.centres.2, i64 %arg.centres.3, ptr %arg.centres.4, i64 %arg.centres.5.0, i64 %arg.centres.6.0, ptr %arg.variances.0, ptr %arg.variances.1, i64 %arg.variances.2, i64 %arg.variances.3, ptr %arg.variances.4, i64 %arg.variances.5.0, i64 %arg.variances.6.0, ptr %arg.ends.0, ptr %arg.ends.1, i64 %arg.ends.2, i64 %arg.ends.3, ptr %arg.ends.4, i64 %arg.ends.5.0, i64 %arg.ends.6.0) {
entry:
  %.153 = alloca i64, align 8
  store i64 0, ptr %.153, align 8
  %.156 = alloca i64, align 8
  store i64 0, ptr %.156, align 8
  %.437 = alloca i64, align 8
  store i64 0, ptr %.437, align 8
  %.440 = alloca i64, align 8
  store i64 0, ptr %.440, align 8
  %.591 = alloca i64, align 8
  store i64 0, ptr %.591, align 8
  %.594 = alloca i64, align 8
  store i64 0, ptr %.594, align 8
  %.974 = alloca i64, align 8
  store i64 0, ptr %.974, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.1028 = alloca i64, align 8
  store i64 0, ptr %.1028, align 8
  %.1031 = alloca i64, align 8
  store i64 0, ptr %.1031, align 8
  %.1131 = alloca i64, align 8
  store i64 0, ptr %.1131, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.1362 = alloca i64, align 8
  store i64 0, ptr %.1362, align 8
  %.1365 = alloca i64, align 8
  store i64 0, ptr %.1365, align 8
  %.1555 = alloca i64, align 8
  store i64 0, ptr %.1555, align 8
  %.1558 = alloca i64, align 8
  store i64 0, ptr %.1558, align 8
  %.1792 = alloca i64, align 8
  store i64 0, ptr %.1792, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.1859 = alloca [2 x float], align 4
  store float 0.000000e+00, ptr %.1859, align 4
  %.fca.1.gep = getelementptr inbounds nuw i8, ptr %.1859, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep, align 4
  %excinfo.4 = alloca ptr, align 8
  store ptr null, ptr %excinfo.4, align 8
  %.1950 = alloca float, align 4
  store float 0.000000e+00, ptr %.1950, align 4
  %excinfo.5 = alloca ptr, align 8
  store ptr null, ptr %excinfo.5, align 8
  store i64 0, ptr %.153, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B54:                                              ; preds = %B0.endif.endif, %B1296
  %held.2.0 = phi i64 [ %arg.held, %B0.endif.endif ], [ %held.3.1, %B1296 ]
  %.211 = load i64, ptr %.156, align 8
  %.212 = icmp sgt i64 %.211, 0
  br i1 %.212, label %B56.if, label %B56.endif

B58:                                              ; preds = %B56.endif
  %.272 = icmp slt i64 %.202.sroa.0.0, 0
  %.273 = select i1 %.272, i64 %arg.merged.5.0, i64 0
  %.274 = add i64 %.202.sroa.0.0, %.273
  %.291 = mul i64 %.274, %arg.merged.5.1
  %.293 = getelementptr i16, ptr %arg.merged.4, i64 %.291
  %.341 = icmp slt i64 %.202.sroa.0.0, 0
  %.342 = select i1 %.341, i64 %arg.base.5.0, i64 0
  %.343 = add i64 %.202.sroa.0.0, %.342
  %.360 = mul i64 %.343, %arg.base.5.1
  %.362 = getelementptr i16, ptr %arg.base.4, i64 %.360
  %.392 = shl nsw i64 %arg.wanted, 1
  %.394 = add nsw i64 %held.2.0, %.392
  store i64 0, ptr %.437, align 8
  br i1 false, label %B58.if, label %B58.endif, !prof !0

B164:                                             ; preds = %B58.endif.endif, %B166
  %.492 = load i64, ptr %.440, align 8
  %.493 = icmp sgt i64 %.492, 0
  br i1 %.493, label %B164.if, label %B164.endif

B166:                                             ; preds = %B164.endif
  %.544 = icmp slt i64 %.483.sroa.0.0, 0
  %.545 = select i1 %.544, i64 %arg.counts.5.0, i64 0
  %0 = getelementptr i32, ptr %arg.counts.4, i64 %.483.sroa.0.0
  %.559 = getelementptr i32, ptr %0, i64 %.545
  store i32 0, ptr %.559, align 4
  br label %B164

B180:                                             ; preds = %B164.endif
  store i64 0, ptr %.591, align 8
  br i1 false, label %B180.if, label %B180.endif, !prof !0

B224:                                             ; preds = %B180.endif.endif, %B226
  %.646 = load i64, ptr %.594, align 8
  %.647 = icmp sgt i64 %.646, 0
  br i1 %.647, label %B224.if, label %B224.endif

B226:                                             ; preds = %B224.endif
  %.698 = icmp slt i64 %.637.sroa.0.0, 0
  %.699 = select i1 %.698, i64 %arg.merged.5.1, i64 0
  %1 = getelementptr i16, ptr %.293, i64 %.637.sroa.0.0
  %.713 = getelementptr i16, ptr %1, i64 %.699
  %.714 = load i16, ptr %.713, align 2
  %2 = lshr i16 %.714, 4
  %3 = and i16 %2, 2047
  %.719 = zext nneg i16 %3 to i64
  %.745 = getelementptr i32, ptr %arg.counts.4, i64 %.719
  %.746 = load i32, ptr %.745, align 4
  %.748 = add i32 %.746, 1
  %.774 = getelementptr i32, ptr %arg.counts.4, i64 %.719
  store i32 %.748, ptr %.774, align 4
  br label %B224

B306:                                             ; preds = %B224.endif
  %.811 = load i32, ptr %arg.counts.4, align 4
  %.823 = sext i32 %.811 to i64
  %.824 = shl nsw i64 %.823, 3
  %.826 = icmp slt i64 %.824, %arg.wanted
  br i1 %.826, label %B354, label %B502

B354:                                             ; preds = %B306
  %.832 = sext i32 %.811 to i64
  %.854 = icmp sgt i64 %arg.counts.5.0, 1
  br i1 %.854, label %B398, label %B502

B398:                                             ; preds = %B458, %B354
  %last.3.2 = phi i64 [ 0, %B354 ], [ %.862, %B458 ]
  %below.2.2 = phi i64 [ %.832, %B354 ], [ %.904, %B458 ]
  %.862 = add nuw nsw i64 %last.3.2, 1
  %.900 = getelementptr i32, ptr %arg.counts.4, i64 %.862
  %.901 = load i32, ptr %.900, align 4
  %.903 = sext i32 %.901 to i64
  %.904 = add nsw i64 %below.2.2, %.903
  %.911 = shl nsw i64 %.904, 3
  %.913 = icmp slt i64 %.911, %arg.wanted
  br i1 %.913, label %B458, label %B502

B458:                                             ; preds = %B398
  %.936 = add nsw i64 %arg.counts.5.0, -1
  %.938 = icmp slt i64 %.862, %.936
  br i1 %.938, label %B398, label %B502

B502:                                             ; preds = %B458, %B398, %B354, %B306
  %last.3.1 = phi i64 [ %.862, %B458 ], [ %.862, %B398 ], [ 0, %B354 ], [ 0, %B306 ]
  %.966 = shl i64 %last.3.1, 4
  %.970 = or disjoint i64 %.966, 15
  store i64 0, ptr %.974, align 8
  %.980 = call i32 @part1(ptr nonnull %.974, ptr nonnull %excinfo.1, i64 %.970, i64 %arg.largest)
  %.982 = icmp ne i32 %.980, 0
  %.983 = icmp ne i32 %.980, -2
  %.986.not = and i1 %.982, %.983
  %.990 = load i64, ptr %.974, align 8
  br i1 %.986.not, label %B502.if, label %B502.endif, !prof !0

B632:                                             ; preds = %B502.endif.endif.endif, %B1292
  %held.3.1 = phi i64 [ %held.2.0, %B502.endif.endif.endif ], [ %held.4.2, %B1292 ]
  %.1084 = load i64, ptr %.1031, align 8
  %.1085 = icmp sgt i64 %.1084, 0
  br i1 %.1085, label %B634.if, label %B634.endif

B636:                                             ; preds = %B634.endif
  %.1128 = sub nsw i64 %arg.merged.5.1, %.1075.sroa.0.0
  store i64 0, ptr %.1131, align 8
  %.1137 = call i32 @part1(ptr nonnull %.1131, ptr nonnull %excinfo.2, i64 64, i64 %.1128)
  %.1139 = icmp ne i32 %.1137, 0
  %.1140 = icmp ne i32 %.1137, -2
  %.1143.not = and i1 %.1139, %.1140
  %.1147 = load i64, ptr %.1131, align 8
  br i1 %.1143.not, label %B636.if, label %B636.endif, !prof !0

B708:                                             ; preds = %B636.endif
  %.1166 = add nsw i64 %.1075.sroa.0.0, 64
  br i1 false, label %B708.if, label %B708.else

B784:                                             ; preds = %B708.endif.endif.endif, %B786
  %.1417 = load i64, ptr %.1365, align 8
  %.1418 = icmp sgt i64 %.1417, 0
  br i1 %.1418, label %B784.if, label %B784.endif

B786:                                             ; preds = %B784.endif
  %.1469 = icmp slt i64 %.1408.sroa.0.0, 0
  %.1470 = select i1 %.1469, i64 %.1291, i64 0
  %4 = getelementptr i16, ptr %.1307, i64 %.1408.sroa.0.0
  %.1484 = getelementptr i16, ptr %4, i64 %.1470
  %.1485 = load i16, ptr %.1484, align 2
  %5 = and i16 %.1485, 32767
  %.1488 = zext nneg i16 %5 to i64
  %.1490 = and i64 %.990, 65535
  %.1491 = icmp samesign uge i64 %.1490, %.1488
  %.1505 = icmp slt i64 %.1408.sroa.0.0, 0
  %.1506 = select i1 %.1505, i64 %arg.flags.5.0, i64 0
  %6 = getelementptr i8, ptr %arg.flags.4, i64 %.1408.sroa.0.0
  %.1520 = getelementptr i8, ptr %6, i64 %.1506
  %.1522 = zext i1 %.1491 to i8
  store i8 %.1522, ptr %.1520, align 1
  br label %B784

B836:                                             ; preds = %B784.endif
  br label %B948

B838:                                             ; preds = %B636.endif
  store i64 0, ptr %.1555, align 8
  br i1 false, label %B838.if, label %B838.endif, !prof !0

B878:                                             ; preds = %B838.endif.endif, %B938
  %.1610 = load i64, ptr %.1558, align 8
  %.1611 = icmp sgt i64 %.1610, 0
  br i1 %.1611, label %B878.if, label %B878.endif

B880:                                             ; preds = %B878.endif
  %.1654 = icmp slt i64 %.1601.sroa.0.0, %.1147
  br i1 %.1654, label %B894, label %B938

B894:                                             ; preds = %B880
  %.1661 = add nsw i64 %.1075.sroa.0.0, %.1601.sroa.0.0
  %.1675 = icmp slt i64 %.1661, 0
  %.1676 = select i1 %.1675, i64 %arg.merged.5.1, i64 0
  %7 = getelementptr i16, ptr %.293, i64 %.1661
  %.1690 = getelementptr i16, ptr %7, i64 %.1676
  %.1691 = load i16, ptr %.1690, align 2
  %8 = and i16 %.1691, 32767
  %.1694 = zext nneg i16 %8 to i64
  %.1696 = and i64 %.990, 65535
  %.1697 = icmp samesign uge i64 %.1696, %.1694
  %9 = zext i1 %.1697 to i8
  br label %B938

B938:                                             ; preds = %B894, %B880
  %"$phi938.3.2.4" = phi i8 [ %9, %B894 ], [ 0, %B880 ]
  %.1716 = icmp slt i64 %.1601.sroa.0.0, 0
  %.1717 = select i1 %.1716, i64 %arg.flags.5.0, i64 0
  %10 = getelementptr i8, ptr %arg.flags.4, i64 %.1601.sroa.0.0
  %.1731 = getelementptr i8, ptr %10, i64 %.1717
  store i8 %"$phi938.3.2.4", ptr %.1731, align 1
  br label %B878

B948:                                             ; preds = %B878.endif, %B836
  %.1759 = load <64 x i8>, ptr %arg.flags.4, align 1
  %.1760 = icmp ne <64 x i8> %.1759, zeroinitializer
  %.1761 = bitcast <64 x i1> %.1760 to i64
  %.1766.not = icmp eq i64 %.1761, 0
  br i1 %.1766.not, label %B1292, label %B984

B984:                                             ; preds = %B948
  %.1783 = icmp slt i64 %held.3.1, %.394
  br i1 %.1783, label %B996, label %B1292

B996:                                             ; preds = %B1280, %B984
  %held.4.3 = phi i64 [ %held.3.1, %B984 ], [ %.2042, %B1280 ]
  %is_small.2.3 = phi i64 [ %.1761, %B984 ], [ %.1821, %B1280 ]
  store i64 0, ptr %.1792, align 8
  %.1796 = call i32 @part2(ptr nonnull %.1792, ptr nonnull %excinfo.3, i64 %is_small.2.3)
  %.1798 = icmp ne i32 %.1796, 0
  %.1799 = icmp ne i32 %.1796, -2
  %.1802.not = and i1 %.1798, %.1799
  %.1806 = load i64, ptr %.1792, align 8
  br i1 %.1802.not, label %B996.if, label %B996.endif, !prof !0

B1280:                                            ; preds = %B996.endif.endif.endif
  %.2067 = icmp slt i64 %.2042, %.394
  br i1 %.2067, label %B996, label %B1292

B1292:                                            ; preds = %B996.endif.endif.endif, %B1280, %B984, %B948
  %held.4.2 = phi i64 [ %.2042, %B1280 ], [ %.2042, %B996.endif.endif.endif ], [ %held.3.1, %B984 ], [ %held.3.1, %B948 ]
  br label %B632

B1296:                                            ; preds = %B634.endif
  %.2124 = icmp slt i64 %.202.sroa.0.0, 0
  %.2125 = select i1 %.2124, i64 %arg.ends.5.0, i64 0
  %11 = getelementptr i64, ptr %arg.ends.4, i64 %.202.sroa.0.0
  %.2139 = getelementptr i64, ptr %11, i64 %.2125
  store i64 %held.3.1, ptr %.2139, align 8
  br label %B54

common.ret:                                       ; preds = %B996.endif.endif.if, %B996.endif.if, %B996.if, %B636.if, %B502.if, %B838.if, %B708.endif.if, %B502.endif.if, %B180.if, %B58.if, %B0.if, %B1310
  %common.ret.op = phi i32 [ 0, %B1310 ], [ poison, %B0.if ], [ poison, %B58.if ], [ poison, %B180.if ], [ %.1863, %B996.endif.if ], [ poison, %B502.endif.if ], [ %.980, %B502.if ], [ poison, %B708.endif.if ], [ poison, %B838.if ], [ %.1137, %B636.if ], [ %.1796, %B996.if ], [ %.1954, %B996.endif.endif.if ]
  ret i32 %common.ret.op

B1310:                                            ; preds = %B56.endif
  store i64 %held.2.0, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.167 = icmp slt i64 %arg.merged.5.0, 1
  br i1 %.167, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.merged.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.156, align 8
  br label %B54

B56.if:                                           ; preds = %B54
  %.218 = load i64, ptr %.153, align 8
  %.221 = add nsw i64 %.211, -1
  store i64 %.221, ptr %.156, align 8
  %.225 = add i64 %.218, 1
  store i64 %.225, ptr %.153, align 8
  br label %B56.endif

B56.endif:                                        ; preds = %B56.if, %B54
  %.202.sroa.0.0 = phi i64 [ %.218, %B56.if ], [ 0, %B54 ]
  br i1 %.212, label %B58, label %B1310

B58.if:                                           ; preds = %B58
  br label %common.ret

B58.endif:                                        ; preds = %B58
  %.451 = icmp slt i64 %arg.counts.5.0, 1
  br i1 %.451, label %B58.endif.if, label %B58.endif.else

B58.endif.if:                                     ; preds = %B58.endif
  br label %B58.endif.endif

B58.endif.else:                                   ; preds = %B58.endif
  br label %B58.endif.endif

B58.endif.endif:                                  ; preds = %B58.endif.else, %B58.endif.if
  %storemerge941 = phi i64 [ %arg.counts.5.0, %B58.endif.else ], [ 0, %B58.endif.if ]
  store i64 %storemerge941, ptr %.440, align 8
  br label %B164

B164.if:                                          ; preds = %B164
  %.499 = load i64, ptr %.437, align 8
  %.502 = add nsw i64 %.492, -1
  store i64 %.502, ptr %.440, align 8
  %.506 = add i64 %.499, 1
  store i64 %.506, ptr %.437, align 8
  br label %B164.endif

B164.endif:                                       ; preds = %B164.if, %B164
  %.483.sroa.0.0 = phi i64 [ %.499, %B164.if ], [ 0, %B164 ]
  br i1 %.493, label %B166, label %B180

B180.if:                                          ; preds = %B180
  br label %common.ret

B180.endif:                                       ; preds = %B180
  %.605 = icmp slt i64 %arg.merged.5.1, 1
  br i1 %.605, label %B180.endif.if, label %B180.endif.else

B180.endif.if:                                    ; preds = %B180.endif
  br label %B180.endif.endif

B180.endif.else:                                  ; preds = %B180.endif
  %12 = add nuw i64 %arg.merged.5.1, 7
  %.626 = lshr i64 %12, 3
  br label %B180.endif.endif

B180.endif.endif:                                 ; preds = %B180.endif.else, %B180.endif.if
  %storemerge943 = phi i64 [ %.626, %B180.endif.else ], [ 0, %B180.endif.if ]
  store i64 %storemerge943, ptr %.594, align 8
  br label %B224

B224.if:                                          ; preds = %B224
  %.653 = load i64, ptr %.591, align 8
  %.656 = add nsw i64 %.646, -1
  store i64 %.656, ptr %.594, align 8
  %.660 = add i64 %.653, 8
  store i64 %.660, ptr %.591, align 8
  br label %B224.endif

B224.endif:                                       ; preds = %B224.if, %B224
  %.637.sroa.0.0 = phi i64 [ %.653, %B224.if ], [ 0, %B224 ]
  br i1 %.647, label %B226, label %B306

B502.if:                                          ; preds = %B502
  %.988 = icmp sgt i32 %.980, 0
  %.981 = load ptr, ptr %excinfo.1, align 8
  %.989 = select i1 %.988, ptr %.981, ptr undef
  store ptr %.989, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B502.endif

B502.endif:                                       ; preds = %B502.if, %B502
  store i64 0, ptr %.1028, align 8
  br i1 false, label %B502.endif.if, label %B502.endif.endif, !prof !0

B502.endif.if:                                    ; preds = %B502.endif
  br label %common.ret

B502.endif.endif:                                 ; preds = %B502.endif
  %.1042 = icmp slt i64 %arg.merged.5.1, 1
  br i1 %.1042, label %B502.endif.endif.if, label %B502.endif.endif.else

B502.endif.endif.if:                              ; preds = %B502.endif.endif
  br label %B502.endif.endif.endif

B502.endif.endif.else:                            ; preds = %B502.endif.endif
  %13 = add nuw i64 %arg.merged.5.1, 63
  %.1063 = lshr i64 %13, 6
  br label %B502.endif.endif.endif

B502.endif.endif.endif:                           ; preds = %B502.endif.endif.else, %B502.endif.endif.if
  %storemerge945 = phi i64 [ %.1063, %B502.endif.endif.else ], [ 0, %B502.endif.endif.if ]
  store i64 %storemerge945, ptr %.1031, align 8
  br label %B632

B634.if:                                          ; preds = %B632
  %.1091 = load i64, ptr %.1028, align 8
  %.1094 = add nsw i64 %.1084, -1
  store i64 %.1094, ptr %.1031, align 8
  %.1098 = add i64 %.1091, 64
  store i64 %.1098, ptr %.1028, align 8
  br label %B634.endif

B634.endif:                                       ; preds = %B634.if, %B632
  %.1075.sroa.0.0 = phi i64 [ %.1091, %B634.if ], [ 0, %B632 ]
  br i1 %.1085, label %B636, label %B1296

B636.if:                                          ; preds = %B636
  %.1145 = icmp sgt i32 %.1137, 0
  %.1138 = load ptr, ptr %excinfo.2, align 8
  %.1146 = select i1 %.1145, ptr %.1138, ptr undef
  store ptr %.1146, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B636.endif

B636.endif:                                       ; preds = %B636.if, %B636
  %.1161 = icmp eq i64 %.1147, 64
  br i1 %.1161, label %B708, label %B838

B708.if:                                          ; preds = %B708
  br i1 poison, label %B708.if.if, label %B708.if.endif, !prof !0

B708.else:                                        ; preds = %B708
  %.1204 = icmp slt i64 %.1075.sroa.0.0, 0
  %.1205 = select i1 %.1204, i64 %arg.merged.5.1, i64 0
  %.1206 = add i64 %.1075.sroa.0.0, %.1205
  %.1209 = icmp slt i64 %.1206, 0
  br i1 %.1209, label %B708.else.if, label %B708.else.endif, !prof !0

B708.endif:                                       ; preds = %B708.if.endif.endif.endif, %B708.if.endif.endif.endif.if, %B708.else.endif.endif.endif, %B708.else.endif.endif.endif.if
  %.1194.sroa.13.0 = phi i64 [ %.1194.sroa.13.1, %B708.else.endif.endif.endif ], [ %arg.merged.5.1, %B708.else.endif.endif.endif.if ], [ poison, %B708.if.endif.endif.endif.if ], [ poison, %B708.if.endif.endif.endif ]
  %.1194.sroa.0.2 = phi i64 [ %.1194.sroa.0.3, %B708.else.endif.endif.endif ], [ %.1194.sroa.0.3, %B708.else.endif.endif.endif.if ], [ poison, %B708.if.endif.endif.endif.if ], [ poison, %B708.if.endif.endif.endif ]
  %.1282 = sub i64 %.1194.sroa.13.0, %.1194.sroa.0.2
  %.1291 = call i64 @llvm.smax.i64(i64 %.1282, i64 0)
  %.1307 = getelementptr i16, ptr %.293, i64 %.1194.sroa.0.2
  store i64 0, ptr %.1362, align 8
  br i1 false, label %B708.endif.if, label %B708.endif.endif, !prof !0

B708.else.if:                                     ; preds = %B708.else
  br label %B708.else.endif

B708.else.endif:                                  ; preds = %B708.else.if, %B708.else
  %.1194.sroa.0.1 = phi i64 [ 0, %B708.else.if ], [ %.1206, %B708.else ]
  %.1214.not = icmp slt i64 %.1206, %arg.merged.5.1
  br i1 %.1214.not, label %B708.else.endif.endif, label %B708.else.endif.if, !prof !1

B708.else.endif.if:                               ; preds = %B708.else.endif
  br label %B708.else.endif.endif

B708.else.endif.endif:                            ; preds = %B708.else.endif.if, %B708.else.endif
  %.1194.sroa.0.3 = phi i64 [ %arg.merged.5.1, %B708.else.endif.if ], [ %.1194.sroa.0.1, %B708.else.endif ]
  %.1221 = icmp slt i64 %.1075.sroa.0.0, -64
  %.1222 = select i1 %.1221, i64 %arg.merged.5.1, i64 0
  %.1223 = add i64 %.1166, %.1222
  %.1226 = icmp slt i64 %.1223, 0
  br i1 %.1226, label %B708.else.endif.endif.if, label %B708.else.endif.endif.endif, !prof !0

B708.else.endif.endif.if:                         ; preds = %B708.else.endif.endif
  br label %B708.else.endif.endif.endif

B708.else.endif.endif.endif:                      ; preds = %B708.else.endif.endif.if, %B708.else.endif.endif
  %.1194.sroa.13.1 = phi i64 [ 0, %B708.else.endif.endif.if ], [ %.1223, %B708.else.endif.endif ]
  %.1231.not = icmp slt i64 %.1223, %arg.merged.5.1
  br i1 %.1231.not, label %B708.endif, label %B708.else.endif.endif.endif.if, !prof !1

B708.else.endif.endif.endif.if:                   ; preds = %B708.else.endif.endif.endif
  br label %B708.endif

B708.if.if:                                       ; preds = %B708.if
  br label %B708.if.endif

B708.if.endif:                                    ; preds = %B708.if.if, %B708.if
  br i1 poison, label %B708.if.endif.if, label %B708.if.endif.endif, !prof !0

B708.if.endif.if:                                 ; preds = %B708.if.endif
  br label %B708.if.endif.endif

B708.if.endif.endif:                              ; preds = %B708.if.endif.if, %B708.if.endif
  br i1 poison, label %B708.if.endif.endif.if, label %B708.if.endif.endif.endif, !prof !0

B708.if.endif.endif.if:                           ; preds = %B708.if.endif.endif
  br label %B708.if.endif.endif.endif

B708.if.endif.endif.endif:                        ; preds = %B708.if.endif.endif.if, %B708.if.endif.endif
  br i1 poison, label %B708.if.endif.endif.endif.if, label %B708.endif, !prof !0

B708.if.endif.endif.endif.if:                     ; preds = %B708.if.endif.endif.endif
  br label %B708.endif

B708.endif.if:                                    ; preds = %B708.endif
  br label %common.ret

B708.endif.endif:                                 ; preds = %B708.endif
  br i1 false, label %B708.endif.endif.if, label %B708.endif.endif.else

B708.endif.endif.if:                              ; preds = %B708.endif.endif
  br label %B708.endif.endif.endif

B708.endif.endif.else:                            ; preds = %B708.endif.endif
  store i64 64, ptr %.1365, align 8
  br label %B708.endif.endif.endif

B708.endif.endif.endif:                           ; preds = %B708.endif.endif.else, %B708.endif.endif.if
  br label %B784

B784.if:                                          ; preds = %B784
  %.1424 = load i64, ptr %.1362, align 8
  %.1427 = add nsw i64 %.1417, -1
  store i64 %.1427, ptr %.1365, align 8
  %.1431 = add i64 %.1424, 1
  store i64 %.1431, ptr %.1362, align 8
  br label %B784.endif

B784.endif:                                       ; preds = %B784.if, %B784
  %.1408.sroa.0.0 = phi i64 [ %.1424, %B784.if ], [ 0, %B784 ]
  br i1 %.1418, label %B786, label %B836

B838.if:                                          ; preds = %B838
  br label %common.ret

B838.endif:                                       ; preds = %B838
  br i1 false, label %B838.endif.if, label %B838.endif.else

B838.endif.if:                                    ; preds = %B838.endif
  br label %B838.endif.endif

B838.endif.else:                                  ; preds = %B838.endif
  store i64 64, ptr %.1558, align 8
  br label %B838.endif.endif

B838.endif.endif:                                 ; preds = %B838.endif.else, %B838.endif.if
  br label %B878

B878.if:                                          ; preds = %B878
  %.1617 = load i64, ptr %.1555, align 8
  %.1620 = add nsw i64 %.1610, -1
  store i64 %.1620, ptr %.1558, align 8
  %.1624 = add i64 %.1617, 1
  store i64 %.1624, ptr %.1555, align 8
  br label %B878.endif

B878.endif:                                       ; preds = %B878.if, %B878
  %.1601.sroa.0.0 = phi i64 [ %.1617, %B878.if ], [ 0, %B878 ]
  br i1 %.1611, label %B880, label %B948

B996.if:                                          ; preds = %B996
  %.1804 = icmp sgt i32 %.1796, 0
  %.1797 = load ptr, ptr %excinfo.3, align 8
  %.1805 = select i1 %.1804, ptr %.1797, ptr undef
  store ptr %.1805, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B996.endif

B996.endif:                                       ; preds = %B996.if, %B996
  %.1817 = add nsw i64 %.1075.sroa.0.0, %.1806
  %.1819 = add i64 %is_small.2.3, -1
  %.1821 = and i64 %is_small.2.3, %.1819
  %.1841 = icmp slt i64 %.1817, 0
  %.1842 = select i1 %.1841, i64 %arg.merged.5.1, i64 0
  %14 = getelementptr i16, ptr %.293, i64 %.1817
  %.1856 = getelementptr i16, ptr %14, i64 %.1842
  %.1857 = load i16, ptr %.1856, align 2
  store float 0.000000e+00, ptr %.1859, align 4
  %.fca.1.gep53 = getelementptr inbounds nuw i8, ptr %.1859, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep53, align 4
  %.1863 = call i32 @part3(ptr nonnull %.1859, ptr nonnull %excinfo.4, i16 %.1857, i16 %arg.kind)
  %.1865 = icmp ne i32 %.1863, 0
  %.1866 = icmp ne i32 %.1863, -2
  %.1869.not = and i1 %.1865, %.1866
  %.1873.fca.0.load = load float, ptr %.1859, align 4
  %.1873.fca.1.gep = getelementptr inbounds nuw i8, ptr %.1859, i64 4
  %.1873.fca.1.load = load float, ptr %.1873.fca.1.gep, align 4
  br i1 %.1869.not, label %B996.endif.if, label %B996.endif.endif, !prof !0

B996.endif.if:                                    ; preds = %B996.endif
  %.1871 = icmp sgt i32 %.1863, 0
  %.1864 = load ptr, ptr %excinfo.4, align 8
  %.1872 = select i1 %.1871, ptr %.1864, ptr undef
  store ptr %.1872, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B996.endif.endif

B996.endif.endif:                                 ; preds = %B996.endif.if, %B996.endif
  %.1899 = icmp slt i64 %held.4.3, 0
  %.1900 = select i1 %.1899, i64 %arg.places.5.0, i64 0
  %15 = getelementptr i32, ptr %arg.places.4, i64 %held.4.3
  %.1914 = getelementptr i32, ptr %15, i64 %.1900
  %.1915 = trunc i64 %.1817 to i32
  store i32 %.1915, ptr %.1914, align 4
  %.1917 = fadd float %.1873.fca.0.load, %.1873.fca.1.load
  %.1918 = fmul float %.1917, 5.000000e-01
  %.1932 = icmp slt i64 %.1817, 0
  %.1933 = select i1 %.1932, i64 %arg.base.5.1, i64 0
  %16 = getelementptr i16, ptr %.362, i64 %.1817
  %.1947 = getelementptr i16, ptr %16, i64 %.1933
  %.1948 = load i16, ptr %.1947, align 2
  store float 0.000000e+00, ptr %.1950, align 4
  %.1954 = call i32 @part7(ptr nonnull %.1950, ptr nonnull %excinfo.5, i16 %.1948, i16 %arg.kind)
  %.1956 = icmp ne i32 %.1954, 0
  %.1957 = icmp ne i32 %.1954, -2
  %.1960.not = and i1 %.1956, %.1957
  %.1964 = load float, ptr %.1950, align 4
  br i1 %.1960.not, label %B996.endif.endif.if, label %B996.endif.endif.endif, !prof !0

B996.endif.endif.if:                              ; preds = %B996.endif.endif
  %.1962 = icmp sgt i32 %.1954, 0
  %.1955 = load ptr, ptr %excinfo.5, align 8
  %.1963 = select i1 %.1962, ptr %.1955, ptr undef
  store ptr %.1963, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B996.endif.endif.endif

B996.endif.endif.endif:                           ; preds = %B996.endif.endif.if, %B996.endif.endif
  %.1974 = fsub float %.1918, %.1964
  %.1989 = icmp slt i64 %held.4.3, 0
  %.1990 = select i1 %.1989, i64 %arg.centres.5.0, i64 0
  %17 = getelementptr float, ptr %arg.centres.4, i64 %held.4.3
  %.2004 = getelementptr float, ptr %17, i64 %.1990
  store float %.1974, ptr %.2004, align 4
  %.2006 = fsub float %.1873.fca.1.load, %.1873.fca.0.load
  %.2007 = fsub float %.1873.fca.1.load, %.1873.fca.0.load
  %.2008 = fmul float %.2006, %.2007
  %.2009 = fmul float %.2008, 0x3FB5555560000000
  %.2024 = icmp slt i64 %held.4.3, 0
  %.2025 = select i1 %.2024, i64 %arg.variances.5.0, i64 0
  %18 = getelementptr float, ptr %arg.variances.4, i64 %held.4.3
  %.2039 = getelementptr float, ptr %18, i64 %.2025
  store float %.2009, ptr %.2039, align 4
  %.2042 = add nsw i64 %held.4.3, 1
  %.2052.not = icmp eq i64 %.1821, 0
  br i1 %.2052.not, label %B1292, label %B1280
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

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smax.i64(i64, i64) #0

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #0

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
!1 = !{!"branch_weights", i32 99, i32 1}
