#!/usr/bin/env python3
"""Measure the reaction of every interlock of the firmware, and count false trips of ordinary treatment.

usage: measure_interlocks.py [--runs N] [--only IL-nn ...] [--processes N]
       measure_interlocks.py --false-trips HOURS [--minutes MINUTES]

Both write docs/evidence/interlocks.json after each interlock or piece, and go on where they were ended. What
was measured with another firmware core, or other numbers in the catalogue, is measured anew. `make generate`
then writes docs/interlocks.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from interlock_campaign import evidence, treatment  # noqa: E402
from interlock_campaign.reactions import measure  # noqa: E402
from interlock_campaign.stimuli import Stimulus, stimuli  # noqa: E402

from penctl.hardware import load_interlocks  # noqa: E402

RUNS = 1000
NOTHING: dict[str, Any] = {"pieces": 0, "seconds": 0.0, "run_seconds": 0.0, "starts": 0}


def groups(interlock: int) -> dict[str, list[Stimulus]]:
    """The stimuli of an interlock, by what has a requirement of its own."""
    found: dict[str, list[Stimulus]] = {}
    for each in stimuli():
        if each.interlock == interlock:
            found.setdefault(each.group, []).append(each)
    return found


def cost(interlock: int) -> float:
    """What an interlock's runs last, so that the quick ones come first."""
    return max(each.takes_s for each in stimuli() if each.interlock == interlock)


def measure_interlock(interlock: int, seed: int, runs: int) -> list[dict[str, Any]]:
    """So many runs in each group of an interlock, shared among its stimuli."""
    rows = []
    for several in groups(interlock).values():
        share, rest = divmod(runs, len(several))
        rows += [measure(each, seed, share + (n < rest)) for n, each in enumerate(several)]
    return rows


def reactions(options: argparse.Namespace) -> int:
    """Measure what is wanting."""
    path, core = options.out, evidence.core_digest()
    numbers = sorted({each.interlock for each in stimuli()})
    if options.only:
        asked = {int(name.removeprefix("IL-")) for name in options.only}
        if unknown := asked - set(numbers):
            print(
                f"No stimulus for {sorted(unknown)}: measured are {numbers}. Name one of these.",
                file=sys.stderr,
            )
            return 2
        numbers = sorted(asked)
    said: dict[int, dict[str, Any]] = {
        number: {
            "core": core,
            "seed": options.seed,
            "asked": options.runs,
            "parameters": evidence.parameters(number),
        }
        for number in numbers
    }
    done = evidence.read(path)["reactions"]
    wanting = [
        number
        for number in numbers
        if {key: done.get(f"IL-{number:02d}", {}).get(key) for key in said[number]} != said[number]
    ]
    wanting.sort(key=cost)
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        jobs = {pool.submit(measure_interlock, each, options.seed, options.runs): each for each in wanting}
        for job in as_completed(jobs):
            name = f"IL-{jobs[job]:02d}"
            with evidence.changed(path) as kept:
                kept["firmware"] = evidence.firmware_version()
                kept["reactions"][name] = {**said[jobs[job]], "stimuli": job.result()}
            print(name, *(f"{row['stimulus']}: {row['worst_ms']} ms;" for row in job.result()), flush=True)
    return 0


def false_trips(options: argparse.Namespace) -> int:
    """Treat until the hours are reached or the minutes of this machine are over."""
    firmware = evidence.firmware_digest()
    end_s = time.monotonic() + options.minutes * 60.0
    kept = evidence.read(options.out)["false_trips"].get(firmware, {**NOTHING, "trips": []})
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        while time.monotonic() < end_s and kept["seconds"] < options.false_trips * 3600.0:
            first = options.seed + kept["pieces"]
            for piece in pool.map(treatment.treat, range(first, first + options.processes)):
                add_piece(kept, piece)
                for trip in piece.trips:
                    print("trip:", trip, flush=True)
            kept["seed"], kept["aim_hours"] = options.seed, options.false_trips
            kept["home_press_n"] = treatment.PRESS_N["home"][1]
            with evidence.changed(options.out) as whole:
                whole["firmware"] = evidence.firmware_version()
                whole["false_trips"][firmware] = kept
    print(f"{kept['seconds'] / 3600.0:.1f} h, {len(kept['trips'])} trips")
    return 0


def add_piece(kept: dict[str, Any], piece: treatment.Piece) -> None:
    """One more piece of ordinary treatment, in the order of the seeds."""
    kept["pieces"] += 1
    kept["seconds"] = round(kept["seconds"] + piece.whole_s, 1)
    kept["run_seconds"] = round(kept["run_seconds"] + piece.run_s, 1)
    kept["starts"] += piece.starts
    kept["trips"] += piece.trips


def main(arguments: list[str] | None = None) -> int:
    """Run one of the two campaigns."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--runs", type=int, default=RUNS, help="runs an interlock and group")
    parser.add_argument("--only", nargs="+", help="ids of interlocks", choices=list(_ids()), metavar="IL-nn")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--false-trips", type=float, metavar="HOURS", help="ordinary treatment without a fault"
    )
    parser.add_argument("--minutes", type=float, default=1e9, help="end the false trips after this time")
    parser.add_argument("--out", type=Path, default=evidence.FILE)
    options = parser.parse_args(arguments)
    return reactions(options) if options.false_trips is None else false_trips(options)


def _ids() -> list[str]:
    return [row.id for row in load_interlocks().values()]


if __name__ == "__main__":
    sys.exit(main())
