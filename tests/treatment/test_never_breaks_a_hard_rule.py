"""Property: no sequence of calls ever yields an allowed treatment that breaks a hard rule.

The oracle below counts days and caps by itself, from literals; it shares no code with the rules.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from penctl.treatment.course import Course, Punctured, Tool
from penctl.treatment.findings import Signature, open_findings
from penctl.treatment.plan import Direction, FormerDepth, Indication, Plan, ZonePlan, check_plan
from penctl.treatment.rules import Rules
from penctl.treatment.zones import Scalp
from penctl.treatment_tables import load_rules, load_scalp

TZ = ZoneInfo("America/New_York")
RULES, SCALP = load_rules(), load_scalp()
ZONES = sorted(SCALP.zones)
TOGETHER = {"PARTING", "MID_SCALP", "VERTEX"}
BEGIN = datetime(2026, 2, 25, 12, tzinfo=TZ)  # a change of summer time lies in the weeks after it

wishes = st.fixed_dictionaries(
    {
        "zone": st.sampled_from(ZONES),
        "mode": st.sampled_from(["HOME", "CLINICAL"]),
        "depth_um": st.integers(-10, 3000),
        "rate_mhz": st.integers(0, 200_000),
        "density": st.integers(-5, 4000),
        "hours": st.integers(0, 24 * 9),
        "sign": st.booleans(),
        "elsewhere": st.booleans(),
        "new_visit": st.booleans(),
    }
)


def attempt(wish: dict, done: list[Punctured], now: datetime, visit: str, rules: Rules, scalp: Scalp) -> bool:
    """Whether the rules allow this treatment, with every signature that a clinician could give."""
    planned = ZonePlan(
        wish["zone"], wish["depth_um"], wish["rate_mhz"], (Direction.VERTICAL,), wish["density"]
    )
    plan = Plan("P-1", wish["mode"], Indication.ANDROGENETIC, (planned,))
    course = Course(done, rules, scalp, TZ, wish["mode"])
    found = check_plan(plan, rules, scalp, FormerDepth({})) + course.check([wish["zone"]], now, visit)
    signed = [Signature(one.rule_id, "u1", "I want it") for one in found] if wish["sign"] else []
    return not open_findings(found, signed)


def breaks(wish: dict, done: list[tuple[str, date, str]], today: date, visit: str) -> str:
    """What hard rule an allowed treatment breaks, "" for none; in literals."""
    home = wish["mode"] == "HOME"
    if not 0 < wish["depth_um"] <= (250 if home else 2500):
        return "depth"
    if not 50_000 <= wish["rate_mhz"] <= (100_000 if home else 150_000):
        return "rate"
    if wish["density"] > 2500:
        return "density"
    area = TOGETHER if wish["zone"] in TOGETHER else {wish["zone"]}
    for zone, day, other in done:
        if zone in area and other != visit and (today - day).days < 7:
            return f"{zone} on {day}"
    return ""


@settings(max_examples=300, deadline=None)
@given(st.lists(wishes, min_size=1, max_size=25))
def test_no_sequence_of_calls_breaks_a_hard_rule(sequence: list[dict]) -> None:
    """Hard rules, no override, both modes."""
    done: list[Punctured] = []
    told: list[tuple[str, date, str]] = []
    now, number, first_of = BEGIN, 0, {}
    for wish in sequence:
        now += timedelta(hours=wish["hours"])
        number += wish["new_visit"]
        visit = f"v{number}"
        today = now.astimezone(TZ).date()
        if wish["elsewhere"]:
            done.append(Punctured(wish["zone"], now, None, Tool.DERMA_ROLLER))
            told.append((wish["zone"], today, f"elsewhere {len(told)}"))
            continue
        if attempt(wish, done, now, visit, RULES, SCALP):
            assert breaks(wish, told, today, visit) == ""
            key = (visit, wish["zone"])
            first_of.setdefault(key, today)
            done.append(Punctured(wish["zone"], now, wish["depth_um"], Tool.PEN, visit))
            told.append((wish["zone"], first_of[key], visit))


def test_the_oracle_sees_a_rule_that_was_loosened() -> None:
    """A planted defect: rules with 6 days instead of 7 are caught."""
    from dataclasses import replace

    loose = [replace(rule, value=6) if rule.key == "same_area_days" else rule for rule in RULES.all()]
    done = [Punctured("VERTEX", BEGIN, 500, Tool.PEN, "v1")]
    wish = {
        "zone": "PARTING",
        "mode": "CLINICAL",
        "depth_um": 500,
        "rate_mhz": 100_000,
        "density": 600,
        "sign": True,
    }
    now = BEGIN + timedelta(days=6)
    assert attempt(wish, done, now, "v2", Rules.of(loose), SCALP)
    assert breaks(wish, [("VERTEX", BEGIN.date(), "v1")], now.date(), "v2")
    assert not attempt(wish, done, now, "v2", RULES, SCALP)
