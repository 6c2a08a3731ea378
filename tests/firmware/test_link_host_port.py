"""The host port: what the library exports, and the seeded nonces that only a simulator may have."""

from __future__ import annotations

import ctypes
import hashlib
from pathlib import Path

import numpy as np
import pytest
from compiled import compile_once
from link_rig import KEY, SERIAL, STOP, decode, unsealed

from penctl.protocol import messages as m
from penctl.protocol.enums import Reason
from penctl.protocol.frame import Deframer, Frame, encode_body, header
from penctl.protocol.session import SessionKeys, derive_keys, open_seal, seal
from penctl.protocol.tick import ABI, INPUTS, INPUTS_DTYPE, OUTPUTS, OUTPUTS_DTYPE
from pensim.world import WORLD_DTYPE, new_world

HOST_NONCE = bytes(range(16))


class HostCore:
    """One core in memory that this object owns."""

    def __init__(self, library: ctypes.CDLL, seed: bytes) -> None:
        self._c = library
        self._memory = (ctypes.c_uint64 * (library.pen_host_size() // 8 + 8))()
        self._at = ctypes.c_void_p((ctypes.addressof(self._memory) + 63) // 64 * 64)
        self.world, self.now_us = new_world(), 0
        world = ctypes.c_void_p(self.world.ctypes.data)
        zero = ctypes.c_int64(0)
        assert library.pen_host_provision(world, SERIAL, KEY * 3, bytes(32), zero, zero) == 1
        library.pen_host_init(self._at, world, seed, bytes(32), SERIAL)

    def tick(self) -> None:
        """One tick on resting inputs."""
        inputs, outputs = np.zeros(1, INPUTS_DTYPE), np.zeros(1, OUTPUTS_DTYPE)
        self.now_us += 100
        inputs["time_us"], inputs["bar_um"], inputs["supply_mv"] = self.now_us, -3000, 8000
        self._c.pen_host_tick(
            self._at, ctypes.c_void_p(inputs.ctypes.data), ctypes.c_void_p(outputs.ctypes.data)
        )

    def ask(
        self, keys: SessionKeys, counter: int, name: str, stop_after_polls: int | None, **fields: object
    ) -> Reason:
        """Send a sealed command, let STOP come some polls later, and return the reason of its answer."""
        message = m.MESSAGES[name].message(**fields)
        head = header(message.type.number, counter, sealed=True)
        wire = encode_body(seal(keys.to_device, head + message.encode(), counter))
        self._c.pen_host_rx(self._at, wire, ctypes.c_int64(len(wire)))
        out, sent = ctypes.create_string_buffer(4096), b""
        for poll in range(60):
            if poll == stop_after_polls:
                self._c.pen_host_rx(self._at, STOP, ctypes.c_int64(len(STOP)))
            if poll % 2:
                self.tick()
            self._c.pen_host_background(self._at)
            taken = self._c.pen_host_tx(self._at, out, ctypes.c_int64(len(out)))
            sent += out.raw[:taken]
        for frame in Deframer().feed(sent):
            if frame.number == m.RESPONSE.number and frame.sealed and frame.sequence == counter:
                reason = m.RESPONSE.decode(open_seal(keys.to_host, frame.body)[0])["reason"]
                assert isinstance(reason, Reason)
                return reason
        raise AssertionError("no answer")

    def exchange(self, data: bytes) -> list[Frame]:
        """Bytes in, fifty polls, frames out."""
        out = ctypes.create_string_buffer(4096)
        assert self._c.pen_host_rx(self._at, data, ctypes.c_int64(len(data))) == len(data)
        for _ in range(50):
            self._c.pen_host_background(self._at)
        taken = self._c.pen_host_tx(self._at, out, ctypes.c_int64(len(out)))
        return Deframer().feed(out.raw[:taken])


@pytest.fixture(scope="module")
def host_library(source_root: Path, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The whole core with its host port, as a library."""
    firmware = source_root / "firmware_proto"
    folders = [firmware / "core", firmware / "generated", firmware / "port" / "host"]
    sources = [str(path) for folder in folders for path in sorted(folder.glob("*.c"))]
    target = tmp_path_factory.mktemp("host_port") / "libpencore.so"
    include = [f"-I{folder}" for folder in folders]
    command = ["cc", "-std=c11", "-O1", "-shared", "-fPIC", *include, "-o", str(target), *sources]
    done = compile_once(command)
    assert done.returncode == 0, done.stderr
    library = ctypes.CDLL(str(target))
    names = ("host_size", "host_provision", "host_rx", "host_tx", "abi")
    for name in (*names, "sizeof_inputs", "sizeof_outputs", "sizeof_world"):
        getattr(library, f"pen_{name}").restype = ctypes.c_int64
    for part in ("control", "guard"):
        getattr(library, f"pen_offset_{part}").restype = ctypes.c_int64
        getattr(library, f"pen_sizeof_{part}").restype = ctypes.c_int64
    return library


def test_the_library_says_which_inputs_and_outputs_it_takes(host_library: ctypes.CDLL) -> None:
    """Requirement: a library of another layout can be refused when it is loaded."""
    assert host_library.pen_abi() == ABI
    assert host_library.pen_sizeof_inputs() == INPUTS.size
    assert host_library.pen_sizeof_outputs() == OUTPUTS.size
    assert host_library.pen_sizeof_world() == WORLD_DTYPE.itemsize


def test_control_and_guard_lie_apart_in_the_memory(host_library: ctypes.CDLL) -> None:
    """Requirement: a test can overwrite all of control without touching guard."""
    control, guard = host_library.pen_offset_control(), host_library.pen_offset_guard()
    assert control + host_library.pen_sizeof_control() <= host_library.pen_host_size()
    assert (
        guard + host_library.pen_sizeof_guard() <= control
        or control + host_library.pen_sizeof_control() <= guard
    )


def test_the_same_seed_gives_the_same_nonces_and_another_one_others(host_library: ctypes.CDLL) -> None:
    """Requirement: a simulated run is repeatable; the nonces are SHA-256 over seed and a counter."""
    wire = unsealed("OPEN_SESSION", host_nonce=HOST_NONCE, role=2)
    other = unsealed("OPEN_SESSION", host_nonce=bytes(16), role=2)
    seed = bytes(range(32))
    core = HostCore(host_library, seed)
    for block, asked in enumerate((wire, other)):
        (frame,) = core.exchange(asked)
        expected = hashlib.sha256(seed + block.to_bytes(8, "little")).digest()[:16]
        assert decode(frame)["device_nonce"] == expected
    (again,) = HostCore(host_library, seed).exchange(wire)
    (another,) = HostCore(host_library, bytes(32)).exchange(wire)
    assert decode(again)["device_nonce"] == hashlib.sha256(seed + bytes(8)).digest()[:16]
    assert decode(another)["device_nonce"] != decode(again)["device_nonce"]


def test_the_whole_core_opens_a_session_with_its_pairing_key(host_library: ctypes.CDLL) -> None:
    """Requirement: key and serial number reach the link through pen_init."""
    core = HostCore(host_library, bytes(32))
    identity, session = (
        decode(frame)
        for frame in core.exchange(
            unsealed("IDENTIFY") + unsealed("OPEN_SESSION", host_nonce=HOST_NONCE, role=3)
        )
    )
    keys = derive_keys(KEY, 3, HOST_NONCE, session["device_nonce"], session["session_id"])
    assert identity["serial_number"] == SERIAL
    assert session["proof"] == keys.proof


@pytest.mark.parametrize("name", ["ARM", "START"])
def test_a_stop_overtakes_a_command_that_came_before_it(host_library: ctypes.CDLL, name: str) -> None:
    """Requirement: what came in before a STOP and was proved after it changes nothing."""
    core = HostCore(host_library, bytes(32))
    (frame,) = core.exchange(unsealed("OPEN_SESSION", host_nonce=HOST_NONCE, role=2))
    session = decode(frame)
    keys = derive_keys(KEY, 2, HOST_NONCE, session["device_nonce"], session["session_id"])
    reasons = []
    for counter, polls in enumerate((None, 0, 1, 2, 3), start=1):
        reasons.append(core.ask(keys, counter, name, polls, device_time_us=core.now_us))
    assert reasons[1:] == [Reason.STOPPED] * 4
    assert reasons[0] is not Reason.STOPPED
    assert core.ask(keys, 9, name, None, device_time_us=core.now_us) is not Reason.STOPPED
    assert core.ask(keys, 10, "SET_DEPTH", 0, depth_um=100) is Reason.STOPPED
    assert core.ask(keys, 11, "SET_TELEMETRY", 0, period_us=0) is Reason.NONE
