"""IL-25, held by the host: passes used up, or the same area within 7 days; the pen is never armed for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from treating_rig import BEGIN, PLAN, ZONE, Rig

from penctl.protocol.enums import Flags, State
from penctl.treatment import visit_events as ev
from penctl.treatment.course import Course, Punctured, Tool
from penctl.treatment.dose import Dose
from penctl.treatment.findings import TreatmentRefused

TEMPLE = "TEMPORAL_LEFT"


def _ready(rig: Rig) -> None:
    rig.run.papers()
    rig.run.pen_ready()


def _not_armed(rig: Rig) -> None:
    rig.pen.wait(0.2)
    status = rig.pen.status()
    assert status.state is State.STANDBY
    assert Flags.DRIVE_ENABLED not in status.flags


def _treated(rig: Rig, days: int, zone: str = TEMPLE) -> None:
    """The knowledge of the visit, as if somebody had treated the zone so many days before."""
    known = rig.treating.visit.knowledge
    done = [Punctured(zone, BEGIN - timedelta(days=days), 500, Tool.OTHER_PEN)]
    rig.treating.visit.knowledge = replace(known, course=Course(done, known.rules, known.scalp, ZONE))


def test_a_zone_treated_six_days_ago_is_not_armed_for(rig: Callable[..., Rig]) -> None:
    """IL-25, trip: learned after the plan was agreed, by a treatment elsewhere that the patient tells of."""
    made = rig()
    _ready(made)
    _treated(made, 6)
    with pytest.raises(TreatmentRefused, match=r"locked.*not before 2 Jun 2026"):
        made.treating.begin_pass(TEMPLE, "HORIZONTAL")
    assert "Armed" not in {type(event).__name__ for event in made.treating.visit.events}
    _not_armed(made)


def test_seven_days_are_enough(rig: Callable[..., Rig]) -> None:
    """IL-25, below limit: on the day itself it is free."""
    made = rig()
    _ready(made)
    _treated(made, 7)
    made.treating.begin_pass(TEMPLE, "HORIZONTAL")
    assert made.pen.status().state is State.READY


def test_no_signature_lifts_the_seven_days(rig: Callable[..., Rig]) -> None:
    """IL-25, reset: the hard interval has none; a plan with a signed reason is refused all the same."""
    made = rig()
    _treated(made, 6)
    with pytest.raises(TreatmentRefused, match="locked"):
        made.run.papers()
    assert made.treating.visit.plan is None


@pytest.mark.parametrize("done", [1, 2])
def test_passes_that_are_used_up_are_not_armed_for(rig: Callable[..., Rig], done: int) -> None:
    """IL-25, trip: a pass that was given is not given again; with all of them given the zone is over."""
    made = rig(replace(PLAN, zones=(replace(PLAN.zones[0], density_per_cm2=2400), *_another())))
    _ready(made)
    add = made.treating.add
    add(ev.Armed)
    for direction in ("HORIZONTAL", "VERTICAL")[:done]:
        add(ev.PassBegun, zone=TEMPLE, direction=direction)
        add(ev.DoseCounted, zone=TEMPLE, dose=Dose(strokes=10))
        add(ev.PassEnded, zone=TEMPLE, done=True)
    add(ev.Disarmed, reason="rest")
    with pytest.raises(TreatmentRefused, match="passes are done"):
        made.treating.begin_pass(TEMPLE, "HORIZONTAL")
    _not_armed(made)


def _another() -> tuple[object, ...]:
    return (replace(PLAN.zones[0], zone="OCCIPITAL"),)


def test_the_density_cap_is_looked_at_before_arming(rig: Callable[..., Rig]) -> None:
    """Punctures of a zone: at the cap the next pass is refused, and the pen stays in STANDBY."""
    made = rig()
    _ready(made)
    add = made.treating.add
    add(ev.Armed)
    add(ev.PassBegun, zone=TEMPLE, direction="HORIZONTAL")
    add(ev.DoseCounted, zone=TEMPLE, dose=Dose(strokes=6250))
    add(ev.PassEnded, zone=TEMPLE, done=False)
    add(ev.Disarmed, reason="rest")
    with pytest.raises(TreatmentRefused, match="had all its punctures"):
        made.treating.begin_pass(TEMPLE, "VERTICAL")
    _not_armed(made)
