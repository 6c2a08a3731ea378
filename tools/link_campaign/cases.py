"""The table of the cases: what each is called, how much of it there is in all, and in what pieces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from link_campaign import (
    clocks,
    disks,
    flipped,
    flipped_live,
    frozen,
    garbage,
    restarted,
    two_hosts,
    unplugged,
)
from link_campaign.outcome import Outcome


@dataclass(frozen=True)
class Case:
    """One case: `size` is that of a piece, in its own unit, `pieces` how many there are."""

    run: Callable[[int, float], Outcome]
    pieces: int
    size: float


CASES: dict[str, Case] = {
    "unplugged": Case(unplugged.run, 60, 600.0),  # s of virtual time
    "flipped": Case(flipped.run, 10, 1000.0),  # frames
    "flipped-live": Case(flipped_live.run, 10, 10_000.0),  # bytes
    "garbage": Case(garbage.run, 10, 60.0),  # runs with garbage
    "two-hosts": Case(two_hosts.run, 20, 20.0),  # treatments
    "restarted": Case(restarted.run, 20, 50.0),  # restarts
    "clocks": Case(clocks.run, 10, 40.0),  # jumps
    "disks": Case(disks.run, 1, 1.0),  # 1: with a small disk of its own
    "frozen": Case(frozen.run, 5, 5.0),  # s
}
