/* The stroke motor. */
#ifndef PEN_STROKE_H
#define PEN_STROKE_H

#include <stdbool.h>
#include <stdint.h>

#include "pen_io.h"

enum { STROKE_SPEED_TICKS = 8 };

/* Turns the crank at the set rate, or brings it to rest at the top. */
typedef struct {
    int32_t deltas[STROKE_SPEED_TICKS]; /* shaft movement of the last ticks, for the speed */
    int32_t delta_sum;
    uint32_t delta_index;
    int32_t counts;
    int32_t gap_ticks;     /* since the last reading that counted */
    bool primed;
    float supply_v;        /* the supply's last reading that the pen can have */
    float speed_rad_s;
    float reference_rad_s; /* ramped setpoint */
    float integral_v;
    float shortfall_rad_s; /* how far below the setpoint the motor has been, over the last strokes */
    bool stopping;
    bool stop_weak;        /* the stop was planned for a motor that cannot hold its rate */
    float stop_speed_rad_s;
    int32_t stop_counts;   /* counts still to go to the top where the bar is to rest */
} stroke_t;

void stroke_init(stroke_t *stroke);
int16_t stroke_tick(stroke_t *stroke, const pen_inputs_t *in, bool drive_on, bool stopping, int32_t rate_mhz);

#endif
