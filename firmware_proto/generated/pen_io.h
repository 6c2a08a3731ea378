/* Written by tools/generate.py (make generate) from src/penctl/protocol/tick.py. Do not edit: change the source and generate again. */

#ifndef PEN_IO_H
#define PEN_IO_H

#include <stddef.h>
#include <stdint.h>

#include "pen_messages.h"

#define PEN_ABI 3
#define PEN_INVALID_UM INT32_MIN
#define PEN_NO_ANGLE (-1)
#define PEN_INPUTS_SIZE 64
#define PEN_OUTPUTS_SIZE 16

/* What the sounder of the pen plays. */
enum pen_sounder {
    PEN_SOUNDER_NONE = 0,
    PEN_SOUNDER_INFO = 1,
    PEN_SOUNDER_LOW = 2,
    PEN_SOUNDER_MEDIUM = 3,
    PEN_SOUNDER_HIGH = 4
};

/* A check of the self-test; the number of the first that failed is told. */
enum pen_self_test_check {
    PEN_SELF_TEST_CHECK_NONE = 0,
    PEN_SELF_TEST_CHECK_SUPPLY = 1,
    PEN_SELF_TEST_CHECK_HOLD_RELEASED = 2,
    PEN_SELF_TEST_CHECK_BAR_SENSOR = 3,
    PEN_SELF_TEST_CHECK_STAGE_SENSOR = 4,
    PEN_SELF_TEST_CHECK_SHAFT_SENSOR = 5,
    PEN_SELF_TEST_CHECK_DRIVE_OFF = 6,
    PEN_SELF_TEST_CHECK_CURRENT = 7,
    PEN_SELF_TEST_CHECK_TEMPERATURE = 8,
    PEN_SELF_TEST_CHECK_CLOCK = 9,
    PEN_SELF_TEST_CHECK_HOLD_CONTACTS = 10,
    PEN_SELF_TEST_CHECK_SHUT_OFF = 11,
    PEN_SELF_TEST_CHECK_SECOND_PATH = 12,
    PEN_SELF_TEST_CHECK_WINDING_SHORT = 13,
    PEN_SELF_TEST_CHECK_SOUNDER = 14,
    PEN_SELF_TEST_CHECK_NEEDLES_INSIDE = 15,
    PEN_SELF_TEST_CHECK_DEPTH_TRAVEL = 16,
    PEN_SELF_TEST_CHECK_REFERENCE = 17,
    PEN_SELF_TEST_CHECK_MEMORY = 18,
    PEN_SELF_TEST_CHECK_CONFIGURATION = 19,
    PEN_SELF_TEST_CHECK_FIRMWARE = 20,
    PEN_SELF_TEST_CHECK_CONTROLLER = 21,
    PEN_SELF_TEST_CHECK_PRESS_SENSOR = 22
};

/* A part of the controller that the port checks again and again while the pen is on. */
enum pen_self_check_part {
    PEN_SELF_CHECK_PART_NONE = 0,
    PEN_SELF_CHECK_PART_CPU = 1,
    PEN_SELF_CHECK_PART_RAM = 2,
    PEN_SELF_CHECK_PART_ROM = 3,
    PEN_SELF_CHECK_PART_STACK = 4,
    PEN_SELF_CHECK_PART_CONTROL_FLOW = 5
};

/* Why the controller started; only POWER_ON is a power cycle. */
enum pen_restart_cause {
    PEN_RESTART_CAUSE_POWER_ON = 0,
    PEN_RESTART_CAUSE_WATCHDOG = 1,
    PEN_RESTART_CAUSE_BROWN_OUT = 2,
    PEN_RESTART_CAUSE_SOFTWARE = 3
};

/* What the port gives the core before a tick. */
typedef struct {
    uint64_t time_us; /* µs, monotonic time since power-on, +100 a tick */
    int32_t shaft_counts; /* 1/4096 rev, crank angle 0 to 4095, 0 is the top of the stroke; -1 no valid angle */
    int32_t bar_um; /* µm, sensor B: protrusion of the needle bar; INT32_MIN no valid value */
    int32_t stage_um; /* µm, sensor A: depth stage relative to power-on; INT32_MIN no valid value */
    int32_t motor_ma; /* mA, bridge current, signed */
    int32_t supply_mv; /* mV, supply at the bridge */
    int32_t press_mn; /* mN, nose press force */
    int32_t nose_mc; /* m°C, temperature of the nose */
    int32_t handle_mc; /* m°C, temperature of the handle */
    uint8_t estop_a_closed; /* normally closed chain A: 1 closed, healthy */
    uint8_t estop_b_closed; /* normally closed chain B: 1 closed, healthy */
    uint8_t hold_pressed; /* hold-to-run switch at the pen */
    uint8_t stage_home; /* home switch: 1 stage at or above home */
    uint8_t drive_feedback; /* 1 gate supply of the bridge present */
    uint8_t hold_released; /* second contact of the hold-to-run switch, normally closed: 1 released */
    uint8_t button_pressed; /* button at the pen, for pairing and for the clinical mode */
    uint8_t cartridge_locked; /* lock switch of the cartridge: 1 locked */
    uint8_t tag_present; /* 1 a cartridge's tag is in the reader's field */
    uint8_t charger_present; /* 1 the charger is plugged in */
    uint8_t short_feedback; /* 1 the normally-on path shorts the winding */
    uint8_t sounder_feedback; /* 1 the sounder draws its current */
    uint16_t charge_permille; /* permille, charge of the battery, by its gauge */
    uint16_t reserved16; /* zero */
    uint32_t clock2_us; /* µs, time by the second oscillator, wraps */
    uint8_t reserved[4]; /* zero */
} pen_inputs_t;

/* What the core asks of the port after a tick. */
typedef struct {
    int32_t stage_steps; /* microsteps since power-on, + is deeper; one step is taken in each tick in which they change */
    int16_t bridge_duty_q15; /* 1/32767, bridge voltage as a part of the supply */
    uint8_t drive_enable; /* owned by guard; 0 bridge off and winding shorted */
    uint8_t stage_enable; /* owned by guard; 0 off, 1 retract only, 2 free */
    uint8_t state; /* state */
    uint8_t mode; /* mode */
    uint8_t tripped; /* number of the latched interlock, 0 none */
    uint8_t sounder; /* what the sounder plays */
    uint8_t supply_enable; /* owned by guard; 0 opens the second switch-off path, the supply of the bridge */
    uint8_t watchdog; /* owned by guard; changes at every tick in which guard has done all its checks */
    uint8_t reserved[2]; /* zero */
} pen_outputs_t;

_Static_assert(sizeof(pen_inputs_t) == 64, "pen_inputs_t: size");
_Static_assert(offsetof(pen_inputs_t, time_us) == 0, "pen_inputs_t: time_us");
_Static_assert(offsetof(pen_inputs_t, shaft_counts) == 8, "pen_inputs_t: shaft_counts");
_Static_assert(offsetof(pen_inputs_t, bar_um) == 12, "pen_inputs_t: bar_um");
_Static_assert(offsetof(pen_inputs_t, stage_um) == 16, "pen_inputs_t: stage_um");
_Static_assert(offsetof(pen_inputs_t, motor_ma) == 20, "pen_inputs_t: motor_ma");
_Static_assert(offsetof(pen_inputs_t, supply_mv) == 24, "pen_inputs_t: supply_mv");
_Static_assert(offsetof(pen_inputs_t, press_mn) == 28, "pen_inputs_t: press_mn");
_Static_assert(offsetof(pen_inputs_t, nose_mc) == 32, "pen_inputs_t: nose_mc");
_Static_assert(offsetof(pen_inputs_t, handle_mc) == 36, "pen_inputs_t: handle_mc");
_Static_assert(offsetof(pen_inputs_t, estop_a_closed) == 40, "pen_inputs_t: estop_a_closed");
_Static_assert(offsetof(pen_inputs_t, estop_b_closed) == 41, "pen_inputs_t: estop_b_closed");
_Static_assert(offsetof(pen_inputs_t, hold_pressed) == 42, "pen_inputs_t: hold_pressed");
_Static_assert(offsetof(pen_inputs_t, stage_home) == 43, "pen_inputs_t: stage_home");
_Static_assert(offsetof(pen_inputs_t, drive_feedback) == 44, "pen_inputs_t: drive_feedback");
_Static_assert(offsetof(pen_inputs_t, hold_released) == 45, "pen_inputs_t: hold_released");
_Static_assert(offsetof(pen_inputs_t, button_pressed) == 46, "pen_inputs_t: button_pressed");
_Static_assert(offsetof(pen_inputs_t, cartridge_locked) == 47, "pen_inputs_t: cartridge_locked");
_Static_assert(offsetof(pen_inputs_t, tag_present) == 48, "pen_inputs_t: tag_present");
_Static_assert(offsetof(pen_inputs_t, charger_present) == 49, "pen_inputs_t: charger_present");
_Static_assert(offsetof(pen_inputs_t, short_feedback) == 50, "pen_inputs_t: short_feedback");
_Static_assert(offsetof(pen_inputs_t, sounder_feedback) == 51, "pen_inputs_t: sounder_feedback");
_Static_assert(offsetof(pen_inputs_t, charge_permille) == 52, "pen_inputs_t: charge_permille");
_Static_assert(offsetof(pen_inputs_t, reserved16) == 54, "pen_inputs_t: reserved16");
_Static_assert(offsetof(pen_inputs_t, clock2_us) == 56, "pen_inputs_t: clock2_us");
_Static_assert(offsetof(pen_inputs_t, reserved) == 60, "pen_inputs_t: reserved");

_Static_assert(sizeof(pen_outputs_t) == 16, "pen_outputs_t: size");
_Static_assert(offsetof(pen_outputs_t, stage_steps) == 0, "pen_outputs_t: stage_steps");
_Static_assert(offsetof(pen_outputs_t, bridge_duty_q15) == 4, "pen_outputs_t: bridge_duty_q15");
_Static_assert(offsetof(pen_outputs_t, drive_enable) == 6, "pen_outputs_t: drive_enable");
_Static_assert(offsetof(pen_outputs_t, stage_enable) == 7, "pen_outputs_t: stage_enable");
_Static_assert(offsetof(pen_outputs_t, state) == 8, "pen_outputs_t: state");
_Static_assert(offsetof(pen_outputs_t, mode) == 9, "pen_outputs_t: mode");
_Static_assert(offsetof(pen_outputs_t, tripped) == 10, "pen_outputs_t: tripped");
_Static_assert(offsetof(pen_outputs_t, sounder) == 11, "pen_outputs_t: sounder");
_Static_assert(offsetof(pen_outputs_t, supply_enable) == 12, "pen_outputs_t: supply_enable");
_Static_assert(offsetof(pen_outputs_t, watchdog) == 13, "pen_outputs_t: watchdog");
_Static_assert(offsetof(pen_outputs_t, reserved) == 14, "pen_outputs_t: reserved");

#endif
