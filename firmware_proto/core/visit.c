#include "visit.h"

#include <string.h>

bool visit_same(const visit_t *visit, const command_t *command)
{
    return visit->open && memcmp(visit->id, command->visit_id, sizeof visit->id) == 0
           && memcmp(visit->person, command->person, sizeof visit->person) == 0;
}

void visit_open(visit_t *visit, const command_t *command)
{
    visit->open = true;
    visit->counting = false;
    visit->day = command->day;
    memcpy(visit->id, command->visit_id, sizeof visit->id);
    memcpy(visit->person, command->person, sizeof visit->person);
}

void visit_close(visit_t *visit)
{
    visit->open = false;
    visit->counting = false;
    memset(visit->id, 0, sizeof visit->id);
    memset(visit->person, 0, sizeof visit->person);
}

static void ask_for_use(const visit_t *visit, mailbox_t *mailbox)
{
    mailbox->use.cartridge_id = visit->tag.id;
    mailbox->use.day = visit->day;
    memcpy(mailbox->use.visit_id, visit->id, sizeof visit->id);
    memcpy(mailbox->use.person, visit->person, sizeof visit->person);
    atomic_store_explicit(&mailbox->use_state, MAILBOX_POSTED, memory_order_release);
}

static void free_slot(mailbox_t *mailbox)
{
    atomic_store_explicit(&mailbox->use_state, MAILBOX_EMPTY, memory_order_release);
}

/* An answer that nobody waits for any more, to an earlier START, is thrown away. */
result_t visit_count_use(visit_t *visit, mailbox_t *mailbox)
{
    const result_t later = {.reason = MAILBOX_LATER};
    const unsigned state = atomic_load_explicit(&mailbox->use_state, memory_order_acquire);
    if (!visit->counting) {
        if (state == MAILBOX_POSTED) {
            return later;
        }
        visit->counting = true;
        ask_for_use(visit, mailbox);
        return later;
    }
    if (state == MAILBOX_POSTED) {
        return later;
    }
    visit->counting = false;
    const bool written = state == MAILBOX_DONE && mailbox->use_written && verdict_counted(visit);
    free_slot(mailbox);
    return written ? guard_accept() : guard_refuse(PEN_REASON_CARTRIDGE_BINDING_FAILED, 0, 0);
}
