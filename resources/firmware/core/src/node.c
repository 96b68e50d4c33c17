#include "stu_node.h"

#include <string.h>

#include "node_internal.h"

void stu_node_init(stu_node *node, const stu_hal *hal, const stu_node_config *config)
{
    memset(node, 0, sizeof *node);
    node->hal = hal;
    node->config = *config;
    stu_link_decoder_init(&node->decoder);
    stu_queue_init(&node->urgent, node->urgent_bytes, sizeof node->urgent_bytes);
    stu_queue_init(&node->samples, config->queue, config->queue_bytes);
    stu_node_open_model(node);
}

uint32_t stu_node_context_bytes(void)
{
    return (uint32_t)sizeof(stu_node);
}

uint64_t stu_node_now_us(const stu_node *node)
{
    return node->hal->now_us(node->hal->port);
}

void stu_node_log(stu_node *node, const char *text)
{
    /* A remark never takes the room that answers need. */
    if (stu_queue_room(&node->urgent) >= NODE_ANSWER_ROOM) {
        stu_queue_put(&node->urgent, STU_FRAME_LOG, stu_node_now_us(node), (const uint8_t *)text, strlen(text), NULL, 0);
    }
}

/* Puts the next frame on the wire: what is urgent before samples, and both before a window that was asked for. The
 * sequence number is given here, so that it counts up on the wire whatever overtook what. */
static bool next_frame(stu_node *node)
{
    stu_frame frame = {0};
    if (!stu_queue_take(&node->urgent, &frame, node->payload) &&
        !stu_queue_take(&node->samples, &frame, node->payload) && !stu_node_echo_part(node, &frame)) {
        return false;
    }
    frame.sequence = node->sequence++;
    node->wire_at = 0;
    node->wire_count = stu_link_encode(&frame, node->wire, sizeof node->wire);
    return true;
}

/* true: bytes left the board. */
static bool send_waiting(stu_node *node)
{
    bool any = false;
    for (;;) {
        if (node->wire_at == node->wire_count && !next_frame(node)) {
            return any;
        }
        const size_t left = node->wire_count - node->wire_at;
        const size_t sent = node->hal->send(node->hal->port, node->wire + node->wire_at, left);
        node->wire_at += sent;
        any = any || sent > 0;
        if (sent < left) {
            return any;
        }
    }
}

static bool can_answer(const stu_node *node)
{
    return stu_queue_room(&node->urgent) >= NODE_ANSWER_ROOM &&
           stu_queue_room(&node->samples) >= NODE_SAMPLES_RESERVE / 2;
}

/* Takes what the host sent, as far as there is room to answer it. true: something was taken. */
static bool receive_waiting(stu_node *node)
{
    if (node->input_at == node->input_count) {
        node->input_at = 0;
        node->input_count = node->hal->receive(node->hal->port, node->input, sizeof node->input);
    }
    bool any = false;
    while (node->input_at < node->input_count && can_answer(node)) {
        stu_link_event event;
        stu_frame frame;
        node->input_at += stu_link_decode(&node->decoder, node->input + node->input_at,
                                          node->input_count - node->input_at, &event, &frame);
        any = true;
        if (event == STU_LINK_FRAME) {
            stu_node_take_frame(node, &frame);
        }
    }
    return any;
}

unsigned stu_node_step(stu_node *node)
{
    bool busy = send_waiting(node);
    busy = receive_waiting(node) || busy;
    busy = stu_node_take_press(node) || busy;
    busy = stu_node_take_samples(node) || busy;
    busy = send_waiting(node) || busy;
    const bool waiting = node->wire_at < node->wire_count || node->urgent.used > 0 || node->samples.used > 0 ||
                         node->echo.busy;
    return (busy ? STU_NODE_BUSY : 0u) | (waiting ? STU_NODE_WANTS_LINK : 0u);
}
