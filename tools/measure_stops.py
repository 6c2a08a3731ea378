#!/usr/bin/env python3
"""Measure the stops of 200 simulated pens in each way of stopping, and write docs/stops.md.

The cases are those of tests/acceptance/stop_rig.py, so that the page and the tests speak of the same stops.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "acceptance"))

import numpy as np
from stop_rig import DEPTHS_UM, RATES_HZ, SKINS, WATCH_S, WAYS, StopCase, stop_one

ROOT = Path(__file__).resolve().parent.parent
SEEDS = range(1, 201)
OUT = ROOT / "docs" / "stops.md"
KINDS = {"emergency stop": "C0", "hold released": "C1", "STOP": "C1"}
STATED_LOAD_N = 5.0
C1_REST_MS = 100.0
MOMENTS = {
    "drive off": "drive_off_ms",
    "last stroke": "last_stroke_ms",
    "needles clear": "needles_clear_ms",
    "crank at rest": "rest_ms",
}
HEAD = """# Stops, measured

Written by `tools/measure_stops.py`; do not edit.

{count} simulated pens in each way of stopping, each with its own tolerances, skin and moment in the stroke:
depths of {depths} mm, rates of {rates} Hz, on {skins}.
Times in ms from the act that caused the stop: the button pushed, the switch let go, STOP written. A further
stroke is a bottom of the stroke passed after that act. The plant carries figures that nobody has measured, so
this says what the firmware does with this plant.

| | median | 95 % | longest | never in {watch:g} s |
|---|---|---|---|---|
"""


def row(name: str, values: list[float | None]) -> str:
    """One line of the table; a moment that did not come is counted, not averaged."""
    known = np.array([value for value in values if value is not None])
    middle, most, longest = np.percentile(known, [50, 95, 100])
    missing = "" if name == "last stroke" else str(len(values) - len(known))
    return f"| {name} | {middle:.1f} | {most:.1f} | {longest:.1f} | {missing} |\n"


def table(way: str, cases: list[StopCase]) -> str:
    """The lines of one way of stopping."""
    text = f"| **{way} ({KINDS[way]})** | | | | |\n"
    for name, field in MOMENTS.items():
        text += row(name, [getattr(case, field) for case in cases])
    return text


def strokes_line(way: str, cases: list[StopCase]) -> str:
    """How many further strokes there were."""
    counts = np.bincount([case.further_strokes for case in cases])
    parts = [f"{count} with {strokes}" for strokes, count in enumerate(counts) if count]
    return f"* {way}: {', '.join(parts)}.\n"


def remarks(cases: dict[str, list[StopCase]]) -> str:
    """What the numbers do not say by themselves."""
    text = "\n## Further strokes\n\n" + "".join(strokes_line(way, done) for way, done in cases.items())
    return text + "\n## What falls short\n\n" + stuck_lines(cases["emergency stop"]) + late_lines(cases)


def stuck_lines(cases: list[StopCase]) -> str:
    """Emergency stops after which the needles stay out of the nose, and why."""
    held = {why: [case for case in cases if case.held_by == why] for why in ("skin", "dead centre")}
    warned = sum(case.warned for case in cases if case.held_by)
    return f"""* **Needles that stay out after C0.** C0 has only the return spring to pull them in.
  * After {len(held["skin"])} of {len(cases)} the skin holds them: its friction on the needles is as strong as
    the spring, until the handpiece is lifted. Seeds: {seeds(held["skin"])}.
  * After {len(held["dead centre"])} of {len(cases)} the crank rests at the bottom dead centre, where the
    spring has no lever. Seeds: {seeds(held["dead centre"])}.
  * The firmware warned LIFT_HANDPIECE in {warned} of these {sum(map(len, held.values()))}.
"""


def seeds(cases: list[StopCase]) -> str:
    """Seeds as a list."""
    return ", ".join(str(case.plan.seed) for case in cases) or "none"


def late_lines(cases: dict[str, list[StopCase]]) -> str:
    """Controlled stops that took more than 100 ms to rest."""
    every = [case for way in ("hold released", "STOP") for case in cases[way]]
    late = [case for case in every if case.rest_ms is None or case.rest_ms > C1_REST_MS]
    text = f"* **C1 that needed more than {C1_REST_MS:g} ms to rest**: {len(late)} of {len(every)}.\n"
    for case in late:
        plan = case.plan
        text += f"  * seed {plan.seed}, {case.way}, {plan.depth_um / 1000:g} mm, {plan.rate_hz:g} Hz, "
        text += f"{plan.skin} skin, "
        text += f"load {case.load_n:.1f} N (built for {STATED_LOAD_N:g} N): {case.rest_ms} ms.\n"
    return text


def page(cases: dict[str, list[StopCase]]) -> str:
    """The whole page."""
    text = HEAD.format(
        count=len(SEEDS),
        depths=", ".join(f"{depth / 1000:g}" for depth in DEPTHS_UM),
        rates=", ".join(str(rate) for rate in RATES_HZ),
        skins=", ".join(f"{skin} skin" if skin != "air" else "in air" for skin in SKINS),
        watch=WATCH_S,
    )
    return text + "".join(table(way, done) for way, done in cases.items()) + remarks(cases)


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    cases = {way: [stop_one(seed, way) for seed in SEEDS] for way in WAYS}
    OUT.write_text(page(cases))
    print(f"{OUT.relative_to(ROOT)}: {sum(map(len, cases.values()))} stops")
    return 0


if __name__ == "__main__":
    sys.exit(main())
