/* Stroke rate from the shaft sensor, in integers: the mean over whole strokes.
 *
 * Inside a stroke the speed ripples by tens of per cent, so a rate is always a whole number of revolutions
 * divided by their time. The time of each quarter turn is kept; a revolution is measured anew at each quarter.
 * A shaft that turns backwards moves the needles just as much: its rate counts in the same way.
 */
#ifndef PEN_RATE_METER_H
#define PEN_RATE_METER_H

#include <stdbool.h>
#include <stdint.h>

enum { RATE_METER_QUARTERS = 64 }; /* power of two: more than 50 ms of quarter turns at 250 Hz */

typedef struct {
    uint64_t quarter_us[RATE_METER_QUARTERS]; /* when each quarter turn was passed */
    uint32_t quarters;                        /* quarter turns passed in one direction since the last reset */
    uint32_t window_quarters;                 /* length of the averaging window, a multiple of four */
    int32_t counts;                           /* last valid shaft reading */
    int32_t quarter;                          /* quarter of the turn the shaft is in, 0..3; follows a turning back late */
    int32_t ahead;                            /* from the furthest reading that the quarter followed to the last one */
    int32_t way;                              /* 1 or -1: the way to there, 0 not known yet */
    uint8_t back_readings;                    /* in a row, well behind it */
    int32_t direction;                        /* 1 forwards, -1 backwards, 0 not known yet; a change begins anew */
    uint64_t valid_us;                        /* when the shaft sensor last gave a valid reading */
    bool primed;
    /* results, refreshed when `updated` is set by rate_meter_tick */
    int32_t stroke_mhz;   /* the last whole revolution, 0 until one is complete */
    int32_t window_mhz;   /* mean over whole strokes lasting at least the window, 0 until it is full */
    uint64_t stroke_start_us;
    bool top_passed;      /* the top of the stroke was passed in this tick, either way */
    int32_t delta_counts; /* signed movement in this tick */
} rate_meter_t;

void rate_meter_init(rate_meter_t *meter);

/* Takes one shaft reading (0..4095; anything else, or a place out of reach, counts as none); true when a quarter turn
 * was passed. */
bool rate_meter_tick(rate_meter_t *meter, int32_t shaft_counts, uint64_t time_us, uint32_t window_us);

#endif
