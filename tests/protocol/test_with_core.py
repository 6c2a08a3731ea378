"""The host's end of the link against the compiled firmware core itself, on a clean and on a noisy line."""

from __future__ import annotations

import ctypes
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from compiled import compile_once

from penctl.hardware import limits_hash, load_limits
from penctl.protocol import messages as m
from penctl.protocol.enums import Mode, Role
from penctl.protocol.link import (
    Answered,
    HostLink,
    LinkEvent,
    Rejected,
    SessionOpened,
    StopSeen,
    TelemetryBlock,
)
from penctl.protocol.tick import INPUTS_DTYPE, OUTPUTS_DTYPE
from pensim.world import new_world

KEY = bytes(range(32))
TICK_US = 100
ENOUGH_FOR_SELF_TEST_US = 200_000


class Core:
    """A firmware core on healthy, resting inputs; bytes pass through `noise` both ways."""

    def __init__(self, library: ctypes.CDLL, noise: Callable[[bytes], bytes] = bytes) -> None:
        library.pen_host_size.restype = ctypes.c_size_t
        library.pen_host_rx.restype = library.pen_host_tx.restype = ctypes.c_size_t
        self.library, self.noise = library, noise
        self.memory = ctypes.create_string_buffer(library.pen_host_size())
        serial, world = b"serial-number-16", new_world()
        self.world = world
        at = ctypes.c_void_p(world.ctypes.data)
        library.pen_host_provision.restype = ctypes.c_int64
        zero = ctypes.c_int64(0)
        assert library.pen_host_provision(at, serial, KEY * 3, bytes(32), zero, zero) == 1
        library.pen_host_init(self.memory, at, bytes(32), bytes(32), serial)
        nonces = iter(range(1, 1000))
        self.host = HostLink(
            KEY,
            Role.CLINICIAN,
            lambda n: next(nonces).to_bytes(n, "little"),
            slot=1,
            limits_hash=limits_hash(load_limits())[:8],
        )
        self.inputs, self.outputs = np.zeros(1, INPUTS_DTYPE), np.zeros(1, OUTPUTS_DTYPE)
        self.now_us = 0
        self.queue = b""
        healthy = {"bar_um": -3000, "supply_mv": 8000, "estop_a_closed": 1, "estop_b_closed": 1}
        for name, value in healthy.items():
            self.inputs[name] = value

    def run(self, time_us: int, data: bytes = b"") -> list[LinkEvent]:
        """Write, then let time pass; the host reads and polls every tick."""
        self.queue += self.noise(data)
        events: list[LinkEvent] = []
        for _ in range(time_us // TICK_US):
            self.now_us += TICK_US
            self.inputs["time_us"] = self.now_us
            pointers = [each.ctypes.data_as(ctypes.c_void_p) for each in (self.inputs, self.outputs)]
            self.library.pen_host_tick(self.memory, *pointers)
            taken = self.library.pen_host_rx(self.memory, self.queue, ctypes.c_size_t(len(self.queue)))
            self.queue = self.queue[taken:]
            for _ in range(4):
                self.library.pen_host_background(self.memory)
            room = ctypes.create_string_buffer(1024)
            n = self.library.pen_host_tx(self.memory, room, ctypes.c_size_t(len(room)))
            events += self.host.receive(self.noise(room.raw[:n]), self.now_us)
            self.queue += self.noise(self.host.poll(self.now_us))
            events += self.host.take_events()
        return events

    def command(self, name: str, **fields: object) -> list[LinkEvent]:
        """Send a command and give it time for all its repeats."""
        data, ticket = self.host.command(name, self.now_us, **fields)
        return [e for e in self.run(1_000_000, data) if getattr(e, "ticket", None) == ticket]


@pytest.fixture(scope="module")
def library(source_root: Path, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The firmware core with its host port, compiled as it lies in the tree."""
    firmware, path = source_root / "firmware_proto", tmp_path_factory.mktemp("core") / "libcore.so"
    folders = [firmware / part for part in ("core", "port/host", "generated")]
    sources = [str(source) for folder in folders for source in sorted(folder.glob("*.c"))]
    flags = [
        "-std=c11",
        "-O1",
        "-ffp-contract=off",
        "-shared",
        "-fPIC",
        *(f"-I{folder}" for folder in folders),
    ]
    command = ["cc", *flags, *sources, "-o", str(path)]
    done = compile_once(command)
    assert done.returncode == 0, done.stderr
    return ctypes.CDLL(str(path))


def noisy(share: float, seed: int) -> Callable[[bytes], bytes]:
    """Change this share of the bytes."""
    source = random.Random(seed)

    def spoil(data: bytes) -> bytes:
        return bytes(b ^ source.randrange(1, 256) if source.random() < share else b for b in data)

    return spoil


def test_host_and_firmware_core_speak_the_same_protocol(library: ctypes.CDLL) -> None:
    """Holds questions, link session, sealed commands, heartbeats, telemetry and STOP against the core."""
    core = Core(library)
    core.run(ENOUGH_FOR_SELF_TEST_US)
    [identity] = core.command("IDENTIFY")
    assert isinstance(identity, Answered)
    assert identity.answer["messages_hash"] == m.MESSAGES_HASH
    [limits] = core.command("GET_LIMITS")
    assert isinstance(limits, Answered)
    assert [row["mode"] for row in limits.answer["modes"]] == [Mode.HOME, Mode.CLINICAL]
    opened = core.run(50_000, core.host.open_session(core.now_us)[0])
    assert [type(e) for e in opened if isinstance(e, SessionOpened)] == [SessionOpened]
    for name in ("GET_STATUS", "GET_CARTRIDGE"):
        [event] = core.command(name)
        assert isinstance(event, Answered)
        assert (event.sealed, event.refused) == (True, False)
    core.host.heartbeat_enabled = True
    core.command("SET_TELEMETRY", period_us=1000)
    events = core.run(200_000)
    assert len([e for e in events if isinstance(e, TelemetryBlock)]) >= 8
    assert not any(isinstance(e, Rejected) for e in events)
    assert any(isinstance(e, StopSeen) for e in core.run(10_000, core.host.stop(core.now_us)))
    assert core.host.frames_bad == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_commands_get_through_to_the_core_on_a_noisy_line(library: ctypes.CDLL, seed: int) -> None:
    """Holds that repeats carry commands through 0.3 % of spoiled bytes, and STOP within 60 ms."""
    core = Core(library, noisy(0.003, seed))
    core.run(ENOUGH_FOR_SELF_TEST_US)
    opened = core.run(260_000, core.host.open_session(core.now_us)[0])
    assert any(isinstance(e, SessionOpened) for e in opened)
    for _ in range(10):
        [event] = core.command("GET_CARTRIDGE")
        assert isinstance(event, Answered)
        assert event.answer.name == "CARTRIDGE"
    assert any(isinstance(e, StopSeen) for e in core.run(60_000, core.host.stop(core.now_us)))
    assert core.host.frames_bad > 0
