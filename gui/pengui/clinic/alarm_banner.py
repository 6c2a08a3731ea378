"""The alarm banner, the list of all active alarms and the log: never modal, always above the screens."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from penctl.errors import PenError
from pengui.clinic.alarm_list import SIGNS, AlarmList
from pengui.clinic.alarm_space import AlarmSpace
from pengui.clinic.alarms import Alarm, AlarmSystem
from pengui.clinic.parts import Folding, button, column, label, row, show_text
from pengui.said import said, told
from pengui.widgets.look import ALARM, BODY, DARK, SIGN, TITLE, Look

LIST_PX = 340
"""Height of the list at 1280 × 800, px."""
CHECKS = {
    **dict.fromkeys(("IL-06", "IL-34", "IL-40"), "self_test"),
    "IL-10": "reference",
}
"""By the alarm that is shown: the act of the pen that it asks for."""


class AlarmBanner(QFrame):
    """Shows the most urgent alarm: cause, value, limit, and what to do; the rest is in its list."""

    acknowledged = Signal()
    audio = Signal()
    reset = Signal(str)
    acted = Signal(str)
    """An act beside the alarm was chosen: "reconnect", "retract", or one of CHECKS."""

    def __init__(self, system: AlarmSystem, parent: QWidget) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Alarm"))
        self._system, self._look, self._scale = system, DARK, 1.0
        self._sheet, self._shown, self._latched = "", "", ""
        self._told = ("", "")
        self.sign = label("", "sign")
        self.title, self.cause = label("", "alarm-title", wrap=True), label("", "", wrap=True)
        self.remedy = label("", "", wrap=True)
        self.list_button = button("", tip=self.tr("Every active alarm, and the log"))
        self.acknowledge_button = button(
            self.tr("Acknowledge"), tip=self.tr("Seen; the alarm stays on the list")
        )
        self.audio_button = button(self.tr("Pause audio"), tip=self.tr("No tone for at most 120 s"))
        self.reset_button = button(
            self.tr("Reset"), tip=self.tr("The cause is removed: release the latched trip")
        )
        self.reconnect_button = button(self.tr("Reconnect"))
        self.retract_button = button(self.tr("Retract needles"))
        self.check_button = button("")
        self.listing = AlarmList(system, parent)
        self.space = AlarmSpace(self)
        self._lay_out()
        self._connect()
        self.hide()

    def _lay_out(self) -> None:
        texts, acts = column(gap=1), row()
        for text in (self.title, self.cause, self.remedy):
            text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            texts.addWidget(text)
        texts.insertStretch(0, 1)
        texts.addStretch(1)
        what = row(self.sign, texts)
        what.setStretch(1, 1)
        for act in self.acts:
            act.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            acts.addWidget(act)
        outer = column(Folding((what, 1), (acts, 0), below=760))
        outer.setContentsMargins(16, 4, 12, 4)
        self.setLayout(outer)

    @property
    def acts(self) -> tuple[QWidget, ...]:
        """The buttons, in their order."""
        return (
            *(self.retract_button, self.reconnect_button, self.check_button, self.reset_button),
            *(self.acknowledge_button, self.audio_button, self.list_button),
        )

    def _connect(self) -> None:
        self.acknowledge_button.clicked.connect(self.acknowledged)
        self.audio_button.clicked.connect(self.audio)
        self.reset_button.clicked.connect(lambda: self.reset.emit(self._latched))
        self.reconnect_button.clicked.connect(lambda: self.acted.emit("reconnect"))
        self.retract_button.clicked.connect(lambda: self.acted.emit("retract"))
        self.check_button.clicked.connect(lambda: self.acted.emit(CHECKS[self._shown]))
        self.list_button.clicked.connect(self._toggle)

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale, self._sheet = look, scale, ""
        self.space.dress(look, scale)
        self.listing.dress(look, scale)
        if self.listing.isVisible():
            self._place()

    def _toggle(self) -> None:
        """The list lies over the screen below the banner, so that nothing moves; STOP is above it."""
        shown = not self.listing.isVisible()
        self.listing.setVisible(shown)
        if shown:
            self._place()
            self.listing.raise_()

    def _place(self) -> None:
        room = self.window().height() - self.y() - self.height()
        height = min(round(LIST_PX * self._scale), room)
        self.listing.setGeometry(self.x(), self.y() + self.height(), self.width(), height)

    def follow(
        self, now_s: float, *, resettable: Callable[[str], bool], needles_out: bool, at_rest: bool
    ) -> None:
        """Once a frame: the most urgent alarm, its flash, and which acts there are.

        `at_rest`: somebody is signed in, and the pen can take a check now.
        """
        active = self._system.active
        self.setVisible(bool(active))
        if self._told[0] not in [alarm.condition.key for alarm in active]:
            self._told = ("", "")
        if not active:
            self._shown = ""
            self.listing.hide()
            return
        first = active[0]
        self._shown = first.condition.key
        self._colour(first, lit=AlarmSystem.lit(first, now_s))
        self._write(first)
        self.remedy.setVisible(bool(self.remedy.text()))
        # A worse alarm may stand above the trip: its reset is there all the same.
        keys = [alarm.condition.key for alarm in active]
        self._latched = next((key for key in keys if resettable(key)), "")
        show_text(self.reset_button, self.tr("Reset") + (f" {self._latched}" if len(keys) > 1 else ""))
        self.reset_button.setVisible(bool(self._latched))
        self.reconnect_button.setVisible(self._shown == "LINK")
        self.retract_button.setVisible(needles_out)
        check = CHECKS.get(self._shown)
        acts = {"self_test": self.tr("Self-test"), "reference": self.tr("Reference")}
        show_text(self.check_button, acts.get(check or "", ""))
        self.check_button.setVisible(check is not None and at_rest)
        self.acknowledge_button.setVisible(any(not alarm.acknowledged for alarm in active))
        paused_s = self._system.audio_paused_s(now_s)
        words = self.tr("Audio paused {0} s").format(round(paused_s)) if paused_s else self.tr("Pause audio")
        show_text(self.audio_button, words)
        self.audio_button.setVisible(bool(paused_s) or self._system.sounding(now_s) is not None)
        more = f" +{len(active) - 1}" if len(active) > 1 else ""
        show_text(self.list_button, self.tr("List") + more)
        seen = all(alarm.acknowledged for alarm in active)
        self.cause.setVisible(bool(self.cause.text()) and self.space.has_room(seen=seen))
        if self.listing.isVisible():
            self._place()
            self.listing.follow(now_s)

    def tell(self, error: PenError) -> None:
        """The reset was refused: told where it was asked for, until something else is shown."""
        self._told = (self._latched, self.tr("Not reset: {0}").format(told(error)))

    def _write(self, alarm: Alarm) -> None:
        condition = alarm.condition
        gone = "" if alarm.present else self.tr(" – the cause is gone, reset it")
        quantity = ""
        if condition.value:
            quantity = self.tr(" Value {0}").format(said(condition.value))
            quantity += self.tr(", limit {0}.").format(condition.limit) if condition.limit else "."
        show_text(self.sign, SIGNS[condition.priority])
        show_text(self.title, f"{said(condition.title)}{gone}")
        show_text(self.cause, f"{said(condition.cause)}{quantity}")
        show_text(self.remedy, f"{said(condition.remedy)} {self._told[1]}".strip())
        spoken = f"{said(condition.priority.name)}: {said(condition.title)}. {said(condition.remedy)}"
        self.setAccessibleDescription(spoken)

    def _colour(self, alarm: Alarm, *, lit: bool) -> None:
        ground, text = ALARM.get(alarm.condition.priority, (self._look.raised, self._look.text))
        if not lit:
            ground, text = self._look.card, self._look.text
        edge = ALARM.get(alarm.condition.priority, (self._look.line, ""))[0]
        size, big = round(BODY * self._scale), round(TITLE * self._scale)
        sign = big if alarm.acknowledged else round(SIGN * self._scale)
        sheet = (
            f"AlarmBanner {{ background: {ground}; border: {round(3 * self._scale)}px solid {edge}; }} "
            f"QLabel {{ color: {text}; font-size: {size}px; }} "
            f'QLabel[role="alarm-title"] {{ font-size: {big}px; font-weight: 700; }} '
            f'QLabel[role="sign"] {{ font-size: {sign}px; font-weight: 900; }} '
            f"QPushButton {{ background: {self._look.card}; color: {self._look.text}; }}"
        )
        if sheet != self._sheet:
            self._sheet = sheet
            self.setStyleSheet(sheet)
