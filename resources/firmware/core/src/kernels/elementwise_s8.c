/* Operators on value by value: of two tensors, and any function of one. */
#include "stu_kernels.h"

enum { LEFT_SHIFT = 20 }; /* of both inputs of a sum before scaling, for precision */

/* One row of channels; a and b a step apart, which is 0 where one value is for all. */
typedef void row_of(const stu_operator *op, const int8_t *a, size_t a_step, const int8_t *b, size_t b_step,
                    int8_t *output);

static size_t stride_at(const stu_operator *op, size_t position)
{
    return (size_t)(uint32_t)stu_load_i32(op->parameters + 4 * position);
}

static int32_t other_zero_point(const stu_operator *op)
{
    return stu_load_i32(op->parameters);
}

static void by_rows(const stu_operator *op, row_of *row)
{
    int8_t *output = op->output;
    for (size_t y = 0; y < (size_t)op->out_h; y++) {
        for (size_t x = 0; x < (size_t)op->out_w; x++) {
            row(op, op->input + y * stride_at(op, 1) + x * stride_at(op, 2), stride_at(op, 3),
                op->other + y * stride_at(op, 4) + x * stride_at(op, 5), stride_at(op, 6), output);
            output += op->out_c;
        }
    }
}

static void add_row(const stu_operator *op, const int8_t *a, size_t a_step, const int8_t *b, size_t b_step,
                    int8_t *output)
{
    const uint8_t *scalings = op->parameters + STU_PAIR_PARAMETERS_BYTES;
    const int32_t a_multiplier = stu_load_i32(scalings), a_shift = stu_load_i32(scalings + 4);
    const int32_t b_multiplier = stu_load_i32(scalings + 8), b_shift = stu_load_i32(scalings + 12);
    const int32_t a_zero_point = op->input_zero_point, b_zero_point = other_zero_point(op);
    const int32_t sign = op->kind == STU_OP_SUBTRACT ? -1 : 1;
    for (size_t c = 0; c < (size_t)op->out_c; c++) {
        const int32_t left = (a[c * a_step] - a_zero_point) * (INT32_C(1) << LEFT_SHIFT);
        const int32_t right = (b[c * b_step] - b_zero_point) * (INT32_C(1) << LEFT_SHIFT);
        const int32_t sum = stu_requantise(left, a_multiplier, a_shift) +
                            sign * stu_requantise(right, b_multiplier, b_shift);
        output[c] = stu_to_int8(stu_requantise(sum, op->multiplier, op->shift), op->output_zero_point, op->low,
                                op->high);
    }
}

static void multiply_row(const stu_operator *op, const int8_t *a, size_t a_step, const int8_t *b, size_t b_step,
                         int8_t *output)
{
    const int32_t a_zero_point = op->input_zero_point, b_zero_point = other_zero_point(op);
    for (size_t c = 0; c < (size_t)op->out_c; c++) {
        const int32_t product = (a[c * a_step] - a_zero_point) * (b[c * b_step] - b_zero_point);
        output[c] = stu_to_int8(stu_requantise(product, op->multiplier, op->shift), op->output_zero_point, op->low,
                                op->high);
    }
}

void stu_add_s8(const stu_operator *op)
{
    by_rows(op, add_row);
}

void stu_multiply_s8(const stu_operator *op)
{
    by_rows(op, multiply_row);
}

void stu_table_s8(const stu_operator *op)
{
    const size_t count = (size_t)op->out_h * (size_t)op->out_w * (size_t)op->out_c;
    for (size_t i = 0; i < count; i++) {
        op->output[i] = (int8_t)op->parameters[op->input[i] + 128];
    }
}
