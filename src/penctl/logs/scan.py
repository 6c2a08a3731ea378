"""Reads an MCAP file record by record, cut off or damaged as it may be.

A chunk counts only when its checksum holds. Where something is damaged the next whole chunk is looked for, so
that one bad sector loses what lay on it and no more.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from penctl.errors import RecordingError
from penctl.logs.mcap_file import MAGIC

_HEADER, _FOOTER, _SCHEMA, _CHANNEL, _MESSAGE, _CHUNK, _MESSAGE_INDEX = 1, 2, 3, 4, 5, 6, 7
_METADATA, _DATA_END = 12, 15
_OF_DATA: Final = (_HEADER, _SCHEMA, _CHANNEL, _CHUNK, _MESSAGE_INDEX, _METADATA, _DATA_END)
"""Records that stand before the end of the data; another one there is a damaged one."""
_PREFIX: Final = struct.Struct("<BQ")
_CHUNK_HEAD: Final = struct.Struct("<QQQI")
_MESSAGE_HEAD: Final = struct.Struct("<HIQQ")
_ZSTD: Final = b"\x04\x00\x00\x00zstd"
_BEFORE_ZSTD: Final = _PREFIX.size + _CHUNK_HEAD.size
_LONGEST: Final = 1 << 28


class Message(NamedTuple):
    """One message as it stands in the file."""

    channel: int
    log_time: int
    data: bytes


class Damage(NamedTuple):
    """Bytes of the file that could not be used."""

    offset: int
    length: int
    why: str


@dataclass
class Scan:
    """What a file holds. `chunks` are bodies, decompressed and with a checksum that holds."""

    path: Path
    size: int = 0
    metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    schemas: dict[int, Any] = field(default_factory=dict)
    channels: dict[int, Any] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)
    complete: bool = False

    def messages(self) -> Iterator[Message]:
        """All messages, chunk after chunk."""
        for body in self.chunks:
            yield from messages_of(body)


def messages_of(body: bytes) -> Iterator[Message]:
    """The messages of a chunk."""
    place = 0
    while place < len(body):
        opcode, length = _PREFIX.unpack_from(body, place)
        place += _PREFIX.size
        if opcode == _MESSAGE:
            channel, _, log_time, _ = _MESSAGE_HEAD.unpack_from(body, place)
            yield Message(channel, log_time, body[place + _MESSAGE_HEAD.size : place + length])
        place += length


def scan(path: Path) -> Scan:
    """Read what there is.

    Raises:
        RecordingError: the file cannot be read or is no MCAP file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RecordingError(
            "The recording cannot be read", value=f"{path}: {error.strerror}", remedy="Check the file's name"
        ) from error
    if not data.startswith(MAGIC):
        raise RecordingError("This file is no recording", str(path), "an MCAP file", "Check the file's name")
    found = Scan(path, size=len(data))
    _Scanner(data, found).run()
    return found


class _Scanner:
    def __init__(self, data: bytes, found: Scan) -> None:
        import zstandard

        self._data, self._found = data, found
        self._decompressor = zstandard.ZstdDecompressor()
        self._content_size = zstandard.frame_content_size
        self._failure: type[Exception] = zstandard.ZstdError
        self._data_ended = False

    def run(self) -> None:
        place = len(MAGIC)
        while place < len(self._data) and not self._found.complete:
            end, why = self._record(place)
            if why:
                end = self._next_chunk(place + 1)
                self._found.damage.append(Damage(place, end - place, why))
            place = end

    def _record(self, place: int) -> tuple[int, str]:
        """Take the record at `place`: where it ends, and why it could not be used."""
        if place + _PREFIX.size > len(self._data):
            return place, "cut off"
        opcode, length = _PREFIX.unpack_from(self._data, place)
        start = place + _PREFIX.size
        end = start + length
        if not 1 <= opcode <= _DATA_END or length > _LONGEST:
            return place, "no record"
        if end > len(self._data):
            return place, "cut off"
        try:
            why = self._take(opcode, start, end)
        except (struct.error, ValueError, KeyError, UnicodeDecodeError):
            return place, "damaged"
        return end, why

    def _take(self, opcode: int, start: int, end: int) -> str:
        if not self._data_ended and opcode not in _OF_DATA:
            return "damaged"
        if opcode == _CHUNK:
            body = self._chunk(start, end)
            if body is None:
                return "damaged chunk"
            self._found.chunks.append(body)
        elif opcode in (_SCHEMA, _CHANNEL, _METADATA):
            self._take_definition(opcode, self._data[start:end])
        elif opcode == _MESSAGE_INDEX:
            (length,) = struct.unpack_from("<I", self._data, start + 2)
            return "" if end - start == 6 + length else "damaged index"
        elif opcode == _DATA_END:
            self._data_ended = True
        elif opcode == _FOOTER:
            self._found.complete = self._data[end : end + len(MAGIC)] == MAGIC and not self._found.damage
            return "" if self._found.complete else "damaged end"
        return ""

    def _take_definition(self, opcode: int, body: bytes) -> None:
        from io import BytesIO

        from mcap.data_stream import ReadDataStream
        from mcap.exceptions import EndOfFile
        from mcap.records import Channel, Metadata, Schema

        stream = ReadDataStream(BytesIO(body))
        try:
            if opcode == _SCHEMA:
                schema = Schema.read(stream)
                self._found.schemas.setdefault(schema.id, schema)
            elif opcode == _CHANNEL:
                channel = Channel.read(stream)
                self._found.channels.setdefault(channel.id, channel)
            else:
                metadata = Metadata.read(stream)
                self._found.metadata.setdefault(metadata.name, {}).update(metadata.metadata)
        except EndOfFile as error:
            raise ValueError from error
        if stream.count != len(body):
            raise ValueError

    def _chunk(self, start: int, end: int) -> bytes | None:
        """The body of a chunk, None when it does not hold."""
        _, _, size, crc = _CHUNK_HEAD.unpack_from(self._data, start)
        place = start + _CHUNK_HEAD.size
        (length,) = struct.unpack_from("<I", self._data, place)
        compression = self._data[place + 4 : place + 4 + length]
        place += 4 + length
        (length,) = struct.unpack_from("<Q", self._data, place)
        packed = self._data[place + 8 : end]
        if len(packed) != length or size > _LONGEST:
            return None
        if compression == b"zstd":
            try:
                if self._content_size(packed) not in (-1, size):
                    return None  # damaged: to unpack it would ask for as much memory as it says
                body: bytes = self._decompressor.decompress(packed, max_output_size=size)
            except self._failure:
                return None
        elif not compression:
            body = packed
        else:
            return None
        return body if not crc or zlib.crc32(body) == crc else None

    def _next_chunk(self, place: int) -> int:
        """Where the next whole chunk begins; the end of the file when there is none."""
        first = place
        while (found := self._data.find(_ZSTD, place)) >= 0:
            begin = found - _BEFORE_ZSTD
            if begin >= first and self._holds(begin):
                return begin
            place = found + 1
        return len(self._data)

    def _holds(self, begin: int) -> bool:
        opcode, length = _PREFIX.unpack_from(self._data, begin)
        start = begin + _PREFIX.size
        if opcode != _CHUNK or start + length > len(self._data):
            return False
        try:
            return self._chunk(start, start + length) is not None
        except struct.error:
            return False
