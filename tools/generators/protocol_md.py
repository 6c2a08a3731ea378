"""PROTOCOL.md: the link for people who write another implementation of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, IntFlag
from typing import Any

from generators import BANNER
from penctl.protocol import frame, messages
from penctl.protocol.enums import REASON_FIELDS, WARNING_FIELDS, Reason
from penctl.protocol.enums import Warning as PenWarning
from penctl.protocol.schema import ArrayKind, BytesKind, EnumKind, Field, FlagsKind, Record, Scalar

_INTRODUCTION = f"""# The link of the pen

Protocol version {messages.PROTOCOL_VERSION}, definitions hash `{messages.MESSAGES_HASH:08x}`. All numbers are little endian.

## Frame

    [0x00] COBS( header | payload | [counter u64 | mac {frame.MAC_SIZE}] | crc32 u32 ) 0x00

| part | bytes | meaning |
|---|---|---|
| version | 1 | {messages.PROTOCOL_VERSION} |
| type | 1 | number of the message; bit {messages.SEALED:#04x} says that counter and mac are present |
| sequence | 2 | chosen by the sender; a response quotes it |
| payload | by type | below |
| counter | {frame.COUNTER_SIZE} | sealed frames only: starts at 1 in each direction of a link session, strictly rising |
| mac | {frame.MAC_SIZE} | sealed frames only: first {frame.MAC_SIZE} bytes of HMAC-SHA-256(direction key, version to counter) |
| crc32 | {frame.CRC_SIZE} | CRC-32 of zlib over everything before it; against noise, not against people |

A decoded frame has at most {frame.FRAME_MAX} bytes, an encoded one at most {frame.ENCODED_MAX} and the closing 0x00. An empty
frame (two 0x00 in a row) means nothing, so a 0x00 may be sent before a frame to end whatever was half there; a host
does so before each STOP. Bad CRC, bad COBS and overlong frames are counted and dropped in silence.

## The link session

1. The host sends OPEN_SESSION with 16 fresh random bytes, the slot of its pairing, and the hashes of its definitions. The
   device answers SESSION, or refuses: HOST_MISMATCH (other definitions or another table of hard limits), NOT_PAIRED (nothing
   in that slot), ROLE (more than the pairing's). All of it travels unsealed; `pairing key` below is that of the slot.
2. `nonces = host_nonce | device_nonce`; `key_h2d = HMAC(pairing key, "penctl h2d" | role u8 | nonces | session_id u32)`;
   `key_d2h` the same with `"penctl d2h"`; `proof` is the first 16 bytes of `HMAC(key_d2h, "proof" | nonces)`.
3. It becomes the active link session with its first valid sealed frame. OPEN_SESSION is refused (SESSION_IN_USE) while
   the active one had a valid heartbeat within 500 ms, and so is that first frame, but not when both are of one slot: a host may
   follow itself while late heartbeats of its link session before still come. A link session waits for its first frame for 5 s, and
   is gone at once when its pairing is forgotten or made anew.
4. It ends when another one becomes active, when no valid sealed frame has come for 15 minutes, when 5 wrong macs or stale
   counters came within 1 s (warning SESSION_DROPPED), and when its own pairing is forgotten or made anew: then with the answer
   to that, and what came in behind it is not executed. While armed or running the pen then comes to rest (IL-26). Other refusals, noise and frames of other versions end nothing.

Each sealed frame carries the next counter of its direction. A byte-identical repeat of one of the last 8 sealed frames gets the
cached answer again, acts once and counts as no attack. A lower or equal counter otherwise is refused (STALE_COUNTER), a wrong
mac too (BAD_MAC); those refusals are unsealed and at most 10 a second. An unsealed command that needs a seal: NO_SESSION.

A heartbeat counts when it arrives: nothing in it says how long it was on its way. After the death of a host the pen therefore
runs for 250 ms and as long as heartbeats still come. At the end of a cable that is the time in which the system's buffer drains, some
ms; behind a network it is the latency, and ARM and START alone are refused when they are 200 ms old. So a host bounds what may
be on its way: with a heartbeat unanswered for 500 ms it sends one in 500 ms, which keeps no pen armed, until an answer comes.

## Pairing

PAIR goes over the pairing cable, which is trusted: the key comes back in clear. It is taken in STANDBY while the button has
been held for 3 s. CLINICIAN and SERVICE need their code from the pen's papers; each try is written to the pen's memory before
the code is looked at, and after 5 wrong ones in the pen's life both are LOCKED_OUT: only the factory mends that. A pairing with
the same name and role takes the place of the old one; without a free slot PAIR is OUT_OF_RANGE. A byte-identical PAIR within
2 s gets the same PAIRED again.

## Events

Events count from 1 at each power-on. They wait for a link session; the last 64 are kept, also after they were sent, and come
once more, with their own numbers, when GET_EVENTS asks for them. A host sees by a gap in the numbers, or by `events_next` of
STATUS, that it lacks some. EVENTS_LOST tells of those that nobody can get any more.

## STOP

STOP is unsealed, has sequence 0 and no payload, and is taken from anyone in any state, as soon as its closing 0x00 arrives, in
any version of the protocol. What changes something, came in before it and was still being proved is refused: STOPPED. STOP has no RESPONSE; an event follows, and an unsealed STATUS (at most one in 5 ms). A host repeats it every millisecond until it
sees STOPPING, SAFE or STANDBY.
"""


def _kind(field: Field) -> str:
    kind = field.kind
    if isinstance(kind, Scalar):
        return str(kind)
    if isinstance(kind, (EnumKind, FlagsKind)):
        return f"{kind.scalar} {kind.members.__name__}"
    if isinstance(kind, BytesKind):
        return f"{kind.length} bytes"
    assert isinstance(kind, ArrayKind)
    return f"{kind.count} × {kind.element.name}"


def _fields(record: Record) -> str:
    if not record.fields:
        return "No payload.\n"
    lines, at = ["| offset | field | kind | unit | meaning |", "|---|---|---|---|---|"], 0
    for field in record:
        lines.append(f"| {at} | `{field.name}` | {_kind(field)} | {field.unit} | {field.doc} |")
        at += field.size
    return "\n".join(lines) + f"\n\n{record.size} bytes.\n"


def _message(message: messages.MessageType) -> str:
    way = "host to device" if message.to_device else "device to host"
    seal = ", sealed or not" if message.open else (", sealed" if message.to_device else "")
    return f"### {message.number:#04x} {message.name} ({way}{seal})\n\n{message.record.doc}\n\n{_fields(message.record)}"


def _enum(members: type[IntEnum] | type[IntFlag]) -> str:
    rows = "\n".join(f"| {int(member)} | {member.name} |" for member in members)
    return f"### {members.__name__}\n\n{(members.__doc__ or '').strip()}\n\n| number | name |\n|---|---|\n{rows}\n"


def _told(members: type[IntEnum], fields: Mapping[Any, tuple[str, str]]) -> str:
    """A table of an enum whose members come with a value and a limit."""
    rows = "\n".join(f"| {int(m)} | {m.name} | {' | '.join(fields.get(m, ('', '')))} |" for m in members)
    return f"### {members.__name__}\n\n{(members.__doc__ or '').strip()}\n\n| number | name | value | limit |\n|---|---|---|---|\n{rows}\n"


def document() -> str:
    """Text of PROTOCOL.md."""
    banner = f"<!-- {BANNER.format(source='src/penctl/protocol/')} -->\n"
    parts = [
        banner + _INTRODUCTION,
        "## Messages\n",
        *(_message(m) for m in messages.MESSAGES.values()),
        "## Records inside messages\n",
        *(f"### {r.name}\n\n{r.doc}\n\n{_fields(r)}" for r in messages.RECORDS),
        "## Numbers\n",
        *(_enum(members) for members in messages.ENUMS if members not in (Reason, PenWarning)),
        _told(PenWarning, WARNING_FIELDS),
        _told(Reason, REASON_FIELDS),
    ]
    return "\n".join(parts)
