"""Fast operators: type-ahead, double clicks, two buttons at once, keys held, clicks while a page changes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from monkey import ORDER, Broken, Monkey, disorder
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog

from penctl.treatment import visit_events as ev
from pengui.clinic.steps.treat import TreatPage


@pytest.fixture
def monkey(practice, slots, monkeypatch):
    """Makes a monkey that stands before an open visit, READY for its first pass."""
    for name in ("getOpenFileName", "getSaveFileName", "getOpenFileNames"):
        monkeypatch.setattr(QFileDialog, name, staticmethod(lambda *_: ("", "")))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", staticmethod(lambda *_: ""))
    monkeypatch.setattr(QDesktopServices, "openUrl", staticmethod(lambda *_: True))

    def made(seed: int) -> Monkey:
        practice.sign_in().resume("Linden").armed()
        return Monkey(practice, seed, slots)

    return made


def test_whatever_a_fast_operator_does_the_pen_and_the_journal_are_in_order(monkey):
    """Issue 7, fast operators: the drive is on in RUN with the switch held only, no slot fails, no dialog."""
    made = monkey(0)
    made.play(120)
    assert made.ran_s > 0.0, "the needles never moved: nothing was asked"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 140))
def test_whatever_a_fast_operator_does_for_long(monkey, seed):
    """The same for many seeds."""
    monkey(seed).play(600)


@pytest.mark.parametrize(
    ("plant", "told"),
    [("slot", "KeyError"), ("dialog", "QDialog stands over a visit"), ("drive", "the drive is on in ")],
)
def test_what_is_planted_is_found(monkey, practice, slots, monkeypatch, plant, told):
    """The monkey can fail: a slot that fails, a dialog over the treatment, a drive that nobody holds."""
    made = monkey(0)
    PLANTS[plant](monkeypatch, practice)
    with pytest.raises(Broken, match=told):
        made.play(80)
    slots.clear()
    practice.between = lambda step_s: None


def test_a_journal_that_is_out_of_order_is_found(practice):
    """The oracle of the journal can fail: each event that is needed, left out; two that changed places."""
    practice.sign_in().resume("Linden").armed()
    practice.click(practice.screen.early)
    practice.screen.reason.setText("enough")
    practice.click(practice.screen.confirm)
    practice.act()
    events = practice.visit.events
    assert disorder(events) == ""
    for kind in ORDER[:-1]:
        assert disorder(tuple(one for one in events if type(one) is not kind)), kind.__name__
    assert disorder(tuple(reversed(events)))
    assert "after the end" in disorder(
        (*events, replace(practice.screen.desk.noted(ev.Armed)[0], at=events[-1].at))
    )


def _slot_that_fails(monkeypatch, practice):
    """An act that nobody has tried."""
    monkeypatch.setattr(TreatPage, "act", lambda self: {}["act"])


def _dialog(monkeypatch, practice):
    """A question that stands over the treatment."""
    monkeypatch.setattr(TreatPage, "act", lambda self: QDialog(self).open())


def _drive_without_switch(monkeypatch, practice):
    """A drive that somebody else switches on."""
    plain = practice.between

    def welded(step_s):
        practice.bench.kernel.outputs["drive_enable"] = 1
        plain(step_s)

    practice.between = welded


PLANTS = {"slot": _slot_that_fails, "dialog": _dialog, "drive": _drive_without_switch}
