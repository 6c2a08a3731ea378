#include "cartridge.h"

#include <string.h>

#include "bytes.h"

enum {
    TRIES = CARTRIDGE_TRIES,
    RETRY_MS = 20,          /* between two tries when the tag does not answer or is no good */
    UNKNOWN_RETRY_MS = 500  /* it may have been put in slowly */
};

void cartridge_init(cartridge_t *cartridge, const pen_config_t *config, sha256_block_t *block, store_t *store)
{
    *cartridge = (cartridge_t){.port = config->port, .context = config->port_context, .block = block, .store = store};
    hmac_key_inner(&cartridge->key, config->tag_key, block);
    hmac_key_outer(&cartridge->key, config->tag_key, block);
}

uint32_t cartridge_now_ms(const mailbox_t *mailbox)
{
    return atomic_load_explicit(&mailbox->time_ms, memory_order_relaxed);
}

unsigned cartridge_strokes(const mailbox_t *mailbox)
{
    return atomic_load_explicit(&mailbox->strokes, memory_order_relaxed);
}

static void show(cartridge_t *cartridge, tag_state_t state)
{
    if (state != TAG_GENUINE) {
        cartridge->view = (tag_view_t){.state = state};
    }
    cartridge->view.state = state;
    cartridge->told = false;
}

/* A use that the tick waits for is answered; `written` only when it stands on the tag. */
void cartridge_answer_use(mailbox_t *mailbox, bool written)
{
    if (atomic_load_explicit(&mailbox->use_state, memory_order_acquire) == MAILBOX_POSTED) {
        mailbox->use_written = written;
        atomic_store_explicit(&mailbox->use_state, MAILBOX_DONE, memory_order_release);
    }
}

/* Reading ------------------------------------------------------------------------------------------------ */

void cartridge_begin_reading(cartridge_t *cartridge)
{
    cartridge->step = CARTRIDGE_READ_MAKER;
    cartridge->use_valid = false;
    cartridge->counting = false;
    show(cartridge, TAG_READING);
}

/* The tag did not answer, or something on it is not right: a few tries, then it counts as unknown. */
static void try_again(cartridge_t *cartridge, const mailbox_t *mailbox)
{
    cartridge->tried_ms = cartridge_now_ms(mailbox);
    cartridge->tries++;
    if (cartridge->tries < TRIES) {
        cartridge->step = CARTRIDGE_READ_MAKER;
        return;
    }
    cartridge->step = CARTRIDGE_UNKNOWN;
    show(cartridge, TAG_UNKNOWN);
}

bool cartridge_resting(const cartridge_t *cartridge, const mailbox_t *mailbox, uint32_t pause_ms)
{
    return cartridge->tries != 0U && cartridge_now_ms(mailbox) - cartridge->tried_ms < pause_ms;
}

static void read_maker(cartridge_t *cartridge, const mailbox_t *mailbox)
{
    if (cartridge_resting(cartridge, mailbox, RETRY_MS)) {
        return;
    }
    if (!cartridge->port->tag_read(cartridge->context, PEN_TAG_MAKER_AT, cartridge->maker, PEN_TAG_BLOCK)) {
        try_again(cartridge, mailbox);
        return;
    }
    cartridge->use_valid = false;
    cartridge->step = CARTRIDGE_PROVE_MAKER;
    hmac_begin(&cartridge->job, &cartridge->key, cartridge->maker, PEN_TAG_SIGNED);
}

/* One block; true when the MAC is there, and then `right` says whether it is the block's. */
static bool prove(cartridge_t *cartridge, const uint8_t *mac, bool *right)
{
    uint8_t digest[SHA256_DIGEST];
    if (!hmac_step(&cartridge->job, cartridge->block)) {
        return false;
    }
    sha256_digest(cartridge->job.state, digest);
    *right = bytes_equal(digest, mac, PEN_TAG_MAC);
    return true;
}

static bool known(const uint8_t *maker)
{
    const uint8_t kind = maker[PEN_TAG_MAKER_KIND];
    return bytes_get_u32(maker + PEN_TAG_MAKER_MAGIC) == PEN_TAG_MAGIC && maker[PEN_TAG_MAKER_VERSION] == PEN_TAG_VERSION
           && (kind == PEN_CARTRIDGE_KIND_HOME || kind == PEN_CARTRIDGE_KIND_CLINICAL)
           && bytes_get_u32(maker + PEN_TAG_MAKER_ID) != 0U;
}

static void prove_maker(cartridge_t *cartridge, const mailbox_t *mailbox)
{
    bool right = false;
    if (!prove(cartridge, cartridge->maker + PEN_TAG_MAKER_MAC, &right)) {
        return;
    }
    if (right && known(cartridge->maker)) {
        cartridge->copy = 0U;
        cartridge->step = CARTRIDGE_READ_USE;
    } else {
        try_again(cartridge, mailbox);
    }
}

uint32_t cartridge_copy_at(uint8_t copy)
{
    return copy == 0U ? PEN_TAG_USE_A_AT : PEN_TAG_USE_B_AT;
}

/* The MAC of a use block covers the maker's MAC before it: a use belongs to one cartridge. */
void cartridge_begin_use_mac(cartridge_t *cartridge)
{
    memcpy(cartridge->message, cartridge->maker + PEN_TAG_MAKER_MAC, PEN_TAG_MAC);
    memcpy(cartridge->message + PEN_TAG_MAC, cartridge->bytes, PEN_TAG_SIGNED);
    hmac_begin(&cartridge->job, &cartridge->key, cartridge->message, sizeof cartridge->message);
}

static void read_use(cartridge_t *cartridge, const mailbox_t *mailbox)
{
    if (!cartridge->port->tag_read(cartridge->context, cartridge_copy_at(cartridge->copy), cartridge->bytes, PEN_TAG_BLOCK)) {
        try_again(cartridge, mailbox);
        return;
    }
    cartridge->step = CARTRIDGE_PROVE_USE;
    cartridge_begin_use_mac(cartridge);
}

uint32_t cartridge_sequence(const uint8_t *use)
{
    return bytes_get_u32(use + PEN_TAG_USE_SEQUENCE);
}

void cartridge_show_use(cartridge_t *cartridge)
{
    tag_view_t *view = &cartridge->view;
    view->uses = bytes_get_u16(cartridge->use + PEN_TAG_USE_USES);
    view->first_day = bytes_get_u16(cartridge->use + PEN_TAG_USE_FIRST_DAY);
    view->last_day = bytes_get_u16(cartridge->use + PEN_TAG_USE_LAST_DAY);
    view->strokes = bytes_get_u32(cartridge->use + PEN_TAG_USE_STROKES);
    memcpy(view->visit_id, cartridge->use + PEN_TAG_USE_VISIT_ID, sizeof view->visit_id);
    memcpy(view->person, cartridge->use + PEN_TAG_USE_PERSON, sizeof view->person);
    show(cartridge, TAG_GENUINE);
}

static void hold(cartridge_t *cartridge, const mailbox_t *mailbox)
{
    const uint8_t *maker = cartridge->maker;
    cartridge->view.id = bytes_get_u32(maker + PEN_TAG_MAKER_ID);
    cartridge->view.kind = maker[PEN_TAG_MAKER_KIND];
    cartridge->view.needles = maker[PEN_TAG_MAKER_NEEDLES];
    cartridge->view.stop_um = bytes_get_u16(maker + PEN_TAG_MAKER_STOP_UM);
    cartridge->view.length_um = bytes_get_u16(maker + PEN_TAG_MAKER_LENGTH_UM);
    cartridge->view.sterile_until_day = bytes_get_u16(maker + PEN_TAG_MAKER_STERILE_UNTIL_DAY);
    cartridge_show_use(cartridge);
    if (cartridge->view.id != cartridge->last_id) { /* the same one again still owes what was not written yet */
        cartridge->last_id = cartridge->view.id;
        cartridge->strokes_seen = cartridge_strokes(mailbox);
    }
    cartridge->tries = 0U;
    cartridge->step = CARTRIDGE_HELD;
}

/* One of the two is valid, and it is no older than what this pen itself has written to this cartridge. */
static bool use_counts(const cartridge_t *cartridge)
{
    const uint32_t id = bytes_get_u32(cartridge->maker + PEN_TAG_MAKER_ID);
    return cartridge->use_valid && !cartridge_put_back(cartridge->store, id, cartridge_sequence(cartridge->use));
}

static void prove_use(cartridge_t *cartridge, const mailbox_t *mailbox)
{
    bool right = false;
    if (!prove(cartridge, cartridge->bytes + PEN_TAG_USE_MAC, &right)) {
        return;
    }
    const bool newer = !cartridge->use_valid || cartridge_sequence(cartridge->bytes) > cartridge_sequence(cartridge->use);
    if (right && newer) {
        memcpy(cartridge->use, cartridge->bytes, PEN_TAG_BLOCK);
        cartridge->use_copy = cartridge->copy;
        cartridge->use_valid = true;
    }
    if (cartridge->copy == 0U) {
        cartridge->copy = 1U;
        cartridge->step = CARTRIDGE_READ_USE;
    } else if (use_counts(cartridge)) {
        hold(cartridge, mailbox);
    } else {
        try_again(cartridge, mailbox);
    }
}

/* Steps -------------------------------------------------------------------------------------------------- */

/* The answer to a use waits until the tick has been shown the tag as it now is. */
static void tell(cartridge_t *cartridge, mailbox_t *mailbox)
{
    if (!cartridge->told && atomic_load_explicit(&mailbox->tag_posted, memory_order_acquire) == 0U) {
        mailbox->tag = cartridge->view;
        atomic_store_explicit(&mailbox->tag_posted, 1U, memory_order_release);
        cartridge->told = true;
    }
    if (cartridge->told && cartridge->counting && cartridge->step == CARTRIDGE_HELD) {
        cartridge->counting = false;
        cartridge_answer_use(mailbox, true);
    }
}

static bool hashes(const cartridge_t *cartridge)
{
    return cartridge->step == CARTRIDGE_PROVE_MAKER || cartridge->step == CARTRIDGE_PROVE_USE
           || cartridge->step == CARTRIDGE_SEAL;
}

static void leave(cartridge_t *cartridge)
{
    cartridge->tries = 0U;
    cartridge->counting = false;
    if (cartridge->step != CARTRIDGE_ABSENT || cartridge->view.state != TAG_NONE) {
        cartridge->step = CARTRIDGE_ABSENT;
        show(cartridge, TAG_NONE);
    }
}

static void look_again(cartridge_t *cartridge, const mailbox_t *mailbox)
{
    if (!cartridge_resting(cartridge, mailbox, UNKNOWN_RETRY_MS)) {
        cartridge->tries = TRIES - 1U;
        cartridge->step = CARTRIDGE_READ_MAKER;
        cartridge->tried_ms = cartridge_now_ms(mailbox) - RETRY_MS;
    }
}

static void step(cartridge_t *cartridge, mailbox_t *mailbox)
{
    switch (cartridge->step) {
    case CARTRIDGE_ABSENT:
        cartridge_begin_reading(cartridge);
        break;
    case CARTRIDGE_READ_MAKER:
        read_maker(cartridge, mailbox);
        break;
    case CARTRIDGE_PROVE_MAKER:
        prove_maker(cartridge, mailbox);
        break;
    case CARTRIDGE_READ_USE:
        read_use(cartridge, mailbox);
        break;
    case CARTRIDGE_PROVE_USE:
        prove_use(cartridge, mailbox);
        break;
    case CARTRIDGE_HELD:
        cartridge_held(cartridge, mailbox);
        break;
    case CARTRIDGE_RECHECK:
        cartridge_recheck(cartridge, mailbox);
        break;
    case CARTRIDGE_SEAL:
        cartridge_seal(cartridge);
        break;
    case CARTRIDGE_WRITE:
        cartridge_write(cartridge, mailbox);
        break;
    case CARTRIDGE_VERIFY:
        cartridge_verify(cartridge, mailbox);
        break;
    case CARTRIDGE_UNKNOWN:
        look_again(cartridge, mailbox);
        break;
    }
}

static bool writable(const cartridge_t *cartridge)
{
    return cartridge->step >= CARTRIDGE_HELD && cartridge->step <= CARTRIDGE_VERIFY;
}

void cartridge_background(cartridge_t *cartridge, mailbox_t *mailbox, bool may_hash)
{
    const bool here = cartridge->port->tag_read != NULL && cartridge->port->tag_write != NULL
                      && atomic_load_explicit(&mailbox->tag_here, memory_order_relaxed) != 0U;
    if (!here) {
        leave(cartridge);
    } else if (may_hash || !hashes(cartridge)) {
        step(cartridge, mailbox);
    }
    if (!writable(cartridge)) { /* nothing to write a use on */
        cartridge_answer_use(mailbox, false);
    }
    tell(cartridge, mailbox);
}
