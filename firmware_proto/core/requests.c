#include "requests.h"

#include <string.h>

/* Values beyond the range are refused behind the mailbox; they only must not come out small or negative here. */
static int32_t to_value(uint32_t number)
{
    return number > (uint32_t)INT32_MAX ? INT32_MAX : (int32_t)number;
}

static bool decode_empty(command_t *command, const uint8_t *payload, size_t n)
{
    (void)command;
    (void)payload;
    return n == 0;
}

/* The nonce is decoded where the session is opened; here only whether all of it is well formed. */
static bool decode_open_session(command_t *command, const uint8_t *payload, size_t n)
{
    pen_open_session_t message;
    if (!pen_open_session_decode(&message, payload, n)) {
        return false;
    }
    command->value = message.role;
    return true;
}

static bool decode_heartbeat(command_t *command, const uint8_t *payload, size_t n)
{
    pen_heartbeat_t message;
    if (!pen_heartbeat_decode(&message, payload, n)) {
        return false;
    }
    command->value = to_value(message.liveness);
    return true;
}

static bool decode_set_mode(command_t *command, const uint8_t *payload, size_t n)
{
    pen_set_mode_t message;
    if (!pen_set_mode_decode(&message, payload, n)) {
        return false;
    }
    command->value = message.mode;
    return true;
}

static bool decode_set_depth(command_t *command, const uint8_t *payload, size_t n)
{
    pen_set_depth_t message;
    if (!pen_set_depth_decode(&message, payload, n)) {
        return false;
    }
    command->value = message.depth_um;
    return true;
}

static bool decode_set_rate(command_t *command, const uint8_t *payload, size_t n)
{
    pen_set_rate_t message;
    if (!pen_set_rate_decode(&message, payload, n)) {
        return false;
    }
    command->value = message.rate_mhz;
    return true;
}

static bool decode_arm(command_t *command, const uint8_t *payload, size_t n)
{
    pen_arm_t message;
    if (!pen_arm_decode(&message, payload, n)) {
        return false;
    }
    command->device_time_us = message.device_time_us;
    return true;
}

static bool decode_start(command_t *command, const uint8_t *payload, size_t n)
{
    pen_start_t message;
    if (!pen_start_decode(&message, payload, n)) {
        return false;
    }
    command->device_time_us = message.device_time_us;
    return true;
}

static bool decode_reset(command_t *command, const uint8_t *payload, size_t n)
{
    pen_reset_t message;
    if (!pen_reset_decode(&message, payload, n)) {
        return false;
    }
    command->value = message.interlock;
    return true;
}

static bool decode_set_telemetry(command_t *command, const uint8_t *payload, size_t n)
{
    pen_set_telemetry_t message;
    if (!pen_set_telemetry_decode(&message, payload, n)) {
        return false;
    }
    command->value = to_value(message.period_us);
    return true;
}

static bool decode_begin_visit(command_t *command, const uint8_t *payload, size_t n)
{
    pen_begin_visit_t message;
    if (!pen_begin_visit_decode(&message, payload, n)) {
        return false;
    }
    memcpy(command->visit_id, message.visit_id, sizeof command->visit_id);
    memcpy(command->person, message.person, sizeof command->person);
    command->day = message.day;
    return true;
}

static bool decode_get_trip(command_t *command, const uint8_t *payload, size_t n)
{
    pen_get_trip_t message;
    if (!pen_get_trip_decode(&message, payload, n)) {
        return false;
    }
    command->value = message.index;
    return true;
}

static bool decode_get_snapshot(command_t *command, const uint8_t *payload, size_t n)
{
    pen_get_snapshot_t message;
    if (!pen_get_snapshot_decode(&message, payload, n)) {
        return false;
    }
    command->value = message.index;
    command->second = message.part;
    return true;
}

static bool decode_calibrate(command_t *command, const uint8_t *payload, size_t n)
{
    pen_calibrate_t message;
    if (!pen_calibrate_decode(&message, payload, n)) {
        return false;
    }
    command->value = message.bar_offset_um;
    command->day = message.day;
    return true;
}

static bool decode_configure(command_t *command, const uint8_t *payload, size_t n)
{
    pen_configure_t message;
    if (!pen_configure_decode(&message, payload, n)) {
        return false;
    }
    command->mode = message.mode;
    command->value = message.depth_max_um;
    command->second = message.rate_max_mhz;
    command->home_only = message.home_only;
    return true;
}

static const request_t REQUESTS[] = {
    {PEN_TYPE_IDENTIFY, true, decode_empty},
    {PEN_TYPE_GET_LIMITS, true, decode_empty},
    {PEN_TYPE_GET_STATUS, true, decode_empty},
    {PEN_TYPE_OPEN_SESSION, true, decode_open_session},
    {PEN_TYPE_HEARTBEAT, false, decode_heartbeat},
    {PEN_TYPE_SET_MODE, false, decode_set_mode},
    {PEN_TYPE_SET_DEPTH, false, decode_set_depth},
    {PEN_TYPE_SET_RATE, false, decode_set_rate},
    {PEN_TYPE_ARM, false, decode_arm},
    {PEN_TYPE_START, false, decode_start},
    {PEN_TYPE_RESET, false, decode_reset},
    {PEN_TYPE_SET_TELEMETRY, false, decode_set_telemetry},
    {PEN_TYPE_SELF_TEST, false, decode_empty},
    {PEN_TYPE_REFERENCE, false, decode_empty},
    {PEN_TYPE_GET_CARTRIDGE, false, decode_empty},
    {PEN_TYPE_BEGIN_VISIT, false, decode_begin_visit},
    {PEN_TYPE_END_VISIT, false, decode_empty},
    {PEN_TYPE_GET_TRIP, false, decode_get_trip},
    {PEN_TYPE_GET_SNAPSHOT, false, decode_get_snapshot},
    {PEN_TYPE_CALIBRATE, false, decode_calibrate},
    {PEN_TYPE_CONFIGURE, false, decode_configure},
};

const request_t *requests_find(uint8_t type)
{
    for (size_t i = 0; i < sizeof REQUESTS / sizeof REQUESTS[0]; i++) {
        if (REQUESTS[i].type == type) {
            return &REQUESTS[i];
        }
    }
    return NULL;
}
