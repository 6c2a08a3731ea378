"""What TREAT tells the person to do next, in one sentence, and the twin on the screen of the pen's button."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication

from penctl.protocol.enums import Flags
from pengui.clinic.steps.next_act import NextAct
from pengui.clinic.treat_flow import LONG_PRESS_S, Next, Target, TreatFlow, may_go_on
from pengui.said import said
from pengui.worker.snapshot import Snapshot

DIRECTIONS: Final = {
    "HORIZONTAL": "horizontal",
    "VERTICAL": "vertical",
    "DIAGONAL_LEFT": "diagonal, falling",
    "DIAGONAL_RIGHT": "diagonal, rising",
}


def tr(text: str) -> str:
    """A text of this module, translated."""
    return QCoreApplication.translate("TreatPrompts", text)


def direction_words(direction: str) -> str:
    """A direction of a pass as it is told."""
    return tr(DIRECTIONS[direction])


def told_next(flow: TreatFlow, target: Target, view: Snapshot) -> NextAct:
    """What is next for the pass that is under way, or comes next."""
    act = flow.next_act(view)
    if act in (Next.MAKE_READY, Next.END_PASS) and Flags.HOLD_PRESSED in view.flags:
        return NextAct("", False, tr("At rest. Let go of the switch."))
    if act is Next.MAKE_READY:
        return NextAct(tr("Make ready"), True, _asked(flow, target))
    if act is Next.END_PASS:
        return _stopped(flow, view)
    if act is Next.GO_ON:
        words = tr("READY. Hold the switch to go on, or press the button to end this pass.")
        return NextAct(tr("End this pass"), True, words)
    return NextAct("", False, _waiting(flow, view) if act is Next.NOTHING else _simple(act))


def _simple(act: Next) -> str:
    return {
        Next.RESET: tr("An interlock has stopped the pen. The banner says what to do."),
        Next.HOLD: tr("READY. Set the nose down and hold the switch at the pen."),
        Next.LET_GO: tr("READY. The switch did not start the pen: let go of it, then hold it again."),
        Next.RELEASE: tr("RUN. Let go of the switch to rest."),
    }.get(act, "")


def _asked(flow: TreatFlow, target: Target) -> str:
    """Another zone is named with its settings, which the button confirms."""
    name = said(flow.desk.visit.knowledge.scalp.zone(target.zone).name)
    if not target.new_zone:
        words = tr("Next: {0}, {1}. Press the button at the pen.")
        return words.format(name, direction_words(target.direction))
    depth_um, rate_mhz = flow.settings(target.zone)
    settings = f"{depth_um / 1000:g} mm, {rate_mhz / 1000:g} Hz"
    return tr("{0}: {1}. Press the button at the pen to confirm.").format(name, settings)


def _stopped(flow: TreatFlow, view: Snapshot) -> NextAct:
    """Within a pass, not armed: the button of the pen ends the pass, or goes on when it is held."""
    if not may_go_on(view):
        return NextAct("", False, tr("At rest. The needles are not seen inside: lift the handpiece."))
    if flow.counting:
        return NextAct("", False, tr("Keep the button down to go on; let go of it to end this pass."))
    words = tr("At rest. The button at the pen: press to end this pass, hold for {0} s to go on.")
    return NextAct(tr("Ready again"), True, words.format(f"{LONG_PRESS_S:g}"))


def _waiting(flow: TreatFlow, view: Snapshot) -> str:
    if flow.waiting:
        return tr("The switch is held: the needles move as soon as the pen is ready. Let go to rest.")
    return {"begin_pass": tr("The depth stage moves. The needles are retracted.")}.get(view.busy, "")
