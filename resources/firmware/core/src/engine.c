/* Opening checks each operator, and that no accumulator can overflow (engine_check.c); running then only decodes the
 * record and calls the kernel. */
#include "engine_internal.h"
#include "stu_image.h"
#include "stu_link.h"

/* What the section "OPER" begins with: operators, and place and length of input and output. */
enum { GRAPH_BYTES = 20 };

static void decode(const uint8_t *record, stu_operator *op)
{
    op->kind = record[0];
    op->other_constant = record[1] != 0;
    op->backwards = record[2] != 0;
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
        !stu_lies_inside(opened.input_at, opened.input_bytes, opened.arena_bytes) ||
        !stu_lies_inside(opened.output_at, opened.output_bytes, opened.arena_bytes)) {
        return STU_E_IMAGE;
    }
    for (uint32_t i = 0; i < opened.operator_count; i++) {
        stu_operator op;
        decode(opened.operators + (size_t)i * STU_OPERATOR_BYTES, &op);
        const stu_status sound = stu_operator_check(&opened, &op);
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
    case STU_OP_SUBTRACT:
        stu_add_s8(op);
        break;
    case STU_OP_MULTIPLY:
        stu_multiply_s8(op);
        break;
    case STU_OP_TRANSPOSE:
        stu_transpose_s8(op);
        break;
    case STU_OP_PAD:
    case STU_OP_PLACE:
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
    op.other = op.other_constant ? (const int8_t *)engine->data + op.weights_at : engine->arena + op.other_at;
    op.output = engine->arena + op.output_at;
    op.weights = (const int8_t *)engine->data + op.weights_at;
    op.parameters = engine->data + op.parameters_at;
    run_kernel(&op);
    *bytes = (uint32_t)stu_operator_output_bytes(&op);
    return op.output;
}

void stu_engine_run(const stu_engine *engine)
{
    uint32_t bytes;
    for (uint32_t i = 0; i < engine->operator_count; i++) {
        stu_engine_run_operator(engine, i, &bytes);
    }
}
