"""IL-31, windowed watchdog: late or early, it cuts the drive and restarts the controller, which latches."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from interlock_rig import SOUNDER_HIGH, SOUNDER_MEDIUM, Rig

from penctl.errors import PenError
from penctl.protocol import enums
from penctl.protocol.enums import Input, Reason, RestartCause, State, StopKind

REACTION_S = 0.050
BOOTED_S = 0.2

New = Callable[..., Rig]


def hang(rig: Rig) -> None:
    """The controller executes nothing any more, its outputs as they are; after the restart it does again."""
    rig.bench.inject("controller", "off", for_s=0.03)


def race(rig: Rig) -> None:
    """The controller's tick comes four times as often: too early for the watchdog."""
    rig.bench.inject("controller", "runaway", value=4, for_s=0.01)


def cut(rig: Rig, act: Callable[[Rig], None] = hang) -> Rig:
    """In RUN, the fault, the cut and the restart; the pen's link session is gone with its RAM."""
    rig.running()
    act(rig)
    rig.bench.advance(BOOTED_S)
    return rig


def back(rig: Rig) -> Rig:
    """A new link session after the restart."""
    rig.restarted(lambda: None)
    return rig


@pytest.mark.cell("IL-31", "inhibited")
@pytest.mark.parametrize("cause", ["SOFTWARE", "POWER_ON"])
def test_another_restart_is_no_watchdogs(rig: Rig, cause: str) -> None:
    """IL-31, inhibited: a restart by software or by switching on latches nothing."""
    rig.standby()
    rig.restart(cause)
    assert rig.tripped == 0
    assert rig.bench.kernel.state.watchdog_acts == 0


@pytest.mark.cell("IL-31", "trip")
@pytest.mark.parametrize("act", [hang, race])
def test_late_or_early_it_cuts_and_the_restarted_controller_latches(
    rig: Rig, act: Callable[[Rig], None]
) -> None:
    """IL-31, trip: the drive off by hardware; SAFE after the restart, by whatever the restart found."""
    cut(rig, act)
    assert rig.bench.kernel.state.watchdog_acts == 1
    back(rig)
    trip = rig.assert_latched(31, StopKind.C0, Input.RESTART)
    assert (trip.value, trip.limit) == (RestartCause.WATCHDOG, RestartCause.POWER_ON)


@pytest.mark.cell("IL-31", "below limit")
def test_a_controller_that_stands_for_a_shorter_time_is_not_restarted(rig: Rig) -> None:
    """IL-31, below limit: 4 ms at rest, 0.5 ms in RUN, where others watch the needles: it goes on."""
    rig.ready()
    fault = rig.bench.inject("controller", "off", for_s=0.004)
    rig.bench.run(0.3)
    assert fault.took_effect_s is not None
    assert rig.state is State.READY
    rig.bench.hand.press(n=3.0)
    rig.start()
    rig.assert_running(0.3)
    fault.clear()
    rig.bench.inject("controller", "off", for_s=0.0005)
    rig.assert_running(0.3)
    assert rig.bench.kernel.state.watchdog_acts == 0


@pytest.mark.cell("IL-31", "hysteresis")
def test_a_controller_that_keeps_its_time_again_releases_nothing(rig: Rig) -> None:
    """IL-31, hysteresis: latched, so there is no release; neither time nor another restart takes it back."""
    back(cut(rig))
    rig.assert_stays_off(2.0)
    rig.restart("SOFTWARE")
    rig.assert_latched(31, StopKind.C0)


@pytest.mark.cell("IL-31", "reaction time")
@pytest.mark.parametrize("act", [hang, race])
@pytest.mark.parametrize("seed", range(4))
def test_the_drive_is_off_within_50_ms(
    new_rig: New, reacted: Callable[..., None], seed: int, act: Callable[[Rig], None]
) -> None:
    """IL-31, reaction time: from the last tick of a controller that hangs, or the first of one that races."""
    rig = new_rig(seed).running()
    rig.bench.run(0.0023 * seed)
    onset_s = rig.now_s
    act(rig)
    rig.bench.advance(BOOTED_S)
    reaction_s = rig.drive_off_s() - onset_s
    assert reaction_s <= REACTION_S
    reacted(f"IL-31 {act.__name__}", reaction_s * 1e3, REACTION_S * 1e3)


@pytest.mark.cell("IL-31", "safe state held")
def test_nothing_moves_by_itself(rig: Rig) -> None:
    """IL-31, safe state held: drive and stage stand for 10 s, against ARM and START."""
    back(cut(rig)).assert_nothing_moves_by_itself()


@pytest.mark.cell("IL-31", "reset refused")
def test_while_the_controller_hangs_there_is_nobody_to_reset(rig: Rig) -> None:
    """IL-31, reset refused: a controller that never comes back answers nothing, and the drive stays off."""
    rig.running()
    rig.bench.inject("controller", "off")
    rig.bench.advance(1.0)
    with pytest.raises(PenError):
        rig.pen.command("RESET", interlock=31)
    assert not rig.drive_on
    rig.bench.clear_faults()
    rig.bench.advance(0.1)


@pytest.mark.cell("IL-31", "reset act")
def test_a_sealed_reset_by_anybody_leads_to_a_new_self_test_and_back(rig: Rig) -> None:
    """IL-31, reset act: unsealed and for another interlock it is refused; then the whole way to RUN."""
    back(cut(rig))
    assert rig.answers_to(rig.unsealed("RESET", interlock=31)) == [(Reason.NO_SESSION, 0, 0)]
    other = rig.refused("RESET", interlock=1)
    assert (other.reason, other.value, other.limit) == (Reason.WRONG_INTERLOCK, 1, 31)
    rig.as_role(enums.Role.OPERATOR)
    rig.pen.reset(31)
    assert rig.tripped == 0
    rig.again("clinical", 1000, 110.0)
    rig.assert_running(0.3)


@pytest.mark.cell("IL-31", "no restart")
def test_neither_the_restart_nor_the_reset_starts_the_drive(rig: Rig) -> None:
    """IL-31, no restart: the switch is held through hang, restart and reset."""
    cut(rig)
    begin_s = rig.now_s
    rig.bench.advance(4.0)
    assert not rig.bench.trace.between(begin_s, rig.now_s).drive_on.any()
    back(rig)
    rig.pen.reset(31)
    begin_s = rig.now_s
    rig.bench.run(1.0)
    assert not (rig.bench.trace.between(begin_s, rig.now_s).state == State.RUN).any()
    reason = rig.refused("ARM", device_time_us=rig.pen.status().device_time_us).reason
    assert reason in (Reason.SELF_TEST_NOT_PASSED, Reason.SELF_TEST_NEEDED)


@pytest.mark.cell("IL-31", "log row")
def test_it_is_told_once_and_outlives_switching_off(rig: Rig) -> None:
    """IL-31, log row: EVENT_TRIP latched, in the pen's memory of trips, and still there after power-off."""
    back(cut(rig))
    assert rig.kept(31).latched
    assert rig.kept(31).trip == rig.trip()
    rig.bench.run(1.0)
    rig.off_and_on()
    assert rig.tripped == 31
    assert [kept.trip.interlock for kept in rig.pen.trip_log()].count(31) == 1


@pytest.mark.cell("IL-31", "priority signal")
def test_its_alarm_is_medium(rig: Rig) -> None:
    """IL-31, priority signal: MEDIUM; HIGH if needles must be lifted out."""
    back(cut(rig))
    out = float(rig.bench.kernel.state.bar) >= 0.0
    assert rig.sounder == (SOUNDER_HIGH if out else SOUNDER_MEDIUM)


@pytest.mark.cell("IL-31", "guide words")
def test_provided_when_not_needed_does_not_happen_in_a_treatment(rig: Rig) -> None:
    """IL-31, guide words: provided when not needed – ten seconds of RUN with the host asking all the time."""
    rig.running()
    for _ in range(50):
        rig.pen.status()
        rig.bench.run(0.19)
    assert rig.state is State.RUN
    assert rig.bench.kernel.state.watchdog_acts == 0


@pytest.mark.cell("IL-31", "guide words")
def test_applied_too_long_a_controller_that_hangs_for_good_is_cut_again_and_again(rig: Rig) -> None:
    """IL-31, guide words: applied too long – it never comes back: the drive never does either."""
    rig.running()
    rig.bench.inject("controller", "off")
    rig.bench.advance(0.1)
    begin_s = rig.now_s
    rig.bench.advance(3.0)
    assert not rig.bench.trace.between(begin_s, rig.now_s).drive_on.any()
    rig.bench.clear_faults()
    rig.bench.advance(0.1)


@pytest.mark.cell("IL-31", "second fault")
def test_a_watchdog_that_never_acts_leaves_the_emergency_stop(rig: Rig) -> None:
    """IL-31, second fault: both hang: the hardware chain of the emergency stop cuts within 10 ms."""
    rig.running()
    rig.bench.inject("watchdog", "off")
    rig.bench.inject("controller", "off")
    rig.bench.advance(0.2)
    assert rig.drive_on, "nothing else has cut it yet"
    pushed_s = rig.now_s
    rig.bench.hand.estop(True)
    rig.bench.advance(0.1)
    assert rig.drive_off_s() - pushed_s <= 0.010
    rig.hung = True


@pytest.mark.cell("IL-31", "second fault")
def test_with_the_link_cut_and_the_switch_welded_it_cuts_all_the_same(rig: Rig) -> None:
    """IL-31, second fault: nobody at the host, nobody at the switch."""
    rig.running()
    rig.bench.inject("hold_switch", "stuck", value=1)
    rig.bench.cut_link()
    onset_s = rig.now_s
    hang(rig)
    rig.bench.advance(BOOTED_S)
    assert rig.drive_off_s() - onset_s <= REACTION_S
    assert rig.tripped == 31
