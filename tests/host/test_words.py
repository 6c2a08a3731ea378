"""Values as a person reads them: units always, a leading zero, no trailing zeros in a setpoint."""

from __future__ import annotations

import pytest

from penctl import words


@pytest.mark.parametrize(
    ("depth_um", "text"), [(0, "0 mm"), (250, "0.25 mm"), (500, "0.5 mm"), (1000, "1 mm"), (2500, "2.5 mm")]
)
def test_a_set_depth_has_a_leading_zero_and_no_trailing_one(depth_um: int, text: str) -> None:
    """Written as doses are: 0.5 mm, never .5 or 5.0."""
    assert words.depth_text(depth_um) == text


def test_a_measured_depth_has_fixed_decimals() -> None:
    """Measured values are shown to the sensor's µm."""
    assert words.depth_text(500, measured=True) == "0.500 mm"


def test_a_rate_is_shown_in_hz_and_in_strokes_a_minute() -> None:
    """Stroke rate: Hz, shown also in strokes/min."""
    assert words.rate_text(110.0) == "110 Hz (6600/min)"
    assert words.hertz_text(119.97, measured=True) == "120.0 Hz"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (250_100, "us", "250.1 ms"),
        (1120, "um", "1.12 mm"),
        (165_000, "mHz", "165 Hz"),
        (3, "1", "3"),
        (0, "none", "0"),
    ],
)
def test_a_value_of_the_catalogue_is_shown_in_its_unit(value: int, unit: str, text: str) -> None:
    """The value and limit of a trip carry the catalogue's unit."""
    assert words.quantity_text(value, unit) == text
