/* The slow duties of the background loop: what the pen's memory keeps, whether it is still whole, and whether the
 * controller is. */
#ifndef PEN_KEEPER_H
#define PEN_KEEPER_H

#include <stdint.h>

#include "mailbox.h"
#include "port.h"
#include "store.h"

typedef struct {
    uint32_t ms;            /* of the last poll that did something */
    uint32_t configuration_ms;
    uint32_t strokes_ms;
    unsigned strokes_seen;  /* mailbox.strokes that the counters include */
    uint8_t checked;        /* record that is checked next */
    uint8_t lost;           /* trips, counters: no copy was whole at a power-on; one bit each by store_kind_t */
} keeper_t;

/* Counts this power-on, and sees what memory has lost: that counts as damaged settings until the service writes them. */
void keeper_init(keeper_t *keeper, store_t *store);

/* One poll: at most 64 bytes of memory, and one slice of the port's self-check. */
void keeper_background(keeper_t *keeper, store_t *store, const pen_config_t *config, mailbox_t *mailbox);

#endif
