from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penctl.protocol import messages as m
from penctl.protocol.schema import ArrayKind, BytesKind, Record, Scalar, ValueRefused

RECORDS = [*m.RECORDS, *(each.record for each in m.MESSAGES.values() if each.size)]
NAMES = [record.name for record in RECORDS]
ValuesOf = Callable[[Record], st.SearchStrategy[dict[str, Any]]]


def c_struct(record: Record) -> np.dtype[Any]:
    """The layout that a C compiler gives the struct of a record."""
    fields: list[Any] = []
    for each in record:
        kind = each.kind
        if isinstance(kind, BytesKind):
            fields.append((each.name, "u1", (kind.length,)))
        elif isinstance(kind, ArrayKind):
            fields.append((each.name, c_struct(kind.element), (kind.count,)))
        else:
            scalar = kind if isinstance(kind, Scalar) else kind.scalar
            fields.append((each.name, scalar.numpy_code))
    return np.dtype(fields, align=True)


def plain(record: Record, row: Any) -> dict[str, Any]:
    """Values of a C struct as Python's decoder gives them."""
    values = {}
    for each in record:
        kind, value = each.kind, row[each.name]
        if isinstance(kind, BytesKind):
            values[each.name] = value.tobytes()
        elif isinstance(kind, ArrayKind):
            values[each.name] = [plain(kind.element, item) for item in value]
        else:
            values[each.name] = int(value)
    return values


def c_decode(codec: ctypes.CDLL, record: Record, payload: bytes) -> tuple[bool, np.ndarray[Any, Any]]:
    """Decode in C into a struct that was full of ones."""
    struct = np.frombuffer(bytearray(b"\xff" * c_struct(record).itemsize), c_struct(record))
    decode = codec[f"pen_{record.name}_decode"]
    decode.restype = ctypes.c_bool
    pointer = struct.ctypes.data_as(ctypes.c_void_p)
    return bool(decode(pointer, payload, ctypes.c_size_t(len(payload)))), struct


def c_encode(codec: ctypes.CDLL, record: Record, struct: np.ndarray[Any, Any]) -> bytes:
    """Encode in C."""
    room = ctypes.create_string_buffer(record.size + 1)
    encode = codec[f"pen_{record.name}_encode"]
    encode.restype = ctypes.c_size_t
    assert encode(struct.ctypes.data_as(ctypes.c_void_p), room) == record.size
    assert room.raw[record.size] == 0
    return room.raw[: record.size]


@pytest.mark.parametrize("record", RECORDS, ids=NAMES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_every_record_survives_python_and_c(
    data: st.DataObject, record: Record, codec: ctypes.CDLL, values_of: ValuesOf
) -> None:
    """Holds that host and firmware mean the same bytes by the same values, for any values."""
    values = data.draw(values_of(record))
    payload = record.encode(values)
    assert record.decode(payload) == values
    taken, struct = c_decode(codec, record, payload)
    assert taken
    assert plain(record, struct[0]) == values
    assert c_encode(codec, record, struct) == payload


@pytest.mark.parametrize("record", RECORDS, ids=NAMES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_python_and_c_agree_which_bytes_are_malformed(
    data: st.DataObject, record: Record, codec: ctypes.CDLL, values_of: ValuesOf
) -> None:
    """Holds that a payload is never taken by one side and refused by the other."""
    good_payload = bytearray(record.encode(data.draw(values_of(record))))
    good_payload[data.draw(st.integers(0, record.size - 1))] = data.draw(st.integers(0, 255))
    payload = bytes(good_payload)
    try:
        record.decode(payload)
        good = True
    except ValueRefused:
        good = False
    assert c_decode(codec, record, payload)[0] is good


@pytest.mark.parametrize("record", RECORDS, ids=NAMES)
def test_c_refuses_a_payload_of_another_length(record: Record, codec: ctypes.CDLL) -> None:
    """Holds that the firmware never reads behind a payload."""
    for n in (0, record.size - 1, record.size + 1):
        assert n == record.size or not c_decode(codec, record, b"\x01" * n)[0]
