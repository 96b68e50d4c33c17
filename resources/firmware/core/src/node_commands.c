#include <string.h>

#include "node_internal.h"
#include "stu_cbor.h"
#include "stu_image.h"

enum { PROTOCOL_MAJOR = 1, PROTOCOL_MINOR = 2, ANSWER_BYTES = 512 };

typedef struct {
    const uint8_t *map;
    size_t count;
    uint64_t id;
} command;

static void send_answer(stu_node *node, stu_queue *queue, uint8_t type, const stu_cbor_writer *answer)
{
    if (!answer->overflow) {
        stu_queue_put(queue, type, stu_node_now_us(node), answer->out, answer->used, NULL, 0);
    }
}

static void reply_in(stu_node *node, stu_queue *queue, uint64_t id, stu_status status)
{
    uint8_t bytes[32];
    stu_cbor_writer answer;
    stu_cbor_begin(&answer, bytes, sizeof bytes);
    stu_cbor_put_map(&answer, 2);
    stu_cbor_put_text(&answer, "id");
    stu_cbor_put_uint(&answer, id);
    stu_cbor_put_text(&answer, "status");
    stu_cbor_put_int(&answer, status);
    send_answer(node, queue, STU_FRAME_REPLY, &answer);
}

static void put_texts(stu_cbor_writer *answer, const char *const *texts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        stu_cbor_put_text(answer, texts[i]);
    }
}

/* One number that holds for all channels, or an array with one for each. */
static void put_numbers(stu_cbor_writer *answer, const uint32_t *numbers, uint32_t count)
{
    bool same = true;
    for (uint32_t i = 1; i < count; i++) {
        same = same && numbers[i] == numbers[0];
    }
    if (!same) {
        stu_cbor_put_array(answer, count);
    }
    for (uint32_t i = 0; i < (same ? 1 : count); i++) {
        stu_cbor_put_uint(answer, numbers[i]);
    }
}

/* A sensor as PROTOCOL.md describes it. */
static void put_sensor(const stu_sensor *sensor, stu_cbor_writer *answer)
{
    const stu_sensor_kind *kind = stu_sensor_kind_of(sensor->id);
    const bool camera = sensor->id == STU_SENSOR_CAMERA;
    stu_cbor_put_map(answer, camera ? 8 : 7);
    stu_cbor_put_text(answer, "id");
    stu_cbor_put_uint(answer, sensor->id);
    stu_cbor_put_text(answer, "kind");
    stu_cbor_put_text(answer, kind->kind);
    stu_cbor_put_text(answer, "channels");
    stu_cbor_put_array(answer, kind->channels);
    put_texts(answer, kind->channel, kind->channels);
    stu_cbor_put_text(answer, "unit");
    if (kind->units > 1) {
        stu_cbor_put_array(answer, kind->units);
    }
    put_texts(answer, kind->unit, kind->units);
    stu_cbor_put_text(answer, "scale_num");
    put_numbers(answer, kind->scale_num, kind->channels);
    stu_cbor_put_text(answer, "scale_den");
    put_numbers(answer, kind->scale_den, kind->channels);
    stu_cbor_put_text(answer, "rates");
    stu_cbor_put_array(answer, sensor->rates);
    for (uint32_t i = 0; i < sensor->rates; i++) {
        stu_cbor_put_uint(answer, sensor->rates_hz[i]);
    }
    if (camera) {
        stu_cbor_put_text(answer, "size");
        stu_cbor_put_array(answer, 2);
        stu_cbor_put_uint(answer, sensor->width);
        stu_cbor_put_uint(answer, sensor->height);
    }
}

static void say_hello(stu_node *node)
{
    const stu_node_config *config = &node->config;
    const stu_hal *hal = node->hal;
    uint8_t bytes[STU_LINK_MAX_PAYLOAD], id[8];
    stu_cbor_writer answer;
    hal->unique_id(hal->port, id);
    stu_cbor_begin(&answer, bytes, sizeof bytes);
    stu_cbor_put_map(&answer, node->model.open ? 13 : 12);
    stu_cbor_put_text(&answer, "magic");
    stu_cbor_put_text(&answer, "TINYML");
    stu_cbor_put_text(&answer, "version");
    stu_cbor_put_array(&answer, 2);
    stu_cbor_put_uint(&answer, PROTOCOL_MAJOR);
    stu_cbor_put_uint(&answer, PROTOCOL_MINOR);
    stu_cbor_put_text(&answer, "board");
    stu_cbor_put_text(&answer, config->board);
    stu_cbor_put_text(&answer, "name");
    stu_cbor_put_text(&answer, config->name);
    stu_cbor_put_text(&answer, "firmware");
    stu_cbor_put_text(&answer, config->firmware);
    stu_cbor_put_text(&answer, "id");
    stu_cbor_put_bytes(&answer, id, sizeof id);
    stu_cbor_put_text(&answer, "sensors");
    stu_cbor_put_array(&answer, config->sensor_count);
    for (uint32_t i = 0; i < config->sensor_count; i++) {
        put_sensor(&config->sensors[i], &answer);
    }
    if (node->model.open) {
        stu_cbor_put_text(&answer, "image");
        stu_cbor_put_bytes(&answer, node->model.sha256, sizeof node->model.sha256);
    }
    stu_cbor_put_text(&answer, "image_status");
    stu_cbor_put_int(&answer, node->model.why);
    stu_cbor_put_text(&answer, "slot_bytes");
    stu_cbor_put_uint(&answer, hal->flash_bytes(hal->port, STU_SLOT_MODEL));
    stu_cbor_put_text(&answer, "arena_bytes");
    stu_cbor_put_uint(&answer, config->arena_bytes);
    stu_cbor_put_text(&answer, "window_bytes");
    stu_cbor_put_uint(&answer, config->window_bytes);
    stu_cbor_put_text(&answer, "clock_hz");
    stu_cbor_put_uint(&answer, config->clock_hz);
    send_answer(node, &node->urgent, STU_FRAME_HELLO, &answer);
}

static bool token_fits(const stu_node *node, const command *asked)
{
    const char *expected = node->config.token;
    const char *given;
    size_t count;
    if (expected == NULL) {
        return true;
    }
    if (!stu_cbor_map_text(asked->map, asked->count, "token", &given, &count) || count != strlen(expected)) {
        return false;
    }
    /* Every byte is looked at, so that the time tells nothing about the first wrong one. */
    unsigned difference = 0;
    for (size_t i = 0; i < count; i++) {
        difference |= (unsigned)(given[i] ^ expected[i]);
    }
    return difference == 0;
}

static stu_status upload(stu_node *node, const command *asked)
{
    uint64_t bytes;
    const uint8_t *sha256;
    size_t count;
    if (!token_fits(node, asked)) {
        return STU_E_DENIED;
    }
    if (!stu_cbor_map_uint(asked->map, asked->count, "bytes", &bytes) ||
        !stu_cbor_map_bytes(asked->map, asked->count, "sha256", &sha256, &count) || count != STU_SHA256_BYTES) {
        return STU_E_ARGUMENT;
    }
    return stu_node_begin_upload(node, bytes, sha256);
}

/* For what may change what the board says of its model. */
static void reply_after_hello(stu_node *node, uint64_t id, stu_status status)
{
    say_hello(node);
    reply_in(node, &node->urgent, id, status);
}

/* Runs the image's golden input and compares; answers with a part of the output. The section: both lengths (u32),
 * input, expected output. */
static void self_test(stu_node *node, const command *asked)
{
    stu_engine *engine = &node->model.engine;
    const uint8_t *golden;
    size_t count;
    if (!node->model.open) {
        reply_in(node, &node->urgent, asked->id, STU_E_STATE);
        return;
    }
    const uint32_t inputs = stu_engine_input_bytes(engine), outputs = stu_engine_output_bytes(engine);
    if (!stu_image_section(node->model.image, STU_IMAGE_GOLDEN, &golden, &count) || count < 8 ||
        stu_get_u32(golden) != inputs || stu_get_u32(golden + 4) != outputs ||
        count - 8 < (uint64_t)inputs + outputs) {
        reply_in(node, &node->urgent, asked->id, STU_E_UNSUPPORTED);
        return;
    }
    uint64_t from = 0;
    (void)stu_cbor_map_uint(asked->map, asked->count, "from", &from);
    if (from > outputs) {
        reply_in(node, &node->urgent, asked->id, STU_E_ARGUMENT);
        return;
    }
    const size_t left = outputs - (size_t)from, part = left < ANSWER_BYTES / 2 ? left : ANSWER_BYTES / 2;
    memcpy(stu_engine_input(engine), golden + 8, inputs);
    stu_engine_run(engine);
    const uint8_t *output = (const uint8_t *)stu_engine_output(engine);
    uint8_t bytes[ANSWER_BYTES];
    stu_cbor_writer answer;
    stu_cbor_begin(&answer, bytes, sizeof bytes);
    stu_cbor_put_map(&answer, 4);
    stu_cbor_put_text(&answer, "id");
    stu_cbor_put_uint(&answer, asked->id);
    stu_cbor_put_text(&answer, "status");
    stu_cbor_put_int(&answer, STU_OK);
    stu_cbor_put_text(&answer, "equal");
    stu_cbor_put_bool(&answer, memcmp(output, golden + 8 + inputs, outputs) == 0);
    stu_cbor_put_text(&answer, "output");
    stu_cbor_put_bytes(&answer, output + from, part);
    send_answer(node, &node->urgent, STU_FRAME_REPLY, &answer);
}

static stu_status start(stu_node *node, const command *asked)
{
    uint64_t sensor, rate;
    if (!stu_cbor_map_uint(asked->map, asked->count, "sensor", &sensor) ||
        !stu_cbor_map_uint(asked->map, asked->count, "rate", &rate) || rate > UINT32_MAX) {
        return STU_E_ARGUMENT;
    }
    return stu_node_start(node, stu_node_sensor(node, sensor), (uint32_t)rate);
}

static stu_status run(stu_node *node, const command *asked)
{
    uint64_t all = 0, samples = 1;
    stu_cbor_map_uint(asked->map, asked->count, "echo", &all);
    stu_cbor_map_uint(asked->map, asked->count, "samples", &samples);
    if (!node->model.listens) {
        return node->model.why == STU_OK ? STU_E_STATE : node->model.why;
    }
    const stu_sensor *sensor = stu_node_sensor(node, node->model.front_end.sensor);
    /* A picture is a window by itself: its rate is the camera's. */
    const bool sees = sensor != NULL && sensor->id == STU_SENSOR_CAMERA;
    const stu_status status = stu_node_start(node, sensor, sees ? sensor->rates_hz[0] : node->model.front_end.rate_hz);
    if (status == STU_OK) {
        stu_node_begin_listening(node);
        node->echo.all = all != 0;
        node->stream.sends = samples != 0;
        node->stream.listens = true;
    }
    return status;
}

static stu_status echo(stu_node *node, const command *asked)
{
    uint64_t windows;
    if (!stu_cbor_map_uint(asked->map, asked->count, "windows", &windows) || windows > UINT32_MAX) {
        return STU_E_ARGUMENT;
    }
    if (!node->stream.listens) {
        return STU_E_STATE;
    }
    node->echo.wanted = (uint32_t)windows;
    return STU_OK;
}

static stu_status stop(stu_node *node)
{
    stu_node_stop(node);
    return STU_OK;
}

static void obey(stu_node *node, const command *asked, const char *name, size_t count)
{
#define IS(text) (count == sizeof(text) - 1 && memcmp(name, text, count) == 0)
    /* Replies to what begins or ends a stream keep their place among its samples: after the reply to "stop" there is
     * none. Other replies overtake samples. */
    if (IS("hello")) {
        reply_after_hello(node, asked->id, STU_OK);
    } else if (IS("start")) {
        reply_in(node, &node->samples, asked->id, start(node, asked));
    } else if (IS("run")) {
        reply_in(node, &node->samples, asked->id, run(node, asked));
    } else if (IS("stop") || IS("halt")) {
        reply_in(node, &node->samples, asked->id, stop(node));
    } else if (IS("echo")) {
        reply_in(node, &node->urgent, asked->id, echo(node, asked));
    } else if (IS("upload")) {
        reply_after_hello(node, asked->id, upload(node, asked));
    } else if (IS("commit")) {
        reply_after_hello(node, asked->id, stu_node_commit(node));
    } else if (IS("selftest")) {
        self_test(node, asked);
    } else {
        reply_in(node, &node->urgent, asked->id, STU_E_UNSUPPORTED);
    }
#undef IS
}

void stu_node_take_frame(stu_node *node, const stu_frame *frame)
{
    if (frame->type == STU_FRAME_COMMAND) {
        const char *name;
        size_t count;
        command asked = {frame->payload, frame->payload_bytes, 0};
        if (stu_cbor_map_uint(asked.map, asked.count, "id", &asked.id) &&
            stu_cbor_map_text(asked.map, asked.count, "do", &name, &count)) {
            obey(node, &asked, name, count);
        } else {
            stu_node_log(node, "A command without id or name was passed over.");
        }
    } else if (frame->type == STU_FRAME_IMAGE_CHUNK && frame->payload_bytes > 4) {
        const uint32_t offset = stu_get_u32(frame->payload);
        reply_in(node, &node->urgent, offset,
                 stu_node_take_chunk(node, offset, frame->payload + 4, frame->payload_bytes - 4));
    }
}
