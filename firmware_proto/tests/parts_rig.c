/* Parts of control and guard alone, for the tests: the trim of the depth stage, the proof of a self-test while trips are
 * latched, a clock that jumps, and checks of guard that another one forestalls in a whole guard. Each prints one number. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "depth.h"
#include "guard_parts.h"
#include "rate_meter.h"
#include "selftest.h"

enum { TARGET_UM = 2490, CAP_UM = 2500, SHALLOW_UM = 2400, MANY_TICKS = 1000 };

/* Strokes that are too shallow, with one and the same reading of sensor A: the steps that the trim has added. */
static int trim(int32_t stage_um)
{
    depth_t depth;
    depth_init(&depth);
    depth.referenced = true;
    depth.target_um = TARGET_UM;
    depth.settle_ticks = MANY_TICKS;
    depth.zero_um = PEN_STAGE_HOME_UM; /* so that sensor A reads the depth itself */
    static guard_t guard;
    const pen_inputs_t in = {.stage_um = stage_um};
    for (int i = 0; i < DEPTH_TRIM_STROKES; i++) {
        guard.strokes++;
        guard.stroke_depth_um = SHALLOW_UM;
        depth_trim(&depth, &guard, &in, CAP_UM);
    }
    return depth.trim_steps;
}

/* What a reset asked for is proved by the whole self-test: whether guard still asks after the proof alone. */
static int proof(void)
{
    static guard_t guard;
    depth_t depth;
    depth_init(&depth);
    guard.state = GUARD_LATCHED;
    guard.self_test_needed = true;
    guard.proof.result = GUARD_PROOF_PASSED;
    selftest_t test = {.phase = SELFTEST_PROOF};
    const pen_inputs_t in = {.estop_a_closed = 1};
    const selftest_facts_t facts = {.found = 0};
    (void)selftest_tick(&test, &depth, &guard, &in, &facts);
    return test.phase == SELFTEST_HELD && guard.self_test_needed ? 1 : 0;
}

/* A shaft that turns while the clock jumps by powers of two: what the sanitizer finds ends the program. */
static int jump(void)
{
    int edges = 0;
    for (unsigned bit = 0; bit < 64; bit++) {
        rate_meter_t meter;
        rate_meter_init(&meter);
        uint64_t time_us = 1000000;
        for (int32_t i = 0; i < 4000; i++) {
            time_us += i % 1000 == 999 ? (uint64_t)1 << bit : 100U;
            const int32_t turned = bit % 2U == 0U ? i * 41 : 1000000 - i * 41;
            edges += rate_meter_tick(&meter, turned % PEN_SHAFT_COUNTS, time_us, 50000) ? 1 : 0;
        }
    }
    return edges;
}

enum { COUNTS_PER_TICK = 41 /* 100 Hz */, QUARTER = PEN_SHAFT_COUNTS / 4, GOOD_TURNS = 6, ALL_TURNS = 12 };

/* A pen in RUN of which only a part looks: the shaft turns, the bar follows it for some turns. The hundredths of a turn
 * from the last good one to the trip, and its interlock; none for a trip that says less than nothing. */
static int alone(bool readings_end, void (*look)(guard_t *, bool))
{
    static guard_t guard;
    const guard_settings_t settings = {.bar_offset_um = 0};
    guard_init(&guard, &settings);
    guard.state = GUARD_RUN;
    guard.drive_on = true;
    guard.now.stage_um = readings_end ? INT32_MIN : 0; /* or the depths would be compared first */
    guard.now.bar_um = -PEN_STROKE_UM;
    guard_measure_sensors(&guard, false);
    for (int32_t at = 0; at < ALL_TURNS * PEN_SHAFT_COUNTS; at += COUNTS_PER_TICK) {
        const bool good = at < GOOD_TURNS * PEN_SHAFT_COUNTS;
        const int32_t in_turn = at % PEN_SHAFT_COUNTS;
        const int32_t from_top = in_turn < 2 * QUARTER ? in_turn : PEN_SHAFT_COUNTS - in_turn;
        guard.now.time_us += PEN_TICK_US;
        guard.ticks++;
        guard.now.bar_um = from_top * PEN_STROKE_UM / (2 * QUARTER) - PEN_STROKE_UM;
        if (!good) {
            guard.now.bar_um = readings_end ? INT32_MIN : -PEN_STROKE_UM;
        }
        const bool passed = rate_meter_tick(&guard.rate, in_turn, guard.now.time_us, 50000);
        guard_follow_shaft(&guard);
        guard_measure_depth(&guard);
        look(&guard, passed);
        guard_measure_sensors(&guard, passed);
        if (guard.trip_count > 0U && guard.trips[0].value >= 0) {
            return (at - GOOD_TURNS * PEN_SHAFT_COUNTS) * 100 / PEN_SHAFT_COUNTS * 1000 + guard.trips[0].interlock;
        }
    }
    return 0;
}

/* A contact that closes for some ticks in every so many, on a clock with some microseconds of jitter: for how many ticks a
 * command may wait for it at the most, and for how many milliseconds one press of it counts. */
enum { WAITS, HELD, PERIODS = 80, CHATTER_TICKS = 40000 };

static int chatter(int what)
{
    uint64_t most = 0U;
    uint32_t random = 1U;
    for (unsigned period = 2U; period < PERIODS; period++) {
        for (unsigned closed = 1U; closed < period; closed++) {
            guard_button_t button = {.released = false};
            uint64_t waited = 0U;
            for (unsigned i = 0U; i < CHATTER_TICKS; i++) {
                random = random * 1664525U + 1013904223U;
                const uint64_t now_us = 1000000U + i * (uint64_t)PEN_TICK_US + (random >> 30);
                guard_button_tick(&button, i > 1000U && i % period < closed, now_us);
                waited = guard_button_undecided(&button, now_us) ? waited + 1U : 0U;
                const uint64_t held_ms = button.pressed ? (now_us - button.pressed_us) / 1000U : 0U;
                const uint64_t now = what == WAITS ? waited : held_ms;
                most = now > most && (what == WAITS || period - closed > period / 8U) ? now : most;
            }
        }
    }
    return (int)most;
}

/* The part of the self-test at rest, with a tick in its middle that comes late by so many microseconds: the check that
 * fails, 0 for none, -1 when it does not end. */
static int late(uint32_t late_us)
{
    static guard_t guard;
    depth_t depth;
    depth_init(&depth);
    selftest_t test;
    selftest_begin(&test, 0U);
    const selftest_facts_t facts = {.firmware_genuine = true};
    pen_inputs_t in = {.time_us = 37, .clock2_us = 4294967000U, .bar_um = -3450, .supply_mv = 7400, .hold_released = 1,
                       .estop_a_closed = 1, .estop_b_closed = 1, .short_feedback = 1, .nose_mc = 25000, .handle_mc = 25000};
    for (unsigned i = 0U; i < 1000U && test.phase == SELFTEST_STATIC && test.failed_check == 0U; i++) {
        const uint32_t passed_us = (uint32_t)PEN_TICK_US + (i == 300U ? late_us : 0U);
        in.time_us += passed_us;
        in.clock2_us += passed_us;
        (void)selftest_tick(&test, &depth, &guard, &in, &facts);
    }
    return test.failed_check != 0U ? test.failed_check : test.phase == SELFTEST_SOUNDER ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "trim") == 0) {
        printf("%d\n", trim((int32_t)strtol(argv[2], NULL, 10)));
    } else if (argc == 2 && strcmp(argv[1], "proof") == 0) {
        printf("%d\n", proof());
    } else if (argc == 2 && strcmp(argv[1], "jump") == 0) {
        printf("%d\n", jump());
    } else if (argc == 3 && strcmp(argv[1], "late") == 0) {
        printf("%d\n", late((uint32_t)strtoul(argv[2], NULL, 10)));
    } else if (argc == 2 && strcmp(argv[1], "waits") == 0) {
        printf("%d\n", chatter(WAITS));
    } else if (argc == 2 && strcmp(argv[1], "held") == 0) {
        printf("%d\n", chatter(HELD));
    } else if (argc == 2 && strcmp(argv[1], "strokes") == 0) {
        printf("%d\n", alone(false, guard_watch_strokes));
    } else if (argc == 2 && strcmp(argv[1], "unread") == 0) {
        printf("%d\n", alone(true, guard_watch_sensors));
    } else {
        return 2;
    }
    return 0;
}
