"""Telemetry blocks, decoded by numpy at once. The dtype is derived from the messages' definition."""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np

from penctl.protocol.dtypes import packed_dtype
from penctl.protocol.enums import State
from penctl.protocol.messages import SAMPLE, TELEMETRY, TELEMETRY_BLOCK
from penctl.protocol.schema import ValueRefused

SAMPLE_DTYPE = packed_dtype(SAMPLE)
BLOCK_DTYPE = packed_dtype(TELEMETRY.record)
BLOCK_SIZE = BLOCK_DTYPE.itemsize
_HEAD = struct.Struct("<" + "".join(field.codes for field in TELEMETRY.record if field.name != "samples"))
_STATES = {int(state): state for state in State}


class TelemetryBlock(NamedTuple):
    """Samples in order of time; sample i was taken at first_time_us + i * period_us of the device's time."""

    number: int
    dropped: int
    first_time_us: int
    period_us: int
    state: State
    samples: np.ndarray[tuple[int], np.dtype[np.void]]

    def __eq__(self, other: object) -> bool:
        """Two blocks are never the same one: arrays have no one answer."""
        return self is other

    def __hash__(self) -> int:
        """By identity, as `==`."""
        return id(self)


def decode_telemetry(payload: bytes) -> TelemetryBlock:
    """Decode the payload of TELEMETRY. Raises ValueRefused when it is malformed."""
    if len(payload) != BLOCK_SIZE:
        raise ValueRefused(f"telemetry: {len(payload)} bytes, needs {BLOCK_SIZE}")
    number, dropped, first_time_us, period_us, count, state_number = _HEAD.unpack_from(payload)
    state = _STATES.get(state_number)
    if count > TELEMETRY_BLOCK:
        raise ValueRefused(f"telemetry: {count} samples are more than {TELEMETRY_BLOCK}")
    if state is None:
        raise ValueRefused(f"telemetry: {state_number} is no State")
    samples = np.frombuffer(payload, SAMPLE_DTYPE, count, _HEAD.size)
    return TelemetryBlock(number, dropped, first_time_us, period_us, state, samples)
