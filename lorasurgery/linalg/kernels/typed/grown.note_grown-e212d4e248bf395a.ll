; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.predicted.0, ptr %arg.predicted.1, i64 %arg.predicted.2, i64 %arg.predicted.3, ptr %arg.predicted.4, i64 %arg.predicted.5.0, i64 %arg.predicted.6.0, ptr %arg.merged.0, ptr %arg.merged.1, i64 %arg.merged.2, i64 %arg.merged.3, ptr %arg.merged.4, i64 %arg.merged.5.0, i64 %arg.merged.6.0, i32 %arg.exponents, i64 %arg.step, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.5.1, i64 %arg.places.6.0, i64 %arg.places.6.1, ptr %arg.counts.0, ptr %arg.counts.1, i64 %arg.counts.2, i64 %arg.counts.3, ptr %arg.counts.4, i64 %arg.counts.5.0, i64 %arg.counts.6.0) {
entry:
  %.81 = alloca i64, align 8
  store i64 0, ptr %.81, align 8
  %.84 = alloca i64, align 8
  store i64 0, ptr %.84, align 8
  %.245 = alloca i64, align 8
  store i64 0, ptr %.245, align 8
  %.248 = alloca i64, align 8
  store i64 0, ptr %.248, align 8
  %.435 = alloca i64, align 8
  store i64 0, ptr %.435, align 8
  %.438 = alloca i64, align 8
  store i64 0, ptr %.438, align 8
  %.632 = alloca i64, align 8
  store i64 0, ptr %.632, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.776 = alloca i64, align 8
  store i64 0, ptr %.776, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  store i64 0, ptr %.81, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B34:                                              ; preds = %B0.endif.endif, %B36
  %.138 = load i64, ptr %.84, align 8
  %.139 = icmp sgt i64 %.138, 0
  br i1 %.139, label %B34.if, label %B34.endif

B36:                                              ; preds = %B34.endif
  %.190 = icmp slt i64 %.129.sroa.0.0, 0
  %.191 = select i1 %.190, i64 %arg.counts.5.0, i64 0
  %0 = getelementptr i64, ptr %arg.counts.4, i64 %.129.sroa.0.0
  %.205 = getelementptr i64, ptr %0, i64 %.191
  store i64 0, ptr %.205, align 8
  br label %B34

B50:                                              ; preds = %B34.endif
  store i64 0, ptr %.245, align 8
  br i1 false, label %B50.if, label %B50.endif, !prof !0

B120:                                             ; preds = %B50.endif.endif, %B826
  %.301 = load i64, ptr %.248, align 8
  %.302 = icmp sgt i64 %.301, 0
  br i1 %.302, label %B122.if, label %B122.endif

B124:                                             ; preds = %B122.endif
  %.347 = add nsw i64 %.292.sroa.0.0, 64
  %.358.not = icmp sgt i64 %.347, %arg.merged.5.0
  br i1 %.358.not, label %B258, label %B220

B220:                                             ; preds = %B124
  %.372 = getelementptr i32, ptr %arg.predicted.4, i64 %.292.sroa.0.0
  %.374 = load <64 x i32>, ptr %.372, align 4
  %.381 = getelementptr i32, ptr %arg.merged.4, i64 %.292.sroa.0.0
  %.383 = load <64 x i32>, ptr %.381, align 4
  %.384 = insertelement <64 x i32> poison, i32 %arg.exponents, i64 0
  %.385 = shufflevector <64 x i32> %.384, <64 x i32> poison, <64 x i32> zeroinitializer
  %.386 = and <64 x i32> %.374, %.385
  %.387 = and <64 x i32> %.383, %.385
  %.388 = icmp ult <64 x i32> %.386, %.387
  %.389 = bitcast <64 x i1> %.388 to i64
  br label %B474

B258:                                             ; preds = %B124
  %.411 = sub nsw i64 %arg.merged.5.0, %.292.sroa.0.0
  store i64 0, ptr %.435, align 8
  br i1 false, label %B258.if, label %B258.endif, !prof !0

B320:                                             ; preds = %B258.endif.endif, %B322
  %grown.4.2 = phi i64 [ 0, %B258.endif.endif ], [ %.611, %B322 ]
  %.493 = load i64, ptr %.438, align 8
  %.494 = icmp sgt i64 %.493, 0
  br i1 %.494, label %B320.if, label %B320.endif

B322:                                             ; preds = %B320.endif
  %.535 = add nsw i64 %.292.sroa.0.0, %.484.sroa.0.0
  %.549 = icmp slt i64 %.535, 0
  %.550 = select i1 %.549, i64 %arg.predicted.5.0, i64 0
  %1 = getelementptr i32, ptr %arg.predicted.4, i64 %.535
  %.564 = getelementptr i32, ptr %1, i64 %.550
  %.565 = load i32, ptr %.564, align 4
  %.569344 = and i32 %.565, %arg.exponents
  %.571 = add nsw i64 %.292.sroa.0.0, %.484.sroa.0.0
  %.585 = icmp slt i64 %.571, 0
  %.586 = select i1 %.585, i64 %arg.merged.5.0, i64 0
  %2 = getelementptr i32, ptr %arg.merged.4, i64 %.571
  %.600 = getelementptr i32, ptr %2, i64 %.586
  %.601 = load i32, ptr %.600, align 4
  %.605345 = and i32 %.601, %arg.exponents
  %.606 = icmp ult i32 %.569344, %.605345
  %.608 = zext i1 %.606 to i64
  %.609 = shl nuw i64 %.608, %.484.sroa.0.0
  %.611 = or i64 %grown.4.2, %.609
  br label %B320

B474:                                             ; preds = %B320.endif, %B220
  %grown.5.1 = phi i64 [ %.389, %B220 ], [ %grown.4.2, %B320.endif ]
  %.626.not = icmp eq i64 %grown.5.1, 0
  br i1 %.626.not, label %B826, label %B478

B478:                                             ; preds = %B478.endif.endif.endif, %B474
  %grown.6.1 = phi i64 [ %grown.5.1, %B474 ], [ %.661, %B478.endif.endif.endif ]
  store i64 0, ptr %.632, align 8
  %.636 = call i32 @part1(ptr nonnull %.632, ptr nonnull %excinfo.1, i64 %grown.6.1)
  %.638 = icmp ne i32 %.636, 0
  %.639 = icmp ne i32 %.636, -2
  %.642.not = and i1 %.638, %.639
  %.646 = load i64, ptr %.632, align 8
  br i1 %.642.not, label %B478.if, label %B478.endif, !prof !0

B826:                                             ; preds = %B478.endif.endif.endif, %B474
  br label %B120

common.ret:                                       ; preds = %B478.endif.endif.if, %B478.if, %B258.if, %B50.if, %B0.if, %B830
  %common.ret.op = phi i32 [ 0, %B830 ], [ poison, %B0.if ], [ poison, %B50.if ], [ poison, %B258.if ], [ %.636, %B478.if ], [ %.782, %B478.endif.endif.if ]
  ret i32 %common.ret.op

B830:                                             ; preds = %B122.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  br i1 false, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  store i64 3, ptr %.84, align 8
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  br label %B34

B34.if:                                           ; preds = %B34
  %.145 = load i64, ptr %.81, align 8
  %.148 = add nsw i64 %.138, -1
  store i64 %.148, ptr %.84, align 8
  %.152 = add i64 %.145, 1
  store i64 %.152, ptr %.81, align 8
  br label %B34.endif

B34.endif:                                        ; preds = %B34.if, %B34
  %.129.sroa.0.0 = phi i64 [ %.145, %B34.if ], [ 0, %B34 ]
  br i1 %.139, label %B36, label %B50

B50.if:                                           ; preds = %B50
  br label %common.ret

B50.endif:                                        ; preds = %B50
  %.259 = icmp slt i64 %arg.merged.5.0, 1
  br i1 %.259, label %B50.endif.if, label %B50.endif.else

B50.endif.if:                                     ; preds = %B50.endif
  br label %B50.endif.endif

B50.endif.else:                                   ; preds = %B50.endif
  %3 = add nuw i64 %arg.merged.5.0, 63
  %.280 = lshr i64 %3, 6
  br label %B50.endif.endif

B50.endif.endif:                                  ; preds = %B50.endif.else, %B50.endif.if
  %storemerge = phi i64 [ %.280, %B50.endif.else ], [ 0, %B50.endif.if ]
  store i64 %storemerge, ptr %.248, align 8
  br label %B120

B122.if:                                          ; preds = %B120
  %.308 = load i64, ptr %.245, align 8
  %.311 = add nsw i64 %.301, -1
  store i64 %.311, ptr %.248, align 8
  %.315 = add i64 %.308, 64
  store i64 %.315, ptr %.245, align 8
  br label %B122.endif

B122.endif:                                       ; preds = %B122.if, %B120
  %.292.sroa.0.0 = phi i64 [ %.308, %B122.if ], [ 0, %B120 ]
  br i1 %.302, label %B124, label %B830

B258.if:                                          ; preds = %B258
  br label %common.ret

B258.endif:                                       ; preds = %B258
  %.449 = icmp slt i64 %.411, 1
  br i1 %.449, label %B258.endif.if, label %B258.endif.else

B258.endif.if:                                    ; preds = %B258.endif
  br label %B258.endif.endif

B258.endif.else:                                  ; preds = %B258.endif
  br label %B258.endif.endif

B258.endif.endif:                                 ; preds = %B258.endif.else, %B258.endif.if
  %storemerge343 = phi i64 [ %.411, %B258.endif.else ], [ 0, %B258.endif.if ]
  store i64 %storemerge343, ptr %.438, align 8
  br label %B320

B320.if:                                          ; preds = %B320
  %.500 = load i64, ptr %.435, align 8
  %.503 = add nsw i64 %.493, -1
  store i64 %.503, ptr %.438, align 8
  %.507 = add i64 %.500, 1
  store i64 %.507, ptr %.435, align 8
  br label %B320.endif

B320.endif:                                       ; preds = %B320.if, %B320
  %.484.sroa.0.0 = phi i64 [ %.500, %B320.if ], [ 0, %B320 ]
  br i1 %.494, label %B322, label %B474

B478.if:                                          ; preds = %B478
  %.644 = icmp sgt i32 %.636, 0
  %.637 = load ptr, ptr %excinfo.1, align 8
  %.645 = select i1 %.644, ptr %.637, ptr undef
  store ptr %.645, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B478.endif

B478.endif:                                       ; preds = %B478.if, %B478
  %.657 = add nsw i64 %.292.sroa.0.0, %.646
  %.659 = add i64 %grown.6.1, -1
  %.661 = and i64 %grown.6.1, %.659
  %.677 = icmp slt i64 %.657, 0
  %.678 = select i1 %.677, i64 %arg.merged.5.0, i64 0
  %4 = getelementptr i32, ptr %arg.merged.4, i64 %.657
  %.692 = getelementptr i32, ptr %4, i64 %.678
  %.693 = load i32, ptr %.692, align 4
  %.697346 = and i32 %.693, %arg.exponents
  %.697 = zext i32 %.697346 to i64
  %.711 = icmp slt i64 %.657, 0
  %.712 = select i1 %.711, i64 %arg.predicted.5.0, i64 0
  %5 = getelementptr i32, ptr %arg.predicted.4, i64 %.657
  %.726 = getelementptr i32, ptr %5, i64 %.712
  %.727 = load i32, ptr %.726, align 4
  %.731347 = and i32 %.727, %arg.exponents
  %.731 = zext i32 %.731347 to i64
  %.732 = sub nsw i64 %.697, %.731
  %.736 = icmp eq i64 %arg.step, 0
  br i1 %.736, label %B478.endif.endif, label %B478.endif.else, !prof !0

B478.endif.else:                                  ; preds = %B478.endif
  %.747 = icmp ne i64 %.732, -9223372036854775808
  %.748 = icmp ne i64 %arg.step, -1
  %.749.not = or i1 %.747, %.748
  br i1 %.749.not, label %B478.endif.else.if, label %B478.endif.endif, !prof !1

B478.endif.endif:                                 ; preds = %B478.endif.else, %B478.endif.else.if, %B478.endif
  %quot.0 = phi i64 [ %arg.step, %B478.endif ], [ %.741.1, %B478.endif.else.if ], [ 0, %B478.endif.else ]
  store i64 0, ptr %.776, align 8
  %.782 = call i32 @part2(ptr nonnull %.776, ptr nonnull %excinfo.2, i64 %quot.0, i64 3)
  %.784 = icmp ne i32 %.782, 0
  %.785 = icmp ne i32 %.782, -2
  %.788.not = and i1 %.784, %.785
  %.792 = load i64, ptr %.776, align 8
  br i1 %.788.not, label %B478.endif.endif.if, label %B478.endif.endif.endif, !prof !0

B478.endif.else.if:                               ; preds = %B478.endif.else
  %.752 = sdiv i64 %.732, %arg.step
  %.753 = srem i64 %.732, %arg.step
  %.754 = xor i64 %arg.step, %.753
  %.755 = icmp slt i64 %.754, 0
  %.756 = icmp ne i64 %.753, 0
  %.757 = and i1 %.756, %.755
  %.762 = sext i1 %.757 to i64
  %.741.1 = add i64 %.752, %.762
  br label %B478.endif.endif

B478.endif.endif.if:                              ; preds = %B478.endif.endif
  %.790 = icmp sgt i32 %.782, 0
  %.783 = load ptr, ptr %excinfo.2, align 8
  %.791 = select i1 %.790, ptr %.783, ptr undef
  store ptr %.791, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B478.endif.endif.endif

B478.endif.endif.endif:                           ; preds = %B478.endif.endif.if, %B478.endif.endif
  %.802 = add nsw i64 %.792, -1
  %.816.inv = icmp sgt i64 %.792, 0
  %.817 = select i1 %.816.inv, i64 0, i64 %arg.counts.5.0
  %6 = getelementptr i64, ptr %arg.counts.4, i64 %.802
  %.831 = getelementptr i64, ptr %6, i64 %.817
  %.832 = load i64, ptr %.831, align 8
  %.855.inv = icmp sgt i64 %.792, 0
  %.856 = select i1 %.855.inv, i64 0, i64 %arg.places.5.0
  %.857 = add i64 %.802, %.856
  %.858 = icmp slt i64 %.832, 0
  %.859 = select i1 %.858, i64 %arg.places.5.1, i64 0
  %.877 = mul i64 %.857, %arg.places.5.1
  %7 = getelementptr i64, ptr %arg.places.4, i64 %.877
  %8 = getelementptr i64, ptr %7, i64 %.832
  %.881 = getelementptr i64, ptr %8, i64 %.859
  store i64 %.657, ptr %.881, align 8
  %.896.inv = icmp sgt i64 %.792, 0
  %.897 = select i1 %.896.inv, i64 0, i64 %arg.counts.5.0
  %9 = getelementptr i64, ptr %arg.counts.4, i64 %.802
  %.911 = getelementptr i64, ptr %9, i64 %.897
  %.912 = load i64, ptr %.911, align 8
  %.913 = add nsw i64 %.912, 1
  %.927.inv = icmp sgt i64 %.792, 0
  %.928 = select i1 %.927.inv, i64 0, i64 %arg.counts.5.0
  %10 = getelementptr i64, ptr %arg.counts.4, i64 %.802
  %.942 = getelementptr i64, ptr %10, i64 %.928
  store i64 %.913, ptr %.942, align 8
  %.944.not = icmp eq i64 %.661, 0
  br i1 %.944.not, label %B826, label %B478
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

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
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
