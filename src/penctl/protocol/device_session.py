"""The device's side of link sessions: one active, one pending, and the answers to the last sealed frames."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from penctl.protocol.enums import Reason
from penctl.protocol.messages import MESSAGES_HASH, SESSION, Message
from penctl.protocol.session import (
    NONCE_SIZE,
    RisingCounter,
    SealBroken,
    SendCounter,
    SessionKeys,
    derive_keys,
    open_seal,
)

REPEATS = 8
"""Sealed frames whose answers are kept."""
IN_USE_US = 500_000
"""How long after its last heartbeat an active session cannot be taken over."""
PENDING_US = 5_000_000
"""How long a pending session waits for its first valid sealed frame."""
EXPIRY_US = 900_000_000
"""How long an active session lasts without a valid sealed frame."""
BAD_SEALS = 5
"""So many bad MACs or stale counters within BAD_WINDOW_US end the link session (IL-27)."""
BAD_WINDOW_US = 1_000_000
SLOTS = 4
"""Pairings that a device keeps."""


class Verdict(Enum):
    """What a sealed frame turned out to be."""

    FRESH = auto()
    REPEAT = auto()
    STALE = auto()
    BAD_MAC = auto()
    NO_SESSION = auto()
    IN_USE = auto()
    NOT_PAIRED = auto()


@dataclass
class DeviceSide:
    """One link session with its counters and the answers that it may be asked for again."""

    keys: SessionKeys
    slot: int = 0
    sent: SendCounter = field(default_factory=SendCounter)
    received: RisingCounter = field(default_factory=RisingCounter)
    answers: OrderedDict[bytes, bytes] = field(default_factory=OrderedDict)
    heartbeat_us: int | None = None
    valid_us: int = 0
    """When its last valid sealed frame came; of a pending one: when it was opened."""

    def keep(self, body: bytes, answer: bytes) -> None:
        """Remember the answer to a sealed frame, and forget the oldest."""
        self.answers[body] = answer
        while len(self.answers) > REPEATS:
            self.answers.popitem(last=False)


@dataclass(frozen=True)
class Pairing:
    """What a device keeps of a host."""

    role: int
    key: bytes


class DeviceSessions:
    """Opens pending sessions and makes them active with their first valid sealed frame.

    `pairings` are the slots that are taken; without them every slot holds `pairing_key` for every role.
    `limits_hash` is the first 8 bytes of the hash of its table of hard limits; without it any will do.
    """

    def __init__(
        self,
        pairing_key: bytes,
        nonce: Callable[[int], bytes],
        *,
        pairings: Mapping[int, Pairing] | None = None,
        limits_hash: bytes | None = None,
    ) -> None:
        self._pairing_key, self._draw = pairing_key, nonce
        self._pairings, self._limits_hash = pairings, limits_hash
        self._bad_us: deque[int] = deque(maxlen=BAD_SEALS)
        self._last_id = 0
        self._offer: tuple[bytes, Message] | None = None
        self.active: DeviceSide | None = None
        self.pending: DeviceSide | None = None

    def in_use(self, now_us: int) -> bool:
        """Whether nobody may take over yet."""
        beat_us = self.active.heartbeat_us if self.active else None
        return beat_us is not None and now_us - beat_us < IN_USE_US

    def expire(self, now_us: int) -> None:
        """End sessions that have not been used for so long that they are over."""
        if self.active is not None and now_us - self.active.valid_us >= EXPIRY_US:
            self.drop()
        if self.pending is not None and now_us - self.pending.valid_us >= PENDING_US:
            self.pending, self._offer = None, None

    def drop(self) -> None:
        """End every link session."""
        self.active, self.pending, self._offer = None, None, None
        self._bad_us.clear()

    def count_bad(self, now_us: int) -> bool:
        """Count a bad MAC or a stale counter; True when so many came that the session is ended (IL-27)."""
        if self.active is None:
            return False
        self._bad_us.append(now_us)
        if len(self._bad_us) < BAD_SEALS or now_us - self._bad_us[0] > BAD_WINDOW_US:
            return False
        self.drop()
        return True

    def refusal(self, asked: Message, now_us: int) -> tuple[Reason, int, int] | None:
        """Why this OPEN_SESSION cannot be taken, with value and limit; None when it can."""
        if self.active is not None and self.in_use(now_us):
            since_us = now_us - (self.active.heartbeat_us or 0)
            return Reason.SESSION_IN_USE, since_us // 1000, IN_USE_US // 1000
        limits = self._limits_hash
        if asked["messages_hash"] != MESSAGES_HASH or limits not in (None, asked["limits_hash"]):
            return Reason.HOST_MISMATCH, 0, 0
        if self._pairings is None:
            return None
        pairing = self._pairings.get(asked["slot"])
        if pairing is None:
            return Reason.NOT_PAIRED, 0, 0
        return (Reason.ROLE, pairing.role, asked["role"]) if asked["role"] > pairing.role else None

    def offer(self, asked: Message, now_us: int) -> Message:
        """SESSION for an OPEN_SESSION; the same SESSION again for the same OPEN_SESSION."""
        payload = asked.encode()
        if self._offer is not None and self._offer[0] == payload and self.pending is not None:
            return self._offer[1]
        device_nonce = self._draw(NONCE_SIZE)
        self._last_id += 1
        key = self._pairing_key if self._pairings is None else self._pairings[asked["slot"]].key
        keys = derive_keys(key, asked["role"], asked["host_nonce"], device_nonce, self._last_id)
        session = SESSION.message(
            device_nonce=device_nonce,
            session_id=keys.session_id,
            role=keys.role,
            device_time_us=now_us,
            proof=keys.proof,
        )
        self.pending = DeviceSide(keys, asked["slot"], valid_us=now_us)
        self._offer = payload, session
        return session

    def judge(self, body: bytes, now_us: int) -> tuple[Verdict, bytes]:
        """Judge a sealed body; FRESH comes with its payload, REPEAT with the answer of the first time."""
        if self.active is None and self.pending is None:
            return Verdict.NO_SESSION, b""
        if self.active is not None and body in self.active.answers:
            return Verdict.REPEAT, self.active.answers[body]
        for side in (self.active, self.pending):
            if side is None:
                continue
            try:
                payload, counter = open_seal(side.keys.to_device, body)
            except SealBroken:
                continue
            if not side.received.take(counter):
                return Verdict.STALE, b""
            if side is self.pending:
                refused = self._take_over(side, now_us)
                if refused is not None:
                    return refused, b""
            side.valid_us = now_us
            return Verdict.FRESH, payload
        return Verdict.BAD_MAC, b""

    def _take_over(self, pending: DeviceSide, now_us: int) -> Verdict | None:
        """Make the pending session the active one; why not, when what held at OPEN_SESSION holds no more.

        A host follows itself, late heartbeats or not. A frame that is refused does not come back.
        """
        if self.active is not None and self.in_use(now_us) and pending.slot != self.active.slot:
            return Verdict.IN_USE
        pairing = None if self._pairings is None else self._pairings.get(pending.slot)
        if self._pairings is not None and (pairing is None or pending.keys.role > pairing.role):
            return Verdict.NOT_PAIRED
        self.active, self.pending, self._offer = pending, None, None
        return None
