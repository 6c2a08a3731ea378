"""The closed loop against real time, and where its nanoseconds go."""

from __future__ import annotations

import time
from collections.abc import Callable

import numba
from pens import RUNS, Spread, driven_plant, repeated, running_bench, spent_s

from pensim.bench import Bench
from pensim.loop import STEPS
from pensim.native import ask_1, ask_3, call_3
from pensim.plant.journal import journal_trace
from pensim.plant.motion import move
from pensim.plant.sensors import deliver, present, read

RUN_S = 10.0
TICKS_PER_S = 10_000
CALLS = 200_000
njit = numba.njit(error_model="numpy")


def whole_loop() -> tuple[Spread, Spread, Spread, Spread, Spread]:
    """Host, frames, firmware, plant: × real time, also by the wall clock; ns a tick of all, loop, host."""
    bench = running_bench()
    kernel = bench.kernel
    inside: list[float] = []
    advance = kernel.advance_to_data

    def timed(ticks: int, slice_ticks: int) -> int:
        done: list[int] = []
        inside.append(spent_s(lambda: done.append(advance(ticks, slice_ticks))))
        return done[0]

    wall: list[float] = []

    def run() -> None:
        begin_s = time.perf_counter()
        bench.run(RUN_S)
        wall.append(RUN_S / (time.perf_counter() - begin_s))

    factor = repeated(run, lambda spent: RUN_S / spent)
    kernel.advance_to_data = timed  # type: ignore[method-assign]
    all_ns, loop_ns = [], []
    for _ in range(RUNS):
        inside.clear()
        all_ns.append(spent_s(lambda: bench.run(RUN_S)) / RUN_S / TICKS_PER_S * 1e9)
        loop_ns.append(sum(inside) / RUN_S / TICKS_PER_S * 1e9)
    host_ns = [both - loop for both, loop in zip(all_ns, loop_ns, strict=True)]
    still_treats(bench)
    bench.close()
    return factor, Spread.of(wall[1:]), Spread.of(all_ns), Spread.of(loop_ns), Spread.of(host_ns)


def still_treats(bench: Bench) -> None:
    """A pen that has tripped would be measured at rest."""
    assert bench.kernel.outputs.state == 4, bench.kernel.outputs
    assert bench.kernel.outputs.tripped == 0


def plant_alone() -> Spread:
    """The plant with sensors, without firmware: ns a tick."""
    kernel = driven_plant()
    kernel.advance(TICKS_PER_S)
    return repeated(lambda: kernel.advance(50_000), lambda spent: spent / 50_000 * 1e9)


@njit
def _replay(count, calls, recorded, inputs, time_us, second_us):
    for k in range(count):
        inputs[0] = recorded[k % recorded.shape[0]]
        inputs[0].time_us = time_us + 100 * (k + 1)
        inputs[0].clock2_us = second_us + 100 * (k + 1)
        call_3(calls[3], calls[0], calls[1], calls[2])


@njit
def _copy(count, recorded, inputs):
    for k in range(count):
        inputs[0] = recorded[k % recorded.shape[0]]
        inputs[0].time_us = 100 * k


@njit
def _background(count, calls):
    for _ in range(count):
        ask_1(calls[8], calls[0])


@njit
def _bytes_out(count, calls):
    for _ in range(count):
        ask_3(calls[5], calls[0], calls[7], 9)


@njit
def _move(count, states, params, controls, skins):
    state = states[0]
    coefficients = (state.drive_decay, state.drive_lag, state.drive_ohm)
    constant = params[0].torque_constant
    for _ in range(count):
        move(state, params[0], skins[0], controls[0], STEPS, coefficients, constant, 1.0, False)


@njit
def _sense(count, states, params, controls, faults, sensed, outputs, inputs):
    for k in range(count):
        present(*(states[0], params[0], controls[0], faults[0], sensed[0], outputs[0], inputs[0]), False, k)
        read(states[0], params[0], sensed[0])
        deliver(states[0], params[0], faults[0], sensed[0], False, k)


@njit
def _trace(count, states, trace, sensed, outputs):
    for k in range(count):
        journal_trace(states[0], trace, sensed[0], outputs[0], k)


def each_ns(function: Callable[..., object], *arguments: object, count: int = CALLS) -> Spread:
    """Nanoseconds a call in a loop of nothing else."""
    return repeated(lambda: function(count, *arguments), lambda spent: spent / count * 1e9)


def firmware_parts() -> dict[str, Spread]:
    """The firmware's functions alone, in RUN, fed with inputs that were recorded in RUN."""
    bench = running_bench()
    kernel = bench.kernel
    inputs, calls = kernel._inputs, kernel._line["calls"][0]
    recorded = inputs.repeat(1000)
    for k in range(len(recorded)):
        kernel.advance(1)
        recorded[k] = inputs[0]
    ticks = 1000
    spent: list[float] = []
    for _ in range(15):  # each stretch is shorter than the heartbeat's time-out
        bench.run(0.2)
        saved, now = bench.save(), (int(inputs["time_us"][0]), int(inputs["clock2_us"][0]))
        spent.append(spent_s(lambda now=now: _replay(ticks, calls, recorded, inputs, *now)) / ticks * 1e9)
        still_treats(bench)
        bench.restore(saved)
    copy = each_ns(_copy, recorded, inputs.copy())
    tick = [max(0.0, value - copy.median) for value in spent[1:]]
    parts = {
        "`pen_tick`": Spread.of(tick),
        "`pen_background`, nothing to do": each_ns(_background, calls),
        "`pen_tx`, nothing to send": each_ns(_bytes_out, calls),
    }
    bench.advance(0.5)  # the host was not there: the pen has stopped by itself
    return parts


def plant_parts() -> dict[str, Spread]:
    """Parts of the plant alone, on the state of a running pen; the first two are a single step of 20 us."""
    parts = {}
    for skin in ("typical", "air"):
        bench = running_bench(skin=skin)
        kernel = bench.kernel
        arrays = (kernel._state.copy(), kernel._params, kernel._control.copy(), kernel._skin.copy())
        tick = each_ns(_move, *arrays)
        where = "in skin" if skin == "typical" else "in air"
        parts[f"plant step of 20 µs, {where}"] = Spread(*(value / STEPS for value in vars(tick).values()))
    state, params, control, _ = arrays
    sensed, inputs, faults = kernel._sensed.copy(), kernel._inputs.copy(), kernel._faults
    parts["sensors, once a tick"] = each_ns(
        _sense, state, params, control, faults, sensed, kernel._outputs, inputs
    )
    trace = kernel._trace.copy()
    parts["trace row, once in ten ticks"] = each_ns(_trace, state, trace, sensed, kernel._outputs)
    return parts
