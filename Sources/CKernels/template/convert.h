// Between float32 and the two half-precision formats, by their bits: the same for every processor. Only float16 to float32,
// which the GEMM's innermost loop does too, is left to processors that can.
//
//     float32    1 sign   8 exponent (bias 127)   23 fraction
//     bfloat16   1        8          (127)         7            the upper half of a float32
//     float16    1        5          (15)         10

// load_first and store_first for half-precision numbers.
INLINE vector_half load_half(const uint16_t *p, size_t count) {
    vector_half h = 0;
    if (count >= LANES)
        memcpy(&h, p, sizeof h);
    else
        memcpy(&h, p, count * sizeof *p);
    return h;
}

INLINE void store_half(uint16_t *p, vector_bits bits, size_t count) {
    vector_half h = __builtin_convertvector(bits, vector_half);
    if (count >= LANES)
        memcpy(p, &h, sizeof h);
    else
        memcpy(p, &h, count * sizeof *p);
}

INLINE vector_bits select_bits(vector_int mask, vector_bits yes, vector_bits no) {
    return (yes & (vector_bits)mask) | (no & ~(vector_bits)mask);
}

// The float16's fraction and exponent, put in a float32's place, say 2^−112 of the number, for subnormal ones too; the product
// is exact. Infinity and NaN get the float32's largest exponent instead.
INLINE vector from_f16(vector_half half) {
#if CONVERTS_F16
    return __builtin_convertvector((vector_f16)half, vector);
#else
    vector_bits h = __builtin_convertvector(half, vector_bits);
    vector_bits sign = (h & 0x8000) << 16, magnitude = (h & 0x7fff) << 13;
    vector_bits finite = (vector_bits)((vector)magnitude * splat(0x1p112f));
    return (vector)(sign | select_bits((h & 0x7c00) == 0x7c00, magnitude | 0x7f800000, finite));
#endif
}

// Just under half of the last place that stays, and that place's own bit: ties go to the even side.
INLINE vector_bits round_off(vector_bits x, uint32_t bits) {
    return (x + ((1u << (bits - 1)) - 1) + ((x >> bits) & 1)) >> bits;
}

INLINE vector_bits to_f16(vector x) {
    vector_bits sign = ((vector_bits)x >> 16) & 0x8000, magnitude = (vector_bits)x & 0x7fffffff;
    // Rounding up may carry into the exponent, which is right: past 65,504 it carries into infinity.
    vector_bits normal = round_off(magnitude - ((127 - 15) << 23), 13);
    // One half's last place is a float16's smallest step, 2^−24: this addition rounds to whole steps.
    vector_bits subnormal = (vector_bits)((vector)magnitude + splat(0.5f)) - (vector_bits)splat(0.5f);
    vector_bits half = select_bits(magnitude < (vector_bits)splat(0x1p-14f), subnormal, normal);
    half = select_bits(magnitude >= (vector_bits)splat(0x1p16f), (vector_bits)0x7c00, half);
    half = select_bits(magnitude > 0x7f800000, (vector_bits)0x7e00, half);
    return sign | half;
}

INLINE vector from_bf16(vector_half h) { return (vector)(__builtin_convertvector(h, vector_bits) << 16); }

INLINE vector_bits to_bf16(vector x) {
    vector_bits bits = (vector_bits)x;
    return select_bits((bits & 0x7fffffff) > 0x7f800000, (bits >> 16) | 0x40, round_off(bits, 16));
}

static void widen_f16(size_t n, const uint16_t *x, float *y) {
    for (size_t i = 0; i < n; i += LANES) store_first(y + i, from_f16(load_half(x + i, n - i)), n - i);
}

static void widen_bf16(size_t n, const uint16_t *x, float *y) {
    for (size_t i = 0; i < n; i += LANES) store_first(y + i, from_bf16(load_half(x + i, n - i)), n - i);
}

static void narrow_f16(size_t n, const float *x, uint16_t *y) {
    for (size_t i = 0; i < n; i += LANES) store_half(y + i, to_f16(load_first(x + i, n - i)), n - i);
}

static void narrow_bf16(size_t n, const float *x, uint16_t *y) {
    for (size_t i = 0; i < n; i += LANES) store_half(y + i, to_bf16(load_first(x + i, n - i)), n - i);
}
