"""Referencing of the whole pen: what ends it, on the simulated pen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from core_rig import arm, choose, opened, start, visit

from penctl.errors import Refused
from penctl.pen import Pen
from penctl.protocol.enums import Flags, State
from pensim.bench import Bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A bench with a pen that has passed its self-test."""
    with Bench(seed=1) as bench:
        yield bench


@pytest.fixture
def pen(bench: Bench) -> Pen:
    """The host of that pen, with a link session."""
    pen = bench.pen(role="clinician")
    pen.open_session()
    pen.self_test()
    return pen


def moves(bench: Bench, seconds: float) -> bool:
    """Whether the depth stage moves in a time."""
    before = float(bench.kernel.state.depth)
    bench.run(seconds)
    return abs(float(bench.kernel.state.depth) - before) > 5e-6


def test_a_home_switch_that_stays_closed_fails_the_reference(bench: Bench, pen: Pen) -> None:
    """Requirement: a reference that cannot be found is given up, short of the end stop."""
    bench.inject("home_switch", "stuck", value=1)
    pen.command("REFERENCE")
    bench.run(1.0)
    assert not moves(bench, 0.5)
    assert float(bench.kernel.state.depth) < 1.5e-3
    assert Flags.REFERENCED not in pen.status().flags
    with pytest.raises(Refused) as refused:
        pen.arm()
    assert refused.value.reason in ("NOT_REFERENCED", "DEPTH_NOT_SET")


def test_a_home_switch_that_never_closes_fails_the_reference(bench: Bench, pen: Pen) -> None:
    """Requirement: a reference that cannot be found is given up after the longest way of the stage."""
    bench.inject("home_switch", "stuck", value=0)
    pen.command("REFERENCE")
    bench.run(1.5)
    assert not moves(bench, 0.5)
    assert Flags.REFERENCED not in pen.status().flags


@pytest.mark.parametrize("after_s", [0.05, 0.15, 0.25])
def test_stop_ends_referencing(bench: Bench, pen: Pen, after_s: float) -> None:
    """Requirement: STOP is taken in every state: the stage stands at once, and there is no reference."""
    pen.command("REFERENCE")
    assert moves(bench, after_s)
    pen.stop()
    assert not moves(bench, 0.5)
    assert Flags.REFERENCED not in pen.status().flags
    pen.reference()


def test_the_reset_of_an_emergency_stop_does_not_go_on_with_referencing(bench: Bench, pen: Pen) -> None:
    """IL-01: the stage stands with the emergency stop, and the reset does not set it going again."""
    pen.command("REFERENCE")
    assert moves(bench, 0.1)
    bench.hand.estop(True)
    bench.run(0.01)
    assert not moves(bench, 0.1)
    bench.hand.estop(False)
    bench.run(0.05)
    pen.reset(1)
    assert pen.status().state is State.STANDBY
    assert not moves(bench, 1.0)
    pen.reference()


@pytest.mark.parametrize("offset_um", [40.0, -40.0])
def test_a_stage_that_sensor_b_has_trimmed_is_in_position(offset_um: float) -> None:
    """Requirement: START again after a long run: the stage is where it was sent, trim and all.

    A sensor B that shows 0.04 mm too much or too little moves the stage by as much; no interlock forbids it.
    """
    with Bench(seed=1, parameters={"bar_offset": offset_um * 1e-6}) as bench:
        pen = opened(bench)
        visit(pen)
        choose(bench, pen, depth_um=1500)
        arm(pen)
        for _ in range(2):
            start(bench, pen)
            bench.run(2.5)
            bench.hand.hold(False)
            bench.run(0.3)
            assert pen.status().state is State.READY
        assert abs(float(bench.kernel.state.depth) * 1e6 - 1500 + offset_um) < 12
        assert Flags.STAGE_IN_POSITION in pen.status().flags


def test_a_spike_of_the_home_switch_gives_no_zero(bench: Bench, pen: Pen) -> None:
    """Requirement: 30 µm before the switch, 0.3 ms of it end the reference rather than shift the zero."""
    pen.command("REFERENCE")
    bench.run(0.2)
    for _ in range(100):
        bench.run(0.001)
        if float(bench.kernel.state.depth) < -468e-6:
            break
    fault = bench.inject("home_switch", "stuck", value=1)
    bench.run(0.0003)
    fault.clear()
    bench.run(1.0)
    assert float(bench.kernel.state.depth) > -480e-6, "the stage had come to the switch"
    assert Flags.REFERENCED not in pen.status().flags
    pen.command("REFERENCE")
    bench.run(1.0)
    assert Flags.REFERENCED in pen.status().flags
