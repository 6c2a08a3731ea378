/* A board for the skeleton that lies on a table: healthy inputs, memory that was provisioned, no cartridge, no host.
 *
 * usage: skeleton_board    lives for a second and asks IDENTIFY; prints what the pen did, or says what is wrong
 */
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "frame.h"
#include "pen_messages.h"
#include "port.h"
#include "skeleton.h"

enum { TICKS = 10000, TICK_US = 100, LINE = 512 };

static struct {
    pen_inputs_t in;
    pen_outputs_t out;
    uint8_t memory[PEN_MEMORY_SIZE];
    uint8_t heard[LINE]; /* from the host */
    size_t heard_n, heard_at;
    uint8_t told[LINE]; /* to the host */
    size_t told_n;
    unsigned kicks, driven;
    uint32_t drawn;
} board;

void board_read_inputs(pen_inputs_t *in)
{
    board.in.time_us += TICK_US;
    board.in.clock2_us += TICK_US;
    *in = board.in;
}

void board_write_outputs(const pen_outputs_t *out)
{
    board.kicks += out->watchdog != board.out.watchdog ? 1U : 0U;
    board.driven += out->drive_enable;
    board.out = *out;
}

size_t board_line_read(uint8_t *bytes, size_t room)
{
    const size_t left = board.heard_n - board.heard_at;
    const size_t n = left < room ? left : room;
    memcpy(bytes, board.heard + board.heard_at, n);
    board.heard_at += n;
    return n;
}

size_t board_line_write(const uint8_t *bytes, size_t n)
{
    memcpy(board.told + board.told_n, bytes, n);
    board.told_n += n;
    return n;
}

size_t board_line_room(void)
{
    const size_t left = sizeof board.told - board.told_n;
    return left < 9U ? left : 9U; /* what 921,600 baud carry in 100 µs */
}

bool board_memory_read(uint32_t address, uint8_t *out, size_t n)
{
    memcpy(out, board.memory + address, n);
    return true;
}

bool board_memory_write(uint32_t address, const uint8_t *data, size_t n)
{
    memcpy(board.memory + address, data, n);
    return true;
}

bool board_tag_read(uint32_t address, uint8_t *out, size_t n)
{
    (void)address;
    (void)out;
    (void)n;
    return false;
}

bool board_tag_write(uint32_t address, const uint8_t *data, size_t n)
{
    (void)address;
    (void)data;
    (void)n;
    return false;
}

void board_random(uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        board.drawn = board.drawn * 1664525U + 1013904223U; /* a test: no board may do this */
        out[i] = (uint8_t)(board.drawn >> 24);
    }
}

uint8_t board_self_check(void)
{
    return PEN_SELF_CHECK_PART_NONE;
}

uint8_t board_restart_cause(void)
{
    return PEN_RESTART_CAUSE_POWER_ON;
}

bool board_firmware_genuine(void)
{
    return true;
}

void board_serial_number(uint8_t serial[16])
{
    memcpy(serial, "SKELETON-0000001", 16);
}

void board_tag_key(uint8_t key[32])
{
    memset(key, 1, 32);
}

static void begin_healthy(void)
{
    board.in.shaft_counts = 0;
    board.in.bar_um = -3000;
    board.in.supply_mv = 7400;
    board.in.nose_mc = 25000;
    board.in.handle_mc = 25000;
    board.in.estop_a_closed = 1U;
    board.in.estop_b_closed = 1U;
    board.in.hold_released = 1U;
    board.in.short_feedback = 1U;
    board.in.charge_permille = 900U;
}

static void ask_who_it_is(void)
{
    uint8_t identify[8] = {PEN_PROTOCOL_VERSION, PEN_TYPE_IDENTIFY, 1, 0};
    board.heard_n = frame_finish(identify, 4, board.heard);
}

int main(void)
{
    begin_healthy();
    ask_who_it_is();
    skeleton_start();
    for (unsigned i = 0; i < TICKS; i++) {
        skeleton_tick();
        skeleton_line();
        for (unsigned poll = 0; poll < 4U; poll++) {
            skeleton_background();
        }
    }
    (void)printf("kicks %u driven %u state %u answered %zu\n", board.kicks, board.driven, board.out.state, board.told_n);
    return 0;
}
