/* Mutates model images and runs what opens, under the sanitisers: fuzz_image SEED COUNT IMAGE...
 * Prints how many opened and how many were refused. Any read outside or overflow aborts, after the number of the image
 * that did it was written to standard error. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stu_decision.h"
#include "stu_engine.h"
#include "stu_frontend.h"
#include "stu_image.h"

enum { MOST_IMAGES = 64, LARGEST_ARENA = 65536, MOST_CHANGES = 4 };

typedef struct {
    uint8_t *bytes;
    size_t count;
} block;

static uint64_t state;

static uint32_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

static block read_file(const char *path)
{
    block b = {NULL, 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(2);
    }
    b.count = (size_t)ftell(file);
    b.bytes = malloc(b.count + 1);
    rewind(file);
    if (b.bytes == NULL || fread(b.bytes, 1, b.count, file) != b.count) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return b;
}

static void put_u32(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

/* Header, table and records decide over memory; weights do not. So most changes go to the first part. */
static size_t position(size_t count)
{
    const size_t front = count < 1200 ? count : 1200;
    return next_random() % (next_random() % 4 == 0 ? count : front);
}

static void change(block *image)
{
    static const uint32_t telling[] = {0, 1, 2, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF,
                                       0x80000000u, 0xFFFFFFFFu, 0xFFFFFFFCu, LARGEST_ARENA};
    const uint32_t value = telling[next_random() % (sizeof telling / sizeof telling[0])];
    const size_t at = position(image->count);
    switch (next_random() % 7) {
    case 0:
        image->bytes[at] ^= (uint8_t)(1u << next_random() % 8);
        break;
    case 1:
        image->bytes[at] = (uint8_t)next_random();
        break;
    case 2:
        image->bytes[at] = (uint8_t)(image->bytes[at] + (next_random() % 9) - 4);
        break;
    case 3: /* a whole field */
        if (at / 4 * 4 + 4 <= image->count) {
            put_u32(image->bytes + at / 4 * 4, value);
        }
        break;
    case 4:
        if (at / 2 * 2 + 2 <= image->count) {
            image->bytes[at / 2 * 2] = (uint8_t)value;
            image->bytes[at / 2 * 2 + 1] = (uint8_t)(value >> 8);
        }
        break;
    case 5: { /* one place over another */
        const size_t from = position(image->count), left = image->count - (from > at ? from : at);
        memmove(image->bytes + at, image->bytes + from, left < 16 ? left : 16);
        break;
    }
    default: /* shorter, and it says so */
        if (next_random() % 8 == 0) {
            image->count = at;
            if (at >= STU_IMAGE_HEADER_BYTES) {
                put_u32(image->bytes + 8, (uint32_t)at);
            }
        }
        break;
    }
}

static void read_sections(const uint8_t *image)
{
    const uint8_t *section;
    size_t count;
    if (stu_image_section(image, STU_IMAGE_FRONT_END, &section, &count)) {
        stu_frontend fe;
        (void)stu_frontend_open(&fe, section, count);
    }
    if (stu_image_section(image, STU_IMAGE_DECISION, &section, &count)) {
        stu_decision_rule rule;
        (void)stu_decision_read(&rule, section, count);
    }
}

/* true: it opened and ran. */
static int try_image(const block *image)
{
    /* Memory of exactly the length, so that the sanitiser sees one byte too many. */
    uint8_t *bytes = malloc(image->count), *arena = NULL;
    memcpy(bytes, image->bytes, image->count);
    int ran = 0;
    if (image->count >= STU_IMAGE_HEADER_BYTES) {
        (void)stu_image_verify(bytes, image->count);
        if (stu_image_check(bytes, image->count) == STU_OK) {
            read_sections(bytes);
            const uint32_t wanted = stu_image_arena_bytes(bytes);
            const size_t arena_bytes = wanted < LARGEST_ARENA ? wanted : LARGEST_ARENA;
            arena = malloc(arena_bytes);
            stu_engine engine;
            if (stu_engine_open(&engine, bytes, image->count, arena, arena_bytes) == STU_OK) {
                uint8_t *input = (uint8_t *)stu_engine_input(&engine);
                for (uint32_t i = 0; i < stu_engine_input_bytes(&engine); i++) {
                    input[i] = (uint8_t)next_random();
                }
                stu_engine_run(&engine);
                ran = 1;
            }
        }
    } else if (stu_image_check(bytes, image->count) != STU_E_IMAGE) {
        abort();
    }
    free(arena);
    free(bytes);
    return ran;
}

int main(int argument_count, char **arguments)
{
    if (argument_count < 4) {
        fprintf(stderr, "usage: fuzz_image SEED COUNT IMAGE...\n");
        return 2;
    }
    const unsigned long long seed = strtoull(arguments[1], NULL, 10), count = strtoull(arguments[2], NULL, 10);
    const int images = argument_count - 3 < MOST_IMAGES ? argument_count - 3 : MOST_IMAGES;
    block originals[MOST_IMAGES];
    for (int i = 0; i < images; i++) {
        originals[i] = read_file(arguments[3 + i]);
        if (!try_image(&originals[i])) {
            fprintf(stderr, "%s does not open\n", arguments[3 + i]);
            return 2;
        }
    }
    unsigned long long opened = 0;
    for (unsigned long long n = 0; n < count; n++) {
        /* Each image from its own number alone, so that one that fails can be had again. */
        state = (seed * 0x9E3779B97F4A7C15u) ^ ((n + 1) * 0xD1342543DE82EF95u);
        const block *original = &originals[next_random() % (uint32_t)images];
        block mutated = {malloc(original->count), original->count};
        memcpy(mutated.bytes, original->bytes, original->count);
        for (uint32_t changes = 1 + next_random() % MOST_CHANGES; changes > 0 && mutated.count > 0; changes--) {
            change(&mutated);
        }
        if (n % 1024 == 0) {
            fprintf(stderr, "image %llu\n", n);
        }
        opened += (unsigned long long)try_image(&mutated);
        free(mutated.bytes);
    }
    printf("{\"images\": %llu, \"opened\": %llu, \"refused\": %llu}\n", count, opened, count - opened);
    for (int i = 0; i < images; i++) {
        free(originals[i].bytes);
    }
    return 0;
}
