// How a weight w [n, k] lies in memory once it is packed.
//
// A packed operand is a row of panels. Each holds PANEL columns of wᵀ (rows of w) for all k, k by k, so that one step of the
// GEMM's innermost loop reads PANEL neighbouring floats. The last panel is filled up with zeros.

enum { PANEL = PANEL_VECTORS * LANES };

INLINE size_t divide_up(size_t x, size_t y) { return (x + y - 1) / y; }

static void pack(size_t first_column, size_t n, size_t k, const float *w, size_t ldw, float *packed) {
    size_t end = divide_up(first_column + n, PANEL) * PANEL;
    for (size_t column = first_column; column < end; column++) {
        float *to = packed + column / PANEL * PANEL * k + column % PANEL;
        _Bool is_padding = column >= first_column + n;
        for (size_t i = 0; i < k; i++) to[i * PANEL] = is_padding ? 0 : w[(column - first_column) * ldw + i];
    }
}
