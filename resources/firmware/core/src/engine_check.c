/* What opening an image proves of each operator: in 64 bits, against the arena and the section "DATA". */
#include "engine_internal.h"
#include "stu_link.h"

/* Largest |input - zero point| times largest |weight|. */
enum { LARGEST_PRODUCT = 255 * 128 };

static uint64_t volume(int32_t h, int32_t w, int32_t c)
{
    return (uint64_t)h * (uint64_t)w * (uint64_t)c;
}

static uint64_t input_volume(const stu_operator *op)
{
    return volume(op->in_h, op->in_w, op->in_c);
}

static uint64_t output_volume(const stu_operator *op)
{
    return volume(op->out_h, op->out_w, op->out_c);
}

static bool apart(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
    return a + a_bytes <= b || b + b_bytes <= a;
}

static bool scaled_soundly(int32_t multiplier, int32_t shift)
{
    return multiplier >= 0 && shift >= -STU_MAX_RIGHT_SHIFT && shift <= STU_MAX_LEFT_SHIFT;
}

/* Along one axis: every window has a pixel inside the input, and no position leaves 32 bits. */
static bool window_fits(int32_t in, int32_t out, int32_t filter, int32_t stride, int32_t dilation, int32_t pad)
{
    const int64_t extent = ((int64_t)filter - 1) * dilation + 1;
    const int64_t last = ((int64_t)out - 1) * stride - pad;
    return filter > 0 && stride > 0 && dilation > 0 && pad < extent && last < in && extent + last < INT32_MAX;
}

static bool windows_fit(const stu_operator *op)
{
    return window_fits(op->in_h, op->out_h, op->filter_h, op->stride_h, op->dilation_h, op->pad_top) &&
           window_fits(op->in_w, op->out_w, op->filter_w, op->stride_w, op->dilation_w, op->pad_left);
}

/* Bias, multiplier and shift of every channel, and that `taps` products on top of the bias fit 32 bits. */
static bool channels_fit(const stu_engine *engine, const stu_operator *op, uint64_t taps)
{
    const uint64_t channels = (uint64_t)op->out_c;
    if (!stu_lies_inside(op->parameters_at, channels * 9, engine->data_bytes) || taps > INT32_MAX / LARGEST_PRODUCT) {
        return false;
    }
    const uint8_t *parameters = engine->data + op->parameters_at;
    const int64_t most = INT32_MAX - (int64_t)taps * LARGEST_PRODUCT;
    for (size_t c = 0; c < channels; c++) {
        const int32_t bias = stu_load_i32(parameters + 4 * c);
        const int32_t multiplier = stu_load_i32(parameters + 4 * (channels + c));
        if (bias > most || bias < -most || !scaled_soundly(multiplier, (int8_t)parameters[8 * channels + c])) {
            return false;
        }
    }
    return true;
}

static bool conv_fits(const stu_engine *engine, const stu_operator *op)
{
    /* In two steps, since four factors of 16 bits may not fit 64 with the channels. */
    const uint64_t taps = volume(op->filter_h, op->filter_w, op->in_c);
    return windows_fit(op) && channels_fit(engine, op, taps) &&
           stu_lies_inside(op->weights_at, taps * (uint64_t)op->out_c, engine->data_bytes);
}

static bool depthwise_fits(const stu_engine *engine, const stu_operator *op)
{
    return windows_fit(op) && op->out_c % op->in_c == 0 &&
           channels_fit(engine, op, volume(op->filter_h, op->filter_w, 1)) &&
           stu_lies_inside(op->weights_at, volume(op->filter_h, op->filter_w, op->out_c), engine->data_bytes);
}

static bool pool_fits(const stu_operator *op)
{
    /* The sum of a window, which lies inside the input, is at most 128 times its pixels. */
    return windows_fit(op) && op->in_c == op->out_c && op->dilation_h == 1 && op->dilation_w == 1 &&
           volume(op->in_h, op->in_w, 1) <= INT32_MAX / 256;
}

static bool mean_fits(const stu_operator *op)
{
    return op->in_c == op->out_c && op->out_h == 1 && op->out_w == 1 &&
           volume(op->in_h, op->in_w, 1) <= INT32_MAX / 256 && scaled_soundly(op->multiplier, op->shift);
}

static bool same_shape(const stu_operator *op)
{
    return op->in_h == op->out_h && op->in_w == op->out_w && op->in_c == op->out_c;
}

static bool softmax_fits(const stu_engine *engine, const stu_operator *op)
{
    const int32_t entries = op->shift;
    if (!same_shape(op) || op->in_c > STU_SOFTMAX_MAX_CHANNELS || entries < 1 || entries > STU_SOFTMAX_MAX_ENTRIES ||
        !stu_lies_inside(op->parameters_at, 4 * (uint64_t)entries, engine->data_bytes)) {
        return false;
    }
    const uint8_t *table = engine->data + op->parameters_at;
    /* The largest input has the first entry, and the sum is not zero. */
    bool sound = stu_load_i32(table) == INT32_MAX;
    for (int32_t i = 0; i < entries; i++) {
        sound = sound && stu_load_i32(table + 4 * i) >= 0;
    }
    return sound;
}

/* Bytes that an operand of a pair takes: up to what goes with the last value of the output. */
static uint64_t reach(const stu_operator *op, const uint8_t *strides)
{
    return (uint64_t)stu_get_u32(strides) * (uint64_t)(op->out_h - 1) +
           (uint64_t)stu_get_u32(strides + 4) * (uint64_t)(op->out_w - 1) +
           (uint64_t)stu_get_u32(strides + 8) * (uint64_t)(op->out_c - 1) + 1;
}

/* Whether an operand is read in the order in which the output is written. */
static bool side_by_side(const stu_operator *op, const uint8_t *strides)
{
    return stu_get_u32(strides) == (uint32_t)op->out_w * (uint32_t)op->out_c &&
           stu_get_u32(strides + 4) == (uint32_t)op->out_c && stu_get_u32(strides + 8) == 1;
}

static bool pair_fits(const stu_engine *engine, const stu_operator *op)
{
    const uint64_t length = op->kind == STU_OP_MULTIPLY ? STU_PAIR_PARAMETERS_BYTES : STU_SUM_PARAMETERS_BYTES;
    if (!stu_lies_inside(op->parameters_at, length, engine->data_bytes) || !scaled_soundly(op->multiplier, op->shift)) {
        return false;
    }
    const uint8_t *p = engine->data + op->parameters_at;
    const int32_t other_zero_point = stu_load_i32(p);
    const uint64_t left = op->other_constant ? engine->data_bytes - op->weights_at : engine->arena_bytes - op->other_at;
    if (other_zero_point < INT8_MIN || other_zero_point > INT8_MAX ||
        reach(op, p + 4) > input_volume(op) || reach(op, p + 16) > left) {
        return false;
    }
    if (op->kind == STU_OP_MULTIPLY) {
        return true;
    }
    /* The inputs' scales are at most one of each, so that their sum stays inside 32 bits. */
    const uint8_t *scalings = p + STU_PAIR_PARAMETERS_BYTES;
    return scaled_soundly(stu_load_i32(scalings), stu_load_i32(scalings + 4)) && stu_load_i32(scalings + 4) <= 0 &&
           scaled_soundly(stu_load_i32(scalings + 8), stu_load_i32(scalings + 12)) &&
           stu_load_i32(scalings + 12) <= 0;
}

/* A transpose's output is [filter_h][out_h][out_w][out_c]; the strides, from `multiplier` on, say where in the input
 * each value is. */
static bool transpose_fits(const stu_engine *engine, const stu_operator *op)
{
    if (op->filter_h < 1 || op->multiplier < 0 || !stu_lies_inside(op->parameters_at, 16, engine->data_bytes)) {
        return false;
    }
    const uint8_t *p = engine->data + op->parameters_at;
    const uint32_t sizes[4] = {(uint32_t)op->filter_h, (uint32_t)op->out_h, (uint32_t)op->out_w, (uint32_t)op->out_c};
    uint64_t last = (uint64_t)op->multiplier;
    for (size_t i = 0; i < 4; i++) {
        last += (uint64_t)stu_get_u32(p + 4 * i) * (sizes[i] - 1);
    }
    return last < input_volume(op);
}

static bool pad_fits(const stu_operator *op)
{
    return op->in_c == op->out_c && op->pad_top + op->in_h <= op->out_h && op->pad_left + op->in_w <= op->out_w;
}

static stu_status check_kind(const stu_engine *engine, const stu_operator *op)
{
    bool sound;
    switch (op->kind) {
    case STU_OP_CONV:
        sound = conv_fits(engine, op);
        break;
    case STU_OP_DEPTHWISE:
        sound = depthwise_fits(engine, op);
        break;
    case STU_OP_AVERAGE_POOL:
    case STU_OP_MAX_POOL:
        sound = pool_fits(op);
        break;
    case STU_OP_MEAN:
        sound = mean_fits(op);
        break;
    case STU_OP_SOFTMAX:
        sound = softmax_fits(engine, op);
        break;
    case STU_OP_ADD:
    case STU_OP_SUBTRACT:
    case STU_OP_MULTIPLY:
        sound = pair_fits(engine, op);
        break;
    case STU_OP_TRANSPOSE:
        sound = transpose_fits(engine, op);
        break;
    case STU_OP_PAD:
    case STU_OP_PLACE:
        sound = pad_fits(op);
        break;
    case STU_OP_TABLE:
        sound = same_shape(op) && stu_lies_inside(op->parameters_at, STU_TABLE_BYTES, engine->data_bytes);
        break;
    default:
        return STU_E_UNSUPPORTED;
    }
    return sound ? STU_OK : STU_E_IMAGE;
}

/* Bytes of the operator's output. A transpose has a fourth axis. */
uint64_t stu_operator_output_bytes(const stu_operator *op)
{
    return op->kind == STU_OP_TRANSPOSE ? output_volume(op) * (uint64_t)op->filter_h : output_volume(op);
}

/* Along one axis, the most by which what `written` bytes an index are is ahead of what `read` bytes a position are, of
 * which index i reads from position i * stride - pad on. It is concave, so it is largest at an end or where the
 * positions begin to grow. */
static int64_t most_ahead(int64_t written, int64_t read, int64_t count, int64_t stride, int64_t pad)
{
    const int64_t turn = pad > 0 ? pad / stride : 0;
    const int64_t indices[] = {0, turn, turn + 1, count - 1};
    int64_t most = INT64_MIN;
    for (size_t k = 0; k < sizeof indices / sizeof indices[0]; k++) {
        const int64_t i = indices[k] < count ? indices[k] : count - 1;
        const int64_t from = i * stride - pad;
        const int64_t ahead = i * written - (from < 0 ? 0 : from) * read;
        most = ahead > most ? ahead : most;
    }
    return most;
}

/* The padding that the axis has seen from its other end; negative where the last window does not reach it. */
static int64_t pad_behind(int64_t in, int64_t out, int64_t filter, int64_t stride, int64_t dilation, int64_t pad)
{
    return (out - 1) * stride + (filter - 1) * dilation + 1 - in - pad;
}

/* Operators that go pixel by pixel may write over the input once it is read for the last time. Forwards, the output
 * then begins so many bytes before the input that no pixel, written whole, reaches what its own window or a later one
 * has to read; backwards, it ends so many bytes behind it. */
static bool windows_lead(const stu_operator *op)
{
    const int64_t pad_top = op->backwards ? pad_behind(op->in_h, op->out_h, op->filter_h, op->stride_h, op->dilation_h,
                                                       op->pad_top)
                                          : op->pad_top;
    const int64_t pad_left = op->backwards ? pad_behind(op->in_w, op->out_w, op->filter_w, op->stride_w,
                                                        op->dilation_w, op->pad_left)
                                           : op->pad_left;
    const int64_t lead = most_ahead((int64_t)op->out_w * op->out_c, (int64_t)op->in_w * op->in_c, op->out_h,
                                    op->stride_h, pad_top) +
                         most_ahead(op->out_c, op->in_c, op->out_w, op->stride_w, pad_left) + op->out_c;
    const int64_t begin_apart = (int64_t)op->input_at - op->output_at;
    const int64_t end_apart = (int64_t)output_volume(op) - (int64_t)input_volume(op) - begin_apart;
    return lead <= (op->backwards ? end_apart : begin_apart);
}

/* Whether the output may lie over the input as it does. */
static bool leads(const stu_engine *engine, const stu_operator *op)
{
    switch (op->kind) {
    case STU_OP_CONV:
    case STU_OP_DEPTHWISE:
    case STU_OP_AVERAGE_POOL:
    case STU_OP_MAX_POOL:
        return windows_lead(op);
    case STU_OP_TABLE:
        return op->output_at <= op->input_at;
    case STU_OP_ADD:
    case STU_OP_SUBTRACT:
    case STU_OP_MULTIPLY:
        return side_by_side(op, engine->data + op->parameters_at + 4) && op->output_at <= op->input_at;
    default:
        return false;
    }
}

/* The output is apart from what is read, or writes only over what was read. */
static bool overwrites_nothing(const stu_engine *engine, const stu_operator *op)
{
    const uint64_t in = input_volume(op), out = stu_operator_output_bytes(op);
    if (!apart(op->input_at, in, op->output_at, out) && !leads(engine, op)) {
        return false;
    }
    const bool pair = op->kind == STU_OP_ADD || op->kind == STU_OP_SUBTRACT || op->kind == STU_OP_MULTIPLY;
    if (!pair || op->other_constant) {
        return true;
    }
    const uint8_t *strides = engine->data + op->parameters_at + 16;
    return op->other_at >= op->output_at + out || reach(op, strides) + op->other_at <= op->output_at ||
           (side_by_side(op, strides) && op->output_at <= op->other_at);
}

stu_status stu_operator_check(const stu_engine *engine, const stu_operator *op)
{
    const uint64_t in = input_volume(op), out = output_volume(op);
    if (in == 0 || out == 0 || op->low > op->high || op->other_at > engine->arena_bytes ||
        op->weights_at > engine->data_bytes || op->parameters_at > engine->data_bytes ||
        !stu_lies_inside(op->input_at, in, engine->arena_bytes) ||
        !stu_lies_inside(op->output_at, out, engine->arena_bytes) ||
        !stu_lies_inside(op->output_at, stu_operator_output_bytes(op), engine->arena_bytes)) {
        return STU_E_IMAGE;
    }
    const stu_status status = check_kind(engine, op);
    return status == STU_OK && !overwrites_nothing(engine, op) ? STU_E_IMAGE : status;
}
