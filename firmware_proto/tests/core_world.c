#include "core_world.h"

#include <math.h>
#include <string.h>

#include "bytes.h"
#include "pen_limits.h"
#include "provision.h"

static const double TICK_S = 100e-6;
enum { DAY = 2196, TYPES = PEN_TYPE_CALIBRATE + 1 };

static void some_entropy(void *context, uint8_t *out, size_t n)
{
    world_t *world = context;
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint8_t)world_draw(world, 256);
    }
}

static bool read_bytes(const uint8_t *from, size_t size, uint32_t address, uint8_t *out, size_t n)
{
    if (n > 64U || address > size || n > size - address) {
        return false;
    }
    memcpy(out, from + address, n);
    return true;
}

static bool read_memory(void *context, uint32_t address, uint8_t *out, size_t n)
{
    return read_bytes(((world_t *)context)->memory, PEN_MEMORY_SIZE, address, out, n);
}

static bool write_memory(void *context, uint32_t address, const uint8_t *data, size_t n)
{
    memcpy(((world_t *)context)->memory + address, data, n);
    return true;
}

static bool read_tag(void *context, uint32_t address, uint8_t *out, size_t n)
{
    return read_bytes(((world_t *)context)->tag, PEN_TAG_SIZE, address, out, n);
}

static bool write_tag(void *context, uint32_t address, const uint8_t *data, size_t n)
{
    memcpy(((world_t *)context)->tag + address, data, n);
    return true;
}

static uint8_t all_well(void *context)
{
    (void)context;
    return 0U;
}

static const pen_port_t PORT = {.entropy = some_entropy,
                                .memory_read = read_memory,
                                .memory_write = write_memory,
                                .tag_read = read_tag,
                                .tag_write = write_tag,
                                .self_check = all_well};

/* HMAC with the key of zeros that this pen holds for tags. */
static void sign(const uint8_t *message, size_t n, uint8_t mac[PEN_TAG_MAC])
{
    static const uint8_t ZEROS[HMAC_KEY] = {0};
    hmac_key_t key;
    hmac_job_t job;
    uint8_t digest[SHA256_DIGEST];
    hmac_key_inner(&key, ZEROS, sha256_block);
    hmac_key_outer(&key, ZEROS, sha256_block);
    hmac_begin(&job, &key, message, n);
    while (!hmac_step(&job, sha256_block)) {
    }
    sha256_digest(job.state, digest);
    memcpy(mac, digest, PEN_TAG_MAC);
}

/* A new cartridge of this kind lies in the pen. */
static void fit_cartridge(world_t *world, uint8_t kind)
{
    uint8_t *maker = world->tag;
    uint8_t message[PEN_TAG_MAC + PEN_TAG_SIGNED];
    if (world->tag_kind == kind) {
        return;
    }
    memset(world->tag, 0, sizeof world->tag);
    world->tag_kind = kind;
    bytes_put_u32(maker + PEN_TAG_MAKER_MAGIC, PEN_TAG_MAGIC);
    maker[PEN_TAG_MAKER_VERSION] = PEN_TAG_VERSION;
    maker[PEN_TAG_MAKER_KIND] = kind;
    bytes_put_u32(maker + PEN_TAG_MAKER_ID, 1U + world_draw(world, 1000000));
    bytes_put_u16(maker + PEN_TAG_MAKER_STOP_UM, kind == PEN_CARTRIDGE_KIND_HOME ? 250U : 2500U);
    bytes_put_u16(maker + PEN_TAG_MAKER_STERILE_UNTIL_DAY, UINT16_MAX);
    sign(maker, PEN_TAG_SIGNED, maker + PEN_TAG_MAKER_MAC);
    uint8_t *use = world->tag + PEN_TAG_USE_A_AT;
    bytes_put_u32(use + PEN_TAG_USE_SEQUENCE, 1U);
    memcpy(message, maker + PEN_TAG_MAKER_MAC, PEN_TAG_MAC);
    memcpy(message + PEN_TAG_MAC, use, PEN_TAG_SIGNED);
    sign(message, sizeof message, use + PEN_TAG_USE_MAC);
}

uint32_t world_draw(world_t *world, uint32_t below)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return (uint32_t)(world->random >> 32) % below;
}

void world_init(world_t *world, uint64_t seed)
{
    memset(world, 0, sizeof *world);
    world->random = seed * 0x9E3779B97F4A7C15U + 1U;
    world->config.port = &PORT;
    world->config.port_context = world;
    world->stage_um = -400.0 + world_draw(world, 1500);
    world->started_um = world->stage_um;
    world->config.firmware_genuine = true;
    provision_t given = {.calibration = {.day = DAY}};
    for (unsigned i = 0; i < 3U; i++) {
        given.pairings[i].role = (uint8_t)(PEN_ROLE_OPERATOR + i);
    }
    (void)pen_provision(&PORT, world, &given);
    fit_cartridge(world, PEN_CARTRIDGE_KIND_CLINICAL);
    pen_init(&world->pen, &world->config);
}

/* Off and on: what memory and tag hold stays. A latched trip may be over afterwards. */
static void power_cycle(world_t *world)
{
    pen_init(&world->pen, &world->config);
    world->power_cycled = true;
    memset(&world->out, 0, sizeof world->out);
    world->started_um = world->stage_um;
    world->steps_taken = 0;
    world->next_command_us = world->in.time_us + 100000U;
}

/* Plant ---------------------------------------------------------------------------------------------------- */

static void move_shaft(world_t *world)
{
    const bool driven = world->out.drive_enable != 0U && world->holding; /* the hold path sits behind the drive */
    const double volts = world->out.bridge_duty_q15 / 32767.0 * 7.4;
    const double gain = world->fault_ticks[FAULT_TOO_FAST] != 0U ? world->fault_size : 1.0;
    const double aim_hz = driven ? volts / 5.35e-3 / 6.2831853 * gain : 0.0;
    world->rate_hz += (aim_hz - world->rate_hz) * (driven ? 0.02 : 0.05);
    world->turns += world->rate_hz * TICK_S;
    const double beyond = world->turns - floor(world->turns);
    if (!driven && fabs(world->rate_hz) < 5.0) { /* the spring takes the bar to the top */
        world->turns += beyond < 0.5 ? -fmin(beyond, 0.001) : fmin(1.0 - beyond, 0.001);
    }
}

static void move_stage(world_t *world)
{
    const int32_t change = world->out.stage_steps - world->steps_taken;
    const int way = change > 0 ? 1 : (change < 0 ? -1 : 0);
    world->steps_taken = world->out.stage_steps;
    if (world->out.stage_enable == 2U || (world->out.stage_enable == 1U && way < 0)) {
        world->stage_um += way * 3.125;
    }
    if (world->out.stage_enable == 2U && world->fault_ticks[FAULT_STAGE_RUNS] != 0U) {
        world->stage_um += 0.6;
    }
    world->stage_um = fmin(fmax(world->stage_um, -600.0), 2700.0);
    world->home = world->stage_um <= (world->home ? -480.0 : -500.0);
}

static void read_sensors(world_t *world)
{
    pen_inputs_t *in = &world->in;
    in->time_us += 100U;
    in->shaft_counts = (int32_t)((world->turns - floor(world->turns)) * 4096.0) % 4096;
    in->bar_um = (int32_t)lround(world->stage_um - 3000.0 + 1500.0 * (1.0 - cos(6.283185307179586 * world->turns)));
    in->stage_um = (int32_t)lround(world->stage_um - world->started_um);
    in->motor_ma = 0;
    in->supply_mv = world->out.supply_enable != 0U || world->in.time_us < 1000U ? 7400 : 0;
    in->sounder_feedback = world->out.sounder != 0U ? 1U : 0U;
    in->button_pressed = in->time_us % 1000000U >= 20000U ? 1U : 0U; /* let go for 20 ms in each second */
    in->press_mn = 2000;
    in->nose_mc = in->handle_mc = 30000;
    in->estop_a_closed = in->estop_b_closed = 1U;
    in->hold_pressed = world->holding ? 1U : 0U;
    in->hold_released = world->holding ? 0U : 1U;
    in->cartridge_locked = in->tag_present = 1U;
    in->charge_permille = 800U;
    in->clock2_us = (uint32_t)in->time_us;
    in->stage_home = world->home ? 1U : 0U;
    in->drive_feedback = world->out.drive_enable;
    in->short_feedback = world->out.drive_enable != 0U ? 0U : 1U;
}

static void garble(world_t *world)
{
    const uint64_t time_us = world->in.time_us;
    uint8_t *bytes = (uint8_t *)&world->in;
    for (size_t i = 0; i < sizeof world->in; i++) {
        bytes[i] = (uint8_t)(world_draw(world, 3) == 0 ? world_draw(world, 256) : bytes[i]);
    }
    world->in.time_us = time_us;
}

static void lay_faults(world_t *world)
{
    pen_inputs_t *in = &world->in;
    const uint32_t *fault = world->fault_ticks;
    in->estop_a_closed = fault[FAULT_ESTOP_A] != 0U ? 0U : in->estop_a_closed;
    in->estop_b_closed = fault[FAULT_ESTOP_B] != 0U ? 0U : in->estop_b_closed;
    in->hold_pressed = fault[FAULT_HOLD] != 0U ? 0U : in->hold_pressed;
    in->bar_um += fault[FAULT_BAR_DEEP] != 0U ? (int32_t)(world->fault_size * 200.0) : 0;
    in->bar_um = fault[FAULT_BAR_LOST] != 0U ? INT32_MIN : in->bar_um;
    in->stage_um = fault[FAULT_STAGE_STUCK] != 0U ? world->stuck_stage_um : in->stage_um;
    in->stage_um = fault[FAULT_STAGE_LOST] != 0U ? INT32_MIN : in->stage_um;
    in->shaft_counts = fault[FAULT_SHAFT_STUCK] != 0U ? 1234 : in->shaft_counts;
    in->shaft_counts = fault[FAULT_SHAFT_LOST] != 0U ? -1 : in->shaft_counts;
    in->stage_home = fault[FAULT_HOME_STUCK] != 0U ? (uint8_t)(world->fault_size > 1.5) : in->stage_home;
    world->stuck_stage_um = in->stage_um;
    if (fault[FAULT_GARBAGE] != 0U) {
        garble(world);
    }
}

static void spoil(world_t *world)
{
    if (world->spoilt_ticks == 0U) {
        return;
    }
    world->spoilt_ticks--;
    for (size_t i = 0; i < sizeof world->spoilt / sizeof world->spoilt[0]; i++) {
        memcpy((uint8_t *)&world->in + world->spoilt[i].at, &world->spoilt[i].value, sizeof world->spoilt[i].value);
    }
}

void world_mishap(world_t *world, uint32_t one_in)
{
    static const uint32_t LONGEST[] = {10, 40, 400, 4000};
    for (unsigned i = 0; i < FAULTS; i++) {
        world->fault_ticks[i] -= world->fault_ticks[i] != 0U ? 1U : 0U;
    }
    if (world_draw(world, one_in) == 0U) {
        uint32_t fault = world_draw(world, FAULTS);
        fault = fault == FAULT_GARBAGE ? world_draw(world, FAULTS) : fault; /* it mostly ends in a power cycle */
        world->fault_ticks[fault] = 1U + world_draw(world, LONGEST[world_draw(world, 4)]);
        world->fault_size = 1.0 + world_draw(world, 1000) * 1e-3;
    }
}

/* Another one in each tick and for each clock; drawn past world_draw, so that all else stays as it is. */
static uint32_t jitter_us(const world_t *world, uint32_t which)
{
    const uint32_t mixed = ((uint32_t)world->in.time_us * which + which) * 2654435761U;
    return (mixed >> 16) % (world->jitter_us + 1U);
}

void world_tick(world_t *world)
{
    world->before = world->out;
    move_shaft(world);
    move_stage(world);
    read_sensors(world);
    lay_faults(world);
    spoil(world);
    pen_inputs_t seen = world->in;
    seen.time_us += world->late_us + jitter_us(world, 1U);
    seen.clock2_us += world->late_us + jitter_us(world, 2U);
    pen_tick(&world->pen, &seen, &world->out);
    pen_background(&world->pen);
    world->told_n = pen_tx(&world->pen, world->told, sizeof world->told);
}

/* Host ----------------------------------------------------------------------------------------------------- */

static void send(world_t *world, uint8_t *frame, size_t n)
{
    uint8_t wire[FRAME_WIRE_SIZE(FRAME_MAX)];
    if (world->fault_ticks[FAULT_LINK] == 0U) {
        const size_t length = frame_finish(frame, n, wire);
        (void)pen_rx(&world->pen, wire, length);
    }
}

static void open_session(world_t *world)
{
    uint8_t frame[FRAME_MAX] = {PEN_PROTOCOL_VERSION, PEN_TYPE_OPEN_SESSION, 1, 0};
    some_entropy(world, frame + FRAME_HEADER, 16);
    const uint8_t role = (uint8_t)(world_draw(world, 4) == 0U ? PEN_ROLE_OPERATOR + world_draw(world, 3) : PEN_ROLE_SERVICE);
    static const uint8_t LIMITS[] = PEN_LIMITS_HASH_INIT;
    pen_open_session_t asked = {.role = role, .slot = (uint8_t)(role - PEN_ROLE_OPERATOR), .messages_hash = PEN_MESSAGES_HASH};
    memcpy(asked.host_nonce, frame + FRAME_HEADER, sizeof asked.host_nonce);
    memcpy(asked.limits_hash, LIMITS, sizeof asked.limits_hash);
    (void)pen_open_session_encode(&asked, frame + FRAME_HEADER);
    world->reopen = false;
    send(world, frame, FRAME_HEADER + PEN_OPEN_SESSION_SIZE);
    world->next_command_us = world->in.time_us + 6000U;
    world->counter = 0;
}

static void send_sealed(world_t *world, uint8_t type, const uint8_t *payload, size_t size)
{
    uint8_t frame[FRAME_MAX] = {PEN_PROTOCOL_VERSION, type | PEN_TYPE_SEALED, 1, 0};
    uint8_t digest[SHA256_DIGEST];
    hmac_job_t job;
    const access_t *access = &world->pen.link.access;
    const session_t *session = access->pending.id != 0U ? &access->pending : &access->active;
    memcpy(frame + FRAME_HEADER, payload, size);
    size_t n = FRAME_HEADER + size;
    bytes_put_u64(frame + n, session->heard + 1U + world->counter % 3U);
    n += FRAME_COUNTER;
    hmac_begin(&job, &session->from_host, frame, n);
    while (!hmac_step(&job, sha256_block)) {
    }
    sha256_digest(job.state, digest);
    memcpy(frame + n, digest, FRAME_MAC);
    send(world, frame, n + FRAME_MAC);
    world->sent[type & 0x7FU]++;
    world->counter++;
}

static void command(world_t *world, uint8_t type, uint64_t value)
{
    static const uint8_t SIZES[TYPES] = {0, 0, 0, 0, 0, 4, 1, 4, 4, 8, 8, 0, 1, 4, 0, 0, 0, 0, 0, 26, 0, 1, 2, 5, 4};
    uint8_t payload[32] = {0};
    bytes_put_u64(payload, value);
    if (type == PEN_TYPE_BEGIN_VISIT) { /* always the same one, of the same person */
        memset(payload, 0, sizeof payload);
        bytes_put_u16(payload + 24, DAY);
    }
    if (type == PEN_TYPE_START) {
        if (world->never_start) {
            return;
        }
        world->start_sent_us = world->in.time_us;
    }
    if (type == PEN_TYPE_RESET) {
        world->reset_asked[value & 0xFFU] = 1U;
    }
    send_sealed(world, type, payload, SIZES[type]);
    world->next_command_us = world->in.time_us + 1500U + world_draw(world, 3000);
}

static void stop(world_t *world)
{
    static const uint8_t STOP[] = {0x00, 0x03, 0x01, 0x0B, 0x01, 0x05, 0x98, 0x57, 0xAD, 0x95, 0x00};
    (void)pen_rx(&world->pen, STOP, sizeof STOP);
}

static void nonsense(world_t *world)
{
    const uint8_t type = (uint8_t)(1U + world_draw(world, PEN_TYPE_GET_EVENTS));
    const uint32_t kind = world_draw(world, 4);
    uint64_t value = kind == 0 ? world_draw(world, 4) : world_draw(world, 3000);
    value = kind == 2 ? 49000U + world_draw(world, 104000) : value;
    value = kind == 3 ? ((uint64_t)world_draw(world, 0xFFFFFFFFU) << 32) | world_draw(world, 0xFFFFFFFFU) : value;
    if (type != PEN_TYPE_STOP && type != PEN_TYPE_OPEN_SESSION && type != PEN_TYPE_PAIR && type != PEN_TYPE_UNPAIR
        && (type != PEN_TYPE_SELF_TEST || world_draw(world, 20) == 0U)) {
        command(world, type, value);
    } else {
        stop(world);
    }
}

static void prepare(world_t *world)
{
    const guard_t *guard = &world->pen.guard;
    const bool home = guard->mode == PEN_MODE_HOME;
    fit_cartridge(world, home ? PEN_CARTRIDGE_KIND_HOME : PEN_CARTRIDGE_KIND_CLINICAL);
    if (!world->pen.control.visit.open) {
        command(world, PEN_TYPE_BEGIN_VISIT, 0);
        return;
    }
    uint32_t next = world_draw(world, 16);
    next = next > 2U && guard->depth_set_um == GUARD_UNSET ? 1U : next;
    next = next > 2U && guard->rate_set_mhz == GUARD_UNSET ? 2U : next;
    switch (next) {
    case 0:
        command(world, PEN_TYPE_SET_MODE, 1U + world_draw(world, 2));
        break;
    case 1:
        command(world, PEN_TYPE_SET_DEPTH, world_draw(world, home && world_draw(world, 3) != 0U ? 252 : 2503));
        break;
    case 2:
        command(world, PEN_TYPE_SET_RATE, 49900U + world_draw(world, home ? 50200 : 100200));
        break;
    default:
        if (!guard->referenced) {
            command(world, PEN_TYPE_REFERENCE, 0);
            world->next_command_us += 900000U;
        } else {
            command(world, PEN_TYPE_ARM, world->in.time_us);
        }
        break;
    }
}

static void treat(world_t *world)
{
    const guard_t *guard = &world->pen.guard;
    world->next_command_us = world->in.time_us + 20000U;
    switch (world_draw(world, 40)) {
    case 0:
        world->holding = false;
        break;
    case 1:
        stop(world);
        break;
    case 2:
        command(world, PEN_TYPE_SET_DEPTH, world_draw(world, (uint32_t)guard->depth_set_um + 2U));
        break;
    case 3:
        world->fault_ticks[FAULT_LINK] = world_draw(world, 8000);
        break;
    case 4:
        command(world, PEN_TYPE_SET_RATE, 50000U + world_draw(world, (uint32_t)guard->rate_set_mhz - 49998U));
        break;
    default:
        break;
    }
}

/* What the catalogue asks for after a trip, in some order. */
static void recover(world_t *world)
{
    if (guard_interlock(world->out.tripped)->reset_role == PEN_RESET_ROLE_POWER_CYCLE) {
        power_cycle(world);
        return;
    }
    switch (world_draw(world, 12)) {
    case 0:
        command(world, PEN_TYPE_SELF_TEST, 0);
        world->next_command_us = world->in.time_us + 600000U;
        break;
    case 1:
        command(world, PEN_TYPE_CALIBRATE, (uint64_t)DAY << 16);
        break;
    case 2:
        world->reopen = world_draw(world, 4) == 0U;
        break;
    case 3:
        command(world, PEN_TYPE_END_VISIT, 0);
        break;
    default:
        command(world, PEN_TYPE_RESET, world->out.tripped);
        break;
    }
}

static void go_on(world_t *world)
{
    switch (world->out.state) {
    case PEN_STATE_STANDBY:
        world->holding = false;
        prepare(world);
        break;
    case PEN_STATE_READY:
        if (!world->holding && world_draw(world, 2) == 0U) {
            world->holding = true;
            world->next_command_us = world->in.time_us + 5000U;
        } else {
            world->holding = world_draw(world, 4) != 0U;
            command(world, PEN_TYPE_START, world->in.time_us);
        }
        break;
    case PEN_STATE_RUN:
        treat(world);
        break;
    case PEN_STATE_SAFE:
        world->holding = false;
        recover(world);
        break;
    case PEN_STATE_SELF_TEST:
        world->holding = false;
        if (world_draw(world, 20) == 0U) {
            command(world, PEN_TYPE_SELF_TEST, 0);
        }
        world->next_command_us = world->in.time_us + 200000U;
        break;
    default:
        break;
    }
}

static bool heartbeat_due(const world_t *world)
{
    return !world->reopen && world->in.time_us - world->beaten_us >= 50000U;
}

/* After communications loss only a new link session may reset; it is opened when the old one has been silent. */
static bool wants_new_session(const world_t *world)
{
    const access_t *access = &world->pen.link.access;
    const bool lost = world->out.tripped == 26U && world->pen.guard.trips[0].session_id == access->active.id;
    return access->pending.id == 0U && (access->active.id == 0U || lost || world->reopen);
}

void world_host(world_t *world)
{
    if (world->in.time_us < world->next_command_us || world->pen.link.inbox.step != INBOX_IDLE) {
        return;
    }
    if (wants_new_session(world)) {
        open_session(world); /* refused as long as the old one is in use */
    } else if (heartbeat_due(world)) {
        command(world, PEN_TYPE_HEARTBEAT, 1);
        world->beaten_us = world->in.time_us;
    } else if (world_draw(world, 40) == 0U) {
        nonsense(world);
    } else {
        go_on(world);
    }
}
