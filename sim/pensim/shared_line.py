"""The one line to the served pen and every program at it.

It is shared as a wire is: what any program sends reaches the pen in the order of arrival, what the pen sends
reaches every program. Who may command the pen is the firmware's decision alone: it refuses a second link
session.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from pensim.impairments import ImpairedLine
from pensim.programs import Program, Pty, TcpProgram
from pensim.rfc2217 import Rfc2217Program

if TYPE_CHECKING:
    from pensim.kernel import Kernel

FULL: Final = 64
"""With so many bytes on their way to the pen no more are taken in, so that none wait long."""
FLYING: Final = 4096
"""So many on an impaired line, where they take longer."""
CHUNK: Final = 768
"""Taken in at once, so that another program's bytes tear no whole frame (at most 644 bytes) apart."""
PROGRAMS_MAX: Final = 16
LOOK_STEPS: Final = 10
"""A closed pty cannot be waited for; it is looked at once in so many steps."""


class SharedLine:
    """Carries bytes between the pen and its programs. `note` is told in words who comes and goes."""

    def __init__(
        self,
        kernel: Kernel,
        selector: selectors.BaseSelector,
        pty: Pty | None,
        door: socket.socket | None,
        note: Callable[[str], None],
        *,
        rfc2217: socket.socket | None = None,
        impaired: ImpairedLine | None = None,
        now_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._kernel = kernel
        self._selector = selector
        self._pty = pty
        self._doors: list[socket.socket] = []
        self.impaired = impaired
        self._now_s = now_s
        self._note = note
        self._connections: list[TcpProgram] = []
        self._open: list[Program] = []  # the one that was served last stands last
        self._ready: list[Program] = []
        self._steps = 0
        for opened, kind in ((door, TcpProgram), (rfc2217, Rfc2217Program)):
            if opened is not None:
                self._doors.append(opened)
                selector.register(opened, selectors.EVENT_READ, partial(self._accept, opened, kind))

    @property
    def programs(self) -> list[str]:
        """Who has the line open: the pty's path, TCP addresses."""
        return [program.name for program in self._open]

    def step(self) -> None:
        """After each step of virtual time: hand out what the pen sent, look whether the pty was opened."""
        data = self._kernel.host_read()
        if self.impaired is not None:
            now_s = self._now_s()
            self.impaired.to_host.put(data, now_s)
            data = self.impaired.to_host.take(now_s)
            self._kernel.host_write(self.impaired.to_pen.take(now_s))
        for program in self._open:
            program.send(data)
        self._steps += 1
        if self._pty is not None and not self._pty.is_open and self._steps % LOOK_STEPS == 0:
            self._look_at(self._pty)

    def _look_at(self, pty: Pty) -> None:
        data = pty.receive(CHUNK)
        if data is None:
            return
        self._join(pty)
        self._to_pen(data)

    def _join(self, program: Program) -> None:
        self._open.append(program)
        self._selector.register(program, selectors.EVENT_READ, lambda: self._ready.append(program))
        self._note(f"{program.name} opened")

    def _leave(self, program: Program) -> None:
        self._open.remove(program)
        self._selector.unregister(program)
        if isinstance(program, TcpProgram):
            self._connections.remove(program)
            program.close()
        self._note(f"{program.name} closed")

    def take_in(self) -> None:
        """Take bytes from the programs that are ready, in turn, as long as the line has room."""
        ready = self._ready
        for program in [program for program in self._open if program in ready]:
            flying = 0 if self.impaired is None else len(self.impaired.to_pen)
            if self._kernel.host_out_waiting + flying >= (FULL if self.impaired is None else FLYING):
                break
            self._open.remove(program)
            self._open.append(program)
            self._take_from(program)
        ready.clear()

    def _take_from(self, program: Program) -> None:
        data = program.receive(CHUNK)
        if data is None:
            self._leave(program)
        elif data:
            self._to_pen(data)

    def _to_pen(self, data: bytes) -> None:
        if self.impaired is None:
            self._kernel.host_write(data)
        else:
            self.impaired.to_pen.put(data, self._now_s())

    def _accept(self, door: socket.socket, kind: type[TcpProgram]) -> None:
        try:
            connection, address = door.accept()
        except OSError:
            return
        if len(self._connections) >= PROGRAMS_MAX:
            connection.close()
            self._note(f"a connection from {address[0]} was closed: {PROGRAMS_MAX} are open already")
            return
        program = kind(connection, f"{address[0]}:{address[1]}")
        self._connections.append(program)
        self._join(program)

    def close(self) -> None:
        """Close the door, the pty and every connection."""
        for connection in self._connections:
            connection.close()
        if self._pty is not None:
            self._pty.close()
        for door in self._doors:
            door.close()
