/* The nose on the skin: over-force (IL-15), contact, and contact lost (IL-23). */
#include "guard_parts.h"

#include "pen_device.h"

enum {
    MEANS = PEN_IL15_MEAN_US / 1000,
    CONTACT_MN = PEN_IL23_CONTACT_MN,
    NO_CONTACT_MN = PEN_IL23_RELEASE_MN,
    TOUCHING_TICKS = 500 / PEN_TICK_US, /* assumed: in each stroke the skin is felt for longer, a false reading is not so long */
    LIFTED_TICKS = 20000 / PEN_TICK_US, /* assumed: a hand lifts for longer */
    LEAST_MN = -1000,  /* what the self-test takes for a press; no spring pulls, so that anything below is no reading */
    MOST_MN = 1000000  /* a reading beyond it counts as this */
};

/* A wrong reading leaves the press as it was, so that it takes nothing from the mean. */
static bool read_press(guard_t *guard)
{
    const int32_t press_mn = guard->now.press_mn;
    if (press_mn < LEAST_MN) {
        return false;
    }
    guard->press.press_mn = press_mn > MOST_MN ? MOST_MN : press_mn;
    return true;
}

/* The nose is on the skin while it is felt in each stroke, between which it may hardly press; it has been lifted when it
 * was mostly not felt for a time. One reading is neither. */
static void follow_contact(guard_t *guard, bool valid)
{
    guard_press_t *press = &guard->press;
    const bool touching = valid && press->press_mn >= (press->contact ? NO_CONTACT_MN : CONTACT_MN);
    press->touch_ticks = (uint8_t)(touching ? press->touch_ticks + 1U : 0U);
    if (press->touch_ticks >= TOUCHING_TICKS) {
        press->touch_ticks = TOUCHING_TICKS;
        press->contact = true;
        press->contact_us = guard->now.time_us;
    }
    const bool away = valid && press->press_mn < NO_CONTACT_MN;
    press->contact = press->contact && !away;
    if (guard_lasts(&press->away_ticks, away, LIFTED_TICKS)) {
        guard->lift_needed = false;
    }
}

/* IL-15: the first times the pen is READY again once it was lifted; the last one latches. */
static void stop_by_force(guard_t *guard, int32_t value, int32_t limit)
{
    guard_press_t *press = &guard->press;
    press->over_forces++;
    press->hard_strokes = 0U;
    press->away_ticks = 0U;
    guard->lift_needed = true;
    if (press->over_forces >= PEN_IL15_REPEATS_COUNT) {
        guard_trip(guard, PEN_IL_15, PEN_INPUT_PRESS, PEN_STOP_KIND_C0, value, limit);
        return;
    }
    const guard_trip_t why = {.interlock = PEN_IL_15, .input = PEN_INPUT_PRESS, .stop = PEN_STOP_KIND_C0,
                              .value = value, .limit = limit};
    guard_halt(guard, &why, true);
}

/* The mean over the last 20 ms, moved on by one millisecond. */
static int32_t moving_mean_mn(guard_press_t *press)
{
    const int32_t mean_mn = press->sum_mn / 10;
    int32_t *oldest_mn = &press->means_mn[press->ms % MEANS];
    press->window_mn += mean_mn - *oldest_mn;
    *oldest_mn = mean_mn;
    press->ms++;
    press->sum_mn = 0;
    return press->window_mn / MEANS;
}

static void watch_mean(guard_t *guard)
{
    const int32_t mean_mn = moving_mean_mn(&guard->press);
    const int32_t most_mn = guard->mode == PEN_MODE_CLINICAL ? PEN_IL15_MEAN_MN : PEN_IL15_HOME_MEAN_MN;
    if (guard->state == GUARD_RUN && mean_mn > most_mn) {
        stop_by_force(guard, mean_mn, most_mn);
    }
}

/* At the end of each stroke: its peak. */
static void watch_peak(guard_t *guard)
{
    guard_press_t *press = &guard->press;
    const int32_t most_mn = guard->mode == PEN_MODE_CLINICAL ? PEN_IL15_PEAK_MN : PEN_IL15_HOME_PEAK_MN;
    const int32_t peak_mn = press->peak_mn;
    press->peak_mn = INT32_MIN;
    press->hard_strokes = (uint8_t)(peak_mn > most_mn ? press->hard_strokes + 1U : 0U);
    if (press->hard_strokes >= PEN_IL15_STROKES_COUNT) {
        stop_by_force(guard, peak_mn, most_mn);
    }
}

/* IL-23 */
static void watch_contact(guard_t *guard)
{
    const uint64_t from_us = guard->press.contact_us > guard->drive_on_us ? guard->press.contact_us : guard->drive_on_us;
    const uint64_t away_us = guard->now.time_us - from_us;
    if (away_us > PEN_IL23_NO_CONTACT_US) {
        const guard_trip_t why = {.interlock = PEN_IL_23, .input = PEN_INPUT_CONTACT, .stop = PEN_STOP_KIND_C1,
                                  .value = (int32_t)away_us, .limit = PEN_IL23_NO_CONTACT_US};
        guard_halt(guard, &why, true);
    }
}

/* IL-15: a press that is not known counts as too hard. */
static void watch_reading(guard_t *guard, bool valid)
{
    if (guard_reading_lost(&guard->press.doubt, valid) && guard->state == GUARD_RUN) {
        stop_by_force(guard, guard->now.press_mn, LEAST_MN);
    }
}

void guard_watch_press(guard_t *guard)
{
    guard_press_t *press = &guard->press;
    const bool valid = read_press(guard);
    follow_contact(guard, valid);
    watch_reading(guard, valid);
    press->sum_mn += press->press_mn;
    press->peak_mn = press->press_mn > press->peak_mn ? press->press_mn : press->peak_mn;
    if (guard_each_ms(guard)) {
        watch_mean(guard);
    }
    if (guard->state == GUARD_RUN) {
        watch_contact(guard);
        if (guard->stroke_ended) {
            watch_peak(guard);
        }
    }
}
