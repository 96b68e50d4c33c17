/* Front ends: what a sensor gives in, features and the model's int8 input out. FRONT_END.md specifies their sections
 * (parameters and tables) and every step of the arithmetic, to the bit. No float, no heap, no globals.
 *
 * Of sound and of rows (movement, slow sensors) a window is made of frames, each computed from its own samples alone: so
 * those of a stream equal those of a whole window. A picture is a window by itself. */
#ifndef STU_FRONTEND_H
#define STU_FRONTEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stu_hal.h"
#include "stu_status.h"

enum {
    STU_FRONTEND_MAX_FFT = 1024,
    STU_FRONTEND_MAX_BANDS = 128,
    STU_FRONTEND_MAX_CHANNELS = 16
};

typedef enum {
    STU_FRONTEND_LOG_MEL = 1,
    STU_FRONTEND_MOTION_RAW = 2,
    STU_FRONTEND_MOTION_STATISTICS = 3,
    STU_FRONTEND_READINGS = 4,
    STU_FRONTEND_PICTURE = 5
} stu_frontend_kind;

typedef struct {
    const uint8_t *floor;     /* u32 [bands] */
    const uint8_t *window;    /* u16 [window_samples] */
    const uint8_t *sine;      /* i16 [fft] */
    const uint8_t *logarithm; /* u16 [65] */
    const uint8_t *rise;      /* u16 [bins] */
    const uint8_t *interval;  /* u8 [bins] */
    uint16_t window_samples, fft, bands, first_bin, bins;
    int16_t reference;
    uint8_t fft_log2;
} stu_spectrum;

/* An opened section, to be read only. Points into it, so the section must stay where it is and unchanged. */
typedef struct {
    stu_frontend_kind kind;
    stu_sensor_id sensor;
    uint32_t rate_hz;
    uint32_t clip_samples;   /* of one model window: samples of all channels, or 1 picture */
    uint32_t channels;       /* of a sample */
    uint32_t window_samples; /* of one frame */
    uint32_t stride_samples; /* from one frame to the next */
    uint32_t frames;         /* in one model window; rows of a picture */
    uint32_t values;         /* in one frame; columns of a picture */
    uint8_t normalise, input_shift;
    int8_t input_zero_point;
    bool crops;                 /* a picture of another shape: its middle is seen, not all of it distorted */
    stu_spectrum spectrum;      /* of log-mel and statistics */
    const uint8_t *offsets;     /* of rows: i16 [channels] */
    const uint8_t *multipliers; /* u16 [channels] */
    const uint8_t *shifts;      /* u8 [channels] */
} stu_frontend;

/* What one frame needs while it is computed; nothing is kept in it from one frame to the next. 7,184 bytes. */
typedef struct {
    int32_t re[STU_FRONTEND_MAX_FFT / 2], im[STU_FRONTEND_MAX_FFT / 2];
    uint64_t band[STU_FRONTEND_MAX_BANDS + 2];
    int16_t axis[STU_FRONTEND_MAX_FFT]; /* one channel's samples */
} stu_frontend_scratch;

/* Checks a section, of which nothing is believed, so that the functions below cannot read outside or overflow.
 * section: the caller's, flash or RAM, any alignment. On failure *fe is untouched.
 * STU_E_IMAGE: a value outside what FRONT_END.md allows. STU_E_UNSUPPORTED: a kind that this firmware does not know.
 * STU_E_VERSION: a newer form of one that it does. */
stu_status stu_frontend_open(stu_frontend *fe, const uint8_t *section, size_t bytes);

/* Bytes of one model window as it comes from the sensor. */
uint32_t stu_frontend_window_bytes(const stu_frontend *fe);

/* One frame of anything but a picture. samples: window_samples of them, channels interleaved. features: its values. */
void stu_frontend_frame(const stu_frontend *fe, const int16_t *samples, int16_t *features,
                        stu_frontend_scratch *scratch);

/* What is done over one whole window: frames * values of them, frame by frame. features may be raw itself. */
void stu_frontend_finish(const stu_frontend *fe, const int16_t *raw, int16_t *features);

/* A picture as the model sees it, cropped and shrunk (or enlarged). pixels: width * height of them, gray, row by row,
 * each side from 1 to 65,535. window: frames * values. */
void stu_frontend_fit(const stu_frontend *fe, const uint8_t *pixels, uint16_t width, uint16_t height, uint8_t *window);

/* A picture's features, from its window. */
void stu_frontend_picture(const stu_frontend *fe, const uint8_t *window, int16_t *features);

/* The model's input: frames * values of it. */
void stu_frontend_quantise(const stu_frontend *fe, const int16_t *features, int8_t *input);

#endif
