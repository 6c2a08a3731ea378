from __future__ import annotations

from itertools import pairwise

import pytest
from cobs import cobs
from hypothesis import example, given
from hypothesis import strategies as st

from penctl.protocol import messages as m
from penctl.protocol.frame import (
    ENCODED_MAX,
    FRAME_MAX,
    CobsBroken,
    CrcWrong,
    Deframer,
    FrameRefused,
    FrameTooLong,
    FrameTooShort,
    decode_frame,
    encode_frame,
    stuffed,
)
from penctl.protocol.pacing import STOP_FRAME

STOP = encode_frame(m.STOP.number, 0)


def test_stop_is_eight_decoded_bytes_in_one_fixed_form() -> None:
    """Holds the STOP frame as literal bytes: version 2, type 0x0b, sequence 0, CRC-32 of zlib."""
    assert STOP.hex() == "03020b010576f8188700"
    assert STOP_FRAME == b"\0" + STOP


@given(
    pieces=st.lists(
        st.binary(max_size=600).map(lambda data: data.replace(b"\0", b"")), min_size=1, max_size=4
    )
)
@example([b""])
@example([b"\1" * 253])
@example([b"\1" * 254])
@example([b"\1" * 255, b"\2" * 254])
def test_bytes_are_stuffed_as_the_published_code_does(pieces: list[bytes]) -> None:
    """Holds that the quick way of sending is COBS, long runs without 0x00 included."""
    data = b"\0".join(pieces)
    assert stuffed(data) == cobs.encode(data)


@given(data=st.binary(max_size=3000))
def test_any_bytes_leave_the_deframer_bounded_and_ready_for_the_next_frame(data: bytes) -> None:
    """Holds that no bytes raise, that memory is bounded, and that a 0x00 ends whatever came before."""
    deframer = Deframer()
    deframer.feed(data)
    assert deframer.kept <= ENCODED_MAX
    found = deframer.feed(b"\0" + STOP)
    assert [each.number for each in found][-1:] == [m.STOP.number]
    assert deframer.kept == 0


@given(data=st.binary(max_size=1500), cuts=st.lists(st.integers(0, 1500), max_size=8))
def test_pieces_of_any_size_give_the_same_frames_and_counts(data: bytes, cuts: list[int]) -> None:
    """Holds that the link does not depend on how bytes arrive."""
    stream = data + b"\0" + STOP + encode_frame(1, 2, data[: FRAME_MAX - 8])
    whole, pieces = Deframer(), Deframer()
    expected = whole.feed(stream)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    found = []
    for begin, end in pairwise(edges):
        found += pieces.feed(stream[begin:end])
    assert found == expected
    assert (pieces.bad, pieces.kept) == (whole.bad, whole.kept)


@given(
    payload=st.binary(max_size=FRAME_MAX - 8), number=st.integers(0, 0x7F), sequence=st.integers(0, 0xFFFF)
)
def test_every_frame_comes_back(payload: bytes, number: int, sequence: int) -> None:
    """Holds that framing loses nothing up to the longest frame."""
    wire = encode_frame(number, sequence, payload)
    assert wire.count(0) == 1
    assert len(wire) <= ENCODED_MAX + 1
    found = decode_frame(wire[:-1])
    assert (found.number, found.sequence, found.content) == (number, sequence, payload)


@given(payload=st.binary(min_size=1, max_size=100), at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_one_flipped_bit_never_gives_another_frame(payload: bytes, at: int, bit: int) -> None:
    """Holds that noise of one bit is found by the CRC or by COBS."""
    wire = bytearray(encode_frame(5, 77, payload))
    wire[at % (len(wire) - 1)] ^= 1 << bit
    original = decode_frame(encode_frame(5, 77, payload)[:-1])
    assert all(each == original for each in Deframer().feed(bytes(wire)))
    assert Deframer().feed(bytes(wire)) == [] or original in Deframer().feed(bytes(wire))


def test_a_frame_that_would_be_too_long_is_refused_before_it_is_sent() -> None:
    """Holds the longest frame on the side that sends."""
    encode_frame(1, 1, bytes(FRAME_MAX - 8))
    with pytest.raises(FrameRefused, match="769"):
        encode_frame(1, 1, bytes(FRAME_MAX - 7))


@pytest.mark.parametrize(
    ("encoded", "error"),
    [
        (b"\xff\x01", CobsBroken),
        (b"\x03\x01\x0b\x01\x05\x98\x57\xad\x96", CrcWrong),
        (b"\x02\x01", FrameTooShort),
        (b"\x01" * (ENCODED_MAX + 1), FrameTooLong),
    ],
)
def test_each_way_to_be_no_frame_has_its_error(encoded: bytes, error: type[FrameRefused]) -> None:
    """Holds that a dropped frame can be counted by its cause."""
    with pytest.raises(error):
        decode_frame(encoded)


def test_an_endless_frame_is_counted_once_and_not_kept() -> None:
    """Holds bounded memory against a line that never sends 0x00."""
    deframer = Deframer()
    for _ in range(1000):
        deframer.feed(b"\x55" * 100)
        assert deframer.kept <= ENCODED_MAX
    assert deframer.feed(b"\0" + STOP)[0].number == m.STOP.number
    assert (deframer.too_long, deframer.bad) == (1, 1)
