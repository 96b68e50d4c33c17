/* Energies of bands, STU_LANES frames at a time: the inside of front ends, shared by the core (one lane) and the host's
 * bulk extractor (several). Not for other callers; stu_frontend.h is. FRONT_END.md, 2, is the specification. */
#ifndef STU_SPECTRUM_H
#define STU_SPECTRUM_H

#include "stu_fft.h"
#include "stu_frontend.h"

enum {
    STU_SPECTRUM_POWER_SHIFT = 13,
    STU_SPECTRUM_LOG_ENTRIES = 65
};

STU_INLINE int stu_bit_length(uint64_t value)
{
    int bits = 0;
    for (int step = 32; step > 0; step /= 2) {
        if (value >> step) {
            value >>= step;
            bits += step;
        }
    }
    return bits + (value != 0);
}

STU_INLINE uint32_t stu_table_u32(const uint8_t *table, size_t index)
{
    const uint8_t *at = table + 4 * index;
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

STU_INLINE int16_t stu_clip16(int32_t value)
{
    return (int16_t)(value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value);
}

/* How far the frame's samples can be doubled within int16; 15 for silence. */
STU_INLINE int stu_spectrum_exponent(const int16_t *samples, size_t count)
{
    int any = 0;
    for (size_t n = 0; n < count; n++) {
        any |= samples[n] ^ (samples[n] < 0 ? -1 : 0);
    }
    return 15 - stu_bit_length((uint64_t)any);
}

/* Windowed samples, even ones in re and odd ones in im, in the order of reversed bits. */
STU_INLINE void stu_spectrum_load(const stu_spectrum *s, const int16_t *const *samples, const int32_t *gain, int32_t *re,
                                int32_t *im)
{
    const size_t half = s->fft / 2u, count = s->window_samples;
    const int shift = s->fft_log2;
    const int32_t rounding = 1 << (shift - 1);
    size_t reversed = 0;
    for (size_t n = 0; n < half; n++) {
        const int32_t even = 2 * n < count ? stu_table_u16(s->window, 2 * n) : 0;
        const int32_t odd = 2 * n + 1 < count ? stu_table_u16(s->window, 2 * n + 1) : 0;
        int32_t *const to_re = re + reversed * STU_LANES, *const to_im = im + reversed * STU_LANES;
        if (2 * n + 1 < count) {
            for (size_t l = 0; l < STU_LANES; l++) {
                to_re[l] = (samples[l][2 * n] * gain[l] * even + rounding) >> shift;
                to_im[l] = (samples[l][2 * n + 1] * gain[l] * odd + rounding) >> shift;
            }
        } else {
            for (size_t l = 0; l < STU_LANES; l++) {
                to_re[l] = 2 * n < count ? (samples[l][2 * n] * gain[l] * even + rounding) >> shift : 0;
                to_im[l] = 0;
            }
        }
        size_t bit = half >> 1;
        while (reversed & bit) {
            reversed ^= bit;
            bit >>= 1;
        }
        reversed |= bit;
    }
}

/* Power of each bin into the bands it lies in. band: [bands + 2]; the outer two collect what no band keeps. */
STU_INLINE void stu_spectrum_bands(const stu_spectrum *s, const int32_t *restrict re, const int32_t *restrict im,
                                 uint64_t *restrict band)
{
    const size_t half = s->fft / 2u;
    for (size_t b = 0; b < (s->bands + (size_t)2) * STU_LANES; b++) {
        band[b] = 0;
    }
    for (size_t bin = 0; bin < s->bins; bin++) {
        const size_t k = s->first_bin + bin;
        const int32_t d = stu_table_i16(s->sine, k), c = stu_table_i16(s->sine, k + s->fft / 4u);
        const uint64_t rise = (uint64_t)stu_table_u16(s->rise, bin);
        const int32_t *const re_z = re + k * STU_LANES, *const im_z = im + k * STU_LANES;
        const int32_t *const re_y = re + (half - k) * STU_LANES, *const im_y = im + (half - k) * STU_LANES;
        uint64_t *const below = band + s->interval[bin] * (size_t)STU_LANES, *const above = below + STU_LANES;
        for (size_t l = 0; l < STU_LANES; l++) {
            const int32_t re_e = re_z[l] + re_y[l], im_e = im_z[l] - im_y[l];
            const int32_t re_o = re_z[l] - re_y[l], im_o = im_z[l] + im_y[l];
            const int64_t wide_re = (int64_t)re_e * 32768 + (int64_t)im_o * c - (int64_t)re_o * d + 32768;
            const int64_t wide_im = (int64_t)im_e * 32768 - (int64_t)re_o * c - (int64_t)im_o * d + 32768;
            const int32_t re_x = (int32_t)(uint32_t)((uint64_t)wide_re >> 16);
            const int32_t im_x = (int32_t)(uint32_t)((uint64_t)wide_im >> 16);
            const uint64_t square = (uint64_t)((int64_t)re_x * re_x) + (uint64_t)((int64_t)im_x * im_x);
            const uint64_t power = square >> STU_SPECTRUM_POWER_SHIFT, part = power * rise;
            above[l] += part;
            below[l] += (power << 15) - part;
        }
    }
}

/* 1/256 log2 of an energy that is at least 1. */
STU_INLINE int32_t stu_spectrum_log(const uint8_t *logarithm, uint64_t energy)
{
    const int whole = stu_bit_length(energy) - 1;
    const uint32_t mantissa = (uint32_t)((energy << (63 - whole)) >> 47) & 0xFFFFu;
    const size_t i = mantissa >> 10;
    const int32_t low = stu_table_u16(logarithm, i), high = stu_table_u16(logarithm, i + 1);
    const int32_t fraction = low + (((high - low) * (int32_t)(mantissa & 1023u) + 512) >> 10);
    return (whole * 32768 + fraction + 64) >> 7;
}

/* features[l]: a value a band of the frame at samples[l]. re, im: [fft / 2], band: [bands + 2], times the lanes. */
STU_INLINE void stu_spectrum_frames(const stu_spectrum *s, const int16_t *const *samples, int16_t *const *features,
                                  int32_t *re, int32_t *im, uint64_t *band)
{
    int exponent[STU_LANES];
    int32_t gain[STU_LANES];
    for (size_t l = 0; l < STU_LANES; l++) {
        exponent[l] = stu_spectrum_exponent(samples[l], s->window_samples);
        gain[l] = 1 << exponent[l];
    }
    stu_spectrum_load(s, samples, gain, re, im);
    stu_fft(re, im, s->fft / 2u, s->sine, s->fft);
    stu_spectrum_bands(s, re, im, band);
    for (size_t b = 0; b < s->bands; b++) {
        const uint64_t floor = stu_table_u32(s->floor, b);
        for (size_t l = 0; l < STU_LANES; l++) {
            const uint64_t energy = band[(b + 1) * STU_LANES + l] + (floor << (2 * exponent[l]));
            features[l][b] =
                stu_clip16(stu_spectrum_log(s->logarithm, energy) - 512 * exponent[l] - s->reference);
        }
    }
}

#endif
