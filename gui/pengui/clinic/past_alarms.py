"""The alarms of a time that is over: they stand still, sound nothing, and are said to be of then."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from penctl.treatment.visit_events import TripNoted
from pengui.clinic.alarm_banner import SIGNS
from pengui.clinic.alarms import Condition
from pengui.clinic.parts import label, show_text
from pengui.clinic.pen_alarms import PenAlarms, priority_of
from pengui.widgets.look import ALARM, DARK, Look, Priority
from pengui.worker.snapshot import Notice, Phase, Snapshot

SEEN_S: Final = 10.0
"""A warning, which is over at once, is shown so long of the recording's time."""


class PastAlarms(QFrame):
    """One line of a fixed height: the most urgent alarm of the moment that is shown, and how many more."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("then")
        self._pen, self._warned_s = PenAlarms(), 0.0
        self._time_s = 0.0
        self._edge = ""
        self._look, self._scale = DARK, 1.0
        self.caption, self.text = label(self.tr("Alarm then"), "caption"), label("", "")
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 4, 12, 4)
        layout.setSpacing(12)
        layout.addWidget(self.caption)
        layout.addWidget(self.text, 1)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale, self._edge = look, scale, "?"

    def forget(self) -> None:
        """Another time is gone to."""
        self._pen = PenAlarms()

    def take(self, notice: Notice) -> None:
        """A warning, or a stop that released by itself, at this moment of the recording."""
        self._warned_s = self._time_s
        self._pen.take(notice)

    def show_view(self, view: Snapshot, noted: TripNoted | None) -> None:
        """What was present; `noted` is the trip of a visit of which there is no recording."""
        self._time_s = view.time_s
        if not 0.0 <= view.time_s - self._warned_s <= SEEN_S:
            self._pen.seen()
        found = sorted(self._present(view, noted), key=lambda one: -one.priority.value)
        if not found:
            show_text(self.text, self.tr("none"))
            self._colour(None)
            return
        first = found[0]
        value = f" {first.value}, limit {first.limit}." if first.value and first.limit else ""
        more = self.tr(" And {0} more.").format(len(found) - 1) if len(found) > 1 else ""
        words = f"{SIGNS[first.priority]}  {first.priority.name}: {first.title}. {first.cause}{value}{more}"
        show_text(self.text, words)
        self.text.setToolTip(words)
        self._colour(first.priority)

    def _present(self, view: Snapshot, noted: TripNoted | None) -> list[Condition]:
        if noted is not None:
            return [Condition(noted.interlock, priority_of(noted.interlock), noted.interlock, noted.text)]
        found = self._pen.present(view)
        if view.phase is Phase.LOST:
            title, cause = self.tr("The link was lost"), self.tr("The pen was not heard.")
            found.append(Condition("LINK", Priority.MEDIUM, title, cause))
        return found

    def _colour(self, priority: Priority | None) -> None:
        """An edge in the colour of the priority: the ground is the live banner's."""
        look, scale = self._look, self._scale
        edge = look.card if priority is None else ALARM.get(priority, (look.line, ""))[0]
        if edge != self._edge:
            self._edge = edge
            self.setStyleSheet(
                f"QFrame#then {{ background: {look.card}; border: 0; border-top: 1px solid {look.line}; "
                f"border-left: {round(8 * scale)}px solid {edge}; }}"
            )
