"""What a link session of a pairing may still do when the pairing is forgotten or made anew: nothing."""

from __future__ import annotations

import pytest
from link_rig import CODES, KEY, RawHost, Rig, decode
from test_link_pairing import HELD_MS, NAME, NO_CODE, pair, settle

from penctl.protocol.enums import Reason, Role

OTHER = b"clinic nine\0\0\0\0\0"
SLOT = 3
"""The first that is free in the rig."""


@pytest.fixture
def own(rig: Rig) -> RawHost:
    """A host that has paired in SLOT, and its active link session."""
    rig.button(HELD_MS)
    host = RawHost(rig, Role.OPERATOR, slot=SLOT, key=pair(rig, sequence=7)["key"])
    assert host.ask("SET_DEPTH", depth_um=1)["reason"] is Reason.NONE
    return host


def assert_over(rig: Rig, host: RawHost) -> None:
    """The link session is over: nothing in it reaches the tick."""
    executed = rig.seen.executed
    assert rig.seen.session_id == 0
    rig.rx(host.sealed("SET_DEPTH", depth_um=2))
    (frame,) = rig.frames_ms(5)
    assert decode(frame)["reason"] is Reason.NO_SESSION
    assert rig.seen.executed == executed


def test_a_pairing_made_anew_by_anyone_ends_its_link_session(rig: Rig, own: RawHost) -> None:
    """Requirement: who pairs anew because a key may be known elsewhere leaves nothing open that it opened."""
    again = pair(rig, sequence=8)
    assert (again.name, again["slot"]) == ("PAIRED", SLOT)
    rig.run_ms(2)
    assert_over(rig, own)
    host = RawHost(rig, Role.OPERATOR, slot=SLOT, key=again["key"])
    assert host.ask("SET_DEPTH", depth_um=3)["reason"] is Reason.NONE


def test_a_host_that_pairs_itself_anew_gets_its_answer_sealed_and_then_the_session_is_over(
    rig: Rig, own: RawHost
) -> None:
    """Requirement: the answer with the new key comes in the link session that asked for it."""
    rig.rx(own.sealed("PAIR", role=Role.OPERATOR, code=NO_CODE, host_name=NAME))
    (frame,) = rig.frames_ms(30)
    paired = own.open(frame)
    assert (paired.name, paired["slot"]) == ("PAIRED", SLOT)
    assert_over(rig, own)
    RawHost(rig, Role.OPERATOR, slot=SLOT, key=paired["key"])


@pytest.mark.parametrize("name", [OTHER, bytes(16)])
def test_a_pairing_in_another_slot_ends_nothing(rig: Rig, own: RawHost, name: bytes) -> None:
    """Requirement: a refused PAIR, or one of somebody else, leaves the link session as it is."""
    refused = pair(rig, Role.OPERATOR, name=name, sequence=8)
    assert refused["reason"] is Reason.OUT_OF_RANGE
    rig.run_ms(5)
    assert own.ask("SET_DEPTH", depth_um=4)["reason"] is Reason.NONE


def test_a_wrong_code_ends_neither_the_active_nor_the_pending_link_session(rig: Rig) -> None:
    """Requirement: a pairing that was not replaced keeps what it has opened."""
    rig.button(HELD_MS)
    key = pair(rig, Role.CLINICIAN, CODES[Role.CLINICIAN])["key"]
    active = RawHost(rig, Role.CLINICIAN, slot=SLOT, key=key)
    assert active.ask("SET_DEPTH", depth_um=1)["reason"] is Reason.NONE
    pending = RawHost(rig, Role.CLINICIAN, bytes(range(1, 17)), slot=SLOT, key=key)
    wrong = pair(rig, Role.CLINICIAN, NO_CODE, sequence=8)
    assert wrong["reason"] is Reason.WRONG_CODE
    assert active.ask("SET_DEPTH", depth_um=2)["reason"] is Reason.NONE
    assert pending.ask("SET_DEPTH", depth_um=3)["reason"] is Reason.NONE


def test_a_dead_source_of_entropy_leaves_the_pairing_that_was_there(rig: Rig, own: RawHost) -> None:
    """Requirement: a refused PAIR changes nothing: not the old key, not its link session."""
    rig.dead_entropy(True)
    assert pair(rig, sequence=8)["reason"] is Reason.SELF_TEST_NOT_PASSED
    assert rig.pairing(SLOT).key == own.key
    assert own.ask("SET_DEPTH", depth_um=4)["reason"] is Reason.NONE


def test_a_pairing_that_memory_lost_ends_its_link_session(rig: Rig, own: RawHost) -> None:
    """Requirement: when the new key cannot be kept the pairing is forgotten, and its link session with it."""
    rig.dead_memory(True)
    assert pair(rig, sequence=8)["reason"] is Reason.MEMORY_FAILED
    rig.run_ms(5)
    assert rig.pairing(SLOT).role == 0
    assert_over(rig, own)


@pytest.mark.parametrize("behind", ["UNPAIR", "SET_DEPTH"])
def test_nothing_of_a_link_session_is_executed_behind_its_own_unpair(rig: Rig, behind: str) -> None:
    """Requirement: commands sent ahead do not keep a link session whose pairing is forgotten."""
    service = RawHost(rig, Role.SERVICE)
    fields = {"slot": 1} if behind == "UNPAIR" else {"depth_um": 5}
    rig.rx(service.sealed("UNPAIR", 1, slot=2) + service.sealed(behind, 2, **fields))
    first, *rest = rig.frames_ms(30)
    assert service.open(first)["reason"] is Reason.NONE
    assert [decode(frame)["reason"] for frame in rest] == [Reason.NO_SESSION]
    assert (rig.pairing(1).role, rig.seen.executed) == (Role.CLINICIAN, 0)
    assert_over_later(rig, service)


def assert_over_later(rig: Rig, host: RawHost) -> None:
    """As `assert_over`, when the last refusal is long enough ago for another."""
    rig.run_ms(100)
    assert_over(rig, host)


def test_a_flood_does_not_keep_a_link_session_that_is_over(rig: Rig) -> None:
    """Requirement: a link session whose pairing is forgotten ends, however fast its frames come."""
    host = RawHost(rig, Role.CLINICIAN)
    rig.rx(host.sealed("UNPAIR", slot=1))
    for sequence in range(2, 200):
        rig.rx(host.sealed("GET_STATUS", sequence))
        rig.run_ms(0.1)
    assert rig.seen.session_id == 0
    assert rig.seen.executed == 0


def test_a_pairing_that_was_forgotten_is_not_told_once_more(rig: Rig) -> None:
    """Requirement: the repeat of a PAIR whose pairing was forgotten meanwhile is a PAIR like any other."""
    rig.button(HELD_MS)
    first = pair(rig)
    assert RawHost(rig, Role.OPERATOR).ask("UNPAIR", slot=SLOT)["reason"] is Reason.NONE
    again = pair(rig)
    assert (again["role"], again["key"] in (first["key"], bytes(32))) == (Role.OPERATOR, False)
    settle(rig)
    assert rig.pairing(SLOT).key == again["key"] != KEY
