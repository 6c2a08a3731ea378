/* The link with a tick that is no pen: it executes what is posted with the result that the test asked for, and writes
 * down what it got. For tests only: it counts hashed blocks in a global. */
#ifndef LINK_RIG_H
#define LINK_RIG_H

#include "link.h"
#include "store.h"

enum { RIG_LOG = 256, RIG_CODE = 16 };

typedef struct {
    mailbox_t mailbox;
    link_t link;
    pen_config_t config;
    pen_port_t port;
    store_t store;
    uint8_t memory[PEN_MEMORY_SIZE];
    bool memory_dead;
    uint8_t state;     /* that PAIR meets */
    uint32_t held_ms;  /* how long the button is held */
    uint8_t entropy_next;
    bool entropy_dead;
    uint32_t entropy_calls;
    bool holding; /* the tick executes nothing */
    result_t result;
    uint32_t executed;
    command_t log[RIG_LOG];
} rig_t;

extern unsigned rig_blocks; /* blocks hashed through the port's hook */

/* A pen as it leaves the factory: slots 0 OPERATOR, 1 CLINICIAN, 2 SERVICE have this key, slot 3 is free; the codes are
 * sixteen times 'c' and sixteen times 's'. */
void rig_setup(rig_t *rig, const uint8_t key[32], const uint8_t serial[16]);

/* Power off and on: memory stays. */
void rig_restart(rig_t *rig);

/* A poll of link and store. */
void rig_background(rig_t *rig);
void rig_run_tick(rig_t *rig, uint64_t time_us);
bool rig_post_event(rig_t *rig, const event_t *event);
bool rig_post_sample(rig_t *rig, const sampled_t *sampled);

#endif
