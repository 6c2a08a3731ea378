/* What the files of guard share, and nobody else uses. */
#ifndef PEN_GUARD_PARTS_H
#define PEN_GUARD_PARTS_H

#include "guard.h"
#include "saturate.h"

/* guard_trips.c */
void guard_trip(guard_t *guard, uint8_t interlock, uint8_t input, uint8_t stop, int32_t value, int32_t limit);
void guard_halt(guard_t *guard, const guard_trip_t *why, bool ready);
void guard_warn(guard_t *guard, uint8_t warning, int32_t value, int32_t limit);
bool guard_latched(const guard_t *guard, uint8_t interlock);
void guard_drop_trip(guard_t *guard, unsigned index);
void guard_watch_findings(guard_t *guard);

/* guard_stop.c */
void guard_cut_drive(guard_t *guard);
void guard_begin_c1(guard_t *guard, bool rearm);
void guard_finish_c1(guard_t *guard);
void guard_confirm_clear(guard_t *guard);
bool guard_near_top(const guard_t *guard);
bool guard_needles_clear(const guard_t *guard);
uint8_t guard_stage_enable(const guard_t *guard);

/* guard_inputs.c */
void guard_watch_inputs(guard_t *guard);
bool guard_contacts_agree(const guard_t *guard);
int32_t guard_bar_in_reach_um(int32_t bar_um); /* IL-09: the nearest place where a bar can be */
bool guard_link_alive(const guard_t *guard);

/* guard_depth.c */
void guard_measure_depth(guard_t *guard);
void guard_follow_turnings(guard_t *guard);
void guard_watch_depth(guard_t *guard);

/* guard_sensors.c */
void guard_measure_sensors(guard_t *guard, bool quarter_passed);
void guard_watch_sensors(guard_t *guard, bool quarter_passed);
void guard_watch_reference(guard_t *guard);

/* guard_rate.c */
void guard_watch_rate(guard_t *guard, bool quarter_passed);

/* guard_motion.c */
void guard_follow_shaft(guard_t *guard);
int32_t guard_moved_counts(const guard_t *guard, uint32_t ms);

/* guard_slow.c */
void guard_watch_strokes(guard_t *guard, bool quarter_passed);

/* guard_power.c */
void guard_watch_power(guard_t *guard);
result_t guard_power_ready(const guard_t *guard);

/* guard_warmth.c */
void guard_watch_warmth(guard_t *guard);
result_t guard_cool(const guard_t *guard);

/* guard_press.c */
void guard_watch_press(guard_t *guard);

/* guard_drive.c */
void guard_watch_drive(guard_t *guard);

/* guard_cartridge.c */
void guard_watch_cartridge(guard_t *guard);
result_t guard_cartridge_seated(const guard_t *guard);

/* guard_clock.c */
void guard_watch_clocks(guard_t *guard);

/* guard_proof.c */
void guard_prove(guard_t *guard);
void guard_abort_proof(guard_t *guard);

enum { GUARD_MOUNTS = 8 };

/* Time in the other state counts up, time in this one counts down: what chatters is what it mostly is. */
static inline bool guard_lasts(uint16_t *ticks, bool there, uint16_t most)
{
    if (!there) {
        *ticks = (uint16_t)(*ticks - (*ticks > 0U ? 1U : 0U));
        return false;
    }
    if (*ticks < most) {
        (*ticks)++;
        return false;
    }
    return true;
}

/* The same for what has no reason to be there for a moment and then not, again and again: a tick of it is made up for by
 * eight without, so that nothing which chatters for more than a ninth of the time stays below its limit for ever. */
static inline bool guard_mounts(uint16_t *doubt, bool there, uint16_t most_ticks)
{
    if (!there) {
        *doubt = (uint16_t)(*doubt - (*doubt > 0U ? 1U : 0U));
        return false;
    }
    if (*doubt < most_ticks * GUARD_MOUNTS) {
        *doubt = (uint16_t)(*doubt + GUARD_MOUNTS);
        return false;
    }
    return true;
}

/* Once in a millisecond. */
static inline bool guard_each_ms(const guard_t *guard)
{
    return guard->ticks % 10U == 0U;
}

static inline int32_t guard_size(int32_t value)
{
    return value < 0 ? (value == INT32_MIN ? INT32_MAX : -value) : value;
}

/* One reading less another, of which either may be garbage. */
static inline int32_t guard_less(int32_t value, int32_t from)
{
    return saturate32((int64_t)value - from);
}

/* Whether a sensor's readings have been missing for too long, at once or again and again. */
bool guard_reading_lost(uint8_t *doubt, bool valid);

enum {
    GUARD_LOST_US = PEN_IL07_LOST_US /* no valid reading for so long while the drive is on: in doubt, off. A shaft
                                      * gets no further than a quarter turn meanwhile, so that no movement in a
                                      * shorter gap is ambiguous. */
};

#endif
