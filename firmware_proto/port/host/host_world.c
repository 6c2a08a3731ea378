#include "host_world.h"

#include <string.h>

#include "frame.h"
#include "pen_io.h"

enum { MOST_AT_ONCE = 64, DAMAGE = 0x5A };
enum {
    STEP_RAM = HOST_ROM_SLICES,                     /* first the slices of the ROM, then those of the RAM */
    STEP_CPU = STEP_RAM + HOST_RAM / HOST_SLICE,
    STEP_STACK = STEP_CPU + 1,
    STEP_FLOW = STEP_STACK + 1,
    STEPS = STEP_FLOW + 1
};
#define CANARY 0x57ACC0DEU

void host_world_start(pen_host_world_t *world)
{
    world->power_lost = 0;
    world->check_step = 0;
    world->flow = 0;
    if (world->built != 0U) {
        return;
    }
    uint32_t word = 1;
    for (size_t k = 0; k < HOST_ROM; k++) {
        word = word * 1664525U + 1013904223U;
        world->rom[k] = (uint8_t)(word >> 24);
    }
    for (size_t slice = 0; slice < HOST_ROM_SLICES; slice++) {
        world->rom_check[slice] = frame_crc32(world->rom + slice * HOST_SLICE, HOST_SLICE);
    }
    world->canary = CANARY;
    world->built = 1;
}

static bool fits(uint32_t address, size_t n, uint32_t size)
{
    return n <= MOST_AT_ONCE && address <= size && n <= size - address;
}

static bool cell_read(const pen_host_world_t *world, const host_cell_t *cell, const uint8_t *from, uint8_t *out, size_t n)
{
    if (world->power_lost != 0U || cell->way == HOST_SILENT) {
        return false;
    }
    memcpy(out, from, n);
    return true;
}

static bool cell_write(pen_host_world_t *world, host_cell_t *cell, uint8_t *to, const uint8_t *data, size_t n)
{
    if (world->power_lost != 0U || cell->way == HOST_SILENT || cell->way == HOST_REFUSES) {
        return false;
    }
    cell->writes++;
    if (cell->cut_at != 0U && cell->writes == cell->cut_at) {
        const size_t written = cell->cut_bytes < n ? cell->cut_bytes : n;
        memcpy(to, data, written);
        if (written < n) {
            to[written] = (uint8_t)(data[written] ^ DAMAGE);
        }
        world->power_lost = 1;
        return false;
    }
    if (cell->way != HOST_FORGETS) {
        memcpy(to, data, n);
    }
    return true;
}

bool host_memory_read(pen_host_world_t *world, uint32_t address, uint8_t *out, size_t n)
{
    return fits(address, n, PEN_MEMORY_SIZE) && cell_read(world, &world->memory_cell, world->memory + address, out, n);
}

bool host_memory_write(pen_host_world_t *world, uint32_t address, const uint8_t *data, size_t n)
{
    return fits(address, n, PEN_MEMORY_SIZE) &&
           cell_write(world, &world->memory_cell, world->memory + address, data, n);
}

bool host_tag_read(pen_host_world_t *world, uint32_t address, uint8_t *out, size_t n)
{
    return world->tag_there != 0U && fits(address, n, PEN_TAG_SIZE) &&
           cell_read(world, &world->tag_cell, world->tag + address, out, n);
}

bool host_tag_write(pen_host_world_t *world, uint32_t address, const uint8_t *data, size_t n)
{
    return world->tag_there != 0U && fits(address, n, PEN_TAG_SIZE) &&
           cell_write(world, &world->tag_cell, world->tag + address, data, n);
}

static bool rom_holds(const pen_host_world_t *world, uint32_t slice)
{
    return frame_crc32(world->rom + slice * HOST_SLICE, HOST_SLICE) == world->rom_check[slice];
}

static bool ram_takes(pen_host_world_t *world, size_t k, uint8_t pattern)
{
    world->ram[k] = pattern | world->ram_stuck[k];
    return world->ram[k] == pattern;
}

/* Two patterns, each the other's opposite, over one slice that is put back afterwards. */
static bool ram_holds(pen_host_world_t *world, uint32_t slice)
{
    for (size_t k = slice * HOST_SLICE; k < (slice + 1U) * HOST_SLICE; k++) {
        const uint8_t kept = world->ram[k];
        const bool first = ram_takes(world, k, (uint8_t)(0x55U + k));
        const bool second = ram_takes(world, k, (uint8_t)(0xAAU - k));
        world->ram[k] = kept;
        if (!first || !second) {
            return false;
        }
    }
    return true;
}

#define CPU_RESULT 0x950DFAB1U /* of the sum below */

/* A sum whose result is known. */
static bool cpu_holds(const pen_host_world_t *world)
{
    volatile uint32_t value = 0x12345678U;
    value = value * 2654435761U + 0x9E3779B9U;
    return (value ^ world->cpu_wrong) == CPU_RESULT;
}

static uint8_t check_one(pen_host_world_t *world, uint32_t step)
{
    if (step < STEP_RAM) {
        return rom_holds(world, step) ? PEN_SELF_CHECK_PART_NONE : PEN_SELF_CHECK_PART_ROM;
    }
    if (step < STEP_CPU) {
        return ram_holds(world, step - STEP_RAM) ? PEN_SELF_CHECK_PART_NONE : PEN_SELF_CHECK_PART_RAM;
    }
    if (step == STEP_CPU) {
        return cpu_holds(world) ? PEN_SELF_CHECK_PART_NONE : PEN_SELF_CHECK_PART_CPU;
    }
    if (step == STEP_STACK) {
        return world->canary == CANARY ? PEN_SELF_CHECK_PART_NONE : PEN_SELF_CHECK_PART_STACK;
    }
    return world->flow == STEP_FLOW * (STEP_FLOW - 1U) / 2U ? PEN_SELF_CHECK_PART_NONE
                                                            : PEN_SELF_CHECK_PART_CONTROL_FLOW;
}

uint8_t host_self_check(pen_host_world_t *world)
{
    const uint32_t step = world->check_step % STEPS;
    const uint8_t part = check_one(world, step);
    world->flow = step == STEP_FLOW ? 0U : world->flow + (world->flow_wrong != 0U && step == 1U ? 0U : step);
    world->check_step = (step + 1U) % STEPS;
    return part;
}
