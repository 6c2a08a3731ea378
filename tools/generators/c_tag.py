"""pen_tag.h: where what stands in the memory of a cartridge's tag."""

from __future__ import annotations

from generators import banner_c
from penctl.protocol import tag
from penctl.protocol.schema import Record

SOURCE = "src/penctl/protocol/tag.py"


def _offsets(record: Record) -> str:
    if record.size != tag.BLOCK_SIZE:
        raise ValueError(f"{record.name}: {record.size} bytes, a block of the tag has {tag.BLOCK_SIZE}")
    lines, at = [f"/* {record.doc} Offsets in the block. */\nenum {{\n"], 0
    for field in record:
        name = f"PEN_{record.name}_{field.name}".upper()
        unit = f", {field.unit}" if field.unit else ""
        lines.append(f"    {name} = {at}, /* {_size(field.size)}{unit}: {field.doc} */\n")
        at += field.size
    return "".join([*lines, "};\n"])


def _size(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"


def header() -> str:
    """Text of pen_tag.h."""
    magic = int.from_bytes(tag.MAGIC, "little")
    first, second = tag.USE_AT
    parts = [
        banner_c(SOURCE),
        "#ifndef PEN_TAG_H\n#define PEN_TAG_H\n",
        f"#define PEN_TAG_BLOCK {tag.BLOCK_SIZE}\n#define PEN_TAG_SIGNED {tag.SIGNED_SIZE}\n"
        f"#define PEN_TAG_MAC {tag.MAC_SIZE}\n#define PEN_TAG_MAKER_AT {tag.MAKER_AT}\n"
        f"#define PEN_TAG_USE_A_AT {first}\n#define PEN_TAG_USE_B_AT {second}\n"
        f"#define PEN_TAG_VERSION {tag.VERSION}\n"
        f"#define PEN_TAG_MAGIC 0x{magic:08X}U /* as a little-endian u32 */\n",
        *(_offsets(record) for record in tag.TAG_RECORDS),
        "#endif\n",
    ]
    return "\n".join(parts)
