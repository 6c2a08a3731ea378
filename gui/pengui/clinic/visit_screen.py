"""A visit on one rail: the step's page, what is missing, one next act, and two ways out, always."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from penctl.errors import PenError
from penctl.protocol.enums import Flags, State
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step
from pengui.clinic.header import ROOMY_PX
from pengui.clinic.parts import Folding, button, label, row, scale_layouts, show_role, show_text
from pengui.clinic.rail import WORDS, Rail
from pengui.clinic.reason_bar import ReasonBar
from pengui.clinic.steps.page import StepPage
from pengui.clinic.steps.pages import PAGES
from pengui.clinic.steps.treat import TreatPage
from pengui.clinic.treat_flow import TreatFlow
from pengui.clinic.unkept import Unkept, nothing_kept
from pengui.clinic.visit_desk import VisitDesk
from pengui.widgets.look import DARK, Look
from pengui.worker.engine import Engine
from pengui.worker.snapshot import Phase, Snapshot


class VisitScreen(QWidget):
    """Shows the step where the visit stands, or one that is looked back at.

    `closed` is told when the visit is signed; `tone` what TREAT lets be heard: "pass", "zone", "reached".
    """

    closed = Signal()
    tone = Signal(str)
    left = Signal(str, bool)
    """It is left without its end, which nothing can keep: the reason, and whether the patient is unwell."""

    def __init__(self, desk: VisitDesk, engine: Engine) -> None:
        super().__init__()
        self.desk, self.engine = desk, engine
        self._look, self._scale = DARK, 1.0
        self._seen: Step | None = None
        self._over, self._lost, self._ending = False, False, False
        self._meant: tuple[Step, str] | None = None
        """What the next act was when its button went down."""
        self.pages: dict[Step, StepPage] = {}
        self.rail = Rail()
        self.stack = QStackedWidget()
        self.stack.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # where the keyboard stands on a new page
        self.early = button(self.tr("End early"))
        self.unwell = button(self.tr("Patient unwell"))
        self.prompt = label("", "title", wrap=True)
        self.prompt.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.next_button = button("", "go")
        self._lay_out()
        self.rail.look_at.connect(self.look_at)
        self.next_button.clicked.connect(self._next)
        self.next_button.pressed.connect(self._pressed)
        self.next_button.installEventFilter(self)
        self.early.clicked.connect(lambda: self._ask_reason(unwell=False))
        self.unwell.clicked.connect(lambda: self._ask_reason(unwell=True))
        cast("QApplication", QApplication.instance()).focusChanged.connect(self._focus_moved)

    def _lay_out(self) -> None:
        self.bar = QFrame()
        self.bar.setObjectName("actions")
        said = QWidget()
        words = row(self.prompt, self.next_button, gap=10)
        words.setStretch(0, 1)
        said.setLayout(words)
        ways_out = QWidget()
        ways_out.setLayout(row(self.early, self.unwell, None, gap=10))
        inside = Folding((ways_out, 0), (said, 1), gap=10, below=640, upside=True)
        bar = row(inside)
        bar.setContentsMargins(10, 6, 10, 6)
        self.bar.setLayout(bar)
        self.reason_bar = ReasonBar()
        self.reason, self.confirm = self.reason_bar.reason, self.reason_bar.confirm
        self.cancel = self.reason_bar.cancel
        self.reason_bar.ended.connect(self._end)
        self.reason_bar.left.connect(self.left)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.stack, 1)
        right.addWidget(self.reason_bar)
        right.addWidget(self.bar)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.rail)
        layout.addLayout(right, 1)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale = look, scale
        self.rail.dress(look, scale)
        self._fold()
        for page in self.pages.values():
            page.dress(look, scale)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fold()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.stack.setFocus()

    def _focus_moved(self, before: QWidget | None, now: QWidget | None) -> None:
        """Whether the keyboard left something that went away is seen when that has happened."""
        if before is not None and now is not None and self.isAncestorOf(before):
            QTimer.singleShot(0, self, lambda: self._keep_focus(before))

    def _keep_focus(self, before: QWidget) -> None:
        """The keyboard never comes by itself to stand on a way out."""
        if not isValid(before) or not (before.isVisible() and before.isEnabled()):
            now = QApplication.focusWidget()
            if self.isVisible() and now is not None and not self.stack.isAncestorOf(now):
                self.stack.setFocus()

    def _fold(self) -> None:
        self.rail.fold(narrow=self.width() < ROOMY_PX * self._scale)

    # --- where it stands ---

    @property
    def here(self) -> Step:
        """The step whose page is due: READY again within a treatment is done in TREAT."""
        step = self.desk.visit.step
        return Step.TREAT if step is Step.READY and self.desk.noted(ev.Armed) else step

    @property
    def seen(self) -> Step:
        """The step that is looked at."""
        return self._seen or self.here

    @property
    def treat_flow(self) -> TreatFlow | None:
        """What the pen's switch does from READY on, its button in TREAT; nothing any more after it."""
        if Step.TREAT not in self.pages and self.here is Step.READY:
            self.page(Step.TREAT)  # the switch may go down in the moment in which the pen becomes READY
        page = self.pages.get(Step.TREAT)
        return page.flow if isinstance(page, TreatPage) else None

    def look_at(self, step: Step) -> None:
        """Look back at a step; the present one again ends that."""
        self._seen = None if step is self.here else step
        self.show_view(self.engine.snapshot)

    def page(self, step: Step) -> StepPage:
        """The page of a step, made when it is looked at for the first time."""
        if step not in self.pages:
            made = PAGES[step](self.desk, self.engine, step, self._went_on)
            scale_layouts(made, self._scale)
            made.dress(self._look, self._scale)
            self.pages[step] = made
            self.stack.addWidget(made)
        return self.pages[step]

    def _went_on(self) -> None:
        """The visit has changed; after the act that changed it, the page follows."""
        self._seen = None
        QTimer.singleShot(0, self._follow)

    def _follow(self) -> None:
        if not self._over:
            self.show_view(self.engine.snapshot)

    def show_view(self, view: Snapshot) -> None:
        """Follow visit and pen."""
        if self._over:
            return
        if self.desk.visit.step is Step.CLOSED:
            self._over = True
            self.closed.emit()
            return
        if self._seen is not None and self._seen not in self.desk.visit.steps:
            self._seen = None
        page = self.page(self.seen)
        if self.stack.currentWidget() is not page:
            self.stack.setCurrentWidget(page)
            self.stack.setFocus()
        if self._lost and view.phase is Phase.OPEN:
            page.refusal.tell(None)  # what was told of the link that was lost is over
        self._lost = view.phase is Phase.LOST or (self._lost and view.phase is not Phase.OPEN)
        self.rail.show_visit(self.desk.visit, self.here, self.seen)
        page.show_visit(view)
        page.content.setEnabled(self._seen is None)
        self._show_next(page, view)
        if self.desk.visit.ended_early:
            self.reason_bar.forget()
        unsigned = self.here is not Step.SIGN and not self.desk.visit.ended_early
        for way_out in (self.early, self.unwell):
            way_out.setEnabled(unsigned)

    def _show_next(self, page: StepPage, view: Snapshot) -> None:
        if self._seen is not None:
            show_text(self.prompt, self.tr("Looking back. Nothing here can be changed."))
            show_text(self.next_button, self.tr("Back to {0}").format(self.tr(WORDS[self.here])))
            self.next_button.setVisible(True)
            self.next_button.setEnabled(True)
            return
        act = page.next_act(view)
        show_text(self.prompt, act.prompt[:1].upper() + act.prompt[1:])
        self.next_button.setVisible(bool(act.words) and self.reason_bar.isHidden())  # one next act
        show_text(self.next_button, act.words)
        self.next_button.setEnabled(act.usable)
        show_role(self.next_button, "go")

    def look_on(self, view: Snapshot) -> None:
        """Once a frame while the screen is locked: button and switch of the pen do nothing here."""
        if self.treat_flow is not None:
            self.treat_flow.look_on(view)

    def frame(self, view: Snapshot) -> None:
        """Once a frame: the treatment follows the hand; what moves is drawn."""
        flow = self.treat_flow
        if flow is not None:
            if self._seen is not None and Flags.BUTTON_PRESSED in flow.pressed(view):
                flow.look_on(view)  # no step is named where one looks back: the button only leads to it
                self.look_at(self.here)
            flow.follow(view)
            while flow.told:
                self.tone.emit(flow.told.pop(0))
        if self._seen is not None and view.open and view.state is State.RUN:
            self.look_at(self.here)  # nobody looks back while the needles move
        page = self.pages.get(self.seen)
        if page is None or self._over:
            return
        if not view.moving:  # while the needles move the prompt changes with the picture only
            self._show_next(page, view)
        if isinstance(page, TreatPage):
            page.frame(view)

    def refuse(self, error: PenError) -> None:
        """Something that was asked of the pen was refused: told on the page."""
        self.page(self.seen).refusal.tell(error)
        if self._ending and nothing_kept(error):
            self.reason_bar.offer_leave()

    def remind(self, unkept: Unkept) -> None:
        """It was left without its end: that is still to note, and its reason stands there when it is."""
        self.page(self.seen).refusal.tell(unkept.told_again())
        self.reason_bar.fill(unkept.reason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """The second click of a double click acts on nothing: the button may mean something else by then."""
        return watched is self.next_button and event.type() is QEvent.Type.MouseButtonDblClick

    def _pressed(self) -> None:
        self._meant = self.seen, self.next_button.text()
        self.page(self.seen).pressed()

    def _next(self) -> None:
        if self._meant != (self.seen, self.next_button.text()):
            return  # it was pressed for something else
        if self._seen is not None:
            self.look_at(self.here)
            return
        self.page(self.seen).act()
        self.show_view(self.engine.snapshot)

    # --- the two ways out ---

    def _ask_reason(self, *, unwell: bool) -> None:
        """The pen stops before anything is asked."""
        self._ending = False
        self.engine.stop()
        known = "" if unwell else self.page(self.seen).reason_to_end()
        self.reason_bar.ask(unwell=unwell, known=known)

    def _end(self, reason: str, unwell: bool) -> None:
        if not reason:
            self.page(self.seen).refusal.tell(self.tr("Ending the treatment needs a reason. Say why."))
            return
        self._ending = True
        if self.engine.treating is not None and self.engine.snapshot.open:
            self.engine.ask("end_visit_early", reason, unwell)
            return
        self._went_on()
        try:
            self.desk.end_without_pen(reason, unwell=unwell)
        except PenError as error:
            self.refuse(error)
