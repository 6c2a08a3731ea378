"""Telemetry blocks, decoded by numpy at once. The dtype is derived from the messages' definition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from penctl.protocol.dtypes import packed_dtype
from penctl.protocol.enums import State
from penctl.protocol.messages import SAMPLE, TELEMETRY, TELEMETRY_BLOCK
from penctl.protocol.schema import ValueRefused

SAMPLE_DTYPE = packed_dtype(SAMPLE)
BLOCK_DTYPE = packed_dtype(TELEMETRY.record)
_STATES = {int(state): state for state in State}


@dataclass(frozen=True, eq=False)
class TelemetryBlock:
    """Samples in order of time; sample i was taken at first_time_us + i * period_us of the device's time."""

    number: int
    dropped: int
    first_time_us: int
    period_us: int
    state: State
    samples: np.ndarray[tuple[int], np.dtype[np.void]]


def decode_telemetry(payload: bytes) -> TelemetryBlock:
    """Decode the payload of TELEMETRY. Raises ValueRefused when it is malformed."""
    if len(payload) != BLOCK_DTYPE.itemsize:
        raise ValueRefused(f"telemetry: {len(payload)} bytes, needs {BLOCK_DTYPE.itemsize}")
    block = np.frombuffer(payload, BLOCK_DTYPE)[0]
    count, state = int(block["count"]), _STATES.get(int(block["state"]))
    if count > TELEMETRY_BLOCK:
        raise ValueRefused(f"telemetry: {count} samples are more than {TELEMETRY_BLOCK}")
    if state is None:
        raise ValueRefused(f"telemetry: {int(block['state'])} is no State")
    return TelemetryBlock(
        number=int(block["number"]),
        dropped=int(block["dropped"]),
        first_time_us=int(block["first_time_us"]),
        period_us=int(block["period_us"]),
        state=state,
        samples=block["samples"][:count],
    )
