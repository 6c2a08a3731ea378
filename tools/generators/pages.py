"""Documents that are written from hardware/*.toml, the suite of the interlocks and what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from check_risks import standing

from penctl.hardware import Feature, Hazard, load_hazards, load_interlocks

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
        state = "not fitted" if not row.fitted else "" if row.held else f"planned, {row.held_by}"
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
