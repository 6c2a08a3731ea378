"""What came out of a case: figures that add up over pieces, extremes, and what did not hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Outcome:
    """Counts, largest values and failures of one piece, or of several that were added up."""

    counts: Counter[str] = field(default_factory=Counter)
    most: dict[str, float] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    """Messages that a person saw, each kind once."""
    broken: list[str] = field(default_factory=list)

    def count(self, what: str, number: float = 1) -> None:
        """Add to a figure."""
        self.counts[what] += number  # type: ignore[assignment]

    def largest(self, what: str, value: float) -> None:
        """Keep the largest value of a figure."""
        self.most[what] = max(value, self.most.get(what, value))

    def say(self, message: object) -> None:
        """Keep a message, unless one that begins like it is kept already."""
        text = " ".join(str(message).split())
        if all(text[:30] != known[:30] for known in self.said):
            self.said.append(text)

    def check(self, holds: bool, what: str) -> None:
        """Note what does not hold."""
        self.counts["checks"] += 1
        if not holds:
            self.broken.append(what)

    def add(self, other: Outcome) -> None:
        """Take in another piece."""
        self.counts.update(other.counts)
        for what, value in other.most.items():
            self.largest(what, value)
        for message in other.said:
            self.say(message)
        self.broken += other.broken

    def plain(self) -> dict[str, Any]:
        """For the file of the evidence."""
        counts = {name: round(number, 3) for name, number in sorted(self.counts.items())}
        most = {name: round(value, 3) for name, value in sorted(self.most.items())}
        return {"counts": counts, "most": most, "said": self.said, "broken": self.broken}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Outcome:
        """From the file of the evidence."""
        return cls(Counter(plain["counts"]), dict(plain["most"]), list(plain["said"]), list(plain["broken"]))
