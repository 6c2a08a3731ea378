"""A run is a pure function of scenario, firmware and seed."""

from __future__ import annotations

from typing import Any

import numpy as np
from acceptance_rig import Plan, ready, start, treat_as_people_do

from pensim.bench import Bench


def everything_of(seed: int, slice_s: float = 0.25) -> dict[str, Any]:
    """Telemetry, events, trace, strokes and stops of 3 s of treatment, a cut link and its trip."""
    plan = Plan(seed, "clinical", 1200, 110)
    with Bench(seed) as bench:
        pen = ready(bench, plan)
        blocks: list[Any] = []
        pen.inbox.on_telemetry.append(blocks.append)
        pen.telemetry(1000)
        start(bench, pen, plan)
        treat_as_people_do(bench, pen, 3.0, 9)
        bench.cut_link()
        for _ in range(round(1.0 / slice_s)):
            bench.advance(slice_s)
        return {
            "samples": np.concatenate([block.samples for block in blocks]),
            "times": np.array([block.first_time_us for block in blocks]),
            "events": [(event.name, dict(event.values)) for event in pen.events],
            "trace": bench.trace.rows,
            "strokes": bench.strokes,
            "stops": bench.kernel.stops(),
        }


def same(one: Any, other: Any) -> bool:
    return bool(np.array_equal(one, other)) if isinstance(one, np.ndarray) else bool(one == other)


def test_two_runs_with_one_seed_are_the_same_in_every_bit() -> None:
    """Determinism: telemetry, events, trace, strokes and stops of two runs with one seed are equal."""
    first, second = everything_of(4), everything_of(4)
    assert len(first["samples"]) > 2000
    assert len(first["strokes"]) > 200
    assert len(first["stops"]) == 1
    assert [name for name in first if not same(first[name], second[name])] == []


def test_how_the_time_is_sliced_changes_nothing() -> None:
    """Determinism: the same second in one slice or in forty gives the same pen."""
    first, second = everything_of(4, slice_s=1.0), everything_of(4, slice_s=0.025)
    assert [name for name in first if not same(first[name], second[name])] == []


def test_another_seed_is_another_pen_and_another_skin() -> None:
    """Determinism: with another seed telemetry, trace and strokes differ."""
    first, second = everything_of(4), everything_of(5)
    assert not any(same(first[name], second[name]) for name in ("samples", "trace", "strokes"))
