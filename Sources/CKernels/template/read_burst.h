// The fastest that a core can take in memory: whole registers, one after the other, hardly looked at.

static void read_burst(size_t bytes, const void *x) {
    enum { CHAINS = 4, STRIDE = CHAINS * LANES };
    const float *p = x;
    vector_bits seen[CHAINS] = {0};
    for (size_t i = 0; i + STRIDE <= bytes / sizeof *p; i += STRIDE)
#pragma clang loop unroll(full)
        for (size_t c = 0; c < CHAINS; c++) seen[c] |= (vector_bits)load(p + i + c * LANES);

    volatile uint32_t used = 0;
    for (size_t c = 0; c < CHAINS; c++) used = __builtin_reduce_or(seen[c]);
    (void)used;
}
