"""Link sessions in the firmware: keys, seals, counters, repeats, and who may take over."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import pytest
from link_rig import KEY, SERIAL, RawHost, Rig, decode, unsealed

from penctl.protocol import messages as m
from penctl.protocol.enums import Reason, Role
from penctl.protocol.frame import encode_body, header
from penctl.protocol.session import seal

NEEDS_SEAL = {
    "HEARTBEAT": {"liveness": 1},
    "SET_MODE": {"mode": 2},
    "SET_DEPTH": {"depth_um": 100},
    "SET_RATE": {"rate_mhz": 60_000},
    "ARM": {"device_time_us": 5},
    "START": {"device_time_us": 6},
    "RESET": {"interlock": 26},
    "SET_TELEMETRY": {"period_us": 1000},
    "SELF_TEST": {},
    "REFERENCE": {},
    "GET_CARTRIDGE": {},
}


def refusal(rig: Rig, time_ms: float = 3) -> m.Message:
    """The only frame that comes, which has to be an unsealed RESPONSE."""
    (frame,) = rig.frames_ms(time_ms)
    assert frame.number == m.RESPONSE.number
    return decode(frame)


def test_the_keys_are_those_of_the_description(rig: Rig) -> None:
    """Requirement: the proof in SESSION is HMAC over the nonces, with the key of the pen's own direction."""
    host_nonce = bytes(range(50, 66))
    rig.next_session(0xA0, 7)
    rig.rx(unsealed("OPEN_SESSION", 3, host_nonce=host_nonce, role=Role.OPERATOR))
    (frame,) = rig.frames_ms(5)
    session = decode(frame)
    nonces = host_nonce + bytes(range(0xA0, 0xB0))
    to_host = hmac.new(KEY, b"penctl d2h\x01" + nonces + b"\x07\0\0\0", hashlib.sha256).digest()
    assert session["device_nonce"] == nonces[16:]
    assert session["proof"] == hmac.new(to_host, b"proof" + nonces, hashlib.sha256).digest()[:16]
    assert (session["session_id"], session["role"], frame.sequence) == (7, Role.OPERATOR, 3)


def test_golden_sealed_frames_are_judged_as_the_vectors_say(rig: Rig, source_root: Path) -> None:
    """Requirement: the firmware opens, repeats and refuses the golden sealed frames."""
    golden = json.loads((source_root / "firmware_proto/vectors/sealed.json").read_text(encoding="utf-8"))
    rig.next_session(0xA0, golden["session_id"])
    nonce = bytes.fromhex(golden["host_nonce"])
    rig.rx(unsealed("OPEN_SESSION", 1, host_nonce=nonce, role=golden["role"]))
    (frame,) = rig.frames_ms(5)
    assert decode(frame)["proof"].hex() == golden["proof"]
    for step in golden["steps"]:
        before = rig.seen.executed
        rig.rx(bytes.fromhex(step["wire"]))
        frames = rig.frames_ms(300)  # more than five bad seals a second would end the link session
        acted = rig.seen.executed - before
        if step["refused"] in ("", "REPEAT"):
            assert [each.sealed for each in frames] == [True], step["what"]
            assert acted == (step["refused"] == ""), step["what"]
        else:
            assert [decode(each)["reason"].name for each in frames] == [step["refused"]], step["what"]
            assert acted == 0


@pytest.mark.parametrize("name", NEEDS_SEAL)
def test_an_unsealed_command_is_refused(rig: Rig, name: str) -> None:
    """Requirement: everything needs a seal except IDENTIFY, GET_LIMITS, GET_STATUS, OPEN_SESSION and STOP."""
    rig.rx(unsealed(name, 4, **NEEDS_SEAL[name]))
    response = refusal(rig)
    assert (response["reason"], response["command_sequence"]) == (Reason.NO_SESSION, 4)
    assert rig.seen.executed == 0
    assert rig.seen.heartbeats == 0


@pytest.mark.parametrize("name", NEEDS_SEAL)
def test_a_sealed_command_reaches_the_tick(rig: Rig, name: str) -> None:
    """Requirement: a command with a right seal is executed with the role and number of its link session."""
    host = RawHost(rig, Role.SERVICE)
    fields = NEEDS_SEAL[name]
    host.ask(name, 11, **fields)
    done = rig.executed(0)
    value = next(iter(fields.values()), 0)
    stamped = name in ("ARM", "START")
    assert done.type == m.MESSAGES[name].number
    assert (done.role, done.sequence, done.session_id) == (Role.SERVICE, 11, host.keys.session_id)
    assert (done.value, done.device_time_us) == ((0, value) if stamped else (value, 0))
    assert rig.seen.executed == 1


def test_the_number_of_the_session_is_told_with_the_first_valid_frame(rig: Rig) -> None:
    """Requirement: a link session becomes active on its first valid sealed frame, not before."""
    host = RawHost(rig)
    assert rig.seen.session_id == 0
    host.ask("GET_STATUS")
    assert rig.seen.session_id == host.keys.session_id


def test_one_changed_bit_anywhere_is_refused(rig: Rig) -> None:
    """Requirement: a seal covers header, payload and counter; whatever is changed, nothing is executed."""
    host = RawHost(rig)
    body = host.body("SET_DEPTH", depth_um=100)
    for bit in range(8 * 4, 8 * len(body)):
        changed = bytearray(body)
        changed[bit // 8] ^= 1 << (bit % 8)
        rig.rx(encode_body(bytes(changed)))
        rig.run_ms(2)
    for position, mask in ((1, 0x01), (2, 0x01), (3, 0x80)):
        changed = bytearray(body)
        changed[position] ^= mask
        rig.rx(encode_body(bytes(changed)))
        rig.run_ms(2)
    assert rig.seen.executed == 0
    rig.rx(encode_body(body))
    rig.run_ms(2)
    assert rig.seen.executed == 1


def test_bad_macs_are_answered_ten_times_a_second_at_most(rig: Rig) -> None:
    """Requirement: refusals of seals are rate limited; frames with right seals are taken in between."""
    host = RawHost(rig)
    wrong = seal(bytes(32), header(m.SET_DEPTH.number, 2, sealed=True) + bytes(4), 99)
    reasons = []
    for _ in range(100):
        rig.rx(encode_body(wrong))
        reasons += [decode(frame)["reason"] for frame in rig.frames_ms(10)]
    assert reasons == [Reason.BAD_MAC] * 10
    assert host.ask("SET_DEPTH", depth_um=1)["reason"] is Reason.NONE


def test_an_old_counter_is_stale_and_does_not_act(rig: Rig) -> None:
    """Requirement: a counter only rises; what was recorded cannot be played back later."""
    host = RawHost(rig)
    first = host.sealed("SET_DEPTH", 1, depth_um=1)
    rig.rx(first)
    rig.run_ms(3)
    for sequence in range(2, 11):
        host.ask("SET_DEPTH", sequence, depth_um=sequence)
    rig.rx(first)
    assert refusal(rig)["reason"] is Reason.STALE_COUNTER
    host.counter = 4
    rig.run_ms(100)
    rig.rx(host.sealed("SET_DEPTH", 77, depth_um=77))
    assert refusal(rig)["reason"] is Reason.STALE_COUNTER
    assert rig.seen.executed == 10


def test_the_counter_zero_is_never_taken(rig: Rig) -> None:
    """Requirement: counters start at 1."""
    host = RawHost(rig)
    host.counter = -1
    rig.rx(host.sealed("GET_STATUS"))
    assert refusal(rig)["reason"] is Reason.STALE_COUNTER
    assert rig.seen.session_id == 0


@pytest.mark.parametrize("back", range(1, 9))
def test_a_repeat_of_the_last_eight_gets_its_answer_again_and_acts_once(rig: Rig, back: int) -> None:
    """Requirement: a byte-identical repeat returns the cached result, acts once, and counts as no attack."""
    host = RawHost(rig)
    wires, answers = [], []
    for sequence in range(1, 13):
        wires.append(host.sealed("RESET", sequence, interlock=sequence))
        rig.answer(Reason.WRONG_INTERLOCK, sequence, 26)
        rig.rx(wires[-1])
        answers.append(rig.run_ms(3))
    rig.rx(wires[-back])
    assert rig.run_ms(3) == answers[-back]
    assert rig.seen.executed == 12


def test_a_repeated_heartbeat_keeps_nobody_alive(rig: Rig) -> None:
    """IL-26: a heartbeat that is played back is answered as before and not counted."""
    host = RawHost(rig)
    beat = host.sealed("HEARTBEAT", liveness=3)
    for _ in range(20):
        rig.rx(beat)
        rig.run_ms(50)
    assert rig.seen.heartbeats == 1
    rig.rx(host.sealed("HEARTBEAT", liveness=4))
    rig.run_ms(5)
    assert rig.seen.heartbeats == 2


def test_repeats_while_the_first_is_still_executed_wait_and_act_once(rig: Rig) -> None:
    """Requirement: a host that repeats because the pen is busy does not make it act twice."""
    host = RawHost(rig)
    rig.hold(True)
    wire = host.sealed("ARM", device_time_us=1)
    for _ in range(3):
        rig.rx(wire)
        rig.run_ms(2)
    rig.hold(False)
    sent = rig.frames_ms(10)
    assert rig.seen.executed == 1
    assert len(sent) == 3
    assert len({frame.body for frame in sent}) == 1


def test_a_session_with_a_heartbeat_cannot_be_taken_over(rig: Rig) -> None:
    """Requirement: OPEN_SESSION is refused while the active link session had a heartbeat within 500 ms."""
    host = RawHost(rig)
    host.ask("HEARTBEAT", liveness=1)
    rig.run_ms(489)
    rig.rx(unsealed("OPEN_SESSION", 2, host_nonce=bytes(16), role=Role.CLINICIAN))
    response = refusal(rig)
    assert response["reason"] is Reason.SESSION_IN_USE
    assert response["limit"] == 500
    assert 480 <= response["value"] < 500


def test_a_dead_session_is_taken_over_with_the_first_frame_of_the_new_one(rig: Rig) -> None:
    """Requirement: 500 ms after the last heartbeat another host may open; old keys end when it speaks."""
    first = RawHost(rig)
    first.ask("HEARTBEAT", liveness=1)
    rig.run_ms(500)
    second = RawHost(rig, nonce=bytes(range(100, 116)))
    assert second.keys.session_id != first.keys.session_id
    assert first.ask("SET_DEPTH", depth_um=1)["reason"] is Reason.NONE
    assert second.ask("SET_DEPTH", depth_um=2)["reason"] is Reason.NONE
    assert rig.seen.session_id == second.keys.session_id
    rig.rx(first.sealed("SET_DEPTH", depth_um=3))
    assert refusal(rig)["reason"] is Reason.BAD_MAC
    depths = [rig.executed(index).value for index in range(1, rig.seen.executed)]
    assert depths == [1, 2]


def test_a_recorded_opening_opens_nothing(rig: Rig) -> None:
    """Requirement: a new link session has a new nonce of the pen, so frames of an old one are refused."""
    host = RawHost(rig)
    recorded = host.sealed("SET_DEPTH", depth_um=1)
    rig.rx(recorded)
    rig.run_ms(3)
    replayed = RawHost(rig)
    assert replayed.keys.to_device != host.keys.to_device
    replayed.ask("GET_STATUS")
    rig.rx(recorded)
    assert refusal(rig)["reason"] is Reason.BAD_MAC
    assert rig.seen.executed == 2


def test_a_repeated_opening_gets_the_same_session(rig: Rig) -> None:
    """Requirement: a host that did not hear SESSION asks again and gets the one that is pending."""
    host = RawHost(rig)
    again = RawHost(rig)
    assert (again.keys, rig.seen.entropy_calls) == (host.keys, 1)
    other_role = RawHost(rig, Role.OPERATOR)
    assert (other_role.keys == host.keys, rig.seen.entropy_calls) == (False, 2)


def test_a_sealed_frame_without_any_session_says_so(rig: Rig) -> None:
    """Requirement: after a power-on of the pen a host learns that its link session is gone."""
    rig.rx(encode_body(seal(bytes(32), header(m.GET_STATUS.number, 5, sealed=True), 12)))
    response = refusal(rig)
    assert (response["reason"], response["command_sequence"]) == (Reason.NO_SESSION, 5)


def test_a_session_is_not_opened_from_inside_a_session(rig: Rig) -> None:
    """Requirement: OPEN_SESSION is unsealed; sealed it is malformed."""
    host = RawHost(rig)
    answer = host.ask("OPEN_SESSION", host_nonce=bytes(16), role=Role.CLINICIAN)
    assert answer["reason"] is Reason.MALFORMED


def test_malformed_payloads_are_refused_sealed_and_unsealed(rig: Rig) -> None:
    """Requirement: a payload of another length, or with an unknown enum value, is refused."""
    rig.rx(encode_body(header(m.IDENTIFY.number, 1) + b"\0"))
    assert refusal(rig)["reason"] is Reason.MALFORMED
    rig.rx(encode_body(header(m.OPEN_SESSION.number, 1) + bytes(16) + b"\x04"))
    assert refusal(rig)["reason"] is Reason.MALFORMED
    rig.rx(encode_body(header(m.GET_STATUS.number, 1, sealed=True) + bytes(23)))
    assert refusal(rig)["reason"] is Reason.MALFORMED
    host = RawHost(rig)
    for number, payload in ((6, b"\0"), (6, b"\x04"), (7, bytes(3)), (9, bytes(9)), (14, b"\0")):
        host.counter += 1
        body = seal(host.keys.to_device, header(number, 3, sealed=True) + payload, host.counter)
        rig.rx(encode_body(body))
        (frame,) = rig.frames_ms(3)
        assert host.open(frame)["reason"] is Reason.MALFORMED
    assert rig.seen.executed == 0


@pytest.mark.parametrize("number", [0x00, 0x1A, 0x3F, 0x41, 0x60, 0x7F])
def test_unknown_types_are_refused(rig: Rig, number: int) -> None:
    """Requirement: a type that is no command is refused by name, not ignored."""
    rig.rx(encode_body(header(number, 8)))
    response = refusal(rig)
    assert (response["reason"], response["command"]) == (Reason.UNKNOWN_COMMAND, number)


@pytest.mark.parametrize("sealed", [False, True])
def test_another_version_is_told_which_one_is_spoken(rig: Rig, sealed: bool) -> None:
    """Requirement: a host of another protocol version learns both versions."""
    rig.rx(encode_body(header(m.IDENTIFY.number, 8, sealed=sealed, version=1) + bytes(24)))
    response = refusal(rig)
    assert (response["reason"], response["value"], response["limit"]) == (Reason.VERSION, 1, 2)


def test_no_counter_towards_the_host_is_used_twice(rig: Rig) -> None:
    """Requirement: counters only rise towards the host, too, across answers, events and telemetry."""
    host = RawHost(rig)
    for sequence in range(1, 30):
        rig.event(m.EVENT_WARNING.number, 1)
        rig.rx(host.sealed("GET_STATUS", sequence))
        for frame in rig.frames_ms(5):
            host.open(frame)
    assert host.heard == list(range(1, 59))


def test_no_poll_hashes_more_than_one_block(rig: Rig) -> None:
    """Requirement: one background poll hashes one SHA-256 block at most, whatever is to be done."""
    host = RawHost(rig)
    for sequence in range(1, 200):
        rig.event(m.EVENT_TRIP.number, 26)
        rig.rx(host.sealed("GET_STATUS", sequence) + unsealed("OPEN_SESSION", host_nonce=bytes(16), role=1))
        for count in range(20):
            rig.sample(count)
        rig.run_ms(3)
    assert rig.most_blocks == 1
    assert rig.blocks > 1000


def test_an_identity_says_who_the_pen_is(rig: Rig) -> None:
    """Requirement: IDENTITY carries versions, serial number and the hash of the hard limits, unsealed."""
    rig.run_ms(20)
    rig.rx(unsealed("IDENTIFY", 2) + unsealed("GET_LIMITS", 3))
    first, second = rig.frames_ms(3)
    identity, limits = decode(first), decode(second)
    version = [identity[f"firmware_{part}"] for part in ("major", "minor", "patch")]
    assert (identity["protocol_version"], version, identity["test_build"]) == (2, [0, 1, 0], 0)
    assert identity["serial_number"] == SERIAL
    assert identity["messages_hash"] == m.MESSAGES_HASH
    assert 20_000 <= identity["uptime_us"] <= 21_000
    assert limits["limits_hash"] == identity["limits_hash"]
    # Literals on purpose: HOME 0 to 0.25 mm, 50 to 100 Hz; CLINICAL 0 to 2.5 mm, 50 to 150 Hz.
    assert [tuple(map(int, mode.values())) for mode in limits["modes"]] == [
        (1, 0, 250, 50_000, 100_000),
        (2, 0, 2500, 50_000, 150_000),
    ]
