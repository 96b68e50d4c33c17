#include "stu_picture.h"

/* ITU-R BT.601, in 1/256. */
static uint8_t gray_of(uint32_t red, uint32_t green, uint32_t blue)
{
    return (uint8_t)((77 * red + 150 * green + 29 * blue + 128) >> 8);
}

void stu_picture_gray_rgb888(const uint8_t *rgb, size_t pixels, uint8_t *gray)
{
    for (size_t i = 0; i < pixels; i++) {
        gray[i] = gray_of(rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]);
    }
}

void stu_picture_gray_rgb565(const uint8_t *rgb, size_t pixels, uint8_t *gray)
{
    for (size_t i = 0; i < pixels; i++) {
        const uint32_t value = (uint32_t)rgb[2 * i] << 8 | rgb[2 * i + 1];
        const uint32_t red = value >> 11, green = value >> 5 & 63, blue = value & 31;
        gray[i] = gray_of(red << 3 | red >> 2, green << 2 | green >> 4, blue << 3 | blue >> 2);
    }
}

stu_picture_part stu_picture_centre(uint16_t width, uint16_t height, uint16_t out_width, uint16_t out_height)
{
    stu_picture_part part = {0, 0, width, height};
    if ((uint32_t)width * out_height > (uint32_t)height * out_width) {
        const uint32_t kept = (uint32_t)height * out_width / out_height;
        part.width = (uint16_t)(kept > 0 ? kept : 1);
    } else {
        const uint32_t kept = (uint32_t)width * out_height / out_width;
        part.height = (uint16_t)(kept > 0 ? kept : 1);
    }
    part.left = (uint16_t)((width - part.width) / 2);
    part.top = (uint16_t)((height - part.height) / 2);
    return part;
}

/* How much of [i * step, (i + 1) * step) lies in [start, end), which it touches. */
static uint32_t overlap(uint32_t i, uint32_t step, uint32_t start, uint32_t end)
{
    const uint32_t from = i * step > start ? i * step : start;
    const uint32_t to = (i + 1) * step < end ? (i + 1) * step : end;
    return to - from;
}

/* Along each axis the part is out_... times as long as it has pixels, and an output pixel as long as the part has. */
void stu_picture_resize(const uint8_t *pixels, uint16_t width, stu_picture_part part, uint8_t *out, uint16_t out_width,
                        uint16_t out_height)
{
    const uint64_t area = (uint64_t)part.width * part.height;
    for (uint32_t row = 0; row < out_height; row++) {
        const uint32_t top = row * part.height, bottom = top + part.height;
        for (uint32_t column = 0; column < out_width; column++) {
            const uint32_t left = column * part.width, right = left + part.width;
            uint64_t sum = 0;
            for (uint32_t y = top / out_height; y * out_height < bottom; y++) {
                const uint8_t *const line = pixels + (size_t)(part.top + y) * width + part.left;
                uint32_t along = 0;
                for (uint32_t x = left / out_width; x * out_width < right; x++) {
                    along += line[x] * overlap(x, out_width, left, right);
                }
                sum += (uint64_t)along * overlap(y, out_height, top, bottom);
            }
            *out++ = (uint8_t)((2 * sum + area) / (2 * area));
        }
    }
}
