"""A visit of the past on the screen of TREAT: fed from its recording, or from its events where there is none.

Nothing here reaches a pen: the engine is one of its own that takes the acts of a player only, the journal
takes no event, and the controls of TREAT are not there. STOP and the alarms above belong to the live pen.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from penctl.errors import PenError
from penctl.protocol.enums import Flags, State
from penctl.recording import PART_SUFFIX
from penctl.treating.played import Kept, recordings
from penctl.treatment.visit_steps import Step
from pengui.clinic.events_player import EventsPlayer
from pengui.clinic.parts import Choice, OneLine, Picker, button, column, label, row, show_role, show_text
from pengui.clinic.past_alarms import PastAlarms
from pengui.clinic.past_visit import PastVisit
from pengui.clinic.steps.treat import TreatPage
from pengui.clinic.visit_desk import VisitDesk
from pengui.console import wording
from pengui.console.player_bar import STEP_S, PlayerBar
from pengui.dates import clock_s, day
from pengui.widgets.look import DARK, Look
from pengui.widgets.marked_slider import MarkedSlider
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Done, Failed, Phase, Snapshot

if TYPE_CHECKING:
    from penctl.records import Desk, VisitRow

ROOMY_PX: Final = 760
HIGH_PX: Final = 220
BEFORE_MARK_S: Final = 1.0
"""So long before a mark it is gone to: one sees it happen."""


class PastTreatPage(TreatPage):
    """TREAT without what would be asked of a pen."""

    def build(self) -> None:
        super().build()
        for card in (self.depth_card, self.rate_card):
            for control in (card.less, card.more):
                control.hide()
        self.leave_out.hide()
        self.map.touched.disconnect()


class ReplayScreen(QWidget):
    """Plays one visit. `left` says that the person goes back to the patient.

    Args:
        desk: the records.
        visit: the visit.
        engine: one of its own, without a pen; somebody turns it.
        folder: where this program records.
    """

    left = Signal()

    def __init__(self, desk: Desk, visit: VisitRow, engine: Engine, folder: Path) -> None:
        super().__init__()
        self.engine, self._folder, self._simulated = engine, folder, desk.store.simulated
        self.row, self._zone = visit, desk.store.time_zone
        events = desk.visit_events(visit.id)
        self.past = PastVisit(events, desk.knowledge(visit.patient_id, visit.mode, visit_id=visit.id))
        self.alarms = PastAlarms()
        self.page = PastTreatPage(VisitDesk(self.past, self.past.now, ""), engine, Step.TREAT, _nothing)
        self._kept = recordings(events)
        self._part: Kept | None = None
        self._events: EventsPlayer | None = None
        self._stepped_s: float | None = None
        self._scale, self._roomy = 1.0, True
        self._shown: tuple[Snapshot | None, int] = (None, -1)
        self._lay_out()
        self._load(0)

    def _lay_out(self) -> None:
        self.band = QFrame()
        self.band.setObjectName("replay")
        self.mark, self.simulated = label(self.tr("REPLAY"), "replay"), label(wording.SIMULATED, "simulated")
        self.when, self.source = OneLine("title"), label("", "small", wrap=True)
        self.state, self.held = label("", "chip"), label("", "chip")
        self.leave_button = button(self.tr("Leave the replay"), "small")
        parts = {str(number): self.tr("Part {0}").format(number + 1) for number in range(len(self._kept))}
        self.parts = Choice(parts, name=self.tr("Recording"), small=True)
        self.parts.setVisible(len(self._kept) > 1)
        top = row(gap=12)
        for widget in (self.mark, self.simulated):
            top.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self.when, 1)
        for widget in (self.held, self.state):
            top.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self.parts)
        top.addWidget(self.leave_button)
        band = column(top, self.source, gap=2)
        band.setContentsMargins(16, 6, 12, 6)
        self.band.setLayout(band)
        self.slider = MarkedSlider(STEP_S)
        self.bar = PlayerBar(self._ask, self.slider, Picker())
        self.back_button, self.on_button = button(self.tr("‹ Mark")), button(self.tr("Mark ›"))
        self.back_button.setAccessibleName(self.tr("To the mark before"))
        self.on_button.setAccessibleName(self.tr("To the next mark"))
        self.bottom = QFrame()
        self.bottom.setObjectName("actions")
        below = row(self.back_button, self.on_button, gap=6)
        below.addWidget(self.bar, 1)
        below.setContentsMargins(12, 0, 12, 0)  # the bar has margins of its own
        self.bottom.setLayout(below)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.band)
        layout.addWidget(self.page, 1)
        layout.addWidget(self.alarms)
        layout.addWidget(self.bottom)
        self.leave_button.clicked.connect(self.left)
        self.back_button.clicked.connect(lambda: self._to_mark(-1))
        self.on_button.clicked.connect(lambda: self._to_mark(1))
        self.parts.chosen.connect(lambda part: self._load(int(part)))

    def dress(self, look: Look = DARK, scale: float = 1.0) -> None:
        """Take a theme."""
        self._scale = scale
        self.page.dress(look, scale)
        self.slider.dress(look, scale)
        self.alarms.dress(look, scale)
        px = round(15 * scale)
        self.band.setStyleSheet(
            f"QFrame#replay {{ background: {look.accent_soft}; border: 0; "
            f"border-bottom: {round(2 * scale)}px solid {look.accent}; }} "
            f'QLabel[role="replay"] {{ background: {look.accent}; color: {look.on_accent}; '
            f"font-size: {px}px; font-weight: 800; border-radius: {round(4 * scale)}px; "
            f"padding: {round(4 * scale)}px {round(12 * scale)}px; }} "
            f'QLabel[role="chip"], QLabel[role="chip-on"] {{ font-size: {px}px; font-weight: 700; '
            f"background: {look.card}; border-radius: {round(4 * scale)}px; "
            f"padding: {round(3 * scale)}px {round(10 * scale)}px; }} "
            f'QLabel[role="chip-on"] {{ background: {look.accent}; color: {look.on_accent}; }}'
        )
        self.bar.setStyleSheet("QFrame#card { background: transparent; border: 0; }")
        self._shown = (None, -1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Where there is little room, what is said or done elsewhere too gives way."""
        super().resizeEvent(event)
        self._roomy = self.width() >= ROOMY_PX * self._scale
        for widget in (self.leave_button, self.back_button, self.on_button):
            widget.setVisible(self._roomy)
        high = self.height() >= HIGH_PX * self._scale
        self.source.setVisible(high)
        self.mark.setToolTip("" if high else self.source.text())
        self._shown = (None, -1)

    # --- what is played ---

    def _load(self, number: int) -> None:
        """The recording of this number, or the events alone with the reason."""
        if not self._kept:
            self._play_events(self.tr("The records name no recording of this visit."))
            return
        self._part = part = self._kept[number]
        self.parts.choose(str(number))
        path = self._folder / part.name
        cut_off = path.with_name(path.name + PART_SUFFIX)
        self._events = None
        if path.is_file():
            show_text(self.source, self.tr("The recording is read …"))
            self.engine.ask("replay", str(path), part.sha256)
        elif cut_off.is_file():
            self.engine.ask("replay", str(cut_off), part.sha256)
        else:
            told = self.tr("The recording {0} is not in {1}. Put it back there.")
            self._play_events(told.format(part.name, self._folder))

    def _play_events(self, why: str) -> None:
        """Without curves: the steps of the dose as the visit noted them."""
        self._part = None
        if self.past.play_events():
            self._events = EventsPlayer(self.past.end_s)
            why += self.tr(" Shown from the events of the visit: no measured values.")
        else:
            why += self.tr(" Nothing was treated in this visit.")
        show_text(self.source, why)
        self.slider.show_marks(self.past.marks())

    def _opened(self) -> None:
        """The recording is open: its lines say where the events stand."""
        from penctl.replay import ReplayPen, told_events

        pen, part = self.engine.pen, self._part
        if not isinstance(pen, ReplayPen) or part is None:
            return
        lines = [(entry["time_s"], entry["message"]) for entry in pen.run.logs]
        self.past.play_recording(part, lines, pen.end_s)
        self.alarms.play(told_events(pen.run))
        self.slider.show_marks(self.past.marks())
        if not pen.run.complete:
            words = self.tr("This recording was cut off; penctl log repair makes it whole.")
        elif not part.sha256:
            words = self.tr("The records hold no hash of this recording: nobody can tell whether it changed.")
        else:
            words = self.tr("The recording is unchanged since the visit.")
        show_text(self.source, words)
        self.source.setToolTip(str(pen.run.path))

    def _ask(self, act: str, *arguments: object) -> None:
        if self._events is not None:
            self._events.ask(act, *arguments)
        else:
            self.engine.ask(act, *arguments)

    def _to_mark(self, way: int) -> None:
        """To the nearest mark before or after the time that is shown."""
        view = self._view().replay
        if view is None:
            return
        times = sorted({max(0.0, mark.from_s - BEFORE_MARK_S) for mark in self.past.marks()})
        here = [at_s for at_s in times if (at_s - view.time_s) * way > BEFORE_MARK_S / 2]
        if here:
            self._ask("seek", min(here) if way > 0 else max(here))

    # --- once a frame ---

    def frame(self, now_s: float) -> None:
        """Follow the player; `now_s` is the program's clock."""
        for notice in self.engine.take_notices():
            if isinstance(notice, Done) and notice.act == "replay":
                self._opened()
            elif isinstance(notice, Failed) and notice.act == "replay":
                self._play_events(str(notice.error))
        if self._events is not None and self._stepped_s is not None:
            self._events.step(max(0.0, now_s - self._stepped_s))
        self._stepped_s = now_s
        view = self._view()
        if view.replay is not None:
            self.past.go_to(view.replay.time_s)
        shown = (view, len(self.past.visit.events))
        if shown != self._shown:
            self._shown = shown
            self._show(view)
        self.page.frame(view)

    def _view(self) -> Snapshot:
        view = self.engine.snapshot
        if self._events is not None:
            return Snapshot(replay=self._events.view, time_s=self._events.view.time_s)
        return replace(view, busy="") if view.replay is not None else Snapshot()

    def _show(self, view: Snapshot) -> None:
        self.bar.show_view(view)
        for control in (self.back_button, self.on_button):
            control.setEnabled(view.replay is not None)
        self.simulated.setVisible(self._roomy and (self._simulated or view.simulated))
        at = self.past.now().astimezone(self._zone)
        show_text(self.when, f"{day(at)}, {clock_s(at)}")
        recorded = view.phase is not Phase.CLOSED
        self.state.setVisible(recorded)
        self.held.setVisible(view.open and self._roomy)
        show_text(self.state, self.tr("then {0}").format(wording.state_word(view)))
        running = view.open and view.state in (State.READY, State.RUN)
        show_role(self.state, "chip-on" if running else "chip")
        held = Flags.HOLD_PRESSED in view.flags
        show_text(self.held, self.tr("● Switch held") if held else self.tr("○ Switch released"))
        self.page.show_visit(view)
        self.alarms.show_view(view, self.past.told_then() if self._events is not None else None)

    def refuse(self, error: PenError) -> None:
        """Something went wrong: told in its place."""
        self.page.refusal.tell(error)


def _nothing() -> None:
    """A visit of the past does not change."""
