"""The served pen: the bench in real time, behind a pty and a TCP port that any program can open.

One thread does it all: it waits until the next step is due, lets 1 ms of virtual time pass, hands out what
the pen sent, takes in what came. Nothing in it blocks, and no program can hold up another.
"""

from __future__ import annotations

import os
import secrets
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from pensim import served_pens
from pensim.acts import Acts
from pensim.bench import Bench
from pensim.errors import BenchError
from pensim.impairments import ImpairedLine, Impairments
from pensim.pacing import STEP_S, Pacer
from pensim.programs import Pty, listen, open_pty
from pensim.served_pens import ServedPen
from pensim.shared_line import SharedLine
from pensim.side_channel import SideChannel, running

TCP_HOST: Final = "127.0.0.1"
TCP_PORT: Final = 7117
NOTICES_KEPT: Final = 200
NOTICES_TOLD: Final = 20
STEPS_A_SECOND: Final = round(1.0 / STEP_S)


class PenServer:
    """Serves one bench. `run` blocks until `end` is called, an act asks for it, or Ctrl-C.

    Args:
        bench: the pen to serve; nobody else may let its time pass.
        name: what `--name` chooses; None takes the first free one of pen, pen-2, …
        tcp: host and port; port 0 lets the system choose; None serves no TCP.
        tcp_given: a person asked for this port; if it is taken that is an error, else another one is used.
        pty: whether to open a pty, where the system has them.
        rfc2217: host and port of a second TCP port that speaks RFC 2217; None serves none.
        impairments: what the line does to bytes, drawn from the bench's seed; None is a good line.

    Raises:
        BenchError: the name or the port is taken, or neither pty nor TCP is left to serve.
    """

    def __init__(
        self,
        bench: Bench,
        *,
        name: str | None = None,
        tcp: tuple[str, int] | None = (TCP_HOST, TCP_PORT),
        tcp_given: bool = False,
        pty: bool = True,
        rfc2217: tuple[str, int] | None = None,
        impairments: Impairments | None = None,
    ) -> None:
        self.bench = bench
        self._acts = Acts(bench)
        self._notices: deque[tuple[int, str]] = deque(maxlen=NOTICES_KEPT)
        self._notice_count = 0
        self._ended = self._closed = False
        self.on_notice: Callable[[str], None] = lambda text: None
        self.each_second: Callable[[], None] = lambda: None
        """Called once in a virtual second; it must not take long."""
        self.pacer = Pacer(time.monotonic())
        self._selector = selectors.DefaultSelector()
        name = _free_name(name)
        served_pty = open_pty() if pty else None
        door = _door(tcp, tcp_given) if tcp is not None else None
        door_2217 = listen(*rfc2217) if rfc2217 is not None else None
        if served_pty is None and door is None and door_2217 is None:
            raise BenchError(
                "Nothing is left to serve the pen on",
                remedy="This system has no pty: leave out --no-tcp"
                if pty
                else "Leave out --no-pty or --no-tcp",
            )
        bench.line.served = True
        self._line = SharedLine(
            *(bench.kernel, self._selector, served_pty, door, self._note),
            rfc2217=door_2217,
            impaired=None if impairments is None else ImpairedLine(impairments, bench.seed),
            now_s=lambda: bench.time_s,
        )
        token = secrets.token_hex(16)
        self._side = SideChannel(self._selector, token, self._perform)
        self.pen = ServedPen(
            *(name, os.getpid(), self._side.port, token),
            pty=_path(served_pty),
            tcp=None if door is None else _url(door),
            seed=bench.seed,
            skin=bench.skin,
            rfc2217=None if door_2217 is None else _url(door_2217).replace("socket://", "rfc2217://"),
        )
        served_pens.announce(self.pen)

    def run(self, seconds: float | None = None) -> None:
        """Serve for `seconds` of wall time, or until the end."""
        self.bench.advance(0.0)  # compiles, before the clock starts
        start_s = time.monotonic()
        self.pacer = pacer = Pacer(start_s)
        while not self._ended:
            now_s = time.monotonic()
            if seconds is not None and now_s - start_s >= seconds:
                return
            wait_s = pacer.wait_s(now_s)
            if wait_s > 0.0:
                self._take_in()
                time.sleep(pacer.wait_s(time.monotonic()))
            self._step(pacer)

    def _step(self, pacer: Pacer) -> None:
        self.bench.advance(STEP_S)
        self._line.step()
        if pacer.steps % STEPS_A_SECOND == 0:
            self.each_second()
        lost_s = pacer.finish(time.monotonic())
        if lost_s > 0.0:
            self._note(f"fell behind: the pen stood still for {lost_s:.2f} s, because this machine was busy")

    def _take_in(self) -> None:
        """Take in what programs and hands have sent; only when no step is due.

        After a pause the steps that are due come first: a command that quotes the pen's time must not reach
        the pen before that time.
        """
        for key, _ in self._selector.select(0.0):
            key.data()
        self._line.take_in()

    def _perform(self, act: str, given: Mapping[str, Any]) -> dict[str, Any]:
        if act == "status":
            return self._status(int(given.get("since", 0)))
        if act == "quit":
            self._ended = True
            return {"time_s": self.bench.time_s}
        if act == "line":
            return {"time_s": self.bench.time_s, "line": self._impair(given)}
        return self._acts.perform(act, given)

    def _impair(self, given: Mapping[str, Any]) -> dict[str, float]:
        """What the line does to bytes from now on; without values, what it does. Raises BenchError."""
        if given:
            wanted = Impairments.of(given)
            if self._line.impaired is None:
                self._line.impaired = ImpairedLine(wanted, self.bench.seed)
            self._line.impaired.change(wanted)
            self._note(f"the line is now {wanted.as_dict()}")
        impaired = self._line.impaired
        return Impairments().as_dict() if impaired is None else impaired.impairments.as_dict()

    def _status(self, since: int) -> dict[str, Any]:
        pacer = self.pacer
        return {
            **self._acts.status(),
            "name": self.pen.name,
            "seed": self.pen.seed,
            "skin": self.pen.skin,
            "pty": self.pen.pty,
            "tcp": self.pen.tcp,
            "programs": self._line.programs,
            "pace": {
                "factor": pacer.factor(time.monotonic()),
                "steps": pacer.steps,
                "late_p50_ms": pacer.lateness.percentile_s(50.0) * 1e3,
                "late_p99_ms": pacer.lateness.percentile_s(99.0) * 1e3,
                "late_max_ms": pacer.lateness.max_s * 1e3,
                "lost_s": pacer.lost_s,
                "falls": pacer.falls,
            },
            "notices": [notice for notice in self._notices if notice[0] > since][-NOTICES_TOLD:],
        }

    def _note(self, what: str) -> None:
        self._notice_count += 1
        text = f"{self.bench.time_s:9.3f} s  {what}"
        self._notices.append((self._notice_count, text))
        self.on_notice(text)

    def end(self) -> None:
        """Let `run` return after the step that is under way."""
        self._ended = True

    def close(self) -> None:
        """Close everything; programs that have the pen open read its end. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        served_pens.withdraw(self.pen)
        self._line.close()
        self._side.close()
        self._selector.close()

    def __enter__(self) -> PenServer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _free_name(name: str | None) -> str:
    taken = {pen.name for pen in running()}
    if name is None:
        names = [served_pens.DEFAULT_NAME, *(f"{served_pens.DEFAULT_NAME}-{n}" for n in range(2, 100))]
        return next(free for free in names if free not in taken)
    if served_pens.check_name(name) in taken:
        raise BenchError("A served pen of this name runs already", name, remedy="Give another --name")
    return name


def _door(tcp: tuple[str, int], given: bool) -> socket.socket:
    """The usual port may be taken by another served pen; one that a person asked for may not."""
    try:
        return listen(*tcp)
    except BenchError:
        if given:
            raise
        return listen(tcp[0], 0)


def _url(door: socket.socket) -> str:
    host, port = door.getsockname()[:2]
    return f"socket://[{host}]:{port}" if ":" in host else f"socket://{host}:{port}"


def _path(pty: Pty | None) -> str | None:
    return None if pty is None else pty.path
