"""The same plant in scipy's solve_ivp, and in plain Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from pens import RUNS, Spread, driven_plant, running_bench, spent_s
from scipy.integrate import solve_ivp

from pensim.kernel import Kernel

TICK_S = 1e-4
TWO_PI = 2.0 * np.pi
LOAD_N, WITHDRAWAL = 5.0, 0.4
SPEED_GAIN, INTEGRAL = 8e-3, 1.5
"""Volt per rad/s and volt per rad of the zero-order-hold speed controller of this comparison."""
RTOL, ATOL = 1e-6, (1e-6, 1e-4, 1e-5)
SMOOTH_RAD_S = 0.5
"""Coulomb friction is smoothed over this speed: a step in the right side would stop an adaptive solver."""
PYTHON_SECONDS = 0.2


class Equations:
    """Motor, yoke, return spring and a load while inserting, with the nominal pen's figures, in SI units."""

    def __init__(self, kernel: Kernel, load_n: float = LOAD_N, smooth_rad_s: float = SMOOTH_RAD_S) -> None:
        p = kernel.params
        self.k, self.inductance, self.inertia = p.torque_constant, p.inductance, p.inertia
        self.resistance = kernel.state.resistance + p.bridge_resistance
        self.half, self.mass = 0.5 * p.stroke, p.bar_mass
        self.preload, self.rate = p.spring_preload, p.spring_rate
        self.coulomb, self.rubbing = p.friction_torque, p.yoke_friction * 0.5 * p.stroke
        self.load_n, self.depth, self.smooth_rad_s = load_n, kernel.state.depth, smooth_rad_s

    def skin_n(self, bar: float, speed: float) -> float:
        """The stated load: 5 N while the needles go in, growing over 0.5 mm; 0.4 of it holds them back."""
        part = min(max(bar, 0.0) / 0.5e-3, 1.0) * self.load_n
        return part if speed > 0.0 else -WITHDRAWAL * part

    def __call__(self, _: float, y: Any, volts: float) -> tuple[float, float, float]:
        theta, omega, current = y
        cos, sin = float(np.cos(theta)), float(np.sin(theta))
        lever = self.half * sin
        axial = self.preload + self.rate * self.half * (1.0 - cos)
        if self.load_n:
            axial += self.skin_n(self.depth - self.half * (1.0 + cos), sin * omega)
        pin = abs((axial + self.mass * self.half * cos * omega * omega) * cos)
        friction = (self.coulomb + self.rubbing * pin) * float(np.tanh(omega / self.smooth_rad_s))
        torque = (
            self.k * current - lever * axial - self.mass * lever * self.half * cos * omega * omega - friction
        )
        change = (volts - self.resistance * current - self.k * omega) / self.inductance
        return omega, torque / (self.inertia + self.mass * lever * lever), change


def controlled(equations: Equations, seconds: float, rate_hz: float = 120.0, method: str = "LSODA") -> Any:
    """A controller that holds its voltage for a tick of 100 us, and the solver from tick to tick."""
    y = np.zeros(3)
    volts = integral = 0.0
    for _ in range(round(seconds / TICK_S)):
        error = TWO_PI * rate_hz - y[1]
        integral = min(max(integral + INTEGRAL * error * TICK_S, -8.4), 8.4)
        wanted = equations.k * TWO_PI * rate_hz + SPEED_GAIN * error + integral
        reach = equations.resistance * 2.0
        volts = min(max(wanted, equations.k * y[1] - reach), equations.k * y[1] + reach, 8.4)
        y = solve_ivp(equations, (0.0, TICK_S), y, method, args=(volts,), rtol=RTOL, atol=ATOL).y[:, -1]
    return y


def solve_ivp_factor(seconds: float = 0.05) -> dict[str, Spread]:
    """Times real time of solve_ivp, with the zero-order hold of the controller, for its quicker methods."""
    equations = Equations(driven_plant())
    return {
        method: Spread.of(
            [
                seconds / spent_s(lambda m=method: controlled(equations, seconds, method=m))
                for _ in range(RUNS)
            ]
        )
        for method in ("LSODA", "RK45")
    }


def plain_python_factor() -> Spread:
    """Times real time of the same functions, uncompiled, with the same firmware: a child without numba."""
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, str(Path(__file__).resolve()), "--plain"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=600)
    return Spread.of(json.loads(done.stdout))


def let_records_have_attributes() -> None:
    """Give the kernel arrays whose records have attributes in Python too, as numba's have."""
    from pensim import kernel

    def named(make: Any) -> Any:
        def made(*a: Any, **k: Any) -> Any:
            array = make(*a, **k)
            return array.view(np.recarray) if array.dtype.names else array

        return made

    class NamedNumpy:
        zeros = staticmethod(named(np.zeros))

        def __getattr__(self, name: str) -> Any:
            return getattr(np, name)

    kernel.np = NamedNumpy()  # type: ignore[assignment]
    for name in ("draw_parameters", "no_faults", "skin_record"):
        setattr(kernel, name, named(getattr(kernel, name)))


def run_plain() -> None:
    """In the child: the loop as Python runs it, to the same running pen, then some strokes measured."""
    import ctypes

    from pensim import loop

    def caller(count: int, result: Any) -> Any:
        kind = ctypes.CFUNCTYPE(result, *[ctypes.c_int64] * count)
        known: dict[int, Any] = {}
        return lambda address, *a: known.setdefault(int(address), kind(int(address)))(*map(int, a))

    warnings.simplefilter("ignore")
    loop.ask_1, loop.call_3 = caller(1, ctypes.c_int64), caller(3, None)
    loop.ask_3 = caller(3, ctypes.c_int64)
    let_records_have_attributes()
    bench = running_bench()
    factors = [PYTHON_SECONDS / spent_s(lambda: bench.run(PYTHON_SECONDS)) for _ in range(5)]
    assert bench.kernel.outputs.state == 4
    print(json.dumps(factors))


if __name__ == "__main__" and "--plain" in sys.argv:
    run_plain()
