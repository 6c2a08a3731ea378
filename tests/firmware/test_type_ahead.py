"""Type-ahead: however fast commands come, the pen ends where somebody who waits could have brought it.

The invariant, for any bursts of commands with STOP among them, any pauses, and any acts of the hand between:

1. A slow operator who sends only what the fast one's pen took, in the order of sending, each when the pen has
   come to rest, is refused nothing, and his pen ends in the same state, mode and setpoints, with the same
   trip and conditions, the drive and the stage where those of the fast one are.
2. What was sent before a STOP moves nothing after it: no READY, no RUN, no stage that goes out, until a
   command is taken that was sent after it.
3. The motor has voltage in RUN and STOPPING only; the proof of the shut-off path gives it none.
4. STOP acts within 10 ms wherever it stands in a burst, and the drive is off 100 ms after that at the latest.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from compiled import compile_once
from guard_rig import copy_core
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from type_ahead import STOP, Act, Burst, Command, Hand, Operator, Pause, Rig, Sent, assert_drive_off

from penctl.protocol.enums import Reason, State
from pensim.firmware import Firmware

pytestmark = pytest.mark.long

STOPPED_S, OFF_S = 0.010, 0.102  # C1 may take its whole time of 100 ms when the stroke has only begun
DELAYS_S = (0.0, 0.0005, 0.002, 0.02)
AFTER_STOP = (State.OFF, State.STANDBY, State.STOPPING, State.SAFE, State.SELF_TEST)
DRIVEN = (
    State.RUN,
    State.STOPPING,
    State.SELF_TEST,
)  # the self-test proves the shut-off path, without voltage
BEGIN = ("standby", "ready", "running", "safe")


def command(name: str, **fields: object) -> Command:
    return Command(name, tuple(fields.items()))


VISITS = [command("BEGIN_VISIT", visit_id=bytes([n]) * 8, person=bytes([n]) * 16, day=2150) for n in (1, 2)]
COMMANDS = [
    *(command(name) for name in ("ARM", "START", STOP, "ARM", "START", STOP)),
    *(command(name) for name in ("SELF_TEST", "REFERENCE", "GET_STATUS", "GET_CARTRIDGE", "END_VISIT")),
    *(command("SET_MODE", mode=mode) for mode in (1, 2, 3)),
    *(command("SET_DEPTH", depth_um=depth) for depth in (200, 900, 1000, 2500, 2501)),
    *(command("SET_RATE", rate_mhz=rate) for rate in (80_000, 110_000, 150_001)),
    *(command("RESET", interlock=interlock) for interlock in (1, 7)),
    *VISITS,
]
bursts = st.lists(st.sampled_from(COMMANDS), min_size=1, max_size=6).map(tuple)
hands = st.builds(Hand, st.just("hold"), st.booleans())
pauses = st.sampled_from([0.0, 0.0003, 0.002, 0.005, 0.03, 0.15, 0.5]).map(Pause)
PHASES = (Phase.explicit, Phase.generate)  # a play is short, and shrinking it takes longer than reading it
plays: st.SearchStrategy[list[Act | Burst]] = st.lists(
    st.one_of(bursts, bursts, pauses, hands), min_size=1, max_size=7
)


def assert_stops_are_kept(rig: Rig, done: list[Sent], begun_s: float) -> None:
    """Parts 2, 3 and 4 of the invariant, from the trace of the fast operator's pen."""
    trace = rig.bench.trace.between(begun_s, rig.now_s + 1.0)
    assert len(trace)
    assert trace.time_s[0] <= begun_s + 0.002, "the trace does not reach back"
    wrong = (trace.drive_on != 0) & (trace.duty_q15 != 0) & ~np.isin(trace.state, DRIVEN)
    assert not (wrong[1:] & wrong[:-1]).any(), "the drive has voltage in a wrong state"
    for place, sent in enumerate(done):
        if not isinstance(sent.act, Command) or sent.act.name != STOP:
            continue
        later = [other.at_s for other in done[place + 1 :] if other.taken]
        until_s = min(later, default=rig.now_s)
        if until_s <= sent.at_s + STOPPED_S + OFF_S:
            continue
        after = trace.between(sent.at_s + STOPPED_S, until_s)
        states = {State(int(state)).name for state in set(after.state)}
        assert states <= {state.name for state in AFTER_STOP}, f"{states} after a STOP"
        assert not trace.between(sent.at_s + STOPPED_S + OFF_S, until_s).drive_on.any()
        assert (after.stage_um - after.stage_um[0]).max() < 5.0, "the stage goes out after a STOP"


def check(acts: list[Act | Burst], begin: str, byte_s: float = 0.0, firmware: Firmware | None = None) -> None:
    """The whole invariant for one play."""
    options = {"trace_decimation": 10, **({"firmware": firmware} if firmware else {})}
    fast = Operator(Rig(3, **options), begin)
    done = fast.play(acts, byte_s)
    assert_stops_are_kept(fast.rig, done, fast.begun_s)
    stands = fast.stands()
    assert_drive_off(fast.rig)
    seen = []
    for least_s in DELAYS_S:
        slow = Operator(Rig(3, **options), begin)
        again = slow.repeat(done, fast.begun_s, least_s)
        refused = [sent for sent in again if sent.reason not in (None, Reason.NONE)]
        seen.append(refused or slow.stands())
        assert_drive_off(slow.rig)
        if seen[-1] == stands:
            return
    raise AssertionError(f"the fast operator's pen {stands}, the slow one's {seen}")


STOP_NOW = command(STOP)
AHEAD_OF_STOP: list[Burst] = [
    (command("REFERENCE"), STOP_NOW),
    (command("SELF_TEST"), STOP_NOW),
    (command("ARM"), command("START"), STOP_NOW),
    (command("START"), STOP_NOW),
    (command("SET_MODE", mode=1), command("ARM"), STOP_NOW),
    (STOP_NOW, command("ARM"), STOP_NOW),
]


@pytest.mark.parametrize("begin", BEGIN)
@pytest.mark.parametrize("burst", AHEAD_OF_STOP, ids=lambda burst: "-".join(one.name for one in burst))
def test_what_was_sent_before_a_stop_moves_nothing_after_it(begin: str, burst: Burst) -> None:
    """Requirement: type-ahead: a command that a STOP overtook is not carried out behind it."""
    check([Hand("hold", begin in ("ready", "running")), Pause(0.03), burst], begin)


@pytest.mark.parametrize("begin", BEGIN)
@settings(max_examples=40, phases=PHASES)
@given(acts=plays)
def test_a_fast_operator_ends_where_a_slow_one_can(begin: str, acts: list[Act | Burst]) -> None:
    """Requirement: type-ahead: bursts in every order leave no state that a slow operator could not reach."""
    check(acts, begin)


@pytest.mark.parametrize("begin", BEGIN)
@settings(max_examples=10, phases=PHASES)
@given(acts=plays)
def test_frames_that_come_byte_by_byte_end_there_too(begin: str, acts: list[Act | Burst]) -> None:
    """Requirement: one byte at a time: the same invariant when each byte takes a tick."""
    check(acts, begin, byte_s=1e-4)


def spoilt(source_root: Path, folder: Path, file: str, old: str, new: str) -> Firmware:
    """The core compiled from a copy in which a piece of source was replaced."""
    firmware = copy_core(source_root, folder)
    path = firmware / "core" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")
    folders = [firmware / part for part in ("core", "generated", "port/host")]
    sources = [str(path) for one in folders for path in sorted(one.glob("*.c"))]
    flags = ["-std=c11", "-O1", "-ffp-contract=off", "-fwrapv", "-shared", "-fPIC"]
    command = ["cc", *flags, *(f"-I{one}" for one in folders), "-o", str(folder / "libpencore.so"), *sources]
    done = compile_once(command)
    assert done.returncode == 0, done.stderr
    return Firmware(folder / "libpencore.so")


DEFECTS = {
    "a STOP overtakes nothing": (
        *("pen.c", "command->stops != pen->guard.now.stops && ", "false && "),
        [(command("GET_STATUS"), command("GET_STATUS"), command("REFERENCE"), STOP_NOW)],
        "standby",
    ),
    "a STOP is not taken": (
        *("guard_inputs.c", "        guard_stop(guard);\n", ""),
        [(STOP_NOW,), Pause(0.2)],
        "running",
    ),
}


@pytest.mark.parametrize("case", DEFECTS)
def test_a_planted_defect_breaks_the_invariant(source_root: Path, tmp_path: Path, case: str) -> None:
    """Requirement: the property can fail: a core that types ahead of a STOP, or misses it, is found."""
    file, old, new, acts, begin = DEFECTS[case]
    firmware = spoilt(source_root, tmp_path, file, old, new)
    with pytest.raises(AssertionError):
        check(acts, begin, firmware=firmware)
    check(acts, begin)
