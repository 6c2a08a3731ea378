/* Over-temperature of nose and handle (IL-16). A sensor that shows what cannot be true counts as too warm. */
#include "guard_parts.h"

enum {
    LASTING_MS = 100, /* a single reading is no temperature */
    COLDEST_MDEGC = -20000,
    HOTTEST_MDEGC = 100000,
    NOSE = 0,
    HANDLE = 1
};

typedef struct {
    int32_t warn_mdegc;
    int32_t stop_mdegc;
    uint8_t input;
} place_t;

static const place_t PLACES[2] = {{PEN_IL16_NOSE_WARN_MDEGC, PEN_IL16_NOSE_STOP_MDEGC, PEN_INPUT_NOSE_TEMPERATURE},
                                  {PEN_IL16_HANDLE_WARN_MDEGC, PEN_IL16_HANDLE_STOP_MDEGC, PEN_INPUT_HANDLE_TEMPERATURE}};

static int32_t reading_mdegc(const guard_t *guard, unsigned place)
{
    return place == NOSE ? guard->now.nose_mc : guard->now.handle_mc;
}

static bool believable(int32_t mdegc)
{
    return mdegc > COLDEST_MDEGC && mdegc < HOTTEST_MDEGC;
}

static void watch_warn(guard_t *guard, unsigned place, int32_t mdegc)
{
    guard_warmth_t *warmth = &guard->warmth;
    const int32_t limit_mdegc = PLACES[place].warn_mdegc;
    const bool lasts = guard_lasts(&warmth->warn_ms[place], mdegc > limit_mdegc, LASTING_MS);
    if (lasts && !warmth->warm[place]) {
        warmth->warm[place] = true;
        guard_warn(guard, PEN_WARNING_WARM, mdegc, limit_mdegc);
    } else if (mdegc < limit_mdegc - PEN_IL16_CLEAR_MDEGC) {
        warmth->warm[place] = false;
    }
}

static void watch_stop(guard_t *guard, unsigned place, int32_t mdegc)
{
    guard_warmth_t *warmth = &guard->warmth;
    const int32_t limit_mdegc = PLACES[place].stop_mdegc;
    const bool over = mdegc > limit_mdegc || !believable(mdegc);
    if (guard_lasts(&warmth->stop_ms[place], over, LASTING_MS)) {
        warmth->hot[place] = true;
        const guard_trip_t why = {.interlock = PEN_IL_16, .input = PLACES[place].input, .stop = PEN_STOP_KIND_C1,
                                  .value = mdegc, .limit = limit_mdegc};
        guard_halt(guard, &why, false);
    } else if (!over && mdegc < limit_mdegc - PEN_IL16_CLEAR_MDEGC) {
        warmth->hot[place] = false;
    }
}

void guard_watch_warmth(guard_t *guard)
{
    if (!guard_each_ms(guard)) {
        return;
    }
    for (unsigned place = NOSE; place <= HANDLE; place++) {
        const int32_t mdegc = reading_mdegc(guard, place);
        watch_warn(guard, place, mdegc);
        watch_stop(guard, place, mdegc);
    }
}

result_t guard_cool(const guard_t *guard)
{
    for (unsigned place = NOSE; place <= HANDLE; place++) {
        if (guard->warmth.hot[place]) {
            return guard_refuse(PEN_REASON_TOO_WARM, reading_mdegc(guard, place),
                                PLACES[place].stop_mdegc - PEN_IL16_CLEAR_MDEGC);
        }
    }
    return guard_accept();
}
