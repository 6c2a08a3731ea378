"""The last net: an error that left a slot, an event or a timer is told on the screen, too.

Qt gives such an error to `sys.excepthook`. A refusal of ours is told where one looks. Anything else is a
defect of this program: the pen is stopped, the sentence says so, and the hook that was there before gets it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType

from penctl.errors import PenError


class LastNet:
    """Installed while a window lives.

    Args:
        tell: shows a refusal.
        stop: stops the pen.
    """

    def __init__(self, tell: Callable[[PenError], None], stop: Callable[[], None]) -> None:
        self._tell, self._stop = tell, stop
        self._before = sys.excepthook
        self._own = self._caught  # one object, so that it is known again
        sys.excepthook = self._own

    def remove(self) -> None:
        """The window goes."""
        if sys.excepthook is self._own:
            sys.excepthook = self._before

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, PenError):
            self._tell(error)
            return
        self._before(kind, error, trace)
        if isinstance(error, Exception):
            self._stop()
            self._tell(
                PenError(
                    "The program has a defect here; the pen is stopped, and what was noted is kept",
                    f"{kind.__name__}: {str(error)[:120]}",
                    remedy="Go on, or end the visit and start the program anew; report it with this sentence",
                )
            )
