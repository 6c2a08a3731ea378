"""The tests of guard tested: each defect planted in a copy of its source is noticed by the test for it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import test_button as button
import test_guard_chatter as chatter
import test_guard_depth as depth
import test_guard_drive as drive
import test_guard_power as power
import test_guard_rate as rate
import test_guard_requests as requests
import test_guard_resets as resets
import test_guard_sensors as sensors
import test_guard_slow as slow
import test_guard_stops as stops
from guard_rig import CLINICAL, HOME, OFF, RUN, Guard, GuardLibrary, NewGuard, compile_guard, copy_core, plant

pytestmark = pytest.mark.long

Check = Callable[[NewGuard], None]
GUARD = "guard*.c"
"""Whichever file of guard the piece of source stands in."""


@dataclass(frozen=True)
class Defect:
    """A piece of source, what it is replaced by, and the check that must fail for it."""

    what: str
    file: str
    source: str
    planted: str
    check: Check


def _(test: Callable[..., None], *arguments: object) -> Check:
    return lambda new_guard: test(new_guard, *arguments)


bar_limit = _(depth.test_the_needle_bar_trips_one_micrometre_beyond_the_limit, CLINICAL, 1000, 1100)
bar_cap = _(depth.test_the_needle_bar_trips_one_micrometre_beyond_the_limit, HOME, 250, 250)
stage_limit = _(depth.test_the_depth_stage_trips_one_micrometre_beyond_the_limit, CLINICAL, 1000, 1100)
boundary = functools.partial(_, rate.test_overspeed_trips_just_above_the_limit)
latched = {
    trip: _(stops.test_a_trip_stays_latched_until_its_own_reset, trip, act) for trip, act in stops.TRIPS
}
cause = {
    trip: _(stops.test_a_reset_is_refused_while_the_cause_is_present, trip, act) for trip, act in stops.TRIPS
}

DEFECTS = [
    Defect(
        "the margin of the setpoint is lost",
        GUARD,
        "guard->depth_set_um + PEN_IL07_SET_MARGIN_UM",
        "guard->depth_set_um",
        bar_limit,
    ),
    Defect(
        "the cap is forgotten",
        GUARD,
        "return with_margin_um < cap_um ? with_margin_um : cap_um;",
        "return with_margin_um;",
        bar_cap,
    ),
    Defect(
        "one micrometre too many",
        GUARD,
        "valid && depth_um > allowed_um",
        "valid && depth_um > allowed_um + 1",
        bar_limit,
    ),
    Defect(
        "the comparison of depth is flipped",
        GUARD,
        "valid && depth_um > allowed_um",
        "valid && depth_um < allowed_um",
        bar_limit,
    ),
    Defect(
        "sensor A is not looked at",
        GUARD,
        "    hold_depth(guard, now->stage_um",
        "    if (0) hold_depth(guard, now->stage_um",
        stage_limit,
    ),
    Defect(
        "the limit falls without a ramp",
        GUARD,
        "guard->allowed_nm -= TICK_RAMP_NM;",
        "guard->allowed_nm = wanted_nm;",
        _(depth.test_lowering_the_setpoint_is_no_trip_while_the_stage_follows, 2475, 100, 0.0),
    ),
    Defect(
        "the limit does not fall",
        GUARD,
        "guard->allowed_nm -= TICK_RAMP_NM;",
        ";",
        _(depth.test_lowering_the_setpoint_trips_when_the_stage_does_not_move, 1000, 500),
    ),
    Defect(
        "a lost sensor is no doubt",
        GUARD,
        "return *doubt > DOUBT_MOST;",
        "return false;",
        _(depth.test_a_depth_sensor_without_readings_is_an_unknown_depth, "bar_um", depth.BAR_SENSOR),
    ),
    Defect(
        "an invalid reading is one inside the nose",
        GUARD,
        "guard->now.bar_um != INT32_MIN && guard->now.bar_um < 0;",
        "guard->now.bar_um < 0;",
        _(depth.test_the_stage_goes_no_deeper_when_needles_are_not_seen_inside, -2147483648, False),
    ),
    Defect(
        "a depth overflows",
        GUARD,
        "saturate32((int64_t)guard->now.stage_um - guard->zero_um + PEN_STAGE_HOME_UM)",
        "(int32_t)((int64_t)guard->now.stage_um - guard->zero_um + PEN_STAGE_HOME_UM)",
        _(depth.test_an_absurd_reading_trips_like_any_other_that_is_too_deep, "stage_um", 2147483647),
    ),
    Defect(
        "a depth may rise in RUN",
        GUARD,
        "running(guard) && depth_um > guard->depth_set_um",
        "0",
        depth.test_an_increase_while_running_is_refused,
    ),
    Defect(
        "overspeed is measured at 11 %",
        GUARD,
        "1000 + PEN_IL11_OVER_SET_PERMILLE",
        "1010 + PEN_IL11_OVER_SET_PERMILLE",
        boundary(CLINICAL, 100_000, 100.0, 109.95, 110.05, 1),
    ),
    Defect(
        "no cap of the rate",
        GUARD,
        "guard->rate.window_mhz > cap_mhz",
        "0",
        boundary(CLINICAL, 150_000, 148.5, 149.97, 150.03, 1),
    ),
    Defect(
        "the clinic's cap at home",
        GUARD,
        "return &guard->limits[i];",
        "return &guard->limits[1];",
        boundary(HOME, 100_000, 99.0, 99.97, 100.03, 1),
    ),
    Defect(
        "no single stroke is too fast",
        GUARD,
        "guard->rate.stroke_mhz > permille_of(cap_mhz, FASTEST_PERMILLE)",
        "0",
        _(rate.test_a_single_stroke_far_above_the_cap_trips, 1),
    ),
    Defect(
        "no hysteresis of the rate",
        GUARD,
        "guard->rate.stroke_mhz < clear_mhz",
        "guard->rate.stroke_mhz <= set_limit_mhz",
        rate.test_between_release_and_limit_the_clock_runs_on,
    ),
    Defect(
        "the clock of overspeed begins too late",
        GUARD,
        "const uint64_t start_us = guard->rate.stroke_start_us;",
        "const uint64_t start_us = guard->now.time_us;",
        _(rate.test_overspeed_is_found_within_60_ms_whenever_it_begins, CLINICAL, 50_000, 50.0, 55.06),
    ),
    Defect(
        "a backwards shaft has no rate",
        "rate_meter.c",
        "return -1;",
        "return 0;",
        _(rate.test_the_mean_rate_is_right_within_a_thousandth, 100.0, -1),
    ),
    Defect(
        "the edge of a quarter turn is placed at the tick",
        "rate_meter.c",
        "time_us - (ago_us < MOST_LATE_US ? ago_us : MOST_LATE_US)",
        "time_us - 0U * ago_us",
        _(rate.test_the_mean_rate_is_right_within_a_thousandth, 117.37, 1),
    ),
    Defect(
        "a gap is taken for a tick",
        "rate_meter.c",
        "(int64_t)gap_us) / step",
        "(int64_t)(gap_us > 0U ? PEN_TICK_US : 0)) / step",
        _(rate.test_short_gaps_in_the_readings_do_not_falsify_the_rate, 8, 2),
    ),
    Defect(
        "every reading is within reach",
        "rate_meter.c",
        "return most >= HALF_TURN_COUNTS ||",
        "return true || most >= HALF_TURN_COUNTS ||",
        rate.test_single_wrong_readings_do_not_hide_overspeed,
    ),
    Defect(
        "the wrap of the angle is wrong",
        "rate_meter.c",
        "step += PEN_SHAFT_COUNTS;",
        "step += PEN_SHAFT_COUNTS / 2;",
        boundary(CLINICAL, 100_000, 100.0, 109.95, 110.05, 1),
    ),
    Defect(
        "a count back is a turning back",
        "rate_meter.c",
        "back < BACK_COUNTS ? 0U : meter->back_readings + 1U",
        "meter->back_readings + 1U",
        rate.test_some_counts_back_are_no_turning_back_however_long,
    ),
    Defect(
        "a single reading is a turning back",
        "rate_meter.c",
        "if (back < QUARTER_COUNTS && meter->back_readings < BACK_READINGS) {",
        "if (meter->back_readings < 1) {",
        _(rate.test_readings_that_fall_back_do_not_falsify_the_rate, 80_000, 89.0, 100, 1),
    ),
    Defect(
        "no turning back is believed",
        "rate_meter.c",
        "if (back < QUARTER_COUNTS && meter->back_readings < BACK_READINGS) {",
        "if (1) {",
        _(rate.test_a_true_turning_back_is_followed, 0.3),
    ),
    Defect(
        "without quarter turns there is no overspeed",
        GUARD,
        "if (mean_mhz > permille_of(cap_mhz, FASTEST_PERMILLE)) {",
        "if (0) {",
        _(rate.test_a_shaft_sensor_that_goes_back_and_forth_does_not_hide_what_it_comes_to, 172.0),
    ),
    Defect(
        "hold-to-run is not asked for at the start",
        GUARD,
        "if (!guard->hold) {\n        return guard_refuse",
        "if (0) {\n        return guard_refuse",
        stops.test_a_start_needs_a_new_press_after_each_stop,
    ),
    Defect(
        "a release does not stop",
        GUARD,
        ".value = 0, .limit = 1};\n            guard_halt(guard, &why, true);",
        ".value = 0, .limit = 1};\n            (void)why;",
        stops.test_hold_to_run_stops_after_its_debounce_and_does_not_latch,
    ),
    Defect(
        "a chattering contact begins anew",
        "guard_parts.h",
        "*doubt = (uint16_t)(*doubt - (*doubt > 0U ? 1U : 0U));",
        "*doubt = 0U;",
        _(stops.test_an_emergency_chain_that_chatters_open_trips, "estop_a_closed", 1),
    ),
    Defect(
        "channel B of the emergency stop is not looked at",
        GUARD,
        "watch_estop(guard, 1U, guard->now.estop_b_closed, PEN_INPUT_ESTOP_B);",
        "",
        _(stops.test_either_emergency_chain_trips_after_its_debounce, "estop_b_closed", 2, RUN),
    ),
    Defect(
        "the emergency stop is looked at in RUN only",
        GUARD,
        "const bool open = closed == 0U;",
        "const bool open = closed == 0U && guard->drive_on;",
        _(stops.test_either_emergency_chain_trips_after_its_debounce, "estop_a_closed", 1, OFF),
    ),
    Defect(
        "one tick of debounce more",
        GUARD,
        "estop_doubt[channel], open, ESTOP_TICKS)",
        "estop_doubt[channel], open, ESTOP_TICKS + 1)",
        _(stops.test_either_emergency_chain_trips_after_its_debounce, "estop_a_closed", 1, RUN),
    ),
    Defect(
        "silence is allowed at its limit and beyond",
        GUARD,
        "silent_us > PEN_IL26_TIMEOUT_US) {\n        guard_trip",
        "silent_us > 2 * PEN_IL26_TIMEOUT_US) {\n        guard_trip",
        _(stops.test_communications_loss_trips_after_250_ms, False),
    ),
    Defect(
        "READY needs no link",
        GUARD,
        "guard->state != GUARD_ARMED && guard->state != GUARD_RUN",
        "guard->state != GUARD_RUN",
        _(stops.test_communications_loss_trips_after_250_ms, True),
    ),
    Defect(
        "a trip does not latch",
        GUARD,
        "    guard->state = GUARD_LATCHED;\n",
        "    guard->state = GUARD_OFF;\n",
        latched[7],
    ),
    Defect(
        "a trip is not kept",
        GUARD,
        "        guard->trip_count++;\n",
        "",
        latched[1],
    ),
    Defect(
        "C0 leaves the drive on",
        GUARD,
        "if (stop == PEN_STOP_KIND_C0 || !guard->drive_on) {",
        "if (!guard->drive_on) {",
        bar_limit,
    ),
    Defect(
        "after C0 the stage moves",
        GUARD,
        "return !guard->drive_on && (guard->stage_request || !stopped_by_c0(guard)) ? 1U : 0U;",
        "return !guard->drive_on ? 1U : 0U;",
        stops.test_c0_ends_a_controlled_stop_at_once,
    ),
    Defect(
        "C1 has no time-limit",
        GUARD,
        "guard->now.time_us - guard->stop_us >= PEN_C1_TIMEOUT_US",
        "guard->stop_us > guard->now.time_us",
        _(stops.test_a_controlled_stop_ends_within_100_ms_whatever_the_shaft_does, stops.stuck, "stop"),
    ),
    Defect(
        "any reset ends any latch",
        GUARD,
        "if (guard->trips[i].interlock == interlock) {\n            return i;",
        "if (interlock != 0) {\n            return i;",
        latched[11],
    ),
    Defect(
        "a reset does not ask for the cause",
        GUARD,
        "result = cause_gone(guard, &guard->trips[index]);",
        "(void)cause_gone;",
        cause[1],
    ),
    Defect(
        "a reset needs no new link session",
        GUARD,
        "if (guard->now.session_id == trip->session_id) {",
        "if (0) {",
        cause[26],
    ),
    Defect(
        "a reset starts",
        GUARD,
        "    if (guard->trip_count == 0U) {\n        guard->state = GUARD_OFF;",
        "    if (guard->trip_count == 0U) {\n        guard->drive_on = 1;\n        guard->state = GUARD_RUN;",
        latched[1],
    ),
    Defect(
        "one reset for all trips",
        GUARD,
        "    guard->trip_count--;\n",
        "    guard->trip_count = 0U;\n",
        stops.test_two_trips_need_two_resets,
    ),
    Defect(
        "over-travel keeps its reference",
        GUARD,
        "if (interlock == PEN_IL_07) {",
        "if (0) {",
        depth.test_over_travel_is_reset_when_the_needles_are_back_and_asks_for_a_reference,
    ),
    Defect(
        "STOP is not taken",
        GUARD,
        "        guard_stop(guard);\n",
        "",
        stops.test_stop_is_taken_in_every_state,
    ),
    Defect(
        "an old press is good enough",
        GUARD,
        "if (!guard->hold_fresh) {\n        return guard_refuse",
        "if (0) {\n        return guard_refuse",
        _(slow.test_a_rate_below_85_per_cent_stops_within_250_ms, 100_000, 84.9),
    ),
    Defect(
        "the first pressing arms",
        GUARD,
        "if (result.reason == PEN_REASON_NONE && guard->hold) { /* IL-03 */",
        "if (0) {",
        stops.test_a_start_needs_a_new_press_after_each_stop,
    ),
    Defect(
        "a switch may be held for ever",
        GUARD,
        "if (held_us > PEN_IL03_STOP_US) {",
        "if (0) {",
        drive.test_a_switch_that_is_held_very_long_warns_then_stops,
    ),
    Defect(
        "the second contact of hold-to-run is not looked at",
        GUARD,
        "guard->now.hold_pressed != 0U && guard->now.hold_released == 0U;",
        "guard->now.hold_pressed != 0U;",
        drive.test_a_switch_in_doubt_counts_as_released,
    ),
    Defect(
        "contacts may contradict each other",
        GUARD,
        "guard_lasts(&contacts->estop_apart_ticks, estop_apart(guard), APART_TICKS)",
        "guard_lasts(&contacts->estop_apart_ticks, false, APART_TICKS)",
        _(drive.test_contacts_that_contradict_each_other_trip_after_200_ms, *drive.CONTACTS[1]),
    ),
    Defect(
        "uncommanded motion leaves the second path closed",
        GUARD,
        "    guard->supply_open = true;\n",
        "",
        _(drive.test_motion_with_the_drive_off_trips_within_10_ms, 221.0, True),
    ),
    Defect(
        "feedback is not compared",
        GUARD,
        "judged && fed != drive->asked",
        "0",
        _(
            drive.test_feedback_against_what_is_asked_opens_the_second_path,
            "drive_feedback",
            drive.FEEDBACK,
            True,
        ),
    ),
    Defect(
        "motion is judged while needles come back",
        GUARD,
        "const bool home = drive->home && ",
        "const bool home = true || ",
        drive.test_needles_that_come_back_late_are_no_motion_of_the_drive,
    ),
    Defect(
        "the proof does not look at the short",
        GUARD,
        "return now->short_feedback == 0U ? PEN_SELF_TEST_CHECK_WINDING_SHORT : PEN_SELF_TEST_CHECK_NONE;",
        "return PEN_SELF_TEST_CHECK_NONE;",
        _(drive.test_a_path_that_does_not_switch_fails_the_proof, {"short_feedback": 0}, {13}),
    ),
    Defect(
        "the proof goes on under a hand",
        GUARD,
        "if (guard->now.hold_pressed != 0U) { /* behind",
        "if (0) { /* behind",
        _(drive.test_a_hand_at_the_switches_ends_the_proof, {"hold_pressed": 1}),
    ),
    Defect(
        "the sensors may contradict each other",
        GUARD,
        "turning->apart_strokes >= PEN_IL08_STROKES_COUNT",
        "0",
        _(sensors.test_depth_sensors_that_contradict_each_other_trip_at_the_third_stroke, CLINICAL, 100, 1),
    ),
    Defect(
        "the depths are compared at the bottom only",
        GUARD,
        "(void)compare_depths(guard, &seen->top, PEN_STROKE_UM);",
        "",
        _(sensors.test_a_lie_of_any_phase_is_found_within_30_ms_at_100_hz, 0.75, "bar_um"),
    ),
    Defect(
        "a crank that has not been at its top is compared there",
        GUARD,
        "if (seen->top_passed) {",
        "if (1) {",
        _(sensors.test_a_start_from_anywhere_in_the_stroke_contradicts_nothing, 0.2),
    ),
    Defect(
        "strokes are counted on their way down only",
        GUARD,
        "count_crossing(guard, &slow->up);",
        "",
        _(slow.test_a_shaft_sensor_that_slips_is_found_within_30_ms_at_100_hz, 0.375),
    ),
    Defect(
        "a stop that turns back counts a stroke",
        GUARD,
        "if (slow->below && guard->state == GUARD_RUN) {",
        "if (slow->below) {",
        _(slow.test_a_controlled_stop_that_turns_back_half_way_counts_no_stroke, 0.4),
    ),
    Defect(
        "at home the clinic's difference is good enough",
        GUARD,
        "PEN_IL08_DIFFERENCE_UM : PEN_IL08_HOME_DIFFERENCE_UM",
        "PEN_IL08_DIFFERENCE_UM : PEN_IL08_DIFFERENCE_UM",
        _(sensors.test_depth_sensors_that_contradict_each_other_trip_at_the_third_stroke, HOME, 30, 1),
    ),
    Defect(
        "a stuck bar is not noticed",
        GUARD,
        "moved_um < PEN_IL09_LEAST_UM",
        "0",
        _(sensors.test_a_bar_sensor_that_is_stuck_is_found_within_20_ms, 100.0, 0.0),
    ),
    Defect(
        "a jump is believed",
        GUARD,
        "if (jump_um > most_um) {\n        trip_bar",
        "if (0) {\n        trip_bar",
        _(sensors.test_a_bar_reading_that_jumps_is_impossible, 401, True),
    ),
    Defect(
        "a stage may slip",
        GUARD,
        "drift_um > PEN_IL10_DRIFT_UM || drift_um < -PEN_IL10_DRIFT_UM",
        "drift_um > PEN_IL10_DRIFT_UM",
        _(sensors.test_a_stage_that_slips_loses_its_reference, -1),
    ),
    Defect(
        "underspeed needs no time",
        GUARD,
        "guard->now.time_us - slow->underspeed_since_us > PEN_IL12_WINDOW_US",
        "true",
        slow.test_a_short_slow_down_and_the_spin_up_are_no_trip,
    ),
    Defect(
        "a stall is not noticed",
        GUARD,
        "if (mean_mhz < least_mhz) {",
        "if (0) {",
        _(slow.test_a_shaft_that_stands_at_once_is_found_within_60_ms, 100_000, 0.5),
    ),
    Defect(
        "the shaft is believed",
        GUARD,
        "if (guard_size(moved_counts - TURNS_COUNTS) > MOST_APART_COUNTS) {",
        "if (0) {",
        _(slow.test_a_stuck_shaft_sensor_is_found_by_the_strokes_of_the_bar, 100.0),
    ),
    Defect(
        "one tick of over-current more",
        GUARD,
        "PEN_IL14_COMPARATOR_US / PEN_TICK_US - 1,",
        "PEN_IL14_COMPARATOR_US / PEN_TICK_US,",
        _(power.test_over_current_trips_within_a_millisecond, 1),
    ),
    Defect(
        "the winding never cools",
        GUARD,
        "power->square_sum / MS_TICKS - power->heat / HEAT_MS",
        "power->square_sum / MS_TICKS",
        power.test_the_heat_of_the_winding_trips_as_it_fills,
    ),
    Defect(
        "over-current is reset again and again",
        GUARD,
        "if (again && !trip->answered) {",
        "if (0) {",
        power.test_over_current_has_one_reset_and_then_asks_for_a_self_test,
    ),
    Defect(
        "after over-force nobody has to lift",
        GUARD,
        "    guard->lift_needed = true;\n",
        "",
        _(power.test_a_mean_press_that_is_too_hard_stops_within_30_ms, CLINICAL, 9000),
    ),
    Defect(
        "over-force never latches",
        GUARD,
        "if (press->over_forces >= PEN_IL15_REPEATS_COUNT) {",
        "if (0) {",
        power.test_the_third_over_force_latches,
    ),
    Defect(
        "a hot pen is armed",
        GUARD,
        "        warmth->hot[place] = true;\n",
        "",
        _(power.test_a_warm_pen_warns_then_stops, *power.PLACES[0]),
    ),
    Defect(
        "the supply may break down",
        GUARD,
        "guard->drive_on && guard->now.supply_mv < PEN_IL17_MINIMUM_MV;",
        "false;",
        power.test_a_supply_that_breaks_down_trips_within_5_ms,
    ),
    Defect(
        "the charger may stay",
        GUARD,
        "guard_lasts(&power->charger_ms, guard->now.charger_present != 0U, LASTING_MS)",
        "guard_lasts(&power->charger_ms, false, LASTING_MS)",
        power.test_the_charger_stops_and_inhibits,
    ),
    Defect(
        "the lock is not looked at",
        GUARD,
        "guard->now.tag_present == 0U || guard->now.cartridge_locked == 0U;",
        "guard->now.tag_present == 0U;",
        _(power.test_a_cartridge_that_is_not_seated_trips, "cartridge_locked", power.LOCK, power.NOT_LOCKED),
    ),
    Defect(
        "contact is never lost",
        GUARD,
        "if (away_us > PEN_IL23_NO_CONTACT_US) {",
        "if (0) {",
        power.test_a_pen_off_the_skin_stops_after_2_s,
    ),
    Defect(
        "a wrong press is taken into the mean",
        GUARD,
        "    if (press_mn < LEAST_MN) {\n        return false;\n    }\n",
        "",
        _(power.test_wrong_readings_hide_no_press_that_is_too_hard, -2_147_483_648, 200),
    ),
    Defect(
        "a press sensor may show nothing",
        GUARD,
        "guard_reading_lost(&guard->press.doubt, valid) && guard->state == GUARD_RUN",
        "0",
        _(power.test_a_press_sensor_without_readings_stops, -1001),
    ),
    Defect(
        "one low reading is a lift",
        GUARD,
        "guard_lasts(&press->away_ticks, away, LIFTED_TICKS)",
        "away",
        power.test_single_low_readings_are_no_lift,
    ),
    Defect(
        "one high reading is a contact",
        GUARD,
        "press->touch_ticks >= TOUCHING_TICKS",
        "press->touch_ticks >= 1",
        power.test_single_high_readings_are_no_contact,
    ),
    Defect(
        "one reading of the shaft is a motion",
        GUARD,
        "if (*motion_ms >= MOTION_TIMES) {",
        "if (*motion_ms >= 1) {",
        _(drive.test_a_single_false_shaft_reading_is_no_motion, 200, 0),
    ),
    Defect(
        "the clocks are not compared",
        GUARD,
        "apart_us * 1000U > longer_us * PEN_IL32_DIFFERENCE_PERMILLE",
        "0",
        _(drive.test_two_clocks_that_disagree_trip_within_10_ms, 0.979, True),
    ),
    Defect(
        "alarms may come again and again",
        GUARD,
        "    if (third) {",
        "    if (0) {",
        _(resets.test_the_third_stop_by_the_same_alarm_within_10_minutes_latches, *resets.CAUSES[2]),
    ),
    Defect(
        "anybody resets",
        GUARD,
        "if (role < needed || role > PEN_ROLE_SERVICE) {",
        "if (0) {",
        _(resets.test_a_reset_is_for_the_role_of_the_catalogue_and_no_less, 3, 8),
    ),
    Defect(
        "the mode of now says who resets",
        GUARD,
        "trip->mode == PEN_MODE_HOME",
        "guard->mode == PEN_MODE_HOME",
        _(resets.test_what_was_latched_in_the_clinic_is_the_clinicians_after_a_restart_too, 38, CLINICAL),
    ),
    Defect(
        "the ninth trip is lost",
        GUARD,
        "        make_room(guard, trip);\n",
        "",
        resets.test_a_ninth_trip_takes_the_place_of_the_one_that_is_reset_most_easily,
    ),
    Defect(
        "the ninth trip pushes out what is stricter",
        GUARD,
        "if (role_of(&guard->trips[lowest]) < role_of(trip)) {",
        "if (1) {",
        resets.test_a_ninth_trip_that_is_reset_most_easily_itself_pushes_nothing_out,
    ),
    Defect(
        "a restart is a reset",
        GUARD,
        "            latch(guard, &trip);\n",
        "            (void)trip;\n",
        resets.test_a_restart_is_no_reset,
    ),
    Defect(
        "any restart is a power cycle",
        GUARD,
        "trip->restored && guard->settings.restart_cause == PEN_RESTART_CAUSE_POWER_ON",
        "trip->restored",
        _(resets.test_what_a_power_cycle_ends_nothing_else_ends, 32),
    ),
    Defect(
        "a setpoint grows in the stop of a trip",
        GUARD,
        "static bool running(const guard_t *guard)\n{\n    return guard->drive_on;",
        "static bool running(const guard_t *guard)\n{\n    return guard->state == GUARD_RUN;",
        requests.test_in_the_controlled_stop_of_a_trip_no_setpoint_grows_or_is_forgotten,
    ),
    Defect(
        "STOP lets the retract go on",
        GUARD,
        "asked for */\n        guard->stage_request = false;",
        "asked for */\n        guard->stage_request &= guard->state == GUARD_LATCHED;",
        requests.test_stop_ends_the_retract_that_a_person_asked_for,
    ),
    Defect(
        "a bar out of range is reset",
        GUARD,
        "return guard->now.bar_um == nearest_um ? guard_accept()",
        "return true ? guard_accept()",
        _(sensors.test_a_false_depth_sensor_is_not_reset_while_it_reads_where_no_bar_can_be, -5000, -3800),
    ),
    Defect(
        "the proof is a self-test",
        GUARD,
        "void guard_note_proof(guard_t *guard)\n{\n",
        "void guard_note_proof(guard_t *guard)\n{\n    guard->self_test_needed = false;\n",
        sensors.test_the_proof_alone_is_no_self_test_for_a_reset,
    ),
    Defect(
        "settings widen the limits",
        GUARD,
        "return stored > low && stored < high ? stored : high;",
        "return stored > low ? stored : high;",
        resets.test_narrower_limits_of_the_settings_hold_and_wider_ones_do_not,
    ),
    Defect(
        "a spike of the button is a hand",
        "guard_button.c",
        "if (button->ticks < DEBOUNCE_TICKS) {\n        button->ticks++;\n        return;",
        "if (0) {\n        return;",
        _(button.test_a_contact_that_closes_for_5_ms_is_a_hand, 1, False),
    ),
    Defect(
        "a button may be held for ever",
        "guard_button.c",
        " && now_us - button->pressed_us <= PEN_IL30_HELD_US",
        "",
        _(button.test_a_button_that_is_held_for_30_s_is_stuck, 30.1, False),
    ),
    Defect(
        "any open tick frees a button that is stuck",
        "guard_button.c",
        "guard_mounts(&button->ticks, !closed, DEBOUNCE_TICKS)",
        "!closed",
        button.test_a_glitch_frees_no_button_that_is_stuck_since_power_on,
    ),
    Defect(
        "a contact that chatters is made up for as quickly",
        "guard_parts.h",
        "enum { GUARD_MOUNTS = 8 };",
        "enum { GUARD_MOUNTS = 1 };",
        _(
            chatter.test_a_contact_that_chatters_trips_though_it_is_never_open_for_long,
            "tag_present",
            19,
            100,
            0.5,
        ),
    ),
    Defect(
        "two false milliseconds are motion",
        GUARD,
        "MOTION_TIMES = 4,",
        "MOTION_TIMES = 2,",
        _(chatter.test_false_shaft_readings_for_3_ms_are_no_motion, 130, 0),
    ),
    Defect(
        "motion is waited for too long",
        GUARD,
        "MOTION_TIMES = 4,",
        "MOTION_TIMES = 5,",
        _(chatter.test_motion_at_the_limit_opens_the_second_path_within_9_ms, 6.01),
    ),
    Defect(
        "a shaft that creeps is no motion",
        GUARD,
        "    watch_turns(guard);\n",
        "",
        _(chatter.test_a_shaft_that_creeps_with_the_drive_off_trips, 0.25, True),
    ),
    Defect(
        "turns are counted for ever",
        GUARD,
        ">= PEN_IL05_TURNS_US",
        ">= 10 * (uint64_t)PEN_IL05_TURNS_US",
        _(chatter.test_a_shaft_that_creeps_with_the_drive_off_trips, 0.19, False),
    ),
    Defect(
        "one reading proves the second path",
        GUARD,
        "proof->fallen_ticks >= FALLEN_TICKS",
        "proof->fallen_ticks >= 1U",
        _(chatter.test_readings_of_no_supply_for_less_than_1_ms_prove_no_second_path, 1),
    ),
    Defect(
        "a spike of the home switch is a zero",
        GUARD,
        "!guard->home_seen || !at_home",
        "!guard->home_seen",
        chatter.test_an_edge_of_the_home_switch_that_is_gone_again_gives_no_zero,
    ),
]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.what.replace(" ", "-"))
def test_each_planted_defect_is_noticed(source_root: Path, tmp_path: Path, defect: Defect) -> None:
    """Requirement: the tests of guard fail when guard does: every planted defect makes its test fail."""
    firmware = copy_core(source_root, tmp_path)
    plant(firmware, defect.file, defect.source, defect.planted)
    library = GuardLibrary(compile_guard(firmware, tmp_path / "libguard.so", "-O0", "-fwrapv"))
    with pytest.raises(AssertionError):
        defect.check(library.new)


def test_every_check_of_a_planted_defect_holds_without_it(new_guard: Callable[[], Guard]) -> None:
    """Requirement: the checks above fail for the planted defect and for nothing else."""
    wrong = []
    for defect in DEFECTS:
        try:
            defect.check(new_guard)
        except AssertionError as error:
            wrong.append(f"{defect.what}: {error}")
    assert not wrong, "\n".join(wrong)
