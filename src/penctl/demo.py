"""The main job, end to end: treat a simulated scalp at three depths, lose the link, reset, finish.

The hand and the cable belong to the simulated bench and are reached through the port's side channel; on a
real port there is neither, and the demo refuses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from penctl.errors import PenError, Unfinished
from penctl.hardware import load_interlocks
from penctl.status import Trip

if TYPE_CHECKING:
    from penctl.pen import Pen
    from penctl.protocol.telemetry import TelemetryBlock
    from penctl.transport import Transport
from penctl.trip_memory import ask_for_snapshots
from penctl.trip_words import trip_cause, trip_unit

PRESS_N = 3.0
GLIDE_MM_S = 20.0
SPIN_UP_S = 0.2
SETTLE_S = 0.2
TREAT_S = 1.2
LIFT_S = 0.2
SILENCE_S = 0.6
"""How long the cable stays cut: the old link session must be silent for 0.5 s before a new one may open."""
RELEASE_S = 0.1


@dataclass(frozen=True)
class Part:
    """One part of the run: what is set, and whether the link is cut in its middle."""

    depth_um: int
    rate_hz: float
    cut: bool = False


PARTS = (Part(500, 100.0), Part(1000, 110.0), Part(1500, 120.0, cut=True), Part(1500, 120.0))


@dataclass(frozen=True)
class Measured:
    """A part with what the pen measured: means over the whole strokes with contact."""

    depth_set_um: int
    depth_measured_um: float
    rate_set_hz: float
    rate_measured_hz: float
    strokes: int


@dataclass(frozen=True)
class MeasuredTrip:
    """A trip with its catalogue entry; `reaction_ms` is from the physical onset to the fall of the drive."""

    trip: Trip
    name: str
    cause: str
    value_unit: str
    reset: str
    reaction_ms: float | None
    further_strokes: int | None


@dataclass
class DemoResult:
    """What the demo did."""

    seed: int
    firmware_version: str
    limits_hash: str
    parts: list[Measured] = field(default_factory=list)
    trips: list[MeasuredTrip] = field(default_factory=list)
    virtual_s: float = 0.0

    def as_json(self, files: dict[str, str]) -> dict[str, Any]:
        """The stable keys of `penctl demo --json`."""
        return {
            "parts": [vars(part) for part in self.parts],
            "trips": [
                {
                    "id": told.trip.id,
                    "cause": told.name,
                    "value": told.trip.value,
                    "limit": told.trip.limit,
                    "reaction_ms": told.reaction_ms,
                }
                for told in self.trips
            ],
            "files": files,
            "firmware": {"version": self.firmware_version, "limits_hash": self.limits_hash},
            "seed": self.seed,
        }


def bench_of(transport: Transport) -> Any:
    """The simulated bench behind a port. Raises PenError for a real port."""
    if transport.bench is None:
        raise PenError(
            "The demo moves the operator's hand and cuts the cable, which only a simulated pen lets it do",
            transport.url,
            remedy="Use pensim://, or penctl info to look at a real pen",
        )
    return transport.bench


class Demo:
    """Runs the parts on an open pen. `tell(text, fraction)` is called as the run goes on."""

    def __init__(self, pen: Pen, tell: Callable[[str, float], None]) -> None:
        self._pen = pen
        self._bench = bench_of(pen.transport)
        self._tell = tell
        self._samples = _Samples()
        pen.inbox.on_telemetry.append(self._samples.take)
        identity = pen.identity
        self.result = DemoResult(self._bench.seed, identity.firmware_version, identity.limits_hash)

    def run(self) -> DemoResult:
        """The whole run, in about 12 s of virtual time. Raises PenError when the pen does not do its part."""
        pen = self._pen
        self._tell("link session and self-test", 0.0)
        pen.open_session()
        pen.self_test()
        self._tell("reference run of the depth stage", 0.05)
        pen.reference()
        self._bench.hand.button(True)
        pen.set_mode("clinical")
        self._bench.hand.button(False)
        pen.telemetry(1000)
        for number, part in enumerate(PARTS):
            self._number = number
            self._treat(part)
        pen.telemetry(0)
        self._bench.run(0.05)
        self._tell("done", 1.0)
        self.result.virtual_s = pen.now_s()
        return self.result

    def _progress(self, text: str, inside: float) -> None:
        part = PARTS[self._number]
        name = f"{part.depth_um / 1000:g} mm at {part.rate_hz:g} Hz"
        self._tell(f"{name}: {text}", 0.1 + 0.9 * (self._number + inside) / len(PARTS))

    def _treat(self, part: Part) -> None:
        pen, hand = self._pen, self._bench.hand
        self._progress("arm", 0.0)
        pen.set_depth_um(part.depth_um)
        pen.set_rate_hz(part.rate_hz)
        before = pen.arm().stroke_count
        hand.hold(True)
        pen.wait(RELEASE_S)
        pen.start()
        pen.wait(SPIN_UP_S)
        self._progress("contact", 0.2)
        hand.press(PRESS_N)
        pen.wait(SETTLE_S)
        hand.glide(GLIDE_MM_S)
        begin_s = pen.now_s()
        self._glide(TREAT_S / 2 if part.cut else TREAT_S)
        end_s = pen.now_s()
        if part.cut:
            self._lose_link()
        self._lift()
        self._keep(part, before, begin_s, end_s)

    def _glide(self, seconds: float) -> None:
        for step in range(4):
            self._progress("glide", 0.3 + 0.15 * step)
            self._pen.wait(seconds / 4)

    def _lift(self) -> None:
        pen, hand = self._pen, self._bench.hand
        self._progress("lift-off", 0.9)
        hand.lift()
        pen.wait(LIFT_S)
        hand.hold(False)
        pen.wait(RELEASE_S)
        pen.stop()

    def _lose_link(self) -> None:
        """Cut the cable while running; the pen stops by itself. Then a new link session and the reset."""
        pen, bench = self._pen, self._bench
        self._progress("link cut", 0.6)
        bench.cut_link()
        pen.wait(SILENCE_S)
        bench.hand.lift()
        bench.hand.hold(False)
        pen.wait(RELEASE_S)
        bench.restore_link()
        self._progress("new link session and reset", 0.8)
        pen.open_session()
        if not pen.trips:
            raise Unfinished("The pen did not trip on the lost link", value=pen.status().state.name)
        self.result.trips.append(self._trip(pen.trips[-1]))
        ask_for_snapshots(pen)
        pen.reset()
        pen.telemetry(1000)

    def _trip(self, trip: Trip) -> MeasuredTrip:
        entry = load_interlocks()[trip.interlock]
        stop = self._bench.stops[-1]
        reaction_ms = None if stop.reaction_s is None else round(stop.reaction_s * 1e3, 1)
        return MeasuredTrip(
            trip=trip,
            name=entry.name,
            cause=trip_cause(trip),
            value_unit=trip_unit(trip),
            reset=entry.reset,
            reaction_ms=reaction_ms,
            further_strokes=stop.further_strokes,
        )

    def _keep(self, part: Part, strokes_before: int, begin_s: float, end_s: float) -> None:
        depth_um, rate_hz = self._samples.means(begin_s, end_s)
        strokes = self._pen.status().stroke_count - strokes_before
        self.result.parts.append(Measured(part.depth_um, depth_um, part.rate_hz, rate_hz, strokes))


class _Samples:
    """Measured depth and rate after each stroke; the simulated pen's clock is also the host's."""

    def __init__(self) -> None:
        self._strokes: list[tuple[float, int, int]] = []
        self._count = -1

    def take(self, block: TelemetryBlock) -> None:
        samples = block.samples
        for index, count in enumerate(samples["stroke_count"].tolist()):
            if count != self._count:
                time_s = (block.first_time_us + index * block.period_us) * 1e-6
                self._strokes.append(
                    (time_s, int(samples["depth_um"][index]), int(samples["rate_mhz"][index]))
                )
                self._count = count

    def means(self, begin_s: float, end_s: float) -> tuple[float, float]:
        """Mean depth in µm and rate in Hz over the strokes between two times. Raises Unfinished for none."""
        inside = [row for row in self._strokes if begin_s <= row[0] < end_s]
        if not inside:
            raise Unfinished("No stroke was measured in this part of the run", value=0)
        depth_um = sum(row[1] for row in inside) / len(inside)
        rate_hz = sum(row[2] for row in inside) / len(inside) / 1000
        return round(depth_um, 1), round(rate_hz, 2)
