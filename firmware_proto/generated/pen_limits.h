/* Written by tools/generate.py (make generate) from hardware/limits.toml. Do not edit: change the source and generate again. */

#ifndef PEN_LIMITS_H
#define PEN_LIMITS_H

#include "pen_messages.h"

/* SHA-256 of the table: one line a mode, MODE,depth_min_um,depth_max_um,rate_min_mhz,rate_max_mhz. */
#define PEN_LIMITS_HASH_INIT { \
    0x3a, 0x2c, 0x4c, 0x60, 0x1d, 0x53, 0xe8, 0x54, \
    0x8f, 0xd8, 0xa2, 0xab, 0x49, 0xc6, 0x5c, 0x55, \
    0x6e, 0xae, 0x90, 0x6f, 0xa9, 0xc1, 0x02, 0xd4, \
    0xac, 0x68, 0x4d, 0x2b, 0x97, 0x9c, 0xdd, 0x8a}

/* mode, depth_min_um, depth_max_um, rate_min_mhz, rate_max_mhz: as pen_mode_limits_t. */
#define PEN_MODE_LIMITS_COUNT 2
#define PEN_MODE_LIMITS_INIT { \
    {PEN_MODE_HOME, 0, 250, 50000, 100000}, \
    {PEN_MODE_CLINICAL, 0, 2500, 50000, 150000}}

#endif
