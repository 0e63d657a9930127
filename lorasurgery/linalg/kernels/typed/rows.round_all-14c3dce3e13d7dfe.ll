; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.out.0, ptr %arg.out.1, i64 %arg.out.2, i64 %arg.out.3, ptr %arg.out.4, i64 %arg.out.5.0, i64 %arg.out.6.0, ptr %arg.sums.0, ptr %arg.sums.1, i64 %arg.sums.2, i64 %arg.sums.3, ptr %arg.sums.4, i64 %arg.sums.5.0, i64 %arg.sums.6.0, i16 %arg.kind) {
entry:
  %.62 = alloca i64, align 8
  store i64 0, ptr %.62, align 8
  %.65 = alloca i64, align 8
  store i64 0, ptr %.65, align 8
  %.189 = alloca i16, align 2
  store i16 0, ptr %.189, align 2
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
  store i16 0, ptr %.189, align 2
  %.193 = call i32 @part1(ptr nonnull %.189, ptr nonnull %excinfo.1, double %.187, i16 %arg.kind)
  %.195 = icmp ne i32 %.193, 0
  %.196 = icmp ne i32 %.193, -2
  %.199.not = and i1 %.195, %.196
  %.203 = load i16, ptr %.189, align 2
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
  %1 = getelementptr i16, ptr %arg.out.4, i64 %.110.sroa.0.0
  %.241 = getelementptr i16, ptr %1, i64 %.227
  store i16 %.203, ptr %.241, align 2
  br label %B60
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, double %arg.exact, i16 %arg.kind) {
entry:
  %.19 = alloca i32, align 4
  store i32 0, ptr %.19, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.52 = alloca float, align 4
  store float 0.000000e+00, ptr %.52, align 4
  %excinfo.2 = alloca ptr, align 8
  store ptr null, ptr %excinfo.2, align 8
  %.105 = alloca i16, align 2
  store i16 0, ptr %.105, align 2
  %excinfo.3 = alloca ptr, align 8
  store ptr null, ptr %excinfo.3, align 8
  %.8 = fptrunc double %arg.exact to float
  %0 = call float @llvm.fabs.f32(float %.8)
  %.14 = fpext float %0 to double
  %.15 = call double @llvm.fabs.f64(double %arg.exact)
  %.16 = fcmp olt double %.15, %.14
  store i32 0, ptr %.19, align 4
  %.23 = call i32 @part2(ptr nonnull %.19, ptr nonnull %excinfo.1, float %.8, ptr null)
  %.25 = icmp ne i32 %.23, 0
  %.26 = icmp ne i32 %.23, -2
  %.29.not = and i1 %.25, %.26
  %.33 = load i32, ptr %.19, align 4
  br i1 %.29.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.31 = icmp sgt i32 %.23, 0
  %.24 = load ptr, ptr %excinfo.1, align 8
  %.32 = select i1 %.31, ptr %.24, ptr undef
  store ptr %.32, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %.46.neg = sext i1 %.16 to i32
  %.47 = add i32 %.33, %.46.neg
  %.50 = or i32 %.47, 1
  store float 0.000000e+00, ptr %.52, align 4
  %.56 = call i32 @part4(ptr nonnull %.52, ptr nonnull %excinfo.2, i32 %.50, ptr null)
  %.58 = icmp ne i32 %.56, 0
  %.59 = icmp ne i32 %.56, -2
  %.62.not = and i1 %.58, %.59
  %.66 = load float, ptr %.52, align 4
  br i1 %.62.not, label %B0.endif.if, label %B0.endif.endif, !prof !0

common.ret:                                       ; preds = %B450.if, %B0.endif.if, %B0.if, %B450.endif
  %common.ret.op = phi i32 [ %.56, %B0.endif.if ], [ %.23, %B0.if ], [ 0, %B450.endif ], [ %.109, %B450.if ]
  ret i32 %common.ret.op

B0.endif.if:                                      ; preds = %B0.endif
  %.64 = icmp sgt i32 %.56, 0
  %.57 = load ptr, ptr %excinfo.2, align 8
  %.65 = select i1 %.64, ptr %.57, ptr undef
  store ptr %.65, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.if, %B0.endif
  %.80 = fpext float %.8 to double
  %.81 = fcmp oeq double %arg.exact, %.80
  %"$phi450.2.2.0" = select i1 %.81, float %.8, float %.66
  store i16 0, ptr %.105, align 2
  %.109 = call i32 @part3(ptr nonnull %.105, ptr nonnull %excinfo.3, float %"$phi450.2.2.0", i16 %arg.kind)
  %.111 = icmp ne i32 %.109, 0
  %.112 = icmp ne i32 %.109, -2
  %.115.not = and i1 %.111, %.112
  %.119 = load i16, ptr %.105, align 2
  br i1 %.115.not, label %B450.if, label %B450.endif, !prof !0

B450.if:                                          ; preds = %B0.endif.endif
  %.117 = icmp sgt i32 %.109, 0
  %.110 = load ptr, ptr %excinfo.3, align 8
  %.118 = select i1 %.117, ptr %.110, ptr undef
  store ptr %.118, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B450.endif

B450.endif:                                       ; preds = %B450.if, %B0.endif.endif
  store i16 %.119, ptr %retptr, align 2
  br label %common.ret
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare double @llvm.fabs.f64(double) #0

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.scalar, ptr %arg.viewty) {
entry:
  store float %arg.scalar, ptr %retptr, align 4
  ret i32 0
}

define internal i32 @part3(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, float %arg.number, i16 %arg.kind) {
entry:
  %.6 = alloca i32, align 4
  store i32 0, ptr %.6, align 4
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store i32 0, ptr %.6, align 4
  %.10 = call i32 @part5(ptr nonnull %.6, ptr nonnull %excinfo.1, float %arg.number, ptr null)
  %.12 = icmp ne i32 %.10, 0
  %.13 = icmp ne i32 %.10, -2
  %.16.not = and i1 %.12, %.13
  %.20 = load i32, ptr %.6, align 4
  br i1 %.16.not, label %B0.if, label %B0.endif, !prof !0

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.10, %B0.if ]
  ret i32 %common.ret.op

B0.if:                                            ; preds = %entry
  %.18 = icmp sgt i32 %.10, 0
  %.11 = load ptr, ptr %excinfo.1, align 8
  %.19 = select i1 %.18, ptr %.11, ptr undef
  store ptr %.19, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

B0.endif:                                         ; preds = %B0.if, %entry
  %0 = lshr i32 %.20, 16
  %1 = and i32 %0, 1
  %.42 = add i32 %.20, 32767
  %.43 = add i32 %.42, %1
  %.46 = lshr i32 %.43, 16
  %.47 = trunc nuw i32 %.46 to i16
  %.51 = fcmp ord float %arg.number, 0.000000e+00
  %"$phi348.0.2.0" = select i1 %.51, i16 %.47, i16 32704
  store i16 %"$phi348.0.2.0", ptr %retptr, align 2
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

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare float @llvm.fabs.f32(float) #0

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
