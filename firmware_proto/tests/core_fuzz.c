/* Lets a whole pen live through mishaps for a long time and watches what it may never do.
 *
 * usage: core_fuzz SEED TICKS treat|overwrite|inputs|extremes
 *
 * treat: a host with the right key treats, while sensors, contacts and the link fail and commands are nonsense.
 * overwrite: besides, control's memory is overwritten at random. inputs: everything but a START is sent.
 * extremes: in RUN, in each tick of a turn, one or two readings have the largest and smallest values that their
 * type has, for a tick or three; then the pen lives on from before.
 * Limits are numbers here. To be built with the address and undefined-behaviour sanitizers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core_world.h"

enum { TREAT, OVERWRITE, INPUTS, EXTREMES };
enum { TRIPS = 46 };

typedef struct {
    int kind;
    uint64_t hold_us;      /* when the hold switch was last pressed */
    uint64_t beat_us;      /* when a heartbeat last counted */
    uint32_t beats;
    uint32_t open_ticks[2];
    uint64_t stopping_us;  /* when STOPPING began, 0 = not */
    uint64_t too_fast_us;  /* since when the shaft is too fast, 0 = not */
    int64_t allowed_nm;
    double stage_um;
    bool referencing;      /* control had asked for the stage before this tick */
    unsigned starts;       /* START frames before the drive went on last */
    unsigned runs, c1, resets, armed;
    unsigned trips[TRIPS];
    unsigned spoilt, cut; /* readings that were spoilt, and how often the drive was off in the next 3 ms */
} watch_t;

static world_t world;
static watch_t watch;

static void demand(bool held, const char *what)
{
    if (!held) {
        (void)fprintf(stderr, "core_fuzz: at %.4f s: %s\n", (double)world.in.time_us * 1e-6, what);
        exit(1);
    }
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t cap_um(void)
{
    return world.pen.guard.mode == PEN_MODE_CLINICAL ? 2500 : 250;
}

static int64_t cap_mhz(void)
{
    return world.pen.guard.mode == PEN_MODE_CLINICAL ? 150000 : 100000;
}

static void note_inputs(void)
{
    const pen_inputs_t *in = &world.in;
    const uint32_t beats = atomic_load(&world.pen.mailbox.heartbeats);
    watch.hold_us = in->hold_pressed != 0U ? in->time_us : watch.hold_us;
    watch.open_ticks[0] = in->estop_a_closed != 0U ? 0U : watch.open_ticks[0] + 1U;
    watch.open_ticks[1] = in->estop_b_closed != 0U ? 0U : watch.open_ticks[1] + 1U;
    watch.beat_us = beats != watch.beats ? in->time_us : watch.beat_us;
    watch.beats = beats;
}

/* What must hold in every tick in which the drive is on. */
static void watch_drive(void)
{
    const pen_inputs_t *in = &world.in;
    const uint64_t now_us = in->time_us;
    demand(watch.kind != INPUTS, "the drive went on without a START");
    demand(world.out.state == PEN_STATE_RUN || world.out.state == PEN_STATE_STOPPING, "drive on in a wrong state");
    demand(now_us - watch.hold_us <= 4000U + 100000U + 200U, "drive on without hold-to-run");
    demand(world.pen.guard.state != GUARD_RUN || now_us - watch.hold_us <= 4000U + 200U, "no stop without hold-to-run");
    demand(watch.open_ticks[0] <= 20U && watch.open_ticks[1] <= 20U, "drive on with an emergency chain open");
    demand(now_us - watch.beat_us <= 250000U + 100000U + 200U, "drive on without a link");
    demand(watch.stopping_us == 0U || now_us - watch.stopping_us < 100000U, "a controlled stop took too long");
}

/* In the proof of the shut-off path guard enables the drive by itself, and nothing may drive the motor with it. */
static bool proving(void)
{
    return world.pen.guard.proof.result == GUARD_PROOF_RUNNING;
}

static void watch_proof(void)
{
    demand(world.out.bridge_duty_q15 == 0, "the motor is driven in the proof of the shut-off path");
    demand(watch.kind == OVERWRITE || world.out.state == PEN_STATE_SELF_TEST || world.out.state == PEN_STATE_SAFE,
           "a proof in a wrong state");
}

static void watch_start(void)
{
    const uint64_t asked_us = world.in.time_us - world.start_sent_us;
    demand(world.sent[PEN_TYPE_START] > watch.starts && asked_us < 250000U, "drive on without a START of its own");
    demand(world.in.time_us - watch.hold_us <= 4000U, "a start without hold-to-run");
    demand(world.before.tripped == 0U, "a start with a trip latched");
    watch.starts = world.sent[PEN_TYPE_START];
    watch.runs++;
}

static void watch_depth(void)
{
    const guard_t *guard = &world.pen.guard;
    const int64_t wanted_nm = 1000 * least(guard->depth_set_um + 100, cap_um());
    if (world.before.drive_enable == 0U || wanted_nm > watch.allowed_nm) {
        watch.allowed_nm = wanted_nm;
    } else {
        watch.allowed_nm = watch.allowed_nm - 400 > wanted_nm ? watch.allowed_nm - 400 : wanted_nm;
    }
    const int64_t stage_um = (int64_t)world.in.stage_um - guard->zero_um - 500;
    demand(world.in.bar_um == INT32_MIN || world.in.bar_um * 1000LL < watch.allowed_nm + 1000, "needles too deep, drive on");
    demand(world.in.stage_um == INT32_MIN || stage_um * 1000 < watch.allowed_nm + 1000, "stage too deep, drive on");
}

static bool shaft_seen(void)
{
    return world.fault_ticks[FAULT_SHAFT_LOST] + world.fault_ticks[FAULT_SHAFT_STUCK] + world.fault_ticks[FAULT_GARBAGE] == 0U;
}

static void watch_rate(void)
{
    const double most_hz = (double)cap_mhz() * 1.001e-3;
    const bool fast = world.out.drive_enable != 0U && world.rate_hz > most_hz && shaft_seen();
    if (!fast) {
        watch.too_fast_us = 0U;
    } else if (watch.too_fast_us == 0U) {
        watch.too_fast_us = world.in.time_us;
    }
    demand(watch.too_fast_us == 0U || world.in.time_us - watch.too_fast_us <= 61000U, "overspeed, drive on");
}

static bool stopped_by_c0(void)
{
    for (unsigned i = 0; i < world.pen.guard.trip_count; i++) {
        if (world.pen.guard.trips[i].stop == PEN_STOP_KIND_C0) {
            return true;
        }
    }
    return false;
}

static void watch_latch(void)
{
    const uint8_t was = world.before.tripped;
    if (was != 0U && world.out.tripped != was) {
        demand(world.reset_asked[was] != 0U || world.power_cycled, "a trip went away without its reset");
        demand(world.out.drive_enable == 0U || proving(), "a reset turned the drive on");
        watch.resets++;
    }
    if (world.out.tripped != was) {
        memset(world.reset_asked, 0, sizeof world.reset_asked);
        watch.trips[world.out.tripped < TRIPS ? world.out.tripped : 0U]++;
    }
    world.power_cycled = world.power_cycled && world.in.time_us > 0U && (world.out.tripped != 0U || was == 0U);
    if (stopped_by_c0()) {
        const uint8_t stage_allowed = watch.referencing ? 1U : 0U; /* retract, when asked for before this tick */
        demand((world.out.drive_enable == 0U || proving()) && world.out.stage_enable <= stage_allowed,
               "something is enabled after C0");
    }
}

static bool ready_or_run(uint8_t state)
{
    return state == PEN_STATE_READY || state == PEN_STATE_RUN;
}

static void watch_stage(void)
{
    const bool needles_in = world.in.bar_um != INT32_MIN && world.in.bar_um < 0;
    if (world.out.stage_enable == 2U) {
        demand(needles_in || world.out.drive_enable != 0U || world.before.state == PEN_STATE_RUN, "stage free, needles out");
        demand(ready_or_run(world.out.state) || ready_or_run(world.before.state) || watch.referencing,
               "stage free in a wrong state");
    }
    if (world.before.stage_enable == 0U && stopped_by_c0()) {
        demand(world.stage_um == watch.stage_um, "the stage moved after C0");
    }
    if (world.before.stage_enable == 1U && stopped_by_c0()) {
        demand(world.stage_um <= watch.stage_um, "the stage went deeper after C0");
    }
    watch.stage_um = world.stage_um;
    watch.referencing = world.pen.guard.stage_request;
}

static void watch_setpoints(void)
{
    const guard_t *guard = &world.pen.guard;
    demand(guard->mode == PEN_MODE_HOME || guard->mode == PEN_MODE_CLINICAL, "no such mode");
    demand(guard->depth_set_um == -1 || (guard->depth_set_um >= 0 && guard->depth_set_um <= cap_um()), "depth setpoint");
    demand(guard->rate_set_mhz == -1 || (guard->rate_set_mhz >= 50000 && guard->rate_set_mhz <= cap_mhz()), "rate setpoint");
}

/* What holds only while control is whole. */
static void watch_control(void)
{
    const int64_t steps = (int64_t)world.out.stage_steps - world.before.stage_steps;
    demand(steps <= 1 && steps >= -1, "more than one step of the stage in a tick");
    demand(world.out.state <= PEN_STATE_SAFE && world.out.mode == world.pen.guard.mode, "outputs that do not exist");
}

static void check(void)
{
    const bool stopping = world.out.state == PEN_STATE_STOPPING;
    if (stopping && watch.stopping_us == 0U) {
        watch.stopping_us = world.in.time_us;
        watch.c1++;
    }
    watch.stopping_us = stopping ? watch.stopping_us : 0U;
    note_inputs();
    if (world.out.drive_enable != 0U && proving()) {
        watch_proof();
    } else if (world.out.drive_enable != 0U) {
        watch_drive();
        watch_depth();
        if (world.before.drive_enable == 0U) {
            watch_start();
        }
    }
    watch_rate();
    watch_latch();
    watch_stage();
    watch_setpoints();
    watch.armed += world.out.state == PEN_STATE_READY && world.before.state == PEN_STATE_STANDBY ? 1U : 0U;
    if (watch.kind != OVERWRITE) {
        watch_control();
    }
}

/* As after a restart that keeps the visit and believes that all has been tested. */
static void begin_anew(control_t *control)
{
    const visit_t visit = control->visit;
    control_init(control);
    control->visit = visit;
    control->selftest.passed = true;
    control->selftest.phase = SELFTEST_PASSED;
}

/* Random bytes somewhere in control, or values that a thief would choose; and now and then control begins anew. */
static void overwrite(void)
{
    uint8_t *bytes = (uint8_t *)&world.pen.control;
    control_t *control = &world.pen.control;
    const size_t size = sizeof world.pen.control;
    const size_t from = world_draw(&world, (uint32_t)size);
    const size_t n = world_draw(&world, 4) == 0U ? size : world_draw(&world, 16);
    switch (world_draw(&world, 8)) {
    case 0:
    case 1:
    case 2:
        begin_anew(control);
        break;
    case 3:
        control->selftest.passed = control->depth.referenced = control->depth.arrived = true;
        control->mode = PEN_MODE_CLINICAL;
        control->depth_set_um = 2600;
        control->rate_set_mhz = 400000;
        control->depth.target_steps = control->depth.steps + 900;
        break;
    case 4:
        control->depth.target_steps = control->depth.steps + (int32_t)world_draw(&world, 3000);
        break;
    default:
        for (size_t i = from; i < from + n && i < size; i++) {
            bytes[i] = (uint8_t)world_draw(&world, 256);
        }
        break;
    }
}

static const size_t READINGS[] = {
    offsetof(pen_inputs_t, shaft_counts), offsetof(pen_inputs_t, bar_um),    offsetof(pen_inputs_t, stage_um),
    offsetof(pen_inputs_t, motor_ma),     offsetof(pen_inputs_t, supply_mv), offsetof(pen_inputs_t, press_mn),
    offsetof(pen_inputs_t, nose_mc),      offsetof(pen_inputs_t, handle_mc),
};
static const int32_t EXTREMES_OF_INT[] = {INT32_MIN + 1, INT32_MIN + 2000, INT32_MAX, INT32_MAX - 2000};
enum { READINGS_COUNT = sizeof READINGS / sizeof READINGS[0], VALUES = sizeof EXTREMES_OF_INT / sizeof EXTREMES_OF_INT[0] };

static void live(unsigned ticks)
{
    for (unsigned i = 0; i < ticks; i++) {
        world_host(&world);
        world_tick(&world);
        check();
    }
}

static bool a_depth(spoilt_t reading)
{
    return reading.at == offsetof(pen_inputs_t, bar_um) || reading.at == offsetof(pen_inputs_t, stage_um);
}

/* Two readings, or the same one twice; for one tick, or for as many as a sensor may be silent. */
static void spoil_from_here(spoilt_t one, spoilt_t other, unsigned ticks)
{
    static world_t world_here;
    static watch_t watch_here;
    world_here = world;
    watch_here = watch;
    world.spoilt[0] = one;
    world.spoilt[1] = other;
    world.spoilt_ticks = ticks;
    live(30);
    const bool cut = world.out.drive_enable == 0U;
    demand(cut || !(a_depth(one) || a_depth(other)), "a depth that cannot be is believed");
    world = world_here;
    watch = watch_here;
    watch.spoilt++;
    watch.cut += cut ? 1U : 0U;
}

static void spoil_all_from_here(void)
{
    for (unsigned n = 0; n < READINGS_COUNT * VALUES * READINGS_COUNT * VALUES; n++) {
        const unsigned one = n / (READINGS_COUNT * VALUES);
        const unsigned other = n % (READINGS_COUNT * VALUES);
        if (other >= one) {
            spoil_from_here((spoilt_t){READINGS[one / VALUES], EXTREMES_OF_INT[one % VALUES]},
                            (spoilt_t){READINGS[other / VALUES], EXTREMES_OF_INT[other % VALUES]}, 1U + 2U * (n % 2U));
        }
    }
}

/* Each tick of 20 ms of RUN, which is a whole turn at any rate, once RUN has lasted for 0.2 s. */
static void live_among_extremes(uint64_t ticks)
{
    unsigned running = 0;
    for (uint64_t i = 0; i < ticks && running < 2200U; i++) {
        live(1);
        running = world.out.state == PEN_STATE_RUN ? running + 1U : 0U;
        if (running > 2000U) {
            spoil_all_from_here();
        }
    }
}

static int kind_of(const char *name)
{
    static const char *const KINDS[] = {"treat", "overwrite", "inputs", "extremes"};
    int kind = TREAT;
    while (kind < EXTREMES && strcmp(name, KINDS[kind]) != 0) {
        kind++;
    }
    return kind;
}

int main(int argc, char **argv)
{
    demand(argc == 4, "usage: core_fuzz SEED TICKS treat|overwrite|inputs|extremes");
    world_init(&world, strtoull(argv[1], NULL, 10));
    watch.kind = kind_of(argv[3]);
    world.never_start = watch.kind == INPUTS;
    const uint64_t ticks = strtoull(argv[2], NULL, 10);
    if (watch.kind == EXTREMES) {
        live_among_extremes(ticks);
        (void)printf("spoilt %u cut %u runs %u\n", watch.spoilt, watch.cut, watch.runs);
        return 0;
    }
    for (uint64_t i = 0; i < ticks; i++) {
        world_host(&world);
        world_mishap(&world, i < 10000U ? 1000000U : 6000U);
        if (watch.kind == OVERWRITE && i > 10000U && world_draw(&world, 5000) == 0U) {
            overwrite();
        }
        world_tick(&world);
        check();
    }
    (void)printf("runs %u c1 %u resets %u estop %u depth %u rate %u link %u sessions %u armed %u\n", watch.runs, watch.c1,
                 watch.resets, watch.trips[1], watch.trips[7], watch.trips[11], watch.trips[26],
                 world.pen.link.access.last_id,
                 watch.armed);
    return 0;
}
