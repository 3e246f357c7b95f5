// Everything one instruction set has, in the order in which the parts build on each other.

// clang-format off
#include "vector.h"
#include "reduction.h"
#include "exponential.h"
#include "activation.h"
#include "convert.h"
#include "weights.h"
#include "pack.h"
#include "tile.h"
#include "gemm.h"
#include "layer_norm.h"
#include "attention.h"
#include "lstm_cell.h"
#include "elementwise.h"
#include "fma_burst.h"
#include "read_burst.h"
// clang-format on

const ck_kernels TABLE = {
    .isa = ISA,
    .name = NAME,
    .panel_width = PANEL,
    .pack = pack,
    .gemm = gemm,
    .layer_norm = layer_norm,
    .attention = attention,
    .lstm_cell = lstm_cell,
    .affine = affine,
    .add = add,
    .widen_f16 = widen_f16,
    .widen_bf16 = widen_bf16,
    .narrow_f16 = narrow_f16,
    .narrow_bf16 = narrow_bf16,
    .fma_burst = fma_burst,
    .read_burst = read_burst,
};
