/* Opening checks each operator against the arena and the section "DATA", in 64 bits, and that no accumulator can
 * overflow; running then only decodes the record and calls the kernel. */
#include "stu_engine.h"

#include <stdbool.h>

#include "stu_image.h"
#include "stu_kernels.h"
#include "stu_link.h"

enum { GRAPH_BYTES = 20 }; /* what the section "OPER" begins with: operators, and place and length of input and output */

/* Largest |input - zero point| times largest |weight|. */
enum { LARGEST_PRODUCT = 255 * 128 };

static void decode(const uint8_t *record, stu_operator *op)
{
    op->kind = record[0];
    op->input_at = stu_get_u32(record + 4);
    op->other_at = stu_get_u32(record + 8);
    op->output_at = stu_get_u32(record + 12);
    op->in_h = stu_get_u16(record + 16);
    op->in_w = stu_get_u16(record + 18);
    op->in_c = stu_get_u16(record + 20);
    op->out_h = stu_get_u16(record + 22);
    op->out_w = stu_get_u16(record + 24);
    op->out_c = stu_get_u16(record + 26);
    op->filter_h = stu_get_u16(record + 28);
    op->filter_w = stu_get_u16(record + 30);
    op->stride_h = stu_get_u16(record + 32);
    op->stride_w = stu_get_u16(record + 34);
    op->dilation_h = stu_get_u16(record + 36);
    op->dilation_w = stu_get_u16(record + 38);
    op->pad_top = stu_get_u16(record + 40);
    op->pad_left = stu_get_u16(record + 42);
    op->input_zero_point = (int8_t)record[44];
    op->output_zero_point = (int8_t)record[45];
    op->low = (int8_t)record[46];
    op->high = (int8_t)record[47];
    op->weights_at = stu_get_u32(record + 48);
    op->parameters_at = stu_get_u32(record + 52);
    op->multiplier = stu_load_i32(record + 56);
    op->shift = stu_load_i32(record + 60);
}

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

static bool inside(uint64_t at, uint64_t count, uint64_t bytes)
{
    return count <= bytes && at <= bytes - count;
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
    if (!inside(op->parameters_at, channels * 9, engine->data_bytes) || taps > INT32_MAX / LARGEST_PRODUCT) {
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
           inside(op->weights_at, taps * (uint64_t)op->out_c, engine->data_bytes);
}

static bool depthwise_fits(const stu_engine *engine, const stu_operator *op)
{
    return windows_fit(op) && op->out_c % op->in_c == 0 &&
           channels_fit(engine, op, volume(op->filter_h, op->filter_w, 1)) &&
           inside(op->weights_at, volume(op->filter_h, op->filter_w, op->out_c), engine->data_bytes);
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
        !inside(op->parameters_at, 4 * (uint64_t)entries, engine->data_bytes)) {
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

static bool add_fits(const stu_engine *engine, const stu_operator *op)
{
    if (!same_shape(op) || !inside(op->parameters_at, STU_ADD_PARAMETERS_BYTES, engine->data_bytes) ||
        !inside(op->other_at, input_volume(op), engine->arena_bytes) ||
        !apart(op->other_at, input_volume(op), op->output_at, output_volume(op))) {
        return false;
    }
    const uint8_t *p = engine->data + op->parameters_at;
    const int32_t other_zero_point = stu_load_i32(p + 24);
    /* The inputs' scales are at most one of each, so that their sum stays inside 32 bits. */
    return scaled_soundly(stu_load_i32(p), stu_load_i32(p + 4)) && stu_load_i32(p + 4) <= 0 &&
           scaled_soundly(stu_load_i32(p + 8), stu_load_i32(p + 12)) && stu_load_i32(p + 12) <= 0 &&
           scaled_soundly(stu_load_i32(p + 16), stu_load_i32(p + 20)) && other_zero_point >= INT8_MIN &&
           other_zero_point <= INT8_MAX;
}

/* A transpose's output is [filter_h][out_h][out_w][out_c]; the strides say where in the input each value is. */
static bool transpose_fits(const stu_engine *engine, const stu_operator *op)
{
    if (op->filter_h < 1 || !inside(op->parameters_at, 16, engine->data_bytes)) {
        return false;
    }
    const uint8_t *p = engine->data + op->parameters_at;
    const uint32_t sizes[4] = {(uint32_t)op->filter_h, (uint32_t)op->out_h, (uint32_t)op->out_w, (uint32_t)op->out_c};
    uint64_t last = 0;
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
        sound = add_fits(engine, op);
        break;
    case STU_OP_TRANSPOSE:
        sound = transpose_fits(engine, op);
        break;
    case STU_OP_PAD:
        sound = pad_fits(op);
        break;
    case STU_OP_TABLE:
        sound = same_shape(op) && inside(op->parameters_at, STU_TABLE_BYTES, engine->data_bytes);
        break;
    default:
        return STU_E_UNSUPPORTED;
    }
    return sound ? STU_OK : STU_E_IMAGE;
}

/* Bytes of the operator's output. A transpose has a fourth axis. */
static uint64_t output_bytes_of(const stu_operator *op)
{
    return op->kind == STU_OP_TRANSPOSE ? output_volume(op) * (uint64_t)op->filter_h : output_volume(op);
}

static stu_status check_operator(const stu_engine *engine, const stu_operator *op)
{
    const uint64_t in = input_volume(op), out = output_volume(op);
    if (in == 0 || out == 0 || op->low > op->high || op->other_at > engine->arena_bytes ||
        op->weights_at > engine->data_bytes || op->parameters_at > engine->data_bytes ||
        !inside(op->input_at, in, engine->arena_bytes) ||
        !inside(op->output_at, out, engine->arena_bytes) ||
        !inside(op->output_at, output_bytes_of(op), engine->arena_bytes) ||
        !apart(op->input_at, in, op->output_at, output_bytes_of(op))) {
        return STU_E_IMAGE;
    }
    return check_kind(engine, op);
}

stu_status stu_engine_open(stu_engine *engine, const uint8_t *image, size_t bytes, uint8_t *arena,
                           size_t arena_bytes)
{
    const stu_status status = stu_image_check(image, bytes);
    if (status != STU_OK) {
        return status;
    }
    const uint8_t *graph, *data = image;
    size_t graph_bytes, data_bytes = 0;
    if (!stu_image_section(image, STU_IMAGE_OPERATORS, &graph, &graph_bytes) || graph_bytes < GRAPH_BYTES) {
        return STU_E_IMAGE;
    }
    stu_image_section(image, STU_IMAGE_DATA, &data, &data_bytes);
    const stu_engine opened = {
        .operators = graph + GRAPH_BYTES,
        .data = data,
        .arena = (int8_t *)arena,
        .operator_count = stu_get_u32(graph),
        .data_bytes = (uint32_t)data_bytes,
        .arena_bytes = stu_image_arena_bytes(image),
        .input_at = stu_get_u32(graph + 4),
        .input_bytes = stu_get_u32(graph + 8),
        .output_at = stu_get_u32(graph + 12),
        .output_bytes = stu_get_u32(graph + 16),
    };
    if (opened.operator_count != (graph_bytes - GRAPH_BYTES) / STU_OPERATOR_BYTES ||
        !inside(opened.input_at, opened.input_bytes, opened.arena_bytes) ||
        !inside(opened.output_at, opened.output_bytes, opened.arena_bytes)) {
        return STU_E_IMAGE;
    }
    for (uint32_t i = 0; i < opened.operator_count; i++) {
        stu_operator op;
        decode(opened.operators + (size_t)i * STU_OPERATOR_BYTES, &op);
        const stu_status sound = check_operator(&opened, &op);
        if (sound != STU_OK) {
            return sound;
        }
    }
    if (opened.arena_bytes > arena_bytes) {
        return STU_E_ARENA;
    }
    *engine = opened;
    return STU_OK;
}

int8_t *stu_engine_input(const stu_engine *engine)
{
    return engine->arena + engine->input_at;
}

const int8_t *stu_engine_output(const stu_engine *engine)
{
    return engine->arena + engine->output_at;
}

uint32_t stu_engine_input_bytes(const stu_engine *engine)
{
    return engine->input_bytes;
}

uint32_t stu_engine_output_bytes(const stu_engine *engine)
{
    return engine->output_bytes;
}

uint32_t stu_engine_operators(const stu_engine *engine)
{
    return engine->operator_count;
}

static void run_kernel(const stu_operator *op)
{
    switch (op->kind) {
    case STU_OP_CONV:
        stu_conv_s8(op);
        break;
    case STU_OP_DEPTHWISE:
        stu_depthwise_s8(op);
        break;
    case STU_OP_AVERAGE_POOL:
        stu_average_pool_s8(op);
        break;
    case STU_OP_MAX_POOL:
        stu_max_pool_s8(op);
        break;
    case STU_OP_MEAN:
        stu_mean_s8(op);
        break;
    case STU_OP_SOFTMAX:
        stu_softmax_s8(op);
        break;
    case STU_OP_ADD:
        stu_add_s8(op);
        break;
    case STU_OP_TRANSPOSE:
        stu_transpose_s8(op);
        break;
    case STU_OP_PAD:
        stu_pad_s8(op);
        break;
    default: /* nothing else was opened */
        stu_table_s8(op);
        break;
    }
}

const int8_t *stu_engine_run_operator(const stu_engine *engine, uint32_t index, uint32_t *bytes)
{
    stu_operator op;
    decode(engine->operators + (size_t)index * STU_OPERATOR_BYTES, &op);
    op.input = engine->arena + op.input_at;
    op.other = engine->arena + op.other_at;
    op.output = engine->arena + op.output_at;
    op.weights = (const int8_t *)engine->data + op.weights_at;
    op.parameters = engine->data + op.parameters_at;
    run_kernel(&op);
    *bytes = (uint32_t)output_bytes_of(&op);
    return op.output;
}

void stu_engine_run(const stu_engine *engine)
{
    uint32_t bytes;
    for (uint32_t i = 0; i < engine->operator_count; i++) {
        stu_engine_run_operator(engine, i, &bytes);
    }
}
