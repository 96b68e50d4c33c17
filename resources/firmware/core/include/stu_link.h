/* Link frames: COBS, CRC-32, type, sequence number, device time. PROTOCOL.md is the specification.
 * Bytes in, frames out: no port, no clock. The decoder holds one frame and never more. */
#ifndef STU_LINK_H
#define STU_LINK_H

#include <stddef.h>
#include <stdint.h>

enum {
    STU_LINK_MAX_PAYLOAD = 1024,
    STU_LINK_HEADER = 11, /* type u8, sequence u16, time_us u64 */
    STU_LINK_CRC = 4,
    STU_LINK_MAX_DECODED = STU_LINK_HEADER + STU_LINK_MAX_PAYLOAD + STU_LINK_CRC,
    /* COBS adds one byte for each 254 and one; the delimiter is one more. */
    STU_LINK_MAX_ENCODED = STU_LINK_MAX_DECODED + STU_LINK_MAX_DECODED / 254 + 2
};

enum { /* frame types; from the board below 0x40, from the host above */
    STU_FRAME_HELLO = 0x01,
    STU_FRAME_REPLY = 0x02,
    STU_FRAME_SAMPLES = 0x03,
    STU_FRAME_SCORES = 0x04,
    STU_FRAME_DECISION = 0x05,
    STU_FRAME_WINDOW = 0x06,
    STU_FRAME_LOG = 0x07,
    STU_FRAME_PICTURE = 0x08,
    STU_FRAME_MARK = 0x09,
    STU_FRAME_COMMAND = 0x41,
    STU_FRAME_IMAGE_CHUNK = 0x42
};

typedef struct {
    uint8_t type;
    uint16_t sequence;
    uint64_t time_us;
    const uint8_t *payload; /* caller's when encoding; inside the decoder, until its next call, when decoding */
    size_t payload_bytes;
} stu_frame;

typedef enum {
    STU_LINK_NOTHING,  /* all bytes taken, no event yet */
    STU_LINK_FRAME,    /* *frame is a whole frame whose CRC is right */
    STU_LINK_DISCARDED /* bytes up to a delimiter were no frame */
} stu_link_event;

typedef struct {
    uint8_t decoded[STU_LINK_MAX_DECODED];
    size_t count;      /* bytes in decoded */
    uint8_t run;       /* literal bytes left of the current COBS group */
    uint8_t zero_next; /* the group ends in a zero, unless the frame ends first */
    uint8_t broken;    /* too long, or a zero inside a group: discard up to the delimiter */
    uint8_t any;       /* a byte came since the last delimiter */
} stu_link_decoder;

void stu_link_decoder_init(stu_link_decoder *decoder);

/* Takes bytes up to the end of the next event and says how many; call again with the rest.
 * Returns count when *event is STU_LINK_NOTHING. Idle delimiters give no event. */
size_t stu_link_decode(stu_link_decoder *decoder, const uint8_t *bytes, size_t count, stu_link_event *event,
                       stu_frame *frame);

/* Encodes one frame with its final delimiter into out, which may not overlap the payload.
 * Returns the bytes written, or 0 if they do not fit or the payload is over STU_LINK_MAX_PAYLOAD. */
size_t stu_link_encode(const stu_frame *frame, uint8_t *out, size_t out_bytes);

/* CRC-32/ISO-HDLC (the one of zlib). Start with crc = 0; feed the result back in to go on. */
uint32_t stu_crc32(uint32_t crc, const uint8_t *bytes, size_t count);

/* Little-endian numbers in byte streams. */
uint16_t stu_get_u16(const uint8_t *bytes);
uint32_t stu_get_u32(const uint8_t *bytes);
uint64_t stu_get_u64(const uint8_t *bytes);
void stu_put_u16(uint8_t *bytes, uint16_t value);
void stu_put_u32(uint8_t *bytes, uint32_t value);
void stu_put_u64(uint8_t *bytes, uint64_t value);

#endif
