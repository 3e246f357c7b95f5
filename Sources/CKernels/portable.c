// Whatever the compiler may assume of every processor of this architecture: SSE2 on x86-64, 16 registers, 4 × 2 sums.
#include "sets.h"

#define ISA CK_ISA_PORTABLE
#define NAME "portable"
#define TABLE ck_portable
#define LANES 4
#define PANEL_VECTORS 2
#define TILE_ROWS 4
#define FUSED 0
#define CONVERTS_F16 0

#include "template/kernels.h"
