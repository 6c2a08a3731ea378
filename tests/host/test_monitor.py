"""`penctl monitor`: what it shows, how it keeps time, and what it does not disturb."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from penctl import cli
from penctl.commands import monitor
from penctl.monitor.screen import draw
from penctl.monitor.sight import Sight, Standing
from penctl.monitor.watch import Watch
from penctl.pen import Pen
from pensim import Bench

KEYS = {
    *(
        "time_s",
        "simulated",
        "identity",
        "limits",
        "status",
        "trip",
        "cartridge",
        "readings",
        "recorded",
        "link",
        "events",
    )
}


def _text(sight: Sight, *, width: int = 80, rows: int | None = None) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(draw(sight, rows=rows))
    return console.export_text()


def _running(bench: Bench) -> Pen:
    pen = bench.pen()
    pen.open_session()
    pen.self_test()
    pen.reference()
    bench.hand.button(True)
    pen.set_mode("clinical")
    pen.set_depth_um(1500)
    pen.set_rate_hz(110.0)
    pen.arm()
    bench.hand.press(n=3.0)
    bench.hand.hold(True)
    pen.wait(0.1)
    pen.start()
    pen.wait(0.5)
    return pen


def test_one_look_shows_identity_state_limits_and_cartridge(capsys: pytest.CaptureFixture[str]) -> None:
    """Issue 3: `penctl monitor --once` for a person."""
    assert cli.main(["monitor", "--once", "--port", "pensim://?seed=5"]) == 0
    text = capsys.readouterr().out
    for words in (
        *("PENSIM-000000005", "SIMULATED", "STANDBY", "HOME", "The needles are at rest", "not set"),
        *("0 to 0.25 mm", "50 to 100 Hz", "3000 to 6000/min", "CLINICAL, 12 needles, stop at 2.5 mm"),
        *("this program listens", "100 samples/s", "bad frames: 0 here, 0 at the pen"),
    ):
        assert words in text


def test_one_look_is_one_json_object_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """Issue 3: `--json` has stable keys."""
    assert cli.main(["monitor", "--once", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == KEYS
    assert found["status"]["state"] == "STANDBY"
    assert found["link"]["standing"] == "LISTENING"
    assert found["trip"] is None
    assert [event["text"] for event in found["events"]] == ["OFF to SELF-TEST", "SELF-TEST to STANDBY"]


def test_a_running_pen_shows_set_beside_measured() -> None:
    """Issue 3: set and measured depth and rate, with their limits; nothing is cut off in 80 columns."""
    with Bench(seed=1) as bench:
        text = _text(Watch(_running(bench)).look())
    lines = {line.split()[1]: line for line in text.splitlines() if len(line.split()) > 2}
    assert "1.5 mm" in lines["depth"]
    assert "1.50" in lines["depth"] or "1.49" in lines["depth"]
    assert "0 to 2.5 mm" in lines["depth"]
    assert "110 Hz" in lines["rate"]
    assert "6600/min" in text
    assert "RUN  CLINICAL" in text
    assert "HELD" in lines["needles"]
    assert "ON" in lines["drive"]
    assert "…" not in text


@pytest.mark.parametrize("rows", [24, 40])
def test_a_trip_stands_above_everything_else(rows: int) -> None:
    """Issue 3: latched trip with cause, value, limit and remedy, also on a small terminal."""
    with Bench(seed=1) as bench:
        pen = _running(bench)
        watch = Watch(pen)
        bench.cut_link()
        pen.wait(0.6, through_trips=True)
        bench.restore_link()
        pen.wait(0.1, through_trips=True)
        top = "\n".join(_text(watch.look(), rows=rows).splitlines()[:14])
    for words in (
        *("SAFE", "TRIPPED IL-26 Communications loss", "The link to the host was lost"),
        *(
            "250.1 ms, limit 250 ms",
            "C1, seen by missing heartbeats",
            "check the cable",
            "open a new link session, reset",
        ),
    ):
        assert words in top


def test_a_pen_that_does_not_answer_is_not_shown_as_connected() -> None:
    """Issue 3: silence is said, with what was heard last; it ends when the pen answers again."""
    with Bench(seed=1) as bench:
        pen = bench.pen(role="operator")
        watch = Watch(pen)
        pen.wait_ready()
        assert watch.look().link.standing is Standing.LISTENING
        bench.cut_link()
        sight = watch.look()
        assert sight.link.standing is Standing.SILENT
        assert "NO ANSWER" in _text(sight)
        assert "STANDBY" not in _text(sight).split("was heard last")[0]
        bench.restore_link()
        pen.wait(0.1)
        assert watch.look().link.standing is not Standing.SILENT


def test_no_answer_names_no_depth_of_the_simulator() -> None:
    """A simulator's truth is never shown as measured: all depths of the JSON are those of STATUS."""
    with Bench(seed=1) as bench:
        found = json.dumps(Watch(_running(bench)).look().as_json())
    assert "penetration" not in found
    assert "tip" not in found.replace("multiple", "")


def test_virtual_time_passes_no_faster_than_the_walls(monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue 3: on pensim:// the monitor paces the pen; a slow look is not made up for."""
    clock = {"s": 100.0, "looks": 0}

    def sleep(seconds: float) -> None:
        clock["s"] += seconds

    def look() -> None:
        clock["looks"] += 1
        clock["s"] += 0.03 if clock["looks"] != 3 else 2.0
        if clock["looks"] == 11:
            raise KeyboardInterrupt

    monkeypatch.setattr(monitor, "time", SimpleNamespace(monotonic=lambda: clock["s"], sleep=sleep))
    with Bench(seed=1) as bench:
        pen: Any = bench.pen()
        begin_s = bench.time_s
        with pytest.raises(KeyboardInterrupt):
            monitor._repeat(pen, 0.1, look)
        assert bench.time_s - begin_s == pytest.approx(10 * 0.1, abs=0.01)
    assert clock["s"] - 100.0 == pytest.approx(0.1 * 9 + 2.0 + 0.03, abs=0.11)


def test_a_view_without_a_terminal_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """Bad input gives one message: a pipe is no terminal."""
    assert cli.main(["monitor"]) == 2
    assert "--json" in capsys.readouterr().err


def test_a_reader_that_goes_away_gives_no_traceback() -> None:
    """`penctl monitor --json | head -1` ends in silence."""
    command = [sys.executable, "-m", "penctl", "monitor", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        assert set(json.loads(program.stdout.readline())) == KEYS
        program.stdout.close()
        assert program.wait(60) == 1
        assert program.stderr.read() == ""
