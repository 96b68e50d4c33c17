/* The audio front end: int16 samples in, log-mel features and the model's int8 input out. FRONT_END.md specifies the
 * section (parameters and tables) and every step of the arithmetic, to the bit. No float, no heap, no globals. */
#ifndef STU_FRONTEND_H
#define STU_FRONTEND_H

#include <stddef.h>
#include <stdint.h>

#include "stu_status.h"

enum {
    STU_FRONTEND_MAX_FFT = 1024,
    STU_FRONTEND_MAX_MELS = 128
};

/* An opened section. Points into it, so the section must stay where it is and unchanged. */
typedef struct {
    const uint8_t *floor;     /* u32 [mels] */
    const uint8_t *window;    /* u16 [window_samples] */
    const uint8_t *sine;      /* i16 [fft] */
    const uint8_t *logarithm; /* u16 [65] */
    const uint8_t *rise;      /* u16 [bins] */
    const uint8_t *interval;  /* u8 [bins] */
    uint32_t rate_hz, clip_samples;
    uint16_t window_samples, stride_samples, frames, fft, mels, first_bin, bins;
    int16_t reference;
    uint8_t fft_log2, normalise, input_shift;
    int8_t input_zero_point;
} stu_frontend;

/* What one frame needs while it is computed; nothing is kept in it from one frame to the next. 5,136 bytes. */
typedef struct {
    int32_t re[STU_FRONTEND_MAX_FFT / 2], im[STU_FRONTEND_MAX_FFT / 2];
    uint64_t band[STU_FRONTEND_MAX_MELS + 2];
} stu_frontend_scratch;

/* Checks a section, of which nothing is believed, so that the functions below cannot read outside or overflow.
 * section: the caller's, flash or RAM, any alignment. On failure *fe is untouched.
 * STU_E_IMAGE: a value outside what FRONT_END.md allows. STU_E_UNSUPPORTED: another kind of front end.
 * STU_E_VERSION: a newer form of this one. */
stu_status stu_frontend_open(stu_frontend *fe, const uint8_t *section, size_t bytes);

uint32_t stu_frontend_rate_hz(const stu_frontend *fe);
uint32_t stu_frontend_clip_samples(const stu_frontend *fe);   /* of one model window */
uint32_t stu_frontend_window_samples(const stu_frontend *fe); /* of one frame */
uint32_t stu_frontend_stride_samples(const stu_frontend *fe); /* from one frame to the next */
uint32_t stu_frontend_frames(const stu_frontend *fe);         /* in one model window */
uint32_t stu_frontend_mels(const stu_frontend *fe);           /* values in one frame */

/* One frame, from its own samples alone: so frames of a stream equal those of a whole window.
 * samples: window_samples of them. features: mels values in 1/256 log2 of power, 0 = full-scale sine. */
void stu_frontend_frame(const stu_frontend *fe, const int16_t *samples, int16_t *features,
                        stu_frontend_scratch *scratch);

/* Level normalisation of one model window: frames * mels values, frame by frame. features may be raw itself. */
void stu_frontend_finish(const stu_frontend *fe, const int16_t *raw, int16_t *features);

/* The model's input: frames * mels values. */
void stu_frontend_quantise(const stu_frontend *fe, const int16_t *features, int8_t *input);

#endif
