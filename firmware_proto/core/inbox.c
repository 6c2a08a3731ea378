#include "inbox.h"

#include <string.h>

#include "bytes.h"
#include "link.h"
#include "pen_io.h"
#include "reply.h"
#include "requests.h"

void inbox_init(inbox_t *inbox)
{
    memset(inbox, 0, sizeof *inbox);
}

/* Slots ---------------------------------------------------------------------------------------------------- */

uint8_t *inbox_room(inbox_t *inbox)
{
    const unsigned head = atomic_load_explicit(&inbox->head, memory_order_relaxed);
    if (head - atomic_load_explicit(&inbox->tail, memory_order_acquire) >= INBOX_SLOTS) {
        return NULL;
    }
    return inbox->slots[head % INBOX_SLOTS].bytes;
}

void inbox_push(inbox_t *inbox, uint16_t length, uint32_t stops)
{
    const unsigned head = atomic_load_explicit(&inbox->head, memory_order_relaxed);
    inbox->slots[head % INBOX_SLOTS].length = length;
    inbox->slots[head % INBOX_SLOTS].stops = stops;
    atomic_store_explicit(&inbox->head, head + 1U, memory_order_release);
}

void inbox_release(inbox_t *inbox)
{
    const unsigned tail = atomic_load_explicit(&inbox->tail, memory_order_relaxed);
    atomic_store_explicit(&inbox->tail, tail + 1U, memory_order_release);
    inbox->step = INBOX_IDLE;
}

/* Commands ------------------------------------------------------------------------------------------------- */

static uint32_t now(const link_t *link)
{
    return atomic_load_explicit(&link->mailbox->time_ms, memory_order_relaxed);
}

static void open_session(link_t *link)
{
    inbox_t *inbox = &link->inbox;
    access_t *access = &link->access;
    const pairings_record_t *pairings = &link->store->pairings;
    pen_open_session_t asked;
    if (inbox->sealed || !pen_open_session_decode(&asked, inbox->frame + FRAME_HEADER, PEN_OPEN_SESSION_SIZE)) {
        reply_reason(link, PEN_REASON_MALFORMED, 0, 0); /* a session is not opened from inside a session */
        return;
    }
    const result_t result = access_may_open(access, pairings, &asked, now(link));
    if (result.reason != PEN_REASON_NONE) {
        reply_result(link, &result, link_time_us(link));
    } else if (access_open_again(access, &asked)) {
        reply_session(link);
    } else {
        uint8_t nonce[ACCESS_NONCE] = {0};
        link->config->port->entropy(link->config->port_context, nonce, sizeof nonce);
        if (bytes_all_same(nonce, sizeof nonce)) {
            reply_reason(link, PEN_REASON_SELF_TEST_NOT_PASSED, PEN_SELF_TEST_CHECK_CONTROLLER, 0);
            return;
        }
        access_open(access, pairings, &asked, nonce, now(link));
        inbox->step = INBOX_OPEN;
    }
}

static void heartbeat(link_t *link)
{
    session_t *active = &link->access.active;
    active->heartbeat_heard = true;
    active->heartbeat_ms = now(link);
    atomic_fetch_add_explicit(&link->mailbox->heartbeats, 1U, memory_order_relaxed);
    link->inbox.step = INBOX_POST;
}

/* A repeat of the PAIR that was done just now gets its answer again; any other goes to the tick first. */
static void pair(link_t *link)
{
    inbox_t *inbox = &link->inbox;
    pen_pair_t asked;
    if (pen_pair_decode(&asked, inbox->frame + FRAME_HEADER, PEN_PAIR_SIZE)
        && pairing_again(&inbox->pairing, &asked, inbox->command.sequence, now(link))) {
        reply_paired(link);
        return;
    }
    inbox->step = INBOX_POST;
}

/* The pairing in this slot is forgotten or another one now: what it opened is over when its last answer has left. */
static void forget_slot(link_t *link, uint8_t slot)
{
    const session_t *active = &link->access.active;
    access_forget_slot(&link->access, slot);
    link->closing = link->closing || (active->id != 0 && active->slot == slot);
}

static void unpair(link_t *link)
{
    const uint8_t slot = (uint8_t)link->inbox.command.value;
    pairing_t *pairing = &link->inbox.pairing;
    const result_t result = pairing_forget(link->store, slot, link->inbox.command.role);
    if (result.reason == PEN_REASON_NONE) {
        forget_slot(link, slot);
        pairing->done = pairing->done && pairing->slot != slot;
    }
    reply_result(link, &result, link_time_us(link));
}

static void get_events(link_t *link)
{
    const command_t *command = &link->inbox.command;
    journal_t *journal = &link->outbox.journal;
    if (journal_ask(journal, (uint32_t)command->value, (uint32_t)command->second)) {
        reply_reason(link, PEN_REASON_NONE, 0, 0);
    } else {
        reply_reason(link, PEN_REASON_NO_SUCH_ENTRY, command->value, journal_kept(journal));
    }
}

static void act(link_t *link)
{
    switch (link->inbox.command.type) {
    case PEN_TYPE_IDENTIFY:
        reply_identity(link);
        break;
    case PEN_TYPE_GET_LIMITS:
        reply_limits(link);
        break;
    case PEN_TYPE_OPEN_SESSION:
        open_session(link);
        break;
    case PEN_TYPE_HEARTBEAT:
        heartbeat(link);
        break;
    case PEN_TYPE_PAIR:
        pair(link);
        break;
    case PEN_TYPE_UNPAIR:
        unpair(link);
        break;
    case PEN_TYPE_GET_EVENTS:
        get_events(link);
        break;
    default:
        link->inbox.step = INBOX_POST;
        break;
    }
}

/* `n` bytes of payload; the seal, if there is one, is proved. */
static void dispatch(link_t *link, size_t n)
{
    inbox_t *inbox = &link->inbox;
    const request_t *request = requests_find(inbox->command.type);
    if (request == NULL) {
        reply_reason(link, PEN_REASON_UNKNOWN_COMMAND, inbox->command.type, 0);
    } else if (request->role != 0 && !inbox->sealed) {
        reply_reason(link, PEN_REASON_NO_SESSION, 0, 0);
    } else if (inbox->command.role < request->role) {
        reply_reason(link, PEN_REASON_ROLE, inbox->command.role, request->role);
    } else if (!request->decode(&inbox->command, inbox->frame + FRAME_HEADER, n)) {
        reply_reason(link, PEN_REASON_MALFORMED, 0, 0);
    } else {
        act(link);
    }
}

/* Seals ---------------------------------------------------------------------------------------------------- */

static void prove_with(inbox_t *inbox, const session_t *session, bool as_pending)
{
    inbox->as_pending = as_pending;
    inbox->step = INBOX_VERIFY;
    hmac_begin(&inbox->job, &session->from_host, inbox->frame, (size_t)(inbox->length - FRAME_MAC));
}

static void begin_sealed(link_t *link)
{
    const access_t *access = &link->access;
    if (link->inbox.length < FRAME_SEALED_SHORTEST - FRAME_CRC) {
        reply_reason(link, PEN_REASON_MALFORMED, 0, 0);
    } else if (access->active.id != 0) {
        prove_with(&link->inbox, &access->active, false);
    } else if (access->pending.id != 0) {
        prove_with(&link->inbox, &access->pending, true);
    } else {
        reply_seal_refused(link, PEN_REASON_NO_SESSION);
    }
}

static void activate(link_t *link)
{
    access_activate(&link->access);
    outbox_session_changed(&link->outbox);
    atomic_store_explicit(&link->mailbox->session_id, link->access.active.id, memory_order_relaxed);
}

/* IL-27: many of them in a second end the link session. */
static void refuse_seal(link_t *link, uint8_t reason)
{
    const bool too_many = access_count_bad(&link->access, now(link));
    reply_seal_refused(link, reason);
    if (too_many) {
        link_drop_session(link);
    }
}

/* A right seal with an old counter: the same frame once more, or somebody plays back what he heard. */
static void repeat_or_refuse(link_t *link, uint64_t counter, const uint8_t *mac)
{
    const repeat_t *repeat = link->inbox.as_pending ? NULL : access_find_repeat(&link->access, counter, mac);
    if (repeat == NULL) {
        refuse_seal(link, PEN_REASON_STALE_COUNTER);
        return;
    }
    link->outbox.again = repeat->length != 0 ? repeat : NULL;
    inbox_release(&link->inbox);
}

/* The first valid frame of the pending session. One that is refused does not come back: its counter has been heard. */
static bool take_over(link_t *link, uint64_t counter)
{
    access_t *access = &link->access;
    const uint8_t reason = access_may_activate(access, &link->store->pairings, now(link));
    if (reason != PEN_REASON_NONE) {
        access->pending.heard = counter;
        reply_seal_refused(link, reason);
        return false;
    }
    activate(link);
    return true;
}

static void accept_seal(link_t *link, const uint8_t *mac)
{
    inbox_t *inbox = &link->inbox;
    session_t *active = &link->access.active;
    const session_t *session = inbox->as_pending ? &link->access.pending : active;
    const uint64_t counter = bytes_get_u64(mac - FRAME_COUNTER);
    if (counter <= session->heard) {
        repeat_or_refuse(link, counter, mac);
        return;
    }
    if (inbox->as_pending && !take_over(link, counter)) {
        return;
    }
    active->heard = counter;
    active->valid_ms = now(link);
    inbox->sealed = true;
    inbox->repeat = access_remember(&link->access, counter, mac);
    inbox->command.role = active->role;
    inbox->command.session_id = active->id;
    dispatch(link, (size_t)(inbox->length - FRAME_HEADER - FRAME_COUNTER - FRAME_MAC));
}

static void step_verify(link_t *link)
{
    inbox_t *inbox = &link->inbox;
    const uint8_t *mac = inbox->frame + inbox->length - FRAME_MAC;
    uint8_t digest[SHA256_DIGEST];
    if (!hmac_step(&inbox->job, link->block)) {
        return;
    }
    sha256_digest(inbox->job.state, digest);
    if (bytes_equal(digest, mac, FRAME_MAC)) {
        accept_seal(link, mac);
    } else if (!inbox->as_pending && link->access.pending.id != 0) {
        prove_with(inbox, &link->access.pending, true);
    } else {
        refuse_seal(link, PEN_REASON_BAD_MAC);
    }
}

/* Steps ---------------------------------------------------------------------------------------------------- */

static void begin(link_t *link)
{
    inbox_t *inbox = &link->inbox;
    const slot_t *slot = &inbox->slots[atomic_load_explicit(&inbox->tail, memory_order_relaxed) % INBOX_SLOTS];
    inbox->frame = slot->bytes;
    inbox->length = (uint16_t)(slot->length - FRAME_CRC);
    inbox->sealed = false;
    inbox->repeat = NULL;
    inbox->command = (command_t){.type = slot->bytes[1] & (uint8_t)~PEN_TYPE_SEALED,
                                 .sequence = bytes_get_u16(slot->bytes + 2),
                                 .stops = slot->stops};
    if (inbox->command.type == PEN_TYPE_STOP) { /* a STOP in another form stops, too: it is the safe direction */
        atomic_fetch_add_explicit(&link->mailbox->stops, 1U, memory_order_relaxed);
        inbox_release(inbox);
    } else if (slot->bytes[0] != PEN_PROTOCOL_VERSION) {
        reply_reason(link, PEN_REASON_VERSION, slot->bytes[0], PEN_PROTOCOL_VERSION);
    } else if ((slot->bytes[1] & PEN_TYPE_SEALED) != 0) {
        begin_sealed(link);
    } else {
        dispatch(link, (size_t)(inbox->length - FRAME_HEADER));
    }
}

/* Nothing is begun in a link session that is over as soon as its last answer has left. */
static void step_idle(link_t *link)
{
    const inbox_t *inbox = &link->inbox;
    const bool waits = atomic_load_explicit(&inbox->head, memory_order_acquire)
                       != atomic_load_explicit(&inbox->tail, memory_order_relaxed);
    if (waits && !link->closing && outbox_answer_free(&link->outbox)) {
        begin(link);
    }
}

/* The tick let PAIR through. */
static void begin_pairing(link_t *link)
{
    inbox_t *inbox = &link->inbox;
    pen_pair_t asked;
    if (!pen_pair_decode(&asked, inbox->frame + FRAME_HEADER, PEN_PAIR_SIZE)) {
        reply_reason(link, PEN_REASON_MALFORMED, 0, 0);
        return;
    }
    pairing_begin(&inbox->pairing, link->store, &asked);
    inbox->step = INBOX_PAIR;
}

static void step_pair(link_t *link)
{
    pairing_t *pairing = &link->inbox.pairing;
    if (!pairing_step(pairing, link->store, link->config, link->block)) {
        return;
    }
    if (pairing_changed(pairing)) {
        forget_slot(link, pairing->slot);
    }
    if (pairing->result.reason != PEN_REASON_NONE) {
        reply_result(link, &pairing->result, link_time_us(link));
        return;
    }
    pairing->sequence = link->inbox.command.sequence;
    pairing->done_ms = now(link);
    reply_paired(link);
}

static void step_wait(link_t *link)
{
    if (!link_executed(link)) {
        return;
    }
    const uint8_t type = link->inbox.command.type;
    const bool pairs = type == PEN_TYPE_PAIR && link->mailbox->result.reason == PEN_REASON_NONE;
    if (pairs) {
        begin_pairing(link);
    } else {
        reply_executed(link);
    }
    link_take_back(link);
}

bool inbox_step(link_t *link)
{
    inbox_t *inbox = &link->inbox;
    switch (inbox->step) {
    case INBOX_IDLE:
        step_idle(link);
        return false;
    case INBOX_VERIFY:
        step_verify(link);
        return true;
    case INBOX_OPEN:
        if (access_open_step(&link->access, link->block)) {
            reply_session(link);
        }
        return true;
    case INBOX_POST:
        if (link_post(link, &inbox->command)) {
            inbox->step = INBOX_WAIT;
        }
        return false;
    case INBOX_WAIT:
        step_wait(link);
        return false;
    case INBOX_PAIR:
        step_pair(link);
        return true;
    }
    return false;
}
