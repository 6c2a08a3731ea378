"""Sensors: the error budget, one tick of delay, invalid readings, and seven ways to fail."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from plant_rig import bring_to_rate, drive, fault, plant, press, run

from pensim.kernel import Kernel
from pensim.plant.fault_points import MEASURED, SUPPORTED, Kind, Target

INVALID = -2147483648
FIELD = {
    Target.SHAFT: "shaft_counts",
    Target.BAR: "bar_um",
    Target.STAGE_SENSOR: "stage_um",
    Target.CURRENT: "motor_ma",
    Target.SUPPLY_SENSOR: "supply_mv",
    Target.PRESS: "press_mn",
    Target.NOSE_TEMPERATURE: "nose_mc",
    Target.HANDLE_TEMPERATURE: "handle_mc",
}
ABSENT = {Target.SHAFT: -1, Target.BAR: INVALID, Target.STAGE_SENSOR: INVALID}
OPEN_THERMISTOR = -40_000


def readings(kernel: Kernel, target: Target, ticks: int = 300) -> np.ndarray:
    found = []
    for _ in range(ticks):
        kernel.advance(1)
        found.append(int(kernel.inputs[FIELD[target]]))
    return np.array(found)


def test_bar_sensor_stays_in_its_error_budget() -> None:
    """Error budget: offset 5 um, gain 0.15 %, noise 2 um rms over a hundred seeds, at rest at the top."""
    errors, spread = [], []
    for seed in range(1, 101):
        kernel = plant(1.5, seed=seed, nominal=False, parameters={"start_angle": 0.0})
        kernel.advance(2)
        found = readings(kernel, Target.BAR, 100)
        errors.append(found.mean() - kernel.state.bar * 1e6)
        spread.append(found.std())
    assert max(map(abs, errors)) < 5.0 + 0.0015 * 1500.0 + 0.5
    assert np.std(errors) > 1.0
    assert np.mean(spread) == pytest.approx(2.0, abs=0.2)


def test_stage_sensor_stays_in_its_error_budget() -> None:
    """Error budget: gain 0.1 %, noise 1 um rms; its offset is the repeatability of home, 4 um."""
    homes = []
    for seed in range(1, 101):
        kernel = plant(0.0, seed=seed, nominal=False)
        kernel.advance(2)
        kernel.state.depth = kernel.state.nut = kernel.state.screw = 2e-3
        kernel.advance(2)
        found = readings(kernel, Target.STAGE_SENSOR, 50)
        assert abs(found.mean() - 2000.0) < 0.001 * 2000.0 + 1.0
        homes.append(kernel.params.home_offset * 1e6)
    assert max(map(abs, homes)) <= 4.0
    assert np.std(homes) == pytest.approx(1.8, abs=0.3)


def test_a_reading_is_one_tick_old() -> None:
    """Sensors: firmware sees in a tick what was sensed in the tick before."""
    kernel = plant(parameters={"bar_noise": 0.0, "bar_gain": 1.0})
    bring_to_rate(kernel, 100.0, seconds=0.3)
    before = kernel.state.bar * 1e6
    kernel.advance(1)
    assert kernel.inputs.bar_um == round(before)
    assert abs(kernel.state.bar * 1e6 - before) > 0.0


def test_shaft_sensor_counts_the_angle() -> None:
    """Units: 4096 counts a turn, 0 at the top, never out of range."""
    kernel = plant()
    bring_to_rate(kernel, 50.0, seconds=0.3)
    found = readings(kernel, Target.SHAFT, 400)
    assert found.min() >= 0
    assert found.max() <= 4095
    angle = kernel.state.theta
    kernel.advance(1)
    assert kernel.inputs.shaft_counts == pytest.approx(angle / (2 * math.pi) * 4096, abs=4)


def test_current_sensor_follows_the_current() -> None:
    """Sensors: mean reading equals the mean current within noise; sign kept."""
    kernel = plant(trace_decimation=1)
    drive(kernel, 6.0)
    run(kernel, 0.4)
    trace = kernel.trace()[-2000:]
    assert trace["motor_ma"].mean() == pytest.approx(trace["current_a"].mean() * 1e3, abs=2.0)


def test_press_supply_and_temperatures_are_read_in_their_units() -> None:
    """Units: mN, mV and m°C."""
    kernel = plant(1.5, "typical")
    press(kernel, newton=3.0)
    kernel.control.supply_v = 7.4
    run(kernel, 0.2)
    assert kernel.inputs.press_mn == pytest.approx(3000, abs=60)
    assert kernel.inputs.supply_mv == pytest.approx(7400, abs=40)
    assert kernel.inputs.nose_mc == pytest.approx(23_000, abs=100)
    assert kernel.inputs.handle_mc == pytest.approx(23_000, abs=100)


FAULTS: list[tuple[Kind, dict[str, float]]] = [
    (Kind.OFF, {}),
    (Kind.STUCK, {"value": math.nan}),
    (Kind.STUCK, {"value": 123.0}),
    (Kind.WRONG, {"value": 40.0, "gain": 1.0}),
    (Kind.WRONG, {"value": 0.0, "gain": 1.1}),
    (Kind.SLOW, {"time_s": 0.05}),
    (Kind.DELAYED, {"time_s": 0.02}),
    (Kind.INTERMITTENT, {"severity": 0.5}),
    (Kind.GARBAGE, {"value": 5000.0}),
]


def busy() -> Kernel:
    """A pen in which every measured value moves."""
    kernel = plant(0.8, "typical", trace_decimation=1)
    press(kernel, newton=3.0)
    kernel.control.tremor = 3.0
    bring_to_rate(kernel, 80.0, seconds=0.3)
    kernel.outputs.stage_enable = 2
    return kernel


def wiggle(kernel: Kernel, target: Target, ticks: int) -> np.ndarray:
    """Readings while the stage creeps deeper, so that its sensor has something to tell."""
    found = []
    for k in range(ticks):
        if k % 10 == 0:
            kernel.outputs.stage_steps += 1
        kernel.advance(1)
        found.append(int(kernel.inputs[FIELD[target]]))
    return np.array(found)


@pytest.mark.parametrize(("kind", "fields"), FAULTS)
@pytest.mark.parametrize("target", list(FIELD))
def test_every_sensor_fault_takes_effect_and_clears(
    target: Target, kind: Kind, fields: dict[str, float]
) -> None:
    """Faults: no fault is accepted that does nothing; its effect shows, and goes when it is cleared."""
    kernel, healthy = busy(), busy()
    row = fault(kernel, target, kind, **fields)
    ours, truth = wiggle(kernel, target, 400), wiggle(healthy, target, 400)
    assert row["took_effect"] == 1
    assert row["onset_us"] < row["effect_us"] <= kernel.time_us
    check(target, kind, fields, ours[1:], truth[1:])
    row["kind"] = Kind.NONE
    kernel.advance(2)
    last = ABSENT.get(target, OPEN_THERMISTOR if "TEMPERATURE" in target.name else 0)
    assert int(kernel.inputs[FIELD[target]]) != last or target is Target.CURRENT


def check(target: Target, kind: Kind, fields: dict[str, float], ours: np.ndarray, truth: np.ndarray) -> None:
    """The readings have the character that the fault's word promises."""
    absent = ABSENT.get(target, OPEN_THERMISTOR if "TEMPERATURE" in target.name else 0)
    if kind is Kind.OFF:
        assert (ours == absent).all()
    elif kind is Kind.STUCK:
        assert len(set(ours.tolist())) == 1
        if not math.isnan(fields["value"]):
            assert ours[0] == 123
    elif kind is Kind.WRONG and target is not Target.SHAFT:
        expected = truth * fields["gain"] + fields["value"]
        assert np.abs(ours - expected).max() <= 1.0 + 0.1 * (fields["gain"] != 1.0) * 10
    elif kind is Kind.INTERMITTENT:
        missing = (ours == absent) & (truth != absent)
        assert 0.4 < missing.mean() < 0.6
    elif kind is Kind.GARBAGE:
        assert np.std(np.diff(ours)) > 500.0
    elif kind is Kind.DELAYED:
        assert (ours[200:] == truth[:-200]).all()


def test_a_fault_begins_and_ends_when_it_should() -> None:
    """Faults: onset and end are honoured to the tick."""
    kernel = plant()
    kernel.advance(100)
    row: Any = kernel.faults[Target.BAR]
    row["onset_us"], row["end_us"], row["kind"] = kernel.time_us + 1000, kernel.time_us + 2000, Kind.OFF
    missing = readings(kernel, Target.BAR, 40) == INVALID
    assert missing.sum() == 10
    assert missing[10:20].all()
    assert row["effect_us"] == row["onset_us"]


def test_the_table_of_faults_is_complete() -> None:
    """Faults: every target can fail in at least one way, measured values in seven, the shaft's slips too."""
    assert set(SUPPORTED) == set(Target)
    for target, kinds in SUPPORTED.items():
        assert kinds
        if target < MEASURED:
            assert len(kinds) == (8 if target is Target.SHAFT else 7)


@pytest.mark.parametrize(
    ("target", "kind", "fields", "field", "value"),
    [
        (Target.DRIVE_FEEDBACK, Kind.STUCK, {"value": 1.0}, "drive_feedback", 1),
        (Target.CARTRIDGE_TAG, Kind.OFF, {}, "tag_present", 0),
        (Target.ESTOP_B, Kind.STUCK, {"value": 0.0}, "estop_b_closed", 0),
        (Target.HOLD_SWITCH, Kind.STUCK, {"value": 0.0}, "hold_pressed", 0),
    ],
)
def test_contacts_and_tag_fail_as_promised(
    target: Target, kind: Kind, fields: dict[str, float], field: str, value: int
) -> None:
    """Faults: each contact's fault shows in the input that it belongs to, and clears."""
    kernel = plant()
    run(kernel, 0.05)
    healthy = int(kernel.inputs[field])
    row = fault(kernel, target, kind, **fields)
    kernel.advance(2)
    assert kernel.inputs[field] == value
    assert healthy != value
    assert row["took_effect"] == 1
    row["kind"] = Kind.NONE
    kernel.advance(2)
    assert kernel.inputs[field] == healthy


def test_a_shaft_sensor_that_slips_turns_less_than_the_crank() -> None:
    """IL-45's stimulus: with a gain of 0.9 it counts nine turns of ten, and no reading is out of range."""
    kernel = plant(trace_decimation=1)
    drive(kernel, 5.0)
    run(kernel, 0.3)
    start, turns = len(kernel.trace()), int(kernel.state.revolution)
    slip = fault(kernel, Target.SHAFT, Kind.RUNAWAY, gain=0.9)
    run(kernel, 0.5)
    counts = kernel.trace()["shaft_counts"][start:]
    wraps = int((np.diff(counts) < -2048).sum())
    assert wraps == pytest.approx(0.9 * (int(kernel.state.revolution) - turns), abs=2)
    assert counts.min() >= 0
    assert counts.max() <= 4095
    assert slip["took_effect"] == 1


def clear_us(kernel: Kernel) -> int | None:
    """When the needles went into the nose for good; None while they are out."""
    trace = kernel.trace()
    out = np.flatnonzero(trace["tip_um"] >= 0.0)
    return None if out[-1] == len(trace) - 1 else int(trace["time_us"][out[-1] + 1])


@pytest.mark.parametrize(
    ("kind", "severity", "slower"),
    [(Kind.WEAK, 0.3, 1.2), (Kind.WEAK, 0.6, 1.6), (Kind.WEAK, 0.9, 5.0), (Kind.OFF, 1.0, None)],
)
def test_a_weak_spring_returns_the_needles_later_or_not(
    kind: Kind, severity: float, slower: float | None
) -> None:
    """Faults: the return spring weak (needles in later, by this factor) or broken (never), noted at once."""
    kernel, healthy = (plant(parameters={"start_angle": 2.0}, trace_decimation=1) for _ in range(2))
    row = fault(kernel, Target.SPRING, kind, severity=severity)
    run(kernel, 0.1)
    run(healthy, 0.1)
    assert row["took_effect"] == 1
    assert row["effect_us"] <= row["onset_us"] + 100
    soon, late = clear_us(healthy), clear_us(kernel)
    assert soon is not None
    if slower is None:
        assert late is None
    else:
        assert late is not None
        assert late > slower * soon
