// 32 registers: 12 × 2 sums, two of w; broadcasts come with the multiply-add itself.
#include "sets.h"

#if defined(__x86_64__)

#define ISA CK_ISA_AVX512
#define NAME "AVX-512"
#define TABLE ck_avx512
#define LANES 16
#define PANEL_VECTORS 2
#define TILE_ROWS 12
#define FUSED 1
#define CONVERTS_F16 1
#define REGISTER "v"

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"))), apply_to = function)
#include "template/kernels.h"
#pragma clang attribute pop

#endif
