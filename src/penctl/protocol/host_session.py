"""The host's side of link sessions: which keys are in force, which counters were used."""

from __future__ import annotations

from collections.abc import Callable

from penctl.protocol.enums import Role
from penctl.protocol.frame import header
from penctl.protocol.messages import MESSAGES_HASH, OPEN_SESSION, Message, MessageType
from penctl.protocol.session import (
    KEY_SIZE,
    NONCE_SIZE,
    SealBroken,
    SendCounter,
    SessionKeys,
    WindowCounter,
    derive_keys,
    open_seal,
    proof_holds,
    seal,
)
from penctl.protocol.states import HAS_SESSION, SESSION_TABLE, SessionState, Trigger


class Replayed(ValueError):
    """The seal holds and its counter was used before."""


class _Keyed:
    """One link session with its counters."""

    def __init__(self, keys: SessionKeys) -> None:
        self.keys = keys
        self.sent = SendCounter()
        self.received = WindowCounter()


class HostSession:
    """Opens link sessions; seals for the newest, takes seals of it and, until its first, of the former."""

    def __init__(
        self,
        key: bytes,
        role: int,
        nonce: Callable[[int], bytes],
        *,
        slot: int = 0,
        limits_hash: bytes = bytes(8),
    ) -> None:
        self._role, self._draw, self._limits_hash = Role(role), nonce, limits_hash
        self.use(key, slot)
        self._host_nonce = b""
        self._current: _Keyed | None = None
        self._former: _Keyed | None = None
        self.state = SessionState.CLOSED
        self.open = False
        """Whether commands can be sealed."""
        self.exchanged = False
        """Whether a sealed frame of the newest session came in: from then on unsealed events are refused."""

    def use(self, key: bytes, slot: int) -> None:
        """Take another pairing for the link sessions to come. Raises ValueError."""
        if len(key) != KEY_SIZE:
            raise ValueError(f"the pairing key has {len(key)} bytes, needs {KEY_SIZE}")
        self._pairing_key, self._slot = key, slot

    @property
    def session_id(self) -> int | None:
        """Number of the link session in force."""
        return self._current.keys.session_id if self._current and self.open else None

    def can(self, trigger: Trigger) -> bool:
        """Whether the table of states knows this trigger now."""
        return trigger in SESSION_TABLE[self.state]

    def move(self, trigger: Trigger) -> None:
        """Change state by the table; a trigger that is not in it is a mistake of ours (KeyError)."""
        self.state = SESSION_TABLE[self.state][trigger]
        self.open = self.state in HAS_SESSION
        if not self.open:
            self._current, self._former, self.exchanged = None, None, False

    def begin(self) -> Message:
        """OPEN_SESSION with a fresh nonce."""
        nonce = self._draw(NONCE_SIZE)
        message = OPEN_SESSION.message(
            host_nonce=nonce,
            role=self._role,
            slot=self._slot,
            messages_hash=MESSAGES_HASH,
            limits_hash=self._limits_hash,
        )
        self.move(Trigger.ASKED)
        self._host_nonce = nonce
        return message

    def proven(self, session: Message) -> SessionKeys | None:
        """Keys of the session that SESSION describes; None when its proof does not hold."""
        keys = derive_keys(
            self._pairing_key, self._role, self._host_nonce, session["device_nonce"], session["session_id"]
        )
        good = proof_holds(keys, session["proof"]) and session["role"] == self._role
        return keys if good and self._host_nonce else None

    def adopt(self, keys: SessionKeys) -> bool:
        """Put the keys in force; False when they are already, or when it is too late to change them."""
        if self.state is SessionState.OPEN and (
            self.exchanged or not self._current or self._current.keys == keys
        ):
            return False
        if not self.can(Trigger.PROVEN):
            return False
        former = self._former if self.state is SessionState.OPEN else self._current
        self.move(Trigger.PROVEN)
        self._current, self._former, self.exchanged = _Keyed(keys), former, False
        return True

    def seal(self, message_type: MessageType, sequence: int, payload: bytes) -> bytes:
        """A sealed body with the next counter."""
        if self._current is None:
            raise SealBroken("no link session is open")
        head = header(message_type.number, sequence, sealed=True)
        return seal(self._current.keys.to_device, head + payload, self._current.sent.next())

    def unseal(self, body: bytes) -> bytes:
        """Payload of a sealed body. Raises SealBroken or Replayed."""
        for keyed in (self._current, self._former):
            if keyed is None:
                continue
            try:
                payload, counter = open_seal(keyed.keys.to_host, body)
            except SealBroken:
                continue
            if not keyed.received.take(counter):
                raise Replayed(f"counter {counter} was used before")
            if keyed is self._current:
                self.exchanged, self._former = True, None
            return payload
        raise SealBroken("no link session has this MAC")
