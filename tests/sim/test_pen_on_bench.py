"""The host's calls against the real firmware: what it refuses when the host's own check is bypassed."""

from __future__ import annotations

from typing import Any

import pytest

from penctl.errors import ReferenceFailed, Refused, SelfTestFailed
from penctl.pen import Pen
from penctl.protocol.enums import Flags, Mode, State
from pensim.bench import Bench


def _ready(bench: Bench, mode: str = "clinical") -> Pen:
    """A pen in STANDBY, tested and referenced."""
    pen = bench.pen()
    pen.open_session()
    pen.self_test()
    pen.reference()
    bench.hand.button(True)
    pen.set_mode(mode)
    return pen


@pytest.mark.parametrize(
    ("mode", "command", "fields", "reason", "limit"),
    [
        ("clinical", "SET_DEPTH", {"depth_um": 2501}, "DEPTH_ABOVE_LIMIT", 2500),
        ("home", "SET_DEPTH", {"depth_um": 251}, "DEPTH_ABOVE_LIMIT", 250),
        ("home", "SET_DEPTH", {"depth_um": -1}, "DEPTH_BELOW_LIMIT", 0),
        ("clinical", "SET_RATE", {"rate_mhz": 0}, "RATE_BELOW_LIMIT", 50_000),
        ("clinical", "SET_RATE", {"rate_mhz": 10_000_000}, "RATE_ABOVE_LIMIT", 150_000),
        ("home", "SET_RATE", {"rate_mhz": 100_001}, "RATE_ABOVE_LIMIT", 100_000),
        ("clinical", "SET_TELEMETRY", {"period_us": 999}, "TELEMETRY_PERIOD", None),
        ("clinical", "RESET", {"interlock": 7}, "NOT_LATCHED", None),
        ("clinical", "ARM", {}, "NO_VISIT", None),
        ("clinical", "START", {}, "WRONG_STATE", None),
    ],
)
def test_the_firmware_refuses_what_the_host_was_kept_from_refusing(
    mode: str, command: str, fields: dict[str, Any], reason: str, limit: int | None
) -> None:
    """Bad input, second layer: the same refusal comes from the device when the first check is bypassed."""
    with Bench(seed=1) as bench:
        pen = _ready(bench, mode)
        with pytest.raises(Refused) as refused:
            pen.command(command, **fields)
        assert (refused.value.reason, refused.value.layer) == (reason, "device")
        assert refused.value.remedy
        if limit is not None:
            assert refused.value.limit == limit
        assert bench.kernel.outputs.drive_enable == 0


def test_arm_without_setpoints_is_refused_inside_a_visit() -> None:
    """Bad input, second layer: a visit is open, and no depth was set."""
    with Bench(seed=1) as bench:
        pen = _ready(bench)
        pen.begin_visit()
        with pytest.raises(Refused) as refused:
            pen.command("ARM")
        assert refused.value.reason == "DEPTH_NOT_SET"


def test_a_second_arm_is_refused() -> None:
    """Bad input: a second ARM."""
    with Bench(seed=1) as bench:
        pen = _ready(bench)
        pen.set_depth_um(1000)
        pen.set_rate_hz(100)
        pen.arm()
        with pytest.raises(Refused, match="already armed"):
            pen.arm()


def test_a_start_without_hold_to_run_is_refused() -> None:
    """Bad input: START without hold-to-run."""
    with Bench(seed=1) as bench:
        pen = _ready(bench)
        pen.set_depth_um(1000)
        pen.set_rate_hz(100)
        pen.arm()
        with pytest.raises(Refused, match="hold-to-run"):
            pen.start()
        assert pen.status().state is State.READY
        assert bench.kernel.outputs.drive_enable == 0


def test_a_second_host_is_refused_by_the_link_session() -> None:
    """One host at a time, also where the port does not hold: the firmware refuses the second link session."""
    from penctl.transport import Transport

    with Bench(seed=1) as bench:
        first = _ready(bench)
        second = Pen(Transport(first.transport._port, "second"))
        with pytest.raises(Refused, match="Another program"):
            second.open_session()
        first.set_depth_um(500)


def test_a_failing_self_test_is_told_with_its_check() -> None:
    """What the pen checks at power-on and on demand: a failing check raises, with its number."""
    with Bench(seed=1) as bench:
        pen = bench.pen()
        pen.open_session()
        pen.self_test()
        bench.inject("bar_sensor", "off")
        with pytest.raises(SelfTestFailed) as failed:
            pen.self_test()
        assert failed.value.value == 3
        assert Flags.SELF_TEST_PASSED not in pen.status().flags


def test_a_stage_that_does_not_move_fails_its_reference_run() -> None:
    """The depth stage that does not find its zero is told, and the pen does not arm."""
    with Bench(seed=1) as bench:
        pen = bench.pen()
        pen.open_session()
        pen.self_test()
        bench.inject("stage", "stuck")
        bench.inject("home_switch", "stuck", value=0)
        with pytest.raises(ReferenceFailed):
            pen.reference()
        assert Flags.REFERENCED not in pen.status().flags


def test_the_reset_of_a_lost_link_needs_a_new_link_session() -> None:
    """IL-26: its documented act is a new link session and the reset."""
    with Bench(seed=2) as bench:
        pen = _ready(bench)
        pen.set_depth_um(1000)
        pen.set_rate_hz(100)
        pen.arm()
        bench.hand.hold(True)
        pen.wait(0.05)
        pen.start()
        pen.wait(0.2)
        bench.cut_link()
        pen.wait(0.4)
        bench.hand.hold(False)
        bench.restore_link()
        with pytest.raises(Refused, match="link session"):
            pen.reset(26)
        pen.wait(0.3)
        pen.open_session()
        assert pen.status().tripped == 26
        with pytest.raises(Refused, match="IL-26"):
            pen.reset(7)
        pen.reset()
        assert pen.status().state is State.STANDBY
        assert [trip.id for trip in pen.trips] == ["IL-26"]


def test_the_device_tells_its_limits_and_the_pen_comes_up_at_home() -> None:
    """Design 5: effective limits are read from the device; a reset comes up in HOME."""
    with Bench(seed=1) as bench:
        pen = bench.pen()
        assert pen.mode is Mode.HOME
        assert (pen.limits()[Mode.HOME].depth_max_um, pen.limits()[Mode.CLINICAL].depth_max_um) == (250, 2500)


@pytest.mark.parametrize(("seed", "wrong"), [(3, 0.001), (2, 0.005)])
def test_a_noisy_line_is_survived(seed: int, wrong: float) -> None:
    """A byte in a thousand, or in 200, is wrong both ways: commands are repeated and act once."""
    with Bench(seed=seed) as bench:
        pen = _ready(bench)
        bench.inject("line_to_pen", "garbage", severity=wrong)
        bench.inject("line_to_host", "garbage", severity=wrong)
        pen.set_rate_hz(100)
        for depth_um in range(100, 1100, 100):
            pen.set_depth_um(depth_um)
            assert pen.status().depth_set_um == depth_um
        bench.clear_faults()
