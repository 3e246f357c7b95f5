// c [m, n] = activation(a [m, k] wᵀ + bias), with w packed in panels.
//
// A packed operand is a row of panels. Each holds PANEL columns of wᵀ (rows of w) for all k, k by k, so that one step of the
// innermost loop reads PANEL neighbouring floats. The last panel is filled up with zeros.
//
// A register tile of `rows` × PANEL sums goes through the k steps: PANEL_VECTORS loads of w, then for each row one broadcast of
// a[row, k] and PANEL_VECTORS multiply-adds. Every sum is one chain over ascending k whatever the tile's height, which is what
// makes a row's bits independent of its neighbours. Where k is cut into blocks, c itself carries the sums from one to the next:
// float32 in registers and in memory are the same bits.
//
// Around the tile, from the outside in:
//     blocks of rows      at most BLOCK_ROWS
//     blocks of k         at most BLOCK_DEPTH; this part of a is copied to the stack, where it stays in the second-level cache.
//                         There its rows need no register each for their address, and do not all fall into the same cache set,
//                         as rows of 4,096 do
//     panels              a panel's part for this block of k is read from memory once, for …
//     tiles               … all tiles of the block of rows
//
// Measured on Zen 4 with depths of 192 to 768 and 48 to 128 rows: 384 is best at widths of 768; more rows than 64 gain 2 % at
// widths of 4,096, where w comes from memory, for twice the stack.

enum {
    PANEL = PANEL_VECTORS * LANES,
    BLOCK_ROWS = 64,
    BLOCK_DEPTH = 384,
    BLOCK_STRIDE = BLOCK_DEPTH + 16,
    MOST_PANELS = 4,
    CACHE_LINE = 16,  // floats
};

INLINE size_t divide_up(size_t x, size_t y) { return (x + y - 1) / y; }

// Where part `index` begins when `total` is cut into `parts` that differ by 1 at most: 16 rows become 8 + 8, not 12 + 4.
INLINE size_t part_start(size_t total, size_t parts, size_t index) {
    return index * (total / parts) + (index < total % parts ? index : total % parts);
}

// Few rows fill few of the accumulators; they take several panels at once to hide the multiply-add's latency.
INLINE size_t panels_at_once(size_t rows) {
    size_t fitting = TILE_ROWS / rows;
    return fitting >= MOST_PANELS ? MOST_PANELS : fitting >= 2 ? 2 : 1;
}

static void pack(size_t first_column, size_t n, size_t k, const float *w, size_t ldw, float *packed) {
    size_t end = divide_up(first_column + n, PANEL) * PANEL;
    for (size_t column = first_column; column < end; column++) {
        float *to = packed + column / PANEL * PANEL * k + column % PANEL;
        _Bool is_padding = column >= first_column + n;
        for (size_t i = 0; i < k; i++) to[i * PANEL] = is_padding ? 0 : w[(column - first_column) * ldw + i];
    }
}

// One step of k. The shorter side of the tile waits in registers while the longer passes by.
INLINE void step(const size_t rows, const size_t vectors, const float *a, const float *w, size_t panel_stride,
                 vector sum[TILE_ROWS][MOST_PANELS * PANEL_VECTORS]) {
    if (rows < vectors) {
        vector x[TILE_ROWS];
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) x[r] = splat(a[r * BLOCK_STRIDE]);
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) {
            vector column = load(w + v / PANEL_VECTORS * panel_stride + v % PANEL_VECTORS * LANES);
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) sum[r][v] = pinned(multiply_add(x[r], column, sum[r][v]));
        }
    } else {
        vector column[MOST_PANELS * PANEL_VECTORS];
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++)
            column[v] = load(w + v / PANEL_VECTORS * panel_stride + v % PANEL_VECTORS * LANES);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            vector x = splat(a[r * BLOCK_STRIDE]);
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; v++) sum[r][v] = pinned(multiply_add(x, column[v], sum[r][v]));
        }
    }
}

// What a tile has to do: add `depth` steps to its sums.
typedef struct {
    size_t depth;
    const float *a;       // rows of a, BLOCK_STRIDE apart
    const float *w;       // this block of k in the first panel
    size_t panel_stride;  // from a panel to the next
    const float *ahead;   // what of w comes next, to be fetched meanwhile
    float *c;
    size_t ldc;
    _Bool resume;         // c holds the sums so far, which are 0 otherwise
} job;

// `rows` and `panels` are constants where this is inlined, so that the sums are registers.
INLINE void tile(const size_t rows, const size_t panels, const job job) {
    const size_t vectors = panels * PANEL_VECTORS;
    vector sum[TILE_ROWS][MOST_PANELS * PANEL_VECTORS];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        float *c = job.c + r * job.ldc;
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) sum[r][v] = job.resume ? load(c + v * LANES) : splat(0);
        // The same rows' sums in the next panel: c is too large for the caches, and its rows too far apart to be foreseen.
#pragma clang loop unroll(full)
        for (size_t i = 0; i < panels * PANEL; i += CACHE_LINE) __builtin_prefetch(c + panels * PANEL + i, 1);
    }

#pragma clang loop unroll(disable)
    for (size_t i = 0; i < job.depth; i++) {
        // Tiles over several panels run through w so fast that the processor itself keeps ahead.
        if (panels == 1) __builtin_prefetch(job.ahead + i * CACHE_LINE, 0, 2);
        step(rows, vectors, job.a + i, job.w + i * PANEL, job.panel_stride, sum);
    }

#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++)
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) store(job.c + r * job.ldc + v * LANES, sum[r][v]);
}

// The tile of that many rows, over one panel or as many as those rows can take at once.
static void run_tile(size_t rows, size_t panels, job job) {
    switch (rows) {
#define TILE(R)                                    \
    case R:                                        \
        if (R > TILE_ROWS) break;                  \
        if (panels == 1)                           \
            tile(R, 1, job);                       \
        else                                       \
            tile(R, panels_at_once(R), job);       \
        break;
        TILE(1)
        TILE(2)
        TILE(3)
        TILE(4)
        TILE(5)
        TILE(6)
        TILE(7)
        TILE(8)
        TILE(9)
        TILE(10)
        TILE(11)
        TILE(12)
#undef TILE
    }
}

// The same for the last columns of c when they do not fill the panel: through a tile of its own, so that nothing past them is
// read or written.
static void run_edge_tile(size_t rows, size_t columns, job job) {
    float edge[TILE_ROWS * PANEL];
    float *c = job.c;
    size_t ldc = job.ldc;
    if (job.resume)
        for (size_t r = 0; r < rows; r++) memcpy(edge + r * PANEL, c + r * ldc, columns * sizeof *c);
    job.c = edge;
    job.ldc = PANEL;
    run_tile(rows, 1, job);
    for (size_t r = 0; r < rows; r++) memcpy(c + r * ldc, edge + r * PANEL, columns * sizeof *c);
}

INLINE void finish_rows(size_t rows, size_t columns, const float *bias, ck_activation activation, float *c, size_t ldc) {
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < columns; i += LANES) {
            vector x = load_first(c + r * ldc + i, columns - i);
            if (bias) x += load_first(bias + i, columns - i);
            if (activation == CK_ACTIVATION_GELU_ERF) x = gelu_erf(x);
            if (activation == CK_ACTIVATION_GELU_TANH) x = gelu_tanh(x);
            store_first(c + r * ldc + i, x, columns - i);
        }
}

// Bias and activation, while the finished tile is still in the first-level cache.
static void finish(size_t rows, size_t columns, const float *bias, ck_activation activation, float *c, size_t ldc) {
    switch (activation) {
        case CK_ACTIVATION_NONE:
            if (bias) finish_rows(rows, columns, bias, CK_ACTIVATION_NONE, c, ldc);
            break;
        case CK_ACTIVATION_GELU_ERF: finish_rows(rows, columns, bias, CK_ACTIVATION_GELU_ERF, c, ldc); break;
        case CK_ACTIVATION_GELU_TANH: finish_rows(rows, columns, bias, CK_ACTIVATION_GELU_TANH, c, ldc); break;
    }
}

static void gemm(size_t m, size_t n, size_t k, const float *a, size_t lda, const float *packed, const float *bias,
                 ck_activation activation, float *c, size_t ldc) {
    if (m == 0 || n == 0) return;
    float block[BLOCK_ROWS * BLOCK_STRIDE];
    size_t row_blocks = divide_up(m, BLOCK_ROWS), depth_blocks = k == 0 ? 1 : divide_up(k, BLOCK_DEPTH);

    for (size_t row_block = 0; row_block < row_blocks; row_block++) {
        size_t row = part_start(m, row_blocks, row_block), rows = part_start(m, row_blocks, row_block + 1) - row;
        size_t tiles = divide_up(rows, TILE_ROWS);
        // A block of more than one tile has tiles too tall for two panels.
        size_t panels_in_step = tiles == 1 ? panels_at_once(rows) : 1;

        for (size_t depth_block = 0; depth_block < depth_blocks; depth_block++) {
            size_t start = part_start(k, depth_blocks, depth_block);
            size_t depth = part_start(k, depth_blocks, depth_block + 1) - start;
            for (size_t r = 0; r < rows; r++)
                memcpy(block + r * BLOCK_STRIDE, a + (row + r) * lda + start, depth * sizeof *a);

            for (size_t column = 0; column < n;) {
                size_t panels = n - column >= panels_in_step * PANEL ? panels_in_step : 1;
                size_t columns = n - column < panels * PANEL ? n - column : panels * PANEL;
                const float *w = packed + column * k + start * PANEL;
                for (size_t t = 0; t < tiles; t++) {
                    size_t first = part_start(rows, tiles, t), height = part_start(rows, tiles, t + 1) - first;
                    float *to = c + (row + first) * ldc + column;
                    job job = {
                        .depth = depth,
                        .a = block + first * BLOCK_STRIDE,
                        .w = w,
                        .panel_stride = k * PANEL,
                        // A step fetches one line, and has PANEL floats to fetch: the tiles take turns.
                        .ahead = w + k * PANEL + t % divide_up(PANEL, CACHE_LINE) * depth * CACHE_LINE,
                        .c = to,
                        .ldc = ldc,
                        .resume = depth_block > 0,
                    };
                    if (columns < PANEL)
                        run_edge_tile(height, columns, job);
                    else
                        run_tile(height, panels, job);
                    if (depth_block + 1 == depth_blocks)
                        finish(height, columns, bias ? bias + column : NULL, activation, to, ldc);
                }
                column += columns;
            }
        }
    }
}
