"""Records on the wire: one typed wrapper over `construct`.

Only what can be walked into C and into numpy is allowed: little-endian integers of 1, 2, 4 and 8 bytes, Enum,
FlagsEnum, Bytes and Arrays of fixed length. Anything else is refused when the record is defined. Nothing else
imports `construct`.

Construct is the definition; bytes are packed and unpacked by one `struct` that is derived from it when the
record is defined, because construct's own walk took most of the host's time. Tests hold that both agree.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from functools import cached_property
from typing import Any, TypeAlias

import construct as _c  # type: ignore[import-untyped,unused-ignore]

__all__ = [
    "ArrayKind",
    "BytesKind",
    "EnumKind",
    "Field",
    "FlagsKind",
    "Kind",
    "Record",
    "Scalar",
    "SchemaError",
    "ValueRefused",
    "array",
    "enum_u8",
    "flags_u16",
    "i16",
    "i32",
    "raw",
    "u8",
    "u16",
    "u32",
    "u64",
]

_FORMATS = {
    "B": (1, False),
    "b": (1, True),
    "H": (2, False),
    "h": (2, True),
    "I": (4, False),
    "i": (4, True),
    "L": (4, False),
    "l": (4, True),
    "Q": (8, False),
    "q": (8, True),
}


class SchemaError(TypeError):
    """A record uses a kind of field that has no C and no numpy form."""


class ValueRefused(ValueError):
    """A value does not fit its field, or bytes do not hold a valid record."""


@dataclass(frozen=True)
class Scalar:
    """A little-endian integer of `size` bytes."""

    size: int
    signed: bool

    @property
    def code(self) -> str:
        """Letter of this integer in `struct`."""
        letter = {1: "b", 2: "h", 4: "i", 8: "q"}[self.size]
        return letter if self.signed else letter.upper()

    @property
    def c_type(self) -> str:
        return f"{'' if self.signed else 'u'}int{8 * self.size}_t"

    @property
    def numpy_code(self) -> str:
        return f"<{'i' if self.signed else 'u'}{self.size}"

    @cached_property
    def minimum(self) -> int:
        return -(1 << (8 * self.size - 1)) if self.signed else 0

    @cached_property
    def maximum(self) -> int:
        return (1 << (8 * self.size - (1 if self.signed else 0))) - 1

    def __str__(self) -> str:
        return f"{'i' if self.signed else 'u'}{8 * self.size}"


@dataclass(frozen=True)
class EnumKind:
    """One of the values of `members`; any other value is malformed."""

    scalar: Scalar
    members: type[IntEnum]

    @cached_property
    def by_value(self) -> dict[int, IntEnum]:
        """The members by their number on the wire."""
        return {int(member): member for member in self.members}


@dataclass(frozen=True)
class FlagsKind:
    """A set of the bits of `members`; a bit without a name is malformed."""

    scalar: Scalar
    members: type[IntFlag]

    @cached_property
    def mask(self) -> int:
        mask = 0
        for member in self.members:
            mask |= int(member)
        return mask


@dataclass(frozen=True)
class BytesKind:
    """`length` bytes without further meaning to the codec."""

    length: int


@dataclass(frozen=True)
class ArrayKind:
    """`count` records of one kind, one behind the other."""

    count: int
    element: Record


Kind = Scalar | EnumKind | FlagsKind | BytesKind | ArrayKind
Members: TypeAlias = "type[IntEnum] | type[IntFlag] | Record | None"


def _scalar(wire: Any, name: str) -> Scalar:
    code = wire.fmtstr[-1] if isinstance(wire, _c.FormatField) else ""
    if code not in _FORMATS or wire.fmtstr[0] != "<":
        raise SchemaError(f"field {name}: {wire!r} is no little-endian integer of 1, 2, 4 or 8 bytes")
    size, signed = _FORMATS[code]
    return Scalar(size, signed)


def _enum(wire: Any, members: Members, name: str) -> EnumKind:
    if not (isinstance(members, type) and issubclass(members, IntEnum)):
        raise SchemaError(f"field {name}: an Enum needs its IntEnum")
    values = sorted(int(member) for member in members)
    if dict(wire.encmapping) != {member.name: int(member) for member in members}:
        raise SchemaError(f"field {name}: the Enum and {members.__name__} differ")
    if values != list(range(values[0], values[-1] + 1)):
        raise SchemaError(f"field {name}: the values of {members.__name__} have gaps")
    return EnumKind(_scalar(wire.subcon, name), members)


def _flags(wire: Any, members: Members, name: str) -> FlagsKind:
    if not (isinstance(members, type) and issubclass(members, IntFlag)):
        raise SchemaError(f"field {name}: a FlagsEnum needs its IntFlag")
    if dict(wire.flags) != {member.name: int(member) for member in members}:
        raise SchemaError(f"field {name}: the FlagsEnum and {members.__name__} differ")
    return FlagsKind(_scalar(wire.subcon, name), members)


def _array(wire: Any, members: Members, name: str) -> ArrayKind:
    if not isinstance(wire.count, int) or wire.count < 1:
        raise SchemaError(f"field {name}: an Array needs a fixed count of at least 1")
    if not isinstance(members, Record) or wire.subcon is not members.wire:
        raise SchemaError(f"field {name}: an Array holds one Record")
    return ArrayKind(wire.count, members)


def classify(wire: Any, members: Members, name: str) -> Kind:
    """Find what a construct is; raise SchemaError for every kind that has no C and no numpy form."""
    if type(wire) is _c.FormatField:
        return _scalar(wire, name)
    if type(wire) is _c.Enum:
        return _enum(wire, members, name)
    if type(wire) is _c.FlagsEnum:
        return _flags(wire, members, name)
    if type(wire) is _c.Array:
        return _array(wire, members, name)
    if type(wire) is _c.Bytes and isinstance(wire.length, int) and wire.length > 0:
        return BytesKind(wire.length)
    raise SchemaError(
        f"field {name}: {type(wire).__name__} is no scalar, Enum, FlagsEnum, Bytes or fixed Array"
    )


class Field:
    """One named field of a record, with its unit and what it means."""

    def __init__(self, name: str, wire: Any, unit: str = "", doc: str = "", members: Members = None) -> None:
        self.name, self.unit, self.doc = name, unit, doc
        self.kind: Kind = classify(wire, members, name)
        self.wire: Any = name / wire

    @property
    def size(self) -> int:
        """Bytes on the wire."""
        return int(self.wire.sizeof())

    def check(self, value: object) -> object:
        """Return the value as construct takes it; raise ValueRefused when it does not fit the field."""
        kind = self.kind
        if isinstance(kind, ArrayKind):
            return self._check_array(kind, value)
        if isinstance(kind, BytesKind):
            if not isinstance(value, (bytes, bytearray)) or len(value) != kind.length:
                raise ValueRefused(f"{self.name}: {value!r} is not {kind.length} bytes")
            return bytes(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueRefused(f"{self.name}: {value!r} is no integer")
        return self._check_integer(kind, int(value))

    def _check_integer(self, kind: Scalar | EnumKind | FlagsKind, value: int) -> int:
        if isinstance(kind, Scalar):
            if not kind.minimum <= value <= kind.maximum:
                raise ValueRefused(f"{self.name}: {value} is outside {kind.minimum} to {kind.maximum}")
        elif isinstance(kind, EnumKind):
            if value not in kind.by_value:
                raise ValueRefused(f"{self.name}: {value} is no {kind.members.__name__}")
        elif value < 0 or value & ~kind.mask:
            raise ValueRefused(f"{self.name}: {value:#x} has bits that {kind.members.__name__} lacks")
        return value

    def _check_array(self, kind: ArrayKind, value: object) -> list[dict[str, object]]:
        if not isinstance(value, Sequence) or len(value) != kind.count:
            raise ValueRefused(f"{self.name}: not a sequence of {kind.count} records")
        return [kind.element.check(item) for item in value]

    @property
    def codes(self) -> str:
        """This field in the letters of `struct`."""
        kind = self.kind
        if isinstance(kind, ArrayKind):
            return kind.element.codes * kind.count
        if isinstance(kind, BytesKind):
            return f"{kind.length}s"
        return (kind if isinstance(kind, Scalar) else kind.scalar).code

    def flat(self, checked: Any) -> list[Any]:
        """What `struct` packs of a checked value."""
        if isinstance(self.kind, ArrayKind):
            return [part for item in checked for part in self.kind.element.flat(item)]
        return [checked]

    def native(self, flat: Iterator[Any]) -> Any:
        """Turn what `struct` unpacked into plain Python: int, IntEnum, IntFlag, bytes, or a list of dicts."""
        kind = self.kind
        if isinstance(kind, ArrayKind):
            return [kind.element.native(flat) for _ in range(kind.count)]
        return self.named(next(flat))

    @property
    def is_named(self) -> bool:
        """Whether its numbers stand for members of an enum."""
        return isinstance(self.kind, (EnumKind, FlagsKind))

    def named(self, value: Any) -> Any:
        """The member that a number stands for; anything else as it is. Raises ValueRefused."""
        kind = self.kind
        if isinstance(kind, EnumKind):
            member = kind.by_value.get(value)
            return self._check_integer(kind, value) if member is None else member
        if isinstance(kind, FlagsKind):
            return kind.members(self._check_integer(kind, value))
        return value


class Record:
    """Fields in wire order, packed without gaps."""

    def __init__(self, name: str, doc: str, fields: Sequence[Field]) -> None:
        self.name, self.doc, self.fields = name, doc, tuple(fields)
        names = [field.name for field in self.fields]
        if len(set(names)) != len(names):
            raise SchemaError(f"record {name}: a field name appears twice")
        self.wire: Any = _c.Struct(*(field.wire for field in self.fields))
        self.size = int(self.wire.sizeof())
        self.codes = "".join(field.codes for field in self.fields)
        self._order = tuple(names)
        self._names = frozenset(names)
        self._named = tuple((field.name, field.named) for field in self.fields if field.is_named)
        self._flat = not any(isinstance(field.kind, ArrayKind) for field in self.fields)
        self._packer = struct.Struct("<" + self.codes)
        if self._packer.size != self.size:
            raise SchemaError(f"record {name}: {self.codes} packs {self._packer.size} bytes, not {self.size}")

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def check(self, values: object) -> dict[str, object]:
        """Check every field; raise ValueRefused for a missing, unknown or unfit one."""
        if not isinstance(values, Mapping):
            raise ValueRefused(f"{self.name}: {values!r} is no mapping of fields")
        if values.keys() != self._names:
            raise ValueRefused(
                f"{self.name}: needs the fields {sorted(self._names)}, got {sorted(map(str, values))}"
            )
        return {field.name: field.check(values[field.name]) for field in self.fields}

    def flat(self, checked: Mapping[str, Any]) -> list[Any]:
        """What `struct` packs of checked values, in wire order."""
        return [part for field in self.fields for part in field.flat(checked[field.name])]

    def native(self, flat: Iterator[Any]) -> dict[str, Any]:
        """Values from what `struct` unpacked."""
        return {field.name: field.native(flat) for field in self.fields}

    def native_from(self, values: Mapping[str, object]) -> dict[str, Any]:
        """Check values that a caller gave and return them as decoding would."""
        return self.decode(self.encode(values))

    def encode(self, values: Mapping[str, object]) -> bytes:
        """Bytes of the record; raise ValueRefused when a value does not fit."""
        checked = self.check(values)
        return self._packer.pack(*(checked.values() if self._flat else self.flat(checked)))

    def decode(self, data: bytes) -> dict[str, Any]:
        """Values of the record; ValueRefused for a wrong length, an unknown enum value or an unknown flag."""
        if len(data) != self.size:
            raise ValueRefused(f"{self.name}: {len(data)} bytes, needs {self.size}")
        unpacked = self._packer.unpack(data)
        if not self._flat:
            return self.native(iter(unpacked))
        values = dict(zip(self._order, unpacked, strict=True))
        for name, named in self._named:
            values[name] = named(values[name])
        return values


def u8(name: str, unit: str, doc: str) -> Field:
    """Define an integer field: unsigned, 1 byte."""
    return Field(name, _c.Int8ul, unit, doc)


def u16(name: str, unit: str, doc: str) -> Field:
    """Define an integer field: unsigned, 2 bytes."""
    return Field(name, _c.Int16ul, unit, doc)


def u32(name: str, unit: str, doc: str) -> Field:
    """Define an integer field: unsigned, 4 bytes."""
    return Field(name, _c.Int32ul, unit, doc)


def u64(name: str, unit: str, doc: str) -> Field:
    """Define an integer field: unsigned, 8 bytes."""
    return Field(name, _c.Int64ul, unit, doc)


def i16(name: str, unit: str, doc: str) -> Field:
    """Define an integer field: signed, 2 bytes."""
    return Field(name, _c.Int16sl, unit, doc)


def i32(name: str, unit: str, doc: str) -> Field:
    """Define an integer field: signed, 4 bytes."""
    return Field(name, _c.Int32sl, unit, doc)


def raw(name: str, length: int, doc: str) -> Field:
    """Define a field of `length` bytes."""
    return Field(name, _c.Bytes(length), "", doc)


def enum_u8(name: str, members: type[IntEnum], doc: str) -> Field:
    """Define a field of one byte that holds one of `members`."""
    return Field(name, _c.Enum(_c.Int8ul, **{m.name: int(m) for m in members}), "", doc, members)


def flags_u16(name: str, members: type[IntFlag], doc: str) -> Field:
    """Define a field of two bytes that holds a set of `members`."""
    return Field(name, _c.FlagsEnum(_c.Int16ul, **{str(m.name): int(m) for m in members}), "", doc, members)


def array(name: str, count: int, element: Record, doc: str) -> Field:
    """Define a field of `count` records."""
    return Field(name, _c.Array(count, element.wire), "", doc, element)
