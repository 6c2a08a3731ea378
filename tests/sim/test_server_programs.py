"""Programs at the served pen: they come and go, share the line, send garbage, or never read."""

from __future__ import annotations

import random
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest
import serial
from served_rig import Served, open_session, served, wait_for

from penctl import Pen
from penctl.errors import PortInUse, Refused
from penctl.protocol.enums import Flags, State
from penctl.protocol.frame import encode_frame

IDENTIFY = b"\0" + encode_frame(0x01, 7, b"")
ANSWER_BYTES = 60
POSIX_ONLY = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pty: TCP is taken there")
PORTS = [pytest.param("pty", marks=POSIX_ONLY), "tcp"]
GARBAGE_BYTES = 200_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests of this file: programs come and go."""
    with served(tmp_path_factory.mktemp("run")) as server:
        yield server


def _serial(url: str) -> serial.SerialBase:
    return serial.serial_for_url(url, baudrate=921_600, timeout=20.0)


def _ask(port: serial.SerialBase) -> bytes:
    port.write(IDENTIFY)
    return bytes(port.read_until(b"\0"))


@pytest.mark.parametrize("port", PORTS)
def test_any_pyserial_program_connects_disconnects_and_returns(server: Served, port: str) -> None:
    """Issue 3, served pen: any pyserial program connects; programs may come and go."""
    for _ in range(3):
        with _serial(getattr(server, port)) as program:
            assert len(_ask(program)) > ANSWER_BYTES
            wait_for(lambda: len(server.status()["programs"]) == 1, "the server names the program")
        wait_for(lambda: not server.status()["programs"], "the server sees that the program left")


def test_two_programs_share_one_line(server: Served) -> None:
    """Issue 3, served pen: what the pen sends reaches every program, as on a wire."""
    with _serial(server.tcp) as one, _serial(server.tcp) as other:
        wait_for(lambda: len(server.status()["programs"]) == 2, "both programs have the line open")
        assert _ask(one) == other.read_until(b"\0")


def test_a_second_host_is_refused_by_the_link_session_with_a_sentence(server: Served) -> None:
    """Issue 3, served pen: a second host is refused by the firmware, and penctl shows the sentence."""
    with Pen(server.tcp) as pen:
        open_session(pen)
        with Pen(server.tcp) as second:
            with pytest.raises(Refused) as refused:
                # the first one waits in the second's place: its heartbeats keep its link session alive
                _open_while(pen, second)
            assert refused.value.reason == "SESSION_IN_USE"
            assert "Another program holds the pen's link session" in str(refused.value)
        pen.status()


def _open_while(first: Pen, second: Pen) -> None:
    first.wait(0.1)
    second.open_session()


def test_another_program_may_look_while_one_commands(server: Served) -> None:
    """Issue 3, served pen: `penctl info` tells who commands, and disturbs nobody."""
    with Pen(server.tcp) as pen:
        open_session(pen)
        pen.telemetry(1000)
        with server.begin("penctl", "info", "--port", server.tcp) as second:
            pen.wait(60.0, until=lambda: second.poll() is not None)
            told, _ = second.communicate()
        assert second.returncode == 0
        assert "another program holds the pen's link session" in told.lower()
        assert Flags.SESSION_ALIVE in pen.status().flags


@POSIX_ONLY
def test_a_second_opener_of_the_pty_is_told_who_has_it(server: Served) -> None:
    """Issue 3, served pen: two hosts on one pty meet the host's own lock first."""
    with Pen(server.pty), pytest.raises(PortInUse):
        Pen(server.pty)


@pytest.mark.parametrize("port", PORTS)
def test_garbage_leaves_the_server_and_the_pen_well(server: Served, port: str) -> None:
    """Issue 3, served pen: garbage of any kind is counted by the pen and dropped."""
    noise = random.Random(5).randbytes(4_000)
    with _serial(getattr(server, port)) as program:
        for piece in (noise, b"\0" * 500, b"\xff" * 3_000, b"help\r\n" * 50):
            program.write(piece)
        with suppress(serial.SerialTimeoutException):
            program.timeout = 0.2
            program.read(10_000)
    with Pen(getattr(server, port)) as pen:
        assert pen.status().state is State.STANDBY
        assert pen.status().frames_bad > 0


def test_a_flood_from_one_program_starves_no_other(server: Served) -> None:
    """Issue 3, served pen: many times more than the line carries, and another host is still served."""
    with Pen(server.tcp) as pen, _flooding(server.tcp) as flood:
        for _ in range(20):
            with suppress(BlockingIOError):
                flood.send(b"\0" * GARBAGE_BYTES)  # empty frames: they mean nothing and take the line's time
            assert pen.status().state is State.STANDBY


def _flooding(url: str) -> socket.socket:
    host, port = url.removeprefix("socket://").rsplit(":", 1)
    flood = socket.create_connection((host, int(port)))
    flood.setblocking(False)
    return flood


def test_a_program_that_never_reads_holds_up_nobody(server: Served) -> None:
    """Issue 3, served pen: a stopped reader loses bytes of its own only."""
    with _flooding(server.tcp), Pen(server.tcp) as pen:
        open_session(pen)
        pen.telemetry(1000)
        blocks: list[int] = []
        pen.inbox.on_telemetry.append(lambda block: blocks.append(block.number))
        pen.wait(2.0)
        pen.telemetry(0)
        assert blocks == list(range(blocks[0], blocks[0] + len(blocks)))
        assert blocks
    assert server.status()["pace"]["factor"] > 0.0
