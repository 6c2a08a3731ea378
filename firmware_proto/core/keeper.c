#include "keeper.h"

#include <string.h>

enum {
    CHECK_MS = 500,     /* configuration and calibration in turn: each once a second */
    STROKES_MS = 10000  /* strokes of a long run */
};

void keeper_init(keeper_t *keeper, store_t *store)
{
    *keeper = (keeper_t){.ms = 0U};
    store->counters.boot = store->counters.boot < UINT32_MAX ? store->counters.boot + 1U : UINT32_MAX;
    store_mark(store, STORE_COUNTERS);
}

static void keep_configuration(store_t *store, const pen_config_t *config, const keep_t *keep)
{
    configuration_record_t *record = &store->configuration;
    memcpy(record->serial_number, config->serial_number, PEN_SERIAL_SIZE);
    memcpy(record->depth_max_um, keep->depth_max_um, sizeof record->depth_max_um);
    memcpy(record->rate_max_mhz, keep->rate_max_mhz, sizeof record->rate_max_mhz);
    record->home_only = keep->home_only;
    store_mark(store, STORE_CONFIGURATION);
}

static void take_keep(store_t *store, const pen_config_t *config, mailbox_t *mailbox)
{
    if (atomic_load_explicit(&mailbox->keep_state, memory_order_acquire) != MAILBOX_POSTED) {
        return;
    }
    const keep_t *keep = &mailbox->keep;
    if ((keep->what & KEEP_TRIPS) != 0U) {
        store->trips = keep->trips;
        store_mark(store, STORE_TRIPS);
    }
    if ((keep->what & KEEP_CALIBRATION) != 0U) {
        store->calibration = keep->calibration;
        store_mark(store, STORE_CALIBRATION);
    }
    if ((keep->what & KEEP_CONFIGURATION) != 0U) {
        keep_configuration(store, config, keep);
    }
    if ((keep->what & KEEP_DAY) != 0U) {
        store->counters.latest_day = keep->latest_day;
        store_mark(store, STORE_COUNTERS);
    }
    atomic_store_explicit(&mailbox->keep_state, MAILBOX_EMPTY, memory_order_release);
}

static void count_strokes(keeper_t *keeper, store_t *store, const mailbox_t *mailbox)
{
    const unsigned strokes = atomic_load_explicit(&mailbox->strokes, memory_order_relaxed);
    const bool driving = atomic_load_explicit(&mailbox->driving, memory_order_relaxed) != 0U;
    if (strokes == keeper->strokes_seen || (driving && keeper->ms - keeper->strokes_ms < STROKES_MS)) {
        return;
    }
    const uint32_t more = strokes - keeper->strokes_seen;
    const uint32_t room = UINT32_MAX - store->counters.strokes;
    store->counters.strokes += more < room ? more : room;
    keeper->strokes_seen = strokes;
    keeper->strokes_ms = keeper->ms;
    store_mark(store, STORE_COUNTERS);
}

static unsigned findings(const store_t *store)
{
    return (store_intact(store, STORE_CONFIGURATION) ? 0U : (unsigned)FOUND_CONFIGURATION_DAMAGED)
           | (store_intact(store, STORE_CALIBRATION) ? 0U : (unsigned)FOUND_CALIBRATION_DAMAGED)
           | (store_failed(store) ? (unsigned)FOUND_MEMORY_FAILED : 0U);
}

static void check_records(keeper_t *keeper, store_t *store)
{
    if (keeper->ms - keeper->configuration_ms < CHECK_MS) {
        return;
    }
    keeper->configuration_ms = keeper->ms;
    keeper->checked = keeper->checked == (uint8_t)STORE_CONFIGURATION ? (uint8_t)STORE_CALIBRATION : (uint8_t)STORE_CONFIGURATION;
    store_check(store, (store_kind_t)keeper->checked);
}

/* What has failed once stays failed: the trip's reset is a power-off. */
static void check_controller(const pen_config_t *config, mailbox_t *mailbox)
{
    if (config->port->self_check != NULL && atomic_load_explicit(&mailbox->self_check, memory_order_relaxed) == 0U) {
        atomic_store_explicit(&mailbox->self_check, config->port->self_check(config->port_context), memory_order_relaxed);
    }
}

void keeper_background(keeper_t *keeper, store_t *store, const pen_config_t *config, mailbox_t *mailbox)
{
    const uint32_t now_ms = atomic_load_explicit(&mailbox->time_ms, memory_order_relaxed);
    store_step(store);
    if (now_ms == keeper->ms) {
        return;
    }
    keeper->ms = now_ms;
    check_controller(config, mailbox);
    take_keep(store, config, mailbox);
    count_strokes(keeper, store, mailbox);
    check_records(keeper, store);
    atomic_store_explicit(&mailbox->found, findings(store), memory_order_relaxed);
}
