"""Trips in words: the catalogue's, and what the input adds to them."""

from __future__ import annotations

import pytest

from penctl.protocol.enums import Input, StopKind
from penctl.status import Trip
from penctl.trip_words import INPUT_WORDS, told_trip, trip_sentence
from pensim import Bench


def _trip(interlock: int, looked_at: Input, value: int, limit: int) -> Trip:
    return Trip(interlock, looked_at, StopKind.C0, value, limit, 0)


def test_every_input_of_a_trip_has_its_words() -> None:
    """A trip says what it looked at, whichever interlock of the catalogue it is."""
    assert set(INPUT_WORDS) == set(Input)


@pytest.mark.parametrize(
    ("trip", "sentence"),
    [
        (_trip(7, Input.BAR_DEPTH, 1120, 1100), "allowed. Value 1.12 mm, limit 1.1 mm."),
        (_trip(11, Input.SHAFT_RATE, 165_000, 150_000), "allowed. Value 165 Hz, limit 150 Hz."),
        (_trip(7, Input.BAR_SENSOR, 1000, 1000), "The needle bar's sensor gave no valid reading. Value 1 ms"),
        (
            _trip(7, Input.STAGE_SENSOR, 1000, 1000),
            "The depth stage's sensor gave no valid reading.",
        ),
        (_trip(11, Input.SHAFT_SENSOR, 1000, 1000), "The shaft sensor gave no valid reading. Value 1 ms"),
        (_trip(9, Input.BAR_SENSOR, 900, 400), "cannot be true. Value 0.9 mm, limit 0.4 mm."),
        (_trip(5, Input.MOTOR_CURRENT, 80, 50), "switched off. Value 80 mA, limit 50 mA."),
        (_trip(5, Input.SHAFT_MOTION, 1024, 122), "switched off. Value 90 °, limit 10.72 °."),
        (_trip(5, Input.DRIVE_FEEDBACK, 1, 0), "although it is switched off."),
        (_trip(31, Input.RESTART, 1, 0), "restarted by its watchdog."),
        (_trip(17, Input.RESTART, 2, 0), "because its supply broke down."),
        (_trip(33, Input.SELF_CHECK, 3, 0), "It was the program memory."),
        (_trip(16, Input.NOSE_TEMPERATURE, 43_100, 43_000), "Value 43.1 °C, limit 43 °C."),
        (_trip(26, Input.HEARTBEAT, 250_100, 250_000), "Value 250.1 ms, limit 250 ms."),
        (_trip(1, Input.ESTOP_A, 0, 1), "The emergency stop was pressed, or its cable is broken."),
    ],
)
def test_value_and_limit_have_the_unit_of_what_the_trip_looked_at(trip: Trip, sentence: str) -> None:
    """IL-07 and IL-11 trip on depth and rate, and on a lost sensor: then value and limit are times."""
    assert sentence in trip_sentence(trip)


def test_a_trip_that_the_catalogue_does_not_know_is_told_all_the_same() -> None:
    """Requirement: nothing that a pen says ends in a traceback."""
    assert told_trip(_trip(200, Input.NONE, 1, 2))["id"] == "IL-200"


@pytest.mark.parametrize(
    ("target", "kind", "cause"),
    [("bar_sensor", "off", "The needle bar's sensor"), ("shaft_sensor", "off", "The shaft sensor")],
)
def test_the_firmwares_trip_of_a_lost_sensor_reads_as_such(target: str, kind: str, cause: str) -> None:
    """IL-07, IL-11: a sensor that is lost in RUN, from the firmware to the words."""
    with Bench(seed=1) as bench:
        pen = bench.pen()
        pen.open_session()
        pen.self_test()
        pen.reference()
        bench.hand.button(True)
        pen.set_mode("clinical")
        pen.set_depth_um(1000)
        pen.set_rate_hz(110.0)
        pen.arm()
        bench.hand.press(n=3.0)
        bench.hand.hold(True)
        pen.wait(0.05)
        pen.start()
        pen.wait(0.3)
        bench.inject(target, kind)
        pen.wait(0.1)
        sentence = trip_sentence(pen.trips[-1])
    assert sentence.startswith(cause)
    assert "limit 1 ms" in sentence
