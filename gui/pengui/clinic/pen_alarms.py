"""From what the pen says to alarm conditions: trips, warnings, link, in the catalogue's words."""

from __future__ import annotations

from dataclasses import replace

from penctl.errors import PenError
from penctl.protocol.enums import Flags, State
from penctl.status import Trip
from penctl.trip_words import catalogue, told_trip
from pengui.clinic.alarms import Condition
from pengui.console.conditions import conditions as pen_conditions
from pengui.console.wording import trip_title, warning_words
from pengui.widgets.look import Priority
from pengui.worker.snapshot import Failed, Lost, Notice, Phase, Snapshot, Stopped, Warned

LINK = "LINK"
NO_SOUND = Condition(
    "SOUND",
    Priority.LOW,
    "No alarm tones",
    "This computer has no way to play a sound that penctl knows.",
    remedy="Watch the screen; install a player (paplay, pw-play or aplay) and a loudspeaker.",
)
SEEN = "SEEN-"
"""Conditions that are over when somebody has seen them: acknowledging takes them off the list."""


def trip_condition(trip: Trip, *, needles_clear: bool) -> Condition:
    """A latched trip, in the catalogue's words and with its priority."""
    told, entry = told_trip(trip), catalogue().get(trip.interlock)
    name = "MEDIUM" if entry is None else entry.priority if needles_clear else entry.priority_not_clear
    return Condition(
        trip.id,
        Priority.__members__.get(name, Priority.LOW),
        trip_title(trip),
        told["cause"],
        told["value"] or "",
        told["limit"] or "",
        told["remedy"],
    )


def link_condition(error: PenError, *, moving: bool) -> Condition:
    """The link is lost: HIGH when the needles moved when it was heard last."""
    return Condition(
        LINK,
        Priority.HIGH if moving else Priority.MEDIUM,
        "The link to the pen is lost",
        "The pen no longer answers. It comes to rest by itself within 0.35 s.",
        str(error.value or ""),
        "0.5 s" if error.value else "",
        "Lift the handpiece. Check the cable, then reconnect.",
    )


class PenAlarms:
    """Follows one pen and gives the conditions that are present."""

    def __init__(self) -> None:
        self._lost: Condition | None = None
        self._seen: dict[str, Condition] = {}
        self._moving = False

    def take(self, notice: Notice) -> None:
        """A notice of the worker: a lost link, a warning, a stop that released by itself."""
        if isinstance(notice, Lost):
            self._lost = link_condition(notice.error, moving=self._moving)
        elif isinstance(notice, Stopped):
            told = trip_condition(notice.trip, needles_clear=True)
            self._keep(replace(told, title=f"{told.title}: stopped, nothing is latched"))
        elif isinstance(notice, Warned):
            words = warning_words(notice)
            if words is not None:
                title, cause, remedy = words
                urgent = notice.warning.name in ("LIFT_HANDPIECE", "C1_TIMEOUT")
                priority = Priority.HIGH if urgent else Priority.LOW
                self._keep(Condition(notice.warning.name, priority, title, cause, remedy=remedy))
        elif isinstance(notice, Failed) and notice.act == "recording":
            self._keep(Condition("RECORDING", Priority.LOW, "The recording stopped", str(notice.error)))

    def tell(self, condition: Condition) -> None:
        """A condition of the program itself, over when it was seen."""
        self._keep(condition)

    def _keep(self, condition: Condition) -> None:
        key = SEEN + condition.key
        self._seen[key] = replace(condition, key=key)

    def seen(self) -> None:
        """Somebody acknowledged what was told."""
        self._seen.clear()

    def present(self, view: Snapshot) -> list[Condition]:
        """What is present now."""
        self._moving = view.moving
        found = list(self._seen.values())
        if view.phase in (Phase.LOST, Phase.OPENING) and self._lost is not None:
            return [self._lost, *found]
        self._lost = None
        if view.trip is not None:
            clear = Flags.NEEDLES_CLEAR in view.flags
            others = [trip for trip in view.latched if trip.interlock != view.trip.interlock]
            found += [trip_condition(trip, needles_clear=clear) for trip in (view.trip, *others)]
        if view.open and view.state in (State.READY, State.RUN):
            found += self._troubles(view)
        return found

    @staticmethod
    def _troubles(view: Snapshot) -> list[Condition]:
        """Battery, warmth and cartridge while the pen is armed."""
        return [
            Condition(f"PEN-{name.upper()}", Priority.LOW, name, told.trouble)
            for name, told in pen_conditions(view).items()
            if told.trouble
        ]
