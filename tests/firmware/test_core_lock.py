"""IL-30, IL-44 and the acts of the service: role, button, HOME-only, test build, calibration, limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from core_rig import DAY, again, arm, choose, opened, press_anew, run, start, visit, why

from penctl.pen import Pen
from penctl.protocol.enums import Flags, Mode, SelfTestCheck, State
from pensim.bench import Bench
from pensim.world import Factory

Open = Callable[..., tuple[Bench, Pen]]


@pytest.fixture
def with_role() -> Iterator[Open]:
    """Opens a bench for a role and a factory."""
    benches: list[Bench] = []

    def make(role: str, **factory: object) -> tuple[Bench, Pen]:
        bench = Bench(seed=5, factory=Factory(**factory) if factory else None)  # type: ignore[arg-type]
        benches.append(bench)
        return bench, opened(bench, role)

    yield make
    for bench in benches:
        bench.close()


def test_the_clinical_mode_needs_the_button_pressed_or_just_released(with_role: Open) -> None:
    """IL-30: the clinician alone is not enough; the button counts for 5 s after it was released."""
    bench, pen = with_role("clinician")
    assert why(lambda: pen.set_mode("clinical")).reason == "BUTTON_NOT_PRESSED"
    bench.hand.button(True)
    bench.run(0.1)
    bench.hand.button(False)
    bench.run(4.9)
    pen.set_mode("clinical")
    pen.set_mode("home")
    bench.run(0.2)
    assert why(lambda: pen.set_mode("clinical")).reason == "BUTTON_NOT_PRESSED"
    assert pen.status().mode is Mode.HOME


def test_a_button_that_is_stuck_since_power_on_is_nobodys_hand(with_role: Open) -> None:
    """IL-30: mode, the acts of the service and PAIR need a button that was seen released since power-on."""
    bench, pen = with_role("service")
    bench.hand.button(True)
    bench.run(0.1)
    pen.transport.close()
    bench.restart("POWER_ON")
    pen = opened(bench, "service")
    bench.run(4.0)
    fields = {"role": 1, "code": bytes(16), "host_name": b"tablet".ljust(16, b"\0")}
    for act in (
        lambda: pen.set_mode("clinical"),
        lambda: pen.calibrate(5),
        lambda: pen.command("PAIR", **fields),
    ):
        assert why(act).reason == "BUTTON_NOT_PRESSED"
    bench.hand.button(False)
    bench.run(0.05)
    bench.hand.button(True)
    bench.run(0.05)
    pen.set_mode("clinical")
    pen.calibrate(5)


def test_the_button_alone_is_not_enough(with_role: Open) -> None:
    """IL-30: an operator does not get into the clinical mode."""
    bench, pen = with_role("operator")
    bench.hand.button(True)
    bench.run(0.1)
    assert why(lambda: pen.set_mode("clinical")).reason == "ROLE"


def test_a_pen_for_the_home_never_becomes_clinical(with_role: Open) -> None:
    """IL-30: no message takes HOME-only back, the service's neither, and power-off does not."""
    bench, pen = with_role("service", home_only=True)
    bench.hand.button(True)
    bench.run(0.1)
    pen.configure("clinical", 2500, 150.0, home_only=False)
    assert why(lambda: pen.set_mode("clinical")).reason == "HOME_ONLY"
    assert Flags.HOME_ONLY in pen.status().flags
    bench.run(0.2)
    pen = again(bench, pen, role="service")
    pen.wait_ready()
    assert why(lambda: pen.set_mode("clinical")).reason == "HOME_ONLY"
    assert pen.identity.home_only


def test_a_test_build_does_not_go_to_the_clinic(with_role: Open) -> None:
    """IL-44: refused in CLINICAL, allowed at home."""
    bench, pen = with_role("clinician", test_build=True)
    bench.hand.button(True)
    bench.run(0.1)
    assert why(lambda: pen.set_mode("clinical")).reason == "TEST_BUILD"
    pen.set_mode("home")


def test_narrower_limits_hold_at_once_and_after_power_off(with_role: Open) -> None:
    """Requirement: effective limits may be narrower than the hard ones, never wider."""
    bench, pen = with_role("service")
    bench.hand.button(True)
    bench.run(0.1)
    for depth_um, rate_hz in ((2501, 150.0), (2500, 151.0), (0, 150.0), (1000, 49.0)):
        fields = {
            "mode": Mode.CLINICAL,
            "depth_max_um": depth_um,
            "rate_max_mhz": round(rate_hz * 1000),
            "home_only": 0,
        }
        assert why(lambda fields=fields: pen.command("CONFIGURE", **fields)).reason == "OUT_OF_RANGE"
    pen.command("CONFIGURE", mode=Mode.CLINICAL, depth_max_um=1500, rate_max_mhz=120_000, home_only=0)
    pen.set_mode("clinical")
    for _ in range(2):
        refused = why(lambda pen=pen: pen.command("SET_DEPTH", depth_um=1501))
        assert (refused.reason, refused.limit) == ("DEPTH_ABOVE_LIMIT", 1500)
        assert why(lambda pen=pen: pen.command("SET_RATE", rate_mhz=120_001)).reason == "RATE_ABOVE_LIMIT"
        pen.command("SET_DEPTH", depth_um=1500)
        bench.run(0.2)
        pen = again(bench, pen, role="service")
        pen.wait_ready()
        press_anew(bench)
        bench.run(0.05)
        pen.set_mode("clinical")


@pytest.mark.parametrize("name", ["CALIBRATE", "CONFIGURE"])
def test_the_acts_of_the_service_need_role_button_and_no_visit(with_role: Open, name: str) -> None:
    """Requirement: role, a hand at the pen, and nobody under treatment."""
    fields = {"bar_offset_um": 5, "day": DAY}
    if name == "CONFIGURE":
        fields = {"mode": Mode.HOME, "depth_max_um": 200, "rate_max_mhz": 90_000, "home_only": 0}
    bench, pen = with_role("clinician")
    assert why(lambda: pen.command(name, **fields)).reason == "ROLE"
    bench, service = with_role("service")
    assert why(lambda: service.command(name, **fields)).reason == "BUTTON_NOT_PRESSED"
    visit(service)
    bench.hand.button(True)
    bench.run(0.1)
    assert why(lambda: service.command(name, **fields)).reason == "VISIT_OPEN"
    service.command("END_VISIT")
    service.command(name, **fields)


def test_the_calibration_shifts_sensor_b_once_for_guard_and_control(with_role: Open) -> None:
    """Requirement: the offset is applied once, kept through power-off, and 0.2 mm is the most."""
    bench, pen = with_role("service")
    bench.hand.button(True)
    bench.run(0.1)
    assert why(lambda: pen.command("CALIBRATE", bar_offset_um=201, day=DAY)).reason == "OUT_OF_RANGE"
    pen.calibrate(12)
    bench.run(0.2)
    pen = again(bench, pen, role="service")
    pen.wait_ready()
    visit(pen)
    choose(bench, pen, depth_um=1000)
    blocks = []
    pen.inbox.on_telemetry.append(blocks.append)
    pen.telemetry(10_000)
    bench.run(0.2)
    told = int(blocks[-1].samples["bar_um"][-1])
    assert abs(told - (int(bench.kernel.inputs.bar_um) + 12)) <= 10
    run(bench, pen)
    assert pen.status().state is State.STANDBY


@pytest.mark.parametrize("offset_um", [100, -100])
def test_a_wrong_calibration_within_its_range_does_not_get_through_the_self_test(
    with_role: Open, offset_um: int
) -> None:
    """IL-29: what is off by 0.1 mm is found at the reference, before anything may be armed."""
    bench, pen = with_role("service")
    press_anew(bench)
    bench.run(0.1)
    pen.calibrate(offset_um)
    bench.run(0.2)
    pen = again(bench, pen)
    bench.run(4.0)
    assert pen.status().self_test_check == SelfTestCheck.REFERENCE


def test_a_wrong_calibration_within_its_range_does_not_carry_the_needles_past_the_margin(
    with_role: Open,
) -> None:
    """IL-08, IL-07: before the next self-test, too: the run ends, at most 0.1 mm above the set depth."""
    bench, pen = with_role("service")
    press_anew(bench)
    bench.run(0.1)
    pen.calibrate(-200)
    visit(pen)
    choose(bench, pen, depth_um=1000)
    arm(pen)
    start(bench, pen)
    bench.run(1.0)
    assert pen.status().tripped == 8
    assert float(bench.trace.bar_um.max()) <= 1100


def test_both_copies_of_the_configuration_damaged_inhibit_and_configure_mends_it(with_role: Open) -> None:
    """IL-29: found within 1.5 s; the service writes new settings, resets, and it holds."""
    bench, pen = with_role("service")
    visit(pen)
    choose(bench, pen)
    pen.command("END_VISIT")
    bench.memory.content[0:200] = 0x5A
    bench.memory.content[2048 : 2048 + 200] = 0x5A
    bench.run(1.5)
    visit(pen)
    choose(bench, pen)
    assert why(lambda: arm(pen)).reason in ("CONFIGURATION_DAMAGED", "LATCHED")
    pen.command("END_VISIT")
    pen.command("CONFIGURE", mode=Mode.CLINICAL, depth_max_um=2500, rate_max_mhz=150_000, home_only=0)
    bench.run(1.5)
    if pen.status().tripped:
        pen.reset()
    visit(pen)
    choose(bench, pen)
    arm(pen)
    assert pen.status().state is State.READY
