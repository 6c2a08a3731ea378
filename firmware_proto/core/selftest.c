#include "selftest.h"

#include "pen_device.h"
#include "pen_interlocks.h"

enum {
    SETTLE_TICKS = 100,   /* the readings of the first 10 ms do not count: filters fill */
    LASTING_TICKS = 500,  /* each check of STATIC must then hold for 40 ms without a break */
    JUDGED_US = (LASTING_TICKS - SETTLE_TICKS) * PEN_TICK_US,
    CLOCK_US = JUDGED_US / 1000 * PEN_IL32_DIFFERENCE_PERMILLE,
    LATE_US = PEN_IL32_GAP_US + CLOCK_US,
    TONE_TICKS = 500,     /* 50 ms */
    PROOF_TICKS = 5000,   /* 0.5 s: longer than guard's proof can take */
    HOMING_TICKS = 20000  /* 2 s: longer than depth.c gives itself */
};

void selftest_begin(selftest_t *test, uint32_t stops)
{
    *test = (selftest_t){.phase = SELFTEST_STATIC, .stops = stops};
}

bool selftest_moves(const selftest_t *test)
{
    return test->phase == SELFTEST_HOMING || test->phase == SELFTEST_TRAVEL;
}

bool selftest_proved(const selftest_t *test)
{
    return test->phase == SELFTEST_HELD || test->phase == SELFTEST_PASSED || selftest_moves(test);
}

static void enter(selftest_t *test, selftest_phase_t phase)
{
    test->phase = phase;
    test->ticks = 0U;
    test->sounding = phase == SELFTEST_SOUNDER;
}

static void fail(selftest_t *test, uint8_t check)
{
    test->failed_check = check;
    enter(test, SELFTEST_FAILED);
}

/* The clocks against each other, and roughly against the ticks of the period: one of them may have been late. */
static bool clocks_run(const selftest_t *test, const pen_inputs_t *in)
{
    const uint64_t first_us = in->time_us - test->since_us;
    const uint64_t second_us = (uint32_t)(in->clock2_us - test->since2_us);
    const uint64_t apart_us = first_us > second_us ? first_us - second_us : second_us - first_us;
    const bool plausible = first_us >= JUDGED_US - LATE_US && first_us <= JUDGED_US + LATE_US;
    return plausible && apart_us <= CLOCK_US;
}

/* A period of STATIC has ended. Nothing has been switched or moved yet, so it simply begins anew after a failure. */
static void end_period(selftest_t *test, const pen_inputs_t *in)
{
    if (test->failing == PEN_SELF_TEST_CHECK_NONE && !clocks_run(test, in)) {
        test->failing = PEN_SELF_TEST_CHECK_CLOCK;
    }
    test->failed_check = test->failing;
    test->failing = PEN_SELF_TEST_CHECK_NONE;
    enter(test, test->failed_check == PEN_SELF_TEST_CHECK_NONE ? SELFTEST_SOUNDER : SELFTEST_STATIC);
}

/* With the emergency stop open nothing can be proved; it is no fault, and the pen shows that it is pressed. Nor is the
 * supply that the proof of a self-test before this one has just taken away: that proof ends first. */
static void check_static(selftest_t *test, const guard_t *guard, const pen_inputs_t *in, const selftest_facts_t *facts)
{
    const bool proving = guard->proof.result == GUARD_PROOF_RUNNING;
    if (in->estop_a_closed == 0U || in->estop_b_closed == 0U || proving) {
        test->ticks = 0U;
        return;
    }
    if (test->ticks == SETTLE_TICKS) {
        test->since_us = in->time_us;
        test->since2_us = in->clock2_us;
    }
    if (test->ticks >= SETTLE_TICKS && test->failing == PEN_SELF_TEST_CHECK_NONE) {
        test->failing = selftest_static_check(in, facts);
    }
    test->ticks++;
    if (test->ticks > LASTING_TICKS) {
        end_period(test, in);
    }
}

static void check_sounder(selftest_t *test, guard_t *guard, const pen_inputs_t *in)
{
    test->ticks++;
    test->heard = in->sounder_feedback != 0U;
    if (test->ticks < TONE_TICKS) {
        return;
    }
    if (!test->heard) {
        fail(test, PEN_SELF_TEST_CHECK_SOUNDER);
    } else if (guard_begin_proof(guard).reason != PEN_REASON_NONE) {
        enter(test, SELFTEST_STATIC); /* a contact has changed meanwhile: it will be found there */
    } else {
        enter(test, SELFTEST_PROOF);
    }
}

static void follow_proof(selftest_t *test, guard_t *guard)
{
    test->ticks++;
    switch (guard->proof.result) {
    case GUARD_PROOF_PASSED:
        enter(test, SELFTEST_HELD);
        if (guard->state == GUARD_LATCHED) { /* a trip may wait for it; the travel is still to come */
            guard_note_proof(guard);
        }
        break;
    case GUARD_PROOF_FAILED:
        fail(test, guard->proof.failed_check);
        break;
    case GUARD_PROOF_NONE:
    case GUARD_PROOF_RUNNING:
        if (test->ticks > PROOF_TICKS) {
            fail(test, PEN_SELF_TEST_CHECK_SHUT_OFF);
        }
        break;
    }
}

/* Nothing moves before every trip has had its reset. */
static void begin_homing(selftest_t *test, depth_t *depth, guard_t *guard, const pen_inputs_t *in)
{
    if (guard->state != GUARD_OFF) {
        return;
    }
    if (guard->stops != test->stops) { /* a STOP while nothing moved yet: nothing begins to move behind it */
        enter(test, SELFTEST_STOPPED);
        return;
    }
    guard_request_stage(guard, true);
    depth_begin_reference(depth, in);
    enter(test, SELFTEST_HOMING);
}

/* STOP or a trip has withdrawn the stage: it stands, and moves again only when a person asks for the self-test. */
static bool withdrawn(selftest_t *test, depth_t *depth, const guard_t *guard)
{
    if (guard->stage_request) {
        return false;
    }
    depth_halt(depth);
    enter(test, guard->state == GUARD_LATCHED ? SELFTEST_HELD : SELFTEST_STOPPED);
    return true;
}

static void follow_homing(selftest_t *test, depth_t *depth, guard_t *guard)
{
    test->ticks++;
    if (withdrawn(test, depth, guard)) {
        return;
    }
    if (depth_reference_done(depth, guard)) {
        test->place = 0U;
        enter(test, SELFTEST_TRAVEL);
    } else if (depth->phase == REFERENCE_FAILED || test->ticks > HOMING_TICKS) {
        guard_request_stage(guard, false);
        depth_halt(depth);
        fail(test, PEN_SELF_TEST_CHECK_REFERENCE);
    }
}

static void follow_travel(selftest_t *test, depth_t *depth, guard_t *guard, const pen_inputs_t *in)
{
    if (withdrawn(test, depth, guard)) {
        return;
    }
    const selftest_phase_t next = selftest_travel(test, depth, in);
    if (next == SELFTEST_TRAVEL) {
        return;
    }
    guard_request_stage(guard, false);
    if (next == SELFTEST_PASSED) {
        enter(test, SELFTEST_PASSED);
        test->failed_check = PEN_SELF_TEST_CHECK_NONE;
        test->passed = true;
        guard_note_self_test(guard);
    } else {
        fail(test, test->failing);
    }
}

static void go_on(selftest_t *test, depth_t *depth, guard_t *guard, const pen_inputs_t *in, const selftest_facts_t *facts)
{
    switch (test->phase) {
    case SELFTEST_STATIC:
        check_static(test, guard, in, facts);
        break;
    case SELFTEST_SOUNDER:
        check_sounder(test, guard, in);
        break;
    case SELFTEST_PROOF:
        follow_proof(test, guard);
        break;
    case SELFTEST_HELD:
        begin_homing(test, depth, guard, in);
        break;
    case SELFTEST_HOMING:
        follow_homing(test, depth, guard);
        break;
    case SELFTEST_TRAVEL:
        follow_travel(test, depth, guard, in);
        break;
    case SELFTEST_PASSED:
    case SELFTEST_FAILED:
    case SELFTEST_STOPPED:
        break;
    }
}

bool selftest_tick(selftest_t *test, depth_t *depth, guard_t *guard, const pen_inputs_t *in, const selftest_facts_t *facts)
{
    go_on(test, depth, guard, in, facts);
    if (test->failed_check == PEN_SELF_TEST_CHECK_NONE || test->failed_check == test->told_check) {
        return false;
    }
    test->told_check = test->failed_check; /* once for each failure, not each period */
    return true;
}
