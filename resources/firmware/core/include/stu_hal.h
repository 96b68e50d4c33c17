/* All that a port supplies, all that the core may call. No call waits. */
#ifndef STU_HAL_H
#define STU_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stu_status.h"

typedef enum {
    STU_SENSOR_MICROPHONE = 0,
    STU_SENSOR_IMU = 1,
    STU_SENSOR_CAMERA = 2,
    STU_SENSOR_ENVIRONMENT = 3,
    STU_SENSOR_COLOUR = 4,
    STU_SENSOR_KINDS = 5
} stu_sensor_id;

typedef enum { STU_SLOT_MODEL = 0 } stu_slot;

typedef struct {
    void *port;                     /* first argument of every call */
    uint64_t (*now_us)(void *port); /* since reset, monotonic */
    /* The link's byte pipe. Each takes or gives 0..count bytes now. */
    size_t (*send)(void *port, const uint8_t *bytes, size_t count);
    size_t (*receive)(void *port, uint8_t *bytes, size_t max_bytes);
    /* Sensors. `read` gives whole samples, all channels interleaved; *lost gets the samples that the port had to
     * drop since the last call (0 if none), which lie before the first sample returned. */
    stu_status (*start)(void *port, stu_sensor_id sensor, uint32_t rate_hz);
    void (*stop)(void *port, stu_sensor_id sensor);
    size_t (*read)(void *port, stu_sensor_id sensor, int16_t *samples, size_t max_samples, uint32_t *lost);
    /* A camera's next picture, which stays as it is until the next call: width x height gray bytes, row by row. NULL
     * where there is none yet. *lost: pictures that had to be dropped since the last call, all before this one. */
    const uint8_t *(*look)(void *port, stu_sensor_id sensor, uint32_t *lost);
    /* Flash: a slot is erased whole, then written in order; images run in place through flash_map. */
    stu_status (*flash_erase)(void *port, stu_slot slot);
    stu_status (*flash_write)(void *port, stu_slot slot, uint32_t offset, const uint8_t *bytes, size_t count);
    const uint8_t *(*flash_map)(void *port, stu_slot slot);
    uint32_t (*flash_bytes)(void *port, stu_slot slot);
    void (*unique_id)(void *port, uint8_t id[8]);
    /* Whether the button was pressed since the last call, bounces left out, and when. NULL: the board has none. */
    bool (*pressed)(void *port, uint64_t *time_us);
} stu_hal;

#endif
