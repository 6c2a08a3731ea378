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
from penctl.protocol.enums import State

LOOK_S = 0.1
LINE_S = 1.0
FIRST_LOOK_S = 0.3
"""By then a pen has told its cartridge."""
SELF_TEST_S = 3.5
"""By then a pen that was just switched on has ended its self-test."""
WIDTH = 96


def run(given: argparse.Namespace) -> int:
    """Look until Ctrl-C, which is the usual end: exit code 0."""
    if not (given.json or given.once or sys.stdout.isatty()):
        raise PenError(
            "A live view needs a terminal", remedy="Use --json for a line a second, or --once for one look"
        )
    with _pen(given) as pen:
        watch = Watch(pen)
        if pen.recorded:  # what came just before is heard, so that there are readings
            pen.wait(max(0.0, given.start - pen.now_s()), through_trips=True)
        try:
            _watch(given, pen, watch)
        except KeyboardInterrupt:
            return 0
        finally:
            watch.close()
    return 0


def _pen(given: argparse.Namespace) -> Pen:
    """The pen on the port, or the recording of one."""
    if given.replay is None:
        return Pen(given.port, role="operator")
    from penctl.replay import ReplayPen

    if not 0.1 <= given.speed <= 100.0:
        raise PenError("This is no speed of a replay", given.speed, "0.1 to 100", "Give a number in between")
    pen = ReplayPen(given.replay)
    if given.start:
        pen.seek(max(0.0, given.start - FIRST_LOOK_S))
    return pen


def _watch(given: argparse.Namespace, pen: Pen, watch: Watch) -> None:
    if given.once and pen.recorded:
        _show_once(watch.look(), as_json=given.json)
    elif given.once:
        if watch.look().status.state is State.SELF_TEST:
            pen.wait(SELF_TEST_S, until=lambda: pen.status().state is not State.SELF_TEST)
        watch.look()
        pen.wait(FIRST_LOOK_S)
        _show_once(watch.look(), as_json=given.json)
    elif given.json:
        _repeat(pen, LINE_S, lambda: _print_json(watch.look()), given.speed)
    else:
        _live(pen, watch, given.speed)


def _repeat(pen: Pen, period_s: float, act: Callable[[], None], speed: float = 1.0) -> None:
    """Act once a period for ever, or to the end of a recording.

    The virtual time of a simulated pen passes no faster than the wall's, that of a recording by `speed`.
    """
    due_s = time.monotonic()
    while True:
        act()
        if pen.recorded and pen.now_s() >= pen.end_s:
            return
        due_s = max(due_s + period_s, time.monotonic())
        pen.wait(
            min(period_s * speed, max(0.0, pen.end_s - pen.now_s()))
            if pen.transport.has_own_clock
            else max(0.0, due_s - time.monotonic()),
            through_trips=True,
        )
        time.sleep(max(0.0, due_s - time.monotonic()))


def _live(pen: Pen, watch: Watch, speed: float) -> None:
    from rich.live import Live

    from penctl.monitor.screen import draw

    with Live(auto_refresh=False, screen=True, vertical_overflow="crop") as live:
        console = live.console
        _repeat(
            pen,
            LOOK_S,
            lambda: live.update(draw(watch.look(), rows=console.size.height), refresh=True),
            speed,
        )
    _show_once(watch.look(), as_json=False)


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
