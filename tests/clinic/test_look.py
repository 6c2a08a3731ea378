"""The look of every screen: contrast, sizes, one next act, alarm colours, nothing cut off, every text translated.

One walk through every screen, in a language that makes each text 40 % longer, feeds most of these tests.
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

from pengui.clinic import demo
from pengui.clinic.parts import Folding
from pengui.widgets import look as looks
from pengui.widgets.look import ALARM, LOOKS, dpi_of, on_screen, px_of_mm, scale_of, style_sheet

from . import look_checks as checks
from .conftest import Practice, prepare_visit
from .tour import Pseudo, Tour, start_screens

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DATA = re.compile(
    r"Hazel Ashgrove|Juniper Vale|Linden Marsh|Rowan Birchfield|P-[A-Z0-9]{6}|penctl|postgresql|Etc/UTC|"
    rf"\b({MONTHS})\b|\b({'|'.join(month[:3] for month in MONTHS.split('|'))})\b|\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b|"
    r"\b(admin|clinician)\b|consent-microneedling-scalp 1|\bnot wanted\b|dizzy|nobody at all|DEMO|\bIII\b|\b(Esc|Space)\b"
)
"""Names, days, what somebody typed, names of keys and files: nobody's wording."""
SCREENS = 40
"""How many stops the walk makes at least; a walk that ends early would find nothing."""


@pytest.fixture(scope="module")
def seen(qapp, clinic_files, tmp_path_factory):
    """Every defect of every check on every screen, and what was painted; found in one walk."""
    folder = tmp_path_factory.mktemp("look") / "clinic"
    shutil.copytree(clinic_files, folder)
    found, screens, painted = defaultdict(list), [], {}
    everywhere = (checks.unnamed, checks.wrong_numbers, checks.cut_off, checks.odd_sizes, checks.acts)
    framed = (checks.too_small, checks.out_of_sight, checks.alarm_colours)

    def look(name, window):
        screens.append(name)
        used = (*everywhere, checks.crossed_tabs) + (framed if hasattr(window, "header") else ())
        for check in used:
            found[check.__name__] += [f"{name}: {defect}" for defect in check(window)]
        found["untranslated"] += [f"{name}: {one}" for one in checks.untranslated(window, DATA)]

    draw, language, told = QPainter.drawText, Pseudo(), Practice.told

    def drawn(painter, *given):
        painted.update((text, screens[-1]) for text in given if isinstance(text, str))
        return draw(painter, *given)

    store = demo.open_clinic(folder)
    patch = pytest.MonkeyPatch()
    patch.setattr(QPainter, "drawText", drawn)
    patch.setattr(Practice, "told", lambda self: checks.without_accents(told(self)))
    QCoreApplication.installTranslator(language)
    screens.append("before the first")
    try:
        start_screens(look)
        practice = Practice(store)
        try:
            Tour(practice, look).walk()
        finally:
            practice.close()
    finally:
        QCoreApplication.removeTranslator(language)
        patch.undo()
        store.close()
    return SimpleNamespace(found=found, screens=screens[1:], painted=painted, asked=language.asked)
