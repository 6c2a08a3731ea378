"""Plays a burst by what the system has for it; nothing here waits for the end of a sound."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from pengui.clinic.tones import BURSTS, REMINDER, Burst, wav
from pengui.widgets.look import Priority

PLAYERS: Final = (("paplay",), ("pw-play",), ("aplay", "-q"), ("afplay",))


class Speaker:
    """The computer's loudspeaker. That nothing here can play a sound is told on the screen."""

    def __init__(self, players: tuple[tuple[str, ...], ...] = PLAYERS) -> None:
        found = ((shutil.which(command[0]), command[1:]) for command in players if sys.platform != "win32")
        self._command = next(([path, *rest] for path, rest in found if path), None)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._running: subprocess.Popen[bytes] | None = None
        self._failed = False

    @property
    def works(self) -> bool:
        """Whether there is a way to play a sound, and it did not fail."""
        return (sys.platform == "win32" or self._command is not None) and not self._failed

    def play(self, burst: Burst, *, urgent: bool = False) -> None:
        """Begin a burst. One that still sounds goes on and this one is not heard, unless it is `urgent`."""
        if not self.works:
            return
        if self._running is not None and self._running.poll() is None:
            if not urgent:
                return
            self._cut()
        if self._running is not None and self._running.returncode:
            self._failed = True
            return
        if self._command is None:
            self._play_windows(burst)
            return
        try:
            self._running = subprocess.Popen(  # noqa: S603 - a player found on this computer, a file of our own
                [*self._command, str(self._file(burst))], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError:
            self._failed = True

    def _cut(self) -> None:
        """End what sounds: no information and no lesser alarm holds up a worse one."""
        if self._running is not None and self._running.poll() is None:
            self._running.kill()
            self._running.wait()
        self._running = None

    def _play_windows(self, burst: Burst) -> None:
        import winsound

        flags = getattr(winsound, "SND_FILENAME", 0) | getattr(winsound, "SND_ASYNC", 0)
        try:
            getattr(winsound, "PlaySound")(str(self._file(burst)), flags)  # noqa: B009 - other systems lack it
        except RuntimeError:
            self._failed = True

    def _file(self, burst: Burst) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="penctl-tones-", ignore_cleanup_errors=True)
        path = Path(self._folder.name) / f"{abs(hash(burst)):x}.wav"
        if not path.exists():
            path.write_bytes(wav(burst))
        return path

    def close(self) -> None:
        """Take the files away again."""
        self._cut()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


class AlarmTones:
    """Repeats the burst of the most urgent alarm."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._last: tuple[Priority, float] | None = None
        self.played = self.reminders = 0

    def remind(self) -> None:
        """Something stands that was silenced."""
        self.reminders += 1
        self._speaker.play(REMINDER)

    def follow(self, priority: Priority | None, now_s: float) -> None:
        """Called once a frame with the priority to be heard, None for silence."""
        if priority is None:
            self._last = None
            return
        burst = BURSTS[priority]
        other = self._last is None or self._last[0] is not priority
        due = other
        if self._last is not None and burst.interval_s is not None:
            due = due or now_s - self._last[1] >= burst.length_s + burst.interval_s
        if due:
            self._last = (priority, now_s)
            self.played += 1
            self._speaker.play(burst, urgent=other)
