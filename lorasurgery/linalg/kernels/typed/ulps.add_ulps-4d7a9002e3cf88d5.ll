; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.bits.0, ptr %arg.bits.1, i64 %arg.bits.2, i64 %arg.bits.3, ptr %arg.bits.4, i64 %arg.bits.5.0, i64 %arg.bits.6.0, i64 %arg.lowest, ptr %arg.places.0, ptr %arg.places.1, i64 %arg.places.2, i64 %arg.places.3, ptr %arg.places.4, i64 %arg.places.5.0, i64 %arg.places.6.0, ptr %arg.ulps.0, ptr %arg.ulps.1, i64 %arg.ulps.2, i64 %arg.ulps.3, ptr %arg.ulps.4, i64 %arg.ulps.5.0, i64 %arg.ulps.6.0) {
entry:
  %.73 = alloca i64, align 8
  store i64 0, ptr %.73, align 8
  %.76 = alloca i64, align 8
  store i64 0, ptr %.76, align 8
  %.261 = alloca i64, align 8
  store i64 0, ptr %.261, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store i64 0, ptr %.73, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B60:                                              ; preds = %B62.endif, %B0.endif.endif
  %.130 = load i64, ptr %.76, align 8
  %.131 = icmp sgt i64 %.130, 0
  br i1 %.131, label %B60.if, label %B60.endif

B62:                                              ; preds = %B60.endif
  %.182 = icmp slt i64 %.121.sroa.0.0, 0
  %.183 = select i1 %.182, i64 %arg.places.5.0, i64 0
  %0 = getelementptr i64, ptr %arg.places.4, i64 %.121.sroa.0.0
  %.197 = getelementptr i64, ptr %0, i64 %.183
  %.198 = load i64, ptr %.197, align 8
  %.213 = icmp slt i64 %.198, 0
  %.214 = select i1 %.213, i64 %arg.bits.5.0, i64 0
  %1 = getelementptr i16, ptr %arg.bits.4, i64 %.198
  %.228 = getelementptr i16, ptr %1, i64 %.214
  %.229 = load i16, ptr %.228, align 2
  %.243 = icmp slt i64 %.121.sroa.0.0, 0
  %.244 = select i1 %.243, i64 %arg.ulps.5.0, i64 0
  %2 = getelementptr i64, ptr %arg.ulps.4, i64 %.121.sroa.0.0
  %.258 = getelementptr i64, ptr %2, i64 %.244
  %.259 = load i64, ptr %.258, align 8
  store i64 0, ptr %.261, align 8
  %.265 = call i32 @part1(ptr nonnull %.261, ptr nonnull %excinfo.1, i16 %.229, i64 %.259, i64 %arg.lowest)
  %.267 = icmp ne i32 %.265, 0
  %.268 = icmp ne i32 %.265, -2
  %.271.not = and i1 %.267, %.268
  %.275 = load i64, ptr %.261, align 8
  br i1 %.271.not, label %B62.if, label %B62.endif, !prof !0

common.ret:                                       ; preds = %B62.if, %B0.if, %B146
  %common.ret.op = phi i32 [ 0, %B146 ], [ poison, %B0.if ], [ %.265, %B62.if ]
  ret i32 %common.ret.op

B146:                                             ; preds = %B60.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.87 = icmp slt i64 %arg.places.5.0, 1
  br i1 %.87, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.places.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.76, align 8
  br label %B60

B60.if:                                           ; preds = %B60
  %.137 = load i64, ptr %.73, align 8
  %.140 = add nsw i64 %.130, -1
  store i64 %.140, ptr %.76, align 8
  %.144 = add i64 %.137, 1
  store i64 %.144, ptr %.73, align 8
  br label %B60.endif

B60.endif:                                        ; preds = %B60.if, %B60
  %.121.sroa.0.0 = phi i64 [ %.137, %B60.if ], [ 0, %B60 ]
  br i1 %.131, label %B62, label %B146

B62.if:                                           ; preds = %B62
  %.273 = icmp sgt i32 %.265, 0
  %.266 = load ptr, ptr %excinfo.1, align 8
  %.274 = select i1 %.273, ptr %.266, ptr undef
  store ptr %.274, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B62.endif

B62.endif:                                        ; preds = %B62.if, %B62
  %.298 = icmp slt i64 %.198, 0
  %.299 = select i1 %.298, i64 %arg.bits.5.0, i64 0
  %3 = getelementptr i16, ptr %arg.bits.4, i64 %.198
  %.313 = getelementptr i16, ptr %3, i64 %.299
  %.314 = trunc i64 %.275 to i16
  store i16 %.314, ptr %.313, align 2
  br label %B60
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i16 %arg.number, i64 %arg.ulps, i64 %arg.lowest) {
entry:
  %.10 = alloca i64, align 8
  store i64 0, ptr %.10, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.37 = alloca i64, align 8
  store i64 0, ptr %.37, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.9 = sext i16 %arg.number to i64
  store i64 0, ptr %.10, align 8
  %.14 = call i32 @part2(ptr nonnull %.10, ptr nonnull %excinfo.1, i64 %.9, i64 %arg.lowest)
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
  %.41 = call i32 @part2(ptr nonnull %.37, ptr nonnull %excinfo.2, i64 %.36, i64 %arg.lowest)
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
