/* Windows of the sensor's stream through front end, engine and decision, and those that the host asked to see.
 * A picture is a window by itself, and is kept as the model sees it. Of everything else:
 *
 * Frames are computed as soon as their samples are there, and kept before level normalisation; a window takes the last
 * `frames` of them. Its samples stay in the ring.
 *
 * An echo is sent from where it was computed, not from a copy, because a copy of the samples would be another 32 KB.
 * Scores, input and features go first (6 KB): while they are not out, the next window would overwrite them, so it is
 * passed over, which the host sees as a jump of the window's number. The samples follow, oldest first; the ring is
 * longer than a window by whatever memory there is, and new samples overwrite the oldest only. Should the link be so slow
 * that they reach what is not out yet, the echo is given up with a remark, since parts of two windows are worse than
 * none. Where the sensor waits for the node, neither happens: nothing is read before the echo is out. */
#include <string.h>

#include "node_internal.h"

enum { STAGE_SAMPLES = 0, STAGE_FEATURES = 1, STAGE_INPUT = 2, STAGE_SCORES = 3 };

static size_t sample_bytes(const stu_node_model *model)
{
    return model->front_end.channels * sizeof(int16_t);
}

static uint32_t values_of(const stu_frontend *fe)
{
    return fe->frames * fe->values;
}

uint64_t stu_node_window_bytes(const stu_frontend *fe)
{
    const uint64_t values = (uint64_t)fe->frames * fe->values;
    if (fe->kind == STU_FRONTEND_PICTURE) {
        return values * (sizeof(int16_t) + 2);
    }
    const uint64_t held = (uint64_t)fe->clip_samples * fe->channels + STU_NODE_BLOCK_SAMPLES;
    const uint64_t frame = (uint64_t)fe->window_samples * fe->channels;
    return (held + frame + 2 * values) * sizeof(int16_t) + values;
}

void stu_node_lay_out(stu_node *node)
{
    stu_node_model *model = &node->model;
    const stu_frontend *fe = &model->front_end;
    const uint64_t least = stu_node_window_bytes(fe);
    if (least > node->config.window_bytes) {
        model->why = STU_E_TOO_LARGE;
        return;
    }
    const uint32_t values = values_of(fe);
    if (fe->channels > stu_sensor_kind_of(fe->sensor)->channels ||
        stu_engine_input_bytes(&model->engine) != values ||
        stu_engine_output_bytes(&model->engine) > STU_DECISION_MAX_CLASSES) {
        model->why = STU_E_UNSUPPORTED;
        return;
    }
    int16_t *at = (int16_t *)(void *)node->config.window;
    if (fe->kind == STU_FRONTEND_PICTURE) {
        model->features = at;
        model->picture = (uint8_t *)(at + values);
        model->input = (int8_t *)(model->picture + values);
    } else {
        const size_t spare = (node->config.window_bytes - (size_t)least) / sizeof(int16_t);
        model->stride = fe->frames == 1 ? model->hop : fe->stride_samples;
        model->ring_samples = fe->clip_samples + (uint32_t)((STU_NODE_BLOCK_SAMPLES + spare) / fe->channels);
        model->ring = at;
        model->frame_samples = model->ring + (size_t)model->ring_samples * fe->channels;
        model->raw = model->frame_samples + (size_t)fe->window_samples * fe->channels;
        model->features = model->raw + values;
        model->input = (int8_t *)(model->features + values);
    }
    model->listens = true;
}

void stu_node_begin_listening(stu_node *node)
{
    stu_node_listening *listening = &node->listening;
    memset(listening, 0, sizeof *listening);
    node->echo.busy = false;
    listening->class_count = stu_engine_output_bytes(&node->model.engine);
    if (node->model.decides) {
        stu_decision_init(&listening->decision, &node->model.rule, listening->class_count);
    }
}

void stu_node_restart_windows(stu_node *node, uint64_t index)
{
    stu_node_listening *listening = &node->listening;
    listening->base = index;
    listening->start = index;
    listening->frames_done = 0;
    listening->spent_us = 0;
    if (node->model.decides) {
        stu_decision_restart(&listening->decision);
    }
}

uint32_t stu_node_samples_to_window(const stu_node *node)
{
    const uint32_t clip = node->model.front_end.clip_samples, block = STU_NODE_BLOCK_SAMPLES / node->stream.channels;
    const uint64_t left = node->listening.start + clip - node->stream.index;
    /* No more than a whole window either: a gap before these samples would make them the first of one. */
    const uint32_t most = clip < block ? clip : block;
    return left > most ? most : (uint32_t)left;
}

/* The samples [first, first + count) of the ring as at most two stretches; returns the length of the first. */
static uint32_t straight(const stu_node_model *model, uint64_t first, uint32_t count)
{
    const uint32_t to_end = model->ring_samples - (uint32_t)(first % model->ring_samples);
    return to_end < count ? to_end : count;
}

/* The samples from `first` on as bytes, count of them from `offset` on. */
static void copy_from_ring(const stu_node_model *model, uint64_t first, size_t offset, uint8_t *bytes, size_t count)
{
    const uint8_t *const ring = (const uint8_t *)model->ring;
    const size_t ring_bytes = model->ring_samples * sample_bytes(model);
    const size_t from = ((size_t)(first % model->ring_samples) * sample_bytes(model) + offset) % ring_bytes;
    const size_t part = ring_bytes - from < count ? ring_bytes - from : count;
    memcpy(bytes, ring + from, part);
    memcpy(bytes + part, ring, count - part);
}

static uint32_t crc_of_window(const stu_node_model *model, uint64_t first)
{
    if (model->picture != NULL) {
        return stu_crc32(0, model->picture, values_of(&model->front_end));
    }
    const uint32_t count = model->front_end.clip_samples, part = straight(model, first, count);
    const uint8_t *const ring = (const uint8_t *)model->ring;
    const size_t from = (size_t)(first % model->ring_samples) * sample_bytes(model);
    const uint32_t crc = stu_crc32(0, ring + from, part * sample_bytes(model));
    return stu_crc32(crc, ring, (count - part) * sample_bytes(model));
}

/* samples: of all the sensor's channels, of which the model has the first ones. */
static void copy_to_ring(stu_node *node, uint64_t first, const int16_t *samples, uint32_t count)
{
    const stu_node_model *model = &node->model;
    const uint32_t given = node->stream.channels, kept = model->front_end.channels;
    if (given == kept) {
        const uint32_t part = straight(model, first, count);
        memcpy(model->ring + (size_t)(first % model->ring_samples) * kept, samples, part * sample_bytes(model));
        memcpy(model->ring, samples + (size_t)part * kept, (count - part) * sample_bytes(model));
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        memcpy(model->ring + (size_t)((first + i) % model->ring_samples) * kept, samples + (size_t)i * given,
               sample_bytes(model));
    }
}

static int16_t *raw_of(const stu_node_model *model, uint64_t frame)
{
    return model->raw + (size_t)(frame % model->front_end.frames) * model->front_end.values;
}

static void compute_frames(stu_node *node)
{
    stu_node_listening *listening = &node->listening;
    const stu_node_model *model = &node->model;
    const stu_frontend *fe = &model->front_end;
    for (;;) {
        const uint64_t first = listening->base + listening->frames_done * model->stride;
        if (first + fe->window_samples > node->stream.index) {
            return;
        }
        const uint64_t began_us = stu_node_now_us(node);
        copy_from_ring(model, first, 0, (uint8_t *)model->frame_samples, fe->window_samples * sample_bytes(model));
        stu_frontend_frame(fe, model->frame_samples, raw_of(model, listening->frames_done), &node->scratch);
        listening->frames_done++;
        listening->spent_us += stu_node_now_us(node) - began_us;
    }
}

/* Of the window that begins at listening->start: its frames in order, or its picture, to the model's input. */
static void finish_features(stu_node *node)
{
    const stu_node_model *model = &node->model;
    const stu_frontend *fe = &model->front_end;
    if (model->picture != NULL) {
        stu_frontend_picture(fe, model->picture, model->features);
    } else {
        const uint64_t first_frame = (node->listening.start - node->listening.base) / model->stride;
        for (uint32_t f = 0; f < fe->frames; f++) {
            memcpy(model->features + (size_t)f * fe->values, raw_of(model, first_frame + f),
                   fe->values * sizeof *model->features);
        }
        stu_frontend_finish(fe, model->features, model->features);
    }
    stu_frontend_quantise(fe, model->features, model->input);
}

static void send_scores(stu_node *node, uint32_t run_us)
{
    const stu_node_listening *listening = &node->listening;
    const stu_node_model *model = &node->model;
    const uint32_t values = values_of(&model->front_end);
    uint8_t header[NODE_SCORES_HEADER];
    stu_put_u32(header, listening->number);
    stu_put_u32(header + 4, (uint32_t)listening->start);
    stu_put_u32(header + 8, crc_of_window(model, listening->start));
    stu_put_u32(header + 12, stu_crc32(0, (const uint8_t *)model->features, values * sizeof(int16_t)));
    stu_put_u32(header + 16, stu_crc32(0, (const uint8_t *)model->input, values));
    stu_put_u32(header + 20, run_us);
    header[24] = (uint8_t)listening->class_count;
    stu_queue_put(&node->urgent, STU_FRAME_SCORES, stu_node_time_of(node, listening->start), header, sizeof header,
                  (const uint8_t *)listening->scores, listening->class_count);
}

static void decide(stu_node *node)
{
    stu_node_listening *listening = &node->listening;
    const uint64_t end_us = stu_node_time_of(node, listening->start + node->model.front_end.clip_samples);
    uint8_t payload[6];
    if (node->model.decides &&
        stu_decision_add(&listening->decision, listening->scores, end_us, payload + 4, payload + 5)) {
        stu_put_u32(payload, listening->number);
        stu_queue_put(&node->urgent, STU_FRAME_DECISION, end_us, payload, sizeof payload, NULL, 0);
    }
}

static void begin_echo(stu_node *node)
{
    stu_node_echo *echo = &node->echo;
    if (echo->busy || (!echo->all && echo->wanted == 0)) {
        return;
    }
    echo->wanted -= echo->wanted > 0;
    echo->busy = true;
    echo->stage = STAGE_SCORES;
    echo->offset = 0;
    echo->number = node->listening.number;
    echo->first = node->listening.start;
    echo->time_us = stu_node_time_of(node, echo->first);
}

static void infer(stu_node *node)
{
    stu_node_listening *listening = &node->listening;
    stu_node_model *model = &node->model;
    const uint64_t began_us = stu_node_now_us(node);
    finish_features(node);
    memcpy(stu_engine_input(&model->engine), model->input, values_of(&model->front_end));
    stu_engine_run(&model->engine);
    memcpy(listening->scores, stu_engine_output(&model->engine), listening->class_count);
    const uint64_t run_us = listening->spent_us + stu_node_now_us(node) - began_us;
    send_scores(node, run_us > UINT32_MAX ? UINT32_MAX : (uint32_t)run_us);
    decide(node);
    begin_echo(node);
}

static bool can_infer(const stu_node *node)
{
    const size_t needed = NODE_SCORES_HEADER + STU_DECISION_MAX_CLASSES + 6 + 2 * STU_QUEUE_OVERHEAD;
    const bool overwrites = node->echo.busy && node->echo.stage != STAGE_SAMPLES;
    return !overwrites && stu_queue_room(&node->urgent) >= needed;
}

/* Whether the newest samples lie where the window being sent has samples that are not out yet. */
static bool reaches_echo(const stu_node *node)
{
    const stu_node_echo *echo = &node->echo;
    const uint32_t sent = echo->stage == STAGE_SAMPLES ? echo->offset / (uint32_t)sample_bytes(&node->model) : 0;
    return echo->busy && node->stream.index > echo->first + sent + node->model.ring_samples;
}

/* The window that ends with the newest sample, or picture, if there is room for what comes of it. */
static void end_window(stu_node *node)
{
    stu_node_listening *listening = &node->listening;
    if (can_infer(node)) {
        infer(node);
    }
    listening->number++;
    listening->start += node->model.hop;
    listening->spent_us = 0;
}

void stu_node_hear(stu_node *node, const int16_t *samples, uint32_t count)
{
    if (reaches_echo(node)) {
        node->echo.busy = false;
        stu_node_log(node, "The link is too slow for a whole window; it was given up.");
    }
    copy_to_ring(node, node->stream.index - count, samples, count);
    compute_frames(node);
    if (node->stream.index == node->listening.start + node->model.front_end.clip_samples) {
        end_window(node);
    }
}

void stu_node_see(stu_node *node, const uint8_t *pixels)
{
    stu_node_listening *listening = &node->listening;
    const stu_node_model *model = &node->model;
    if (node->stream.index <= listening->start) {
        return; /* between two windows */
    }
    if (node->echo.busy) {
        listening->number++; /* the picture before is still being sent from where this one would be */
        return;
    }
    const uint64_t began_us = stu_node_now_us(node);
    listening->start = node->stream.index - 1;
    stu_frontend_fit(&model->front_end, pixels, node->stream.sensor->width, node->stream.sensor->height, model->picture);
    listening->spent_us = stu_node_now_us(node) - began_us;
    end_window(node);
}

static uint32_t stage_bytes(const stu_node *node, int stage)
{
    const uint32_t values = values_of(&node->model.front_end);
    switch (stage) {
    case STAGE_SAMPLES:
        return stu_frontend_window_bytes(&node->model.front_end);
    case STAGE_FEATURES:
        return values * (uint32_t)sizeof(int16_t);
    case STAGE_INPUT:
        return values;
    default:
        return node->listening.class_count;
    }
}

static void copy_stage(const stu_node *node, int stage, uint32_t offset, uint8_t *bytes, uint32_t count)
{
    const stu_node_model *model = &node->model;
    switch (stage) {
    case STAGE_SAMPLES:
        if (model->picture != NULL) {
            memcpy(bytes, model->picture + offset, count);
        } else {
            copy_from_ring(model, node->echo.first, offset, bytes, count);
        }
        break;
    case STAGE_FEATURES:
        memcpy(bytes, (const uint8_t *)model->features + offset, count);
        break;
    case STAGE_INPUT:
        memcpy(bytes, model->input + offset, count);
        break;
    default:
        memcpy(bytes, node->listening.scores + offset, count);
        break;
    }
}

bool stu_node_echo_part(stu_node *node, stu_frame *frame)
{
    stu_node_echo *echo = &node->echo;
    if (!echo->busy) {
        return false;
    }
    const uint32_t total = stage_bytes(node, echo->stage);
    const uint32_t left = total - echo->offset;
    const uint32_t count = left < NODE_WINDOW_PART ? left : NODE_WINDOW_PART;
    stu_put_u32(node->payload, echo->number);
    node->payload[4] = (uint8_t)echo->stage;
    stu_put_u32(node->payload + 5, total);
    stu_put_u32(node->payload + 9, echo->offset);
    copy_stage(node, echo->stage, echo->offset, node->payload + NODE_WINDOW_HEADER, count);
    frame->type = STU_FRAME_WINDOW;
    frame->time_us = echo->time_us;
    frame->payload = node->payload;
    frame->payload_bytes = NODE_WINDOW_HEADER + count;
    echo->offset += count;
    if (echo->offset == total) {
        echo->offset = 0;
        echo->busy = echo->stage != STAGE_SAMPLES;
        echo->stage -= echo->stage != STAGE_SAMPLES;
    }
    return true;
}
