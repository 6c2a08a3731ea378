#include "skeleton.h"

#include "board.h"
#include "pen.h"

enum { LINE_PIECE = 64 };

static pen_t pen; /* the only state of the port; see firmware_proto/README.md for its size */

/* The hooks of port.h, without a context: there is one pen on a board. */

static void entropy(void *context, uint8_t *out, size_t n)
{
    (void)context;
    board_random(out, n);
}

static bool memory_read(void *context, uint32_t address, uint8_t *out, size_t n)
{
    (void)context;
    return board_memory_read(address, out, n);
}

static bool memory_write(void *context, uint32_t address, const uint8_t *data, size_t n)
{
    (void)context;
    return board_memory_write(address, data, n);
}

static bool tag_read(void *context, uint32_t address, uint8_t *out, size_t n)
{
    (void)context;
    return board_tag_read(address, out, n);
}

static bool tag_write(void *context, uint32_t address, const uint8_t *data, size_t n)
{
    (void)context;
    return board_tag_write(address, data, n);
}

static uint8_t self_check(void *context)
{
    (void)context;
    return board_self_check();
}

static const pen_port_t PORT = {
    .entropy = entropy,
    .sha256_block = NULL, /* yours, if the controller hashes in hardware */
    .memory_read = memory_read,
    .memory_write = memory_write,
    .tag_read = tag_read,
    .tag_write = tag_write,
    .self_check = self_check,
};

void skeleton_start(void)
{
    pen_config_t config = {
        .port = &PORT,
        .restart_cause = board_restart_cause(),
        .firmware_genuine = board_firmware_genuine(),
        .test_build = false,
    };
    board_serial_number(config.serial_number);
    board_tag_key(config.tag_key);
    pen_init(&pen, &config);
}

void skeleton_tick(void)
{
    pen_inputs_t in = {0};
    pen_outputs_t out = {0};
    board_read_inputs(&in);
    pen_tick(&pen, &in, &out);
    board_write_outputs(&out);
}

/* A STOP acts from here: pen_rx counts it, and the next tick stops. */
void skeleton_line(void)
{
    uint8_t bytes[LINE_PIECE];
    const size_t heard = board_line_read(bytes, sizeof bytes);
    (void)pen_rx(&pen, bytes, heard); /* takes all of them */
    const size_t room = board_line_room();
    const size_t told = pen_tx(&pen, bytes, room < sizeof bytes ? room : sizeof bytes);
    (void)board_line_write(bytes, told);
}

void skeleton_background(void)
{
    pen_background(&pen);
}
