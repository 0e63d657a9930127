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
  %.233 = alloca i64, align 8
  store i64 0, ptr %.233, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.289 = alloca i64, align 8
  store i64 0, ptr %.289, align 8
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  store i64 0, ptr %.73, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B60:                                              ; preds = %B62.endif.endif, %B0.endif.endif
  %.130 = load i64, ptr %.76, align 8
  %.131 = icmp sgt i64 %.130, 0
  br i1 %.131, label %B60.if, label %B60.endif

B62:                                              ; preds = %B60.endif
  %.182 = icmp slt i64 %.121.sroa.0.0, 0
  %.183 = select i1 %.182, i64 %arg.places.5.0, i64 0
  %0 = getelementptr i64, ptr %arg.places.4, i64 %.121.sroa.0.0
  %.197 = getelementptr i64, ptr %0, i64 %.183
  %.198 = load i64, ptr %.197, align 8
  %.214 = icmp slt i64 %.198, 0
  %.215 = select i1 %.214, i64 %arg.bits.5.0, i64 0
  %1 = getelementptr i32, ptr %arg.bits.4, i64 %.198
  %.229 = getelementptr i32, ptr %1, i64 %.215
  %.230 = load i32, ptr %.229, align 4
  %.231 = sext i32 %.230 to i64
  store i64 0, ptr %.233, align 8
  %.237 = call i32 @part1(ptr nonnull %.233, ptr nonnull %excinfo.1, i64 %.231, i64 %arg.lowest)
  %.239 = icmp ne i32 %.237, 0
  %.240 = icmp ne i32 %.237, -2
  %.243.not = and i1 %.239, %.240
  %.247 = load i64, ptr %.233, align 8
  br i1 %.243.not, label %B62.if, label %B62.endif, !prof !0

common.ret:                                       ; preds = %B62.endif.if, %B62.if, %B0.if, %B214
  %common.ret.op = phi i32 [ 0, %B214 ], [ poison, %B0.if ], [ %.237, %B62.if ], [ %.293, %B62.endif.if ]
  ret i32 %common.ret.op

B214:                                             ; preds = %B60.endif
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
  br i1 %.131, label %B62, label %B214

B62.if:                                           ; preds = %B62
  %.245 = icmp sgt i32 %.237, 0
  %.238 = load ptr, ptr %excinfo.1, align 8
  %.246 = select i1 %.245, ptr %.238, ptr undef
  store ptr %.246, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B62.endif

B62.endif:                                        ; preds = %B62.if, %B62
  %.270 = icmp slt i64 %.121.sroa.0.0, 0
  %.271 = select i1 %.270, i64 %arg.ulps.5.0, i64 0
  %2 = getelementptr i64, ptr %arg.ulps.4, i64 %.121.sroa.0.0
  %.285 = getelementptr i64, ptr %2, i64 %.271
  %.286 = load i64, ptr %.285, align 8
  %.287 = add nsw i64 %.247, %.286
  store i64 0, ptr %.289, align 8
  %.293 = call i32 @part1(ptr nonnull %.289, ptr nonnull %excinfo.2, i64 %.287, i64 %arg.lowest)
  %.295 = icmp ne i32 %.293, 0
  %.296 = icmp ne i32 %.293, -2
  %.299.not = and i1 %.295, %.296
  %.303 = load i64, ptr %.289, align 8
  br i1 %.299.not, label %B62.endif.if, label %B62.endif.endif, !prof !0

B62.endif.if:                                     ; preds = %B62.endif
  %.301 = icmp sgt i32 %.293, 0
  %.294 = load ptr, ptr %excinfo.2, align 8
  %.302 = select i1 %.301, ptr %.294, ptr undef
  store ptr %.302, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B62.endif.endif

B62.endif.endif:                                  ; preds = %B62.endif.if, %B62.endif
  %.326 = icmp slt i64 %.198, 0
  %.327 = select i1 %.326, i64 %arg.bits.5.0, i64 0
  %3 = getelementptr i32, ptr %arg.bits.4, i64 %.198
  %.341 = getelementptr i32, ptr %3, i64 %.327
  %.342 = trunc i64 %.303 to i32
  store i32 %.342, ptr %.341, align 4
  br label %B60
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.number, i64 %arg.lowest) {
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
