; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.bits.0, ptr %arg.bits.1, i64 %arg.bits.2, i64 %arg.bits.3, ptr %arg.bits.4, i64 %arg.bits.5.0, i64 %arg.bits.5.1, i64 %arg.bits.6.0, i64 %arg.bits.6.1, ptr %arg.out.0, ptr %arg.out.1, i64 %arg.out.2, i64 %arg.out.3, ptr %arg.out.4, i64 %arg.out.5.0, i64 %arg.out.5.1, i64 %arg.out.6.0, i64 %arg.out.6.1) {
entry:
  %.70 = alloca i64, align 8
  store i64 0, ptr %.70, align 8
  %.73 = alloca i64, align 8
  store i64 0, ptr %.73, align 8
  %.205 = alloca i64, align 8
  store i64 0, ptr %.205, align 8
  %.208 = alloca i64, align 8
  store i64 0, ptr %.208, align 8
  store i64 0, ptr %.70, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B56:                                              ; preds = %B0.endif.endif, %B366
  %.127 = load i64, ptr %.73, align 8
  %.128 = icmp sgt i64 %.127, 0
  br i1 %.128, label %B56.if, label %B56.endif

B58:                                              ; preds = %B56.endif
  store i64 0, ptr %.205, align 8
  br i1 false, label %B58.if, label %B58.endif, !prof !0

B112:                                             ; preds = %B58.endif.endif, %B114
  %.260 = load i64, ptr %.208, align 8
  %.261 = icmp sgt i64 %.260, 0
  br i1 %.261, label %B112.if, label %B112.endif

B114:                                             ; preds = %B112.endif
  %.322 = icmp slt i64 %.118.sroa.0.0, 0
  %.323 = select i1 %.322, i64 %arg.bits.5.0, i64 0
  %.324 = add i64 %.118.sroa.0.0, %.323
  %.325 = icmp slt i64 %.251.sroa.0.0, 0
  %.326 = select i1 %.325, i64 %arg.bits.5.1, i64 0
  %.344 = mul i64 %.324, %arg.bits.5.1
  %0 = getelementptr i32, ptr %arg.bits.4, i64 %.344
  %1 = getelementptr i32, ptr %0, i64 %.251.sroa.0.0
  %.348 = getelementptr i32, ptr %1, i64 %.326
  %.349 = load i32, ptr %.348, align 4
  %2 = lshr i32 %.349, 16
  %3 = and i32 %2, 1
  %.360 = add i32 %.349, 32767
  %.361 = add i32 %.360, %3
  %.364 = lshr i32 %.361, 16
  %.365 = trunc nuw i32 %.364 to i16
  %.389 = icmp slt i64 %.118.sroa.0.0, 0
  %.390 = select i1 %.389, i64 %arg.out.5.0, i64 0
  %.391 = add i64 %.118.sroa.0.0, %.390
  %.392 = icmp slt i64 %.251.sroa.0.0, 0
  %.393 = select i1 %.392, i64 %arg.out.5.1, i64 0
  %.411 = mul i64 %.391, %arg.out.5.1
  %4 = getelementptr i16, ptr %arg.out.4, i64 %.411
  %5 = getelementptr i16, ptr %4, i64 %.251.sroa.0.0
  %.415 = getelementptr i16, ptr %5, i64 %.393
  store i16 %.365, ptr %.415, align 2
  br label %B112

B366:                                             ; preds = %B112.endif
  br label %B56

common.ret:                                       ; preds = %B58.if, %B0.if, %B368
  ret i32 0

B368:                                             ; preds = %B56.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.84 = icmp slt i64 %arg.bits.5.0, 1
  br i1 %.84, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.bits.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.73, align 8
  br label %B56

B56.if:                                           ; preds = %B56
  %.134 = load i64, ptr %.70, align 8
  %.137 = add nsw i64 %.127, -1
  store i64 %.137, ptr %.73, align 8
  %.141 = add i64 %.134, 1
  store i64 %.141, ptr %.70, align 8
  br label %B56.endif

B56.endif:                                        ; preds = %B56.if, %B56
  %.118.sroa.0.0 = phi i64 [ %.134, %B56.if ], [ 0, %B56 ]
  br i1 %.128, label %B58, label %B368

B58.if:                                           ; preds = %B58
  br label %common.ret

B58.endif:                                        ; preds = %B58
  %.219 = icmp slt i64 %arg.bits.5.1, 1
  br i1 %.219, label %B58.endif.if, label %B58.endif.else

B58.endif.if:                                     ; preds = %B58.endif
  br label %B58.endif.endif

B58.endif.else:                                   ; preds = %B58.endif
  br label %B58.endif.endif

B58.endif.endif:                                  ; preds = %B58.endif.else, %B58.endif.if
  %storemerge157 = phi i64 [ %arg.bits.5.1, %B58.endif.else ], [ 0, %B58.endif.if ]
  store i64 %storemerge157, ptr %.208, align 8
  br label %B112

B112.if:                                          ; preds = %B112
  %.267 = load i64, ptr %.205, align 8
  %.270 = add nsw i64 %.260, -1
  store i64 %.270, ptr %.208, align 8
  %.274 = add i64 %.267, 1
  store i64 %.274, ptr %.205, align 8
  br label %B112.endif

B112.endif:                                       ; preds = %B112.if, %B112
  %.251.sroa.0.0 = phi i64 [ %.267, %B112.if ], [ 0, %B112 ]
  br i1 %.261, label %B114, label %B366
}

!0 = !{!"branch_weights", i32 1, i32 99}
