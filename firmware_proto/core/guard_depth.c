/* Depth: over-travel (IL-07) on both sensors, the depth of each stroke, and guard's own zero of the depth stage. */
#include "guard_parts.h"

#include "pen_device.h"

enum {
    ORDINARY_STEPS = 2, /* in LOOK, by the stage's own speed of 6 mm/s */
    LOOK = 0xFF,        /* one bit a tick: the last 0.8 ms */
    TICK_RAMP_NM = PEN_IL07_RAMP_UM_PER_S * PEN_TICK_US / 1000,
    DOUBT_MOST = 80, /* doubt after GUARD_LOST_US, in steps */
    DOUBT_GAP = DOUBT_MOST * PEN_TICK_US / GUARD_LOST_US /* steps of a reading that is missing; a valid one takes one
                                                          * back, so that no more than one in nine may be missing */
};

int32_t guard_stage_depth_um(const guard_t *guard)
{
    return saturate32((int64_t)guard->now.stage_um - guard->zero_um + PEN_STAGE_HOME_UM);
}

static int32_t over_travel_limit_um(const guard_t *guard)
{
    const int32_t cap_um = guard_limits(guard)->depth_max_um;
    const int32_t with_margin_um = guard->depth_set_um + PEN_IL07_SET_MARGIN_UM;
    return with_margin_um < cap_um ? with_margin_um : cap_um;
}

/* The limit rises with the setpoint at once and falls on a ramp that the stage can follow; never above the cap. */
static void follow_setpoint(guard_t *guard)
{
    const int32_t wanted_nm = over_travel_limit_um(guard) * 1000;
    if (wanted_nm >= guard->allowed_nm || guard->allowed_nm - wanted_nm < TICK_RAMP_NM) {
        guard->allowed_nm = wanted_nm;
    } else {
        guard->allowed_nm -= TICK_RAMP_NM;
    }
}

bool guard_reading_lost(uint8_t *doubt, bool valid)
{
    if (valid) {
        *doubt = (uint8_t)(*doubt - (*doubt > 0U ? 1U : 0U));
        return false;
    }
    *doubt = (uint8_t)(*doubt < DOUBT_MOST ? *doubt + DOUBT_GAP : DOUBT_MOST + 1);
    return *doubt > DOUBT_MOST;
}

/* IL-07: one depth sensor against the limit; no valid reading for too long means that the depth is not known. */
static void hold_depth(guard_t *guard, bool valid, int32_t depth_um, uint8_t *doubt, uint8_t input, uint8_t sensor)
{
    const int32_t allowed_um = guard->allowed_nm / 1000;
    if (valid && depth_um > allowed_um) {
        guard_trip(guard, PEN_IL_07, input, PEN_STOP_KIND_C0, depth_um, allowed_um);
    }
    if (guard_reading_lost(doubt, valid)) {
        guard_trip(guard, PEN_IL_07, sensor, PEN_STOP_KIND_C0, GUARD_LOST_US, GUARD_LOST_US);
    }
}

/* The driver takes one step a tick, in the direction in which the count has changed: which of the last ticks took one
 * deeper. */
static void follow_steps(guard_t *guard)
{
    const bool deeper = guard->ticks != 0U && guard->now.stage_steps > guard->asked_steps;
    guard->asked_steps = guard->now.stage_steps;
    guard->steps_deeper = (uint8_t)((((unsigned)guard->steps_deeper << 1U) & LOOK) + (deeper ? 1U : 0U));
}

/* Where the stage will stand when it is stopped now: one that control lets run away lags behind its steps, and goes on
 * for another millisecond. At its own speed it is where it is. */
static int32_t stage_to_come_um(const guard_t *guard)
{
    int32_t steps = 0;
    for (unsigned bits = guard->steps_deeper; bits != 0U; bits &= bits - 1U) {
        steps++;
    }
    const int32_t lead_um = steps > ORDINARY_STEPS ? steps * PEN_STAGE_STEP_NM * 5 / 4000 : 0;
    const int32_t depth_um = guard_stage_depth_um(guard);
    return depth_um > INT32_MAX - lead_um ? INT32_MAX : depth_um + lead_um;
}

/* IL-07: sensor B at any moment, and sensor A, each for itself. */
static void hold_depths(guard_t *guard)
{
    const guard_inputs_t *now = &guard->now;
    follow_setpoint(guard);
    hold_depth(guard, now->bar_um != INT32_MIN, now->bar_um, &guard->bar_doubt, PEN_INPUT_BAR_DEPTH,
               PEN_INPUT_BAR_SENSOR);
    hold_depth(guard, now->stage_um != INT32_MIN, stage_to_come_um(guard), &guard->stage_doubt,
               PEN_INPUT_STAGE_DEPTH, PEN_INPUT_STAGE_SENSOR);
}

void guard_watch_depth(guard_t *guard)
{
    hold_depths(guard);
}

/* Guard's own zero: sensor A at the moment the home switch closes. */
static void capture_home(guard_t *guard)
{
    if (guard->now.stage_home != 0U && guard->home_previous == 0U && guard->now.stage_um != INT32_MIN) {
        guard->home_edge_um = guard->now.stage_um;
        guard->sensors.home_edge_steps = guard->now.stage_steps;
        guard->home_seen = true;
    }
    guard->home_previous = guard->now.stage_home;
}

void guard_measure_depth(guard_t *guard)
{
    follow_steps(guard);
    guard_follow_turnings(guard);
    if (guard->rate.quarter == (guard->rate.direction < 0 ? 1 : 2)) { /* the quarter turn after the bottom */
        guard->bottom_passed = true;
    }
    guard->stroke_ended = guard->rate.top_passed && guard->bottom_passed;
    if (guard->stroke_ended) {
        guard->strokes++;
        guard->stroke_depth_um = guard->sensors.bottom.bar_um;
        guard->sensors.bottom.bar_um = INT32_MIN;
        guard->bottom_passed = false;
    }
    capture_home(guard);
}
