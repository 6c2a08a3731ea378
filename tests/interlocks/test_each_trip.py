"""What holds for every interlock that stops a run and latches: the cases of LATCHED, kind by kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_cases import LATCHED, Case
from interlock_cells import each
from interlock_rig import SOUNDER_HIGH, Refusal, Rig

from penctl.protocol import enums
from penctl.protocol.enums import Reason, Role, State

New = Callable[..., Rig]
FIRST = [case for n, case in enumerate(LATCHED) if case.interlock not in [c.interlock for c in LATCHED[:n]]]
"""The first case of each interlock, for what does not depend on the stimulus."""
RUNS_ONLY = [case for case in FIRST if case.runs_only]
BY_RESET = [case for case in FIRST if not case.power_cycle]
CYCLED = [case for case in FIRST if case.power_cycle]
SEEDS = 3

NOT_APPLICABLE = {
    ("IL-32", "inhibited"): "tick and clocks are watched in every state; the design inhibits it nowhere",
}


def trip(case: Case, rig: Rig) -> None:
    """Give the stimulus and let the trip come; another interlock in its place does not count."""
    case.provoke(rig)
    rig.bench.run(case.takes_s)
    assert rig.tripped == case.interlock


def recover(case: Case, rig: Rig) -> None:
    """The whole way back to RUN: cause away, what the reset asks for, reset, reference, arm, press, start."""
    case.cure(rig)
    rig.bench.hand.hold(False)
    rig.bench.run(0.3)
    rig.as_role(max(case.role, Role.OPERATOR))
    case.act(rig)
    rig.pen.reset(case.interlock)
    rig.bench.hand.button(False)
    rig.again(case.mode, case.depth_um, case.rate_hz)


@each(LATCHED, "trip")
def test_it_stops_the_run_and_latches(new_rig: New, case: Case) -> None:
    """Each interlock, trip: its stop, its input, a value beyond its limit, at once and latched."""
    rig = case.running(new_rig)
    trip(case, rig)
    told = rig.assert_latched(case.interlock, case.stop, case.input)
    assert told.value != told.limit
    rig.assert_stays_off(0.3)


@each([case for case in LATCHED if case.harmless is not None], "below limit")
def test_just_below_its_limit_it_does_not_trip(new_rig: New, case: Case) -> None:
    """Each interlock, below limit: a stimulus that stays below the limit leaves the run alone."""
    rig = case.running(new_rig)
    assert case.harmless is not None
    fault = case.harmless(rig)
    rig.assert_running(case.harmless_s)
    assert getattr(fault, "took_effect_s", 0.0) is not None


@each(RUNS_ONLY, "inhibited")
def test_with_the_drive_off_it_does_not_trip(new_rig: New, case: Case) -> None:
    """Each interlock, inhibited: it watches while needles may move; before the start nothing latches."""
    rig = new_rig(**case.bench).ready(case.mode, case.depth_um, case.rate_hz)
    (case.idle or case.provoke)(rig)
    rig.bench.run(case.takes_s)
    assert rig.state in (State.READY, State.STANDBY)
    assert rig.tripped == 0
    assert not rig.pen.trips


@each(FIRST, "hysteresis")
def test_it_does_not_release_by_itself(new_rig: New, case: Case) -> None:
    """Each interlock, hysteresis: latched, so there is no release; with the cause gone it stays."""
    rig = case.running(new_rig)
    trip(case, rig)
    case.cure(rig)
    rig.assert_stays_off(2.0)
    rig.assert_latched(case.interlock, case.stop, case.input)


@each(LATCHED, "reaction time")
@pytest.mark.parametrize("seed", range(SEEDS))
def test_it_is_quick_enough(new_rig: New, reacted: Callable[..., None], case: Case, seed: int) -> None:
    """Each interlock, reaction time: from the physical onset to the drive off, in different phases."""
    rig = case.running(new_rig, seed)
    rig.bench.run(0.0023 * seed)
    begin_s = rig.now_s
    trip(case, rig)
    rig.assert_latched(case.interlock, case.stop)
    reaction_s = rig.drive_off_s() - case.onset(rig, begin_s)
    assert reaction_s <= case.within_s
    reacted(f"IL-{case.interlock:02d} {case.name}", reaction_s * 1e3, case.within_s * 1e3)


@each(FIRST, "safe state held")
def test_nothing_moves_by_itself(new_rig: New, case: Case) -> None:
    """Each interlock, safe state held: drive and stage stand for 10 s, against ARM and START."""
    rig = case.running(new_rig)
    trip(case, rig)
    rig.assert_nothing_moves_by_itself()


@each(BY_RESET, "reset refused")
def test_the_reset_is_refused_while_its_cause_or_its_act_is_wanting(new_rig: New, case: Case) -> None:
    """Each interlock, reset refused: the reason says what is wanting; the trip stays."""
    rig = case.running(new_rig)
    trip(case, rig)
    keep_cause(case, rig)
    rig.as_role(max(case.role, Role.CLINICIAN))
    if case.role is Role.SERVICE:
        rig.bench.hand.button(True)
        rig.bench.run(0.02)
    assert rig.refused("RESET", interlock=case.interlock).reason is case.present
    assert rig.tripped == case.interlock
    rig.assert_stays_off(0.2)


def keep_cause(case: Case, rig: Rig) -> None:
    """The cause as it shows at rest: what the stimulus did in RUN may be over."""
    rig.bench.clear_faults()
    stays = {
        9: ("bar_sensor", "off", {}),
        13: ("shaft_sensor", "off", {}),
        14: ("current_sensor", "stuck", {"value": 30_000}),
        19: ("lock_switch", "stuck", {"value": 0}),
        17: ("battery", "wrong", {"value": -4.0}),
        45: ("shaft_sensor", "off", {}),
    }
    if case.interlock in stays:
        target, kind, options = stays[case.interlock]
        if case.interlock == 14:
            options = {**options, "for_s": 0.2}
        rig.bench.inject(target, kind, **options)
        rig.bench.run(0.1)


@each(CYCLED, "reset refused")
def test_no_reset_over_the_link_ends_it(new_rig: New, case: Case) -> None:
    """Each interlock, reset refused: POWER_CYCLE_NEEDED for every role, with the cause gone."""
    rig = case.running(new_rig)
    trip(case, rig)
    case.cure(rig)
    rig.bench.run(0.1)
    rig.as_role(Role.SERVICE)
    rig.bench.hand.button(True)
    rig.bench.run(0.02)
    assert rig.refused("RESET", interlock=case.interlock).reason is Reason.POWER_CYCLE_NEEDED
    rig.assert_latched(case.interlock, case.stop)


@each(BY_RESET, "reset act")
def test_its_act_by_its_role_leads_back(new_rig: New, case: Case) -> None:
    """Each interlock, reset act: unsealed, for another interlock and by a lower role it is refused."""
    rig = case.running(new_rig)
    trip(case, rig)
    case.cure(rig)
    rig.bench.run(0.3)
    assert rig.answers_to(rig.unsealed("RESET", interlock=case.interlock)) == [(Reason.NO_SESSION, 0, 0)]
    other = rig.refused("RESET", interlock=1)
    assert (other.reason, other.value, other.limit) == (Reason.WRONG_INTERLOCK, 1, case.interlock)
    if case.role > Role.OPERATOR:
        lower = Role(case.role - 1)
        rig.as_role(lower)
        assert rig.refused("RESET", interlock=case.interlock) == Refusal(Reason.ROLE, lower, case.role)
    recover(case, rig)
    rig.assert_running(0.2)


@each(CYCLED, "reset act")
def test_switching_off_and_on_with_a_passed_self_test_ends_it(new_rig: New, case: Case) -> None:
    """Each interlock, reset act: power off and on, a passed self-test, then all of it anew."""
    rig = case.running(new_rig)
    trip(case, rig)
    case.cure(rig)
    rig.power_cycle()
    assert rig.tripped == 0
    rig.again(case.mode, case.depth_um, case.rate_hz)
    rig.assert_running(0.2)


@each(CYCLED, "reset act")
def test_a_restart_of_the_controller_is_no_reset(new_rig: New, case: Case) -> None:
    """Each interlock, reset act: after a restart by software the trip is latched as before."""
    rig = case.running(new_rig)
    trip(case, rig)
    case.cure(rig)
    rig.restart("SOFTWARE")
    assert rig.tripped == case.interlock


@each(BY_RESET, "no restart")
def test_the_reset_restarts_nothing(new_rig: New, case: Case) -> None:
    """Each interlock, no restart: with the switch held all the time, through cause, reset and reference."""
    rig = case.running(new_rig)
    trip(case, rig)
    case.cure(rig)
    rig.assert_stays_off(1.0)
    rig.as_role(max(case.role, Role.CLINICIAN))
    case.act(rig)
    rig.pen.reset(case.interlock)
    rig.bench.hand.button(False)
    rig.assert_stays_off(0.5, State.STANDBY)
    rig.assert_held_switch_starts_nothing()


@each(CYCLED, "no restart")
def test_switching_on_starts_nothing(new_rig: New, case: Case) -> None:
    """Each interlock, no restart: the switch is held through power-off and power-on."""
    rig = case.running(new_rig)
    trip(case, rig)
    case.cure(rig)
    rig.bench.power_off()
    rig.bench.power_on()
    rig.bench.advance(4.0)
    assert not (rig.bench.trace.between(rig.now_s - 4.0, rig.now_s).state == State.RUN).any()
    assert not rig.drive_on


@each(FIRST, "log row")
def test_it_is_told_once_with_input_value_and_limit(new_rig: New, case: Case) -> None:
    """Each interlock, log row: EVENT_TRIP latched, the same in STATUS and in the pen's memory of trips."""
    rig = case.running(new_rig)
    onset_us = rig.bench.kernel.time_us
    trip(case, rig)
    told = [event for event in rig.events("EVENT_TRIP") if event["interlock"] == case.interlock]
    assert len(told) == 1
    event = told[0]
    assert (event["input"], event["stop"], event["latched"]) == (case.input, case.stop, 1)
    if case.interlock != 32:  # its clock is what lies
        assert onset_us < event["time_us"] <= rig.bench.kernel.time_us
    status = rig.trip()
    assert (status.value, status.limit, status.time_us) == (event["value"], event["limit"], event["time_us"])
    kept = rig.kept(case.interlock)
    assert kept.latched
    assert kept.trip == status
    rows = rig.pen.snapshot(kept.index).rows
    assert len(rows) >= 30
    assert rows[0].time_us < 0 < rows[-1].time_us


@each(FIRST, "priority signal")
def test_its_alarm_has_its_priority(new_rig: New, case: Case) -> None:
    """Each interlock, priority signal: that of the catalogue; HIGH while needles must be lifted out."""
    rig = case.running(new_rig)
    trip(case, rig)
    rig.bench.run(0.5)
    lift = rig.warnings(enums.Warning.LIFT_HANDPIECE)
    assert rig.sounder == (SOUNDER_HIGH if lift else case.sounder)


@each(FIRST, "guide words")
def test_provided_when_not_needed_does_not_happen_on_healthy_skin(new_rig: New, case: Case) -> None:
    """Each interlock, guide words: provided when not needed – press, glide and lift as in a treatment."""
    rig = case.running(new_rig, 7)
    for newton, speed in ((1.0, 10.0), (4.0, 40.0), (2.0, 0.0)):
        rig.bench.hand.press(n=newton)
        rig.bench.hand.glide(mm_s=speed)
        rig.assert_running(0.4)


@each(BY_RESET, "guide words")
def test_applied_too_long_the_pen_is_back_after_its_reset(new_rig: New, case: Case) -> None:
    """Each interlock, guide words: applied too long – trip, way back, trip, way back."""
    rig = case.running(new_rig)
    trip(case, rig)
    recover(case, rig)
    rig.assert_running(0.3)


@each(CYCLED, "guide words")
def test_applied_too_long_the_pen_is_back_after_off_and_on(new_rig: New, case: Case) -> None:
    """Each interlock, guide words: applied too long – trip, off and on, trip, off and on."""
    rig = case.running(new_rig)
    for _ in range(2):
        trip(case, rig)
        case.cure(rig)
        rig.power_cycle()
        rig.again(case.mode, case.depth_um, case.rate_hz)
    rig.assert_running(0.3)


@each([case for case in FIRST if case.takes_s <= 0.2], "second fault")
def test_with_the_link_cut_and_the_switch_welded_it_stops_all_the_same(new_rig: New, case: Case) -> None:
    """Each interlock, second fault: nobody at the host, nobody at the switch."""
    rig = case.running(new_rig)
    rig.bench.inject("hold_switch", "stuck", value=1)
    rig.bench.inject("hold_released_contact", "stuck", value=0)
    rig.bench.cut_link()
    case.provoke(rig)
    rig.bench.advance(min(case.takes_s, 0.2))
    assert rig.tripped == case.interlock
    assert not rig.drive_on


@each(FIRST, "second fault")
def test_an_emergency_stop_of_the_same_moment_is_told_too(new_rig: New, case: Case) -> None:
    """Each interlock, second fault: the button pushed in the moment of the fault."""
    rig = case.running(new_rig)
    case.provoke(rig)
    rig.bench.hand.estop(True)
    pushed_s = rig.now_s
    rig.bench.run(0.1)
    assert rig.state is State.SAFE
    assert rig.drive_off_s() - pushed_s <= 0.010
    assert 1 in {event["interlock"] for event in rig.events("EVENT_TRIP")}
