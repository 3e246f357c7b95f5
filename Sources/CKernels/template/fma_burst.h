// The most a core can do: independent chains of multiply-adds in registers, enough of them to cover the latency on two ports.

static double fma_burst(size_t iterations) {
    enum { CHAINS = 12 };
    vector sum[CHAINS];
    for (size_t c = 0; c < CHAINS; c++) sum[c] = splat((float)c);
    // x → x / 2 + 1 tends to 2: neither overflow nor subnormal numbers.
    const vector half = splat(0.5f), one = splat(1.0f);
    for (size_t i = 0; i < iterations; i++)
#pragma clang loop unroll(full)
        for (size_t c = 0; c < CHAINS; c++) sum[c] = multiply_add(sum[c], half, one);

    volatile float used = 0;
    for (size_t c = 0; c < CHAINS; c++) used = sum[c][0];
    (void)used;
    return (double)iterations * CHAINS * LANES * 2;
}
