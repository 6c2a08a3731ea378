/* What each file of guard remembers from tick to tick: one struct a file. */
#ifndef PEN_GUARD_WATCH_H
#define PEN_GUARD_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "pen_interlocks.h"

enum { GUARD_PATH_MS = 64 };

typedef enum { GUARD_PROOF_NONE, GUARD_PROOF_RUNNING, GUARD_PROOF_PASSED, GUARD_PROOF_FAILED } guard_proof_result_t;

/* guard_proof.c: the shut-off path is shown to work. */
typedef struct {
    guard_proof_result_t result;
    uint8_t failed_check; /* enum pen_self_test_check */
    uint8_t step;
    uint16_t ticks;       /* in this step */
    uint8_t fallen_ticks; /* in a row without supply */
    bool drive;           /* asked of the two paths while the proof runs */
    bool supply;
} guard_proof_t;

/* guard_button.c: the button at the pen. */
typedef struct {
    uint16_t ticks;      /* evidence against what it was last taken for */
    bool released;       /* not before it is seen: one that is stuck since power-on is nobody's hand */
    bool pressed;        /* by a hand, and not for too long */
    uint64_t pressed_us; /* since when */
    uint64_t contact_us; /* when the contact began to close, after it had been open for a while */
    uint64_t closed_us;  /* when it was last closed before that press was one */
} guard_button_t;

/* guard_inputs.c: emergency stop, hold-to-run switch, link. Ticks and doubt count up in doubt and down without. */
typedef struct {
    uint16_t estop_doubt[2];
    uint8_t hold_ticks;      /* since the switch left its debounced state */
    uint16_t estop_apart_ticks; /* the two chains disagree */
    uint16_t hold_apart_ticks;  /* the two contacts of the switch contradict each other */
    uint64_t hold_us;        /* when it was pressed */
    bool hold_long;          /* warned of */
} guard_contacts_t;

/* guard_motion.c: the way of the shaft, unwrapped, and where it was in each of the last milliseconds. */
typedef struct {
    int32_t counts;
    int32_t at_ms[GUARD_PATH_MS];
    uint32_t ms;
} guard_path_t;

/* guard_sensors.c: the bar where it turns round, which is where both depth sensors can be compared. */
typedef struct {
    int32_t bar_um;          /* its deepest reading (bottom) or its highest (top); INT32_MIN: none yet */
    int32_t stage_um;        /* sensor A at that moment */
    uint8_t apart_strokes;   /* strokes in a row in which the two were too far apart here */
} guard_turning_t;

/* guard_sensors.c: what a depth sensor showed last, and how far the bar moved in this quarter turn and the last. */
typedef struct {
    int32_t bar_um;
    int32_t stage_um;
    uint64_t bar_us;
    uint64_t stage_us;
    int32_t lowest_um[2];
    int32_t highest_um[2];
    guard_turning_t bottom;  /* of this stroke */
    guard_turning_t top;
    bool top_passed;         /* since the depths were last compared there */
    int32_t difference_um;   /* sensor A less sensor B at the bottom of the last stroke */
    int32_t zero_steps;      /* steps at guard's own zero */
    int32_t home_edge_steps;
    uint16_t drift_ms;
} guard_sensors_t;

/* guard_slow.c: strokes counted at the bar, by its crossings of the middle of its travel in one direction. */
typedef struct {
    uint8_t crossings;       /* kept below, at most as many as there are places */
    int32_t counts[PEN_IL45_STROKES_COUNT]; /* way of the shaft at the last crossings, newest first */
    uint64_t time_us[PEN_IL45_STROKES_COUNT];
} guard_crossings_t;

/* guard_slow.c: strokes against the shaft, and a rate that is too low. */
typedef struct {
    bool above;              /* the bar was in the upper part of its travel when it was last clear of the middle */
    bool below;              /* in the lower part */
    guard_crossings_t down;
    guard_crossings_t up;
    bool underspeed;
    uint64_t underspeed_since_us;
} guard_slow_t;

/* guard_power.c: current and supply. */
typedef struct {
    uint16_t over_current_ticks;
    int64_t square_sum;      /* mA², of this millisecond */
    int64_t heat;            /* mean square of the current, times the milliseconds of its time constant */
    uint8_t over_currents;   /* IL-14 since the last whole self-test */
    uint16_t low_supply_ticks;
    uint16_t critical_ms;
    uint16_t low_ms;
    uint16_t charger_ms;
    bool battery_low;        /* warned of */
} guard_power_t;

/* guard_warmth.c: nose, handle. */
typedef struct {
    uint16_t stop_ms[2];
    uint16_t warn_ms[2];
    bool hot[2];
    bool warm[2];            /* warned of */
} guard_warmth_t;

/* guard_press.c: the nose on the skin. */
typedef struct {
    int32_t press_mn;        /* last valid reading */
    uint8_t doubt;           /* grows with each wrong reading, falls with each valid one */
    uint8_t touch_ticks;     /* in a row */
    uint16_t away_ticks;
    int32_t sum_mn;          /* of this millisecond */
    int32_t means_mn[PEN_IL15_MEAN_US / 1000];
    int32_t window_mn;       /* sum of these means */
    uint32_t ms;
    int32_t peak_mn;         /* of this stroke */
    uint8_t hard_strokes;    /* in a row */
    uint8_t over_forces;     /* IL-15 since its last reset */
    bool contact;
    uint64_t contact_us;     /* when there was contact last, in this run */
} guard_press_t;

/* guard_drive.c: what the drive does while it should be off. */
typedef struct {
    bool asked;              /* drive enable of the tick before */
    uint16_t feedback_ticks;
    uint16_t short_ticks;
    uint16_t current_ticks;
    uint8_t motion_ms;       /* milliseconds in a row with motion */
    bool home;               /* the bar has come back to the top since the drive went off */
    uint64_t home_us;        /* when it did */
    int32_t off_counts;      /* way of the shaft when the drive went off */
    int32_t turns_counts;    /* and when turns were last counted from anew */
    uint64_t turns_us;
} guard_drive_t;

/* guard_clock.c: the two clocks at the last checks. */
typedef struct {
    uint64_t time_us;        /* of the tick before */
    uint64_t then_us[2];
    uint32_t then2_us[2];
    uint8_t ticks;
    uint8_t checks;
} guard_clocks_t;

#endif
