/* Mode, setpoints, reference and self-test, and which command is executed where. */
#include "commands.h"

result_t commands_check_state(const order_t *order, uint8_t needed)
{
    const control_t *control = order->control;
    if (control->state == needed) {
        return guard_accept();
    }
    if (order->guard->trip_count != 0U) {
        return guard_refuse(PEN_REASON_LATCHED, order->guard->trips[0].interlock, 0);
    }
    if (control->state == PEN_STATE_SELF_TEST) {
        return control->selftest.failed_check != PEN_SELF_TEST_CHECK_NONE
                   ? guard_refuse(PEN_REASON_SELF_TEST_NOT_PASSED, control->selftest.failed_check, 0)
                   : guard_refuse(PEN_REASON_SELF_TEST_NEEDED, 0, 0);
    }
    return guard_refuse(PEN_REASON_WRONG_STATE, control->state, needed);
}

result_t commands_check_role(const order_t *order, uint8_t needed)
{
    return order->command->role >= needed ? guard_accept() : guard_refuse(PEN_REASON_ROLE, order->command->role, needed);
}

/* IL-30, IL-44: the clinic needs the clinician and a hand at the pen; a pen for the home never leaves it. */
static result_t check_mode_lock(const order_t *order)
{
    if (order->command->value == PEN_MODE_HOME) {
        return guard_accept();
    }
    const result_t result = commands_check_role(order, PEN_ROLE_CLINICIAN);
    if (result.reason != PEN_REASON_NONE) {
        return result;
    }
    if (order->settings->stored.home_only != 0U) {
        return guard_refuse(PEN_REASON_HOME_ONLY, order->command->value, PEN_MODE_HOME);
    }
    if (order->settings->test_build) {
        return guard_refuse(PEN_REASON_TEST_BUILD, order->command->value, PEN_MODE_HOME);
    }
    return lock_recent(&order->control->lock, order->in->time_us) ? guard_accept()
                                                                   : guard_refuse(PEN_REASON_BUTTON_NOT_PRESSED, 0, 1);
}

static result_t set_mode(const order_t *order)
{
    control_t *control = order->control;
    result_t result = commands_check_state(order, PEN_STATE_STANDBY);
    if (result.reason == PEN_REASON_NONE) {
        result = check_mode_lock(order);
    }
    if (result.reason == PEN_REASON_NONE) {
        result = guard_set_mode(order->guard, order->command->value);
    }
    if (result.reason == PEN_REASON_NONE) {
        control->mode = (uint8_t)order->command->value;
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

static result_t set_depth(const order_t *order)
{
    control_t *control = order->control;
    const int32_t depth_um = order->command->value;
    if (!may_set(control)) {
        return commands_check_state(order, PEN_STATE_STANDBY);
    }
    const pen_mode_limits_t *limits = settings_limits(order->settings, control->mode);
    result_t result = check_range(depth_um, limits->depth_min_um, limits->depth_max_um, PEN_REASON_DEPTH_BELOW_LIMIT,
                                  PEN_REASON_DEPTH_ABOVE_LIMIT);
    if (result.reason == PEN_REASON_NONE) {
        result = guard_set_depth(order->guard, depth_um);
    }
    if (result.reason == PEN_REASON_NONE) {
        control->depth_set_um = depth_um;
    }
    return result;
}

static result_t set_rate(const order_t *order)
{
    control_t *control = order->control;
    const int32_t rate_mhz = order->command->value;
    if (!may_set(control)) {
        return commands_check_state(order, PEN_STATE_STANDBY);
    }
    const pen_mode_limits_t *limits = settings_limits(order->settings, control->mode);
    result_t result = check_range(rate_mhz, limits->rate_min_mhz, limits->rate_max_mhz, PEN_REASON_RATE_BELOW_LIMIT,
                                  PEN_REASON_RATE_ABOVE_LIMIT);
    if (result.reason == PEN_REASON_NONE) {
        result = guard_set_rate(order->guard, rate_mhz);
    }
    if (result.reason == PEN_REASON_NONE) {
        control->rate_set_mhz = rate_mhz;
    }
    return result;
}

/* After a trip nothing moves by itself; asked to, the stage pulls in needles that stayed out, and no more. */
static result_t retract(const order_t *order)
{
    control_t *control = order->control;
    if (!control->retract_wanted) {
        control->retract_wanted = true;
        guard_request_stage(order->guard, true);
        depth_begin_retract(&control->depth);
    }
    return guard_accept();
}

static result_t reference(const order_t *order)
{
    control_t *control = order->control;
    if (control->state == PEN_STATE_SAFE) {
        return retract(order);
    }
    const result_t result = commands_check_state(order, PEN_STATE_STANDBY);
    if (result.reason == PEN_REASON_NONE && !control->reference_wanted) {
        control->reference_wanted = true;
        guard_request_stage(order->guard, true);
        depth_begin_reference(&control->depth, order->in);
    }
    return result;
}

/* Also while it runs: it begins anew, and a failure is told again; and after a trip, when its reset asks for it. */
static result_t self_test(const order_t *order)
{
    control_t *control = order->control;
    const bool may = control->state == PEN_STATE_SELF_TEST || control->state == PEN_STATE_SAFE;
    const result_t result = may ? guard_accept() : commands_check_state(order, PEN_STATE_STANDBY);
    if (result.reason == PEN_REASON_NONE) {
        control_begin_selftest(control, order->guard);
    }
    return result;
}

/* What a hand at the button allows waits while its contact still bounces: milliseconds. */
static bool waits_for_button(const order_t *order)
{
    const uint8_t type = order->command->type;
    return (type == PEN_TYPE_SET_MODE || type == PEN_TYPE_RESET) && lock_undecided(&order->control->lock, order->in->time_us);
}

result_t commands_execute(const order_t *order)
{
    if (waits_for_button(order)) {
        return guard_refuse(MAILBOX_LATER, 0, 0);
    }
    switch (order->command->type) {
    case PEN_TYPE_SET_MODE:
        return set_mode(order);
    case PEN_TYPE_SET_DEPTH:
        return set_depth(order);
    case PEN_TYPE_SET_RATE:
        return set_rate(order);
    case PEN_TYPE_SELF_TEST:
        return self_test(order);
    case PEN_TYPE_REFERENCE:
        return reference(order);
    case PEN_TYPE_RESET:
        return guard_reset(order->guard, order->command->value, order->command->role);
    case PEN_TYPE_ARM:
    case PEN_TYPE_START:
        return commands_arm_or_start(order);
    case PEN_TYPE_BEGIN_VISIT:
    case PEN_TYPE_END_VISIT:
        return commands_of_visit(order);
    case PEN_TYPE_CALIBRATE:
    case PEN_TYPE_CONFIGURE:
        return commands_of_service(order);
    default:
        return guard_refuse(PEN_REASON_UNKNOWN_COMMAND, order->command->type, 0);
    }
}
