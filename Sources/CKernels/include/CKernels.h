#pragma once

#include <stddef.h>
#include <stdint.h>

// Float32 kernels of a transformer's forward pass, over weights that may be kept as half-precision numbers: one algorithm,
// compiled once per instruction set, chosen at run time.
//
// What every set promises
// - A row's result depends on that row's own inputs alone: not on how many rows come with it, where it stands among them, how
//   the memory is aligned, or the strides. The same row always gives the same bits.
// - AVX2, AVX-512 and NEON run the same operations in the same order, so they give the same bits as each other (but for the
//   payload of a NaN, which processors choose). The portable set rounds between a multiplication and its addition, because processors without a fused one would take dozens of instructions
//   to imitate it.
// - No allocation, no threads, no state: any number of threads may call at once. The stack a call takes is below 192 KiB.
// - Sizes of 0 are harmless. NaN and infinity travel through as IEEE 754 has it.
// - No alignment is asked for beyond a float's own. Outputs overlap no input unless a kernel says that they may.

#pragma clang assume_nonnull begin

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    CK_ACTIVATION_NONE,
    CK_ACTIVATION_GELU_ERF,   // x Φ(x), Φ the normal distribution: PyTorch's gelu, within 3e-7
    CK_ACTIVATION_GELU_TANH,  // x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2: PyTorch's gelu(approximate="tanh"), within 3e-7
    CK_ACTIVATION_RELU,       // max(x, 0)
} ck_activation;

// How the numbers of a packed operand are kept.
typedef enum {
    CK_FORMAT_FLOAT32,
    CK_FORMAT_FLOAT16,
    CK_FORMAT_BFLOAT16,
} ck_format;

typedef enum {
    CK_ISA_PORTABLE,
    CK_ISA_NEON,
    CK_ISA_AVX2,
    CK_ISA_AVX512,
} ck_isa;

// The kernels of one instruction set. Matrices are row-major; `ld…` is the distance between two rows in floats.
typedef struct ck_kernels {
    ck_isa isa;
    const char *name;

    // How many columns one panel of a packed operand holds.
    size_t panel_width;

    // Packs the matrix w [n, k], laid out as a linear layer's weight (y = x wᵀ), as columns first_column ..< first_column + n
    // of `packed`. Several matrices of the same k become one operand when they are packed one after the other, in ascending
    // order of columns: the rest of the last panel is filled with zeros, until the next call takes it. `packed` has room for
    // ck_packed_bytes(kernels, format, n of all of them, k).
    // Numbers are rounded to a half-precision format as narrow_… does. Returns whether every finite number has stayed finite.
    _Bool (*pack)(ck_format format, size_t first_column, size_t n, size_t k, const float *w, size_t ldw, void *packed);

    // c [m, n] = activation(a [m, k] wᵀ + bias [n]). Writes exactly n columns of each row.
    // Every element is the chain acc = fma(a[k], w[k], acc) for k = 0, 1, … in float32, to which the bias is added. Weights in
    // half precision are widened on the way, exactly: the bits are those of the same numbers in a float32 operand.
    void (*gemm)(ck_format format, size_t m, size_t n, size_t k, const float *a, size_t lda, const void *packed,
                 const float *_Nullable bias, ck_activation activation, float *c, size_t ldc);

    // y [m, n] = (s − mean(s)) / √(variance(s) + epsilon) · gamma + beta with s = x + residual, row by row.
    // y may be x or residual.
    void (*layer_norm)(size_t m, size_t n, const float *x, size_t ldx, const float *_Nullable residual, size_t ldr,
                       const float *gamma, const float *beta, float epsilon, float *y, size_t ldy);

    // out = softmax(scale · q kᵀ) v for the `queries` rows of q over the `keys` rows of k and v, which are one sequence; each
    // of `heads` heads by itself, in its own head_dim columns. `scores` is scratch for `keys` floats. Without keys the result
    // is 0.
    void (*attention)(size_t queries, size_t keys, size_t heads, size_t head_dim, float scale, const float *q, size_t ldq,
                      const float *k, size_t ldk, const float *v, size_t ldv, float *scores, float *out, size_t ldo);

    // One time step of m rows of an LSTM with n units. The gates' sums before their activations are input + recurrent, each row
    // [4 n] in PyTorch's order: input, forget, cell, output gate. Replaces the cell states [m, n] and writes the outputs [m, n].
    // Without `recurrent` it is the first step of its rows: the cell states are only written. σ and tanh are within 2e-7.
    void (*lstm_cell)(size_t m, size_t n, const float *input, size_t ldi, const float *_Nullable recurrent, size_t ldr,
                      float *cell, size_t ldc, float *output, size_t ldo);

    // y = w x + b, element by element; y may be any of them.
    void (*affine)(size_t n, const float *x, const float *w, const float *b, float *y);

    // out = x + y, element by element; out may be either.
    void (*add)(size_t n, const float *x, const float *y, float *out);

    // Half-precision numbers to float32, exactly.
    void (*widen_f16)(size_t n, const uint16_t *x, float *y);
    void (*widen_bf16)(size_t n, const uint16_t *x, float *y);

    // Float32 to half precision: to the nearest, ties to even; past the largest, infinity; NaN stays NaN.
    void (*narrow_f16)(size_t n, const float *x, uint16_t *y);
    void (*narrow_bf16)(size_t n, const float *x, uint16_t *y);

    // Runs independent multiply-adds that touch no memory and returns how many floating-point operations they were, so that a
    // caller with a clock can tell what this core could do at best.
    double (*fma_burst)(size_t iterations);

    // Reads memory and does nothing with it, so that a caller with a clock can tell how fast this core takes it in. (Of the last
    // few hundred bytes it may leave a part.)
    void (*read_burst)(size_t bytes, const void *x);
} ck_kernels;

// How many bytes a packed operand of n columns takes: whole panels.
size_t ck_packed_bytes(const ck_kernels *kernels, ck_format format, size_t n, size_t k);

// The fastest set that this processor and its operating system support. Always the same one within a process.
const ck_kernels *ck_best(void);

// One set, or NULL when it is not compiled in or this processor does not support it.
const ck_kernels *_Nullable ck_find(ck_isa isa);

#ifdef __cplusplus
}
#endif

#pragma clang assume_nonnull end
