// out = softmax(scale · q kᵀ) v for one sequence, each head in its own columns.
//
// For one query and one head: the scores of all keys, their exponentials over the largest (so that none overflows), their sum,
// then the sum of the values' rows in the order of the keys, divided at the end: once per column, not once per key.

INLINE void multiply_stretch(size_t count, const float *x, const float *y, wide *sum) {
    for (size_t j = 0; j < WIDE_VECTORS; j++) {
        size_t at = j * LANES, here = left(count, at);
        sum->part[j] = multiply_add(load_first(x + at, here), load_first(y + at, here), sum->part[j]);
    }
}

INLINE float dot(size_t n, const float *x, const float *y) {
    const size_t whole = n / WIDE * WIDE, rest = n - whole;
    wide sum = wide_splat(0);
    for (size_t i = 0; i < whole; i += WIDE) multiply_stretch(WIDE, x + i, y + i, &sum);
    if (rest > 0) multiply_stretch(rest, x + whole, y + whole, &sum);
    return wide_sum(sum);
}

// Replaces the scores by e^(score − largest) and returns their sum.
INLINE float exponentiate(size_t n, float *scores) {
    float largest = scores[0];
    for (size_t i = 1; i < n; i++) largest = scores[i] > largest ? scores[i] : largest;

    wide sum = wide_splat(0);
    for (size_t i = 0; i < n; i += WIDE)
        for (size_t j = 0; j < WIDE_VECTORS; j++) {
            size_t at = i + j * LANES, count = left(n, at);
            vector weight = exponential(load_first(scores + at, count) - splat(largest));
            store_first(scores + at, weight, count);
            sum.part[j] += keep_first(weight, count);
        }
    return wide_sum(sum);
}

// The next `count` columns of Σ weight · value / total, over the keys in their order.
INLINE void weigh_stretch(size_t count, size_t keys, const float *weights, const float *v, size_t ldv, float total,
                          float *out) {
    wide sum = wide_splat(0);
    for (size_t key = 0; key < keys; key++)
        for (size_t j = 0; j < WIDE_VECTORS; j++) {
            size_t at = j * LANES;
            vector value = load_first(v + key * ldv + at, left(count, at));
            sum.part[j] = multiply_add(splat(weights[key]), value, sum.part[j]);
        }
    for (size_t j = 0; j < WIDE_VECTORS; j++) {
        size_t at = j * LANES;
        store_first(out + at, sum.part[j] / splat(total), left(count, at));
    }
}

static void attention(size_t queries, size_t keys, size_t heads, size_t head_dim, float scale, const float *q, size_t ldq,
                      const float *k, size_t ldk, const float *v, size_t ldv, float *scores, float *out, size_t ldo) {
    const size_t whole = head_dim / WIDE * WIDE, rest = head_dim - whole;
    for (size_t query = 0; query < queries; query++)
        for (size_t head = 0; head < heads; head++) {
            const size_t first = head * head_dim;
            const float *q_head = q + query * ldq + first, *v_head = v + first;
            float *out_head = out + query * ldo + first;

            for (size_t key = 0; key < keys; key++) scores[key] = dot(head_dim, q_head, k + key * ldk + first) * scale;
            const float total = keys > 0 ? exponentiate(keys, scores) : 1;

            for (size_t i = 0; i < whole; i += WIDE)
                weigh_stretch(WIDE, keys, scores, v_head + i, ldv, total, out_head + i);
            if (rest > 0) weigh_stretch(rest, keys, scores, v_head + whole, ldv, total, out_head + whole);
        }
}
