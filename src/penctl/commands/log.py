"""`penctl log`: shows, draws, exports, cuts, replays, compares and repairs recordings."""

from __future__ import annotations

import argparse
import dataclasses
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penctl.errors import PenError

if TYPE_CHECKING:
    from penctl.logs.piece import Stretch
    from penctl.recorded import Run

EXIT_SAME, EXIT_DIFFERENT = 0, 1


def run(given: argparse.Namespace) -> int:
    """Run one of the acts."""
    acts = {
        "show": _show,
        "plot": _plot,
        "export": _export,
        "slice": _slice,
        "replay": _replay,
        "diff": _diff,
        "repair": _repair,
    }
    return acts[given.act](given)


def _print(found: Any) -> int:
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    return 0


def _beside(path: Path, ending: str) -> Path:
    """A name beside the recording, without `.mcap` and `.part`."""
    return path.with_name(path.name.removesuffix(".part").removesuffix(".mcap") + ending)


def _marked(run: Run, ending: str) -> str:
    """The ending of a file that leaves us: what is simulated has it in its name."""
    marked = not run.simulated or "simulated" in run.path.name.lower()
    return ending if marked else f".simulated{ending}"


def _show(given: argparse.Namespace) -> int:
    from penctl.logs import screen, summary
    from penctl.recorded import read_run

    recorded = read_run(Path(given.file))
    if given.json:
        return _print(
            {
                **summary.facts(recorded),
                "parts": [vars(part) for part in summary.parts(recorded)],
                "trips": recorded.trips,
                "story": [vars(line) for line in summary.story(recorded)],
            }
        )
    screen.show(recorded, lines=None if given.all else screen.LINES)
    return 0


def _stretch(given: argparse.Namespace, recorded: Run) -> Stretch | None:
    """What part of the recording is meant; None is all of it."""
    from penctl.logs.piece import around_trip, stretch_of

    for name, value in (("--from", given.start), ("--to", given.end), ("--around", given.around)):
        if value is not None and not (math.isfinite(value) and value >= 0.0):
            remedy = "Give seconds since the recording began"
            raise PenError(f"{name} is no time", value, "0 s or more", remedy)
    if given.trip is not None:
        if given.start is not None or given.end is not None:
            raise PenError("--trip and --from or --to exclude each other", remedy="Give one of them")
        return around_trip(recorded, given.trip, given.around)
    if given.start is None and given.end is None:
        return None
    return stretch_of(recorded, given.start, given.end)


def _plot(given: argparse.Namespace) -> int:
    from penctl.plot import plot_run
    from penctl.recorded import read_run

    path = Path(given.file)
    recorded = read_run(path)
    out = Path(given.out) if given.out else _beside(path, ".png")
    stretch = _stretch(given, recorded)
    plot_run(recorded, out, None if stretch is None else (stretch.start_s, stretch.end_s))
    sys.stdout.write(f"{out}\n")
    return 0


def _export(given: argparse.Namespace) -> int:
    from penctl.logs.export import export
    from penctl.recorded import read_run

    path = Path(given.file)
    recorded = read_run(path)
    if given.table == "all" and given.format != "json":
        raise PenError(
            f"{given.format.upper()} holds one table",
            given.table,
            remedy="Name one with --table, or use --format json",
        )
    name = ".samples" if given.format == "mcap" else f".{given.table}"
    out = Path(given.out) if given.out else _beside(path, f"{name}{_marked(recorded, f'.{given.format}')}")
    count = export(recorded, out, given.format, given.table)
    mark = ", simulated" if recorded.simulated else ""
    sys.stdout.write(f"{out}  {count:,} rows, {out.stat().st_size / 1e6:.1f} MB{mark}\n")
    return 0


def _slice(given: argparse.Namespace) -> int:
    from penctl.logs.piece import cut
    from penctl.recorded import read_run

    path = Path(given.file)
    recorded = read_run(path)
    stretch = _stretch(given, recorded)
    if stretch is None:
        raise PenError(
            "It is not said what is to be cut out", remedy="Give --from and --to in seconds, or --trip 1"
        )
    span = f"_{stretch.start_s:.1f}-{stretch.end_s:.1f}s"
    out = Path(given.out) if given.out else _beside(path, span + _marked(recorded, ".mcap"))
    count = cut(path, out, stretch)
    sys.stdout.write(f"{out}  {stretch.start_s:.3f} to {stretch.end_s:.3f} s, {count:,} messages\n")
    return 0


def _replay(given: argparse.Namespace) -> int:
    from penctl.commands import monitor

    given.replay, given.port = given.file, None
    return monitor.run(given)


def _diff(given: argparse.Namespace) -> int:
    from penctl.logs import screen
    from penctl.logs.compare import compare
    from penctl.recorded import read_run

    first, second = (read_run(Path(name)) for name in (given.file, given.other))
    found = compare(first, second)
    if given.json:
        _print({"same": found.same, "first_s": found.first_s, **dataclasses.asdict(found)})
    else:
        screen.show_difference(first, second, found)
    return EXIT_SAME if found.same else EXIT_DIFFERENT


def _repair(given: argparse.Namespace) -> int:
    from penctl.logs.repair import repair

    done = repair(Path(given.file), Path(given.out) if given.out else None)
    if given.json:
        return _print(
            {
                "source": str(done.source),
                "file": None if done.path is None else str(done.path),
                "messages": done.kept_messages,
                "duration_s": round(done.kept_s, 3),
                "lost_bytes": done.lost_bytes,
                "damage": [damage._asdict() for damage in done.damage],
            }
        )
    if done.path is None:
        sys.stdout.write(f"{done.source} is whole: nothing to repair.\n")
        return 0
    lost = "nothing that was written is lost"
    if done.lost_bytes:
        lost = f"{done.lost_bytes:,} bytes could not be used"
    sys.stdout.write(f"{done.path}\n  {done.kept_messages:,} messages, {done.kept_s:.3f} s; {lost}.\n")
    for damage in done.damage:
        sys.stdout.write(f"  at byte {damage.offset:,}: {damage.why}, {damage.length:,} bytes\n")
    return 0
