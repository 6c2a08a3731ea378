/* What the sounder plays: the alarm with the highest priority, else the tone of the self-test. */
#ifndef PEN_SOUNDER_H
#define PEN_SOUNDER_H

#include <stdbool.h>
#include <stdint.h>

#include "guard.h"

typedef struct {
    uint8_t priority;  /* of the last stop that did not latch */
    uint64_t since_us; /* when it was */
    uint8_t playing;   /* asked for in the tick before */
} sounder_t;

/* enum pen_sounder */
uint8_t sounder_tick(sounder_t *sounder, const guard_t *guard, bool testing);

#endif
