#include "stu_kernels.h"

/* Channels are summed a block at a time, so that weights and pixels are read side by side. */
enum { BLOCK = 16 };

/* One tap of `count` channels that each have an input channel of their own. Differences fit 16 bits. */
static void add_tap(int32_t *acc, const int8_t *pixel, const int8_t *weights, int32_t count, int32_t zero_point)
{
    for (int32_t c = 0; c < count; c++) {
        acc[c] += (int16_t)(pixel[c] - zero_point) * (int16_t)weights[c];
    }
}

/* Likewise where each input channel has `per_input` output channels; first: of the block. */
static void add_tap_shared(int32_t *acc, const int8_t *pixel, const int8_t *weights, int32_t first, int32_t count,
                           int32_t per_input, int32_t zero_point)
{
    int32_t c = 0;
    while (c < count) {
        const int32_t from = (first + c) / per_input;
        const int32_t next = (from + 1) * per_input - first; /* in the block, where the next input channel begins */
        const int32_t end = next < count ? next : count;
        const int16_t value = (int16_t)(pixel[from] - zero_point);
        for (; c < end; c++) {
            acc[c] += value * (int16_t)weights[c];
        }
    }
}

/* Channels [first, first + count) of one output pixel; y, x: its window's first pixel. */
static void pixel_block(const stu_operator *op, int32_t y, int32_t x, int32_t first, int32_t count, int8_t *output)
{
    const size_t channels = (size_t)op->out_c;
    const int32_t per_input = op->out_c / op->in_c;
    int32_t acc[BLOCK];
    for (int32_t c = 0; c < count; c++) {
        acc[c] = stu_load_i32(op->parameters + 4 * (size_t)(first + c));
    }
    for (int32_t fy = 0; fy < op->filter_h; fy++) {
        const int32_t in_y = y + fy * op->dilation_h;
        if (in_y < 0 || in_y >= op->in_h) {
            continue;
        }
        for (int32_t fx = 0; fx < op->filter_w; fx++) {
            const int32_t in_x = x + fx * op->dilation_w;
            if (in_x < 0 || in_x >= op->in_w) {
                continue;
            }
            const int8_t *pixel = op->input + ((size_t)in_y * (size_t)op->in_w + (size_t)in_x) * (size_t)op->in_c;
            const int8_t *weights =
                op->weights + ((size_t)fy * (size_t)op->filter_w + (size_t)fx) * channels + (size_t)first;
            if (per_input == 1) {
                add_tap(acc, pixel + first, weights, count, op->input_zero_point);
            } else {
                add_tap_shared(acc, pixel, weights, first, count, per_input, op->input_zero_point);
            }
        }
    }
    for (int32_t c = 0; c < count; c++) {
        const size_t channel = (size_t)(first + c);
        const int32_t multiplier = stu_load_i32(op->parameters + 4 * (channels + channel));
        const int8_t shift = (int8_t)op->parameters[8 * channels + channel];
        output[c] = stu_to_int8(stu_requantise(acc[c], multiplier, shift), op->output_zero_point, op->low, op->high);
    }
}

void stu_depthwise_s8(const stu_operator *op)
{
    for (int32_t row = 0; row < op->out_h; row++) {
        const int32_t oy = stu_turn(op, row, op->out_h);
        for (int32_t column = 0; column < op->out_w; column++) {
            const int32_t ox = stu_turn(op, column, op->out_w);
            int8_t *const output = stu_output_pixel(op, oy, ox);
            for (int32_t first = 0; first < op->out_c; first += BLOCK) {
                const int32_t left = op->out_c - first;
                pixel_block(op, oy * op->stride_h - op->pad_top, ox * op->stride_w - op->pad_left, first,
                            left < BLOCK ? left : BLOCK, output + first);
            }
        }
    }
}
