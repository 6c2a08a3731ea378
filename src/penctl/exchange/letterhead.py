"""What stands at the head of a sheet, from the clinic's own file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from penctl.exchange.facts import Letterhead
from penctl.input_files import InputFileError, only, read_input, text_of

WHERE: Final = "The clinic's letterhead"
KEYS: Final = ("name", "address", "phone", "urgent")


def load_letterhead(path: str | Path | None) -> Letterhead:
    """`[letterhead]` of the clinic's file: name, address (a list of lines), phone, urgent; none is needed.

    Raises:
        InputFileError: the file cannot be read, or a key that nobody reads.
    """
    if path is None:
        return Letterhead()
    table = read_input(path, "The clinic's file").get("letterhead", {})
    if not isinstance(table, dict):
        raise InputFileError(f"{WHERE} is no table", table, "[letterhead]", "Correct it")
    only(table, KEYS, WHERE)
    lines = table.get("address", [])
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise InputFileError(
            f"{WHERE}: the address is no list of lines", lines, '["1 Example Street", "Town"]', "Correct it"
        )
    name, phone, urgent = (text_of(table, key, WHERE, needed=False) for key in ("name", "phone", "urgent"))
    return Letterhead(name, tuple(lines), phone, urgent)
