/* The part of CBOR (RFC 8949) that control messages use: definite-length maps with text keys; unsigned and negative
 * integers, byte and text strings, arrays, booleans. The reader takes hostile bytes: every length is bounded by the
 * message, nesting by STU_CBOR_MAX_DEPTH, and nothing is copied. */
#ifndef STU_CBOR_H
#define STU_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STU_CBOR_MAX_DEPTH = 6 };

typedef struct {
    uint8_t *out;
    size_t size, used;
    bool overflow; /* something did not fit; the message is then not to be sent */
} stu_cbor_writer;

void stu_cbor_begin(stu_cbor_writer *writer, uint8_t *out, size_t size);
void stu_cbor_put_map(stu_cbor_writer *writer, uint32_t pairs);
void stu_cbor_put_array(stu_cbor_writer *writer, uint32_t items);
void stu_cbor_put_uint(stu_cbor_writer *writer, uint64_t value);
void stu_cbor_put_int(stu_cbor_writer *writer, int64_t value);
void stu_cbor_put_bool(stu_cbor_writer *writer, bool value);
void stu_cbor_put_text(stu_cbor_writer *writer, const char *text); /* zero-terminated */
void stu_cbor_put_bytes(stu_cbor_writer *writer, const uint8_t *bytes, size_t count);

/* Look up a key in the map that is the whole message. false: no such key, another type, or not a sound message. */
bool stu_cbor_map_uint(const uint8_t *message, size_t count, const char *key, uint64_t *value);
bool stu_cbor_map_bytes(const uint8_t *message, size_t count, const char *key, const uint8_t **bytes, size_t *length);
bool stu_cbor_map_text(const uint8_t *message, size_t count, const char *key, const char **text, size_t *length);

#endif
