// y = (s − mean) / √(variance + ε) · gamma + beta with s = x + residual, each row by itself.
//
// Two passes over s, which y holds in the meantime: the mean first, then the mean of the squared distances from it. The
// one-pass formula (mean of squares less square of mean) loses every digit when the mean is large.

// The three passes over the next `count` elements: a whole stretch, or what is left of the row.

INLINE void add_stretch(size_t count, const float *x, const float *residual, float *y, wide *sum) {
    for (size_t j = 0; j < WIDE_VECTORS; j++) {
        size_t at = j * LANES, here = left(count, at);
        vector s = load_first(x + at, here);
        if (residual) s += load_first(residual + at, here);
        store_first(y + at, s, here);
        sum->part[j] += s;
    }
}

INLINE void square_stretch(size_t count, const float *y, vector mean, wide *squares) {
    for (size_t j = 0; j < WIDE_VECTORS; j++) {
        size_t at = j * LANES, here = left(count, at);
        vector distance = keep_first(load_first(y + at, here) - mean, here);
        squares->part[j] = multiply_add(distance, distance, squares->part[j]);
    }
}

INLINE void scale_stretch(size_t count, const float *gamma, const float *beta, vector mean, vector scale, float *y) {
    for (size_t j = 0; j < WIDE_VECTORS; j++) {
        size_t at = j * LANES, here = left(count, at);
        vector normal = (load_first(y + at, here) - mean) * scale;
        store_first(y + at, multiply_add(normal, load_first(gamma + at, here), load_first(beta + at, here)), here);
    }
}

INLINE void layer_norm_row(size_t n, const float *x, const float *residual, const float *gamma, const float *beta,
                           float epsilon, float *y) {
    const size_t whole = n / WIDE * WIDE, rest = n - whole;

    wide sum = wide_splat(0);
    for (size_t i = 0; i < whole; i += WIDE) add_stretch(WIDE, x + i, residual ? residual + i : NULL, y + i, &sum);
    if (rest > 0) add_stretch(rest, x + whole, residual ? residual + whole : NULL, y + whole, &sum);
    const vector mean = splat(wide_sum(sum) / (float)n);

    wide squares = wide_splat(0);
    for (size_t i = 0; i < whole; i += WIDE) square_stretch(WIDE, y + i, mean, &squares);
    if (rest > 0) square_stretch(rest, y + whole, mean, &squares);
    const vector scale = splat(1) / __builtin_elementwise_sqrt(splat(wide_sum(squares) / (float)n + epsilon));

    for (size_t i = 0; i < whole; i += WIDE) scale_stretch(WIDE, gamma + i, beta + i, mean, scale, y + i);
    if (rest > 0) scale_stretch(rest, gamma + whole, beta + whole, mean, scale, y + whole);
}

static void layer_norm(size_t m, size_t n, const float *x, size_t ldx, const float *residual, size_t ldr, const float *gamma,
                       const float *beta, float epsilon, float *y, size_t ldy) {
    for (size_t row = 0; row < m; row++)
        layer_norm_row(n, x + row * ldx, residual ? residual + row * ldr : NULL, gamma, beta, epsilon, y + row * ldy);
}
