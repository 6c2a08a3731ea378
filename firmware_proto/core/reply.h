/* Answers to the frame that the inbox is at. Each puts one answer into the outbox and ends the frame. */
#ifndef PEN_REPLY_H
#define PEN_REPLY_H

#include <stdint.h>

#include "link.h"

void reply_identity(link_t *link);
void reply_limits(link_t *link);
void reply_session(link_t *link); /* the pending one */
void reply_paired(link_t *link); /* the pairing that was done last */

/* What the tick gave for the posted command: the answer of its kind, or RESPONSE. */
void reply_executed(link_t *link);

/* RESPONSE with what the tick found, or with what the link found by itself. */
void reply_result(link_t *link, const result_t *result, uint64_t time_us);
void reply_reason(link_t *link, uint8_t reason, int32_t value, int32_t limit);

/* RESPONSE to a seal that is not right: unsealed, and mostly left out when there are many. */
void reply_seal_refused(link_t *link, uint8_t reason);

#endif
