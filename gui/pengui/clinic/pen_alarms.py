"""From what the pen says to alarm conditions, in the catalogues' words and with their priorities.

A latched trip is present while the pen says so. What released by itself, a refused start and a warning are
kept as `causes` says: as long as their cause is seen, else until somebody has seen them or the pen goes on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from penctl.errors import LinkError, PenError, Refused, SelfTestFailed, Unfinished
from penctl.hardware import Interlock
from penctl.protocol import enums
from penctl.protocol.enums import Flags, State
from penctl.reason_words import show
from penctl.status import Trip
from penctl.trip_words import catalogue, told_trip
from pengui.clinic.alarm_kinds import kind
from pengui.clinic.alarms import Condition
from pengui.clinic.causes import ARMED, priority_named, row_of, row_of_check, standing, still_there
from pengui.console.wording import trip_title, warning_words
from pengui.widgets.look import Priority
from pengui.worker.snapshot import Failed, Lost, Notice, Phase, Snapshot, Stopped, Warned

LINK: Final = "LINK"
RESET: Final = "reset"


def host_condition(code: str, error: PenError | None = None, *, moving: bool = False) -> Condition:
    """A condition that the host itself sees; an error says more of it."""
    told = kind(code)
    name = told.priority_moving if moving else told.priority
    cause = told.cause if error is None else f"{told.cause} {str(error).strip()}"
    key = told.interlock or told.code
    title = f"{told.interlock} {told.name}".strip()
    return Condition(key, priority_named(name) or Priority.LOW, title, cause, remedy=told.remedy)


def no_sound() -> Condition:
    """Nothing here can play a tone."""
    return host_condition("SOUND")


def priority_of(interlock: str) -> Priority:
    """Priority of the alarm of an interlock as "IL-26", with the needles inside."""
    number = interlock.removeprefix("IL-")
    entry = catalogue().get(int(number)) if number.isdecimal() else None
    return Priority.MEDIUM if entry is None else Priority.__members__.get(entry.priority, Priority.LOW)


def trip_condition(trip: Trip, *, needles_clear: bool) -> Condition:
    """A trip, in the catalogue's words and with its priority."""
    told, entry = told_trip(trip), catalogue().get(trip.interlock)
    name = "MEDIUM" if entry is None else entry.priority if needles_clear else entry.priority_not_clear
    return Condition(
        trip.id,
        priority_named(name) or Priority.INFO,
        trip_title(trip),
        told["cause"],
        told["value"] or "",
        told["limit"] or "",
        told["remedy"],
    )


def link_condition(error: PenError, *, moving: bool) -> Condition:
    """The link is lost: more urgent when the needles moved when it was heard last."""
    told = kind(LINK)
    _, _, then = told.cause.partition(". ")
    return Condition(
        LINK,
        priority_named(told.priority_moving if moving else told.priority) or Priority.HIGH,
        told.name,
        told.cause if error.value is not None else f"{error.what}. {then}",
        str(error.value or ""),
        "0.5 s" if error.value else "",
        told.remedy,
    )


def refused_condition(error: PenError) -> Condition | None:
    """A start that an interlock refuses: LOW, for nothing moves. None where no interlock did."""
    row = _refusing_row(error)
    if row is None or priority_named(row.priority) is None:
        return None
    value, limit = ("", "")
    if isinstance(error, Refused) and error.unit:
        value, limit = show(error.value, error.unit), show(error.limit, error.unit)
    what = error.what if error.what.endswith(".") else f"{error.what}."
    remedy = error.remedy if error.remedy.endswith(".") else f"{error.remedy}."
    title = f"{row.id} {row.name}: start refused"
    return Condition(row.id, Priority.LOW, title, what, value, limit, remedy)


def _refusing_row(error: PenError) -> Interlock | None:
    if isinstance(error, SelfTestFailed):
        return row_of_check(error.value)
    return row_of(error.reason, error.value) if isinstance(error, Refused) else None


@dataclass
class Kept:
    """A condition that was told once. `over_in` are states of the pen that show that its cause is gone."""

    condition: Condition
    over_in: frozenset[State] = frozenset()
    elsewhere: bool = False
    """The pen was seen in another state since: what it was in when it told this does not count."""
    there: bool = False
    """Its cause was seen."""
    seen: bool = False

    def over(self, view: Snapshot) -> bool:
        """Whether the condition is gone."""
        if view.state in self.over_in and self.elsewhere:
            return True
        self.elsewhere = self.elsewhere or view.state not in self.over_in
        now = still_there(self.condition.key, view)
        if now:
            self.there = True
            return False
        return self.seen or (now is False and self.there)


class PenAlarms:
    """Follows one pen and gives the conditions that are present."""

    def __init__(self) -> None:
        self._lost: Condition | None = None
        self._kept: dict[str, Kept] = {}
        self._view = Snapshot()

    def take(self, notice: Notice) -> None:
        """A notice of the worker: a lost link, a warning, a stop that released by itself, a refused start."""
        if isinstance(notice, Lost):
            self._lost = link_condition(notice.error, moving=self._view.moving)
        elif isinstance(notice, Stopped):
            self._keep(trip_condition(notice.trip, needles_clear=True), frozenset({State.RUN}))
        elif isinstance(notice, Warned):
            self._warned(notice)
        elif isinstance(notice, Failed):
            self._failed(notice)

    def _warned(self, notice: Warned) -> None:
        told, words = kind(notice.warning.name), warning_words(notice)
        priority = priority_named(told.priority)
        if priority is None or words is None:
            return
        row = catalogue().get(int(told.interlock.removeprefix("IL-") or 0))
        if notice.warning is enums.Warning.SELF_TEST_FAILED:
            row = row_of_check(notice.value)
        title, cause, remedy = words
        key = row.id if row is not None else told.code
        self._keep(Condition(key, priority, f"{row.id} {title}" if row else title, cause, remedy=remedy))

    def _failed(self, notice: Failed) -> None:
        if notice.act == "recording":
            self._keep(host_condition("RECORDING", notice.error))
        elif notice.act == "treatment" and not isinstance(notice.error, (Refused, LinkError, Unfinished)):
            self._keep(host_condition("RECORDS", notice.error), frozenset({State.RUN}))
        elif notice.act != RESET and (told := refused_condition(notice.error)) is not None:
            # Of a start that was refused in READY the pen shows by RUN that its cause is gone.
            self._keep(told, frozenset({State.RUN} if self._view.state is State.READY else ARMED))

    def _keep(self, condition: Condition, over_in: frozenset[State] = frozenset()) -> None:
        before = self._kept.get(condition.key)
        if before is None or before.condition.priority.value <= condition.priority.value:
            self._kept[condition.key] = Kept(condition, over_in)

    def seen(self) -> None:
        """Somebody acknowledged what was told."""
        for kept in self._kept.values():
            kept.seen = True

    def present(self, view: Snapshot) -> list[Condition]:
        """What is present now, each key once."""
        self._view = view
        if view.phase in (Phase.LOST, Phase.OPENING) and self._lost is not None:
            return _worst([self._lost, *(kept.condition for kept in self._kept.values())])
        self._lost = None
        if view.phase is not Phase.OPEN:
            return [kept.condition for kept in self._kept.values() if not kept.seen]
        self._kept = {key: kept for key, kept in self._kept.items() if not kept.over(view)}
        found = [kept.condition for kept in self._kept.values()]
        if view.trip is not None:
            clear = Flags.NEEDLES_CLEAR in view.flags
            others = [trip for trip in view.latched if trip.interlock != view.trip.interlock]
            found += [trip_condition(trip, needles_clear=clear) for trip in (view.trip, *others)]
        if view.open and view.state in ARMED:
            found += standing(view)
        return _worst(found)


def _worst(found: Iterable[Condition]) -> list[Condition]:
    """Each condition once, the most urgent of those with the same key; of equal ones the one told first."""
    by_key: dict[str, Condition] = {}
    for condition in found:
        before = by_key.get(condition.key)
        if before is None or condition.priority.value > before.priority.value:
            by_key[condition.key] = condition
    return list(by_key.values())
