/* One tick of guard: every check, in a fixed order, then what it allows. */
#include "guard_parts.h"

#include "pen_limits.h"

enum {
    MEAN_US = PEN_IL11_WINDOW_US / 100 * 99 /* so that five strokes fill it just above 100 Hz: a sixth would be late */
};

static const guard_limits_t LIMITS[PEN_MODE_LIMITS_COUNT] = PEN_MODE_LIMITS_INIT;

_Static_assert(PEN_MODE_LIMITS_COUNT == GUARD_MODES, "settings hold a narrower limit for each mode");

static int32_t narrower(int32_t stored, int32_t low, int32_t high)
{
    return stored > low && stored < high ? stored : high;
}

/* The hard limits, and where the settings are narrower, those: never wider. */
static void take_settings(guard_t *guard, const guard_settings_t *settings)
{
    guard->settings = *settings;
    for (unsigned i = 0; i < GUARD_MODES; i++) {
        guard_limits_t *limits = &guard->limits[i];
        *limits = LIMITS[i];
        limits->depth_max_um = narrower(settings->depth_max_um[i], limits->depth_min_um, limits->depth_max_um);
        limits->rate_max_mhz = narrower(settings->rate_max_mhz[i], limits->rate_min_mhz, limits->rate_max_mhz);
    }
}

const guard_limits_t *guard_limits(const guard_t *guard)
{
    for (unsigned i = 0; i < GUARD_MODES; i++) {
        if (guard->limits[i].mode == guard->mode) {
            return &guard->limits[i];
        }
    }
    return &guard->limits[0]; /* in doubt the stricter table: HOME */
}

void guard_init(guard_t *guard, const guard_settings_t *settings)
{
    *guard = (guard_t){.state = GUARD_OFF, .mode = PEN_MODE_HOME, .depth_set_um = GUARD_UNSET, .rate_set_mhz = GUARD_UNSET};
    take_settings(guard, settings);
    guard->hold = true; /* until it is seen released: a switch that is stuck since power-on is no press */
    rate_meter_init(&guard->rate);
}

result_t guard_configure(guard_t *guard, const guard_settings_t *settings)
{
    if (guard->state != GUARD_OFF && (guard->state != GUARD_LATCHED || guard->drive_on)) {
        return guard_refuse(PEN_REASON_WRONG_STATE, guard->state, GUARD_OFF);
    }
    take_settings(guard, settings);
    guard->depth_set_um = GUARD_UNSET;
    guard->rate_set_mhz = GUARD_UNSET;
    return guard_accept();
}

static int32_t calibrated_um(const guard_t *guard, int32_t bar_um)
{
    if (bar_um == INT32_MIN) {
        return bar_um;
    }
    const int32_t corrected_um = saturate32((int64_t)bar_um + guard->settings.bar_offset_um);
    return corrected_um == INT32_MIN ? INT32_MIN + 1 : corrected_um;
}

static void look(guard_t *guard, const guard_inputs_t *in)
{
    guard->now = *in;
    guard->now.bar_um = calibrated_um(guard, in->bar_um);
    guard_button_tick(&guard->button, in->button_pressed != 0U, in->time_us);
    guard->warning_count = 0U;
    guard->unlatched.interlock = 0U;
}

static void decide(guard_t *guard, guard_outputs_t *out)
{
    const bool proving = guard->proof.result == GUARD_PROOF_RUNNING;
    guard->watchdog ^= 1U;
    out->drive_enable = guard->drive_on || (proving && guard->proof.drive) ? 1U : 0U;
    out->stage_enable = guard_stage_enable(guard);
    out->supply_enable = !guard->supply_open && (!proving || guard->proof.supply) ? 1U : 0U;
    out->watchdog = guard->watchdog;
    guard->drive.asked = out->drive_enable != 0U;
}

/* While needles may move; the first cause that cuts the drive is the one that is kept. */
static void watch_run(guard_t *guard, bool quarter_passed)
{
    guard_watch_depth(guard);
    if (guard->drive_on) {
        guard_watch_rate(guard, quarter_passed);
    }
    if (guard->drive_on) {
        guard_watch_sensors(guard, quarter_passed);
    }
    if (guard->drive_on) {
        guard_watch_strokes(guard, quarter_passed);
    }
    if (guard->drive_on) {
        guard_finish_c1(guard);
    }
}

/* In every state. */
static void watch_always(guard_t *guard)
{
    guard_watch_clocks(guard);
    guard_watch_findings(guard);
    guard_watch_inputs(guard);
    guard_watch_power(guard);
    guard_watch_drive(guard);
    guard_watch_warmth(guard);
    guard_watch_press(guard);
    guard_watch_cartridge(guard);
    guard_watch_reference(guard);
}

void guard_tick(guard_t *guard, const guard_inputs_t *in, guard_outputs_t *out)
{
    look(guard, in);
    const bool quarter_passed = rate_meter_tick(&guard->rate, in->shaft_counts, in->time_us, MEAN_US);
    guard_follow_shaft(guard);
    guard_measure_depth(guard);
    watch_always(guard);
    if (guard->drive_on) {
        watch_run(guard, quarter_passed);
    }
    guard_measure_sensors(guard, quarter_passed);
    guard_confirm_clear(guard);
    guard_prove(guard);
    decide(guard, out);
    guard->ticks++;
}
