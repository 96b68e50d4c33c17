/* What the node's source files share. node.c: loop, output. node_commands.c: the host's commands. node_upload.c: the
 * image in flash. node_live.c: the sensor's stream. node_window.c: windows, inference, echo. */
#ifndef STU_NODE_INTERNAL_H
#define STU_NODE_INTERNAL_H

#include "stu_node.h"

enum {
    /* Room that the urgent queue must have before a command is taken: HELLO with its REPLY is the largest answer. */
    NODE_ANSWER_ROOM = 768,
    /* Room that samples leave in their queue, for the replies that keep their place among them. */
    NODE_SAMPLES_RESERVE = 128,
    NODE_SAMPLES_HEADER = 12,
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
stu_status stu_node_start(stu_node *node, uint32_t rate_hz);
void stu_node_stop(stu_node *node);
bool stu_node_take_samples(stu_node *node);
uint64_t stu_node_time_of(const stu_node *node, uint64_t index);

/* node_window.c */
void stu_node_lay_out(stu_node *node);
void stu_node_begin_listening(stu_node *node);
void stu_node_restart_windows(stu_node *node, uint64_t index);
void stu_node_hear(stu_node *node, const int16_t *samples, uint32_t count);
uint32_t stu_node_samples_to_window(const stu_node *node);
bool stu_node_echo_part(stu_node *node, stu_frame *frame);

#endif
