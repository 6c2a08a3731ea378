"""Colours and sizes: one dark and one light palette, and the style sheet that is made from them.

The colours of curves and states come from the palette of Okabe and Ito, which people with the usual colour
vision deficiencies can tell apart; no colour says anything that a word beside it does not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import Final

from penctl.protocol.enums import State

MM_PER_INCH: Final = 25.4
LOGICAL_DPI: Final = 96.0
STOP_MM: Final = 34.0
"""Height of STOP; its width is more. 20 mm is the least for a gloved finger."""
FONTS: Final = '"Inter", "Segoe UI", "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif'


@dataclass(frozen=True)
class Palette:
    """Colours of one theme as #rrggbb."""

    name: str
    ground: str
    card: str
    raised: str
    line: str
    text: str
    quiet: str
    accent: str
    on_accent: str
    measured: str
    setpoint: str
    limit: str
    stop: str
    stop_down: str
    held: str
    on_held: str
    simulated: str
    on_simulated: str
    alarm: str
    on_alarm: str
    caution: str
    on_caution: str
    states: dict[State, tuple[str, str]]
    """Ground and text of the state."""


DARK: Final = Palette(
    name="dark",
    ground="#12161b",
    card="#1b2129",
    raised="#27303a",
    line="#36414d",
    text="#eef2f6",
    quiet="#a3afbc",
    accent="#56b4e9",
    on_accent="#08131c",
    measured="#56b4e9",
    setpoint="#f0b429",
    limit="#ff7a45",
    stop="#d01f2e",
    stop_down="#8f101c",
    held="#f0b429",
    on_held="#1a1300",
    simulated="#cc79a7",
    on_simulated="#1c0713",
    alarm="#5c1a1f",
    on_alarm="#ffe9e7",
    caution="#4b3a0c",
    on_caution="#fff1cc",
    states={
        State.OFF: ("#27303a", "#a3afbc"),
        State.SELF_TEST: ("#27303a", "#eef2f6"),
        State.STANDBY: ("#2c3743", "#eef2f6"),
        State.READY: ("#f0b429", "#1a1300"),
        State.RUN: ("#00a37a", "#00140e"),
        State.STOPPING: ("#f0e442", "#1a1800"),
        State.SAFE: ("#d55e00", "#1a0b00"),
        State.SERVICE: ("#cc79a7", "#1c0713"),
    },
)
LIGHT: Final = Palette(
    name="light",
    ground="#eceff3",
    card="#ffffff",
    raised="#e4e9ef",
    line="#c3ccd6",
    text="#141a21",
    quiet="#4d5a68",
    accent="#0b66a8",
    on_accent="#ffffff",
    measured="#0b66a8",
    setpoint="#8a5a00",
    limit="#bf4300",
    stop="#c8102e",
    stop_down="#8a0b20",
    held="#f0b429",
    on_held="#1a1300",
    simulated="#9c3f77",
    on_simulated="#ffffff",
    alarm="#fbdedb",
    on_alarm="#5c0b10",
    caution="#fdf0cf",
    on_caution="#4a3500",
    states={
        State.OFF: ("#e4e9ef", "#4d5a68"),
        State.SELF_TEST: ("#e4e9ef", "#141a21"),
        State.STANDBY: ("#dbe3ec", "#141a21"),
        State.READY: ("#f0b429", "#1a1300"),
        State.RUN: ("#00a37a", "#00140e"),
        State.STOPPING: ("#f0e442", "#1a1800"),
        State.SAFE: ("#e8751a", "#1a0b00"),
        State.SERVICE: ("#cc79a7", "#1c0713"),
    },
)
PALETTES: Final = {palette.name: palette for palette in (DARK, LIGHT)}


def scale_of(width: int, height: int) -> float:
    """How much larger everything is drawn in a large window, in quarters: 1 at 1280 × 800."""
    fit = min(width / 1280, height / 800)
    return min(3.0, max(1.0, int(fit * 4) / 4))


def stop_height_px(scale: float) -> int:
    """Height of STOP in logical pixels."""
    return round(STOP_MM / MM_PER_INCH * LOGICAL_DPI * scale)


def style_sheet(palette: Palette, scale: float) -> str:
    """The window's style sheet; sizes are logical pixels times `scale`."""
    sizes = {f"px{size}": f"{round(size * scale)}px" for size in range(1, 61)}
    return _SHEET.substitute({**vars(palette), **sizes, "fonts": FONTS})


_SHEET: Final = Template("""
* { font-family: ${fonts}; font-size: ${px14}; color: ${text}; }
QMainWindow, QWidget#ground { background: ${ground}; }
QFrame#card, QFrame#bar { background: ${card}; border: 1px solid ${line}; border-radius: ${px8}; }
QFrame#bar { border-radius: 0; border-width: 0 0 1px 0; }
QLabel { background: transparent; }
QScrollArea { border: 0; background: ${ground}; }
QScrollBar:vertical { width: ${px8}; background: ${ground}; }
QScrollBar::handle:vertical { background: ${line}; border-radius: ${px4}; min-height: ${px30}; }
QScrollBar::add-line, QScrollBar::sub-line { height: 0; }
QLabel[role="quiet"] { color: ${quiet}; font-size: ${px13}; }
QLabel[role="caption"] { color: ${quiet}; font-size: ${px13}; font-weight: 600; }
QLabel[role="measured"] { color: ${measured}; font-size: ${px46}; font-weight: 600; }
QLabel[role="set"] { color: ${setpoint}; font-size: ${px28}; font-weight: 600; }
QLabel[role="unit"] { color: ${quiet}; font-size: ${px18}; }
QLabel[role="state"] { font-size: ${px38}; font-weight: 800; }
QLabel[role="sentence"] { font-size: ${px14}; }
QLabel[role="switch"], QLabel[role="held"] { border: 1px solid ${line}; border-radius: ${px6};
  padding: ${px5}; font-weight: 600; color: ${quiet}; }
QLabel[role="held"] { background: ${held}; color: ${on_held}; border-color: ${held}; }
QLabel[role="chip"], QLabel[role="chip-caution"] { border: 1px solid ${line}; border-radius: ${px6};
  padding: ${px3} ${px8}; font-size: ${px13}; }
QLabel[role="chip-caution"] { background: ${caution}; color: ${on_caution}; border-color: ${setpoint};
  font-weight: 600; }
QLabel[role="trouble"] { color: ${text}; font-size: ${px13}; }
QLabel[role="refusal"] { color: ${limit}; font-size: ${px13}; }
QLabel[role="simulated"] { background: ${simulated}; color: ${on_simulated}; font-weight: 800;
  font-size: ${px14}; padding: ${px3} ${px10}; border-radius: ${px4}; }
QPushButton { background: ${raised}; border: 1px solid ${line}; border-radius: ${px6};
  padding: ${px6} ${px12}; min-height: ${px24}; font-weight: 600; }
QPushButton:hover { border-color: ${accent}; }
QPushButton:focus { border: 2px solid ${accent}; padding: ${px5} ${px11}; }
QPushButton:pressed, QPushButton:checked { background: ${accent}; color: ${on_accent};
  border-color: ${accent}; }
QPushButton:disabled { color: ${quiet}; background: transparent; border: 1px dashed ${line}; }
QPushButton:checked:disabled { background: ${line}; color: ${text}; border: 1px solid ${line}; }
QPushButton[role="go"]:enabled { background: ${accent}; color: ${on_accent}; border-color: ${accent}; }
QPushButton[role="asked"] { border: 2px solid ${held}; }
QPushButton[role="step"] { font-size: ${px20}; padding: 0; min-width: ${px36}; min-height: ${px36}; }
QPushButton#stop { background: ${stop}; color: #ffffff; border: ${px3} solid #ffffff; border-radius: ${px12};
  padding: 0; }
QPushButton#stop QLabel { color: #ffffff; font-size: ${px46}; font-weight: 800; }
QPushButton#stop QLabel[role="key"] { font-size: ${px14}; font-weight: 600; }
QPushButton#stop:pressed { background: ${stop_down}; }
QPushButton#hold { min-height: ${px30}; }
QPushButton#hold:pressed { background: ${held}; color: ${on_held}; border-color: ${held}; }
QLineEdit, QComboBox { background: ${ground}; border: 1px solid ${line}; border-radius: ${px6};
  padding: ${px4} ${px8}; min-height: ${px24}; selection-background-color: ${accent};
  selection-color: ${on_accent}; }
QLineEdit:focus, QComboBox:focus { border: 2px solid ${accent}; padding: ${px3} ${px7}; }
QLineEdit[role="value"] { font-size: ${px22}; font-weight: 600; min-height: ${px32}; }
QLineEdit:disabled, QComboBox:disabled { color: ${quiet}; }
QComboBox QAbstractItemView { background: ${card}; border: 1px solid ${line};
  selection-background-color: ${accent}; selection-color: ${on_accent}; }
QCheckBox { spacing: ${px8}; }
QCheckBox::indicator { width: ${px18}; height: ${px18}; }
QFrame[role="alarm"] { background: ${alarm}; border: 2px solid ${limit}; border-radius: ${px8}; }
QFrame[role="alarm"] QLabel, QFrame[role="alarm"] QCheckBox { color: ${on_alarm}; }
QFrame[role="caution"] { background: ${caution}; border: 1px solid ${setpoint}; border-radius: ${px8}; }
QFrame[role="caution"] QLabel, QFrame[role="caution"] QCheckBox { color: ${on_caution}; }
QLabel[role="headline"] { font-size: ${px17}; font-weight: 700; }
QSlider { min-height: ${px17}; }
QSlider::groove:horizontal { height: ${px4}; background: ${line}; border-radius: ${px2}; }
QSlider::sub-page:horizontal { background: ${accent}; border-radius: ${px2}; }
QSlider::handle:horizontal { width: ${px16}; margin: -${px6} 0; background: ${text}; border-radius: ${px8}; }
QToolTip { background: ${card}; color: ${text}; border: 1px solid ${line}; padding: ${px4}; }
""")
