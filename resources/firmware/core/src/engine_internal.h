/* What the engine's parts share. */
#ifndef STU_ENGINE_INTERNAL_H
#define STU_ENGINE_INTERNAL_H

#include <stdbool.h>

#include "stu_engine.h"
#include "stu_kernels.h"

/* Whether `count` bytes at `at` lie inside `bytes`. */
static inline bool stu_lies_inside(uint64_t at, uint64_t count, uint64_t bytes)
{
    return count <= bytes && at <= bytes - count;
}

uint64_t stu_operator_output_bytes(const stu_operator *op);

/* Whether running a decoded operator can neither fail, overflow, read or write outside, nor write over what it still
 * has to read. engine: with its operators, data and the size of its arena. */
stu_status stu_operator_check(const stu_engine *engine, const stu_operator *op);

#endif
