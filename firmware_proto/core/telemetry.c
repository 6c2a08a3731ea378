#include "telemetry.h"

#include <string.h>

void telemetry_init(telemetry_t *telemetry)
{
    memset(telemetry, 0, sizeof *telemetry);
    telemetry->block.number = 1;
}

static void empty(telemetry_t *telemetry)
{
    telemetry->ready = false;
    telemetry->block.count = 0;
    memset(telemetry->block.samples, 0, sizeof telemetry->block.samples);
}

void telemetry_next(telemetry_t *telemetry)
{
    telemetry->block.number++;
    empty(telemetry);
}

void telemetry_lost(telemetry_t *telemetry)
{
    telemetry->block.dropped++;
}

/* Whether the sample continues the block. The first two samples say the period: the mailbox's own may already be
 * that of later samples. */
static bool belongs(pen_telemetry_t *block, const sampled_t *sampled)
{
    const uint64_t since_us = sampled->time_us - block->first_time_us;
    if (block->state != sampled->state) {
        return false;
    }
    if (block->count == 1) {
        block->period_us = (uint32_t)since_us;
    }
    return since_us == (uint64_t)block->count * block->period_us;
}

static void begin(telemetry_t *telemetry, const sampled_t *sampled, uint32_t period_us, uint32_t now_ms)
{
    telemetry->block.first_time_us = sampled->time_us;
    telemetry->block.period_us = period_us;
    telemetry->block.state = sampled->state;
    telemetry->begun_ms = now_ms;
}

static unsigned waiting(const mailbox_t *mailbox)
{
    return atomic_load_explicit(&mailbox->sample_head, memory_order_acquire)
           - atomic_load_explicit(&mailbox->sample_tail, memory_order_relaxed);
}

/* Takes one sample into the block, or finds that it belongs to the next one. */
static void take(telemetry_t *telemetry, mailbox_t *mailbox, uint32_t now_ms)
{
    const unsigned tail = atomic_load_explicit(&mailbox->sample_tail, memory_order_relaxed);
    const sampled_t *sampled = &mailbox->samples[tail % MAILBOX_SAMPLES];
    pen_telemetry_t *block = &telemetry->block;
    if (block->count == 0) {
        begin(telemetry, sampled, atomic_load(&mailbox->telemetry_period_us), now_ms);
    } else if (!belongs(block, sampled)) {
        telemetry->ready = true;
        return;
    }
    block->samples[block->count++] = sampled->sample;
    telemetry->ready = block->count == PEN_TELEMETRY_SAMPLES;
    atomic_store_explicit(&mailbox->sample_tail, tail + 1U, memory_order_release);
}

void telemetry_collect(telemetry_t *telemetry, mailbox_t *mailbox, uint32_t now_ms)
{
    unsigned backlog = waiting(mailbox);
    if (telemetry->ready && backlog >= TELEMETRY_BACKLOG) {
        telemetry_lost(telemetry);
        telemetry_next(telemetry);
    }
    for (; backlog != 0 && !telemetry->ready; backlog--) {
        take(telemetry, mailbox, now_ms);
    }
    if (telemetry->block.count != 0 && now_ms - telemetry->begun_ms >= TELEMETRY_LATEST_MS) {
        telemetry->ready = true;
    }
}

void telemetry_discard(telemetry_t *telemetry, mailbox_t *mailbox)
{
    atomic_store_explicit(&mailbox->sample_tail, atomic_load_explicit(&mailbox->sample_head, memory_order_acquire),
                          memory_order_release);
    if (telemetry->block.count != 0) {
        empty(telemetry);
    }
}
