#include "host_port.h"

#include <stddef.h>
#include <string.h>

#include "bytes.h"
#include "provision.h"
#include "sha256.h"

enum { SEED = 32, MEMORY_STEP = 64 };

typedef struct {
    uint8_t seed[SEED];
    uint64_t blocks; /* blocks of randomness given so far */
} seeded_t;

typedef struct {
    pen_t pen;
    seeded_t seeded;
    pen_host_world_t *world;
} host_t;

enum { PROVISIONED = 3 /* pairings */ };

/* SHA-256 over seed ‖ number of the block, 40 bytes: one block with its padding. */
static void random_block(seeded_t *seeded, uint8_t digest[SHA256_DIGEST])
{
    uint8_t block[SHA256_BLOCK] = {0};
    uint32_t state[8];
    memcpy(block, seeded->seed, SEED);
    bytes_put_u64(block + SEED, seeded->blocks);
    block[SEED + 8] = 0x80;
    block[SHA256_BLOCK - 2] = (uint8_t)(((SEED + 8) * 8) >> 8);
    block[SHA256_BLOCK - 1] = (uint8_t)(((SEED + 8) * 8) & 0xFF);
    sha256_start(state);
    sha256_block(state, block);
    sha256_digest(state, digest);
    seeded->blocks++;
}

/* Who knows the seed knows every nonce. That makes a simulated run repeatable; a real port must never do this, but
 * take its system's source of randomness. */
static void seeded_entropy(void *context, uint8_t *out, size_t n)
{
    host_t *host = context;
    uint8_t digest[SHA256_DIGEST];
    for (size_t taken = 0; taken < n; taken += SHA256_DIGEST) {
        const size_t left = n - taken;
        random_block(&host->seeded, digest);
        memcpy(out + taken, digest, left < SHA256_DIGEST ? left : SHA256_DIGEST);
    }
}

static bool memory_read(void *context, uint32_t address, uint8_t *out, size_t n)
{
    return host_memory_read(((host_t *)context)->world, address, out, n);
}

static bool memory_write(void *context, uint32_t address, const uint8_t *data, size_t n)
{
    return host_memory_write(((host_t *)context)->world, address, data, n);
}

static bool tag_read(void *context, uint32_t address, uint8_t *out, size_t n)
{
    return host_tag_read(((host_t *)context)->world, address, out, n);
}

static bool tag_write(void *context, uint32_t address, const uint8_t *data, size_t n)
{
    return host_tag_write(((host_t *)context)->world, address, data, n);
}

static uint8_t self_check(void *context)
{
    return host_self_check(((host_t *)context)->world);
}

static const pen_port_t HOST_PORT = {.entropy = seeded_entropy,
                                     .sha256_block = NULL,
                                     .memory_read = memory_read,
                                     .memory_write = memory_write,
                                     .tag_read = tag_read,
                                     .tag_write = tag_write,
                                     .self_check = self_check};

int64_t pen_host_size(void)
{
    return (int64_t)((sizeof(host_t) + MEMORY_STEP - 1U) / MEMORY_STEP * MEMORY_STEP);
}

void pen_host_init(void *memory, pen_host_world_t *world, const uint8_t seed[32], const uint8_t tag_key[32],
                   const uint8_t serial[16])
{
    host_t *host = memory;
    memset(host, 0, sizeof *host);
    memcpy(host->seeded.seed, seed, SEED);
    host->world = world;
    host_world_start(world);
    pen_config_t config = {.port = &HOST_PORT,
                           .port_context = host,
                           .restart_cause = world->restart_cause,
                           .firmware_genuine = world->firmware_genuine != 0,
                           .test_build = world->test_build != 0};
    memcpy(config.tag_key, tag_key, PEN_KEY_SIZE);
    memcpy(config.serial_number, serial, PEN_SERIAL_SIZE);
    pen_init(&host->pen, &config);
    bytes_wipe(&config, sizeof config);
}

int64_t pen_host_provision(pen_host_world_t *world, const uint8_t serial[16], const uint8_t keys[96],
                           const uint8_t codes[32], int64_t home_only, int64_t calibration_day)
{
    host_t station = {.world = world};
    provision_t given = {.home_only = home_only != 0, .calibration = {.day = (uint16_t)calibration_day}};
    memcpy(given.serial_number, serial, PEN_SERIAL_SIZE);
    memcpy(given.codes, codes, sizeof given.codes);
    for (unsigned i = 0; i < PROVISIONED; i++) {
        given.pairings[i].role = (uint8_t)(PEN_ROLE_OPERATOR + i);
        memcpy(given.pairings[i].key, keys + (size_t)PEN_KEY_SIZE * i, PEN_KEY_SIZE);
    }
    return pen_provision(&HOST_PORT, &station, &given) ? 1 : 0;
}

void pen_host_tick(void *memory, const pen_inputs_t *in, pen_outputs_t *out)
{
    host_t *host = memory;
    host->world->tag_there = in->tag_present;
    pen_tick(&host->pen, in, out);
}

int64_t pen_host_rx(void *memory, const uint8_t *bytes, int64_t n)
{
    host_t *host = memory;
    return n > 0 ? (int64_t)pen_rx(&host->pen, bytes, (size_t)n) : 0;
}

int64_t pen_host_tx(void *memory, uint8_t *bytes, int64_t room)
{
    host_t *host = memory;
    return room > 0 ? (int64_t)pen_tx(&host->pen, bytes, (size_t)room) : 0;
}

int64_t pen_host_background(void *memory)
{
    host_t *host = memory;
    pen_background(&host->pen);
    return host->world->power_lost;
}

int64_t pen_abi(void)
{
    return PEN_ABI;
}

int64_t pen_sizeof_inputs(void)
{
    return (int64_t)sizeof(pen_inputs_t);
}

int64_t pen_sizeof_outputs(void)
{
    return (int64_t)sizeof(pen_outputs_t);
}

int64_t pen_sizeof_world(void)
{
    return (int64_t)sizeof(pen_host_world_t);
}

int64_t pen_offset_control(void)
{
    return (int64_t)(offsetof(host_t, pen) + offsetof(pen_t, control));
}

int64_t pen_sizeof_control(void)
{
    return (int64_t)sizeof(control_t);
}

int64_t pen_offset_guard(void)
{
    return (int64_t)(offsetof(host_t, pen) + offsetof(pen_t, guard));
}

int64_t pen_sizeof_guard(void)
{
    return (int64_t)sizeof(guard_t);
}
