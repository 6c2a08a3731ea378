/* The mode lock's button: it counts while it is pressed and for some seconds afterwards. */
#include "control.h"

#include "pen_interlocks.h"

void lock_tick(lock_t *lock, const pen_inputs_t *in)
{
    guard_button_tick(&lock->button, in->button_pressed != 0U, in->time_us);
    lock->pressed = lock->button.pressed;
    if (lock->pressed) {
        lock->ever = true;
        lock->last_us = in->time_us;
    } else if (!lock->button.released) { /* held for too long: not a hand's after all */
        lock->ever = false;
    }
}

bool lock_recent(const lock_t *lock, uint64_t now_us)
{
    return lock->ever && now_us - lock->last_us < PEN_IL30_BUTTON_US;
}

bool lock_undecided(const lock_t *lock, uint64_t now_us)
{
    return guard_button_undecided(&lock->button, now_us);
}
