; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.stored.0, ptr %arg.stored.1, i64 %arg.stored.2, i64 %arg.stored.3, ptr %arg.stored.4, i64 %arg.stored.5.0, i64 %arg.stored.6.0, ptr %arg.base.0, ptr %arg.base.1, i64 %arg.base.2, i64 %arg.base.3, ptr %arg.base.4, i64 %arg.base.5.0, i64 %arg.base.6.0, ptr %arg.low.0, ptr %arg.low.1, i64 %arg.low.2, i64 %arg.low.3, ptr %arg.low.4, i64 %arg.low.5.0, i64 %arg.low.6.0, ptr %arg.high.0, ptr %arg.high.1, i64 %arg.high.2, i64 %arg.high.3, ptr %arg.high.4, i64 %arg.high.5.0, i64 %arg.high.6.0, i16 %arg.kind) {
entry:
  %.84 = alloca i64, align 8
  store i64 0, ptr %.84, align 8
  %.87 = alloca i64, align 8
  store i64 0, ptr %.87, align 8
  %.212 = alloca [2 x float], align 4
  store float 0.000000e+00, ptr %.212, align 4
  %.fca.1.gep = getelementptr inbounds nuw i8, ptr %.212, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store i64 0, ptr %.84, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B60:                                              ; preds = %B62.endif, %B0.endif.endif
  %.141 = load i64, ptr %.87, align 8
  %.142 = icmp sgt i64 %.141, 0
  br i1 %.142, label %B60.if, label %B60.endif

B62:                                              ; preds = %B60.endif
  %.194 = icmp slt i64 %.132.sroa.0.0, 0
  %.195 = select i1 %.194, i64 %arg.stored.5.0, i64 0
  %0 = getelementptr i16, ptr %arg.stored.4, i64 %.132.sroa.0.0
  %.209 = getelementptr i16, ptr %0, i64 %.195
  %.210 = load i16, ptr %.209, align 2
  store float 0.000000e+00, ptr %.212, align 4
  %.fca.1.gep38 = getelementptr inbounds nuw i8, ptr %.212, i64 4
  store float 0.000000e+00, ptr %.fca.1.gep38, align 4
  %.216 = call i32 @part1(ptr nonnull %.212, ptr nonnull %excinfo.1, i16 %.210, i16 %arg.kind)
  %.218 = icmp ne i32 %.216, 0
  %.219 = icmp ne i32 %.216, -2
  %.222.not = and i1 %.218, %.219
  %.226.fca.0.load = load float, ptr %.212, align 4
  %.226.fca.1.gep = getelementptr inbounds nuw i8, ptr %.212, i64 4
  %.226.fca.1.load = load float, ptr %.226.fca.1.gep, align 4
  br i1 %.222.not, label %B62.if, label %B62.endif, !prof !0

common.ret:                                       ; preds = %B62.if, %B0.if, %B174
  %common.ret.op = phi i32 [ 0, %B174 ], [ poison, %B0.if ], [ %.216, %B62.if ]
  ret i32 %common.ret.op

B174:                                             ; preds = %B60.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.98 = icmp slt i64 %arg.stored.5.0, 1
  br i1 %.98, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.stored.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.87, align 8
  br label %B60

B60.if:                                           ; preds = %B60
  %.148 = load i64, ptr %.84, align 8
  %.151 = add nsw i64 %.141, -1
  store i64 %.151, ptr %.87, align 8
  %.155 = add i64 %.148, 1
  store i64 %.155, ptr %.84, align 8
  br label %B60.endif

B60.endif:                                        ; preds = %B60.if, %B60
  %.132.sroa.0.0 = phi i64 [ %.148, %B60.if ], [ 0, %B60 ]
  br i1 %.142, label %B62, label %B174

B62.if:                                           ; preds = %B62
  %.224 = icmp sgt i32 %.216, 0
  %.217 = load ptr, ptr %excinfo.1, align 8
  %.225 = select i1 %.224, ptr %.217, ptr undef
  store ptr %.225, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B62.endif

B62.endif:                                        ; preds = %B62.if, %B62
  %.251 = icmp slt i64 %.132.sroa.0.0, 0
  %.252 = select i1 %.251, i64 %arg.base.5.0, i64 0
  %1 = getelementptr float, ptr %arg.base.4, i64 %.132.sroa.0.0
  %.266 = getelementptr float, ptr %1, i64 %.252
  %.267 = load float, ptr %.266, align 4
  %.268 = fsub float %.226.fca.0.load, %.267
  %.282 = icmp slt i64 %.132.sroa.0.0, 0
  %.283 = select i1 %.282, i64 %arg.base.5.0, i64 0
  %2 = getelementptr float, ptr %arg.base.4, i64 %.132.sroa.0.0
  %.297 = getelementptr float, ptr %2, i64 %.283
  %.298 = load float, ptr %.297, align 4
  %.299 = fsub float %.226.fca.1.load, %.298
  %.313 = icmp slt i64 %.132.sroa.0.0, 0
  %.314 = select i1 %.313, i64 %arg.low.5.0, i64 0
  %3 = getelementptr float, ptr %arg.low.4, i64 %.132.sroa.0.0
  %.328 = getelementptr float, ptr %3, i64 %.314
  store float %.268, ptr %.328, align 4
  %.343 = icmp slt i64 %.132.sroa.0.0, 0
  %.344 = select i1 %.343, i64 %arg.high.5.0, i64 0
  %4 = getelementptr float, ptr %arg.high.4, i64 %.132.sroa.0.0
  %.358 = getelementptr float, ptr %4, i64 %.344
  store float %.299, ptr %.358, align 4
  br label %B60
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i16 %arg.stored, i16 %arg.kind) {
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
  %.56 = call i32 @part2(ptr nonnull %.52, ptr nonnull %excinfo.1, i32 %.8, i16 %arg.kind)
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
  %.93 = call i32 @part3(ptr nonnull %.89, ptr nonnull %excinfo.2, i64 %.87, i16 %arg.kind)
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
  %.123 = call i32 @part3(ptr nonnull %.119, ptr nonnull %excinfo.3, i64 %"$phi166.0.2.0", i16 %arg.kind)
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

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.bits, i16 %arg.kind) {
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
  %.21 = call i32 @part4(ptr nonnull %.17, ptr nonnull %excinfo.1, i32 %1, ptr null)
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
  %.49 = call i32 @part5(ptr nonnull %.45, ptr nonnull %excinfo.2, float %.44, ptr null)
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
  %.111 = call i32 @part4(ptr nonnull %.107, ptr nonnull %excinfo.3, i32 %.105, ptr null)
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

define internal i32 @part3(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.bits, i16 %arg.kind) {
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
  %.22 = call i32 @part4(ptr nonnull %.18, ptr nonnull %excinfo.1, i32 %.17, ptr null)
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
  %.50 = call i32 @part5(ptr nonnull %.46, ptr nonnull %excinfo.2, float %.45, ptr null)
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
  %.113 = call i32 @part4(ptr nonnull %.109, ptr nonnull %excinfo.3, i32 %.108, ptr null)
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

define internal i32 @part4(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.scalar, ptr %arg.viewty) {
entry:
  store i32 %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part5(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.scalar, ptr %arg.viewty) {
entry:
  store float %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

!0 = !{!"branch_weights", i32 1, i32 99}
