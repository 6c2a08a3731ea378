"""What holds for every interlock that stops a run and does not latch: the cases of HALTS, kind by kind."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_cases import HALTS, Halt
from interlock_cells import each
from interlock_rig import SOUNDER_HIGH, Rig

from penctl.protocol import enums
from penctl.protocol.enums import Reason, State, StopKind

New = Callable[..., Rig]
FIRST = [case for n, case in enumerate(HALTS) if case.interlock not in [c.interlock for c in HALTS[:n]]]
SEEDS = 3
CUT_BEFORE_S = 0.04
"""The link is cut so long before the stop, which must be over when the communications loss acts."""
C1_S = 0.105
"""A controlled stop begins in time; the drive is off so much later at most, by its time-limit of 100 ms."""


def halt(case: Halt, rig: Rig) -> None:
    """Give the stimulus and let the stop come; a trip of another interlock does not count."""
    case.provoke(rig)
    rig.bench.run(case.takes_s)
    assert rig.state is case.after
    assert rig.tripped == 0


def refusal(case: Halt, rig: Rig) -> Reason:
    """What going on is refused with: START from READY, ARM from STANDBY."""
    name = "START" if case.after is State.READY else "ARM"
    return rig.refused(name, device_time_us=rig.bench.kernel.time_us).reason


@each(HALTS, "trip")
def test_it_stops_the_run_and_does_not_latch(new_rig: New, case: Halt) -> None:
    """Each interlock, trip: it stops in its way; afterwards READY or STANDBY, and no reset is needed."""
    rig = case.running(new_rig)
    halt(case, rig)
    assert rig.state is case.after
    assert not rig.drive_on
    assert rig.tripped == 0
    states = [event["state"] for event in rig.events("EVENT_STATE")]
    assert (State.STOPPING in states) is (case.stop is StopKind.C1)


@each([case for case in HALTS if case.harmless is not None], "below limit")
def test_just_below_its_limit_the_run_goes_on(new_rig: New, case: Halt) -> None:
    """Each interlock, below limit: a stimulus that stays below the limit leaves the run alone."""
    rig = case.running(new_rig)
    assert case.harmless is not None
    case.harmless(rig)
    rig.assert_running(case.harmless_s)


@each(FIRST, "inhibited")
def test_before_the_start_it_stops_nothing_and_latches_nothing(new_rig: New, case: Halt) -> None:
    """Each interlock, inhibited: with the drive off there is nothing to stop, and no trip is told."""
    rig = new_rig(**case.bench).ready(case.mode, case.depth_um, case.rate_hz)
    (case.idle or case.provoke)(rig)
    rig.bench.run(case.takes_s)
    assert rig.state in (State.READY, State.STANDBY)
    assert not rig.events("EVENT_TRIP")


@each(HALTS, "reaction time")
@pytest.mark.parametrize("seed", range(SEEDS))
def test_it_is_quick_enough(new_rig: New, reacted: Callable[..., None], case: Halt, seed: int) -> None:
    """Each interlock, reaction time: from the physical onset to the drive off, or to the begin of C1."""
    rig = case.running(new_rig, seed)
    rig.bench.run(0.0023 * seed)
    begin_s = rig.now_s
    halt(case, rig)
    onset_s = case.onset(rig, begin_s)
    begun_s = rig.drive_off_s()
    if case.stop is StopKind.C1:
        begun_s = rig.first_s(rig.bench.trace.state == State.STOPPING, begin_s)
        assert rig.drive_off_s() - begun_s <= C1_S
    assert begun_s - onset_s <= case.within_s
    reacted(f"IL-{case.interlock:02d} {case.name}", (begun_s - onset_s) * 1e3, case.within_s * 1e3)


@each(FIRST, "safe state held")
def test_the_drive_stays_off_and_the_needles_inside(new_rig: New, case: Halt) -> None:
    """Each interlock, safe state held: for 10 s after the stop nothing moves."""
    rig = case.running(new_rig)
    halt(case, rig)
    rig.assert_stays_off(10.0, case.after)


@each(FIRST, "reset refused")
def test_going_on_is_refused_while_the_cause_is_there(new_rig: New, case: Halt) -> None:
    """Each interlock, reset refused: a RESET finds nothing latched; going on is refused with the reason."""
    rig = case.running(new_rig)
    halt(case, rig)
    assert rig.refused("RESET", interlock=case.interlock).reason is Reason.NOT_LATCHED
    if case.wanting is not Reason.HOLD_PRESSED:
        rig.bench.hand.hold(False)
        rig.bench.run(0.05)
    if case.after is State.READY and case.wanting is not Reason.HOLD_PRESSED:
        rig.bench.hand.hold(True)
        rig.bench.run(0.05)
    assert refusal(case, rig) is case.wanting
    rig.assert_stays_off(0.3, case.after)


@each(FIRST, "reset act")
def test_with_the_cause_gone_a_new_press_and_a_sealed_start_go_on(new_rig: New, case: Halt) -> None:
    """Each interlock, reset act: cause away, new press, sealed START; an unsealed one does nothing."""
    rig = case.running(new_rig)
    halt(case, rig)
    case.cure(rig)
    rig.bench.hand.hold(False)
    rig.bench.run(0.1)
    if case.after is State.STANDBY:
        rig.pen.arm()
    rig.bench.hand.press(n=3.0)
    rig.bench.hand.hold(True)
    rig.bench.run(0.05)
    frame = rig.unsealed("START", device_time_us=rig.bench.kernel.time_us)
    assert rig.answers_to(frame) == [(Reason.NO_SESSION, 0, 0)]
    rig.assert_stays_off(0.2, State.READY)
    rig.pen.start()
    rig.assert_running(0.3)


@each(FIRST, "no restart")
def test_the_end_of_the_cause_restarts_nothing(new_rig: New, case: Halt) -> None:
    """Each interlock, no restart: cause gone, switch held all the time."""
    rig = case.running(new_rig)
    halt(case, rig)
    case.cure(rig)
    rig.bench.hand.press(n=3.0)
    rig.assert_stays_off(1.0, case.after)
    assert refusal(case, rig) in (Reason.HOLD_PRESSED, case.wanting)


@each(FIRST, "log row")
def test_it_is_told_once_with_its_cause(new_rig: New, case: Halt) -> None:
    """Each interlock, log row: the change of state names it; EVENT_TRIP not latched, kept by the pen."""
    rig = case.running(new_rig)
    onset_us = rig.bench.kernel.time_us
    halt(case, rig)
    causes = [event["cause"] for event in rig.events("EVENT_STATE") if event["previous"] == State.RUN]
    assert causes == [case.interlock]
    told = rig.events("EVENT_TRIP")
    assert len(told) == int(case.told)
    for event in told:
        assert (event["interlock"], event["input"], event["stop"]) == (case.interlock, case.input, case.stop)
        assert event["latched"] == 0
        assert onset_us < event["time_us"] <= rig.bench.kernel.time_us
        kept = rig.kept(case.interlock)
        assert not kept.latched
        assert (kept.trip.value, kept.trip.limit) == (event["value"], event["limit"])


@each(FIRST, "priority signal")
def test_its_alarm_has_its_priority(new_rig: New, case: Halt) -> None:
    """Each interlock, priority signal: that of the catalogue; HIGH where needles must be lifted out."""
    rig = case.running(new_rig)
    halt(case, rig)
    lifted = rig.warnings(enums.Warning.LIFT_HANDPIECE)
    assert rig.sounder == (SOUNDER_HIGH if lifted else case.sounder)


@each(FIRST, "guide words")
def test_provided_when_not_needed_does_not_happen_on_healthy_skin(new_rig: New, case: Halt) -> None:
    """Each interlock, guide words: provided when not needed – press, glide and lift as in a treatment."""
    rig = case.running(new_rig, 7)
    for newton, speed in ((2.0, 10.0), (3.5, 40.0), (2.5, 0.0)):
        rig.bench.hand.press(n=newton)
        rig.bench.hand.glide(mm_s=speed)
        rig.assert_running(0.4)


@each(FIRST, "guide words")
def test_stopped_too_soon_a_cause_that_ends_at_once_still_leads_to_rest(new_rig: New, case: Halt) -> None:
    """Each interlock, guide words: stopped too soon – a stop that has begun is finished."""
    rig = case.running(new_rig)
    case.provoke(rig)
    assert rig.wait(lambda: rig.state is not State.RUN, case.takes_s)
    rig.bench.clear_faults()
    rig.bench.run(0.2)
    rig.assert_stays_off(0.5, case.after)


@each(FIRST, "second fault")
def test_with_the_link_cut_and_the_switch_welded_it_stops_all_the_same(new_rig: New, case: Halt) -> None:
    """Each interlock, second fault: nobody at the host or the switch, and it is not IL-26 that stops."""
    stops_s = time_to_stop(case.running(new_rig), case)
    rig = case.running(new_rig)
    case.provoke(rig)
    rig.bench.run(max(stops_s - CUT_BEFORE_S, 0.0))
    assert rig.state is State.RUN
    rig.bench.inject("hold_switch", "stuck", value=1)
    rig.bench.inject("hold_released_contact", "stuck", value=0)
    rig.bench.cut_link()
    rig.bench.advance(CUT_BEFORE_S + C1_S)
    assert not rig.drive_on
    assert rig.state is case.after
    assert rig.tripped == 0


def time_to_stop(rig: Rig, case: Halt) -> float:
    """How long the stimulus takes until the run is stopped, with nothing else wrong, s."""
    begin_s = rig.now_s
    case.provoke(rig)
    assert rig.wait(lambda: rig.state is not State.RUN, case.takes_s)
    return rig.now_s - begin_s


@each(FIRST, "second fault")
def test_an_emergency_stop_within_it_latches(new_rig: New, case: Halt) -> None:
    """Each interlock, second fault: the button pushed in the same moment is C0 and IL-01."""
    rig = case.running(new_rig)
    case.provoke(rig)
    rig.bench.hand.estop(True)
    rig.bench.run(0.1)
    rig.assert_latched(1, StopKind.C0)
