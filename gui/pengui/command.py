"""`penctl gui`, found by the entry point group `penctl.commands`. Imports nothing heavy before it runs."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the sub-command to argparse's sub-parsers."""
    parser = commands.add_parser(
        "gui",
        help="open the desktop program",
        description="Open the desktop program: a clinic's patients and visits, or one pen on one screen. "
        "Esc in it is STOP, always. Closing it stops the pen.",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--demo", action="store_true", help="practise: a clinic of invented patients, all SIMULATED"
    )
    which.add_argument("--records", metavar="FILE", help="open these records, with the key of the key ring")
    which.add_argument("--console", action="store_true", help="the engineer's console: one pen on one screen")
    which.add_argument("--port", help="the console, connected to this port or URL at once")
    which.add_argument("--simulated", action="store_true", help="the console, with the simulated pen at once")
    which.add_argument("--replay", metavar="FILE", help="the console, with a recording as if it were a pen")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark", help="colours (default: dark)")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Open the program and return when it is closed."""
    try:
        from pengui import app
    except ImportError as error:
        from penctl.errors import PenError

        raise PenError(
            "The console window needs packages that are not installed",
            error.name or str(error),
            remedy='Install them with: pip install "penctl[gui]"',
        ) from error
    return app.run(
        port=given.port,
        simulated=given.simulated,
        replay=given.replay,
        theme=given.theme,
        demo=given.demo,
        console=given.console,
        records=given.records,
    )
