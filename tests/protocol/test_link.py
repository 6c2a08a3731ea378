"""Both ends back to back on a wire that works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from penctl.protocol import messages as m
from penctl.protocol.enums import Mode, Reason, Role, State, StopKind
from penctl.protocol.link import (
    Answered,
    EventsMissed,
    HostLink,
    LocalError,
    SessionOpened,
    StateChanged,
    StatusSeen,
    TelemetryBlock,
    Tripped,
    Warned,
)
from penctl.protocol.telemetry import SAMPLE_DTYPE

PairOf = Callable[..., Any]


@pytest.mark.parametrize("piece", [1 << 20, 1, 3], ids=["whole", "byte by byte", "three bytes at a time"])
def test_a_visit_of_commands_runs_however_the_bytes_arrive(piece: int, pair_of: PairOf) -> None:
    """Holds every verb of the link: unsealed question, link session, sealed commands, answers in order."""
    pair = pair_of(piece=piece)
    [identity] = pair.command("GET_STATUS")
    assert isinstance(identity, Answered)
    assert not identity.sealed
    [opened] = pair.open()
    assert isinstance(opened, SessionOpened)
    assert (opened.session_id, opened.role, pair.host.session_open) == (1, Role.CLINICIAN, True)
    for name, fields in (
        ("SET_MODE", {"mode": Mode.CLINICAL}),
        ("SET_DEPTH", {"depth_um": 1000}),
        ("SET_RATE", {"rate_mhz": 110_000}),
        ("ARM", {}),
        ("START", {}),
        ("RESET", {"interlock": 26}),
        ("SET_TELEMETRY", {"period_us": 1000}),
        ("SELF_TEST", {}),
        ("REFERENCE", {}),
        ("GET_STATUS", {}),
    ):
        [event] = pair.command(name, **fields)
        assert isinstance(event, Answered)
        assert (event.command.name, event.sealed, event.reason) == (name, True, Reason.NONE)
        executed = pair.executed[-1]
        assert (executed.name, executed.role, executed.session_id) == (name, Role.CLINICIAN, 1)
    assert not pair.host.outstanding
    assert (pair.host.frames_bad, pair.device.frames_bad) == (0, 0)


def test_the_fields_of_a_command_arrive_as_they_were_given(opened: Any) -> None:
    """Holds that nothing between caller and device changes a value."""
    opened.command("SET_DEPTH", depth_um=-2_147_483_648)
    assert opened.executed[-1].message.values == {"depth_um": -2_147_483_648}


def test_a_refusal_carries_reason_value_and_limit(opened: Any) -> None:
    """Holds that a refused command says what, the value and the limit."""
    opened.on_command = lambda command: command.response(Reason.DEPTH_ABOVE_LIMIT, value=2501, limit=2500)
    [event] = opened.command("SET_DEPTH", depth_um=2501)
    assert event.refused
    assert (event.reason, event.answer["value"], event.answer["limit"]) == (
        Reason.DEPTH_ABOVE_LIMIT,
        2501,
        2500,
    )


def test_arm_and_start_quote_the_device_time_of_the_moment(opened: Any) -> None:
    """Holds that ARM and START can expire: they carry the device's time as the host knows it."""
    opened.now_us = 1_000_000
    opened.command("GET_STATUS")
    opened.now_us = 1_250_000
    opened.command("ARM")
    assert opened.executed[-1].message["device_time_us"] == 1_250_000
    opened.command("START", device_time_us=5)
    assert opened.executed[-1].message["device_time_us"] == 5


def test_commands_wait_for_their_turn_and_keep_their_order(opened: Any) -> None:
    """Holds that one command is on the wire at a time, so that a repeat is never overtaken."""
    data = [opened.host.command("SET_DEPTH", 0, depth_um=depth)[0] for depth in (100, 200, 300)]
    assert [bool(each) for each in data] == [True, False, False]
    events = opened.deliver(data[0]) + opened.wait(1000)
    assert [event.command["depth_um"] for event in events] == [100, 200, 300]
    assert [each.message["depth_um"] for each in opened.executed] == [100, 200, 300]


def test_heartbeats_go_out_every_50_ms_and_are_answered_by_status(opened: Any) -> None:
    """Holds the heartbeat: only when enabled, every 50 ms, with the liveness of the screen."""
    assert opened.wait(200_000) == []
    opened.host.heartbeat_enabled = True
    opened.host.liveness = 7
    events = opened.wait(1_000_000)
    assert len(opened.executed) == 21
    assert {(each.name, each.message["liveness"]) for each in opened.executed} == {("HEARTBEAT", 7)}
    assert [type(event) for event in events] == [StatusSeen] * 21
    opened.host.heartbeat_enabled = False
    opened.executed.clear()
    opened.wait(1_000_000)
    assert opened.executed == []


def test_events_are_typed_and_a_gap_in_their_numbers_is_told(opened: Any) -> None:
    """Holds that state, trip and warning arrive as such, and that a lost one does not go unseen."""
    trip = m.EVENT_TRIP.message(
        number=2,
        time_us=5,
        interlock=26,
        input=4,
        stop=StopKind.C1,
        value=251_000,
        limit=250_000,
        latched=1,
    )
    warning = m.EVENT_WARNING.message(number=5, time_us=6, warning=1, value=0, limit=0)
    state = m.EVENT_STATE.message(
        number=1, time_us=4, state=State.SAFE, previous=State.RUN, mode=Mode.HOME, cause=26
    )
    events = []
    for message in (state, trip, warning):
        events += opened.to_host_now(opened.device.send(message, 0))
    assert events == [
        StateChanged(state, True),
        Tripped(trip, True),
        EventsMissed(3, 4),
        Warned(warning, True),
    ]


def test_a_telemetry_block_is_an_array_of_the_filled_samples(opened: Any) -> None:
    """Holds that telemetry is decoded by numpy at once, unfilled samples left out."""
    blank = dict.fromkeys((each.name for each in m.SAMPLE), 0)
    samples = [blank | {"bar_um": -i, "rate_mhz": 110_000} for i in range(20)]
    message = m.TELEMETRY.message(
        number=3, dropped=1, first_time_us=10_000, period_us=1000, count=15, state=State.RUN, samples=samples
    )
    [block] = opened.to_host_now(opened.device.send(message, 0))
    assert isinstance(block, TelemetryBlock)
    assert (block.number, block.dropped, block.first_time_us, block.period_us) == (3, 1, 10_000, 1000)
    assert block.state is State.RUN
    assert block.samples.dtype == SAMPLE_DTYPE
    assert np.array_equal(block.samples["bar_um"], -np.arange(15))
    assert set(block.samples["rate_mhz"]) == {110_000}


@pytest.mark.parametrize(
    ("name", "fields", "complaint"),
    [
        ("SET_DEPTH", {"depth_um": 1000}, "needs a link session"),
        ("STOP", {}, r"stop\(\)"),
        (
            "OPEN_SESSION",
            {"host_nonce": bytes(16), "role": 1, "slot": 0, "messages_hash": 1, "limits_hash": bytes(8)},
            r"open_session\(\)",
        ),
        ("HEARTBEAT", {"liveness": 1}, "heartbeat_enabled"),
        ("STATUS", {}, "needs the fields"),
        ("FIRE", {}, "no message is named"),
        ("SET_DEPTH", {"depth_um": 1 << 40}, "outside"),
        ("SET_RATE", {"rate_mhz": float("nan")}, "no integer"),
        ("ARM", {}, "no integer"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_nothing_goes_out(
    pair: Any, name: str, fields: dict[str, object], complaint: str
) -> None:
    """Holds that a mistake of the caller is an error of the caller, at once."""
    with pytest.raises(LocalError, match=complaint):
        pair.host.command(name, 0, **fields)
    assert pair.host.poll(0) == b""
    assert not pair.host.outstanding


def test_messages_of_the_device_are_not_sent_by_a_host(opened: Any, status_of: Any) -> None:
    """Holds the direction of a message."""
    with pytest.raises(LocalError, match="devices only"):
        opened.host.command(status_of(), 0)
    with pytest.raises(LocalError, match="takes no fields"):
        opened.host.command(m.SET_DEPTH.message(depth_um=1), 0, depth_um=2)


def test_waiting_commands_are_bounded(opened: Any) -> None:
    """Holds bounded memory against a caller that never reads."""
    for _ in range(33):
        opened.host.command("SET_DEPTH", 0, depth_um=1)
    with pytest.raises(LocalError, match="no answer yet"):
        opened.host.command("SET_DEPTH", 0, depth_um=1)


def test_a_pairing_key_of_another_length_is_refused() -> None:
    """Holds the size of the pairing key."""
    with pytest.raises(ValueError, match="32"):
        HostLink(b"short", 1, bytes)


def test_without_a_link_session_the_device_refuses_and_does_not_act(pair: Any) -> None:
    """Holds that a raw unsealed command is refused by the device: NO_SESSION."""
    from penctl.protocol.frame import Deframer, encode_frame

    answer = pair.device.receive(encode_frame(m.SET_DEPTH.number, 9, (1000).to_bytes(4, "little")), 0)
    [frame] = Deframer().feed(answer)
    response = m.RESPONSE.decode(frame.content)
    assert (response["command_sequence"], response["reason"]) == (9, Reason.NO_SESSION)
    assert pair.executed == []
