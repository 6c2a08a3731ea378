#include "snapshot.h"

#include <string.h>

#include "pen_device.h"
#include "saturate.h"

enum { ROW_TICKS = 1000 / PEN_TICK_US };

void snapshots_init(snapshots_t *snapshots)
{
    memset(snapshots, 0, sizeof *snapshots);
}

uint32_t snapshots_begin(snapshots_t *snapshots)
{
    if (snapshots->rows_due == 0U) {
        snapshots->number++;
        snapshots->rows_due = SNAPSHOT_AFTER;
    }
    return snapshots->number;
}

static uint16_t bit(uint8_t contact, unsigned place)
{
    return (uint16_t)(contact != 0U ? 1U << place : 0U);
}

static uint16_t contacts(const pen_inputs_t *in, const pen_outputs_t *out)
{
    return (uint16_t)(bit(in->estop_a_closed, 0) | bit(in->estop_b_closed, 1) | bit(in->hold_pressed, 2)
                      | bit(in->hold_released, 3) | bit(in->stage_home, 4) | bit(in->drive_feedback, 5)
                      | bit(in->short_feedback, 6) | bit(in->cartridge_locked, 7) | bit(in->tag_present, 8)
                      | bit(in->charger_present, 9) | bit(in->button_pressed, 10) | bit(out->drive_enable, 11)
                      | bit(out->supply_enable, 12));
}

static void take_row(pen_trip_sample_t *row, const guard_t *guard, const pen_inputs_t *in, const pen_outputs_t *out)
{
    *row = (pen_trip_sample_t){.time_us = (int32_t)(uint32_t)(in->time_us & UINT32_MAX),
                               .bar_um = saturate16(in->bar_um),
                               .stage_um = saturate16(guard_stage_depth_um(guard)),
                               .shaft_counts = saturate16(in->shaft_counts),
                               .motor_ma = saturate16(in->motor_ma),
                               .supply_mv = saturate16(in->supply_mv),
                               .press_mn = saturate16(in->press_mn),
                               .duty_q15 = out->bridge_duty_q15,
                               .contacts = contacts(in, out),
                               .state = out->state};
}

/* Copies the ring in order of time. */
static void freeze(snapshots_t *snapshots)
{
    snapshot_t *kept = &snapshots->kept[snapshots->number % SNAPSHOT_KEPT];
    const uint32_t count = snapshots->next < SNAPSHOT_ROWS ? snapshots->next : SNAPSHOT_ROWS;
    kept->number = snapshots->number;
    kept->count = (uint8_t)count;
    for (uint32_t i = 0; i < count; i++) {
        kept->rows[i] = snapshots->ring[(snapshots->next - count + i) % SNAPSHOT_ROWS];
    }
}

void snapshots_tick(snapshots_t *snapshots, const guard_t *guard, const pen_inputs_t *in, const pen_outputs_t *out)
{
    snapshots->ticks++;
    if (snapshots->ticks < ROW_TICKS) {
        return;
    }
    snapshots->ticks = 0U;
    take_row(&snapshots->ring[snapshots->next % SNAPSHOT_ROWS], guard, in, out);
    snapshots->next++;
    if (snapshots->rows_due > 0U) {
        snapshots->rows_due--;
        if (snapshots->rows_due == 0U) {
            freeze(snapshots);
        }
    }
}

uint8_t snapshots_parts(const snapshots_t *snapshots, uint32_t number)
{
    const snapshot_t *kept = &snapshots->kept[number % SNAPSHOT_KEPT];
    if (number == 0U || kept->number != number) {
        return 0U;
    }
    return (uint8_t)((kept->count + PEN_SNAPSHOT_ROWS - 1U) / PEN_SNAPSHOT_ROWS);
}

void snapshots_part(const snapshots_t *snapshots, uint32_t number, uint8_t part, uint64_t trip_us, pen_snapshot_t *message)
{
    const snapshot_t *kept = &snapshots->kept[number % SNAPSHOT_KEPT];
    const uint32_t zero = (uint32_t)(trip_us & UINT32_MAX);
    message->part = part;
    message->parts = snapshots_parts(snapshots, number);
    message->count = 0U;
    memset(message->rows, 0, sizeof message->rows);
    for (uint32_t i = 0; i < PEN_SNAPSHOT_ROWS; i++) {
        const uint32_t row = (uint32_t)part * PEN_SNAPSHOT_ROWS + i;
        if (row >= kept->count) {
            break;
        }
        message->rows[i] = kept->rows[row];
        message->rows[i].time_us = (int32_t)((uint32_t)kept->rows[row].time_us - zero);
        message->count++;
    }
}
