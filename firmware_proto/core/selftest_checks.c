/* What must be in order while nothing is switched and nothing moves. Each check has a number that the host explains. */
#include "pen_device.h"
#include "selftest.h"

enum {
    IDLE_MA = 50, /* current with the drive off */
    COLDEST_MC = -10000,
    HOTTEST_MC = 60000,
    BAR_HIGHEST_UM = PEN_STAGE_HOME_UM - PEN_STROKE_UM - 200,
    BAR_DEEPEST_UM = PEN_STAGE_END_UM + 100,
    PRESS_LEAST_MN = -1000, /* a pen that lies on its nose is no fault, a sensor that pulls is */
    PRESS_MOST_MN = 20000
};

static bool within(int32_t value, int32_t low, int32_t high)
{
    return value >= low && value <= high;
}

static uint8_t failing_sensor(const pen_inputs_t *in)
{
    if (!within(in->bar_um, BAR_HIGHEST_UM, BAR_DEEPEST_UM)) {
        return PEN_SELF_TEST_CHECK_BAR_SENSOR;
    }
    if (in->stage_um == INT32_MIN) {
        return PEN_SELF_TEST_CHECK_STAGE_SENSOR;
    }
    if (!within(in->shaft_counts, 0, PEN_SHAFT_COUNTS - 1)) {
        return PEN_SELF_TEST_CHECK_SHAFT_SENSOR;
    }
    if (!within(in->nose_mc, COLDEST_MC, HOTTEST_MC) || !within(in->handle_mc, COLDEST_MC, HOTTEST_MC)) {
        return PEN_SELF_TEST_CHECK_TEMPERATURE;
    }
    return within(in->press_mn, PRESS_LEAST_MN, PRESS_MOST_MN) ? PEN_SELF_TEST_CHECK_NONE : PEN_SELF_TEST_CHECK_PRESS_SENSOR;
}

static uint8_t failing_contact(const pen_inputs_t *in)
{
    if (in->hold_pressed != 0U) {
        return PEN_SELF_TEST_CHECK_HOLD_RELEASED;
    }
    return in->hold_released != 0U ? PEN_SELF_TEST_CHECK_NONE : PEN_SELF_TEST_CHECK_HOLD_CONTACTS;
}

static uint8_t failing_drive(const pen_inputs_t *in)
{
    if (!within(in->supply_mv, PEN_SUPPLY_MIN_MV, PEN_SUPPLY_MAX_MV)) {
        return PEN_SELF_TEST_CHECK_SUPPLY;
    }
    if (in->drive_feedback != 0U) {
        return PEN_SELF_TEST_CHECK_DRIVE_OFF;
    }
    return within(in->motor_ma, -IDLE_MA, IDLE_MA) ? PEN_SELF_TEST_CHECK_NONE : PEN_SELF_TEST_CHECK_CURRENT;
}

static uint8_t failing_fact(const pen_inputs_t *in, const selftest_facts_t *facts)
{
    if (in->sounder_feedback != 0U && !facts->sounding) { /* what always draws current proves no tone */
        return PEN_SELF_TEST_CHECK_SOUNDER;
    }
    if ((facts->found & FOUND_MEMORY_FAILED) != 0U) {
        return PEN_SELF_TEST_CHECK_MEMORY;
    }
    if ((facts->found & (FOUND_CONFIGURATION_DAMAGED | FOUND_CALIBRATION_DAMAGED)) != 0U) {
        return PEN_SELF_TEST_CHECK_CONFIGURATION;
    }
    if (!facts->firmware_genuine) {
        return PEN_SELF_TEST_CHECK_FIRMWARE;
    }
    return facts->self_check != 0U ? PEN_SELF_TEST_CHECK_CONTROLLER : PEN_SELF_TEST_CHECK_NONE;
}

uint8_t selftest_static_check(const pen_inputs_t *in, const selftest_facts_t *facts)
{
    uint8_t failing = failing_drive(in);
    if (failing == PEN_SELF_TEST_CHECK_NONE) {
        failing = failing_contact(in);
    }
    if (failing == PEN_SELF_TEST_CHECK_NONE) {
        failing = failing_sensor(in);
    }
    return failing != PEN_SELF_TEST_CHECK_NONE ? failing : failing_fact(in, facts);
}
