"""The simulator: one pen, one operator's hand, one scalp, with the real firmware core in the loop.

`plant` is the physics, `kernel` the compiled closed loop, `firmware` loads a firmware core, `bench` puts them
on a table with a hand beside. Nothing in here decides an interlock. Importing the package is cheap: numba is
loaded by the modules that need it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pensim.bench import Bench

__all__ = ["Bench"]


def __getattr__(name: str) -> Any:
    """Import the bench when it is first used."""
    if name != "Bench":
        raise AttributeError(f"module 'pensim' has no attribute {name!r}")
    from pensim.bench import Bench

    return Bench
