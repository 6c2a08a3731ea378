"""The bench: virtual time, one owner of the clock, runs that repeat, and a pen that is left stopped."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from penctl.errors import ClockMisuse, PenError
from penctl.pen import Pen, WaitEnd
from penctl.protocol.enums import State
from pensim.bench import Bench
from pensim.errors import BenchError


def _running(bench: Bench, depth_um: int = 1000, rate_hz: float = 110.0) -> Pen:
    """A pen in RUN, in the air."""
    pen = bench.pen()
    pen.open_session()
    pen.self_test()
    pen.reference()
    bench.hand.button(True)
    pen.set_mode("clinical")
    pen.set_depth_um(depth_um)
    pen.set_rate_hz(rate_hz)
    pen.arm()
    bench.hand.hold(True)
    pen.wait(0.05)
    pen.start()
    pen.wait(0.3)
    return pen


def test_the_loop_treats_through_the_real_firmware() -> None:
    """Issue 2: host, frames, firmware, plant, sensors, telemetry and host again, as one loop."""
    with Bench(seed=1) as bench:
        pen = _running(bench)
        bench.hand.press(n=3.0)
        bench.hand.glide(20)
        assert pen.wait(0.5) is WaitEnd.ELAPSED
        status = pen.status()
        assert status.state is State.RUN
        assert status.depth_measured_um == pytest.approx(1000, abs=50)
        assert status.rate_measured_mhz == pytest.approx(110_000, rel=0.02)
        inside = bench.strokes[bench.strokes["contact"] == 1]
        assert len(inside) > 30
        assert np.all(np.abs(inside["peak_bar_um"][5:] - 1000) < 50)
        assert float(inside["peak_penetration_um"].max()) > 100


def test_a_run_is_a_pure_function_of_its_seed() -> None:
    """Virtual time: the same scenario, firmware and seed give the same run, bit for bit."""

    def trace(seed: int) -> dict[str, bytes]:
        with Bench(seed=seed) as bench:
            pen = _running(bench)
            bench.hand.press(3.0)
            pen.wait(0.2)
            return {name: bench.trace[name].tobytes() for name in bench.trace.names}

    assert trace(3) == trace(3)
    assert trace(3) != trace(4)


def test_only_reading_and_waiting_let_time_pass() -> None:
    """Virtual time: write and in_waiting never let time pass."""
    with Bench(seed=1) as bench:
        pen = bench.pen()
        port = pen.transport._port
        before_s = bench.time_s
        port.write(b"\0" * 10)
        assert port.in_waiting >= 0
        port.timeout = 0.0
        port.read(1000)
        assert bench.time_s == before_s
        port.timeout = 0.25
        port.read(100_000)
        assert bench.time_s == pytest.approx(before_s + 0.25, abs=2e-4)


def test_a_wait_lasts_as_long_as_it_was_asked() -> None:
    """Only the wait lets time pass, and just so much."""
    with Bench(seed=1) as bench:
        pen = bench.pen()
        before_s = bench.time_s
        pen.wait(1.234)
        assert bench.time_s - before_s == pytest.approx(1.234, abs=1e-3)
        bench.run(0.5)
        assert bench.time_s - before_s == pytest.approx(1.734, abs=2e-3)


def test_the_clock_belongs_to_one_thread() -> None:
    """Virtual time: a call from another thread is refused."""
    caught: list[Exception] = []
    with Bench(seed=1) as bench:
        bench.run(0.01)
        before_s = bench.time_s

        def meddle() -> None:
            try:
                bench.run(0.01)
            except PenError as error:
                caught.append(error)

        thread = threading.Thread(target=meddle)
        thread.start()
        thread.join()
        assert bench.time_s == before_s
    assert [type(error) for error in caught] == [ClockMisuse]


def test_a_bench_has_one_host_at_a_time() -> None:
    """One cable, one host; after closing, another may open."""
    with Bench(seed=1) as bench:
        pen = bench.pen()
        with pytest.raises(BenchError, match="open already"):
            bench.pen()
        pen.close()
        bench.pen()


@pytest.mark.parametrize("error", [None, RuntimeError("test"), KeyboardInterrupt()], ids=repr)
def test_leaving_the_bench_leaves_the_drive_off(error: BaseException | None) -> None:
    """Safe-off in the finaliser: no test ends with the drive on."""
    bench = Bench(seed=1)

    def use() -> None:
        with bench:
            _running(bench)
            assert bench.kernel.outputs.drive_enable == 1
            if error is not None:
                raise error

    if error is None:
        use()
    else:
        with pytest.raises(type(error)):
            use()
    assert bench.kernel.outputs.drive_enable == 0


def test_a_host_that_hangs_is_stopped_by_the_firmware() -> None:
    """No heartbeat goes out while nobody waits: the pen comes to rest by itself."""
    with Bench(seed=1) as bench:
        pen = _running(bench)
        bench.advance(0.6)
        assert bench.kernel.outputs.drive_enable == 0
        assert pen.wait(0.1) is WaitEnd.TRIPPED
        assert pen.trips[-1].id == "IL-26"


def test_a_stop_is_told_with_its_cause_and_its_moments() -> None:
    """Each stop records its onset, drive off, last stroke and needles clear."""
    with Bench(seed=1) as bench:
        pen = _running(bench)
        pushed_s = bench.time_s
        bench.hand.estop(True)
        pen.wait(0.2, through_trips=True)
        stop = bench.stops[-1]
        assert stop.cause == "emergency stop pushed"
        assert stop.onset_s == pytest.approx(pushed_s)
        assert stop.reaction_s is not None
        assert 0.0 < stop.reaction_s <= 0.010
        assert stop.further_strokes <= 2
        assert stop.needles_clear_s is not None
        assert stop.needles_clear_s > stop.drive_off_s
        assert bench.kernel.outputs.drive_enable == 0


def test_an_ordinary_stop_is_not_blamed_on_anything() -> None:
    """A stop by command has no physical onset that the bench knows."""
    with Bench(seed=1) as bench:
        pen = _running(bench)
        assert pen.stop() is State.STANDBY
        stop = bench.stops[-1]
        assert stop.cause is None
        assert stop.reaction_s is None
        assert stop.begun_s is not None
        assert 0.0 < stop.drive_off_s - stop.begun_s < 0.06
        assert stop.further_strokes <= 2


def test_a_trace_column_that_does_not_exist_is_told() -> None:
    """A misspelt name says which names there are."""
    with Bench(seed=1) as bench:
        bench.run(0.05)
        assert len(bench.trace) == len(bench.trace.time_s) == 50
        assert len(bench.trace.between(0.01, 0.02)) == 10
        with pytest.raises(AttributeError, match="tip_um"):
            _ = bench.trace.typ_um


@pytest.mark.parametrize(
    "options",
    [
        {"seed": -1},
        {"seed": 1.5},
        {"seed": True},
        {"skin": "leather"},
        {"cartridge": "XL"},
        {"trace_decimation": 0},
        {"parameters": {"colour": 1.0}},
    ],
)
def test_a_bad_bench_is_refused_with_what_is_allowed(options: dict[str, Any]) -> None:
    """Bad input to the bench."""
    with pytest.raises(BenchError, match=r"\("):
        Bench(**options)


def test_a_figure_that_is_no_number_is_refused() -> None:
    """Bad input to the bench: a NaN would spread through the plant in silence."""
    with pytest.raises(BenchError, match="spring_rate: nan"):
        Bench(parameters={"spring_rate": float("nan")})


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
def test_a_time_that_cannot_pass_is_refused(seconds: float) -> None:
    """Bad input to the bench, with a host and without one."""
    with Bench(seed=1) as bench:
        for act in (bench.advance, bench.run):
            with pytest.raises(BenchError, match="no time to pass"):
                act(seconds)
        bench.pen()
        with pytest.raises(PenError, match="no time to wait"):
            bench.run(seconds)
        assert bench.time_s < 0.1


@pytest.mark.parametrize(
    "act", [lambda h: h.press(-1), lambda h: h.press(float("nan")), lambda h: h.glide(1e6)]
)
def test_the_hand_refuses_what_no_hand_can_do(act: Any) -> None:
    """Bad input to the hand."""
    bench = Bench(seed=1)
    with pytest.raises(BenchError, match="hand cannot"):
        act(bench.hand)


def test_a_pen_without_a_cartridge_does_not_arm() -> None:
    """The cartridge is the hand's act and reaches the firmware by the plant."""
    with Bench(seed=1, cartridge=None) as bench:
        pen = bench.pen()
        pen.open_session()
        pen.self_test()
        pen.reference()
        bench.hand.button(True)
        pen.set_mode("clinical")
        pen.set_depth_um(500)
        pen.set_rate_hz(100)
        with pytest.raises(PenError, match=r"[Cc]artridge"):
            pen.arm()
        bench.hand.cartridge("CLINICAL")
        bench.run(0.1)
        assert pen.arm().state is State.READY
