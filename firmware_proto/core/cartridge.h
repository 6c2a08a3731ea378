/* The tag of the cartridge, background part: reads and proves it, writes uses and strokes back.
 *
 * One hook call or one SHA-256 block a poll. What is proved goes to the tick through the mailbox; the tick decides
 * what it means (verdict.c) and asks for a use to be written before the drive may go on.
 */
#ifndef PEN_CARTRIDGE_H
#define PEN_CARTRIDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "mailbox.h"
#include "pen_tag.h"
#include "port.h"
#include "sha256.h"
#include "store.h"

enum { CARTRIDGE_TRIES = 5 /* that fail in a row before the tag counts as unknown */ };

typedef enum {
    CARTRIDGE_ABSENT,
    CARTRIDGE_READ_MAKER,
    CARTRIDGE_PROVE_MAKER,
    CARTRIDGE_READ_USE,
    CARTRIDGE_PROVE_USE,
    CARTRIDGE_HELD,    /* genuine; waits for something to write */
    CARTRIDGE_RECHECK, /* before a write: it is still the same one */
    CARTRIDGE_SEAL,
    CARTRIDGE_WRITE,
    CARTRIDGE_VERIFY,
    CARTRIDGE_UNKNOWN
} cartridge_step_t;

typedef struct {
    const pen_port_t *port;
    void *context;
    sha256_block_t *block;
    store_t *store; /* what this pen has written to which cartridge */
    hmac_key_t key;
    cartridge_step_t step;
    uint8_t copy;  /* use block that is being read or written, 0 A, 1 B */
    uint8_t tries; /* that failed in a row */
    uint32_t tried_ms;
    uint8_t maker[PEN_TAG_BLOCK];
    uint8_t bytes[PEN_TAG_BLOCK]; /* use block being read or written */
    uint8_t use[PEN_TAG_BLOCK];   /* the valid one with the highest sequence */
    uint8_t use_copy;             /* which of the two it is */
    bool use_valid;
    uint8_t message[PEN_TAG_MAC + PEN_TAG_SIGNED];
    hmac_job_t job;
    bool counting;         /* the write under way is that of a use that the tick asked for */
    unsigned strokes_seen; /* mailbox.strokes that the tag's count includes */
    unsigned strokes_then; /* mailbox.strokes of the write under way */
    uint32_t wrote_ms;
    uint32_t looked_ms;
    uint32_t last_id;
    tag_view_t view;
    bool told; /* the tick has the view */
} cartridge_t;

/* Hashes two blocks: for power-on, not for a poll. A port without tag hooks never finds a tag. */
void cartridge_init(cartridge_t *cartridge, const pen_config_t *config, sha256_block_t *block, store_t *store);

/* One poll. Takes a SHA-256 block only when `may_hash`. */
void cartridge_background(cartridge_t *cartridge, mailbox_t *mailbox, bool may_hash);

/* For the files of cartridge only. */
uint32_t cartridge_now_ms(const mailbox_t *mailbox);
unsigned cartridge_strokes(const mailbox_t *mailbox);
bool cartridge_resting(const cartridge_t *cartridge, const mailbox_t *mailbox, uint32_t pause_ms);
uint32_t cartridge_copy_at(uint8_t copy);
uint32_t cartridge_sequence(const uint8_t *use);
void cartridge_begin_use_mac(cartridge_t *cartridge);
void cartridge_show_use(cartridge_t *cartridge);
void cartridge_answer_use(mailbox_t *mailbox, bool written); /* only when the tick waits for one */
void cartridge_recheck(cartridge_t *cartridge, mailbox_t *mailbox);
void cartridge_begin_reading(cartridge_t *cartridge);
void cartridge_held(cartridge_t *cartridge, mailbox_t *mailbox);
void cartridge_seal(cartridge_t *cartridge);
void cartridge_write(cartridge_t *cartridge, mailbox_t *mailbox);
void cartridge_verify(cartridge_t *cartridge, mailbox_t *mailbox);

/* cartridge_known.c: whether the tag is an image from before this pen's last write to this cartridge. */
bool cartridge_put_back(const store_t *store, uint32_t id, uint32_t sequence);

/* Notes a write that was read back; `keep`: in memory, too, not in RAM alone. */
void cartridge_note(store_t *store, uint32_t id, uint32_t sequence, bool keep);

#endif
