// One time step of an LSTM, after its matrix products: from the gates' sums to the new cell state and output.
//
//     i, f, o = σ(…)   g = tanh(…)   c = f c + i g   h = o tanh(c)

// σ(x) = 1 / (1 + e^−x). With e = e^−|x|, which cannot overflow, that is 1 / (1 + e) for x ≥ 0 and e / (1 + e) below, where it
// keeps its digits down to 1.2e-38.
INLINE vector sigmoid(vector x) {
    vector e = exponential(-(vector)((vector_int)x & 0x7fffffff));
    return select(x < splat(0), e, splat(1)) / (e + splat(1));
}

// With t = |x|: (1 − e) / (1 + e) with e = e^−2t, and x's sign. Where t is small the difference would cancel, so there it is
// x + x³ P(x²), P being the least maximum of the relative error up to 0.625, 5e-9, at degree 4.
INLINE vector hyperbolic_tangent(vector x) {
    vector_int sign = (vector_int)x & (vector_int)0x80000000;
    vector t = (vector)((vector_int)x & 0x7fffffff);
    vector e = exponential(t * splat(-2));
    vector far = (vector)((vector_int)((splat(1) - e) / (splat(1) + e)) | sign);

    vector square = x * x;
    vector p = splat(-0.005704986f);
    p = multiply_add(p, square, splat(0.020639086f));
    p = multiply_add(p, square, splat(-0.053739715f));
    p = multiply_add(p, square, splat(0.13331442f));
    p = multiply_add(p, square, splat(-0.3333328f));
    vector near = multiply_add(p * square, x, x);
    return select(t < splat(0.625f), near, far);
}

// `count` elements of a row; gate k's lie at k · n of `input` and `recurrent`.
INLINE void lstm_stretch(size_t count, size_t n, const float *input, const float *recurrent, float *cell, float *output) {
    vector sum[4];
    for (size_t gate = 0; gate < 4; gate++) {
        sum[gate] = load_first(input + gate * n, count);
        if (recurrent) sum[gate] += load_first(recurrent + gate * n, count);
    }
    vector c = sigmoid(sum[0]) * hyperbolic_tangent(sum[2]);
    if (recurrent) c = multiply_add(sigmoid(sum[1]), load_first(cell, count), c);
    store_first(cell, c, count);
    store_first(output, sigmoid(sum[3]) * hyperbolic_tangent(c), count);
}

static void lstm_cell(size_t m, size_t n, const float *input, size_t ldi, const float *recurrent, size_t ldr, float *cell,
                      size_t ldc, float *output, size_t ldo) {
    for (size_t row = 0; row < m; row++)
        for (size_t i = 0; i < n; i += LANES)
            lstm_stretch(n - i, n, input + row * ldi + i, recurrent ? recurrent + row * ldr + i : NULL, cell + row * ldc + i,
                         output + row * ldo + i);
}
