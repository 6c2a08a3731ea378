/* The commands as the tick executes them: control refuses first, with the reason; guard checks what passes once more. */
#ifndef PEN_COMMANDS_H
#define PEN_COMMANDS_H

#include "control.h"
#include "guard.h"
#include "mailbox.h"
#include "settings.h"

/* One command, and all that it may look at or change. */
typedef struct {
    control_t *control;
    guard_t *guard;
    settings_t *settings;
    mailbox_t *mailbox;
    const pen_inputs_t *in;
    const command_t *command;
} order_t;

/* MAILBOX_LATER: to be tried again in the next tick. */
result_t commands_execute(const order_t *order);

/* For the files of commands only. */
result_t commands_check_state(const order_t *order, uint8_t needed);
result_t commands_check_role(const order_t *order, uint8_t needed);
result_t commands_arm_or_start(const order_t *order);
result_t commands_of_visit(const order_t *order);
result_t commands_of_service(const order_t *order);

#endif
