"""The risk file: reads hardware/hazards.toml.

A hazard names the interlocks and the design features that hold it; whether all that is named exists is
checked by tools/check_risks.py, which sees the whole repository.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from penctl.hardware.files import Folder, Table, read_table

FILE: Final = "hazards.toml"

SEVERITIES: Final = ("DISCOMFORT", "REVERSIBLE", "IRREVERSIBLE")
ONSETS: Final = ("IMMEDIATE", "PROMPT", "DELAYED")
ORDERS: Final = ("design", "protective", "information")
"""The order in which ISO 14971 asks for controls."""

_FEATURE_KEYS: Final = ("id", "order", "what", "said_in", "tests", "built", "until")
_HAZARD_KEYS: Final = (
    *("id", "name", "sequence", "harm", "severity", "onset"),
    *("interlocks", "features", "tests", "residual"),
)


@dataclass(frozen=True)
class Feature:
    """A control that is no interlock.

    `said_in` are the files that say or build it, `tests` the test files or `file::function` that hold it. One
    that is not built counts for nothing yet; `until` says what stands in for it.
    """

    id: str
    order: str
    what: str
    said_in: tuple[str, ...]
    tests: tuple[str, ...]
    built: bool
    until: str


@dataclass(frozen=True)
class Hazard:
    """What can hurt somebody. `interlocks` are ids of the catalogue, `features` ids of this file.

    `severity` and `onset` are words of IEC 60601-1-8; `residual` is what the controls leave.
    """

    id: str
    name: str
    sequence: str
    harm: str
    severity: str
    onset: str
    interlocks: tuple[str, ...]
    features: tuple[str, ...]
    tests: tuple[str, ...]
    residual: str


@dataclass(frozen=True)
class RiskFile:
    """Hazards and features, each by its id, in the file's order."""

    features: dict[str, Feature]
    hazards: dict[str, Hazard]


def load_hazards(folder: Folder = None) -> RiskFile:
    """Read hazards.toml. Raises HardwareFileError: a key missing, a word unknown, an id twice."""
    table = read_table(FILE, folder)
    table.only(("schema", "feature", "hazard"))
    features: dict[str, Feature] = {}
    for row in table.tables("feature"):
        feature = _feature(row)
        _once(row, feature.id, features)
        features[feature.id] = feature
    hazards: dict[str, Hazard] = {}
    for row in table.tables("hazard"):
        hazard = _hazard(row)
        _once(row, hazard.id, hazards)
        hazards[hazard.id] = hazard
    wanted = [f"H{number}" for number in range(1, len(hazards) + 1)]
    if list(hazards) != wanted:
        raise table.error("hazard", ", ".join(hazards), "H1 and so on, in order, none left out")
    return RiskFile(features, hazards)


def _once(row: Table, identity: str, found: object) -> None:
    if identity in found:  # type: ignore[operator]
        raise row.error("id", identity, "each id once")


def _feature(row: Table) -> Feature:
    row.only(_FEATURE_KEYS)
    identity = row.text("id")
    if not re.fullmatch(r"[a-z][a-z-]*[a-z]", identity):
        raise row.error("id", identity, "small letters and hyphens")
    built = row.boolean("built")
    for key in ("said_in", "tests") if not built else ("until",):
        if key in row.content:
            raise row.error(key, row.content[key], f"none for a feature whose built is {str(built).lower()}")
    return Feature(
        id=identity,
        order=row.choice("order", ORDERS),
        what=row.text("what"),
        said_in=row.texts("said_in") if built else (),
        tests=row.texts("tests") if built else (),
        built=built,
        until="" if built else row.text("until"),
    )


def _hazard(row: Table) -> Hazard:
    row.only(_HAZARD_KEYS)
    return Hazard(
        id=row.text("id"),
        name=row.text("name"),
        sequence=row.text("sequence"),
        harm=row.text("harm"),
        severity=row.choice("severity", SEVERITIES),
        onset=row.choice("onset", ONSETS),
        interlocks=row.texts("interlocks"),
        features=row.texts("features"),
        tests=row.texts("tests", empty=True),
        residual=row.text("residual"),
    )
