/* The firmware core of the pen: portable, without globals, heap or hardware access.
 *
 *   host <-- frames --> link (background) <-- mailbox --> tick: guard, then control <-- inputs, outputs --> the pen
 *
 * pen_tick is the interrupt of 100 µs; the other functions run below it.
 */
#ifndef PEN_H
#define PEN_H

#include <stddef.h>
#include <stdint.h>

#include "cartridge.h"
#include "commands.h"
#include "control.h"
#include "exchange.h"
#include "guard.h"
#include "keeper.h"
#include "link.h"
#include "mailbox.h"
#include "pen_io.h"
#include "port.h"
#include "report.h"
#include "settings.h"
#include "snapshot.h"
#include "sounder.h"
#include "store.h"
#include "trip_log.h"

typedef struct {
    pen_config_t config;
    mailbox_t mailbox;
    link_t link;
    guard_t guard;
    control_t control;
    settings_t settings;
    report_t report;
    sounder_t sounder;
    trip_log_t trip_log;
    snapshots_t snapshots;
    /* background */
    store_t store;
    keeper_t keeper;
    cartridge_t cartridge;
} pen_t;

void pen_init(pen_t *pen, const pen_config_t *config);

/* One tick: guard first, then a waiting command, then control. Guard alone decides drive_enable and stage_enable. */
void pen_tick(pen_t *pen, const pen_inputs_t *in, pen_outputs_t *out);

/* Bytes from the line; returns how many were taken. A STOP frame acts at once. */
size_t pen_rx(pen_t *pen, const uint8_t *bytes, size_t n);

/* Bytes for the line, at most `room`; returns how many were written. */
size_t pen_tx(pen_t *pen, uint8_t *bytes, size_t room);

/* One bounded poll of the background loop: at most one SHA-256 block is hashed in it. */
void pen_background(pen_t *pen);

#endif
