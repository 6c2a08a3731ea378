/* Undoes the framing of a read at once: splits at 0x00 and decodes COBS. The checksum and what a frame says are
 * looked at in penctl.protocol.frame, which does the same without this library, more slowly. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

enum { FIELDS = 3 };

EXPORT int32_t penctl_unframe(const uint8_t *in, uint32_t size, uint8_t *out, uint32_t *pieces, uint32_t most);

/* Decodes `size` bytes without 0x00 into `out`; the decoded size, or -1 when they are no COBS. */
static int64_t decode(const uint8_t *in, uint32_t size, uint8_t *out)
{
    uint32_t from = 0U;
    uint32_t to = 0U;
    while (from < size) {
        uint32_t run = (uint32_t)in[from] - 1U;
        if (run > size - from - 1U) {
            return -1;
        }
        memcpy(out + to, in + from + 1U, run);
        to += run;
        from += run + 1U;
        if (run < 254U && from < size) {
            out[to] = 0U;
            to++;
        }
    }
    return (int64_t)to;
}

/* Writes for each frame that a 0x00 ends: where in `out` it lies, its decoded size, its encoded size. A frame
 * that is no COBS has the decoded size 2^32 - 1. Returns how many; empty frames are none. `out` has at least `size` bytes. */
int32_t penctl_unframe(const uint8_t *in, uint32_t size, uint8_t *out, uint32_t *pieces, uint32_t most)
{
    uint32_t begin = 0U;
    uint32_t place = 0U;
    uint32_t count = 0U;
    while (begin < size && count < most) {
        const uint8_t *zero = memchr(in + begin, 0, size - begin);
        if (zero == NULL) {
            break;
        }
        uint32_t length = (uint32_t)(zero - (in + begin));
        if (length > 0U) {
            int64_t decoded = decode(in + begin, length, out + place);
            pieces[FIELDS * count] = place;
            pieces[FIELDS * count + 1U] = decoded < 0 ? UINT32_MAX : (uint32_t)decoded;
            pieces[FIELDS * count + 2U] = length;
            count++;
            place += decoded < 0 ? 0U : (uint32_t)decoded;
        }
        begin += length + 1U;
    }
    return (int32_t)count;
}
