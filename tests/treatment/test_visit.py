"""The visit: in order, nothing skipped, ended early or unwell at any point, whole again from its list."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from visit_script import BY, PLAN, ZONE, Script, knowledge

from penctl import dates
from penctl.treatment import visit_events as ev
from penctl.treatment.combinations import Therapy, TherapyNote
from penctl.treatment.course import Punctured, Tool
from penctl.treatment.dose import Dose, DoseCounter
from penctl.treatment.findings import Signature, TreatmentRefused
from penctl.treatment.plan import Plan
from penctl.treatment.visit import Visit
from penctl.treatment.visit_steps import Step


def test_a_whole_visit_closes() -> None:
    """From screening to signature."""
    visit = Script().to_end().visit
    assert visit.step is Step.CLOSED
    assert visit.dose("VERTEX").strokes == 3000
    assert visit.dose("VERTEX").density_per_cm2(12, 60) == 600
    assert visit.passes_done("VERTEX") == ("HORIZONTAL", "VERTICAL")


@pytest.mark.parametrize(
    ("reach", "step"),
    [
        ("to_plan", Step.PLAN),
        ("to_prepare", Step.PREPARE),
        ("to_time_out", Step.TIME_OUT),
        ("to_treat", Step.TREAT),
        ("to_dispose", Step.DISPOSE),
    ],
)
def test_the_step_is_the_first_with_something_missing(reach: str, step: Step) -> None:
    """Always clear where you are, and what is missing."""
    visit = getattr(Script(), reach)().visit
    assert visit.step is step
    assert visit.missing()


SKIPS: list[tuple[str, type[ev.VisitEvent], dict[str, Any]]] = [
    ("to_plan", ev.Armed, {}),
    ("to_plan", ev.PassBegun, {"zone": "VERTEX", "direction": "VERTICAL"}),
    ("to_prepare", ev.TimeOutSaid, {"item": "PERSON"}),
    ("to_time_out", ev.Armed, {}),
    ("to_time_out", ev.DoseCounted, {"zone": "VERTEX", "dose": Dose(strokes=1)}),
    ("to_treat", ev.Signed, {}),
    ("to_treat", ev.NeedlesChecked, {"intact": True}),
    ("to_dispose", ev.PassBegun, {"zone": "VERTEX", "direction": "VERTICAL"}),
    ("to_dispose", ev.Signed, {}),
    ("to_end", ev.Noted, {"text": "later"}),
    ("to_end", ev.Unwell, {"reason": "dizzy"}),
]


@pytest.mark.parametrize(("reach", "kind", "fields"), SKIPS)
def test_no_step_can_be_skipped(reach: str, kind: type[ev.VisitEvent], fields: dict[str, Any]) -> None:
    """None can be skipped; the visit is as before."""
    script = getattr(Script(), reach)()
    before = script.visit.events
    with pytest.raises(TreatmentRefused):
        script.add(kind, **fields)
    assert script.visit.events == before


def test_a_screening_that_stops_is_not_taken() -> None:
    """STOP holds; a signed reason lifts only what may be lifted."""
    script = Script()
    with pytest.raises(TreatmentRefused):
        script.add(ev.Screened, answers={**script.answers(), "SUNBURN": "YES"})
    with pytest.raises(TreatmentRefused):
        script.add(ev.Screened, answers={**script.answers(), "DIABETES": "YES"})
    signed = (Signature("S-15", BY, "well controlled"),)
    script.add(ev.Screened, answers={**script.answers(), "DIABETES": "YES"}, signatures=signed)
    assert script.visit.step is Step.CONSENT


def test_a_plan_for_another_person_is_refused() -> None:
    """Bad input: a plan for another patient."""
    script = Script().to_plan()
    with pytest.raises(TreatmentRefused, match="another person"):
        script.add(ev.Planned, plan=Plan("P-2", "CLINICAL", PLAN.indication, (ZONE,)))


def test_a_zone_that_is_locked_cannot_be_planned_nor_signed_away() -> None:
    """Hard: the same area within 7 days, and what overlaps it."""
    script = Script(Punctured("PARTING", Script().now - timedelta(days=3), 500, Tool.PEN, "v0")).to_plan()
    signed = tuple(Signature(rule, BY, "please") for rule in ("R-07", "R-14", "R-16"))
    with pytest.raises(TreatmentRefused, match="locked"):
        script.add(ev.Planned, plan=PLAN, signatures=signed)


def test_a_zone_that_is_full_takes_no_further_pass() -> None:
    """Hard: density cap, as a zone mean."""
    script = Script().to_treat()
    script.add(ev.PassBegun, zone="VERTEX", direction="VERTICAL")
    script.add(ev.DoseCounted, zone="VERTEX", dose=Dose(strokes=12_500))
    script.add(ev.PassEnded, zone="VERTEX", done=True)
    with pytest.raises(TreatmentRefused, match="punctures"):
        script.add(ev.PassBegun, zone="VERTEX", direction="HORIZONTAL")


def test_a_lost_ready_asks_for_arming_and_nothing_else() -> None:
    """READY again within a visit; the dose of a stop that runs out still counts."""
    script = Script().to_treat()
    script.add(ev.PassBegun, zone="VERTEX", direction="VERTICAL")
    script.add(ev.Disarmed, reason="hold-to-run released")
    assert script.visit.step is Step.READY
    script.add(ev.DoseCounted, zone="VERTEX", dose=Dose(strokes=3))
    script.add(ev.Armed)
    assert script.visit.step is Step.TREAT
    script.add(ev.PassEnded, zone="VERTEX", done=False)
    assert script.visit.passes_done("VERTEX") == ()


@pytest.mark.parametrize("reach", ["to_plan", "to_prepare", "to_time_out", "to_treat", "to_dispose"])
@pytest.mark.parametrize("kind", [ev.EndedEarly, ev.Unwell])
def test_it_can_be_ended_at_any_point(reach: str, kind: type[ev.VisitEvent]) -> None:
    """End early with a reason, and patient unwell, at any point."""
    script = getattr(Script(), reach)()
    script.add(kind, reason="patient dizzy")
    punctured = reach == "to_dispose"
    assert script.visit.step is (Step.DISPOSE if punctured else Step.SIGN)
    with pytest.raises(TreatmentRefused):
        script.add(ev.Armed)
    with pytest.raises(TreatmentRefused):
        script.add(ev.PassBegun, zone="VERTEX", direction="VERTICAL")


def test_ending_early_needs_a_reason() -> None:
    """Reason in words."""
    script = Script().to_treat()
    with pytest.raises(TreatmentRefused):
        script.add(ev.EndedEarly, reason=" ")


def test_an_anaesthetic_must_be_removed_first() -> None:
    """Agent, dose, time and removal."""
    script = Script().to_prepare()
    script.add(ev.AnaestheticApplied, agent="lidocaine 4 %", dose="5 g", applied_at=script.now)
    assert any("removed" in text for text in script.visit.missing())
    script.add(ev.AnaestheticRemoved)
    assert not any("removed" in text for text in script.visit.missing())


def test_an_anaesthetic_is_not_applied_in_the_future() -> None:
    """Agent, dose, time: a time that is still to come, or that has no zone, is a slip of the pen."""
    script = Script().to_prepare()
    later = script.now + timedelta(days=90)
    for wrong in (later, script.now.replace(tzinfo=None)):
        with pytest.raises(TreatmentRefused, match="anaesthetic") as refused:
            script.add(ev.AnaestheticApplied, agent="lidocaine 4 %", dose="5 g", applied_at=wrong)
        assert dates.moment(wrong) in str(refused.value)
    assert script.visit.missing()


def test_what_was_confirmed_is_taken_back_until_its_step_is_left() -> None:
    """A slip of the finger: the line is missing again, both stand in the list; later nothing goes back."""
    script = Script().to_prepare()
    before = script.visit.missing()
    with pytest.raises(TreatmentRefused, match="Nothing of this name"):
        script.add(ev.TakenBack, item="SCALP_CLEAN")
    script.add(ev.ItemPrepared, item="SCALP_CLEAN")
    script.add(ev.AnaestheticApplied, agent="lidocaine 4 %", dose="5 g", applied_at=script.now)
    script.add(ev.AnaestheticRemoved)
    script.add(ev.TakenBack, item="ANAESTHETIC_REMOVED")
    assert any("removed" in text for text in script.visit.missing())
    for item in ("ANAESTHETIC", "SCALP_CLEAN"):
        script.add(ev.TakenBack, item=item)
    assert script.visit.missing() == before
    assert script.visit.anaesthetic is None
    again = Visit.of(map(ev.event_from, map(ev.plain, script.visit.events)), knowledge())
    assert again.missing() == before
    fresh = Script().to_time_out()
    fresh.add(ev.TimeOutSaid, item="ZONES")
    with pytest.raises(TreatmentRefused, match="Nothing of this name"):
        fresh.add(ev.TakenBack, item="SCALP_CLEAN")  # of the step before
    fresh.add(ev.TakenBack, item="ZONES")
    assert len(fresh.visit.missing()) == 5
    with pytest.raises(TreatmentRefused, match="not due"):
        Script().to_treat().add(ev.TakenBack, item="ZONES")


def test_another_plan_asks_for_the_time_out_again() -> None:
    """Changed settings are said aloud again."""
    script = Script().to_treat()
    assert script.visit.step is Step.TREAT
    fresh = Script().to_time_out()
    for item in ("PERSON", "ZONES"):
        fresh.add(ev.TimeOutSaid, item=item)
    fresh.add(ev.Planned, plan=PLAN)
    assert len(fresh.visit.missing(Step.TIME_OUT)) == 5


def test_a_clock_that_is_set_back_is_refused() -> None:
    """Faults: a clock set back."""
    script = Script().to_plan()
    script.now -= timedelta(hours=1)
    with pytest.raises(TreatmentRefused, match="clock"):
        script.add(ev.Noted, text="x")


@pytest.mark.parametrize("cut", range(0, 40, 3))
def test_a_visit_that_was_cut_off_is_whole_again_from_its_list(cut: int) -> None:
    """Cut off at any event: the step, the dose and the locks are as they were, through JSON."""
    events = Script().to_end().visit.events[: cut + 1]
    lines = [json.dumps(ev.plain(event)) for event in events]
    back = Visit.of([ev.event_from(json.loads(line)) for line in lines], knowledge())
    assert back.events == events
    twin = Visit.of(events, knowledge())
    assert (back.step, back.dose("VERTEX"), back.first_punctures) == (
        twin.step,
        twin.dose("VERTEX"),
        twin.first_punctures,
    )


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"event": "Nonsense"},
        {"event": "Signed"},
        {"event": "Signed", "at": "yesterday", "by": "x"},
        {"event": "Signed", "at": "2026-06-01T10:00:00+02:00", "by": "x", "extra": 1},
        {
            "kind": "DoseCounted",
            "at": "2026-06-01T10:00:00+02:00",
            "by": "x",
            "zone": "VERTEX",
            "dose": {"stroke": 1},
        },
    ],
)
def test_a_damaged_line_is_refused(content: dict[str, Any]) -> None:
    """A damaged journal gives a clear error."""
    with pytest.raises(TreatmentRefused):
        ev.event_from(content)


def test_the_dose_counts_strokes_in_contact_only() -> None:
    """In contact, in air, in a gap, through a wrap of the counter and a restart of the pen."""
    counter = DoseCounter()
    for k in range(11):
        counter.take(k * 0.01, 65530 + k, True, 500)
    assert counter.dose.strokes == 10
    counter.take(0.11, 65530 + 11, False, 500)
    assert counter.dose.strokes_air == 1
    counter.take(0.5, 65530 + 45, True, 500)
    assert counter.dose.strokes_unseen == 34
    assert counter.dose.punctures(12) == (10 + 34) * 12
    counter.take(0.51, 0, True, 500)
    assert counter.dose.punctures(12) == (10 + 34) * 12
    counter.take(0.001, 1, True, 500)
    assert counter.dose.punctures(12) == (10 + 34) * 12
    assert counter.dose.deepest_um == 500


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"kind": "HOME"}, "another mode"),
        ({"sterile_until": date(2026, 5, 31)}, "past its date"),
        ({"uses": 1}, "has been used"),
    ],
)
def test_a_cartridge_that_may_not_be_used_is_not_taken(changed: dict[str, Any], what: str) -> None:
    """Hard: single use in a clinic, sterile today, made for the mode; the pen holds the same."""
    script = Script().to_prepare()
    good = {"cartridge_id": 7, "kind": "CLINICAL", "needles": 12, "lot": "L1"}
    with pytest.raises(TreatmentRefused, match=what):
        script.add(ev.CartridgeRead, **{**good, "sterile_until": date(2026, 6, 1), "uses": 0, **changed})
    script.add(ev.CartridgeRead, **good, sterile_until=date(2026, 6, 1), uses=0)


def test_nothing_is_armed_when_every_zone_is_left_out() -> None:
    """A pen that tripped and stays off must not hold the visit open."""
    script = Script().to_treat()
    script.add(ev.Disarmed, reason="trip")
    script.add(ev.ZoneEnded, zone="VERTEX", done=False, reason="the pen tripped")
    assert script.visit.step is Step.DISPOSE


def test_a_check_notes_nothing() -> None:
    """An event is on the disk before it counts, so it can be checked before."""
    script = Script().to_plan()
    before = script.visit.events
    script.visit.check(ev.Planned(at=script.now, by=BY, plan=PLAN))
    with pytest.raises(TreatmentRefused):
        script.visit.check(ev.Armed(at=script.now, by=BY))
    assert script.visit.events == before


def test_a_visit_that_is_left_open_treats_no_more() -> None:
    """Hard: 12 h after its beginning it can be ended, and nothing else; R-26."""
    script = Script().to_treat()
    script.now += timedelta(hours=12)
    with pytest.raises(TreatmentRefused, match="too long ago"):
        script.add(ev.PassBegun, zone="VERTEX", direction="VERTICAL")
    script.add(ev.EndedEarly, reason="left open")
    script.add(ev.Signed)
    assert script.visit.step is Step.CLOSED


def test_each_stroke_counts_with_the_needles_that_made_it() -> None:
    """Another cartridge in the middle of a zone changes nothing of what was punctured before."""
    script = Script().to_treat()
    script.add(ev.PassBegun, zone="VERTEX", direction="VERTICAL")
    script.add(ev.DoseCounted, zone="VERTEX", dose=Dose(strokes=100))
    script.add(
        ev.CartridgeRead,
        cartridge_id=8,
        kind="CLINICAL",
        needles=36,
        lot="L2",
        sterile_until=date(2027, 1, 1),
        uses=0,
    )
    script.add(ev.DoseCounted, zone="VERTEX", dose=Dose(strokes=100, strokes_unseen=1))
    assert script.visit.punctures("VERTEX") == 100 * 12 + 101 * 36
    assert script.visit.density("VERTEX") == (100 * 12 + 101 * 36) / 60
    assert script.visit.density("VERTEX", Dose(strokes=5)) == (100 * 12 + 106 * 36) / 60


def test_a_broken_needle_asks_for_its_adverse_event() -> None:
    """Needles intact: a "no" is never the end of it."""
    script = Script().to_dispose()
    script.add(ev.NeedlesChecked, intact=False)
    script.add(ev.CartridgeDisposed)
    assert script.visit.missing() == ("the adverse event of the broken needle",)
    script.add(ev.AdverseEventNoted, kind=ev.AdverseKind.NEEDLE_BROKEN, severity=2, text="tip missing")
    assert script.visit.step is Step.PHOTOS_AFTER


def test_a_therapy_of_a_clinic_is_not_noted_at_home() -> None:
    """PRP is a professional's; minoxidil within the hold is told, and noted as it was said."""
    script = Script(mode="HOME")
    note = TherapyNote(Therapy.PRP, script.now, "patient")
    with pytest.raises(TreatmentRefused, match="professional"):
        script.add(ev.TherapyNoted, note=note)
    script.add(ev.TherapyNoted, note=TherapyNote(Therapy.MINOXIDIL, script.now, "patient"))
