#include "reply.h"

#include <string.h>

#include "pen_limits.h"
#include "version.h"

/* The payload is in the outbox's answer already. */
static void give(link_t *link, uint8_t type, size_t length)
{
    inbox_t *inbox = &link->inbox;
    answer_t *answer = &link->outbox.answer;
    answer->sealed = inbox->sealed;
    answer->type = type;
    answer->length = (uint8_t)length;
    answer->sequence = inbox->command.sequence;
    link->outbox.keep = inbox->repeat;
    inbox_release(inbox);
}

void reply_result(link_t *link, const result_t *result, uint64_t time_us)
{
    const command_t *command = &link->inbox.command;
    const pen_response_t response = {
        .command = command->type,
        .command_sequence = command->sequence,
        .reason = result->reason,
        .value = result->value,
        .limit = result->limit,
        .device_time_us = time_us,
    };
    give(link, PEN_TYPE_RESPONSE, pen_response_encode(&response, link->outbox.answer.payload));
}

void reply_reason(link_t *link, uint8_t reason, int32_t value, int32_t limit)
{
    const result_t result = {.reason = reason, .value = value, .limit = limit};
    reply_result(link, &result, link_time_us(link));
}

/* A seal that is not right: the answer is unsealed, and most are left out when there are many. */
void reply_seal_refused(link_t *link, uint8_t reason)
{
    inbox_t *inbox = &link->inbox;
    const uint32_t now_ms = atomic_load_explicit(&link->mailbox->time_ms, memory_order_relaxed);
    if (inbox->refused && now_ms - inbox->refused_ms < INBOX_REFUSAL_MS) {
        inbox_release(inbox);
        return;
    }
    inbox->refused = true;
    inbox->refused_ms = now_ms;
    reply_reason(link, reason, 0, 0);
}

void reply_identity(link_t *link)
{
    pen_identity_t identity = {
        .protocol_version = PEN_PROTOCOL_VERSION,
        .firmware_major = PEN_FIRMWARE_MAJOR,
        .firmware_minor = PEN_FIRMWARE_MINOR,
        .firmware_patch = PEN_FIRMWARE_PATCH,
        .test_build = PEN_TEST_BUILD,
        .limits_hash = PEN_LIMITS_HASH_INIT,
        .messages_hash = PEN_MESSAGES_HASH,
        .uptime_us = link_time_us(link),
    };
    memcpy(identity.serial_number, link->config->serial_number, PEN_SERIAL_SIZE);
    give(link, PEN_TYPE_IDENTITY, pen_identity_encode(&identity, link->outbox.answer.payload));
}

void reply_limits(link_t *link)
{
    static const pen_limits_t LIMITS = {.limits_hash = PEN_LIMITS_HASH_INIT, .modes = PEN_MODE_LIMITS_INIT};
    give(link, PEN_TYPE_LIMITS, pen_limits_encode(&LIMITS, link->outbox.answer.payload));
}

void reply_session(link_t *link)
{
    pen_session_t session;
    access_describe(&link->access, link_time_us(link), &session);
    give(link, PEN_TYPE_SESSION, pen_session_encode(&session, link->outbox.answer.payload));
}

void reply_status(link_t *link, const pen_status_t *status)
{
    give(link, PEN_TYPE_STATUS, pen_status_encode(status, link->outbox.answer.payload));
}

void reply_cartridge(link_t *link, const pen_cartridge_t *cartridge)
{
    give(link, PEN_TYPE_CARTRIDGE, pen_cartridge_encode(cartridge, link->outbox.answer.payload));
}

void reply_trip(link_t *link, const pen_trip_t *trip)
{
    give(link, PEN_TYPE_TRIP, pen_trip_encode(trip, link->outbox.answer.payload));
}

void reply_snapshot(link_t *link, const pen_snapshot_t *snapshot)
{
    give(link, PEN_TYPE_SNAPSHOT, pen_snapshot_encode(snapshot, link->outbox.answer.payload));
}
