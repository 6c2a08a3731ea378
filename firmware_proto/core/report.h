/* What the tick tells the link: status, cartridge, events and samples. */
#ifndef PEN_REPORT_H
#define PEN_REPORT_H

#include "control.h"
#include "guard.h"
#include "mailbox.h"

typedef struct {
    uint8_t state; /* last state told */
    int32_t sample_countdown_us;
} report_t;

void report_init(report_t *report);
void report_status(pen_status_t *status, const control_t *control, const guard_t *guard, const settings_t *settings,
                   const pen_inputs_t *in);
void report_cartridge(pen_cartridge_t *cartridge, const control_t *control, const pen_inputs_t *in);
void report_refusal(mailbox_t *mailbox, uint64_t time_us, uint8_t command, uint8_t reason);
void report_tick(report_t *report, mailbox_t *mailbox, control_t *control, guard_t *guard, const pen_inputs_t *in,
                 const pen_outputs_t *out);

#endif
