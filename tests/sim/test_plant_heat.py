"""Heat and supply over minutes: slow bodies, checked at coarse points."""

from __future__ import annotations

import pytest
from plant_rig import BARE_MOTOR, drive, fault, plant, press, run

from pensim.plant.fault_points import Kind, Target


def test_a_stalled_motor_heats_as_its_two_bodies_say() -> None:
    """Plant: thermal resistance 6 K/W and 5 s of the data sheet: 63 % of the winding's rise after 5 s."""
    kernel = plant(parameters=BARE_MOTOR)
    fault(kernel, Target.MOTOR, Kind.STUCK)
    drive(kernel, 2.0)
    run(kernel, 5.0)
    power = kernel.state.current**2 * kernel.state.resistance
    assert kernel.state.winding_c - kernel.state.housing_c == pytest.approx(6.0 * power * 0.632, rel=0.05)
    run(kernel, 60.0)
    power = kernel.state.current**2 * kernel.state.resistance
    assert kernel.state.winding_c - kernel.state.housing_c == pytest.approx(6.0 * power, rel=0.05)
    assert kernel.state.handle_c > 23.0


def test_a_pen_at_rest_stays_at_room_temperature() -> None:
    """Plant: no heat comes from nowhere."""
    kernel = plant()
    run(kernel, 20.0)
    for name in ("winding_c", "housing_c", "handle_c", "nose_c"):
        assert kernel.state[name] == pytest.approx(23.0, abs=1e-6)


def test_treating_warms_nose_and_handle_slowly() -> None:
    """Plant: a minute in skin warms the handle by less than a few kelvin."""
    kernel = plant(1.5, "typical")
    press(kernel)
    drive(kernel, 4.6)
    run(kernel, 60.0)
    assert kernel.stroke_count > 5000
    assert 23.05 < kernel.state.handle_c < 27.0
    assert 23.05 < kernel.state.nose_c < 30.0


def test_the_battery_sags_under_load_and_empties() -> None:
    """Supply: 0.15 ohm inside, 900 mAh; a stalled motor pulls the bridge's voltage down and takes charge."""
    kernel = plant(parameters=BARE_MOTOR)
    run(kernel, 0.1)
    idle = kernel.state.supply
    assert idle == pytest.approx(8.4, abs=0.02)
    fault(kernel, Target.MOTOR, Kind.STUCK)
    kernel.outputs.drive_enable = 1
    kernel.outputs.bridge_duty_q15 = 32767
    run(kernel, 1.0)
    assert idle - kernel.state.supply == pytest.approx(0.15 * kernel.state.current, rel=0.05)
    run(kernel, 20.0)
    before = kernel.state.open_circuit
    run(kernel, 10.0)
    taken = before - kernel.state.open_circuit
    assert taken == pytest.approx(1.4 * 10.0 * (kernel.state.current + 0.04) / (0.9 * 3600.0), rel=0.05)


def test_a_weak_battery_is_a_fault_that_shows() -> None:
    """Faults: brown-out, for IL-17's stimulus."""
    kernel = plant()
    row = fault(kernel, Target.BATTERY, Kind.WRONG, value=-3.0)
    kernel.advance(3)
    assert kernel.inputs.supply_mv < 5500
    assert row["took_effect"] == 1
