"""The advice of the after-care sheet, for paper and screen alike; reads a table, and draws nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from penctl.dates import clock, weekday
from penctl.exchange.words import not_before
from penctl.hardware.files import read_table

GROUPS: Final = ("DO", "AVOID", "EXPECT", "CALL", "URGENT")
NO_NEEDLING: Final = "no needling of your own meanwhile: a roller, a stamp or another pen counts like a visit"
"""The rule of the same area, in a patient's words."""


PRECAUTION: Final = "* a precaution; no published figure was found for it."


@dataclass(frozen=True)
class Advice:
    """One line of the sheet; with `hours` it ends so many hours after the last puncture."""

    group: str
    text: str
    hours: int | None
    mark: str
    source: str

    @property
    def marked(self) -> str:
        """The text, with a star when it has a figure that no source gives."""
        figure = self.hours is not None or any(char.isdigit() for char in self.text)
        return self.text + ("*" if figure and self.mark != "R" else "")


@lru_cache(maxsize=1)
def load_advice() -> tuple[Advice, ...]:
    """The lines of this release. Raises HardwareFileError for a damaged table."""
    table = read_table("aftercare.toml", Path(__file__).resolve().parent)
    table.only(("schema", "advice"))
    found = []
    for row in table.tables("advice"):
        row.only(("group", "text", "hours", "mark", "source"))
        found.append(
            Advice(
                row.choice("group", GROUPS),
                row.text("text"),
                row.integer("hours", 1, 720) if "hours" in row.content else None,
                row.choice("mark", ("R", "M", "D")),
                row.text("source"),
            )
        )
    return tuple(found)


def ends_in_words(advice: Advice, last_puncture: datetime) -> str:
    """When the advice ends, in the time zone of `last_puncture`: Tue 2 June, 10:40."""
    ends = not_before(last_puncture + timedelta(hours=advice.hours or 0))
    return f"{weekday(ends.date())}, {clock(ends)}"
