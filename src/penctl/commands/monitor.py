"""`penctl monitor`: a live view of a pen, one JSON object a second, or one look."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable

from penctl.errors import PenError
from penctl.monitor.sight import Sight
from penctl.monitor.watch import Watch
from penctl.pen import Pen

LOOK_S = 0.1
LINE_S = 1.0
FIRST_LOOK_S = 0.3
"""By then a pen that was just switched on has ended its self-test and told its cartridge."""
WIDTH = 96


def run(given: argparse.Namespace) -> int:
    """Look until Ctrl-C, which is the usual end: exit code 0."""
    if not (given.json or given.once or sys.stdout.isatty()):
        raise PenError(
            "A live view needs a terminal", remedy="Use --json for a line a second, or --once for one look"
        )
    with Pen(given.port, role="operator") as pen:
        watch = Watch(pen)
        try:
            _watch(given, pen, watch)
        except KeyboardInterrupt:
            return 0
        finally:
            watch.close()
    return 0


def _watch(given: argparse.Namespace, pen: Pen, watch: Watch) -> None:
    if given.once:
        watch.look()
        pen.wait(FIRST_LOOK_S)
        watch.look()
        pen.wait(FIRST_LOOK_S)
        _show_once(watch.look(), as_json=given.json)
    elif given.json:
        _repeat(pen, LINE_S, lambda: _print_json(watch.look()))
    else:
        _live(pen, watch)


def _repeat(pen: Pen, period_s: float, act: Callable[[], None]) -> None:
    """Act once a period for ever. The virtual time of a simulated pen passes no faster than the wall's."""
    due_s = time.monotonic()
    while True:
        act()
        due_s = max(due_s + period_s, time.monotonic())
        pen.wait(
            period_s if pen.transport.has_own_clock else max(0.0, due_s - time.monotonic()),
            through_trips=True,
        )
        time.sleep(max(0.0, due_s - time.monotonic()))


def _live(pen: Pen, watch: Watch) -> None:
    from rich.live import Live

    from penctl.monitor.screen import draw

    with Live(auto_refresh=False, screen=True, vertical_overflow="crop") as live:
        console = live.console
        _repeat(pen, LOOK_S, lambda: live.update(draw(watch.look(), rows=console.size.height), refresh=True))


def _print_json(sight: Sight) -> None:
    sys.stdout.write(json.dumps(sight.as_json()) + "\n")
    sys.stdout.flush()


def _show_once(sight: Sight, *, as_json: bool) -> None:
    if as_json:
        _print_json(sight)
        return
    from rich.console import Console

    from penctl.monitor.screen import draw

    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    console.print(draw(sight))
