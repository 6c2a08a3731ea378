#include "pairing.h"

#include <string.h>

#include "bytes.h"
#include "pen_device.h"
#include "pen_io.h"
#include "provision.h"

_Static_assert(sizeof((pen_pair_t){0}.code) == PROVISION_CODE, "codes");
_Static_assert(sizeof((pen_pair_t){0}.host_name) == RECORDS_NAME, "names");

static result_t accept(void)
{
    return (result_t){.reason = PEN_REASON_NONE};
}

static result_t refuse(uint8_t reason, int32_t value, int32_t limit)
{
    return (result_t){.reason = reason, .value = value, .limit = limit};
}

result_t pairing_permit(uint8_t state, uint32_t held_ms)
{
    if (state != PEN_STATE_STANDBY) {
        return refuse(PEN_REASON_WRONG_STATE, state, PEN_STATE_STANDBY);
    }
    return held_ms >= PEN_PAIRING_HOLD_MS ? accept() : refuse(PEN_REASON_BUTTON_NOT_PRESSED, 0, 0);
}

/* A host without a name is never a known one. */
static bool same_host(const kept_pairing_t *slot, const pen_pair_t *asked)
{
    return asked->host_name[0] != 0 && slot->role == asked->role && memcmp(slot->name, asked->host_name, RECORDS_NAME) == 0;
}

/* The slot that this host has for this role already, else the first that is free, else none. */
static uint8_t find_slot(const pairings_record_t *pairings, const pen_pair_t *asked)
{
    unsigned found = RECORDS_PAIRINGS;
    for (unsigned i = RECORDS_PAIRINGS; i-- > 0;) {
        if (pairings->slots[i].role == 0) {
            found = i;
        }
    }
    for (unsigned i = 0; i < RECORDS_PAIRINGS; i++) {
        if (same_host(&pairings->slots[i], asked)) {
            found = i;
        }
    }
    return (uint8_t)found;
}

void pairing_begin(pairing_t *pairing, const store_t *store, const pen_pair_t *asked)
{
    pairing->asked = *asked;
    pairing->done = false;
    pairing->slot = find_slot(&store->pairings, asked);
    pairing->step = asked->role == PEN_ROLE_OPERATOR ? PAIRING_DRAW : PAIRING_COUNT;
}

bool pairing_again(const pairing_t *pairing, const pen_pair_t *asked, uint16_t sequence, uint32_t now_ms)
{
    return pairing->done && pairing->sequence == sequence && pairing->asked.role == asked->role
           && now_ms - pairing->done_ms < PAIRING_REPEAT_MS
           && bytes_equal(pairing->asked.code, asked->code, PROVISION_CODE)
           && memcmp(pairing->asked.host_name, asked->host_name, RECORDS_NAME) == 0;
}

static bool end(pairing_t *pairing, result_t result)
{
    pairing->result = result;
    return true;
}

/* The try is written down before the code is looked at. */
static bool step_count(pairing_t *pairing, store_t *store)
{
    if (!store_intact(store, STORE_CONFIGURATION)) {
        return end(pairing, refuse(PEN_REASON_CONFIGURATION_DAMAGED, 0, 0));
    }
    if (!store_intact(store, STORE_COUNTERS)) {
        return end(pairing, refuse(PEN_REASON_MEMORY_FAILED, 0, 0));
    }
    if (store->counters.wrong_codes >= PAIRING_TRIES) {
        return end(pairing, refuse(PEN_REASON_LOCKED_OUT, store->counters.wrong_codes, PAIRING_TRIES));
    }
    store->counters.wrong_codes++;
    store_mark(store, STORE_COUNTERS);
    pairing->step = PAIRING_PROVE;
    return false;
}

static bool step_prove(pairing_t *pairing, store_t *store, const pen_config_t *config, sha256_block_t *block)
{
    if (store_failed(store)) {
        return end(pairing, refuse(PEN_REASON_MEMORY_FAILED, 0, 0));
    }
    if (store_waits(store, STORE_COUNTERS)) {
        return false;
    }
    uint8_t hash[RECORDS_HASH];
    const uint8_t role = pairing->asked.role;
    provision_code_hash(block, role, config->serial_number, pairing->asked.code, hash);
    if (!bytes_equal(hash, store->configuration.code_hash[role - PEN_ROLE_CLINICIAN], RECORDS_HASH)) {
        return end(pairing, refuse(PEN_REASON_WRONG_CODE, PAIRING_TRIES - store->counters.wrong_codes, 0));
    }
    store->counters.wrong_codes--;
    store_mark(store, STORE_COUNTERS);
    pairing->step = PAIRING_DRAW;
    return false;
}

static bool step_draw(pairing_t *pairing, store_t *store, const pen_config_t *config)
{
    if (pairing->slot >= RECORDS_PAIRINGS) {
        return end(pairing, refuse(PEN_REASON_OUT_OF_RANGE, RECORDS_PAIRINGS, RECORDS_PAIRINGS));
    }
    uint8_t key[PEN_KEY_SIZE] = {0};
    config->port->entropy(config->port_context, key, sizeof key);
    if (bytes_all_same(key, sizeof key)) {
        return end(pairing, refuse(PEN_REASON_SELF_TEST_NOT_PASSED, PEN_SELF_TEST_CHECK_CONTROLLER, 0));
    }
    kept_pairing_t *slot = &store->pairings.slots[pairing->slot];
    memcpy(slot->key, key, sizeof key);
    bytes_wipe(key, sizeof key);
    memcpy(slot->name, pairing->asked.host_name, RECORDS_NAME);
    slot->role = pairing->asked.role;
    store_mark(store, STORE_PAIRINGS);
    pairing->step = PAIRING_KEEP;
    return false;
}

static bool step_keep(pairing_t *pairing, store_t *store)
{
    if (store_failed(store)) {
        bytes_wipe(&store->pairings.slots[pairing->slot], sizeof store->pairings.slots[pairing->slot]);
        store_mark(store, STORE_PAIRINGS);
        return end(pairing, refuse(PEN_REASON_MEMORY_FAILED, 0, 0));
    }
    if (store_waits(store, STORE_PAIRINGS)) {
        return false;
    }
    pairing->done = true;
    return end(pairing, accept());
}

bool pairing_step(pairing_t *pairing, store_t *store, const pen_config_t *config, sha256_block_t *block)
{
    switch (pairing->step) {
    case PAIRING_COUNT:
        return step_count(pairing, store);
    case PAIRING_PROVE:
        return step_prove(pairing, store, config, block);
    case PAIRING_DRAW:
        return step_draw(pairing, store, config);
    case PAIRING_KEEP:
        return step_keep(pairing, store);
    }
    return false;
}

bool pairing_changed(const pairing_t *pairing)
{
    return pairing->step == PAIRING_KEEP;
}

result_t pairing_forget(store_t *store, uint8_t slot, uint8_t role)
{
    if (slot >= RECORDS_PAIRINGS || store->pairings.slots[slot].role == 0) {
        return refuse(PEN_REASON_NO_SUCH_ENTRY, slot, RECORDS_PAIRINGS);
    }
    if (role != PEN_ROLE_SERVICE && role != store->pairings.slots[slot].role) {
        return refuse(PEN_REASON_ROLE, role, store->pairings.slots[slot].role);
    }
    bytes_wipe(&store->pairings.slots[slot], sizeof store->pairings.slots[slot]);
    store_mark(store, STORE_PAIRINGS);
    return accept();
}
