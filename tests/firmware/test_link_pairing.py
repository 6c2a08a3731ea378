"""Pairing in the firmware: button, codes, limited tries, what is kept, and forgetting."""

from __future__ import annotations

import pytest
from link_rig import CODES, KEY, RawHost, Rig, decode, unsealed

from penctl.protocol.enums import Reason, Role, SelfTestCheck, State
from penctl.protocol.messages import Message

HELD_MS = 3000
NO_CODE = bytes(16)
NAME = b"clinic two\0\0\0\0\0\0"


def pair(
    rig: Rig, role: Role = Role.OPERATOR, code: bytes = NO_CODE, name: bytes = NAME, sequence: int = 1
) -> Message:
    """Ask for a pairing and return the only answer."""
    rig.rx(unsealed("PAIR", sequence, role=role, code=code, host_name=name))
    (frame,) = rig.frames_ms(30)
    return decode(frame)


def settle(rig: Rig) -> None:
    """Let the memory be written."""
    rig.run_ms(30)
    assert not rig.pairing(0).writing


def test_a_pairing_is_made_kept_and_opens_link_sessions_after_power_off(rig: Rig) -> None:
    """Requirement: PAIRED brings slot, role and a fresh key, which stand in memory before they are told."""
    rig.button(HELD_MS)
    paired = pair(rig)
    assert (paired.name, paired["slot"], paired["role"]) == ("PAIRED", 3, Role.OPERATOR)
    assert paired["key"] not in (KEY, bytes(32))
    rig.restart()
    kept = rig.pairing(3)
    assert (kept.role, kept.key, kept.name) == (Role.OPERATOR, paired["key"], NAME)
    host = RawHost(rig, Role.OPERATOR, slot=3, key=paired["key"])
    assert host.ask("SET_DEPTH", depth_um=1)["reason"] is Reason.NONE
    assert rig.executed(rig.seen.executed - 1).role == Role.OPERATOR


def test_the_answer_comes_when_the_pairing_is_in_memory_and_not_before(rig: Rig) -> None:
    """Requirement: power cut at any time leaves no host with a key that the pen does not know."""
    for polls in range(120):
        rig.restart()
        rig.button(HELD_MS)
        rig.rx(unsealed("PAIR", role=Role.OPERATOR, code=NO_CODE, host_name=NAME))
        sent = b""
        for _ in range(polls):
            rig.tick()
            rig.poll()
            sent += rig.tx()
        frames = rig.take(sent)
        rig.restart()
        if frames:
            assert rig.pairing(3).key == decode(frames[0])["key"]
    assert frames


@pytest.mark.parametrize(("held_ms", "state"), [(2999, State.STANDBY), (0, State.STANDBY)])
def test_the_button_has_to_be_held_for_three_seconds(rig: Rig, held_ms: int, state: State) -> None:
    """Requirement: whoever pairs has a hand at the pen."""
    rig.button(held_ms, state)
    assert pair(rig)["reason"] is Reason.BUTTON_NOT_PRESSED
    assert rig.pairing(3).role == 0


@pytest.mark.parametrize("state", [state for state in State if state is not State.STANDBY])
def test_pairing_is_refused_outside_standby(rig: Rig, state: State) -> None:
    """Requirement: nobody pairs with a pen that is armed, runs, or has tripped."""
    rig.button(60_000, state)
    answer = pair(rig)
    assert (answer["reason"], answer["value"], answer["limit"]) == (Reason.WRONG_STATE, state, State.STANDBY)


@pytest.mark.parametrize("role", [Role.CLINICIAN, Role.SERVICE])
def test_the_code_of_the_role_is_needed(rig: Rig, role: Role) -> None:
    """Requirement: CLINICIAN and SERVICE need their own code; the other role's does not do."""
    rig.button(HELD_MS)
    other = CODES[Role.SERVICE if role is Role.CLINICIAN else Role.CLINICIAN]
    for left, code in ((4, NO_CODE), (3, other)):
        answer = pair(rig, role, code)
        assert (answer["reason"], answer["value"]) == (Reason.WRONG_CODE, left)
    paired = pair(rig, role, CODES[role])
    assert (paired.name, paired["role"]) == ("PAIRED", role)


def test_five_wrong_codes_in_the_pens_life_lock_out_for_good(rig: Rig) -> None:
    """Requirement: tries are limited and counted in memory; power-off, or a right code, gives none back."""
    rig.button(HELD_MS)
    for tried in range(4):
        assert pair(rig, Role.SERVICE, bytes([tried]) * 16)["reason"] is Reason.WRONG_CODE
        rig.restart()
    assert pair(rig, Role.CLINICIAN, CODES[Role.CLINICIAN]).name == "PAIRED"
    settle(rig)
    assert rig.pairing(0).wrong_codes == 4
    answer = pair(rig, Role.CLINICIAN, NO_CODE)
    assert (answer["reason"], answer["value"]) == (Reason.WRONG_CODE, 0)
    for role in (Role.CLINICIAN, Role.SERVICE):
        for _ in range(2):
            answer = pair(rig, role, CODES[role])
            assert (answer["reason"], answer["value"], answer["limit"]) == (Reason.LOCKED_OUT, 5, 5)
            rig.restart()
    host = RawHost(rig, Role.SERVICE)
    assert host.ask("UNPAIR", slot=3)["reason"] is Reason.NONE
    assert pair(rig, Role.OPERATOR).name == "PAIRED"


def test_a_wrong_code_is_counted_whenever_the_power_is_cut(rig: Rig) -> None:
    """Requirement: whoever cuts the power when an answer comes has used his try up."""
    for polls in range(5, 60, 3):
        before = rig.pairing(0).wrong_codes
        rig.button(HELD_MS)
        rig.rx(unsealed("PAIR", role=Role.SERVICE, code=NO_CODE, host_name=NAME))
        sent = b""
        for _ in range(polls):
            rig.tick()
            rig.poll()
            sent += rig.tx()
        answered = [decode(frame)["reason"] for frame in rig.take(sent)]
        rig.restart()
        if Reason.WRONG_CODE in answered:
            assert rig.pairing(0).wrong_codes == before + 1
    assert rig.pairing(0).wrong_codes == 5


def test_a_repeat_of_pair_gets_the_same_pairing_and_a_new_pair_a_new_key(rig: Rig) -> None:
    """Requirement: a host that did not hear PAIRED asks again and gets the key that the pen has kept."""
    rig.button(HELD_MS)
    first = pair(rig)
    rig.run_ms(60)
    assert pair(rig) == first
    other = pair(rig, sequence=2)
    assert (other["slot"], other["key"] == first["key"]) == (3, False)
    rig.run_ms(2000)
    late = pair(rig, sequence=2)
    assert (late["slot"], late["key"] == other["key"]) == (3, False)


def test_without_a_free_slot_nothing_is_paired_and_unpair_makes_room(rig: Rig) -> None:
    """Requirement: the pen keeps four pairings; none is pushed out."""
    rig.button(HELD_MS)
    assert pair(rig)["slot"] == 3
    answer = pair(rig, name=b"another host".ljust(16, b"\0"))
    assert (answer["reason"], answer["value"], answer["limit"]) == (Reason.OUT_OF_RANGE, 4, 4)
    host = RawHost(rig, Role.SERVICE)
    assert host.ask("UNPAIR", slot=0)["reason"] is Reason.NONE
    assert pair(rig, name=b"another host".ljust(16, b"\0"))["slot"] == 0


def test_unpair_needs_service_or_the_pairings_own_role(rig: Rig) -> None:
    """Requirement: an operator does not throw the clinician out."""
    host = RawHost(rig, Role.OPERATOR)
    for slot in (1, 2):
        answer = host.ask("UNPAIR", slot=slot)
        assert (answer["reason"], answer["value"]) == (Reason.ROLE, Role.OPERATOR)
    answer = host.ask("UNPAIR", slot=3)
    assert (answer["reason"], answer["value"], answer["limit"]) == (Reason.NO_SUCH_ENTRY, 3, 4)
    assert [rig.pairing(slot).role for slot in range(4)] == [1, 2, 3, 0]
    assert host.ask("UNPAIR", slot=200)["reason"] is Reason.NO_SUCH_ENTRY


def test_a_forgotten_pairing_ends_its_link_session_and_opens_none(rig: Rig) -> None:
    """Requirement: what is forgotten is forgotten at once, and after power-off too."""
    host = RawHost(rig, Role.CLINICIAN)
    assert host.ask("UNPAIR", slot=1)["reason"] is Reason.NONE
    rig.run_ms(30)
    assert rig.seen.session_id == 0
    rig.rx(host.sealed("GET_STATUS"))
    (frame,) = rig.frames_ms(5)
    assert decode(frame)["reason"] is Reason.NO_SESSION
    for _ in range(2):
        rig.rx(unsealed("OPEN_SESSION", host_nonce=bytes(16), role=Role.CLINICIAN))
        (frame,) = rig.frames_ms(5)
        assert decode(frame)["reason"] is Reason.NOT_PAIRED
        rig.restart()
    assert rig.pairing(1).key == bytes(32)


def test_a_memory_that_fails_pairs_nobody(rig: Rig) -> None:
    """Requirement: a pairing that cannot be kept is not told."""
    rig.button(HELD_MS)
    rig.dead_memory(True)
    for role, code in ((Role.OPERATOR, NO_CODE), (Role.CLINICIAN, CODES[Role.CLINICIAN])):
        assert pair(rig, role, code)["reason"] is Reason.MEMORY_FAILED
    rig.dead_memory(False)
    rig.run_ms(300)
    assert rig.pairing(3).role == 0
    rig.restart()
    assert rig.pairing(3).role == 0


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CLINICIAN])
def test_a_dead_source_of_entropy_pairs_nobody(rig: Rig, role: Role) -> None:
    """Requirement: a key that anybody could guess is never kept or told."""
    rig.button(HELD_MS)
    rig.dead_entropy(True)
    refused = pair(rig, role, NO_CODE if role is Role.OPERATOR else CODES[role])
    assert (refused["reason"], refused["value"]) == (Reason.SELF_TEST_NOT_PASSED, SelfTestCheck.CONTROLLER)
    rig.run_ms(100)
    assert (rig.pairing(3).role, rig.pairing(3).key) == (0, bytes(32))
    rig.dead_entropy(False)
    rig.button(HELD_MS)
    assert pair(rig, sequence=2).name == "PAIRED"


def test_a_dead_source_of_entropy_opens_no_link_session(rig: Rig) -> None:
    """Requirement: without a fresh nonce a link session of before could be played again."""
    rig.dead_entropy(True)
    rig.rx(unsealed("OPEN_SESSION", 9, host_nonce=bytes(range(16)), role=Role.OPERATOR, slot=0))
    (frame,) = rig.frames_ms(5)
    refused = decode(frame)
    assert (refused["reason"], refused["value"]) == (Reason.SELF_TEST_NOT_PASSED, SelfTestCheck.CONTROLLER)
    assert rig.seen.session_id == 0
    rig.dead_entropy(False)
    assert RawHost(rig, Role.OPERATOR).ask("SET_DEPTH", depth_um=1)["reason"] is Reason.NONE


def test_codes_are_not_judged_by_a_damaged_configuration(rig: Rig) -> None:
    """Interlock IL-29: with both copies damaged there is no hash to compare with; the try is not used up."""
    rig.button(HELD_MS)
    for copy in (0, 2048):
        rig.lie(copy + 40)
    rig.restart()
    assert pair(rig, Role.SERVICE, CODES[Role.SERVICE])["reason"] is Reason.CONFIGURATION_DAMAGED
    assert rig.pairing(0).wrong_codes == 0


def test_a_sealed_pair_is_answered_sealed_and_repeated_from_the_cache(rig: Rig) -> None:
    """Requirement: a host with a link session can pair another role; its repeat gets the same key."""
    host = RawHost(rig, Role.CLINICIAN)
    rig.button(HELD_MS)
    wire = host.sealed("PAIR", role=Role.OPERATOR, code=NO_CODE, host_name=NAME)
    rig.rx(wire)
    (first,) = rig.frames_ms(30)
    assert host.open(first).name == "PAIRED"
    rig.rx(wire)
    (again,) = rig.frames_ms(30)
    assert again.body == first.body
