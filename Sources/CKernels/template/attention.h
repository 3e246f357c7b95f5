// out = softmax(scale · q kᵀ) v for one sequence, each head in its own columns.
//
// For one query and one head: the scores of all keys, their exponentials over the largest (so that none overflows), their sum,
// then the sum of the values' rows in the order of the keys, divided at the end: once per column, not once per key.

INLINE float dot(size_t n, const float *x, const float *y) {
    wide sum = wide_splat(0);
    for (size_t i = 0; i < n; i += WIDE)
        for (size_t j = 0; j < WIDE_VECTORS; j++) {
            size_t at = i + j * LANES, count = left(n, at);
            sum.part[j] = multiply_add(load_first(x + at, count), load_first(y + at, count), sum.part[j]);
        }
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

static void attention(size_t queries, size_t keys, size_t heads, size_t head_dim, float scale, const float *q, size_t ldq,
                      const float *k, size_t ldk, const float *v, size_t ldv, float *scores, float *out, size_t ldo) {
    for (size_t query = 0; query < queries; query++)
        for (size_t head = 0; head < heads; head++) {
            size_t first = head * head_dim;
            for (size_t key = 0; key < keys; key++)
                scores[key] = dot(head_dim, q + query * ldq + first, k + key * ldk + first) * scale;
            float total = keys > 0 ? exponentiate(keys, scores) : 1;

            for (size_t i = 0; i < head_dim; i += LANES) {
                vector sum = splat(0);
                for (size_t key = 0; key < keys; key++)
                    sum = multiply_add(splat(scores[key]), load_first(v + key * ldv + first + i, head_dim - i), sum);
                store_first(out + query * ldo + first + i, sum / splat(total), head_dim - i);
            }
        }
}
