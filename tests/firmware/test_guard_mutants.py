"""The tests of guard tested: each defect planted in a copy of its source is noticed by the test for it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import test_guard_depth as depth
import test_guard_rate as rate
import test_guard_stops as stops
from guard_rig import CLINICAL, HOME, OFF, RUN, Guard, GuardLibrary, NewGuard, compile_guard, copy_core, plant

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
        _(depth.test_a_depth_sensor_without_readings_is_an_unknown_depth, "bar_um", 12),
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
        "    if (depth_um > INT32_MAX) {\n        return INT32_MAX;\n    }\n",
        "",
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
        "time_us - late_us(quarter, shaft_counts, step, gap_us)",
        "time_us + 0U * late_us(quarter, shaft_counts, step, gap_us)",
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
        GUARD,
        "(*ticks)--;",
        "*ticks = 0U;",
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
        "    if (closed != 0U) {",
        "    if (closed != 0U || !guard->drive_on) {",
        _(stops.test_either_emergency_chain_trips_after_its_debounce, "estop_a_closed", 1, OFF),
    ),
    Defect(
        "one tick of debounce more",
        GUARD,
        "*ticks < ESTOP_TICKS",
        "*ticks < ESTOP_TICKS + 1",
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
    for defect in DEFECTS:
        defect.check(new_guard)
