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

/* Code and name are decoded where the pairing is made; here only whether all of it is well formed. */
static bool decode_pair(command_t *command, const uint8_t *payload, size_t n)
{
    pen_pair_t message;
    if (!pen_pair_decode(&message, payload, n)) {
        return false;
    }
    command->value = message.role;
    return true;
}

static bool decode_unpair(command_t *command, const uint8_t *payload, size_t n)
{
    pen_unpair_t message;
    if (!pen_unpair_decode(&message, payload, n)) {
        return false;
    }
    command->value = message.slot;
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

static bool decode_get_events(command_t *command, const uint8_t *payload, size_t n)
{
    pen_get_events_t message;
    if (!pen_get_events_decode(&message, payload, n)) {
        return false;
    }
    command->value = to_value(message.first);
    command->second = message.count;
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

enum { OPEN = 0, SEALED = PEN_ROLE_OPERATOR, SERVICE = PEN_ROLE_SERVICE };

static const request_t REQUESTS[] = {
    {PEN_TYPE_IDENTIFY, OPEN, decode_empty},
    {PEN_TYPE_GET_LIMITS, OPEN, decode_empty},
    {PEN_TYPE_GET_STATUS, OPEN, decode_empty},
    {PEN_TYPE_OPEN_SESSION, OPEN, decode_open_session},
    {PEN_TYPE_PAIR, OPEN, decode_pair},
    {PEN_TYPE_HEARTBEAT, SEALED, decode_heartbeat},
    {PEN_TYPE_SET_MODE, SEALED, decode_set_mode},
    {PEN_TYPE_SET_DEPTH, SEALED, decode_set_depth},
    {PEN_TYPE_SET_RATE, SEALED, decode_set_rate},
    {PEN_TYPE_ARM, SEALED, decode_arm},
    {PEN_TYPE_START, SEALED, decode_start},
    {PEN_TYPE_RESET, SEALED, decode_reset},
    {PEN_TYPE_SET_TELEMETRY, SEALED, decode_set_telemetry},
    {PEN_TYPE_SELF_TEST, SEALED, decode_empty},
    {PEN_TYPE_REFERENCE, SEALED, decode_empty},
    {PEN_TYPE_GET_CARTRIDGE, SEALED, decode_empty},
    {PEN_TYPE_UNPAIR, SEALED, decode_unpair},
    {PEN_TYPE_BEGIN_VISIT, SEALED, decode_begin_visit},
    {PEN_TYPE_END_VISIT, SEALED, decode_empty},
    {PEN_TYPE_GET_TRIP, SEALED, decode_get_trip},
    {PEN_TYPE_GET_SNAPSHOT, SEALED, decode_get_snapshot},
    {PEN_TYPE_GET_EVENTS, SEALED, decode_get_events},
    {PEN_TYPE_CALIBRATE, SERVICE, decode_calibrate},
    {PEN_TYPE_CONFIGURE, SERVICE, decode_configure},
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
