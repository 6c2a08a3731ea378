"""Frames: header, payload, perhaps a seal, CRC-32; COBS, ended by 0x00. The CRC is against noise only."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import NamedTuple

from cobs import cobs

from penctl.protocol.messages import MESSAGES, PROTOCOL_VERSION, SEALED

HEADER_SIZE = 4
COUNTER_SIZE = 8
MAC_SIZE = 16
CRC_SIZE = 4
SEAL_SIZE = COUNTER_SIZE + MAC_SIZE
FRAME_MIN = HEADER_SIZE + CRC_SIZE
FRAME_MAX = 768
"""Largest decoded frame, bytes, CRC included."""
LONGEST_MESSAGE = HEADER_SIZE + max(message.size for message in MESSAGES.values()) + SEAL_SIZE + CRC_SIZE
"""Largest decoded frame that any message makes, bytes: sealed, CRC included."""
if LONGEST_MESSAGE > FRAME_MAX:
    raise ImportError(f"a sealed message has {LONGEST_MESSAGE} bytes, a frame at most {FRAME_MAX}")
COBS_RUN = 254
"""COBS breaks a run of so many bytes other than 0x00 in two."""
_RUNS = tuple(bytes([length + 1]) for length in range(COBS_RUN))
CRC_RESIDUE = 0x2144DF1C
"""CRC-32 of any data that ends with its own CRC-32."""
READ_MAX = 8192
"""Bytes that are unframed at once."""
ENCODED_MAX = FRAME_MAX + FRAME_MAX // 254 + 1
"""Largest frame between two 0x00, bytes."""


Unframe = Callable[[bytes], list[tuple[int, bytes | None]]]
"""Bytes that end with 0x00 into frames: the encoded size, and what was encoded or None for no COBS."""


class FrameRefused(ValueError):
    """Bytes that are no frame, or a frame that would be too long."""


class Frame(NamedTuple):
    """A frame whose CRC holds. `body` is everything before the CRC; what it says is not trusted yet."""

    body: bytes

    @property
    def version(self) -> int:
        return self.body[0]

    @property
    def type_byte(self) -> int:
        return self.body[1]

    @property
    def number(self) -> int:
        """Number of the message, without the bit of the seal."""
        return self.body[1] & ~SEALED

    @property
    def sealed(self) -> bool:
        return bool(self.body[1] & SEALED)

    @property
    def sequence(self) -> int:
        return int.from_bytes(self.body[2:4], "little")

    @property
    def content(self) -> bytes:
        """Everything behind the header: the payload, and in a sealed frame counter and MAC."""
        return self.body[HEADER_SIZE:]


def header(number: int, sequence: int, *, sealed: bool = False, version: int = PROTOCOL_VERSION) -> bytes:
    """The four bytes before a payload."""
    return bytes([version, number | (SEALED if sealed else 0)]) + sequence.to_bytes(2, "little")


def encode_body(body: bytes) -> bytes:
    """Add the CRC, encode, and end with 0x00. Raises FrameRefused when the frame would be too long."""
    if len(body) + CRC_SIZE > FRAME_MAX:
        raise FrameRefused(f"{len(body) + CRC_SIZE} bytes are more than {FRAME_MAX}")
    return stuffed(body + zlib.crc32(body).to_bytes(CRC_SIZE, "little")) + b"\0"


def stuffed(data: bytes) -> bytes:
    """COBS of `data`; what `cobs.encode` gives, byte for byte, without its loop over every byte."""
    pieces = data.split(b"\0")
    if max(map(len, pieces)) >= COBS_RUN:
        return bytes(cobs.encode(data))
    return b"".join([_RUNS[len(piece)] + piece for piece in pieces])


def encode_frame(number: int, sequence: int, payload: bytes = b"") -> bytes:
    """An unsealed frame ready for the wire."""
    return encode_body(header(number, sequence) + payload)


def decode_frame(encoded: bytes) -> Frame:
    """Decode what stood between two 0x00. Raises CobsBroken, FrameTooLong, FrameTooShort or CrcWrong."""
    if len(encoded) > ENCODED_MAX:
        raise FrameTooLong(f"{len(encoded)} encoded bytes are more than {ENCODED_MAX}")
    try:
        data = cobs.decode(encoded)
    except cobs.DecodeError as error:
        raise CobsBroken(str(error)) from None
    if len(data) > FRAME_MAX:
        raise FrameTooLong(f"{len(data)} bytes are more than {FRAME_MAX}")
    if len(data) < FRAME_MIN:
        raise FrameTooShort(f"{len(data)} bytes are less than {FRAME_MIN}")
    body = data[:-CRC_SIZE]
    if zlib.crc32(body) != int.from_bytes(data[-CRC_SIZE:], "little"):
        raise CrcWrong("CRC-32 differs")
    return Frame(body)


class CobsBroken(FrameRefused):
    """Not COBS."""


class FrameTooLong(FrameRefused):
    """Longer than any frame may be."""


class FrameTooShort(FrameRefused):
    """Shorter than a header and a CRC."""


class CrcWrong(FrameRefused):
    """The CRC does not hold."""


_compiled: dict[str, Unframe] = {}


def use_compiled(unframe: Unframe | None) -> None:
    """From now on undo the framing by a compiled function, `penctl.native`; None: in Python."""
    _compiled.clear()
    if unframe is not None:
        _compiled["unframe"] = unframe


class Deframer:
    """Bytes in, frames out. Keeps at most one encoded frame; finds the next frame behind every 0x00."""

    def __init__(self) -> None:
        self._kept = bytearray()
        self._skipping = False
        self.bad_cobs = 0
        self.bad_crc = 0
        self.too_long = 0
        self.too_short = 0

    @property
    def bad(self) -> int:
        """Frames dropped so far, for whatever cause."""
        return self.bad_cobs + self.bad_crc + self.too_long + self.too_short

    @property
    def kept(self) -> int:
        """Bytes of an unfinished frame; never more than ENCODED_MAX."""
        return len(self._kept)

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes as they come and return the whole good frames in them."""
        frames: list[Frame] = []
        unframe = _compiled.get("unframe")
        if unframe is not None:
            for begin in range(0, len(data), READ_MAX):
                self._feed_at_once(bytes(data[begin : begin + READ_MAX]), frames, unframe)
            return frames
        *ended, rest = bytes(data).split(b"\0")
        for piece in ended:
            self._keep(piece)
            frame = self._finish()
            if frame is not None:
                frames.append(frame)
        self._keep(rest)
        return frames

    def _feed_at_once(self, data: bytes, frames: list[Frame], unframe: Unframe) -> None:
        end = data.rfind(b"\0") + 1
        if self._skipping and end:
            begin = data.find(b"\0") + 1
            self._skipping = False
            data, end = data[begin:], end - begin
        if end:
            whole = bytes(self._kept) + data[:end]
            self._kept.clear()
            for encoded_size, decoded in unframe(whole):
                self._take(encoded_size, decoded, frames)
        self._keep(data[end:])

    def _take(self, encoded_size: int, decoded: bytes | None, frames: list[Frame]) -> None:
        """Count what is no frame as `_finish` does; a CRC-32 over data and its CRC is always the same."""
        if encoded_size > ENCODED_MAX or (decoded is not None and len(decoded) > FRAME_MAX):
            self.too_long += 1
        elif decoded is None:
            self.bad_cobs += 1
        elif len(decoded) < FRAME_MIN:
            self.too_short += 1
        elif zlib.crc32(decoded) != CRC_RESIDUE:
            self.bad_crc += 1
        else:
            frames.append(Frame(decoded[:-CRC_SIZE]))

    def _keep(self, piece: bytes) -> None:
        if self._skipping:
            return
        if len(self._kept) + len(piece) > ENCODED_MAX:
            self._kept.clear()
            self._skipping = True
            self.too_long += 1
            return
        self._kept += piece

    def _finish(self) -> Frame | None:
        encoded, skipped = bytes(self._kept), self._skipping
        self._kept.clear()
        self._skipping = False
        if skipped or not encoded:
            return None
        try:
            return decode_frame(encoded)
        except CobsBroken:
            self.bad_cobs += 1
        except CrcWrong:
            self.bad_crc += 1
        except FrameTooShort:
            self.too_short += 1
        except FrameTooLong:
            self.too_long += 1
        return None
