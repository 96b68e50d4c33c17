/* Fuzzes the link, its CBOR and the whole node under the sanitisers: fuzz_link SEED COUNT IMAGE...
 * IMAGE: a model image that listens; one of them is in the board's flash after each reset.
 *
 * COUNT frames, sound or damaged, go to a decoder of their own and to a node over a HAL in memory, whose link, sensor
 * and flash do as they like. Held to: after garbage the next frame is found; the node sends sound frames only, numbered
 * without a gap; it goes on answering. Prints one JSON object; what is not so is told on standard error, code 1. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stu_cbor.h"
#include "stu_image.h"
#include "stu_link.h"
#include "stu_node.h"

enum {
    SLOT_BYTES = 32768,
    ARENA_BYTES = 4096,
    QUEUE_BYTES = 4096,
    WIDTH = 40,
    HEIGHT = 30,
    PIPE_BYTES = 8192,
    MOST_IMAGES = 8,
    FRAMES_A_RESET = 2000,
    MOST_CHANGES = 3
};

static uint64_t state;
static uint64_t told_frames, told_discarded, told_answers, told_refusals, told_scores, told_windows, told_uploads, told_marks;

static uint32_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

static uint32_t below(uint32_t limit)
{
    return next_random() % limit;
}

static bool one_in(uint32_t n)
{
    return below(n) == 0;
}

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s\n", what);
        exit(1);
    }
}

/* What the node's HAL stands on. */
static uint8_t *images[MOST_IMAGES], *image, flash[SLOT_BYTES];
static size_t images_bytes[MOST_IMAGES], image_bytes;
static uint8_t incoming[PIPE_BYTES];
static size_t incoming_at, incoming_count;
static stu_link_decoder from_node;
static uint16_t expected_sequence;
static bool greeted;
static uint64_t clock_us;

static uint64_t now_us(void *port)
{
    (void)port;
    clock_us += below(100);
    return clock_us;
}

static void take_answer(const stu_frame *frame)
{
    uint64_t id;
    require(frame->sequence == expected_sequence++, "a sequence number is missing");
    if (frame->type == STU_FRAME_HELLO) {
        greeted = true;
    } else if (frame->type == STU_FRAME_REPLY) {
        require(stu_cbor_map_uint(frame->payload, frame->payload_bytes, "id", &id), "a reply without id");
        uint64_t status;
        const bool good = stu_cbor_map_uint(frame->payload, frame->payload_bytes, "status", &status);
        told_answers += good;
        told_refusals += !good;
    } else if (frame->type == STU_FRAME_SCORES) {
        told_scores++;
    } else if (frame->type == STU_FRAME_WINDOW) {
        told_windows++;
    } else if (frame->type == STU_FRAME_MARK) {
        require(frame->payload_bytes == 9, "a mark of another size");
        told_marks++;
    }
}

static size_t link_send(void *port, const uint8_t *bytes, size_t count)
{
    (void)port;
    const size_t taken = one_in(4) ? below((uint32_t)count + 1) : count;
    for (size_t at = 0; at < taken;) {
        stu_link_event event;
        stu_frame frame;
        at += stu_link_decode(&from_node, bytes + at, taken - at, &event, &frame);
        require(event != STU_LINK_DISCARDED, "the node sent what is no frame");
        if (event == STU_LINK_FRAME) {
            take_answer(&frame);
        }
    }
    return taken;
}

static size_t link_receive(void *port, uint8_t *bytes, size_t max_bytes)
{
    (void)port;
    size_t count = incoming_count - incoming_at;
    count = count < max_bytes ? count : max_bytes;
    count = one_in(4) ? below((uint32_t)count + 1) : count;
    memcpy(bytes, incoming + incoming_at, count);
    incoming_at += count;
    return count;
}

static stu_status sensor_start(void *port, stu_sensor_id sensor, uint32_t rate_hz)
{
    (void)port;
    (void)sensor;
    (void)rate_hz;
    return one_in(16) ? STU_E_SENSOR : STU_OK;
}

static void sensor_stop(void *port, stu_sensor_id sensor)
{
    (void)port;
    (void)sensor;
}

static size_t sensor_read(void *port, stu_sensor_id sensor, int16_t *samples, size_t max_samples, uint32_t *lost)
{
    (void)port;
    *lost = one_in(300) ? (one_in(4) ? next_random() : below(1000)) : 0;
    const size_t count = one_in(2) ? 0 : below((uint32_t)max_samples + 1);
    const size_t values = sensor == STU_SENSOR_IMU ? 6 : sensor == STU_SENSOR_ENVIRONMENT ? 3
                        : sensor == STU_SENSOR_COLOUR ? 4 : 1;
    for (size_t i = 0; i < count * values; i++) {
        samples[i] = (int16_t)next_random();
    }
    return count;
}

static const uint8_t *sensor_look(void *port, stu_sensor_id sensor, uint32_t *lost)
{
    static uint8_t pixels[WIDTH * HEIGHT];
    (void)port;
    (void)sensor;
    *lost = one_in(300) ? (one_in(4) ? next_random() : below(1000)) : 0;
    for (size_t i = 0; i < sizeof pixels; i++) {
        pixels[i] = (uint8_t)next_random();
    }
    return one_in(3) ? NULL : pixels;
}

static stu_status flash_erase(void *port, stu_slot slot)
{
    (void)port;
    (void)slot;
    memset(flash, 0xff, sizeof flash);
    return one_in(20) ? STU_E_FLASH : STU_OK;
}

static stu_status flash_write(void *port, stu_slot slot, uint32_t offset, const uint8_t *bytes, size_t count)
{
    (void)port;
    (void)slot;
    require(offset <= sizeof flash && count <= sizeof flash - offset, "a write outside the slot");
    memcpy(flash + offset, bytes, count);
    return one_in(200) ? STU_E_FLASH : STU_OK;
}

static const uint8_t *flash_map(void *port, stu_slot slot)
{
    (void)port;
    (void)slot;
    return flash;
}

static uint32_t flash_bytes(void *port, stu_slot slot)
{
    (void)port;
    (void)slot;
    return sizeof flash;
}

static void unique_id(void *port, uint8_t id[8])
{
    (void)port;
    memset(id, 7, 8);
}

static bool pressed(void *port, uint64_t *time_us)
{
    (void)port;
    *time_us = one_in(10) ? (uint64_t)next_random() << 32 | next_random() : clock_us;
    return one_in(50);
}

static const uint32_t RATES_HZ[] = {16000, 8000};
static const stu_sensor SENSORS[] = {{STU_SENSOR_MICROPHONE, RATES_HZ, 2, 0, 0},
                                     {STU_SENSOR_IMU, RATES_HZ, 1, 0, 0},
                                     {STU_SENSOR_CAMERA, RATES_HZ, 1, WIDTH, HEIGHT},
                                     {STU_SENSOR_ENVIRONMENT, RATES_HZ, 1, 0, 0},
                                     {STU_SENSOR_COLOUR, RATES_HZ, 1, 0, 0}};
static const stu_hal HAL = {NULL,        now_us,      link_send,   link_receive, sensor_start, sensor_stop, sensor_read,
                            sensor_look, flash_erase, flash_write, flash_map,    flash_bytes,  unique_id,
                            pressed};

/* Every memory is of its own and of exactly the size given, so that the sanitiser sees each byte beyond. */
static void *memory(size_t size)
{
    void *bytes = NULL;
    require(posix_memalign(&bytes, 16, size) == 0, "no memory");
    memset(bytes, 0x5a, size);
    return bytes;
}

static void forget(stu_node *node)
{
    free(node->config.arena);
    free(node->config.window);
    free(node->config.queue);
    free(node);
}

/* Just what the image needs for its windows, or some more. */
static size_t some_window_bytes(void)
{
    const uint8_t *section;
    size_t count;
    stu_frontend fe;
    require(stu_image_section(image, STU_IMAGE_FRONT_END, &section, &count), "an image without a front end");
    require(stu_frontend_open(&fe, section, count) == STU_OK, "a front end that does not open");
    return (size_t)stu_node_window_bytes(&fe) + below(3) * 500;
}

static stu_node *reset(uint32_t which)
{
    image = images[which];
    image_bytes = images_bytes[which];
    memset(flash, 0xff, sizeof flash);
    memcpy(flash, image, image_bytes);
    const size_t window_bytes = some_window_bytes();
    const stu_node_config config = {
        .board = "fuzz", .name = "Fuzz", .firmware = "0", .token = one_in(2) ? "secret" : NULL,
        .sensors = SENSORS, .sensor_count = sizeof SENSORS / sizeof SENSORS[0], .clock_hz = 1,
        .arena = memory(ARENA_BYTES), .arena_bytes = ARENA_BYTES,
        .window = memory(window_bytes), .window_bytes = window_bytes,
        .queue = memory(QUEUE_BYTES), .queue_bytes = QUEUE_BYTES,
        .source_waits = one_in(2),
    };
    stu_node *node = memory(sizeof *node);
    stu_node_init(node, &HAL, &config);
    stu_link_decoder_init(&from_node);
    incoming_at = incoming_count = 0;
    expected_sequence = 0;
    return node;
}

/* Steps until the node has taken what there is and rests, or is busy with its sensor for ever. */
static void run(stu_node *node)
{
    const int least = one_in(40) ? 1000 : 20;
    for (int i = 0; i < least || incoming_at < incoming_count; i++) {
        require(i < 100000, "the node takes nothing more");
        const bool rests = stu_node_step(node) == 0;
        if (rests && incoming_at == incoming_count && one_in(20)) {
            return;
        }
    }
    incoming_at = incoming_count = 0;
}

static void give(stu_node *node, const uint8_t *bytes, size_t count)
{
    if (count > sizeof incoming - incoming_count) {
        run(node);
        incoming_at = incoming_count = 0;
    }
    require(count <= sizeof incoming - incoming_count, "too much at once");
    memcpy(incoming + incoming_count, bytes, count);
    incoming_count += count;
}

static uint64_t some_number(void)
{
    switch (below(4)) {
    case 0:
        return below(4);
    case 1:
        return image_bytes;
    case 2:
        return (uint64_t)next_random() << 32 | next_random();
    default:
        return 16000;
    }
}

static void put_field(stu_cbor_writer *writer, const char *key)
{
    static const char SECRET[] = "secret";
    uint8_t bytes[40];
    stu_cbor_put_text(writer, key);
    if (strcmp(key, "sha256") == 0) {
        /* Right, when `bytes` and the chunks are too. */
        stu_sha256_of(image, image_bytes, bytes);
        stu_cbor_put_bytes(writer, bytes, one_in(8) ? below(33) : 32);
    } else if (strcmp(key, "token") == 0 && !one_in(4)) {
        stu_cbor_put_text(writer, SECRET);
    } else if (strcmp(key, "bytes") == 0 && !one_in(4)) {
        stu_cbor_put_uint(writer, image_bytes);
    } else if ((strcmp(key, "sensor") == 0 || strcmp(key, "later") == 0) && !one_in(8)) {
        stu_cbor_put_uint(writer, below(6));
    } else {
        stu_cbor_put_uint(writer, some_number());
    }
}

static size_t make_command(uint8_t *payload)
{
    static const char *const NAMES[] = {"upload", "commit", "start", "stop", "halt", "run", "hello", "selftest", "echo",
                                        "echo", "later"};
    static const char *const KEYS[] = {"sensor", "rate", "echo", "samples", "windows", "bytes", "sha256", "token", "later"};
    stu_cbor_writer writer;
    stu_cbor_begin(&writer, payload, STU_LINK_MAX_PAYLOAD);
    const uint32_t fields = sizeof KEYS / sizeof KEYS[0];
    const uint32_t from = below(8) == 0 ? below(fields) : 0;
    stu_cbor_put_map(&writer, 2 + fields - from);
    stu_cbor_put_text(&writer, "id");
    stu_cbor_put_uint(&writer, next_random());
    stu_cbor_put_text(&writer, "do");
    /* What ends the listening more rarely than the rest, or little would be heard. */
    const uint32_t names = sizeof NAMES / sizeof NAMES[0], first = one_in(20) ? 0 : one_in(4) ? 2 : 5;
    stu_cbor_put_text(&writer, NAMES[first + below(names - first)]);
    for (uint32_t i = from; i < fields; i++) {
        put_field(&writer, KEYS[i]);
    }
    return writer.used;
}

static size_t make_chunk(uint8_t *payload)
{
    static uint32_t next_offset;
    const uint32_t size = 1 + below(1020);
    next_offset = one_in(10) ? 0 : next_offset;
    const uint32_t offset = one_in(10) ? next_random() : next_offset;
    stu_put_u32(payload, offset);
    for (uint32_t i = 0; i < size; i++) {
        payload[4 + i] = offset < image_bytes && i < image_bytes - offset ? image[offset + i] : (uint8_t)next_random();
    }
    const uint32_t left = offset < image_bytes ? (uint32_t)image_bytes - offset : size;
    const uint32_t given = left < size ? left : size;
    next_offset = offset + given;
    return 4 + given;
}

/* Everything up to and with a whole, undamaged upload. */
static void upload_whole(stu_node *node)
{
    uint8_t payload[STU_LINK_MAX_PAYLOAD], wire[STU_LINK_MAX_ENCODED], sha256[32];
    stu_cbor_writer writer;
    stu_frame frame = {STU_FRAME_COMMAND, 0, 0, payload, 0};
    stu_sha256_of(image, image_bytes, sha256);
    for (int part = 0; part < 2; part++) {
        stu_cbor_begin(&writer, payload, sizeof payload);
        stu_cbor_put_map(&writer, 5);
        stu_cbor_put_text(&writer, "id");
        stu_cbor_put_uint(&writer, 1);
        stu_cbor_put_text(&writer, "do");
        stu_cbor_put_text(&writer, part == 0 ? "upload" : "commit");
        stu_cbor_put_text(&writer, "bytes");
        stu_cbor_put_uint(&writer, image_bytes);
        stu_cbor_put_text(&writer, "sha256");
        stu_cbor_put_bytes(&writer, sha256, sizeof sha256);
        stu_cbor_put_text(&writer, "token");
        stu_cbor_put_text(&writer, "secret");
        frame.type = STU_FRAME_COMMAND;
        frame.payload_bytes = writer.used;
        give(node, wire, stu_link_encode(&frame, wire, sizeof wire));
        run(node);
        for (size_t at = 0; part == 0 && at < image_bytes; at += 1000) {
            const size_t count = image_bytes - at < 1000 ? image_bytes - at : 1000;
            stu_put_u32(payload, (uint32_t)at);
            memcpy(payload + 4, image + at, count);
            frame.type = STU_FRAME_IMAGE_CHUNK;
            frame.payload_bytes = 4 + count;
            give(node, wire, stu_link_encode(&frame, wire, sizeof wire));
            run(node);
        }
    }
    told_uploads += node->model.listens;
}

/* One frame, sound or damaged, into `wire`, which has room for as much again. */
static size_t make_frame(uint8_t *wire, size_t size)
{
    uint8_t payload[STU_LINK_MAX_PAYLOAD];
    stu_frame frame = {STU_FRAME_COMMAND, (uint16_t)next_random(), next_random(), payload, 0};
    const uint32_t kind = below(8);
    if (kind < 5) {
        frame.payload_bytes = make_command(payload);
    } else if (kind < 7) {
        frame.type = STU_FRAME_IMAGE_CHUNK;
        frame.payload_bytes = make_chunk(payload);
    } else {
        frame.type = (uint8_t)next_random();
        frame.payload_bytes = below(STU_LINK_MAX_PAYLOAD + 1);
        for (size_t i = 0; i < frame.payload_bytes; i++) {
            payload[i] = one_in(3) ? 0 : (uint8_t)next_random();
        }
    }
    /* Damage before the checksum is made, so that it reaches what is behind the decoder. */
    for (uint32_t i = one_in(3) ? 1 + below(MOST_CHANGES) : 0; i > 0 && frame.payload_bytes > 0; i--) {
        payload[below((uint32_t)frame.payload_bytes)] = (uint8_t)next_random();
    }
    frame.payload_bytes = one_in(16) ? below((uint32_t)frame.payload_bytes + 1) : frame.payload_bytes;
    uint64_t number;
    const uint8_t *bytes;
    const char *text;
    size_t length;
    /* Of its own memory, so that not a byte beyond is read unnoticed. */
    uint8_t *exact = malloc(frame.payload_bytes + 1);
    require(exact != NULL, "no memory");
    memcpy(exact + 1, payload, frame.payload_bytes);
    stu_cbor_map_uint(exact + 1, frame.payload_bytes, "later", &number);
    stu_cbor_map_bytes(exact + 1, frame.payload_bytes, "sha256", &bytes, &length);
    stu_cbor_map_text(exact + 1, frame.payload_bytes, "token", &text, &length);
    size_t count = stu_link_encode(&frame, wire, size);
    free(exact);
    /* And after it. */
    if (one_in(4)) {
        for (uint32_t i = 1 + below(MOST_CHANGES); i > 0; i--) {
            const uint32_t at = below((uint32_t)count);
            switch (below(3)) {
            case 0:
                wire[at] = (uint8_t)next_random();
                break;
            case 1:
                memmove(wire + at, wire + at + 1, count - at - 1);
                count -= count > 1;
                break;
            default:
                memmove(wire + at + 1, wire + at, count - at);
                count++;
                break;
            }
        }
    }
    return count;
}

/* After whatever came, a delimiter and a sound frame: it must arrive. */
static void decode(stu_link_decoder *decoder, const uint8_t *wire, size_t count)
{
    static const uint8_t MARK[] = {1, 2, 0, 3};
    uint8_t good[64], delimiter = 0;
    const stu_frame sent = {0x55, (uint16_t)next_random(), next_random(), MARK, sizeof MARK};
    const size_t good_count = stu_link_encode(&sent, good, sizeof good);
    const struct {
        const uint8_t *bytes;
        size_t count;
    } parts[] = {{wire, count}, {&delimiter, 1}, {good, good_count}};
    bool found = false;
    for (int p = 0; p < 3; p++) {
        for (size_t at = 0; at < parts[p].count;) {
            stu_link_event event;
            stu_frame frame;
            const size_t piece = 1 + below((uint32_t)(parts[p].count - at));
            at += stu_link_decode(decoder, parts[p].bytes + at, piece, &event, &frame);
            told_frames += event == STU_LINK_FRAME;
            told_discarded += event == STU_LINK_DISCARDED;
            found = event == STU_LINK_FRAME && p == 2 && frame.type == sent.type && frame.sequence == sent.sequence &&
                    frame.time_us == sent.time_us && frame.payload_bytes == sizeof MARK &&
                    memcmp(frame.payload, MARK, sizeof MARK) == 0;
        }
    }
    require(found, "a sound frame after garbage was not found");
}

static void must_greet(stu_node *node)
{
    static const uint8_t HELLO[] = {0xa2, 0x62, 'i', 'd', 1, 0x62, 'd', 'o', 0x65, 'h', 'e', 'l', 'l', 'o'};
    uint8_t wire[64] = {0};
    const stu_frame frame = {STU_FRAME_COMMAND, 0, 0, HELLO, sizeof HELLO};
    give(node, wire, 1 + stu_link_encode(&frame, wire + 1, sizeof wire - 1));
    greeted = false;
    for (int i = 0; i < 100000 && !greeted; i++) {
        stu_node_step(node);
    }
    require(greeted, "the node answers no more");
}

static void load(const char *path, uint32_t which)
{
    FILE *file = fopen(path, "rb");
    images[which] = memory(SLOT_BYTES);
    require(file != NULL, "no image");
    images_bytes[which] = fread(images[which], 1, SLOT_BYTES, file);
    fclose(file);
    stu_node *node = reset(which);
    require(node->model.listens, "the image does not listen");
    forget(node);
}

int main(int argument_count, char **arguments)
{
    require(argument_count >= 4 && argument_count <= 3 + MOST_IMAGES, "fuzz_link SEED COUNT IMAGE...");
    const uint32_t given = (uint32_t)argument_count - 3;
    state = strtoull(arguments[1], NULL, 10) * 0x9e3779b97f4a7c15u | 1u;
    const uint64_t count = strtoull(arguments[2], NULL, 10);
    for (uint32_t i = 0; i < given; i++) {
        load(arguments[3 + i], i);
    }
    static stu_link_decoder decoder;
    stu_link_decoder_init(&decoder);
    stu_node *node = reset(0);
    for (uint64_t n = 0; n < count; n++) {
        uint8_t wire[STU_LINK_MAX_ENCODED + MOST_CHANGES];
        const size_t bytes = make_frame(wire, STU_LINK_MAX_ENCODED);
        decode(&decoder, wire, bytes);
        give(node, wire, bytes);
        if (one_in(3)) {
            run(node);
        }
        if (n % 500 == 499) {
            must_greet(node);
        }
        if (n % 250 == 249) {
            upload_whole(node);
        }
        if (n % FRAMES_A_RESET == FRAMES_A_RESET - 1) {
            forget(node);
            node = reset(below(given));
        }
    }
    must_greet(node);
    forget(node);
    for (uint32_t i = 0; i < given; i++) {
        free(images[i]);
    }
    printf("{\"frames\": %llu, \"found\": %llu, \"discarded\": %llu, \"answers\": %llu, \"refusals\": %llu, "
           "\"scores\": %llu, \"window_parts\": %llu, \"uploads\": %llu, \"marks\": %llu}\n",
           (unsigned long long)count, (unsigned long long)told_frames, (unsigned long long)told_discarded,
           (unsigned long long)told_answers, (unsigned long long)told_refusals, (unsigned long long)told_scores,
           (unsigned long long)told_windows, (unsigned long long)told_uploads, (unsigned long long)told_marks);
    return 0;
}
