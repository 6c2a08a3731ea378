#include "link_rig.h"

#include <string.h>

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
        out[i] = rig->entropy_next++;
    }
}

static const pen_port_t RIG_PORT = {.entropy = counted_entropy, .sha256_block = counted_block};

void rig_setup(rig_t *rig, const uint8_t key[32], const uint8_t serial[16])
{
    memset(rig, 0, sizeof *rig);
    rig->config.port = &RIG_PORT;
    rig->config.port_context = rig;
    rig->entropy_next = 1;
    memcpy(rig->config.pairing_key, key, PEN_KEY_SIZE);
    memcpy(rig->config.serial_number, serial, PEN_SERIAL_SIZE);
    link_init(&rig->link, &rig->mailbox, &rig->config);
}

static void execute(rig_t *rig, uint64_t time_us)
{
    mailbox_t *mailbox = &rig->mailbox;
    rig->log[rig->executed % RIG_LOG] = mailbox->command;
    rig->executed++;
    mailbox->result = rig->result;
    mailbox->done_time_us = time_us;
    mailbox->status = (pen_status_t){.device_time_us = time_us,
                                     .state = PEN_STATE_STANDBY,
                                     .mode = PEN_MODE_HOME,
                                     .stroke_count = rig->executed,
                                     .supply_mv = 7400};
    mailbox->cartridge = (pen_cartridge_t){.cartridge_id = 77, .kind = PEN_CARTRIDGE_KIND_HOME, .needles = 12, .stop_um = 250};
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
