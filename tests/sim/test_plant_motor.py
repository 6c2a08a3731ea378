"""The motor alone against its data sheet, and how it fails. Data sheet figures stand here as literals."""

from __future__ import annotations

import math

import pytest
from plant_rig import BARE_MOTOR, drive, fault, plant, run

from pensim.plant.fault_points import Kind, Target

RPM = 60.0 / (2.0 * math.pi)


def test_free_motor_turns_as_fast_as_its_data_sheet_says() -> None:
    """Plant: Faulhaber 1331-006 SR at 6 V, 10,600 rpm and 22 mA without load."""
    kernel = plant(parameters=BARE_MOTOR)
    drive(kernel, 6.0)
    run(kernel, 0.3)
    assert kernel.state.omega * RPM == pytest.approx(10_600, rel=0.005)
    assert kernel.state.current == pytest.approx(0.022, abs=0.001)


def test_blocked_motor_takes_its_stall_current() -> None:
    """Plant: 11.2 mNm at 6 V and 2.12 A when cold, before the winding warms."""
    kernel = plant(parameters={**BARE_MOTOR, "ambient": 22.0})
    fault(kernel, Target.MOTOR, Kind.STUCK)
    drive(kernel, 6.0)
    run(kernel, 0.01)
    assert kernel.state.omega == 0.0
    assert kernel.state.current == pytest.approx(6.0 / 2.83, rel=0.003)
    assert kernel.state.current * 5.35 - 0.12 == pytest.approx(11.2, rel=0.01)


def test_motor_starts_with_its_mechanical_time_constant() -> None:
    """Plant: 63 % of the final speed after 7 ms."""
    kernel = plant(parameters=BARE_MOTOR, trace_decimation=1)
    drive(kernel, 6.0)
    run(kernel, 0.3)
    trace = kernel.trace()
    reached = trace["omega_rad_s"] > (1.0 - math.exp(-1.0)) * trace["omega_rad_s"][-1]
    assert trace["time_us"][reached.argmax()] * 1e-3 == pytest.approx(7.0, abs=0.3)


def test_current_rises_with_the_windings_time_constant() -> None:
    """Plant: L/R is 25 us; the winding is integrated exactly although a step is 20 us."""
    kernel = plant(parameters={**BARE_MOTOR, "ambient": 22.0})
    fault(kernel, Target.MOTOR, Kind.STUCK)
    drive(kernel, 6.0)
    kernel.advance(1)
    final = 6.0 / 2.83
    assert kernel.state.current == pytest.approx(final * (1.0 - math.exp(-100e-6 * 2.83 / 70e-6)), rel=1e-6)


def test_friction_holds_a_motor_that_is_too_weakly_driven() -> None:
    """Plant: Coulomb friction is exact at rest: below it nothing moves, and nothing chatters."""
    kernel = plant(parameters=BARE_MOTOR, trace_decimation=1)
    drive(kernel, 0.9 * 2.83 * 0.12e-3 / 5.35e-3)
    run(kernel, 0.2)
    assert not kernel.trace()["omega_rad_s"].any()
    drive(kernel, 1.2 * 2.83 * 0.12e-3 / 5.35e-3)
    run(kernel, 0.2)
    assert kernel.state.omega > 0.0


def test_negative_duty_turns_the_motor_backwards() -> None:
    """Plant: the bridge drives both ways."""
    kernel = plant(parameters=BARE_MOTOR)
    drive(kernel, -6.0)
    run(kernel, 0.3)
    assert kernel.state.omega * RPM == pytest.approx(-10_600, rel=0.005)


def test_hot_winding_has_more_resistance() -> None:
    """Plant: copper rises by 0.39 % a kelvin; a stalled motor heats with 5 s."""
    kernel = plant(parameters={**BARE_MOTOR, "ambient": 22.0})
    fault(kernel, Target.MOTOR, Kind.STUCK)
    drive(kernel, 6.0)
    run(kernel, 3.0)
    assert kernel.state.winding_c > 50.0
    expected = 2.83 * (1.0 + 0.0039 * (kernel.state.winding_c - 22.0))
    assert kernel.state.resistance == pytest.approx(expected, rel=1e-3)
    assert kernel.state.current == pytest.approx(6.0 / expected, rel=0.005)


@pytest.mark.parametrize(
    ("kind", "fields", "slower"),
    [(Kind.OFF, {}, 0.0), (Kind.STUCK, {}, 0.0), (Kind.WEAK, {"severity": 1.0}, 0.0)],
)
def test_a_motor_that_fails_stops_driving_and_says_so(
    kind: Kind, fields: dict[str, float], slower: float
) -> None:
    """Faults: each takes effect, says when, and can be cleared."""
    kernel = plant()
    drive(kernel, 6.0)
    run(kernel, 0.3)
    fast = kernel.state.omega
    row = fault(kernel, Target.MOTOR, kind, **fields)
    began = kernel.time_us
    run(kernel, 0.8)
    assert row["took_effect"] == 1
    assert row["effect_us"] == began + 100
    assert abs(kernel.state.omega) <= fast * slower + 5.0
    row["kind"] = Kind.NONE
    run(kernel, 0.3)
    assert kernel.state.omega > 0.8 * fast


def test_stuck_bridge_drives_whatever_is_asked_until_its_gate_supply_goes() -> None:
    """Faults: a runaway bridge is stopped by STO only."""
    kernel = plant()
    drive(kernel, 6.0)
    kernel.outputs.bridge_duty_q15 = 0
    row = fault(kernel, Target.BRIDGE, Kind.STUCK, value=0.9)
    run(kernel, 0.3)
    assert kernel.state.omega > 800.0
    assert row["took_effect"] == 1
    kernel.outputs.drive_enable = 0
    run(kernel, 0.3)
    assert abs(kernel.state.omega) < 5.0
