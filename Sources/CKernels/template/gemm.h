// c [m, n] = activation(a [m, k] wᵀ + bias), with w packed in panels (pack.h) and the sums in register tiles (tile.h).
//
// Around the tile, from the outside in:
//     blocks of rows      at most BLOCK_ROWS
//     blocks of k         at most BLOCK_DEPTH; this part of a is copied to the stack, where it stays in the second-level cache.
//                         There its rows need no register each for their address, and do not all fall into the same cache set,
//                         as rows of 4,096 do
//     panels              a panel's part for this block of k is read from memory once, for …
//     tiles               … all tiles of the block of rows
// From one block of k to the next c itself carries the sums: float32 in registers and in memory are the same bits.
//
// FEW_ROWS take all of k at once, and as the caller has it. They do so little with each weight that reading w is what takes the
// time, and every panel that is read from end to end is a stream that the processor fetches ahead by itself: w of 4,096 × 4,096
// comes at the memory's bandwidth so, at 80 % of it in blocks of 384 steps. (Prefetching by hand, 512 B to 4 kB ahead in each
// panel, took 10 to 20 % off that, and so did two panels at once instead of four.)
//
// Measured on Zen 4, weights and matrices in huge pages, with depths of 256 to 768 and 36 to 128 rows: every block of k costs a
// pass over c, so that 768 steps instead of 384 gain 1 to 2 %; w passes by more often with fewer rows, which costs nothing down
// to 36 rows while one core has the memory for itself, and 48 leaves something for the others. More rows gain less than 1 %.
// Blocks of columns (512 to 2,048) to keep c in a cache changed nothing measurable. To widen 16-bit weights once for all tiles
// of a block, instead of in each, gains 1 to 4 % with AVX-512 and costs 10 % with AVX2.

enum { BLOCK_ROWS = 48 };

// Where part `index` begins when `total` is cut into `parts` that differ by 1 at most: 16 rows become 8 + 8, not 12 + 4.
INLINE size_t part_start(size_t total, size_t parts, size_t index) {
    return index * (total / parts) + (index < total % parts ? index : total % parts);
}

INLINE void finish_rows(size_t rows, size_t columns, const float *bias, ck_activation activation, float *c, size_t ldc) {
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < columns; i += LANES) {
            vector x = load_first(c + r * ldc + i, columns - i);
            if (bias) x += load_first(bias + i, columns - i);
            if (activation == CK_ACTIVATION_GELU_ERF) x = gelu_erf(x);
            if (activation == CK_ACTIVATION_GELU_TANH) x = gelu_tanh(x);
            if (activation == CK_ACTIVATION_RELU) x = positive_part(x);
            store_first(c + r * ldc + i, x, columns - i);
        }
}

// Bias and activation, while the finished rows are still in a cache.
static void finish(size_t rows, size_t columns, const float *bias, ck_activation activation, float *c, size_t ldc) {
    switch (activation) {
        case CK_ACTIVATION_NONE:
            if (bias) finish_rows(rows, columns, bias, CK_ACTIVATION_NONE, c, ldc);
            break;
        case CK_ACTIVATION_GELU_ERF: finish_rows(rows, columns, bias, CK_ACTIVATION_GELU_ERF, c, ldc); break;
        case CK_ACTIVATION_GELU_TANH: finish_rows(rows, columns, bias, CK_ACTIVATION_GELU_TANH, c, ldc); break;
        case CK_ACTIVATION_RELU: finish_rows(rows, columns, bias, CK_ACTIVATION_RELU, c, ldc); break;
    }
}

// One block of rows and k: panel by panel, every tile of the rows. `block` is the job of the first tile.
static void multiply_block(size_t rows, size_t columns, const job block) {
    size_t tiles = divide_up(rows, TILE_ROWS);
    // Where there is more than one tile, each is too tall for two panels.
    size_t panels_in_step = tiles == 1 ? panels_at_once(rows) : 1;

    for (size_t column = 0; column < columns;) {
        size_t panels = columns - column >= panels_in_step * PANEL ? panels_in_step : 1;
        const uint8_t *w = block.w + column / PANEL * block.panel_stride;
        for (size_t t = 0; t < tiles; t++) {
            size_t first = part_start(rows, tiles, t), height = part_start(rows, tiles, t + 1) - first;
            job job = block;
            job.a = block.a + first * block.lda;
            job.w = w;
            job.c = block.c + first * block.ldc + column;
            // A step fetches one line, and has PANEL weights to fetch: the tiles take turns.
            size_t lines = divide_up(PANEL * width(block.format), CACHE_LINE);
            job.ahead = w + block.panel_stride + t % lines * block.depth * CACHE_LINE;
            job.is_alone = tiles == 1;
            if (columns - column < PANEL)
                run_edge_tile(height, columns - column, job);
            else
                run_tile(height, panels, job);
        }
        column += panels * PANEL;
    }
}

// All of k for one block of rows.
static void multiply_rows(size_t rows, size_t columns, const job whole) {
    if (rows <= FEW_ROWS) {
        multiply_block(rows, columns, whole);
        return;
    }
    float rows_of_a[BLOCK_ROWS * BLOCK_STRIDE];
    // Without any k there still are sums, of nothing, to be stored.
    size_t blocks = whole.depth == 0 ? 1 : divide_up(whole.depth, BLOCK_DEPTH);
    for (size_t block = 0; block < blocks; block++) {
        size_t start = part_start(whole.depth, blocks, block);
        job job = whole;
        job.depth = part_start(whole.depth, blocks, block + 1) - start;
        for (size_t r = 0; r < rows; r++)
            memcpy(rows_of_a + r * BLOCK_STRIDE, whole.a + r * whole.lda + start, job.depth * sizeof *job.a);
        job.a = rows_of_a;
        job.lda = BLOCK_STRIDE;
        job.w = whole.w + start * PANEL * width(job.format);
        job.resume = block > 0;
        multiply_block(rows, columns, job);
    }
}

static void gemm(ck_format format, size_t m, size_t n, size_t k, const float *a, size_t lda, const void *packed,
                 const float *bias, ck_activation activation, float *c, size_t ldc) {
    size_t blocks = divide_up(m, BLOCK_ROWS);
    for (size_t block = 0; block < blocks; block++) {
        size_t row = part_start(m, blocks, block), rows = part_start(m, blocks, block + 1) - row;
        multiply_rows(rows, n,
                      (job){
                          .depth = k,
                          .a = a + row * lda,
                          .lda = lda,
                          .format = format,
                          .w = packed,
                          .panel_stride = k * PANEL * width(format),
                          .c = c + row * ldc,
                          .ldc = ldc,
                      });
        finish(rows, n, bias, activation, c + row * ldc, ldc);
    }
}
