"""Depth: what the needles truly do, in mm, against limits that are written here."""

from __future__ import annotations

import numpy as np
import pytest
from acceptance_rig import Plan, still_running, strokes_of, treat_as_people_do, treatment

HOME_CAP_MM = 0.25
CLINICAL_CAP_MM = 2.5
TOLERANCE_MM = 0.05
RUN_S = 1.5
CAMPAIGN_S = 60.0
SEEDS_A_TEST = 5

RATES_HZ = {0.20: (50, 100, 150), 0.5: (50, 110, 150), 1.0: (50, 110, 150), 1.5: (50, 110, 150)}
RATES_HZ |= {2.0: (50, 90, 120), 2.45: (50, 90, 120)}


def tips_mm(strokes: np.ndarray) -> np.ndarray:
    return strokes["peak_tip_um"] * 1e-3


@pytest.mark.parametrize("skin", ["typical", "stiff", "air"])
@pytest.mark.parametrize("depth_mm", RATES_HZ)
def test_every_stroke_is_within_0_05_mm_of_the_set_depth(depth_mm: float, skin: str) -> None:
    """Depth: within 0.05 mm of the setpoint from 0.20 to 2.45 mm, from the first stroke on."""
    for rate_hz in RATES_HZ[depth_mm]:
        for seed in (1, 2, 3, 4):
            plan = Plan(seed, "clinical", round(depth_mm * 1000), rate_hz, skin)
            reached_mm = tips_mm(strokes_of(plan, RUN_S))
            assert len(reached_mm) > 0.9 * rate_hz * RUN_S
            assert np.abs(reached_mm - depth_mm).max() <= TOLERANCE_MM, plan


@pytest.mark.parametrize("skin", ["typical", "stiff", "air"])
@pytest.mark.parametrize(
    ("mode", "cap_mm", "rate_hz"),
    [
        ("home", 0.25, 50),
        ("home", 0.25, 100),
        ("clinical", 2.5, 50),
        ("clinical", 2.5, 120),
        ("clinical", 2.5, 150),
    ],
)
def test_set_to_the_cap_every_stroke_ends_within_0_05_mm_below_it(
    mode: str, cap_mm: float, rate_hz: float, skin: str
) -> None:
    """Depth: +0/-0.05 mm at the caps of 0.25 mm and 2.5 mm."""
    for seed in range(1, 9):
        plan = Plan(seed, mode, round(cap_mm * 1000), rate_hz, skin, nose_stop=False)
        reached_mm = tips_mm(strokes_of(plan, RUN_S))
        assert len(reached_mm) > 0.9 * rate_hz * RUN_S
        assert reached_mm.max() <= cap_mm, plan
        assert reached_mm.min() >= cap_mm - TOLERANCE_MM, plan


def campaign(plan: Plan, cap_mm: float) -> None:
    """60 s of contact, glide and lift-offs at a cap: no trip, and no stroke beyond."""
    with treatment(plan) as (bench, pen):
        treat_as_people_do(bench, pen, CAMPAIGN_S, plan.seed)
        assert still_running(pen), f"{plan}: {pen.status().trip} {pen.trips}"
        strokes = bench.strokes
    assert len(strokes) > 0.95 * plan.rate_hz * CAMPAIGN_S, plan
    touched = (strokes["peak_force_n"] > 0.0).mean()
    assert 0.5 < touched < 1.0, plan
    assert tips_mm(strokes).max() <= cap_mm, plan
    assert tips_mm(strokes).min() >= cap_mm - TOLERANCE_MM, plan


@pytest.mark.long
@pytest.mark.parametrize("first_seed", range(1, 101, SEEDS_A_TEST))
def test_a_minute_at_the_home_cap_never_trips_nor_passes_0_25_mm(first_seed: int) -> None:
    """100 seeds of 60 s at 0.25 mm and 100 Hz; the nose stop is broken away in even seeds."""
    for seed in range(first_seed, first_seed + SEEDS_A_TEST):
        campaign(Plan(seed, "home", 250, 100, nose_stop=seed % 2 == 1), HOME_CAP_MM)


@pytest.mark.long
@pytest.mark.parametrize("first_seed", range(1, 101, SEEDS_A_TEST))
def test_a_minute_at_the_clinical_cap_never_trips_nor_passes_2_5_mm(first_seed: int) -> None:
    """100 seeds of 60 s at 2.5 mm, at 120 Hz with an even seed and at 150 Hz with an odd one."""
    for seed in range(first_seed, first_seed + SEEDS_A_TEST):
        campaign(Plan(seed, "clinical", 2500, 120 if seed % 2 == 0 else 150), CLINICAL_CAP_MM)
