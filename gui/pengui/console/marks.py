"""The lines that are drawn across one plot; apart from the plots, which take long to import."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Marks:
    """Lines across one plot, in its unit: the setpoint and the limits. None draws nothing."""

    setpoint: float | None = None
    low: float | None = None
    high: float | None = None
