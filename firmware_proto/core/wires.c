#include "wires.h"

#include <string.h>

void wires_init(wires_t *wires)
{
    memset(wires, 0, sizeof *wires);
}

bool wires_full(const wires_t *wires)
{
    return atomic_load_explicit(&wires->head, memory_order_relaxed)
               - atomic_load_explicit(&wires->tail, memory_order_acquire)
           == WIRES_QUEUE;
}

void wires_put(wires_t *wires, uint8_t *frame, size_t length)
{
    const unsigned head = atomic_load_explicit(&wires->head, memory_order_relaxed);
    wire_t *wire = &wires->queue[head % WIRES_QUEUE];
    wire->length = (uint16_t)frame_finish(frame, length, wire->bytes);
    atomic_store_explicit(&wires->head, head + 1U, memory_order_release);
}

bool wires_urgent_full(const wires_t *wires)
{
    return atomic_load_explicit(&wires->urgent_full, memory_order_acquire) != 0;
}

void wires_put_urgent(wires_t *wires, uint8_t *frame, size_t length)
{
    wires->urgent_length = (uint16_t)frame_finish(frame, length, wires->urgent);
    atomic_store_explicit(&wires->urgent_full, 1U, memory_order_release);
}

static reading_t choose(const wires_t *wires)
{
    if (wires_urgent_full(wires)) {
        return READING_URGENT;
    }
    if (atomic_load_explicit(&wires->head, memory_order_acquire)
        != atomic_load_explicit(&wires->tail, memory_order_relaxed)) {
        return READING_QUEUE;
    }
    return READING_NOTHING;
}

static void done_reading(wires_t *wires)
{
    if (wires->reading == READING_URGENT) {
        atomic_store_explicit(&wires->urgent_full, 0U, memory_order_release);
    } else {
        const unsigned tail = atomic_load_explicit(&wires->tail, memory_order_relaxed);
        atomic_store_explicit(&wires->tail, tail + 1U, memory_order_release);
    }
    wires->reading = READING_NOTHING;
    wires->read = 0;
}

/* Copies from the frame that is being read; returns how many bytes. */
static size_t read_on(wires_t *wires, uint8_t *bytes, size_t room)
{
    const unsigned tail = atomic_load_explicit(&wires->tail, memory_order_relaxed);
    const wire_t *wire = &wires->queue[tail % WIRES_QUEUE];
    const bool urgent = wires->reading == READING_URGENT;
    const uint8_t *from = urgent ? wires->urgent : wire->bytes;
    const size_t length = urgent ? wires->urgent_length : wire->length;
    const size_t left = length - wires->read;
    const size_t n = left < room ? left : room;
    memcpy(bytes, from + wires->read, n);
    wires->read = (uint16_t)(wires->read + n);
    if (n == left) {
        done_reading(wires);
    }
    return n;
}

size_t wires_read(wires_t *wires, uint8_t *bytes, size_t room)
{
    size_t taken = 0;
    while (taken < room) { /* each turn takes at least one byte */
        if (wires->reading == READING_NOTHING) {
            wires->reading = choose(wires);
        }
        if (wires->reading == READING_NOTHING) {
            break;
        }
        taken += read_on(wires, bytes + taken, room - taken);
    }
    return taken;
}
