/* SHA-256 (FIPS 180-4) a block at a time, and HMAC-SHA-256 (RFC 2104) as a job of single blocks.
 *
 * The background loop may take one block in a poll, so nothing here hashes a whole message in one call.
 */
#ifndef PEN_SHA256_H
#define PEN_SHA256_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHA256_BLOCK = 64, SHA256_DIGEST = 32, HMAC_KEY = 32 };

typedef void sha256_block_t(uint32_t state[8], const uint8_t block[64]);

/* The portable block function. */
void sha256_block(uint32_t state[8], const uint8_t block[64]);

void sha256_start(uint32_t state[8]);
void sha256_digest(const uint32_t state[8], uint8_t digest[SHA256_DIGEST]);

/* A key as the two states after its padded blocks: a MAC costs two blocks less, and the key itself can be wiped. */
typedef struct {
    uint32_t inner[8];
    uint32_t outer[8];
} hmac_key_t;

/* Each takes one block. Both together make the key ready. */
void hmac_key_inner(hmac_key_t *key, const uint8_t secret[HMAC_KEY], sha256_block_t *block);
void hmac_key_outer(hmac_key_t *key, const uint8_t secret[HMAC_KEY], sha256_block_t *block);

typedef struct {
    uint32_t state[8];
    uint32_t outer[8];
    const uint8_t *next; /* message bytes not taken yet; they must stay as they are until the job is done */
    size_t left;
    size_t length;
    uint8_t step;
} hmac_job_t;

/* The MAC of `n` bytes, n at most 64 KiB, with a key that is ready. */
void hmac_begin(hmac_job_t *job, const hmac_key_t *key, const uint8_t *message, size_t n);

/* Takes one block; true when the MAC stands in job->state. */
bool hmac_step(hmac_job_t *job, sha256_block_t *block);

#endif
