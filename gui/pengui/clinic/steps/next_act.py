"""The one obvious next act of a page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NextAct:
    """Its words, whether it can be done now, and what the person is told; no words for no act."""

    words: str = ""
    usable: bool = False
    prompt: str = ""
