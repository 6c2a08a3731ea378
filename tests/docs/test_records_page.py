"""The commands of the page on the records do what they say, one after the other."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import pytest

from penctl import cli
from penctl.records import users

PAGE = Path(__file__).resolve().parents[2] / "docs" / "records.md"
COMMAND = re.compile(r"^    penctl (records .*)$", re.MULTILINE)
PASSWORDS = {"admin": "the admin's", "dora": "the clinician's"}


def _typed(words: list[str]) -> str:
    """What a person types: the passphrase, then who signs in, then the password of a new user."""
    named = [
        words[words.index(option) + 1] for option in ("--admin", "--user", "--add") if option in words[:-1]
    ]
    secrets = [PASSWORDS[name] for name in named if name in PASSWORDS]
    return "\n".join(["four words make one", *secrets, ""])


def test_the_commands_of_the_page_end_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Issue 6: everything works from the command line, as the page says."""
    monkeypatch.setenv("PENCTL_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("penctl.records.keys.MEMORY_KIB", 64)  # what argon2id costs is no part of this
    cheap = users.hasher(64)
    monkeypatch.setattr("penctl.records.users.hasher", lambda memory_kib: cheap)
    commands = COMMAND.findall(PAGE.read_text(encoding="utf-8"))
    assert len(commands) >= 12
    for line in commands:
        words = shlex.split(line)
        monkeypatch.setattr("sys.stdin", io.StringIO(_typed(words)))
        code, told = cli.main(words), capsys.readouterr()
        assert (code, told.err) == (0, ""), line
    assert "All is as it was written." in told.out
