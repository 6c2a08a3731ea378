"""The pace of the served pen, as arithmetic: deadlines are absolute and a step is never stretched."""

from __future__ import annotations

import pytest

from pensim.pacing import CATCH_UP_S, STEP_S, Lateness, Pacer

START_S = 1000.0


def test_a_late_step_does_not_move_the_next_deadline() -> None:
    """Issue 3, served pen: absolute deadlines, so that lateness never adds up to drift."""
    pacer = Pacer(START_S)
    for number in range(1, 10_001):
        assert pacer.wait_s(START_S + number * STEP_S) == pytest.approx(0.0, abs=1e-9)
        pacer.finish(START_S + number * STEP_S + 0.7 * STEP_S)  # each one is late by 0.7 ms
    assert pacer.factor(START_S + 10_000 * STEP_S) == pytest.approx(1.0)
    assert pacer.lost_s == 0.0


def test_a_pause_below_the_limit_is_caught_up_step_by_step() -> None:
    """Issue 3, served pen: after a short pause the missing steps are due at once, none is skipped."""
    pacer = Pacer(START_S)
    now_s = START_S + 0.9 * CATCH_UP_S
    due = 0
    while pacer.wait_s(now_s) == 0.0:
        assert pacer.finish(now_s) == 0.0
        due += 1
    assert due == pytest.approx(0.9 * CATCH_UP_S / STEP_S, abs=1)
    assert pacer.falls == 0


def test_a_long_pause_is_told_and_lost_not_jumped_over() -> None:
    """Issue 3, served pen: when it falls behind it says so; the pen stood still meanwhile and goes on."""
    pacer = Pacer(START_S)
    assert pacer.finish(START_S + 5.0) == pytest.approx(5.0 - STEP_S)
    assert pacer.steps == 1
    assert pacer.falls == 1
    assert pacer.wait_s(START_S + 5.0) == pytest.approx(STEP_S)
    assert pacer.factor(START_S + 5.0) < 0.01


def test_lateness_percentiles_are_those_of_the_counted_steps() -> None:
    """Issue 3, served pen: the lateness that is published is the measured one."""
    lateness = Lateness()
    assert lateness.percentile_s(99.0) == 0.0
    for late_ms in range(100):
        lateness.add(late_ms * 1e-3)
    lateness.add(-1.0)
    assert lateness.percentile_s(50.0) == pytest.approx(49e-3, abs=2e-3)
    assert lateness.percentile_s(99.0) == pytest.approx(98e-3, abs=2e-3)
    assert lateness.percentile_s(100.0) == lateness.max_s == pytest.approx(99e-3)


def test_a_lateness_beyond_the_last_bin_is_counted_and_kept_as_the_maximum() -> None:
    """Issue 3, served pen: an outlier cannot hide."""
    lateness = Lateness()
    lateness.add(7.0)
    assert lateness.count == 1
    assert lateness.max_s == 7.0
