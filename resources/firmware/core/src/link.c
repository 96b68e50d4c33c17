#include "stu_link.h"

#include <string.h>

/* Four bits at a time: 64 bytes of table instead of 1 KB, on parts where flash is counted. */
static const uint32_t CRC_NIBBLE[16] = {
    0x00000000u, 0x1db71064u, 0x3b6e20c8u, 0x26d930acu, 0x76dc4190u, 0x6b6b51f4u, 0x4db26158u, 0x5005713cu,
    0xedb88320u, 0xf00f9344u, 0xd6d6a3e8u, 0xcb61b38cu, 0x9b64c2b0u, 0x86d3d2d4u, 0xa00ae278u, 0xbdbdf21cu,
};

uint32_t stu_crc32(uint32_t crc, const uint8_t *bytes, size_t count)
{
    crc = ~crc;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ CRC_NIBBLE[crc & 15u];
        crc = (crc >> 4) ^ CRC_NIBBLE[crc & 15u];
    }
    return ~crc;
}

uint16_t stu_get_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | (uint16_t)(bytes[1] << 8));
}

uint32_t stu_get_u32(const uint8_t *bytes)
{
    return (uint32_t)stu_get_u16(bytes) | ((uint32_t)stu_get_u16(bytes + 2) << 16);
}

uint64_t stu_get_u64(const uint8_t *bytes)
{
    return (uint64_t)stu_get_u32(bytes) | ((uint64_t)stu_get_u32(bytes + 4) << 32);
}

void stu_put_u16(uint8_t *bytes, uint16_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

void stu_put_u32(uint8_t *bytes, uint32_t value)
{
    stu_put_u16(bytes, (uint16_t)value);
    stu_put_u16(bytes + 2, (uint16_t)(value >> 16));
}

void stu_put_u64(uint8_t *bytes, uint64_t value)
{
    stu_put_u32(bytes, (uint32_t)value);
    stu_put_u32(bytes + 4, (uint32_t)(value >> 32));
}

void stu_link_decoder_init(stu_link_decoder *decoder)
{
    decoder->count = 0;
    decoder->run = 0;
    decoder->zero_next = 0;
    decoder->broken = 0;
    decoder->any = 0;
}

static void hold(stu_link_decoder *decoder, uint8_t byte)
{
    if (decoder->count == sizeof decoder->decoded) {
        decoder->broken = 1;
    } else {
        decoder->decoded[decoder->count++] = byte;
    }
}

static void take(stu_link_decoder *decoder, uint8_t byte)
{
    decoder->any = 1;
    if (decoder->broken) {
        return;
    }
    if (decoder->run > 0) {
        decoder->run--;
        hold(decoder, byte);
        return;
    }
    /* A code byte: the zero that the last group stood for comes now, since the frame has not ended. */
    if (decoder->zero_next) {
        hold(decoder, 0);
    }
    decoder->run = (uint8_t)(byte - 1);
    decoder->zero_next = byte != 0xff;
}

static stu_link_event close_frame(stu_link_decoder *decoder, stu_frame *frame)
{
    const size_t count = decoder->count;
    const uint8_t *bytes = decoder->decoded;
    const int whole = !decoder->broken && decoder->run == 0 && count >= STU_LINK_HEADER + STU_LINK_CRC;
    stu_link_decoder_init(decoder);
    if (!whole || stu_crc32(0, bytes, count - STU_LINK_CRC) != stu_get_u32(bytes + count - STU_LINK_CRC)) {
        return STU_LINK_DISCARDED;
    }
    frame->type = bytes[0];
    frame->sequence = stu_get_u16(bytes + 1);
    frame->time_us = stu_get_u64(bytes + 3);
    frame->payload = bytes + STU_LINK_HEADER;
    frame->payload_bytes = count - STU_LINK_HEADER - STU_LINK_CRC;
    return STU_LINK_FRAME;
}

size_t stu_link_decode(stu_link_decoder *decoder, const uint8_t *bytes, size_t count, stu_link_event *event,
                       stu_frame *frame)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != 0) {
            take(decoder, bytes[i]);
        } else if (decoder->any) {
            *event = close_frame(decoder, frame);
            return i + 1;
        }
    }
    *event = STU_LINK_NOTHING;
    return count;
}

typedef struct {
    uint8_t *out;
    size_t size, used, code_at;
    uint8_t code;
} cobs_writer;

/* Ends the current group and opens the next. */
static void next_group(cobs_writer *writer)
{
    writer->out[writer->code_at] = writer->code;
    writer->code_at = writer->used++;
    writer->code = 1;
}

static void put(cobs_writer *writer, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        /* A full group stands for no zero, and is closed only when another byte follows. */
        if (writer->code == 0xff) {
            next_group(writer);
        }
        if (bytes[i] == 0) {
            next_group(writer);
        } else {
            writer->out[writer->used++] = bytes[i];
            writer->code++;
        }
    }
}

size_t stu_link_encode(const stu_frame *frame, uint8_t *out, size_t out_bytes)
{
    uint8_t header[STU_LINK_HEADER], tail[STU_LINK_CRC];
    const size_t decoded = STU_LINK_HEADER + frame->payload_bytes + STU_LINK_CRC;
    /* The worst case is asked for, so that nothing below needs a check. */
    if (frame->payload_bytes > STU_LINK_MAX_PAYLOAD || out_bytes < decoded + decoded / 254 + 2) {
        return 0;
    }
    header[0] = frame->type;
    stu_put_u16(header + 1, frame->sequence);
    stu_put_u64(header + 3, frame->time_us);
    uint32_t crc = stu_crc32(0, header, sizeof header);
    crc = stu_crc32(crc, frame->payload, frame->payload_bytes);
    stu_put_u32(tail, crc);
    cobs_writer writer = {out, out_bytes, 1, 0, 1};
    put(&writer, header, sizeof header);
    put(&writer, frame->payload, frame->payload_bytes);
    put(&writer, tail, sizeof tail);
    writer.out[writer.code_at] = writer.code;
    writer.out[writer.used++] = 0;
    return writer.used;
}
