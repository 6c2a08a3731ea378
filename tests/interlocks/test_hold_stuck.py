"""IL-03, the hold-to-run switch that is stuck: refused when pressed too early, stopped when held too long."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_rig import SOUNDER_LOW, Rig

from penctl.protocol import enums
from penctl.protocol.enums import Input, Reason, State, StopKind

New = Callable[..., Rig]
WARN_S, STOP_S = 180.0, 185.0


@pytest.fixture
def held(new_rig: New) -> Rig:
    """Running since 0.3 s with the switch held since 0.35 s, at home."""
    return new_rig(trace_decimation=100).running("home", 200, 80.0)


@pytest.fixture
def overdue(new_rig: New) -> Rig:
    """The same, and the switch held for 0.3 s more than it may be."""
    return new_rig(trace_decimation=100).running_for(STOP_S + 0.3, "home", 200, 80.0)


def arming(rig: Rig) -> Reason:
    """What ARM is refused with."""
    return rig.refused("ARM", device_time_us=rig.pen.status().device_time_us).reason


@pytest.mark.cell("IL-03", "trip")
def test_a_switch_that_is_pressed_on_arming_is_refused(rig: Rig) -> None:
    """IL-03, trip: ARM with the switch pressed is refused with HOLD_PRESSED."""
    rig.standby()
    rig.bench.inject("hold_switch", "stuck", value=1)
    rig.bench.inject("hold_released_contact", "stuck", value=0)
    rig.bench.run(0.05)
    assert arming(rig) is Reason.HOLD_PRESSED
    rig.assert_stays_off(0.5, State.STANDBY)


@pytest.mark.cell("IL-03", "trip")
def test_a_switch_that_is_held_too_long_stops_the_run(overdue: Rig) -> None:
    """IL-03, trip: held for 185 s in RUN it stops by C1; STANDBY, not latched."""
    assert overdue.state is State.STANDBY
    assert overdue.tripped == 0
    overdue.assert_stays_off(0.5, State.STANDBY)


@pytest.mark.cell("IL-03", "below limit")
def test_just_below_it_the_run_goes_on(held: Rig) -> None:
    """IL-03, below limit: held for 184 s it only warned."""
    held.bench.run(184.0)
    assert held.state is State.RUN
    assert len(held.warnings(enums.Warning.HOLD_LONG)) == 1


@pytest.mark.cell("IL-03", "inhibited")
def test_a_press_after_arming_is_what_it_is_for(rig: Rig) -> None:
    """IL-03, inhibited: in READY the press is wanted; nothing is refused or told."""
    rig.ready()
    rig.bench.hand.hold(True)
    rig.bench.run(5.0)
    assert rig.state is State.READY
    assert not rig.warnings(enums.Warning.HOLD_LONG)


@pytest.mark.cell("IL-03", "hysteresis")
def test_a_new_press_starts_the_count_anew(held: Rig) -> None:
    """IL-03, hysteresis: let go after 170 s and pressed again, the run has its whole time again."""
    held.bench.run(170.0)
    held.bench.hand.hold(False)
    held.bench.run(0.5)
    held.start()
    held.bench.run(20.0)
    assert held.state is State.RUN
    assert not held.warnings(enums.Warning.HOLD_LONG)
    held.bench.run(STOP_S - 20.0)
    assert held.state is State.STANDBY


@pytest.mark.cell("IL-03", "reaction time")
def test_warning_and_stop_come_when_the_time_is_over(new_rig: New, reacted: Callable[..., None]) -> None:
    """IL-03, reaction time: warned at 180 s, C1 begun at 185 s after the press, each within 50 ms."""
    rig = new_rig(trace_decimation=100).ready("home", 200, 80.0)
    rig.bench.hand.press(n=3.0)
    pressed_us = rig.bench.kernel.time_us
    rig.start()
    rig.bench.run(STOP_S + 0.3)
    warned_us = rig.warnings(enums.Warning.HOLD_LONG)[0]["time_us"]
    stopped_us = next(e["time_us"] for e in rig.events("EVENT_STATE") if e["state"] == State.STOPPING)
    for what, time_us, due_s in (("warned", warned_us, WARN_S), ("stopped", stopped_us, STOP_S)):
        late_s = (time_us - pressed_us) * 1e-6 - due_s
        assert 0.0 <= late_s <= 0.050
        reacted(f"IL-03 {what}", late_s * 1e3, 50.0)


@pytest.mark.cell("IL-03", "safe state held")
def test_afterwards_nothing_moves(overdue: Rig) -> None:
    """IL-03, safe state held: STANDBY with the drive off for 10 s, the switch still held."""
    overdue.assert_stays_off(10.0, State.STANDBY)


@pytest.mark.cell("IL-03", "reset refused")
def test_arming_is_refused_while_the_switch_is_pressed(overdue: Rig) -> None:
    """IL-03, reset refused: RESET finds nothing; ARM is refused until the switch is let go."""
    overdue.bench.run(0.2)
    assert overdue.refused("RESET", interlock=3).reason is Reason.NOT_LATCHED
    assert arming(overdue) is Reason.HOLD_PRESSED


@pytest.mark.cell("IL-03", "reset act")
def test_let_go_and_armed_again_it_runs(overdue: Rig) -> None:
    """IL-03, reset act: release, ARM, a new press, START."""
    overdue.bench.run(0.2)
    overdue.bench.hand.hold(False)
    overdue.bench.run(0.1)
    overdue.pen.arm()
    overdue.start()
    overdue.assert_running(0.5)


@pytest.mark.cell("IL-03", "no restart")
def test_letting_go_and_pressing_again_starts_nothing(overdue: Rig) -> None:
    """IL-03, no restart: the switch alone arms nothing."""
    overdue.bench.hand.hold(False)
    overdue.bench.run(0.1)
    overdue.bench.hand.hold(True)
    overdue.assert_stays_off(2.0, State.STANDBY)


@pytest.mark.cell("IL-03", "log row")
def test_it_is_told_unlatched_and_kept(overdue: Rig) -> None:
    """IL-03, log row: EVENT_TRIP not latched with its input, and cause 3 in the change of state."""
    overdue.bench.run(0.2)
    (told,) = overdue.events("EVENT_TRIP")
    assert (told["interlock"], told["input"], told["stop"], told["latched"]) == (
        3,
        Input.HOLD,
        StopKind.C1,
        0,
    )
    assert told["limit"] == 185_000_000
    assert [e["cause"] for e in overdue.events("EVENT_STATE") if e["previous"] == State.RUN] == [3]


@pytest.mark.cell("IL-03", "priority signal")
def test_it_sounds_low(overdue: Rig) -> None:
    """IL-03, priority signal: LOW after the stop."""
    assert overdue.sounder == SOUNDER_LOW


@pytest.mark.cell("IL-03", "guide words")
def test_not_provided_a_weld_at_power_on_is_found_by_the_self_test(new_rig: New) -> None:
    """IL-03, guide words: not provided – welded before power-on, the self-test does not pass."""
    rig = new_rig()
    rig.bench.inject("hold_switch", "stuck", value=1)
    rig.bench.inject("hold_released_contact", "stuck", value=0)
    rig.bench.restart("POWER_ON")
    rig.bench.advance(4.0)
    assert rig.state is State.SELF_TEST
    assert not rig.drive_on


@pytest.mark.cell("IL-03", "guide words")
def test_provided_when_not_needed_does_not_happen_in_many_short_runs(rig: Rig) -> None:
    """IL-03, guide words: provided when not needed – ten runs of a second count for themselves."""
    rig.running("home", 200, 80.0)
    for _ in range(10):
        rig.assert_running(1.0)
        rig.bench.hand.hold(False)
        rig.bench.run(0.3)
        rig.start()
    assert not rig.warnings(enums.Warning.HOLD_LONG)


@pytest.mark.cell("IL-03", "second fault")
def test_both_contacts_weld_and_the_hand_is_gone(held: Rig) -> None:
    """IL-03, second fault: nobody holds it, neither contact opens: the run ends 185 s after the press."""
    held.bench.inject("hold_switch", "stuck", value=1)
    held.bench.inject("hold_released_contact", "stuck", value=0)
    held.bench.hand.hold(False)
    held.bench.run(STOP_S + 0.3)
    assert held.state is State.STANDBY
    assert [event["cause"] for event in held.events("EVENT_STATE") if event["previous"] == State.RUN] == [3]


@pytest.mark.cell("IL-03", "second fault")
def test_a_weld_and_a_cut_link_end_at_rest(held: Rig) -> None:
    """IL-03, second fault: the switch welds and the cable is cut: the communications loss stops it."""
    held.bench.inject("hold_switch", "stuck", value=1)
    held.bench.cut_link()
    held.bench.advance(1.0)
    assert held.tripped == 26
    assert not held.drive_on
