"""What comes and goes: contacts that chatter, a drive that creeps, single readings: IL-01, 05, 06, 10, 19."""

from __future__ import annotations

import numpy as np
import pytest
from guard_rig import (
    BEGIN_PROOF,
    PROOF_FAILED,
    SET_REFERENCE,
    Guard,
    NewGuard,
    reading_um,
    when_off,
)

from penctl.protocol.enums import Input, Reason, SelfTestCheck

CONTACTS = [
    ("estop_a_closed", 1, 20),
    ("estop_b_closed", 1, 20),
    ("cartridge_locked", 19, 100),
    ("tag_present", 19, 100),
]
"""Contact, interlock, and the ticks that it may be open."""


def chatter(new_guard: NewGuard, contact: str, open_ticks: int, period: int, seconds: float) -> Guard:
    """In RUN the contact is open for so many ticks at the beginning of each period."""
    guard = new_guard().start()
    guard.run(300, 100.0)
    ticks = np.arange(round(seconds * 10_000))
    guard.run(len(ticks), 100.0, **{contact: (ticks % period >= open_ticks).astype(int)})
    return guard


@pytest.mark.parametrize("part", [0.5, 0.25, 0.15])
@pytest.mark.parametrize(("contact", "interlock", "most"), CONTACTS)
def test_a_contact_that_chatters_trips_though_it_is_never_open_for_long(
    new_guard: NewGuard, contact: str, interlock: int, most: int, part: float
) -> None:
    """IL-01, IL-19: open for less than the limit, for a part of the time, again and again."""
    open_ticks = most - 1
    guard = chatter(new_guard, contact, open_ticks, round(open_ticks / part), 2.0)
    assert guard.trips["interlock"].tolist()[:1] == [interlock]
    assert 0 <= when_off(guard.seen) < 5000


@pytest.mark.parametrize(("contact", "interlock", "most"), CONTACTS)
def test_a_contact_that_opens_now_and_then_is_no_trip(
    new_guard: NewGuard, contact: str, interlock: int, most: int
) -> None:
    """IL-01, IL-19: 0.1 ms less than the limit in each tenth of the time is no trip, however often."""
    assert chatter(new_guard, contact, most - 1, most * 10, 3.0).last["drive_enable"] == 1


@pytest.mark.parametrize("at", range(10))
@pytest.mark.parametrize("counts", [130, 250])
def test_false_shaft_readings_for_3_ms_are_no_motion(new_guard: NewGuard, counts: int, at: int) -> None:
    """IL-05: with the drive off and the shaft at rest, wherever they begin in the millisecond."""
    guard = new_guard()
    guard.run(3100)
    rows = guard.rows(300)
    rows["shaft_counts"][50 + at : 80 + at] = counts
    assert not guard.feed(rows)["tripped"].any()


@pytest.mark.parametrize("hz", [6.01, 6.5, 10.0, 50.0, 221.0])
def test_motion_at_the_limit_opens_the_second_path_within_9_ms(new_guard: NewGuard, hz: float) -> None:
    """IL-05: 10 ms are required; 9 ms are kept in every phase of the millisecond."""
    for phase in range(10):
        guard = new_guard()
        guard.run(3100 + phase)
        assert (guard.run(90, hz)["supply_enable"] == 0).any()


@pytest.mark.parametrize(
    ("hz", "trips"), [(5.8, True), (-1.0, True), (0.25, True), (0.19, False), (0.0, False)]
)
def test_a_shaft_that_creeps_with_the_drive_off_trips(new_guard: NewGuard, hz: float, trips: bool) -> None:
    """IL-05: more than 2 turns in 10 s, too slow to be motion by the millisecond; READY, too."""
    guard = new_guard().arm()
    guard.run(3500)
    tripped = False
    for _ in range(40):
        tripped = tripped or bool((guard.run(10_000, hz)["tripped"] == 5).any())
        if tripped:
            break
    assert tripped is trips
    if trips:
        assert guard.trips["input"].tolist() == [Input.SHAFT_MOTION]
        assert guard.last["supply_enable"] == 0


def test_a_bar_that_a_hand_moves_through_its_stroke_and_back_is_no_motion(new_guard: NewGuard) -> None:
    """IL-05: inhibited: slowly out and in again, ten times, is no turn."""
    guard = new_guard()
    guard.run(3500)
    for _ in range(10):
        assert not guard.run(2000, 2.0)["tripped"].any()
        assert not guard.run(2000, -2.0)["tripped"].any()


@pytest.mark.parametrize("ticks", [1, 5, 9])
def test_readings_of_no_supply_for_less_than_1_ms_prove_no_second_path(
    new_guard: NewGuard, ticks: int
) -> None:
    """IL-06: a second path that does not open fails the proof, whatever single readings of the supply say."""
    guard = new_guard()
    guard.run(600)
    guard.accept(BEGIN_PROOF)
    rows = guard.rows(2300, supply_mv=10_001)
    for begin in range(200, 1000, 100):
        rows["supply_mv"][begin : begin + ticks] = 0
    seen = guard.feed(rows)
    assert (seen[-1]["proof"], seen[-1]["proof_check"]) == (PROOF_FAILED, SelfTestCheck.SECOND_PATH)


def test_an_edge_of_the_home_switch_that_is_gone_again_gives_no_zero(new_guard: NewGuard) -> None:
    """IL-10: guard takes the zero only while the stage stands on the switch; a spike of it is no zero."""
    guard = new_guard()
    guard.run(600)
    guard.set(stage_um=reading_um(-200), stage_home=0)
    guard.run(50)
    guard.run(1, stage_home=1)
    guard.set(stage_home=0)
    guard.run(50)
    assert guard.ask(SET_REFERENCE).reason == Reason.NOT_REFERENCED
    guard.set(stage_um=reading_um(-500), stage_home=1)
    guard.run(50)
    guard.accept(SET_REFERENCE)
