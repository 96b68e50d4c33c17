#include <time.h>

#include "virtual.h"

static uint64_t read_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

uint64_t virtual_real_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

void virtual_clock_begin(virtual_clock *clock, int32_t ppm, uint32_t slower)
{
    clock->ppm = ppm;
    clock->slower = slower;
    clock->lived_us = 0;
    clock->worked_us = read_us(CLOCK_PROCESS_CPUTIME_ID);
}

uint64_t virtual_clock_us(const virtual_clock *clock)
{
    const uint64_t work_us = (read_us(CLOCK_PROCESS_CPUTIME_ID) - clock->worked_us) * clock->slower;
    const int64_t lived_us = (int64_t)(clock->lived_us + work_us);
    return (uint64_t)(lived_us + lived_us / 1000000 * clock->ppm + lived_us % 1000000 * clock->ppm / 1000000);
}

void virtual_clock_worked(virtual_clock *clock)
{
    const uint64_t now_us = read_us(CLOCK_PROCESS_CPUTIME_ID), work_us = now_us - clock->worked_us;
    clock->worked_us = now_us;
    clock->lived_us += work_us * clock->slower;
    if (clock->slower > 1 && work_us > 0) {
        /* The sensors and the host go on meanwhile. */
        const uint64_t rest_us = work_us * (clock->slower - 1);
        const struct timespec rest = {(time_t)(rest_us / 1000000u), (long)(rest_us % 1000000u * 1000u)};
        nanosleep(&rest, NULL);
    }
}

void virtual_clock_passed(virtual_clock *clock, uint64_t us)
{
    clock->lived_us += us;
}
