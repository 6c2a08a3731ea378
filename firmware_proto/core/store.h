/* The pen's memory: six records, each in two copies with sequence and CRC-32, so that power-off in the middle of a
 * write leaves the other copy valid. Background only.
 *
 * The records lie here in RAM as they count. Whoever changes one marks it; store_step writes it, at most 64 bytes a poll:
 * first the older copy, then the other, so that at rest both say the same and the loss of one loses nothing. A copy is
 * begun by wiping its mark and ended by writing its header, then read back. A copy that is found damaged is written
 * again from the other one; of two damaged copies none is made up from RAM.
 *
 * A copy: magic u32, kind u8, version u8, length u16, sequence u32, payload, CRC-32 over all of it before. Copy A of
 * record k lies at 256 k, copy B 2048 above it.
 */
#ifndef PEN_STORE_H
#define PEN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port.h"
#include "records.h"

enum {
    STORE_COPIES = 2,
    STORE_COPY_SIZE = 256,    /* room for a copy */
    STORE_COPY_B = 2048,      /* how far copy B lies above copy A */
    STORE_HEADER = 12,
    STORE_CRC = 4,
    STORE_PAYLOAD_MAX = STORE_COPY_SIZE - STORE_HEADER - STORE_CRC,
    STORE_PIECE = 64,         /* most bytes of memory in one call of a hook */
    STORE_TRIES = 3,          /* to read a piece at power-on: what is not read then is lost, and may have been the newest */
    STORE_REST_POLLS = 1000   /* after a memory that did not answer, before it is asked again */
};

typedef enum {
    STORE_CONFIGURATION,
    STORE_COUNTERS,
    STORE_CALIBRATION,
    STORE_TRIPS,
    STORE_PAIRINGS,
    STORE_CARTRIDGES,
    STORE_RECORDS /* how many there are */
} store_kind_t;

_Static_assert(STORE_RECORDS * STORE_COPY_SIZE <= STORE_COPY_B && 2 * STORE_COPY_B <= PEN_MEMORY_SIZE, "no room");

typedef enum { STORE_IDLE, STORE_READ, STORE_WIPE, STORE_BODY, STORE_HEAD, STORE_VERIFY } store_step_t;

typedef struct {
    const pen_port_t *port;
    void *context;
    /* what counts; all zero where no copy was valid */
    configuration_record_t configuration;
    counters_record_t counters;
    calibration_record_t calibration;
    trips_record_t trips;
    pairings_record_t pairings;
    cartridges_record_t cartridges;
    /* the rest belongs to store.c */
    uint8_t valid[STORE_RECORDS]; /* bit 0 copy A, bit 1 copy B, as last read, checked or written */
    bool lost[STORE_RECORDS];     /* there was none at power-on: what stands there later was never what counts */
    uint32_t sequence[STORE_RECORDS];
    bool sought[STORE_RECORDS];   /* lost, and both copies were read once more before it is written, or cannot be read */
    uint8_t seeks;                /* reads for that which were not answered */
    bool marked[STORE_RECORDS];   /* to be written */
    bool failed;                  /* the memory did not answer, or did not keep; true until nothing is left to be done */
    uint8_t first;                /* record that is looked after first: not the one that failed last */
    uint32_t copy_sequence[STORE_RECORDS][STORE_COPIES];
    uint8_t stale[STORE_RECORDS]; /* copies that are to be written, bits as in `valid` */
    bool check[STORE_RECORDS];    /* both copies are to be read */
    /* the copy under way */
    store_step_t step;
    store_kind_t kind;
    uint8_t copy;
    bool healing;  /* it is read to be written over the other one */
    uint16_t at;   /* bytes of it done */
    uint16_t rest; /* polls to wait */
    uint8_t image[STORE_COPY_SIZE];
} store_t;

/* Reads all records: for power-on, not for a poll. A port without memory hooks: no record is valid, none is written. */
void store_init(store_t *store, const pen_port_t *port, void *context);

/* A valid copy of the record was there at power-on, or has been written since, and still was at the last check. */
bool store_intact(const store_t *store, store_kind_t kind);

/* The record in RAM is to be written, over the older copy first. */
void store_mark(store_t *store, store_kind_t kind);

/* Marked, or not yet in both copies. */
bool store_waits(const store_t *store, store_kind_t kind);

/* The memory does not answer. */
bool store_failed(const store_t *store);

/* Begins to read both copies of a record again and check them; the verdict is store_intact, some polls later. */
void store_check(store_t *store, store_kind_t kind);

/* One poll: one call of a memory hook. */
void store_step(store_t *store);

/* Nothing is under way or waits. */
bool store_idle(const store_t *store);

#endif
