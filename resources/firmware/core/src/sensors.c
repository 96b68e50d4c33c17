/* The kinds of sensor, as PROTOCOL.md section 4 and studio/core/samples.py have them. */
#include "node_internal.h"

static const stu_sensor_kind KINDS[STU_SENSOR_KINDS] = {
    [STU_SENSOR_MICROPHONE] = {"microphone", 1, 1, {"audio"}, {"full scale"}, {1}, {32768}},
    [STU_SENSOR_IMU] = {"imu", 6, 6,
                        {"ax", "ay", "az", "gx", "gy", "gz"},
                        {"g", "g", "g", "degrees/s", "degrees/s", "degrees/s"},
                        {4, 4, 4, 2000, 2000, 2000},
                        {32768, 32768, 32768, 32768, 32768, 32768}},
    [STU_SENSOR_CAMERA] = {"camera", 1, 1, {"gray"}, {"white"}, {1}, {255}},
    [STU_SENSOR_ENVIRONMENT] = {"environment", 3, 3,
                                {"temperature", "humidity", "pressure"}, {"C", "%", "hPa"},
                                {1, 1, 1}, {100, 100, 10}},
    [STU_SENSOR_COLOUR] = {"colour", 4, 1, {"r", "g", "b", "clear"}, {"counts"}, {1, 1, 1, 1}, {1, 1, 1, 1}},
};

const stu_sensor_kind *stu_sensor_kind_of(stu_sensor_id id)
{
    return &KINDS[id];
}
