"""The arguments of `penctl log`, `penctl doctor` and `penctl monitor --replay`; cheap to import."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

FORMATS = ("csv", "json", "parquet", "mcap")
TABLES = ("telemetry", "status", "events", "commands", "snapshots", "log", "all")
Add = Callable[[Any], None]


def add_log(commands: Any) -> None:
    """`penctl log show | plot | export | slice | replay | diff | repair`."""
    log = commands.add_parser(
        "log",
        help="show, draw, export, cut, replay, compare and repair recordings",
        description="Work with recordings. None of these commands changes the recording that it reads.",
    )
    acts = log.add_subparsers(dest="act", metavar="act", required=True)
    for add in (_show, _plot, _export, _slice, _replay, _diff, _repair):
        add(acts)


def _act(acts: Any, name: str, help_: str, more: str = "") -> Any:
    act = acts.add_parser(name, help=help_, description=f"{help_[0].upper()}{help_[1:]}. {more}".strip())
    act.add_argument("file", help="the recording; also one that was cut off, ending in .part")
    return act


def _show(acts: Any) -> None:
    show = _act(acts, "show", "tell what happened: summary, parts, trips and the story in words")
    show.add_argument("--all", action="store_true", help="the whole story (default: the last 20 lines)")
    show.add_argument("--json", action="store_true", help="print one JSON object")


def _plot(acts: Any) -> None:
    plot = _act(acts, "plot", "draw depth, stroke rate, press force and motor current over time")
    _stretch(plot)
    plot.add_argument("--out", metavar="FILE", help="the picture (default: beside the recording, .png)")


def _export(acts: Any) -> None:
    export = _act(
        acts,
        "export",
        "write a recording for other programs",
        "CSV and Parquet hold one table. JSON holds one, or all. MCAP holds telemetry, one message a sample, "
        "for tools that plot one number a message; the recording itself is MCAP too.",
    )
    export.add_argument("--format", choices=FORMATS, default="csv", help="default: csv")
    export.add_argument("--table", choices=TABLES, default="telemetry", help="default: telemetry")
    export.add_argument("--out", metavar="FILE", help="the new file (default: beside the recording)")


def _slice(acts: Any) -> None:
    piece = _act(acts, "slice", "cut a piece out of a recording, by time or around a trip")
    _stretch(piece)
    piece.add_argument("--out", metavar="FILE", help="the new file (default: beside the recording)")


def _replay(acts: Any) -> None:
    replay = _act(acts, "replay", "show a recording in the live view, as penctl monitor shows a pen")
    _pace(replay)
    replay.add_argument("--json", action="store_true", help="print one JSON object a second, one a line")
    replay.add_argument("--once", action="store_true", help="look once, print it and end")


def _diff(acts: Any) -> None:
    diff = _act(
        acts,
        "diff",
        "compare two recordings: what differs first",
        "Exit code: 0 nothing differs, 1 something does, 2 they could not be compared.",
    )
    diff.add_argument("other", help="the recording to compare it with")
    diff.add_argument("--json", action="store_true", help="print one JSON object")


def _repair(acts: Any) -> None:
    repair = _act(
        acts,
        "repair",
        "make a whole file of a recording that was cut off or damaged",
        "Every piece whose checksum holds is kept; the damaged file is left as it is.",
    )
    repair.add_argument("--out", metavar="FILE", help="the new file (default: the name without .part)")
    repair.add_argument("--json", action="store_true", help="print one JSON object")


def _stretch(act: argparse.ArgumentParser) -> None:
    act.add_argument("--from", dest="start", type=float, metavar="S", help="from this time of the recording")
    act.add_argument("--to", dest="end", type=float, metavar="S", help="to this time of the recording")
    act.add_argument("--trip", metavar="TRIP", help="around this trip: its number from 1, or IL-26")
    act.add_argument("--around", type=float, default=5.0, metavar="S", help="so long before and after it")


def _pace(act: argparse.ArgumentParser) -> None:
    act.add_argument("--speed", type=float, default=1.0, help="times real time, 0.1 to 100 (default: 1)")
    act.add_argument("--from", dest="start", type=float, default=0.0, metavar="S", help="begin at this time")


def add_replay(monitor: argparse.ArgumentParser) -> None:
    """`penctl monitor --replay FILE`."""
    monitor.add_argument("--replay", metavar="FILE", help="show this recording instead of a pen")
    _pace(monitor)


def add_doctor(commands: Any) -> None:
    """`penctl doctor`."""
    doctor = commands.add_parser(
        "doctor",
        help="check this computer and the pen: each line is good, or says what mends it",
        description="Check ports and permissions, versions, limits, pairings, clock, disk and screen. It "
        "asks and changes nothing. Exit code: 0 all is good, 1 something is to be mended.",
    )
    doctor.add_argument("--port", help="port or URL of a pen to ask too (default: each port that is a pen's)")
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    doctor.add_argument(
        "--udev", action="store_true", help="print the udev rule for Linux, and how to install it"
    )
