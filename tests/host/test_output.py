"""The command line where its output cannot go: a closed stream, no room, a reader that has gone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = (["ports"], ["info", "--json"])


def _through_shell(words: list[str], redirection: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a shell does that redirects its output."""
    line = f'"$@" {redirection}'
    command = ["sh", "-c", line, "sh", sys.executable, *flags, "-m", "penctl", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_closed_output_is_no_error(words: list[str]) -> None:
    """Issue 2, bad input: a program started without output does its work and says nothing."""
    done = _through_shell(words, ">&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_with_both_streams_closed_the_exit_code_tells() -> None:
    """Issue 2, bad input: a refusal that nobody can read still ends with code 2."""
    assert _through_shell(["info", "--port", "/dev/no-such-port"], ">&- 2>&-").returncode == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device here is always full")
@pytest.mark.parametrize("flags", [[], ["-u"]], ids=["at the end", "at the first line"])
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_output_without_room_is_told_in_one_sentence(words: list[str], flags: list[str]) -> None:
    """Issue 2, bad input: what happened and what to do, no traceback."""
    done = _through_shell(words, ">/dev/full", *flags)
    assert done.returncode == 2
    assert done.stderr.startswith("penctl: What was to be printed could not be written: No space left")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_goes_away_ends_in_silence() -> None:
    """Issue 2, bad input: `penctl ports | true`."""
    done = _through_shell(["ports"], "| true")
    assert done.stderr == ""
