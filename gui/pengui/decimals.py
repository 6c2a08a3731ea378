"""Numbers as a person writes and reads them: a comma is a point, a unit may follow, 0.5 is never .5."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

_NUMBER: Final = re.compile(r"\s*([+-]?\d+(?:[.,]\d+)?)\s*([^\d\s].*)?\s*")


@dataclass(frozen=True)
class Quantity:
    """What a setpoint field holds: unit, factor to the wire's unit, decimals of the measured value."""

    name: str
    unit: str
    factor: int
    decimals: int
    step: int
    """Smallest step of the buttons, the arrow keys and the wheel, in the wire's unit."""

    def set_text(self, wire: int) -> str:
        """A setpoint: no trailing zeros, a leading zero always."""
        return f"{wire / self.factor:.3f}".rstrip("0").rstrip(".")

    def measured_text(self, wire: int) -> str:
        """A measured value with its fixed decimals."""
        return f"{wire / self.factor:.{self.decimals}f}"

    def parse(self, text: str) -> float | None:
        """The value in the wire's unit, or None when the text is no number of this quantity."""
        match = _NUMBER.fullmatch(text)
        if match is None or (match[2] or self.unit).strip() != self.unit:
            return None
        value = float(match[1].replace(",", ".")) * self.factor
        return value if math.isfinite(value) else None


DEPTH: Final = Quantity("Depth", "mm", 1000, 2, 50)
RATE: Final = Quantity("Stroke rate", "Hz", 1000, 1, 1000)
