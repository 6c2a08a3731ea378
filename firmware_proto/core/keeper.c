#include "keeper.h"

#include <string.h>

#include "pairing.h"

enum {
    CHECK_MS = 500,     /* configuration and calibration in turn: each once a second */
    STROKES_MS = 10000  /* strokes of a long run */
};

/* A record that the factory wrote and of which no copy is whole any more. What has never been written is not lost. */
static uint8_t lost_bit(const store_t *store, store_kind_t kind)
{
    bool written = false;
    for (unsigned other = 0; other < STORE_RECORDS; other++) {
        written = written || store_intact(store, (store_kind_t)other);
    }
    return (uint8_t)(written && !store_intact(store, kind) ? 1U << kind : 0U);
}

static bool lost(const keeper_t *keeper, store_kind_t kind)
{
    return (keeper->lost & 1U << kind) != 0U;
}

/* Counters that are lost are not written from RAM until the service has seen it: they would be made up, and the loss
 * forgotten. */
static void mark_counters(const keeper_t *keeper, store_t *store)
{
    if (!lost(keeper, STORE_COUNTERS)) {
        store_mark(store, STORE_COUNTERS);
    }
}

/* Trips are written always, for a latch has to outlive power-off; the record says itself that those before it are lost. */
static void keep_trips(const keeper_t *keeper, store_t *store, const trips_record_t *trips)
{
    store->trips = *trips;
    store->trips.follows_lost = lost(keeper, STORE_TRIPS);
    store_mark(store, STORE_TRIPS);
}

/* In doubt the stricter: all tries of pairing codes are used up, and neither a date nor a stroke count before that of
 * the calibration is taken. */
static void doubt_counters(store_t *store)
{
    store->counters.wrong_codes = PAIRING_TRIES;
    store->counters.latest_day = store->calibration.day;
    store->counters.strokes = store->calibration.strokes;
}

void keeper_init(keeper_t *keeper, store_t *store)
{
    *keeper = (keeper_t){.lost = (uint8_t)(lost_bit(store, STORE_TRIPS) | lost_bit(store, STORE_COUNTERS))};
    if (store->trips.follows_lost) {
        keeper->lost = (uint8_t)(keeper->lost | 1U << STORE_TRIPS);
    }
    if (lost(keeper, STORE_COUNTERS)) {
        doubt_counters(store);
    }
    store->counters.boot = store->counters.boot < UINT32_MAX ? store->counters.boot + 1U : UINT32_MAX;
    mark_counters(keeper, store);
}

/* The service has written the settings anew: what was lost begins again. */
static void begin_again(keeper_t *keeper, store_t *store)
{
    for (unsigned kind = 0; kind < STORE_RECORDS; kind++) {
        if (lost(keeper, (store_kind_t)kind)) {
            store_mark(store, (store_kind_t)kind);
        }
    }
    keeper->lost = 0U;
    store->trips.follows_lost = false;
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

static void take_keep(keeper_t *keeper, store_t *store, const pen_config_t *config, mailbox_t *mailbox)
{
    if (atomic_load_explicit(&mailbox->keep_state, memory_order_acquire) != MAILBOX_POSTED) {
        return;
    }
    const keep_t *given = &mailbox->keep;
    if ((given->what & KEEP_TRIPS) != 0U) {
        keep_trips(keeper, store, &given->trips);
    }
    if ((given->what & KEEP_CALIBRATION) != 0U) {
        store->calibration = given->calibration;
        store_mark(store, STORE_CALIBRATION);
    }
    if ((given->what & KEEP_CONFIGURATION) != 0U) {
        keep_configuration(store, config, given);
        begin_again(keeper, store);
    }
    if ((given->what & KEEP_DAY) != 0U) {
        store->counters.latest_day = given->latest_day;
        mark_counters(keeper, store);
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
    mark_counters(keeper, store);
}

static unsigned findings(const keeper_t *keeper, const store_t *store)
{
    return (store_intact(store, STORE_CONFIGURATION) && keeper->lost == 0U ? 0U : (unsigned)FOUND_CONFIGURATION_DAMAGED)
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
    take_keep(keeper, store, config, mailbox);
    count_strokes(keeper, store, mailbox);
    check_records(keeper, store);
    atomic_store_explicit(&mailbox->found, findings(keeper, store), memory_order_relaxed);
}
