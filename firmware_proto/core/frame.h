/* Frames on the wire: COBS, ended by 0x00, with a CRC-32 against noise.
 *
 * Decoded: version u8, type u8, sequence u16, payload, counter u64 and MAC 16 bytes if the type has the sealed bit,
 * CRC-32 u32. All numbers are little endian. COBS: Cheshire and Baker, IEEE/ACM Trans. Networking 7(2), 1999.
 */
#ifndef PEN_FRAME_H
#define PEN_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pen_messages.h"

enum {
    FRAME_MAX = PEN_FRAME_MAX, /* longest decoded frame */
    FRAME_HEADER = PEN_HEADER_SIZE,
    FRAME_COUNTER = PEN_COUNTER_SIZE,
    FRAME_MAC = PEN_MAC_SIZE,
    FRAME_CRC = PEN_CRC_SIZE,
    FRAME_SHORTEST = FRAME_HEADER + FRAME_CRC,
    FRAME_SEALED_SHORTEST = FRAME_SHORTEST + FRAME_COUNTER + FRAME_MAC,
    FRAME_TYPE_AT = 1,
    FRAME_STOP = 8 /* decoded length of STOP */
};

/* Longest wire form of `n` decoded bytes: a code byte for each 254 bytes begun, and the closing zero. */
#define FRAME_WIRE_SIZE(n) ((n) + (n) / 254 + 2)

typedef enum {
    FRAME_MORE,   /* not at an end yet, or an empty frame */
    FRAME_GOOD,   /* a frame with a right CRC-32 has ended; it lies in the room, if there was one */
    FRAME_BAD,    /* a frame has ended that breaks COBS, the length limits or its CRC-32 */
    FRAME_IS_STOP /* STOP has ended, of whatever version and sequence; needs no room */
} frame_end_t;

/* Takes wire bytes one by one. Every 0x00 starts afresh, whatever came before it. */
typedef struct {
    uint8_t *room;  /* FRAME_MAX bytes for the decoded frame; NULL: only count, check, and look for STOP */
    uint32_t crc;
    uint16_t length; /* decoded bytes so far, at most FRAME_MAX + 1 (then too long) */
    uint8_t left;    /* bytes left in the COBS group */
    bool begun;      /* a frame is under way */
    bool zero_due;   /* the group stands for a zero byte behind it, unless it is the last */
    uint8_t type;    /* as it came */
} deframer_t;

void deframer_init(deframer_t *deframer);
frame_end_t deframer_byte(deframer_t *deframer, uint8_t byte);

/* CRC-32 (IEEE 802.3, as zlib's) of `n` bytes. */
uint32_t frame_crc32(const uint8_t *bytes, size_t n);

/* Appends the CRC-32 to the `n` decoded bytes in `frame` (room for 4 more) and writes the wire form of all of it,
 * closing zero included, to `wire`; returns its length, at most FRAME_WIRE_SIZE(n + 4). */
size_t frame_finish(uint8_t *frame, size_t n, uint8_t *wire);

#endif
