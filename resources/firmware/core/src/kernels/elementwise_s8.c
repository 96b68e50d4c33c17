#include "stu_kernels.h"

enum { LEFT_SHIFT = 20 }; /* of both inputs before scaling, for precision */

void stu_add_s8(const stu_operator *op)
{
    const uint8_t *p = op->parameters;
    const int32_t input_multiplier = stu_load_i32(p), input_shift = stu_load_i32(p + 4);
    const int32_t other_multiplier = stu_load_i32(p + 8), other_shift = stu_load_i32(p + 12);
    const int32_t output_multiplier = stu_load_i32(p + 16), output_shift = stu_load_i32(p + 20);
    const int32_t other_zero_point = stu_load_i32(p + 24);
    const size_t count = (size_t)op->out_h * (size_t)op->out_w * (size_t)op->out_c;
    for (size_t i = 0; i < count; i++) {
        const int32_t a = (op->input[i] - op->input_zero_point) * (INT32_C(1) << LEFT_SHIFT);
        const int32_t b = (op->other[i] - other_zero_point) * (INT32_C(1) << LEFT_SHIFT);
        const int32_t sum =
            stu_requantise(a, input_multiplier, input_shift) + stu_requantise(b, other_multiplier, other_shift);
        op->output[i] = stu_to_int8(stu_requantise(sum, output_multiplier, output_shift), op->output_zero_point,
                                    op->low, op->high);
    }
}

void stu_table_s8(const stu_operator *op)
{
    const size_t count = (size_t)op->out_h * (size_t)op->out_w * (size_t)op->out_c;
    for (size_t i = 0; i < count; i++) {
        op->output[i] = (int8_t)op->parameters[op->input[i] + 128];
    }
}
