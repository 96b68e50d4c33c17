#include <string.h>

#include "node_internal.h"

uint64_t stu_node_time_of(const stu_node *node, uint64_t index)
{
    /* In two parts, so that it stays exact for years. The sensor's clock and the board's are one on every board so far. */
    const uint32_t rate = node->stream.rate_hz;
    return node->stream.began_us + index / rate * 1000000u + index % rate * 1000000u / rate;
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
    header[0] = STU_SENSOR_MICROPHONE;
    header[1] = 1;
    stu_put_u16(header + 2, (uint16_t)count);
    stu_put_u32(header + 4, (uint32_t)first);
    stu_put_u32(header + 8, stream->lost);
    const size_t bytes = count * sizeof stream->block[0];
    if (stu_queue_room(&node->samples) < sizeof header + bytes + NODE_SAMPLES_RESERVE ||
        !stu_queue_put(&node->samples, STU_FRAME_SAMPLES, stu_node_time_of(node, first), header, sizeof header,
                       (const uint8_t *)stream->block, bytes)) {
        stream->lost += count;
    }
}

stu_status stu_node_start(stu_node *node, uint32_t rate_hz)
{
    stu_node_stop(node);
    bool known = false;
    for (uint32_t i = 0; i < node->config.rates; i++) {
        known = known || node->config.rates_hz[i] == rate_hz;
    }
    if (!known) {
        return STU_E_ARGUMENT;
    }
    const stu_status status = node->hal->start(node->hal->port, STU_SENSOR_MICROPHONE, rate_hz);
    if (status != STU_OK) {
        return status;
    }
    memset(&node->stream, 0, sizeof node->stream);
    node->stream.on = true;
    node->stream.sends = true;
    node->stream.rate_hz = rate_hz;
    node->stream.began_us = stu_node_now_us(node);
    return STU_OK;
}

void stu_node_stop(stu_node *node)
{
    if (!node->stream.on) {
        return;
    }
    send_block(node);
    node->hal->stop(node->hal->port, STU_SENSOR_MICROPHONE);
    node->stream.on = false;
    node->stream.listens = false;
    /* A window half sent keeps what it is sent from until listening begins again, so it may go out to its end. */
    node->echo.all = false;
    node->echo.wanted = 0;
}

/* Where the sensor waits for us, whatever its next samples give rise to must have room. */
static bool has_room(const stu_node *node)
{
    const size_t block = NODE_SAMPLES_HEADER + sizeof node->stream.block;
    const size_t scores = NODE_SCORES_HEADER + STU_DECISION_MAX_CLASSES;
    return stu_queue_room(&node->samples) >= block + STU_QUEUE_OVERHEAD + 2 * NODE_SAMPLES_RESERVE &&
           stu_queue_room(&node->urgent) >= NODE_ANSWER_ROOM + 2 * scores && !node->echo.busy;
}

bool stu_node_take_samples(stu_node *node)
{
    stu_node_stream *stream = &node->stream;
    if (!stream->on || (node->config.source_waits && !has_room(node))) {
        return false;
    }
    uint32_t count = STU_NODE_BLOCK_SAMPLES - stream->block_count;
    if (stream->listens) {
        const uint32_t to_window = stu_node_samples_to_window(node);
        count = to_window < count ? to_window : count;
    }
    uint32_t lost = 0;
    int16_t *samples = stream->block + stream->block_count;
    const uint32_t taken =
        (uint32_t)node->hal->read(node->hal->port, STU_SENSOR_MICROPHONE, samples, count, &lost);
    if (lost > 0) {
        /* What was gathered before the gap goes out as a block of its own; what came after it begins the next. */
        send_block(node);
        memmove(stream->block, samples, taken * sizeof *samples);
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
    if (stream->block_count == STU_NODE_BLOCK_SAMPLES) {
        send_block(node);
    }
    return true;
}
