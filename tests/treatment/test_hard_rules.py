"""The hard rules of treatment, written as literals: a figure that changes in a table fails here."""

from __future__ import annotations

from pathlib import Path

import pytest

from penctl.clinic import load_clinic
from penctl.treatment.findings import Finding, Signature, TreatmentRefused, Weight, open_findings, refuse_open
from penctl.treatment.rules import Rules


@pytest.mark.parametrize(
    ("key", "mode", "value"),
    [
        ("depth_max_um", "HOME", 250),
        ("depth_max_um", "CLINICAL", 2500),
        ("rate_max_mhz", "HOME", 100_000),
        ("rate_max_mhz", "CLINICAL", 150_000),
        ("rate_min_mhz", "HOME", 50_000),
        ("rate_min_mhz", "CLINICAL", 50_000),
        ("same_area_days", "HOME", 7),
        ("same_area_days", "CLINICAL", 7),
        ("age_min_years", "HOME", 18),
        ("age_min_years", "CLINICAL", 18),
        ("cartridge_persons_count", "HOME", 1),
        ("cartridge_persons_count", "CLINICAL", 1),
        ("cartridge_visits_count", "CLINICAL", 1),
        ("cartridge_visits_count", "HOME", 15),
        ("density_max_per_cm2", "CLINICAL", 2500),
    ],
)
def test_a_hard_rule_has_its_figure(rules: Rules, key: str, mode: str, value: int) -> None:
    """Hard limits as literals, both modes."""
    assert rules[key, mode].value == value
    assert rules[key, mode].weight is Weight.HARD


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("interval_medium_days", 14),
        ("medium_depth_um", 600),
        ("interval_deep_days", 28),
        ("deep_depth_um", 1200),
        ("depth_usual_max_um", 1500),
        ("titration_start_um", 500),
        ("titration_step_um", 250),
    ],
)
def test_a_soft_default_has_its_figure(rules: Rules, key: str, value: int) -> None:
    """Soft defaults as literals."""
    assert rules[key, "CLINICAL"].value == value
    assert rules[key, "CLINICAL"].weight is Weight.SOFT


def test_the_minoxidil_hold_is_24_hours(rules: Rules) -> None:
    """24 h wins where articles disagree."""
    assert rules["minoxidil_hold_hours", "HOME"].value == 24


def test_every_rule_has_a_source_and_a_remedy(rules: Rules) -> None:
    """Rules as data: figure, source, mark, whom it binds."""
    assert len(rules.all()) >= 25
    for rule in rules.all():
        assert rule.source
        assert rule.remedy
        assert rule.mark in "RMDA"
        assert rule.mode in ("HOME", "CLINICAL", "BOTH")


def test_a_clinic_may_be_stricter(tmp_path: Path) -> None:
    """A clinic's own file makes a rule stricter, and the others stay."""
    own = tmp_path / "clinic.toml"
    own.write_text("schema = 1\n[rules]\nR-07 = 10\nR-02 = 1500\n", encoding="utf-8")
    strict = load_clinic(own).rules
    assert strict["same_area_days", "HOME"].value == 10
    assert strict["depth_max_um", "CLINICAL"].value == 1500
    assert strict["depth_max_um", "CLINICAL"].set_by_clinic
    assert strict["depth_max_um", "HOME"].value == 250


@pytest.mark.parametrize(
    "line", ["R-07 = 6", "R-02 = 2501", "R-01 = 251", "R-08 = 17", "R-05 = 49999", "R-14 = 13"]
)
def test_a_clinic_cannot_be_looser(tmp_path: Path, line: str) -> None:
    """Never looser than the hard rules, nor silently than a soft default."""
    own = tmp_path / "clinic.toml"
    own.write_text(f"schema = 1\n[rules]\n{line}\n", encoding="utf-8")
    with pytest.raises(TreatmentRefused, match="looser"):
        load_clinic(own)


@pytest.mark.parametrize("line", ['R-07 = "8"', "R-07 = 7.5", "R-07 = true", "R-07 = -1", "R-99 = 1"])
def test_a_clinics_figure_that_is_no_whole_number_is_refused(tmp_path: Path, line: str) -> None:
    """Bad input: what, the value, the limit."""
    own = tmp_path / "clinic.toml"
    own.write_text(f"schema = 1\n[rules]\n{line}\n", encoding="utf-8")
    with pytest.raises(TreatmentRefused):
        load_clinic(own)


def test_no_signature_lifts_a_hard_finding() -> None:
    """Hard: no override."""
    hard = Finding("R-07", Weight.HARD, "locked", "", "", "")
    soft = Finding("R-14", Weight.SOFT, "early", "", "", "", "VERTEX")
    signed = [Signature("R-07", "u1", "because"), Signature("R-14", "u1", "tolerated well", "VERTEX")]
    assert open_findings([hard, soft], signed) == (hard,)
    with pytest.raises(TreatmentRefused):
        refuse_open([hard, soft], signed)
    refuse_open([soft], signed)


def test_what_nobody_can_lift_is_told_first_and_the_rest_names_what_to_sign() -> None:
    """A reason is signed for a rule by its number, which stands in the refusal."""
    soft = Finding("R-19", Weight.SOFT, "deep", "1 mm", "", "Start lower, or let a clinician sign a reason")
    asked = Finding("S-15", Weight.SOFT, "diabetes", "yes", "", "A clinician judges.")
    hard = Finding("R-07", Weight.HARD, "locked", "", "", "Wait", "VERTEX")
    with pytest.raises(TreatmentRefused, match="Locked") as refused:
        refuse_open([soft, asked, hard])
    assert refused.value.findings == (hard, soft, asked)
    assert soft.way_out == "Start lower, or let a clinician sign a reason for R-19"
    assert asked.way_out == "A clinician judges. Or let a clinician sign a reason for S-15"
    assert hard.way_out == "Wait"


def test_a_signature_for_one_zone_does_not_lift_another() -> None:
    """A signed reason binds to rule and zone."""
    soft = Finding("R-14", Weight.SOFT, "early", "", "", "", "PARTING")
    assert open_findings([soft], [Signature("R-14", "u1", "x", "VERTEX")]) == (soft,)


@pytest.mark.parametrize(("user", "reason"), [("", "why"), ("u1", ""), ("u1", "   ")])
def test_a_signature_without_person_or_reason_is_refused(user: str, reason: str) -> None:
    """A signature needs both."""
    with pytest.raises(TreatmentRefused):
        Signature("R-14", user, reason)
