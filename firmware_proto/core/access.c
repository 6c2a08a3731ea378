#include "access.h"

#include <string.h>

#include "bytes.h"
#include "pen_device.h"
#include "pen_limits.h"

enum { LABEL = 10, PROOF_LABEL = 5 };

enum {
    STEP_KEY_INNER,
    STEP_KEY_OUTER,
    STEP_FROM_HOST_MAC,
    STEP_FROM_HOST_INNER,
    STEP_FROM_HOST_OUTER,
    STEP_TO_HOST_MAC,
    STEP_TO_HOST_INNER,
    STEP_TO_HOST_OUTER,
    STEP_PROOF,
    STEP_READY
};

enum { WINDOW_MS = PEN_IL27_WINDOW_US / 1000 };

void access_init(access_t *access)
{
    memset(access, 0, sizeof *access);
}

static void drop_pending(access_t *access)
{
    bytes_wipe(&access->pending, sizeof access->pending);
    bytes_wipe(&access->opening, sizeof access->opening);
}

void access_activate(access_t *access)
{
    bytes_wipe(&access->active, sizeof access->active);
    bytes_wipe(access->repeats, sizeof access->repeats);
    access->active = access->pending;
    access->repeat_next = 0;
    drop_pending(access);
}

void access_end(access_t *access)
{
    bytes_wipe(&access->active, sizeof access->active);
    bytes_wipe(access->repeats, sizeof access->repeats);
    access->repeat_next = 0;
    access->bad_count = 0;
    drop_pending(access);
}

bool access_expired(const access_t *access, uint32_t now_ms)
{
    return access->active.id != 0 && now_ms - access->active.valid_ms >= PEN_SESSION_EXPIRY_MS;
}

/* The active session had a heartbeat so recently that nobody may take over. */
static bool in_use(const access_t *access, uint32_t now_ms)
{
    const session_t *active = &access->active;
    return active->id != 0 && active->heartbeat_heard && now_ms - active->heartbeat_ms < ACCESS_IN_USE_MS;
}

void access_age(access_t *access, uint32_t now_ms)
{
    if (!in_use(access, now_ms)) {
        access->active.heartbeat_heard = false;
    }
    if (access->bad_count != 0 && now_ms - access->bad_ms[(access->bad_count - 1U) % PEN_IL27_BAD_COUNT] > WINDOW_MS) {
        access->bad_count = 0;
    }
}

bool access_count_bad(access_t *access, uint32_t now_ms)
{
    if (access->active.id == 0) {
        return false;
    }
    access_age(access, now_ms);
    const uint32_t oldest_ms = access->bad_ms[(access->bad_count + 1U) % PEN_IL27_BAD_COUNT];
    access->bad_ms[access->bad_count % PEN_IL27_BAD_COUNT] = now_ms;
    access->bad_count++;
    return access->bad_count >= PEN_IL27_BAD_COUNT && now_ms - oldest_ms <= WINDOW_MS;
}

/* Opening ---------------------------------------------------------------------------------------------- */

/* label ‖ role ‖ host nonce ‖ device nonce ‖ session id */
static void begin_key(access_t *access, const char label[LABEL + 1])
{
    opening_t *opening = &access->opening;
    uint8_t *at = opening->message;
    memcpy(at, label, LABEL);
    at += LABEL;
    *at++ = access->pending.role;
    memcpy(at, opening->host_nonce, ACCESS_NONCE);
    memcpy(at + ACCESS_NONCE, opening->device_nonce, ACCESS_NONCE);
    bytes_put_u32(at + ACCESS_NONCE + ACCESS_NONCE, access->pending.id);
    hmac_begin(&opening->job, &opening->pairing, opening->message, ACCESS_KEY_MESSAGE);
}

/* "proof" ‖ host nonce ‖ device nonce */
static void begin_proof(access_t *access)
{
    opening_t *opening = &access->opening;
    memcpy(opening->message, "proof", PROOF_LABEL);
    memcpy(opening->message + PROOF_LABEL, opening->host_nonce, ACCESS_NONCE);
    memcpy(opening->message + PROOF_LABEL + ACCESS_NONCE, opening->device_nonce, ACCESS_NONCE);
    hmac_begin(&opening->job, &access->pending.to_host, opening->message, PROOF_LABEL + 2 * ACCESS_NONCE);
}

static bool same_tables(const pen_open_session_t *asked)
{
    static const uint8_t LIMITS_HASH[] = PEN_LIMITS_HASH_INIT;
    return asked->messages_hash == PEN_MESSAGES_HASH
           && memcmp(asked->limits_hash, LIMITS_HASH, sizeof asked->limits_hash) == 0;
}

result_t access_may_open(const access_t *access, const pairings_record_t *pairings, const pen_open_session_t *asked,
                         uint32_t now_ms)
{
    if (in_use(access, now_ms)) {
        const int32_t since_ms = (int32_t)(now_ms - access->active.heartbeat_ms);
        return (result_t){.reason = PEN_REASON_SESSION_IN_USE, .value = since_ms, .limit = ACCESS_IN_USE_MS};
    }
    if (!same_tables(asked)) {
        return (result_t){.reason = PEN_REASON_HOST_MISMATCH};
    }
    if (asked->slot >= RECORDS_PAIRINGS || pairings->slots[asked->slot].role == 0) {
        return (result_t){.reason = PEN_REASON_NOT_PAIRED};
    }
    const uint8_t granted = pairings->slots[asked->slot].role;
    if (asked->role > granted) {
        return (result_t){.reason = PEN_REASON_ROLE, .value = granted, .limit = asked->role};
    }
    return (result_t){.reason = PEN_REASON_NONE};
}

uint8_t access_may_activate(const access_t *access, const pairings_record_t *pairings, uint32_t now_ms)
{
    const session_t *pending = &access->pending;
    if (in_use(access, now_ms) && pending->slot != access->active.slot) { /* a host follows itself, late heartbeats or not */
        return PEN_REASON_SESSION_IN_USE;
    }
    const bool paired = pending->slot < RECORDS_PAIRINGS && pairings->slots[pending->slot].role != 0;
    if (!paired || pending->role > pairings->slots[pending->slot].role) {
        return PEN_REASON_NOT_PAIRED;
    }
    return pending->id != 0 ? PEN_REASON_NONE : PEN_REASON_NO_SESSION;
}

void access_forget_slot(access_t *access, uint8_t slot)
{
    if (access->pending.id != 0 && access->pending.slot == slot) {
        drop_pending(access);
    }
}

void access_expire_pending(access_t *access, uint32_t now_ms)
{
    if (access->pending.id != 0 && now_ms - access->pending.valid_ms >= ACCESS_PENDING_MS) {
        drop_pending(access);
    }
}

bool access_open_again(const access_t *access, const pen_open_session_t *asked)
{
    return access->pending.id != 0 && access->pending.role == asked->role && access->pending.slot == asked->slot
           && memcmp(access->opening.host_nonce, asked->host_nonce, ACCESS_NONCE) == 0;
}

void access_open(access_t *access, const pairings_record_t *pairings, const pen_open_session_t *asked,
                 const uint8_t device_nonce[ACCESS_NONCE], uint32_t now_ms)
{
    drop_pending(access);
    access->last_id++;
    if (access->last_id == 0) {
        access->last_id = 1;
    }
    access->pending.id = access->last_id;
    access->pending.role = asked->role;
    access->pending.slot = asked->slot;
    access->pending.valid_ms = now_ms;
    memcpy(access->opening.host_nonce, asked->host_nonce, ACCESS_NONCE);
    memcpy(access->opening.device_nonce, device_nonce, ACCESS_NONCE);
    memcpy(access->opening.secret, pairings->slots[asked->slot].key, HMAC_KEY);
    access->opening.step = STEP_KEY_INNER;
}

/* One block towards the MAC under way; when it is there, its digest is in `secret` and the next step is due. */
static void step_mac(opening_t *opening, sha256_block_t *block)
{
    if (hmac_step(&opening->job, block)) {
        sha256_digest(opening->job.state, opening->secret);
        opening->step++;
    }
}

static void step_outer(access_t *access, hmac_key_t *key, sha256_block_t *block)
{
    hmac_key_outer(key, access->opening.secret, block);
    access->opening.step++;
    if (access->opening.step == STEP_TO_HOST_MAC) {
        begin_key(access, "penctl d2h");
    } else {
        begin_proof(access);
    }
}

static void step_pairing(access_t *access, sha256_block_t *block)
{
    opening_t *opening = &access->opening;
    if (opening->step == STEP_KEY_INNER) {
        hmac_key_inner(&opening->pairing, opening->secret, block);
    } else {
        hmac_key_outer(&opening->pairing, opening->secret, block);
        begin_key(access, "penctl h2d");
    }
    opening->step++;
}

static void step_proof(opening_t *opening, sha256_block_t *block)
{
    step_mac(opening, block);
    if (opening->step == STEP_READY) {
        memcpy(opening->proof, opening->secret, FRAME_MAC);
        bytes_wipe(opening->secret, sizeof opening->secret);
        bytes_wipe(&opening->pairing, sizeof opening->pairing);
        bytes_wipe(&opening->job, sizeof opening->job);
    }
}

bool access_open_step(access_t *access, sha256_block_t *block)
{
    opening_t *opening = &access->opening;
    switch (opening->step) {
    case STEP_KEY_INNER:
    case STEP_KEY_OUTER:
        step_pairing(access, block);
        break;
    case STEP_FROM_HOST_INNER:
        hmac_key_inner(&access->pending.from_host, opening->secret, block);
        opening->step++;
        break;
    case STEP_TO_HOST_INNER:
        hmac_key_inner(&access->pending.to_host, opening->secret, block);
        opening->step++;
        break;
    case STEP_FROM_HOST_OUTER:
        step_outer(access, &access->pending.from_host, block);
        break;
    case STEP_TO_HOST_OUTER:
        step_outer(access, &access->pending.to_host, block);
        break;
    case STEP_PROOF:
        step_proof(opening, block);
        break;
    case STEP_FROM_HOST_MAC:
    case STEP_TO_HOST_MAC:
        step_mac(opening, block);
        break;
    default:
        break;
    }
    return opening->step == STEP_READY;
}

void access_describe(const access_t *access, uint64_t device_time_us, pen_session_t *session)
{
    memcpy(session->device_nonce, access->opening.device_nonce, ACCESS_NONCE);
    memcpy(session->proof, access->opening.proof, FRAME_MAC);
    session->session_id = access->pending.id;
    session->role = access->pending.role;
    session->device_time_us = device_time_us;
}

/* Repeats ---------------------------------------------------------------------------------------------- */

repeat_t *access_find_repeat(access_t *access, uint64_t counter, const uint8_t mac[FRAME_MAC])
{
    for (unsigned i = 0; i < ACCESS_REPEATS; i++) {
        repeat_t *repeat = &access->repeats[i];
        if (repeat->counter != 0 && repeat->counter == counter && bytes_equal(repeat->mac, mac, FRAME_MAC)) {
            return repeat;
        }
    }
    return NULL;
}

repeat_t *access_remember(access_t *access, uint64_t counter, const uint8_t mac[FRAME_MAC])
{
    repeat_t *repeat = &access->repeats[access->repeat_next];
    access->repeat_next = (access->repeat_next + 1U) % ACCESS_REPEATS;
    memset(repeat, 0, sizeof *repeat);
    repeat->counter = counter;
    memcpy(repeat->mac, mac, FRAME_MAC);
    return repeat;
}
