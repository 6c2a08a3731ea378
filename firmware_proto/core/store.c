#include "store.h"

#include <string.h>

#include "bytes.h"
#include "frame.h"
#include "record_layout.h"

#define MAGIC 0x314D4E50U /* "PNM1" */

enum { VERSION = 1, MAGIC_SIZE = 4, BOTH = 3 };

static uint8_t bit(unsigned copy)
{
    return (uint8_t)(1U << copy);
}

static uint16_t copy_length(store_kind_t kind)
{
    return (uint16_t)(STORE_HEADER + record_length(kind) + STORE_CRC);
}

static uint32_t address(store_kind_t kind, unsigned copy)
{
    return (uint32_t)kind * STORE_COPY_SIZE + copy * STORE_COPY_B;
}

static bool newer(uint32_t a, uint32_t b)
{
    return a - b - 1U < 0x7FFFFFFFU;
}

/* Which of the two copies is the newer one; one that is not valid is older than any. */
static unsigned newest(const store_t *store, store_kind_t kind)
{
    const uint8_t valid = store->valid[kind];
    if (valid != BOTH) {
        return valid == bit(1) ? 1U : 0U;
    }
    return newer(store->copy_sequence[kind][1], store->copy_sequence[kind][0]) ? 1U : 0U;
}

/* A copy as bytes ------------------------------------------------------------------------------------------ */

static void make_image(store_t *store, store_kind_t kind)
{
    uint8_t *image = store->image;
    const uint16_t length = record_length(kind);
    bytes_put_u32(image, MAGIC);
    image[4] = (uint8_t)kind;
    image[5] = VERSION;
    bytes_put_u16(image + 6, length);
    bytes_put_u32(image + 8, store->sequence[kind]);
    record_put(kind, store, image + STORE_HEADER);
    bytes_put_u32(image + STORE_HEADER + length, frame_crc32(image, STORE_HEADER + (size_t)length));
}

/* The image is a whole copy of this kind, and each value in it is in its range: a right CRC alone says nothing of that. */
static bool image_whole(const uint8_t *image, store_kind_t kind)
{
    const uint16_t length = record_length(kind);
    return bytes_get_u32(image) == MAGIC && image[4] == (uint8_t)kind && image[5] == VERSION
           && bytes_get_u16(image + 6) == length
           && bytes_get_u32(image + STORE_HEADER + length) == frame_crc32(image, STORE_HEADER + (size_t)length)
           && record_valid(kind, image + STORE_HEADER);
}

/* Takes the copy that was read into the image; `as_record`: its payload counts from now on. */
static bool judge(store_t *store, store_kind_t kind, unsigned copy, bool as_record)
{
    const bool good = image_whole(store->image, kind);
    if (good && as_record) {
        record_get(kind, store, store->image + STORE_HEADER);
    }
    store->valid[kind] = (uint8_t)(store->valid[kind] & ~bit(copy));
    if (good) {
        store->valid[kind] = (uint8_t)(store->valid[kind] | bit(copy));
        store->copy_sequence[kind][copy] = bytes_get_u32(store->image + 8);
    }
    return good;
}

/* What one of the two copies lacks is to be made good from the other; of none there is nothing to be had. */
static void find_stale(store_t *store, store_kind_t kind)
{
    const uint8_t valid = store->valid[kind];
    const bool differ = store->copy_sequence[kind][0] != store->copy_sequence[kind][1];
    store->stale[kind] = 0;
    if (valid != 0 && (valid != BOTH || differ)) {
        store->stale[kind] = bit(1U - newest(store, kind));
    }
}

/* At power-on ---------------------------------------------------------------------------------------------- */

static bool read_piece(store_t *store, uint32_t from, uint8_t *out, size_t n)
{
    for (unsigned i = 0; i < STORE_TRIES; i++) {
        if (store->port->memory_read(store->context, from, out, n)) {
            return true;
        }
    }
    return false;
}

static bool read_whole(store_t *store, store_kind_t kind, unsigned copy)
{
    const uint16_t length = copy_length(kind);
    for (uint16_t at = 0; at < length; at = (uint16_t)(at + STORE_PIECE)) {
        const size_t n = length - at < STORE_PIECE ? (size_t)(length - at) : (size_t)STORE_PIECE;
        if (!read_piece(store, address(kind, copy) + at, store->image + at, n)) {
            store->failed = true;
            return false;
        }
    }
    return true;
}

static void load(store_t *store, store_kind_t kind)
{
    for (unsigned copy = 0; copy < STORE_COPIES; copy++) {
        if (read_whole(store, kind, copy)) {
            judge(store, kind, copy, true);
        }
    }
    if (store->valid[kind] == 0) {
        store->lost[kind] = true;
        return;
    }
    const unsigned best = newest(store, kind);
    if (best == 0 && store->valid[kind] == BOTH && read_whole(store, kind, best)) {
        judge(store, kind, best, true); /* copy B was read last */
    }
    store->sequence[kind] = store->copy_sequence[kind][best];
    find_stale(store, kind);
}

void store_init(store_t *store, const pen_port_t *port, void *context)
{
    memset(store, 0, sizeof *store);
    store->port = port;
    store->context = context;
    if (port->memory_read == NULL || port->memory_write == NULL) {
        store->failed = true;
        return;
    }
    for (unsigned kind = 0; kind < STORE_RECORDS; kind++) {
        load(store, (store_kind_t)kind);
    }
}

/* What others ask ------------------------------------------------------------------------------------------ */

bool store_intact(const store_t *store, store_kind_t kind)
{
    return store->valid[kind] != 0 && !store->lost[kind];
}

void store_mark(store_t *store, store_kind_t kind)
{
    store->marked[kind] = true;
}

bool store_waits(const store_t *store, store_kind_t kind)
{
    return store->marked[kind] || store->stale[kind] != 0;
}

bool store_failed(const store_t *store)
{
    return store->failed;
}

void store_check(store_t *store, store_kind_t kind)
{
    store->check[kind] = true;
}

static bool waits(const store_t *store)
{
    for (unsigned kind = 0; kind < STORE_RECORDS; kind++) {
        if (store->marked[kind] || store->check[kind] || store->stale[kind] != 0) {
            return true;
        }
    }
    return false;
}

bool store_idle(const store_t *store)
{
    return store->step == STORE_IDLE && !waits(store);
}

/* Steps ---------------------------------------------------------------------------------------------------- */

static void begin(store_t *store, store_step_t step, store_kind_t kind, unsigned copy)
{
    store->step = step;
    store->kind = kind;
    store->copy = (uint8_t)copy;
    store->at = 0;
}

static void give_up(store_t *store)
{
    store->failed = true;
    store->step = STORE_IDLE;
    store->rest = STORE_REST_POLLS;
    store->first = (uint8_t)((store->kind + 1U) % STORE_RECORDS); /* one bad cell must not keep the others waiting */
}

static bool seeks(const store_t *store, store_kind_t kind)
{
    return store->marked[kind] && store->lost[kind] && !store->sought[kind];
}

/* A copy that cannot be read holds nothing up for ever: after some tries the other one is read, then it is written. */
static void count_seek(store_t *store)
{
    store->seeks++;
    if (store->seeks == STORE_COPIES * STORE_TRIES) {
        store->seeks = 0;
        store->sought[store->kind] = true;
    }
}

/* Reads or writes the next piece up to `end`; true when all of it is done. */
static bool move_piece(store_t *store, uint16_t end, bool write)
{
    const uint16_t left = (uint16_t)(end - store->at);
    const uint16_t n = left < STORE_PIECE ? left : (uint16_t)STORE_PIECE;
    const uint32_t from = address(store->kind, store->copy) + store->at;
    uint8_t *piece = store->image + store->at;
    const bool answered = write ? store->port->memory_write(store->context, from, piece, n)
                                : store->port->memory_read(store->context, from, piece, n);
    if (!answered) {
        give_up(store);
        if (!write && seeks(store, store->kind)) {
            count_seek(store);
        }
        return false;
    }
    store->at = (uint16_t)(store->at + n);
    return store->at == end;
}

/* What did not read well at power-on may do so now: whatever is written counts as newer than that. */
static void follow_lost(store_t *store, store_kind_t kind)
{
    if (store->lost[kind]) {
        store->seeks = 0;
        store->sought[kind] = true;
        if (store->valid[kind] != 0) {
            store->sequence[kind] = store->copy_sequence[kind][newest(store, kind)];
        }
    }
}

/* Copy A, then copy B; then what is there counts, and what is not is healed. */
static void checked(store_t *store)
{
    const bool settled = !store->marked[store->kind] && !store->lost[store->kind]
                         && bytes_get_u32(store->image + 8) == store->sequence[store->kind];
    const bool fixed = store->kind == STORE_CONFIGURATION || store->kind == STORE_PAIRINGS;
    judge(store, store->kind, store->copy, settled && fixed); /* RAM that was damaged is mended by it */
    if (store->copy == 0) {
        begin(store, STORE_READ, store->kind, 1);
        return;
    }
    store->step = STORE_IDLE;
    find_stale(store, store->kind);
    follow_lost(store, store->kind);
    store->failed = store->failed && waits(store); /* what could not be written is still to be tried */
}

static void step_read(store_t *store)
{
    if (!move_piece(store, copy_length(store->kind), false)) {
        return;
    }
    if (!store->healing) {
        checked(store);
    } else if (judge(store, store->kind, store->copy, false)) {
        begin(store, STORE_WIPE, store->kind, 1U - store->copy);
    } else {
        store->step = STORE_IDLE;
        store->stale[store->kind] = 0;
        store->check[store->kind] = true; /* the other copy may be better than it was thought to be */
    }
}

static void step_wipe(store_t *store)
{
    static const uint8_t NOTHING[MAGIC_SIZE] = {0};
    store->valid[store->kind] = (uint8_t)(store->valid[store->kind] & ~bit(store->copy));
    if (!store->port->memory_write(store->context, address(store->kind, store->copy), NOTHING, MAGIC_SIZE)) {
        give_up(store);
        return;
    }
    store->step = STORE_BODY;
    store->at = STORE_HEADER;
}

static void step_body(store_t *store)
{
    if (move_piece(store, copy_length(store->kind), true)) {
        store->step = STORE_HEAD;
        store->at = 0;
    }
}

static void step_head(store_t *store)
{
    if (move_piece(store, STORE_HEADER, true)) {
        store->step = STORE_VERIFY;
        store->at = 0;
    }
}

/* The copy stands; the other one follows with the same image, unless the record has changed meanwhile. */
static void written(store_t *store)
{
    const store_kind_t kind = store->kind;
    store->lost[kind] = false;
    store->valid[kind] = (uint8_t)(store->valid[kind] | bit(store->copy));
    store->copy_sequence[kind][store->copy] = bytes_get_u32(store->image + 8);
    store->stale[kind] = (uint8_t)(store->stale[kind] & ~bit(store->copy));
    store->step = STORE_IDLE;
    store->failed = store->failed && waits(store);
    if (store->stale[kind] != 0 && !store->marked[kind]) {
        begin(store, STORE_WIPE, kind, 1U - store->copy);
    }
}

static void step_verify(store_t *store)
{
    uint8_t back[STORE_PIECE];
    const uint16_t left = (uint16_t)(copy_length(store->kind) - store->at);
    const uint16_t n = left < STORE_PIECE ? left : (uint16_t)STORE_PIECE;
    const uint32_t from = address(store->kind, store->copy) + store->at;
    if (!store->port->memory_read(store->context, from, back, n) || memcmp(back, store->image + store->at, n) != 0) {
        give_up(store);
        return;
    }
    store->at = (uint16_t)(store->at + n);
    if (store->at == copy_length(store->kind)) {
        written(store);
    }
}

/* Choosing ------------------------------------------------------------------------------------------------- */

static bool begin_kind(store_t *store, store_kind_t kind)
{
    if (seeks(store, kind)) {
        store->healing = false;
        begin(store, STORE_READ, kind, store->seeks < STORE_TRIES ? 0U : 1U);
    } else if (store->marked[kind]) {
        store->marked[kind] = false;
        store->sequence[kind]++;
        store->stale[kind] = BOTH;
        make_image(store, kind);
        begin(store, STORE_WIPE, kind, 1U - newest(store, kind));
    } else if (store->stale[kind] == BOTH) { /* its first write failed */
        make_image(store, kind);
        begin(store, STORE_WIPE, kind, 1U - newest(store, kind));
    } else if (store->stale[kind] != 0) {
        store->healing = true;
        begin(store, STORE_READ, kind, store->stale[kind] == bit(0) ? 1U : 0U);
    } else if (store->check[kind]) {
        store->check[kind] = false;
        store->healing = false;
        begin(store, STORE_READ, kind, 0);
    } else {
        return false;
    }
    return true;
}

static void choose(store_t *store)
{
    if (store->rest > 0) {
        store->rest--;
        return;
    }
    for (unsigned i = 0; i < STORE_RECORDS; i++) {
        if (begin_kind(store, (store_kind_t)((store->first + i) % STORE_RECORDS))) {
            return;
        }
    }
}

void store_step(store_t *store)
{
    if (store->port->memory_read == NULL || store->port->memory_write == NULL) {
        return;
    }
    switch (store->step) {
    case STORE_IDLE:
        choose(store);
        break;
    case STORE_READ:
        step_read(store);
        break;
    case STORE_WIPE:
        step_wipe(store);
        break;
    case STORE_BODY:
        step_body(store);
        break;
    case STORE_HEAD:
        step_head(store);
        break;
    case STORE_VERIFY:
        step_verify(store);
        break;
    }
}
