/* Control: the channel that decides what the pen should do – mode, stroke and depth.
 *
 * It asks guard for everything that moves a needle, and guard checks it again. Control may use single precision;
 * nothing in it can turn the drive on.
 */
#ifndef PEN_CONTROL_H
#define PEN_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "depth.h"
#include "guard.h"
#include "mailbox.h"
#include "pen_io.h"
#include "selftest.h"
#include "settings.h"
#include "stroke.h"
#include "visit.h"

/* lock.c: the button at the pen, for acts that need somebody's hand on it (IL-30). */
typedef struct {
    guard_button_t button;
    bool pressed;         /* by a hand, and not for too long */
    bool ever;            /* pressed before, and not held for too long */
    uint64_t last_us;     /* when it was last seen pressed */
} lock_t;

void lock_tick(lock_t *lock, const pen_inputs_t *in);
bool lock_recent(const lock_t *lock, uint64_t now_us);
bool lock_undecided(const lock_t *lock, uint64_t now_us);

/* mode.c: the pen's state as the outside sees it. */
typedef struct {
    uint8_t state; /* enum pen_state */
    uint8_t mode;
    int32_t depth_set_um;
    int32_t rate_set_mhz;
    uint64_t ready_us; /* when READY was entered */
    uint16_t last_sequence;
    uint8_t last_reason;
    bool reference_wanted;
    bool retract_wanted;
    bool memory_told; /* the host has been warned that the memory does not answer */
    bool ran;        /* the drive has run since the self-test was last passed */
    uint8_t warning; /* enum pen_warning raised in this tick, 0 = none */
    int32_t warning_value;
    int32_t warning_limit;
    stroke_t stroke;
    depth_t depth;
    selftest_t selftest;
    lock_t lock;
    visit_t visit;
} control_t;

void control_init(control_t *control);
void control_begin_selftest(control_t *control, guard_t *guard);
void control_tick(control_t *control, guard_t *guard, const settings_t *settings, const selftest_facts_t *facts,
                  const pen_inputs_t *in, uint8_t stage_enable, pen_outputs_t *out);
void control_warn(control_t *control, uint8_t warning, int32_t value, int32_t limit);

#endif
