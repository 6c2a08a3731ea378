"""One picture of a run: depth, stroke rate, press force and motor current over time, with states and trips.

matplotlib is imported only when a picture is drawn, and with the Agg canvas only: no screen is needed.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penctl.errors import RecordingError
from penctl.hardware import load_interlocks
from penctl.plot_data import Line, Series, limit, series, setpoint, states, thinned, value_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from penctl.recorded import Run

# Okabe–Ito colours: apart for colour-blind eyes.
INK, MUTED, GRID, PAPER = "#1b2733", "#66737f", "#e4e8ec", "#ffffff"
MEASURED, SET, LIMIT, FORCE, CURRENT = "#0072b2", "#1b2733", "#c8500a", "#009e73", "#7a5aa6"
STATE_COLOURS = {
    "SELF_TEST": "#dfe4e8",
    "STANDBY": "#c3ccd4",
    "READY": "#f0d58c",
    "RUN": "#7fc4a5",
    "STOPPING": "#56a0d3",
    "SAFE": "#d98268",
}
STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.color": GRID,
}
LEFT, RIGHT = 0.075, 0.9
TOLERANCE_UM = 50
"""The depth's tolerance, ±0.05 mm."""
ERROR_SHOWN_UM = 100
"""The error panel ends here; a point beyond is drawn as an arrow at its edge."""
DASHED = (0, (4, 2))
LONG_S = 300.0
"""A longer recording has its time in minutes."""


def plot_run(run: Run, path: Path, stretch: tuple[float, float] | None = None) -> None:
    """Draw `run` into the PNG file `path` (11 × 9.5 inch, 150 dpi); `stretch` is from when to when, s.

    Raises:
        RecordingError: there is no telemetry then, or the file cannot be written.
    """
    if not run.telemetry:
        raise RecordingError("There is nothing to plot: the recording has no telemetry")
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with mpl.rc_context(STYLE):
        figure = _draw(run, series(run, stretch))
        try:
            FigureCanvasAgg(figure).print_png(str(path))
        except OSError as error:
            raise RecordingError(
                "The plot cannot be written",
                f"{path} ({error.strerror})",
                remedy="Name another folder with --out DIR",
            ) from error


def _draw(run: Run, data: Series) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 9.5), dpi=150, facecolor=PAPER)
    grid = figure.add_gridspec(6, 1, height_ratios=(0.3, 2.6, 1.1, 2.0, 1.3, 1.3), hspace=0.17)
    grid.update(left=LEFT, right=RIGHT, top=0.868, bottom=0.058)
    band = figure.add_subplot(grid[0])
    panels = [figure.add_subplot(grid[row], sharex=band) for row in range(1, 6)]
    for axis in panels:
        _dress(axis, data)
    depth_set = setpoint(run, data, "SET_DEPTH", "depth_um", 1e-3)
    _states(band, run, data)
    _depth(panels[0], run, data, depth_set)
    _depth_error(panels[1], data, depth_set)
    _rate(panels[2], run, data)
    _press(panels[3], data)
    _current(panels[4], data)
    band.set_xlim(data.start_s, data.end_s)
    for axis in panels[:-1]:
        axis.tick_params(labelbottom=False)
    _time_axis(panels[-1], data)
    _trips(band, panels, run, data)
    _title(figure, run)
    return figure


def _time_axis(axis: Axes, data: Series) -> None:
    """Seconds, and minutes where there are many."""
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    span_s = data.end_s - data.start_s
    axis.set_xlabel("time of the recording (s)" if span_s < LONG_S else "time of the recording (min)")
    if span_s >= LONG_S:
        step = next((step for step in (1, 2, 5, 10, 15, 30) if span_s / (60 * step) <= 12), 60)
        axis.xaxis.set_major_locator(MultipleLocator(60 * step))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda time_s, _: f"{time_s / 60:g}"))


def _top(line: Line, values: Any) -> float:
    """The highest of a limit and of what was measured; 1 when neither is known."""
    import numpy as np

    known = np.concatenate([np.asarray(line[1], float), np.asarray(values, float), [0.0]])
    return float(np.nanmax(known)) or 1.0


def _dress(axis: Axes, data: Series) -> None:
    """Grid, label position, and the stretches without telemetry."""
    axis.grid(True, color=GRID, linewidth=0.7)
    axis.set_axisbelow(True)
    axis.margins(y=0.08)
    axis.yaxis.set_label_coords(-0.052, 0.5)
    for start, end in data.gaps:
        axis.axvspan(start, end, facecolor="#f6f7f9", hatch="////", linewidth=0, zorder=0)


def _tag(axis: Axes, y: float, text: str, colour: str, offset: float = 0.0) -> None:
    """A name at the right edge, at the height of its line: no legend box over the data."""
    if not math.isfinite(y):
        return
    axis.annotate(
        text,
        xy=(1.0, y),
        xycoords=("axes fraction", "data"),
        xytext=(5, offset),
        textcoords="offset points",
        color=colour,
        va="center",
        fontsize=8.5,
        annotation_clip=False,
    )


def _steps(axis: Axes, line: Line, colour: str, **style: Any) -> None:
    axis.step(line[0], line[1], where="post", color=colour, **style)


def _depth(axis: Axes, run: Run, data: Series, depth_set: Line) -> None:
    cap = limit(run, data, "depth_max_um", 1e-3)
    _steps(axis, cap, LIMIT, linewidth=1.6)
    _steps(axis, depth_set, SET, linewidth=1.1, linestyle=DASHED)
    dots = thinned(data.stroke_s, data.depth_mm)
    axis.plot(dots.time_s, dots.values, ".", color=MEASURED, markersize=3.2)
    axis.set_ylabel("depth (mm)")
    axis.set_ylim(-0.08, 1.1 * _top(cap, data.depth_mm))
    _tag(axis, cap[1][-1], f"limit {cap[1][-1]:g} mm", LIMIT)
    at = depth_set[1][-1] if math.isfinite(depth_set[1][-1]) else dots.last
    _tag(axis, at, "measured", MEASURED, offset=6.0)
    _tag(axis, depth_set[1][-1], "set", SET, offset=-6.0)


def _depth_error(axis: Axes, data: Series, depth_set: Line) -> None:
    errors = thinned(data.stroke_s, (data.depth_mm - value_at(depth_set, data.stroke_s)) * 1e3)
    time_s, error_um = errors.time_s, errors.values
    axis.axhspan(-TOLERANCE_UM, TOLERANCE_UM, color=MEASURED, alpha=0.07, linewidth=0)
    axis.axhline(0.0, color=SET, linewidth=0.8, linestyle=DASHED)
    axis.plot(time_s, error_um.clip(-ERROR_SHOWN_UM, ERROR_SHOWN_UM), ".", color=MEASURED, markersize=2.4)
    for outside, edge in ((error_um > ERROR_SHOWN_UM, 1), (error_um < -ERROR_SHOWN_UM, -1)):
        marker = "^" if edge > 0 else "v"
        axis.plot(
            time_s[outside], edge * ERROR_SHOWN_UM + 0.0 * time_s[outside], marker, color=LIMIT, markersize=5
        )
    axis.set_ylabel("error (µm)")
    axis.set_ylim(-1.12 * ERROR_SHOWN_UM, 1.12 * ERROR_SHOWN_UM)
    _tag(axis, 0.0, "measured", MEASURED, offset=5.0)
    _tag(axis, 0.0, "− set", MEASURED, offset=-5.0)
    _tag(axis, TOLERANCE_UM, "+50", MUTED)
    _tag(axis, -TOLERANCE_UM, "−50", MUTED)


def _rate(axis: Axes, run: Run, data: Series) -> None:
    rate_set = setpoint(run, data, "SET_RATE", "rate_mhz", 1e-3)
    low = limit(run, data, "rate_min_mhz", 1e-3)
    high = limit(run, data, "rate_max_mhz", 1e-3)
    _steps(axis, high, LIMIT, linewidth=1.6)
    _steps(axis, low, LIMIT, linewidth=1.0, alpha=0.6)
    _steps(axis, rate_set, SET, linewidth=1.1, linestyle=DASHED)
    axis.plot(data.rate_hz.time_s, data.rate_hz.values, color=MEASURED, linewidth=1.3)
    axis.set_ylabel("stroke rate (Hz)")
    axis.set_ylim(-5, 1.12 * _top(high, data.rate_hz.values))
    _tag(axis, high[1][-1], f"limit {high[1][-1]:g} Hz", LIMIT)
    _tag(axis, low[1][-1], f"lowest {low[1][-1]:g} Hz", LIMIT)
    _tag(axis, rate_set[1][-1], "set", SET)
    _tag(axis, data.rate_hz.last, "measured", MEASURED)


def _press(axis: Axes, data: Series) -> None:
    band = data.press_band_n
    if band is not None:
        axis.fill_between(band.time_s, 0, band.low, color=FORCE, alpha=0.12, linewidth=0)
        axis.fill_between(band.time_s, band.low, band.high, color=FORCE, alpha=0.35, linewidth=0)
        axis.plot(band.time_s, band.mean, color=FORCE, linewidth=1.1)
    else:
        curve = data.press_n
        axis.fill_between(curve.time_s, 0, curve.values, color=FORCE, alpha=0.25, linewidth=0)
        axis.plot(curve.time_s, curve.values, color=FORCE, linewidth=1.1)
    axis.set_ylabel("press (N)")
    axis.set_ylim(bottom=-0.1)
    last = data.press_n.last if band is None else float(band.mean[-1])
    _tag(axis, last, "nose press" if band is None else "mean, range", FORCE)


def _current(axis: Axes, data: Series) -> None:
    """The current swings within each stroke: its extremes as a band, its mean as a line."""
    band = data.motor_a
    axis.fill_between(band.time_s, band.low, band.high, color=CURRENT, alpha=0.25, linewidth=0)
    axis.plot(band.time_s, band.mean, color=CURRENT, linewidth=1.1)
    axis.set_ylabel("motor (A)")
    _tag(axis, float(band.mean[-1]), "mean, range", CURRENT)


def _states(axis: Axes, run: Run, data: Series) -> None:
    """A band of the pen's states; each stretch that is wide enough carries its name."""
    span = data.end_s - data.start_s
    known = states(run, data)
    for start, end in data.gaps:
        axis.axvspan(start, end, facecolor="#f6f7f9", hatch="////", linewidth=0)
        told = min((begin for begin, *_ in known if start < begin < end), default=end)
        if told - start > 0.055 * span:
            middle = (start + told) / 2
            axis.text(middle, 0.46, "no link", ha="center", va="center", fontsize=7.5, color=MUTED)
    for start, end, state in known:
        axis.axvspan(start, end, color=STATE_COLOURS.get(state, GRID), linewidth=0)
        if end - start > 0.011 * span * len(state):
            axis.text((start + end) / 2, 0.46, state, ha="center", va="center", fontsize=7.5, clip_on=True)
    axis.set_yticks([])
    axis.set_ylim(0, 1)
    axis.set_ylabel("state", rotation=0, ha="right", va="center")
    axis.tick_params(labelbottom=False, bottom=False)
    for side in ("left", "bottom"):
        axis.spines[side].set_visible(False)


def _trips(band: Axes, panels: list[Axes], run: Run, data: Series) -> None:
    """A line through all panels at each trip, named above the band."""
    names = load_interlocks()
    for trip in run.trips:
        time_s = run.at_s(trip)
        if not data.start_s <= time_s <= data.end_s:
            continue
        for axis in (band, *panels):
            axis.axvline(time_s, color=LIMIT, linewidth=1.2)
        left = time_s > data.start_s + 0.7 * (data.end_s - data.start_s)
        band.annotate(
            f"trip {trip['id']} {names[trip['interlock']].name}"
            if trip["interlock"] in names
            else trip["id"],
            xy=(time_s, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(-4 if left else 4, 6),
            textcoords="offset points",
            ha="right" if left else "left",
            color=LIMIT,
            fontsize=9,
            fontweight="bold",
            annotation_clip=False,
        )


def _title(figure: Figure, run: Run) -> None:
    facts = run.metadata
    figure.text(LEFT, 0.958, "Treatment run", fontsize=17, fontweight="bold")
    parts = [
        facts.get("serial_number", ""),
        f"firmware {facts['firmware_version']}" if "firmware_version" in facts else "",
        f"limits {facts['limits_hash'][:8]}" if "limits_hash" in facts else "",
        f"seed {facts['seed']}" if facts.get("seed") else "",
        started.replace("T", " ").replace("+00:00", " UTC") if (started := facts.get("started", "")) else "",
        "" if run.complete else "recording cut off",
    ]
    figure.text(LEFT, 0.933, "  ·  ".join(part for part in parts if part), color=MUTED, fontsize=9.5)
    _state_key(figure)
    if run.simulated:
        box = {"boxstyle": "round,pad=0.35", "facecolor": "none", "edgecolor": MUTED, "linewidth": 1.2}
        figure.text(
            RIGHT, 0.957, "SIMULATED", ha="right", fontsize=13, fontweight="bold", color=MUTED, bbox=box
        )


def _state_key(figure: Figure) -> None:
    """Which colour is which state, for stretches too short for their name."""
    from matplotlib.patches import Patch

    patches = [
        Patch(color=colour, label=name) for name, colour in STATE_COLOURS.items() if name != "SELF_TEST"
    ]
    figure.legend(
        handles=patches,
        loc="upper right",
        bbox_to_anchor=(RIGHT + 0.008, 0.945),
        ncols=len(patches),
        frameon=False,
        fontsize=7.5,
        handlelength=0.9,
        handleheight=0.9,
        columnspacing=1.2,
        labelcolor=MUTED,
    )
