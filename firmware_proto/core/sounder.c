#include "sounder.h"

#include "pen_interlocks.h"
#include "pen_io.h"

enum { UNLATCHED_US = 2000000 /* how long a stop is told of that has released by itself */ };

_Static_assert((int)PEN_SOUNDER_HIGH == (int)PEN_PRIORITY_HIGH && (int)PEN_SOUNDER_MEDIUM == (int)PEN_PRIORITY_MEDIUM
                   && (int)PEN_SOUNDER_LOW == (int)PEN_PRIORITY_LOW && (int)PEN_SOUNDER_INFO == (int)PEN_PRIORITY_INFO,
               "the sounder's words have the numbers of the priorities");

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

static uint8_t latched_priority(const guard_t *guard)
{
    uint8_t highest = PEN_SOUNDER_NONE;
    for (unsigned i = 0; i < guard->trip_count && i < GUARD_TRIPS; i++) {
        const uint8_t priority = priority_of(guard, guard->trips[i].interlock);
        highest = priority > highest ? priority : highest;
    }
    return highest;
}

uint8_t sounder_tick(sounder_t *sounder, const guard_t *guard, bool testing)
{
    if (guard->unlatched.interlock != 0U) {
        sounder->priority = priority_of(guard, guard->unlatched.interlock);
        sounder->since_us = guard->now.time_us;
    }
    if (guard->trip_count != 0U) {
        return latched_priority(guard);
    }
    if (sounder->priority != PEN_SOUNDER_NONE) {
        if (guard->now.time_us - sounder->since_us < UNLATCHED_US) {
            return sounder->priority;
        }
        sounder->priority = PEN_SOUNDER_NONE;
    }
    return testing ? PEN_SOUNDER_INFO : PEN_SOUNDER_NONE;
}
