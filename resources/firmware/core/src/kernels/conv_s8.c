/* Convolution, and with a filter of one pixel also the fully connected operator. */
#include "stu_kernels.h"

static int32_t dot(const int8_t *input, const int8_t *weights, int32_t count, int32_t zero_point, int32_t acc)
{
    for (int32_t i = 0; i < count; i++) {
        acc += (input[i] - zero_point) * weights[i];
    }
    return acc;
}

/* Taps [*first, *end) of one axis that lie inside the input, for a window that begins at `start`. */
static void taps_inside(int32_t start, int32_t in, int32_t filter, int32_t dilation, int32_t *first, int32_t *end)
{
    *first = start < 0 ? (-start + dilation - 1) / dilation : 0;
    const int32_t room = in - start; /* positive: opening saw to it */
    const int32_t reach = (room + dilation - 1) / dilation;
    *end = reach < filter ? reach : filter;
}

/* One output value before scaling. y, x: the window's first pixel, which may lie outside. */
static int32_t convolve(const stu_operator *op, const int8_t *weights, int32_t y, int32_t x, int32_t acc)
{
    int32_t first_y, end_y, first_x, end_x;
    taps_inside(y, op->in_h, op->filter_h, op->dilation_h, &first_y, &end_y);
    taps_inside(x, op->in_w, op->filter_w, op->dilation_w, &first_x, &end_x);
    for (int32_t fy = first_y; fy < end_y; fy++) {
        const int8_t *row = op->input + (size_t)(y + fy * op->dilation_h) * (size_t)op->in_w * (size_t)op->in_c;
        const int8_t *filter = weights + (size_t)fy * (size_t)op->filter_w * (size_t)op->in_c;
        if (op->dilation_w == 1) { /* the pixels lie side by side: one product over all of them */
            if (first_x < end_x) {
                acc = dot(row + (size_t)(x + first_x) * (size_t)op->in_c, filter + (size_t)first_x * (size_t)op->in_c,
                          (end_x - first_x) * op->in_c, op->input_zero_point, acc);
            }
            continue;
        }
        for (int32_t fx = first_x; fx < end_x; fx++) {
            acc = dot(row + (size_t)(x + fx * op->dilation_w) * (size_t)op->in_c,
                      filter + (size_t)fx * (size_t)op->in_c, op->in_c, op->input_zero_point, acc);
        }
    }
    return acc;
}

void stu_conv_s8(const stu_operator *op)
{
    const size_t channels = (size_t)op->out_c;
    const size_t taps = (size_t)op->filter_h * (size_t)op->filter_w * (size_t)op->in_c;
    int8_t *output = op->output;
    for (int32_t oy = 0; oy < op->out_h; oy++) {
        for (int32_t ox = 0; ox < op->out_w; ox++) {
            const int32_t y = oy * op->stride_h - op->pad_top, x = ox * op->stride_w - op->pad_left;
            for (size_t c = 0; c < channels; c++) {
                const int32_t acc = convolve(op, op->weights + c * taps, y, x, stu_load_i32(op->parameters + 4 * c));
                const int32_t multiplier = stu_load_i32(op->parameters + 4 * (channels + c));
                const int8_t shift = (int8_t)op->parameters[8 * channels + c];
                *output++ = stu_to_int8(stu_requantise(acc, multiplier, shift), op->output_zero_point, op->low,
                                        op->high);
            }
        }
    }
}
