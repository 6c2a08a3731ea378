"""`penctl rules` and `penctl course`: what a clinic looks up, and the calendar that it hands on."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest

from penctl import cli
from penctl.treatment_tables import load_questions, load_rules


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert cli.main([*arguments, "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_every_rule_is_told_with_figure_source_mark_and_whom_it_binds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Issue 6, part 1: rules as data."""
    told = _json(capsys, "rules")
    assert [rule["id"] for rule in told["rules"]] == [rule.id for rule in load_rules().all()]
    by_id = {rule["id"]: rule for rule in told["rules"]}
    assert (by_id["R-01"]["value"], by_id["R-01"]["mode"], by_id["R-01"]["kind"]) == (250, "HOME", "HARD")
    assert (by_id["R-07"]["shown"], by_id["R-07"]["mode"]) == ("7 days", "BOTH")
    assert all(rule["source"] and rule["mark"] in "RMDA" for rule in told["rules"])
    assert len(told["screening"]) == len(load_questions())
    assert {one["home"] for one in told["screening"]} == {"STOP"}
    overlaps = {one["id"]: one["overlaps"] for one in told["zones"]}
    assert overlaps["VERTEX"] == ["MID_SCALP", "PARTING"]
    assert {(one["scale"], one["grade"]) for one in told["stages"]} >= {("NORWOOD", 7), ("LUDWIG", 3)}
    assert {"O-01", "O-02", "O-03"} <= {one["id"] for one in told["outcomes"]}


@pytest.mark.parametrize("which", [[], ["--screening"], ["--outcomes"], ["--zones"]])
def test_the_tables_can_be_read(which: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """No line is cut: each id and each mark is there."""
    assert cli.main(["rules", *which]) == 0
    told = capsys.readouterr().out
    assert "…" not in told
    assert max(len(line) for line in told.splitlines()) <= 110


def test_a_clinics_own_file_is_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A clinic may make a rule stricter, never looser."""
    own = tmp_path / "clinic.toml"
    own.write_text('schema = 1\ntime_zone = "Europe/Berlin"\n[rules]\nR-07 = 10\n', encoding="utf-8")
    told = _json(capsys, "rules", "--check", str(own))
    changed = [
        (one["id"], one["value"], one["release_value"]) for one in told["rules"] if one["set_by_clinic"]
    ]
    assert changed == [("R-07", 10, 7)]
    for text, what in (
        ("schema = 1\n[rules]\nR-07 = 6\n", "looser"),
        ('schema = 1\ntime_zone = "Mars/Base"\n', "no such time zone"),
        ("schema = 1\nrules = 7\n", "no table"),
        ("schema = 1\n[rule]\nR-07 = 9\n", "a key that nobody reads"),
        ("[rules]\n", "schema"),
    ):
        own.write_text(text, encoding="utf-8")
        assert cli.main(["rules", "--check", str(own)]) == 2
        assert what in capsys.readouterr().err


def _course(capsys: pytest.CaptureFixture[str], folder: Path, at: str, *more: str) -> dict[str, Any]:
    return _json(capsys, "course", "P-0001", "--visits", str(folder), "--at", at, *more)["zones"]


def test_the_course_follows_the_weeks(after_example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Locked, due, overdue; what overlaps too; what was never treated."""
    on = {day: _course(capsys, after_example, f"2026-06-{day}T12:00+02:00") for day in ("07", "08", "15")}
    assert [zones["VERTEX"]["due"] for zones in on.values()] == ["LOCKED", "DUE", "OVERDUE"]
    assert [zones["PARTING"]["due"] for zones in on.values()] == ["LOCKED", "DUE", "OVERDUE"]
    assert on["07"]["OCCIPITAL"]["due"] == "NEVER"
    assert on["07"]["VERTEX"]["last"]["depth_um"] == 500


def test_a_derma_roller_elsewhere_counts(
    after_example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Treatments elsewhere or with another tool; too early after a deep one."""
    elsewhere = tmp_path / "elsewhere.toml"
    text = (
        'schema = 1\nperson = "P-0001"\n[[treatment]]\non = 2026-06-03\nzone = "occipital"\n'
        'depth = "1.5 mm"\ntool = "derma_roller"\n'
    )
    elsewhere.write_text(text, encoding="utf-8")
    more = ("--elsewhere", str(elsewhere))
    zones = _course(capsys, after_example, "2026-06-11T12:00+02:00", *more)
    assert zones["OCCIPITAL"]["due"] == "TOO_EARLY"
    assert zones["OCCIPITAL"]["due_on"] == "2026-07-01"
    for old, new, what in (
        ("2026-06-03", "2026-07-03", "in the future"),
        ("1.5 mm", "1,5 mm", "decimal comma"),
        ("derma_roller", "laser", "no such tool"),
        ("P-0001", "P-0002", "another person"),
        ("occipital", "neck", "no such zone"),
        ("2026-06-03", '"soon"', "no day"),
    ):
        elsewhere.write_text(text.replace(old, new), encoding="utf-8")
        line = ["course", "P-0001", "--visits", str(after_example), "--at", "2026-06-11", *more]
        assert cli.main(line) == 2
        assert what in capsys.readouterr().err


def test_the_calendar_holds_visits_due_days_and_the_hold_on_minoxidil(
    after_example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Read back with icalendar: 24 h without minoxidil after the last puncture; nobody is named."""
    path = tmp_path / "course.ics"
    assert (
        cli.main(
            [
                "course",
                "P-0001",
                "--visits",
                str(after_example),
                "--at",
                "2026-06-03T09:00+02:00",
                "--ical",
                str(path),
            ]
        )
        == 0
    )
    assert "#" in capsys.readouterr().out
    data = path.read_bytes()
    assert b"P-0001" not in data
    events = list(icalendar.Calendar.from_ical(data).walk("VEVENT"))
    assert len({str(event["UID"]) for event in events}) == len(events)
    [hold] = [event for event in events if "minoxidil" in str(event["SUMMARY"])]
    assert hold.decoded("DTEND") - hold.decoded("DTSTART") == timedelta(hours=24)
    [vertex] = [event for event in events if str(event["SUMMARY"]).endswith("Vertex")]
    assert vertex.decoded("DTSTART") == date(2026, 6, 8)
    [visit] = [event for event in events if str(event["SUMMARY"]) == "Microneedling visit"]
    assert visit.decoded("DTSTART").isoformat() == "2026-06-01T08:00:00+00:00"


def test_two_persons_do_not_overwrite_each_other_in_one_calendar(tmp_path: Path) -> None:
    """The same zone on the same day: a calendar takes entries of one UID for the same entry."""
    text = (
        'schema = 1\nperson = "P-0001"\n[[treatment]]\non = 2026-06-01\nzone = "vertex"\ndepth = "0.5 mm"\n'
    )
    found = []
    for person in ("P-0001", "P-0002"):
        other, path = tmp_path / f"{person}.toml", tmp_path / f"{person}.ics"
        other.write_text(text.replace("P-0001", person) + 'tool = "stamp"\n', encoding="utf-8")
        line = ["course", person, "--visits", str(tmp_path), "--at", "2026-06-03", "--elsewhere", str(other)]
        assert cli.main([*line, "--ical", str(path)]) == 0
        events = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
        found.append({str(event["UID"]) for event in events})
    assert len(found[0]) == len(found[1]) == 3, "vertex, parting, mid-scalp"
    assert not found[0] & found[1]


def test_a_person_of_whom_nothing_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Said, with what to name."""
    assert cli.main(["course", "P-9", "--visits", str(tmp_path)]) == 2
    assert "Nothing is known of this person" in capsys.readouterr().err
