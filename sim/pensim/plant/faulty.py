"""Faults in the compiled loop: is one active, and note that it took effect."""

from __future__ import annotations

from pensim.plant.compiled import compiled


@compiled
def active(faults, target, kind, now_us):
    """Whether the target has this kind of fault now."""
    return faults.of[target].kind == kind and faults.of[target].onset_us <= now_us < faults.of[target].end_us


@compiled
def note(faults, target, now_us):
    """The fault has changed something."""
    if faults.of[target].took_effect == 0:
        faults.of[target].took_effect = 1
        faults.of[target].effect_us = now_us


@compiled
def contact(faults, target, level, any_fault, now_us):
    """A contact's level (0 or 1), or that at which it is stuck."""
    if not any_fault:
        return level
    fault = faults.of[target]
    if fault.kind == 2 and fault.onset_us <= now_us < fault.end_us:
        stuck = fault.value != 0.0
        if stuck != (level != 0):
            note(faults, target, now_us)
        return 1 if stuck else 0
    return level
