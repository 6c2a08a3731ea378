"""SHA-256 and HMAC of the firmware against the published vectors and against Python's."""

from __future__ import annotations

import ctypes
import hashlib
import hmac
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from link_rig import RigLibrary

# FIPS 180-4 examples, as NIST publishes them ("SHA256.pdf", Cryptographic Standards and Guidelines).
NIST = {
    b"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq": (
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    b"": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    b"a" * 1_000_000: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
}


def digest_of(library: RigLibrary, message: bytes) -> bytes:
    """Pad as FIPS 180-4 says and hash block by block with the firmware's function."""
    padded = message + b"\x80" + b"\0" * ((55 - len(message)) % 64) + struct.pack(">Q", 8 * len(message))
    state = (ctypes.c_uint32 * 8)()
    library.c.sha256_start(state)
    for at in range(0, len(padded), 64):
        library.c.sha256_block(state, padded[at : at + 64])
    out = ctypes.create_string_buffer(32)
    library.c.sha256_digest(state, out)
    return out.raw


def mac_of(library: RigLibrary, secret: bytes, message: bytes) -> tuple[bytes, int]:
    """HMAC by the firmware's job, and the blocks that the job took."""
    key, job = (ctypes.c_uint32 * 16)(), (ctypes.c_uint64 * 32)()
    block = ctypes.cast(library.c.sha256_block, ctypes.c_void_p)
    library.c.hmac_key_inner(key, secret, block)
    library.c.hmac_key_outer(key, secret, block)
    library.c.hmac_begin(job, key, message, ctypes.c_size_t(len(message)))
    library.c.hmac_step.restype = ctypes.c_bool
    steps = 1
    while not library.c.hmac_step(job, block):
        steps += 1
    out = ctypes.create_string_buffer(32)
    library.c.sha256_digest(job, out)
    return out.raw, steps


@pytest.mark.parametrize("message", NIST, ids=lambda message: f"{len(message)} bytes")
def test_sha256_gives_the_published_digests(link_library: RigLibrary, message: bytes) -> None:
    """Requirement: the hash of the link is SHA-256."""
    assert digest_of(link_library, message).hex() == NIST[message]


@given(message=st.binary(max_size=300))
def test_sha256_agrees_with_hashlib(link_library: RigLibrary, message: bytes) -> None:
    """Requirement: the hash of the link is SHA-256, for any message."""
    assert digest_of(link_library, message) == hashlib.sha256(message).digest()


@pytest.mark.parametrize("length", [*range(132), 594, 603, 636])
def test_a_mac_agrees_with_hmac_at_every_padding(link_library: RigLibrary, length: int) -> None:
    """Requirement: a seal is HMAC-SHA-256, also where the padding takes a block of its own."""
    message = bytes(i & 0xFF for i in range(length))
    secret = bytes(range(100, 132))
    mac, steps = mac_of(link_library, secret, message)
    assert mac == hmac.new(secret, message, hashlib.sha256).digest()
    assert steps == (length + 8) // 64 + 2


@given(secret=st.binary(min_size=32, max_size=32), message=st.binary(max_size=640))
def test_a_mac_agrees_with_hmac(link_library: RigLibrary, secret: bytes, message: bytes) -> None:
    """Requirement: a seal is HMAC-SHA-256 for any key and message."""
    assert mac_of(link_library, secret, message)[0] == hmac.new(secret, message, hashlib.sha256).digest()


def test_rfc_4231_case_with_a_short_key(link_library: RigLibrary) -> None:
    """Requirement: HMAC-SHA-256 gives the digest of RFC 4231, test case 2 (its key padded to 32 bytes)."""
    mac, _ = mac_of(link_library, b"Jefe".ljust(32, b"\0"), b"what do ya want for nothing?")
    assert mac.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
