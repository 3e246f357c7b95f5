// The numbers of a packed operand: float32, or half as wide; then they are rounded as they are written, and widened, exactly, as
// they are read.
//
// `format` is a constant wherever these are inlined into a loop.

INLINE size_t width(ck_format format) { return format == CK_FORMAT_FLOAT32 ? sizeof(float) : sizeof(uint16_t); }

// The next LANES weights.
INLINE vector load_weights(ck_format format, const uint8_t *w) {
    switch (format) {
        case CK_FORMAT_FLOAT32: return load((const float *)w);
        case CK_FORMAT_FLOAT16: return from_f16(load_half((const uint16_t *)w, LANES));
        case CK_FORMAT_BFLOAT16: return from_bf16(load_half((const uint16_t *)w, LANES));
    }
}

// The same way back, rounded. Lanes in which a finite number became infinite are set in `overflow`.
INLINE void store_weights(ck_format format, uint8_t *w, vector x, vector_int *overflow) {
    if (format == CK_FORMAT_FLOAT32) {
        store((float *)w, x);
        return;
    }
    _Bool is_f16 = format == CK_FORMAT_FLOAT16;
    vector_bits half = is_f16 ? to_f16(x) : to_bf16(x), infinity = is_f16 ? 0x7c00 : 0x7f80;
    *overflow |= ((half & 0x7fff) == infinity) & (((vector_bits)x & 0x7fffffff) < 0x7f800000);
    store_half((uint16_t *)w, half, LANES);
}
