"""Reads the tables of `penctl.treatment`; the package opens no file. A clinic's own: `penctl.clinic`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final

from penctl.hardware.files import Table, read_table
from penctl.hardware.interlocks import load_interlocks
from penctl.hardware.limits import load_limits
from penctl.treatment.findings import Weight
from penctl.treatment.outcomes import Measure, Reference
from penctl.treatment.rules import BOTH, MODES, Rule, Rules, Stricter
from penctl.treatment.screening import AnswerKind, Question, Verdict
from penctl.treatment.zones import Scalp, Stage, Zone

FOLDER: Final = Path(__file__).resolve().parent / "treatment"
MARKS: Final = ("R", "M", "D", "A")
_MOST: Final = 1_000_000_000


def load_rules(folder: str | Path | None = None) -> Rules:
    """The rules of this release. Raises HardwareFileError, TreatmentRefused."""
    table = read_table("rules.toml", folder or FOLDER)
    table.only(("schema", "rule"))
    return Rules.of([_rule(row) for row in table.tables("rule")])


@lru_cache(maxsize=1)
def _tables_of_the_pen() -> dict[str, int]:
    """Figures that the pen's own tables say already, by the place that a rule names."""
    found: dict[str, int] = {}
    for mode in MODES:
        limits = load_limits()[mode]
        for key in ("depth_max_um", "rate_max_mhz", "rate_min_mhz"):
            found[f"limits.{mode}.{key}"] = getattr(limits, key)
    for interlock in load_interlocks().values():
        for name, parameter in interlock.parameters.items():
            found[f"interlocks.{interlock.id}.{name}"] = parameter.value
    return found


def _rule(row: Table) -> Rule:
    keys = ("id", "key", "mode", "kind", "stricter", "value", "from", "text", "remedy", "mark", "source")
    row.only(keys)
    return Rule(
        id=row.text("id"),
        key=row.text("key"),
        mode=row.choice("mode", (*MODES, BOTH)),
        weight=Weight[row.choice("kind", [weight.name for weight in Weight])],
        stricter=Stricter[row.choice("stricter", [way.name for way in Stricter])],
        value=_value(row),
        text=row.text("text"),
        remedy=row.text("remedy"),
        mark=row.choice("mark", MARKS),
        source=row.text("source"),
    )


def _value(row: Table) -> int:
    if "from" not in row.content:
        return row.integer("value", 0, _MOST)
    if "value" in row.content:
        raise row.error("value", row.content["value"], "not both `value` and `from`: a figure is said once")
    known = _tables_of_the_pen()
    return known[row.choice("from", known)]


def load_scalp(folder: str | Path | None = None) -> Scalp:
    """Zones and stages. Raises HardwareFileError, TreatmentRefused."""
    table = read_table("zones.toml", folder or FOLDER)
    table.only(("schema", "zone", "stage"))
    zones = [_zone(row) for row in table.tables("zone")]
    return Scalp(zones, [_stage(row) for row in table.tables("stage")])


def _names(row: Table, key: str) -> tuple[str, ...]:
    value = row.take(key, "a list of ids")
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise row.error(key, value, "a list of ids")
    return tuple(value)


def _zone(row: Table) -> Zone:
    row.only(("id", "name", "area_cm2", "depth_max_um", "overlaps", "mark", "source"))
    return Zone(
        id=row.text("id"),
        name=row.text("name"),
        area_cm2=row.number("area_cm2", 1, 400),
        depth_max_um=row.integer("depth_max_um", 1, load_limits()["CLINICAL"].depth_max_um),
        overlaps=frozenset(_names(row, "overlaps")),
        mark=row.choice("mark", MARKS),
        source=row.text("source"),
    )


def _stage(row: Table) -> Stage:
    row.only(("scale", "grade", "zones", "note", "mark", "source"))
    return Stage(
        scale=row.choice("scale", ("NORWOOD", "LUDWIG")),
        grade=row.integer("grade", 1, 7),
        zones=_names(row, "zones"),
        note=str(row.take("note", "a text")),
        mark=row.choice("mark", MARKS),
        source=row.text("source"),
    )


def load_questions(folder: str | Path | None = None) -> dict[str, Question]:
    """The questions of the screening by key, in their order. Raises HardwareFileError."""
    table = read_table("screening.toml", folder or FOLDER)
    table.only(("schema", "question"))
    found: dict[str, Question] = {}
    for row in table.tables("question"):
        question = _question(row)
        if question.key in found:
            raise row.error("key", question.key, "each question once")
        found[question.key] = question
    return found


def _question(row: Table) -> Question:
    row.only(("id", "key", "text", "answer", "verdict", "reason", "resolves", "mark", "source"))
    return Question(
        id=row.text("id"),
        key=row.text("key"),
        text=row.text("text"),
        answer=AnswerKind[row.choice("answer", [kind.name for kind in AnswerKind])],
        verdict=Verdict[row.choice("verdict", ("CAUTION", "STOP_LIFTABLE", "STOP"))],
        reason=row.text("reason"),
        resolves=row.text("resolves"),
        mark=row.choice("mark", MARKS),
        source=row.text("source"),
    )


def load_references(folder: str | Path | None = None) -> tuple[Reference, ...]:
    """Published outcomes. Raises HardwareFileError."""
    table = read_table("outcomes.toml", folder or FOLDER)
    table.only(("schema", "reference"))
    return tuple(_reference(row) for row in table.tables("reference"))


def _reference(row: Table) -> Reference:
    keys = (
        "id",
        "measure",
        "week",
        "treated",
        "control",
        "depth_um",
        "protocol",
        "mark",
        "source",
        "disagrees",
    )
    row.only(keys)
    return Reference(
        id=row.text("id"),
        measure=Measure[row.choice("measure", [measure.name for measure in Measure])],
        week=row.integer("week", 0, 520),
        treated=row.number("treated", -1000, 1000),
        control=row.number("control", -1000, 1000) if "control" in row.content else None,
        depth_um=row.integer("depth_um", 0, 10_000),
        protocol=row.text("protocol"),
        mark=row.choice("mark", MARKS),
        source=row.text("source"),
        disagrees=str(row.take("disagrees", "an id, or an empty text")),
    )
