/* A whole pen in a small world: a plant that is good enough to be driven, faults, and a host with the right key.
 *
 * It stands in for the simulator where millions of ticks are wanted in a second, with the sanitizers watching. It
 * decides nothing about safety.
 */
#ifndef CORE_WORLD_H
#define CORE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pen.h"

enum {
    FAULT_ESTOP_A,
    FAULT_ESTOP_B,
    FAULT_HOLD,
    FAULT_BAR_DEEP,
    FAULT_BAR_LOST,
    FAULT_STAGE_STUCK,
    FAULT_STAGE_LOST,
    FAULT_STAGE_RUNS,
    FAULT_SHAFT_LOST,
    FAULT_SHAFT_STUCK,
    FAULT_TOO_FAST,
    FAULT_LINK,
    FAULT_HOME_STUCK,
    FAULT_GARBAGE,
    FAULTS
};

/* A reading as it is after a fault on a bus: not even near anything that can be measured. */
typedef struct {
    size_t at; /* byte of pen_inputs_t where an int32_t begins */
    int32_t value;
} spoilt_t;

typedef struct {
    uint64_t random;
    pen_config_t config;
    pen_t pen;
    pen_inputs_t in;
    pen_outputs_t out;
    pen_outputs_t before; /* outputs of the tick before */
    uint8_t memory[PEN_MEMORY_SIZE];
    uint8_t tag[PEN_TAG_SIZE];
    uint8_t tag_kind;
    /* plant */
    double turns;
    double rate_hz;
    double stage_um; /* true depth */
    double started_um;
    int32_t steps_taken;
    int32_t stuck_stage_um;
    bool home;
    bool holding; /* the hand */
    uint32_t fault_ticks[FAULTS];
    double fault_size;
    spoilt_t spoilt[2];
    unsigned spoilt_ticks;
    /* host */
    bool never_start; /* it keeps every START back */
    uint64_t counter;
    uint64_t beaten_us;
    uint64_t next_command_us;
    unsigned sent[128]; /* frames of each type that were sealed with the right key */
    uint64_t start_sent_us;
    bool reopen; /* it lets its link session die and opens another one, perhaps in another role */
    bool power_cycled; /* since nothing was latched last: a passed self-test may end a trip */
    uint32_t late_us;   /* both clocks are read so long after the tick began, */
    uint32_t jitter_us; /* and each up to so much later */
    uint8_t told[256]; /* what the pen sent in this tick */
    size_t told_n;
    uint8_t reset_asked[256]; /* RESET of this interlock was sent since it latched */
} world_t;

void world_init(world_t *world, uint64_t seed);
uint32_t world_draw(world_t *world, uint32_t below);

/* One tick: the plant moves by the last outputs, the inputs are read, faults laid over them, the pen ticks. */
void world_tick(world_t *world);

/* The host does what comes next: opens a link session, keeps it alive, treats, and now and then talks nonsense. */
void world_host(world_t *world);

/* Starts a fault now and then. */
void world_mishap(world_t *world, uint32_t one_in);

#endif
