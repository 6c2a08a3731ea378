"""The motor under the stated load: voltage that it needs and ripple of its speed."""

from __future__ import annotations

import math

import pytest
from plant_rig import angle, constant_load, drive, plant, press, run

from penctl.hardware import load_pen
from penctl.hardware.reserve import needed
from pensim.kernel import Kernel
from pensim.plant.tissue import Tissue


def loaded(skin: str | Tissue, depth_mm: float, volt: float, hz: float, hot_c: float | None = None) -> Kernel:
    """A pen in fresh skin that runs at a constant voltage, started near `hz`."""
    kernel = plant(depth_mm, skin, trace_decimation=1)
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


def voltage_for(skin: str | Tissue, depth_mm: float, hz: float, hot_c: float | None = None) -> float:
    low, high = 1.0, 10.0
    for _ in range(10):
        volt = 0.5 * (low + high)
        low, high = (volt, high) if rate_hz(loaded(skin, depth_mm, volt, hz, hot_c)) < hz else (low, volt)
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


def test_speed_ripples_within_a_stroke() -> None:
    """Facts: 66-76 % peak to peak at 50 Hz under 5 N and a constant voltage."""
    kernel = loaded("stiff", 1.5, voltage_for("stiff", 1.5, 50.0), 50.0)
    run(kernel, 0.3)
    assert kernel.strokes()[-5:]["rate_hz"].mean() == pytest.approx(50.0, abs=1.0)
    speed = kernel.trace()[-2000:]["omega_rad_s"]
    assert 0.64 < (speed.max() - speed.min()) / speed.mean() < 0.78


def test_typical_skin_leaves_reserve() -> None:
    """Plant: average skin at 1.5 mm and 110 Hz needs well below an empty battery."""
    assert voltage_for("typical", 1.5, 110.0) < 5.0
