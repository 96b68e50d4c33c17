/* Mutates front ends' sections and computes with what opens, under the sanitisers: fuzz_frontend SEED COUNT SECTION...
 * Prints how many opened and how many were refused. Any read or write outside, any overflow aborts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stu_frontend.h"

enum { MOST_SECTIONS = 64, MOST_CHANGES = 3, MOST_VALUES = 1 << 20, MOST_SIDE = 200 };

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

/* Of exactly the length, so that the sanitiser sees one byte too many. */
static void *memory(size_t count)
{
    uint8_t *bytes = malloc(count > 0 ? count : 1);
    if (bytes == NULL) {
        exit(2);
    }
    return bytes;
}

static block read_file(const char *path)
{
    block b = {memory(1 << 16), 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(2);
    }
    b.count = fread(b.bytes, 1, 1 << 16, file);
    fclose(file);
    return b;
}

/* The header decides; the tables are looked at too. */
static void change(block *section)
{
    static const uint16_t telling[] = {0, 1, 2, 5, 63, 64, 127, 128, 255, 256, 512, 1024, 0x7FFF, 0x8000, 0xFFFF};
    const size_t front = section->count < 48 ? section->count : 48;
    const size_t at = next_random() % (next_random() % 3 == 0 ? section->count : front);
    const uint16_t value = telling[next_random() % (sizeof telling / sizeof telling[0])];
    switch (next_random() % 4) {
    case 0:
        section->bytes[at] ^= (uint8_t)(1u << next_random() % 8);
        break;
    case 1:
        section->bytes[at] = (uint8_t)next_random();
        break;
    case 2:
        section->bytes[at / 2 * 2] = (uint8_t)value;
        if (at / 2 * 2 + 1 < section->count) {
            section->bytes[at / 2 * 2 + 1] = (uint8_t)(value >> 8);
        }
        break;
    default: /* shorter, and it may say so */
        if (next_random() % 16 == 0) {
            section->count = at;
        }
        break;
    }
}

/* Samples at the ends of their range, or any. */
static void fill(uint8_t *bytes, size_t count)
{
    const uint32_t how = next_random() % 3;
    for (size_t i = 0; i < count; i++) {
        bytes[i] = how == 0 ? (uint8_t)(i % 2 == 0 ? 0x00 : 0x80) : how == 1 ? (uint8_t)(i % 2 == 0 ? 0xFF : 0x7F)
                                                                             : (uint8_t)next_random();
    }
}

static void see(const stu_frontend *fe, int16_t *features)
{
    const uint16_t width = (uint16_t)(1 + next_random() % MOST_SIDE), height = (uint16_t)(1 + next_random() % MOST_SIDE);
    uint8_t *pixels = memory((size_t)width * height), *window = memory(stu_frontend_window_bytes(fe));
    fill(pixels, (size_t)width * height);
    stu_frontend_fit(fe, pixels, width, height, window);
    stu_frontend_picture(fe, window, features);
    free(pixels);
    free(window);
}

static void hear(const stu_frontend *fe, int16_t *features)
{
    const size_t bytes = (size_t)fe->window_samples * fe->channels * sizeof(int16_t);
    stu_frontend_scratch *scratch = memory(sizeof *scratch);
    int16_t *samples = memory(bytes), *frame = memory(fe->values * sizeof *frame);
    for (uint32_t f = 0; f < fe->frames; f++) {
        if (f < 3) {
            fill((uint8_t *)samples, bytes);
            stu_frontend_frame(fe, samples, frame, scratch);
        }
        memcpy(features + (size_t)f * fe->values, frame, fe->values * sizeof *frame);
    }
    stu_frontend_finish(fe, features, features);
    free(samples);
    free(frame);
    free(scratch);
}

/* true: it opened, and was computed with where its window is not beyond what any board has. */
static int try_section(const block *section)
{
    uint8_t *bytes = memory(section->count);
    memcpy(bytes, section->bytes, section->count);
    stu_frontend fe;
    const int opened = stu_frontend_open(&fe, bytes, section->count) == STU_OK;
    const uint64_t values = opened ? (uint64_t)fe.frames * fe.values : 0;
    if (opened && values <= MOST_VALUES) {
        int16_t *features = memory(values * sizeof *features);
        int8_t *input = memory(values);
        if (fe.kind == STU_FRONTEND_PICTURE) {
            see(&fe, features);
        } else {
            hear(&fe, features);
        }
        stu_frontend_quantise(&fe, features, input);
        free(features);
        free(input);
    }
    free(bytes);
    return opened;
}

int main(int argument_count, char **arguments)
{
    if (argument_count < 4) {
        fprintf(stderr, "usage: fuzz_frontend SEED COUNT SECTION...\n");
        return 2;
    }
    const unsigned long long seed = strtoull(arguments[1], NULL, 10), count = strtoull(arguments[2], NULL, 10);
    const int given = argument_count - 3 < MOST_SECTIONS ? argument_count - 3 : MOST_SECTIONS;
    block originals[MOST_SECTIONS];
    state = 1;
    for (int i = 0; i < given; i++) {
        originals[i] = read_file(arguments[3 + i]);
        if (!try_section(&originals[i])) {
            fprintf(stderr, "%s does not open\n", arguments[3 + i]);
            return 2;
        }
    }
    unsigned long long opened = 0;
    for (unsigned long long n = 0; n < count; n++) {
        /* Each from its own number alone, so that one that fails can be had again. */
        state = (seed * 0x9E3779B97F4A7C15u) ^ ((n + 1) * 0xD1342543DE82EF95u);
        const block *original = &originals[next_random() % (uint32_t)given];
        block mutated = {memory(original->count), original->count};
        memcpy(mutated.bytes, original->bytes, original->count);
        for (uint32_t changes = 1 + next_random() % MOST_CHANGES; changes > 0 && mutated.count > 0; changes--) {
            change(&mutated);
        }
        if (n % 1024 == 0) {
            fprintf(stderr, "section %llu\n", n);
        }
        opened += (unsigned long long)try_section(&mutated);
        free(mutated.bytes);
    }
    printf("{\"sections\": %llu, \"opened\": %llu, \"refused\": %llu}\n", count, opened, count - opened);
    for (int i = 0; i < given; i++) {
        free(originals[i].bytes);
    }
    return 0;
}
