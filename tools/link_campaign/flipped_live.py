"""A live exchange: a byte of each command, or of its answer, is flipped; it acts, once, and is answered."""

from __future__ import annotations

from collections.abc import Callable

from link_campaign.outcome import Outcome
from link_campaign.scene import standby
from penctl.errors import PenError
from penctl.pen import Pen
from penctl.protocol.enums import State
from penctl.protocol.link import LinkEvent
from pensim import Bench

MOST_BYTES = 400
BEAT_S = 0.06
"""One heartbeat gets through between two flips: that five in a row are hit is not what is looked for here."""


class Line:
    """Counts the bytes both ways, and flips a bit of the one that is due."""

    def __init__(self, pen: Pen) -> None:
        self._write, self._receive = pen.transport.write, pen._connection.link.receive
        self._due: tuple[str, int, int] | None = None
        self._place = 0
        pen.transport.write = self.write  # type: ignore[method-assign]
        pen._connection.link.receive = self.receive  # type: ignore[method-assign]

    @property
    def hit(self) -> bool:
        """Whether the byte that was due has passed."""
        return self._due is None

    def flip(self, way: str, place: int, bit: int) -> None:
        """The byte of this number, counted from now, on the way "to pen" or "to host"."""
        self._due, self._place = (way, place, bit), 0

    def _through(self, way: str, data: bytes) -> bytes:
        if self._due is None or self._due[0] != way:
            return data
        place, out = self._due[1] - self._place, bytearray(data)
        self._place += len(data)
        if place < len(data):
            out[place] ^= 1 << self._due[2]
            self._due = None
        return bytes(out)

    def write(self, data: bytes) -> None:
        self._write(self._through("to pen", data))

    def receive(self, data: bytes, now_us: int) -> list[LinkEvent]:
        return self._receive(self._through("to host", data), now_us)


def commands(pen: Pen, outcome: Outcome) -> dict[str, Callable[[int], None]]:
    """Commands that show whether they acted, and acted once."""

    def depth(number: int) -> None:
        depth_um = 10 + number % 24 * 10
        pen.set_depth_um(depth_um)
        outcome.check(pen.status().depth_set_um == depth_um, f"a depth of {depth_um} µm did not act")

    def arm(number: int) -> None:
        pen.command("ARM")  # a second time it would be refused: WRONG_STATE
        outcome.check(pen.stop() is State.STANDBY, "not in STANDBY after STOP")

    def rate(number: int) -> None:
        pen.set_rate_hz(50.0 + number % 50)

    return {
        "SET_DEPTH": depth,
        "SET_RATE": rate,
        "ARM and STOP": arm,
        "GET_LIMITS": lambda number: pen.limits() and None,
    }


def run(seed: int, size: float) -> Outcome:
    """`size` flips, each in an exchange of its own."""
    outcome = Outcome()
    with Bench(seed=seed, cartridge="HOME") as bench:
        pen = standby(bench)
        pen.begin_visit("somebody")
        line = Line(pen)
        acts = commands(pen, outcome)
        while outcome.counts["bytes flipped"] < size:
            for name, act in acts.items():
                each_byte(name, act, pen, line, outcome, size)
        outcome.count("frames sent again", pen.link_quality.repeats)
        pen.wait(1.0)
        outcome.check(pen.inbox.events_missed == 0, f"{pen.inbox.events_missed} events missed")
        outcome.check(outcome.counts["frames sent again"] > 0, "no flipped byte made anybody repeat anything")
    return outcome


def each_byte(
    name: str, act: Callable[[int], None], pen: Pen, line: Line, outcome: Outcome, size: float
) -> None:
    """All bytes of one command and its answer, until none is hit any more."""
    for way in ("to pen", "to host"):
        for place in range(MOST_BYTES):
            number = int(outcome.counts["bytes flipped"])
            if number >= size:
                return
            line.flip(way, place, number * 5 % 8)
            try:
                act(number)
            except PenError as error:
                outcome.check(False, f"{number}: {name}, byte {place} {way}, bit {number * 5 % 8}: {error}")
            pen.wait(BEAT_S)
            if not line.hit:
                break
            outcome.count("bytes flipped")
