"""The measured round trip, what is repeated by it, and when the link is called poor or lost."""

from __future__ import annotations

from typing import Any

import pytest

from penctl.protocol import frame
from penctl.protocol.link import Answered, LinkStanding
from penctl.protocol.quality import THRESHOLDS, judge
from penctl.protocol.round_trip import FIRST_US, LEAST_US, MOST_US, RoundTrip

FINE = {row.field: 0 for row in THRESHOLDS}


def test_the_time_to_wait_follows_the_round_trip_and_its_spread() -> None:
    """Holds the estimate of RFC 6298: mean and four deviations, between its bounds."""
    line = RoundTrip()
    assert (line.mean_us, line.wait_us) == (None, FIRST_US)
    line.took(40_000)
    assert (line.mean_us, line.spread_us, line.wait_us) == (40_000, 20_000, 120_000)
    for _ in range(100):
        line.took(40_000)
    assert (line.mean_us, line.spread_us) == (40_000, 0)
    assert line.wait_us == 40_000
    line.took(0)
    assert line.wait_us == 35_000 + 4 * 10_000


def test_the_time_to_wait_has_bounds() -> None:
    """Holds that no line is repeated to death and none is waited for longer than a run lasts without it."""
    fast, slow = RoundTrip(), RoundTrip()
    fast.took(100)
    slow.took(5_000_000)
    assert (fast.wait_us, slow.wait_us) == (LEAST_US, MOST_US)


def test_what_was_lost_does_not_make_the_next_frame_wait() -> None:
    """Holds that an answer as long after the last repeat as answers take shows a loss, else a slow line."""
    line = RoundTrip()
    line.took(3_000)
    line.overdue()
    assert line.wait_us == 2 * LEAST_US
    line.took_again(25_000)
    assert line.wait_us == 2 * LEAST_US
    line.took_again(3_500)
    assert line.wait_us == LEAST_US


def test_a_frame_is_repeated_at_twice_the_estimate_for_half_a_second(opened: Any) -> None:
    """Holds the repeats of one frame: noise does not get less by waiting, so the waits are bounded."""
    opened.to_host = lambda data: b""
    begin_us = opened.now_us
    data, _ = opened.host.command("SET_DEPTH", begin_us, depth_um=1)
    opened.deliver(data)
    due = []
    while opened.host.outstanding:
        at_us = opened.host.next_deadline_us()
        due.append(at_us - begin_us)
        opened.now_us = at_us
        opened.deliver(opened.host.poll(at_us))
    assert due == list(range(15_000, 530_000, 30_000))


def test_a_frame_that_went_out_twice_is_no_sample(opened: Any) -> None:
    """Holds Karn's rule: nobody knows which of the two was answered."""
    before = opened.host.quality(0).round_trip_us
    late: list[bytes] = []
    opened.to_host = lambda data: late.append(data) or b""
    data, _ = opened.host.command("SET_DEPTH", 0, depth_um=1)
    opened.deliver(data)
    opened.wait(20_000)
    opened.to_host = bytes
    [event] = [e for e in opened.host.receive(late[0], 40_000) if isinstance(e, Answered)]
    assert not event.refused
    assert opened.host.quality(40_000).round_trip_us == before


def test_a_line_that_doubles_every_frame_lets_each_command_act_once(opened: Any) -> None:
    """Holds issue 5: duplicates act once, in both directions, heartbeats and commands."""
    opened.to_device = opened.to_host = lambda data: data + data
    opened.host.heartbeat_enabled = True
    for depth in range(1, 21):
        [event] = [e for e in opened.command("SET_DEPTH", depth_um=depth) if isinstance(e, Answered)]
        assert not event.refused
        opened.wait(50_000)
    done = [each.message["depth_um"] for each in opened.executed if each.name == "SET_DEPTH"]
    assert done == list(range(1, 21))


def test_a_quiet_line_is_good(opened: Any) -> None:
    """Negative control: nothing is wrong, and nothing is called so."""
    opened.host.heartbeat_enabled = True
    opened.wait(6_000_000)
    quality = opened.host.quality(opened.now_us)
    assert (quality.standing, quality.why) == (LinkStanding.GOOD, "")
    assert (quality.repeats, quality.beats_missed, quality.bad_here, quality.waiting_us) == (0, 0, 0, 0)
    assert quality.beats == 121


def test_a_line_that_loses_some_is_poor_before_it_is_lost(opened: Any) -> None:
    """Holds that quality warns before loss: repeats make it POOR, silence LOST, an answer GOOD in the end."""
    opened.host.heartbeat_enabled = True
    counter = iter(range(1_000_000))
    opened.to_device = lambda data: b"" if next(counter) % 5 == 0 else data
    for depth in range(40):
        opened.command("SET_DEPTH", depth_um=depth)
        opened.wait(50_000)
    quality = opened.host.quality(opened.now_us)
    assert quality.standing is LinkStanding.POOR
    assert "sent again" in quality.why
    opened.to_device = lambda data: b""
    opened.wait(300_000)
    assert opened.host.quality(opened.now_us).standing is LinkStanding.LOST
    opened.to_device = bytes
    opened.wait(6_000_000)
    quality = opened.host.quality(opened.now_us)
    assert quality.standing is LinkStanding.GOOD
    assert quality.beats_missed > 0


def test_damage_is_counted_on_both_sides(opened: Any, status_of: Any) -> None:
    """Holds CRC errors both ways: ours by counting, the pen's by what it tells."""
    flipped = bytearray(frame.encode_frame(0x41, 1, b"x"))
    flipped[3] ^= 0x40
    opened.host.receive(bytes(flipped), 0)
    assert opened.host.quality(0).bad_here == 1
    values = dict(status_of().values)
    for bad in (7, 9, 2):
        message = status_of().type.message(**{**values, "frames_bad": bad})
        opened.host.receive(opened.device._frame(message, 0, True), 0)
    assert opened.host.quality(0).bad_at_pen == 2


@pytest.mark.parametrize("row", THRESHOLDS, ids=lambda row: row.field)
def test_each_threshold_is_one_of_the_table_and_says_what_it_is_for(row: Any) -> None:
    """Holds the table: just below it is good, from it on it is what the table says; each row is marked."""
    assert judge({**FINE, row.field: row.poor - 1})[0] is LinkStanding.GOOD
    assert judge({**FINE, row.field: row.poor}) == (LinkStanding.POOR, row.words)
    if row.lost is not None:
        assert judge({**FINE, row.field: row.lost})[0] is LinkStanding.LOST
    assert row.mark.startswith(("(R)", "(D)"))
