#include "pen.h"

#include <string.h>

#include "bytes.h"
#include "pen_device.h"

enum { SHORTEST_PERIOD_US = 1000, LONGEST_PERIOD_US = 1000000 };

void pen_init(pen_t *pen, const pen_config_t *config)
{
    memset(pen, 0, sizeof *pen);
    pen->config = *config;
    const guard_settings_t settings = {.restart_cause = config->restart_cause};
    guard_init(&pen->guard, &settings);
    control_init(&pen->control);
    report_init(&pen->report);
    link_init(&pen->link, &pen->mailbox, &pen->config);
    bytes_wipe(pen->config.pairing_key, sizeof pen->config.pairing_key); /* the link has made its own of it */
}

static result_t set_telemetry(mailbox_t *mailbox, int32_t period_us)
{
    if (period_us != 0 && (period_us < SHORTEST_PERIOD_US || period_us > LONGEST_PERIOD_US)) {
        return guard_refuse(PEN_REASON_TELEMETRY_PERIOD, period_us, SHORTEST_PERIOD_US);
    }
    atomic_store_explicit(&mailbox->telemetry_period_us, (unsigned)period_us, memory_order_relaxed);
    return guard_accept();
}

static result_t execute(pen_t *pen, const pen_inputs_t *in, const command_t *command)
{
    switch (command->type) {
    case PEN_TYPE_GET_STATUS:
    case PEN_TYPE_HEARTBEAT:
        report_status(&pen->mailbox.status, &pen->control, &pen->guard, in);
        return guard_accept();
    case PEN_TYPE_GET_CARTRIDGE:
        report_cartridge(&pen->mailbox.cartridge, in);
        return guard_accept();
    case PEN_TYPE_SET_TELEMETRY:
        return set_telemetry(&pen->mailbox, command->value);
    default:
        return commands_execute(&pen->control, &pen->guard, in, command);
    }
}

static bool is_query(uint8_t type)
{
    return type == PEN_TYPE_GET_STATUS || type == PEN_TYPE_HEARTBEAT || type == PEN_TYPE_GET_CARTRIDGE;
}

static void take_command(pen_t *pen, const pen_inputs_t *in)
{
    mailbox_t *mailbox = &pen->mailbox;
    if (atomic_load_explicit(&mailbox->command_state, memory_order_acquire) != MAILBOX_POSTED) {
        return;
    }
    const command_t *command = &mailbox->command;
    mailbox->result = execute(pen, in, command);
    mailbox->done_time_us = in->time_us;
    if (!is_query(command->type)) {
        pen->control.last_sequence = command->sequence;
        pen->control.last_reason = mailbox->result.reason;
    }
    if (mailbox->result.reason != PEN_REASON_NONE) {
        report_refusal(mailbox, in->time_us, command->type, mailbox->result.reason);
    }
    atomic_store_explicit(&mailbox->command_state, MAILBOX_DONE, memory_order_release);
}

/* `steps` is what control asked of the depth stage in the tick before. */
static void gather_guard_inputs(guard_inputs_t *seen, const mailbox_t *mailbox, const pen_inputs_t *in, int32_t steps)
{
    *seen = (guard_inputs_t){
        .time_us = in->time_us,
        .clock2_us = in->clock2_us,
        .shaft_counts = in->shaft_counts,
        .bar_um = in->bar_um,
        .stage_um = in->stage_um,
        .stage_steps = steps,
        .motor_ma = in->motor_ma,
        .supply_mv = in->supply_mv,
        .press_mn = in->press_mn,
        .nose_mc = in->nose_mc,
        .handle_mc = in->handle_mc,
        .heartbeats = atomic_load_explicit(&mailbox->heartbeats, memory_order_relaxed),
        .stops = atomic_load_explicit(&mailbox->stops, memory_order_relaxed),
        .session_id = atomic_load_explicit(&mailbox->session_id, memory_order_relaxed),
        .charge_permille = in->charge_permille,
        .estop_a_closed = in->estop_a_closed,
        .estop_b_closed = in->estop_b_closed,
        .hold_pressed = in->hold_pressed,
        .hold_released = in->hold_released,
        .button_pressed = in->button_pressed,
        .stage_home = in->stage_home,
        .drive_feedback = in->drive_feedback,
        .short_feedback = in->short_feedback,
        .cartridge_locked = in->cartridge_locked,
        .tag_present = in->tag_present,
        .charger_present = in->charger_present,
    };
}

static uint8_t sounder(const guard_t *guard)
{
    if (guard->trip_count == 0U) {
        return PEN_SOUNDER_NONE;
    }
    const bool needles_out = guard->now.bar_um > 0 || guard->now.bar_um == INT32_MIN;
    return needles_out ? PEN_SOUNDER_HIGH : PEN_SOUNDER_MEDIUM;
}

void pen_tick(pen_t *pen, const pen_inputs_t *in, pen_outputs_t *out)
{
    guard_inputs_t seen;
    guard_outputs_t decided;
    gather_guard_inputs(&seen, &pen->mailbox, in, pen->control.depth.steps);
    guard_tick(&pen->guard, &seen, &decided);
    take_command(pen, in);
    control_tick(&pen->control, &pen->guard, in, decided.stage_enable, out);
    out->drive_enable = decided.drive_enable;
    out->stage_enable = decided.stage_enable;
    out->supply_enable = decided.supply_enable;
    out->watchdog = decided.watchdog;
    out->tripped = pen->guard.trip_count != 0U ? pen->guard.trips[0].interlock : 0U;
    out->sounder = sounder(&pen->guard);
    report_tick(&pen->report, &pen->mailbox, &pen->control, &pen->guard, in, out);
    atomic_store_explicit(&pen->mailbox.time_ms, (unsigned)(in->time_us / 1000U), memory_order_relaxed);
}

size_t pen_rx(pen_t *pen, const uint8_t *bytes, size_t n)
{
    return link_rx(&pen->link, bytes, n);
}

size_t pen_tx(pen_t *pen, uint8_t *bytes, size_t room)
{
    return link_tx(&pen->link, bytes, room);
}

void pen_background(pen_t *pen)
{
    link_background(&pen->link);
}
