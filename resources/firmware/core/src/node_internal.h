/* What the node's source files share. node.c: loop, output. node_commands.c: the host's commands. node_upload.c: the
 * image in flash. node_live.c: the sensor's stream. node_window.c: windows, inference, echo. sensors.c: their kinds. */
#ifndef STU_NODE_INTERNAL_H
#define STU_NODE_INTERNAL_H

#include "stu_node.h"

enum {
    /* Room that the urgent queue must have before a command is taken: HELLO with its REPLY is the largest answer. */
    NODE_ANSWER_ROOM = STU_LINK_MAX_PAYLOAD + 64,
    /* Room that samples leave in their queue, for the replies that keep their place among them. */
    NODE_SAMPLES_RESERVE = 128,
    NODE_SAMPLES_HEADER = 12,
    NODE_PICTURE_HEADER = 18,
    NODE_PICTURE_PART = 1000,
    NODE_MARK_BYTES = 9,
    NODE_SCORES_HEADER = 25,
    NODE_WINDOW_HEADER = 13,
    NODE_WINDOW_PART = 1000,
    NODE_STAGES = 4
};

/* node.c */
uint64_t stu_node_now_us(const stu_node *node);
void stu_node_log(stu_node *node, const char *text);

/* node_commands.c */
void stu_node_take_frame(stu_node *node, const stu_frame *frame);

/* node_upload.c */
void stu_node_open_model(stu_node *node);
stu_status stu_node_begin_upload(stu_node *node, uint64_t bytes, const uint8_t *sha256);
stu_status stu_node_take_chunk(stu_node *node, uint32_t offset, const uint8_t *bytes, size_t count);
stu_status stu_node_commit(stu_node *node);

/* node_live.c */
stu_status stu_node_start(stu_node *node, const stu_sensor *sensor, uint32_t rate_hz);
const stu_sensor *stu_node_sensor(const stu_node *node, uint64_t id);
void stu_node_stop(stu_node *node);
bool stu_node_take_samples(stu_node *node);
bool stu_node_take_press(stu_node *node);
uint64_t stu_node_time_of(const stu_node *node, uint64_t index);

/* node_window.c */
void stu_node_lay_out(stu_node *node);
void stu_node_begin_listening(stu_node *node);
void stu_node_restart_windows(stu_node *node, uint64_t index);
/* count: samples, each of all channels of node->stream; the last of them is number node->stream.index - 1. */
void stu_node_hear(stu_node *node, const int16_t *samples, uint32_t count);
/* pixels: width x height of node->stream.sensor, picture number node->stream.index - 1. They are not kept. */
void stu_node_see(stu_node *node, const uint8_t *pixels);
uint32_t stu_node_samples_to_window(const stu_node *node);
bool stu_node_echo_part(stu_node *node, stu_frame *frame);

/* sensors.c */
enum { STU_SENSOR_MOST_CHANNELS = 6 };

typedef struct {
    const char *kind;
    uint32_t channels, units; /* entries that are given; one unit is that of all channels */
    const char *channel[STU_SENSOR_MOST_CHANNELS];
    const char *unit[STU_SENSOR_MOST_CHANNELS];
    uint32_t scale_num[STU_SENSOR_MOST_CHANNELS], scale_den[STU_SENSOR_MOST_CHANNELS]; /* of each channel */
} stu_sensor_kind;

/* id: of a stu_sensor. */
const stu_sensor_kind *stu_sensor_kind_of(stu_sensor_id id);

#endif
