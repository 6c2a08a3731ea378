"""A treatment on the bench, for the acceptance tests. No limit comes from here: tests write literals."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from penctl import Pen
from penctl.protocol.enums import State
from pensim.bench import Bench
from pensim.firmware import Firmware


@dataclass(frozen=True)
class Plan:
    """One treatment: where, how deep, how fast, on what skin and with how much supply."""

    seed: int
    mode: str
    depth_um: int
    rate_hz: float
    skin: str = "typical"
    press_n: float = 3.0
    supply_v: float = 0.0
    """An ideal supply of this voltage at the bridge; 0 is the battery."""
    nose_stop: bool = True
    """False: the nose stop of a HOME cartridge is broken away, so that the pen alone holds the depth."""
    winding_c: float = 0.0
    """The winding starts this hot, in °C; 0 is the room's temperature."""
    nominal: bool = False

    @property
    def cartridge(self) -> str:
        return self.mode.upper()


def ready(bench: Bench, plan: Plan) -> Pen:
    """Open, test, reference, set and arm the pen of this bench."""
    control = bench.kernel.control
    control.supply_v = plan.supply_v
    if not plan.nose_stop:
        control.stop_mechanical_um = 0.0
    pen = bench.pen()
    pen.open_session()
    pen.self_test()
    pen.reference()
    bench.hand.button(True)
    bench.run(0.05)
    pen.set_mode(plan.mode)
    pen.set_depth_um(plan.depth_um)
    pen.set_rate_hz(plan.rate_hz)
    pen.arm()
    return pen


def start(bench: Bench, pen: Pen, plan: Plan) -> None:
    """Press, hold and start; the pen is in RUN afterwards and the hand glides."""
    if plan.skin != "air":
        bench.hand.press(n=plan.press_n)
    bench.hand.hold(True)
    bench.run(0.03)
    if plan.winding_c:
        bench.kernel.state.winding_c = plan.winding_c
    pen.start()
    bench.hand.glide(mm_s=20.0)


@contextmanager
def treatment(plan: Plan, firmware: Firmware | None = None) -> Iterator[tuple[Bench, Pen]]:
    """A bench whose pen runs as planned."""
    with Bench(
        plan.seed, plan.skin, cartridge=plan.cartridge, firmware=firmware, nominal=plan.nominal
    ) as bench:
        pen = ready(bench, plan)
        start(bench, pen, plan)
        yield bench, pen


def still_running(pen: Pen) -> bool:
    """In RUN, and no trip since the opening."""
    return pen.status().state is State.RUN and not pen.trips


def strokes_of(plan: Plan, seconds: float, firmware: Firmware | None = None) -> np.ndarray:
    """Every stroke from START on of a treatment that runs for `seconds` on the skin without a trip."""
    with treatment(plan, firmware) as (bench, pen):
        bench.run(seconds)
        assert still_running(pen), f"{plan}: {pen.status().trip}"
        return bench.strokes


def treat_as_people_do(bench: Bench, pen: Pen, seconds: float, seed: int) -> None:
    """Press, glide and lift as a hand does, drawn from `seed`; ends early at a trip."""
    draw = random.Random(seed)
    end_s = bench.time_s + seconds
    while (left_s := end_s - bench.time_s) > 0.0 and not pen.trips:
        bench.hand.press(n=draw.uniform(1.0, 5.0))
        bench.hand.glide(mm_s=draw.uniform(5.0, 50.0))
        bench.run(min(left_s, draw.uniform(1.0, 6.0)))
        bench.hand.lift()
        bench.run(min(max(0.0, end_s - bench.time_s), draw.uniform(0.1, 0.6)))


def mean_rate_hz(strokes: np.ndarray) -> float:
    """Mean over whole strokes, Hz."""
    return (len(strokes) - 1) / ((strokes["end_us"][-1] - strokes["end_us"][0]) * 1e-6)
