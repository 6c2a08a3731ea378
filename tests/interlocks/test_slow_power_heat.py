"""IL-09, 12, 13, 14, 16 and 17: what belongs to each of them alone, beside the tables."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from interlock_cases import too_slow
from interlock_rig import SOUNDER_LOW, Rig, last_stroke_rate_hz

from penctl.protocol import enums
from penctl.protocol.enums import Flags, Input, Reason, State, StopKind

New = Callable[..., Rig]


# --- IL-09 ---


@pytest.mark.cell("IL-09", "trip")
@pytest.mark.parametrize("rate_hz", [50.0, 110.0, 150.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_bar_sensor_that_stands_is_found_within_two_strokes(
    new_rig: New, reacted: Callable[..., None], rate_hz: float, seed: int
) -> None:
    """IL-09, trip: stuck at its last reading, at the slowest and the fastest rate, within 20 ms."""
    rig = new_rig(seed).running(rate_hz=rate_hz)
    rig.bench.run(0.0031 * seed)
    onset_s = rig.now_s
    rig.bench.inject("bar_sensor", "stuck")
    rig.bench.run(0.1)
    assert rig.state is State.SAFE
    told = {event["interlock"] for event in rig.events("EVENT_TRIP")}
    assert told <= {8, 9}  # stuck near the middle, the other sensor contradicts it first
    reaction_s = rig.drive_off_s() - onset_s
    assert reaction_s <= 0.020
    reacted(f"IL-09 stuck at {rate_hz:g} Hz", reaction_s * 1e3, 20.0)


# --- IL-12 ---


@pytest.mark.cell("IL-12", "hysteresis")
def test_a_dip_that_recovers_within_the_window_does_not_stop(new_rig: New) -> None:
    """IL-12, hysteresis: 100 ms too slow, recovered to the set rate, again and again: no stop adds up."""
    rig = new_rig(nominal=True).running(depth_um=2500, rate_hz=150.0)
    for _ in range(4):
        rig.bench.inject("motor", "weak", severity=0.9, for_s=0.08)
        rig.bench.run(0.35)
        rig.bench.clear_faults()
        assert rig.state is State.RUN
    assert not rig.events("EVENT_TRIP")


@pytest.mark.cell("IL-12", "hysteresis")
def test_what_began_below_15_percent_is_not_ended_between_15_and_8(new_rig: New) -> None:
    """IL-12, hysteresis: 15 % too slow, then faster, but not by 8 %: no recovery, and the stop comes."""
    rig = new_rig(nominal=True).running(depth_um=2500, rate_hz=150.0)
    since_s = rig.now_s
    rig.bench.inject("motor", "weak", severity=0.92)
    rig.bench.run(0.05)
    rig.bench.clear_faults()
    rig.bench.inject("motor", "weak", severity=0.875)
    rig.bench.run(0.3)
    assert rig.state is State.READY
    assert [event["cause"] for event in rig.events("EVENT_STATE") if event["previous"] == State.RUN] == [12]
    time_s, rate_hz = last_stroke_rate_hz(rig)
    stopping_s = rig.first_s(rig.bench.trace.state == State.STOPPING, since_s)
    before_hz = np.interp([stopping_s - 0.02, stopping_s - 0.001], time_s, rate_hz)
    assert (before_hz > 150.0 * 0.85).all()
    assert (before_hz < 150.0 * 0.92).all()


@pytest.mark.cell("IL-12", "reaction time")
@pytest.mark.parametrize("phase", range(6))
def test_a_motor_that_cannot_hold_its_rate_is_stopped_in_time_wherever_it_stands(
    new_rig: New, reacted: Callable[..., None], phase: int
) -> None:
    """IL-12, reaction time: a weak motor, too, rests 60 ms after its stop began, 250 ms after the onset."""
    rig = new_rig(nominal=True).running(depth_um=2500, rate_hz=150.0)
    rig.bench.run(0.2 + 0.0012 * phase)
    since_s = rig.now_s
    rig.bench.inject("motor", "weak", severity=0.9)
    rig.bench.run(0.4)
    trace = rig.bench.trace.between(since_s, rig.now_s)
    begun_s = float(trace.time_s[np.flatnonzero(trace.state == State.STOPPING)[0]])
    onset_s = too_slow(rig, since_s)
    assert rig.drive_off_s() - begun_s <= 0.060
    assert rig.drive_off_s() - onset_s <= 0.250
    reacted(f"IL-12 phase {phase}", (rig.drive_off_s() - onset_s) * 1e3, 250.0)


@pytest.mark.cell("IL-12", "inhibited")
def test_the_spin_up_is_not_too_slow(new_rig: New) -> None:
    """IL-12, inhibited: from rest to 150 Hz in stiff skin, for the first 200 ms nothing is asked."""
    for seed in range(3):
        rig = new_rig(seed, skin="stiff").ready(depth_um=1500, rate_hz=150.0)
        rig.bench.hand.press(n=3.0)
        rig.start()
        rig.assert_running(0.5)


# --- IL-14 ---


@pytest.mark.cell("IL-14", "trip")
def test_a_current_that_heats_the_winding_trips_before_it_is_too_hot(rig: Rig) -> None:
    """IL-14, trip: 1.5 A for about 5 s passes the mean square of 1.2 A over 5 s."""
    rig.running()
    rig.bench.inject("current_sensor", "stuck", value=1500, for_s=5.3)
    begin_s = rig.now_s
    rig.bench.run(7.0)
    (event,) = [event for event in rig.events("EVENT_TRIP") if event["interlock"] == 14]
    assert (event["input"], event["stop"], event["limit"]) == (Input.HEAT_SUM, StopKind.C0, 1200)
    assert 3.0 <= rig.drive_off_s() - begin_s <= 5.3


@pytest.mark.cell("IL-14", "below limit")
def test_1_1_a_may_flow_for_ever(rig: Rig) -> None:
    """IL-14, below limit: 1.1 A for 20 s do not trip."""
    rig.running()
    rig.bench.inject("current_sensor", "stuck", value=1100)
    rig.assert_running(20.0)


@pytest.mark.cell("IL-14", "reset act")
def test_a_second_one_asks_for_a_passed_self_test_first(rig: Rig) -> None:
    """IL-14, reset act: one retry by RESET; the second one is refused SELF_TEST_NEEDED."""
    rig.running()
    for number in range(2):
        rig.bench.inject("current_sensor", "stuck", value=2600, for_s=0.02)
        rig.bench.run(0.5)
        rig.bench.clear_faults()
        rig.assert_latched(14, StopKind.C0)
        rig.bench.hand.hold(False)
        if number == 0:
            rig.pen.reset(14)
            rig.pen.arm()
            rig.start()
            rig.bench.run(0.2)
    assert rig.refused("RESET", interlock=14).reason is Reason.SELF_TEST_NEEDED


# --- IL-16 ---


@pytest.mark.cell("IL-16", "hysteresis")
def test_it_is_free_3_degc_below_and_not_before(rig: Rig) -> None:
    """IL-16, hysteresis: stopped above 43 degC; ARM is refused at 41 degC, taken at 39 degC."""
    rig.running()
    rig.bench.warm(nose_c=50.0)
    rig.bench.run(1.0)
    assert rig.state is State.STANDBY
    rig.bench.hand.hold(False)
    rig.bench.hand.lift()
    rig.bench.warm(nose_c=41.0)
    rig.bench.run(8.0)
    refusal = rig.refused("ARM", device_time_us=rig.bench.kernel.time_us)
    assert (refusal.reason, refusal.limit) == (Reason.TOO_WARM, 40_000)
    rig.bench.warm(nose_c=39.0)
    rig.bench.run(8.0)
    rig.pen.arm()


@pytest.mark.cell("IL-16", "trip")
@pytest.mark.parametrize(("where", "warn_c"), [("nose_c", 42.0), ("handle_c", 44.5)])
def test_it_warns_before_it_stops(rig: Rig, where: str, warn_c: float) -> None:
    """IL-16, trip: the warning stage at 41 and 43 degC: told once, LOW, and the run goes on."""
    rig.running()
    rig.bench.warm(**{where: warn_c})
    rig.assert_running(6.0)
    (warning,) = rig.warnings(enums.Warning.WARM)
    assert warning["value"] > 41_000
    assert rig.sounder in (0, SOUNDER_LOW)
    assert abs(float(np.nanmean(last_stroke_rate_hz(rig)[1][-100:])) - 110.0) < 3.0  # it is never derated


@pytest.mark.cell("IL-16", "trip")
@pytest.mark.parametrize("sensor", ["nose_temperature", "handle_temperature"])
def test_a_temperature_that_is_not_known_counts_as_too_warm(rig: Rig, sensor: str) -> None:
    """IL-16, trip: a broken thermistor stops the run within 1 s."""
    rig.running()
    rig.bench.inject(sensor, "off")
    rig.bench.run(1.0)
    assert rig.state is State.STANDBY


# --- IL-17 ---


@pytest.mark.cell("IL-17", "inhibited")
def test_an_empty_supply_refuses_arming_without_a_trip(rig: Rig) -> None:
    """IL-17, inhibited: with the drive off nothing latches; ARM is refused SUPPLY_LOW."""
    rig.standby()
    rig.bench.inject("battery", "wrong", value=-4.0)
    rig.bench.run(0.2)
    assert rig.tripped == 0
    assert rig.refused("ARM", device_time_us=rig.bench.kernel.time_us).reason is Reason.SUPPLY_LOW


@pytest.mark.cell("IL-17", "trip")
def test_a_brown_out_of_the_controller_latches_after_the_restart(rig: Rig) -> None:
    """IL-17, trip: the drive falls with the supply; the restarted controller latches IL-17, input RESTART."""
    rig.running()
    rig.bench.inject("battery", "wrong", value=-8.0)
    rig.bench.advance(0.3)
    assert not rig.drive_on
    rig.bench.clear_faults()
    rig.restarted(lambda: None)
    assert rig.tripped == 17
    assert rig.trip().input in (Input.RESTART, Input.SUPPLY)


@pytest.mark.cell("IL-17", "no restart")
def test_after_a_brown_out_with_the_switch_held_nothing_starts(rig: Rig) -> None:
    """IL-17, no restart: the supply comes back, the switch is held all the time."""
    rig.running()
    rig.bench.inject("battery", "wrong", value=-8.0)
    rig.bench.advance(0.3)
    rig.bench.clear_faults()
    begin_s = rig.now_s
    rig.bench.advance(5.0)
    assert not (rig.bench.trace.between(begin_s, rig.now_s).state == State.RUN).any()
    assert not rig.drive_on


# --- IL-13 ---


@pytest.mark.cell("IL-13", "guide words")
def test_not_provided_by_a_shaft_sensor_that_stands_with_the_rotor(rig: Rig) -> None:
    """IL-13, guide words: not provided – the rotor jams and the shaft sensor gives nothing."""
    rig.running()
    rig.bench.inject("shaft_sensor", "off")
    rig.bench.inject("motor", "stuck")
    onset_s = rig.now_s
    rig.bench.run(0.2)
    assert rig.state is State.SAFE
    assert rig.drive_off_s() - onset_s <= 0.060


@pytest.mark.cell("IL-13", "reset act")
def test_the_reference_stands_after_a_stall(rig: Rig) -> None:
    """IL-13, reset act: the stage did not move, so the reference is kept through the reset."""
    rig.running()
    rig.bench.inject("motor", "stuck", for_s=0.2)
    rig.bench.run(0.5)
    rig.bench.hand.hold(False)
    rig.pen.reset(13)
    assert Flags.REFERENCED in rig.pen.status().flags


@pytest.mark.cell("IL-18", "hysteresis")
def test_a_charge_about_its_limit_stops_once(rig: Rig) -> None:
    """IL-18, hysteresis: the gauge swings about 5 %; one stop, and ARM is refused while it is below."""
    rig.running()
    stops = rig.bench.kernel.stop_count
    for permille in (52, 48, 52, 48, 47):
        rig.bench.clear_faults()
        rig.bench.inject("battery_gauge", "stuck", value=permille)
        rig.bench.run(0.3)
    assert rig.bench.kernel.stop_count == stops + 1
    rig.bench.hand.hold(False)
    rig.bench.run(0.1)
    assert rig.refused("ARM", device_time_us=rig.bench.kernel.time_us).reason is Reason.BATTERY_CRITICAL


@pytest.mark.cell("IL-23", "hysteresis")
def test_contact_begins_at_200_mn_and_ends_at_100_mn(rig: Rig) -> None:
    """IL-23, hysteresis: at 150 mN a run that had contact goes on; one that never had it ends."""
    rig.running()
    rig.bench.inject("press_sensor", "stuck", value=150)
    rig.assert_running(4.0)
    rig.bench.clear_faults()
    rig.bench.hand.lift()
    rig.bench.run(2.5)
    assert rig.state is State.READY
    rig.bench.inject("press_sensor", "stuck", value=150)
    rig.bench.hand.hold(False)
    rig.bench.run(0.1)
    rig.start()
    rig.bench.run(2.5)
    assert rig.state is State.READY
    assert not rig.drive_on
