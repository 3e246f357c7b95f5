// y = (s − mean) / √(variance + ε) · gamma + beta with s = x + residual, each row by itself.
//
// Two passes over s, which y holds in the meantime: the mean first, then the mean of the squared distances from it. The one-pass
// formula (mean of squares less square of mean) loses every digit when the mean is large.

INLINE void layer_norm_row(size_t n, const float *x, const float *residual, const float *gamma, const float *beta, float epsilon,
                           float *y) {
    wide sum = wide_splat(0);
    for (size_t i = 0; i < n; i += WIDE)
        for (size_t j = 0; j < WIDE_VECTORS; j++) {
            size_t at = i + j * LANES, count = left(n, at);
            vector s = load_first(x + at, count);
            if (residual) s += load_first(residual + at, count);
            store_first(y + at, s, count);
            sum.part[j] += s;
        }
    vector mean = splat(wide_sum(sum) / (float)n);

    wide squares = wide_splat(0);
    for (size_t i = 0; i < n; i += WIDE)
        for (size_t j = 0; j < WIDE_VECTORS; j++) {
            size_t at = i + j * LANES, count = left(n, at);
            vector distance = keep_first(load_first(y + at, count) - mean, count);
            squares.part[j] = multiply_add(distance, distance, squares.part[j]);
        }
    vector scale = splat(1.0f / __builtin_sqrtf(wide_sum(squares) / (float)n + epsilon));

    for (size_t i = 0; i < n; i += LANES) {
        size_t count = n - i;
        vector normal = (load_first(y + i, count) - mean) * scale;
        store_first(y + i, multiply_add(normal, load_first(gamma + i, count), load_first(beta + i, count)), count);
    }
}

static void layer_norm(size_t m, size_t n, const float *x, size_t ldx, const float *residual, size_t ldr, const float *gamma,
                       const float *beta, float epsilon, float *y, size_t ldy) {
    for (size_t row = 0; row < m; row++)
        layer_norm_row(n, x + row * ldx, residual ? residual + row * ldr : NULL, gamma, beta, epsilon, y + row * ldy);
}
