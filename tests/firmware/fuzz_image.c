/* Mutates model images and runs what opens, under the sanitisers: fuzz_image SEED COUNT IMAGE...
 * Prints how many opened and how many were refused. Any read outside or overflow aborts, after the number of the image
 * that did it was written to standard error. */
#include "fuzz_mutate.h"
#include "stu_decision.h"
#include "stu_engine.h"
#include "stu_frontend.h"
#include "stu_image.h"

enum { LARGEST_ARENA = 65536 };

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
    uint8_t *bytes = copy_of(image).bytes, *arena = NULL;
    int ran = 0;
    if (image->count >= STU_IMAGE_HEADER_BYTES) {
        (void)stu_image_verify(bytes, image->count);
        if (stu_image_check(bytes, image->count) == STU_OK) {
            read_sections(bytes);
            const uint32_t wanted = stu_image_arena_bytes(bytes);
            const size_t arena_bytes = wanted < LARGEST_ARENA ? wanted : LARGEST_ARENA;
            arena = memory(arena_bytes);
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
    return mutate(argument_count, arguments, &(mutant){"image", 4, change, try_image});
}
