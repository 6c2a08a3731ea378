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
    uint8_t supply_enable;
    uint8_t watchdog;
    uint8_t cause;
    uint8_t unlatched; /* interlock that stopped a run in this tick without a latch */
    uint8_t unlatched_input;
    uint8_t unlatched_stop;
    uint8_t referenced;
    uint8_t proof;
    uint8_t proof_check;
    int32_t unlatched_value;
    int32_t unlatched_limit;
    int32_t warning_value;
    int32_t warning_limit;
} seen_t;

enum { STUCK_ON_MV = 10000 /* a supply that does not fall when its path opens */ };
enum { AS_ASKED = 2 /* feedback that follows what guard asked in the tick before */ };

enum {
    SET_MODE,
    SET_DEPTH,
    SET_RATE,
    SET_REFERENCE,
    REQUEST_STAGE,
    ARM,
    START,
    STOP,
    DISARM,
    RESET,
    BEGIN_PROOF,
    NOTE_SELF_TEST,
    NOTE_CALIBRATION,
    NOTE_PROOF,
    CLEAR_SETPOINTS
};

int64_t guard_rig_size(void);
int64_t guard_rig_sizeof_inputs(void);
int64_t guard_rig_sizeof_seen(void);
int64_t guard_rig_sizeof_settings(void);
int64_t guard_rig_sizeof_trip(void);
void guard_rig_init(guard_t *guard, const guard_settings_t *settings);
void guard_rig_restore(guard_t *guard, const guard_trip_t *trips, int64_t count);
int64_t guard_rig_trips(const guard_t *guard, guard_trip_t *trips);
void guard_rig_configure(guard_t *guard, const guard_settings_t *settings, int32_t answer[3]);
void guard_rig_run(guard_t *guard, const guard_inputs_t *in, int64_t n, seen_t *seen);
void guard_rig_ask(guard_t *guard, int64_t what, int64_t value, int64_t role, int32_t answer[3]);

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

int64_t guard_rig_sizeof_settings(void)
{
    return (int64_t)sizeof(guard_settings_t);
}

int64_t guard_rig_sizeof_trip(void)
{
    return (int64_t)sizeof(guard_trip_t);
}

void guard_rig_init(guard_t *guard, const guard_settings_t *settings)
{
    guard_init(guard, settings);
}

void guard_rig_restore(guard_t *guard, const guard_trip_t *trips, int64_t count)
{
    guard_restore(guard, trips, (unsigned)count);
}

int64_t guard_rig_trips(const guard_t *guard, guard_trip_t *trips)
{
    memcpy(trips, guard->trips, guard->trip_count * sizeof trips[0]);
    return guard->trip_count;
}

static void put(int32_t answer[3], result_t result)
{
    answer[0] = result.reason;
    answer[1] = result.value;
    answer[2] = result.limit;
}

void guard_rig_configure(guard_t *guard, const guard_settings_t *settings, int32_t answer[3])
{
    put(answer, guard_configure(guard, settings));
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
                     .supply_enable = out->supply_enable,
                     .watchdog = out->watchdog,
                     .cause = guard->cause,
                     .referenced = guard->referenced ? 1U : 0U,
                     .proof = (uint8_t)guard->proof.result,
                     .proof_check = guard->proof.failed_check,
                     .unlatched = guard->unlatched.interlock};
    if (guard->unlatched.interlock != 0U) {
        seen->unlatched_input = guard->unlatched.input;
        seen->unlatched_stop = guard->unlatched.stop;
        seen->unlatched_value = guard->unlatched.value;
        seen->unlatched_limit = guard->unlatched.limit;
    }
    if (guard->warning_count > 0U) {
        seen->warning = guard->warnings[0].warning;
        seen->warning_value = guard->warnings[0].value;
        seen->warning_limit = guard->warnings[0].limit;
    }
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
        guard_inputs_t now = in[i];
        const bool proving = guard->proof.result == GUARD_PROOF_RUNNING && guard->proof.drive;
        const uint8_t asked = guard->drive_on || proving ? 1U : 0U;
        now.drive_feedback = now.drive_feedback == AS_ASKED ? asked : now.drive_feedback;
        now.short_feedback = now.short_feedback == AS_ASKED ? (uint8_t)(1U - asked) : now.short_feedback;
        const bool supplied = !guard->supply_open && (guard->proof.result != GUARD_PROOF_RUNNING || guard->proof.supply);
        now.supply_mv = supplied || now.supply_mv < 0 || now.supply_mv > STUCK_ON_MV ? now.supply_mv : 0;
        guard_tick(guard, &now, &out);
        note(guard, &out, &seen[i]);
    }
}

static result_t ask(guard_t *guard, int64_t what, int32_t value, uint8_t role)
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
        guard_disarm(guard, (uint8_t)value);
        return guard_accept();
    case BEGIN_PROOF:
        return guard_begin_proof(guard);
    case NOTE_SELF_TEST:
        guard_note_self_test(guard);
        return guard_accept();
    case NOTE_CALIBRATION:
        guard_note_calibration(guard);
        return guard_accept();
    case NOTE_PROOF:
        guard_note_proof(guard);
        return guard_accept();
    case CLEAR_SETPOINTS:
        guard_clear_setpoints(guard);
        return guard_accept();
    default:
        return guard_reset(guard, value, role);
    }
}

void guard_rig_ask(guard_t *guard, int64_t what, int64_t value, int64_t role, int32_t answer[3])
{
    put(answer, ask(guard, what, (int32_t)value, (uint8_t)role));
}
