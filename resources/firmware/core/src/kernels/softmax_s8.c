/* Softmax in fixed point, as TensorFlow Lite Micro computes it: exp from a table of all differences that count, the
 * reciprocal of the sum by Newton and Raphson. Raw values are Q0.31 unless said otherwise. */
#include "stu_kernels.h"

enum { SUM_INTEGER_BITS = 12 }; /* of the sum of exps, Q12.19 */

static int32_t clamped(int64_t value)
{
    return (int32_t)(value < INT32_MIN ? INT32_MIN : value > INT32_MAX ? INT32_MAX : value);
}

/* 1 / (1 + a) for 0 <= a < 1. */
static int32_t one_over_one_plus(int32_t a)
{
    const int32_t half_denominator = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
    /* 48/17 - 32/17 d, the best straight line for 1/d; then three steps, each doubling the digits. Q2.29. */
    int32_t x = 1515870810 + stu_multiply_high(-1010580540, half_denominator);
    for (int i = 0; i < 3; i++) {
        const int32_t rest = (INT32_C(1) << 29) - stu_multiply_high(x, half_denominator);
        x = clamped((int64_t)x + clamped((int64_t)stu_multiply_high(x, rest) * 4)); /* Q4.27 to Q2.29 */
    }
    return clamped((int64_t)x * 2); /* halved as a number, from Q2.29 to Q0.31 */
}

static int32_t leading_zeros(uint32_t value)
{
    int32_t count = 0;
    while (count < 32 && (value & UINT32_C(0x80000000)) == 0) {
        value <<= 1;
        count++;
    }
    return count;
}

static int32_t exp_of(const stu_operator *op, int32_t below_largest)
{
    return below_largest < op->shift ? stu_load_i32(op->parameters + 4 * below_largest) : 0;
}

static void softmax_row(const stu_operator *op, const int8_t *input, int8_t *output)
{
    int32_t largest = INT8_MIN;
    for (int32_t c = 0; c < op->in_c; c++) {
        largest = input[c] > largest ? input[c] : largest;
    }
    int32_t sum = 0; /* below 2^28, so that shift is at most 31 */
    for (int32_t c = 0; c < op->in_c; c++) {
        sum += stu_divide_rounding(exp_of(op, largest - input[c]), SUM_INTEGER_BITS);
    }
    const int32_t zeros = leading_zeros((uint32_t)sum);
    const int32_t scale = one_over_one_plus((int32_t)(((uint32_t)sum << zeros) - UINT32_C(0x80000000)));
    const int32_t shift = SUM_INTEGER_BITS - zeros + 31 - 8;
    for (int32_t c = 0; c < op->in_c; c++) {
        const int32_t below_largest = largest - input[c];
        if (below_largest >= op->shift) {
            output[c] = INT8_MIN;
            continue;
        }
        const int32_t score = stu_divide_rounding(stu_multiply_high(exp_of(op, below_largest), scale), shift);
        output[c] = stu_to_int8(score, INT8_MIN, INT8_MIN, INT8_MAX);
    }
}

void stu_softmax_s8(const stu_operator *op)
{
    const size_t channels = (size_t)op->in_c;
    const size_t rows = (size_t)op->in_h * (size_t)op->in_w;
    for (size_t r = 0; r < rows; r++) {
        softmax_row(op, op->input + r * channels, op->output + r * channels);
    }
}
