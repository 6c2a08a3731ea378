/* Little-endian numbers in byte buffers, and buffers that hold secrets. */
#ifndef PEN_BYTES_H
#define PEN_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint16_t bytes_get_u16(const uint8_t *in)
{
    return (uint16_t)(in[0] | (in[1] << 8));
}

static inline uint32_t bytes_get_u32(const uint8_t *in)
{
    return (uint32_t)in[0] | ((uint32_t)in[1] << 8) | ((uint32_t)in[2] << 16) | ((uint32_t)in[3] << 24);
}

static inline uint64_t bytes_get_u64(const uint8_t *in)
{
    return (uint64_t)bytes_get_u32(in) | ((uint64_t)bytes_get_u32(in + 4) << 32);
}

static inline void bytes_put_u16(uint8_t *out, uint16_t value)
{
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
}

static inline void bytes_put_u32(uint8_t *out, uint32_t value)
{
    bytes_put_u16(out, (uint16_t)value);
    bytes_put_u16(out + 2, (uint16_t)(value >> 16));
}

static inline void bytes_put_u64(uint8_t *out, uint64_t value)
{
    bytes_put_u32(out, (uint32_t)value);
    bytes_put_u32(out + 4, (uint32_t)(value >> 32));
}

/* Overwrites a secret; the compiler may not leave it out. */
static inline void bytes_wipe(void *secret, size_t n)
{
    volatile uint8_t *byte = secret;
    for (size_t i = 0; i < n; i++) {
        byte[i] = 0;
    }
}

/* Whether `n` bytes are equal, in a time that does not tell where they differ. */
static inline bool bytes_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    volatile uint8_t difference = 0;
    for (size_t i = 0; i < n; i++) {
        difference = (uint8_t)(difference | (a[i] ^ b[i]));
    }
    return difference == 0;
}

/* Whether all of at least 16 random bytes are the same one: no source of randomness gives that, one that failed does. */
static inline bool bytes_all_same(const uint8_t *bytes, size_t n)
{
    return bytes_equal(bytes, bytes + 1, n - 1U);
}

#endif
