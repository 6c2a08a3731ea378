#include "settings.h"

#include "pen_interlocks.h"
#include "pen_limits.h"

static const pen_mode_limits_t HARD[PEN_MODE_LIMITS_COUNT] = PEN_MODE_LIMITS_INIT;

_Static_assert((int)PEN_MODE_LIMITS_COUNT == (int)RECORDS_MODES, "one stored row a mode");

/* 0 stands for the hard limit; nothing is ever wider than it. */
static int32_t narrower(int32_t stored, int32_t lowest, int32_t hard)
{
    return stored >= lowest && stored > 0 && stored < hard ? stored : hard;
}

static void work_out_limits(settings_t *settings)
{
    for (unsigned i = 0; i < RECORDS_MODES; i++) {
        pen_mode_limits_t *limits = &settings->limits[i];
        *limits = HARD[i];
        limits->depth_max_um = narrower(settings->stored.depth_max_um[i], HARD[i].depth_min_um, HARD[i].depth_max_um);
        limits->rate_max_mhz = narrower(settings->stored.rate_max_mhz[i], HARD[i].rate_min_mhz, HARD[i].rate_max_mhz);
    }
}

static void take_configuration(settings_t *settings, const store_t *store)
{
    const configuration_record_t *record = &store->configuration;
    const bool whole = store_intact(store, STORE_CONFIGURATION);
    settings->stored.home_only = !whole || record->home_only; /* in doubt the stricter */
    for (unsigned i = 0; i < RECORDS_MODES; i++) {
        settings->stored.depth_max_um[i] = whole ? record->depth_max_um[i] : 0;
        settings->stored.rate_max_mhz[i] = whole ? record->rate_max_mhz[i] : 0;
    }
}

void settings_init(settings_t *settings, const pen_config_t *config, const store_t *store)
{
    *settings = (settings_t){.stored = {.restart_cause = config->restart_cause},
                             .calibration = store->calibration,
                             .strokes_before = store->counters.strokes,
                             .boot = store->counters.boot,
                             .latest_day = store->counters.latest_day,
                             .test_build = config->test_build,
                             .firmware_genuine = config->firmware_genuine};
    take_configuration(settings, store);
    if (store_intact(store, STORE_CALIBRATION)) {
        settings->stored.bar_offset_um = store->calibration.bar_offset_um;
    }
    work_out_limits(settings);
}

const pen_mode_limits_t *settings_limits(const settings_t *settings, uint8_t mode)
{
    return &settings->limits[mode == PEN_MODE_CLINICAL ? 1 : 0];
}

int32_t settings_calibration_days(const settings_t *settings, uint16_t today)
{
    return (int32_t)today - (int32_t)settings->calibration.day;
}

static uint32_t strokes_of_life(const settings_t *settings, uint32_t strokes_since_power_on)
{
    const uint32_t room = UINT32_MAX - settings->strokes_before;
    return settings->strokes_before + (strokes_since_power_on < room ? strokes_since_power_on : room);
}

uint32_t settings_calibration_strokes(const settings_t *settings, uint32_t strokes_since_power_on)
{
    const uint32_t strokes = strokes_of_life(settings, strokes_since_power_on);
    return strokes > settings->calibration.strokes ? strokes - settings->calibration.strokes : 0U;
}

result_t settings_calibrate(settings_t *settings, guard_t *guard, int32_t bar_offset_um, uint16_t day)
{
    if (bar_offset_um > PEN_IL29_OFFSET_UM || bar_offset_um < -PEN_IL29_OFFSET_UM) {
        return guard_refuse(PEN_REASON_OUT_OF_RANGE, bar_offset_um, PEN_IL29_OFFSET_UM);
    }
    guard_settings_t stored = settings->stored;
    stored.bar_offset_um = bar_offset_um;
    const result_t result = guard_configure(guard, &stored);
    if (result.reason == PEN_REASON_NONE) {
        settings->stored = stored;
        settings->calibration = (calibration_record_t){.bar_offset_um = (int16_t)bar_offset_um,
                                                       .day = day,
                                                       .strokes = strokes_of_life(settings, guard->strokes)};
        settings->latest_day = day; /* the service sets the date right, too */
        settings->wanted.calibration = settings->calibration;
        settings->wanted.latest_day = day;
        settings->wanted.what = (uint8_t)(settings->wanted.what | KEEP_CALIBRATION | KEEP_DAY);
        guard_note_calibration(guard);
    }
    return result;
}

static result_t check_limit(int32_t value, int32_t low, int32_t hard)
{
    if (value > hard) {
        return guard_refuse(PEN_REASON_OUT_OF_RANGE, value, hard);
    }
    return value < low || value <= 0 ? guard_refuse(PEN_REASON_OUT_OF_RANGE, value, low) : guard_accept();
}

/* HOME-only is for good: no message takes it back. */
result_t settings_configure(settings_t *settings, guard_t *guard, const command_t *command)
{
    if (command->mode != PEN_MODE_HOME && command->mode != PEN_MODE_CLINICAL) {
        return guard_refuse(PEN_REASON_MODE_INVALID, command->mode, PEN_MODE_CLINICAL);
    }
    const unsigned row = command->mode == PEN_MODE_CLINICAL ? 1U : 0U;
    result_t result = check_limit(command->value, HARD[row].depth_min_um, HARD[row].depth_max_um);
    if (result.reason == PEN_REASON_NONE) {
        result = check_limit(command->second, HARD[row].rate_min_mhz, HARD[row].rate_max_mhz);
    }
    guard_settings_t stored = settings->stored;
    stored.depth_max_um[row] = command->value;
    stored.rate_max_mhz[row] = command->second;
    stored.home_only = stored.home_only != 0U || command->home_only != 0U;
    if (result.reason == PEN_REASON_NONE) {
        result = guard_configure(guard, &stored);
    }
    if (result.reason == PEN_REASON_NONE) {
        settings->stored = stored;
        work_out_limits(settings);
        for (unsigned i = 0; i < RECORDS_MODES; i++) { /* never 0, which stands for the hard limit in RAM only */
            settings->wanted.depth_max_um[i] = settings->limits[i].depth_max_um;
            settings->wanted.rate_max_mhz[i] = settings->limits[i].rate_max_mhz;
        }
        settings->wanted.home_only = stored.home_only != 0U;
        settings->wanted.what = (uint8_t)(settings->wanted.what | KEEP_CONFIGURATION);
    }
    return result;
}

void settings_saw_day(settings_t *settings, uint16_t day)
{
    if (day > settings->latest_day) {
        settings->latest_day = day;
        settings->wanted.latest_day = day;
        settings->wanted.what = (uint8_t)(settings->wanted.what | KEEP_DAY);
    }
}
