"""The compiled helper of the link and the Python that does the same agree on any bytes, in any pieces."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penctl.native import LONGEST, unframe
from penctl.protocol import messages as m
from penctl.protocol.frame import ENCODED_MAX, Deframer, Unframe, encode_frame, use_compiled

COMPILED = unframe()
STOP = encode_frame(m.STOP.number, 0)


@pytest.fixture(autouse=True)
def _back() -> Iterator[None]:
    """What the host uses comes back after each test."""
    yield
    use_compiled(COMPILED)


def _told(unframed: Unframe | None, pieces: list[bytes]) -> tuple[object, ...]:
    use_compiled(unframed)
    deframer = Deframer()
    frames = [frame for piece in pieces for frame in deframer.feed(piece)]
    counts = (deframer.bad_cobs, deframer.bad_crc, deframer.too_long, deframer.too_short)
    return frames, counts, deframer.kept


def test_the_compiled_helper_is_built() -> None:
    """Without it telemetry is decoded too slowly: the build of this package must have it."""
    assert COMPILED is not None


_BYTES = st.one_of(
    st.binary(max_size=400),
    st.just(STOP),
    st.binary(min_size=200, max_size=700).map(lambda data: encode_frame(96, 7, data)),
    st.just(b"\0"),
    st.integers(ENCODED_MAX - 2, ENCODED_MAX + 300).map(lambda size: b"\1" * size),
    st.binary(min_size=1, max_size=60).map(lambda data: bytes([255]) + data),
)


@given(parts=st.lists(_BYTES, max_size=12), cuts=st.lists(st.integers(0, 6000), max_size=10))
def test_compiled_and_python_agree_on_any_bytes(parts: list[bytes], cuts: list[int]) -> None:
    """Holds frames, what was counted as bad and why, and what is kept, for any cut of the stream."""
    stream = b"".join(parts)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    pieces = [stream[begin:end] for begin, end in pairwise(edges)]
    assert _told(COMPILED, pieces) == _told(None, pieces)


def test_every_byte_of_a_frame_altered_is_told_alike() -> None:
    """Holds that noise is counted the same way by both."""
    frame = encode_frame(96, 7, bytes(range(256)) * 2)
    for place in range(len(frame)):
        spoilt = bytearray(frame)
        spoilt[place] ^= 0x41
        assert _told(COMPILED, [bytes(spoilt), STOP]) == _told(None, [bytes(spoilt), STOP])


def test_more_than_the_helper_takes_is_refused_by_it_and_not_by_the_link() -> None:
    """Holds that no write passes the end of a buffer: reads are cut before."""
    assert COMPILED is not None
    with pytest.raises(ValueError, match="are more than"):
        COMPILED(bytes(LONGEST + 1))
    frames, *_ = _told(COMPILED, [STOP * 20_000])
    assert len(frames) == 20_000
