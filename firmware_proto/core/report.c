#include "report.h"

#include "pen_device.h"
#include "pen_interlocks.h"
#include "saturate.h"

void report_init(report_t *report)
{
    *report = (report_t){.state = PEN_STATE_OFF};
}

static uint16_t bit_if(bool condition, uint16_t bit)
{
    return condition ? bit : 0U;
}

/* What a hand, a visit or the service decides. */
static uint16_t flags_of_use(const control_t *control, const guard_t *guard, const pen_inputs_t *in)
{
    const bool usable = verdict(&control->visit, control->mode, in).reason == PEN_REASON_NONE;
    return (uint16_t)(bit_if(usable, PEN_FLAGS_CARTRIDGE_OK) | bit_if(control->visit.open, PEN_FLAGS_VISIT_OPEN)
                      | bit_if(control->lock.pressed, PEN_FLAGS_BUTTON_PRESSED)
                      | bit_if(in->charger_present != 0U, PEN_FLAGS_CHARGING)
                      | bit_if(guard->settings.home_only != 0U, PEN_FLAGS_HOME_ONLY)
                      | bit_if(selftest_proved(&control->selftest), PEN_FLAGS_PROVED));
}

static uint16_t flags_now(const control_t *control, const guard_t *guard, const pen_inputs_t *in)
{
    const bool estop_closed = in->estop_a_closed != 0U && in->estop_b_closed != 0U;
    const bool clear = in->bar_um < 0 && in->bar_um != INT32_MIN;
    const uint64_t silent_us = in->time_us - guard->heartbeat_us;
    return (uint16_t)(flags_of_use(control, guard, in) | bit_if(guard->hold, PEN_FLAGS_HOLD_PRESSED) | bit_if(estop_closed, PEN_FLAGS_ESTOP_CLOSED)
                      | bit_if(guard->referenced, PEN_FLAGS_REFERENCED)
                      | bit_if(control->selftest.passed, PEN_FLAGS_SELF_TEST_PASSED)
                      | bit_if(depth_in_position(&control->depth, in), PEN_FLAGS_STAGE_IN_POSITION)
                      | bit_if(guard->drive_on, PEN_FLAGS_DRIVE_ENABLED)
                      | bit_if(guard->press.contact, PEN_FLAGS_CONTACT) | bit_if(clear, PEN_FLAGS_NEEDLES_CLEAR)
                      | bit_if(guard->now.session_id != 0U && silent_us <= PEN_IL26_TIMEOUT_US, PEN_FLAGS_SESSION_ALIVE));
}

static void report_trip(pen_status_t *status, const guard_t *guard)
{
    if (guard->trip_count == 0U) {
        return;
    }
    const guard_trip_t *trip = &guard->trips[0];
    status->tripped = trip->interlock;
    status->trip_input = trip->input;
    status->trip_stop = trip->stop;
    status->trip_value = trip->value;
    status->trip_limit = trip->limit;
    status->trip_time_us = trip->time_us;
}

void report_status(pen_status_t *status, const control_t *control, const guard_t *guard, const settings_t *settings,
                   const pen_inputs_t *in)
{
    *status = (pen_status_t){
        .device_time_us = in->time_us,
        .state = control->state,
        .mode = guard->mode,
        .flags = flags_now(control, guard, in),
        .depth_set_um = guard->depth_set_um,
        .rate_set_mhz = guard->rate_set_mhz,
        .depth_measured_um = guard->stroke_depth_um,
        .rate_measured_mhz = guard->rate.stroke_mhz,
        .stroke_count = guard->strokes,
        .last_command_sequence = control->last_sequence,
        .last_reason = control->last_reason,
        .supply_mv = in->supply_mv,
        .trip_count = guard->trip_count,
        .self_test_check = control->selftest.failed_check,
        .charge_permille = in->charge_permille,
        .boot = settings->boot,
    };
    report_trip(status, guard);
}

void report_cartridge(pen_cartridge_t *cartridge, const control_t *control, const pen_inputs_t *in)
{
    const tag_view_t *tag = &control->visit.tag;
    *cartridge = (pen_cartridge_t){.cartridge_id = tag->id,
                                   .kind = tag->kind,
                                   .needles = tag->needles,
                                   .stop_um = tag->stop_um,
                                   .length_um = tag->length_um,
                                   .sterile_until_day = tag->sterile_until_day,
                                   .uses = tag->uses,
                                   .strokes = tag->strokes,
                                   .binding = verdict_binding(&control->visit),
                                   .verdict = verdict(&control->visit, control->mode, in).reason};
}

static void post_event(mailbox_t *mailbox, const event_t *event)
{
    const unsigned head = atomic_load_explicit(&mailbox->event_head, memory_order_relaxed);
    const unsigned tail = atomic_load_explicit(&mailbox->event_tail, memory_order_acquire);
    if (head - tail >= MAILBOX_EVENTS) {
        atomic_fetch_add_explicit(&mailbox->events_lost, 1U, memory_order_relaxed);
        return;
    }
    mailbox->events[head % MAILBOX_EVENTS] = *event;
    atomic_store_explicit(&mailbox->event_head, head + 1U, memory_order_release);
}

static void post_warning(mailbox_t *mailbox, uint64_t time_us, uint8_t warning, int32_t value, int32_t limit)
{
    const event_t event = {.type = PEN_TYPE_EVENT_WARNING, .code = warning, .value = value, .limit = limit, .time_us = time_us};
    post_event(mailbox, &event);
}

void report_refusal(mailbox_t *mailbox, uint64_t time_us, uint8_t command, uint8_t reason)
{
    post_warning(mailbox, time_us, PEN_WARNING_COMMAND_REFUSED, command, reason);
}

static void post_trip(mailbox_t *mailbox, const guard_t *guard, const guard_trip_t *trip)
{
    const event_t event = {.type = PEN_TYPE_EVENT_TRIP,
                           .code = trip->interlock,
                           .mode = guard->mode,
                           .input = trip->input,
                           .stop = trip->stop,
                           .latched = trip->latched,
                           .value = trip->value,
                           .limit = trip->limit,
                           .time_us = trip->time_us};
    post_event(mailbox, &event);
}

static void post_trips(mailbox_t *mailbox, guard_t *guard)
{
    if (guard->unlatched.interlock != 0U) {
        post_trip(mailbox, guard, &guard->unlatched);
    }
    while (guard->trips_posted < guard->trip_count) {
        post_trip(mailbox, guard, &guard->trips[guard->trips_posted]);
        guard->trips_posted++;
    }
}

/* Why the state changed: the latched interlock, or what stopped the run or took READY away without a latch. */
static uint8_t cause_of(const guard_t *guard)
{
    return guard->trip_count != 0U ? guard->trips[0].interlock : guard->cause;
}

static void post_state(report_t *report, mailbox_t *mailbox, const control_t *control, const guard_t *guard)
{
    const event_t event = {.type = PEN_TYPE_EVENT_STATE,
                           .code = control->state,
                           .previous = report->state,
                           .mode = guard->mode,
                           .cause = cause_of(guard),
                           .time_us = guard->now.time_us};
    post_event(mailbox, &event);
    report->state = control->state;
}

static void fill_sample(pen_sample_t *sample, const control_t *control, const guard_t *guard, const pen_inputs_t *in,
                        const pen_outputs_t *out)
{
    *sample = (pen_sample_t){.bar_um = saturate16(in->bar_um),
                             .depth_um = saturate16(guard->stroke_depth_um),
                             .stage_um = saturate16(depth_measured_um(&control->depth, in)),
                             .shaft_counts = saturate16(in->shaft_counts),
                             .rate_mhz = guard->rate.stroke_mhz,
                             .motor_ma = saturate16(in->motor_ma),
                             .supply_mv = saturate16(in->supply_mv),
                             .press_mn = saturate16(in->press_mn),
                             .nose_cc = saturate16(in->nose_mc / 10),
                             .handle_cc = saturate16(in->handle_mc / 10),
                             .duty_q15 = out->bridge_duty_q15,
                             .flags = flags_now(control, guard, in),
                             .stroke_count = (uint16_t)(guard->strokes & 0xFFFFU),
                             .difference_um = saturate16(guard->sensors.difference_um),
                             .heat_permille = guard_heat_permille(guard),
                             .charge_permille = in->charge_permille};
}

static void post_sample(mailbox_t *mailbox, const control_t *control, const guard_t *guard, const pen_inputs_t *in,
                        const pen_outputs_t *out)
{
    const unsigned head = atomic_load_explicit(&mailbox->sample_head, memory_order_relaxed);
    const unsigned tail = atomic_load_explicit(&mailbox->sample_tail, memory_order_acquire);
    if (head - tail >= MAILBOX_SAMPLES) {
        atomic_fetch_add_explicit(&mailbox->samples_lost, 1U, memory_order_relaxed);
        return;
    }
    sampled_t *slot = &mailbox->samples[head % MAILBOX_SAMPLES];
    slot->time_us = in->time_us;
    slot->state = control->state;
    fill_sample(&slot->sample, control, guard, in, out);
    atomic_store_explicit(&mailbox->sample_head, head + 1U, memory_order_release);
}

static bool sample_due(report_t *report, const mailbox_t *mailbox)
{
    const unsigned period_us = atomic_load_explicit(&mailbox->telemetry_period_us, memory_order_relaxed);
    if (period_us == 0U) {
        return false;
    }
    report->sample_countdown_us -= PEN_TICK_US;
    if (report->sample_countdown_us > 0) {
        return false;
    }
    report->sample_countdown_us = (int32_t)period_us;
    return true;
}

void report_tick(report_t *report, mailbox_t *mailbox, control_t *control, guard_t *guard, const pen_inputs_t *in,
                 const pen_outputs_t *out)
{
    if (guard->trips_posted != guard->trip_count || guard->unlatched.interlock != 0U) {
        post_trips(mailbox, guard);
    }
    if (report->state != control->state) {
        post_state(report, mailbox, control, guard);
    }
    for (unsigned i = 0; i < guard->warning_count; i++) {
        const guard_warning_t *warning = &guard->warnings[i];
        post_warning(mailbox, in->time_us, warning->warning, warning->value, warning->limit);
    }
    if (control->warning != PEN_WARNING_NONE) {
        post_warning(mailbox, in->time_us, control->warning, control->warning_value, control->warning_limit);
        control->warning = PEN_WARNING_NONE;
    }
    if (sample_due(report, mailbox)) {
        post_sample(mailbox, control, guard, in, out);
    }
}
