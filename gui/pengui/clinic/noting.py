"""Fields of what is noted about a patient outside of a visit: a zone, a number, a day."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import TypeVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QComboBox, QLineEdit

from penctl.errors import PenError
from pengui.clinic.parts import Picker

KeyT = TypeVar("KeyT", bound=str | Enum)


def tr(text: str) -> str:
    """A text of this module, translated."""
    return QCoreApplication.translate("Noting", text)


def number_of(text: str, what: str, unit: str = "") -> float:
    """A number with point or comma, with or without its unit. Raises PenError: it is none."""
    bare = text.strip().removesuffix(unit).replace(",", ".").replace("−", "-").strip()
    try:
        value = float(bare)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise PenError(tr("{0} is no number").format(what), repr(text[:40]), remedy=tr("Write it as 0.5"))
    return value


def day_of(text: str) -> date:
    """A day, as 2026-03-31. Raises PenError."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise PenError(
            tr("This is no day"), repr(text[:40]), remedy=tr("Write it as 2026-03-31: year, month, day")
        ) from None


def one_of(options: Mapping[KeyT, str], name: str) -> QComboBox:
    """A list to choose one of; the data of a line is its key."""
    made = Picker()
    made.setAccessibleName(name)
    for key, words in options.items():
        made.addItem(words, key)
    return made


def field(name: str, hint: str, longest: int) -> QLineEdit:
    """A line to type in."""
    made = QLineEdit()
    made.setMaxLength(longest)
    made.setAccessibleName(name)
    made.setPlaceholderText(hint)
    return made
