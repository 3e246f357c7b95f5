// Which instruction sets this processor has, and its operating system saves across context switches.

#include "sets.h"

const ck_kernels *ck_find(ck_isa isa) {
#if defined(__x86_64__)
    __builtin_cpu_init();
#endif
    switch (isa) {
        case CK_ISA_PORTABLE: return &ck_portable;
#if defined(__x86_64__)
        case CK_ISA_AVX2:
            return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") ? &ck_avx2
                                                                                                                     : NULL;
        case CK_ISA_AVX512:
            return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") && ck_find(CK_ISA_AVX2)
                       ? &ck_avx512
                       : NULL;
#elif defined(__aarch64__)
        case CK_ISA_NEON: return &ck_neon;
#endif
        default: return NULL;
    }
}

const ck_kernels *ck_best(void) {
    static const ck_isa fastest_first[] = {CK_ISA_AVX512, CK_ISA_AVX2, CK_ISA_NEON};
    for (size_t i = 0; i < sizeof fastest_first / sizeof *fastest_first; i++) {
        const ck_kernels *kernels = ck_find(fastest_first[i]);
        if (kernels) return kernels;
    }
    return &ck_portable;
}

size_t ck_packed_bytes(const ck_kernels *kernels, ck_format format, size_t n, size_t k) {
    size_t width = format == CK_FORMAT_FLOAT32 ? sizeof(float) : sizeof(uint16_t);
    return (n + kernels->panel_width - 1) / kernels->panel_width * kernels->panel_width * k * width;
}
