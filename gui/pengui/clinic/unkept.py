"""A visit that was left because nothing could keep its end: what is told then, and when the records are back.

The reason is remembered by this program only, never in a file: what is clinical stands in the records, which
are encrypted, or nowhere. The dose is not lost: the cartridge tells what the pen did, or else the most that
it can have done counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QCoreApplication

from penctl.errors import PenError
from penctl.records.errors import NotAllowed, RecordsError
from pengui.dates import clock


def tr(text: str) -> str:
    """A text of this module, translated."""
    return QCoreApplication.translate("Unkept", text)


@dataclass(frozen=True)
class Unkept:
    """The end of a visit as somebody gave it, and when."""

    reason: str
    unwell: bool
    at: datetime

    def told_when_leaving(self, who: str) -> str:
        """What stands at the sign-in."""
        words = tr(
            "The pen is put away. The visit of {0} stays open in the records; that it ended at {1} is not "
            "noted there. When they are back: sign in, go on with the open visit, and end it. Write the "
            "reason down: it is remembered only as long as this program runs."
        )
        return words.format(who, clock(self.at))

    def told_again(self) -> str:
        """What stands on the page when somebody goes on with the visit."""
        button = tr("Patient unwell") if self.unwell else tr("End early")
        words = tr(
            "This visit ended at {0} while the records were gone. To note it: check the pen with the same "
            "cartridge, so that its strokes are counted, then {1}; the reason is filled in."
        )
        return words.format(clock(self.at), button)


def nothing_kept(error: PenError) -> bool:
    """Whether the records could not keep what was asked, whatever it was."""
    return isinstance(error, RecordsError) and not isinstance(error, NotAllowed)
