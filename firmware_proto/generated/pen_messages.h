/* Written by tools/generate.py (make generate) from src/penctl/protocol/messages.py. Do not edit: change the source and generate again. */

#ifndef PEN_MESSAGES_H
#define PEN_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes are bytes on the wire: packed, little endian. */
#define PEN_PROTOCOL_VERSION 1
#define PEN_MESSAGES_HASH 0x5a12bca9u
#define PEN_TYPE_SEALED 0x80
#define PEN_TELEMETRY_SAMPLES 20
#define PEN_HEADER_SIZE 4
#define PEN_COUNTER_SIZE 8
#define PEN_MAC_SIZE 16
#define PEN_CRC_SIZE 4
#define PEN_FRAME_MAX 640
#define PEN_FRAME_ENCODED_MAX 643
#define PEN_PAYLOAD_MAX 582
#define PEN_TYPE_IDENTIFY 0x01
#define PEN_TYPE_GET_LIMITS 0x02
#define PEN_TYPE_GET_STATUS 0x03
#define PEN_TYPE_OPEN_SESSION 0x04
#define PEN_TYPE_HEARTBEAT 0x05
#define PEN_TYPE_SET_MODE 0x06
#define PEN_TYPE_SET_DEPTH 0x07
#define PEN_TYPE_SET_RATE 0x08
#define PEN_TYPE_ARM 0x09
#define PEN_TYPE_START 0x0a
#define PEN_TYPE_STOP 0x0b
#define PEN_TYPE_RESET 0x0c
#define PEN_TYPE_SET_TELEMETRY 0x0d
#define PEN_TYPE_SELF_TEST 0x0e
#define PEN_TYPE_REFERENCE 0x0f
#define PEN_TYPE_GET_CARTRIDGE 0x10
#define PEN_TYPE_IDENTITY 0x41
#define PEN_TYPE_LIMITS 0x42
#define PEN_TYPE_STATUS 0x43
#define PEN_TYPE_SESSION 0x44
#define PEN_TYPE_RESPONSE 0x45
#define PEN_TYPE_CARTRIDGE 0x46
#define PEN_TYPE_EVENT_STATE 0x50
#define PEN_TYPE_EVENT_TRIP 0x51
#define PEN_TYPE_EVENT_WARNING 0x52
#define PEN_TYPE_TELEMETRY 0x60
#define PEN_MODE_LIMITS_SIZE 17
#define PEN_SAMPLE_SIZE 28
#define PEN_IDENTIFY_SIZE 0
#define PEN_GET_LIMITS_SIZE 0
#define PEN_GET_STATUS_SIZE 0
#define PEN_OPEN_SESSION_SIZE 17
#define PEN_HEARTBEAT_SIZE 4
#define PEN_SET_MODE_SIZE 1
#define PEN_SET_DEPTH_SIZE 4
#define PEN_SET_RATE_SIZE 4
#define PEN_ARM_SIZE 8
#define PEN_START_SIZE 8
#define PEN_STOP_SIZE 0
#define PEN_RESET_SIZE 1
#define PEN_SET_TELEMETRY_SIZE 4
#define PEN_SELF_TEST_SIZE 0
#define PEN_REFERENCE_SIZE 0
#define PEN_GET_CARTRIDGE_SIZE 0
#define PEN_IDENTITY_SIZE 65
#define PEN_LIMITS_SIZE 66
#define PEN_STATUS_SIZE 66
#define PEN_SESSION_SIZE 45
#define PEN_RESPONSE_SIZE 20
#define PEN_CARTRIDGE_SIZE 8
#define PEN_EVENT_STATE_SIZE 16
#define PEN_EVENT_TRIP_SIZE 23
#define PEN_EVENT_WARNING_SIZE 21
#define PEN_TELEMETRY_SIZE 582

/* State of the pen. */
enum pen_state {
    PEN_STATE_OFF = 0,
    PEN_STATE_SELF_TEST = 1,
    PEN_STATE_STANDBY = 2,
    PEN_STATE_READY = 3,
    PEN_STATE_RUN = 4,
    PEN_STATE_STOPPING = 5,
    PEN_STATE_SAFE = 6,
    PEN_STATE_SERVICE = 7
};

/* Mode of the pen; a reset comes up in HOME. */
enum pen_mode {
    PEN_MODE_HOME = 1,
    PEN_MODE_CLINICAL = 2,
    PEN_MODE_SERVICE = 3
};

/* Who holds a link session. */
enum pen_role {
    PEN_ROLE_OPERATOR = 1,
    PEN_ROLE_CLINICIAN = 2,
    PEN_ROLE_SERVICE = 3
};

/* Kind of the cartridge that the tag reports. */
enum pen_cartridge_kind {
    PEN_CARTRIDGE_KIND_NONE = 0,
    PEN_CARTRIDGE_KIND_HOME = 1,
    PEN_CARTRIDGE_KIND_CLINICAL = 2
};

/* What a trip did: C0 drive power off at once, C1 needles retracted, then off, INHIBIT start refused. */
enum pen_stop_kind {
    PEN_STOP_KIND_NONE = 0,
    PEN_STOP_KIND_C0 = 1,
    PEN_STOP_KIND_C1 = 2,
    PEN_STOP_KIND_INHIBIT = 3
};

/* What a trip looked at. */
enum pen_input {
    PEN_INPUT_NONE = 0,
    PEN_INPUT_ESTOP_A = 1,
    PEN_INPUT_ESTOP_B = 2,
    PEN_INPUT_HOLD = 3,
    PEN_INPUT_HEARTBEAT = 4,
    PEN_INPUT_BAR_DEPTH = 5,
    PEN_INPUT_STAGE_DEPTH = 6,
    PEN_INPUT_SHAFT_RATE = 7,
    PEN_INPUT_BAR_RATE = 8,
    PEN_INPUT_COMMAND = 9,
    PEN_INPUT_C1_TIMEOUT = 10,
    PEN_INPUT_SHAFT_SENSOR = 11,
    PEN_INPUT_BAR_SENSOR = 12,
    PEN_INPUT_STAGE_SENSOR = 13,
    PEN_INPUT_SUPPLY = 14
};

/* What a warning tells; nothing stops because of it. */
enum pen_warning {
    PEN_WARNING_NONE = 0,
    PEN_WARNING_LIFT_HANDPIECE = 1,
    PEN_WARNING_READY_TIMEOUT = 2,
    PEN_WARNING_EVENTS_LOST = 3,
    PEN_WARNING_COMMAND_REFUSED = 4,
    PEN_WARNING_C1_TIMEOUT = 5,
    PEN_WARNING_SELF_TEST_FAILED = 6,
    PEN_WARNING_REFERENCE_FAILED = 7
};

/* Conditions of the pen, one bit each. */
enum pen_flags {
    PEN_FLAGS_HOLD_PRESSED = 1,
    PEN_FLAGS_ESTOP_CLOSED = 2,
    PEN_FLAGS_REFERENCED = 4,
    PEN_FLAGS_SELF_TEST_PASSED = 8,
    PEN_FLAGS_STAGE_IN_POSITION = 16,
    PEN_FLAGS_DRIVE_ENABLED = 32,
    PEN_FLAGS_CONTACT = 64,
    PEN_FLAGS_NEEDLES_CLEAR = 128,
    PEN_FLAGS_SESSION_ALIVE = 256,
    PEN_FLAGS_CARTRIDGE_OK = 512
};

/* Why a command was refused; NONE means that it was taken. */
enum pen_reason {
    PEN_REASON_NONE = 0,
    PEN_REASON_MALFORMED = 1,
    PEN_REASON_UNKNOWN_COMMAND = 2,
    PEN_REASON_VERSION = 3,
    PEN_REASON_NO_SESSION = 4,
    PEN_REASON_BAD_MAC = 5,
    PEN_REASON_STALE_COUNTER = 6,
    PEN_REASON_SESSION_IN_USE = 7,
    PEN_REASON_EXPIRED = 8,
    PEN_REASON_ROLE = 9,
    PEN_REASON_WRONG_STATE = 10,
    PEN_REASON_LATCHED = 11,
    PEN_REASON_DEPTH_ABOVE_LIMIT = 12,
    PEN_REASON_DEPTH_BELOW_LIMIT = 13,
    PEN_REASON_RATE_ABOVE_LIMIT = 14,
    PEN_REASON_RATE_BELOW_LIMIT = 15,
    PEN_REASON_MODE_INVALID = 16,
    PEN_REASON_DEPTH_NOT_SET = 17,
    PEN_REASON_RATE_NOT_SET = 18,
    PEN_REASON_NOT_REFERENCED = 19,
    PEN_REASON_SELF_TEST_NOT_PASSED = 20,
    PEN_REASON_NO_CARTRIDGE = 21,
    PEN_REASON_CARTRIDGE_WRONG_FOR_MODE = 22,
    PEN_REASON_HOLD_NOT_PRESSED = 23,
    PEN_REASON_HOLD_PRESSED = 24,
    PEN_REASON_STAGE_MOVING = 25,
    PEN_REASON_INCREASE_WHILE_RUNNING = 26,
    PEN_REASON_CAUSE_PRESENT = 27,
    PEN_REASON_WRONG_INTERLOCK = 28,
    PEN_REASON_ESTOP_OPEN = 29,
    PEN_REASON_NEW_SESSION_NEEDED = 30,
    PEN_REASON_ALREADY_ARMED = 31,
    PEN_REASON_BUSY = 32,
    PEN_REASON_GUARD_REFUSED = 33,
    PEN_REASON_SELF_TEST_FAILED = 34,
    PEN_REASON_REFERENCE_FAILED = 35,
    PEN_REASON_TELEMETRY_PERIOD = 36,
    PEN_REASON_NOT_LATCHED = 37
};

/* Limits of one mode. */
typedef struct {
    uint8_t mode; /* mode that these limits hold in */
    int32_t depth_min_um; /* µm, smallest depth */
    int32_t depth_max_um; /* µm, largest depth */
    int32_t rate_min_mhz; /* mHz, smallest stroke rate */
    int32_t rate_max_mhz; /* mHz, largest stroke rate */
} pen_mode_limits_t;

/* One telemetry sample. */
typedef struct {
    int16_t bar_um; /* µm, protrusion of the needle bar, sensor B */
    int16_t depth_um; /* µm, depth of the last whole stroke, sensor B */
    int16_t stage_um; /* µm, depth stage, sensor A, referenced */
    int16_t shaft_counts; /* 1/4096 rev, crank angle; 0 is the top of the stroke, -1 no valid angle */
    int32_t rate_mhz; /* mHz, stroke rate, mean over whole strokes */
    int16_t motor_ma; /* mA, bridge current */
    int16_t supply_mv; /* mV, supply at the bridge */
    int16_t press_mn; /* mN, nose press force */
    int16_t nose_cc; /* 0.01 °C, temperature of the nose */
    int16_t handle_cc; /* 0.01 °C, temperature of the handle */
    int16_t duty_q15; /* 1/32767, bridge duty */
    uint16_t flags; /* conditions */
    uint16_t stroke_count; /* strokes since power-on, low 16 bits */
} pen_sample_t;

/* Open a link session; answered by SESSION. */
typedef struct {
    uint8_t host_nonce[16]; /* fresh random bytes */
    uint8_t role; /* role asked for */
} pen_open_session_t;

/* The operator's screen is alive; answered by STATUS. */
typedef struct {
    uint32_t liveness; /* counter of the operator's screen */
} pen_heartbeat_t;

/* Change the mode in STANDBY; zeroes the setpoints. */
typedef struct {
    uint8_t mode; /* mode */
} pen_set_mode_t;

/* Set the depth; refused outside the limits, never clamped. */
typedef struct {
    int32_t depth_um; /* µm, depth */
} pen_set_depth_t;

/* Set the stroke rate; refused outside the limits, never clamped. */
typedef struct {
    int32_t rate_mhz; /* mHz, stroke rate */
} pen_set_rate_t;

/* STANDBY to READY; expires 200 ms after the quoted device time. */
typedef struct {
    uint64_t device_time_us; /* µs, device time as the host knows it */
} pen_arm_t;

/* READY to RUN; expires 200 ms after the quoted device time. */
typedef struct {
    uint64_t device_time_us; /* µs, device time as the host knows it */
} pen_start_t;

/* Release a latched trip whose cause is gone. */
typedef struct {
    uint8_t interlock; /* number of the interlock */
} pen_reset_t;

/* Start or stop telemetry. */
typedef struct {
    uint32_t period_us; /* µs, time between samples, 1000 to 1000000; 0 is off */
} pen_set_telemetry_t;

/* Who the pen is. */
typedef struct {
    uint8_t protocol_version; /* version of this protocol */
    uint8_t firmware_major;
    uint8_t firmware_minor;
    uint8_t firmware_patch;
    uint8_t test_build; /* 1: not for use on people */
    uint8_t serial_number[16];
    uint8_t limits_hash[32]; /* SHA-256 of the table of hard limits */
    uint32_t messages_hash; /* hash of these definitions, to compare both sides */
    uint64_t uptime_us; /* µs, time since power-on */
} pen_identity_t;

/* Effective limits; never wider than the hard limits. */
typedef struct {
    uint8_t limits_hash[32]; /* SHA-256 of the table of hard limits */
    pen_mode_limits_t modes[2]; /* one for each mode */
} pen_limits_t;

/* State, setpoints, measured values and the latched trip. */
typedef struct {
    uint64_t device_time_us; /* µs, device time */
    uint8_t state; /* state */
    uint8_t mode; /* mode */
    uint16_t flags; /* conditions */
    int32_t depth_set_um; /* µm, depth setpoint */
    int32_t rate_set_mhz; /* mHz, stroke rate setpoint */
    int32_t depth_measured_um; /* µm, depth of the last whole stroke, sensor B */
    int32_t rate_measured_mhz; /* mHz, stroke rate, mean over whole strokes */
    uint32_t stroke_count; /* strokes since power-on */
    uint8_t tripped; /* number of the latched interlock, 0 none */
    uint8_t trip_input; /* what the trip looked at */
    uint8_t trip_stop; /* what the trip did */
    int32_t trip_value; /* value at the trip, in the input's unit */
    int32_t trip_limit; /* its limit */
    uint64_t trip_time_us; /* µs, device time of the trip */
    uint16_t last_command_sequence; /* sequence of the last command executed */
    uint8_t last_reason; /* its reason */
    uint32_t events_next; /* number that the next event will have */
    uint32_t frames_bad; /* frames dropped by CRC, COBS or length */
    int32_t supply_mv; /* mV, supply at the bridge */
} pen_status_t;

/* The device's half of a new link session. */
typedef struct {
    uint8_t device_nonce[16]; /* fresh random bytes */
    uint32_t session_id; /* number of the link session */
    uint8_t role; /* role granted */
    uint64_t device_time_us; /* µs, device time */
    uint8_t proof[16]; /* shows that the device holds the pairing key */
} pen_session_t;

/* Result of a command, with the reason when it was refused. */
typedef struct {
    uint8_t command; /* type of the command */
    uint16_t command_sequence; /* its sequence */
    uint8_t reason; /* NONE when taken */
    int32_t value; /* see the reasons */
    int32_t limit; /* see the reasons */
    uint64_t device_time_us; /* µs, device time of the execution */
} pen_response_t;

/* What the tag of the cartridge says. */
typedef struct {
    uint32_t cartridge_id; /* number of the tag, 0 none */
    uint8_t kind; /* kind */
    uint8_t needles; /* needles */
    uint16_t stop_um; /* µm, depth at which the cartridge stops the needles mechanically */
} pen_cartridge_t;

/* The state or the mode changed. */
typedef struct {
    uint32_t number; /* events count from 1 */
    uint64_t time_us; /* µs, device time */
    uint8_t state; /* state now */
    uint8_t previous; /* state before */
    uint8_t mode; /* mode */
    uint8_t cause; /* interlock or command that caused it, 0 none */
} pen_event_state_t;

/* An interlock tripped. */
typedef struct {
    uint32_t number; /* events count from 1 */
    uint64_t time_us; /* µs, device time */
    uint8_t interlock; /* number of the interlock */
    uint8_t input; /* what it looked at */
    uint8_t stop; /* what it did */
    int32_t value; /* value, in the input's unit */
    int32_t limit; /* its limit */
} pen_event_trip_t;

/* A warning; nothing stops because of it. */
typedef struct {
    uint32_t number; /* events count from 1 */
    uint64_t time_us; /* µs, device time */
    uint8_t warning; /* what it tells */
    int32_t value;
    int32_t limit;
} pen_event_warning_t;

/* A block of samples. */
typedef struct {
    uint32_t number; /* number of the block, from 1 */
    uint32_t dropped; /* blocks not sent since power-on */
    uint64_t first_time_us; /* µs, device time of the first sample */
    uint32_t period_us; /* µs, time between samples */
    uint8_t count; /* samples that are filled; the rest are zero */
    uint8_t state; /* state at the first sample */
    pen_sample_t samples[20]; /* samples in order of time */
} pen_telemetry_t;

/* _encode writes PEN_X_SIZE bytes and returns that size. _decode is false when n is not PEN_X_SIZE, when an enum
 * value is unknown or when a flag without a name is set; *m is then not to be used. */
size_t pen_mode_limits_encode(const pen_mode_limits_t *m, uint8_t *out);
bool pen_mode_limits_decode(pen_mode_limits_t *m, const uint8_t *in, size_t n);
size_t pen_sample_encode(const pen_sample_t *m, uint8_t *out);
bool pen_sample_decode(pen_sample_t *m, const uint8_t *in, size_t n);
size_t pen_open_session_encode(const pen_open_session_t *m, uint8_t *out);
bool pen_open_session_decode(pen_open_session_t *m, const uint8_t *in, size_t n);
size_t pen_heartbeat_encode(const pen_heartbeat_t *m, uint8_t *out);
bool pen_heartbeat_decode(pen_heartbeat_t *m, const uint8_t *in, size_t n);
size_t pen_set_mode_encode(const pen_set_mode_t *m, uint8_t *out);
bool pen_set_mode_decode(pen_set_mode_t *m, const uint8_t *in, size_t n);
size_t pen_set_depth_encode(const pen_set_depth_t *m, uint8_t *out);
bool pen_set_depth_decode(pen_set_depth_t *m, const uint8_t *in, size_t n);
size_t pen_set_rate_encode(const pen_set_rate_t *m, uint8_t *out);
bool pen_set_rate_decode(pen_set_rate_t *m, const uint8_t *in, size_t n);
size_t pen_arm_encode(const pen_arm_t *m, uint8_t *out);
bool pen_arm_decode(pen_arm_t *m, const uint8_t *in, size_t n);
size_t pen_start_encode(const pen_start_t *m, uint8_t *out);
bool pen_start_decode(pen_start_t *m, const uint8_t *in, size_t n);
size_t pen_reset_encode(const pen_reset_t *m, uint8_t *out);
bool pen_reset_decode(pen_reset_t *m, const uint8_t *in, size_t n);
size_t pen_set_telemetry_encode(const pen_set_telemetry_t *m, uint8_t *out);
bool pen_set_telemetry_decode(pen_set_telemetry_t *m, const uint8_t *in, size_t n);
size_t pen_identity_encode(const pen_identity_t *m, uint8_t *out);
bool pen_identity_decode(pen_identity_t *m, const uint8_t *in, size_t n);
size_t pen_limits_encode(const pen_limits_t *m, uint8_t *out);
bool pen_limits_decode(pen_limits_t *m, const uint8_t *in, size_t n);
size_t pen_status_encode(const pen_status_t *m, uint8_t *out);
bool pen_status_decode(pen_status_t *m, const uint8_t *in, size_t n);
size_t pen_session_encode(const pen_session_t *m, uint8_t *out);
bool pen_session_decode(pen_session_t *m, const uint8_t *in, size_t n);
size_t pen_response_encode(const pen_response_t *m, uint8_t *out);
bool pen_response_decode(pen_response_t *m, const uint8_t *in, size_t n);
size_t pen_cartridge_encode(const pen_cartridge_t *m, uint8_t *out);
bool pen_cartridge_decode(pen_cartridge_t *m, const uint8_t *in, size_t n);
size_t pen_event_state_encode(const pen_event_state_t *m, uint8_t *out);
bool pen_event_state_decode(pen_event_state_t *m, const uint8_t *in, size_t n);
size_t pen_event_trip_encode(const pen_event_trip_t *m, uint8_t *out);
bool pen_event_trip_decode(pen_event_trip_t *m, const uint8_t *in, size_t n);
size_t pen_event_warning_encode(const pen_event_warning_t *m, uint8_t *out);
bool pen_event_warning_decode(pen_event_warning_t *m, const uint8_t *in, size_t n);
size_t pen_telemetry_encode(const pen_telemetry_t *m, uint8_t *out);
bool pen_telemetry_decode(pen_telemetry_t *m, const uint8_t *in, size_t n);

#endif
