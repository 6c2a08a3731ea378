"""Opening real ports of this machine: pseudo-terminals and sockets, and every way in which that fails."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from penctl import transport as module
from penctl.errors import (
    DeviceGarbage,
    LinkLost,
    PortError,
    PortInUse,
    PortNotFound,
    PortPermission,
    PortUrlInvalid,
)
from penctl.pen import Pen
from penctl.transport import Transport, open_url

pty = pytest.importorskip("pty", reason="pseudo-terminals need POSIX")


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """A pseudo-terminal: the descriptor of the far end and the name of the port."""
    master, slave = os.openpty()
    name = os.ttyname(slave)
    os.close(slave)
    yield master, name
    with contextlib.suppress(OSError):
        os.close(master)


def _read_on(port: Transport) -> None:
    """Read until the port fails, at most 5 s long."""
    for _ in range(100):
        port.read(timeout_s=0.05)


def test_a_port_that_does_not_exist_is_told_with_those_that_do() -> None:
    """Bad input: a wrong port says which ports there are and what to do."""
    with pytest.raises(PortNotFound, match="penctl ports") as refused:
        open_url("/dev/ttyNOWHERE9")
    assert "/dev/ttyNOWHERE9" in str(refused.value)


@pytest.mark.parametrize(
    "url",
    [
        "gibberish://x",
        "pensim9://",
        "socket://",
        "socket://host",
        "socket://:5000",
        "socket://host:70000",
        "socket://host:name",
        "socket://[::1",
        "rfc2217://host",
    ],
)
def test_a_url_that_means_nothing_is_refused_with_what_is_allowed(url: str) -> None:
    """Bad input: a URL of no known kind."""
    with pytest.raises(PortUrlInvalid, match=r"Give a port name, socket://") as refused:
        open_url(url)
    assert "NoneType" not in str(refused.value)


def test_a_port_in_use_is_refused(terminal: tuple[int, str]) -> None:
    """Bad input: a port in use; both openers ask for it exclusively."""
    first = open_url(terminal[1])
    with pytest.raises(PortInUse, match=r"[Cc]lose that program"):
        open_url(terminal[1])
    first.close()
    open_url(terminal[1]).close()


def test_a_port_without_permission_names_the_group_to_join(
    terminal: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bad input: no permission names the group that owns the port."""
    import grp

    def refuse(*arguments: Any, **keywords: Any) -> Any:
        raise PermissionError(errno.EACCES, "Permission denied", terminal[1])

    monkeypatch.setattr("penctl.quiet_port.QuietSerial.open", refuse)
    with pytest.raises(PortPermission) as refused:
        open_url(terminal[1])
    assert grp.getgrgid(Path(terminal[1]).stat().st_gid).gr_name in str(refused.value)


def test_a_socket_that_nobody_listens_on_is_refused() -> None:
    """Bad input: the other side does not listen."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(PortError, match=r"127\.0\.0\.1"):
        open_url(f"socket://127.0.0.1:{port}")


def test_bytes_come_in_bulk_from_a_terminal(terminal: tuple[int, str]) -> None:
    """Reads are bulk reads: what has arrived comes in one call."""
    port = open_url(terminal[1])
    os.write(terminal[0], b"x" * 1000)
    assert port.read(timeout_s=5.0) == b"x" * 1000
    assert port.read(timeout_s=0.0) == b""
    port.write(b"hello")
    assert os.read(terminal[0], 100) == b"hello"
    port.close()


def test_bytes_come_in_bulk_from_a_socket() -> None:
    """A socket says only whether bytes wait; it is read in bulk all the same."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = open_url(f"socket://127.0.0.1:{server.getsockname()[1]}")
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"y" * 600)
            received = b""
            for _ in range(100):
                received += port.read(timeout_s=5.0)
                if len(received) == 600:
                    break
            assert received == b"y" * 600
        with pytest.raises(LinkLost):
            _read_on(port)
        port.close()


def test_an_unplugged_terminal_is_a_lost_link(terminal: tuple[int, str]) -> None:
    """Unplugged means OSError, SerialException or termios.error, and always LinkLost."""
    port = open_url(terminal[1])
    os.close(terminal[0])
    with pytest.raises(LinkLost, match=terminal[1]):
        _read_on(port)
    port.close()
    with pytest.raises(LinkLost):
        port.read(timeout_s=0.0)


def test_a_closed_transport_says_so(terminal: tuple[int, str]) -> None:
    """A transport that was closed is not open, and closing twice does nothing."""
    port = open_url(terminal[1])
    assert port.is_open
    port.close()
    port.close()
    assert not port.is_open


def test_a_terminal_that_spews_text_is_garbage(terminal: tuple[int, str]) -> None:
    """Bad input: a device that answers garbage, on a real port."""
    master, name = terminal
    held = os.open(name, os.O_RDWR | os.O_NOCTTY)  # without an opener the far end reads as unplugged

    def chatter() -> None:
        with contextlib.suppress(OSError):
            while os.read(master, 1000):
                os.write(master, b"\r\nlogin: \r\nPassword:\0" * 30)

    thread = threading.Thread(target=chatter, daemon=True)
    thread.start()
    with pytest.raises(DeviceGarbage):
        Pen(name)
    os.close(held)


def test_a_loop_back_plug_is_no_pen() -> None:
    """Bad input: our own frames come back."""
    with pytest.raises(DeviceGarbage):
        Pen("loop://")


def test_time_is_monotonic_on_a_real_port(terminal: tuple[int, str]) -> None:
    """A real port has no virtual time and no bench."""
    port = open_url(terminal[1])
    assert port.now_s() <= port.now_s()
    assert not port.has_own_clock
    assert port.bench is None
    assert port.entropy is None
    port.close()


@pytest.mark.parametrize("error", [OSError(5, "gone"), *([module.port_failures()[-1](5, "gone")])], ids=repr)
def test_every_class_of_failure_means_a_lost_link(error: BaseException) -> None:
    """OSError, SerialException and termios.error all mean that the port is gone."""

    class Broken:
        timeout: float | None = 0.0
        in_waiting = 0

        def read(self, size: int = 1) -> bytes:
            raise error

        def write(self, data: bytes) -> int:
            raise error

        def close(self) -> None:
            raise error

    port = Transport(Broken(), "broken://")
    with pytest.raises(LinkLost):
        port.read()
    with pytest.raises(LinkLost):
        port.write(b"x")
    port.close()


def test_a_clock_that_is_set_back_goes_on_where_it_stood(
    terminal: tuple[int, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 5, abuse: a clock that jumps; a deadline may not come to lie hours away."""
    port = module.open_url(terminal[1])
    times = iter([100.0, 130.0, 30.0, 31.0, 30.999, 32.0])
    monkeypatch.setattr(module.time, "monotonic", lambda: next(times))
    told = [port.now_s() for _ in range(6)]
    assert told == pytest.approx([100.0, 130.0, 130.0, 131.0, 130.999, 132.0])
    monkeypatch.undo()
    port.close()
