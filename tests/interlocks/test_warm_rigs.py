"""A rig that went back to a saved moment is the one that went the whole way, whatever it did meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from interlock_rig import Rig, assert_drive_off
from warm_rigs import KEPT, WarmRigs


def told_and_true(rig: Rig) -> tuple[Any, ...]:
    """A trip by a stage that runs away: every byte of the plant, and every event that the host was told."""
    rig.bench.inject("stage", "runaway", value=5.0)
    rig.bench.run(0.2)
    assert_drive_off(rig)
    kernel = rig.bench.kernel
    arrays = (kernel.trace(), kernel.strokes(), kernel.stops(), kernel.state, kernel.world)
    events = [(event.name, dict(event.values)) for event in rig.pen.events]
    return (*(array.tobytes() for array in arrays), events, rig.now_s, rig.pressed_s)


@pytest.mark.parametrize("way", ["standby", "ready", "running"])
def test_a_warm_rig_does_what_a_new_one_does_to_the_byte(way: str) -> None:
    """Test rig: the suite's cells hold what they held when each went its whole way."""
    rigs = WarmRigs()

    def once(first: str) -> tuple[Any, ...]:
        rig = rigs.rig(2, "clinician", {})
        getattr(rig, first)("clinical", 900)
        seen = told_and_true(rig)
        rigs.give_back(rig)
        return seen

    new = told_and_true(getattr(Rig(2, "clinician"), way)("clinical", 900))
    assert once(way) == new
    once("ready" if way == "running" else "running")
    assert once(way) == new


def test_two_rigs_of_one_test_are_two_pens() -> None:
    """Test rig: what one does the other does not feel."""
    rigs = WarmRigs()
    first, second = (rigs.rig(1, "clinician", {}) for _ in range(2))
    assert first.bench is not second.bench
    first.standby()
    assert second.now_s < first.now_s - 1.0


def test_a_rig_that_was_touched_before_its_way_goes_all_of_it() -> None:
    """Test rig: a fault that was there on the way is not left out, nor kept for others."""
    rigs = WarmRigs()
    rigs.give_back(rigs.rig(1, "clinician", {}).standby())
    rig = rigs.rig(1, "clinician", {})
    rig.bench.hand.press(n=2.0)
    assert rig.standby().bench.kernel.control.lifted == 0
    rigs.give_back(rig)
    assert rigs.rig(1, "clinician", {}).standby().bench.kernel.control.lifted == 1


def test_few_benches_are_kept() -> None:
    """Test rig: a worker does not fill the memory with pens."""
    rigs = WarmRigs()
    for seed in range(KEPT + 2):
        rigs.give_back(rigs.rig(seed, "clinician", {}))
    assert len(rigs._kept) == KEPT
