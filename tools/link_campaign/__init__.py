"""The cases of `tools/abuse_link.py`: what is done to the link between host and pen, and what must hold.

Each case is a function `run(seed, size) -> Outcome` on the real firmware; `size` is how much of it, in its
own unit. What did not hold stands in `Outcome.broken`, in words; nothing is asserted: one run tells all.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
