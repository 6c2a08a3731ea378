"""Where the events of a visit stand in the recording of its pen.

The journal has the time of the clinic's clock, a recording that of the pen's port; with a simulated pen the
two have nothing in common. What the driver noted stands in both, in the same order, so each such event is
put where the recording tells it; what lies between keeps its distance to the one before.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from penctl.treating.driver import TOLD, told
from penctl.treatment import visit_events as ev

BEFORE: Final = -inf
AFTER: Final = inf


@dataclass(frozen=True)
class Kept:
    """A recording as the journal names it; `sha256` is "" for one whose end nobody noted."""

    name: str
    sha256: str
    first: int
    """Number of the event that tells of its beginning."""


def recordings(events: Sequence[ev.VisitEvent]) -> tuple[Kept, ...]:
    """The recordings of a visit, oldest first."""
    ended = {event.name: event.sha256 for event in events if isinstance(event, ev.RecordingEnded)}
    return tuple(
        Kept(event.name, ended.get(event.name, ""), number)
        for number, event in enumerate(events)
        if isinstance(event, ev.RecordingBegun)
    )


def places(
    events: Sequence[ev.VisitEvent], kept: Kept, lines: Iterable[tuple[float, str]]
) -> tuple[float, ...]:
    """When each event happened, in s of this recording; BEFORE or AFTER for what it does not hold.

    Args:
        events: the whole visit.
        kept: the recording.
        lines: time in s and text of what the recording tells, in order.
    """
    end = _end(events, kept)
    heard = _heard(events[kept.first : end], [line for line in lines if line[1].startswith(TOLD)])
    times: list[float] = [BEFORE] * kept.first
    anchor_s, anchor = 0.0, events[kept.first]
    for number in range(kept.first, end):
        event, at_s = events[number], heard.get(number - kept.first)
        if at_s is None:
            at_s = anchor_s + (event.at - anchor.at).total_seconds()
        else:
            anchor_s, anchor = at_s, event
        times.append(at_s)
    return (*_rising(times, kept.first), *([AFTER] * (len(events) - end)))


def _end(events: Sequence[ev.VisitEvent], kept: Kept) -> int:
    """The number of the first event after the recording."""
    for number in range(kept.first + 1, len(events)):
        event = events[number]
        if isinstance(event, ev.RecordingEnded) and event.name == kept.name:
            return number + 1
        if isinstance(event, ev.RecordingBegun):
            return number
    return len(events)


def _heard(events: Sequence[ev.VisitEvent], lines: Sequence[tuple[float, str]]) -> dict[int, float]:
    """Number of an event -> when the recording tells it. Both are in order; each line tells one event."""
    found: dict[int, float] = {}
    texts = [told(event) for event in events]
    number = 0
    for at_s, text in lines:
        with contextlib.suppress(ValueError):
            place = texts.index(text, number)
            found[place], number = at_s, place + 1
    return found


def _rising(times: Sequence[float], first: int) -> list[float]:
    """No event stands after a later one: what was estimated gives way to what was heard."""
    found = list(times)
    for number in range(len(found) - 2, first - 1, -1):
        found[number] = min(found[number], found[number + 1])
    return found
