"""When Python looks for what is no longer used: at quiet moments, and never while the needles move.

A full search looks at each of a quarter of a million objects and holds every thread up for a third of a
second: longer than a frame, and longer than a heartbeat may be late. What the program has when it is usable
is taken out of the search for good; the rest is looked through when the pen is at rest. Small searches among
new objects, a millisecond or two, go on as they are.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Final

PERIOD_MS: Final = 2000
"""How often it is asked whether the moment is quiet."""
NEVER: Final = 1_000_000_000
DUE_AFTER: Final = 5
"""Small searches after which a full one is due; Python itself takes ten."""


class QuietCollector:
    """Full searches at quiet moments only. `quiet` says whether nobody waits for anything now.

    Only a program that is run installs this: the settings are those of the whole process.
    """

    def __init__(self, quiet: Callable[[], bool]) -> None:
        self._quiet = quiet
        self._before = gc.get_threshold()
        self.searches = 0
        gc.freeze()
        gc.set_threshold(self._before[0], self._before[1], NEVER)

    def look(self) -> bool:
        """Called now and then; True when it searched."""
        if gc.get_count()[2] < DUE_AFTER or not self._quiet():
            return False
        self.searches += 1
        gc.collect()
        return True

    def remove(self) -> None:
        """As it was before."""
        gc.set_threshold(*self._before)
        gc.unfreeze()
