"""Dates and times on the screen: the form of `penctl.dates`, in the user's language."""

from __future__ import annotations

from datetime import date, datetime

from penctl import dates
from penctl.dates import clock, clock_s
from pengui.said import said

__all__ = ["clock", "clock_s", "day", "moment", "month", "near_day", "weekday"]


def day(value: date) -> str:
    """21 Nov 2026."""
    return dates.day(value, said)


def near_day(value: date) -> str:
    """21 Nov."""
    return dates.near_day(value, said)


def month(value: date) -> str:
    """Nov."""
    return dates.month(value, said)


def weekday(value: date) -> str:
    """Sat 21 Nov 2026."""
    return dates.weekday(value, said)


def moment(value: datetime) -> str:
    """21 Nov 2026, 14:05."""
    return dates.moment(value, said)
