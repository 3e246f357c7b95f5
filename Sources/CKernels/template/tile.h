// A tile of `rows` × PANEL sums, held in registers while it goes through the steps of k.
//
// A step is PANEL_VECTORS loads of w, then for each row one broadcast of a[row, k] and PANEL_VECTORS multiply-adds. Every sum is
// one chain over ascending k whatever the tile's height, which is what makes a row's bits independent of its neighbours.

enum {
    BLOCK_DEPTH = 768,  // the most steps of one go, see gemm.h
    BLOCK_STRIDE = BLOCK_DEPTH + 16,
    MOST_PANELS = 4,
    FEW_ROWS = TILE_ROWS < 6 ? TILE_ROWS : 6,  // tiles of no more are read where the caller has them, see gemm.h
    CACHE_LINE = 64,  // bytes
};

// Few rows fill few of the accumulators; they take several panels at once to hide the multiply-add's latency.
INLINE size_t panels_at_once(size_t rows) {
    size_t fitting = TILE_ROWS / rows;
    return fitting >= MOST_PANELS ? MOST_PANELS : fitting >= 2 ? 2 : 1;
}

// One step of k. The shorter side of the tile waits in registers while the longer passes by.
INLINE void step(ck_format format, const size_t rows, const size_t vectors, const float *a, size_t lda, const uint8_t *w,
                 size_t panel_stride, vector sum[TILE_ROWS][MOST_PANELS * PANEL_VECTORS]) {
    const size_t stride = LANES * width(format);
    if (rows < vectors) {
        vector x[TILE_ROWS];
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) x[r] = splat(a[r * lda]);
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) {
            vector column = load_weights(format, w + v / PANEL_VECTORS * panel_stride + v % PANEL_VECTORS * stride);
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) sum[r][v] = pinned(multiply_add(x[r], column, sum[r][v]));
        }
    } else {
        vector column[MOST_PANELS * PANEL_VECTORS];
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++)
            column[v] = load_weights(format, w + v / PANEL_VECTORS * panel_stride + v % PANEL_VECTORS * stride);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            vector x = splat(a[r * lda]);
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; v++) sum[r][v] = pinned(multiply_add(x, column[v], sum[r][v]));
        }
    }
}

// What a tile has to do: add `depth` steps to its sums.
typedef struct {
    size_t depth;
    const float *a;        // rows of a
    size_t lda;            // from one to the next: BLOCK_STRIDE, unless there are but FEW_ROWS
    ck_format format;      // of w
    const uint8_t *w;      // this block of k in the first panel
    size_t panel_stride;   // from a panel to the next, in bytes
    const uint8_t *ahead;  // what of w comes next, to be fetched meanwhile, a line in each step
    _Bool is_alone;        // no other tile fetches the other lines
    float *c;
    size_t ldc;
    _Bool resume;          // c holds the sums so far, which are 0 otherwise
} job;

// `format`, `rows` and `panels` are constants where this is inlined, so that the sums are registers.
INLINE void tile(ck_format format, const size_t rows, const size_t panels, const job job) {
    const size_t vectors = panels * PANEL_VECTORS;
    // A constant where the rows are too many to have a register each for their address.
    const size_t lda = rows <= FEW_ROWS ? job.lda : BLOCK_STRIDE;
    vector sum[TILE_ROWS][MOST_PANELS * PANEL_VECTORS];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        float *c = job.c + r * job.ldc;
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) sum[r][v] = job.resume ? load(c + v * LANES) : splat(0);
        // The same rows' sums in the next panel: c may be too large for the caches, and its rows lie too far apart to be
        // foreseen.
#pragma clang loop unroll(full)
        for (size_t i = 0; i < panels * PANEL; i += CACHE_LINE / sizeof *c) __builtin_prefetch(c + panels * PANEL + i, 1);
    }

#pragma clang loop unroll(disable)
    for (size_t i = 0; i < job.depth; i++) {
        // Tiles over several panels run through w so fast that the processor itself keeps ahead.
        if (panels == 1) {
            __builtin_prefetch(job.ahead + i * CACHE_LINE, 0, 2);
            if (job.is_alone && PANEL * width(format) > CACHE_LINE)
                __builtin_prefetch(job.ahead + (job.depth + i) * CACHE_LINE, 0, 2);
        }
        step(format, rows, vectors, job.a + i, lda, job.w + i * PANEL * width(format), job.panel_stride, sum);
    }

#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++)
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) store(job.c + r * job.ldc + v * LANES, sum[r][v]);
}

// The tile of that many rows, over one panel or as many as those rows can take at once.
INLINE void run_tile_as(ck_format format, size_t rows, size_t panels, job job) {
    switch (rows) {
#define TILE(R)                                      \
    case R:                                          \
        if (R > TILE_ROWS) break;                    \
        if (panels == 1)                             \
            tile(format, R, 1, job);                 \
        else                                         \
            tile(format, R, panels_at_once(R), job); \
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

static void run_tile(size_t rows, size_t panels, job job) {
    switch (job.format) {
        case CK_FORMAT_FLOAT32: run_tile_as(CK_FORMAT_FLOAT32, rows, panels, job); break;
        case CK_FORMAT_FLOAT16: run_tile_as(CK_FORMAT_FLOAT16, rows, panels, job); break;
        case CK_FORMAT_BFLOAT16: run_tile_as(CK_FORMAT_BFLOAT16, rows, panels, job); break;
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
