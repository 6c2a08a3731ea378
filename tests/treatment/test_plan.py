"""The plan: units, caps, titration, zones, directions, what does not respond."""

from __future__ import annotations

from dataclasses import replace

import pytest

from penctl.treatment.findings import TreatmentRefused, Weight, open_findings
from penctl.treatment.plan import (
    Direction,
    FormerDepth,
    Indication,
    Plan,
    ZonePlan,
    check_plan,
    plan_from,
    quantity,
)
from penctl.treatment.rules import Rules
from penctl.treatment.zones import Scalp

NEW = FormerDepth({})
USUAL = ZonePlan("FRONTAL", 500, 100_000, (Direction.HORIZONTAL, Direction.VERTICAL), 600)


def plan(*zones: ZonePlan, mode: str = "CLINICAL", indication: Indication = Indication.ANDROGENETIC) -> Plan:
    return Plan("P-1", mode, indication, zones)


def ids(found: tuple) -> set[str]:
    return {finding.rule_id for finding in found}


def test_a_usual_plan_is_free(rules: Rules, scalp: Scalp) -> None:
    """Nothing to say about 0.5 mm at 100 Hz."""
    assert check_plan(plan(USUAL), rules, scalp, NEW) == ()


@pytest.mark.parametrize(
    ("mode", "change", "rule"),
    [
        ("HOME", {"depth_um": 251}, "R-01"),
        ("CLINICAL", {"depth_um": 2501}, "R-02"),
        ("HOME", {"depth_um": 250, "rate_mhz": 100_001}, "R-03"),
        ("CLINICAL", {"rate_mhz": 150_001}, "R-04"),
        ("CLINICAL", {"rate_mhz": 49_999}, "R-06"),
        ("CLINICAL", {"density_per_cm2": 2501}, "R-13"),
        ("CLINICAL", {"depth_um": 0}, "R-POS"),
    ],
)
def test_a_plan_beyond_a_cap_is_refused_for_good(rules, scalp, mode, change, rule) -> None:
    """Hard rules: depth and rate caps."""
    found = check_plan(plan(replace(USUAL, **change), mode=mode), rules, scalp, NEW)
    assert any(one.rule_id == rule and one.weight is Weight.HARD for one in found)


@pytest.mark.parametrize(
    ("former", "depth_um", "rule"),
    [
        (None, 500, None),
        (None, 501, "R-19"),
        (500, 750, None),
        (500, 751, "R-20"),
        (1000, 1250, None),
        (250, 500, None),
    ],
)
def test_titration_starts_at_half_a_millimetre_and_takes_quarter_steps(
    rules, scalp, former, depth_um, rule
) -> None:
    """Soft, CLINICAL only: start 0.5 mm, at most +0.25 mm a visit."""
    known = FormerDepth({} if former is None else {"FRONTAL": former})
    found = ids(check_plan(plan(replace(USUAL, depth_um=depth_um)), rules, scalp, known))
    assert found == (set() if rule is None else {rule})


def test_home_has_no_titration(rules: Rules, scalp: Scalp) -> None:
    """HOME never leaves 0.25 mm; above the typical 0.2 mm it is told, and holds nobody."""
    [note] = check_plan(plan(replace(USUAL, depth_um=250), mode="HOME"), rules, scalp, NEW)
    assert (note.rule_id, note.weight, note.limit) == ("R-27", Weight.NOTE, "at most 0.2 mm")
    assert open_findings([note], ()) == ()
    assert check_plan(plan(replace(USUAL, depth_um=200), mode="HOME"), rules, scalp, NEW) == ()


def test_temples_have_a_lower_cap(rules: Rules, scalp: Scalp) -> None:
    """Zone caps, lower at the temples."""
    assert scalp.zone("TEMPORAL_LEFT").depth_max_um < scalp.zone("FRONTAL").depth_max_um
    deep = replace(USUAL, zone="TEMPORAL_LEFT", depth_um=1250)
    found = check_plan(plan(deep), rules, scalp, FormerDepth({"TEMPORAL_LEFT": 1250}))
    assert ids(found) == {"R-ZONE"}


def test_above_one_and_a_half_millimetres_a_clinician_signs(rules: Rules, scalp: Scalp) -> None:
    """Soft: above 1.5 mm."""
    found = check_plan(plan(replace(USUAL, depth_um=1501)), rules, scalp, FormerDepth({"FRONTAL": 1500}))
    assert ids(found) == {"R-18"}


@pytest.mark.parametrize(
    "indication", [Indication.ANAGEN_EFFLUVIUM, Indication.SCARRING, Indication.LARGE_BALD_AREAS]
)
def test_indications_that_do_not_respond_are_said(rules, scalp, indication) -> None:
    """Anagen effluvium, scarring, large bald areas."""
    (finding,) = check_plan(plan(USUAL, indication=indication), rules, scalp, NEW)
    assert finding.weight is Weight.NOTE


def test_overlapping_zones_share_their_density(rules: Rules, scalp: Scalp) -> None:
    """Where two planned zones overlap their punctures add up."""
    two = (
        replace(USUAL, zone="VERTEX", density_per_cm2=1300),
        replace(USUAL, zone="PARTING", density_per_cm2=1300),
    )
    assert "R-13" in ids(check_plan(plan(*two), rules, scalp, NEW))


@pytest.mark.parametrize(
    "zones", [(), (USUAL, USUAL), (replace(USUAL, zone="NOSE"),), (replace(USUAL, passes=()),)]
)
def test_a_plan_that_is_no_plan_is_refused(rules, scalp, zones) -> None:
    """No zone, a zone twice, an unknown zone, no pass."""
    with pytest.raises(TreatmentRefused):
        check_plan(plan(*zones), rules, scalp, NEW)


@pytest.mark.parametrize(
    ("text", "what", "value"),
    [
        ("0.5 mm", "depth", 500),
        ("500 um", "depth", 500),
        ("100 Hz", "rate", 100_000),
        ("600 /cm2", "density", 600),
    ],
)
def test_a_quantity_carries_its_unit(text: str, what: str, value: int) -> None:
    """Units always."""
    assert quantity(text, what) == value


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("0,5 mm", "depth"),
        ("0.5", "depth"),
        (0.5, "depth"),
        ("0.5 cm", "depth"),
        ("0.5 Hz", "depth"),
        ("5 mm 5", "depth"),
        ("-0.5 mm", "depth"),
        ("nan mm", "depth"),
        ("0.0001 mm", "depth"),
        ("100", "rate"),
        ("6000 rpm", "rate"),
        ("", "depth"),
        ("1e3 um", "depth"),
        ("٥ mm", "depth"),
        (None, "depth"),
    ],
)
def test_a_quantity_that_is_not_understood_is_refused(text: object, what: str) -> None:
    """0,5 against 0.5, depth in the wrong unit."""
    with pytest.raises(TreatmentRefused):
        quantity(text, what)


FILE = {
    "schema": 1,
    "person": "P-1",
    "mode": "clinical",
    "indication": "androgenetic",
    "zone": [
        {
            "zone": "vertex",
            "depth": "0.5 mm",
            "rate": "100 Hz",
            "passes": ["horizontal", "vertical", "diagonal_left", "diagonal_right"],
            "density": "600 /cm2",
        }
    ],
}


def test_a_plan_file_is_read(scalp: Scalp) -> None:
    """A plan as a person writes it."""
    made = plan_from(FILE, scalp)
    assert made.zone("VERTEX").depth_um == 500
    assert len(made.zone("VERTEX").passes) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"person": ""},
        {"mode": "SERVICE"},
        {"indication": "baldness"},
        {"zone": []},
        {"zone": "vertex"},
        {"extra": 1},
        {"zone": [{**FILE["zone"][0], "passes": ["sideways"]}]},
        {"zone": [{**FILE["zone"][0], "passes": "horizontal"}]},
        {"zone": [{**FILE["zone"][0], "depht": "1 mm"}]},
        {"zone": [{"zone": "vertex"}]},
    ],
)
def test_a_plan_file_that_is_not_understood_is_refused(scalp: Scalp, change: dict) -> None:
    """Bad input: clear errors, never a traceback."""
    with pytest.raises(TreatmentRefused):
        plan_from({**FILE, **change}, scalp)


@pytest.mark.parametrize(("scale", "grades"), [("NORWOOD", range(1, 8)), ("LUDWIG", range(1, 4))])
def test_every_stage_suggests_zones(scalp: Scalp, scale: str, grades: range) -> None:
    """Norwood and Ludwig stages suggest zones."""
    assert all(scalp.suggested(scale, grade).source for grade in grades)
    with pytest.raises(TreatmentRefused):
        scalp.suggested(scale, 8)


def test_a_zone_that_is_not_planned_is_refused() -> None:
    """A plan names what may be treated."""
    with pytest.raises(TreatmentRefused):
        plan(USUAL).zone("VERTEX")
