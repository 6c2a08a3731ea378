"""`penctl rules`: the treatment rules with figures and sources, the screening, published outcomes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from penctl.clinic import load_clinic
from penctl.treatment.outcomes import Reference
from penctl.treatment.rules import BOTH, Rule, Rules
from penctl.treatment.screening import Question, Verdict
from penctl.treatment.zones import Scalp, Zone
from penctl.treatment_tables import load_questions, load_references, load_rules, load_scalp
from penctl.words import depth_text

WIDTH = 110
VERDICTS = {
    Verdict.STOP: "STOP",
    Verdict.STOP_LIFTABLE: "STOP, lifted by a signed reason",
    Verdict.CAUTION: "CAUTION, signed",
}


def run(given: argparse.Namespace) -> int:
    """Print the tables. With a clinic's file its stricter figures; a looser one is refused."""
    rules = load_clinic(given.check).rules if given.check else load_rules()
    questions, references = load_questions(), load_references()
    if given.json:
        content = {
            "rules": [_rule_json(rule, load_rules()) for rule in rules.all()],
            "screening": [_question_json(question) for question in questions.values()],
            "zones": [_zone_json(zone) for zone in load_scalp().zones.values()],
            "stages": [vars(stage) for stage in load_scalp().stages],
            "outcomes": [_reference_json(reference) for reference in references],
        }
        sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")
        return 0
    tables: list[object] = []
    if given.screening:
        tables.append(_screening_table(list(questions.values())))
    if given.outcomes:
        tables.append(_outcome_table(references))
    if given.zones:
        tables += [_zone_table(load_scalp()), _stage_table(load_scalp())]
    if not tables:
        tables.append(_rule_table(rules))
    _print(tables)
    return 0


def _print(tables: Sequence[object]) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    for table in tables:
        console.print(table, markup=False)
    console.print(
        "Marks: R read in a source, M from memory, D decided by this project, A assumption.", markup=False
    )


def _table(title: str, columns: Sequence[str]) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 1, 0))
    for name in columns:
        table.add_column(name, no_wrap=name in ("id", "figure", "kind", "mark"))
    return table


def _binds(rule: Rule) -> str:
    return "both modes" if rule.mode == BOTH else rule.mode


def _rule_table(rules: Rules) -> object:
    table = _table("Treatment rules", ("id", "figure", "kind", "binds", "rule", "mark", "source"))
    for rule in rules.all():
        figure = f"{rule.shown}\n(this clinic)" if rule.set_by_clinic else rule.shown
        cells = (rule.id, figure, rule.weight.name, _binds(rule), rule.text, rule.mark, rule.source)
        table.add_row(*cells)
    return table


def _screening_table(questions: Sequence[Question]) -> object:
    table = _table(
        "Screening: a bad answer, or none", ("id", "question", "in a clinic", "at home", "resolves", "mark")
    )
    for one in questions:
        asked = f"{one.text} {one.reason}"
        table.add_row(one.id, asked, VERDICTS[one.verdict], "STOP", one.resolves, one.mark)
    return table


def _outcome_table(references: Sequence[Reference]) -> object:
    columns = ("id", "measure", "week", "with", "without", "protocol", "disagrees with", "source")
    table = _table("Published outcomes; where sources disagree both stand", columns)
    for one in references:
        measure = one.measure.value.lower().replace("_", " ")
        figures = (str(one.week), f"{one.treated:g}", "none" if one.control is None else f"{one.control:g}")
        table.add_row(one.id, measure, *figures, one.protocol, one.disagrees, f"{one.source} [{one.mark}]")
    return table


def _zone_table(scalp: Scalp) -> object:
    table = _table("Zones of the scalp", ("zone", "area", "usual cap", "overlaps", "mark", "source"))
    for one in scalp.zones.values():
        overlaps = ", ".join(scalp.zone(other).name for other in sorted(one.overlaps))
        cells = (f"{one.area_cm2:g} cm²", depth_text(one.depth_max_um), overlaps, one.mark, one.source)
        table.add_row(one.name, *cells)
    return table


def _stage_table(scalp: Scalp) -> object:
    columns = ("stage", "suggests", "note", "mark", "source")
    table = _table("Stages of hair loss: a suggestion, no diagnosis", columns)
    for one in scalp.stages:
        zones = ", ".join(scalp.zone(name).name for name in one.zones)
        table.add_row(f"{one.scale.title()} {one.grade}", zones, one.note, one.mark, one.source)
    return table


def _zone_json(one: Zone) -> dict[str, Any]:
    return {**vars(one), "overlaps": sorted(one.overlaps)}


def _rule_json(rule: Rule, release: Rules) -> dict[str, Any]:
    before = {one.id: one.value for one in release.all()}
    return {
        "id": rule.id,
        "key": rule.key,
        "mode": rule.mode,
        "kind": rule.weight.name,
        "stricter": rule.stricter.name,
        "value": rule.value,
        "shown": rule.shown,
        "release_value": before[rule.id],
        "set_by_clinic": rule.set_by_clinic,
        "text": rule.text,
        "remedy": rule.remedy,
        "mark": rule.mark,
        "source": rule.source,
    }


def _question_json(question: Question) -> dict[str, Any]:
    names = ("id", "key", "text", "reason", "resolves", "mark", "source")
    told = {name: getattr(question, name) for name in names}
    return {**told, "answer": question.answer.value, "clinical": question.verdict.value, "home": "STOP"}


def _reference_json(one: Reference) -> dict[str, Any]:
    return {**vars(one), "measure": one.measure.value}
