; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.out.0, ptr %arg.out.1, i64 %arg.out.2, i64 %arg.out.3, ptr %arg.out.4, i64 %arg.out.5.0, i64 %arg.out.6.0, ptr %arg.sums.0, ptr %arg.sums.1, i64 %arg.sums.2, i64 %arg.sums.3, ptr %arg.sums.4, i64 %arg.sums.5.0, i64 %arg.sums.6.0, i32 %arg.kind) {
entry:
  %.62 = alloca i64, align 8
  store i64 0, ptr %.62, align 8
  %.65 = alloca i64, align 8
  store i64 0, ptr %.65, align 8
  %.189 = alloca i32, align 4
  store i32 0, ptr %.189, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store i64 0, ptr %.62, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B60:                                              ; preds = %B62.endif, %B0.endif.endif
  %.119 = load i64, ptr %.65, align 8
  %.120 = icmp sgt i64 %.119, 0
  br i1 %.120, label %B60.if, label %B60.endif

B62:                                              ; preds = %B60.endif
  %.171 = icmp slt i64 %.110.sroa.0.0, 0
  %.172 = select i1 %.171, i64 %arg.sums.5.0, i64 0
  %0 = getelementptr double, ptr %arg.sums.4, i64 %.110.sroa.0.0
  %.186 = getelementptr double, ptr %0, i64 %.172
  %.187 = load double, ptr %.186, align 8
  store i32 0, ptr %.189, align 4
  %.193 = call i32 @part1(ptr nonnull %.189, ptr nonnull %excinfo.1, double %.187, i32 %arg.kind)
  %.195 = icmp ne i32 %.193, 0
  %.196 = icmp ne i32 %.193, -2
  %.199.not = and i1 %.195, %.196
  %.203 = load i32, ptr %.189, align 4
  br i1 %.199.not, label %B62.if, label %B62.endif, !prof !0

common.ret:                                       ; preds = %B62.if, %B0.if, %B116
  %common.ret.op = phi i32 [ 0, %B116 ], [ poison, %B0.if ], [ %.193, %B62.if ]
  ret i32 %common.ret.op

B116:                                             ; preds = %B60.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.76 = icmp slt i64 %arg.out.5.0, 1
  br i1 %.76, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.out.5.0, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.65, align 8
  br label %B60

B60.if:                                           ; preds = %B60
  %.126 = load i64, ptr %.62, align 8
  %.129 = add nsw i64 %.119, -1
  store i64 %.129, ptr %.65, align 8
  %.133 = add i64 %.126, 1
  store i64 %.133, ptr %.62, align 8
  br label %B60.endif

B60.endif:                                        ; preds = %B60.if, %B60
  %.110.sroa.0.0 = phi i64 [ %.126, %B60.if ], [ 0, %B60 ]
  br i1 %.120, label %B62, label %B116

B62.if:                                           ; preds = %B62
  %.201 = icmp sgt i32 %.193, 0
  %.194 = load ptr, ptr %excinfo.1, align 8
  %.202 = select i1 %.201, ptr %.194, ptr undef
  store ptr %.202, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B62.endif

B62.endif:                                        ; preds = %B62.if, %B62
  %.226 = icmp slt i64 %.110.sroa.0.0, 0
  %.227 = select i1 %.226, i64 %arg.out.5.0, i64 0
  %1 = getelementptr i32, ptr %arg.out.4, i64 %.110.sroa.0.0
  %.241 = getelementptr i32, ptr %1, i64 %.227
  store i32 %.203, ptr %.241, align 4
  br label %B60
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, double %arg.exact, i32 %arg.kind) {
entry:
  %.6 = alloca i32, align 4
  store i32 0, ptr %.6, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store i32 0, ptr %.6, align 4
  %.10 = call i32 @part2(ptr nonnull %.6, ptr nonnull %excinfo.1, double %arg.exact, i32 %arg.kind)
  %.12 = icmp ne i32 %.10, 0
  %.13 = icmp ne i32 %.10, -2
  %.16.not = and i1 %.12, %.13
  %.20 = load i32, ptr %.6, align 4
  br i1 %.16.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.18 = icmp sgt i32 %.10, 0
  %.11 = load ptr, ptr %excinfo.1, align 8
  %.19 = select i1 %.18, ptr %.11, ptr undef
  store ptr %.19, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.10, %B0.if ]
  ret i32 %common.ret.op

B0.endif:                                         ; preds = %B0.if, %entry
  store i32 %.20, ptr %retptr, align 4
  br label %common.ret
}

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, double %arg.number, i32 %arg.kind) {
entry:
  %.16 = alloca i32, align 4
  store i32 0, ptr %.16, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.10 = fcmp ord double %arg.number, 0.000000e+00
  br i1 %.10, label %B16, label %B126

B16:                                              ; preds = %entry
  %.13 = fptrunc double %arg.number to float
  store i32 0, ptr %.16, align 4
  %.20 = call i32 @part3(ptr nonnull %.16, ptr nonnull %excinfo.1, float %.13, ptr null)
  %.22 = icmp ne i32 %.20, 0
  %.23 = icmp ne i32 %.20, -2
  %.26.not = and i1 %.22, %.23
  %.30 = load i32, ptr %.16, align 4
  br i1 %.26.not, label %B16.if, label %B126, !prof !0

common.ret:                                       ; preds = %B16.if, %B126
  %common.ret.op = phi i32 [ 0, %B126 ], [ %.20, %B16.if ]
  ret i32 %common.ret.op

B126:                                             ; preds = %B16.if, %B16, %entry
  %"$phi126.0.2.0" = phi i32 [ 2143289344, %entry ], [ %.30, %B16 ], [ poison, %B16.if ]
  store i32 %"$phi126.0.2.0", ptr %retptr, align 4
  br label %common.ret

B16.if:                                           ; preds = %B16
  %.28 = icmp sgt i32 %.20, 0
  %.21 = load ptr, ptr %excinfo.1, align 8
  %.29 = select i1 %.28, ptr %.21, ptr undef
  store ptr %.29, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B126
}

define internal i32 @part3(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.scalar, ptr %arg.viewty) {
entry:
  store float %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

!0 = !{!"branch_weights", i32 1, i32 99}
