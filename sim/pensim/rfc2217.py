"""RFC 2217 at the served pen: a serial port over TCP whose speed and modem lines a program may set.

pyserial's own server side speaks the protocol. What is set is kept and told back, and changes nothing: the
pen's line has one speed and no modem lines.
"""

from __future__ import annotations

import socket
from typing import Any

from pensim.programs import TcpProgram


class _Answers:
    """Where pyserial puts its side of the negotiation."""

    def __init__(self, program: TcpProgram) -> None:
        self._program = program

    def write(self, data: bytes) -> None:
        self._program.send_as_it_is(data)


class Rfc2217Program(TcpProgram):
    """A TCP connection that speaks RFC 2217."""

    def __init__(self, connection: socket.socket, address: str) -> None:
        super().__init__(connection, f"{address} (RFC 2217)")
        import serial
        from serial import rfc2217

        self._settings = serial.serial_for_url("loop://", baudrate=921_600, timeout=0)
        make: Any = rfc2217.PortManager  # its stub asks for more than it needs
        self._manager = make(self._settings, _Answers(self))

    def receive(self, size: int) -> bytes | None:
        """What it sent, without the negotiation."""
        data = super().receive(size)
        return data if not data else b"".join(self._manager.filter(data))

    def send(self, data: bytes) -> None:
        """Give it what the pen sent, escaped."""
        super().send(b"".join(self._manager.escape(data)))

    def close(self) -> None:
        """Close the connection and forget what was set."""
        super().close()
        self._settings.close()
