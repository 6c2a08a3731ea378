/* The commands as the link knows them: which may come unsealed, and how each is decoded for the mailbox. */
#ifndef PEN_REQUESTS_H
#define PEN_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mailbox.h"

typedef struct {
    uint8_t type;
    uint8_t role; /* least that a link session needs for it; 0 = taken without one */
    bool (*decode)(command_t *command, const uint8_t *payload, size_t n); /* false: malformed */
} request_t;

/* NULL for a type that is no command. STOP is not here: it is no request. */
const request_t *requests_find(uint8_t type);

#endif
