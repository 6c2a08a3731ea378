"""Alarms of the window: what is found becomes a condition, a banner and tones; a person answers them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from penctl.protocol.enums import Flags, State
from pengui.clinic import tones
from pengui.clinic.alarm_banner import AlarmBanner
from pengui.clinic.alarm_journal import AlarmJournal
from pengui.clinic.alarms import AlarmSystem
from pengui.clinic.pen_alarms import RESET, PenAlarms, no_sound
from pengui.clinic.sound import AlarmTones, Speaker
from pengui.clinic.visit_desk import VisitDesk
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Failed, Notice, Phase, Snapshot

TONES = {"pass": tones.NEXT_PASS, "zone": tones.NEXT_ZONE, "reached": tones.REACHED}

AT_REST = (State.STANDBY, State.SELF_TEST)


class AlarmDesk(QObject):
    """Holds the list of alarms, its banner and its tones.

    Args:
        window: what the list is drawn over.
        engine: asked for a reset.
        clock_s: the program's clock, s.
        speaker: where tones go.
        locked: whether the screen is locked, or nobody is signed in: then nothing can be reset.
        visit: the visit that is open, for its record; None for none.
    """

    def __init__(
        self,
        window: QWidget,
        engine: Engine,
        clock_s: Callable[[], float],
        speaker: Speaker,
        locked: Callable[[], bool],
        visit: Callable[[], VisitDesk | None],
    ) -> None:
        super().__init__(window)
        self._locked, self._journal = locked, AlarmJournal(visit)
        self._engine, self._clock_s, self.speaker = engine, clock_s, speaker
        self.alarms, self.pen_alarms, self.tones = AlarmSystem(), PenAlarms(), AlarmTones(speaker)
        self.banner = AlarmBanner(self.alarms, window)
        self.banner.acknowledged.connect(self.acknowledge)
        self.banner.audio.connect(self._audio)
        self.banner.reset.connect(self._reset)
        self.banner.acted.connect(lambda act: engine.ask(act))

    def acknowledge(self) -> None:
        """Everything on the list has been seen."""
        self.alarms.acknowledge(self._clock_s())
        self.pen_alarms.seen()

    def _audio(self) -> None:
        now_s = self._clock_s()
        if self.alarms.audio_paused_s(now_s):
            self.alarms.resume_audio()
        else:
            self.alarms.pause_audio(now_s)

    def _resettable(self, key: str) -> bool:
        """Whether this is a latched trip, and somebody is signed in who may ask for its reset."""
        view = self._engine.snapshot
        if not view.open or view.state is not State.SAFE or self._locked():
            return False
        return key in {trip.id for trip in (*view.latched, view.trip) if trip is not None}

    def _reset(self, key: str) -> None:
        """The latched trip is released by the pen, or refused by it with the reason."""
        self._engine.ask("reset", int(key.removeprefix("IL-")))

    def take(self, notice: Notice) -> None:
        """What the worker tells; a reset that was refused is told in the banner."""
        self.pen_alarms.take(notice)
        if isinstance(notice, Failed) and notice.act == RESET:
            self.banner.tell(notice.error)

    def inform(self, what: str) -> None:
        """An information tone of TREAT: "pass", "zone", "reached"."""
        self.speaker.play(TONES[what])

    def follow(self, view: Snapshot) -> None:
        """Once a frame."""
        now_s = self._clock_s()
        found = self.pen_alarms.present(view)
        if not self.speaker.works and view.phase is not Phase.CLOSED:
            found.append(no_sound())
        self.alarms.update(found, now_s)
        needles_out = view.open and view.state is State.SAFE and Flags.NEEDLES_CLEAR not in view.flags
        at_rest = view.open and view.state in AT_REST and not view.busy and not self._locked()
        self.banner.follow(now_s, resettable=self._resettable, needles_out=needles_out, at_rest=at_rest)
        self._journal.take(self.alarms.take_log(), now_s)
        self.tones.follow(self.alarms.sounding(now_s), now_s)
        if self.alarms.take_reminder(now_s):
            self.tones.remind()
