"""Link sessions: keys, seals and counters. Nonces are given, never drawn here.

HMAC-SHA-256 (RFC 2104, FIPS 180-4), cut to 16 bytes. A counter only rises; none is used twice with one key.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from penctl.protocol.frame import COUNTER_SIZE, HEADER_SIZE, MAC_SIZE, SEAL_SIZE

NONCE_SIZE = 16
KEY_SIZE = 32
COUNTER_MAX = (1 << (8 * COUNTER_SIZE)) - 1
WINDOW = 256
"""How far behind the highest counter a host takes one, each once: a cached answer may carry an older one."""


class SealBroken(ValueError):
    """The MAC does not hold, or the frame is too short to have one."""


@dataclass(frozen=True)
class SessionKeys:
    """Keys of one link session, one for each direction."""

    session_id: int
    role: int
    to_device: bytes
    to_host: bytes
    proof: bytes


def _hmac(key: bytes, data: bytes) -> bytes:
    return hmac.digest(key, data, "sha256")


def derive_keys(
    pairing_key: bytes, role: int, host_nonce: bytes, device_nonce: bytes, session_id: int
) -> SessionKeys:
    """Keys and proof of the link session that these nonces open."""
    nonces = host_nonce + device_nonce
    end = bytes([role]) + nonces + session_id.to_bytes(4, "little")
    to_host = _hmac(pairing_key, b"penctl d2h" + end)
    return SessionKeys(
        session_id=session_id,
        role=role,
        to_device=_hmac(pairing_key, b"penctl h2d" + end),
        to_host=to_host,
        proof=_hmac(to_host, b"proof" + nonces)[:MAC_SIZE],
    )


def seal(key: bytes, header_and_payload: bytes, counter: int) -> bytes:
    """Append counter and MAC."""
    covered = header_and_payload + counter.to_bytes(COUNTER_SIZE, "little")
    return covered + _hmac(key, covered)[:MAC_SIZE]


def open_seal(key: bytes, body: bytes) -> tuple[bytes, int]:
    """Payload and counter of a sealed body. Raises SealBroken."""
    if len(body) < HEADER_SIZE + SEAL_SIZE:
        raise SealBroken("too short for counter and MAC")
    covered, mac = body[:-MAC_SIZE], body[-MAC_SIZE:]
    if not hmac.compare_digest(_hmac(key, covered)[:MAC_SIZE], mac):
        raise SealBroken("the MAC does not hold")
    return covered[HEADER_SIZE:-COUNTER_SIZE], int.from_bytes(covered[-COUNTER_SIZE:], "little")


def proof_holds(keys: SessionKeys, proof: bytes) -> bool:
    """Whether the device showed that it holds the pairing key."""
    return hmac.compare_digest(keys.proof, proof)


class SendCounter:
    """Counters of the frames that are sent: 1, 2, 3 and so on."""

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        """The next counter; raises OverflowError rather than use one twice."""
        if self.last >= COUNTER_MAX:
            raise OverflowError("the counters of this link session are used up")
        self.last += 1
        return self.last


class RisingCounter:
    """Counters that are received and must rise: what a device takes from a host."""

    def __init__(self) -> None:
        self.highest = 0

    def take(self, counter: int) -> bool:
        """True when the counter is new; it is then used up."""
        if counter <= self.highest:
            return False
        self.highest = counter
        return True


class WindowCounter:
    """Counters that are received, each taken once, at most WINDOW behind the highest."""

    def __init__(self) -> None:
        self.highest = 0
        self._seen = 0

    def take(self, counter: int) -> bool:
        """True when the counter is new; it is then used up."""
        if counter > self.highest:
            distance = min(counter - self.highest, WINDOW)
            self._seen = ((self._seen << distance) | 1) & ((1 << WINDOW) - 1)
            self.highest = counter
            return True
        bit = 1 << (self.highest - counter) if self.highest - counter < WINDOW else 0
        if counter < 1 or bit == 0 or self._seen & bit:
            return False
        self._seen |= bit
        return True
