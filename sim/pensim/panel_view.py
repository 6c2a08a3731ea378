"""How the hand's panel looks: 80 columns are enough, colours only repeat what the words say."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from rich.console import Group
from rich.constrain import Constrain
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from penctl.hardware import load_interlocks
from pensim import fault_entry

if TYPE_CHECKING:
    from pensim.hand_panel import HandPanel

STATE_STYLE: Final = {
    "RUN": "bold green",
    "SAFE": "bold red",
    "STOPPING": "bold yellow",
    "READY": "bold cyan",
}
WIDTH: Final = 100
OPTIONS_SHOWN: Final = 8


def view(panel: HandPanel) -> Constrain:
    """The whole panel from what it last heard."""
    told = panel.status
    parts: list[Any] = [_pen(told), Text(), _hand(panel), Text(), _foot(panel)]
    if panel.entry is not None:
        parts += [Text(), _entry(panel)]
    elif panel.message:
        parts += [Text(), Text(panel.message, style="yellow")]
    title = f"served pen {told['name']}: SIMULATED, seed {told['seed']}, {told['skin']} skin"
    return Constrain(Panel(Group(*parts), title=title, title_align="left", padding=(0, 1)), WIDTH)


def _pen(told: dict[str, Any]) -> Group:
    pen = told["pen"]
    line = Text()
    line.append(f"{pen['state']} {pen['mode']}".ljust(22), style=STATE_STYLE.get(pen["state"], "bold"))
    line.append(f"drive {'on' if pen['drive'] else 'off':<5}")
    line.append(f"{pen['rate_hz']:6.1f} Hz   ")
    line.append(f"on for {told['time_s']:.1f} s")
    depth = "none yet" if pen["depth_um"] is None else f"{pen['depth_um'] / 1000:.3f} mm deep"
    strokes = Text(f"last stroke {depth}, {pen['strokes']} in all", style="default")
    strokes.append("   rate and depth: the simulator's truth", style="dim")
    parts = [line, strokes]
    if pen["tripped"]:
        name, remedy = _interlock(pen["tripped"])
        parts.append(Text(f"TRIPPED IL-{pen['tripped']:02d} {name}, latched. {remedy}", style="bold red"))
    return Group(*parts)


@lru_cache
def _interlock(number: int) -> tuple[str, str]:
    entry = load_interlocks()[number]
    return entry.name, entry.remedy


def _hand(panel: HandPanel) -> Table:
    hand = panel.status["hand"]
    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(no_wrap=True)
    skin = "lifted off the skin" if hand["lifted"] else f"on the skin with {hand['press_n']:.1f} N"
    measured = panel.status["pen"]["press_n"]
    pushed, plugged = hand["estop"], panel.status["link"]
    rows = (
        ("space", "hold-to-run", _word(hand["hold"], "HELD", "released", "bold green")),
        ("p  + -", f"press {panel.force_n:.1f} N / lift", Text(f"{skin}, nose force now {measured:.1f} N")),
        ("g  < >", f"glide {panel.glide_mm_s:.0f} mm/s", Text(f"{hand['glide_mm_s']:.0f} mm/s")),
        ("e", "emergency stop", _word(pushed, "PUSHED", "released", "bold red")),
        ("b", "button at the pen", _word(hand["button"], "PRESSED", "released", "bold green")),
        ("c  C", "new cartridge / the last again", Text(hand["cartridge"])),
        ("u", "lock of the cartridge", _lock(hand)),
        ("o  r", "power / restart", _power(panel.status)),
        ("k", "charger", _word(hand["charger"], "PLUGGED IN", "not plugged in", "bold green")),
        ("x", "cable", _word(not plugged, "CUT", "plugged in", "bold red")),
        ("f  F", "fault / make all well", _faults(panel.status["faults"])),
        ("q", "switch the pen off" if panel.owner else "close this panel", Text()),
    )
    for key, what, state in rows:
        table.add_row(Text(key, style="bold cyan"), Text(what), state)
    return table


def _lock(hand: dict[str, Any]) -> Text:
    if hand["cartridge"] == "none":
        return Text("no cartridge")
    return _word(not hand["locked"], "NOT LOCKED", "locked", "bold red")


def _power(told: dict[str, Any]) -> Text:
    pen = told["pen"]
    if not pen["power"]:
        return Text("OFF", style="bold red")
    return Text(f"on, battery {pen['charge_percent']:.0f} %, nose {pen['nose_c']:.1f} °C")


def _word(on: bool, yes: str, no: str, style: str) -> Text:
    return Text(yes, style=style) if on else Text(no)


def _faults(faults: list[dict[str, Any]]) -> Text:
    if not faults:
        return Text("none")
    told = []
    for fault in faults:
        effect_s = fault["took_effect_s"]
        effect = "no effect yet" if effect_s is None else f"took effect at {effect_s:.2f} s"
        over = ", over" if fault["over"] else ""
        told.append(f"{fault['target']} {fault['kind']} ({effect}{over})")
    return Text("\n".join(told), style="yellow")


def _foot(panel: HandPanel) -> Text:
    pace = panel.status["pace"]
    text = Text(f"programs   {', '.join(panel.status['programs']) or 'none'}\n", style="dim")
    urls = [url for url in (panel.status["pty"], panel.status["tcp"]) if url]
    text.append(f"connect    {'   '.join(urls)}\n")
    text.append(f"real time  x {pace['factor']:.3f}, late p99 {pace['late_p99_ms']:.2f} ms")
    if pace["falls"]:
        text.append(f", fell behind {pace['falls']} times ({pace['lost_s']:.2f} s)", style="not dim yellow")
    return text


def _entry(panel: HandPanel) -> Group:
    entry = panel.entry or ""
    options = fault_entry.options(entry, panel.failures)
    shown = "  ".join(options[:OPTIONS_SHOWN]) + (" …" if len(options) > OPTIONS_SHOWN else "")
    hint = fault_entry.meaning(entry, panel.failures) or shown
    return Group(
        Text.assemble(("fault> ", "bold cyan"), entry, ("▏", "bold")),
        Text(hint, style="dim"),
        Text("Tab completes, Enter injects, Esc leaves; for=S and after=S set the time", style="dim"),
    )
