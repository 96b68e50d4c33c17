/* Complex FFT in integers, STU_LANES transforms side by side. Included by the core with one lane, and by the host's port
 * with several, which the compiler turns into vector instructions: the same operations on the same numbers.
 *
 * Value p of lane l lies at [p * STU_LANES + l]. FRONT_END.md, 2.3, is the specification. Nothing overflows: the caller
 * keeps the sum of all |z| below 2^30 and the twiddles within the unit circle (stu_frontend_open checks it), and no
 * intermediate value exceeds that sum. */
#ifndef STU_FFT_H
#define STU_FFT_H

#include <stddef.h>
#include <stdint.h>

#ifndef STU_LANES
#error "define STU_LANES before including stu_fft.h"
#endif

/* The host compiles these once for each instruction set, which needs them inside the function that chooses it. */
#if defined(__GNUC__)
#define STU_INLINE static inline __attribute__((always_inline))
#else
#define STU_INLINE static inline
#endif

STU_INLINE int32_t stu_table_i16(const uint8_t *table, size_t index)
{
    return (int16_t)(uint16_t)(table[2 * index] | table[2 * index + 1] << 8);
}

STU_INLINE int32_t stu_table_u16(const uint8_t *table, size_t index)
{
    return table[2 * index] | table[2 * index + 1] << 8;
}

/* (a * c + b * d) rounded at bit 15. The shift may be logical: the result fits, so its upper bits do not matter. */
STU_INLINE int32_t stu_rotate(int32_t a, int32_t c, int32_t b, int32_t d)
{
    const int64_t sum = (int64_t)a * c + (int64_t)b * d + (1 << 14);
    return (int32_t)(uint32_t)((uint64_t)sum >> 15);
}

STU_INLINE void stu_fft_pairs(int32_t *re, int32_t *im, size_t length)
{
    for (size_t p = 0; p < length; p += 2) {
        for (size_t l = 0; l < STU_LANES; l++) {
            const size_t a = p * STU_LANES + l, b = a + STU_LANES;
            const int32_t re_b = re[b], im_b = im[b];
            re[b] = re[a] - re_b;
            im[b] = im[a] - im_b;
            re[a] += re_b;
            im[a] += im_b;
        }
    }
}

/* The last additions of four transforms. t1 and t2 arrive in the order of reversed bits: t2 lies before t1. */
#define STU_FFT_BUTTERFLY(re1, im1, re2, im2, re3, im3)                                                                \
    const int32_t re_u0 = re[a0] + (re2), im_u0 = im[a0] + (im2);                                                      \
    const int32_t re_u1 = re[a0] - (re2), im_u1 = im[a0] - (im2);                                                      \
    const int32_t re_u2 = (re1) + (re3), im_u2 = (im1) + (im3);                                                        \
    const int32_t re_u3 = (re1) - (re3), im_u3 = (im1) - (im3);                                                        \
    re[a0] = re_u0 + re_u2;                                                                                            \
    im[a0] = im_u0 + im_u2;                                                                                            \
    re[a1] = re_u1 + im_u3;                                                                                            \
    im[a1] = im_u1 - re_u3;                                                                                            \
    re[a2] = re_u0 - re_u2;                                                                                            \
    im[a2] = im_u0 - im_u2;                                                                                            \
    re[a3] = re_u1 - im_u3;                                                                                            \
    im[a3] = im_u1 + re_u3

/* In place, forward, unscaled. Input in the order of reversed bits, output in natural order.
 * sine: i16 [table], one period in Q15, table a multiple of length. length: a power of two, at least 2. */
STU_INLINE void stu_fft(int32_t *restrict re, int32_t *restrict im, size_t length, const uint8_t *sine, size_t table)
{
    size_t quarter = 1;
    size_t bits = 0;
    while ((length >> bits) > 1) {
        bits++;
    }
    if (bits & 1) {
        stu_fft_pairs(re, im, length);
        quarter = 2;
    }
    for (; quarter < length; quarter *= 4) {
        const size_t step = table / (4 * quarter);
        for (size_t first = 0; first < length; first += 4 * quarter) { /* j = 0: exponents of 0 multiply nothing */
            for (size_t l = 0; l < STU_LANES; l++) {
                const size_t a0 = first * STU_LANES + l, a1 = a0 + quarter * STU_LANES;
                const size_t a2 = a1 + quarter * STU_LANES, a3 = a2 + quarter * STU_LANES;
                const int32_t re1 = re[a2], im1 = im[a2], re2 = re[a1], im2 = im[a1], re3 = re[a3], im3 = im[a3];
                STU_FFT_BUTTERFLY(re1, im1, re2, im2, re3, im3);
            }
        }
        for (size_t j = 1; j < quarter; j++) {
            const size_t e = j * step;
            const int32_t d1 = stu_table_i16(sine, e), c1 = stu_table_i16(sine, e + table / 4);
            const int32_t d2 = stu_table_i16(sine, 2 * e), c2 = stu_table_i16(sine, 2 * e + table / 4);
            const int32_t d3 = stu_table_i16(sine, 3 * e), c3 = stu_table_i16(sine, 3 * e + table / 4);
            for (size_t first = j; first < length; first += 4 * quarter) {
                for (size_t l = 0; l < STU_LANES; l++) {
                    const size_t a0 = first * STU_LANES + l, a1 = a0 + quarter * STU_LANES;
                    const size_t a2 = a1 + quarter * STU_LANES, a3 = a2 + quarter * STU_LANES;
                    const int32_t re1 = stu_rotate(re[a2], c1, im[a2], d1), im1 = stu_rotate(im[a2], c1, re[a2], -d1);
                    const int32_t re2 = stu_rotate(re[a1], c2, im[a1], d2), im2 = stu_rotate(im[a1], c2, re[a1], -d2);
                    const int32_t re3 = stu_rotate(re[a3], c3, im[a3], d3), im3 = stu_rotate(im[a3], c3, re[a3], -d3);
                    STU_FFT_BUTTERFLY(re1, im1, re2, im2, re3, im3);
                }
            }
        }
    }
}

#endif
