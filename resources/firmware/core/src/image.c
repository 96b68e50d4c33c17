#include "stu_image.h"

#include <string.h>

#include "stu_link.h"
#include "stu_sha256.h"

/* Offsets of the header's fields. */
enum { AT_VERSION = 4, AT_SECTIONS = 6, AT_BYTES = 8, AT_ARENA_BYTES = 12, AT_SHA256 = 16 };
enum { ENTRY_BYTES = 12 }; /* of the table of sections: tag, offset, length */

static const uint8_t magic[4] = {'S', 'T', 'U', 'M'};

uint32_t stu_image_bytes(const uint8_t *image)
{
    return memcmp(image, magic, sizeof magic) == 0 ? stu_get_u32(image + AT_BYTES) : 0;
}

uint32_t stu_image_arena_bytes(const uint8_t *image)
{
    return stu_get_u32(image + AT_ARENA_BYTES);
}

stu_status stu_image_verify(const uint8_t *image, size_t bytes)
{
    if (bytes < STU_IMAGE_HEADER_BYTES || stu_image_bytes(image) != bytes) {
        return STU_E_IMAGE;
    }
    /* Of everything but the digest itself. */
    const size_t after = AT_SHA256 + STU_SHA256_BYTES;
    stu_sha256 hash;
    uint8_t digest[STU_SHA256_BYTES];
    stu_sha256_init(&hash);
    stu_sha256_update(&hash, image, AT_SHA256);
    stu_sha256_update(&hash, image + after, bytes - after);
    stu_sha256_final(&hash, digest);
    return memcmp(digest, image + AT_SHA256, sizeof digest) == 0 ? STU_OK : STU_E_HASH;
}

stu_status stu_image_check(const uint8_t *image, size_t bytes)
{
    if (bytes < STU_IMAGE_HEADER_BYTES || stu_image_bytes(image) != bytes) {
        return STU_E_IMAGE;
    }
    if (stu_get_u16(image + AT_VERSION) > STU_IMAGE_VERSION) {
        return STU_E_VERSION;
    }
    const uint32_t sections = stu_get_u16(image + AT_SECTIONS);
    const size_t table_end = STU_IMAGE_HEADER_BYTES + (size_t)sections * ENTRY_BYTES;
    if (stu_get_u16(image + AT_VERSION) == 0 || sections > STU_IMAGE_MAX_SECTIONS || table_end > bytes) {
        return STU_E_IMAGE;
    }
    for (uint32_t i = 0; i < sections; i++) {
        const uint8_t *entry = image + STU_IMAGE_HEADER_BYTES + (size_t)i * ENTRY_BYTES;
        const uint32_t offset = stu_get_u32(entry + 4), count = stu_get_u32(entry + 8);
        if (offset < table_end || offset > bytes || count > bytes - offset || offset % 4 != 0) {
            return STU_E_IMAGE;
        }
    }
    return STU_OK;
}

bool stu_image_section(const uint8_t *image, uint32_t tag, const uint8_t **section, size_t *count)
{
    const uint32_t sections = stu_get_u16(image + AT_SECTIONS);
    for (uint32_t i = 0; i < sections; i++) {
        const uint8_t *entry = image + STU_IMAGE_HEADER_BYTES + (size_t)i * ENTRY_BYTES;
        if (stu_get_u32(entry) == tag) {
            *section = image + stu_get_u32(entry + 4);
            *count = stu_get_u32(entry + 8);
            return true;
        }
    }
    return false;
}
