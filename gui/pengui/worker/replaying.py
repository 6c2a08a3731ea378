"""An engine that shows the past only: beside the one that owns a pen, and never able to open a port."""

from __future__ import annotations

from typing import Any, Final

from pengui.worker.engine import Engine
from pengui.worker.pace import SteppedPace, WallPace
from pengui.worker.thread import PenThread

PLAYER_ACTS: Final = frozenset({"replay", "play", "seek", "at_speed"})


class ReplayEngine(Engine):
    """Takes the acts of a player; whatever a page asks of a pen besides ends here."""

    def ask(self, act: str, *arguments: Any) -> None:
        """Queue an act of a player; any other one is dropped, so that nothing reaches a pen by this way."""
        if act in PLAYER_ACTS:
            super().ask(act, *arguments)

    def hand(self, what: str, *arguments: Any) -> None:
        """Nobody's hand: the past has none."""


class Projector:
    """Such an engine, and the thread that turns it; `threaded` False leaves the turning to a test."""

    def __init__(self, *, threaded: bool) -> None:
        self.engine = ReplayEngine(WallPace if threaded else lambda _: SteppedPace(lambda _: None))
        self._thread = PenThread(self.engine) if threaded else None
        if self._thread is not None:
            self._thread.start()

    def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            self._thread.close()
