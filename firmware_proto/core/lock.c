/* The mode lock's button: it counts while it is pressed and for some seconds afterwards. */
#include "control.h"

#include "pen_device.h"
#include "pen_interlocks.h"

enum { DEBOUNCE_TICKS = 50 /* 5 ms */ };

void lock_tick(lock_t *lock, const pen_inputs_t *in)
{
    lock->released = lock->released || in->button_pressed == 0U;
    const bool closed = lock->released && in->button_pressed != 0U;
    if (closed == lock->pressed) {
        lock->ticks = 0U;
    } else if (lock->ticks < DEBOUNCE_TICKS) {
        lock->ticks++;
    } else {
        lock->pressed = closed;
        lock->ticks = 0U;
    }
    if (closed) { /* a bouncing contact, too, is somebody's hand */
        lock->ever = true;
        lock->last_us = in->time_us;
    }
}

bool lock_recent(const lock_t *lock, uint64_t now_us)
{
    return lock->ever && now_us - lock->last_us < PEN_IL30_BUTTON_US;
}
