/* The travel of the depth stage with the bar inside the nose: both depth channels and the steps must tell the same. */
#include "pen_device.h"
#include "pen_interlocks.h"
#include "selftest.h"

enum {
    PLACES = 5,
    DEEPEST_UM = 2400,      /* of the stage, with the bar at the top of its stroke */
    INSIDE_UM = -100,       /* the bar is sent no deeper than this */
    ALMOST_OUT_UM = -50,    /* where a bar that moves otherwise ends the travel */
    LEAST_WAY_UM = 250,     /* with the bar at the bottom of its stroke there is 350 µm */
    PLACE_TICKS = 10000,    /* 1 s for one way */
    SENSORS_APART_UM = 30,  /* sensor A against sensor B, in movement */
    STEPS_APART_UM = PEN_IL10_DRIFT_UM
};

static const int32_t PLACES_UM[PLACES] = {DEPTH_PARK_UM, 500, 1500, DEEPEST_UM, DEPTH_PARK_UM};

static bool apart(int32_t a_um, int32_t b_um, int32_t most_um)
{
    const int64_t difference = (int64_t)a_um - b_um;
    return difference > most_um || difference < -most_um;
}

/* Wherever the crank has come to rest. */
static int32_t deepest_um(const depth_t *depth, const pen_inputs_t *in)
{
    const int32_t stage_um = depth_measured_um(depth, in);
    if (in->bar_um == INT32_MIN || stage_um == INT32_MIN) {
        return DEPTH_PARK_UM;
    }
    const int64_t deepest = (int64_t)stage_um + INSIDE_UM - in->bar_um;
    if (deepest > DEEPEST_UM) {
        return DEEPEST_UM;
    }
    return deepest < DEPTH_PARK_UM ? DEPTH_PARK_UM : (int32_t)deepest;
}

static bool stays_inside(selftest_t *test, const depth_t *depth, const pen_inputs_t *in)
{
    if (test->place == 0U && test->ticks == 0U) {
        test->deepest_um = deepest_um(depth, in);
    }
    return test->deepest_um >= DEPTH_PARK_UM + LEAST_WAY_UM && in->bar_um <= ALMOST_OUT_UM;
}

static int32_t steps_um(int32_t steps)
{
    return (int32_t)((int64_t)steps * PEN_STAGE_STEP_NM / 1000);
}

/* The readings at the first place are what the others are measured from. */
static bool agree(selftest_t *test, const depth_t *depth, const pen_inputs_t *in)
{
    if (test->place == 0U) {
        test->stage_um = in->stage_um;
        test->bar_um = in->bar_um;
        test->steps = depth->steps;
        return true;
    }
    if (in->bar_um == INT32_MIN) {
        return false;
    }
    const int32_t stage_um = in->stage_um - test->stage_um;
    const int32_t bar_um = in->bar_um - test->bar_um;
    return !apart(stage_um, bar_um, SENSORS_APART_UM) && !apart(stage_um, steps_um(depth->steps - test->steps), STEPS_APART_UM);
}

static selftest_phase_t fail(selftest_t *test, uint8_t check)
{
    test->failing = check;
    return SELFTEST_FAILED;
}

selftest_phase_t selftest_travel(selftest_t *test, depth_t *depth, const pen_inputs_t *in)
{
    if (!stays_inside(test, depth, in)) {
        return fail(test, PEN_SELF_TEST_CHECK_NEEDLES_INSIDE);
    }
    const int32_t place_um = PLACES_UM[test->place % PLACES];
    depth_go_to(depth, place_um < test->deepest_um ? place_um : test->deepest_um);
    test->ticks++;
    if (!depth_in_position(depth, in)) {
        return test->ticks > PLACE_TICKS ? fail(test, PEN_SELF_TEST_CHECK_DEPTH_TRAVEL) : SELFTEST_TRAVEL;
    }
    if (!agree(test, depth, in)) {
        return fail(test, PEN_SELF_TEST_CHECK_DEPTH_TRAVEL);
    }
    test->place++;
    test->ticks = 1U;
    return test->place >= PLACES ? SELFTEST_PASSED : SELFTEST_TRAVEL;
}
