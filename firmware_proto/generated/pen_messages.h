/* Written by tools/generate.py (make generate) from src/penctl/protocol/messages.py. Do not edit: change the source and generate again. */

#ifndef PEN_MESSAGES_H
#define PEN_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes are bytes on the wire: packed, little endian. */
#define PEN_PROTOCOL_VERSION 2
#define PEN_MESSAGES_HASH 0xe86f85a5u
#define PEN_TYPE_SEALED 0x80
#define PEN_TELEMETRY_SAMPLES 20
#define PEN_SNAPSHOT_ROWS 8
#define PEN_HEADER_SIZE 4
#define PEN_COUNTER_SIZE 8
#define PEN_MAC_SIZE 16
#define PEN_CRC_SIZE 4
#define PEN_FRAME_MAX 768
#define PEN_FRAME_ENCODED_MAX 772
#define PEN_PAYLOAD_MAX 702
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
#define PEN_TYPE_PAIR 0x11
#define PEN_TYPE_UNPAIR 0x12
#define PEN_TYPE_BEGIN_VISIT 0x13
#define PEN_TYPE_END_VISIT 0x14
#define PEN_TYPE_GET_TRIP 0x15
#define PEN_TYPE_GET_SNAPSHOT 0x16
#define PEN_TYPE_GET_EVENTS 0x17
#define PEN_TYPE_CALIBRATE 0x18
#define PEN_TYPE_CONFIGURE 0x19
#define PEN_TYPE_IDENTITY 0x41
#define PEN_TYPE_LIMITS 0x42
#define PEN_TYPE_STATUS 0x43
#define PEN_TYPE_SESSION 0x44
#define PEN_TYPE_RESPONSE 0x45
#define PEN_TYPE_CARTRIDGE 0x46
#define PEN_TYPE_PAIRED 0x47
#define PEN_TYPE_TRIP 0x48
#define PEN_TYPE_SNAPSHOT 0x49
#define PEN_TYPE_EVENT_STATE 0x50
#define PEN_TYPE_EVENT_TRIP 0x51
#define PEN_TYPE_EVENT_WARNING 0x52
#define PEN_TYPE_TELEMETRY 0x60
#define PEN_MODE_LIMITS_SIZE 17
#define PEN_SAMPLE_SIZE 34
#define PEN_TRIP_SAMPLE_SIZE 22
#define PEN_IDENTIFY_SIZE 0
#define PEN_GET_LIMITS_SIZE 0
#define PEN_GET_STATUS_SIZE 0
#define PEN_OPEN_SESSION_SIZE 30
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
#define PEN_PAIR_SIZE 33
#define PEN_UNPAIR_SIZE 1
#define PEN_BEGIN_VISIT_SIZE 26
#define PEN_END_VISIT_SIZE 0
#define PEN_GET_TRIP_SIZE 1
#define PEN_GET_SNAPSHOT_SIZE 2
#define PEN_GET_EVENTS_SIZE 5
#define PEN_CALIBRATE_SIZE 4
#define PEN_CONFIGURE_SIZE 10
#define PEN_IDENTITY_SIZE 71
#define PEN_LIMITS_SIZE 66
#define PEN_STATUS_SIZE 78
#define PEN_SESSION_SIZE 45
#define PEN_RESPONSE_SIZE 20
#define PEN_CARTRIDGE_SIZE 20
#define PEN_PAIRED_SIZE 34
#define PEN_TRIP_SIZE 27
#define PEN_SNAPSHOT_SIZE 180
#define PEN_EVENT_STATE_SIZE 16
#define PEN_EVENT_TRIP_SIZE 24
#define PEN_EVENT_WARNING_SIZE 21
#define PEN_TELEMETRY_SIZE 702

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

/* Whose the cartridge is, for the visit that is open; who that is, the pen never knows. */
enum pen_cartridge_binding {
    PEN_CARTRIDGE_BINDING_NONE = 0,
    PEN_CARTRIDGE_BINDING_THIS_PERSON = 1,
    PEN_CARTRIDGE_BINDING_OTHER_PERSON = 2,
    PEN_CARTRIDGE_BINDING_UNKNOWN = 3
};

/* What a trip did: C0 drive power off at once, C1 needles retracted, then off. */
enum pen_stop_kind {
    PEN_STOP_KIND_NONE = 0,
    PEN_STOP_KIND_C0 = 1,
    PEN_STOP_KIND_C1 = 2
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
    PEN_INPUT_SHAFT_SENSOR = 8,
    PEN_INPUT_BAR_SENSOR = 9,
    PEN_INPUT_STAGE_SENSOR = 10,
    PEN_INPUT_SUPPLY = 11,
    PEN_INPUT_PRESS = 12,
    PEN_INPUT_MOTOR_CURRENT = 13,
    PEN_INPUT_HEAT_SUM = 14,
    PEN_INPUT_NOSE_TEMPERATURE = 15,
    PEN_INPUT_HANDLE_TEMPERATURE = 16,
    PEN_INPUT_CHARGE = 17,
    PEN_INPUT_CARTRIDGE_LOCK = 18,
    PEN_INPUT_CARTRIDGE_TAG = 19,
    PEN_INPUT_DRIVE_FEEDBACK = 20,
    PEN_INPUT_WINDING_SHORT = 21,
    PEN_INPUT_HOLD_CONTACTS = 22,
    PEN_INPUT_ESTOP_CONTACTS = 23,
    PEN_INPUT_CLOCK = 24,
    PEN_INPUT_TICK = 25,
    PEN_INPUT_SELF_CHECK = 26,
    PEN_INPUT_CONFIGURATION = 27,
    PEN_INPUT_REPEATS = 28,
    PEN_INPUT_DEPTH_DIFFERENCE = 29,
    PEN_INPUT_CONTACT = 30,
    PEN_INPUT_RATE_DIFFERENCE = 31,
    PEN_INPUT_SHAFT_MOTION = 32,
    PEN_INPUT_RESTART = 33
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
    PEN_WARNING_REFERENCE_FAILED = 7,
    PEN_WARNING_HOLD_LONG = 8,
    PEN_WARNING_WARM = 9,
    PEN_WARNING_BATTERY_LOW = 10,
    PEN_WARNING_CARTRIDGE_NEARLY_USED = 11,
    PEN_WARNING_REFERENCE_LOST = 12,
    PEN_WARNING_SESSION_DROPPED = 13,
    PEN_WARNING_MEMORY_FAILED = 14,
    PEN_WARNING_CARTRIDGE_GONE = 15
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
    PEN_FLAGS_CARTRIDGE_OK = 512,
    PEN_FLAGS_VISIT_OPEN = 1024,
    PEN_FLAGS_BUTTON_PRESSED = 2048,
    PEN_FLAGS_CHARGING = 4096,
    PEN_FLAGS_HOME_ONLY = 8192,
    PEN_FLAGS_PROVED = 16384
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
    PEN_REASON_TELEMETRY_PERIOD = 34,
    PEN_REASON_NOT_LATCHED = 35,
    PEN_REASON_BUTTON_NOT_PRESSED = 36,
    PEN_REASON_HOME_ONLY = 37,
    PEN_REASON_TEST_BUILD = 38,
    PEN_REASON_NO_VISIT = 39,
    PEN_REASON_SELF_TEST_NEEDED = 40,
    PEN_REASON_CARTRIDGE_NOT_LOCKED = 41,
    PEN_REASON_CARTRIDGE_UNKNOWN = 42,
    PEN_REASON_CARTRIDGE_EXPIRED = 43,
    PEN_REASON_CARTRIDGE_OTHER_PERSON = 44,
    PEN_REASON_CARTRIDGE_USED = 45,
    PEN_REASON_CARTRIDGE_WORN = 46,
    PEN_REASON_CARTRIDGE_TOO_DEEP = 47,
    PEN_REASON_CALIBRATION_OVERDUE = 48,
    PEN_REASON_CONFIGURATION_DAMAGED = 49,
    PEN_REASON_MEMORY_FAILED = 50,
    PEN_REASON_CHARGING = 51,
    PEN_REASON_BATTERY_CRITICAL = 52,
    PEN_REASON_TOO_WARM = 53,
    PEN_REASON_LIFT_FIRST = 54,
    PEN_REASON_NOT_PAIRED = 55,
    PEN_REASON_WRONG_CODE = 56,
    PEN_REASON_LOCKED_OUT = 57,
    PEN_REASON_POWER_CYCLE_NEEDED = 58,
    PEN_REASON_CALIBRATION_NEEDED = 59,
    PEN_REASON_FIRMWARE_NOT_GENUINE = 60,
    PEN_REASON_HOST_MISMATCH = 61,
    PEN_REASON_DATE_INVALID = 62,
    PEN_REASON_NO_SUCH_ENTRY = 63,
    PEN_REASON_VISIT_OPEN = 64,
    PEN_REASON_OUT_OF_RANGE = 65,
    PEN_REASON_SUPPLY_LOW = 66,
    PEN_REASON_CARTRIDGE_BINDING_FAILED = 67,
    PEN_REASON_STOPPED = 68
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
    int16_t difference_um; /* µm, sensor A less sensor B at the bottom of the last whole stroke */
    uint16_t heat_permille; /* permille, heat sum of the winding, of its limit */
    uint16_t charge_permille; /* permille, charge of the battery */
} pen_sample_t;

/* One row of the snapshot around a trip. */
typedef struct {
    int32_t time_us; /* µs, after the trip; negative: before it */
    int16_t bar_um; /* µm, protrusion of the needle bar, sensor B */
    int16_t stage_um; /* µm, depth stage, sensor A, referenced */
    int16_t shaft_counts; /* 1/4096 rev, crank angle; -1 no valid angle */
    int16_t motor_ma; /* mA, bridge current */
    int16_t supply_mv; /* mV, supply at the bridge */
    int16_t press_mn; /* mN, nose press force */
    int16_t duty_q15; /* 1/32767, bridge duty */
    uint16_t contacts; /* bits: 0 estop A, 1 estop B, 2 hold, 3 hold released, 4 home, 5 drive feedback, 6 short, 7 lock, 8 tag, 9 charger, 10 button, 11 drive enable, 12 supply enable */
    uint8_t state; /* state of the pen */
    uint8_t reserved; /* zero */
} pen_trip_sample_t;

/* Open a link session; answered by SESSION. */
typedef struct {
    uint8_t host_nonce[16]; /* fresh random bytes */
    uint8_t role; /* role asked for, at most that of the pairing */
    uint8_t slot; /* number of the pairing, from 0 */
    uint32_t messages_hash; /* hash of these definitions in the host */
    uint8_t limits_hash[8]; /* first bytes of the host's SHA-256 of the table of hard limits */
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

/* Pair over the pairing cable, in STANDBY, with the button held for 3 s; answered by PAIRED. */
typedef struct {
    uint8_t role; /* role asked for */
    uint8_t code[16]; /* code of the role from the pen's papers, zeros for OPERATOR */
    uint8_t host_name[16]; /* name of the host, for the list of pairings */
} pen_pair_t;

/* Forget a pairing; needs SERVICE, or the pairing's own role. */
typedef struct {
    uint8_t slot; /* its number */
} pen_unpair_t;

/* Open a visit, or take up the same one again; ARM needs it. Another one clears the setpoints. */
typedef struct {
    uint8_t visit_id[8]; /* random number of the visit; the same one again resumes it */
    uint8_t person[16]; /* salted hash of who is treated; kept on the cartridge only */
    uint16_t day; /* days, date today, days since 2020-01-01 */
} pen_begin_visit_t;

/* Ask for one of the last trips, 0 the newest; answered by TRIP. */
typedef struct {
    uint8_t index; /* 0 the newest */
} pen_get_trip_t;

/* Ask for a part of a trip's snapshot; answered by SNAPSHOT. */
typedef struct {
    uint8_t index; /* of the trip, 0 the newest */
    uint8_t part; /* from 0 */
} pen_get_snapshot_t;

/* Ask for events once more; they come with their own numbers, as far as they are still kept. */
typedef struct {
    uint32_t first; /* number of the first event wanted */
    uint8_t count; /* how many */
} pen_get_events_t;

/* Store the calibration of the depth sensors; SERVICE only, with the button pressed. */
typedef struct {
    int16_t bar_offset_um; /* µm, added to every reading of sensor B */
    uint16_t day; /* days, date today, days since 2020-01-01 */
} pen_calibrate_t;

/* Store narrower limits of a mode; SERVICE only, with the button pressed. Replaces damaged settings. */
typedef struct {
    uint8_t mode; /* HOME or CLINICAL */
    int32_t depth_max_um; /* µm, largest depth, at most the hard limit */
    int32_t rate_max_mhz; /* mHz, largest stroke rate, at most the hard limit */
    uint8_t home_only; /* 1: never clinical again; 0: as it is */
} pen_configure_t;

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
    uint8_t home_only; /* 1: provisioned for HOME only, for good */
    uint8_t restart_cause; /* why the controller started: 0 power-on, 1 watchdog, 2 brown-out, 3 software */
    uint32_t boot; /* number of this power-on or restart */
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
    uint8_t trip_count; /* interlocks that are latched */
    uint8_t self_test_check; /* number of the check of the self-test that failed last, 0 none */
    uint16_t charge_permille; /* permille, charge of the battery */
    uint32_t frames_lost; /* good frames for which there was no room */
    uint32_t boot; /* number of this power-on or restart */
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
    uint16_t length_um; /* µm, length of the needles */
    uint16_t sterile_until_day; /* days, last day of sterility, days since 2020-01-01 */
    uint16_t uses; /* visits in which it was used */
    uint32_t strokes; /* strokes with it, as last written to its tag */
    uint8_t binding; /* whose it is */
    uint8_t verdict; /* why it cannot be used now, NONE when it can */
} pen_cartridge_t;

/* A new pairing; its key travels in clear, over the pairing cable only. */
typedef struct {
    uint8_t slot; /* number of the pairing */
    uint8_t role; /* its role */
    uint8_t key[32]; /* pairing key */
} pen_paired_t;

/* One of the last trips, as the pen keeps it through power-off. */
typedef struct {
    uint8_t index; /* 0 the newest */
    uint8_t count; /* trips kept */
    uint8_t interlock; /* number of the interlock, 0 when there is none */
    uint8_t latched; /* 1 it still is */
    uint8_t input; /* what it looked at */
    uint8_t stop; /* what it did */
    int32_t value; /* value, in the input's unit */
    int32_t limit; /* its limit */
    uint64_t time_us; /* µs, device time */
    uint32_t boot; /* power-on in which it happened */
    uint8_t snapshot_parts; /* parts of its snapshot, 0 none is kept */
} pen_trip_t;

/* A part of the snapshot around a trip. */
typedef struct {
    uint8_t index; /* of the trip, 0 the newest */
    uint8_t part; /* from 0 */
    uint8_t parts; /* parts in all */
    uint8_t count; /* rows that are filled; the rest are zero */
    pen_trip_sample_t rows[8]; /* in order of time */
} pen_snapshot_t;

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
    uint8_t latched; /* 1 it stays until its reset, 0 it released by itself */
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
size_t pen_trip_sample_encode(const pen_trip_sample_t *m, uint8_t *out);
bool pen_trip_sample_decode(pen_trip_sample_t *m, const uint8_t *in, size_t n);
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
size_t pen_pair_encode(const pen_pair_t *m, uint8_t *out);
bool pen_pair_decode(pen_pair_t *m, const uint8_t *in, size_t n);
size_t pen_unpair_encode(const pen_unpair_t *m, uint8_t *out);
bool pen_unpair_decode(pen_unpair_t *m, const uint8_t *in, size_t n);
size_t pen_begin_visit_encode(const pen_begin_visit_t *m, uint8_t *out);
bool pen_begin_visit_decode(pen_begin_visit_t *m, const uint8_t *in, size_t n);
size_t pen_get_trip_encode(const pen_get_trip_t *m, uint8_t *out);
bool pen_get_trip_decode(pen_get_trip_t *m, const uint8_t *in, size_t n);
size_t pen_get_snapshot_encode(const pen_get_snapshot_t *m, uint8_t *out);
bool pen_get_snapshot_decode(pen_get_snapshot_t *m, const uint8_t *in, size_t n);
size_t pen_get_events_encode(const pen_get_events_t *m, uint8_t *out);
bool pen_get_events_decode(pen_get_events_t *m, const uint8_t *in, size_t n);
size_t pen_calibrate_encode(const pen_calibrate_t *m, uint8_t *out);
bool pen_calibrate_decode(pen_calibrate_t *m, const uint8_t *in, size_t n);
size_t pen_configure_encode(const pen_configure_t *m, uint8_t *out);
bool pen_configure_decode(pen_configure_t *m, const uint8_t *in, size_t n);
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
size_t pen_paired_encode(const pen_paired_t *m, uint8_t *out);
bool pen_paired_decode(pen_paired_t *m, const uint8_t *in, size_t n);
size_t pen_trip_encode(const pen_trip_t *m, uint8_t *out);
bool pen_trip_decode(pen_trip_t *m, const uint8_t *in, size_t n);
size_t pen_snapshot_encode(const pen_snapshot_t *m, uint8_t *out);
bool pen_snapshot_decode(pen_snapshot_t *m, const uint8_t *in, size_t n);
size_t pen_event_state_encode(const pen_event_state_t *m, uint8_t *out);
bool pen_event_state_decode(pen_event_state_t *m, const uint8_t *in, size_t n);
size_t pen_event_trip_encode(const pen_event_trip_t *m, uint8_t *out);
bool pen_event_trip_decode(pen_event_trip_t *m, const uint8_t *in, size_t n);
size_t pen_event_warning_encode(const pen_event_warning_t *m, uint8_t *out);
bool pen_event_warning_decode(pen_event_warning_t *m, const uint8_t *in, size_t n);
size_t pen_telemetry_encode(const pen_telemetry_t *m, uint8_t *out);
bool pen_telemetry_decode(pen_telemetry_t *m, const uint8_t *in, size_t n);

#endif
