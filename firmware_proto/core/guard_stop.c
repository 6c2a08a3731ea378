/* How the pen stops: C0, C1, and whether the needles came in. And when the stage may move. */
#include "guard_parts.h"

#include "pen_device.h"

enum {
    REST_COUNTS = 2,        /* movement in one tick that still counts as rest: sensor noise */
    REST_US = 1000,
    REST_WINDOW_COUNTS = 300 /* 26 degrees to either side of the top: the bar is within 0.16 mm of it */
};

/* What is not seen inside the nose counts as outside. */
bool guard_needles_clear(const guard_t *guard)
{
    return guard->now.bar_um != INT32_MIN && guard->now.bar_um < 0;
}

void guard_cut_drive(guard_t *guard)
{
    if (guard->drive_on) {
        guard->drive_on = false;
        guard->drive_off_us = guard->now.time_us;
        guard->clear_pending = true;
    }
    guard->hold_fresh = false;
    guard->stop = PEN_STOP_KIND_NONE;
}

void guard_begin_c1(guard_t *guard, bool rearm)
{
    guard->stop = PEN_STOP_KIND_C1;
    guard->stop_us = guard->now.time_us;
    guard->moved_us = guard->now.time_us;
    guard->rearm_after_stop = rearm;
    guard->hold_fresh = false;
}

bool guard_near_top(const guard_t *guard)
{
    const int32_t counts = guard->rate.counts;
    return counts < REST_WINDOW_COUNTS || counts > PEN_SHAFT_COUNTS - REST_WINDOW_COUNTS;
}

static bool at_rest_at_top(guard_t *guard)
{
    const int32_t step = guard->rate.delta_counts;
    const bool seen = guard->rate.valid_us == guard->now.time_us;
    if (!seen || step > REST_COUNTS || step < -REST_COUNTS) {
        guard->moved_us = guard->now.time_us;
    }
    return guard_near_top(guard) && guard->now.time_us - guard->moved_us >= REST_US;
}

/* C1 ends when the bar rests at the top; at the time-limit it becomes C0. */
void guard_finish_c1(guard_t *guard)
{
    if (guard->stop != PEN_STOP_KIND_C1) {
        return;
    }
    const bool late = guard->now.time_us - guard->stop_us >= PEN_C1_TIMEOUT_US;
    if (!late && !at_rest_at_top(guard)) {
        return;
    }
    guard_cut_drive(guard);
    if (late) {
        guard_warn(guard, PEN_WARNING_C1_TIMEOUT, guard->now.bar_um, 0);
        guard->rearm_after_stop = false; /* the needles may be out: not ready again by itself */
    }
    if (guard->state == GUARD_STOPPING) {
        guard->state = guard->rearm_after_stop && guard->referenced ? GUARD_ARMED : GUARD_OFF;
    }
}

/* After the drive is off the needles must be seen inside the nose; if not, the person has to lift the handpiece. */
void guard_confirm_clear(guard_t *guard)
{
    if (!guard->clear_pending || guard->now.time_us - guard->drive_off_us < PEN_CLEAR_DELAY_US) {
        return;
    }
    guard->clear_pending = false;
    if (!guard_needles_clear(guard)) {
        guard_warn(guard, PEN_WARNING_LIFT_HANDPIECE, guard->now.bar_um, 0);
    }
}

static bool stopped_by_c0(const guard_t *guard)
{
    for (uint8_t i = 0; i < guard->trip_count; i++) {
        if (guard->trips[i].stop == PEN_STOP_KIND_C0) {
            return true;
        }
    }
    return guard->trip_count == GUARD_TRIPS; /* one that gave way may have been of that kind */
}

uint8_t guard_stage_enable(const guard_t *guard)
{
    switch (guard->state) {
    case GUARD_RUN:
        return 2U;
    case GUARD_ARMED: /* with the drive off the stage moves both ways only with the needles inside the nose */
        return guard_needles_clear(guard) ? 2U : 1U;
    case GUARD_OFF: /* the same, while referencing */
        return guard->stage_request && guard_needles_clear(guard) ? 2U : 1U;
    case GUARD_LATCHED: /* after C1 the stage may go home; after C0 it moves only when a person asks for it */
        return !guard->drive_on && (guard->stage_request || !stopped_by_c0(guard)) ? 1U : 0U;
    case GUARD_STOPPING:
        return 0U;
    }
    return 0U;
}
