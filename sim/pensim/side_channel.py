"""The side channel of a served pen: how a hand in another process reaches the bench, never over the wire.

A TCP connection on the loopback, a JSON object a line: `{"token": …, "act": "press", "n": 3.0}` is answered
by `{"ok": true, "time_s": …}` or by `{"ok": false, "what": …, "value": …, "limit": …, "remedy": …}`. The
token keeps other users of the machine out. Hold-to-run or a button that was pressed with `"while_connected":
true` is released when its connection ends.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import selectors
import socket
from collections.abc import Callable, Mapping
from typing import Any, Final

from penctl.errors import PenError
from pensim.errors import BenchError
from pensim.programs import listen
from pensim.served_pens import ServedPen, announced, withdraw

LINE_MAX: Final = 1 << 16
CONNECTIONS_MAX: Final = 32
RELEASED: Final = ("hold", "button")
"""Acts that end with the connection that did them `while_connected`."""
ANSWER_S: Final = 5.0
"""A server that is alive answers within a few ms."""

Perform = Callable[[str, Mapping[str, Any]], dict[str, Any]]


class SideChannel:
    """The server's end. `perform(act, values)` does what is asked: plain values, or PenError."""

    def __init__(self, selector: selectors.BaseSelector, token: str, perform: Perform) -> None:
        self._selector = selector
        self._token = token
        self._perform = perform
        self._door = listen("127.0.0.1", 0)
        self._connections: dict[socket.socket, bytearray] = {}
        self._holding: dict[str, socket.socket] = {}
        self.port: int = self._door.getsockname()[1]
        selector.register(self._door, selectors.EVENT_READ, self._accept)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._door.accept()
            if len(self._connections) >= CONNECTIONS_MAX:
                connection.close()
                return
            connection.setblocking(False)
            self._connections[connection] = bytearray()
            self._selector.register(connection, selectors.EVENT_READ, lambda: self._take_from(connection))

    def _take_from(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(LINE_MAX)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        waiting = self._connections[connection]
        waiting += data
        if not data or len(waiting) > LINE_MAX:
            self._drop(connection)
            return
        while (end := waiting.find(b"\n")) >= 0 and connection in self._connections:
            line = bytes(waiting[:end])
            del waiting[: end + 1]
            self._answer(connection, line)

    def _answer(self, connection: socket.socket, line: bytes) -> None:
        answer = json.dumps(self._answer_to(connection, line)).encode() + b"\n"
        try:
            sent = connection.send(answer)
        except OSError:
            sent = 0
        if sent < len(answer):  # it asks and never reads
            self._drop(connection)

    def _answer_to(self, connection: socket.socket, line: bytes) -> dict[str, Any]:
        try:
            asked = json.loads(line)
            token, act = str(asked.pop("token")).encode(), str(asked.pop("act"))
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            return _refusal(
                BenchError("The side channel did not understand this", remedy="Use penctl sim hand")
            )
        if not hmac.compare_digest(token, self._token.encode()):
            return _refusal(BenchError("The side channel of this pen has another token"))
        try:
            answer = self._perform(act, asked)
        except PenError as error:
            return _refusal(error)
        except (TypeError, ValueError) as error:
            return _refusal(BenchError("The side channel did not understand this", str(error)))
        if act in RELEASED:
            self._holding.pop(act, None)
            if asked["on"] and asked.get("while_connected"):
                self._holding[act] = connection
        return {"ok": True, **answer}

    def _drop(self, connection: socket.socket) -> None:
        self._selector.unregister(connection)
        del self._connections[connection]
        connection.close()
        for act in [act for act, holder in self._holding.items() if holder is connection]:
            del self._holding[act]
            self._perform(act, {"on": False})

    def close(self) -> None:
        """Close the door and every connection."""
        for connection in list(self._connections):
            connection.close()
        self._door.close()


def _refusal(error: PenError) -> dict[str, Any]:
    return {
        "ok": False,
        "what": error.what,
        "value": None if error.value is None else str(error.value),
        "limit": None if error.limit is None else str(error.limit),
        "remedy": error.remedy,
    }


class ServedPenGone(BenchError):
    """The served pen does not answer on its side channel."""

    WHAT = "The served pen is gone"
    REMEDY = "Start it again with penctl sim serve"


class SideChannelClient:
    """The hand's end; blocking. A context manager. Raises ServedPenGone when nobody answers."""

    def __init__(self, pen: ServedPen) -> None:
        self.pen = pen
        try:
            self._socket = socket.create_connection(("127.0.0.1", pen.side_port), timeout=ANSWER_S)
        except OSError as error:
            raise ServedPenGone(value=pen.name) from error
        self._lines = self._socket.makefile("rb")

    def ask(self, act: str, **values: Any) -> dict[str, Any]:
        """Let the server do an act and return its answer.

        Raises:
            BenchError: it was refused. ServedPenGone: nobody answers.
        """
        try:
            self._socket.sendall(json.dumps({**values, "act": act, "token": self.pen.token}).encode() + b"\n")
            answer = json.loads(self._lines.readline(LINE_MAX))
            refused = answer.pop("ok") is not True
        except (OSError, ValueError, KeyError, AttributeError) as error:
            raise ServedPenGone(value=self.pen.name) from error
        if refused:
            raise BenchError(answer["what"], answer["value"], answer["limit"], answer["remedy"])
        return dict(answer)

    def close(self) -> None:
        """Close the connection."""
        self._lines.close()
        self._socket.close()

    def __enter__(self) -> SideChannelClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def running() -> list[ServedPen]:
    """The served pens that answer; the files of those that do not are removed."""
    found = []
    for pen in announced():
        try:
            with SideChannelClient(pen) as client:
                client.ask("status")
        except BenchError:
            withdraw(pen)
            continue
        found.append(pen)
    return found


def choose(name: str | None) -> ServedPen:
    """The running pen of that name, or without a name the only one.

    Raises:
        BenchError: none runs, none has this name, or several run and none was named.
    """
    pens = running()
    if not pens:
        raise BenchError("No served pen runs on this machine", remedy="Start one with penctl sim serve")
    names = ", ".join(pen.name for pen in pens)
    if name is None:
        if len(pens) > 1:
            raise BenchError("Several served pens run", names, remedy="Choose one with --name")
        return pens[0]
    for pen in pens:
        if pen.name == name:
            return pen
    raise BenchError("No served pen of this name runs", name, names, "Choose one of these")
