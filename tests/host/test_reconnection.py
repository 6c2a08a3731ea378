"""Unplugged and plugged in again: the same pen, its visit, its events, and nothing armed."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from penctl.errors import LinkLost
from penctl.keys import PROVISIONING_KEY
from penctl.pen import Pen
from penctl.protocol.enums import Flags, State
from penctl.reconnection import AnotherPen
from pensim import Bench


@pytest.mark.parametrize("gone_s", [0.05, 0.3, 2.0])
def test_a_running_pen_that_is_unplugged_and_comes_back_is_taken_up_and_not_armed(gone_s: float) -> None:
    """Issue 5, 3: identified, authenticated, visit and events taken up, at rest."""
    with Bench(seed=1, cartridge="HOME") as bench:
        pen = bench.pen()
        pen.open_session()
        pen.wait_ready()
        visit = pen.begin_visit("somebody")
        pen.set_depth_um(200)
        pen.set_rate_hz(60.0)
        pen.arm()
        bench.hand.press(n=3.0)
        bench.hand.hold(True)
        pen.wait(0.2)
        pen.start()
        pen.wait(0.5)
        old = pen._connection.link.session_id
        bench.cut_link()
        bench.advance(gone_s)
        bench.restore_link()
        status = pen.reconnect(timeout_s=5.0)
        assert status.state in (State.SAFE, State.STANDBY)
        assert Flags.DRIVE_ENABLED not in status.flags
        assert Flags.VISIT_OPEN in status.flags
        assert pen.visit == visit
        assert pen.session_open
        assert pen._connection.link.session_id != old
        pen.wait(1.0, through_trips=True)
        assert pen.status().state is status.state
        newest = pen.status().events_next - 1
        assert [event["number"] for event in pen.events][-4:] == list(range(newest - 3, newest + 1))
        assert pen.inbox.events_missed == 0
        assert (status.tripped == 26) == (gone_s > 0.25)
        pen.close()


def test_a_pen_that_restarted_meanwhile_is_taken_up_with_its_visit() -> None:
    """Issue 5: a device that restarts in the middle; its events count from 1 again, and the visit goes on."""
    with Bench(seed=1) as bench:
        pen = bench.pen()
        pen.open_session()
        pen.wait_ready()
        visit = pen.begin_visit("somebody")
        bench.restart("SOFTWARE")
        bench.advance(3.5)
        pen.reconnect(timeout_s=5.0)
        assert pen.session_open
        assert pen.visit == visit
        assert Flags.VISIT_OPEN in pen.status().flags
        pen.close()


def test_another_pen_on_the_port_is_refused_and_its_port_closed(foreign: Any) -> None:
    """Issue 5, 3: the serial number must be that of the pen that was there."""
    pen = Pen(foreign.transport)
    pen.open_session()
    foreign.device.identity["serial_number"] = b"FOREIGN-0002".ljust(16, b"\0")
    with pytest.raises(AnotherPen, match="FOREIGN-0002") as refused:
        pen.reconnect()
    assert "FOREIGN-0001" in str(refused.value)
    assert foreign.port.closed
    with pytest.raises(AnotherPen, match="FOREIGN-0001"):
        pen.reconnect()  # a second try takes it up as little as the first
    assert "SET_DEPTH" not in [message.name for message in foreign.device.commands]


def test_a_pen_that_stays_away_is_given_up_in_bounded_time(foreign: Any) -> None:
    """Every wait has a limit."""
    pen = Pen(foreign.transport)
    foreign.port._answer = lambda data, now_us: b""
    before_s = pen.now_s()
    with pytest.raises(Exception, match="Nothing answers"):
        pen.reconnect(timeout_s=2.0)
    assert pen.now_s() - before_s < 6.0


class _Plug:
    """A foreign device behind a TCP port that can be pulled out and put in again."""

    def __init__(self, foreign: Any) -> None:
        self._foreign = foreign
        self._server = socket.create_server(("127.0.0.1", 0))
        self._peer: socket.socket | None = None
        self.url = f"socket://127.0.0.1:{self._server.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._peer, _ = self._server.accept()
                with self._peer, contextlib.suppress(OSError):
                    while data := self._peer.recv(4096):
                        self._peer.sendall(self._foreign._receive(data, time.monotonic_ns() // 1000))

    def pull(self) -> None:
        assert self._peer is not None
        self._peer.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(10.0)


@pytest.fixture
def plug(foreign: Any) -> Iterator[_Plug]:
    made = _Plug(foreign)
    yield made
    made.close()


def test_a_real_port_that_was_gone_is_opened_again(plug: _Plug, foreign: Any) -> None:
    """Issue 5, 3: on a socket, whose end is an error of the port and not silence."""
    pen = Pen(plug.url, key=PROVISIONING_KEY)
    pen.open_session()
    plug.pull()
    with pytest.raises(LinkLost):
        pen.wait(5.0)
    pen.reconnect(timeout_s=10.0)
    assert pen.session_open
    assert pen.status().state is State.STANDBY
    pen.close()
