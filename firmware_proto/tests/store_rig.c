/* The store with a memory that the test can cut, damage and silence, as functions for ctypes. */
#include <string.h>

#include "bytes.h"
#include "provision.h"
#include "record_layout.h"
#include "store.h"

enum { REST_OLD, REST_DAMAGED, ALL_DAMAGED, END_FIRST };

typedef struct {
    store_t store;
    uint8_t memory[PEN_MEMORY_SIZE];
    int64_t left;     /* bytes that still reach the memory, -1 = all */
    int64_t cut_mode; /* what the write that is cut leaves */
    int64_t dead;     /* 1 no answer, 2 keeps nothing */
    int64_t off;      /* power has gone */
    int64_t deaf_in;  /* reads that are answered before those that are not */
    int64_t deaf;     /* reads that are not answered then */
    uint32_t bad;     /* 256 bytes that keep nothing that is written to them */
    uint32_t mute;    /* 256 bytes that are never read */
    uint32_t calls;
    uint32_t longest;
    uint32_t random;
} rig_t;

static uint8_t damage(rig_t *rig)
{
    rig->random = rig->random * 1664525U + 1013904223U;
    return (uint8_t)(rig->random >> 24);
}

static void note(rig_t *rig, size_t n)
{
    rig->calls++;
    rig->longest = n > rig->longest ? (uint32_t)n : rig->longest;
}

static bool rig_read(void *context, uint32_t address, uint8_t *out, size_t n)
{
    rig_t *rig = context;
    note(rig, n);
    if (rig->off != 0 || rig->dead == 1 || address + n > PEN_MEMORY_SIZE || address / STORE_COPY_SIZE == rig->mute) {
        return false;
    }
    if (rig->deaf_in > 0) {
        rig->deaf_in--;
    } else if (rig->deaf > 0) {
        rig->deaf--;
        return false;
    }
    memcpy(out, rig->memory + address, n);
    return true;
}

static void write_cut(rig_t *rig, uint8_t *to, const uint8_t *data, size_t n)
{
    const size_t done = (size_t)rig->left;
    for (size_t i = 0; i < n; i++) {
        const bool reached = rig->cut_mode == END_FIRST ? i >= n - done : i < done;
        if (rig->cut_mode == ALL_DAMAGED || (!reached && rig->cut_mode == REST_DAMAGED)) {
            to[i] = damage(rig);
        } else if (reached) {
            to[i] = data[i];
        }
    }
    rig->off = 1;
}

static bool rig_write(void *context, uint32_t address, const uint8_t *data, size_t n)
{
    rig_t *rig = context;
    note(rig, n);
    if (rig->off != 0 || rig->dead == 1 || address + n > PEN_MEMORY_SIZE) {
        return false;
    }
    if (rig->dead == 2 || address / STORE_COPY_SIZE == rig->bad) {
        return true;
    }
    if (rig->left >= 0 && (size_t)rig->left < n) {
        write_cut(rig, rig->memory + address, data, n);
        return false;
    }
    rig->left -= rig->left >= 0 ? (int64_t)n : 0;
    memcpy(rig->memory + address, data, n);
    return true;
}

static const pen_port_t PORT = {.memory_read = rig_read, .memory_write = rig_write};
static const pen_port_t NO_MEMORY = {.memory_read = NULL};

int64_t store_rig_size(void)
{
    return (int64_t)sizeof(rig_t);
}

uint8_t *store_rig_memory(rig_t *rig)
{
    return rig->memory;
}

void store_rig_power_on(rig_t *rig, int64_t hooks)
{
    rig->off = 0;
    rig->left = -1;
    store_init(&rig->store, hooks != 0 ? &PORT : &NO_MEMORY, rig);
}

void store_rig_cut(rig_t *rig, int64_t left, int64_t mode)
{
    rig->left = left;
    rig->cut_mode = mode;
    rig->random = (uint32_t)left;
}

/* One block of 256 bytes keeps nothing any more, -1 = none. */
void store_rig_bad(rig_t *rig, int64_t block)
{
    rig->bad = (uint32_t)block;
}

/* One block is never read any more, -1 = none. */
void store_rig_mute(rig_t *rig, int64_t block)
{
    rig->mute = (uint32_t)block;
}

void store_rig_deaf(rig_t *rig, int64_t after, int64_t reads)
{
    rig->deaf_in = after;
    rig->deaf = reads;
}

void store_rig_dead(rig_t *rig, int64_t dead)
{
    rig->dead = dead;
}

/* Calls of hooks in one step; the length of the longest in `longest`. */
int64_t store_rig_step(rig_t *rig, uint32_t *longest)
{
    rig->calls = 0;
    rig->longest = 0;
    store_step(&rig->store);
    *longest = rig->longest;
    return rig->calls;
}

/* Steps until the store rests or the power has gone; returns how many, -1 after too many. */
int64_t store_rig_run(rig_t *rig)
{
    for (int64_t i = 0; i < 5000; i++) {
        if (store_idle(&rig->store) || rig->off != 0) {
            return i;
        }
        store_step(&rig->store);
    }
    return -1;
}

/* The record as generation `g`: every field says which. */
static void fill(store_t *store, store_kind_t kind, uint32_t g)
{
    const uint8_t byte = (uint8_t)(1U + g % 250U);
    switch (kind) {
    case STORE_CONFIGURATION:
        memset(&store->configuration, 0, sizeof store->configuration);
        memset(store->configuration.serial_number, byte, PEN_SERIAL_SIZE);
        memset(store->configuration.code_hash, byte, sizeof store->configuration.code_hash);
        store->configuration.home_only = (g & 1U) != 0;
        for (unsigned i = 0; i < RECORDS_MODES; i++) {
            store->configuration.depth_max_um[i] = (int32_t)(1U + g % 250U);
            store->configuration.rate_max_mhz[i] = (int32_t)(50000U + g % 250U);
        }
        break;
    case STORE_COUNTERS:
        store->counters = (counters_record_t){.boot = g, .strokes = g, .latest_day = (uint16_t)g, .wrong_codes = byte};
        break;
    case STORE_CALIBRATION:
        store->calibration = (calibration_record_t){.bar_offset_um = (int16_t)(100 - byte % 200), .day = (uint16_t)g, .strokes = g};
        break;
    case STORE_TRIPS:
        for (unsigned i = 0; i < RECORDS_TRIPS; i++) {
            store->trips.trips[i] = (kept_trip_t){.interlock = (uint8_t)(1 + g % 40U), .input = byte, .stop = (uint8_t)(g % 3U), .mode = (uint8_t)(g % 3U),
                                                  .latched = (g & 1U) != 0, .value = -(int32_t)g, .limit = (int32_t)g,
                                                  .time_us = ((uint64_t)g << 33) + i, .boot = g};
        }
        store->trips.follows_lost = (g & 2U) != 0;
        break;
    case STORE_PAIRINGS:
        for (unsigned i = 0; i < RECORDS_PAIRINGS; i++) {
            store->pairings.slots[i].role = (uint8_t)(g & 3U);
            memset(store->pairings.slots[i].key, byte, PEN_KEY_SIZE);
            memset(store->pairings.slots[i].name, byte + 1, RECORDS_NAME);
        }
        break;
    case STORE_CARTRIDGES:
        for (unsigned i = 0; i < RECORDS_CARTRIDGES; i++) {
            store->cartridges.cartridges[i] = (kept_cartridge_t){.id = g + i, .sequence = g};
        }
        break;
    case STORE_RECORDS:
        break;
    }
}

void store_rig_write(rig_t *rig, int64_t kind, int64_t generation)
{
    fill(&rig->store, (store_kind_t)kind, (uint32_t)generation);
    store_mark(&rig->store, (store_kind_t)kind);
}

/* Whether the record in RAM is wholly of this generation. */
int64_t store_rig_is(const rig_t *rig, int64_t kind, int64_t generation)
{
    static store_t expected;
    uint8_t a[STORE_PAYLOAD_MAX] = {0}, b[STORE_PAYLOAD_MAX] = {0};
    fill(&expected, (store_kind_t)kind, (uint32_t)generation);
    record_put((store_kind_t)kind, &expected, a);
    record_put((store_kind_t)kind, &rig->store, b);
    return memcmp(a, b, sizeof a) == 0;
}

void store_rig_check(rig_t *rig, int64_t kind)
{
    store_check(&rig->store, (store_kind_t)kind);
}

int64_t store_rig_intact(const rig_t *rig, int64_t kind)
{
    return store_intact(&rig->store, (store_kind_t)kind);
}

int64_t store_rig_waits(const rig_t *rig, int64_t kind)
{
    return store_waits(&rig->store, (store_kind_t)kind);
}

int64_t store_rig_failed(const rig_t *rig)
{
    return store_failed(&rig->store);
}

void store_rig_set_sequence(rig_t *rig, int64_t kind, int64_t sequence)
{
    rig->store.sequence[kind] = (uint32_t)sequence;
}

/* A bit of the serial number in RAM turns over. */
void store_rig_damage_ram(rig_t *rig)
{
    rig->store.configuration.serial_number[3] ^= 0x10;
}

/* Payload length of a kind. */
int64_t store_rig_length(int64_t kind)
{
    return record_length((store_kind_t)kind);
}

int64_t store_rig_provision(rig_t *rig, const uint8_t serial[16], const uint8_t codes[32], int64_t home_only, int64_t offset_um)
{
    provision_t given = {.home_only = home_only != 0, .calibration = {.bar_offset_um = (int16_t)offset_um, .day = 2500}};
    memcpy(given.serial_number, serial, PEN_SERIAL_SIZE);
    memcpy(given.codes, codes, sizeof given.codes);
    for (unsigned i = 0; i < 3; i++) {
        given.pairings[i].role = (uint8_t)(1 + i);
        memset(given.pairings[i].key, (int)(0x30 + i), PEN_KEY_SIZE);
    }
    return pen_provision(&PORT, rig, &given);
}

void store_rig_configuration(const rig_t *rig, uint8_t serial[16], uint8_t hashes[64], int64_t numbers[6])
{
    const configuration_record_t *from = &rig->store.configuration;
    memcpy(serial, from->serial_number, 16);
    memcpy(hashes, from->code_hash, 64);
    numbers[0] = from->home_only;
    numbers[1] = from->depth_max_um[0];
    numbers[2] = from->depth_max_um[1];
    numbers[3] = from->rate_max_mhz[0];
    numbers[4] = from->rate_max_mhz[1];
    numbers[5] = rig->store.pairings.slots[2].role;
}
