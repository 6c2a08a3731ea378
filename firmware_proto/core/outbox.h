/* What the pen sends: the answer to a command, then events, then telemetry, each sealed if there is a session;
 * and, past all of them, the unsealed STATUS after a STOP.
 *
 * One frame at a time is built and sealed, a block in a poll. Finished frames wait as wire bytes in a short queue:
 * counters must reach the host in their order, so sealed frames never overtake each other. The STATUS after a STOP has
 * a place of its own and leaves at the next end of a frame.
 */
#ifndef PEN_OUTBOX_H
#define PEN_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access.h"
#include "answer.h"
#include "frame.h"
#include "journal.h"
#include "mailbox.h"
#include "sha256.h"
#include "telemetry.h"
#include "wires.h"

typedef enum { SENDING_NOTHING, SENDING_ANSWER, SENDING_EVENT, SENDING_TELEMETRY } sending_t;

typedef struct {
    /* the frame under way */
    sending_t sending;
    bool sealing;
    uint16_t length;     /* header, payload and counter */
    uint32_t session_id; /* whose keys seal it */
    hmac_job_t job;
    uint8_t frame[FRAME_MAX];
    /* what it is made of */
    answer_t answer;       /* answer.type 0 = none waits */
    repeat_t *keep;        /* where the sealed answer is kept for repeats */
    const repeat_t *again; /* an answer that is to be sent once more, NULL = none */
    journal_t journal;
    uint32_t number; /* of the event under way */
    telemetry_t telemetry;
    wires_t wires;
} outbox_t;

void outbox_init(outbox_t *outbox);

/* Nothing is under way and nothing waits that could be sent. */
bool outbox_idle(const outbox_t *outbox, const access_t *access, const mailbox_t *mailbox, uint32_t now_ms);

/* No answer waits: there is room for the next. */
static inline bool outbox_answer_free(const outbox_t *outbox)
{
    return outbox->answer.type == 0 && outbox->again == NULL;
}

/* Goes on with the frame under way, or begins the next. True when it took a block, which it does only if it may. */
bool outbox_step(outbox_t *outbox, access_t *access, mailbox_t *mailbox, sha256_block_t *block, bool may_hash);

/* The active session has changed or ended: what was to be sealed for the old one is dropped. */
void outbox_session_changed(outbox_t *outbox);

/* Puts the STATUS after a STOP in its place; only when that is not full. */
void outbox_put_stop_status(outbox_t *outbox, const pen_status_t *status);

#endif
