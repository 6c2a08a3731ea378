#include "exchange.h"

static unsigned found_now(const mailbox_t *mailbox)
{
    return atomic_load_explicit(&mailbox->found, memory_order_relaxed);
}

void exchange_guard_inputs(const mailbox_t *mailbox, const pen_inputs_t *in, int32_t steps, guard_inputs_t *seen)
{
    const unsigned found = found_now(mailbox);
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
        .self_check = (uint8_t)atomic_load_explicit(&mailbox->self_check, memory_order_relaxed),
        .configuration_damaged = (found & FOUND_CONFIGURATION_DAMAGED) != 0U ? 1U : 0U,
    };
}

selftest_facts_t exchange_facts(const mailbox_t *mailbox, const settings_t *settings, bool sounding)
{
    return (selftest_facts_t){.found = found_now(mailbox),
                              .self_check = (uint8_t)atomic_load_explicit(&mailbox->self_check, memory_order_relaxed),
                              .firmware_genuine = settings->firmware_genuine,
                              .sounding = sounding};
}

void exchange_take(mailbox_t *mailbox, visit_t *visit)
{
    if (atomic_load_explicit(&mailbox->tag_posted, memory_order_acquire) != 0U) {
        visit->tag = mailbox->tag;
        atomic_store_explicit(&mailbox->tag_posted, 0U, memory_order_release);
    }
}

static void hand_over(mailbox_t *mailbox, settings_t *settings, trip_log_t *log)
{
    if (atomic_load_explicit(&mailbox->keep_state, memory_order_acquire) != MAILBOX_EMPTY) {
        return;
    }
    mailbox->keep = settings->wanted;
    settings->wanted.what = 0U;
    if (log->changed) {
        mailbox->keep.what = (uint8_t)(mailbox->keep.what | KEEP_TRIPS);
        mailbox->keep.trips = log->record;
        log->changed = false;
    }
    atomic_store_explicit(&mailbox->keep_state, MAILBOX_POSTED, memory_order_release);
}

void exchange_give(mailbox_t *mailbox, settings_t *settings, trip_log_t *log, const guard_t *guard, const pen_inputs_t *in)
{
    const bool here = in->tag_present != 0U && in->cartridge_locked != 0U;
    atomic_store_explicit(&mailbox->tag_here, here ? 1U : 0U, memory_order_relaxed);
    atomic_store_explicit(&mailbox->driving, guard->drive_on ? 1U : 0U, memory_order_relaxed);
    atomic_store_explicit(&mailbox->strokes, guard->strokes, memory_order_relaxed);
    if (settings->wanted.what != 0U || log->changed) {
        hand_over(mailbox, settings, log);
    }
}
