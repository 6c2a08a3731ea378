/* What the pen keeps through power-off, as the rest of the core sees it. store.c lays it out in memory.
 *
 * Nothing here says who was treated. Every field is written by the background loop only.
 */
#ifndef PEN_RECORDS_H
#define PEN_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "port.h"

enum { RECORDS_TRIPS = 8, RECORDS_PAIRINGS = 4, RECORDS_CARTRIDGES = 30, RECORDS_MODES = 2, RECORDS_CODES = 2, RECORDS_HASH = 32, RECORDS_NAME = 16 };

/* Written at the factory, and by CONFIGURE. Limits may only be narrower than the hard ones; index 0 HOME, 1 CLINICAL. */
typedef struct {
    uint8_t serial_number[PEN_SERIAL_SIZE];
    bool home_only; /* for good */
    int32_t depth_max_um[RECORDS_MODES];
    int32_t rate_max_mhz[RECORDS_MODES];
    uint8_t code_hash[RECORDS_CODES][RECORDS_HASH]; /* of the pairing codes of CLINICIAN and SERVICE */
} configuration_record_t;

typedef struct {
    uint32_t boot;       /* number of this power-on or restart */
    uint32_t strokes;    /* of the pen's life, saturating */
    uint16_t latest_day; /* days since 2020-01-01: no date before it is taken */
    uint8_t wrong_codes; /* tries with a wrong pairing code, in all */
} counters_record_t;

typedef struct {
    int16_t bar_offset_um; /* added to every reading of sensor B */
    uint16_t day;          /* when it was done */
    uint32_t strokes;      /* of the pen's life, when it was done */
} calibration_record_t;

typedef struct {
    uint8_t interlock; /* 0 = empty */
    uint8_t input;
    uint8_t stop;
    uint8_t mode; /* enum pen_mode in which it was latched; 0 in a record of firmware that did not keep it */
    bool latched;
    int32_t value;
    int32_t limit;
    uint64_t time_us;
    uint32_t boot;
} kept_trip_t;

typedef struct {
    kept_trip_t trips[RECORDS_TRIPS]; /* the newest first */
    bool follows_lost; /* an earlier record of them was lost, and the service has not seen that yet */
} trips_record_t;

typedef struct {
    uint8_t role; /* 0 = empty */
    uint8_t key[PEN_KEY_SIZE];
    uint8_t name[RECORDS_NAME];
} kept_pairing_t;

typedef struct {
    kept_pairing_t slots[RECORDS_PAIRINGS];
} pairings_record_t;

/* The cartridges that this pen wrote to last, so that an older image of a tag is known as such: nothing of their persons. */
typedef struct {
    uint32_t id;       /* 0 = empty */
    uint32_t sequence; /* of the newest use block that was written */
} kept_cartridge_t;

typedef struct {
    kept_cartridge_t cartridges[RECORDS_CARTRIDGES]; /* the newest first */
} cartridges_record_t;

#endif
