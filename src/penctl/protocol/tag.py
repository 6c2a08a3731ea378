"""Memory of a cartridge's tag, 256 bytes, said once: the maker's block, and the use block in two copies.

    0    maker's block, 64 bytes, written once by the maker
    64   use block, copy A, 64 bytes
    128  use block, copy B, 64 bytes
    192  nothing: zero

Little endian, no gaps. A block is valid when its last 16 bytes are right: of the maker's block
HMAC-SHA-256(tag key, its first 48 bytes), of a use block HMAC-SHA-256(tag key, MAC of the maker's block ‖ its
first 48 bytes), both cut to 16. A use block therefore belongs to one cartridge. The maker delivers copy A
written (sequence 1, everything else zero) and copy B zero, so that a cartridge whose use blocks are both not
valid is damaged, not new. The valid copy with the higher sequence counts; a write goes to the other one.

A pen keeps the sequence that it wrote last to each of its last 30 cartridges, and refuses an older one as
unknown. Not held off: somebody who copies the tag's memory and writes it back later for another pen takes
uses back. A tag with a counter that only rises would be needed for that.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from penctl.protocol.enums import CartridgeKind
from penctl.protocol.schema import Record, enum_u8, raw, u8, u16, u32

TAG_SIZE: Final = 256
BLOCK_SIZE: Final = 64
MAC_SIZE: Final = 16
SIGNED_SIZE: Final = BLOCK_SIZE - MAC_SIZE
"""Bytes of a block that its MAC covers."""
MAKER_AT: Final = 0
USE_AT: Final = (64, 128)
"""Where the two copies of the use block begin."""
MAGIC: Final = b"PENT"
VERSION: Final = 1

TAG_MAKER: Final = Record(
    "tag_maker",
    "What the maker wrote, and nobody writes again.",
    [
        raw("magic", 4, 'the letters "PENT"'),
        u8("version", "", "1"),
        enum_u8("kind", CartridgeKind, "HOME or CLINICAL"),
        u8("needles", "1", "needles"),
        u8("reserved8", "", "zero"),
        u32("id", "", "number of the cartridge, not 0"),
        u16("stop_um", "µm", "depth at which the cartridge stops the needles mechanically"),
        u16("length_um", "µm", "length of the needles in front of the plate"),
        u16("sterile_until_day", "day", "last day of sterility, days since 2020-01-01"),
        u16("reserved16", "", "zero"),
        raw("lot", 8, "lot, ASCII, filled up with zeros"),
        raw("reserved", 20, "zero"),
        raw("mac", MAC_SIZE, "HMAC-SHA-256 over the 48 bytes before it, cut"),
    ],
)

TAG_USE: Final = Record(
    "tag_use",
    "Whose the cartridge is and what it has done; no name, and nothing that leads to one without the clinic.",
    [
        u32("sequence", "1", "rises by 1 at each write"),
        u16("uses", "1", "visits in which it was started"),
        u16("first_day", "day", "day of the first use, days since 2020-01-01; 0 not used yet"),
        u32("strokes", "1", "strokes of its life"),
        u16("last_day", "day", "day of the last use; 0 not used yet"),
        u16("reserved16", "", "zero"),
        raw("visit_id", 8, "visit of the last use"),
        raw("person", 16, "salted hash of the person; zero not bound yet"),
        raw("reserved", 8, "zero"),
        raw("mac", MAC_SIZE, "HMAC-SHA-256 over the maker's MAC and the 48 bytes before it, cut"),
    ],
)

TAG_RECORDS: Final = (TAG_MAKER, TAG_USE)


def maker_mac(block: bytes, key: bytes) -> bytes:
    """MAC of the maker's block (64 bytes, or its first 48), 16 bytes."""
    return hmac.digest(key, block[:SIGNED_SIZE], hashlib.sha256)[:MAC_SIZE]


def use_mac(block: bytes, maker: bytes, key: bytes) -> bytes:
    """MAC of a use block (64 bytes, or its first 48) on the cartridge with this maker's block, 16 bytes."""
    return hmac.digest(key, maker[SIGNED_SIZE:BLOCK_SIZE] + block[:SIGNED_SIZE], hashlib.sha256)[:MAC_SIZE]
