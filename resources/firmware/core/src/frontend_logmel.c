/* Sound: energies of mel bands. And of any spectrum: whether its numbers and tables are sound. */
#include "frontend_internal.h"

enum {
    HEADER_BYTES = 44,
    MIN_FFT = 64,
    /* Rounding to Q15 takes a point of the unit circle outside by at most |c| + |s| + 1/2 < 2^16. */
    UNIT_CIRCLE = (1 << 30) + (1 << 16)
};

size_t stu_spectrum_bytes(const stu_spectrum *s)
{
    return 4u * s->bands + 2u * s->window_samples + 2u * s->fft + 2u * STU_SPECTRUM_LOG_ENTRIES + 3u * (size_t)s->bins;
}

bool stu_spectrum_is_sound(const stu_spectrum *s)
{
    if (s->fft < MIN_FFT || s->fft > STU_FRONTEND_MAX_FFT || (s->fft & (s->fft - 1)) != 0) {
        return false;
    }
    if (s->window_samples == 0 || s->window_samples > s->fft) {
        return false;
    }
    return s->bands > 0 && s->bands <= STU_FRONTEND_MAX_BANDS && s->first_bin > 0 && s->bins > 0 &&
           (uint32_t)s->first_bin + s->bins <= s->fft / 2u;
}

static bool tables_are_sound(const stu_spectrum *s)
{
    for (size_t b = 0; b < s->bands; b++) {
        if (stu_table_u32(s->floor, b) == 0) {
            return false; /* the logarithm of silence would have no value */
        }
    }
    for (size_t n = 0; n < s->window_samples; n++) {
        if (stu_table_u16(s->window, n) > 32767) {
            return false;
        }
    }
    for (size_t k = 0; k < s->fft * 3u / 4u; k++) {
        const int32_t d = stu_table_i16(s->sine, k), c = stu_table_i16(s->sine, k + s->fft / 4u);
        if ((uint32_t)(d * d) + (uint32_t)(c * c) > UNIT_CIRCLE) {
            return false;
        }
    }
    for (size_t bin = 0; bin < s->bins; bin++) {
        if (stu_table_u16(s->rise, bin) > 32768 || s->interval[bin] > s->bands) {
            return false;
        }
    }
    return true;
}

bool stu_spectrum_open(stu_spectrum *s, const uint8_t *tables)
{
    while ((1u << s->fft_log2) < s->fft) {
        s->fft_log2++;
    }
    s->floor = tables;
    s->window = s->floor + 4u * s->bands;
    s->sine = s->window + 2u * s->window_samples;
    s->logarithm = s->sine + 2u * s->fft;
    s->rise = s->logarithm + 2u * STU_SPECTRUM_LOG_ENTRIES;
    s->interval = s->rise + 2u * s->bins;
    return tables_are_sound(s);
}

static bool frames_are_sound(const stu_frontend *fe)
{
    return fe->stride_samples > 0 && fe->frames > 0 && fe->clip_samples >= fe->window_samples &&
           (fe->clip_samples - fe->window_samples) / fe->stride_samples == fe->frames - 1u;
}

bool stu_frontend_open_logmel(stu_frontend *fe, const uint8_t *section, size_t bytes)
{
    stu_spectrum *s = &fe->spectrum;
    if (bytes < HEADER_BYTES) {
        return false;
    }
    s->window_samples = stu_frontend_u16(section + 16);
    s->fft = stu_frontend_u16(section + 22);
    s->bands = stu_frontend_u16(section + 24);
    s->first_bin = stu_frontend_u16(section + 26);
    s->bins = stu_frontend_u16(section + 28);
    s->reference = (int16_t)stu_table_i16(section + 40, 0);
    fe->sensor = STU_SENSOR_MICROPHONE;
    fe->clip_samples = stu_table_u32(section + 12, 0);
    fe->channels = 1;
    fe->window_samples = s->window_samples;
    fe->stride_samples = stu_frontend_u16(section + 18);
    fe->frames = stu_frontend_u16(section + 20);
    fe->values = s->bands;
    fe->normalise = section[30];
    fe->input_shift = section[31];
    fe->input_zero_point = (int8_t)section[32];
    return fe->normalise <= FRONTEND_NORMALISE_BAND && stu_spectrum_is_sound(s) && frames_are_sound(fe) &&
           stu_frontend_has_length(section, bytes, HEADER_BYTES + stu_spectrum_bytes(s)) &&
           stu_spectrum_open(s, section + HEADER_BYTES);
}
