#include "stu_cbor.h"

#include <string.h>

enum { UINT = 0, NEGATIVE = 1, BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5, TAG = 6, SIMPLE = 7 };

void stu_cbor_begin(stu_cbor_writer *writer, uint8_t *out, size_t size)
{
    writer->out = out;
    writer->size = size;
    writer->used = 0;
    writer->overflow = false;
}

static void put_raw(stu_cbor_writer *writer, const uint8_t *bytes, size_t count)
{
    if (writer->overflow || count > writer->size - writer->used) {
        writer->overflow = true;
        return;
    }
    if (count > 0) {
        memcpy(writer->out + writer->used, bytes, count);
    }
    writer->used += count;
}

static void put_head(stu_cbor_writer *writer, uint8_t major, uint64_t value)
{
    uint8_t head[9];
    size_t following;
    uint8_t info;
    if (value < 24) {
        info = (uint8_t)value;
        following = 0;
    } else if (value <= UINT8_MAX) {
        info = 24;
        following = 1;
    } else if (value <= UINT16_MAX) {
        info = 25;
        following = 2;
    } else if (value <= UINT32_MAX) {
        info = 26;
        following = 4;
    } else {
        info = 27;
        following = 8;
    }
    head[0] = (uint8_t)((major << 5) | info);
    for (size_t i = 0; i < following; i++) {
        head[1 + i] = (uint8_t)(value >> (8 * (following - 1 - i)));
    }
    put_raw(writer, head, 1 + following);
}

void stu_cbor_put_map(stu_cbor_writer *writer, uint32_t pairs)
{
    put_head(writer, MAP, pairs);
}

void stu_cbor_put_array(stu_cbor_writer *writer, uint32_t items)
{
    put_head(writer, ARRAY, items);
}

void stu_cbor_put_uint(stu_cbor_writer *writer, uint64_t value)
{
    put_head(writer, UINT, value);
}

void stu_cbor_put_int(stu_cbor_writer *writer, int64_t value)
{
    if (value >= 0) {
        put_head(writer, UINT, (uint64_t)value);
    } else {
        put_head(writer, NEGATIVE, (uint64_t)(-(value + 1)));
    }
}

void stu_cbor_put_bool(stu_cbor_writer *writer, bool value)
{
    put_head(writer, SIMPLE, value ? 21 : 20);
}

void stu_cbor_put_text(stu_cbor_writer *writer, const char *text)
{
    const size_t count = strlen(text);
    put_head(writer, TEXT, count);
    put_raw(writer, (const uint8_t *)text, count);
}

void stu_cbor_put_bytes(stu_cbor_writer *writer, const uint8_t *bytes, size_t count)
{
    put_head(writer, BYTES, count);
    put_raw(writer, bytes, count);
}

typedef struct {
    const uint8_t *at, *end;
} reader;

typedef struct {
    uint8_t major;
    uint64_t value;       /* integer, or count of bytes, items, pairs */
    const uint8_t *bytes; /* of a string */
} item;

/* Reads one head and, of a string, its bytes. Indefinite lengths and reserved forms are refused. */
static bool read_item(reader *in, item *found)
{
    if (in->at == in->end) {
        return false;
    }
    const uint8_t first = *in->at++;
    const uint8_t info = first & 31u;
    size_t following = 0;
    found->major = first >> 5;
    found->value = info;
    if (info >= 24) {
        if (info > 27) {
            return false;
        }
        following = (size_t)1 << (info - 24);
        if ((size_t)(in->end - in->at) < following) {
            return false;
        }
        found->value = 0;
        for (size_t i = 0; i < following; i++) {
            found->value = (found->value << 8) | *in->at++;
        }
    }
    if (found->major == BYTES || found->major == TEXT) {
        if (found->value > (uint64_t)(in->end - in->at)) {
            return false;
        }
        found->bytes = in->at;
        in->at += found->value;
    }
    return true;
}

/* Passes over one whole item. */
static bool skip(reader *in, int depth)
{
    item found;
    if (depth > STU_CBOR_MAX_DEPTH || !read_item(in, &found)) {
        return false;
    }
    uint64_t inside = 0;
    if (found.major == ARRAY || found.major == TAG) {
        inside = found.major == TAG ? 1 : found.value;
    } else if (found.major == MAP) {
        if (found.value > (uint64_t)(in->end - in->at)) {
            return false;
        }
        inside = 2 * found.value;
    }
    /* Each item takes a byte at least, so a count beyond what is left fails soon, not after 2^64 rounds. */
    if (inside > (uint64_t)(in->end - in->at)) {
        return false;
    }
    while (inside-- > 0) {
        if (!skip(in, depth + 1)) {
            return false;
        }
    }
    return true;
}

static bool find(const uint8_t *message, size_t count, const char *key, item *found)
{
    reader in = {message, message + count};
    item map;
    const size_t key_count = strlen(key);
    if (count == 0 || !read_item(&in, &map) || map.major != MAP || map.value > count) {
        return false;
    }
    for (uint64_t pair = 0; pair < map.value; pair++) {
        item name;
        if (!read_item(&in, &name) || name.major != TEXT) {
            return false;
        }
        if (name.value == key_count && memcmp(name.bytes, key, key_count) == 0) {
            return read_item(&in, found);
        }
        if (!skip(&in, 0)) {
            return false;
        }
    }
    return false;
}

bool stu_cbor_map_uint(const uint8_t *message, size_t count, const char *key, uint64_t *value)
{
    item found;
    if (!find(message, count, key, &found) || found.major != UINT) {
        return false;
    }
    *value = found.value;
    return true;
}

bool stu_cbor_map_bytes(const uint8_t *message, size_t count, const char *key, const uint8_t **bytes, size_t *length)
{
    item found;
    if (!find(message, count, key, &found) || found.major != BYTES) {
        return false;
    }
    *bytes = found.bytes;
    *length = (size_t)found.value;
    return true;
}

bool stu_cbor_map_text(const uint8_t *message, size_t count, const char *key, const char **text, size_t *length)
{
    item found;
    if (!find(message, count, key, &found) || found.major != TEXT) {
        return false;
    }
    *text = (const char *)found.bytes;
    *length = (size_t)found.value;
    return true;
}
