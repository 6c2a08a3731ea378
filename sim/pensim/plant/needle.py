"""Needle bar, return spring, the needle holder's compliance and the nose stop of a HOME cartridge.

The bar's protrusion p is positive out of the nose. The tips differ from it by what force and their own mass
bend the holder, and by the HOME cartridge's stop: there an overload spring between bar and needles gives way.
"""

from __future__ import annotations

from pensim.plant.compiled import compiled

STOP_STIFFNESS = 1e6
"""Contact of the needle plate with the nose stop, N/m: stiff, and stable at the plant's step. [A]"""


@compiled
def bar_force(bar, stop, force, params):
    """Force in N on the bar: the skin's, or the overload spring's where the stop (m) holds the needles."""
    over = bar - stop
    if over <= 0.0:
        return force
    return max(force, min(STOP_STIFFNESS * over, params.overload_preload + params.overload_rate * over))


@compiled
def tip_protrusion(bar, force, acceleration, stop, params):
    """Protrusion of the tips in m: bar, less what skin (N) and inertia (m/s2) bend, at most the stop."""
    tip = bar - (force + params.needle_mass * acceleration) * params.compliance
    return min(tip, stop)
