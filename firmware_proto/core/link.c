#include "link.h"

#include <string.h>

void link_init(link_t *link, mailbox_t *mailbox, const pen_config_t *config, store_t *store)
{
    memset(link, 0, sizeof *link);
    link->mailbox = mailbox;
    link->config = config;
    link->store = store;
    link->block = config->port->sha256_block != NULL ? config->port->sha256_block : sha256_block;
    deframer_init(&link->deframer);
    inbox_init(&link->inbox);
    outbox_init(&link->outbox);
    access_init(&link->access);
}

/* The mailbox --------------------------------------------------------------------------------------------- */

bool link_post(link_t *link, const command_t *command)
{
    mailbox_t *mailbox = link->mailbox;
    if (atomic_load_explicit(&mailbox->command_state, memory_order_acquire) != MAILBOX_EMPTY) {
        return false;
    }
    mailbox->command = *command;
    atomic_store_explicit(&mailbox->command_state, MAILBOX_POSTED, memory_order_release);
    return true;
}

bool link_executed(const link_t *link)
{
    return atomic_load_explicit(&link->mailbox->command_state, memory_order_acquire) == MAILBOX_DONE;
}

void link_take_back(link_t *link)
{
    atomic_store_explicit(&link->mailbox->command_state, MAILBOX_EMPTY, memory_order_release);
}

pen_status_t link_status(const link_t *link)
{
    pen_status_t status = link->mailbox->status;
    status.events_next = link->outbox.journal.next;
    status.frames_bad = atomic_load_explicit(&link->frames_bad, memory_order_relaxed);
    status.frames_lost = atomic_load_explicit(&link->frames_lost, memory_order_relaxed);
    return status;
}

uint64_t link_time_us(const link_t *link)
{
    return (((uint64_t)link->wraps << 32) + link->last_ms) * 1000U;
}

/* Bytes ---------------------------------------------------------------------------------------------------- */

static void count_one(atomic_uint *counter)
{
    atomic_fetch_add_explicit(counter, 1U, memory_order_relaxed);
}

static void end_frame(link_t *link, frame_end_t end, const uint8_t *room, uint16_t length)
{
    if (end == FRAME_IS_STOP) {
        count_one(&link->mailbox->stops);
    } else if (end == FRAME_BAD) {
        count_one(&link->frames_bad);
    } else if (room == NULL) {
        count_one(&link->frames_lost);
    } else {
        inbox_push(&link->inbox, length, atomic_load_explicit(&link->mailbox->stops, memory_order_relaxed));
    }
}

size_t link_rx(link_t *link, const uint8_t *bytes, size_t n)
{
    deframer_t *deframer = &link->deframer;
    for (size_t i = 0; i < n; i++) {
        if (!deframer->begun) {
            deframer->room = inbox_room(&link->inbox);
        }
        const uint8_t *room = deframer->room;
        const uint16_t length = deframer->length;
        const frame_end_t end = deframer_byte(deframer, bytes[i]);
        if (end != FRAME_MORE) {
            end_frame(link, end, room, length);
        }
    }
    return n;
}

size_t link_tx(link_t *link, uint8_t *bytes, size_t room)
{
    return wires_read(&link->outbox.wires, bytes, room);
}

/* Background ----------------------------------------------------------------------------------------------- */

static unsigned stops_seen(const link_t *link)
{
    return atomic_load_explicit(&link->mailbox->stops, memory_order_relaxed);
}

static bool stop_status_due(const link_t *link, uint32_t now_ms)
{
    return stops_seen(link) != link->stops_told && !wires_urgent_full(&link->outbox.wires)
           && (!link->stop_answered || now_ms - link->stop_told_ms >= LINK_STOP_STATUS_MS);
}

static void post_stop_status(link_t *link)
{
    const command_t get_status = {.type = PEN_TYPE_GET_STATUS};
    link->stops_posted = stops_seen(link);
    link->stop_posted = link_post(link, &get_status);
}

static void send_stop_status(link_t *link, uint32_t now_ms)
{
    const pen_status_t status = link_status(link);
    link_take_back(link);
    outbox_put_stop_status(&link->outbox, &status);
    link->stop_posted = false;
    link->stop_answered = true;
    link->stop_told_ms = now_ms;
    link->stops_told = link->stops_posted;
}

/* Comes before the inbox in a poll, so that it is the next to have the mailbox. */
static void stop_step(link_t *link, uint32_t now_ms)
{
    if (link->stop_posted) {
        if (link_executed(link)) {
            send_stop_status(link, now_ms);
        }
    } else if (stop_status_due(link, now_ms)) {
        post_stop_status(link);
    }
}

/* The link session ---------------------------------------------------------------------------------------- */

static void end_session(link_t *link)
{
    access_end(&link->access);
    outbox_session_changed(&link->outbox);
    atomic_store_explicit(&link->mailbox->session_id, 0U, memory_order_relaxed);
    link->closing = false;
}

void link_drop_session(link_t *link)
{
    end_session(link);
    journal_warn(&link->outbox.journal, PEN_WARNING_SESSION_DROPPED, PEN_IL27_BAD_COUNT, PEN_IL27_WINDOW_US,
                 link_time_us(link));
}

/* Only between two frames: no answer is left without the keys that are to seal it. */
static void end_session_when_due(link_t *link, uint32_t now_ms)
{
    const bool due = link->closing || access_expired(&link->access, now_ms);
    if (due && link->inbox.step == INBOX_IDLE && outbox_answer_free(&link->outbox)) {
        end_session(link);
    }
}

/* Polls ---------------------------------------------------------------------------------------------------- */

static void keep_time(link_t *link, uint32_t now_ms)
{
    if (now_ms == link->last_ms) {
        return;
    }
    if (now_ms < link->last_ms) {
        link->wraps++;
        link->inbox.refused = false;
        link->stop_answered = false;
        link->inbox.pairing.done = false;
    }
    link->last_ms = now_ms;
    access_age(&link->access, now_ms);
    end_session_when_due(link, now_ms);
    if (link->inbox.step == INBOX_IDLE) {
        access_expire_pending(&link->access, now_ms);
    }
}

static bool idle(const link_t *link, uint32_t now_ms)
{
    return inbox_idle(&link->inbox) && stops_seen(link) == link->stops_told
           && outbox_idle(&link->outbox, &link->access, link->mailbox, now_ms);
}

bool link_background(link_t *link)
{
    const uint32_t now_ms = atomic_load_explicit(&link->mailbox->time_ms, memory_order_relaxed);
    keep_time(link, now_ms);
    if (idle(link, now_ms)) {
        return false;
    }
    stop_step(link, now_ms);
    const bool hashed = inbox_step(link);
    if (link->access.active.id != 0) {
        journal_tell_lost(&link->outbox.journal, link->mailbox, link_time_us(link));
    }
    return outbox_step(&link->outbox, &link->access, link->mailbox, link->block, !hashed) || hashed;
}
