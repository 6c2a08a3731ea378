/* Trips: what stopped the pen, what stays latched, what has stopped it too often, and warnings. */
#include "guard_parts.h"

static const guard_interlock_t CATALOGUE[PEN_IL_COUNT + 1] = PEN_INTERLOCKS_INIT;

const guard_interlock_t *guard_interlock(uint8_t interlock)
{
    return &CATALOGUE[interlock <= PEN_IL_COUNT ? interlock : 0U];
}

bool guard_latched(const guard_t *guard, uint8_t interlock)
{
    for (uint8_t i = 0; i < guard->trip_count; i++) {
        if (guard->trips[i].interlock == interlock) {
            return true;
        }
    }
    return false;
}

static bool is_alarm(uint8_t interlock)
{
    return guard_interlock(interlock)->priority >= PEN_PRIORITY_LOW;
}

static uint8_t role_of(const guard_trip_t *trip)
{
    return guard_interlock(trip->interlock)->reset_role;
}

/* Takes one out of the list; what its reset asks for is not this function's. */
void guard_drop_trip(guard_t *guard, unsigned index)
{
    for (unsigned i = index; i + 1U < guard->trip_count; i++) {
        guard->trips[i] = guard->trips[i + 1U];
    }
    guard->trip_count--;
    if (index < guard->trips_posted) { /* a trip of this very tick is not posted yet, and must be */
        guard->trips_posted--;
    }
}

/* All places are taken: the trip of the lowest reset role gives way, the newest of these, if this one's is higher. */
static void make_room(guard_t *guard, const guard_trip_t *trip)
{
    unsigned lowest = 0U;
    for (unsigned i = 1U; i < guard->trip_count; i++) {
        lowest = role_of(&guard->trips[i]) <= role_of(&guard->trips[lowest]) ? i : lowest;
    }
    if (role_of(&guard->trips[lowest]) < role_of(trip)) {
        guard_drop_trip(guard, lowest);
    }
}

/* Keeps the trip; one that is latched already keeps its first cause. */
static void latch(guard_t *guard, const guard_trip_t *trip)
{
    guard->state = GUARD_LATCHED;
    guard->rearm_after_stop = false;
    guard->stage_request = false; /* a reset must not set the stage going again */
    if (guard_latched(guard, trip->interlock)) {
        return;
    }
    if (guard->trip_count == GUARD_TRIPS) {
        make_room(guard, trip);
    }
    if (guard->trip_count < GUARD_TRIPS) {
        guard->trips[guard->trip_count] = *trip;
        guard->trips[guard->trip_count].latched = 1U;
        guard->trip_count++;
    }
}

/* IL-38: the same alarm has stopped a run for the third time within the window. */
static void count_repeat(guard_t *guard, const guard_trip_t *trip)
{
    uint64_t *times_us = guard->repeat_us[trip->interlock];
    const uint64_t now_us = trip->time_us;
    const bool third = times_us[1] != 0U && now_us - times_us[1] <= PEN_IL38_WINDOW_US;
    times_us[1] = times_us[0];
    times_us[0] = now_us;
    if (third) {
        guard_trip_t repeats = *trip;
        repeats.interlock = PEN_IL_38;
        repeats.input = PEN_INPUT_REPEATS;
        repeats.value = PEN_IL38_REPEATS_COUNT;
        repeats.limit = PEN_IL38_REPEATS_COUNT;
        latch(guard, &repeats);
    }
}

_Static_assert(PEN_IL38_REPEATS_COUNT == 3, "the last two times of each interlock are kept");

void guard_trip(guard_t *guard, uint8_t interlock, uint8_t input, uint8_t stop, int32_t value, int32_t limit)
{
    const guard_trip_t trip = {.interlock = interlock, .input = input, .stop = stop, .value = value, .limit = limit,
                               .mode = guard->mode, .time_us = guard->now.time_us, .session_id = guard->now.session_id};
    const bool ran = guard->state == GUARD_RUN;
    guard_abort_proof(guard);
    latch(guard, &trip);
    if (ran && is_alarm(interlock)) {
        count_repeat(guard, &trip);
    }
    if (stop == PEN_STOP_KIND_C0 || !guard->drive_on) {
        guard_cut_drive(guard);
    } else if (guard->stop == PEN_STOP_KIND_NONE) {
        guard_begin_c1(guard, false);
    }
}

/* A stop of a run that does not latch; afterwards the pen is READY again, or STANDBY. */
void guard_halt(guard_t *guard, const guard_trip_t *why, bool ready)
{
    if (guard->state != GUARD_RUN) {
        return;
    }
    guard_trip_t trip = *why;
    trip.mode = guard->mode;
    trip.time_us = guard->now.time_us;
    trip.session_id = guard->now.session_id;
    guard->cause = trip.interlock;
    if (trip.stop == PEN_STOP_KIND_C0) {
        guard_cut_drive(guard);
        guard->state = ready ? GUARD_ARMED : GUARD_OFF;
    } else {
        guard_begin_c1(guard, ready);
        guard->state = GUARD_STOPPING;
    }
    if (is_alarm(trip.interlock)) {
        guard->unlatched = trip;
        count_repeat(guard, &trip);
    }
}

void guard_warn(guard_t *guard, uint8_t warning, int32_t value, int32_t limit)
{
    if (guard->warning_count < GUARD_WARNINGS) {
        guard->warnings[guard->warning_count] = (guard_warning_t){warning, value, limit};
        guard->warning_count++;
    }
}

void guard_restore(guard_t *guard, const guard_trip_t *trips, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (guard_interlock(trips[i].interlock)->latch != 0U) {
            guard_trip_t trip = trips[i];
            trip.restored = true;
            trip.answered = false;
            trip.session_id = 0U; /* the link session of that time is over */
            latch(guard, &trip);
        }
    }
    guard->supply_open = guard_latched(guard, PEN_IL_05) && guard->settings.restart_cause != PEN_RESTART_CAUSE_POWER_ON;
    guard->trips_posted = guard->trip_count; /* they were told when they happened */
}

/* IL-31, IL-17: how the controller restarted; a restart is no reset, and what it found stays latched. */
static void watch_restart(guard_t *guard)
{
    const uint8_t cause = guard->settings.restart_cause;
    guard->begun = true;
    if (cause == PEN_RESTART_CAUSE_WATCHDOG) {
        guard_trip(guard, PEN_IL_31, PEN_INPUT_RESTART, PEN_STOP_KIND_C0, cause, PEN_RESTART_CAUSE_POWER_ON);
    } else if (cause == PEN_RESTART_CAUSE_BROWN_OUT) {
        guard_trip(guard, PEN_IL_17, PEN_INPUT_RESTART, PEN_STOP_KIND_C0, cause, PEN_RESTART_CAUSE_POWER_ON);
    }
}

/* What the background found: IL-33 in every state, IL-29 while the drive is on (otherwise it refuses a start). */
void guard_watch_findings(guard_t *guard)
{
    if (!guard->begun) {
        watch_restart(guard);
    }
    if (guard->now.self_check != 0U) {
        guard_trip(guard, PEN_IL_33, PEN_INPUT_SELF_CHECK, PEN_STOP_KIND_C0, guard->now.self_check, 0);
    }
    if (guard->drive_on && guard->now.configuration_damaged != 0U) {
        guard_trip(guard, PEN_IL_29, PEN_INPUT_CONFIGURATION, PEN_STOP_KIND_C1, guard->now.configuration_damaged, 0);
    }
}
