"""STOP's own path: ahead of every queue, without identification, from signals and from other threads."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from penctl import cli, signals
from penctl.errors import LinkLost, Unfinished
from penctl.pen import Pen
from penctl.protocol.enums import State
from penctl.protocol.pacing import STOP_FRAME
from penctl.stopping import stop_port
from penctl.transport import Transport, open_url
from pensim import Bench
from pensim.serial_handlers.protocol_pensim import Serial

pytest.importorskip("pty", reason="pseudo-terminals need POSIX")


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """A pseudo-terminal: the descriptor of the far end and the name of the port."""
    master, slave = os.openpty()
    name = os.ttyname(slave)
    os.close(slave)
    yield master, name
    with contextlib.suppress(OSError):
        os.close(master)


@pytest.fixture
def running() -> Iterator[tuple[Bench, Pen]]:
    """A pen in RUN in skin."""
    with Bench(seed=1, cartridge="HOME") as bench:
        pen = bench.pen()
        pen.open_session()
        pen.wait_ready()
        pen.set_depth_um(200)
        pen.set_rate_hz(60.0)
        pen.arm()
        bench.hand.press(n=3.0)
        bench.hand.hold(True)
        pen.wait(0.2)
        pen.start()
        pen.wait(0.3)
        assert pen.status().state is State.RUN
        yield bench, pen


def test_a_pen_that_works_is_stopped_before_it_is_identified(running: tuple[Bench, Pen]) -> None:
    """Issue 5, 2: a second program that knows neither pen nor key stops it."""
    bench, pen = running
    other = Transport(Serial.on_bench(bench), "pensim://other")
    assert stop_port(other) in (State.STOPPING, State.STANDBY)
    bench.advance(0.2)
    assert pen.status().state is State.STANDBY


def test_stop_is_taken_while_the_link_resynchronises(running: tuple[Bench, Pen]) -> None:
    """Issue 5, 2: bytes without an end lie in front of it."""
    bench, pen = running
    pen.send_raw(b"\x55" * 300)
    pen.stop_now()
    bench.advance(0.1)
    assert pen.status().state is State.STANDBY


def test_stop_is_taken_while_a_link_session_is_being_opened(running: tuple[Bench, Pen]) -> None:
    """Issue 5, 2: between OPEN_SESSION and its answer."""
    bench, pen = running
    connection = pen._connection
    data, _ = connection.link.open_session(connection.now_us())
    pen.transport.write(data)
    pen.stop_now()
    bench.advance(0.1)
    assert pen.status().state is State.STANDBY


def test_one_stop_from_another_thread_is_enough_when_the_thread_of_the_pen_is_dead(
    terminal: tuple[int, str],
) -> None:
    """Issue 5, 2: nobody polls any more; the STOP goes out in the thread that asks for it."""
    master, name = terminal
    port = open_url(name)
    dead = threading.Thread(target=lambda: port.read(timeout_s=0.0))
    dead.start()
    dead.join()
    other = threading.Thread(target=lambda: Pen.send_stop(_holding(port)))
    other.start()
    other.join()
    assert os.read(master, 100) == STOP_FRAME
    port.close()


def _holding(port: Transport) -> Any:
    holder = Pen.__new__(Pen)
    holder.transport = port
    return holder


def test_stop_overtakes_what_the_system_holds_back(terminal: tuple[int, str]) -> None:
    """Issue 5, 2: the output buffer is full, so it is purged, and the next that the pen reads is STOP."""
    master, name = terminal
    port = open_url(name)
    descriptor = port.descriptor()
    assert descriptor is not None
    os.set_blocking(descriptor, False)
    held = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            held += os.write(descriptor, b"\x01" * 256)
    assert held > 1000
    port.send_now(STOP_FRAME)
    os.set_blocking(master, False)
    came = b""
    with contextlib.suppress(BlockingIOError):
        while True:
            came += os.read(master, 65536)
    assert came.endswith(STOP_FRAME)
    assert len(came) < held
    port.close()


def test_stop_goes_out_on_a_socket_and_not_on_a_closed_port() -> None:
    """Issue 5, 2: every transport has it; one that was closed says so instead of writing to another file."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = open_url(f"socket://127.0.0.1:{server.getsockname()[1]}")
        peer, _ = server.accept()
        with peer:
            port.send_now(STOP_FRAME)
            assert peer.recv(100) == STOP_FRAME
        port.close()
    with pytest.raises(LinkLost, match="closed"):
        port.send_now(STOP_FRAME)


HOLDS = """
import sys
from penctl import signals
from penctl.transport import open_url
port = open_url(sys.argv[1])
signals.works_with(port)
with signals.stops_at_signals():
    print("ready", flush=True)
    port.read(timeout_s=60.0)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_sends_stop_from_its_handler(terminal: tuple[int, str], number: int) -> None:
    """Issue 5, 2: the program waits in a read; STOP is the first that it writes."""
    master, name = terminal
    program = subprocess.Popen(
        [sys.executable, "-c", HOLDS, name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert program.stdout is not None
    assert program.stdout.readline() == b"ready\n"
    program.send_signal(number)
    assert os.read(master, 100) == STOP_FRAME
    assert program.wait(60.0) != 0
    program.stdout.close()


def test_a_signal_stops_no_pen_that_is_only_looked_at(foreign: Any) -> None:
    """Who opened no link session has started nothing; with one the handler's STOP arrives."""
    pen = Pen(foreign.transport)
    signals.stop_all()
    assert foreign.device.stops == 0
    pen.open_session()
    signals.stop_all()
    assert foreign.device.stops == 1
    pen.close()
    stops = foreign.device.stops
    signals.stop_all()
    assert foreign.device.stops == stops


def test_the_command_says_what_it_saw(capsys: pytest.CaptureFixture[str]) -> None:
    """`penctl stop PORT` needs nothing but the port."""
    assert cli.main(["stop", "pensim://?seed=1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"stopped": True, "state": "SELF_TEST"}


def test_the_command_works_on_a_port_that_another_program_holds(terminal: tuple[int, str]) -> None:
    """Issue 5, 2: the other program's hold on the port is no reason not to stop."""
    master, name = terminal
    held = open_url(name)
    port = open_url(name, exclusive=False)
    with pytest.raises(Unfinished, match="no pen confirmed") as unfinished:
        stop_port(port)
    assert "emergency stop" in str(unfinished.value)
    assert os.read(master, 1000).startswith(STOP_FRAME * 10)
    port.close()
    held.close()
