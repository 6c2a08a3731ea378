/* An answer to a command, before it is sealed and framed. */
#ifndef PEN_ANSWER_H
#define PEN_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "pen_messages.h"

enum { ANSWER_MAX = PEN_SNAPSHOT_SIZE }; /* SNAPSHOT is the longest */

_Static_assert(PEN_LIMITS_SIZE <= ANSWER_MAX && PEN_IDENTITY_SIZE <= ANSWER_MAX && PEN_STATUS_SIZE <= ANSWER_MAX, "an answer is longer");

typedef struct {
    bool sealed;       /* like the command */
    uint8_t type;      /* PEN_TYPE_… without the sealed bit; 0 = none */
    uint8_t length;
    uint16_t sequence; /* that of the command */
    uint8_t payload[ANSWER_MAX];
} answer_t;

#endif
