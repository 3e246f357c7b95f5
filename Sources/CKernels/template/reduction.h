// Sums along a row.
//
// A row is read in stretches of WIDE elements; element i of each adds to partial result i, and the partial results are then
// folded in halves: 16 to 16, 8 to 8, … That order is the same for every register width, so every instruction set finds the
// same bits, and the partial results are chains enough to hide an addition's latency.

enum { WIDE = 32, WIDE_VECTORS = WIDE / LANES };

typedef struct {
    vector part[WIDE_VECTORS];
} wide;

INLINE wide wide_splat(float x) {
    wide w;
    for (size_t j = 0; j < WIDE_VECTORS; j++) w.part[j] = splat(x);
    return w;
}

INLINE float wide_sum(wide w) {
    for (size_t half = WIDE_VECTORS / 2; half > 0; half /= 2)
        for (size_t j = 0; j < half; j++) w.part[j] += w.part[j + half];
    float lane[LANES];
    store(lane, w.part[0]);
    for (size_t half = LANES / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++) lane[i] += lane[i + half];
    return lane[0];
}
