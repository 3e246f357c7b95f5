#pragma once

// The sets of kernels that this build contains; dispatch.c asks the processor which of them it may use.

#include "CKernels.h"

// The kernels are compiled under other target flags than the library; its headers must not be.
#include <string.h>

extern const ck_kernels ck_portable;

#if defined(__x86_64__)
extern const ck_kernels ck_avx2, ck_avx512;
#elif defined(__aarch64__)
extern const ck_kernels ck_neon;
#endif
