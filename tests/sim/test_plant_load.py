"""The motor under the stated load: voltage that it needs and ripple of its speed."""

from __future__ import annotations

import math

import pytest
from plant_rig import angle, constant_load, drive, plant, press, run

from penctl.hardware import load_pen
from penctl.hardware.reserve import needed
from pensim.kernel import Kernel
from pensim.plant.tissue import Tissue


def loaded(
    skin: str | Tissue, depth_mm: float, volt: float, hz: float, hot_c: float | None = None, **figures: float
) -> Kernel:
    """A pen in fresh skin that runs at a constant voltage, started near `hz`; `figures` replace the pen's."""
    kernel = plant(depth_mm, skin, trace_decimation=1, parameters=figures)
    press(kernel, newton=20.0, glide_mm_s=60.0)
    if hot_c is not None:
        for name in ("winding_c", "housing_c", "handle_c"):
            setattr(kernel.state, name, hot_c)
    kernel.state.omega = 2.0 * math.pi * hz
    drive(kernel, volt)
    run(kernel, 0.3)
    return kernel


def rate_hz(kernel: Kernel) -> float:
    """Mean stroke rate over the next 0.2 s, 0 for a motor that stalls."""
    begun = angle(kernel)
    run(kernel, 0.2)
    return (angle(kernel) - begun) / (2.0 * math.pi * 0.2)


def voltage_for(
    skin: str | Tissue, depth_mm: float, hz: float, hot_c: float | None = None, **figures: float
) -> float:
    low, high = 1.0, 10.0
    for _ in range(10):
        volt = 0.5 * (low + high)
        too_slow = rate_hz(loaded(skin, depth_mm, volt, hz, hot_c, **figures)) < hz
        low, high = (volt, high) if too_slow else (low, volt)
    return 0.5 * (low + high)


@pytest.mark.parametrize(("hz", "depth_mm"), [(150.0, 1.5), (120.0, 2.5)])
def test_the_reserve_by_calculation_agrees_with_the_plant(hz: float, depth_mm: float) -> None:
    """Numbers: 5 N while inserting, a hot winding: means by calculation and the plant agree in 5 %."""
    pen = load_pen()
    expected = needed(pen, hz, depth_mm, 5.0, 125.0)
    load = constant_load(5.0, 5.0 * pen.load_case.withdrawal_ratio.value)
    found = voltage_for(load, depth_mm, hz, hot_c=125.0)
    assert found == pytest.approx(expected.voltage_v, rel=0.05)
    assert found < 7.0


def ripple(hz: float, **figures: float) -> float:
    """Speed of the crank, peak to peak, as a part of its mean, at `hz` in stiff skin at 1.5 mm."""
    kernel = loaded("stiff", 1.5, voltage_for("stiff", 1.5, hz, **figures), hz, **figures)
    run(kernel, 0.3)
    assert kernel.strokes()[-5:]["rate_hz"].mean() == pytest.approx(hz, abs=1.0)
    speed = kernel.trace()[-2000:]["omega_rad_s"]
    return float((speed.max() - speed.min()) / speed.mean())


FIRST_CALCULATION = {"spring_preload": 0.5, "spring_rate": 200.0, "yoke_friction": 0.12}
"""N, N/m: the pen of the first calculation, with a weaker spring and a plain yoke slot."""


def test_speed_ripples_within_a_stroke() -> None:
    """Facts: 66-76 % peak to peak at 50 Hz under 5 N and a constant voltage, by the first calculation.

    It was done apart, for a return spring of 0.5 N + 0.2 N/mm. With its own spring the pen does not keep
    50 Hz at a constant voltage: that takes control.
    """
    assert 0.64 < ripple(50.0, **FIRST_CALCULATION) < 0.78


def test_the_ripple_falls_with_the_square_of_the_rate() -> None:
    """Plant: this pen's ripple is the energy that a stroke stores and gives back, over J w2.

    On the way down the spring takes 4.8 mJ, skin 7.5 mJ (5 N over 1.5 mm) and friction 0.4 mJ; the motor
    gives half of a turn's loss, 5.6 mJ. What is missing, 7.1 mJ, is 0.43 of J w2 at 75 Hz.
    """
    slow, fast = ripple(75.0), ripple(150.0)
    assert slow == pytest.approx(0.43, rel=0.1)
    assert slow / fast == pytest.approx(4.0, rel=0.05)


def test_typical_skin_leaves_reserve() -> None:
    """Plant: average skin at 1.5 mm and 110 Hz needs well below an empty battery."""
    assert voltage_for("typical", 1.5, 110.0) < 5.0
