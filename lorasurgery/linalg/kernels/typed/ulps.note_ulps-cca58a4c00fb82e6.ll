; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.one.0, ptr %arg.one.1, i64 %arg.one.2, i64 %arg.one.3, ptr %arg.one.4, i64 %arg.one.5.0, i64 %arg.one.6.0, ptr %arg.other.0, ptr %arg.other.1, i64 %arg.other.2, i64 %arg.other.3, ptr %arg.other.4, i64 %arg.other.5.0, i64 %arg.other.6.0, i64 %arg.lowest, i64 %arg.first, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.6.0, ptr %arg.ulps.0, ptr %arg.ulps.1, i64 %arg.ulps.2, i64 %arg.ulps.3, ptr %arg.ulps.4, i64 %arg.ulps.5.0, i64 %arg.ulps.6.0, ptr %arg.count.0, ptr %arg.count.1, i64 %arg.count.2, i64 %arg.count.3, ptr %arg.count.4, i64 %arg.count.5.0, i64 %arg.count.6.0) {
entry:
  %.131 = alloca i64, align 8
  store i64 0, ptr %.131, align 8
  %.134 = alloca i64, align 8
  store i64 0, ptr %.134, align 8
  %.277 = alloca i64, align 8
  store i64 0, ptr %.277, align 8
  %.280 = alloca i64, align 8
  store i64 0, ptr %.280, align 8
  %.496 = alloca i64, align 8
  store i64 0, ptr %.496, align 8
  %.499 = alloca i64, align 8
  store i64 0, ptr %.499, align 8
  %.695 = alloca i64, align 8
  store i64 0, ptr %.695, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.793 = alloca i64, align 8
  store i64 0, ptr %.793, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.850 = alloca i64, align 8
  store i64 0, ptr %.850, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.94 = load i64, ptr %arg.count.4, align 8
  store i64 0, ptr %.131, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B90:                                              ; preds = %B0.endif.endif, %B860
  %held.3.0 = phi i64 [ %.94, %B0.endif.endif ], [ %held.4.2, %B860 ]
  %.189 = load i64, ptr %.134, align 8
  %.190 = icmp sgt i64 %.189, 0
  br i1 %.190, label %B92.if, label %B92.endif

B94:                                              ; preds = %B92.endif
  %.235 = add nsw i64 %.180.sroa.0.0, 64
  %.246.not = icmp sgt i64 %.235, %arg.one.5.0
  br i1 %.246.not, label %B370, label %B190

B190:                                             ; preds = %B94
  store i64 0, ptr %.277, align 8
  br i1 false, label %B190.if, label %B190.endif, !prof !0

B230:                                             ; preds = %B190.endif.endif, %B232
  %differing.4.1 = phi i64 [ 0, %B190.endif.endif ], [ %.440, %B232 ]
  %.332 = load i64, ptr %.280, align 8
  %.333 = icmp sgt i64 %.332, 0
  br i1 %.333, label %B230.if, label %B230.endif

B232:                                             ; preds = %B230.endif
  %.372 = add nsw i64 %.180.sroa.0.0, %.323.sroa.0.0
  %.386 = icmp slt i64 %.372, 0
  %.387 = select i1 %.386, i64 %arg.one.5.0, i64 0
  %0 = getelementptr i16, ptr %arg.one.4, i64 %.372
  %.401 = getelementptr i16, ptr %0, i64 %.387
  %.402 = load i16, ptr %.401, align 2
  %.404 = add nsw i64 %.180.sroa.0.0, %.323.sroa.0.0
  %.418 = icmp slt i64 %.404, 0
  %.419 = select i1 %.418, i64 %arg.other.5.0, i64 0
  %1 = getelementptr i16, ptr %arg.other.4, i64 %.404
  %.433 = getelementptr i16, ptr %1, i64 %.419
  %.434 = load i16, ptr %.433, align 2
  %.435 = icmp ne i16 %.402, %.434
  %.437 = zext i1 %.435 to i64
  %.438 = shl nuw i64 %.437, %.323.sroa.0.0
  %.440 = or i64 %differing.4.1, %.438
  br label %B230

B368:                                             ; preds = %B230.endif
  br label %B570

B370:                                             ; preds = %B94
  %.472 = sub nsw i64 %arg.one.5.0, %.180.sroa.0.0
  store i64 0, ptr %.496, align 8
  br i1 false, label %B370.if, label %B370.endif, !prof !0

B432:                                             ; preds = %B370.endif.endif, %B434
  %differing.5.2 = phi i64 [ 0, %B370.endif.endif ], [ %.664, %B434 ]
  %.554 = load i64, ptr %.499, align 8
  %.555 = icmp sgt i64 %.554, 0
  br i1 %.555, label %B432.if, label %B432.endif

B434:                                             ; preds = %B432.endif
  %.596 = add nsw i64 %.180.sroa.0.0, %.545.sroa.0.0
  %.610 = icmp slt i64 %.596, 0
  %.611 = select i1 %.610, i64 %arg.one.5.0, i64 0
  %2 = getelementptr i16, ptr %arg.one.4, i64 %.596
  %.625 = getelementptr i16, ptr %2, i64 %.611
  %.626 = load i16, ptr %.625, align 2
  %.628 = add nsw i64 %.180.sroa.0.0, %.545.sroa.0.0
  %.642 = icmp slt i64 %.628, 0
  %.643 = select i1 %.642, i64 %arg.other.5.0, i64 0
  %3 = getelementptr i16, ptr %arg.other.4, i64 %.628
  %.657 = getelementptr i16, ptr %3, i64 %.643
  %.658 = load i16, ptr %.657, align 2
  %.659 = icmp ne i16 %.626, %.658
  %.661 = zext i1 %.659 to i64
  %.662 = shl nuw i64 %.661, %.545.sroa.0.0
  %.664 = or i64 %differing.5.2, %.662
  br label %B432

B570:                                             ; preds = %B432.endif, %B368
  %differing.6.1 = phi i64 [ %differing.4.1, %B368 ], [ %differing.5.2, %B432.endif ]
  %.689.not = icmp eq i64 %differing.6.1, 0
  br i1 %.689.not, label %B860, label %B574

B574:                                             ; preds = %B574.endif.endif.endif, %B570
  %held.4.1 = phi i64 [ %held.3.0, %B570 ], [ %.907, %B574.endif.endif.endif ]
  %differing.7.1 = phi i64 [ %differing.6.1, %B570 ], [ %.724, %B574.endif.endif.endif ]
  store i64 0, ptr %.695, align 8
  %.699 = call i32 @part1(ptr nonnull %.695, ptr nonnull %excinfo.1, i64 %differing.7.1)
  %.701 = icmp ne i32 %.699, 0
  %.702 = icmp ne i32 %.699, -2
  %.705.not = and i1 %.701, %.702
  %.709 = load i64, ptr %.695, align 8
  br i1 %.705.not, label %B574.if, label %B574.endif, !prof !0

B860:                                             ; preds = %B574.endif.endif.endif, %B570
  %held.4.2 = phi i64 [ %.907, %B574.endif.endif.endif ], [ %held.3.0, %B570 ]
  br label %B90

common.ret:                                       ; preds = %B574.endif.endif.if, %B574.endif.if, %B574.if, %B370.if, %B190.if, %B0.if, %B864
  %common.ret.op = phi i32 [ 0, %B864 ], [ poison, %B0.if ], [ poison, %B190.if ], [ poison, %B370.if ], [ %.797, %B574.endif.if ], [ %.699, %B574.if ], [ %.854, %B574.endif.endif.if ]
  ret i32 %common.ret.op

B864:                                             ; preds = %B92.endif
  store i64 %held.3.0, ptr %arg.count.4, align 8
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.145 = icmp slt i64 %arg.one.5.0, 1
  br i1 %.145, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  %4 = add nuw i64 %arg.one.5.0, 63
  %.168 = lshr i64 %4, 6
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %.168, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.134, align 8
  br label %B90

B92.if:                                           ; preds = %B90
  %.196 = load i64, ptr %.131, align 8
  %.199 = add nsw i64 %.189, -1
  store i64 %.199, ptr %.134, align 8
  %.203 = add i64 %.196, 64
  store i64 %.203, ptr %.131, align 8
  br label %B92.endif

B92.endif:                                        ; preds = %B92.if, %B90
  %.180.sroa.0.0 = phi i64 [ %.196, %B92.if ], [ 0, %B90 ]
  br i1 %.190, label %B94, label %B864

B190.if:                                          ; preds = %B190
  br label %common.ret

B190.endif:                                       ; preds = %B190
  br i1 false, label %B190.endif.if, label %B190.endif.else

B190.endif.if:                                    ; preds = %B190.endif
  br label %B190.endif.endif

B190.endif.else:                                  ; preds = %B190.endif
  store i64 64, ptr %.280, align 8
  br label %B190.endif.endif

B190.endif.endif:                                 ; preds = %B190.endif.else, %B190.endif.if
  br label %B230

B230.if:                                          ; preds = %B230
  %.339 = load i64, ptr %.277, align 8
  %.342 = add nsw i64 %.332, -1
  store i64 %.342, ptr %.280, align 8
  %.346 = add i64 %.339, 1
  store i64 %.346, ptr %.277, align 8
  br label %B230.endif

B230.endif:                                       ; preds = %B230.if, %B230
  %.323.sroa.0.0 = phi i64 [ %.339, %B230.if ], [ 0, %B230 ]
  br i1 %.333, label %B232, label %B368

B370.if:                                          ; preds = %B370
  br label %common.ret

B370.endif:                                       ; preds = %B370
  %.510 = icmp slt i64 %.472, 1
  br i1 %.510, label %B370.endif.if, label %B370.endif.else

B370.endif.if:                                    ; preds = %B370.endif
  br label %B370.endif.endif

B370.endif.else:                                  ; preds = %B370.endif
  br label %B370.endif.endif

B370.endif.endif:                                 ; preds = %B370.endif.else, %B370.endif.if
  %storemerge351 = phi i64 [ %.472, %B370.endif.else ], [ 0, %B370.endif.if ]
  store i64 %storemerge351, ptr %.499, align 8
  br label %B432

B432.if:                                          ; preds = %B432
  %.561 = load i64, ptr %.496, align 8
  %.564 = add nsw i64 %.554, -1
  store i64 %.564, ptr %.499, align 8
  %.568 = add i64 %.561, 1
  store i64 %.568, ptr %.496, align 8
  br label %B432.endif

B432.endif:                                       ; preds = %B432.if, %B432
  %.545.sroa.0.0 = phi i64 [ %.561, %B432.if ], [ 0, %B432 ]
  br i1 %.555, label %B434, label %B570

B574.if:                                          ; preds = %B574
  %.707 = icmp sgt i32 %.699, 0
  %.700 = load ptr, ptr %excinfo.1, align 8
  %.708 = select i1 %.707, ptr %.700, ptr undef
  store ptr %.708, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B574.endif

B574.endif:                                       ; preds = %B574.if, %B574
  %.720 = add nsw i64 %.180.sroa.0.0, %.709
  %.722 = add i64 %differing.7.1, -1
  %.724 = and i64 %differing.7.1, %.722
  %.728 = add nsw i64 %arg.first, %.720
  %.743 = icmp slt i64 %held.4.1, 0
  %.744 = select i1 %.743, i64 %arg.places.5.0, i64 0
  %5 = getelementptr i64, ptr %arg.places.4, i64 %held.4.1
  %.758 = getelementptr i64, ptr %5, i64 %.744
  store i64 %.728, ptr %.758, align 8
  %.774 = icmp slt i64 %.720, 0
  %.775 = select i1 %.774, i64 %arg.one.5.0, i64 0
  %6 = getelementptr i16, ptr %arg.one.4, i64 %.720
  %.789 = getelementptr i16, ptr %6, i64 %.775
  %.790 = load i16, ptr %.789, align 2
  %.791 = sext i16 %.790 to i64
  store i64 0, ptr %.793, align 8
  %.797 = call i32 @part2(ptr nonnull %.793, ptr nonnull %excinfo.2, i64 %.791, i64 %arg.lowest)
  %.799 = icmp ne i32 %.797, 0
  %.800 = icmp ne i32 %.797, -2
  %.803.not = and i1 %.799, %.800
  %.807 = load i64, ptr %.793, align 8
  br i1 %.803.not, label %B574.endif.if, label %B574.endif.endif, !prof !0

B574.endif.if:                                    ; preds = %B574.endif
  %.805 = icmp sgt i32 %.797, 0
  %.798 = load ptr, ptr %excinfo.2, align 8
  %.806 = select i1 %.805, ptr %.798, ptr undef
  store ptr %.806, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B574.endif.endif

B574.endif.endif:                                 ; preds = %B574.endif.if, %B574.endif
  %.831 = icmp slt i64 %.720, 0
  %.832 = select i1 %.831, i64 %arg.other.5.0, i64 0
  %7 = getelementptr i16, ptr %arg.other.4, i64 %.720
  %.846 = getelementptr i16, ptr %7, i64 %.832
  %.847 = load i16, ptr %.846, align 2
  %.848 = sext i16 %.847 to i64
  store i64 0, ptr %.850, align 8
  %.854 = call i32 @part2(ptr nonnull %.850, ptr nonnull %excinfo.3, i64 %.848, i64 %arg.lowest)
  %.856 = icmp ne i32 %.854, 0
  %.857 = icmp ne i32 %.854, -2
  %.860.not = and i1 %.856, %.857
  %.864 = load i64, ptr %.850, align 8
  br i1 %.860.not, label %B574.endif.endif.if, label %B574.endif.endif.endif, !prof !0

B574.endif.endif.if:                              ; preds = %B574.endif.endif
  %.862 = icmp sgt i32 %.854, 0
  %.855 = load ptr, ptr %excinfo.3, align 8
  %.863 = select i1 %.862, ptr %.855, ptr undef
  store ptr %.863, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B574.endif.endif.endif

B574.endif.endif.endif:                           ; preds = %B574.endif.endif.if, %B574.endif.endif
  %.874 = sub nsw i64 %.807, %.864
  %.889 = icmp slt i64 %held.4.1, 0
  %.890 = select i1 %.889, i64 %arg.ulps.5.0, i64 0
  %8 = getelementptr i64, ptr %arg.ulps.4, i64 %held.4.1
  %.904 = getelementptr i64, ptr %8, i64 %.890
  store i64 %.874, ptr %.904, align 8
  %.907 = add nsw i64 %held.4.1, 1
  %.912.not = icmp eq i64 %.724, 0
  br i1 %.912.not, label %B860, label %B574
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.mask) {
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

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.number, i64 %arg.lowest) {
entry:
  %.11 = icmp slt i64 %arg.number, 0
  %.14 = icmp slt i64 %arg.lowest, 0
  %or.cond = select i1 %.11, i1 %.14, i1 false
  %0 = xor i64 %arg.number, -1
  %.23 = add i64 %arg.lowest, %0
  %"$phi46.0.2.0" = select i1 %or.cond, i64 %.23, i64 %arg.number
  store i64 %"$phi46.0.2.0", ptr %retptr, align 8
  ret i32 0
}

!0 = !{!"branch_weights", i32 1, i32 99}
