/* Rate: overspeed (IL-11), by whole strokes. */
#include "guard_parts.h"

#include "pen_device.h"

enum {
    FASTEST_PERMILLE = 1000 + PEN_IL11_FASTEST_PERMILLE, /* one stroke this far above the mode's cap trips at once */
    WAY_MS = PEN_IL11_WINDOW_US / 1000
};

_Static_assert((int)WAY_MS < (int)GUARD_PATH_MS, "the shaft's way is kept for long enough");

_Static_assert(PEN_IL07_LOST_US == PEN_IL11_LOST_US, "one time for every sensor that guard looks at");

static int32_t permille_of(int32_t rate_mhz, int32_t permille)
{
    return (int32_t)(((int64_t)rate_mhz * permille) / 1000);
}

/* A stroke more than 10 % above the setpoint starts the clock, one less than 5 % above it stops the clock. */
static void watch_set_rate(guard_t *guard)
{
    const int32_t set_limit_mhz = permille_of(guard->rate_set_mhz, 1000 + PEN_IL11_OVER_SET_PERMILLE);
    const int32_t clear_mhz = permille_of(guard->rate_set_mhz, 1000 + PEN_IL11_CLEAR_PERMILLE);
    if (guard->rate.stroke_mhz < clear_mhz) {
        guard->overspeed = false;
    } else if (guard->rate.stroke_mhz > set_limit_mhz) {
        if (!guard->overspeed) {
            guard->overspeed = true;
            const uint64_t start_us = guard->rate.stroke_start_us;
            guard->overspeed_since_us = start_us > guard->rate_set_us ? start_us : guard->rate_set_us;
        } else if (guard->now.time_us - guard->overspeed_since_us >= PEN_IL11_WINDOW_US) {
            guard_trip(guard, PEN_IL_11, PEN_INPUT_SHAFT_RATE, PEN_STOP_KIND_C0, guard->rate.stroke_mhz, set_limit_mhz);
        }
    }
}

/* IL-11: at each quarter turn; and no valid shaft reading means that the rate is not known. */
static void watch_overspeed(guard_t *guard, bool quarter_passed)
{
    if (guard_reading_lost(&guard->shaft_doubt, guard->rate.valid_us == guard->now.time_us)) {
        guard_trip(guard, PEN_IL_11, PEN_INPUT_SHAFT_SENSOR, PEN_STOP_KIND_C0, GUARD_LOST_US, GUARD_LOST_US);
        return;
    }
    if (!quarter_passed) {
        return;
    }
    const int32_t cap_mhz = guard_limits(guard)->rate_max_mhz;
    if (guard->rate.window_mhz > cap_mhz) {
        guard_trip(guard, PEN_IL_11, PEN_INPUT_SHAFT_RATE, PEN_STOP_KIND_C0, guard->rate.window_mhz, cap_mhz);
    } else if (guard->rate.stroke_mhz > permille_of(cap_mhz, FASTEST_PERMILLE)) {
        guard_trip(guard, PEN_IL_11, PEN_INPUT_SHAFT_RATE, PEN_STOP_KIND_C0, guard->rate.stroke_mhz, cap_mhz);
    } else {
        watch_set_rate(guard);
    }
}

/* IL-11 without quarter turns, for a sensor that goes back and forth so much that none can be told: the way that the shaft
 * has come. As a mean over 50 ms that far above the cap, one stroke at least was so fast. */
static void watch_way(guard_t *guard)
{
    const int32_t cap_mhz = guard_limits(guard)->rate_max_mhz;
    const int64_t turns_scaled = (int64_t)guard_moved_counts(guard, WAY_MS) * (1000000 / WAY_MS);
    const int32_t mean_mhz = saturate32(turns_scaled / PEN_SHAFT_COUNTS);
    if (mean_mhz > permille_of(cap_mhz, FASTEST_PERMILLE)) {
        guard_trip(guard, PEN_IL_11, PEN_INPUT_SHAFT_RATE, PEN_STOP_KIND_C0, mean_mhz, cap_mhz);
    }
}

void guard_watch_rate(guard_t *guard, bool quarter_passed)
{
    watch_overspeed(guard, quarter_passed);
    if (guard->drive_on && guard_each_ms(guard)) {
        watch_way(guard);
    }
}
