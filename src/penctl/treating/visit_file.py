"""The journal of a visit as a file that only grows: one event a line, on the disk before it counts.

A visit that was cut off (killed, power) is whole again when its file is read: a last line that was not
written to its end never counted and is cut away. A line that is damaged further up is refused: nobody
guesses what was done.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from penctl.errors import PenError
from penctl.treatment.visit import Visit
from penctl.treatment.visit_events import VisitBegun, VisitEvent, event_from, plain

if TYPE_CHECKING:
    from penctl.treatment.visit import Knowledge

NAME: Final = "visit.jsonl"
FORMAT: Final = 1


class VisitFileError(PenError):
    """The journal of a visit cannot be written or read."""

    WHAT = "The journal of the visit cannot be used"
    REMEDY = "Restore the file from a backup, or name another folder"


class VisitFile:
    """One visit in its file. `visit` is the visit; `add` writes the next event.

    Raises VisitFileError when the file cannot be written; from then on it takes nothing more.
    """

    def __init__(self, path: Path, visit: Visit, number: int) -> None:
        self.path, self.visit = path, visit
        self._number, self._failed = number, False

    @classmethod
    def begin(cls, path: Path, begun: VisitBegun, knowledge: Knowledge) -> VisitFile:
        """A new file with the beginning of a visit. Raises VisitFileError."""
        journal = cls(path, Visit(begun, knowledge), 0)
        if path.exists():
            raise VisitFileError("A visit is kept there already", str(path), remedy="Name another folder")
        journal._write(begun)
        return journal

    @classmethod
    def take_up(cls, path: Path, knowledge_of: Callable[[VisitBegun], Knowledge]) -> VisitFile:
        """A visit from its file, to go on with it. Raises VisitFileError, TreatmentRefused."""
        events, whole = read_events(path)
        visit = Visit.of(events, knowledge_of(events[0]))
        if whole != path.stat().st_size:
            with path.open("r+b") as file:
                file.truncate(whole)
                os.fsync(file.fileno())
        return cls(path, visit, len(events))

    def add(self, event: VisitEvent) -> None:
        """Check, write, and only then count an event. Raises TreatmentRefused, VisitFileError."""
        if self._failed:
            raise VisitFileError(
                "The journal failed before and takes nothing more",
                str(self.path),
                remedy="Take the visit up again",
            )
        self.visit.check(event)
        self._write(event)
        self.visit.add(event)

    def _write(self, event: VisitEvent) -> None:
        line = _line(self._number + 1, event)
        size = self.path.stat().st_size if self.path.exists() else 0
        try:
            with self.path.open("ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._failed = True
            _cut_back(self.path, size)
            raise VisitFileError(
                "The journal of the visit cannot be written",
                f"{self.path}: {error.strerror}",
                remedy="Make room, then take the visit up again: nothing that was noted is lost",
            ) from error
        self._number += 1


def _cut_back(path: Path, size: int) -> None:
    """What was half written never counted."""
    try:
        with path.open("r+b") as file:
            file.truncate(size)
    except OSError:
        return  # its checksum tells


def _line(number: int, event: VisitEvent) -> bytes:
    content = json.dumps(
        {"format": FORMAT, "number": number, **plain(event)},
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    ).encode()
    return b"%08x %s\n" % (zlib.crc32(content), content)


def read_events(path: Path) -> tuple[list[Any], int]:
    """The events of a file, the first a VisitBegun, and the size of what is whole.

    Raises:
        VisitFileError: it cannot be read, is damaged, or was written by a newer penctl.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise VisitFileError("The journal cannot be read", f"{path}: {error.strerror}") from error
    events: list[Any] = []
    whole = 0
    lines = data.split(b"\n")
    for number, line in enumerate(lines[:-1], start=1):
        content = _content(path, number, line, last=number == len(lines) - 1 and not lines[-1])
        if content is None:
            break
        events.append(event_from(content))
        whole += len(line) + 1
    if not events or not isinstance(events[0], VisitBegun):
        raise VisitFileError("This is no journal of a visit", str(path), remedy="Name the folder of a visit")
    return events, whole


def _content(path: Path, number: int, line: bytes, *, last: bool) -> dict[str, Any] | None:
    """One line; None for a last one that is damaged."""
    check, _, content = line.partition(b" ")
    try:
        held = int(check, 16) == zlib.crc32(content)
        found = json.loads(content) if held else None
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.pop("number", None) != number:
        if last:
            return None
        raise VisitFileError(
            f"Line {number} of the journal is damaged",
            str(path),
            remedy="Restore the file from a backup; nobody guesses what was done",
        )
    if found.pop("format", None) != FORMAT:
        raise VisitFileError("A newer penctl wrote this journal", str(path), remedy="Update penctl")
    return found
