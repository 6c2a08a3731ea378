/* The firmware core as a library on a computer: what the simulator calls through addresses.
 *
 * Every argument is a pointer or fits one, and every result is 64 bits wide, so that a compiled loop can call all of
 * them alike. `memory` is pen_host_size() bytes, aligned to 64, that the caller owns and does not move; so is the world.
 */
#ifndef PEN_HOST_PORT_H
#define PEN_HOST_PORT_H

#include <stdint.h>

#include "host_world.h"
#include "pen.h"

#if defined(_WIN32)
#define PEN_EXPORT __declspec(dllexport)
#else
#define PEN_EXPORT __attribute__((visibility("default")))
#endif

PEN_EXPORT int64_t pen_host_size(void);
/* Power-on or restart: nothing of `memory` is kept, all of the world is. */
PEN_EXPORT void pen_host_init(void *memory, pen_host_world_t *world, const uint8_t seed[32], const uint8_t tag_key[32],
                              const uint8_t serial[16]);
/* The factory station: a fresh memory with the pairings 0 OPERATOR, 1 CLINICIAN, 2 SERVICE, and the codes of CLINICIAN
 * and SERVICE, 16 bytes each. 1 when it was kept. */
PEN_EXPORT int64_t pen_host_provision(pen_host_world_t *world, const uint8_t serial[16], const uint8_t keys[96],
                                      const uint8_t codes[32], int64_t home_only, int64_t calibration_day);
PEN_EXPORT void pen_host_tick(void *memory, const pen_inputs_t *in, pen_outputs_t *out);
PEN_EXPORT int64_t pen_host_rx(void *memory, const uint8_t *bytes, int64_t n);
PEN_EXPORT int64_t pen_host_tx(void *memory, uint8_t *bytes, int64_t room);
PEN_EXPORT int64_t pen_host_background(void *memory); /* 1: power was lost in a write, the pen is off */

/* To be compared when the library is loaded. */
PEN_EXPORT int64_t pen_abi(void);
PEN_EXPORT int64_t pen_sizeof_inputs(void);
PEN_EXPORT int64_t pen_sizeof_outputs(void);
PEN_EXPORT int64_t pen_sizeof_world(void);

/* Where control and guard lie in the memory: for tests that overwrite the one and see the other hold. */
PEN_EXPORT int64_t pen_offset_control(void);
PEN_EXPORT int64_t pen_sizeof_control(void);
PEN_EXPORT int64_t pen_offset_guard(void);
PEN_EXPORT int64_t pen_sizeof_guard(void);

#endif
