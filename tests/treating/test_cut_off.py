"""A visit that was killed in the middle of a pass is found at the next start with all that was done."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from treating_rig import EXAMPLE, PLAN, Rig

from penctl import cli
from penctl.clinic import load_clinic
from penctl.recorded import read_run
from penctl.treating.cut_off import end_cut_off, take_up, unseen_strokes
from penctl.treating.driver import Treating
from penctl.treating.folder import VisitFolder
from penctl.treating.form import simulated_form
from penctl.treating.hands import PersonsHand
from penctl.treating.run_visit import VisitRun
from penctl.treating.visit_file import NAME, VisitFile, VisitFileError, read_events
from penctl.treatment.findings import TreatmentRefused
from penctl.treatment.visit_events import DoseCounted, Noted, PassBegun, TripNoted, Unwell, VisitEvent
from penctl.treatment.visit_steps import Step
from penctl.treatment_tables import load_questions

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
KILLED = """
import os, signal, sys
from penctl import cli
from penctl.treating.visit_file import VisitFile
from penctl.treatment.visit_events import DoseCounted

add = VisitFile.add
doses = 0

def counted(self, event):
    global doses
    add(self, event)
    doses += isinstance(event, DoseCounted)
    if doses == 3:
        os.kill(os.getpid(), signal.SIGKILL)

VisitFile.add = counted
cli.main(sys.argv[1:])
"""
AT = ["--at", "2026-06-01T10:00+02:00"]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was ended with kill -9 in its second pass: the third line of a dose was just written."""
    out = tmp_path_factory.mktemp("killed")
    plan = out / "plan.toml"
    text = EXAMPLE.read_text(encoding="utf-8")
    plan.write_text(
        text.replace('"400 /cm2"', '"100 /cm2"').replace('"300 /cm2"', '"40 /cm2"'), encoding="utf-8"
    )
    line = [sys.executable, "-c", KILLED, "run", str(plan), "--out", str(out / "runs"), *AT]
    ended = subprocess.run(line, capture_output=True, timeout=120, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    [journal] = (out / "runs").glob(f"*/{NAME}")
    return journal.parent


@pytest.fixture
def cut_off(killed: Path, tmp_path: Path) -> Path:
    """A copy of the killed run's folder."""
    shutil.copytree(killed, tmp_path / "runs" / killed.name)
    return tmp_path / "runs" / killed.name


def test_a_killed_visit_is_found_at_the_next_start(cut_off: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Issue 6, part 6: kill -9; the next start names it and begins nothing new with this person."""
    assert cli.main(["run", str(EXAMPLE), "--out", str(cut_off.parent)]) == 2
    told = capsys.readouterr().err
    assert "was cut off" in told
    assert f"penctl run --resume {cut_off}" in told
    assert [path.name for path in cut_off.parent.iterdir()] == [cut_off.name]


def test_a_killed_visit_goes_on_with_all_that_was_done(
    cut_off: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was noted stays; what the pen may have done after it counts; the rest is treated."""
    before, _ = read_events(cut_off / NAME)
    assert cli.main(["run", "--resume", str(cut_off), "--json", "--at", "2026-06-01T10:30+02:00"]) == 0
    told = json.loads(capsys.readouterr().out)
    after, _ = read_events(cut_off / NAME)
    assert after[: len(before)] == before
    assert told["step"] == "CLOSED"
    assert [zone["ended"] for zone in told["zones"]] == ["done"] * 3
    assert sum(zone["strokes_unseen"] for zone in told["zones"]) == 150, "1.5 s at 100 Hz"
    begun = [(event.zone, event.direction) for event in after if isinstance(event, PassBegun)]
    assert len(set(begun)) == 10
    assert len(begun) == 11, "the pass that was cut off is given again, and no other"
    assert (cut_off / "run.mcap.part").exists()
    assert (cut_off / "run_2.mcap").exists()


def test_a_killed_visit_can_be_ended_without_a_pen(cut_off: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ended early with its reason; the zone that was touched is locked, the others are not."""
    assert cli.main(["run", "--end", str(cut_off), "--reason", " "]) == 2
    capsys.readouterr()
    assert cli.main(["run", "--end", str(cut_off), "--reason", "power was cut", "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (told["step"], told["ended_early"]) == ("CLOSED", "power was cut")
    assert list(told["next_visit"]) == ["FRONTOTEMPORAL_LEFT"]
    assert told["zones"][0]["strokes"] > 0
    assert told["zones"][0]["strokes_unseen"] == 150
    assert cli.main(["run", "--end", str(cut_off), "--reason", "again"]) == 2


def test_a_visit_that_was_cut_off_can_have_ended_unwell(capsys: pytest.CaptureFixture[str]) -> None:
    """`--end VISIT --unwell`; without a visit it says what is missing."""
    journal = Mock(visit=Mock(open_pass=None, step=Step.TREAT))
    noted = Mock()
    end_cut_off(journal, noted, "fainted", unwell=True)
    assert noted.call_args.args == (Unwell,)
    assert noted.call_args.kwargs == {"reason": "fainted"}
    assert cli.main(["run", "plan.toml", "--unwell"]) == 2
    assert "--end VISIT" in capsys.readouterr().err


def test_a_line_that_was_half_written_never_counted(cut_off: Path) -> None:
    """Power cut in the middle of a write: the torn line is cut away, nothing before it is lost."""
    path = cut_off / NAME
    whole, size = read_events(path)
    path.write_bytes(path.read_bytes()[:-7])
    torn, torn_size = read_events(path)
    assert torn == whole[:-1]
    assert torn_size < size
    assert cli.main(["run", "--resume", str(cut_off), "--at", "2026-06-01T10:30+02:00"]) == 0


def test_a_journal_that_was_changed_is_refused(cut_off: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Damage further up: nobody guesses what was done."""
    path = cut_off / NAME
    lines = path.read_bytes().split(b"\n")
    for bad in (lines[2].replace(b"2026", b"2025", 1), b"", b"zzzz"):
        path.write_bytes(b"\n".join([*lines[:2], bad, *lines[3:]]))
        with pytest.raises(VisitFileError, match="Line 3"):
            read_events(path)
    path.write_bytes(b"\n".join([*lines[:2], *lines[3:]]))
    assert cli.main(["run", "--resume", str(cut_off)]) == 2
    assert "Line 3 of the journal is damaged" in capsys.readouterr().err


def test_the_cartridge_tells_what_the_journal_missed(rig: Callable[..., Rig]) -> None:
    """A real tag outlives the program: what it counted more than the journal is dose of the pass."""
    made = rig()
    made.run.papers()
    made.run.pen_ready()
    made.treating.begin_pass("TEMPORAL_LEFT", "HORIZONTAL")
    assert unseen_strokes(made.treating.visit) == 150
    made.bench.hand.hold(True)
    made.treating.wait_for_hold(1.0)
    made.treating.start()
    made.bench.hand.press(3.0)
    made.pen.wait(1.0)
    made.pen.stop()  # as if the program had died with this pass: nothing of its dose was noted
    made.pen.wait(0.5)
    lost = take_up(made.treating.journal, made.pen, made.treating.add)
    assert lost.strokes_unseen == made.bench.kernel.cartridge.use["strokes"] > 80
    assert made.treating.visit.open_pass is None
    assert "TEMPORAL_LEFT" in made.treating.visit.first_punctures
    doses = [event for event in made.treating.visit.events if isinstance(event, DoseCounted)]
    assert [one.dose.strokes_unseen for one in doses] == [lost.strokes_unseen]


def test_a_clock_that_was_set_back_is_refused_and_loses_nothing(
    killed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Faults: a clock set back before the visit is taken up again."""
    folder = tmp_path / "runs" / killed.name
    shutil.copytree(killed, folder)
    before = (folder / NAME).read_bytes()
    assert cli.main(["run", "--resume", str(folder), "--at", "2026-05-31T10:00+02:00"]) == 2
    assert "clock" in capsys.readouterr().err.lower()
    assert (folder / NAME).read_bytes() == before


def _listens(rig: Rig) -> Callable[[str], None]:
    """A person at the bench who does what is said; the switch is let go of a moment after the pass."""
    hand = rig.bench.hand

    def says(text: str) -> None:
        if "Press the button" in text:
            hand.button(True)
        elif "hold the switch" in text:
            hand.button(False)
            hand.hold(True)
        elif "set the nose" in text:
            hand.press(3.0)
            hand.glide(20.0)
        elif "let go of the switch" in text:
            hand.lift()
            hand.hold(False)

    return says


def test_a_pen_whose_host_died_is_taken_up_by_a_person_at_the_pen(rig: Callable[..., Rig]) -> None:
    """IL-26 is latched, noted, reset when a person says so; the tag gives the strokes of the dead host."""
    made = rig()
    made.run.papers()
    made.run.pen_ready()
    made.treating.begin_pass("TEMPORAL_LEFT", "HORIZONTAL")
    made.bench.hand.hold(True)
    made.treating.wait_for_hold(1.0)
    made.treating.start()
    made.bench.hand.press(3.0)
    made.pen.wait(0.5)
    made.bench.cut_link()
    made.pen.wait(0.8, through_trips=True)
    made.bench.restore_link()
    made.bench.hand.lift()
    made.bench.hand.hold(False)
    made.pen.open_session()

    asked: list[str] = []
    again = Treating(made.pen, made.treating.journal, now=made.treating._now, by="clinician-1")
    form = simulated_form("P-1", "CLINICAL", load_questions())
    for answer in (False, True):
        hand = PersonsHand(_listens(made), lambda text, answer=answer: not asked.append(text) and answer)
        run = VisitRun(again, PLAN, form, hand, after=lambda question: True)
        if answer:
            run.run()
        else:
            with pytest.raises(TreatmentRefused, match="IL-26"):
                run.run()
    visit = again.visit
    assert visit.step is Step.CLOSED
    assert len(asked) == 2
    assert [event.interlock for event in visit.events if isinstance(event, TripNoted)] == ["IL-26"]
    dose = visit.dose("TEMPORAL_LEFT")
    assert dose.strokes_unseen > 40
    counted = dose.strokes + dose.strokes_air + dose.strokes_unseen
    assert made.bench.kernel.cartridge.use["strokes"] == pytest.approx(counted, abs=4)


def test_an_interrupted_visit_stops_the_pen_and_can_be_taken_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C in a pass: STOP stands in the recording, the visit is kept, the message says how to go on."""
    add = VisitFile.add

    def interrupted(self: VisitFile, event: VisitEvent) -> None:
        add(self, event)
        if isinstance(event, DoseCounted):
            raise KeyboardInterrupt

    plan = tmp_path / "plan.toml"
    text = EXAMPLE.read_text(encoding="utf-8").replace("400 /cm2", "60 /cm2").replace("300 /cm2", "20 /cm2")
    plan.write_text(text, encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(VisitFile, "add", interrupted)
        assert cli.main(["run", str(plan), "--out", str(tmp_path / "runs"), *AT]) == 130
    told = capsys.readouterr().err
    [folder] = (tmp_path / "runs").iterdir()
    assert f"penctl run --resume {folder}" in told
    assert any(row["command"] == "STOP" for row in read_run(folder / "run.mcap").commands)
    assert cli.main(["run", "--resume", str(folder), "--at", "2026-06-01T10:05+02:00"]) == 0


def test_two_programs_cannot_go_on_with_one_visit(cut_off: Path) -> None:
    """The second to write is told; nothing of the first is lost, and the file is this user's alone."""
    folder = VisitFolder(cut_off.parent, load_clinic())
    first, second = (VisitFile.take_up(cut_off / NAME, folder.bare) for _ in range(2))
    at = first.visit.events[-1].at
    first.add(Noted(at=at, by="a", text="one"))
    with pytest.raises(VisitFileError, match="Another program"):
        second.add(Noted(at=at, by="b", text="two"))
    first.add(Noted(at=at, by="a", text="three"))
    events, _ = read_events(cut_off / NAME)
    assert [event.text for event in events if isinstance(event, Noted)] == ["one", "three"]


def test_a_journal_is_this_users_alone(rig: Callable[..., Rig]) -> None:
    """Screening answers are nobody else's; and no journal takes the place of another."""
    made = rig()
    assert made.journal.stat().st_mode & 0o077 == 0
    begun, knowledge = made.treating.visit.begun, made.treating.visit.knowledge
    with pytest.raises(VisitFileError, match="kept there already"):
        VisitFile.begin(made.journal, begun, knowledge)
