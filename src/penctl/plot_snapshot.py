"""One picture of a trip: the inputs around it, as the pen has kept them.

matplotlib is imported only when a picture is drawn, and with the Agg canvas only: no screen is needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from penctl.errors import RecordingError
from penctl.plot import CURRENT, FORCE, GRID, INK, LIMIT, MEASURED, MUTED, PAPER, SET, STYLE
from penctl.trip_memory import Contacts, KeptTrip, Snapshot
from penctl.trip_words import told_trip

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INVALID: Final = -32768
"""A reading that was none, in the width in which a snapshot keeps it."""
CONTACTS: Final = {
    Contacts.ESTOP_A: "emergency stop A closed",
    Contacts.ESTOP_B: "emergency stop B closed",
    Contacts.HOLD: "hold pressed",
    Contacts.HOLD_RELEASED: "hold released",
    Contacts.STAGE_HOME: "stage at home",
    Contacts.CARTRIDGE_LOCKED: "cartridge locked",
    Contacts.TAG_PRESENT: "tag present",
    Contacts.CHARGER: "charger plugged in",
    Contacts.DRIVE_ENABLE: "drive enabled",
    Contacts.DRIVE_FEEDBACK: "drive has power",
    Contacts.WINDING_SHORT: "winding shorted",
    Contacts.SUPPLY_ENABLE: "second path closed",
}
"""Drawn as bars, the first at the top."""


def plot_snapshot(trip: KeptTrip, shot: Snapshot, path: Path, *, simulated: bool) -> None:
    """Draw a trip's snapshot into the PNG file `path` (9 × 7.5 inch, 150 dpi).

    Raises:
        RecordingError: the snapshot is empty, or the file cannot be written.
    """
    if not shot.rows:
        raise RecordingError(
            "There is nothing to plot: the snapshot has no rows",
            trip.trip.id,
            remedy="Ask for another trip; the pen keeps few snapshots, and until power-off only",
        )
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with mpl.rc_context(STYLE):
        figure = _draw(trip, shot, simulated)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            FigureCanvasAgg(figure).print_png(str(path))
        except OSError as error:
            raise RecordingError(
                "The picture cannot be written",
                f"{path} ({error.strerror})",
                remedy="Name another folder with --out DIR",
            ) from error


def _draw(trip: KeptTrip, shot: Snapshot, simulated: bool) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 7.5), dpi=150, facecolor=PAPER)
    grid = figure.add_gridspec(4, 1, height_ratios=(2.0, 1.3, 1.0, 2.4), hspace=0.16)
    grid.update(left=0.2, right=0.87, top=0.86, bottom=0.075)
    depth = figure.add_subplot(grid[0])
    panels = [depth, *(figure.add_subplot(grid[row], sharex=depth) for row in range(1, 4))]
    time_ms = [row.time_us / 1000 for row in shot.rows]
    _lines(depth, time_ms, (("bar", [_mm(row.bar_um) for row in shot.rows], MEASURED),))
    _lines(depth, time_ms, (("stage", [_mm(row.stage_um) for row in shot.rows], SET),))
    depth.set_ylabel("depth (mm)")
    _lines(panels[1], time_ms, (("motor", [row.motor_ma / 1000 for row in shot.rows], CURRENT),))
    panels[1].set_ylabel("motor (A)")
    _lines(panels[2], time_ms, (("press", [row.press_mn / 1000 for row in shot.rows], FORCE),))
    panels[2].set_ylabel("press (N)")
    _bars(panels[3], shot, time_ms)
    for axis in panels:
        axis.grid(True, axis="x", color=GRID, linewidth=0.7)
        axis.set_axisbelow(True)
        axis.axvline(0.0, color=LIMIT, linewidth=1.2)
    for axis in panels[:-1]:
        axis.tick_params(labelbottom=False)
    panels[-1].set_xlabel("time from the trip (ms)")
    _title(figure, trip, simulated)
    return figure


def _mm(depth_um: int) -> float:
    """In mm; a gap where the sensor gave no reading."""
    return float("nan") if depth_um == INVALID else depth_um / 1000


def _lines(axis: Axes, time_ms: list[float], lines: tuple[tuple[str, list[float], str], ...]) -> None:
    for name, values, colour in lines:
        axis.plot(time_ms, values, ".-", color=colour, linewidth=1.2, markersize=3)
        axis.annotate(
            name,
            xy=(1.0, values[-1]),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            fontsize=8.5,
            annotation_clip=False,
        )


def _bars(axis: Axes, shot: Snapshot, time_ms: list[float]) -> None:
    """A bar for each contact while it is closed; a contact holds until the next row."""
    step = (time_ms[-1] - time_ms[0]) / max(1, len(time_ms) - 1)
    for place, contact in enumerate(reversed(CONTACTS)):
        closed = [(t, step) for t, row in zip(time_ms, shot.rows, strict=True) if contact in row.contacts]
        axis.broken_barh(closed, (place - 0.3, 0.6), color=MEASURED, linewidth=0)
    axis.set_yticks(range(len(CONTACTS)), list(reversed(CONTACTS.values())), fontsize=7.5)
    axis.set_ylim(-0.7, len(CONTACTS) - 0.3)
    axis.tick_params(axis="y", length=0)


def _title(figure: Figure, trip: KeptTrip, simulated: bool) -> None:
    told = told_trip(trip.trip)
    figure.text(0.03, 0.955, f"{told['id']} {told['name']}", fontsize=14, fontweight="bold", color=INK)
    value = "" if told["value"] is None else f"   value {told['value']}, limit {told['limit']}"
    latched = ", latched" if trip.latched else ""
    when = f"power-on {trip.boot}, {trip.trip.time_us / 1e6:.3f} s"
    line = f"{told['cause']}{value}   stop {told['stop']}{latched}   {when}"
    figure.text(0.03, 0.915, line, fontsize=8.5, color=MUTED)
    if simulated:
        figure.text(0.97, 0.955, "SIMULATED", fontsize=13, fontweight="bold", color=LIMIT, ha="right")
