; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.ends.0, ptr %arg.ends.1, i64 %arg.ends.2, i64 %arg.ends.3, ptr %arg.ends.4, i64 %arg.ends.5.0, i64 %arg.ends.6.0, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.6.0, ptr %arg.centres.0, ptr %arg.centres.1, i64 %arg.centres.2, i64 %arg.centres.3, ptr %arg.centres.4, i64 %arg.centres.5.0, i64 %arg.centres.6.0, ptr %arg.variances.0, ptr %arg.variances.1, i64 %arg.variances.2, i64 %arg.variances.3, ptr %arg.variances.4, i64 %arg.variances.5.0, i64 %arg.variances.6.0, ptr %arg.turned_ends.0, ptr %arg.turned_ends.1, i64 %arg.turned_ends.2, i64 %arg.turned_ends.3, ptr %arg.turned_ends.4, i64 %arg.turned_ends.5.0, i64 %arg.turned_ends.6.0, ptr %arg.rows.0, ptr %arg.rows.1, i64 %arg.rows.2, i64 %arg.rows.3, ptr %arg.rows.4, i64 %arg.rows.5.0, i64 %arg.rows.6.0, ptr %arg.own.0, ptr %arg.own.1, i64 %arg.own.2, i64 %arg.own.3, ptr %arg.own.4, i64 %arg.own.5.0, i64 %arg.own.6.0, ptr %arg.spread.0, ptr %arg.spread.1, i64 %arg.spread.2, i64 %arg.spread.3, ptr %arg.spread.4, i64 %arg.spread.5.0, i64 %arg.spread.6.0) {
entry:
  %.125 = alloca i64, align 8
  store i64 0, ptr %.125, align 8
  %.128 = alloca i64, align 8
  store i64 0, ptr %.128, align 8
  %.320 = alloca i64, align 8
  store i64 0, ptr %.320, align 8
  %.323 = alloca i64, align 8
  store i64 0, ptr %.323, align 8
  %.548 = alloca i64, align 8
  store i64 0, ptr %.548, align 8
  %.551 = alloca i64, align 8
  store i64 0, ptr %.551, align 8
  %.750 = alloca i64, align 8
  store i64 0, ptr %.750, align 8
  %.753 = alloca i64, align 8
  store i64 0, ptr %.753, align 8
  store i64 0, ptr %.125, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B60:                                              ; preds = %B0.endif.endif, %B62
  %.182 = load i64, ptr %.128, align 8
  %.183 = icmp sgt i64 %.182, 0
  br i1 %.183, label %B60.if, label %B60.endif

B62:                                              ; preds = %B60.endif
  %.234 = icmp slt i64 %.173.sroa.0.0, 0
  %.235 = select i1 %.234, i64 %arg.turned_ends.5.0, i64 0
  %0 = getelementptr i64, ptr %arg.turned_ends.4, i64 %.173.sroa.0.0
  %.249 = getelementptr i64, ptr %0, i64 %.235
  store i64 0, ptr %.249, align 8
  br label %B60

B76:                                              ; preds = %B60.endif
  %.281 = call i64 @llvm.smin.i64(i64 %arg.ends.5.0, i64 0)
  %1 = getelementptr i64, ptr %arg.ends.4, i64 %arg.ends.5.0
  %2 = getelementptr i8, ptr %1, i64 -8
  %.295 = getelementptr i64, ptr %2, i64 %.281
  %.296 = load i64, ptr %.295, align 8
  store i64 0, ptr %.320, align 8
  br i1 false, label %B76.if, label %B76.endif, !prof !0

B154:                                             ; preds = %B76.endif.endif, %B156
  %.375 = load i64, ptr %.323, align 8
  %.376 = icmp sgt i64 %.375, 0
  br i1 %.376, label %B154.if, label %B154.endif

B156:                                             ; preds = %B154.endif
  %.427 = icmp slt i64 %.366.sroa.0.0, 0
  %.428 = select i1 %.427, i64 %arg.places.5.0, i64 0
  %3 = getelementptr i32, ptr %arg.places.4, i64 %.366.sroa.0.0
  %.442 = getelementptr i32, ptr %3, i64 %.428
  %.443 = load i32, ptr %.442, align 4
  %.445 = sext i32 %.443 to i64
  %.458 = icmp slt i32 %.443, 0
  %.459 = select i1 %.458, i64 %arg.turned_ends.5.0, i64 0
  %4 = getelementptr i64, ptr %arg.turned_ends.4, i64 %.459
  %.473 = getelementptr i64, ptr %4, i64 %.445
  %.474 = load i64, ptr %.473, align 8
  %.475 = add nsw i64 %.474, 1
  %.477 = sext i32 %.443 to i64
  %.490 = icmp slt i32 %.443, 0
  %.491 = select i1 %.490, i64 %arg.turned_ends.5.0, i64 0
  %5 = getelementptr i64, ptr %arg.turned_ends.4, i64 %.491
  %.505 = getelementptr i64, ptr %5, i64 %.477
  store i64 %.475, ptr %.505, align 8
  br label %B154

B204:                                             ; preds = %B154.endif
  store i64 0, ptr %.548, align 8
  br i1 false, label %B204.if, label %B204.endif, !prof !0

B264:                                             ; preds = %B204.endif.endif, %B266
  %start.2.0 = phi i64 [ 0, %B204.endif.endif ], [ %.704, %B266 ]
  %.603 = load i64, ptr %.551, align 8
  %.604 = icmp sgt i64 %.603, 0
  br i1 %.604, label %B264.if, label %B264.endif

B266:                                             ; preds = %B264.endif
  %.655 = icmp slt i64 %.594.sroa.0.0, 0
  %.656 = select i1 %.655, i64 %arg.turned_ends.5.0, i64 0
  %6 = getelementptr i64, ptr %arg.turned_ends.4, i64 %.594.sroa.0.0
  %.670 = getelementptr i64, ptr %6, i64 %.656
  %.671 = load i64, ptr %.670, align 8
  %.686 = icmp slt i64 %.594.sroa.0.0, 0
  %.687 = select i1 %.686, i64 %arg.turned_ends.5.0, i64 0
  %7 = getelementptr i64, ptr %arg.turned_ends.4, i64 %.594.sroa.0.0
  %.701 = getelementptr i64, ptr %7, i64 %.687
  store i64 %start.2.0, ptr %.701, align 8
  %.704 = add nsw i64 %start.2.0, %.671
  br label %B264

B306:                                             ; preds = %B264.endif
  store i64 0, ptr %.750, align 8
  br i1 false, label %B306.if, label %B306.endif, !prof !0

B366:                                             ; preds = %B306.endif.endif, %B532
  %k.1.2.0 = phi i64 [ 0, %B306.endif.endif ], [ %k.1.3.2, %B532 ]
  %.805 = load i64, ptr %.753, align 8
  %.806 = icmp sgt i64 %.805, 0
  br i1 %.806, label %B366.if, label %B366.endif

B368:                                             ; preds = %B366.endif
  %.869 = icmp slt i64 %.796.sroa.0.0, 0
  %.870 = select i1 %.869, i64 %arg.ends.5.0, i64 0
  %8 = getelementptr i64, ptr %arg.ends.4, i64 %.796.sroa.0.0
  %.884 = getelementptr i64, ptr %8, i64 %.870
  %.885 = load i64, ptr %.884, align 8
  %.887 = icmp slt i64 %k.1.2.0, %.885
  br i1 %.887, label %B394, label %B532

B394:                                             ; preds = %B394, %B368
  %k.1.3.1 = phi i64 [ %k.1.2.0, %B368 ], [ %.1140, %B394 ]
  %.905 = icmp slt i64 %k.1.3.1, 0
  %.906 = select i1 %.905, i64 %arg.places.5.0, i64 0
  %9 = getelementptr i32, ptr %arg.places.4, i64 %k.1.3.1
  %.920 = getelementptr i32, ptr %9, i64 %.906
  %.921 = load i32, ptr %.920, align 4
  %.923 = sext i32 %.921 to i64
  %.936 = icmp slt i32 %.921, 0
  %.937 = select i1 %.936, i64 %arg.turned_ends.5.0, i64 0
  %10 = getelementptr i64, ptr %arg.turned_ends.4, i64 %.937
  %.951 = getelementptr i64, ptr %10, i64 %.923
  %.952 = load i64, ptr %.951, align 8
  %.967 = icmp slt i64 %k.1.3.1, 0
  %.968 = select i1 %.967, i64 %arg.centres.5.0, i64 0
  %11 = getelementptr float, ptr %arg.centres.4, i64 %k.1.3.1
  %.982 = getelementptr float, ptr %11, i64 %.968
  %.983 = load float, ptr %.982, align 4
  %.998 = icmp slt i64 %k.1.3.1, 0
  %.999 = select i1 %.998, i64 %arg.variances.5.0, i64 0
  %12 = getelementptr float, ptr %arg.variances.4, i64 %k.1.3.1
  %.1013 = getelementptr float, ptr %12, i64 %.999
  %.1014 = load float, ptr %.1013, align 4
  %.1029 = icmp slt i64 %.952, 0
  %.1030 = select i1 %.1029, i64 %arg.rows.5.0, i64 0
  %13 = getelementptr i32, ptr %arg.rows.4, i64 %.952
  %.1044 = getelementptr i32, ptr %13, i64 %.1030
  %.1045 = trunc i64 %.796.sroa.0.0 to i32
  store i32 %.1045, ptr %.1044, align 4
  %.1060 = icmp slt i64 %.952, 0
  %.1061 = select i1 %.1060, i64 %arg.own.5.0, i64 0
  %14 = getelementptr float, ptr %arg.own.4, i64 %.952
  %.1075 = getelementptr float, ptr %14, i64 %.1061
  store float %.983, ptr %.1075, align 4
  %.1090 = icmp slt i64 %.952, 0
  %.1091 = select i1 %.1090, i64 %arg.spread.5.0, i64 0
  %15 = getelementptr float, ptr %arg.spread.4, i64 %.952
  %.1105 = getelementptr float, ptr %15, i64 %.1091
  store float %.1014, ptr %.1105, align 4
  %.1107 = add nsw i64 %.952, 1
  %.1109 = sext i32 %.921 to i64
  %.1122 = icmp slt i32 %.921, 0
  %.1123 = select i1 %.1122, i64 %arg.turned_ends.5.0, i64 0
  %16 = getelementptr i64, ptr %arg.turned_ends.4, i64 %.1123
  %.1137 = getelementptr i64, ptr %16, i64 %.1109
  store i64 %.1107, ptr %.1137, align 8
  %.1140 = add nsw i64 %k.1.3.1, 1
  %.1159 = icmp slt i64 %.796.sroa.0.0, 0
  %.1160 = select i1 %.1159, i64 %arg.ends.5.0, i64 0
  %17 = getelementptr i64, ptr %arg.ends.4, i64 %.796.sroa.0.0
  %.1174 = getelementptr i64, ptr %17, i64 %.1160
  %.1175 = load i64, ptr %.1174, align 8
  %.1176 = icmp slt i64 %.1140, %.1175
  br i1 %.1176, label %B394, label %B532

B532:                                             ; preds = %B394, %B368
  %k.1.3.2 = phi i64 [ %.1140, %B394 ], [ %k.1.2.0, %B368 ]
  br label %B366

common.ret:                                       ; preds = %B306.if, %B204.if, %B76.if, %B0.if, %B534
  ret i32 0

B534:                                             ; preds = %B366.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.139 = icmp slt i64 %arg.turned_ends.5.0, 1
  br i1 %.139, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.turned_ends.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.128, align 8
  br label %B60

B60.if:                                           ; preds = %B60
  %.189 = load i64, ptr %.125, align 8
  %.192 = add nsw i64 %.182, -1
  store i64 %.192, ptr %.128, align 8
  %.196 = add i64 %.189, 1
  store i64 %.196, ptr %.125, align 8
  br label %B60.endif

B60.endif:                                        ; preds = %B60.if, %B60
  %.173.sroa.0.0 = phi i64 [ %.189, %B60.if ], [ 0, %B60 ]
  br i1 %.183, label %B62, label %B76

B76.if:                                           ; preds = %B76
  br label %common.ret

B76.endif:                                        ; preds = %B76
  %.334 = icmp slt i64 %.296, 1
  br i1 %.334, label %B76.endif.if, label %B76.endif.else

B76.endif.if:                                     ; preds = %B76.endif
  br label %B76.endif.endif

B76.endif.else:                                   ; preds = %B76.endif
  br label %B76.endif.endif

B76.endif.endif:                                  ; preds = %B76.endif.else, %B76.endif.if
  %storemerge480 = phi i64 [ %.296, %B76.endif.else ], [ 0, %B76.endif.if ]
  store i64 %storemerge480, ptr %.323, align 8
  br label %B154

B154.if:                                          ; preds = %B154
  %.382 = load i64, ptr %.320, align 8
  %.385 = add nsw i64 %.375, -1
  store i64 %.385, ptr %.323, align 8
  %.389 = add i64 %.382, 1
  store i64 %.389, ptr %.320, align 8
  br label %B154.endif

B154.endif:                                       ; preds = %B154.if, %B154
  %.366.sroa.0.0 = phi i64 [ %.382, %B154.if ], [ 0, %B154 ]
  br i1 %.376, label %B156, label %B204

B204.if:                                          ; preds = %B204
  br label %common.ret

B204.endif:                                       ; preds = %B204
  %.562 = icmp slt i64 %arg.turned_ends.5.0, 1
  br i1 %.562, label %B204.endif.if, label %B204.endif.else

B204.endif.if:                                    ; preds = %B204.endif
  br label %B204.endif.endif

B204.endif.else:                                  ; preds = %B204.endif
  br label %B204.endif.endif

B204.endif.endif:                                 ; preds = %B204.endif.else, %B204.endif.if
  %storemerge481 = phi i64 [ %arg.turned_ends.5.0, %B204.endif.else ], [ 0, %B204.endif.if ]
  store i64 %storemerge481, ptr %.551, align 8
  br label %B264

B264.if:                                          ; preds = %B264
  %.610 = load i64, ptr %.548, align 8
  %.613 = add nsw i64 %.603, -1
  store i64 %.613, ptr %.551, align 8
  %.617 = add i64 %.610, 1
  store i64 %.617, ptr %.548, align 8
  br label %B264.endif

B264.endif:                                       ; preds = %B264.if, %B264
  %.594.sroa.0.0 = phi i64 [ %.610, %B264.if ], [ 0, %B264 ]
  br i1 %.604, label %B266, label %B306

B306.if:                                          ; preds = %B306
  br label %common.ret

B306.endif:                                       ; preds = %B306
  %.764 = icmp slt i64 %arg.ends.5.0, 1
  br i1 %.764, label %B306.endif.if, label %B306.endif.else

B306.endif.if:                                    ; preds = %B306.endif
  br label %B306.endif.endif

B306.endif.else:                                  ; preds = %B306.endif
  br label %B306.endif.endif

B306.endif.endif:                                 ; preds = %B306.endif.else, %B306.endif.if
  %storemerge482 = phi i64 [ %arg.ends.5.0, %B306.endif.else ], [ 0, %B306.endif.if ]
  store i64 %storemerge482, ptr %.753, align 8
  br label %B366

B366.if:                                          ; preds = %B366
  %.812 = load i64, ptr %.750, align 8
  %.815 = add nsw i64 %.805, -1
  store i64 %.815, ptr %.753, align 8
  %.819 = add i64 %.812, 1
  store i64 %.819, ptr %.750, align 8
  br label %B366.endif

B366.endif:                                       ; preds = %B366.if, %B366
  %.796.sroa.0.0 = phi i64 [ %.812, %B366.if ], [ 0, %B366 ]
  br i1 %.806, label %B368, label %B534
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #0

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
