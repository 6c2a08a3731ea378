"""Draw a figure from its tolerance: normal, sigma = tolerance / 2, cut at the tolerance.

The draw of a figure depends on the seed and on the figure's name alone, so that a new figure leaves the
others as they were, and on no generator of a library whose numbers may change.
"""

from __future__ import annotations

import hashlib
from statistics import NormalDist

_NORMAL = NormalDist()
_LOW = _NORMAL.cdf(-2.0)


def unit_draw(seed: int, name: str) -> float:
    """A number from 0 to 1, both excluded, that belongs to this seed and name."""
    digest = hashlib.sha256(f"{seed} {name}".encode()).digest()
    return (int.from_bytes(digest[:6], "little") + 0.5) / (1 << 48)


def drawn(value: float, tolerance: float, seed: int | None, name: str) -> float:
    """The figure as this seed has it; `seed` None gives the value itself."""
    if seed is None or tolerance == 0.0:
        return value
    part = _LOW + (1.0 - 2.0 * _LOW) * unit_draw(seed, name)
    return value + 0.5 * tolerance * _NORMAL.inv_cdf(part)
