/* The state of the pen as the outside sees it, and what control does in each. */
#include "control.h"

#include "pen_device.h"
#include "pen_interlocks.h"

enum {
    GO_UM = -150,  /* where the bar would have to be when the stage leaves its park while READY */
    STAY_UM = -50  /* and to stay at its depth */
};

void control_init(control_t *control)
{
    *control = (control_t){.state = PEN_STATE_SELF_TEST,
                           .mode = PEN_MODE_HOME,
                           .depth_set_um = GUARD_UNSET,
                           .rate_set_mhz = GUARD_UNSET};
    stroke_init(&control->stroke);
    depth_init(&control->depth);
    selftest_begin(&control->selftest, 0U);
}

/* Proved anew: what was passed before no longer counts. */
void control_begin_selftest(control_t *control, guard_t *guard)
{
    guard_request_stage(guard, false);
    depth_halt(&control->depth);
    control->reference_wanted = false;
    control->retract_wanted = false;
    selftest_begin(&control->selftest, guard->stops);
}

void control_warn(control_t *control, uint8_t warning, int32_t value, int32_t limit)
{
    control->warning = warning;
    control->warning_value = value;
    control->warning_limit = limit;
}

static uint8_t outside_state(const control_t *control, const guard_t *guard)
{
    switch (guard->state) {
    case GUARD_LATCHED:
        return guard->drive_on ? PEN_STATE_STOPPING : PEN_STATE_SAFE;
    case GUARD_STOPPING:
        return PEN_STATE_STOPPING;
    case GUARD_RUN:
        return PEN_STATE_RUN;
    case GUARD_ARMED:
        return PEN_STATE_READY;
    case GUARD_OFF:
        return control->selftest.passed ? PEN_STATE_STANDBY : PEN_STATE_SELF_TEST;
    }
    return PEN_STATE_SAFE;
}

static void run_selftest(control_t *control, guard_t *guard, const pen_inputs_t *in, const selftest_facts_t *facts)
{
    if (selftest_tick(&control->selftest, &control->depth, guard, in, facts)) {
        control_warn(control, PEN_WARNING_SELF_TEST_FAILED, control->selftest.failed_check, 0);
    }
    if (control->selftest.passed) {
        control->ran = false;
    }
}

static void follow_reference(control_t *control, guard_t *guard)
{
    depth_t *depth = &control->depth;
    if (!control->reference_wanted) {
        if (!guard->referenced) {
            depth_lose_reference(depth);
        }
        return;
    }
    if (!guard->stage_request) { /* guard has withdrawn it: STOP or a trip */
        depth_fail_reference(depth, 0);
    }
    if (depth->phase == REFERENCE_FAILED || depth_reference_done(depth, guard)) {
        control->reference_wanted = false;
        guard_request_stage(guard, false);
        if (depth->phase == REFERENCE_FAILED) {
            depth->phase = REFERENCE_IDLE;
            control_warn(control, PEN_WARNING_REFERENCE_FAILED, depth->failed_um, PEN_IL10_DRIFT_UM);
        }
    }
}

/* Ends at the home switch, or when guard withdraws its leave. */
static void follow_retract(control_t *control, guard_t *guard)
{
    if (!control->retract_wanted) {
        return;
    }
    if (!guard->stage_request) {
        depth_end_retract(&control->depth);
    }
    if (control->depth.phase != REFERENCE_RETRACT) {
        control->retract_wanted = false;
        guard_request_stage(guard, false);
    }
}

/* Control never aims closer to a cap than the proven error of sensors and needle bar. */
static int32_t depth_aim_um(const control_t *control, const settings_t *settings)
{
    const int32_t highest_um = settings_limits(settings, control->mode)->depth_max_um - PEN_DEPTH_MARGIN_UM;
    return control->depth_set_um < highest_um ? control->depth_set_um : highest_um;
}

/* With the drive off no needle comes out: when the crank does not rest at its top and the bar would, the stage waits at
 * its park, and follows when the strokes have begun. */
static int32_t ready_aim_um(const control_t *control, const settings_t *settings, const pen_inputs_t *in)
{
    const depth_t *depth = &control->depth;
    const int32_t aim_um = depth_aim_um(control, settings);
    const int32_t stage_um = depth_measured_um(depth, in);
    if (in->bar_um == INT32_MIN || stage_um == INT32_MIN) {
        return depth->target_um;
    }
    const int64_t bar_there_um = (int64_t)in->bar_um + aim_um - stage_um;
    return bar_there_um < (depth->target_um == DEPTH_PARK_UM ? GO_UM : STAY_UM) ? aim_um : DEPTH_PARK_UM;
}

static int32_t rate_aim_mhz(const control_t *control, const settings_t *settings)
{
    const int32_t cap_mhz = settings_limits(settings, control->mode)->rate_max_mhz;
    const int32_t highest_mhz = cap_mhz - cap_mhz / 1000 * PEN_RATE_MARGIN_PERMILLE;
    return control->rate_set_mhz < highest_mhz ? control->rate_set_mhz : highest_mhz;
}

static void steer_depth(control_t *control, const guard_t *guard, const settings_t *settings, const pen_inputs_t *in)
{
    switch (control->state) {
    case PEN_STATE_READY:
        depth_go_to(&control->depth, ready_aim_um(control, settings, in));
        break;
    case PEN_STATE_RUN:
        depth_go_to(&control->depth, depth_aim_um(control, settings));
        depth_trim(&control->depth, guard, in, settings_limits(settings, control->mode)->depth_max_um);
        break;
    case PEN_STATE_STOPPING:
        break;
    default:
        if (!selftest_moves(&control->selftest)) {
            depth_go_to(&control->depth, DEPTH_PARK_UM);
        }
        break;
    }
}

static void watch_ready_timeout(control_t *control, guard_t *guard, const pen_inputs_t *in)
{
    if (control->state != PEN_STATE_READY) {
        control->ready_us = in->time_us;
    } else if (in->time_us - control->ready_us > PEN_READY_TIMEOUT_US) {
        guard_disarm(guard, PEN_IL_39);
        control_warn(control, PEN_WARNING_READY_TIMEOUT, PEN_READY_TIMEOUT_US / 1000000, PEN_READY_TIMEOUT_US / 1000000);
    }
}

static void watch_memory(control_t *control, const selftest_facts_t *facts)
{
    const bool failed = (facts->found & FOUND_MEMORY_FAILED) != 0U;
    if (failed && !control->memory_told) {
        control_warn(control, PEN_WARNING_MEMORY_FAILED, 0, 0);
    }
    control->memory_told = failed;
}

void control_tick(control_t *control, guard_t *guard, const settings_t *settings, const selftest_facts_t *facts,
                  const pen_inputs_t *in, uint8_t stage_enable, pen_outputs_t *out)
{
    lock_tick(&control->lock, in);
    if (!control->selftest.passed) {
        run_selftest(control, guard, in, facts);
    }
    follow_reference(control, guard);
    follow_retract(control, guard);
    watch_ready_timeout(control, guard, in);
    watch_memory(control, facts);
    control->ran = control->ran || guard->drive_on;
    control->state = outside_state(control, guard);
    steer_depth(control, guard, settings, in);
    depth_tick(&control->depth, in, stage_enable);
    const bool stopping = control->state != PEN_STATE_RUN;
    out->bridge_duty_q15 = stroke_tick(&control->stroke, in, guard->drive_on, stopping, rate_aim_mhz(control, settings));
    out->stage_steps = control->depth.steps;
    out->state = control->state;
    out->mode = control->mode;
}
