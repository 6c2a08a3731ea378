"""A bench as it was at a moment, to which it can go back: thousands of runs start from one warmed-up pen.

Everything goes back in place: no object and no array is made anew, so pointers in the firmware's memory, and
what a test holds of pen and bench, stay valid. What tests themselves keep is left alone.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from types import FunctionType, MethodType
from typing import Any, Final

import numpy as np

_OURS: Final = ("penctl", "pensim")
Restore = Callable[[], None]


def _is_ours(kind: Any) -> bool:
    module: str = getattr(kind, "__module__", None) or ""
    return module.split(".")[0] in _OURS


class SavedObjects:
    """Contents of every object, list, dict, set, deque, bytearray and array that the roots lead to.

    `outside` are objects that are neither saved nor looked into.
    """

    def __init__(self, roots: Iterable[Any], outside: Iterable[Any]) -> None:
        self._restores: list[Restore] = []
        self._kept: list[Any] = [*outside]  # keeps every id taken while the walk goes on
        seen = {id(thing) for thing in self._kept}
        waiting = [*roots]
        while waiting:
            thing = waiting.pop()
            if id(thing) in seen:
                continue
            found = self._save(thing)
            if found is not None:
                seen.add(id(thing))
                self._kept.append(thing)
                waiting.extend(found)

    def restore(self) -> None:
        """Put every content back."""
        for restore in self._restores:
            restore()

    def _save(self, thing: Any) -> Iterable[Any] | None:
        """Remember a content; returns what lies behind it, None for what cannot change."""
        if isinstance(thing, tuple | frozenset):
            return tuple(thing)
        if isinstance(thing, MethodType):
            return (thing.__self__,)
        if isinstance(thing, FunctionType):
            cells = thing.__closure__ or ()
            return [cell.cell_contents for cell in cells] if _is_ours(thing) else None
        if isinstance(thing, list | bytearray):
            return self._save_list(thing)
        if isinstance(thing, dict):
            return self._save_table(thing)
        if isinstance(thing, set | deque):
            return self._save_heap(thing)
        if isinstance(thing, np.ndarray):
            return self._save_array(thing)
        if isinstance(thing, type | Enum) or not _is_ours(type(thing)) or not hasattr(thing, "__dict__"):
            return None
        return self._save_table(thing.__dict__)

    def _save_list(self, thing: Any) -> Iterable[Any]:
        content = thing[:]

        def restore() -> None:
            thing[:] = content

        self._restores.append(restore)
        return content if isinstance(content, list) else ()

    def _save_table(self, thing: dict[Any, Any]) -> Iterable[Any]:
        content = dict(thing)

        def restore() -> None:
            thing.clear()
            thing.update(content)

        self._restores.append(restore)
        return content.values()

    def _save_heap(self, thing: Any) -> Iterable[Any]:
        content = list(thing)

        def restore() -> None:
            thing.clear()
            (thing.extend if isinstance(thing, deque) else thing.update)(content)

        self._restores.append(restore)
        return content

    def _save_array(self, thing: np.ndarray) -> Iterable[Any]:
        content = thing.copy()

        def restore() -> None:
            thing[...] = content

        self._restores.append(restore)
        return ()


class SavedRing:
    """A ring into which rows are written in turn: what was there goes back only when it was overwritten."""

    def __init__(self, ring: np.ndarray, count: int) -> None:
        self._ring, self._count = ring, count
        self._rows = ring[: min(count, len(ring))].copy()

    def restore(self, count: int, *, onward: bool) -> None:
        """Put the rows back. `count` have been written by now; `onward`: only behind those of this moment."""
        if not onward or count > len(self._ring):
            self._ring[: len(self._rows)] = self._rows
