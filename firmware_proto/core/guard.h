/* Guard: the channel that holds the hard limits and owns drive-enable.
 *
 * It has its own inputs, its own copy of the limits and setpoints, runs first in every tick, and uses integers only.
 * It never trusts control: what control asks for is checked again here, and what guard has turned off only a
 * documented act turns on. It could move to a second controller unchanged.
 *
 * Each interlock is one function; hardware/interlocks.toml says what it holds, guard.c in which order they run.
 */
#ifndef PEN_GUARD_H
#define PEN_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "guard_watch.h"
#include "mailbox.h"
#include "pen_interlocks.h"
#include "pen_io.h"
#include "rate_meter.h"

enum { GUARD_TRIPS = 8, GUARD_WARNINGS = 4, GUARD_UNSET = -1, GUARD_MODES = 2 };

typedef struct {
    uint64_t time_us;
    uint32_t clock2_us; /* the second oscillator */
    int32_t shaft_counts;
    int32_t bar_um;    /* sensor B: protrusion of the needle bar, before its calibration */
    int32_t stage_um;  /* sensor A: stage position since power-on */
    int32_t stage_steps; /* microsteps that control asked for in the tick before */
    int32_t motor_ma;
    int32_t supply_mv;
    int32_t press_mn;
    int32_t nose_mc;
    int32_t handle_mc;
    uint32_t heartbeats;
    uint32_t stops;
    uint32_t session_id;
    uint16_t charge_permille;
    uint8_t estop_a_closed;
    uint8_t estop_b_closed;
    uint8_t hold_pressed;
    uint8_t hold_released; /* second contact of the same switch */
    uint8_t button_pressed;
    uint8_t stage_home;
    uint8_t drive_feedback; /* the bridge has its gate supply */
    uint8_t short_feedback; /* the winding is shorted */
    uint8_t cartridge_locked;
    uint8_t tag_present;
    uint8_t charger_present;
    uint8_t self_check;            /* part of the controller that failed its periodic check, 0 = none */
    uint8_t configuration_damaged; /* both copies of the stored settings */
} guard_inputs_t;

typedef struct {
    uint8_t drive_enable;
    uint8_t stage_enable;  /* 0 off, 1 retract only, 2 free */
    uint8_t supply_enable; /* 0 opens the second switch-off path */
    uint8_t watchdog;      /* changes in every tick in which all checks were made */
} guard_outputs_t;

typedef enum {
    GUARD_OFF,      /* drive off, nothing latched */
    GUARD_ARMED,    /* drive off, start allowed */
    GUARD_RUN,      /* drive on */
    GUARD_STOPPING, /* C1: drive on until the bar rests at the top, or the time-limit */
    GUARD_LATCHED   /* a trip is latched; drive off, or in C1 until at rest */
} guard_state_t;

/* What is stored in the pen and read before guard begins; a limit of 0 stands for the hard limit. */
typedef struct {
    int32_t depth_max_um[GUARD_MODES]; /* HOME, CLINICAL: narrower than the hard limit, never wider */
    int32_t rate_max_mhz[GUARD_MODES];
    int32_t bar_offset_um; /* added to every reading of sensor B */
    uint8_t home_only;
    uint8_t restart_cause; /* enum pen_restart_cause */
} guard_settings_t;

typedef struct {
    uint8_t mode;
    int32_t depth_min_um, depth_max_um, rate_min_mhz, rate_max_mhz;
} guard_limits_t;

/* A stop and its cause. `latched` is 0 for one that released by itself. */
typedef struct {
    uint8_t interlock; /* PEN_IL_… number, 0 = none */
    uint8_t input;     /* enum pen_input */
    uint8_t stop;      /* enum pen_stop_kind */
    uint8_t latched;
    bool restored;     /* latched before this power-on or restart */
    bool answered;     /* what its reset asks for has been done: the calibration, the self-test */
    uint8_t mode;      /* enum pen_mode in which it happened: who may reset it follows from that */
    int32_t value;
    int32_t limit;
    uint64_t time_us;
    uint32_t session_id;
} guard_trip_t;

typedef struct {
    uint8_t warning; /* enum pen_warning */
    int32_t value;
    int32_t limit;
} guard_warning_t;

/* One row of the catalogue, see pen_interlocks.h. */
typedef struct {
    uint8_t latch;
    uint8_t reset_role;
    uint8_t priority;
    uint8_t priority_not_clear;
} guard_interlock_t;

typedef struct {
    guard_state_t state;
    uint8_t stop;          /* stop under way: none, C0 or C1 */
    uint8_t mode;
    uint8_t cause;         /* interlock that stopped the last run or took READY away without a latch, 0 = none */
    int32_t depth_set_um;  /* GUARD_UNSET until set */
    int32_t rate_set_mhz;  /* GUARD_UNSET until set */
    int32_t allowed_nm;    /* over-travel limit now; follows a lowered setpoint on a bounded ramp */
    guard_limits_t limits[GUARD_MODES];
    guard_settings_t settings;
    bool drive_on;
    bool rearm_after_stop; /* back to ARMED, not OFF */
    bool stage_request;    /* control asks for the stage to move freely while OFF (referencing) */
    bool self_test_needed; /* the last reset asks for a self-test before the pen is armed again */
    bool lift_needed;      /* pressed too hard: the pen has to leave the skin before the next start */
    bool supply_open;      /* the second switch-off path stays open (IL-05) */
    bool begun;            /* the first tick has looked at the cause of the restart */
    uint8_t watchdog;
    /* reference: guard takes its own zero from the edge of the home switch */
    bool referenced;
    bool home_seen;        /* an edge has been captured */
    uint8_t home_previous;
    int32_t home_edge_um;
    int32_t zero_um;
    guard_contacts_t contacts;
    bool hold;             /* debounced */
    bool hold_fresh;       /* released since the last stop: the next press is a new one */
    guard_button_t button;
    uint32_t heartbeats;
    uint32_t stops;
    uint64_t heartbeat_us;
    uint8_t bar_doubt;     /* grows with each reading of sensor B that is missing, falls with each valid one */
    uint8_t stage_doubt;   /* the same for sensor A */
    int32_t asked_steps;   /* of the depth stage, in the tick before */
    uint8_t steps_deeper;  /* one bit a tick, newest lowest: a step deeper was taken */
    uint8_t shaft_doubt;   /* the same for the shaft sensor */
    uint64_t overspeed_since_us;
    uint64_t rate_set_us;  /* when the setpoint was last changed */
    bool overspeed;
    uint64_t stop_us;
    uint64_t drive_on_us;
    uint64_t drive_off_us;
    uint64_t moved_us;     /* when the shaft last moved more than a rest allows */
    bool clear_pending;    /* needles must be seen clear after the drive went off */
    rate_meter_t rate;
    bool stroke_ended;     /* in this tick */
    bool bottom_passed;    /* in the present stroke; without it a passage of the top ends no stroke */
    int32_t stroke_depth_um; /* deepest reading of the last whole stroke */
    uint32_t strokes;
    guard_inputs_t now;    /* with the calibration of sensor B */
    guard_path_t path;
    guard_sensors_t sensors;
    guard_slow_t slow;
    guard_power_t power;
    guard_warmth_t warmth;
    guard_press_t press;
    guard_drive_t drive;
    guard_clocks_t clocks;
    uint16_t cartridge_doubt; /* not seated */
    uint32_t ticks;
    guard_proof_t proof;
    guard_trip_t trips[GUARD_TRIPS]; /* latched, oldest first */
    uint8_t trip_count;
    uint8_t trips_posted;
    guard_trip_t unlatched; /* of this tick: an alarm that stopped a run and did not latch; interlock 0 = none */
    guard_warning_t warnings[GUARD_WARNINGS]; /* of this tick */
    uint8_t warning_count;
    uint64_t repeat_us[PEN_IL_COUNT + 1][2]; /* the last two times that each interlock stopped a run, newest first */
} guard_t;

void guard_init(guard_t *guard, const guard_settings_t *settings);

/* Puts the trips back that were latched before power-off or restart; before the first tick. */
void guard_restore(guard_t *guard, const guard_trip_t *trips, unsigned count);

void guard_tick(guard_t *guard, const guard_inputs_t *in, guard_outputs_t *out);

/* Requests. Each is checked against guard's own limits and state; the reason says why one is refused. */
result_t guard_configure(guard_t *guard, const guard_settings_t *settings);
result_t guard_set_mode(guard_t *guard, int32_t mode);
result_t guard_set_depth(guard_t *guard, int32_t depth_um);
result_t guard_set_rate(guard_t *guard, int32_t rate_mhz);
result_t guard_set_reference(guard_t *guard);
void guard_request_stage(guard_t *guard, bool wanted);
result_t guard_arm(guard_t *guard);
result_t guard_may_start(const guard_t *guard);
result_t guard_start(guard_t *guard);
void guard_clear_setpoints(guard_t *guard);
void guard_stop(guard_t *guard);
void guard_disarm(guard_t *guard, uint8_t cause);

/* The reset of one interlock by whoever holds the link session (enum pen_role). */
result_t guard_reset(guard_t *guard, int32_t interlock, uint8_t role);

/* Begins the proof of the shut-off path; `proof` shows how it goes on. Refused while anything may move. */
result_t guard_begin_proof(guard_t *guard);

/* Control tells what a reset asks for: a whole self-test was passed, the depth sensors were calibrated. */
void guard_note_proof(guard_t *guard);
void guard_note_self_test(guard_t *guard);
void guard_note_calibration(guard_t *guard);

/* The button's contact in one tick. Undecided: it may be a press, and shows itself as one or not within milliseconds. */
void guard_button_tick(guard_button_t *button, bool closed, uint64_t now_us);
bool guard_button_undecided(const guard_button_t *button, uint64_t now_us);

const guard_limits_t *guard_limits(const guard_t *guard);
const guard_interlock_t *guard_interlock(uint8_t interlock);
int32_t guard_stage_depth_um(const guard_t *guard);
uint16_t guard_heat_permille(const guard_t *guard);
result_t guard_accept(void);
result_t guard_refuse(uint8_t reason, int32_t value, int32_t limit);

#endif
