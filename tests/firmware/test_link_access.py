"""Who may open a link session, what ends one, which role a command needs, and time that wraps."""

from __future__ import annotations

import pytest
from link_rig import KEY, LIMITS_HASH, STOP, RawHost, Rig, decode, unsealed

from penctl.protocol import messages as m
from penctl.protocol.enums import Reason, Role, State
from penctl.protocol.enums import Warning as PenWarning
from penctl.protocol.frame import encode_body, header
from penctl.protocol.messages import Message
from penctl.protocol.session import derive_keys, seal

WRAP_US = (1 << 32) * 1000
EXPIRY_US = 900_000_000


def opening(rig: Rig, **fields: object) -> Message:
    """The answer to an OPEN_SESSION."""
    rig.rx(unsealed("OPEN_SESSION", host_nonce=bytes(range(16)), **fields))
    (frame,) = rig.frames_ms(5)
    return decode(frame)


@pytest.mark.parametrize("slot", range(3))
@pytest.mark.parametrize("role", Role)
def test_a_pairing_opens_link_sessions_up_to_its_own_role(rig: Rig, slot: int, role: Role) -> None:
    """Requirement: OPEN_SESSION names slot and role, and gets no more than the pairing's."""
    answer = opening(rig, slot=slot, role=role)
    if role <= slot + 1:
        assert (answer.name, answer["role"]) == ("SESSION", role)
    else:
        assert (answer["reason"], answer["value"], answer["limit"]) == (Reason.ROLE, slot + 1, role)


@pytest.mark.parametrize("slot", [3, 4, 5, 127, 255])
def test_a_slot_without_a_pairing_opens_nothing(rig: Rig, slot: int) -> None:
    """Requirement: an empty slot and one that there is not are both NOT_PAIRED."""
    assert opening(rig, slot=slot, role=Role.OPERATOR)["reason"] is Reason.NOT_PAIRED
    assert rig.seen.entropy_calls == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"messages_hash": m.MESSAGES_HASH ^ 1},
        {"messages_hash": 0},
        {"limits_hash": bytes(8)},
        {"limits_hash": LIMITS_HASH[:7] + bytes([LIMITS_HASH[7] ^ 1])},
    ],
)
def test_a_host_of_other_definitions_or_limits_opens_nothing(rig: Rig, fields: dict[str, object]) -> None:
    """Interlock IL-35: host and pen must agree on the messages and on the table of hard limits."""
    assert opening(rig, role=Role.OPERATOR, **fields)["reason"] is Reason.HOST_MISMATCH


def test_damaged_pairings_open_nothing(rig: Rig) -> None:
    """Requirement: with both copies of the pairings damaged nobody is taken for somebody."""
    for copy in (0, 2048):
        rig.lie(copy + 4 * 256 + 20)
    rig.restart()
    assert opening(rig, role=Role.OPERATOR)["reason"] is Reason.NOT_PAIRED


def forged(counter: int) -> bytes:
    """A sealed frame with a wrong MAC."""
    return encode_body(seal(bytes(32), header(m.SET_DEPTH.number, 2, sealed=True) + bytes(4), counter))


def stale(host: RawHost) -> bytes:
    """A frame with a right MAC, an old counter and a content of its own."""
    rig_counter, host.counter = host.counter, 0
    wire = host.sealed("SET_RATE", 99, rate_mhz=1)
    host.counter = rig_counter
    return wire


def live(rig: Rig, role: Role = Role.CLINICIAN) -> RawHost:
    """A host whose link session is active."""
    host = RawHost(rig, role)
    host.ask("HEARTBEAT", liveness=1)
    return host


@pytest.mark.parametrize("kind", ["bad MAC", "stale counter", "both"])
def test_five_bad_seals_in_a_second_end_the_link_session(rig: Rig, kind: str) -> None:
    """Interlock IL-27: the fifth bad MAC or stale counter within 1 s drops the link session, hence IL-26."""
    host = live(rig)
    session_id = rig.seen.session_id
    for count in range(5):
        assert rig.seen.session_id == session_id
        is_forged = kind == "bad MAC" or (kind == "both" and count % 2)
        rig.rx(forged(count) if is_forged else stale(host))
        rig.run_ms(240)
    assert rig.seen.session_id == 0
    rig.rx(host.sealed("GET_STATUS"))
    (refused,) = rig.frames_ms(5)
    assert decode(refused)["reason"] is Reason.NO_SESSION
    again = RawHost(rig, nonce=bytes(range(60, 76)))
    rig.rx(again.sealed("GET_STATUS"))
    messages = [again.open(frame) for frame in rig.frames_ms(10)]
    (warning,) = (each for each in messages if each.name == "EVENT_WARNING")
    told = (warning["warning"], warning["value"], warning["limit"])
    assert told == (PenWarning.SESSION_DROPPED, 5, 1_000_000)


def test_four_bad_seals_or_slow_ones_end_nothing(rig: Rig) -> None:
    """Interlock IL-27: just below the limit the link session lives, for as long as it goes on."""
    host = live(rig)
    for count in range(4):
        rig.rx(forged(count))
        rig.run_ms(5)
    rig.run_ms(1010)
    for count in range(40):
        rig.rx(forged(count))
        rig.run_ms(252)
    assert rig.seen.session_id == host.keys.session_id
    assert host.ask("SET_DEPTH", depth_um=2)["reason"] is Reason.NONE


def test_repeats_noise_and_unsealed_frames_count_as_no_attack(rig: Rig) -> None:
    """Interlock IL-27: repeats, broken frames and frames without a seal end no link session."""
    host = live(rig)
    wire = host.sealed("SET_DEPTH", depth_um=1)
    for count in range(30):
        rig.rx(wire + b"\x55garbage\0" + unsealed("SET_DEPTH", depth_um=1) + unsealed("IDENTIFY"))
        rig.rx(encode_body(header(0x7E, count)) + encode_body(header(m.ARM.number, count, version=9)))
        rig.run_ms(10)
    assert rig.seen.session_id == host.keys.session_id


def test_a_link_session_ends_fifteen_minutes_after_its_last_valid_frame(rig: Rig) -> None:
    """Requirement: a link session that nobody uses is over; bad frames do not keep it."""
    host = live(rig)
    for _ in range(3):
        rig.jump(EXPIRY_US - 2_000_000)
        assert host.ask("GET_STATUS").name == "STATUS"
    rig.jump(EXPIRY_US - 1_000_000)
    rig.rx(forged(3))
    rig.run_ms(980)
    assert rig.seen.session_id == host.keys.session_id
    rig.run_ms(30)
    assert rig.seen.session_id == 0
    rig.rx(host.sealed("GET_STATUS"))
    (refused,) = rig.frames_ms(150)
    assert decode(refused)["reason"] is Reason.NO_SESSION


def test_time_goes_on_when_32_bits_of_milliseconds_are_used_up(rig: Rig) -> None:
    """Requirement: after 49.7 days device time does not fall back, and no old heartbeat becomes a new one."""
    host = live(rig)
    beat_us = rig.now_us
    for _ in range(1000):
        rig.jump(EXPIRY_US // 2)
        if rig.now_us > WRAP_US - EXPIRY_US:
            break
        host.counter += 0
        assert host.ask("GET_STATUS").name == "STATUS"
    while rig.now_us < WRAP_US + beat_us - 400_000:
        rig.jump(min(EXPIRY_US // 2, WRAP_US + beat_us - 300_000 - rig.now_us))
        host.ask("GET_STATUS")
    assert rig.now_us > WRAP_US - 1_000_000
    other = RawHost(rig, nonce=bytes(range(70, 86)))
    assert other.session["device_time_us"] >= WRAP_US - 1_000_000
    rig.jump(1_000_000)
    rig.rx(unsealed("IDENTIFY"))
    (frame,) = rig.frames_ms(5)
    assert abs(decode(frame)["uptime_us"] - rig.now_us) < 10_000
    assert other.ask("GET_STATUS").name == "STATUS"


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.CLINICIAN])
def test_the_acts_of_the_service_are_refused_to_others_before_the_tick(rig: Rig, role: Role) -> None:
    """Requirement: CALIBRATE and CONFIGURE need the role SERVICE; the tick looks for it once more."""
    host = RawHost(rig, role)
    configure = {"mode": 1, "depth_max_um": 200, "rate_max_mhz": 90_000, "home_only": 0}
    for name, fields in (("CALIBRATE", {"bar_offset_um": 1, "day": 2}), ("CONFIGURE", configure)):
        answer = host.ask(name, **fields)
        assert (answer["reason"], answer["value"], answer["limit"]) == (Reason.ROLE, role, Role.SERVICE)
    assert rig.seen.executed == 0


def test_a_frame_carries_how_many_stops_came_before_it(rig: Rig) -> None:
    """Requirement: a STOP that comes while the seal of an ARM is proved can be told from one before it."""
    host = live(rig)
    rig.rx(STOP)
    rig.rx(host.sealed("ARM", device_time_us=rig.now_us))
    rig.poll(2)
    rig.rx(STOP)
    rig.run_ms(10)
    armed = rig.executed(rig.seen.executed - 1)
    executed = [rig.executed(index) for index in range(rig.seen.executed)]
    (armed,) = (each for each in executed if each.type == m.ARM.number)
    assert (armed.stops, rig.seen.stops) == (1, 2)


def test_trip_and_snapshot_come_whole_and_are_repeated_from_the_cache(rig: Rig) -> None:
    """Requirement: the longest answers are sealed, kept and sent once more like any other."""
    host = RawHost(rig)
    trip = host.ask("GET_TRIP", index=2)
    assert (trip.name, trip["index"], trip["interlock"], trip["value"]) == ("TRIP", 2, 7, -5)
    wire = host.sealed("GET_SNAPSHOT", 5, index=1, part=4)
    rig.rx(wire)
    (first,) = rig.frames_ms(5)
    snapshot = host.open(first)
    assert (snapshot.name, snapshot["index"], snapshot["part"], snapshot["count"]) == ("SNAPSHOT", 1, 4, 8)
    last = snapshot["rows"][7]
    assert (last["bar_um"], last["state"]) == (321, State.RUN)
    rig.rx(wire)
    (again,) = rig.frames_ms(5)
    assert again.body == first.body


def test_limits_are_those_of_the_configuration_and_hard_ones_where_it_is_damaged(rig: Rig) -> None:
    """Requirement: the effective limits may only be narrower, and the host reads them from the pen."""
    rig.narrow(200, 90_000)
    rig.run_ms(30)
    rig.rx(unsealed("GET_LIMITS"))
    (frame,) = rig.frames_ms(5)
    home, clinical = decode(frame)["modes"]
    assert (home["depth_max_um"], home["rate_max_mhz"]) == (200, 90_000)
    assert (clinical["depth_max_um"], clinical["rate_max_mhz"]) == (2500, 150_000)
    for copy in (0, 2048):
        rig.lie(copy + 40)
    rig.restart()
    rig.rx(unsealed("GET_LIMITS"))
    (frame,) = rig.frames_ms(5)
    assert [row["depth_max_um"] for row in decode(frame)["modes"]] == [250, 2500]


def test_a_key_of_one_slot_does_not_open_another(rig: Rig) -> None:
    """Requirement: the key of a pairing is its own."""
    rig.button(3000)
    rig.rx(unsealed("PAIR", role=Role.OPERATOR, code=bytes(16), host_name=bytes(16)))
    (frame,) = rig.frames_ms(30)
    paired = decode(frame)
    assert paired["key"] != KEY
    session = opening(rig, slot=3, role=Role.OPERATOR)
    nonce, given = bytes(range(16)), (session["device_nonce"], session["session_id"])
    assert derive_keys(KEY, Role.OPERATOR, nonce, *given).proof != session["proof"]
    assert derive_keys(paired["key"], Role.OPERATOR, nonce, *given).proof == session["proof"]
    RawHost(rig, Role.OPERATOR, slot=3, key=paired["key"], nonce=bytes(range(80, 96))).ask("GET_STATUS")
