#include "rate_meter.h"

#include "pen_device.h"

enum {
    QUARTER_COUNTS = PEN_SHAFT_COUNTS / 4,
    HALF_TURN_COUNTS = PEN_SHAFT_COUNTS / 2,
    TURN_QUARTERS = 4,
    LONGEST_WINDOW = RATE_METER_QUARTERS - TURN_QUARTERS,
    IDLE_US = 40000,   /* no quarter turn for so long (6 Hz): the shaft stands, and the rate is zero */
    FASTEST_COUNTS = 256, /* in one tick, 625 Hz: no shaft gets further */
    BACK_COUNTS = 64,     /* 5.6 degrees: the sensor's noise is a few counts, so less than this is no turning back */
    BACK_READINGS = 3,    /* in a row: a single wrong reading is no turning back either */
    MOST_LATE_US = 1000   /* an edge is never placed further back than the longest gap in the readings */
};

void rate_meter_init(rate_meter_t *meter)
{
    *meter = (rate_meter_t){.window_quarters = TURN_QUARTERS};
}

static int32_t signed_step(int32_t from, int32_t to)
{
    int32_t step = to - from;
    if (step >= HALF_TURN_COUNTS) {
        step -= PEN_SHAFT_COUNTS;
    } else if (step < -HALF_TURN_COUNTS) {
        step += PEN_SHAFT_COUNTS;
    }
    return step;
}

static uint64_t newest_us(const rate_meter_t *meter)
{
    return meter->quarter_us[(meter->quarters - 1U) % RATE_METER_QUARTERS];
}

/* From the quarter turn `back` quarters ago to the newest one. */
static uint32_t elapsed_us(const rate_meter_t *meter, uint32_t back)
{
    return (uint32_t)(newest_us(meter) - meter->quarter_us[(meter->quarters - 1U - back) % RATE_METER_QUARTERS]);
}

static int32_t mean_mhz(uint32_t quarters, uint32_t time_us)
{
    const uint64_t scaled = (uint64_t)quarters * 250000000U; /* a quarter stroke, in mHz times µs */
    const uint64_t rate = scaled / (time_us == 0U ? 1U : time_us);
    return rate > 10000000U ? 10000000 : (int32_t)rate;
}

static void fit_window(rate_meter_t *meter, uint32_t window_us)
{
    while (meter->window_quarters > TURN_QUARTERS
           && elapsed_us(meter, meter->window_quarters - TURN_QUARTERS) >= window_us) {
        meter->window_quarters -= TURN_QUARTERS;
    }
    while (meter->window_quarters < LONGEST_WINDOW && meter->window_quarters + TURN_QUARTERS < meter->quarters
           && elapsed_us(meter, meter->window_quarters) < window_us) {
        meter->window_quarters += TURN_QUARTERS;
    }
}

static void pass_quarter(rate_meter_t *meter, uint64_t passed_us, uint32_t window_us)
{
    meter->quarter_us[meter->quarters % RATE_METER_QUARTERS] = passed_us;
    meter->quarters++;
    if (meter->quarters <= TURN_QUARTERS) {
        return;
    }
    meter->stroke_mhz = mean_mhz(TURN_QUARTERS, elapsed_us(meter, TURN_QUARTERS));
    meter->stroke_start_us = meter->quarter_us[(meter->quarters - 1U - TURN_QUARTERS) % RATE_METER_QUARTERS];
    if (meter->window_quarters >= meter->quarters) {
        meter->window_quarters = TURN_QUARTERS;
    }
    fit_window(meter, window_us);
    const uint32_t span_us = elapsed_us(meter, meter->window_quarters);
    meter->window_mhz = span_us >= window_us ? mean_mhz(meter->window_quarters, span_us) : 0;
}

static void forget_rate(rate_meter_t *meter)
{
    meter->quarters = 0U;
    meter->window_quarters = TURN_QUARTERS;
    meter->stroke_mhz = 0;
    meter->window_mhz = 0;
}

static void notice_standstill(rate_meter_t *meter, uint64_t time_us)
{
    if (meter->quarters != 0U && time_us - newest_us(meter) > IDLE_US) {
        forget_rate(meter);
    }
}

static void prime(rate_meter_t *meter, int32_t shaft_counts, uint64_t time_us)
{
    meter->primed = true;
    meter->valid_us = time_us;
    meter->counts = shaft_counts;
    meter->quarter = shaft_counts / QUARTER_COUNTS;
}

/* Whether the quarter turns follow to this reading. Forwards or backwards they do at once; against the way that the shaft
 * has been going only when several readings in a row are well behind the furthest one. Otherwise readings that fall back
 * over an edge just passed would begin the rate anew again and again, and no rate were ever told. */
static bool follows(rate_meter_t *meter, int32_t step)
{
    meter->ahead += step;
    const int32_t back = meter->way < 0 ? meter->ahead : -meter->ahead;
    if (meter->way != 0 && back >= 0) {
        meter->back_readings = (uint8_t)(back < BACK_COUNTS ? 0U : meter->back_readings + 1U);
        if (back < QUARTER_COUNTS && meter->back_readings < BACK_READINGS) {
            return false;
        }
    }
    if (meter->ahead != 0) {
        meter->way = meter->ahead > 0 ? 1 : -1;
    }
    meter->ahead = 0;
    meter->back_readings = 0U;
    return true;
}

/* The quarter of the turn that counts now. */
static int32_t quarter_of(rate_meter_t *meter, int32_t shaft_counts, int32_t step)
{
    return follows(meter, step) ? shaft_counts / QUARTER_COUNTS : meter->quarter;
}

/* +1 or -1 for a quarter turn entered forwards or backwards, 0 for none, 2 or -2 for more than one. */
static int32_t quarters_entered(int32_t from, int32_t to)
{
    const int32_t entered = to - from;
    if (entered == TURN_QUARTERS - 1) {
        return -1;
    }
    return entered == 1 - TURN_QUARTERS ? 1 : entered;
}

/* How long ago, at the speed since the last valid reading, the edge of the quarter turn was passed. */
static uint64_t late_us(int32_t quarter, int32_t shaft_counts, int32_t step, uint64_t gap_us)
{
    if (step == 0 || gap_us > IDLE_US) { /* a clock that jumps tells nothing */
        return 0U;
    }
    const int32_t begin = quarter * QUARTER_COUNTS;
    const int32_t beyond = step > 0 ? shaft_counts - begin : shaft_counts - begin - QUARTER_COUNTS;
    return (uint64_t)(((int64_t)beyond * (int64_t)gap_us) / step);
}

/* The clock that is read in a tick is some microseconds off the tick itself. */
static uint64_t ticks_in(uint64_t gap_us)
{
    const uint64_t ticks = (gap_us + PEN_TICK_US / 2U) / PEN_TICK_US;
    return ticks < 1U ? 1U : ticks;
}

/* A reading where no shaft can have got to since the last valid one is a wrong reading, and counts as none. */
static bool reachable(int32_t step, uint64_t gap_us)
{
    const uint64_t most = ticks_in(gap_us) * FASTEST_COUNTS;
    return most >= HALF_TURN_COUNTS || (step <= (int32_t)most && step >= -(int32_t)most);
}

static bool passed_top(int32_t entered, int32_t quarter)
{
    return entered == 1 ? quarter == 0 : quarter == TURN_QUARTERS - 1;
}

bool rate_meter_tick(rate_meter_t *meter, int32_t shaft_counts, uint64_t time_us, uint32_t window_us)
{
    meter->top_passed = false;
    meter->delta_counts = 0;
    if (shaft_counts < 0 || shaft_counts >= PEN_SHAFT_COUNTS) {
        return false;
    }
    if (!meter->primed) {
        prime(meter, shaft_counts, time_us);
        return false;
    }
    const uint64_t gap_us = time_us - meter->valid_us;
    const int32_t step = signed_step(meter->counts, shaft_counts);
    if (!reachable(step, gap_us)) {
        return false;
    }
    meter->valid_us = time_us;
    meter->counts = shaft_counts;
    meter->delta_counts = step;
    const int32_t quarter = quarter_of(meter, shaft_counts, step);
    const int32_t entered = quarters_entered(meter->quarter, quarter);
    meter->quarter = quarter;
    if (entered == 0) {
        notice_standstill(meter, time_us);
        return false;
    }
    if (entered != meter->direction) {
        forget_rate(meter);
    }
    if (entered != 1 && entered != -1) { /* too fast for one tick: no rate can be told */
        return false;
    }
    meter->direction = entered;
    meter->top_passed = passed_top(entered, quarter);
    const uint64_t ago_us = late_us(quarter, shaft_counts, step, gap_us);
    pass_quarter(meter, time_us - (ago_us < MOST_LATE_US ? ago_us : MOST_LATE_US), window_us);
    return true;
}
