/* Lets a whole pen live among mishaps and boils all that it gives down to one number, so that two builds can be compared.
 *
 * usage: core_digest SEED TICKS              among mishaps
 *        core_digest SEED TICKS LATE JITTER  without them; clocks read LATE us after the tick began, or JITTER us later
 *
 * Prints how often it ran and tripped, but for communications loss, and the sum over every output of every tick, what guard holds and every byte that
 * was sent. The same on every target, whatever the width of its words, the sign of its char, the size of its enums and
 * its optimiser.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core_world.h"

enum { LINK_LOSS = 26, QUIET_TICKS = 10000, SELDOM = 1000000, OFTEN = 6000 };

static world_t world;
static uint64_t digest = 0xCBF29CE484222325ULL; /* FNV-1a */

static void take(int64_t value)
{
    for (unsigned byte = 0; byte < 8U; byte++) {
        digest = (digest ^ (((uint64_t)value >> (8U * byte)) & 0xFFU)) * 0x100000001B3ULL;
    }
}

static void take_outputs(const pen_outputs_t *out)
{
    take(out->bridge_duty_q15);
    take(out->stage_steps);
    take(out->drive_enable | (out->stage_enable << 8) | (out->supply_enable << 16) | ((int64_t)out->watchdog << 24));
    take(out->state | (out->mode << 8) | (out->tripped << 16) | ((int64_t)out->sounder << 24));
}

static void take_told(void)
{
    for (size_t i = 0; i < world.told_n; i++) {
        take(world.told[i]);
    }
}

static void take_guard(const guard_t *guard)
{
    take(guard->depth_set_um);
    take(guard->rate_set_mhz);
    take(guard->zero_um);
    take((int64_t)guard->strokes);
    for (unsigned i = 0; i < guard->trip_count; i++) {
        take(guard->trips[i].interlock);
        take(guard->trips[i].value);
        take((int64_t)guard->trips[i].time_us);
    }
}

int main(int argc, char **argv)
{
    const bool calm = argc == 5;
    if (argc != 3 && !calm) {
        (void)fprintf(stderr, "usage: core_digest SEED TICKS [LATE JITTER]\n");
        return 2;
    }
    const uint64_t ticks = strtoull(argv[2], NULL, 10);
    unsigned runs = 0;
    unsigned trips = 0;
    world_init(&world, strtoull(argv[1], NULL, 10));
    if (calm) {
        world.late_us = (uint32_t)strtoul(argv[3], NULL, 10);
        world.jitter_us = (uint32_t)strtoul(argv[4], NULL, 10);
    }
    for (uint64_t i = 0; i < ticks; i++) {
        world_host(&world);
        if (!calm) {
            world_mishap(&world, i < QUIET_TICKS ? SELDOM : OFTEN);
        }
        world_tick(&world);
        take_outputs(&world.out);
        take_guard(&world.pen.guard);
        take_told();
        runs += world.before.state != PEN_STATE_RUN && world.out.state == PEN_STATE_RUN ? 1U : 0U;
        trips += world.before.tripped == 0U && world.out.tripped != 0U && world.out.tripped != LINK_LOSS ? 1U : 0U;
    }
    take((int64_t)world.pen.link.access.last_id);
    for (size_t i = 0; i < sizeof world.memory; i++) {
        take(world.memory[i]);
    }
    (void)printf("runs %u trips %u digest %" PRIu32 " %" PRIu32 "\n", runs, trips, (uint32_t)(digest >> 32),
                 (uint32_t)digest);
    return 0;
}
