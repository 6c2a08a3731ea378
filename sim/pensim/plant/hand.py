"""The operator's hand: press with tremor, glide, lift.

Tremor of the hand is 8 to 12 Hz; here a resonance driven by noise. The nose carries the hand's press less
the mean force on the needles: above its resonance with the skin, about 30 Hz, the pen's mass takes up the
stroke's ripple. The recoil of the pen itself, some 30 um at 100 Hz under 5 N for a pen of 150 g, is not
modelled.
"""

from __future__ import annotations

import math

from pensim.plant.compiled import compiled
from pensim.plant.noise import draw, normal
from pensim.plant.records import SLOW_TICKS, TICK_S

SLOW_S = SLOW_TICKS * TICK_S
TREMOR_DAMPING = 0.15
"""Relative damping of the tremor's resonance. [A]"""
FORCE_SMOOTHING = 0.1
"""Part by which the mean needle force follows in 1 ms: 10 ms, a stroke at 100 Hz. [D]"""


@compiled
def move_hand(state, control, skin, sensed):
    """Move the hand by 1 ms."""
    frequency = 2.0 * math.pi * skin.tremor_hz
    gain = math.sqrt(4.0 * TREMOR_DAMPING * frequency**3 * SLOW_S)
    kick = gain * normal(sensed.normals, draw(state), 0)
    pull = -frequency * frequency * state.tremor - 2.0 * TREMOR_DAMPING * frequency * state.tremor_rate
    state.tremor_rate += pull * SLOW_S + kick
    state.tremor += state.tremor_rate * SLOW_S
    wanted = control.gap_mm * 1e-3 if control.lifted else 0.0
    reach = skin.lift_speed * SLOW_S
    state.gap += min(max(wanted - state.gap, -reach), reach)
    state.glide += control.glide_mm_s * 1e-3 * SLOW_S
    state.force_mean += (state.force - state.force_mean) * FORCE_SMOOTHING
    if state.gap > 0.0:
        state.press = 0.0
        state.nose_force = 0.0
        return
    shake = control.tremor * skin.tremor_part * state.tremor
    state.press = max(control.press_n * (1.0 + shake), 0.0)
    state.nose_force = max(state.press - state.force_mean, 0.0)
