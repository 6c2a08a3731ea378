"""The memory of trips: input, value, limit, time, the inputs around it; latched through power-off."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from core_rig import again, arm, choose, drive_is_off, opened, run, start, visit, why

from penctl.pen import Pen
from penctl.protocol.enums import Input, Mode, State, StopKind
from pensim.bench import Bench

Ready = tuple[Bench, Pen]
ROWS = 40
PARTS = 5


@pytest.fixture
def ready() -> Iterator[Ready]:
    """A pen in STANDBY with setpoints, in a visit."""
    with Bench(seed=6) as bench:
        pen = opened(bench)
        visit(pen)
        choose(bench, pen)
        yield bench, pen


def _emergency_stop_in_run(bench: Bench, pen: Pen) -> None:
    arm(pen)
    start(bench, pen)
    bench.run(0.3)
    bench.hand.estop(True)
    bench.run(0.2)
    bench.hand.hold(False)


def test_a_pen_that_never_tripped_says_so(ready: Ready) -> None:
    """GET_TRIP 0 is answered by an empty one; what is not there is refused with how many there are."""
    _, pen = ready
    assert pen.command("GET_TRIP", index=0)["interlock"] == 0
    refused = why(lambda: pen.command("GET_TRIP", index=1))
    assert (refused.reason, refused.value, refused.limit) == ("NO_SUCH_ENTRY", 1, 0)
    assert why(lambda: pen.command("GET_SNAPSHOT", index=0, part=0)).reason == "NO_SUCH_ENTRY"


def test_a_trip_is_kept_with_its_snapshot(ready: Ready) -> None:
    """Requirement: input, value, limit, time, and 40 ms of inputs around it: about 30 before, 10 after."""
    bench, pen = ready
    _emergency_stop_in_run(bench, pen)
    kept = pen.command("GET_TRIP", index=0)
    status = pen.status()
    assert (kept["interlock"], kept["latched"], kept["input"], kept["stop"]) == (
        1,
        1,
        Input.ESTOP_A,
        StopKind.C0,
    )
    assert kept["time_us"] == status.trip_time_us
    assert (kept["boot"], kept["snapshot_parts"], kept["count"]) == (status.boot, PARTS, 1)
    rows = []
    for part in range(PARTS):
        answer = pen.command("GET_SNAPSHOT", index=0, part=part)
        assert (answer["part"], answer["parts"], answer["count"]) == (part, PARTS, 8)
        rows += answer["rows"]
    times = [row["time_us"] for row in rows]
    assert [b - a for a, b in pairwise(times)] == [1000] * (ROWS - 1)
    assert -31_000 <= times[0] <= -29_000
    assert 9_000 <= times[-1] <= 11_000
    before, after = rows[0], rows[-1]
    assert (before["state"], before["contacts"] & 0b11) == (State.RUN, 0b11)
    assert before["contacts"] & 1 << 11
    assert (after["state"], after["contacts"] & 0b11) == (State.SAFE, 0)
    assert not after["contacts"] & 1 << 11
    assert why(lambda: pen.command("GET_SNAPSHOT", index=0, part=PARTS)).reason == "NO_SUCH_ENTRY"


@pytest.mark.parametrize("cause", ["POWER_ON", "SOFTWARE"])
def test_a_latched_trip_survives_power_off_and_restart_until_its_reset(ready: Ready, cause: str) -> None:
    """Requirement: a restart is no reset; after the reset another restart does not bring it back."""
    bench, pen = ready
    _emergency_stop_in_run(bench, pen)
    bench.run(0.3)
    pen = again(bench, pen, cause)
    assert pen.status().state is State.SAFE
    assert pen.status().tripped == 1
    bench.run(3.0)
    assert pen.status().state is State.SAFE
    assert drive_is_off(bench)
    bench.hand.estop(False)
    bench.run(0.1)
    pen.reset()
    pen.wait_ready()
    assert pen.command("GET_TRIP", index=0)["latched"] == 0
    bench.run(0.3)
    pen = again(bench, pen, cause)
    pen.wait_ready()
    status = pen.status()
    assert (status.state, status.tripped) == (State.STANDBY, 0)
    kept = pen.command("GET_TRIP", index=0)
    assert (kept["interlock"], kept["latched"], kept["boot"]) == (1, 0, status.boot - 2)
    assert kept["snapshot_parts"] == 0


def test_eight_trips_are_kept_and_four_snapshots(ready: Ready) -> None:
    """Requirement: the last eight, newest first."""
    bench, pen = ready
    for _ in range(10):
        bench.hand.estop(True)
        bench.run(0.1)
        bench.hand.estop(False)
        bench.run(0.1)
        pen.reset()
    answers = [pen.command("GET_TRIP", index=index) for index in range(8)]
    assert [answer["snapshot_parts"] for answer in answers] == [PARTS] * 4 + [0] * 4
    times = [answer["time_us"] for answer in answers]
    assert times == sorted(times, reverse=True)
    assert why(lambda: pen.command("GET_TRIP", index=8)).reason == "NO_SUCH_ENTRY"


def test_a_stop_that_does_not_latch_is_kept_too_and_told_as_such(ready: Ready) -> None:
    """IL-16: EVENT_TRIP with latched 0, an entry in the log, and no trip in the status."""
    bench, pen = ready
    arm(pen)
    start(bench, pen)
    bench.run(0.2)
    bench.inject("nose_temperature", "wrong", gain=1.0, value=30_000.0)
    bench.run(1.5)
    assert pen.status().state is State.STANDBY
    kept = pen.command("GET_TRIP", index=0)
    assert (kept["interlock"], kept["latched"], kept["stop"]) == (16, 0, StopKind.C1)
    assert pen.status().tripped == 0
    assert any(trip.interlock == 16 and not trip.latched for trip in pen.trips)


def test_a_power_cycle_and_a_passed_self_test_end_what_nothing_else_ends(ready: Ready) -> None:
    """IL-32: neither RESET nor a restart ends it; switching off and on with a self-test does."""
    bench, pen = ready
    bench.inject("second_clock", "wrong", gain=1.05)
    bench.run(0.2)
    assert pen.status().tripped == 32
    assert why(pen.reset).reason == "POWER_CYCLE_NEEDED"
    bench.clear_faults()
    bench.run(0.3)
    pen = again(bench, pen, "SOFTWARE")
    bench.run(4.0)
    assert (pen.status().state, pen.status().tripped) == (State.SAFE, 32)
    bench.power_off()
    pen = again(bench, pen, "POWER_ON")
    bench.run(4.0)
    assert (pen.status().state, pen.status().tripped) == (State.STANDBY, 0)
    visit(pen)
    choose(bench, pen)
    run(bench, pen)


def _press_estop(bench: Bench, pen: Pen, times: int) -> None:
    """Press and release the emergency stop and reset it, as any operator may."""
    for _ in range(times):
        bench.hand.estop(True)
        bench.run(0.1)
        bench.hand.estop(False)
        bench.run(0.1)
        pen.command("RESET", interlock=1)


@pytest.mark.parametrize("cause", ["POWER_ON", "SOFTWARE"])
def test_later_trips_do_not_push_a_latched_one_out_of_memory(ready: Ready, cause: str) -> None:
    """Requirement: a latch ends by its reset alone; nine resets of another one do not make room for it."""
    bench, pen = ready
    bench.inject("second_clock", "wrong", gain=1.05)
    bench.run(0.2)
    bench.clear_faults()
    _press_estop(bench, pen, 9)
    kept = [pen.command("GET_TRIP", index=index) for index in range(8)]
    assert [(one["interlock"], one["latched"]) for one in kept] == [(1, 0)] * 7 + [(32, 1)]
    bench.run(0.3)
    pen = again(bench, pen, cause)
    status = pen.status()
    assert (status.state, status.tripped) == (State.SAFE, 32)


def test_off_and_on_does_not_make_the_clinicians_reset_the_operators(ready: Ready) -> None:
    """IL-38: latched in CLINICAL; the pen comes up in HOME, and still a clinician resets it."""
    bench, pen = ready
    for _ in range(3):
        _emergency_stop_in_run(bench, pen)
        bench.hand.estop(False)
        bench.run(0.3)
        pen.command("RESET", interlock=1)
        if pen.status().state is not State.SAFE:
            pen.command("SELF_TEST")
            pen.wait_ready()
    assert pen.status().tripped == 38
    bench.run(0.3)
    pen = again(bench, pen, role="operator")
    bench.run(4.0)
    assert pen.status().mode is Mode.HOME
    refused = why(lambda: pen.command("RESET", interlock=38))
    assert (refused.reason, refused.value, refused.limit) == ("ROLE", 1, 2)
    pen = again(bench, pen)
    bench.run(4.0)
    pen.command("RESET", interlock=38)
    assert pen.status().tripped == 0
