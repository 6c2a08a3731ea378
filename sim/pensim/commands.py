"""The command line of the simulator, plugged into `penctl` by entry point: `penctl sim serve | list | hand`.

Only argparse is imported here; what a command needs is imported when it runs.
"""

from __future__ import annotations

import argparse
from typing import Any, Final

EXIT_ERROR: Final = 2
CAUSES: Final = ("software", "watchdog", "brown_out", "power_on")
SKINS: Final = ("typical", "stiff", "air")


def add(commands: Any) -> None:
    """Add `sim` to the sub-commands of `penctl`."""
    sim = commands.add_parser("sim", help="serve a simulated pen, and be its hand")
    add_sim_commands(sim)


def add_sim_commands(sim: argparse.ArgumentParser) -> None:
    """Add `serve`, `list` and `hand`; each sets `run`."""
    commands = sim.add_subparsers(dest="sim_command", metavar="command", required=True)
    _add_serve(commands)
    listed = commands.add_parser("list", help="list the served pens of this machine")
    listed.add_argument("--json", action="store_true", help="print one JSON object")
    listed.set_defaults(run=_list)
    _add_hand(commands)


def _add_serve(commands: Any) -> None:
    serve = commands.add_parser(
        "serve",
        help="serve a simulated pen in real time, on a pty and a TCP port",
        description="Serve a simulated pen with its real firmware in real time. Any program that opens a "
        "serial port can connect. On a terminal a panel plays the hand at the pen; Ctrl-C ends it.",
    )
    serve.add_argument("--seed", type=_seed, default=1, help="seed of pen, skin and noise (default: 1)")
    serve.add_argument("--skin", choices=SKINS, default="typical", help="what the needles meet")
    serve.add_argument(
        "--cartridge", default="CLINICAL", metavar="KIND", help="HOME, CLINICAL (default), a name, or none"
    )
    serve.add_argument("--home-only", action="store_true", help="a pen that can never be made clinical")
    where = serve.add_mutually_exclusive_group()
    where.add_argument(
        "--tcp",
        type=_address,
        metavar="HOST:PORT",
        help="TCP port to serve on (default: 127.0.0.1:7117, another one if it is taken)",
    )
    where.add_argument("--no-tcp", action="store_true", help="serve no TCP port")
    serve.add_argument("--no-pty", action="store_true", help="open no pty")
    serve.add_argument("--no-panel", action="store_true", help="show no panel on the terminal")
    serve.add_argument("--name", help="name for `penctl sim hand --name` (default: pen, pen-2, …)")
    serve.add_argument("--for", type=_seconds, dest="for_s", metavar="S", help="end after so many seconds")
    serve.add_argument("--json", action="store_true", help="print one JSON object with the URLs; no panel")
    serve.add_argument(
        "--rfc2217", type=_address, metavar="HOST:PORT", help="serve a TCP port that speaks RFC 2217 too"
    )
    _add_line(serve)
    serve.set_defaults(run=_serve)


LINE: Final = (
    ("latency-ms", "MS", "each byte is so late"),
    ("jitter-ms", "MS", "and up to so much later, drawn anew each time"),
    ("loss", "SHARE", "share of frames that are lost, 0 to 1"),
    ("corrupt", "SHARE", "share of bytes that are damaged, 0 to 1"),
    ("duplicate", "SHARE", "share of frames that arrive twice, 0 to 1"),
    ("baud", "N", "bits/s that the line carries"),
)


def _add_line(command: argparse.ArgumentParser) -> None:
    """What a bad line does to bytes, both ways, drawn from the seed."""
    line = command.add_argument_group("a bad line")
    for name, unit, what in LINE:
        line.add_argument(f"--{name}", type=float, metavar=unit, help=what)


def _add_hand(commands: Any) -> None:
    hand = commands.add_parser(
        "hand",
        help="press, glide, hold, fail: be the hand at a served pen",
        description="Be the hand at a served pen: it reaches the pen by its plant, never over the wire.",
    )
    hand.add_argument("--name", help="which served pen, when several run")
    hand.add_argument("--json", action="store_true", help="print the answer as one JSON object")
    hand.set_defaults(run=_hand)
    acts = hand.add_subparsers(dest="act", metavar="act", required=True)
    for name, what in (
        ("hold", "hold or release the hold-to-run switch"),
        ("estop", "push or release the emergency stop"),
        ("link", "restore or cut the cable"),
        ("button", "press or release the button at the pen"),
        ("charger", "plug the charger in or pull it out"),
        ("lock", "close or open the lock of the cartridge"),
        ("power", "switch the pen on or off; its memory stays"),
    ):
        acts.add_parser(name, help=what).add_argument("on", choices=("on", "off"))
    press = acts.add_parser("press", help="set the nose on the skin and press")
    press.add_argument("n", type=float, nargs="?", default=3.0, metavar="N", help="newton (default: 3)")
    glide = acts.add_parser("glide", help="glide over the skin; 0 stands still")
    glide.add_argument("mm_s", type=float, nargs="?", default=20.0, metavar="MM_S", help="mm/s (default: 20)")
    acts.add_parser("lift", help="lift the nose off the skin")
    restart = acts.add_parser("restart", help="let the pen's controller restart")
    restart.add_argument("cause", nargs="?", default="software", choices=CAUSES, help="default: software")
    charge = acts.add_parser("charge", help="set the charge of the battery")
    charge.add_argument("percent", type=float, metavar="PERCENT", help="0 to 100")
    warm = acts.add_parser("warm", help="set a temperature of nose, handle or room, in °C")
    warm.add_argument("where", choices=("nose", "handle", "room"))
    warm.add_argument("degrees", metavar="C", help="°C, or none: as it is by itself")
    _add_cartridge(acts)
    _add_fault(acts)
    _add_line(acts.add_parser("line", help="make the line bad, or say how it is; what is not named is good"))
    acts.add_parser("stops", help="the last stops: drive off, further strokes, needles clear")
    acts.add_parser("status", help="how hand, pen and server are")
    acts.add_parser("panel", help="the panel, in this terminal")
    acts.add_parser("quit", help="switch the pen off and end its server")


def _add_cartridge(acts: Any) -> None:
    cartridge = acts.add_parser("cartridge", help="fit a new cartridge, the last one again, or none")
    cartridge.add_argument(
        "kind", metavar="KIND", help="HOME, CLINICAL, a name such as CLINICAL-36, again, or none"
    )
    cartridge.add_argument("--id", type=int, metavar="N", help="number on its tag (default: 1, 2, …)")
    cartridge.add_argument("--uses", type=int, metavar="N", help="uses that its tag counts already")
    cartridge.add_argument("--strokes", type=int, metavar="N", help="strokes that its tag counts already")
    cartridge.add_argument("--expired", action="store_true", help="its day of sterility has passed")
    cartridge.add_argument("--signed", choices=("maker", "other", "none"), help="whose key signed its tag")
    cartridge.add_argument("--unlocked", action="store_true", help="leave its lock open")
    cartridge.add_argument("--no-tag", action="store_true", help="its tag does not answer")


def _add_fault(acts: Any) -> None:
    fault = acts.add_parser(
        "fault",
        help="let a part of the pen fail, or make it well again",
        description="Let a part fail: fault bar_sensor wrong value=150. "
        "With --clear: make it, or everything, well. With --list: what can fail, and how.",
    )
    fault.add_argument("target", nargs="?", help="part that fails, such as bar_sensor")
    fault.add_argument("kind", nargs="?", help="how it fails, such as stuck")
    fault.add_argument(
        "values", nargs="*", type=_assignment, metavar="name=value", help="what the kind needs"
    )
    fault.add_argument(
        "--after", type=_seconds, default=0.0, dest="after_s", metavar="S", help="begin in S seconds"
    )
    fault.add_argument("--for", type=_seconds, dest="for_s", metavar="S", help="last S seconds")
    which = fault.add_mutually_exclusive_group()
    which.add_argument("--clear", action="store_true", help="make the target, or everything, well again")
    which.add_argument("--list", action="store_true", help="list what can fail, and how")


def _serve(given: argparse.Namespace) -> int:
    from pensim.serve_command import serve

    return serve(given)


def _list(given: argparse.Namespace) -> int:
    from pensim.hand_command import list_pens

    return list_pens(given)


def _hand(given: argparse.Namespace) -> int:
    from pensim.hand_command import hand

    return hand(given)


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) >= 1 << 63:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to 2^63 - 1")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds <= 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to 1e6")
    return seconds


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) < 1 << 16):
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT, as 127.0.0.1:7117")
    return host.strip("[]"), int(port)


def _assignment(text: str) -> tuple[str, float]:
    name, _, value = text.partition("=")
    try:
        return name, float(value)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no name=value with a number") from None
