"""A host whose link session may not become the active one hears why, and does not believe it to be open."""

from __future__ import annotations

from typing import Any

from penctl.protocol.enums import Reason, Role
from penctl.protocol.link import Cause, HostLink, SessionLost, SessionOpened, Uncertain


def second_host(pair: Any) -> HostLink:
    """Another computer, of another pairing, that has opened its link session and not used it yet."""
    other = HostLink(bytes(range(32)), Role.OPERATOR, lambda size: b"\x09" * size, slot=1)
    data, _ = other.open_session(pair.now_us)
    [opened] = other.receive(pair.device.receive(data, pair.now_us), pair.now_us)
    assert isinstance(opened, SessionOpened)
    return other


def said(pair: Any, other: HostLink, data: bytes) -> list[Any]:
    """What the other host learns from the answer to this."""
    return other.receive(pair.device.receive(data, pair.now_us), pair.now_us) + other.take_events()


def test_a_command_that_may_not_take_over_ends_with_the_reason(opened: Any) -> None:
    """Requirement: PROTOCOL, link session 3; the first frame is refused while another host is in use."""
    other = second_host(opened)
    opened.host.heartbeat_enabled = True
    opened.wait(100_000)
    data, _ = other.command("SET_DEPTH", opened.now_us, depth_um=1)
    uncertain, lost = said(opened, other, data)
    assert isinstance(uncertain, Uncertain)
    assert (uncertain.cause, uncertain.reason) == (Cause.SEAL_REFUSED, Reason.SESSION_IN_USE)
    assert lost == SessionLost(Reason.SESSION_IN_USE)
    assert not other.session_open
    assert "SET_DEPTH" not in [each.name for each in opened.executed]


def test_heartbeats_that_may_not_take_over_end_and_seize_nothing_later(opened: Any) -> None:
    """Requirement: a host that was refused does not slip in when the other one falls silent."""
    other = second_host(opened)
    opened.host.heartbeat_enabled = True
    opened.wait(100_000)
    other.heartbeat_enabled = True
    assert said(opened, other, other.poll(opened.now_us)) == [SessionLost(Reason.SESSION_IN_USE)]
    opened.host.heartbeat_enabled = False
    opened.wait(600_000)
    assert other.poll(opened.now_us) == b""
