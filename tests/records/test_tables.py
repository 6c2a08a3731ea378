"""Tables without identities, read from each kind of database."""

from __future__ import annotations

from datetime import timedelta

from records_rig import Clinic

from penctl.exchange.dump import one_moment
from penctl.exchange.facts import Letterhead, Person
from penctl.exchange.sources import facts_from
from penctl.exchange.tables import COLUMNS, Tables, age_band
from penctl.records.entries import Adverse
from penctl.records.knowing import scalp
from penctl.treatment.visit_events import AdverseKind


def test_intervals_are_in_the_tables_and_calendar_days_are_not(clinic: Clinic) -> None:
    """Issue 6, exchange: two visits eight days apart are days 0 and 8; both databases say the same."""
    patient = clinic.patient(name="Zoë")
    clinic.visit(patient).to_end()
    clinic.later(days=8)
    clinic.visit(patient, cartridge=8).to_end()
    clinic.desk().add_adverse_event(
        Adverse(patient.id, clinic.now - timedelta(days=1), AdverseKind.BRUISING, 1, text="by the ear")
    )
    with one_moment(clinic.store.database) as connection:
        tables = Tables(connection, scalp(), clinic.store.time_zone, simulated=True)
        rows = {name: tables.rows(name) for name in COLUMNS}
    assert tables.persons == 1
    assert [row["day"] for row in rows["visits"]] == [0, 8]
    assert [(row["punctures"], row["density_mean_per_cm2"]) for row in rows["zones"]] == [(36000, 600.0)] * 2
    assert [(row["day"], row["visit"]) for row in rows["adverse_events"]] == [(7, "")]
    assert len({row["person"] for found in rows.values() for row in found}) == 1
    for name, found in rows.items():
        assert all(list(row) == list(COLUMNS[name]) for row in found)
    text = str(rows)
    for word in ("Zoë", patient.id, patient.pseudonym, "dora", "2026", "by the ear"):
        assert word not in text


def test_an_auditor_reports_without_the_name(file_clinic: Clinic) -> None:
    """Whoever sees pseudonyms only hands out pseudonyms only; a clinician may leave the name out."""
    patient = file_clinic.patient(name="Zoë")
    visit = file_clinic.visit(patient).to_end()
    told = {
        name: facts_from(file_clinic.desk(name), visit.visit.begun.visit_id, Letterhead()).person
        for name in ("dora", "ruth")
    }
    assert told == {"dora": Person(patient.pseudonym, "Zoë"), "ruth": Person(patient.pseudonym)}


def test_ages_come_in_bands() -> None:
    """Ten years each, open at 80, empty where nobody asked."""
    assert [age_band(age) for age in (18, 39, 40, 79, 80, 104, None)] == [
        *("10-19", "30-39", "40-49", "70-79", "80+", "80+", ""),
    ]
