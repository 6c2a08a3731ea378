"""Where the file of a photo is: the records keep its hash only, so it is looked for in folders by that.

The folders are remembered on this computer, for each records of their own; nothing of a photo is.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSettings, QSize, Qt
from PySide6.QtGui import QImageReader, QPixmap

PREFIX: Final = "sha256:"
ENDINGS: Final = (".png", ".jpg", ".jpeg")
MOST_BYTES: Final = 60_000_000
"""A larger file is no photo of a scalp, and is not read."""
MOST_FOLDERS: Final = 8

_known: dict[str, Path] = {}
_records_id = ""
_looked: dict[Path, tuple[int, int]] = {}


def reference_of(content: bytes) -> str:
    """How a visit notes a photo."""
    return PREFIX + hashlib.sha256(content).hexdigest()


def remember(reference: str, path: Path) -> None:
    """The file of this reference was read there."""
    _known[reference] = path


def known(reference: str) -> bool:
    """Whether a file of this reference was seen, and is still there."""
    path = _known.get(reference)
    return path is not None and path.is_file()


def name_of(reference: str) -> str:
    """Name of the file of this reference, "" when none was seen."""
    path = _known.get(reference)
    return "" if path is None else path.name


def seen() -> int:
    """How many photos have been seen: whoever found none looks again when it has changed."""
    return len(_known)


def look_at(path: Path) -> None:
    """Remember one file by its hash; one that cannot be read is passed over, one that stays is read once."""
    try:
        stat = path.stat()
        stamp = (stat.st_size, stat.st_mtime_ns)
        if stat.st_size <= MOST_BYTES and _looked.get(path) != stamp:
            remember(reference_of(path.read_bytes()), path)
            _looked[path] = stamp
    except OSError:
        return


def pictures_in(folder: Path) -> list[Path]:
    """The picture files of a folder, newest first. Raises OSError."""
    found = [path for path in folder.iterdir() if path.suffix.lower() in ENDINGS and path.is_file()]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def content_of(reference: str) -> bytes | None:
    """The photo as it was noted; None when no file of that hash can be read now."""
    path = _known.get(reference)
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content if reference_of(content) == reference else None


def load(pixmap: QPixmap, content: bytes, most_px: int = 0) -> None:
    """A picture as its camera held it, upright, no larger than `most_px` either way; empty for none."""
    data = QByteArray(content)
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    size = reader.size()
    if most_px and size.isValid() and max(size.width(), size.height()) > most_px:
        reader.setScaledSize(size.scaled(QSize(most_px, most_px), Qt.AspectRatioMode.KeepAspectRatio))
    pixmap.convertFromImage(reader.read())


# --- folders, as this computer knows them ---


def use_records(records_id: str) -> None:
    """From now on folders are those of these records."""
    global _records_id
    _records_id = records_id


def folders() -> list[Path]:
    """Where photos of these records have been found, the last one first."""
    kept = _settings().value(f"photos/{_records_id}")
    return [
        Path(one) for one in ([kept] if isinstance(kept, str) else kept if isinstance(kept, list) else [])
    ]


def keep_folder(folder: Path) -> None:
    """Look there again at the next start."""
    wanted = folder.absolute()
    others = [one for one in folders() if one != wanted]
    kept = [str(one) for one in (wanted, *others)][:MOST_FOLDERS]
    _settings().setValue(f"photos/{_records_id}", kept)


def took(reference: str, path: Path) -> None:
    """A photo was chosen from there: its folder is one where photos are."""
    remember(reference, path)
    keep_folder(path.parent)


def start_folder() -> str:
    """Where a person begins to look for a file, "" where nobody has chosen one yet."""
    found = folders()
    return str(found[0]) if found else ""


def _settings() -> QSettings:
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "penctl", "penctl")
