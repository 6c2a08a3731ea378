/* The depth sensors against each other and against what moves them: discrepancy (IL-08), a bar sensor that is stuck,
 * out of range or impossible (IL-09), a stage that is not where its steps put it (IL-10). */
#include "guard_parts.h"

#include "pen_device.h"

enum {
    BAR_LOWEST_UM = PEN_STAGE_HOME_UM - PEN_STROKE_UM - 300, /* top of the stroke, stage at its end stop */
    BAR_DEEPEST_UM = PEN_STAGE_END_UM + 100,
    TWO_QUARTERS = 3, /* edges of whole quarter turns in one direction that enclose half a turn */
    DRIFT_MS = PEN_IL10_DRIFT_US / 1000
};

int32_t guard_bar_in_reach_um(int32_t bar_um)
{
    if (bar_um < BAR_LOWEST_UM) {
        return BAR_LOWEST_UM;
    }
    return bar_um > BAR_DEEPEST_UM ? BAR_DEEPEST_UM : bar_um;
}

static void trip_bar(guard_t *guard, int32_t value, int32_t limit)
{
    guard_trip(guard, PEN_IL_09, PEN_INPUT_BAR_SENSOR, PEN_STOP_KIND_C0, value, limit);
}

/* The most that a reading may differ from the last valid one, for the ticks that have passed. */
static int32_t reach_um(const guard_t *guard, uint64_t then_us, int32_t um_per_tick)
{
    const uint64_t gap = (guard->now.time_us - then_us + PEN_TICK_US / 2U) / PEN_TICK_US;
    return (gap < 1U ? 1 : gap < 20U ? (int32_t)gap : 20) * um_per_tick;
}

/* IL-09: out of range, or farther from the last reading than anything in a pen can go. */
static void watch_bar(guard_t *guard)
{
    const int32_t bar_um = guard->now.bar_um;
    if (bar_um == INT32_MIN) {
        return;
    }
    const int32_t nearest_um = guard_bar_in_reach_um(bar_um);
    if (bar_um != nearest_um) {
        trip_bar(guard, bar_um, nearest_um);
    }
    const int32_t most_um = reach_um(guard, guard->sensors.bar_us, PEN_IL09_JUMP_UM);
    const int32_t jump_um = guard_size(guard_less(bar_um, guard->sensors.bar_um));
    if (jump_um > most_um) {
        trip_bar(guard, jump_um, most_um);
    }
}

static void watch_stage(guard_t *guard)
{
    if (guard->now.stage_um == INT32_MIN) {
        return;
    }
    const int32_t most_um = reach_um(guard, guard->sensors.stage_us, PEN_IL09_STAGE_JUMP_UM);
    const int32_t jump_um = guard_size(guard_less(guard->now.stage_um, guard->sensors.stage_um));
    if (jump_um > most_um) {
        guard_trip(guard, PEN_IL_09, PEN_INPUT_STAGE_SENSOR, PEN_STOP_KIND_C0, jump_um, most_um);
    }
}

/* IL-09: while the shaft makes half a turn the bar moves by half its travel at least, wherever that begins. */
static void watch_stuck_bar(guard_t *guard)
{
    const guard_sensors_t *seen = &guard->sensors;
    if (guard->rate.quarters < TWO_QUARTERS) {
        return;
    }
    const int32_t lowest_um = seen->lowest_um[0] < seen->lowest_um[1] ? seen->lowest_um[0] : seen->lowest_um[1];
    const int32_t highest_um = seen->highest_um[0] > seen->highest_um[1] ? seen->highest_um[0] : seen->highest_um[1];
    const int32_t moved_um = guard_less(highest_um, lowest_um);
    if (moved_um < PEN_IL09_LEAST_UM) {
        trip_bar(guard, moved_um < 0 ? 0 : moved_um, PEN_IL09_LEAST_UM);
    }
}

static void turn_round(const guard_t *guard, guard_turning_t *turning)
{
    turning->bar_um = guard->now.bar_um;
    turning->stage_um = guard->now.stage_um == INT32_MIN ? INT32_MIN : guard_stage_depth_um(guard);
}

/* Where the bar turns round: its deepest and its highest reading, and where sensor A stood then. */
void guard_follow_turnings(guard_t *guard)
{
    guard_sensors_t *seen = &guard->sensors;
    const int32_t bar_um = guard->now.bar_um;
    if (bar_um == INT32_MIN) {
        return;
    }
    if (bar_um > seen->bottom.bar_um) { /* none yet is the lowest of all */
        turn_round(guard, &seen->bottom);
    }
    if (bar_um < seen->top.bar_um || seen->top.bar_um == INT32_MIN) {
        turn_round(guard, &seen->top);
    }
}

/* IL-08: sensor A less sensor B where the bar turned round; `travel_um` is the way from there to the bottom. */
static int32_t compare_depths(guard_t *guard, guard_turning_t *turning, int32_t travel_um)
{
    const int32_t most_um = guard->mode == PEN_MODE_CLINICAL ? PEN_IL08_DIFFERENCE_UM : PEN_IL08_HOME_DIFFERENCE_UM;
    if (turning->bar_um == INT32_MIN || turning->stage_um == INT32_MIN) {
        return guard->sensors.difference_um; /* IL-07 holds a sensor without readings */
    }
    const int32_t difference_um = saturate32((int64_t)turning->stage_um - travel_um - turning->bar_um);
    const int32_t apart_um = guard_size(difference_um);
    turning->apart_strokes = (uint8_t)(apart_um > most_um ? turning->apart_strokes + 1U : 0U);
    if (apart_um > PEN_IL08_ONCE_UM) {
        guard_trip(guard, PEN_IL_08, PEN_INPUT_DEPTH_DIFFERENCE, PEN_STOP_KIND_C0, apart_um, PEN_IL08_ONCE_UM);
    } else if (turning->apart_strokes >= PEN_IL08_STROKES_COUNT) {
        guard_trip(guard, PEN_IL_08, PEN_INPUT_DEPTH_DIFFERENCE, PEN_STOP_KIND_C0, apart_um, most_um);
    }
    return difference_um;
}

/* A quarter turn behind the bottom, and behind the top. */
static void watch_turnings(guard_t *guard)
{
    guard_sensors_t *seen = &guard->sensors;
    const bool backwards = guard->rate.direction < 0;
    seen->top_passed = seen->top_passed || guard->rate.top_passed;
    if (guard->bottom_passed && guard->rate.quarter == (backwards ? 0 : 3)) {
        seen->difference_um = compare_depths(guard, &seen->bottom, 0);
    } else if (guard->rate.quarter == (backwards ? 2 : 1)) {
        if (seen->top_passed) {
            (void)compare_depths(guard, &seen->top, PEN_STROKE_UM);
        }
        seen->top_passed = false;
        seen->top.bar_um = INT32_MIN;
    }
}

void guard_watch_sensors(guard_t *guard, bool quarter_passed)
{
    watch_bar(guard);
    watch_stage(guard);
    if (quarter_passed) {
        watch_stuck_bar(guard);
        watch_turnings(guard);
    }
}

/* After the checks: what this tick showed is what the next one is compared with. */
void guard_measure_sensors(guard_t *guard, bool quarter_passed)
{
    guard_sensors_t *seen = &guard->sensors;
    const int32_t bar_um = guard->now.bar_um;
    if (quarter_passed) {
        seen->lowest_um[1] = seen->lowest_um[0];
        seen->highest_um[1] = seen->highest_um[0];
        seen->lowest_um[0] = INT32_MAX;
        seen->highest_um[0] = INT32_MIN;
    }
    if (bar_um != INT32_MIN) {
        seen->lowest_um[0] = bar_um < seen->lowest_um[0] ? bar_um : seen->lowest_um[0];
        seen->highest_um[0] = bar_um > seen->highest_um[0] ? bar_um : seen->highest_um[0];
        seen->bar_um = bar_um;
        seen->bar_us = guard->now.time_us;
    }
    if (guard->now.stage_um != INT32_MIN) {
        seen->stage_um = guard->now.stage_um;
        seen->stage_us = guard->now.time_us;
    }
}

/* IL-10: the stage is where its steps put it, or the reference is lost. In RUN the strokes go on: IL-07 and IL-08 hold
 * the depth, and there is no new start. */
void guard_watch_reference(guard_t *guard)
{
    if (!guard_each_ms(guard) || !guard->referenced || guard->now.stage_um == INT32_MIN) {
        return;
    }
    const int64_t steps = (int64_t)guard->now.stage_steps - guard->sensors.zero_steps;
    const int64_t drift_um = (int64_t)guard_stage_depth_um(guard) - PEN_STAGE_HOME_UM - steps * PEN_STAGE_STEP_NM / 1000;
    const bool drifted = drift_um > PEN_IL10_DRIFT_UM || drift_um < -PEN_IL10_DRIFT_UM;
    if (guard_lasts(&guard->sensors.drift_ms, drifted, DRIFT_MS)) {
        guard->referenced = false;
        guard->home_seen = false;
        guard->sensors.drift_ms = 0U;
        guard_disarm(guard, PEN_IL_10);
        guard_warn(guard, PEN_WARNING_REFERENCE_LOST, saturate32(drift_um), PEN_IL10_DRIFT_UM);
    }
}
