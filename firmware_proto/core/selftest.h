/* The self-test: what must be in order before anything may move, and then the travel of the depth stage.
 *
 *   STATIC   readings, contacts, memory, controller: for 40 ms without a break, again and again until all is well
 *   SOUNDER  a short tone, and its current (IL-40)
 *   PROOF    guard switches both shut-off paths (IL-06)
 *   HELD     a trip is latched: nothing moves until its reset
 *   HOMING   the depth stage is referenced
 *   TRAVEL   with the bar inside the nose, over the whole way and back, or as much of it as leaves a bar inside that stands
 *            at the bottom of its stroke; sensors A and B and the steps must agree
 *   PASSED, FAILED (needs SELF_TEST), STOPPED (by STOP; needs SELF_TEST)
 */
#ifndef PEN_SELFTEST_H
#define PEN_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

#include "depth.h"
#include "guard.h"
#include "pen_io.h"

typedef enum {
    SELFTEST_STATIC,
    SELFTEST_SOUNDER,
    SELFTEST_PROOF,
    SELFTEST_HELD,
    SELFTEST_HOMING,
    SELFTEST_TRAVEL,
    SELFTEST_PASSED,
    SELFTEST_FAILED,
    SELFTEST_STOPPED
} selftest_phase_t;

typedef struct {
    selftest_phase_t phase;
    uint32_t ticks;       /* in this phase, or in this period of STATIC */
    uint8_t failing;      /* check that failed in the present period, 0 = none */
    uint8_t failed_check; /* the last that failed, until the next passed period */
    uint8_t told_check;   /* failure that the host has been warned of */
    bool sounding;        /* the tone is wanted */
    bool heard;           /* the sounder drew its current */
    bool passed;
    uint64_t since_us;    /* both clocks when the readings of the present period had settled */
    uint32_t since2_us;
    uint32_t stops;       /* STOPs that had come when it began */
    uint8_t place;        /* of the travel: where the stage goes next */
    int32_t deepest_um;   /* of the travel: as deep as the stage may go with the bar inside the nose */
    int32_t stage_um;     /* readings at the first place */
    int32_t bar_um;
    int32_t steps;
} selftest_t;

/* What the self-test sees besides the inputs. */
typedef struct {
    unsigned found;        /* FOUND_… of the background loop */
    uint8_t self_check;    /* part of the controller that failed */
    bool firmware_genuine;
    bool sounding;         /* the sounder was asked to play in the tick before */
} selftest_facts_t;

/* `stops`: those that have come so far; one more, and nothing moves before somebody asks again. */
void selftest_begin(selftest_t *test, uint32_t stops);

/* One tick while it is not passed. True when `failed_check` is new. */
bool selftest_tick(selftest_t *test, depth_t *depth, guard_t *guard, const pen_inputs_t *in, const selftest_facts_t *facts);

/* It asks for the depth stage: HOMING or TRAVEL. */
bool selftest_moves(const selftest_t *test);

/* The shut-off path has been proved since it began. */
bool selftest_proved(const selftest_t *test);

/* selftest_checks.c: number of the first check of STATIC that fails now, 0 = none. */
uint8_t selftest_static_check(const pen_inputs_t *in, const selftest_facts_t *facts);

/* selftest_travel.c: goes on with the travel; SELFTEST_TRAVEL while it lasts, then SELFTEST_PASSED or SELFTEST_FAILED with
 * `failing` set. */
selftest_phase_t selftest_travel(selftest_t *test, depth_t *depth, const pen_inputs_t *in);

#endif
