"""Numbers that a person enters: no widget, key, paste or wheel gets one past a hard limit, and none fails.

The limits stand here as literals, not read from where the program has them.
"""

from __future__ import annotations

import pytest
from monkey import type_text
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QWidget,
)

from penctl.protocol.enums import State
from penctl.treatment import visit_events as ev
from penctl.treatment.visit_steps import Step

LIMITS = {"HOME": (250, 100_000), "CLINICAL": (2500, 150_000)}
"""Greatest depth, µm, and stroke rate, mHz."""
RATE_LOW = 50_000
DENSEST = 2500
ABSURD = (
    "x",
    "1e9",
    "-1",
    "NaN",
    "inf",
    "9" * 40,
    "😀",
    "1.0\n9.9",
    "٣",
    "３",
    "0x2",
    "1_0",
    "--",
    "0",
    "",
    " ",
)
BEYOND = {
    "Depth": ("2.51", "2.501 mm", "251", "2501", "1e1", "9,9", "2.5 m"),
    "Stroke rate": ("150.1", "151", "101 Hz", "49", "9000", "0.1 kHz", "1e3"),
    "Density, zone mean": ("2501", "99999", "2.5e4"),
}
KEYS = (Qt.Key.Key_Up, Qt.Key.Key_PageUp, Qt.Key.Key_End, Qt.Key.Key_Right, Qt.Key.Key_Plus)
TEXT_ONLY = {
    "Agent, for example lidocaine 4 %",
    "Dose, for example 5 g",
    "Lot of the cartridge",
    "Why the zone is left out",
    "Why there is no photo",
}
"""Lines of the visit's pages that hold words; every other one holds a number and is tried here."""


def wheel(widget, turn=1200):
    at = QPointF(widget.rect().center())
    place = QPointF(widget.mapToGlobal(at.toPoint()))
    none, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    buttons = Qt.MouseButton.NoButton
    event = QWheelEvent(at, place, QPoint(), QPoint(0, turn), buttons, none, phase, False)
    QApplication.sendEvent(widget, event)


def enter(field, text, how):
    field.setFocus()
    field.selectAll()
    if how == "paste":
        QGuiApplication.clipboard().setText(text)
        field.paste()
    else:
        QTest.keyClick(field, Qt.Key.Key_Delete)
        type_text(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def numbers_of(widget):
    """Every widget below that takes a number, by its name: found by walking the tree."""
    assert not widget.findChildren(QAbstractSpinBox)
    assert all(isinstance(one, QScrollBar) for one in widget.findChildren(QAbstractSlider))
    assert not any(one.isEditable() for one in widget.findChildren(QComboBox))
    fields = {one.accessibleName() or one.placeholderText(): one for one in widget.findChildren(QLineEdit)}
    assert "" not in fields, "a line without a name"
    return {name: field for name, field in fields.items() if name not in TEXT_ONLY}


def within(zone, mode):
    deepest, fastest = LIMITS[mode]
    return (
        0 < zone.depth_um <= deepest
        and RATE_LOW <= zone.rate_mhz <= fastest
        and 0 < zone.density_per_cm2 <= DENSEST
    )


def planning(practice, mode):
    practice.sign_in().window.patients.search.setText("Juniper")
    practice.click(practice.window.patients.mode.buttons[mode])
    practice.click(practice.window.patients.begin_button)
    practice.screening("58").consent().no_photo()
    practice.page.touch("FRONTAL")
    practice.show()
    return practice.page


@pytest.mark.parametrize("mode", ["HOME", "CLINICAL"])
def test_no_widget_of_the_plan_takes_a_number_beyond_a_hard_limit(practice, mode):
    """Issue 7: depth and rate of HOME (0.25 mm, 100 Hz) and CLINICAL (2.5 mm, 150 Hz), by whatever way."""
    page = planning(practice, mode)
    found = numbers_of(page)
    assert set(found) == set(BEYOND), "a new number: try it here"
    for name, field in found.items():
        for text in (*ABSURD, *BEYOND[name]):
            for how in ("keys", "paste"):
                before = page.zones["FRONTAL"]
                enter(field, text, how)
                after = page.zones["FRONTAL"]
                assert within(after, mode), (name, text, how)
                assert after == before or not page.editor.refusal.text(), (name, text)
                if text in ABSURD:
                    assert after == before, (name, text)
        for key in KEYS:
            QTest.keyClick(field, key)
        wheel(field)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert within(page.zones["FRONTAL"], mode), name
    deepest, fastest = LIMITS[mode]
    for (key, _), button in page.editor.steps.items():
        for _ in range(60):
            button.click()
        assert within(page.zones["FRONTAL"], mode), key
    for text, value in (("0,2", 200), ("0.2", 200), ("0,15 mm", 150), (" 0.2mm ", 200)):
        enter(found["Depth"], text, "keys")
        assert page.zones["FRONTAL"].depth_um == value, text
    enter(found["Depth"], f"{deepest / 1000:g}", "keys")
    enter(found["Stroke rate"], f"{fastest / 1000:g}", "keys")
    assert (page.zones["FRONTAL"].depth_um, page.zones["FRONTAL"].rate_mhz) == LIMITS[mode], (
        "the limit itself is taken"
    )


def test_a_number_that_is_typed_and_not_entered_is_not_passed_over(practice):
    """Type-ahead: the plan that is agreed on is the one that is seen."""
    page = planning(practice, "CLINICAL")
    field = page.editor.fields["depth"]
    field.setFocus()
    field.selectAll()
    type_text(field, "0.3")
    practice.next()
    assert practice.visit.plan is not None
    assert practice.visit.plan.zone("FRONTAL").depth_um == 300
    assert practice.visit.step is Step.PREPARE


@pytest.mark.parametrize("active", [True, False])
def test_a_number_that_is_refused_is_not_agreed_on(practice, active):
    """Type-ahead: typed, refused by the click on the next act, which then agrees on nothing."""
    page = planning(practice, "CLINICAL")
    if active:  # then the press of the button takes the focus, and that enters the number
        practice.window.activateWindow()
    else:  # another window has the keyboard
        other = QWidget()
        other.show()
        other.activateWindow()
    QApplication.processEvents()
    field = page.editor.fields["depth"]
    field.setFocus()
    field.selectAll()
    type_text(field, "2.6")
    assert field.hasFocus() is active
    practice.next()
    assert practice.visit.plan is None
    assert "2.6 mm" in page.editor.refusal.text()
    assert field.text() == "0.5 mm", "what counts is what is shown"
    practice.next()
    assert practice.visit.plan.zone("FRONTAL").depth_um == 500, "it was read, and agreed on"


def test_no_widget_of_treat_sets_more_than_the_plan(practice):
    """Issue 7: the plan's limit. Keys, wheel and clicks everywhere on TREAT, in READY: the pen keeps it."""
    practice.sign_in().resume("Linden").armed()
    page = practice.page
    assert numbers_of(page) == {}, "a number in TREAT: try it here"
    for widget in page.findChildren(type(page.map).__mro__[1]):
        if widget.isVisible() and widget.isEnabled():
            wheel(widget)
            for key in KEYS:
                QTest.keyClick(widget, key)
    for card in (page.depth_card, page.rate_card):
        for _ in range(30):
            card.more.click()
            card.confirm.click()
            practice.act()
    practice.run(0.2)
    status = practice.view.status
    assert (status.depth_set_um, status.rate_set_mhz) == (500, 100_000)
    assert practice.view.state is State.READY
    planned = practice.screen.desk.noted(ev.Planned)[0].plan.zone("TEMPORAL_RIGHT")
    assert (planned.depth_um, planned.rate_mhz) == (500, 100_000)


def test_a_depth_elsewhere_that_is_none_is_told_in_its_place(practice):
    """Bad input: what a person told is kept as it is, or not at all; what was typed stays."""
    elsewhere = practice.sign_in().window.patients.past.elsewhere
    elsewhere.day.setText("2026-01-01")
    for text in (*ABSURD[:-2], "10.1", "-0.5", "0.5 Hz"):
        elsewhere.depth_mm.setText(text)
        typed = elsewhere.depth_mm.text()
        elsewhere.note()
        assert elsewhere.refusal.text(), text
        assert elsewhere.depth_mm.text() == typed
        assert not practice.window.desk.elsewhere(practice.window.patients._patient.id), text


def test_numbers_of_the_screening_and_of_an_outcome(practice):
    """Bad input: letters, absurd values, pasted lines; the sentence stands where it was typed."""
    patients = practice.sign_in().window.patients
    entry = patients.past.entry
    known = len(practice.window.desk.outcomes(patients._patient.id))
    for text in (*ABSURD[:-2], "10001"):
        if text == "0":
            continue
        entry.value.setText(text)
        entry.note()
        assert entry.refusal.text(), text
    assert len(practice.window.desk.outcomes(patients._patient.id)) == known
    practice.begin("Juniper")
    page = practice.page
    lines = {key: asked.field for key, asked in page.asked.items() if asked.field is not None}
    assert set(page.findChildren(QLineEdit)) >= set(lines.values())
    page.asked["SKIN_TYPE"].choice.choose("2")
    practice.click(page.rest)
    for key, field in lines.items():
        for text in ABSURD:
            page.asked["AGE"].field.setText("58")
            enter(field, text, "paste")
            practice.show()
            if practice.screen.next_button.isEnabled():
                practice.next()
            if key == "AGE" or text not in ("0", "", " "):
                assert practice.visit.step is Step.SCREENING, (key, text)
        field.clear()
        practice.click(page.rest)
