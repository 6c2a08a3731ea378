"""What the tests of the link share: the compiled C codec, random field values, and both ends back to back."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from compiled import compile_once
from hypothesis import strategies as st

from penctl.protocol import messages as m
from penctl.protocol.enums import Mode, Role, State
from penctl.protocol.link import Command, DeviceLink, HostLink, LinkEvent
from penctl.protocol.messages import Message
from penctl.protocol.schema import ArrayKind, BytesKind, EnumKind, FlagsKind, Record, Scalar

KEY = bytes(range(32))
STRICT = ("-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror")


def numbered_nonces(start: int) -> Callable[[int], bytes]:
    """A source of nonces that never repeats and needs no entropy."""
    counter = iter(range(start, start + 1_000_000))
    return lambda n: next(counter).to_bytes(n, "little")


def status(state: State = State.STANDBY, device_time_us: int = 0) -> Message:
    """A STATUS with this state and nothing else to tell."""
    values: dict[str, Any] = {each.name: 0 for each in m.STATUS.record}
    values |= {"state": state, "mode": Mode.HOME, "device_time_us": device_time_us}
    return m.STATUS.message(**values)


def event_state(number: int, state: State) -> Message:
    """An EVENT_STATE."""
    return m.EVENT_STATE.message(
        number=number, time_us=0, state=state, previous=State.OFF, mode=Mode.HOME, cause=0
    )


@dataclass
class Pair:
    """A host and an emulated device with a wire between them that a test can cut or spoil."""

    host: HostLink
    device: DeviceLink
    now_us: int = 0
    state: State = State.STANDBY
    executed: list[Command] = field(default_factory=list)
    stops: int = 0
    to_device: Callable[[bytes], bytes] = bytes
    to_host: Callable[[bytes], bytes] = bytes
    piece: int = 1 << 20
    sent: list[bytes] = field(default_factory=list)

    def on_command(self, command: Command) -> Message | None:
        """Answer as a device would that decides nothing."""
        self.executed.append(command)
        if command.name in ("GET_STATUS", "HEARTBEAT"):
            return status(self.state, self.now_us)
        return command.response(device_time_us=self.now_us)

    def on_stop(self) -> Message:
        """Stop."""
        self.stops += 1
        self.state = State.STOPPING
        return status(self.state, self.now_us)

    def deliver(self, data: bytes) -> list[LinkEvent]:
        """Carry bytes of the host to the device and the answer back."""
        if data:
            self.sent.append(data)
        events: list[LinkEvent] = []
        for part in self._pieces(self.to_device(data)):
            events += self.to_host_now(self.device.receive(part, self.now_us))
        return events

    def to_host_now(self, data: bytes) -> list[LinkEvent]:
        """Carry bytes of the device to the host."""
        events: list[LinkEvent] = []
        for part in self._pieces(self.to_host(data)):
            events += self.host.receive(part, self.now_us)
        return events

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        return (data[at : at + self.piece] for at in range(0, len(data), self.piece))

    def wait(self, time_us: int) -> list[LinkEvent]:
        """Let time pass; the host polls at its deadlines."""
        end_us, events = self.now_us + time_us, self.host.take_events()
        while True:
            due_us = self.host.next_deadline_us()
            if due_us is None or due_us > end_us:
                self.now_us = end_us
                return events
            self.now_us = max(self.now_us, due_us)
            events += self.deliver(self.host.poll(self.now_us))
            events += self.host.take_events()

    def command(self, name: str, **fields: object) -> list[LinkEvent]:
        """Send a command and carry its answer back."""
        data, _ = self.host.command(name, self.now_us, **fields)
        return self.deliver(data) + self.host.take_events()

    def open(self) -> list[LinkEvent]:
        """Open a link session."""
        data, _ = self.host.open_session(self.now_us)
        return self.deliver(data)


def make_pair(key: bytes = KEY, piece: int = 1 << 20) -> Pair:
    """Host and device with the same key unless another one is given for the host."""
    pair: Pair
    host = HostLink(key, Role.CLINICIAN, numbered_nonces(1))
    device = DeviceLink(
        KEY, numbered_nonces(500), lambda command: pair.on_command(command), lambda: pair.on_stop()
    )
    pair = Pair(host, device, piece=piece)
    return pair


@pytest.fixture(scope="session")
def pair_of() -> Callable[..., Pair]:
    """Make a host and a device back to back."""
    return make_pair


@pytest.fixture(scope="session")
def status_of() -> Callable[..., Message]:
    """Make a STATUS."""
    return status


@pytest.fixture(scope="session")
def event_of() -> Callable[[int, State], Message]:
    """Make an EVENT_STATE."""
    return event_state


@pytest.fixture
def pair() -> Pair:
    """Host and device back to back."""
    return make_pair()


@pytest.fixture
def opened(pair: Pair) -> Pair:
    """Host and device with an open link session that is in use."""
    pair.open()
    pair.command("SELF_TEST")
    pair.executed.clear()
    pair.sent.clear()
    return pair


def _value(kind: Any) -> st.SearchStrategy[Any]:
    if isinstance(kind, EnumKind):
        return st.sampled_from(list(kind.members))
    if isinstance(kind, FlagsKind):
        return st.integers(0, kind.mask).map(lambda bits: kind.members(bits & kind.mask))
    if isinstance(kind, BytesKind):
        return st.binary(min_size=kind.length, max_size=kind.length)
    if isinstance(kind, ArrayKind):
        return st.lists(_values(kind.element), min_size=kind.count, max_size=kind.count)
    assert isinstance(kind, Scalar)
    edges = st.sampled_from([kind.minimum, kind.minimum + 1, 0, 1, kind.maximum - 1, kind.maximum])
    return st.one_of(edges, st.integers(kind.minimum, kind.maximum))


def _values(record: Record) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({each.name: _value(each.kind) for each in record})


@pytest.fixture(scope="session")
def values_of() -> Callable[[Record], st.SearchStrategy[dict[str, Any]]]:
    """Give random values for every field of a record, extremes included."""
    return _values


@pytest.fixture(scope="session")
def codec(source_root: Path, tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The generated C codec, compiled with warnings as errors."""
    generated = source_root / "firmware_proto" / "generated"
    library = tmp_path_factory.mktemp("codec") / "libcodec.so"
    command = [
        "cc",
        *STRICT,
        "-O1",
        "-shared",
        "-fPIC",
        str(generated / "pen_messages.c"),
        "-o",
        str(library),
    ]
    done = compile_once(command)
    assert done.returncode == 0, done.stderr
    return ctypes.CDLL(str(library))


@pytest.fixture(scope="session")
def vectors(source_root: Path) -> Callable[[str], Any]:
    """Read one file of golden vectors."""
    folder = source_root / "firmware_proto" / "vectors"
    return lambda name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
