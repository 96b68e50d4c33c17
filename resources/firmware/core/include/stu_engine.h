/* Runs the int8 network of a model image, in place. Every operator gives the values that TensorFlow Lite Micro's
 * reference gives, to the bit. */
#ifndef STU_ENGINE_H
#define STU_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#include "stu_status.h"

/* An opened image. Its members are the engine's own. */
typedef struct {
    const uint8_t *operators; /* records */
    const uint8_t *data;
    int8_t *arena;
    uint32_t operator_count;
    uint32_t data_bytes, arena_bytes;
    uint32_t input_at, input_bytes, output_at, output_bytes;
} stu_engine;

/* Opens an image whose SHA-256 was checked on reception or at boot, and checks its structure and every operator, so
 * that running it cannot fail, overflow or read outside, whatever the bytes are.
 * image: the caller's, flash or RAM, any alignment; must not change while the engine is in use.
 * arena: the caller's scratch, 16-byte aligned, at least stu_image_arena_bytes(image); each run overwrites it.
 * STU_E_IMAGE, STU_E_VERSION: as stu_image_check. STU_E_UNSUPPORTED: an operator that this core does not have.
 * STU_E_ARENA: the arena is too small. *engine is then untouched. */
stu_status stu_engine_open(stu_engine *engine, const uint8_t *image, size_t bytes, uint8_t *arena,
                           size_t arena_bytes);

/* Where the input is written before a run, and the output read after it: in the arena. The input's place serves other
 * tensors during the run, so it is written anew before each. */
int8_t *stu_engine_input(const stu_engine *engine);
const int8_t *stu_engine_output(const stu_engine *engine);
uint32_t stu_engine_input_bytes(const stu_engine *engine);
uint32_t stu_engine_output_bytes(const stu_engine *engine);

void stu_engine_run(const stu_engine *engine);

/* One operator at a time, in order, for looking at what each gives. index < stu_engine_operators(engine).
 * Returns the operator's output, of *bytes, which holds until the next call. */
uint32_t stu_engine_operators(const stu_engine *engine);
const int8_t *stu_engine_run_operator(const stu_engine *engine, uint32_t index, uint32_t *bytes);

#endif
