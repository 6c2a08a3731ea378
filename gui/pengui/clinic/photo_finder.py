"""Looks for the files of photos in the folders that are remembered, one file at a time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from pengui.clinic import photo_files


class PhotoFinder(QObject):
    """Goes on while `page` is shown and something that is wanted is not found; so the screen stays alive.

    Args:
        records_id: whose folders are remembered.
        page: what the photos are for.
    """

    changed = Signal()
    """A photo was found, or the search is over."""

    def __init__(self, records_id: str, page: QWidget) -> None:
        super().__init__(page)
        photo_files.use_records(records_id)
        self._page = page
        self._wanted: set[str] = set()
        self._todo: list[Path] = []
        self._listed = False
        self._running = False
        self.trouble = ""
        """Why a folder cannot be read, "" when all can."""

    @property
    def left(self) -> int:
        """Files that have not been looked at."""
        return len(self._todo) if self._wanted else 0

    def want(self, references: Iterable[str]) -> None:
        """These photos are to be shown; those of before are no longer looked for."""
        self._wanted = {one for one in references if one and not photo_files.known(one)}
        if self._wanted and not self._listed:
            self._list()
        self.go_on()

    def look_in(self, folder: Path) -> bool:
        """Look in another folder, and remember it. False when it cannot be read."""
        self.trouble = ""
        try:
            found = photo_files.pictures_in(folder)
        except OSError as error:
            self.trouble = f"{folder}: {error.strerror}"
            return False
        photo_files.keep_folder(folder)
        self._todo = [*found, *self._todo]
        self.go_on()
        return True

    def took(self, reference: str, path: Path) -> None:
        """A photo was chosen from there: its folder is one where photos are."""
        photo_files.took(reference, path)
        self.changed.emit()

    def _list(self) -> None:
        self._listed, self._todo, troubles = True, [], []
        for folder in photo_files.folders():
            try:
                self._todo += photo_files.pictures_in(folder)
            except OSError as error:
                troubles.append(f"{folder}: {error.strerror}")
        self.trouble = "; ".join(troubles)

    def go_on(self) -> None:
        """The next file, when the page is shown and something is wanted."""
        if not self._running and self.left and self._page.isVisible():
            self._running = True
            QTimer.singleShot(0, self, self._next)

    def _next(self) -> None:
        self._running = False
        if self._todo:
            photo_files.look_at(self._todo.pop(0))
        found = {one for one in self._wanted if photo_files.known(one)}
        self._wanted -= found
        if found or not self.left:
            self.changed.emit()
        self.go_on()
