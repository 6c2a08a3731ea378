#include "access.h"

#include <string.h>

#include "bytes.h"

enum { LABEL = 10, PROOF_LABEL = 5 };

enum {
    STEP_FROM_HOST_MAC,
    STEP_FROM_HOST_INNER,
    STEP_FROM_HOST_OUTER,
    STEP_TO_HOST_MAC,
    STEP_TO_HOST_INNER,
    STEP_TO_HOST_OUTER,
    STEP_PROOF,
    STEP_READY
};

void access_init(access_t *access, const uint8_t pairing_key[HMAC_KEY], sha256_block_t *block)
{
    memset(access, 0, sizeof *access);
    hmac_key_inner(&access->pairing, pairing_key, block);
    hmac_key_outer(&access->pairing, pairing_key, block);
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

bool access_in_use(const access_t *access, uint32_t now_ms)
{
    const session_t *active = &access->active;
    return active->id != 0 && active->heartbeat_heard && now_ms - active->heartbeat_ms < ACCESS_IN_USE_MS;
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
    bytes_put_u32(at + 2 * ACCESS_NONCE, access->pending.id);
    hmac_begin(&opening->job, &access->pairing, opening->message, ACCESS_KEY_MESSAGE);
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

bool access_open_again(const access_t *access, const pen_open_session_t *asked)
{
    return access->pending.id != 0 && access->pending.role == asked->role
           && memcmp(access->opening.host_nonce, asked->host_nonce, ACCESS_NONCE) == 0;
}

void access_open(access_t *access, const pen_open_session_t *asked, const uint8_t device_nonce[ACCESS_NONCE])
{
    drop_pending(access);
    access->last_id++;
    if (access->last_id == 0) {
        access->last_id = 1;
    }
    access->pending.id = access->last_id;
    access->pending.role = asked->role;
    memcpy(access->opening.host_nonce, asked->host_nonce, ACCESS_NONCE);
    memcpy(access->opening.device_nonce, device_nonce, ACCESS_NONCE);
    access->opening.step = STEP_FROM_HOST_MAC;
    begin_key(access, "penctl h2d");
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

static void step_proof(opening_t *opening, sha256_block_t *block)
{
    step_mac(opening, block);
    if (opening->step == STEP_READY) {
        memcpy(opening->proof, opening->secret, FRAME_MAC);
        bytes_wipe(opening->secret, sizeof opening->secret);
        bytes_wipe(&opening->job, sizeof opening->job);
    }
}

bool access_open_step(access_t *access, sha256_block_t *block)
{
    opening_t *opening = &access->opening;
    switch (opening->step) {
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
