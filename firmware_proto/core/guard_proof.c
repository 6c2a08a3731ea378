/* Proof of the shut-off path: both paths are switched, and what the hardware answers must follow.
 *
 * The hold-to-run path sits behind the drive's own feedback: with the switch released nothing can turn while the drive
 * is enabled here. Control gives no duty, because for it the drive is off.
 */
#include "guard_parts.h"

#include "pen_device.h"

enum {
    STEP_OFF,        /* drive off: no gate supply, winding shorted */
    STEP_DRIVE,      /* drive on: gate supply, winding open */
    STEP_OFF_AGAIN,
    STEP_SUPPLY_OFF, /* second path open: the supply of the bridge falls */
    STEP_SUPPLY_ON
};

enum {
    OFF_TICKS = 50,
    DRIVE_TICKS = 50,
    OFF_AGAIN_TICKS = 20,
    SUPPLY_OFF_TICKS = 1000,
    SUPPLY_ON_TICKS = 1000,
    NO_SUPPLY_MV = 1000,
    FALLEN_TICKS = 10 /* in a row: one reading of no supply is no proof */
};

static void enter(guard_proof_t *proof, uint8_t step, bool drive, bool supply)
{
    proof->step = step;
    proof->ticks = 0U;
    proof->drive = drive;
    proof->supply = supply;
}

static void fail(guard_proof_t *proof, uint8_t check)
{
    enter(proof, STEP_OFF, false, true);
    proof->result = GUARD_PROOF_FAILED;
    proof->failed_check = check;
}

void guard_abort_proof(guard_t *guard)
{
    if (guard->proof.result == GUARD_PROOF_RUNNING) {
        fail(&guard->proof, PEN_SELF_TEST_CHECK_SHUT_OFF);
    }
}

result_t guard_begin_proof(guard_t *guard)
{
    if (guard->drive_on || (guard->state != GUARD_OFF && guard->state != GUARD_LATCHED)) {
        return guard_refuse(PEN_REASON_WRONG_STATE, guard->state, GUARD_OFF);
    }
    if (guard->supply_open) {
        return guard_refuse(PEN_REASON_POWER_CYCLE_NEEDED, PEN_IL_05, 0);
    }
    if (guard->now.estop_a_closed == 0U || guard->now.estop_b_closed == 0U) {
        return guard_refuse(PEN_REASON_ESTOP_OPEN, 0, 1);
    }
    if (guard->now.hold_pressed != 0U) {
        return guard_refuse(PEN_REASON_HOLD_PRESSED, 1, 0);
    }
    guard->proof = (guard_proof_t){.result = GUARD_PROOF_RUNNING};
    enter(&guard->proof, STEP_OFF, false, true);
    return guard_accept();
}

static bool off(const guard_inputs_t *now)
{
    return now->drive_feedback == 0U && now->short_feedback != 0U;
}

/* The drive is off: what is wrong, or 0. */
static uint8_t wrong_off(const guard_inputs_t *now)
{
    if (now->drive_feedback != 0U) {
        return PEN_SELF_TEST_CHECK_SHUT_OFF;
    }
    return now->short_feedback == 0U ? PEN_SELF_TEST_CHECK_WINDING_SHORT : PEN_SELF_TEST_CHECK_NONE;
}

/* The drive is on: what is wrong, or 0. */
static uint8_t wrong_on(const guard_inputs_t *now)
{
    if (now->drive_feedback == 0U) {
        return PEN_SELF_TEST_CHECK_SHUT_OFF;
    }
    return now->short_feedback != 0U ? PEN_SELF_TEST_CHECK_WINDING_SHORT : PEN_SELF_TEST_CHECK_NONE;
}

static void prove_off(guard_t *guard)
{
    guard_proof_t *proof = &guard->proof;
    if (proof->ticks < OFF_TICKS) {
        return;
    }
    const uint8_t wrong = wrong_off(&guard->now);
    if (wrong != PEN_SELF_TEST_CHECK_NONE) {
        fail(proof, wrong);
    } else {
        enter(proof, STEP_DRIVE, true, true);
    }
}

static void prove_drive(guard_t *guard)
{
    guard_proof_t *proof = &guard->proof;
    if (proof->ticks < DRIVE_TICKS) {
        return;
    }
    const uint8_t wrong = wrong_on(&guard->now);
    if (wrong != PEN_SELF_TEST_CHECK_NONE) {
        fail(proof, wrong);
    } else {
        enter(proof, STEP_OFF_AGAIN, false, true);
    }
}

static void prove_off_again(guard_t *guard)
{
    guard_proof_t *proof = &guard->proof;
    if (off(&guard->now)) {
        enter(proof, STEP_SUPPLY_OFF, false, false);
    } else if (proof->ticks >= OFF_AGAIN_TICKS) {
        fail(proof, wrong_off(&guard->now));
    }
}

static void prove_supply(guard_t *guard)
{
    guard_proof_t *proof = &guard->proof;
    proof->fallen_ticks = (uint8_t)(guard->now.supply_mv < NO_SUPPLY_MV ? proof->fallen_ticks + 1U : 0U);
    if (proof->fallen_ticks >= FALLEN_TICKS) {
        enter(proof, STEP_SUPPLY_ON, false, true);
    } else if (proof->ticks >= SUPPLY_OFF_TICKS) {
        fail(proof, PEN_SELF_TEST_CHECK_SECOND_PATH);
    }
}

static void prove_supply_back(guard_t *guard)
{
    guard_proof_t *proof = &guard->proof;
    if (guard->now.supply_mv >= PEN_SUPPLY_MIN_MV) {
        proof->result = GUARD_PROOF_PASSED;
    } else if (proof->ticks >= SUPPLY_ON_TICKS) {
        fail(proof, PEN_SELF_TEST_CHECK_SECOND_PATH);
    }
}

static void step(guard_t *guard)
{
    switch (guard->proof.step) {
    case STEP_OFF:
        prove_off(guard);
        break;
    case STEP_DRIVE:
        prove_drive(guard);
        break;
    case STEP_OFF_AGAIN:
        prove_off_again(guard);
        break;
    case STEP_SUPPLY_OFF:
        prove_supply(guard);
        break;
    default:
        prove_supply_back(guard);
        break;
    }
}

void guard_prove(guard_t *guard)
{
    if (guard->proof.result != GUARD_PROOF_RUNNING) {
        return;
    }
    if (guard->now.hold_pressed != 0U) { /* behind the switch the motor could turn */
        fail(&guard->proof, PEN_SELF_TEST_CHECK_HOLD_RELEASED);
        return;
    }
    if (guard->now.estop_a_closed == 0U || guard->now.estop_b_closed == 0U) {
        fail(&guard->proof, PEN_SELF_TEST_CHECK_SHUT_OFF);
        return;
    }
    guard->proof.ticks++;
    step(guard);
}
