"""Whatever is wanting in a suite makes the run fail, and is named: each test plants one gap."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from penctl.qa.cells import KINDS, Outcome, Scope
from penctl.qa.runner import run_suite, share_out
from penctl.qa.suite import Suite

if TYPE_CHECKING:
    from conftest import MadeUp

Source = Callable[..., str]
CELL = ("IL-01", "trip")


def test_a_suite_without_a_gap_is_held(made_up: MadeUp) -> None:
    """Negative control of every test below: the suite that they spoil is held before."""
    run = made_up.run()
    assert run.verdict.held
    assert run.verdict.whole
    assert run.verdict.count(Outcome.PASSED) == len(KINDS) - 1
    assert run.verdict.results["IL-01", "hysteresis"].outcome is Outcome.NOT_APPLICABLE


SKIP = '@pytest.mark.skip(reason="no time")\n'
SKIP_IF = '@pytest.mark.skipif(True, reason="not here")\n'
EXPECTED = '@pytest.mark.xfail(reason="known", strict=False)\n'
FIXTURE = '@pytest.fixture\ndef broken():\n    raise RuntimeError("no pen")\n\n\n'
LEFT_ON = '@pytest.fixture\ndef broken():\n    yield\n    raise RuntimeError("drive left on")\n\n\n'
USES = '@pytest.mark.usefixtures("broken")\n'


@pytest.mark.parametrize(
    ("above", "body", "outcome", "words"),
    [
        ("", "assert 1 == 2", Outcome.FAILED, "assert 1 == 2"),
        (SKIP, "pass", Outcome.SKIPPED, "no time"),
        (SKIP_IF, "pass", Outcome.SKIPPED, "not here"),
        ("", 'pytest.skip("later")', Outcome.SKIPPED, "later"),
        (EXPECTED, "assert False", Outcome.SKIPPED, ""),
        (EXPECTED, "pass", Outcome.SKIPPED, "expected to fail"),
        (FIXTURE + USES, "pass", Outcome.ERROR, "no pen"),
        (LEFT_ON + USES, "pass", Outcome.ERROR, "drive left on"),
        ("", "import os; os._exit(0)", Outcome.NOT_RUN, "ended before"),
        ("", "import os; os.abort()", Outcome.NOT_RUN, "ended before"),
        ("", "raise KeyboardInterrupt", Outcome.NOT_RUN, ""),
        ("", 'pytest.exit("enough")', Outcome.NOT_RUN, ""),
    ],
)
def test_a_cell_that_was_not_run_and_passed_is_not_held(
    made_up: MadeUp, new_cell_test: Source, above: str, body: str, outcome: Outcome, words: str
) -> None:
    """Issue 3: failed, skipped, expected to fail, errors of fixtures, a crash of the process."""
    made_up.tests["trip"] = new_cell_test("trip", body, above=above)
    result = made_up.run().verdict.results[CELL]
    assert result.outcome is outcome
    assert words in result.why


def test_a_crash_leaves_what_was_run_before_it_and_names_what_was_not(
    made_up: MadeUp, new_cell_test: Source
) -> None:
    """Issue 3: firmware that crashes the process takes no result with it, and no later cell counts."""
    made_up.tests["below limit"] = new_cell_test("below limit", "import os; os.abort()")
    verdict = made_up.run().verdict
    assert not verdict.held
    assert verdict.results["IL-01", "inhibited"].outcome is Outcome.PASSED
    assert verdict.results["IL-01", "second fault"].outcome is Outcome.NOT_RUN
    assert any("before its run was over" in problem for problem in verdict.problems)


def test_a_crash_in_one_process_leaves_the_other_its_results(made_up: MadeUp, new_cell_test: Source) -> None:
    """Issue 4: the files are shared out among processes; one that crashes takes only its own with it."""
    del made_up.tests["trip"]
    folder = made_up.write()
    crash = f"import pytest\n\n\n{new_cell_test('trip', 'import os; os.abort()')}"
    (folder / "test_other.py").write_text(crash, encoding="utf-8")
    run = run_suite(Suite(folder, folder), ("IL-01",), made_up.folder, scope=Scope(), processes=2)
    verdict = run.verdict
    assert verdict.results[CELL].outcome is Outcome.NOT_RUN
    assert verdict.count(Outcome.PASSED) == len(KINDS) - 2
    assert any("before its run was over" in problem for problem in verdict.problems)


def test_the_processes_share_every_file_out_once(made_up: MadeUp, new_cell_test: Source) -> None:
    """Issue 4: however many processes, each file is run by one of them, and the table is the same."""
    folder = made_up.write()
    for number in range(4):
        (folder / f"test_{number}.py").write_text("def test_tool():\n    assert True\n", encoding="utf-8")
    for processes in (1, 2, 3, 9):
        parts = share_out(folder, processes)
        assert len(parts) == min(processes, 5)
        assert sorted(path for part in parts for path in part) == sorted(folder.glob("test_*.py"))
    run = run_suite(Suite(folder, folder), ("IL-01",), made_up.folder, scope=Scope(), processes=3)
    assert run.verdict.held
    assert run.junit.read_text(encoding="utf-8").count("<testcase") == len(KINDS) - 1 + 4
    assert [path.name for path in made_up.folder.glob("*.jsonl")] == []


def test_a_part_of_the_scope_may_leave_a_process_without_a_test(made_up: MadeUp) -> None:
    """Issue 4: a file without a test that was asked for is no defect, as long as another has some."""
    folder = made_up.write()
    (folder / "test_other.py").write_text("def test_tool():\n    assert True\n", encoding="utf-8")
    scope = Scope(kinds=("trip",))
    assert run_suite(Suite(folder, folder), ("IL-01",), made_up.folder, scope=scope, processes=2).verdict.held


def test_a_cell_without_a_test_or_a_reason_is_missing(made_up: MadeUp) -> None:
    """Issue 3: a missing cell makes the run fail."""
    del made_up.tests["trip"]
    verdict = made_up.run().verdict
    assert not verdict.held
    assert verdict.results[CELL].outcome is Outcome.MISSING


def test_a_built_interlock_without_tests_misses_all_of_its_cells(made_up: MadeUp) -> None:
    """Issue 3: an interlock that becomes built needs its thirteen cells."""
    verdict = made_up.run(interlocks=("IL-01", "IL-05")).verdict
    assert verdict.count(Outcome.MISSING) == len(KINDS)


@pytest.mark.parametrize(
    "arguments", ['"-k", "not trip"', '"--deselect", "test_made_up.py::test_il_01_trip"', '"-x"'], ids=str
)
def test_arguments_in_the_settings_of_the_checkout_leave_nothing_out(made_up: MadeUp, arguments: str) -> None:
    """Issue 3: `addopts` cannot take a cell out."""
    made_up.ini = f"[tool.pytest.ini_options]\naddopts = [{arguments}]\n"
    assert made_up.run().verdict.held


def test_a_test_that_a_hook_takes_out_is_deselected(made_up: MadeUp) -> None:
    """Issue 3: a deselected cell makes the run fail, although other tests hold other cells."""
    made_up.conftest += """

def pytest_collection_modifyitems(config, items):
    out = [item for item in items if "trip" in item.name]
    items[:] = [item for item in items if item not in out]
    config.hook.pytest_deselected(items=out)
"""
    assert made_up.run().verdict.results[CELL].outcome is Outcome.DESELECTED


def test_a_test_that_vanishes_without_a_word_is_found_in_the_source(made_up: MadeUp) -> None:
    """Issue 3: a marked test that pytest did not collect is a gap, though another test holds its cell."""
    made_up.more = '''
        def test_more():
            """IL-01, trip: made up."""

        test_more = pytest.mark.cell("IL-01", "trip")(test_more)
    '''
    made_up.conftest += """

def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if "il_01_trip" not in item.name]
"""
    result = made_up.run().verdict.results[CELL]
    assert result.outcome is Outcome.DESELECTED
    assert "test_il_01_trip" in result.why


def test_a_test_that_is_defined_twice_is_named(made_up: MadeUp, new_cell_test: Source) -> None:
    """Issue 3: the second definition hides the first one, which is then never run."""
    made_up.more = new_cell_test("trip", "pass")
    verdict = made_up.run().verdict
    assert not verdict.held
    assert "defined twice" in verdict.problems[0]


def test_a_cell_that_is_marked_twice_or_not_applicable_and_tested_is_named(
    made_up: MadeUp, new_cell_test: Source
) -> None:
    """Issue 3: a cell said twice is wrong in one of both places."""
    made_up.tests["trip"] = new_cell_test("trip", above='@pytest.mark.cell("IL-01", "trip")\n')
    made_up.tests["hysteresis"] = new_cell_test("hysteresis")
    verdict = made_up.run().verdict
    assert verdict.results[CELL].outcome is Outcome.TWICE
    assert verdict.results["IL-01", "hysteresis"].outcome is Outcome.TWICE


def test_a_cell_that_the_table_does_not_have_is_named(made_up: MadeUp, new_cell_test: Source) -> None:
    """Issue 3: a slip of the pen in a mark is no cell held."""
    made_up.tests["trip"] = new_cell_test("tripp")
    verdict = made_up.run().verdict
    assert verdict.results[CELL].outcome is Outcome.MISSING
    assert "IL-01 tripp: the table has no such cell" in verdict.problems


def test_a_reason_of_no_words_is_no_reason(made_up: MadeUp) -> None:
    """Issue 3: not applicable needs a reason that says something."""
    made_up.conftest = CONFTEST_WITHOUT_REASON
    verdict = made_up.run().verdict
    assert not verdict.held
    assert "no reason" in verdict.problems[0]


CONFTEST_WITHOUT_REASON = """
import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_cells_not_applicable():
    return {("IL-01", "hysteresis"): "n/a"}
"""


@pytest.mark.parametrize(
    "more",
    [
        "def test_tool():\n    assert False\n",
        "import nowhere\n",
        'pytest.skip("all", allow_module_level=True)\n',
    ],
    ids=["a test without a cell", "a file that cannot be imported", "a file that skips itself"],
)
def test_what_goes_wrong_outside_the_cells_counts_too(made_up: MadeUp, more: str) -> None:
    """Issue 3: a suite whose own tools fail proves nothing."""
    made_up.more = more
    verdict = made_up.run().verdict
    assert not verdict.held
    assert verdict.problems


def test_a_part_that_is_held_is_not_the_whole(made_up: MadeUp) -> None:
    """Issue 3: cells that nobody asked for are not counted as run."""
    verdict = made_up.run(Scope(kinds=("trip",))).verdict
    assert verdict.held
    assert not verdict.whole
    assert verdict.count(Outcome.NOT_ASKED) == len(KINDS) - 1


def test_a_part_is_not_held_when_its_cell_fails(made_up: MadeUp, new_cell_test: Source) -> None:
    """Issue 3: a filter hides no failure of what it asks for."""
    made_up.tests["trip"] = new_cell_test("trip", "assert False")
    assert not made_up.run(Scope(("IL-01",), ("trip",))).verdict.held
