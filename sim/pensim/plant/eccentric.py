"""Captive Scotch yoke: the crank's angle is the one degree of freedom of motor, yoke and needle bar.

Bar travel z = A (1 - cos theta), A = half the stroke. With J the rotor's inertia and m the bar's mass

    (J + m z'^2) dw/dt + m z' z'' w^2 = torque

One step is a drift of the angle, a change of the speed at the middle of it, and a drift (velocity Verlet).
In the change, w^2 is taken as w0 w1 and all linear damping as its mean, so that the step stays of second
order, is reversible without friction, and needs one division. Coulomb friction is the largest torque that
cannot turn the sign: a crank whose drive is weaker than its friction stops within the step and stays.
"""

from __future__ import annotations

from pensim.plant.compiled import compiled


@compiled
def turn(cos, sin, angle):
    """Cosine and sine after a small angle in rad (below 0.1: error below 1e-11)."""
    square = angle * angle
    small_sin = angle * (1.0 - square * (1.0 / 6.0) * (1.0 - square * (1.0 / 20.0)))
    small_cos = 1.0 - square * 0.5 * (1.0 - square * (1.0 / 12.0) * (1.0 - square * (1.0 / 30.0)))
    return cos * small_cos - sin * small_sin, sin * small_cos + cos * small_sin


@compiled
def speed_after(omega, torque, friction, damping, inertia_per_step, coriolis):
    """Speed in rad/s after one step.

    `torque` at the speed before, without Coulomb `friction`, both N m; `damping` the torque per change of
    speed that linear damping adds to it, N m s; `inertia_per_step` (J + m z'^2)/h and `coriolis` m z' z''.
    """
    drive = omega * inertia_per_step + torque
    if drive > friction:
        drive -= friction
    elif drive < -friction:
        drive += friction
    else:
        return 0.0
    return drive / (inertia_per_step + damping + coriolis * omega)
