#include <string.h>

#include "node_internal.h"

uint64_t stu_node_time_of(const stu_node *node, uint64_t index)
{
    /* In two parts, so that it stays exact for years. The sensor's clock and the board's are one on every board so far. */
    const uint32_t rate = node->stream.rate_hz;
    return node->stream.began_us + index / rate * 1000000u + index % rate * 1000000u / rate;
}

/* Of the sample, or picture, whose time is nearest. */
static uint64_t index_at(const stu_node *node, uint64_t time_us)
{
    const uint32_t rate = node->stream.rate_hz;
    const uint64_t since_us = time_us > node->stream.began_us ? time_us - node->stream.began_us : 0;
    return since_us / 1000000u * rate + (since_us % 1000000u * rate + 500000u) / 1000000u;
}

static bool is_pressed(const stu_node *node, uint64_t *time_us)
{
    return node->hal->pressed != NULL && node->hal->pressed(node->hal->port, time_us);
}

/* Hands the samples gathered so far to the link, or counts them as lost. */
static void send_block(stu_node *node)
{
    stu_node_stream *stream = &node->stream;
    const uint32_t count = stream->block_count;
    if (count == 0) {
        return;
    }
    stream->block_count = 0;
    if (!stream->sends) {
        return;
    }
    const uint64_t first = stream->index - count;
    uint8_t header[NODE_SAMPLES_HEADER];
    header[0] = (uint8_t)stream->sensor->id;
    header[1] = (uint8_t)stream->channels;
    stu_put_u16(header + 2, (uint16_t)count);
    stu_put_u32(header + 4, (uint32_t)first);
    stu_put_u32(header + 8, stream->lost);
    const size_t bytes = (size_t)count * stream->channels * sizeof stream->block[0];
    if (stu_queue_room(&node->samples) < sizeof header + bytes + NODE_SAMPLES_RESERVE ||
        !stu_queue_put(&node->samples, STU_FRAME_SAMPLES, stu_node_time_of(node, first), header, sizeof header,
                       (const uint8_t *)stream->block, bytes)) {
        stream->lost += count;
    }
}

/* Hands on what there is room for of the picture that is being sent. true: something went, or all is out. */
static bool send_picture(stu_node *node)
{
    stu_node_stream *stream = &node->stream;
    const stu_sensor *sensor = stream->sensor;
    const uint32_t total = (uint32_t)sensor->width * sensor->height;
    bool any = false;
    while (stream->picture != NULL) {
        const uint32_t left = total - stream->picture_sent;
        const uint32_t count = left < NODE_PICTURE_PART ? left : NODE_PICTURE_PART;
        uint8_t header[NODE_PICTURE_HEADER];
        if (stu_queue_room(&node->samples) < sizeof header + count + NODE_SAMPLES_RESERVE) {
            break;
        }
        header[0] = (uint8_t)sensor->id;
        header[1] = 0; /* gray, a byte a pixel */
        stu_put_u16(header + 2, sensor->width);
        stu_put_u16(header + 4, sensor->height);
        stu_put_u32(header + 6, (uint32_t)(stream->index - 1));
        stu_put_u32(header + 10, stream->lost);
        stu_put_u32(header + 14, stream->picture_sent);
        stu_queue_put(&node->samples, STU_FRAME_PICTURE, stu_node_time_of(node, stream->index - 1), header,
                      sizeof header, stream->picture + stream->picture_sent, count);
        stream->picture_sent += count;
        any = true;
        if (stream->picture_sent == total) {
            stream->picture = NULL;
        }
    }
    return any;
}

const stu_sensor *stu_node_sensor(const stu_node *node, uint64_t id)
{
    for (uint32_t i = 0; i < node->config.sensor_count; i++) {
        if (node->config.sensors[i].id == id) {
            return &node->config.sensors[i];
        }
    }
    return NULL;
}

stu_status stu_node_start(stu_node *node, const stu_sensor *sensor, uint32_t rate_hz)
{
    stu_node_stop(node);
    bool known = false;
    for (uint32_t i = 0; sensor != NULL && i < sensor->rates; i++) {
        known = known || sensor->rates_hz[i] == rate_hz;
    }
    if (!known) {
        return STU_E_ARGUMENT;
    }
    const stu_status status = node->hal->start(node->hal->port, sensor->id, rate_hz);
    if (status != STU_OK) {
        return status;
    }
    stu_node_stream *stream = &node->stream;
    memset(stream, 0, sizeof *stream);
    stream->on = true;
    stream->sends = true;
    stream->sensor = sensor;
    stream->channels = stu_sensor_kind_of(sensor->id)->channels;
    stream->rate_hz = rate_hz;
    stream->began_us = stu_node_now_us(node);
    uint64_t before_us;
    (void)is_pressed(node, &before_us); /* that was no mark in this stream */
    /* A slow sensor's samples do not wait until a frame is full. */
    const uint32_t full = STU_NODE_BLOCK_SAMPLES / stream->channels, timely = rate_hz / STU_NODE_BLOCKS_PER_S;
    stream->block_most = timely == 0 ? 1 : timely < full ? timely : full;
    return STU_OK;
}

void stu_node_stop(stu_node *node)
{
    if (!node->stream.on) {
        return;
    }
    send_block(node);
    node->hal->stop(node->hal->port, node->stream.sensor->id);
    node->stream.picture = NULL;
    node->stream.on = false;
    node->stream.listens = false;
    /* A window half sent keeps what it is sent from until listening begins again, so it may go out to its end. */
    node->echo.all = false;
    node->echo.wanted = 0;
}

/* Where the sensor waits for us, whatever its next samples give rise to must have room. */
static bool has_room(const stu_node *node)
{
    const size_t block = node->stream.sensor->id == STU_SENSOR_CAMERA
                             ? NODE_PICTURE_HEADER + NODE_PICTURE_PART
                             : NODE_SAMPLES_HEADER + sizeof node->stream.block;
    const size_t scores = NODE_SCORES_HEADER + STU_DECISION_MAX_CLASSES;
    return stu_queue_room(&node->samples) >= block + STU_QUEUE_OVERHEAD + 2 * NODE_SAMPLES_RESERVE &&
           stu_queue_room(&node->urgent) >= NODE_ANSWER_ROOM + 2 * scores && !node->echo.busy;
}

/* The port keeps a picture as long as it is not asked for the next, which is when this one is out. */
static bool take_picture(stu_node *node)
{
    stu_node_stream *stream = &node->stream;
    if (stream->picture != NULL) {
        return send_picture(node);
    }
    if (node->config.source_waits && !has_room(node)) {
        return false;
    }
    uint32_t lost = 0;
    const uint8_t *pixels = node->hal->look(node->hal->port, stream->sensor->id, &lost);
    stream->index += lost;
    stream->lost += lost;
    if (pixels == NULL) {
        return lost > 0;
    }
    stream->index++;
    if (stream->listens) {
        stu_node_see(node, pixels);
    }
    if (stream->sends) {
        stream->picture = pixels;
        stream->picture_sent = 0;
        send_picture(node);
    }
    return true;
}

/* A mark never takes the room that answers need: the button is asked again when there is some. */
bool stu_node_take_press(stu_node *node)
{
    stu_node_stream *stream = &node->stream;
    uint64_t time_us;
    if (!stream->on || stu_queue_room(&node->urgent) < NODE_ANSWER_ROOM || !is_pressed(node, &time_us)) {
        return false;
    }
    uint8_t mark[NODE_MARK_BYTES];
    mark[0] = (uint8_t)stream->sensor->id;
    stu_put_u32(mark + 1, (uint32_t)index_at(node, time_us));
    stu_put_u32(mark + 5, ++stream->presses);
    return stu_queue_put(&node->urgent, STU_FRAME_MARK, time_us, mark, sizeof mark, NULL, 0);
}

bool stu_node_take_samples(stu_node *node)
{
    stu_node_stream *stream = &node->stream;
    if (stream->on && stream->sensor->id == STU_SENSOR_CAMERA) {
        return take_picture(node);
    }
    if (!stream->on || (node->config.source_waits && !has_room(node))) {
        return false;
    }
    uint32_t count = stream->block_most - stream->block_count;
    if (stream->listens) {
        const uint32_t to_window = stu_node_samples_to_window(node);
        count = to_window < count ? to_window : count;
    }
    uint32_t lost = 0;
    int16_t *samples = stream->block + (size_t)stream->block_count * stream->channels;
    const uint32_t taken =
        (uint32_t)node->hal->read(node->hal->port, stream->sensor->id, samples, count, &lost);
    if (lost > 0) {
        /* What was gathered before the gap goes out as a block of its own; what came after it begins the next. */
        send_block(node);
        memmove(stream->block, samples, (size_t)taken * stream->channels * sizeof *samples);
        samples = stream->block;
        stream->index += lost;
        stream->lost += lost;
        if (stream->listens) {
            stu_node_restart_windows(node, stream->index);
        }
    }
    if (taken == 0) {
        return lost > 0;
    }
    stream->block_count += taken;
    stream->index += taken;
    if (stream->listens) {
        stu_node_hear(node, samples, taken);
    }
    if (stream->block_count == stream->block_most) {
        send_block(node);
    }
    return true;
}
