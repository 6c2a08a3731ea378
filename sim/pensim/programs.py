"""The programs at the served pen's line: openers of its pty, and TCP connections.

Each has its own buffer, so that one that reads slowly, or not at all, loses bytes of its own and holds up
nobody.
"""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Final, Protocol

from pensim.errors import BenchError

BUFFER: Final = 1 << 16
"""Bytes that wait for a slow program; more are lost for this program."""


class Program(Protocol):
    """Something that has the line open."""

    name: str

    def fileno(self) -> int:
        """For select."""
        ...

    def receive(self, size: int) -> bytes | None:
        """What it sent, b"" when nothing came; None when it is gone."""
        ...

    def send(self, data: bytes) -> None:
        """Give it what the pen sent."""
        ...


class Outbox:
    """Bytes for one program that its system buffer had no room for."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self.lost = 0

    def add(self, data: bytes) -> bytearray:
        """What is to be sent now."""
        if len(self._waiting) + len(data) > BUFFER:
            self.lost += len(data)
        else:
            self._waiting += data
        return self._waiting

    def clear(self) -> None:
        """Forget what waits."""
        self._waiting.clear()


class TcpProgram:
    """A TCP connection. `name` is its address."""

    def __init__(self, connection: socket.socket, address: str) -> None:
        self._socket = connection
        self._outbox = Outbox()
        self.name = address
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self) -> int:
        return self._socket.fileno()

    def receive(self, size: int) -> bytes | None:
        try:
            return self._socket.recv(size) or None
        except BlockingIOError:
            return b""
        except OSError:
            return None

    def send(self, data: bytes) -> None:
        self.send_as_it_is(data)

    def send_as_it_is(self, data: bytes) -> None:
        """Send without any escaping that a protocol on top may need."""
        waiting = self._outbox.add(data)
        if waiting:
            # a connection that broke is seen, and dropped, at the next receive
            with contextlib.suppress(OSError):
                del waiting[: self._socket.send(waiting)]

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


class Pty:
    """A pseudo-terminal whose other end is the pen; POSIX only. Raises OSError when there is none to have.

    `is_open` is whether any program has it open. The end that programs open is not held open by us, so that
    the system tells when the last one left; it is then made raw and empty for the next one.
    """

    def __init__(self) -> None:
        self._master, slave = os.openpty()
        self.path = os.ttyname(slave)
        self.name = self.path
        self.is_open = False
        self._outbox = Outbox()
        os.set_blocking(self._master, False)
        os.close(slave)
        self._make_ready()

    def _make_ready(self) -> None:
        import termios
        import tty

        self._outbox.clear()
        slave = os.open(self.path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(slave)
        termios.tcflush(slave, termios.TCIOFLUSH)
        os.close(slave)

    def fileno(self) -> int:
        return self._master

    def receive(self, size: int) -> bytes | None:
        try:
            data = os.read(self._master, size)
        except BlockingIOError:
            self.is_open = True
            return b""
        except OSError:
            data = b""  # so do systems other than Linux tell that the last opener has left
        if not data:
            self._closed()
            return None
        self.is_open = True
        return data

    def _closed(self) -> None:
        if self.is_open:
            self.is_open = False
            self._make_ready()

    def send(self, data: bytes) -> None:
        waiting = self._outbox.add(data)
        if waiting:
            with contextlib.suppress(OSError):
                del waiting[: os.write(self._master, waiting)]

    def close(self) -> None:
        """Close our end; a program that still has it open reads an error."""
        os.close(self._master)


def open_pty() -> Pty | None:
    """A pty, or None where the system has none (Windows)."""
    try:
        return Pty()
    except (AttributeError, ImportError, OSError):
        return None


def listen(host: str, port: int) -> socket.socket:
    """A listening TCP socket that never blocks; port 0 lets the system choose.

    Raises:
        BenchError: nobody can listen there.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]
        door = socket.create_server((host, port), family=family)
    except OSError as error:
        raise BenchError(
            "Nobody can listen on this TCP port",
            f"{host}:{port} ({error.strerror or error})",
            remedy="Name another one with --tcp HOST:PORT, or let the system choose with port 0",
        ) from error
    door.setblocking(False)
    return door
