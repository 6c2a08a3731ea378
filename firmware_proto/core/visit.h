/* The visit that is open, and what the cartridge in the pen means for it. RAM only: the pen keeps nobody. */
#ifndef PEN_VISIT_H
#define PEN_VISIT_H

#include <stdbool.h>
#include <stdint.h>

#include "mailbox.h"
#include "pen_io.h"
#include "settings.h"

typedef struct {
    bool open;
    uint16_t day;
    uint8_t id[8];
    uint8_t person[16];
    tag_view_t tag; /* of the cartridge in the pen */
    bool counting;  /* START waits for the use to stand on the tag */
    uint64_t waits_us; /* since when it waits */
    uint64_t waited_us; /* in which tick it was seen to wait last */
} visit_t;

/* Whether this is the visit that is open. */
bool visit_same(const visit_t *visit, const command_t *command);

void visit_open(visit_t *visit, const command_t *command);
void visit_close(visit_t *visit);

/* verdict.c: why the cartridge may not be used in this mode and visit; accepted when it may. IL-19 to IL-22. */
result_t verdict(const visit_t *visit, uint8_t mode, const pen_inputs_t *in);

/* Whose it is, enum pen_cartridge_binding. */
uint8_t verdict_binding(const visit_t *visit);

/* The use of this visit stands on the tag. */
bool verdict_counted(const visit_t *visit);

/* Asks for the use to be written and says when it is: MAILBOX_LATER until then. */
result_t visit_count_use(visit_t *visit, mailbox_t *mailbox);

#endif
