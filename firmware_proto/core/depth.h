/* The depth stage. */
#ifndef PEN_DEPTH_H
#define PEN_DEPTH_H

#include <stdbool.h>
#include <stdint.h>

#include "guard.h"
#include "pen_device.h"
#include "pen_io.h"

enum {
    DEPTH_TRIM_STROKES = 16,
    DEPTH_PARK_UM = PEN_STAGE_HOME_UM + 50 /* where the stage waits: just off the home switch */
};

/* Moves the depth stage, finds its reference, and trims it by the bar's own sensor. */
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
void depth_halt(depth_t *depth); /* stands where it is; a reference under way has failed */
void depth_fail_reference(depth_t *depth, int32_t apart_um);
bool depth_reference_done(depth_t *depth, guard_t *guard);
int32_t depth_measured_um(const depth_t *depth, const pen_inputs_t *in);
bool depth_in_position(const depth_t *depth, const pen_inputs_t *in);
void depth_go_to(depth_t *depth, int32_t depth_um);
void depth_trim(depth_t *depth, const guard_t *guard, const pen_inputs_t *in, int32_t cap_um);
void depth_tick(depth_t *depth, const pen_inputs_t *in, uint8_t stage_enable);

#endif
