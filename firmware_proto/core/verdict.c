/* What the cartridge in the pen means for the visit: each refusal has its reason, and none can be overridden. */
#include <string.h>

#include "pen_interlocks.h"
#include "pen_limits.h"
#include "visit.h"

static const pen_mode_limits_t HARD[PEN_MODE_LIMITS_COUNT] = PEN_MODE_LIMITS_INIT;

static result_t in_place(const pen_inputs_t *in)
{
    if (in->tag_present == 0U) {
        return guard_refuse(PEN_REASON_NO_CARTRIDGE, 0, 1);
    }
    if (in->cartridge_locked == 0U) {
        return guard_refuse(PEN_REASON_CARTRIDGE_NOT_LOCKED, 0, 1);
    }
    return guard_accept();
}

static result_t genuine(const visit_t *visit)
{
    switch (visit->tag.state) {
    case TAG_GENUINE:
        return guard_accept();
    case TAG_NONE:
    case TAG_READING:
        return guard_refuse(PEN_REASON_BUSY, 0, 0);
    case TAG_UNKNOWN:
        break;
    }
    return guard_refuse(PEN_REASON_CARTRIDGE_UNKNOWN, 0, 0);
}

static result_t fits_mode(const tag_view_t *tag, uint8_t mode)
{
    const uint8_t needed = mode == PEN_MODE_CLINICAL ? PEN_CARTRIDGE_KIND_CLINICAL : PEN_CARTRIDGE_KIND_HOME;
    const int32_t cap_um = HARD[mode == PEN_MODE_CLINICAL ? 1 : 0].depth_max_um;
    if (tag->kind != needed) {
        return guard_refuse(PEN_REASON_CARTRIDGE_WRONG_FOR_MODE, tag->kind, needed);
    }
    if (tag->stop_um == 0U || tag->stop_um > cap_um) {
        return guard_refuse(PEN_REASON_CARTRIDGE_TOO_DEEP, tag->stop_um, cap_um);
    }
    return guard_accept();
}

static bool same_visit(const visit_t *visit)
{
    return memcmp(visit->tag.visit_id, visit->id, sizeof visit->id) == 0;
}

static bool days_near(const visit_t *visit, uint16_t day)
{
    const int32_t days = (int32_t)visit->day - (int32_t)day;
    return days >= -USE_DAYS && days <= USE_DAYS;
}

/* This visit's use is counted already. A visit_id that comes again days later is another use. */
static bool same_use(const visit_t *visit)
{
    return same_visit(visit) && days_near(visit, visit->tag.last_day);
}

static bool same_person(const visit_t *visit)
{
    return memcmp(visit->tag.person, visit->person, sizeof visit->person) == 0;
}

static result_t fresh(const visit_t *visit)
{
    const tag_view_t *tag = &visit->tag;
    if (visit->open && visit->day > tag->sterile_until_day) {
        return guard_refuse(PEN_REASON_CARTRIDGE_EXPIRED, visit->day, tag->sterile_until_day);
    }
    if (tag->strokes >= PEN_IL21_STROKES_COUNT) {
        return guard_refuse(PEN_REASON_CARTRIDGE_WORN, (int32_t)(tag->strokes & INT32_MAX), PEN_IL21_STROKES_COUNT);
    }
    return guard_accept();
}

/* In the clinic a cartridge is for one visit, and a visit is over the day after at the latest. */
static result_t clinical_use(const visit_t *visit)
{
    if (!same_visit(visit) || !days_near(visit, visit->tag.first_day)) {
        return guard_refuse(PEN_REASON_CARTRIDGE_USED, visit->tag.uses, PEN_IL21_CLINICAL_LAST_COUNT);
    }
    return guard_accept();
}

static result_t home_use(const visit_t *visit)
{
    if (!same_use(visit) && visit->tag.uses >= PEN_IL21_HOME_LAST_COUNT) {
        return guard_refuse(PEN_REASON_CARTRIDGE_WORN, visit->tag.uses, PEN_IL21_HOME_LAST_COUNT);
    }
    return guard_accept();
}

static result_t unused_by_others(const visit_t *visit, uint8_t mode)
{
    if (visit->tag.uses == 0U || !visit->open) {
        return guard_accept();
    }
    if (!same_person(visit)) {
        return guard_refuse(PEN_REASON_CARTRIDGE_OTHER_PERSON, 0, 0);
    }
    return mode == PEN_MODE_CLINICAL ? clinical_use(visit) : home_use(visit);
}

result_t verdict(const visit_t *visit, uint8_t mode, const pen_inputs_t *in)
{
    result_t result = in_place(in);
    if (result.reason == PEN_REASON_NONE) {
        result = genuine(visit);
    }
    if (result.reason == PEN_REASON_NONE) {
        result = fits_mode(&visit->tag, mode);
    }
    if (result.reason == PEN_REASON_NONE) {
        result = fresh(visit);
    }
    if (result.reason == PEN_REASON_NONE) {
        result = unused_by_others(visit, mode);
    }
    return result;
}

uint8_t verdict_binding(const visit_t *visit)
{
    if (visit->tag.state != TAG_GENUINE || visit->tag.uses == 0U) {
        return visit->tag.state == TAG_UNKNOWN ? PEN_CARTRIDGE_BINDING_UNKNOWN : PEN_CARTRIDGE_BINDING_NONE;
    }
    if (!visit->open) {
        return PEN_CARTRIDGE_BINDING_UNKNOWN;
    }
    return same_person(visit) ? PEN_CARTRIDGE_BINDING_THIS_PERSON : PEN_CARTRIDGE_BINDING_OTHER_PERSON;
}

bool verdict_counted(const visit_t *visit)
{
    return visit->open && visit->tag.state == TAG_GENUINE && visit->tag.uses != 0U && same_use(visit) && same_person(visit);
}
