/* Throws bytes at the link and watches it; to be built with the address and undefined-behaviour sanitizers.
 *
 * usage: link_fuzz SEED ROUNDS
 *
 * Invariants: every STOP that stands between two zeros is counted, and nothing else is, but for STOPs in another form
 * that were made here too; no poll hashes more than one block; whatever leaves is whole frames with a right CRC-32.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "link_rig.h"
#include "pen_limits.h"

typedef struct {
    uint64_t random;
    uint64_t time_us;
    unsigned stops;
    unsigned frames_out;
    unsigned sealed_in;
    unsigned proved; /* commands that the tick got from a link session */
    uint64_t counter;
    deframer_t deframer;
    uint8_t room[FRAME_MAX];
    rig_t rig;
} fuzz_t;

static fuzz_t fuzz;

static void demand(bool held, const char *what)
{
    if (!held) {
        (void)fprintf(stderr, "link_fuzz: %s\n", what);
        exit(1);
    }
}

static uint32_t draw(uint32_t below)
{
    fuzz.random ^= fuzz.random << 13;
    fuzz.random ^= fuzz.random >> 7;
    fuzz.random ^= fuzz.random << 17;
    return (uint32_t)(fuzz.random >> 32) % below;
}

static void listen(void)
{
    uint8_t bytes[97];
    const size_t n = link_tx(&fuzz.rig.link, bytes, draw(sizeof bytes + 1U));
    for (size_t i = 0; i < n; i++) {
        if (!fuzz.deframer.begun) {
            fuzz.deframer.room = fuzz.room;
        }
        const frame_end_t end = deframer_byte(&fuzz.deframer, bytes[i]);
        demand(end != FRAME_BAD && end != FRAME_IS_STOP, "a frame went out that no host takes");
        fuzz.frames_out += end == FRAME_GOOD;
    }
}

static void let_work(uint32_t polls)
{
    for (uint32_t i = 0; i < polls; i++) {
        const unsigned before = rig_blocks;
        rig_background(&fuzz.rig);
        demand(rig_blocks - before <= 1U, "a poll hashed more than one block");
        fuzz.time_us += 100;
        const uint32_t executed = fuzz.rig.executed;
        if (draw(8) != 0) {
            rig_run_tick(&fuzz.rig, fuzz.time_us);
        }
        if (fuzz.rig.executed != executed) {
            fuzz.proved += fuzz.rig.log[executed % RIG_LOG].session_id != 0U;
        }
        listen();
    }
}

static void send(const uint8_t *bytes, size_t n)
{
    demand(link_rx(&fuzz.rig.link, bytes, n) == n, "bytes were left");
}

static void send_frame(uint8_t *frame, size_t n)
{
    uint8_t wire[FRAME_WIRE_SIZE(FRAME_MAX)];
    size_t length = frame_finish(frame, n, wire);
    if (draw(8) == 0) {
        wire[draw((uint32_t)length)] = (uint8_t)draw(256);
    }
    send((const uint8_t[]){0}, draw(2));
    const size_t half = draw((uint32_t)length + 1U);
    send(wire, half);
    let_work(draw(2));
    send(wire + half, length - half);
}

static void noise(void)
{
    uint8_t bytes[700];
    const size_t n = draw(sizeof bytes + 1U);
    for (size_t i = 0; i < n; i++) {
        bytes[i] = (uint8_t)draw(256);
    }
    send(bytes, n);
}

static void stop(void)
{
    const uint8_t bytes[] = {0x00, 0x03, 0x02, 0x0B, 0x01, 0x05, 0x76, 0xF8, 0x18, 0x87, 0x00};
    send(bytes, sizeof bytes);
    fuzz.stops++;
    demand(atomic_load(&fuzz.rig.mailbox.stops) >= fuzz.stops, "a STOP was not seen at once");
}

enum { LAST_TYPE = PEN_TYPE_CONFIGURE };

static size_t fill(uint8_t *frame, uint8_t type, size_t payload)
{
    frame[0] = draw(16) == 0 ? (uint8_t)draw(256) : PEN_PROTOCOL_VERSION;
    frame[1] = type;
    bytes_put_u16(frame + 2, (uint16_t)draw(65536));
    for (size_t i = 0; i < payload; i++) {
        frame[FRAME_HEADER + i] = (uint8_t)(draw(3) != 0 ? draw(4) : draw(256));
    }
    return FRAME_HEADER + payload;
}

static uint8_t some_type(void)
{
    uint8_t type = (uint8_t)(draw(4) == 0 ? draw(256) : 1U + draw(LAST_TYPE));
    return (type & 0x7FU) == PEN_TYPE_STOP ? PEN_TYPE_IDENTIFY : type;
}

static void unsealed(void)
{
    uint8_t frame[FRAME_MAX];
    const size_t payload = draw(4) == 0 ? draw(FRAME_MAX - FRAME_HEADER - FRAME_CRC) : draw(20);
    send_frame(frame, fill(frame, some_type(), payload));
}

static void open(void)
{
    uint8_t frame[FRAME_MAX];
    const uint8_t limits[] = PEN_LIMITS_HASH_INIT;
    const uint8_t slot = (uint8_t)draw(3);
    pen_open_session_t asked = {.role = (uint8_t)(1U + draw(slot + 1U)), .slot = slot, .messages_hash = PEN_MESSAGES_HASH};
    memcpy(asked.limits_hash, limits, sizeof asked.limits_hash);
    fuzz.rig.store.pairings.slots[slot].role = (uint8_t)(slot + 1U); /* an UNPAIR may have forgotten it */
    if (draw(6) == 0) { /* somebody else's */
        asked.slot = (uint8_t)draw(8);
        asked.messages_hash ^= draw(2);
        asked.limits_hash[draw(8)] ^= (uint8_t)draw(2);
    }
    for (size_t i = 0; i < sizeof asked.host_nonce; i++) {
        asked.host_nonce[i] = (uint8_t)draw(256);
    }
    size_t n = fill(frame, PEN_TYPE_OPEN_SESSION, 0);
    n += pen_open_session_encode(&asked, frame + n);
    send_frame(frame, n);
    let_work(30);
}

/* Sealed with the keys that the link itself has: what an honest or a buggy host sends. */
static void sealed(void)
{
    static const uint8_t SIZES[LAST_TYPE + 1] = {
        0, 0, 0, 0, PEN_OPEN_SESSION_SIZE, 4, 1, 4, 4, 8, 8, 0, 1, 4, 0, 0, 0, PEN_PAIR_SIZE, PEN_UNPAIR_SIZE,
        PEN_BEGIN_VISIT_SIZE, 0, PEN_GET_TRIP_SIZE, PEN_GET_SNAPSHOT_SIZE, PEN_GET_EVENTS_SIZE, PEN_CALIBRATE_SIZE,
        PEN_CONFIGURE_SIZE};
    uint8_t frame[FRAME_MAX];
    uint8_t digest[SHA256_DIGEST];
    hmac_job_t job;
    access_t *access = &fuzz.rig.link.access;
    if (access->active.id == 0 && access->pending.id == 0) {
        open();
    }
    const session_t *session = access->pending.id != 0 && draw(2) == 0 ? &access->pending : &access->active;
    const uint8_t type = some_type();
    const size_t size = draw(8) == 0 || type > LAST_TYPE ? draw(40) : SIZES[type];
    size_t n = fill(frame, type | PEN_TYPE_SEALED, size);
    fuzz.counter += draw(4);
    bytes_put_u64(frame + n, fuzz.counter - (draw(8) == 0 ? draw(12) : 0U));
    n += FRAME_COUNTER;
    hmac_begin(&job, &session->from_host, frame, n);
    while (!hmac_step(&job, sha256_block)) {
    }
    sha256_digest(job.state, digest);
    memcpy(frame + n, digest, FRAME_MAC);
    send_frame(frame, n + FRAME_MAC);
    fuzz.sealed_in++;
}

static void happen(void)
{
    fuzz.rig.held_ms = draw(4) == 0 ? 3000U : 0U;
    fuzz.rig.memory_dead = draw(20) == 0;
    const uint8_t types[] = {PEN_TYPE_EVENT_STATE, PEN_TYPE_EVENT_TRIP, PEN_TYPE_EVENT_WARNING};
    const event_t event = {.type = types[draw(3)], .code = (uint8_t)draw(4), .time_us = fuzz.time_us};
    (void)rig_post_event(&fuzz.rig, &event);
    fuzz.rig.result.reason = (uint8_t)(draw(3) == 0 ? draw(38) : 0U);
}

static void sample(void)
{
    sampled_t sampled = {.time_us = fuzz.time_us, .state = (uint8_t)(2U + draw(2))};
    const uint32_t n = draw(70);
    for (uint32_t i = 0; i < n; i++) {
        sampled.time_us += 1000U * (draw(20) == 0 ? 2U : 1U);
        sampled.sample.bar_um = (int16_t)i;
        (void)rig_post_sample(&fuzz.rig, &sampled);
    }
}

int main(int argc, char **argv)
{
    static void (*const ACTS[])(void) = {noise, stop, unsealed, unsealed, sealed, sealed, sealed, sealed, open, happen, sample};
    const uint8_t key[32] = {7};
    const uint8_t serial[16] = {9};
    demand(argc == 3, "usage: link_fuzz SEED ROUNDS");
    fuzz.random = strtoull(argv[1], NULL, 10) * 0x9E3779B97F4A7C15U + 1U;
    const uint64_t rounds = strtoull(argv[2], NULL, 10);
    rig_setup(&fuzz.rig, key, serial);
    deframer_init(&fuzz.deframer);
    for (uint64_t i = 0; i < rounds; i++) {
        ACTS[draw(sizeof ACTS / sizeof ACTS[0])]();
        let_work(draw(12));
    }
    let_work(4000);
    (void)printf("stops %u %u executed %u frames_out %u bad %u lost %u sealed_in %u opened %u proved %u\n", fuzz.stops,
                 atomic_load(&fuzz.rig.mailbox.stops), fuzz.rig.executed, fuzz.frames_out,
                 atomic_load(&fuzz.rig.link.frames_bad), atomic_load(&fuzz.rig.link.frames_lost), fuzz.sealed_in,
                 fuzz.rig.link.access.last_id, fuzz.proved);
    return 0;
}
