"""What a run of the cells leaves: measured values with their limits, JUnit XML, and the exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from penctl import cli
from penctl.errors import PenError
from penctl.hardware import load_interlocks
from penctl.qa import runner
from penctl.qa.cells import KINDS, Outcome
from penctl.qa.junit import add_cells
from penctl.qa.measurements import gather
from penctl.qa.suite import find_suite

if TYPE_CHECKING:
    from conftest import MadeUp

Source = Callable[..., str]
BUILT = [entry.id for entry in load_interlocks().values() if entry.built]


def test_there_are_thirteen_kinds() -> None:
    """Issue 4: thirteen kinds of cell for every firmware interlock."""
    assert len(set(KINDS)) == len(KINDS) == 13


def test_measured_values_and_limits_reach_the_report(made_up: MadeUp, new_cell_test: Source) -> None:
    """A measurement has a name, a value, a unit and a limit; above the limit its test fails."""
    body = "record_measurement('drive off', 3.5, 'ms', 10.0)"
    made_up.tests["trip"] = new_cell_test("trip", body).replace("trip()", "trip(record_measurement)")
    body = "record_measurement('needles clear', 12.5, 'ms', 10.0)"
    late = new_cell_test("reaction time", body).replace("time()", "time(record_measurement)")
    made_up.tests["reaction time"] = late
    run = made_up.run()
    result = run.verdict.results["IL-01", "reaction time"]
    assert result.outcome is Outcome.FAILED
    assert "needles clear: 12.5 ms is above 10 ms" in result.why
    first, second = gather(run.progress.properties)
    assert (first.name, first.unit, first.count, first.most, first.limit) == ("drive off", "ms", 1, 3.5, 10.0)
    assert first.within
    assert not second.within


def test_the_junit_file_has_each_cell_with_its_properties(made_up: MadeUp) -> None:
    """Issue 3: interlock, kind and requirement of each test; a gap is a failure of the cell."""
    del made_up.tests["trip"]
    run = made_up.run()
    add_cells(run.junit, run.verdict, {"seed": "1"})
    root = ET.parse(run.junit).getroot()  # noqa: S314 - written by the run
    tests = root.find("testsuite[@name='pytest']")
    cells = root.find("testsuite[@name='cells']")
    assert tests is not None
    assert cells is not None
    told = {
        (entry.get("name"), entry.get("value")) for entry in tests.iterfind("testcase/properties/property")
    }
    wanted = {
        ("interlock", "IL-01"),
        ("cell kind", "no restart"),
        ("requirement", "IL-01, no restart: made up."),
    }
    assert wanted <= told
    assert len(cells.findall("testcase")) == int(cells.get("tests", "")) == len(KINDS)
    [gap] = cells.findall("testcase/failure/..")
    assert (gap.get("classname"), gap.get("name")) == ("cells.IL-01", "trip")
    [left_out] = cells.findall("testcase/skipped")
    assert "switch" in left_out.get("message", "")


def test_a_run_that_left_no_junit_file_gets_one(made_up: MadeUp, new_cell_test: Source) -> None:
    """Issue 3: a crash leaves a file that says so, not an old one or none."""
    made_up.tests["trip"] = new_cell_test("trip", "import os; os.abort()")
    run = made_up.run()
    assert not run.junit.exists()
    add_cells(run.junit, run.verdict, {})
    assert "NOT RUN" in run.junit.read_text(encoding="utf-8")


def _whole(made_up: MadeUp, new_cell_test: Source) -> list[str]:
    """Arguments for a made-up suite of all built interlocks."""
    made_up.tests = {}
    made_up.more = "".join(
        new_cell_test(kind, interlock=interlock)
        for interlock in BUILT
        for kind in KINDS
        if (interlock, kind) != ("IL-01", "hysteresis")
    )
    return ["qa", "run", "--suite", str(made_up.write()), "--out", str(made_up.folder / "out")]


def test_the_exit_code_is_0_only_for_the_whole(
    made_up: MadeUp, new_cell_test: Source, capsys: pytest.CaptureFixture[str]
) -> None:
    """Issue 3: 0 when every cell was run or is not applicable, 3 for a part, 1 for a gap."""
    whole = _whole(made_up, new_cell_test)
    assert cli.main(whole) == 0
    text = capsys.readouterr().out
    assert f"HELD. {13 * len(BUILT)} cells: {13 * len(BUILT) - 1} passed, 1 not applicable." in text
    assert "a switch has no value" in text
    assert cli.main([*whole, "--interlock", "il-07", "--kind", "below-limit"]) == 3
    assert "PART ONLY" in capsys.readouterr().out
    test = Path(whole[3]) / "test_made_up.py"
    test.write_text(
        test.read_text(encoding="utf-8").replace('"IL-07", "log row"', '"IL-07", "row"'), encoding="utf-8"
    )
    assert cli.main(whole) == 1
    text = capsys.readouterr().out
    assert "MISSING  IL-07 log row" in text
    assert "NOT HELD" in text


def test_the_result_is_one_json_object_when_asked(
    made_up: MadeUp, new_cell_test: Source, capsys: pytest.CaptureFixture[str]
) -> None:
    """`penctl qa run --json` is for programs."""
    assert cli.main([*_whole(made_up, new_cell_test), "--json", "--seed", "4"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"held", "whole", "cells", "problems", "measurements", "seed", "target", "files"}
    assert found["held"] is found["whole"] is True
    assert found["seed"] == 4
    assert len(found["cells"]) == 13 * len(BUILT)
    assert {"interlock", "kind", "outcome", "tests", "why"} == set(found["cells"][0])
    assert Path(found["files"]["junit"]).is_file()
    assert Path(found["files"]["log"]).is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--interlock", "IL-99"], "built: IL-01"),
        (["--interlock", "IL-36"], "not built"),
        (["--kind", "tripp"], "below limit"),
        (["--suite", "/nowhere"], "tests/interlocks"),
        (["--suite", "/"], "tests/interlocks"),
        (["--out", "/dev/null/x"], "--out"),
    ],
    ids=" ".join,
)
def test_bad_input_gives_one_message(
    source_root: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    """Bad input never gives a traceback on the command line."""
    assert cli.main(["qa", "run", *arguments]) == 2
    told = capsys.readouterr()
    assert words in told.err
    assert told.out == ""


def test_without_a_checkout_the_runner_says_where_the_suite_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3: the suite is part of the source, not of the package."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("penctl.qa.suite.__file__", str(tmp_path / "suite.py"))
    with pytest.raises(PenError, match=r"source checkout.*--suite"):
        find_suite()


def test_without_pytest_the_runner_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 3: pytest is not needed to use penctl, so it may be missing."""
    monkeypatch.setattr(runner, "NEEDS", ("pytest", "no_such_package"))
    with pytest.raises(PenError, match=r"no_such_package.*penctl\[qa\]"):
        runner.check_needs()


def test_ctrl_c_ends_the_run_and_what_it_started(made_up: MadeUp, new_cell_test: Source) -> None:
    """Issue 3: an interrupted run has no result, and leaves no process behind."""
    mark = made_up.folder / "pid"
    body = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(100)"
    made_up.tests["trip"] = new_cell_test("trip", body)
    command = [sys.executable, "-m", "penctl", "qa", "run", "--suite", str(made_up.write())]
    command += ["--out", str(made_up.folder / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        while program.poll() is None and not (mark.exists() and mark.read_text()):
            time.sleep(0.02)
        program.send_signal(signal.SIGINT)
        out, told = program.communicate(timeout=60)
    assert program.returncode == 130
    assert out == ""
    assert "no result" in told
    assert "Traceback" not in told
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
