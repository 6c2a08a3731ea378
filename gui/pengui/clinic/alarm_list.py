"""Every active alarm with value, limit and what to do, and below them the log of what happened to each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from html import escape
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea, QWidget

from pengui.clinic.alarms import Alarm, AlarmSystem, LogLine
from pengui.dates import clock_s
from pengui.said import said
from pengui.widgets.look import ALARM, BODY, CAPTION, DARK, GAP, PAD, TITLE, Look, Priority

SIGNS: Final = {Priority.HIGH: "!!!", Priority.MEDIUM: "!!", Priority.LOW: "!", Priority.INFO: "i"}
"""One, two, three marks: the priority without its colour."""
LOG_SHOWN: Final = 40


def now_here() -> datetime:
    """The time of this computer, with its zone."""
    return datetime.now().astimezone()


class AlarmList(QScrollArea):
    """A table over the page; nothing in it is touched but to scroll.

    Args:
        system: the alarms.
        parent: the window that it is drawn over.
        clock: the time of day, for the log.
    """

    def __init__(
        self, system: AlarmSystem, parent: QWidget, clock: Callable[[], datetime] = now_here
    ) -> None:
        super().__init__(parent)
        self._system, self._clock = system, clock
        self._look, self._scale, self._shown = DARK, 1.0, ""
        self.setObjectName("alarm-list")
        self.setAccessibleName(self.tr("Active alarms and their log"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setWordWrap(True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.setWidget(self.text)
        self.hide()

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale, self._shown = look, scale, ""
        self.setStyleSheet(
            f"QScrollArea {{ background: {look.card}; border: 0; "
            f"border-bottom: {self._px(3)}px solid {look.line}; }} "
            f"QLabel {{ background: {look.card}; color: {look.text}; font-size: {self._px(BODY)}px; "
            f"padding: {self._px(GAP)}px {self._px(PAD)}px; }}"
        )

    def _px(self, size: float) -> int:
        return round(size * self._scale)

    def follow(self, now_s: float) -> None:
        """Once a frame, while it is open."""
        told = self._active() + self._log(now_s)
        if told != self._shown:
            self._shown = told
            self.text.setText(told)

    def lines(self) -> list[str]:
        """The titles of the alarms that are listed, the most urgent first."""
        return [alarm.condition.title for alarm in self._system.active]

    def _active(self) -> str:
        rows = "".join(self._row(alarm) for alarm in self._system.active)
        return f'<table width="100%" cellspacing="{self._px(4)}" cellpadding="{self._px(4)}">{rows}</table>'

    def _row(self, alarm: Alarm) -> str:
        condition = alarm.condition
        ground, ink = ALARM.get(condition.priority, (self._look.raised, self._look.text))
        seen = self.tr("seen") if alarm.acknowledged else ""
        quantity = ", ".join(
            part
            for part in (
                self.tr("value {0}").format(said(condition.value)) if condition.value else "",
                self.tr("limit {0}").format(condition.limit) if condition.limit else "",
            )
            if part
        )
        cause = f"<br><span>{escape(said(condition.cause))}</span>" if condition.remedy else ""
        small = f"color: {self._look.quiet}; font-size: {self._px(CAPTION)}px"
        return (
            f'<tr><td bgcolor="{ground}" width="{self._px(110)}" align="center" valign="middle">'
            f'<span style="color: {ink}; font-weight: 700">{SIGNS[condition.priority]} '
            f"{said(condition.priority.name)}</span></td>"
            f'<td width="34%" valign="middle"><b>{escape(said(condition.title))}</b>'
            f'{"<br>" if quantity else ""}<span style="{small}">{escape(quantity)}</span>{cause}</td>'
            f'<td valign="middle">{escape(said(condition.remedy or condition.cause))}</td>'
            f'<td width="{self._px(60)}" align="right" valign="middle">'
            f'<span style="{small}">{seen}</span></td></tr>'
        )

    def _log(self, now_s: float) -> str:
        head = f'<p style="font-size: {self._px(TITLE)}px; font-weight: 600">{self.tr("Log")}</p>'
        rows = "".join(self._log_row(line, now_s) for line in reversed(self._system.log[-LOG_SHOWN:]))
        return f'{head}<table cellspacing="0" cellpadding="{self._px(2)}">{rows}</table>'

    def _log_row(self, line: LogLine, now_s: float) -> str:
        at = self._clock() - timedelta(seconds=now_s - line.at_s)
        return (
            f'<tr><td style="color: {self._look.quiet}">{clock_s(at)}&nbsp;&nbsp;&nbsp;</td>'
            f"<td>{said(line.priority.name)}&nbsp;&nbsp;&nbsp;</td>"
            f"<td>{escape(said(line.title))}&nbsp;&nbsp;&nbsp;</td><td>{escape(said(line.what))}</td></tr>"
        )
