#include "record_layout.h"

#include <string.h>

#include "bytes.h"
#include "pen_interlocks.h"
#include "pen_limits.h"
#include "pen_messages.h"

enum {
    CODES_SIZE = RECORDS_CODES * RECORDS_HASH,
    LIMITS_SIZE = 4 * RECORDS_MODES,
    CONFIGURATION_SIZE = PEN_SERIAL_SIZE + 1 + 2 * LIMITS_SIZE + CODES_SIZE,
    COUNTERS_SIZE = 11,
    CALIBRATION_SIZE = 8,
    TRIP_SIZE = 24,
    TRIP_MODE = 3,         /* in a trip: 2 x mode + latched */
    FOLLOWS_LOST = 0x80,   /* there, in the first trip: to firmware that does not know it, a mode that is none */
    PAIRING_SIZE = 1 + PEN_KEY_SIZE + RECORDS_NAME,
    CARTRIDGE_SIZE = 8
};

_Static_assert((int)CONFIGURATION_SIZE <= (int)STORE_PAYLOAD_MAX, "a record is longer");
_Static_assert(TRIP_SIZE * RECORDS_TRIPS <= (int)STORE_PAYLOAD_MAX, "a record is longer");
_Static_assert(PAIRING_SIZE * RECORDS_PAIRINGS <= (int)STORE_PAYLOAD_MAX, "a record is longer");
_Static_assert(CARTRIDGE_SIZE * RECORDS_CARTRIDGES <= (int)STORE_PAYLOAD_MAX, "a record is longer");

uint16_t record_length(store_kind_t kind)
{
    switch (kind) {
    case STORE_CONFIGURATION:
        return CONFIGURATION_SIZE;
    case STORE_COUNTERS:
        return COUNTERS_SIZE;
    case STORE_CALIBRATION:
        return CALIBRATION_SIZE;
    case STORE_TRIPS:
        return TRIP_SIZE * RECORDS_TRIPS;
    case STORE_PAIRINGS:
        return PAIRING_SIZE * RECORDS_PAIRINGS;
    case STORE_CARTRIDGES:
        return CARTRIDGE_SIZE * RECORDS_CARTRIDGES;
    case STORE_RECORDS:
        break;
    }
    return 0;
}

/* Configuration -------------------------------------------------------------------------------------------- */

static uint8_t *put_limits(uint8_t *out, const int32_t limits[RECORDS_MODES])
{
    for (size_t i = 0; i < RECORDS_MODES; i++) {
        bytes_put_u32(out + 4 * i, (uint32_t)limits[i]);
    }
    return out + LIMITS_SIZE;
}

static const uint8_t *get_limits(const uint8_t *in, int32_t limits[RECORDS_MODES])
{
    for (size_t i = 0; i < RECORDS_MODES; i++) {
        limits[i] = (int32_t)bytes_get_u32(in + 4 * i);
    }
    return in + LIMITS_SIZE;
}

static void put_configuration(const configuration_record_t *from, uint8_t *out)
{
    memcpy(out, from->serial_number, PEN_SERIAL_SIZE);
    out += PEN_SERIAL_SIZE;
    *out++ = from->home_only ? 1 : 0;
    out = put_limits(out, from->depth_max_um);
    out = put_limits(out, from->rate_max_mhz);
    memcpy(out, from->code_hash, CODES_SIZE);
}

/* The limits may only be narrower than the hard ones; 0 would stand for the hard one. */
static bool limits_in_range(const configuration_record_t *read)
{
    static const pen_mode_limits_t HARD[RECORDS_MODES] = PEN_MODE_LIMITS_INIT;
    for (size_t i = 0; i < RECORDS_MODES; i++) {
        if (read->depth_max_um[i] <= 0 || read->depth_max_um[i] < HARD[i].depth_min_um || read->depth_max_um[i] > HARD[i].depth_max_um
            || read->rate_max_mhz[i] < HARD[i].rate_min_mhz || read->rate_max_mhz[i] > HARD[i].rate_max_mhz) {
            return false;
        }
    }
    return true;
}

static void get_configuration(configuration_record_t *to, const uint8_t *in)
{
    memcpy(to->serial_number, in, PEN_SERIAL_SIZE);
    in += PEN_SERIAL_SIZE;
    to->home_only = *in++ == 1;
    in = get_limits(in, to->depth_max_um);
    in = get_limits(in, to->rate_max_mhz);
    memcpy(to->code_hash, in, CODES_SIZE);
}

static bool valid_configuration(const uint8_t *in)
{
    configuration_record_t read;
    get_configuration(&read, in);
    return in[PEN_SERIAL_SIZE] <= 1 && limits_in_range(&read);
}

/* Counters and calibration --------------------------------------------------------------------------------- */

static void put_counters(const counters_record_t *from, uint8_t *out)
{
    bytes_put_u32(out, from->boot);
    bytes_put_u32(out + 4, from->strokes);
    bytes_put_u16(out + 8, from->latest_day);
    out[10] = from->wrong_codes;
}

static void get_counters(counters_record_t *to, const uint8_t *in)
{
    to->boot = bytes_get_u32(in);
    to->strokes = bytes_get_u32(in + 4);
    to->latest_day = bytes_get_u16(in + 8);
    to->wrong_codes = in[10];
}

static void put_calibration(const calibration_record_t *from, uint8_t *out)
{
    bytes_put_u16(out, (uint16_t)from->bar_offset_um);
    bytes_put_u16(out + 2, from->day);
    bytes_put_u32(out + 4, from->strokes);
}

static void get_calibration(calibration_record_t *to, const uint8_t *in)
{
    to->bar_offset_um = (int16_t)bytes_get_u16(in);
    to->day = bytes_get_u16(in + 2);
    to->strokes = bytes_get_u32(in + 4);
}

/* IL-29: farther off than that, a sensor has a fault that no calibration mends. */
static bool valid_calibration(const uint8_t *in)
{
    calibration_record_t read;
    get_calibration(&read, in);
    return read.bar_offset_um >= -PEN_IL29_OFFSET_UM && read.bar_offset_um <= PEN_IL29_OFFSET_UM;
}

/* Trips ---------------------------------------------------------------------------------------------------- */

static void put_trip(const kept_trip_t *from, uint8_t *out)
{
    out[0] = from->interlock;
    out[1] = from->input;
    out[2] = from->stop;
    out[3] = (uint8_t)((from->mode << 1) | (from->latched ? 1U : 0U));
    bytes_put_u32(out + 4, (uint32_t)from->value);
    bytes_put_u32(out + 8, (uint32_t)from->limit);
    bytes_put_u64(out + 12, from->time_us);
    bytes_put_u32(out + 20, from->boot);
}

static void get_trip(kept_trip_t *to, const uint8_t *in)
{
    *to = (kept_trip_t){.interlock = in[0],
                        .input = in[1],
                        .stop = in[2],
                        .mode = (uint8_t)(in[3] >> 1),
                        .latched = (in[3] & 1U) != 0,
                        .value = (int32_t)bytes_get_u32(in + 4),
                        .limit = (int32_t)bytes_get_u32(in + 8),
                        .time_us = bytes_get_u64(in + 12),
                        .boot = bytes_get_u32(in + 20)};
}

static void put_trips(const trips_record_t *from, uint8_t *out)
{
    for (size_t i = 0; i < RECORDS_TRIPS; i++) {
        put_trip(&from->trips[i], out + TRIP_SIZE * i);
    }
    out[TRIP_MODE] = (uint8_t)(out[TRIP_MODE] | (from->follows_lost ? FOLLOWS_LOST : 0));
}

static void get_trips(trips_record_t *to, const uint8_t *in)
{
    for (size_t i = 0; i < RECORDS_TRIPS; i++) {
        get_trip(&to->trips[i], in + TRIP_SIZE * i);
    }
    to->trips[0].mode = (uint8_t)(to->trips[0].mode & ~(FOLLOWS_LOST >> 1));
    to->follows_lost = (in[TRIP_MODE] & FOLLOWS_LOST) != 0;
}

/* An interlock that this firmware does not know could be neither held nor reset: better none than one forgotten. */
static bool valid_trips(const uint8_t *in)
{
    trips_record_t read;
    get_trips(&read, in);
    for (size_t i = 0; i < RECORDS_TRIPS; i++) {
        const kept_trip_t *trip = &read.trips[i];
        if (trip->interlock > PEN_IL_COUNT || trip->stop > PEN_STOP_KIND_C1 || trip->mode > PEN_MODE_CLINICAL) {
            return false;
        }
    }
    return true;
}

/* Pairings ------------------------------------------------------------------------------------------------- */

static void put_pairings(const pairings_record_t *from, uint8_t *out)
{
    for (size_t i = 0; i < RECORDS_PAIRINGS; i++) {
        uint8_t *at = out + PAIRING_SIZE * i;
        at[0] = from->slots[i].role;
        memcpy(at + 1, from->slots[i].key, PEN_KEY_SIZE);
        memcpy(at + 1 + PEN_KEY_SIZE, from->slots[i].name, RECORDS_NAME);
    }
}

static bool valid_pairings(const uint8_t *in)
{
    for (size_t i = 0; i < RECORDS_PAIRINGS; i++) {
        if (in[PAIRING_SIZE * i] > PEN_ROLE_SERVICE) {
            return false;
        }
    }
    return true;
}

static void get_pairings(pairings_record_t *to, const uint8_t *in)
{
    for (size_t i = 0; i < RECORDS_PAIRINGS; i++) {
        const uint8_t *at = in + PAIRING_SIZE * i;
        to->slots[i].role = at[0];
        memcpy(to->slots[i].key, at + 1, PEN_KEY_SIZE);
        memcpy(to->slots[i].name, at + 1 + PEN_KEY_SIZE, RECORDS_NAME);
    }
}

/* Cartridges ----------------------------------------------------------------------------------------------- */

static void put_cartridges(const cartridges_record_t *from, uint8_t *out)
{
    for (size_t i = 0; i < RECORDS_CARTRIDGES; i++) {
        bytes_put_u32(out + CARTRIDGE_SIZE * i, from->cartridges[i].id);
        bytes_put_u32(out + CARTRIDGE_SIZE * i + 4, from->cartridges[i].sequence);
    }
}

static void get_cartridges(cartridges_record_t *to, const uint8_t *in)
{
    for (size_t i = 0; i < RECORDS_CARTRIDGES; i++) {
        to->cartridges[i].id = bytes_get_u32(in + CARTRIDGE_SIZE * i);
        to->cartridges[i].sequence = bytes_get_u32(in + CARTRIDGE_SIZE * i + 4);
    }
}

/* By kind -------------------------------------------------------------------------------------------------- */

void record_put(store_kind_t kind, const store_t *store, uint8_t *out)
{
    switch (kind) {
    case STORE_CONFIGURATION:
        put_configuration(&store->configuration, out);
        break;
    case STORE_COUNTERS:
        put_counters(&store->counters, out);
        break;
    case STORE_CALIBRATION:
        put_calibration(&store->calibration, out);
        break;
    case STORE_TRIPS:
        put_trips(&store->trips, out);
        break;
    case STORE_PAIRINGS:
        put_pairings(&store->pairings, out);
        break;
    case STORE_CARTRIDGES:
        put_cartridges(&store->cartridges, out);
        break;
    case STORE_RECORDS:
        break;
    }
}

bool record_valid(store_kind_t kind, const uint8_t *in)
{
    switch (kind) {
    case STORE_CONFIGURATION:
        return valid_configuration(in);
    case STORE_TRIPS:
        return valid_trips(in);
    case STORE_PAIRINGS:
        return valid_pairings(in);
    case STORE_CALIBRATION:
        return valid_calibration(in);
    case STORE_COUNTERS:
    case STORE_CARTRIDGES:
        return true; /* every value is one that they can have */
    case STORE_RECORDS:
        break;
    }
    return false;
}

void record_get(store_kind_t kind, store_t *store, const uint8_t *in)
{
    switch (kind) {
    case STORE_CONFIGURATION:
        get_configuration(&store->configuration, in);
        break;
    case STORE_COUNTERS:
        get_counters(&store->counters, in);
        break;
    case STORE_CALIBRATION:
        get_calibration(&store->calibration, in);
        break;
    case STORE_TRIPS:
        get_trips(&store->trips, in);
        break;
    case STORE_PAIRINGS:
        get_pairings(&store->pairings, in);
        break;
    case STORE_CARTRIDGES:
        get_cartridges(&store->cartridges, in);
        break;
    case STORE_RECORDS:
        break;
    }
}
