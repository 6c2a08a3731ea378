#include "sounder.h"

#include "pen_interlocks.h"
#include "pen_io.h"

enum { UNLATCHED_US = 2000000 /* how long a stop is told of that has released by itself */ };

static uint8_t sound_of(uint8_t priority)
{
    switch (priority) {
    case PEN_PRIORITY_HIGH:
        return PEN_SOUNDER_HIGH;
    case PEN_PRIORITY_MEDIUM:
        return PEN_SOUNDER_MEDIUM;
    case PEN_PRIORITY_LOW:
        return PEN_SOUNDER_LOW;
    case PEN_PRIORITY_INFO:
        return PEN_SOUNDER_INFO;
    default:
        return PEN_SOUNDER_NONE;
    }
}

/* What is not seen inside the nose counts as outside. */
static bool needles_out(const guard_t *guard)
{
    return guard->now.bar_um >= 0 || guard->now.bar_um == INT32_MIN;
}

static uint8_t priority_of(const guard_t *guard, uint8_t interlock)
{
    const guard_interlock_t *row = guard_interlock(interlock);
    return needles_out(guard) ? row->priority_not_clear : row->priority;
}

/* Needles that stand out of the nose after a trip have to be lifted out, whatever the trip was. */
static uint8_t latched_priority(const guard_t *guard)
{
    if (needles_out(guard)) {
        return PEN_PRIORITY_HIGH;
    }
    uint8_t highest = PEN_PRIORITY_NONE;
    for (unsigned i = 0; i < guard->trip_count && i < GUARD_TRIPS; i++) {
        const uint8_t priority = priority_of(guard, guard->trips[i].interlock);
        highest = priority > highest ? priority : highest;
    }
    return highest;
}

static uint8_t choose(sounder_t *sounder, const guard_t *guard, bool testing)
{
    if (guard->unlatched.interlock != 0U) {
        sounder->priority = priority_of(guard, guard->unlatched.interlock);
        sounder->since_us = guard->now.time_us;
    }
    if (guard->trip_count != 0U) {
        return sound_of(latched_priority(guard));
    }
    if (sounder->priority != PEN_PRIORITY_NONE) {
        if (guard->now.time_us - sounder->since_us < UNLATCHED_US) {
            const bool lift = !guard->drive_on && !guard->clear_pending && needles_out(guard);
            return sound_of(lift ? PEN_PRIORITY_HIGH : sounder->priority);
        }
        sounder->priority = PEN_PRIORITY_NONE;
    }
    return testing ? PEN_SOUNDER_INFO : PEN_SOUNDER_NONE;
}

uint8_t sounder_tick(sounder_t *sounder, const guard_t *guard, bool testing)
{
    sounder->playing = choose(sounder, guard, testing);
    return sounder->playing;
}
