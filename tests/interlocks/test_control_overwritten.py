"""Guard behind control: control's memory is overwritten while the needles run, and guard's limits hold.

What control is brought to ask for is not a fault of the plant: it is the second channel that is tested here.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from interlock_rig import Rig, last_stroke_rate_hz

from penctl.protocol.enums import Input, State, StopKind

New = Callable[..., Rig]

DEPTH_REACTION_S = 0.010
RATE_REACTION_S = 0.060
SENSORS_UM = 10
"""What the sensors may err, offset and noise together."""
OVERSHOOT_UM = SENSORS_UM + 15
"""How far the true depth may pass a limit until the stage stands, at control's 6 mm/s."""
FASTEST_OVERSHOOT_UM = SENSORS_UM + 31
"""The same when overwritten control steps the stage in each tick: 3.1 µm a tick, for 1 ms."""
RANDOM_RUNS = 200
SEED = 20240611


def without_nose_stop(rig: Rig) -> Rig:
    """HOME without the mechanical limit of its cartridge, so that the firmware alone holds the depth."""
    rig.ready("home", 150, 90.0)
    rig.bench.kernel.control.stop_mechanical_um = 0.0
    rig.bench.hand.press(n=3.0)
    rig.start()
    rig.bench.run(0.3)
    return rig


def longest_beyond_s(beyond: np.ndarray, time_s: np.ndarray, drive_on: np.ndarray) -> float:
    """From the first moment beyond a limit with the drive on to the last moment at which the drive is on."""
    rows = np.flatnonzero(beyond & drive_on)
    if not rows.size:
        return 0.0
    on = np.flatnonzero(drive_on)
    return float(time_s[on[-1]] - time_s[rows[0]])


def assert_guard_held(
    rig: Rig,
    since_s: float,
    depth_limit_um: int,
    set_hz: float,
    cap_hz: float,
    overshoot_um: int = OVERSHOOT_UM,
) -> None:
    """No true depth or rate stayed beyond its limit for longer than the reaction allows."""
    trace = rig.bench.trace
    recent = trace.time_s > since_s
    drive_on = (trace.drive_on == 1) & recent
    deep = (trace.tip_um > depth_limit_um + SENSORS_UM) & recent
    assert longest_beyond_s(deep, trace.time_s, drive_on) <= DEPTH_REACTION_S
    assert float(trace.tip_um[recent].max()) <= depth_limit_um + overshoot_um
    time_s, rate_hz = last_stroke_rate_hz(rig)
    for limit_hz in (set_hz * 1.10, cap_hz):
        with np.errstate(invalid="ignore"):
            fast = (rate_hz > limit_hz * 1.005) & recent
        for begin, end in stretches(fast & drive_on):
            assert time_s[end] - time_s[begin] <= RATE_REACTION_S + 0.020, (
                limit_hz,
                rate_hz[begin:end].max(),
            )


def stretches(mask: np.ndarray) -> list[tuple[int, int]]:
    """First and last row of each stretch of rows that hold."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(begin), int(end) - 1) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.cell("IL-07", "second fault")
@pytest.mark.parametrize("depth_um", [251, 400, 2500, 2_000_000])
def test_a_deeper_setpoint_in_controls_memory_is_stopped_by_guard(rig: Rig, depth_um: int) -> None:
    """IL-07, second fault: control believes in CLINICAL and in another depth; HOME's 0.25 mm holds."""
    without_nose_stop(rig)
    rig.control_bytes()[1] = 2  # mode: CLINICAL
    rig.overwrite_control(150, depth_um)
    begin_s = rig.now_s
    rig.bench.run(0.6)
    trip = rig.assert_latched(7, StopKind.C0)
    assert trip.limit == 250
    assert_guard_held(rig, begin_s, 250, 90.0, 100.0)


@pytest.mark.cell("IL-11", "second fault")
@pytest.mark.parametrize("rate_mhz", [101_500, 140_000, 300_000, 2_000_000_000])
def test_a_higher_rate_in_controls_memory_is_stopped_by_guard(rig: Rig, rate_mhz: int) -> None:
    """IL-11, second fault: control believes in CLINICAL and in another rate; HOME's 100 Hz hold."""
    rig.running("home", 150, 98.0, press_n=0.0)
    rig.control_bytes()[1] = 2  # mode: CLINICAL
    rig.overwrite_control(98_000, rate_mhz)
    begin_s = rig.now_s
    rig.bench.run(0.4)
    rig.assert_latched(11, StopKind.C0, Input.SHAFT_RATE)
    assert_guard_held(rig, begin_s, 250, 98.0, 100.0)


@pytest.mark.cell("IL-11", "second fault")
@pytest.mark.parametrize("rate_mhz", [-123_000, -300_000, -2_000_000_000])
def test_a_control_that_drives_backwards_is_stopped_by_guard(rig: Rig, rate_mhz: int) -> None:
    """IL-11, second fault: backwards the needles are as fast; the rate counts in both directions."""
    rig.running("clinical", 500, 110.0, press_n=0.0)
    rig.overwrite_control(110_000, rate_mhz)
    begin_s = rig.now_s
    rig.bench.run(0.5)
    assert rig.state is State.SAFE
    assert rig.tripped in (9, 11, 13, 14, 45)  # braking and reversing passes other limits, too
    trace = rig.bench.trace
    backwards = (trace.omega_rad_s < -2 * np.pi * 121.0 * 1.2) & (trace.time_s > begin_s)
    assert longest_beyond_s(backwards, trace.time_s, trace.drive_on == 1) <= RATE_REACTION_S


@pytest.mark.cell("IL-11", "second fault")
def test_the_same_overwriting_with_the_same_values_changes_nothing(rig: Rig) -> None:
    """IL-11, second fault: negative control – memory copied over itself, and the run goes on."""
    rig.running()
    memory = rig.control_bytes()
    memory[:] = memory.copy()
    rig.overwrite_control(110_000, 110_000)
    rig.assert_running(0.3)


PARTS = 8


@pytest.mark.cell("IL-07", "second fault")
@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_every_single_byte_of_controls_memory_may_be_wrong(new_rig: New, part: int) -> None:
    """IL-07, second fault: each byte of control's struct, one after another, gets a random value in RUN.

    Each time the pen goes back to the same moment of the same run, with other noise.
    """
    random = np.random.default_rng(SEED + 100 + part)
    rig = without_nose_stop(new_rig(part))
    saved = rig.bench.save()
    places = range(part, rig.control_bytes().size, PARTS)
    assert len(places) > 20
    for place in places:
        rig.bench.restore(saved, noise=place)
        memory = rig.control_bytes()
        memory[place] = (int(memory[place]) + int(random.integers(1, 256))) % 256
        begin_s = rig.now_s
        rig.bench.run(0.12)
        rig.bench.hand.hold(False)
        rig.bench.run(0.15)
        assert not rig.drive_on, place
        assert rig.state is not State.RUN, place
        assert_guard_held(rig, begin_s, 250, 90.0, 100.0, FASTEST_OVERSHOOT_UM)


@pytest.mark.cell("IL-07", "second fault")
@pytest.mark.long
@pytest.mark.parametrize("part", range(10))
def test_random_bytes_in_controls_memory_take_no_limit_away(new_rig: New, part: int) -> None:
    """IL-07, second fault: 200 overwritings of 1 to all bytes of control, at random, with a fixed seed.

    Whatever control then does, true depth and rate never stay beyond guard's limits, and the release of
    the switch ends it.
    """
    random = np.random.default_rng(SEED + part)
    for _ in range(RANDOM_RUNS // 10):
        rig = without_nose_stop(new_rig(int(random.integers(1000))))
        memory = rig.control_bytes()
        count = int(random.choice([1, 4, 16, 64, memory.size]))
        places = random.choice(memory.size, size=count, replace=False)
        memory[places] = random.integers(0, 256, size=count, dtype=np.uint8)
        begin_s = rig.now_s
        rig.bench.run(0.4)
        rig.bench.hand.hold(False)
        rig.bench.run(0.2)
        assert not rig.drive_on
        assert rig.state is not State.RUN
        assert_guard_held(rig, begin_s, 250, 90.0, 100.0, FASTEST_OVERSHOOT_UM)
