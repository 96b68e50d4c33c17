/* The virtual board: the core in a process of this machine. Its link is a pty or a TCP port on loopback, its flash a
 * file, its sensor what comes in on standard input. README.md says how it is started and fed. */
#ifndef STU_VIRTUAL_H
#define STU_VIRTUAL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stu_hal.h"

/* clock.c. The board's own time is what it worked, by the processor time that it was given, and what it slept: a machine
 * that keeps its process from the processor does not make it late, it only has to catch up. */
typedef struct {
    int32_t ppm;        /* by so much its crystal is fast */
    uint32_t slower;    /* times, than this machine's processor */
    uint64_t lived_us;  /* worked and slept, as of worked_us; without ppm */
    uint64_t worked_us; /* processor time of this process */
} virtual_clock;

uint64_t virtual_real_us(void); /* this machine's */
void virtual_clock_begin(virtual_clock *clock, int32_t ppm, uint32_t slower);
uint64_t virtual_clock_us(const virtual_clock *clock); /* the board's, since it began */
/* After some work: sleeps for as long as a slower processor would still be at it. */
void virtual_clock_worked(virtual_clock *clock);
void virtual_clock_passed(virtual_clock *clock, uint64_t us);

/* flash.c */
typedef struct {
    int file;
    uint32_t bytes;
    const uint8_t *map;
    uint8_t id[8];
} virtual_flash;

/* Opens or makes the file, locks it, and brings it to `bytes`, what is missing erased. NULL, or why not. */
const char *virtual_flash_open(virtual_flash *flash, const char *path, uint32_t bytes);
stu_status virtual_flash_erase(virtual_flash *flash);
stu_status virtual_flash_write(virtual_flash *flash, uint32_t offset, const uint8_t *bytes, size_t count);

/* wire.c */
enum { VIRTUAL_TOKEN_CHARACTERS = 32, VIRTUAL_DELAYED_BYTES = 65536, VIRTUAL_DELAYED_RUNS = 1024 };

/* Bytes that went into the link together, and come out of it together. */
typedef struct {
    uint64_t out_us; /* by this machine's clock */
    size_t count;
} virtual_run;

typedef struct {
    int listener, peer; /* peer: the pty's master side, or the connected client; -1 if there is none */
    int held;           /* the pty's other side, held so that hosts may come and go */
    uint16_t port;
    char name[128];
    char token[VIRTUAL_TOKEN_CHARACTERS + 1];
    uint64_t bytes_per_s; /* 0: as fast as it goes */
    uint64_t filled_us;
    uint64_t allowance; /* bytes that may go now */
    uint32_t jitter_us; /* a run is held back for 0 to twice as long, and behind the one before it; 0: nothing is */
    uint64_t random, last_out_us;
    uint8_t delayed[VIRTUAL_DELAYED_BYTES]; /* a ring, and another of the runs that are in it */
    size_t delayed_at, delayed_count;
    virtual_run runs[VIRTUAL_DELAYED_RUNS];
    size_t runs_at, runs_count;
} virtual_wire;

const char *virtual_wire_open(virtual_wire *wire, bool tcp, uint32_t bytes_per_s, uint32_t jitter_us);
/* now_us: the board's, by which the link is as fast as it is. */
size_t virtual_wire_send(virtual_wire *wire, uint64_t now_us, const uint8_t *bytes, size_t count);
size_t virtual_wire_receive(virtual_wire *wire, uint8_t *bytes, size_t max_bytes);
/* What to wait for: fills in one entry; returns for how many milliseconds at most, -1 for ever. */
int virtual_wire_wait(const virtual_wire *wire, bool takes_input, bool has_output, struct pollfd *entry);
void virtual_wire_woke(virtual_wire *wire, const struct pollfd *entry);
/* Of bytes that wait for the link: whether by the real time of the host, or of their delay, and not by the link's speed. */
bool virtual_wire_is_full(const virtual_wire *wire);

/* source.c. What comes in is there when its time has come: by the board's clock, at the sensor's rate. So a feeder or a board
 * that was kept from the processor finds all of it in the pipe and takes it in piece by piece, as it would have. A board
 * that was at work for too long by its own clock loses what its driver had no room for.
 * Pictures: the one that the board looks at, two that wait, as in a quarter of a second at 10 Hz, and the one that arrives. */
enum { VIRTUAL_PICTURES = 4, VIRTUAL_FIFO_VALUES = 8192, VIRTUAL_STAGING_BYTES = 16384, VIRTUAL_MESSAGE_HEADER = 12 };

typedef struct {
    bool waits; /* the feeder waits for the board: read on only while there is room, lose nothing */
    bool on, ended;
    uint32_t rate_hz, stream; /* number of the present stream; what belongs to another is passed over */
    uint32_t channels;        /* of the sensor that is on */
    uint64_t began_us;        /* the board's clock when it started */
    uint64_t at_us;           /* until when `due` is reckoned */
    uint64_t due;             /* samples, in millionths, whose time has come and that did not come in yet */
    bool early;               /* the next one is here before its time */
    uint64_t delivered;       /* samples or pictures read and lost since the stream began */
    uint8_t staging[VIRTUAL_STAGING_BYTES];
    size_t at, count;
    uint8_t kind; /* of the message being read */
    uint32_t message_stream, message_left;
    int16_t fifo[VIRTUAL_FIFO_VALUES];
    uint32_t fifo_at, fifo_count, fifo_limit; /* in values; all are whole samples */
    uint32_t lost;                            /* after what waits, samples or pictures */
    uint8_t *pictures; /* VIRTUAL_PICTURES of picture_bytes, a ring: those that wait begin at picture_at */
    uint32_t picture_bytes, picture_at, picture_count;
    uint32_t arrived; /* bytes of the one that arrives */
    bool dropping;    /* there was no room for it */
    bool pressed;     /* the button, before sample pressed_index */
    uint64_t pressed_index;
} virtual_source;

/* channels: of a sample; 0 for a camera. Tells the feeder; `virtual_source_began` says when that was. */
stu_status virtual_source_start(virtual_source *source, stu_sensor_id sensor, uint32_t channels, uint32_t rate_hz);
void virtual_source_began(virtual_source *source, uint64_t now_us);
void virtual_source_stop(virtual_source *source);
size_t virtual_source_read(virtual_source *source, int16_t *samples, size_t max_samples, uint32_t *lost);
const uint8_t *virtual_source_look(virtual_source *source, uint32_t *lost);
/* A press of the button that was not told yet, and when it was. */
bool virtual_source_press(virtual_source *source, uint64_t *time_us);
bool virtual_source_takes(const virtual_source *source);
/* Takes from standard input what has happened by now. */
void virtual_source_fill(virtual_source *source, uint64_t now_us);
/* How long the feeder may be late without the sensor's time standing still. */
uint64_t virtual_source_slack_us(const virtual_source *source);

#endif
