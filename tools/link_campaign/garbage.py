"""Garbage at the rate of the line, 92 bytes a ms, to the pen, to the host, and both ways, in RUN."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np

from link_campaign.outcome import Outcome
from link_campaign.scene import ARMED, Heard, ready_again, setpoints, standby, start
from penctl.errors import PenError
from penctl.pen import Pen
from penctl.protocol.enums import State
from penctl.protocol.frame import ENCODED_MAX
from penctl.protocol.link import LinkEvent
from penctl.protocol.quality import LinkStanding
from pensim import Bench

if sys.platform != "win32":
    import resource

BYTES_S = 92_160
"""921,600 baud, ten bits a byte."""
BYTES_MS = BYTES_S // 1000
NOISE_S = 1.0
STOP_TAKEN_MS = 10.0
WAYS = ("to pen", "to host", "both ways")


class Noise:
    """Random bytes at the line's rate, in all gaps that time leaves between the frames."""

    def __init__(self, bench: Bench, pen: Pen, draw: np.random.Generator) -> None:
        self._bench, self._draw = bench, draw
        self._pen = pen
        self._receive = pen._connection.link.receive
        self._at_s: dict[str, float] = {}
        self.bytes = 0
        pen.on_wait.append(self.to_pen)
        pen._connection.link.receive = self.receive  # type: ignore[method-assign]

    def turn(self, way: str | None) -> None:
        """Begin on this way, or end."""
        ways = {None: (), "both ways": ("to pen", "to host")}.get(way, (way,))
        self._at_s = dict.fromkeys(ways, self._bench.time_s)  # type: ignore[arg-type]

    def _due(self, way: str) -> bytes:
        if way not in self._at_s:
            return b""
        count = int((self._bench.time_s - self._at_s[way]) * BYTES_S)
        self._at_s[way] += count / BYTES_S
        self.bytes += count
        return self._draw.bytes(count)

    def to_pen(self) -> None:
        """Called whenever the host waits."""
        data = self._due("to pen")
        room = BYTES_MS - self._bench.kernel.host_out_waiting
        if data and room > 0:  # a line carries no more than its rate: frames of the host take their share
            self._bench.kernel.host_write(data[:room])

    def receive(self, data: bytes, now_us: int) -> list[LinkEvent]:
        return self._receive(self._due("to host") + data, now_us)


class Round:
    """One run of the pen into which garbage falls."""

    def __init__(self, bench: Bench, pen: Pen, noise: Noise, outcome: Outcome) -> None:
        self.bench, self.pen, self.noise, self.out = bench, pen, noise, outcome

    def run(self, way: str) -> None:
        """Start, noise, STOP in the midst of it, quiet again, and back to STANDBY."""
        pen, bench = self.pen, self.bench
        ready_again(bench, pen)
        setpoints(pen)
        start(bench, pen)
        pen.wait(0.2)
        self.noise.turn(way)
        self.quietly(lambda: pen.wait(0.1, through_trips=True))
        self.stop(way)
        self.quietly(lambda: pen.wait(NOISE_S, through_trips=True))
        self.ask(way)
        self.noise.turn(None)
        status = pen.reconnect(timeout_s=10.0)
        self.out.check(status.state not in ARMED, f"{self.where(way)}: {status.state.name} after the garbage")
        kept = pen._connection.link._deframer.kept
        self.out.check(
            kept <= ENCODED_MAX, f"{self.where(way)}: {kept} bytes are kept of an unfinished frame"
        )
        self.out.count("rounds")

    def quietly(self, act: Callable[[], object]) -> None:
        """Whatever ends by an error of ours ends well."""
        try:
            act()
        except PenError as error:
            self.out.say(error)

    def ask(self, way: str) -> None:
        """A host that hears nothing but garbage does not say that the pen answers."""
        try:
            self.pen.status()
            self.out.count("questions answered in garbage")
        except PenError as error:
            self.out.say(error)
            self.out.count("questions without an answer")
        if way != "to pen":
            standing = self.pen.link_quality.standing
            self.out.check(standing is not LinkStanding.GOOD, f"{self.where(way)}: the link is called good")

    def stop(self, way: str) -> None:
        """STOP, which finds its way: truth is the plant's trace."""
        begun_s = self.bench.time_s
        self.pen.stop_now()
        self.quietly(lambda: self.pen.wait(0.2, through_trips=True))
        trace = self.bench.trace.between(begun_s, self.bench.time_s)
        left, off = trace.time_s[trace.state != State.RUN], trace.time_s[trace.drive_on == 0]
        taken_ms = 1e3 * (float(left[0]) - begun_s) if len(left) else float("inf")
        self.out.count("stops")
        self.out.check(
            taken_ms <= STOP_TAKEN_MS, f"{self.where(way)}: STOP was taken after {taken_ms:.1f} ms"
        )
        self.out.check(len(off) > 0, f"{self.where(way)}: the drive is on 200 ms after STOP")
        if len(left) and len(off):
            self.out.largest("ms from STOP to the end of RUN", taken_ms)
            self.out.largest("ms from STOP to the drive off", 1e3 * (float(off[0]) - begun_s))

    def where(self, way: str) -> str:
        return f"{way}, {self.bench.time_s:.3f} s"


def resident_mb() -> float:
    """The most memory that this process has had so far, MB; 0 where the system does not tell."""
    return 0.0 if sys.platform == "win32" else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(seed: int, size: float) -> Outcome:
    """`size` rounds on one pen."""
    outcome = Outcome()
    with Bench(seed=seed, cartridge="HOME") as bench:
        pen = standby(bench)
        heard, first = Heard(pen), pen.status().events_next
        noise = Noise(bench, pen, np.random.default_rng([seed, 11]))
        grown_from = resident_mb()
        try:
            for number in range(int(size)):
                Round(bench, pen, noise, outcome).run(WAYS[number % len(WAYS)])
            pen.wait(1.0, through_trips=True)
            end = pen.status().events_next
            missing = heard.missing(first, end)
            outcome.count("events", end - first)
            outcome.check(not missing, f"events {missing[:5]} were never told")
        except PenError as error:
            outcome.check(False, f"seed {seed}: ended by {type(error).__name__}: {error}")
        outcome.count("bytes of garbage", noise.bytes)
        outcome.count("damaged frames at the host", pen.frames_bad)
        outcome.check(pen.frames_bad > 0 or size < 2, "no damaged frame was counted")
        outcome.largest("MB that the host grew", resident_mb() - grown_from)
    return outcome
