"""The tool behind docs/interlocks.md: that it measures, that it counts what fails, and that it goes on."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from interlock_campaign import evidence, stimuli, treatment  # noqa: E402
from interlock_campaign.reactions import measure  # noqa: E402
from measure_interlocks import main  # noqa: E402

from penctl.hardware import load_interlocks  # noqa: E402

ALL = stimuli.stimuli()


def of(interlock: int, name: str) -> stimuli.Stimulus:
    """One stimulus of the campaign."""
    return next(each for each in ALL if (each.interlock, each.name) == (interlock, name))


def test_every_interlock_of_the_firmware_with_a_reaction_time_is_measured() -> None:
    """A row that is built, held by the firmware and has a time may not be left out."""
    asked = {
        int(row.id.removeprefix("IL-"))
        for row in load_interlocks().values()
        if row.built and row.held_by == "firmware" and row.reaction_us
    }
    assert asked <= {each.interlock for each in ALL}


def test_a_reaction_is_counted_from_the_physical_onset() -> None:
    """A slower pen of the same firmware would show: 20 ms of drift cannot be seen in less."""
    row = measure(of(19, "lock opens"), seed=3, count=4)
    assert (row["runs"], row["counted"], row["silent"]) == (4, 4, 0)
    assert 10.0 <= row["p50_ms"] <= row["p99_ms"] <= row["worst_ms"] <= row["required_ms"] == 20.0


def test_the_same_seed_measures_the_same() -> None:
    """A run is a function of its seed, so that the worst one can be looked at."""
    assert measure(of(26, "cable cut"), 5, 3) == measure(of(26, "cable cut"), 5, 3)


def test_runs_without_a_reaction_are_counted_and_not_left_out() -> None:
    """A stimulus that does nothing gives no time, and says so: the planted defect of the campaign."""
    nothing = replace(of(1, "button pushed"), provoke=lambda rig, scene, draw: None)
    row = measure(nothing, 1, 3)
    assert (row["counted"], row["silent"], row["worst_ms"]) == (0, 3, None)


def test_another_interlock_that_was_quicker_is_told() -> None:
    """A reaction belongs to who switched the drive off."""
    wrong = replace(of(1, "button pushed"), interlock=9, reaction=stimuli.drive_off)
    row = measure(wrong, 1, 3)
    assert row["counted"] == 0
    assert row["stopped_before_by"] == {"IL-01": 3}


def test_it_goes_on_where_it_was_ended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What stands in the file for this firmware, seed and number of runs is not measured again."""
    out = tmp_path / "evidence.json"
    asked = ["--runs", "2", "--only", "IL-01", "--processes", "1", "--out", str(out)]
    assert main(asked) == 0
    assert "IL-01" in capsys.readouterr().out
    assert main(asked) == 0
    assert capsys.readouterr().out == ""
    kept = json.loads(out.read_text(encoding="utf-8"))
    assert kept["reactions"]["IL-01"]["core"] == evidence.core_digest()
    kept["reactions"]["IL-01"]["core"] = "another"
    evidence.write(kept, out)
    assert main(asked) == 0
    assert "IL-01" in capsys.readouterr().out


def test_an_interlock_without_a_stimulus_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Bad input: what, and which there are."""
    assert main(["--only", "IL-20"]) == 2
    assert "[20]" in capsys.readouterr().err


def test_ordinary_treatment_runs_and_is_counted(tmp_path: Path) -> None:
    """A piece starts, moves and ends without a trip; its hours are counted."""
    piece = treatment.treat(2, 30.0)
    assert not piece.trips
    assert piece.starts >= 1
    assert 10.0 < piece.run_s < piece.whole_s


def test_a_trip_of_ordinary_treatment_is_counted_with_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted defect of the false trips: a hand that presses with 13 N."""
    monkeypatch.setattr(treatment, "PRESS_N", {"clinical": (13.0, 13.5), "home": (13.0, 13.5)})
    piece = treatment.treat(2, 30.0)
    assert piece.trips
    assert piece.trips[0]["seed"] == 2
    assert "IL-15" in piece.trips[0]["what"]
