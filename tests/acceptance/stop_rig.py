"""Stops over many seeds: a pen runs for a while, is stopped in one of three ways, then is watched."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from acceptance_rig import Plan, treatment

from penctl import Pen
from penctl.protocol import enums
from penctl.protocol.enums import State
from pensim.bench import Bench

WATCH_S = 0.6
DEAD_CENTRE_RAD = 0.35
"""Nearer to the bottom of the stroke than this friction of the crank may hold against the spring."""
DEPTHS_UM = (500, 1000, 1500, 2000, 2500)
RATES_HZ = (50, 75, 100, 120, 150)
SKINS = ("typical", "stiff", "air")


@dataclass(frozen=True)
class StopCase:
    """One stop: times in ms from the act that caused it; None is a moment that did not come in 0.6 s."""

    plan: Plan
    way: str
    drive_off_ms: float
    further_strokes: int
    last_stroke_ms: float | None
    needles_clear_ms: float | None
    rest_ms: float | None
    confirmed_ms: float | None
    """When the firmware left RUN."""
    final_state: State
    warned: bool
    """The firmware told to lift the handpiece."""
    load_n: float
    """Largest needle force of the last five strokes before, N."""
    held_by: str
    """What keeps the needles out of the nose at the end: "", "skin" or "dead centre"."""


def plan_of(seed: int) -> Plan:
    """Depth, rate and skin that belong to this seed: every combination comes within 75 seeds."""
    return Plan(
        seed,
        "clinical",
        DEPTHS_UM[seed % 5],
        RATES_HZ[seed // 5 % 5],
        SKINS[seed // 25 % 3],
    )


def emergency_stop(bench: Bench, pen: Pen) -> None:
    """Push the button: C0."""
    bench.hand.estop(True)


def release_hold(bench: Bench, pen: Pen) -> None:
    """Let go of the hold-to-run switch: C1."""
    bench.hand.hold(False)


def send_stop(bench: Bench, pen: Pen) -> None:
    """Send STOP as the host does: C1."""
    pen.stop()


WAYS = {"emergency stop": emergency_stop, "hold released": release_hold, "STOP": send_stop}


def stop_one(seed: int, way: str, plan: Plan | None = None) -> StopCase:
    """Run the pen of this seed (or plan), stop it in this way at a random moment, and tell what it did."""
    plan = plan or plan_of(seed)
    with treatment(plan) as (bench, pen):
        bench.run(0.35 + random.Random(seed).uniform(0.0, 0.03))
        begin_s = bench.time_s
        load_n = float(bench.strokes["peak_force_n"][-5:].max())
        WAYS[way](bench, pen)
        bench.run(WATCH_S)
        return _told(bench, pen, plan, way, begin_s, load_n)


def _told(bench: Bench, pen: Pen, plan: Plan, way: str, begin_s: float, load_n: float) -> StopCase:
    stop = bench.stops[-1]
    trace = bench.trace.between(begin_s, begin_s + WATCH_S)
    before, here = trace.theta[:-1], trace.theta[1:]
    passed = (before < math.pi) & (here >= math.pi) & (here - before < math.pi)  # not back over the top
    bottoms_s = trace.time_s[1:][passed]
    left = trace.time_s[trace.state != State.RUN]
    warnings = {event["warning"] for event in pen.events if event.name == "EVENT_WARNING"}

    def after_ms(moment_s: float | None) -> float | None:
        return None if moment_s is None else (moment_s - begin_s) * 1e3

    return StopCase(
        plan=plan,
        way=way,
        drive_off_ms=(stop.drive_off_s - begin_s) * 1e3,
        further_strokes=len(bottoms_s),
        last_stroke_ms=after_ms(float(bottoms_s[-1])) if len(bottoms_s) else None,
        needles_clear_ms=after_ms(stop.needles_clear_s),
        rest_ms=after_ms(stop.rest_s),
        confirmed_ms=after_ms(float(left[0])) if len(left) else None,
        final_state=pen.status().state,
        warned=enums.Warning.LIFT_HANDPIECE in warnings,
        load_n=load_n,
        held_by=_held_by(bench),
    )


def _held_by(bench: Bench) -> str:
    state = bench.kernel.state
    if state.tip < 0.0:
        return ""
    return "dead centre" if abs(state.theta - math.pi) < DEAD_CENTRE_RAD else "skin"
