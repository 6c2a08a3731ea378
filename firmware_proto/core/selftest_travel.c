/* The travel of the depth stage with the bar inside the nose: both depth channels and the steps must tell the same. */
#include "pen_device.h"
#include "pen_interlocks.h"
#include "selftest.h"

enum {
    PLACES = 5,
    DEEPEST_UM = 2400,      /* of the stage; the bar stays 0.1 mm or more inside */
    INSIDE_UM = -100,       /* where the bar has to stay */
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

static bool stays_inside(const depth_t *depth, const pen_inputs_t *in)
{
    const int64_t way_um = (int64_t)DEEPEST_UM - depth_measured_um(depth, in);
    return in->bar_um != INT32_MIN && (int64_t)in->bar_um + way_um <= INSIDE_UM;
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
    if (test->place == 0U && test->ticks == 0U && !stays_inside(depth, in)) {
        return fail(test, PEN_SELF_TEST_CHECK_NEEDLES_INSIDE);
    }
    depth_go_to(depth, PLACES_UM[test->place % PLACES]);
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
