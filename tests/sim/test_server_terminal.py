"""The served pen on a terminal: the panel beside the server, and the terminal as it was found."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from served_rig import LIMIT_S, ROOT, served, wait_for

from pensim.served_pens import FOLDER_VARIABLE
from pensim.side_channel import SideChannelClient, choose

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the terminal of these tests is a pty")


class Terminal:
    """A pty with a program in it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        import termios

        self._master, self._slave = os.openpty()
        os.set_blocking(self._master, False)
        self._before = termios.tcgetattr(self._slave)
        self.text = ""
        self.program = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env={**os.environ, FOLDER_VARIABLE: str(folder), "TERM": "xterm", "COLUMNS": "100"},
            cwd=ROOT,
            start_new_session=True,
        )

    def shows(self, words: str) -> bool:
        """Whether the words have appeared; also takes what was written, so that nobody waits for us."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._master, 65_536):
                self.text += data.decode("utf-8", "replace")
        return words in self.text

    def wait_for(self, words: str) -> None:
        wait_for(lambda: self.shows(words), f"the terminal shows {words!r}")

    def ended(self) -> bool:
        self.shows("")
        return self.program.poll() is not None

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def is_as_before(self) -> bool:
        import termios

        now: list[Any] = termios.tcgetattr(self._slave)
        return now == self._before

    def close(self) -> None:
        if self.program.poll() is None:
            self.program.kill()
        self.program.wait(LIMIT_S)
        os.close(self._master)
        os.close(self._slave)


@contextlib.contextmanager
def _terminal(folder: Path, *arguments: str) -> Iterator[Terminal]:
    terminal = Terminal(folder, *arguments)
    try:
        yield terminal
    finally:
        terminal.close()


def test_the_panel_in_another_terminal_holds_and_lets_go(tmp_path: Path) -> None:
    """Issue 3, served pen: `penctl sim hand panel` plays the hand, and leaves switch and terminal well."""
    with served(tmp_path) as server, _terminal(tmp_path, "pensim", "hand", "panel") as terminal:
        terminal.wait_for("hold-to-run")
        assert not terminal.is_as_before()
        terminal.type(" ")
        terminal.wait_for("HELD")
        assert server.status()["hand"]["hold"] is True
        terminal.type("q")
        wait_for(terminal.ended, "q ends the panel")
        assert terminal.program.returncode == 0
        assert terminal.is_as_before()
        wait_for(lambda: not server.status()["hand"]["hold"], "the switch is released")


def test_the_panel_says_that_its_pen_has_ended(tmp_path: Path) -> None:
    """Issue 3, served pen: kill -9 of the server leaves no terminal behind that nobody can type in."""
    with served(tmp_path) as server, _terminal(tmp_path, "pensim", "hand", "panel") as terminal:
        terminal.wait_for("hold-to-run")
        server.process.kill()
        server.process.wait(LIMIT_S)
        wait_for(terminal.ended, "the panel ends")
        assert terminal.shows("The served pen has ended.")
        assert terminal.is_as_before()


def test_serving_on_a_terminal_shows_the_panel_and_q_switches_the_pen_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3, served pen: the panel beside the server; the end says how the pace was held."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with _terminal(tmp_path, "pensim", "serve", "--tcp", "127.0.0.1:0") as terminal:
        terminal.wait_for("switch the pen off")
        assert terminal.shows("socket://127.0.0.1:")
        with SideChannelClient(choose(None)) as hand:
            assert hand.ask("status")["pen"]["drive"] is False
        terminal.type("q")
        wait_for(terminal.ended, "q ends the server")
        assert terminal.program.returncode == 0
        assert terminal.shows("late p99")
        assert terminal.is_as_before()
    assert not list(tmp_path.iterdir())
