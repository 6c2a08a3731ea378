#include "guard.h"

#include "pen_device.h"
#include "pen_interlocks.h"
#include "pen_limits.h"

enum {
    TICK_RAMP_NM = PEN_IL07_RAMP_UM_PER_S * PEN_TICK_US / 1000,
    ESTOP_TICKS = PEN_IL01_DEBOUNCE_US / PEN_TICK_US,
    HOLD_TICKS = PEN_IL02_DEBOUNCE_US / PEN_TICK_US,
    SENSOR_LOST_US = PEN_IL07_LOST_US, /* no valid reading for so long while the drive is on: in doubt, off. A shaft gets no further
                             * than a quarter turn meanwhile, so that no movement in a shorter gap is ambiguous. */
    DOUBT_MOST = 80,        /* that doubt, in steps */
    DOUBT_GAP = DOUBT_MOST * PEN_TICK_US / SENSOR_LOST_US, /* steps of a reading that is missing; a valid one takes one
                             * step back, so that no more than one in nine may be missing for long */
    MEAN_US = PEN_IL11_WINDOW_US / 100 * 99, /* so that five strokes fill it just above 100 Hz: a sixth would be late */
    REST_COUNTS = 2,        /* movement in one tick that still counts as rest: sensor noise */
    REST_US = 1000,
    REST_WINDOW_COUNTS = 300, /* 26 degrees to either side of the top: the bar is within 0.16 mm of it */
    FASTEST_PERMILLE = 1000 + PEN_IL11_FASTEST_PERMILLE /* one stroke this far above the mode's cap trips at once */
};

_Static_assert(PEN_IL07_LOST_US == PEN_IL11_LOST_US, "one time for every sensor that guard looks at");

static const guard_limits_t LIMITS[PEN_MODE_LIMITS_COUNT] = PEN_MODE_LIMITS_INIT;

const guard_limits_t *guard_limits(uint8_t mode)
{
    for (unsigned i = 0; i < PEN_MODE_LIMITS_COUNT; i++) {
        if (LIMITS[i].mode == mode) {
            return &LIMITS[i];
        }
    }
    return &LIMITS[0]; /* in doubt the stricter table: HOME */
}

void guard_init(guard_t *guard)
{
    *guard = (guard_t){.state = GUARD_OFF, .mode = PEN_MODE_HOME, .depth_set_um = GUARD_UNSET, .rate_set_mhz = GUARD_UNSET};
    guard->hold = true; /* until it is seen released: a switch that is stuck since power-on is no press */
    rate_meter_init(&guard->rate);
}

int32_t guard_stage_depth_um(const guard_t *guard)
{
    const int64_t depth_um = (int64_t)guard->now.stage_um - guard->zero_um + PEN_STAGE_HOME_UM;
    if (depth_um > INT32_MAX) {
        return INT32_MAX;
    }
    return depth_um < INT32_MIN ? INT32_MIN : (int32_t)depth_um;
}

/* What is not seen inside the nose counts as outside. */
static bool needles_clear(const guard_t *guard)
{
    return guard->now.bar_um != INT32_MIN && guard->now.bar_um < 0;
}

void guard_cut_drive(guard_t *guard)
{
    if (guard->drive_on) {
        guard->drive_on = false;
        guard->drive_off_us = guard->now.time_us;
        guard->clear_pending = true;
    }
    guard->hold_fresh = false;
    guard->stop = PEN_STOP_KIND_NONE;
}

void guard_begin_c1(guard_t *guard, bool rearm)
{
    guard->stop = PEN_STOP_KIND_C1;
    guard->stop_us = guard->now.time_us;
    guard->moved_us = guard->now.time_us;
    guard->rearm_after_stop = rearm;
    guard->hold_fresh = false;
}

static bool already_latched(const guard_t *guard, uint8_t interlock)
{
    for (uint8_t i = 0; i < guard->trip_count; i++) {
        if (guard->trips[i].interlock == interlock) {
            return true;
        }
    }
    return false;
}

static void latch(guard_t *guard, const guard_trip_t *trip)
{
    if (guard->trip_count < GUARD_TRIPS) {
        guard->trips[guard->trip_count] = *trip;
        guard->trip_count++;
    }
}

void guard_trip(guard_t *guard, uint8_t interlock, uint8_t input, uint8_t stop, int32_t value, int32_t limit)
{
    if (!already_latched(guard, interlock)) {
        const guard_trip_t trip = {interlock, input, stop, value, limit, guard->now.time_us, guard->now.session_id};
        latch(guard, &trip);
    }
    guard->state = GUARD_LATCHED;
    guard->rearm_after_stop = false;
    guard->stage_request = false; /* a reset must not set the stage going again */
    if (stop == PEN_STOP_KIND_C0 || !guard->drive_on) {
        guard_cut_drive(guard);
    } else if (guard->stop == PEN_STOP_KIND_NONE) {
        guard_begin_c1(guard, false);
    }
}

/* The emergency chain is quicker than the debounce, and gives the drive back when its contact closes again. */
static bool cut_by_hardware(const guard_t *guard)
{
    return guard->drive_on && guard->now.drive_feedback == 0U;
}

/* Time in the other state counts up, time in this one counts down: a contact that chatters is what it mostly is. */
static void count_down(uint8_t *ticks)
{
    if (*ticks > 0U) {
        (*ticks)--;
    }
}

/* IL-01: either channel open for the debounce time, or long enough for the hardware to have cut the drive. */
static void watch_estop(guard_t *guard, unsigned channel, uint8_t closed, uint8_t input)
{
    uint8_t *ticks = &guard->estop_open_ticks[channel];
    if (closed != 0U) {
        count_down(ticks);
        return;
    }
    if (*ticks < ESTOP_TICKS && !cut_by_hardware(guard)) {
        (*ticks)++;
        return;
    }
    guard_trip(guard, PEN_IL_01, input, PEN_STOP_KIND_C0, 0, 1);
}

/* IL-02: a release is debounced, then stops by C1; it does not latch. */
static void watch_hold(guard_t *guard)
{
    const bool pressed = guard->now.hold_pressed != 0U;
    if (pressed == guard->hold) {
        count_down(&guard->hold_ticks);
    } else if (guard->hold_ticks < HOLD_TICKS) {
        guard->hold_ticks++;
    } else {
        guard->hold = pressed;
        guard->hold_ticks = 0U;
    }
    if (!guard->hold) {
        guard->hold_fresh = true;
        if (guard->state == GUARD_RUN) {
            guard->state = GUARD_STOPPING;
            guard_begin_c1(guard, true);
        }
    }
}

/* IL-26: heartbeats of the active link session, while armed or running. */
static void watch_link(guard_t *guard)
{
    if (guard->heartbeats != guard->now.heartbeats) {
        guard->heartbeats = guard->now.heartbeats;
        guard->heartbeat_us = guard->now.time_us;
        return;
    }
    if (guard->state != GUARD_ARMED && guard->state != GUARD_RUN) {
        return;
    }
    const uint64_t silent_us = guard->now.time_us - guard->heartbeat_us;
    if (silent_us > PEN_IL26_TIMEOUT_US) {
        guard_trip(guard, PEN_IL_26, PEN_INPUT_HEARTBEAT, PEN_STOP_KIND_C1, (int32_t)silent_us, PEN_IL26_TIMEOUT_US);
    }
}

static int32_t over_travel_limit_um(const guard_t *guard)
{
    const int32_t cap_um = guard_limits(guard->mode)->depth_max_um;
    const int32_t with_margin_um = guard->depth_set_um + PEN_IL07_SET_MARGIN_UM;
    return with_margin_um < cap_um ? with_margin_um : cap_um;
}

/* The limit rises with the setpoint at once and falls on a ramp that the stage can follow; never above the cap. */
static void follow_setpoint(guard_t *guard)
{
    const int32_t wanted_nm = over_travel_limit_um(guard) * 1000;
    if (wanted_nm >= guard->allowed_nm || guard->allowed_nm - wanted_nm < TICK_RAMP_NM) {
        guard->allowed_nm = wanted_nm;
    } else {
        guard->allowed_nm -= TICK_RAMP_NM;
    }
}

/* Whether a sensor's readings have been missing for too long, at once or again and again. */
static bool lost(uint8_t *doubt, bool valid)
{
    if (valid) {
        count_down(doubt);
        return false;
    }
    *doubt = (uint8_t)(*doubt < DOUBT_MOST ? *doubt + DOUBT_GAP : DOUBT_MOST + 1);
    return *doubt > DOUBT_MOST;
}

/* IL-07: one depth sensor against the limit; no valid reading for too long means that the depth is not known. */
static void hold_depth(guard_t *guard, bool valid, int32_t depth_um, uint8_t *doubt, uint8_t input, uint8_t sensor)
{
    const int32_t allowed_um = guard->allowed_nm / 1000;
    if (valid && depth_um > allowed_um) {
        guard_trip(guard, PEN_IL_07, input, PEN_STOP_KIND_C0, depth_um, allowed_um);
    }
    if (lost(doubt, valid)) {
        guard_trip(guard, PEN_IL_07, sensor, PEN_STOP_KIND_C0, SENSOR_LOST_US, SENSOR_LOST_US);
    }
}

/* IL-07: sensor B at any moment, and sensor A, each for itself. */
static void watch_depth(guard_t *guard)
{
    const guard_inputs_t *now = &guard->now;
    follow_setpoint(guard);
    hold_depth(guard, now->bar_um != INT32_MIN, now->bar_um, &guard->bar_doubt, PEN_INPUT_BAR_DEPTH,
               PEN_INPUT_BAR_SENSOR);
    hold_depth(guard, now->stage_um != INT32_MIN, guard_stage_depth_um(guard), &guard->stage_doubt,
               PEN_INPUT_STAGE_DEPTH, PEN_INPUT_STAGE_SENSOR);
}

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
static void watch_rate(guard_t *guard, bool quarter_passed)
{
    if (lost(&guard->shaft_doubt, guard->rate.valid_us == guard->now.time_us)) {
        guard_trip(guard, PEN_IL_11, PEN_INPUT_SHAFT_SENSOR, PEN_STOP_KIND_C0, SENSOR_LOST_US, SENSOR_LOST_US);
        return;
    }
    if (!quarter_passed) {
        return;
    }
    const int32_t cap_mhz = guard_limits(guard->mode)->rate_max_mhz;
    if (guard->rate.window_mhz > cap_mhz) {
        guard_trip(guard, PEN_IL_11, PEN_INPUT_SHAFT_RATE, PEN_STOP_KIND_C0, guard->rate.window_mhz, cap_mhz);
    } else if (guard->rate.stroke_mhz > permille_of(cap_mhz, FASTEST_PERMILLE)) {
        guard_trip(guard, PEN_IL_11, PEN_INPUT_SHAFT_RATE, PEN_STOP_KIND_C0, guard->rate.stroke_mhz, cap_mhz);
    } else {
        watch_set_rate(guard);
    }
}

static void measure_stroke(guard_t *guard)
{
    if (guard->now.bar_um > guard->bar_peak_um) { /* an invalid reading is the lowest of all */
        guard->bar_peak_um = guard->now.bar_um;
    }
    if (guard->rate.quarter == (guard->rate.direction < 0 ? 1 : 2)) { /* the quarter turn after the bottom */
        guard->bottom_passed = true;
    }
    if (guard->rate.top_passed && guard->bottom_passed) {
        guard->strokes++;
        guard->stroke_depth_um = guard->bar_peak_um;
        guard->bar_peak_um = INT32_MIN;
        guard->bottom_passed = false;
    }
}

static bool at_rest_at_top(guard_t *guard)
{
    const int32_t step = guard->rate.delta_counts;
    const bool seen = guard->rate.valid_us == guard->now.time_us;
    if (!seen || step > REST_COUNTS || step < -REST_COUNTS) {
        guard->moved_us = guard->now.time_us;
    }
    const int32_t counts = guard->rate.counts;
    const bool near_top = counts < REST_WINDOW_COUNTS || counts > PEN_SHAFT_COUNTS - REST_WINDOW_COUNTS;
    return near_top && guard->now.time_us - guard->moved_us >= REST_US;
}

/* C1 ends when the bar rests at the top; at the time-limit it becomes C0. */
static void finish_c1(guard_t *guard)
{
    if (guard->stop != PEN_STOP_KIND_C1) {
        return;
    }
    const bool late = guard->now.time_us - guard->stop_us >= PEN_C1_TIMEOUT_US;
    if (!late && !at_rest_at_top(guard)) {
        return;
    }
    guard_cut_drive(guard);
    if (late) {
        guard->warning = PEN_WARNING_C1_TIMEOUT;
        guard->rearm_after_stop = false; /* the needles may be out: not ready again by itself */
    }
    if (guard->state == GUARD_STOPPING) {
        guard->state = guard->rearm_after_stop ? GUARD_ARMED : GUARD_OFF;
    }
}

/* After the drive is off the needles must be seen inside the nose; if not, the person has to lift the handpiece. */
static void confirm_clear(guard_t *guard)
{
    if (!guard->clear_pending || guard->now.time_us - guard->drive_off_us < PEN_CLEAR_DELAY_US) {
        return;
    }
    guard->clear_pending = false;
    if (!needles_clear(guard)) {
        guard->warning = PEN_WARNING_LIFT_HANDPIECE;
    }
}

/* Guard's own zero: sensor A at the moment the home switch closes. */
static void capture_home(guard_t *guard)
{
    if (guard->now.stage_home != 0U && guard->home_previous == 0U && guard->now.stage_um != INT32_MIN) {
        guard->home_edge_um = guard->now.stage_um;
        guard->home_seen = true;
    }
    guard->home_previous = guard->now.stage_home;
}

static void take_stop(guard_t *guard)
{
    if (guard->stops != guard->now.stops) {
        guard->stops = guard->now.stops;
        guard_stop(guard);
    }
}

static bool stopped_by_c0(const guard_t *guard)
{
    for (uint8_t i = 0; i < guard->trip_count; i++) {
        if (guard->trips[i].stop == PEN_STOP_KIND_C0) {
            return true;
        }
    }
    return false;
}

static uint8_t stage_enable(const guard_t *guard)
{
    switch (guard->state) {
    case GUARD_RUN:
        return 2U;
    case GUARD_ARMED: /* with the drive off the stage moves both ways only with the needles inside the nose */
        return needles_clear(guard) ? 2U : 1U;
    case GUARD_OFF: /* the same, while referencing */
        return guard->stage_request && needles_clear(guard) ? 2U : 1U;
    case GUARD_LATCHED: /* after C1 the stage may go home; after C0 it moves only when a person asks for it */
        return !guard->drive_on && (guard->stage_request || !stopped_by_c0(guard)) ? 1U : 0U;
    case GUARD_STOPPING:
        return 0U;
    }
    return 0U;
}

void guard_tick(guard_t *guard, const guard_inputs_t *in, guard_outputs_t *out)
{
    guard->now = *in;
    guard->warning = PEN_WARNING_NONE;
    const bool quarter_passed = rate_meter_tick(&guard->rate, in->shaft_counts, in->time_us, MEAN_US);
    measure_stroke(guard);
    capture_home(guard);
    take_stop(guard);
    watch_estop(guard, 0U, in->estop_a_closed, PEN_INPUT_ESTOP_A);
    watch_estop(guard, 1U, in->estop_b_closed, PEN_INPUT_ESTOP_B);
    watch_hold(guard);
    watch_link(guard);
    if (guard->drive_on) {
        watch_depth(guard);
        watch_rate(guard, quarter_passed);
        finish_c1(guard);
    }
    confirm_clear(guard);
    out->drive_enable = guard->drive_on ? 1U : 0U;
    out->stage_enable = stage_enable(guard);
}
