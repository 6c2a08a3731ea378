"""Where the file of a photo is: the records keep its hash only, so it is looked for in folders by that."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

PREFIX: Final = "sha256:"
ENDINGS: Final = (".png", ".jpg", ".jpeg")
MOST_BYTES: Final = 60_000_000
"""A larger file is no photo of a scalp, and is not read."""

_known: dict[str, Path] = {}


def reference_of(content: bytes) -> str:
    """How a visit notes a photo."""
    return PREFIX + hashlib.sha256(content).hexdigest()


def remember(reference: str, path: Path) -> None:
    """The file of this reference was read there."""
    _known[reference] = path


def look_at(path: Path) -> None:
    """Remember one file by its hash; one that cannot be read is passed over."""
    try:
        if path.stat().st_size <= MOST_BYTES:
            remember(reference_of(path.read_bytes()), path)
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
