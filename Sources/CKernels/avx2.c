// 16 registers: 4 × 3 sums, three of w, one left for the broadcast. Seven loads feed twelve multiply-adds.
#include "sets.h"

#if defined(__x86_64__)

#define ISA CK_ISA_AVX2
#define NAME "AVX2"
#define TABLE ck_avx2
#define LANES 8
#define PANEL_VECTORS 3
#define TILE_ROWS 4
#define FUSED 1
#define CONVERTS_F16 1
#define REGISTER "x"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#include "template/kernels.h"
#pragma clang attribute pop

#endif
