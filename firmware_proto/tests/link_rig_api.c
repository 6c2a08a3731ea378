/* The rig for Python's ctypes: plain numbers and pointers. */
#include <string.h>

#include "link_rig.h"

int64_t rig_size(void);
void rig_init(rig_t *rig, const uint8_t *key, const uint8_t *serial);
int64_t rig_rx(rig_t *rig, const uint8_t *bytes, int64_t n);
int64_t rig_tx(rig_t *rig, uint8_t *bytes, int64_t room);
int64_t rig_poll(rig_t *rig);
void rig_tick(rig_t *rig, int64_t time_us);
void rig_power(rig_t *rig);
void rig_hash(rig_t *rig, sha256_block_t *block);
void rig_button(rig_t *rig, int64_t held_ms, int64_t state);
void rig_dead_memory(rig_t *rig, int64_t dead);
void rig_dead_entropy(rig_t *rig, int64_t dead);
void rig_pairing(const rig_t *rig, int64_t slot, uint8_t out[49], int64_t numbers[2]);
void rig_narrow(rig_t *rig, int64_t depth_um, int64_t rate_mhz);
void rig_lie(rig_t *rig, int64_t at);
void rig_power(rig_t *rig)
{
    rig_restart(rig);
}

/* Power off and on with a port that hashes by itself, or, with NULL, has no hardware for it. */
void rig_hash(rig_t *rig, sha256_block_t *block)
{
    rig->port.sha256_block = block;
    rig_restart(rig);
}

void rig_button(rig_t *rig, int64_t held_ms, int64_t state)
{
    rig->held_ms = (uint32_t)held_ms;
    rig->state = (uint8_t)state;
}

void rig_dead_memory(rig_t *rig, int64_t dead)
{
    rig->memory_dead = dead != 0;
}

void rig_dead_entropy(rig_t *rig, int64_t dead)
{
    rig->entropy_dead = dead != 0;
}

/* Role, key and name of a pairing; the wrong codes so far, and whether anything is still to be written. */
void rig_pairing(const rig_t *rig, int64_t slot, uint8_t out[49], int64_t numbers[2])
{
    const kept_pairing_t *from = &rig->store.pairings.slots[slot];
    out[0] = from->role;
    memcpy(out + 1, from->key, PEN_KEY_SIZE);
    memcpy(out + 1 + PEN_KEY_SIZE, from->name, RECORDS_NAME);
    numbers[0] = rig->store.counters.wrong_codes;
    numbers[1] = !store_idle(&rig->store);
}

/* The configuration narrows the limits of HOME. */
void rig_narrow(rig_t *rig, int64_t depth_um, int64_t rate_mhz)
{
    rig->store.configuration.depth_max_um[0] = (int32_t)depth_um;
    rig->store.configuration.rate_max_mhz[0] = (int32_t)rate_mhz;
    store_mark(&rig->store, STORE_CONFIGURATION);
}

/* A byte of the memory turns over. */
void rig_lie(rig_t *rig, int64_t at)
{
    rig->memory[at] ^= 0x20;
}

void rig_answer(rig_t *rig, int64_t reason, int64_t value, int64_t limit);
void rig_hold(rig_t *rig, int64_t holding);
int64_t rig_event(rig_t *rig, int64_t type, int64_t code, int64_t value, int64_t time_us);
int64_t rig_sample(rig_t *rig, int64_t time_us, int64_t state, int64_t bar_um, int64_t period_us);
void rig_next_session(rig_t *rig, int64_t nonce_start, int64_t session_id);
void rig_seen(const rig_t *rig, int64_t out[9]);
void rig_executed(const rig_t *rig, int64_t index, int64_t out[7]);
void rig_deframe(const uint8_t *bytes, int64_t n, uint8_t *out, int64_t *lengths, int64_t counts[3]);

int64_t rig_size(void)
{
    return (int64_t)sizeof(rig_t);
}

void rig_init(rig_t *rig, const uint8_t *key, const uint8_t *serial)
{
    rig_setup(rig, key, serial);
}

int64_t rig_rx(rig_t *rig, const uint8_t *bytes, int64_t n)
{
    return (int64_t)link_rx(&rig->link, bytes, (size_t)n);
}

int64_t rig_tx(rig_t *rig, uint8_t *bytes, int64_t room)
{
    return (int64_t)link_tx(&rig->link, bytes, (size_t)room);
}

/* One poll; how many blocks it hashed. */
int64_t rig_poll(rig_t *rig)
{
    const unsigned before = rig_blocks;
    rig_background(rig);
    return (int64_t)(rig_blocks - before);
}

void rig_tick(rig_t *rig, int64_t time_us)
{
    rig_run_tick(rig, (uint64_t)time_us);
}

void rig_answer(rig_t *rig, int64_t reason, int64_t value, int64_t limit)
{
    rig->result = (result_t){.reason = (uint8_t)reason, .value = (int32_t)value, .limit = (int32_t)limit};
}

void rig_hold(rig_t *rig, int64_t holding)
{
    rig->holding = holding != 0;
}

int64_t rig_event(rig_t *rig, int64_t type, int64_t code, int64_t value, int64_t time_us)
{
    const event_t event = {.type = (uint8_t)type,
                           .code = (uint8_t)code,
                           .previous = PEN_STATE_READY,
                           .mode = PEN_MODE_CLINICAL,
                           .cause = 26,
                           .input = PEN_INPUT_HEARTBEAT,
                           .stop = PEN_STOP_KIND_C1,
                           .value = (int32_t)value,
                           .limit = -5,
                           .time_us = (uint64_t)time_us};
    return rig_post_event(rig, &event);
}

int64_t rig_sample(rig_t *rig, int64_t time_us, int64_t state, int64_t bar_um, int64_t period_us)
{
    sampled_t sampled = {.time_us = (uint64_t)time_us, .state = (uint8_t)state};
    sampled.sample.bar_um = (int16_t)bar_um;
    sampled.sample.rate_mhz = 110000;
    sampled.sample.duty_q15 = -32767;
    sampled.sample.flags = PEN_FLAGS_CONTACT;
    atomic_store(&rig->mailbox.telemetry_period_us, (unsigned)period_us);
    return rig_post_sample(rig, &sampled);
}

/* The next link session that is opened has this number, and a device nonce of bytes that count up from the start. */
void rig_next_session(rig_t *rig, int64_t nonce_start, int64_t session_id)
{
    rig->entropy_next = (uint8_t)nonce_start;
    rig->link.access.last_id = (uint32_t)session_id - 1U;
}

void rig_seen(const rig_t *rig, int64_t out[9])
{
    out[0] = atomic_load(&rig->mailbox.stops);
    out[1] = atomic_load(&rig->mailbox.heartbeats);
    out[2] = atomic_load(&rig->mailbox.session_id);
    out[3] = atomic_load(&rig->mailbox.command_state);
    out[4] = atomic_load(&rig->link.frames_bad);
    out[5] = atomic_load(&rig->link.frames_lost);
    out[6] = rig->executed;
    out[7] = rig->link.inbox.step;
    out[8] = rig->entropy_calls;
}

void rig_executed(const rig_t *rig, int64_t index, int64_t out[7])
{
    const command_t *command = &rig->log[index % RIG_LOG];
    out[0] = command->type;
    out[1] = command->role;
    out[2] = command->sequence;
    out[3] = command->session_id;
    out[4] = command->value;
    out[5] = (int64_t)command->device_time_us;
    out[6] = command->stops;
}

/* Good frames one behind the other in `out`, their lengths in `lengths`; counts: good, bad, STOP. */
void rig_deframe(const uint8_t *bytes, int64_t n, uint8_t *out, int64_t *lengths, int64_t counts[3])
{
    deframer_t deframer;
    deframer_init(&deframer);
    counts[0] = 0;
    counts[1] = 0;
    counts[2] = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!deframer.begun) {
            deframer.room = out;
        }
        const uint16_t length = deframer.length;
        const frame_end_t end = deframer_byte(&deframer, bytes[i]);
        if (end == FRAME_GOOD) {
            lengths[counts[0]++] = length;
            out += length;
        }
        counts[1] += end == FRAME_BAD;
        counts[2] += end == FRAME_IS_STOP;
    }
}
