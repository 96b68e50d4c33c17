/* The front end on a board: opening its section, one frame at a time, level normalisation, the model's input. */
#define STU_LANES 1
#include <stdbool.h>

#include "stu_frontend.h"
#include "stu_logmel.h"

enum {
    KIND_LOG_MEL = 1,
    VERSION = 1,
    HEADER_BYTES = 44,
    NORMALISE_NONE = 0,
    NORMALISE_LEVEL = 1,
    NORMALISE_BAND = 2,
    MIN_FFT = 64,
    /* Rounding to Q15 takes a point of the unit circle outside by at most |c| + |s| + 1/2 < 2^16. */
    UNIT_CIRCLE = (1 << 30) + (1 << 16)
};

static uint16_t u16_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static size_t section_bytes(const stu_frontend *fe)
{
    const size_t tables = 4u * fe->mels + 2u * fe->window_samples + 2u * fe->fft + 2u * STU_LOGMEL_LOG_ENTRIES +
                          3u * (size_t)fe->bins;
    return (HEADER_BYTES + tables + 3) & ~(size_t)3;
}

static bool parameters_are_sound(const stu_frontend *fe)
{
    if (fe->rate_hz == 0 || fe->fft < MIN_FFT || fe->fft > STU_FRONTEND_MAX_FFT || (fe->fft & (fe->fft - 1)) != 0) {
        return false;
    }
    if (fe->window_samples == 0 || fe->window_samples > fe->fft || fe->stride_samples == 0 || fe->frames == 0) {
        return false;
    }
    if (fe->clip_samples < fe->window_samples ||
        (fe->clip_samples - fe->window_samples) / fe->stride_samples != fe->frames - 1u) {
        return false;
    }
    if (fe->mels == 0 || fe->mels > STU_FRONTEND_MAX_MELS || fe->first_bin == 0 || fe->bins == 0 ||
        (uint32_t)fe->first_bin + fe->bins > fe->fft / 2u) {
        return false;
    }
    return fe->normalise <= NORMALISE_BAND && fe->input_shift <= 15;
}

static bool tables_are_sound(const stu_frontend *fe)
{
    for (size_t b = 0; b < fe->mels; b++) {
        if (stu_table_u32(fe->floor, b) == 0) {
            return false; /* the logarithm of silence would have no value */
        }
    }
    for (size_t n = 0; n < fe->window_samples; n++) {
        if (stu_table_u16(fe->window, n) > 32767) {
            return false;
        }
    }
    for (size_t k = 0; k < fe->fft * 3u / 4u; k++) {
        const int32_t d = stu_table_i16(fe->sine, k), c = stu_table_i16(fe->sine, k + fe->fft / 4u);
        if ((uint32_t)(d * d) + (uint32_t)(c * c) > UNIT_CIRCLE) {
            return false;
        }
    }
    for (size_t bin = 0; bin < fe->bins; bin++) {
        if (stu_table_u16(fe->rise, bin) > 32768 || fe->interval[bin] > fe->mels) {
            return false;
        }
    }
    return true;
}

stu_status stu_frontend_open(stu_frontend *fe, const uint8_t *section, size_t bytes)
{
    stu_frontend opened = {0};
    if (bytes < HEADER_BYTES) {
        return STU_E_IMAGE;
    }
    if (u16_at(section) != KIND_LOG_MEL) {
        return STU_E_UNSUPPORTED;
    }
    if (u16_at(section + 2) != VERSION) {
        return STU_E_VERSION;
    }
    opened.rate_hz = stu_table_u32(section + 8, 0);
    opened.clip_samples = stu_table_u32(section + 12, 0);
    opened.window_samples = u16_at(section + 16);
    opened.stride_samples = u16_at(section + 18);
    opened.frames = u16_at(section + 20);
    opened.fft = u16_at(section + 22);
    opened.mels = u16_at(section + 24);
    opened.first_bin = u16_at(section + 26);
    opened.bins = u16_at(section + 28);
    opened.normalise = section[30];
    opened.input_shift = section[31];
    opened.input_zero_point = (int8_t)section[32];
    opened.reference = (int16_t)u16_at(section + 40);
    if (!parameters_are_sound(&opened)) {
        return STU_E_IMAGE;
    }
    const size_t needed = section_bytes(&opened);
    if (stu_table_u32(section + 4, 0) != needed || needed > bytes) {
        return STU_E_IMAGE;
    }
    while ((1u << opened.fft_log2) < opened.fft) {
        opened.fft_log2++;
    }
    opened.floor = section + HEADER_BYTES;
    opened.window = opened.floor + 4u * opened.mels;
    opened.sine = opened.window + 2u * opened.window_samples;
    opened.logarithm = opened.sine + 2u * opened.fft;
    opened.rise = opened.logarithm + 2u * STU_LOGMEL_LOG_ENTRIES;
    opened.interval = opened.rise + 2u * opened.bins;
    if (!tables_are_sound(&opened)) {
        return STU_E_IMAGE;
    }
    *fe = opened;
    return STU_OK;
}

uint32_t stu_frontend_rate_hz(const stu_frontend *fe)
{
    return fe->rate_hz;
}

uint32_t stu_frontend_clip_samples(const stu_frontend *fe)
{
    return fe->clip_samples;
}

uint32_t stu_frontend_window_samples(const stu_frontend *fe)
{
    return fe->window_samples;
}

uint32_t stu_frontend_stride_samples(const stu_frontend *fe)
{
    return fe->stride_samples;
}

uint32_t stu_frontend_frames(const stu_frontend *fe)
{
    return fe->frames;
}

uint32_t stu_frontend_mels(const stu_frontend *fe)
{
    return fe->mels;
}

void stu_frontend_frame(const stu_frontend *fe, const int16_t *samples, int16_t *features,
                        stu_frontend_scratch *scratch)
{
    stu_logmel_frames(fe, &samples, &features, scratch->re, scratch->im, scratch->band);
}

/* Subtracts the rounded mean of the values at first, first + step, ...; halves go up. */
static void subtract_mean(const int16_t *raw, int16_t *features, size_t first, size_t step, size_t end)
{
    int64_t sum = 0, count = 0;
    for (size_t i = first; i < end; i += step) {
        sum += raw[i];
        count++;
    }
    const int64_t doubled = 2 * sum + count;
    int64_t mean = doubled / (2 * count);
    if (doubled % (2 * count) < 0) {
        mean--; /* C rounds towards zero, the specification down */
    }
    for (size_t i = first; i < end; i += step) {
        features[i] = stu_clip16(raw[i] - (int32_t)mean);
    }
}

void stu_frontend_finish(const stu_frontend *fe, const int16_t *raw, int16_t *features)
{
    const size_t values = (size_t)fe->frames * fe->mels;
    if (fe->normalise == NORMALISE_LEVEL) {
        subtract_mean(raw, features, 0, 1, values);
    } else if (fe->normalise == NORMALISE_BAND) {
        for (size_t b = 0; b < fe->mels; b++) {
            subtract_mean(raw, features, b, fe->mels, values);
        }
    } else {
        for (size_t i = 0; i < values; i++) {
            features[i] = raw[i];
        }
    }
}

void stu_frontend_quantise(const stu_frontend *fe, const int16_t *features, int8_t *input)
{
    const size_t values = (size_t)fe->frames * fe->mels;
    const int32_t rounding = fe->input_shift > 0 ? 1 << (fe->input_shift - 1) : 0;
    for (size_t i = 0; i < values; i++) {
        const int32_t value = ((features[i] + rounding) >> fe->input_shift) + fe->input_zero_point;
        input[i] = (int8_t)(value < INT8_MIN ? INT8_MIN : value > INT8_MAX ? INT8_MAX : value);
    }
}
