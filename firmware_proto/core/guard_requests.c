/* What guard is asked for, and how it checks that: mode, setpoints, arm, start, stop. */
#include "guard_parts.h"

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
    if (mode == PEN_MODE_CLINICAL && guard->settings.home_only != 0U) {
        return guard_refuse(PEN_REASON_HOME_ONLY, mode, PEN_MODE_HOME);
    }
    guard->mode = (uint8_t)mode;
    guard->depth_set_um = GUARD_UNSET;
    guard->rate_set_mhz = GUARD_UNSET;
    return guard_accept();
}

/* Another visit: nobody gets the depth of the one before. */
void guard_clear_setpoints(guard_t *guard)
{
    if (!guard->drive_on && (guard->state == GUARD_OFF || guard->state == GUARD_LATCHED)) {
        guard->depth_set_um = GUARD_UNSET;
        guard->rate_set_mhz = GUARD_UNSET;
    }
}

/* Also in the controlled stop of a trip that is latched. */
static bool running(const guard_t *guard)
{
    return guard->drive_on;
}

result_t guard_set_depth(guard_t *guard, int32_t depth_um)
{
    const guard_limits_t *limits = guard_limits(guard);
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
    const guard_limits_t *limits = guard_limits(guard);
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
    const bool at_home = guard->now.stage_home != 0U; /* an edge that is gone again was none of the stage's */
    if (guard->state != GUARD_OFF || !guard->home_seen || !at_home) {
        return guard_refuse(PEN_REASON_NOT_REFERENCED, guard->home_seen && at_home, 1);
    }
    guard->zero_um = guard->home_edge_um;
    guard->sensors.zero_steps = guard->sensors.home_edge_steps;
    guard->sensors.drift_ms = 0U;
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

/* What the pen itself shows. */
static result_t hardware_ready(const guard_t *guard)
{
    result_t result = guard_power_ready(guard);
    if (result.reason == PEN_REASON_NONE) {
        result = guard_cool(guard);
    }
    if (result.reason == PEN_REASON_NONE) {
        result = guard_cartridge_seated(guard);
    }
    if (result.reason == PEN_REASON_NONE && guard->now.configuration_damaged != 0U) {
        result = guard_refuse(PEN_REASON_CONFIGURATION_DAMAGED, 0, 0);
    }
    const bool proved = guard->proof.result == GUARD_PROOF_PASSED; /* IL-06 */
    if (result.reason == PEN_REASON_NONE && (guard->self_test_needed || !proved)) {
        result = guard_refuse(PEN_REASON_SELF_TEST_NEEDED, 0, 0);
    }
    return result;
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
    return hardware_ready(guard);
}

static result_t link_needed(const guard_t *guard)
{
    return guard_link_alive(guard) ? guard_accept() : guard_refuse(PEN_REASON_NO_SESSION, 0, 0);
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
        result = link_needed(guard);
    }
    if (result.reason == PEN_REASON_NONE && guard->hold) { /* IL-03 */
        result = guard_refuse(PEN_REASON_HOLD_PRESSED, 1, 0);
    }
    if (result.reason == PEN_REASON_NONE) {
        guard->state = GUARD_ARMED;
        guard->cause = 0U;
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
    if (guard->lift_needed) { /* IL-15 */
        return guard_refuse(PEN_REASON_LIFT_FIRST, guard->now.press_mn, PEN_IL23_RELEASE_MN);
    }
    return guard_accept();
}

/* What the last run left behind is no part of the next one. */
static void forget_run(guard_t *guard)
{
    guard->overspeed = false;
    guard->bar_doubt = 0U;
    guard->stage_doubt = 0U;
    guard->shaft_doubt = 0U;
    guard->bottom_passed = false;
    guard->allowed_nm = 0; /* rises to the setpoint's limit in the first tick */
    guard->sensors.bottom = (guard_turning_t){.bar_um = INT32_MIN};
    guard->sensors.top = (guard_turning_t){.bar_um = INT32_MIN};
    guard->sensors.top_passed = false;
    guard->slow = (guard_slow_t){.above = false};
    guard->power.over_current_ticks = 0U;
    guard->power.low_supply_ticks = 0U;
    guard->press.hard_strokes = 0U;
    guard->press.peak_mn = INT32_MIN;
    rate_meter_init(&guard->rate);
    guard->rate.valid_us = guard->now.time_us;
}

static void enable_drive(guard_t *guard)
{
    guard->state = GUARD_RUN;
    guard->drive_on = true;
    guard->drive_on_us = guard->now.time_us;
    guard->stop = PEN_STOP_KIND_NONE;
    guard->clear_pending = false;
    guard->cause = 0U;
    forget_run(guard);
}

/* Everything that guard asks for before it turns the drive on, without turning it on. */
result_t guard_may_start(const guard_t *guard)
{
    if (guard->state != GUARD_ARMED) {
        return guard->trip_count != 0U ? guard_refuse(PEN_REASON_LATCHED, guard->trips[0].interlock, 0)
                                       : guard_refuse(PEN_REASON_WRONG_STATE, PEN_STATE_STANDBY, PEN_STATE_READY);
    }
    result_t result = permissives(guard);
    if (result.reason == PEN_REASON_NONE) {
        result = link_needed(guard);
    }
    if (result.reason == PEN_REASON_NONE) {
        result = hold_newly_pressed(guard);
    }
    return result;
}

result_t guard_start(guard_t *guard)
{
    const result_t result = guard_may_start(guard);
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
        guard->cause = 0U;
        guard_begin_c1(guard, false);
        break;
    case GUARD_STOPPING:
        guard->rearm_after_stop = false;
        break;
    case GUARD_ARMED:
        guard_disarm(guard, 0U);
        break;
    case GUARD_OFF:     /* ends referencing */
    case GUARD_LATCHED: /* and the retract that a person asked for */
        guard->stage_request = false;
        break;
    }
}

void guard_disarm(guard_t *guard, uint8_t cause)
{
    if (guard->state == GUARD_ARMED) {
        guard->state = GUARD_OFF;
        guard->cause = cause;
    }
}
