// The most a core can do: independent chains of multiply-adds in registers, enough of them to cover the latency on two ports.

static double fma_burst(size_t iterations) {
    enum { CHAINS = 12 };
    // x → x / 2 + 1 tends to 2: neither overflow nor subnormal numbers. Volatile, or the compiler would see that too.
    volatile float a_half = 0.5f, a_one = 1.0f;
    const vector half = splat(a_half), one = splat(a_one);
    vector sum[CHAINS];
    for (size_t c = 0; c < CHAINS; c++) sum[c] = splat((float)c);
    for (size_t i = 0; i < iterations; i++)
#pragma clang loop unroll(full)
        for (size_t c = 0; c < CHAINS; c++) sum[c] = multiply_add(sum[c], half, one);

    volatile float used = 0;
    for (size_t c = 0; c < CHAINS; c++) used = sum[c][0];
    (void)used;
    return (double)iterations * CHAINS * LANES * 2;
}
