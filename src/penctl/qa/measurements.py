"""Measured values of a test: a name, a value, a unit and the limit that it must not pass.

They travel as properties of the test, `measured NAME [UNIT]` and `limit NAME [UNIT]`, into the JUnit file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_MEASURED: Final = re.compile(r"(measured|limit) (.+) \[(\S+)\]")


@dataclass(frozen=True)
class Measurement:
    """All values of one name: how many there were, the least and the most, and the lowest limit."""

    name: str
    unit: str
    count: int
    least: float
    most: float
    limit: float | None

    @property
    def within(self) -> bool:
        """Whether no value passed the limit; True without one."""
        return self.limit is None or self.most <= self.limit


def gather(properties: Iterable[tuple[str, object]]) -> list[Measurement]:
    """Measurements from the properties of many tests, in order of their names."""
    values: dict[tuple[str, str], list[float]] = {}
    limits: dict[tuple[str, str], float] = {}
    for text, value in properties:
        found = _MEASURED.fullmatch(text)
        if found is None or not isinstance(value, int | float):
            continue
        what, *rest = found.groups()
        key = (rest[0], rest[1])
        if what == "measured":
            values.setdefault(key, []).append(float(value))
        else:
            limits[key] = min(float(value), limits.get(key, math.inf))
    return [
        Measurement(name, unit, len(taken), min(taken), max(taken), limits.get((name, unit)))
        for (name, unit), taken in sorted(values.items())
    ]
