"""Referencing, cartridge and key of the whole pen: what ends them, on the simulated pen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from penctl.errors import Refused
from penctl.keys import PROVISIONING_KEY
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


@pytest.mark.parametrize("after_s", [0.05, 0.2, 0.3])
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


@pytest.mark.parametrize("stop_um", [0, 251, 2500])
def test_at_home_the_cartridge_itself_must_be_limited(bench: Bench, pen: Pen, stop_um: int) -> None:
    """Requirement: HOME takes a cartridge only when its own stop lies within 0.25 mm."""
    bench.hand.cartridge("HOME")
    pen.reference()
    pen.set_mode("home")
    pen.set_depth_um(200)
    pen.set_rate_hz(80.0)
    bench.kernel.control.cartridge_stop_um = stop_um
    bench.run(0.01)
    with pytest.raises(Refused) as refused:
        pen.arm()
    assert refused.value.reason == "CARTRIDGE_WRONG_FOR_MODE"
    bench.kernel.control.cartridge_stop_um = 250
    bench.run(0.01)
    pen.arm()


def test_the_pairing_key_is_not_left_in_memory(bench: Bench) -> None:
    """Requirement: after power-on the core holds what it needs of the pairing key, but not the key."""
    assert PROVISIONING_KEY not in bench.kernel.memory.tobytes()


def test_in_the_clinic_a_home_cartridge_is_refused_whatever_its_stop(bench: Bench, pen: Pen) -> None:
    """Requirement: a cartridge's kind must be the mode's; the check at home does not loosen that."""
    bench.hand.cartridge("HOME")
    bench.kernel.control.cartridge_stop_um = 2500
    pen.reference()
    pen.set_mode("clinical")
    pen.set_depth_um(200)
    pen.set_rate_hz(80.0)
    with pytest.raises(Refused) as refused:
        pen.arm()
    assert refused.value.reason == "CARTRIDGE_WRONG_FOR_MODE"
