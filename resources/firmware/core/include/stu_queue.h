/* A bounded queue of frames that wait for the link, first in, first out, in the caller's memory. */
#ifndef STU_QUEUE_H
#define STU_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stu_link.h"

enum { STU_QUEUE_OVERHEAD = 11 }; /* bytes that a frame takes beside its payload: type u8, time u64, count u16 */

typedef struct {
    uint8_t *bytes;
    size_t size, at, used; /* at: where the oldest frame begins */
} stu_queue;

/* memory: the caller's, for as long as the queue is used. */
void stu_queue_init(stu_queue *queue, uint8_t *memory, size_t size);

/* The largest payload that fits now; 0 also where nothing does. */
size_t stu_queue_room(const stu_queue *queue);

/* Appends a frame whose payload is `head` and then `body` (may be empty). false if it does not fit: nothing is changed. */
bool stu_queue_put(stu_queue *queue, uint8_t type, uint64_t time_us, const uint8_t *head, size_t head_count,
                   const uint8_t *body, size_t body_count);

/* Moves the oldest frame out; its payload is copied to `payload`, to which frame->payload points. frame->sequence is
 * left alone. false if the queue is empty. */
bool stu_queue_take(stu_queue *queue, stu_frame *frame, uint8_t payload[STU_LINK_MAX_PAYLOAD]);

#endif
