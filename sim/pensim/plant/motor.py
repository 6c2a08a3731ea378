"""Stroke motor: winding and copper.

The winding is L di/dt = V - R i - k w. Over one step V is constant and w is taken at its mean, so that the
current is an exponential and is integrated exactly, however short L/R (25 us) is against the step:

    i(h)    = decay i(0) + ohm_end (V - k w)        decay = exp(-h R/L),  ohm_end = (1 - decay)/R
    mean(i) = lag i(0) + ohm_mean (V - k w)         lag = (1 - decay) L/(R h),  ohm_mean = (1 - lag)/R
"""

from __future__ import annotations

import math

from pensim.plant.compiled import compiled


@compiled
def winding(resistance, inductance, step):
    """Coefficients (decay, lag, 1/R) of a winding of R in ohm and L in H over a step in s."""
    decay = math.exp(-step * resistance / inductance)
    lag = (1.0 - decay) * inductance / (resistance * step)
    return decay, lag, 1.0 / resistance


@compiled
def warm_winding(state, params, step):
    """Set the winding's resistance at its temperature, and its coefficients with bridge and with short."""
    rise = state.winding_c - params.data_temperature
    state.resistance = params.resistance * (1.0 + params.copper_coefficient * rise)
    driven = winding(state.resistance + params.bridge_resistance, params.inductance, step)
    state.drive_decay, state.drive_lag, state.drive_ohm = driven
    shorted = winding(state.resistance + params.short_resistance, params.inductance, step)
    state.short_decay, state.short_lag, state.short_ohm = shorted
