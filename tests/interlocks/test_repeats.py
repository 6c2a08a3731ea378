"""IL-38, the limiter of alarm, stop, start: the same alarm, the third time in 10 minutes, latches."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_rig import SOUNDER_MEDIUM, Refusal, Rig

from penctl.protocol.enums import Input, Reason, Role, State

NOT_APPLICABLE = {
    ("IL-38", "hysteresis"): "stops are counted; a count has no value at which it could release",
    ("IL-38", "reset refused"): "its causes have stopped before; what it asks for is the role and a look",
}

AT_ONCE_S = 0.0002
"""It latches in the very tick of the third stop."""

New = Callable[..., Rig]


def press_too_hard(rig: Rig) -> None:
    """One stop by over-force (IL-15), and the way back to RUN."""
    stop_once(rig)
    again(rig)


def stop_once(rig: Rig) -> None:
    """One stop by over-force."""
    rig.bench.hand.press(n=13.0)
    rig.bench.run(0.1)


def again(rig: Rig) -> None:
    """Lift, press again, start."""
    rig.bench.hand.lift()
    rig.bench.hand.hold(False)
    rig.bench.run(0.2)
    rig.bench.hand.press(n=3.0)
    rig.start()
    rig.bench.run(0.2)
    assert rig.state is State.RUN


def third(rig: Rig) -> Rig:
    """Three stops of one kind."""
    rig.running()
    press_too_hard(rig)
    press_too_hard(rig)
    stop_once(rig)
    assert 38 in latched(rig)
    return rig


def latched(rig: Rig) -> set[int]:
    """Interlocks that are latched, as the pen keeps them."""
    return {kept.trip.interlock for kept in rig.pen.trip_log() if kept.latched}


@pytest.mark.cell("IL-38", "inhibited")
def test_letting_go_of_the_switch_does_not_count(rig: Rig) -> None:
    """IL-38, inhibited: stops of priority INFO are ordinary work, six of them."""
    rig.running()
    for _ in range(6):
        rig.bench.hand.hold(False)
        rig.bench.run(0.2)
        rig.start()
        rig.bench.run(0.2)
    assert rig.state is State.RUN


@pytest.mark.cell("IL-38", "inhibited")
def test_trips_of_a_pen_that_does_not_run_do_not_count(rig: Rig) -> None:
    """IL-38, inhibited: the emergency stop pushed in STANDBY, four times."""
    rig.standby()
    for _ in range(4):
        rig.bench.hand.estop(True)
        rig.bench.run(0.05)
        rig.bench.hand.estop(False)
        rig.bench.run(0.05)
        rig.pen.reset(1)
    assert rig.tripped == 0


@pytest.mark.cell("IL-38", "trip")
def test_the_third_stop_of_one_kind_latches(rig: Rig) -> None:
    """IL-38, trip: three times pressed too hard, within seconds."""
    third(rig)
    assert rig.state is State.SAFE


@pytest.mark.cell("IL-38", "trip")
def test_it_counts_trips_that_latch_by_themselves_too(rig: Rig) -> None:
    """IL-38, trip: the emergency stop pushed in three runs, with its reset between."""
    rig.running()
    for number in range(3):
        rig.bench.hand.estop(True)
        rig.bench.run(0.3)
        rig.bench.hand.estop(False)
        rig.bench.hand.hold(False)
        rig.bench.run(0.2)
        rig.pen.reset(1)
        if number < 2:
            rig.again("clinical", 1000, 110.0)
            rig.bench.run(0.2)
    assert latched(rig) == {38}


@pytest.mark.cell("IL-38", "below limit")
def test_two_of_one_kind_and_one_of_another_do_not_latch(rig: Rig) -> None:
    """IL-38, below limit: each alarm counts for itself."""
    rig.running()
    press_too_hard(rig)
    press_too_hard(rig)
    rig.bench.inject("motor", "stuck", for_s=0.2)
    rig.bench.run(0.3)
    assert latched(rig) == {13}


@pytest.mark.cell("IL-38", "below limit")
def test_the_third_after_more_than_ten_minutes_does_not_latch(rig: Rig) -> None:
    """IL-38, below limit: 601 s between the first and the third."""
    rig.running()
    rig.bench.inject("motor", "stuck", for_s=0.15)
    rig.bench.run(0.3)
    for wait_s in (300.0, 301.0):
        rig.bench.hand.hold(False)
        rig.pen.reset(13)
        rig.bench.run(wait_s)
        rig.again("clinical", 1000, 110.0)
        rig.bench.run(0.3)
        rig.bench.clear_faults()
        rig.bench.inject("motor", "stuck", for_s=0.15)
        rig.bench.run(0.3)
    assert latched(rig) == {13}


@pytest.mark.cell("IL-38", "reaction time")
def test_it_latches_with_the_third_stop_itself(rig: Rig, reacted: Callable[..., None]) -> None:
    """IL-38, reaction time: in the tick in which the third stop acts."""
    third(rig)
    told = rig.events("EVENT_TRIP")
    (own,) = [event for event in told if event["interlock"] == 38]
    cause = [event for event in told if event["interlock"] == 15][-1]
    reaction_s = (own["time_us"] - cause["time_us"]) * 1e-6
    assert 0.0 <= reaction_s <= AT_ONCE_S
    reacted("IL-38 after the third stop", reaction_s * 1e3, AT_ONCE_S * 1e3)


@pytest.mark.cell("IL-38", "safe state held")
def test_nothing_moves_by_itself(rig: Rig) -> None:
    """IL-38, safe state held: drive and stage stand for 10 s, against ARM and START."""
    third(rig)
    rig.bench.hand.lift()
    rig.assert_nothing_moves_by_itself()


@pytest.mark.cell("IL-38", "reset act")
def test_in_the_clinic_the_clinician_resets_it(rig: Rig) -> None:
    """IL-38, reset act: each latched trip for itself; an operator's link session is refused."""
    third(rig)
    rig.bench.hand.lift()
    rig.bench.run(0.2)
    rig.as_role(Role.OPERATOR)
    assert rig.refused("RESET", interlock=38) == Refusal(Reason.ROLE, Role.OPERATOR, Role.CLINICIAN)
    rig.as_role(Role.CLINICIAN)
    for interlock in sorted(latched(rig)):
        rig.pen.reset(interlock)
    assert rig.state is State.STANDBY
    rig.again("clinical", 1000, 110.0)
    rig.assert_running(0.3)


@pytest.mark.cell("IL-38", "reset act")
def test_after_its_reset_the_count_begins_anew(rig: Rig) -> None:
    """IL-38, reset act: one further stop of any kind does not latch it."""
    third(rig)
    rig.bench.hand.lift()
    rig.bench.run(0.2)
    for interlock in sorted(latched(rig)):
        rig.pen.reset(interlock)
    rig.again("clinical", 1000, 110.0)
    rig.bench.run(0.2)
    rig.bench.hand.estop(True)
    rig.bench.run(0.3)
    rig.bench.hand.estop(False)
    rig.bench.run(0.1)
    rig.pen.reset(1)
    rig.again("clinical", 1000, 110.0)
    rig.assert_running(0.2)


@pytest.mark.cell("IL-38", "no restart")
def test_the_reset_restarts_nothing(rig: Rig) -> None:
    """IL-38, no restart: with the switch held through all resets."""
    third(rig)
    rig.bench.hand.lift()
    rig.bench.run(0.2)
    for interlock in sorted(latched(rig)):
        rig.pen.reset(interlock)
    rig.assert_held_switch_starts_nothing()


@pytest.mark.cell("IL-38", "log row")
def test_it_is_told_with_the_count(rig: Rig) -> None:
    """IL-38, log row: EVENT_TRIP latched, input REPEATS, 3 of 3."""
    third(rig)
    (own,) = [event for event in rig.events("EVENT_TRIP") if event["interlock"] == 38]
    assert (own["input"], own["value"], own["limit"], own["latched"]) == (Input.REPEATS, 3, 3, 1)


@pytest.mark.cell("IL-38", "priority signal")
def test_its_alarm_is_medium(rig: Rig) -> None:
    """IL-38, priority signal: MEDIUM."""
    third(rig)
    assert rig.sounder == SOUNDER_MEDIUM


@pytest.mark.cell("IL-38", "guide words")
def test_provided_when_not_needed_does_not_happen_with_two_stops(rig: Rig) -> None:
    """IL-38, guide words: provided when not needed – two stops, then two minutes of treatment."""
    rig.running()
    press_too_hard(rig)
    press_too_hard(rig)
    rig.bench.hand.glide(mm_s=20.0)
    rig.assert_running(20.0)


@pytest.mark.cell("IL-38", "guide words")
def test_not_provided_a_power_cycle_does_not_wipe_what_is_latched(rig: Rig) -> None:
    """IL-38, guide words: not provided – switched off and on it is latched as before."""
    third(rig)
    rig.bench.hand.lift()
    rig.off_and_on()
    assert 38 in latched(rig)


@pytest.mark.cell("IL-38", "second fault")
def test_it_latches_with_the_link_cut_in_the_third_stop(rig: Rig) -> None:
    """IL-38, second fault: the third stop while the cable is out."""
    rig.running()
    press_too_hard(rig)
    press_too_hard(rig)
    rig.bench.cut_link()
    rig.bench.hand.press(n=13.0)
    rig.bench.advance(0.1)
    assert rig.state is State.SAFE
    rig.bench.restore_link()
    rig.bench.advance(0.6)
    rig.pen.open_session()
    assert 38 in latched(rig)
