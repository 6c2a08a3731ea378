/* The commands: control refuses first, with the reason; guard checks what passes once more. */
#include "control.h"

#include "pen_device.h"
#include "pen_interlocks.h"
#include "pen_limits.h"

enum { EXPIRY_MS = PEN_COMMAND_EXPIRY_US / 1000 };

static result_t check_state(const control_t *control, const guard_t *guard, uint8_t needed)
{
    if (control->state == needed) {
        return guard_accept();
    }
    if (guard->trip_count != 0U) {
        return guard_refuse(PEN_REASON_LATCHED, guard->trips[0].interlock, 0);
    }
    if (control->state == PEN_STATE_SELF_TEST) {
        return guard_refuse(PEN_REASON_SELF_TEST_NOT_PASSED, control->selftest.failed_check, 0);
    }
    return guard_refuse(PEN_REASON_WRONG_STATE, control->state, needed);
}

static result_t check_age(const pen_inputs_t *in, uint64_t quoted_us)
{
    const bool future = quoted_us > in->time_us;
    const uint64_t age_us = future ? quoted_us - in->time_us : in->time_us - quoted_us;
    if (!future && age_us <= PEN_COMMAND_EXPIRY_US) {
        return guard_accept();
    }
    const uint64_t age_ms = age_us / 1000U;
    const int32_t shown_ms = age_ms > (uint64_t)INT32_MAX ? INT32_MAX : (int32_t)age_ms;
    return guard_refuse(PEN_REASON_EXPIRED, future ? -shown_ms : shown_ms, EXPIRY_MS);
}

static result_t set_mode(control_t *control, guard_t *guard, const command_t *command)
{
    result_t result = check_state(control, guard, PEN_STATE_STANDBY);
    if (result.reason != PEN_REASON_NONE) {
        return result;
    }
    if (command->value != PEN_MODE_HOME && command->role < PEN_ROLE_CLINICIAN) {
        return guard_refuse(PEN_REASON_ROLE, command->role, PEN_ROLE_CLINICIAN);
    }
    result = guard_set_mode(guard, command->value);
    if (result.reason == PEN_REASON_NONE) {
        control->mode = (uint8_t)command->value;
        control->depth_set_um = GUARD_UNSET;
        control->rate_set_mhz = GUARD_UNSET;
    }
    return result;
}

static bool may_set(const control_t *control)
{
    return control->state == PEN_STATE_STANDBY || control->state == PEN_STATE_READY || control->state == PEN_STATE_RUN;
}

static result_t check_range(int32_t value, int32_t low, int32_t high, uint8_t below, uint8_t above)
{
    if (value > high) {
        return guard_refuse(above, value, high);
    }
    return value < low ? guard_refuse(below, value, low) : guard_accept();
}

static result_t set_depth(control_t *control, guard_t *guard, int32_t depth_um)
{
    if (!may_set(control)) {
        return check_state(control, guard, PEN_STATE_STANDBY);
    }
    const guard_limits_t *limits = control_limits(control->mode);
    result_t result = check_range(depth_um, limits->depth_min_um, limits->depth_max_um, PEN_REASON_DEPTH_BELOW_LIMIT,
                                  PEN_REASON_DEPTH_ABOVE_LIMIT);
    if (result.reason == PEN_REASON_NONE) {
        result = guard_set_depth(guard, depth_um);
    }
    if (result.reason == PEN_REASON_NONE) {
        control->depth_set_um = depth_um;
    }
    return result;
}

static result_t set_rate(control_t *control, guard_t *guard, int32_t rate_mhz)
{
    if (!may_set(control)) {
        return check_state(control, guard, PEN_STATE_STANDBY);
    }
    const guard_limits_t *limits = control_limits(control->mode);
    result_t result = check_range(rate_mhz, limits->rate_min_mhz, limits->rate_max_mhz, PEN_REASON_RATE_BELOW_LIMIT,
                                  PEN_REASON_RATE_ABOVE_LIMIT);
    if (result.reason == PEN_REASON_NONE) {
        result = guard_set_rate(guard, rate_mhz);
    }
    if (result.reason == PEN_REASON_NONE) {
        control->rate_set_mhz = rate_mhz;
    }
    return result;
}

static bool limited_for_home(const pen_inputs_t *in)
{
    return in->cartridge_stop_um != 0U && in->cartridge_stop_um <= control_limits(PEN_MODE_HOME)->depth_max_um;
}

static result_t check_cartridge(const control_t *control, const pen_inputs_t *in)
{
    const uint8_t needed = control->mode == PEN_MODE_CLINICAL ? PEN_CARTRIDGE_KIND_CLINICAL : PEN_CARTRIDGE_KIND_HOME;
    if (in->cartridge_kind == PEN_CARTRIDGE_KIND_NONE) {
        return guard_refuse(PEN_REASON_NO_CARTRIDGE, PEN_CARTRIDGE_KIND_NONE, needed);
    }
    if (in->cartridge_kind != needed) {
        return guard_refuse(PEN_REASON_CARTRIDGE_WRONG_FOR_MODE, in->cartridge_kind, needed);
    }
    if (needed == PEN_CARTRIDGE_KIND_HOME && !limited_for_home(in)) { /* it counts as one for the clinic */
        return guard_refuse(PEN_REASON_CARTRIDGE_WRONG_FOR_MODE, PEN_CARTRIDGE_KIND_CLINICAL, needed);
    }
    return guard_accept();
}

/* A mode outlives the link session that chose it; arming in the clinic still needs the clinician. */
static result_t check_role(const control_t *control, const command_t *command)
{
    if (control->mode == PEN_MODE_CLINICAL && command->role < PEN_ROLE_CLINICIAN) {
        return guard_refuse(PEN_REASON_ROLE, command->role, PEN_ROLE_CLINICIAN);
    }
    return guard_accept();
}

static result_t arm(control_t *control, guard_t *guard, const pen_inputs_t *in, const command_t *command)
{
    if (control->state == PEN_STATE_READY) {
        return guard_refuse(PEN_REASON_ALREADY_ARMED, PEN_STATE_READY, PEN_STATE_STANDBY);
    }
    result_t result = check_state(control, guard, PEN_STATE_STANDBY);
    if (result.reason == PEN_REASON_NONE) {
        result = check_age(in, command->device_time_us);
    }
    if (result.reason == PEN_REASON_NONE) {
        result = check_role(control, command);
    }
    if (result.reason == PEN_REASON_NONE && !control->depth.referenced) {
        result = guard_refuse(PEN_REASON_NOT_REFERENCED, 0, 1);
    }
    if (result.reason == PEN_REASON_NONE) {
        result = check_cartridge(control, in);
    }
    return result.reason == PEN_REASON_NONE ? guard_arm(guard) : result;
}

static result_t start(control_t *control, guard_t *guard, const pen_inputs_t *in, const command_t *command)
{
    result_t result = check_state(control, guard, PEN_STATE_READY);
    if (result.reason == PEN_REASON_NONE) {
        result = check_age(in, command->device_time_us);
    }
    if (result.reason == PEN_REASON_NONE) {
        result = check_cartridge(control, in);
    }
    if (result.reason == PEN_REASON_NONE && guard->hold && !depth_in_position(&control->depth, in)) {
        result = guard_refuse(PEN_REASON_STAGE_MOVING, depth_measured_um(&control->depth, in), control->depth.target_um);
    }
    return result.reason == PEN_REASON_NONE ? guard_start(guard) : result;
}

/* After a trip nothing moves by itself; asked to, the stage pulls in needles that stayed out, and no more. */
static result_t retract(control_t *control, guard_t *guard)
{
    if (!control->retract_wanted) {
        control->retract_wanted = true;
        guard_request_stage(guard, true);
        depth_begin_retract(&control->depth);
    }
    return guard_accept();
}

static result_t reference(control_t *control, guard_t *guard, const pen_inputs_t *in)
{
    if (control->state == PEN_STATE_SAFE) {
        return retract(control, guard);
    }
    const result_t result = check_state(control, guard, PEN_STATE_STANDBY);
    if (result.reason == PEN_REASON_NONE && !control->reference_wanted) {
        control->reference_wanted = true;
        guard_request_stage(guard, true);
        depth_begin_reference(&control->depth, in);
    }
    return result;
}

/* Also while it runs: it begins anew, and a failure is told again. */
static result_t self_test(control_t *control, const guard_t *guard)
{
    const bool runs = control->state == PEN_STATE_SELF_TEST;
    const result_t result = runs ? guard_accept() : check_state(control, guard, PEN_STATE_STANDBY);
    if (result.reason == PEN_REASON_NONE) {
        selftest_begin(&control->selftest);
    }
    return result;
}

result_t commands_execute(control_t *control, guard_t *guard, const pen_inputs_t *in, const command_t *command)
{
    switch (command->type) {
    case PEN_TYPE_SET_MODE:
        return set_mode(control, guard, command);
    case PEN_TYPE_SET_DEPTH:
        return set_depth(control, guard, command->value);
    case PEN_TYPE_SET_RATE:
        return set_rate(control, guard, command->value);
    case PEN_TYPE_ARM:
        return arm(control, guard, in, command);
    case PEN_TYPE_START:
        return start(control, guard, in, command);
    case PEN_TYPE_RESET:
        return guard_reset(guard, command->value, command->role);
    case PEN_TYPE_SELF_TEST:
        return self_test(control, guard);
    case PEN_TYPE_REFERENCE:
        return reference(control, guard, in);
    default:
        return guard_refuse(PEN_REASON_UNKNOWN_COMMAND, command->type, 0);
    }
}
