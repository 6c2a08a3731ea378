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
#include "records.h"

enum { MAILBOX_EMPTY = 0, MAILBOX_POSTED = 1, MAILBOX_DONE = 2 };
enum { MAILBOX_LATER = 0xFF }; /* a result that is not there yet: the command is tried again in the next tick */
enum { MAILBOX_EVENTS = 16, MAILBOX_SAMPLES = 64 }; /* powers of two */

/* A command after the link has authenticated and decoded it. */
typedef struct {
    uint8_t type;            /* PEN_TYPE_… without the sealed bit */
    uint8_t role;            /* role of the session it came in, 0 if unsealed */
    uint16_t sequence;
    uint32_t session_id;     /* 0 if unsealed */
    uint32_t stops;          /* mailbox.stops when its frame came in: a STOP since then overtakes it */
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

/* A visit may run past midnight, and is over the day after: how many days apart one use is still the same. */
enum { USE_DAYS = 1 };

/* What the tag of the cartridge says, as far as it is proved. */
typedef enum {
    TAG_NONE,    /* no tag */
    TAG_READING, /* not proved yet */
    TAG_UNKNOWN, /* not the maker's, damaged, or it does not answer */
    TAG_GENUINE
} tag_state_t;

typedef struct {
    tag_state_t state;
    uint32_t id;
    uint8_t kind; /* enum pen_cartridge_kind */
    uint8_t needles;
    uint16_t stop_um;
    uint16_t length_um;
    uint16_t sterile_until_day;
    uint16_t uses;
    uint16_t first_day;
    uint16_t last_day; /* on which a use was counted last */
    uint32_t strokes;
    uint8_t visit_id[8]; /* of the last use */
    uint8_t person[16];
} tag_view_t;

/* A use of the cartridge that is to be written to its tag. */
typedef struct {
    uint32_t cartridge_id;
    uint16_t day;
    uint8_t visit_id[8];
    uint8_t person[16];
} use_t;

/* What the tick wants the pen's memory to keep; `what` says which of it is new. */
enum { KEEP_TRIPS = 1, KEEP_CALIBRATION = 2, KEEP_CONFIGURATION = 4, KEEP_DAY = 8 };
typedef struct {
    uint8_t what;
    uint16_t latest_day;
    trips_record_t trips;
    calibration_record_t calibration;
    int32_t depth_max_um[RECORDS_MODES];
    int32_t rate_max_mhz[RECORDS_MODES];
    bool home_only;
} keep_t;

/* What the background loop found out about the pen itself. */
enum { FOUND_CONFIGURATION_DAMAGED = 1, FOUND_CALIBRATION_DAMAGED = 2, FOUND_MEMORY_FAILED = 4 };

typedef struct {
    /* link -> tick */
    atomic_uint command_state; /* link: EMPTY->POSTED, DONE->EMPTY; tick: POSTED->DONE */
    command_t command;
    atomic_uint heartbeats;    /* valid heartbeats of the active session so far */
    atomic_uint stops;         /* STOP frames seen so far, counted in pen_rx */
    atomic_uint session_id;    /* active session, 0 = none */
    /* the rest of the background loop -> tick */
    atomic_uint tag_posted; /* background: 0->1 with a new view; tick: 1->0 when it has taken it */
    tag_view_t tag;
    atomic_uint self_check; /* part of the controller that failed its periodic check, 0 = none */
    atomic_uint found;      /* FOUND_… */
    /* tick -> the rest of the background loop */
    atomic_uint tag_here;   /* a tag is present and locked in */
    atomic_uint driving;    /* the drive is on */
    atomic_uint strokes;    /* since power-on */
    atomic_uint use_state;  /* tick: EMPTY->POSTED, DONE->EMPTY; background: POSTED->DONE */
    use_t use;
    bool use_written;       /* result of it */
    atomic_uint keep_state; /* tick: EMPTY->POSTED; background: POSTED->EMPTY */
    keep_t keep;
    /* tick -> link */
    result_t result;
    pen_status_t status;       /* filled when the command was GET_STATUS or HEARTBEAT; the link adds its own fields */
    pen_cartridge_t cartridge; /* filled when the command was GET_CARTRIDGE */
    pen_trip_t trip;           /* filled when the command was GET_TRIP */
    pen_snapshot_t snapshot;   /* filled when the command was GET_SNAPSHOT */
    uint64_t done_time_us;     /* tick time of the execution */
    atomic_uint time_ms;       /* tick time for the link's own limits */
    atomic_uint button_held_ms; /* how long the button has been held without a break, 0 = it is not pressed */
    atomic_uint event_head, event_tail; /* tick writes head, link writes tail */
    event_t events[MAILBOX_EVENTS];
    atomic_uint events_lost;
    atomic_uint telemetry_period_us; /* tick owns; 0 = off */
    atomic_uint sample_head, sample_tail;
    sampled_t samples[MAILBOX_SAMPLES];
    atomic_uint samples_lost;
} mailbox_t;

#endif
