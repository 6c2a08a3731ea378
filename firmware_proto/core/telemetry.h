/* Telemetry: takes samples from the tick's ring and fills blocks.
 *
 * A block is ready when it is full, when 50 ms have passed since its first sample, or when the next sample does not
 * belong to it: another state, or not one period later. Telemetry may be dropped; nothing else waits for it.
 */
#ifndef PEN_TELEMETRY_H
#define PEN_TELEMETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "mailbox.h"

enum {
    TELEMETRY_LATEST_MS = 50,
    TELEMETRY_BACKLOG = 40 /* samples waiting behind a ready block: it is dropped, before the ring overflows */
};

typedef struct {
    pen_telemetry_t block; /* being filled, or ready; `number` and `dropped` run on */
    uint32_t begun_ms;
    bool ready;
} telemetry_t;

void telemetry_init(telemetry_t *telemetry);

/* Nothing to collect and no block that has become ready. */
static inline bool telemetry_idle(const telemetry_t *telemetry, const mailbox_t *mailbox, uint32_t now_ms)
{
    return atomic_load_explicit(&mailbox->sample_head, memory_order_relaxed)
               == atomic_load_explicit(&mailbox->sample_tail, memory_order_relaxed)
           && !telemetry->ready
           && (telemetry->block.count == 0 || now_ms - telemetry->begun_ms < TELEMETRY_LATEST_MS);
}

/* Takes the samples that wait, at most until a block is ready. */
void telemetry_collect(telemetry_t *telemetry, mailbox_t *mailbox, uint32_t now_ms);

/* Throws away samples and block: nobody listens. */
void telemetry_discard(telemetry_t *telemetry, mailbox_t *mailbox);

/* The ready block has been taken over for sending: starts the next. */
void telemetry_next(telemetry_t *telemetry);

/* A block that had been taken over was not sent. */
void telemetry_lost(telemetry_t *telemetry);

#endif
