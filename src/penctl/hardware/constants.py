"""The device figures as the firmware's headers carry them: integers, the unit in the name."""

from __future__ import annotations

from collections.abc import Mapping

from penctl.hardware.interlocks import Interlock
from penctl.hardware.pen import Pen


def device_constants(pen: Pen, interlocks: Mapping[int, Interlock]) -> dict[str, int]:
    """Names and values of pen_device.h, from pen.toml and the ready time-out of IL-39."""
    stage, motor, firmware = pen.stage, pen.motor, pen.firmware
    return {
        "PEN_STROKE_UM": pen.yoke.stroke.whole("um"),
        "PEN_STAGE_HOME_UM": stage.home_position.whole("um"),
        "PEN_STAGE_END_UM": stage.end_max.whole("um"),
        "PEN_STAGE_STEP_NM": stage.step.whole("nm"),
        "PEN_STAGE_SPEED_UM_PER_S": stage.speed.whole("um/s"),
        "PEN_DEPTH_MARGIN_UM": firmware.depth_margin.whole("um"),
        "PEN_RATE_MARGIN_PERMILLE": firmware.rate_margin.whole("permille"),
        "PEN_SHAFT_COUNTS": pen.shaft_sensor.counts.whole("1"),
        "PEN_MOTOR_K_UNM_PER_A": motor.torque_constant.whole("uNm/A"),
        "PEN_MOTOR_R_MOHM": motor.resistance.whole("mohm"),
        "PEN_MOTOR_J_1E12_KGM2": motor.rotor_inertia.whole("1e-12kgm2"),
        "PEN_CURRENT_LIMIT_MA": pen.bridge.current_limit.whole("mA"),
        "PEN_C1_TIMEOUT_US": firmware.c1_timeout.whole("us"),
        "PEN_COMMAND_EXPIRY_US": firmware.command_expiry.whole("us"),
        "PEN_READY_TIMEOUT_US": interlocks[39]["timeout_us"],
        "PEN_CLEAR_DELAY_US": pen.stop_paths.clear_delay.whole("us"),
        "PEN_SUPPLY_MIN_MV": pen.battery.supply_min.whole("mV"),
        "PEN_SUPPLY_MAX_MV": pen.battery.supply_max.whole("mV"),
        "PEN_TICK_US": firmware.tick.whole("us"),
        "PEN_BAUD": pen.link.baud.whole("1/s"),
        "PEN_SESSION_EXPIRY_MS": pen.link.expiry.whole("ms"),
        "PEN_PAIRING_HOLD_MS": pen.link.pairing_hold.whole("ms"),
    }
