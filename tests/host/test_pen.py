"""What the host does with a device that answers, and with one that does not."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from penctl.errors import (
    BadProof,
    DeviceGarbage,
    LimitsMismatch,
    LinkLost,
    MessagesMismatch,
    PenError,
    Refused,
    Unfinished,
    VersionMismatch,
)
from penctl.pen import Pen, WaitEnd
from penctl.protocol.enums import Flags, Mode, Reason, State
from penctl.protocol.frame import encode_body, encode_frame
from penctl.protocol.messages import message_named
from penctl.status import Status


def _sent(foreign: Any, name: str) -> list[Any]:
    return [message for message in foreign.device.commands if message.name == name]


def _session(foreign: Any, mode: str | None = None) -> Pen:
    pen = Pen(foreign.transport)
    pen.open_session()
    if mode:
        pen.set_mode(mode)
    return pen


def test_a_status_has_the_fields_of_the_message() -> None:
    """`Status.of` takes them over unseen."""
    fields = [field.name for field in dataclasses.fields(Status)]
    assert fields == [field.name for field in message_named("STATUS").record]


def test_opening_identifies_the_pen_and_reads_its_limits(foreign: Any) -> None:
    """Issue 2: opening does identify, version and limits checks; the limits come from the device."""
    pen = Pen(foreign.transport)
    assert pen.identity.serial_number == "FOREIGN-0001"
    assert pen.limits()[Mode.CLINICAL].depth_max_um == 2500


def test_another_protocol_version_is_refused_and_the_older_side_is_named(foreign: Any) -> None:
    """Bad input: another protocol version says which side to update."""
    foreign.device.identity["protocol_version"] = 3
    with pytest.raises(VersionMismatch, match="update penctl"):
        Pen(foreign.transport)
    assert foreign.port.closed


def test_frames_of_another_version_are_refused_as_a_version_and_not_as_garbage(port_to: Any) -> None:
    """Bad input: a device whose very header is of another version."""
    reply = encode_body(bytes([7, 0x41, 1, 0]) + bytes(90))
    with pytest.raises(VersionMismatch, match="version 7"):
        Pen(port_to(lambda data, now_us: reply))


def test_a_device_with_other_messages_is_refused(foreign: Any) -> None:
    """Host and firmware out of step are told at opening."""
    foreign.device.identity["messages_hash"] ^= 1
    with pytest.raises(MessagesMismatch):
        Pen(foreign.transport)


def test_a_device_with_other_hard_limits_is_refused(foreign: Any) -> None:
    """Design 5: the table of hard limits must match by hash."""
    foreign.device.identity["limits_hash"] = bytes(32)
    with pytest.raises(LimitsMismatch):
        Pen(foreign.transport)


@pytest.mark.parametrize(
    "noise",
    [b"login: \r\n" * 20, bytes(range(1, 256)) * 4 + b"\0", b"\xff" * 2000, b"\0x\0" * 40],
    ids=["text", "all bytes", "a stuck line", "many short frames"],
)
def test_a_device_that_answers_garbage_is_told_as_garbage(port_to: Any, noise: bytes) -> None:
    """Bad input: a device that answers garbage."""
    with pytest.raises(DeviceGarbage, match="penctl ports"):
        Pen(port_to(lambda data, now_us: noise))


def test_our_own_echo_is_no_pen(port_to: Any) -> None:
    """Bad input: a loop-back plug sends our frames back."""
    with pytest.raises(DeviceGarbage):
        Pen(port_to(lambda data, now_us: data))


def test_a_silent_port_is_told_within_bounded_time(port_to: Any) -> None:
    """Every wait has a limit and a reason."""
    transport = port_to(lambda data, now_us: b"")
    with pytest.raises(LinkLost, match="Nothing answers"):
        Pen(transport)
    assert transport.now_s() < 3.1


@pytest.mark.parametrize(
    ("mode", "depth_um", "reason"),
    [
        ("clinical", 2501, "DEPTH_ABOVE_LIMIT"),
        ("clinical", 2500.4, "DEPTH_ABOVE_LIMIT"),
        ("home", 251, "DEPTH_ABOVE_LIMIT"),
        ("home", -1, "DEPTH_BELOW_LIMIT"),
        ("home", math.inf, "DEPTH_ABOVE_LIMIT"),
        ("home", math.nan, "NOT_A_NUMBER"),
        ("home", "100", "NOT_A_NUMBER"),
        ("home", True, "NOT_A_NUMBER"),
        ("home", None, "NOT_A_NUMBER"),
    ],
)
def test_a_bad_depth_is_refused_by_the_host_and_never_sent(
    foreign: Any, mode: str, depth_um: Any, reason: str
) -> None:
    """Bad input: 2.501 mm in CLINICAL, 0.251 mm in HOME, NaN: refused by the layer that notices first."""
    pen = _session(foreign, mode)
    with pytest.raises(Refused) as refused:
        pen.set_depth_um(depth_um)
    assert (refused.value.reason, refused.value.layer) == (reason, "host")
    assert refused.value.remedy
    assert not _sent(foreign, "SET_DEPTH")


@pytest.mark.parametrize(
    ("rate_hz", "reason"),
    [
        (0, "RATE_BELOW_LIMIT"),
        (-110.0, "RATE_BELOW_LIMIT"),
        (10_000, "RATE_ABOVE_LIMIT"),
        (150.0004, "RATE_ABOVE_LIMIT"),
        (math.nan, "NOT_A_NUMBER"),
        (-math.inf, "RATE_BELOW_LIMIT"),
        ([110.0], "NOT_A_NUMBER"),
    ],
)
def test_a_bad_rate_is_refused_by_the_host_and_never_sent(foreign: Any, rate_hz: Any, reason: str) -> None:
    """Bad input: a rate of 0, NaN or 10 kHz."""
    pen = _session(foreign, "clinical")
    with pytest.raises(Refused) as refused:
        pen.set_rate_hz(rate_hz)
    assert (refused.value.reason, refused.value.layer) == (reason, "host")
    assert not _sent(foreign, "SET_RATE")


def test_the_limits_that_count_are_those_of_the_device(foreign: Any) -> None:
    """Design 5: the effective limits of a device may be narrower, and the host reads them from it."""
    foreign.device.limits[1] = (Mode.CLINICAL, 0, 1_500, 50_000, 120_000)
    pen = _session(foreign, "clinical")
    pen.set_depth_um(1500)
    with pytest.raises(Refused, match=r"1\.500 mm"):
        pen.set_depth_um(1501)
    with pytest.raises(Refused, match="120 Hz"):
        pen.set_rate_hz(121)


@pytest.mark.parametrize(
    "wide",
    [
        (Mode.CLINICAL, 0, 3_000, 50_000, 150_000),
        (Mode.CLINICAL, 0, 2_500, 50_000, 150_001),
        (Mode.CLINICAL, -1, 2_500, 50_000, 150_000),
        (Mode.CLINICAL, 0, 2_500, 49_999, 150_000),
        (Mode.SERVICE, 0, 100, 50_000, 60_000),
    ],
    ids=str,
)
def test_a_device_whose_limits_are_wider_than_the_hard_ones_is_refused(foreign: Any, wide: Any) -> None:
    """Design 5: effective limits may only be narrower, also when the device shows the right hash."""
    foreign.device.limits[1] = wide
    with pytest.raises(LimitsMismatch, match=wide[0].name):
        Pen(foreign.transport)
    assert foreign.port.closed


def test_a_refusal_of_the_device_carries_reason_value_limit_and_remedy(foreign: Any) -> None:
    """Issue 2: a refusal raises Refused with reason, value, limit, remedy."""
    foreign.device.refuse["SET_DEPTH"] = (Reason.DEPTH_ABOVE_LIMIT, 2501, 2500)
    pen = _session(foreign, "clinical")
    with pytest.raises(Refused) as refused:
        pen.command("SET_DEPTH", depth_um=2501)
    error = refused.value
    assert (error.reason, error.value, error.limit, error.layer) == (
        "DEPTH_ABOVE_LIMIT",
        2501,
        2500,
        "device",
    )
    assert "2.500 mm" in error.remedy


def test_a_command_without_a_link_session_is_refused_before_it_is_sent(foreign: Any) -> None:
    """Everything that changes the pen needs a link session."""
    pen = Pen(foreign.transport)
    with pytest.raises(Refused, match="link session"):
        pen.arm()
    assert not _sent(foreign, "ARM")


def test_an_unknown_mode_is_refused_in_plain_words(foreign: Any) -> None:
    """Bad input: a mode that does not exist."""
    with pytest.raises(Refused, match="turbo"):
        _session(foreign).set_mode("turbo")


@pytest.mark.parametrize("role", ["nurse", "", 9, None])
def test_an_unknown_role_is_refused_with_those_that_there_are(foreign: Any, role: Any) -> None:
    """Bad input: the error names the value and the roles, and nothing is sent."""
    with pytest.raises(PenError, match="no such role") as refused:
        Pen(foreign.transport, role=role)
    assert repr(role) in str(refused.value)
    assert "operator, clinician, service" in str(refused.value)
    assert not foreign.device.commands


@pytest.mark.parametrize("key", [b"", b"short", bytes(33)])
def test_a_pairing_key_of_another_length_is_refused_before_the_port_is_opened(key: bytes) -> None:
    """Bad input: the error names both lengths."""
    with pytest.raises(PenError, match=rf"no pairing key: {len(key)} bytes \(32 bytes\)"):
        Pen("/dev/no-such-port", key=key)


def test_a_command_without_an_answer_is_not_sent_again_as_a_new_one(foreign: Any) -> None:
    """An uncertain command is resolved by the status, never sent again under a new sequence."""
    pen = _session(foreign, "clinical")
    foreign.device.silent.add("SET_RATE")
    pen.set_rate_hz(100)
    assert len(_sent(foreign, "SET_RATE")) == 1
    foreign.device.silent.add("GET_STATUS")
    with pytest.raises(LinkLost, match="SET_RATE"):
        pen.set_rate_hz(100)
    assert len(_sent(foreign, "SET_RATE")) == 2


def test_arming_waits_for_the_stage_and_gives_up_in_bounded_time(foreign: Any) -> None:
    """Every wait has a limit and a reason."""
    pen = _session(foreign, "clinical")
    foreign.device.status["state"] = State.READY
    before_s = pen.now_s()
    with pytest.raises(Unfinished, match="depth stage"):
        pen.arm()
    assert pen.now_s() - before_s < 3.5
    foreign.device.status["flags"] |= int(Flags.STAGE_IN_POSITION)
    assert pen.arm().state is State.READY


def test_heartbeats_go_out_while_waiting_and_only_then(foreign: Any) -> None:
    """Design 5: heartbeats every 50 ms are deadlines of the wait."""
    pen = _session(foreign)
    before = len(_sent(foreign, "HEARTBEAT"))
    assert pen.wait(1.0) is WaitEnd.ELAPSED
    beats = _sent(foreign, "HEARTBEAT")[before:]
    assert len(beats) in (20, 21)
    assert len({beat["liveness"] for beat in beats}) == len(beats)


def test_waiting_ends_at_a_trip_and_the_trip_is_kept_once(foreign: Any) -> None:
    """A trip raises nothing; the wait comes back and the trip says input, value and limit."""
    pen = _session(foreign)
    heard: list[Any] = []
    pen.inbox.on_event.append(heard.append)
    foreign.send(
        "EVENT_TRIP", number=1, time_us=777, interlock=7, input=5, stop=1, value=1120, limit=1100, latched=1
    )
    foreign.device.status |= {"tripped": 7, "trip_input": 5, "trip_stop": 1, "trip_value": 1120}
    foreign.device.status |= {"trip_limit": 1100, "trip_time_us": 777}
    assert pen.wait(1.0) is WaitEnd.TRIPPED
    pen.wait(0.2)
    assert [dataclasses.astuple(trip) for trip in pen.trips] == [(7, 5, 1, 1120, 1100, 777, True)]
    assert pen.trips[0].id == "IL-07"
    assert [message.name for message in heard] == ["EVENT_TRIP"]


def test_a_trip_whose_event_was_lost_is_found_in_the_status(foreign: Any) -> None:
    """A trip during a cut link must not stay unknown."""
    pen = _session(foreign)
    foreign.device.status |= {"tripped": 26, "trip_time_us": 99}
    pen.status()
    assert [trip.id for trip in pen.trips] == ["IL-26"]


def test_resetting_nothing_is_refused(foreign: Any) -> None:
    """RESET names the latched interlock; without one there is nothing to release."""
    with pytest.raises(Refused, match="nothing"):
        _session(foreign).reset()


@pytest.mark.parametrize("error", [None, ValueError("script"), KeyboardInterrupt()], ids=repr)
def test_leaving_the_context_stops_the_pen_by_every_way_out(
    foreign: Any, error: BaseException | None
) -> None:
    """The context manager leaves the pen stopped."""
    foreign.device.status["state"] = State.RUN

    def use() -> None:
        with Pen(foreign.transport) as pen:
            pen.open_session()
            if error is not None:
                raise error

    if error is None:
        use()
    else:
        with pytest.raises(type(error)):
            use()
    assert foreign.device.stops >= 1
    assert foreign.port.closed


def test_stop_is_repeated_every_millisecond_until_it_is_seen(foreign: Any) -> None:
    """Design 5: the host repeats STOP each millisecond until it sees STOPPING or SAFE."""
    pen = _session(foreign)
    foreign.port.written = b""
    foreign.device.link._on_stop = lambda: None
    foreign.device.status["state"] = State.RUN
    with pytest.raises(Unfinished, match="STOP"):
        pen.stop()
    assert 400 <= foreign.port.written.count(encode_frame(0x0B, 0)) <= 510


def test_an_unplugged_port_is_a_lost_link_at_once(foreign: Any) -> None:
    """Unplugged is an event of its own, not silence."""
    pen = _session(foreign)
    foreign.port.broken = OSError(5, "Input/output error")
    with pytest.raises(LinkLost, match="Input/output error"):
        pen.wait(1.0)
    with pytest.raises(LinkLost):
        pen.stop()


def test_a_host_without_a_link_session_stops_nobody(foreign: Any) -> None:
    """Looking at a pen that another program works with does not stop it."""
    foreign.device.status["state"] = State.RUN
    with Pen(foreign.transport) as pen:
        assert pen.status().state is State.RUN
    assert foreign.device.stops == 0
    assert foreign.port.closed


def test_a_screen_that_stands_still_ends_the_heartbeats(foreign: Any) -> None:
    """Design 5: when the operator's screen stops, the heartbeat stops."""
    pen = _session(foreign)
    counter: list[int | None] = [100]
    pen.watch_screen(lambda: counter[0])
    pen.wait(0.5)
    assert _sent(foreign, "HEARTBEAT")[-1]["liveness"] == 100
    before = len(_sent(foreign, "HEARTBEAT"))
    counter[0] = None
    pen.wait(0.5)
    assert len(_sent(foreign, "HEARTBEAT")) <= before + 1
    counter[0] = 101
    pen.wait(0.2)
    assert _sent(foreign, "HEARTBEAT")[-1]["liveness"] == 101


@pytest.mark.parametrize("seconds", [math.nan, math.inf, -1.0])
def test_a_wait_without_an_end_is_refused(foreign: Any, seconds: float) -> None:
    """Every wait has a limit."""
    pen = Pen(foreign.transport)
    with pytest.raises(PenError, match="no time to wait"):
        pen.wait(seconds)


def test_a_session_on_a_pen_that_is_in_use_is_refused(foreign: Any) -> None:
    """A second host is refused by the link session, also where the port itself cannot refuse it."""
    _session(foreign)
    other = Pen(foreign.transport)
    with pytest.raises(Refused, match="Another program"):
        other.open_session()


def test_a_new_link_session_may_follow_ones_own(foreign: Any) -> None:
    """IL-26 is reset in a new link session: the host lets its own old one fall silent first."""
    pen = _session(foreign)
    pen.wait(0.2)
    pen.open_session()
    assert pen.session_open
    pen.set_mode("home")


def test_a_device_with_another_key_is_refused(foreign: Any) -> None:
    """A device that cannot prove the pairing key gets no commands."""
    pen = Pen(foreign.transport, key=bytes(32))
    with pytest.raises(BadProof):
        pen.open_session()
    assert not pen.session_open
