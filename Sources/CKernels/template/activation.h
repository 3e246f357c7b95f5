// GELU, exact and in its tanh form, and what ReLU is: the positive part.
//
// Both GELUs are x · p(x) with p rising from 0 to 1 and p(−x) = 1 − p(x). With t = |x| that is
//     gelu(x) = max(x, 0) − t p(−t)
// The first part is exact, and the second is below 0.17 and fades to 0, so its absolute error is all there is: no digits
// cancel. t is held at the point where t p(−t) has faded, which also makes ±∞ come out right; NaN comes through max(x, 0).

INLINE vector magnitude_up_to(vector x, float limit) {
    vector t = (vector)((vector_int)x & 0x7fffffff);
    return select(t < splat(limit), t, splat(limit));
}

INLINE vector positive_part(vector x) { return select(x < splat(0), splat(0), x); }

// p(−t) = erfc(t / √2) / 2 = w⁸ P(t) with w = 1 − t / 6.5: the power falls off much as the tail of the normal distribution
// does, which leaves P so flat that degree 12 comes within 3e-8 of t p(−t). Past 6.5 the tail is below 3e-10.
INLINE vector gelu_erf(vector x) {
    vector t = magnitude_up_to(x, 6.5f);
    vector p = splat(-2.683677e-07f);
    p = multiply_add(p, t, splat(6.88119553e-06f));
    p = multiply_add(p, t, splat(-7.07047948e-05f));
    p = multiply_add(p, t, splat(0.000352751056f));
    p = multiply_add(p, t, splat(-0.000737469411f));
    p = multiply_add(p, t, splat(-0.000208279409f));
    p = multiply_add(p, t, splat(0.00159538607f));
    p = multiply_add(p, t, splat(0.0052368599f));
    p = multiply_add(p, t, splat(0.00185518188f));
    p = multiply_add(p, t, splat(-0.0560236685f));
    p = multiply_add(p, t, splat(-0.0646528602f));
    p = multiply_add(p, t, splat(0.216397926f));
    p = multiply_add(p, t, splat(0.500002027f));
    vector w = multiply_add(t, splat(-0.15384616f), splat(1.0f));
    vector w2 = w * w, w4 = w2 * w2, w8 = w4 * w4;
    return positive_part(x) - t * w8 * p;
}

// p(−t) = (1 + tanh(−z)) / 2 = e / (1 + e) with e = exp(−2z) and z = √(2/π) (t + 0.044715 t³). At t = 10, e is 1e-38.
INLINE vector gelu_tanh(vector x) {
    vector t = magnitude_up_to(x, 10.0f);
    vector z2 = t * multiply_add(t * t, splat(0.0713548139f), splat(1.59576917f));
    vector e = exponential(-z2);
    return positive_part(x) - t * e / (e + splat(1.0f));
}
