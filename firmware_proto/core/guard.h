/* Guard: the channel that holds the hard limits and owns drive-enable.
 *
 * It has its own inputs, its own copy of the limits and setpoints, runs first in every tick, and uses integers only.
 * It never trusts control: what control asks for is checked again here, and what guard has turned off only a
 * documented act turns on. It could move to a second controller unchanged.
 */
#ifndef PEN_GUARD_H
#define PEN_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "mailbox.h"
#include "rate_meter.h"

enum { GUARD_TRIPS = 8, GUARD_UNSET = -1 };

typedef struct {
    uint64_t time_us;
    int32_t shaft_counts;
    int32_t bar_um;    /* sensor B: protrusion of the needle bar */
    int32_t stage_um;  /* sensor A: stage position since power-on */
    uint32_t heartbeats;
    uint32_t stops;
    uint32_t session_id;
    uint8_t estop_a_closed;
    uint8_t estop_b_closed;
    uint8_t hold_pressed;
    uint8_t stage_home;
    uint8_t drive_feedback; /* the bridge has its gate supply */
} guard_inputs_t;

typedef struct {
    uint8_t drive_enable;
    uint8_t stage_enable; /* 0 off, 1 retract only, 2 free */
} guard_outputs_t;

typedef enum {
    GUARD_OFF,      /* drive off, nothing latched */
    GUARD_ARMED,    /* drive off, start allowed */
    GUARD_RUN,      /* drive on */
    GUARD_STOPPING, /* C1: drive on until the bar rests at the top, or the time-limit */
    GUARD_LATCHED   /* a trip is latched; drive off, or in C1 until at rest */
} guard_state_t;

typedef struct {
    uint8_t interlock; /* PEN_IL_… number, 0 = none */
    uint8_t input;     /* enum pen_input */
    uint8_t stop;      /* enum pen_stop_kind */
    int32_t value;
    int32_t limit;
    uint64_t time_us;
    uint32_t session_id;
} guard_trip_t;

typedef struct {
    guard_state_t state;
    uint8_t stop;          /* stop under way: none, C0 or C1 */
    uint8_t mode;
    int32_t depth_set_um;  /* GUARD_UNSET until set */
    int32_t rate_set_mhz;  /* GUARD_UNSET until set */
    int32_t allowed_nm;    /* over-travel limit now; follows a lowered setpoint on a bounded ramp */
    bool drive_on;
    bool rearm_after_stop; /* hold-to-run released: back to ARMED, not OFF */
    bool stage_request;    /* control asks for the stage to move freely while OFF (referencing) */
    /* reference: guard takes its own zero from the edge of the home switch */
    bool referenced;
    bool home_seen;        /* an edge has been captured */
    uint8_t home_previous;
    int32_t home_edge_um;
    int32_t zero_um;
    /* debounce and timers */
    uint8_t estop_open_ticks[2];
    uint8_t hold_ticks;    /* ticks since the switch left its debounced state */
    bool hold;             /* debounced */
    bool hold_fresh;       /* released since the last stop: the next press is a new one */
    uint32_t heartbeats;
    uint32_t stops;
    uint64_t heartbeat_us;
    uint8_t bar_doubt;     /* grows with each reading of sensor B that is missing, falls with each valid one */
    uint8_t stage_doubt;   /* the same for sensor A */
    uint8_t shaft_doubt;   /* the same for the shaft sensor */
    uint64_t overspeed_since_us;
    uint64_t rate_set_us;  /* when the setpoint was last changed */
    bool overspeed;
    uint64_t stop_us;
    uint64_t drive_off_us;
    uint64_t moved_us;     /* when the shaft last moved more than a rest allows */
    bool clear_pending;    /* needles must be seen clear after the drive went off */
    rate_meter_t rate;
    int32_t bar_peak_um;   /* deepest reading in the present stroke */
    bool bottom_passed;    /* in the present stroke; without it a passage of the top ends no stroke */
    int32_t stroke_depth_um; /* deepest reading of the last whole stroke */
    uint32_t strokes;
    guard_inputs_t now;
    guard_trip_t trips[GUARD_TRIPS]; /* latched, oldest first */
    uint8_t trip_count;
    uint8_t trips_posted;
    uint8_t warning;       /* enum pen_warning raised in this tick, 0 = none */
} guard_t;

void guard_init(guard_t *guard);
void guard_tick(guard_t *guard, const guard_inputs_t *in, guard_outputs_t *out);

/* Requests. Each is checked against guard's own limits and state; the reason says why one is refused. */
result_t guard_set_mode(guard_t *guard, int32_t mode);
result_t guard_set_depth(guard_t *guard, int32_t depth_um);
result_t guard_set_rate(guard_t *guard, int32_t rate_mhz);
result_t guard_set_reference(guard_t *guard);
void guard_request_stage(guard_t *guard, bool wanted);
result_t guard_arm(guard_t *guard);
result_t guard_start(guard_t *guard);
void guard_stop(guard_t *guard);
void guard_disarm(guard_t *guard);
result_t guard_reset(guard_t *guard, int32_t interlock);

/* For the files of guard only. */
typedef struct {
    uint8_t mode;
    int32_t depth_min_um, depth_max_um, rate_min_mhz, rate_max_mhz;
} guard_limits_t;
const guard_limits_t *guard_limits(uint8_t mode);
void guard_trip(guard_t *guard, uint8_t interlock, uint8_t input, uint8_t stop, int32_t value, int32_t limit);
void guard_cut_drive(guard_t *guard);
void guard_begin_c1(guard_t *guard, bool rearm);
int32_t guard_stage_depth_um(const guard_t *guard);
result_t guard_accept(void);
result_t guard_refuse(uint8_t reason, int32_t value, int32_t limit);

#endif
