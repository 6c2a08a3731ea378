"""A serial port of this computer whose modem lines are left alone, so that opening it restarts no board.

Many boards restart on an edge of DTR or RTS, or when one of the two is raised without the other. pyserial
writes both lines one after the other whenever it opens a port. Here

* on Linux and macOS nobody writes them: the system raises both at once with the first opening, which no
  program can prevent and which a board with the usual two transistors takes for nothing; closing the port
  leaves them raised (HUPCL is cleared), so that the next opening moves them no more;
* on Windows both stay low from the opening on.

What was tried and what was not: `penctl.platforms`.
"""

from __future__ import annotations

import contextlib
from typing import Any

import serial

from penctl import platforms


class QuietSerial(serial.Serial):
    """pyserial's port; a modem line moves only when somebody sets `dtr` or `rts` of the open port."""

    def __init__(self, port: str, **settings: Any) -> None:
        """Open it. Raises what `serial.Serial` raises."""
        super().__init__(None, **settings)
        self.port = port
        if platforms.system() == platforms.WINDOWS:
            self.dtr = self.rts = False
        self.open()
        self._keep_lines()

    def _update_dtr_state(self) -> None:
        if self.is_open:
            super()._update_dtr_state()  # type: ignore[misc]  # not in the stubs

    def _update_rts_state(self) -> None:
        if self.is_open:
            super()._update_rts_state()  # type: ignore[misc]

    def _keep_lines(self) -> None:
        """The lines outlive the closing of the port, and so does this setting, until it is unplugged."""
        try:
            import termios
        except ImportError:
            return
        with contextlib.suppress(termios.error):
            settings = termios.tcgetattr(self.fileno())
            settings[2] &= ~termios.HUPCL
            termios.tcsetattr(self.fileno(), termios.TCSANOW, settings)
