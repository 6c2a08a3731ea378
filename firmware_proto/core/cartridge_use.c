/* The tag of the cartridge: what is written to it. */
#include "cartridge.h"

#include <string.h>

#include "bytes.h"

enum {
    RETRY_MS = 500,   /* after a write that failed */
    STROKES_MS = 5000, /* how often the strokes of a long run are written */
    LOOK_MS = 100      /* how often it is looked at whether it still is the same one, while the drive is off */
};

static bool use_wanted(const cartridge_t *cartridge, const mailbox_t *mailbox)
{
    return cartridge->told && atomic_load_explicit(&mailbox->use_state, memory_order_acquire) == MAILBOX_POSTED;
}

static bool strokes_wanted(const cartridge_t *cartridge, const mailbox_t *mailbox)
{
    if (cartridge_strokes(mailbox) == cartridge->strokes_seen || cartridge_resting(cartridge, mailbox, RETRY_MS)) {
        return false;
    }
    const bool driving = atomic_load_explicit(&mailbox->driving, memory_order_relaxed) != 0U;
    return !driving || cartridge_now_ms(mailbox) - cartridge->wrote_ms >= STROKES_MS;
}

static uint32_t added(uint32_t count, uint32_t more)
{
    return count > UINT32_MAX - more ? UINT32_MAX : count + more;
}

/* The visit that was counted last, on the same day or the next. */
static bool same_use(const uint8_t *use, const use_t *asked)
{
    const int32_t days = (int32_t)asked->day - (int32_t)bytes_get_u16(use + PEN_TAG_USE_LAST_DAY);
    return days >= -USE_DAYS && days <= USE_DAYS
           && memcmp(use + PEN_TAG_USE_VISIT_ID, asked->visit_id, sizeof asked->visit_id) == 0;
}

/* The same visit again consumes nothing. */
static void count_use(uint8_t *use, const use_t *asked)
{
    const uint16_t uses = bytes_get_u16(use + PEN_TAG_USE_USES);
    const bool again = uses != 0U && same_use(use, asked);
    if (uses == 0U) {
        bytes_put_u16(use + PEN_TAG_USE_FIRST_DAY, asked->day);
    }
    if (!again && uses < UINT16_MAX) {
        bytes_put_u16(use + PEN_TAG_USE_USES, (uint16_t)(uses + 1U));
    }
    if (!again) { /* or a visit could be stretched day by day */
        bytes_put_u16(use + PEN_TAG_USE_LAST_DAY, asked->day);
    }
    memcpy(use + PEN_TAG_USE_VISIT_ID, asked->visit_id, sizeof asked->visit_id);
    memcpy(use + PEN_TAG_USE_PERSON, asked->person, sizeof asked->person);
}

static void begin_writing(cartridge_t *cartridge, const mailbox_t *mailbox, bool counting)
{
    uint8_t *use = cartridge->bytes;
    memcpy(use, cartridge->use, PEN_TAG_BLOCK);
    bytes_put_u32(use + PEN_TAG_USE_SEQUENCE, cartridge_sequence(cartridge->use) + 1U);
    cartridge->strokes_then = cartridge_strokes(mailbox);
    const uint32_t more = cartridge->strokes_then - cartridge->strokes_seen;
    bytes_put_u32(use + PEN_TAG_USE_STROKES, added(bytes_get_u32(use + PEN_TAG_USE_STROKES), more));
    if (counting) {
        count_use(use, &mailbox->use);
    }
    cartridge->counting = counting;
    cartridge->copy = cartridge->use_copy == 0U ? 1U : 0U; /* the other one: a cut write leaves this one valid */
    cartridge->step = CARTRIDGE_SEAL;
    cartridge_begin_use_mac(cartridge);
}

static void fail_writing(cartridge_t *cartridge, mailbox_t *mailbox)
{
    cartridge->tried_ms = cartridge_now_ms(mailbox);
    cartridge->tries = cartridge->tries < CARTRIDGE_TRIES ? (uint8_t)(cartridge->tries + 1U) : cartridge->tries;
    cartridge->step = CARTRIDGE_HELD;
    if (cartridge->counting) {
        cartridge->counting = false;
        cartridge_answer_use(mailbox, false);
    }
}

/* Somebody may have put in another one between two looks at the lock: it is read from its beginning. */
void cartridge_recheck(cartridge_t *cartridge, mailbox_t *mailbox)
{
    uint8_t maker[PEN_TAG_BLOCK];
    const bool read = cartridge->port->tag_read(cartridge->context, PEN_TAG_MAKER_AT, maker, PEN_TAG_BLOCK);
    if (!read) {
        fail_writing(cartridge, mailbox);
    } else if (memcmp(maker, cartridge->maker, PEN_TAG_BLOCK) != 0) {
        cartridge_begin_reading(cartridge);
    } else if (cartridge->counting || strokes_wanted(cartridge, mailbox)) {
        begin_writing(cartridge, mailbox, cartridge->counting);
    } else {
        cartridge->step = CARTRIDGE_HELD;
    }
}

static bool look_due(cartridge_t *cartridge, const mailbox_t *mailbox)
{
    const bool driving = atomic_load_explicit(&mailbox->driving, memory_order_relaxed) != 0U;
    if (driving || cartridge_now_ms(mailbox) - cartridge->looked_ms < LOOK_MS) {
        return false;
    }
    cartridge->looked_ms = cartridge_now_ms(mailbox);
    return true;
}

void cartridge_held(cartridge_t *cartridge, mailbox_t *mailbox)
{
    const bool use = use_wanted(cartridge, mailbox);
    if (use && mailbox->use.cartridge_id != cartridge->view.id) {
        cartridge_answer_use(mailbox, false); /* changed since the tick looked at it */
    } else if (use || strokes_wanted(cartridge, mailbox) || look_due(cartridge, mailbox)) {
        cartridge->counting = use;
        cartridge->step = CARTRIDGE_RECHECK;
    }
}

void cartridge_seal(cartridge_t *cartridge)
{
    if (hmac_step(&cartridge->job, cartridge->block)) {
        uint8_t digest[SHA256_DIGEST];
        sha256_digest(cartridge->job.state, digest);
        memcpy(cartridge->bytes + PEN_TAG_USE_MAC, digest, PEN_TAG_MAC);
        cartridge->step = CARTRIDGE_WRITE;
    }
}

void cartridge_write(cartridge_t *cartridge, mailbox_t *mailbox)
{
    if (cartridge->port->tag_write(cartridge->context, cartridge_copy_at(cartridge->copy), cartridge->bytes, PEN_TAG_BLOCK)) {
        cartridge->step = CARTRIDGE_VERIFY;
    } else {
        fail_writing(cartridge, mailbox);
    }
}

void cartridge_verify(cartridge_t *cartridge, mailbox_t *mailbox)
{
    uint8_t back[PEN_TAG_BLOCK];
    const bool read = cartridge->port->tag_read(cartridge->context, cartridge_copy_at(cartridge->copy), back, PEN_TAG_BLOCK);
    if (!read || memcmp(back, cartridge->bytes, PEN_TAG_BLOCK) != 0) {
        fail_writing(cartridge, mailbox);
        return;
    }
    memcpy(cartridge->use, cartridge->bytes, PEN_TAG_BLOCK);
    const bool driving = atomic_load_explicit(&mailbox->driving, memory_order_relaxed) != 0U;
    cartridge_note(cartridge->store, cartridge->view.id, cartridge_sequence(cartridge->use), cartridge->counting || !driving);
    cartridge->use_copy = cartridge->copy;
    cartridge->strokes_seen = cartridge->strokes_then;
    cartridge->wrote_ms = cartridge_now_ms(mailbox);
    cartridge->tries = 0U;
    cartridge->step = CARTRIDGE_HELD;
    cartridge_show_use(cartridge);
}
