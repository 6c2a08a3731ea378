"""What a look at the pen shows, as plain values: drawn by `screen`, or printed as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

from penctl.hardware import Interlock, load_interlocks
from penctl.protocol.enums import Mode
from penctl.status import Cartridge, Identity, ModeRange, Status, Trip, plain
from penctl.words import quantity_text


class Standing(Enum):
    """How this program stands to the pen's link session."""

    LISTENING = "this program listens; no host sends heartbeats"
    OTHER_HOST = "another program's link session; this one only looks on"
    NO_SESSION = "no host sends heartbeats; this program only looks on"
    SILENT = "the pen does not answer"


@dataclass(frozen=True)
class Readings:
    """The last sample of the telemetry, in a person's units."""

    force_n: float
    current_a: float
    nose_c: float
    handle_c: float


@dataclass(frozen=True)
class Link:
    """Quality of the link. Times in s; bad frames since the opening here, since power-on at the pen."""

    standing: Standing
    answer_s: float
    silent_s: float
    frames_bad_here: int
    frames_bad_at_pen: int
    events_missed: int
    samples_per_s: float
    blocks_dropped: int


@dataclass(frozen=True)
class Happening:
    """Something that the pen did, at a time of the device in s.

    `by_event` is whether the pen told it; without a link session two looks are compared instead.
    """

    time_s: float
    text: str
    bad: bool = False
    by_event: bool = True


@dataclass(frozen=True)
class Sight:
    """One look at the pen. `cartridge` and `readings` are None while only the status can be asked for."""

    simulated: bool
    url: str
    identity: Identity
    limits: Mapping[Mode, ModeRange]
    status: Status
    cartridge: Cartridge | None
    readings: Readings | None
    link: Link
    happenings: tuple[Happening, ...]

    def as_json(self) -> dict[str, Any]:
        """The stable keys of `penctl monitor --json`."""
        trip = self.status.trip
        limits = self.limits.get(self.status.mode)
        return {
            "time_s": round(self.status.device_time_us * 1e-6, 6),
            "simulated": self.simulated,
            "identity": plain(dataclasses.asdict(self.identity)),
            "limits": None if limits is None else plain(dataclasses.asdict(limits)),
            "status": plain(dataclasses.asdict(self.status)),
            "trip": None if trip is None else told_trip(trip),
            "cartridge": None if self.cartridge is None else plain(dataclasses.asdict(self.cartridge)),
            "readings": None if self.readings is None else dataclasses.asdict(self.readings),
            "link": plain(dataclasses.asdict(self.link)),
            "events": [dataclasses.asdict(happening) for happening in self.happenings],
        }


@lru_cache(maxsize=1)
def catalogue() -> dict[int, Interlock]:
    """The interlock catalogue, read once."""
    return load_interlocks()


def told_trip(trip: Trip) -> dict[str, Any]:
    """A trip with the catalogue's words; value and limit with their unit, None where they are no quantity."""
    entry = catalogue().get(trip.interlock)
    unit = "none" if entry is None else entry.value_unit
    value, limit = (None, None)
    if unit not in ("none", "1"):
        value, limit = quantity_text(trip.value, unit), quantity_text(trip.limit, unit)
    return {
        "id": trip.id,
        "name": "" if entry is None else entry.name,
        "input": trip.input.name,
        "stop": trip.stop.name,
        "value": value,
        "limit": limit,
        "cause": "" if entry is None else entry.cause,
        "remedy": "" if entry is None else entry.remedy,
        "reset": "" if entry is None else entry.reset,
    }
