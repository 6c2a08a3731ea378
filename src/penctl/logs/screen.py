"""What `penctl log show` and `penctl log diff` print: 96 columns, colours only repeat what the words say."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from penctl import words
from penctl.logs import summary
from penctl.protocol.messages import SAMPLE

if TYPE_CHECKING:
    from penctl.logs.compare import Comparison
    from penctl.recorded import Run

WIDTH: Final = 96
LINES: Final = 20
LABEL: Final = 10
_STYLES: Final = {3: "yellow", 4: "bold red"}
_DIM: Final = "dim"
_ENDINGS: Final = {"IL-02": "hold released", "IL-23": "no contact", "IL-39": "not used", "stopped": "stop"}


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)


def _title(run: Run) -> Text:
    title = Text(run.path.name, style="bold")
    if run.simulated:
        title.append("  ")
        title.append(" SIMULATED ", style="black on yellow")
    return title


def _grid() -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style=_DIM, no_wrap=True, width=LABEL)
    table.add_column()
    return table


def show(run: Run, *, lines: int | None = LINES) -> None:
    """Print what happened in a recording; `lines` of the story, None is all of it."""
    console = _console()
    console.print(_title(run))
    console.print(_facts(run))
    parts = summary.parts(run)
    if parts:
        console.print(_parts(parts, {trip["id"] for trip in run.trips}))
    else:
        console.print(Text("\nThe needles did not run.\n", style=_DIM))
    for number, trip in enumerate(run.trips, start=1):
        console.print(_trip(run, number, trip))
    console.print(_story(run, lines))


def _facts(run: Run) -> Table:
    facts = summary.facts(run)
    table = _grid()
    pen = f"{facts['serial_number'] or 'not said'}, firmware {facts['firmware_version'] or 'not said'}"
    if facts["seed"]:
        pen += f", seed {facts['seed']}"
    table.add_row("pen", pen)
    began = (facts["started"] or "virtual time").replace("T", " ").replace("+00:00", " UTC")
    table.add_row("recorded", f"{began}, {_duration(run.end_s)}, by penctl {facts['penctl_version']}")
    dropped = f", {facts['blocks_dropped']} blocks dropped by the pen" if facts["blocks_dropped"] else ""
    restarts = f", the pen restarted {facts['restarts']} times" if facts["restarts"] else ""
    table.add_row("telemetry", f"{facts['samples']:,} samples{dropped}{restarts}")
    table.add_row("file", _file(run, facts))
    return table


def _duration(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60.0)
    return f"{minutes:.0f} min {rest:.1f} s" if minutes else f"{rest:.3f} s"


def _file(run: Run, facts: dict[str, Any]) -> Text:
    size = facts["bytes"]
    text = Text(f"{size / 1e6:.1f} MB" if size > 1e6 else f"{size / 1e3:.0f} kB")
    if facts["piece_of"]:
        text.append(f", a piece of {facts['piece_of']} ({run.metadata.get('piece_s', '')} s)")
    if facts["repaired"]:
        text.append(", repaired")
    if facts["complete"]:
        return text
    damaged = f", DAMAGED, {facts['lost_bytes']:,} bytes lost"
    text.append(damaged if facts["lost_bytes"] else ", CUT OFF", "bold red")
    text.append(f"; make a whole file of it: penctl log repair {run.path}")
    return text


def _ended(by: str, trips: set[str]) -> Text:
    """A trip by its number; a switch that was released is how a run ends, and no trip."""
    return Text(_ENDINGS.get(by, by), style="bold red" if by in trips else "")


def _parts(parts: list[summary.Part], trips: set[str]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("run", "from", "length", "depth set", "measured", "rate set", "measured", "strokes"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("ended by", no_wrap=True)
    for number, part in enumerate(parts, start=1):
        table.add_row(
            str(number),
            f"{part.start_s:.3f} s",
            f"{part.end_s - part.start_s:.2f} s",
            "–" if part.depth_set_um is None else words.depth_text(part.depth_set_um),
            "–" if part.depth_um is None else words.depth_text(part.depth_um, measured=True),
            "–" if part.rate_set_hz is None else words.hertz_text(part.rate_set_hz),
            "–" if part.rate_hz is None else words.hertz_text(part.rate_hz, measured=True),
            f"{part.strokes:,}",
            _ended(part.ended_by, trips),
        )
    return table


def _trip(run: Run, number: int, trip: dict[str, Any]) -> Table:
    table = _grid()
    title = Text(f"Trip {number}: {trip['id']} {trip.get('name', '')}", style="bold red")
    title.append(f"  at {run.at_s(trip):.3f} s", style="bold")
    outer = Table.grid()
    outer.add_row(title)
    table.add_row("  cause", trip.get("cause", ""))
    if trip.get("value_text"):
        table.add_row("  value", f"{trip['value_text']}, limit {trip['limit_text']}")
    latched = "latched" if trip.get("latched", True) else "released by itself"
    table.add_row("  stop", f"{trip['stop']}, {latched}")
    table.add_row("  reset", trip.get("reset", ""))
    rows = sum(row["trip_time_us"] == trip["time_us"] for row in run.snapshots)
    if rows:
        table.add_row("  snapshot", f"{rows} rows; penctl log export --table snapshots")
    outer.add_row(table)
    outer.add_row("")
    return outer


def _story(run: Run, lines: int | None) -> Table:
    story = summary.story(run)
    shown = story if lines is None else story[-lines:]
    outer = Table.grid()
    more = (
        f", the last {len(shown)} of {len(story)} lines; --all shows them" if len(shown) < len(story) else ""
    )
    outer.add_row(Text.assemble(("Story", "bold"), (more, _DIM)))
    table = Table.grid(padding=(0, 2))
    table.add_column(style=_DIM, justify="right", no_wrap=True, min_width=LABEL)
    table.add_column(style=_DIM, no_wrap=True)
    table.add_column()
    for line in shown:
        table.add_row(f"{line.time_s:.3f} s", line.who, Text(line.text, style=_STYLES.get(line.level, "")))
    outer.add_row(table)
    return outer


def show_difference(first: Run, second: Run, found: Comparison) -> None:
    """Print what differs first, and then the rest."""
    console = _console()
    for letter, run in (("A", first), ("B", second)):
        console.print(Text.assemble((f"{letter}  ", _DIM), _title(run), (f"  {run.path.parent}", _DIM)))
    console.print()
    if found.same:
        told = f"Nothing differs: {found.compared:,} samples, each command and each event."
        console.print(Text(told, "green"))
        return
    console.print(Text(_first(found), style="bold"))
    console.print(_differences(found))
    if found.columns:
        console.print(_columns(found))


def _first(found: Comparison) -> str:
    if found.first_s is None:
        return "What was done and measured is the same; the facts differ." if not found.columns else ""
    first = found.columns[0] if found.columns else None
    if first is not None and first.first_s <= found.first_s:
        return f"Up to {first.first_s:.3f} s both are the same; then {first.name} differs."
    return f"Up to {found.first_s:.3f} s the same was done and happened."


def _differences(found: Comparison) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("", style=_DIM, no_wrap=True)
    table.add_column("A")
    table.add_column("B")
    for difference in found.facts:
        table.add_row(difference.kind, _short(difference.first), _short(difference.second))
    if found.story is not None:
        table.add_row(f"{found.story.time_s:.3f} s", found.story.first, found.story.second)
    if found.samples[0] != found.samples[1]:
        table.add_row("samples", *(f"{count:,}" for count in found.samples))
    return table if table.row_count else Table.grid()


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"


def _in_unit(value: int, unit: str) -> str:
    """A difference with its unit; a part of a unit is worked out."""
    if unit == "0.01 °C":
        return f"{value / 100:.2f} °C"
    if unit in ("", "1") or unit.startswith("1/"):
        return f"{value:,}"
    return f"{value:,} {unit}"


def _columns(found: Comparison) -> Table:
    units = {field.name: field.unit for field in SAMPLE}
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("telemetry", no_wrap=True)
    for name in ("first at", "samples that differ", "by at most"):
        table.add_column(name, justify="right", no_wrap=True)
    for column in found.columns:
        share = f"{column.samples:,} ({100 * column.samples / found.compared:.1f} %)"
        table.add_row(
            column.name,
            f"{column.first_s:.3f} s",
            share,
            _in_unit(column.largest, units.get(column.name, "")),
        )
    return table
