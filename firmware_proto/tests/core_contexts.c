/* The three contexts of a port as three threads, for the thread sanitizer: the tick, the serial line, the main loop.
 *
 * usage: core_contexts SEED TICKS
 *
 * What one context writes and another reads without an atomic in between is a race here, as it would be a torn number on a
 * controller. The host and the plant belong to the tick's thread; the host looks into the pen only while line and main
 * loop wait for it (two locks, so that these two are not kept apart from each other), and the tick runs without a lock.
 */
#define _POSIX_C_SOURCE 200809L
#define pen_rx host_writes
#define pen_tx host_reads
#define pen_background not_in_the_tick
#include "core_world.c"
#undef pen_rx
#undef pen_tx
#undef pen_background

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

size_t pen_rx(pen_t *pen, const uint8_t *bytes, size_t n);
size_t pen_tx(pen_t *pen, uint8_t *bytes, size_t room);
void pen_background(pen_t *pen);

enum { WIRE = 1 << 16, PIECE = 64, POLLS_A_TICK = 4, TICKS_A_TURN = 16 };

static world_t world;
static uint8_t wire[WIRE];
static unsigned written, taken;
static atomic_uint polls, turns, told, over;
static pthread_mutex_t line_lock = PTHREAD_MUTEX_INITIALIZER, loop_lock = PTHREAD_MUTEX_INITIALIZER;

size_t host_writes(pen_t *pen, const uint8_t *bytes, size_t n)
{
    (void)pen;
    for (size_t i = 0; i < n; i++) {
        wire[written++ % WIRE] = bytes[i];
    }
    return n;
}

size_t host_reads(pen_t *pen, uint8_t *bytes, size_t room)
{
    (void)pen, (void)bytes, (void)room;
    return 0;
}

void not_in_the_tick(pen_t *pen)
{
    (void)pen;
}

static bool is_over(void)
{
    return atomic_load_explicit(&over, memory_order_relaxed) != 0U;
}

static void *serial_line(void *nothing)
{
    while (!is_over()) {
        uint8_t bytes[PIECE];
        size_t n = 0;
        (void)pthread_mutex_lock(&line_lock);
        while (taken != written && n < sizeof bytes) {
            bytes[n++] = wire[taken++ % WIRE];
        }
        (void)pen_rx(&world.pen, bytes, n);
        atomic_fetch_add_explicit(&told, (unsigned)pen_tx(&world.pen, bytes, sizeof bytes), memory_order_relaxed);
        (void)pthread_mutex_unlock(&line_lock);
        atomic_fetch_add_explicit(&turns, 1U, memory_order_relaxed);
        (void)sched_yield();
    }
    return nothing;
}

static void *main_loop(void *nothing)
{
    while (!is_over()) {
        (void)pthread_mutex_lock(&loop_lock);
        pen_background(&world.pen);
        (void)pthread_mutex_unlock(&loop_lock);
        atomic_fetch_add_explicit(&polls, 1U, memory_order_relaxed);
        (void)sched_yield();
    }
    return nothing;
}

static void host(void)
{
    (void)pthread_mutex_lock(&line_lock);
    (void)pthread_mutex_lock(&loop_lock);
    world_host(&world);
    (void)pthread_mutex_unlock(&loop_lock);
    (void)pthread_mutex_unlock(&line_lock);
}

int main(int argc, char **argv)
{
    pthread_t line, loop;
    if (argc != 3) {
        (void)fprintf(stderr, "usage: core_contexts SEED TICKS\n");
        return 2;
    }
    const unsigned long ticks = strtoul(argv[2], NULL, 10);
    unsigned runs = 0;
    world_init(&world, strtoull(argv[1], NULL, 10));
    (void)pthread_create(&line, NULL, serial_line, NULL);
    (void)pthread_create(&loop, NULL, main_loop, NULL);
    for (unsigned long i = 0; i < ticks; i++) {
        const unsigned poll = atomic_load_explicit(&polls, memory_order_relaxed);
        const unsigned turn = atomic_load_explicit(&turns, memory_order_relaxed);
        if (i % TICKS_A_TURN == 0U) { /* seldom: the locks put all that was before them in order */
            host();
        }
        world_tick(&world);
        runs += world.before.state != PEN_STATE_RUN && world.out.state == PEN_STATE_RUN ? 1U : 0U;
        while (atomic_load_explicit(&polls, memory_order_relaxed) - poll < POLLS_A_TICK
               || atomic_load_explicit(&turns, memory_order_relaxed) == turn) {
            (void)sched_yield();
        }
    }
    atomic_store(&over, 1U);
    (void)pthread_join(line, NULL);
    (void)pthread_join(loop, NULL);
    (void)printf("runs %u told %u\n", runs, atomic_load(&told));
    return 0;
}
