/* What the harnesses that mutate files share: fuzz_X SEED COUNT FILE...
 * COUNT times one of the files is changed and tried, under the sanitisers. The number of each 1,024th goes to standard
 * error; how many opened and how many were refused is printed as one JSON object. */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_FILES = 64 };

typedef struct {
    uint8_t *bytes;
    size_t count;
} block;

typedef struct {
    const char *name; /* of what is in a file */
    uint32_t most_changes;
    void (*change)(block *given);
    int (*opens)(const block *given); /* tries it; one that was not changed has to open */
} mutant;

static uint64_t state;

static inline uint32_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

/* Of exactly the length, so that the sanitiser sees one byte too many. */
static inline void *memory(size_t count)
{
    void *bytes = malloc(count > 0 ? count : 1);
    if (bytes == NULL) {
        exit(2);
    }
    return bytes;
}

static inline block copy_of(const block *given)
{
    block copy = {memory(given->count), given->count};
    memcpy(copy.bytes, given->bytes, given->count);
    return copy;
}

static inline block read_file(const char *path)
{
    block b = {NULL, 0};
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        perror(path);
        exit(2);
    }
    b.count = (size_t)ftell(file);
    b.bytes = memory(b.count);
    rewind(file);
    if (fread(b.bytes, 1, b.count, file) != b.count) {
        perror(path);
        exit(2);
    }
    fclose(file);
    return b;
}

/* Returns main's result: 2 where the call is off or a file does not open as it is. */
static inline int mutate(int argument_count, char **arguments, const mutant *kind)
{
    if (argument_count < 4) {
        fprintf(stderr, "usage: %s SEED COUNT FILE...\n", arguments[0]);
        return 2;
    }
    const unsigned long long seed = strtoull(arguments[1], NULL, 10), count = strtoull(arguments[2], NULL, 10);
    const int files = argument_count - 3 < MOST_FILES ? argument_count - 3 : MOST_FILES;
    block originals[MOST_FILES];
    state = 1;
    for (int i = 0; i < files; i++) {
        originals[i] = read_file(arguments[3 + i]);
        if (!kind->opens(&originals[i])) {
            fprintf(stderr, "%s does not open\n", arguments[3 + i]);
            return 2;
        }
    }
    unsigned long long opened = 0;
    for (unsigned long long n = 0; n < count; n++) {
        /* Each from its own number alone, so that one that fails can be had again. */
        state = (seed * 0x9E3779B97F4A7C15u) ^ ((n + 1) * 0xD1342543DE82EF95u);
        block mutated = copy_of(&originals[next_random() % (uint32_t)files]);
        for (uint32_t changes = 1 + next_random() % kind->most_changes; changes > 0 && mutated.count > 0; changes--) {
            kind->change(&mutated);
        }
        if (n % 1024 == 0) {
            fprintf(stderr, "%s %llu\n", kind->name, n);
        }
        opened += (unsigned long long)kind->opens(&mutated);
        free(mutated.bytes);
    }
    printf("{\"%ss\": %llu, \"opened\": %llu, \"refused\": %llu}\n", kind->name, count, opened, count - opened);
    for (int i = 0; i < files; i++) {
        free(originals[i].bytes);
    }
    return 0;
}

#endif
