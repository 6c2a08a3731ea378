"""`penctl gui`, found by the entry point group `penctl.commands`. Imports nothing heavy before it runs."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the sub-command to argparse's sub-parsers."""
    parser = commands.add_parser(
        "gui",
        help="open the console window",
        description="Open the console window: one pen on one screen. Esc in it is STOP, always. Closing it "
        "stops the pen.",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--port", help="connect to this port or URL at once")
    which.add_argument("--simulated", action="store_true", help="connect to the simulated pen at once")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark", help="colours (default: dark)")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Open the window and return when it is closed."""
    try:
        from pengui import app
    except ImportError as error:
        from penctl.errors import PenError

        raise PenError(
            "The console window needs packages that are not installed",
            error.name or str(error),
            remedy='Install them with: pip install "penctl[gui]"',
        ) from error
    return app.run(port=given.port, simulated=given.simulated, theme=given.theme)
