#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "stu_link.h"
#include "virtual.h"

enum { FEEDER_LATE_US = 50000 };
static const uint64_t ONE = 1000000; /* sample, or picture, of `due` */

/* The feeder follows what the sensor does by these lines. One that is gone is noticed on standard input. */
stu_status virtual_source_start(virtual_source *source, stu_sensor_id sensor, uint32_t channels, uint32_t rate_hz)
{
    source->on = true;
    source->rate_hz = rate_hz;
    source->channels = channels;
    source->stream++;
    source->delivered = 0;
    source->fifo_at = 0;
    source->fifo_count = 0;
    /* What a driver holds while the MCU is in an inference: a quarter of a second, and at least two samples. */
    uint32_t limit = rate_hz / 4 < 2 ? 2 * channels : rate_hz / 4 * channels;
    if (channels > 0 && limit > VIRTUAL_FIFO_VALUES) {
        limit = VIRTUAL_FIFO_VALUES / channels * channels;
    }
    source->fifo_limit = limit;
    source->lost = 0;
    source->picture_at = 0;
    source->picture_count = 0;
    source->due = 0;
    source->early = false;
    source->pressed = false;
    printf("{\"start\":%lu,\"sensor\":%d,\"stream\":%lu}\n", (unsigned long)rate_hz, (int)sensor,
           (unsigned long)source->stream);
    fflush(stdout);
    return STU_OK;
}

void virtual_source_began(virtual_source *source, uint64_t now_us)
{
    source->began_us = source->at_us = now_us;
}

void virtual_source_stop(virtual_source *source)
{
    source->on = false;
    printf("{\"stop\":0,\"stream\":%lu}\n", (unsigned long)source->stream);
    fflush(stdout);
}

static bool present(const virtual_source *source)
{
    return source->on && source->message_stream == source->stream;
}

/* How many of the next `count` samples, or pictures, have happened. */
static uint32_t happened(virtual_source *source, uint32_t count)
{
    if (source->waits || !present(source)) {
        return count;
    }
    const uint64_t due = source->due / ONE;
    source->early = due == 0;
    return due < count ? (uint32_t)due : count;
}

static void came(virtual_source *source, uint32_t count)
{
    if (!source->waits && present(source)) {
        source->due -= count * ONE;
    }
}

/* Moves samples of the message being read from staging to the fifo. false: it must wait. */
static bool take_samples(virtual_source *source)
{
    const bool takes = present(source) && source->channels > 0;
    const uint32_t channels = takes ? source->channels : 1;
    const uint32_t whole = (uint32_t)((source->count - source->at) / 2);
    uint32_t count = source->message_left < whole ? source->message_left : whole;
    if (takes && source->lost > 0 && source->fifo_count == 0) {
        return false; /* the gap is told first */
    }
    count = takes ? happened(source, count / channels) * channels : count;
    if (count == 0) {
        return false;
    }
    const uint8_t *bytes = source->staging + source->at;
    if (takes) {
        const uint32_t room = source->fifo_limit - source->fifo_count;
        if (source->waits) {
            count = room < count ? room : count;
            if (count == 0) {
                return false;
            }
        }
        /* Once some are lost, all are until the fifo is empty: a gap lies behind what is in it, and is one gap. */
        const uint32_t kept = source->lost > 0 ? 0 : room < count ? room : count;
        for (uint32_t i = 0; i < kept; i++) {
            source->fifo[(source->fifo_at + source->fifo_count + i) % VIRTUAL_FIFO_VALUES] =
                (int16_t)stu_get_u16(bytes + 2 * i);
        }
        source->fifo_count += kept;
        source->lost += (count - kept) / channels;
        came(source, count / channels);
    }
    source->at += 2 * (size_t)count;
    source->message_left -= count;
    return true;
}

/* The same for the bytes of a picture. */
static bool take_picture(virtual_source *source)
{
    const size_t there = source->count - source->at;
    const uint32_t count = source->message_left < there ? source->message_left : (uint32_t)there;
    if (count == 0) {
        return false;
    }
    if (present(source) && !source->dropping && source->arrived + count <= source->picture_bytes) {
        const uint32_t slot = (source->picture_at + source->picture_count) % VIRTUAL_PICTURES;
        memcpy(source->pictures + (size_t)slot * source->picture_bytes + source->arrived, source->staging + source->at, count);
        source->arrived += count;
        source->picture_count += source->arrived == source->picture_bytes;
    }
    source->at += count;
    source->message_left -= count;
    return true;
}

static uint32_t waiting(const virtual_source *source)
{
    return source->channels > 0 ? source->fifo_count / source->channels : source->picture_count;
}

static bool take_header(virtual_source *source)
{
    if (source->count - source->at < VIRTUAL_MESSAGE_HEADER) {
        return false;
    }
    const uint8_t *header = source->staging + source->at;
    const uint32_t stream = stu_get_u32(header + 4), value = stu_get_u32(header + 8);
    const bool now = source->on && stream == source->stream;
    /* A gap waits until what came before it is read, so that the order is kept. */
    if (header[0] == 'L' && now && (source->fifo_count > 0 || source->picture_count > 0)) {
        return false;
    }
    if (header[0] == 'B' && now && source->pressed) {
        return false; /* the one before it is told first */
    }
    source->message_stream = stream;
    if (header[0] == 'P' && now) {
        if (happened(source, 1) == 0) {
            return false;
        }
        /* As for samples: what is lost is one gap, behind those that wait, and told before the next. */
        source->dropping = source->lost > 0 || source->picture_count == VIRTUAL_PICTURES - 2;
        if (source->dropping && (source->waits || source->picture_count == 0)) {
            return false;
        }
        source->lost += source->dropping;
        came(source, 1);
    }
    source->at += VIRTUAL_MESSAGE_HEADER;
    source->kind = header[0];
    source->arrived = 0;
    if (source->kind == 'L') {
        source->lost += present(source) ? value : 0;
    } else if (source->kind == 'B') {
        source->pressed = source->pressed || present(source);
        source->pressed_index = source->delivered + waiting(source) + source->lost;
    } else {
        source->message_left = value;
    }
    return true;
}

static bool take_content(virtual_source *source)
{
    return source->kind == 'P' ? take_picture(source) : take_samples(source);
}

static void sort_staged(virtual_source *source)
{
    while (source->message_left > 0 ? take_content(source) : take_header(source)) {
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
    const uint32_t most = (uint32_t)max_samples * source->channels;
    const uint32_t count = source->fifo_count < most ? source->fifo_count : most;
    for (uint32_t i = 0; i < count; i++) {
        samples[i] = source->fifo[(source->fifo_at + i) % VIRTUAL_FIFO_VALUES];
    }
    source->fifo_at = (source->fifo_at + count) % VIRTUAL_FIFO_VALUES;
    source->fifo_count -= count;
    source->delivered += count / source->channels;
    return count / source->channels;
}

const uint8_t *virtual_source_look(virtual_source *source, uint32_t *lost)
{
    sort_staged(source);
    *lost = 0;
    if (source->picture_count == 0 && source->lost > 0) {
        *lost = source->lost;
        source->delivered += source->lost;
        source->lost = 0;
        sort_staged(source);
    }
    if (source->picture_count == 0) {
        return NULL;
    }
    const uint8_t *picture = source->pictures + (size_t)source->picture_at * source->picture_bytes;
    source->picture_at = (source->picture_at + 1) % VIRTUAL_PICTURES;
    source->picture_count--;
    source->delivered++;
    return picture;
}

bool virtual_source_press(virtual_source *source, uint64_t *time_us)
{
    if (!source->pressed) {
        return false;
    }
    source->pressed = false;
    *time_us = source->began_us + source->pressed_index / source->rate_hz * ONE +
               source->pressed_index % source->rate_hz * ONE / source->rate_hz;
    return true;
}

bool virtual_source_takes(const virtual_source *source)
{
    return source->count < sizeof source->staging;
}

uint64_t virtual_source_slack_us(const virtual_source *source)
{
    return FEEDER_LATE_US + ONE / source->rate_hz;
}

/* false: there is nothing more now. */
static bool fill_staging(virtual_source *source)
{
    if (!virtual_source_takes(source)) {
        return false;
    }
    const ssize_t got = read(STDIN_FILENO, source->staging + source->count, sizeof source->staging - source->count);
    if (got > 0) {
        source->count += (size_t)got;
        return true;
    }
    source->ended = got == 0 || (errno != EAGAIN && errno != EINTR);
    return false;
}

void virtual_source_fill(virtual_source *source, uint64_t now_us)
{
    if (source->on && !source->waits) {
        source->due += (now_us - source->at_us) * source->rate_hz;
        source->at_us = now_us;
    }
    source->early = false;
    do {
        sort_staged(source);
    } while (fill_staging(source));
    /* What is not there although its time has come is late by the feeder, and happens when it is there. */
    const uint64_t most = source->on ? virtual_source_slack_us(source) * source->rate_hz : 0;
    if (!source->early && source->due > most) {
        source->due = most;
    }
}
