"""pen_messages.h and pen_messages.c: the messages as C structs with their codecs.

The codecs shift bytes one by one, so neither the byte order nor the padding of a machine can reach the wire.
"""

from __future__ import annotations

from generators import banner_c
from generators.c_text import enum_prefix, enum_text, struct_text, upper_snake
from penctl.protocol import frame, messages
from penctl.protocol.schema import ArrayKind, BytesKind, EnumKind, Field, FlagsKind, Record, Scalar

SOURCE = "src/penctl/protocol/messages.py"


def _encoded() -> list[Record]:
    return [*messages.RECORDS, *(m.record for m in messages.MESSAGES.values() if m.size)]


def _constants() -> str:
    pairs = [
        ("PEN_PROTOCOL_VERSION", str(messages.PROTOCOL_VERSION)),
        ("PEN_MESSAGES_HASH", f"0x{messages.MESSAGES_HASH:08x}u"),
        ("PEN_TYPE_SEALED", f"0x{messages.SEALED:02x}"),
        ("PEN_TELEMETRY_SAMPLES", str(messages.TELEMETRY_BLOCK)),
        ("PEN_SNAPSHOT_ROWS", str(messages.SNAPSHOT_ROWS)),
        ("PEN_HEADER_SIZE", str(frame.HEADER_SIZE)),
        ("PEN_COUNTER_SIZE", str(frame.COUNTER_SIZE)),
        ("PEN_MAC_SIZE", str(frame.MAC_SIZE)),
        ("PEN_CRC_SIZE", str(frame.CRC_SIZE)),
        ("PEN_FRAME_MAX", str(frame.FRAME_MAX)),
        ("PEN_FRAME_ENCODED_MAX", str(frame.ENCODED_MAX)),
        ("PEN_PAYLOAD_MAX", str(max(m.size for m in messages.MESSAGES.values()))),
    ]
    pairs += [(f"PEN_TYPE_{m.name}", f"0x{m.number:02x}") for m in messages.MESSAGES.values()]
    sized = [(r.name, r.size) for r in messages.RECORDS] + [
        (m.record.name, m.size) for m in messages.MESSAGES.values()
    ]
    pairs += [(f"PEN_{upper_snake(name)}_SIZE", str(size)) for name, size in sized]
    return "".join(f"#define {name} {value}\n" for name, value in pairs)


def header() -> str:
    """Text of pen_messages.h."""
    parts = [
        banner_c(SOURCE),
        "#ifndef PEN_MESSAGES_H\n#define PEN_MESSAGES_H\n\n#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n",
        "/* Sizes are bytes on the wire: packed, little endian. */\n" + _constants(),
        *(enum_text(members) for members in messages.ENUMS),
        *(struct_text(record) for record in _encoded()),
        "/* _encode writes PEN_X_SIZE bytes and returns that size. _decode is false when n is not PEN_X_SIZE, when an enum\n"
        " * value is unknown or when a flag without a name is set; *m is then not to be used. */\n"
        + "".join(f"{_encode_head(r)};\n{_decode_head(r)};\n" for r in _encoded()),
        "#endif\n",
    ]
    return "\n".join(parts)


def _encode_head(record: Record) -> str:
    return f"size_t pen_{record.name}_encode(const pen_{record.name}_t *m, uint8_t *out)"


def _decode_head(record: Record) -> str:
    return f"bool pen_{record.name}_decode(pen_{record.name}_t *m, const uint8_t *in, size_t n)"


def _scalar_of(field: Field) -> Scalar:
    assert not isinstance(field.kind, (BytesKind, ArrayKind))
    return field.kind if isinstance(field.kind, Scalar) else field.kind.scalar


def _element_size(record: Record) -> str:
    return f"PEN_{upper_snake(record.name)}_SIZE"


def _put(field: Field, at: int) -> str:
    kind = field.kind
    if isinstance(kind, BytesKind):
        return f"    copy_bytes(out + {at}, m->{field.name}, {kind.length});\n"
    if isinstance(kind, ArrayKind):
        step = f"{at} + i * {_element_size(kind.element)}"
        return (
            f"    for (size_t i = 0; i < {kind.count}; i++) {{\n"
            f"        (void)pen_{kind.element.name}_encode(&m->{field.name}[i], out + {step});\n    }}\n"
        )
    scalar = _scalar_of(field)
    bits = 8 * scalar.size
    value = f"(uint{bits}_t)m->{field.name}" if scalar.signed else f"m->{field.name}"
    return f"    out[{at}] = {value};\n" if bits == 8 else f"    put_u{bits}(out + {at}, {value});\n"


def _get(field: Field, at: int) -> str:
    kind = field.kind
    if isinstance(kind, BytesKind):
        return f"    copy_bytes(m->{field.name}, in + {at}, {kind.length});\n"
    if isinstance(kind, ArrayKind):
        size = _element_size(kind.element)
        return (
            f"    for (size_t i = 0; i < {kind.count}; i++) {{\n"
            f"        if (!pen_{kind.element.name}_decode(&m->{field.name}[i], in + {at} + i * {size}, {size})) {{\n"
            f"            return false;\n        }}\n    }}\n"
        )
    scalar = _scalar_of(field)
    bits = 8 * scalar.size
    value = f"in[{at}]" if bits == 8 else f"get_u{bits}(in + {at})"
    return f"    m->{field.name} = {f'to_i{bits}({value})' if scalar.signed else value};\n"


def _valid(field: Field) -> str | None:
    kind = field.kind
    if isinstance(kind, EnumKind):
        prefix, members = enum_prefix(kind.members), list(kind.members)
        low = f"m->{field.name} >= {prefix}_{members[0].name} && " if int(members[0]) else ""
        return (
            f"({low}m->{field.name} <= {prefix}_{members[-1].name})"
            if low
            else f"m->{field.name} <= {prefix}_{members[-1].name}"
        )
    if isinstance(kind, FlagsKind):
        return f"(m->{field.name} & (unsigned){~kind.mask & kind.scalar.maximum:#06x}) == 0"
    return None


def _codec(record: Record) -> str:
    puts, gets, at = [], [], 0
    for field in record:
        puts.append(_put(field, at))
        gets.append(_get(field, at))
        at += field.size
    checks = [text for text in map(_valid, record) if text]
    size = _element_size(record)
    result = " &&\n           ".join(checks) if checks else "true"
    return (
        f"{_encode_head(record)} {{\n{''.join(puts)}    return {size};\n}}\n\n"
        f"{_decode_head(record)} {{\n    if (n != {size}) {{\n        return false;\n    }}\n"
        f"{''.join(gets)}    return {result};\n}}\n"
    )


def _helper_put(bits: int) -> str:
    wide = "uint64_t" if bits == 64 else "uint32_t"
    lines = "".join(f"    out[{i}] = (uint8_t)((wide >> {8 * i}) & 0xffu);\n" for i in range(bits // 8))
    widened = f"    {wide} wide = value;\n"
    return f"static void put_u{bits}(uint8_t *out, uint{bits}_t value) {{\n{widened}{lines}}}\n"


def _helper_get(bits: int) -> str:
    wide = "uint64_t" if bits == 64 else "uint32_t"
    terms = " | ".join(f"((({wide})in[{i}]) << {8 * i})" for i in range(bits // 8))
    return f"static uint{bits}_t get_u{bits}(const uint8_t *in) {{\n    return (uint{bits}_t)({terms});\n}}\n"


def _helper_signed(bits: int) -> str:
    top = {16: "0x8000u", 32: "0x80000000u"}[bits]
    return (
        f"/* Without relying on how a compiler converts a value that does not fit. */\n"
        f"static int{bits}_t to_i{bits}(uint{bits}_t value) {{\n"
        f"    if (value < {top}) {{\n        return (int{bits}_t)value;\n    }}\n"
        f"    return (int{bits}_t)((int{bits}_t)(value - {top}) + INT{bits}_MIN);\n}}\n"
    )


_COPY = """static void copy_bytes(uint8_t *to, const uint8_t *from, size_t n) {
    for (size_t i = 0; i < n; i++) {
        to[i] = from[i];
    }
}
"""


def source() -> str:
    """Text of pen_messages.c."""
    parts = [banner_c(SOURCE) + '#include "pen_messages.h"\n', _COPY]
    for bits in (16, 32, 64):
        parts += [_helper_put(bits), _helper_get(bits)]
    parts += [_helper_signed(16), _helper_signed(32)]
    parts += [_codec(record) for record in _encoded()]
    return "\n".join(parts)
