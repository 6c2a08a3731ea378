/* What guard is asked for, and how it checks that: setpoints, arm, start, stop, reset. */
#include "guard.h"

#include "pen_device.h"
#include "pen_interlocks.h"

result_t guard_accept(void)
{
    return (result_t){PEN_REASON_NONE, 0, 0};
}

result_t guard_refuse(uint8_t reason, int32_t value, int32_t limit)
{
    return (result_t){reason, value, limit};
}

result_t guard_set_mode(guard_t *guard, int32_t mode)
{
    if (guard->state != GUARD_OFF) {
        return guard_refuse(PEN_REASON_WRONG_STATE, guard->state, GUARD_OFF);
    }
    if (mode != PEN_MODE_HOME && mode != PEN_MODE_CLINICAL) {
        return guard_refuse(PEN_REASON_MODE_INVALID, mode, PEN_MODE_CLINICAL);
    }
    guard->mode = (uint8_t)mode;
    guard->depth_set_um = GUARD_UNSET;
    guard->rate_set_mhz = GUARD_UNSET;
    return guard_accept();
}

static bool running(const guard_t *guard)
{
    return guard->state == GUARD_RUN || guard->state == GUARD_STOPPING;
}

result_t guard_set_depth(guard_t *guard, int32_t depth_um)
{
    const guard_limits_t *limits = guard_limits(guard->mode);
    if (depth_um > limits->depth_max_um) {
        return guard_refuse(PEN_REASON_DEPTH_ABOVE_LIMIT, depth_um, limits->depth_max_um);
    }
    if (depth_um < limits->depth_min_um) {
        return guard_refuse(PEN_REASON_DEPTH_BELOW_LIMIT, depth_um, limits->depth_min_um);
    }
    if (running(guard) && depth_um > guard->depth_set_um) {
        return guard_refuse(PEN_REASON_INCREASE_WHILE_RUNNING, depth_um, guard->depth_set_um);
    }
    guard->depth_set_um = depth_um;
    return guard_accept();
}

result_t guard_set_rate(guard_t *guard, int32_t rate_mhz)
{
    const guard_limits_t *limits = guard_limits(guard->mode);
    if (rate_mhz > limits->rate_max_mhz) {
        return guard_refuse(PEN_REASON_RATE_ABOVE_LIMIT, rate_mhz, limits->rate_max_mhz);
    }
    if (rate_mhz < limits->rate_min_mhz) {
        return guard_refuse(PEN_REASON_RATE_BELOW_LIMIT, rate_mhz, limits->rate_min_mhz);
    }
    if (running(guard) && rate_mhz > guard->rate_set_mhz) {
        return guard_refuse(PEN_REASON_INCREASE_WHILE_RUNNING, rate_mhz, guard->rate_set_mhz);
    }
    guard->rate_set_mhz = rate_mhz;
    guard->rate_set_us = guard->now.time_us; /* the clock of IL-11 counts from here, and goes on when it runs already */
    return guard_accept();
}

result_t guard_set_reference(guard_t *guard)
{
    if (guard->state != GUARD_OFF || !guard->home_seen) {
        return guard_refuse(PEN_REASON_NOT_REFERENCED, guard->home_seen, 1);
    }
    guard->zero_um = guard->home_edge_um;
    guard->referenced = true;
    return guard_accept();
}

/* Referencing asks that the stage may move both ways while the pen is not armed; the old reference ends with it.
 * After a trip the same request lets the stage retract, and no more. */
void guard_request_stage(guard_t *guard, bool wanted)
{
    guard->stage_request = wanted && !guard->drive_on && (guard->state == GUARD_OFF || guard->state == GUARD_LATCHED);
    if (guard->stage_request) {
        guard->referenced = false;
        guard->home_seen = false;
    }
}

/* What must hold before the pen is armed, and still before it starts. */
static result_t permissives(const guard_t *guard)
{
    if (guard->trip_count != 0U) {
        return guard_refuse(PEN_REASON_LATCHED, guard->trips[0].interlock, 0);
    }
    if (guard->now.estop_a_closed == 0U || guard->now.estop_b_closed == 0U) {
        return guard_refuse(PEN_REASON_ESTOP_OPEN, 0, 1);
    }
    if (guard->depth_set_um == GUARD_UNSET) {
        return guard_refuse(PEN_REASON_DEPTH_NOT_SET, 0, 0);
    }
    if (guard->rate_set_mhz == GUARD_UNSET) {
        return guard_refuse(PEN_REASON_RATE_NOT_SET, 0, 0);
    }
    if (!guard->referenced) {
        return guard_refuse(PEN_REASON_NOT_REFERENCED, 0, 1);
    }
    return guard_accept();
}

static result_t link_alive(const guard_t *guard)
{
    const uint64_t silent_us = guard->now.time_us - guard->heartbeat_us;
    if (guard->now.session_id == 0U || guard->heartbeats == 0U || silent_us > PEN_IL26_TIMEOUT_US) {
        return guard_refuse(PEN_REASON_NO_SESSION, 0, 0);
    }
    return guard_accept();
}

result_t guard_arm(guard_t *guard)
{
    if (guard->state == GUARD_ARMED) {
        return guard_refuse(PEN_REASON_ALREADY_ARMED, PEN_STATE_READY, PEN_STATE_STANDBY);
    }
    result_t result = permissives(guard);
    if (result.reason == PEN_REASON_NONE && guard->state != GUARD_OFF) {
        result = guard_refuse(PEN_REASON_WRONG_STATE, PEN_STATE_RUN, PEN_STATE_STANDBY);
    }
    if (result.reason == PEN_REASON_NONE) {
        result = link_alive(guard);
    }
    if (result.reason == PEN_REASON_NONE) {
        guard->state = GUARD_ARMED;
    }
    return result;
}

static result_t hold_newly_pressed(const guard_t *guard)
{
    if (!guard->hold) {
        return guard_refuse(PEN_REASON_HOLD_NOT_PRESSED, 0, 1);
    }
    if (!guard->hold_fresh) {
        return guard_refuse(PEN_REASON_HOLD_PRESSED, 1, 0);
    }
    return guard_accept();
}

static void enable_drive(guard_t *guard)
{
    guard->state = GUARD_RUN;
    guard->drive_on = true;
    guard->stop = PEN_STOP_KIND_NONE;
    guard->clear_pending = false;
    guard->overspeed = false;
    guard->bar_doubt = 0U;
    guard->stage_doubt = 0U;
    guard->shaft_doubt = 0U;
    guard->bar_peak_um = INT32_MIN;
    guard->bottom_passed = false;
    guard->allowed_nm = 0; /* rises to the setpoint's limit in the first tick */
    rate_meter_init(&guard->rate);
    guard->rate.valid_us = guard->now.time_us;
}

result_t guard_start(guard_t *guard)
{
    if (guard->state != GUARD_ARMED) {
        return guard->trip_count != 0U ? guard_refuse(PEN_REASON_LATCHED, guard->trips[0].interlock, 0)
                                       : guard_refuse(PEN_REASON_WRONG_STATE, PEN_STATE_STANDBY, PEN_STATE_READY);
    }
    result_t result = permissives(guard);
    if (result.reason == PEN_REASON_NONE) {
        result = link_alive(guard);
    }
    if (result.reason == PEN_REASON_NONE) {
        result = hold_newly_pressed(guard);
    }
    if (result.reason == PEN_REASON_NONE) {
        enable_drive(guard);
    }
    return result;
}

void guard_stop(guard_t *guard)
{
    switch (guard->state) {
    case GUARD_RUN:
        guard->state = GUARD_STOPPING;
        guard_begin_c1(guard, false);
        break;
    case GUARD_STOPPING:
        guard->rearm_after_stop = false;
        break;
    case GUARD_ARMED:
        guard->state = GUARD_OFF;
        break;
    case GUARD_OFF:
        guard->stage_request = false; /* ends referencing */
        break;
    case GUARD_LATCHED:
        break;
    }
}

void guard_disarm(guard_t *guard)
{
    if (guard->state == GUARD_ARMED) {
        guard->state = GUARD_OFF;
    }
}

static result_t estop_released(const guard_t *guard)
{
    const bool closed = guard->now.estop_a_closed != 0U && guard->now.estop_b_closed != 0U;
    return closed ? guard_accept() : guard_refuse(PEN_REASON_CAUSE_PRESENT, 0, 1);
}

/* Depth that the bar has to be back at; when a sensor had been lost, the trip's own limit is a time. */
static int32_t depth_to_reach_um(const guard_t *guard, const guard_trip_t *trip)
{
    const bool of_depth = trip->input == PEN_INPUT_BAR_DEPTH || trip->input == PEN_INPUT_STAGE_DEPTH;
    return of_depth ? trip->limit : guard_limits(guard->mode)->depth_max_um;
}

static result_t depth_back(const guard_t *guard, const guard_trip_t *trip)
{
    const int32_t limit_um = depth_to_reach_um(guard, trip);
    if (guard->now.bar_um == INT32_MIN || guard->now.bar_um > limit_um) {
        return guard_refuse(PEN_REASON_CAUSE_PRESENT, guard->now.bar_um, limit_um);
    }
    if (guard->now.stage_um == INT32_MIN) {
        return guard_refuse(PEN_REASON_CAUSE_PRESENT, guard->now.stage_um, limit_um);
    }
    return guard_accept();
}

static result_t shaft_at_rest(const guard_t *guard, const guard_trip_t *trip)
{
    const bool valid = guard->now.time_us == guard->rate.valid_us;
    if (!valid || guard->rate.stroke_mhz != 0) {
        return guard_refuse(PEN_REASON_CAUSE_PRESENT, guard->rate.stroke_mhz, trip->limit);
    }
    return guard_accept();
}

static result_t new_session(const guard_t *guard, const guard_trip_t *trip)
{
    if (guard->now.session_id == trip->session_id) {
        return guard_refuse(PEN_REASON_NEW_SESSION_NEEDED, 0, 0);
    }
    return link_alive(guard);
}

static result_t cause_gone(const guard_t *guard, const guard_trip_t *trip)
{
    switch (trip->interlock) {
    case PEN_IL_01:
        return estop_released(guard);
    case PEN_IL_07:
        return depth_back(guard, trip);
    case PEN_IL_11:
        return shaft_at_rest(guard, trip);
    case PEN_IL_26:
        return new_session(guard, trip);
    default:
        return guard_refuse(PEN_REASON_GUARD_REFUSED, trip->interlock, 0);
    }
}

static int find_trip(const guard_t *guard, int32_t interlock)
{
    for (int i = 0; i < guard->trip_count; i++) {
        if (guard->trips[i].interlock == interlock) {
            return i;
        }
    }
    return -1;
}

static void clear_trip(guard_t *guard, int index)
{
    if (guard->trips[index].interlock == PEN_IL_07) {
        guard->referenced = false; /* the reset of over-travel asks for a new reference */
        guard->home_seen = false;
    }
    for (int i = index; i + 1 < guard->trip_count; i++) {
        guard->trips[i] = guard->trips[i + 1];
    }
    guard->trip_count--;
    if (index < guard->trips_posted) { /* a trip of this very tick is not posted yet, and must be */
        guard->trips_posted--;
    }
    if (guard->trip_count == 0U) {
        guard->state = GUARD_OFF;
    }
}

result_t guard_reset(guard_t *guard, int32_t interlock)
{
    if (guard->trip_count == 0U) {
        return guard_refuse(PEN_REASON_NOT_LATCHED, interlock, 0);
    }
    const int index = find_trip(guard, interlock);
    if (index < 0) {
        return guard_refuse(PEN_REASON_WRONG_INTERLOCK, interlock, guard->trips[0].interlock);
    }
    if (guard->drive_on) { /* a C1 is still under way */
        return guard_refuse(PEN_REASON_WRONG_STATE, PEN_STATE_STOPPING, PEN_STATE_SAFE);
    }
    const result_t result = cause_gone(guard, &guard->trips[index]);
    if (result.reason == PEN_REASON_NONE) {
        clear_trip(guard, index);
    }
    return result;
}
