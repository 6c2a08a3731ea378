"""The alarms of a time that is over: they stand still, sound nothing, and are said to be of then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtWidgets import QFrame, QHBoxLayout

from penctl.protocol import enums
from penctl.protocol.messages import Message
from penctl.status import Trip
from penctl.treatment.visit_events import TripNoted
from pengui.clinic.alarm_list import SIGNS
from pengui.clinic.alarms import Condition
from pengui.clinic.parts import OneLine, label, show_text
from pengui.clinic.pen_alarms import PenAlarms, priority_of
from pengui.widgets.look import ALARM, DARK, Look, Priority
from pengui.worker.snapshot import Notice, Phase, Snapshot, Stopped, Warned

SEEN_S: Final = 10.0
"""What was over at once is shown so long of the recording's time."""


class PastAlarms(QFrame):
    """One line of a fixed height: the most urgent alarm of the moment that is shown, and how many more."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("then")
        self._moments: tuple[tuple[float, Notice], ...] = ()
        self._edge = ""
        self._look, self._scale = DARK, 1.0
        self.caption, self.text = label(self.tr("Alarm then"), "caption"), OneLine()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 4, 12, 4)
        layout.setSpacing(12)
        layout.addWidget(self.caption)
        layout.addWidget(self.text, 1)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale, self._edge = look, scale, "?"

    def play(self, events: Iterable[tuple[float, Message]]) -> None:
        """Warnings, and stops that released by themselves, with the times at which a recording tells them."""
        notices = ((at_s, _notice(message)) for at_s, message in events)
        self._moments = tuple((at_s, notice) for at_s, notice in notices if notice is not None)

    def show_view(self, view: Snapshot, noted: TripNoted | None) -> None:
        """What was present; `noted` is the trip of a visit of which there is no recording."""
        found = sorted(self._present(view, noted), key=lambda one: -one.priority.value)
        if not found:
            show_text(self.text, self.tr("none"))
            self._colour(None)
            return
        first = found[0]
        value = self.tr(" {0}, limit {1}.").format(first.value, first.limit) if first.limit else ""
        more = self.tr(" And {0} more.").format(len(found) - 1) if len(found) > 1 else ""
        words = f"{SIGNS[first.priority]}  {first.priority.name}: {first.title}. {first.cause}{value}{more}"
        show_text(self.text, words)
        self._colour(first.priority)

    def _present(self, view: Snapshot, noted: TripNoted | None) -> list[Condition]:
        if noted is not None:
            return [Condition(noted.interlock, priority_of(noted.interlock), noted.interlock, noted.text)]
        pen = PenAlarms()
        for at_s, notice in self._moments:
            if 0.0 <= view.time_s - at_s <= SEEN_S:
                pen.take(notice)
        found = pen.present(view)
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


def _notice(event: Message) -> Notice | None:
    """As the worker tells it; a trip that is latched stands in the status."""
    if event.name == "EVENT_WARNING":
        return Warned(enums.Warning(event["warning"]), event["value"], event["limit"])
    if event.name == "EVENT_TRIP" and not event["latched"]:
        return Stopped(Trip.of(event))
    return None
