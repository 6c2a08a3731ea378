"""Golden bad frames, noise, and STOP amid them: only counters change, and the next frame is heard."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from link_rig import STOP, RawHost, Rig, RigLibrary, decode, unsealed

from penctl.protocol import messages as m
from penctl.protocol.enums import Reason
from penctl.protocol.frame import FRAME_MAX, Frame

MOST_POLLS = 60
"""Polls within which a good frame is answered, whatever came before it."""
VECTORS = Path(__file__).resolve().parents[2] / "firmware_proto" / "vectors"


def golden(name: str) -> Any:
    """A file of golden vectors."""
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


HOSTILE = golden("hostile")["frames"]


@pytest.fixture
def host(rig: Rig) -> RawHost:
    """A host in the golden link session; the device has taken one frame of it."""
    session = golden("sealed")
    rig.next_session(0xA0, session["session_id"])
    raw = RawHost(rig, session["role"], bytes.fromhex(session["host_nonce"]))
    raw.ask("HEARTBEAT", liveness=1)
    return raw


def state(rig: Rig) -> tuple[int, ...]:
    """Everything that a bad frame may not change."""
    seen = rig.seen
    return (seen.stops, seen.heartbeats, seen.session_id, seen.executed, seen.inbox_step, seen.entropy_calls)


def fed_whole(rig: Rig, wire: bytes) -> list[Frame]:
    rig.rx(wire)
    return rig.frames_ms(20)


def fed_in_single_bytes(rig: Rig, wire: bytes) -> list[Frame]:
    frames = []
    for byte in wire:
        rig.rx(bytes([byte]))
        frames += rig.frames_ms(0.1)
    return frames + rig.frames_ms(20)


def fed_behind_garbage(rig: Rig, wire: bytes) -> list[Frame]:
    rig.rx(b"\0" + wire)
    return rig.frames_ms(20)


@pytest.mark.parametrize("feed", [fed_whole, fed_in_single_bytes, fed_behind_garbage])
@pytest.mark.parametrize("vector", HOSTILE, ids=[vector["what"] for vector in HOSTILE])
def test_a_golden_bad_frame_changes_nothing_and_the_next_good_one_is_understood(
    rig: Rig, host: RawHost, vector: dict[str, Any], feed: Callable[[Rig, bytes], list[Frame]]
) -> None:
    """Requirement: a bad frame is counted, or refused with its reason, and never executed."""
    before, bad = state(rig), rig.seen.frames_bad
    frames = feed(rig, bytes.fromhex(vector["wire"]))
    assert state(rig) == before
    assert rig.seen.frames_bad - bad == vector["bad"]
    answers = [(host.open(each) if vector["sealed"] else decode(each))["reason"].name for each in frames]
    assert answers == ([vector["reason"]] if vector["reason"] else [])
    host.counter = 999
    assert host.ask("SET_DEPTH", depth_um=777)["reason"] is Reason.NONE
    assert rig.executed(rig.seen.executed - 1).value == 777


@pytest.mark.parametrize("piece", [1, 64, 5000])
def test_a_megabyte_of_noise_costs_bounded_time_and_nothing_else(rig: Rig, host: RawHost, piece: int) -> None:
    """Requirement: 1 MB of noise executes, hashes and ends nothing, and hides no frame behind it."""
    before, blocks = state(rig), rig.blocks
    noise = random.Random(piece).randbytes(1 << 20)
    for at in range(0, len(noise), piece):
        rig.rx(noise[at : at + piece])
        if at % 4096 < piece:
            rig.poll()
    rig.poll(MOST_POLLS)
    assert state(rig) == before
    assert rig.seen.frames_bad > 1000
    assert (rig.most_blocks, rig.blocks) == (1, blocks)
    rig.rx(b"\0" + host.sealed("SET_DEPTH", depth_um=5))
    answered = 0
    while not (sent := rig.tx()):
        rig.tick()
        rig.poll()
        answered += 1
        assert answered < MOST_POLLS
    assert host.open(rig.take(sent)[0])["reason"] is Reason.NONE


def test_noise_of_whole_frames_costs_one_block_a_poll_and_hides_no_stop(rig: Rig) -> None:
    """Requirement: any frames with a right CRC cost bounded work, and STOP waits for none."""
    source, stops = random.Random(4), 0
    for _ in range(2000):
        body = bytearray(source.randbytes(source.randrange(4, FRAME_MAX - 4)))
        body[0] = m.PROTOCOL_VERSION
        if body[1] & 0x7F == m.STOP.number:
            body[1] ^= 1
        rig.rx(wire_of(bytes(body)))
        if source.random() < 0.2:
            rig.rx(STOP)
            stops += 1
            assert rig.seen.stops == stops
        rig.poll(source.randrange(3))
        rig.tick()
        rig.tx()
    assert rig.most_blocks <= 1
    assert rig.seen.executed < stops + 50


def wire_of(body: bytes) -> bytes:
    """Wire bytes of a body."""
    from penctl.protocol.frame import encode_body

    return encode_body(body)


def busy_queues(rig: Rig, host: RawHost) -> None:
    """The tick holds its command, all slots are full, nobody reads the line."""
    rig.hold(True)
    for sequence in range(20):
        rig.rx(host.sealed("SET_DEPTH", sequence, depth_um=sequence))
        rig.rx(unsealed("IDENTIFY", sequence))
        rig.poll(3)
    assert rig.seen.frames_lost > 0


@pytest.mark.parametrize("version", [0, 1, m.PROTOCOL_VERSION, 200])
def test_stop_is_taken_with_full_queues_half_a_frame_and_garbage_on_the_line(
    rig: Rig, host: RawHost, version: int
) -> None:
    """Requirement: STOP acts as soon as its closing zero arrives, whatever is under way."""
    busy_queues(rig, host)
    for rubbish in (b"", b"\xff" * 300, host.sealed("ARM", device_time_us=1)[:9], bytes(range(1, 256)) * 9):
        before = rig.seen.stops
        rig.rx(rubbish + b"\0" + wire_of(bytes([version, m.STOP.number, 0, 0])))
        assert rig.seen.stops == before + 1


def test_stop_is_taken_without_a_link_session_at_every_step_of_opening_one(rig: Rig) -> None:
    """Requirement: STOP needs no link session and disturbs none that is being opened."""
    rig.rx(unsealed("OPEN_SESSION", host_nonce=bytes(16), role=1))
    for count in range(40):
        rig.rx(STOP)
        assert rig.seen.stops == count + 1
        rig.tick()
        rig.poll()
    names = {m.BY_NUMBER[frame.number].name for frame in rig.frames_ms(30)}
    assert names <= {"STATUS", "SESSION"}


def test_the_rig_library_is_the_link_that_ships(link_library: RigLibrary) -> None:
    """Requirement: what is tested here deframes the golden STOP like the vectors say."""
    wire = bytes.fromhex(golden("frames")["good"][0]["wire"])
    assert link_library.deframe(wire) == ([], 0, 1)
