/* The depth stage: referencing, moving, and trimming.
 *
 * Sensor A sits on the stage and counts from power-on; the edge of the home switch gives it its zero. Sensor B sits
 * on the needle bar and is what a stroke really reached; while running, its mean over some strokes trims the stage.
 */
#include "depth.h"

#include "pen_device.h"
#include "pen_interlocks.h"

enum {
    STEP_NM = PEN_STAGE_STEP_NM,
    FAST_NM_PER_TICK = PEN_STAGE_SPEED_UM_PER_S * PEN_TICK_US / 1000,
    SLOW_NM_PER_TICK = 100,        /* 1 mm/s onto the home switch */
    BACK_OFF_UM = 200,
    BACK_OFF_TICKS = 2000,         /* 200 ms */
    FULL_TRAVEL_TICKS = 12000,     /* 1.2 s: longer than the whole way at full speed */
    SETTLE_TICKS = 200,            /* 20 ms after the last microstep */
    IN_POSITION_UM = 12,
    MEAN_TICKS = 64,               /* readings of sensor A that are averaged before a correction */
    CORRECT_UM = 2,                /* smallest mean error that is corrected, by one microstep of 3 µm */
    TRIM_DEADBAND_UM = 2,
    TRIM_MOST_STEPS = 20,
    FAR_UM = 100000,               /* farther than anything in a pen: a reading beyond it counts as this */
    STAGE_CAP_MARGIN_UM = 8        /* trimming never takes the stage closer to the cap than this */
};

void depth_init(depth_t *depth)
{
    *depth = (depth_t){.phase = REFERENCE_IDLE};
}

static int32_t steps_for_um(int32_t distance_um)
{
    return distance_um * 1000 / STEP_NM;
}

static int32_t um_for_steps(int32_t steps)
{
    return steps * STEP_NM / 1000;
}

static int32_t not_far_um(int64_t distance_um)
{
    if (distance_um > FAR_UM) {
        return FAR_UM;
    }
    return distance_um < -FAR_UM ? -FAR_UM : (int32_t)distance_um;
}

int32_t depth_measured_um(const depth_t *depth, const pen_inputs_t *in)
{
    return in->stage_um == INT32_MIN ? INT32_MIN
                                     : not_far_um((int64_t)in->stage_um - depth->zero_um + PEN_STAGE_HOME_UM);
}

/* Sensor A stands where the stage was sent: the target, or up to what sensor B has trimmed it by; steps of the trim can
 * get lost in the backlash of the nut. */
bool depth_in_position(const depth_t *depth, const pen_inputs_t *in)
{
    const int32_t measured_um = depth_measured_um(depth, in);
    if (!depth->referenced || !depth->arrived || measured_um == INT32_MIN) {
        return false;
    }
    const int32_t error_um = measured_um - depth->target_um;
    const int32_t trim_um = um_for_steps(depth->trim_steps);
    const int32_t most_um = IN_POSITION_UM + (trim_um > 0 ? trim_um : 0);
    const int32_t least_um = (trim_um < 0 ? trim_um : 0) - IN_POSITION_UM;
    return error_um <= most_um && error_um >= least_um;
}

static void aim_steps(depth_t *depth, int32_t steps)
{
    if (steps != depth->target_steps) {
        depth->target_steps = steps;
        depth->settle_ticks = 0U;
        depth->mean_ticks = 0U;
        depth->mean_sum_um = 0;
    }
}

void depth_go_to(depth_t *depth, int32_t depth_um)
{
    if (!depth->referenced || depth->phase != REFERENCE_IDLE || depth_um == depth->target_um) {
        return;
    }
    depth->target_um = depth_um;
    depth->arrived = false;
    depth->trim_steps = 0;
    depth->trim_strokes = 0U;
    depth->trim_sum_um = 0;
    aim_steps(depth, depth->zero_steps + steps_for_um(depth_um - PEN_STAGE_HOME_UM));
}

static void enter(depth_t *depth, reference_phase_t phase, int32_t way_um)
{
    depth->phase = phase;
    depth->phase_ticks = 0U;
    aim_steps(depth, depth->steps + steps_for_um(way_um));
}

void depth_begin_reference(depth_t *depth, const pen_inputs_t *in)
{
    depth->referenced = false;
    if (in->stage_home != 0U) {
        enter(depth, REFERENCE_DOWN, BACK_OFF_UM);
    } else {
        enter(depth, REFERENCE_UP, -2 * PEN_STAGE_END_UM);
    }
}

void depth_begin_retract(depth_t *depth)
{
    enter(depth, REFERENCE_RETRACT, -2 * PEN_STAGE_END_UM);
}

void depth_end_retract(depth_t *depth)
{
    aim_steps(depth, depth->steps);
    depth->phase = REFERENCE_IDLE;
}

void depth_lose_reference(depth_t *depth)
{
    depth->referenced = false;
}

void depth_halt(depth_t *depth)
{
    if (depth->phase != REFERENCE_IDLE) {
        depth->referenced = false;
    }
    depth->phase = REFERENCE_IDLE;
    depth->target_um = PEN_STAGE_HOME_UM;
    depth->arrived = false;
    aim_steps(depth, depth->steps);
}

/* Bar travel at a crank angle: S/2·(1 − cos), with the cosine's series; its error is below 0.1 µm. */
static float bar_travel_um(int32_t counts)
{
    const int32_t from_top = counts > PEN_SHAFT_COUNTS / 2 ? PEN_SHAFT_COUNTS - counts : counts;
    const bool lower = from_top > PEN_SHAFT_COUNTS / 4;
    const int32_t folded = lower ? PEN_SHAFT_COUNTS / 2 - from_top : from_top;
    const float x = (float)folded * (6.2831853f / (float)PEN_SHAFT_COUNTS);
    const float s = x * x;
    const float cosine = 1.0f - s * (0.5f - s * (0.041666668f - s * (0.0013888889f - s * 2.4801587e-5f)));
    return 0.5f * (float)PEN_STROKE_UM * (lower ? 1.0f + cosine : 1.0f - cosine);
}

void depth_fail_reference(depth_t *depth, int32_t apart_um)
{
    depth->failed_um = apart_um;
    depth->phase = REFERENCE_FAILED;
    aim_steps(depth, depth->steps);
}

/* Sensor B at rest must agree with the reference that sensor A has just found. */
static void check_reference(depth_t *depth, const pen_inputs_t *in)
{
    const bool angle_valid = in->shaft_counts >= 0 && in->shaft_counts < PEN_SHAFT_COUNTS;
    const bool at_home = in->stage_home != 0U; /* otherwise it was a spike that gave the zero */
    if (in->bar_um == INT32_MIN || in->stage_um == INT32_MIN || !angle_valid || !at_home) {
        depth_fail_reference(depth, 0);
        return;
    }
    const int32_t travel_um = (int32_t)(bar_travel_um(in->shaft_counts) + 0.5f);
    const int32_t bar_depth_um = not_far_um((int64_t)in->bar_um + PEN_STROKE_UM - travel_um);
    const int32_t apart_um = bar_depth_um - depth_measured_um(depth, in);
    if (apart_um > PEN_IL10_DRIFT_UM || apart_um < -PEN_IL10_DRIFT_UM) {
        depth_fail_reference(depth, apart_um);
        return;
    }
    depth->referenced = true;
    depth->target_um = PEN_STAGE_HOME_UM;
    depth->phase = REFERENCE_IDLE;
}

static void take_zero(depth_t *depth, const pen_inputs_t *in)
{
    depth->zero_um = in->stage_um;
    depth->zero_steps = depth->steps;
    enter(depth, REFERENCE_SETTLE, 0);
}

/* Off the switch: a little further while it stays closed, but not for long, because it may be stuck. */
static void leave_home(depth_t *depth, bool home)
{
    if (!home) {
        enter(depth, REFERENCE_SLOW_UP, -2 * PEN_STAGE_END_UM);
    } else if (depth->phase_ticks < BACK_OFF_TICKS) {
        aim_steps(depth, depth->steps + steps_for_um(BACK_OFF_UM));
    } else {
        depth_fail_reference(depth, 0);
    }
}

static void reference_tick(depth_t *depth, const pen_inputs_t *in)
{
    depth->phase_ticks++;
    const bool home = in->stage_home != 0U;
    switch (depth->phase) {
    case REFERENCE_IDLE:
    case REFERENCE_FAILED:
    case REFERENCE_RETRACT:
        return;
    case REFERENCE_UP:
        if (home) {
            enter(depth, REFERENCE_DOWN, BACK_OFF_UM);
        }
        break;
    case REFERENCE_DOWN:
        if (!depth->moving && depth->settle_ticks >= SETTLE_TICKS) {
            leave_home(depth, home);
        }
        break;
    case REFERENCE_SLOW_UP:
        if (home) {
            take_zero(depth, in);
        }
        break;
    case REFERENCE_SETTLE:
        if (depth->settle_ticks >= SETTLE_TICKS) {
            check_reference(depth, in);
        }
        break;
    }
    if (depth->phase_ticks > FULL_TRAVEL_TICKS) {
        depth_fail_reference(depth, 0);
    }
}

static void retract_tick(depth_t *depth, const pen_inputs_t *in)
{
    depth->phase_ticks++;
    if (in->stage_home != 0U || depth->phase_ticks > FULL_TRAVEL_TICKS) {
        depth_end_retract(depth);
    }
}

bool depth_reference_done(depth_t *depth, guard_t *guard)
{
    if (!depth->referenced) {
        return false;
    }
    if (guard_set_reference(guard).reason != PEN_REASON_NONE) {
        depth->referenced = false;
        depth->phase = REFERENCE_FAILED;
        return false;
    }
    return true;
}

/* Sensor A closes the loop over lead-screw error and backlash, one microstep at a time, when the stage stands where it
 * was sent: one that may not move (after C0) would be sent farther and farther. */
static void correct_by_stage(depth_t *depth, const pen_inputs_t *in)
{
    const bool there = depth->steps == depth->target_steps && depth->settle_ticks >= SETTLE_TICKS;
    if (!depth->referenced || !there || depth->trim_steps != 0 || in->stage_um == INT32_MIN) {
        return;
    }
    depth->mean_sum_um += depth->target_um - depth_measured_um(depth, in);
    depth->mean_ticks++;
    if (depth->mean_ticks < MEAN_TICKS) {
        return;
    }
    const int32_t error_um = depth->mean_sum_um / MEAN_TICKS;
    depth->mean_ticks = 0U;
    depth->mean_sum_um = 0;
    if (error_um > CORRECT_UM || error_um < -CORRECT_UM) {
        aim_steps(depth, depth->target_steps + (error_um > 0 ? 1 : -1));
    } else {
        depth->arrived = true;
    }
}

/* Seen by sensor A to be; what it does not see is not. */
static bool below_cap(const depth_t *depth, const pen_inputs_t *in, int32_t cap_um)
{
    const int32_t measured_um = depth_measured_um(depth, in);
    return measured_um != INT32_MIN && measured_um < cap_um - STAGE_CAP_MARGIN_UM;
}

/* Sensor B, averaged over whole strokes, trims what sensor A cannot see: stroke length, bar and needle holder. */
void depth_trim(depth_t *depth, const guard_t *guard, const pen_inputs_t *in, int32_t cap_um)
{
    if (guard->strokes == depth->strokes_seen || depth->moving || depth->settle_ticks < SETTLE_TICKS) {
        depth->strokes_seen = guard->strokes;
        return;
    }
    depth->strokes_seen = guard->strokes;
    depth->trim_sum_um += depth->target_um - not_far_um(guard->stroke_depth_um);
    depth->trim_strokes++;
    if (depth->trim_strokes < DEPTH_TRIM_STROKES) {
        return;
    }
    const int32_t error_um = depth->trim_sum_um / DEPTH_TRIM_STROKES;
    depth->trim_strokes = 0U;
    depth->trim_sum_um = 0;
    const bool deeper = error_um > TRIM_DEADBAND_UM && below_cap(depth, in, cap_um);
    if (deeper && depth->trim_steps < TRIM_MOST_STEPS) {
        depth->trim_steps++;
        aim_steps(depth, depth->target_steps + 1);
    } else if (error_um < -TRIM_DEADBAND_UM && depth->trim_steps > -TRIM_MOST_STEPS) {
        depth->trim_steps--;
        aim_steps(depth, depth->target_steps - 1);
    }
}

static void step_stage(depth_t *depth, uint8_t stage_enable)
{
    const int32_t way = depth->target_steps - depth->steps;
    const bool allowed = stage_enable == 2U || (stage_enable == 1U && way < 0);
    depth->moving = way != 0 && allowed;
    if (!depth->moving) {
        depth->pace_nm = 0;
        if (depth->settle_ticks < SETTLE_TICKS) {
            depth->settle_ticks++;
        }
        return;
    }
    depth->settle_ticks = 0U;
    depth->pace_nm += depth->phase == REFERENCE_SLOW_UP ? SLOW_NM_PER_TICK : FAST_NM_PER_TICK;
    if (depth->pace_nm >= STEP_NM) {
        depth->pace_nm -= STEP_NM;
        depth->steps += way > 0 ? 1 : -1;
    }
}

void depth_tick(depth_t *depth, const pen_inputs_t *in, uint8_t stage_enable)
{
    if (depth->phase == REFERENCE_IDLE) {
        correct_by_stage(depth, in);
    } else if (depth->phase == REFERENCE_RETRACT) {
        retract_tick(depth, in);
    } else {
        reference_tick(depth, in);
    }
    step_stage(depth, stage_enable);
}
