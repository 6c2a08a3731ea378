"""A whole visit as a list of events, for tests that begin in the middle of one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from penctl.treatment import visit_events as ev
from penctl.treatment.course import Course, Punctured
from penctl.treatment.dose import Dose
from penctl.treatment.plan import Direction, FormerDepth, Indication, Plan, ZonePlan
from penctl.treatment.visit import Knowledge, Visit
from penctl.treatment.visit_steps import TIME_OUT, preparation
from penctl.treatment_tables import load_questions, load_rules, load_scalp

TZ = ZoneInfo("Europe/Berlin")
BEGIN = datetime(2026, 6, 1, 10, tzinfo=TZ)
BY = "clinician-1"
ZONE = ZonePlan("VERTEX", 500, 100_000, (Direction.HORIZONTAL, Direction.VERTICAL), 600)
PLAN = Plan("P-1", "CLINICAL", Indication.ANDROGENETIC, (ZONE,))
RULES, SCALP, QUESTIONS = load_rules(), load_scalp(), load_questions()


def knowledge(*done: Punctured, mode: str = "CLINICAL") -> Knowledge:
    return Knowledge(
        RULES, QUESTIONS, SCALP, Course(done, RULES, SCALP, TZ, mode), FormerDepth({"VERTEX": 500})
    )


class Script:
    """Adds events a minute apart."""

    def __init__(self, *done: Punctured, mode: str = "CLINICAL") -> None:
        self.now = BEGIN
        begun = ev.VisitBegun(at=self.now, by=BY, visit_id="v1", person="P-1", mode=mode, simulated=True)
        self.visit = Visit(begun, knowledge(*done, mode=mode))

    def add(self, kind: type[ev.VisitEvent], /, **fields: Any) -> None:
        self.now += timedelta(minutes=1)
        self.visit.add(kind(at=self.now, by=BY, **fields))

    def answers(self) -> dict[str, str | int]:
        good: dict[str, str | int] = {"YES_NO": "NO", "YEARS": 40, "MONTHS_SINCE": "NEVER", "SKIN_TYPE": 2}
        return {key: good[question.answer.value] for key, question in QUESTIONS.items()}

    def to_plan(self) -> Script:
        self.add(ev.Screened, answers=self.answers())
        self.add(ev.Consented, form="consent 3")
        self.add(ev.PhotoTaken, when="BEFORE", reference="photo-1")
        return self

    def to_prepare(self) -> Script:
        self.to_plan()
        self.add(ev.Planned, plan=PLAN)
        return self

    def to_time_out(self) -> Script:
        self.to_prepare()
        for item in preparation(self.visit.mode):
            self.add(ev.ItemPrepared, item=item)
        self.add(ev.AnaestheticNone)
        self.add(
            ev.CartridgeRead,
            cartridge_id=7,
            kind="CLINICAL",
            needles=12,
            lot="L1",
            sterile_until=date(2027, 1, 1),
            uses=0,
        )
        return self

    def to_treat(self) -> Script:
        self.to_time_out()
        for item in TIME_OUT:
            self.add(ev.TimeOutSaid, item=item)
        self.add(ev.Armed)
        return self

    def to_dispose(self) -> Script:
        self.to_treat()
        for direction in ("HORIZONTAL", "VERTICAL"):
            self.add(ev.PassBegun, zone="VERTEX", direction=direction)
            self.add(ev.DoseCounted, zone="VERTEX", dose=Dose(strokes=1500, deepest_um=505, contact_s=15.0))
            self.add(ev.PassEnded, zone="VERTEX", done=True)
        self.add(ev.ZoneEnded, zone="VERTEX", done=True)
        return self

    def to_end(self) -> Script:
        self.to_dispose()
        self.add(ev.NeedlesChecked, intact=True)
        self.add(ev.CartridgeDisposed)
        self.add(ev.PhotosDeclined, when="AFTER", reason="not wanted")
        self.add(ev.AfterCareGiven)
        self.add(ev.Signed)
        return self
