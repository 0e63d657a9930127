; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.base.0, ptr %arg.base.1, i64 %arg.base.2, i64 %arg.base.3, ptr %arg.base.4, i64 %arg.base.5.0, i64 %arg.base.5.1, i64 %arg.base.6.0, i64 %arg.base.6.1, ptr %arg.merged.0, ptr %arg.merged.1, i64 %arg.merged.2, i64 %arg.merged.3, ptr %arg.merged.4, i64 %arg.merged.5.0, i64 %arg.merged.5.1, i64 %arg.merged.6.0, i64 %arg.merged.6.1, i16 %arg.kind, ptr %arg.change.0, ptr %arg.change.1, i64 %arg.change.2, i64 %arg.change.3, ptr %arg.change.4, i64 %arg.change.5.0, i64 %arg.change.5.1, i64 %arg.change.6.0, i64 %arg.change.6.1) {
entry:
  %.88 = alloca i64, align 8
  store i64 0, ptr %.88, align 8
  %.91 = alloca i64, align 8
  store i64 0, ptr %.91, align 8
  %.430 = alloca i64, align 8
  store i64 0, ptr %.430, align 8
  %.433 = alloca i64, align 8
  store i64 0, ptr %.433, align 8
  %.555 = alloca float, align 4
  store float 0.000000e+00, ptr %.555, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.610 = alloca float, align 4
  store float 0.000000e+00, ptr %.610, align 4
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  store i64 0, ptr %.88, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B60:                                              ; preds = %B0.endif.endif, %B270
  %.145 = load i64, ptr %.91, align 8
  %.146 = icmp sgt i64 %.145, 0
  br i1 %.146, label %B60.if, label %B60.endif

B62:                                              ; preds = %B60.endif
  %.202 = icmp slt i64 %.136.sroa.0.0, 0
  %.203 = select i1 %.202, i64 %arg.base.5.0, i64 0
  %.204 = add i64 %.136.sroa.0.0, %.203
  %.221 = mul i64 %.204, %arg.base.5.1
  %.223 = getelementptr i16, ptr %arg.base.4, i64 %.221
  %.270 = icmp slt i64 %.136.sroa.0.0, 0
  %.271 = select i1 %.270, i64 %arg.merged.5.0, i64 0
  %.272 = add i64 %.136.sroa.0.0, %.271
  %.289 = mul i64 %.272, %arg.merged.5.1
  %.291 = getelementptr i16, ptr %arg.merged.4, i64 %.289
  %.338 = icmp slt i64 %.136.sroa.0.0, 0
  %.339 = select i1 %.338, i64 %arg.change.5.0, i64 0
  %.340 = add i64 %.136.sroa.0.0, %.339
  %.357 = mul i64 %.340, %arg.change.5.1
  %.359 = getelementptr float, ptr %arg.change.4, i64 %.357
  store i64 0, ptr %.430, align 8
  br i1 false, label %B62.if, label %B62.endif, !prof !0

B168:                                             ; preds = %B170.endif.endif, %B62.endif.endif
  %.485 = load i64, ptr %.433, align 8
  %.486 = icmp sgt i64 %.485, 0
  br i1 %.486, label %B168.if, label %B168.endif

B170:                                             ; preds = %B168.endif
  %.537 = icmp slt i64 %.476.sroa.0.0, 0
  %.538 = select i1 %.537, i64 %arg.merged.5.1, i64 0
  %0 = getelementptr i16, ptr %.291, i64 %.476.sroa.0.0
  %.552 = getelementptr i16, ptr %0, i64 %.538
  %.553 = load i16, ptr %.552, align 2
  store float 0.000000e+00, ptr %.555, align 4
  %.559 = call i32 @part1(ptr nonnull %.555, ptr nonnull %excinfo.1, i16 %.553, i16 %arg.kind)
  %.561 = icmp ne i32 %.559, 0
  %.562 = icmp ne i32 %.559, -2
  %.565.not = and i1 %.561, %.562
  %.569 = load float, ptr %.555, align 4
  br i1 %.565.not, label %B170.if, label %B170.endif, !prof !0

B270:                                             ; preds = %B168.endif
  br label %B60

common.ret:                                       ; preds = %B170.endif.if, %B170.if, %B62.if, %B0.if, %B272
  %common.ret.op = phi i32 [ 0, %B272 ], [ poison, %B0.if ], [ poison, %B62.if ], [ %.559, %B170.if ], [ %.614, %B170.endif.if ]
  ret i32 %common.ret.op

B272:                                             ; preds = %B60.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.102 = icmp slt i64 %arg.change.5.0, 1
  br i1 %.102, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.change.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.91, align 8
  br label %B60

B60.if:                                           ; preds = %B60
  %.152 = load i64, ptr %.88, align 8
  %.155 = add nsw i64 %.145, -1
  store i64 %.155, ptr %.91, align 8
  %.159 = add i64 %.152, 1
  store i64 %.159, ptr %.88, align 8
  br label %B60.endif

B60.endif:                                        ; preds = %B60.if, %B60
  %.136.sroa.0.0 = phi i64 [ %.152, %B60.if ], [ 0, %B60 ]
  br i1 %.146, label %B62, label %B272

B62.if:                                           ; preds = %B62
  br label %common.ret

B62.endif:                                        ; preds = %B62
  %.444 = icmp slt i64 %arg.change.5.1, 1
  br i1 %.444, label %B62.endif.if, label %B62.endif.else

B62.endif.if:                                     ; preds = %B62.endif
  br label %B62.endif.endif

B62.endif.else:                                   ; preds = %B62.endif
  br label %B62.endif.endif

B62.endif.endif:                                  ; preds = %B62.endif.else, %B62.endif.if
  %storemerge275 = phi i64 [ %arg.change.5.1, %B62.endif.else ], [ 0, %B62.endif.if ]
  store i64 %storemerge275, ptr %.433, align 8
  br label %B168

B168.if:                                          ; preds = %B168
  %.492 = load i64, ptr %.430, align 8
  %.495 = add nsw i64 %.485, -1
  store i64 %.495, ptr %.433, align 8
  %.499 = add i64 %.492, 1
  store i64 %.499, ptr %.430, align 8
  br label %B168.endif

B168.endif:                                       ; preds = %B168.if, %B168
  %.476.sroa.0.0 = phi i64 [ %.492, %B168.if ], [ 0, %B168 ]
  br i1 %.486, label %B170, label %B270

B170.if:                                          ; preds = %B170
  %.567 = icmp sgt i32 %.559, 0
  %.560 = load ptr, ptr %excinfo.1, align 8
  %.568 = select i1 %.567, ptr %.560, ptr undef
  store ptr %.568, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B170.endif

B170.endif:                                       ; preds = %B170.if, %B170
  %.592 = icmp slt i64 %.476.sroa.0.0, 0
  %.593 = select i1 %.592, i64 %arg.base.5.1, i64 0
  %1 = getelementptr i16, ptr %.223, i64 %.476.sroa.0.0
  %.607 = getelementptr i16, ptr %1, i64 %.593
  %.608 = load i16, ptr %.607, align 2
  store float 0.000000e+00, ptr %.610, align 4
  %.614 = call i32 @part1(ptr nonnull %.610, ptr nonnull %excinfo.2, i16 %.608, i16 %arg.kind)
  %.616 = icmp ne i32 %.614, 0
  %.617 = icmp ne i32 %.614, -2
  %.620.not = and i1 %.616, %.617
  %.624 = load float, ptr %.610, align 4
  br i1 %.620.not, label %B170.endif.if, label %B170.endif.endif, !prof !0

B170.endif.if:                                    ; preds = %B170.endif
  %.622 = icmp sgt i32 %.614, 0
  %.615 = load ptr, ptr %excinfo.2, align 8
  %.623 = select i1 %.622, ptr %.615, ptr undef
  store ptr %.623, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B170.endif.endif

B170.endif.endif:                                 ; preds = %B170.endif.if, %B170.endif
  %.634 = fsub float %.569, %.624
  %.648 = icmp slt i64 %.476.sroa.0.0, 0
  %.649 = select i1 %.648, i64 %arg.change.5.1, i64 0
  %2 = getelementptr float, ptr %.359, i64 %.476.sroa.0.0
  %.663 = getelementptr float, ptr %2, i64 %.649
  store float %.634, ptr %.663, align 4
  br label %B168
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i16 %arg.bits, i16 %arg.kind) {
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
  %.22 = call i32 @part2(ptr nonnull %.18, ptr nonnull %excinfo.1, i32 %.16, ptr null)
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
  %.50 = call i32 @part3(ptr nonnull %.46, ptr nonnull %excinfo.2, float %.45, ptr null)
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
  %.113 = call i32 @part2(ptr nonnull %.109, ptr nonnull %excinfo.3, i32 %.107, ptr null)
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

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.scalar, ptr %arg.viewty) {
entry:
  store i32 %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part3(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.scalar, ptr %arg.viewty) {
entry:
  store float %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

!0 = !{!"branch_weights", i32 1, i32 99}
