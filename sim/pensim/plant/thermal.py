"""Heat: winding and housing of the motor (the data sheet's two bodies), handle, nose, thermistors.

Copper loss heats the winding, friction of motor and yoke the housing, work on the skin the nose. The bench
may set the room's temperature, and may lay a body of a fixed temperature on nose or handle.
"""

from __future__ import annotations

import math

from pensim.plant.compiled import compiled
from pensim.plant.records import SLOW_TICKS, TICK_S

SLOW_S = SLOW_TICKS * TICK_S
NOSE_SHARE = 0.5
"""Part of the work on the skin that stays in needles and nose; the other half stays in the skin. [A]"""


@compiled
def heat(state, params, control):
    """Move the temperatures by 1 ms and clear the sums of heat."""
    ambient = params.ambient if math.isnan(control.ambient_c) else control.ambient_c
    inward = (state.winding_c - state.housing_c) / params.winding_to_housing * SLOW_S
    clamped = (state.housing_c - state.handle_c) / params.housing_to_handle * SLOW_S
    bare = (state.housing_c - ambient) / params.housing_to_air * SLOW_S
    held = (state.handle_c - ambient) / params.handle_to_air * SLOW_S
    forward = (state.handle_c - state.nose_c) / params.handle_to_nose * SLOW_S
    cooled = (state.nose_c - ambient) / params.nose_to_air * SLOW_S
    state.winding_c += (state.loss - inward) * params.winding_warmth
    state.housing_c += (state.rub + inward - clamped - bare) * params.housing_warmth
    state.handle_c += (clamped - held - forward) / params.handle_capacity
    state.nose_c += (NOSE_SHARE * state.skin_work + forward - cooled) / params.nose_capacity
    if not math.isnan(control.handle_c):
        state.handle_c = control.handle_c
    if not math.isnan(control.nose_c):
        state.nose_c = control.nose_c
    follow = SLOW_S / params.thermistor_time
    state.nose_sensor_c += (state.nose_c - state.nose_sensor_c) * follow
    state.handle_sensor_c += (state.handle_c - state.handle_sensor_c) * follow
    state.loss = 0.0
    state.rub = 0.0
    state.skin_work = 0.0
