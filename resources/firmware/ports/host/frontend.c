/* Front ends for the host: many windows at a time, of sound frames side by side in lanes. The same operations on the same
 * numbers as on a board, so the results are the same; only the compiler's use of the machine differs. */
#define STU_LANES 8
#include "stu_frontend.h"
#include "stu_picture.h"
#include "stu_spectrum.h"

/* What a caller through cffi needs; each opens the section itself, which is little beside one window's work. */
int32_t stu_host_frontend_check(const uint8_t *section, size_t bytes);
int32_t stu_host_frontend_windows(const uint8_t *section, size_t bytes, const void *windows, size_t count,
                                  int16_t *features);
int32_t stu_host_frontend_windows_as_on_a_board(const uint8_t *section, size_t bytes, const void *windows,
                                                size_t count, int16_t *features);
int32_t stu_host_frontend_quantise(const uint8_t *section, size_t bytes, const int16_t *features, size_t count,
                                   int8_t *input);
int32_t stu_host_frontend_fit(const uint8_t *section, size_t bytes, const uint8_t *pixels, uint16_t width,
                              uint16_t height, uint8_t *window);
void stu_host_gray(const uint8_t *rgb, size_t pixels, uint8_t *gray);

typedef struct {
    int32_t re[STU_FRONTEND_MAX_FFT / 2 * STU_LANES], im[STU_FRONTEND_MAX_FFT / 2 * STU_LANES];
    uint64_t band[(STU_FRONTEND_MAX_BANDS + 2) * STU_LANES];
    int16_t unused[STU_FRONTEND_MAX_BANDS]; /* results of lanes that have no frame of their own */
} lane_scratch;

STU_INLINE void all_frames(const stu_frontend *fe, const int16_t *samples, size_t windows, int16_t *features,
                           lane_scratch *scratch)
{
    const size_t frames = windows * fe->frames;
    for (size_t first = 0; first < frames; first += STU_LANES) {
        const int16_t *from[STU_LANES];
        int16_t *to[STU_LANES];
        for (size_t l = 0; l < STU_LANES; l++) {
            const size_t frame = first + l < frames ? first + l : first;
            from[l] = samples + frame / fe->frames * fe->clip_samples + frame % fe->frames * fe->stride_samples;
            to[l] = first + l < frames ? features + frame * fe->values : scratch->unused;
        }
        stu_spectrum_frames(&fe->spectrum, from, to, scratch->re, scratch->im, scratch->band);
    }
}

static void all_frames_plain(const stu_frontend *fe, const int16_t *samples, size_t windows, int16_t *features,
                             lane_scratch *scratch)
{
    all_frames(fe, samples, windows, features, scratch);
}

#if defined(__GNUC__) && defined(__x86_64__)
__attribute__((target("avx2"))) static void all_frames_avx2(const stu_frontend *fe, const int16_t *samples,
                                                            size_t windows, int16_t *features, lane_scratch *scratch)
{
    all_frames(fe, samples, windows, features, scratch);
}
#endif

int32_t stu_host_frontend_check(const uint8_t *section, size_t bytes)
{
    stu_frontend fe;
    return stu_frontend_open(&fe, section, bytes);
}

static void finish_all(const stu_frontend *fe, size_t count, int16_t *features)
{
    const size_t values = (size_t)fe->frames * fe->values;
    for (size_t w = 0; w < count; w++) {
        stu_frontend_finish(fe, features + w * values, features + w * values);
    }
}

/* As samples come in on a board: a frame at a time. */
static void frame_by_frame(const stu_frontend *fe, const int16_t *samples, size_t count, int16_t *features)
{
    stu_frontend_scratch scratch;
    for (size_t w = 0; w < count; w++) {
        const int16_t *const window = samples + w * fe->clip_samples * fe->channels;
        for (size_t f = 0; f < fe->frames; f++) {
            stu_frontend_frame(fe, window + f * fe->stride_samples * fe->channels,
                               features + (w * fe->frames + f) * fe->values, &scratch);
        }
    }
    finish_all(fe, count, features);
}

static void pictures(const stu_frontend *fe, const uint8_t *windows, size_t count, int16_t *features)
{
    const size_t values = (size_t)fe->frames * fe->values;
    for (size_t w = 0; w < count; w++) {
        stu_frontend_picture(fe, windows + w * values, features + w * values);
    }
}

static void sound(const stu_frontend *fe, const int16_t *samples, size_t count, int16_t *features)
{
    lane_scratch scratch;
#if defined(__GNUC__) && defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        all_frames_avx2(fe, samples, count, features, &scratch);
    } else
#endif
    {
        all_frames_plain(fe, samples, count, features, &scratch);
    }
    finish_all(fe, count, features);
}

/* windows: count of them, one after another: int16 samples, channels interleaved, or pixels of pictures as the model
 * sees them. features: as many for each as it has. */
int32_t stu_host_frontend_windows(const uint8_t *section, size_t bytes, const void *windows, size_t count,
                                  int16_t *features)
{
    stu_frontend fe;
    const stu_status status = stu_frontend_open(&fe, section, bytes);
    if (status != STU_OK) {
        return status;
    }
    if (fe.kind == STU_FRONTEND_LOG_MEL) {
        sound(&fe, windows, count, features);
    } else if (fe.kind == STU_FRONTEND_PICTURE) {
        pictures(&fe, windows, count, features);
    } else {
        frame_by_frame(&fe, windows, count, features);
    }
    return STU_OK;
}

/* The same through the functions that a board calls: slower for sound, for proving that lanes change nothing. */
int32_t stu_host_frontend_windows_as_on_a_board(const uint8_t *section, size_t bytes, const void *windows,
                                                size_t count, int16_t *features)
{
    stu_frontend fe;
    const stu_status status = stu_frontend_open(&fe, section, bytes);
    if (status != STU_OK) {
        return status;
    }
    if (fe.kind == STU_FRONTEND_PICTURE) {
        pictures(&fe, windows, count, features);
    } else {
        frame_by_frame(&fe, windows, count, features);
    }
    return STU_OK;
}

int32_t stu_host_frontend_quantise(const uint8_t *section, size_t bytes, const int16_t *features, size_t count,
                                   int8_t *input)
{
    stu_frontend fe;
    const stu_status status = stu_frontend_open(&fe, section, bytes);
    if (status != STU_OK) {
        return status;
    }
    const size_t values = (size_t)fe.frames * fe.values;
    for (size_t w = 0; w < count; w++) {
        stu_frontend_quantise(&fe, features + w * values, input + w * values);
    }
    return STU_OK;
}

/* STU_E_UNSUPPORTED: the section is not of pictures. */
int32_t stu_host_frontend_fit(const uint8_t *section, size_t bytes, const uint8_t *pixels, uint16_t width,
                              uint16_t height, uint8_t *window)
{
    stu_frontend fe;
    const stu_status status = stu_frontend_open(&fe, section, bytes);
    if (status != STU_OK || fe.kind != STU_FRONTEND_PICTURE) {
        return status != STU_OK ? status : STU_E_UNSUPPORTED;
    }
    stu_frontend_fit(&fe, pixels, width, height, window);
    return STU_OK;
}

void stu_host_gray(const uint8_t *rgb, size_t pixels, uint8_t *gray)
{
    stu_picture_gray_rgb888(rgb, pixels, gray);
}
