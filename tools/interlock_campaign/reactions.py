"""Reaction times: many runs of each stimulus from warmed-up pens, counted from the physical onset."""

from __future__ import annotations

import contextlib
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from interlock_rig import Rig

from interlock_campaign.scene import SCENES, Scene, scenes, vary
from interlock_campaign.stimuli import NeverHappened, Stimulus
from penctl.errors import PenError


@dataclass
class Runs:
    """What the runs of one stimulus gave."""

    times_ms: list[float] = field(default_factory=list)
    split_ms: list[float] = field(default_factory=list)
    also_ms: list[float] = field(default_factory=list)
    others: Counter[int] = field(default_factory=Counter)
    silent: list[str] = field(default_factory=list)
    worst: dict[str, Any] = field(default_factory=dict)

    def add(self, time_ms: float, where: dict[str, Any]) -> None:
        """One more reaction."""
        if not self.times_ms or time_ms > max(self.times_ms):
            self.worst = where
        self.times_ms.append(time_ms)


def stopped_by(rig: Rig) -> int:
    """The interlock that the firmware names: the latched one, or the cause of the last change of state."""
    if rig.tripped:
        return rig.tripped
    causes = [event["cause"] for event in rig.pen.events if event.name == "EVENT_STATE"]
    return int(causes[-1]) if causes else 0


def one(
    stimulus: Stimulus, rig: Rig, scene: Scene, noise: int, draw: np.random.Generator, runs: Runs
) -> None:
    """One run; what it gave is added."""
    vary(rig, scene, draw)
    begin_s = rig.now_s
    stimulus.provoke(rig, scene, draw)
    (stimulus.wait or _wait)(rig, scene, stimulus.takes_s)
    where = {"pen": scene.seed, "noise": noise, "depth_um": scene.depth_um, "rate_hz": scene.rate_hz}
    try:
        # A reaction that did not come is a silent interlock; an onset that did not, no run at all.
        reacted_s = stimulus.reaction(rig, scene, begin_s)
    except NeverHappened:
        runs.silent.append(f"pen {scene.seed} noise {noise}: no {stimulus.until}")
        return
    by = stopped_by(rig)
    told = not stimulus.by_restart and stimulus.until != "READY lost"
    if told and by not in (stimulus.allowed or (stimulus.interlock,)):
        runs.others[by] += 1
        return
    try:
        onset_s = stimulus.onset(rig, scene, begin_s)
        time_ms = (reacted_s - onset_s) * 1e3
    except NeverHappened:
        runs.silent.append(f"pen {scene.seed} noise {noise}: no onset")
        return
    runs.add(max(0.0, time_ms), where)
    if stimulus.also is not None:
        with contextlib.suppress(NeverHappened):
            runs.also_ms.append(max(0.0, (stimulus.also(rig, scene, begin_s) - onset_s) * 1e3))
    if stimulus.split is not None:
        with contextlib.suppress(NeverHappened):  # stopped before that stroke
            runs.split_ms.append(max(0.0, (reacted_s - stimulus.split(rig, scene, begin_s)) * 1e3))


def _wait(rig: Rig, scene: Scene, seconds: float) -> None:
    try:
        rig.bench.run(seconds)
    except PenError:  # a host whose link session is gone has no part in the rest
        rig.bench.advance(seconds)


def measure(stimulus: Stimulus, seed: int, count: int) -> dict[str, Any]:
    """So many runs of a stimulus, as a row of the evidence."""
    name = f"{stimulus.interlock} {stimulus.name} {stimulus.group}"
    draw = np.random.default_rng([seed, zlib.crc32(name.encode())])
    runs = Runs()
    several = scenes(stimulus.conditions, draw, min(SCENES, count))
    for number, scene in enumerate(several):
        rig = stimulus.prepare(scene, stimulus.conditions.state)
        rig.bench.kernel._state["trace_count"] = 0  # rows of before are copied at every look, and nobody asks
        saved = rig.bench.save()
        for noise in range(number, count, len(several)):
            rig.bench.restore(saved, noise=noise)
            one(stimulus, rig, scene, noise, draw, runs)
        rig.bench.restore(saved)
        rig.bench.clear_faults()
        rig.bench.close()
    return row(stimulus, count, len(several), runs)


def row(stimulus: Stimulus, count: int, pens: int, runs: Runs) -> dict[str, Any]:
    """The evidence of a stimulus."""
    made = {
        "stimulus": stimulus.name,
        "group": stimulus.group,
        "until": stimulus.until,
        "runs": count,
        "pens": pens,
        "counted": len(runs.times_ms),
        "required_ms": None if stimulus.required_s is None else round(stimulus.required_s * 1e3, 3),
        **figures(runs.times_ms),
        "worst_run": runs.worst,
        "stopped_before_by": {f"IL-{by:02d}": number for by, number in sorted(runs.others.items())},
        "silent": len(runs.silent),
        "silent_runs": runs.silent[:5],
    }
    if runs.split_ms:
        made["split"] = {"counted": stimulus.split_name, **figures(runs.split_ms)}
    if runs.also_ms:
        made["also"] = {"counted": stimulus.also_name, **figures(runs.also_ms)}
    return made


def figures(times_ms: list[float]) -> dict[str, float | None]:
    """Worst, 99 % and median in ms, None without a run."""
    if not times_ms:
        return {"worst_ms": None, "p99_ms": None, "p50_ms": None}
    p50, p99 = np.percentile(times_ms, [50, 99])
    return {
        "worst_ms": round(max(times_ms), 2),
        "p99_ms": round(float(p99), 2),
        "p50_ms": round(float(p50), 2),
    }
