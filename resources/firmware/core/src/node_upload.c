#include <string.h>

#include "node_internal.h"
#include "stu_image.h"

/* Rounds the hop of the image's decision rule down to whole strides, so that windows begin where frames do. */
static uint32_t whole_strides(uint32_t samples, uint32_t stride)
{
    return samples < stride ? stride : samples - samples % stride;
}

static void open_listening(stu_node *node)
{
    stu_node_model *model = &node->model;
    const uint8_t *section;
    size_t count;
    if (!stu_image_section(model->image, STU_IMAGE_FRONT_END, &section, &count)) {
        return; /* sound, and it answers its golden input, but it cannot listen */
    }
    const stu_frontend *fe = &model->front_end;
    model->why = stu_frontend_open(&model->front_end, section, count);
    if (model->why == STU_OK && stu_image_section(model->image, STU_IMAGE_DECISION, &section, &count)) {
        model->why = stu_decision_read(&model->rule, section, count);
        model->decides = model->why == STU_OK;
    }
    if (model->why != STU_OK) {
        return;
    }
    model->hop = whole_strides(model->decides ? model->rule.hop_samples : fe->clip_samples, fe->stride_samples);
    stu_node_lay_out(node);
}

void stu_node_open_model(stu_node *node)
{
    stu_node_model *model = &node->model;
    const stu_hal *hal = node->hal;
    memset(model, 0, sizeof *model);
    node->echo.busy = false;
    const uint8_t *image = hal->flash_map(hal->port, STU_SLOT_MODEL);
    const uint32_t slot_bytes = hal->flash_bytes(hal->port, STU_SLOT_MODEL);
    /* Nothing in flash is believed before its hash is right, and no length beyond the slot. */
    const uint32_t bytes = slot_bytes < STU_IMAGE_HEADER_BYTES ? 0 : stu_image_bytes(image);
    if (bytes < STU_IMAGE_HEADER_BYTES || bytes > slot_bytes) {
        model->why = STU_E_IMAGE;
        return;
    }
    model->why = stu_image_verify(image, bytes);
    if (model->why == STU_OK) {
        model->why = stu_image_check(image, bytes);
    }
    if (model->why == STU_OK) {
        model->why = stu_engine_open(&model->engine, image, bytes, node->config.arena, node->config.arena_bytes);
    }
    if (model->why != STU_OK) {
        return;
    }
    model->open = true;
    model->image = image;
    model->image_bytes = bytes;
    stu_sha256_of(image, bytes, model->sha256);
    open_listening(node);
}

stu_status stu_node_begin_upload(stu_node *node, uint64_t bytes, const uint8_t *sha256)
{
    const stu_hal *hal = node->hal;
    if (bytes == 0 || bytes > hal->flash_bytes(hal->port, STU_SLOT_MODEL)) {
        return STU_E_TOO_LARGE;
    }
    /* The model runs in place: it ends before its flash is erased. */
    if (node->stream.listens) {
        stu_node_stop(node);
    }
    memset(&node->model, 0, sizeof node->model);
    node->model.why = STU_E_STATE;
    node->echo.busy = false;
    node->upload.receiving = false;
    const stu_status status = hal->flash_erase(hal->port, STU_SLOT_MODEL);
    if (status != STU_OK) {
        return status;
    }
    node->upload.receiving = true;
    node->upload.bytes = (uint32_t)bytes;
    node->upload.received = 0;
    memcpy(node->upload.sha256, sha256, STU_SHA256_BYTES);
    return STU_OK;
}

stu_status stu_node_take_chunk(stu_node *node, uint32_t offset, const uint8_t *bytes, size_t count)
{
    stu_node_upload *upload = &node->upload;
    const stu_hal *hal = node->hal;
    if (!upload->receiving) {
        return STU_E_STATE;
    }
    if (offset > upload->received || count > upload->bytes - offset) {
        return STU_E_ARGUMENT;
    }
    if (offset < upload->received) {
        /* Sent again, because the answer was lost on the way: right if it is what is there. */
        const bool same = count <= upload->received - offset &&
                          memcmp(hal->flash_map(hal->port, STU_SLOT_MODEL) + offset, bytes, count) == 0;
        return same ? STU_OK : STU_E_ARGUMENT;
    }
    const stu_status status = hal->flash_write(hal->port, STU_SLOT_MODEL, offset, bytes, count);
    if (status == STU_OK) {
        upload->received += (uint32_t)count;
    } else {
        upload->receiving = false;
    }
    return status;
}

stu_status stu_node_commit(stu_node *node)
{
    stu_node_upload *upload = &node->upload;
    const stu_hal *hal = node->hal;
    uint8_t sha256[STU_SHA256_BYTES];
    if (!upload->receiving || upload->received != upload->bytes) {
        return STU_E_STATE;
    }
    upload->receiving = false;
    stu_sha256_of(hal->flash_map(hal->port, STU_SLOT_MODEL), upload->bytes, sha256);
    if (memcmp(sha256, upload->sha256, sizeof sha256) != 0) {
        return STU_E_HASH;
    }
    stu_node_open_model(node);
    if (node->model.open && node->model.image_bytes != upload->bytes) {
        memset(&node->model, 0, sizeof node->model);
        node->model.why = STU_E_IMAGE;
    }
    return node->model.why;
}
