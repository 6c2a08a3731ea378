"""pen_io.h: inputs and outputs of a tick as C structs, with their layout asserted."""

from __future__ import annotations

from generators import banner_c
from generators.c_text import enum_text, struct_text
from penctl.protocol import tick
from penctl.protocol.schema import Record

SOURCE = "src/penctl/protocol/tick.py"


def _asserts(record: Record) -> str:
    name = f"pen_{record.name}_t"
    lines, at = [f'_Static_assert(sizeof({name}) == {record.size}, "{name}: size");\n'], 0
    for field in record:
        lines.append(f'_Static_assert(offsetof({name}, {field.name}) == {at}, "{name}: {field.name}");\n')
        at += field.size
    return "".join(lines)


def header() -> str:
    """Text of pen_io.h."""
    records = (tick.INPUTS, tick.OUTPUTS)
    parts = [
        banner_c(SOURCE),
        '#ifndef PEN_IO_H\n#define PEN_IO_H\n\n#include <stddef.h>\n#include <stdint.h>\n\n#include "pen_messages.h"\n',
        f"#define PEN_ABI {tick.ABI}\n#define PEN_INVALID_UM INT32_MIN\n#define PEN_NO_ANGLE ({tick.NO_ANGLE})\n"
        f"#define PEN_INPUTS_SIZE {tick.INPUTS.size}\n#define PEN_OUTPUTS_SIZE {tick.OUTPUTS.size}\n",
        *(enum_text(members) for members in tick.IO_ENUMS),
        *(struct_text(record) for record in records),
        *(_asserts(record) for record in records),
        "#endif\n",
    ]
    return "\n".join(parts)
