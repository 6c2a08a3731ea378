"""Numbers of a recording as ROS 2 messages: the definition as text, the bytes as CDR.

Foxglove and PlotJuggler read this pair (schema encoding `ros2msg`, message encoding `cdr`) without a decoder
of ours, and a recording is always read by the definition that lies in it, so that one of an older penctl
stays readable. Little-endian CDR: 4 bytes of header, then each number at a multiple of its own size; an array
is its length as uint32 and its numbers. Source: OMG DDS-XTypes 1.3, 7.4 (plain CDR).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from penctl.protocol.schema import EnumKind, Field, FlagsKind, Scalar, SchemaError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CDR_LITTLE_ENDIAN: Final = b"\x00\x01\x00\x00"
_HEAD: Final = len(CDR_LITTLE_ENDIAN)
_LETTERS: Final = {
    "int8": "b",
    "uint8": "B",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
}


def definition(fields: Iterable[Field], columns: Iterable[Field] = ()) -> str:
    """The text of a message: numbers, then one array for each of `columns`.

    Raises:
        SchemaError: a field is no number.
    """
    lines = []
    for field in fields:
        lines += [*_constants(field), f"{_ros_type(field)} {field.name}{_comment(field)}"]
    lines += [f"{_ros_type(field)}[] {field.name}{_comment(field)}" for field in columns]
    return "\n".join(lines) + "\n"


def _ros_type(field: Field) -> str:
    kind = field.kind
    scalar = kind.scalar if isinstance(kind, (EnumKind, FlagsKind)) else kind
    if not isinstance(scalar, Scalar):
        raise SchemaError(f"{field.name}: only numbers are recorded so")
    return f"{'' if scalar.signed else 'u'}int{8 * scalar.size}"


def _comment(field: Field) -> str:
    words = ", ".join(word for word in (field.unit, field.doc) if word)
    plain = words.replace("µ", "u").replace("°", "deg").encode("ascii", "ignore").decode()
    return f"  # {plain}" if plain else ""


def _constants(field: Field) -> list[str]:
    """The names of an enum stand right before the field that they belong to: so Foxglove shows them."""
    if not isinstance(field.kind, EnumKind):
        return []
    prefix = f"{_ros_type(field)} {field.name.upper()}"
    return [f"{prefix}_{member.name}={int(member)}" for member in field.kind.members]


class Form:
    """Packs and unpacks messages of one definition.

    Args:
        text: the definition: numbers first, then arrays of numbers.

    Raises:
        ValueError: it holds something else.
    """

    def __init__(self, text: str) -> None:
        self.names: list[str] = []
        self.columns: list[tuple[str, str]] = []
        self.constants: dict[str, dict[int, str]] = {}
        pending: dict[str, int] = {}
        letters = []
        for line in text.splitlines():
            words = line.partition("#")[0].split()
            if not words:
                continue
            kind, name = words[0], words[1]
            if "=" in name:
                key, _, value = name.partition("=")
                pending[key] = int(value)
            elif kind.endswith("[]"):
                self.columns.append((name, _letter(kind[:-2])))
            else:
                prefix = f"{name.upper()}_"
                self.constants[name] = {value: key.removeprefix(prefix) for key, value in pending.items()}
                pending = {}
                self.names.append(name)
                letters.append(_letter(kind))
        self._struct = struct.Struct(_aligned(letters))

    def pack(self, values: Mapping[str, Any], columns: Mapping[str, NDArray[Any]] | None = None) -> bytes:
        """The message's bytes; `columns` holds each array by its name."""
        data = bytearray(CDR_LITTLE_ENDIAN)
        data += self._struct.pack(*(int(values[name]) for name in self.names))
        for name, letter in self.columns:
            column = (columns or {})[name]
            _align(data, 4)
            data += struct.pack("<I", len(column))
            _align(data, struct.calcsize(letter))
            data += column.astype(f"<{letter}", copy=False).tobytes()
        return bytes(data)

    def unpack(self, data: bytes) -> tuple[dict[str, int], dict[str, NDArray[Any]]]:
        """Numbers and arrays by name. Raises struct.error or ValueError when bytes are missing."""
        values = dict(zip(self.names, self._struct.unpack_from(data, _HEAD), strict=True))
        return values, self._arrays(data) if self.columns else {}

    def _arrays(self, data: bytes) -> dict[str, np.ndarray[Any, Any]]:
        import numpy as np

        found, place = {}, _HEAD + self._struct.size
        for name, letter in self.columns:
            size = struct.calcsize(letter)
            place += -(place - _HEAD) % 4
            (count,) = struct.unpack_from("<I", data, place)
            place += 4
            place += -(place - _HEAD) % size
            found[name] = np.frombuffer(data, f"<{letter}", count, place)
            place += count * size
        return found


def _letter(kind: str) -> str:
    if kind not in _LETTERS:
        raise ValueError(f"{kind} is no number that is recorded")
    return _LETTERS[kind]


def _aligned(letters: list[str]) -> str:
    form, offset = "<", 0
    for letter in letters:
        size = struct.calcsize(letter)
        gap = -offset % size
        form += "x" * gap + letter
        offset += gap + size
    return form


def _align(data: bytearray, size: int) -> None:
    data += bytes(-(len(data) - _HEAD) % size)
