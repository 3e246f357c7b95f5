// eˣ for x ≤ 0, within 1.1 units in the last place; below −87.3 it stays at 1.2e-38, next to the smallest normal number.
//
// x = n ln 2 + r with n whole and |r| ≤ ln 2 / 2, so eˣ = 2ⁿ eʳ, and eʳ = 1 + r + r² q(r) with q of degree 4 (relative error
// 3e-9). ln 2 is taken off in two parts, the first with so few digits that n times it is exact.

INLINE vector exponential(vector x) {
    const vector lowest = splat(-87.3f);
    x = select(x < lowest, lowest, x);
    // Adding 1.5 · 2²³ rounds to a whole number, which then stands in the sum's last bits.
    const vector rounder = splat(12582912.0f);
    vector shifted = multiply_add(x, splat(1.44269504f), rounder);
    vector n = shifted - rounder;
    vector r = multiply_add(n, splat(-0.693359375f), x);
    r = multiply_add(n, splat(2.12194440e-4f), r);
    vector q = splat(0.00138145394f);
    q = multiply_add(q, r, splat(0.00836874545f));
    q = multiply_add(q, r, splat(0.041668389f));
    q = multiply_add(q, r, splat(0.166665211f));
    q = multiply_add(q, r, splat(0.49999994f));
    q = multiply_add(q * r, r, r) + splat(1.0f);
    vector power = (vector)(((vector_bits)shifted << 23) + (vector_bits)splat(1.0f));
    return q * power;
}
