"""`penctl.aio`: the same link on asyncio, against a foreign device behind a socket."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from penctl.aio import AsyncPen
from penctl.errors import LinkLost, PenError, Refused
from penctl.keys import PROVISIONING_KEY
from penctl.protocol.enums import Reason, State
from penctl.transport import open_url


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
        await pen.status()  # is still answered
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
