#include "provision.h"

#include <string.h>

#include "bytes.h"
#include "pen_limits.h"
#include "record_layout.h"
#include "store.h"

enum { LABEL = 11, HASHED = LABEL + 1 + PEN_SERIAL_SIZE + PROVISION_CODE, MOST_STEPS = 400 };

_Static_assert(HASHED + 9 <= SHA256_BLOCK, "a code is hashed in one block");

void provision_code_hash(sha256_block_t *block, uint8_t role, const uint8_t serial[PEN_SERIAL_SIZE],
                         const uint8_t code[PROVISION_CODE], uint8_t hash[RECORDS_HASH])
{
    static const char label[LABEL + 1] = "penctl code";
    uint8_t padded[SHA256_BLOCK] = {0};
    uint32_t state[8];
    memcpy(padded, label, LABEL);
    padded[LABEL] = role;
    memcpy(padded + LABEL + 1, serial, PEN_SERIAL_SIZE);
    memcpy(padded + LABEL + 1 + PEN_SERIAL_SIZE, code, PROVISION_CODE);
    padded[HASHED] = 0x80;
    padded[SHA256_BLOCK - 2] = (uint8_t)((HASHED * 8) >> 8);
    padded[SHA256_BLOCK - 1] = (uint8_t)((HASHED * 8) & 0xFF);
    sha256_start(state);
    block(state, padded);
    sha256_digest(state, hash);
    bytes_wipe(padded, sizeof padded);
}

static bool wipe_memory(const pen_port_t *port, void *context)
{
    static const uint8_t NOTHING[STORE_PIECE] = {0};
    for (uint32_t at = 0; at < PEN_MEMORY_SIZE; at += STORE_PIECE) {
        if (!port->memory_write(context, at, NOTHING, STORE_PIECE)) {
            return false;
        }
    }
    return true;
}

static void fill(store_t *store, const pen_port_t *port, const provision_t *given)
{
    static const pen_mode_limits_t HARD[RECORDS_MODES] = PEN_MODE_LIMITS_INIT;
    sha256_block_t *block = port->sha256_block != NULL ? port->sha256_block : sha256_block;
    configuration_record_t *configuration = &store->configuration;
    memcpy(configuration->serial_number, given->serial_number, PEN_SERIAL_SIZE);
    configuration->home_only = given->home_only;
    for (unsigned i = 0; i < RECORDS_MODES; i++) {
        configuration->depth_max_um[i] = HARD[i].depth_max_um;
        configuration->rate_max_mhz[i] = HARD[i].rate_max_mhz;
    }
    for (unsigned i = 0; i < RECORDS_CODES; i++) {
        provision_code_hash(block, (uint8_t)(PEN_ROLE_CLINICIAN + i), given->serial_number, given->codes[i],
                            configuration->code_hash[i]);
    }
    store->calibration = given->calibration;
    memcpy(store->pairings.slots, given->pairings, sizeof store->pairings.slots);
}

/* What is out of range would not be there at the next power-on. */
static bool in_range(const store_t *store)
{
    uint8_t payload[STORE_PAYLOAD_MAX];
    bool valid = true;
    for (unsigned kind = 0; kind < STORE_RECORDS; kind++) {
        record_put((store_kind_t)kind, store, payload);
        valid = valid && record_valid((store_kind_t)kind, payload);
    }
    bytes_wipe(payload, sizeof payload);
    return valid;
}

static void write_marked(store_t *store)
{
    for (unsigned i = 0; i < MOST_STEPS && !store_idle(store) && !store_failed(store); i++) {
        store_step(store);
    }
}

bool pen_provision(const pen_port_t *port, void *context, const provision_t *given)
{
    if (port->memory_read == NULL || port->memory_write == NULL) {
        return false;
    }
    store_t store = {.failed = false};
    fill(&store, port, given);
    if (!in_range(&store) || !wipe_memory(port, context)) { /* what cannot be kept wipes nothing */
        bytes_wipe(&store, sizeof store);
        return false;
    }
    store_init(&store, port, context);
    fill(&store, port, given);
    for (unsigned kind = 0; kind < STORE_RECORDS; kind++) {
        if (kind != STORE_CONFIGURATION) {
            store_mark(&store, (store_kind_t)kind);
        }
    }
    write_marked(&store);
    if (!store_failed(&store)) {
        store_mark(&store, STORE_CONFIGURATION);
        write_marked(&store);
    }
    const bool done = !store_failed(&store) && store_idle(&store);
    bytes_wipe(&store, sizeof store);
    return done;
}
