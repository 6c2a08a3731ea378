"""States in words, and trips, errors and warnings as the catalogue and `penctl.errors` word them."""

from __future__ import annotations

from typing import Final

import penctl.warning_words
from penctl.protocol import enums
from penctl.protocol.enums import Flags, Mode, State
from penctl.protocol.link import LinkQuality
from penctl.protocol.quality import LinkStanding
from penctl.self_test_words import SELF_TEST_CHECKS
from penctl.status import Trip
from penctl.trip_words import catalogue
from pengui.worker.snapshot import Phase, Snapshot, Warned

SIMULATED: Final = "SIMULATED"
RECORDED: Final = "RECORDED"
CONTACT_LOST: Final = 23
"""Number of the interlock that stops a pen in the air; it releases by itself and is no trip."""
_STATES: Final = {
    State.OFF: "No pen is connected.",
    State.SELF_TEST: "The pen checks itself.",
    State.STANDBY: "The needles are at rest. The pen is not armed.",
    State.READY: "Armed. Hold the switch at the pen, then start.",
    State.RUN: "The needles move.",
    State.STOPPING: "The needles are being retracted.",
    State.SAFE: "Stopped by an interlock. Nothing moves until it is reset.",
    State.SERVICE: "The pen is in service mode.",
}


def marks(view: Snapshot) -> tuple[str, ...]:
    """What must never be taken for a pen that is there now: SIMULATED, RECORDED."""
    return (SIMULATED,) * view.simulated + (RECORDED,) * view.recorded


def link_text(link: LinkQuality) -> str:
    """The link in a few words: standing and round trip."""
    trip = "" if link.round_trip_us is None else f", {link.round_trip_us / 1000:.1f} ms"
    return f"{link.standing.name.lower()}{trip}"


def link_trouble(link: LinkQuality) -> str:
    """What is wrong with the link, before it is lost; "" when nothing is."""
    if link.standing is LinkStanding.GOOD:
        return ""
    return f"The link is {link.standing.name.lower()}: {link.why}. Check cable and plug before it is lost."


def link_line(link: LinkQuality) -> str:
    """Round trip, and what went wrong since the pen was opened."""
    trip = "–" if link.round_trip_us is None else f"{link.round_trip_us / 1000:.1f} ms"
    bad = link.bad_here + link.bad_at_pen
    blocks = link.blocks_lost + link.blocks_dropped
    return f"Link {trip}, {link.repeats} sent again, {bad} damaged, {blocks} blocks lost"


def link_counts(link: LinkQuality) -> str:
    """Every count of the link, a line each."""
    trip = "–" if link.round_trip_us is None else f"{link.round_trip_us / 1000:.1f}"
    rows = (
        f"Round trip {trip} ± {link.spread_us / 1000:.1f} ms",
        f"Sent again {link.repeats} of {link.commands} commands ({link.repeats_permille / 10:g} % just now)",
        f"Damaged frames (CRC) {link.bad_here} here, {link.bad_at_pen} at the pen",
        f"Heartbeats without an answer {link.beats_missed} of {link.beats}",
        f"Telemetry blocks lost {link.blocks_lost}, not sent by the pen {link.blocks_dropped}",
    )
    return "\n".join(rows)


def state_word(view: Snapshot) -> str:
    """The state in one word."""
    if view.phase is Phase.CLOSED:
        return "NO PEN"
    if view.phase is Phase.OPENING:
        return "OPENING"
    if view.phase is Phase.LOST:
        return "LINK LOST"
    return view.state.name.replace("_", "-")


def state_sentence(view: Snapshot) -> str:
    """What the state means, in a sentence."""
    if view.phase is Phase.LOST and view.recorded:
        return "The pen was not heard then."
    if view.recorded:
        return f"The past: {_STATES[view.state]}"
    if view.phase is Phase.LOST:
        return f"Last heard: {view.state.name.replace('_', '-')}."
    if view.phase is Phase.OPENING:
        return "The pen is being asked who it is and which limits it holds."
    if view.state is State.STANDBY and view.open:
        return _next_step(view) or _STATES[State.STANDBY]
    if view.state is State.SELF_TEST and view.open:
        return f"The pen checks itself: {view.self_test_s:.0f} s of at most 3 s. The needles stay inside."
    if view.state is State.READY and view.cause == CONTACT_LOST:
        return "Stopped: the skin was no longer touched. Set the pen down, press the switch anew, start."
    if view.state is State.READY and Flags.HOLD_PRESSED in view.flags:
        return "Armed, and the switch is held: start."
    return _STATES[view.state]


def _next_step(view: Snapshot) -> str:
    status = view.status
    if status is None:
        return ""
    if view.busy in ("reference", "arm"):
        return "The depth stage moves. The needles are retracted."
    if view.asks_button is not None:
        return f"Press the button at the pen for {view.asks_button.name}."
    check = SELF_TEST_CHECKS.get(status.self_test_check)
    if Flags.SELF_TEST_PASSED not in view.flags:
        return f"Self-test failed: {check.looks_at}." if check else "Next: run the self-test."
    if Flags.REFERENCED not in view.flags:
        return "The needles are at rest. Next: reference the depth stage."
    if min(status.depth_set_um, status.rate_set_mhz) < 0:
        return "The needles are at rest. Next: set depth and stroke rate."
    return "The needles are at rest. Next: arm."


def trip_title(trip: Trip) -> str:
    """Number and name of the interlock."""
    entry = catalogue().get(trip.interlock)
    return f"{trip.id} {entry.name}" if entry else trip.id


def trip_remedy(trip: Trip) -> str:
    """What to do, in the catalogue's words."""
    entry = catalogue().get(trip.interlock)
    return entry.remedy if entry else ""


def more_trips(first: Trip, latched: tuple[Trip, ...]) -> str:
    """Which other trips are latched besides the one that is shown."""
    others = [trip_title(trip) for trip in latched if trip.interlock != first.interlock]
    return f"; latched too: {', '.join(others)}" if others else ""


def button_words(mode: Mode) -> tuple[str, str, str]:
    """What to do for a mode that needs the button at the pen."""
    return (
        "Press the button at the pen",
        f"{mode.name} is taken only when a person presses the button at the pen.",
        "Nothing has changed yet. The window waits for half a minute.",
    )


_ACTS: Final = {
    "connect": "Connect",
    "reconnect": "Reconnect",
    "self_test": "Self-test",
    "reference": "Reference",
    "retract": "Retract needles",
    "set_mode": "Mode",
    "begin_visit": "Begin visit",
    "end_visit": "End visit",
    "set_depth_um": "Depth",
    "set_rate_hz": "Stroke rate",
    "arm": "Arm",
    "start": "Start",
    "reset": "Reset",
    "replay": "Show a recording",
    "begin_recording": "Record",
    "end_recording": "Record",
}


def act_words(act: str) -> str:
    """The act as its button calls it."""
    return _ACTS.get(act, act.replace("_", " ").capitalize())


def warning_words(notice: Warned) -> tuple[str, str, str] | None:
    """Headline, cause and remedy of a warning; None for one that an answer to a command tells better."""
    if notice.warning is enums.Warning.COMMAND_REFUSED:
        return None
    told = penctl.warning_words.warning_words(notice.warning, notice.value, notice.limit)
    return told.title, told.what, told.remedy
