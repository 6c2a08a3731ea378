"""What a check found: good, worth knowing, or wrong with what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from penctl.platforms import Mend


class Verdict(Enum):
    """How a line is meant."""

    GOOD = "good"
    NOTE = "note"
    """Nothing is wrong, and it is worth knowing."""
    WRONG = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: what was looked at, what was found, and what mends it."""

    area: str
    name: str
    verdict: Verdict
    found: str
    remedy: str = ""
    command: str = ""

    def as_json(self) -> dict[str, Any]:
        """The stable keys of `penctl doctor --json`."""
        return {**vars(self), "verdict": self.verdict.value}


def good(area: str, name: str, found: str) -> Finding:
    """A line with nothing to do."""
    return Finding(area, name, Verdict.GOOD, found)


def note(area: str, name: str, found: str, mend: Mend | None = None) -> Finding:
    """A line that is worth knowing."""
    mend = mend or Mend("")
    return Finding(area, name, Verdict.NOTE, found, mend.text, mend.command)


def wrong(area: str, name: str, found: str, mend: Mend) -> Finding:
    """A line that is to be mended."""
    return Finding(area, name, Verdict.WRONG, found, mend.text, mend.command)
