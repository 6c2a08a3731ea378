"""`penctl demo`: runs `penctl.demo`, records it, draws it, and shows set against measured values."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from penctl import words
from penctl.demo import PARTS, Demo, DemoResult, MeasuredTrip, bench_of
from penctl.errors import PenError
from penctl.folders import RUNS, run_folder
from penctl.pen import Pen
from penctl.plot import plot_run
from penctl.recorded import read_run
from penctl.recording import record
from penctl.transport import open_url

WIDTH = 80


def run(given: argparse.Namespace) -> int:
    """Run the demo and print its result."""
    transport = open_url(given.port or f"pensim://?seed={1 if given.seed is None else given.seed}")
    try:
        bench = bench_of(transport)
        folder = run_folder(Path(given.out or RUNS))
    except BaseException:
        transport.close()
        raise
    recording, plot = folder / "run.mcap", folder / "run.png"
    with Pen(transport) as pen:
        failures: list[PenError] = []
        facts = {"seed": str(bench.seed), "skin": bench.skin}
        recorder = record(pen, recording, on_failure=failures.append, **facts)
        with recorder, _stopped_on_error(pen), _progress(shown=not given.json) as tell:
            result = Demo(pen, tell).run()
    if failures:
        files = {"recording": str(recorder.part_path)}
    else:
        plot_run(read_run(recording), plot)
        files = {"recording": str(recording), "plot": str(plot)}
    if given.json:
        sys.stdout.write(json.dumps(result.as_json(files)) + "\n")
    else:
        _show(result, files)
    if failures:
        raise failures[0]
    return 0


@contextlib.contextmanager
def _stopped_on_error(pen: Pen) -> Iterator[None]:
    """Stop the pen before the recording is closed, so that the STOP is in it."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(PenError):  # the pen's own deadman is behind it
            pen.stop()
        raise


@contextlib.contextmanager
def _progress(*, shown: bool) -> Iterator[Callable[[str, float], None]]:
    """A live bar on a terminal; nothing elsewhere."""
    if not shown or not sys.stdout.isatty():
        yield lambda text, fraction: None
        return
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn("{task.description:<44}"), BarColumn(40), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns) as progress:
        task = progress.add_task("", total=1.0)
        yield lambda text, fraction: progress.update(task, description=text, completed=fraction)


def _show(result: DemoResult, files: dict[str, str]) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    console.print(_table(result))
    for told in result.trips:
        _show_trip(console, told)
    console.print(
        f"\nSimulated: {result.virtual_s:.1f} s, seed {result.seed}, firmware {result.firmware_version}"
    )
    for name, path in files.items():
        console.print(f"{name.capitalize():<10} {path}", soft_wrap=True, markup=False)


def _table(result: DemoResult) -> object:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title="Treatment of a simulated scalp", title_justify="left", box=SIMPLE_HEAD)
    for name in ("part", "depth set", "measured", "rate set", "measured", "per min", "strokes"):
        table.add_column(name, justify="left" if name == "part" else "right")
    for number, (part, done) in enumerate(zip(PARTS, result.parts, strict=True), start=1):
        table.add_row(
            f"{number}, link cut" if part.cut else str(number),
            words.depth_text(done.depth_set_um),
            words.depth_text(done.depth_measured_um, measured=True),
            words.hertz_text(done.rate_set_hz),
            words.hertz_text(done.rate_measured_hz, measured=True),
            f"{done.rate_measured_hz * 60:.0f}",
            str(done.strokes),
        )
    return table


def _show_trip(console: object, told: MeasuredTrip) -> None:
    value, limit = (words.quantity_text(v, told.value_unit) for v in (told.trip.value, told.trip.limit))
    lines = [
        f"[bold]Trip {told.trip.id} {told.name}[/bold]",
        f"  cause      {told.cause}",
        f"  value      {value} (limit {limit})",
        f"  stop       {told.trip.stop.name}, further strokes: {told.further_strokes}",
        f"  reaction   {told.reaction_ms} ms from the cut of the link to drive off",
        f"  reset by   {told.reset}",
    ]
    for line in lines:
        console.print(line)  # type: ignore[attr-defined]
