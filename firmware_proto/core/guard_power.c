/* Power: over-current (IL-14), under-voltage (IL-17), battery and charger (IL-18). */
#include "guard_parts.h"

#include "pen_device.h"

enum {
    OVER_CURRENT_TICKS = PEN_IL14_COMPARATOR_US / PEN_TICK_US - 1, /* so many readings more, the first one being the first tick */
    HEAT_MS = PEN_IL14_HEAT_US / 1000,
    MS_TICKS = 1000 / PEN_TICK_US,
    LOW_SUPPLY_TICKS = PEN_IL17_WINDOW_US / PEN_TICK_US,
    LASTING_MS = 100, /* gauge and charger contact */
    LOW_CLEAR_PERMILLE = PEN_IL18_LOW_PERMILLE + 20
};

#define HEAT_LIMIT ((int64_t)PEN_IL14_HEAT_MA * PEN_IL14_HEAT_MA * HEAT_MS)

uint16_t guard_heat_permille(const guard_t *guard)
{
    const int64_t permille = guard->power.heat / (HEAT_LIMIT / 1000);
    return (uint16_t)(permille > UINT16_MAX ? UINT16_MAX : permille);
}

static void trip_current(guard_t *guard, uint8_t input, int32_t value, int32_t limit)
{
    if (!guard_latched(guard, PEN_IL_14)) {
        guard->power.over_currents++;
    }
    guard_trip(guard, PEN_IL_14, input, PEN_STOP_KIND_C0, value, limit);
}

static int32_t root(int64_t square)
{
    int64_t low = 0;
    int64_t high = 40000;
    for (int i = 0; i < 17; i++) {
        const int64_t middle = (low + high) / 2;
        if (middle * middle <= square) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return (int32_t)low;
}

/* IL-14: the mean square of the current, which heats the winding; it falls while the drive is off. */
static void sum_heat(guard_t *guard, int32_t current_ma)
{
    guard_power_t *power = &guard->power;
    const int64_t bounded_ma = current_ma > INT16_MAX ? INT16_MAX : current_ma;
    power->square_sum += bounded_ma * bounded_ma;
    if (!guard_each_ms(guard)) {
        return;
    }
    power->heat += power->square_sum / MS_TICKS - power->heat / HEAT_MS;
    power->square_sum = 0;
    if (guard->drive_on && power->heat > HEAT_LIMIT) {
        trip_current(guard, PEN_INPUT_HEAT_SUM, root(power->heat / HEAT_MS), PEN_IL14_HEAT_MA);
    }
}

static void watch_current(guard_t *guard)
{
    const int32_t current_ma = guard_size(guard->now.motor_ma);
    const bool over = guard->drive_on && current_ma > PEN_IL14_COMPARATOR_MA;
    if (guard_lasts(&guard->power.over_current_ticks, over, OVER_CURRENT_TICKS)) {
        trip_current(guard, PEN_INPUT_MOTOR_CURRENT, current_ma, PEN_IL14_COMPARATOR_MA);
    }
    sum_heat(guard, current_ma);
}

/* IL-17 */
static void watch_supply(guard_t *guard)
{
    const bool low = guard->drive_on && guard->now.supply_mv < PEN_IL17_MINIMUM_MV;
    if (guard_lasts(&guard->power.low_supply_ticks, low, LOW_SUPPLY_TICKS)) {
        guard_trip(guard, PEN_IL_17, PEN_INPUT_SUPPLY, PEN_STOP_KIND_C0, guard->now.supply_mv, PEN_IL17_MINIMUM_MV);
    }
}

static void stop_by_battery(guard_t *guard, int32_t value, int32_t limit)
{
    const guard_trip_t why = {.interlock = PEN_IL_18, .input = PEN_INPUT_CHARGE, .stop = PEN_STOP_KIND_C1,
                              .value = value, .limit = limit};
    guard_halt(guard, &why, false);
}

/* IL-18: a battery that is nearly empty warns, then stops; the charger stops too: nobody is treated on the mains. */
static void watch_battery(guard_t *guard)
{
    guard_power_t *power = &guard->power;
    const int32_t charge = guard->now.charge_permille;
    const bool low = guard_lasts(&power->low_ms, charge < PEN_IL18_LOW_PERMILLE, LASTING_MS);
    if (low && !power->battery_low) {
        power->battery_low = true;
        guard_warn(guard, PEN_WARNING_BATTERY_LOW, charge, PEN_IL18_LOW_PERMILLE);
    } else if (charge > LOW_CLEAR_PERMILLE) {
        power->battery_low = false;
    }
    if (guard_lasts(&power->critical_ms, charge < PEN_IL18_CRITICAL_PERMILLE, LASTING_MS)) {
        stop_by_battery(guard, charge, PEN_IL18_CRITICAL_PERMILLE);
    }
    if (guard_lasts(&power->charger_ms, guard->now.charger_present != 0U, LASTING_MS)) {
        stop_by_battery(guard, charge, PEN_IL18_CRITICAL_PERMILLE);
    }
}

void guard_watch_power(guard_t *guard)
{
    watch_current(guard);
    watch_supply(guard);
    if (guard_each_ms(guard)) {
        watch_battery(guard);
    }
}

result_t guard_power_ready(const guard_t *guard)
{
    if (guard->now.supply_mv < PEN_IL17_MINIMUM_MV) {
        return guard_refuse(PEN_REASON_SUPPLY_LOW, guard->now.supply_mv, PEN_IL17_MINIMUM_MV);
    }
    if (guard->now.charger_present != 0U) {
        return guard_refuse(PEN_REASON_CHARGING, 1, 0);
    }
    if (guard->now.charge_permille < PEN_IL18_CRITICAL_PERMILLE) {
        return guard_refuse(PEN_REASON_BATTERY_CRITICAL, guard->now.charge_permille, PEN_IL18_CRITICAL_PERMILLE);
    }
    return guard_accept();
}
