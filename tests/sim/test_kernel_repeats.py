"""A run is a pure function of parameters, seed and what was written when; rings keep the newest rows."""

from __future__ import annotations

import numpy as np
import pytest
from plant_rig import drive, plant, press, run

from pensim.kernel import Kernel
from pensim.plant.parameters import FROM_PEN
from pensim.plant.records import STOPS_DTYPE, STROKES_DTYPE, TRACE_DTYPE


def scene(seed: int, chunks: list[int]) -> Kernel:
    kernel = plant(1.2, "typical", seed=seed, nominal=False, trace_decimation=1, trace_rows=1 << 14)
    press(kernel)
    kernel.control.tremor = 1.0
    drive(kernel, 5.0)
    for ticks in chunks:
        kernel.advance(ticks)
    return kernel


def test_one_seed_gives_one_trace_to_the_byte() -> None:
    """DESIGN: virtual time, a run is a pure function of scenario, firmware and seed."""
    assert scene(7, [8000]).trace().tobytes() == scene(7, [8000]).trace().tobytes()


def test_how_ticks_are_grouped_changes_nothing() -> None:
    """DESIGN: the host's pauses are no part of the physics."""
    whole = scene(7, [8000])
    parts = scene(7, [1, 2, 3, 994, 3500, 3499, 1])
    assert whole.trace().tobytes() == parts.trace().tobytes()
    assert whole.strokes().tobytes() == parts.strokes().tobytes()


def test_another_seed_gives_another_pen_and_other_noise() -> None:
    """Seeds: tolerances and noise differ."""
    one, other = scene(7, [8000]), scene(8, [8000])
    assert one.params.torque_constant != other.params.torque_constant
    assert one.trace().tobytes() != other.trace().tobytes()


def test_nominal_pens_differ_in_noise_only() -> None:
    """Seeds: nominal leaves every figure at its value."""
    one, other = plant(seed=1), plant(seed=2)
    assert one.params.tobytes() == other.params.tobytes()
    assert one.state.random != other.state.random


def test_rings_keep_the_newest_rows_in_order() -> None:
    """Trace: oldest first, also after the ring has gone round."""
    kernel = plant(trace_decimation=1, trace_rows=100)
    run(kernel, 0.0257)
    times = kernel.trace()["time_us"]
    assert len(times) == 100
    assert times[-1] == 25_700
    assert (np.diff(times) == 100).all()


@pytest.mark.parametrize("dtype", [TRACE_DTYPE, STROKES_DTYPE, STOPS_DTYPE])
def test_rows_have_no_gaps(dtype: np.dtype) -> None:
    """Repeats are compared as bytes, and numpy copies no gaps."""
    assert dtype.itemsize == sum(dtype[name].itemsize for name in dtype.names or ())


def test_every_whole_stroke_is_logged_once() -> None:
    """Stroke log: as many rows as turns, in order, the rate from top to top."""
    kernel = plant()
    drive(kernel, 5.0)
    run(kernel, 1.0)
    strokes = kernel.strokes()
    assert len(strokes) == kernel.state.revolution == kernel.stroke_count
    gaps = np.diff(strokes["end_us"]) * 1e-6
    assert strokes["rate_hz"][1:] == pytest.approx(1.0 / gaps, rel=1e-3)
    assert strokes["peak_bar_um"] == pytest.approx(1500.0, abs=0.5)


def test_an_unknown_parameter_is_refused() -> None:
    """Bad input: a figure without effect is not accepted."""
    with pytest.raises(KeyError, match="stroke_mm"):
        Kernel(parameters={"stroke_mm": 3.0})


def test_every_figure_is_drawn_within_its_tolerance() -> None:
    """Seeds: no drawn figure leaves its tolerance, and each toleranced figure moves."""
    nominal = Kernel(nominal=True).params
    drawn = [Kernel(seed=seed).params for seed in range(1, 60)]
    moved = 0
    for name in FROM_PEN:
        values = np.array([float(params[name]) for params in drawn])
        moved += bool(values.std() > 0.0)
        assert abs(values.mean() - nominal[name]) < 0.5 * max(values.std(), 1e-12) + 1e-12
    assert moved > 35
