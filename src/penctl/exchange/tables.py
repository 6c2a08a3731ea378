"""Tables without identities, for research: CSV or Parquet, one file a table.

Left out: names, pseudonyms, birth dates, users, pens, cartridges, lots, photos, free text, calendar dates
and times of day. Persons and visits get codes that are drawn for each export and kept nowhere, days count
from the person's first visit, ages come in bands of ten years. That is no promise of anonymity:
`docs/exchange.md`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any, Final

from sqlalchemy import Connection, select

from penctl.records import schema
from penctl.treatment.zones import Scalp

LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
OLDEST_BAND: Final = 80
Row = dict[str, Any]

COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "visits": {
        "person": "text",
        "visit": "text",
        "day": "whole",
        "mode": "text",
        "simulated": "whole",
        "signed": "whole",
        "ended_early": "whole",
        "indication": "text",
        "age_band": "text",
        "minutes": "whole",
    },
    "zones": {
        "person": "text",
        "visit": "text",
        "day": "whole",
        "zone": "text",
        "area_cm2": "number",
        "depth_set_um": "whole",
        "rate_set_mhz": "whole",
        "density_target_per_cm2": "whole",
        "passes_planned": "whole",
        "passes_done": "whole",
        "needles": "whole",
        "strokes": "whole",
        "strokes_unseen": "whole",
        "punctures": "whole",
        "density_mean_per_cm2": "number",
        "deepest_measured_um": "whole",
        "contact_s": "number",
    },
    "adverse_events": {
        "person": "text",
        "visit": "text",
        "day": "whole",
        "kind": "text",
        "severity": "whole",
        "zone": "text",
    },
    "therapies": {"person": "text", "visit": "text", "day": "whole", "therapy": "text"},
    "outcomes": {"person": "text", "day": "whole", "zone": "text", "measure": "text", "value": "number"},
}
"""Each table with its columns and their kinds; units stand in the names."""


@dataclass
class _Codes:
    """Codes that are drawn, never derived: nobody can go back from one to a person."""

    drawn: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def of(self, own_id: str) -> str:
        """The code of an id, the same within this export."""
        if own_id not in self.drawn:
            code = "".join(secrets.choice(LETTERS) for _ in range(8))
            while code in self.used:
                code = "".join(secrets.choice(LETTERS) for _ in range(8))
            self.used.add(code)
            self.drawn[own_id] = code
        return self.drawn[own_id]


class Tables:
    """All tables of the records as they stand at one moment; rows in the order of their codes."""

    def __init__(self, connection: Connection, scalp: Scalp, zone: tzinfo, *, simulated: bool) -> None:
        self._connection, self._scalp, self._zone, self._simulated = connection, scalp, zone, simulated
        self._persons, self._visits = _Codes(), _Codes()
        visits = schema.visits.c
        query = select(visits.id, visits.patient_id, visits.day).order_by(visits.begun_at)
        self._first: dict[str, date] = {}
        self._day_of: dict[str, int] = {}
        for row in connection.execute(query):
            day = date.fromisoformat(row.day)
            self._day_of[row.id] = (day - self._first.setdefault(row.patient_id, day)).days

    @property
    def persons(self) -> int:
        """How many persons have a visit, and so are in the tables."""
        return len(self._first)

    def rows(self, name: str) -> list[Row]:
        """The rows of a table of `COLUMNS`."""
        made: Iterable[Row] = getattr(self, f"_{name}_rows")()
        return sorted(made, key=lambda row: tuple(str(row[key]) for key in ("person", "day", *row)))

    def _of_visit(self, row: Any) -> Row:
        return {
            "person": self._persons.of(row.patient_id),
            "visit": self._visits.of(row.visit_id) if row.visit_id else "",
            "day": self._day_of[row.visit_id] if row.visit_id else self._day(row.patient_id, row.at),
        }

    def _day(self, patient_id: str, at: str) -> int | None:
        first, moment = self._first.get(patient_id), datetime.fromisoformat(at)
        day = moment.astimezone(self._zone).date() if moment.tzinfo else moment.date()
        return (day - first).days if first else None

    def _all(self, table: Any) -> Iterator[Any]:
        found = self._connection.execution_options(yield_per=2000).execute(select(table))
        for part in found.partitions(2000):
            yield from part

    def _last(self, table: Any) -> dict[str, Any]:
        """The last row of each visit."""
        return {row.visit_id: row for row in sorted(self._all(table), key=lambda row: str(row.id))}

    def _visits_rows(self) -> Iterator[Row]:
        answers = {row.visit_id: row.answers for row in self._last(schema.screenings).values()}
        plans = self._last(schema.plans)
        for row in self._all(schema.visits):
            yield {
                "person": self._persons.of(row.patient_id),
                "visit": self._visits.of(row.id),
                "day": self._day_of[row.id],
                "mode": row.mode,
                "simulated": int(self._simulated),
                "signed": int(row.status == "CLOSED"),
                "ended_early": int(bool(row.ended_early)),
                "indication": json.loads(plans[row.id].content).get("indication", "")
                if row.id in plans
                else "",
                "age_band": age_band(json.loads(answers.get(row.id, "{}")).get("AGE")),
                "minutes": _minutes(row.begun_at, row.closed_at),
            }

    def _zones_rows(self) -> Iterator[Row]:
        plans, needles = self._last(schema.plans), self._needles()
        done: dict[tuple[str, str], list[Any]] = {}
        for row in self._all(schema.passes):
            done.setdefault((row.visit_id, row.zone), []).append(row)
        for row in self._all(schema.zone_treatments):
            planned = _planned(plans.get(row.visit_id), row.zone)
            passes, read = done.get((row.visit_id, row.zone), []), needles.get(row.visit_id, [])
            strokes, unseen = (
                sum(getattr(one, key) for one in passes) for key in ("strokes", "strokes_unseen")
            )
            area = self._scalp.zone(row.zone).area_cm2
            punctures = sum((one.strokes + one.strokes_unseen) * _needles_of(one, read) for one in passes)
            yield {
                **self._of_visit(row),
                "zone": row.zone,
                "area_cm2": area,
                "depth_set_um": row.planned_um,
                "rate_set_mhz": planned.get("rate_mhz"),
                "density_target_per_cm2": planned.get("density_per_cm2"),
                "passes_planned": len(planned.get("passes", ())),
                "passes_done": sum(one.done for one in passes),
                "needles": read[-1][1] if read else 0,
                "strokes": strokes,
                "strokes_unseen": unseen,
                "punctures": punctures,
                "density_mean_per_cm2": round(punctures / area, 1),
                "deepest_measured_um": row.deepest_um,
                "contact_s": round(sum(one.contact_s for one in passes), 3),
            }

    def _needles(self) -> dict[str, list[tuple[str, int]]]:
        """When each visit read which cartridge, by its needles, in order."""
        of_cartridge = {row.id: int(row.needles) for row in self._all(schema.cartridges)}
        found: dict[str, list[tuple[str, int]]] = {}
        for row in sorted(self._all(schema.cartridge_uses), key=lambda row: str(row.at)):
            found.setdefault(row.visit_id, []).append((row.at, of_cartridge[row.cartridge_id]))
        return found

    def _adverse_events_rows(self) -> Iterator[Row]:
        for row in self._all(schema.adverse_events):
            yield {**self._of_visit(row), "kind": row.kind, "severity": row.severity, "zone": row.zone}

    def _therapies_rows(self) -> Iterator[Row]:
        for row in self._all(schema.therapies):
            yield {**self._of_visit(row), "therapy": row.therapy}

    def _outcomes_rows(self) -> Iterator[Row]:
        noted = sorted(self._all(schema.outcomes), key=lambda row: str(row.at))
        # of two of one day the one that was noted later corrects
        for row in {(one.patient_id, one.on_day, one.zone, one.measure): one for one in noted}.values():
            yield {
                "person": self._persons.of(row.patient_id),
                "day": self._day(row.patient_id, row.on_day),
                "zone": row.zone,
                "measure": row.measure,
                "value": row.value,
            }


def _needles_of(done: Any, read: list[tuple[str, int]]) -> int:
    """Needles of the cartridge that was read last before a pass ended; times are texts in one form."""
    return next((needles for at, needles in reversed(read) if at <= done.at), 0)


def age_band(age: object) -> str:
    """40-49; 80+ from there on; "" when nobody asked."""
    if not isinstance(age, int) or age < 0:
        return ""
    low = age // 10 * 10
    return f"{OLDEST_BAND}+" if low >= OLDEST_BAND else f"{low}-{low + 9}"


def _minutes(begun: str, closed: str | None) -> int | None:
    if closed is None:
        return None
    return round((datetime.fromisoformat(closed) - datetime.fromisoformat(begun)).total_seconds() / 60)


def _planned(plan: Any, zone: str) -> Row:
    zones: list[Row] = json.loads(plan.content).get("zones", []) if plan is not None else []
    return next((one for one in zones if one["zone"] == zone), {})
