"""Telemetry off the wire into numbers: ours, and the same numbers by other means, each framed and checked.

A sample is 16 channels (34 bytes) and its time. Ours travels in blocks of 20. The others carry one sample a
frame, as they are used; `struct` does besides what ours does, blocks of 20, so that the block alone is seen.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from typing import Any

os.environ.setdefault("MAVLINK20", "1")

import construct
import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from pens import RUNS, Spread, spent_s
from pymavlink.dialects.v20 import common as mavlink

import penctl.connection  # noqa: F401 - lets the compiled helper undo the framing, as in use
from penctl.protocol.enums import State
from penctl.protocol.frame import Deframer, encode_frame
from penctl.protocol.messages import SAMPLE, TELEMETRY, TELEMETRY_BLOCK
from penctl.protocol.telemetry import SAMPLE_DTYPE, decode_telemetry

READ_BYTES = 4096
NAMES = [field.name for field in SAMPLE]
CODES = [np.dtype(SAMPLE_DTYPE[name]).char for name in NAMES]
ROW = struct.Struct("<Q" + "".join(CODES))
BLOCK_HEAD = struct.Struct("<IIQIBB")
BLOCK_ROW = struct.Struct("<" + "".join(CODES))


def samples(count: int) -> np.ndarray[Any, Any]:
    """Noise in every channel."""
    draw, made = np.random.default_rng(1), np.zeros(count, SAMPLE_DTYPE)
    for name in NAMES:
        info = np.iinfo(SAMPLE_DTYPE[name])
        made[name] = draw.integers(max(info.min, -30_000), min(info.max, 30_000), count)
    return made


def framed(payloads: list[bytes]) -> list[bytes]:
    """The link's own frames, COBS with CRC-32, as reads of 4096 bytes: all but MAVLink travel in them."""
    stream = b"".join(encode_frame(TELEMETRY.number, 0, payload) for payload in payloads)
    return [stream[place : place + READ_BYTES] for place in range(0, len(stream), READ_BYTES)]


def unframed(reads: list[bytes]) -> Iterator[bytes]:
    """The payloads, by the same code for all of them."""
    deframer = Deframer()
    for data in reads:
        for frame in deframer.feed(data):
            yield frame.content


def telemetry_stream(made: np.ndarray[Any, Any]) -> bytes:
    """The bytes of a pen that sends these samples in blocks of 20."""
    frames = []
    for number in range(len(made) // TELEMETRY_BLOCK):
        head = BLOCK_HEAD.pack(number + 1, 0, number * 20_000, 1000, TELEMETRY_BLOCK, int(State.RUN))
        rows = made[number * TELEMETRY_BLOCK : (number + 1) * TELEMETRY_BLOCK].tobytes()
        frames.append(encode_frame(TELEMETRY.number, number & 0xFFFF, head + rows))
    return b"".join(frames)


def ours(made: np.ndarray[Any, Any]) -> Callable[[], int]:
    """Bytes in reads of 4096, frames, CRC, blocks of numpy records."""
    stream = telemetry_stream(made)
    reads = [stream[place : place + READ_BYTES] for place in range(0, len(stream), READ_BYTES)]

    def decode() -> int:
        deframer, count = Deframer(), 0
        for data in reads:
            for frame in deframer.feed(data):
                count += len(decode_telemetry(frame.content).samples)
        return count

    return decode


def struct_rows(made: np.ndarray[Any, Any]) -> Callable[[], int]:
    """One sample a frame, into tuples."""
    reads = framed([ROW.pack(number, *row) for number, row in enumerate(made.tolist())])
    return lambda: sum(len(ROW.unpack(payload)) > 0 for payload in unframed(reads))


def struct_blocks(made: np.ndarray[Any, Any]) -> Callable[[], int]:
    """Blocks of 20 samples a frame, into tuples."""
    stream = telemetry_stream(made)
    reads = [stream[place : place + READ_BYTES] for place in range(0, len(stream), READ_BYTES)]

    def decode() -> int:
        count = 0
        for payload in unframed(reads):
            BLOCK_HEAD.unpack_from(payload)
            count += len(list(BLOCK_ROW.iter_unpack(payload[BLOCK_HEAD.size :])))
        return count

    return decode


def _construct_format() -> Any:
    kinds = {
        "h": construct.Int16sl,
        "H": construct.Int16ul,
        "i": construct.Int32sl,
        "I": construct.Int32ul,
        "B": construct.Int8ul,
    }
    fields = [name / kinds[code] for name, code in zip(NAMES, CODES, strict=True)]
    return construct.Struct("time_us" / construct.Int64ul, *fields)


def by_construct(made: np.ndarray[Any, Any], *, compiled: bool) -> Callable[[], int]:
    """One sample a frame, into construct's containers."""
    form = _construct_format()
    form = form.compile() if compiled else form
    reads = framed([ROW.pack(number, *row) for number, row in enumerate(made.tolist())])
    return lambda: sum(form.parse(payload).time_us >= 0 for payload in unframed(reads))


def _protobuf_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="sample.proto", package="bench", syntax="proto3")
    message = file.message_type.add(name="Sample")
    kinds = descriptor_pb2.FieldDescriptorProto
    message.field.add(name="time_us", number=1, type=kinds.TYPE_UINT64, label=kinds.LABEL_OPTIONAL)
    for number, name in enumerate(NAMES, start=2):
        message.field.add(name=name, number=number, type=kinds.TYPE_SINT32, label=kinds.LABEL_OPTIONAL)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("bench.Sample"))


def by_protobuf(made: np.ndarray[Any, Any]) -> Callable[[], int]:
    """One sample a frame in COBS with CRC-32, every field read."""
    kind = _protobuf_class()
    sent = [kind(time_us=n, **dict(zip(NAMES, row, strict=True))) for n, row in enumerate(made.tolist())]
    reads = framed([message.SerializeToString() for message in sent])

    def decode() -> int:
        count = 0
        for payload in unframed(reads):
            message = kind.FromString(payload)
            for name in NAMES:
                getattr(message, name)
            count += 1
        return count

    return decode


def by_mavlink(made: np.ndarray[Any, Any]) -> Callable[[], int]:
    """RC_CHANNELS, 16 of its channels filled, in MAVLink's own frames with its CRC."""
    link = mavlink.MAVLink(None)
    parts = []
    for number, row in enumerate(made.tolist()):
        values = [value & 0xFFFF for value in row]
        message = mavlink.MAVLink_rc_channels_message(number, 16, *values, 0, 0, 0)
        parts.append(bytes(message.pack(link)))
    stream = b"".join(parts)
    reads = [stream[place : place + READ_BYTES] for place in range(0, len(stream), READ_BYTES)]

    def decode() -> int:
        parser, count = mavlink.MAVLink(None), 0
        for data in reads:
            count += len(parser.parse_buffer(data) or ())
        return count

    return decode


def rates() -> dict[str, Spread]:
    """Samples a second on one core, by each means."""
    few, many = samples(5_000), samples(200_000)
    means: dict[str, tuple[Callable[[], int], int]] = {
        "**penctl, blocks of 20, numpy**": (ours(many), len(many)),
        "`struct`, blocks of 20, tuples": (struct_blocks(many), len(many)),
        "`struct`, one sample a frame, tuples": (struct_rows(many[:50_000]), 50_000),
        "protobuf (upb) in COBS, every field read": (by_protobuf(few), len(few)),
        "pymavlink, RC_CHANNELS": (by_mavlink(few), len(few)),
        "construct, compiled": (by_construct(few, compiled=True), len(few)),
        "construct, interpreted": (by_construct(few, compiled=False), len(few)),
    }
    found = {}
    for name, (decode, count) in means.items():
        assert decode() == count, name
        found[name] = Spread.of([count / spent_s(decode) for _ in range(RUNS)])
    return found


if __name__ == "__main__":
    for title, spread in rates().items():
        print(f"{title:48} {spread.text()}")
