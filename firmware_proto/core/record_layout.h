/* How each record lies in memory: little endian, without gaps. The only place that knows it. */
#ifndef PEN_RECORD_LAYOUT_H
#define PEN_RECORD_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

/* Length of the payload of a record of this kind, at most STORE_PAYLOAD_MAX. */
uint16_t record_length(store_kind_t kind);

/* Writes the record as it counts in `store` to `out`. */
void record_put(store_kind_t kind, const store_t *store, uint8_t *out);

/* Whether every value of this payload is in its range. */
bool record_valid(store_kind_t kind, const uint8_t *in);

/* Reads a payload, which has to be valid, into `store`. */
void record_get(store_kind_t kind, store_t *store, const uint8_t *in);

#endif
