/* The operators of the engine. A kernel gets an operator that stu_engine_open has checked, and cannot fail.
 * Tensors are int8, rows of pixels of channels (HWC). */
#ifndef STU_KERNELS_H
#define STU_KERNELS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
    STU_OP_CONV = 1,         /* weights [out_c][filter_h][filter_w][in_c]; fully connected is 1 x 1 */
    STU_OP_DEPTHWISE = 2,    /* weights [filter_h][filter_w][out_c]; out_c = in_c * k */
    STU_OP_AVERAGE_POOL = 3, /* of the pixels inside */
    STU_OP_MAX_POOL = 4,
    STU_OP_MEAN = 5,      /* of all pixels, a channel each */
    STU_OP_SOFTMAX = 6,   /* over channels, a pixel each */
    STU_OP_ADD = 7,       /* of two tensors; strides of 0 repeat one of them */
    STU_OP_TRANSPOSE = 8, /* parameters: stride in the input of each of four axes of the output; from `multiplier` on */
    STU_OP_PAD = 9,       /* with input_zero_point; pad_top and pad_left before, out_h and out_w say how much after */
    STU_OP_TABLE = 10,    /* any function of one value; parameters: its 256 results, from -128 on */
    STU_OP_SUBTRACT = 11, /* as add */
    STU_OP_MULTIPLY = 12,
    STU_OP_PLACE = 13     /* as pad, but what lies around stays as it is */
};

typedef struct {
    uint32_t kind;
    bool other_constant; /* other lies in the section "DATA", at weights_at */
    bool backwards;      /* convolutions and pools: from the last pixel to the first */
    uint32_t input_at, other_at, output_at;  /* in the arena */
    uint32_t weights_at, parameters_at;      /* in the section "DATA" */
    int32_t in_h, in_w, in_c, out_h, out_w, out_c;
    int32_t filter_h, filter_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
    int32_t input_zero_point, output_zero_point;
    int32_t low, high; /* of the output, an activation's bounds */
    int32_t multiplier, shift; /* of the whole operator, where there is one; softmax: entries of its table; transpose:
                                * where it begins */
    const int8_t *input, *other;
    int8_t *output;
    const int8_t *weights;
    const uint8_t *parameters; /* conv, depthwise: bias i32[out_c], multiplier i32[out_c], shift i8[out_c] */
} stu_operator;

enum {
    STU_OPERATOR_BYTES = 64, /* of a record */
    /* Of add, subtract and multiply: the other's zero point; strides of the input, then of the other, along height,
     * width and channels. */
    STU_PAIR_PARAMETERS_BYTES = 28,
    /* Of add and subtract, behind these: multiplier and shift of the input, of the other. */
    STU_SUM_PARAMETERS_BYTES = 44,
    STU_TABLE_BYTES = 256,
    STU_SOFTMAX_MAX_CHANNELS = 511,
    STU_SOFTMAX_MAX_ENTRIES = 256,
    STU_MAX_LEFT_SHIFT = 30,
    STU_MAX_RIGHT_SHIFT = 31
};

void stu_conv_s8(const stu_operator *op);
void stu_depthwise_s8(const stu_operator *op);
void stu_average_pool_s8(const stu_operator *op);
void stu_max_pool_s8(const stu_operator *op);
void stu_mean_s8(const stu_operator *op);
void stu_softmax_s8(const stu_operator *op);
void stu_add_s8(const stu_operator *op); /* and subtract */
void stu_multiply_s8(const stu_operator *op);
void stu_transpose_s8(const stu_operator *op);
void stu_pad_s8(const stu_operator *op); /* and place */
void stu_table_s8(const stu_operator *op);

/* Row or column to compute as the `nth` of `count`. */
static inline int32_t stu_turn(const stu_operator *op, int32_t nth, int32_t count)
{
    return op->backwards ? count - 1 - nth : nth;
}

static inline int8_t *stu_output_pixel(const stu_operator *op, int32_t y, int32_t x)
{
    return op->output + ((size_t)y * (size_t)op->out_w + (size_t)x) * (size_t)op->out_c;
}

/* Little-endian numbers at any address; one load where the machine can. */
static inline int32_t stu_load_i32(const uint8_t *bytes)
{
    return (int32_t)((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                     (uint32_t)bytes[3] << 24);
}

/* value * multiplier * 2^-31, halves up: what gemmlowp calls the saturating rounding doubling high multiplication.
 * It saturates for -2^31 times -2^31 only, and no multiplier is negative. */
static inline int32_t stu_multiply_high(int32_t value, int32_t multiplier)
{
    return (int32_t)(((int64_t)value * multiplier + (INT64_C(1) << 30)) >> 31);
}

/* value / 2^shift, halves away from zero. shift: 0..31. */
static inline int32_t stu_divide_rounding(int32_t value, int32_t shift)
{
    const int32_t mask = (int32_t)((INT64_C(1) << shift) - 1);
    const int32_t half = (mask >> 1) + (value < 0);
    return (value >> shift) + ((value & mask) > half);
}

/* value * multiplier * 2^(shift - 31), rounded twice as TensorFlow Lite Micro rounds. One rounding would be nearer
 * the truth and not bit-exact. multiplier: not negative. shift: -31..30. What does not fit 32 bits when shifted left,
 * which is undefined there, saturates. */
static inline int32_t stu_requantise(int32_t value, int32_t multiplier, int32_t shift)
{
    if (shift <= 0) {
        return stu_divide_rounding(stu_multiply_high(value, multiplier), -shift);
    }
    const int64_t shifted = (int64_t)value * (INT64_C(1) << shift);
    const int64_t held = shifted < INT32_MIN ? INT32_MIN : shifted > INT32_MAX ? INT32_MAX : shifted;
    return stu_multiply_high((int32_t)held, multiplier);
}

/* The int8 of `value` above the zero point, kept inside low..high. */
static inline int8_t stu_to_int8(int32_t value, int32_t zero_point, int32_t low, int32_t high)
{
    return (int8_t)(value < low - zero_point ? low : value > high - zero_point ? high : value + zero_point);
}

#endif
