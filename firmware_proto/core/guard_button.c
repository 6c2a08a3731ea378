/* The button at the pen, debounced: when a closed contact is somebody's hand. Guard and control each keep one. */
#include "guard_parts.h"

#include "pen_device.h"

enum {
    DEBOUNCE_TICKS = PEN_IL30_DEBOUNCE_US / PEN_TICK_US,
    UNDECIDED_US = 4 * PEN_IL30_DEBOUNCE_US, /* what still chatters after so long is no press */
    OPEN_US = PEN_IL30_DEBOUNCE_US + 2 * PEN_TICK_US /* open for so long it was decided for a tick, jitter of the clock or not */
};

/* Closed for the debounce time without a break: no spike is a hand. */
static void await_press(guard_button_t *button, bool closed, uint64_t now_us)
{
    if (!closed) {
        button->ticks = 0U;
        return;
    }
    if (now_us - button->closed_us > OPEN_US) {
        button->contact_us = now_us;
    }
    button->closed_us = now_us;
    if (button->ticks < DEBOUNCE_TICKS) {
        button->ticks++;
        return;
    }
    button->released = false;
    button->pressed = true;
    button->pressed_us = now_us - PEN_IL30_DEBOUNCE_US;
    button->ticks = 0U;
}

/* Open for as long, at once or again and again: one short break in a press that is held does not end it. */
static void await_release(guard_button_t *button, bool closed)
{
    if (guard_mounts(&button->ticks, !closed, DEBOUNCE_TICKS)) {
        button->released = true;
        button->pressed = false;
        button->ticks = 0U;
    }
}

/* Before it has been seen released it is pressed by nobody, and held longer than a hand would it is stuck. */
void guard_button_tick(guard_button_t *button, bool closed, uint64_t now_us)
{
    if (button->released) {
        await_press(button, closed, now_us);
    } else {
        await_release(button, closed);
    }
    button->pressed = button->pressed && now_us - button->pressed_us <= PEN_IL30_HELD_US;
}

bool guard_button_undecided(const guard_button_t *button, uint64_t now_us)
{
    return button->released && now_us - button->closed_us <= PEN_IL30_DEBOUNCE_US
           && now_us - button->contact_us <= UNDECIDED_US;
}
