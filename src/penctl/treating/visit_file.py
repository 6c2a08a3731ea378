"""The journal of a visit as a file that only grows: one event a line, on the disk before it counts.

A visit that was cut off (killed, power) is whole again when its file is read: a last line that was not
written to its end never counted and is cut away. A line that is damaged further up is refused: nobody
guesses what was done.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from penctl.errors import PenError
from penctl.host_folder import PRIVATE
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
        self._size = path.stat().st_size if path.exists() else 0

    @classmethod
    def begin(cls, path: Path, begun: VisitBegun, knowledge: Knowledge) -> VisitFile:
        """A new file with the beginning of a visit. Raises VisitFileError."""
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE))
        except FileExistsError as error:
            raise VisitFileError(
                "A visit is kept there already", str(path), remedy="Name another folder"
            ) from error
        except OSError as error:
            raise _unwritten(path, error) from error
        journal = cls(path, Visit(begun, knowledge), 0)
        journal._write(begun)
        _keep_names(path.parent, path.parent.parent)
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
        self.visit.take(event)

    def _write(self, event: VisitEvent) -> None:
        line = _line(self._number + 1, event)
        try:
            with self.path.open("ab") as file:
                self._check_alone(file.tell())
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._failed = True
            _cut_back(self.path, self._size)
            raise _unwritten(self.path, error) from error
        self._number += 1
        self._size += len(line)

    def _check_alone(self, size: int) -> None:
        if size != self._size:
            self._failed = True
            raise VisitFileError(
                "Another program has gone on with this visit",
                f"{self.path}: {size} bytes",
                f"{self._size} bytes here",
                "Take the visit up again to see what was done",
            )


def _unwritten(path: Path, error: OSError) -> VisitFileError:
    return VisitFileError(
        "The journal of the visit cannot be written",
        f"{path}: {error.strerror}",
        remedy="Make room, then take the visit up again: nothing that was noted is lost",
    )


def _keep_names(*folders: Path) -> None:
    """So that a power cut does not take the name of a new file away again."""
    for folder in folders:
        with contextlib.suppress(OSError):  # Windows opens no folders
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


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
