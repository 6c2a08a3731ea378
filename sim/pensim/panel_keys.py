"""Single keys from a terminal, and the terminal put back as it was found."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Final

WINDOWS: Final = sys.platform == "win32"
ESCAPE: Final = "\x1b"
ENTER: Final = ("\r", "\n")
DELETE: Final = ("\x7f", "\b")
TAB: Final = "\t"


@contextlib.contextmanager
def terminal_kept() -> Iterator[Callable[[], None]]:
    """Gives a function that puts the terminal's settings back, and calls it at the end."""
    if WINDOWS or not sys.stdin.isatty():
        yield lambda: None
        return
    import termios

    handle = sys.stdin.fileno()
    before = termios.tcgetattr(handle)

    def restore() -> None:
        # when the server was killed the shell has the terminal again, and has put it right itself
        with contextlib.suppress(termios.error):
            termios.tcsetattr(handle, termios.TCSANOW, before)
        sys.stdout.write("\x1b[?25h")  # rich hides the cursor while it draws
        sys.stdout.flush()

    try:
        yield restore
    finally:
        restore()


@contextlib.contextmanager
def single_keys() -> Iterator[Callable[[float], str]]:
    """Gives a function that waits up to some seconds for a key: its character, "" when none came.

    Arrow keys and the like come as one text that begins with an escape.
    """
    if WINDOWS:
        yield _windows_key
        return
    import tty

    with terminal_kept():
        tty.setcbreak(sys.stdin.fileno())
        yield _posix_key


def _posix_key(timeout_s: float) -> str:
    import select

    handle = sys.stdin.fileno()
    try:
        if not select.select([handle], [], [], timeout_s)[0]:
            return ""
        data = os.read(handle, 64)
    except OSError:
        data = b""
    if not data:
        raise EOFError  # the terminal is gone, or is another program's now
    return data.decode("utf-8", "replace")


def _windows_key(timeout_s: float) -> str:
    import msvcrt

    end_s = time.monotonic() + timeout_s
    while not msvcrt.kbhit():  # type: ignore[attr-defined, unused-ignore]
        if time.monotonic() >= end_s:
            return ""
        time.sleep(0.02)
    key: str = msvcrt.getwch()  # type: ignore[attr-defined, unused-ignore]
    if key == "\x03":
        raise KeyboardInterrupt
    if key in ("\x00", "\xe0"):
        return ESCAPE + msvcrt.getwch()  # type: ignore[attr-defined, unused-ignore]
    return key
