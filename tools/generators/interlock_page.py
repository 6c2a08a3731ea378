"""docs/interlocks.md: the catalogue beside what was measured, from hardware/*.toml, the evidence and the tests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from suite_cells import cells_by_file, files_of, not_applicable

from generators.pages import table
from penctl.hardware import Interlock, RiskFile, load_hazards, load_interlocks
from penctl.qa.cells import KINDS

ROOT = Path(__file__).resolve().parent.parent.parent
SUITE = ROOT / "tests" / "interlocks"
EVIDENCE = ROOT / "docs" / "evidence" / "interlocks.json"
RESET_BY = {
    "OPERATOR": "operator",
    "CLINICIAN": "clinician (at home the operator)",
    "SERVICE": "service, with the button held",
    "POWER_CYCLE": "whoever switches off and on",
}

HEAD = """# Interlocks

Written from `hardware/interlocks.toml`, `hardware/hazards.toml`, `docs/evidence/interlocks.json` and the suite of the
interlocks by `make generate`; do not edit. Every threshold is proposed (D) until it has been verified on a real pen,
and none has been built: what is measured here, is measured on the simulated pen with the firmware that a real one
would run.

**Measured** is the longest of so many runs, in ms, from the physical onset in the plant, never from what the firmware
says, until the drive is off, or until what is named. Each run has its own noise, load and moment of the stroke, and the
runs of one stimulus are spread over about a dozen pens, skins, depths and rates. A requirement that is missed is in
**bold**. Rows of the kind *refused* act when they are asked, and have no time. {said}

What happens to the needles after the drive is off is measured in [stops](stops.md); hazards are those of
[risk](risk.md).
"""

NOTE = """## The rows, stimulus by stimulus

Times in ms. *Counted* are the runs in which this interlock was the one that acted; in others another one was
quicker, and none is left out unsaid. *Without* are runs in which nothing acted, or the limit was never passed.

"""

STROKES = """
IL-08 and IL-45 compare stroke by stroke, at the top and at the bottom, and act when three strokes in a row disagree at one
of the two. How long three strokes last is the rate's affair: at 100 Hz 30 ms, at 50 Hz 60 ms. So they are measured apart, from
100 Hz on against 30 ms and at 50 Hz against 60 ms, always from the defect itself; *split* shows what is left of the
reaction from the bar's last turning point on.
"""


def tests(row: Interlock, suite: dict[str, list[str]]) -> str:
    """Links to the files with the cells of a row, or to the tests of one that the host holds."""
    cells = [f"[{name}](../tests/interlocks/{name})" for name in suite.get(row.id, ())]
    others = [f"[{Path(name.partition('::')[0]).name}](../{name.partition('::')[0]})" for name in row.tests]
    return ", ".join(dict.fromkeys(cells + others)) or "–"


def evidence() -> dict[str, Any]:
    """What was measured; nothing where there is no file yet."""
    if not EVIDENCE.is_file():
        return {"reactions": {}, "false_trips": {}}
    read: dict[str, Any] = json.loads(EVIDENCE.read_text(encoding="utf-8"))
    return read


def interlocks() -> str:
    """Text of docs/interlocks.md."""
    catalogue, risks, measured = load_interlocks(), load_hazards(), evidence()
    reactions = measured["reactions"]
    suite = files_of(SUITE)
    rows = [
        (
            f"[{row.id}](#{row.id.lower()})" if row.id in reactions else row.id,
            row.name,
            hazards(row, risks),
            row.trigger,
            row.reaction,
            summary(row, reactions.get(row.id)),
            f"{row.stop}: {row.action}",
            "latches" if row.latch else "–",
            reset(row),
            tests(row, suite),
        )
        for row in catalogue.values()
    ]
    head = ("", "interlock", "hazards", "acts", "requirement", "measured", "stop", "latch", "reset", "tests")
    text = HEAD.format(said=firmware(measured)) + "\n" + table(head, rows)
    text += "\n" + false_trips(measured["false_trips"])
    text += "\n" + missed_section(reactions)
    text += "\n" + _cells() + "\n" + NOTE
    sections = [section(row, reactions[row.id]) for row in catalogue.values() if row.id in reactions]
    return text + "\n".join(sections) + STROKES


def firmware(measured: dict[str, Any]) -> str:
    """Which firmware, from which seed."""
    cores = sorted({each["core"] for each in measured["reactions"].values()})
    seeds = sorted({each["seed"] for each in measured["reactions"].values()})
    if not cores:
        return "Nothing has been measured yet."
    return (
        f"Firmware {measured.get('firmware', 'unknown')}, core {', '.join(cores)} (first digits of a SHA-256 over its"
        f" sources), seed {', '.join(map(str, seeds))}; measured by `tools/measure_interlocks.py`."
    )


def hazards(row: Interlock, risks: RiskFile) -> str:
    """Links to the hazards that name the row."""
    named = [each.id for each in risks.hazards.values() if row.id in each.interlocks]
    return ", ".join(f"[{name}](risk.md#{name.lower()})" for name in named)


def reset(row: Interlock) -> str:
    """Act and role."""
    by = RESET_BY.get(row.reset_role)
    return f"{row.reset}, by: {by}" if by else row.reset


def summary(row: Interlock, kept: dict[str, Any] | None) -> str:
    """The cell of the first table."""
    if not row.fitted:
        return "*not fitted*: the reference pen has no sensor for it"
    held = f"held by the {row.held_by}: {row.where}" if row.held_by != "firmware" else ""
    if kept is None:
        refused = f"*refused* {row.reaction}" if not row.reaction_us else "not measured"
        return held or refused
    return "; ".join([*filter(None, [held]), *(_group(several) for several in grouped(kept["stimuli"]))])


def grouped(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Stimuli with the same requirement and the same end, together."""
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for each in rows:
        found.setdefault((each["group"], each["required_ms"], each["until"]), []).append(each)
    yield from found.values()


def _group(several: list[dict[str, Any]]) -> str:
    counted = sum(each["counted"] for each in several)
    worst = [each["worst_ms"] for each in several if each["worst_ms"] is not None]
    if not worst:
        return "no run reacted"
    value = f"{max(worst):g} ms"
    if any(missed(each) for each in several):
        value = f"**{value}**"
    where = f"{several[0]['group']}: " if several[0]["group"] else ""
    until = "" if several[0]["until"] == "drive off" else f" until {several[0]['until']}"
    free = "" if several[0]["required_ms"] is not None else ", no time asked for"
    return f"{where}{value}{until} (worst of {counted}{free})"


def missed(each: dict[str, Any]) -> bool:
    """The worst run is above the requirement, or a run had no reaction although the limit was passed."""
    return each["required_ms"] is not None and (each["worst_ms"] or 0.0) > each["required_ms"]


def section(row: Interlock, kept: dict[str, Any]) -> str:
    """A table of a row's stimuli."""
    head = (
        "stimulus",
        "until",
        "required",
        "worst",
        "99 %",
        "median",
        "counted",
        "quicker",
        "without",
        "split",
    )
    rows = [
        (
            each["stimulus"] + (f", {each['group']}" if each["group"] else ""),
            each["until"],
            "–" if each["required_ms"] is None else f"{each['required_ms']:g}",
            _number(each["worst_ms"], bold=missed(each)),
            _number(each["p99_ms"]),
            _number(each["p50_ms"]),
            f"{each['counted']} of {each['runs']}, {each['pens']} pens",
            ", ".join(f"{name} {count}" for name, count in each["stopped_before_by"].items()) or "–",
            each["silent"] or "–",
            _split(each),
        )
        for each in kept["stimuli"]
    ]
    return f"### {row.id}\n\n{row.name}\n\n{table(head, rows)}"


def _number(value: float | None, bold: bool = False) -> str:
    if value is None:
        return "–"
    return f"**{value:g}**" if bold else f"{value:g}"


def _split(each: dict[str, Any]) -> str:
    parts = [each[key] for key in ("also", "split") if key in each]
    return (
        "; ".join(f"{part['counted']}: {part['worst_ms']:g}, median {part['p50_ms']:g}" for part in parts)
        or "–"
    )


def missed_section(reactions: dict[str, Any]) -> str:
    """What falls short, each with the run that was worst."""
    lines = []
    for name, kept in sorted(reactions.items()):
        for each in kept["stimuli"]:
            if each["silent"]:
                lines.append(
                    f"* {name}, {each['stimulus']}: {each['silent']} of {each['runs']} runs without a time, for example"
                    f" {each['silent_runs'][0]}.\n"
                )
            if missed(each):
                run = each["worst_run"]
                lines.append(
                    f"* {name}, {each['stimulus']}: {each['worst_ms']:g} ms instead of {each['required_ms']:g} ms; 99 %"
                    f" {each['p99_ms']:g} ms. Split: {_split(each)}. Worst at {run['depth_um'] / 1000:g} mm and"
                    f" {run['rate_hz']:g} Hz (pen {run['pen']}, noise {run['noise']}).\n"
                )
    return "## What falls short\n\n" + ("".join(lines) or "None.\n")


def false_trips(campaigns: dict[str, Any]) -> str:
    """The figures of the other campaign, firmware by firmware."""
    text = "## False trips\n\n"
    if not campaigns:
        return text + "Not measured yet.\n"
    text += (
        "Varied ordinary treatment without a fault: both modes, depths, rates, skins and pens by seed, press with tremor,"
        " gliding, lifts shorter than 2 s, setpoints lowered in RUN, zones with stops and restarts. In the clinic people"
        " press with 1 to 6 N, at home with less, as said.\n\n"
    )
    return text + "".join(_campaign(name, kept) for name, kept in campaigns.items())


def _campaign(name: str, kept: dict[str, Any]) -> str:
    hours, aim = kept["seconds"] / 3600.0, kept["aim_hours"]
    text = (
        f"* Firmware {name}: **{len(kept['trips'])} trips in {hours:.1f} hours**,"
        f" {kept['run_seconds'] / 3600.0:.1f} of them with the drive on, {kept['starts']} starts, {kept['pieces']} pens,"
        f" seeds from {kept['seed']}, at home up to {kept['home_press_n']:g} N."
    )
    if hours < aim:
        text += (
            f" The aim is {aim:g} hours, and it is **not yet shown**: `tools/measure_interlocks.py --false-trips"
            f" {aim:g}` goes on from there."
        )
    return (
        text
        + "\n"
        + "".join(
            f"  * seed {each['seed']} at {each['at_s']} s: {each['what']} ({each['mode']}, {each['skin']} skin,"
            f" {each['depth_um'] / 1000:g} mm, {each['rate_hz']:g} Hz,"
            f" hand at {each['press_n']:g} N, with its tremor truly {each['true_press_n']:g} N at most)\n"
            for each in kept["trips"]
        )
    )


def _cells() -> str:
    """How many cells there are, and the reasons of those that no test can hold."""
    held = {cell for cells in cells_by_file(SUITE).values() for cell in cells}
    reasons = not_applicable(SUITE)
    built = [each.id for each in load_interlocks().values() if each.built]
    lines = [f"* {name}, {kind}: {why}" for (name, kind), why in sorted(reasons.items())]
    count = f"{len(built)} interlocks times {len(KINDS)} kinds: {len(held)} cells have tests, {len(reasons)} cannot."
    return "\n".join(["## Cells", "", f"`penctl qa run` runs them. {count}", "", *lines, ""])
