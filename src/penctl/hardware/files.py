"""Find and open a hardware file, and take typed keys out of its tables.

Every complaint is a HardwareFileError that names the file, the key, the value and what is allowed.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from penctl.errors import HardwareFileError

SCHEMA: Final = 1
MISSING: Final = "(missing)"

Folder = str | Path | None


def _default_folder(name: str) -> Traversable:
    """The installed data, or hardware/ of the source checkout that this module lies in."""
    installed = resources.files("penctl").joinpath("data")
    if installed.joinpath(name).is_file():
        return installed
    return Path(__file__).resolve().parents[3] / "hardware"


def read_table(name: str, folder: Folder = None) -> Table:
    """Read hardware file `name` and check its schema number. Raises HardwareFileError."""
    where: Traversable = Path(folder) if folder is not None else _default_folder(name)
    path = where.joinpath(name)
    try:
        content = tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise HardwareFileError(str(path), "file", error.strerror or str(error), "a readable file") from error
    except UnicodeDecodeError as error:
        raise HardwareFileError(str(path), "file", str(error), "UTF-8 text") from error
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, and what tomllib lets through
        raise HardwareFileError(str(path), "file", str(error), "valid TOML") from error
    table = Table(str(path), "", content)
    table.integer("schema", SCHEMA, SCHEMA)
    return table


class Table:
    """One TOML table with the path of keys that leads to it, for the error's sake."""

    def __init__(self, file: str, path: str, content: Mapping[str, Any]) -> None:
        self.file = file
        self.path = path
        self.content = content

    def error(self, key: str, value: object, allowed: str) -> HardwareFileError:
        """A complaint about `key` of this table."""
        return HardwareFileError(self.file, self.key(key), value, allowed)

    def key(self, key: str) -> str:
        """The full name of `key`, as motor.resistance.value."""
        return f"{self.path}.{key}" if self.path else key

    def only(self, keys: Iterable[str]) -> None:
        """Refuse a key that nobody reads: it would be a figure without effect."""
        known = list(keys)
        for key, value in self.content.items():
            if key not in known:
                raise self.error(key, value, "one of " + ", ".join(known))

    def take(self, key: str, allowed: str) -> Any:
        """The value of `key`, which must be there."""
        if key not in self.content:
            raise self.error(key, MISSING, allowed)
        return self.content[key]

    def text(self, key: str) -> str:
        """A string that says something."""
        allowed = "a text that is not empty"
        value = self.take(key, allowed)
        if not isinstance(value, str) or not value.strip():
            raise self.error(key, value, allowed)
        return value

    def choice(self, key: str, options: Iterable[str]) -> str:
        """One of the given words."""
        words = list(options)
        allowed = "one of " + ", ".join(words)
        value = self.take(key, allowed)
        if not isinstance(value, str) or value not in words:
            raise self.error(key, value, allowed)
        return value

    def texts(self, key: str, *, empty: bool = False) -> tuple[str, ...]:
        """A list of texts, each once; with nothing in it only where `empty`."""
        allowed = "a list of texts, each once" + ("" if empty else ", at least one")
        value = self.take(key, allowed)
        if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
            raise self.error(key, value, allowed)
        if len(set(value)) != len(value) or not (value or empty):
            raise self.error(key, value, allowed)
        return tuple(value)

    def boolean(self, key: str) -> bool:
        """Take true or false."""
        value = self.take(key, "true or false")
        if not isinstance(value, bool):
            raise self.error(key, value, "true or false")
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        """An integer in low..high. A bool or a float is not one."""
        allowed = f"{low}" if low == high else f"an integer from {low} to {high}"
        value = self.take(key, allowed)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.error(key, value, allowed)
        return value

    def number(self, key: str, low: float, high: float, note: str = "") -> float:
        """A finite number in low..high."""
        allowed = f"a number from {low:g} to {high:g}{note}"
        value = self.take(key, allowed)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(key, value, allowed)
        if not low <= value <= high or not math.isfinite(value):
            raise self.error(key, value, allowed)
        return float(value)

    def table(self, key: str) -> Table:
        """A table inside this one."""
        value = self.take(key, "a table")
        if not isinstance(value, dict):
            raise self.error(key, value, "a table")
        return Table(self.file, self.key(key), value)

    def tables(self, key: str) -> list[Table]:
        """An array of tables, at least one. Each is named by its own `id` or `name` where it has one."""
        rows = self.take(key, "an array of tables")
        if not isinstance(rows, list) or not rows:
            raise self.error(key, rows, "an array of tables")
        found = []
        for number, row in enumerate(rows):
            if not isinstance(row, dict):
                raise self.error(f"{key}[{number}]", row, "a table")
            found.append(Table(self.file, f"{self.key(key)}[{_label(row, number)}]", row))
        return found


def _label(row: Mapping[str, Any], number: int) -> str:
    label = row.get("id", row.get("name"))
    return label if isinstance(label, str) else str(number)


def shipped_text(name: str) -> str:
    """A text file of hardware/, for example `reference_design/70-penctl.rules`. Raises HardwareFileError."""
    path = _default_folder(name).joinpath(name)
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise HardwareFileError(str(path), "file", error.strerror or str(error), "a readable file") from error
