/* What lies around the simulated controller and outlives its restart: non-volatile memory, the tag in the reader's
 * field, what the self-check looks at, and how all of them can fail. The simulator writes these fields between two
 * calls (sim/pensim/world.py has the same layout); the hooks of the port read them.
 */
#ifndef PEN_HOST_WORLD_H
#define PEN_HOST_WORLD_H

#include <stdint.h>

#include "port.h"

enum { HOST_ROM = 1024, HOST_RAM = 256, HOST_SLICE = 64, HOST_ROM_SLICES = HOST_ROM / HOST_SLICE };

/* How a memory answers. */
typedef enum {
    HOST_WELL = 0,
    HOST_SILENT = 1,   /* neither reads nor writes */
    HOST_REFUSES = 2,  /* refuses writes */
    HOST_FORGETS = 3,  /* takes writes and keeps nothing */
} host_way_t;

typedef struct {
    uint32_t writes;    /* so far */
    uint32_t cut_at;    /* power is lost in the write of this number, counted from 1; 0 never */
    uint32_t cut_bytes; /* of that write, this many bytes are new and the next one is damaged */
    uint32_t way;       /* host_way_t */
} host_cell_t;

typedef struct {
    uint8_t memory[PEN_MEMORY_SIZE];
    uint8_t tag[PEN_TAG_SIZE];
    uint8_t rom[HOST_ROM];      /* stands for the flash */
    uint8_t ram[HOST_RAM];      /* stands for the RAM that is marched over */
    uint8_t ram_stuck[HOST_RAM]; /* bits that stay at 1 */
    uint32_t rom_check[HOST_ROM_SLICES]; /* CRC-32 of each slice, as built */
    host_cell_t memory_cell;
    host_cell_t tag_cell;
    uint32_t canary;     /* below the stack */
    uint32_t check_step;
    uint32_t flow;       /* sum of the steps of this round */
    uint8_t built;       /* rom, rom_check and canary are there */
    uint8_t cpu_wrong;   /* bits that the arithmetic gets wrong */
    uint8_t flow_wrong;  /* a step is left out */
    uint8_t tag_there;   /* from the inputs of the last tick */
    uint8_t power_lost;  /* a write was cut; nothing answers until the next start */
    uint8_t restart_cause;
    uint8_t firmware_genuine; /* verdict of the boot loader */
    uint8_t test_build;
} pen_host_world_t;

/* Builds what the self-check looks at, once, and ends a loss of power. */
void host_world_start(pen_host_world_t *world);

/* Hooks of pen_port_t; the context is a pen_host_world_t. */
bool host_memory_read(pen_host_world_t *world, uint32_t address, uint8_t *out, size_t n);
bool host_memory_write(pen_host_world_t *world, uint32_t address, const uint8_t *data, size_t n);
bool host_tag_read(pen_host_world_t *world, uint32_t address, uint8_t *out, size_t n);
bool host_tag_write(pen_host_world_t *world, uint32_t address, const uint8_t *data, size_t n);
uint8_t host_self_check(pen_host_world_t *world);

#endif
