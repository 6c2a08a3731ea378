"""Holds the pen: runs the window's acts one after the other, keeps time passing, and takes its picture.

`turn` is called again and again by one thread, and that thread owns the pen and its clock. The other thread
may call `ask`, `hand`, `stop`, `close`, `take_notices` and read `snapshot` and `ring`; nothing of that waits.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from penctl.errors import LinkLost, PenError, RecordingError, Refused
from penctl.pen import Pen
from penctl.protocol import enums
from penctl.protocol.enums import Mode, Role
from penctl.protocol.messages import Message
from penctl.protocol.pacing import STOP_FRAME
from penctl.status import ModeRange, Trip
from penctl.transport import open_url
from pengui.worker import acts, kept, visit_acts
from pengui.worker.asked import Asked
from pengui.worker.follow import Follower
from pengui.worker.hand import SimulatedHand
from pengui.worker.heard import Heard
from pengui.worker.liveness import Liveness
from pengui.worker.pace import SLICE_S, Pace, ScreenTransport
from pengui.worker.picture import picture_of
from pengui.worker.snapshot import Done, Failed, Lost, Phase, Snapshot, Stopped, Warned

if TYPE_CHECKING:
    from pathlib import Path

    from penctl.recording import Recorder
    from penctl.treating.driver import Treating
    from penctl.treating.progress import Progress
    from pengui.worker.kept import Whole
    from pengui.worker.player import Player

SILENT_S: Final = 0.5
"""A pen that answers none of ten heartbeats counts as lost."""
POLL_S: Final = 0.05
"""A pass under way is looked at so often."""
IDLE_S: Final = 0.02
PICTURE_S: Final = 0.008
"""While nothing but time passes a new picture is taken so often: twice a frame of the window."""


class Engine(Asked):
    """The worker's half of the window. `pace` lets the virtual time of a simulated pen pass."""

    def __init__(self, pace: Callable[[threading.Event], Pace]) -> None:
        super().__init__()
        self.liveness = Liveness()
        self.heard = Heard()
        self.ring = self.heard.ring
        self.snapshot = Snapshot()
        self.pen: Pen | None = None
        self.phase = Phase.CLOSED
        self.url = ""
        self.hand_of_pen: SimulatedHand | None = None
        self.ranges: dict[Mode, ModeRange] = {}
        self.recorder: Recorder | None = None
        self.records_visit = False
        """Whether the recording began with a visit and ends with it."""
        self.new_recording: Callable[[], str] | None = None
        """Where the next visit is recorded; None: visits are recorded only when a person asks for it."""
        self.player: Player | None = None
        self.follower = Follower()
        self.recorded_visit = ""
        """The visit that names the recording which runs, "" when none does."""
        self.events_seen = 0
        self.unnoted: list[Whole] = []
        """Recordings of visits that were left before their end could be noted."""
        self.treating: Treating | None = None
        self.progress: Progress | None = None
        self.takes_up = False
        """The visit was cut off in TREAT, and the pen has not been asked yet what it did."""
        self._polled_s = 0.0
        self._pictured_s = 0.0
        self.closing = False
        self._pace = pace(self.wake)
        self._stop = False
        self.stops = 0
        """So often STOP was asked for here."""
        self._transport: ScreenTransport | None = None
        self._busy = ""
        self._interrupted = False

    # --- called by the window ---

    def stop(self) -> None:
        """STOP: goes before everything that is queued, throws that away, and waits for no worker.

        The first frame goes out from here, by the way that needs no other thread; the worker repeats it until
        the pen is seen stopping. Only a simulated pen in virtual time has to wait for who owns its clock.
        """
        self._acts.clear()
        self._stop = True
        self.stops += 1
        self.wake.set()
        pen, transport = self.pen, self._transport
        if transport is None:
            return
        if not transport.has_own_clock:
            with contextlib.suppress(LinkLost):
                if pen is not None:
                    pen.send_stop()
                else:  # it is still opening
                    transport.send_now(STOP_FRAME)
        transport.wake()

    def close(self) -> None:
        """Stop the pen, close the port and end."""
        self.stop()
        self.closing = True
        self.wake.set()

    # --- called by the thread that owns the pen ---

    def now_s(self) -> float:
        """The port's clock; 0 without a pen."""
        return self.pen.now_s() if self.pen is not None else 0.0

    def turn(self) -> None:
        """Run one queued act, or let a slice of time pass."""
        phase, told = self.phase, True
        try:
            if self._acts:
                self._run(*self._acts.popleft())
            elif self.player is not None:
                self._stop = False
                self.player.step()
            elif self.pen is not None and self.pen.transport.is_open:
                self._pass_time(self.pen)
                told = False
            else:
                self._idle()
        except LinkLost as error:
            self.lost(error)
        except PenError as error:
            act = "recording" if isinstance(error, RecordingError) else "follow"
            self._notices.append(Failed(act, error))
        kept.end_after_treat(self)
        self._watch_silence()
        self._picture_in_time(at_once=told or phase is not self.phase)

    def recording_failed(self, error: PenError) -> None:
        """Tell that the recording stopped; the treatment may be finished (IL-41)."""
        self.recorder = None
        self._notices.append(Failed("recording", error))

    def tell_recording(self, text: str) -> None:
        """What is noted of the visit stands in its recording too, at its own time."""
        if self.recorder is not None:
            from penctl.recording import Level

            self.recorder.log(Level.INFO, text)

    def tell_failure(self, error: PenError) -> None:
        """Something of the recording went wrong that stops nobody."""
        self._notices.append(Failed("recording", error))

    def _pass_time(self, pen: Pen) -> None:
        """A slice of time; the status is asked for when no heartbeat brings it."""
        pen.wait(SLICE_S, through_trips=True)
        self._follow(pen)
        status = pen.inbox.status
        if self.phase is Phase.OPEN and self.heard.is_old(status):
            pen.status()
        self._poll_treatment()

    def _poll_treatment(self) -> None:
        """Dose, trips and the end of a pass, noted in its visit."""
        now_s = self.now_s()
        if self.treating is None or self.phase is not Phase.OPEN or now_s - self._polled_s < POLL_S:
            return
        self._polled_s = now_s
        if self.treating.visit.open_pass is not None:
            try:
                self.progress = self.treating.poll()
            except LinkLost:
                raise
            except PenError as error:
                self._notices.append(Failed("treatment", error))

    def _follow(self, pen: Pen) -> None:
        """What is looked after without being asked for."""
        if self.phase is not Phase.OPEN:
            return
        flags = self.heard.flags(pen.inbox.status)
        found = self.follower.button(flags, self.heard.state, self.now_s())
        if isinstance(found, Refused):
            self._notices.append(Failed("set_mode", found))
        elif found is not None:
            self._acts.appendleft(("set_mode", (found.mode,)))
        self.follower.look(pen, self.heard.state)

    def finish(self) -> None:
        """The end: leave the pen stopped and the port closed."""
        acts.disconnect(self)
        self._picture()

    def _idle(self) -> None:
        self.wake.wait(IDLE_S)
        self._stop = False
        self.wake.clear()

    def _run(self, act: str, arguments: tuple[Any, ...]) -> None:
        self._busy, self._interrupted = act, False
        try:
            run = getattr(visit_acts if hasattr(visit_acts, act) else acts, act)
            run(self, *arguments)
        except PenError as error:
            stopped = self._interrupted and not isinstance(error, LinkLost)
            self._notices.append(Done(act) if stopped else Failed(act, error))
            if isinstance(error, LinkLost) and self.pen is not None:
                self.lost(error)
        else:
            self._notices.append(Done(act))
        finally:
            self._busy = ""

    def serve(self) -> bool:
        """Between two slices: STOP first, then the hand. True when the link must be looked at again."""
        self.wake.clear()
        stopped, moved = self._serve_stop(), bool(self._hand)
        while self._hand:
            what, arguments = self._hand.popleft()
            if self.hand_of_pen is not None:
                getattr(self.hand_of_pen, what)(*arguments)
        self._picture_in_time(at_once=stopped or moved)
        return stopped

    def _serve_stop(self) -> bool:
        if not self._stop:
            return False
        if self.pen is not None:
            self._stop, self._interrupted = False, True
            self.follower.asked = None
            self.pen.stop_now()
            return True
        if self._transport is not None:
            self._transport.write(STOP_FRAME)  # still opening: once a slice, until there is a pen
        return False

    # --- the pen comes and goes ---

    def open(self, url: str) -> Pen:
        """Open the port and the pen. Raises what `penctl.Pen` raises."""
        self.url = url
        transport = open_url(url)
        self._transport = ScreenTransport.around(transport, self._pace, self.serve)
        self._begin_anew()
        self.pen = self._adopt(Pen(self._transport, role=Role.CLINICIAN))
        return self.pen

    def open_recording(self, path: Path) -> None:
        """Show a recording in the place of a pen. Raises RecordingError."""
        from penctl.replay import ReplayPen
        from pengui.worker.player import Player

        self.url = str(path)
        pen = ReplayPen(path)
        self._begin_anew()
        self.pen, self.ranges = self._adopt(pen), pen.limits()
        self.player = Player(pen, self._pace, self._begin_anew, self._go_on)
        self.phase = Phase.OPEN

    def _begin_anew(self) -> None:
        """Nothing was heard yet. While a recording is moved nothing of it is told as if it happened now."""
        self.ring.clear()
        self.heard.begin_anew()
        self.follower, self.heard.cause = Follower(), 0
        self.phase = Phase.OPENING

    def hear_anew(self) -> None:
        """The pen is heard again and may have been switched off meanwhile: its clock then began anew."""
        self.heard.begin_anew()

    def _go_on(self) -> None:
        self.phase = Phase.OPEN

    def _adopt(self, pen: Pen) -> Pen:
        bench = pen.transport.bench
        self.hand_of_pen = SimulatedHand(bench) if bench is not None else None
        pen.watch_screen(self._screen)
        pen.inbox.on_telemetry.append(lambda block: self.heard.take_block(block, self.now_s()))
        pen.inbox.on_event.append(self._take_event)
        pen.inbox.on_trip.append(self._take_trip)
        return pen

    def _screen(self) -> int | None:
        """What the heartbeats say of the window; a lost link is not taken up again without a person's act."""
        count = self.liveness.screen(self.now_s())
        return None if self.phase is Phase.LOST else count

    def forget(self) -> None:
        """No pen any more, and nothing of it: its curves would outlive the mark that it is simulated."""
        self.ring.clear()
        self.pen = self._transport = self.hand_of_pen = self.player = None
        self.treating = self.progress = None
        self.phase = Phase.CLOSED

    def lost(self, error: LinkLost) -> None:
        """The link is lost; the pen comes to rest by itself."""
        if self.phase is Phase.LOST:
            return
        self.phase = Phase.LOST
        self._acts.clear()
        self._notices.append(Lost(error))
        if self.pen is not None and not self.pen.transport.has_own_clock:
            self.pen.transport.close()

    def failed(self, error: Exception) -> None:
        """A defect of the program itself: STOP, and no heartbeat until a person takes the pen up again."""
        with contextlib.suppress(PenError, OSError):
            if self.pen is not None and self.phase is not Phase.LOST:
                self.pen.stop_now()
        what = "The program has a defect; the pen was stopped, and what was noted is kept"
        told = f"{type(error).__name__}: {str(error)[:120]}"
        self.lost(LinkLost(what, told, remedy="Reconnect and go on, or start the program anew; report it"))
        self._picture()

    def _watch_silence(self) -> None:
        if self.player is not None:  # a gap in a recording ends by itself
            assert self.pen is not None  # noqa: S101 - a player has one
            self.phase = Phase.LOST if self.pen.silent_s() > SILENT_S else Phase.OPEN
        elif self.phase is Phase.OPEN and self.pen is not None and (silent := self.pen.silent_s()) > SILENT_S:
            self.lost(LinkLost(value=f"silent for {round(silent, 2):g} s"))
        elif self.phase is Phase.OPEN and self.pen is not None and not self.pen.session_open:
            self.lost(LinkLost("The pen ended the link session: it restarted, or another program took it"))

    def _take_event(self, event: Message) -> None:
        if event.name == "EVENT_STATE":
            self.heard.take_state(event)
        elif event.name == "EVENT_WARNING" and self._tells:
            self._notices.append(Warned(enums.Warning(event["warning"]), event["value"], event["limit"]))

    @property
    def _tells(self) -> bool:
        """What the pen tells is told on: what was missed while the link was lost, too."""
        return self.phase is Phase.OPEN or self._busy == "reconnect"

    def _take_trip(self, trip: Trip) -> None:
        if not trip.latched and self._tells:
            self._notices.append(Stopped(trip))

    # --- the picture ---

    def _picture_in_time(self, *, at_once: bool) -> None:
        """Take the picture when something happened, or when the last one is old."""
        if at_once or self.pen is None or not 0.0 <= self.now_s() - self._pictured_s < PICTURE_S:
            self._picture()

    def _picture(self) -> None:
        self._pictured_s = self.now_s()
        self.snapshot = picture_of(self, self._busy)

    @property
    def lost_s(self) -> float:
        """How far a simulated pen has fallen behind the clock, s."""
        return getattr(self._pace, "lost_s", 0.0)
