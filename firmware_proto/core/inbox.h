/* What the pen receives: whole frames wait in a few slots; the background loop takes them one by one, proves their
 * seal, answers what is the link's own, and hands every other command to the tick.
 *
 * A frame stays in its slot until its answer is built, and no answer is built before the last one has left: a busy
 * command slot or a full outbox makes frames wait, never vanish half done. STOP does not come this way.
 */
#ifndef PEN_INBOX_H
#define PEN_INBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "access.h"
#include "frame.h"
#include "mailbox.h"
#include "pairing.h"
#include "sha256.h"

enum {
    INBOX_SLOTS = 4,
    INBOX_REFUSAL_MS = 100 /* time between two answers to frames whose seal is not right */
};

typedef enum { INBOX_IDLE, INBOX_VERIFY, INBOX_OPEN, INBOX_POST, INBOX_WAIT, INBOX_PAIR } inbox_step_t;

typedef struct {
    uint16_t length; /* decoded, CRC included */
    uint32_t stops;  /* STOP frames seen when it came in */
    uint8_t bytes[FRAME_MAX];
} slot_t;

typedef struct {
    /* pen_rx writes head, background writes tail */
    atomic_uint head;
    atomic_uint tail;
    slot_t slots[INBOX_SLOTS];
    /* the frame under way, background only */
    inbox_step_t step;
    bool sealed;     /* its seal has been proved */
    bool as_pending; /* proved, or being proved, with the keys of the pending session */
    const uint8_t *frame;
    uint16_t length; /* without the CRC */
    command_t command;
    repeat_t *repeat; /* where its answer is kept for repeats; set when its seal is proved */
    hmac_job_t job;
    pairing_t pairing; /* the PAIR under way, or the last one */
    bool refused;
    uint32_t refused_ms; /* when a seal was last refused with an answer */
} inbox_t;

struct link;

void inbox_init(inbox_t *inbox);

/* For pen_rx: the room for the frame that begins, NULL when all slots are taken; and that it is good. */
uint8_t *inbox_room(inbox_t *inbox);
void inbox_push(inbox_t *inbox, uint16_t length, uint32_t stops);

static inline bool inbox_idle(const inbox_t *inbox)
{
    return inbox->step == INBOX_IDLE
           && atomic_load_explicit(&inbox->head, memory_order_relaxed)
                  == atomic_load_explicit(&inbox->tail, memory_order_relaxed);
}

/* The frame under way is done with. */
void inbox_release(inbox_t *inbox);

/* One step; true when it took a block. */
bool inbox_step(struct link *link);

#endif
