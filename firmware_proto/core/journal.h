/* The last events with their numbers: what the tick raised and what the link itself has to tell.
 *
 * Events are taken from the tick's ring whether a link session is open or not, and wait here for a host. The last 64
 * are kept after they were sent, and are sent once more when GET_EVENTS asks for them. Background only.
 */
#ifndef PEN_JOURNAL_H
#define PEN_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "mailbox.h"

enum { JOURNAL_EVENTS = 64 };

typedef struct {
    event_t events[JOURNAL_EVENTS]; /* number n lies at n % 64 */
    uint32_t next;                  /* number that the next event will have, from 1 */
    uint32_t unsent;                /* number of the next event to be sent for the first time */
    uint32_t again;                 /* number of the next event to be sent once more */
    uint32_t again_left;            /* how many of them */
    uint32_t overrun;               /* events that were overwritten before they were sent */
    uint32_t lost_told;             /* lost events that a host was told of */
} journal_t;

void journal_init(journal_t *journal);

/* The tick's ring holds something. */
bool journal_event_waits(const mailbox_t *mailbox);

/* Takes all that is in the tick's ring. */
void journal_collect(journal_t *journal, mailbox_t *mailbox);

/* An event of the link's own: a warning. */
void journal_warn(journal_t *journal, uint8_t warning, int32_t value, int32_t limit, uint64_t time_us);

/* Makes an EVENTS_LOST [events lost, events kept] of events that are lost and that nobody was told of. */
void journal_tell_lost(journal_t *journal, const mailbox_t *mailbox, uint64_t time_us);

/* The event that is to be sent now and its number; NULL when none is. */
const event_t *journal_to_send(const journal_t *journal, uint32_t *number);

/* The event with this number has been sent. */
void journal_sent(journal_t *journal, uint32_t number);

/* How many of the past events are kept. */
int32_t journal_kept(const journal_t *journal);

/* Asks for events once more; false when none of them is kept. */
bool journal_ask(journal_t *journal, uint32_t first, uint32_t count);

#endif
