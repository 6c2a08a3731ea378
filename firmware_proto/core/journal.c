#include "journal.h"

#include <string.h>

void journal_init(journal_t *journal)
{
    memset(journal, 0, sizeof *journal);
    journal->next = 1;
    journal->unsent = 1;
}

static void put(journal_t *journal, const event_t *event)
{
    if (journal->next - journal->unsent >= JOURNAL_EVENTS) {
        journal->unsent++;
        journal->overrun++;
    }
    journal->events[journal->next % JOURNAL_EVENTS] = *event;
    journal->next++;
}

bool journal_event_waits(const mailbox_t *mailbox)
{
    return atomic_load_explicit(&mailbox->event_head, memory_order_acquire)
           != atomic_load_explicit(&mailbox->event_tail, memory_order_relaxed);
}

void journal_collect(journal_t *journal, mailbox_t *mailbox)
{
    const unsigned head = atomic_load_explicit(&mailbox->event_head, memory_order_acquire);
    unsigned tail = atomic_load_explicit(&mailbox->event_tail, memory_order_relaxed);
    for (unsigned i = 0; i < MAILBOX_EVENTS && tail != head; i++) {
        put(journal, &mailbox->events[tail % MAILBOX_EVENTS]);
        tail++;
    }
    atomic_store_explicit(&mailbox->event_tail, tail, memory_order_release);
}

void journal_warn(journal_t *journal, uint8_t warning, int32_t value, int32_t limit, uint64_t time_us)
{
    const event_t event = {
        .type = PEN_TYPE_EVENT_WARNING, .code = warning, .value = value, .limit = limit, .time_us = time_us};
    put(journal, &event);
}

void journal_tell_lost(journal_t *journal, const mailbox_t *mailbox, uint64_t time_us)
{
    const uint32_t lost = journal->overrun + atomic_load_explicit(&mailbox->events_lost, memory_order_relaxed);
    const uint32_t untold = lost - journal->lost_told;
    if (untold == 0 || journal->next - journal->unsent >= JOURNAL_EVENTS) { /* the warning must cost no event */
        return;
    }
    journal->lost_told = lost;
    journal_warn(journal, PEN_WARNING_EVENTS_LOST, (int32_t)(untold & INT32_MAX), JOURNAL_EVENTS, time_us);
}

/* The first number that is still kept. */
static uint32_t oldest(const journal_t *journal)
{
    return journal->next > JOURNAL_EVENTS ? journal->next - JOURNAL_EVENTS : 1U;
}

int32_t journal_kept(const journal_t *journal)
{
    return (int32_t)(journal->next - oldest(journal));
}

const event_t *journal_to_send(const journal_t *journal, uint32_t *number)
{
    if (journal->unsent != journal->next) {
        *number = journal->unsent;
    } else if (journal->again_left != 0) {
        *number = journal->again < oldest(journal) ? oldest(journal) : journal->again;
    } else {
        return NULL;
    }
    return &journal->events[*number % JOURNAL_EVENTS];
}

void journal_sent(journal_t *journal, uint32_t number)
{
    if (number == journal->unsent) {
        journal->unsent++;
        return;
    }
    const uint32_t end = journal->again + journal->again_left;
    journal->again = number + 1U;
    journal->again_left = end > journal->again ? end - journal->again : 0U;
}

bool journal_ask(journal_t *journal, uint32_t first, uint32_t count)
{
    const uint32_t low = first < oldest(journal) ? oldest(journal) : first;
    const uint32_t wanted = count < UINT32_MAX - first ? first + count : UINT32_MAX;
    const uint32_t high = wanted < journal->unsent ? wanted : journal->unsent; /* the others come anyway */
    if (first >= journal->next || low >= wanted) {
        return false;
    }
    journal->again = low;
    journal->again_left = high > low ? high - low : 0U;
    return true;
}
