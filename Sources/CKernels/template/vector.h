// A vector register of LANES floats and what the kernels do with it.
//
// This folder is the source of every instruction set's kernels. avx2.c, avx512.c, neon.c and portable.c include it whole
// (kernels.h), each after setting
//     LANES          floats per register
//     PANEL_VECTORS  registers across a panel of the packed operand
//     TILE_ROWS      rows of the largest register tile of the GEMM: TILE_ROWS × PANEL_VECTORS accumulators
//     CONVERTS_F16   1 where the processor widens float16 itself
//     FUSED          1 where the processor multiplies and adds with one rounding
//     REGISTER       the letter of inline assembly for a vector register; not set where sums need no pinning

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Every rounding is written in the source: the compiler fuses nothing by itself, in no path.
#pragma STDC FP_CONTRACT OFF

// What works on registers is part of its caller, so that no register travels through memory.
#define INLINE static inline __attribute__((always_inline))

typedef float vector __attribute__((ext_vector_type(LANES)));
typedef int32_t vector_int __attribute__((ext_vector_type(LANES)));
typedef uint32_t vector_bits __attribute__((ext_vector_type(LANES)));
typedef uint16_t vector_half __attribute__((ext_vector_type(LANES)));
#if CONVERTS_F16
typedef _Float16 vector_f16 __attribute__((ext_vector_type(LANES)));
#endif

INLINE vector splat(float x) { return (vector)x; }

INLINE vector multiply_add(vector a, vector b, vector c) {
    return FUSED ? __builtin_elementwise_fma(a, b, c) : a * b + c;
}

// The same value, found at this place in the program: a compiler that gathers loads and postpones sums, as it otherwise does,
// runs out of registers. Without fused multiply-adds it does better by itself.
INLINE vector pinned(vector v) {
#ifdef REGISTER
    __asm__ volatile("" : "+" REGISTER(v) : : "memory");
#endif
    return v;
}

// `mask` is a comparison's result: all ones or all zeros in each lane.
INLINE vector select(vector_int mask, vector yes, vector no) {
    return (vector)(((vector_int)yes & mask) | ((vector_int)no & ~mask));
}

INLINE vector load(const float *p) {
    vector v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store(float *p, vector v) { memcpy(p, &v, sizeof v); }

// How much of n is left at position i.
INLINE size_t left(size_t n, size_t i) { return n > i ? n - i : 0; }

// A row's end is a register like any other: what it lacks is zeros on the way in and left out on the way out, so its elements
// go through the very arithmetic of those in the middle. `count` at or past LANES is a whole register.
INLINE vector load_first(const float *p, size_t count) {
    if (count >= LANES) return load(p);
    vector v = 0;
    memcpy(&v, p, count * sizeof *p);
    return v;
}

INLINE void store_first(float *p, vector v, size_t count) {
    if (count >= LANES)
        store(p, v);
    else
        memcpy(p, &v, count * sizeof *p);
}

// Zeros in the lanes from `count` on.
INLINE vector keep_first(vector v, size_t count) {
    if (count >= LANES) return v;
    float kept[LANES] = {0};
    memcpy(kept, &v, count * sizeof *kept);
    return load(kept);
}
