/* Convolution, and with a filter of one pixel also the fully connected operator. */
#include "stu_kernels.h"

/* Output channels computed at once, so that each input value is loaded and widened once for all of them. */
enum { BLOCK = 4 };

/* Where a window lies, and its taps [first, end) along each axis that lie inside the input. */
typedef struct {
    int32_t y, x, first_y, end_y, first_x, end_x;
} span;

static void taps_inside(int32_t start, int32_t in, int32_t filter, int32_t dilation, int32_t *first, int32_t *end)
{
    *first = start < 0 ? (-start + dilation - 1) / dilation : 0;
    const int32_t reach = (in - start + dilation - 1) / dilation; /* in > start: opening saw to it */
    *end = reach < filter ? reach : filter;
}

/* acc[k] += sum over i of (input[i] - zero_point) * weights[k][i]. Differences fit 16 bits, and a product of two 16-bit
 * numbers is what both a Cortex-M4 and a host's vector unit multiply and add in one instruction. */
static void add_products(const int8_t *input, const int8_t *const weights[BLOCK], size_t offset, int32_t count,
                         int32_t zero_point, int32_t acc[BLOCK])
{
    const int8_t *const w0 = weights[0] + offset, *const w1 = weights[1] + offset;
    const int8_t *const w2 = weights[2] + offset, *const w3 = weights[3] + offset;
    int32_t a0 = acc[0], a1 = acc[1], a2 = acc[2], a3 = acc[3];
    for (int32_t i = 0; i < count; i++) {
        const int16_t value = (int16_t)(input[i] - zero_point);
        a0 += value * (int16_t)w0[i];
        a1 += value * (int16_t)w1[i];
        a2 += value * (int16_t)w2[i];
        a3 += value * (int16_t)w3[i];
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

static void convolve(const stu_operator *op, const span *s, const int8_t *const weights[BLOCK], int32_t acc[BLOCK])
{
    const size_t depth = (size_t)op->in_c, row = (size_t)op->in_w * depth, filter_row = (size_t)op->filter_w * depth;
    for (int32_t fy = s->first_y; fy < s->end_y; fy++) {
        const int8_t *input = op->input + (size_t)(s->y + fy * op->dilation_h) * row;
        const size_t filter = (size_t)fy * filter_row;
        if (op->dilation_w == 1) { /* the pixels lie side by side: one product over all of them */
            if (s->first_x < s->end_x) {
                add_products(input + (size_t)(s->x + s->first_x) * depth, weights,
                             filter + (size_t)s->first_x * depth, (s->end_x - s->first_x) * op->in_c,
                             op->input_zero_point, acc);
            }
            continue;
        }
        for (int32_t fx = s->first_x; fx < s->end_x; fx++) {
            add_products(input + (size_t)(s->x + fx * op->dilation_w) * depth, weights, filter + (size_t)fx * depth,
                         op->in_c, op->input_zero_point, acc);
        }
    }
}

static void convolve_pixel(const stu_operator *op, const span *s, int8_t *output)
{
    const size_t channels = (size_t)op->out_c;
    const size_t taps = (size_t)op->filter_h * (size_t)op->filter_w * (size_t)op->in_c;
    for (size_t first = 0; first < channels; first += BLOCK) {
        const size_t count = channels - first < BLOCK ? channels - first : BLOCK;
        const int8_t *weights[BLOCK];
        int32_t acc[BLOCK];
        for (size_t k = 0; k < BLOCK; k++) { /* beyond the last channel, the last again, for nothing */
            const size_t channel = first + (k < count ? k : count - 1);
            weights[k] = op->weights + channel * taps;
            acc[k] = stu_load_i32(op->parameters + 4 * channel);
        }
        convolve(op, s, weights, acc);
        for (size_t k = 0; k < count; k++) {
            const int32_t multiplier = stu_load_i32(op->parameters + 4 * (channels + first + k));
            const int8_t shift = (int8_t)op->parameters[8 * channels + first + k];
            output[first + k] =
                stu_to_int8(stu_requantise(acc[k], multiplier, shift), op->output_zero_point, op->low, op->high);
        }
    }
}

void stu_conv_s8(const stu_operator *op)
{
    for (int32_t row = 0; row < op->out_h; row++) {
        const int32_t oy = stu_turn(op, row, op->out_h);
        span s;
        s.y = oy * op->stride_h - op->pad_top;
        taps_inside(s.y, op->in_h, op->filter_h, op->dilation_h, &s.first_y, &s.end_y);
        for (int32_t column = 0; column < op->out_w; column++) {
            const int32_t ox = stu_turn(op, column, op->out_w);
            s.x = ox * op->stride_w - op->pad_left;
            taps_inside(s.x, op->in_w, op->filter_w, op->dilation_w, &s.first_x, &s.end_x);
            convolve_pixel(op, &s, stu_output_pixel(op, oy, ox));
        }
    }
}
