/* Pooling, and the mean of a whole picture. */
#include "stu_kernels.h"

typedef struct {
    int32_t first_y, end_y, first_x, end_x;
} span;

/* The pixels of one window that lie inside the input: at least one. */
static span inside(const stu_operator *op, int32_t oy, int32_t ox)
{
    const int32_t y = oy * op->stride_h - op->pad_top, x = ox * op->stride_w - op->pad_left;
    const span s = {
        .first_y = y < 0 ? 0 : y,
        .end_y = y + op->filter_h < op->in_h ? y + op->filter_h : op->in_h,
        .first_x = x < 0 ? 0 : x,
        .end_x = x + op->filter_w < op->in_w ? x + op->filter_w : op->in_w,
    };
    return s;
}

static const int8_t *pixel(const stu_operator *op, int32_t y, int32_t x)
{
    return op->input + ((size_t)y * (size_t)op->in_w + (size_t)x) * (size_t)op->in_c;
}

static int32_t sum_of(const stu_operator *op, const span *s, int32_t channel)
{
    int32_t sum = 0;
    for (int32_t y = s->first_y; y < s->end_y; y++) {
        for (int32_t x = s->first_x; x < s->end_x; x++) {
            sum += pixel(op, y, x)[channel];
        }
    }
    return sum;
}

static int8_t average_of(const stu_operator *op, const span *s, int32_t channel)
{
    const int32_t sum = sum_of(op, s, channel), count = (s->end_y - s->first_y) * (s->end_x - s->first_x);
    /* Halves away from zero. */
    return stu_to_int8((sum > 0 ? sum + count / 2 : sum - count / 2) / count, 0, op->low, op->high);
}

static int8_t largest_of(const stu_operator *op, const span *s, int32_t channel)
{
    int32_t most = INT8_MIN;
    for (int32_t y = s->first_y; y < s->end_y; y++) {
        for (int32_t x = s->first_x; x < s->end_x; x++) {
            const int32_t value = pixel(op, y, x)[channel];
            most = value > most ? value : most;
        }
    }
    return stu_to_int8(most, 0, op->low, op->high);
}

static void pool(const stu_operator *op, int8_t (*value_of)(const stu_operator *, const span *, int32_t))
{
    for (int32_t row = 0; row < op->out_h; row++) {
        const int32_t oy = stu_turn(op, row, op->out_h);
        for (int32_t column = 0; column < op->out_w; column++) {
            const int32_t ox = stu_turn(op, column, op->out_w);
            const span s = inside(op, oy, ox);
            int8_t *const output = stu_output_pixel(op, oy, ox);
            for (int32_t c = 0; c < op->out_c; c++) {
                output[c] = value_of(op, &s, c);
            }
        }
    }
}

void stu_average_pool_s8(const stu_operator *op)
{
    pool(op, average_of);
}

void stu_max_pool_s8(const stu_operator *op)
{
    pool(op, largest_of);
}

void stu_mean_s8(const stu_operator *op)
{
    const span whole = {0, op->in_h, 0, op->in_w};
    for (int32_t c = 0; c < op->out_c; c++) {
        const int32_t sum = sum_of(op, &whole, c) - op->input_zero_point * op->in_h * op->in_w;
        op->output[c] = stu_to_int8(stu_requantise(sum, op->multiplier, op->shift), op->output_zero_point, op->low,
                                    op->high);
    }
}
