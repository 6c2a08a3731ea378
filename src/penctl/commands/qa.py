"""`penctl qa run`: runs the cells of the interlocks, shows the table, writes JUnit XML."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from penctl import __version__
from penctl.errors import PenError
from penctl.folders import RUNS, run_folder
from penctl.hardware import load_interlocks
from penctl.qa.cells import KINDS, Scope
from penctl.qa.events import Progress
from penctl.qa.junit import add_cells
from penctl.qa.measurements import gather
from penctl.qa.runner import Run, check_needs, run_suite
from penctl.qa.suite import find_suite

EXIT_HELD, EXIT_NOT_HELD, EXIT_PART, EXIT_INTERRUPTED = 0, 1, 3, 130
WIDTH = 80


def run(given: argparse.Namespace) -> int:
    """Run, show, write. Exit code 0 only when every cell was run and passed or is not applicable."""
    check_needs()
    suite = find_suite(Path(given.suite) if given.suite else None)
    interlocks = tuple(entry.id for entry in load_interlocks().values() if entry.built)
    scope = _scope(given, interlocks)
    folder = Path(given.out) if given.out else run_folder(Path(RUNS), "_qa")
    _make(folder)
    try:
        with _progress(shown=not given.json) as tell:
            done = run_suite(
                suite, interlocks, folder, scope=scope, seed=given.seed, processes=given.processes, tell=tell
            )
    except KeyboardInterrupt:
        sys.stderr.write(f"penctl: interrupted, so there is no result; the log is {folder / 'pytest.log'}\n")
        return EXIT_INTERRUPTED
    facts = {"penctl": __version__, "target": "simulator", "seed": str(given.seed)}
    add_cells(done.junit, done.verdict, facts)
    files = {"junit": str(done.junit), "log": str(done.log)}
    (_print_json if given.json else _print_table)(done, given.seed, files)
    if not done.verdict.held:
        return EXIT_NOT_HELD
    return EXIT_HELD if done.verdict.whole else EXIT_PART


def _scope(given: argparse.Namespace, interlocks: tuple[str, ...]) -> Scope:
    """What was asked for. Raises PenError for an interlock or a kind that there is not."""
    asked = tuple(name.upper() for name in given.interlock)
    kinds = tuple(name.lower().replace("-", " ") for name in given.kind)
    for name in asked:
        if name not in interlocks:
            raise PenError(
                "This interlock is not built", name, f"built: {', '.join(interlocks)}", "Name one of these"
            )
    for name in kinds:
        if name not in KINDS:
            raise PenError(
                "There is no such kind of cell", name, f"kinds: {', '.join(KINDS)}", "Name one of these"
            )
    return Scope(asked, kinds)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "junit.xml").unlink(missing_ok=True)
    except OSError as error:
        raise PenError(
            "The folder for the run's files cannot be used",
            f"{folder} ({error.strerror})",
            remedy="Name a folder that you may write to with --out DIR",
        ) from error


@contextlib.contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[Progress], None]]:
    """A live bar on a terminal; nothing elsewhere."""
    if not shown or not sys.stdout.isatty():
        yield lambda progress: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    with Bar(
        TextColumn("{task.description:<26}"), BarColumn(30), MofNCompleteColumn(), TimeElapsedColumn()
    ) as bar:
        task = bar.add_task("collecting the tests", total=None)

        def tell(progress: Progress) -> None:
            if progress.tests:
                failed = f", {progress.failed} failed" if progress.failed else ""
                bar.update(
                    task, description=f"tests{failed}", total=len(progress.tests), completed=progress.done
                )

        yield tell


def _print_table(done: Run, seed: int, files: dict[str, str]) -> None:
    from rich.console import Console

    from penctl.qa.table import show

    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    show(console, done.verdict, gather(done.progress.properties))
    console.print(f"Target: simulator, seed {seed}. {len(done.progress.tests)} tests were run.")
    for name, path in files.items():
        console.print(f"{name:<6} {path}", soft_wrap=True, markup=False)
    if done.verdict.held and not done.verdict.whole:
        console.print(
            f"Exit code {EXIT_PART}: a part is no proof of the whole. Run it without a filter for that."
        )


def _print_json(done: Run, seed: int, files: dict[str, str]) -> None:
    from penctl.qa.table import as_json

    found = as_json(done.verdict, gather(done.progress.properties))
    sys.stdout.write(json.dumps({**found, "seed": seed, "target": "simulator", "files": files}) + "\n")
