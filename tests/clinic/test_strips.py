"""The strips of TREAT: what came in bit by bit is drawn as if all of it were looked at in each frame."""

from __future__ import annotations

import numpy as np
import pytest

from penctl.protocol.enums import Flags, State
from penctl.protocol.telemetry import SAMPLE_DTYPE, TelemetryBlock
from pengui.decimate import Rolling, min_max
from pengui.widgets.strips import STRIPS, Lines, Strips
from pengui.worker.ring import SampleRing


@pytest.mark.parametrize("pieces", [(20,) * 90, (1, 3, 700, 4000, 20, 5, 19), (5, 9000)])
def test_bins_taken_in_bit_by_bit_are_those_of_the_whole(pieces):
    """A peak is drawn in the bin where it was measured, however the samples come in."""
    everything = np.random.default_rng(3).normal(size=(2, sum(pieces))).astype(np.float32)
    bins, end = Rolling(2, 50, 20), 0
    bins.forget(0)
    for piece in pieces:
        end += piece
        bins.take(bins.wanted, everything[:, bins.wanted : end])
    numbers, drawn = bins.picture()
    first = int(numbers[0]) - 10
    expected_numbers, expected = min_max(first, everything[:, first:], 20)
    assert len(numbers) == min(100, 2 * (end // 20))
    assert numbers.tolist() == expected_numbers.tolist()
    assert np.array_equal(drawn, expected)


def test_samples_that_were_overwritten_before_they_were_seen_do_not_move_the_rest():
    """The time axis stays true after a window that stood still for a while."""
    bins = Rolling(1, 10, 20)
    bins.forget(0)
    bins.take(0, np.zeros((1, 40), np.float32))
    bins.take(1005, np.full((1, 100), 7.0, np.float32))
    numbers, drawn = bins.picture()
    assert numbers[0] == 1030
    assert (drawn == 7.0).all()


def block(number, press_mn, *, contact):
    samples = np.zeros(20, SAMPLE_DTYPE)
    samples["press_mn"] = press_mn
    samples["flags"] = int(Flags.CONTACT) if contact else 0
    return TelemetryBlock(number, 0, number * 20_000, 1000, State.RUN, samples)


def accent_columns(strips, place):
    """Height of the curve above the foot of a strip, per column of the picture, None without one."""
    picture, curve = strips.grab().toImage(), strips._areas(place)[1].toAlignedRect()
    accent = strips._look.accent
    found = []
    for x in range(curve.width()):
        rows = [
            y for y in range(curve.top(), curve.bottom() + 3) if picture.pixelColor(x, y).name() == accent
        ]
        found.append(curve.bottom() + 3 - min(rows) if rows else None)
    return found


def test_force_is_drawn_where_it_was_measured_and_a_gap_stays_a_gap(qapp):
    """A line over samples that never arrived would be a measurement that nobody made."""
    ring = SampleRing()
    strips = Strips(ring)
    strips.resize(400, 400)
    for number in range(500):
        if not 300 <= number < 350:
            ring.add(block(number, 4000 if number >= 400 else 1000, contact=number >= 250), number * 0.02)
    strips.mark({"Press force": Lines(high=9.0)})
    assert strips.redraw(ring.heard_s)
    assert not strips.redraw(ring.heard_s), "the same frame again costs nothing"
    force = accent_columns(strips, 1)
    assert not any(force[244:276])
    assert all(force[10:236])
    assert all(force[284:396])
    low, high = force[100], force[380]
    assert 3.0 < high / low < 4.5
    contact = accent_columns(strips, 3)
    assert contact[100] < 4 < contact[380]
    assert strips.texts == ("0.0 Hz", "4.0 N", "0 mA", "on the skin")
    ring.clear()
    strips.redraw(100.0)
    assert strips.texts == ("–",) * len(STRIPS)
    assert not any(accent_columns(strips, 1)), "another pen: nothing of the one before"
