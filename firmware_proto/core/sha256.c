#include "sha256.h"

#include <string.h>

#include "bytes.h"

enum { PAD_INNER = 0x36, PAD_OUTER = 0x5C, LENGTH_AT = SHA256_BLOCK - 8 };
enum { STEP_MESSAGE, STEP_LENGTH, STEP_OUTER, STEP_DONE };

static const uint32_t ROUND[64] = {
    0x428A2F98U, 0x71374491U, 0xB5C0FBCFU, 0xE9B5DBA5U, 0x3956C25BU, 0x59F111F1U, 0x923F82A4U, 0xAB1C5ED5U,
    0xD807AA98U, 0x12835B01U, 0x243185BEU, 0x550C7DC3U, 0x72BE5D74U, 0x80DEB1FEU, 0x9BDC06A7U, 0xC19BF174U,
    0xE49B69C1U, 0xEFBE4786U, 0x0FC19DC6U, 0x240CA1CCU, 0x2DE92C6FU, 0x4A7484AAU, 0x5CB0A9DCU, 0x76F988DAU,
    0x983E5152U, 0xA831C66DU, 0xB00327C8U, 0xBF597FC7U, 0xC6E00BF3U, 0xD5A79147U, 0x06CA6351U, 0x14292967U,
    0x27B70A85U, 0x2E1B2138U, 0x4D2C6DFCU, 0x53380D13U, 0x650A7354U, 0x766A0ABBU, 0x81C2C92EU, 0x92722C85U,
    0xA2BFE8A1U, 0xA81A664BU, 0xC24B8B70U, 0xC76C51A3U, 0xD192E819U, 0xD6990624U, 0xF40E3585U, 0x106AA070U,
    0x19A4C116U, 0x1E376C08U, 0x2748774CU, 0x34B0BCB5U, 0x391C0CB3U, 0x4ED8AA4AU, 0x5B9CCA4FU, 0x682E6FF3U,
    0x748F82EEU, 0x78A5636FU, 0x84C87814U, 0x8CC70208U, 0x90BEFFFAU, 0xA4506CEBU, 0xBEF9A3F7U, 0xC67178F2U,
};

static inline uint32_t rotate(uint32_t x, unsigned n)
{
    return (x >> n) | (x << (32U - n));
}

static inline uint32_t big_endian(const uint8_t *in)
{
    return ((uint32_t)in[0] << 24) | ((uint32_t)in[1] << 16) | ((uint32_t)in[2] << 8) | (uint32_t)in[3];
}

static void expand(uint32_t w[64], const uint8_t block[64])
{
    for (size_t i = 0; i < 16; i++) {
        w[i] = big_endian(block + 4U * i);
    }
    for (unsigned i = 16; i < 64; i++) {
        const uint32_t a = w[i - 15];
        const uint32_t b = w[i - 2];
        const uint32_t s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >> 3);
        const uint32_t s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >> 10);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
}

void sha256_block(uint32_t state[8], const uint8_t block[64])
{
    uint32_t w[64];
    expand(w, block);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (unsigned i = 0; i < 64; i++) {
        const uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        const uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + ROUND[i] + w[i];
        const uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        const uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + t2;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

void sha256_start(uint32_t state[8])
{
    static const uint32_t START[8] = {
        0x6A09E667U, 0xBB67AE85U, 0x3C6EF372U, 0xA54FF53AU, 0x510E527FU, 0x9B05688CU, 0x1F83D9ABU, 0x5BE0CD19U,
    };
    memcpy(state, START, sizeof START);
}

void sha256_digest(const uint32_t state[8], uint8_t digest[SHA256_DIGEST])
{
    for (size_t i = 0; i < 8; i++) {
        digest[4U * i] = (uint8_t)(state[i] >> 24);
        digest[4U * i + 1U] = (uint8_t)(state[i] >> 16);
        digest[4U * i + 2U] = (uint8_t)(state[i] >> 8);
        digest[4U * i + 3U] = (uint8_t)state[i];
    }
}

static void pad_key(uint32_t state[8], const uint8_t secret[HMAC_KEY], uint8_t pad, sha256_block_t *block)
{
    uint8_t padded[SHA256_BLOCK];
    memset(padded, pad, sizeof padded);
    for (unsigned i = 0; i < HMAC_KEY; i++) {
        padded[i] = secret[i] ^ pad;
    }
    sha256_start(state);
    block(state, padded);
    bytes_wipe(padded, sizeof padded);
}

void hmac_key_inner(hmac_key_t *key, const uint8_t secret[HMAC_KEY], sha256_block_t *block)
{
    pad_key(key->inner, secret, PAD_INNER, block);
}

void hmac_key_outer(hmac_key_t *key, const uint8_t secret[HMAC_KEY], sha256_block_t *block)
{
    pad_key(key->outer, secret, PAD_OUTER, block);
}

void hmac_begin(hmac_job_t *job, const hmac_key_t *key, const uint8_t *message, size_t n)
{
    memcpy(job->state, key->inner, sizeof job->state);
    memcpy(job->outer, key->outer, sizeof job->outer);
    job->next = message;
    job->left = n;
    job->length = n;
    job->step = STEP_MESSAGE;
}

/* `n` is hashed behind one padded key block. */
static void put_length(uint8_t padded[SHA256_BLOCK], size_t n)
{
    const uint32_t bits = (uint32_t)((n + SHA256_BLOCK) * 8U);
    padded[LENGTH_AT + 4] = (uint8_t)(bits >> 24);
    padded[LENGTH_AT + 5] = (uint8_t)(bits >> 16);
    padded[LENGTH_AT + 6] = (uint8_t)(bits >> 8);
    padded[LENGTH_AT + 7] = (uint8_t)bits;
}

/* The last bytes of the message, the end mark, and the length if it still fits. */
static void take_rest(hmac_job_t *job, sha256_block_t *block)
{
    uint8_t padded[SHA256_BLOCK] = {0};
    memcpy(padded, job->next, job->left);
    padded[job->left] = 0x80;
    job->step = STEP_LENGTH;
    if (job->left < LENGTH_AT) {
        put_length(padded, job->length);
        job->step = STEP_OUTER;
    }
    block(job->state, padded);
}

static void take_length(hmac_job_t *job, sha256_block_t *block)
{
    uint8_t padded[SHA256_BLOCK] = {0};
    put_length(padded, job->length);
    block(job->state, padded);
    job->step = STEP_OUTER;
}

static void take_outer(hmac_job_t *job, sha256_block_t *block)
{
    uint8_t padded[SHA256_BLOCK] = {0};
    sha256_digest(job->state, padded);
    padded[SHA256_DIGEST] = 0x80;
    put_length(padded, SHA256_DIGEST);
    memcpy(job->state, job->outer, sizeof job->state);
    block(job->state, padded);
    job->step = STEP_DONE;
}

bool hmac_step(hmac_job_t *job, sha256_block_t *block)
{
    if (job->step == STEP_MESSAGE && job->left >= SHA256_BLOCK) {
        block(job->state, job->next);
        job->next += SHA256_BLOCK;
        job->left -= SHA256_BLOCK;
    } else if (job->step == STEP_MESSAGE) {
        take_rest(job, block);
    } else if (job->step == STEP_LENGTH) {
        take_length(job, block);
    } else if (job->step == STEP_OUTER) {
        take_outer(job, block);
    }
    return job->step == STEP_DONE;
}
