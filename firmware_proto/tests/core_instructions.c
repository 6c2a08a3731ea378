/* Counts the instructions of a tick on the Cortex-M4F that QEMU plays, by state of the pen.
 *
 * usage: core_instructions SEED TICKS       with qemu-system-arm -icount shift=0: one instruction is 1 ns
 *
 * Counted with SysTick at 25 MHz of mps2-an386, which is 40 instructions a step; the mean is good to one, the most to 40.
 */
#define pen_tick counted_tick
#include "core_world.c"
#undef pen_tick

#include <stdio.h>
#include <stdlib.h>

#define SYSTICK ((volatile uint32_t *)0xE000E010U) /* control, reload, value */

enum { ON_CORE_CLOCK = 5, WRAP = 0xFFFFFF, INSTRUCTIONS_A_STEP = 40, STATES = 8 };

void pen_tick(pen_t *pen, const pen_inputs_t *in, pen_outputs_t *out);

static world_t world;
static struct {
    uint32_t ticks, most;
    uint64_t sum;
} counted[STATES];

void counted_tick(pen_t *pen, const pen_inputs_t *in, pen_outputs_t *out)
{
    const uint32_t before = SYSTICK[2];
    pen_tick(pen, in, out);
    const uint32_t instructions = ((before - SYSTICK[2]) & WRAP) * INSTRUCTIONS_A_STEP;
    const unsigned state = out->state % STATES;
    counted[state].ticks++;
    counted[state].sum += instructions;
    counted[state].most = instructions > counted[state].most ? instructions : counted[state].most;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fprintf(stderr, "usage: core_instructions SEED TICKS\n");
        return 2;
    }
    SYSTICK[1] = WRAP;
    SYSTICK[2] = 0;
    SYSTICK[0] = ON_CORE_CLOCK;
    world_init(&world, strtoull(argv[1], NULL, 10));
    for (uint64_t left = strtoull(argv[2], NULL, 10); left != 0U; left--) {
        world_host(&world);
        world_tick(&world);
    }
    for (unsigned state = 0; state < STATES; state++) {
        if (counted[state].ticks != 0U) {
            (void)printf("state %u ticks %lu mean %lu most %lu\n", state, (unsigned long)counted[state].ticks,
                         (unsigned long)(counted[state].sum / counted[state].ticks), (unsigned long)counted[state].most);
        }
    }
    return 0;
}
