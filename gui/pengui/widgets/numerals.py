"""Numerals that do not jump: each digit has a cell of its own, as high as the look asks for."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from pengui.widgets.look import DARK, NUMERAL_MM, Look, color, font, px_of_mm

NO_VALUE: Final = "–"
NARROW: Final = 0.42
"""Width of the cell of a point, part of that of a digit."""


def digit_font(height_px: float) -> QFont:
    """The font whose digits are `height_px` high."""
    made = font(100, QFont.Weight.DemiBold)
    digit = QFontMetricsF(made).tightBoundingRect("0").height() or 73.0
    return font(100 * height_px / digit + 0.5, QFont.Weight.DemiBold)


class Numeral(QWidget):
    """One value with its unit.

    Args:
        widest: the longest value that there is room for, as "150.0".
        strong: drawn in the accent colour instead of the text's.
    """

    def __init__(
        self, unit: str, widest: str, *, strong: bool = False, height_mm: float = NUMERAL_MM
    ) -> None:
        super().__init__()
        self._unit, self._widest, self._strong, self._height_mm = unit, widest, strong, height_mm
        self._text, self._look, self._scale = NO_VALUE, DARK, 1.0
        self.setAccessibleDescription(f"{NO_VALUE} {unit}")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._measure()

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale = look, scale
        self._measure()
        self.updateGeometry()
        self.update()

    def _measure(self) -> None:
        self._digit_px = px_of_mm(self._height_mm, self._scale, self._look.dpi)
        self._font = digit_font(self._digit_px)
        metrics = QFontMetricsF(self._font)
        self._cell = max(metrics.horizontalAdvance(digit) for digit in "0123456789–")
        self._unit_font = font(self._digit_px * 0.32, QFont.Weight.Normal)
        self._unit_width = (
            QFontMetricsF(self._unit_font).horizontalAdvance(self._unit) + self._digit_px * 0.16
        )

    @property
    def digit_px(self) -> float:
        """Height of a digit as it is drawn."""
        return QFontMetricsF(self._font).tightBoundingRect("0").height()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        cells = sum(NARROW if character == "." else 1.0 for character in self._widest)
        width = cells * self._cell + self._unit_width + 2
        return QSize(round(width), round(self._digit_px * 1.12))

    def _blank(self, text: str) -> float:
        """Room for decimals that this value does not have: 0.5 stands where 0.45 stood, point below point."""
        if text == NO_VALUE or "." not in self._widest:
            return 0.0
        missing = len(self._widest.partition(".")[2]) - len(text.partition(".")[2])
        return self._cell * (missing + (0.0 if "." in text else NARROW))

    def text(self) -> str:
        """The value as it is shown, without its unit."""
        return self._text

    def show_text(self, text: str) -> None:
        """Show a value; what did not change is not drawn again."""
        if text != self._text:
            self._text = text
            self.setAccessibleDescription(f"{text} {self._unit}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(color(self._look.accent if self._strong else self._look.text))
        painter.setFont(self._font)
        base = self.height() - self._digit_px * 0.06
        # From the right, so that the point and the unit stay where they are.
        right = self.width() - self._unit_width - self._blank(self._text)
        for character in reversed(self._text):
            width = self._cell * (NARROW if character in ".," else 1.0)
            right -= width
            box = QRectF(right, base - self._digit_px * 1.5, width, self._digit_px * 1.5)
            offset = (width - painter.fontMetrics().horizontalAdvance(character)) / 2
            painter.drawText(box.bottomLeft() + type(box.topLeft())(offset, 0), character)
        painter.setPen(color(self._look.quiet))
        painter.setFont(self._unit_font)
        unit = QRectF(self.width() - self._unit_width, 0, self._unit_width, base)
        painter.drawText(unit, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, self._unit)
        painter.end()
