"""The keys of the records: from passphrase or key ring to those of the file, of each person and of the audit.

passphrase --argon2id(salt)--> root --HKDF--> key of the file (SQLCipher)
or key ring ------------------> root --HKDF--> key that wraps the store's key (AES-GCM)
the store's key, random --HKDF--> MAC of the audit's tip; wraps each person's key and the signing key
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from penctl.key_store import RingPlace, system_ring
from penctl.records.errors import RecordsError, WrongKey
from penctl.records.values import canonical

KEY_SIZE: Final = 32
SALT_SIZE: Final = 16
NONCE_SIZE: Final = 12
PASSES, MEMORY_KIB, LANES = 3, 64 * 1024, 4
"""argon2id as RFC 9106 section 4 recommends second: t = 3, m = 64 MiB, p = 4."""
SHORTEST_PASSPHRASE: Final = 8
"""Decided here; what keeps a stolen file closed is a long one."""

Key = str | bytes | None
"""A passphrase, a root key of 32 bytes, or None: the key ring of the system has it."""


def root_key(key: Key, salt: bytes) -> bytes:
    """The root key of records with this salt.

    Raises:
        RecordsError: a key of another length, an empty passphrase, or no key ring that has it.
    """
    if isinstance(key, bytes):
        if len(key) != KEY_SIZE:
            raise RecordsError(
                "This is no key of records", f"{len(key)} bytes", f"{KEY_SIZE} bytes", "Give it whole"
            )
        return key
    if isinstance(key, str):
        if not key:
            raise RecordsError("The passphrase is empty", "0 letters", "a passphrase", "Give the passphrase")
        return hash_secret_raw(key.encode(), salt, PASSES, MEMORY_KIB, LANES, KEY_SIZE, Type.ID)
    kept = _ring().get(_entry(salt))
    if kept is None:
        raise RecordsError(
            "The key ring of this computer has no key for these records",
            salt.hex(),
            remedy="Give the passphrase, or open them where the key is kept",
        )
    try:
        return root_key(bytes.fromhex(kept), salt)
    except ValueError as error:
        raise RecordsError("The key in the key ring is damaged", salt.hex(), remedy="Restore it") from error


def new_root_key(key: Key, salt: bytes) -> bytes:
    """The root key of new records; without a passphrase it is drawn and kept in the key ring.

    Raises:
        RecordsError: a passphrase that is too short, or no key ring.
    """
    if isinstance(key, str) and len(key) < SHORTEST_PASSPHRASE:
        raise RecordsError(
            "The passphrase is too short",
            f"{len(key)} letters",
            f"at least {SHORTEST_PASSPHRASE} letters",
            "Choose a longer one; several words are best",
        )
    if key is None:
        drawn = secrets.token_bytes(KEY_SIZE)
        _ring().put(_entry(salt), drawn.hex())
        return drawn
    return root_key(key, salt)


def _entry(salt: bytes) -> str:
    return f"records {salt.hex()}"


def _ring() -> RingPlace:
    ring = system_ring()
    if ring is None:
        raise RecordsError(
            "This computer has no key ring that keeps anything", remedy="Use a passphrase instead"
        )
    return RingPlace(ring)


@lru_cache(maxsize=64)
def derived(key: bytes, label: str) -> bytes:
    """A key for one purpose."""
    return HKDF(SHA256(), KEY_SIZE, None, f"penctl records {label}".encode()).derive(key)


def seal(key: bytes, content: bytes, what: str) -> bytes:
    """Content under a key (AES-GCM); `what` says what it is and is checked when it is opened."""
    nonce = secrets.token_bytes(NONCE_SIZE)
    return nonce + AESGCM(key).encrypt(nonce, content, what.encode())


def unseal(key: bytes, sealed: bytes, what: str) -> bytes:
    """The content again. Raises WrongKey when it is another key, or another thing."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_SIZE], sealed[NONCE_SIZE:], what.encode())
    except (InvalidTag, ValueError) as error:
        raise WrongKey(value=what) from error


@dataclass(frozen=True, repr=False)
class StoreKeys:
    """What is done with the store's key; it never leaves this object, and is not printed."""

    store_key: bytes
    signing: Ed25519PrivateKey

    @classmethod
    def new(cls) -> StoreKeys:
        """Of new records."""
        return cls(secrets.token_bytes(KEY_SIZE), Ed25519PrivateKey.generate())

    @classmethod
    def unwrapped(cls, root: bytes, wrapped_key: bytes, sign_private: bytes) -> StoreKeys:
        """From what is kept. Raises WrongKey."""
        store_key = unseal(derived(root, "wrap"), wrapped_key, "store key")
        private = unseal(derived(store_key, "signing"), sign_private, "signing key")
        return cls(store_key, Ed25519PrivateKey.from_private_bytes(private))

    def wrapped(self, root: bytes) -> tuple[bytes, bytes]:
        """The store's key and the signing key as they are kept."""
        private = self.signing.private_bytes_raw()
        return (
            seal(derived(root, "wrap"), self.store_key, "store key"),
            seal(derived(self.store_key, "signing"), private, "signing key"),
        )

    @property
    def public(self) -> bytes:
        """The 32 bytes that check a signature."""
        return self.signing.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def tip_mac(self, n: int, row_hash: bytes) -> bytes:
        """The seal on the present end of the audit trail."""
        return hmac.digest(derived(self.store_key, "tip"), b"%d " % n + row_hash, "sha256")

    def sign_head(self, n: int, row_hash: bytes, about: str) -> bytes:
        """Ed25519 over an end of the audit trail."""
        return self.signing.sign(head_text(n, row_hash, about))

    def new_person_key(self, patient_id: str) -> tuple[bytes, bytes]:
        """A person's own key, and as it is kept."""
        key = secrets.token_bytes(KEY_SIZE)
        return key, seal(derived(self.store_key, "persons"), key, f"person {patient_id}")

    def person_key(self, patient_id: str, wrapped: bytes) -> bytes:
        """A person's own key again. Raises WrongKey."""
        return unseal(derived(self.store_key, "persons"), wrapped, f"person {patient_id}")

    def seal_person(self, key: bytes, patient_id: str, told: dict[str, str]) -> bytes:
        """What is personal, under the person's key."""
        return seal(key, canonical(told).encode(), f"person {patient_id}")

    def unseal_person(self, key: bytes, patient_id: str, sealed: bytes) -> dict[str, str]:
        """What is personal again. Raises WrongKey."""
        found: dict[str, str] = json.loads(unseal(key, sealed, f"person {patient_id}"))
        return found


def head_text(n: int, row_hash: bytes, about: str) -> bytes:
    """What the signature of a head is over."""
    return b"penctl audit head %d " % n + row_hash + b" " + about.encode()


def hidden(person_key: bytes, field: str, value: str) -> str:
    """What the audit trail says of a personal value: a hash that only the key lets anybody try values on."""
    return "hmac:" + hmac.new(person_key, f"{field}={value}".encode(), hashlib.sha256).hexdigest()[:32]
