/* What a board has to do: the functions that you write. The skeleton (skeleton.c) calls them and nothing else.
 *
 * None of them waits. Times are longest times on the reference link of 921,600 baud and a tick of 100 µs.
 */
#ifndef PEN_BOARD_H
#define PEN_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pen_io.h"

/* The tick --------------------------------------------------------------------------------------------------- */

/* All inputs as they are now, from registers and from buffers that DMA fills: at most 10 µs. A sensor that gave no
 * valid value since the last tick is told as such (INT32_MIN, -1), never as its last value. */
void board_read_inputs(pen_inputs_t *in);

/* Outputs to the pins: at most 5 µs. drive_enable, supply_enable and watchdog are plain port pins that go low when the
 * controller restarts; bridge_duty_q15 goes to the PWM; one step a tick in the direction in which stage_steps changed. */
void board_write_outputs(const pen_outputs_t *out);

/* The line --------------------------------------------------------------------------------------------------- */

size_t board_line_read(uint8_t *bytes, size_t room);           /* what the receiver holds */
size_t board_line_write(const uint8_t *bytes, size_t n);       /* returns what the sender took */
size_t board_line_room(void);                                  /* how much the sender takes now */

/* Memory, tag, checks: from the background loop only; at most 64 bytes a call ------------------------------------ */

bool board_memory_read(uint32_t address, uint8_t *out, size_t n);
bool board_memory_write(uint32_t address, const uint8_t *data, size_t n);
bool board_tag_read(uint32_t address, uint8_t *out, size_t n);
bool board_tag_write(uint32_t address, const uint8_t *data, size_t n);
void board_random(uint8_t *out, size_t n);                     /* from the true random number generator */
uint8_t board_self_check(void);                                /* one slice; enum pen_self_check_part */

/* At power-on ------------------------------------------------------------------------------------------------ */

uint8_t board_restart_cause(void);                             /* enum pen_restart_cause, from the reset register */
bool board_firmware_genuine(void);                             /* verdict of the boot loader */
void board_serial_number(uint8_t serial[16]);
void board_tag_key(uint8_t key[32]);                           /* from protected flash; not readable by a debugger */

#endif
