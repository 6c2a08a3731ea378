/* The tick and its two clocks (IL-32). */
#include "guard_parts.h"

#include "pen_device.h"

enum { CHECK_TICKS = PEN_IL32_WINDOW_US / PEN_TICK_US / 2 /* two checks in a window: each looks back over the whole of it */ };

static void trip_clock(guard_t *guard, uint8_t input, uint64_t value, int32_t limit)
{
    guard_trip(guard, PEN_IL_32, input, PEN_STOP_KIND_C0, value < INT32_MAX ? (int32_t)value : INT32_MAX, limit);
}

static void watch_gap(guard_t *guard)
{
    guard_clocks_t *clocks = &guard->clocks;
    const uint64_t now_us = guard->now.time_us;
    if (now_us < clocks->time_us) {
        trip_clock(guard, PEN_INPUT_TICK, 0U, 0);
    } else if (now_us - clocks->time_us > PEN_IL32_GAP_US) {
        trip_clock(guard, PEN_INPUT_TICK, now_us - clocks->time_us, PEN_IL32_GAP_US);
    }
    clocks->time_us = now_us;
}

/* By the count of ticks, so that a clock that stands is seen, too. */
static void compare_clocks(guard_t *guard)
{
    guard_clocks_t *clocks = &guard->clocks;
    const unsigned oldest = clocks->checks % 2U;
    const uint64_t first_us = guard->now.time_us - clocks->then_us[oldest];
    const uint64_t second_us = (uint32_t)(guard->now.clock2_us - clocks->then2_us[oldest]);
    const uint64_t apart_us = first_us > second_us ? first_us - second_us : second_us - first_us;
    const uint64_t longer_us = first_us > second_us ? first_us : second_us;
    if (clocks->checks >= 2U && apart_us * 1000U > longer_us * PEN_IL32_DIFFERENCE_PERMILLE) {
        trip_clock(guard, PEN_INPUT_CLOCK, apart_us, PEN_IL32_WINDOW_US / 1000 * PEN_IL32_DIFFERENCE_PERMILLE);
    }
    clocks->then_us[oldest] = guard->now.time_us;
    clocks->then2_us[oldest] = guard->now.clock2_us;
    clocks->checks = (uint8_t)(clocks->checks < 254U ? clocks->checks + 1U : 3U); /* stays odd or even in turn */
}

void guard_watch_clocks(guard_t *guard)
{
    guard_clocks_t *clocks = &guard->clocks;
    if (guard->ticks == 0U) {
        clocks->time_us = guard->now.time_us;
    }
    watch_gap(guard);
    clocks->ticks++;
    if (clocks->ticks >= CHECK_TICKS) {
        clocks->ticks = 0U;
        compare_clocks(guard);
    }
}
