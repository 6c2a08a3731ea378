"""What the worker looks after between two acts: the button that a mode waits for, cartridge, trips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from penctl.errors import Refused
from penctl.pen import Pen
from penctl.protocol.enums import Flags, Mode, State
from penctl.status import Cartridge, Trip
from penctl.trip_memory import ask_for_snapshots

BUTTON_S: Final = 30.0
"""How long a mode waits for the button at the pen."""
CARTRIDGE_S: Final = 1.0
AT_REST: Final = frozenset({State.STANDBY, State.SAFE})


@dataclass(frozen=True)
class AskedMode:
    """A mode that waits for the button, until a time of the port's clock, and what the pen said."""

    mode: Mode
    until_s: float
    refused: Refused


class Follower:
    """Follows one pen. `cartridge` and `latched` are as last read."""

    def __init__(self) -> None:
        self.asked: AskedMode | None = None
        self.cartridge: Cartridge | None = None
        self.latched: tuple[Trip, ...] = ()
        self._counts = (0, 0)
        self._asked: set[tuple[int, int, int]] = set()
        self._cartridge_s = 0.0
        self._self_test_from_s: float | None = None

    def ask_button(self, mode: Mode, now_s: float, refused: Refused) -> None:
        """A mode was refused for want of the button: wait for it."""
        self.asked = AskedMode(mode, now_s + BUTTON_S, refused)

    def button(self, flags: Flags, state: State, now_s: float) -> AskedMode | Refused | None:
        """The mode to ask for now that the button is pressed; the refusal when nobody pressed it in time."""
        asked = self.asked
        if asked is None:
            return None
        if Flags.BUTTON_PRESSED in flags:
            self.asked = None
            return asked
        if now_s >= asked.until_s or state is not State.STANDBY:
            self.asked = None
            return asked.refused
        return None

    def look(self, pen: Pen, state: State) -> None:
        """At rest: the cartridge each second, and every latched trip when there are several."""
        status = pen.inbox.status
        if status is None or state not in AT_REST:
            return
        if pen.now_s() - self._cartridge_s >= CARTRIDGE_S:
            self.look_at_cartridge(pen)
        if (counts := (status.trip_count, len(pen.trips))) != self._counts:
            self._counts = counts
            kept = pen.trip_log() if status.trip_count > 1 else []
            ask_for_snapshots(pen, self._asked)  # a recording that runs keeps what the pen looked at
            self.latched = tuple(row.trip for row in kept if row.latched)

    def ask_again(self) -> None:
        """A recording begins: it is to have the trips that the pen still keeps."""
        self._counts, self._asked = (-1, 0), set()

    def look_at_cartridge(self, pen: Pen) -> None:
        """Read the tag now."""
        self._cartridge_s = pen.now_s()
        self.cartridge = pen.cartridge()

    def self_test_s(self, state: State, now_s: float) -> float:
        """How long the pen has been checking itself, s; 0 while it does not."""
        if state is not State.SELF_TEST:
            self._self_test_from_s = None
            return 0.0
        if self._self_test_from_s is None:
            self._self_test_from_s = now_s
        return now_s - self._self_test_from_s
