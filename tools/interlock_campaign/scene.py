"""What the runs of one stimulus differ in: pen, skin, mode, depth, rate and load, and how each run begins."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from interlock_rig import TICK_S, Rig

SCENES = 12
CLINICAL_UM = (300, 800, 1000, 1500, 2000)
HOME_UM = (100, 150)
FAST_HZ = (100.0, 110.0, 125.0, 140.0, 150.0)
SLOW_HZ = (50.0,)
ALL_HZ = (50.0, 70.0, 90.0, *FAST_HZ)
SKINS = ("typical", "typical", "stiff")
PRESS_N = {"clinical": (1.5, 6.0), "home": (1.0, 3.5)}
SETTLE_S = 0.05


@dataclass(frozen=True)
class Conditions:
    """From which the scenes of a stimulus are drawn."""

    mode: str = "clinical"
    depths_um: tuple[int, ...] = CLINICAL_UM
    rates_hz: tuple[float, ...] = ALL_HZ
    skins: tuple[str, ...] = SKINS
    bench: dict[str, Any] = field(default_factory=dict)
    state: str = "RUN"


@dataclass(frozen=True)
class Scene:
    """One pen on one skin, as it is set."""

    seed: int
    skin: str
    mode: str
    depth_um: int
    rate_hz: float
    bench: dict[str, Any]

    def rig(self) -> Rig:
        """That pen, just switched on."""
        return Rig(self.seed, skin=self.skin, **self.bench)

    @property
    def limit_um(self) -> int:
        """Deepest depth that is allowed: 0.1 mm above the set depth, never above the mode's cap."""
        return min(self.depth_um + 100, 2500 if self.mode == "clinical" else 250)

    @property
    def limit_hz(self) -> float:
        """Highest rate that is allowed: 10 % above the set rate, never above the mode's cap."""
        return min(self.rate_hz * 1.1, 150.0 if self.mode == "clinical" else 100.0)


def scenes(conditions: Conditions, draw: np.random.Generator, count: int = SCENES) -> list[Scene]:
    """So many scenes; every depth and rate of the conditions comes up about equally often."""
    depths = draw.permutation(np.resize(conditions.depths_um, count))
    rates = draw.permutation(np.resize(conditions.rates_hz, count))
    skins = draw.permutation(np.resize(conditions.skins, count))
    return [
        Scene(
            seed=int(draw.integers(1, 1 << 31)),
            skin=str(skin),
            mode=conditions.mode,
            depth_um=int(depth),
            rate_hz=float(rate),
            bench=conditions.bench,
        )
        for depth, rate, skin in zip(depths, rates, skins, strict=True)
    ]


def prepare(scene: Scene, state: str) -> Rig:
    """A rig in RUN for 0.3 s, or in READY."""
    rig = scene.rig()
    if state == "RUN":
        return rig.running(scene.mode, scene.depth_um, scene.rate_hz)
    return rig.ready(scene.mode, scene.depth_um, scene.rate_hz)


def vary(rig: Rig, scene: Scene, draw: np.random.Generator) -> None:
    """Another load, and another moment of the stroke, to the tick."""
    low, high = PRESS_N[scene.mode]
    if not rig.bench.kernel.control.lifted:
        rig.bench.hand.press(n=float(draw.uniform(low, high)))
    phase_s = TICK_S * int(draw.integers(0, round(1.0 / scene.rate_hz / TICK_S) + 1))
    rig.bench.run(SETTLE_S + phase_s)
