"""The room of the alarm banner, which is there without an alarm too: nothing moves under a finger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QFrame

from pengui.clinic.parts import label, row
from pengui.widgets.look import DARK, TOUCH_MM, Look, px_of_mm

if TYPE_CHECKING:
    from pengui.clinic.alarm_banner import AlarmBanner

ROOM_PX: Final = 94
"""A title and three lines at 1280 × 800, px."""
NARROW_PX, NARROW_ROOM_PX = 1200, 118
"""In a window that is narrower a title takes two lines, px at 1280 × 800."""
SHARE: Final = 6
"""Kept free up to this part of the window's height; a smaller window has no room to keep free."""


class AlarmSpace(QFrame):
    """Stands where the banner stands while there is none, and says so."""

    def __init__(self, banner: AlarmBanner) -> None:
        super().__init__()
        self._banner, self._look, self._scale = banner, DARK, 1.0
        self._measured: tuple[object, ...] = ()
        self._fits = True
        self.words = label(self.tr("No alarm"), "small")
        inside = row(self.words, None)
        inside.setContentsMargins(16, 4, 12, 4)
        self.setLayout(inside)
        self.hide()

    def dress(self, look: Look, scale: float) -> None:
        """Take a theme."""
        self._look, self._scale, self._measured = look, scale, ()
        self.setStyleSheet(
            f"AlarmSpace {{ background: {look.card}; border: 0; border-bottom: 1px solid {look.line}; }}"
        )

    @property
    def height_px(self) -> int:
        """What is kept free, px; 0 in a window that is too small for that."""
        touch = px_of_mm(TOUCH_MM, self._scale, self._look.dpi) + round(20 * self._scale)
        narrow = self._banner.window().width() < NARROW_PX * self._scale
        wanted = max(round((NARROW_ROOM_PX if narrow else ROOM_PX) * self._scale), touch)
        return wanted if wanted * SHARE <= self._banner.window().height() else 0

    def follow(self, *, wanted: bool) -> None:
        """Once a frame. `wanted`: there is a pen or a visit, and so may be an alarm at any moment."""
        height = self.height_px if wanted else 0
        if height != self._banner.minimumHeight():
            self._banner.setMinimumHeight(height)
            self._measured = ()
        if height and height != self.height():
            self.setFixedHeight(height)
        self.setVisible(bool(height) and self._banner.isHidden())

    def has_room(self, *, seen: bool) -> bool:
        """Whether the cause can stand in the banner; it always stands on the list.

        In a small window it gives way when the alarm was `seen`, else where it would move what lies below.
        """
        banner, room = self._banner, self._banner.minimumHeight()
        if not room:
            return not seen
        texts = (banner.title, banner.cause, banner.remedy)
        measured = (
            *(room, banner.width(), *(part.text() for part in texts)),
            *(not one.isHidden() for one in banner.acts),
        )
        layout = banner.layout()
        if measured != self._measured and layout is not None:
            self._measured = measured
            banner.cause.setVisible(bool(banner.cause.text()))
            layout.activate()
            self._fits = layout.totalHeightForWidth(banner.width()) <= room
        return self._fits
