/* Where the background loop (link) and the tick (guard and control) meet.
 *
 * The tick is an interrupt; pen_rx, pen_tx and pen_background run below it. Each field has one writer.
 * A command waits in one slot until the tick has executed it; events and samples leave through rings.
 */
#ifndef PEN_MAILBOX_H
#define PEN_MAILBOX_H

#include <stdatomic.h>
#include <stdint.h>

#include "pen_messages.h"

enum { MAILBOX_EMPTY = 0, MAILBOX_POSTED = 1, MAILBOX_DONE = 2 };
enum { MAILBOX_EVENTS = 16, MAILBOX_SAMPLES = 64 }; /* powers of two */

/* A command after the link has authenticated and decoded it. */
typedef struct {
    uint8_t type;            /* PEN_TYPE_… without the sealed bit */
    uint8_t role;            /* role of the session it came in, 0 if unsealed */
    uint16_t sequence;
    uint32_t session_id;     /* 0 if unsealed */
    int32_t value;           /* mode, depth_um, rate_mhz, interlock, period_us, index, bar_offset_um, depth_max_um */
    int32_t second;          /* GET_SNAPSHOT: part; CONFIGURE: rate_max_mhz */
    uint16_t day;            /* BEGIN_VISIT and CALIBRATE */
    uint8_t mode;            /* CONFIGURE */
    uint8_t home_only;       /* CONFIGURE */
    uint8_t visit_id[8];     /* BEGIN_VISIT */
    uint8_t person[16];      /* BEGIN_VISIT */
    uint64_t device_time_us; /* ARM and START */
} command_t;

typedef struct {
    uint8_t reason; /* PEN_REASON_… */
    int32_t value;
    int32_t limit;
} result_t;

/* An event as the tick raises it; the link gives it its number. */
typedef struct {
    uint8_t type; /* PEN_TYPE_EVENT_STATE, _TRIP or _WARNING */
    uint8_t code; /* state, interlock or warning */
    uint8_t previous;
    uint8_t mode;
    uint8_t cause;
    uint8_t input;
    uint8_t stop;
    uint8_t latched;
    int32_t value;
    int32_t limit;
    uint64_t time_us;
} event_t;

typedef struct {
    uint64_t time_us;
    uint8_t state;
    pen_sample_t sample;
} sampled_t;

typedef struct {
    /* link -> tick */
    atomic_uint command_state; /* link: EMPTY->POSTED, DONE->EMPTY; tick: POSTED->DONE */
    command_t command;
    atomic_uint heartbeats;    /* valid heartbeats of the active session so far */
    atomic_uint stops;         /* STOP frames seen so far, counted in pen_rx */
    atomic_uint session_id;    /* active session, 0 = none */
    /* tick -> link */
    result_t result;
    pen_status_t status;       /* filled when the command was GET_STATUS or HEARTBEAT; the link adds its own fields */
    pen_cartridge_t cartridge; /* filled when the command was GET_CARTRIDGE */
    pen_trip_t trip;           /* filled when the command was GET_TRIP */
    pen_snapshot_t snapshot;   /* filled when the command was GET_SNAPSHOT */
    uint64_t done_time_us;     /* tick time of the execution */
    atomic_uint time_ms;       /* tick time for the link's own limits */
    atomic_uint event_head, event_tail; /* tick writes head, link writes tail */
    event_t events[MAILBOX_EVENTS];
    atomic_uint events_lost;
    atomic_uint telemetry_period_us; /* tick owns; 0 = off */
    atomic_uint sample_head, sample_tail;
    sampled_t samples[MAILBOX_SAMPLES];
    atomic_uint samples_lost;
} mailbox_t;

#endif
