#include "outbox.h"

#include <string.h>

#include "bytes.h"

void outbox_init(outbox_t *outbox)
{
    memset(outbox, 0, sizeof *outbox);
    wires_init(&outbox->wires);
    journal_init(&outbox->journal);
    telemetry_init(&outbox->telemetry);
}

bool outbox_idle(const outbox_t *outbox, const access_t *access, const mailbox_t *mailbox, uint32_t now_ms)
{
    if (outbox->sending != SENDING_NOTHING || !outbox_answer_free(outbox)
        || !telemetry_idle(&outbox->telemetry, mailbox, now_ms) || journal_event_waits(mailbox)) {
        return false;
    }
    uint32_t number;
    return access->active.id == 0 || journal_to_send(&outbox->journal, &number) == NULL;
}

/* Building a frame -------------------------------------------------------------------------------------- */

static void put_header(uint8_t *frame, uint8_t type, uint16_t sequence)
{
    frame[0] = PEN_PROTOCOL_VERSION;
    frame[1] = type;
    bytes_put_u16(frame + 2, sequence);
}

/* The payload lies in the frame; adds header and counter and makes the seal ready to be hashed. */
static void begin_sealed(outbox_t *outbox, session_t *session, uint8_t type, uint16_t sequence, size_t payload)
{
    put_header(outbox->frame, type | PEN_TYPE_SEALED, sequence);
    session->said++;
    bytes_put_u64(outbox->frame + FRAME_HEADER + payload, session->said);
    outbox->length = (uint16_t)(FRAME_HEADER + payload + FRAME_COUNTER);
    outbox->sealing = true;
    outbox->session_id = session->id;
    hmac_begin(&outbox->job, &session->to_host, outbox->frame, outbox->length);
}

static void begin_answer(outbox_t *outbox, session_t *session)
{
    const answer_t *answer = &outbox->answer;
    memcpy(outbox->frame + FRAME_HEADER, answer->payload, answer->length);
    outbox->sending = SENDING_ANSWER;
    if (answer->sealed) {
        begin_sealed(outbox, session, answer->type, answer->sequence, answer->length);
        return;
    }
    put_header(outbox->frame, answer->type, answer->sequence);
    outbox->length = (uint16_t)(FRAME_HEADER + answer->length);
    outbox->sealing = false;
}

static void begin_again(outbox_t *outbox)
{
    memcpy(outbox->frame, outbox->again->answer, outbox->again->length);
    outbox->length = outbox->again->length;
    outbox->sending = SENDING_ANSWER;
    outbox->sealing = false;
}

static size_t encode_state(const event_t *event, uint32_t number, uint8_t *out)
{
    const pen_event_state_t message = {
        .number = number,
        .time_us = event->time_us,
        .state = event->code,
        .previous = event->previous,
        .mode = event->mode,
        .cause = event->cause,
    };
    return pen_event_state_encode(&message, out);
}

static size_t encode_trip(const event_t *event, uint32_t number, uint8_t *out)
{
    const pen_event_trip_t message = {
        .number = number,
        .time_us = event->time_us,
        .interlock = event->code,
        .input = event->input,
        .stop = event->stop,
        .value = event->value,
        .limit = event->limit,
        .latched = event->latched,
    };
    return pen_event_trip_encode(&message, out);
}

static size_t encode_warning(const event_t *event, uint32_t number, uint8_t *out)
{
    const pen_event_warning_t message = {
        .number = number,
        .time_us = event->time_us,
        .warning = event->code,
        .value = event->value,
        .limit = event->limit,
    };
    return pen_event_warning_encode(&message, out);
}

static void begin_event(outbox_t *outbox, session_t *session, const event_t *event)
{
    uint8_t *payload = outbox->frame + FRAME_HEADER;
    const uint32_t number = outbox->number;
    size_t length = 0;
    outbox->sending = SENDING_EVENT;
    if (event->type == PEN_TYPE_EVENT_STATE) {
        length = encode_state(event, number, payload);
    } else if (event->type == PEN_TYPE_EVENT_TRIP) {
        length = encode_trip(event, number, payload);
    } else {
        length = encode_warning(event, number, payload);
    }
    begin_sealed(outbox, session, event->type, (uint16_t)number, length);
}

static void begin_telemetry(outbox_t *outbox, session_t *session)
{
    const pen_telemetry_t *block = &outbox->telemetry.block;
    const size_t length = pen_telemetry_encode(block, outbox->frame + FRAME_HEADER);
    outbox->sending = SENDING_TELEMETRY;
    begin_sealed(outbox, session, PEN_TYPE_TELEMETRY, (uint16_t)block->number, length);
    telemetry_next(&outbox->telemetry);
}

static void begin_next(outbox_t *outbox, session_t *session)
{
    if (outbox->answer.type != 0) {
        begin_answer(outbox, session);
        return;
    }
    if (outbox->again != NULL) {
        begin_again(outbox);
        return;
    }
    if (session->id == 0) {
        return;
    }
    const event_t *event = journal_to_send(&outbox->journal, &outbox->number);
    if (event != NULL) {
        begin_event(outbox, session, event);
    } else if (outbox->telemetry.ready) {
        begin_telemetry(outbox, session);
    }
}

/* Finishing a frame ------------------------------------------------------------------------------------- */

/* The frame is on its way: what it was made of is done with. */
static void let_go(outbox_t *outbox)
{
    switch (outbox->sending) {
    case SENDING_ANSWER:
        outbox->answer.type = 0;
        outbox->again = NULL;
        break;
    case SENDING_EVENT:
        journal_sent(&outbox->journal, outbox->number);
        break;
    case SENDING_TELEMETRY:
    case SENDING_NOTHING:
        break;
    }
    outbox->sending = SENDING_NOTHING;
}

static void append_mac(outbox_t *outbox)
{
    uint8_t digest[SHA256_DIGEST];
    sha256_digest(outbox->job.state, digest);
    memcpy(outbox->frame + outbox->length, digest, FRAME_MAC);
    outbox->length = (uint16_t)(outbox->length + FRAME_MAC);
    outbox->sealing = false;
    if (outbox->sending == SENDING_ANSWER) {
        memcpy(outbox->keep->answer, outbox->frame, outbox->length);
        outbox->keep->length = (uint8_t)outbox->length;
    }
}

static void collect(outbox_t *outbox, const access_t *access, mailbox_t *mailbox)
{
    journal_collect(&outbox->journal, mailbox);
    if (access->active.id == 0) {
        telemetry_discard(&outbox->telemetry, mailbox);
    } else {
        telemetry_collect(&outbox->telemetry, mailbox, atomic_load(&mailbox->time_ms));
    }
}

bool outbox_step(outbox_t *outbox, access_t *access, mailbox_t *mailbox, sha256_block_t *block, bool may_hash)
{
    collect(outbox, access, mailbox);
    if (outbox->sending == SENDING_NOTHING && !wires_full(&outbox->wires)) {
        begin_next(outbox, &access->active);
    }
    if (outbox->sending == SENDING_NOTHING || (outbox->sealing && !may_hash)) {
        return false;
    }
    const bool hashed = outbox->sealing;
    if (hashed) {
        if (!hmac_step(&outbox->job, block)) {
            return true;
        }
        append_mac(outbox);
    }
    wires_put(&outbox->wires, outbox->frame, outbox->length);
    let_go(outbox);
    return hashed;
}

void outbox_session_changed(outbox_t *outbox)
{
    const bool cut = outbox->sending != SENDING_NOTHING && outbox->sealing;
    if (cut && outbox->sending == SENDING_TELEMETRY) {
        telemetry_lost(&outbox->telemetry);
    }
    if (cut) { /* an event stays in the journal and keeps its number */
        outbox->sending = SENDING_NOTHING;
        bytes_wipe(&outbox->job, sizeof outbox->job);
    }
}

void outbox_put_stop_status(outbox_t *outbox, const pen_status_t *status)
{
    uint8_t frame[WIRES_URGENT_DECODED];
    put_header(frame, PEN_TYPE_STATUS, 0);
    wires_put_urgent(&outbox->wires, frame, FRAME_HEADER + pen_status_encode(status, frame + FRAME_HEADER));
}
