; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.bits.0, ptr %arg.bits.1, i64 %arg.bits.2, i64 %arg.bits.3, ptr %arg.bits.4, i64 %arg.bits.5.0, i64 %arg.bits.6.0, i64 %arg.lowest, i64 %arg.first, ptr %arg.gaps.0, ptr %arg.gaps.1, i64 %arg.gaps.2, i64 %arg.gaps.3, ptr %arg.gaps.4, i64 %arg.gaps.5.0, i64 %arg.gaps.5.1, i64 %arg.gaps.6.0, i64 %arg.gaps.6.1, ptr %arg.zigzags.0, ptr %arg.zigzags.1, i64 %arg.zigzags.2, i64 %arg.zigzags.3, ptr %arg.zigzags.4, i64 %arg.zigzags.5.0, i64 %arg.zigzags.5.1, i64 %arg.zigzags.6.0, i64 %arg.zigzags.6.1, ptr %arg.state.0, ptr %arg.state.1, i64 %arg.state.2, i64 %arg.state.3, ptr %arg.state.4, i64 %arg.state.5.0, i64 %arg.state.6.0, i64 %arg.backward) {
entry:
  %.165 = alloca i64, align 8
  store i64 0, ptr %.165, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.266 = alloca i64, align 8
  store i64 0, ptr %.266, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.387 = alloca i64, align 8
  store i64 0, ptr %.387, align 8
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.94 = load i64, ptr %arg.state.4, align 8
  %.123 = getelementptr i8, ptr %arg.state.4, i64 8
  %.124 = load i64, ptr %.123, align 8
  %.136 = add nsw i64 %arg.first, %arg.bits.5.0
  %.153 = icmp slt i64 %.124, %.136
  br i1 %.153, label %B84, label %B488

B84:                                              ; preds = %B402.endif, %entry
  %place.3.0 = phi i64 [ %.124, %entry ], [ %.418, %B402.endif ]
  %index.3.0 = phi i64 [ %.94, %entry ], [ %.331, %B402.endif ]
  store i64 0, ptr %.165, align 8
  %.173 = call i32 @part1(ptr nonnull %.165, ptr nonnull %excinfo.1, ptr %arg.zigzags.0, ptr %arg.zigzags.1, i64 %arg.zigzags.2, i64 %arg.zigzags.3, ptr %arg.zigzags.4, i64 %arg.zigzags.5.0, i64 %arg.zigzags.5.1, i64 %arg.zigzags.6.0, i64 %arg.zigzags.6.1, i64 %index.3.0)
  %.175 = icmp ne i32 %.173, 0
  %.176 = icmp ne i32 %.173, -2
  %.179.not = and i1 %.175, %.176
  %.183 = load i64, ptr %.165, align 8
  br i1 %.179.not, label %B84.if, label %B84.endif, !prof !0

B400:                                             ; preds = %B332.endif
  br label %B488

B402:                                             ; preds = %B332.endif
  store i64 0, ptr %.387, align 8
  %.395 = call i32 @part1(ptr nonnull %.387, ptr nonnull %excinfo.3, ptr %arg.gaps.0, ptr %arg.gaps.1, i64 %arg.gaps.2, i64 %arg.gaps.3, ptr %arg.gaps.4, i64 %arg.gaps.5.0, i64 %arg.gaps.5.1, i64 %arg.gaps.6.0, i64 %arg.gaps.6.1, i64 %.331)
  %.397 = icmp ne i32 %.395, 0
  %.398 = icmp ne i32 %.395, -2
  %.401.not = and i1 %.397, %.398
  %.405 = load i64, ptr %.387, align 8
  br i1 %.401.not, label %B402.if, label %B402.endif, !prof !0

common.ret:                                       ; preds = %B402.if, %B332.if, %B84.if, %B488
  %common.ret.op = phi i32 [ 0, %B488 ], [ %.270, %B332.if ], [ %.173, %B84.if ], [ %.395, %B402.if ]
  ret i32 %common.ret.op

B488:                                             ; preds = %B402.endif, %B400, %entry
  %place.3.1 = phi i64 [ %place.3.0, %B400 ], [ %.418, %B402.endif ], [ %.124, %entry ]
  %index.3.1 = phi i64 [ %.331, %B400 ], [ %.331, %B402.endif ], [ %.94, %entry ]
  store i64 %index.3.1, ptr %arg.state.4, align 8
  %.511 = getelementptr i8, ptr %arg.state.4, i64 8
  store i64 %place.3.1, ptr %.511, align 8
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B84.if:                                           ; preds = %B84
  %.181 = icmp sgt i32 %.173, 0
  %.174 = load ptr, ptr %excinfo.1, align 8
  %.182 = select i1 %.181, ptr %.174, ptr undef
  store ptr %.182, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B84.endif

B84.endif:                                        ; preds = %B84.if, %B84
  %.195 = lshr i64 %.183, 1
  %.196 = and i64 %.183, 1
  %.197 = sub nsw i64 0, %.196
  %.198 = xor i64 %.195, %.197
  %.204 = sub nsw i64 %place.3.0, %arg.first
  %.223 = icmp slt i64 %.204, 0
  %.224 = select i1 %.223, i64 %arg.bits.5.0, i64 0
  %0 = getelementptr i32, ptr %arg.bits.4, i64 %.204
  %.238 = getelementptr i32, ptr %0, i64 %.224
  %.239 = load i32, ptr %.238, align 4
  %.241.not = icmp eq i64 %arg.backward, 0
  %.250 = sub i64 0, %.198
  %"$phi332.3.2.1" = select i1 %.241.not, i64 %.198, i64 %.250
  store i64 0, ptr %.266, align 8
  %.270 = call i32 @part2(ptr nonnull %.266, ptr nonnull %excinfo.2, i32 %.239, i64 %"$phi332.3.2.1", i64 %arg.lowest)
  %.272 = icmp ne i32 %.270, 0
  %.273 = icmp ne i32 %.270, -2
  %.276.not = and i1 %.272, %.273
  %.280 = load i64, ptr %.266, align 8
  br i1 %.276.not, label %B332.if, label %B332.endif, !prof !0

B332.if:                                          ; preds = %B84.endif
  %.278 = icmp sgt i32 %.270, 0
  %.271 = load ptr, ptr %excinfo.2, align 8
  %.279 = select i1 %.278, ptr %.271, ptr undef
  store ptr %.279, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B332.endif

B332.endif:                                       ; preds = %B332.if, %B84.endif
  %.310 = icmp slt i64 %.204, 0
  %.311 = select i1 %.310, i64 %arg.bits.5.0, i64 0
  %1 = getelementptr i32, ptr %arg.bits.4, i64 %.204
  %.325 = getelementptr i32, ptr %1, i64 %.311
  %.326 = trunc i64 %.280 to i32
  store i32 %.326, ptr %.325, align 4
  %.331 = add nsw i64 %index.3.0, 1
  %.351 = icmp eq i64 %.331, %arg.gaps.5.1
  br i1 %.351, label %B400, label %B402

B402.if:                                          ; preds = %B402
  %.403 = icmp sgt i32 %.395, 0
  %.396 = load ptr, ptr %excinfo.3, align 8
  %.404 = select i1 %.403, ptr %.396, ptr undef
  store ptr %.404, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B402.endif

B402.endif:                                       ; preds = %B402.if, %B402
  %.418 = add nsw i64 %place.3.0, %.405
  %.424 = icmp slt i64 %.418, %.136
  br i1 %.424, label %B84, label %B488
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

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i32 %arg.number, i64 %arg.ulps, i64 %arg.lowest) {
entry:
  %.10 = alloca i64, align 8
  store i64 0, ptr %.10, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.37 = alloca i64, align 8
  store i64 0, ptr %.37, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.9 = sext i32 %arg.number to i64
  store i64 0, ptr %.10, align 8
  %.14 = call i32 @part3(ptr nonnull %.10, ptr nonnull %excinfo.1, i64 %.9, i64 %arg.lowest)
  %.16 = icmp ne i32 %.14, 0
  %.17 = icmp ne i32 %.14, -2
  %.20.not = and i1 %.16, %.17
  %.24 = load i64, ptr %.10, align 8
  br i1 %.20.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.22 = icmp sgt i32 %.14, 0
  %.15 = load ptr, ptr %excinfo.1, align 8
  %.23 = select i1 %.22, ptr %.15, ptr undef
  store ptr %.23, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %.36 = add nsw i64 %.24, %arg.ulps
  store i64 0, ptr %.37, align 8
  %.41 = call i32 @part3(ptr nonnull %.37, ptr nonnull %excinfo.2, i64 %.36, i64 %arg.lowest)
  %.43 = icmp ne i32 %.41, 0
  %.44 = icmp ne i32 %.41, -2
  %.47.not = and i1 %.43, %.44
  %.51 = load i64, ptr %.37, align 8
  br i1 %.47.not, label %B0.endif.if, label %B0.endif.endif, !prof !0

common.ret:                                       ; preds = %B0.endif.if, %B0.if, %B0.endif.endif
  %common.ret.op = phi i32 [ %.14, %B0.if ], [ 0, %B0.endif.endif ], [ %.41, %B0.endif.if ]
  ret i32 %common.ret.op

B0.endif.if:                                      ; preds = %B0.endif
  %.49 = icmp sgt i32 %.41, 0
  %.42 = load ptr, ptr %excinfo.2, align 8
  %.50 = select i1 %.49, ptr %.42, ptr undef
  store ptr %.50, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.if, %B0.endif
  store i64 %.51, ptr %retptr, align 8
  br label %common.ret
}

define internal i32 @part3(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.number, i64 %arg.lowest) {
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
