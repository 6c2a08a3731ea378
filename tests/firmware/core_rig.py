"""What the tests of the whole pen share: a pen that has checked itself, and the way from there to RUN."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from penctl.errors import Refused
from penctl.pen import Pen
from penctl.protocol.enums import State
from pensim.bench import Bench

PERSON = bytes(range(16))
OTHER = bytes(range(16, 32))
VISIT = b"visit-01"
DAY = 2196
"""5 January 2026, days since 2020-01-01."""


def opened(bench: Bench, role: str = "clinician") -> Pen:
    """A link session with a pen that has passed its self-test."""
    pen = bench.pen(role=role)
    pen.open_session()
    pen.wait_ready()
    return pen


def visit(pen: Pen, visit_id: bytes = VISIT, person: bytes = PERSON, day: int = DAY) -> None:
    """BEGIN_VISIT as it is, without what the host's `begin_visit` adds."""
    pen.command("BEGIN_VISIT", visit_id=visit_id, person=person, day=day)


def press_anew(bench: Bench) -> None:
    """Let the button go and press it: one that was held through a power-on is nobody's hand."""
    bench.hand.button(False)
    bench.run(0.01)
    bench.hand.button(True)


def choose(
    bench: Bench, pen: Pen, mode: str = "clinical", depth_um: int = 500, rate_hz: float = 100.0
) -> None:
    """Mode and setpoints."""
    if mode == "clinical":
        bench.hand.button(True)
        bench.run(0.02)
    pen.set_mode(mode)
    pen.set_depth_um(depth_um)
    pen.set_rate_hz(rate_hz)


def arm(pen: Pen) -> None:
    """ARM as it is, and the time that the depth stage takes."""
    pen.command("ARM", device_time_us=pen.status().device_time_us)
    pen.wait(1.0)


def start(bench: Bench, pen: Pen) -> None:
    """Nose on the skin, hold-to-run pressed anew, START as it is."""
    bench.hand.press(n=3.0)
    bench.hand.hold(False)
    bench.run(0.05)
    bench.hand.hold(True)
    bench.run(0.05)
    pen.command("START", device_time_us=pen.status().device_time_us)


def run(bench: Bench, pen: Pen, seconds: float = 0.5) -> None:
    """From STANDBY with setpoints through RUN, and to rest again."""
    arm(pen)
    start(bench, pen)
    bench.run(seconds)
    assert pen.status().state is State.RUN
    pen.stop()
    bench.hand.hold(False)
    bench.run(0.2)


def why(act: Callable[[], Any]) -> Refused:
    """The refusal that this act meets."""
    try:
        act()
    except Refused as refused:
        return refused
    raise AssertionError("it was not refused")


def drive_is_off(bench: Bench) -> bool:
    """Neither asked for nor there."""
    return not bench.kernel.outputs.drive_enable and not bench.kernel.state.gate


def again(bench: Bench, pen: Pen, cause: str = "POWER_ON", role: str = "clinician") -> Pen:
    """The controller restarts, and the host opens the pen once more; the self-test may still run."""
    pen.transport.close()
    bench.hand.button(False)  # one that is held through a power-on is nobody's hand
    bench.restart(cause)
    pen = bench.pen(role=role)
    pen.open_session()
    return pen
