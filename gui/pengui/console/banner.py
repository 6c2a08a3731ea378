"""What went wrong, with cause, value, limit and remedy. Never modal: the window stays usable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout

from penctl.errors import PenError
from penctl.protocol.enums import Flags, Mode, State
from penctl.status import Trip
from penctl.trip_words import trip_sentence
from pengui.console import wording
from pengui.console.parts import button, label, show_role, show_text
from pengui.worker.snapshot import Phase, Snapshot, Warned

TOLD_MAX: Final = 3
"""So many troubles are shown at once; the oldest goes first."""


class Banner(QFrame):
    """One line of trouble at a time: a lost link before a latched trip before a refused command."""

    def __init__(
        self,
        reset: Callable[[int], None],
        reconnect: Callable[[], None],
        retract: Callable[[], None],
        cancel_mode: Callable[[], None],
    ) -> None:
        super().__init__()
        self.setProperty("role", "alarm")
        self._trip: Trip | None = None
        self._lost: PenError | None = None
        self._told: list[tuple[str, str, str]] = []
        self._latched: tuple[Trip, ...] = ()
        self._asks: Mode | None = None
        self._needles_out = False
        self._past = False
        self._reset = reset
        self.headline = label("", "headline", wrap=True)
        self.cause = label("", "", wrap=True)
        self.remedy = label("", "", wrap=True)
        self.removed = QCheckBox("The cause is removed")
        self.retract_button = button("Retract needles", tip="The depth stage pulls the needles in")
        self.reset_button = button("Reset")
        self.reconnect_button = button("Reconnect", "go")
        self.dismiss_button = button("Dismiss")
        self.cancel_button = button("Cancel", tip="Leave the mode as it is")
        self._lay_out()
        self.removed.toggled.connect(self.reset_button.setEnabled)
        self.retract_button.clicked.connect(retract)
        self.reset_button.clicked.connect(self._reset_clicked)
        self.reconnect_button.clicked.connect(reconnect)
        self.dismiss_button.clicked.connect(self._dismiss)
        self.cancel_button.clicked.connect(cancel_mode)
        self.hide()

    def _lay_out(self) -> None:
        text = QVBoxLayout()
        text.setSpacing(2)
        for line in (self.headline, self.cause, self.remedy):
            text.addWidget(line)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 8, 14, 8)
        layout.setSpacing(12)
        layout.addLayout(text, 1)
        for widget in (
            self.retract_button,
            self.removed,
            self.reset_button,
            self.reconnect_button,
            self.dismiss_button,
            self.cancel_button,
        ):
            layout.addWidget(widget)

    def refuse(self, act: str, error: PenError) -> None:
        """An act failed."""
        self._tell((f"{wording.act_words(act)}: not done", str(error), ""))

    def refuse_field(self, name: str, error: PenError | None) -> None:
        """A field does not take a value, or does again."""
        if error is not None:
            self._tell((f"{name}: not taken", str(error), ""))
        else:
            self.succeed()

    def warn(self, notice: Warned) -> None:
        """The pen raised a warning."""
        told = wording.warning_words(notice)
        if told is not None:
            self._tell(told)

    def stopped(self, trip: Trip) -> None:
        """An interlock stopped the pen and released by itself."""
        self._tell(
            (
                f"{wording.trip_title(trip)} – stopped, nothing is latched",
                trip_sentence(trip),
                wording.trip_remedy(trip),
            )
        )

    def _tell(self, told: tuple[str, str, str]) -> None:
        """The newest first; the same headline once."""
        kept = [earlier for earlier in self._told if earlier[0] != told[0]]
        self._told = [told, *kept][:TOLD_MAX]
        self._render()

    def lose(self, error: PenError) -> None:
        """The link was lost."""
        self._lost, self._told = error, []
        self._render()

    def succeed(self) -> None:
        """An act came to its end: what was refused before is of no interest any more."""
        if self._told:
            self._told = []
            self._render()

    def show_view(self, view: Snapshot) -> None:
        """Follow the pen: its trip, and its link."""
        lost = self._lost if view.phase in (Phase.LOST, Phase.OPENING) else None
        trip = view.trip
        needles_out = trip is not None and view.state is State.SAFE and Flags.NEEDLES_CLEAR not in view.flags
        self.retract_button.setEnabled(not view.busy)
        shown = (trip, lost, needles_out, view.latched, view.asks_button)
        past, self._past = self._past, view.recorded
        if past != view.recorded or shown != (
            self._trip,
            self._lost,
            self._needles_out,
            self._latched,
            self._asks,
        ):
            if trip != self._trip:
                self.removed.setChecked(False)
                self._told = []
            self._trip, self._lost, self._needles_out, self._latched, self._asks = shown
            self._render()

    def _dismiss(self) -> None:
        self._told = []
        self._render()

    def _reset_clicked(self) -> None:
        if self._trip is not None:
            self.removed.setChecked(False)
            self._reset(self._trip.interlock)

    def _render(self) -> None:
        lost, trip = self._lost is not None, self._trip is not None
        self._render_text()
        offered = not lost and not self._past
        self.retract_button.setVisible(self._needles_out and offered)
        self.removed.setVisible(trip and offered)
        self.reset_button.setVisible(trip and offered)
        self.reset_button.setEnabled(self.removed.isChecked())
        self.reconnect_button.setVisible(lost)
        asks = self._asks is not None and not lost and not trip
        self.cancel_button.setVisible(asks)
        self.dismiss_button.setVisible(bool(self._told) and not lost and not asks)
        show_role(self, "alarm" if lost or trip else "caution")
        self.setVisible(lost or trip or asks or bool(self._told))

    def _render_text(self) -> None:
        if self._lost is not None:
            self._write("Link lost", str(self._lost), self._told_text())
        elif self._trip is not None:
            trip = self._trip
            show_text(self.reset_button, f"Reset {trip.id}")
            remedy = wording.trip_remedy(trip)
            refused = self._told_text()
            self._write(
                f"{wording.trip_title(trip)} – latched{wording.more_trips(trip, self._latched)}",
                trip_sentence(trip),
                f"{remedy} {refused}".strip(),
            )
        elif self._asks is not None:
            self._write(*wording.button_words(self._asks))
        elif self._told:
            headline, cause, remedy = self._told[0]
            also = "".join(f" Also: {earlier[0]}. {earlier[2] or earlier[1]}" for earlier in self._told[1:])
            self._write(headline, cause, f"{remedy}{also}".strip())

    def _told_text(self) -> str:
        return " ".join(self._told[0][1:]).strip() if self._told else ""

    def _write(self, *lines: str) -> None:
        for target, text in zip((self.headline, self.cause, self.remedy), lines, strict=True):
            show_text(target, text)
            target.setVisible(bool(text))
