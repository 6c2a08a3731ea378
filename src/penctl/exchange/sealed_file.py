"""The container of a backup: chunks under AES-256-GCM, the key from a passphrase by argon2id.

    b"PENCTLBK" | u32 length of the header | header, JSON | chunk | chunk | …
    chunk: u32 length | ciphertext and tag;  nonce: u64 number of the chunk | 0 0 0 | 1 for the last, else 0

The header is in plain text and says how the key is made. It is authenticated with each chunk, and a chunk by
its number and whether it is the last: so chunks that were changed, swapped, left out or cut off are found.
"""

from __future__ import annotations

import hmac
import json
import secrets
import struct
from collections.abc import Iterator
from typing import BinaryIO, Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from penctl.exchange.errors import BackupDamaged, ExchangeError

MAGIC: Final = b"PENCTLBK"
FORMAT: Final = 1
CHUNK: Final = 1 << 20
LARGEST_CHUNK: Final = CHUNK + 16
LARGEST_HEADER: Final = 4096
KEY_SIZE, SALT_SIZE = 32, 16
PASSES, MEMORY_KIB, LANES = 3, 64 * 1024, 4
"""argon2id as RFC 9106 section 4 recommends second: t = 3, m = 64 MiB, p = 4."""
MOST_MEMORY_KIB: Final = 1024 * 1024
SHORTEST_PASSPHRASE: Final = 12
"""Decided here: a backup leaves the house, and is tried against for as long as somebody likes."""


def check_passphrase(passphrase: str) -> None:
    """Raise ExchangeError for one that is too short for a file that leaves the house."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise ExchangeError(
            "The passphrase of the backup is too short",
            f"{len(passphrase)} letters",
            f"at least {SHORTEST_PASSPHRASE} letters",
            "Choose a longer one; several words are best",
        )


def _key(passphrase: str, header: dict[str, object]) -> bytes:
    """Raises ValueError for parameters that nobody uses, as a changed header has them."""
    numbers = [header.get(name) for name in ("passes", "memory_kib", "lanes")]
    salt = bytes.fromhex(str(header.get("salt", "")))
    within = [
        isinstance(value, int) and low <= value <= high
        for value, (low, high) in zip(numbers, ((1, 20), (8, MOST_MEMORY_KIB), (1, 16)), strict=True)
    ]
    if not all(within) or len(salt) < 8:
        raise ValueError("parameters of argon2id that nobody uses")
    passes, memory, lanes = (int(str(value)) for value in numbers)
    return hash_secret_raw(passphrase.encode(), salt, passes, memory, lanes, KEY_SIZE, Type.ID)


def _check_value(key: bytes) -> str:
    """Tells a wrong passphrase from damage; it gives no more away than a chunk does."""
    return hmac.new(key, b"penctl backup", "sha256").hexdigest()[:16]


def _nonce(number: int, *, last: bool) -> bytes:
    return struct.pack(">Q3xB", number, last)


class SealedWriter:
    """Writes bytes sealed; `finish` must be called, or the file counts as cut off."""

    def __init__(self, stream: BinaryIO, passphrase: str) -> None:
        check_passphrase(passphrase)
        header: dict[str, object] = {
            "format": FORMAT,
            "kdf": "argon2id",
            "passes": PASSES,
            "memory_kib": MEMORY_KIB,
            "lanes": LANES,
            "salt": secrets.token_hex(SALT_SIZE),
        }
        key = _key(passphrase, header)
        header["check"] = _check_value(key)
        self._header = json.dumps(header, sort_keys=True).encode()
        self._stream, self._aead, self._number = stream, AESGCM(key), 0
        self._waiting = bytearray()
        stream.write(MAGIC + struct.pack(">I", len(self._header)) + self._header)

    def write(self, content: bytes) -> int:
        """Take bytes; they are written a chunk at a time."""
        self._waiting += content
        while len(self._waiting) > CHUNK:
            self._chunk(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(content)

    def finish(self) -> None:
        """Write what is left, as the last chunk."""
        self._chunk(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _chunk(self, content: bytes, *, last: bool) -> None:
        sealed = self._aead.encrypt(_nonce(self._number, last=last), content, self._header)
        self._stream.write(struct.pack(">I", len(sealed)) + sealed)
        self._number += 1


def open_sealed(stream: BinaryIO, passphrase: str) -> Iterator[bytes]:
    """The chunks again, each checked before it is given.

    Raises:
        BackupDamaged: no backup, one of a newer penctl, another passphrase, or damage, with the place.
    """
    header, content = _header(stream)
    try:
        key = _key(passphrase, header)
    except ValueError as error:
        raise BackupDamaged("The head of the backup is damaged", str(error)) from error
    if not hmac.compare_digest(_check_value(key), str(header.get("check"))):
        raise BackupDamaged(
            "This passphrase does not open the backup",
            None,
            None,
            "Give the passphrase that the backup was made with",
        )
    return _chunks(stream, AESGCM(key), content)


def _header(stream: BinaryIO) -> tuple[dict[str, object], bytes]:
    if stream.read(len(MAGIC)) != MAGIC:
        raise BackupDamaged("This is no backup of penctl", None, None, "Name the file that was written")
    size = int.from_bytes(stream.read(4), "big")
    content = stream.read(min(size, LARGEST_HEADER))
    try:
        header = json.loads(content)
    except ValueError as error:
        raise BackupDamaged("The head of the backup is damaged", str(error)) from error
    if not isinstance(header, dict) or len(content) != size:
        raise BackupDamaged("The head of the backup is damaged", f"{len(content)} of {size} bytes")
    if header.get("format") != FORMAT:
        raise BackupDamaged(
            "This backup has another format", header.get("format"), f"{FORMAT}", "Update penctl"
        )
    return header, content


def _chunks(stream: BinaryIO, aead: AESGCM, header: bytes) -> Iterator[bytes]:
    number, ahead = 0, stream.read(4)
    if not ahead:
        raise BackupDamaged("The backup ends too early", "after its head")
    while ahead:
        size = int.from_bytes(ahead, "big")
        sealed = stream.read(min(size, LARGEST_CHUNK))
        ahead = stream.read(4)
        yield _opened(aead, sealed, number, header, last=not ahead, whole=len(sealed) == size)
        number += 1


def _opened(aead: AESGCM, sealed: bytes, number: int, header: bytes, *, last: bool, whole: bool) -> bytes:
    place = f"in part {number + 1}, about {number} MiB from its beginning"
    if not whole:
        raise BackupDamaged("The backup ends too early", place)
    try:
        return aead.decrypt(_nonce(number, last=last), sealed, header)
    except InvalidTag as error:
        what = "The backup is damaged, or ends too early" if last else "The backup is damaged"
        raise BackupDamaged(what, place) from error
