"""Both copies of a record damaged while the pen is off: what stood in them is not silently forgotten."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from core_rig import DAY, again, arm, choose, opened, visit, why

from penctl.pen import Pen
from penctl.protocol.enums import Mode, SelfTestCheck, State
from pensim.bench import Bench

Ready = tuple[Bench, Pen]
COPY, COPY_B = 256, 2048
COUNTERS, TRIPS = 1, 3
KINDS = pytest.mark.parametrize("kind", [COUNTERS, TRIPS], ids=["counters", "trips"])
FIELDS = {"mode": Mode.CLINICAL, "depth_max_um": 2500, "rate_max_mhz": 150_000, "home_only": 0}


@pytest.fixture
def ready() -> Iterator[Ready]:
    """A pen in STANDBY, with the service."""
    with Bench(seed=5) as bench:
        yield bench, opened(bench, "service")


def _copies(bench: Bench, kind: int) -> list[bytes]:
    starts = (kind * COPY, kind * COPY + COPY_B)
    return [bench.memory.content[at : at + COPY].tobytes() for at in starts]


def _damage(bench: Bench, kind: int) -> None:
    """One bit of the payload turns over in each copy."""
    for at in (kind * COPY + 20, kind * COPY + COPY_B + 20):
        bench.memory.content[at] ^= 0x40


def _configure(bench: Bench, pen: Pen) -> None:
    bench.hand.button(True)
    bench.run(0.1)
    pen.command("CONFIGURE", **FIELDS)
    bench.run(0.5)
    bench.hand.button(False)


@KINDS
def test_a_lost_record_counts_as_damaged_settings_until_the_service_writes_them(
    ready: Ready, kind: int
) -> None:
    """IL-29: the self-test fails, after off and on too, whatever is written then; CONFIGURE ends it."""
    bench, pen = ready
    bench.run(0.3)
    _damage(bench, kind)
    damaged = _copies(bench, kind)
    for _ in range(2):
        pen = again(bench, pen, role="service")
        bench.run(4.0)
        assert pen.status().state is State.SELF_TEST
        refused = why(lambda pen=pen: pen.command("ARM", device_time_us=pen.status().device_time_us))
        assert (refused.reason, refused.value) == ("SELF_TEST_NOT_PASSED", SelfTestCheck.CONFIGURATION)
        bench.hand.estop(True)  # a trip that memory would keep
        bench.run(0.3)
        bench.hand.estop(False)
        assert pen.command("GET_TRIP", index=0)["interlock"] == 1
        assert (_copies(bench, kind) == damaged) is (kind == COUNTERS), "counters are not made up"
        pen.command("RESET", interlock=1)
        bench.run(0.3)
    _configure(bench, pen)
    a, b = _copies(bench, kind)
    assert a == b
    assert a not in damaged
    pen = again(bench, pen, role="service")
    pen.wait_ready()
    visit(pen)
    choose(bench, pen)
    arm(pen)
    assert pen.status().state is State.READY


def test_a_trip_after_the_trips_were_lost_outlives_power_off(ready: Ready) -> None:
    """IL-29, IL-01: a latch is in memory though the record before it was lost; CONFIGURE resets it not."""
    bench, pen = ready
    _damage(bench, TRIPS)
    pen = again(bench, pen, role="service")
    bench.run(1.0)
    bench.hand.estop(True)
    bench.run(0.1)
    bench.hand.estop(False)
    for _ in range(2):
        bench.power_off()
        pen = again(bench, pen, role="service")
        bench.run(1.0)
        assert pen.status().tripped == 1
        refused = why(lambda pen=pen: pen.command("ARM", device_time_us=pen.status().device_time_us))
        assert refused.reason == "LATCHED"
    _configure(bench, pen)
    pen = again(bench, pen, role="service")
    bench.run(1.0)
    assert pen.status().tripped == 1
    pen.command("RESET", interlock=1)
    pen.wait_ready()
    bench.run(0.1)
    pen = again(bench, pen, role="service")
    pen.wait_ready()


def test_a_latch_that_was_written_after_a_loss_is_followed_by_no_start(ready: Ready) -> None:
    """IL-29: the record that is whole again says itself that trips before it are lost, until CONFIGURE."""
    bench, pen = ready
    _damage(bench, TRIPS)
    pen = again(bench, pen, role="service")
    bench.hand.estop(True)
    bench.run(0.1)
    bench.hand.estop(False)
    bench.run(0.1)
    pen.command("RESET", interlock=1)
    bench.run(0.1)
    for _ in range(2):
        pen = again(bench, pen, role="service")
        bench.run(4.0)
        assert pen.status().state is State.SELF_TEST
        assert pen.status().self_test_check == SelfTestCheck.CONFIGURATION
        assert pen.status().tripped == 0


def test_lost_counters_are_taken_for_the_strictest(ready: Ready) -> None:
    """Requirement: all tries of codes used up, and no date or stroke count before the calibration."""
    bench, pen = ready
    bench.hand.button(True)
    bench.run(0.1)
    pen.command("CALIBRATE", bar_offset_um=0, day=DAY - 100)
    bench.hand.button(False)
    visit(pen)
    bench.run(0.3)
    strokes = (12_345_678).to_bytes(4, "little")
    for at in (2 * COPY, 2 * COPY + COPY_B):  # of the pen's life, when it was calibrated
        copy = bytearray(bench.memory.content[at : at + 28].tobytes())
        copy[16:20] = strokes
        copy[20:24] = zlib.crc32(bytes(copy[:20])).to_bytes(4, "little")
        bench.memory.content[at : at + 24] = np.frombuffer(bytes(copy[:24]), np.uint8)
    calibrated = int.from_bytes(bench.memory.content[2 * COPY + 14 : 2 * COPY + 16].tobytes(), "little")
    _damage(bench, COUNTERS)
    pen = again(bench, pen, role="service")
    bench.run(4.0)
    assert 0 < calibrated <= DAY
    refused = why(lambda: visit(pen, day=calibrated - 1))
    assert (refused.reason, refused.limit) == ("DATE_INVALID", calibrated)
    _configure(bench, pen)
    strokes_day_tries = bench.memory.content[COPY + 12 + 4 : COPY + 12 + 11].tobytes()
    assert int.from_bytes(strokes_day_tries[4:6], "little") == calibrated
    assert strokes_day_tries[:4] == strokes
    assert strokes_day_tries[6] == 5


def test_a_memory_that_was_never_written_has_lost_nothing(ready: Ready) -> None:
    """Requirement: a new pen begins to count; its trips are not said to be lost."""
    bench, _ = ready
    bench.memory.content[:] = 0
    bench.restart("POWER_ON")
    bench.run(0.3)
    a, b = _copies(bench, COUNTERS)
    assert a == b
    assert a[:4] == b"PNM1"
    assert a[22] == 0
    assert _copies(bench, TRIPS) == [bytes(COPY)] * 2
