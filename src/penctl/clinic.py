"""What a clinic says of itself in its own file: its time zone, and rules that it holds stricter."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from penctl.input_files import InputFileError, only, read_input, text_of
from penctl.treatment.rules import Rules
from penctl.treatment_tables import load_rules

LOCAL_TIME: Final = Path("/etc/localtime")


@dataclass(frozen=True)
class Clinic:
    """The rules of a clinic, and the time zone that decides what a calendar day is."""

    rules: Rules
    zone: tzinfo


def load_clinic(path: str | Path | None = None) -> Clinic:
    """The clinic of a file: `schema = 1`, `time_zone`, `[rules]` of id = figure.

    `[letterhead]` is read by `penctl.exchange.letterhead`.

    Without a file, or without a zone in it, the zone of this computer counts.

    Raises:
        InputFileError: the file cannot be read. TreatmentRefused: an unknown rule, or a looser figure.
    """
    rules = load_rules()
    if path is None:
        return Clinic(rules, local_zone())
    content = read_input(path, "The clinic's file")
    only(content, ("time_zone", "rules", "letterhead"), "The clinic's file")
    wishes = content.get("rules", {})
    if not isinstance(wishes, dict):
        raise InputFileError(
            "The clinic's rules are no table", wishes, "[rules] of id = figure", "Correct it"
        )
    name = text_of(content, "time_zone", "The clinic's file", needed=False)
    return Clinic(rules.stricter(wishes), zone_named(name) if name else local_zone())


def zone_named(name: str) -> tzinfo:
    """A time zone by its name, as Europe/Berlin. Raises InputFileError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise InputFileError(
            "There is no such time zone", name, "a name as Europe/Berlin", "Correct the name"
        ) from error


def local_zone() -> tzinfo:
    """The zone of this computer: by its name where that can be found, else by its present offset."""
    for name in (os.environ.get("TZ", ""), _linked_zone()):
        if name:
            try:
                return ZoneInfo(name)
            except (KeyError, ValueError, OSError):
                continue
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None  # noqa: S101 - astimezone gives one
    return zone


def _linked_zone() -> str:
    try:
        return str(LOCAL_TIME.resolve()).partition("zoneinfo/")[2]
    except OSError:
        return ""
