/* Rows of channels, each brought to the model's range: movement as it is, and slow sensors. */
#include "frontend_internal.h"

enum { MOST_MULTIPLIER = 32767, MOST_SHIFT = 16, MOST_ROWS = 65535 };

bool stu_frontend_read_rows(stu_frontend *fe, const uint8_t *section)
{
    const uint8_t sensor = section[17];
    fe->clip_samples = stu_table_u32(section + 12, 0);
    fe->channels = section[16];
    fe->normalise = section[18];
    fe->input_shift = section[19];
    fe->input_zero_point = (int8_t)section[20];
    fe->sensor = (stu_sensor_id)sensor;
    const bool suits = fe->kind == STU_FRONTEND_READINGS
                           ? sensor == STU_SENSOR_ENVIRONMENT || sensor == STU_SENSOR_COLOUR
                           : sensor == STU_SENSOR_IMU;
    return suits && fe->clip_samples > 0 && fe->clip_samples <= MOST_ROWS && fe->channels > 0 &&
           fe->channels <= STU_FRONTEND_MAX_CHANNELS;
}

size_t stu_frontend_rows_bytes(const stu_frontend *fe)
{
    return 7 * (size_t)fe->channels;
}

bool stu_frontend_open_tables(stu_frontend *fe, const uint8_t *tables)
{
    fe->offsets = tables;
    fe->multipliers = fe->offsets + 2 * fe->channels;
    fe->shifts = fe->multipliers + 4 * fe->channels; /* between them lie the spans, for people */
    for (size_t c = 0; c < fe->channels; c++) {
        if (stu_table_u16(fe->multipliers, c) > MOST_MULTIPLIER || fe->shifts[c] > MOST_SHIFT) {
            return false;
        }
    }
    return true;
}

bool stu_frontend_open_rows(stu_frontend *fe, const uint8_t *section, size_t bytes)
{
    if (bytes < FRONTEND_ROWS_HEADER || !stu_frontend_read_rows(fe, section)) {
        return false;
    }
    fe->window_samples = 1;
    fe->stride_samples = 1;
    fe->frames = fe->clip_samples;
    fe->values = fe->channels;
    return (fe->normalise == FRONTEND_NORMALISE_NONE || fe->normalise == FRONTEND_NORMALISE_BAND) &&
           stu_frontend_has_length(section, bytes, FRONTEND_ROWS_HEADER + stu_frontend_rows_bytes(fe)) &&
           stu_frontend_open_tables(fe, section + FRONTEND_ROWS_HEADER);
}

int16_t stu_frontend_scale(const stu_frontend *fe, int16_t sample, size_t channel)
{
    const int shift = fe->shifts[channel];
    const int32_t rounding = shift > 0 ? 1 << (shift - 1) : 0;
    const int32_t above = sample - stu_table_i16(fe->offsets, channel);
    /* At most 65,535 * 32,767 + 2^15, which is below 2^31. */
    return stu_clip16((above * stu_table_u16(fe->multipliers, channel) + rounding) >> shift);
}
