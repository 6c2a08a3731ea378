"""The curves: what is drawn, and that drawing them for long neither leaks nor ends the program."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from penctl.protocol.enums import State
from penctl.protocol.telemetry import SAMPLE_DTYPE, TelemetryBlock
from pengui.decimate import bin_width, min_max
from pengui.worker.ring import ROW, SampleRing

SOAK_FRAMES = 2500
WARM_FRAMES = 600
FRAME_S = 1 / 60
MOST_GROWTH_MB = 12.0


def block(number, press_mn, first_time_us=None):
    samples = np.zeros(len(press_mn), SAMPLE_DTYPE)
    samples["press_mn"] = press_mn
    first = number * 20_000 if first_time_us is None else first_time_us
    return TelemetryBlock(number, 0, first, 1000, State.RUN, samples)


def test_a_peak_of_one_sample_is_drawn_however_few_points_there_are():
    """A limit that was passed for a millisecond is seen: each bin keeps its least and its greatest sample."""
    values = np.zeros((1, 10_000), np.float32)
    values[0, 4321] = 9.0
    values[0, 7777] = -3.0
    _, drawn = min_max(0, values, bin_width(10_000, 500))
    assert drawn.shape == (1, 1000)
    assert drawn.max() == 9.0
    assert drawn.min() == -3.0


@pytest.mark.parametrize("first", [0, 1, 19, 20, 12_345])
def test_bins_stay_with_their_samples_while_the_picture_scrolls(first):
    """Bins begin at multiples of their width, so that a scrolling curve does not shimmer."""
    everything = np.random.default_rng(1).normal(size=(1, 20_000)).astype(np.float32)
    numbers, drawn = min_max(first, everything[:, first : first + 5000], 20)
    assert (numbers % 20 == 10).all()
    whole = everything[0, numbers[0] - 10 : numbers[0] + 10]
    assert drawn[0, 0] == whole.min()
    assert drawn[0, 1] == whole.max()


def test_the_ring_gives_back_the_newest_samples_in_order_when_it_has_gone_round():
    """Ring buffer: the oldest samples are overwritten, the order is kept."""
    ring = SampleRing(size=64)
    for number in range(10):
        ring.add(block(number, np.arange(20) + 20 * number), 0.0)
    first, values = ring.latest(50, (ROW["press_mn"],))
    assert first == 150
    assert np.allclose(values[0] * 1000, np.arange(150, 200), atol=1e-3)


def test_telemetry_that_was_lost_is_drawn_as_a_gap():
    """A line drawn over samples that never arrived would be a measurement that nobody made."""
    ring = SampleRing()
    ring.add(block(0, np.full(20, 1000)), 0.0)
    ring.add(block(2, np.full(20, 1000)), 0.0)
    _, values = ring.latest(100, (ROW["press_mn"],))
    assert np.isnan(values[0]).tolist() == [False] * 20 + [True] * 20 + [False] * 20
    _, drawn = min_max(0, values, 10)
    assert np.isnan(drawn).any()


def test_a_gap_is_as_long_as_the_time_that_was_lost():
    """The last ten seconds of the plots are ten seconds, with a lost link in them too."""
    ring = SampleRing(size=64)
    ring.add(block(0, np.full(20, 1000)), 0.0)
    ring.add(block(1000, np.full(20, 2000)), 20.0)
    _, values = ring.latest(64, (ROW["press_mn"],))
    assert np.isnan(values[0][:44]).all()
    assert np.allclose(values[0][44:], 2.0)


def test_setpoint_and_limits_are_drawn_into_the_plots(running):
    """Issue 3: live plots of depth, rate, force and current with the limits drawn in."""
    depth, rate, press, current = running.window.plots.lines
    assert depth["high"].value() == 2.5
    assert depth["setpoint"].value() == 1.0
    assert (rate["low"].value(), rate["high"].value()) == (50.0, 150.0)
    assert current["high"].isVisible()
    assert press["high"].isVisible()


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.long
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
def test_plots_draw_for_long_without_growing(running):
    """Issue 3: a soak of the plots that would notice a leak or an abort."""
    sizes = []
    for frame in range(SOAK_FRAMES):
        running.run(FRAME_S)
        running.window.plots.viewport().repaint()
        QApplication.processEvents()
        if frame in (WARM_FRAMES, SOAK_FRAMES - 1):
            sizes.append(resident_mb())
    assert running.view.state is State.RUN
    assert running.window.plots.frames > SOAK_FRAMES / 2
    assert sizes[1] - sizes[0] < MOST_GROWTH_MB


def test_no_curve_of_a_simulated_pen_outlives_its_mark(running):
    """Issue 3: SIMULATED on every screen; after disconnecting nothing of that pen is drawn any more."""
    plots = running.window.plots
    assert all(len(curve.getData()[0]) for curve in plots.curves)
    running.window.stop()
    running.run(0.3)
    running.window.bar.disconnect_button.click()
    running.act()
    assert not running.view.simulated
    assert not any(len(curve.getData()[0]) for curve in plots.curves if curve.getData()[0] is not None)
