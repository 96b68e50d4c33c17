/* Mutates front ends' sections and computes with what opens, under the sanitisers: fuzz_frontend SEED COUNT SECTION...
 * Prints how many opened and how many were refused. Any read or write outside, any overflow aborts. */
#include "fuzz_mutate.h"
#include "stu_frontend.h"

enum { MOST_VALUES = 1 << 20, MOST_SIDE = 200 };

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
    block copy = copy_of(section);
    stu_frontend fe;
    const int opened = stu_frontend_open(&fe, copy.bytes, copy.count) == STU_OK;
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
    free(copy.bytes);
    return opened;
}

int main(int argument_count, char **arguments)
{
    return mutate(argument_count, arguments, &(mutant){"section", 3, change, try_section});
}
