"""What a bad cable, adapter or network does to bytes: late, lost, damaged, doubled, slow; seeded.

Loss and doubling take whole frames, up to the 0x00 that ends each; damage takes single bytes. The order of
bytes is kept. The plant's own faults of the line (`line_to_pen`, `line_to_host`) are beside these.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from pensim.errors import BenchError

BITS_A_BYTE: Final = 10
_MASK: Final = (1 << 64) - 1
MOST: Final[Mapping[str, float]] = {
    "latency_ms": 10_000.0,
    "jitter_ms": 10_000.0,
    "loss": 1.0,
    "corrupt": 1.0,
    "duplicate": 1.0,
    "baud": 10_000_000.0,
}


@dataclass(frozen=True)
class Impairments:
    """Milliseconds; shares from 0 to 1 of frames (loss, duplicate) or bytes (corrupt); bits/s, 0: no limit.

    Raises:
        BenchError: a value is no number, or outside its range.
    """

    latency_ms: float = 0.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    corrupt: float = 0.0
    duplicate: float = 0.0
    baud: float = 0.0

    def __post_init__(self) -> None:
        for name, most in MOST.items():
            value = getattr(self, name)
            good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
            if not (good and 0.0 <= value <= most):
                raise BenchError(
                    f"The line cannot have this {name}", value, f"0 to {most:g}", "Give another value"
                )

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Impairments:
        """From values by name; what is not named is not impaired. Raises BenchError."""
        names = {field.name for field in fields(cls)}
        for name in given:
            if name not in names:
                raise BenchError(
                    "A line has no such impairment", name, ", ".join(sorted(names)), "Name one of these"
                )
        return cls(**given)

    def as_dict(self) -> dict[str, float]:
        """Values by name."""
        return asdict(self)


class Draw:
    """Seeded numbers whose state is one number, so that a bench can go back to a moment (splitmix64)."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def random(self) -> float:
        """From 0 to below 1."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self.state
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = ((mixed ^ (mixed >> shift)) * factor) & _MASK
        return ((mixed ^ (mixed >> 31)) >> 11) / (1 << 53)


class Way:
    """One direction of a line. `put` takes bytes as they are sent, `take` gives those that have arrived."""

    def __init__(self, impairments: Impairments, seed: int) -> None:
        self.impairments = impairments
        self.changed_s: float | None = None
        """When a byte was made late, lost, damaged or doubled first under these impairments."""
        self._random = Draw(seed)
        self._flying: deque[tuple[float, bytes]] = deque()
        self._free_s = 0.0
        self._begins = True
        self._lost = False
        self._double: bytearray | None = None

    def __len__(self) -> int:
        return sum(len(data) for _, data in self._flying)

    def put(self, data: bytes, now_s: float) -> None:
        """Bytes leave at `now_s`."""
        out = bytearray()
        for byte in data:
            self._byte(byte, out, now_s)
        if not out:
            return
        kind = self.impairments
        late_ms = kind.latency_ms + kind.jitter_ms * self._random.random()
        if late_ms > 0.0 or kind.baud > 0.0:
            self._note(now_s)
        due_s = max(self._free_s, now_s + late_ms * 1e-3)
        if kind.baud > 0.0:
            due_s += len(out) * BITS_A_BYTE / kind.baud
        self._free_s = due_s
        self._flying.append((due_s, bytes(out)))

    def _note(self, now_s: float) -> None:
        if self.changed_s is None:
            self.changed_s = now_s

    def _byte(self, byte: int, out: bytearray, now_s: float) -> None:
        kind = self.impairments
        if self._begins:
            self._lost = self._random.random() < kind.loss
            self._double = bytearray() if self._random.random() < kind.duplicate else None
        self._begins = byte == 0
        if self._lost:
            self._note(now_s)
            return
        sent = byte
        if kind.corrupt and self._random.random() < kind.corrupt:
            sent ^= 1 + int(255.0 * self._random.random())
            self._note(now_s)
        out.append(sent)
        if self._double is not None:
            self._double.append(sent)
            if byte == 0:
                out += self._double
                self._note(now_s)

    def take(self, now_s: float) -> bytes:
        """What has arrived by `now_s`."""
        out = bytearray()
        while self._flying and self._flying[0][0] <= now_s:
            out += self._flying.popleft()[1]
        return bytes(out)


class ImpairedLine:
    """Both directions; each draws from its own numbers."""

    def __init__(self, impairments: Impairments, seed: int) -> None:
        self.to_pen, self.to_host = Way(impairments, 2 * seed), Way(impairments, 2 * seed + 1)

    @property
    def impairments(self) -> Impairments:
        """What the line does to bytes now."""
        return self.to_pen.impairments

    def change(self, impairments: Impairments) -> None:
        """From now on; bytes under way arrive as they were sent."""
        for way in (self.to_pen, self.to_host):
            if way.impairments != impairments:
                way.impairments, way.changed_s = impairments, None
