"""Any bytes into either end: nothing is raised, memory stays bounded, and the next frame is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from penctl.protocol import frame
from penctl.protocol import messages as m
from penctl.protocol.enums import State
from penctl.protocol.link import Answered, HostLink, LocalError, NotSent, SessionOpened, Uncertain
from penctl.protocol.states import SESSION_TABLE, STOP_SEEN, SessionState, Trigger

PairOf = Callable[..., Any]


def whole_frames() -> st.SearchStrategy[bytes]:
    """Frames with a right CRC and any content: they reach what garbage behind a CRC never does."""
    numbers = st.sampled_from(sorted({*m.BY_NUMBER, 0, 0x7F}))
    sealed = st.sampled_from([0, m.SEALED])
    content = st.one_of(
        st.binary(max_size=100), st.sampled_from([bytes(each.size) for each in m.MESSAGES.values()])
    )
    return st.builds(
        lambda version, number, seal, sequence, rest: frame.encode_body(
            bytes([version, number | seal]) + sequence.to_bytes(2, "little") + rest
        ),
        st.sampled_from([1, 1, 1, 0, 2, 255]),
        numbers,
        sealed,
        st.integers(0, 5),
        content,
    )


STREAMS = st.lists(st.one_of(st.binary(max_size=80), whole_frames()), max_size=8).map(b"".join)


@settings(max_examples=200)
@given(stream=STREAMS)
def test_a_host_takes_any_bytes_and_still_hears_the_answer_behind_them(
    stream: bytes, pair_of: PairOf
) -> None:
    """Holds that a device that sends garbage cannot break or bloat the host."""
    pair = pair_of()
    events = pair.host.receive(stream, 0)
    assert len(events) <= len(stream) + 1
    data, ticket = pair.host.command("GET_STATUS", 1)
    answered = pair.host.receive(b"\0" + pair.device.receive(data, 1), 1)
    assert [e.ticket for e in answered if isinstance(e, Answered)] == [ticket]


@settings(max_examples=200)
@given(stream=STREAMS)
def test_a_host_in_a_link_session_keeps_it_through_any_bytes(stream: bytes, pair_of: PairOf) -> None:
    """Holds that nobody without the key can command or end a link session that has nothing outstanding."""
    pair = pair_of()
    pair.open()
    pair.command("SELF_TEST")
    pair.host.receive(stream, 0)
    assert pair.host.session_open
    pair.host.receive(b"\0", 0)
    [event] = [e for e in pair.command("SET_DEPTH", depth_um=5) if isinstance(e, Answered)]
    assert event.sealed


@settings(max_examples=200)
@given(stream=STREAMS, piece=st.integers(1, 50))
def test_a_device_takes_any_bytes_without_acting_and_still_stops(
    stream: bytes, piece: int, pair_of: PairOf
) -> None:
    """Holds that bytes without the key never execute a sealed command, and that STOP always gets through."""
    pair = pair_of()
    pair.open()
    for at in range(0, len(stream), piece):
        pair.device.receive(stream[at : at + piece], 0)
        assert pair.device.bytes_kept <= frame.ENCODED_MAX
    assert {each.name for each in pair.executed} <= {"IDENTIFY", "GET_LIMITS", "GET_STATUS"}
    before = pair.stops
    pair.device.receive(pair.host.stop(1), 1)
    assert pair.stops == before + 1


def silence(data: bytes) -> bytes:
    """Nothing comes through."""
    return b""


@settings(max_examples=100)
@given(data=st.data())
def test_any_order_of_calls_keeps_the_host_whole(data: st.DataObject, pair_of: PairOf) -> None:
    """Holds that verbs, losses and time in any order raise only LocalError, and that every ticket ends."""
    pair = pair_of()
    tickets: set[int] = set()
    events: list[Any] = []
    for _ in range(data.draw(st.integers(1, 25))):
        verb = data.draw(
            st.sampled_from(["open", "SET_DEPTH", "GET_STATUS", "stop", "wait", "beat", "lose", "heal"])
        )
        try:
            if verb == "open":
                out, ticket = pair.host.open_session(pair.now_us)
                tickets.add(ticket)
            elif verb == "stop":
                out = pair.host.stop(pair.now_us)
            elif verb in ("SET_DEPTH", "GET_STATUS"):
                fields = {"depth_um": 7} if verb == "SET_DEPTH" else {}
                out, ticket = pair.host.command(verb, pair.now_us, **fields)
                tickets.add(ticket)
            else:
                out = b""
                pair.host.heartbeat_enabled ^= verb == "beat"
                pair.to_host = silence if verb == "lose" else pair.to_host
                pair.to_host = bytes if verb == "heal" else pair.to_host
                events += pair.wait(data.draw(st.integers(0, 200_000))) if verb == "wait" else []
        except LocalError:
            continue
        events += pair.deliver(out) if data.draw(st.booleans()) else []
    pair.host.heartbeat_enabled = False
    pair.state, pair.to_host = State.STANDBY, bytes
    events += pair.wait(5_000_000)
    ended = [e.ticket for e in events if isinstance(e, Answered | Uncertain | NotSent | SessionOpened)]
    assert set(ended) == tickets
    assert not pair.host.outstanding


def test_the_state_tables_name_every_state() -> None:
    """Holds that no state is forgotten, and that every state of the session can be left."""
    assert set(SESSION_TABLE) == set(SessionState)
    assert set(STOP_SEEN) == set(State)
    assert {target for row in SESSION_TABLE.values() for target in row.values()} == set(SessionState)
    assert all(set(row) <= set(Trigger) for row in SESSION_TABLE.values())


def test_a_host_of_any_nonce_source_asks_for_16_bytes() -> None:
    """Holds that entropy is injected, 16 bytes for each link session."""
    asked: list[int] = []

    def nonce(n: int) -> bytes:
        asked.append(n)
        return bytes(n)

    HostLink(bytes(32), 1, nonce).open_session(0)
    assert asked == [16]
