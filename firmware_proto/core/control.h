/* Control: the channel that decides what the pen should do – mode, stroke and depth.
 *
 * It asks guard for everything that moves a needle, and guard checks it again. Control may use single precision;
 * nothing in it can turn the drive on.
 */
#ifndef PEN_CONTROL_H
#define PEN_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "guard.h"
#include "mailbox.h"
#include "pen_io.h"

enum { STROKE_SPEED_TICKS = 8, DEPTH_TRIM_STROKES = 16 };

/* stroke.c: turns the crank at the set rate, or brings it to rest at the top. */
typedef struct {
    int32_t deltas[STROKE_SPEED_TICKS]; /* shaft movement of the last ticks, for the speed */
    int32_t delta_sum;
    uint32_t delta_index;
    int32_t counts;
    bool primed;
    float speed_rad_s;
    float reference_rad_s; /* ramped setpoint */
    float integral_v;
    bool stopping;
    float stop_speed_rad_s;
    int32_t stop_counts;   /* counts still to go to the top where the bar is to rest */
} stroke_t;

void stroke_init(stroke_t *stroke);
int16_t stroke_tick(stroke_t *stroke, const pen_inputs_t *in, bool drive_on, bool stopping, int32_t rate_mhz);

/* depth.c: moves the depth stage, finds its reference, and trims it by the bar's own sensor. */
typedef enum {
    REFERENCE_IDLE,
    REFERENCE_UP,      /* towards the home switch */
    REFERENCE_DOWN,    /* off the switch */
    REFERENCE_SLOW_UP, /* onto it again, slowly: its edge is the zero */
    REFERENCE_SETTLE,
    REFERENCE_RETRACT, /* to the home switch and no further: pulls in needles that stayed out after a trip */
    REFERENCE_FAILED
} reference_phase_t;

typedef struct {
    int32_t steps;         /* commanded microsteps since power-on */
    int32_t target_steps;
    int32_t pace_nm;       /* distance saved up for the next microstep */
    bool moving;
    int32_t target_um;     /* depth that target_steps stands for */
    uint32_t settle_ticks; /* since the last microstep */
    bool arrived;          /* sensor A has confirmed target_um */
    int32_t mean_sum_um;
    uint32_t mean_ticks;
    reference_phase_t phase;
    uint32_t phase_ticks;
    bool referenced;
    int32_t zero_um;
    int32_t zero_steps;
    int32_t failed_um;     /* disagreement of the two sensors when the reference failed */
    int32_t trim_steps;
    int32_t trim_sum_um;
    uint32_t trim_strokes;
    uint32_t strokes_seen;
} depth_t;

void depth_init(depth_t *depth);
void depth_begin_reference(depth_t *depth, const pen_inputs_t *in);
void depth_begin_retract(depth_t *depth);
void depth_end_retract(depth_t *depth);
void depth_lose_reference(depth_t *depth);
void depth_fail_reference(depth_t *depth, int32_t apart_um);
bool depth_reference_done(depth_t *depth, guard_t *guard);
int32_t depth_measured_um(const depth_t *depth, const pen_inputs_t *in);
bool depth_in_position(const depth_t *depth, const pen_inputs_t *in);
void depth_go_to(depth_t *depth, int32_t depth_um);
void depth_trim(depth_t *depth, const guard_t *guard, const pen_inputs_t *in, int32_t cap_um);
void depth_tick(depth_t *depth, const pen_inputs_t *in, uint8_t stage_enable);

/* selftest.c: what must be in order before anything may move. */
typedef struct {
    uint32_t ticks;
    uint8_t failing;      /* check that failed in the present period, 0 = none */
    uint8_t failed_check; /* of the last whole period */
    uint8_t told_check;   /* failure that the host has been warned of */
    bool passed;
} selftest_t;

void selftest_begin(selftest_t *test);
bool selftest_tick(selftest_t *test, const pen_inputs_t *in);

/* mode.c: the pen's state as the outside sees it, and the commands. */
typedef struct {
    uint8_t state; /* enum pen_state */
    uint8_t mode;
    int32_t depth_set_um;
    int32_t rate_set_mhz;
    uint64_t ready_us; /* when READY was entered */
    uint16_t last_sequence;
    uint8_t last_reason;
    bool reference_wanted;
    bool retract_wanted;
    uint8_t warning; /* enum pen_warning raised in this tick, 0 = none */
    int32_t warning_value;
    int32_t warning_limit;
    stroke_t stroke;
    depth_t depth;
    selftest_t selftest;
} control_t;

void control_init(control_t *control);
const guard_limits_t *control_limits(uint8_t mode);
void control_tick(control_t *control, guard_t *guard, const pen_inputs_t *in, uint8_t stage_enable, pen_outputs_t *out);
void control_warn(control_t *control, uint8_t warning, int32_t value, int32_t limit);

/* commands.c */
result_t commands_execute(control_t *control, guard_t *guard, const pen_inputs_t *in, const command_t *command);

#endif
