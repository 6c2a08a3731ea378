/* Conversions to 16 bits that never wrap. */
#ifndef PEN_SATURATE_H
#define PEN_SATURATE_H

#include <stdint.h>

static inline int16_t saturate16(int32_t value)
{
    if (value > INT16_MAX) {
        return INT16_MAX;
    }
    return value < INT16_MIN ? INT16_MIN : (int16_t)value;
}

#endif
