"""`penctl trips`: the pen's memory of its last trips, with the inputs around each, as table and picture."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from penctl.errors import Refused
from penctl.folders import RUNS, run_folder
from penctl.pen import Pen
from penctl.protocol.enums import Reason
from penctl.status import plain
from penctl.trip_memory import Contacts, KeptTrip, Snapshot
from penctl.trip_words import INPUT_WORDS, told_trip

WIDTH = 96
SHOWN_BEFORE_US, SHOWN_AFTER_US = -5_000, 5_000
"""The rows of a snapshot that are printed; the picture and --json have them all."""


def run(given: argparse.Namespace) -> int:
    """Ask for the trips and their snapshots, and show them. Commands nothing."""
    with Pen(given.port, role=given.role) as pen:
        pen.listen()
        trips = pen.trip_log()
        snapshots = {trip.index: shot for trip in trips if (shot := _snapshot(pen, trip)) is not None}
        serial, simulated = pen.identity.serial_number, pen.simulated
    files = _draw(given, trips, snapshots, simulated) if snapshots else {}
    if given.json:
        _print_json(serial, simulated, trips, snapshots, files)
    else:
        _show(serial, simulated, trips, snapshots, files)
    return 0


def _snapshot(pen: Pen, trip: KeptTrip) -> Snapshot | None:
    """The snapshot of a trip; None when the pen keeps it no longer."""
    if not trip.snapshot_parts:
        return None
    try:
        return pen.snapshot(trip.index)
    except Refused as refused:
        if refused.reason != Reason.NO_SUCH_ENTRY.name:
            raise
        return None


def _draw(
    given: argparse.Namespace, trips: list[KeptTrip], snapshots: dict[int, Snapshot], simulated: bool
) -> dict[int, str]:
    from penctl.plot_snapshot import plot_snapshot

    folder = Path(given.out) if given.out else run_folder(Path(RUNS), "_trips")
    files = {}
    for trip in trips:
        if trip.index in snapshots:
            path = folder / f"trip-{trip.index}-{trip.trip.id}.png"
            plot_snapshot(trip, snapshots[trip.index], path, simulated=simulated)
            files[trip.index] = str(path)
    return files


def _print_json(
    serial: str,
    simulated: bool,
    trips: list[KeptTrip],
    snapshots: dict[int, Snapshot],
    files: dict[int, str],
) -> None:
    rows = []
    for trip in trips:
        shot = snapshots.get(trip.index)
        rows.append(
            {
                **told_trip(trip.trip),
                "index": trip.index,
                "latched": trip.latched,
                "boot": trip.boot,
                "time_us": trip.trip.time_us,
                "raw_value": trip.trip.value,
                "raw_limit": trip.trip.limit,
                "snapshot": None if shot is None else [plain(dataclasses.asdict(row)) for row in shot.rows],
                "picture": files.get(trip.index),
            }
        )
    sys.stdout.write(json.dumps({"serial_number": serial, "simulated": simulated, "trips": rows}) + "\n")


def _show(
    serial: str,
    simulated: bool,
    trips: list[KeptTrip],
    snapshots: dict[int, Snapshot],
    files: dict[int, str],
) -> None:
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    name = f"{serial}, SIMULATED" if simulated else serial
    if not trips:
        console.print(f"Pen {name}: no trip is kept.", markup=False)
        return
    console.print(_table(name, trips))
    for trip in trips:
        told = told_trip(trip.trip)
        console.print(f"{trip.index}  {told['id']} {told['cause']} {told['remedy']}", markup=False)
    for trip in trips:
        if trip.index in snapshots:
            console.print()
            console.print(_rows(trip, snapshots[trip.index]))
            console.print(f"Picture    {files[trip.index]}", soft_wrap=True, markup=False)


def _table(name: str, trips: list[KeptTrip]) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=f"Last trips of pen {name}", title_justify="left", box=SIMPLE_HEAD)
    for column in ("", "trip", "seen by", "value", "limit", "stop", "when", ""):
        table.add_column(column, justify="right" if column in ("value", "limit", "when") else "left")
    for trip in trips:
        told = told_trip(trip.trip)
        table.add_row(
            str(trip.index),
            f"{told['id']} {told['name']}",
            INPUT_WORDS[trip.trip.input],
            told["value"] or "–",
            told["limit"] or "–",
            told["stop"],
            f"power-on {trip.boot}, {trip.trip.time_us / 1e6:.3f} s",
            "latched" if trip.latched else "",
        )
    return table


def _rows(trip: KeptTrip, shot: Snapshot) -> Any:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=f"Around trip {trip.index}, {trip.trip.id}", title_justify="left", box=SIMPLE_HEAD)
    for column in (
        "ms",
        "bar mm",
        "stage mm",
        "motor mA",
        "supply V",
        "press N",
        "duty %",
        "state",
        "contacts",
    ):
        table.add_column(column, justify="left" if column in ("state", "contacts") else "right", no_wrap=True)
    for row in shot.rows:
        if not SHOWN_BEFORE_US <= row.time_us <= SHOWN_AFTER_US:
            continue
        table.add_row(
            f"{row.time_us / 1000:+.1f}",
            f"{row.bar_um / 1000:.3f}",
            f"{row.stage_um / 1000:.3f}",
            str(row.motor_ma),
            f"{row.supply_mv / 1000:.2f}",
            f"{row.press_mn / 1000:.1f}",
            f"{row.duty_q15 / 327.67:.0f}",
            row.state.name,
            _contacts(row.contacts),
            style="bold" if row.time_us == 0 else None,
        )
    return table


_LETTERS = {
    Contacts.ESTOP_A: "A",
    Contacts.ESTOP_B: "B",
    Contacts.HOLD: "H",
    Contacts.DRIVE_FEEDBACK: "F",
    Contacts.WINDING_SHORT: "S",
    Contacts.DRIVE_ENABLE: "D",
}


def _contacts(contacts: Contacts) -> str:
    """One letter for each that is closed: A B emergency stop, H hold, D drive, F its feedback, S short."""
    return "".join(letter if contact in contacts else "·" for contact, letter in _LETTERS.items())
