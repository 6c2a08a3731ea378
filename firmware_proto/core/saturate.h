/* Conversions that never wrap: what does not fit becomes the nearest that does. */
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

static inline int32_t saturate32(int64_t value)
{
    if (value > INT32_MAX) {
        return INT32_MAX;
    }
    return value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

#endif
