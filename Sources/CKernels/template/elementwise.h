// y = w x + b and out = x + y, element by element.

static void affine(size_t n, const float *x, const float *w, const float *b, float *y) {
    for (size_t i = 0; i < n; i += LANES) {
        size_t count = n - i;
        store_first(y + i, multiply_add(load_first(w + i, count), load_first(x + i, count), load_first(b + i, count)), count);
    }
}

static void add(size_t n, const float *x, const float *y, float *out) {
    for (size_t i = 0; i < n; i += LANES) {
        size_t count = n - i;
        store_first(out + i, load_first(x + i, count) + load_first(y + i, count), count);
    }
}
