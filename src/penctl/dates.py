"""Dates and times as a person reads them: one form, in which no day can be taken for a month.

What a machine reads – JSON, FHIR, iCalendar, tables, names of files, typed fields – is ISO 8601, and not
made here. Months are named here and not by `strftime`, which follows the locale of the process. `say` puts
a name of a month or a weekday into the language of the reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    Say = Callable[[str], str]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def day(value: date, say: Say = str) -> str:
    """21 Nov 2026; of a moment, in the time zone that it has."""
    return f"{near_day(value, say)} {value.year:04d}"


def near_day(value: date, say: Say = str) -> str:
    """21 Nov: beside a mark, where the year is plain and there is no room for it."""
    return f"{value.day} {month(value, say)}"


def month(value: date, say: Say = str) -> str:
    """Nov."""
    return say(MONTHS[value.month - 1])


def weekday(value: date, say: Say = str) -> str:
    """Sat 21 Nov 2026: for somebody who plans the day."""
    return f"{say(WEEKDAYS[value.weekday()])} {day(value, say)}"


def clock(value: datetime) -> str:
    """14:05."""
    return f"{value.hour:02d}:{value.minute:02d}"


def clock_s(value: datetime) -> str:
    """14:05:09, where seconds tell two lines apart."""
    return f"{clock(value)}:{value.second:02d}"


def moment(value: datetime, say: Say = str) -> str:
    """21 Nov 2026, 14:05."""
    return f"{day(value, say)}, {clock(value)}"
