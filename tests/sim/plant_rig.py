"""What the plant's tests share: a pen without firmware whose outputs the test writes itself."""

from __future__ import annotations

import math
from typing import Any

from pensim.kernel import Kernel
from pensim.plant.fault_points import Kind, Target
from pensim.plant.tissue import Layer, Tissue, load_tissue

TICKS_PER_S = 10_000
BARE_MOTOR = {
    "bar_mass": 0.0,
    "needle_mass": 0.0,
    "spring_preload": 0.0,
    "spring_rate": 0.0,
    "yoke_friction": 0.0,
    "bridge_resistance": 0.0,
}
"""The motor as its data sheet knows it: nothing on the shaft, nothing in the leads."""


def plant(depth_mm: float = 1.5, skin: str | Tissue = "air", seed: int = 1, **options: Any) -> Kernel:
    """A pen at a depth, with its hold-to-run switch pressed and a clinical cartridge; the drive is off."""
    nominal = options.pop("nominal", True)
    parameters = {"start_depth": depth_mm * 1e-3, **options.pop("parameters", {})}
    kernel = Kernel(seed=seed, skin=skin, nominal=nominal, parameters=parameters, **options)
    hold_since_ever(kernel)
    kernel.control.tremor = 0.0
    kernel.fit_cartridge("CLINICAL-12")
    return kernel


def hold_since_ever(kernel: Kernel) -> None:
    """The hold-to-run switch is pressed and has long ceased to bounce."""
    state = kernel.state
    kernel.control.hold = state.hold_was = state.hold_contact = 1
    state.released_contact = state.hold_open_ticks = 0


def run(kernel: Kernel, seconds: float) -> None:
    """Let virtual time pass."""
    kernel.advance(round(seconds * TICKS_PER_S))


def press(kernel: Kernel, newton: float = 6.0, glide_mm_s: float = 60.0) -> None:
    """Put the pen on the skin and wait until the hand is there. 60 mm/s gives each stroke fresh skin."""
    kernel.control.press_n = newton
    kernel.control.glide_mm_s = glide_mm_s
    kernel.control.lifted = 0
    run(kernel, 0.12)


def drive(kernel: Kernel, volt: float) -> None:
    """Connect an ideal voltage through the bridge."""
    kernel.control.supply_v = kernel.state.supply = abs(volt)
    kernel.outputs.bridge_duty_q15 = 32767 if volt > 0 else -32767
    kernel.outputs.drive_enable = 1


def bring_to_rate(kernel: Kernel, hz: float, seconds: float = 0.8) -> None:
    """Reach a stroke rate from a supply of 8 V, by a slow regulator on the true rate."""
    wanted = 2.0 * math.pi * hz
    kernel.control.supply_v = 8.0
    kernel.outputs.drive_enable = 1
    duty = 5.4e-3 * wanted / 8.0
    steps = round(seconds / 0.02)
    for _ in range(steps):
        kernel.outputs.bridge_duty_q15 = int(32767 * min(max(duty, 0.0), 1.0))
        turned = angle(kernel)
        run(kernel, 0.02)
        duty += (wanted - (angle(kernel) - turned) / 0.02) * 4e-5


def angle(kernel: Kernel) -> float:
    """Crank angle since the start, rad."""
    return float(kernel.state.revolution * 2.0 * math.pi + kernel.state.theta)


def cut(kernel: Kernel, seconds: float = 1.2) -> Any:
    """Remove the drive's enable, wait, and return the row of the stop log."""
    kernel.outputs.drive_enable = 0
    run(kernel, seconds)
    return kernel.stops()[-1]


def fault(kernel: Kernel, target: Target, kind: Kind, **fields: float) -> Any:
    """Let a part fail from now on; returns its row."""
    row = kernel.faults[target]
    for name, value in {"value": 0.0, "gain": 1.0, "time_s": 0.0, "severity": 1.0, **fields}.items():
        row[name] = value
    row["held"] = 0
    row["took_effect"] = 0
    row["effect_us"] = -1
    row["onset_us"] = kernel.time_us
    row["kind"] = kind
    return row


def constant_load(inserting_n: float, withdrawing_n: float, needles: int = 12) -> Tissue:
    """A load of the motor, not a skin: one force in, one force out, at any depth and speed."""
    figures = dict(load_tissue("typical").figures)
    figures.update(shaft_drag=0.0, cut_drag=0.0, relaxed_part=1.0, bulge=0.0, stiffening_depth=1.0)
    cutting = (inserting_n - withdrawing_n) / needles
    rise = withdrawing_n / needles / 10e-6
    return Tissue(
        (
            Layer("entry", 10e-6, 0.0, cutting, rise, 1e6),
            Layer("rest", 10e-3, 0.0, cutting, 0.0, 1e6),
        ),
        figures,
    )
