/* What a port gives the core: entropy and, where there is hardware for it, hashing.
 *
 * The simulator is the only port that may seed its entropy; every other port uses its system's source.
 */
#ifndef PEN_PORT_H
#define PEN_PORT_H

#include <stddef.h>
#include <stdint.h>

enum { PEN_KEY_SIZE = 32, PEN_SERIAL_SIZE = 16 };

typedef struct {
    /* Fills `out` with `n` fresh random bytes. Called from the background loop, for the nonce of a link session. */
    void (*entropy)(void *context, uint8_t *out, size_t n);
    /* Takes one block into a SHA-256 state. NULL: the portable one in sha256.c. */
    void (*sha256_block)(uint32_t state[8], const uint8_t block[64]);
} pen_port_t;

typedef struct {
    const pen_port_t *port; /* must outlive the core */
    void *port_context;
    uint8_t pairing_key[PEN_KEY_SIZE];
    uint8_t serial_number[PEN_SERIAL_SIZE];
} pen_config_t;

#endif
