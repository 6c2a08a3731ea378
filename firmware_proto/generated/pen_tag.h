/* Written by tools/generate.py (make generate) from src/penctl/protocol/tag.py. Do not edit: change the source and generate again. */

#ifndef PEN_TAG_H
#define PEN_TAG_H

#define PEN_TAG_BLOCK 64
#define PEN_TAG_SIGNED 48
#define PEN_TAG_MAC 16
#define PEN_TAG_MAKER_AT 0
#define PEN_TAG_USE_A_AT 64
#define PEN_TAG_USE_B_AT 128
#define PEN_TAG_VERSION 1
#define PEN_TAG_MAGIC 0x544E4550U /* as a little-endian u32 */

/* What the maker wrote, and nobody writes again. Offsets in the block. */
enum {
    PEN_TAG_MAKER_MAGIC = 0, /* 4 bytes: the letters "PENT" */
    PEN_TAG_MAKER_VERSION = 4, /* 1 byte: 1 */
    PEN_TAG_MAKER_KIND = 5, /* 1 byte: HOME or CLINICAL */
    PEN_TAG_MAKER_NEEDLES = 6, /* 1 byte, 1: needles */
    PEN_TAG_MAKER_RESERVED8 = 7, /* 1 byte: zero */
    PEN_TAG_MAKER_ID = 8, /* 4 bytes: number of the cartridge, not 0 */
    PEN_TAG_MAKER_STOP_UM = 12, /* 2 bytes, µm: depth at which the cartridge stops the needles mechanically */
    PEN_TAG_MAKER_LENGTH_UM = 14, /* 2 bytes, µm: length of the needles in front of the plate */
    PEN_TAG_MAKER_STERILE_UNTIL_DAY = 16, /* 2 bytes, day: last day of sterility, days since 2020-01-01 */
    PEN_TAG_MAKER_RESERVED16 = 18, /* 2 bytes: zero */
    PEN_TAG_MAKER_LOT = 20, /* 8 bytes: lot, ASCII, filled up with zeros */
    PEN_TAG_MAKER_RESERVED = 28, /* 20 bytes: zero */
    PEN_TAG_MAKER_MAC = 48, /* 16 bytes: HMAC-SHA-256 over the 48 bytes before it, cut */
};

/* Whose the cartridge is and what it has done; no name, and nothing that leads to one without the clinic. Offsets in the block. */
enum {
    PEN_TAG_USE_SEQUENCE = 0, /* 4 bytes, 1: rises by 1 at each write */
    PEN_TAG_USE_USES = 4, /* 2 bytes, 1: visits in which it was started */
    PEN_TAG_USE_FIRST_DAY = 6, /* 2 bytes, day: day of the first use, days since 2020-01-01; 0 not used yet */
    PEN_TAG_USE_STROKES = 8, /* 4 bytes, 1: strokes of its life */
    PEN_TAG_USE_LAST_DAY = 12, /* 2 bytes, day: day of the last use; 0 not used yet */
    PEN_TAG_USE_RESERVED16 = 14, /* 2 bytes: zero */
    PEN_TAG_USE_VISIT_ID = 16, /* 8 bytes: visit of the last use */
    PEN_TAG_USE_PERSON = 24, /* 16 bytes: salted hash of the person; zero not bound yet */
    PEN_TAG_USE_RESERVED = 40, /* 8 bytes: zero */
    PEN_TAG_USE_MAC = 48, /* 16 bytes: HMAC-SHA-256 over the maker's MAC and the 48 bytes before it, cut */
};

#endif
