"""`penctl sim serve`: build the bench, serve it, say how to connect, and show the panel on a terminal."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from types import FrameType

from pensim.impairments import MOST, Impairments
from pensim.panel_keys import terminal_kept
from pensim.server import TCP_HOST, TCP_PORT, PenServer


class _Terminated(Exception):
    """Somebody asked this process to end (SIGTERM, SIGHUP)."""


def serve(given: argparse.Namespace) -> int:
    """Serve until Ctrl-C, `quit`, a termination signal, or `--for`. Exit code 0 by each of these ways."""
    from pensim.bench import Bench
    from pensim.world import Factory

    shows_panel = not (given.json or given.no_panel) and sys.stdin.isatty() and sys.stdout.isatty()
    if not given.json:
        _say("switching the pen on; its very first start takes up to a minute")
    cartridge = None if given.cartridge.lower() == "none" else given.cartridge.upper()
    factory = Factory(home_only=given.home_only, calibration_day=_today())
    bench = Bench(seed=given.seed, skin=given.skin, cartridge=cartridge, factory=factory)
    bench.advance(0.0)
    tcp = None if given.no_tcp else (given.tcp or (TCP_HOST, TCP_PORT))
    with PenServer(
        bench,
        name=given.name,
        tcp=tcp,
        tcp_given=given.tcp is not None,
        pty=not given.no_pty,
        rfc2217=given.rfc2217,
        impairments=_impairments(given),
    ) as server:
        _tell(server, as_json=given.json)
        with contextlib.suppress(KeyboardInterrupt, _Terminated), _signals():
            if shows_panel:
                with _panel(server):
                    server.run(given.for_s)
            else:
                if not given.json:
                    server.on_notice = _say
                server.run(given.for_s)
        if not given.json:
            _say_end(server)
    return 0


def _impairments(given: argparse.Namespace) -> Impairments | None:
    """What was asked for; None when nothing was. Raises BenchError."""
    named = {name: getattr(given, name) for name in MOST if getattr(given, name) is not None}
    return Impairments.of(named) if named else None


def _today() -> int:
    """Days since 2020-01-01; a served pen lives in real time and was calibrated today."""
    return (datetime.now(tz=UTC).date() - date(2020, 1, 1)).days


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _tell(server: PenServer, *, as_json: bool) -> None:
    pen = server.pen
    if as_json:
        _say(
            json.dumps(
                {
                    "name": pen.name,
                    "pid": pen.pid,
                    "pty": pen.pty,
                    "tcp": pen.tcp,
                    "rfc2217": pen.rfc2217,
                    "seed": pen.seed,
                    "skin": pen.skin,
                    "simulated": True,
                }
            )
        )
        return
    url = pen.pty or pen.tcp or pen.rfc2217
    _say(f"served pen {pen.name!r}: SIMULATED, seed {pen.seed}, {pen.skin} skin, real time")
    if pen.pty:
        _say(f"  pty   {pen.pty}")
    if pen.tcp:
        _say(f"  TCP   {pen.tcp}")
    if pen.rfc2217:
        _say(f"  TCP   {pen.rfc2217}")
    _say("connect with, for example:")
    _say(f"  penctl info --port {url}")
    _say(f"  python -m serial.tools.miniterm {url} 921600")
    _say(f"be its hand:  penctl sim hand {'' if pen.name == 'pen' else f'--name {pen.name} '}press 3.0")
    _say("end it: Ctrl-C")
    _say("")


def _say_end(server: PenServer) -> None:
    pacer = server.pacer
    if pacer.lateness.count == 0:
        return
    text = f"the pen is off after {server.bench.time_s:.1f} s"
    p99_ms, max_ms = pacer.lateness.percentile_s(99.0) * 1e3, pacer.lateness.max_s * 1e3
    text += f"; late p99 {p99_ms:.2f} ms, max {max_ms:.1f} ms"
    if pacer.falls:
        text += f"; fell behind {pacer.falls} times, {pacer.lost_s:.2f} s in all"
    _say(text)


@contextlib.contextmanager
def _signals() -> Iterator[None]:
    """Turn the signals that ask for an end into an exception, so that everything is closed."""

    def end(number: int, frame: FrameType | None) -> None:
        raise _Terminated

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), end) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


@contextlib.contextmanager
def _panel(server: PenServer) -> Iterator[None]:
    """The panel in a process of its own: drawing would make the pen's steps late.

    It puts the terminal back when it ends; should it be killed, that is done here, and the pen is served on.
    """
    command = [sys.executable, "-m", "pensim.hand_panel", server.pen.name, "--owner"]
    with terminal_kept() as restore:
        panel = subprocess.Popen(command)  # noqa: S603 - our own module

        def look() -> None:
            if panel.poll() is not None and server.on_notice is not _say:
                restore()
                server.on_notice = _say
                _say("\nthe panel has ended; the pen is served on. Ctrl-C switches it off")

        server.each_second = look
        try:
            yield
        finally:
            server.close()  # the panel sees the end of its connection, and ends
            try:
                panel.wait(2.0)
            except subprocess.TimeoutExpired:
                panel.kill()
                panel.wait()
