"""Needles in layered skin: indentation, puncture, cutting with friction, retraction with the skin tenting.

The tip lies at y below the undisturbed surface. The skin around the needles is pushed by u (down is
positive) and the tip has penetrated it by q, so y = u + q + force x compliance. Skin has no mass here: at
every step the elastic force

    F = K(q) u (1 + |u|/u0) - r        r: what has relaxed (quasi-linear viscoelasticity, one time constant)

is in balance with what holds the tip (return mapping, as in plasticity): inside its hole the tip slides when
|F| passes the wall's friction, at the bottom of the hole it must besides puncture an edge or cut, and it is
pulled up by at most the friction: then the skin tents. K, cutting and friction of one needle at depth q come
from a table of the layers.

Remembered between strokes: the hole's depth and pierced edges at this site, and r. Not modelled: one needle
differing from the other, sideways force of a dragged needle, closing of the holes, blood.
"""

from __future__ import annotations

from pensim.plant.compiled import compiled

BINS_PER_M = 1e5
CUT, FRICTION, STIFFNESS = 0, 1, 2
EDGE_DEPTH, EDGE_FORCE = 0, 1
ROWS = 2000
"""Rows of the table: 20 mm of depth."""
EDGES = 8
LAST_ROW = ROWS - 2


@compiled
def push(y, speed, step, ahead, force, q, hole, edge, needles, relaxing, skin, slide, cut_drag, factor):
    """Force on all needles in N and the new (q, hole, edge), once the tip has come to y (m) at `speed` (m/s).

    `ahead` is by how much (m) a whole step at the speed of now exceeds the step that was made: it makes the
    viscous forces those of now. `force` is that of the step before; `slide` and `cut_drag` are the viscous
    forces per m of movement in one step: of the shaft, N/m per m inside the skin, and of the cutting edge,
    N/m; `factor` multiplies puncture forces.
    """
    place = q * BINS_PER_M
    row = min(int(place), LAST_ROW)
    part = place - row
    rise = skin.table[row + 1, FRICTION] - skin.table[row, FRICTION]
    hold = needles * (skin.table[row, FRICTION] + part * rise)
    slope = needles * rise * BINS_PER_M
    stiffness = skin.table[row, STIFFNESS] + part * (
        skin.table[row + 1, STIFFNESS] - skin.table[row, STIFFNESS]
    )
    before = force
    u = y - before * skin.compliance - q
    stretch = abs(u) * skin.stiffening
    tangent = stiffness * (1.0 + 2.0 * stretch)
    bend = tangent * skin.compliance
    yielding = 1.0 - bend * (1.0 - bend)
    force = before + (stiffness * u * (1.0 + stretch) - relaxing - before) * yielding
    tangent *= yielding
    drag = needles * slide * max(q + speed * step, 0.0)
    if force > hold:
        if q < hole:
            move = max(force - hold - drag * ahead, 0.0) / (tangent + slope + drag)
            if move < hole - q:
                return force - tangent * move, q + move, hole, edge
            force -= tangent * (hole - q)
            hold += slope * (hole - q)
            q = hole
        if q >= skin.edges[edge, EDGE_DEPTH]:
            quick = factor / (1.0 + max(speed, 0.0) * skin.puncture_speed_inverse)
            limit = hold + needles * skin.edges[edge, EDGE_FORCE] * quick
            if force <= limit:
                return force, q, hole, edge
            edge += 1
            slow = max(force - before, 1e-9) / min(force - limit, max(force - before, 1e-9))
            drag *= slow
            cut_drag *= slow
        hold += needles * (skin.table[row, CUT] + part * (skin.table[row + 1, CUT] - skin.table[row, CUT]))
        if force > hold:
            drag += needles * cut_drag
            move = max(force - hold - drag * ahead, 0.0) / (tangent + slope + drag)
            move = min(move, skin.edges[edge, EDGE_DEPTH] - q)
            return force - tangent * move, q + move, q + move, edge
    elif force < -hold:
        move = min(force + hold - drag * ahead, 0.0) / (max(tangent - slope, 0.1 * tangent) + drag)
        if q + move <= 0.0:
            return 0.0, 0.0, hole, edge
        return force - tangent * move, q + move, hole, edge
    return force, q, hole, edge


@compiled
def relax(state, skin, duration):
    """Let the skin's memory follow its force for `duration` s, and find where its surface would lie free."""
    elastic = state.force + state.relaxing
    state.relaxing += (skin.relaxing_part * elastic - state.relaxing) * (duration * skin.relaxing_rate)
    slope = skin.surface_stiffness
    root = (1.0 + 4.0 * skin.stiffening * max(state.relaxing, 0.0) / slope) ** 0.5
    state.surface = 2.0 * max(state.relaxing, 0.0) / (slope * (1.0 + root))


@compiled
def wear(state, skin):
    """Set by what a worn tip multiplies puncture forces: (r/r_ref)^a, r = r_new (1 + punctures/n)."""
    radius = skin.tip_radius * (1.0 + state.punctures / skin.wear_punctures)
    state.puncture_factor = (radius / skin.tip_radius_reference) ** skin.tip_exponent


@compiled
def move_site(state, needle_diameter):
    """Bring fresh skin under needles that are out of it after a glide by more than their diameter."""
    if state.penetration <= 0.0 and abs(state.glide - state.site) > needle_diameter:
        state.site = state.glide
        state.hole = 0.0
        state.edge = 0
