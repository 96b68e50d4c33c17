/* Pictures: brought to the model's size, and their brightness made even. */
#include "frontend_internal.h"
#include "stu_picture.h"

enum { HEADER_BYTES = 24, LEAST_SIDE = 8, MOST_SIDE = 512, UNITS = 16, MIDDLE_GRAY = 128 };

bool stu_frontend_open_picture(stu_frontend *fe, const uint8_t *section, size_t bytes)
{
    if (bytes < HEADER_BYTES) {
        return false;
    }
    fe->sensor = STU_SENSOR_CAMERA;
    fe->clip_samples = 1;
    fe->channels = 1;
    fe->window_samples = 1;
    fe->stride_samples = 1;
    fe->values = stu_frontend_u16(section + 12);
    fe->frames = stu_frontend_u16(section + 14);
    fe->crops = section[16] == 1;
    fe->normalise = section[17];
    fe->input_shift = section[18];
    fe->input_zero_point = (int8_t)section[19];
    return section[16] <= 1 && fe->normalise <= FRONTEND_NORMALISE_LEVEL && fe->values >= LEAST_SIDE &&
           fe->values <= MOST_SIDE && fe->frames >= LEAST_SIDE && fe->frames <= MOST_SIDE &&
           stu_frontend_has_length(section, bytes, HEADER_BYTES);
}

void stu_frontend_fit(const stu_frontend *fe, const uint8_t *pixels, uint16_t width, uint16_t height, uint8_t *window)
{
    const uint16_t out_width = (uint16_t)fe->values, out_height = (uint16_t)fe->frames;
    const stu_picture_part whole = {0, 0, width, height};
    const stu_picture_part part = fe->crops ? stu_picture_centre(width, height, out_width, out_height) : whole;
    stu_picture_resize(pixels, width, part, window, out_width, out_height);
}

void stu_frontend_picture(const stu_frontend *fe, const uint8_t *window, int16_t *features)
{
    const uint32_t count = fe->frames * fe->values;
    int32_t middle = UNITS * MIDDLE_GRAY;
    if (fe->normalise == FRONTEND_NORMALISE_LEVEL) {
        uint32_t sum = 0; /* of 512 x 512 at most */
        for (uint32_t i = 0; i < count; i++) {
            sum += window[i];
        }
        middle = (int32_t)((2 * UNITS * (uint64_t)sum + count) / (2 * (uint64_t)count));
    }
    for (uint32_t i = 0; i < count; i++) {
        features[i] = (int16_t)(UNITS * window[i] - middle);
    }
}
