"""The pen's events: kept without a link session, kept after they were sent, and asked for once more."""

from __future__ import annotations

import pytest
from link_rig import RawHost, Rig

from penctl.protocol import messages as m
from penctl.protocol.enums import Reason
from penctl.protocol.enums import Warning as PenWarning
from penctl.protocol.messages import Message

KEPT = 64


def raise_events(rig: Rig, count: int) -> None:
    """Let the tick raise events, each with its own value, at a pace that the background loop can follow."""
    for value in range(count):
        assert rig.event(m.EVENT_TRIP.number, 26, value)
        rig.run_ms(0.2)


def heard(host: RawHost, time_ms: float = 100) -> list[Message]:
    """Events that come now."""
    messages = [host.open(frame) for frame in host.rig.frames_ms(time_ms)]
    return [each for each in messages if each.name.startswith("EVENT")]


def connected(rig: Rig, start: int = 0) -> tuple[RawHost, list[Message]]:
    """A host that comes now, and the events that waited for it."""
    host = RawHost(rig, nonce=bytes(range(start, start + 16)))
    rig.rx(host.sealed("GET_STATUS"))
    return host, heard(host)


def test_events_of_a_time_without_a_link_session_wait_for_the_host_that_comes(rig: Rig) -> None:
    """Requirement: what happens while nobody listens is told later, in order, with number and time."""
    raise_events(rig, KEPT)
    _, events = connected(rig)
    assert [event["number"] for event in events] == list(range(1, KEPT + 1))
    assert [event["value"] for event in events] == list(range(KEPT))
    times = [event["time_us"] for event in events]
    assert times == sorted(times)


def test_of_more_than_64_the_first_are_lost_and_told_of(rig: Rig) -> None:
    """Requirement: the last 64 are kept; EVENTS_LOST says how many there were besides."""
    raise_events(rig, KEPT + 10)
    _, events = connected(rig)
    numbers = [event["number"] for event in events]
    assert numbers == list(range(11, KEPT + 12))
    lost = events[-1]
    assert (lost["warning"], lost["value"], lost["limit"]) == (PenWarning.EVENTS_LOST, 10, KEPT)


def test_events_come_once_more_when_they_are_asked_for(rig: Rig) -> None:
    """Requirement: GET_EVENTS brings kept events with their own numbers; what they say is the same."""
    raise_events(rig, 20)
    host, events = connected(rig)
    rig.rx(host.sealed("GET_EVENTS", first=5, count=4))
    messages = [host.open(frame) for frame in rig.frames_ms(50)]
    assert messages[0]["reason"] is Reason.NONE
    assert messages[1:] == events[4:8]


def test_a_later_host_can_ask_for_events_that_another_one_heard(rig: Rig) -> None:
    """Requirement: events are the pen's, not those of a link session."""
    raise_events(rig, 5)
    _, events = connected(rig)
    later, new = connected(rig, 40)
    assert new == []
    rig.rx(later.sealed("GET_EVENTS", first=1, count=255))
    messages = [later.open(frame) for frame in rig.frames_ms(100)]
    assert messages[1:] == events


@pytest.mark.parametrize(
    ("first", "count", "expected"),
    [
        (0, 1, None),
        (1, 1, None),
        (1, 6, None),
        (1, 7, [7]),
        (0, 255, list(range(7, 71))),
        (70, 1, [70]),
        (70, 255, [70]),
        (71, 1, None),
        (0xFFFFFFFF, 255, None),
        (0xFFFFFFFF, 0, None),
        (20, 0, None),
    ],
)
def test_only_what_is_still_kept_comes(rig: Rig, first: int, count: int, expected: list[int] | None) -> None:
    """Requirement: of 70 events the last 64 are kept; where none is, the answer says so."""
    host, _ = connected(rig)
    for value in range(70):
        rig.event(m.EVENT_TRIP.number, 26, value)
        heard(host, 2)
    rig.rx(host.sealed("GET_EVENTS", first=first, count=count))
    response, *events = [host.open(frame) for frame in rig.frames_ms(150)]
    if expected is None:
        told = (response["reason"], response["value"], response["limit"])
        assert told == (Reason.NO_SUCH_ENTRY, min(first, 0x7FFFFFFF), KEPT)
    assert [event["number"] for event in events] == (expected or [])


def test_new_events_go_before_those_that_are_sent_once_more(rig: Rig) -> None:
    """Requirement: a trip does not wait behind what the host has asked for."""
    raise_events(rig, 60)
    host, _ = connected(rig)
    rig.rx(host.sealed("GET_EVENTS", first=1, count=60))
    rig.run_ms(1)
    rig.event(m.EVENT_TRIP.number, 7, 1000)
    numbers = []
    for frame in rig.frames_ms(100):
        message = host.open(frame)
        numbers += [message["number"]] if message.name == "EVENT_TRIP" else []
    assert numbers.index(61) < 3


def test_a_status_says_which_number_comes_next(rig: Rig) -> None:
    """Requirement: a host sees that it lacks events although none of them reached it."""
    raise_events(rig, 7)
    host, _ = connected(rig)
    assert host.ask("GET_STATUS")["events_next"] == 8
