"""A link session that is pending in the firmware: when it may become the active one, and when it is gone."""

from __future__ import annotations

import pytest
from link_rig import RawHost, Rig, decode, unsealed

from penctl.protocol.enums import Reason, Role

PENDING_MS = 5000
OTHER_NONCE = bytes(range(100, 116))


def refused(rig: Rig, host: RawHost, name: str = "HEARTBEAT") -> Reason:
    """The reason why this host's sealed frame is not taken."""
    before = (rig.seen.session_id, rig.seen.executed)
    fields = {"liveness": 9} if name == "HEARTBEAT" else {}
    rig.rx(host.sealed(name, **fields))
    (frame,) = rig.frames_ms(5)
    assert (rig.seen.session_id, rig.seen.executed) == before
    reason = decode(frame)["reason"]
    assert isinstance(reason, Reason)
    return reason


def beats(rig: Rig, host: RawHost, time_ms: int) -> None:
    """Heartbeats every 50 ms."""
    for _ in range(time_ms // 50):
        rig.rx(host.sealed("HEARTBEAT", liveness=1))
        rig.run_ms(50)


def pending_beside_active(rig: Rig, role: Role = Role.OPERATOR) -> tuple[RawHost, RawHost]:
    """A session that is active and had no heartbeat yet, and another one that was opened beside it."""
    active = RawHost(rig, Role.SERVICE)
    active.ask("SET_TELEMETRY", period_us=0)
    return active, RawHost(rig, role, nonce=OTHER_NONCE)


def test_a_pending_session_does_not_take_over_one_that_came_into_use(rig: Rig) -> None:
    """Requirement: PROTOCOL 3; nobody takes over within 500 ms of a heartbeat, whenever he opened."""
    active, pending = pending_beside_active(rig)
    beats(rig, active, 1000)
    assert refused(rig, pending) is Reason.SESSION_IN_USE
    active.ask("HEARTBEAT", liveness=2)
    assert rig.seen.session_id == active.keys.session_id


def test_a_frame_that_was_refused_does_not_take_over_later(rig: Rig) -> None:
    """Requirement: what was answered with a refusal does not act when somebody plays it back."""
    active, pending = pending_beside_active(rig)
    beats(rig, active, 100)
    wire = pending.sealed("SELF_TEST")
    rig.rx(wire)
    rig.run_ms(600)
    before = rig.seen.executed
    rig.rx(wire)
    (frame,) = rig.frames_ms(5)
    assert decode(frame)["reason"] is Reason.STALE_COUNTER
    assert (rig.seen.executed, rig.seen.session_id) == (before, active.keys.session_id)


def test_a_host_that_was_too_early_takes_over_when_the_other_is_silent(rig: Rig) -> None:
    """Requirement: 500 ms after the last heartbeat the pending session is as good as before."""
    active, pending = pending_beside_active(rig)
    beats(rig, active, 100)
    assert refused(rig, pending) is Reason.SESSION_IN_USE
    rig.run_ms(500)
    pending.ask("HEARTBEAT", liveness=1)
    assert rig.seen.session_id == pending.keys.session_id


def test_a_host_that_opens_its_own_session_anew_speaks_at_once(rig: Rig) -> None:
    """Requirement: after a lost link the same host opens again and its first frame counts."""
    first = RawHost(rig)
    first.ask("HEARTBEAT", liveness=1)
    rig.run_ms(500)
    again = RawHost(rig, nonce=OTHER_NONCE)
    again.ask("HEARTBEAT", liveness=1)
    assert rig.seen.session_id == again.keys.session_id


def test_a_late_heartbeat_of_its_own_old_session_keeps_no_host_out(rig: Rig) -> None:
    """Requirement: after a lost link the wire may bring old heartbeats behind OPEN_SESSION."""
    first = RawHost(rig)
    first.ask("HEARTBEAT", liveness=1)
    rig.run_ms(500)
    again = RawHost(rig, nonce=OTHER_NONCE)
    first.ask("HEARTBEAT", liveness=2)
    again.ask("HEARTBEAT", liveness=1)
    assert rig.seen.session_id == again.keys.session_id


def test_a_forgotten_pairing_takes_its_pending_session_with_it(rig: Rig) -> None:
    """Requirement: UNPAIR is a revocation: keys that it forgets command nothing any more."""
    active, pending = pending_beside_active(rig)
    assert active.ask("UNPAIR", slot=pending.slot)["reason"] is Reason.NONE
    rig.run_ms(600)
    assert refused(rig, pending) is Reason.BAD_MAC


def test_unpair_of_another_slot_leaves_the_pending_session(rig: Rig) -> None:
    """Requirement: only the forgotten pairing's session goes."""
    active, pending = pending_beside_active(rig)
    assert active.ask("UNPAIR", slot=Role.CLINICIAN - 1)["reason"] is Reason.NONE
    pending.ask("HEARTBEAT", liveness=1)
    assert rig.seen.session_id == pending.keys.session_id


def test_a_pairing_that_is_made_anew_drops_what_is_pending_with_its_old_key(rig: Rig) -> None:
    """Requirement: a new key in a slot ends what the old one was about to begin."""
    name = b"clinic two".ljust(16, b"\0")
    rig.button(3000)
    rig.rx(unsealed("PAIR", role=Role.OPERATOR, code=bytes(16), host_name=name))
    (frame,) = rig.frames_ms(30)
    paired = decode(frame)
    pending = RawHost(rig, Role.OPERATOR, slot=paired["slot"], key=paired["key"])
    rig.rx(unsealed("PAIR", 2, role=Role.OPERATOR, code=bytes(16), host_name=name))
    (frame,) = rig.frames_ms(30)
    assert (decode(frame).name, decode(frame)["slot"]) == ("PAIRED", paired["slot"])
    assert refused(rig, pending) is Reason.NO_SESSION


@pytest.mark.parametrize(("wait_ms", "taken"), [(PENDING_MS - 20, True), (PENDING_MS, False)])
def test_a_pending_session_waits_for_five_seconds(rig: Rig, wait_ms: int, taken: bool) -> None:
    """Requirement: keys that nobody uses do not lie about for ever."""
    pending = RawHost(rig)
    rig.run_ms(wait_ms)
    if taken:
        pending.ask("HEARTBEAT", liveness=1)
        assert rig.seen.session_id == pending.keys.session_id
    else:
        assert refused(rig, pending) is Reason.NO_SESSION
