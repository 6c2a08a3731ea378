"""What is known of a person before a visit: the clinic's rules, all punctures of the scalp, former depths."""

from __future__ import annotations

import json
from datetime import tzinfo
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select

from penctl.records import schema
from penctl.records.values import moment_of
from penctl.treatment.course import Course, Punctured, Tool
from penctl.treatment.dose import depth_that_counts
from penctl.treatment.plan import FormerDepth
from penctl.treatment.rules import Rules
from penctl.treatment.screening import Question
from penctl.treatment.visit import Knowledge
from penctl.treatment.zones import Scalp
from penctl.treatment_tables import load_questions, load_rules, load_scalp


@lru_cache(maxsize=1)
def _tables() -> tuple[Rules, dict[str, Question], Scalp]:
    return load_rules(), load_questions(), load_scalp()


@lru_cache(maxsize=8)
def _stricter(wishes: tuple[tuple[str, int], ...]) -> Rules:
    return _tables()[0].stricter(dict(wishes))


def rules_of(connection: Connection) -> Rules:
    """The rules with the clinic's own, stricter figures."""
    own = schema.clinic_rules
    rows = connection.execute(select(own.c.id, own.c.value).order_by(own.c.id))
    return _stricter(tuple((row.id, int(row.value)) for row in rows))


def scalp() -> Scalp:
    """The zones of the release."""
    return _tables()[2]


def knowledge(
    connection: Connection, patient_id: str, mode: str, clinic_zone: tzinfo, visit_id: str = ""
) -> Knowledge:
    """What a visit of this person is held against; punctures of `visit_id` itself are not in it.

    Raises:
        TreatmentRefused: a zone in the records that this release does not know.
    """
    rules, (_, questions, zones) = rules_of(connection), _tables()
    own, former = _own(connection, patient_id, visit_id)
    course = Course([*own, *_foreign(connection, patient_id)], rules, zones, clinic_zone, mode)
    answers = _last_answers(connection, patient_id, visit_id)
    return Knowledge(rules, questions, zones, course, FormerDepth(former), answers)


def _last_answers(connection: Connection, patient_id: str, visit_id: str) -> dict[str, Any]:
    """Of the screening before this visit, empty when there was none."""
    table = schema.screenings
    query = select(table.c.answers).where(table.c.patient_id == patient_id, table.c.visit_id != visit_id)
    told = connection.execute(query.order_by(table.c.at.desc()).limit(1)).scalar()
    answers: dict[str, Any] = json.loads(told) if told else {}
    return answers


def _own(connection: Connection, patient_id: str, visit_id: str) -> tuple[list[Punctured], dict[str, int]]:
    table = schema.zone_treatments
    query = select(table.c.visit_id, table.c.zone, table.c.at, table.c.planned_um, table.c.deepest_um)
    query = query.where(table.c.patient_id == patient_id, table.c.visit_id != visit_id).order_by(table.c.at)
    found: list[Punctured] = []
    former: dict[str, int] = {}
    for row in connection.execute(query):
        planned, deepest = int(row.planned_um), int(row.deepest_um)
        depth_um = depth_that_counts(planned, deepest)
        found.append(Punctured(row.zone, moment_of(row.at), depth_um, Tool.PEN, row.visit_id))
        former[row.zone] = planned
    return found, former


def _foreign(connection: Connection, patient_id: str) -> list[Punctured]:
    table = schema.elsewhere
    query = select(table.c.zone, table.c.treated_at, table.c.depth_um, table.c.tool)
    return [
        Punctured(row.zone, moment_of(row.treated_at), row.depth_um, Tool(row.tool))
        for row in connection.execute(query.where(table.c.patient_id == patient_id))
    ]
