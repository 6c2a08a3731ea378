"""The look of every screen: contrast, sizes, one next act, colours, nothing cut off, every text translated.

One walk through every screen, in a language that makes each text 40 % longer, feeds most of these tests.
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

from pengui.clinic import demo
from pengui.clinic.parts import Folding
from pengui.widgets import look as looks
from pengui.widgets.look import ALARM, LOOKS, dpi_of, on_screen, px_of_mm, scale_of, style_sheet

from . import look_checks as checks
from .conftest import Practice
from .tour import Pseudo, Tour, start_screens

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DAYS = "Mon|Tue|Wed|Thu|Fri|Sat|Sun"
DATA = re.compile(
    r"Hazel Ashgrove|Juniper Vale|Linden Marsh|Rowan Birchfield|P-[A-Z0-9]{6}|P-[A-Z0-9]*…|"
    r"penctl|postgresql|Etc/UTC|"
    rf"\b({MONTHS}|{'|'.join(month[:3] for month in MONTHS.split('|'))}|{DAYS})\b|"
    r"\b(admin|clinician|not wanted|dizzy|nobody at all|DEMO|III|Esc|Space)\b|"
    r"consent-microneedling-scalp 1|Rowan B\w*…"
)
"""Names, days, what somebody typed, names of keys and files: nobody's wording."""
SCREENS = 38
"""How many stops the walk makes at least; a walk that ends early would find nothing."""


class Strays(QObject):
    """Windows that nobody asked for: a part that is shown before it has a place takes the keyboard away."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.found.append(type(watched).__name__)
        return False


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

    strays = Strays()
    QApplication.instance().installEventFilter(strays)
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
        QApplication.instance().removeEventFilter(strays)
        patch.undo()
        store.close()
    return SimpleNamespace(found=found, screens=screens[1:], painted=painted, strays=strays.found)


@pytest.mark.parametrize(
    "check",
    [
        "unnamed",
        "wrong_numbers",
        "cut_off",
        "odd_sizes",
        "acts",
        "crossed_tabs",
        "too_small",
        "out_of_sight",
        "alarm_colours",
        "untranslated",
    ],
)
def test_no_screen_has_a_defect(seen, check):
    """Issue 7, look and for everyone: each check on every screen of one walk, with texts 40 % longer."""
    assert len(seen.screens) >= SCREENS, seen.screens
    assert seen.found[check] == []


def test_what_is_painted_is_translated_too(seen):
    """Issue 7: all texts through Qt's translation, those of maps and charts among them."""
    assert len(seen.painted) > 40
    plain = {
        text: screen
        for text, screen in seen.painted.items()
        if any(checks.PLAIN.search(word) for word in checks.WORD.findall(DATA.sub(" ", text)))
    }
    assert plain == {}


def test_no_part_of_a_screen_is_a_window_of_its_own(seen):
    """Issue 7: nothing flashes up, and the keyboard stays where it is."""
    assert seen.strays == ["Start", "Clinic"]


# --- each check rejects a planted defect ---


def plain_window(widget: QWidget) -> QWidget:
    window = QWidget()
    layout = QVBoxLayout(window)
    layout.addWidget(widget)
    window.resize(300, 120)
    window.show()
    QApplication.processEvents()
    return window


@pytest.mark.parametrize(
    ("check", "text", "good"),
    [
        (checks.wrong_numbers, "5.0 mm", "5 mm"),
        (checks.wrong_numbers, "depth .5 mm", "depth 0.5 mm"),
        (checks.wrong_numbers, "0,5 mm", "0.5 mm"),
        (lambda top: checks.untranslated(top, DATA), "Not through Qt", "Thröügh Qt, Juniper Vale"),
        (checks.cut_off, "words " * 40, "words"),
    ],
)
def test_a_planted_text_is_found(qapp, check, text, good):
    """A check that cannot fail is none."""
    for words, defects in ((text, 1), (good, 0)):
        label = QLabel(words)
        label.setFixedWidth(200)
        window = plain_window(label)
        assert len(check(window)) == defects, check(window)
        window.close()


def test_a_button_without_a_name_and_one_that_sticks_out_are_found(qapp):
    """Planted: a button that shows a sign only, and one beside its parent's edge."""
    window = plain_window(QPushButton("…"))
    assert checks.unnamed(window)
    window.findChild(QPushButton).setAccessibleName("Choose the file")
    assert not checks.unnamed(window)
    assert not checks.cut_off(window)
    window.findChild(QPushButton).move(290, 10)
    assert checks.cut_off(window)
    window.close()


def test_two_next_acts_a_tab_that_goes_back_and_an_odd_size_are_found(qapp):
    """Planted: two primary buttons, a Tab key against the order of reading, a size of no theme."""
    window = QWidget()
    layout = QVBoxLayout(window)
    first, second, small = QPushButton("First"), QPushButton("Second"), QLabel("small")
    for widget in (first, second, small):
        layout.addWidget(widget)
    first.setProperty("role", "go")
    small.setStyleSheet("font-size: 11px")
    window.resize(1280, 800)
    window.show()
    QApplication.processEvents()
    assert not checks.acts(window)
    assert not checks.crossed_tabs(window)
    second.setProperty("role", "go")
    layout.removeWidget(first)
    layout.addWidget(first)
    QApplication.processEvents()
    assert checks.acts(window)
    assert checks.crossed_tabs(window)
    assert checks.odd_sizes(window)
    window.close()


def test_a_small_target_a_hidden_stop_and_a_red_sign_are_found(practice):
    """Planted on the real window: each is found, and was not there before."""
    window = practice.window
    practice.sign_in()
    for check in (checks.too_small, checks.out_of_sight, checks.alarm_colours):
        assert check(window) == []
    window.patients.begin_button.setStyleSheet("min-height: 20px; max-height: 20px; background: #e0202c")
    window.header.stop_button.move(window.width() - 10, 0)
    assert checks.too_small(window)
    assert checks.out_of_sight(window)
    assert "red" in checks.alarm_colours(window)[0]


# --- the theme ---


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_text_has_the_contrast_of_wcag_aa(look):
    """Issue 7: 4.5:1 for every text on every ground it stands on, 3:1 for outlines that say something."""
    grounds = ("ground", "card", "raised", "accent_soft", "skin")
    for text in ("text", "quiet", "accent"):
        for ground in grounds:
            assert checks.contrast(getattr(look, text), getattr(look, ground)) >= 4.5, (text, ground)
    for text, ground in (("on_accent", "accent"), ("on_stop", "stop"), ("text", "line")):
        assert checks.contrast(getattr(look, text), getattr(look, ground)) >= 4.5, (text, ground)
    for line in ("edge", "skin_line", "faint"):
        for ground in ("ground", "card", "skin"):
            assert checks.contrast(getattr(look, line), getattr(look, ground)) >= 3.0, (line, ground)
    for ground, text in ALARM.values():
        assert checks.contrast(ground, text) >= 4.5


def test_contrast_is_the_published_one():
    """Black on white is 21:1; #767676 on white is the lightest grey that passes 4.5:1."""
    assert checks.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert checks.contrast("#767676", "#ffffff") >= 4.5 > checks.contrast("#777777", "#ffffff")


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_red_yellow_and_cyan_are_no_colour_of_the_theme(look):
    """Issue 7: they are kept for the priorities of alarms."""
    alarms = [QColor(ground).hsvHue() for ground, _ in ALARM.values()]
    for name, value in vars(look).items():
        if isinstance(value, str) and value.startswith("#") and QColor(value).hsvSaturation() > 90:
            apart = [abs((QColor(value).hsvHue() - hue + 180) % 360 - 180) for hue in alarms]
            assert min(apart) > 25, name


class FakeScreen:
    """A screen that says how many logical pixels and how many millimetres it is wide."""

    def __init__(self, width_px: int, width_mm: float) -> None:
        self.width_px, self.width_mm = width_px, width_mm

    def geometry(self):
        return SimpleNamespace(width=lambda: self.width_px)

    def physicalSize(self):  # noqa: N802 - Qt's name
        return SimpleNamespace(width=lambda: self.width_mm)


@pytest.mark.parametrize(
    ("width_px", "height_px", "width_mm"),
    [
        (1280, 800, 286),  # 13 inch tablet
        (1280, 800, 217),  # 10 inch tablet
        (1920, 1080, 531),
        (3840, 2160, 597),  # 27 inch at 100 %
        (1920, 1080, 597),  # the same at 200 %
        (1280, 720, 597),  # the same at 300 %
        (427, 267, 286),  # 13 inch tablet at 300 %
    ],
)
def test_millimetres_are_those_of_the_screen(width_px, height_px, width_mm):
    """Issue 7: STOP ≥ 20 mm, numerals ≥ 15 mm, gloved targets ≥ 15 mm on the screen that is there."""
    look = on_screen(LOOKS["dark"], FakeScreen(width_px, width_mm))
    scale, dots = scale_of(width_px, height_px), width_px / width_mm
    for length in (looks.STOP_MM, looks.NUMERAL_MM, looks.TOUCH_MM, looks.LEAST_TOUCH_MM):
        assert px_of_mm(length, scale, look.dpi) >= length * dots - 0.5
    touch = int(re.search(r"min-height: (\d+)px", style_sheet(look, scale))[1])
    assert touch + 2 >= looks.TOUCH_MM * dots - 0.5, "its border of 1 px comes on top"


@pytest.mark.parametrize("width_mm", [0, -1, 5, 90_000])
def test_a_screen_that_lies_about_its_size_counts_as_96_dpi(width_mm):
    """Bad input: a projector or a virtual screen without a size, or with an absurd one."""
    assert dpi_of(1920, width_mm) == looks.LOGICAL_DPI


def test_enlarging_everything_makes_texts_larger():
    """Issue 7, scaling 100 to 300 %: a window that gets smaller by it does not show smaller text."""
    shown = [
        scale_of(round(1280 / zoom), round(800 / zoom)) * zoom for zoom in (1, 1.25, 1.5, 1.75, 2, 2.5, 3)
    ]
    assert shown == sorted(shown)
    assert shown[-1] >= 1.75


# --- small windows ---


@pytest.fixture
def tablet(practice, monkeypatch):
    """1280 × 800 of 13 inches, enlarged to 300 %: 427 × 267 logical pixels of 0.67 mm."""
    monkeypatch.setattr(looks, "dpi_of", lambda width_px, width_mm: 38.0)
    monkeypatch.setattr(checks, "dpi_of", lambda width_px, width_mm: 38.0)
    practice.window.resize(427, 267)
    practice.show()
    return practice


def test_at_300_percent_on_a_small_screen_nothing_is_cut_off(tablet):
    """Issue 7: pages fold and scroll; STOP, the alarm and the next act stay in sight."""
    found, names = [], []

    def look(name):
        tablet.show()
        QApplication.processEvents()
        tablet.window.refresh()
        QApplication.processEvents()
        names.append(name)
        for check in (checks.cut_off, checks.out_of_sight, checks.too_small):
            found.extend(f"{name}: {defect}" for defect in check(tablet.window))

    look("sign-in")
    tablet.sign_in()
    look("patients")
    tablet.begin("Rowan")
    look("screening")
    tablet.screening("46").consent().no_photo()
    tablet.page.touch("FRONTAL")
    look("plan")
    tablet.window.rooms.show_patients()
    tablet.resume("Linden").armed()
    look("treat")
    tablet.bench.hand.estop(True)
    tablet.run(0.3)
    look("tripped")
    assert found == []
    assert len(names) == 6


def test_a_page_folds_at_its_width_and_knows_its_height(qapp):
    """Two cards beside one another, and below one another where they do not fit; nothing is lost between."""
    one, other = QLabel("one"), QLabel("other")
    for part in (one, other):
        part.setFixedSize(200, 50)
    folding = Folding((one, 1), (other, 1), gap=10)
    window = plain_window(folding)
    window.resize(500, 200)
    QApplication.processEvents()
    assert not folding.folded
    assert folding.box.heightForWidth(450) == 50
    window.resize(300, 200)
    QApplication.processEvents()
    assert folding.folded
    assert folding.box.heightForWidth(300) == 110
    assert other.y() > one.y()
    assert folding.box.heightForWidth(450) == 50, "as it would stand, not as it stands"
    window.close()
