from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Any

import construct
import numpy as np
import pytest

from penctl.protocol import messages as m
from penctl.protocol.dtypes import aligned_dtype, packed_dtype
from penctl.protocol.enums import Flags, Mode
from penctl.protocol.schema import Field, Record, SchemaError, ValueRefused, enum_u8, i32, raw, u8, u16, u32
from penctl.protocol.tick import INPUTS, INPUTS_DTYPE, OUTPUTS, OUTPUTS_DTYPE


class Gap(IntEnum):
    """Leaves a number out."""

    FIRST = 0
    THIRD = 2


class Pair(IntEnum):
    """Has one member more than the planted Enum."""

    FIRST = 0
    SECOND = 1


class Bits(IntFlag):
    """Names one bit."""

    ONE = 1


REFUSED = {
    "BitStruct": construct.BitStruct("a" / construct.BitsInteger(8)),
    "Switch": construct.Switch(1, {1: construct.Int8ul}),
    "PaddedString": construct.PaddedString(8, "utf8"),
    "Int24ul": construct.Int24ul,
    "Int16ub, big endian": construct.Int16ub,
    "Float32l": construct.Float32l,
    "Const": construct.Const(b"x"),
    "Rebuild": construct.Rebuild(construct.Int8ul, 1),
    "GreedyBytes": construct.GreedyBytes,
    "Bytes of a length that another field gives": construct.Bytes(construct.this.n),
    "Array of a count that another field gives": construct.Array(construct.this.n, construct.Int8ul),
    "Array of scalars": construct.Array(3, construct.Int8ul),
    "PrefixedArray": construct.PrefixedArray(construct.Int8ul, construct.Int8ul),
    "Optional": construct.Optional(construct.Int8ul),
    "Struct": construct.Struct("a" / construct.Int8ul),
}


@pytest.mark.parametrize("kind", sorted(REFUSED))
def test_a_kind_of_field_without_c_and_numpy_form_is_refused(kind: str) -> None:
    """Holds that only scalars, Enum, FlagsEnum, Bytes and fixed Arrays define messages."""
    with pytest.raises(SchemaError, match="field planted"):
        Field("planted", REFUSED[kind])


@pytest.mark.parametrize(
    ("wire", "members"),
    [
        (construct.Enum(construct.Int8ul, FIRST=0), None),
        (construct.Enum(construct.Int8ul, FIRST=0), Pair),
        (construct.Enum(construct.Int8ul, FIRST=0, THIRD=2), Gap),
        (construct.FlagsEnum(construct.Int16ul, ONE=1), None),
        (construct.FlagsEnum(construct.Int16ul, TWO=2), Bits),
        (construct.Array(0, construct.Int8ul), None),
    ],
)
def test_an_enum_that_its_members_do_not_match_is_refused(wire: Any, members: Any) -> None:
    """Holds that C and Python know the same values of an enum, without gaps."""
    with pytest.raises(SchemaError):
        Field("planted", wire, members=members)


def test_a_field_name_twice_is_refused() -> None:
    """Holds that a record becomes a C struct."""
    with pytest.raises(SchemaError, match="twice"):
        Record("planted", "", [u8("a", "", ""), u8("a", "", "")])


def test_a_record_that_c_would_pad_has_no_aligned_dtype() -> None:
    """Holds that inputs and outputs of a tick are the same bytes in C and numpy."""
    with pytest.raises(SchemaError, match="alignment"):
        aligned_dtype(Record("planted", "", [u8("a", "", ""), u32("b", "", "")]))


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"depth_um": 1 << 31}, "outside"),
        ({"depth_um": -(1 << 31) - 1}, "outside"),
        ({"depth_um": 1.5}, "no integer"),
        ({"depth_um": float("nan")}, "no integer"),
        ({"depth_um": True}, "no integer"),
        ({"depth_um": "1000"}, "no integer"),
        ({"depth_um": None}, "no integer"),
        ({}, "needs the fields"),
        ({"depth_um": 1, "rate_mhz": 1}, "needs the fields"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_before_it_is_encoded(
    fields: dict[str, object], complaint: str
) -> None:
    """Holds that nothing is clamped or wrapped on its way to the wire."""
    with pytest.raises(ValueRefused, match=complaint):
        m.SET_DEPTH.message(**fields)


def test_an_unknown_enum_value_and_an_unnamed_flag_are_refused_both_ways() -> None:
    """Holds that a number without a name is malformed."""
    with pytest.raises(ValueRefused):
        m.SET_MODE.message(mode=0)
    with pytest.raises(ValueRefused):
        m.SET_MODE.decode(b"\x04")
    with pytest.raises(ValueRefused):
        m.SAMPLE.decode(bytes(24) + b"\x00\x80" + bytes(2))
    assert m.SET_MODE.decode(b"\x02")["mode"] is Mode.CLINICAL


def test_bytes_and_arrays_of_another_length_are_refused() -> None:
    """Holds that lengths on the wire are fixed."""
    with pytest.raises(ValueRefused, match="16 bytes"):
        m.PAIR.message(role=1, code=b"short", host_name=bytes(16))
    with pytest.raises(ValueRefused, match="2 records"):
        m.LIMITS.message(limits_hash=bytes(32), modes=[])
    with pytest.raises(ValueRefused, match="no mapping"):
        m.LIMITS.message(limits_hash=bytes(32), modes=[1, 2])


def test_a_packed_dtype_reads_what_the_record_wrote() -> None:
    """Holds that the numpy dtype is derived from the definition."""
    record = Record(
        "planted", "", [u8("a", "", ""), i32("b", "", ""), raw("c", 3, ""), enum_u8("d", Mode, "")]
    )
    row = np.frombuffer(record.encode({"a": 1, "b": -2, "c": b"xyz", "d": Mode.HOME}), packed_dtype(record))[
        0
    ]
    assert (row["a"], row["b"], bytes(row["c"]), row["d"]) == (1, -2, b"xyz", 1)


def test_a_sample_holds_the_flags_of_a_status() -> None:
    """Holds that flags mean the same in STATUS and in telemetry."""
    kinds = {each.name: each.kind for each in (*m.SAMPLE, *m.STATUS.record)}
    assert getattr(kinds["flags"], "members", None) is Flags


def test_inputs_and_outputs_of_a_tick_have_the_agreed_sizes() -> None:
    """Holds the layout of a tick: 64 bytes in, 16 bytes out, no gaps."""
    assert (INPUTS.size, INPUTS_DTYPE.itemsize, INPUTS_DTYPE.alignment) == (64, 64, 8)
    assert (OUTPUTS.size, OUTPUTS_DTYPE.itemsize, OUTPUTS_DTYPE.alignment) == (16, 16, 4)


def test_the_hash_of_the_messages_follows_meaning_and_not_words() -> None:
    """Holds that host and device can compare definitions: units count, explanations do not."""
    text = m.canonical_text()
    assert "field depth_um i32 µm" in text
    assert "never clamped" not in text
    assert 0 <= m.MESSAGES_HASH < 1 << 32


def test_a_16_bit_field_takes_its_extremes() -> None:
    """Holds the range of a scalar."""
    record = Record("planted", "", [u16("a", "", "")])
    assert record.encode({"a": 0xFFFF}) == b"\xff\xff"
