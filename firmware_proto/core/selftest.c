/* Self-test: what must be in order before anything may move. Each check has a number that the host explains. */
#include "control.h"

#include "pen_device.h"

enum {
    SETTLE_TICKS = 100,  /* the readings of the first 10 ms do not count: filters fill */
    LASTING_TICKS = 500, /* each check must then hold for 40 ms without a break */
    IDLE_MA = 50,        /* current with the drive off */
    COLDEST_MC = -10000,
    HOTTEST_MC = 60000,
    BAR_HIGHEST_UM = PEN_STAGE_HOME_UM - PEN_STROKE_UM - 200,
    BAR_DEEPEST_UM = PEN_STAGE_END_UM + 100
};

enum {
    CHECK_NONE = 0,
    CHECK_SUPPLY = 1,
    CHECK_HOLD_RELEASED = 2,
    CHECK_BAR_SENSOR = 3,
    CHECK_STAGE_SENSOR = 4,
    CHECK_SHAFT_SENSOR = 5,
    CHECK_DRIVE_OFF = 6,
    CHECK_CURRENT = 7,
    CHECK_TEMPERATURE = 8,
    CHECK_CLOCK = 9
};

void selftest_begin(selftest_t *test)
{
    *test = (selftest_t){.ticks = 0U};
}

static bool within(int32_t value, int32_t low, int32_t high)
{
    return value >= low && value <= high;
}

static uint8_t failing_sensor(const pen_inputs_t *in)
{
    if (!within(in->bar_um, BAR_HIGHEST_UM, BAR_DEEPEST_UM)) {
        return CHECK_BAR_SENSOR;
    }
    if (in->stage_um == INT32_MIN) {
        return CHECK_STAGE_SENSOR;
    }
    if (!within(in->shaft_counts, 0, PEN_SHAFT_COUNTS - 1)) {
        return CHECK_SHAFT_SENSOR;
    }
    if (!within(in->nose_mc, COLDEST_MC, HOTTEST_MC) || !within(in->handle_mc, COLDEST_MC, HOTTEST_MC)) {
        return CHECK_TEMPERATURE;
    }
    return CHECK_NONE;
}

static uint8_t failing_check(const pen_inputs_t *in)
{
    if (!within(in->supply_mv, PEN_SUPPLY_MIN_MV, PEN_SUPPLY_MAX_MV)) {
        return CHECK_SUPPLY;
    }
    if (in->hold_pressed != 0U) {
        return CHECK_HOLD_RELEASED;
    }
    if (in->drive_feedback != 0U) {
        return CHECK_DRIVE_OFF;
    }
    if (!within(in->motor_ma, -IDLE_MA, IDLE_MA)) {
        return CHECK_CURRENT;
    }
    if (in->time_us % PEN_TICK_US != 0U) {
        return CHECK_CLOCK;
    }
    return failing_sensor(in);
}

/* True at the end of each period of LASTING_TICKS in which `passed` or `failed_check` is then decided. */
bool selftest_tick(selftest_t *test, const pen_inputs_t *in)
{
    if (test->ticks >= SETTLE_TICKS) {
        const uint8_t failing = failing_check(in);
        test->failing = failing != CHECK_NONE ? failing : test->failing;
    }
    test->ticks++;
    if (test->ticks < LASTING_TICKS) {
        return false;
    }
    test->failed_check = test->failing;
    test->passed = test->failing == CHECK_NONE;
    test->failing = CHECK_NONE;
    test->ticks = 0U;
    return true;
}
