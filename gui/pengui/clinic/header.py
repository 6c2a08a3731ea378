"""The head of every screen: whom it is about, what the pen does, and STOP, always in the same place."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout

from penctl.protocol.enums import Flags, State
from pengui.clinic.face import Face
from pengui.clinic.parts import OneLine, button, label, show_role, show_text
from pengui.console import wording
from pengui.said import said
from pengui.widgets.look import DARK, STOP_MM, Look, color, font, px_of_mm
from pengui.worker.snapshot import Phase, Snapshot

HEADER_MM: Final = STOP_MM + 2.5
STOP_WIDTH_MM: Final = 52.0
ROOMY_PX: Final = 900
"""In a head that is narrower than this, initials and the state of the switch give way."""


class StopButton(QPushButton):
    """STOP: acts when it goes down, takes no focus, never moves or greys out. Red is an alarm's."""

    def __init__(self) -> None:
        super().__init__()
        self._look, self._scale, self.keys = DARK, 1.0, "Esc"
        self.setAccessibleName(self.tr("STOP"))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale = look, scale
        width, height = px_of_mm(STOP_WIDTH_MM, scale, look.dpi), px_of_mm(STOP_MM, scale, look.dpi)
        size = QSize(width, height)
        self.setFixedSize(size)
        self.setStyleSheet(
            f"min-width: {width}px; max-width: {width}px; "
            f"min-height: {height}px; max-height: {height}px; border: 0; margin: 0;"
        )

    def show_keys(self, keys: str) -> None:
        """Which keys are STOP now."""
        if keys != self.keys:
            self.keys = keys
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter, look, scale = QPainter(self), self._look, self._scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground, ink = (look.on_stop, look.stop) if self.isDown() else (look.stop, look.on_stop)
        box = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        painter.setPen(QPen(color(look.stop), 3))
        painter.setBrush(color(ground))
        painter.drawRoundedRect(box, 12 * scale, 12 * scale)
        painter.setPen(color(ink))
        height = box.height()
        painter.setFont(font(height * 0.46, font(1).Weight.Black))
        above = box.adjusted(0, 0, 0, -height * 0.22)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, self.tr("STOP"))
        painter.setFont(font(height * 0.17, font(1).Weight.DemiBold))
        foot = QRectF(box.x(), box.bottom() - height * 0.29, box.width(), height * 0.24)
        painter.drawText(foot, Qt.AlignmentFlag.AlignCenter, self.keys)
        painter.end()


class Header(QFrame):
    """Patient left, pen in the middle, STOP right."""

    home = Signal()
    menu = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("header")
        self._wide, self._open, self._state_width = float(ROOMY_PX), False, 0
        self.home_button = button("‹", "icon")
        self.home_button.setAccessibleName(self.tr("Back to the patients"))
        self.face = Face()
        self.name, self.about = OneLine("title"), OneLine("small")
        self.simulated = label(said(wording.SIMULATED), "simulated")
        self.state, self.sentence = label("", "state"), label("", "small", wrap=True)
        self.hold = label("", "chip")
        self.menu_button = button("☰", "icon")
        self.menu_button.setAccessibleName(self.tr("Menu"))
        self.stop_button = StopButton()
        self.sentence.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        who, pen = _two_lines(self.name, self.about), _two_lines(self.state, self.sentence)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 4, 8, 4)
        layout.setSpacing(10)
        layout.addWidget(self.home_button)
        layout.addWidget(self.face)
        middle = Qt.AlignmentFlag.AlignVCenter
        self._box, self._pen = layout, pen
        layout.addLayout(who, 4)
        layout.addWidget(self.simulated, 0, middle)
        layout.addLayout(pen, 5)
        layout.addWidget(self.hold, 0, middle)
        layout.addWidget(self.menu_button, 0, middle)
        layout.addWidget(self.stop_button, 0, middle)
        self.home_button.clicked.connect(self.home)
        self.menu_button.clicked.connect(self.menu)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self.setFixedHeight(px_of_mm(HEADER_MM, scale, look.dpi))
        self._wide = ROOMY_PX * scale
        self.hold.ensurePolished()
        widest = max(self.hold.fontMetrics().horizontalAdvance(words) for words in self._held_words())
        self.hold.setMinimumWidth(widest + round(16 * scale))  # what stands beside it stays put
        self.state.ensurePolished()
        metrics = self.state.fontMetrics()
        widest = max(metrics.horizontalAdvance(said(state.name.replace("_", "-"))) for state in State)
        self._state_width = widest + round(24 * scale)
        self._fold()
        self.face.dress(look, scale)
        self.stop_button.dress(look, scale)

    def _held_words(self) -> tuple[str, str]:
        """The switch at the pen: released, held."""
        return self.tr("○ Switch released"), self.tr("● Switch held")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        """Where there is little room, what is said elsewhere too gives way first."""
        roomy = self.width() >= self._wide
        self.sentence.setVisible(roomy)
        policy = QSizePolicy.Policy.Ignored if roomy else QSizePolicy.Policy.Preferred
        self.state.setSizePolicy(policy, QSizePolicy.Policy.Preferred)  # what stands beside it stays put
        self.state.setMinimumWidth(self._state_width if roomy and self._open else 0)
        self._box.setStretchFactor(self._pen, 5 if roomy else 0)
        self.face.setVisible(roomy and bool(self.face.name))
        self.hold.setVisible(roomy and self._open)

    def show_person(
        self, name: str, about: str, *, may_go_home: bool, face: bool = True, photo: str = ""
    ) -> None:
        """Whom the screen is about; `face` is False for a heading that is nobody's name."""
        self.face.show_name(name if face else "")
        self.face.show_photo(photo if face else "")
        self._fold()
        show_text(self.name, name)
        show_text(self.about, about)
        self.about.setVisible(bool(about))
        policy = self.home_button.sizePolicy()
        policy.setRetainSizeWhenHidden(face)  # while the pen is armed nobody goes back, and nothing moves
        self.home_button.setSizePolicy(policy)
        self.home_button.setVisible(may_go_home)

    def show_view(self, view: Snapshot, *, simulated: bool) -> None:
        """What the pen does."""
        shown = view.phase is not Phase.CLOSED
        word = said(wording.state_word(view)) if shown else ""
        show_text(self.state, f" {word} " if view.open and view.state in (State.READY, State.RUN) else word)
        show_text(self.sentence, said(_sentence(view)) if shown else "")
        armed = view.open and view.state in (State.READY, State.RUN)
        running = armed and view.state is State.RUN
        show_role(self.state, "state-run" if running else "state-ready" if armed else "state")
        self.simulated.setVisible(simulated or view.simulated)
        held = Flags.HOLD_PRESSED in view.flags
        show_text(self.hold, self._held_words()[held])
        self._open = view.open
        self._fold()


def _two_lines(upper: QLabel, lower: QLabel) -> QVBoxLayout:
    """A word above a sentence."""
    layout = QVBoxLayout()
    layout.setSpacing(0)
    layout.addStretch(1)
    if isinstance(upper, OneLine):
        layout.addWidget(upper)
    else:  # no wider than its word
        layout.addWidget(upper, 0, Qt.AlignmentFlag.AlignLeft)
    layout.addWidget(lower)
    layout.addStretch(1)
    return layout


def _sentence(view: Snapshot) -> str:
    plain = {
        State.READY: "Armed. The switch at the pen moves the needles.",
        State.STANDBY: "The needles are at rest.",
        State.SAFE: "Stopped by an interlock.",
    }
    if view.open and view.state in plain and view.asks_button is None and view.busy in ("", "make_ready"):
        return plain[view.state]
    return wording.state_sentence(view)
