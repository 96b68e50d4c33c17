/* Pixels: colour to gray, for ports whose camera gives colour, and area resizing. FRONT_END.md, 7, is the specification. */
#ifndef STU_PICTURE_H
#define STU_PICTURE_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint16_t left, top, width, height;
} stu_picture_part;

/* gray may be where rgb is. */
void stu_picture_gray_rgb888(const uint8_t *rgb, size_t pixels, uint8_t *gray);
/* Two bytes a pixel, the upper one first, as camera modules give them. */
void stu_picture_gray_rgb565(const uint8_t *rgb, size_t pixels, uint8_t *gray);

/* The largest part from the middle of a picture that has the shape of out_width x out_height. */
stu_picture_part stu_picture_centre(uint16_t width, uint16_t height, uint16_t out_width, uint16_t out_height);

/* Each pixel of out is the mean of the area of `part` that it covers. width: of a row of pixels. */
void stu_picture_resize(const uint8_t *pixels, uint16_t width, stu_picture_part part, uint8_t *out, uint16_t out_width,
                        uint16_t out_height);

#endif
