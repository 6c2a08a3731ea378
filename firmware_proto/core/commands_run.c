/* ARM and START: everything that must hold before needles may move. */
#include "commands.h"

#include "pen_device.h"
#include "pen_interlocks.h"

enum {
    EXPIRY_MS = PEN_COMMAND_EXPIRY_US / 1000,
    /* START waits so long for the tag: three times what the slowest loop of a port needs. The host holds heartbeats for
     * at most 150 ms, so that those behind it are in time for IL-26. */
    TAG_WAIT_US = 100000
};

static result_t check_age(const order_t *order)
{
    const uint64_t quoted_us = order->command->device_time_us;
    const uint64_t now_us = order->in->time_us;
    const bool future = quoted_us > now_us;
    const uint64_t age_us = future ? quoted_us - now_us : now_us - quoted_us;
    if (!future && age_us <= PEN_COMMAND_EXPIRY_US) {
        return guard_accept();
    }
    const uint64_t age_ms = age_us / 1000U;
    const int32_t shown_ms = age_ms > (uint64_t)INT32_MAX ? INT32_MAX : (int32_t)age_ms;
    return guard_refuse(PEN_REASON_EXPIRED, future ? -shown_ms : shown_ms, EXPIRY_MS);
}

/* A mode outlives the link session that chose it; arming in the clinic still needs the clinician. */
static result_t check_role(const order_t *order)
{
    return commands_check_role(order, order->control->mode == PEN_MODE_CLINICAL ? PEN_ROLE_CLINICIAN : PEN_ROLE_OPERATOR);
}

/* IL-29, IL-35: what the background loop and the boot loader found out about the pen itself. */
static result_t check_pen(const order_t *order)
{
    const unsigned found = atomic_load_explicit(&order->mailbox->found, memory_order_relaxed);
    if (!order->settings->firmware_genuine) {
        return guard_refuse(PEN_REASON_FIRMWARE_NOT_GENUINE, 0, 1);
    }
    if ((found & FOUND_MEMORY_FAILED) != 0U) {
        return guard_refuse(PEN_REASON_MEMORY_FAILED, 0, 0);
    }
    if ((found & FOUND_CONFIGURATION_DAMAGED) != 0U) {
        return guard_refuse(PEN_REASON_CONFIGURATION_DAMAGED, 0, 0);
    }
    return (found & FOUND_CALIBRATION_DAMAGED) != 0U ? guard_refuse(PEN_REASON_CALIBRATION_NEEDED, 0, 0) : guard_accept();
}

/* IL-42: in the clinic only. */
static result_t check_calibration(const order_t *order)
{
    if (order->control->mode != PEN_MODE_CLINICAL) {
        return guard_accept();
    }
    const int32_t days = settings_calibration_days(order->settings, order->control->visit.day);
    const uint32_t strokes = settings_calibration_strokes(order->settings, order->guard->strokes);
    if (days > PEN_IL42_INTERVAL_DAYS) {
        return guard_refuse(PEN_REASON_CALIBRATION_OVERDUE, days, PEN_IL42_INTERVAL_DAYS);
    }
    if (strokes > PEN_IL42_STROKES_COUNT) {
        const int32_t shown = strokes > (uint32_t)INT32_MAX ? INT32_MAX : (int32_t)strokes;
        return guard_refuse(PEN_REASON_CALIBRATION_OVERDUE, shown, PEN_IL42_STROKES_COUNT);
    }
    return guard_accept();
}

static result_t check_visit(const order_t *order)
{
    return order->control->visit.open ? guard_accept() : guard_refuse(PEN_REASON_NO_VISIT, 0, 1);
}

static result_t check_reference(const order_t *order)
{
    return order->control->depth.referenced ? guard_accept() : guard_refuse(PEN_REASON_NOT_REFERENCED, 0, 1);
}

static result_t check_cartridge(const order_t *order)
{
    return verdict(&order->control->visit, order->control->mode, order->in);
}

static result_t check_position(const order_t *order)
{
    const control_t *control = order->control;
    if (order->guard->hold && !depth_in_position(&control->depth, order->in)) {
        return guard_refuse(PEN_REASON_STAGE_MOVING, depth_measured_um(&control->depth, order->in), control->depth.target_um);
    }
    return guard_accept();
}

typedef result_t check_t(const order_t *order);

static check_t *const ARM_CHECKS[] = {check_age,       check_role,      check_pen,        check_visit,
                                      check_reference, check_cartridge, check_calibration};
static check_t *const START_CHECKS[] = {check_age, check_role, check_pen, check_visit, check_cartridge, check_position};

static result_t check_all(const order_t *order, check_t *const *checks, unsigned count)
{
    result_t result = guard_accept();
    for (unsigned i = 0; i < count && result.reason == PEN_REASON_NONE; i++) {
        result = checks[i](order);
    }
    return result;
}

static result_t arm(const order_t *order)
{
    if (order->control->state == PEN_STATE_READY) {
        return guard_refuse(PEN_REASON_ALREADY_ARMED, PEN_STATE_READY, PEN_STATE_STANDBY);
    }
    result_t result = commands_check_state(order, PEN_STATE_STANDBY);
    if (result.reason == PEN_REASON_NONE) {
        result = check_all(order, ARM_CHECKS, sizeof ARM_CHECKS / sizeof ARM_CHECKS[0]);
    }
    return result.reason == PEN_REASON_NONE ? guard_arm(order->guard) : result;
}

/* A tag that does not answer in time ends the wait; who did not wait in the tick before, however late, begins to wait. */
static result_t wait_for_tag(visit_t *visit, result_t counted, uint64_t now_us)
{
    if (counted.reason != MAILBOX_LATER) {
        return counted;
    }
    if (now_us - visit->waited_us > PEN_IL32_GAP_US) {
        visit->waits_us = now_us;
    }
    if (now_us - visit->waits_us > TAG_WAIT_US) {
        visit->waited_us = 0U; /* the next START waits anew */
        return guard_refuse(PEN_REASON_CARTRIDGE_BINDING_FAILED, 0, 0);
    }
    visit->waited_us = now_us;
    return counted;
}

/* The use stands on the cartridge's tag before the drive goes on, and only when nothing else keeps it from going on. */
static result_t count_use(const order_t *order)
{
    visit_t *visit = &order->control->visit;
    if (verdict_counted(visit) && !visit->counting) {
        return guard_accept();
    }
    const result_t result = guard_may_start(order->guard);
    if (result.reason != PEN_REASON_NONE) {
        return result;
    }
    const result_t counted = wait_for_tag(visit, visit_count_use(visit, order->mailbox), order->in->time_us);
    if (counted.reason == PEN_REASON_NONE && visit->tag.kind == PEN_CARTRIDGE_KIND_HOME
        && visit->tag.uses >= PEN_IL21_HOME_WARN_COUNT) {
        control_warn(order->control, PEN_WARNING_CARTRIDGE_NEARLY_USED, visit->tag.uses, PEN_IL21_HOME_LAST_COUNT);
    }
    return counted;
}

static result_t start(const order_t *order)
{
    result_t result = commands_check_state(order, PEN_STATE_READY);
    if (result.reason == PEN_REASON_NONE) {
        result = check_all(order, START_CHECKS, sizeof START_CHECKS / sizeof START_CHECKS[0]);
    }
    if (result.reason == PEN_REASON_NONE) {
        result = count_use(order);
    }
    if (result.reason == PEN_REASON_NONE) {
        result = guard_start(order->guard);
    }
    if (result.reason != PEN_REASON_NONE && result.reason != MAILBOX_LATER) {
        order->control->visit.counting = false;
    }
    return result;
}

result_t commands_arm_or_start(const order_t *order)
{
    return order->command->type == PEN_TYPE_ARM ? arm(order) : start(order);
}
