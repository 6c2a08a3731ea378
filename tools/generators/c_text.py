"""Pieces of C that several headers share: enums, struct fields, names."""

from __future__ import annotations

import re
from enum import IntEnum, IntFlag

from penctl.protocol.schema import ArrayKind, BytesKind, Field, Record, Scalar


def upper_snake(name: str) -> str:
    """StopKind -> STOP_KIND, mode_limits -> MODE_LIMITS."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


def enum_prefix(members: type[IntEnum] | type[IntFlag]) -> str:
    return f"PEN_{upper_snake(members.__name__)}"


def enum_text(members: type[IntEnum] | type[IntFlag]) -> str:
    """A C enum with one constant for each member."""
    prefix = enum_prefix(members)
    lines = [f"    {prefix}_{member.name} = {int(member)}," for member in members]
    lines[-1] = lines[-1].rstrip(",")
    doc = (members.__doc__ or "").strip()
    return f"/* {doc} */\nenum {prefix.lower()} {{\n" + "\n".join(lines) + "\n};\n"


def c_type(field: Field) -> str:
    kind = field.kind
    if isinstance(kind, Scalar):
        return kind.c_type
    if isinstance(kind, BytesKind):
        return "uint8_t"
    if isinstance(kind, ArrayKind):
        return f"pen_{kind.element.name}_t"
    return kind.scalar.c_type


def extent(field: Field) -> str:
    kind = field.kind
    if isinstance(kind, BytesKind):
        return f"[{kind.length}]"
    return f"[{kind.count}]" if isinstance(kind, ArrayKind) else ""


def struct_text(record: Record) -> str:
    """A C struct with natural alignment; each field with its unit and meaning."""
    lines = []
    for field in record:
        words = ", ".join(
            word for word in (field.unit.replace("1", "", field.unit == "1"), field.doc) if word
        )
        declaration = f"    {c_type(field)} {field.name}{extent(field)};"
        lines.append(f"{declaration} /* {words} */" if words else declaration)
    return f"/* {record.doc} */\ntypedef struct {{\n" + "\n".join(lines) + f"\n}} pen_{record.name}_t;\n"
