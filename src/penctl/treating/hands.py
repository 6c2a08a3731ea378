"""The hand at the pen: a person's, who is told what to do, or that of a simulated bench, which does it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final, Protocol

from penctl.treating.cut_off import pen_visit_id, unseen_strokes
from penctl.treating.driver import Treating
from penctl.treatment.visit_events import DoseCounted
from penctl.visit import SIMULATED_SALT, day_number, person_hash

PRESS_N: Final = 3.0
GLIDE_MM_S: Final = 20.0
HOLD_TIMEOUT_S: Final = 110.0
"""READY ends after 120 s by itself."""
BUTTON_TIMEOUT_S: Final = 60.0
SPIN_UP_S: Final = 0.2
SETTLE_S: Final = 0.2


class Hand(Protocol):
    """What a run of a visit asks of whoever holds the pen."""

    button_timeout_s: float
    hold_timeout_s: float

    def fit_cartridge(self, treating: Treating) -> None:
        """The cartridge of this visit is in the pen."""

    def press_button(self, pressed: bool) -> None:
        """The button at the pen, which CLINICAL needs."""

    def acknowledges(self, trip: str) -> bool:
        """Whether a trip was seen, and may be reset."""

    def take(self, treating: Treating, text: str) -> None:
        """Hold the switch at the pen; `text` says for which pass."""

    def glide(self, treating: Treating) -> None:
        """The needles move: set the nose on the skin and glide."""

    def lift(self, treating: Treating) -> None:
        """Lift the nose and let go of the switch."""


class PersonsHand:
    """Tells a person what to do."""

    button_timeout_s = BUTTON_TIMEOUT_S
    hold_timeout_s = HOLD_TIMEOUT_S

    def __init__(self, say: Callable[[str], None], ask: Callable[[str], bool] | None = None) -> None:
        self._say, self._ask = say, ask

    def fit_cartridge(self, treating: Treating) -> None:
        """It is in the pen before penctl begins."""

    def press_button(self, pressed: bool) -> None:
        """Say so."""
        if pressed:
            self._say("Press the button at the pen.")

    def acknowledges(self, trip: str) -> bool:
        """Ask; nobody there resets nothing."""
        self._say(f"The pen tripped, {trip}")
        return self._ask is not None and self._ask("Is the cause gone, and may the trip be reset?")

    def take(self, treating: Treating, text: str) -> None:
        """Say so."""
        self._say(f"{text}: hold the switch at the pen.")

    def glide(self, treating: Treating) -> None:
        """Say so."""
        self._say("The needles move: set the nose on the skin and glide.")

    def lift(self, treating: Treating) -> None:
        """Say so."""
        self._say("Lift the handpiece, and let go of the switch.")


class BenchHand:
    """The hand of a simulated bench, through the port's side channel. `bench` is `Transport.bench`."""

    button_timeout_s = 0.0
    hold_timeout_s = 1.0

    def __init__(self, bench: Any) -> None:
        self.bench = bench

    def fit_cartridge(self, treating: Treating) -> None:
        """A fresh one, numbered by the visit; in a visit that is taken up the same one again.

        The simulated pen ended with the program that was cut off, so its tag is given the most it can have
        counted.
        """
        visit = treating.visit
        number = cartridge_number(visit.begun.visit_id)
        known = visit.cartridge
        if known is None or known.cartridge_id != number:
            self.bench.hand.cartridge(visit.mode, id=number)
            return
        doses = [event.dose for event in visit.events if isinstance(event, DoseCounted)]
        used = bool(doses) or visit.open_pass is not None
        day = day_number(visit.knowledge.course.day_of(visit.begun.at)) if used else 0
        counted = sum(one.strokes + one.strokes_air + one.strokes_unseen for one in doses)
        self.bench.hand.cartridge(
            visit.mode,
            id=number,
            uses=known.uses + used,
            first_day=day,
            last_day=day,
            strokes=known.strokes + counted + unseen_strokes(visit),
            person=person_hash(visit.begun.person, number, SIMULATED_SALT) if used else bytes(16),
            visit_id=bytes.fromhex(pen_visit_id(visit.begun.visit_id)) if used else bytes(8),
        )

    def press_button(self, pressed: bool) -> None:
        """The button at the pen."""
        self.bench.hand.button(pressed)

    def acknowledges(self, trip: str) -> bool:
        """The simulated hand has seen it."""
        return True

    def take(self, treating: Treating, text: str) -> None:
        """Hold the switch."""
        self.bench.hand.hold(True)

    def glide(self, treating: Treating) -> None:
        """Let the motor come up, press, glide."""
        treating.pen.wait(SPIN_UP_S)
        self.bench.hand.press(PRESS_N)
        treating.pen.wait(SETTLE_S)
        self.bench.hand.glide(GLIDE_MM_S)

    def lift(self, treating: Treating) -> None:
        """Lift, and let go."""
        self.bench.hand.lift()
        self.bench.hand.hold(False)
        treating.pen.wait(SETTLE_S, through_trips=True)


def cartridge_number(visit_id: str) -> int:
    """The number of the simulated cartridge of a visit: each visit has its own."""
    return int.from_bytes(hashlib.sha256(b"cartridge" + visit_id.encode()).digest()[:4], "little") or 1
