#include "link_rig.h"

#include <string.h>

#include "provision.h"

unsigned rig_blocks;

static void counted_block(uint32_t state[8], const uint8_t block[64])
{
    rig_blocks++;
    sha256_block(state, block);
}

static void counted_entropy(void *context, uint8_t *out, size_t n)
{
    rig_t *rig = context;
    rig->entropy_calls++;
    for (size_t i = 0; i < n; i++) {
        out[i] = rig->entropy_dead ? 0U : rig->entropy_next++;
    }
}

static bool rig_memory_read(void *context, uint32_t address, uint8_t *out, size_t n)
{
    const rig_t *rig = context;
    if (rig->memory_dead) {
        return false;
    }
    memcpy(out, rig->memory + address, n);
    return true;
}

static bool rig_memory_write(void *context, uint32_t address, const uint8_t *data, size_t n)
{
    rig_t *rig = context;
    if (rig->memory_dead) {
        return false;
    }
    memcpy(rig->memory + address, data, n);
    return true;
}

static const pen_port_t RIG_PORT = {.entropy = counted_entropy,
                                    .sha256_block = counted_block,
                                    .memory_read = rig_memory_read,
                                    .memory_write = rig_memory_write};

static void start(rig_t *rig)
{
    memset(&rig->mailbox, 0, sizeof rig->mailbox);
    store_init(&rig->store, rig->config.port, rig->config.port_context);
    link_init(&rig->link, &rig->mailbox, &rig->config, &rig->store);
}

void rig_setup(rig_t *rig, const uint8_t key[32], const uint8_t serial[16])
{
    memset(rig, 0, sizeof *rig);
    rig->port = RIG_PORT;
    rig->config.port = &rig->port;
    rig->config.port_context = rig;
    rig->entropy_next = 1;
    rig->state = PEN_STATE_STANDBY;
    memcpy(rig->config.serial_number, serial, PEN_SERIAL_SIZE);
    provision_t given = {.home_only = false};
    memcpy(given.serial_number, serial, PEN_SERIAL_SIZE);
    memset(given.codes[0], 'c', RIG_CODE);
    memset(given.codes[1], 's', RIG_CODE);
    for (unsigned i = 0; i < 3; i++) {
        given.pairings[i].role = (uint8_t)(PEN_ROLE_OPERATOR + i);
        memcpy(given.pairings[i].key, key, PEN_KEY_SIZE);
    }
    (void)pen_provision(&RIG_PORT, rig, &given);
    start(rig);
}

void rig_restart(rig_t *rig)
{
    start(rig);
}

void rig_background(rig_t *rig)
{
    (void)link_background(&rig->link);
    store_step(&rig->store);
}

static void execute(rig_t *rig, uint64_t time_us)
{
    mailbox_t *mailbox = &rig->mailbox;
    rig->log[rig->executed % RIG_LOG] = mailbox->command;
    rig->executed++;
    mailbox->result = mailbox->command.type == PEN_TYPE_PAIR ? pairing_permit(rig->state, rig->held_ms) : rig->result;
    mailbox->done_time_us = time_us;
    mailbox->status = (pen_status_t){.device_time_us = time_us,
                                     .state = PEN_STATE_STANDBY,
                                     .mode = PEN_MODE_HOME,
                                     .stroke_count = rig->executed,
                                     .supply_mv = 7400};
    mailbox->cartridge = (pen_cartridge_t){.cartridge_id = 77, .kind = PEN_CARTRIDGE_KIND_HOME, .needles = 12, .stop_um = 250};
    mailbox->trip = (pen_trip_t){.index = (uint8_t)mailbox->command.value, .count = 3, .interlock = 7, .value = -5};
    mailbox->snapshot = (pen_snapshot_t){.index = (uint8_t)mailbox->command.value,
                                         .part = (uint8_t)mailbox->command.second,
                                         .parts = 5,
                                         .count = 8};
    mailbox->snapshot.rows[7].bar_um = 321;
    mailbox->snapshot.rows[7].state = PEN_STATE_RUN;
    atomic_store(&mailbox->command_state, MAILBOX_DONE);
}

void rig_run_tick(rig_t *rig, uint64_t time_us)
{
    atomic_store(&rig->mailbox.time_ms, (unsigned)(time_us / 1000U));
    if (!rig->holding && atomic_load(&rig->mailbox.command_state) == MAILBOX_POSTED) {
        execute(rig, time_us);
    }
}

bool rig_post_event(rig_t *rig, const event_t *event)
{
    mailbox_t *mailbox = &rig->mailbox;
    const unsigned head = atomic_load(&mailbox->event_head);
    if (head - atomic_load(&mailbox->event_tail) >= MAILBOX_EVENTS) {
        atomic_fetch_add(&mailbox->events_lost, 1U);
        return false;
    }
    mailbox->events[head % MAILBOX_EVENTS] = *event;
    atomic_store(&mailbox->event_head, head + 1U);
    return true;
}

bool rig_post_sample(rig_t *rig, const sampled_t *sampled)
{
    mailbox_t *mailbox = &rig->mailbox;
    const unsigned head = atomic_load(&mailbox->sample_head);
    if (head - atomic_load(&mailbox->sample_tail) >= MAILBOX_SAMPLES) {
        atomic_fetch_add(&mailbox->samples_lost, 1U);
        return false;
    }
    mailbox->samples[head % MAILBOX_SAMPLES] = *sampled;
    atomic_store(&mailbox->sample_head, head + 1U);
    return true;
}
