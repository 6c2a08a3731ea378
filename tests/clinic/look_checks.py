"""What a strict eye finds on a screen that stands: each check gives its defects in words, none for none.

A check takes the top widget and looks at what is visible in it. The tests show that each rejects a planted
defect, so that an empty list means something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QMainWindow,
    QPushButton,
    QScrollBar,
    QWidget,
)

from pengui.clinic.alarm_banner import AlarmBanner
from pengui.clinic.parts import OneLine
from pengui.clinic.rail import RailStop
from pengui.clinic.sim_hand import SimHand
from pengui.clinic.steps.treat import TreatPage
from pengui.widgets.look import (
    LEAST_TOUCH_MM,
    NUMERAL_MM,
    SIZES,
    STOP_MM,
    TOUCH_MM,
    dpi_of,
    scale_of,
)
from pengui.widgets.numerals import Numeral
from pengui.widgets.scalp_map import ZoneButton

UNIT = r"(?:mm|Hz|N|mA|s|%|µm|V|°C|g)"
TRAILING_ZERO = re.compile(rf"\d+\.\d*0\s?{UNIT}(?![\w/])")
NO_LEADING_ZERO = re.compile(r"(?<![\d.])\.\d")
COMMA = re.compile(rf"\d,\d+\s?{UNIT}(?![\w/])")
ACCENTS = str.maketrans("aeiouAEIOU", "äëïöüÄËÏÖÜ")
"""What the pseudo language does to a text: a word without an accent has not been through it."""
PLAIN = re.compile("[aeiouAEIOU]")
WORD = re.compile(r"[^\W\d_]{3,}")


def visible(top: QWidget, kind: type[QWidget] = QWidget) -> Iterator[QWidget]:
    """Every visible widget of a kind, the top one too."""
    yield from (one for one in (top, *top.findChildren(kind)) if isinstance(one, kind) and one.isVisible())


def name_of(widget: QWidget) -> str:
    """What to call a widget in a defect."""
    text = widget.text() if isinstance(widget, (QAbstractButton, QLabel)) else ""
    return f"{type(widget).__name__} {widget.accessibleName() or text or widget.objectName()!r}"


def texts_of(widget: QWidget) -> list[str]:
    """Every text that this widget shows or says."""
    found = [widget.accessibleName(), widget.accessibleDescription(), widget.toolTip()]
    if isinstance(widget, (QAbstractButton, QLabel)):
        rich = isinstance(widget, QLabel) and widget.textFormat() is Qt.TextFormat.RichText
        found.append(QTextDocumentFragment.fromHtml(widget.text()).toPlainText() if rich else widget.text())
    if isinstance(widget, QLineEdit):
        found.append(widget.placeholderText())
    if isinstance(widget, QComboBox):
        found += [widget.itemText(place) for place in range(widget.count())]
    if isinstance(widget, QListWidget):
        found += [widget.item(place).text() for place in range(widget.count())]
    return [text for text in found if text]


def unnamed(top: QWidget) -> list[str]:
    """What takes the keyboard or a finger and has no name for a screen reader."""
    found = []
    for widget in visible(top):
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus or isinstance(widget, QAbstractButton)
        inner = widget.parent() if isinstance(widget.parent(), (QLineEdit, QComboBox)) else None
        if not takes or isinstance(widget, (QScrollBar, QMainWindow)) or inner is not None:
            continue
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        spoken = widget.accessibleName() or (text if WORD.search(text) else "")
        if not spoken:
            found.append(f"no name: {name_of(widget)} in {name_of(widget.parentWidget())}")
    return found


def wrong_numbers(top: QWidget) -> list[str]:
    """Figures as no clinician may read them: 5.0 mm, .5 mm, 0,5 mm; live numerals have their own decimals."""
    found = []
    for widget in visible(top):
        if isinstance(widget, Numeral):
            if "mm" not in widget.accessibleDescription() and "Hz" not in widget.accessibleDescription():
                found.append(f"no unit: {name_of(widget)}")
            continue
        for text in texts_of(widget):
            if any(pattern.search(text) for pattern in (TRAILING_ZERO, NO_LEADING_ZERO, COMMA)):
                found.append(f"a figure: {text!r}")
    return found


def untranslated(top: QWidget, data: re.Pattern[str]) -> list[str]:
    """Words that the pseudo language did not change; `data` matches what is nobody's wording."""
    found = []
    for widget in visible(top):
        for text in texts_of(widget):
            words = [word for word in WORD.findall(data.sub(" ", text)) if PLAIN.search(word)]
            if words:
                found.append(f"not translated: {' '.join(words)} in {text!r} ({type(widget).__name__})")
    return found


def cut_off(top: QWidget) -> list[str]:
    """Widgets that stick out of their parent, and texts that have less room than they need."""
    found = []
    for widget in visible(top):
        parent = widget.parentWidget()
        scrolls = parent is not None and isinstance(parent.parentWidget(), QAbstractScrollArea)
        inside = parent is None or widget.isWindow() or scrolls or isinstance(widget, ZoneButton)
        held = inside or isinstance(parent, QAbstractScrollArea)
        if not held and not parent.rect().adjusted(-1, -1, 1, 1).contains(widget.geometry()):
            found.append(f"sticks out: {name_of(widget)} {widget.geometry()} of {parent.rect()}")
        found += _cramped(widget)
    return found


def _cramped(widget: QWidget) -> list[str]:
    room = widget.contentsRect()
    if isinstance(widget, QLabel) and not isinstance(widget, OneLine) and widget.text():
        if widget.wordWrap():
            needed = widget.heightForWidth(widget.width())
            if needed > widget.height() + 1:
                return [f"cut off: {widget.text()!r} needs {needed} px and has {widget.height()}"]
        elif widget.sizeHint().width() > widget.width() + 1:
            return [f"cut off: {widget.text()!r} has {widget.width()} px"]
    if isinstance(widget, QPushButton) and widget.text():
        if widget.fontMetrics().horizontalAdvance(widget.text()) > room.width():
            return [f"cut off: {widget.text()!r} has {room.width()} px"]
        if widget.fontMetrics().height() > widget.height():
            return [f"cut off: {widget.text()!r} is {widget.height()} px high"]
    return []


def out_of_sight(window: QMainWindow) -> list[str]:
    """STOP, the alarm banner and the next act stand inside the window, whole, whatever scrolls."""
    must = [window.header.stop_button]
    if window.banner.isVisible():
        must += [window.banner, *window.banner.findChildren(QPushButton)]
    if window.visit is not None and window.visit.isVisible():
        must += [window.visit.next_button, window.visit.prompt, window.visit.early, window.visit.unwell]
    elif window.patients is not None and window.patients.isVisible():
        must += [window.patients.begin_button, window.patients.resume_button]
    found = []
    for widget in must:
        place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
        if widget.isVisible() and not window.rect().contains(place):
            found.append(f"out of sight: {name_of(widget)} {place} of {window.rect()}")
    return found


def dots_per_mm(window: QMainWindow) -> float:
    """Logical pixels in a millimetre of the screen, said by the screen and not by the look."""
    screen = window.screen()
    return dpi_of(screen.geometry().width(), screen.physicalSize().width()) / 25.4


def too_small(window: QMainWindow) -> list[str]:
    """STOP 20 mm, numerals 15 mm, what is touched with gloves in TREAT 15 mm, everything else 9 mm."""
    dots, found = dots_per_mm(window), []
    stop = window.header.stop_button
    if min(stop.width(), stop.height()) < STOP_MM * dots - 0.5:
        found.append(f"STOP is {stop.height() / dots:.1f} mm high")
    for numeral in visible(window, Numeral):
        if numeral.digit_px < NUMERAL_MM * dots - 0.5:
            found.append(f"{name_of(numeral)}: digits of {numeral.digit_px / dots:.1f} mm")
    for button in visible(window, QAbstractButton):
        if isinstance(button, ZoneButton) or _inside(button, (SimHand, QLineEdit)):
            continue
        gloved = _in_treat(window, button)
        least = TOUCH_MM if gloved else LEAST_TOUCH_MM
        if min(button.width(), button.height()) < least * dots - 0.5:
            found.append(f"{name_of(button)}: {button.width()} × {button.height()} px, {least} mm wanted")
    return found


def _in_treat(window: QMainWindow, button: QWidget) -> bool:
    """Whether a button is there for a gloved finger while somebody is treated; the rail looks back only."""
    visit = window.visit
    if visit is None or not visit.isVisible() or not isinstance(visit.page(visit.seen), TreatPage):
        return False
    if isinstance(button, RailStop) or button in (window.header.home_button, window.header.menu_button):
        return False
    return _inside(button, (TreatPage, AlarmBanner)) or button.parentWidget() is not None


def _inside(widget: QWidget, kinds: tuple[type[QWidget], ...]) -> bool:
    while widget is not None:
        if isinstance(widget, kinds):
            return True
        widget = widget.parentWidget()
    return False


def odd_sizes(window: QMainWindow) -> list[str]:
    """Type sizes that are none of the look's."""
    scale = scale_of(window.width(), window.height())
    allowed = {round(size * scale) for size in SIZES} | {max(1, round(size * scale)) for size in (34,)}
    found = []
    for widget in visible(window, QLabel):
        if widget.font().pixelSize() not in allowed:
            found.append(f"{widget.font().pixelSize()} px: {name_of(widget)}")
    return found


def acts(window: QMainWindow) -> list[str]:
    """More than one obvious next act."""
    going = [one for one in visible(window, QPushButton) if one.property("role") == "go" and one.isEnabled()]
    return [f"next acts: {[one.text() for one in going]}"] if len(going) > 1 else []


def alarm_colours(window: QMainWindow) -> list[str]:
    """Red, yellow or cyan anywhere but in an alarm."""
    image = window.grab().toImage().convertToFormat(window.grab().toImage().Format.Format_RGB888)
    ratio = image.width() / window.width()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(np.int16)
    for part in (window.banner, window.banner.listing):
        if part.isVisible():
            place = QRect(part.mapTo(window, QPoint(0, 0)), part.size())
            left, top = int(place.left() * ratio), int(place.top() * ratio)
            right, bottom = int((place.right() + 1) * ratio), int((place.bottom() + 1) * ratio)
            pixels[max(0, top) : bottom + 1, max(0, left) : right + 1] = 0
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    kinds = {
        "red": (red > 150) & (green < 90) & (blue < 90),
        "yellow": (red > 170) & (green > 140) & (blue < 100),
        "cyan": (red < 100) & (green > 150) & (blue > 150),
    }
    return [f"{name} in {int(where.sum())} px" for name, where in kinds.items() if int(where.sum()) > 3]


def crossed_tabs(top: QWidget) -> list[str]:
    """Neighbours in one row or column that the Tab key takes from right to left or from the bottom up."""
    chain, first = [], top.nextInFocusChain()
    widget = first
    while True:
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus
        if takes and widget.isVisible() and widget.isEnabled() and not isinstance(widget, ZoneButton):
            chain.append(widget)
        widget = widget.nextInFocusChain()
        if widget is first or len(chain) > 400:
            break
    found = []
    for before, after in pairwise(chain):
        if before.parentWidget() is not after.parentWidget():
            continue
        a, b = before.geometry(), after.geometry()
        same_row = a.top() < b.bottom() and b.top() < a.bottom()
        if (same_row and b.left() < a.left()) or (
            not same_row and b.top() < a.top() and b.left() <= a.left()
        ):
            found.append(f"Tab goes back from {name_of(before)} to {name_of(after)}")
    return found


def without_accents(text: str) -> str:
    """A text of the pseudo language as it was."""
    return text.translate({accent: plain for plain, accent in ACCENTS.items()})


def luminance(color: str) -> float:
    """Relative luminance of #rrggbb, as the Web Content Accessibility Guidelines 2.1 define it."""
    parts = (int(color[place : place + 2], 16) / 255 for place in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
