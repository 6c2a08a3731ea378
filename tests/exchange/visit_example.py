"""A visit with everything in it, and its facts, for the tests of what leaves the records."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from penctl.exchange.facts import Letterhead, PenFacts, Person, VisitFacts
from penctl.exchange.gather import visit_facts
from penctl.treatment import visit_events as ev
from penctl.treatment.combinations import Therapy, TherapyNote
from penctl.treatment.course import Course, Punctured
from penctl.treatment.dose import Dose
from penctl.treatment.findings import Signature
from penctl.treatment.plan import Direction, FormerDepth, Indication, Plan, ZonePlan
from penctl.treatment.visit import Knowledge, Visit
from penctl.treatment.visit_steps import TIME_OUT, preparation
from penctl.treatment_tables import load_questions, load_rules, load_scalp

TZ = ZoneInfo("Europe/Berlin")
BEGIN = datetime(2026, 6, 1, 10, 0, tzinfo=TZ)
BY = "u-7"
VISIT_ID = "0b6f4c0e-6c1e-4e0e-9d0c-2f6a5d3b1a77"
RULES, SCALP, QUESTIONS = load_rules(), load_scalp(), load_questions()
H, V = Direction.HORIZONTAL, Direction.VERTICAL
D1, D2 = Direction.DIAGONAL_LEFT, Direction.DIAGONAL_RIGHT
ZONES = (
    ZonePlan("FRONTAL", 750, 110_000, (H, V, D1, D2), 400),
    ZonePlan("FRONTOTEMPORAL_LEFT", 500, 100_000, (H, V), 300),
    ZonePlan("FRONTOTEMPORAL_RIGHT", 500, 100_000, (H, V), 300),
    ZonePlan("VERTEX", 1000, 110_000, (H, V, D1, D2), 400),
)
LETTERHEAD = Letterhead("Scalp Clinic", ("1 Example Street", "12345 Exampletown"), "+49 30 0000 000", "112")
PERSON = Person("P-4F7Q2", "Zoë Łukasz-Öztürk", date(1984, 2, 29))
PEN = PenFacts("penctl reference pen", "PN-000123", "0.1.0")
NAMES = {BY: "Dr. Example"}


class Example:
    """Adds events, each some seconds after the one before."""

    def __init__(self, *, simulated: bool = True) -> None:
        self.now = BEGIN
        done = (Punctured("VERTEX", BEGIN - timedelta(days=35), 800, visit_id="v0"),)
        known = Knowledge(
            *(RULES, QUESTIONS, SCALP, Course(done, RULES, SCALP, TZ)),
            FormerDepth({"VERTEX": 800, "FRONTAL": 500}),
        )
        begun = ev.VisitBegun(self.now, BY, VISIT_ID, PERSON.pseudonym, "CLINICAL", simulated)
        self.visit = Visit(begun, known)

    def add(self, kind: type[ev.VisitEvent], /, *, after_s: float = 41, **fields: Any) -> None:
        self.now += timedelta(seconds=after_s)
        self.visit.add(kind(at=self.now, by=BY, **fields))

    def prepared(self) -> Example:
        good: dict[str, str | int] = {"YES_NO": "NO", "YEARS": 42, "MONTHS_SINCE": "NEVER", "SKIN_TYPE": 2}
        answers = {key: good[question.answer.value] for key, question in QUESTIONS.items()}
        answers |= {"BLOOD_THINNERS": "YES", "DIABETES": "YES"}
        lifted = (
            Signature("S-12", BY, "low dose, agreed with the prescribing doctor"),
            Signature("S-15", BY, "well controlled for years"),
        )
        self.add(ev.Screened, answers=answers, signatures=lifted)
        self.add(ev.Consented, form="Consent to microneedling of the scalp, version 3")
        self.add(ev.PhotoTaken, when="BEFORE", reference="IMG-0412", zone="VERTEX")
        self.add(ev.PhotoTaken, when="BEFORE", reference="IMG-0413", zone="FRONTAL")
        plan = Plan(PERSON.pseudonym, "CLINICAL", Indication.ANDROGENETIC, ZONES)
        self.add(ev.Planned, plan=plan)
        for item in preparation("CLINICAL"):
            self.add(ev.ItemPrepared, item=item, after_s=9)
        applied = self.now + timedelta(minutes=1)
        self.now = applied
        self.add(ev.AnaestheticApplied, agent="lidocaine 4 % cream", dose="5 g", applied_at=applied)
        self.add(ev.AnaestheticRemoved, after_s=1500)
        self.add(
            ev.CartridgeRead,
            cartridge_id=70412,
            kind="CLINICAL",
            needles=12,
            lot="LOT-26-0117",
            sterile_until=date(2027, 11, 30),
            uses=0,
        )
        for item in TIME_OUT:
            self.add(ev.TimeOutSaid, item=item, after_s=6)
        self.add(ev.Armed)
        return self

    def zone(self, planned: ZonePlan, strokes: int, unseen: int = 0) -> None:
        for direction in planned.passes:
            self.add(ev.PassBegun, zone=planned.zone, direction=direction.value, after_s=8)
            dose = Dose(strokes, 20, unseen, planned.depth_um + 8, strokes * 1000 / planned.rate_mhz)
            self.add(ev.DoseCounted, zone=planned.zone, dose=dose, after_s=13.37)
            self.add(ev.PassEnded, zone=planned.zone, done=True, after_s=1)
        self.add(ev.ZoneEnded, zone=planned.zone, done=True)

    def treated(self) -> Example:
        self.prepared()
        self.zone(ZONES[0], 334)
        self.add(ev.TripNoted, interlock="IL-26", text="The link was lost for 250 ms; the pen came to rest.")
        self.zone(ZONES[1], 250, 14)
        self.add(ev.ZoneEnded, zone="FRONTOTEMPORAL_RIGHT", done=False, reason="a small mole lies in it")
        self.zone(ZONES[3], 501)
        return self

    def signed(self) -> Example:
        self.treated()
        self.add(ev.NeedlesChecked, intact=True)
        self.add(ev.CartridgeDisposed)
        self.add(
            ev.AdverseEventNoted,
            kind=ev.AdverseKind.REDNESS,
            severity=1,
            zone="VERTEX",
            text="as expected, even",
        )
        note = TherapyNote(Therapy.MINOXIDIL, self.now - timedelta(days=1), "the patient", "5 %, evenings")
        self.add(ev.TherapyNoted, note=note)
        self.add(ev.Noted, text="Asks for <b>shorter</b> visits & less noise.")
        self.add(ev.PhotoTaken, when="AFTER", reference="IMG-0414")
        self.add(ev.AfterCareGiven)
        self.add(ev.Signed)
        return self

    def unwell(self) -> Example:
        self.prepared()
        self.zone(ZONES[0], 334)
        self.add(ev.Unwell, reason="dizzy, laid down, recovered after ten minutes")
        self.add(
            ev.AdverseEventNoted,
            kind=ev.AdverseKind.SYNCOPE,
            severity=2,
            text="pale, pulse 52",
        )
        return self


def example_facts(example: Example | None = None, person: Person = PERSON) -> VisitFacts:
    visit = (example or Example().signed()).visit
    return visit_facts(visit, person, LETTERHEAD, TZ, PEN, NAMES)
