"""One zone of the plan: depth, stroke rate, directions of the passes, density; each with its unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from penctl.errors import PenError
from penctl.treatment.findings import TreatmentRefused
from penctl.treatment.plan import Direction, ZonePlan, quantity
from pengui.clinic.parts import Refusal, button, card, label, row
from pengui.said import said

DIRECTIONS: Final = {
    Direction.HORIZONTAL: "─  Horizontal",
    Direction.VERTICAL: "│  Vertical",
    Direction.DIAGONAL_LEFT: "╲  Diagonal",
    Direction.DIAGONAL_RIGHT: "╱  Diagonal",
}
STEPS: Final = {"depth": 50, "rate": 5000, "density": 50}
"""Steps of the buttons: µm, mHz, punctures/cm²."""
UNITS: Final = {"depth": ("mm", 1000), "rate": ("Hz", 1000), "density": ("/cm²", 1)}
FIELDS: Final = {"depth": "depth_um", "rate": "rate_mhz", "density": "density_per_cm2"}
NAMES: Final = {"depth": "Depth", "rate": "Stroke rate", "density": "Density, zone mean"}


class PlanEditor(QWidget):
    """Edits one `ZonePlan`; `changed` gets the new one. What the rules think of it is shown elsewhere."""

    def __init__(self, changed: Callable[[ZonePlan], None], remove: Callable[[str], None]) -> None:
        super().__init__()
        self._changed = changed
        self._zone: ZonePlan | None = None
        self.unread = False
        """Something was refused in the very event that is under way."""
        self.refusal = Refusal()
        """The page has a place for it: here it would move the steps away under a finger."""
        self.title = label("", "title")
        self.fields: dict[str, QLineEdit] = {}
        self.steps: dict[tuple[str, int], QPushButton] = {}
        self.passes: dict[Direction, QPushButton] = {}
        frame = card()
        layout = QVBoxLayout(frame)
        layout.setContentsMargins(14, 10, 14, 12)
        layout.setSpacing(6)
        self.remove_button = button(self.tr("Not today"), "plain")
        self.remove_button.clicked.connect(lambda: remove(self._zone.zone) if self._zone else None)
        layout.addLayout(row(self.title, None, self.remove_button))
        for key in UNITS:
            layout.addLayout(self._row(key))
        grid = QGridLayout()
        grid.setSpacing(6)
        for place, (direction, words) in enumerate(DIRECTIONS.items()):
            made = button(self.tr(words))
            made.setCheckable(True)
            made.setAccessibleName(said(direction.value.replace("_", " ").lower()))
            made.clicked.connect(self._passes)
            self.passes[direction] = made
            grid.addWidget(made, place // 2, place % 2)
        layout.addLayout(grid)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        self.show_zone(None, "")

    def _row(self, key: str) -> QVBoxLayout:
        field = QLineEdit()
        field.setMaxLength(16)
        field.setAccessibleName(self.tr(NAMES[key]))
        field.editingFinished.connect(lambda key=key: self._typed(key))
        self.fields[key] = field
        buttons = []
        for sign, text in ((-1, "−"), (1, "+")):
            words = self.tr("{0} up") if sign > 0 else self.tr("{0} down")
            made = button(text, "step", words.format(self.tr(NAMES[key])))
            made.setAccessibleName(made.toolTip())
            made.clicked.connect(lambda _=False, key=key, sign=sign: self._step(key, sign))
            self.steps[key, sign] = made
            buttons.append(made)
        caption: QLabel = label(self.tr(NAMES[key]), "caption")
        caption.setMinimumWidth(92)
        caption.setWordWrap(True)
        layout = QVBoxLayout()
        layout.addLayout(row(caption, None, buttons[0], field, buttons[1]))
        field.setProperty("width_px", 120)
        return layout

    def show_zone(self, planned: ZonePlan | None, name: str) -> None:
        """Edit this zone; None for none."""
        self.setVisible(planned is not None)
        same = self._zone is not None and planned is not None and self._zone.zone == planned.zone
        self._zone = planned
        if planned is None:
            self.refusal.tell(None)
            return
        if not same:
            self.refusal.tell(None)
        self.title.setText(name)
        for key, (unit, factor) in UNITS.items():
            value = getattr(planned, FIELDS[key])
            if not (self.fields[key].hasFocus() and self.fields[key].isModified()):
                self.fields[key].setText(f"{value / factor:g} {unit}")
                self.fields[key].setModified(False)
        for direction, made in self.passes.items():
            made.setChecked(direction in planned.passes)

    def take_typed(self) -> bool:
        """Take what stands in a field and was not entered yet; False when it was refused."""
        taken = [self._typed(key) for key in self.fields]
        return all(taken)

    def _typed(self, key: str) -> bool:
        """False when what was typed is refused."""
        if self._zone is None or not self.fields[key].isModified():
            return True
        self.fields[key].setModified(False)
        unit = UNITS[key][0]
        text = self.fields[key].text().replace(unit, "").replace(",", ".").strip()
        if not text:
            self._refuse(TreatmentRefused(NAMES[key], "nothing", f"a number of {unit}", "Type it"))
            return False
        try:
            value = quantity(f"{text} {'/cm2' if key == 'density' else unit}", key)
        except TreatmentRefused as error:
            self._refuse(error)
            return False
        return self._take(key, value)

    def _step(self, key: str, sign: int) -> None:
        if self._zone is not None:
            size = STEPS[key]
            here = getattr(self._zone, FIELDS[key])
            self._take(key, max(size, (here // size + sign if sign > 0 else -(-here // size) + sign) * size))

    def _take(self, key: str, value: int) -> bool:
        if self._zone is None:
            return True
        try:
            changes: dict[str, Any] = {FIELDS[key]: value}
            self._changed(replace(self._zone, **changes))
        except PenError as error:
            self._refuse(error)
            return False
        self.refusal.tell(None)
        return True

    def _refuse(self, error: PenError) -> None:
        """Tell it; until the event is over in which it happened, nobody can have read it."""
        self.refusal.tell(error)
        self.unread = True
        QTimer.singleShot(0, self._readable)
        self._again()

    def _readable(self) -> None:
        self.unread = False

    def _again(self) -> None:
        if self._zone is not None:
            self.show_zone(self._zone, self.title.text())

    def _passes(self) -> None:
        if self._zone is None:
            return
        chosen = tuple(direction for direction, made in self.passes.items() if made.isChecked())
        if not chosen:
            self.refusal.tell(self.tr("A zone needs at least one pass. Choose one, or leave the zone out."))
            self._again()
            return
        self.refusal.tell(None)
        self._changed(replace(self._zone, passes=chosen))
