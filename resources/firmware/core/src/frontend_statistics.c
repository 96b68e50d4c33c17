/* Movement: figures and band energies of each axis over a window. */
#include "frontend_internal.h"

enum { HEADER_BYTES = 40, FIGURES = 5, MOST_BANDS = 32, ALL_CROSS = 8192 };

bool stu_frontend_open_statistics(stu_frontend *fe, const uint8_t *section, size_t bytes)
{
    stu_spectrum *s = &fe->spectrum;
    if (bytes < HEADER_BYTES || !stu_frontend_read_rows(fe, section)) {
        return false;
    }
    if (fe->clip_samples < 2 || fe->clip_samples > STU_FRONTEND_MAX_FFT) {
        return false;
    }
    s->window_samples = (uint16_t)fe->clip_samples;
    s->fft = stu_frontend_u16(section + 24);
    s->bands = stu_frontend_u16(section + 26);
    s->first_bin = stu_frontend_u16(section + 28);
    s->bins = stu_frontend_u16(section + 30);
    s->reference = (int16_t)stu_table_i16(section + 38, 0);
    fe->window_samples = fe->clip_samples;
    fe->stride_samples = 1;
    fe->frames = 1;
    fe->values = fe->channels * (FIGURES + (uint32_t)s->bands);
    const size_t rows = stu_frontend_rows_bytes(fe);
    return fe->normalise == FRONTEND_NORMALISE_NONE && s->bands <= MOST_BANDS && stu_spectrum_is_sound(s) &&
           stu_frontend_has_length(section, bytes, HEADER_BYTES + rows + stu_spectrum_bytes(s)) &&
           stu_frontend_open_tables(fe, section + HEADER_BYTES) &&
           stu_spectrum_open(s, section + HEADER_BYTES + rows);
}

/* The largest whole number of which the square is at most value. */
static int32_t root(uint32_t value)
{
    uint32_t found = 0;
    for (uint32_t bit = 1u << 15; bit > 0; bit /= 2) {
        if ((found + bit) * (found + bit) <= value) {
            found += bit;
        }
    }
    return (int32_t)found;
}

static int32_t mean_of(const int16_t *axis, uint32_t count)
{
    int32_t sum = 0; /* of 1,024 at most */
    for (uint32_t n = 0; n < count; n++) {
        sum += axis[n];
    }
    const int32_t whole = 2 * (int32_t)count, doubled = 2 * sum + (int32_t)count;
    return doubled / whole - (doubled % whole < 0);
}

void stu_frontend_statistics(const stu_frontend *fe, const int16_t *samples, int16_t *features,
                             stu_frontend_scratch *scratch)
{
    const uint32_t count = fe->clip_samples;
    int16_t *const axis = scratch->axis;
    for (size_t c = 0; c < fe->channels; c++, features += FIGURES + fe->spectrum.bands) {
        int16_t least = INT16_MAX, greatest = INT16_MIN;
        for (uint32_t n = 0; n < count; n++) {
            axis[n] = stu_frontend_scale(fe, samples[n * fe->channels + c], c);
            least = axis[n] < least ? axis[n] : least;
            greatest = axis[n] > greatest ? axis[n] : greatest;
        }
        const int32_t mean = mean_of(axis, count);
        uint64_t squares = 0;
        uint32_t crossings = 0;
        for (uint32_t n = 0; n < count; n++) {
            axis[n] = stu_clip16(axis[n] - mean);
            squares += (uint32_t)(axis[n] * axis[n]);
            crossings += n > 0 && (axis[n] < 0) != (axis[n - 1] < 0);
        }
        features[0] = (int16_t)mean;
        features[1] = stu_clip16(root((uint32_t)(squares / count)));
        features[2] = least;
        features[3] = greatest;
        features[4] = (int16_t)(crossings * ALL_CROSS / (count - 1));
        const int16_t *const frame = axis;
        int16_t *const bands = features + FIGURES;
        stu_spectrum_frames(&fe->spectrum, &frame, &bands, scratch->re, scratch->im, scratch->band);
    }
}
