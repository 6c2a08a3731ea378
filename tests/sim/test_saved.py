"""A bench goes back to a moment: byte for byte, or with its noise drawn anew."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pensim.bench import Bench
from pensim.errors import BenchError


def _after(bench: Bench) -> tuple[Any, ...]:
    """What a run of 0.3 s with a fault, a fresh cartridge and a heartbeat leaves."""
    bench.run(0.1)
    fault = bench.inject("bar_sensor", "wrong", value=150.0)
    bench.hand.cartridge("HOME")
    bench.run(0.2)
    kernel = bench.kernel
    return (
        kernel.trace().tobytes(),
        kernel.memory.tobytes(),
        kernel.world.tobytes(),
        kernel.state.tobytes(),
        bench.time_s,
        fault.took_effect_s,
        kernel.stroke_count,
    )


def test_a_restored_bench_repeats_what_came_after_to_the_byte() -> None:
    """A run is a pure function of scenario, firmware and seed, from a saved moment on too."""
    with Bench(seed=5) as bench:
        pen = bench.pen()
        pen.open_session()
        bench.run(0.2)
        saved = bench.save()
        first = _after(bench)
        bench.restore(saved)
        assert not bench.kernel.faults["kind"].any()
        assert pen.session_open
        assert _after(bench) == first
        assert pen.session_open
        assert pen.status().state is not None


def test_noise_is_drawn_anew_and_only_noise() -> None:
    """Thousands of runs from one pen: another number is another noise, the same number the same one."""
    with Bench(seed=5) as bench:
        bench.advance(0.1)
        saved = bench.save()
        runs = []
        for noise in (1, 2, 1):
            bench.restore(saved, noise=noise)
            bench.advance(0.05)
            runs.append(bench.kernel.trace())
        assert runs[0].tobytes() == runs[2].tobytes()
        assert runs[0].tobytes() != runs[1].tobytes()
        assert np.array_equal(runs[0]["time_us"], runs[1]["time_us"])


def test_a_ring_that_has_gone_round_comes_back() -> None:
    """The trace keeps its newest rows; those of the saved moment are there again."""
    bench = Bench(seed=1, trace_decimation=1)
    bench.advance(6.0)
    saved, before = bench.save(), bench.kernel.trace()
    bench.advance(6.0)
    bench.restore(saved)
    assert bench.kernel.trace().tobytes() == before.tobytes()


def test_a_later_moment_comes_back_after_another_run_from_an_earlier_one() -> None:
    """Moments of one bench in any order: each has its own trace, strokes and stops behind it."""
    with Bench(seed=5) as bench:
        bench.advance(0.1)
        early = bench.save()
        bench.warm(nose_c=40.0)
        bench.advance(0.4)
        late, before = bench.save(), bench.kernel.trace()
        bench.restore(early)
        bench.advance(0.2)
        bench.restore(late)
        assert bench.kernel.trace().tobytes() == before.tobytes()


def test_pen_and_cartridge_stay_the_objects_that_they_were() -> None:
    """Nothing is made anew: what a test holds of the bench stays right."""
    with Bench(seed=2) as bench:
        own = bench.hand.cartridge("CLINICAL", uses=2)
        assert own is not None
        saved = bench.save()
        bench.tag.content[200] = 7
        bench.hand.cartridge(None)
        assert own.memory[200] == 7
        bench.restore(saved)
        assert bench.kernel.cartridge is own
        assert own.memory[200] == 0
        bench.tag.content[200] = 9
        assert own.memory[200] == 9


def test_a_power_cycle_after_the_moment_is_undone() -> None:
    """Firmware and controller are part of the moment."""
    bench = Bench(seed=2)
    bench.advance(0.3)
    saved = bench.save()
    bench.power_off()
    bench.advance(0.1)
    bench.restore(saved)
    assert bench.kernel.running
    bench.advance(0.0001)
    assert bench.kernel.inputs.time_us == 300_100


def test_another_benchs_moment_is_refused() -> None:
    """Bad input to `restore`."""
    with pytest.raises(BenchError, match="another bench"):
        Bench(seed=1).restore(Bench(seed=1).save())
