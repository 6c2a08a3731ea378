#!/usr/bin/env python3
"""Write the golden vectors of the link once; they are checked in, and both languages must agree with them.

Vectors that the code under test wrote anew would prove nothing: existing files are kept unless --again
is given, and the difference then has to be read. The bytes come from the code, values and faults from here.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "src")]

from penctl.protocol import frame, messages, session  # noqa: E402
from penctl.protocol.schema import ArrayKind, BytesKind, EnumKind, FlagsKind, Record, Scalar  # noqa: E402

VECTORS = ROOT / "firmware_proto" / "vectors"
KEY = bytes(range(32))
HOST_NONCE = bytes(range(0x40, 0x50))
DEVICE_NONCE = bytes(range(0xA0, 0xB0))
SESSION_ID, ROLE = 7, 2
OTHER_VERSION = 1


def scalar_value(kind: Scalar, which: str, seed: int) -> int:
    """Smallest, largest, or something in the middle of the range."""
    if which == "typical":
        return (1000 + 37 * seed) % (kind.maximum + 1) * (-1 if kind.signed and seed % 3 == 2 else 1)
    return kind.minimum if which == "smallest" else kind.maximum


def field_value(kind: Any, which: str, seed: int) -> Any:
    """A value as the JSON carries it: integers, names of enums, lists of flags, hex of bytes."""
    if isinstance(kind, EnumKind):
        members = list(kind.members)
        return members[{"smallest": 0, "largest": -1}.get(which, len(members) // 2)].name
    if isinstance(kind, FlagsKind):
        names = [str(member.name) for member in kind.members]
        return {"smallest": [], "largest": names}.get(which, names[::2])
    if isinstance(kind, BytesKind):
        fill = {"smallest": b"\x00", "largest": b"\xff"}.get(which)
        return (fill * kind.length if fill else bytes((seed + i) & 0xFF for i in range(kind.length))).hex()
    if isinstance(kind, ArrayKind):
        return [record_values(kind.element, which, seed + i) for i in range(kind.count)]
    return scalar_value(kind, which, seed)


def record_values(record: Record, which: str, seed: int = 0) -> dict[str, Any]:
    """Values of every field, as the JSON carries them."""
    return {field.name: field_value(field.kind, which, seed + i) for i, field in enumerate(record)}


def native(record: Record, values: dict[str, Any]) -> dict[str, Any]:
    """The same values as the codec takes them."""
    turned = {}
    for field in record:
        kind, value = field.kind, values[field.name]
        if isinstance(kind, EnumKind):
            value = kind.members[value]
        elif isinstance(kind, FlagsKind):
            value = sum(kind.members[name] for name in value)
        elif isinstance(kind, BytesKind):
            value = bytes.fromhex(value)
        elif isinstance(kind, ArrayKind):
            value = [native(kind.element, item) for item in value]
        turned[field.name] = value
    return turned


def message_vectors() -> dict[str, Any]:
    """Every message with typical and extreme values, and payloads that are malformed."""
    good, malformed = [], []
    for message in messages.MESSAGES.values():
        for which in ("typical", "smallest", "largest") if message.size else ("typical",):
            values = record_values(message.record, which)
            payload = message.record.encode(native(message.record, values))
            good.append({"message": message.name, "what": which, "values": values, "payload": payload.hex()})
        payload = message.record.encode(native(message.record, record_values(message.record, "typical")))
        wrong = {"one byte too long": payload + b"\0"}
        if payload:
            wrong["one byte too short"] = payload[:-1]
        wrong |= _unknown_values(message.record, payload)
        malformed += [
            {"message": message.name, "what": what, "payload": p.hex()} for what, p in wrong.items()
        ]
    return {"good": good, "malformed": malformed}


def _unknown_values(record: Record, payload: bytes) -> dict[str, bytes]:
    wrong, at = {}, 0
    for field in record:
        if isinstance(field.kind, EnumKind):
            wrong[f"{field.name} above the last"] = _patched(payload, at, max(field.kind.members) + 1)
            if min(field.kind.members) > 0:
                wrong[f"{field.name} below the first"] = _patched(payload, at, 0)
        if isinstance(field.kind, FlagsKind):
            wrong[f"{field.name} with a bit without a name"] = _patched(payload, at + 1, 0x80)
        at += field.size
    return wrong


def _patched(payload: bytes, at: int, byte: int) -> bytes:
    return payload[:at] + bytes([byte]) + payload[at + 1 :]


def frame_vectors() -> dict[str, Any]:
    """Wire bytes of whole and of broken frames."""
    good = []
    for what, number, sequence, payload in (
        ("STOP", messages.STOP.number, 0, b""),
        ("IDENTIFY", messages.IDENTIFY.number, 1, b""),
        ("GET_STATUS, largest sequence", messages.GET_STATUS.number, 0xFFFF, b""),
        ("SET_DEPTH 1000 um", messages.SET_DEPTH.number, 2, (1000).to_bytes(4, "little")),
        ("payload of 245 bytes: 253 decoded", 0x7E, 3, bytes(1 + i % 255 for i in range(245))),
        ("payload of 246 bytes: 254 decoded", 0x7E, 0x0101, bytes(1 + i % 255 for i in range(246))),
        ("payload of 247 bytes: 255 decoded", 0x7E, 0x0101, bytes(1 + i % 255 for i in range(247))),
        ("longest frame without a zero", 0x7E, 0x0101, b"\x55" * (frame.FRAME_MAX - 8)),
        ("longest frame, all zeros", 0x7E, 0, bytes(frame.FRAME_MAX - 8)),
    ):
        wire = frame.encode_frame(number, sequence, payload)
        good.append(
            {
                "what": what,
                "version": messages.PROTOCOL_VERSION,
                "type": number,
                "sequence": sequence,
                "payload": payload.hex(),
                "wire": wire.hex(),
            }
        )
    stop = frame.encode_frame(messages.STOP.number, 0)
    depth = frame.encode_frame(messages.SET_DEPTH.number, 2, (1000).to_bytes(4, "little"))
    other = frame.encode_body(bytes([OTHER_VERSION, messages.IDENTIFY.number, 1, 0]))
    too_long = frame.cobs.encode(_with_crc(b"\x02\x7e\x01\x01" + b"\x55" * (frame.FRAME_MAX - 7))) + b"\0"
    bad = [
        ("CRC wrong", "crc", frame.cobs.encode(frame.cobs.decode(depth[:-1])[:-1] + b"\x5a") + b"\0"),
        ("one bit of the payload flipped", "crc", _flipped(depth)),
        ("COBS group runs past the end", "cobs", b"\xff" + depth[1:]),
        ("last byte lost", "cobs", depth[:-2] + b"\0"),
        ("ends behind the header", "too_short", frame.cobs.encode(b"\x02\x0b\x00\x00") + b"\0"),
        ("one byte longer than any frame", "too_long", too_long),
        ("2000 bytes without an end, then an end", "too_long", b"\x55" * 2000 + b"\0"),
    ]
    streams = [
        ("STOP with a 0x00 in front", "00" + stop.hex(), ["STOP"], 0),
        ("half a SET_DEPTH, then STOP with a 0x00 in front", (depth[:6] + b"\0" + stop).hex(), ["STOP"], 1),
        ("empty frames between two STOP", (stop + b"\0\0\0" + stop).hex(), ["STOP", "STOP"], 0),
    ]
    return {
        "good": good,
        "bad": [{"what": what, "fault": fault, "wire": wire.hex()} for what, fault, wire in bad],
        "streams": [{"what": w, "wire": h, "messages": names, "bad": n} for w, h, names, n in streams],
        "other_version": [
            {
                "what": f"version {OTHER_VERSION}",
                "version": OTHER_VERSION,
                "type": messages.IDENTIFY.number,
                "sequence": 1,
                "payload": "",
                "wire": other.hex(),
            }
        ],
    }


def _with_crc(body: bytes) -> bytes:
    return body + frame.zlib.crc32(body).to_bytes(frame.CRC_SIZE, "little")


def _flipped(wire: bytes) -> bytes:
    data = bytearray(frame.cobs.decode(wire[:-1]))
    data[5] ^= 0x10
    return frame.cobs.encode(bytes(data)) + b"\0"


def sealed_vectors() -> dict[str, Any]:
    """A link session with fixed nonces, sealed frames in order, and frames that must be refused."""
    keys = session.derive_keys(KEY, ROLE, HOST_NONCE, DEVICE_NONCE, SESSION_ID)

    def sealed(key: bytes, name: str, sequence: int, payload: bytes, counter: int) -> bytes:
        head = frame.header(messages.MESSAGES[name].number, sequence, sealed=True)
        return session.seal(key, head + payload, counter)

    mode, depth = b"\x02", (1000).to_bytes(4, "little")
    first = sealed(keys.to_device, "SET_MODE", 1, mode, 1)
    second = sealed(keys.to_device, "SET_DEPTH", 2, depth, 2)
    third = sealed(keys.to_device, "SET_DEPTH", 3, depth, (1 << 64) - 2)
    steps = [
        ("first frame", first, "", "SET_MODE", mode),
        ("second frame", second, "", "SET_DEPTH", depth),
        ("byte-identical repeat", second, "REPEAT", "SET_DEPTH", b""),
        ("MAC wrong in one bit", second[:-1] + bytes([second[-1] ^ 1]), "BAD_MAC", "SET_DEPTH", b""),
        (
            "payload changed",
            sealed(keys.to_device, "SET_DEPTH", 4, depth, 3).replace(depth, b"\xc4\x09\0\0"),
            "BAD_MAC",
            "SET_DEPTH",
            b"",
        ),
        (
            "sealed with the other direction's key",
            sealed(keys.to_host, "SET_DEPTH", 4, depth, 3),
            "BAD_MAC",
            "SET_DEPTH",
            b"",
        ),
        (
            "counter used before, other content",
            sealed(keys.to_device, "SET_DEPTH", 5, depth, 1),
            "STALE_COUNTER",
            "SET_DEPTH",
            b"",
        ),
        ("counter 0", sealed(keys.to_device, "SET_DEPTH", 5, depth, 0), "STALE_COUNTER", "SET_DEPTH", b""),
        ("counters may leave gaps", third, "", "SET_DEPTH", depth),
    ]
    return {
        "pairing_key": KEY.hex(),
        "role": ROLE,
        "host_nonce": HOST_NONCE.hex(),
        "device_nonce": DEVICE_NONCE.hex(),
        "session_id": SESSION_ID,
        "key_h2d": keys.to_device.hex(),
        "key_d2h": keys.to_host.hex(),
        "proof": keys.proof.hex(),
        "steps": [
            {
                "what": what,
                "message": name,
                "wire": frame.encode_body(body).hex(),
                "refused": refused,
                "payload": payload.hex(),
            }
            for what, body, refused, name, payload in steps
        ],
    }


def _sealed_body(key: bytes, number: int, sequence: int, payload: bytes, counter: int) -> bytes:
    return session.seal(key, frame.header(number, sequence, sealed=True) + payload, counter)


def hostile_vectors() -> dict[str, Any]:
    """Frames that must change nothing, each for a device in the link session of sealed.json."""
    keys = session.derive_keys(KEY, ROLE, HOST_NONCE, DEVICE_NONCE, SESSION_ID)
    mac, depth = keys.to_device, messages.SET_DEPTH.number
    value = (1000).to_bytes(4, "little")
    good = _sealed_body(mac, depth, 2, value, 5)
    wire = frame.encode_body(good)
    other = bytes([OTHER_VERSION]) + good[1:]
    unknown = 0x3E
    noise = [
        ("truncated in the middle", wire[: len(wire) // 2] + b"\0"),
        ("truncated by its last byte", wire[:-2] + b"\0"),
        ("truncated to its header", frame.encode_body(good[:4])[:-3] + b"\0"),
        ("overlong by one byte, CRC right", frame.cobs.encode(_with_crc(bytes(frame.FRAME_MAX - 3))) + b"\0"),
        ("5000 bytes before its end", b"\x55" * 5000 + b"\0"),
        ("CRC wrong", frame.cobs.encode(good + b"\1\2\3\4") + b"\0"),
        ("one bit flipped, CRC as before", _flipped(wire)),
        ("COBS group runs past the end", b"\xff" + wire[1:]),
        ("COBS group too short", bytes([wire[0] - 1]) + wire[1:]),
    ]
    refused = [
        ("version before", "VERSION", other),
        ("version after", "VERSION", b"\x03" + good[1:]),
        ("version 255, unsealed", "VERSION", bytes([255, messages.ARM.number, 1, 0]) + bytes(8)),
        ("sequence changed behind the seal", "BAD_MAC", good[:2] + b"\x09\0" + good[4:]),
        ("payload changed behind the seal", "BAD_MAC", good[:4] + b"\xc4\x09\0\0" + good[8:]),
        ("counter changed behind the seal", "BAD_MAC", good[:8] + b"\x06" + good[9:]),
        ("MAC wrong in one bit", "BAD_MAC", good[:-1] + bytes([good[-1] ^ 0x80])),
        ("MAC of zeros", "BAD_MAC", good[:-16] + bytes(16)),
        ("sealed with the other direction's key", "BAD_MAC", _sealed_body(keys.to_host, depth, 2, value, 5)),
        ("sealed with the pairing key", "BAD_MAC", _sealed_body(KEY, depth, 2, value, 5)),
        ("type changed behind the seal", "BAD_MAC", good[:1] + bytes([0x8A]) + good[2:]),
        ("played back: counter used before", "STALE_COUNTER", _sealed_body(mac, depth, 2, value, 1)),
        ("counter 0", "STALE_COUNTER", _sealed_body(mac, depth, 2, value, 0)),
        ("unknown type", "UNKNOWN_COMMAND", frame.header(unknown, 1) + value),
        ("type of a device's message", "UNKNOWN_COMMAND", frame.header(messages.STATUS.number, 1)),
        ("without the seal that it needs", "NO_SESSION", frame.header(depth, 2) + value),
        (
            "payload longer than its type, unsealed",
            "MALFORMED",
            frame.header(messages.IDENTIFY.number, 1) + b"\0",
        ),
        ("seal shorter than counter and MAC", "MALFORMED", frame.header(depth, 2, sealed=True) + bytes(23)),
        ("role that there is not", "MALFORMED", frame.header(4, 1) + bytes(16) + b"\x09" + bytes(13)),
    ]
    lying = [
        ("unknown type, sealed", "UNKNOWN_COMMAND", _sealed_body(mac, unknown, 2, value, 5)),
        ("payload longer than its type", "MALFORMED", _sealed_body(mac, depth, 2, value + b"\0", 5)),
        ("payload shorter than its type", "MALFORMED", _sealed_body(mac, depth, 2, value[:3], 5)),
        ("no payload", "MALFORMED", _sealed_body(mac, depth, 2, b"", 5)),
        ("largest payload", "MALFORMED", _sealed_body(mac, depth, 2, bytes(frame.FRAME_MAX - 32), 5)),
        ("mode that there is not", "MALFORMED", _sealed_body(mac, messages.SET_MODE.number, 2, b"\x07", 5)),
    ]
    return {
        "frames": [
            {"what": what, "wire": sent.hex(), "bad": 1, "reason": "", "sealed": False}
            for what, sent in noise
        ]
        + [
            {
                "what": what,
                "wire": frame.encode_body(body).hex(),
                "bad": 0,
                "reason": reason,
                "sealed": sealed,
            }
            for rows, sealed in ((refused, False), (lying, True))
            for what, reason, body in rows
        ]
    }


def main() -> int:
    """Write the files that are missing, or all with --again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--again", action="store_true", help="overwrite; read the difference before you commit it"
    )
    again = parser.parse_args().again
    VECTORS.mkdir(parents=True, exist_ok=True)
    for name, vectors in (
        ("messages", message_vectors),
        ("frames", frame_vectors),
        ("sealed", sealed_vectors),
        ("hostile", hostile_vectors),
    ):
        path = VECTORS / f"{name}.json"
        if path.exists() and not again:
            print(f"{path} is kept")
            continue
        path.write_text(json.dumps(vectors(), indent=1) + "\n", encoding="utf-8")
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
