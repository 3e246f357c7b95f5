// zlib, and functions for those of its macros that Swift cannot import.

#pragma once

// Input is not changed; zlib's older interface lacks the const.
#define ZLIB_CONST
#include <zlib.h>

// memLevel 8 is zlib's own default.
static inline int czlib_deflate_init(z_stream *stream, int level, int window_bits) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
}

static inline int czlib_inflate_init(z_stream *stream, int window_bits) { return inflateInit2(stream, window_bits); }
