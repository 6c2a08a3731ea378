/* Visits, and the acts of the service. */
#include "commands.h"

#include "pen_interlocks.h"

static result_t check_day(const order_t *order)
{
    const int32_t latest = order->settings->latest_day;
    return order->command->day < latest ? guard_refuse(PEN_REASON_DATE_INVALID, order->command->day, latest) : guard_accept();
}

/* The setpoints of the person before must not be carried over. */
static void clear_setpoints(const order_t *order)
{
    order->control->depth_set_um = GUARD_UNSET;
    order->control->rate_set_mhz = GUARD_UNSET;
    guard_clear_setpoints(order->guard);
}

/* The same visit again resumes it, in every state, and consumes nothing; a wrong date stays refused. */
static result_t begin_visit(const order_t *order)
{
    control_t *control = order->control;
    result_t result = check_day(order);
    if (result.reason != PEN_REASON_NONE) {
        return result;
    }
    const bool same = visit_same(&control->visit, order->command);
    if (!same) {
        const bool tests = control->state == PEN_STATE_SELF_TEST;
        result = tests ? guard_accept() : commands_check_state(order, PEN_STATE_STANDBY);
    }
    if (result.reason != PEN_REASON_NONE) {
        return result;
    }
    settings_saw_day(order->settings, order->command->day);
    if (same) { /* the day goes on: sterile date, calibration and the end of the visit are judged by today */
        control->visit.day = order->command->day;
        return result;
    }
    visit_open(&control->visit, order->command);
    clear_setpoints(order);
    if (control->ran) { /* IL-06: proved again for each visit */
        control_begin_selftest(control, order->guard);
    }
    return result;
}

static result_t end_visit(const order_t *order)
{
    control_t *control = order->control;
    if (!control->visit.open) {
        return guard_refuse(PEN_REASON_NO_VISIT, 0, 1);
    }
    const bool may = control->state == PEN_STATE_SAFE || control->state == PEN_STATE_SELF_TEST;
    const result_t result = may ? guard_accept() : commands_check_state(order, PEN_STATE_STANDBY);
    if (result.reason == PEN_REASON_NONE) {
        visit_close(&control->visit);
        clear_setpoints(order);
    }
    return result;
}

result_t commands_of_visit(const order_t *order)
{
    return order->command->type == PEN_TYPE_BEGIN_VISIT ? begin_visit(order) : end_visit(order);
}

/* Nothing moves, nobody is being treated, and the service has a hand at the pen. */
static result_t check_service(const order_t *order)
{
    const control_t *control = order->control;
    const result_t result = commands_check_role(order, PEN_ROLE_SERVICE);
    if (result.reason != PEN_REASON_NONE) {
        return result;
    }
    if (control->visit.open) {
        return guard_refuse(PEN_REASON_VISIT_OPEN, 1, 0);
    }
    if (!control->lock.pressed) {
        return guard_refuse(PEN_REASON_BUTTON_NOT_PRESSED, 0, 1);
    }
    const bool may = control->state == PEN_STATE_SAFE || control->state == PEN_STATE_SELF_TEST;
    return may ? guard_accept() : commands_check_state(order, PEN_STATE_STANDBY);
}

result_t commands_of_service(const order_t *order)
{
    const result_t result = check_service(order);
    if (result.reason != PEN_REASON_NONE) {
        return result;
    }
    const result_t done = order->command->type == PEN_TYPE_CALIBRATE
                              ? settings_calibrate(order->settings, order->guard, order->command->value, order->command->day)
                              : settings_configure(order->settings, order->guard, order->command);
    if (done.reason == PEN_REASON_NONE) {
        clear_setpoints(order);
    }
    return done;
}
