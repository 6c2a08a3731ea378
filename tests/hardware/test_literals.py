"""The hard limits and the pen's promised figures, as literals: a typo in hardware/ must fail here."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import pytest

from penctl import hardware
from penctl.hardware.reserve import needed, required_cases


def test_home_is_limited_to_a_quarter_of_a_millimetre_and_100_hz() -> None:
    """Requirement: HOME, depth 0 to 0.25 mm, stroke rate 50 to 100 Hz."""
    home = hardware.load_limits()["HOME"]
    assert (home.depth_min_um, home.depth_max_um) == (0, 250)
    assert (home.rate_min_mhz, home.rate_max_mhz) == (50_000, 100_000)


def test_clinical_is_limited_to_two_and_a_half_millimetres_and_150_hz() -> None:
    """Requirement: CLINICAL, depth 0 to 2.5 mm, stroke rate 50 to 150 Hz."""
    clinical = hardware.load_limits()["CLINICAL"]
    assert (clinical.depth_min_um, clinical.depth_max_um) == (0, 2500)
    assert (clinical.rate_min_mhz, clinical.rate_max_mhz) == (50_000, 150_000)


def test_the_rates_are_marked_as_proposed() -> None:
    """Requirement: a figure that nobody has published carries the mark D."""
    for mode in hardware.load_limits().modes:
        assert mode.rate_mark is hardware.Mark.DECIDED
        assert mode.depth_mark is hardware.Mark.READ


def test_the_limits_hash_is_of_the_canonical_lines() -> None:
    """Requirement: host and device share the table of hard limits by its hash."""
    text = "HOME,0,250,50000,100000\nCLINICAL,0,2500,50000,150000\n"
    assert hardware.limits_hash(hardware.load_limits()) == hashlib.sha256(text.encode()).digest()


def test_every_cartridge_stops_at_or_above_its_modes_limit_and_never_beyond() -> None:
    """Requirement: a HOME cartridge is mechanically limited to 0.25 mm, none reaches beyond 2.5 mm."""
    stops = {"HOME": 250, "CLINICAL": 2500}
    cartridges = hardware.load_cartridges()
    assert {each.kind for each in cartridges.values()} == set(stops)
    for cartridge in cartridges.values():
        assert cartridge.stop_um == stops[cartridge.kind]


def test_the_reference_pen_is_the_one_that_was_specified() -> None:
    """Requirement: 1331-006 SR motor, yoke of 3.0 mm, two cells, empty at 7.0 V loaded at the bridge."""
    pen = hardware.load_pen()
    assert pen.motor.type == "Faulhaber 1331-006 SR"
    assert pen.yoke.stroke.to("mm") == 3.0
    assert (pen.battery.cells.value, pen.battery.full_voltage.si, pen.battery.empty_voltage.si) == (
        2,
        8.4,
        7.0,
    )
    assert pen.needle_bar.mass.to("g") == 2.0
    assert (pen.needle_bar.spring_preload.si, pen.needle_bar.spring_rate.to("N/mm")) == (1.0, 0.4)
    assert pen.yoke.friction_coefficient.si == 0.03
    assert pen.bridge.current_limit.to("mA") == 2300


def test_the_motors_data_sheet_agrees_with_itself() -> None:
    """Requirement: a mistyped motor figure shows, because the data sheet says some of it twice."""
    motor = hardware.load_pen().motor
    k = motor.torque_constant.si
    assert k * motor.no_load_current.si == pytest.approx(motor.friction_torque.si, rel=0.03)
    assert motor.resistance.si * motor.rotor_inertia.si / k**2 == pytest.approx(
        motor.mechanical_time_constant.si, rel=0.03
    )
    assert k * motor.nominal_voltage.si / motor.resistance.si == pytest.approx(
        motor.stall_torque.si, rel=0.03
    )
    idle_v = motor.nominal_voltage.si - motor.resistance.si * motor.no_load_current.si
    assert idle_v / k / 6.283185 == pytest.approx(motor.no_load_speed.si, rel=0.02)


def test_the_firmware_gets_whole_numbers_in_the_units_of_their_names() -> None:
    """Requirement: the figures in the firmware's headers are those of the pen, without rounding errors."""
    constants = hardware.device_constants(hardware.load_pen(), hardware.load_interlocks())
    assert constants["PEN_STROKE_UM"] == 3000
    assert constants["PEN_STAGE_HOME_UM"] == -500
    assert constants["PEN_STAGE_END_UM"] == 2700
    assert constants["PEN_STAGE_STEP_NM"] == 3125
    assert constants["PEN_MOTOR_K_UNM_PER_A"] == 5350
    assert constants["PEN_MOTOR_R_MOHM"] == 2830
    assert constants["PEN_MOTOR_J_1E12_KGM2"] == 71_000
    assert constants["PEN_C1_TIMEOUT_US"] == 100_000
    assert constants["PEN_COMMAND_EXPIRY_US"] == 200_000
    assert constants["PEN_READY_TIMEOUT_US"] == 120_000_000
    assert constants["PEN_BAUD"] == 921_600
    assert all(type(value) is int for value in constants.values())


def test_the_promised_load_cases_are_150_hz_at_1_5_mm_and_120_hz_at_2_5_mm_with_5_newtons() -> None:
    """Requirement: what the reserve is shown for is what was promised."""
    cases = [(need.rate_hz, need.depth_mm, need.force_n) for need in required_cases(hardware.load_pen())]
    assert cases == [(150.0, 1.5, 5.0), (120.0, 2.5, 5.0)]


@pytest.mark.parametrize(
    ("rate_hz", "depth_mm", "volts"), [(150, 1.5, 6.70), (120, 2.5, 6.75), (150, 2.5, 7.60)]
)
def test_the_hot_motor_needs_the_voltage_of_an_independent_calculation(
    rate_hz: float, depth_mm: float, volts: float
) -> None:
    """Requirement: the reserve agrees within 3 % with a first calculation, done apart for a plain slot."""
    pen = hardware.load_pen()
    slot = dataclasses.replace(pen.yoke.friction_coefficient, value=0.12)
    plain = dataclasses.replace(pen, yoke=dataclasses.replace(pen.yoke, friction_coefficient=slot))
    need = needed(plain, rate_hz, depth_mm, 5.0, 125.0)
    assert need.voltage_v == pytest.approx(volts, rel=0.03)


def test_the_page_of_figures_is_what_the_data_gives(source_root: Path) -> None:
    """Requirement: docs/hardware.md is written from hardware/, never by hand."""
    from penctl.hardware.document import markdown

    assert (source_root / "docs" / "hardware.md").read_text(encoding="utf-8") == markdown(
        source_root / "hardware"
    )
