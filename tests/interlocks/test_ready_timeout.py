"""IL-39, the ready time-out: an armed pen that nobody starts goes back to STANDBY after 120 s."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_rig import SOUNDER_NONE, Rig

from penctl.protocol import enums
from penctl.protocol.enums import Reason, State, StopKind

New = Callable[..., Rig]
TIMEOUT_S = 120.0


@pytest.fixture
def armed(new_rig: New) -> Rig:
    """Armed just now, on the skin."""
    rig = new_rig(trace_decimation=100).ready()
    rig.bench.hand.press(n=3.0)
    return rig


@pytest.fixture
def over(new_rig: New) -> Rig:
    """The same, and nobody started within the time."""
    return new_rig(trace_decimation=100).ready_for(TIMEOUT_S + 0.2)


@pytest.mark.cell("IL-39", "trip")
def test_a_ready_that_nobody_uses_ends(over: Rig) -> None:
    """IL-39, trip: STANDBY after 120 s, nothing latched."""
    assert over.state is State.STANDBY
    assert over.tripped == 0
    over.assert_stays_off(0.5, State.STANDBY)


@pytest.mark.cell("IL-39", "below limit")
def test_a_start_just_before_it_is_taken(armed: Rig) -> None:
    """IL-39, below limit: after 119 s the pen is READY, and START is taken."""
    armed.bench.run(119.0)
    assert armed.state is State.READY
    armed.start()
    armed.assert_running(0.5)


@pytest.mark.cell("IL-39", "inhibited")
def test_a_run_does_not_time_out(armed: Rig) -> None:
    """IL-39, inhibited: it counts in READY only; a run goes on over 120 s."""
    armed.bench.run(60.0)
    armed.start()
    armed.assert_running(70.0)


@pytest.mark.cell("IL-39", "hysteresis")
def test_a_run_in_between_starts_the_count_anew(armed: Rig) -> None:
    """IL-39, hysteresis: after a run READY has its whole 120 s again."""
    armed.bench.run(100.0)
    armed.start()
    armed.bench.run(0.5)
    armed.bench.hand.hold(False)
    armed.bench.run(119.0)
    assert armed.state is State.READY
    armed.bench.run(1.5)
    assert armed.state is State.STANDBY


@pytest.mark.cell("IL-39", "reaction time")
def test_it_ends_when_the_time_is_over(new_rig: New, reacted: Callable[..., None]) -> None:
    """IL-39, reaction time: within 10 ms of 120 s after READY began."""
    rig = new_rig(trace_decimation=100).ready()
    begin_us = rig.events("EVENT_STATE")[-1]["time_us"]
    rig.bench.run(TIMEOUT_S + 0.2)
    last = rig.events("EVENT_STATE")[-1]
    late_s = (last["time_us"] - begin_us) * 1e-6 - TIMEOUT_S
    assert 0.0 <= late_s <= 0.010
    reacted("IL-39 after 120 s", late_s * 1e3, 10.0)


@pytest.mark.cell("IL-39", "safe state held")
def test_standby_is_kept(over: Rig) -> None:
    """IL-39, safe state held: the stage is home and the drive off for 10 s."""
    over.bench.run(0.5)
    over.assert_stays_off(10.0, State.STANDBY)
    assert over.bench.trace.stage_um[-1] < 0.0


@pytest.mark.cell("IL-39", "reset refused")
def test_there_is_nothing_to_reset_and_no_start(over: Rig) -> None:
    """IL-39, reset refused: nothing latched; START is refused without a new ARM."""
    assert over.refused("RESET", interlock=39).reason is Reason.NOT_LATCHED
    over.bench.hand.hold(True)
    over.bench.run(0.05)
    assert over.refused("START", device_time_us=over.bench.kernel.time_us).reason is Reason.WRONG_STATE
    over.assert_stays_off(0.5, State.STANDBY)


@pytest.mark.cell("IL-39", "reset act")
def test_arming_again_goes_on(over: Rig) -> None:
    """IL-39, reset act: ARM, a new press and START, as at the first time."""
    over.bench.run(0.5)
    over.pen.arm()
    over.start()
    over.assert_running(0.5)


@pytest.mark.cell("IL-39", "no restart")
def test_a_press_afterwards_starts_nothing(over: Rig) -> None:
    """IL-39, no restart: the switch pressed in STANDBY neither arms nor starts."""
    over.bench.hand.hold(True)
    over.assert_stays_off(2.0, State.STANDBY)


@pytest.mark.cell("IL-39", "log row")
def test_it_is_told_with_its_number(over: Rig) -> None:
    """IL-39, log row: EVENT_STATE with cause 39 and a warning; no EVENT_TRIP."""
    last = over.events("EVENT_STATE")[-1]
    assert (last["state"], last["previous"], last["cause"]) == (State.STANDBY, State.READY, 39)
    assert len(over.warnings(enums.Warning.READY_TIMEOUT)) == 1
    assert not over.events("EVENT_TRIP")


@pytest.mark.cell("IL-39", "priority signal")
def test_it_makes_no_sound(armed: Rig) -> None:
    """IL-39, priority signal: none; the sounder is quiet before, at and after it."""
    armed.bench.run(TIMEOUT_S - 0.1)
    for _ in range(40):
        armed.bench.run(0.01)
        assert armed.sounder == SOUNDER_NONE
    assert armed.state is State.STANDBY


@pytest.mark.cell("IL-39", "guide words")
def test_provided_too_soon_it_would_cut_a_setpoint_that_is_changed(armed: Rig) -> None:
    """IL-39, guide words: too soon – questions and setpoints in READY neither shorten nor lengthen it."""
    for depth_um in (900, 800, 700):
        armed.bench.run(30.0)
        armed.pen.set_depth_um(depth_um)
    armed.bench.run(29.0)
    assert armed.state is State.READY
    armed.bench.run(1.5)
    assert armed.state is State.STANDBY


@pytest.mark.cell("IL-39", "second fault")
def test_an_emergency_stop_in_ready_comes_first(armed: Rig) -> None:
    """IL-39, second fault: the emergency stop just before the end latches; the time-out changes nothing."""
    armed.bench.run(TIMEOUT_S - 0.1)
    armed.bench.hand.estop(True)
    armed.bench.run(0.5)
    armed.assert_latched(1, StopKind.C0)
