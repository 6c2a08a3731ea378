"""Where the pass under way stands, and when it has given its share."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from penctl.treatment.dose import Dose

if TYPE_CHECKING:
    from penctl.treatment.visit import Visit
    from penctl.treatment.visit_events import PassBegun


class PassState(Enum):
    """What became of the pass under way."""

    NONE = "no pass is under way"
    WAITING = "waiting for the hand"
    RUNNING = "running"
    PAUSED = "at rest; arm again to go on"
    TRIPPED = "stopped by an interlock"
    REACHED = "the planned density is reached"
    FULL = "the zone, with those that overlap it, has had all its punctures"


@dataclass(frozen=True)
class Progress:
    """Where the pass under way stands; `density` and `target` are punctures/cm², means over the zone."""

    state: PassState
    zone: str = ""
    direction: str = ""
    dose: Dose = field(default_factory=Dose)
    density: float = 0.0
    target: float = 0.0


def dose_of(visit: Visit, zone: str, running: Dose) -> Dose:
    """What a zone has received, with what the pass under way has not noted yet."""
    dose, begun = visit.dose(zone), visit.open_pass
    return dose.plus(running) if begun is not None and begun.zone == zone else dose


def density_of(visit: Visit, zone: str, running: Dose) -> float:
    """Punctures/cm² of a zone so far, the pass under way included; a mean over the zone."""
    begun = visit.open_pass
    return visit.density(zone, running if begun is not None and begun.zone == zone else None)


def target_of(visit: Visit, zone: str) -> float:
    """Punctures/cm² at which the pass under way ends: its share of the planned density."""
    if visit.plan is None:
        return 0.0
    planned = visit.plan.zone(zone)
    share = min(1.0, (len(visit.passes_done(zone)) + 1) / len(planned.passes))
    return planned.density_per_cm2 * share


def has_enough(visit: Visit, zone: str, running: Dose) -> bool:
    """The share of this pass is reached, or all that the zones which overlap may have together."""
    known = visit.knowledge
    cap = known.rules["density_max_per_cm2", visit.mode].value
    together = sum(density_of(visit, one, running) for one in known.scalp.locked_with(zone))
    return density_of(visit, zone, running) >= target_of(visit, zone) or together >= cap


def progress_of(visit: Visit, begun: PassBegun, state: PassState, running: Dose) -> Progress:
    """The pass under way, with the dose that it has not noted yet."""
    return Progress(
        state,
        begun.zone,
        begun.direction,
        dose_of(visit, begun.zone, running),
        density_of(visit, begun.zone, running),
        target_of(visit, begun.zone),
    )
