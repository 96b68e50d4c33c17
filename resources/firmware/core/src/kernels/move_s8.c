/* Operators that move values without changing them. */
#include "stu_kernels.h"

void stu_transpose_s8(const stu_operator *op)
{
    size_t stride[4];
    for (size_t i = 0; i < 4; i++) {
        stride[i] = (size_t)(uint32_t)stu_load_i32(op->parameters + 4 * i);
    }
    int8_t *output = op->output;
    for (size_t n = 0; n < (size_t)op->filter_h; n++) {
        for (size_t y = 0; y < (size_t)op->out_h; y++) {
            for (size_t x = 0; x < (size_t)op->out_w; x++) {
                const int8_t *from = op->input + op->multiplier + n * stride[0] + y * stride[1] + x * stride[2];
                for (size_t c = 0; c < (size_t)op->out_c; c++) {
                    *output++ = from[c * stride[3]];
                }
            }
        }
    }
}

void stu_pad_s8(const stu_operator *op)
{
    const size_t channels = (size_t)op->in_c, row = (size_t)op->in_w * channels;
    if (op->kind == STU_OP_PAD) {
        memset(op->output, op->input_zero_point, (size_t)op->out_h * (size_t)op->out_w * channels);
    }
    for (size_t y = 0; y < (size_t)op->in_h; y++) {
        int8_t *to = op->output + ((y + (size_t)op->pad_top) * (size_t)op->out_w + (size_t)op->pad_left) * channels;
        memcpy(to, op->input + y * row, row);
    }
}
