"""Texts of the rules, the catalogues and our errors in the user's language.

`penctl` knows no Qt and writes English; what it says is looked up here, under the context "penctl", when it
is shown. A text that no catalogue holds stays as it is.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QCoreApplication

from penctl.errors import PenError, Refused

CONTEXT: Final = "penctl"


def said(text: str) -> str:
    """A text of penctl in the user's language."""
    return QCoreApplication.translate(CONTEXT, text) if text else ""


def told(error: PenError) -> str:
    """An error in the user's language: what happened with value and limit, then what to do."""
    what, remedy = said(error.what), said(error.remedy)
    if isinstance(error, Refused):  # its words hold value and limit
        return str(PenError(what, remedy=remedy))
    limit = said(error.limit) if isinstance(error.limit, str) else error.limit
    value = said(error.value) if isinstance(error.value, str) else error.value
    return str(PenError(what, value, limit, remedy))
