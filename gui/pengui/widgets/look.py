"""The clinician's look, said once: type sizes, spacings, two palettes, one accent colour.

Red, yellow and cyan are kept for the priorities of alarms (IEC 60601-1-8) and mean nothing else, STOP among
it: it is the strongest contrast of the theme. What a colour says, a word, a hatch or a shape says too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum
from string import Template
from typing import Final

from PySide6.QtGui import QColor, QFont, QPalette, QScreen

MM_PER_INCH: Final = 25.4
LOGICAL_DPI: Final = 96.0

FAMILIES: Final = ("Inter", "Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans")

CAPTION: Final = 13
BODY: Final = 15
TITLE: Final = 20
HEADING: Final = 28
SIGN: Final = 34
"""The marks of an alarm's priority."""
SIZES: Final = (CAPTION, BODY, TITLE, HEADING, SIGN)
"""Type sizes in px at 1280 × 800; the numerals of TREAT are measured in mm."""

GAP: Final = 8
PAD: Final = 16
RADIUS: Final = 10
"""Spacings: gaps and paddings are one or two of GAP, or PAD."""

NUMERAL_MM: Final = 15.0
"""Height of the digits that are read from a metre away."""
TOUCH_MM: Final = 15.0
"""Smallest target for a gloved finger."""
STOP_MM: Final = 20.0
LEAST_TOUCH_MM: Final = 9.0
"""Smallest target of what nobody needs with gloves on."""
BELIEVED_DPI: Final = (25.0, 400.0)
"""A screen that tells less or more than this, in logical pixels an inch, is not believed."""
CROWDED: Final = 0.7
"""How much of its size in a roomy window a length in mm may lose in a small one, but never below the mm."""


class Priority(Enum):
    """Priority of an alarm, in the words and the order of IEC 60601-1-8."""

    HIGH = 3
    MEDIUM = 2
    LOW = 1
    INFO = 0
    """No alarm: an information."""


ALARM: Final[dict[Priority, tuple[str, str]]] = {
    Priority.HIGH: ("#e0202c", "#ffffff"),
    Priority.MEDIUM: ("#ffd60a", "#1a1600"),
    Priority.LOW: ("#18c7d6", "#00171a"),
}
"""Ground and text of each priority: the standard's red, yellow and cyan."""


@dataclass(frozen=True)
class Look:
    """One theme, each colour as #rrggbb."""

    name: str
    ground: str
    card: str
    raised: str
    line: str
    text: str
    quiet: str
    faint: str
    accent: str
    accent_soft: str
    on_accent: str
    stop: str
    on_stop: str
    skin: str
    skin_line: str
    edge: str
    """Outline of a field: 3:1 at least, because nothing else says where it is."""
    dpi: float = LOGICAL_DPI
    """Logical pixels in an inch of the screen that the window is on."""


DARK: Final = Look(
    name="dark",
    ground="#101318",
    card="#191e26",
    raised="#252c37",
    line="#39434f",
    text="#f1f4f8",
    quiet="#a9b4c2",
    faint="#7b8897",
    accent="#93a5ff",
    accent_soft="#2a3263",
    on_accent="#0b0f2a",
    stop="#ffffff",
    on_stop="#0b0d11",
    skin="#222832",
    skin_line="#707c8b",
    edge="#6f7c8b",
)
LIGHT: Final = Look(
    name="light",
    ground="#f2f4f7",
    card="#ffffff",
    raised="#e7ebf0",
    line="#c8d0da",
    text="#12161c",
    quiet="#4b5765",
    faint="#6b7785",
    accent="#3d4fc4",
    accent_soft="#dfe3fb",
    on_accent="#ffffff",
    stop="#0d1015",
    on_stop="#ffffff",
    skin="#f7f5f3",
    skin_line="#828a95",
    edge="#7f8b99",
)
LOOKS: Final = {look.name: look for look in (DARK, LIGHT)}


def px_of_mm(length_mm: float, scale: float = 1.0, dpi: float = LOGICAL_DPI) -> int:
    """Logical pixels of a length that is at least so long on the screen, and grows with the text.

    Args:
        length_mm: the length, mm.
        scale: how much larger the look is drawn than at 1280 × 800.
        dpi: logical pixels in an inch of the screen.
    """
    text = LOGICAL_DPI * scale * (1.0 if scale >= 1.0 else CROWDED)
    return math.ceil(length_mm / MM_PER_INCH * max(dpi, text) - 0.01)


def scale_of(width: int, height: int) -> float:
    """How much larger everything is drawn than in a window of 1280 × 800: in quarters up to 3.

    A window below 960 × 600, as a small screen has whose owner enlarges everything, is drawn smaller, but by
    less than the owner enlarged it; its screens fold and scroll.
    """
    fit = min(width / 1280, height / 800)
    if fit < 0.75:
        return max(0.6, round((0.3 + fit * 0.9) * 20) / 20)
    return min(3.0, max(1.0, int(fit * 4) / 4))


def dpi_of(width_px: float, width_mm: float) -> float:
    """Logical pixels in an inch of a screen; a screen that does not know how large it is counts as 96."""
    dpi = width_px / width_mm * MM_PER_INCH if width_mm > 0 else 0.0
    return dpi if BELIEVED_DPI[0] <= dpi <= BELIEVED_DPI[1] else LOGICAL_DPI


def on_screen(look: Look, screen: QScreen | None) -> Look:
    """The look in the millimetres of a screen."""
    if screen is None:
        return look
    return replace(look, dpi=dpi_of(screen.geometry().width(), screen.physicalSize().width()))


def font(size_px: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """A font of the look; digits are drawn in cells of their own where they change (`numerals`)."""
    made = QFont()
    made.setFamilies(list(FAMILIES))
    made.setPixelSize(max(1, round(size_px)))
    made.setWeight(weight)
    return made


def color(name: str, alpha: float = 1.0) -> QColor:
    """A colour of the look, more or less opaque."""
    made = QColor(name)
    made.setAlphaF(alpha)
    return made


def palette_of(look: Look) -> QPalette:
    """What Qt's own drawing takes: arrows of lists, hints in fields, selections."""
    made = QPalette()
    roles = QPalette.ColorRole
    for role, name in (
        *((roles.Window, look.ground), (roles.Base, look.card), (roles.AlternateBase, look.raised)),
        *((roles.Button, look.raised), (roles.ToolTipBase, look.card), (roles.ToolTipText, look.text)),
        *((roles.WindowText, look.text), (roles.Text, look.text), (roles.ButtonText, look.text)),
        *((roles.Highlight, look.accent), (roles.HighlightedText, look.on_accent)),
        *((roles.PlaceholderText, look.quiet), (roles.Link, look.accent)),
    ):
        made.setColor(role, QColor(name))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(look.quiet))
    return made


def style_sheet(look: Look, scale: float) -> str:
    """The window's style sheet; sizes are logical pixels times `scale`."""
    sizes = {f"px{size}": f"{round(size * scale)}px" for size in range(1, 81)}
    touch = f"{px_of_mm(TOUCH_MM, scale, look.dpi) - 2}px"
    least = f"{px_of_mm(LEAST_TOUCH_MM, scale, look.dpi) - 2}px"
    icon = f"{max(round(44 * scale), px_of_mm(LEAST_TOUCH_MM, scale, look.dpi)) - 4}px"
    families = ", ".join(f'"{name}"' for name in FAMILIES)
    menu = f"{-(-max(0, px_of_mm(LEAST_TOUCH_MM, scale, look.dpi) - round(BODY * scale)) // 2)}px"
    lengths = {"touch": touch, "least": least, "icon": icon, "menu": menu}
    return _SHEET.substitute({**vars(look), **sizes, **lengths, "fonts": families})


_SHEET: Final = Template("""
* { font-family: ${fonts}, sans-serif; font-size: ${px15}; color: ${text}; }
QMainWindow, QWidget#ground, QDialog { background: ${ground}; }
QFrame#card { background: ${card}; border: 1px solid ${line}; border-radius: ${px10}; }
QFrame#header { background: ${card}; border: 0; border-bottom: 1px solid ${line}; }
QFrame#rail { background: ${card}; border: 0; border-right: 1px solid ${line}; }
QFrame#actions { background: ${card}; border: 0; border-top: 1px solid ${line}; }
QLabel { background: transparent; }
QLabel[role="caption"] { color: ${quiet}; font-size: ${px13}; font-weight: 600; }
QLabel[role="quiet"] { color: ${quiet}; }
QLabel[role="small"] { color: ${quiet}; font-size: ${px13}; }
QLabel[role="title"] { font-size: ${px20}; font-weight: 600; }
QLabel[role="heading"] { font-size: ${px28}; font-weight: 700; }
QLabel[role="missing"] { color: ${text}; font-size: ${px15}; font-weight: 600; }
QLabel[role="refusal"] { background: ${raised}; border-left: ${px4} solid ${text}; border-radius: ${px4};
  padding: ${px8} ${px10}; font-weight: 600; }
QLabel[role="simulated"] { border: 2px solid ${text}; border-radius: ${px4}; padding: ${px2} ${px8};
  font-size: ${px13}; font-weight: 800; }
QLabel[role="chip"] { background: ${raised}; border-radius: ${px4}; padding: ${px3} ${px8};
  font-size: ${px13}; }
QLabel[role="state"], QLabel[role="state-ready"], QLabel[role="state-run"] { font-size: ${px28};
  font-weight: 800; border-radius: ${px6}; }
QLabel[role="state-ready"] { color: ${accent}; border: 2px solid ${accent}; padding: 0 ${px8}; }
QLabel[role="state-run"] { background: ${accent}; color: ${on_accent}; padding: 0 ${px8}; }
QPushButton { background: ${raised}; border: 1px solid ${line}; margin: 1px; border-radius: ${px8};
  padding: 0 ${px16}; min-height: ${touch}; font-weight: 600; }
QPushButton:hover { border-color: ${accent}; }
QPushButton:focus { border: 2px solid ${accent}; margin: 0; }
QPushButton:pressed { background: ${line}; }
QPushButton:checked { background: ${accent_soft}; border: 2px solid ${accent}; margin: 0; }
QPushButton:disabled { color: ${quiet}; background: transparent; border: 1px dashed ${edge};
  margin: 1px; }
QPushButton:checked:disabled { color: ${text}; background: ${accent_soft}; border: 1px solid ${accent};
  margin: 1px; }
QPushButton:checked:focus { border: 2px solid ${text}; margin: 0; }
QPushButton[role="go"]:enabled { background: ${accent}; color: ${on_accent}; border: 2px solid ${accent};
  margin: 0; }
QPushButton[role="go"]:enabled:focus { border: 2px solid ${text}; }
QPushButton[role="step"] { font-size: ${px28}; padding: 0; min-width: ${touch}; max-width: ${touch}; }
QPushButton[role="rail"] { background: transparent; border: 0; margin: 0; border-radius: ${px8};
  text-align: left; padding: 0 ${px8}; min-height: ${least}; font-weight: 400; color: ${quiet}; }
QPushButton[role="plain"] { background: transparent; border: 0; margin: 2px; color: ${quiet};
  padding: 0 ${px10}; }
QPushButton[role="plain"]:focus { border: 2px solid ${accent}; margin: 0; }
QPushButton[role="icon"] { background: transparent; border: 0; margin: 2px; color: ${text};
  font-size: ${px28}; padding: 0; min-width: ${icon}; }
QPushButton[role="icon"]:focus { border: 2px solid ${accent}; margin: 0; }
QPushButton[role="row"], QPushButton[role="row-next"] { text-align: left; font-weight: 400; }
QPushButton[role="row-next"]:enabled { background: ${card}; border: 2px solid ${accent}; margin: 0;
  font-weight: 600; }
QPushButton[role="row-next"]:enabled:focus { border: 2px solid ${text}; }
QPushButton[role="row"]:checked:disabled { color: ${text}; background: ${card}; border: 1px solid ${accent};
  margin: 1px; }
QPushButton[role="small"] { min-height: ${least}; padding: 0 ${px12}; font-size: ${px13}; }
QPushButton[role="beside"] { min-height: ${px40}; }
QLineEdit, QComboBox, QPlainTextEdit, QSpinBox, QDateEdit { background: ${ground};
  border: 1px solid ${edge}; margin: 1px; border-radius: ${px8}; padding: 0 ${px10}; min-height: ${px40};
  placeholder-text-color: ${quiet}; selection-background-color: ${accent}; selection-color: ${on_accent}; }
QPlainTextEdit { padding: ${px8}; }
QLineEdit:focus, QComboBox:focus, QPlainTextEdit:focus, QSpinBox:focus, QDateEdit:focus {
  border: 2px solid ${accent}; margin: 0; }
QLineEdit:disabled, QComboBox:disabled { color: ${quiet}; border: 1px dashed ${edge}; }
QComboBox::drop-down { border: 0; width: ${px30}; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView { background: ${card}; border: 1px solid ${line}; outline: 0;
  selection-background-color: ${accent}; selection-color: ${on_accent}; }
QComboBox QAbstractItemView::item { min-height: ${least}; padding: 0 ${px10}; }
QComboBox QAbstractItemView::item:selected { background: ${accent}; color: ${on_accent}; }
QMenu { background: ${card}; border: 1px solid ${line}; }
QMenu::item { background: transparent; color: ${text}; padding: ${menu} ${px30}; }
QMenu::item:selected { background: ${accent}; color: ${on_accent}; }
QCheckBox { spacing: ${px12}; min-height: ${px40}; }
QCheckBox::indicator, QRadioButton::indicator { width: ${px24}; height: ${px24}; }
QScrollArea { border: 0; background: transparent; }
QScrollArea > QWidget > QWidget { background: transparent; }
QScrollBar:vertical { width: ${px20}; background: transparent; }
QScrollBar:horizontal { height: ${px20}; background: transparent; }
QScrollBar::handle { background: ${edge}; border-radius: ${px6}; margin: ${px4}; }
QScrollBar::handle:vertical { min-height: ${px40}; }
QScrollBar::handle:horizontal { min-width: ${px40}; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; }
QToolTip { background: ${card}; color: ${text}; border: 1px solid ${line}; padding: ${px4}; }
""")
