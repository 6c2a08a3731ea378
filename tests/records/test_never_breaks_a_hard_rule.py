"""Property: no sequence of calls on the records ever yields an allowed treatment that breaks a hard rule.

The oracle counts days, caps, persons and cartridges by itself, from literals; it shares no code with the
rules.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from records_rig import Clinic, Play

from penctl.errors import PenError
from penctl.records import Elsewhere, OpenVisit
from penctl.treatment import visit_events as ev
from penctl.treatment.course import Tool
from penctl.treatment.dose import Dose
from penctl.treatment.findings import Signature
from penctl.treatment.plan import Direction, Indication, Plan, ZonePlan, check_plan

TOGETHER = {"PARTING", "MID_SCALP", "VERTEX"}
TZ = ZoneInfo("Europe/Berlin")

FLAWS: dict[str, dict[str, Any]] = {
    "": {},
    "depth": {"depth_um": 2501},
    "depth at home": {"depth_um": 251},
    "rate": {"rate_mhz": 150_001},
    "low rate": {"rate_mhz": 49_000},
    "density": {"density": 2501},
    "age": {"age": 17},
}
wishes = st.fixed_dictionaries(
    {
        "act": st.sampled_from(["treat", "treat", "treat", "elsewhere", "resume"]),
        "person": st.integers(0, 1),
        "mode": st.sampled_from(["HOME", "CLINICAL", "CLINICAL"]),
        "zone": st.sampled_from(["VERTEX", "PARTING", "OCCIPITAL"]),
        "depth_um": st.sampled_from([200, 250]),
        "rate_mhz": st.sampled_from([90_000, 100_000]),
        "density": st.sampled_from([300, 2500]),
        "cartridge": st.integers(0, 4),
        "days": st.sampled_from([0, 1, 6, 7, 7]),
        "age": st.sampled_from([18, 40]),
        "signed": st.sampled_from([True, True, False]),
        "left_open": st.sampled_from([True, False, False]),
        "flaw": st.sampled_from(["", "", "", "", *FLAWS]),
    }
).map(lambda wish: {**wish, **FLAWS[wish["flaw"]]})


@dataclass
class Oracle:
    """What was done to whom with what, as told after each treatment."""

    zones: list[tuple[int, str, date, str]] = field(default_factory=list)
    cartridges: dict[int, int] = field(default_factory=dict)

    def broken(self, wish: dict[str, Any], day: date, visit: str) -> str:
        """The hard rule that a treatment would break, "" for none."""
        home = wish["mode"] == "HOME"
        if not 0 < wish["depth_um"] <= (250 if home else 2500):
            return "depth"
        if not 50_000 <= wish["rate_mhz"] <= (100_000 if home else 150_000):
            return "rate"
        if wish["density"] > 2500:
            return "density"
        if wish["age"] < 18:
            return "age"
        if self.cartridges.get(wish["cartridge"], wish["person"]) != wish["person"]:
            return "another person's cartridge"
        area = TOGETHER if wish["zone"] in TOGETHER else {wish["zone"]}
        for person, zone, before, other in self.zones:
            near = person == wish["person"] and zone in area and other != visit
            if near and (day - before).days < 7:
                return f"{zone} on {before}"
        return ""

    def told(self, wish: dict[str, Any], day: date, visit: str) -> None:
        """It was done."""
        self.zones.append((wish["person"], wish["zone"], day, visit))
        self.cartridges[wish["cartridge"]] = wish["person"]


class Wished(Play):
    """A visit as somebody wishes it, with every signature that a clinician could give."""

    def __init__(self, clinic: Clinic, opened: OpenVisit, wish: dict[str, Any]) -> None:
        super().__init__(clinic, opened, "dora", wish["cartridge"])
        self.wish = wish

    def answers(self) -> dict[str, str | int]:
        return {**super().answers(), "AGE": self.wish["age"]}

    def plan(self) -> Plan:
        wish = self.wish
        zone = ZonePlan(
            wish["zone"], wish["depth_um"], wish["rate_mhz"], (Direction.VERTICAL,), wish["density"]
        )
        return Plan(self.visit.begun.person, wish["mode"], Indication.ANDROGENETIC, (zone,))

    def event(self, kind: type[ev.VisitEvent], /, **fields: Any) -> ev.VisitEvent:
        if kind is ev.CartridgeRead:
            fields["kind"] = self.wish["mode"]
        if kind is ev.Planned:
            fields["plan"] = self.plan()
            fields["signatures"] = self._signatures(fields["plan"])
        return super().event(kind, **fields)

    def _signatures(self, plan: Plan) -> tuple[Signature, ...]:
        known = self.clinic.desk().knowledge(self.open.patient_id, plan.mode, visit_id=self.open.id)
        found = check_plan(plan, known.rules, known.scalp, known.former)
        found += known.course.check([self.wish["zone"]], self.clinic.now, self.open.id)
        signed = [Signature(one.rule_id, "dora", "I want it") for one in found]
        return tuple(signed) if self.wish["signed"] else ()

    def treat(self) -> None:
        """One pass, with punctures."""
        zone = self.wish["zone"]
        self.add(ev.PassBegun, zone=zone, direction="VERTICAL")
        self.add(ev.DoseCounted, zone=zone, dose=Dose(strokes=10, deepest_um=200, contact_s=0.1))
        self.add(ev.PassEnded, zone=zone, done=True)

    def close(self) -> None:
        """It ends here, with what must still be done."""
        self.add(ev.EndedEarly, reason="enough")
        self.add(ev.NeedlesChecked, intact=True)
        if self.wish["mode"] == "CLINICAL":
            self.add(ev.CartridgeDisposed)
        self.add(ev.PhotosDeclined, when="AFTER", reason="not wanted")
        self.add(ev.AfterCareGiven)
        self.add(ev.Signed)


def _treated(clinic: Clinic, people: list[Any], wish: dict[str, Any]) -> OpenVisit | None:
    """The visit in which it was allowed, signed or left open as one that was cut off; None when refused."""
    try:
        opened = clinic.desk().begin_visit(people[wish["person"]].id, wish["mode"], simulated=True)
    except PenError:
        return None
    play = Wished(clinic, opened, wish)
    try:
        play.to_treat()
        play.treat()
    except PenError:
        play.add(ev.EndedEarly, reason="refused")
        play.add(ev.Signed)
        return None
    if not wish["left_open"]:
        play.close()
    return opened


def _resumed(clinic: Clinic, left: list[tuple[OpenVisit, dict[str, Any]]]) -> tuple[OpenVisit, Any] | None:
    """The oldest visit that was left open goes on, as if nothing had happened meanwhile."""
    if not left:
        return None
    before, wish = left.pop(0)
    try:
        opened = clinic.desk().resume_visit(before.id)
        Wished(clinic, opened, wish).treat()
    except PenError:
        return None
    return opened, wish


def _elsewhere(clinic: Clinic, people: list[Any], wish: dict[str, Any]) -> None:
    person = people[wish["person"]].id
    clinic.desk().add_elsewhere(Elsewhere(person, wish["zone"], clinic.now, None, Tool.DERMA_ROLLER))


def test_no_sequence_of_calls_breaks_a_hard_rule(file_template: Path) -> None:
    """No sequence of calls ever yields an allowed treatment that breaks a hard rule, through the records."""
    allowed: list[int] = []

    # A sequence is short enough to be read as it is: making it shorter takes minutes, and helps nobody.
    phases = [Phase.explicit, Phase.generate]

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        phases=phases,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(st.lists(wishes, min_size=2, max_size=6))
    def hold(sequence: list[dict[str, Any]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "records.db"
            shutil.copyfile(file_template, path)
            clinic = Clinic(str(path))
            allowed.append(_hold(clinic, sequence))
            clinic.store.close()

    hold()
    assert sum(allowed) >= 3  # where nothing is allowed nothing can be broken


def _hold(clinic: Clinic, sequence: list[dict[str, Any]]) -> int:
    """How many treatments were allowed."""
    people = [clinic.patient(), clinic.patient()]
    oracle, left, count = Oracle(), [], 0
    for number, wish in enumerate(sequence):
        clinic.later(days=wish["days"], hours=1)
        day = clinic.now.astimezone(TZ).date()
        if wish["act"] == "elsewhere":
            _elsewhere(clinic, people, wish)
            oracle.zones.append((wish["person"], wish["zone"], day, f"elsewhere {number}"))
            continue
        if wish["act"] == "resume":
            gone_on = _resumed(clinic, left)
            allowed, wished = gone_on if gone_on else (None, wish)
        else:
            allowed, wished = _treated(clinic, people, wish), wish
        if allowed is not None:
            assert oracle.broken(wished, day, allowed.id) == ""
            oracle.told(wished, day, allowed.id)
            if wished["left_open"]:
                left.append((allowed, wished))
            count += 1
    return count


def test_the_oracle_sees_a_treatment_that_breaks_a_rule(file_clinic: Clinic) -> None:
    """The property can fail: the oracle sees what is allowed, and what is refused would break a rule."""
    wish = {"person": 0, "mode": "CLINICAL", "zone": "VERTEX", "depth_um": 500, "rate_mhz": 100_000}
    wish |= {"density": 300, "cartridge": 1, "age": 40, "signed": True, "left_open": False}
    people, oracle = [file_clinic.patient()], Oracle()
    opened = _treated(file_clinic, people, wish)
    assert opened is not None
    day = datetime.date(file_clinic.now.astimezone(TZ))
    oracle.told(wish, day, opened.id)
    assert oracle.broken({**wish, "zone": "PARTING"}, day, "another visit") == f"VERTEX on {day}"
    file_clinic.later(days=6)
    assert _treated(file_clinic, people, {**wish, "zone": "PARTING", "cartridge": 2}) is None
    file_clinic.later(days=1)
    assert _treated(file_clinic, people, {**wish, "zone": "PARTING", "cartridge": 2}) is not None
