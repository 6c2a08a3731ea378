"""TREAT without a touch: what the pen's own button and switch do next, zone by zone and pass by pass.

The button takes the step that the screen names: it makes the pen ready for the next pass, or ends the pass
under way. After a STOP within a pass a short press ends the pass, a long one makes the pen ready again.
The hold-to-run switch moves the needles and stops them. Which pass may be begun is said by the treatment
rules when it is begun; nothing here decides it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from penctl.protocol.enums import Flags, State
from penctl.treating.progress import PassState
from penctl.treatment import visit_events as ev
from penctl.treatment.plan import ZonePlan
from penctl.treatment.visit import Visit
from penctl.treatment.visit_steps import Step
from pengui.clinic.visit_desk import VisitDesk
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Snapshot

LONG_PRESS_S: Final = 2.0
"""The button at the pen is held so long to go on after a STOP: nobody does that in passing."""
READIES: Final = frozenset({"begin_pass", "set_depth_um", "set_rate_hz"})
"""Acts after which the pen stands READY as the screen names it: a switch that is held by then may start."""


@dataclass(frozen=True)
class Target:
    """The pass that comes next, or that is under way."""

    zone: str
    direction: str
    new_zone: bool
    """Depth and rate are others than those of the pass before, and are asked for again."""


class Next(Enum):
    """What the person does next."""

    NOTHING = "nothing"
    RESET = "reset"
    MAKE_READY = "make ready"
    HOLD = "hold"
    LET_GO = "let go, and hold again"
    RELEASE = "release"
    GO_ON = "go on"
    END_PASS = "end the pass"  # noqa: S105 - a pass of the needles
    FINISHED = "finished"


def zone_ended(visit: Visit, zone: str) -> bool:
    """Whether a zone was ended or left out."""
    return any(event.zone == zone for event in visit.events if isinstance(event, ev.ZoneEnded))


def left_in(visit: Visit, planned: ZonePlan) -> list[str]:
    """Directions that are still to do in a zone, in the order of the plan."""
    done = list(visit.passes_done(planned.zone))
    left = []
    for direction in (one.value for one in planned.passes):
        if direction in done:
            done.remove(direction)
        else:
            left.append(direction)
    return left


class TreatFlow:
    """Follows the pen in TREAT. `told` collects what happened since the last look, for tones and words."""

    def __init__(self, engine: Engine, desk: VisitDesk) -> None:
        self._engine, self.desk = engine, desk
        self._flags: Flags | None = None
        self._zone = ""
        """The zone that the person chose on the map, "" for the order of the plan."""
        self.depth_um: dict[str, int] = {}
        self.rate_mhz: dict[str, int] = {}
        """Settings that were lowered below the plan, by zone; they stay so for the zone."""
        self.told: list[str] = []
        self._was = PassState.NONE
        self.waiting = False
        """The switch went down in READY while an act was not finished, and is held since."""
        self._down_s: float | None = None
        """When the button went down, s of the pen's clock, where a long press goes on."""
        self._stops = engine.stops

    # --- what is next ---

    def target(self) -> Target | None:
        """The pass under way, or the next one; None when every zone is done."""
        visit = self.desk.visit
        begun = visit.open_pass
        if begun is not None:
            return Target(begun.zone, begun.direction, False)
        plan = visit.plan
        if plan is None:
            return None
        open_zones = [one for one in plan.zones if not zone_ended(visit, one.zone)]
        wanted = [one for one in open_zones if one.zone == (self._zone or self._begun_zone())]
        for planned in (*wanted, *open_zones):
            left = left_in(visit, planned)
            if left:
                return Target(planned.zone, left[0], planned.zone != self._begun_zone())
        return None

    def _begun_zone(self) -> str:
        """The zone of the last pass of this visit."""
        begun = self.desk.noted(ev.PassBegun)
        return str(begun[-1].zone) if begun else ""

    def next_act(self, view: Snapshot) -> Next:
        """What the person does next."""
        if (
            not view.open
            or view.state in (State.STOPPING, State.SELF_TEST, State.OFF)
            or self._occupied(view)
        ):
            return Next.NOTHING
        if view.state is State.SAFE:
            return Next.RESET
        if self.target() is None:
            return Next.FINISHED
        if view.state is State.RUN:
            return Next.RELEASE
        if view.state is State.READY:
            if Flags.HOLD_PRESSED in view.flags:
                return Next.LET_GO
            return Next.GO_ON if self.begun_strokes else Next.HOLD
        return Next.END_PASS if self.begun_strokes else Next.MAKE_READY

    @property
    def begun_strokes(self) -> bool:
        """Whether the pass under way has strokes."""
        progress = self._engine.snapshot.progress
        if self.desk.visit.open_pass is None or progress is None:
            return False
        begun = self.desk.visit.open_pass
        since = [event for event in self.desk.noted(ev.DoseCounted) if event.at >= begun.at]
        return bool(since) or progress.state in (PassState.RUNNING, PassState.PAUSED, PassState.TRIPPED)

    def choose(self, zone: str) -> bool:
        """Treat this zone next; False while a pass is under way, or when the zone is not planned or done."""
        plan = self.desk.visit.plan
        planned = {one.zone for one in plan.zones} if plan else set()
        if self.desk.visit.open_pass is not None or zone not in planned or zone_ended(self.desk.visit, zone):
            return False
        self._zone = zone
        return True

    def settings(self, zone: str) -> tuple[int, int]:
        """Depth in µm and rate in mHz for a zone: the plan's, or what they were lowered to."""
        plan = self.desk.visit.plan
        if plan is None:
            return 0, 0
        planned = plan.zone(zone)
        return self.depth_um.get(zone, planned.depth_um), self.rate_mhz.get(zone, planned.rate_mhz)

    # --- what the hand does ---

    def follow(self, view: Snapshot) -> None:
        """Once a frame: edges of the button and the switch, and what became of the pass."""
        pressed = self.pressed(view)
        self._see(view)
        if self.desk.visit.step not in (Step.READY, Step.TREAT) or self._engine.stops != self._stops:
            self._stops = (
                self._engine.stops
            )  # a STOP since the last frame: what was pressed before it is over
            self._forget_presses()
        elif Flags.BUTTON_PRESSED in pressed and self.desk.noted(ev.Armed):
            self._button_down(view)
        elif Flags.HOLD_PRESSED in pressed:
            self.hold(view)
        elif self.waiting:
            self._still_held(view)
        elif self._down_s is not None:
            self._still_down(view, self._down_s)

    def pressed(self, view: Snapshot) -> Flags:
        """What went down since the last frame."""
        return view.flags & ~self._flags if self._flags is not None else Flags(0)

    def look_on(self, view: Snapshot) -> None:
        """Remember what is pressed, and do nothing: what went down now stays without effect."""
        self._forget_presses()
        self._see(view)

    def _see(self, view: Snapshot) -> None:
        self._flags = view.flags
        self._watch_progress(view)

    def _forget_presses(self) -> None:
        self.waiting, self._down_s = False, None

    def _occupied(self, view: Snapshot) -> bool:
        """The worker has an act of this treatment in hand, or will have in a moment."""
        return bool(view.busy) or self._engine.queued("start_pass")

    def _watch_progress(self, view: Snapshot) -> None:
        state = view.progress.state if view.progress is not None else PassState.NONE
        if state is not self._was:
            self._was = state
            if state in (PassState.REACHED, PassState.FULL):
                self.told.append("reached")

    def button(self, view: Snapshot) -> None:
        """The button at the pen, or its twin on the screen."""
        act, target = self.next_act(view), self.target()
        if target is None:
            return
        if act is Next.MAKE_READY:
            depth_um, rate_mhz = self.settings(target.zone)
            self.told.append("zone" if target.new_zone else "pass")
            self._zone = target.zone
            self._engine.ask("begin_pass", target.zone, target.direction, depth_um, rate_mhz)
        elif act in (Next.END_PASS, Next.GO_ON):
            self.told.append("pass")
            self._engine.ask("end_pass", True)

    def _button_down(self, view: Snapshot) -> None:
        """Within a pass that was stopped it counts how long the button is held; else it acts at once."""
        self._forget_presses()
        if self.next_act(view) is Next.END_PASS:
            self._down_s = view.time_s
        elif not view.busy:
            self.button(view)

    def _still_down(self, view: Snapshot, since_s: float) -> None:
        """Short: the pass ends when the button comes up. Long: the pen is made ready to go on."""
        if self.next_act(view) is not Next.END_PASS:
            self._down_s = None  # something else has happened meanwhile
        elif Flags.BUTTON_PRESSED not in view.flags:
            self._down_s = None
            self.button(view)
        elif view.time_s - since_s >= LONG_PRESS_S:
            self._down_s = None
            if may_go_on(view):
                self.told.append("pass")
                self.go_on(view)

    @property
    def counting(self) -> bool:
        """Whether the button is down, and the pass goes on if it is held."""
        return self._down_s is not None

    def go_on(self, view: Snapshot) -> None:
        """Make the pen ready for the pass that was broken off."""
        target = self.target()
        if target is not None and view.state is State.STANDBY and not view.busy:
            self._engine.ask("begin_pass", target.zone, target.direction, *self.settings(target.zone))

    def hold(self, view: Snapshot) -> None:
        """The hold-to-run switch went down: the needles move when the pen is ready, or as soon as it is."""
        self._forget_presses()
        if view.state is State.READY:
            self.waiting = True
            self._still_held(view)

    def _still_held(self, view: Snapshot) -> None:
        """A switch that is let go of, a STOP, another act: the press is over, and a new one is needed."""
        if (
            Flags.HOLD_PRESSED not in view.flags
            or not view.live
            or view.state is not State.READY
            or (view.busy and view.busy not in READIES)
        ):
            self.waiting = False
        elif not view.busy:
            self.waiting = False
            target = self.target()
            if target is not None:
                self._engine.ask("start_pass", target.zone, target.direction)


def may_go_on(view: Snapshot) -> bool:
    """The needles are seen inside and the switch is released: the pen may be armed within its pass."""
    return Flags.NEEDLES_CLEAR in view.flags and Flags.HOLD_PRESSED not in view.flags
