"""Every way out leaves the pen stopped: out of the `with` block, out of the program, by Ctrl-C."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from penctl.pen import Pen
from penctl.protocol.enums import State
from penctl.recorded import Run, read_run
from pensim import Bench

LIMIT_S = 60.0


def _run(bench: Bench, pen: Pen) -> None:
    """To RUN, on the skin."""
    pen.open_session()
    pen.self_test()
    pen.reference()
    bench.hand.button(True)
    pen.set_mode("clinical")
    pen.set_depth_um(1000)
    pen.set_rate_hz(110.0)
    pen.arm()
    bench.hand.press(n=3.0)
    bench.hand.hold(True)
    pen.wait(0.1)
    pen.start()
    pen.wait(0.2)
    assert bench.kernel.outputs.drive_enable
    assert pen.status().state is State.RUN


def _by_its_end(bench: Bench) -> None:
    with bench.pen() as pen:
        _run(bench, pen)


def _by_return(bench: Bench) -> None:
    with bench.pen() as pen:
        _run(bench, pen)
        return


def _by_an_error(bench: Bench) -> None:
    with bench.pen() as pen:
        _run(bench, pen)
        raise ZeroDivisionError


def _by_exit(bench: Bench) -> None:
    with bench.pen() as pen:
        _run(bench, pen)
        sys.exit(3)


def _by_ctrl_c(bench: Bench) -> None:
    with bench.pen() as pen:
        _run(bench, pen)
        signal.raise_signal(signal.SIGINT)
        pen.wait(1.0)


def _by_ctrl_c_in_a_wait(bench: Bench) -> None:
    with bench.pen() as pen:
        _run(bench, pen)

        def pressed() -> bool:
            signal.raise_signal(signal.SIGINT)
            return False

        pen.wait(1.0, until=pressed)


def _by_an_error_in_a_listener(bench: Bench) -> None:
    with bench.pen() as pen:
        _run(bench, pen)
        pen.inbox.on_telemetry.append(lambda block: {}["missing"])
        pen.telemetry(1000)
        pen.wait(1.0)


def _by_a_second_ctrl_c_while_it_stops(bench: Bench) -> None:
    with bench.pen() as pen:
        _run(bench, pen)
        pen.inbox.on_event.append(lambda event: signal.raise_signal(signal.SIGINT))
        signal.raise_signal(signal.SIGINT)
        pen.wait(1.0)


def _generator(bench: Bench) -> Iterator[int]:
    with bench.pen() as pen:
        _run(bench, pen)
        yield 1
        yield 2


def _by_a_generator_that_is_closed(bench: Bench) -> None:
    generator = _generator(bench)
    next(generator)
    generator.close()


def _by_a_generator_that_is_forgotten(bench: Bench) -> None:
    next(_generator(bench))


def _by_close_twice(bench: Bench) -> None:
    pen = bench.pen()
    _run(bench, pen)
    pen.close()
    pen.close()


def _by_a_new_link_session(bench: Bench) -> None:
    with bench.pen() as pen:
        pen.listen()
        _run(bench, pen)


WAYS: list[tuple[Callable[[Bench], None], type[BaseException] | None]] = [
    (_by_its_end, None),
    (_by_return, None),
    (_by_an_error, ZeroDivisionError),
    (_by_exit, SystemExit),
    (_by_ctrl_c, KeyboardInterrupt),
    (_by_ctrl_c_in_a_wait, KeyboardInterrupt),
    (_by_an_error_in_a_listener, KeyError),
    (_by_a_second_ctrl_c_while_it_stops, KeyboardInterrupt),
    (_by_a_generator_that_is_closed, None),
    (_by_a_generator_that_is_forgotten, None),
    (_by_close_twice, None),
    (_by_a_new_link_session, None),
]


@pytest.mark.parametrize(("way", "error"), WAYS, ids=[way.__name__ for way, _ in WAYS])
def test_the_pen_is_at_rest_after(way: Callable[[Bench], None], error: type[BaseException] | None) -> None:
    """Issue 3: the drive is off when the block has been left, before the pen's own deadman could act."""
    bench = Bench(seed=1)
    if error is None:
        way(bench)
    else:
        with pytest.raises(error):
            way(bench)
    assert not bench.kernel.outputs.drive_enable
    assert State(int(bench.kernel.outputs.state)) is State.STANDBY
    assert bench.kernel.outputs.tripped == 0
    assert bench.kernel.state.tip < 0.0


def test_a_pen_that_was_only_looked_at_is_sent_no_stop() -> None:
    """Another program may be at work: who opened no link session, or one to listen, sends no STOP."""
    bench = Bench(seed=1)
    with bench.pen(role="operator") as pen:
        pen.wait(0.2)
        pen.listen()
        told: list[str] = []
        pen.inbox.on_command.append(lambda command, answer: told.append(command.name))
        assert pen.cartridge().needles == 12
    assert told == ["GET_CARTRIDGE"]


PROGRAM = """
import sys
from pathlib import Path
from penctl.recording import record
from pensim import Bench

bench = Bench(seed=1)
pen = bench.pen()
recorder = record(pen, Path(sys.argv[1]))
with recorder, pen:
    pen.open_session(); pen.self_test(); pen.reference(); bench.hand.button(True)
    pen.set_mode("clinical")
    pen.set_depth_um(1000); pen.set_rate_hz(110.0); pen.arm()
    bench.hand.hold(True); pen.wait(0.1); pen.start(); pen.wait(0.2)
    print("RUN", flush=True)
    LEAVE
"""


def _recorded(folder: Path) -> Run:
    [file] = folder.rglob("*.mcap*")
    assert file.suffix == ".mcap"
    return read_run(file)


def _assert_ends_stopped(run: Run) -> None:
    states = [event["state"] for event in run.events if event["event"] == "STATE"]
    assert "RUN" in states
    assert [entry["command"] for entry in run.commands][-1] == "STOP"
    assert states[-1] == "STANDBY"
    assert not [event for event in run.events if event["event"] == "TRIP"]


@pytest.mark.parametrize(
    ("leave", "code"),
    [
        ("pass", 0),
        ("raise ValueError", 1),
        ("sys.exit(5)", 5),
        ("import signal; signal.raise_signal(signal.SIGINT)", None),
        ("pen.wait(1e6)", None),
    ],
    ids=["its end", "an error", "sys.exit", "SIGINT inside", "SIGINT from outside"],
)
def test_a_program_that_ends_leaves_the_pen_at_rest(tmp_path: Path, leave: str, code: int | None) -> None:
    """Issue 3: in a process of its own; the last that the recording has is STOP, then STANDBY."""
    command = [sys.executable, "-c", PROGRAM.replace("LEAVE", leave), str(tmp_path / "run.mcap")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "RUN\n"
        if leave == "pen.wait(1e6)":
            program.send_signal(signal.SIGINT)
        program.communicate(timeout=LIMIT_S)
    assert program.returncode == code if code is not None else program.returncode != 0
    _assert_ends_stopped(_recorded(tmp_path))


DEMO = """
import sys
from penctl import cli
from penctl.demo import Demo

def glide(demo, seconds):
    print("RUN", flush=True)
    demo._pen.wait(1e6)

Demo._glide = glide
sys.exit(cli.main(["demo", "--out", sys.argv[1], *sys.argv[2:]]))
"""
"""The demo, which would be over too soon, glides until it is interrupted."""


@pytest.mark.parametrize("arguments", [[], ["--json"]], ids=str)
def test_ctrl_c_stops_the_pen_of_the_demo(tmp_path: Path, arguments: list[str]) -> None:
    """Issue 3: SIGINT from outside while the needles run; the recording says STOP, the state is at rest."""
    command = [sys.executable, "-c", DEMO, str(tmp_path), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "RUN\n"
        program.send_signal(signal.SIGINT)
        _, told = program.communicate(timeout=LIMIT_S)
    assert program.returncode == 130
    assert told == "penctl: interrupted; the pen was told to stop\n"
    _assert_ends_stopped(_recorded(tmp_path))


def test_ctrl_c_ends_the_monitor_and_leaves_the_pen_as_it_was() -> None:
    """Issue 3: SIGINT is the monitor's usual end; it has started nothing."""
    command = [sys.executable, "-m", "penctl", "monitor", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        first = json.loads(program.stdout.readline())
        program.send_signal(signal.SIGINT)
        _, told = program.communicate(timeout=LIMIT_S)
    assert program.returncode == 0
    assert told == ""
    assert first["status"]["state"] in ("SELF_TEST", "STANDBY")
