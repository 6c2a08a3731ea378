#include "pen.h"

#include <string.h>

#include "bytes.h"
#include "pairing.h"
#include "pen_device.h"

enum { SHORTEST_PERIOD_US = 1000, LONGEST_PERIOD_US = 1000000 };

void pen_init(pen_t *pen, const pen_config_t *config)
{
    memset(pen, 0, sizeof *pen);
    pen->config = *config;
    store_init(&pen->store, config->port, config->port_context);
    keeper_init(&pen->keeper, &pen->store);
    settings_init(&pen->settings, config, &pen->store);
    guard_init(&pen->guard, &pen->settings.stored);
    control_init(&pen->control);
    report_init(&pen->report);
    snapshots_init(&pen->snapshots);
    trip_log_init(&pen->trip_log, &pen->store.trips, pen->settings.boot, &pen->guard);
    link_init(&pen->link, &pen->mailbox, &pen->config, &pen->store);
    cartridge_init(&pen->cartridge, &pen->config, pen->link.block, &pen->store);
    bytes_wipe(pen->config.tag_key, sizeof pen->config.tag_key);
}

static result_t set_telemetry(mailbox_t *mailbox, int32_t period_us)
{
    if (period_us != 0 && (period_us < SHORTEST_PERIOD_US || period_us > LONGEST_PERIOD_US)) {
        return guard_refuse(PEN_REASON_TELEMETRY_PERIOD, period_us, SHORTEST_PERIOD_US);
    }
    atomic_store_explicit(&mailbox->telemetry_period_us, (unsigned)period_us, memory_order_relaxed);
    return guard_accept();
}

static result_t answer_query(pen_t *pen, const pen_inputs_t *in, const command_t *command)
{
    mailbox_t *mailbox = &pen->mailbox;
    switch (command->type) {
    case PEN_TYPE_GET_CARTRIDGE:
        report_cartridge(&mailbox->cartridge, &pen->control, in);
        return guard_accept();
    case PEN_TYPE_GET_TRIP:
        return trip_log_trip(&pen->trip_log, &pen->snapshots, command->value, &mailbox->trip);
    case PEN_TYPE_GET_SNAPSHOT:
        return trip_log_snapshot(&pen->trip_log, &pen->snapshots, command->value, command->second, &mailbox->snapshot);
    default: /* GET_STATUS and HEARTBEAT */
        report_status(&mailbox->status, &pen->control, &pen->guard, &pen->settings, in);
        return guard_accept();
    }
}

static bool is_query(uint8_t type)
{
    return type == PEN_TYPE_GET_STATUS || type == PEN_TYPE_HEARTBEAT || type == PEN_TYPE_GET_CARTRIDGE
           || type == PEN_TYPE_GET_TRIP || type == PEN_TYPE_GET_SNAPSHOT;
}

static result_t execute(pen_t *pen, const pen_inputs_t *in, const command_t *command)
{
    if (is_query(command->type)) {
        return answer_query(pen, in, command);
    }
    if (command->type == PEN_TYPE_PAIR) {
        return pairing_permit(pen->control.state, atomic_load(&pen->mailbox.button_held_ms));
    }
    if (command->type == PEN_TYPE_SET_TELEMETRY) {
        return set_telemetry(&pen->mailbox, command->value);
    }
    const order_t order = {&pen->control, &pen->guard, &pen->settings, &pen->mailbox, in, command};
    return commands_execute(&order);
}

/* A STOP that came in after a command's frame has the last word, however long the seal took to prove: what was sent
 * before it changes nothing behind it. */
static bool overtaken(const pen_t *pen, const command_t *command)
{
    return command->stops != pen->guard.now.stops && !is_query(command->type) && command->type != PEN_TYPE_SET_TELEMETRY;
}

static void take_command(pen_t *pen, const pen_inputs_t *in)
{
    mailbox_t *mailbox = &pen->mailbox;
    if (atomic_load_explicit(&mailbox->command_state, memory_order_acquire) != MAILBOX_POSTED) {
        return;
    }
    const command_t *command = &mailbox->command;
    const bool late = overtaken(pen, command);
    pen->control.visit.counting = pen->control.visit.counting && !late;
    const result_t result = late ? guard_refuse(PEN_REASON_STOPPED, 0, 0) : execute(pen, in, command);
    if (result.reason == MAILBOX_LATER) {
        return;
    }
    mailbox->result = result;
    mailbox->done_time_us = in->time_us;
    if (!is_query(command->type)) {
        pen->control.last_sequence = command->sequence;
        pen->control.last_reason = result.reason;
    }
    if (result.reason != PEN_REASON_NONE) {
        report_refusal(mailbox, in->time_us, command->type, result.reason);
    }
    atomic_store_explicit(&mailbox->command_state, MAILBOX_DONE, memory_order_release);
}

static void run_control(pen_t *pen, const pen_inputs_t *in, uint8_t stage_enable, pen_outputs_t *out)
{
    const selftest_facts_t facts = exchange_facts(&pen->mailbox, &pen->settings, pen->sounder.playing != PEN_SOUNDER_NONE);
    exchange_take(&pen->mailbox, &pen->control.visit);
    take_command(pen, in);
    control_tick(&pen->control, &pen->guard, &pen->settings, &facts, in, stage_enable, out);
}

static void give_outputs(pen_t *pen, const guard_outputs_t *decided, pen_outputs_t *out)
{
    out->drive_enable = decided->drive_enable;
    out->bridge_duty_q15 = pen->guard.drive_on ? out->bridge_duty_q15 : 0; /* in the proof of the shut-off path, too */
    out->stage_enable = decided->stage_enable;
    out->supply_enable = decided->supply_enable;
    out->watchdog = decided->watchdog;
    out->tripped = pen->guard.trip_count != 0U ? pen->guard.trips[0].interlock : 0U;
    out->sounder = sounder_tick(&pen->sounder, &pen->guard, pen->control.selftest.sounding);
}

static void keep_records(pen_t *pen, const pen_inputs_t *in, const pen_outputs_t *out)
{
    trip_log_tick(&pen->trip_log, &pen->snapshots, &pen->guard);
    report_tick(&pen->report, &pen->mailbox, &pen->control, &pen->guard, in, out);
    snapshots_tick(&pen->snapshots, &pen->guard, in, out);
    exchange_give(&pen->mailbox, &pen->settings, &pen->trip_log, &pen->guard, in);
}

/* For pairing: how long somebody has held the button. */
static void tell_button(pen_t *pen, const pen_inputs_t *in)
{
    const lock_t *lock = &pen->control.lock;
    const uint64_t held_ms = lock->pressed ? (in->time_us - lock->button.pressed_us) / 1000U : 0U;
    const unsigned told = held_ms > UINT32_MAX ? UINT32_MAX : (unsigned)held_ms;
    atomic_store_explicit(&pen->mailbox.button_held_ms, told, memory_order_relaxed);
}

void pen_tick(pen_t *pen, const pen_inputs_t *in, pen_outputs_t *out)
{
    guard_inputs_t seen;
    guard_outputs_t decided;
    exchange_guard_inputs(&pen->mailbox, in, pen->control.depth.steps, &seen);
    guard_tick(&pen->guard, &seen, &decided);
    pen_inputs_t calibrated = *in; /* sensor B is corrected once, by guard */
    calibrated.bar_um = pen->guard.now.bar_um;
    run_control(pen, &calibrated, decided.stage_enable, out);
    give_outputs(pen, &decided, out);
    keep_records(pen, &calibrated, out);
    tell_button(pen, in);
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
    const bool hashed = link_background(&pen->link);
    cartridge_background(&pen->cartridge, &pen->mailbox, !hashed);
    keeper_background(&pen->keeper, &pen->store, &pen->config, &pen->mailbox);
}
