/* The pen's memory: five records, each in two copies with sequence and CRC-32, so that power-off in the middle of a
 * write leaves the older copy valid. Background only.
 *
 * The records lie here in RAM as they count. Whoever changes one marks it; store_step writes it, at most 64 bytes a poll.
 */
#ifndef PEN_STORE_H
#define PEN_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port.h"
#include "records.h"

typedef enum {
    STORE_CONFIGURATION,
    STORE_COUNTERS,
    STORE_CALIBRATION,
    STORE_TRIPS,
    STORE_PAIRINGS,
    STORE_RECORDS /* how many there are */
} store_kind_t;

typedef struct {
    const pen_port_t *port;
    void *context;
    /* what counts; all zero where no copy was valid */
    configuration_record_t configuration;
    counters_record_t counters;
    calibration_record_t calibration;
    trips_record_t trips;
    pairings_record_t pairings;
    /* the rest belongs to store.c */
    uint8_t valid[STORE_RECORDS]; /* bit 0 copy A, bit 1 copy B, as last read, checked or written */
    uint32_t sequence[STORE_RECORDS];
    bool marked[STORE_RECORDS];   /* to be written */
    bool failed;                  /* the memory did not answer; true until a write or check succeeds */
} store_t;

/* Reads all records: for power-on, not for a poll. A port without memory hooks: no record is valid, none is written. */
void store_init(store_t *store, const pen_port_t *port, void *context);

/* A valid copy of the record was there at power-on, or has been written since, and still was at the last check. */
bool store_intact(const store_t *store, store_kind_t kind);

/* The record in RAM is to be written over the older copy. */
void store_mark(store_t *store, store_kind_t kind);

/* Marked or being written. */
bool store_waits(const store_t *store, store_kind_t kind);

/* The memory does not answer. */
bool store_failed(const store_t *store);

/* Begins to read both copies of a record again and check them; the verdict is store_intact, some polls later. */
void store_check(store_t *store, store_kind_t kind);

/* One poll: at most 64 bytes of memory are read or written. */
void store_step(store_t *store);

#endif
