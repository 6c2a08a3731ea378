"""`penctl run`: a whole visit on the simulated pen, its record, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from treating_rig import EXAMPLE

from penctl import cli
from penctl.recorded import read_run
from penctl.treating.visit_file import NAME, read_events
from penctl.treatment.visit_events import DoseCounted, PassBegun, TherapyNoted

LATER = ["--at", "2026-06-03T10:00+02:00"]


def test_the_example_plan_is_a_whole_visit(example: tuple[dict[str, Any], Path]) -> None:
    """Issue 6, part 6: from screening to signature, with the dose of each zone counted from telemetry."""
    told, _ = example
    assert (told["step"], told["ended_early"], told["simulated"]) == ("CLOSED", "", True)
    assert any(note.startswith("Indication: androgenetic") for note in told["notes"])
    for zone in told["zones"]:
        assert zone["ended"] == "done"
        assert zone["passes_done"] == zone["passes_planned"]
        assert (
            zone["density_planned_per_cm2"]
            <= zone["density_per_cm2"]
            <= 1.05 * zone["density_planned_per_cm2"]
        )
        assert zone["deepest_um"] <= zone["depth_set_um"] + 30
        assert zone["strokes_air"] > 0, "strokes before the nose is on the skin are no dose"
    assert told["next_visit"]["VERTEX"] == {"locked_until": "2026-06-08", "due_on": "2026-06-08"}
    assert told["minoxidil_from"].startswith("2026-06-02T10:0")


def test_the_black_box_tells_the_visit_and_nothing_of_the_person(
    example: tuple[dict[str, Any], Path],
) -> None:
    """The recording has the passes between the pen's own events; no answer, no pseudonym."""
    recording = Path(example[0]["files"]["recording"])
    told = read_run(recording).logs
    assert any("visit: a pass (VERTEX, HORIZONTAL)" in line["message"] for line in told)
    assert not any("P-0001" in str(line) or "SUNBURN" in str(line) for line in told)


def test_a_pass_is_on_the_disk_before_the_drive_goes_on(example: tuple[dict[str, Any], Path]) -> None:
    """An event counts when it is on the disk: the pass comes before each dose of it."""
    events, size = read_events(Path(example[0]["files"]["journal"]))
    assert size == Path(example[0]["files"]["journal"]).stat().st_size
    begun = ""
    for event in events:
        begun = event.zone if isinstance(event, PassBegun) else begun
        assert not isinstance(event, DoseCounted) or event.zone == begun


def _plan(tmp_path: Path, old: str, new: str) -> str:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "plan.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return str(path)


REFUSED = [
    ('"0.5 mm"', '"0,5 mm"', "decimal comma"),
    ('"0.5 mm"', "0.5", "no unit"),
    ('"0.5 mm"', '"0.5 cm"', "no unit that is understood"),
    ('"0.5 mm"', '"500 mm"', "above the cap"),
    ('"0.5 mm"', '"0.75 mm"', "starts deeper than usual"),
    ('"0.5 mm"', '"0.5 mm', "not written as it should be"),
    ('"100 Hz"', '"6000 /min"', "no unit that is understood"),
    ('"100 Hz"', '"160 Hz"', "above the cap"),
    ('"vertex"', '"crown"', "There is no such zone: CROWN"),
    ('"clinical"', '"service"', "There is no such mode"),
    ('"400 /cm2"', '"2600 /cm2"', "density is above the cap"),
    ("schema = 1", "schema = 2", "schema"),
]


@pytest.mark.parametrize(("old", "new", "what"), REFUSED)
def test_a_bad_plan_is_refused_and_leaves_no_visit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, what: str
) -> None:
    """Bad input: what, the value, the limit, what to do next; no traceback, nothing written."""
    out = tmp_path / "runs"
    assert cli.main(["run", _plan(tmp_path, old, new), "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert what in told
    first, *others = told.splitlines()
    assert first.startswith("penctl: ")
    assert all(line.startswith("also ") for line in others), "the other findings, a line each"
    assert not out.exists()


def test_a_plan_for_another_person_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad input: a plan for another patient."""
    assert cli.main(["run", str(EXAMPLE), "--person", "P-0002", "--out", str(tmp_path)]) == 2
    assert "another person: P-0001 (P-0002)" in capsys.readouterr().err


def test_a_zone_that_was_treated_two_days_ago_is_locked(
    after_example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hard: 7 calendar days; the visits beside this one are known."""
    assert cli.main(["run", str(EXAMPLE), "--out", str(after_example), *LATER]) == 2
    told = capsys.readouterr().err
    assert "is locked: treated on 1 Jun 2026 (not before 8 Jun 2026" in told
    assert len(list(after_example.iterdir())) == 1


def test_an_overlapping_zone_and_a_treatment_elsewhere_lock_too(
    after_example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Vertex locks the parting; a derma roller counts like a pen; a week later both are free."""
    text = EXAMPLE.read_text(encoding="utf-8")
    head = text[: text.index("[[zone]]")]
    plan = tmp_path / "plan.toml"
    rows = 'depth = "0.5 mm"\nrate = "100 Hz"\npasses = ["vertical"]\ndensity = "30 /cm2"\n'
    plan.write_text(f'{head}[[zone]]\nzone = "parting"\n{rows}', encoding="utf-8")
    assert cli.main(["run", str(plan), "--out", str(after_example), *LATER]) == 2
    assert "Vertex overlaps it" in capsys.readouterr().err
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text(
        'schema = 1\nperson = "P-0001"\n[[treatment]]\non = 2026-06-05\nzone = "parting"\n'
        'depth = "0.5 mm"\ntool = "derma_roller"\n',
        encoding="utf-8",
    )
    week = ["--at", "2026-06-08T08:00+02:00"]
    both = ["run", str(plan), "--out", str(after_example), "--elsewhere", str(elsewhere)]
    assert cli.main([*both, *week]) == 2
    assert "treated on 5 Jun 2026" in capsys.readouterr().err
    assert cli.main(["run", str(plan), "--out", str(after_example), *week]) == 0


def test_a_screening_that_stops_is_refused_and_a_signature_lifts_what_it_may(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A form instead of the simulated person: sunburn is STOP, diabetes is lifted by a signed reason."""
    from penctl.treating.form import simulated_form
    from penctl.treatment_tables import load_questions

    form = simulated_form("P-0001", "CLINICAL", load_questions())
    content: dict[str, Any] = {
        "schema": 1,
        "person": "P-0001",
        "by": "dr-7",
        "consent": "form 3",
        "screening": {**form.answers, "DIABETES": "yes"},
        "photos": {"before": "photo-17", "no_after": "not wanted"},
        "prepared": dict.fromkeys(form.prepared, True),
        "time_out": dict.fromkeys(form.time_out, True),
    }
    path = tmp_path / "form.json"
    run = ["run", str(EXAMPLE), "--form", str(path), "--out", str(tmp_path / "runs")]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert cli.main(run) == 2
    assert "diabetes" in capsys.readouterr().err
    content["signature"] = [{"rule": "S-15", "reason": "well controlled, HbA1c 6.4 %"}]
    content["time_out"]["PERSON"] = False
    path.write_text(json.dumps(content), encoding="utf-8")
    assert cli.main(run) == 2
    told = capsys.readouterr().err
    assert "Not confirmed: this is the right person" in told
    assert "penctl run --resume" in told
    [journal] = (tmp_path / "runs").glob(f"*/{NAME}")
    content["time_out"]["PERSON"] = True
    path.write_text(json.dumps(content), encoding="utf-8")
    content["therapy"] = [{"therapy": "prp", "at": "2026-06-01T09:00:00", "said_by": "dr-7"}]
    path.write_text(json.dumps(content), encoding="utf-8")
    again = ["run", "--form", str(path), "--resume", str(journal.parent)]
    assert cli.main(again) == 2
    assert "time of the therapy" in capsys.readouterr().err
    content["therapy"][0]["at"] += "+02:00"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert cli.main(again) == 0


def test_home_is_treated_with_a_home_cartridge_and_never_deeper(tmp_path: Path) -> None:
    """HOME: 0.25 mm with a cartridge that lets no needle further out; the same driver, another form."""
    text = EXAMPLE.read_text(encoding="utf-8")
    plan = tmp_path / "plan.toml"
    head = text[: text.index("[[zone]]")].replace('"clinical"', '"home"')
    zone = 'zone = "temporal_left"\ndepth = "0.25 mm"\nrate = "80 Hz"\npasses = ["vertical"]'
    zone += '\ndensity = "20 /cm2"'
    plan.write_text(f"{head}[[zone]]\n{zone}\n", encoding="utf-8")
    assert cli.main(["run", str(plan), "--out", str(tmp_path / "runs")]) == 0
    plan.write_text(f"{head}[[zone]]\n{zone}\n".replace("0.25 mm", "0.3 mm"), encoding="utf-8")
    assert cli.main(["run", str(plan), "--out", str(tmp_path / "other")]) == 2


def test_what_is_answered_otherwise_than_last_time_is_told(
    after_example: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Asked again at each visit, "anything changed?": the form of docs/examples, two weeks later."""
    text = EXAMPLE.read_text(encoding="utf-8").replace('"0.5 mm"', '"0.75 mm"')
    plan = tmp_path / "plan.toml"
    plan.write_text(text.replace("400 /cm2", "40 /cm2").replace("300 /cm2", "20 /cm2"), encoding="utf-8")
    form = str(EXAMPLE.with_name("form.toml"))
    line = ["run", str(plan), "--form", form, "--out", str(after_example), "--json"]
    assert cli.main([*line, "--at", "2026-06-15T10:00+02:00"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [note for note in told["notes"] if "otherwise" in note] == [
        "Answered otherwise than last time: Does the person have diabetes?"
    ]
    assert told["next_visit"]["VERTEX"] == {"locked_until": "2026-06-22", "due_on": "2026-06-29"}
    events, _ = read_events(Path(told["files"]["journal"]))
    assert [event.note.therapy.name for event in events if isinstance(event, TherapyNoted)] == ["MINOXIDIL"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["run"], "No plan is named"),
        (["run", "nowhere.toml"], "cannot be read"),
        (["run", str(EXAMPLE), "--at", "tomorrow"], "This is no time"),
        (["run", str(EXAMPLE), "--clinic", "nowhere.toml"], "The clinic's file cannot be read"),
        (["run", "--resume", "nowhere"], "cannot be read"),
        (["run", "--end", "nowhere", "--reason", "x"], "cannot be read"),
    ],
)
def test_a_bad_argument_is_a_sentence(
    arguments: list[str],
    what: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Bad input on the command line."""
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 2
    assert what in capsys.readouterr().err
