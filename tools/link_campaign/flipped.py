"""Every byte of an exchange flipped once: what each end makes of the damaged frame.

Beside the exchange each frame that goes out or comes in is first shown damaged to the end it goes to, once
for each of its bytes, and that end must be afterwards what it was before: the firmware byte for byte in all
its memory but for the deframer, the count of bad frames and the free slot that a frame is decoded into; the
host in all its fields but for its counts. Then the good frame follows and must act as ever.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Any

import numpy as np

from link_campaign.outcome import Outcome
from link_campaign.scene import standby
from penctl.errors import PenError
from penctl.pen import Pen
from penctl.protocol.frame import FRAME_MAX, encode_body
from penctl.protocol.link import LinkEvent, Rejected
from penctl.protocol.messages import Message
from pensim import Bench

WORD = 4
POLLS = 24
"""Polls of the background loop that a frame gets: more than hashing the longest takes."""
COUNTS = frozenset({"_meter", "_deframer", "_round_trip"})
MASK_FRAMES = (bytes([0x55]) * (FRAME_MAX - 4), bytes([0xAA]) * (FRAME_MAX - 4))
Host = Callable[[bytes, int], list[LinkEvent]]


def flipped(frame: bytes, place: int, turn: int) -> bytes:
    """The frame with one bit of one byte turned over, and a 0x00 behind it, in case that was the byte."""
    damaged = bytearray(frame)
    damaged[place] ^= 1 << (turn % 8)
    return bytes(damaged) + b"\0"


def picture(thing: Any, depth: int = 0) -> Any:
    """All that an object holds, as text and tuples; functions and counts are left out."""
    if depth > 6:
        raise ValueError("deeper than any part of a link")
    if isinstance(thing, (list, tuple, deque)):
        return tuple(picture(one, depth + 1) for one in thing)
    if isinstance(thing, (dict, set, frozenset)):
        return repr(thing)
    if isinstance(thing, Message):
        return thing.name, repr(thing.values)
    if hasattr(thing, "__dict__") and not callable(thing) and not isinstance(thing, Enum):
        fields = vars(thing).items()
        return tuple((name, picture(one, depth + 1)) for name, one in fields if name not in COUNTS)
    return "" if callable(thing) else repr(thing)


class Firmware:
    """The pen's end: its memory, and bytes that reach it at once."""

    def __init__(self, bench: Bench) -> None:
        kernel = bench.kernel
        assert kernel.firmware is not None
        self.memory, self._world = kernel.memory, kernel.world
        self._at = kernel.memory.ctypes.data
        numbers = (ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
        self._rx = ctypes.CFUNCTYPE(*numbers)(kernel.firmware.address("pen_host_rx"))
        self._poll = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(
            kernel.firmware.address("pen_host_background")
        )

    def settle(self) -> None:
        """Let the background loop do what there is to do."""
        for _ in range(POLLS):
            self._poll(self._at)

    def take(self, data: bytes) -> None:
        """Bytes off the line."""
        self._rx(self._at, data, len(data))
        self.settle()

    def scratch(self) -> np.ndarray[Any, Any]:
        """Where a frame that is too long to be good may leave its traces: found by two that share no bit."""
        pictures = []
        for body in MASK_FRAMES:
            wrong = bytearray(encode_body(body))
            wrong[-2] ^= 1  # its CRC
            self.take(b"\0" + bytes(wrong))
            pictures.append(self.memory.copy())
        return pictures[0] != pictures[1]

    def whole(self) -> tuple[np.ndarray[Any, Any], bytes]:
        """Memory and what stays without power."""
        return self.memory.copy(), self._world.tobytes()


class Flips:
    """Stands at both ends of the exchange of one pen."""

    def __init__(self, bench: Bench, pen: Pen, outcome: Outcome) -> None:
        self.out = outcome
        self._pen, self._connection = pen, pen._connection
        self._firmware = Firmware(bench)
        self._write, self._receive = pen.transport.write, self._connection.link.receive
        self._rest = b""
        self._counter = self._counter_places()
        pen.transport.write = self.write  # type: ignore[method-assign]
        self._connection.link.receive = self.receive  # type: ignore[method-assign]

    def _counter_places(self) -> np.ndarray[Any, Any]:
        """Deframer and count of bad frames: what two frames alike, too short to be good, change."""
        places = np.zeros(len(self._firmware.memory), bool)
        before = self._firmware.memory.copy()
        for body in (b"\x02\x01\0", b"\x03\x02\x01\0", b"\x01\x01\x01\0"):
            self._firmware.take(body)
            places |= before != self._firmware.memory
        return places.reshape(-1, WORD).any(axis=1).repeat(WORD)  # of a count of which only low bytes moved

    @property
    def frames(self) -> int:
        """Frames of the exchange so far."""
        return int(self.out.counts["frames to the pen"] + self.out.counts["frames to the host"])

    def write(self, data: bytes) -> None:
        """Bytes to the pen: each frame damaged first, then as it is."""
        for frame in data.split(b"\0")[:-1]:
            if frame:
                self._at_pen(frame + b"\0")
        self._write(data)

    def _at_pen(self, frame: bytes) -> None:
        firmware = self._firmware
        firmware.settle()
        may = firmware.scratch() | self._counter
        before, world = firmware.whole()
        self.out.count("frames to the pen")
        for place in range(len(frame)):
            firmware.take(flipped(frame, place, self.out.counts["bytes flipped at the pen"]))
            self.out.count("bytes flipped at the pen")
            changed = (before != firmware.memory) & ~may
            if changed.any() or firmware.whole()[1] != world:
                where = np.nonzero(changed)[0][:4].tolist()
                self.out.check(False, f"byte {place} of {frame.hex()} changed the pen at {where}")
                before, world = firmware.whole()

    def receive(self, data: bytes, now_us: int) -> list[LinkEvent]:
        """Bytes to the host: each frame damaged first, then as it is."""
        *ended, self._rest = (self._rest + data).split(b"\0")
        events: list[LinkEvent] = []
        for frame in ended:
            if frame:
                self._at_host(frame + b"\0", now_us)
            events += self._receive(frame + b"\0", now_us)
        return events

    def _host(self) -> Any:
        return picture(self._connection.link), picture(self._connection.ledger), picture(self._pen.inbox)

    def _at_host(self, frame: bytes, now_us: int) -> None:
        before, waiting = self._host(), self._connection.link.take_events()
        self.out.count("frames to the host")
        for place in range(len(frame)):
            heard = self._receive(flipped(frame, place, self.out.counts["bytes flipped at the host"]), now_us)
            self.out.count("bytes flipped at the host")
            if not all(isinstance(event, Rejected) for event in heard):
                self.out.check(False, f"byte {place} of {frame.hex()} told the host {heard}")
        self._connection.link._events = waiting
        if self._host() != before:
            self.out.check(False, f"a flipped byte of {frame.hex()} changed the host")


def exchange(pen: Pen, draw: np.random.Generator, outcome: Outcome) -> None:
    """One step of the exchange: a command, and at times heartbeats, events and telemetry."""
    what = int(draw.integers(8))
    if what == 0:
        depth_um = int(draw.integers(1, 25)) * 10
        pen.set_depth_um(depth_um)
        outcome.check(pen.status().depth_set_um == depth_um, f"depth {depth_um} µm did not act")
    elif what == 1:
        pen.set_rate_hz(float(draw.integers(50, 101)))
    elif what == 2:
        pen.limits()
    elif what == 3:
        pen.identify()
    elif what == 4:
        pen.command("GET_CARTRIDGE")
    elif what == 5:
        pen.wait(0.1)
    else:
        pen.status()


def run(seed: int, size: float) -> Outcome:
    """An exchange of `size` frames, every byte of which is flipped once before it arrives whole."""
    outcome, draw = Outcome(), np.random.default_rng([seed, 7])
    with Bench(seed=seed, cartridge="HOME") as bench:
        pen = standby(bench)
        pen.telemetry(1_000_000)
        flips = Flips(bench, pen, outcome)
        repeats = pen.link_quality.repeats
        try:
            while flips.frames < size:
                exchange(pen, draw, outcome)
        except PenError as error:
            outcome.check(False, f"seed {seed}: ended by {type(error).__name__}: {error}")
        outcome.count("frames sent again", pen.link_quality.repeats - repeats)
        outcome.check(pen.inbox.events_missed == 0, f"seed {seed}: {pen.inbox.events_missed} events missed")
        bad = pen.link_quality.bad_here, pen.link_quality.bad_at_pen
        outcome.check(min(bad) > 0, f"nobody counted the damaged frames: {bad}")
        outcome.count(
            "checks", outcome.counts["bytes flipped at the pen"] + outcome.counts["bytes flipped at the host"]
        )
    return outcome
