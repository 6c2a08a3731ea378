"""Stroke rate: the mean over whole strokes, under the load that the pen is built for."""

from __future__ import annotations

import numpy as np
import pytest
from acceptance_rig import Plan, mean_rate_hz, still_running, treatment

TOLERANCE = 0.02
EMPTY_V = 7.0
"""A battery that counts as empty, loaded, at the bridge."""
LOAD_N = 5.0
RUN_UP_S = 0.3


def rate_and_load(plan: Plan, seconds: float = 2.0) -> tuple[np.ndarray, float]:
    """Rate over each half second after the run-up in Hz, and the mean of the strokes' largest forces in N."""
    with treatment(plan) as (bench, pen):
        bench.run(RUN_UP_S + seconds)
        assert still_running(pen), f"{plan}: {pen.status().trip}"
        strokes = bench.strokes
    ends_s = strokes["end_us"] * 1e-6
    begin_s = ends_s[0] + RUN_UP_S
    slices = [strokes[(ends_s >= t) & (ends_s < t + 0.5)] for t in np.arange(begin_s, ends_s[-1] - 0.5, 0.5)]
    return np.array([mean_rate_hz(part) for part in slices]), float(strokes["peak_force_n"][20:].mean())


@pytest.mark.parametrize(
    ("mode", "depth_mm", "rate_hz"),
    [
        *(("clinical", 1.8, rate_hz) for rate_hz in (50, 75, 100, 120)),
        ("clinical", 1.5, 50),
        ("clinical", 1.5, 150),
        ("clinical", 2.5, 120),
        *(("home", 0.25, rate_hz) for rate_hz in (50, 75, 100)),
    ],
)
def test_the_mean_rate_is_within_two_per_cent_under_load_on_an_empty_battery(
    mode: str, depth_mm: float, rate_hz: float
) -> None:
    """Rate: within 2 % from 50 Hz up; 150 Hz at 1.5 mm and 120 Hz at 2.5 mm with 7.0 V at the bridge."""
    for seed in range(1, 9):
        plan = Plan(seed, mode, round(depth_mm * 1000), rate_hz, "stiff", press_n=LOAD_N, supply_v=EMPTY_V)
        rates_hz, _ = rate_and_load(plan)
        assert np.abs(rates_hz / rate_hz - 1.0).max() <= TOLERANCE, f"{plan}: {rates_hz}"


@pytest.mark.parametrize(("depth_mm", "rate_hz"), [(1.5, 150), (2.5, 120)])
def test_the_nominal_pen_holds_its_rate_with_the_winding_at_its_limit(
    depth_mm: float, rate_hz: float
) -> None:
    """Rate: 150 Hz at 1.5 mm and 120 Hz at 2.5 mm, 7.0 V at the bridge, the winding at 125 °C."""
    plan = Plan(
        1,
        "clinical",
        round(depth_mm * 1000),
        rate_hz,
        "stiff",
        LOAD_N,
        EMPTY_V,
        winding_c=125.0,
        nominal=True,
    )
    rates_hz, load_n = rate_and_load(plan)
    assert np.abs(rates_hz / rate_hz - 1.0).max() <= TOLERANCE, rates_hz
    assert load_n > 4.5


@pytest.mark.parametrize(("mode", "low_hz", "high_hz"), [("home", 50, 100), ("clinical", 50, 150)])
def test_both_ends_of_the_range_of_rates_are_held(mode: str, low_hz: float, high_hz: float) -> None:
    """Rate: HOME runs from 50 to 100 Hz, CLINICAL from 50 to 150 Hz, and no mean passes the upper end."""
    for rate_hz in (low_hz, high_hz):
        rates_hz, _ = rate_and_load(Plan(5, mode, 200, rate_hz))
        assert np.abs(rates_hz / rate_hz - 1.0).max() <= TOLERANCE
        assert rates_hz.max() <= high_hz
