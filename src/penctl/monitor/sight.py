"""What a look at the pen shows, as plain values: drawn by `screen`, or printed as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from penctl.protocol.enums import Mode
from penctl.protocol.quality import LinkQuality
from penctl.status import Cartridge, Identity, ModeRange, Status, plain
from penctl.trip_words import told_trip


class Standing(Enum):
    """How this program stands to the pen's link session."""

    LISTENING = "this program listens; no host sends heartbeats"
    OTHER_HOST = "another program's link session; this one only looks on"
    NO_SESSION = "no host sends heartbeats; this program only looks on"
    SILENT = "the pen does not answer"
    RECORDED = "a recording; what is shown is over"


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
    quality: LinkQuality | None = None
    """None in a recording."""


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
    recorded: bool = False

    def as_json(self) -> dict[str, Any]:
        """The stable keys of `penctl monitor --json`."""
        trip = self.status.trip
        limits = self.limits.get(self.status.mode)
        return {
            "time_s": round(self.status.device_time_us * 1e-6, 6),
            "simulated": self.simulated,
            "recorded": self.recorded,
            "identity": plain(dataclasses.asdict(self.identity)),
            "limits": None if limits is None else plain(dataclasses.asdict(limits)),
            "status": plain(dataclasses.asdict(self.status)),
            "trip": None if trip is None else told_trip(trip),
            "cartridge": None if self.cartridge is None else plain(dataclasses.asdict(self.cartridge)),
            "readings": None if self.readings is None else dataclasses.asdict(self.readings),
            "link": self._link_as_json(),
            "events": [dataclasses.asdict(happening) for happening in self.happenings],
        }

    def _link_as_json(self) -> dict[str, Any]:
        values = plain(dataclasses.asdict(self.link))
        if self.link.quality is not None:
            values["quality"] = plain(dataclasses.asdict(self.link.quality))
        return values
