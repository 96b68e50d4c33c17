/* A model image: everything that a model is on a board, in one flat block of bytes that runs where it lies, in flash
 * or in RAM, at any address. MODEL_IMAGE.md specifies it. */
#ifndef STU_IMAGE_H
#define STU_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stu_status.h"

enum {
    STU_IMAGE_HEADER_BYTES = 48,
    STU_IMAGE_VERSION = 1,
    STU_IMAGE_MAX_SECTIONS = 16
};

/* Sections, by the four letters that are their tag. */
enum {
    STU_IMAGE_OPERATORS = 0x5245504F, /* "OPER" */
    STU_IMAGE_DATA = 0x41544144,      /* "DATA": weights, biases, multipliers, shifts, tables */
    STU_IMAGE_FRONT_END = 0x444E4546, /* "FEND" */
    STU_IMAGE_CLASSES = 0x53414C43,   /* "CLAS" */
    STU_IMAGE_DECISION = 0x49434544,  /* "DECI" */
    STU_IMAGE_GOLDEN = 0x444C4F47     /* "GOLD": lengths of input and output (u32), input, expected output */
};

/* Length that an image gives itself, or 0 if it does not begin as one. Believe it after stu_image_verify only.
 * image: at least STU_IMAGE_HEADER_BYTES. */
uint32_t stu_image_bytes(const uint8_t *image);

/* Compares the image's SHA-256 with its bytes, which is work: once on reception and once at boot.
 * STU_E_IMAGE: not an image of this length. STU_E_HASH: damaged. */
stu_status stu_image_verify(const uint8_t *image, size_t bytes);

/* Checks header and sections, so that stu_image_section can be called: of the bytes, nothing is believed.
 * STU_E_IMAGE: no image, or its structure is wrong. STU_E_VERSION: newer than this core. */
stu_status stu_image_check(const uint8_t *image, size_t bytes);

/* Finds a section of a checked image. false: there is none; *section and *count are then untouched. */
bool stu_image_section(const uint8_t *image, uint32_t tag, const uint8_t **section, size_t *count);

/* Arena that a checked image asks for. */
uint32_t stu_image_arena_bytes(const uint8_t *image);

#endif
