/* The application that runs on a board: answers the host's commands, streams samples, takes model images, listens.
 * A port fills in a stu_hal and a stu_node_config, calls stu_node_init once and stu_node_step for ever.
 * Samples and features are used as bytes, so a board is little-endian, as the link is. */
#ifndef STU_NODE_H
#define STU_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stu_decision.h"
#include "stu_engine.h"
#include "stu_frontend.h"
#include "stu_hal.h"
#include "stu_link.h"
#include "stu_queue.h"
#include "stu_sha256.h"

enum {
    STU_NODE_BLOCK_SAMPLES = 320, /* in a SAMPLES frame at most, over all channels */
    STU_NODE_BLOCKS_PER_S = 25,   /* at least, of a sensor that has so many samples */
    STU_NODE_URGENT_BYTES = 2048, /* queue of what goes before samples */
    STU_NODE_INPUT_BYTES = 256    /* taken from the link at once */
};

/* What stu_node_step found. */
enum {
    STU_NODE_BUSY = 1,      /* something was done: call again at once */
    STU_NODE_WANTS_LINK = 2 /* bytes wait for the link: call again when it takes some */
};

/* A sensor that the board has. Its channels, units and scales are those of its kind: sensors.c. */
typedef struct {
    stu_sensor_id id;
    const uint32_t *rates_hz; /* the usual one first */
    uint32_t rates;           /* entries of rates_hz, at least 1 */
    uint16_t width, height;   /* of a camera's pictures */
} stu_sensor;

/* All pointers are the caller's, and stay valid and unchanged while the node runs. */
typedef struct {
    const char *board;    /* key in the table of boards */
    const char *name;     /* for people */
    const char *firmware; /* version */
    const char *token;    /* without which there is no upload; NULL: whoever has the cable may */
    const stu_sensor *sensors;
    uint32_t sensor_count;
    uint32_t clock_hz;
    uint8_t *arena; /* 16-byte aligned, the engine's */
    size_t arena_bytes;
    uint8_t *window; /* 16-byte aligned: samples and features of a window; stu_node_window_bytes says how much */
    size_t window_bytes;
    uint8_t *queue; /* samples that wait for the link: the longer, the longer the host may be away */
    size_t queue_bytes;
    /* The sensor waits for the node (recorded sound, played as fast as it is taken). The node then reads on only while
     * whatever comes of it has room, and loses nothing. A real sensor does not wait: what the link cannot carry is
     * dropped and counted. */
    bool source_waits;
} stu_node_config;

/* RAM of a window: ring of samples, frames before and after level normalisation, quantised input; of pictures one as the
 * model sees it, its features and input. */
uint64_t stu_node_window_bytes(const stu_frontend *fe);

/* RAM of the node's own context. */
uint32_t stu_node_context_bytes(void);

/* Everything below is the node's own; it stands here so that a caller can lay the context out in memory. */

typedef struct {
    bool open;      /* the image in flash is sound and the engine opened it */
    bool listens;   /* it has a front end, and the window memory is large enough */
    bool decides;   /* it has a decision rule */
    stu_status why; /* that it is not open, or does not listen */
    uint8_t sha256[STU_SHA256_BYTES];
    const uint8_t *image;
    uint32_t image_bytes;
    stu_decision_rule rule;
    stu_engine engine;
    stu_frontend front_end;
    uint32_t hop;           /* from one window to the next: a multiple of the front end's stride */
    uint32_t stride;        /* from one frame to the next: the hop where a window is one frame */
    uint32_t ring_samples;  /* each of all channels */
    int16_t *ring;          /* sample of index i at i % ring_samples */
    int16_t *frame_samples; /* one frame's, contiguous */
    int16_t *raw;           /* [frames][values], of frame n at n % frames */
    int16_t *features;      /* [frames][values] */
    uint8_t *picture;       /* [frames][values], where the sensor is a camera; then there is no ring */
    int8_t *input;          /* [frames][values] */
} stu_node_model;

typedef struct {
    bool on;           /* the sensor runs */
    bool sends;        /* its samples go to the host */
    bool listens;      /* and into the model */
    const stu_sensor *sensor;
    uint32_t channels;
    uint32_t rate_hz;  /* nominal */
    uint64_t began_us; /* device time of sample 0 */
    uint64_t index;    /* of the next sample, or picture; lost ones are counted */
    uint32_t lost;     /* by this board since the start */
    uint32_t presses;  /* of the button since the start */
    int16_t block[STU_NODE_BLOCK_SAMPLES];
    uint32_t block_count, block_most; /* samples in block, each of all channels; in a whole one */
    const uint8_t *picture;           /* of the port, being sent; NULL: none */
    uint32_t picture_sent;            /* bytes of it */
} stu_node_stream;

typedef struct {
    uint64_t base;        /* index of the sample from which frames are counted */
    uint64_t frames_done; /* since base */
    uint64_t start;       /* index of the next window's first sample */
    uint32_t number;      /* of the next window */
    uint64_t spent_us;    /* in the front end for the next window so far */
    uint32_t class_count;
    int8_t scores[STU_DECISION_MAX_CLASSES];
    stu_decision decision;
} stu_node_listening;

/* The window being sent to the host, straight out of the memory that it was computed in: scores, then input, then
 * features, then the samples from the oldest on. */
typedef struct {
    bool all;           /* every window from now on */
    uint32_t wanted;    /* else this many more */
    bool busy;          /* one is being sent */
    int stage;          /* that is being sent, counting down to 0 */
    uint32_t offset;    /* bytes of the stage sent */
    uint32_t number;    /* the window's */
    uint64_t first;     /* index of its first sample */
    uint64_t time_us;
} stu_node_echo;

typedef struct {
    bool receiving;
    uint32_t bytes, received;
    uint8_t sha256[STU_SHA256_BYTES];
} stu_node_upload;

typedef struct {
    const stu_hal *hal;
    stu_node_config config;
    stu_link_decoder decoder;
    uint8_t input[STU_NODE_INPUT_BYTES];
    size_t input_at, input_count;
    stu_queue urgent, samples;
    uint8_t urgent_bytes[STU_NODE_URGENT_BYTES];
    uint8_t payload[STU_LINK_MAX_PAYLOAD];
    uint8_t wire[STU_LINK_MAX_ENCODED]; /* the frame being sent */
    size_t wire_at, wire_count;
    uint16_t sequence;
    stu_frontend_scratch scratch;
    stu_node_model model;
    stu_node_stream stream;
    stu_node_listening listening;
    stu_node_echo echo;
    stu_node_upload upload;
} stu_node;

/* Checks the image in flash and opens it. A slot that is empty or damaged leaves the board without a model, and
 * everything else working. */
void stu_node_init(stu_node *node, const stu_hal *hal, const stu_node_config *config);

/* Does what there is to do now, and returns STU_NODE_ flags. Never waits; one inference is its longest stretch. */
unsigned stu_node_step(stu_node *node);

#endif
