"""`penctl sim hand` and `penctl sim list`: one act at a served pen, through its side channel."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, Final

from pensim.errors import BenchError
from pensim.impairments import MOST
from pensim.side_channel import SideChannelClient, choose, running

SWITCHES: Final = ("hold", "estop", "link", "button", "charger", "lock", "power")


def list_pens(given: argparse.Namespace) -> int:
    """The served pens that run on this machine."""
    pens = running()
    if given.json:
        keys = ("name", "pid", "pty", "tcp", "seed", "skin")
        _say(json.dumps({"pens": [{key: getattr(pen, key) for key in keys} for pen in pens]}))
        return 0
    if not pens:
        _say("No served pen runs on this machine. Start one with penctl sim serve.")
    for pen in pens:
        where = "  ".join(url for url in (pen.pty, pen.tcp) if url)
        _say(f"{pen.name:<12} {where}  seed {pen.seed}, {pen.skin} skin")
    return 0


def hand(given: argparse.Namespace) -> int:
    """Do the act and say what came of it. Raises BenchError with the server's own words."""
    pen = choose(given.name)
    if given.act == "panel":
        from pensim.hand_panel import show

        return show(pen)
    act, values = _request(given)
    with SideChannelClient(pen) as client:
        answer = client.ask(act, **values)
    if given.json:
        _say(json.dumps(answer))
    else:
        for line in told_lines(act, values, answer):
            _say(line)
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _request(given: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    act = given.act
    if act in SWITCHES:
        return act, {"on": given.on == "on"}
    if act == "press":
        return act, {"n": given.n}
    if act == "glide":
        return act, {"mm_s": given.mm_s}
    if act == "cartridge":
        return act, {"kind": given.kind, "options": _options(given)}
    if act == "restart":
        return act, {"cause": given.cause}
    if act == "charge":
        return act, {"percent": given.percent}
    if act == "warm":
        return act, {f"{given.where}_c": _degrees(given.degrees)}
    if act == "line":
        return act, {name: getattr(given, name) for name in MOST if getattr(given, name) is not None}
    if act == "fault":
        return _fault_request(given)
    return act, {}


def _options(given: argparse.Namespace) -> dict[str, Any]:
    """What was said of the cartridge; nothing else, so that the last one can be fitted again."""
    named = {name: getattr(given, name) for name in ("id", "uses", "strokes", "signed")}
    options = {name: value for name, value in named.items() if value is not None}
    flags = {
        "expired": (given.expired, True),
        "locked": (given.unlocked, False),
        "tag": (given.no_tag, False),
    }
    return {**options, **{name: value for name, (said, value) in flags.items() if said}}


def _degrees(text: str) -> float | None:
    if text.lower() == "none":
        return None
    try:
        return float(text)
    except ValueError:
        raise BenchError("This is no temperature", text, "°C, or none", "Correct it") from None


def _fault_request(given: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    if given.list:
        return "failures", {}
    if given.clear:
        if given.kind:
            raise BenchError("--clear takes a target alone", given.kind, remedy="Leave the kind out")
        return "clear", {"target": given.target}
    if not (given.target and given.kind):
        raise BenchError(
            "A fault needs a target and a kind", remedy="See what there is with penctl sim hand fault --list"
        )
    return "fault", {
        "target": given.target,
        "kind": given.kind,
        "parameters": dict(given.values),
        "after_s": given.after_s,
        "for_s": given.for_s,
    }


def told_lines(act: str, values: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """What the server answered, for a person."""
    if act == "status":
        return status_lines(answer)
    if act == "stops":
        return [_stop_text(stop) for stop in answer["stops"]] or ["the drive was never switched off"]
    if act == "failures":
        return _failure_lines(answer["failures"])
    if act == "clear":
        return [f"cleared: {', '.join(answer['clear']) or 'nothing failed'}"]
    if act == "line":
        bad = [f"{name} {value:g}" for name, value in answer["line"].items() if value]
        return [f"{answer['time_s']:.3f} s  line {', '.join(bad) or 'good'}"]
    told = " ".join(
        _plain(value) for value in values.values() if value not in (None, {}, 0.0) or act == "glide"
    )
    return [f"{answer['time_s']:.3f} s  {act} {told}".rstrip()]


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, dict):
        return " ".join(f"{name}={_plain(part)}" for name, part in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)


def _failure_lines(targets: dict[str, dict[str, str]]) -> list[str]:
    lines = []
    for target, kinds in targets.items():
        lines += [f"{target:<20} {kind:<13} {meaning}" for kind, meaning in kinds.items()]
    return lines


def _stop_text(stop: dict[str, Any]) -> str:
    off_s = stop["drive_off_s"]

    def after(moment_s: float | None) -> str:
        return "not yet" if moment_s is None else f"after {(moment_s - off_s) * 1e3:.1f} ms"

    return (
        f"{off_s:9.4f} s  drive off by {stop['cause']}, {stop['further_strokes']} further strokes, "
        f"needles clear {after(stop['needles_clear_s'])}, at rest {after(stop['rest_s'])}"
    )


def status_lines(told: dict[str, Any]) -> list[str]:
    """A status in words, for a terminal and a log."""
    pen, held, pace = told["pen"], told["hand"], told["pace"]
    trip = f", tripped IL-{pen['tripped']:02d}" if pen["tripped"] else ""
    depth = (
        "none yet" if pen["depth_um"] is None else f"{pen['depth_um'] / 1000:.3f} mm deep (true, simulated)"
    )
    faults = ", ".join(
        f"{fault['target']} {fault['kind']}{' (over)' if fault['over'] else ''}" for fault in told["faults"]
    )
    nose = (
        "lifted"
        if held["lifted"]
        else f"pressed with {held['press_n']:g} N, glide {held['glide_mm_s']:g} mm/s"
    )
    programs = ", ".join(told["programs"]) or "none"
    estop = "PUSHED" if held["estop"] else "released"
    button = "PRESSED" if held["button"] else "released"
    lock = "" if held["cartridge"] == "none" else f" ({'locked' if held['locked'] else 'NOT LOCKED'})"
    power = "on" if pen["power"] else "OFF"
    charger = ", charger plugged in" if held["charger"] else ""
    behind = f", fell behind {pace['falls']} times ({pace['lost_s']:.2f} s)" if pace["falls"] else ""
    late = f"late p99 {pace['late_p99_ms']:.2f} ms, max {pace['late_max_ms']:.1f} ms"
    return [
        f"served pen   {told['name']}, seed {told['seed']}, {told['skin']} skin, on {told['time_s']:.3f} s",
        f"state        {pen['state']} {pen['mode']}{trip}, drive {'on' if pen['drive'] else 'off'}",
        f"strokes      {pen['strokes']}, the last one {depth}",
        f"hand         hold-to-run {'HELD' if held['hold'] else 'released'}, nose {nose}",
        f"             emergency stop {estop}, button {button}, cartridge {held['cartridge']}{lock}",
        f"power        {power}, battery {pen['charge_percent']:.0f} %{charger}; "
        f"nose {pen['nose_c']:.1f} °C, handle {pen['handle_c']:.1f} °C",
        f"cable        {'plugged in' if told['link'] else 'CUT'}; programs: {programs}",
        f"faults       {faults or 'none'}",
        f"real time    x {pace['factor']:.4f}, {late}{behind}",
    ]
