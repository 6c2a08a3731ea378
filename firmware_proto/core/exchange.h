/* What the tick and the slow background duties give each other through the mailbox; the tick's side of it. */
#ifndef PEN_EXCHANGE_H
#define PEN_EXCHANGE_H

#include "guard.h"
#include "mailbox.h"
#include "pen_io.h"
#include "selftest.h"
#include "settings.h"
#include "trip_log.h"
#include "visit.h"

/* What guard looks at in this tick; `steps` is what control asked of the depth stage in the tick before. */
void exchange_guard_inputs(const mailbox_t *mailbox, const pen_inputs_t *in, int32_t steps, guard_inputs_t *seen);

/* What the self-test looks at besides the inputs. */
selftest_facts_t exchange_facts(const mailbox_t *mailbox, const settings_t *settings, bool sounding);

/* Takes a new view of the tag, if there is one. */
void exchange_take(mailbox_t *mailbox, visit_t *visit);

/* Tells what happens, and hands over what memory is to keep. */
void exchange_give(mailbox_t *mailbox, settings_t *settings, trip_log_t *log, const guard_t *guard, const pen_inputs_t *in);

#endif
