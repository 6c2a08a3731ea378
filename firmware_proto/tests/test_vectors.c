/* Holds the generated codec and the framing of the core against the golden vectors.
 *
 * Reads one vector a line on standard input and exits 1 at the first one that does not hold:
 *     payload NAME HEX     the payload decodes, and encodes to the same bytes ("-" is no bytes)
 *     malformed NAME HEX   the payload does not decode
 *     frame DECODED WIRE   the wire bytes give this one frame, CRC and all, and its body gives the wire bytes
 *     bad WIRE             the wire bytes give no frame, are counted, and a STOP behind them is found
 * Prints how many vectors it has seen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "pen_messages.h"

enum { ROOM = 4096, LINE = 4 * ROOM };

typedef struct {
    uint8_t bytes[ROOM];
    size_t n;
} buffer_t;

typedef bool codec_t(const buffer_t *in, buffer_t *out);

/* Decodes into a struct full of ones, so that a field that decoding forgets cannot look right. */
#define CODEC(name)                                                                                                    \
    static bool name##_codec(const buffer_t *in, buffer_t *out) {                                                      \
        pen_##name##_t message;                                                                                        \
        memset(&message, 0xff, sizeof message);                                                                        \
        if (!pen_##name##_decode(&message, in->bytes, in->n)) {                                                        \
            return false;                                                                                              \
        }                                                                                                              \
        out->n = pen_##name##_encode(&message, out->bytes);                                                            \
        return true;                                                                                                   \
    }

#define MESSAGES(X)                                                                                                    \
    X(open_session) X(heartbeat) X(set_mode) X(set_depth) X(set_rate) X(arm) X(start) X(reset) X(set_telemetry)        \
    X(identity) X(limits) X(status) X(session) X(response) X(cartridge) X(event_state) X(event_trip)                   \
    X(event_warning) X(telemetry) X(pair) X(unpair) X(begin_visit) X(get_trip) X(get_snapshot) X(get_events)           \
    X(calibrate) X(configure) X(paired) X(trip) X(snapshot)

#define ROW(name) {#name, name##_codec},
MESSAGES(CODEC)

static const struct {
    const char *name;
    codec_t *codec;
} codecs[] = {MESSAGES(ROW)};

static void fail(const char *what, const char *line) {
    fprintf(stderr, "%s: %s", what, line);
    exit(1);
}

static buffer_t from_hex(const char *text, const char *line) {
    buffer_t buffer = {.n = 0};
    if (strcmp(text, "-") == 0) {
        return buffer;
    }
    for (; text[0] != '\0'; text += 2) {
        unsigned byte;
        if (buffer.n == ROOM || sscanf(text, "%2x", &byte) != 1) {
            fail("not hexadecimal, or too long", line);
        }
        buffer.bytes[buffer.n++] = (uint8_t)byte;
    }
    return buffer;
}

static bool same(const buffer_t *a, const buffer_t *b) {
    return a->n == b->n && memcmp(a->bytes, b->bytes, a->n) == 0;
}

static codec_t *codec_of(const char *name, const char *line) {
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        if (strcmp(codecs[i].name, name) == 0) {
            return codecs[i].codec;
        }
    }
    fail("no codec", line);
    return NULL;
}

static void check_payload(const char *name, const char *hex, const char *line) {
    buffer_t in = from_hex(hex, line), out = {.n = 0};
    if (!codec_of(name, line)(&in, &out) || !same(&in, &out)) {
        fail("does not decode and encode to itself", line);
    }
}

static void check_malformed(const char *name, const char *hex, const char *line) {
    buffer_t in = from_hex(hex, line), out = {.n = 0};
    if (codec_of(name, line)(&in, &out)) {
        fail("decodes", line);
    }
}

/* Feeds the bytes and counts how frames end. */
static void feed(deframer_t *deframer, const buffer_t *wire, unsigned ends[4]) {
    for (size_t i = 0; i < wire->n; i++) {
        ends[deframer_byte(deframer, wire->bytes[i])]++;
    }
}

static void check_frame(const char *hex, const char *wire_hex, const char *line) {
    buffer_t decoded = from_hex(hex, line), wire = from_hex(wire_hex, line), out;
    uint8_t room[FRAME_MAX];
    unsigned ends[4] = {0};
    deframer_t deframer;
    deframer_init(&deframer);
    deframer.room = room;
    feed(&deframer, &wire, ends);
    if (ends[FRAME_GOOD] + ends[FRAME_IS_STOP] != 1 || ends[FRAME_BAD] != 0) {
        fail("does not give one frame", line);
    }
    if (ends[FRAME_GOOD] == 1 && memcmp(room, decoded.bytes, decoded.n) != 0) {
        fail("gives other bytes", line);
    }
    out.n = frame_finish(decoded.bytes, decoded.n - FRAME_CRC, out.bytes);
    if (!same(&wire, &out)) {
        fail("is encoded to other bytes", line);
    }
}

static void check_bad(const char *wire_hex, const char *line) {
    static const uint8_t header[] = {PEN_PROTOCOL_VERSION, PEN_TYPE_STOP, 0, 0};
    buffer_t wire = from_hex(wire_hex, line), stop;
    uint8_t room[FRAME_MAX], frame[FRAME_STOP];
    unsigned ends[4] = {0};
    deframer_t deframer;
    deframer_init(&deframer);
    deframer.room = room;
    memcpy(frame, header, sizeof header);
    stop.n = frame_finish(frame, sizeof header, stop.bytes);
    feed(&deframer, &wire, ends);
    feed(&deframer, &stop, ends);
    if (ends[FRAME_GOOD] != 0 || ends[FRAME_BAD] != 1 || ends[FRAME_IS_STOP] != 1) {
        fail("is not dropped, or hides the STOP behind it", line);
    }
}

static char line[LINE], first[LINE], second[LINE];

int main(void) {
    unsigned seen = 0;
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (sscanf(line, "payload %s %s", first, second) == 2) {
            check_payload(first, second, line);
        } else if (sscanf(line, "malformed %s %s", first, second) == 2) {
            check_malformed(first, second, line);
        } else if (sscanf(line, "frame %s %s", first, second) == 2) {
            check_frame(first, second, line);
        } else if (sscanf(line, "bad %s", first) == 1) {
            check_bad(first, line);
        } else {
            fail("unknown kind of vector", line);
        }
        seen++;
    }
    printf("%u\n", seen);
    return 0;
}
