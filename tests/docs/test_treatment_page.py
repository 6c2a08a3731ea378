"""The commands of docs/treatment.md, in their order, in a folder where nothing has happened before."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from penctl import cli

ROOT = Path(__file__).resolve().parents[2]
COMMAND = re.compile(r"^    penctl (.*?)(?:  +#.*)?$", re.MULTILINE)
LINES = COMMAND.findall((ROOT / "docs/treatment.md").read_text(encoding="utf-8"))
CUT_OFF = ("--resume", "--end")
"""These need a visit that was cut off: tests/treating/test_cut_off.py has one."""


def test_the_commands_of_the_page_do_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A visit, its course, the rules, a visit with a form a month later, the calendar."""
    shutil.copytree(ROOT / "docs/examples", tmp_path / "docs/examples")
    monkeypatch.chdir(tmp_path)
    run = [line for line in LINES if not any(option in line for option in CUT_OFF)]
    assert len(run) == 10
    for line in run:
        assert cli.main(shlex.split(line)) == 0, (line, capsys.readouterr().err)
    assert len(list((tmp_path / "penctl-runs").iterdir())) == 2
    assert (tmp_path / "course.ics").is_file()
    assert "…" not in capsys.readouterr().out


def test_the_same_plan_at_once_again_is_refused_for_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Virtual time runs ahead of the computer's clock, which is no reason to speak of the clock."""
    text = (ROOT / "docs/examples/plan.toml").read_text(encoding="utf-8")
    small = text[: text.index("[[zone]]", text.index("[[zone]]") + 1)].replace("400 /cm2", "30 /cm2")
    (tmp_path / "plan.toml").write_text(small, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["run", "plan.toml"]) == 0
    assert cli.main(["run", "plan.toml"]) == 2
    assert "is locked" in capsys.readouterr().err
