/* The link: frames in, frames out, and the mailbox between them and the tick.
 *
 *   bytes -> deframer -> inbox -> mailbox -> tick
 *   bytes <- wires <- outbox <- answers, mailbox (events, samples)
 *
 * link_rx may interrupt link_background, and so may link_tx. STOP is told to the tick by link_rx itself.
 */
#ifndef PEN_LINK_H
#define PEN_LINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access.h"
#include "frame.h"
#include "inbox.h"
#include "mailbox.h"
#include "outbox.h"
#include "port.h"
#include "sha256.h"
#include "store.h"

enum { LINK_STOP_STATUS_MS = 5 /* shortest time between two answers to STOP */ };

typedef struct link {
    mailbox_t *mailbox;
    const pen_config_t *config;
    store_t *store;
    sha256_block_t *block;
    deframer_t deframer;     /* pen_rx only */
    atomic_uint frames_bad;  /* broken by noise: COBS, length or CRC-32 */
    atomic_uint frames_lost; /* good, but no slot was free */
    inbox_t inbox;
    access_t access;
    outbox_t outbox;
    bool closing;     /* the active session ends when its last answer has left; until then no frame is begun */
    uint32_t last_ms; /* time of the last poll */
    uint32_t wraps;   /* how often the time of 32 bits has begun anew */
    /* the STATUS after a STOP */
    bool stop_posted;      /* GET_STATUS for it is in the mailbox */
    bool stop_answered;    /* at least once since power-on */
    uint32_t stop_told_ms; /* when it was answered last */
    unsigned stops_posted; /* mailbox.stops that the STATUS under way answers */
    unsigned stops_told;   /* mailbox.stops that has been answered */
} link_t;

/* The mailbox must be zeroed and the store read; all must outlive the link. */
void link_init(link_t *link, mailbox_t *mailbox, const pen_config_t *config, store_t *store);

/* Takes all bytes, and returns n. */
size_t link_rx(link_t *link, const uint8_t *bytes, size_t n);

/* Writes up to `room` bytes for the line; returns how many. */
size_t link_tx(link_t *link, uint8_t *bytes, size_t room);

/* One poll: at most one SHA-256 block; true when it took one. */
bool link_background(link_t *link);

/* For the inbox: hands a command to the tick, false while the slot is taken. */
bool link_post(link_t *link, const command_t *command);

/* For the inbox: the tick has executed the posted command; `link_take_back` frees the slot. */
bool link_executed(const link_t *link);
void link_take_back(link_t *link);

/* The tick's status with the fields that the link knows. */
pen_status_t link_status(const link_t *link);

/* For the inbox: ends the active link session at once, with the warning SESSION_DROPPED. */
void link_drop_session(link_t *link);

/* Device time as the link knows it, to the millisecond. */
uint64_t link_time_us(const link_t *link);

#endif
