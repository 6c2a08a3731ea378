#include "reply.h"

#include <string.h>

#include "bytes.h"
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
    const pen_config_t *config = link->config;
    pen_identity_t identity = {
        .protocol_version = PEN_PROTOCOL_VERSION,
        .firmware_major = PEN_FIRMWARE_MAJOR,
        .firmware_minor = PEN_FIRMWARE_MINOR,
        .firmware_patch = PEN_FIRMWARE_PATCH,
        .test_build = config->test_build ? 1U : PEN_TEST_BUILD,
        .limits_hash = PEN_LIMITS_HASH_INIT,
        .messages_hash = PEN_MESSAGES_HASH,
        .uptime_us = link_time_us(link),
        .home_only = link->store->configuration.home_only ? 1U : 0U,
        .restart_cause = config->restart_cause,
        .boot = link->store->counters.boot,
    };
    memcpy(identity.serial_number, config->serial_number, PEN_SERIAL_SIZE);
    give(link, PEN_TYPE_IDENTITY, pen_identity_encode(&identity, link->outbox.answer.payload));
}

static int32_t narrower(int32_t hard, int32_t stored)
{
    return stored < hard ? stored : hard;
}

/* The effective limits: the hard ones, narrowed by the configuration where that is valid. */
void reply_limits(link_t *link)
{
    pen_limits_t limits = {.limits_hash = PEN_LIMITS_HASH_INIT, .modes = PEN_MODE_LIMITS_INIT};
    const configuration_record_t *stored = &link->store->configuration;
    if (store_intact(link->store, STORE_CONFIGURATION)) {
        for (unsigned i = 0; i < RECORDS_MODES; i++) {
            limits.modes[i].depth_max_um = narrower(limits.modes[i].depth_max_um, stored->depth_max_um[i]);
            limits.modes[i].rate_max_mhz = narrower(limits.modes[i].rate_max_mhz, stored->rate_max_mhz[i]);
        }
    }
    give(link, PEN_TYPE_LIMITS, pen_limits_encode(&limits, link->outbox.answer.payload));
}

void reply_session(link_t *link)
{
    pen_session_t session;
    access_describe(&link->access, link_time_us(link), &session);
    give(link, PEN_TYPE_SESSION, pen_session_encode(&session, link->outbox.answer.payload));
}

void reply_paired(link_t *link)
{
    const uint8_t slot = link->inbox.pairing.slot;
    pen_paired_t paired = {.slot = slot, .role = link->store->pairings.slots[slot].role};
    memcpy(paired.key, link->store->pairings.slots[slot].key, PEN_KEY_SIZE);
    give(link, PEN_TYPE_PAIRED, pen_paired_encode(&paired, link->outbox.answer.payload));
    bytes_wipe(&paired, sizeof paired);
}

void reply_executed(link_t *link)
{
    const mailbox_t *mailbox = link->mailbox;
    uint8_t *payload = link->outbox.answer.payload;
    if (mailbox->result.reason != PEN_REASON_NONE) {
        reply_result(link, &mailbox->result, mailbox->done_time_us);
        return;
    }
    switch (link->inbox.command.type) {
    case PEN_TYPE_GET_STATUS:
    case PEN_TYPE_HEARTBEAT: {
        const pen_status_t status = link_status(link);
        give(link, PEN_TYPE_STATUS, pen_status_encode(&status, payload));
        break;
    }
    case PEN_TYPE_GET_CARTRIDGE:
        give(link, PEN_TYPE_CARTRIDGE, pen_cartridge_encode(&mailbox->cartridge, payload));
        break;
    case PEN_TYPE_GET_TRIP:
        give(link, PEN_TYPE_TRIP, pen_trip_encode(&mailbox->trip, payload));
        break;
    case PEN_TYPE_GET_SNAPSHOT:
        give(link, PEN_TYPE_SNAPSHOT, pen_snapshot_encode(&mailbox->snapshot, payload));
        break;
    default:
        reply_result(link, &mailbox->result, mailbox->done_time_us);
        break;
    }
}
