"""Short forms of the abuse of the link: each byte flipped once, garbage at the line's rate."""

from __future__ import annotations

import random
from typing import Any

import pytest

from penctl.protocol.enums import State
from penctl.protocol.link import Answered, StopSeen


class Flipping:
    """Flips one bit of the byte that has this number in the stream."""

    def __init__(self, at: int, bit: int) -> None:
        self._at, self._bit, self.seen, self.flipped = at, bit, 0, False

    def __call__(self, data: bytes) -> bytes:
        out = bytearray(data)
        if self.seen <= self._at < self.seen + len(out):
            out[self._at - self.seen] ^= 1 << self._bit
            self.flipped = True
        self.seen += len(out)
        return bytes(out)


@pytest.mark.parametrize("way", ["to_device", "to_host"])
def test_each_byte_of_an_exchange_flipped_once_loses_nothing_and_acts_once(opened: Any, way: str) -> None:
    """Issue 5, abuse: whichever byte of a command or of its answer is hit, it acts once and is answered."""
    at = 0
    for depth in range(1, 2000):
        flipping = Flipping(at, depth % 8)
        setattr(opened, way, flipping)
        before = len(opened.executed)
        events = opened.command("SET_DEPTH", depth_um=depth) + opened.wait(1_000_000)
        assert [e.refused for e in events if isinstance(e, Answered)] == [False]
        assert len(opened.executed) == before + 1
        if not flipping.flipped:
            break
        at += 1
    assert at > 30


def test_garbage_at_the_rate_of_the_line_for_ten_seconds_stops_nobody_from_stopping(opened: Any) -> None:
    """Issue 5, abuse: neither end raises or keeps more than a frame, and STOP is taken behind it."""
    draw = random.Random(1)
    for _ in range(100):
        noise = draw.randbytes(9_216)
        opened.device.receive(noise, opened.now_us)
        opened.host.receive(noise, opened.now_us)
        opened.now_us += 100_000
        assert opened.device.bytes_kept <= 700
    opened.state = State.RUN
    events = opened.deliver(opened.host.stop(opened.now_us)) + opened.wait(10_000)
    assert StopSeen(State.STOPPING) in events
    assert opened.stops >= 1
