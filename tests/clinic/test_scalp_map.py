"""Every zone of the table can be touched, tabbed to and read out; no mark lives by its colour alone."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from penctl.treatment.plan import Direction
from penctl.treatment_tables import load_scalp
from pengui.widgets.look import DARK, LIGHT
from pengui.widgets.scalp_map import ScalpMap
from pengui.widgets.scalp_marks import ANGLES, Mark, ZoneLook
from pengui.widgets.scalp_shapes import HEADS

NAMES = {zone.id: zone.name for zone in load_scalp().zones.values()}


@pytest.fixture
def scalp(qapp):
    made = ScalpMap(NAMES)
    made.resize(900, 640)
    made.show()
    QApplication.processEvents()
    told: list[str] = []
    made.touched.connect(told.append)
    yield made, told
    made.close()
    made.deleteLater()


def test_every_zone_of_the_table_is_drawn_and_touched(scalp):
    """Issue 7: zones as touchable shapes; a zone that somebody adds to the table must be drawn, too."""
    made, told = scalp
    assert {zone for head in HEADS.values() for zone in head.zones} == set(NAMES)
    for zone in NAMES:
        QTest.mouseClick(made, Qt.MouseButton.LeftButton, pos=made.place_of(zone).toPoint())
    assert told == list(NAMES)


def test_beside_the_head_nothing_is_touched(scalp):
    """A touch that meets no zone chooses none."""
    made, told = scalp
    QTest.mouseClick(made, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert told == []


def test_a_zone_is_chosen_by_the_keyboard_alone(scalp):
    """Issue 7: keyboard alone. Tab goes from zone to zone, Space chooses."""
    made, told = scalp
    first = made.buttons["FRONTAL"]
    first.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(first, Qt.Key.Key_Space)
    assert told == ["FRONTAL"]
    assert all(button.focusPolicy() is Qt.FocusPolicy.TabFocus for button in made.buttons.values())


def test_a_screen_reader_is_told_what_the_map_shows(scalp):
    """Issue 7: names for screen readers, with mark, date, passes and density."""
    made, _ = scalp
    look = ZoneLook("Vertex", Mark.IN_PROGRESS, "", 0.5, ("HORIZONTAL", "VERTICAL"), ("HORIZONTAL",))
    made.show_zones({"VERTEX": look, "FRONTAL": ZoneLook("Frontal", Mark.LOCKED, "until 24 Nov")})
    spoken = made.buttons["VERTEX"].accessibleName()
    assert spoken == "Vertex, in progress, 1 of 2 passes done, 50 % of the density"
    assert made.buttons["FRONTAL"].accessibleName() == "Frontal, locked until 24 Nov"


def grey(widget) -> np.ndarray:
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    data = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return data[:, : image.width()].astype(int)


@pytest.mark.parametrize("look", [DARK, LIGHT], ids=lambda look: look.name)
def test_marks_differ_without_their_colours(scalp, look):
    """Issue 7: planned, due, locked, in progress, done by shape or hatch beside colour."""
    made, _ = scalp
    made.dress(look, 1.0)
    seen = {}
    for mark in Mark:
        made.show_zones({"VERTEX": ZoneLook("Vertex", mark, passes=("HORIZONTAL",))})
        seen[mark] = grey(made)
    for mark, picture in seen.items():
        for other, another in seen.items():
            if mark is not other:
                assert (abs(picture - another) > 40).sum() > 20, f"{mark} looks like {other} in grey"


def test_density_fills_the_zone_as_it_grows(scalp):
    """Issue 7: density fills as the dose grows."""
    made, _ = scalp
    empty = ZoneLook("Vertex", Mark.IN_PROGRESS)
    shown = []
    for part in (0.0, 0.3, 0.9):
        made.show_zones({"VERTEX": ZoneLook("Vertex", Mark.IN_PROGRESS, density=part)})
        shown.append(grey(made))
    made.show_zones({"VERTEX": empty})
    changed = [int((abs(picture - shown[0]) > 60).sum()) for picture in shown]
    assert changed[0] < changed[1] < changed[2]


def test_every_direction_has_strokes():
    """Passes are drawn as strokes in their direction; a direction that is added needs its angle."""
    assert set(ANGLES) == {direction.value for direction in Direction}
