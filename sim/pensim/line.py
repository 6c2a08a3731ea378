"""The serial line between host and pen: bytes move at the line's rate, and a cut line loses them."""

from __future__ import annotations

from pensim.plant.compiled import compiled
from pensim.plant.fault_points import Kind, Target
from pensim.plant.faulty import active, note
from pensim.plant.noise import draw, uniform
from pensim.plant.records import CHUNK_BYTES, IN_BYTES, OUT_BYTES

TO_PEN, TO_HOST = int(Target.LINE_TO_PEN), int(Target.LINE_TO_HOST)
OFF, GARBAGE = int(Kind.OFF), int(Kind.GARBAGE)


@compiled
def noisy(state, faults, target, byte, now_us):
    """The byte as it arrives on a line that may change it."""
    fault = faults.of[target]
    if uniform(draw(state)) >= fault.severity:
        return byte
    note(faults, target, now_us)
    return byte ^ (1 + int(uniform(draw(state)) * 255.0))


@compiled
def to_pen(state, control, faults, line, per_tick, any_fault, now_us):
    """Move the bytes of one tick from the host's ring into the chunk; returns how many arrived."""
    ring, chunk = line.in_ring, line.in_chunk
    waiting = state.in_head - state.in_tail
    if waiting == 0:
        state.in_credit = 0.0
        return 0
    state.in_credit += per_tick
    count = min(int(state.in_credit), waiting, CHUNK_BYTES)
    state.in_credit = min(state.in_credit - count, 1.0)
    mask = IN_BYTES - 1
    garbage = any_fault and active(faults, TO_PEN, GARBAGE, now_us)
    for k in range(count):
        byte = int(ring[(state.in_tail + k) & mask])
        chunk[k] = noisy(state, faults, TO_PEN, byte, now_us) if garbage else byte
    state.in_tail += count
    if any_fault and active(faults, TO_PEN, OFF, now_us):
        note(faults, TO_PEN, now_us)
        return 0
    return count if control.link_up else 0


@compiled
def room_to_host(state, per_tick):
    """Bytes that the line takes from the pen in this tick."""
    state.out_credit += per_tick
    return int(state.out_credit)


@compiled
def to_host(state, control, faults, line, count, any_fault, now_us):
    """Move `count` bytes that the pen has sent into the host's ring; a full ring loses them."""
    ring, chunk = line.out_ring, line.out_chunk
    state.out_credit = min(state.out_credit - count, 1.0)
    if count == 0 or not control.link_up:
        return
    if any_fault and active(faults, TO_HOST, OFF, now_us):
        note(faults, TO_HOST, now_us)
        return
    mask = OUT_BYTES - 1
    garbage = any_fault and active(faults, TO_HOST, GARBAGE, now_us)
    for k in range(count):
        if state.out_head - state.out_tail > mask:
            state.out_lost += 1
            continue
        byte = int(chunk[k])
        ring[state.out_head & mask] = noisy(state, faults, TO_HOST, byte, now_us) if garbage else byte
        state.out_head += 1
