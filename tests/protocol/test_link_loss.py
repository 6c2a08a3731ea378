"""The link on a wire that loses, repeats and spoils frames, and against people."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from penctl.protocol import frame
from penctl.protocol import messages as m
from penctl.protocol.enums import Mode, Reason, State
from penctl.protocol.link import (
    Answered,
    Cause,
    Rejected,
    Rejection,
    SessionLost,
    SessionOpened,
    StateChanged,
    Uncertain,
)

PairOf = Callable[..., Any]


class Losing:
    """Loses the first n transfers."""

    def __init__(self, n: int) -> None:
        self.left = n

    def __call__(self, data: bytes) -> bytes:
        if data and self.left:
            self.left -= 1
            return b""
        return data


@pytest.mark.parametrize("way", ["to_device", "to_host"])
@pytest.mark.parametrize("lost", [1, 2, 3])
def test_a_lost_frame_is_repeated_byte_for_byte_and_acts_once(opened: Any, way: str, lost: int) -> None:
    """Holds the repeat: after the measured time, byte-identical, executed once whichever way was lost."""
    setattr(opened, way, Losing(lost))
    events = opened.command("SET_DEPTH", depth_um=1000) + opened.wait(500_000)
    assert [type(event) for event in events] == [Answered]
    assert len(opened.executed) == 1
    assert len(opened.sent) == lost + 1
    assert len(set(opened.sent)) == 1
    assert opened.now_us == 500_000


def test_a_command_without_an_answer_ends_uncertain_and_is_not_sent_again(opened: Any) -> None:
    """Holds that an unknown outcome is said to be unknown after 0.5 s, and never sent under a new id."""
    opened.to_host = lambda data: b""
    events = opened.command("SET_DEPTH", depth_um=1000) + opened.wait(2_000_000)
    [event] = events
    assert isinstance(event, Uncertain)
    assert (event.command["depth_um"], event.cause) == (1000, Cause.NO_ANSWER)
    assert len(opened.sent) > 10
    assert len(set(opened.sent)) == 1
    assert len(opened.executed) == 1
    assert not opened.host.outstanding
    assert opened.host.next_deadline_us() is None


def test_a_repeat_behind_heartbeats_still_gets_its_first_answer(opened: Any) -> None:
    """Holds that a cached answer is taken although later frames have higher counters."""
    opened.host.heartbeat_enabled = True
    opened.wait(10_000)
    opened.to_host = Losing(1)
    events = opened.command("SET_DEPTH", depth_um=1000)
    event = opened.to_host_now(
        opened.device.send(
            m.EVENT_STATE.message(
                number=1, time_us=0, state=State.STANDBY, previous=State.STANDBY, mode=Mode.HOME, cause=0
            ),
            0,
        )
    )
    events += event + opened.wait(300_000)
    assert [type(e) for e in events if isinstance(e, Answered | Uncertain | StateChanged)] == [
        StateChanged,
        Answered,
    ]
    assert [each.name for each in opened.executed].count("SET_DEPTH") == 1


def test_heartbeats_hold_back_for_a_command_but_never_beyond_150_ms(opened: Any) -> None:
    """Holds that a lost command does not starve the heartbeat, which the pen waits for 250 ms."""
    opened.host.heartbeat_enabled = True
    opened.wait(0)
    beats = [opened.now_us]

    def lose_commands(data: bytes) -> bytes:
        for found in frame.Deframer().feed(data):
            if found.number == m.HEARTBEAT.number:
                beats.append(opened.now_us)
        return b""

    opened.to_device = lose_commands
    opened.command("SET_DEPTH", depth_um=1)
    opened.wait(1_000_000)
    gaps = [later - earlier for earlier, later in pairwise(beats)]
    assert max(gaps) == 150_000
    assert gaps[-1] == 50_000


def test_a_stale_command_ends_uncertain_and_does_not_act(opened: Any) -> None:
    """Holds that a counter that a later frame overtook is refused by the device and not used again."""
    opened.host.heartbeat_enabled = True
    opened.wait(0)
    opened.to_device = Losing(3)
    line = opened.host._round_trip
    line.mean_us, line.spread_us, line.wait_us = 30_000, 0, 60_000  # as on a slow line
    events = opened.command("SET_DEPTH", depth_um=1) + opened.wait(400_000)
    ended = [event for event in events if isinstance(event, Answered | Uncertain)]
    assert [(type(e), e.reason) for e in ended] == [(Uncertain, Reason.STALE_COUNTER)]
    assert "SET_DEPTH" not in [each.name for each in opened.executed]
    assert opened.host.session_open


def test_a_recorded_frame_played_again_later_does_not_act(opened: Any) -> None:
    """Holds against replay: after more than eight frames an old one is stale, before that it is a repeat."""
    opened.command("SET_DEPTH", depth_um=1)
    recorded = opened.sent[-1]
    assert opened.device.receive(recorded, 0) != b""
    for depth in range(2, 11):
        opened.command("SET_DEPTH", depth_um=depth)
    executed = len(opened.executed)
    [found] = frame.Deframer().feed(opened.device.receive(recorded, 10_000_000))
    assert m.RESPONSE.decode(found.content)["reason"] is Reason.STALE_COUNTER
    assert len(opened.executed) == executed


def test_refusals_of_seals_are_limited_to_ten_a_second(opened: Any) -> None:
    """Holds that somebody without the key cannot fill the line with refusals."""
    opened.command("SET_DEPTH", depth_um=1)
    body = bytearray(frame.Deframer().feed(opened.sent[-1])[0].body)
    body[-1] ^= 1
    forged = frame.encode_body(bytes(body))
    answers = [opened.device.receive(forged, 1_000_000 + ms * 1000) for ms in range(1000)]
    assert sum(bool(answer) for answer in answers) == 10


def test_a_device_frame_played_again_is_rejected(opened: Any, event_of: Any) -> None:
    """Holds that the host takes each counter once."""
    recorded = opened.device.send(event_of(1, State.RUN), 0)
    assert [type(e) for e in opened.to_host_now(recorded)] == [StateChanged]
    assert [e.cause for e in opened.to_host_now(recorded)] == [Rejection.REPLAY]


def test_unsealed_events_are_not_believed_in_a_link_session(opened: Any, event_of: Any) -> None:
    """Holds that somebody without the key cannot show the operator a state."""
    message = event_of(1, State.STANDBY)
    forged = frame.encode_frame(message.type.number, 1, message.encode())
    assert [e.cause for e in opened.to_host_now(forged)] == [Rejection.UNSEALED]


def test_an_unsealed_yes_to_a_sealed_command_is_not_believed(opened: Any) -> None:
    """Holds that a forged RESPONSE cannot say that a command was taken."""
    data, _ = opened.host.command("SET_DEPTH", 0, depth_um=1000)
    sequence = frame.Deframer().feed(data)[0].sequence
    yes = m.RESPONSE.message(
        command=m.SET_DEPTH.number, command_sequence=sequence, reason=0, value=0, limit=0, device_time_us=0
    )
    events = opened.to_host_now(frame.encode_frame(m.RESPONSE.number, sequence, yes.encode()))
    assert [e.cause for e in events] == [Rejection.UNSEALED]
    assert opened.host.outstanding


def test_an_unsealed_status_is_no_answer_to_a_sealed_question(opened: Any, status_of: Any) -> None:
    """Holds that a forged STATUS does not answer GET_STATUS, and does not set the device's time."""
    data, _ = opened.host.command("GET_STATUS", 0)
    sequence = frame.Deframer().feed(data)[0].sequence
    before = opened.host.device_time_us(0)
    forged = frame.encode_frame(m.STATUS.number, sequence, status_of(State.RUN, 9_999_999).encode())
    assert [e.cause for e in opened.to_host_now(forged)] == [Rejection.UNSEALED]
    assert opened.host.outstanding
    assert opened.host.device_time_us(0) == before


def test_a_device_with_another_pairing_key_gets_no_link_session(pair_of: PairOf) -> None:
    """Holds that the device must prove the pairing key."""
    pair = pair_of(key=b"\x09" * 32)
    [event] = pair.open()
    assert (event.cause, pair.host.session_open) == (Rejection.PROOF, False)
    assert [type(e) for e in pair.wait(1_000_000) if not isinstance(e, Rejected)] == [Uncertain]
    assert pair.host.next_deadline_us() is None
    assert isinstance(pair.open()[0], Rejected)


def test_a_link_session_in_use_cannot_be_taken_over(opened: Any) -> None:
    """Holds that a second host is refused while heartbeats come, and for 500 ms after the last."""
    opened.host.heartbeat_enabled = True
    opened.wait(100_000)
    [refused] = [e for e in opened.open() if isinstance(e, Answered)]
    assert refused.reason is Reason.SESSION_IN_USE
    assert opened.host.session_open
    opened.host.heartbeat_enabled = False
    opened.wait(500_000)
    [again] = opened.open()
    assert isinstance(again, SessionOpened)
    assert again.session_id == 2
    [event] = opened.command("SET_DEPTH", depth_um=1)
    assert (event.refused, opened.executed[-1].session_id) == (False, 2)


def test_events_of_the_former_link_session_are_taken_until_the_new_one_is_used(
    opened: Any, event_of: Any
) -> None:
    """Holds that no event is lost while a link session changes."""
    opened.open()
    late = opened.device.send(event_of(1, State.SAFE), 0)
    assert [type(e) for e in opened.to_host_now(late)] == [StateChanged]
    opened.command("SET_DEPTH", depth_um=1)
    assert opened.host.session_id == 2


def test_a_lost_session_answer_is_given_again_for_the_same_question(pair: Any) -> None:
    """Holds that a repeated OPEN_SESSION leads to one link session."""
    pair.to_host = Losing(1)
    events = pair.open() + pair.wait(100_000)
    assert [type(e) for e in events] == [SessionOpened]
    assert pair.host.session_id == 1
    [event] = pair.command("SET_DEPTH", depth_um=1)
    assert not event.refused


def test_a_device_that_restarted_ends_the_link_session(opened: Any, pair_of: PairOf) -> None:
    """Holds that the host learns that its link session is gone, and that the outcome is unknown."""
    opened.device = pair_of().device
    events = opened.command("SET_DEPTH", depth_um=1)
    assert [type(e) for e in events] == [Uncertain, SessionLost]
    assert events[0].reason is Reason.NO_SESSION
    assert not opened.host.session_open


def test_a_heartbeat_tells_that_the_link_session_is_gone(opened: Any, pair_of: PairOf) -> None:
    """Holds that a restarted device is noticed by the next heartbeat."""
    opened.device = pair_of().device
    opened.host.heartbeat_enabled = True
    assert opened.wait(60_000) == [SessionLost(Reason.NO_SESSION)]
    assert opened.host.next_deadline_us() is None


def test_another_protocol_version_is_told_by_both_sides(pair: Any) -> None:
    """Holds that sides of different versions say so instead of guessing."""
    body = bytes([1, m.IDENTIFY.number, 1, 0])
    answer = pair.device.receive(frame.encode_body(body), 0)
    response = m.RESPONSE.decode(frame.Deframer().feed(answer)[0].content)
    assert (response["reason"], response["value"], response["limit"]) == (Reason.VERSION, 1, 2)
    [event] = pair.host.receive(frame.encode_body(bytes([1, m.IDENTITY.number, 1, 0])), 0)
    assert (event.cause, event.value) == (Rejection.VERSION, 1)


@pytest.mark.parametrize(
    ("wire", "cause"),
    [
        (frame.encode_frame(0x7E, 1), Rejection.TYPE),
        (frame.encode_frame(m.SET_DEPTH.number, 1, bytes(4)), Rejection.TYPE),
        (frame.encode_frame(m.STATUS.number, 1, bytes(3)), Rejection.MALFORMED),
        (frame.encode_frame(m.TELEMETRY.number, 1, b"\xff" * 582), Rejection.MALFORMED),
        (frame.encode_body(bytes([2, 0x80 | m.STATUS.number, 1, 0])), Rejection.MAC),
        (b"hello\0", Rejection.FRAME),
    ],
)
def test_what_is_no_message_of_a_device_is_rejected_with_its_cause(
    pair: Any, wire: bytes, cause: Rejection
) -> None:
    """Holds that a device that sends garbage is an event and never an exception."""
    [event] = pair.host.receive(wire, 0)
    assert isinstance(event, Rejected)
    assert event.cause is cause


@pytest.mark.parametrize(
    ("number", "payload", "reason"),
    [
        (0x7E, b"", Reason.UNKNOWN_COMMAND),
        (m.STATUS.number, b"", Reason.UNKNOWN_COMMAND),
        (m.GET_STATUS.number, b"\x01", Reason.MALFORMED),
        (m.OPEN_SESSION.number, bytes(17), Reason.MALFORMED),
        (m.ARM.number, bytes(8), Reason.NO_SESSION),
    ],
)
def test_the_device_refuses_what_it_cannot_take(
    pair: Any, number: int, payload: bytes, reason: Reason
) -> None:
    """Holds that a raw frame gets a reason and does nothing."""
    [found] = frame.Deframer().feed(pair.device.receive(frame.encode_frame(number, 3, payload), 0))
    assert m.RESPONSE.decode(found.content)["reason"] is reason
    assert pair.executed == []


@pytest.mark.parametrize(
    "body",
    [
        bytes([2, m.STOP.number, 1, 0]),
        bytes([2, m.STOP.number, 0, 0]) + b"x",
        bytes([1, m.STOP.number, 0, 0]),
        bytes([9, 0x80 | m.STOP.number, 7, 0]) + bytes(24),
    ],
    ids=["a sequence", "a payload", "another version", "a seal of another version"],
)
def test_a_stop_in_another_form_stops_too(pair: Any, body: bytes) -> None:
    """Holds that whatever is meant as STOP stops: it is the safe direction."""
    pair.device.receive(frame.encode_body(body), 0)
    assert pair.stops == 1
