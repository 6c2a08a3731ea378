/* Finished frames on their way out, as wire bytes: a short queue, and a place for the STATUS after a STOP.
 *
 * The background loop puts frames in, pen_tx takes bytes out; the two may interrupt each other.
 */
#ifndef PEN_WIRES_H
#define PEN_WIRES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

enum {
    WIRES_QUEUE = 2,
    WIRES_URGENT_DECODED = FRAME_SHORTEST + PEN_STATUS_SIZE,
    WIRES_URGENT = FRAME_WIRE_SIZE(WIRES_URGENT_DECODED)
};

typedef enum { READING_NOTHING, READING_URGENT, READING_QUEUE } reading_t;

typedef struct {
    uint16_t length;
    uint8_t bytes[FRAME_WIRE_SIZE(FRAME_MAX)];
} wire_t;

typedef struct {
    atomic_uint head; /* background writes */
    atomic_uint tail; /* pen_tx writes */
    wire_t queue[WIRES_QUEUE];
    atomic_uint urgent_full; /* background sets, pen_tx clears */
    uint16_t urgent_length;
    uint8_t urgent[WIRES_URGENT];
    reading_t reading; /* pen_tx only, as is `read` */
    uint16_t read;
} wires_t;

void wires_init(wires_t *wires);

/* Each finishes the `length` decoded bytes in `frame`, which needs room for the CRC-32, and puts them in; only when
 * there is a place. */
bool wires_full(const wires_t *wires);
void wires_put(wires_t *wires, uint8_t *frame, size_t length);
bool wires_urgent_full(const wires_t *wires);
void wires_put_urgent(wires_t *wires, uint8_t *frame, size_t length);

/* Takes up to `room` bytes out; returns how many. The urgent frame goes first, at the next end of a frame. */
size_t wires_read(wires_t *wires, uint8_t *bytes, size_t room);

#endif
