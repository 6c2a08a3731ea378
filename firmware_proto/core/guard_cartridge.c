/* Cartridge absent or unlocked (IL-19), by its lock switch and by its tag. */
#include "guard_parts.h"

#include "pen_device.h"

enum { LASTING_TICKS = PEN_IL19_WINDOW_US / PEN_TICK_US };

result_t guard_cartridge_seated(const guard_t *guard)
{
    if (guard->now.tag_present == 0U) {
        return guard_refuse(PEN_REASON_NO_CARTRIDGE, 0, 0);
    }
    return guard->now.cartridge_locked == 0U ? guard_refuse(PEN_REASON_CARTRIDGE_NOT_LOCKED, 0, 1) : guard_accept();
}

void guard_watch_cartridge(guard_t *guard)
{
    const bool gone = guard->now.tag_present == 0U || guard->now.cartridge_locked == 0U;
    if (!guard_mounts(&guard->cartridge_doubt, gone, LASTING_TICKS)) {
        return;
    }
    const uint8_t input = guard->now.cartridge_locked == 0U ? PEN_INPUT_CARTRIDGE_LOCK : PEN_INPUT_CARTRIDGE_TAG;
    if (guard->drive_on) {
        guard_trip(guard, PEN_IL_19, input, PEN_STOP_KIND_C0, 0, 1);
    } else if (guard->state == GUARD_ARMED) {
        guard_disarm(guard, PEN_IL_19);
        guard_warn(guard, PEN_WARNING_CARTRIDGE_GONE, 0, 1);
    }
}
