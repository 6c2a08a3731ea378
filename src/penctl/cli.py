"""The command line: `penctl info | stop | trips | demo | monitor | …`, and what plugs in.

Bad input and a pen that refuses end with one message on the standard error stream and exit code 2, never with
a traceback. Each command's module is imported only when the command runs.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from penctl.errors import PenError
from penctl.log_arguments import add_doctor, add_log, add_replay
from penctl.records_arguments import add_records
from penctl.treatment_arguments import add_treatment

EXIT_ERROR = 2
EXIT_INTERRUPTED = 130
EXIT_NO_READER = 1
TRACEBACK = "PENCTL_TRACEBACK"
"""Environment variable: with it a mistake of penctl itself ends with its traceback."""
UNWRITTEN = "What was to be printed could not be written"
ELSEWHERE = "Make room, or print to another place"
COMMANDS_GROUP = "penctl.commands"
"""Entry points of other packages: `add(commands)` adds one sub-command with `set_defaults(run=handler)`."""
DEFAULT_PORT = "pensim://?seed=1"
PORT_HELP = "port name or URL: /dev/ttyACM0, COM3, socket://host:port, rfc2217://host:port, pensim://?seed=1"


def parser() -> argparse.ArgumentParser:
    """The argument parser with all commands."""
    top = argparse.ArgumentParser(
        prog="penctl", description="Control a microneedling pen, real or simulated."
    )
    top.add_argument("--version", action="store_true", help="print the version and exit")
    commands = top.add_subparsers(dest="command", metavar="command")
    for add in (
        _add_info,
        _add_stop,
        _add_trips,
        _add_monitor,
        _add_demo,
        _add_ports,
        _add_pair,
        _add_unpair,
        _add_qa,
    ):
        add(commands)
    add_log(commands)
    add_doctor(commands)
    add_treatment(commands)
    add_records(commands)
    for entry in metadata.entry_points(group=COMMANDS_GROUP):
        with contextlib.suppress(
            ImportError
        ):  # a command whose package is not whole is no reason to fail here
            entry.load()(commands)
    return top


def _add_info(commands: Any) -> None:
    info = commands.add_parser(
        "info",
        help="say who a pen is, its limits and its state",
        description="Say who a pen is, its limits and its state. It asks and changes nothing.",
    )
    _add_port(info)
    _add_json(info)


def _add_stop(commands: Any) -> None:
    stop = commands.add_parser(
        "stop",
        help="stop the pen on a port, whoever works with it",
        description="Send STOP each millisecond until the pen is seen stopping, for 1 s at most. It asks "
        "neither who the pen is nor for a key, and works while another program has the port open. "
        "The emergency stop at the pen needs no computer.",
    )
    stop.add_argument("port", metavar="PORT", help=PORT_HELP)
    _add_json(stop)


def _add_trips(commands: Any) -> None:
    trips = commands.add_parser(
        "trips",
        help="show the pen's own memory of its last trips",
        description="Show the last trips that the pen keeps: what each looked at, value, limit, and the "
        "inputs around it, as a table and a picture. It asks and changes nothing.",
    )
    _add_pen(trips, "clinician")
    trips.add_argument("--out", metavar="DIR", help="folder for the pictures (default: in ./penctl-runs)")
    _add_json(trips)


def _add_pair(commands: Any) -> None:
    pair = commands.add_parser(
        "pair",
        help="pair this computer with a pen",
        description="Pair this computer with a pen over the pairing cable, while its button is held for "
        "3 s. Clinician and service need their code from the pen's papers; it is asked for, or read from the "
        "first line of a pipe. The key is kept in the system's key ring where there is one, else in a file "
        "that only this user may read. A simulated pen needs no pairing.",
    )
    _add_pen(pair, "operator")


def _add_unpair(commands: Any) -> None:
    unpair = commands.add_parser(
        "unpair",
        help="forget a pairing, here and in the pen",
        description="Let the pen forget the pairing of this computer, and forget its key here.",
    )
    _add_pen(unpair, "operator")
    unpair.add_argument(
        "--here-only",
        action="store_true",
        help="forget the key here, even if the pen does not take it any more",
    )
    unpair.set_defaults(run=_unpair)


def _unpair(given: argparse.Namespace) -> int:
    code: int = import_module("penctl.commands.pair").run_unpair(given)
    return code


def _add_pen(command: argparse.ArgumentParser, role: str) -> None:
    command.add_argument("port", metavar="PORT", help=PORT_HELP)
    command.add_argument(
        "--role",
        choices=("operator", "clinician", "service"),
        default=role,
        help=f"role of the pairing (default: {role})",
    )


def _add_monitor(commands: Any) -> None:
    monitor = commands.add_parser(
        "monitor",
        help="look on while a pen works: state, depth, rate, trip, link",
        description="Look on while a pen works. It commands nothing and stops nothing; another program may "
        "open its link session at any time. Ctrl-C ends it and leaves the pen as it is.",
    )
    _add_port(monitor)
    monitor.add_argument("--json", action="store_true", help="print one JSON object a second, one a line")
    monitor.add_argument("--once", action="store_true", help="look once, print it and end")
    add_replay(monitor)


def _add_demo(commands: Any) -> None:
    demo = commands.add_parser(
        "demo",
        help="treat a simulated scalp, lose the link, reset and finish",
        description="Treat a simulated scalp at 0.5, 1.0 and 1.5 mm. Meanwhile the link is cut once: the pen "
        "stops by itself, is reset and goes on. Prints what was set and measured, and leaves a recording "
        "and a plot.",
    )
    which = demo.add_mutually_exclusive_group()
    which.add_argument("--seed", type=seed, help="seed of the simulated pen (default: 1)")
    which.add_argument("--port", help="URL of a simulated pen: pensim://?seed=1&skin=stiff")
    demo.add_argument("--out", metavar="DIR", help="folder for the run's files (default: ./penctl-runs)")
    _add_json(demo)


def _add_ports(commands: Any) -> None:
    ports = commands.add_parser(
        "ports",
        help="list the ports of this computer, and ask who is there",
        description="List the ports of this computer, those first that say by their USB identity that they "
        "are a pen's, then the simulated pen. With --ask each port is asked who is there: it is opened "
        "without moving its modem lines, which restarts no board, and one question is sent, which changes "
        "nothing; a port that another program has open is not asked. Exit code 1: no pen answered.",
    )
    ports.add_argument(
        "--ask", nargs="*", metavar="PORT", help="ask every port, or those named, who is there"
    )
    _add_json(ports)


def _add_qa(commands: Any) -> None:
    acts = commands.add_parser("qa", help="test the interlocks").add_subparsers(
        dest="act", metavar="act", required=True
    )
    run = acts.add_parser(
        "run",
        help="run the cells of the built interlocks",
        description="Run the thirteen kinds of test of each built interlock on the simulated pen. Exit code: "
        "0 every cell was run and passed, or is not applicable for a reason; 1 a cell is not held; "
        "2 the run could not begin; 3 what was asked for is held, and it was not all.",
    )
    run.add_argument(
        "--interlock", action="append", default=[], metavar="IL-07", help="only this one (may repeat)"
    )
    run.add_argument(
        "--kind", action="append", default=[], metavar="KIND", help='only this one: trip, "log row", …'
    )
    run.add_argument("--seed", type=seed, default=1, help="seed of the simulated pens (default: 1)")
    run.add_argument(
        "--processes", type=count, default=2, metavar="N", help="share the files out among N (default: 2)"
    )
    run.add_argument(
        "--suite", metavar="PATH", help="folder of the tests (default: tests/interlocks of the checkout)"
    )
    run.add_argument(
        "--out", metavar="DIR", help="folder for JUnit XML and log (default: a new one in ./penctl-runs)"
    )
    _add_json(run)


def _add_port(command: argparse.ArgumentParser) -> None:
    command.add_argument("--port", default=DEFAULT_PORT, help=f"{PORT_HELP} (default: {DEFAULT_PORT})")


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print one JSON object")


def count(text: str) -> int:
    """A whole number from 1 to 64."""
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 64")
    return int(text)


def seed(text: str) -> int:
    """A whole number from 0 to 2^63 - 1."""
    if not (text.isascii() and text.isdigit()) or int(text) >= 1 << 63:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to 2^63 - 1")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    _open_closed_streams()
    top = parser()
    given = top.parse_args(arguments)
    if given.version:
        from penctl import __version__

        sys.stdout.write(f"penctl {__version__}\n")
        return 0
    if given.command is None:
        top.print_help()
        return 0
    return _run(given)


def _run(given: argparse.Namespace) -> int:
    try:
        run = given.run if hasattr(given, "run") else import_module(f"penctl.commands.{given.command}").run
        with import_module("penctl.signals").stops_at_signals():
            code: int = run(given)
        sys.stdout.flush()
    except PenError as error:
        sys.stderr.write(f"penctl: {error}\n")
        for finding in getattr(error, "findings", ())[1:]:  # of the treatment rules: the first is told above
            sys.stderr.write(f"also {finding.zone or 'all zones'}: {finding.text}\n")
        return EXIT_ERROR
    except BrokenPipeError:  # the reader has gone, as head does
        _print_nowhere()
        return EXIT_NO_READER
    except OSError as error:
        return _system_error(error)
    except KeyboardInterrupt as interrupt:
        sys.stderr.write("penctl: interrupted; the pen was told to stop\n")
        return int(getattr(interrupt, "exit_code", EXIT_INTERRUPTED))
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        _print_nowhere()
        sys.stderr.write(
            f"penctl: A mistake of penctl itself: {type(error).__name__}: {error}. The pen was told to stop. "
            f"Please report it, with what penctl prints when {TRACEBACK}=1 is set.\n"
        )
        return EXIT_ERROR
    return code


def _system_error(error: OSError) -> int:
    if error.filename is not None:  # a file, so it was not the printing
        sys.stderr.write(f"penctl: {error.filename} cannot be used: {error.strerror}. Name another place.\n")
        return EXIT_ERROR
    _print_nowhere()
    sys.stderr.write(f"penctl: {UNWRITTEN}: {error.strerror}. {ELSEWHERE}.\n")
    return EXIT_ERROR


def _open_closed_streams() -> None:
    """Give a program that was started with closed streams (`>&-`) some that lead nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115


def _print_nowhere() -> None:
    """Let what is still to be printed vanish: nothing more may be written at the end either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
