/* Guard alone, as a library for the tests: many ticks in one call, and what guard decided in each.
 *
 * The caller says what the sensors show and what is asked for; nothing here decides anything.
 */
#include <stddef.h>
#include <string.h>

#include "guard.h"

typedef struct {
    uint64_t time_us;
    uint64_t trip_time_us;
    int32_t trip_value;
    int32_t trip_limit;
    int32_t allowed_nm;
    int32_t stroke_mhz;
    int32_t window_mhz;
    int32_t stroke_depth_um;
    uint32_t strokes;
    uint8_t drive_enable;
    uint8_t stage_enable;
    uint8_t state;
    uint8_t stop;
    uint8_t trip_count;
    uint8_t tripped;
    uint8_t trip_input;
    uint8_t trip_stop;
    uint8_t warning;
    uint8_t second; /* interlock that was latched second */
} seen_t;

enum { SET_MODE, SET_DEPTH, SET_RATE, SET_REFERENCE, REQUEST_STAGE, ARM, START, STOP, DISARM, RESET };

int64_t guard_rig_size(void);
int64_t guard_rig_sizeof_inputs(void);
int64_t guard_rig_sizeof_seen(void);
void guard_rig_init(guard_t *guard);
void guard_rig_run(guard_t *guard, const guard_inputs_t *in, int64_t n, seen_t *seen);
void guard_rig_ask(guard_t *guard, int64_t what, int64_t value, int32_t answer[3]);

int64_t guard_rig_size(void)
{
    return (int64_t)sizeof(guard_t);
}

int64_t guard_rig_sizeof_inputs(void)
{
    return (int64_t)sizeof(guard_inputs_t);
}

int64_t guard_rig_sizeof_seen(void)
{
    return (int64_t)sizeof(seen_t);
}

void guard_rig_init(guard_t *guard)
{
    guard_init(guard);
}

static void note(const guard_t *guard, const guard_outputs_t *out, seen_t *seen)
{
    *seen = (seen_t){.time_us = guard->now.time_us,
                     .allowed_nm = guard->allowed_nm,
                     .stroke_mhz = guard->rate.stroke_mhz,
                     .window_mhz = guard->rate.window_mhz,
                     .stroke_depth_um = guard->stroke_depth_um,
                     .strokes = guard->strokes,
                     .drive_enable = out->drive_enable,
                     .stage_enable = out->stage_enable,
                     .state = (uint8_t)guard->state,
                     .stop = guard->stop,
                     .trip_count = guard->trip_count,
                     .warning = guard->warning};
    if (guard->trip_count > 0U) {
        seen->tripped = guard->trips[0].interlock;
        seen->trip_input = guard->trips[0].input;
        seen->trip_stop = guard->trips[0].stop;
        seen->trip_value = guard->trips[0].value;
        seen->trip_limit = guard->trips[0].limit;
        seen->trip_time_us = guard->trips[0].time_us;
    }
    if (guard->trip_count > 1U) {
        seen->second = guard->trips[1].interlock;
    }
}

void guard_rig_run(guard_t *guard, const guard_inputs_t *in, int64_t n, seen_t *seen)
{
    for (int64_t i = 0; i < n; i++) {
        guard_outputs_t out;
        guard_tick(guard, &in[i], &out);
        note(guard, &out, &seen[i]);
    }
}

static result_t ask(guard_t *guard, int64_t what, int32_t value)
{
    switch (what) {
    case SET_MODE:
        return guard_set_mode(guard, value);
    case SET_DEPTH:
        return guard_set_depth(guard, value);
    case SET_RATE:
        return guard_set_rate(guard, value);
    case SET_REFERENCE:
        return guard_set_reference(guard);
    case REQUEST_STAGE:
        guard_request_stage(guard, value != 0);
        return guard_accept();
    case ARM:
        return guard_arm(guard);
    case START:
        return guard_start(guard);
    case STOP:
        guard_stop(guard);
        return guard_accept();
    case DISARM:
        guard_disarm(guard);
        return guard_accept();
    default:
        return guard_reset(guard, value);
    }
}

void guard_rig_ask(guard_t *guard, int64_t what, int64_t value, int32_t answer[3])
{
    const result_t result = ask(guard, what, (int32_t)value);
    answer[0] = result.reason;
    answer[1] = result.value;
    answer[2] = result.limit;
}
