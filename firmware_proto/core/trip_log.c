#include "trip_log.h"

#include <string.h>

_Static_assert((int)RECORDS_TRIPS >= (int)GUARD_TRIPS, "each trip that guard holds has its place in memory");

static uint8_t entries(const trip_log_t *log)
{
    uint8_t count = 0U;
    while (count < RECORDS_TRIPS && log->record.trips[count].interlock != 0U) {
        count++;
    }
    return count;
}

static uint64_t bit_of(uint8_t interlock)
{
    return interlock < 64U ? (uint64_t)1U << interlock : 0U;
}

static uint64_t latched_in_log(const trip_log_t *log)
{
    uint64_t latched = 0U;
    for (unsigned i = 0; i < RECORDS_TRIPS; i++) {
        latched |= log->record.trips[i].latched ? bit_of(log->record.trips[i].interlock) : 0U;
    }
    return latched;
}

static uint64_t latched_in_guard(const guard_t *guard)
{
    uint64_t latched = 0U;
    for (unsigned i = 0; i < guard->trip_count && i < GUARD_TRIPS; i++) {
        latched |= bit_of(guard->trips[i].interlock);
    }
    return latched;
}

/* The oldest first, as guard keeps them. */
static void hand_to_guard(const trip_log_t *log, guard_t *guard)
{
    guard_trip_t trips[GUARD_TRIPS];
    unsigned count = 0U;
    for (unsigned i = RECORDS_TRIPS; i > 0U && count < GUARD_TRIPS; i--) {
        const kept_trip_t *kept = &log->record.trips[i - 1U];
        if (kept->interlock != 0U && kept->latched) {
            trips[count] = (guard_trip_t){.interlock = kept->interlock,
                                          .input = kept->input,
                                          .stop = kept->stop,
                                          .latched = 1U,
                                          .restored = true,
                                          .mode = kept->mode,
                                          .value = kept->value,
                                          .limit = kept->limit,
                                          .time_us = kept->time_us};
            count++;
        }
    }
    guard_restore(guard, trips, count);
}

void trip_log_init(trip_log_t *log, const trips_record_t *kept, uint32_t boot, guard_t *guard)
{
    memset(log, 0, sizeof *log);
    log->record = *kept;
    log->boot = boot;
    log->latched = latched_in_log(log);
    hand_to_guard(log, guard);
}

/* Where the oldest entry stands that is not latched; RECORDS_TRIPS when all are. What is latched gives way to nothing:
 * off and on would end it without its reset. */
static unsigned oldest_not_latched(const trip_log_t *log)
{
    for (unsigned i = RECORDS_TRIPS; i > 0U; i--) {
        if (!log->record.trips[i - 1U].latched) {
            return i - 1U;
        }
    }
    return RECORDS_TRIPS;
}

/* The entry of now stands for an interlock that is latched: an earlier one of the same holds no place. */
static void unlatch(trip_log_t *log, uint8_t interlock)
{
    for (unsigned i = 0; i < RECORDS_TRIPS; i++) {
        kept_trip_t *kept = &log->record.trips[i];
        kept->latched = kept->latched && kept->interlock != interlock;
    }
}

static void add(trip_log_t *log, snapshots_t *snapshots, const guard_trip_t *trip)
{
    if (trip->latched != 0U) {
        unlatch(log, trip->interlock);
    }
    const unsigned last = oldest_not_latched(log);
    if (last == RECORDS_TRIPS) { /* guard holds no more than these, so this one stopped the pen without a latch */
        return;
    }
    for (unsigned i = last; i > 0U; i--) {
        log->record.trips[i] = log->record.trips[i - 1U];
        log->snapshot[i] = log->snapshot[i - 1U];
    }
    log->record.trips[0] = (kept_trip_t){.interlock = trip->interlock,
                                         .input = trip->input,
                                         .stop = trip->stop,
                                         .mode = trip->mode,
                                         .latched = trip->latched != 0U,
                                         .value = trip->value,
                                         .limit = trip->limit,
                                         .time_us = trip->time_us,
                                         .boot = log->boot};
    log->snapshot[0] = snapshots_begin(snapshots);
    log->latched = latched_in_log(log);
    log->changed = true;
}

static void follow(trip_log_t *log, const guard_t *guard)
{
    if (log->latched == 0U) {
        return;
    }
    const uint64_t latched = latched_in_guard(guard);
    if ((log->latched & ~latched) == 0U) {
        return;
    }
    for (unsigned i = 0; i < RECORDS_TRIPS; i++) {
        kept_trip_t *kept = &log->record.trips[i];
        kept->latched = kept->latched && (latched & bit_of(kept->interlock)) != 0U;
    }
    log->latched = latched_in_log(log);
    log->changed = true;
}

static void take_new(trip_log_t *log, snapshots_t *snapshots, const guard_t *guard)
{
    if (guard->unlatched.interlock != 0U) {
        add(log, snapshots, &guard->unlatched);
    }
    for (unsigned i = guard->trips_posted; i < guard->trip_count && i < GUARD_TRIPS; i++) {
        if (!guard->trips[i].restored) { /* the log has those already */
            add(log, snapshots, &guard->trips[i]);
        }
    }
}

void trip_log_tick(trip_log_t *log, snapshots_t *snapshots, const guard_t *guard)
{
    follow(log, guard); /* first: what was reset gives its place to what is new */
    take_new(log, snapshots, guard);
}

/* NULL when there is no such entry. */
static const kept_trip_t *find(const trip_log_t *log, int32_t index)
{
    return index >= 0 && index < entries(log) ? &log->record.trips[index] : NULL;
}

static result_t no_such_entry(const trip_log_t *log, int32_t index)
{
    return guard_refuse(PEN_REASON_NO_SUCH_ENTRY, index, entries(log));
}

/* A pen that has not tripped yet answers GET_TRIP 0 with an empty one: there is nothing wrong with the question. */
result_t trip_log_trip(const trip_log_t *log, const snapshots_t *snapshots, int32_t index, pen_trip_t *message)
{
    const uint8_t count = entries(log);
    if (index == 0 && count == 0U) {
        *message = (pen_trip_t){.index = 0U};
        return guard_accept();
    }
    const kept_trip_t *kept = find(log, index);
    if (kept == NULL) {
        return no_such_entry(log, index);
    }
    *message = (pen_trip_t){.index = (uint8_t)index,
                            .count = count,
                            .interlock = kept->interlock,
                            .latched = kept->latched ? 1U : 0U,
                            .input = kept->input,
                            .stop = kept->stop,
                            .value = kept->value,
                            .limit = kept->limit,
                            .time_us = kept->time_us,
                            .boot = kept->boot,
                            .snapshot_parts = snapshots_parts(snapshots, log->snapshot[kept - log->record.trips])};
    return guard_accept();
}

result_t trip_log_snapshot(const trip_log_t *log, const snapshots_t *snapshots, int32_t index, int32_t part,
                           pen_snapshot_t *message)
{
    const kept_trip_t *kept = find(log, index);
    if (kept == NULL) {
        return no_such_entry(log, index);
    }
    const uint32_t number = log->snapshot[kept - log->record.trips];
    const uint8_t parts = snapshots_parts(snapshots, number);
    if (part < 0 || part >= parts) {
        return guard_refuse(PEN_REASON_NO_SUCH_ENTRY, part, parts);
    }
    message->index = (uint8_t)index;
    snapshots_part(snapshots, number, (uint8_t)part, kept->time_us, message);
    return guard_accept();
}
