"""The database is the visit's journal: what is done is kept, found again, and locks for others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from records_rig import Clinic

from penctl.records import Adverse, RecordsError
from penctl.records.errors import InUse, MixedUp, NotFound, StaleRow
from penctl.treatment import visit_events as ev
from penctl.treatment.combinations import Therapy, TherapyNote
from penctl.treatment.course import Due
from penctl.treatment.dose import Dose
from penctl.treatment.findings import TreatmentRefused
from penctl.treatment.outcomes import Measure, Outcome
from penctl.treatment.visit_steps import Step


def test_a_whole_visit_is_kept_and_verified(clinic: Clinic) -> None:
    """Records: visits, events, passes, cartridges, audit trail; the next visit knows of it."""
    patient = clinic.patient(name="Ada Example")
    play = clinic.visit(patient).to_end()
    assert play.visit.step is Step.CLOSED
    desk = clinic.desk()
    assert desk.visit_events(play.open.id) == play.visit.events
    [row] = desk.visits(patient.id)
    assert (row.status, row.pseudonym, row.day) == ("CLOSED", patient.pseudonym, play.clinic.now.date())
    assert desk.today(row.day) == (row,)
    assert desk.open_visits() == ()
    [cartridge] = desk.cartridges(lot="L1")
    assert (cartridge.disposed, cartridge.visits) == (True, (play.open.id,))
    report = clinic.store.audit.verify()
    assert (report.findings, report.heads) == ([], 2)  # one when the records were made and closed
    clinic.later(days=3)
    state = desk.knowledge(patient.id, "CLINICAL").course.state("PARTING", clinic.now)
    assert state.due is Due.LOCKED  # it overlaps the vertex
    assert desk.knowledge(patient.id, "CLINICAL").former.of("VERTEX") == 500


def test_what_a_visit_noted_can_be_asked_for(clinic: Clinic) -> None:
    """Passes, trips, therapies, photos by reference, outcomes: of a visit, and from outside of one."""
    patient, desk = clinic.patient(), clinic.desk()
    play = clinic.visit(patient).to_treat()
    note = TherapyNote(Therapy.MINOXIDIL, clinic.now, "the patient")
    play.add(ev.TherapyNoted, note=note)
    play.add(ev.PassBegun, zone="VERTEX", direction="VERTICAL")
    for strokes in (100, 50):
        play.add(ev.DoseCounted, zone="VERTEX", dose=Dose(strokes=strokes, deepest_um=510, contact_s=0.5))
    play.add(ev.TripNoted, interlock="IL-07", text="too deep")
    play.add(ev.PassEnded, zone="VERTEX", done=False)
    [one] = desk.passes(patient.id)
    assert (one.zone, one.direction, one.done) == ("VERTEX", "VERTICAL", False)
    assert one.dose == Dose(strokes=150, deepest_um=510, contact_s=1.0)
    assert [(trip.interlock, trip.visit_id) for trip in desk.trips(patient.id)] == [("IL-07", play.open.id)]
    later = TherapyNote(Therapy.FINASTERIDE, clinic.now, "the patient", "1 mg")
    desk.add_therapy(patient.id, later)
    assert desk.therapies(patient.id) == (note, later)
    desk.add_outcome(patient.id, Outcome("VERTEX", Measure.THICKNESS_UM, 61.5, clinic.now.date(), "photo-2"))
    found = [(photo.reference, photo.moment) for photo in desk.photos(patient.id)]
    assert found == [("photo-1", "BEFORE"), ("photo-2", "OUTCOME")]
    assert clinic.store.audit.verify().findings == []


def test_a_server_that_let_go_of_its_connections_is_found_again(clinic: Clinic) -> None:
    """A line that was cut between two events loses none of them."""
    if not clinic.store.database.server:
        return
    play = clinic.visit(clinic.patient()).to_prepare()
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    with contextlib.suppress(RecordsError):  # it ends the connection that asks, too
        clinic.sql(others)
    play.add(ev.Noted, text="still there")
    assert clinic.desk().visit_events(play.open.id) == play.visit.events


def test_a_visit_that_was_cut_off_is_found_with_all_that_was_done(clinic: Clinic) -> None:
    """One that is cut off is found at the next start with all that was done until then."""
    play = clinic.visit(clinic.patient()).to_treat()
    play.add(ev.PassBegun, zone="VERTEX", direction="VERTICAL")
    play.add(ev.DoseCounted, zone="VERTEX", dose=Dose(strokes=100, deepest_um=500, contact_s=1.0))
    done = play.visit.events
    again = Clinic(clinic.where)  # nothing was closed
    again.now = clinic.now
    [row] = again.desk().open_visits()
    resumed = again.desk().resume_visit(row.id)
    assert resumed.visit.events == done
    assert resumed.visit.dose("VERTEX").strokes == 100
    resumed.add(ev.PassEnded(at=again.now, by="dora", zone="VERTEX", done=False))
    with pytest.raises(StaleRow):  # the first workstation wakes up: it must not go on beside the other
        play.add(ev.PassEnded, zone="VERTEX", done=True)
    again.store.close()


def test_a_person_has_one_open_visit(clinic: Clinic) -> None:
    """A patient opened twice: who has begun it is told, and nothing is kept of the second visit."""
    patient, other = clinic.patient(), clinic.patient()
    play = clinic.visit(patient)
    before = clinic.store.audit.verify().rows
    with pytest.raises(InUse, match=r"open already: begun by dora on 2026-06-01 \(one at a time\)"):
        clinic.visit(patient, mode="HOME")
    assert clinic.store.audit.verify().rows == before
    assert [row.id for row in clinic.desk().open_visits()] == [play.open.id]
    clinic.visit(other)
    play.add(ev.EndedEarly, reason="enough")
    play.add(ev.Signed)
    assert clinic.visit(patient).open.id != play.open.id


def _beside(clinic: Clinic, begin: Callable[[], Any]) -> Any:
    """A second open visit of a person, which this release begins no more."""
    clinic.drop_triggers()
    clinic.sql("UPDATE visits SET status = 'ASIDE'")
    begun = begin()
    clinic.sql("UPDATE visits SET status = 'OPEN'")
    return begun


def test_two_visits_cannot_have_one_zone(clinic: Clinic) -> None:
    """One zone cannot be used twice, nor one that overlaps it, also before the first puncture.

    Records of an earlier release may hold two open visits of one person.
    """
    patient = clinic.patient()
    first = clinic.visit(patient, cartridge=1).to_treat()
    second = _beside(clinic, lambda: clinic.visit(patient, cartridge=2).to_treat())
    first.add(ev.PassBegun, zone="VERTEX", direction="VERTICAL")
    before = second.open.version
    with pytest.raises(InUse) as refused:
        second.add(ev.PassBegun, zone="VERTEX", direction="VERTICAL")
    assert first.open.id in str(refused.value)
    assert second.open.version == before
    first.add(ev.DoseCounted, zone="VERTEX", dose=Dose(strokes=100, deepest_um=500, contact_s=1.0))
    with pytest.raises(TreatmentRefused, match="locked"):  # now the calendar says it, too
        second.add(ev.PassBegun, zone="VERTEX", direction="VERTICAL")


def test_two_visits_cannot_have_one_cartridge(clinic: Clinic) -> None:
    """One cartridge, one person; and in a clinic one visit."""
    patient, other = clinic.patient(), clinic.patient()
    clinic.visit(patient, cartridge=9).to_time_out()
    again = _beside(clinic, lambda: clinic.visit(patient, cartridge=9))
    with pytest.raises(InUse, match="This cartridge is in another visit"):
        again.to_time_out()
    with pytest.raises(TreatmentRefused, match="another person"):
        clinic.visit(other, cartridge=9).to_time_out()


def test_a_visit_left_open_treats_nobody_days_later(clinic: Clinic) -> None:
    """Resumable only inside the visit: an open visit is no way around the lock of an area."""
    play = clinic.visit(clinic.patient()).to_treat()
    clinic.later(days=2)
    with pytest.raises(TreatmentRefused, match="too long ago"):
        play.add(ev.PassBegun, zone="VERTEX", direction="VERTICAL")
    play.add(ev.EndedEarly, reason="cut off")
    play.add(ev.Signed)
    assert play.visit.step is Step.CLOSED


def test_what_is_no_value_is_refused_and_the_visit_is_as_before(clinic: Clinic) -> None:
    """Bad input: a number that is none, half a letter, a visit of somebody else."""
    play, other = clinic.visit(clinic.patient()).to_treat(), clinic.patient()
    play.add(ev.PassBegun, zone="VERTEX", direction="VERTICAL")
    before = play.visit.events
    for kind, fields in (
        (ev.DoseCounted, {"zone": "VERTEX", "dose": Dose(strokes=1, contact_s=float("nan"))}),
        (ev.Noted, {"text": "\ud800"}),
        (ev.TripNoted, {"interlock": "IL-07", "text": "zero \0 byte"}),
    ):
        with pytest.raises(RecordsError, match="cannot be kept"):
            play.add(kind, **fields)
    assert play.visit.events == clinic.desk().visit_events(play.open.id) == before
    adverse = Adverse(other.id, clinic.now, ev.AdverseKind.PAIN, 1, visit_id=play.open.id)
    with pytest.raises(NotFound, match="no such visit"):
        clinic.desk().add_adverse_event(adverse)


def test_a_real_visit_is_not_begun_in_simulated_records(clinic: Clinic) -> None:
    """Simulated visits live in a database of their own."""
    with pytest.raises(MixedUp, match="real visit"):
        clinic.desk().begin_visit(clinic.patient().id, "CLINICAL", simulated=False)


def test_a_clock_that_was_set_back_begins_no_visit(clinic: Clinic) -> None:
    """A clock set back: refused clearly, nothing lost."""
    patient = clinic.patient()
    play = clinic.visit(patient)
    clinic.now -= timedelta(days=1)
    with pytest.raises(RecordsError, match="clock"):
        clinic.visit(patient)
    with pytest.raises(RecordsError, match="clock"):
        clinic.desk().knowledge(patient.id, "CLINICAL", clinic.now)
    clinic.desk().knowledge(patient.id, "CLINICAL")  # to look is always possible
    with pytest.raises(TreatmentRefused, match="clock"):
        play.add(ev.Noted, text="a note")
    clinic.later(days=1)
    play.add(ev.Noted, text="a note")
    assert play.open.version == 2
