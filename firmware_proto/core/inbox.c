#include "inbox.h"

#include <string.h>

#include "bytes.h"
#include "link.h"
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

void inbox_push(inbox_t *inbox, uint16_t length)
{
    const unsigned head = atomic_load_explicit(&inbox->head, memory_order_relaxed);
    inbox->slots[head % INBOX_SLOTS].length = length;
    atomic_store_explicit(&inbox->head, head + 1U, memory_order_release);
}

void inbox_release(inbox_t *inbox)
{
    const unsigned tail = atomic_load_explicit(&inbox->tail, memory_order_relaxed);
    atomic_store_explicit(&inbox->tail, tail + 1U, memory_order_release);
    inbox->step = INBOX_IDLE;
}

/* Commands ------------------------------------------------------------------------------------------------- */

static void open_session(link_t *link)
{
    inbox_t *inbox = &link->inbox;
    access_t *access = &link->access;
    const uint32_t now_ms = atomic_load_explicit(&link->mailbox->time_ms, memory_order_relaxed);
    pen_open_session_t asked;
    if (inbox->sealed || !pen_open_session_decode(&asked, inbox->frame + FRAME_HEADER, PEN_OPEN_SESSION_SIZE)) {
        reply_reason(link, PEN_REASON_MALFORMED, 0, 0); /* a session is not opened from inside a session */
    } else if (access_in_use(access, now_ms)) {
        reply_reason(link, PEN_REASON_SESSION_IN_USE, (int32_t)(now_ms - access->active.heartbeat_ms), ACCESS_IN_USE_MS);
    } else if (access_open_again(access, &asked)) {
        reply_session(link);
    } else {
        uint8_t nonce[ACCESS_NONCE];
        link->config->port->entropy(link->config->port_context, nonce, sizeof nonce);
        access_open(access, &asked, nonce);
        inbox->step = INBOX_OPEN;
    }
}

static void heartbeat(link_t *link)
{
    session_t *active = &link->access.active;
    active->heartbeat_heard = true;
    active->heartbeat_ms = atomic_load_explicit(&link->mailbox->time_ms, memory_order_relaxed);
    atomic_fetch_add_explicit(&link->mailbox->heartbeats, 1U, memory_order_relaxed);
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
        link->inbox.step = INBOX_POST;
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
    } else if (!request->open && !inbox->sealed) {
        reply_reason(link, PEN_REASON_NO_SESSION, 0, 0);
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

/* A right seal with an old counter: the same frame once more, or somebody plays back what he heard. */
static void repeat_or_refuse(link_t *link, uint64_t counter, const uint8_t *mac)
{
    const repeat_t *repeat = link->inbox.as_pending ? NULL : access_find_repeat(&link->access, counter, mac);
    if (repeat == NULL) {
        reply_seal_refused(link, PEN_REASON_STALE_COUNTER);
        return;
    }
    link->outbox.again = repeat->length != 0 ? repeat : NULL;
    inbox_release(&link->inbox);
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
    if (inbox->as_pending) {
        activate(link);
    }
    active->heard = counter;
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
        reply_seal_refused(link, PEN_REASON_BAD_MAC);
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
                                 .sequence = bytes_get_u16(slot->bytes + 2)};
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

static void step_idle(link_t *link)
{
    const inbox_t *inbox = &link->inbox;
    const bool waits = atomic_load_explicit(&inbox->head, memory_order_acquire)
                       != atomic_load_explicit(&inbox->tail, memory_order_relaxed);
    if (waits && outbox_answer_free(&link->outbox)) {
        begin(link);
    }
}

/* The answer of a command that the tick has taken. It is encoded before the mailbox is given back. */
static void reply_taken(link_t *link, uint8_t type, const result_t *result, uint64_t time_us)
{
    const mailbox_t *mailbox = link->mailbox;
    if (result->reason != PEN_REASON_NONE) {
        reply_result(link, result, time_us);
        return;
    }
    switch (type) {
    case PEN_TYPE_GET_STATUS:
    case PEN_TYPE_HEARTBEAT: {
        const pen_status_t status = link_status(link);
        reply_status(link, &status);
        break;
    }
    case PEN_TYPE_GET_CARTRIDGE:
        reply_cartridge(link, &mailbox->cartridge);
        break;
    case PEN_TYPE_GET_TRIP:
        reply_trip(link, &mailbox->trip);
        break;
    case PEN_TYPE_GET_SNAPSHOT:
        reply_snapshot(link, &mailbox->snapshot);
        break;
    default:
        reply_result(link, result, time_us);
        break;
    }
}

static void step_wait(link_t *link)
{
    if (!link_executed(link)) {
        return;
    }
    const result_t result = link->mailbox->result;
    reply_taken(link, link->inbox.command.type, &result, link->mailbox->done_time_us);
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
    }
    return false;
}
