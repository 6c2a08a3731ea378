"""Visits and holds as an iCalendar file (RFC 5545); times in UTC, lines folded at 75 bytes.

The file names nobody: a calendar is often shared.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from penctl import dates

_LINE = 75
PRODUCT = "-//penctl//course//EN"


@dataclass(frozen=True)
class CalendarEntry:
    """One entry: `begin` is a day or a moment with `length`; `uid` stays the same when it is moved."""

    uid: str
    title: str
    begin: date | datetime
    length: timedelta = timedelta(hours=1)
    note: str = ""


def minoxidil_hold(visit_id: str, last_puncture: datetime, hours: int) -> CalendarEntry:
    """The time after a visit in which no minoxidil is used."""
    until = last_puncture + timedelta(hours=hours, seconds=59, microseconds=999_999)  # never told too early
    return CalendarEntry(
        uid=f"{visit_id}-minoxidil",
        title="No minoxidil",
        begin=last_puncture,
        length=timedelta(hours=hours),
        note=f"Use it again after {dates.moment(until)} ({until.tzname()}).",
    )


def calendar(entries: Iterable[CalendarEntry], stamp: datetime) -> str:
    """The calendar as text; `stamp` is when it was made, with its time zone."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN"]
    for entry in entries:
        lines += ["BEGIN:VEVENT", f"UID:{_escaped(entry.uid)}@penctl", f"DTSTAMP:{_utc(stamp)}"]
        lines += _times(entry)
        lines.append(f"SUMMARY:{_escaped(entry.title)}")
        if entry.note:
            lines.append(f"DESCRIPTION:{_escaped(entry.note)}")
        lines.append("END:VEVENT")
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _times(entry: CalendarEntry) -> list[str]:
    begin = entry.begin
    if isinstance(begin, datetime):
        return [f"DTSTART:{_utc(begin)}", f"DTEND:{_utc(begin + entry.length)}"]
    end = begin + timedelta(days=1)
    return [f"DTSTART;VALUE=DATE:{begin:%Y%m%d}", f"DTEND;VALUE=DATE:{end:%Y%m%d}"]


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for char in "\\;,":
        text = text.replace(char, "\\" + char)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """Lines of at most 75 bytes; those after the first begin with a space, and no character is cut."""
    parts, current, room = [], "", _LINE
    for char in line:
        if len((current + char).encode()) > room:
            parts.append(current)
            current, room = "", _LINE - 1
        current += char
    parts.append(current)
    return [parts[0], *(" " + part for part in parts[1:])]
