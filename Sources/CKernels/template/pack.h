// How a weight w [n, k] lies in memory once it is packed.
//
// A packed operand is a row of panels. Each holds PANEL columns of wᵀ (rows of w) for all k, k by k, so that one step of the
// GEMM's innermost loop reads PANEL neighbouring numbers. The last panel is filled up with zeros.
//
// That is w transposed, panel by panel. It is done in squares of LANES × LANES numbers in registers: whole lines are read and
// whole registers written, as fast as memory allows.

enum { PANEL = PANEL_VECTORS * LANES };

INLINE size_t divide_up(size_t x, size_t y) { return (x + y - 1) / y; }

typedef float vector_pair __attribute__((ext_vector_type(2 * LANES)));

// Each round deals the upper half of the rows between the lower, and takes the lanes' first bit for the row's last: after as
// many rounds as LANES has bits, row and lane have changed places.
INLINE void transpose(vector x[LANES]) {
#pragma clang loop unroll(full)
    for (size_t round = 1; round < LANES; round *= 2) {
        vector y[LANES];
#pragma clang loop unroll(full)
        for (size_t i = 0; i < LANES / 2; i++) {
            vector_pair pair;
            pair.even = x[i];
            pair.odd = x[i + LANES / 2];
            y[2 * i] = pair.lo;
            y[2 * i + 1] = pair.hi;
        }
        memcpy(x, y, sizeof y);
    }
}

// Packs `count` steps, at most LANES, of the columns first ..< end, at most LANES: from floats at `w`, a row for each column, to
// registers PANEL numbers apart. Columns before `first` keep what they have, those from `end` on become zeros.
INLINE void pack_square(ck_format format, size_t count, size_t first, size_t end, const float *w, size_t ldw, uint8_t *packed,
                        vector_int *overflow) {
    vector x[LANES];
    for (size_t c = 0; c < LANES; c++) x[c] = c < first || c >= end ? splat(0) : load_first(w + (c - first) * ldw, count);
    transpose(x);
    for (size_t i = 0; i < LANES && i < count; i++) {
        uint8_t *to = packed + i * PANEL * width(format);
        for (size_t c = 0; c < first; c++) x[i][c] = load_weights(format, to)[c];
        store_weights(format, to, x[i], overflow);
    }
}

INLINE _Bool pack_as(ck_format format, size_t first_column, size_t n, size_t k, const float *w, size_t ldw, uint8_t *packed) {
    size_t end_column = first_column + n;
    vector_int overflow = 0;
    for (size_t panel = first_column / PANEL; panel * PANEL < end_column; panel++)
        for (size_t i = 0; i < k; i += LANES)
            for (size_t column = panel * PANEL; column < (panel + 1) * PANEL; column += LANES) {
                if (column + LANES <= first_column) continue;
                size_t first = left(first_column, column), end = left(end_column, column);
                const float *from = w + left(column, first_column) * ldw + i;
                uint8_t *to = packed + (panel * PANEL * k + i * PANEL + column % PANEL) * width(format);
                if (k - i >= LANES && first == 0 && end >= LANES)
                    pack_square(format, LANES, 0, LANES, from, ldw, to, &overflow);
                else
                    pack_square(format, k - i, first, end, from, ldw, to, &overflow);
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
