"""STOP from the host's end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from penctl.protocol.enums import State
from penctl.protocol.link import Cause, NotSent, StatusSeen, StopSeen, Uncertain
from penctl.protocol.pacing import STOP_FRAME

PairOf = Callable[..., Any]


def test_stop_goes_out_at_once_without_a_link_session(pair: Any) -> None:
    """Holds that STOP needs no session, no sequence and no turn."""
    pair.state = State.RUN
    events = pair.deliver(pair.host.stop(0))
    assert pair.sent == [STOP_FRAME]
    assert pair.stops == 1
    assert [type(event) for event in events] == [StatusSeen, StopSeen]
    assert events[-1] == StopSeen(State.STOPPING)
    assert not pair.host.stopping


def test_stop_is_repeated_every_millisecond_until_it_is_seen(pair: Any) -> None:
    """Holds that a STOP on a noisy line is sent until the device is seen stopping."""
    pair.state = State.RUN
    pair.to_device = lambda data: b""
    pair.deliver(pair.host.stop(0))
    assert pair.wait(9_500) == []
    assert pair.sent == [STOP_FRAME] * 10
    assert pair.host.stopping
    pair.to_device = bytes
    assert StopSeen(State.STOPPING) in pair.wait(1_000)
    pair.sent.clear()
    pair.wait(100_000)
    assert pair.sent == []


@pytest.mark.parametrize("state", [State.STOPPING, State.SAFE, State.STANDBY])
def test_an_event_of_a_stopped_state_ends_the_repeating(opened: Any, event_of: Any, state: State) -> None:
    """Holds that EVENT_STATE shows that STOP was seen."""
    opened.host.stop(0)
    assert StopSeen(state) in opened.to_host_now(opened.device.send(event_of(1, state), 0))
    assert not opened.host.stopping


@pytest.mark.parametrize("state", [State.READY, State.RUN, State.SERVICE])
def test_a_state_that_can_move_does_not_end_the_repeating(opened: Any, event_of: Any, state: State) -> None:
    """Holds that STOP is not believed seen while the pen could still stroke."""
    opened.host.stop(0)
    opened.to_host_now(opened.device.send(event_of(1, state), 0))
    assert opened.host.stopping


def test_a_status_that_was_asked_for_before_stop_does_not_end_it(opened: Any) -> None:
    """Holds that an old STANDBY on its way does not silence a STOP that nobody heard."""
    opened.to_host = lambda data: b""
    data, _ = opened.host.command("GET_STATUS", 0)
    late = opened.device.receive(data, 0)
    opened.host.stop(0)
    opened.to_host = bytes
    assert not any(isinstance(event, StopSeen) for event in opened.to_host_now(late))
    assert opened.host.stopping


def test_a_status_that_was_asked_for_after_stop_ends_it(opened: Any) -> None:
    """Holds that the answer to a heartbeat shows a stopped pen."""
    opened.to_device = lambda data: data if not data.endswith(STOP_FRAME) else data[: -len(STOP_FRAME)]
    opened.state = State.SAFE
    opened.deliver(opened.host.stop(0))
    assert StopSeen(State.SAFE) in opened.deliver(opened.host.command("GET_STATUS", 0)[0])


def test_stop_drops_what_waits_and_leaves_nothing_to_repeat(opened: Any) -> None:
    """Holds that a START from before a STOP can never arrive after it."""
    opened.host.command("ARM", 0)
    opened.host.command("START", 0)
    opened.host.stop(0)
    events = opened.host.take_events()
    assert [(type(e), e.command.name, e.cause) for e in events] == [
        (NotSent, "START", Cause.STOPPED),
        (Uncertain, "ARM", Cause.STOPPED),
    ]
    opened.sent.clear()
    opened.to_device = lambda data: b""
    opened.wait(500_000)
    assert set(b"".join(opened.sent).split(STOP_FRAME)) == {b""}


def test_while_stop_is_repeated_only_questions_go_out(opened: Any) -> None:
    """Holds that nothing is armed behind a STOP that was not seen."""
    opened.deliver(opened.host.stop(0)[:0])
    waiting, _ = opened.host.command("ARM", 0)
    question, _ = opened.host.command("GET_STATUS", 0)
    assert waiting == b""
    assert question != b""
    opened.state = State.SAFE
    opened.deliver(question)
    opened.wait(0)
    assert [each.name for each in opened.executed] == ["GET_STATUS", "ARM"]
