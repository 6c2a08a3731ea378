/* An answer to a command, before it is sealed and framed. */
#ifndef PEN_ANSWER_H
#define PEN_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "pen_messages.h"

enum { ANSWER_MAX = PEN_SNAPSHOT_SIZE }; /* the longest */

_Static_assert(PEN_IDENTITY_SIZE <= ANSWER_MAX, "IDENTITY is longer");
_Static_assert(PEN_LIMITS_SIZE <= ANSWER_MAX, "LIMITS is longer");
_Static_assert(PEN_STATUS_SIZE <= ANSWER_MAX, "STATUS is longer");
_Static_assert(PEN_SESSION_SIZE <= ANSWER_MAX, "SESSION is longer");
_Static_assert(PEN_RESPONSE_SIZE <= ANSWER_MAX, "RESPONSE is longer");
_Static_assert(PEN_CARTRIDGE_SIZE <= ANSWER_MAX, "CARTRIDGE is longer");
_Static_assert(PEN_PAIRED_SIZE <= ANSWER_MAX, "PAIRED is longer");
_Static_assert(PEN_TRIP_SIZE <= ANSWER_MAX, "TRIP is longer");
_Static_assert(PEN_HEADER_SIZE + ANSWER_MAX + PEN_COUNTER_SIZE + PEN_MAC_SIZE <= UINT8_MAX,
               "lengths of answers are bytes");
_Static_assert(PEN_HEADER_SIZE + PEN_PAYLOAD_MAX + PEN_COUNTER_SIZE + PEN_MAC_SIZE + PEN_CRC_SIZE <= PEN_FRAME_MAX,
               "a sealed message is longer than any frame");

typedef struct {
    bool sealed;       /* like the command */
    uint8_t type;      /* PEN_TYPE_… without the sealed bit; 0 = none */
    uint8_t length;
    uint16_t sequence; /* that of the command */
    uint8_t payload[ANSWER_MAX];
} answer_t;

#endif
