"""Fields of what is noted about a patient outside of a visit: a zone, a number, a day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Final, TypeVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QComboBox, QLineEdit

from penctl.errors import PenError
from pengui.clinic.parts import Picker

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]*)?")
"""What a person writes; Python's own float takes 1e9, 1_0, nan and the digits of every script, too."""
KeyT = TypeVar("KeyT", bound=str | Enum)


def tr(text: str) -> str:
    """A text of this module, translated."""
    return QCoreApplication.translate("Noting", text)


def number_of(text: str, what: str, unit: str = "") -> float:
    """A number with point or comma, with or without its unit. Raises PenError: it is none."""
    bare = text.strip().removesuffix(unit).replace(",", ".").replace("−", "-").strip()
    if _NUMBER.fullmatch(bare) is None:
        raise PenError(tr("{0} is no number").format(what), repr(text[:40]), remedy=tr("Write it as 0.5"))
    return float(bare)


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
