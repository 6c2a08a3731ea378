/* The drive against what guard asks of it (IL-05): feedback of the shut-off path, and motion or current while off. */
#include "guard_parts.h"

#include "pen_device.h"

enum {
    LASTING_TICKS = PEN_IL05_MOTION_US / PEN_TICK_US,
    MOTION_MS = PEN_IL05_MOTION_US / 1000,
    MOTION_TIMES = 4, /* milliseconds in a row: false readings for 3 ms are no motion, and seen anew only MOTION_MS later */
    MOTION_COUNTS = PEN_SHAFT_COUNTS * PEN_IL05_MOTION_PERMILLE / 1000,
    TURNS_COUNTS = PEN_SHAFT_COUNTS * PEN_IL05_TURNS_COUNT
};

static void trip_drive(guard_t *guard, uint8_t input, int32_t value, int32_t limit)
{
    guard->supply_open = true;
    guard_trip(guard, PEN_IL_05, input, PEN_STOP_KIND_C0, value, limit);
}

/* Not while the emergency chain holds the drive off by itself. */
static bool feedback_judged(const guard_t *guard)
{
    return !guard->drive.asked || (guard->now.estop_a_closed != 0U && guard->now.estop_b_closed != 0U);
}

/* Gate supply and short follow what was asked. */
static void watch_feedback(guard_t *guard)
{
    guard_drive_t *drive = &guard->drive;
    const bool fed = guard->now.drive_feedback != 0U;
    const bool shorted = guard->now.short_feedback != 0U;
    const bool judged = feedback_judged(guard);
    if (guard_lasts(&drive->feedback_ticks, judged && fed != drive->asked, LASTING_TICKS)) {
        trip_drive(guard, PEN_INPUT_DRIVE_FEEDBACK, fed, drive->asked);
    }
    if (guard_lasts(&drive->short_ticks, judged && shorted == drive->asked, LASTING_TICKS)) {
        trip_drive(guard, PEN_INPUT_WINDING_SHORT, shorted, !drive->asked);
    }
}

static int32_t way_since(const guard_t *guard, int32_t counts)
{
    return guard_size((int32_t)((uint32_t)guard->path.counts - (uint32_t)counts));
}

/* Needles that stayed in the skin come back when the pen is lifted, by the spring: that is no motion of the drive.
 * Until the bar has been at the top for a while it may move, but not by a turn. */
static void watch_return(guard_t *guard)
{
    guard_drive_t *drive = &guard->drive;
    const int32_t way = way_since(guard, drive->off_counts);
    if (way > PEN_SHAFT_COUNTS) {
        trip_drive(guard, PEN_INPUT_SHAFT_MOTION, way, PEN_SHAFT_COUNTS);
    } else if (!drive->home && guard_near_top(guard)) {
        drive->home = true;
        drive->home_us = guard->now.time_us;
    }
}

static void watch_motion(guard_t *guard)
{
    const int32_t moved = guard_moved_counts(guard, MOTION_MS);
    uint8_t *motion_ms = &guard->drive.motion_ms;
    *motion_ms = (uint8_t)(moved <= MOTION_COUNTS ? 0U : *motion_ms + (*motion_ms < MOTION_TIMES ? 1U : 0U));
    if (*motion_ms >= MOTION_TIMES) {
        trip_drive(guard, PEN_INPUT_SHAFT_MOTION, moved, MOTION_COUNTS);
    }
}

/* Slower than that needles go in and out, too: turn after turn. A hand that moves the bar once makes one at most. */
static void watch_turns(guard_t *guard)
{
    guard_drive_t *drive = &guard->drive;
    const int32_t way = way_since(guard, drive->turns_counts);
    if (way > TURNS_COUNTS) {
        trip_drive(guard, PEN_INPUT_SHAFT_MOTION, way, TURNS_COUNTS);
    } else if (guard->now.time_us - drive->turns_us >= PEN_IL05_TURNS_US) {
        drive->turns_counts = guard->path.counts;
        drive->turns_us = guard->now.time_us;
    }
}

static void watch_current(guard_t *guard, bool judged)
{
    const int32_t current_ma = guard_size(guard->now.motor_ma);
    if (guard_lasts(&guard->drive.current_ticks, judged && current_ma > PEN_IL05_CURRENT_MA, LASTING_TICKS)) {
        trip_drive(guard, PEN_INPUT_MOTOR_CURRENT, current_ma, PEN_IL05_CURRENT_MA);
    }
}

static void watch_off(guard_t *guard)
{
    guard_drive_t *drive = &guard->drive;
    if (guard->now.time_us - guard->drive_off_us < PEN_IL05_INHIBIT_US) { /* the rotor comes to rest */
        drive->home = guard_near_top(guard);
        drive->home_us = guard->drive_off_us;
        drive->off_counts = guard->path.counts;
        drive->turns_counts = guard->path.counts;
        drive->turns_us = guard->now.time_us;
        drive->current_ticks = 0U;
        drive->motion_ms = 0U;
        return;
    }
    const bool home = drive->home && guard->now.time_us - drive->home_us >= PEN_IL05_INHIBIT_US;
    if (!home) {
        watch_return(guard);
    } else if (guard_each_ms(guard)) {
        watch_motion(guard);
    }
    watch_turns(guard);
    watch_current(guard, home || guard_moved_counts(guard, MOTION_MS) <= MOTION_COUNTS);
}

void guard_watch_drive(guard_t *guard)
{
    watch_feedback(guard);
    if (!guard->drive_on) {
        watch_off(guard);
    }
}
