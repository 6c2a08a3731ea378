/* Contacts and the link: emergency stop (IL-01), hold-to-run (IL-02, IL-03), contacts that contradict each other
 * (IL-04), communications loss (IL-26), STOP. */
#include "guard_parts.h"

#include "pen_device.h"

enum {
    ESTOP_TICKS = PEN_IL01_DEBOUNCE_US / PEN_TICK_US,
    HOLD_TICKS = PEN_IL02_DEBOUNCE_US / PEN_TICK_US,
    APART_TICKS = PEN_IL04_DISAGREE_US / PEN_TICK_US
};

/* The emergency chain is quicker than the debounce, and gives the drive back when its contact closes again. */
static bool cut_by_hardware(const guard_t *guard)
{
    return guard->drive_on && guard->now.drive_feedback == 0U;
}

/* IL-01: either channel open for the debounce time, or long enough for the hardware to have cut the drive. */
static void watch_estop(guard_t *guard, unsigned channel, uint8_t closed, uint8_t input)
{
    const bool open = closed == 0U;
    const bool lasts = guard_mounts(&guard->contacts.estop_doubt[channel], open, ESTOP_TICKS);
    if (lasts || (open && cut_by_hardware(guard))) {
        guard_trip(guard, PEN_IL_01, input, PEN_STOP_KIND_C0, 0, 1);
    }
}

/* What both contacts say; in doubt the switch is released. */
static bool hold_pressed(const guard_t *guard)
{
    return guard->now.hold_pressed != 0U && guard->now.hold_released == 0U;
}

static void debounce_hold(guard_t *guard)
{
    guard_contacts_t *contacts = &guard->contacts;
    const bool pressed = hold_pressed(guard);
    if (pressed == guard->hold) {
        if (contacts->hold_ticks > 0U) {
            contacts->hold_ticks--;
        }
    } else if (contacts->hold_ticks < HOLD_TICKS) {
        contacts->hold_ticks++;
    } else {
        guard->hold = pressed;
        contacts->hold_ticks = 0U;
        contacts->hold_us = guard->now.time_us;
        contacts->hold_long = false;
    }
}

/* IL-02: a release is debounced, then stops by C1; it does not latch. */
static void watch_release(guard_t *guard)
{
    if (!guard->hold) {
        guard->hold_fresh = true;
        if (guard->state == GUARD_RUN) {
            const guard_trip_t why = {.interlock = PEN_IL_02, .input = PEN_INPUT_HOLD, .stop = PEN_STOP_KIND_C1,
                                      .value = 0, .limit = 1};
            guard_halt(guard, &why, true);
        }
    }
}

/* IL-03: a switch that is held so long in RUN is perhaps stuck, or tied. */
static void watch_stuck_hold(guard_t *guard)
{
    if (guard->state != GUARD_RUN) {
        return;
    }
    const uint64_t held_us = guard->now.time_us - guard->contacts.hold_us;
    if (held_us > PEN_IL03_STOP_US) {
        const guard_trip_t why = {.interlock = PEN_IL_03, .input = PEN_INPUT_HOLD, .stop = PEN_STOP_KIND_C1,
                                  .value = PEN_IL03_STOP_US, .limit = PEN_IL03_STOP_US};
        guard_halt(guard, &why, false);
    } else if (held_us > PEN_IL03_WARN_US && !guard->contacts.hold_long) {
        guard->contacts.hold_long = true;
        guard_warn(guard, PEN_WARNING_HOLD_LONG, PEN_IL03_WARN_US, PEN_IL03_STOP_US);
    }
}

static bool estop_apart(const guard_t *guard)
{
    return (guard->now.estop_a_closed != 0U) != (guard->now.estop_b_closed != 0U);
}

static bool hold_apart(const guard_t *guard)
{
    return (guard->now.hold_pressed != 0U) == (guard->now.hold_released != 0U);
}

bool guard_contacts_agree(const guard_t *guard)
{
    return !estop_apart(guard) && !hold_apart(guard);
}

/* IL-04: two contacts of one switch contradict each other for longer than a hand takes. */
static void watch_contacts(guard_t *guard)
{
    guard_contacts_t *contacts = &guard->contacts;
    if (guard_lasts(&contacts->estop_apart_ticks, estop_apart(guard), APART_TICKS)) {
        guard_trip(guard, PEN_IL_04, PEN_INPUT_ESTOP_CONTACTS, PEN_STOP_KIND_C0, guard->now.estop_a_closed,
                   guard->now.estop_b_closed);
    }
    if (guard_lasts(&contacts->hold_apart_ticks, hold_apart(guard), APART_TICKS)) {
        guard_trip(guard, PEN_IL_04, PEN_INPUT_HOLD_CONTACTS, PEN_STOP_KIND_C0, guard->now.hold_pressed,
                   guard->now.hold_released);
    }
}

bool guard_link_alive(const guard_t *guard)
{
    const uint64_t silent_us = guard->now.time_us - guard->heartbeat_us;
    return guard->now.session_id != 0U && guard->heartbeats != 0U && silent_us <= PEN_IL26_TIMEOUT_US;
}

/* IL-26: heartbeats of the active link session, while armed or running. */
static void watch_link(guard_t *guard)
{
    if (guard->heartbeats != guard->now.heartbeats) {
        guard->heartbeats = guard->now.heartbeats;
        guard->heartbeat_us = guard->now.time_us;
        return;
    }
    if (guard->state != GUARD_ARMED && guard->state != GUARD_RUN) {
        return;
    }
    const uint64_t silent_us = guard->now.time_us - guard->heartbeat_us;
    if (silent_us > PEN_IL26_TIMEOUT_US) {
        guard_trip(guard, PEN_IL_26, PEN_INPUT_HEARTBEAT, PEN_STOP_KIND_C1, (int32_t)silent_us, PEN_IL26_TIMEOUT_US);
    }
}

void guard_watch_inputs(guard_t *guard)
{
    if (guard->stops != guard->now.stops) {
        guard->stops = guard->now.stops;
        guard_stop(guard);
    }
    watch_estop(guard, 0U, guard->now.estop_a_closed, PEN_INPUT_ESTOP_A);
    watch_estop(guard, 1U, guard->now.estop_b_closed, PEN_INPUT_ESTOP_B);
    debounce_hold(guard);
    watch_release(guard);
    watch_stuck_hold(guard);
    watch_contacts(guard);
    watch_link(guard);
}
