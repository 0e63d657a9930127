; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.ends.0, ptr %arg.ends.1, i64 %arg.ends.2, i64 %arg.ends.3, ptr %arg.ends.4, i64 %arg.ends.5.0, i64 %arg.ends.6.0, ptr %arg.elements.0, ptr %arg.elements.1, i64 %arg.elements.2, i64 %arg.elements.3, ptr %arg.elements.4, i64 %arg.elements.5.0, i64 %arg.elements.5.1, i64 %arg.elements.6.0, i64 %arg.elements.6.1, ptr %arg.turned_ends.0, ptr %arg.turned_ends.1, i64 %arg.turned_ends.2, i64 %arg.turned_ends.3, ptr %arg.turned_ends.4, i64 %arg.turned_ends.5.0, i64 %arg.turned_ends.6.0, ptr %arg.turned.0, ptr %arg.turned.1, i64 %arg.turned.2, i64 %arg.turned.3, ptr %arg.turned.4, i64 %arg.turned.5.0, i64 %arg.turned.5.1, i64 %arg.turned.6.0, i64 %arg.turned.6.1) {
entry:
  %.89 = alloca i64, align 8
  store i64 0, ptr %.89, align 8
  %.92 = alloca i64, align 8
  store i64 0, ptr %.92, align 8
  %.284 = alloca i64, align 8
  store i64 0, ptr %.284, align 8
  %.287 = alloca i64, align 8
  store i64 0, ptr %.287, align 8
  %.531 = alloca i64, align 8
  store i64 0, ptr %.531, align 8
  %.534 = alloca i64, align 8
  store i64 0, ptr %.534, align 8
  %.733 = alloca i64, align 8
  store i64 0, ptr %.733, align 8
  %.736 = alloca i64, align 8
  store i64 0, ptr %.736, align 8
  store i64 0, ptr %.89, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B60:                                              ; preds = %B0.endif.endif, %B62
  %.146 = load i64, ptr %.92, align 8
  %.147 = icmp sgt i64 %.146, 0
  br i1 %.147, label %B60.if, label %B60.endif

B62:                                              ; preds = %B60.endif
  %.198 = icmp slt i64 %.137.sroa.0.0, 0
  %.199 = select i1 %.198, i64 %arg.turned_ends.5.0, i64 0
  %0 = getelementptr i64, ptr %arg.turned_ends.4, i64 %.137.sroa.0.0
  %.213 = getelementptr i64, ptr %0, i64 %.199
  store i64 0, ptr %.213, align 8
  br label %B60

B76:                                              ; preds = %B60.endif
  %.245 = call i64 @llvm.smin.i64(i64 %arg.ends.5.0, i64 0)
  %1 = getelementptr i64, ptr %arg.ends.4, i64 %arg.ends.5.0
  %2 = getelementptr i8, ptr %1, i64 -8
  %.259 = getelementptr i64, ptr %2, i64 %.245
  %.260 = load i64, ptr %.259, align 8
  store i64 0, ptr %.284, align 8
  br i1 false, label %B76.if, label %B76.endif, !prof !0

B154:                                             ; preds = %B76.endif.endif, %B156
  %.339 = load i64, ptr %.287, align 8
  %.340 = icmp sgt i64 %.339, 0
  br i1 %.340, label %B154.if, label %B154.endif

B156:                                             ; preds = %B154.endif
  %.404 = icmp slt i64 %.330.sroa.0.0, 0
  %.405 = select i1 %.404, i64 %arg.elements.5.0, i64 0
  %.406 = add i64 %.330.sroa.0.0, %.405
  %.426 = mul i64 %.406, %arg.elements.5.1
  %3 = getelementptr i32, ptr %arg.elements.4, i64 %.426
  %.430 = getelementptr i8, ptr %3, i64 4
  %.431 = load i32, ptr %.430, align 4
  %4 = and i32 %.431, 16777215
  %.434 = zext nneg i32 %4 to i64
  %.460 = getelementptr i64, ptr %arg.turned_ends.4, i64 %.434
  %.461 = load i64, ptr %.460, align 8
  %.462 = add nsw i64 %.461, 1
  %.488 = getelementptr i64, ptr %arg.turned_ends.4, i64 %.434
  store i64 %.462, ptr %.488, align 8
  br label %B154

B224:                                             ; preds = %B154.endif
  store i64 0, ptr %.531, align 8
  br i1 false, label %B224.if, label %B224.endif, !prof !0

B284:                                             ; preds = %B224.endif.endif, %B286
  %start.2.0 = phi i64 [ 0, %B224.endif.endif ], [ %.687, %B286 ]
  %.586 = load i64, ptr %.534, align 8
  %.587 = icmp sgt i64 %.586, 0
  br i1 %.587, label %B284.if, label %B284.endif

B286:                                             ; preds = %B284.endif
  %.638 = icmp slt i64 %.577.sroa.0.0, 0
  %.639 = select i1 %.638, i64 %arg.turned_ends.5.0, i64 0
  %5 = getelementptr i64, ptr %arg.turned_ends.4, i64 %.577.sroa.0.0
  %.653 = getelementptr i64, ptr %5, i64 %.639
  %.654 = load i64, ptr %.653, align 8
  %.669 = icmp slt i64 %.577.sroa.0.0, 0
  %.670 = select i1 %.669, i64 %arg.turned_ends.5.0, i64 0
  %6 = getelementptr i64, ptr %arg.turned_ends.4, i64 %.577.sroa.0.0
  %.684 = getelementptr i64, ptr %6, i64 %.670
  store i64 %start.2.0, ptr %.684, align 8
  %.687 = add nsw i64 %start.2.0, %.654
  br label %B284

B326:                                             ; preds = %B284.endif
  store i64 0, ptr %.733, align 8
  br i1 false, label %B326.if, label %B326.endif, !prof !0

B386:                                             ; preds = %B326.endif.endif, %B626
  %k.1.2.0 = phi i64 [ 0, %B326.endif.endif ], [ %k.1.3.2, %B626 ]
  %.788 = load i64, ptr %.736, align 8
  %.789 = icmp sgt i64 %.788, 0
  br i1 %.789, label %B386.if, label %B386.endif

B388:                                             ; preds = %B386.endif
  %.852 = icmp slt i64 %.779.sroa.0.0, 0
  %.853 = select i1 %.852, i64 %arg.ends.5.0, i64 0
  %7 = getelementptr i64, ptr %arg.ends.4, i64 %.779.sroa.0.0
  %.867 = getelementptr i64, ptr %7, i64 %.853
  %.868 = load i64, ptr %.867, align 8
  %.870 = icmp slt i64 %k.1.2.0, %.868
  br i1 %.870, label %B414, label %B626

B414:                                             ; preds = %B414, %B388
  %k.1.3.1 = phi i64 [ %k.1.2.0, %B388 ], [ %.1160, %B414 ]
  %.901 = icmp slt i64 %k.1.3.1, 0
  %.902 = select i1 %.901, i64 %arg.elements.5.0, i64 0
  %.903 = add i64 %k.1.3.1, %.902
  %.923 = mul i64 %.903, %arg.elements.5.1
  %8 = getelementptr i32, ptr %arg.elements.4, i64 %.923
  %.927 = getelementptr i8, ptr %8, i64 4
  %.928 = load i32, ptr %.927, align 4
  %9 = and i32 %.928, 16777215
  %.931 = zext nneg i32 %9 to i64
  %.957 = getelementptr i64, ptr %arg.turned_ends.4, i64 %.931
  %.958 = load i64, ptr %.957, align 8
  %.986 = icmp slt i64 %k.1.3.1, 0
  %.987 = select i1 %.986, i64 %arg.elements.5.0, i64 0
  %.988 = add i64 %k.1.3.1, %.987
  %.1008 = mul i64 %.988, %arg.elements.5.1
  %.1012 = getelementptr i32, ptr %arg.elements.4, i64 %.1008
  %.1013 = load i32, ptr %.1012, align 4
  %10 = and i32 %.928, -16777216
  %.1048 = icmp slt i64 %.958, 0
  %.1049 = select i1 %.1048, i64 %arg.turned.5.0, i64 0
  %.1050 = add i64 %.958, %.1049
  %.1070 = mul i64 %.1050, %arg.turned.5.1
  %.1074 = getelementptr i32, ptr %arg.turned.4, i64 %.1070
  store i32 %.1013, ptr %.1074, align 4
  %.1102 = icmp slt i64 %.958, 0
  %.1103 = select i1 %.1102, i64 %arg.turned.5.0, i64 0
  %.1104 = add i64 %.958, %.1103
  %.1124 = mul i64 %.1104, %arg.turned.5.1
  %11 = getelementptr i32, ptr %arg.turned.4, i64 %.1124
  %.1128 = getelementptr i8, ptr %11, i64 4
  %12 = trunc i64 %.779.sroa.0.0 to i32
  %.1129 = or i32 %10, %12
  store i32 %.1129, ptr %.1128, align 4
  %.1131 = add nsw i64 %.958, 1
  %.1157 = getelementptr i64, ptr %arg.turned_ends.4, i64 %.931
  store i64 %.1131, ptr %.1157, align 8
  %.1160 = add nsw i64 %k.1.3.1, 1
  %.1179 = icmp slt i64 %.779.sroa.0.0, 0
  %.1180 = select i1 %.1179, i64 %arg.ends.5.0, i64 0
  %13 = getelementptr i64, ptr %arg.ends.4, i64 %.779.sroa.0.0
  %.1194 = getelementptr i64, ptr %13, i64 %.1180
  %.1195 = load i64, ptr %.1194, align 8
  %.1196 = icmp slt i64 %.1160, %.1195
  br i1 %.1196, label %B414, label %B626

B626:                                             ; preds = %B414, %B388
  %k.1.3.2 = phi i64 [ %.1160, %B414 ], [ %k.1.2.0, %B388 ]
  br label %B386

common.ret:                                       ; preds = %B326.if, %B224.if, %B76.if, %B0.if, %B628
  ret i32 0

B628:                                             ; preds = %B386.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.103 = icmp slt i64 %arg.turned_ends.5.0, 1
  br i1 %.103, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.turned_ends.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.92, align 8
  br label %B60

B60.if:                                           ; preds = %B60
  %.153 = load i64, ptr %.89, align 8
  %.156 = add nsw i64 %.146, -1
  store i64 %.156, ptr %.92, align 8
  %.160 = add i64 %.153, 1
  store i64 %.160, ptr %.89, align 8
  br label %B60.endif

B60.endif:                                        ; preds = %B60.if, %B60
  %.137.sroa.0.0 = phi i64 [ %.153, %B60.if ], [ 0, %B60 ]
  br i1 %.147, label %B62, label %B76

B76.if:                                           ; preds = %B76
  br label %common.ret

B76.endif:                                        ; preds = %B76
  %.298 = icmp slt i64 %.260, 1
  br i1 %.298, label %B76.endif.if, label %B76.endif.else

B76.endif.if:                                     ; preds = %B76.endif
  br label %B76.endif.endif

B76.endif.else:                                   ; preds = %B76.endif
  br label %B76.endif.endif

B76.endif.endif:                                  ; preds = %B76.endif.else, %B76.endif.if
  %storemerge459 = phi i64 [ %.260, %B76.endif.else ], [ 0, %B76.endif.if ]
  store i64 %storemerge459, ptr %.287, align 8
  br label %B154

B154.if:                                          ; preds = %B154
  %.346 = load i64, ptr %.284, align 8
  %.349 = add nsw i64 %.339, -1
  store i64 %.349, ptr %.287, align 8
  %.353 = add i64 %.346, 1
  store i64 %.353, ptr %.284, align 8
  br label %B154.endif

B154.endif:                                       ; preds = %B154.if, %B154
  %.330.sroa.0.0 = phi i64 [ %.346, %B154.if ], [ 0, %B154 ]
  br i1 %.340, label %B156, label %B224

B224.if:                                          ; preds = %B224
  br label %common.ret

B224.endif:                                       ; preds = %B224
  %.545 = icmp slt i64 %arg.turned_ends.5.0, 1
  br i1 %.545, label %B224.endif.if, label %B224.endif.else

B224.endif.if:                                    ; preds = %B224.endif
  br label %B224.endif.endif

B224.endif.else:                                  ; preds = %B224.endif
  br label %B224.endif.endif

B224.endif.endif:                                 ; preds = %B224.endif.else, %B224.endif.if
  %storemerge460 = phi i64 [ %arg.turned_ends.5.0, %B224.endif.else ], [ 0, %B224.endif.if ]
  store i64 %storemerge460, ptr %.534, align 8
  br label %B284

B284.if:                                          ; preds = %B284
  %.593 = load i64, ptr %.531, align 8
  %.596 = add nsw i64 %.586, -1
  store i64 %.596, ptr %.534, align 8
  %.600 = add i64 %.593, 1
  store i64 %.600, ptr %.531, align 8
  br label %B284.endif

B284.endif:                                       ; preds = %B284.if, %B284
  %.577.sroa.0.0 = phi i64 [ %.593, %B284.if ], [ 0, %B284 ]
  br i1 %.587, label %B286, label %B326

B326.if:                                          ; preds = %B326
  br label %common.ret

B326.endif:                                       ; preds = %B326
  %.747 = icmp slt i64 %arg.ends.5.0, 1
  br i1 %.747, label %B326.endif.if, label %B326.endif.else

B326.endif.if:                                    ; preds = %B326.endif
  br label %B326.endif.endif

B326.endif.else:                                  ; preds = %B326.endif
  br label %B326.endif.endif

B326.endif.endif:                                 ; preds = %B326.endif.else, %B326.endif.if
  %storemerge461 = phi i64 [ %arg.ends.5.0, %B326.endif.else ], [ 0, %B326.endif.if ]
  store i64 %storemerge461, ptr %.736, align 8
  br label %B386

B386.if:                                          ; preds = %B386
  %.795 = load i64, ptr %.733, align 8
  %.798 = add nsw i64 %.788, -1
  store i64 %.798, ptr %.736, align 8
  %.802 = add i64 %.795, 1
  store i64 %.802, ptr %.733, align 8
  br label %B386.endif

B386.endif:                                       ; preds = %B386.if, %B386
  %.779.sroa.0.0 = phi i64 [ %.795, %B386.if ], [ 0, %B386 ]
  br i1 %.789, label %B388, label %B628
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #0

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
