"""Lets the time of a visit pass where no recording is: the same acts as the player of a recording."""

from __future__ import annotations

from typing import Any

from pengui.worker.snapshot import ReplayView


class EventsPlayer:
    """Time from 0 to `end_s`. `ask` takes the acts of a player bar, `step` how much time has passed."""

    def __init__(self, end_s: float) -> None:
        self.view = ReplayView(0.0, end_s, True, 1.0)

    def ask(self, act: str, *arguments: Any) -> None:
        """An act of a player: "play", "seek" or "at_speed"."""
        {"play": self._play, "seek": self._seek, "at_speed": self._at_speed}[act](*arguments)

    def step(self, passed_s: float) -> None:
        """So much of the wall clock's time has passed, s."""
        view = self.view
        if view.playing:
            to_s = min(view.end_s, view.time_s + passed_s * view.speed)
            self.view = ReplayView(to_s, view.end_s, to_s < view.end_s, view.speed)

    def _play(self, playing: bool) -> None:
        view = self.view
        from_s = 0.0 if playing and view.time_s >= view.end_s else view.time_s
        self.view = ReplayView(from_s, view.end_s, playing, view.speed)

    def _seek(self, time_s: float) -> None:
        view = self.view
        self.view = ReplayView(min(max(0.0, time_s), view.end_s), view.end_s, view.playing, view.speed)

    def _at_speed(self, speed: float) -> None:
        view = self.view
        self.view = ReplayView(view.time_s, view.end_s, view.playing, speed)
