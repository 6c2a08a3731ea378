"""The commands of the pages on recordings and on the doctor do what they say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from penctl import cli
from penctl.demo import Demo
from penctl.pen import Pen
from penctl.recording import record

ROOT = Path(__file__).resolve().parents[2]
COMMAND = re.compile(r"^    penctl (.*?)(?:  +#.*)?$", re.MULTILINE)


@pytest.fixture(scope="module")
def treatment(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The recording of a demo."""
    path = tmp_path_factory.mktemp("treatment") / "run.mcap"
    with Pen("pensim://?seed=1") as pen, record(pen, path):
        Demo(pen, lambda text, fraction: None).run()
    return path.read_bytes()


def _commands(page: str) -> list[str]:
    return COMMAND.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))


def test_the_pages_have_commands() -> None:
    """A test of commands that finds none would hold nothing."""
    assert len(_commands("recordings.md")) >= 14
    assert len(_commands("doctor.md")) == 4
    assert len(_commands("ports.md")) == 3


@pytest.mark.parametrize("line", [*_commands("recordings.md"), *_commands("doctor.md")])
def test_a_command_of_the_pages_ends_well(
    line: str, treatment: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 5: each line of the pages, in a folder with a recording and one that was cut off."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PENCTL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    (tmp_path / "run.mcap.part").write_bytes(treatment[:-1000])
    if "repair" not in line:
        (tmp_path / "run.mcap").write_bytes(treatment)
    assert cli.main(shlex.split(line)) == 0


@pytest.mark.parametrize("line", _commands("ports.md"))
def test_a_command_of_the_page_on_ports_ends_well(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 5, 3: where there is no serial port nobody answers, and the exit code tells it."""
    monkeypatch.setattr("serial.tools.list_ports.comports", list)
    assert cli.main(shlex.split(line)) == (1 if line.endswith("--ask") else 0)
