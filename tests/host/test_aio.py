"""`penctl.aio`: the same link on asyncio, against a foreign device behind a socket."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from penctl.aio import AsyncPen, Stream
from penctl.aio.stream import KEPT
from penctl.errors import LinkLost, PenError, Refused
from penctl.key_store import NotPaired
from penctl.keys import PROVISIONING_KEY
from penctl.pen import WaitEnd
from penctl.protocol.enums import Mode, Reason, State
from penctl.reconnection import AnotherPen
from penctl.transport import open_url


@pytest.fixture(autouse=True)
def _no_pairings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENCTL_DATA", str(tmp_path / "data"))


@pytest.fixture
def url(foreign: Any) -> Iterator[str]:
    """The foreign device behind a TCP port; it serves one connection."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peer, _ = server.accept()
        with peer:
            while data := peer.recv(4096):
                peer.sendall(foreign._receive(data, time.monotonic_ns() // 1000))
                if foreign.port.closed:
                    return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"socket://127.0.0.1:{server.getsockname()[1]}"
    thread.join(10.0)
    server.close()


def test_a_pen_is_opened_told_and_stopped_on_asyncio(url: str, foreign: Any) -> None:
    """Issue 5, 7: the same sans-IO core, no threads; heartbeats go out while the program awaits."""

    async def use() -> None:
        async with await AsyncPen.open(url, PROVISIONING_KEY) as pen:
            assert pen.identity.serial_number == "FOREIGN-0001"
            await pen.open_session()
            await pen.command("SET_DEPTH", depth_um=1000)
            await asyncio.sleep(0.3)
            assert (await pen.status()).state is State.STANDBY
            assert pen.link_quality.beats >= 3

    asyncio.run(use())
    names = [message.name for message in foreign.device.commands]
    assert names.count("SET_DEPTH") == 1
    assert names.count("HEARTBEAT") >= 3
    assert foreign.device.stops >= 1


def test_a_refusal_and_a_lost_answer_are_told_as_on_the_plain_pen(url: str, foreign: Any) -> None:
    """Issue 5, 1 and 7: Refused with its reason; a lost answer is resolved by the status."""

    async def use() -> None:
        async with await AsyncPen.open(url, PROVISIONING_KEY) as pen:
            with pytest.raises(Refused) as refused:
                await pen.command("SET_RATE", rate_mhz=100_000)
            assert refused.value.reason == "NO_SESSION"
            await pen.open_session()
            foreign.device.refuse["SET_RATE"] = (Reason.RATE_ABOVE_LIMIT, 200_000, 150_000)
            with pytest.raises(Refused) as refused:
                await pen.command("SET_RATE", rate_mhz=200_000)
            assert refused.value.reason == "RATE_ABOVE_LIMIT"
            foreign.device.silent.add("SET_DEPTH")
            await pen.command("SET_DEPTH", depth_um=1000)

    asyncio.run(use())


def test_a_port_that_goes_away_is_a_lost_link(url: str, foreign: Any) -> None:
    """Complaint 3: the end of the port is an error of whoever waits."""

    async def use() -> None:
        pen = await AsyncPen.open(url, PROVISIONING_KEY)
        foreign.port.closed = True
        with contextlib.suppress(LinkLost):
            await pen.status()  # one frame is still answered, and a heartbeat may have been that one
        with pytest.raises(LinkLost):
            await pen.status()
        await pen.close()

    asyncio.run(use())


def test_a_port_that_no_loop_can_wait_for_is_refused() -> None:
    """Bad input: pensim:// has a clock of its own."""

    async def use() -> None:
        AsyncPen(open_url("pensim://?seed=1"), PROVISIONING_KEY)

    with pytest.raises(PenError, match="asyncio"):
        asyncio.run(use())


class Line:
    """The foreign device behind a TCP port that can hang up and be called again."""

    def __init__(self, foreign: Any) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"socket://127.0.0.1:{self.server.getsockname()[1]}"
        self._foreign = foreign
        self._peer: socket.socket | None = None
        self._ends = False
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._ends:
            self._peer, _ = self.server.accept()
            with self._peer, contextlib.suppress(OSError):
                while data := self._peer.recv(4096):
                    self._peer.sendall(self._foreign._receive(data, time.monotonic_ns() // 1000))

    def hang_up(self) -> None:
        assert self._peer is not None
        self._peer.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._ends = True
        socket.create_connection(self.server.getsockname()).close()
        self._thread.join(10.0)
        self.server.close()


@pytest.fixture
def line(foreign: Any) -> Iterator[Line]:
    made = Line(foreign)
    yield made
    made.close()


async def _lost(pen: AsyncPen, line: Line) -> None:
    line.hang_up()
    with pytest.raises(LinkLost):
        await pen.wait(30.0, lambda: False, through_trips=True)


def test_a_pen_that_comes_back_is_taken_up_and_tells_what_was_missed(line: Line, foreign: Any) -> None:
    """Issue 5, 3 and 7: identified, a new link session, the events that were missed; nothing is armed."""

    async def use() -> None:
        async with await AsyncPen.open(line.url, PROVISIONING_KEY) as pen:
            first = await pen.open_session()
            async with pen.telemetry(1000) as blocks:
                await _lost(pen, line)
                with pytest.raises(LinkLost):
                    await anext(blocks)
            fields = {"number": 1, "time_us": 1, "state": State.STANDBY, "previous": State.STANDBY}
            foreign.keep("EVENT_STATE", mode=Mode.HOME, cause=0, **fields)
            foreign.device.status["events_next"] = 2
            status = await pen.reconnect(30.0)
            assert status.state is State.STANDBY
            assert await pen.open_session() > first
            assert [event["number"] for event in pen.events] == [1]
            foreign.device.identity["serial_number"] = b"FOREIGN-0002".ljust(16, b"\0")
            await _lost(pen, line)
            with pytest.raises(AnotherPen, match="FOREIGN-0002"):
                await pen.reconnect(30.0)

    asyncio.run(use())
    assert "ARM" not in {message.name for message in foreign.device.commands}


def test_a_program_that_is_slow_loses_the_oldest_and_is_told_how_many() -> None:
    """Issue 5, 1 and 7: telemetry may be dropped, but says how much."""

    async def use() -> None:
        listeners: list[Any] = []
        async with Stream[int](listeners) as stream:
            for number in range(KEPT + 5):
                listeners[0](number)
            assert (await anext(stream), stream.missed) == (5, 5)
            await stream.close()
            assert [number async for number in stream] == list(range(6, KEPT + 5))
        assert listeners == []

    asyncio.run(use())


def test_a_pen_of_several_tasks_takes_one_command_at_a_time(line: Line, foreign: Any) -> None:
    """Issue 5, 7: acts of several tasks go out one after the other, each gets its own answer."""

    async def use() -> None:
        async with await AsyncPen.open(line.url, PROVISIONING_KEY) as pen:
            await pen.open_session()
            await asyncio.gather(*(pen.set_depth_um(depth) for depth in range(10)))
            with pytest.raises(Refused) as refused:
                await pen.set_depth_um(251)
            assert (refused.value.reason, refused.value.layer) == ("DEPTH_ABOVE_LIMIT", "host")
            assert await pen.wait(0.05) is WaitEnd.ELAPSED

    asyncio.run(use())
    told = [message["depth_um"] for message in foreign.device.commands if message.name == "SET_DEPTH"]
    assert told == list(range(10))


def test_a_pen_that_is_not_paired_is_told_so_before_anything_is_sent(line: Line, foreign: Any) -> None:
    """Issue 5, 7: without a key as `Pen`: from the key store, and a sentence how to get there."""

    async def use() -> None:
        async with await AsyncPen.open(line.url) as pen:
            with pytest.raises(NotPaired, match="penctl pair"):
                await pen.open_session()

    asyncio.run(use())
    assert {message.name for message in foreign.device.commands} <= {"IDENTIFY", "GET_LIMITS", "GET_STATUS"}


def test_a_pen_on_a_terminal_is_used_and_its_unplugging_is_told(foreign: Any) -> None:
    """Issue 5, 3 and 7: a pty as a serial port; its far end that closes is a cable that is pulled out."""
    from test_ports import Terminal

    terminal = Terminal()
    terminal.serve(foreign._receive)

    async def use() -> None:
        pen = await AsyncPen.open(terminal.name, PROVISIONING_KEY)
        await pen.open_session()
        await pen.set_depth_um(100)
        assert await pen.stop() is State.STANDBY
        terminal.close()
        with pytest.raises(LinkLost):
            await pen.wait(30.0, through_trips=True)
        assert pen.lost is not None
        await pen.close()

    asyncio.run(use())
    assert foreign.device.stops >= 1
