/* Flat functions over the core's engine, for Python. */
#include "stu_engine.h"

#include <string.h>

#include "stu_image.h"
#include "stu_node.h"

int32_t stu_host_image_verify(const uint8_t *image, size_t bytes);
int32_t stu_host_engine_sizes(const uint8_t *image, size_t bytes, uint8_t *arena, size_t arena_bytes, uint32_t *sizes);
int32_t stu_host_image_check(const uint8_t *image, size_t bytes, uint32_t *arena_bytes);
int32_t stu_host_engine_run(const uint8_t *image, size_t bytes, uint8_t *arena, size_t arena_bytes,
                            const int8_t *inputs, size_t rows, int8_t *outputs);
int32_t stu_host_engine_tap(const uint8_t *image, size_t bytes, uint8_t *arena, size_t arena_bytes,
                            const int8_t *input, int8_t *taps, size_t taps_bytes, uint32_t *tap_bytes);
int32_t stu_host_listening(const uint8_t *section, size_t bytes, uint64_t *window_bytes, uint32_t *input_bytes);
uint32_t stu_host_context_bytes(void);

int32_t stu_host_image_verify(const uint8_t *image, size_t bytes)
{
    return stu_image_verify(image, bytes);
}

int32_t stu_host_image_check(const uint8_t *image, size_t bytes, uint32_t *arena_bytes)
{
    const stu_status status = stu_image_check(image, bytes);
    if (status == STU_OK) {
        *arena_bytes = stu_image_arena_bytes(image);
    }
    return status;
}

/* sizes: of input, of output, operators. */
int32_t stu_host_engine_sizes(const uint8_t *image, size_t bytes, uint8_t *arena, size_t arena_bytes, uint32_t *sizes)
{
    stu_engine engine;
    const stu_status status = stu_engine_open(&engine, image, bytes, arena, arena_bytes);
    if (status == STU_OK) {
        sizes[0] = stu_engine_input_bytes(&engine);
        sizes[1] = stu_engine_output_bytes(&engine);
        sizes[2] = stu_engine_operators(&engine);
    }
    return status;
}

int32_t stu_host_engine_run(const uint8_t *image, size_t bytes, uint8_t *arena, size_t arena_bytes,
                            const int8_t *inputs, size_t rows, int8_t *outputs)
{
    stu_engine engine;
    const stu_status status = stu_engine_open(&engine, image, bytes, arena, arena_bytes);
    if (status != STU_OK) {
        return status;
    }
    const size_t in = stu_engine_input_bytes(&engine), out = stu_engine_output_bytes(&engine);
    for (size_t row = 0; row < rows; row++) {
        memcpy(stu_engine_input(&engine), inputs + row * in, in);
        stu_engine_run(&engine);
        memcpy(outputs + row * out, stu_engine_output(&engine), out);
    }
    return STU_OK;
}

/* One input; the output of every operator, one after another, in taps, their lengths in tap_bytes (one an operator).
 * taps NULL: the lengths only. STU_E_TOO_LARGE: taps_bytes is less than all of them. */
int32_t stu_host_engine_tap(const uint8_t *image, size_t bytes, uint8_t *arena, size_t arena_bytes,
                            const int8_t *input, int8_t *taps, size_t taps_bytes, uint32_t *tap_bytes)
{
    stu_engine engine;
    const stu_status status = stu_engine_open(&engine, image, bytes, arena, arena_bytes);
    if (status != STU_OK) {
        return status;
    }
    memcpy(stu_engine_input(&engine), input, stu_engine_input_bytes(&engine));
    size_t at = 0;
    for (uint32_t i = 0; i < stu_engine_operators(&engine); i++) {
        const int8_t *output = stu_engine_run_operator(&engine, i, &tap_bytes[i]);
        if (taps != NULL) {
            if (tap_bytes[i] > taps_bytes - at) {
                return STU_E_TOO_LARGE;
            }
            memcpy(taps + at, output, tap_bytes[i]);
            at += tap_bytes[i];
        }
    }
    return STU_OK;
}

/* What a front end's section needs of a board's RAM, and the bytes of a window as the sensor gives it. */
int32_t stu_host_listening(const uint8_t *section, size_t bytes, uint64_t *window_bytes, uint32_t *input_bytes)
{
    stu_frontend fe;
    const stu_status status = stu_frontend_open(&fe, section, bytes);
    if (status == STU_OK) {
        *window_bytes = stu_node_window_bytes(&fe);
        *input_bytes = stu_frontend_window_bytes(&fe);
    }
    return status;
}

uint32_t stu_host_context_bytes(void)
{
    return stu_node_context_bytes();
}
