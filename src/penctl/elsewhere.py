"""Treatments elsewhere, or with another tool, from a file that a person wrote: they count like one's own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, tzinfo
from pathlib import Path
from typing import Any, Final

from penctl.input_files import InputFileError, only, read_input, text_of
from penctl.treatment.course import Punctured, Tool
from penctl.treatment.findings import TreatmentRefused
from penctl.treatment.plan import quantity

UNKNOWN: Final = "unknown"


def read_elsewhere(
    path: str | Path, clinic_zone: tzinfo, today: date, person: str | None = None
) -> tuple[Punctured, ...]:
    """The treatments of a file: `person`, and `[[treatment]]` with `on`, `zone`, `tool` and `depth`.

    A treatment counts from the beginning of its day in the clinic's zone.

    Raises:
        InputFileError: the file, a day, a tool. TreatmentRefused: a depth; it is another person's file.
    """
    content = read_input(path, "The file of treatments elsewhere")
    only(content, ("person", "treatment"), "The file of treatments elsewhere")
    named = text_of(content, "person", "The file of treatments elsewhere")
    if person is not None and named != person:
        raise TreatmentRefused(
            "These treatments elsewhere are another person's", named, person, "Name this person's file"
        )
    rows = content.get("treatment", [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise InputFileError("The treatments elsewhere are no tables", rows, "[[treatment]]", "Correct them")
    return tuple(_treatment(row, clinic_zone, today) for row in rows)


def _treatment(row: Mapping[str, Any], clinic_zone: tzinfo, today: date) -> Punctured:
    where = "A treatment elsewhere"
    only(row, ("on", "zone", "depth", "tool"), where)
    tool = text_of(row, "tool", where).upper()
    if tool not in Tool.__members__:
        known = ", ".join(name.lower() for name in Tool.__members__)
        raise InputFileError("There is no such tool", tool.lower(), known, "Name one of these")
    return Punctured(
        zone=text_of(row, "zone", where).upper(),
        at=datetime.combine(_day(row.get("on"), today), time(0), clinic_zone),
        depth_um=None if row.get("depth") == UNKNOWN else quantity(row.get("depth"), "depth"),
        tool=Tool[tool],
    )


def _day(value: object, today: date) -> date:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise InputFileError("This is no day of a treatment", value, "a day as 2026-05-20", "Correct it")
    if value > today:
        raise InputFileError(
            "A treatment elsewhere is in the future", value, f"not after {today}", "Correct the day"
        )
    return value
