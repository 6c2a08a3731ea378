#!/usr/bin/env python3
"""Measure how quickly each interlock acts, over 1,000 runs each, and how often one acts without need.

usage: measure_interlocks.py reactions [--runs N] [--only IL-08 …] | false-trips [--hours N] | report

`reactions` gives each stimulus of interlock_trials.py to 20 pens in 50 runs each: other phase of the stroke,
load, noise and moment each time. `false-trips` lets pens treat as people do, without any fault. Both note each
piece of work as it is done, in build/measure/, so that an interrupted measurement goes on; what
was measured of other sources counts for nothing. `report` writes docs/evidence/interlocks.json from them. A
stop of another interlock than the one that is measured is counted beside it, not as its own.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import multiprocessing
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from interlock_trials import DROPPED, LATCHED_TOLD, READY_LOST, TRIALS, Trial  # noqa: E402

from penctl.errors import PenError  # noqa: E402
from penctl.protocol.enums import Flags, State  # noqa: E402
from pensim.bench import Bench  # noqa: E402

NOTES = ROOT / "build" / "measure"
OUT = ROOT / "docs" / "evidence" / "interlocks.json"
PENS = 20
VISIT_S = 900.0
LONGEST_HOLD_S = 120.0
TREATMENTS = {
    "home": [(depth_um, rate_hz) for depth_um in (100, 150, 200, 250) for rate_hz in (60.0, 80.0, 100.0)],
    "clinical": [
        *(
            (depth_um, rate_hz)
            for depth_um in (250, 500, 1000, 1500)
            for rate_hz in (80.0, 100.0, 120.0, 150.0)
        ),
        *((depth_um, rate_hz) for depth_um in (2000, 2500) for rate_hz in (90.0, 110.0)),
    ],
}
"""Depths in µm and rates in Hz of ordinary treatment: what the pen is promised for."""


def fingerprint() -> str:
    """A short hash of what was measured: firmware, simulator, hardware files, stimuli."""
    digest = hashlib.sha256()
    places = ["firmware_proto/core", "sim/pensim", "hardware", "tests/interlocks/interlock_cases.py"]
    for place in places:
        path = ROOT / place
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.suffix in (".c", ".h", ".py", ".toml") and file.name != "hazards.toml":
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


# --- reactions ---


def measure(work: tuple[int, int, int]) -> dict[str, Any]:
    """Runs of one trial in one pen: reaction times in µs, and which other interlock acted instead."""
    number, seed, runs = work
    trial = TRIALS[number]
    rig = trial.rig(seed)
    saved = rig.bench.save()
    draw = random.Random(f"{trial.interlock} {trial.name} {seed} runs")
    times_us: list[int] = []
    others: Counter[str] = Counter()
    for run in range(runs):
        rig.bench.restore(saved, noise=1000 * seed + run)
        if not trial.idle:
            rig.bench.hand.press(n=draw.uniform(1.5, 4.0))
        rig.bench.run(draw.uniform(0.0, 0.04))
        reaction_s, first = one(trial, rig)
        if first == trial.interlock and reaction_s is not None:
            times_us.append(max(0, round(reaction_s * 1e6)))
        else:
            others[f"IL-{first:02d}" if first else "none"] += 1
    rig.bench.restore(saved)
    rig.bench.close()
    return {"times_us": times_us, "others": dict(others)}


def one(trial: Trial, rig: Any) -> tuple[float | None, int]:
    """One stimulus: the reaction time, and the interlock that acted first, 0 for none."""
    seen = len(rig.pen.events)
    begin_s = rig.now_s
    trial.provoke(rig)
    try:
        rig.bench.run(trial.takes_s)
    except PenError:  # a controller that hangs or restarts does not answer
        rig.bench.advance(trial.takes_s)
    moment_s = trial.moment_s(rig, begin_s)
    if moment_s is None:
        return None, 0
    return moment_s - trial.onset(rig, begin_s), first_cause(trial, rig, seen)


def first_cause(trial: Trial, rig: Any, seen: int) -> int:
    """The interlock that the pen tells first; the watchdog's restart tells it only afterwards."""
    if trial.interlock == 31 or trial.seen in (LATCHED_TOLD, DROPPED, READY_LOST):
        return trial.interlock
    for event in rig.pen.events[seen:]:
        if event.name == "EVENT_TRIP":
            return int(event["interlock"])
        if event.name == "EVENT_STATE" and event["cause"]:
            return int(event["cause"])
    return int(rig.tripped)


def summary(trial: Trial, times_us: list[int], others: Counter[str]) -> dict[str, Any]:
    """What the report keeps of one trial."""
    count = len(times_us) + sum(others.values())
    values = np.array(times_us) if times_us else np.array([math.nan])
    known = bool(times_us)
    return {
        "interlock": f"IL-{trial.interlock:02d}",
        "stimulus": trial.name,
        "seen_by": trial.seen,
        "counted_from": trial.counted_from,
        "runs": count,
        "acted": len(times_us),
        "others": dict(sorted(others.items())),
        "requirement_us": round(trial.within_s * 1e6),
        "median_us": int(np.median(values)) if known else None,
        "p99_us": int(np.percentile(values, 99)) if known else None,
        "worst_us": int(values.max()) if known else None,
    }


# --- false trips ---


def treat(work: tuple[int, float]) -> dict[str, Any]:
    """One visit of ordinary treatment: how long it was, and what stopped it without a person's will."""
    seed, seconds = work
    draw = random.Random(f"visit {seed}")
    mode = draw.choice(("clinical", "clinical", "home"))
    depth_um, rate_hz = draw.choice(TREATMENTS[mode])
    skin = draw.choice(("typical", "typical", "stiff") if depth_um <= 1500 else ("typical",))
    found: list[dict[str, Any]] = []
    with Bench(seed, skin, cartridge=mode.upper(), trace_decimation=10_000) as bench:
        bench.room(draw.uniform(18.0, 26.0))
        pen = bench.pen(role="clinician")
        pen.open_session()
        pen.self_test()
        if Flags.REFERENCED not in pen.status().flags:
            pen.reference()
        bench.hand.button(True)
        bench.run(0.05)
        bench.hand.button(False)
        pen.begin_visit("campaign")
        pen.set_mode(mode)
        pen.set_depth_um(depth_um)
        pen.set_rate_hz(rate_hz)
        ran_s = treat_on(bench, pen, draw, seconds, press_max_n=3.5 if mode == "home" else 5.0)
        for event in pen.events:
            if event.name == "EVENT_TRIP":
                found.append({"interlock": event["interlock"], "value": event["value"], "seed": seed})
            elif (
                event.name == "EVENT_STATE"
                and event["state"] != State.SAFE
                and event["cause"] in (3, 12, 16, 18, 23)
            ):
                found.append({"interlock": event["cause"], "value": None, "seed": seed})
    return {"seconds": bench.time_s, "run_seconds": ran_s, "trips": found}


def treat_on(bench: Any, pen: Any, draw: random.Random, seconds: float, press_max_n: float) -> float:
    """Press, glide, lift, pause and change settings as a hand does, for so long or until a trip."""
    end_s = bench.time_s + seconds
    ran_s = 0.0
    while bench.time_s < end_s and not pen.trips:
        if pen.status().state is State.STANDBY:
            pen.arm()
        bench.hand.press(n=draw.uniform(1.0, press_max_n))
        bench.run(draw.uniform(0.05, 0.5))
        bench.hand.hold(True)
        bench.run(draw.uniform(0.05, 0.3))
        pen.start()
        stretch_s = draw.uniform(5.0, LONGEST_HOLD_S)
        begin_s = bench.time_s
        while bench.time_s < begin_s + stretch_s and not pen.trips and pen.status().state is State.RUN:
            glide_on(bench, pen, draw, press_max_n)
        ran_s += bench.time_s - begin_s
        if draw.random() < 0.5:
            bench.hand.hold(False)
            bench.run(draw.uniform(0.3, 3.0))
        if pen.status().state in (State.RUN, State.READY):
            pen.stop()
        bench.hand.hold(False)
        bench.hand.lift()
        bench.run(draw.uniform(0.5, 8.0))
    return ran_s


def glide_on(bench: Any, pen: Any, draw: random.Random, press_max_n: float) -> None:
    """One stroke over the skin, and what a hand does between two."""
    bench.hand.press(n=draw.uniform(1.0, press_max_n))
    bench.hand.glide(mm_s=draw.uniform(5.0, 50.0))
    bench.run(draw.uniform(1.0, 6.0))
    if draw.random() < 0.6:
        bench.hand.lift()
        bench.run(draw.uniform(0.05, 1.2))
        bench.hand.press(n=draw.uniform(1.0, press_max_n))
    if draw.random() < 0.03:
        status = pen.status()
        if status.state is State.RUN and status.depth_set_um > 200:
            pen.set_depth_um(status.depth_set_um - 50)


# --- notes and report ---


class Notes:
    """Pieces of work that are done, one JSON object a line, of these sources only."""

    def __init__(self, name: str, mark: str) -> None:
        self._mark = mark
        self._path = NOTES / f"{name}.jsonl"
        self.done: dict[str, dict[str, Any]] = {}
        if self._path.is_file():
            for line in self._path.read_text(encoding="utf-8").splitlines():
                note = json.loads(line)
                if note["mark"] == mark:
                    self.done[note["key"]] = note["result"]

    def add(self, key: str, result: dict[str, Any]) -> None:
        """Keep one piece."""
        NOTES.mkdir(parents=True, exist_ok=True)
        self.done[key] = result
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"mark": self._mark, "key": key, "result": result}) + "\n")


def work_off(
    notes: Notes, function: Callable[[Any], dict[str, Any]], pieces: Iterable[tuple[str, Any]], processes: int
) -> None:
    """Do what is not done yet, and say how far it is."""
    left = [(key, piece) for key, piece in pieces if key not in notes.done]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        results = pool.imap(function, [piece for _, piece in left])
        for number, ((key, _), result) in enumerate(zip(left, results, strict=True), start=1):
            notes.add(key, result)
            if sys.stdout.isatty():
                print(f"\r{number} of {len(left)} ({key})".ljust(78), end="", flush=True)
    print()


def reaction_pieces(runs: int, only: list[str]) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """(key, work) of every trial and pen."""
    for number, trial in enumerate(TRIALS):
        if only and f"IL-{trial.interlock:02d}" not in only:
            continue
        for seed in range(PENS):
            count = min(runs, trial.most_runs) // PENS
            yield f"IL-{trial.interlock:02d}|{trial.name}|{seed}|{count}", (number, seed, count)


def report(mark: str) -> dict[str, Any]:
    """Everything that is noted of these sources."""
    reactions = Notes("reactions", mark).done
    found = []
    for trial in TRIALS:
        head = f"IL-{trial.interlock:02d}|{trial.name}|"
        mine = [result for key, result in reactions.items() if key.startswith(head)]
        if mine:
            times_us = [value for result in mine for value in result["times_us"]]
            others = sum((Counter(result["others"]) for result in mine), Counter())
            found.append(summary(trial, times_us, others))
    visits = list(Notes("false-trips", mark).done.values())
    campaign = {
        "visits": len(visits),
        "hours": round(sum(visit["seconds"] for visit in visits) / 3600.0, 2),
        "hours_in_run": round(sum(visit["run_seconds"] for visit in visits) / 3600.0, 2),
        "trips": [trip for visit in visits for trip in visit["trips"]],
    }
    order = sorted(found, key=lambda row: (row["interlock"], row["stimulus"]))
    return {"measured": mark, "pens": PENS, "reactions": order, "false_trips": campaign}


def write_report(mark: str) -> None:
    """Write the data file, and say it in two lines."""
    content = report(mark)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    late = [
        row
        for row in content["reactions"]
        if row["worst_us"] is None or row["worst_us"] > row["requirement_us"]
    ]
    print(f"{OUT.relative_to(ROOT)}: {len(content['reactions'])} stimuli, {len(late)} beyond the requirement")
    for row in late:
        print(f"  {row['interlock']} {row['stimulus']}: {row['worst_us']} of {row['requirement_us']} us")
    campaign = content["false_trips"]
    print(
        f"false trips: {len(campaign['trips'])} in {campaign['hours']} h, {campaign['hours_in_run']} h in RUN"
    )


def main() -> int:
    """Measure, or write the report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=("reactions", "false-trips", "report"))
    parser.add_argument("--runs", type=int, default=1000, help="runs of each stimulus (default: 1000)")
    parser.add_argument("--hours", type=float, default=100.0, help="hours of treatment (default: 100)")
    parser.add_argument("--only", nargs="*", default=[], metavar="IL-nn", help="these interlocks only")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    mark = fingerprint()
    if given.what == "reactions":
        pieces = reaction_pieces(given.runs, given.only)
        work_off(Notes("reactions", mark), measure, pieces, given.processes)
    elif given.what == "false-trips":
        visits = [
            (f"visit {seed}", (seed, VISIT_S)) for seed in range(math.ceil(given.hours * 3600 / VISIT_S))
        ]
        work_off(Notes("false-trips", mark), treat, visits, given.processes)
    write_report(mark)
    return 0


if __name__ == "__main__":
    sys.exit(main())
