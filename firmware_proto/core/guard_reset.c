/* The reset of a latched trip: by whom, and when its cause is gone. */
#include "guard_parts.h"

static result_t estop_released(const guard_t *guard)
{
    const bool closed = guard->now.estop_a_closed != 0U && guard->now.estop_b_closed != 0U;
    return closed ? guard_accept() : guard_refuse(PEN_REASON_CAUSE_PRESENT, 0, 1);
}

/* Depth that the bar has to be back at; when a sensor had been lost, the trip's own limit is a time. */
static int32_t depth_to_reach_um(const guard_t *guard, const guard_trip_t *trip)
{
    const bool of_depth = trip->input == PEN_INPUT_BAR_DEPTH || trip->input == PEN_INPUT_STAGE_DEPTH;
    return of_depth ? trip->limit : guard_limits(guard)->depth_max_um;
}

static result_t depth_back(const guard_t *guard, const guard_trip_t *trip)
{
    const int32_t limit_um = depth_to_reach_um(guard, trip);
    if (guard->now.bar_um == INT32_MIN || guard->now.bar_um > limit_um) {
        return guard_refuse(PEN_REASON_CAUSE_PRESENT, guard->now.bar_um, limit_um);
    }
    if (guard->now.stage_um == INT32_MIN) {
        return guard_refuse(PEN_REASON_CAUSE_PRESENT, guard->now.stage_um, limit_um);
    }
    return guard_accept();
}

static result_t shaft_at_rest(const guard_t *guard, const guard_trip_t *trip)
{
    const bool valid = guard->now.time_us == guard->rate.valid_us;
    if (!valid || guard->rate.stroke_mhz != 0) {
        return guard_refuse(PEN_REASON_CAUSE_PRESENT, guard->rate.stroke_mhz, trip->limit);
    }
    return guard_accept();
}

static result_t new_session(const guard_t *guard, const guard_trip_t *trip)
{
    if (guard->now.session_id == trip->session_id) {
        return guard_refuse(PEN_REASON_NEW_SESSION_NEEDED, 0, 0);
    }
    return guard_link_alive(guard) ? guard_accept() : guard_refuse(PEN_REASON_NO_SESSION, 0, 0);
}

static result_t present(int32_t value, int32_t limit)
{
    return guard_refuse(PEN_REASON_CAUSE_PRESENT, value, limit);
}

static result_t contacts_agree(const guard_t *guard)
{
    return guard_contacts_agree(guard) ? guard_accept() : present(1, 0);
}

static result_t calibrated(const guard_trip_t *trip)
{
    return trip->answered ? guard_accept() : guard_refuse(PEN_REASON_CALIBRATION_NEEDED, trip->value, trip->limit);
}

static result_t sensors_valid(const guard_t *guard)
{
    if (guard->now.bar_um == INT32_MIN || guard->now.stage_um == INT32_MIN) {
        return present(INT32_MIN, 0);
    }
    const int32_t nearest_um = guard_bar_in_reach_um(guard->now.bar_um);
    return guard->now.bar_um == nearest_um ? guard_accept() : present(guard->now.bar_um, nearest_um);
}

/* IL-14: the winding has cooled; a second one asks for a whole self-test first. */
static result_t current_gone(const guard_t *guard, const guard_trip_t *trip)
{
    const bool again = trip->restored || guard->power.over_currents > 1U;
    if (again && !trip->answered) {
        return guard_refuse(PEN_REASON_SELF_TEST_NEEDED, 0, 0);
    }
    const int32_t heat_permille = guard_heat_permille(guard);
    return heat_permille < 1000 ? guard_accept() : present(heat_permille, 1000);
}

static result_t lifted(const guard_t *guard)
{
    return guard->lift_needed ? guard_refuse(PEN_REASON_LIFT_FIRST, guard->now.press_mn, PEN_IL23_RELEASE_MN) : guard_accept();
}

static result_t supply_back(const guard_t *guard)
{
    const int32_t supply_mv = guard->now.supply_mv;
    return supply_mv < PEN_IL17_MINIMUM_MV ? present(supply_mv, PEN_IL17_MINIMUM_MV) : guard_accept();
}

static result_t configuration_whole(const guard_t *guard)
{
    return guard->now.configuration_damaged == 0U ? guard_accept() : guard_refuse(PEN_REASON_CONFIGURATION_DAMAGED, 0, 0);
}

static result_t cause_gone(const guard_t *guard, const guard_trip_t *trip)
{
    switch (trip->interlock) {
    case PEN_IL_01:
        return estop_released(guard);
    case PEN_IL_04:
        return contacts_agree(guard);
    case PEN_IL_07:
        return depth_back(guard, trip);
    case PEN_IL_08:
        return calibrated(trip);
    case PEN_IL_09:
        return sensors_valid(guard);
    case PEN_IL_11:
    case PEN_IL_13:
    case PEN_IL_45:
        return shaft_at_rest(guard, trip);
    case PEN_IL_14:
        return current_gone(guard, trip);
    case PEN_IL_15:
        return lifted(guard);
    case PEN_IL_17:
        return supply_back(guard);
    case PEN_IL_19:
        return guard_cartridge_seated(guard);
    case PEN_IL_26:
        return new_session(guard, trip);
    case PEN_IL_29:
        return configuration_whole(guard);
    case PEN_IL_31:
    case PEN_IL_38:
        return guard_accept();
    default:
        return guard_refuse(PEN_REASON_GUARD_REFUSED, trip->interlock, 0);
    }
}

/* Who may: the catalogue says it. At home the operator does what in the clinic the clinician does; it is the mode of the
 * trip that counts, for off and on brings the pen back in HOME. A trip whose mode nobody knows is the clinician's. */
static result_t role_for(const guard_t *guard, const guard_trip_t *trip, uint8_t role)
{
    const uint8_t interlock = trip->interlock;
    uint8_t needed = guard_interlock(interlock)->reset_role;
    if (needed == PEN_RESET_ROLE_POWER_CYCLE) {
        return guard_refuse(PEN_REASON_POWER_CYCLE_NEEDED, interlock, 0);
    }
    if (needed == PEN_RESET_ROLE_CLINICIAN && trip->mode == PEN_MODE_HOME) {
        needed = PEN_RESET_ROLE_OPERATOR;
    }
    if (role < needed || role > PEN_ROLE_SERVICE) {
        return guard_refuse(PEN_REASON_ROLE, role, needed);
    }
    if (needed == PEN_RESET_ROLE_SERVICE && !guard->button.pressed) {
        return guard_refuse(PEN_REASON_BUTTON_NOT_PRESSED, 0, 1);
    }
    return guard_accept();
}

_Static_assert((int)PEN_RESET_ROLE_SERVICE == (int)PEN_ROLE_SERVICE && (int)PEN_RESET_ROLE_CLINICIAN == (int)PEN_ROLE_CLINICIAN
                   && (int)PEN_RESET_ROLE_OPERATOR == (int)PEN_ROLE_OPERATOR,
               "the catalogue's roles have the numbers of the link's");

static int find_trip(const guard_t *guard, int32_t interlock)
{
    for (int i = 0; i < guard->trip_count; i++) {
        if (guard->trips[i].interlock == interlock) {
            return i;
        }
    }
    return -1;
}

static void forget_repeats(guard_t *guard)
{
    for (unsigned i = 0; i <= PEN_IL_COUNT; i++) {
        guard->repeat_us[i][0] = 0U;
        guard->repeat_us[i][1] = 0U;
    }
}

/* What the reset of an interlock asks for afterwards. */
static void settle(guard_t *guard, uint8_t interlock)
{
    if (interlock == PEN_IL_07) {
        guard->referenced = false; /* over-travel asks for a new reference */
        guard->home_seen = false;
    } else if (interlock == PEN_IL_38) {
        forget_repeats(guard);
    } else if (interlock == PEN_IL_15) {
        guard->press.over_forces = 0U;
    } else if (interlock == PEN_IL_09 || interlock == PEN_IL_45) {
        guard->self_test_needed = true;
    } else if (interlock == PEN_IL_05) {
        guard->supply_open = false;
    }
}

static void clear_trip(guard_t *guard, int index)
{
    settle(guard, guard->trips[index].interlock);
    guard_drop_trip(guard, (unsigned)index);
    if (guard->trip_count == 0U) {
        guard->state = GUARD_OFF;
    }
}

result_t guard_reset(guard_t *guard, int32_t interlock, uint8_t role)
{
    if (guard->trip_count == 0U) {
        return guard_refuse(PEN_REASON_NOT_LATCHED, interlock, 0);
    }
    const int index = find_trip(guard, interlock);
    if (index < 0) {
        return guard_refuse(PEN_REASON_WRONG_INTERLOCK, interlock, guard->trips[0].interlock);
    }
    if (guard->drive_on) { /* a C1 is still under way */
        return guard_refuse(PEN_REASON_WRONG_STATE, PEN_STATE_STOPPING, PEN_STATE_SAFE);
    }
    result_t result = role_for(guard, &guard->trips[index], role);
    if (result.reason == PEN_REASON_NONE) {
        result = cause_gone(guard, &guard->trips[index]);
    }
    if (result.reason == PEN_REASON_NONE) {
        clear_trip(guard, index);
    }
    return result;
}

/* Whether switching off and on has happened since the trip, which is what ends it. */
static bool power_cycled(const guard_t *guard, const guard_trip_t *trip)
{
    return trip->restored && guard->settings.restart_cause == PEN_RESTART_CAUSE_POWER_ON
           && guard_interlock(trip->interlock)->reset_role == PEN_RESET_ROLE_POWER_CYCLE;
}

/* What can be tested while a trip is latched and nothing may move has passed. */
void guard_note_proof(guard_t *guard)
{
    for (int i = (int)guard->trip_count - 1; i >= 0; i--) {
        if (power_cycled(guard, &guard->trips[i])) {
            clear_trip(guard, i);
        } else if (guard->trips[i].interlock == PEN_IL_14) {
            guard->trips[i].answered = true;
        }
    }
}

void guard_note_self_test(guard_t *guard)
{
    guard->self_test_needed = false;
    guard->power.over_currents = 0U;
    guard_note_proof(guard);
}

void guard_note_calibration(guard_t *guard)
{
    const int index = find_trip(guard, PEN_IL_08);
    if (index >= 0) {
        guard->trips[index].answered = true;
    }
}
