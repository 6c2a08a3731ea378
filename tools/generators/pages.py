"""Documents that are written from hardware/*.toml, the suite of the interlocks and what was measured."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from check_risks import standing
from suite_cells import cells_by_file, files_of, not_applicable

from penctl.hardware import Feature, Hazard, Interlock, load_hazards, load_interlocks
from penctl.qa.cells import KINDS

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT / "tests" / "interlocks"
EVIDENCE = ROOT / "docs" / "evidence" / "interlocks.json"
SEVERITY = {"DISCOMFORT": "discomfort", "REVERSIBLE": "reversible", "IRREVERSIBLE": "irreversible"}

RISK_HEAD = """# Risks

Written from `hardware/hazards.toml` by `make generate`; do not edit. `make check` holds that every link of it leads
somewhere, in both directions: hazard, interlock, design feature, test.

Severity and onset are words of IEC 60601-1-8, proposed (D) and not yet reviewed by a clinician. Controls stand in
the order of ISO 14971: design, protective, information. *Planned* and *not fitted* controls count for nothing yet.
The pen has not been built: what a test holds, it holds of the firmware and of the simulated pen.
"""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


def risk() -> str:
    """Text of docs/risk.md."""
    risks = load_hazards()
    catalogue = {each.id: each for each in load_interlocks().values()}
    head = ("", "hazard", "harm", "severity", "onset", "controls that stand")
    rows = [
        (
            f"[{each.id}](#{each.id.lower()})",
            each.name,
            each.harm,
            SEVERITY[each.severity],
            each.onset.lower(),
            len(list(standing(each, risks, catalogue))),
        )
        for each in risks.hazards.values()
    ]

    def interlock(name: str) -> str:
        row = catalogue[name]
        state = "not fitted" if not row.fitted else "" if row.built else f"planned, {row.held_by}"
        where = f", held by the {row.held_by}" if row.held_by != "firmware" and not state else ""
        return f"[{name}](interlocks.md) {row.name}{where}" + (f" – *{state}*" if state else "")

    def section(hazard: Hazard) -> str:
        lines = [f"## {hazard.id}", "", f"**{hazard.name}.** {hazard.sequence}", ""]
        lines += [f"Harm: {hazard.harm}.", ""]
        named = sorted(
            (risks.features[name] for name in hazard.features),
            key=lambda each: ("design", "protective", "information").index(each.order),
        )
        lines += [f"* {each.order}: [{each.id}](#features)" + _planned(each) for each in named]
        lines += [f"* interlock: {interlock(name)}" for name in hazard.interlocks]
        lines += [f"* shown together by `{test}`" for test in hazard.tests]
        return "\n".join([*lines, "", f"What is left: {hazard.residual}", ""])

    features = table(
        ("feature", "order", "what", "said in", "held by"),
        [
            (
                each.id,
                each.order,
                each.what,
                ", ".join(f"`{name}`" for name in each.said_in),
                ", ".join(f"`{name}`" for name in each.tests) or f"*planned*; until then: {each.until}",
            )
            for each in risks.features.values()
        ],
    )
    sections = "\n".join(section(each) for each in risks.hazards.values())
    return f"{RISK_HEAD}\n{table(head, rows)}\n{sections}\n## Features\n\n{features}"


def _planned(feature: Feature) -> str:
    return "" if feature.built else f" – *planned*; until then: {feature.until}"


INTERLOCKS_HEAD = """# Interlocks

Written from `hardware/interlocks.toml`, `hardware/hazards.toml`, the suite in `tests/interlocks` and
`docs/evidence/interlocks.json` by `make generate`; do not edit. Names, causes and remedies: [hardware.md](hardware.md).
Hazards: [risk.md](risk.md).

A reaction is counted from its physical onset in the simulated plant to the drive off, or to the begin of the
controlled stop; which it is, and what the onset is, the second table says. Measured by
`tools/measure_interlocks.py` in {pens} pens drawn from their tolerances, each run with its own phase of the stroke,
load and noise. Every threshold is proposed (D). The pen has not been built: this says what the firmware does with
this plant.
"""
MEASURED_HEAD = """## Reactions, measured

*Acted*: how often this interlock was what stopped the pen; where another one was quicker, it is named.
"""


def interlocks() -> str:
    """Text of docs/interlocks.md."""
    evidence = json.loads(EVIDENCE.read_text(encoding="utf-8"))
    risks = load_hazards()
    files = files_of(SUITE)
    head = ("", "hazard", "threshold", "requirement", "worst measured", "stop", "latch", "reset", "tests")
    rows = []
    for each in load_interlocks().values():
        hazards = [hazard.id for hazard in risks.hazards.values() if each.id in hazard.interlocks]
        rows.append(
            (
                f"**{each.id}** {each.name}",
                ", ".join(hazards),
                each.trigger,
                each.reaction,
                _worst(each, evidence["reactions"]),
                each.stop,
                "yes" if each.latch else "no",
                _reset(each),
                _tests(each, files.get(each.id, [])),
            )
        )
    head_text = INTERLOCKS_HEAD.format(pens=evidence["pens"])
    parts = [head_text, table(head, rows), _cells(), MEASURED_HEAD, _reactions(evidence["reactions"])]
    return "\n".join([*parts, _false_trips(evidence["false_trips"])])


def _standing(each: Interlock) -> str:
    if not each.fitted:
        return "not fitted"
    return "" if each.built else each.held_by


def _worst(each: Interlock, reactions: list[dict[str, Any]]) -> str:
    if state := _standing(each):
        return "–" if state == "not fitted" else _of(each, reactions) or "–"
    return _of(each, reactions) or ("at the command" if each.reaction_us == 0 else "by its cells")


def _of(each: Interlock, reactions: list[dict[str, Any]]) -> str:
    mine = [row for row in reactions if row["interlock"] == each.id and row["worst_us"] is not None]
    if not mine:
        return ""
    worst = max(mine, key=lambda row: row["worst_us"] / row["requirement_us"])
    return f"{_ms(worst['worst_us'])} ({worst['stimulus']})"


def _ms(time_us: int | None) -> str:
    return "–" if time_us is None else f"{time_us / 1000:g} ms"


def _reset(each: Interlock) -> str:
    role = {"NONE": "", "POWER_CYCLE": " – power off and on"}
    return each.reset + role.get(each.reset_role, f" – {each.reset_role.lower()}")


def _tests(each: Interlock, files: list[str]) -> str:
    state = _standing(each)
    if state == "not fitted":
        return f"not fitted: {each.where}"
    tests = ", ".join(f"`{name}`" for name in files)
    if state:
        return f"held by the {state}: {each.where}" + (f"; {tests}" if tests else "")
    return tests


def _cells() -> str:
    """How many cells there are, and the reasons of those that no test can hold."""
    held = {cell for cells in cells_by_file(SUITE).values() for cell in cells}
    reasons = not_applicable(SUITE)
    built = [each.id for each in load_interlocks().values() if each.built]
    lines = [f"* {name}, {kind}: {why}" for (name, kind), why in sorted(reasons.items())]
    count = f"{len(built)} interlocks times {len(KINDS)} kinds: {len(held)} cells have tests, {len(reasons)} cannot."
    return "\n".join(["## Cells", "", f"`penctl qa run` runs them. {count}", "", *lines, ""])


def _reactions(reactions: list[dict[str, Any]]) -> str:
    head = ("", "stimulus", "from", "to", "runs", "acted", "median", "99 %", "worst", "requirement")
    rows = []
    for row in reactions:
        others = ", ".join(f"{name} {count}" for name, count in row["others"].items())
        acted = f"{row['acted']}" + (f" ({others})" if others else "")
        late = row["worst_us"] is not None and row["worst_us"] > row["requirement_us"]
        worst = f"**{_ms(row['worst_us'])}**" if late else _ms(row["worst_us"])
        rows.append(
            (
                row["interlock"],
                row["stimulus"],
                row["counted_from"],
                row["seen_by"],
                row["runs"],
                acted,
                _ms(row["median_us"]),
                _ms(row["p99_us"]),
                worst,
                _ms(row["requirement_us"]),
            )
        )
    return table(head, rows)


def _false_trips(campaign: dict[str, Any]) -> str:
    lines = ["## False trips", ""]
    lines += [
        f"{len(campaign['trips'])} in {campaign['hours']:g} hours of {campaign['visits']} simulated visits,"
        f" {campaign['hours_in_run']:g} hours of them with the needles running: both modes, depths and rates that the",
        "pen is promised for, typical and stiff skin, rooms of 18 to 26 °C; pressing, gliding, lifting, pausing and",
        "lowering the depth as a hand does, without any fault.",
    ]
    for trip in campaign["trips"]:
        lines.append(f"* IL-{trip['interlock']:02d}, value {trip['value']}, visit {trip['seed']}")
    return "\n".join([*lines, ""])
