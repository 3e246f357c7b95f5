// 32 registers: 6 × 4 sums, four of w, up to four in flight with a. Ten loads feed 24 multiply-adds.
#include "sets.h"

#if defined(__aarch64__)

#define ISA CK_ISA_NEON
#define NAME "NEON"
#define TABLE ck_neon
#define LANES 4
#define PANEL_VECTORS 4
#define TILE_ROWS 6
#define FUSED 1
#define CONVERTS_F16 1
#define REGISTER "w"

#include "template/kernels.h"

#endif
