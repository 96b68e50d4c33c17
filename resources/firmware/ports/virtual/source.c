#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stu_link.h"
#include "virtual.h"

/* The feeder follows what the sensor does by these lines. One that is gone is noticed on standard input. */
static void tell(const char *what, uint32_t value, uint32_t stream)
{
    printf("{\"%s\":%lu,\"stream\":%lu}\n", what, (unsigned long)value, (unsigned long)stream);
    fflush(stdout);
}

stu_status virtual_source_start(virtual_source *source, uint32_t rate_hz)
{
    source->on = true;
    source->rate_hz = rate_hz;
    source->stream++;
    source->delivered = 0;
    source->fifo_at = 0;
    source->fifo_count = 0;
    /* What a driver holds while the MCU is in an inference: a quarter of a second. */
    source->fifo_limit = rate_hz / 4 < VIRTUAL_FIFO_SAMPLES ? rate_hz / 4 : VIRTUAL_FIFO_SAMPLES;
    source->lost = 0;
    tell("start", rate_hz, source->stream);
    return STU_OK;
}

void virtual_source_stop(virtual_source *source)
{
    source->on = false;
    tell("stop", 0, source->stream);
}

static bool present(const virtual_source *source)
{
    return source->on && source->message_stream == source->stream;
}

/* Moves samples of the message being read from staging to the fifo. false: it must wait. */
static bool take_samples(virtual_source *source)
{
    const size_t whole = (source->count - source->at) / 2;
    uint32_t count = source->message_left < whole ? source->message_left : (uint32_t)whole;
    if (count == 0) {
        return false;
    }
    const uint8_t *bytes = source->staging + source->at;
    if (present(source)) {
        const uint32_t room = source->fifo_limit - source->fifo_count;
        if (source->waits) {
            count = room < count ? room : count;
            if (count == 0) {
                return false;
            }
        }
        /* Once some are lost, all are until the fifo is empty: a gap lies behind what is in it, and is one gap. */
        uint32_t kept = source->lost > 0 && source->fifo_count > 0 ? 0 : room < count ? room : count;
        for (uint32_t i = 0; i < kept; i++) {
            source->fifo[(source->fifo_at + source->fifo_count + i) % VIRTUAL_FIFO_SAMPLES] =
                (int16_t)stu_get_u16(bytes + 2 * i);
        }
        source->fifo_count += kept;
        source->lost += count - kept;
    }
    source->at += 2 * (size_t)count;
    source->message_left -= count;
    return true;
}

static bool take_header(virtual_source *source)
{
    if (source->count - source->at < VIRTUAL_MESSAGE_HEADER) {
        return false;
    }
    const uint8_t *header = source->staging + source->at;
    const uint32_t stream = stu_get_u32(header + 4), value = stu_get_u32(header + 8);
    /* A gap waits until what came before it is read, so that the order is kept. */
    if (header[0] == 'L' && source->on && stream == source->stream && source->fifo_count > 0) {
        return false;
    }
    source->at += VIRTUAL_MESSAGE_HEADER;
    source->kind = header[0];
    source->message_stream = stream;
    if (source->kind == 'L') {
        source->lost += present(source) ? value : 0;
    } else {
        source->message_left = value;
    }
    return true;
}

static void sort_staged(virtual_source *source)
{
    while (source->message_left > 0 ? take_samples(source) : take_header(source)) {
    }
    memmove(source->staging, source->staging + source->at, source->count - source->at);
    source->count -= source->at;
    source->at = 0;
}

size_t virtual_source_read(virtual_source *source, int16_t *samples, size_t max_samples, uint32_t *lost)
{
    sort_staged(source);
    *lost = 0;
    if (source->fifo_count == 0 && source->lost > 0) {
        *lost = source->lost;
        source->delivered += source->lost;
        source->lost = 0;
        sort_staged(source);
    }
    uint32_t count = source->fifo_count < max_samples ? source->fifo_count : (uint32_t)max_samples;
    for (uint32_t i = 0; i < count; i++) {
        samples[i] = source->fifo[(source->fifo_at + i) % VIRTUAL_FIFO_SAMPLES];
    }
    source->fifo_at = (source->fifo_at + count) % VIRTUAL_FIFO_SAMPLES;
    source->fifo_count -= count;
    source->delivered += count;
    return count;
}

bool virtual_source_takes(const virtual_source *source)
{
    return source->count < sizeof source->staging;
}

void virtual_source_fill(virtual_source *source)
{
    const ssize_t got = read(STDIN_FILENO, source->staging + source->count, sizeof source->staging - source->count);
    if (got > 0) {
        source->count += (size_t)got;
        sort_staged(source);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        source->ended = true;
    }
}
