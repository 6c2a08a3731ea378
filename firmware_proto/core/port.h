/* What a port gives the core: entropy, non-volatile memory, the tag of the cartridge, the check of its own
 * controller, and, where there is hardware for it, hashing.
 *
 * Every hook but sha256_block is called from the background loop or from pen_init, never from the tick.
 * The simulator is the only port that may seed its entropy; every other port uses its system's source.
 */
#ifndef PEN_PORT_H
#define PEN_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PEN_KEY_SIZE = 32, PEN_SERIAL_SIZE = 16, PEN_MEMORY_SIZE = 4096, PEN_TAG_SIZE = 256 };

typedef struct {
    /* Fills `out` with `n` fresh random bytes. Called for the nonce of a link session and for a pairing key. A
     * source that fails gives one byte `n` times, or leaves `out` alone: no link session is opened, nobody is paired. */
    void (*entropy)(void *context, uint8_t *out, size_t n);
    /* Takes one block into a SHA-256 state. NULL: the portable one in sha256.c. */
    void (*sha256_block)(uint32_t state[8], const uint8_t block[64]);
    /* Non-volatile memory of PEN_MEMORY_SIZE bytes (FRAM or EEPROM: bytes can be written one by one). A call moves at
     * most 64 bytes and returns false when the memory does not answer. A write that power-off cuts may leave any bytes
     * of that write, and of no other, old, new or damaged. */
    bool (*memory_read)(void *context, uint32_t address, uint8_t *out, size_t n);
    bool (*memory_write)(void *context, uint32_t address, const uint8_t *data, size_t n);
    /* Memory of the cartridge's tag, PEN_TAG_SIZE bytes; at most 64 a call; false when there is no tag. */
    bool (*tag_read)(void *context, uint32_t address, uint8_t *out, size_t n);
    bool (*tag_write)(void *context, uint32_t address, const uint8_t *data, size_t n);
    /* One bounded slice of the periodic check of CPU, RAM, ROM and stack: 0 while all is well, else the part that failed
     * (enum pen_self_check_part). Each part must come round within 60 s when this is called once a millisecond. */
    uint8_t (*self_check)(void *context);
} pen_port_t;

typedef struct {
    const pen_port_t *port; /* must outlive the core */
    void *port_context;
    uint8_t serial_number[PEN_SERIAL_SIZE];
    uint8_t tag_key[PEN_KEY_SIZE]; /* key of the cartridges' tags */
    uint8_t restart_cause;         /* enum pen_restart_cause */
    bool firmware_genuine;         /* the boot loader's verdict on signature and security counter */
    bool test_build;               /* not for use on people: refused in CLINICAL */
} pen_config_t;

#endif
