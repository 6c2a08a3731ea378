"""The firmware's deframer: good and bad frames, in any pieces, and STOP in the midst of everything."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from link_rig import STOP, RawHost, Rig, RigLibrary, unsealed

from penctl.protocol import messages as m
from penctl.protocol.frame import Deframer, encode_body, header

SLOTS = 4


def vectors(root: Path, kind: str) -> list[dict[str, object]]:
    """Golden frames of one kind."""
    path = root / "firmware_proto" / "vectors" / "frames.json"
    found: list[dict[str, object]] = json.loads(path.read_text(encoding="utf-8"))[kind]
    return found


def test_golden_frames_are_received(link_library: RigLibrary, source_root: Path) -> None:
    """Requirement: the firmware takes every good golden frame, and takes STOP out."""
    for vector in vectors(source_root, "good"):
        frames, bad, stops = link_library.deframe(bytes.fromhex(str(vector["wire"])))
        assert bad == 0
        if vector["what"] == "STOP":
            assert (frames, stops) == ([], 1)
            continue
        assert stops == 0
        head = bytes([vector["version"], vector["type"]]) + vector["sequence"].to_bytes(2, "little")
        assert frames[0][:-4] == head + bytes.fromhex(str(vector["payload"])), vector["what"]


def test_bad_golden_frames_are_dropped_and_the_next_one_is_received(
    link_library: RigLibrary, source_root: Path
) -> None:
    """Requirement: a frame broken by noise is counted and dropped, and costs no other frame."""
    for vector in vectors(source_root, "bad"):
        wire = bytes.fromhex(str(vector["wire"]))
        frames, bad, stops = link_library.deframe(wire + b"\0" + unsealed("IDENTIFY"))
        assert (len(frames), bad, stops) == (1, 1, 0), vector["what"]


@given(bodies=st.lists(st.binary(min_size=4, max_size=764), max_size=4))
def test_frames_of_any_content_come_through(link_library: RigLibrary, bodies: list[bytes]) -> None:
    """Requirement: COBS and CRC-32 carry any bytes, up to the longest frame."""
    frames, bad, stops = link_library.deframe(b"".join(map(encode_body, bodies)))
    others = [body for body in bodies if not (len(body) == 4 and body[1] == m.STOP.number)]
    assert (bad, stops) == (0, len(bodies) - len(others))
    assert [frame[:-4] for frame in frames] == others


@pytest.mark.parametrize("version", range(256))
def test_stop_is_known_in_every_version_and_with_any_sequence(link_library: RigLibrary, version: int) -> None:
    """Requirement: STOP is taken from anyone: a host of another version can stop the pen, too."""
    wire = encode_body(bytes([version, m.STOP.number, version, 255 - version]))
    assert link_library.deframe(wire) == ([], 0, 1)


@pytest.mark.parametrize("body", [b"", b"\x01", b"\x01\x01", b"\x01\x01\x01"])
def test_a_frame_shorter_than_a_header_is_dropped_though_its_crc_holds(
    link_library: RigLibrary, body: bytes
) -> None:
    """Requirement: what has no header is no frame, whatever its CRC says."""
    assert link_library.deframe(encode_body(body)) == ([], 1, 0)


def spoiled(source: random.Random) -> bytes:
    """A stream of good frames, noise, and frames with bytes changed, lost and added; ends with a zero."""
    stream = bytearray()
    for _ in range(source.randrange(1, 12)):
        wire = bytearray(
            encode_body(source.randbytes(source.choice([4, 4, 12, 60, 253, 254, 255, 620, 764])))
        )
        fault = source.randrange(6)
        if fault == 0:
            wire[source.randrange(len(wire))] ^= 1 << source.randrange(8)
        elif fault == 1:
            del wire[source.randrange(len(wire))]
        elif fault == 2:
            wire.insert(source.randrange(len(wire)), source.randrange(256))
        elif fault == 3:
            wire = bytearray(source.randbytes(source.randrange(1500)))
        stream += wire
    return bytes(stream) + b"\0"


def test_the_firmware_and_the_host_cut_a_spoiled_stream_alike(link_library: RigLibrary) -> None:
    """Requirement: both ends agree on which frames a noisy line carried."""
    source = random.Random(20)
    for _ in range(600):
        stream = spoiled(source)
        host = Deframer()
        expected = [frame.body for frame in host.feed(stream)]
        frames, bad, _ = link_library.deframe(stream)
        assert [frame[:-4] for frame in frames] == expected
        assert bad == host.bad


def test_frames_byte_by_byte_are_answered_like_frames_in_one_piece(link_library: RigLibrary) -> None:
    """Requirement: where a serial driver cuts the bytes does not matter."""
    wire = unsealed("IDENTIFY", 5) + b"\x07garbage\0" + unsealed("GET_LIMITS", 6)
    whole, pieces = Rig(link_library), Rig(link_library)
    whole.rx(wire)
    for byte in wire:
        pieces.rx(bytes([byte]))
    sent = whole.run_ms(3)
    assert sent == pieces.run_ms(3)
    assert [frame.sequence for frame in pieces.take(sent)] == [5, 6]
    assert whole.seen.frames_bad == pieces.seen.frames_bad == 1


def test_a_stop_acts_before_any_poll(rig: Rig) -> None:
    """Requirement: STOP is told to the tick while its last byte is received."""
    rig.rx(STOP[:-1])
    assert rig.seen.stops == 0
    rig.rx(STOP[-1:])
    assert rig.seen.stops == 1


def test_a_stop_acts_behind_half_a_frame(rig: Rig) -> None:
    """Requirement: STOP does not wait for a frame that is half there."""
    for cut in range(1, 30):
        rig.rx(RAW_LONG[:cut] + STOP)
        assert rig.seen.stops == cut
    assert rig.seen.frames_bad == 29


RAW_LONG = encode_body(header(0x07, 3) + bytes(range(1, 60)))


def test_a_stop_acts_when_every_slot_is_full(rig: Rig) -> None:
    """Requirement: STOP waits for no queue; frames that find no slot are counted."""
    rig.rx(unsealed("IDENTIFY") * (SLOTS + 3))
    assert rig.seen.frames_lost == 3
    rig.rx(STOP)
    assert rig.seen.stops == 1
    assert rig.seen.frames_lost == 3


def test_a_stop_acts_while_a_seal_is_hashed(rig: Rig) -> None:
    """Requirement: STOP waits for no hash."""
    host = RawHost(rig)
    rig.rx(host.sealed("SET_DEPTH", depth_um=100))
    assert rig.poll() == 0
    assert rig.poll() == 1  # one block of two
    rig.rx(STOP)
    assert rig.seen.stops == 1


def test_a_stop_acts_when_the_line_out_is_stuck(rig: Rig) -> None:
    """Requirement: STOP acts and is counted though nothing of what was said before can leave."""
    for sequence in range(1, 20):
        rig.rx(unsealed("IDENTIFY", sequence))
        rig.tick()
        rig.poll(5)
    rig.rx(STOP)
    assert rig.seen.stops == 1


@pytest.mark.parametrize(
    "frame",
    [
        encode_body(header(0x0B, 7)),
        encode_body(header(0x0B, 0) + b"\x01\x02"),
        encode_body(header(0x0B, 0, version=2)),
        encode_body(header(0x0B, 1, sealed=True) + bytes(24)),
    ],
    ids=["with a sequence", "with a payload", "of another version", "with a wrong seal"],
)
def test_a_stop_in_another_form_stops_too(rig: Rig, frame: bytes) -> None:
    """Requirement: whoever says STOP in a whole frame is believed; it is the safe direction."""
    rig.rx(frame)
    frames = rig.frames_ms(1)
    assert rig.seen.stops == 1
    assert [each.number for each in frames] == [0x43]


def test_a_stop_that_noise_has_changed_is_no_stop(rig: Rig) -> None:
    """Requirement: a frame that breaks its CRC does nothing, so that noise cannot stop a treatment."""
    for bit in range(8 * 9):
        wire = bytearray(STOP)
        wire[1 + bit // 8] ^= 1 << (bit % 8)
        rig.rx(bytes(wire) + b"\0")
    rig.run_ms(5)
    assert rig.seen.stops == 0


def test_empty_frames_are_nothing(rig: Rig) -> None:
    """Requirement: zeros between frames count as no frame."""
    rig.rx(b"\0" * 50 + unsealed("IDENTIFY") + b"\0" * 50)
    assert len(rig.frames_ms(1)) == 1
    assert rig.seen.frames_bad == 0
