#include "stu_queue.h"

#include <string.h>

void stu_queue_init(stu_queue *queue, uint8_t *memory, size_t size)
{
    queue->bytes = memory;
    queue->size = size;
    queue->at = 0;
    queue->used = 0;
}

size_t stu_queue_room(const stu_queue *queue)
{
    const size_t left = queue->size - queue->used;
    return left > STU_QUEUE_OVERHEAD ? left - STU_QUEUE_OVERHEAD : 0;
}

static void append(stu_queue *queue, const uint8_t *bytes, size_t count)
{
    if (count == 0) {
        return;
    }
    const size_t position = (queue->at + queue->used) % queue->size;
    const size_t straight = queue->size - position < count ? queue->size - position : count;
    memcpy(queue->bytes + position, bytes, straight);
    memcpy(queue->bytes, bytes + straight, count - straight);
    queue->used += count;
}

static void remove_oldest(stu_queue *queue, uint8_t *bytes, size_t count)
{
    const size_t straight = queue->size - queue->at < count ? queue->size - queue->at : count;
    memcpy(bytes, queue->bytes + queue->at, straight);
    memcpy(bytes + straight, queue->bytes, count - straight);
    queue->at = (queue->at + count) % queue->size;
    queue->used -= count;
}

bool stu_queue_put(stu_queue *queue, uint8_t type, uint64_t time_us, const uint8_t *head, size_t head_count,
                   const uint8_t *body, size_t body_count)
{
    uint8_t record[STU_QUEUE_OVERHEAD];
    const size_t count = head_count + body_count;
    if (count > STU_LINK_MAX_PAYLOAD || count + sizeof record > queue->size - queue->used) {
        return false;
    }
    record[0] = type;
    stu_put_u64(record + 1, time_us);
    stu_put_u16(record + 9, (uint16_t)count);
    append(queue, record, sizeof record);
    append(queue, head, head_count);
    append(queue, body, body_count);
    return true;
}

bool stu_queue_take(stu_queue *queue, stu_frame *frame, uint8_t payload[STU_LINK_MAX_PAYLOAD])
{
    uint8_t record[STU_QUEUE_OVERHEAD];
    if (queue->used == 0) {
        return false;
    }
    remove_oldest(queue, record, sizeof record);
    frame->type = record[0];
    frame->time_us = stu_get_u64(record + 1);
    frame->payload = payload;
    frame->payload_bytes = stu_get_u16(record + 9);
    remove_oldest(queue, payload, frame->payload_bytes);
    return true;
}
