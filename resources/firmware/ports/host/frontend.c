/* The front end for the host: many windows at a time, frames side by side in lanes. The same operations on the same
 * numbers as on a board, so the results are the same; only the compiler's use of the machine differs. */
#define STU_LANES 8
#include "stu_frontend.h"
#include "stu_logmel.h"

/* What a caller through cffi needs; each opens the section itself, which is little beside one window's work. */
int32_t stu_host_frontend_check(const uint8_t *section, size_t bytes);
int32_t stu_host_frontend_windows(const uint8_t *section, size_t bytes, const int16_t *samples, size_t windows,
                                  int16_t *features);
int32_t stu_host_frontend_windows_as_on_a_board(const uint8_t *section, size_t bytes, const int16_t *samples,
                                                size_t windows, int16_t *features);
int32_t stu_host_frontend_quantise(const uint8_t *section, size_t bytes, const int16_t *features, size_t windows,
                                   int8_t *input);

typedef struct {
    int32_t re[STU_FRONTEND_MAX_FFT / 2 * STU_LANES], im[STU_FRONTEND_MAX_FFT / 2 * STU_LANES];
    uint64_t band[(STU_FRONTEND_MAX_MELS + 2) * STU_LANES];
    int16_t unused[STU_FRONTEND_MAX_MELS]; /* results of lanes that have no frame of their own */
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
            to[l] = first + l < frames ? features + frame * fe->mels : scratch->unused;
        }
        stu_logmel_frames(fe, from, to, scratch->re, scratch->im, scratch->band);
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

/* samples: windows * clip_samples, one window after another. features: windows * frames * mels. */
int32_t stu_host_frontend_windows(const uint8_t *section, size_t bytes, const int16_t *samples, size_t windows,
                                  int16_t *features)
{
    stu_frontend fe;
    lane_scratch scratch;
    const stu_status status = stu_frontend_open(&fe, section, bytes);
    if (status != STU_OK) {
        return status;
    }
#if defined(__GNUC__) && defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        all_frames_avx2(&fe, samples, windows, features, &scratch);
    } else
#endif
    {
        all_frames_plain(&fe, samples, windows, features, &scratch);
    }
    for (size_t w = 0; w < windows; w++) {
        int16_t *const window = features + w * fe.frames * fe.mels;
        stu_frontend_finish(&fe, window, window);
    }
    return STU_OK;
}

/* The same through the functions that a board calls, a frame at a time: slower, for proving that lanes change nothing. */
int32_t stu_host_frontend_windows_as_on_a_board(const uint8_t *section, size_t bytes, const int16_t *samples,
                                                size_t windows, int16_t *features)
{
    stu_frontend fe;
    stu_frontend_scratch scratch;
    const stu_status status = stu_frontend_open(&fe, section, bytes);
    if (status != STU_OK) {
        return status;
    }
    for (size_t w = 0; w < windows; w++) {
        int16_t *const window = features + w * fe.frames * fe.mels;
        for (size_t f = 0; f < fe.frames; f++) {
            stu_frontend_frame(&fe, samples + w * fe.clip_samples + f * fe.stride_samples, window + f * fe.mels,
                               &scratch);
        }
        stu_frontend_finish(&fe, window, window);
    }
    return STU_OK;
}

int32_t stu_host_frontend_quantise(const uint8_t *section, size_t bytes, const int16_t *features, size_t windows,
                                   int8_t *input)
{
    stu_frontend fe;
    const stu_status status = stu_frontend_open(&fe, section, bytes);
    if (status != STU_OK) {
        return status;
    }
    for (size_t w = 0; w < windows; w++) {
        const size_t values = (size_t)fe.frames * fe.mels;
        stu_frontend_quantise(&fe, features + w * values, input + w * values);
    }
    return STU_OK;
}
