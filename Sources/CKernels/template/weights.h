// The numbers of a packed operand: float32, or half as wide and widened, exactly, as they are read.
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

INLINE vector_bits narrowed(ck_format format, vector x) { return format == CK_FORMAT_FLOAT16 ? to_f16(x) : to_bf16(x); }
