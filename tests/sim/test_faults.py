"""Faults on the bench: the unsupported is refused, the supported takes effect and clears."""

from __future__ import annotations

import re
from typing import Any

import pytest

from pensim.bench import Bench
from pensim.errors import FaultUnsupported
from pensim.faults import TARGETS
from pensim.plant.fault_points import SUPPORTED, Kind, Target

PARAMETERS = {"value": 1.0, "gain": 0.5, "time_s": 0.01, "severity": 0.5}
SENSORS = [name for name, target in TARGETS.items() if target < Target.HOME_SWITCH]


def _parameters(target: str, kind: str) -> dict[str, float]:
    meaning = SUPPORTED[TARGETS[target]][Kind[kind.upper()]]
    if (target, kind) == ("controller", "runaway"):
        return {"value": 2.0}
    return {name: PARAMETERS[name] for name in re.findall(r"`(\w+)`", meaning) if name in PARAMETERS}


ALL = [(target, kind.name.lower()) for target in TARGETS for kind in SUPPORTED[TARGETS[target]]]


def test_every_target_of_the_plant_has_a_name() -> None:
    """Nothing that can fail in the plant is out of the bench's reach."""
    assert sorted(TARGETS.values()) == sorted(Target)


@pytest.mark.parametrize(("target", "kind"), ALL)
def test_every_supported_fault_can_be_injected_and_cleared(target: str, kind: str) -> None:
    """A supported fault is accepted, lies in the plant while it is active, and is gone when cleared."""
    bench = Bench(seed=1)
    fault = bench.inject(target, kind, **_parameters(target, kind))
    row = bench.kernel.faults[int(TARGETS[target])]
    assert row["kind"] == Kind[kind.upper()]
    assert fault.active
    fault.clear()
    assert bench.kernel.faults[int(TARGETS[target])]["kind"] == Kind.NONE
    assert not fault.active


@pytest.mark.parametrize("target", SENSORS)
@pytest.mark.parametrize("kind", ["off", "stuck", "wrong", "slow", "delayed", "intermittent", "garbage"])
def test_every_fault_of_a_sensor_takes_effect_at_its_onset_and_no_sooner(target: str, kind: str) -> None:
    """The seven words for each sensor; each fault says when it took effect."""
    bench = Bench(seed=1)
    bench.advance(0.02)
    parameters = _parameters(target, kind) | ({"value": 3.0} if kind in ("wrong", "garbage") else {})
    fault = bench.inject(target, kind, after_s=0.05, **parameters)
    bench.advance(0.049)
    assert fault.took_effect_s is None
    bench.advance(0.2)
    assert fault.took_effect_s is not None
    assert fault.onset_s <= fault.took_effect_s <= fault.onset_s + 0.11
    fault.clear()
    assert fault.took_effect_s is not None


def test_a_cleared_fault_lets_the_reading_come_back() -> None:
    """Prove the effect, and prove that it clears."""
    bench = Bench(seed=1)
    bench.advance(0.02)
    healthy = int(bench.kernel.inputs.supply_mv)
    fault = bench.inject("supply_sensor", "wrong", value=-2000.0)
    bench.advance(0.02)
    assert int(bench.kernel.inputs.supply_mv) < healthy - 1500
    fault.clear()
    bench.advance(0.02)
    assert int(bench.kernel.inputs.supply_mv) == pytest.approx(healthy, abs=100)


def test_a_fault_with_an_end_goes_by_itself() -> None:
    """`for_s` bounds a fault."""
    bench = Bench(seed=1)
    bench.advance(0.02)
    bench.inject("shaft_sensor", "off", for_s=0.01)
    bench.advance(0.005)
    assert int(bench.kernel.inputs.shaft_counts) == -1
    bench.advance(0.02)
    assert int(bench.kernel.inputs.shaft_counts) >= 0


@pytest.mark.parametrize(
    ("target", "kind", "parameters", "words"),
    [
        ("flux_capacitor", "off", {}, "bar_sensor"),
        ("bar_sensor", "melted", {}, "intermittent"),
        ("motor", "slow", {}, "off, stuck, weak"),
        ("bar_sensor", "off", {"value": 1.0}, "no such parameter"),
        ("bar_sensor", "slow", {}, "time_s"),
        ("bar_sensor", "delayed", {"time_s": 1.0}, "0.102"),
        ("bar_sensor", "intermittent", {"severity": 0.0}, "severity"),
        ("bar_sensor", "intermittent", {"severity": 1.5}, "severity"),
        ("bar_sensor", "wrong", {}, "would change nothing"),
        ("controller", "runaway", {"value": 1.0}, "2 to 10"),
        ("battery", "weak", {"value": -1.0}, "0.001 to 100"),
        ("bar_sensor", "garbage", {"value": float("nan")}, "finite"),
        ("hold_switch", "stuck", {}, "value"),
        ("bar_sensor", "off", {"after_s": -1.0}, "after_s"),
        ("bar_sensor", "off", {"for_s": float("inf")}, "for_s"),
    ],
)
def test_a_fault_that_would_do_nothing_is_refused(
    target: str, kind: str, parameters: dict[str, Any], words: str
) -> None:
    """Unsupported pairs and unused parameters are refused, with what is supported."""
    bench = Bench(seed=1)
    with pytest.raises(FaultUnsupported, match=words):
        bench.inject(target, kind, **parameters)
    assert not bench.kernel.faults["kind"].any()


def test_a_second_fault_of_one_target_is_refused_until_the_first_is_cleared() -> None:
    """One fault a target: the second would hide the first."""
    bench = Bench(seed=1)
    first = bench.inject("bar_sensor", "off")
    with pytest.raises(FaultUnsupported, match=r"[Cc]lear"):
        bench.inject("bar_sensor", "stuck")
    first.clear()
    second = bench.inject("bar_sensor", "stuck")
    first.clear()
    assert second.active
    assert bench.kernel.faults["kind"].any()
    bench.clear_faults()
    assert not bench.kernel.faults["kind"].any()
