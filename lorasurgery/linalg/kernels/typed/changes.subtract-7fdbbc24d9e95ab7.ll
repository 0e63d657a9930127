; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.old.0, ptr %arg.old.1, i64 %arg.old.2, i64 %arg.old.3, ptr %arg.old.4, i64 %arg.old.5.0, i64 %arg.old.5.1, i64 %arg.old.6.0, i64 %arg.old.6.1, ptr %arg.new.0, ptr %arg.new.1, i64 %arg.new.2, i64 %arg.new.3, ptr %arg.new.4, i64 %arg.new.5.0, i64 %arg.new.5.1, i64 %arg.new.6.0, i64 %arg.new.6.1, ptr %arg.change.0, ptr %arg.change.1, i64 %arg.change.2, i64 %arg.change.3, ptr %arg.change.4, i64 %arg.change.5.0, i64 %arg.change.5.1, i64 %arg.change.6.0, i64 %arg.change.6.1, ptr %arg.energies.0, ptr %arg.energies.1, i64 %arg.energies.2, i64 %arg.energies.3, ptr %arg.energies.4, i64 %arg.energies.5.0, i64 %arg.energies.6.0) {
entry:
  %.153 = alloca i64, align 8
  store i64 0, ptr %.153, align 8
  %.156 = alloca i64, align 8
  store i64 0, ptr %.156, align 8
  %.289 = alloca i64, align 8
  store i64 0, ptr %.289, align 8
  %.292 = alloca i64, align 8
  store i64 0, ptr %.292, align 8
  %.406 = alloca i64, align 8
  store i64 0, ptr %.406, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.455 = alloca i64, align 8
  store i64 0, ptr %.455, align 8
  %.458 = alloca i64, align 8
  store i64 0, ptr %.458, align 8
  %.601 = alloca float, align 4
  store float 0.000000e+00, ptr %.601, align 4
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.677 = alloca float, align 4
  store float 0.000000e+00, ptr %.677, align 4
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.113 = load i16, ptr %arg.old.4, align 2
  store i64 0, ptr %.153, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B72:                                              ; preds = %B0.endif.endif, %B618
  %.211 = load i64, ptr %.156, align 8
  %.212 = icmp sgt i64 %.211, 0
  br i1 %.212, label %B74.if, label %B74.endif

B76:                                              ; preds = %B74.endif
  store i64 0, ptr %.289, align 8
  br i1 false, label %B76.if, label %B76.endif, !prof !0

B144:                                             ; preds = %B76.endif.endif, %B480
  %.344 = load i64, ptr %.292, align 8
  %.345 = icmp sgt i64 %.344, 0
  br i1 %.345, label %B144.if, label %B144.endif

B146:                                             ; preds = %B144.endif
  %.390 = add nsw i64 %.335.sroa.0.0, 512
  store i64 0, ptr %.406, align 8
  %.412 = call i32 @part1(ptr nonnull %.406, ptr nonnull %excinfo.1, i64 %.390, i64 %arg.old.5.1)
  %.414 = icmp ne i32 %.412, 0
  %.415 = icmp ne i32 %.412, -2
  %.418.not = and i1 %.414, %.415
  %.422 = load i64, ptr %.406, align 8
  br i1 %.418.not, label %B146.if, label %B146.endif, !prof !0

B290:                                             ; preds = %B292.endif.endif, %B146.endif.endif.endif
  %of_old.2.2 = phi float [ 0.000000e+00, %B146.endif.endif.endif ], [ %.755, %B292.endif.endif ]
  %of_change.2.2 = phi float [ 0.000000e+00, %B146.endif.endif.endif ], [ %.760, %B292.endif.endif ]
  %.510 = load i64, ptr %.458, align 8
  %.511 = icmp sgt i64 %.510, 0
  br i1 %.511, label %B290.if, label %B290.endif

B292:                                             ; preds = %B290.endif
  %.572 = icmp slt i64 %.202.sroa.0.0, 0
  %.573 = select i1 %.572, i64 %arg.old.5.0, i64 0
  %.574 = add i64 %.202.sroa.0.0, %.573
  %.575 = icmp slt i64 %.501.sroa.0.0, 0
  %.576 = select i1 %.575, i64 %arg.old.5.1, i64 0
  %.594 = mul i64 %.574, %arg.old.5.1
  %0 = getelementptr i16, ptr %arg.old.4, i64 %.594
  %1 = getelementptr i16, ptr %0, i64 %.501.sroa.0.0
  %.598 = getelementptr i16, ptr %1, i64 %.576
  %.599 = load i16, ptr %.598, align 2
  store float 0.000000e+00, ptr %.601, align 4
  %.605 = call i32 @part2(ptr nonnull %.601, ptr nonnull %excinfo.2, i16 %.599, i16 %.113)
  %.607 = icmp ne i32 %.605, 0
  %.608 = icmp ne i32 %.605, -2
  %.611.not = and i1 %.607, %.608
  %.615 = load float, ptr %.601, align 4
  br i1 %.611.not, label %B292.if, label %B292.endif, !prof !0

B480:                                             ; preds = %B290.endif
  %.797 = load double, ptr %arg.energies.4, align 8
  %.799 = fpext float %of_old.2.2 to double
  %.802 = fadd reassoc contract double %.797, %.799
  store double %.802, ptr %arg.energies.4, align 8
  %.861 = getelementptr i8, ptr %arg.energies.4, i64 8
  %.862 = load double, ptr %.861, align 8
  %.864 = fpext float %of_change.2.2 to double
  %.867 = fadd reassoc contract double %.862, %.864
  %.896 = getelementptr i8, ptr %arg.energies.4, i64 8
  store double %.867, ptr %.896, align 8
  br label %B144

B618:                                             ; preds = %B144.endif
  br label %B72

common.ret:                                       ; preds = %B292.endif.if, %B292.if, %B146.if, %B146.endif.if, %B76.if, %B0.if, %B622
  %common.ret.op = phi i32 [ 0, %B622 ], [ poison, %B0.if ], [ poison, %B76.if ], [ %.605, %B292.if ], [ poison, %B146.endif.if ], [ %.412, %B146.if ], [ %.681, %B292.endif.if ]
  ret i32 %common.ret.op

B622:                                             ; preds = %B74.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.167 = icmp slt i64 %arg.old.5.0, 1
  br i1 %.167, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.old.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.156, align 8
  br label %B72

B74.if:                                           ; preds = %B72
  %.218 = load i64, ptr %.153, align 8
  %.221 = add nsw i64 %.211, -1
  store i64 %.221, ptr %.156, align 8
  %.225 = add i64 %.218, 1
  store i64 %.225, ptr %.153, align 8
  br label %B74.endif

B74.endif:                                        ; preds = %B74.if, %B72
  %.202.sroa.0.0 = phi i64 [ %.218, %B74.if ], [ 0, %B72 ]
  br i1 %.212, label %B76, label %B622

B76.if:                                           ; preds = %B76
  br label %common.ret

B76.endif:                                        ; preds = %B76
  %.303 = icmp slt i64 %arg.old.5.1, 1
  br i1 %.303, label %B76.endif.if, label %B76.endif.else

B76.endif.if:                                     ; preds = %B76.endif
  br label %B76.endif.endif

B76.endif.else:                                   ; preds = %B76.endif
  %2 = add nuw i64 %arg.old.5.1, 511
  %.324 = lshr i64 %2, 9
  br label %B76.endif.endif

B76.endif.endif:                                  ; preds = %B76.endif.else, %B76.endif.if
  %storemerge320 = phi i64 [ %.324, %B76.endif.else ], [ 0, %B76.endif.if ]
  store i64 %storemerge320, ptr %.292, align 8
  br label %B144

B144.if:                                          ; preds = %B144
  %.351 = load i64, ptr %.289, align 8
  %.354 = add nsw i64 %.344, -1
  store i64 %.354, ptr %.292, align 8
  %.358 = add i64 %.351, 512
  store i64 %.358, ptr %.289, align 8
  br label %B144.endif

B144.endif:                                       ; preds = %B144.if, %B144
  %.335.sroa.0.0 = phi i64 [ %.351, %B144.if ], [ 0, %B144 ]
  br i1 %.345, label %B146, label %B618

B146.if:                                          ; preds = %B146
  %.420 = icmp sgt i32 %.412, 0
  %.413 = load ptr, ptr %excinfo.1, align 8
  %.421 = select i1 %.420, ptr %.413, ptr undef
  store ptr %.421, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B146.endif

B146.endif:                                       ; preds = %B146.if, %B146
  store i64 %.335.sroa.0.0, ptr %.455, align 8
  %.468 = sub i64 %.422, %.335.sroa.0.0
  br i1 false, label %B146.endif.if, label %B146.endif.endif, !prof !0

B146.endif.if:                                    ; preds = %B146.endif
  br label %common.ret

B146.endif.endif:                                 ; preds = %B146.endif
  %.469 = icmp slt i64 %.468, 1
  br i1 %.469, label %B146.endif.endif.if, label %B146.endif.endif.else

B146.endif.endif.if:                              ; preds = %B146.endif.endif
  br label %B146.endif.endif.endif

B146.endif.endif.else:                            ; preds = %B146.endif.endif
  br label %B146.endif.endif.endif

B146.endif.endif.endif:                           ; preds = %B146.endif.endif.else, %B146.endif.endif.if
  %storemerge321 = phi i64 [ %.468, %B146.endif.endif.else ], [ 0, %B146.endif.endif.if ]
  store i64 %storemerge321, ptr %.458, align 8
  br label %B290

B290.if:                                          ; preds = %B290
  %.517 = load i64, ptr %.455, align 8
  %.520 = add nsw i64 %.510, -1
  store i64 %.520, ptr %.458, align 8
  %.524 = add i64 %.517, 1
  store i64 %.524, ptr %.455, align 8
  br label %B290.endif

B290.endif:                                       ; preds = %B290.if, %B290
  %.501.sroa.0.0 = phi i64 [ %.517, %B290.if ], [ 0, %B290 ]
  br i1 %.511, label %B292, label %B480

B292.if:                                          ; preds = %B292
  %.613 = icmp sgt i32 %.605, 0
  %.606 = load ptr, ptr %excinfo.2, align 8
  %.614 = select i1 %.613, ptr %.606, ptr undef
  store ptr %.614, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B292.endif

B292.endif:                                       ; preds = %B292.if, %B292
  %.648 = icmp slt i64 %.202.sroa.0.0, 0
  %.649 = select i1 %.648, i64 %arg.new.5.0, i64 0
  %.650 = add i64 %.202.sroa.0.0, %.649
  %.651 = icmp slt i64 %.501.sroa.0.0, 0
  %.652 = select i1 %.651, i64 %arg.new.5.1, i64 0
  %.670 = mul i64 %.650, %arg.new.5.1
  %3 = getelementptr i16, ptr %arg.new.4, i64 %.670
  %4 = getelementptr i16, ptr %3, i64 %.501.sroa.0.0
  %.674 = getelementptr i16, ptr %4, i64 %.652
  %.675 = load i16, ptr %.674, align 2
  store float 0.000000e+00, ptr %.677, align 4
  %.681 = call i32 @part2(ptr nonnull %.677, ptr nonnull %excinfo.3, i16 %.675, i16 %.113)
  %.683 = icmp ne i32 %.681, 0
  %.684 = icmp ne i32 %.681, -2
  %.687.not = and i1 %.683, %.684
  %.691 = load float, ptr %.677, align 4
  br i1 %.687.not, label %B292.endif.if, label %B292.endif.endif, !prof !0

B292.endif.if:                                    ; preds = %B292.endif
  %.689 = icmp sgt i32 %.681, 0
  %.682 = load ptr, ptr %excinfo.3, align 8
  %.690 = select i1 %.689, ptr %.682, ptr undef
  store ptr %.690, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B292.endif.endif

B292.endif.endif:                                 ; preds = %B292.endif.if, %B292.endif
  %.701 = fsub reassoc contract float %.691, %.615
  %.725 = icmp slt i64 %.202.sroa.0.0, 0
  %.726 = select i1 %.725, i64 %arg.change.5.0, i64 0
  %.727 = add i64 %.202.sroa.0.0, %.726
  %.728 = icmp slt i64 %.501.sroa.0.0, 0
  %.729 = select i1 %.728, i64 %arg.change.5.1, i64 0
  %.747 = mul i64 %.727, %arg.change.5.1
  %5 = getelementptr float, ptr %arg.change.4, i64 %.747
  %6 = getelementptr float, ptr %5, i64 %.501.sroa.0.0
  %.751 = getelementptr float, ptr %6, i64 %.729
  store float %.701, ptr %.751, align 4
  %.753 = fmul reassoc contract float %.615, %.615
  %.755 = fadd reassoc contract float %of_old.2.2, %.753
  %.758 = fmul reassoc contract float %.701, %.701
  %.760 = fadd reassoc contract float %of_change.2.2, %.758
  br label %B290
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smin.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
}

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i16 %arg.bits, i16 %arg.kind) {
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
  %.22 = call i32 @part3(ptr nonnull %.18, ptr nonnull %excinfo.1, i32 %.16, ptr null)
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
  %.45 = fmul reassoc contract float %.32, 0x46F0000000000000
  store i32 0, ptr %.46, align 4
  %.50 = call i32 @part4(ptr nonnull %.46, ptr nonnull %excinfo.2, float %.45, ptr null)
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
  %.113 = call i32 @part3(ptr nonnull %.109, ptr nonnull %excinfo.3, i32 %.107, ptr null)
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

define internal i32 @part3(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.scalar, ptr %arg.viewty) {
entry:
  store i32 %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part4(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.scalar, ptr %arg.viewty) {
entry:
  store float %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #0

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
