/* The stroke control on a motor that is no more than its equation, for the tests of wrong readings. */
#include <math.h>

#include "stroke.h"

enum { PARTS = 10, AS_IT_IS = INT32_MAX };

#define PART_S 1e-5
#define TURN 6.283185307179586

int64_t stroke_rig_run(const int32_t *supply_mv, const int32_t *shaft_counts, int64_t n, int32_t rate_mhz, int64_t stop_at,
                       double *hz, double *turns);

/* Motor 5.35 mNm/A, 2.83 ohm, 7.1 gmm²; a load of 1.2 mNm that the stroke makes more and less; a supply of 7.4 V. */
static void turn_motor(double *rad_s, double *rad, int16_t duty_q15)
{
    for (int part = 0; part < PARTS; part++) {
        const double current_a = (duty_q15 / 32767.0 * 7.4 - 5.35e-3 * *rad_s) / 2.83;
        const double load_nm = *rad_s > 0.0 ? 0.0012 + 0.0008 * sin(*rad) : 0.0;
        *rad_s += (5.35e-3 * current_a - load_nm) / 71e-9 * PART_S;
        *rad += *rad_s * PART_S;
    }
}

/* Readings tick by tick; the shaft's own where it says AS_IT_IS. The stop is asked for at `stop_at`. */
int64_t stroke_rig_run(const int32_t *supply_mv, const int32_t *shaft_counts, int64_t n, int32_t rate_mhz, int64_t stop_at,
                       double *hz, double *turns)
{
    stroke_t stroke;
    stroke_init(&stroke);
    double rad_s = 0.0;
    double rad = 0.0;
    for (int64_t i = 0; i < n; i++) {
        const double turned = rad / TURN;
        pen_inputs_t in = {.supply_mv = supply_mv[i]};
        const int32_t counts = (int32_t)((turned - floor(turned)) * 4096.0) % 4096;
        in.shaft_counts = shaft_counts[i] == AS_IT_IS ? counts : shaft_counts[i];
        turn_motor(&rad_s, &rad, stroke_tick(&stroke, &in, true, i >= stop_at, rate_mhz));
        hz[i] = rad_s / TURN;
        turns[i] = rad / TURN;
    }
    return n;
}
