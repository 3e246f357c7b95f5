// How a weight w [n, k] lies in memory once it is packed.
//
// A packed operand is a row of panels. Each holds PANEL columns of wᵀ (rows of w) for all k, k by k, so that one step of the
// GEMM's innermost loop reads PANEL neighbouring numbers. The last panel is filled up with zeros.

enum { PANEL = PANEL_VECTORS * LANES };

INLINE size_t divide_up(size_t x, size_t y) { return (x + y - 1) / y; }

// The next `count` steps of one column, at most LANES: from neighbouring floats to numbers PANEL apart. Lanes where a finite
// number became infinite are set in `overflow`.
INLINE void pack_steps(ck_format format, size_t count, const float *w, uint8_t *packed, vector_int *overflow) {
    if (format == CK_FORMAT_FLOAT32) {
        for (size_t i = 0; i < count; i++) ((float *)packed)[i * PANEL] = w[i];
        return;
    }
    vector x = load_first(w, count);
    vector_bits infinity = narrowed(format, splat(__builtin_inff())), half = narrowed(format, x);
    *overflow |= (half & 0x7fff) == infinity & ((vector_bits)x & 0x7fffffff) < 0x7f800000;
    uint16_t steps[LANES];
    store_half(steps, half, LANES);
    for (size_t i = 0; i < count; i++) ((uint16_t *)packed)[i * PANEL] = steps[i];
}

// LANES steps of all columns at a time: the lines that they are scattered to stay in the first-level cache until they are full.
INLINE _Bool pack_as(ck_format format, size_t first_column, size_t n, size_t k, const float *w, size_t ldw, uint8_t *packed) {
    const float zeros[LANES] = {0};
    size_t end = divide_up(first_column + n, PANEL) * PANEL;
    vector_int overflow = 0;
    for (size_t column = first_column; column < end;) {
        size_t panel = column / PANEL, panel_end = (panel + 1) * PANEL;
        for (size_t i = 0; i < k; i += LANES)
            for (size_t c = column; c < panel_end; c++) {
                const float *from = c < first_column + n ? w + (c - first_column) * ldw + i : zeros;
                uint8_t *to = packed + (panel * PANEL * k + i * PANEL + c % PANEL) * width(format);
                if (k - i >= LANES)
                    pack_steps(format, LANES, from, to, &overflow);
                else
                    pack_steps(format, k - i, from, to, &overflow);
            }
        column = panel_end;
    }
    return __builtin_reduce_or(overflow) == 0;
}

static _Bool pack(ck_format format, size_t first_column, size_t n, size_t k, const float *w, size_t ldw, void *packed) {
    switch (format) {
        case CK_FORMAT_FLOAT32: return pack_as(CK_FORMAT_FLOAT32, first_column, n, k, w, ldw, packed);
        case CK_FORMAT_FLOAT16: return pack_as(CK_FORMAT_FLOAT16, first_column, n, k, w, ldw, packed);
        case CK_FORMAT_BFLOAT16: return pack_as(CK_FORMAT_BFLOAT16, first_column, n, k, w, ldw, packed);
    }
}
