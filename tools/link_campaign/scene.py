"""A simulated pen with its host, brought to where the abuse begins, and what is asked of it afterwards."""

from __future__ import annotations

from penctl.errors import Refused, SelfTestFailed
from penctl.pen import Pen
from penctl.protocol.enums import Flags, State
from penctl.protocol.telemetry import TelemetryBlock
from pensim import Bench

DEPTH_UM, RATE_HZ = 200, 60.0
NEEDLES_INSIDE = 15
"""The check of the self-test: needles inside the nose."""
ARMED = (State.READY, State.RUN, State.STOPPING)
LINK_LOSS_S = 0.25 + 0.1
"""IL-26 acts 250 ms after the last heartbeat, and its stop takes at most 100 ms more."""


def standby(bench: Bench) -> Pen:
    """A pen that has passed its self-test, with a link session and both setpoints."""
    pen = bench.pen()
    pen.open_session()
    pen.wait_ready()
    setpoints(pen)
    return pen


def setpoints(pen: Pen) -> None:
    """Depth and stroke rate."""
    pen.set_depth_um(DEPTH_UM)
    pen.set_rate_hz(RATE_HZ)


def start(bench: Bench, pen: Pen) -> None:
    """From STANDBY to RUN on skin, with telemetry at 1 kHz."""
    pen.arm()
    bench.hand.press(n=3.0)
    bench.hand.hold(True)
    pen.wait(0.1)
    pen.start()
    pen.telemetry(1000)


def ready_again(bench: Bench, pen: Pen) -> None:
    """From wherever it came to rest to STANDBY, by the documented acts."""
    bench.hand.hold(False)
    bench.hand.lift()
    pen.wait(0.1, through_trips=True)
    for _ in range(10):
        status = pen.status()
        if status.state in ARMED:
            pen.stop()
        elif status.tripped:
            pen.reset(status.tripped)
        elif Flags.SELF_TEST_PASSED not in status.flags:
            self_tested(pen)
        elif Flags.REFERENCED not in status.flags:
            pen.reference()
        elif status.state is State.STANDBY:
            return
        pen.wait(0.02, through_trips=True)
    raise Refused("STILL_NOT_READY", pen.status().state.name, layer="host")


class NeedlesStay(Exception):
    """A restart has left the crank at its bottom dead centre: the self-test does not pass."""


def self_tested(pen: Pen) -> None:
    """A self-test; needles that a restart has left outside are retracted before it. Raises NeedlesStay."""
    try:
        pen.self_test()
    except SelfTestFailed as failed:
        if failed.value != NEEDLES_INSIDE:
            raise
        try:
            pen.retract()
        except Refused:
            raise NeedlesStay(str(failed)) from failed


class Heard:
    """What the host was told of a pen: numbers of events, blocks of telemetry."""

    def __init__(self, pen: Pen) -> None:
        self.boots: list[list[int]] = [[]]
        self.runs = 0
        self.blocks: list[tuple[int, int, int]] = []
        pen.inbox.on_event.append(lambda message: self._event(message))
        pen.inbox.on_telemetry.append(self._block)

    def _event(self, message: object) -> None:
        number = message["number"]  # type: ignore[index]
        self.boots[-1].append(number)
        self.runs += message.name == "EVENT_STATE" and message["state"] is State.RUN  # type: ignore[attr-defined,index]

    def _block(self, block: TelemetryBlock) -> None:
        self.blocks.append((block.first_time_us, len(block.samples), block.period_us))

    def restarted(self) -> None:
        """The pen counts its events from 1 again."""
        self.boots.append([])

    def missing(self, first: int, end: int) -> list[int]:
        """Events of this boot from `first` on and before `end` that were never told."""
        return sorted(set(range(first, end)) - set(self.boots[-1]))

    def twice(self) -> int:
        """Events that were told twice."""
        return sum(len(boot) - len(set(boot)) for boot in self.boots)
