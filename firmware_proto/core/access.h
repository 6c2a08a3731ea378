/* Who may command the pen: link sessions, their keys and counters, and the repeats of the last sealed frames.
 *
 * One session is active. A new one is pending until its first valid sealed frame; then it becomes the active one, unless
 * the active one is in use, or its pairing is not what it was. It waits for 5 s and goes when its pairing is forgotten.
 * Keys of sessions live as HMAC states only, and are overwritten when they are dropped; those of the pairings lie in
 * the store. A session ends when no valid sealed frame has come for 15 minutes, when 5 bad MACs or stale counters came
 * within a second (IL-27), and when its own pairing is forgotten or made anew.
 */
#ifndef PEN_ACCESS_H
#define PEN_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "answer.h"
#include "frame.h"
#include "mailbox.h"
#include "pen_interlocks.h"
#include "port.h"
#include "sha256.h"
#include "store.h"

enum {
    ACCESS_NONCE = 16,
    ACCESS_REPEATS = 8,        /* last sealed frames whose answers are kept */
    ACCESS_IN_USE_MS = 500,    /* how long after its last heartbeat a session cannot be taken over */
    ACCESS_PENDING_MS = 5000,  /* how long a pending session waits for its first valid frame (assumed: a host sends it at once) */
    ACCESS_KEY_MESSAGE = 10 + 1 + 2 * ACCESS_NONCE + 4
};

typedef struct {
    uint32_t id; /* 0 = no session */
    uint8_t role;
    uint8_t slot; /* of its pairing */
    bool heartbeat_heard;
    uint32_t heartbeat_ms;
    uint32_t valid_ms; /* when its last valid sealed frame came; of a pending one: when it was opened */
    uint64_t heard; /* highest counter of a valid frame from the host */
    uint64_t said;  /* last counter used towards the host */
    hmac_key_t from_host;
    hmac_key_t to_host;
} session_t;

/* A sealed frame that was taken, and its sealed answer: sent once more as it is, when the frame comes once more. */
typedef struct {
    uint64_t counter; /* 0 = empty */
    uint8_t mac[FRAME_MAC];
    uint8_t length; /* of the answer, 0 = none yet */
    uint8_t answer[FRAME_HEADER + ANSWER_MAX + FRAME_COUNTER + FRAME_MAC];
} repeat_t;

typedef struct {
    uint8_t step;
    uint8_t host_nonce[ACCESS_NONCE];
    uint8_t device_nonce[ACCESS_NONCE];
    uint8_t proof[FRAME_MAC];
    uint8_t message[ACCESS_KEY_MESSAGE];
    uint8_t secret[HMAC_KEY];
    hmac_key_t pairing;
    hmac_job_t job;
} opening_t;

typedef struct {
    uint32_t last_id;
    session_t active;
    session_t pending;
    opening_t opening; /* how the pending session came about */
    unsigned repeat_next;
    repeat_t repeats[ACCESS_REPEATS];
    /* IL-27: when the last bad seals came */
    uint32_t bad_ms[PEN_IL27_BAD_COUNT];
    unsigned bad_count;
} access_t;

void access_init(access_t *access);

/* Why this OPEN_SESSION cannot be taken, PEN_REASON_NONE when it can. */
result_t access_may_open(const access_t *access, const pairings_record_t *pairings, const pen_open_session_t *asked,
                         uint32_t now_ms);

/* The pending session is already the one that this OPEN_SESSION asks for: the host did not hear the answer. */
bool access_open_again(const access_t *access, const pen_open_session_t *asked);

/* Starts a pending session with the key of its pairing; the one that was pending is dropped. */
void access_open(access_t *access, const pairings_record_t *pairings, const pen_open_session_t *asked,
                 const uint8_t device_nonce[ACCESS_NONCE], uint32_t now_ms);

/* Takes one block; true when the pending session is ready. */
bool access_open_step(access_t *access, sha256_block_t *block);

/* The answer for the pending session. */
void access_describe(const access_t *access, uint64_t device_time_us, pen_session_t *session);

/* Why the pending session cannot become the active one, PEN_REASON_NONE when it can: what held at OPEN_SESSION holds no more. */
uint8_t access_may_activate(const access_t *access, const pairings_record_t *pairings, uint32_t now_ms);

/* The pairing in this slot is forgotten or another one now: a session that is pending with its old key goes. */
void access_forget_slot(access_t *access, uint8_t slot);

/* A pending session that nobody uses goes. Not while a frame is being worked on. */
void access_expire_pending(access_t *access, uint32_t now_ms);

/* The pending session becomes the active one. */
void access_activate(access_t *access);

/* Neither session is there any more. */
void access_end(access_t *access);

/* The active session has not been used for so long that it is over. */
bool access_expired(const access_t *access, uint32_t now_ms);

/* Forgets what is so long ago that a time of 32 bits could not tell it from now. To be called at least once a day. */
void access_age(access_t *access, uint32_t now_ms);

/* A bad MAC or a stale counter came; true when there were so many that the active session has to end. */
bool access_count_bad(access_t *access, uint32_t now_ms);

/* The repeat that this valid sealed frame is, NULL if it is none. */
repeat_t *access_find_repeat(access_t *access, uint64_t counter, const uint8_t mac[FRAME_MAC]);

/* Remembers a valid sealed frame in place of the oldest; its answer is filled in when it is sealed. */
repeat_t *access_remember(access_t *access, uint64_t counter, const uint8_t mac[FRAME_MAC]);

#endif
