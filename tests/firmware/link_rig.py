"""The firmware's link through ctypes, and a host that speaks in raw frames so that it can also lie."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from pathlib import Path

from penctl.hardware import limits_hash, load_limits
from penctl.protocol import messages as m
from penctl.protocol.enums import Reason, Role
from penctl.protocol.frame import Deframer, Frame, encode_body, encode_frame, header
from penctl.protocol.messages import Message
from penctl.protocol.session import SessionKeys, derive_keys, open_seal, seal

KEY = bytes(range(32))
SERIAL = b"PEN-0000-000001\0"
STOP = b"\0" + encode_frame(m.STOP.number, 0)
"""STOP as a host sends it, with a zero before it."""
LINK_SOURCES = (
    *("access", "frame", "inbox", "journal", "link", "outbox", "pairing", "provision", "record_layout"),
    *("reply", "requests", "sha256", "store", "telemetry", "wires"),
)
LIMITS_HASH = limits_hash(load_limits())[:8]
CODES = {Role.CLINICIAN: b"c" * 16, Role.SERVICE: b"s" * 16}
TICK_US = 100


class RigLibrary:
    """The compiled functions of firmware_proto/tests/link_rig_api.c."""

    def __init__(self, path: Path) -> None:
        self.c = ctypes.CDLL(str(path))
        for name in ("size", "rx", "tx", "poll", "event", "sample"):
            getattr(self.c, f"rig_{name}").restype = ctypes.c_int64

    def deframe(self, data: bytes) -> tuple[list[bytes], int, int]:
        """Wire bytes through the deframer alone: good decoded frames, and how many bad and STOP frames."""
        out = ctypes.create_string_buffer(len(data) + 700)
        lengths = (ctypes.c_int64 * (len(data) + 1))()
        counts = (ctypes.c_int64 * 3)()
        self.c.rig_deframe(data, ctypes.c_int64(len(data)), out, lengths, counts)
        frames, at = [], 0
        for length in lengths[: counts[0]]:
            frames.append(out.raw[at : at + length])
            at += length
        return frames, counts[1], counts[2]


@dataclass(frozen=True)
class Seen:
    """What the mailbox and the link have counted."""

    stops: int
    heartbeats: int
    session_id: int
    command_state: int
    frames_bad: int
    frames_lost: int
    executed: int
    inbox_step: int
    entropy_calls: int


@dataclass(frozen=True)
class Executed:
    """A command as the tick got it."""

    type: int
    role: int
    sequence: int
    session_id: int
    value: int
    device_time_us: int
    stops: int


@dataclass(frozen=True)
class KeptPairing:
    """A slot of the pairings."""

    role: int
    key: bytes
    name: bytes
    wrong_codes: int
    writing: bool


class Rig:
    """One link and its tick; `now_us` is the tick's time, `most_blocks` the most hashed in one poll."""

    def __init__(self, library: RigLibrary) -> None:
        self._c = library.c
        self._memory = (ctypes.c_uint64 * (self._c.rig_size() // 8 + 1))()
        self._c.rig_init(self._memory, KEY, SERIAL)
        self._deframer = Deframer()
        self.now_us = 0
        self.most_blocks = 0
        self.blocks = 0

    def rx(self, data: bytes) -> None:
        """Bytes from the host."""
        assert self._c.rig_rx(self._memory, data, ctypes.c_int64(len(data))) == len(data)

    def tx(self, room: int = 4096) -> bytes:
        """Bytes for the host."""
        out = ctypes.create_string_buffer(max(room, 1))
        taken = self._c.rig_tx(self._memory, out, ctypes.c_int64(room))
        return out.raw[:taken]

    def poll(self, count: int = 1) -> int:
        """Polls of the background loop, without a tick; returns the blocks hashed."""
        blocks = 0
        for _ in range(count):
            one = self._c.rig_poll(self._memory)
            self.most_blocks = max(self.most_blocks, one)
            blocks += one
        self.blocks += blocks
        return blocks

    def tick(self) -> None:
        """Run one tick."""
        self.now_us += TICK_US
        self._c.rig_tick(self._memory, ctypes.c_int64(self.now_us))

    def run_ms(self, time_ms: float) -> bytes:
        """Tick and poll in turn; returns what was sent meanwhile."""
        sent = b""
        for _ in range(round(time_ms * 1000 / TICK_US)):
            self.tick()
            self.poll()
            sent += self.tx()
        return sent

    def frames_ms(self, time_ms: float) -> list[Frame]:
        """Run as `run_ms`; returns whole frames."""
        return self.take(self.run_ms(time_ms))

    def take(self, data: bytes) -> list[Frame]:
        """Frames in bytes that the link sent; none may be broken."""
        frames = self._deframer.feed(data)
        assert self._deframer.bad == 0
        return frames

    def answer(self, reason: Reason = Reason.NONE, value: int = 0, limit: int = 0) -> None:
        """The result that the tick gives from now on."""
        self._c.rig_answer(self._memory, *map(ctypes.c_int64, (reason, value, limit)))

    def hold(self, holding: bool) -> None:
        """Whether the tick leaves commands where they are."""
        self._c.rig_hold(self._memory, ctypes.c_int64(holding))

    def restart(self) -> None:
        """Power off and on."""
        self._c.rig_power(self._memory)
        self._deframer = Deframer()
        self.now_us = 0

    def use_hash(self, block: ctypes._FuncPointer | None) -> None:
        """Restart with a port whose own block function this is, or that has none."""
        self._c.rig_hash(self._memory, ctypes.cast(block, ctypes.c_void_p) if block else None)
        self._deframer = Deframer()

    def button(self, held_ms: int, state: int = 2) -> None:
        """How long the button is held, and the state of the pen, when PAIR comes."""
        self._c.rig_button(self._memory, *map(ctypes.c_int64, (held_ms, state)))

    def dead_memory(self, dead: bool) -> None:
        """Whether the memory does not answer."""
        self._c.rig_dead_memory(self._memory, ctypes.c_int64(dead))

    def dead_entropy(self, dead: bool) -> None:
        """Whether the source of randomness gives zeros."""
        self._c.rig_dead_entropy(self._memory, ctypes.c_int64(dead))

    def pairing(self, slot: int) -> KeptPairing:
        """What the pen keeps in a slot."""
        out, numbers = ctypes.create_string_buffer(49), (ctypes.c_int64 * 2)()
        self._c.rig_pairing(self._memory, ctypes.c_int64(slot), out, numbers)
        raw = out.raw
        return KeptPairing(raw[0], raw[1:33], raw[33:], numbers[0], bool(numbers[1]))

    def narrow(self, depth_um: int, rate_mhz: int) -> None:
        """Let the configuration narrow the limits of HOME."""
        self._c.rig_narrow(self._memory, *map(ctypes.c_int64, (depth_um, rate_mhz)))

    def lie(self, at: int) -> None:
        """Turn a byte of the pen's memory over."""
        self._c.rig_lie(self._memory, ctypes.c_int64(at))

    def jump(self, time_us: int) -> None:
        """Let time pass without ticks in between; one tick and poll at its end."""
        self.now_us += time_us
        self.tick()
        self.poll()

    def event(self, number: int, code: int = 0, value: int = 0) -> bool:
        """Let the tick raise an event of this type; False when the ring is full."""
        arguments = map(ctypes.c_int64, (number, code, value, self.now_us))
        return bool(self._c.rig_event(self._memory, *arguments))

    def sample(self, bar_um: int, state: int = 4, period_us: int = 1000, time_us: int | None = None) -> bool:
        """Let the tick take a sample; False when the ring is full."""
        at_us = self.now_us if time_us is None else time_us
        arguments = map(ctypes.c_int64, (at_us, state, bar_um, period_us))
        return bool(self._c.rig_sample(self._memory, *arguments))

    def next_session(self, nonce_start: int, session_id: int) -> None:
        """Set the device nonce and the number of the next link session."""
        self._c.rig_next_session(self._memory, *map(ctypes.c_int64, (nonce_start, session_id)))

    @property
    def seen(self) -> Seen:
        """Counters."""
        out = (ctypes.c_int64 * 9)()
        self._c.rig_seen(self._memory, out)
        return Seen(*out)

    def executed(self, index: int) -> Executed:
        """The command that was executed as number `index`, from 0."""
        out = (ctypes.c_int64 * 7)()
        self._c.rig_executed(self._memory, ctypes.c_int64(index), out)
        return Executed(*out)


def decode(frame: Frame) -> Message:
    """The message in an unsealed frame."""
    assert not frame.sealed
    return m.BY_NUMBER[frame.number].decode(frame.content)


def unsealed(name: str, sequence: int = 1, **fields: object) -> bytes:
    """Wire bytes of an unsealed command."""
    message = m.MESSAGES[name].message(**(asked(fields) if name == "OPEN_SESSION" else fields))
    return encode_body(header(message.type.number, sequence) + message.encode())


def asked(fields: dict[str, object]) -> dict[str, object]:
    """Fields of an OPEN_SESSION, filled up with the slot of the role and the hashes of this program."""
    tables = {"messages_hash": m.MESSAGES_HASH, "limits_hash": LIMITS_HASH}
    return tables | {"slot": Role(fields["role"]) - 1} | fields


class RawHost:
    """A host with a link session: seals what it is told to, with the counter that it is told to."""

    def __init__(
        self,
        rig: Rig,
        role: Role = Role.CLINICIAN,
        nonce: bytes = bytes(range(16)),
        slot: int | None = None,
        key: bytes = KEY,
    ) -> None:
        self.rig, self.role, self.nonce, self.key = rig, role, nonce, key
        self.slot = role - 1 if slot is None else slot
        self.counter = 0
        self.heard: list[int] = []
        self.keys = self._open()

    def _open(self) -> SessionKeys:
        self.rig.rx(unsealed("OPEN_SESSION", 9, host_nonce=self.nonce, role=self.role, slot=self.slot))
        frames = self.rig.frames_ms(5)
        assert [frame.number for frame in frames] == [m.SESSION.number], [decode(each) for each in frames]
        self.session = decode(frames[0])
        keys = derive_keys(
            self.key, self.role, self.nonce, self.session["device_nonce"], self.session["session_id"]
        )
        assert keys.proof == self.session["proof"]
        return keys

    def body(self, name: str, sequence: int = 1, **fields: object) -> bytes:
        """A sealed body with the next counter."""
        message = m.MESSAGES[name].message(**(asked(fields) if name == "OPEN_SESSION" else fields))
        self.counter += 1
        head = header(message.type.number, sequence, sealed=True)
        return seal(self.keys.to_device, head + message.encode(), self.counter)

    def sealed(self, name: str, sequence: int = 1, **fields: object) -> bytes:
        """Wire bytes of a sealed command with the next counter."""
        return encode_body(self.body(name, sequence, **fields))

    def open(self, frame: Frame) -> Message:
        """The message in a sealed frame of the link; notes its counter in `heard`."""
        assert frame.sealed
        payload, counter = open_seal(self.keys.to_host, frame.body)
        self.heard.append(counter)
        return m.BY_NUMBER[frame.number].decode(payload)

    def ask(self, name: str, sequence: int = 1, **fields: object) -> Message:
        """Send a sealed command and return its sealed answer, which has to be the only frame."""
        self.rig.rx(self.sealed(name, sequence, **fields))
        (frame,) = self.rig.frames_ms(3)
        assert frame.sequence == sequence
        return self.open(frame)
