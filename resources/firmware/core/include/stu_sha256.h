/* SHA-256 (FIPS 180-4). */
#ifndef STU_SHA256_H
#define STU_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { STU_SHA256_BYTES = 32 };

typedef struct {
    uint32_t state[8];
    uint64_t count; /* bytes taken */
    uint8_t block[64];
} stu_sha256;

void stu_sha256_init(stu_sha256 *hash);
void stu_sha256_update(stu_sha256 *hash, const uint8_t *bytes, size_t count);
void stu_sha256_final(stu_sha256 *hash, uint8_t digest[STU_SHA256_BYTES]);

/* All three in one. */
void stu_sha256_of(const uint8_t *bytes, size_t count, uint8_t digest[STU_SHA256_BYTES]);

#endif
