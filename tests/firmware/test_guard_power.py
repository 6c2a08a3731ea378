"""Current, supply, battery, warmth, cartridge and press: IL-14 to IL-19 and IL-23.

To the last digit and tick.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from guard_rig import (
    ARM,
    ARMED,
    C0,
    C1,
    CLINICAL,
    HOME,
    LATCHED,
    NOTE_SELF_TEST,
    OFF,
    OPERATOR,
    RESET,
    RUN,
    START,
    STOPPING,
    Guard,
    NewGuard,
    when_off,
)

from penctl.protocol.enums import Input, Reason

PRESS = Input.PRESS
CURRENT = Input.MOTOR_CURRENT
HEAT = Input.HEAT_SUM
NOSE = Input.NOSE_TEMPERATURE
HANDLE = Input.HANDLE_TEMPERATURE
CHARGE = Input.CHARGE
LOCK = Input.CARTRIDGE_LOCK
TAG = Input.CARTRIDGE_TAG
CONTACT = Input.CONTACT
CAUSE = Reason.CAUSE_PRESENT
SELF_TEST = Reason.SELF_TEST_NEEDED
NO_CARTRIDGE = Reason.NO_CARTRIDGE
NOT_LOCKED = Reason.CARTRIDGE_NOT_LOCKED
CHARGING = Reason.CHARGING
CRITICAL = Reason.BATTERY_CRITICAL
WARM = Reason.TOO_WARM
LIFT = Reason.LIFT_FIRST
SUPPLY = Reason.SUPPLY_LOW
WARN_WARM, WARN_BATTERY, WARN_GONE = 9, 10, 15


def running(new_guard: NewGuard, mode: int = CLINICAL) -> Guard:
    """A guard in RUN at 80 Hz with contact."""
    guard = new_guard().start(mode, 100, 80_000)
    guard.run(1000, 80.0)
    return guard


def halted(seen: np.ndarray, interlock: int) -> Any:
    """The tick in which an alarm stopped the run without a latch."""
    at = np.flatnonzero(seen["unlatched"] == interlock)
    assert len(at) == 1, seen[-1]
    return seen[at[0]]


@pytest.mark.parametrize("sign", [1, -1])
def test_over_current_trips_within_a_millisecond(new_guard: NewGuard, sign: int) -> None:
    """IL-14: 2.5 A is no trip; 1 mA more for 0.7 ms is C0, for 0.6 ms not."""
    guard = running(new_guard)
    assert guard.run(5000, 80.0, motor_ma=sign * 1199)["drive_enable"].all()
    assert guard.run(300, 80.0, motor_ma=sign * 2500)["drive_enable"].all()
    guard = running(new_guard)
    for _ in range(5):
        assert guard.run(6, 80.0, motor_ma=sign * 2501)["drive_enable"].all()
        guard.set(motor_ma=20)
        guard.run(20, 80.0)
    assert when_off(guard.run(10, 80.0, motor_ma=sign * 2501)) == 6
    assert (guard.last["tripped"], guard.last["trip_input"], guard.last["trip_value"]) == (14, CURRENT, 2501)


def test_the_heat_of_the_winding_trips_as_it_fills(new_guard: NewGuard) -> None:
    """IL-14: a mean square below 1.2 A never trips; 1.5 A does after about 5 s, 2.4 A after 1.4 s."""
    guard = running(new_guard)
    assert guard.run(200_000, 80.0, motor_ma=1195)["drive_enable"].all()
    for current_ma, seconds in ((1500, 5.1), (2400, 1.44)):
        guard = running(new_guard)
        off = when_off(guard.run(100_000, 80.0, motor_ma=current_ma))
        assert off * 1e-4 == pytest.approx(seconds, rel=0.05)
        assert (guard.last["trip_input"], guard.last["trip_limit"]) == (HEAT, 1200)


def test_over_current_has_one_reset_and_then_asks_for_a_self_test(new_guard: NewGuard) -> None:
    """IL-14: latched; the operator resets it once, the second needs a passed self-test.

    Hot it stays latched.
    """
    guard = running(new_guard)
    for again in (False, True):
        guard.run(10, 80.0, motor_ma=2600)
        assert guard.last["state"] == LATCHED
        guard.set(motor_ma=0, hold_pressed=0)
        guard.turn_to(0.0, 80.0)
        guard.run(500)
        if again:
            assert guard.ask(RESET, 14, OPERATOR).reason == SELF_TEST
            guard.accept(NOTE_SELF_TEST)
        guard.accept(RESET, 14, OPERATOR)
        guard.accept(ARM)
        guard.set(hold_pressed=1)
        guard.run(40)
        guard.accept(START)
        guard.run(1000, 80.0)
    guard.run(60_000, 80.0, motor_ma=1500)
    guard.set(motor_ma=0)
    assert guard.ask(RESET, 14, OPERATOR).reason == CAUSE


def test_a_supply_that_breaks_down_trips_within_5_ms(new_guard: NewGuard) -> None:
    """IL-17: 6.0 V is no trip; 1 mV less for 4 ms is C0, shorter not.

    The drive stays off and READY is lost.
    """
    guard = running(new_guard)
    assert guard.run(5000, 80.0, supply_mv=6000)["drive_enable"].all()
    for _ in range(5):
        assert guard.run(40, 80.0, supply_mv=5999)["drive_enable"].all()
        guard.set(supply_mv=7000)
        guard.run(60, 80.0)
    assert when_off(guard.run(50, 80.0, supply_mv=5999)) == 40
    assert (guard.last["tripped"], guard.last["trip_value"], guard.last["trip_limit"]) == (17, 5999, 6000)
    guard.turn_to(0.0)
    guard.set(hold_pressed=0)
    guard.run(100)
    assert guard.ask(RESET, 17, OPERATOR).reason == CAUSE
    guard.set(supply_mv=7000)
    guard.run(500)
    guard.accept(RESET, 17, OPERATOR)
    assert guard.last["drive_enable"] == 0
    guard.run(1, supply_mv=5999)
    assert guard.ask(ARM).reason == SUPPLY


def test_a_supply_that_is_low_with_the_drive_off_is_no_trip(new_guard: NewGuard) -> None:
    """IL-17: inhibited with the drive off; arming and starting are refused instead."""
    guard = new_guard().arm()
    assert guard.run(1000, supply_mv=5000)[-1]["trip_count"] == 0
    guard.set(hold_pressed=1)
    guard.run(40)
    assert guard.ask(START).reason == SUPPLY


def test_the_battery_warns_then_stops(new_guard: NewGuard) -> None:
    """IL-18: below 15 % one warning, below 5 % C1 without a latch into STANDBY, and no arming."""
    guard = running(new_guard)
    assert not guard.run(2000, 80.0, charge_permille=150)["warning"].any()
    seen = guard.run(2000, 80.0, charge_permille=149)
    assert (seen["warning"] == WARN_BATTERY).sum() == 1
    assert (guard.run(5000, 80.0, charge_permille=50)["state"] == RUN).all()
    at = halted(guard.run(2000, 80.0, charge_permille=49), 18)
    assert (at["unlatched_stop"], at["unlatched_value"], at["unlatched_limit"], at["state"]) == (
        C1,
        49,
        50,
        STOPPING,
    )
    guard.turn_to(0.0)
    guard.set(hold_pressed=0)
    guard.run(100)
    assert (guard.last["state"], guard.last["cause"]) == (OFF, 18)
    assert guard.ask(ARM).reason == CRITICAL
    guard.run(10, charge_permille=500)
    guard.accept(ARM)


def test_the_charger_stops_and_inhibits(new_guard: NewGuard) -> None:
    """IL-18: a charger that is plugged in stops by C1 within 0.15 s.

    And while it is there nothing is armed.
    """
    guard = running(new_guard)
    guard.run(900, 80.0, charger_present=1)
    guard.set(charger_present=0)
    assert (guard.run(2000, 80.0)["state"] == RUN).all()
    assert halted(guard.run(1500, 80.0, charger_present=1), 18)["unlatched_input"] == CHARGE
    guard.turn_to(0.0)
    guard.set(hold_pressed=0)
    guard.run(100)
    assert guard.ask(ARM).reason == CHARGING


PLACES = [("nose_mc", NOSE, 41_000, 43_000), ("handle_mc", HANDLE, 43_000, 48_000)]


@pytest.mark.parametrize(("place", "number", "warn_mc", "stop_mc"), PLACES)
def test_a_warm_pen_warns_then_stops(
    new_guard: NewGuard, place: str, number: int, warn_mc: int, stop_mc: int
) -> None:
    """IL-16: at the limit nothing; 1 m°C more warns, or is C1 within 1 s; armed again 3 °C lower."""
    guard = running(new_guard)
    assert not guard.run(5000, 80.0, **{place: warn_mc})["warning"].any()
    seen = guard.run(5000, 80.0, **{place: warn_mc + 1})
    assert (seen["warning"] == WARN_WARM).sum() == 1
    assert (guard.run(5000, 80.0, **{place: stop_mc})["state"] == RUN).all()
    at = halted(guard.run(1300, 80.0, **{place: stop_mc + 1}), 16)
    assert (at["unlatched_input"], at["unlatched_limit"], at["unlatched_stop"]) == (number, stop_mc, C1)
    guard.turn_to(0.0)
    guard.set(hold_pressed=0)
    guard.run(100, **{place: stop_mc - 3000})
    assert guard.last["state"] == OFF
    assert guard.ask(ARM).reason == WARM
    guard.run(100, **{place: stop_mc - 3001})
    guard.accept(ARM)


@pytest.mark.parametrize("mdegc", [-40_000, 2_000_000])
def test_a_thermistor_that_cannot_be_believed_counts_as_too_warm(new_guard: NewGuard, mdegc: int) -> None:
    """IL-16: what is not known cannot be held: a broken thermistor stops, and arming is refused."""
    guard = running(new_guard)
    assert halted(guard.run(3000, 80.0, nose_mc=mdegc), 16)["unlatched_value"] == mdegc
    guard.turn_to(0.0, 80.0)
    guard.set(hold_pressed=0)
    guard.run(100)
    assert guard.ask(ARM).reason == WARM


@pytest.mark.parametrize(
    ("contact", "number", "reason"),
    [("cartridge_locked", LOCK, NOT_LOCKED), ("tag_present", TAG, NO_CARTRIDGE)],
)
def test_a_cartridge_that_is_not_seated_trips(
    new_guard: NewGuard, contact: str, number: int, reason: int
) -> None:
    """IL-19: open for 10 ms is no trip, one tick more C0; in READY it takes READY away with a warning."""
    guard = running(new_guard)
    assert guard.run(100, 80.0, **{contact: 0})["drive_enable"].all()
    guard.set(**{contact: 1})
    guard.run(800, 80.0)
    assert when_off(guard.run(150, 80.0, **{contact: 0})) == 100
    assert (guard.last["tripped"], guard.last["trip_input"], guard.last["trip_stop"]) == (19, number, C0)
    guard.turn_to(0.0)
    guard.run(500)
    assert guard.ask(RESET, 19, OPERATOR).reason == reason
    guard.set(**{contact: 1})
    guard.run(10)
    guard.accept(RESET, 19, OPERATOR)
    armed = new_guard().arm()
    seen = armed.run(200, **{contact: 0})
    assert (seen[-1]["state"], seen[-1]["cause"], seen[-1]["trip_count"]) == (OFF, 19, 0)
    assert (seen["warning"] == WARN_GONE).sum() == 1
    assert armed.ask(ARM).reason == reason


@pytest.mark.parametrize(("mode", "mean_mn"), [(HOME, 6000), (CLINICAL, 9000)])
def test_a_mean_press_that_is_too_hard_stops_within_30_ms(
    new_guard: NewGuard, mode: int, mean_mn: int
) -> None:
    """IL-15: 9 N (5 N at home) is no trip; 10 mN more as a mean over 20 ms is C0, READY again, lift first."""
    guard = running(new_guard, mode)
    assert guard.run(5000, 80.0, press_mn=mean_mn)["drive_enable"].all()
    guard = running(new_guard, mode)
    seen = guard.run(400, 80.0, press_mn=mean_mn + 10)
    assert 150 < when_off(seen) <= 300
    at = halted(seen, 15)
    assert (at["unlatched_input"], at["unlatched_stop"], at["unlatched_limit"], at["state"]) == (
        PRESS,
        C0,
        mean_mn,
        ARMED,
    )
    guard.turn_to(0.0)
    guard.set(hold_pressed=0, press_mn=3000)
    guard.run(50)
    guard.set(hold_pressed=1)
    guard.run(50)
    assert guard.ask(START).reason == LIFT
    guard.run(150, press_mn=99)
    assert guard.ask(START).reason == LIFT
    guard.run(60, press_mn=99)
    guard.accept(START)


@pytest.mark.parametrize(("mode", "peak_mn", "rest_mn"), [(HOME, 6000, 2000), (CLINICAL, 14_000, 2000)])
def test_peaks_of_the_press_in_three_strokes_stop(
    new_guard: NewGuard, mode: int, peak_mn: int, rest_mn: int
) -> None:
    """IL-15: a peak at the limit in each stroke is no trip, nor 1 mN more in two; in three it is C0."""
    for over, strokes in ((0, 40), (1, 2)):
        guard = running(new_guard, mode)
        guard.turn_to(0.0, 80.0)
        guard.run(125, 80.0)
        press = np.where(np.arange(125 * strokes) % 125 < 5, peak_mn + over, rest_mn)
        assert guard.run(125 * strokes, 80.0, press_mn=press)["drive_enable"].all()
        guard.set(press_mn=rest_mn)
        assert guard.run(300, 80.0)["drive_enable"].all()
    press = np.where(np.arange(500) % 125 < 5, peak_mn + 1, rest_mn)
    guard.turn_to(0.0, 80.0)
    at = halted(guard.run(500, 80.0, press_mn=press), 15)
    assert (at["unlatched_value"], at["unlatched_limit"]) == (peak_mn + 1, peak_mn)


@pytest.mark.parametrize("garbage_mn", [-2_147_483_648, -200_000, -1001])
@pytest.mark.parametrize("each", [50, 100, 200])
def test_wrong_readings_hide_no_press_that_is_too_hard(
    new_guard: NewGuard, garbage_mn: int, each: int
) -> None:
    """IL-15: single readings that no press gives take nothing from the mean: 30 ms, as without them."""
    guard = running(new_guard)
    press = np.where(np.arange(400) % each == 7, garbage_mn, 13_000)
    assert when_off(guard.run(400, 80.0, press_mn=press)) in range(120, 300)
    assert guard.last["cause"] == 15


@pytest.mark.parametrize("garbage_mn", [-2_147_483_648, -1001])
def test_a_press_sensor_without_readings_stops(new_guard: NewGuard, garbage_mn: int) -> None:
    """IL-15: a press that is not known for 1 ms counts as too hard; single wrong readings stop nothing.

    Nor are they a lift: START is refused until the nose is seen to be lifted.
    """
    guard = running(new_guard)
    press = np.where(np.arange(20_000) % 30 == 7, garbage_mn, 3000)
    assert guard.run(20_000, 80.0, press_mn=press)["drive_enable"].all()
    assert 0 < when_off(guard.run(100, 80.0, press_mn=garbage_mn)) <= 20
    assert (guard.last["cause"], guard.last["trip_count"]) == (15, 0)
    guard.turn_to(0.0, 80.0)
    guard.set(hold_pressed=0)
    guard.run(500)
    guard.set(hold_pressed=1, press_mn=3000)
    guard.run(50)
    assert guard.ask(START).reason == LIFT


def test_the_least_reading_of_a_press_is_one(new_guard: NewGuard) -> None:
    """IL-15: -1 N is what a pen on its nose may show; it stops nothing but by IL-23."""
    guard = running(new_guard)
    assert guard.run(5000, 80.0, press_mn=-1000)["drive_enable"].all()


def test_single_low_readings_are_no_lift(new_guard: NewGuard) -> None:
    """IL-15: after over-force one reading of nothing each 3 ms is no lift; 20 ms of it are."""
    guard = running(new_guard)
    guard.run(400, 80.0, press_mn=13_000)
    guard.turn_to(0.0, 80.0)
    guard.set(hold_pressed=0)
    guard.run(50)
    guard.run(3000, hold_pressed=1, press_mn=np.where(np.arange(3000) % 30 == 7, 0, 3000))
    assert guard.ask(START).reason == LIFT
    guard.run(210, press_mn=0)
    guard.accept(START)


def test_single_high_readings_are_no_contact(new_guard: NewGuard) -> None:
    """IL-23: one reading of 300 mN each 1.5 s does not keep a pen running that is off the skin."""
    guard = running(new_guard)
    press = np.where(np.arange(21_000) % 15_000 == 14_007, 300, 0)
    assert (guard.run(20_000, 80.0, press_mn=press[:20_000])["state"] == RUN).all()
    assert (guard.run(300, 80.0, press_mn=0)["cause"] == 23).any()


def again(guard: Guard) -> None:
    """Lifted, pressed anew, started again."""
    guard.turn_to(0.0, 80.0)
    guard.set(hold_pressed=0, press_mn=0)
    guard.run(210)
    guard.set(hold_pressed=1, press_mn=3000)
    guard.run(50)
    guard.accept(START)
    guard.run(500, 80.0)


def test_the_third_over_force_latches(new_guard: NewGuard) -> None:
    """IL-15, IL-38: the third time latches, with the limiter of repeats beside it; each has its own reset."""
    guard = running(new_guard)
    for _ in range(2):
        guard.run(400, 80.0, press_mn=10_000)
        assert guard.last["trip_count"] == 0
        again(guard)
    guard.run(400, 80.0, press_mn=10_000)
    assert guard.trips["interlock"].tolist() == [15, 38]
    guard.turn_to(0.0, 80.0)
    guard.set(press_mn=3000)
    guard.run(500)
    assert guard.ask(RESET, 15, OPERATOR).reason == LIFT
    guard.run(210, press_mn=0)
    guard.accept(RESET, 15, OPERATOR)
    assert guard.ask(RESET, 38, OPERATOR).reason == 9
    guard.accept(RESET, 38, 2)
    assert guard.run(10)[-1]["state"] == OFF


def test_a_pen_off_the_skin_stops_after_2_s(new_guard: NewGuard) -> None:
    """IL-23: 2.0 s without contact go on, then C1 into READY by cause 23, without an alarm.

    100 mN are contact still.
    """
    guard = running(new_guard)
    assert (guard.run(30_000, 80.0, press_mn=100)["state"] == RUN).all()
    assert (guard.run(20_000, 80.0, press_mn=99)["state"] == RUN).all()
    seen = guard.run(300, 80.0, press_mn=199)
    assert (seen[-1]["state"], seen[-1]["cause"]) == (STOPPING, 23)
    assert int(np.argmax(seen["state"] == STOPPING)) <= 2
    assert not seen["unlatched"].any()
    guard.turn_to(0.0, 80.0)
    guard.run(50)
    assert (guard.last["state"], guard.last["cause"], guard.last["trip_count"]) == (ARMED, 23, 0)


def test_contact_in_time_begins_the_2_s_anew(new_guard: NewGuard) -> None:
    """IL-23: inhibited by contact, from a press of 200 mN on."""
    guard = running(new_guard)
    for _ in range(3):
        guard.run(19_000, 80.0, press_mn=0)
        assert (guard.run(210, 80.0, press_mn=200)["state"] == RUN).all()
