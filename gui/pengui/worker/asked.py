"""What the window's thread asks of the worker, and what the worker tells it: queues; nothing waits."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from typing import Any, Final

from pengui.worker.snapshot import Notice

SETPOINT_ACTS: Final = ("set_depth_um", "set_rate_hz")
LAST_ONLY: Final = (*SETPOINT_ACTS, "seek")
NOTICES_KEPT: Final = 200


class Asked:
    """The half of the engine that any thread may call."""

    def __init__(self) -> None:
        self.wake = threading.Event()
        self._acts: deque[tuple[str, tuple[Any, ...]]] = deque()
        self._hand: deque[tuple[str, tuple[Any, ...]]] = deque()
        self._notices: deque[Notice] = deque(maxlen=NOTICES_KEPT)

    def ask(self, act: str, *arguments: Any) -> None:
        """Queue an act by its name. Of setpoints that wait, and of `seek`, only the last is done."""
        if act in LAST_ONLY and self._acts and self._acts[-1][0] == act:
            with contextlib.suppress(IndexError):  # the worker took it in this very moment
                self._acts.pop()
        self._acts.append((act, arguments))
        self.wake.set()

    def queued(self, act: str) -> bool:
        """Whether such an act still waits."""
        return any(waiting == act for waiting, _ in tuple(self._acts))

    def hand(self, what: str, *arguments: Any) -> None:
        """Let the hand of the simulated pen do something; on a real pen nothing happens."""
        self._hand.append((what, arguments))
        self.wake.set()

    def take_notices(self) -> list[Notice]:
        """Notices since the last call, oldest first."""
        taken = []
        with contextlib.suppress(IndexError):
            while True:
                taken.append(self._notices.popleft())
        return taken
