/* What the front end's source files share. frontend.c: which kind it is, and what all do alike. Of each kind, opening
 * (true: the section is sound; kind, rate and length were looked at) and what only it computes: frontend_logmel.c,
 * frontend_rows.c (movement as it is, slow sensors), frontend_statistics.c, frontend_picture.c. */
#ifndef STU_FRONTEND_INTERNAL_H
#define STU_FRONTEND_INTERNAL_H

#define STU_LANES 1
#include "stu_spectrum.h"

enum {
    FRONTEND_NORMALISE_NONE = 0,
    FRONTEND_NORMALISE_LEVEL = 1, /* the window's mean */
    FRONTEND_NORMALISE_BAND = 2   /* each value's over the frames */
};

bool stu_frontend_open_logmel(stu_frontend *fe, const uint8_t *section, size_t bytes);
bool stu_frontend_open_rows(stu_frontend *fe, const uint8_t *section, size_t bytes);
bool stu_frontend_open_statistics(stu_frontend *fe, const uint8_t *section, size_t bytes);
bool stu_frontend_open_picture(stu_frontend *fe, const uint8_t *section, size_t bytes);

/* frontend_logmel.c. What a spectrum's tables take; whether its numbers, and then its tables, are sound. */
size_t stu_spectrum_bytes(const stu_spectrum *s);
bool stu_spectrum_is_sound(const stu_spectrum *s);
bool stu_spectrum_open(stu_spectrum *s, const uint8_t *tables);

/* frontend_rows.c. */
enum { FRONTEND_ROWS_HEADER = 24 };
bool stu_frontend_read_rows(stu_frontend *fe, const uint8_t *section); /* the header, which is there */
size_t stu_frontend_rows_bytes(const stu_frontend *fe);                /* of its tables */
bool stu_frontend_open_tables(stu_frontend *fe, const uint8_t *tables);
int16_t stu_frontend_scale(const stu_frontend *fe, int16_t sample, size_t channel);

/* frontend_statistics.c */
void stu_frontend_statistics(const stu_frontend *fe, const int16_t *samples, int16_t *features,
                             stu_frontend_scratch *scratch);

static inline uint16_t stu_frontend_u16(const uint8_t *field)
{
    return (uint16_t)stu_table_u16(field, 0);
}

/* Whether the section says that it is so long, and all of it is there. It is padded to a multiple of 4. */
bool stu_frontend_has_length(const uint8_t *section, size_t bytes, size_t content);

#endif
