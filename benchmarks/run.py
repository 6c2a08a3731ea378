"""Measure speed and write benchmarks/README.md: `make bench`.

Every ratio is of figures that were taken in this run, on this machine. Nothing here asserts a time.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numba
import numpy as np
import scipy
from closed_loop import RUN_S, firmware_parts, plant_alone, plant_parts, whole_loop
from convergence import FINE_US, SECONDS, VOLTS, table
from peers import plain_python_factor, solve_ivp_factor
from pens import DEPTH_UM, RATE_HZ, RUNS, Spread
from start import start_ms

OUT = Path(__file__).resolve().parent / "README.md"
AIM, STRETCH = 200, 300
TICK_BUDGET_NS = 150
"""`pen_tick`, guard and every interlock of the catalogue in it; before they were built the budget was 80."""
SKINS = {"air": "in air, against `solve_ivp` (DOP853, 1e-11)"}
SKINS |= {name: f"{name} skin, against steps of {FINE_US:g} µs" for name in ("typical", "stiff")}

HEAD = """# Speed

Written by `make bench`; do not edit. Figures are medians of {runs} runs, with the least and the largest
in brackets. Times are processor time of the one thread that does all the work, so that other programs on
the machine do not count; on a machine with nothing else to do that is the wall clock's time. Start-up
times are wall time.

Machine: {machine}. Python {python}, numba {numba}, numpy {numpy}, scipy {scipy}.

The job: one pen treats typical skin at {depth:g} mm and {rate:g} Hz under 3 N while it glides. The host
is there with its heartbeats, frames are sealed, the firmware core is the one that ships, the plant runs
five steps of 20 µs in each tick of 100 µs, sensors have noise, every tenth tick is traced.
"""


def machine() -> str:
    """The machine in general words."""
    return f"{platform.system()}, {platform.machine()}, {os.cpu_count()} processor cores"


def lines(rows: dict[str, str], head: tuple[str, str]) -> str:
    """A table of two columns."""
    body = "".join(f"| {name} | {value} |\n" for name, value in rows.items())
    return f"\n| {head[0]} | {head[1]} |\n|---|---|\n{body}"


def verdict(name: str, value: float, aim: float, *, at_least: bool) -> str:
    """One sentence on an aim."""
    met = value >= aim if at_least else value <= aim
    bound = "at least" if at_least else "at most"
    return f"* {name}: {value:,.0f}, aim {bound} {aim:,}: {'met' if met else 'MISSED'}.\n"


def loop_section() -> tuple[str, Spread]:
    """The loop against real time, and its split."""
    factor, wall, all_ns, loop_ns, host_ns = whole_loop()
    plant_ns = plant_alone()
    firmware, plant = firmware_parts(), plant_parts()
    per_second = 1e5 / loop_ns.median
    text = "\n## The closed loop against real time\n"
    text += lines(
        {
            "**closed loop: host, frames, firmware, plant**": f"**{factor.text()}**",
            "the same by the wall clock, with whatever else this machine was doing": wall.text(),
            "firmware and plant, without the host": f"{per_second:,.0f}",
            "plant and sensors alone, at a constant duty": f"{1e5 / plant_ns.median:,.0f}",
        },
        (f"{RUN_S:g} s of treatment", "× real time"),
    )
    text += "\n"
    text += verdict("Closed loop, × real time", factor.median, AIM, at_least=True)
    text += verdict("Stretch: closed loop, × real time", factor.median, STRETCH, at_least=True)
    text += verdict("`pen_tick`, ns", firmware["`pen_tick`"].median, TICK_BUDGET_NS, at_least=False)
    text += "\n## Where a tick's time goes\n"
    text += lines(
        {
            "all": all_ns.text(),
            "host: 20 heartbeats a second, shared out over the ticks": host_ns.text(),
            "compiled loop with the firmware": loop_ns.text(),
            "of this, plant and sensors without firmware (driven at a constant duty)": plant_ns.text(),
        },
        ("in the running loop", "ns a tick"),
    )
    text += lines(
        {name: part.text(1) for name, part in (firmware | plant).items()},
        ("alone, in a loop of nothing else", "ns a call"),
    )
    text += (
        "\nA part alone is quicker than in the loop, where caches and branch predictors are as others left"
    )
    text += " them.\n"
    return text, factor


def peers_section(factor: Spread) -> str:
    """Against solve_ivp and plain Python."""
    solvers, plain = solve_ivp_factor(), plain_python_factor()
    best = max(solvers.values(), key=lambda spread: spread.median)
    rows = {f"`solve_ivp`, {method}": spread.text(2) for method, spread in solvers.items()}
    rows["the same functions in plain Python"] = plain.text(3)
    rows["closed loop"] = factor.text()
    text = "\n## Against the same plant by other means\n" + lines(rows, ("", "× real time"))
    return (
        text
        + f"""
* Closed loop / `solve_ivp` (the quicker method): **{factor.median / best.median:,.0f}**.
* Closed loop / plain Python: **{factor.median / plain.median:,.0f}**.

`solve_ivp` gets the same motor, yoke, bar and spring with the figures of the nominal pen, a load of 5 N
while the needles go in, and a speed controller in Python that holds its voltage for a tick; relative
tolerance 1e-6. It has no layered skin, sensors, heat, firmware or host: less work than the closed loop
does. Plain Python runs the very same functions with numba switched off (`NUMBA_DISABLE_JIT=1`), the same
firmware and the same host; reading numpy records is slow there, and a simulator that is written for
Python would be quicker.
"""
    )


def step_section() -> str:
    """Convergence."""
    text = f"""
## The plant's step

Final angle and current after {SECONDS * 1e3:g} ms from rest at {VOLTS:g} V, every figure at its value. Peak
force and mean speed hardly depend on the step and would justify any.

| | 50 µs | **20 µs** | 10 µs | 5 µs |
|---|---|---|---|---|
"""
    for skin, title in SKINS.items():
        angle, rows = table(skin)
        text += f"| {title}: angle, rad (of {angle:.1f}) |" + "".join(
            f" {row.angle_rad:+.1e} |" for row in rows
        )
        text += "\n| current, % |" + "".join(f" {row.current_percent:+.3f} |" for row in rows) + "\n"
    return text + "\nWhy 20 µs is enough: docs/decisions, the plant's step.\n"


def start_section() -> str:
    """Start-up times."""
    rows = {name: spread.text() for name, spread in start_ms().items()}
    return "\n## Start\n" + lines(rows, ("", "ms")) + "\nAim: `penctl --help` below 300 ms.\n"


def main() -> int:
    """Measure everything and write the page."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    text = HEAD.format(
        runs=RUNS,
        machine=machine(),
        python=platform.python_version(),
        numba=numba.__version__,
        numpy=np.__version__,
        scipy=scipy.__version__,
        depth=DEPTH_UM / 1000,
        rate=RATE_HZ,
    )
    section, factor = loop_section()
    text += section + peers_section(factor) + step_section() + start_section()
    text += "\n## Again\n\n`make bench`: an hour, this page a minute or two of it. "
    text += "How well the served pen keeps the\n"
    text += "wall clock's pace is another measurement, `benchmarks/served.py`.\n"
    OUT.write_text(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
