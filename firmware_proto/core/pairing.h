/* PAIR and UNPAIR: who may open link sessions from now on.
 *
 * The tick has let PAIR through: STANDBY, and the button held for 3 s. Here the code is proved, a key is drawn, and the
 * pairing written to memory before it is told. A try with a code is counted in memory before the code is looked at, and
 * only a right code takes its own try back: whoever cuts the power gains nothing. After 5 wrong tries, in the life of
 * the pen, CLINICIAN and SERVICE can be paired at the factory only. Background only.
 */
#ifndef PEN_PAIRING_H
#define PEN_PAIRING_H

#include <stdbool.h>
#include <stdint.h>

#include "mailbox.h"
#include "port.h"
#include "sha256.h"
#include "store.h"

enum {
    PAIRING_TRIES = 5,       /* wrong codes that the pen takes in its life */
    PAIRING_REPEAT_MS = 2000 /* so long a PAIR that comes once more gets the pairing of the first time */
};

typedef enum { PAIRING_COUNT, PAIRING_PROVE, PAIRING_DRAW, PAIRING_KEEP } pairing_step_t;

typedef struct {
    pairing_step_t step;
    pen_pair_t asked;
    uint8_t slot;
    uint16_t sequence; /* of the PAIR that is done */
    uint32_t done_ms;
    bool done;
    result_t result;
} pairing_t;

/* In the tick: whether PAIR may go on, from the state of the pen and how long its button has been held. */
result_t pairing_permit(uint8_t state, uint32_t held_ms);

/* Takes up a PAIR that the tick let through. */
void pairing_begin(pairing_t *pairing, const store_t *store, const pen_pair_t *asked);

/* This PAIR is a repeat of the one that was done just now. */
bool pairing_again(const pairing_t *pairing, const pen_pair_t *asked, uint16_t sequence, uint32_t now_ms);

/* One step, at most one block; true when `result` stands, and if it is NONE the pairing in `slot` is kept. */
bool pairing_step(pairing_t *pairing, store_t *store, const pen_config_t *config, sha256_block_t *block);

/* The PAIR that has ended took the pairing away that was in its slot, whether or not another one stands there now. */
bool pairing_changed(const pairing_t *pairing);

/* Forgets a pairing; `role` is that of the link session: SERVICE, or that of the pairing. */
result_t pairing_forget(store_t *store, uint8_t slot, uint8_t role);

#endif
