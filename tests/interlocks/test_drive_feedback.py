"""IL-05, feedback of the shut-off path, uncommanded motion: C0, the second path opens, power ends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from interlock_cases import Act, inject
from interlock_rig import SOUNDER_HIGH, Rig

from penctl.protocol.enums import Input, Reason, Role, State, StopKind

New = Callable[..., Rig]
REACTION_S = 0.010
LASTING_S = 0.005


@dataclass(frozen=True)
class Lie:
    """A stimulus while the drive is off (READY) or on (RUN), and what it is seen by."""

    name: str
    running: bool
    provoke: Act
    input: Input

    def rig(self, new_rig: New, seed: int = 1) -> Rig:
        """A rig in the state in which it is a lie."""
        return new_rig(seed).running() if self.running else new_rig(seed).ready()


LIES = (
    Lie("fed although off", False, inject("drive_feedback", "stuck", value=1), Input.DRIVE_FEEDBACK),
    Lie("not fed although on", True, inject("drive_feedback", "stuck", value=0), Input.DRIVE_FEEDBACK),
    Lie("not shorted although off", False, inject("short_feedback", "stuck", value=0), Input.WINDING_SHORT),
    Lie("shorted although on", True, inject("short_feedback", "stuck", value=1), Input.WINDING_SHORT),
    Lie("current although off", False, inject("current_sensor", "stuck", value=80), Input.MOTOR_CURRENT),
    Lie("current backwards", False, inject("current_sensor", "stuck", value=-80), Input.MOTOR_CURRENT),
)
ALL = pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.name)


def trip(rig: Rig) -> Rig:
    """The quickest way to it, with the cause gone afterwards."""
    rig.running()
    rig.bench.inject("drive_feedback", "stuck", value=0, for_s=0.02)
    rig.bench.run(0.1)
    rig.assert_latched(5, StopKind.C0, Input.DRIVE_FEEDBACK)
    return rig


def supply_closed(rig: Rig) -> bool:
    """Whether guard still closes the second switch-off path."""
    return bool(rig.bench.kernel.outputs.supply_enable)


@pytest.mark.cell("IL-05", "inhibited")
def test_the_rotor_that_runs_out_after_a_stop_is_no_uncommanded_motion(rig: Rig) -> None:
    """IL-05, inhibited: motion and current count from 300 ms after the drive went off."""
    rig.running(rate_hz=150.0)
    rig.bench.hand.estop(True)
    rig.bench.run(1.0)
    assert {event["interlock"] for event in rig.events("EVENT_TRIP")} == {1}
    assert supply_closed(rig)


@pytest.mark.cell("IL-05", "inhibited")
def test_an_emergency_chain_that_holds_the_drive_off_by_itself_is_no_contradiction(rig: Rig) -> None:
    """IL-05, inhibited: an open chain explains a drive that is not fed."""
    rig.running()
    rig.bench.hand.estop(True)
    rig.bench.run(0.3)
    rig.assert_latched(1, StopKind.C0)
    assert not [event for event in rig.events("EVENT_TRIP") if event["interlock"] == 5]


@pytest.mark.cell("IL-05", "inhibited")
def test_needles_that_come_back_when_the_pen_is_lifted_are_no_motion_of_the_drive(new_rig: New) -> None:
    """IL-05, inhibited: the return spring moves the bar after an emergency stop in deep, stiff skin."""
    for seed in range(6):
        rig = new_rig(seed, skin="stiff").running(depth_um=2500, rate_hz=75.0)
        rig.bench.run(0.003 * seed)
        rig.bench.hand.estop(True)
        rig.bench.run(0.6)
        rig.bench.hand.lift()
        rig.bench.run(0.6)
        assert {event["interlock"] for event in rig.events("EVENT_TRIP")} == {1}


@pytest.mark.cell("IL-05", "trip")
@ALL
def test_what_contradicts_guard_opens_the_second_path(new_rig: New, lie: Lie) -> None:
    """IL-05, trip: either way of each feedback, and current while the drive is off."""
    rig = lie.rig(new_rig)
    lie.provoke(rig)
    rig.bench.run(0.05)
    rig.assert_latched(5, StopKind.C0, lie.input)
    assert not supply_closed(rig)


@pytest.mark.cell("IL-05", "trip")
@pytest.mark.parametrize("state", [State.STANDBY, State.SAFE])
def test_it_trips_with_nobody_at_work_too(rig: Rig, state: State) -> None:
    """IL-05, trip: in STANDBY, and in SAFE beside another trip."""
    if state is State.STANDBY:
        rig.standby()
    else:
        rig.running()
        rig.bench.hand.estop(True)
        rig.bench.run(0.5)
    rig.bench.inject("drive_feedback", "stuck", value=1)
    rig.bench.run(0.05)
    assert rig.state is State.SAFE
    assert 5 in {event["interlock"] for event in rig.events("EVENT_TRIP")}
    assert not supply_closed(rig)


@pytest.mark.cell("IL-05", "trip")
def test_a_gate_supply_that_stays_is_cut_by_the_second_path(rig: Rig) -> None:
    """IL-05, trip: the first path fails at a stop; the bridge loses its supply within 200 ms all the same."""
    rig.running()
    rig.bench.inject("sto", "stuck")
    rig.bench.hand.hold(False)
    rig.bench.run(0.3)
    rig.assert_bridge_dead(5)


@pytest.mark.cell("IL-05", "trip")
def test_a_bridge_that_drives_by_itself_is_found_and_stopped(rig: Rig) -> None:
    """IL-05, trip: gate supply stuck and a bridge at 30 % of the supply, at the end of a run."""
    rig.running()
    rig.bench.inject("sto", "stuck")
    rig.bench.inject("bridge", "stuck", value=0.3)
    rig.pen.stop_now()
    rig.bench.run(0.5)
    rig.assert_bridge_dead(5)
    assert abs(float(rig.bench.kernel.state.omega)) < 1.0


@pytest.mark.cell("IL-05", "below limit")
@pytest.mark.parametrize(
    ("running", "target", "value"),
    [(False, "drive_feedback", 1), (True, "short_feedback", 1), (False, "short_feedback", 0)],
)
def test_4_ms_of_contradiction_do_not_trip(rig: Rig, running: bool, target: str, value: int) -> None:
    """IL-05, below limit: 4 ms of 5 ms, as contacts and edges may take."""
    rig.running() if running else rig.ready()
    fault = rig.bench.inject(target, "stuck", value=value, for_s=0.004)
    rig.bench.run(0.1)
    assert fault.took_effect_s is not None
    assert rig.tripped == 0


@pytest.mark.cell("IL-05", "below limit")
def test_40_ma_while_off_do_not_trip(rig: Rig) -> None:
    """IL-05, below limit: 40 mA of 50 mA, what the sensor may show at rest."""
    rig.ready()
    rig.bench.inject("current_sensor", "stuck", value=40)
    rig.bench.run(0.5)
    assert rig.state is State.READY


@pytest.mark.cell("IL-05", "hysteresis")
def test_it_has_no_release(rig: Rig) -> None:
    """IL-05, hysteresis: with feedback and current as they should be it stays, and the path stays open."""
    trip(rig)
    rig.assert_stays_off(2.0)
    rig.assert_latched(5, StopKind.C0)
    assert not supply_closed(rig)


@pytest.mark.cell("IL-05", "reaction time")
@pytest.mark.parametrize("seed", range(3))
@ALL
def test_the_second_path_opens_within_10_ms(
    new_rig: New, reacted: Callable[..., None], lie: Lie, seed: int
) -> None:
    """IL-05, reaction time: from the contradiction to the second path asked open."""
    rig = lie.rig(new_rig, seed)
    rig.bench.run(0.0023 * seed)
    begin_s = rig.now_s
    lie.provoke(rig)
    assert rig.tick_until(lambda: not supply_closed(rig), 0.1)
    reaction_s = rig.now_s - begin_s
    assert LASTING_S <= reaction_s <= REACTION_S
    reacted(f"IL-05 {lie.name}", reaction_s * 1e3, REACTION_S * 1e3)
    rig.bench.run(0.05)


@pytest.mark.cell("IL-05", "safe state held")
def test_nothing_moves_by_itself(rig: Rig) -> None:
    """IL-05, safe state held: drive and stage stand for 10 s, against ARM and START."""
    trip(rig).assert_nothing_moves_by_itself()


@pytest.mark.cell("IL-05", "reset refused")
def test_no_reset_over_the_link_ends_it(rig: Rig) -> None:
    """IL-05, reset refused: POWER_CYCLE_NEEDED for the service, too, with the cause gone."""
    trip(rig)
    rig.as_role(Role.SERVICE)
    rig.press_button()
    assert rig.refused("RESET", interlock=5).reason is Reason.POWER_CYCLE_NEEDED
    rig.assert_latched(5, StopKind.C0)


@pytest.mark.cell("IL-05", "reset refused")
def test_switching_off_and_on_does_not_end_it_while_the_self_test_fails(rig: Rig) -> None:
    """IL-05, reset refused: the cause is still there at the power-on; it stays latched."""
    trip(rig)
    rig.bench.clear_faults()
    rig.bench.inject("short_feedback", "stuck", value=0)
    rig.off_and_on()
    assert rig.tripped == 5


@pytest.mark.cell("IL-05", "reset act")
def test_switching_off_and_on_with_a_passed_self_test_ends_it(rig: Rig) -> None:
    """IL-05, reset act: power off and on, a passed self-test, then all of it anew."""
    trip(rig)
    rig.power_cycle()
    assert rig.tripped == 0
    assert supply_closed(rig)
    rig.again("clinical", 1000, 110.0)
    rig.assert_running(0.2)


@pytest.mark.cell("IL-05", "reset act")
@pytest.mark.parametrize("cause", ["SOFTWARE", "WATCHDOG"])
def test_a_restart_is_no_reset(rig: Rig, cause: str) -> None:
    """IL-05, reset act: after a restart of the controller it is latched as before, the path open."""
    trip(rig)
    rig.restart(cause)
    assert 5 in {kept.trip.interlock for kept in rig.pen.trip_log() if kept.latched}
    assert not supply_closed(rig)


@pytest.mark.cell("IL-05", "no restart")
def test_switching_on_with_the_switch_held_starts_nothing(rig: Rig) -> None:
    """IL-05, no restart: the switch is held through power-off and power-on."""
    trip(rig)
    rig.pen.close()
    rig.bench.power_off()
    rig.bench.power_on()
    begin_s = rig.now_s
    rig.bench.advance(4.0)
    assert not (rig.bench.trace.between(begin_s, rig.now_s).state == State.RUN).any()
    assert not rig.drive_on


@pytest.mark.cell("IL-05", "log row")
def test_it_is_told_with_what_was_seen_and_what_was_asked(rig: Rig) -> None:
    """IL-05, log row: EVENT_TRIP latched, the same in STATUS and in the memory that outlasts power."""
    trip(rig)
    (event,) = rig.events("EVENT_TRIP")
    assert (event["input"], event["value"], event["limit"]) == (Input.DRIVE_FEEDBACK, 0, 1)
    assert event["latched"] == 1
    assert rig.kept(5).trip == rig.trip()
    rig.bench.clear_faults()
    rig.off_and_on()
    assert rig.kept(5).trip.value == 0


@pytest.mark.cell("IL-05", "priority signal")
def test_its_alarm_is_high(rig: Rig) -> None:
    """IL-05, priority signal: HIGH, for the handpiece has to be lifted now."""
    trip(rig)
    assert rig.sounder == SOUNDER_HIGH


@pytest.mark.cell("IL-05", "guide words")
def test_provided_when_not_needed_does_not_happen_in_ten_runs(rig: Rig) -> None:
    """IL-05, guide words: provided when not needed – starts, releases and stops one after another."""
    rig.running()
    for _ in range(10):
        rig.bench.hand.hold(False)
        rig.bench.run(0.4)
        rig.start()
        rig.assert_running(0.15)
    rig.pen.stop()
    rig.bench.run(0.5)
    assert rig.tripped == 0


@pytest.mark.cell("IL-05", "guide words")
def test_not_provided_by_a_second_path_that_is_stuck_the_self_test_finds_it(rig: Rig) -> None:
    """IL-05, guide words: not provided – the second path cannot open; the self-test finds it."""
    rig.standby()
    rig.bench.inject("supply_switch", "stuck", value=1)
    with pytest.raises(Exception, match="self-test"):
        rig.pen.self_test()
    assert rig.refused("ARM", device_time_us=rig.bench.kernel.time_us).reason in (
        Reason.SELF_TEST_NOT_PASSED,
        Reason.SELF_TEST_NEEDED,
    )


@pytest.mark.cell("IL-05", "second fault")
def test_a_stuck_path_and_a_cut_link_end_with_the_bridge_dead(rig: Rig) -> None:
    """IL-05, second fault: the host's silence stops the run, the first path fails, the second one acts."""
    rig.running()
    rig.bench.inject("sto", "stuck")
    rig.bench.cut_link()
    rig.bench.advance(0.9)
    rig.assert_bridge_dead()
    rig.bench.restore_link()
    rig.bench.advance(0.6)
    rig.pen.open_session()
    assert rig.kept(5).latched


@pytest.mark.cell("IL-05", "second fault")
def test_a_stuck_path_and_a_stuck_bridge_are_stopped_by_the_button_at_once(rig: Rig) -> None:
    """IL-05, second fault: gate supply stuck, bridge at full duty: the emergency chain cuts it."""
    rig.running()
    rig.bench.inject("sto", "stuck")
    rig.bench.inject("bridge", "stuck", value=1.0)
    rig.bench.hand.estop(True)
    pushed_s = rig.now_s
    rig.bench.run(0.1)
    assert rig.drive_off_s() - pushed_s <= 0.010
