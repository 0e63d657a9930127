; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.gaps.0, ptr %arg.gaps.1, i64 %arg.gaps.2, i64 %arg.gaps.3, ptr %arg.gaps.4, i64 %arg.gaps.5.0, i64 %arg.gaps.5.1, i64 %arg.gaps.6.0, i64 %arg.gaps.6.1, i64 %arg.first) {
entry:
  %.25 = alloca i64, align 8
  store i64 0, ptr %.25, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.105 = alloca i64, align 8
  store i64 0, ptr %.105, align 8
  %.108 = alloca i64, align 8
  store i64 0, ptr %.108, align 8
  %.201 = alloca i64, align 8
  store i64 0, ptr %.201, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  store i64 0, ptr %.25, align 8
  %.33 = call i32 @part1(ptr nonnull %.25, ptr nonnull %excinfo.1, ptr %arg.gaps.0, ptr %arg.gaps.1, i64 %arg.gaps.2, i64 %arg.gaps.3, ptr %arg.gaps.4, i64 %arg.gaps.5.0, i64 %arg.gaps.5.1, i64 %arg.gaps.6.0, i64 %arg.gaps.6.1, i64 0)
  %.35 = icmp ne i32 %.33, 0
  %.36 = icmp ne i32 %.33, -2
  %.39.not = and i1 %.35, %.36
  %.43 = load i64, ptr %.25, align 8
  br i1 %.39.not, label %B0.if, label %B0.endif, !prof !0

common.ret:                                       ; preds = %B100.if, %B0.if, %B44.if, %B218, %B200, %B40
  %common.ret.op = phi i32 [ 0, %B40 ], [ 0, %B200 ], [ 0, %B218 ], [ %.33, %B0.if ], [ poison, %B44.if ], [ %.209, %B100.if ]
  ret i32 %common.ret.op

B40:                                              ; preds = %B0.endif
  store i64 -1, ptr %retptr, align 8
  br label %common.ret

B44:                                              ; preds = %B0.endif
  store i64 1, ptr %.105, align 8
  %.118 = add i64 %arg.gaps.5.1, -1
  br i1 false, label %B44.if, label %B44.endif, !prof !0

B98:                                              ; preds = %B44.endif.endif, %B206
  %place.2.0 = phi i64 [ %arg.first, %B44.endif.endif ], [ %.253, %B206 ]
  %.160 = load i64, ptr %.108, align 8
  %.161 = icmp sgt i64 %.160, 0
  br i1 %.161, label %B98.if, label %B98.endif

B100:                                             ; preds = %B98.endif
  store i64 0, ptr %.201, align 8
  %.209 = call i32 @part2(ptr nonnull %.201, ptr nonnull %excinfo.2, ptr %arg.gaps.0, ptr %arg.gaps.1, i64 %arg.gaps.2, i64 %arg.gaps.3, ptr %arg.gaps.4, i64 %arg.gaps.5.0, i64 %arg.gaps.5.1, i64 %arg.gaps.6.0, i64 %arg.gaps.6.1, i64 %.151.sroa.0.0)
  %.211 = icmp ne i32 %.209, 0
  %.212 = icmp ne i32 %.209, -2
  %.215.not = and i1 %.211, %.212
  %.219 = load i64, ptr %.201, align 8
  br i1 %.215.not, label %B100.if, label %B100.endif, !prof !0

B200:                                             ; preds = %B100.endif
  store i64 -1, ptr %retptr, align 8
  br label %common.ret

B206:                                             ; preds = %B100.endif
  %.253 = add nsw i64 %place.2.0, %.219
  br label %B98

B218:                                             ; preds = %B98.endif
  store i64 %place.2.0, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  %.41 = icmp sgt i32 %.33, 0
  %.34 = load ptr, ptr %excinfo.1, align 8
  %.42 = select i1 %.41, ptr %.34, ptr undef
  store ptr %.42, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %.55.not = icmp eq i64 %.43, 0
  br i1 %.55.not, label %B44, label %B40

B44.if:                                           ; preds = %B44
  br label %common.ret

B44.endif:                                        ; preds = %B44
  %.119 = icmp slt i64 %.118, 1
  br i1 %.119, label %B44.endif.if, label %B44.endif.else

B44.endif.if:                                     ; preds = %B44.endif
  br label %B44.endif.endif

B44.endif.else:                                   ; preds = %B44.endif
  br label %B44.endif.endif

B44.endif.endif:                                  ; preds = %B44.endif.else, %B44.endif.if
  %storemerge = phi i64 [ %.118, %B44.endif.else ], [ 0, %B44.endif.if ]
  store i64 %storemerge, ptr %.108, align 8
  br label %B98

B98.if:                                           ; preds = %B98
  %.167 = load i64, ptr %.105, align 8
  %.170 = add nsw i64 %.160, -1
  store i64 %.170, ptr %.108, align 8
  %.174 = add i64 %.167, 1
  store i64 %.174, ptr %.105, align 8
  br label %B98.endif

B98.endif:                                        ; preds = %B98.if, %B98
  %.151.sroa.0.0 = phi i64 [ %.167, %B98.if ], [ 0, %B98 ]
  br i1 %.161, label %B100, label %B218

B100.if:                                          ; preds = %B100
  %.217 = icmp sgt i32 %.209, 0
  %.210 = load ptr, ptr %excinfo.2, align 8
  %.218 = select i1 %.217, ptr %.210, ptr undef
  store ptr %.218, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B100.endif

B100.endif:                                       ; preds = %B100.if, %B100
  %.233 = icmp slt i64 %.219, 1
  br i1 %.233, label %B200, label %B206
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.planes.0, ptr %arg.planes.1, i64 %arg.planes.2, i64 %arg.planes.3, ptr %arg.planes.4, i64 %arg.planes.5.0, i64 %arg.planes.5.1, i64 %arg.planes.6.0, i64 %arg.planes.6.1, i64 %arg.index) {
entry:
  %.61 = alloca i64, align 8
  store i64 0, ptr %.61, align 8
  %.64 = alloca i64, align 8
  store i64 0, ptr %.64, align 8
  store i64 0, ptr %.61, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B96:                                              ; preds = %B0.endif.endif, %B98
  %number.2.0 = phi i64 [ 0, %B0.endif.endif ], [ %.216, %B98 ]
  %.118 = load i64, ptr %.64, align 8
  %.119 = icmp sgt i64 %.118, 0
  br i1 %.119, label %B96.if, label %B96.endif

B98:                                              ; preds = %B96.endif
  %.184 = icmp slt i64 %.109.sroa.0.0, 0
  %.185 = select i1 %.184, i64 %arg.planes.5.0, i64 0
  %.186 = add i64 %.109.sroa.0.0, %.185
  %.206 = mul i64 %.186, %arg.planes.5.1
  %.210 = getelementptr i8, ptr %arg.planes.4, i64 %.206
  %.211 = load i8, ptr %.210, align 1
  %.212 = zext i8 %.211 to i64
  %.213 = shl nsw i64 %.109.sroa.0.0, 3
  %.214 = shl i64 %.212, %.213
  %.216 = or i64 %number.2.0, %.214
  br label %B96

common.ret:                                       ; preds = %B0.if, %B212
  ret i32 0

B212:                                             ; preds = %B96.endif
  store i64 %number.2.0, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.75 = icmp slt i64 %arg.planes.5.0, 1
  br i1 %.75, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.planes.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.64, align 8
  br label %B96

B96.if:                                           ; preds = %B96
  %.125 = load i64, ptr %.61, align 8
  %.128 = add nsw i64 %.118, -1
  store i64 %.128, ptr %.64, align 8
  %.132 = add i64 %.125, 1
  store i64 %.132, ptr %.61, align 8
  br label %B96.endif

B96.endif:                                        ; preds = %B96.if, %B96
  %.109.sroa.0.0 = phi i64 [ %.125, %B96.if ], [ 0, %B96 ]
  br i1 %.119, label %B98, label %B212
}

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.planes.0, ptr %arg.planes.1, i64 %arg.planes.2, i64 %arg.planes.3, ptr %arg.planes.4, i64 %arg.planes.5.0, i64 %arg.planes.5.1, i64 %arg.planes.6.0, i64 %arg.planes.6.1, i64 %arg.index) {
entry:
  %.61 = alloca i64, align 8
  store i64 0, ptr %.61, align 8
  %.64 = alloca i64, align 8
  store i64 0, ptr %.64, align 8
  store i64 0, ptr %.61, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B96:                                              ; preds = %B0.endif.endif, %B98
  %number.2.0 = phi i64 [ 0, %B0.endif.endif ], [ %.212, %B98 ]
  %.118 = load i64, ptr %.64, align 8
  %.119 = icmp sgt i64 %.118, 0
  br i1 %.119, label %B96.if, label %B96.endif

B98:                                              ; preds = %B96.endif
  %.180 = icmp slt i64 %.109.sroa.0.0, 0
  %.181 = select i1 %.180, i64 %arg.planes.5.0, i64 0
  %.182 = add i64 %.109.sroa.0.0, %.181
  %.183 = icmp slt i64 %arg.index, 0
  %.184 = select i1 %.183, i64 %arg.planes.5.1, i64 0
  %.202 = mul i64 %.182, %arg.planes.5.1
  %0 = getelementptr i8, ptr %arg.planes.4, i64 %.202
  %1 = getelementptr i8, ptr %0, i64 %arg.index
  %.206 = getelementptr i8, ptr %1, i64 %.184
  %.207 = load i8, ptr %.206, align 1
  %.208 = zext i8 %.207 to i64
  %.209 = shl nsw i64 %.109.sroa.0.0, 3
  %.210 = shl i64 %.208, %.209
  %.212 = or i64 %number.2.0, %.210
  br label %B96

common.ret:                                       ; preds = %B0.if, %B212
  ret i32 0

B212:                                             ; preds = %B96.endif
  store i64 %number.2.0, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.75 = icmp slt i64 %arg.planes.5.0, 1
  br i1 %.75, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.planes.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.64, align 8
  br label %B96

B96.if:                                           ; preds = %B96
  %.125 = load i64, ptr %.61, align 8
  %.128 = add nsw i64 %.118, -1
  store i64 %.128, ptr %.64, align 8
  %.132 = add i64 %.125, 1
  store i64 %.132, ptr %.61, align 8
  br label %B96.endif

B96.endif:                                        ; preds = %B96.if, %B96
  %.109.sroa.0.0 = phi i64 [ %.125, %B96.if ], [ 0, %B96 ]
  br i1 %.119, label %B98, label %B212
}

!0 = !{!"branch_weights", i32 1, i32 99}
