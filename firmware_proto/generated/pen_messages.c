/* Written by tools/generate.py (make generate) from src/penctl/protocol/messages.py. Do not edit: change the source and generate again. */
#include "pen_messages.h"

static void copy_bytes(uint8_t *to, const uint8_t *from, size_t n) {
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i];
    }
}

static void put_u16(uint8_t *out, uint16_t value) {
    uint32_t wide = value;
    out[0] = (uint8_t)((wide >> 0) & 0xffu);
    out[1] = (uint8_t)((wide >> 8) & 0xffu);
}

static uint16_t get_u16(const uint8_t *in) {
    return (uint16_t)((((uint32_t)in[0]) << 0) | (((uint32_t)in[1]) << 8));
}

static void put_u32(uint8_t *out, uint32_t value) {
    uint32_t wide = value;
    out[0] = (uint8_t)((wide >> 0) & 0xffu);
    out[1] = (uint8_t)((wide >> 8) & 0xffu);
    out[2] = (uint8_t)((wide >> 16) & 0xffu);
    out[3] = (uint8_t)((wide >> 24) & 0xffu);
}

static uint32_t get_u32(const uint8_t *in) {
    return (uint32_t)((((uint32_t)in[0]) << 0) | (((uint32_t)in[1]) << 8) | (((uint32_t)in[2]) << 16) | (((uint32_t)in[3]) << 24));
}

static void put_u64(uint8_t *out, uint64_t value) {
    uint64_t wide = value;
    out[0] = (uint8_t)((wide >> 0) & 0xffu);
    out[1] = (uint8_t)((wide >> 8) & 0xffu);
    out[2] = (uint8_t)((wide >> 16) & 0xffu);
    out[3] = (uint8_t)((wide >> 24) & 0xffu);
    out[4] = (uint8_t)((wide >> 32) & 0xffu);
    out[5] = (uint8_t)((wide >> 40) & 0xffu);
    out[6] = (uint8_t)((wide >> 48) & 0xffu);
    out[7] = (uint8_t)((wide >> 56) & 0xffu);
}

static uint64_t get_u64(const uint8_t *in) {
    return (uint64_t)((((uint64_t)in[0]) << 0) | (((uint64_t)in[1]) << 8) | (((uint64_t)in[2]) << 16) | (((uint64_t)in[3]) << 24) | (((uint64_t)in[4]) << 32) | (((uint64_t)in[5]) << 40) | (((uint64_t)in[6]) << 48) | (((uint64_t)in[7]) << 56));
}

/* Without relying on how a compiler converts a value that does not fit. */
static int16_t to_i16(uint16_t value) {
    if (value < 0x8000u) {
        return (int16_t)value;
    }
    return (int16_t)((int16_t)(value - 0x8000u) + INT16_MIN);
}

/* Without relying on how a compiler converts a value that does not fit. */
static int32_t to_i32(uint32_t value) {
    if (value < 0x80000000u) {
        return (int32_t)value;
    }
    return (int32_t)((int32_t)(value - 0x80000000u) + INT32_MIN);
}

size_t pen_mode_limits_encode(const pen_mode_limits_t *m, uint8_t *out) {
    out[0] = m->mode;
    put_u32(out + 1, (uint32_t)m->depth_min_um);
    put_u32(out + 5, (uint32_t)m->depth_max_um);
    put_u32(out + 9, (uint32_t)m->rate_min_mhz);
    put_u32(out + 13, (uint32_t)m->rate_max_mhz);
    return PEN_MODE_LIMITS_SIZE;
}

bool pen_mode_limits_decode(pen_mode_limits_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_MODE_LIMITS_SIZE) {
        return false;
    }
    m->mode = in[0];
    m->depth_min_um = to_i32(get_u32(in + 1));
    m->depth_max_um = to_i32(get_u32(in + 5));
    m->rate_min_mhz = to_i32(get_u32(in + 9));
    m->rate_max_mhz = to_i32(get_u32(in + 13));
    return (m->mode >= PEN_MODE_HOME && m->mode <= PEN_MODE_SERVICE);
}

size_t pen_sample_encode(const pen_sample_t *m, uint8_t *out) {
    put_u16(out + 0, (uint16_t)m->bar_um);
    put_u16(out + 2, (uint16_t)m->depth_um);
    put_u16(out + 4, (uint16_t)m->stage_um);
    put_u16(out + 6, (uint16_t)m->shaft_counts);
    put_u32(out + 8, (uint32_t)m->rate_mhz);
    put_u16(out + 12, (uint16_t)m->motor_ma);
    put_u16(out + 14, (uint16_t)m->supply_mv);
    put_u16(out + 16, (uint16_t)m->press_mn);
    put_u16(out + 18, (uint16_t)m->nose_cc);
    put_u16(out + 20, (uint16_t)m->handle_cc);
    put_u16(out + 22, (uint16_t)m->duty_q15);
    put_u16(out + 24, m->flags);
    put_u16(out + 26, m->stroke_count);
    put_u16(out + 28, (uint16_t)m->difference_um);
    put_u16(out + 30, m->heat_permille);
    put_u16(out + 32, m->charge_permille);
    return PEN_SAMPLE_SIZE;
}

bool pen_sample_decode(pen_sample_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_SAMPLE_SIZE) {
        return false;
    }
    m->bar_um = to_i16(get_u16(in + 0));
    m->depth_um = to_i16(get_u16(in + 2));
    m->stage_um = to_i16(get_u16(in + 4));
    m->shaft_counts = to_i16(get_u16(in + 6));
    m->rate_mhz = to_i32(get_u32(in + 8));
    m->motor_ma = to_i16(get_u16(in + 12));
    m->supply_mv = to_i16(get_u16(in + 14));
    m->press_mn = to_i16(get_u16(in + 16));
    m->nose_cc = to_i16(get_u16(in + 18));
    m->handle_cc = to_i16(get_u16(in + 20));
    m->duty_q15 = to_i16(get_u16(in + 22));
    m->flags = get_u16(in + 24);
    m->stroke_count = get_u16(in + 26);
    m->difference_um = to_i16(get_u16(in + 28));
    m->heat_permille = get_u16(in + 30);
    m->charge_permille = get_u16(in + 32);
    return (m->flags & (unsigned)0x8000) == 0;
}

size_t pen_trip_sample_encode(const pen_trip_sample_t *m, uint8_t *out) {
    put_u32(out + 0, (uint32_t)m->time_us);
    put_u16(out + 4, (uint16_t)m->bar_um);
    put_u16(out + 6, (uint16_t)m->stage_um);
    put_u16(out + 8, (uint16_t)m->shaft_counts);
    put_u16(out + 10, (uint16_t)m->motor_ma);
    put_u16(out + 12, (uint16_t)m->supply_mv);
    put_u16(out + 14, (uint16_t)m->press_mn);
    put_u16(out + 16, (uint16_t)m->duty_q15);
    put_u16(out + 18, m->contacts);
    out[20] = m->state;
    out[21] = m->reserved;
    return PEN_TRIP_SAMPLE_SIZE;
}

bool pen_trip_sample_decode(pen_trip_sample_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_TRIP_SAMPLE_SIZE) {
        return false;
    }
    m->time_us = to_i32(get_u32(in + 0));
    m->bar_um = to_i16(get_u16(in + 4));
    m->stage_um = to_i16(get_u16(in + 6));
    m->shaft_counts = to_i16(get_u16(in + 8));
    m->motor_ma = to_i16(get_u16(in + 10));
    m->supply_mv = to_i16(get_u16(in + 12));
    m->press_mn = to_i16(get_u16(in + 14));
    m->duty_q15 = to_i16(get_u16(in + 16));
    m->contacts = get_u16(in + 18);
    m->state = in[20];
    m->reserved = in[21];
    return m->state <= PEN_STATE_SERVICE;
}

size_t pen_open_session_encode(const pen_open_session_t *m, uint8_t *out) {
    copy_bytes(out + 0, m->host_nonce, 16);
    out[16] = m->role;
    out[17] = m->slot;
    put_u32(out + 18, m->messages_hash);
    copy_bytes(out + 22, m->limits_hash, 8);
    return PEN_OPEN_SESSION_SIZE;
}

bool pen_open_session_decode(pen_open_session_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_OPEN_SESSION_SIZE) {
        return false;
    }
    copy_bytes(m->host_nonce, in + 0, 16);
    m->role = in[16];
    m->slot = in[17];
    m->messages_hash = get_u32(in + 18);
    copy_bytes(m->limits_hash, in + 22, 8);
    return (m->role >= PEN_ROLE_OPERATOR && m->role <= PEN_ROLE_SERVICE);
}

size_t pen_heartbeat_encode(const pen_heartbeat_t *m, uint8_t *out) {
    put_u32(out + 0, m->liveness);
    return PEN_HEARTBEAT_SIZE;
}

bool pen_heartbeat_decode(pen_heartbeat_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_HEARTBEAT_SIZE) {
        return false;
    }
    m->liveness = get_u32(in + 0);
    return true;
}

size_t pen_set_mode_encode(const pen_set_mode_t *m, uint8_t *out) {
    out[0] = m->mode;
    return PEN_SET_MODE_SIZE;
}

bool pen_set_mode_decode(pen_set_mode_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_SET_MODE_SIZE) {
        return false;
    }
    m->mode = in[0];
    return (m->mode >= PEN_MODE_HOME && m->mode <= PEN_MODE_SERVICE);
}

size_t pen_set_depth_encode(const pen_set_depth_t *m, uint8_t *out) {
    put_u32(out + 0, (uint32_t)m->depth_um);
    return PEN_SET_DEPTH_SIZE;
}

bool pen_set_depth_decode(pen_set_depth_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_SET_DEPTH_SIZE) {
        return false;
    }
    m->depth_um = to_i32(get_u32(in + 0));
    return true;
}

size_t pen_set_rate_encode(const pen_set_rate_t *m, uint8_t *out) {
    put_u32(out + 0, (uint32_t)m->rate_mhz);
    return PEN_SET_RATE_SIZE;
}

bool pen_set_rate_decode(pen_set_rate_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_SET_RATE_SIZE) {
        return false;
    }
    m->rate_mhz = to_i32(get_u32(in + 0));
    return true;
}

size_t pen_arm_encode(const pen_arm_t *m, uint8_t *out) {
    put_u64(out + 0, m->device_time_us);
    return PEN_ARM_SIZE;
}

bool pen_arm_decode(pen_arm_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_ARM_SIZE) {
        return false;
    }
    m->device_time_us = get_u64(in + 0);
    return true;
}

size_t pen_start_encode(const pen_start_t *m, uint8_t *out) {
    put_u64(out + 0, m->device_time_us);
    return PEN_START_SIZE;
}

bool pen_start_decode(pen_start_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_START_SIZE) {
        return false;
    }
    m->device_time_us = get_u64(in + 0);
    return true;
}

size_t pen_reset_encode(const pen_reset_t *m, uint8_t *out) {
    out[0] = m->interlock;
    return PEN_RESET_SIZE;
}

bool pen_reset_decode(pen_reset_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_RESET_SIZE) {
        return false;
    }
    m->interlock = in[0];
    return true;
}

size_t pen_set_telemetry_encode(const pen_set_telemetry_t *m, uint8_t *out) {
    put_u32(out + 0, m->period_us);
    return PEN_SET_TELEMETRY_SIZE;
}

bool pen_set_telemetry_decode(pen_set_telemetry_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_SET_TELEMETRY_SIZE) {
        return false;
    }
    m->period_us = get_u32(in + 0);
    return true;
}

size_t pen_pair_encode(const pen_pair_t *m, uint8_t *out) {
    out[0] = m->role;
    copy_bytes(out + 1, m->code, 16);
    copy_bytes(out + 17, m->host_name, 16);
    return PEN_PAIR_SIZE;
}

bool pen_pair_decode(pen_pair_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_PAIR_SIZE) {
        return false;
    }
    m->role = in[0];
    copy_bytes(m->code, in + 1, 16);
    copy_bytes(m->host_name, in + 17, 16);
    return (m->role >= PEN_ROLE_OPERATOR && m->role <= PEN_ROLE_SERVICE);
}

size_t pen_unpair_encode(const pen_unpair_t *m, uint8_t *out) {
    out[0] = m->slot;
    return PEN_UNPAIR_SIZE;
}

bool pen_unpair_decode(pen_unpair_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_UNPAIR_SIZE) {
        return false;
    }
    m->slot = in[0];
    return true;
}

size_t pen_begin_visit_encode(const pen_begin_visit_t *m, uint8_t *out) {
    copy_bytes(out + 0, m->visit_id, 8);
    copy_bytes(out + 8, m->person, 16);
    put_u16(out + 24, m->day);
    return PEN_BEGIN_VISIT_SIZE;
}

bool pen_begin_visit_decode(pen_begin_visit_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_BEGIN_VISIT_SIZE) {
        return false;
    }
    copy_bytes(m->visit_id, in + 0, 8);
    copy_bytes(m->person, in + 8, 16);
    m->day = get_u16(in + 24);
    return true;
}

size_t pen_get_trip_encode(const pen_get_trip_t *m, uint8_t *out) {
    out[0] = m->index;
    return PEN_GET_TRIP_SIZE;
}

bool pen_get_trip_decode(pen_get_trip_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_GET_TRIP_SIZE) {
        return false;
    }
    m->index = in[0];
    return true;
}

size_t pen_get_snapshot_encode(const pen_get_snapshot_t *m, uint8_t *out) {
    out[0] = m->index;
    out[1] = m->part;
    return PEN_GET_SNAPSHOT_SIZE;
}

bool pen_get_snapshot_decode(pen_get_snapshot_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_GET_SNAPSHOT_SIZE) {
        return false;
    }
    m->index = in[0];
    m->part = in[1];
    return true;
}

size_t pen_get_events_encode(const pen_get_events_t *m, uint8_t *out) {
    put_u32(out + 0, m->first);
    out[4] = m->count;
    return PEN_GET_EVENTS_SIZE;
}

bool pen_get_events_decode(pen_get_events_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_GET_EVENTS_SIZE) {
        return false;
    }
    m->first = get_u32(in + 0);
    m->count = in[4];
    return true;
}

size_t pen_calibrate_encode(const pen_calibrate_t *m, uint8_t *out) {
    put_u16(out + 0, (uint16_t)m->bar_offset_um);
    put_u16(out + 2, m->day);
    return PEN_CALIBRATE_SIZE;
}

bool pen_calibrate_decode(pen_calibrate_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_CALIBRATE_SIZE) {
        return false;
    }
    m->bar_offset_um = to_i16(get_u16(in + 0));
    m->day = get_u16(in + 2);
    return true;
}

size_t pen_configure_encode(const pen_configure_t *m, uint8_t *out) {
    out[0] = m->mode;
    put_u32(out + 1, (uint32_t)m->depth_max_um);
    put_u32(out + 5, (uint32_t)m->rate_max_mhz);
    out[9] = m->home_only;
    return PEN_CONFIGURE_SIZE;
}

bool pen_configure_decode(pen_configure_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_CONFIGURE_SIZE) {
        return false;
    }
    m->mode = in[0];
    m->depth_max_um = to_i32(get_u32(in + 1));
    m->rate_max_mhz = to_i32(get_u32(in + 5));
    m->home_only = in[9];
    return (m->mode >= PEN_MODE_HOME && m->mode <= PEN_MODE_SERVICE);
}

size_t pen_identity_encode(const pen_identity_t *m, uint8_t *out) {
    out[0] = m->protocol_version;
    out[1] = m->firmware_major;
    out[2] = m->firmware_minor;
    out[3] = m->firmware_patch;
    out[4] = m->test_build;
    copy_bytes(out + 5, m->serial_number, 16);
    copy_bytes(out + 21, m->limits_hash, 32);
    put_u32(out + 53, m->messages_hash);
    put_u64(out + 57, m->uptime_us);
    out[65] = m->home_only;
    out[66] = m->restart_cause;
    put_u32(out + 67, m->boot);
    return PEN_IDENTITY_SIZE;
}

bool pen_identity_decode(pen_identity_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_IDENTITY_SIZE) {
        return false;
    }
    m->protocol_version = in[0];
    m->firmware_major = in[1];
    m->firmware_minor = in[2];
    m->firmware_patch = in[3];
    m->test_build = in[4];
    copy_bytes(m->serial_number, in + 5, 16);
    copy_bytes(m->limits_hash, in + 21, 32);
    m->messages_hash = get_u32(in + 53);
    m->uptime_us = get_u64(in + 57);
    m->home_only = in[65];
    m->restart_cause = in[66];
    m->boot = get_u32(in + 67);
    return true;
}

size_t pen_limits_encode(const pen_limits_t *m, uint8_t *out) {
    copy_bytes(out + 0, m->limits_hash, 32);
    for (size_t i = 0; i < 2; i++) {
        (void)pen_mode_limits_encode(&m->modes[i], out + 32 + i * PEN_MODE_LIMITS_SIZE);
    }
    return PEN_LIMITS_SIZE;
}

bool pen_limits_decode(pen_limits_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_LIMITS_SIZE) {
        return false;
    }
    copy_bytes(m->limits_hash, in + 0, 32);
    for (size_t i = 0; i < 2; i++) {
        if (!pen_mode_limits_decode(&m->modes[i], in + 32 + i * PEN_MODE_LIMITS_SIZE, PEN_MODE_LIMITS_SIZE)) {
            return false;
        }
    }
    return true;
}

size_t pen_status_encode(const pen_status_t *m, uint8_t *out) {
    put_u64(out + 0, m->device_time_us);
    out[8] = m->state;
    out[9] = m->mode;
    put_u16(out + 10, m->flags);
    put_u32(out + 12, (uint32_t)m->depth_set_um);
    put_u32(out + 16, (uint32_t)m->rate_set_mhz);
    put_u32(out + 20, (uint32_t)m->depth_measured_um);
    put_u32(out + 24, (uint32_t)m->rate_measured_mhz);
    put_u32(out + 28, m->stroke_count);
    out[32] = m->tripped;
    out[33] = m->trip_input;
    out[34] = m->trip_stop;
    put_u32(out + 35, (uint32_t)m->trip_value);
    put_u32(out + 39, (uint32_t)m->trip_limit);
    put_u64(out + 43, m->trip_time_us);
    put_u16(out + 51, m->last_command_sequence);
    out[53] = m->last_reason;
    put_u32(out + 54, m->events_next);
    put_u32(out + 58, m->frames_bad);
    put_u32(out + 62, (uint32_t)m->supply_mv);
    out[66] = m->trip_count;
    out[67] = m->self_test_check;
    put_u16(out + 68, m->charge_permille);
    put_u32(out + 70, m->frames_lost);
    put_u32(out + 74, m->boot);
    return PEN_STATUS_SIZE;
}

bool pen_status_decode(pen_status_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_STATUS_SIZE) {
        return false;
    }
    m->device_time_us = get_u64(in + 0);
    m->state = in[8];
    m->mode = in[9];
    m->flags = get_u16(in + 10);
    m->depth_set_um = to_i32(get_u32(in + 12));
    m->rate_set_mhz = to_i32(get_u32(in + 16));
    m->depth_measured_um = to_i32(get_u32(in + 20));
    m->rate_measured_mhz = to_i32(get_u32(in + 24));
    m->stroke_count = get_u32(in + 28);
    m->tripped = in[32];
    m->trip_input = in[33];
    m->trip_stop = in[34];
    m->trip_value = to_i32(get_u32(in + 35));
    m->trip_limit = to_i32(get_u32(in + 39));
    m->trip_time_us = get_u64(in + 43);
    m->last_command_sequence = get_u16(in + 51);
    m->last_reason = in[53];
    m->events_next = get_u32(in + 54);
    m->frames_bad = get_u32(in + 58);
    m->supply_mv = to_i32(get_u32(in + 62));
    m->trip_count = in[66];
    m->self_test_check = in[67];
    m->charge_permille = get_u16(in + 68);
    m->frames_lost = get_u32(in + 70);
    m->boot = get_u32(in + 74);
    return m->state <= PEN_STATE_SERVICE &&
           (m->mode >= PEN_MODE_HOME && m->mode <= PEN_MODE_SERVICE) &&
           (m->flags & (unsigned)0x8000) == 0 &&
           m->trip_input <= PEN_INPUT_RESTART &&
           m->trip_stop <= PEN_STOP_KIND_C1 &&
           m->last_reason <= PEN_REASON_STOPPED;
}

size_t pen_session_encode(const pen_session_t *m, uint8_t *out) {
    copy_bytes(out + 0, m->device_nonce, 16);
    put_u32(out + 16, m->session_id);
    out[20] = m->role;
    put_u64(out + 21, m->device_time_us);
    copy_bytes(out + 29, m->proof, 16);
    return PEN_SESSION_SIZE;
}

bool pen_session_decode(pen_session_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_SESSION_SIZE) {
        return false;
    }
    copy_bytes(m->device_nonce, in + 0, 16);
    m->session_id = get_u32(in + 16);
    m->role = in[20];
    m->device_time_us = get_u64(in + 21);
    copy_bytes(m->proof, in + 29, 16);
    return (m->role >= PEN_ROLE_OPERATOR && m->role <= PEN_ROLE_SERVICE);
}

size_t pen_response_encode(const pen_response_t *m, uint8_t *out) {
    out[0] = m->command;
    put_u16(out + 1, m->command_sequence);
    out[3] = m->reason;
    put_u32(out + 4, (uint32_t)m->value);
    put_u32(out + 8, (uint32_t)m->limit);
    put_u64(out + 12, m->device_time_us);
    return PEN_RESPONSE_SIZE;
}

bool pen_response_decode(pen_response_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_RESPONSE_SIZE) {
        return false;
    }
    m->command = in[0];
    m->command_sequence = get_u16(in + 1);
    m->reason = in[3];
    m->value = to_i32(get_u32(in + 4));
    m->limit = to_i32(get_u32(in + 8));
    m->device_time_us = get_u64(in + 12);
    return m->reason <= PEN_REASON_STOPPED;
}

size_t pen_cartridge_encode(const pen_cartridge_t *m, uint8_t *out) {
    put_u32(out + 0, m->cartridge_id);
    out[4] = m->kind;
    out[5] = m->needles;
    put_u16(out + 6, m->stop_um);
    put_u16(out + 8, m->length_um);
    put_u16(out + 10, m->sterile_until_day);
    put_u16(out + 12, m->uses);
    put_u32(out + 14, m->strokes);
    out[18] = m->binding;
    out[19] = m->verdict;
    return PEN_CARTRIDGE_SIZE;
}

bool pen_cartridge_decode(pen_cartridge_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_CARTRIDGE_SIZE) {
        return false;
    }
    m->cartridge_id = get_u32(in + 0);
    m->kind = in[4];
    m->needles = in[5];
    m->stop_um = get_u16(in + 6);
    m->length_um = get_u16(in + 8);
    m->sterile_until_day = get_u16(in + 10);
    m->uses = get_u16(in + 12);
    m->strokes = get_u32(in + 14);
    m->binding = in[18];
    m->verdict = in[19];
    return m->kind <= PEN_CARTRIDGE_KIND_CLINICAL &&
           m->binding <= PEN_CARTRIDGE_BINDING_UNKNOWN &&
           m->verdict <= PEN_REASON_STOPPED;
}

size_t pen_paired_encode(const pen_paired_t *m, uint8_t *out) {
    out[0] = m->slot;
    out[1] = m->role;
    copy_bytes(out + 2, m->key, 32);
    return PEN_PAIRED_SIZE;
}

bool pen_paired_decode(pen_paired_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_PAIRED_SIZE) {
        return false;
    }
    m->slot = in[0];
    m->role = in[1];
    copy_bytes(m->key, in + 2, 32);
    return (m->role >= PEN_ROLE_OPERATOR && m->role <= PEN_ROLE_SERVICE);
}

size_t pen_trip_encode(const pen_trip_t *m, uint8_t *out) {
    out[0] = m->index;
    out[1] = m->count;
    out[2] = m->interlock;
    out[3] = m->latched;
    out[4] = m->input;
    out[5] = m->stop;
    put_u32(out + 6, (uint32_t)m->value);
    put_u32(out + 10, (uint32_t)m->limit);
    put_u64(out + 14, m->time_us);
    put_u32(out + 22, m->boot);
    out[26] = m->snapshot_parts;
    return PEN_TRIP_SIZE;
}

bool pen_trip_decode(pen_trip_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_TRIP_SIZE) {
        return false;
    }
    m->index = in[0];
    m->count = in[1];
    m->interlock = in[2];
    m->latched = in[3];
    m->input = in[4];
    m->stop = in[5];
    m->value = to_i32(get_u32(in + 6));
    m->limit = to_i32(get_u32(in + 10));
    m->time_us = get_u64(in + 14);
    m->boot = get_u32(in + 22);
    m->snapshot_parts = in[26];
    return m->input <= PEN_INPUT_RESTART &&
           m->stop <= PEN_STOP_KIND_C1;
}

size_t pen_snapshot_encode(const pen_snapshot_t *m, uint8_t *out) {
    out[0] = m->index;
    out[1] = m->part;
    out[2] = m->parts;
    out[3] = m->count;
    for (size_t i = 0; i < 8; i++) {
        (void)pen_trip_sample_encode(&m->rows[i], out + 4 + i * PEN_TRIP_SAMPLE_SIZE);
    }
    return PEN_SNAPSHOT_SIZE;
}

bool pen_snapshot_decode(pen_snapshot_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_SNAPSHOT_SIZE) {
        return false;
    }
    m->index = in[0];
    m->part = in[1];
    m->parts = in[2];
    m->count = in[3];
    for (size_t i = 0; i < 8; i++) {
        if (!pen_trip_sample_decode(&m->rows[i], in + 4 + i * PEN_TRIP_SAMPLE_SIZE, PEN_TRIP_SAMPLE_SIZE)) {
            return false;
        }
    }
    return true;
}

size_t pen_event_state_encode(const pen_event_state_t *m, uint8_t *out) {
    put_u32(out + 0, m->number);
    put_u64(out + 4, m->time_us);
    out[12] = m->state;
    out[13] = m->previous;
    out[14] = m->mode;
    out[15] = m->cause;
    return PEN_EVENT_STATE_SIZE;
}

bool pen_event_state_decode(pen_event_state_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_EVENT_STATE_SIZE) {
        return false;
    }
    m->number = get_u32(in + 0);
    m->time_us = get_u64(in + 4);
    m->state = in[12];
    m->previous = in[13];
    m->mode = in[14];
    m->cause = in[15];
    return m->state <= PEN_STATE_SERVICE &&
           m->previous <= PEN_STATE_SERVICE &&
           (m->mode >= PEN_MODE_HOME && m->mode <= PEN_MODE_SERVICE);
}

size_t pen_event_trip_encode(const pen_event_trip_t *m, uint8_t *out) {
    put_u32(out + 0, m->number);
    put_u64(out + 4, m->time_us);
    out[12] = m->interlock;
    out[13] = m->input;
    out[14] = m->stop;
    put_u32(out + 15, (uint32_t)m->value);
    put_u32(out + 19, (uint32_t)m->limit);
    out[23] = m->latched;
    return PEN_EVENT_TRIP_SIZE;
}

bool pen_event_trip_decode(pen_event_trip_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_EVENT_TRIP_SIZE) {
        return false;
    }
    m->number = get_u32(in + 0);
    m->time_us = get_u64(in + 4);
    m->interlock = in[12];
    m->input = in[13];
    m->stop = in[14];
    m->value = to_i32(get_u32(in + 15));
    m->limit = to_i32(get_u32(in + 19));
    m->latched = in[23];
    return m->input <= PEN_INPUT_RESTART &&
           m->stop <= PEN_STOP_KIND_C1;
}

size_t pen_event_warning_encode(const pen_event_warning_t *m, uint8_t *out) {
    put_u32(out + 0, m->number);
    put_u64(out + 4, m->time_us);
    out[12] = m->warning;
    put_u32(out + 13, (uint32_t)m->value);
    put_u32(out + 17, (uint32_t)m->limit);
    return PEN_EVENT_WARNING_SIZE;
}

bool pen_event_warning_decode(pen_event_warning_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_EVENT_WARNING_SIZE) {
        return false;
    }
    m->number = get_u32(in + 0);
    m->time_us = get_u64(in + 4);
    m->warning = in[12];
    m->value = to_i32(get_u32(in + 13));
    m->limit = to_i32(get_u32(in + 17));
    return m->warning <= PEN_WARNING_CARTRIDGE_GONE;
}

size_t pen_telemetry_encode(const pen_telemetry_t *m, uint8_t *out) {
    put_u32(out + 0, m->number);
    put_u32(out + 4, m->dropped);
    put_u64(out + 8, m->first_time_us);
    put_u32(out + 16, m->period_us);
    out[20] = m->count;
    out[21] = m->state;
    for (size_t i = 0; i < 20; i++) {
        (void)pen_sample_encode(&m->samples[i], out + 22 + i * PEN_SAMPLE_SIZE);
    }
    return PEN_TELEMETRY_SIZE;
}

bool pen_telemetry_decode(pen_telemetry_t *m, const uint8_t *in, size_t n) {
    if (n != PEN_TELEMETRY_SIZE) {
        return false;
    }
    m->number = get_u32(in + 0);
    m->dropped = get_u32(in + 4);
    m->first_time_us = get_u64(in + 8);
    m->period_us = get_u32(in + 16);
    m->count = in[20];
    m->state = in[21];
    for (size_t i = 0; i < 20; i++) {
        if (!pen_sample_decode(&m->samples[i], in + 22 + i * PEN_SAMPLE_SIZE, PEN_SAMPLE_SIZE)) {
            return false;
        }
    }
    return m->state <= PEN_STATE_SERVICE;
}
