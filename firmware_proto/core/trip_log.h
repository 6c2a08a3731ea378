/* The last trips with what each looked at, newest first; those that are latched survive power-off and restart, and give
 * their place to no later one. */
#ifndef PEN_TRIP_LOG_H
#define PEN_TRIP_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "guard.h"
#include "mailbox.h"
#include "records.h"
#include "snapshot.h"

typedef struct {
    trips_record_t record;                /* the newest first */
    uint32_t snapshot[RECORDS_TRIPS];     /* number of the snapshot of each, 0 = none */
    uint32_t boot;
    uint64_t latched;                     /* interlocks that are latched in the log, one bit each */
    bool changed;                         /* since it was last handed to memory */
} trip_log_t;

/* Takes what memory kept, and hands the latched trips to guard: a restart is no reset. Before the first tick. */
void trip_log_init(trip_log_t *log, const trips_record_t *kept, uint32_t boot, guard_t *guard);

/* Once a tick, before the trips are reported: takes the new ones, and marks what is no longer latched in guard. */
void trip_log_tick(trip_log_t *log, snapshots_t *snapshots, const guard_t *guard);

/* Answers to GET_TRIP and GET_SNAPSHOT. */
result_t trip_log_trip(const trip_log_t *log, const snapshots_t *snapshots, int32_t index, pen_trip_t *message);
result_t trip_log_snapshot(const trip_log_t *log, const snapshots_t *snapshots, int32_t index, int32_t part,
                           pen_snapshot_t *message);

#endif
