/* Front ends on a board: which kind a section is, and what all kinds do alike. */
#include "frontend_internal.h"

enum { VERSION = 1, LEAST_BYTES = 12 };

bool stu_frontend_has_length(const uint8_t *section, size_t bytes, size_t content)
{
    const size_t needed = (content + 3) & ~(size_t)3;
    return stu_table_u32(section + 4, 0) == needed && needed <= bytes;
}

stu_status stu_frontend_open(stu_frontend *fe, const uint8_t *section, size_t bytes)
{
    stu_frontend opened = {0};
    bool sound = false;
    if (bytes < LEAST_BYTES) {
        return STU_E_IMAGE;
    }
    const int32_t kind = stu_table_u16(section, 0);
    if (kind < STU_FRONTEND_LOG_MEL || kind > STU_FRONTEND_PICTURE) {
        return STU_E_UNSUPPORTED;
    }
    if (stu_table_u16(section, 1) != VERSION) {
        return STU_E_VERSION;
    }
    opened.kind = (stu_frontend_kind)kind;
    opened.rate_hz = stu_table_u32(section + 8, 0);
    switch (opened.kind) {
    case STU_FRONTEND_LOG_MEL:
        sound = stu_frontend_open_logmel(&opened, section, bytes);
        break;
    case STU_FRONTEND_MOTION_RAW:
    case STU_FRONTEND_READINGS:
        sound = stu_frontend_open_rows(&opened, section, bytes);
        break;
    case STU_FRONTEND_MOTION_STATISTICS:
        sound = stu_frontend_open_statistics(&opened, section, bytes);
        break;
    case STU_FRONTEND_PICTURE:
        sound = stu_frontend_open_picture(&opened, section, bytes);
        break;
    }
    if (!sound || opened.rate_hz == 0 || opened.input_shift > 15) {
        return STU_E_IMAGE;
    }
    *fe = opened;
    return STU_OK;
}

uint32_t stu_frontend_window_bytes(const stu_frontend *fe)
{
    return fe->kind == STU_FRONTEND_PICTURE ? fe->frames * fe->values
                                            : fe->clip_samples * fe->channels * (uint32_t)sizeof(int16_t);
}

void stu_frontend_frame(const stu_frontend *fe, const int16_t *samples, int16_t *features,
                        stu_frontend_scratch *scratch)
{
    switch (fe->kind) {
    case STU_FRONTEND_LOG_MEL:
        stu_spectrum_frames(&fe->spectrum, &samples, &features, scratch->re, scratch->im, scratch->band);
        break;
    case STU_FRONTEND_MOTION_STATISTICS:
        stu_frontend_statistics(fe, samples, features, scratch);
        break;
    default:
        for (size_t c = 0; c < fe->channels; c++) {
            features[c] = stu_frontend_scale(fe, samples[c], c);
        }
        break;
    }
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
    const size_t values = (size_t)fe->frames * fe->values;
    if (fe->normalise == FRONTEND_NORMALISE_LEVEL) {
        subtract_mean(raw, features, 0, 1, values);
    } else if (fe->normalise == FRONTEND_NORMALISE_BAND) {
        for (size_t b = 0; b < fe->values; b++) {
            subtract_mean(raw, features, b, fe->values, values);
        }
    } else {
        for (size_t i = 0; i < values; i++) {
            features[i] = raw[i];
        }
    }
}

void stu_frontend_quantise(const stu_frontend *fe, const int16_t *features, int8_t *input)
{
    const size_t values = (size_t)fe->frames * fe->values;
    const int32_t rounding = fe->input_shift > 0 ? 1 << (fe->input_shift - 1) : 0;
    for (size_t i = 0; i < values; i++) {
        const int32_t value = ((features[i] + rounding) >> fe->input_shift) + fe->input_zero_point;
        input[i] = (int8_t)(value < INT8_MIN ? INT8_MIN : value > INT8_MAX ? INT8_MAX : value);
    }
}
