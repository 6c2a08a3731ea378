/* The stroke motor: rate control and the controlled stop (C1).
 *
 * The winding's time constant (about 25 µs) is far below a tick, so there is no current loop: the voltage is held
 * within k·w ± R·I instead, which bounds the current.
 */
#include "stroke.h"

#include "pen_device.h"
#include "pen_interlocks.h"

#define TWO_PI 6.2831853f
#define TICK_S ((float)PEN_TICK_US * 1e-6f)
#define RAD_PER_COUNT (TWO_PI / (float)PEN_SHAFT_COUNTS)
#define MOTOR_K ((float)PEN_MOTOR_K_UNM_PER_A * 1e-6f)
#define MOTOR_R ((float)PEN_MOTOR_R_MOHM * 1e-3f)
#define MOTOR_J ((float)PEN_MOTOR_J_1E12_KGM2 * 1e-12f)
#define CURRENT_LIMIT_A ((float)PEN_CURRENT_LIMIT_MA * 1e-3f)

#define SPEED_GAIN_V_S 0.016f   /* crossover near 400 rad/s; stiffer would spend the voltage reserve on the ripple inside a stroke */
#define SPEED_INTEGRAL_V 2.9f   /* V per rad: the corner lies a factor of two below the crossover */
#define RISE_RAD_S2 20000.0f    /* 150 Hz within 50 ms */
#define FALL_RAD_S2 40000.0f
#define STOP_GAIN_V_S 0.060f    /* a stop has no ripple to spare the reserve from */
#define STOP_RAD_S2 100000.0f   /* braking with about 1.4 A */
#define STOP_MARGIN 1.15f       /* distance kept in hand for sensor delay and load */
#define TOP_GAIN_PER_S 300.0f   /* last part of the stop: speed proportional to the way left */
#define WEAK_STOP_RAD_S2 80000.0f /* the same for a motor that cannot hold its rate: it brakes as weakly as it drives */
#define WEAK_TOP_GAIN_PER_S 120.0f
#define WEAK_PART 0.1f          /* it cannot, if it is so far below the setpoint ... */
#define WEAK_PER_S 50.0f        /* ... over 20 ms, one to three strokes */
#define TURN_BACK_RAD_S 250.0f  /* below every set rate (314 at 50 Hz), so that it is only met while spinning up */

enum {
    FASTEST_COUNTS = 128, /* in one tick, 312 Hz: no supply that the pen has turns the motor faster */
    LONGEST_GAP_TICKS = PEN_SHAFT_COUNTS / 2 / FASTEST_COUNTS /* after which the shaft may be anywhere */
};

void stroke_init(stroke_t *stroke)
{
    *stroke = (stroke_t){0};
}

static int32_t way_counts(const stroke_t *stroke, int32_t counts)
{
    int32_t delta = counts - stroke->counts;
    if (delta >= PEN_SHAFT_COUNTS / 2) {
        delta -= PEN_SHAFT_COUNTS;
    } else if (delta < -PEN_SHAFT_COUNTS / 2) {
        delta += PEN_SHAFT_COUNTS;
    }
    return delta;
}

static void remember(stroke_t *stroke, int32_t delta)
{
    const uint32_t index = stroke->delta_index % STROKE_SPEED_TICKS;
    stroke->delta_sum += delta - stroke->deltas[index];
    stroke->deltas[index] = delta;
    stroke->delta_index = index + 1U;
}

/* Speed as the mean over the last ticks. The last speed stands while the sensor gives no reading, or one where no shaft
 * can have got to; the way since then is shared among the ticks that it took. */
static int32_t measure_speed(stroke_t *stroke, int32_t counts)
{
    stroke->gap_ticks += stroke->gap_ticks < LONGEST_GAP_TICKS ? 1 : 0;
    if (counts < 0 || counts >= PEN_SHAFT_COUNTS) {
        return 0;
    }
    if (!stroke->primed) {
        stroke->primed = true;
        stroke->counts = counts;
    }
    const int32_t ticks = stroke->gap_ticks;
    const int32_t delta = way_counts(stroke, counts);
    if (delta > ticks * FASTEST_COUNTS || delta < -ticks * FASTEST_COUNTS) {
        return 0;
    }
    for (int32_t i = 0; i < ticks; i++) {
        remember(stroke, delta / ticks);
    }
    stroke->gap_ticks = 0;
    stroke->counts = counts;
    stroke->speed_rad_s = (float)stroke->delta_sum * (RAD_PER_COUNT / (TICK_S * (float)STROKE_SPEED_TICKS));
    return delta;
}

/* The last reading that a supply can have which runs the pen: what is outside of it is a wrong reading, or IL-17 (C0 after
 * 4 ms). A wrong one used as it stands would turn the motor up: with the wrong sign the bounds of the voltage change places. */
static float measure_supply(stroke_t *stroke, int32_t supply_mv)
{
    if (supply_mv >= PEN_IL17_MINIMUM_MV && supply_mv <= PEN_SUPPLY_MAX_MV) {
        stroke->supply_v = (float)supply_mv * 1e-3f;
    }
    return stroke->supply_v;
}

/* Also for a value that is not a number: it becomes `low`. */
static float clampf(float value, float low, float high)
{
    if (!(value > low)) {
        return low;
    }
    return value < high ? value : high;
}

static float ramp(float now, float wanted)
{
    return clampf(wanted, now - FALL_RAD_S2 * TICK_S, now + RISE_RAD_S2 * TICK_S);
}

/* Voltage that keeps the current within its limit at the present speed, and within the supply. */
static float bound_voltage(const stroke_t *stroke, float volts, float supply_v)
{
    const float back_emf = MOTOR_K * stroke->speed_rad_s;
    const float drop = MOTOR_R * CURRENT_LIMIT_A;
    return clampf(clampf(volts, back_emf - drop, back_emf + drop), -supply_v, supply_v);
}

static float run_voltage(stroke_t *stroke, float wanted_rad_s, float supply_v)
{
    const float reference = ramp(stroke->reference_rad_s, wanted_rad_s);
    const float inertia_v = (reference - stroke->reference_rad_s) / TICK_S * (MOTOR_R * MOTOR_J / MOTOR_K);
    stroke->reference_rad_s = reference;
    const float error = reference - stroke->speed_rad_s;
    stroke->shortfall_rad_s += (error - stroke->shortfall_rad_s) * (WEAK_PER_S * TICK_S);
    const float step = SPEED_INTEGRAL_V * error * TICK_S;
    const float wanted = MOTOR_K * reference + inertia_v + SPEED_GAIN_V_S * error + stroke->integral_v + step;
    const float volts = bound_voltage(stroke, wanted, supply_v);
    const bool winding_up = (wanted > volts && error > 0.0f) || (wanted < volts && error < 0.0f);
    if (!winding_up) {
        stroke->integral_v = clampf(stroke->integral_v + step, -supply_v, supply_v);
    }
    return volts;
}

static float stop_rad_s2(const stroke_t *stroke)
{
    return stroke->stop_weak ? WEAK_STOP_RAD_S2 : STOP_RAD_S2;
}

/* The speed that a stop starts from. Inside the skin the speed of the moment may be a fraction of the mean; the larger one
 * counts for the way, so that the bar is not left standing in the skin. Until the braking the mean is held: the speed of
 * the moment may lie above the cap. */
static float plan_speed(stroke_t *stroke)
{
    stroke->stop_weak = stroke->shortfall_rad_s > WEAK_PART * stroke->reference_rad_s;
    const float mean = stroke->reference_rad_s - (stroke->stop_weak ? stroke->shortfall_rad_s : 0.0f);
    stroke->stop_speed_rad_s = mean;
    return stroke->speed_rad_s > mean ? stroke->speed_rad_s : mean;
}

/* The next top that can be reached with the braking at hand; while the drive still spins up, the one that it has just
 * left, because without a stroke's push it would not get over the bottom. */
static void plan_stop(stroke_t *stroke)
{
    const float speed = plan_speed(stroke);
    const float needed = STOP_MARGIN * speed * speed / (2.0f * stop_rad_s2(stroke));
    int32_t counts = PEN_SHAFT_COUNTS - stroke->counts;
    for (int turn = 0; turn < 3 && (float)counts * RAD_PER_COUNT < needed; turn++) {
        counts += PEN_SHAFT_COUNTS;
    }
    const bool behind_top = stroke->counts < PEN_SHAFT_COUNTS * 7 / 16;
    const bool at_top = behind_top || stroke->counts > PEN_SHAFT_COUNTS * 15 / 16;
    if (speed < TURN_BACK_RAD_S && at_top) {
        counts = behind_top ? -stroke->counts : PEN_SHAFT_COUNTS - stroke->counts;
    }
    stroke->stop_counts = counts;
    stroke->stopping = true;
}

static float stop_voltage(stroke_t *stroke, float supply_v)
{
    const float way = (float)stroke->stop_counts * RAD_PER_COUNT;
    const float rad_s2 = stop_rad_s2(stroke);
    const float linear = (stroke->stop_weak ? WEAK_TOP_GAIN_PER_S : TOP_GAIN_PER_S) * way;
    float reference = linear;
    float brake_v = 0.0f;
    if (way > 0.0f) {
        const float braked = __builtin_sqrtf(2.0f * rad_s2 * way);
        const float slowest = braked < linear ? braked : linear;
        reference = stroke->stop_speed_rad_s < slowest ? stroke->stop_speed_rad_s : slowest;
        if (reference < stroke->stop_speed_rad_s && braked <= linear) {
            brake_v = MOTOR_R * MOTOR_J * rad_s2 / MOTOR_K;
        }
    }
    const float volts = MOTOR_K * reference - brake_v + STOP_GAIN_V_S * (reference - stroke->speed_rad_s);
    return bound_voltage(stroke, volts, supply_v);
}

static int16_t duty_q15(float volts, float supply_v)
{
    const bool a_number = volts * 0.0f == 0.0f; /* neither infinite nor not a number */
    if (!(supply_v > 1.0f) || !a_number) {
        return 0;
    }
    return (int16_t)clampf(volts / supply_v * 32767.0f, -32767.0f, 32767.0f);
}

static void stand(stroke_t *stroke)
{
    stroke->reference_rad_s = stroke->speed_rad_s > 0.0f ? stroke->speed_rad_s : 0.0f;
    stroke->integral_v = 0.0f;
    stroke->shortfall_rad_s = 0.0f;
    stroke->stopping = false;
}

int16_t stroke_tick(stroke_t *stroke, const pen_inputs_t *in, bool drive_on, bool stopping, int32_t rate_mhz)
{
    const int32_t moved = measure_speed(stroke, in->shaft_counts);
    const float supply_v = measure_supply(stroke, in->supply_mv);
    if (!drive_on) {
        stand(stroke);
        return 0;
    }
    if (!stopping) {
        stroke->stopping = false;
        return duty_q15(run_voltage(stroke, TWO_PI * 1e-3f * (float)rate_mhz, supply_v), supply_v);
    }
    if (!stroke->stopping) {
        plan_stop(stroke);
    } else {
        stroke->stop_counts -= moved;
    }
    return duty_q15(stop_voltage(stroke, supply_v), supply_v);
}
