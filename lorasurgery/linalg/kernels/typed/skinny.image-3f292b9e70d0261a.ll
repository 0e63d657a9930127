; ModuleID = '<string>'
source_filename = "<string>"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"

define i32 @lorasurgery_kernel(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.X.0, ptr %arg.X.1, i64 %arg.X.2, i64 %arg.X.3, ptr %arg.X.4, i64 %arg.X.5.0, i64 %arg.X.6.0, ptr %arg.groups.0, ptr %arg.groups.1, i64 %arg.groups.2, i64 %arg.groups.3, ptr %arg.groups.4, i64 %arg.groups.5.0, i64 %arg.groups.6.0, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1) {
entry:
  %.61 = alloca ptr, align 8
  store ptr null, ptr %.61, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  store ptr null, ptr %.61, align 8
  %.77 = call i32 @part1(ptr nonnull %.61, ptr nonnull %excinfo.1, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.X.0, ptr %arg.X.1, i64 %arg.X.2, i64 %arg.X.3, ptr %arg.X.4, i64 %arg.X.5.0, i64 %arg.X.6.0, ptr %arg.groups.0, ptr %arg.groups.1, i64 %arg.groups.2, i64 %arg.groups.3, ptr %arg.groups.4, i64 %arg.groups.5.0, i64 %arg.groups.6.0, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, i64 0, i64 %arg.D.5.0)
  %.79 = icmp ne i32 %.77, 0
  %.80 = icmp ne i32 %.77, -2
  %.83.not = and i1 %.79, %.80
  br i1 %.83.not, label %B0.if, label %B0.endif, !prof !0

B0.if:                                            ; preds = %entry
  %.85 = icmp sgt i32 %.77, 0
  %.78 = load ptr, ptr %excinfo.1, align 8
  %.86 = select i1 %.85, ptr %.78, ptr undef
  store ptr %.86, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B0.endif

common.ret:                                       ; preds = %B0.if, %B0.endif
  %common.ret.op = phi i32 [ 0, %B0.endif ], [ %.77, %B0.if ]
  ret i32 %common.ret.op

B0.endif:                                         ; preds = %B0.if, %entry
  store ptr null, ptr %retptr, align 8
  br label %common.ret
}

define internal i32 @part1(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, ptr %arg.D.0, ptr %arg.D.1, i64 %arg.D.2, i64 %arg.D.3, ptr %arg.D.4, i64 %arg.D.5.0, i64 %arg.D.5.1, i64 %arg.D.6.0, i64 %arg.D.6.1, ptr %arg.X.0, ptr %arg.X.1, i64 %arg.X.2, i64 %arg.X.3, ptr %arg.X.4, i64 %arg.X.5.0, i64 %arg.X.6.0, ptr %arg.groups.0, ptr %arg.groups.1, i64 %arg.groups.2, i64 %arg.groups.3, ptr %arg.groups.4, i64 %arg.groups.5.0, i64 %arg.groups.6.0, ptr %arg.W.0, ptr %arg.W.1, i64 %arg.W.2, i64 %arg.W.3, ptr %arg.W.4, i64 %arg.W.5.0, i64 %arg.W.5.1, i64 %arg.W.6.0, i64 %arg.W.6.1, i64 %arg.first, i64 %arg.last) {
entry:
  %.87 = alloca i64, align 8
  store i64 0, ptr %.87, align 8
  %.90 = alloca i64, align 8
  store i64 0, ptr %.90, align 8
  %.222 = alloca i64, align 8
  store i64 0, ptr %.222, align 8
  %.225 = alloca i64, align 8
  store i64 0, ptr %.225, align 8
  %.416 = alloca i64, align 8
  store i64 0, ptr %.416, align 8
  %.419 = alloca i64, align 8
  store i64 0, ptr %.419, align 8
  %.531 = alloca i64, align 8
  store i64 0, ptr %.531, align 8
  %excinfo.1 = alloca ptr, align 8
  store ptr null, ptr %excinfo.1, align 8
  %.594 = alloca i64, align 8
  store i64 0, ptr %.594, align 8
  %.597 = alloca i64, align 8
  store i64 0, ptr %.597, align 8
  store i64 0, ptr %.87, align 8
  br i1 false, label %B0.if, label %B0.endif, !prof !0

B36:                                              ; preds = %B0.endif.endif, %B148
  %.144 = load i64, ptr %.90, align 8
  %.145 = icmp sgt i64 %.144, 0
  br i1 %.145, label %B36.if, label %B36.endif

B38:                                              ; preds = %B36.endif
  store i64 0, ptr %.222, align 8
  br i1 false, label %B38.if, label %B38.endif, !prof !0

B92:                                              ; preds = %B38.endif.endif, %B94
  %.277 = load i64, ptr %.225, align 8
  %.278 = icmp sgt i64 %.277, 0
  br i1 %.278, label %B92.if, label %B92.endif

B94:                                              ; preds = %B92.endif
  %.340 = icmp slt i64 %.135.sroa.0.0, 0
  %.341 = select i1 %.340, i64 %arg.W.5.0, i64 0
  %.342 = add i64 %.135.sroa.0.0, %.341
  %.343 = icmp slt i64 %.268.sroa.0.0, 0
  %.344 = select i1 %.343, i64 %arg.W.5.1, i64 0
  %.362 = mul i64 %.342, %arg.W.5.1
  %0 = getelementptr float, ptr %arg.W.4, i64 %.362
  %1 = getelementptr float, ptr %0, i64 %.268.sroa.0.0
  %.366 = getelementptr float, ptr %1, i64 %.344
  store float 0.000000e+00, ptr %.366, align 4
  br label %B92

B148:                                             ; preds = %B92.endif
  br label %B36

B150:                                             ; preds = %B36.endif
  store i64 0, ptr %.416, align 8
  br i1 false, label %B150.if, label %B150.endif, !prof !0

B216:                                             ; preds = %B150.endif.endif, %B802
  %.472 = load i64, ptr %.419, align 8
  %.473 = icmp sgt i64 %.472, 0
  br i1 %.473, label %B218.if, label %B218.endif

B220:                                             ; preds = %B218.endif
  %.528 = add nsw i64 %.463.sroa.0.0, 512
  store i64 0, ptr %.531, align 8
  %.537 = call i32 @part2(ptr nonnull %.531, ptr nonnull %excinfo.1, i64 %arg.D.5.1, i64 %.528)
  %.539 = icmp ne i32 %.537, 0
  %.540 = icmp ne i32 %.537, -2
  %.543.not = and i1 %.539, %.540
  %.547 = load i64, ptr %.531, align 8
  br i1 %.543.not, label %B220.if, label %B220.endif, !prof !0

B354:                                             ; preds = %B220.endif.endif.endif, %B807
  %.649 = load i64, ptr %.597, align 8
  %.650 = icmp sgt i64 %.649, 0
  br i1 %.650, label %B354.if, label %B354.endif

B356:                                             ; preds = %B354.endif
  %.701 = icmp slt i64 %.640.sroa.0.0, 0
  %.702 = select i1 %.701, i64 %arg.groups.5.0, i64 0
  %2 = getelementptr i64, ptr %arg.groups.4, i64 %.640.sroa.0.0
  %.716 = getelementptr i64, ptr %2, i64 %.702
  %.717 = load i64, ptr %.716, align 8
  %.739 = mul nsw i64 %arg.D.5.1, %.717
  %.757 = icmp slt i64 %.640.sroa.0.0, -1
  %.758 = select i1 %.757, i64 %arg.groups.5.0, i64 0
  %3 = getelementptr i64, ptr %arg.groups.4, i64 %.640.sroa.0.0
  %4 = getelementptr i8, ptr %3, i64 8
  %.772 = getelementptr i64, ptr %4, i64 %.758
  %.773 = load i64, ptr %.772, align 8
  %.775 = sub nsw i64 %.773, %.717
  %.776 = icmp eq i64 %.775, 24
  br i1 %.776, label %B446, label %B624

B446:                                             ; preds = %B356
  %.791 = icmp sgt i64 %arg.last, 3
  br i1 %.791, label %B464, label %B540

B464:                                             ; preds = %tile.end, %B446
  %i.7.2 = phi i64 [ 0, %B446 ], [ %.1043, %tile.end ]
  %.822 = mul i64 %i.7.2, %arg.D.5.1
  %.825 = getelementptr float, ptr %arg.D.4, i64 %.822
  %.826 = or disjoint i64 %i.7.2, 1
  %.827 = mul i64 %.826, %arg.D.5.1
  %.830 = getelementptr float, ptr %arg.D.4, i64 %.827
  %.831 = or disjoint i64 %i.7.2, 2
  %.832 = mul i64 %.831, %arg.D.5.1
  %.835 = getelementptr float, ptr %arg.D.4, i64 %.832
  %.836 = or disjoint i64 %i.7.2, 3
  %.837 = mul i64 %.836, %arg.D.5.1
  %.840 = getelementptr float, ptr %arg.D.4, i64 %.837
  %.850 = mul i64 %i.7.2, %arg.W.5.1
  %5 = getelementptr float, ptr %arg.W.4, i64 %.850
  %.854 = getelementptr float, ptr %5, i64 %.717
  %.855 = or disjoint i64 %i.7.2, 1
  %.856 = mul i64 %.855, %arg.W.5.1
  %6 = getelementptr float, ptr %arg.W.4, i64 %.856
  %.860 = getelementptr float, ptr %6, i64 %.717
  %.861 = or disjoint i64 %i.7.2, 2
  %.862 = mul i64 %.861, %arg.W.5.1
  %7 = getelementptr float, ptr %arg.W.4, i64 %.862
  %.866 = getelementptr float, ptr %7, i64 %.717
  %.867 = or disjoint i64 %i.7.2, 3
  %.868 = mul i64 %.867, %arg.W.5.1
  %8 = getelementptr float, ptr %arg.W.4, i64 %.868
  %.872 = getelementptr float, ptr %8, i64 %.717
  %.875 = getelementptr float, ptr %arg.X.4, i64 %.739
  %.879 = load <8 x float>, ptr %.854, align 4
  %.881 = getelementptr i8, ptr %.854, i64 32
  %.883 = load <8 x float>, ptr %.881, align 4
  %.885 = getelementptr i8, ptr %.854, i64 64
  %.887 = load <8 x float>, ptr %.885, align 4
  %.891 = load <8 x float>, ptr %.860, align 4
  %.893 = getelementptr i8, ptr %.860, i64 32
  %.895 = load <8 x float>, ptr %.893, align 4
  %.897 = getelementptr i8, ptr %.860, i64 64
  %.899 = load <8 x float>, ptr %.897, align 4
  %.903 = load <8 x float>, ptr %.866, align 4
  %.905 = getelementptr i8, ptr %.866, i64 32
  %.907 = load <8 x float>, ptr %.905, align 4
  %.909 = getelementptr i8, ptr %.866, i64 64
  %.911 = load <8 x float>, ptr %.909, align 4
  %.915 = load <8 x float>, ptr %.872, align 4
  %.917 = getelementptr i8, ptr %.872, i64 32
  %.919 = load <8 x float>, ptr %.917, align 4
  %.921 = getelementptr i8, ptr %.872, i64 64
  %.923 = load <8 x float>, ptr %.921, align 4
  br label %tile

B540:                                             ; preds = %tile.end, %B446
  %i.7.3 = phi i64 [ %.1043, %tile.end ], [ 0, %B446 ]
  %.1060 = icmp slt i64 %i.7.3, %arg.last
  br i1 %.1060, label %B552, label %B807

B552:                                             ; preds = %tile.end.1, %B540
  %i.8.2 = phi i64 [ %i.7.3, %B540 ], [ %.1170, %tile.end.1 ]
  %.1093 = mul i64 %i.8.2, %arg.D.5.1
  %.1096 = getelementptr float, ptr %arg.D.4, i64 %.1093
  %.1106 = mul i64 %i.8.2, %arg.W.5.1
  %9 = getelementptr float, ptr %arg.W.4, i64 %.1106
  %.1110 = getelementptr float, ptr %9, i64 %.717
  %.1113 = getelementptr float, ptr %arg.X.4, i64 %.739
  %.1117 = load <8 x float>, ptr %.1110, align 4
  %.1119 = getelementptr i8, ptr %.1110, i64 32
  %.1121 = load <8 x float>, ptr %.1119, align 4
  %.1123 = getelementptr i8, ptr %.1110, i64 64
  %.1125 = load <8 x float>, ptr %.1123, align 4
  br label %tile.1

B624:                                             ; preds = %B356
  %.1196 = icmp sgt i64 %arg.last, 5
  br i1 %.1196, label %B642, label %B718

B642:                                             ; preds = %tile.end.2, %B624
  %i.10.3 = phi i64 [ 0, %B624 ], [ %.1474, %tile.end.2 ]
  %.1227 = mul i64 %i.10.3, %arg.D.5.1
  %.1230 = getelementptr float, ptr %arg.D.4, i64 %.1227
  %.1231 = or disjoint i64 %i.10.3, 1
  %.1232 = mul i64 %.1231, %arg.D.5.1
  %.1235 = getelementptr float, ptr %arg.D.4, i64 %.1232
  %.1236 = add nuw i64 %i.10.3, 2
  %.1237 = mul i64 %.1236, %arg.D.5.1
  %.1240 = getelementptr float, ptr %arg.D.4, i64 %.1237
  %.1241 = add nuw i64 %i.10.3, 3
  %.1242 = mul i64 %.1241, %arg.D.5.1
  %.1245 = getelementptr float, ptr %arg.D.4, i64 %.1242
  %.1246 = add nuw i64 %i.10.3, 4
  %.1247 = mul i64 %.1246, %arg.D.5.1
  %.1250 = getelementptr float, ptr %arg.D.4, i64 %.1247
  %.1251 = add nuw i64 %i.10.3, 5
  %.1252 = mul i64 %.1251, %arg.D.5.1
  %.1255 = getelementptr float, ptr %arg.D.4, i64 %.1252
  %.1265 = mul i64 %i.10.3, %arg.W.5.1
  %10 = getelementptr float, ptr %arg.W.4, i64 %.1265
  %.1269 = getelementptr float, ptr %10, i64 %.717
  %.1270 = or disjoint i64 %i.10.3, 1
  %.1271 = mul i64 %.1270, %arg.W.5.1
  %11 = getelementptr float, ptr %arg.W.4, i64 %.1271
  %.1275 = getelementptr float, ptr %11, i64 %.717
  %.1276 = add nuw i64 %i.10.3, 2
  %.1277 = mul i64 %.1276, %arg.W.5.1
  %12 = getelementptr float, ptr %arg.W.4, i64 %.1277
  %.1281 = getelementptr float, ptr %12, i64 %.717
  %.1282 = add nuw i64 %i.10.3, 3
  %.1283 = mul i64 %.1282, %arg.W.5.1
  %13 = getelementptr float, ptr %arg.W.4, i64 %.1283
  %.1287 = getelementptr float, ptr %13, i64 %.717
  %.1288 = add nuw i64 %i.10.3, 4
  %.1289 = mul i64 %.1288, %arg.W.5.1
  %14 = getelementptr float, ptr %arg.W.4, i64 %.1289
  %.1293 = getelementptr float, ptr %14, i64 %.717
  %.1294 = add nuw i64 %i.10.3, 5
  %.1295 = mul i64 %.1294, %arg.W.5.1
  %15 = getelementptr float, ptr %arg.W.4, i64 %.1295
  %.1299 = getelementptr float, ptr %15, i64 %.717
  %.1302 = getelementptr float, ptr %arg.X.4, i64 %.739
  %.1306 = load <8 x float>, ptr %.1269, align 4
  %.1308 = getelementptr i8, ptr %.1269, i64 32
  %.1310 = load <8 x float>, ptr %.1308, align 4
  %.1314 = load <8 x float>, ptr %.1275, align 4
  %.1316 = getelementptr i8, ptr %.1275, i64 32
  %.1318 = load <8 x float>, ptr %.1316, align 4
  %.1322 = load <8 x float>, ptr %.1281, align 4
  %.1324 = getelementptr i8, ptr %.1281, i64 32
  %.1326 = load <8 x float>, ptr %.1324, align 4
  %.1330 = load <8 x float>, ptr %.1287, align 4
  %.1332 = getelementptr i8, ptr %.1287, i64 32
  %.1334 = load <8 x float>, ptr %.1332, align 4
  %.1338 = load <8 x float>, ptr %.1293, align 4
  %.1340 = getelementptr i8, ptr %.1293, i64 32
  %.1342 = load <8 x float>, ptr %.1340, align 4
  %.1346 = load <8 x float>, ptr %.1299, align 4
  %.1348 = getelementptr i8, ptr %.1299, i64 32
  %.1350 = load <8 x float>, ptr %.1348, align 4
  br label %tile.2

B718:                                             ; preds = %tile.end.2, %B624
  %i.10.4 = phi i64 [ %.1474, %tile.end.2 ], [ 0, %B624 ]
  %.1491 = icmp slt i64 %i.10.4, %arg.last
  br i1 %.1491, label %B730, label %B807

B730:                                             ; preds = %tile.end.3, %B718
  %i.11.3 = phi i64 [ %i.10.4, %B718 ], [ %.1586, %tile.end.3 ]
  %.1524 = mul i64 %i.11.3, %arg.D.5.1
  %.1527 = getelementptr float, ptr %arg.D.4, i64 %.1524
  %.1537 = mul i64 %i.11.3, %arg.W.5.1
  %16 = getelementptr float, ptr %arg.W.4, i64 %.1537
  %.1541 = getelementptr float, ptr %16, i64 %.717
  %.1544 = getelementptr float, ptr %arg.X.4, i64 %.739
  %.1548 = load <8 x float>, ptr %.1541, align 4
  %.1550 = getelementptr i8, ptr %.1541, i64 32
  %.1552 = load <8 x float>, ptr %.1550, align 4
  br label %tile.3

B802:                                             ; preds = %B354.endif
  br label %B216

common.ret:                                       ; preds = %B220.if, %B220.endif.if, %B150.if, %B38.if, %B0.if, %B806
  %common.ret.op = phi i32 [ 0, %B806 ], [ poison, %B0.if ], [ poison, %B38.if ], [ poison, %B150.if ], [ poison, %B220.endif.if ], [ %.537, %B220.if ]
  ret i32 %common.ret.op

B806:                                             ; preds = %B218.endif
  store ptr null, ptr %retptr, align 8
  br label %common.ret

B807:                                             ; preds = %B718, %tile.end.3, %B540, %tile.end.1
  br label %B354

B0.if:                                            ; preds = %entry
  br label %common.ret

B0.endif:                                         ; preds = %entry
  %.101 = icmp slt i64 %arg.last, 1
  br i1 %.101, label %B0.endif.if, label %B0.endif.else

B0.endif.if:                                      ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.else:                                    ; preds = %B0.endif
  br label %B0.endif.endif

B0.endif.endif:                                   ; preds = %B0.endif.else, %B0.endif.if
  %storemerge = phi i64 [ %arg.last, %B0.endif.else ], [ 0, %B0.endif.if ]
  store i64 %storemerge, ptr %.90, align 8
  br label %B36

B36.if:                                           ; preds = %B36
  %.151 = load i64, ptr %.87, align 8
  %.154 = add nsw i64 %.144, -1
  store i64 %.154, ptr %.90, align 8
  %.158 = add i64 %.151, 1
  store i64 %.158, ptr %.87, align 8
  br label %B36.endif

B36.endif:                                        ; preds = %B36.if, %B36
  %.135.sroa.0.0 = phi i64 [ %.151, %B36.if ], [ 0, %B36 ]
  br i1 %.145, label %B38, label %B150

B38.if:                                           ; preds = %B38
  br label %common.ret

B38.endif:                                        ; preds = %B38
  %.236 = icmp slt i64 %arg.W.5.1, 1
  br i1 %.236, label %B38.endif.if, label %B38.endif.else

B38.endif.if:                                     ; preds = %B38.endif
  br label %B38.endif.endif

B38.endif.else:                                   ; preds = %B38.endif
  br label %B38.endif.endif

B38.endif.endif:                                  ; preds = %B38.endif.else, %B38.endif.if
  %storemerge522 = phi i64 [ %arg.W.5.1, %B38.endif.else ], [ 0, %B38.endif.if ]
  store i64 %storemerge522, ptr %.225, align 8
  br label %B92

B92.if:                                           ; preds = %B92
  %.284 = load i64, ptr %.222, align 8
  %.287 = add nsw i64 %.277, -1
  store i64 %.287, ptr %.225, align 8
  %.291 = add i64 %.284, 1
  store i64 %.291, ptr %.222, align 8
  br label %B92.endif

B92.endif:                                        ; preds = %B92.if, %B92
  %.268.sroa.0.0 = phi i64 [ %.284, %B92.if ], [ 0, %B92 ]
  br i1 %.278, label %B94, label %B148

B150.if:                                          ; preds = %B150
  br label %common.ret

B150.endif:                                       ; preds = %B150
  %.430 = icmp slt i64 %arg.D.5.1, 1
  br i1 %.430, label %B150.endif.if, label %B150.endif.else

B150.endif.if:                                    ; preds = %B150.endif
  br label %B150.endif.endif

B150.endif.else:                                  ; preds = %B150.endif
  %17 = add nuw i64 %arg.D.5.1, 511
  %.451 = lshr i64 %17, 9
  br label %B150.endif.endif

B150.endif.endif:                                 ; preds = %B150.endif.else, %B150.endif.if
  %storemerge520 = phi i64 [ %.451, %B150.endif.else ], [ 0, %B150.endif.if ]
  store i64 %storemerge520, ptr %.419, align 8
  br label %B216

B218.if:                                          ; preds = %B216
  %.479 = load i64, ptr %.416, align 8
  %.482 = add nsw i64 %.472, -1
  store i64 %.482, ptr %.419, align 8
  %.486 = add i64 %.479, 512
  store i64 %.486, ptr %.416, align 8
  br label %B218.endif

B218.endif:                                       ; preds = %B218.if, %B216
  %.463.sroa.0.0 = phi i64 [ %.479, %B218.if ], [ 0, %B216 ]
  br i1 %.473, label %B220, label %B806

B220.if:                                          ; preds = %B220
  %.545 = icmp sgt i32 %.537, 0
  %.538 = load ptr, ptr %excinfo.1, align 8
  %.546 = select i1 %.545, ptr %.538, ptr undef
  store ptr %.546, ptr %excinfo, align 8
  br i1 true, label %common.ret, label %B220.endif

B220.endif:                                       ; preds = %B220.if, %B220
  %.570 = add nsw i64 %arg.groups.5.0, -1
  store i64 0, ptr %.594, align 8
  br i1 false, label %B220.endif.if, label %B220.endif.endif, !prof !0

B220.endif.if:                                    ; preds = %B220.endif
  br label %common.ret

B220.endif.endif:                                 ; preds = %B220.endif
  %.608 = icmp slt i64 %arg.groups.5.0, 2
  br i1 %.608, label %B220.endif.endif.if, label %B220.endif.endif.else

B220.endif.endif.if:                              ; preds = %B220.endif.endif
  br label %B220.endif.endif.endif

B220.endif.endif.else:                            ; preds = %B220.endif.endif
  br label %B220.endif.endif.endif

B220.endif.endif.endif:                           ; preds = %B220.endif.endif.else, %B220.endif.endif.if
  %storemerge521 = phi i64 [ %.570, %B220.endif.endif.else ], [ 0, %B220.endif.endif.if ]
  store i64 %storemerge521, ptr %.597, align 8
  br label %B354

B354.if:                                          ; preds = %B354
  %.656 = load i64, ptr %.594, align 8
  %.659 = add nsw i64 %.649, -1
  store i64 %.659, ptr %.597, align 8
  %.663 = add i64 %.656, 1
  store i64 %.663, ptr %.594, align 8
  br label %B354.endif

B354.endif:                                       ; preds = %B354.if, %B354
  %.640.sroa.0.0 = phi i64 [ %.656, %B354.if ], [ 0, %B354 ]
  br i1 %.650, label %B356, label %B802

tile:                                             ; preds = %tile, %B464
  %.925 = phi i64 [ %.463.sroa.0.0, %B464 ], [ %.991, %tile ]
  %.926 = phi <8 x float> [ %.879, %B464 ], [ %.968, %tile ]
  %.927 = phi <8 x float> [ %.883, %B464 ], [ %.970, %tile ]
  %.928 = phi <8 x float> [ %.887, %B464 ], [ %.972, %tile ]
  %.929 = phi <8 x float> [ %.891, %B464 ], [ %.974, %tile ]
  %.930 = phi <8 x float> [ %.895, %B464 ], [ %.976, %tile ]
  %.931 = phi <8 x float> [ %.899, %B464 ], [ %.978, %tile ]
  %.932 = phi <8 x float> [ %.903, %B464 ], [ %.980, %tile ]
  %.933 = phi <8 x float> [ %.907, %B464 ], [ %.982, %tile ]
  %.934 = phi <8 x float> [ %.911, %B464 ], [ %.984, %tile ]
  %.935 = phi <8 x float> [ %.915, %B464 ], [ %.986, %tile ]
  %.936 = phi <8 x float> [ %.919, %B464 ], [ %.988, %tile ]
  %.937 = phi <8 x float> [ %.923, %B464 ], [ %.990, %tile ]
  %.938 = mul i64 %.925, 24
  %.940 = getelementptr float, ptr %.875, i64 %.938
  %.942 = load <8 x float>, ptr %.940, align 4
  %18 = getelementptr float, ptr %.875, i64 %.938
  %.944 = getelementptr i8, ptr %18, i64 32
  %.946 = load <8 x float>, ptr %.944, align 4
  %19 = getelementptr float, ptr %.875, i64 %.938
  %.948 = getelementptr i8, ptr %19, i64 64
  %.950 = load <8 x float>, ptr %.948, align 4
  %.951 = getelementptr float, ptr %.825, i64 %.925
  %.952 = load float, ptr %.951, align 4
  %.953 = insertelement <8 x float> poison, float %.952, i64 0
  %.954 = shufflevector <8 x float> %.953, <8 x float> poison, <8 x i32> zeroinitializer
  %.955 = getelementptr float, ptr %.830, i64 %.925
  %.956 = load float, ptr %.955, align 4
  %.957 = insertelement <8 x float> poison, float %.956, i64 0
  %.958 = shufflevector <8 x float> %.957, <8 x float> poison, <8 x i32> zeroinitializer
  %.959 = getelementptr float, ptr %.835, i64 %.925
  %.960 = load float, ptr %.959, align 4
  %.961 = insertelement <8 x float> poison, float %.960, i64 0
  %.962 = shufflevector <8 x float> %.961, <8 x float> poison, <8 x i32> zeroinitializer
  %.963 = getelementptr float, ptr %.840, i64 %.925
  %.964 = load float, ptr %.963, align 4
  %.965 = insertelement <8 x float> poison, float %.964, i64 0
  %.966 = shufflevector <8 x float> %.965, <8 x float> poison, <8 x i32> zeroinitializer
  %.967 = fmul contract <8 x float> %.954, %.942
  %.968 = fadd contract <8 x float> %.967, %.926
  %.969 = fmul contract <8 x float> %.954, %.946
  %.970 = fadd contract <8 x float> %.969, %.927
  %.971 = fmul contract <8 x float> %.954, %.950
  %.972 = fadd contract <8 x float> %.971, %.928
  %.973 = fmul contract <8 x float> %.958, %.942
  %.974 = fadd contract <8 x float> %.973, %.929
  %.975 = fmul contract <8 x float> %.958, %.946
  %.976 = fadd contract <8 x float> %.975, %.930
  %.977 = fmul contract <8 x float> %.958, %.950
  %.978 = fadd contract <8 x float> %.977, %.931
  %.979 = fmul contract <8 x float> %.962, %.942
  %.980 = fadd contract <8 x float> %.979, %.932
  %.981 = fmul contract <8 x float> %.962, %.946
  %.982 = fadd contract <8 x float> %.981, %.933
  %.983 = fmul contract <8 x float> %.962, %.950
  %.984 = fadd contract <8 x float> %.983, %.934
  %.985 = fmul contract <8 x float> %.966, %.942
  %.986 = fadd contract <8 x float> %.985, %.935
  %.987 = fmul contract <8 x float> %.966, %.946
  %.988 = fadd contract <8 x float> %.987, %.936
  %.989 = fmul contract <8 x float> %.966, %.950
  %.990 = fadd contract <8 x float> %.989, %.937
  %.991 = add i64 %.925, 1
  %.992 = icmp slt i64 %.991, %.547
  br i1 %.992, label %tile, label %tile.end

tile.end:                                         ; preds = %tile
  store <8 x float> %.968, ptr %.854, align 4
  %.999 = getelementptr i8, ptr %.854, i64 32
  store <8 x float> %.970, ptr %.999, align 4
  %.1003 = getelementptr i8, ptr %.854, i64 64
  store <8 x float> %.972, ptr %.1003, align 4
  store <8 x float> %.974, ptr %.860, align 4
  %.1011 = getelementptr i8, ptr %.860, i64 32
  store <8 x float> %.976, ptr %.1011, align 4
  %.1015 = getelementptr i8, ptr %.860, i64 64
  store <8 x float> %.978, ptr %.1015, align 4
  store <8 x float> %.980, ptr %.866, align 4
  %.1023 = getelementptr i8, ptr %.866, i64 32
  store <8 x float> %.982, ptr %.1023, align 4
  %.1027 = getelementptr i8, ptr %.866, i64 64
  store <8 x float> %.984, ptr %.1027, align 4
  store <8 x float> %.986, ptr %.872, align 4
  %.1035 = getelementptr i8, ptr %.872, i64 32
  store <8 x float> %.988, ptr %.1035, align 4
  %.1039 = getelementptr i8, ptr %.872, i64 64
  store <8 x float> %.990, ptr %.1039, align 4
  %.1043 = add nuw nsw i64 %i.7.2, 4
  %.1048 = add nuw nsw i64 %i.7.2, 8
  %.1050.not = icmp sgt i64 %.1048, %arg.last
  br i1 %.1050.not, label %B540, label %B464

tile.1:                                           ; preds = %tile.1, %B552
  %.1127 = phi i64 [ %.463.sroa.0.0, %B552 ], [ %.1154, %tile.1 ]
  %.1128 = phi <8 x float> [ %.1117, %B552 ], [ %.1149, %tile.1 ]
  %.1129 = phi <8 x float> [ %.1121, %B552 ], [ %.1151, %tile.1 ]
  %.1130 = phi <8 x float> [ %.1125, %B552 ], [ %.1153, %tile.1 ]
  %.1131 = mul i64 %.1127, 24
  %.1133 = getelementptr float, ptr %.1113, i64 %.1131
  %.1135 = load <8 x float>, ptr %.1133, align 4
  %20 = getelementptr float, ptr %.1113, i64 %.1131
  %.1137 = getelementptr i8, ptr %20, i64 32
  %.1139 = load <8 x float>, ptr %.1137, align 4
  %21 = getelementptr float, ptr %.1113, i64 %.1131
  %.1141 = getelementptr i8, ptr %21, i64 64
  %.1143 = load <8 x float>, ptr %.1141, align 4
  %.1144 = getelementptr float, ptr %.1096, i64 %.1127
  %.1145 = load float, ptr %.1144, align 4
  %.1146 = insertelement <8 x float> poison, float %.1145, i64 0
  %.1147 = shufflevector <8 x float> %.1146, <8 x float> poison, <8 x i32> zeroinitializer
  %.1148 = fmul contract <8 x float> %.1147, %.1135
  %.1149 = fadd contract <8 x float> %.1148, %.1128
  %.1150 = fmul contract <8 x float> %.1147, %.1139
  %.1151 = fadd contract <8 x float> %.1150, %.1129
  %.1152 = fmul contract <8 x float> %.1147, %.1143
  %.1153 = fadd contract <8 x float> %.1152, %.1130
  %.1154 = add i64 %.1127, 1
  %.1155 = icmp slt i64 %.1154, %.547
  br i1 %.1155, label %tile.1, label %tile.end.1

tile.end.1:                                       ; preds = %tile.1
  store <8 x float> %.1149, ptr %.1110, align 4
  %.1162 = getelementptr i8, ptr %.1110, i64 32
  store <8 x float> %.1151, ptr %.1162, align 4
  %.1166 = getelementptr i8, ptr %.1110, i64 64
  store <8 x float> %.1153, ptr %.1166, align 4
  %.1170 = add nsw i64 %i.8.2, 1
  %.1174 = icmp slt i64 %.1170, %arg.last
  br i1 %.1174, label %B552, label %B807

tile.2:                                           ; preds = %tile.2, %B642
  %.1352 = phi i64 [ %.463.sroa.0.0, %B642 ], [ %.1422, %tile.2 ]
  %.1353 = phi <8 x float> [ %.1306, %B642 ], [ %.1399, %tile.2 ]
  %.1354 = phi <8 x float> [ %.1310, %B642 ], [ %.1401, %tile.2 ]
  %.1355 = phi <8 x float> [ %.1314, %B642 ], [ %.1403, %tile.2 ]
  %.1356 = phi <8 x float> [ %.1318, %B642 ], [ %.1405, %tile.2 ]
  %.1357 = phi <8 x float> [ %.1322, %B642 ], [ %.1407, %tile.2 ]
  %.1358 = phi <8 x float> [ %.1326, %B642 ], [ %.1409, %tile.2 ]
  %.1359 = phi <8 x float> [ %.1330, %B642 ], [ %.1411, %tile.2 ]
  %.1360 = phi <8 x float> [ %.1334, %B642 ], [ %.1413, %tile.2 ]
  %.1361 = phi <8 x float> [ %.1338, %B642 ], [ %.1415, %tile.2 ]
  %.1362 = phi <8 x float> [ %.1342, %B642 ], [ %.1417, %tile.2 ]
  %.1363 = phi <8 x float> [ %.1346, %B642 ], [ %.1419, %tile.2 ]
  %.1364 = phi <8 x float> [ %.1350, %B642 ], [ %.1421, %tile.2 ]
  %.1365 = shl i64 %.1352, 4
  %.1367 = getelementptr float, ptr %.1302, i64 %.1365
  %.1369 = load <8 x float>, ptr %.1367, align 4
  %22 = getelementptr float, ptr %.1302, i64 %.1365
  %.1371 = getelementptr i8, ptr %22, i64 32
  %.1373 = load <8 x float>, ptr %.1371, align 4
  %.1374 = getelementptr float, ptr %.1230, i64 %.1352
  %.1375 = load float, ptr %.1374, align 4
  %.1376 = insertelement <8 x float> poison, float %.1375, i64 0
  %.1377 = shufflevector <8 x float> %.1376, <8 x float> poison, <8 x i32> zeroinitializer
  %.1378 = getelementptr float, ptr %.1235, i64 %.1352
  %.1379 = load float, ptr %.1378, align 4
  %.1380 = insertelement <8 x float> poison, float %.1379, i64 0
  %.1381 = shufflevector <8 x float> %.1380, <8 x float> poison, <8 x i32> zeroinitializer
  %.1382 = getelementptr float, ptr %.1240, i64 %.1352
  %.1383 = load float, ptr %.1382, align 4
  %.1384 = insertelement <8 x float> poison, float %.1383, i64 0
  %.1385 = shufflevector <8 x float> %.1384, <8 x float> poison, <8 x i32> zeroinitializer
  %.1386 = getelementptr float, ptr %.1245, i64 %.1352
  %.1387 = load float, ptr %.1386, align 4
  %.1388 = insertelement <8 x float> poison, float %.1387, i64 0
  %.1389 = shufflevector <8 x float> %.1388, <8 x float> poison, <8 x i32> zeroinitializer
  %.1390 = getelementptr float, ptr %.1250, i64 %.1352
  %.1391 = load float, ptr %.1390, align 4
  %.1392 = insertelement <8 x float> poison, float %.1391, i64 0
  %.1393 = shufflevector <8 x float> %.1392, <8 x float> poison, <8 x i32> zeroinitializer
  %.1394 = getelementptr float, ptr %.1255, i64 %.1352
  %.1395 = load float, ptr %.1394, align 4
  %.1396 = insertelement <8 x float> poison, float %.1395, i64 0
  %.1397 = shufflevector <8 x float> %.1396, <8 x float> poison, <8 x i32> zeroinitializer
  %.1398 = fmul contract <8 x float> %.1377, %.1369
  %.1399 = fadd contract <8 x float> %.1398, %.1353
  %.1400 = fmul contract <8 x float> %.1377, %.1373
  %.1401 = fadd contract <8 x float> %.1400, %.1354
  %.1402 = fmul contract <8 x float> %.1381, %.1369
  %.1403 = fadd contract <8 x float> %.1402, %.1355
  %.1404 = fmul contract <8 x float> %.1381, %.1373
  %.1405 = fadd contract <8 x float> %.1404, %.1356
  %.1406 = fmul contract <8 x float> %.1385, %.1369
  %.1407 = fadd contract <8 x float> %.1406, %.1357
  %.1408 = fmul contract <8 x float> %.1385, %.1373
  %.1409 = fadd contract <8 x float> %.1408, %.1358
  %.1410 = fmul contract <8 x float> %.1389, %.1369
  %.1411 = fadd contract <8 x float> %.1410, %.1359
  %.1412 = fmul contract <8 x float> %.1389, %.1373
  %.1413 = fadd contract <8 x float> %.1412, %.1360
  %.1414 = fmul contract <8 x float> %.1393, %.1369
  %.1415 = fadd contract <8 x float> %.1414, %.1361
  %.1416 = fmul contract <8 x float> %.1393, %.1373
  %.1417 = fadd contract <8 x float> %.1416, %.1362
  %.1418 = fmul contract <8 x float> %.1397, %.1369
  %.1419 = fadd contract <8 x float> %.1418, %.1363
  %.1420 = fmul contract <8 x float> %.1397, %.1373
  %.1421 = fadd contract <8 x float> %.1420, %.1364
  %.1422 = add i64 %.1352, 1
  %.1423 = icmp slt i64 %.1422, %.547
  br i1 %.1423, label %tile.2, label %tile.end.2

tile.end.2:                                       ; preds = %tile.2
  store <8 x float> %.1399, ptr %.1269, align 4
  %.1430 = getelementptr i8, ptr %.1269, i64 32
  store <8 x float> %.1401, ptr %.1430, align 4
  store <8 x float> %.1403, ptr %.1275, align 4
  %.1438 = getelementptr i8, ptr %.1275, i64 32
  store <8 x float> %.1405, ptr %.1438, align 4
  store <8 x float> %.1407, ptr %.1281, align 4
  %.1446 = getelementptr i8, ptr %.1281, i64 32
  store <8 x float> %.1409, ptr %.1446, align 4
  store <8 x float> %.1411, ptr %.1287, align 4
  %.1454 = getelementptr i8, ptr %.1287, i64 32
  store <8 x float> %.1413, ptr %.1454, align 4
  store <8 x float> %.1415, ptr %.1293, align 4
  %.1462 = getelementptr i8, ptr %.1293, i64 32
  store <8 x float> %.1417, ptr %.1462, align 4
  store <8 x float> %.1419, ptr %.1299, align 4
  %.1470 = getelementptr i8, ptr %.1299, i64 32
  store <8 x float> %.1421, ptr %.1470, align 4
  %.1474 = add nuw nsw i64 %i.10.3, 6
  %.1479 = add nuw nsw i64 %i.10.3, 12
  %.1481.not = icmp sgt i64 %.1479, %arg.last
  br i1 %.1481.not, label %B718, label %B642

tile.3:                                           ; preds = %tile.3, %B730
  %.1554 = phi i64 [ %.463.sroa.0.0, %B730 ], [ %.1574, %tile.3 ]
  %.1555 = phi <8 x float> [ %.1548, %B730 ], [ %.1571, %tile.3 ]
  %.1556 = phi <8 x float> [ %.1552, %B730 ], [ %.1573, %tile.3 ]
  %.1557 = shl i64 %.1554, 4
  %.1559 = getelementptr float, ptr %.1544, i64 %.1557
  %.1561 = load <8 x float>, ptr %.1559, align 4
  %23 = getelementptr float, ptr %.1544, i64 %.1557
  %.1563 = getelementptr i8, ptr %23, i64 32
  %.1565 = load <8 x float>, ptr %.1563, align 4
  %.1566 = getelementptr float, ptr %.1527, i64 %.1554
  %.1567 = load float, ptr %.1566, align 4
  %.1568 = insertelement <8 x float> poison, float %.1567, i64 0
  %.1569 = shufflevector <8 x float> %.1568, <8 x float> poison, <8 x i32> zeroinitializer
  %.1570 = fmul contract <8 x float> %.1569, %.1561
  %.1571 = fadd contract <8 x float> %.1570, %.1555
  %.1572 = fmul contract <8 x float> %.1569, %.1565
  %.1573 = fadd contract <8 x float> %.1572, %.1556
  %.1574 = add i64 %.1554, 1
  %.1575 = icmp slt i64 %.1574, %.547
  br i1 %.1575, label %tile.3, label %tile.end.3

tile.end.3:                                       ; preds = %tile.3
  store <8 x float> %.1571, ptr %.1541, align 4
  %.1582 = getelementptr i8, ptr %.1541, i64 32
  store <8 x float> %.1573, ptr %.1582, align 4
  %.1586 = add nsw i64 %i.11.3, 1
  %.1590 = icmp slt i64 %.1586, %arg.last
  br i1 %.1590, label %B730, label %B807
}

define internal i32 @part2(ptr noalias captures(none) %retptr, ptr noalias captures(none) %excinfo, i64 %arg.x.0, i64 %arg.x.1) {
entry:
  %.11 = call i64 @llvm.smin.i64(i64 %arg.x.1, i64 %arg.x.0)
  store i64 %.11, ptr %retptr, align 8
  ret i32 0
}

; Function Attrs: nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none)
declare i64 @llvm.smin.i64(i64, i64) #0

attributes #0 = { nocallback nocreateundeforpoison nofree nosync nounwind speculatable willreturn memory(none) }

!0 = !{!"branch_weights", i32 1, i32 99}
