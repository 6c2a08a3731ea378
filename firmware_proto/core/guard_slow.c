/* Too slow, stuck, or counted wrongly: underspeed (IL-12), stall (IL-13), strokes at the bar against the shaft (IL-45). */
#include "guard_parts.h"

#include "pen_device.h"

enum {
    STALL_MS = PEN_IL13_WINDOW_US / 1000,
    STROKES = PEN_IL45_STROKES_COUNT,
    TURNS_COUNTS = STROKES * PEN_SHAFT_COUNTS,
    MOST_APART_COUNTS = TURNS_COUNTS * PEN_IL45_DIFFERENCE_PERMILLE / 1000,
    CROSSING_UM = PEN_STROKE_UM / 6 /* to either side of the middle of the bar's travel: no noise crosses both */
};

_Static_assert((int)STALL_MS < (int)GUARD_PATH_MS, "the shaft's way is kept for long enough");

static int32_t permille_of(int32_t rate_mhz, int32_t permille)
{
    return (int32_t)(((int64_t)rate_mhz * permille) / 1000);
}

static void begin_underspeed(guard_t *guard)
{
    const uint64_t ready_us = guard->drive_on_us + PEN_IL12_SPIN_UP_US;
    guard->slow.underspeed = true;
    guard->slow.underspeed_since_us = guard->rate.stroke_start_us > ready_us ? guard->rate.stroke_start_us : ready_us;
}

/* IL-12: a stroke more than 15 % below the setpoint starts the clock, one less than 8 % below it stops the clock. */
static void watch_underspeed(guard_t *guard)
{
    guard_slow_t *slow = &guard->slow;
    const int32_t low_mhz = permille_of(guard->rate_set_mhz, 1000 - PEN_IL12_UNDER_SET_PERMILLE);
    const int32_t clear_mhz = permille_of(guard->rate_set_mhz, 1000 - PEN_IL12_CLEAR_PERMILLE);
    const int32_t rate_mhz = guard->rate.stroke_mhz;
    if (rate_mhz > clear_mhz || guard->now.time_us - guard->drive_on_us < PEN_IL12_SPIN_UP_US) {
        slow->underspeed = false;
    } else if (rate_mhz < low_mhz && !slow->underspeed) {
        begin_underspeed(guard);
    }
    if (slow->underspeed && guard->now.time_us - slow->underspeed_since_us > PEN_IL12_WINDOW_US) {
        const guard_trip_t why = {.interlock = PEN_IL_12, .input = PEN_INPUT_SHAFT_RATE, .stop = PEN_STOP_KIND_C1,
                                  .value = rate_mhz, .limit = low_mhz};
        guard_halt(guard, &why, true);
    }
}

/* IL-13: by how far the shaft has come, so that one that stands is seen as soon as one that creeps. */
static void watch_stall(guard_t *guard)
{
    if (guard->now.time_us - guard->drive_on_us < PEN_IL13_SPIN_UP_US + PEN_IL13_WINDOW_US) {
        return;
    }
    const int64_t turns_scaled = (int64_t)guard_moved_counts(guard, STALL_MS) * (1000000 / STALL_MS);
    const int32_t mean_mhz = (int32_t)(turns_scaled / PEN_SHAFT_COUNTS);
    const int32_t least_mhz = permille_of(guard->rate_set_mhz, PEN_IL13_OF_SET_PERMILLE);
    if (mean_mhz < least_mhz) {
        guard_trip(guard, PEN_IL_13, PEN_INPUT_SHAFT_RATE, PEN_STOP_KIND_C0, mean_mhz, least_mhz);
    }
}

/* Rate by the bar, and the bound that the shaft's rate sets for it. */
static void trip_apart(guard_t *guard, int32_t moved_counts, uint64_t since_us)
{
    const uint64_t time_us = guard->now.time_us > since_us ? guard->now.time_us - since_us : 1U;
    const int32_t bar_mhz = (int32_t)(STROKES * 1000000000ULL / time_us);
    const int32_t shaft_mhz = (int32_t)((int64_t)bar_mhz * moved_counts / TURNS_COUNTS);
    const int32_t apart = moved_counts < TURNS_COUNTS ? 1000 + PEN_IL45_DIFFERENCE_PERMILLE : 1000 - PEN_IL45_DIFFERENCE_PERMILLE;
    guard_trip(guard, PEN_IL_45, PEN_INPUT_RATE_DIFFERENCE, PEN_STOP_KIND_C0, bar_mhz, permille_of(shaft_mhz, apart));
}

static int32_t way_since(const guard_t *guard, int32_t counts)
{
    return guard_size((int32_t)((uint32_t)guard->path.counts - (uint32_t)counts));
}

static void count_crossing(guard_t *guard, guard_crossings_t *seen)
{
    if (seen->crossings >= STROKES) {
        const int32_t moved_counts = way_since(guard, seen->counts[STROKES - 1]);
        if (guard_size(moved_counts - TURNS_COUNTS) > MOST_APART_COUNTS) {
            trip_apart(guard, moved_counts, seen->time_us[STROKES - 1]);
        }
    }
    for (unsigned i = STROKES - 1; i > 0U; i--) {
        seen->counts[i] = seen->counts[i - 1U];
        seen->time_us[i] = seen->time_us[i - 1U];
    }
    seen->counts[0] = guard->path.counts;
    seen->time_us[0] = guard->now.time_us;
    seen->crossings = (uint8_t)(seen->crossings < STROKES ? seen->crossings + 1U : STROKES);
}

/* IL-45: the bar passes the middle of its travel downwards once a stroke, and upwards once; between three such crossings
 * in one direction the shaft has made three turns. Both directions, so that no more than half a stroke is waited for; in a
 * controlled stop, which may turn back half-way, downwards only. */
static void watch_crossings(guard_t *guard)
{
    guard_slow_t *slow = &guard->slow;
    if (guard->now.bar_um == INT32_MIN || guard->now.stage_um == INT32_MIN) {
        return;
    }
    const int64_t from_middle_um = (int64_t)guard->now.bar_um - guard_stage_depth_um(guard) + PEN_STROKE_UM / 2;
    if (from_middle_um < -CROSSING_UM && !slow->above) {
        slow->above = true;
        if (slow->below && guard->state == GUARD_RUN) {
            count_crossing(guard, &slow->up);
        }
        slow->below = false;
    } else if (from_middle_um > CROSSING_UM && !slow->below) {
        slow->below = true;
        if (slow->above) {
            count_crossing(guard, &slow->down);
        }
        slow->above = false;
    }
}

/* IL-45: and the other way round, a shaft that turns on without another stroke of the bar. */
static void watch_missing_stroke(guard_t *guard, const guard_crossings_t *seen)
{
    const unsigned oldest = STROKES - 2;
    const int32_t way = way_since(guard, seen->counts[oldest]);
    if (seen->crossings > oldest + 1U && way > TURNS_COUNTS + MOST_APART_COUNTS) {
        trip_apart(guard, way, seen->time_us[oldest]);
    }
}

void guard_watch_strokes(guard_t *guard, bool quarter_passed)
{
    watch_crossings(guard);
    if (quarter_passed) {
        watch_missing_stroke(guard, &guard->slow.down);
        if (guard->state == GUARD_RUN) {
            watch_missing_stroke(guard, &guard->slow.up);
        }
    }
    if (guard->state == GUARD_RUN && guard_each_ms(guard)) {
        watch_underspeed(guard);
        watch_stall(guard);
    }
}
