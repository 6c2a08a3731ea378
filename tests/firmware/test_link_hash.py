"""SHA-256 and HMAC of the firmware against the published vectors and against Python's."""

from __future__ import annotations

import ctypes
import hashlib
import hmac
import random
import re
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from link_rig import CODES, RawHost, Rig, RigLibrary, unsealed

from penctl.protocol import messages as m
from penctl.protocol.enums import Reason, Role

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


def cavp(root: Path, name: str) -> list[dict[str, str]]:
    """Records of a response file of NIST's validation programme, byte-oriented."""
    text = (root / "firmware_proto/vectors/nist" / f"SHA256{name}.rsp").read_text(encoding="ascii")
    blocks = (dict(re.findall(r"^(\w+) = (\w+)$", block, re.M)) for block in text.split("\n\n"))
    return [block for block in blocks if block]


@pytest.mark.parametrize(("name", "count"), [("ShortMsg", 65), ("LongMsg", 8)])
def test_sha256_gives_the_digests_of_the_validation_programme(
    link_library: RigLibrary, source_root: Path, name: str, count: int
) -> None:
    """Requirement: NIST's vectors of short and of every eighth long message hold."""
    vectors = cavp(source_root, name)
    assert len(vectors) == count
    for vector in vectors:
        message = bytes.fromhex(vector["Msg"])[: int(vector["Len"]) // 8]
        assert digest_of(link_library, message).hex() == vector["MD"]


def test_sha256_stands_nists_monte_carlo_test(link_library: RigLibrary, source_root: Path) -> None:
    """Requirement: the first 10 of 100 checkpoints of NIST's Monte Carlo test, 1000 chained digests each."""
    seed, *checkpoints = cavp(source_root, "Monte")
    assert len(checkpoints) == 100
    value = bytes.fromhex(seed["Seed"])
    for checkpoint in checkpoints[:10]:
        last = [value] * 3
        for _ in range(1000):
            last = [*last[1:], digest_of(link_library, b"".join(last))]
        value = last[-1]
        assert value.hex() == checkpoint["MD"]


def test_sha256_agrees_with_hashlib_at_random_lengths(link_library: RigLibrary) -> None:
    """Requirement: 500 random messages of random length up to 20 000 bytes hash as hashlib hashes them."""
    source = random.Random(1)
    for _ in range(500):
        message = source.randbytes(source.choice([source.randrange(200), source.randrange(20_000)]))
        assert digest_of(link_library, message) == hashlib.sha256(message).digest()


BLOCK = ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_uint32), ctypes.POINTER(ctypes.c_uint8))


def round_constants() -> list[int]:
    """The first 32 bits of the fractions of the cube roots of the first 64 primes."""
    primes = [n for n in range(2, 312) if all(n % d for d in range(2, n))]
    constants = []
    for prime in primes:
        root = 0
        for bit in reversed(range(36)):
            if (root | 1 << bit) ** 3 <= prime << 96:
                root |= 1 << bit
        constants.append(root & 0xFFFFFFFF)
    return constants


K = round_constants()


def rotated(x: int, n: int) -> int:
    return (x >> n | x << (32 - n)) & 0xFFFFFFFF


def compress(state: list[int], block: bytes) -> list[int]:
    """SHA-256's block function, written anew from FIPS 180-4 section 6.2.2."""
    w = list(struct.unpack(">16I", block))
    for i in range(16, 64):
        s0 = rotated(w[i - 15], 7) ^ rotated(w[i - 15], 18) ^ w[i - 15] >> 3
        s1 = rotated(w[i - 2], 17) ^ rotated(w[i - 2], 19) ^ w[i - 2] >> 10
        w.append((w[i - 16] + s0 + w[i - 7] + s1) & 0xFFFFFFFF)
    a, b, c, d, e, f, g, h = state
    for constant, word in zip(K, w, strict=True):
        s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
        t1 = h + s1 + (e & f ^ ~e & g) + constant + word
        s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
        t2 = s0 + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (t1 + t2) & 0xFFFFFFFF, a, b, c, (d + t1) & 0xFFFFFFFF, e, f, g
    return [(x + y) & 0xFFFFFFFF for x, y in zip(state, (a, b, c, d, e, f, g, h), strict=True)]


@pytest.mark.parametrize("own", [True, False], ids=["the port's own hash", "no hook"])
def test_a_link_session_works_through_the_ports_own_hash_and_without_one(rig: Rig, own: bool) -> None:
    """Requirement: SHA-256 stands behind a hook: a port that hashes by itself seals alike."""
    calls = 0

    def hardware(state: Any, block: Any) -> None:
        nonlocal calls
        calls += 1
        for at, word in enumerate(compress(state[:8], bytes(block[:64]))):
            state[at] = word

    hook = BLOCK(hardware)
    rig.use_hash(hook if own else None)
    host = RawHost(rig)
    assert host.ask("GET_STATUS").name == "STATUS"
    assert host.ask("SET_DEPTH", depth_um=5)["reason"] is Reason.NONE
    assert (calls > 20) == own
    rig.button(3000)
    rig.rx(unsealed("PAIR", role=Role.SERVICE, code=CODES[Role.SERVICE], host_name=bytes(16)))
    assert [frame.number for frame in rig.frames_ms(30)] == [m.PAIRED.number]
