"""Heartbeats that nobody answers: a host that hears nothing of the pen does not keep it armed."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from penctl.protocol import messages as m
from penctl.protocol.frame import Deframer
from penctl.protocol.pacing import Heartbeats

UNHEARD_US = 500_000
IL26_US = 250_000
PERIOD_US = 50_000


class Way:
    """What goes to the device; notes when heartbeats left, and may keep the answers back."""

    def __init__(self, pair: Any) -> None:
        self.pair, self.beats, self.deaf = pair, [], False
        pair.to_device, pair.to_host = self.out, self.back
        pair.host.heartbeat_enabled = True

    def out(self, data: bytes) -> bytes:
        """Bytes of the host."""
        beats = [each for each in Deframer().feed(data) if each.number == m.HEARTBEAT.number]
        self.beats += [self.pair.now_us] * len(beats)
        return data

    def back(self, data: bytes) -> bytes:
        """Bytes of the device."""
        return b"" if self.deaf else data

    @property
    def gaps(self) -> list[int]:
        """Times between heartbeats."""
        return [later - earlier for earlier, later in pairwise(self.beats)]


def test_a_host_without_answers_for_half_a_second_keeps_no_pen_armed(opened: Any) -> None:
    """Requirement: then one heartbeat in 500 ms, which is too few for IL-26; an answer ends it at once."""
    way = Way(opened)
    opened.wait(1_000_000)
    assert set(way.gaps) == {PERIOD_US}
    way.deaf, way.beats = True, []
    opened.wait(3_000_000)
    assert way.gaps[:9] == [PERIOD_US] * 9
    assert set(way.gaps[9:]) == {UNHEARD_US}
    way.deaf, way.beats = False, []
    opened.wait(1_500_000)
    assert set(way.gaps) == {PERIOD_US}
    assert opened.host.session_open


def test_a_new_link_session_owes_no_answers_to_the_one_before(opened: Any) -> None:
    """Requirement: after a lost link heartbeats go out at once, every 50 ms."""
    way = Way(opened)
    way.deaf = True
    opened.wait(3_000_000)
    way.deaf, way.beats = False, []
    opened.open()
    opened.wait(500_000)
    assert set(way.gaps) == {PERIOD_US}


@pytest.mark.parametrize(("late", "borne"), [(1, True), (10, True), (16, False), (40, False)])
def test_answers_that_are_late_count_by_when_their_heartbeat_left(late: int, borne: bool) -> None:
    """Requirement: a way of 500 ms there and back is borne, one of 800 ms rests the pen."""
    heartbeats, times = Heartbeats(), []
    for beat in range(100):
        now_us = beat * PERIOD_US
        heartbeats.answered(beat - late)
        if heartbeats.due(now_us, held=False):
            heartbeats.sent(beat, now_us)
            times.append(now_us)
    longest_us = max(later - earlier for earlier, later in pairwise(times))
    assert longest_us == PERIOD_US if borne else longest_us > IL26_US
