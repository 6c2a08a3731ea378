"""Running pens for the benchmarks, and how time is taken."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pensim.bench import Bench
from pensim.kernel import Kernel

RUNS = 7
DEPTH_UM, RATE_HZ, PRESS_N, GLIDE_MM_S = 1500, 120.0, 3.0, 20.0


@dataclass(frozen=True)
class Spread:
    """Median, least and largest of repeated runs."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        return cls(float(np.median(values)), min(values), max(values))

    def text(self, digits: int = 0) -> str:
        """The median, and the others in brackets."""
        return f"{self.median:,.{digits}f} ({self.least:,.{digits}f} – {self.most:,.{digits}f})"


def spent_s(act: Callable[[], object]) -> float:
    """Processor time of this thread that `act` takes, s: other programs on the machine do not count."""
    begin_s = time.thread_time()
    act()
    return time.thread_time() - begin_s


def repeated(act: Callable[[], object], scale: Callable[[float], float], runs: int = RUNS) -> Spread:
    """Run `act` once unmeasured, then `runs` times; `scale` turns seconds into the wanted figure."""
    act()
    return Spread.of([scale(spent_s(act)) for _ in range(runs)])


def running_bench(seed: int = 1, skin: str = "typical") -> Bench:
    """A bench whose pen treats skin at 1.5 mm and 120 Hz."""
    bench = Bench(seed, skin)
    pen = bench.pen()
    pen.open_session()
    pen.self_test()
    pen.reference()
    bench.hand.button(True)
    pen.set_mode("clinical")
    bench.hand.button(False)
    pen.set_depth_um(DEPTH_UM)
    pen.set_rate_hz(RATE_HZ)
    pen.arm()
    if skin != "air":
        bench.hand.press(n=PRESS_N)
    bench.hand.hold(True)
    bench.run(0.1)
    pen.start()
    bench.hand.glide(mm_s=GLIDE_MM_S)
    bench.run(0.5)
    return bench


def driven_plant(duty: float = 0.5, skin: str = "typical") -> Kernel:
    """A plant without firmware whose bridge is driven at a constant duty, in skin."""
    kernel = Kernel(seed=1, skin=skin, nominal=True, parameters={"start_depth": DEPTH_UM * 1e-6})
    kernel.fit_cartridge("CLINICAL-12")
    control, outputs = kernel.control, kernel.outputs
    control.hold, control.press_n, control.lifted, control.gap_mm = 1, PRESS_N, 0, 0.0
    control.glide_mm_s = GLIDE_MM_S
    kernel.state.gap = 0.0
    outputs.drive_enable, outputs.stage_enable, outputs.bridge_duty_q15 = 1, 2, round(duty * 32767)
    return kernel
