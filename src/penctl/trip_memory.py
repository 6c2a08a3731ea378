"""What the pen remembers of its last trips: the records, and the inputs around them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

from penctl.errors import LinkLost, Refused, Unfinished
from penctl.pen_core import PenCore
from penctl.protocol.enums import Input, Reason, State, StopKind
from penctl.protocol.messages import Message
from penctl.status import Trip


class Contacts(IntFlag):
    """The switches and feedbacks of one row of a snapshot."""

    ESTOP_A = 1
    ESTOP_B = 2
    HOLD = 4
    HOLD_RELEASED = 8
    STAGE_HOME = 16
    DRIVE_FEEDBACK = 32
    WINDING_SHORT = 64
    CARTRIDGE_LOCKED = 128
    TAG_PRESENT = 256
    CHARGER = 512
    BUTTON = 1024
    DRIVE_ENABLE = 2048
    SUPPLY_ENABLE = 4096


@dataclass(frozen=True)
class KeptTrip:
    """A trip as the pen keeps it through power-off; `index` 0 is the newest.

    `boot` is the power-on in which it happened, `latched` whether it still is, `snapshot_parts` 0 when its
    snapshot is no longer kept.
    """

    index: int
    trip: Trip
    boot: int
    snapshot_parts: int

    @property
    def latched(self) -> bool:
        """Whether the trip still waits for its reset."""
        return self.trip.latched


@dataclass(frozen=True)
class SnapshotRow:
    """The inputs at one moment; `time_us` counts from the trip and is negative before it."""

    time_us: int
    bar_um: int
    stage_um: int
    shaft_counts: int
    motor_ma: int
    supply_mv: int
    press_mn: int
    duty_q15: int
    contacts: Contacts
    state: State


@dataclass(frozen=True)
class Snapshot:
    """The inputs around a trip, oldest row first."""

    index: int
    rows: tuple[SnapshotRow, ...]


class TripMemory(PenCore):
    """The part of a pen that tells its last trips."""

    def trip_log(self) -> list[KeptTrip]:
        """The last trips that the pen keeps, the newest first; they outlast power-off. Needs a link session.

        Raises:
            Refused: NO_SESSION.
        """
        found: list[KeptTrip] = []
        count = 1
        while len(found) < count:
            try:
                answer = self.command("GET_TRIP", index=len(found))
            except Refused as refused:
                if refused.reason != Reason.NO_SUCH_ENTRY.name:
                    raise
                break
            count = answer["count"]
            if not answer["interlock"]:
                break
            found.append(kept_trip(answer))
        return found

    def snapshot(self, index: int = 0) -> Snapshot:
        """The inputs around one of the last trips, 0 the newest; the pen keeps them until power-off.

        Raises:
            Refused: NO_SESSION; NO_SUCH_ENTRY, no snapshot of that trip is kept.
        """
        rows: list[SnapshotRow] = []
        part, parts = 0, 1
        while part < parts:
            answer = self.command("GET_SNAPSHOT", index=index, part=part)
            parts = answer["parts"]
            rows += [snapshot_row(row) for row in answer["rows"][: answer["count"]]]
            part += 1
        return Snapshot(index, tuple(rows))


def ask_for_snapshots(pen: TripMemory, known: set[tuple[int, int, int]] | None = None) -> int:
    """Ask for the inputs around each trip that the pen keeps, so that a recording has them; how many.

    Call it after a trip, at rest. Trips in `known` are left out, and those that were asked for are added to
    it, as power-on, time and interlock. A pen that keeps none, or no longer
    answers, has none: nothing is raised.
    """
    count = 0
    asked = set() if known is None else known
    with contextlib.suppress(Refused, Unfinished, LinkLost):
        for kept in pen.trip_log():
            trip = (kept.boot, kept.trip.time_us, kept.trip.interlock)
            if kept.snapshot_parts and trip not in asked:
                pen.snapshot(kept.index)
                asked.add(trip)
                count += 1
    return count


def kept_trip(message: Message) -> KeptTrip:
    """From TRIP."""
    trip = Trip(
        message["interlock"],
        Input(message["input"]),
        StopKind(message["stop"]),
        message["value"],
        message["limit"],
        message["time_us"],
        bool(message["latched"]),
    )
    return KeptTrip(message["index"], trip, message["boot"], message["snapshot_parts"])


def snapshot_row(row: dict[str, Any]) -> SnapshotRow:
    """From one row of SNAPSHOT."""
    values = {name: value for name, value in row.items() if name != "reserved"}
    return SnapshotRow(**{**values, "contacts": Contacts(row["contacts"]), "state": State(row["state"])})
