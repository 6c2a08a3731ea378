/* The inputs around a trip: a ring of one row a millisecond, frozen some rows after the trip. Lost at power-off. */
#ifndef PEN_SNAPSHOT_H
#define PEN_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "guard.h"
#include "pen_io.h"
#include "pen_messages.h"

enum {
    SNAPSHOT_ROWS = 40,
    SNAPSHOT_AFTER = 10, /* rows that follow the trip */
    SNAPSHOT_KEPT = 4,
    SNAPSHOT_PARTS = (SNAPSHOT_ROWS + PEN_SNAPSHOT_ROWS - 1) / PEN_SNAPSHOT_ROWS
};

typedef struct {
    uint32_t number; /* of the snapshot, from 1; 0 = empty */
    uint8_t count;   /* rows that are filled */
    pen_trip_sample_t rows[SNAPSHOT_ROWS]; /* time_us: low half of the device time */
} snapshot_t;

typedef struct {
    pen_trip_sample_t ring[SNAPSHOT_ROWS];
    uint32_t next;    /* rows taken so far */
    uint32_t ticks;   /* since the last row */
    uint32_t number;  /* of the newest snapshot */
    uint8_t rows_due; /* until it is frozen, 0 = none under way */
    snapshot_t kept[SNAPSHOT_KEPT];
} snapshots_t;

void snapshots_init(snapshots_t *snapshots);

/* A trip: returns the number of its snapshot. Trips within the same 10 ms share one. */
uint32_t snapshots_begin(snapshots_t *snapshots);

/* Once a tick, after control. */
void snapshots_tick(snapshots_t *snapshots, const guard_t *guard, const pen_inputs_t *in, const pen_outputs_t *out);

/* Parts of this snapshot, 0 when it is not kept, or not yet. */
uint8_t snapshots_parts(const snapshots_t *snapshots, uint32_t number);

/* Fills rows and count of one part; `trip_us` is the zero of the rows' times. The part must exist. */
void snapshots_part(const snapshots_t *snapshots, uint32_t number, uint8_t part, uint64_t trip_us, pen_snapshot_t *message);

#endif
