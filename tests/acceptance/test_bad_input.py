"""Bad input is refused with what, value, limit and remedy: by the host first, by the firmware behind it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from acceptance_rig import Plan, ready, start, treatment

from penctl import Pen
from penctl.errors import Refused
from penctl.protocol.enums import State
from pensim.bench import Bench

HOME_CAP_UM = 250
CLINICAL_CAP_UM = 2500
SENSOR_ERROR_UM = 20
"""What both depth sensors may be wrong by before guard, which knows depth only from them, can see it."""


@pytest.fixture(params=["home", "clinical"])
def in_mode(request: pytest.FixtureRequest) -> Iterator[tuple[Bench, Pen, str]]:
    """A pen in STANDBY, in each mode, with the cartridge that fits."""
    mode = str(request.param)
    with Bench(3, cartridge=mode.upper()) as bench:
        pen = bench.pen()
        pen.open_session()
        pen.self_test()
        pen.reference()
        bench.hand.button(True)
        pen.set_mode(mode)
        yield bench, pen, mode


def refusal_of(act: Callable[[], object]) -> Refused:
    """The refusal, which must say what, the value, the limit and the remedy in its text."""
    with pytest.raises(Refused) as caught:
        act()
    assert caught.value.what
    assert caught.value.remedy
    assert caught.value.remedy in str(caught.value)
    return caught.value


def test_depth_one_um_above_the_cap_is_refused_by_the_host_and_by_the_firmware(
    in_mode: tuple[Bench, Pen, str],
) -> None:
    """Bad input: 2.501 mm in CLINICAL and 0.251 mm in HOME; bypassing the host changes nothing."""
    _, pen, mode = in_mode
    depth_um, cap_um, cap_text = {"home": (251, 250, "0.250 mm"), "clinical": (2501, 2500, "2.500 mm")}[mode]
    for layer, act in (
        ("host", lambda: pen.set_depth_um(depth_um)),
        ("device", lambda: pen.command("SET_DEPTH", depth_um=depth_um)),
    ):
        refused = refusal_of(act)
        assert refused.layer == layer
        assert (refused.reason, refused.value, refused.limit) == ("DEPTH_ABOVE_LIMIT", depth_um, cap_um)
        assert f"{depth_um / 1000:.3f} mm" in str(refused)
        assert cap_text in str(refused)
    assert pen.status().depth_set_um == -1
    pen.set_depth_um(cap_um)
    assert pen.status().depth_set_um == cap_um


def test_a_rate_outside_the_mode_is_refused_by_the_host_and_by_the_firmware(
    in_mode: tuple[Bench, Pen, str],
) -> None:
    """Bad input: rates of 0 and 10 kHz, and 1 mHz beyond either end of 50-100 Hz and 50-150 Hz."""
    _, pen, mode = in_mode
    low_mhz, high_mhz = {"home": (50_000, 100_000), "clinical": (50_000, 150_000)}[mode]
    for rate_mhz in (0, -1, low_mhz - 1, high_mhz + 1, 10_000_000):
        reason = "RATE_ABOVE_LIMIT" if rate_mhz > high_mhz else "RATE_BELOW_LIMIT"
        limit = high_mhz if rate_mhz > high_mhz else low_mhz
        by_host = refusal_of(lambda wanted=rate_mhz: pen.set_rate_hz(wanted / 1000))
        by_device = refusal_of(lambda wanted=rate_mhz: pen.command("SET_RATE", rate_mhz=wanted))
        assert (by_host.layer, by_device.layer) == ("host", "device")
        for refused in (by_host, by_device):
            assert (refused.reason, round(float(str(refused.value))), refused.limit) == (
                reason,
                rate_mhz,
                limit,
            )
            assert f"{limit // 1000} Hz" in str(refused)
    assert pen.status().rate_set_mhz == -1


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf"), "110", None, True])
def test_what_is_no_finite_number_is_never_sent(number: object) -> None:
    """Bad input: a rate or depth of NaN and its like ends at the host, for no frame can carry it."""
    with Bench(3) as bench:
        pen = bench.pen()
        pen.open_session()
        sent: list[bytes] = []
        pen.transport.write = sent.append  # type: ignore[method-assign]
        for act in (pen.set_rate_hz, pen.set_depth_um):
            assert refusal_of(lambda act=act: act(number)).layer == "host"
        assert sent == []
        del pen.transport.write


def test_a_second_arm_is_refused() -> None:
    """Bad input: ARM in READY and in RUN; the pen goes on as it was."""
    plan = Plan(3, "clinical", 1000, 110)
    with Bench(3) as bench:
        pen = ready(bench, plan)
        assert refusal_of(pen.arm).reason in ("ALREADY_ARMED", "WRONG_STATE")
        assert pen.status().state is State.READY
        start(bench, pen, plan)
        assert refusal_of(pen.arm).reason in ("ALREADY_ARMED", "WRONG_STATE")
        assert pen.status().state is State.RUN


def test_start_without_the_hold_to_run_switch_is_refused() -> None:
    """Bad input: START with nobody holding the switch: the drive stays off; START works when it is held."""
    plan = Plan(3, "clinical", 1000, 110)
    with Bench(3) as bench:
        pen = ready(bench, plan)
        assert refusal_of(pen.start).reason == "HOLD_NOT_PRESSED"
        assert refusal_of(lambda: pen.command("START")).reason == "HOLD_NOT_PRESSED"
        bench.run(0.05)
        assert not bench.trace.drive_on.any()
        assert len(bench.strokes) == 0
        start(bench, pen, plan)
        bench.run(0.1)
        assert pen.status().state is State.RUN


def test_a_deeper_setpoint_while_running_is_refused_and_a_shallower_one_acts() -> None:
    """Bad input: an increase in RUN; the needles never go deeper than before."""
    with treatment(Plan(3, "clinical", 1000, 110)) as (bench, pen):
        bench.run(0.2)
        assert refusal_of(lambda: pen.set_depth_um(1001)).reason == "INCREASE_WHILE_RUNNING"
        assert refusal_of(lambda: pen.set_rate_hz(111)).reason == "INCREASE_WHILE_RUNNING"
        pen.set_depth_um(600)
        bench.run(0.4)
        assert abs(bench.strokes["peak_tip_um"][-10:].mean() - 600) <= 50
        assert bench.strokes["peak_tip_um"].max() <= 1050


@pytest.mark.parametrize(("mode", "cap_um"), [("home", HOME_CAP_UM), ("clinical", CLINICAL_CAP_UM)])
def test_with_controls_memory_overwritten_guard_still_holds_the_cap(mode: str, cap_um: int) -> None:
    """Bad input: control is noise, its aims too; no stroke passes the cap by more than the sensors err."""
    for seed in range(1, 21):
        plan = Plan(seed, mode, cap_um - 50, 100, nose_stop=False)
        with treatment(plan) as (bench, pen):
            bench.run(0.2)
            spoil_control(bench, seed)
            bench.run(0.5)
            assert bench.trace.tip_um.max() <= cap_um + SENSOR_ERROR_UM, plan
            assert bench.strokes["peak_tip_um"].max() <= cap_um + SENSOR_ERROR_UM, plan
            pen.transport.close()


def spoil_control(bench: Bench, seed: int) -> None:
    """Fill control's memory with noise, with ones, or with large numbers."""
    offset, size = bench.kernel.firmware.control_span
    draw = random.Random(seed)
    pattern = (draw.randbytes(size), b"\xff" * size, (5000).to_bytes(4, "little") * (size // 4 + 1))[seed % 3]
    bench.kernel.memory[offset : offset + size] = bytearray(pattern[:size])
