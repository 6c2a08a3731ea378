"""How a sight is drawn: 80 columns are enough, colours only repeat what the words say."""

from __future__ import annotations

from typing import Any, Final

from rich.console import Group
from rich.constrain import Constrain
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from penctl import words
from penctl.monitor.sight import Happening, Sight, Standing
from penctl.protocol.enums import Flags, State
from penctl.protocol.quality import LinkQuality, LinkStanding
from penctl.status import ModeRange, Status
from penctl.trip_words import INPUT_WORDS, told_trip

WIDTH: Final = 96
BAR: Final = 20
LABEL: Final = 9
SHOWN: Final = 8
FIXED_ROWS: Final = 28
TRIP_ROWS: Final = 9
"""So many rows the view takes besides the events, and a trip in it."""
ROOMY: Final = 30
_STATE_STYLES: Final = {
    State.RUN: "bold green",
    State.SAFE: "bold red",
    State.STOPPING: "bold yellow",
    State.READY: "bold cyan",
}
_GOOD, _BAD, _DIM = "green", "bold red", "dim"


def draw(sight: Sight, *, rows: int | None = None) -> Constrain:
    """The whole view; on a terminal with so many rows the last events have what the rest leaves."""
    tight = rows is not None and rows < ROOMY
    parts: list[Any] = [_state(sight)]
    if sight.status.trip is not None:
        parts.append(_trip(sight))
    for part in (_setpoints(sight), _conditions(sight), _link(sight)):
        parts += [Text(), part]
    free = SHOWN if rows is None else rows - FIXED_ROWS - (TRIP_ROWS if sight.status.trip else 0)
    shown = sight.happenings[-min(SHOWN, free) :] if free > 0 else ()
    if shown:
        parts += [Text(), _events(shown)]
    title = Text(f" {sight.identity.serial_number} ", style="bold")
    if sight.simulated:
        title.append(" SIMULATED ", style="black on yellow")
    if sight.recorded:
        title.append(" ")
        title.append(" RECORDED ", style="black on cyan")
    leaves = "" if sight.recorded else ", and leaves the pen as it is"
    end = None if rows is None else Text(f" Ctrl-C ends the view{leaves} ", style=_DIM)
    panel = Panel(
        Group(*parts),
        title=title,
        title_align="left",
        subtitle=end,
        subtitle_align="right",
        padding=(0 if tight else 1, 2),
    )
    return Constrain(panel, WIDTH)


def _state(sight: Sight) -> Text:
    status = sight.status
    silent = sight.link.standing is Standing.SILENT
    line = Text()
    name = "NO ANSWER" if silent else status.state.name.replace("_", "-")
    line.append(name, style=_BAD if silent else _STATE_STYLES.get(status.state, "bold"))
    line.append(f"  {status.mode.name}   ", style="bold")
    if silent:
        line.append(f"for {sight.link.silent_s:.0f} s. Below is what was heard last.", style=_BAD)
    else:
        line.append(words.STATE_SENTENCES[status.state.name])
    return line


def _grid() -> Table:
    """A table without lines whose labels are as wide as everywhere."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style=_DIM, no_wrap=True, width=LABEL)
    return table


def _setpoints(sight: Sight) -> Table:
    status = sight.status
    table = _grid()
    for _ in range(2):
        table.add_column(justify="right", no_wrap=True, min_width=9)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_row("", Text("set", style=_DIM), Text("measured", style=_DIM), "", Text("limits", style=_DIM))
    limits = sight.limits.get(status.mode)
    for name, cells in (("depth", _depth(status, limits)), ("rate", _rate(status, limits))):
        table.add_row(name, *cells)
    table.add_row("", *_per_minute(status, limits))
    table.add_row("strokes", "", Text(f"{status.stroke_count}"), "", "")
    return table


def _depth(status: Status, limits: ModeRange | None) -> tuple[Text, ...]:
    is_set, has_run = status.depth_set_um >= 0, status.stroke_count > 0
    set_text = words.depth_text(status.depth_set_um) if is_set else "not set"
    measured = words.depth_text(status.depth_measured_um, measured=True) if has_run else "none yet"
    if limits is None:
        return Text(set_text), Text(measured), Text(), Text("none in this mode")
    bar = _bar(status.depth_measured_um if has_run else 0, status.depth_set_um, limits.depth_max_um)
    ends = f"{limits.depth_min_um / 1000:g} to {words.depth_text(limits.depth_max_um)}"
    return Text(set_text), Text(measured), bar, Text(ends)


def _rate(status: Status, limits: ModeRange | None) -> tuple[Text, ...]:
    is_set = status.rate_set_mhz >= 0
    set_text = words.hertz_text(status.rate_set_mhz / 1000) if is_set else "not set"
    measured = words.hertz_text(status.rate_measured_mhz / 1000, measured=True)
    if limits is None:
        return Text(set_text), Text(measured), Text(), Text("none in this mode")
    bar = _bar(status.rate_measured_mhz, status.rate_set_mhz, limits.rate_max_mhz)
    ends = f"{limits.rate_min_mhz / 1000:g} to {words.hertz_text(limits.rate_max_mhz / 1000)}"
    return Text(set_text), Text(measured), bar, Text(ends)


def _per_minute(status: Status, limits: ModeRange | None) -> tuple[Text, ...]:
    def text(rate_mhz: int) -> str:
        return f"{rate_mhz * 60 / 1000:.0f}/min"

    is_set = text(status.rate_set_mhz) if status.rate_set_mhz >= 0 else ""
    ends = "" if limits is None else f"{limits.rate_min_mhz * 60 / 1000:.0f} to {text(limits.rate_max_mhz)}"
    return Text(is_set), Text(text(status.rate_measured_mhz)), Text(), Text(ends)


def _bar(measured: int, set_: int, limit: int) -> Text:
    """Measured as a bar, the setpoint as a stroke in it; the right end is the limit."""
    filled = round(BAR * max(0, min(measured, limit)) / limit)
    text = Text("━" * filled, style="red" if measured > limit else _GOOD)
    text.append("─" * (BAR - filled), style=_DIM)
    if set_ >= 0:
        place = min(BAR - 1, max(0, round(BAR * set_ / limit) - 1))
        text = Text.assemble(text[:place], ("┃", "bold"), text[place + 1 :])
    return Text.assemble(text, ("▏", _DIM))


def _conditions(sight: Sight) -> Group:
    flags, status = sight.status.flags, sight.status

    def word(flag: Flags, yes: str, no: str, *, wanted: bool = False) -> Text:
        return Text(yes if flag in flags else no, style="yellow" if wanted and flag not in flags else "")

    pairs = _grid()
    pairs.add_column(no_wrap=True, min_width=20)
    pairs.add_column(style=_DIM, no_wrap=True)
    pairs.add_column(no_wrap=True)
    retracted = Flags.NEEDLES_CLEAR in flags and status.state is not State.RUN  # each stroke is, for a moment
    clear = Text("retracted") if retracted else _not_clear(status)
    pairs.add_row("needles", clear, "hold-to-run", word(Flags.HOLD_PRESSED, "HELD", "released"))
    estop = word(Flags.ESTOP_CLOSED, "released", "PUSHED", wanted=True)
    pairs.add_row("drive", word(Flags.DRIVE_ENABLED, "ON", "off"), "emergency stop", estop)
    passed = word(Flags.SELF_TEST_PASSED, "passed", "not passed", wanted=True)
    found = word(Flags.REFERENCED, "found", "not found", wanted=True)
    pairs.add_row("self-test", passed, "reference", found)
    supply = Text(f"{status.supply_mv / 1000:.2f} V")
    pairs.add_row("skin", word(Flags.CONTACT, "contact", "no contact"), "supply", supply)
    readings = sight.readings
    if readings is not None:
        warmth = Text(f"{readings.nose_c:.1f} °C nose, {readings.handle_c:.1f} °C handle")
        pairs.add_row("force", f"{readings.force_n:.2f} N", "temperature", warmth)
        pairs.add_row("current", f"{abs(readings.current_a):.2f} A", "", "")
    single = _grid()
    single.add_column(no_wrap=True)
    single.add_row("cartridge", _cartridge(sight))
    return Group(pairs, single)


def _not_clear(status: Status) -> Text:
    moving = status.state in (State.RUN, State.STOPPING)
    return (
        Text("out of the nose", style="") if moving else Text("NOT RETRACTED: lift the handpiece", style=_BAD)
    )


def _cartridge(sight: Sight) -> Text:
    cartridge = sight.cartridge
    if cartridge is None:
        fits = Flags.CARTRIDGE_OK in sight.status.flags
        return Text("fits the mode" if fits else "does not fit the mode", style="" if fits else "yellow")
    if not cartridge.cartridge_id:
        return Text("none", style="yellow")
    stop = words.depth_text(cartridge.stop_um)
    return Text(f"{cartridge.kind.name}, {cartridge.needles} needles, stop at {stop}")


def _link(sight: Sight) -> Table:
    link = sight.link
    table = _grid()
    table.add_column()
    style = {Standing.SILENT: _BAD, Standing.OTHER_HOST: "cyan"}.get(link.standing, "")
    table.add_row("link", Text(link.standing.value, style=style))
    bad = link.frames_bad_here + link.frames_bad_at_pen
    quality = Text("" if sight.recorded else f"answers in {link.answer_s * 1e3:.1f} ms, ")
    quality.append(
        f"bad frames: {link.frames_bad_here} here, {link.frames_bad_at_pen} at the pen",
        "yellow" if bad else "",
    )
    table.add_row("", quality)
    if link.quality is not None:
        table.add_row("quality", _quality(link.quality))
    if sight.readings is not None:
        told = f"telemetry {link.samples_per_s:.0f} samples/s, {link.blocks_dropped} blocks dropped"
        table.add_row("", Text(told))
    version = f"firmware {sight.identity.firmware_version}, on for {sight.status.device_time_us * 1e-6:.1f} s"
    test = ", TEST BUILD: not for use on people" if sight.identity.test_build else ""
    table.add_row("port", Text(sight.url, overflow="ellipsis", no_wrap=True))
    table.add_row("pen", Text(f"{version}{test}"))
    return table


def _quality(quality: LinkQuality) -> Text:
    """One line: the standing with its reason, the round trip, and what went wrong in the last 5 s."""
    styles = {LinkStanding.POOR: "yellow", LinkStanding.LOST: _BAD}
    line = Text(quality.standing.name, style=styles.get(quality.standing, ""))
    line.append(f" ({quality.why})" if quality.why else "", styles.get(quality.standing, ""))
    if quality.round_trip_us is not None:
        line.append(f", {quality.round_trip_us / 1e3:.1f} ± {quality.spread_us / 1e3:.1f} ms")
    again = quality.repeats_permille / 10
    line.append(f", sent again {again:.1f} %, heartbeats missed {quality.beats_missed}")
    return line


def _trip(sight: Sight) -> Panel:
    assert sight.status.trip is not None  # noqa: S101 - asked by the caller
    told = told_trip(sight.status.trip)
    table = Table.grid(padding=(0, 2))
    table.add_column(style=_DIM, no_wrap=True)
    table.add_column()
    table.add_row("cause", told["cause"])
    if told["value"] is not None:
        table.add_row("value", f"{told['value']}, limit {told['limit']}")
    table.add_row("stop", f"{told['stop']}, seen by {INPUT_WORDS[sight.status.trip.input]}")
    table.add_row("do", Text(told["remedy"], style="bold"))
    table.add_row("reset", told["reset"])
    title = Text(f" TRIPPED {told['id']} {told['name']} ", style=_BAD)
    return Panel(table, title=title, title_align="left", border_style="red", padding=(0, 1))


def _events(happenings: tuple[Happening, ...]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style=_DIM, justify="right", no_wrap=True, min_width=LABEL)
    table.add_column()
    for happening in happenings[-SHOWN:]:
        table.add_row(
            f"{happening.time_s:.3f} s", Text(happening.text, style="yellow" if happening.bad else "")
        )
    return table
